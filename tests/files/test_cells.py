"""Cells as text: letters, numbers, days, and the bounds within which any file is read."""

import datetime as dt
import io
import re
import unicodedata
import zipfile
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter
from books import SHEET1, parts, zipped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from test_sheet import TABLE, book, cell, in_tcvn3, in_vni, text
from words import WORDS, in_each_language

from ocop_forecast import InputError
from ocop_forecast.files import cells, excel, reading
from ocop_forecast.files.cells import Book
from ocop_forecast.files.encoding import clean, is_syllable, misread, old_encoding
from ocop_forecast.files.reading import checked, decimal, read, whole_number
from ocop_forecast.periods import date, month_of
from ocop_forecast.tables.schema import CONTRACTS
from ocop_forecast.tables.sources import DATA

BOOK, LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
NAMES = {
    name: sorted({cell for row in TABLE for cell in row} if name == "table" else set(_cells))
    for name, _cells in {
        "table": (),
        **{
            path.stem: pd.read_csv(path, dtype=str, keep_default_na=False).to_numpy().ravel()
            for path in DATA.glob("*.csv")
        },
        "labels": [words[0] for words in WORDS.values()],
    }.items()
}
FOREIGN = [
    "Nestlé",
    "Müller",
    "Curaçao",
    "El Niño",
    "Gạo ST25®",
    "20 µm",
    "½ kg",
    "crème brûlée",
    "Đăk Lăk",
    "Krông Pắc",
]


def told(path, *args):
    """Return (sheet, key, values) of the one fault that the file is refused with."""
    with pytest.raises(InputError) as caught:
        Book(path).grids()
    (fault,) = caught.value.faults
    vietnamese, english = in_each_language(fault.tell)
    assert vietnamese != english
    return fault.sheet, fault.key, fault.values


# letters


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("name", [*NAMES, "foreign"])
def test_no_true_word_is_taken_for_an_old_encoding(name, form):
    texts = [unicodedata.normalize(form, said) for said in NAMES.get(name, FOREIGN)]
    assert (old_encoding(texts)[1], misread(texts)) == ([], "")


@pytest.mark.parametrize(("turn", "encoding"), [(in_tcvn3, "TCVN3 (ABC)"), (in_vni, "VNI")])
def test_names_typed_in_an_old_font_are_known_by_it(turn, encoding):
    names = [[name] for name in pd.read_csv(DATA / "communes.csv")["old_ward"].unique()]
    typed = [row[0] for row in turn(names)]
    assert old_encoding(typed)[0] == encoding
    few = [old_encoding(typed[at : at + 10]) for at in range(0, len(typed) - 10, 10)]
    assert [found and found[0] for found in few] == [encoding] * len(few)


def test_names_read_in_a_wrong_encoding_are_known():
    names = pd.read_csv(DATA / "units.csv")["name"]
    spoilt = [name.encode().decode("cp1252", "replace") for name in names]
    told = [bool(misread([name])) or "\ufffd" in name for name in spoilt]
    # à becomes Ã and a blank that does not break, which capitals may well be
    assert told == [not name.replace("à", "a").isascii() for name in names]


def test_every_word_of_the_embedded_names_is_a_syllable():
    words = {word for name in pd.read_csv(DATA / "communes.csv")["old_ward"] for word in name.split()}
    assert [word for word in words if word.isalpha() and not is_syllable(word)] == []


@pytest.mark.parametrize("word", ["Ngäc", "Ngoïc", "Teân", "Ngọộc", "wifi", "strà"])
def test_what_is_no_syllable(word):
    assert not is_syllable(word)


@given(st.text())
def test_cleaning_twice_is_cleaning_once(said):
    once = clean(said)
    assert clean(once) == once
    assert once == once.strip()


# numbers and days

WHOLE = {
    "3": 3, "07": 7, "07 sản phẩm": 7, "4 sao": 4, "3*": 3, "12 SP": 12, "3.0": 3, "3,0": 3, "3,00": 3,
    "1.234": 1234, "12.345.678": 12345678, "-1": -1, "+2": 2, "0": 0,
    **dict.fromkeys([
        "3-5", "ba", "1e3", "nan", "inf", "2.5", "2,5", "1,234", "1.23", "1.2345", "٣", "４", "3 4", "0x10",
        "1_000", "TRUE", "", " ", "3 con", "--1", "1.234,0", "9" * 30, "½",
    ]),
}  # fmt: skip


@pytest.mark.parametrize("said", WHOLE)
def test_whole_numbers(said):
    assert whole_number(said) == WHOLE[said]


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("72,5", 72.5),
        ("72.5", 72.5),
        ("72", 72),
        ("80 điểm", 80),
        ("1.234,5", None),
        ("1e3", None),
        ("nan", None),
        ("٣", None),
    ],
)
def test_numbers(said, number):
    assert decimal(said) == number


