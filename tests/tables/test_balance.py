"""The books balance: whatever an office's files hold, each row, sheet, column and file ends in one place."""

import re

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocop_forecast.errors import numbers
from ocop_forecast.i18n.catalogue import set_options
from ocop_forecast.tables.balance import COUNTED, LEFT_OUT, NO_ROWS
from ocop_forecast.tables.loading import survey
from ocop_forecast.tables.province import Province
from ocop_forecast.tables.sources import DATA
from ocop_forecast.tables.validation import check, report

HEAD = ["STT", "Tên sản phẩm", "Chủ thể", "Huyện", "Ngày quyết định", "Hình thức"]
OTHER = ["Mã vùng trồng", "Ngày nộp", "Cán bộ phụ trách"]
UNITS = "unit,name,type\n801,Đông Hải,Huyện\n802,Tây Hồ,Huyện\n"
TARGETS = "Đơn vị,Năm,Chỉ tiêu\nĐông Hải,2024,5\nTây Hồ,2024,4\n"
BESIDE = (
    ["Nơi nhận:"],
    ["", "Tổng cộng", "", "", "", "3"],
    ["- Như trên;"],
    ["", "", "", "", "", "Trang 2"],
    ["II. DANH SÁCH SẢN PHẨM KHÔNG ĐẠT"],
    ["A", "Huyện Tây Hồ"],
    ["", "", "", "(Ký tên)"],
    ["Ghi chú: số liệu đến ngày báo cáo"],
    ["Kèm theo Quyết định", "số 12/QĐ-UBND"],
)


