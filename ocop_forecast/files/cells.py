"""The cells of any file as text, read within bounds, or the one fault that says why not and what to do.

A file is known by what is in it, not by its name alone: offices rename, protect and export.
"""

import csv
import re
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from os import PathLike
from pathlib import Path
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile, ZipFile

from ocop_forecast.errors import Fault, InputError

from . import excel, xls
from .encoding import encoding_of, old_bytes
from .excel import CELLS, COLUMNS, LETTERS, ROWS, Grid, Refusal, column_letters

TEXT, EXCEL = (".csv", ".txt", ".tsv"), (".xlsx", ".xlsm", ".xls")
SHEETS = {".xlsb": "Excel binary", ".ods": "OpenDocument"}
DOCUMENTS = {".pdf": "PDF", ".docx": "Word", ".doc": "Word", ".jpg": "JPEG", ".png": "PNG"}
BYTES = 50_000_000  # of a text file
SEPARATOR = re.compile(r'"?sep=([^\s"]|\t)"?[,;\s]*', re.IGNORECASE)  # what Excel takes a first line for
BLANK = b"\0\r\n\t ,;"
OLE, ZIP, PDF = b"\xd0\xcf\x11\xe0", b"PK\x03\x04", b"%PDF"
DAMAGE = (
    OSError, BadZipFile, zlib.error, struct.error, EOFError, ExpatError, KeyError, IndexError, ValueError,
    StopIteration, NotImplementedError, OverflowError, RuntimeError, LookupError,
)  # fmt: skip


class Book:
    r"""A file whose sheets are read when first asked for, and kept; a text file is one without a name.

    The file is .xlsx, .xlsm, .xls, .csv, .txt or .tsv (UTF-8 or UTF-16; comma, semicolon, tab, an upright
    line, or what a first line ``sep=`` names). Blank rows are left out. InputError is raised with the one
    fault that keeps the file or a sheet from being read.

    Attributes
    ----------
    path : Path
        The file.
    names : list of str
        Its worksheets in their order; none of a text file.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "offices.csv"
    >>> _ = path.write_text("office,people\nA,12\n,\nB,7\n", encoding="utf-8")
    >>> Book(path).grid().rows, Book(path).names
    ({1: ['office', 'people'], 2: ['A', '12'], 4: ['B', '7']}, [])
    """

    def __init__(self, path: str | PathLike):
        self.path, self._grids = Path(path), dict[str, Grid]()
        with _told(self.path):
            self._source = _kind(self.path)(self.path)
        self.names: list[str] = [name for name in self._source.names if name]

    def grid(self, name: str = "") -> Grid:
        """Return the sheet of this name as its cells show it."""
        return self._read([name])[0]

    def grids(self) -> list[Grid]:
        """Return all sheets in their order."""
        return self._read(self._source.names)

    def _read(self, names):
        with _told(self.path):
            wanted = [name for name in names if name not in self._grids]
            self._grids |= {grid.name: grid for grid in self._source.grids(wanted)}
        return [self._grids[name] for name in names]


