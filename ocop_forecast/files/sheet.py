"""One table of a file as the text its cells show, at the sheets and rows where it stands."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from os import PathLike

import pandas as pd

from ocop_forecast.errors import Fault, InputError
from ocop_forecast.text import fold

from .cells import read_cells, refusal, sheet_names
from .encoding import UNSEEN, clean, misread, old_encoding
from .layout import Layout, lay_out

ERROR_VALUE = re.compile(r"#(REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA|#+)")
GARBLED = "\ufffd"


@dataclass(frozen=True)
class Sheet:
    """The cells of one table as text, from one sheet or several."""

    file: str
    # columns the known headers as written; index (sheet, row): the sheet's name, blank for a text file, and
    # the row as Excel counts it. A blank cell is "", one of a column that its sheet has not is missing
    cells: pd.DataFrame
    warnings: tuple[Fault, ...] = ()  # what was left out or cleaned
    faults: tuple[Fault, ...] = ()  # cells and rows that cannot be read
    header_rows: dict[str, int] = field(default_factory=dict)  # sheet -> row of its header
    totals: pd.DataFrame | None = None  # rows that give the sum of those above, as `cells`
    # (sheet, row) between the table's rows -> what it says of those below
    headings: dict[tuple[str, int], str] = field(default_factory=dict)

    def fault(
        self, key: str, place: tuple[str, int], column: str = "", severity: str = "error", **values
    ) -> Fault:
        """Return a fault at a place (sheet, row) and a column, by its header as written."""
        return Fault(self.file, key, values, *place, column, severity)


def read_sheet(
    path: str | PathLike,
    known: Collection[str],
    needed: Collection[Collection[str]] = (),
    sheet: str | None = None,
) -> Sheet:
    r"""Read one table of text from a file: from every visible sheet that has all its needed headers.

    `known` are the headers that the table may have, `needed` those of each column that must be there, all as
    `layout.header_key` folds them. Or read one `sheet` alone, hidden or not. If no sheet has all needed
    headers, it is the one with the fewest missing. InputError is raised if the file cannot be read, has no
    such sheet, holds nothing, or is in an old encoding.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp()) / "offices.csv"
    >>> _ = path.write_text("Offices of 2024\noffice,people\nA,12\nB,7\n", encoding="utf-8")
    >>> read_sheet(path, {"office", "people"}).cells.index.tolist()
    [('', 3), ('', 4)]
    """
    file, known = str(path), set(known)
    grids = read_cells(path, _asked(path, sheet))
    layouts = [lay_out(grid, known, needed) for grid in grids if grid.rows]
    _refuse(path, [] if layouts else grids)
    chosen, warnings = _chosen(file, layouts, asked=sheet is not None)
    _refuse(path, [layout.grid for layout in chosen])
    for layout in chosen:
        _check_letters(file, layout)
    parts = [_Part(file, layout) for layout in chosen]
    return Sheet(
        file,
        pd.concat([part.frame(part.layout.body) for part in parts]),
        tuple(warnings + [fault for part in parts for fault in part.warnings()]),
        tuple(fault for part in parts for fault in part.faults()),
        {part.name: part.layout.row for part in parts},
        pd.concat([part.frame(part.layout.totals) for part in parts]),
        {(part.name, row): clean(text) for part in parts for row, text in part.layout.headings.items()},
    )


def _refuse(path, grids):
    """Refuse the file if one of these sheets was not read to its end."""
    for grid in grids:
        if grid.refused:
            raise refusal(path, grid.refused)


def _asked(path, sheet):
    """Return the sheet's name as the workbook writes it."""
    if sheet is None:
        return None
    names = sheet_names(path)
    found = [name for name in names if name == sheet] or [name for name in names if fold(name) == fold(sheet)]
    if not found:
        allowed = ", ".join(f'"{name}"' for name in names)
        raise InputError([Fault(str(path), "sheet_missing", {"value": sheet, "allowed": allowed})])
    return found[0]


