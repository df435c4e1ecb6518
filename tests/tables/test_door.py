"""The door: what becomes of the files that offices send, case by case, and what is told of each.

Each case is a folder of three small tables in which one file is as some office wrote it. Its outcome is
exact: the new recognitions of each unit and month, or none where the folder is refused; and the place, kind
and severity of every finding. The first of each kind is drawn from public reports or registers in use, the
next are its relatives.
"""

from typing import NamedTuple

import pytest
import xlsxwriter
from books import parts, zipped
from openpyxl import Workbook

from ocop_forecast.tables.loading import survey

UNITS = """unit,name,type,province,province_name
801,Đông Hải,Huyện,80,Tỉnh Thử
802,Tây Hồ,Huyện,80,Tỉnh Thử
803,Quy Hợp,Huyện,80,Tỉnh Thử
804,Ea H'Lâm,Huyện,80,Tỉnh Thử
805,Hòa Bình,Thị xã,80,Tỉnh Thử
806,Thử,Thành phố,80,Tỉnh Thử
"""
TARGETS = [
    ["Đơn vị", "Năm", "Chỉ tiêu"],
    ["Đông Hải", 2024, 5],
    ["Tây Hồ", 2024, 4],
    ["Quy Hợp", 2024, 3],
    ["Ea H'Lâm", 2024, 3],
    ["Hòa Bình", 2024, 2],
    ["Thử", 2024, 6],
]
HEAD = [
    "STT",
    "Tên sản phẩm",
    "Chủ thể",
    "Huyện",
    "Hạng sao",
    "Số quyết định",
    "Ngày quyết định",
    "Hình thức",
]
ROWS = [
    [1, "Mật ong A", "HTX Một", "Đông Hải", 3, "11/QĐ-UBND", "05/03/2023", "Mới"],
    [2, "Chè xanh B", "HTX Hai", "Tây Hồ", 4, "11/QĐ-UBND", "05/03/2023", "Mới"],
    [3, "Gạo nếp C", "Hộ Ba", "Quy Hợp", 3, "12/QĐ-UBND", "20/12/2023", "Mới"],
    [4, "Miến dong D", "HTX Bốn", "Hòa Bình", 3, "13/QĐ-UBND", "15/05/2024", "Mới"],
    [5, "Mắm cá E", "Công ty Năm", "Thử", 3, "13/QĐ-UBND", "15/05/2024", "Mới"],
]
REGISTER = [HEAD, *ROWS]
_, PRODUCT, PRODUCER, UNIT, STARS, _, DAY, KIND = HEAD
NAMES, PRODUCERS, PLACES, DAYS = (
    [row[HEAD.index(name)] for row in ROWS] for name in (PRODUCT, PRODUCER, UNIT, DAY)
)
CODES = ["801", "802", "803", "805", "806"]
FIVE = dict.fromkeys(zip(CODES, ["2023-03", "2023-03", "2023-12", "2024-05", "2024-05"], strict=True), 1)
THREE = dict(list(FIVE.items())[:3])
FOUR = dict(list(FIVE.items())[:4])
SIX = {"801": 5, "802": 4, "803": 3, "804": 3, "805": 2, "806": 6}


class Shown(NamedTuple):
    """A number in a cell, and the format that shows it."""

    value: float
    form: str


class Struck(NamedTuple):
    """A text that is struck through."""

    text: str


class Sheet(NamedTuple):
    """The rows of a sheet, the ranges that are merged and the rows that are hidden."""

    rows: list
    merged: tuple = ()
    hidden: tuple = ()


class Case(NamedTuple):
    """The one file that is not as it should be, and what is to become of it."""

    says: str
    content: object  # text, the rows of a sheet, the sheets of a workbook, or what writes the file
    told: list = []  # noqa: RUF012 -- never written to
    new: dict = FIVE
    file: str = "register.xlsx"
    targets: dict = SIX
    as_of: str | None = None


def warn(row, key, column="", sheet="Sổ"):
    return sheet, row, column, key, "warning"


def error(row, key, column="", sheet="Sổ"):
    return sheet, row, column, key, "error"


# contents


def having(name, cells, rows=ROWS):
    """Return the register with these cells in a column that it has or gets."""
    if name not in HEAD:
        return [[*HEAD, name], *([*row, cell] for row, cell in zip(rows, cells, strict=True))]
    at = HEAD.index(name)
    return [HEAD, *([*row[:at], cell, *row[at + 1 :]] for row, cell in zip(rows, cells, strict=True))]


def lacking(name, *rows):
    """Return rows of the register, its header first, without a column."""
    at = HEAD.index(name)
    return [[*row[:at], *row[at + 1 :]] for row in (HEAD, *rows)]


def headed(words, rows=ROWS):
    """Return the register under other words for some of its columns."""
    return [[words.get(name, name) for name in HEAD], *rows]


def coded(codes):
    return [[*HEAD[:3], "Mã đơn vị", *HEAD[4:]], *having(UNIT, codes)[1:]]


def text(rows, sign=",", line="\n"):
    return line.join(sign.join(map(str, row)) for row in rows) + line


# files


