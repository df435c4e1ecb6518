"""The empty workbook: commented, with lists, and once filled in it is a province's data."""

import shutil

import pandas as pd
import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from ocop_forecast import read_province
from ocop_forecast.cli import main
from ocop_forecast.i18n.catalogue import set_options
from ocop_forecast.reporting.note import OURS
from ocop_forecast.tables.loading import read_alone
from ocop_forecast.tables.schema import CONTRACTS, SHEETS
from ocop_forecast.tables.sources import DATA, EXAMPLE_FILE
from ocop_forecast.tables.template import SHOWN, write_template
from ocop_forecast.tables.validation import check


@pytest.fixture(params=["vi", "en"])
def lang(request):
    return request.param


@pytest.fixture
def book(tmp_path, lang):
    known = {name: read_alone(DATA, name) for name in ("units", "communes", "breaks")}
    with set_options(lang=lang):
        write_template(tmp_path / "ocop.xlsx", known, 2024)
    return tmp_path / "ocop.xlsx"


def fill(path, name, lang, rows):
    """Type rows of {our column: value} into a sheet, as a clerk would."""
    book = load_workbook(path)
    sheet = book[SHEETS[name] if lang == "vi" else name]
    at = {cell.value: cell.column for cell in sheet[1]}
    for row, values in rows.items():
        for column, value in values.items():
            headers = CONTRACTS[name].columns[column].metadata["headers"]
            sheet.cell(row, at[headers[0] if lang == "vi" and headers else column], value)
    book.save(path)


def test_every_table_is_a_sheet_with_commented_headers(book, lang):
    sheets = load_workbook(book)
    names = [SHEETS[name] if lang == "vi" else name for name in SHOWN]
    assert sheets.sheetnames[1:-1] == names
    assert sheets[sheets.sheetnames[-1]].sheet_state == "hidden"
    for name in names:
        assert all(cell.comment.text for cell in sheets[name][1]), name


def test_units_are_entered_and_choices_are_lists(book, lang):
    sheets = load_workbook(book)
    register = sheets[SHEETS["register"] if lang == "vi" else "register"]
    lists = [rule.formula1 for rule in register.data_validations.dataValidation if rule.type == "list"]
    kinds = {"vi": "mới,công nhận lại,nâng hạng,thu hồi", "en": "new,re-recognised,upgraded,revoked"}[lang]
    assert {"ocop_units", f'"{kinds}"', '"3,4,5"'} <= set(lists)
    targets = sheets[SHEETS["targets"] if lang == "vi" else "targets"]
    assert [cell.value for cell in targets["A"][1:]][:2] == ["Thành phố Thanh Hóa", "Thị xã Bỉm Sơn"]
    assert len(targets["A"]) == 28


def test_it_is_empty_until_it_is_filled_in(book):
    with set_options(lang="en"):
        found = check(book)
    assert found.loc[found["result"] == "error", "finding"].str.contains("holds no row").tolist() == [True]


def test_filled_in_it_is_a_provinces_data(book, lang):
    kind, status = ("mới", "đã tổ chức") if lang == "vi" else ("new", "held")
    decided = pd.Timestamp("2024-07-15").to_pydatetime()
    row = {"product": "Sản phẩm 1", "unit": "Huyện Ngọc Lặc", "decision_date": decided, "kind": kind}
    fill(book, "register", lang, {2: row, 3: row | {"product": "Sản phẩm 2", "unit": "Bỉm Sơn"}})
    fill(book, "targets", lang, {10: {"target": 3}, 3: {"target": 4}})
    fill(book, "rounds", lang, {2: {"date": decided, "status": status}})
    province = read_province(book, as_of="2024-09")
    assert province.panel.sum().loc[lambda counts: counts > 0].to_dict() == {"381": 1, "389": 1}
    targets = province.targets.dropna(subset="target").set_index("unit")["target"]
    assert targets.to_dict() == {"381": 4, "389": 3}
    assert len(province.rounds) == 1
    with set_options(lang="en"):
        assert (check(book)["result"] != "error").all()