DAYS = {
    **dict.fromkeys(
        [
            "2021-04-06", "2021-4-6", "2021-04-06 00:00:00", "2021-04-06T17:30", "6/4/2021", "06/04/2021",
            "6-4-2021", "06.4.2021", " 6 / 4 / 2021 ", "6/4/2021 08:00", "ngày 6/4/2021",
            "Ngày 06 tháng 04 năm 2021", "44292", "ngày\u00a06 tháng 4 năm 2021",
            unicodedata.normalize("NFD", "ngày 6 tháng 4 năm 2021"),
        ],
        "2021-04-06",
    ),
    **dict.fromkeys(["tháng 2-2024", "02/2024", "2024-02", "Tháng 2 năm 2024", "2-2024"], "2024-02-29"),
    **dict.fromkeys([
        "09/13/2024", "31/02/2024", "10/03/24", "2024", "20240405", "43100", "73051", "hôm qua", "",
        "6/4/2021/1", "６/4/2021", "٦/4/2021", "13/2024", "0/4/2021", "6 4 2021", "tháng 4", "quý 2/2024",
        "6/4/2021 và 7/4/2021",
    ]),
}  # fmt: skip


@pytest.mark.parametrize("said", DAYS)
def test_days(said):
    found = date(said)
    assert (found and found.date().isoformat()) == DAYS[said]


@given(st.dates(pd.Timestamp("2018-01-01").date(), pd.Timestamp("2099-12-31").date()))
def test_every_way_to_write_a_day_is_that_day(day):
    serial = (day - pd.Timestamp("1899-12-30").date()).days
    ways = [day.isoformat(), f"{day:%d/%m/%Y}", f"{day.day}.{day.month}.{day.year}", str(serial)]
    assert {date(way) for way in ways} == {pd.Timestamp(day)}
    assert month_of(f"{day:%m/%Y}") == pd.Period(day, "M")


@given(st.text())
def test_any_text_is_read_as_a_number_or_day_or_refused(said):
    for reader in (whole_number, decimal, date, month_of):
        reader(said)


# bounds


def sheet_of(tmp_path, xml):
    """Return the path of a workbook whose sheet's part is exactly this."""
    path = tmp_path / "r.xlsx"
    path.write_bytes(zipped({**parts(book()), SHEET1: xml}))
    return path


MAIN = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
BAD_SHEETS = {
    "a column beyond Excel's": '<row><c r="AAAA1"><v>1</v></c></row>',
    "a column of no letters": '<row><c r="11"><v>1</v></c></row>',
    "rows that go back": '<row r="3"/><row r="3"/>',
    "a row that is no number": '<row r="x"/>',
    "a number that is none": "<row><c><v>drei</v></c></row>",
    "a text before the first": '<row><c t="s"><v>-1</v></c></row>',
    "an element not closed": "<row>",
    "merged cells of a whole column": '</sheetData><mergeCell ref="A:A"/><sheetData>',
    "an unknown entity": "<row><c><v>&b;</v></c></row>",
}


@pytest.mark.parametrize("name", BAD_SHEETS)
def test_a_damaged_sheet_is_refused(tmp_path, name):
    path = sheet_of(tmp_path, f"{MAIN}{BAD_SHEETS[name]}</sheetData></worksheet>")
    assert told(path)[1] == "file_unreadable"


@pytest.mark.parametrize(
    ("xml", "key"),
    [
        ("<a>" * 60 + "</a>" * 60, "file_bomb"),
        (f"<row><c><v>{'1' * 40_000}</v></c></row>", "cell_long"),
        (f"<row a='{'x' * 900_000}'/>", "file_bomb"),
        ('<row r="300000"><c><v>1</v></c></row>', "stray_cell"),
        ('<row r="2"><c r="CW2"><v>1</v></c></row>', "stray_cell"),
    ],
)
def test_a_sheet_beyond_its_bounds_is_refused_where_it_matters(tmp_path, xml, key):
    path = sheet_of(tmp_path, f"{MAIN}{xml}</sheetData></worksheet>")
    assert [grid.refused.key for grid in Book(path).grids()] == [key]
    with pytest.raises(InputError) as caught:
        checked(read(path, CONTRACTS["register"]))
    assert [fault.key for fault in caught.value.faults] == [key]