def book(content, path, **options):
    """Write a workbook: the rows of its one sheet, or its sheets by their names."""
    sheets = content if isinstance(content, dict) else {"Sổ": content}
    with xlsxwriter.Workbook(path, options) as workbook:
        for name, sheet in sheets.items():
            _write(workbook, name, sheet if isinstance(sheet, Sheet) else Sheet(sheet))


def _write(workbook, name, sheet):
    page = workbook.add_worksheet(name)
    for place in sheet.merged:  # first, so that what lies under a merged cell stays there
        page.merge_range(place, "")
    for at, row in enumerate(sheet.rows):
        for column, cell in enumerate(row):
            if isinstance(cell, Shown):
                page.write_number(at, column, cell.value, workbook.add_format({"num_format": cell.form}))
            elif isinstance(cell, Struck):
                page.write_string(at, column, cell.text, workbook.add_format({"font_strikeout": True}))
            elif cell is not None:
                page.write(at, column, cell)
    for row in sheet.hidden:
        page.set_row(row - 1, None, None, {"hidden": True})


def changed(*pairs, rows=REGISTER, **options):
    """Return a way to write a workbook whose own part says something else."""

    def write(path):
        book(rows, path, **options)
        contents = parts(path.read_bytes())
        for old, new in pairs:
            assert old in contents["xl/workbook.xml"]
            contents["xl/workbook.xml"] = contents["xl/workbook.xml"].replace(old, new)
        path.write_bytes(zipped(contents))

    return write


def renamed(*names):
    """Return a way to write a workbook whose parts bear other names, as other programs give them."""

    def write(path):
        book(REGISTER, path)
        contents = parts(path.read_bytes())
        for old, new in names:
            contents = {name.replace(old, new): content for name, content in contents.items()}
        path.write_bytes(zipped(contents))

    return write


def uncalculated(sheets):
    """Return a way to write a workbook whose formulas have no result."""

    def write(path):
        workbook = Workbook()
        workbook.remove(workbook.active)
        for name, rows in sheets.items():
            sheet = workbook.create_sheet(name)
            for row in rows:
                sheet.append(row)
        workbook.save(path)

    return write


IN_1904 = [43528, 43528, 43818, 43965, 43965]
EXTENSION = (
    b"</workbook>",
    b'<extLst><ext uri="u" xmlns:x15="x15"><x15:workbookPr chartTrackingRefBase="1"/></ext></extLst>'
    b"</workbook>",
)
WHOLE = {
    "Đơn vị": [line.split(",") for line in UNITS.splitlines()],
    "Chỉ tiêu": TARGETS,
    "Sổ đăng ký": REGISTER,
}
SUMMED = [TARGETS[0], *([unit, year, "=2+1"] for unit, year, _ in TARGETS[1:])]
UNCOUNTED = [error(row, "formula_without_value", "Chỉ tiêu") for row in range(2, 8)]
IN_SEPTEMBER = dict.fromkeys(((code, "2024-09") for code in CODES), 1)
FAILED = [
    [1, "Bánh X", "HTX X", "Thử", None, "13/QĐ-UBND", "15/05/2024", "Mới"],
    [2, "Bánh Y", "HTX Y", "Thử", None, "13/QĐ-UBND", "15/05/2024", "Mới"],
]
SCORES = [65, 80, 65, 65]
NEARLY = """Gạo ST25|Gạo ST 25
Nước mắm 40N|Nước mắm 40 N
Chè Tâm (100g)|Chè Tâm (100 g)
Bún|Bún.
Trà|"Trà"
Mật ong hoa nhãn|Mật ong hoa nhãn (tái chứng nhận)
Cà phê Ea H'leo|Cà phê Ea H’leo
Miến dong - gói|Miến dong – gói
Kẹo lạc|Kẹo lạc*
Rượu nếp 29,5%|Rượu nếp 29.5%
Cam Cao Phong|Cam quả Cao Phong
Tinh bột nghệ|Tinh bột nghệ vàng
Giò lụa|Giò lụa (500g)
Chả mực|Chả mực Hạ Long
Mỳ gạo|Mì gạo
Cà phê|Càphê"""
TWICE = [
    [1, name, "HTX Một", "Đông Hải", 3, f"{at}/QĐ-UBND", day, "Mới"]
    for side, day in enumerate(("05/03/2022", "15/05/2024"))
    for at, name in enumerate((line.split("|")[side] for line in NEARLY.splitlines()), start=16 * side)
]
HONEYS = [
    [1, "Mật ong", "HTX Một", "Đông Hải", 3, "1/QĐ-UBND", "05/03/2023", "Mới"],
    [2, "Mật ong", "HTX Hai", "Đông Hải", 3, "2/QĐ-UBND", "20/12/2023", "Mới"],
    [3, "Mật ong", "Hộ Ba", "Đông Hải", 3, "3/QĐ-UBND", "15/05/2024", "Mới"],
]
THREE_HONEYS = {("801", "2023-03"): 1, ("801", "2023-12"): 1, ("801", "2024-05"): 1}
OF_ONE_NAME = [warn(row, "near_duplicate_makers", PRODUCT) for row in (3, 4)]
SIXTH = [6, "Mám cà E", "Công ty Năm", "Thử", 3, "14/QĐ-UBND", "16/05/2024", "Mới"]
SPELLINGS = {
    "802": "UBND huyện Tây Hồ|Huyện Tây Hồ (cũ)|Huyện Tây Hồ, tỉnh Thử|Tây Hồ.|Tây Hồ*|(Tây Hồ)|1. Tây Hồ"
    "|Tây Hồ |Phòng NN&PTNT Tây Hồ|Tây Hô|Tay Ho|TÂY HỒ\u200b",
    "803": "Qùy Hợp|Qui Hợp|Quỳ Hợp|QUY HỢP|quy hop|Huyện  Quy  Hợp|H.Quy Hợp|Quy-Hợp",
    "804": "Ea H’Lâm|Ea H`Lâm|Ea HLâm|EaH'Lâm|Ea-H'Lâm",
    "805": "TX.Hoà Bình|Thị xã Hoà Bình|Hoà Bình|Hoá Bình",
    "806": "TP.Thử|Tp Thử|T.P. Thử|T/p Thử",
}
SPELT = [
    [1, f"Sản phẩm {unit} {at}", "HTX X", name, 3, "1/QĐ", "05/03/2023", "Mới"]
    for unit, names in SPELLINGS.items()
    for at, name in enumerate(names.split("|"))
]
GROUPS = [
    *("Thảo dược", "Vải và may mặc", "Lưu niệm - nội thất - trang trí", "Dịch vụ du lịch nông thôn"),
    "Dược liệu và sản phẩm từ dược liệu",
]
WITH_COMMA = [[f'"{cell}"' for cell in row] for row in having(PRODUCER, ["HTX Một, thôn 1", *PRODUCERS[1:]])]
OVER_PARTS = ("A1:A2", "B1:B2", "C1:C2", "D1:D2", "E1:E2", "F1:G1", "H1:H2")
COMMUNES = [
    ["Tỉnh Thành Phố", "Mã TP", "Quận Huyện", "Mã QH", "Phường Xã", "Mã PX", "Cấp"],
    ["Tỉnh Thử", "80", "Huyện Đông Hải", "801", "Xã Một", "00001", "Xã"],
    ["Tỉnh Thử", "80", "Huyện Tây Hồ", "802", "Xã Ba", "00003", "Xã"],
]
DOSSIERS = """Mã hồ sơ,Tên sản phẩm,Chủ thể,Huyện,Trạng thái,Ngày nộp
H1,Nấm F,HTX Sáu,Thử,Đã nộp hồ sơ,05/01/2023
H2,Bún G,HTX Bảy,Tây Hồ,Đã nộp hồ sơ,07/01/2023
"""
DATED = DOSSIERS.replace("Ngày nộp", "Ngày cập nhật")
SWAPPED = [[*row[:5], row[6], row[5], row[7]] for row in (HEAD, *ROWS[3:])]
BELOW = [
    HEAD,
    ["I", "Huyện Đông Hải", None, None, None, "11/QĐ-UBND", "05/03/2023"],
    [1, "Mật ong A", "HTX Một", "Đông Hải", 3, None, None, "Mới"],
    ["II", "Huyện Tây Hồ"],
    [2, "Chè xanh B", "HTX Hai", "Tây Hồ", 4, None, None, "Mới"],
    [3, "Gạo nếp C", "Hộ Ba", "Quy Hợp", 3, None, None, "Mới"],
]

