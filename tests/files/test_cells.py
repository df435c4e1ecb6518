"""Cells as text: letters, numbers, days, and the bounds within which any file is read."""

import datetime as dt
import io
import unicodedata
import zipfile
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter
from books import SHEET1, parts, zipped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from test_sheet import TABLE, book, in_tcvn3, in_vni, text
from words import WORDS, in_each_language

from ocop_forecast import InputError
from ocop_forecast.files import cells, excel, reading
from ocop_forecast.files.cells import read_cells, sheet_names
from ocop_forecast.files.encoding import clean, is_syllable, misread, old_encoding
from ocop_forecast.files.reading import checked, decimal, read, whole_number
from ocop_forecast.periods import date, month_of
from ocop_forecast.tables.loading import DATA
from ocop_forecast.tables.schema import CONTRACTS

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
        read_cells(path, *args)
    (fault,) = caught.value.faults
    vietnamese, english = in_each_language(fault.tell)
    assert vietnamese != english
    return fault.sheet, fault.key, fault.values


# letters


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("name", [*NAMES, "foreign"])
def test_no_true_word_is_taken_for_an_old_encoding(name, form):
    texts = [unicodedata.normalize(form, said) for said in NAMES.get(name, FOREIGN)]
    assert (old_encoding(texts), misread(texts)) == (None, "")


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
    assert [grid.refused.key for grid in read_cells(path)] == [key]
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
    assert read_cells(tmp_path / "r.xlsx")[0].refused.key == "too_many_rows"


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
    assert [grid.refused and grid.refused.key for grid in read_cells(tmp_path / "r.xlsx")] == [
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
    assert sheet_names(tmp_path / "r.xlsx") == ["Trang 1", "Trang 2"]
    assert sheet_names(tmp_path / "r.csv") == []


def test_a_drawing_and_a_chart_are_no_sheets(tmp_path):
    workbook = Workbook()
    workbook.create_chartsheet("Biểu đồ")
    workbook.save(tmp_path / "r.xlsx")
    assert sheet_names(tmp_path / "r.xlsx") == ["Sheet"]


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
    assert read_cells(tmp_path / "r.xlsx")[0].rows[1] == [said for *_, said in shown.values()]


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
    (grid,) = read_cells(tmp_path / "r.xlsx")
    ours = {(row, at): text for row, cells in grid.rows.items() for at, text in enumerate(cells, 1) if text}
    sheet = load_workbook(tmp_path / "r.xlsx", data_only=True).active
    theirs = {(c.row, c.column): as_text(c.value) for cells in sheet for c in cells if c.value is not None}
    assert ours == theirs
    assert len(ours) == len(values)


def test_one_strange_word_is_no_evidence():
    assert old_encoding(["Gạo Teân", "Cẩm Thủy"]) is None
    assert old_encoding(["Teân saûn phaåm"]) == ("VNI", "Teân")
