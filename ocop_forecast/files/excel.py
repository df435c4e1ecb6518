"""An Excel workbook read part by part as a stream: a bad file costs no more than its bounds.

openpyxl builds each row, the styles and the texts as trees, so that one row of millions of cells fills the
memory, and it drops formulas without a value. Here nothing is kept but the text that the cells show.
"""

import datetime as dt
import posixpath
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from xml.parsers.expat import ParserCreate
from zipfile import ZipFile, ZipInfo

ROWS, COLUMNS, CELLS = 100_000, 100, 1_500_000
LETTERS = 32_767  # Excel's own bound for one cell
UNPACKED, RATIO, PARTS, TEXTS, ELEMENTS = 200_000_000, 200, 5_000, 64_000_000, 6_000_000
DEPTH = 50
LARGE = 10_000_000  # below it any ratio of packing is harmless
CHUNK = 1 << 16
UNCOMPUTED = "="  # what a formula shows that was never calculated
TRUE = ("1", "true")


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
    from_1904: bool = False  # numbers that are days, though not shown as such, count from then
    # places (row, column): days whose format shows no year, and cells struck through from end to end
    yearless: set[tuple[int, int]] = field(default_factory=set)
    struck: set[tuple[int, int]] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)  # by a filter or by hand, of those that hold something
    hidden_columns: set[int] = field(default_factory=set)
    refused: Refusal | None = None  # why the rest was not read; it matters where the sheet does


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

    def __init__(self):
        self.archive: ZipFile
        self.parts, self.elements, self.depth = dict[str, ZipInfo](), 0, 0

    def has(self, part):
        return _folded(part) in self.parts

    def size(self, part):
        return self.parts[_folded(part)].file_size

    def run(self, part, start, text=None, end=None):
        """Run the handlers over one part; a document type, and with it every entity, is refused."""
        self.depth = 0

        def open_element(name, values):
            self.depth += 1
            self.elements += 1
            if self.depth > DEPTH or self.elements > ELEMENTS:
                raise Refusal("file_bomb")
            start(name, values)

        def close_element(name):
            self.depth -= 1
            if end:
                end(name)

        parser = ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = open_element, close_element
        parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = text, _no_doctype
        read = 0
        if not self.has(part):
            raise ValueError(f"no {part}")
        with self.archive.open(self.parts[_folded(part)]) as source:
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


class Workbook:
    """The parts of one workbook: its sheets, shared texts and styles, each read when it is asked for."""

    def __init__(self, path: str | PathLike):
        self.path, self.stream = path, _Stream()
        self.sheets: dict[str, tuple[str, bool]] = {}  # name -> part, hidden
        self.seen, self.from_1904, self.calculation = set[str](), False, dict[str, str]()
        self.filled = 0  # cells of all sheets
        with self._open():
            kinds, _ = self._links("")
            book = kinds.get("officedocument", ["xl/workbook.xml"])[0]
            self.kinds, self.parts = self._links(book)
            self.stream.run(book, self._element)

    @property
    def names(self) -> list[str]:
        """The worksheets in their order."""
        return list(self.sheets)

    def grids(self, names) -> list[Grid]:
        """Return the worksheets of these names as their cells show them."""
        with self._open():
            return [self._grid(name, *self.sheets[name]) for name in names]

    @contextmanager
    def _open(self):
        """Open the file for as long as it is read: people write to it meanwhile."""
        with ZipFile(self.path) as archive:
            _bounded(archive)
            self.stream.archive, self.stream.parts = archive, parts_of(archive)
            yield

    def _links(self, part):
        """Return the parts that `part` leads to, by the kind of link; and kind and part by its name there."""
        folder, name = posixpath.split(part)
        kinds: dict[str, list[str]] = {}
        parts: dict[str, tuple[str, str]] = {}

        def link(element, values):
            if element.rpartition("}")[2] == "Relationship" and values.get("TargetMode") != "External":
                target = posixpath.join("/", folder, values["Target"].replace("\\", "/"))
                kind = values["Type"].rpartition("/")[2].lower()
                kinds.setdefault(kind, []).append(target)
                parts[values["Id"]] = kind, target

        links = posixpath.join(folder, "_rels", f"{name}.rels")
        if self.stream.has(links):  # some programs forget them
            self.stream.run(links, link)
        return kinds, parts

    def _element(self, element, values):
        """Take what the workbook itself says; extensions have elements of the same names further down."""
        match self.stream.depth, element.rpartition("}")[2]:
            case 2, "workbookPr":
                self.from_1904 = values.get("date1904") in TRUE
            case 2, "calcPr":
                self.calculation = values
            case 3, "sheet":
                self._sheet(values)

    def _sheet(self, values):
        name, hidden = values["name"], values.get("state", "visible") != "visible"
        link = next((value for key, value in values.items() if key.rpartition("}")[2] == "id"), "")
        kind, part = self.parts.get(link, ("worksheet", ""))
        if not name or not self.seen.isdisjoint({name, part} - {""}):
            raise ValueError(f"sheet {name[:40]!r} twice")
        self.seen |= {name, part}
        if kind == "worksheet" and not (hidden and not link):  # a hidden one without a part is a macro's
            self.sheets[name] = part, hidden

    def _linked(self, kind, usual):
        """Return the parts of this kind, or the one of the usual name; none where the file has none."""
        return [part for part in self.kinds.get(kind, [usual]) if self.stream.has(part)]

    @cached_property
    def texts(self):
        """The shared texts, read when a sheet is."""
        texts = _Texts()
        for part in self._linked("sharedstrings", "xl/sharedStrings.xml"):
            if self.stream.size(part) > TEXTS:
                raise Refusal("file_large")
            self.stream.run(part, texts.start, texts.text, texts.end)
        return texts

    @cached_property
    def styles(self):
        """How each style shows a number: as a day, a month, a year, or padded with zeros."""
        styles = _Styles()
        for part in self._linked("styles", "xl/styles.xml"):
            self.stream.run(part, styles.start, None, styles.end)
        return styles

    def calculated(self, other_than_0):
        """Tell whether a formula's stored 0 is a value, in a sheet where others are not 0, or none is.

        Excel lists what it has calculated in a part of its own. Programs that write in Excel's name store a 0
        for Excel to replace; LibreOffice and Google calculate, and do not give Excel's number.
        """
        if self._linked("calcchain", "xl/calcChain.xml"):
            return True
        if self.calculation.get("fullCalcOnLoad") in TRUE:
            return False
        return other_than_0 or "calcId" not in self.calculation

    def _grid(self, name, part, hidden):
        if not self.stream.has(part):
            raise Refusal("sheet_lost", name)
        grid = Grid(name, hidden, from_1904=self.from_1904)
        cells = _Cells(grid, self)
        try:
            self.stream.run(part, cells.start, cells.text, cells.end)
            cells.finish()
        except Refusal as refused:
            grid.refused = refused
            cells.end("row")
        self.filled = cells.filled
        return grid