def refusal(path: str | PathLike, refused: Refusal) -> InputError:
    """Return the fault of a file that a `Refusal` is."""
    return InputError([Fault(str(path), refused.key, refused.values, refused.sheet)])


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn whatever a file can do to its reader into one fault."""
    try:
        yield
    except Refusal as refused:
        raise refusal(path, refused) from refused
    except (FileNotFoundError, PermissionError) as error:
        key = "file_missing" if isinstance(error, FileNotFoundError) else "file_locked"
        raise InputError([Fault(str(path), key)]) from error
    except DAMAGE as error:
        reason = " ".join(str(error).split())[:200].strip("'\" ") or type(error).__name__
        raise InputError([Fault(str(path), "file_unreadable", {"reason": reason})]) from error


def _kind(path):
    """Return what reads what is in the file, or refuse it with the advice that fits."""
    if path.is_dir():
        raise Refusal("file_is_folder")
    with path.open("rb") as handle:
        start = handle.read(4096)
    ending = path.suffix.lower()
    if ending in SHEETS:
        raise Refusal("file_other_excel", kind=SHEETS[ending])
    if ending in DOCUMENTS:
        raise Refusal("file_document", kind=DOCUMENTS[ending])
    if ending not in (*TEXT, *EXCEL):
        raise Refusal("file_type")
    if not start.strip(BLANK) and _is_blank(path):
        raise Refusal("file_empty")
    if not start.startswith((OLE, ZIP)):
        return _text_kind(start, ending)
    source = xls.Workbook if start.startswith(OLE) else _zip_kind(path)
    if ending in TEXT:
        raise Refusal("file_is_excel")
    return source


def _is_blank(path):
    """Tell whether a whole file is blank: below a blank beginning a table may stand."""
    with path.open("rb") as handle:
        return all(not chunk.strip(BLANK) for chunk in iter(lambda: handle.read(1 << 20), b""))


def _text_kind(start, ending):
    if start.startswith(PDF):
        raise Refusal("file_document", kind="PDF")
    if ending in TEXT:
        return _Text
    page = start.lstrip(b"\xef\xbb\xbf \r\n\t")[:200].lower()
    raise Refusal("file_other_excel", kind="HTML") if page.startswith(b"<") else Refusal("file_is_text")


def _zip_kind(path):
    with ZipFile(path) as archive:
        parts = excel.parts_of(archive)
    if any(part.startswith("word/") for part in parts):
        raise Refusal("file_document", kind="Word")
    for part, kind in (("xl/workbook.bin", ".xlsb"), ("content.xml", ".ods")):
        if part in parts:
            raise Refusal("file_other_excel", kind=SHEETS[kind])
    return excel.Workbook


class _Text:
    """A text file, which is one sheet without a name."""

    def __init__(self, path):
        self.path, self.names = path, [""]

    def grids(self, names):
        return [_text_grid(self.path) for _ in names]


def _text_grid(path):
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as handle:
        lines = list(islice(handle, 60))
    named = SEPARATOR.fullmatch(lines[0])
    grid = Grid("")
    with path.open(encoding=encoding, newline="") as handle:
        if named:  # it is no row: Excel does not show it either
            next(handle)
        delimiter = named[1] if named else _delimiter(lines)
        reader = csv.reader(handle, delimiter=delimiter, strict=True, skipinitialspace=True)
        filled, same = 0, dict[str, str]()
        for number, row in enumerate(_records(reader), start=1):
            if any(map(str.strip, row)):
                filled += len(row)
                _within(row, number, len(grid.rows), filled)
                grid.rows[number] = [same.setdefault(cell, cell) for cell in row]
    return grid


def _encoding(path):
    if path.stat().st_size > BYTES:
        raise Refusal("file_large")
    data = path.read_bytes()
    if found := encoding_of(data):
        return found
    old = old_bytes(data)
    raise Refusal("file_encoding_legacy", encoding=old) if old else Refusal("file_encoding")


def _delimiter(lines):
    """Return the sign that cuts most of the first lines into the same number of cells, at least two."""

    def evenness(sign):
        try:
            widths = Counter(
                len(row) for row in csv.reader(lines, delimiter=sign, skipinitialspace=True) if len(row) > 1
            )
        except csv.Error:
            return 0, 0
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        return count, width

    return max(",;\t|", key=evenness)


def _records(reader):
    """Yield the records; a quotation mark that is not closed or not doubled is told with its row."""
    number = 0
    while True:
        number += 1
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            key = "cell_long" if "field limit" in str(error) else "csv_quotes"
            raise Refusal(key, row=number, letters=LETTERS) from error


def _within(row, number, rows, filled):
    if rows >= ROWS or filled > CELLS:
        raise Refusal("too_many_rows", rows=ROWS, cells=CELLS)
    if len(row) > COLUMNS and any(map(str.strip, row[COLUMNS:])):
        column = max(column for column, cell in enumerate(row) if cell.strip())
        raise Refusal("stray_cell", cell=f"{column_letters(column)}{number}", columns=COLUMNS, rows=ROWS)
    if max(map(len, row)) > LETTERS:
        raise Refusal("cell_long", row=number, letters=LETTERS)
