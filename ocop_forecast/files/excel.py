"""An Excel workbook read part by part as a stream: a bad file costs no more than its bounds.

openpyxl builds each row, the styles and the texts as trees, so that one row of millions of cells fills the
memory, and it drops formulas without a value. Here nothing is kept but the text that the cells show.
"""

import datetime as dt
import posixpath
import re
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from typing import NamedTuple
from xml.parsers.expat import ParserCreate
from zipfile import ZipFile

ROWS, COLUMNS, CELLS = 100_000, 100, 1_500_000
LETTERS = 32_767  # Excel's own bound for one cell
UNPACKED, RATIO, PARTS, TEXTS, ELEMENTS = 200_000_000, 200, 5_000, 64_000_000, 6_000_000
DEPTH = 50
LARGE = 10_000_000  # below it any ratio of packing is harmless
CHUNK = 1 << 16


class Refusal(Exception):  # noqa: N818 -- it becomes a Fault
    """Why a file is not read: a key of the catalogues, its values, and the sheet where there is one."""

    def __init__(self, key: str, sheet: str = "", **values):
        super().__init__(key)
        self.key, self.sheet, self.values = key, sheet, values


@dataclass
class Grid:
    """The cells of one sheet, as they show."""

    name: str  # of the sheet; blank for a text file
    hidden: bool = False
    # the rows that hold something, by the number Excel shows; cells from column A on
    rows: dict[int, list[str]] = field(default_factory=dict)
    # merged cells: first row, last row, first column, last column; columns counted from 0
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    uncomputed: set[tuple[int, int]] = field(default_factory=set)  # a formula and no stored value
    refused: Refusal | None = None  # why the rest was not read; it matters where the sheet does


class Entry(NamedTuple):
    """One worksheet as the workbook lists it."""

    name: str
    part: str
    hidden: bool


def entries(path: str | PathLike) -> list[Entry]:
    """Return the worksheets of a workbook in their order."""
    with ZipFile(path) as archive:
        return _Workbook(archive).entries


def grids(path: str | PathLike, sheet: str | None = None) -> list[Grid]:
    """Return the worksheets of a workbook as their cells show them, or the one of that name."""
    with ZipFile(path) as archive:
        book = _Workbook(archive)
        return [book.grid(entry) for entry in book.entries if sheet in (None, entry.name)]


def column_letters(column: int) -> str:
    """Return the letters of a column counted from 0.

    Examples
    --------
    >>> column_letters(0), column_letters(26), column_letters(16383)
    ('A', 'AA', 'XFD')
    """
    before, last = divmod(column, 26)
    return (column_letters(before - 1) if before else "") + chr(65 + last)


def column_number(letters: str) -> int:
    """Return the column, counted from 0, that `letters` name; 16384 and more are no columns of Excel.

    Examples
    --------
    >>> column_number("A"), column_number("XFD")
    (0, 16383)
    """
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number - 1


class _Stream:
    """The parts of one archive, each run through handlers; elements are counted over all of them."""

    def __init__(self, archive):
        self.archive, self.elements = archive, 0

    def run(self, part, start, text=None, end=None):
        """Run the handlers over one part; a document type, and with it every entity, is refused."""
        depth = 0

        def open_element(name, values):
            nonlocal depth
            depth += 1
            self.elements += 1
            if depth > DEPTH or self.elements > ELEMENTS:
                raise Refusal("file_bomb")
            start(name, values)

        def close_element(name):
            nonlocal depth
            depth -= 1
            if end:
                end(name)

        parser = ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = open_element, close_element
        parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = text, _no_doctype
        read = 0
        with self.archive.open(part) as source:
            while chunk := source.read(CHUNK):
                parser.Parse(chunk, False)
                read += len(chunk)
                if read - parser.CurrentByteIndex > 8 * CHUNK:  # one tag without an end would fill the memory
                    raise Refusal("file_bomb")
        parser.Parse(b"", True)


def _no_doctype(*_):
    raise Refusal("file_bomb")


class _Local(dict):
    """Names of elements without their namespace, each cut once."""

    def __missing__(self, name):
        local = name.rpartition("}")[2]
        if len(self) < PARTS:
            self[name] = local
        return local