def test_the_stray_cell_is_named(tmp_path):
    path = sheet_of(
        tmp_path, f'{MAIN}<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )
    with pytest.raises(
        InputError, match="cell XFD1048576 holds something beyond the 100 columns and 100000 rows"
    ):
        checked(read(path, CONTRACTS["register"]))


@pytest.mark.parametrize("bound", ["ROWS", "CELLS"])
def test_too_many_rows_or_cells_are_refused(tmp_path, monkeypatch, bound):
    for module in (excel, cells):
        monkeypatch.setattr(module, bound, 3)
    (tmp_path / "r.csv").write_bytes(text())
    assert told(tmp_path / "r.csv")[1] == "too_many_rows"
    (tmp_path / "r.xlsx").write_bytes(book())
    assert Book(tmp_path / "r.xlsx").grids()[0].refused.key == "too_many_rows"


@pytest.mark.parametrize(
    ("bound", "key"), [("UNPACKED", "file_large"), ("PARTS", "file_bomb"), ("ELEMENTS", "file_bomb")]
)
def test_an_archive_beyond_its_bounds_is_refused(tmp_path, monkeypatch, bound, key):
    monkeypatch.setattr(excel, bound, 3)
    (tmp_path / "r.xlsx").write_bytes(book())
    assert told(tmp_path / "r.xlsx")[1] == key


def test_cells_are_counted_over_all_sheets(tmp_path, monkeypatch):
    monkeypatch.setattr(excel, "CELLS", 50)
    (tmp_path / "r.xlsx").write_bytes(book(TABLE, TABLE))
    assert [grid.refused and grid.refused.key for grid in Book(tmp_path / "r.xlsx").grids()] == [
        None,
        "too_many_rows",
    ]


def test_many_merged_cells_over_many_rows_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("ocop_forecast.files.layout.CELLS", 3)

    def merge(workbook):
        workbook.active.merge_cells("A2:A4")
        workbook.active.merge_cells("G2:G4")

    (tmp_path / "r.xlsx").write_bytes(book(tweak=merge))
    with pytest.raises(InputError) as caught:
        checked(read(tmp_path / "r.xlsx", CONTRACTS["register"]))
    assert [fault.key for fault in caught.value.faults] == ["file_large"]


def test_a_text_file_beyond_its_bound_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(cells, "BYTES", 100)
    (tmp_path / "r.csv").write_bytes(text())
    assert told(tmp_path / "r.csv")[1] == "file_large"


def test_a_part_that_says_less_than_it_holds_is_refused(tmp_path):
    """The directory of an archive may lie about sizes; what is read never exceeds what it says."""
    data = bytearray(book())
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        size = archive.getinfo(SHEET1).file_size.to_bytes(4, "little")
    assert data.count(size) >= 2
    (tmp_path / "r.xlsx").write_bytes(bytes(data).replace(size, (200).to_bytes(4, "little")))
    assert told(tmp_path / "r.xlsx")[1] == "file_unreadable"


def test_a_file_in_use_is_told_to_be_closed(tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError(13, "in use")

    monkeypatch.setattr(Path, "open", refuse)
    assert told(tmp_path / "r.csv")[1] == "file_locked"


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "r.xlsx").mkdir()
    assert told(tmp_path / "r.xlsx")[1] == "file_is_folder"


def test_a_column_wrong_all_over_is_told_in_short(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "EACH", 3)
    rows = [["Huyện", "Năm", "Chỉ tiêu"], *([f"Huyện {n}", "2024", "ba"] for n in range(10))]
    (tmp_path / "t.csv").write_bytes(text(rows))
    with pytest.raises(InputError) as caught:
        checked(read(tmp_path / "t.csv", CONTRACTS["targets"]))
    assert [(fault.row, fault.key) for fault in caught.value.faults] == [
        (2, "not_whole"), (3, "not_whole"), (4, "not_whole"), (5, "and_so_on"),
    ]  # fmt: skip
    assert caught.value.faults[-1].values["more"] == 7
    rows = [["Huyện", "Năm", "Chỉ tiêu"], *([f"Huyện {n}", "2024", "99999"] for n in range(10))]
    (tmp_path / "t.csv").write_bytes(text(rows))
    with pytest.raises(InputError) as caught:
        checked(read(tmp_path / "t.csv", CONTRACTS["targets"]))
    assert [fault.key for fault in caught.value.faults] == ["target_allowed"] * 3 + ["and_so_on"]


# sheets


def test_the_sheets_of_a_workbook_are_named_in_their_order(tmp_path):
    (tmp_path / "r.xlsx").write_bytes(book(TABLE, [["a"]]))
    (tmp_path / "r.csv").write_bytes(text())
    assert Book(tmp_path / "r.xlsx").names == ["Trang 1", "Trang 2"]
    assert Book(tmp_path / "r.csv").names == []


def test_a_drawing_and_a_chart_are_no_sheets(tmp_path):
    workbook = Workbook()
    workbook.create_chartsheet("Biểu đồ")
    workbook.save(tmp_path / "r.xlsx")
    assert Book(tmp_path / "r.xlsx").names == ["Sheet"]


def test_two_sheets_of_one_name_are_refused(tmp_path):
    data = parts(book(TABLE, TABLE))
    twice = data["xl/workbook.xml"].replace(b"Trang 2", b"Trang 1")
    (tmp_path / "r.xlsx").write_bytes(zipped({**data, "xl/workbook.xml": twice}))
    assert told(tmp_path / "r.xlsx")[1] == "file_unreadable"


def test_a_cell_shows_what_excel_shows(tmp_path):
    workbook = Workbook()
    sheet = workbook.active
    shown = {
        "A1": (3.0, "General", "3"), "B1": (72.5, "0.0", "72.5"), "C1": (0.1 + 0.2, "General", "0.3"),
        "D1": (8, "000", "008"), "E1": (43822, "dd/mm/yyyy", "2019-12-23"),
        "F1": (43822.75, 'd "tháng" m', "2019-12-23"),
        "G1": (43800, "mmm-yy", "2019-12"), "H1": (43822, "yyyy", "2019"), "I1": (0.5, "h:mm", "0.5"),
        "J1": (True, "General", "TRUE"), "K1": (1234567890123, "General", "1234567890123"),
        "L1": (-1, "dd/mm/yyyy", "-1"),
        "M1": (12, '0" sản phẩm"', "12"), "N1": (5, "[$-42A]0", "5"),
    }  # fmt: skip
    for place, (value, form, _) in shown.items():
        sheet[place] = value
        sheet[place].number_format = form
    workbook.save(tmp_path / "r.xlsx")
    assert Book(tmp_path / "r.xlsx").grids()[0].rows[1] == [said for *_, said in shown.values()]


# days

DAY_FORMATS = {
    "dd/mm/yyyy": "2024-09-05", "[$-42A]dd mmmm yyyy": "2024-09-05",
    "[$-F800]dddd, mmmm dd, yyyy": "2024-09-05",
    "dd\\/mm\\/yyyy hh:mm": "2024-09-05", "[$-404]e/m/d": "2024-09-05", "mmm-yy": "2024-09-05",
    "mm/yyyy": "2024-09-05", "yyyy": "2024", "General": "45540", "0": "45540", "[h]:mm": "45540",
    "mm:ss": "45540", "[mm]:ss": "45540", "h:mm AM/PM": "45540", '0" ngày"': "45540",
    "#,##0 [$₫-42A]": "45540",
    "0.00E+00": "45540", '_(* #,##0_);_(* "đ"-_)': "45540", "[Red]0": "45540",
}  # fmt: skip
YEARLESS = ["dd/mm", "d-mmm", "[$-42A]d mmmm;@", 'd "tháng" m', "mmmm", "dd\\/mm;@", "dddd", "d/m hh:mm"]


@pytest.mark.parametrize("form", DAY_FORMATS)
def test_a_day_is_known_by_its_format(tmp_path, form):
    (tmp_path / "r.xlsx").write_bytes(book([[45540]], tweak=cell("A1", 45540, form)))
    (grid,) = Book(tmp_path / "r.xlsx").grids()
    assert (grid.rows, grid.yearless) == ({1: [DAY_FORMATS[form]]}, set())


@pytest.mark.parametrize("form", YEARLESS)
def test_a_day_shown_without_its_year_is_whole_and_marked(tmp_path, form):
    (tmp_path / "r.xlsx").write_bytes(book([["a"], ["", 45540]], tweak=cell("B2", 45540, form)))
    (grid,) = Book(tmp_path / "r.xlsx").grids()
    assert (grid.rows[2], grid.yearless) == (["", "2024-09-05"], {(2, 1)})


@pytest.mark.parametrize(
    ("kind", "value", "form", "shown"),
    [
        ("n", "45536", "mmm-yy", "2024-09"),
        ("n", "45536.5", "mm/yyyy", "2024-09"),
        ("n", "45537", "mm/yyyy", "2024-09-02"),
        ("d", "2024-09-01T00:00:00", "mm/yyyy", "2024-09"),
        ("d", "2024-09-05", "dd/mm/yyyy", "2024-09-05"),
        ("n", "-3", "dd/mm", "-3"),
        ("n", "0.25", "dd/mm", "0.25"),
    ],
)
def test_a_month_hides_no_day(tmp_path, kind, value, form, shown):
    data = parts(book([[1]], tweak=cell("A1", 1, form)))
    sheet = re.sub(r'<c r="A1"(.*?) t="n"><v>1', rf'<c r="A1"\1 t="{kind}"><v>{value}', data[SHEET1].decode())
    assert value in sheet
    (tmp_path / "r.xlsx").write_bytes(zipped({**data, SHEET1: sheet}))
    assert Book(tmp_path / "r.xlsx").grids()[0].rows == {1: [shown]}


EXTENSION = (
    '<extLst><ext uri="x" xmlns:x15="x15"><x15:workbookPr date1904="{}"/>'
    '<workbookPr date1904="{}"/></ext></extLst></workbook>'
)


@pytest.mark.parametrize(("own", "of_extension"), [("1", "0"), ("true", "0"), ("0", "1"), ("false", "true")])
def test_the_workbook_itself_says_when_its_days_begin(tmp_path, own, of_extension):
    data = parts(book([[1000, 1000]], tweak=cell("A1", 1000, "dd/mm/yyyy")))
    whole = data[BOOK].replace(b"<workbookPr/>", f'<workbookPr date1904="{own}"/>'.encode())
    whole = whole.replace(b"</workbook>", EXTENSION.format(of_extension, of_extension).encode())
    (tmp_path / "r.xlsx").write_bytes(zipped({**data, BOOK: whole}))
    (grid,) = Book(tmp_path / "r.xlsx").grids()
    from_1904 = own in ("1", "true")
    assert grid.from_1904 == from_1904
    assert grid.rows == {1: ["1906-09-27" if from_1904 else "1902-09-26", "1000"]}


# formulas


def calculated(tmp_path, cells, calculation='<calcPr calcId="124519"/>', chain=False):
    """Return the text of a sheet's cells, in a workbook that says this of how it was calculated."""
    data = parts(book([["a"]]))
    whole = re.sub(rb"<calcPr.*?/>", calculation.encode(), data[BOOK])
    if chain:
        data |= {LINKS: data[LINKS].replace(b"</Rel", CHAIN + b"</Rel"), "xl/calcChain.xml": "<calcChain/>"}
    sheet = f"{MAIN}{cells}</sheetData></worksheet>"
    (tmp_path / "r.xlsx").write_bytes(zipped({**data, BOOK: whole, SHEET1: sheet}))
    return Book(tmp_path / "r.xlsx").grids()[0].rows


CHAIN = b'<Relationship Id="rId99" Type="x/calcChain" Target="calcChain.xml"/>'
ZERO, TWO = "<c><f>1-1</f><v>0</v></c>", "<c><f>1+1</f><v>2</v></c>"
ON_LOAD = '<calcPr calcId="191029" fullCalcOnLoad="1"/>'


@pytest.mark.parametrize(
    ("cells", "calculation", "chain", "shown"),
    [
        ("<c><f>1+1</f></c>", "", True, "="),
        ("<c><f>1+1</f><v/></c>", "", True, "="),
        ('<c t="str"><f>A2</f></c><c><v>1</v></c>', "", True, "=1"),
        ('<c t="str"><f>A2</f><v></v></c><c><v>1</v></c>', "", True, "1"),
        ('<c><f t="shared" si="0"/></c>', "", False, "="),
        (ZERO, ON_LOAD, False, "="),
        (ZERO + TWO, ON_LOAD, False, "=2"),
        ('<c><f t="shared" si="0"/><v>0</v></c>', ON_LOAD, False, "="),
        (ZERO + ZERO, '<calcPr calcId="124519"/>', False, "=="),
        (ZERO + TWO, '<calcPr calcId="124519"/>', False, "02"),
        (ZERO, ON_LOAD, True, "0"),
        (ZERO, '<calcPr calcId="191029"/>', True, "0"),
        (ZERO, '<calcPr iterateDelta="0.0001"/>', False, "0"),
        (ZERO, "", False, "0"),
        ("<c><v>0</v></c>", ON_LOAD, False, "0"),
        ("<c><f>1+1</f><v>0.0</v></c>", ON_LOAD, False, "="),
    ],
)
def test_a_formula_that_was_never_calculated_is_told_from_a_true_0(
    tmp_path, cells, calculation, chain, shown
):
    rows = calculated(tmp_path, f"<row>{cells}</row>", calculation, chain)
    assert "".join(rows[1]) == shown


def test_the_cells_that_one_formula_fills_are_as_little_known(tmp_path):
    fills = '<row r="1"><c r="A1"><f t="array" ref="A1:B3">x</f><v>0</v></c><c r="C1"><v>0</v></c></row>'
    more = '<row r="2"><c r="B2"><v>0</v></c></row><row r="5"><c r="A5"><v>0</v></c></row>'
    rows = calculated(tmp_path, fills + more, ON_LOAD)
    assert rows == {1: ["=", "=", "0"], 2: ["=", "="], 3: ["=", "="], 5: ["0"]}
    assert list(rows) == sorted(rows)


def test_a_range_that_one_formula_fills_keeps_within_bounds(tmp_path):
    cells = '<row><c r="A1"><f t="array" ref="A1:XFD1048576">x</f></c></row>'
    (tmp_path / "r.xlsx").write_bytes(
        zipped({**parts(book()), SHEET1: f"{MAIN}{cells}</sheetData></worksheet>"})
    )
    assert Book(tmp_path / "r.xlsx").grids()[0].refused.key == "stray_cell"


@pytest.mark.parametrize("kind", ["write_formula", "write_array_formula", "write_dynamic_array_formula"])
def test_what_xlsxwriter_leaves_to_excel_is_not_calculated(tmp_path, kind):
    with xlsxwriter.Workbook(tmp_path / "r.xlsx") as workbook:
        sheet = workbook.add_worksheet()
        getattr(sheet, kind)(*["B2" if kind == "write_formula" else "B2:B4"], "=2+1")
        sheet.write(5, 0, 0)
    (grid,) = Book(tmp_path / "r.xlsx").grids()
    filled = {2: ["", "="]} if kind == "write_formula" else {row: ["", "="] for row in (2, 3, 4)}
    assert grid.rows == {**filled, 6: ["0"]}


# what is struck through or hidden

STRUCK, NOT = "<r><rPr><strike/></rPr><t>a</t></r>", '<r><rPr><strike val="0"/></rPr><t>b</t></r>'


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize(
    ("text", "font", "struck"),
    [
        ("<t>a</t>", True, True),
        ("<t>a</t>", False, False),
        (STRUCK, False, True),
        (STRUCK + STRUCK, False, True),
        (STRUCK + NOT, True, False),
        ("<r><t>a</t></r>" + STRUCK, False, False),
        ("<r><t>a</t></r>" + STRUCK, True, True),
        ("<r><rPr><b/></rPr><t>a</t></r>", True, False),
        (STRUCK + "<r><rPr/><t> </t></r>", False, True),
    ],
)
def test_a_cell_is_struck_through_from_end_to_end(tmp_path, text, font, struck, shared):
    with xlsxwriter.Workbook(tmp_path / "r.xlsx") as workbook:
        style = workbook.add_format({"font_strikeout": font, "italic": True})
        workbook.add_worksheet().write(2, 1, "x", style)
    data = parts((tmp_path / "r.xlsx").read_bytes())
    if shared:
        data["xl/sharedStrings.xml"] = data["xl/sharedStrings.xml"].replace(b"<t>x</t>", text.encode())
    else:
        inline = f't="inlineStr"><is>{text}</is>'.encode()
        data[SHEET1] = data[SHEET1].replace(b't="s"><v>0</v>', inline)
    (tmp_path / "r.xlsx").write_bytes(zipped(data))
    (grid,) = Book(tmp_path / "r.xlsx").grids()
    assert grid.struck == ({(3, 1)} if struck else set())


def test_hidden_rows_and_columns_are_known(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "r.xlsx") as workbook:
        sheet = workbook.add_worksheet()
        for row in range(5):
            sheet.write(row, 0, row)
        sheet.set_row(1, None, None, {"hidden": True})
        sheet.set_row(2, 0)
        sheet.set_row(8, None, None, {"hidden": True})
        sheet.set_column(1, 2, None, None, {"hidden": True})
        sheet.set_column(50, 16_383, None, None, {"hidden": True})
    (grid,) = Book(tmp_path / "r.xlsx").grids()
    assert grid.hidden_rows == {2, 3}
    assert grid.hidden_columns == {1, 2, *range(50, 100)}


# workbooks of other programs


def renamed(data, *names):
    """Return the parts of a workbook, each name turned by (old, new)."""
    for old, new in names:
        data = {name.replace(old, new): content for name, content in data.items()}
    return data


def without(data, name):
    return {part: content for part, content in data.items() if part != name}


def replaced(data, part, *pairs):
    content = data[part]
    for old, new in pairs:
        assert old in content
        content = content.replace(old, new)
    return {**data, part: content}


MODULE = b'<sheet name="M" sheetId="9" state="veryHidden" r:id="" xmlns:r="r"/></sheets>'
STRICT = (
    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    b"http://purl.oclc.org/ooxml/spreadsheetml/main",
)
OTHERS = {
    "no links of the archive": lambda data: without(data, "_rels/.rels"),
    "back slashes in names": lambda data: renamed(data, ("/", "\\")),
    "names in other letters": lambda data: renamed(data, ("worksheets/sheet", "Worksheets/SHEET")),
    "names from the root": lambda data: renamed(data, ("xl/", "/xl/")),
    "back slashes in links": lambda data: replaced(data, LINKS, (b"/xl/worksheets/", b"worksheets\\")),
    "links from here": lambda data: replaced(data, LINKS, (b"/xl/worksheets/", b"./worksheets/")),
    "links in capitals": lambda data: replaced(data, LINKS, (b"/xl/worksheets/", b"/XL/WORKSHEETS/")),
    "a kind in capitals": lambda data: replaced(data, LINKS, (b"ships/worksheet", b"ships/Worksheet")),
    "a macro's sheet": lambda data: replaced(data, BOOK, (b"</sheets>", MODULE)),
    "strict": lambda data: replaced(replaced(data, BOOK, STRICT), SHEET1, STRICT),
    "no styles": lambda data: without(data, "xl/styles.xml"),
    "marks before XML": lambda data: {name: b"\xef\xbb\xbf" + content for name, content in data.items()},
    "no places": lambda data: {**data, SHEET1: re.sub(rb' r="[A-Z]*[0-9]+"', b"", data[SHEET1])},
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_workbooks_of_other_programs_are_read_alike(tmp_path, name):
    full = [[cell or "-" for cell in row] for row in TABLE]
    (tmp_path / "r.xlsx").write_bytes(zipped(OTHERS[name](parts(book(full)))))
    read = Book(tmp_path / "r.xlsx")
    assert read.names == ["Trang 1"]
    assert list(read.grid("Trang 1").rows.values()) == full


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: renamed(data, ("sharedStrings", "SharedStrings")),
        lambda data: replaced(data, LINKS, (b"relationships/sharedStrings", b"relationships/other")),
    ],
)
def test_shared_texts_are_found(tmp_path, spoil):
    with xlsxwriter.Workbook(tmp_path / "r.xlsx") as workbook:
        workbook.add_worksheet().write_row(0, 0, ["a", "b"])
    (tmp_path / "r.xlsx").write_bytes(zipped(spoil(parts((tmp_path / "r.xlsx").read_bytes()))))
    assert Book(tmp_path / "r.xlsx").grids()[0].rows == {1: ["a", "b"]}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: without(data, "xl/worksheets/sheet2.xml"),
        lambda data: replaced(data, LINKS, (b"rId2", b"rId77")),
        lambda data: without(data, LINKS),
    ],
)
def test_a_sheet_whose_part_is_not_there_is_named(tmp_path, spoil):
    (tmp_path / "r.xlsx").write_bytes(zipped(spoil(parts(book(TABLE, TABLE)))))
    sheet, key, _ = told(tmp_path / "r.xlsx")
    assert (sheet in ("Trang 1", "Trang 2"), key) == (True, "sheet_lost")