CASES = [
    # several tables in a sheet
    Case(
        "a second header below the first, with a column more",
        [
            *REGISTER[:4],
            [],
            [*HEAD[:4], "Điểm", *HEAD[4:]],
            *([*row[:4], 88.5, *row[4:]] for row in ROWS[3:]),
        ],
        [warn(7, "score_not_of_stars", "Điểm"), warn(8, "score_not_of_stars", "Điểm")],
    ),
    Case("a second header right below, in another order", [*REGISTER[:4], *SWAPPED]),
    Case(
        "a second table below a title of its own",
        [
            *[["DANH SÁCH NĂM 2023"], *REGISTER[:4], [], ["DANH SÁCH NĂM 2024"]],
            *[[*HEAD, "Ghi chú"], *ROWS[3:]],
        ],
    ),
    Case(
        "a second header of the targets",
        [*TARGETS[:4], [], [*TARGETS[0], "Ghi chú"], *TARGETS[5:]],
        file="targets.xlsx",
        targets={"801": 5, "802": 4, "803": 3, "805": 2, "806": 6},
    ),
    Case(
        "two tables of targets, each with its sum",
        [
            *[*TARGETS[:4], ["Tổng cộng", None, 12], []],
            *[[*TARGETS[0], "Ghi chú"], *TARGETS[4:], ["Tổng cộng", None, 11]],
        ],
        file="targets.xlsx",
    ),
    Case(
        "two tables of targets side by side",
        [[*left, None, *right] for left, right in zip(TARGETS[:4], [TARGETS[0], *TARGETS[4:]], strict=True)],
        [
            *(error(1, "header_twice", "Đơn vị"), error(1, "header_twice", "Chỉ tiêu")),
            warn(1, "header_twice", "Năm"),
        ],
        file="targets.xlsx",
    ),
    # several sheets
    Case(
        "a sheet a year, the second under another word",
        {"2023": REGISTER[:4], "2024": headed({KIND: "Hình thức đánh giá"}, ROWS[3:])},
    ),
    Case(
        "a sheet a year, the second under a word that nobody knows",
        {"2023": REGISTER[:4], "2024": headed({UNIT: "Nơi làm"}, ROWS[3:])},
        [
            error(1, "column_missing_unread", "Huyện/thị xã/thành phố", "2024"),
            warn(1, "columns_unread", "", "2024"),
        ],
    ),
    Case(
        "a sheet a year, the second without days",
        {"2023": REGISTER[:4], "2024": lacking(DAY, *ROWS[3:])},
        [error(1, "column_missing", DAY, "2024")],
    ),
    Case(
        "a sheet a district, without a column of districts",
        {row[3]: lacking(UNIT, row) for row in ROWS[:3]},
        [error(None, "column_missing", "Huyện/thị xã/thành phố", "Đông Hải, Tây Hồ, Quy Hợp")],
    ),
    Case(
        "a sheet a district, which a title names",
        {row[3]: [[f"Huyện {row[3]}"], *lacking(UNIT, row)] for row in ROWS[:3]},
        [error(None, "column_missing", "Huyện/thị xã/thành phố", "Đông Hải, Tây Hồ, Quy Hợp")],
    ),
    Case(
        "one sheet of two without a column of districts",
        {"Đông Hải": lacking(UNIT, ROWS[0]), "Khác": [HEAD, *ROWS[1:]]},
        [error(1, "column_missing", "Huyện/thị xã/thành phố", "Đông Hải")],
    ),
    Case(
        "a copy of the register's sheet",
        {**WHOLE, "Sổ đăng ký (2)": [HEAD, [6, "Nấm F", *ROWS[4][2:]]]},
        [warn(None, "sheet_beside", "", "Sổ đăng ký (2)")],
        file="whole.xlsx",
    ),
    Case(
        "last year's sheet of the register",
        {**WHOLE, "Sổ đăng ký cũ": REGISTER[:3]},
        [warn(None, "sheet_beside", "", "Sổ đăng ký cũ")],
        file="whole.xlsx",
    ),
    Case(
        "a copy of the targets' sheet",
        {**WHOLE, "Chỉ tiêu (2)": [TARGETS[0], ["Thử", 2024, 9]]},
        [warn(None, "sheet_beside", "", "Chỉ tiêu (2)")],
        file="whole.xlsx",
    ),
    # what stands between and beside the rows
    Case(
        "the header again on each page, page numbers below",
        [*REGISTER[:4], [None] * 7 + ["Trang 1"], HEAD, *ROWS[3:], [None] * 7 + ["Trang 2"]],
        [warn(5, "row_skipped"), warn(9, "row_skipped")],
    ),
    Case("the header again in capitals", [*REGISTER[:4], [name.upper() for name in HEAD], *ROWS[3:]]),
    Case(
        "the columns counted on each page",
        [
            *[HEAD, [f"({at})" for at in range(1, 9)], *ROWS[:3], ["Trang 1/2"]],
            *[HEAD, [f"({at})" for at in range(1, 9)], *ROWS[3:], ["Trang 2/2"]],
        ],
        [warn(6, "row_skipped"), warn(11, "row_skipped")],
    ),
    Case(
        "headings of districts, with the decision merged over them",
        {"Sổ": Sheet(BELOW, merged=("F2:F6", "G2:G6"))},
        [warn(2, "heading_skipped"), warn(4, "heading_skipped")],
        new={("801", "2023-03"): 1, ("802", "2023-03"): 1, ("803", "2023-03"): 1},
    ),
    Case(
        "headings with counts",
        [
            *[HEAD, ["I", "Huyện Đông Hải (01 sản phẩm)"], ROWS[0]],
            *[["II", "Các huyện khác: 04 sản phẩm"], *ROWS[1:]],
        ],
        [warn(2, "heading_skipped"), warn(4, "heading_skipped")],
    ),
    Case(
        "headings merged over the whole width",
        {
            "Sổ": Sheet(
                [HEAD, ["ĐỢT 1 NĂM 2023"], *ROWS[:3], ["ĐỢT 1 NĂM 2024"], *ROWS[3:]],
                merged=("A2:H2", "A6:H6"),
            )
        },
        [warn(2, "heading_skipped"), warn(6, "heading_skipped")],
    ),
    Case(
        "a merged cell over other districts",
        {"Sổ": Sheet(having(UNIT, ["Đông Hải", "Tây Hồ", "Tây Hồ"], ROWS[:3]), merged=("D2:D4",))},
        [warn(3, "cell_covered", UNIT), warn(4, "cell_covered", UNIT)],
        new={("801", "2023-03"): 2, ("801", "2023-12"): 1},
    ),
    Case(
        "a merged cell over a revocation",
        {"Sổ": Sheet(having(KIND, ["Mới", "Thu hồi", "Mới", "Mới", "Mới"]), merged=("H2:H4",))},
        [warn(3, "cell_covered", KIND)],
    ),
    Case(
        "days merged over the rows of a decision",
        {"Sổ": Sheet(having(DAY, [DAYS[0], None, *DAYS[2:4], None]), merged=("G2:G3", "G5:G6"))},
    ),
    Case("a word right of the table", [*REGISTER[:5], [*ROWS[4], "HỦY"]], [warn(6, "cells_beside")]),
    Case(
        "a word left of the table",
        [*([None, *row] for row in REGISTER[:5]), ["HỦY", *ROWS[4]]],
        [warn(6, "cells_beside")],
    ),
    Case(
        "a word right of the table, as text",
        text([*REGISTER[:5], [*ROWS[4], "HỦY"]]),
        [error(6, "too_many_cells", sheet="")],
        file="register.csv",
    ),
    Case(
        "a unit without a code",
        UNITS + ",Huyện Mới,,,\n",
        [error(8, "cell_blank", "unit", "")],
        file="units.csv",
    ),
    Case(
        "a product without a unit, at the foot",
        [*REGISTER, [6, "Nấm F", "HTX Sáu", None, *ROWS[4][4:]]],
        [error(7, "cell_blank", UNIT)],
    ),
    Case(
        "a target without a unit, at the foot",
        [*TARGETS, [None, 2024, 7]],
        [error(8, "cell_blank", "Đơn vị")],
        file="targets.xlsx",
    ),
    Case(
        "communes where the units should stand",
        COMMUNES,
        [error(1, "header_shared", "Phường Xã"), error(1, "header_shared", "Mã PX")],
        file="units.xlsx",
    ),
    # formulas
    Case("targets by formulas with a nought for a result", SUMMED, UNCOUNTED, file="targets.xlsx"),
    Case(
        "targets by formulas without a result", uncalculated({"Sổ": SUMMED}), UNCOUNTED, file="targets.xlsx"
    ),
    Case(
        "one cell a formula with a nought for a result",
        having(STARS, [3, 4, "=3", 3, 3]),
        [error(4, "formula_without_value", STARS)],
    ),
    Case(
        "rows of formulas without a result, at the foot",
        uncalculated(
            {
                "Sổ": [*REGISTER[:4], *([f"=Nhap!{column}{row}" for column in "ABCDEFGH"] for row in (1, 2))],
                "Nhap": [["x"]],
            }
        ),
        [
            *(error(row, "formula_without_value", column) for row in (5, 6) for column in HEAD[1:]),
            *(warn(row, "formula_without_value", "STT") for row in (5, 6)),
        ],
    ),
    Case(
        "one formula without a result, at the foot",
        uncalculated({"Sổ": [*REGISTER[:5], [*ROWS[4][:6], "=G5", "Mới"]]}),
        [error(6, "formula_without_value", DAY)],
    ),
    Case("a sum without a result, below the table", [*REGISTER, ["Cộng", None, None, "=COUNTA(D2:D6)"]]),
    # days
    Case(
        "days from 1904, in a workbook with extensions",
        changed(EXTENSION, rows=having(DAY, [Shown(day, "dd/mm/yyyy") for day in IN_1904]), date_1904=True),
    ),
    Case(
        "days from 1904, said in a word",
        changed(
            (b'date1904="1"', b'date1904="true"'),
            EXTENSION,
            rows=having(DAY, [Shown(day, "d-mmm-yy") for day in IN_1904]),
            date_1904=True,
        ),
    ),
    Case(
        "times of days from 1904",
        changed(
            EXTENSION,
            rows=having(DAY, [Shown(day + 0.4, "d/m/yyyy h:mm") for day in IN_1904]),
            date_1904=True,
        ),
    ),
    Case("days from 1904 that no format shows", changed(rows=having(DAY, IN_1904), date_1904=True)),
    Case(
        "days from 1904 shown as whole numbers",
        changed(rows=having(DAY, [Shown(day, "0") for day in IN_1904]), date_1904=True),
    ),
    Case("days from 1904 typed as text", changed(rows=having(DAY, map(str, IN_1904)), date_1904=True)),
    Case(
        "days turned round, beside those that could not be",
        having(
            DAY,
            [
                *(Shown(45415, "dd/mm/yyyy"), "22/05/2024", "15/05/2024"),
                *(Shown(45632, "dd/mm/yyyy"), "20/12/2023"),
            ],
        ),
        [error(2, "dates_turned", DAY)],
    ),
    Case(
        "days turned round, beside texts with full stops",
        having(
            DAY, ["22.5.2024", Shown(45415, "m/d/yyyy"), "15.5.2024", Shown(45632, "m/d/yyyy"), "20.12.2023"]
        ),
        [error(3, "dates_turned", DAY)],
    ),
    Case(
        "days of any date beside texts of any date",
        having(
            DAY,
            [
                *(Shown(44990, "dd/mm/yyyy"), "05/03/2023", "20/12/2023"),
                *(Shown(45427, "dd/mm/yyyy"), "15/05/2024"),
            ],
        ),
    ),
    Case(
        "a day shown without its year",
        having(DAY, [*DAYS[:4], Shown(45780, "d-mmm")]),
        [warn(6, "date_without_year", DAY)],
        new={**FOUR, ("806", "2025-05"): 1},
    ),
    Case(
        "two days shown without their year",
        having(DAY, [*DAYS[:3], Shown(45427, "dd/mm"), Shown(45427, "dd/mm")]),
        [warn(5, "date_without_year", DAY)],
    ),
    Case("a day typed without its year", having(DAY, [*DAYS[:4], "15/5"]), [error(6, "not_date", DAY)]),
    Case(
        "days shown as months, all of them known",
        having(DAY, [Shown(45540, "mm/yyyy")] * 5),
        new=IN_SEPTEMBER,
        as_of="2024-09-19",
    ),
    Case(
        "days shown as months, none of them known",
        having(DAY, [Shown(45540, "mmm-yy")] * 5),
        [error(None, "nothing_by", sheet="")],
        as_of="2024-09-04",
    ),
    Case(
        "a month typed beside days shown as months",
        having(DAY, [*[Shown(45540, "mm/yyyy")] * 4, "9/2024"]),
        [warn(6, "date_month_only", DAY), warn(None, "rows_later", sheet="")],
        new=dict(list(IN_SEPTEMBER.items())[:4]),
        as_of="2024-09-19",
    ),
    # what is no recognition
    Case(
        "a row struck through",
        [*REGISTER[:3], [3, *(Struck(str(cell)) for cell in ROWS[2][1:])], *ROWS[3:]],
        [warn(4, "row_struck", PRODUCT)],
        new={place: 1 for place in FIVE if place[0] != "803"},
    ),
    Case("a row filtered out", {"Sổ": Sheet(REGISTER, hidden=(4,))}, [warn(4, "rows_hidden")]),
    Case("a note struck through", having("Ghi chú", [None, None, Struck("chờ in"), None, None])),
    Case(
        "points below three stars, and no stars",
        having("Điểm", [*SCORES, 41.5], [*ROWS[:4], [*ROWS[4][:4], None, *ROWS[4][5:]]]),
        [warn(6, "below_three_stars", "Điểm")],
        new=FOUR,
    ),
    Case(
        "points below three stars, and two stars",
        having("Điểm", [*SCORES, 45], [*ROWS[:4], [*ROWS[4][:4], 2, *ROWS[4][5:]]]),
        [warn(6, "below_three_stars", STARS)],
        new=FOUR,
    ),
    Case(
        "no class at all",
        having(STARS, [3, 4, 3, 3, "Không xếp hạng"]),
        [warn(6, "not_recognised", STARS)],
        new=FOUR,
    ),
    Case(
        "a list of the refused below the table",
        [*REGISTER[:4], [], ["II. DANH SÁCH SẢN PHẨM KHÔNG ĐẠT"], *FAILED],
        [warn(6, "heading_skipped"), warn(7, "listed_refused")],
        new=THREE,
    ),
    Case(
        "a list of proposals below the table",
        [*REGISTER[:4], [], ["B. SẢN PHẨM ĐỀ NGHỊ TRUNG ƯƠNG CÔNG NHẬN 5 SAO"], *ROWS[3:]],
        [warn(6, "heading_skipped"), warn(7, "listed_open")],
    ),
    Case(
        "a list of proposals with a header of its own",
        [*REGISTER[:4], [], ["B. SẢN PHẨM ĐỀ NGHỊ CÔNG NHẬN"], [*HEAD, "Lý do"], *ROWS[3:]],
        [warn(7, "columns_unread"), warn(8, "listed_proposed")],
        new=THREE,
    ),
    Case(
        "a list of the refused with the same header once more",
        [*REGISTER[:4], [], ["DANH SÁCH SẢN PHẨM KHÔNG ĐẠT"], HEAD, *FAILED],
        [warn(8, "listed_refused")],
        new=THREE,
    ),
    Case(
        "a list of the refused first, then one of the recognised under a header of its own",
        [["I. Sản phẩm không đạt"], HEAD, *FAILED, [], ["II. Sản phẩm đạt"], HEAD, *ROWS[:3]],
        [warn(3, "listed_refused")],
        new=THREE,
    ),
    Case(
        "a list of the refused between two of the recognised",
        [
            *[["I. Sản phẩm đạt OCOP"], *REGISTER[:4], ["II. Sản phẩm không đạt"], *FAILED],
            *[["III. Sản phẩm đạt bổ sung"], *ROWS[3:]],
        ],
        [warn(6, "heading_skipped"), warn(7, "listed_refused"), warn(9, "heading_skipped")],
    ),
    Case(
        "a sheet of the refused",
        {"Đạt": REGISTER[:4], "Không đạt": [HEAD, *FAILED]},
        [warn(2, "listed_refused", "", "Không đạt")],
        new=THREE,
    ),
    Case(
        "notes that say withdrawn and revoked",
        having(
            "Ghi chú",
            [None, None, None, "Chủ thể xin rút, không công nhận", "Đã thu hồi theo QĐ 99/QĐ-UBND"],
        ),
        [warn(5, "note_open", "Ghi chú"), warn(6, "note_open", "Ghi chú")],
    ),
    Case(
        "a note that says withdrawn, and one that says nothing of it",
        having("Ghi chú", [None, None, "Giao hàng tận nơi", None, "Chủ thể xin rút hồ sơ"]),
        [warn(6, "note_open", "Ghi chú")],
    ),
    Case(
        "a column of results",
        having("Kết quả", ["Đạt", "Đạt", "Đạt", "Không đạt", "Không công nhận"]),
        [warn(5, "not_recognised", "Kết quả")],
        new=THREE,
    ),
    Case(
        "dossiers with the day of sending in, not that of their stage",
        DOSSIERS,
        [warn(1, "columns_unread", sheet=""), warn(2, "dossiers_undated", sheet="")],
        file="dossiers.csv",
    ),
    Case("dossiers with the day of their stage", DATED, file="dossiers.csv"),
    Case(
        "a dossier without the day of its stage",
        DATED.replace("07/01/2023", ""),
        [warn(3, "dossiers_undated", "Ngày cập nhật", "")],
        file="dossiers.csv",
    ),
    # products
    Case(
        "sixteen names that are nearly another",
        [HEAD, *TWICE],
        [warn(row, "near_duplicate", PRODUCT) for row in range(18, 34)],
        new={("801", "2022-03"): 16, ("801", "2024-05"): 16},
    ),
    Case(
        "names that differ in tones alone",
        [*REGISTER, SIXTH],
        [warn(7, "near_duplicate", PRODUCT)],
        new={**FIVE, ("806", "2024-05"): 2},
    ),
    Case(
        "a Cyrillic letter in a name",
        [*REGISTER, [*SIXTH[:1], "Mắm c\u0430\u0301 E", *SIXTH[2:]]],
        [warn(7, "near_duplicate", PRODUCT)],
        new={**FIVE, ("806", "2024-05"): 2},
    ),
    Case(
        "one name of three producers, under another word for producer",
        headed({PRODUCER: "Chủ thể OCOP"}, HONEYS),
        OF_ONE_NAME,
        new=THREE_HONEYS,
    ),
    Case(
        "one name of three producers, under a longer word for producer",
        headed({PRODUCER: "Cơ sở sản xuất"}, HONEYS),
        OF_ONE_NAME,
        new=THREE_HONEYS,
    ),
    Case(
        "one name of three producers, under a word that nobody knows",
        headed({PRODUCER: "Người làm ra"}, HONEYS),
        [warn(1, "columns_unread"), warn(3, "new_twice", KIND), warn(4, "new_twice", KIND)],
        new={("801", "2023-03"): 1},
    ),
    Case(
        "two numbered products in a cell",
        having(PRODUCT, ["1. Mật ong A1\n2. Mật ong A2", *NAMES[1:]]),
        [warn(2, "two_products", PRODUCT)],
    ),
    Case(
        "two products with dashes in a cell",
        having(PRODUCT, ["- Mật ong A1\n- Mật ong A2", *NAMES[1:]]),
        [warn(2, "two_products", PRODUCT)],
    ),
    Case("one product on two lines", having(PRODUCT, ["Mật ong\nhoa nhãn", *NAMES[1:]])),
    # words
    Case("a header with line breaks after its slashes", headed({UNIT: "Huyện/\nthị xã/\nthành phố"})),
    Case("a header with blanks around its slashes", headed({UNIT: "Huyện / TX / TP"})),
    Case(
        "line breaks and blanks in headers",
        headed({DAY: "Ngày\nquyết định", KIND: "Hình\nthức", PRODUCT: "Tên  sản\nphẩm"}),
    ),
    Case("a header with commas", headed({UNIT: "Huyện, TX, TP"})),
    Case("a header with brackets", headed({UNIT: "Đơn vị\n(huyện, TX, TP)"})),
    Case(
        "a needed header that no word knows",
        headed({UNIT: "Nơi làm ra"}),
        [error(1, "column_missing_unread", "Huyện/thị xã/thành phố"), warn(1, "columns_unread")],
    ),
    Case(
        "a header of two rows",
        {
            "Sổ": Sheet(
                [[*HEAD[:5], "Quyết định công nhận", None, KIND], [None] * 5 + ["Số", "Ngày"], *ROWS],
                merged=OVER_PARTS,
            )
        },
    ),
    Case(
        "a header of two rows, nothing merged",
        [[*HEAD[:5], "Quyết định", None, KIND], [None] * 5 + ["Số", "Ngày"], *ROWS],
    ),
    Case("group names of all years", having("Nhóm sản phẩm", GROUPS)),
    Case(
        "a group that no word knows",
        having("Nhóm sản phẩm", ["Thực phẩm", "Khác", "Đồ uống", "Thực phẩm", "Thực phẩm"]),
        [warn(3, "choice_allowed", "Nhóm sản phẩm")],
    ),
    Case("stars in words and signs", having(STARS, ["OCOP 3 sao", "★★★★", "3 *", "ba sao", "Hạng 3 sao"])),
    Case(
        "columns of men and women",
        [[*HEAD, "Nam", "Nữ"], *([*row, "x"] for row in ROWS)],
        [warn(1, "columns_unread")],
    ),
    Case(
        "men and women before the table",
        [["Nam", "Nữ", *HEAD], *(["x", None, *row] for row in ROWS)],
        [warn(1, "columns_unread")],
    ),
    Case(
        "the year without its accents, as all the header",
        [["Don vi", "Nam", "Chi tieu"], *TARGETS[1:]],
        file="targets.xlsx",
    ),
    Case(
        "units in thirty-three spellings",
        [HEAD, *SPELT],
        [warn(None, "cells_cleaned")],
        new={(unit, "2023-03"): len(names.split("|")) for unit, names in SPELLINGS.items()},
    ),
    Case(
        "units with their province or their code",
        having(
            UNIT,
            ["801 - Đông Hải", "Tây Hồ (802)", "Huyện Quy Hợp - tỉnh Thử", "TX Hòa Bình", "TP Thử, tỉnh Thử"],
        ),
    ),
    Case(
        "a unit that is misspelt",
        having(UNIT, ["Đông Hải", "Tây Hồng", *PLACES[2:]]),
        [error(3, "unit_unknown_nearest", UNIT)],
    ),
    Case(
        "unit codes that a spreadsheet took for numbers",
        text(coded([f"{code}.0" for code in CODES])),
        [warn(2, "code_reshaped", "Mã đơn vị", "")],
        file="register.csv",
    ),
    Case("unit codes that are numbers", coded(map(int, CODES))),
    Case("unit codes after an apostrophe", text(coded([f"'{code}" for code in CODES])), file="register.csv"),
    # letters
    Case(
        "titles in an old font",
        [["Së N«ng nghiÖp vµ PTNT"], ["Céng hßa x· héi chñ nghÜa ViÖt Nam"], *REGISTER],
        [warn(1, "text_encoding_beside")],
    ),
    Case(
        "a title in another old font",
        [["Sôû Noâng nghieäp vaø PTNT"], *REGISTER],
        [warn(1, "text_encoding_beside")],
    ),
    Case(
        "a signature in an old font",
        [*REGISTER, [], ["N¬i nhËn:"], ["- Nh­ trªn;"]],
        [warn(8, "text_encoding_beside"), warn(8, "row_skipped"), warn(9, "row_skipped")],
    ),
    Case(
        "a name in an old font",
        having(PRODUCT, ["ChÌ ®en", *NAMES[1:]]),
        [warn(2, "text_encoding_doubtful", PRODUCT)],
    ),
    Case(
        "one word in an old font",
        having(PRODUCT, ["Chè §en", *NAMES[1:]]),
        [warn(2, "text_encoding_doubtful", PRODUCT)],
    ),
    Case("names in other languages", having(PRODUCT, ["Crème brûlée 5°", "Café Đỏ", *NAMES[2:]])),
    # files of other programs
    Case(
        "a module among the sheets",
        changed((b"</sheets>", b'<sheet name="M" sheetId="9" state="veryHidden" r:id=""/></sheets>')),
    ),
    Case(
        "a macro's sheet among the sheets",
        changed((b"</sheets>", b'<sheet name="M" sheetId="9" state="hidden" r:id=""/></sheets>')),
    ),
    Case(
        "a sheet whose cells are not there",
        changed((b"</sheets>", '<sheet name="Sổ 2" sheetId="9" r:id="rId99"/></sheets>'.encode())),
        [error(None, "sheet_lost", "", "Sổ 2")],
    ),
    Case("shared texts under a name in other letters", renamed(("xl/sharedStrings", "xl/SharedStrings"))),
    Case("a sheet under a name in other letters", renamed(("xl/worksheets/sheet", "xl/Worksheets/Sheet"))),
    Case("formats under a name in other letters", renamed(("xl/styles", "xl/Styles"))),
    Case("parts named with back slashes", renamed(("/", "\\"))),
    Case("parts named from the root", renamed(("xl/", "/xl/"))),
    Case("the workbook under a name in other letters", renamed(("workbook.xml", "Workbook.xml"))),
    Case("a first line that names the separator", "sep=|\n" + text(REGISTER, "|"), file="register.csv"),
    Case("a first line of Excel's", "\ufeffsep=;\r\n" + text(REGISTER, ";", "\r\n"), file="register.csv"),
    Case("a first line that names a tab", "sep=\t\n" + text(REGISTER, "\t"), file="register.csv"),
    Case("blanks before quotation marks", text(WITH_COMMA, ", "), file="register.csv"),
    Case("blanks before quotation marks, and semicolons", text(WITH_COMMA, "; "), file="register.csv"),
    Case(
        "blanks after quotation marks too",
        text(WITH_COMMA, " , "),
        [error(None, "csv_quotes", sheet="")],
        file="register.csv",
    ),
]


