"""Where each table lies: a file or sheet of its name; and what bears no such name."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from ocop_forecast.errors import Fault, InputError
from ocop_forecast.files.cells import EXCEL, TEXT, Book
from ocop_forecast.files.cells import SHEETS as OTHER
from ocop_forecast.files.layout import lay_out
from ocop_forecast.files.reading import headers
from ocop_forecast.files.sheet import UNREAD, Balance
from ocop_forecast.files.writing import shipped
from ocop_forecast.text import fold, printable

from .balance import Books
from .schema import CONTRACTS, SHEETS, titles

DATA = shipped("data")
EXAMPLE = "example"  # the word for the dossiers that come with the tool, all of them made up
EXAMPLE_FILE = DATA / "example" / "dossiers.csv"


class Source(NamedTuple):
    """Where a table lies: a file, and the sheet in it (None: whichever has its headers)."""

    book: Path | Book
    sheet: str | None = None

    @property
    def path(self) -> Path:
        """The file."""
        return self.book.path if isinstance(self.book, Book) else self.book


def opened(data: str | PathLike) -> Path | Book:
    """Return a folder as it is, or a workbook that is parsed once for all its tables."""
    return Path(data) if Path(data).is_dir() else Book(data)


def sources(data: str | PathLike | Book, name: str) -> list[Source]:
    """Return where the table `name` lies in a folder or workbook: nowhere, once, or more than once.

    In a folder its file bears the table's name, in a workbook its sheet, in English or Vietnamese.

    Examples
    --------
    >>> [source.path.name for source in sources(DATA, "rounds")], sources(DATA, "reports")
    (['rounds.csv'], [])
    """
    wanted = {*map(fold, titles(name))}
    if isinstance(data, Book):
        return [Source(data, sheet) for sheet in data.names if fold(sheet) in wanted]
    if Path(data).is_dir():
        return [Source(path) for path in tables_in(Path(data)) if _named(path) in wanted]
    return sources(Book(data), name)


def source(data: Path | Book, name: str) -> Source:
    """Return the one place of the table `name`; raise InputError if it is not there, or there twice."""
    found = sources(data, name)
    if len(found) == 1:
        return found[0]
    fault = "twice" if found else "missing"
    if isinstance(data, Path):
        names = {"names": ", ".join(printable(place.path.name) for place in found)}
        raise InputError([Fault(str(data / f"{name}.csv"), f"file_{fault}", names)])
    raise InputError([Fault(str(data.path), f"table_{fault}", {"allowed": f'"{SHEETS[name]}", "{name}"'})])


def report_in(data: Path | Book) -> Source | None:
    """Return where the progress reports lie that take the register's place; None where there is one, or none.

    In a folder or workbook they bear the name of their table. A single file of any name is one if its columns
    are a report's, or if it holds no other table.
    """
    if sources(data, "register"):
        return None
    named = sources(data, "progress")
    if named or isinstance(data, Path):
        return named[0] if named else None
    others = table_named(data.path) or any(sources(data, name) for name in CONTRACTS)
    return Source(data) if _fits(data, "progress") or not (others or _fits(data, "register")) else None


def _fits(book, name):
    """Tell whether a sheet of a file has all that a table needs."""
    known = headers(CONTRACTS[name])
    grids = [grid for grid in book.grids() if grid.rows]
    return any(not layout.lacking for grid in grids for layout in lay_out(grid, known))


def table_named(path: str | PathLike) -> str:
    """Tell by a file's name which table it holds; blank if it names none."""
    return next((name for name in CONTRACTS if Path(path).stem.lower().startswith(name)), "")


def files_in(folder: Path) -> list[Path]:
    """Return what a folder holds, without hidden files and those that Excel keeps of an open one."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith((".", "~$")))


def tables_in(folder: Path) -> list[Path]:
    """Return the files of a folder in which tables may lie."""
    return list(filter(_is_table, files_in(folder)))


def _is_table(path):
    return path.suffix.lower() in (*TEXT, *EXCEL) and path.is_file()


def _named(path):
    return fold(path.stem.replace("_", " "))


def dossiers_file(dossiers: str | PathLike) -> Path | None:
    """Return the file that `dossiers` means: a path, or the word for the example set; None where it is blank.

    Examples
    --------
    >>> dossiers_file("example").name, dossiers_file("")
    ('dossiers.csv', None)
    """
    if str(dossiers) == EXAMPLE:
        return EXAMPLE_FILE
    return Path(dossiers) if str(dossiers) else None


def same_file(path: Path, other: Path) -> bool:
    """Tell whether two paths lead to one place."""
    return path.resolve() == other.resolve()


def beside(
    data: Path | Book, *apart: Path, without: Collection[str] = ()
) -> Iterator[tuple[list[Fault], Books]]:
    """Yield the books of what no table was read from, with a warning where it may hold one.

    That is what bears no table's name, or the name of one of those that this reading does `without`. A file
    that was read `apart` is none of it.
    """
    known = {fold(title) for name in CONTRACTS for title in titles(name)}
    idle = {fold(title) for name in without for title in titles(name)}
    if isinstance(data, Book):
        rest = [name for name in data.names if fold(name) not in known - idle]
        yield from (_beside(data, [name], "report" if fold(name) in idle else "sheet") for name in rest)
        return
    for path in files_in(data):
        if any(same_file(path, other) for other in apart) or (
            _is_table(path) and _named(path) in known - idle
        ):
            continue
        yield _file_beside(path, "report" if _named(path) in idle else "file")


def _file_beside(path, what):
    """Return a file or folder that no table was read from; one that cannot be opened says why."""
    if path.is_dir() or path.suffix.lower() not in (*TEXT, *EXCEL, *OTHER):
        return [], Books(str(path))
    try:
        book = Book(path)
        return _beside(book, book.names or [""], what)
    except InputError as error:
        return [replace(fault, severity="warning") for fault in error.faults], Books(str(path))


def _beside(book, names, what):
    """Return some sheets of a file that no table was read from; those that look like one are told."""
    grids = [grid for grid in map(book.grid, names) if grid.rows]
    balances = [Balance(grid.name, dict.fromkeys(grid.rows, UNREAD)) for grid in grids]
    faults = []
    for grid in grids:
        if found := _looks_like(grid):
            name, rows = found
            values = {"table": SHEETS[name], "name": name, "rows": rows}
            faults.append(Fault(str(book.path), f"{what}_beside", values, grid.name, severity="warning"))
    return faults, Books(str(book.path), tuple(balances))


def _looks_like(grid):
    """Return the table whose headers a sheet has, but for one at most, and its rows; or None."""
    found = []
    for name, contract in CONTRACTS.items():
        for layout in lay_out(grid, headers(contract)):
            known, rows = len(layout.columns), len(layout.rows("row"))
            fits = len(layout.lacking) <= (known > 2) and 2 * known >= len(layout.headers)
            if fits and rows:
                found.append((-len(layout.lacking), known, name, rows))
    return max(found)[2:] if found else None
