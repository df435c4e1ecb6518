"""The planner's questions in the pack: page, workbook, files and notebook show any answer alike."""

import re
from dataclasses import replace
from functools import partial

import pandas as pd
import pytest
from conftest import small_forecast, small_targets
from openpyxl import load_workbook

from ocop_forecast import plots, style
from ocop_forecast.answers import answer as answers
from ocop_forecast.answers.answer import Answer
from ocop_forecast.i18n.catalogue import set_options
from ocop_forecast.planning.gains import gains
from ocop_forecast.planning.outlook import Outlook
from ocop_forecast.reporting import lab, questions
from ocop_forecast.reporting.pack import Pack
from ocop_forecast.reporting.page import Picture, page
from ocop_forecast.reporting.writing import write

SENTENCES = ("The whole answer.", "What it rests on <b>.")
STYLES = {
    "p_reach": "share",
    "p_before": "share",
    "target": "whole",
    "pace": "tenths",
    "part_new": "points",
    "note": "text",
}
SHOWN = ["p_reach", "p_before", "target", "pace", "part_new", "note"]


@pytest.fixture(autouse=True, scope="module")
def _plain():
    """Offscreen, in English, and with titles for stand-ins."""
    style.offscreen()
    with pytest.MonkeyPatch.context() as patched, set_options(lang="en"):
        patched.setattr(answers.Answer, "title", property(lambda one: f"About {one.name}"))
        yield


def outlook(earned):
    return Outlook.of(replace(small_forecast(), earned=earned), small_targets(target=(0, 3, 30)))


def standing_in(name, known):
    """Return an answer with a column of each style, whose last row is the province's."""
    more = {"p_before": [0.004, 0.5, 0.8, 0.9], "part_new": [-0.07, 0.0, 0.2, 0.01], "note": "=1+1, " * 6}
    table = known.table[["name", "p_reach", "target", "pace"]].assign(**more)
    draw = partial(plots.year_total, known.forecast.total(), name="A")
    return Answer(name, SENTENCES, table, STYLES, draw)


@pytest.fixture(scope="module", params=[True, False], ids=["earned", "not earned"])
def known(request):
    return outlook(request.param)


@pytest.fixture(scope="module")
def made(known, tmp_path_factory):
    """The folder of a pack with a whole answer, one without a table, and one of rows that are no units."""
    years = pd.DataFrame({"target": [1, 2]}, pd.Index([2025, 2026], name="year"))
    told = (
        standing_in("stars", known),
        Answer("promises", ("Enter the table.",)),
        Answer("years", SENTENCES, years, {"target": "whole"}),
        standing_in("moved", known),
    )
    folder = tmp_path_factory.mktemp("pack")
    write(folder, Pack(known, None, gains(known), answers=told))
    return folder


def test_the_page_unfolds_each_question_under_its_first_sentence(made):
    text = (made / "meeting.html").read_text(encoding="utf-8")
    part = re.search(r'<section id="questions".*?</section>', text, re.S)[0]
    folded = re.findall(r'<details id="(\w+)">\s*<summary><h2>(.*?)</h2><span>(.*?)</span>', part)
    assert folded == [
        ("stars", "About stars", SENTENCES[0]),
        ("promises", "About promises", "Enter the table."),
        ("years", "About years", SENTENCES[0]),
    ]
    assert part.count("<img") == 1
    assert "What it rests on &lt;b&gt;." in part
    assert part.count("<table>") == 2
    changes = re.search(r'<details id="changes">.*?</details>', text, re.S)[0]
    assert changes.count("<table>") == changes.count("<img") == 1


def test_without_answers_the_page_has_no_place_for_them(known):
    shown = {name: Picture("", {"svg": b""}) for name in ("map", "province")}
    assert 'id="questions"' not in page(Pack(known, None, gains(known)), shown)


def test_cells_are_numbers_and_chances_words_where_no_per_cent_is_earned(known, made):
    rows = {
        row[0][0]: dict(zip(SHOWN, row[1:], strict=True))
        for row in questions.rows(standing_in("stars", known), known)
    }
    read = questions.as_read(standing_in("stars", known), known)
    assert read.index.tolist() == [*rows] == known.table["name"].tolist()
    first, second = (rows[name] for name in list(rows)[:2])
    assert second["pace"] == (known.table["pace"].iloc[1], "tenths")
    if known.earned:
        assert first["p_before"] == (0.004, "share")
        assert first["p_reach"][1] == "certain"
        assert read.iloc[0, [0, 1, 4]].tolist() == ["attained", "<1%", "−7"]
    else:
        assert first["p_before"] == ("low", "text")
        assert first["p_reach"] == ("attained", "text")
        assert [row["part_new"][0] for row in rows.values()] == ["−", "", "+", "+"]
        assert not any("%" in text for text in read.iloc[:, :5].to_numpy().ravel())


def test_each_question_has_a_sheet_of_numbers_and_texts(known, made):
    book = load_workbook(made / "meeting.xlsx")
    assert book.sheetnames[-5:-1] == ["About stars", "About promises", "About years", "About moved"]
    sheet = [list(row) for row in book["About stars"].iter_rows(values_only=True)]
    assert [row[0] for row in sheet[:2]] == [*SENTENCES]
    assert sheet[2][:2] == ["Code", "Unit"]
    assert [row[0] for row in sheet[3:]] == [*known.table.index]
    at = 2 + SHOWN.index("pace")
    assert [row[at] for row in sheet[3:]] == pytest.approx(known.table["pace"].tolist())
    assert isinstance(sheet[3][3], float if known.earned else str)
    cells = [cell for row in book["About stars"].iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    years = [list(row) for row in book["About years"].iter_rows(min_row=4, values_only=True)]
    assert years == [["2025", 1], ["2026", 2]]
    assert [row[0] for row in book["About promises"].iter_rows(values_only=True)] == ["Enter the table."]


def test_what_moved_is_a_table_for_machines_and_each_picture_a_file(known, made):
    table = pd.read_csv(made / "moved.csv", dtype={"unit": str}).set_index("unit")
    pd.testing.assert_series_equal(table["p_reach"], known.table["p_reach"], check_names=False)
    assert not (made / "stars.csv").exists()  # the tables of the others are words for people
    assert {path.name for path in (made / "figures").glob("stars.*")} == {"stars.svg", "stars.png"}


def test_a_notebook_shows_sentences_picture_and_table(known):
    province = type("Real", (), {"mark": lambda self: "", "example_note": lambda self: ""})()
    shown = lab.answered(standing_in("stars", known), known, province)
    assert style.plt.get_fignums()
    style.plt.close("all")
    assert SENTENCES[0] in shown._repr_html_()
    assert "Huyện 389" in shown._repr_html_()
    assert (
        lab.answered(Answer("promises", ("Enter the table.",)), known, province).answer == "Enter the table."
    )
    assert lab.answered(None, known, province).answer
    assert not style.plt.get_fignums()