class _Workbook:
    """The parts of one workbook: its sheets, shared texts and the styles that make a number a date."""

    def __init__(self, archive):
        _bounded(archive)
        self.archive, self.stream = archive, _Stream(archive)
        kinds, _ = self._links("")
        book = kinds.get("officeDocument", ["xl/workbook.xml"])[0]
        self.kinds, self.parts = self._links(book)
        self.entries, self.seen, self.from_1904 = [], set(), False
        self.filled = 0  # cells of all sheets
        self.stream.run(book, self._sheet)

    def _links(self, part):
        """Return the parts that `part` leads to, by the kind of link and by its name there."""
        folder, name = posixpath.split(part)
        kinds: dict[str, list[str]] = {}
        parts: dict[str, str] = {}

        def link(element, values):
            if element.rpartition("}")[2] == "Relationship" and values.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, values["Target"]))[1:]
                kinds.setdefault(values["Type"].rpartition("/")[2], []).append(target)
                parts[values["Id"]] = target

        self.stream.run(posixpath.join(folder, "_rels", f"{name}.rels"), link)
        return kinds, parts

    def _sheet(self, element, values):
        if element.rpartition("}")[2] == "workbookPr":
            self.from_1904 = values.get("date1904") in ("1", "true")
        if element.rpartition("}")[2] != "sheet":
            return
        part = self.parts[next(value for name, value in values.items() if name.rpartition("}")[2] == "id")]
        if part in self.kinds.get("worksheet", []):
            self.entries.append(Entry(values["name"], part, values.get("state", "visible") != "visible"))
        if not values["name"] or part in self.seen or values["name"] in self.seen:
            raise ValueError(f"sheet {values['name'][:40]!r} twice")
        self.seen |= {part, values["name"]}

    @cached_property
    def texts(self):
        """The shared texts, read when a sheet is."""
        texts = _Texts()
        for part in self.kinds.get("sharedStrings", []):
            if self.archive.getinfo(part).file_size > TEXTS:
                raise Refusal("file_large")
            self.stream.run(part, texts.start, texts.text, texts.end)
        return texts.found

    @cached_property
    def styles(self):
        """How each style shows a number: as a day, a month, a year, or padded with zeros."""
        styles = _Styles()
        for part in self.kinds.get("styles", []):
            self.stream.run(part, styles.start, None, styles.end)
        return styles.shown

    def grid(self, entry):
        grid = Grid(entry.name, entry.hidden)
        cells = _Cells(grid, self.texts, self.styles, self.from_1904)
        cells.filled = self.filled
        try:
            self.stream.run(entry.part, cells.start, cells.text, cells.end)
        except Refusal as refused:
            grid.refused = refused
            cells.end("row")
        self.filled = cells.filled
        return grid


def _bounded(archive):
    """Refuse an archive that would unpack to more than any register needs."""
    parts = archive.infolist()
    if len(parts) > PARTS or any(
        part.file_size > max(LARGE, RATIO * max(part.compress_size, 1)) for part in parts
    ):
        raise Refusal("file_bomb")
    if any(part.flag_bits & 1 for part in parts):
        raise Refusal("file_password")
    if sum(part.file_size for part in parts) > UNPACKED:
        raise Refusal("file_large")


class _Texts:
    """The shared texts; what is written above a text to say how to read it aloud is left out."""

    def __init__(self):
        self.found, self.parts, self.length, self.names = [], [], 0, _Local()
        self.inside, self.aloud = False, False

    def start(self, element, _):
        name = self.names[element]
        self.aloud |= name == "rPh"
        self.inside = name == "t" and not self.aloud

    def text(self, letters):
        if self.inside:
            self.parts.append(letters)
            self.length += len(letters)
            if self.length > LETTERS:
                raise Refusal("file_large")

    def end(self, element):
        name = self.names[element]
        if name == "si":
            self.found.append(_unescaped("".join(self.parts)))
            self.parts, self.length = [], 0
            if len(self.found) > CELLS:
                raise Refusal("file_large")
        self.aloud &= name != "rPh"
        self.inside = False


# Excel's own formats that show a day or a month, by their numbers
BUILT_IN = {**dict.fromkeys([*range(14, 17), 22, *range(27, 37), *range(50, 59)], "day"), 17: "month"}


class _Styles:
    """How the styles of cells show a number."""

    def __init__(self):
        self.formats, self.shown, self.inside = dict(BUILT_IN), {}, False

    def start(self, element, values):
        name = element.rpartition("}")[2]
        self.inside |= name == "cellXfs"
        if name == "numFmt":
            self.formats[int(values["numFmtId"])] = _shows(values.get("formatCode", ""))
        elif name == "xf" and self.inside:
            self.shown[str(len(self.shown))] = self.formats.get(int(values.get("numFmtId", 0)))

    def end(self, element):
        self.inside &= element.rpartition("}")[2] != "cellXfs"


def _shows(code):
    """Tell how a number format shows a number: as a day, month, year, or with this many digits.

    Examples
    --------
    >>> [_shows(code) for code in ("dd/mm/yyyy", "mmm-yy", "yyyy", "000", "0.00", '0" năm"', "h:mm")]
    ['day', 'month', 'year', 3, None, None, None]
    """
    plain = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]|_.', "", code[:255].lower().partition(";")[0])
    if re.fullmatch("0{2,20}", plain):
        return len(plain)
    if "y" in plain or "d" in plain:
        return "day" if "d" in plain else "month" if "m" in plain else "year"
    return None


