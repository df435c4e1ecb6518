"""One table of a file as the text its cells show, at the sheets and rows where it stands, and its books.

The books balance: each filled row of each sheet is a row of the table, or it is told what became of it.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import pandas as pd

from ocop_forecast.errors import Fault, InputError, numbers
from ocop_forecast.text import fold

from .cells import Book, refusal
from .encoding import UNSEEN, clean, misread, old_encoding
from .excel import UNCOMPUTED, column_letters
from .layout import Headers, Layout, header_key, lay_out

ERROR_VALUE = re.compile(r"#(REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA|#+)")
GARBLED = "\ufffd"
UNREAD = "not read"


@dataclass(frozen=True)
class Balance:
    """What became of one sheet: every filled row, and the columns that were not read."""

    sheet: str  # blank for a text file
    fates: dict[int, str]  # row -> one of `layout.FATES`, or `UNREAD`
    unread: tuple[str, ...] = ()  # headers that mean no column, as written


@dataclass(frozen=True)
class Sheet:
    """The cells of one table as text, from one sheet or several."""

    file: str
    # our columns, those that have a header; index (sheet, row): the sheet's name, blank for a text file, and
    # the row as Excel counts it. A blank cell is "", one of a column that its table has not is missing
    cells: pd.DataFrame
    totals: pd.DataFrame  # rows that give the sum of those above, as `cells`
    parts: "tuple[Part, ...]"  # the tables that are read together
    faults: tuple[Fault, ...]  # what cannot be read
    warnings: tuple[Fault, ...]  # what was left out or cleaned
    balances: tuple[Balance, ...]  # of every sheet that holds something

    def fault(
        self, key: str, place: tuple[str, int], column: str = "", severity: str = "error", **values
    ) -> Fault:
        """Return a fault at a place (sheet, row) and one of our columns, told by its header as written."""
        return Fault(self.file, key, values, *place, self.header(place, column), severity)

    def header(self, place: tuple[str, int], column: str) -> str:
        """Return the header of one of our columns at a place; blank where it has none."""
        return next((part.header(column) for part in self.parts if part.holds(*place)), "")

    @property
    def written(self) -> dict[str, str]:
        """Our column -> its header as written; of several tables in the first that has it."""
        return {name: part.header(name) for part in reversed(self.parts) for name in part.layout.columns}

    @property
    def headings(self) -> dict[tuple[str, int], str]:
        """Place of each heading between the table's rows -> what it says of those below."""
        return {
            (part.name, row): part.said(row) for part in self.parts for row in part.layout.rows("heading")
        }

    @property
    def titles(self) -> dict[str, str]:
        """Sheet -> what stands above its first table."""
        return {part.name: " ".join(map(part.said, part.above())) for part in reversed(self.parts)}

    @property
    def said(self) -> dict[tuple[str, int], str]:
        """Place of each title and heading -> what it says."""
        return {(part.name, row): text for part in self.parts for row, text in part.headings()}

    @property
    def listed(self) -> set[str]:
        """The texts of several lines of which each begins like a name."""
        return set().union(*(part.listed for part in self.parts))

    def struck(self) -> dict[tuple[str, int], set[str]]:
        """Return the rows with cells that are struck through, and our columns of these."""
        found = defaultdict(set)
        for part in self.parts:
            for row, column in part.marked(part.layout.grid.struck):
                found[part.name, row].add(column)
        return dict(found)


def read_sheet(book: Book, headers: Headers, sheet: str | None = None) -> Sheet:
    r"""Read one table of text from a file: from every visible sheet that has all its needed headers.

    Or read one `sheet` alone, hidden or not. If no table has all that is needed, it is the one that lacks
    least. InputError is raised if the file cannot be read, has no such sheet, holds nothing, or is in an old
    encoding.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from ocop_forecast.files.layout import headers_of
    >>> path = Path(tempfile.mkdtemp()) / "offices.csv"
    >>> _ = path.write_text("Offices of 2024\noffice,people\nA,12\nB,7\n", encoding="utf-8")
    >>> read = read_sheet(Book(path), headers_of({"office": ("office",)}, [("office",)]))
    >>> read.cells.index.tolist(), read.balances[0].fates
    ([('', 3), ('', 4)], {1: 'title', 2: 'header', 3: 'row', 4: 'row'})
    """
    grids = [book.grid(name) for name in ([_asked(book, sheet)] if sheet else book.names or [""])]
    layouts = [layout for grid in grids if grid.rows for layout in lay_out(grid, headers)]
    if not layouts:
        _refuse(book, grids)
    return _sheet(book, headers, layouts, *_chosen(book, layouts, headers, asked=sheet is not None))


