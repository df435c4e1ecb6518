"""An Excel 97-2003 workbook (.xls): looked through for its bounds and styles, then read by python-calamine.

python-calamine lays each sheet out as a full rectangle, so that one stray cell takes hundreds of megabytes,
and it ends its process on what it did not foresee. So the records are walked first, as [MS-XLS] and, for the
compound file around them, [MS-CFB] describe them; then `calamine` reads them in a process of its own. The
walk keeps what python-calamine does not tell: errors, formulas never calculated, how days and codes are
shown, and what is hidden or struck through.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from struct import unpack_from

from . import calamine
from .excel import (
    BUILT_IN,
    CELLS,
    COLUMNS,
    ELEMENTS,
    LETTERS,
    UNCOMPUTED,
    Grid,
    Refusal,
    as_shown,
    column_letters,
    shows,
)

BYTES, RECTANGLE, SECONDS = 20_000_000, 3_000_000, 60
FREE = 0xFFFFFFFA  # numbers from here on are no sectors
BOF, EOF, BOUNDSHEET, DATEMODE, FILEPASS = 0x809, 0x0A, 0x85, 0x22, 0x2F
FONT, FORMAT, XF, ROW, COLINFO = 0x31, 0x41E, 0xE0, 0x208, 0x7D
FORMULA, MULRK, BOOLERR = 0x06, 0xBD, 0x205
CELL = {FORMULA, MULRK, BOOLERR, 0x203, 0x204, 0xD6, 0xFD, 0x27E, *range(1, 6)}
ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


class Workbook:
    """The sheets of one .xls file, all of them read at once."""

    def __init__(self, path: Path):
        if path.stat().st_size > BYTES:
            raise Refusal("file_large")
        data = path.read_bytes()
        if "EncryptedPackage".encode("utf-16-le") in data:  # a .xlsx with a password
            raise Refusal("file_password")
        looks = _Globals(_Compound(data).stream()).looks()
        sheets = _read_apart(data)
        if len(sheets) != len(looks):
            raise ValueError(f"{len(looks)} sheets, {len(sheets)} read")
        self._grids = {
            sheet["name"]: look.grid(sheet)
            for look, sheet in zip(looks, sheets, strict=True)
            if sheet["is_table"]
        }
        self.names = list(self._grids)

    def grids(self, names) -> list[Grid]:
        """Return the sheets of these names as their cells show them."""
        return [self._grids[name] for name in names]


def _read_apart(data):
    """Return what python-calamine reads, in a process that it may end."""
    command = [sys.executable, "-P", str(Path(calamine.__file__))]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, check=True)
        told = json.loads(done.stdout)
    except (subprocess.SubprocessError, json.JSONDecodeError) as error:
        raise Refusal("file_unreadable", reason="Excel 97-2003") from error
    if "fault" in told:
        raise Refusal(told["fault"], **told["values"])
    return told["sheets"]


class _Compound:
    """A compound file: sectors chained to streams, each stream with its entry in one folder."""

    def __init__(self, data):
        self.data, self.shift = data, unpack_from("<H", data, 30)[0]
        self.fats, first, self.least, self.small = unpack_from("<II4xII", data, 44)
        if self.shift not in (9, 12):
            raise ValueError(f"sectors of 2^{self.shift}")
        self.table = self._table()
        folder = self._whole(first)
        self.entries = [folder[at : at + 128] for at in range(0, len(folder), 128)]

    def _sector(self, number):
        return self.data[(number + 1) << self.shift : (number + 2) << self.shift]

    def _table(self):
        """Return the sector that follows each sector; the table's own places are a list that may go on."""
        places, more = list(unpack_from("<109I", self.data, 76)), unpack_from("<I", self.data, 68)[0]
        while more < FREE and len(places) < len(self.data) >> self.shift:
            *found, more = _numbers(self._sector(more))
            places += found
        return _numbers(b"".join(self._sector(place) for place in places[: self.fats] if place < FREE))

    def _whole(self, number):
        return b"".join(map(self._sector, _chain(number, self.table)))

    def stream(self):
        """Return the workbook's records; one that is small lies in a stream of small sectors."""
        named: dict[str, bytes] = {}
        for entry in self.entries:
            named.setdefault(entry[: max(unpack_from("<H", entry, 64)[0] - 2, 0)].decode("utf-16-le"), entry)
        found = named.get("Workbook") or named.get("Book")
        if not found:
            raise (
                Refusal("file_document", kind="Word")
                if "WordDocument" in named
                else ValueError("no Workbook")
            )
        start, size = unpack_from("<II", found, 116)
        if size >= self.least:
            return self._whole(start)[:size]
        inside = self._whole(unpack_from("<I", self.entries[0], 116)[0])
        chain = _chain(start, _numbers(self._whole(self.small)))
        return b"".join(inside[number << 6 : (number + 1) << 6] for number in chain)[:size]


def _numbers(part):
    return unpack_from(f"<{len(part) // 4}I", part)


def _chain(number, table):
    """Return the sectors of a chain; one that comes back to itself is refused."""
    found: list[int] = []
    while number < FREE:
        if len(found) > len(table):
            raise Refusal("file_bomb")
        found.append(number)
        number = table[number]
    return found


def _records(stream, at=0) -> Iterator[tuple[int, bytes]]:
    """Yield the kind and the body of each record, up to the end of the part that begins at `at`."""
    depth = 0
    while at + 4 <= len(stream):
        kind, size = unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + size]
        depth += (kind == BOF) - (kind == EOF)
        if kind == EOF and depth < 1:
            return
        at += 4 + size


