"""Files as offices have them: each is read with exactly these rows, or refused with exactly these faults."""

import csv
import datetime as dt
import io
import re
import unicodedata
from dataclasses import dataclass, field

import pandas as pd
import pytest
import xlsxwriter
from books import SHEET1, inflated, parts, zipped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.styles import Font
from words import in_each_language

from ocop_forecast import InputError
from ocop_forecast.errors import Fault, Finding
from ocop_forecast.files.reading import checked, read
from ocop_forecast.i18n.catalogue import set_options
from ocop_forecast.tables.schema import CONTRACTS

HEAD = [
    "TT",
    "Tên sản phẩm",
    "Chủ thể",
    "Huyện",
    "Hạng sao",
    "Điểm",
    "Số quyết định",
    "Ngày quyết định",
    "Hình thức",
]
ROWS = [
    ["1", "Gạo nếp Hạt Cau", "HTX Phúc An", "Ngọc Lặc", "3", "62,5", "12/QĐ-UBND", "23/12/2019", "mới"],
    ["2", "Mật ong rừng", "Hộ kinh doanh Sơn Lâm", "Cẩm Thủy", "4", "75", "12/QĐ-UBND", "23/12/2019", "mới"],
    ["3", "NA", "null", "008", "3", "51", "7/QĐ-UBND", "6/4/2021", "công nhận lại"],
]
TABLE = [HEAD, *ROWS]
TARGETS = [["Huyện", "Năm", "Chỉ tiêu"], ["Ngọc Lặc", "2024", "3"], ["Cẩm Thủy", "2024", "4"]]
RIGHT = [
    ["1", "Gạo nếp Hạt Cau", "HTX Phúc An", "Ngọc Lặc", 3, 62.5, "12/QĐ-UBND", "2019-12-23", "new"],
    ["2", "Mật ong rừng", "Hộ kinh doanh Sơn Lâm", "Cẩm Thủy", 4, 75.0, "12/QĐ-UBND", "2019-12-23", "new"],
    ["3", "NA", "null", "008", 3, 51.0, "7/QĐ-UBND", "2021-04-06", "re-recognised"],
]
ONE, D, P = "Trang 1", "Ngày quyết định", "Tên sản phẩm"
OURS = ["no", "product", "producer", "unit", "stars", "score", "decision_no", "decision_date", "kind"]


# how the files are made


def edited(*edits, rows=TABLE):
    """Return the rows with (row, column, text) written over; rows count from 1 as Excel does."""
    rows = [list(row) for row in rows]
    for row, column, text in edits:
        rows[row - 1][column] = text
    return rows


def text(rows=TABLE, delimiter=",", encoding="utf-8", end="\r\n"):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue().encode(encoding)


def book(*sheets, tweak=None, **kwargs):
    """Return a workbook whose sheets are lists of rows, changed by `tweak(workbook)`."""
    workbook = Workbook()
    workbook.remove(workbook.active)
    for number, rows in enumerate(sheets or [TABLE], start=1):
        sheet = workbook.create_sheet(f"Trang {number}")
        for row in rows:
            sheet.append([cell if cell != "" else None for cell in row])
    if tweak:
        tweak(workbook)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def patched(old, new, part=SHEET1, data=None):
    """Return a workbook with `old` replaced in one of its parts."""
    contents = parts(data or book())
    assert old.encode() in contents[part]
    return zipped({**contents, part: contents[part].replace(old.encode(), new.encode(), 1)})


def with_cell(place, inside, kind=""):
    """Return a workbook whose cell holds exactly this XML."""
    contents = parts(book())
    sheet, count = re.subn(
        rf'<c r="{place}".*?</c>', f'<c r="{place}" {kind}>{inside}</c>', contents[SHEET1].decode()
    )
    assert count == 1
    return zipped({**contents, SHEET1: sheet.encode()})


def merged(*ranges):
    def tweak(workbook):
        for cells in ranges:
            workbook.worksheets[0].merge_cells(cells)

    return tweak


def cell(place, value, number_format=None):
    def tweak(workbook):
        workbook.worksheets[0][place] = value
        if number_format:
            workbook.worksheets[0][place].number_format = number_format

    return tweak


def real_dates(workbook):
    for row, day in (
        (2, dt.date(2019, 12, 23)),
        (3, pd.Timestamp("2019-12-23 08:30").to_pydatetime()),
        (4, dt.date(2021, 4, 6)),
    ):
        workbook.worksheets[0].cell(row, 8, day)


def since_1904(workbook):
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    workbook.epoch = CALENDAR_MAC_1904
    real_dates(workbook)


def hide(*numbers):
    def tweak(workbook):
        for number in numbers:
            workbook.worksheets[number - 1].sheet_state = "hidden"
        workbook.active = next(i for i, s in enumerate(workbook.worksheets) if s.sheet_state == "visible")

    return tweak


def stray_blank(workbook):
    workbook.worksheets[0]["XFD1048576"].font = Font(bold=True)


