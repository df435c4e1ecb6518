"""The books: of every file that was opened, what became of each filled row, each column and each sheet."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import pandas as pd

from ocop_forecast.errors import numbers
from ocop_forecast.files.reading import Reading
from ocop_forecast.files.sheet import UNREAD, Balance
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.text import printable

# what a row may have become, in the order told; of the first ones only how many
COUNTED = ("new", "used", "re-recognised", "upgraded", "revoked", "repeated", "later", "total", "heading")
LEFT_OUT = ("no recognition", "not carried", "above", "left out", UNREAD, "refused")
NO_ROWS = ("title", "header")


@dataclass(frozen=True)
class Books:
    """One file's books: of each of its sheets that holds something, the fates of its rows."""

    file: str
    balances: tuple[Balance, ...] = ()

    def lines(self) -> Iterator[str]:
        """Yield a line a sheet: how many rows were read, what became of them, which columns were not read."""
        name = printable(Path(self.file).name)
        if not self.balances:
            yield label("books_file", file=name)
        for balance in self.balances:
            rows = [row for row, fate in balance.fates.items() if fate not in NO_ROWS]
            place = ", ".join(filter(None, (name, balance.sheet)))
            fates = ", ".join(_fates(balance)) or label("fate_none")
            said = label("books_line", place=place, count=len(rows), fates=fates)
            unread = ", ".join(f'"{header}"' for header in balance.unread)
            yield " ".join([said, label("books_unread", names=unread)]) if unread else said


def _fates(balance):
    """Yield how many rows met each fate, and which they are where they are not in the count."""
    for fate in (*COUNTED, *LEFT_OUT):
        rows = [row for row, its in balance.fates.items() if its == fate]
        if rows:
            said = label(f"fate_{fate.replace(' ', '_')}", count=len(rows))
            where = label("at_row", row=rows[0]) if len(rows) == 1 else label("at_rows", rows=numbers(rows))
            yield f"{said} ({where})" if fate in LEFT_OUT else said


def left_out(books: Iterable[Books]) -> int:
    """Count the rows of the office's files that are not in the count, whatever stood in their way."""
    return sum(
        fate in LEFT_OUT for book in books for balance in book.balances for fate in balance.fates.values()
    )


def books_of(reading: Reading) -> Books:
    """Return the books of a table that was read: its rows by what they count as, if it is a register.

    Examples
    --------
    >>> from ocop_forecast.tables.loading import DATA, read_table
    >>> print(*books_of(read_table(DATA / "targets.csv")).lines())
    targets.csv: đọc 108 dòng: 108 được dùng. Không đọc các cột: "name".
    """
    apart = "no recognition" if reading.contract.name == "register" else "left out"
    fates = _events(reading.table) | dict.fromkeys(reading.apart, apart)
    lost = "not carried" if _keeps_places(reading.table) else "used"
    balances = [
        Balance(
            of.sheet,
            {
                row: fates.get((of.sheet, row), lost) if fate == "row" else fate
                for row, fate in of.fates.items()
            },
            of.unread,
        )
        for of in reading.sheet.balances
    ]
    return Books(reading.sheet.file, tuple(balances))


def _events(table):
    """Return what each row of a table is: of a register its event, which none has that is decided later."""
    if not _keeps_places(table):
        return {}
    said = table["event"].fillna("later") if "event" in table else pd.Series("used", table.index)
    return dict(zip(said.index, said, strict=True))


def _keeps_places(table):
    return list(table.index.names) == ["sheet", "row"]


def refused(file: str | PathLike, balances: Iterable[Balance]) -> Books:
    """Return the books of a table in which something is wrong: none of its rows counts."""
    told = [
        Balance(
            of.sheet, {row: "refused" if fate == "row" else fate for row, fate in of.fates.items()}, of.unread
        )
        for of in balances
    ]
    return Books(str(file), tuple(told))