def test_the_guide_says_how_a_dossier_goes_on(book, lang):
    guide = next(iter(load_workbook(book)))
    lines = [cell.value for cell in guide["A"]]
    said = {
        "vi": ("Hồ sơ: mỗi lần", "đăng ký ý tưởng", "từ chối"),
        "en": ("dossiers: each time", "idea", "refused"),
    }
    start, idea, refused = said[lang]
    assert [refused in line for line in lines if line.startswith(start)] == [True]
    row = {"dossier_code": "H1", "product": "Gạo", "unit": "Huyện Ngọc Lặc"}
    days = [pd.Timestamp(day).to_pydatetime() for day in ("2024-02-01", "2024-06-01")]
    steps = {2: {"stage": idea, "stage_date": days[0]}, 3: {"stage": refused, "stage_date": days[1]}}
    fill(book, "dossiers", lang, {at: row | step for at, step in steps.items()})
    kind = {"vi": "mới", "en": "new"}[lang]
    decided = {"product": "Sản phẩm 1", "unit": "Bỉm Sơn", "decision_date": days[1], "kind": kind}
    fill(book, "register", lang, {2: decided})
    province = read_province(book, as_of="2024-09")
    assert province.dossiers["stage"].tolist() == ["idea", "refused"]
    assert province.waiting.empty


def test_the_command_writes_it_and_overwrites_nothing(tmp_path):
    path = tmp_path / "số liệu.xlsx"
    written = CliRunner().invoke(main, ["template", str(path), "--lang", "en"])
    assert (written.exit_code, path.exists()) == (0, True)
    before = path.read_bytes()
    again = CliRunner().invoke(main, ["template", str(path), "--lang", "en"])
    assert again.exit_code == 4
    assert "is there already" in again.output
    assert path.read_bytes() == before
    other = CliRunner().invoke(main, ["template", str(tmp_path / "x.csv"), "--lang", "en"])
    assert (other.exit_code, (tmp_path / "x.csv").exists()) == (4, False)


def test_the_command_writes_the_notes_template_too(tmp_path):
    path = tmp_path / "tiêu đề.docx"
    written = CliRunner().invoke(main, ["template", str(path), "--lang", "en"])
    assert (written.exit_code, "--note-template" in written.output) == (0, True)
    assert path.read_bytes() == OURS.read_bytes()
    assert CliRunner().invoke(main, ["template", str(path)]).exit_code == 4


def test_a_filled_one_is_a_copy_of_the_data(tmp_path, lang):
    """In Excel's form and the reader's words, with where each row comes from."""
    path, data = tmp_path / "copy.xlsx", tmp_path / "data"
    shutil.copytree(DATA, data)
    shutil.copy(EXAMPLE_FILE, data)
    words = ["template", str(path), "--filled", "--data", str(data), "--lang", lang]
    assert CliRunner().invoke(main, words).exit_code == 0
    copy, province = (read_province(source, as_of="2024-09") for source in (path, data))
    for name in ("units", "targets", "goals", "register", "rounds", "breaks", "dossiers"):
        ours = getattr(province, name).drop(columns=["sheet", "row"], errors="ignore")
        pd.testing.assert_frame_equal(getattr(copy, name)[ours.columns], ours)
    with set_options(lang=lang):
        assert copy.caution() == province.caution()
        told = {"vi": "HỒ SƠ MÔ PHỎNG: 3819/3819 dòng", "en": "RECONSTRUCTED DOSSIERS: 3819/3819 rows"}
        assert copy.caution().splitlines()[1].startswith(told[lang])
    sheet = load_workbook(path)[SHEETS["targets"] if lang == "vi" else "targets"]
    assert sheet["A2"].value == "Thành phố Thanh Hóa"
    assert sheet["F2"].value == "reconstructed"


def test_a_copy_of_data_without_dossiers_has_none_and_takes_the_example(tmp_path):
    path = tmp_path / "copy.xlsx"
    assert CliRunner().invoke(main, ["template", str(path), "--filled", "--lang", "en"]).exit_code == 0
    assert read_province(path, as_of="2024-09").dossiers is None
    taken = read_province(path, as_of="2024-09", dossiers="example")
    pd.testing.assert_frame_equal(taken.dossiers, read_province(as_of="2024-09", dossiers="example").dossiers)
