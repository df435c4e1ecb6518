"""The mistakes that a user can mend, each kind with its own exit code.

OcopError
├── InputError          the office's files or the settings asked for are wrong   exit code 3
├── RunError            a run cannot start or go on (folder, inputs, disk)       exit code 4
├── FailedUnitsError    the run ended, but some notebooks or provinces failed    exit code 5
├── StoppedError        the run was interrupted and can go on                    exit code 130
└── TermsError          what a call asks for cannot be; a ValueError as well     exit code 3

Exit code 0 is success, 1 a defect of this tool, 2 an unknown option or command.
"""

import errno
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from os import PathLike
from typing import Any, NamedTuple

import pandas as pd

from ocop_forecast.i18n.catalogue import label, set_options
from ocop_forecast.i18n.formats import day, month

from .text import printable

SHOWN = 30
CAUSES = {
    "os_full": "ENOSPC EDQUOT EFBIG",
    "os_refused": "EACCES EPERM EBUSY ETXTBSY",
    "os_read_only": "EROFS",
    "os_long": "ENAMETOOLONG",
    "os_files": "EMFILE ENFILE",
    "os_memory": "ENOMEM EAGAIN",
    "os_missing": "ENOENT",
    "os_kind": "EISDIR ENOTDIR EEXIST",
    "os_gone": "EIO ESTALE ENXIO ENODEV ENOTCONN ETIMEDOUT EHOSTDOWN EHOSTUNREACH ECONNRESET EREMOTEIO",
}
# Windows tells some of them only by numbers of its own
WINDOWS = {
    **dict.fromkeys((32, 33, 1224), "os_refused"),
    **dict.fromkeys((8, 14, 1450, 1455), "os_memory"),
    **dict.fromkeys((21, 51, 53, 55, 59, 64, 67, 121, 1117, 1167, 1231), "os_gone"),
    **dict.fromkeys((39, 112), "os_full"),
    **dict.fromkeys((111, 206), "os_long"),
    19: "os_read_only",
}


class OcopError(Exception):
    """A mistake that its user can mend; told in words (a key of the catalogues and its values)."""

    exit_code = 1

    def __init__(self, key: str, **values):
        self.key, self.values = key, values
        with set_options(lang="en"):
            super().__init__(self.tell())

    def tell(self) -> str:
        """Return the message in the reader's language."""
        return worded(self.key, **self.values)

    def _render_traceback_(self) -> list[str]:
        """Show the same words in JupyterLab as in a terminal, instead of a traceback."""
        return self.tell().splitlines()


def worded(key: str, **values) -> str:
    """Return a sentence with its values in the reader's form: days, months, file names, lists of these.

    A text in a list is the key of a word.
    """
    return label(key, **{name: _said(value) for name, value in values.items()})


def _said(value):
    if isinstance(value, tuple):
        return ", ".join(label(key) if isinstance(key, str) else _said(key) for key in value)
    if isinstance(value, pd.Timestamp):
        return day(value)
    if isinstance(value, (str, PathLike)):
        return printable(value)
    return month(value) if isinstance(value, pd.Period) else value


class Finding(NamedTuple):
    """One thing found in a table, at the label `place` of its index, in our `column`; told as a `Fault`."""

    place: Any
    column: str
    key: str
    values: dict = {}  # noqa: RUF012 -- never written to
    severity: str = "error"


@dataclass(frozen=True)
class Fault:
    """One thing wrong at one place: where it is, what it is, what is allowed and what to do.

    Parameters
    ----------
    file, sheet, row, column
        Where; `row` counts as Excel does, `column` is the header as written in the file. A setting has no
        file.
    key, values
        What: a key of the catalogues and what its sentence names.
    severity : {"error", "warning"}
        An error stops a run; a warning is told and does not.
    """

    file: str
    key: str
    values: dict = field(default_factory=dict)
    sheet: str = ""
    row: int | None = None
    column: str = ""
    severity: str = "error"

    def __post_init__(self):
        object.__setattr__(self, "file", printable(self.file))

    def tell(self) -> str:
        """Return ``file, sheet, row, column: what is wrong and what to do``."""
        return ": ".join(filter(None, (self.place(), self.what())))

    def place(self) -> str:
        """Return ``file, sheet, row, column``, naming only the parts that are known."""
        return place(self.file, self.sheet, [] if self.row is None else [self.row], [self.column])

    def what(self) -> str:
        """Tell the fault and its remedy, without the place."""
        return worded(self.key, **self.values)


class InputError(OcopError):
    """The files or settings are wrong.

    Attributes
    ----------
    faults : tuple of Fault
        Every error, in file and row order.
    warnings : tuple of Fault
        What was found beside them that would not have stopped a run.
    balances : tuple of `files.sheet.Balance`
        What became of the rows of the file, where one was read.
    """

    exit_code = 3

    def __init__(self, faults: Iterable[Fault], balances: Iterable = ()):
        found, self.balances = tuple(faults), tuple(balances)
        self.faults = tuple(fault for fault in found if fault.severity == "error")
        self.warnings = tuple(fault for fault in found if fault.severity == "warning")
        with set_options(lang="en"):
            Exception.__init__(self, self.tell())

    def tell(self) -> str:
        """Return all faults, one cause a line with all its rows; beyond 30 only how many more there are."""
        told = [(fault.file, fault.sheet, fault.row, fault.column, fault.what()) for fault in self.faults]
        lines = [": ".join(filter(None, one)) for one in together(told)]
        more = len(lines) - SHOWN
        return "\n".join([*lines[:SHOWN], label("and_more", more=more)] if more > 0 else lines)


