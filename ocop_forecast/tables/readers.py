"""The office's tables beside the register: where each lies, and how each is read.

A data folder holds each table as a file; a workbook holds each as a sheet.
"""

from os import PathLike
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from ocop_forecast.errors import Fault, InputError
from ocop_forecast.files.cells import sheet_names
from ocop_forecast.files.reading import read
from ocop_forecast.files.writing import shipped
from ocop_forecast.text import fold

from .schema import BREAKS, DOSSIERS, ROUNDS, SHEETS, TARGETS, UNITS
from .units import division

DATA = shipped("data")


class Source(NamedTuple):
    """Where a table lies: a file, and the sheet in it (None: whichever has its headers)."""

    path: Path
    sheet: str | None = None


def sources(data: str | PathLike, name: str) -> list[Source]:
    """Return where the table `name` lies in a folder or workbook: nowhere, once, or as a file of each kind.

    In a workbook its sheet bears the table's name, in English or Vietnamese.

    Examples
    --------
    >>> [source.path.name for source in sources(DATA, "rounds")], sources(DATA, "reports")
    (['rounds.csv'], [])
    """
    data = Path(data)
    if data.is_dir():
        return [Source(path) for path in (data / f"{name}.csv", data / f"{name}.xlsx") if path.exists()]
    wanted = {fold(name), fold(SHEETS[name])}
    return [Source(data, sheet) for sheet in sheet_names(data) if fold(sheet) in wanted]


def source(data: str | PathLike, name: str) -> Source:
    """Return the one place of the table `name`; raise InputError if it is not one."""
    found = sources(data, name)
    if len(found) == 1:
        return found[0]
    if Path(data).is_dir():
        raise InputError([Fault(str(Path(data) / f"{name}.csv"), "file_twice" if found else "file_missing")])
    allowed = f'"{SHEETS[name]}", "{name}"'
    raise InputError([Fault(str(data), "table_twice" if found else "table_missing", {"allowed": allowed})])


def units_beside(path: str | PathLike, units: pd.DataFrame | None) -> pd.DataFrame:
    """Return `units`, or those that lie beside the file `path`."""
    return units if units is not None else read_units(source(Path(path).parent, "units").path)


def read_units(path: str | PathLike, *, sheet: str | None = None) -> pd.DataFrame:
    """Read the table of administrative units.

    Parameters
    ----------
    path : path
        A CSV or Excel file with at least the columns unit (official code) and name.
    sheet : str, optional
        The sheet of a workbook; without it the one with these columns.

    Returns
    -------
    DataFrame
        A row a unit, index the code; columns name, type, terrain, province, province_name, tile_row,
        tile_column, valid_from, valid_to (days; blank: not known), successor (code of the unit that took it
        over whole).

    Raises
    ------
    InputError
        With every fault of the file at once.

    Examples
    --------
    >>> read_units(DATA / "units.csv").loc["389", "name"]
    'Ngọc Lặc'
    """
    return read(path, UNITS, sheet=sheet).table.set_index("unit")


def read_targets(
    path: str | PathLike, units: pd.DataFrame | None = None, *, sheet: str | None = None
) -> pd.DataFrame:
    """Read the yearly targets of newly recognised products.

    Parameters
    ----------
    path : path
        A CSV or Excel file with the columns unit (code or name), year and target (products).
    units : DataFrame, optional
        As from `read_units`; without it the file ``units.csv`` or ``units.xlsx`` in the same folder.
    sheet : str, optional
        The sheet of a workbook; without it the one with these columns.

    Returns
    -------
    DataFrame
        A row for every unit and every year of the file: unit, name, year, target (missing where none is set),
        province, province_name, origin, source, note.

    Raises
    ------
    InputError
        With every fault of the file at once.

    Examples
    --------
    >>> targets = read_targets(DATA / "targets.csv")
    >>> int(targets.loc[targets["year"] == 2024, "target"].sum())
    120
    """
    home = division(units_beside(path, units), units_as="historic-district")
    return every_year(read(path, TARGETS, home.place_targets, sheet).table, home.units)


