"""One table of a CSV or Excel file as the text its cells show, with the row numbers Excel shows."""

import csv
import datetime as dt
import re
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from zipfile import BadZipFile

import pandas as pd

from .errors import Fault, InputError


@dataclass(frozen=True)
class Sheet:
    """The cells of one table as text.

    Parameters
    ----------
    file, name : str
        The file, and the sheet in it (blank for CSV).
    cells : DataFrame of str
        Columns the headers as written, index the row numbers as Excel counts them; a blank cell is "".
    """

    file: str
    name: str
    cells: pd.DataFrame

    def fault(self, key: str, row: int | None = None, column: str = "", **values) -> Fault:
        """Return a fault at this place of the file."""
        return Fault(self.file, key, values, self.name, row, column)


def read_sheet(path: str | PathLike, sheet: str | None = None) -> Sheet:
    """Read one table of text from `path` (.csv or .xlsx; of a workbook the first sheet unless named).

    Raises
    ------
    InputError
        If the file is missing, is neither CSV nor Excel, is not readable, or is empty.
    """
    path = Path(path)
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise InputError([Fault(str(path), "file_type")])
    try:
        name, rows = ("", _csv_rows(path)) if path.suffix.lower() == ".csv" else _excel_rows(path, sheet)
    except FileNotFoundError as error:
        raise InputError([Fault(str(path), "file_missing")]) from error
    except UnicodeDecodeError as error:
        raise InputError([Fault(str(path), "file_encoding")]) from error
    except (OSError, BadZipFile, KeyError, ValueError, csv.Error) as error:
        raise InputError([Fault(str(path), "file_unreadable", {"reason": str(error)})]) from error
    return _sheet(str(path), name, rows)


def _csv_rows(path):
    text = path.read_bytes().decode("utf-8-sig")
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    return list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True))


def _excel_rows(path, sheet):
    from openpyxl import load_workbook

    with path.open("rb") as handle:
        book = load_workbook(handle, read_only=True, data_only=True)
        table = book[sheet] if sheet else book.worksheets[0]
        return table.title, [[_text(cell) for cell in row] for row in table.iter_rows(values_only=True)]


def _text(cell):
    """Return what the cell says: a date as ISO, a whole number without its ``.0``."""
    if cell is None:
        return ""
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    return f"{cell:.15g}" if isinstance(cell, float) else str(cell)


def _sheet(file, name, rows):
    if not rows or not any(rows[0]):
        raise InputError([Fault(file, "file_empty", sheet=name)])
    headers = [" ".join(header.split()) for header in rows[0]]
    filled = {number: row for number, row in enumerate(rows[1:], start=2) if any(map(str.strip, row))}
    faults = [
        Fault(file, "too_many_cells", {"cells": len(row), "columns": len(headers)}, name, number)
        for number, row in filled.items()
        if any(row[len(headers) :])
    ]
    faults += [
        Fault(file, "header_twice", {}, name, 1, header)
        for header in sorted({h for h in headers if h and headers.count(h) > 1})
    ]
    if faults:
        raise InputError(faults)
    width = len(headers)
    cells = [[c.strip() for c in (row + [""] * width)[:width]] for row in filled.values()]
    table = pd.DataFrame(cells, columns=headers, index=list(filled), dtype=str)
    return Sheet(file, name, table.loc[:, [bool(header) for header in headers]])


def whole_number(text: str) -> int | None:
    """Return the whole number that `text` writes, or None.

    Examples
    --------
    >>> whole_number("07"), whole_number("2.5"), whole_number("3-5")
    (7, None, None)
    """
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,9}", text) else None


def decimal(text: str) -> float | None:
    """Return the number that `text` writes with a decimal point or comma, or None.

    Examples
    --------
    >>> decimal("72,5"), decimal("72.5"), decimal("1.234,5")
    (72.5, 72.5, None)
    """
    return float(text.replace(",", ".")) if re.fullmatch(r"[+-]?[0-9]{1,9}([.,][0-9]+)?", text) else None