def folder_of(folder, sheets, **others):
    """Write an office's folder: units, targets, a register of these sheets, and other files."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    texts = {"units.csv": UNITS, "targets.csv": TARGETS, **others}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    if sheets:
        book(folder / "register.xlsx", sheets)
    return folder


def book(path, sheets):
    with xlsxwriter.Workbook(path) as workbook:
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, [cell if cell != "" else None for cell in row])


@st.composite
def tables(draw, start):
    """Draw a table of a register: titles, its header perhaps on each page, rows, and what stands between."""
    columns = draw(st.permutations([*HEAD, *draw(st.lists(st.sampled_from(OTHER), unique=True))]))
    columns = [
        name for name in columns if name not in draw(st.sampled_from([(), (), ("Huyện",), ("Hình thức",)]))
    ]
    titles = [["SỔ OCOP"], ["Năm 2024", "Đơn vị: sản phẩm"]]
    rows = [*titles[: draw(st.integers(0, 2))], columns]
    for number in range(draw(st.integers(0, 6))):
        said = dict.fromkeys(OTHER, "x") | dict(zip(HEAD, _row(start + number), strict=True))
        rows.append([said[name] for name in columns])
        rows += draw(st.sampled_from([[], [], [], [columns], [[]], [draw(st.sampled_from(BESIDE))]]))
        if draw(st.booleans()):
            rows[-1] = [*rows[-1], *[""] * 3, "bên lề"] if rows[-1] else []
    return rows + draw(st.lists(st.sampled_from(BESIDE), max_size=3))


def _row(number):
    unit = ("Đông Hải", "Tây Hồ")[number % 2]
    return [str(number), f"Sản phẩm {number}", "HTX Một", unit, f"{1 + number % 28}/5/2024", "Mới"]


@st.composite
def books(draw):
    """Draw the sheets of a register, with one table or several each."""
    sheets = {}
    for at in range(draw(st.integers(1, 3))):
        several = [draw(tables(100 * at + 10 * part)) for part in range(draw(st.integers(1, 2)))]
        gap = draw(st.sampled_from([[], [[]]]))
        sheets[f"Trang {at + 1}"] = [row for table in several for row in [*table, *gap]]
    return sheets


@given(sheets=books(), data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_filled_row_of_every_sheet_ends_in_one_place(tmp_path, sheets, data):
    folder = folder_of(tmp_path / "office", sheets, **data.draw(st.sampled_from(OTHER_FILES)))
    found = survey(folder)
    filled = {name: {at for at, row in enumerate(rows, start=1) if any(row)} for name, rows in sheets.items()}
    (own,) = [books for books in found.books if books.file.endswith("register.xlsx")]
    assert {of.sheet: set(of.fates) for of in own.balances} == {
        name: rows for name, rows in filled.items() if rows
    }
    assert {fate for of in own.balances for fate in of.fates.values()} <= {*COUNTED, *LEFT_OUT, *NO_ROWS}
    _each_line_adds_up(own)
    _what_is_left_out_is_told(own, found.faults)
    if found.province is not None:
        counted = sum(fate == "new" for of in own.balances for fate in of.fates.values())
        assert counted == (found.province.register["event"] == "new").sum()
        fates = [fate for books in found.books for of in books.balances for fate in of.fates.values()]
        assert found.province.left_out == sum(map(fates.count, LEFT_OUT))
        found.province.save(tmp_path / "province.json")
        assert Province.load(tmp_path / "province.json").left_out == found.province.left_out
    assert {path.name for path in folder.iterdir()} == {
        re.split(r"[/\\]", books.file)[-1] for books in found.books
    }


OTHER_FILES = (
    {},
    {"ghi chú.txt": "việc cần làm"},
    {"Sổ OCOP.csv": ",".join(HEAD) + "\n" + ",".join(_row(7)) + "\n", "ảnh.png": "x"},
)


def _each_line_adds_up(books):
    """Hold the figures of each line against each other, as a reader would."""
    with set_options(lang="en"):
        for line, of in zip(books.lines(), books.balances, strict=True):
            total, fates = re.search(r": read (\d+) rows?: (.*?)\.(?: Columns not read|$)", line).groups()
            counts = re.findall(r"(?:^|, )(\d+) (?=[a-z])", re.sub(r" \(rows? [^)]*\)", "", fates))
            assert int(total) == sum(map(int, counts)), line
            assert int(total) == sum(fate not in NO_ROWS for fate in of.fates.values())


def _what_is_left_out_is_told(books, faults):
    """Each row that does not count is told: by its own number, by its table's header or its heading."""
    told = {(fault.sheet, row) for fault in faults for row in _rows(fault)}
    with set_options(lang="en"):
        lines = dict(zip((of.sheet for of in books.balances), books.lines(), strict=True))
    for of in books.balances:
        for fate in LEFT_OUT:
            rows = [row for row, its in of.fates.items() if its == fate]
            assert not rows or numbers(rows) in lines[of.sheet]
        alone = [row for row, fate in of.fates.items() if fate in ("above", "left out", "heading")]
        assert all((of.sheet, row) in told for row in alone)


def _rows(fault):
    return [fault.row] if fault.row is not None else []


def test_columns_that_no_word_knows_are_named(tmp_path):
    rows = [[*HEAD, *OTHER], [*_row(1), "88", "3/4/2024", "Bà An"]]
    found = check(folder_of(tmp_path / "office", {"Sổ": rows}))
    (told,) = found.loc[found["check"] == "columns", "finding"]
    assert all(f'"{name}"' in told for name in OTHER)
    (line,) = [line for line in found.attrs["books"] if line.startswith("register.xlsx")]
    assert line in report(found)
    assert all(f'"{name}"' in line for name in OTHER)


def test_a_column_that_looks_like_the_missing_one_is_named(tmp_path):
    rows = [
        ["STT", "Tên sản phẩm", "Huyện", "Ngày quyết định", "Hình thức xét"],
        [*_row(1)[:2], *_row(1)[3:]],
    ]
    found = check(folder_of(tmp_path / "office", {"Sổ": rows}))
    (told,) = found.loc[found["result"] == "error", "finding"]
    assert '"Hình thức xét"' in told
    assert '"Hình thức"' in told
    assert "1 dòng" in told


