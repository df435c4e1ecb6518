"""Reading a province: its folder or workbook, one table alone, or what a run saved of it.

All that is wrong with any table is told together.
"""

from collections.abc import Iterable
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from ocop_forecast.errors import Fault, InputError
from ocop_forecast.files.near import found
from ocop_forecast.files.reading import Reading
from ocop_forecast.periods import last_known
from ocop_forecast.terms import check_path

from .balance import Books, left_out
from .office import Tables, read_placed
from .province import Province
from .register import Terms, read_aliases, read_register
from .results import DOUBTFUL
from .sources import DATA, EXAMPLE_FILE, dossiers_file, opened, same_file, sources, table_named
from .words import read_words

WITHOUT_UNITS = ("units", "communes", "words", "goals", "rounds", "breaks")  # tables whose rows name none


def read_province(
    folder: str | PathLike = "",
    *,
    as_of: "str | pd.Period | None" = None,
    units_as: str | None = None,
    count_by: str = "decision",
    dossiers: str | PathLike = "",
    strict: bool = False,
) -> Province:
    """Read and check all tables of a folder or workbook; every fault of every table is told at once.

    Parameters
    ----------
    folder : path
        A folder that holds units, targets and register, each as .csv or .xlsx, or a workbook with a sheet for
        each; and if there are any `OPTIONAL` ones. Or progress reports in the register's place, or a file of
        them alone, which then tell units and targets as well. Or what `Province.save` wrote, such
        as a run's ``province.json``; with the beginning of its SHA-256, as in ``province.json@0123456789ab``,
        it is found wherever it lies near here. Empty: the data that come with the tool.
    as_of : str, Period or date, optional
        The last month that is known whole, such as ``"2024-09"``, or the last day that is known, such as
        ``"2024-09-19"`` or ``"19/9/2024"``; later decisions are left out. Without it the month of the last
        decision up to today.
    units_as : {"historic-district", "commune"}, optional
        The units that everything is carried to: all districts that ever were, or the communes since the
        reform of 2025. Without it the units of units.csv that are in force at `as_of`.
    count_by : {"decision", "programme"}
        Whether a product counts to the year of its decision, or to its `programme_year`: then a decision of
        January for last year's plan counts to last December.
    dossiers : path or "example"
        A .csv or .xlsx file of dossiers, for a folder or workbook without any, as another system exported
        them; or ``"example"`` for the set that comes with the tool, which is made up and called so wherever
        it is used. Empty: the folder's own, if it has some.
    strict : bool
        Whether what leaves open which rows count is an error and no warning: rows that are no recognition or
        may be none, files and sheets that were not read though they look like tables.

    Raises
    ------
    InputError
        With every error of every table; what does not stop a run is in `Province.warnings`.

    Examples
    --------
    >>> province = read_province(as_of="2024-09")
    >>> province.unit("huyện ngoc lac"), int((province.register["event"] == "new").sum())
    ('389', 515)
    >>> read_province(as_of="12/9/2024").register.attrs
    {'as_of': Period('2024-09-12', 'D'), 'later': 7}
    >>> province.waiting is None, len(read_province(as_of="2024-09", dossiers="example").waiting)
    (True, 98)
    """
    check_path("folder", folder)
    terms: dict = {"as_of": as_of, "units_as": units_as, "count_by": count_by}
    read = survey(folder, **terms, dossiers=dossiers, strict=strict)
    if read.province is None:
        raise InputError(read.faults)
    return read.province


class Survey(NamedTuple):
    """What was found in a folder or workbook."""

    province: Province | None  # None where an error stands in its way
    faults: list[Fault]  # errors and warnings, table by table
    books: list[Books] = []  # noqa: RUF012 -- never written to