TCVN3 = dict(
    zip(
        "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵĂÂĐÊÔƠƯ",
        "µ¸¶·¹¨»¾¼½Æ©ÇÊÈÉË®ÌÐÎÏÑªÒÕÓÔÖ×ÝØÜÞßãáâä«åèæçé¬êíëìîïóñòô\u00adõøö÷ùúýûüþ¡¢§£¤¥¦",
        strict=True,
    )
)


def in_tcvn3(rows):
    return [["".join(TCVN3.get(letter, letter) for letter in cell) for cell in row] for row in rows]


VNI_TONES = dict(zip("\u0301\u0300\u0309\u0303\u0323", "ùøûõï", strict=True))
VNI_ROUND = dict(zip(["", *VNI_TONES], "âáàåãä", strict=True))
VNI_SHORT = dict(zip(["", *VNI_TONES], "êéèúüë", strict=True))


def in_vni(rows):
    def letter(composed):
        base, *marks = unicodedata.normalize("NFD", composed)
        tone = next((mark for mark in marks if mark in VNI_TONES), "")
        if "\u0302" in marks or "\u0306" in marks:
            return base + (VNI_ROUND if "\u0302" in marks else VNI_SHORT)[tone]
        base = (
            {"o": "ô", "u": "ö"}[base.lower()] if "\u031b" in marks else {"đ": "ñ", "Đ": "Ñ"}.get(base, base)
        )
        alone = {
            "i\u0309": "æ",
            "i\u0303": "ó",
            "i\u0323": "ò",
            "i\u0301": "í",
            "i\u0300": "ì",
            "y\u0323": "î",
        }
        return alone.get(base + tone, base + (VNI_TONES[tone] if tone else ""))

    return [["".join(map(letter, unicodedata.normalize("NFC", cell))) for cell in row] for row in rows]


def in_1258(rows):
    """Windows-1258 writes tones after their vowel, circumflex, breve and horn with it."""
    out = "\n".join(",".join(row) for row in rows)
    letters = []
    for letter in out:
        split = unicodedata.normalize("NFD", letter)
        tones = "".join(mark for mark in split if mark in VNI_TONES)
        letters.append(unicodedata.normalize("NFC", "".join(m for m in split if m not in VNI_TONES)) + tones)
    return "".join(letters).encode("cp1258")


def strict_names(data):
    old, new = (
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    )
    return zipped({name: content.replace(old, new) for name, content in parts(data).items()})


def prefixed(data):
    contents = parts(data)
    sheet = contents[SHEET1].replace(b"<", b"<x:").replace(b"<x:/", b"</x:").replace(b"<x:?", b"<?")
    return zipped({**contents, SHEET1: sheet.replace(b"xmlns=", b"xmlns:x=")})


def shared():
    """Return a workbook whose texts stand in a list of their own."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as workbook:
        sheet = workbook.add_worksheet(ONE)
        for number, row in enumerate(TABLE):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def rich():
    """Give the first product as rich text with a reading aid above it."""
    new = "<r><t>Gạo nếp </t></r><r><t>Hạt Cau</t></r><rPh sb='0' eb='1'><t>xyz</t></rPh>"
    return patched("<t>Gạo nếp Hạt Cau</t>", new, "xl/sharedStrings.xml", shared())


# the cases


@dataclass
class Case:
    """A file by its name, its bytes, and what it is: its rows' numbers, or what it is refused with."""

    name: str
    data: bytes | None
    told: list = field(default_factory=list)
    rows: list | None = None
    differs: dict = field(default_factory=dict)
    sheet: str | None = None
    table: str = "register"


def taken(name, data, rows=(2, 3, 4), told=(), differs=None, sheet=None):
    """The three products are read; rows are (sheet, row) or row numbers of the one sheet."""
    first = "" if not name.endswith(("xlsx", "xlsm")) else "Trang 1"
    rows = [row if isinstance(row, tuple) else (first, row) for row in rows]
    return Case(name, data, list(told), rows, differs or {}, sheet)


def refused(name, data, *told, sheet=None, table="register"):
    return Case(name, data, list(told), None, {}, sheet, table)


def only(key, sheet=""):
    return (sheet, None, "", key)


TITLE = [["ỦY BAN NHÂN DÂN TỈNH"], [], ["DANH SÁCH SẢN PHẨM OCOP", "", "năm 2024"]]
FOOT = [[], ["", "Thanh Hóa, ngày 5 tháng 9 năm 2024"], ["Nơi nhận:", "", "", "", "CHỦ TỊCH"], ["- Lưu: VT."]]
TWO_ROW_HEAD = [
    [*HEAD[:6], "Quyết định", "", "Hình thức"],
    ["", "", "", "", "", "", "Số", "Ngày", ""],
]
AREAS = [HEAD, ["I", "Huyện Ngọc Lặc"], ROWS[0], ["II", "Huyện Cẩm Thủy"], *ROWS[1:]]
NO_AREA = [[*row[:3], *row[4:]] for row in AREAS]
NO_AREA[1], NO_AREA[3] = AREAS[1], AREAS[3]