def _sheet(book, headers, layouts, chosen, told):
    """Return the chosen tables of a file as one."""
    _refuse(book, [layout.grid for layout in chosen])
    parts = [Part(str(book.path), layout, headers.idle) for layout in chosen]
    return Sheet(
        str(book.path),
        pd.concat([part.frame("row") for part in parts]),
        pd.concat([part.frame("total") for part in parts]),
        tuple(parts),
        tuple(fault for part in parts for fault in part.faults()),
        (*told, *(fault for part in parts for fault in part.warnings())),
        tuple(_balances(layouts, chosen)),
    )


def _balances(layouts, chosen):
    """Yield what became of each sheet's rows and columns; a table that was not chosen was not read."""
    by_sheet = defaultdict(list)
    for layout in layouts:
        by_sheet[layout.grid.name].append(layout)
    for name, tables in by_sheet.items():
        fates: dict[int, str] = {}
        unread: dict[str, None] = {}
        for layout in tables:
            read = layout in chosen
            fates |= layout.fates if read else dict.fromkeys(layout.fates, UNREAD)
            unread |= dict.fromkeys(unread_headers(layout)) if read else {}
        yield Balance(name, fates, tuple(unread))


def unread_headers(layout: Layout) -> list[str]:
    """Return the headers of a table that mean none of its columns."""
    return [clean(layout.headers[at]) for at in layout.unread]


def _refuse(book, grids):
    """Refuse the file if one of these sheets was not read to its end."""
    for grid in grids:
        if grid.refused:
            raise refusal(book.path, grid.refused)


def _asked(book, sheet):
    """Return the sheet's name as the workbook writes it."""
    found = [name for name in book.names if name == sheet]
    found += [name for name in book.names if fold(name) == fold(sheet)]
    if not found:
        allowed = ", ".join(f'"{name}"' for name in book.names)
        raise InputError([Fault(str(book.path), "sheet_missing", {"value": sheet, "allowed": allowed})])
    return found[0]


def _chosen(book, layouts, headers, asked):
    """Return the tables that are read, and what is told of those that are not.

    One that lacks a single column is read with the others, and told as an error: its rows would be lost.
    """
    file = str(book.path)
    seen = [layout for layout in layouts if asked or not layout.grid.hidden]
    hidden = [layout for layout in layouts if layout.grid.hidden and not layout.lacking]
    key = "sheet_hidden_read" if asked else "sheet_hidden"
    told = [_not_read(file, key, layout, headers) for layout in hidden]
    if not seen:
        raise InputError([Fault(file, "file_empty"), *told])
    best = min(seen, key=lambda layout: (len(layout.lacking), -len(layout.columns)))
    chosen = [layout for layout in seen if layout is best or _belongs(layout, best)]
    for layout in (layout for layout in seen if layout not in chosen):
        if layout.columns:
            told.append(_not_read(file, "sheet_ignored", layout, headers))
        elif rows := _as_wide_as(layout, best):
            values = {"rows": len(rows), "first": numbers(rows)}
            told.append(Fault(file, "sheet_headless", values, layout.grid.name, severity="error"))
        elif max(map(len, layout.grid.rows.values())) > 2:  # less is a note
            told.append(_not_read(file, "sheet_ignored", layout, headers))
    return chosen, told