class _Globals:
    """What the workbook says of all its sheets: where they begin, and how each style shows a number."""

    def __init__(self, stream):
        self.stream, self.sheets, self.from_1904, self.fonts = stream, [], False, []
        self.formats, self.styles, self.records, self.cells, self.rectangle = dict(BUILT_IN), [], 0, 0, 0
        self.old = False
        for kind, body in _records(stream):
            if kind == BOF:
                self.old = unpack_from("<H", body)[0] < 0x600  # Excel 95 writes letters of one byte
            elif kind == FILEPASS:
                raise Refusal("file_password")
            elif kind == BOUNDSHEET:
                self.sheets.append((unpack_from("<I", body)[0], self._text(body[6:], 1)))
            elif kind == DATEMODE:
                self.from_1904 = body[0] == 1
            elif kind == FONT:
                self.fonts.append(bool(body[2] & 8))
            elif kind == FORMAT:
                self.formats[unpack_from("<H", body)[0]] = shows(self._text(body[2:], 1 if self.old else 2))
            elif kind == XF:
                self.styles.append(self._style(*unpack_from("<HH", body)))

    def _style(self, font, form):
        """Return how a style shows a number and whether it is struck through; no font has the number 4."""
        font -= font > 4
        return self.formats.get(form), font < len(self.fonts) and self.fonts[font]

    def _text(self, body, width):
        """Return a text that its length precedes, and whether its letters take two bytes."""
        length, letters = int.from_bytes(body[:width], "little"), body[width + (not self.old) :]
        wide = not self.old and body[width] & 1
        return letters[: 2 * length].decode("utf-16-le") if wide else letters[:length].decode("latin-1")

    def looks(self):
        return [_Look(self, at, name) for at, name in self.sheets]


class _Look:
    """One sheet's records: where its cells are, and what python-calamine does not tell of them."""

    def __init__(self, book, at, name):
        self.book, self.shown, self.said = book, {}, {}
        self.marks = Grid(name, from_1904=book.from_1904)
        rows, columns = set(), set()
        for kind, body in _records(book.stream, at):
            self._count(1, ELEMENTS, "file_bomb")
            if kind == ROW and unpack_from("<H", body, 12)[0] & 0x20:
                self.marks.hidden_rows.add(unpack_from("<H", body)[0] + 1)
            elif kind == COLINFO and body[8] & 1:
                left, right = unpack_from("<HH", body)
                self.marks.hidden_columns |= set(range(left, min(right + 1, COLUMNS)))
            elif kind in CELL:
                row, column = unpack_from("<HH", body)
                last = unpack_from("<H", body, len(body) - 2)[0] if kind == MULRK else column
                self._within(row, last, last + 1 - column)
                rows.add(row)
                columns |= {column, last}
                self._cell(kind, body, row, column, last)
        if rows:
            book.rectangle += (max(rows) + 1 - min(rows)) * (max(columns) + 1 - min(columns))
        if book.rectangle > RECTANGLE:
            raise Refusal("file_large", name)

    def _count(self, more, most, key):
        self.book.records += more
        if self.book.records > most:
            raise Refusal(key)

    def _within(self, row, last, count):
        self.book.cells += count
        if self.book.cells > CELLS:
            raise Refusal("too_many_rows", self.marks.name, rows=65_536, cells=CELLS)
        if last >= COLUMNS:
            cell = f"{column_letters(last)}{row + 1}"
            raise Refusal("stray_cell", self.marks.name, cell=cell, columns=COLUMNS, rows=65_536)

    def _cell(self, kind, body, row, column, last):
        for at in range(column, last + 1):
            style = unpack_from("<H", body, 4 + 6 * (at - column))[0]
            shown, struck = self.book.styles[style] if style < len(self.book.styles) else (None, False)
            if shown:
                self.shown[row + 1, at] = shown
            if struck:
                self.marks.struck.add((row + 1, at))
        if kind == BOOLERR and body[7]:
            self.said[row + 1, column] = ERRORS.get(body[6], "#N/A")
        elif kind == FORMULA and body[12:14] == b"\xff\xff" and body[6] == 2:
            self.said[row + 1, column] = ERRORS.get(body[8], "#N/A")
        elif kind == FORMULA and body[14] & 2 and not any(body[6:14]):  # to be calculated when it is opened
            self.said[row + 1, column] = UNCOMPUTED

    def grid(self, sheet):
        """Return the sheet with its cells, as python-calamine reads and the workbook shows them."""
        grid = self.marks
        grid.name, grid.hidden, grid.merges = (
            sheet["name"],
            sheet["hidden"],
            list(map(tuple, sheet["merges"])),
        )
        for row, cells in enumerate(sheet["rows"], start=1):
            texts = [self._text(row, column, cell) for column, cell in enumerate(cells)]
            if any(map(str.strip, texts)):
                grid.rows[row] = texts
        grid.hidden_rows &= grid.rows.keys()
        return grid

    def _text(self, row, column, cell):
        """Return a cell's text; python-calamine's kind of value comes with it where it is no text."""
        if (row, column) in self.said:
            return self.said[row, column]
        kind, text = cell if isinstance(cell, list) else ("text", cell)
        if len(text) > LETTERS:
            raise Refusal("cell_long", self.marks.name, row=row, letters=LETTERS)
        shown = self.shown.get((row, column))
        if kind == "number" and isinstance(shown, int) and text.isdecimal():
            return text.zfill(shown)
        if kind == "day" and shown == "yearless":
            self.marks.yearless.add((row, column))
        return as_shown(text, shown) if kind == "day" else text