CASES = {
    # text files
    "utf-8": taken("r.csv", text()),
    "utf-8 with a mark": taken("r.csv", text(encoding="utf-8-sig")),
    "utf-16 with a mark": taken("r.csv", text(encoding="utf-16")),
    "utf-16 little end first, no mark": taken("r.csv", text(encoding="utf-16-le")),
    "utf-16 big end first, no mark": taken("r.csv", text(encoding="utf-16-be")),
    "utf-16 with tabs, as Excel's Unicode text": taken("r.txt", text(delimiter="\t", encoding="utf-16")),
    "semicolons and decimal commas": taken("r.csv", text(delimiter=";")),
    "tabs": taken("r.tsv", text(delimiter="\t")),
    "CR alone": taken("r.csv", text(end="\r")),
    "LF alone": taken("r.csv", text(end="\n")),
    "decomposed letters": taken("r.csv", unicodedata.normalize("NFD", text().decode()).encode()),
    "a line break in a cell": taken("r.csv", text(edited((2, 1, "Gạo nếp\nHạt Cau")))),
    "a line break in a header": taken("r.csv", text(edited((1, 7, "Ngày\nquyết  định")))),
    "titles above": taken("r.csv", text([*TITLE, *TABLE]), (5, 6, 7)),
    "titles above, cut by semicolons": taken(
        "r.csv", text([["TỈNH", *[""] * 8], *TABLE], delimiter=";"), (3, 4, 5)
    ),
    "blank rows between": taken("r.csv", text([HEAD, [], ROWS[0], ["", " "], *ROWS[1:]]), (3, 5, 6)),
    "a blank column before and within": taken(
        "r.csv", text([["", *row[:3], "", *row[3:], ""] for row in TABLE])
    ),
    "headers in capitals with footnotes": taken(
        "r.csv", text([[f"{head.upper()} (*):" for head in HEAD], *ROWS])
    ),
    "headers without accents": taken("r.csv", text(edited((1, 1, "TEN SAN PHAM"), (1, 8, "hinh thuc")))),
    "the columns counted below the header": taken(
        "r.csv", text([HEAD, [f"({n})" for n in range(1, 10)], *ROWS]), (3, 4, 5)
    ),
    "the columns counted with letters first": taken(
        "r.csv", text([HEAD, ["A", "B", "1", "2", "3", "4", "5", "6", "7"], *ROWS]), (3, 4, 5)
    ),
    "a total below": taken("r.csv", text([*TABLE, ["", "TỔNG CỘNG:", "", "", "", "", "", "", ""]])),
    "a total with a count": taken("r.csv", text([*TABLE, ["Cộng", "3 sản phẩm"]])),
    "a place, a signature and who gets it below": taken(
        "r.csv", text([*TABLE, *FOOT]), told=[("", row, "", "row_skipped") for row in (6, 7, 8)]
    ),
    "the header once more": taken("r.csv", text([HEAD, ROWS[0], HEAD, *ROWS[1:]]), (2, 4, 5)),
    "characters nobody sees": taken(
        "r.csv",
        text(edited((2, 1, "Gạo\u200b nếp\u00ad Hạt\u00a0Cau"), (3, 1, "\ufeffMật ong\x00 rừng"))),
        told=[only("cells_cleaned")],
    ),
    "numbers as people write them": taken(
        "r.csv", text(edited((2, 4, "03 sao"), (3, 4, "4*"), (4, 4, "3,0"), (3, 5, "75,0 điểm")))
    ),
    "a month alone": taken(
        "r.csv",
        text(edited((4, 7, "tháng 4-2021"))),
        told=[("", 4, D, "date_month_only")],
        differs={(2, "decision_date"): "2021-04-30"},
    ),
    "dates of every form": taken(
        "r.csv", text(edited((2, 7, "ngày 23 tháng 12 năm 2019"), (3, 7, "23 - 12 - 2019"), (4, 7, "44292")))
    ),
    "a note at the side": taken(
        "r.csv",
        text([[*row, note] for row, note in zip(TABLE, ["x", 1, 2, 3], strict=True)]),
        told=[("", 1, "", "columns_unread")],
    ),
    "Windows-1258": refused("r.csv", in_1258(TABLE), only("file_encoding_legacy")),
    "TCVN3 bytes": refused("r.csv", text(in_tcvn3(TABLE), encoding="latin-1"), only("file_encoding_legacy")),
    "VNI bytes": refused("r.csv", text(in_vni(TABLE), encoding="latin-1"), only("file_encoding_legacy")),
    "bytes of no Vietnamese encoding": refused("r.csv", text() + b"\xff\xfe\xff", only("file_encoding")),
    "UTF-8 read as Windows-1252 and saved": refused(
        "r.csv", text(edited((3, 1, "Máº­t ong rá»«ng"))), only("file_misread")
    ),
    "a letter lost": refused("r.csv", text(edited((3, 1, "M\ufffdt ong"))), ("", 3, P, "cell_garbled")),
    "a cell too many": refused(
        "r.csv", text(edited((3, 8, "mới")))[:-2] + b",x\r\n", ("", 4, "", "too_many_cells")
    ),
    "a quotation mark not closed": refused("r.csv", text() + b'4,"A"B,c\r\n', only("csv_quotes")),
    "error values in text": refused(
        "r.csv",
        text(edited((3, 4, "#REF!"), (4, 7, "#N/A"))),
        ("", 3, "Hạng sao", "cell_error"),
        ("", 4, D, "cell_error"),
    ),
    "a giant cell": refused("r.csv", text(edited((2, 2, "x" * 40_000))), only("cell_long")),
    "a giant line": refused("r.csv", text() + b"x" * 3_000_000, only("cell_long")),
    "a cell in column 101": refused("r.csv", text([*TABLE, [*[""] * 100, "x"]]), only("stray_cell")),
    "no byte": refused("r.csv", b"", only("file_empty")),
    "zero bytes alone": refused("r.csv", bytes(5000), only("file_empty")),
    "blank cells alone": refused("r.csv", b",,,\r\n , ,\r\n", only("file_empty")),
    "no such file": refused("r.csv", None, only("file_missing")),
    "a header twice": refused(
        "r.csv", text([[*row, row[1] + "x" * at] for at, row in enumerate(TABLE)]), ("", 1, P, "header_twice")
    ),
    "a header twice that says the same": taken(
        "r.csv", text([[*row, row[1]] for row in TABLE]), told=[("", 1, P, "header_twice")]
    ),
    "a column missing": refused(
        "r.csv", text([row[:7] + row[8:] for row in TABLE]), ("", 1, D, "column_missing")
    ),
    "two headers of one meaning": refused(
        "r.csv",
        text([["Đơn vị", *row] if at == 0 else ["Cẩm Thủy", *row] for at, row in enumerate(TABLE)]),
        ("", 1, "Huyện", "header_shared"),
    ),
    "a known header merged over two others": taken(
        "r.xlsx",
        book(
            [[*HEAD[:3], "Địa chỉ", "", *HEAD[4:]], ["", "", "", "Xã", "Huyện", *[""] * 5]]
            + [[*row[:3], "", *row[3:]] for row in ROWS],
            tweak=merged("D1:E1", *[f"{c}1:{c}2" for c in "ABCFGHIJ"]),
        ),
        (3, 4, 5),
    ),
    "a row that only repeats what is merged over it": taken(
        "r.xlsx",
        book(
            [HEAD, *ROWS, ["", "", "", "", "", "", "", "", "", "điện thoại"]],
            tweak=merged(*[f"{c}4:{c}5" for c in "ABCDEFGHI"]),
        ),
        told=[(ONE, 5, "", "row_skipped")],
    ),
    "a last row that is not whole and names a signatory's word": refused(
        "r.csv",
        text([HEAD, *ROWS[:2], ["3", "Kỷ niệm chương", "HTX", "008", "3", "51", "7/QĐ", "6/4/2021", ""]]),
        ("", 4, "Hình thức", "cell_blank"),
    ),
    "a product in capitals without date and kind": refused(
        "r.csv",
        text([HEAD, ROWS[0], ["7", "CHÈ LAM"], *ROWS[1:]]),
        ("", 3, D, "cell_blank"),
        ("", 3, "Hình thức", "cell_blank"),
    ),
    "much blank above": taken("r.csv", text([*[[""] * 100] * 45, *TABLE]), (47, 48, 49)),
    "no header at all": refused(
        "r.csv",
        text(ROWS),
        *[("", 1, name, "column_missing_unread") for name in (P, D, "Hình thức")],
        ("", 1, "Huyện/thị xã/thành phố", "column_missing_nearest"),
    ),
    "the same row with other case and blanks": refused(
        "r.csv",
        text([*TABLE, ["9", "GẠO NẾP  hạt cau", *ROWS[0][2:]]]),
        ("", 2, "", "row_twice"),
        ("", 5, "", "row_twice"),
    ),
    "a product without date and kind in the middle": refused(
        "r.csv",
        text([HEAD, ROWS[0], ["7", "Chè lam"], *ROWS[1:]]),
        ("", 3, D, "cell_blank"),
        ("", 3, "Hình thức", "cell_blank"),
    ),
    "a product without date and kind at the end": refused(
        "r.csv",
        text([*TABLE, ["7", "Chè lam"]]),
        ("", 5, D, "cell_blank"),
        ("", 5, "Hình thức", "cell_blank"),
    ),
    "month first": refused("r.csv", text(edited((2, 7, "12/23/2019"))), ("", 2, D, "date_month_first")),
    "a year of two digits": refused("r.csv", text(edited((2, 7, "23/12/19"))), ("", 2, D, "not_date")),
    "digits of full width": refused(
        "r.csv",
        text(edited((2, 7, "２３/12/2019"), (3, 4, "４"))),
        ("", 2, D, "not_date"),
        ("", 3, "Hạng sao", "not_stars"),
    ),
    "Arabic digits": refused(
        "r.csv",
        text(edited((2, 4, "٣"), (3, 7, "٢/١٢/٢٠١٩"))),
        ("", 2, "Hạng sao", "not_stars"),
        ("", 3, D, "not_date"),
    ),
    "a truth for a number": refused("r.csv", text(edited((2, 4, "TRUE"))), ("", 2, "Hạng sao", "not_stars")),
    # files of other kinds
    "an ending of nothing we know": refused("r.json", b"{}", only("file_type")),
    "Excel 97": refused("r.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), only("file_unreadable")),
    "Excel 97 renamed": refused(
        "r.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"Workbook", only("file_unreadable")
    ),
    "a password": refused(
        "r.xlsx",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        only("file_password"),
    ),
    "a page renamed": refused("r.xlsx", b"\xef\xbb\xbf<html><table><tr>", only("file_other_excel")),
    "text renamed": refused("r.xlsx", text(), only("file_is_text")),
    "a workbook renamed to text": refused("r.csv", book(), only("file_is_excel")),
    "a PDF": refused("r.pdf", b"%PDF-1.4", only("file_document")),
    "a PDF renamed": refused("r.xlsx", b"%PDF-1.4 ...", only("file_document")),
    "a letter": refused("r.docx", b"PK", only("file_document")),
    "a letter renamed": refused("r.xlsx", zipped({"word/document.xml": "x"}), only("file_document")),
    "OpenDocument": refused("r.ods", b"PK", only("file_other_excel")),
    "OpenDocument renamed": refused("r.xlsx", zipped({"content.xml": "x"}), only("file_other_excel")),
    "Excel binary": refused("r.xlsb", b"PK", only("file_other_excel")),
    "Excel binary renamed": refused("r.xlsx", zipped({"xl/workbook.bin": "x"}), only("file_other_excel")),
    "an archive of something else": refused("r.xlsx", zipped({"a.txt": "x"}), only("file_unreadable")),
    # workbooks
    "a workbook": taken("r.xlsx", book()),
    "a workbook with macros": taken("r.xlsm", book()),
    "real dates, one with an hour": taken("r.xlsx", book(tweak=real_dates)),
    "dates counted from 1904": taken("r.xlsx", book(tweak=since_1904)),
    "a day as Excel's number": taken("r.xlsx", book(tweak=cell("H2", 43822))),
    "a day shown as a month": taken(
        "r.xlsx",
        book(tweak=cell("H4", dt.date(2021, 4, 1), "mmm-yy")),
        told=[(ONE, 4, D, "date_month_only")],
        differs={(2, "decision_date"): "2021-04-30"},
    ),
    "numbers as numbers": taken("r.xlsx", book(edited((2, 4, 3), (2, 5, 62.5), (4, 0, 3.0)))),
    "a code shown with zeros": taken("r.xlsx", book(tweak=cell("D4", 8, "000"))),
    "a decision merged over two products": taken(
        "r.xlsx", book(edited((3, 6, ""), (3, 7, "")), tweak=merged("G2:G3", "H2:H3"))
    ),
    "a header on two rows": taken(
        "r.xlsx",
        book([*TWO_ROW_HEAD, *ROWS], tweak=merged("G1:H1", *[f"{c}1:{c}2" for c in "ABCDEFI"])),
        (3, 4, 5),
    ),
    "a header on two rows, as text": taken("r.csv", text([*TWO_ROW_HEAD, *ROWS]), (3, 4, 5)),
    "a title merged over all columns": taken(
        "r.xlsx", book([*TITLE, *TABLE], tweak=merged("A1:I1")), (5, 6, 7)
    ),
    "a sheet a year": taken("r.xlsx", book(TABLE[:3], [HEAD, ROWS[2]]), [(ONE, 2), (ONE, 3), ("Trang 2", 2)]),
    "a sheet a year under other headers": taken(
        "r.xlsx",
        book(TABLE[:3], edited((1, 1, "product"), (1, 3, "district"), rows=[HEAD, ROWS[2]])),
        [(ONE, 2), (ONE, 3), ("Trang 2", 2)],
    ),
    "a sheet of something else": taken(
        "r.xlsx", book(TABLE, TARGETS), told=[("Trang 2", 1, "", "sheet_ignored")]
    ),
    "a wide sheet of something else": taken(
        "r.xlsx", book(TABLE, [list(range(150))]), told=[("Trang 2", 1, "", "sheet_ignored")]
    ),
    "a hidden sheet that would count": taken(
        "r.xlsx", book(TABLE, TABLE, tweak=hide(2)), told=[("Trang 2", 1, "", "sheet_hidden")]
    ),
    "a hidden sheet of something else": taken("r.xlsx", book(TABLE, [["a"], ["b"]], tweak=hide(2))),
    "the sheet asked for": taken(
        "r.xlsx", book([["x"]], TABLE), [("Trang 2", 2), ("Trang 2", 3), ("Trang 2", 4)], sheet="TRANG 2"
    ),
    "the hidden sheet asked for": taken(
        "r.xlsx",
        book([["x"]], TABLE, tweak=hide(2)),
        [("Trang 2", 2), ("Trang 2", 3), ("Trang 2", 4)],
        [("Trang 2", 1, "", "sheet_hidden_read")],
        sheet="Trang 2",
    ),
    "headings of districts over rows that name theirs": taken(
        "r.xlsx", book(AREAS), (3, 5, 6), [(ONE, row, "", "heading_skipped") for row in (2, 4)]
    ),
    "a blank cell in the last corner": taken("r.xlsx", book(tweak=stray_blank)),
    "a dimension that is not true": taken(
        "r.xlsx", patched('<dimension ref="A1:I4"', '<dimension ref="A1:XFD1048576"')
    ),
    "a formula with its value": taken("r.xlsx", with_cell("E2", "<f>1+2</f><v>3</v>")),
    "a text in its cell": taken("r.xlsx", with_cell("D2", "<is><t>Ngọc Lặc</t></is>", 't="inlineStr"')),
    "shared texts": taken("r.xlsx", shared()),
    "rich text": taken("r.xlsx", rich()),
    "strict names": taken("r.xlsx", strict_names(book())),
    "elements with a prefix": taken("r.xlsx", prefixed(book())),
    "an escaped control character": taken(
        "r.xlsx", book(edited((2, 1, "Gạo nếp_x000B_Hạt Cau"))), told=[only("cells_cleaned", ONE)]
    ),
    "a hidden sheet alone": refused("r.xlsx", book([], TABLE, tweak=hide(2)), only("file_empty")),
    "no such sheet": refused("r.xlsx", book(), only("sheet_missing"), sheet="2024"),
    "headings of districts over rows without": refused(
        "r.xlsx", book(NO_AREA), (ONE, 2, "", "section_heading"), (ONE, 4, "", "section_heading")
    ),
    "a formula without a value": refused(
        "r.xlsx", book(tweak=cell("H3", "=TODAY()")), (ONE, 3, D, "formula_without_value")
    ),
    "an error value": refused("r.xlsx", with_cell("H3", "<v>#REF!</v>", 't="e"'), (ONE, 3, D, "cell_error")),
    "a truth": refused("r.xlsx", book(edited((3, 4, True))), (ONE, 3, "Hạng sao", "not_stars")),
    "a cell in the last corner": refused(
        "r.xlsx", book(tweak=cell("XFD1048576", "x")), only("stray_cell", ONE)
    ),
    "TCVN3 typed into Excel": refused("r.xlsx", book(in_tcvn3(TABLE)), only("text_encoding_legacy", ONE)),
    "VNI typed into Excel": refused("r.xlsx", book(in_vni(TABLE)), only("text_encoding_legacy", ONE)),
    "TCVN3 in the cells alone": refused(
        "r.xlsx", book([HEAD, *in_tcvn3(ROWS)]), only("text_encoding_legacy", ONE)
    ),
    "the same row on two sheets": refused(
        "r.xlsx",
        book(TABLE, [HEAD, ROWS[1]]),
        (ONE, 3, "", "row_twice_in_sheet"),
        ("Trang 2", 2, "", "row_twice_in_sheet"),
    ),
    "an entity": refused(
        "r.xlsx", patched("<worksheet", '<!DOCTYPE a [<!ENTITY b "c">]><worksheet'), only("file_bomb", "")
    ),
    "a bomb": refused("r.xlsx", inflated(book(), 60), only("file_bomb")),
    "half a million blank rows": taken("r.xlsx", inflated(book(), 9)),
    "half a file": refused("r.xlsx", book()[:3000], only("file_unreadable")),
    "a text that is not in the list of texts": refused(
        "r.xlsx", with_cell("E2", "<v>999</v>", 't="s"'), only("file_unreadable")
    ),
    "half a sheet": refused("r.xlsx", patched("</sheetData>", ""), only("file_unreadable")),
}


def outcome(path, case):
    """Return (rows, values, told) of a file as it is read."""
    try:
        reading = checked(read(path, CONTRACTS[case.table], case.sheet))
    except InputError as error:
        return None, None, [_told(fault) for fault in error.faults]
    table = reading.table.assign(decision_date=reading.table["decision_date"].dt.strftime("%Y-%m-%d"))
    return (
        list(table.index),
        table[OURS].to_numpy(object).tolist(),
        [_told(fault) for fault in reading.warnings],
    )


def _told(fault):
    assert all(in_each_language(fault.tell))
    return fault.sheet, fault.row, fault.column, fault.key


@pytest.mark.parametrize("name", CASES)
def test_each_file_is_read_or_refused_exactly_so(tmp_path, name):
    case = CASES[name]
    path = tmp_path / case.name
    if case.data is not None:
        path.write_bytes(case.data)
    values = [list(row) for row in RIGHT]
    for (row, column), value in case.differs.items():
        values[row][OURS.index(column)] = value
    wanted = (case.rows, values) if case.rows else (None, None)
    assert outcome(path, case) == (*wanted, case.told)


def test_the_table_of_cases_is_long_enough():
    assert len(CASES) > 100


# what is told, and how


def told_of(tmp_path, rows, table, place=lambda table: (table,), faults=()):
    """Return the reading or the error of a text file."""
    path = tmp_path / f"{table}.csv"
    path.write_bytes(text(rows))
    try:
        reading = read(path, CONTRACTS[table])
        return checked(reading, *place(reading.table), faults=faults)
    except InputError as error:
        return error


def test_a_total_is_held_against_the_rows_above_it(tmp_path):
    right = [*TARGETS, ["Tổng cộng", "2024", "7"]]
    assert told_of(tmp_path, right, "targets").warnings == ()
    wrong = told_of(tmp_path, [*TARGETS, ["Tổng cộng", "2024", "12"]], "targets")
    assert len(wrong.table) == 2
    assert [(f.row, f.column, f.key, f.values) for f in wrong.warnings] == [
        (4, "Chỉ tiêu", "total_differs", {"value": 12, "sum": 7})
    ]


def test_subtotals_may_be_of_the_rows_since_the_last_one(tmp_path):
    more = [*TARGETS, ["Cộng", "", "7"], ["Ngọc Lặc", "2025", "5"], ["Cộng", "", "5"], ["Tổng số", "", "12"]]
    read = told_of(tmp_path, more, "targets")
    assert read.warnings == ()
    assert read.table["target"].tolist() == [3, 4, 5]


def test_stars_and_years_are_not_added_up(tmp_path):
    rows = [*TABLE, ["", "Tổng cộng", "", "", "3", "", "", "", ""]]
    assert told_of(tmp_path, rows, "register").warnings == ()


def test_what_only_looks_like_a_total_is_a_row(tmp_path):
    rows = [HEAD, ["1", "Cộng", *ROWS[0][2:]], ["2", "Tổng hợp Sâm", *ROWS[1][2:]]]
    assert told_of(tmp_path, rows, "register").table["product"].tolist() == ["Cộng", "Tổng hợp Sâm"]


def test_the_partner_of_a_row_twice_is_named(tmp_path):
    error = told_of(tmp_path, [*TARGETS, *TARGETS[1:], ["NGỌC  LẶC ", "2024", "9"]], "targets")
    assert [(fault.row, fault.values["other"]) for fault in error.faults] == [
        (2, 4),
        (3, 5),
        (4, 2),
        (5, 3),
        (6, 2),
    ]
    with set_options(lang="vi"):
        assert error.faults[0].what() == "dòng này trùng với dòng 4 ở các cột Huyện, Năm. Giữ lại một dòng."


def test_rows_that_one_column_alone_tells_apart(tmp_path):
    rows = [["Ngày", "Nội dung"], ["6/7/2025", "a"], ["06/07/2025", "b"]]
    error = told_of(tmp_path, rows, "breaks")
    assert [(fault.row, fault.key) for fault in error.faults] == [(2, "row_twice"), (3, "row_twice")]


def test_months_are_read_in_every_form(tmp_path):
    said = ["2024-09", "9/2024", "tháng 9/2024", "Tháng 09 năm 2024", "09-2024"]
    rows = [
        ["Huyện", "Tháng", "Tình trạng"],
        *([f"Huyện {n}", month, "đã báo cáo"] for n, month in enumerate(said)),
    ]
    table = told_of(tmp_path, rows, "reports").table
    assert table["month"].tolist() == [pd.Period("2024-09", "M")] * 5
    for wrong in ("13/2024", "5/9/2024", "2024", "chín"):
        error = told_of(tmp_path, [rows[0], ["Huyện 1", wrong, "đã báo cáo"]], "reports")
        assert [(fault.row, fault.column, fault.key) for fault in error.faults] == [(2, "Tháng", "not_month")]


def test_what_resolves_units_is_heard_beside_all_other_faults(tmp_path):
    def place(table):
        codes = table["unit"].map({"Ngọc Lặc": "389", "Cẩm Thủy": "389"})
        unknown = table.index[codes.isna()]
        findings = [Finding(label, "unit", "unit_unknown") for label in unknown]
        findings.append(Finding(table.index[0], "unit", "unit_unknown", {}, "warning"))
        return table.assign(unit=codes, extra=1), findings

    read = told_of(tmp_path, edited((3, 1, "2025"), rows=TARGETS), "targets", place)
    assert read.table[["unit", "extra"]].to_numpy().tolist() == [["389", 1], ["389", 1]]
    assert [(fault.row, fault.column, fault.values["value"]) for fault in read.warnings] == [
        (2, "Huyện", "Ngọc Lặc")
    ]
    error = told_of(tmp_path, TARGETS, "targets", place)  # two names of one unit
    assert [(fault.row, fault.key) for fault in error.faults] == [(2, "row_twice"), (3, "row_twice")]
    error = told_of(tmp_path, edited((2, 0, "Ngok"), (3, 2, "ba"), rows=TARGETS), "targets", place)
    assert [(fault.row, fault.column, fault.key) for fault in error.faults] == [
        (2, "Huyện", "unit_unknown"), (3, "Chỉ tiêu", "not_whole"),
    ]  # fmt: skip
    assert [fault.row for fault in error.warnings] == [2]


def test_what_stands_in_the_way_of_all_units_is_heard_beside_the_cells(tmp_path):
    told = [Fault("units.csv", "no_rows")]
    error = told_of(tmp_path, edited((3, 2, "ba"), rows=TARGETS), "targets", faults=told)
    assert [(fault.file[-9:], fault.key) for fault in error.faults] == [
        ("units.csv", "no_rows"),
        ("rgets.csv", "not_whole"),
    ]


def test_the_other_sheet_of_a_row_twice_is_named(tmp_path):
    (tmp_path / "r.xlsx").write_bytes(book(TABLE, [HEAD, ROWS[1]]))
    with pytest.raises(InputError) as caught:
        checked(read(tmp_path / "r.xlsx", CONTRACTS["register"]))
    with set_options(lang="en"):
        told = caught.value.faults[1].tell()
    assert told.endswith(
        'sheet "Trang 2", row 2: this row agrees with row 3 of the sheet "Trang 1" in Huyện, Tên sản phẩm, '
        "Chủ thể, Số quyết định, Ngày quyết định, Hình thức. Keep one of them."
    )


def test_several_headers_of_one_column_are_told_as_written_on_their_sheet(tmp_path):
    other = edited((1, 7, "decision_date"), (2, 7, "31/02/2024"), rows=[HEAD, ROWS[2]])
    (tmp_path / "r.xlsx").write_bytes(book(edited((2, 7, "x"), rows=TABLE[:3]), other))
    with pytest.raises(InputError) as caught:
        checked(read(tmp_path / "r.xlsx", CONTRACTS["register"]))
    assert [(fault.sheet, fault.row, fault.column) for fault in caught.value.faults] == [
        (ONE, 2, D), ("Trang 2", 2, "decision_date"),
    ]  # fmt: skip


def test_warnings_are_told_beside_errors(tmp_path):
    error = told_of(tmp_path, edited((2, 4, "9"), (3, 7, "12/2019")), "register")
    assert [fault.key for fault in error.faults] == ["stars_allowed"]
    with set_options(lang="vi"):
        assert [fault.tell().partition(": ")[2] for fault in error.warnings] == [
            '"12/2019" chỉ có tháng, được tính là ngày cuối tháng 31/12/2019. Ghi đủ ngày nếu biết.'
        ]


# whatever is done to a right file that means nothing changes nothing


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_means_nothing_changes_nothing(tmp_path, data):
    order = data.draw(st.permutations(range(3)), "order")
    form = data.draw(st.sampled_from(["NFC", "NFD"]), "form")
    encoding = data.draw(
        st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]), "encoding"
    )
    blank = data.draw(st.lists(st.integers(1, 3), max_size=3), "blank rows before")
    title = data.draw(st.lists(st.sampled_from(["SỞ NÔNG NGHIỆP", "", "Biểu số 1"]), max_size=3), "titles")
    unknown = data.draw(
        st.lists(st.text(st.characters(categories=["L", "Nd"]), max_size=8), max_size=2), "unknown"
    )
    shift = data.draw(st.permutations(range(len(HEAD) + len(unknown))), "columns")
    names = [f"cột lạ {number}" for number in range(len(unknown))]
    rows = [[*HEAD, *names], *([*ROWS[number], *unknown] for number in order)]
    rows = [[row[column] for column in shift] for row in rows]
    for place in blank:
        rows.insert(place, [])
    written = text([*([line] for line in title), *rows], data.draw(st.sampled_from(",;\t")), "utf-8").decode()
    path = tmp_path / "r.csv"
    path.write_bytes(unicodedata.normalize(form, written).encode(encoding))
    table = checked(read(path, CONTRACTS["register"])).table
    days = table["decision_date"].dt.strftime("%Y-%m-%d")
    assert table.assign(decision_date=days)[OURS].to_numpy(object).tolist() == [
        RIGHT[number] for number in order
    ]
    assert table.index.get_level_values("row").is_monotonic_increasing


def test_a_cell_that_says_what_a_header_says_makes_its_row_no_header(tmp_path):
    rows = [[*HEAD, "Khác"], *([*row, "NO"] for row in ROWS)]
    assert told_of(tmp_path, rows, "register").table["product"].tolist() == [row[1] for row in RIGHT]


def test_rows_are_not_dropped_where_their_columns_have_no_header(tmp_path):
    rows = [[row[0], row[1], row[6]] for row in TABLE]
    error = told_of(tmp_path, rows, "register")
    assert [fault.key for fault in (*error.faults, *error.warnings)] == ["column_missing"] * 3