def office(case, folder):
    """Write the folder of a case, and return what an office would name to the tool."""
    tables = {"units": UNITS, "targets": text(TARGETS), "register": text(REGISTER)}
    path = folder / case.file
    for name in tables.keys() - {path.stem}:
        (folder / f"{name}.csv").write_text(tables[name], encoding="utf-8")
    if callable(case.content):
        case.content(path)
    elif isinstance(case.content, str):
        path.write_text(case.content, encoding="utf-8", newline="")
    else:
        book(case.content, path)
    return path if path.stem == "whole" else folder


def counted(province):
    """Return the new recognitions of each unit and month, and the targets."""
    new = province.register[province.register["event"] == "new"]
    months = new["decision_date"].dt.strftime("%Y-%m")
    targets = province.targets.set_index("unit")["target"]
    return new.groupby(["unit", months]).size().to_dict(), targets.dropna().to_dict()


@pytest.mark.parametrize("case", CASES, ids=[case.says for case in CASES])
def test_what_becomes_of(case, tmp_path):
    province, faults, *_ = survey(office(case, tmp_path), as_of=case.as_of)
    told = [(fault.sheet, fault.row, fault.column, fault.key, fault.severity) for fault in faults]
    told = [finding for finding in told if finding[3] != "unit_silent"]  # those follow from the counts
    assert sorted(told, key=str) == sorted(case.told, key=str)
    refused = any(severity == "error" for *_, severity in case.told)
    assert (province is None) == refused
    assert refused or counted(province) == (case.new, case.targets)