@pytest.mark.parametrize("part", [BOOK, SHEET1, LINKS, "[Content_Types].xml", "xl/sharedStrings.xml"])
@pytest.mark.parametrize("content", [b"", b"<a/>", b"nonsense"])
def test_no_reason_is_blank(tmp_path, part, content):
    (tmp_path / "r.xlsx").write_bytes(zipped({**parts(book()), part: content}))
    with suppress(InputError):
        assert Book(tmp_path / "r.xlsx").grids() is not None
        return
    _, key, values = told(tmp_path / "r.xlsx")
    assert values.get("reason", key).strip("'\" ")


# text


def as_csv(tmp_path, said):
    (tmp_path / "r.csv").write_bytes(said.encode() if isinstance(said, str) else said)
    return Book(tmp_path / "r.csv").grid().rows


@pytest.mark.parametrize("sign", ";|\t,^~")
@pytest.mark.parametrize("line", ["sep={}", "SEP={}", '"sep={}"', "sep={};;"])
def test_a_first_line_names_the_separator_and_is_no_row(tmp_path, sign, line):
    table = text([["a b", "1,5;x"], ["c", "2,5;y"]], delimiter=sign)
    for mark in (b"", b"\xef\xbb\xbf"):
        rows = as_csv(tmp_path, mark + line.format(sign).encode() + b"\r\n" + table)
        assert rows == {1: ["a b", "1,5;x"], 2: ["c", "2,5;y"]}