def _unescaped(text):
    """Return `text` with Excel's way to write control characters (``_x000B_``) undone."""
    return re.sub("_x([0-9A-Fa-f]{4})_", _character, text) if "_x" in text else text


def _character(found):
    """Half a pair of UTF-16 alone is no character, and could not be written again."""
    character = chr(int(found[1], 16))
    return "\ufffd" if "\ud800" <= character <= "\udfff" else character


class _Cells:
    """The handlers that turn one sheet's elements into a grid."""

    def __init__(self, grid, texts, styles, from_1904):
        self.grid, self.texts, self.styles = grid, texts, styles
        self.day_zero = dt.date(1904, 1, 1) if from_1904 else dt.date(1899, 12, 30)
        self.row, self.cells, self.column, self.values = 0, {}, -1, {}
        self.parts, self.length, self.inside, self.formula, self.aloud = [], 0, False, False, False
        self.numbers, self.names, self.filled = {}, _Local(), 0

    def start(self, element, values):
        name = self.names[element]
        if name == "c":
            self._cell(values)
        elif name in ("v", "t"):
            self.inside = not self.aloud
        elif name == "f":
            self.formula = True
        elif name == "row":
            self._row(values)
        elif name == "rPh":
            self.aloud = True
        elif name == "mergeCell":
            self._merge(values["ref"])

    def text(self, letters):
        if self.inside:
            self.parts.append(letters)
            self.length += len(letters)
            if self.length > LETTERS:
                raise Refusal("cell_long", self.grid.name, row=self.row, letters=LETTERS)

    def end(self, element):
        name = self.names[element]
        if name in ("v", "t"):
            self.inside = False
        elif name == "c":
            self._keep()
        elif name == "row" and self.cells:
            width = max(self.cells) + 1
            self.grid.rows[self.row] = [self.cells.get(column, "") for column in range(width)]
        elif name == "rPh":
            self.aloud = False

    def _row(self, values):
        number = int(values.get("r", self.row + 1))
        if number <= self.row:
            raise ValueError(f"row {number} after row {self.row}")
        self.row, self.cells, self.column = number, {}, -1

    def _cell(self, values):
        place = values.get("r")
        self.column = self._column(place.rstrip("0123456789")) if place else self.column + 1
        self.values, self.parts, self.length, self.formula = values, [], 0, False

    def _column(self, letters):
        if letters not in self.numbers:
            if not re.fullmatch("[A-Z]{1,3}", letters):
                raise ValueError(f"cell {letters[:20]}{self.row}")
            self.numbers[letters] = column_number(letters)
        return self.numbers[letters]

    def _keep(self):
        text = self._said("".join(self.parts))
        uncomputed = self.formula and not self.parts and self.values.get("t") != "str"
        if not text.strip() and not uncomputed:
            return
        self._within()
        if uncomputed:
            self.grid.uncomputed.add((self.row, self.column))
        self.cells[self.column] = text

    def _within(self):
        self.filled += 1
        if len(self.grid.rows) >= ROWS or self.filled > CELLS:
            raise Refusal("too_many_rows", self.grid.name, rows=ROWS, cells=CELLS)
        if self.column >= COLUMNS or self.row > 2 * ROWS:
            cell = f"{column_letters(self.column)}{self.row}"
            raise Refusal("stray_cell", self.grid.name, cell=cell, columns=COLUMNS, rows=ROWS)

    def _said(self, text):
        kind = self.values.get("t", "n")
        if kind == "s":
            return self._shared(int(text)) if text else ""
        if kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(text.strip(), text)
        if kind == "d":
            return text[:10]
        return self._number(text.strip()) if kind == "n" else _unescaped(text)

    def _shared(self, index):
        if not 0 <= index < len(self.texts):
            raise ValueError(f"shared string {index}")
        return self.texts[index]

    def _number(self, text):
        if not text:
            return ""
        shown, value = self.styles.get(self.values.get("s", "0")), float(text)
        if isinstance(shown, int) and value.is_integer() and 0 <= value < 1e15:
            return f"{int(value):0{shown}d}"
        if isinstance(shown, str) and 1 <= value < 2_900_000:
            day = self.day_zero + dt.timedelta(int(value))
            return day.isoformat()[: {"day": 10, "month": 7, "year": 4}[shown]]
        return f"{value + 0.0:.15g}"  # no minus before a zero

    def _merge(self, ref):
        first, _, last = ref.partition(":")
        places = [re.fullmatch(r"([A-Z]{1,3})([0-9]{1,7})", place) for place in (first, last or first)]
        found = [place for place in places if place]
        if len(found) < 2:
            raise ValueError(f"merged cells {ref[:40]}")
        rows = sorted(int(place[2]) for place in found)
        columns = sorted(column_number(place[1]) for place in found)
        self.grid.merges.append((*rows, *columns))
        if len(self.grid.merges) > ROWS:
            raise Refusal("file_large", self.grid.name)