def every_year(targets: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Return the targets with a row for every unit and every year, missing where none is set."""
    years = sorted(targets["year"].unique())
    every = pd.MultiIndex.from_product([units.index, years], names=["unit", "year"])
    table = targets.set_index(["unit", "year"]).reindex(every).reset_index().astype({"year": "int64"})
    names = units[["name", "province", "province_name"]]
    return table.merge(names.rename_axis("unit").reset_index(), on="unit")[
        ["unit", "name", "year", "target", "province", "province_name", "origin", "source", "note"]
    ]


def read_rounds(path: str | PathLike, *, sheet: str | None = None) -> pd.DataFrame:
    """Read the evaluation rounds, held and planned.

    Returns
    -------
    DataFrame
        A row a round: programme_year, round, date (day of the decision, or day planned), level (who decides:
        ``province``, ``district`` or ``central``; missing where the file does not say), status (``held`` or
        ``planned``), recognised (products; missing while planned), origin, source, note.

    Raises
    ------
    InputError
        With every fault of the file at once.

    Examples
    --------
    >>> int((read_rounds(DATA / "rounds.csv")["status"] == "planned").sum())
    5
    """
    return read(path, ROUNDS, sheet=sheet).table.reset_index(drop=True)


def read_dossiers(
    path: str | PathLike, units: pd.DataFrame | None = None, *, sheet: str | None = None
) -> pd.DataFrame:
    """Read the dossiers: a row each time one reached a stage; or one row each with its present stage.

    Parameters
    ----------
    path : path
        A CSV or Excel file with at least the columns unit (code or name), product and stage.
    units : DataFrame, optional
        As from `read_units`; without it the file ``units.csv`` or ``units.xlsx`` in the same folder.
    sheet : str, optional
        The sheet of a workbook; without it the one with these columns.

    Returns
    -------
    DataFrame
        A row a step: dossier_code, product, producer, commune, unit, kind (missing: new), stage (one of
        `schema.STAGES`), stage_date (day; missing where the file has none), stars_expected, round, origin,
        source, note.

    Raises
    ------
    InputError
        With every fault of the file at once.

    Examples
    --------
    >>> dossiers = read_dossiers(DATA / "dossiers.csv")
    >>> sorted(dossiers.loc[dossiers["unit"] == "389", "stage"].unique())[:2]
    ['carried out', 'idea']
    """
    home = division(units_beside(path, units), units_as="historic-district")
    return read(path, DOSSIERS, home.place_dossiers, sheet).table.reset_index(drop=True)


def read_breaks(path: str | PathLike, *, sheet: str | None = None) -> pd.DataFrame:
    """Read the breaks: the days from which another authority decides, or decides by other rules.

    What was decided before a break says less about what comes after it, and weighs less in the fit. A break
    still to come changes nothing.

    Returns
    -------
    DataFrame
        A row a break, in order of time: date (the first day of the new order), what_vi, what_en (what
        changed, in words; what_vi stands for both where what_en is blank), origin, source, note.

    Raises
    ------
    InputError
        With every fault of the file at once.

    Examples
    --------
    >>> read_breaks(DATA / "breaks.csv")["date"].dt.strftime("%Y-%m-%d").tolist()
    ['2023-03-15', '2025-07-06']
    """
    return in_order(read(path, BREAKS, sheet=sheet).table)


def in_order(breaks: pd.DataFrame) -> pd.DataFrame:
    """Return the breaks in order of time, each told in both languages."""
    breaks = breaks.sort_values("date", ignore_index=True)
    return breaks.assign(what_en=breaks["what_en"].fillna(breaks["what_vi"]))


def known_rounds(rounds: pd.DataFrame, as_of: pd.Period) -> pd.DataFrame:
    """Return the rounds held up to `as_of` and those planned after it.

    One held later was not known then; one planned whose day has passed did not come about, for all we know.

    Examples
    --------
    >>> rounds = pd.DataFrame({"date": pd.to_datetime(["2024-08-01", "2024-09-20", "2024-11-01"])})
    >>> rounds["status"] = ["held", "held", "planned"]
    >>> known_rounds(rounds, pd.Period("2024-09-19"))["date"].dt.month.tolist()
    [8, 11]
    """
    return rounds[(rounds["status"] == "held") == (rounds["date"] <= as_of.end_time)]