@pytest.mark.parametrize("sign", ",;\t|")
def test_blanks_before_a_quotation_mark_are_no_text(tmp_path, sign):
    rows = as_csv(tmp_path, f'"a"{sign} "b{sign} c"{sign} d\n1{sign}  "2"{sign}3\n')
    assert rows == {1: ["a", f"b{sign} c", "d"], 2: ["1", "2", "3"]}


@pytest.mark.parametrize(
    ("said", "rows"),
    [
        ('\ufeff"a";"b"\n1;2\n', {1: ["a", "b"], 2: ["1", "2"]}),
        ("a,b,\n1,2,\n", {1: ["a", "b", ""], 2: ["1", "2", ""]}),
        ("a;b\n1,5;2,5\n3,5;4,5\n", {1: ["a", "b"], 2: ["1,5", "2,5"], 3: ["3,5", "4,5"]}),
        ("a,b\nx;y,1\nz;w,2\n", {1: ["a", "b"], 2: ["x;y", "1"], 3: ["z;w", "2"]}),
        ("a|b\n1,5|2\n", {1: ["a", "b"], 2: ["1,5", "2"]}),
        ("sep=\na,b\n1,2\n", {1: ["sep="], 2: ["a", "b"], 3: ["1", "2"]}),
    ],
)
def test_the_separator_is_found(tmp_path, said, rows):
    assert as_csv(tmp_path, said) == rows