def parts_of(archive: ZipFile) -> dict[str, ZipInfo]:
    """Return the parts of an archive by name; names are as good in any case, with slashes of any kind."""
    return {_folded(part.filename): part for part in archive.infolist()}


def _folded(name):
    return posixpath.normpath(name.replace("\\", "/")).lstrip("/").lower()


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


PLAIN: set[bool | None] = {None}  # letters that are struck through where their cell is


class _Runs:
    """The letters of one text after another, without those that say how to read it aloud."""

    def __init__(self):
        self.names = _Local()
        self._begin()

    def _begin(self):
        self.parts, self.length, self.inside, self.aloud = [], 0, False, False
        # whether a run of letters is struck through, None where the cell's own font says
        self.run, self.runs = None, PLAIN

    def start(self, element, values):
        name = self.names[element]
        if name == "t":
            self.inside = not self.aloud
        elif name == "rPh":
            self.aloud = True
        elif name == "r":
            self.run, self.runs = None, set() if self.runs is PLAIN else self.runs
        elif name == "rPr":
            self.run = False
        elif name == "strike":
            self.run = values.get("val", "1") in TRUE

    def text(self, letters):
        if self.inside:
            self.parts.append(letters)
            self.length += len(letters)
            if self.runs is not PLAIN and letters.strip():
                self.runs.add(self.run)
            if self.length > LETTERS:
                raise self._too_long()

    def _too_long(self):
        return Refusal("file_large")

    def end(self, element):
        name = self.names[element]
        if name == "t":
            self.inside = False
        elif name == "rPh":
            self.aloud = False


class _Texts(_Runs):
    """The shared texts, and which of them say themselves whether they are struck through."""

    def __init__(self):
        super().__init__()
        self.found, self.struck = [], {}

    def end(self, element):
        super().end(element)
        if self.names[element] == "si":
            if self.runs is not PLAIN:
                self.struck[len(self.found)] = self.runs
            self.found.append(_unescaped("".join(self.parts)))
            self._begin()
            if len(self.found) > CELLS:
                raise Refusal("file_large")


# Excel's own formats that show a day or a month, by their numbers
BUILT_IN = {
    **dict.fromkeys([*range(14, 16), 22, *range(27, 37), *range(50, 59)], "day"),
    16: "yearless",
    17: "month",
}