def _chosen(file, layouts, asked):
    """Return the layouts that are read, and a warning for each sheet that is not though it might matter."""
    seen = [layout for layout in layouts if asked or not layout.grid.hidden]
    hidden = [layout for layout in layouts if layout not in seen and not layout.missing]
    told = [Fault(file, "sheet_hidden", {}, layout.grid.name, severity="warning") for layout in hidden]
    if not seen:
        raise InputError([Fault(file, "file_empty"), *told])
    whole = [layout for layout in seen if not layout.missing]
    chosen = whole or [min(seen, key=lambda layout: (layout.missing, -len(layout.headers)))]
    left = [layout for layout in seen if layout not in chosen] if whole else []
    told += [Fault(file, "sheet_ignored", {}, layout.grid.name, severity="warning") for layout in left]
    return chosen, told


def _check_letters(file, layout):
    """Refuse a sheet typed in an old font, or whose letters were lost on the way."""
    texts = {cell for cells in layout.grid.rows.values() for cell in cells if not cell.isascii()}
    name = layout.grid.name
    if word := misread(texts):
        raise InputError([Fault(file, "file_misread", {"value": word}, name)])
    if found := old_encoding(texts):
        values = dict(zip(("encoding", "value"), found, strict=True))
        raise InputError([Fault(file, "text_encoding_legacy", values, name)])


class _Part:
    """One sheet's part of a table."""

    def __init__(self, file, layout: Layout):
        self.file, self.layout, self.name = file, layout, layout.grid.name
        self.unseen: set[str] = set()
        self.troubled: dict[str, str] = {}

    def frame(self, rows):
        """Return the cleaned cells of some rows; a cell that cannot be read is blank."""
        index = pd.MultiIndex.from_arrays([[self.name] * len(rows), list(rows)], names=["sheet", "row"])
        columns = [self.texts(rows, column) for column in self.layout.headers]
        frame = pd.DataFrame(dict(enumerate(columns)), index=index, dtype=str)
        return frame.set_axis([clean(header) for header in self.layout.headers.values()], axis=1)

    def texts(self, rows, column):
        """Return a column's cells as they are read, one copy of each text."""
        raws = [self.raw(row, column) for row in rows]
        read = {raw: self.text(raw) for raw in set(raws)}
        return [read[raw] for raw in raws]

    def text(self, raw):
        if raw.startswith("#") and ERROR_VALUE.fullmatch(raw.strip()):
            self.troubled[raw] = "cell_error"
            return ""
        if GARBLED in raw:
            self.troubled[raw] = "cell_garbled"
            return ""
        if UNSEEN.search(raw):
            self.unseen.add(raw)
        cleaned = clean(raw)
        return raw if cleaned == raw else cleaned

    def raw(self, row, column):
        cells = self.layout.grid.rows[row]
        return cells[column] if column < len(cells) else ""

    def warnings(self):
        """Tell what was left out, and how many cells had characters that nobody sees."""
        told = [
            self.fault("row_skipped", row, value=clean(text)) for row, text in self.layout.skipped.items()
        ]
        if self.unseen:
            cells = [self.raw(row, column) for row in self.layout.body for column in self.layout.headers]
            count = sum(cell in self.unseen for cell in cells)
            told.append(self.fault("cells_cleaned", None, count=count))
        return told

    def faults(self):
        """Tell the header's faults, rows with too many cells, and cells that cannot be read."""
        layout = self.layout
        told = [self.fault("header_twice", layout.row, header, "error") for header in layout.twice]
        for row in [] if self.name else layout.body:  # in a workbook a cell beside the table moves no other
            if beyond := sum(bool(cell.strip()) for cell in layout.grid.rows[row][layout.width :]):
                values = {"cells": layout.width + beyond, "columns": layout.width}
                told.append(self.fault("too_many_cells", row, "", "error", **values))
        for row in layout.body if self.troubled or layout.grid.uncomputed else ():
            told += self._unreadable(row)
        return told

    def _unreadable(self, row):
        told = []
        for column, header in self.layout.headers.items():
            raw = self.raw(row, column)
            uncomputed = (row, column) in self.layout.grid.uncomputed
            key = "formula_without_value" if uncomputed else self.troubled.get(raw)
            told += [self.fault(key, row, clean(header), "error", value=clean(raw))] if key else []
        return told

    def fault(self, key, row, column="", severity="warning", **values):
        return Fault(self.file, key, values, self.name, row, column, severity)