# a file is read once


def test_a_sheet_is_parsed_once(tmp_path, monkeypatch):
    (tmp_path / "r.xlsx").write_bytes(book(TABLE, TABLE))
    run, ran = excel._Stream.run, []
    monkeypatch.setattr(
        excel._Stream, "run", lambda self, part, *args: ran.append(part) or run(self, part, *args)
    )
    read = Book(tmp_path / "r.xlsx")
    assert not any("sheet1" in part for part in ran)
    assert read.grid("Trang 2") is read.grid("Trang 2")
    assert [grid.name for grid in read.grids()] == ["Trang 1", "Trang 2"]
    assert len(ran) == len(set(ran))
    assert sum("worksheets" in part for part in ran) == 2


def test_an_open_book_keeps_no_hold_of_its_file(tmp_path):
    (tmp_path / "r.xlsx").write_bytes(book())
    read = Book(tmp_path / "r.xlsx")
    (tmp_path / "r.xlsx").unlink()
    with pytest.raises(InputError):
        read.grids()
    (tmp_path / "r.xlsx").write_bytes(book())
    assert read.grid("Trang 1").rows


# whatever a workbook holds

TYPED = st.text(st.characters(categories=["L", "M", "N", "P", "S", "Zs"]), min_size=1, max_size=12).filter(
    lambda text: text.strip() and text[0] != "=" and "_x" not in text
)
VALUE = st.one_of(
    TYPED,
    st.integers(-(10**12), 10**12),
    st.floats(-1e9, 1e9),
    st.booleans(),
    st.dates(dt.date(1950, 1, 1), dt.date(2099, 12, 31)),
)
PLACE = st.tuples(st.integers(1, 40), st.integers(1, 30))