class _Styles:
    """How the styles of cells show a number, and which of them are struck through."""

    def __init__(self):
        self.formats, self.shown, self.struck = dict(BUILT_IN), {}, set()
        self.fonts, self.struck_fonts, self.inside = 0, set(), ""

    def start(self, element, values):
        name = element.rpartition("}")[2]
        if name in ("fonts", "cellXfs"):
            self.inside = name
        elif name == "numFmt":
            self.formats[int(values["numFmtId"])] = shows(values.get("formatCode", ""))
        elif name == "xf" and self.inside == "cellXfs":
            self._style(values)
        elif name == "strike" and self.inside == "fonts" and values.get("val", "1") in TRUE:
            self.struck_fonts.add(self.fonts)

    def _style(self, values):
        style = str(len(self.shown))
        self.shown[style] = self.formats.get(int(values.get("numFmtId", 0)))
        if int(values.get("fontId", 0)) in self.struck_fonts:
            self.struck.add(style)

    def end(self, element):
        name = element.rpartition("}")[2]
        self.fonts += name == "font" and self.inside == "fonts"
        if name == self.inside:
            self.inside = ""


def shows(code: str) -> str | int | None:
    """Tell how a number format shows a number: as a day, month, year, or with this many digits.

    Examples
    --------
    >>> [shows(code) for code in ("dd/mm/yyyy", "mmm-yy", "yyyy", "000", "0.00", '0" năm"', "h:mm")]
    ['day', 'month', 'year', 3, None, None, None]
    >>> [shows(code) for code in ("[$-42A]d mmm;@", "mmmm", "[mm]:ss", "General")]
    ['yearless', 'yearless', None, None]
    """
    plain = re.sub(r'"[^"]*"|\\.|\[(?![hms]+\])[^\]]*\]|[_*].', "", code[:255].lower()).partition(";")[0]
    if re.fullmatch("0{2,20}", plain):
        return len(plain)
    day, month = "d" in plain, "m" in plain and ("y" in plain or not re.search("[hs]", plain))
    if (day or month) and not re.search("[yeb]", plain):  # e and b are years of other eras
        return "yearless"
    return "day" if day else "month" if month else "year" if "y" in plain else None


def as_shown(day: str, shown: str | int | None) -> str:
    """Return a day as its format shows it; one that shows a month alone may hide a day, which counts.

    Examples
    --------
    >>> as_shown("2024-09-01", "month"), as_shown("2024-09-05", "month"), as_shown("2024-09-05", "year")
    ('2024-09', '2024-09-05', '2024')
    """
    if shown == "year":
        return day[:4]
    return day[:7] if shown == "month" and day.endswith("-01") else day


def _unescaped(text):
    """Return `text` with Excel's way to write control characters (``_x000B_``) undone."""
    return re.sub("_x([0-9A-Fa-f]{4})_", _character, text) if "_x" in text else text


def _character(found):
    """Half a pair of UTF-16 alone is no character, and could not be written again."""
    character = chr(int(found[1], 16))
    return "\ufffd" if "\ud800" <= character <= "\udfff" else character