def survey(
    folder: str | PathLike = "",
    *,
    as_of: "str | pd.Period | None" = None,
    units_as: str | None = None,
    count_by: str = "decision",
    dossiers: str | PathLike = "",
    strict: bool = False,
) -> Survey:
    """Read a folder or workbook as `read_province` does, but return its faults instead of raising them."""
    try:
        data = found(folder) if str(folder) else DATA
    except InputError as error:
        return Survey(None, list(error.faults))
    if not data.exists():
        return Survey(None, [Fault(str(data), "folder_missing")])
    if data.suffix == ".json":
        return _saved(data, as_of, units_as or "", count_by, dossiers_file(dossiers))
    try:
        tables, province = Tables(opened(data), dossiers_file(dossiers)), None
    except InputError as error:
        return Survey(None, list(error.faults))
    try:
        units = tables.units()
        asked = None if as_of is None else last_known(as_of)
        if units is not None:
            terms = Terms(units.set_index("unit"), None, asked, units_as or None, count_by)
            province = tables.province(tables.confirmed(terms))
    except InputError as error:  # a setting, or what several tables say together
        told = (*error.faults, *error.warnings)
        tables.faults.extend(fault for fault in told if fault not in tables.faults)
    tables.close()
    faults = [*tables.faults, *(province.doubts() if province is not None else ())]
    faults = strictly(faults) if strict else faults
    if province is None or any(fault.severity == "error" for fault in faults):
        return Survey(None, faults, tables.books)
    province = replace(province, warnings=tuple(faults), left_out=left_out(tables.books))
    return Survey(province, faults, tables.books)


def strictly(faults: Iterable[Fault]) -> list[Fault]:
    """Return faults, those that leave open what counts as errors."""
    return [replace(fault, severity="error") if fault.key in DOUBTFUL else fault for fault in faults]


def _saved(path, as_of, units_as, count_by, dossiers):
    """Return a saved province, or the fault that it was read on other terms than those asked."""
    try:
        saved = Province.load(path)
        own = as_of is None or str(as_of) == str(saved.as_of)  # was known, whatever this machine's clock says
        asked = (saved.as_of if own else last_known(as_of), units_as, count_by)
    except InputError as error:
        return Survey(None, list(error.faults))
    as_saved = dossiers is None or (saved.example and same_file(dossiers, EXAMPLE_FILE))
    if as_saved and asked == (saved.as_of, saved.units_as, saved.count_by):
        return Survey(saved, [])
    return Survey(None, [Fault(str(path), "saved_otherwise", {"as_of": saved.as_of})])


def read_alone(data: str | PathLike, name: str) -> pd.DataFrame | None:
    """Return one table of a folder or workbook as it stands, None if it is not there; or raise its faults."""
    tables = Tables(opened(data if str(data) else DATA))
    reading = tables.read(name)
    if any(fault.severity == "error" for fault in tables.faults):
        raise InputError(tables.faults)
    return reading and reading.table


def table_of(path: str | PathLike) -> str:
    """Tell by a file's name which table it holds; any that names none is taken for a register.

    Examples
    --------
    >>> table_of("targets-2024.xlsx"), table_of("OCOP 2024.xlsx")
    ('targets', 'register')
    """
    return table_named(path) or "register"


def read_table(
    path: str | PathLike,
    data: str | PathLike = "",
    *,
    as_of: "str | pd.Period | None" = None,
    units_as: str | None = None,
    count_by: str = "decision",
) -> Reading:
    """Read and check one table, such as ``targets.xlsx`` or ``register-2024.csv``; see `table_of`.

    If no units stand beside it, those of the folder `data` count. The terms are those of `read_province`.
    """
    name, asked = table_of(path), None if as_of is None else last_known(as_of)
    tables = Tables(_home_of(Path(path), data))
    contract = tables.contracts[name]
    if name == "words":
        return read_words(path)
    if name in WITHOUT_UNITS:
        return read_placed(contract, path)
    units = tables.read("units")
    if units is None:
        raise InputError(tables.faults)
    terms = tables.confirmed(Terms(units.table.set_index("unit"), None, asked, units_as or None, count_by))
    if name == "aliases":
        return read_aliases(path, terms=terms, contract=contract)
    if name == "register":
        return read_register(path, terms=terms, contract=contract)[0]
    return read_placed(contract, path, home=terms.home())


def _home_of(path, data):
    """Return where the units of a single table lie: beside it, else in `data`."""
    return path.parent if sources(path.parent, "units") else opened(data or DATA)