def typed_by_openpyxl(path, values):
    workbook = Workbook()
    for (row, column), value in values.items():
        workbook.active.cell(row, column, value)
    workbook.save(path)


def typed_by_xlsxwriter(path, values):
    with xlsxwriter.Workbook(path, {"default_date_format": "dd/mm/yyyy"}) as workbook:
        sheet = workbook.add_worksheet()
        for (row, column), value in values.items():
            write = sheet.write_string if isinstance(value, str) else sheet.write
            write(row - 1, column - 1, value)


def as_text(value):
    """Return what a value that openpyxl has read shows."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, dt.date):
        return value.isoformat()[:10]
    return value if isinstance(value, str) else f"{value + 0.0:.15g}"


@pytest.mark.parametrize("write", [typed_by_openpyxl, typed_by_xlsxwriter])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.dictionaries(PLACE, VALUE, min_size=1, max_size=30))
def test_a_workbook_is_read_as_openpyxl_reads_it(tmp_path, write, values):
    write(tmp_path / "r.xlsx", values)
    (grid,) = Book(tmp_path / "r.xlsx").grids()
    ours = {(row, at): text for row, cells in grid.rows.items() for at, text in enumerate(cells, 1) if text}
    sheet = load_workbook(tmp_path / "r.xlsx", data_only=True).active
    theirs = {(c.row, c.column): as_text(c.value) for cells in sheet for c in cells if c.value is not None}
    assert ours == theirs
    assert len(ours) == len(values)


def test_one_strange_word_is_no_evidence():
    assert old_encoding(["Gạo Teân", "Cẩm Thủy"])[1] == ["Teân"]
    assert old_encoding(["Teân saûn phaåm"]) == ("VNI", ["Teân", "phaåm", "saûn"])