def _as_wide_as(layout, best):
    """Return the rows of a sheet without a header that may go on with the best table: as wide as that."""
    last, least = max(best.headers), max(3, 3 * len(best.headers) // 4)
    filled = {
        row: [at for at, cell in enumerate(cells) if cell.strip()] for row, cells in layout.grid.rows.items()
    }
    return [row for row, places in filled.items() if len(places) >= least and max(places) <= last]


def _belongs(layout, best):
    """Tell whether a table is to be read with the best one: it lacks as little, or a single column."""
    if not layout.lacking:
        return True
    few = len(layout.lacking) <= max(1, len(best.lacking))
    return few and len(layout.columns) > 1 and bool(layout.rows("row"))


def _not_read(file, key, layout, headers):
    """Warn of a table that is not read: how many rows it has, and what it lacks."""
    lacks = ", ".join(f'"{headers.title(group[0])}"' for group in layout.lacking)
    values = {"rows": len(layout.rows("row")), "lacks": lacks}
    return Fault(file, key, values, layout.grid.name, layout.row, severity="warning")


class Part:
    """One table of a sheet, its cells cleaned; what is wrong with them and what is beside them."""

    def __init__(self, file: str, layout: Layout, idle: Collection[str]):
        self.file, self.layout, self.name, self.idle = file, layout, layout.grid.name, idle
        self.unseen: set[str] = set()
        self.listed: set[str] = set()  # texts of several lines, each begun like a name
        self.troubled: dict[str, str] = {}
        self.letters = [*self._check_letters()]

    def holds(self, sheet: str, row: int) -> bool:
        """Tell whether a row is of this table."""
        return sheet == self.name and row in self.layout.fates

    def header(self, column: str) -> str:
        """Return the header of one of our columns as written; blank if it has none."""
        at = self.layout.columns.get(column)
        return "" if at is None else self.said_above(at)

    def said_above(self, place: int) -> str:
        """Return the header at a place, whatever it means."""
        return clean(self.layout.headers[place])

    def differs(self, place: int, column: str) -> bool:
        """Tell whether a cell at a place says what that of one of our columns does not."""
        rows, other = self.layout.rows("row"), self.layout.columns[column]
        both = zip(self._texts(rows, place), self._texts(rows, other), strict=True)
        return any(text not in ("", first) for text, first in both)

    def above(self) -> list[int]:
        """Return the rows of titles above the table."""
        return [row for row in self.layout.rows("title") if row < self.layout.row]

    def headings(self) -> Iterator[tuple[int, str]]:
        """Yield what each heading says, and titles that stand together: at the last row of them."""
        fates, title = sorted(self.layout.fates.items()), ""
        for (row, fate), (_, following) in zip(fates, [*fates[1:], (0, "")], strict=True):
            if fate == "heading":
                yield row, self.said(row)
            if fate == "title":
                title = f"{title} {self.said(row)}".strip()
                if following != "title":
                    yield row, title
                    title = ""

    def unread(self) -> Iterator[tuple[str, int, str]]:
        """Yield header, row and text of each filled cell in a column that means none of the table's."""
        for at in self.layout.unread:
            for row in self.layout.rows("row"):
                if text := clean(self._raw(row, at)):
                    yield self.said_above(at), row, text

    def said(self, row: int) -> str:
        """Return all that a row says."""
        return clean(self.layout.said(row))

    def frame(self, fate: str) -> pd.DataFrame:
        """Return the cleaned cells of the rows of one fate; a cell that cannot be read is blank."""
        rows = self.layout.rows(fate)
        index = pd.MultiIndex.from_arrays([[self.name] * len(rows), rows], names=["sheet", "row"])
        cells = {name: self._texts(rows, at) for name, at in self.layout.columns.items()}
        return pd.DataFrame(cells, index=index, dtype=str)

    def _texts(self, rows, column):
        """Return a column's cells as they are read, one copy of each text."""
        raws = [self._raw(row, column) for row in rows]
        read = {raw: self._text(raw) for raw in set(raws)}
        return [read[raw] for raw in raws]

    def _text(self, raw):
        if raw == UNCOMPUTED:
            self.troubled[raw] = "formula_without_value"
        elif raw.startswith("#") and ERROR_VALUE.fullmatch(raw.strip()):
            self.troubled[raw] = "cell_error"
        elif GARBLED in raw:
            self.troubled[raw] = "cell_garbled"
        if raw in self.troubled:
            return ""
        if UNSEEN.search(raw):
            self.unseen.add(raw)
        cleaned = clean(raw)
        if cleaned == raw:
            return raw
        lines = [line.strip() for line in raw.splitlines() if line.strip()]
        if len(lines) > 1 and all(line[0].isupper() for line in lines):
            self.listed.add(cleaned)
        return cleaned

    def _raw(self, row, column):
        cells = self.layout.grid.rows[row]
        return cells[column] if column < len(cells) else ""

    def marked(self, marks: Collection[tuple[int, int]]) -> Iterator[tuple[int, str]]:
        """Yield the rows of the table and our columns at which marks of the sheet (row, place) stand."""
        ours = {at: name for name, at in self.layout.columns.items()}
        body = set(self.layout.rows("row"))
        return ((row, ours[at]) for row, at in sorted(marks) if row in body and at in ours)

    def warnings(self) -> Iterator[Fault]:
        """Tell what was left out, does not show, or had characters that nobody sees."""
        layout = self.layout
        yield from self.letters
        for row in layout.rows("above") + layout.rows("left out"):
            key = "row_above" if layout.fates[row] == "above" else "row_skipped"
            yield self._fault(key, row, value=self.said(row))
        if names := [name for name in unread_headers(layout) if header_key(name) not in self.idle]:
            yield self._fault("columns_unread", layout.row, names=", ".join(f'"{name}"' for name in names))
        yield from self._beside() if self.name else ()
        yield from self._hidden()
        if self.unseen:
            count = sum(text in self.unseen for _, _, text in self._cells())
            yield self._fault("cells_cleaned", None, count=count)

    def _beside(self):
        """Tell cells of the rows in columns without a header, column by column."""
        body = self.layout.rows("row")
        width = max((len(self.layout.grid.rows[row]) for row in body), default=0)
        for at in (at for at in range(width) if at not in self.layout.headers):
            if rows := [row for row in body if self._raw(row, at).strip()]:
                values = {
                    "place": column_letters(at),
                    "count": len(rows),
                    "value": clean(self._raw(rows[0], at)),
                }
                yield self._fault("cells_beside", rows[0], **values)

    def _hidden(self):
        """Tell what a person who looks at the sheet does not see: rows, and what lies under merged cells."""
        body = self.layout.rows("row")
        if rows := [row for row in body if row in self.layout.grid.hidden_rows]:
            yield self._fault("rows_hidden", rows[0], count=len(rows), rows=numbers(rows))
        for (row, at), (value, shown) in sorted(self.layout.merged.hidden.items()):
            if row in self.layout.fates:
                header, values = (
                    self.layout.headers.get(at, ""),
                    {"value": clean(value), "shown": clean(shown)},
                )
                yield self._fault("cell_covered", row, header, **values)

    def faults(self) -> Iterator[Fault]:
        """Tell rows with too many cells, and cells that cannot be read."""
        layout = self.layout
        width = max(layout.headers, default=-1) + 1
        for row in [] if self.name else layout.rows("row"):  # in a workbook a cell beside moves no other
            if beyond := sum(bool(cell.strip()) for cell in layout.grid.rows[row][width:]):
                yield self._fault("too_many_cells", row, "", "error", cells=width + beyond, columns=width)
        for row, name, text in self._cells() if self.troubled else ():
            if key := self.troubled.get(text):
                yield self._fault(key, row, self.header(name), "error", value=clean(text))

    def _check_letters(self):
        """Refuse a table typed in an old font, or whose letters were lost; warn of a single word."""
        rows, places = self.layout.rows("row"), self.layout.columns.values()
        texts = {text for at in places for row in rows if not (text := self._raw(row, at)).isascii()}
        headers = {header for header in self.layout.headers.values() if not header.isascii()}
        if word := misread([*texts, *headers]):
            raise InputError([Fault(self.file, "file_misread", {"value": word}, self.name)])
        encoding, words = old_encoding([*texts, *headers])
        values = {"encoding": encoding, "value": next(iter(words), "")}
        if len(words) > 1:
            raise InputError([Fault(self.file, "text_encoding_legacy", values, self.name)])
        for word in words:
            found = ((row, name) for row, name, text in self._cells() if word in text)
            row, name = next(found, (self.layout.row, ""))
            yield self._fault("text_encoding_doubtful", row, self.header(name), **values)
        yield from self._letters_beside()

    def _letters_beside(self):
        """Warn of an old encoding in what is no part of the table."""
        beside = [row for row, fate in self.layout.fates.items() if fate not in ("row", "header")]
        texts = {cell for row in beside for cell in self.layout.grid.rows[row] if not cell.isascii()}
        encoding, words = old_encoding(texts)
        if len(words) > 1:
            yield self._fault("text_encoding_beside", beside[0], encoding=encoding, value=words[0])

    def _cells(self):
        """Yield row, our column and text of each filled cell of the table."""
        for row in self.layout.rows("row"):
            for name, at in self.layout.columns.items():
                if text := self._raw(row, at):
                    yield row, name, text

    def _fault(self, key, row, column="", severity="warning", **values):
        return Fault(self.file, key, values, self.name, row, column, severity)
