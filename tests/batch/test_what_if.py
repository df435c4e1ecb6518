"""What-if runs: other targets that every file owns up to, and a pack that costs no notebooks."""

import re

import pytest
from docx import Document
from offices import SETTINGS, executed, office
from openpyxl import load_workbook

from ocop_forecast.batch import journal, monthly
from ocop_forecast.batch.earlier import Kind, course, last_before
from ocop_forecast.errors import InputError, RunError, TermsError
from ocop_forecast.tables.loading import read_province

KIND = Kind("38", 2024, "", "decision")
CHANGED = ("Ngọc Lặc: target 2 in place of 6", "Quan Hóa: target 9 in place of 5")


@pytest.fixture(scope="module")
def supposed(tmp_path_factory):
    """The folder of a what-if beside the run that it differs from, with one district's notebook."""
    folder = tmp_path_factory.mktemp("office")
    data = office(folder / "data")
    terms = {"as_of": "2024-08", "out": folder, "settings": SETTINGS}
    monthly.run_batch(data, **terms, only_pack=True)
    return monthly.run_batch(data, **terms, targets=["Ngọc Lặc=2", "388 = 9"], units=["389"]).folder


def test_it_lies_apart_and_its_title_names_what_was_changed(supposed):
    assert supposed.name == "2024-08-what-if"
    page = (supposed / "meeting.html").read_text(encoding="utf-8")
    title, banner = (
        re.search(tag, page)[1] for tag in ("<title>(.*?)</title>", r'class="supposed".*?>(.*?)<')
    )
    assert all(change in told for change in CHANGED for told in (title, banner))
    real = (supposed.parent / "2024-08" / "meeting.html").read_text(encoding="utf-8")
    assert not any(change in real for change in CHANGED)


def test_workbook_note_and_district_page_say_so_too(supposed):
    book = load_workbook(supposed / "meeting.xlsx")
    cells = " ".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)
    note = " ".join(line.text for line in Document(str(supposed / "meeting.docx")).paragraphs)
    district = (supposed / "notebooks" / "389.html").read_text(encoding="utf-8")
    for told in (cells, note, district, re.search("<title>.*?</title>", district)[0]):
        assert all(change in told for change in CHANGED)


def test_the_new_targets_are_those_that_are_forecast(supposed):
    known = read_province(supposed / "province.json")
    assert known.supposed == {"Ngọc Lặc": (6, 2), "Quan Hóa": (5, 9)}
    table = (supposed / "outlook.csv").read_text(encoding="utf-8")
    assert re.search(r"^389,Ngọc Lặc,unit,\d+,2,", table, re.M)
    assert re.search(r"^380,Thanh Hóa,unit,\d+,3,", table, re.M)


def test_the_targets_alone_are_told_to_have_moved_the_chances(supposed):
    told = monthly.pd.read_csv(supposed / "moved.csv", dtype={"unit": str}).set_index("unit")
    parts = told.filter(like="part_")
    assert (parts.drop(columns="part_target") == 0).all(axis=None)
    assert told.loc["389", "part_target"] > 0 > told.loc["388", "part_target"]


def test_it_is_set_beside_the_real_run_and_no_run_beside_it(supposed):
    assert (supposed / "changes.csv").exists()
    later = last_before(monthly.pd.Period("2024-09"), supposed.parent, KIND)
    assert later.table.loc["389", "target"] == 6
    rows = course(monthly.pd.Period("2024-09"), supposed.parent, KIND)
    assert [str(at) for at in rows.index] == ["2024-08"]
    assert course(monthly.pd.Period("2024-08"), supposed.parent, KIND) is None


def test_another_supposition_is_another_run(supposed):
    terms = {"as_of": "2024-08", "out": supposed.parent, "settings": SETTINGS, "only_pack": True}
    with pytest.raises(RunError, match="supposed targets"):
        monthly.run_batch(supposed.parent / "data", **terms, targets=["389=4"])
    other = monthly.run_batch(supposed.parent / "data", **terms, targets=["389=4"], name="other").folder
    assert journal.read(other)["supposed"] == {"Ngọc Lặc": [6, 4]}


def test_a_pack_alone_costs_no_notebook_and_they_may_follow(data):
    terms = {"as_of": "2024-08", "out": data.parent, "settings": SETTINGS}
    ended = monthly.run_batch(data, **terms, only_pack=True)
    assert (executed(ended.folder), ended.notebooks) == ([], {})
    assert (ended.folder / "meeting.html").exists()
    assert not (ended.folder / "notebooks").exists()
    page = (ended.folder / "meeting.html").read_bytes()
    assert set(monthly.run_batch(data, **terms, units=["389"]).notebooks) == {"389", "province"}
    assert (ended.folder / "meeting.html").read_bytes() == page


@pytest.mark.parametrize(
    ("targets", "kind", "word"),
    [
        (["389"], TermsError, "--target"),
        (["389=four"], TermsError, "four"),
        (["389=-1"], TermsError, "-1"),
        (["389=2.5"], TermsError, "2.5"),
        (["=4"], TermsError, "=4"),
        (["389=99999"], TermsError, "9999"),
        (["389=4", "Ngọc Lặc=5"], TermsError, "twice"),
        (["Ngọc Lắp=4"], InputError, "Ngọc Lặc"),
    ],
)
def test_a_supposition_that_cannot_be_is_told_before_any_work(data, targets, kind, word):
    with pytest.raises(kind, match=re.escape(word)):
        monthly.run_batch(data, out=data.parent, settings=SETTINGS, targets=targets)
    assert not list(data.parent.glob("*2024*"))


def test_a_pack_alone_and_notebooks_exclude_each_other(data):
    for other in ({"units": ["389"]}, {"only_failed": True}):
        with pytest.raises(TermsError, match="--only-pack"):
            monthly.run_batch(data, out=data.parent, settings=SETTINGS, only_pack=True, **other)