class RunError(OcopError):
    """A run cannot start or go on; the words say what stands in its way and what to do."""

    exit_code = 4

    @classmethod
    def of(cls, error: OSError | MemoryError) -> "RunError":
        """Tell what the machine refused, in words, with what helps against it and the file if there is one.

        Examples
        --------
        >>> with set_options(lang="en"):
        ...     print(RunError.of(OSError(errno.ENOSPC, "No space left on device", "a.csv")).tell())
        Cannot read or write a.csv (No space left on device). The disk is full: free some space, or choose a
        folder on another disk.
        """
        cause, path = _cause(error), _named(error)
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        if cause:
            return cls("cannot_write", path=path, reason=reason, cause=(cause,)) if path else cls(cause)
        return cls("cannot_write_other", path=path, reason=reason) if path else cls("os_other", reason=reason)


def _cause(error):
    """Return the key of the words for what the machine refused; "" where it has none."""
    if isinstance(error, MemoryError):
        return "os_memory"
    if error.errno == errno.ENOENT and "temporary directory" in str(error):
        return "os_temporary"
    if cause := WINDOWS.get(getattr(error, "winerror", None) or 0):
        return cause
    code = errno.errorcode.get(error.errno or 0, "")
    return next((cause for cause, codes in CAUSES.items() if code in codes.split()), "")


def _named(error):
    """Return the file that an error of the machine's names, of two the one that was to be; "" without one."""
    names = [getattr(error, name, None) for name in ("filename2", "filename")]
    return next((os.fsdecode(name) for name in names if name and not isinstance(name, int)), "")


class FailedUnitsError(OcopError):
    """Some units' notebooks failed, or some provinces; the others are complete."""

    exit_code = 5

    @classmethod
    def of(cls, key: str, reasons: Mapping[str, str], folder: PathLike) -> "FailedUnitsError":
        """Name the units whose notebooks failed, or provinces, with the reason of each."""
        return cls(key, count=len(reasons), reasons=grouped(reasons), folder=folder)


class StoppedError(OcopError):
    """The run was interrupted; what is done is kept, and the same command goes on."""

    exit_code = 130


class TermsError(OcopError, ValueError):
    """What a call asks for cannot be: a unit, month, number or table that it cannot work with.

    It is a `ValueError` as well, for code that expects one.
    """

    exit_code = 3


@contextmanager
def refusals_told() -> Iterator[None]:
    """Raise what the machine refuses meanwhile as a RunError, in words."""
    try:
        yield
    except (OSError, MemoryError) as error:
        raise RunError.of(error) from error


def grouped(reasons: Mapping[str, str]) -> str:
    """Return what failed with the reason of each, those of one reason on one line.

    Examples
    --------
    >>> print(grouped({"389": "no memory", "390": "a broken cell", "391": "no memory"}))
      389, 391: no memory
      390: a broken cell
    """
    names: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        names.setdefault(reason, []).append(name)
    told = {reason: reason.replace("\n", "\n    ") for reason in names}
    return "\n".join(f"  {', '.join(those)}: {told[reason]}" for reason, those in names.items())


def together(told: Iterable[tuple[str, str, int | None, str, str]]) -> list[tuple[str, str]]:
    """Return place and words of faults (file, sheet, row, column, words), one cause once with all its cells.

    Examples
    --------
    >>> with set_options(lang="en"):
    ...     together([("a.csv", "", row, column, "is blank.") for row in (2, 3) for column in ("A", "B")])
    [('a.csv, rows 2, 3, columns "A", "B"', 'is blank.')]
    """
    rows: dict[tuple[str, str, str, str], list[int]] = {}
    for file, sheet, row, column, what in told:
        rows.setdefault((file, sheet, column, what), []).extend([] if row is None else [row])
    columns: dict[tuple, list[str]] = {}
    for (file, sheet, column, what), of_one in rows.items():
        columns.setdefault((file, sheet, what, *of_one), []).append(column)
    return [(place(file, sheet, at, names), what) for (file, sheet, what, *at), names in columns.items()]


def place(file: str, sheet: str, rows: Iterable[int], columns: Iterable[str]) -> str:
    """Return ``file, sheet, rows, columns``, naming only the parts that are known."""
    names = [name for name in columns if name]
    at = sorted({int(row) for row in rows})
    said = [file] if file else []
    said += [label("at_sheet", sheet=sheet)] if sheet else []
    said += [label("at_row", row=at[0])] if len(at) == 1 else []
    said += [label("at_rows", rows=numbers(at))] if len(at) > 1 else []
    said += [label("at_column", column=names[0])] if len(names) == 1 else []
    said += [label("at_columns", columns=", ".join(f'"{name}"' for name in names))] if len(names) > 1 else []
    return ", ".join(said)


def numbers(rows: Iterable[int]) -> str:
    """Return row numbers in few words.

    Examples
    --------
    >>> numbers([7, 2, 3, 4, 5, 9, 10])
    '2–5, 7, 9, 10'
    """
    runs: list[list[int]] = []
    for row in sorted(rows):
        if runs and row == runs[-1][-1] + 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    said = [f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs]
    return ", ".join(said)


def check_units(name: str, asked: Iterable[str], units: Iterable[str]) -> None:
    """Raise TermsError where `name` asks for units that are not among those of the forecast."""
    if unknown := sorted({*asked} - {*units}):
        raise TermsError("ask_units", name=name, value=", ".join(map(str, unknown)))