def test_a_sheet_that_lacks_one_column_is_an_error_with_the_rows_at_stake(tmp_path):
    whole = [HEAD, *map(_row, range(3))]
    lacking = [[*HEAD[:4], "Ngày gì đó", "Hình thức"], *map(_row, range(10, 14))]
    found = check(folder_of(tmp_path / "office", {"Năm 2023": whole, "Năm 2024": lacking}))
    (error,) = found[found["result"] == "error"].itertuples()
    assert (error.check, error.sheet, error.column) == ("headers", "Năm 2024", "Ngày quyết định")
    assert "4" in error.finding


def test_a_sheet_that_lacks_more_is_told_with_its_rows(tmp_path):
    whole, summary = [HEAD, _row(1)], [["Huyện", "Số sản phẩm"], ["Đông Hải", "3"], ["Tây Hồ", "2"]]
    found = survey(folder_of(tmp_path / "office", {"Sổ": whole, "Tổng hợp": summary}))
    assert found.province is not None
    (told,) = [fault for fault in found.faults if fault.key == "sheet_ignored"]
    assert (told.sheet, told.values["rows"]) == ("Tổng hợp", 2)


def test_a_file_of_another_name_is_told_and_the_missing_register_as_well(tmp_path):
    text = ",".join(HEAD) + "\n" + ",".join(_row(7)) + "\n"
    found = survey(folder_of(tmp_path / "office", {}, **{"Sổ OCOP 2024.csv": text}))
    told = {fault.key: fault for fault in found.faults}
    assert {"file_missing", "file_beside"} <= set(told)
    assert told["file_beside"].values["rows"] == 1


@pytest.mark.parametrize("name", ["Sổ đăng ký.xlsx", "register.XLSX", "SO DANG KY.xlsx", "so_dang_ky.xlsx"])
def test_a_table_may_bear_its_vietnamese_name(tmp_path, name):
    folder = folder_of(tmp_path / "office", {})
    book(folder / name, {"Trang 1": [HEAD, _row(1)]})
    found = survey(folder)
    assert found.province is not None, found.faults
    assert len(found.province.register) == 1


def test_a_workbook_names_the_sheets_that_it_did_not_read(tmp_path):
    sheets = {
        "Đơn vị": [line.split(",") for line in UNITS.splitlines()],
        "Chỉ tiêu": [line.split(",") for line in TARGETS.splitlines()],
        "Sổ đăng ký": [HEAD, _row(1)],
        "Sổ đăng ký (2)": [HEAD, _row(2), _row(3)],
        "Việc": [["việc cần làm"]],
    }
    sheets["Đơn vị"][0] = ["Mã đơn vị", "Tên đơn vị", "Loại"]
    book(tmp_path / "office.xlsx", sheets)
    found = survey(tmp_path / "office.xlsx")
    (told,) = [fault for fault in found.faults if fault.key == "sheet_beside"]
    assert (told.sheet, told.values["rows"]) == ("Sổ đăng ký (2)", 2)
    assert {of.sheet for books in found.books for of in books.balances} == set(sheets)
    assert survey(tmp_path / "office.xlsx", strict=True).province is None


def test_the_embedded_books_balance_and_the_document_shows_them():
    found = survey(DATA)
    with set_options(lang="en"):
        lines = {line for books in found.books for line in books.lines()}
    document = (DATA.parent / "docs" / "data.md").read_text(encoding="utf-8")
    shown = re.findall(r"^- \*(\w+\.csv: read .*)\*$", document, re.MULTILINE)
    assert len(shown) == 2
    assert set(shown) <= lines
    (register,) = [books for books in found.books if books.file.endswith("register.csv")]
    fates = pd.Series(register.balances[0].fates).value_counts()
    assert fates["new"] == (found.province.register["event"] == "new").sum()
    assert fates.drop("header").sum() == len(found.province.register)