class _Cells(_Runs):
    """The handlers that turn one sheet's elements into a grid."""

    def __init__(self, grid, book):
        super().__init__()
        self.grid, self.book, self.texts, self.styles = grid, book, book.texts, book.styles
        self.day_zero = dt.date(1904, 1, 1) if book.from_1904 else dt.date(1899, 12, 30)
        self.row, self.row_hidden, self.cells, self.column, self.values = 0, False, {}, -1, {}
        self.formula, self.valued = False, False
        # formulas: places of a stored 0, whether others hold more, and the ranges that one of them fills
        self.zeros, self.other_than_0, self.areas = [], False, []
        self.numbers, self.filled = {}, book.filled

    def start(self, element, values):
        name = self.names[element]
        if name == "c":
            self._cell(values)
        elif name == "v":
            self.inside = self.valued = True
        elif name == "row":
            self._row(values)
        elif name == "f":
            self._formula(values)
        elif name == "mergeCell":
            self._add(self.grid.merges, values["ref"])
        elif name == "col":
            self._columns(values)
        else:
            super().start(element, values)

    def _too_long(self):
        return Refusal("cell_long", self.grid.name, row=self.row, letters=LETTERS)

    def end(self, element):
        name = self.names[element]
        if name == "v":
            self.inside = False
        elif name == "c":
            self._keep()
        elif name == "row" and self.cells:
            width = max(self.cells) + 1
            self.grid.rows[self.row] = [self.cells.get(column, "") for column in range(width)]
            if self.row_hidden:
                self.grid.hidden_rows.add(self.row)
        else:
            super().end(element)

    def _row(self, values):
        number = int(values.get("r", self.row + 1))
        if number <= self.row:
            raise ValueError(f"row {number} after row {self.row}")
        self.row, self.cells, self.column = number, {}, -1
        self.row_hidden = _hidden(values, "ht")

    def _columns(self, values):
        if _hidden(values, "width"):
            self.grid.hidden_columns |= set(range(int(values["min"]) - 1, min(int(values["max"]), COLUMNS)))

    def _cell(self, values):
        place = values.get("r")
        self.column = self._column(place.rstrip("0123456789")) if place else self.column + 1
        self.values, self.formula, self.valued = values, False, False
        self._begin()

    def _column(self, letters):
        if letters not in self.numbers:
            if not re.fullmatch("[A-Z]{1,3}", letters):
                raise ValueError(f"cell {letters[:20]}{self.row}")
            self.numbers[letters] = column_number(letters)
        return self.numbers[letters]

    def _formula(self, values):
        self.formula = True
        if values.get("t") in ("array", "dataTable") and ":" in values.get("ref", ""):
            self._add(self.areas, values["ref"])

    def _add(self, areas, ref):
        areas.append(_area(ref))
        if len(areas) > ROWS:
            raise Refusal("file_large", self.grid.name)

    def _keep(self):
        text = self._said("".join(self.parts))
        if self.formula:
            text = self._calculated(text)
        if not text.strip():
            return
        self._within()
        self.cells[self.column] = text
        struck = self.values.get("s", "0") in self.styles.struck
        if self.runs is not PLAIN:
            struck = all(struck if run is None else run for run in self.runs)
        if struck:
            self.grid.struck.add((self.row, self.column))

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
            return self._day(text[:10], self.styles.shown.get(self.values.get("s", "0")))
        return self._number(text.strip()) if kind == "n" else _unescaped(text)

    def _shared(self, index):
        if not 0 <= index < len(self.texts.found):
            raise ValueError(f"shared string {index}")
        self.runs = self.texts.struck.get(index, PLAIN)
        return self.texts.found[index]

    def _number(self, text):
        if not text:
            return ""
        shown, value = self.styles.shown.get(self.values.get("s", "0")), float(text)
        if isinstance(shown, int) and value.is_integer() and 0 <= value < 1e15:
            return f"{int(value):0{shown}d}"
        if isinstance(shown, str) and 1 <= value < 2_900_000:
            return self._day((self.day_zero + dt.timedelta(int(value))).isoformat(), shown)
        return f"{value + 0.0:.15g}"  # no minus before a zero

    def _day(self, day, shown):
        if shown == "yearless":
            self.grid.yearless.add((self.row, self.column))
        return as_shown(day, shown)

    def _calculated(self, text):
        """Return what a formula shows; whether its 0 is one, the other formulas of the sheet will tell."""
        kind, value = self.values.get("t", "n"), "".join(self.parts).strip()
        if not value and not (kind == "str" and self.valued):
            return UNCOMPUTED
        if kind == "n" and float(value):
            self.other_than_0 = True
        elif kind == "n":
            self.zeros.append((self.row, self.column))
        return text

    def finish(self):
        """Tell the formulas that were never calculated, once all of the sheet is known."""
        rows = self.grid.rows
        if not self.book.calculated(self.other_than_0):
            for row, column in self.zeros:
                rows[row][column] = UNCOMPUTED
        for first, last, left, right in self.areas:
            if rows.get(first, [])[left : left + 1] == [UNCOMPUTED]:
                self._spread(range(first, last + 1), range(left, right + 1))
        self.grid.rows = dict(sorted(rows.items()))

    def _spread(self, rows, columns):
        """Let a range be as little known as the one formula that would fill it."""
        for self.row in rows:
            cells = self.grid.rows.get(self.row, [])
            for self.column in columns:
                self._within()
                cells += [""] * (self.column + 1 - len(cells))
                cells[self.column] = UNCOMPUTED if cells[self.column] in ("", "0") else cells[self.column]
            self.grid.rows[self.row] = cells


def _hidden(values, size):
    """Tell whether a row or column is hidden, or of no height or width."""
    return values.get("hidden") in TRUE or not values.get(size, "1").strip("0.")


def _area(ref):
    """Return first row, last row, first column, last column of a range such as ``A2:C4``."""
    first, _, last = ref.partition(":")
    places = [re.fullmatch(r"([A-Z]{1,3})([0-9]{1,7})", place) for place in (first, last or first)]
    found = [place for place in places if place]
    if len(found) < 2:
        raise ValueError(f"cells {ref[:40]}")
    rows = sorted(int(place[2]) for place in found)
    columns = sorted(column_number(place[1]) for place in found)
    return *rows, *columns
