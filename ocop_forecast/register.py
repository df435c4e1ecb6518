"""The office's tables: units, targets, register and rounds, read, checked and counted by month.

A register is a row a decision and product. New recognitions count to a target; re-recognitions and upgrades
renew a certificate, a revocation ends one.
"""

from os import PathLike
from pathlib import Path

import pandas as pd

from .errors import Fault, InputError
from .keys import UnitNames, as_month
from .reading import typed
from .schema import REGISTER, ROUNDS, TARGETS, UNITS
from .sheet import read_sheet

DATA = Path(__file__).resolve().parent.parent / "data"


def read_units(path: str | PathLike) -> pd.DataFrame:
    """Read the table of administrative units.

    Parameters
    ----------
    path : path
        A CSV or Excel file with at least the columns unit (official code) and name.

    Returns
    -------
    DataFrame
        A row a unit, index the code; columns name, type, terrain, province, province_name, tile_row,
        tile_column, valid_from, valid_to, successor.

    Raises
    ------
    InputError
        With every fault of the file at once.

    Examples
    --------
    >>> read_units(DATA / "units.csv").loc["389", "name"]
    'Ngọc Lặc'
    """
    return typed(read_sheet(path), UNITS).set_index("unit")


def read_targets(path: str | PathLike, units: pd.DataFrame | None = None) -> pd.DataFrame:
    """Read the yearly targets of newly recognised products.

    Parameters
    ----------
    path : path
        A CSV or Excel file with the columns unit (code or name), year and target (products).
    units : DataFrame, optional
        As from `read_units`; without it the file ``units.csv`` or ``units.xlsx`` in the same folder.

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
    units = _units_beside(path, units)
    read = typed(read_sheet(path), TARGETS, UnitNames(units))
    every = pd.MultiIndex.from_product([units.index, sorted(read["year"].unique())], names=["unit", "year"])
    table = read.set_index(["unit", "year"]).reindex(every).reset_index().astype({"year": "int64"})
    names = units[["name", "province", "province_name"]]
    return table.merge(names, left_on="unit", right_index=True)[
        ["unit", "name", "year", "target", "province", "province_name", "origin", "source", "note"]
    ]


def read_register(
    path: str | PathLike, *, as_of: "str | pd.Period | None" = None, units: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Read the register of decisions as it stood at the end of the month `as_of`.

    Parameters
    ----------
    path : path
        A CSV or Excel file with the columns of `schema.REGISTER`, in English or Vietnamese.
    as_of : str or Period, optional
        The last month that is known whole, such as ``"2024-09"``; later decisions are left out. Without it
        the month of the last decision up to today.
    units : DataFrame, optional
        As from `read_units`; without it the file ``units.csv`` or ``units.xlsx`` in the same folder.

    Returns
    -------
    DataFrame
        A row a decision and product in the order of the file. `unit` and `month` are categorical: their
        categories are all units and all months from the January of the first decision to `as_of`, so that
        one without a decision is counted as zero and not lost. ``attrs["later"]`` is how many rows were left
        out as decided after `as_of`.

    Raises
    ------
    InputError
        With every fault of the file at once: row, column, value, what is allowed, what to do.

    Examples
    --------
    >>> register = read_register(DATA / "register.csv", as_of="2023-12")
    >>> int((register["kind"] == "new").sum())
    463
    """
    units = _units_beside(path, units)
    register = typed(read_sheet(path), REGISTER, UnitNames(units))
    if register.empty:
        raise InputError([Fault(str(path), "no_rows")])
    decided = register["decision_date"].dt.to_period("M")
    by = as_month(as_of) if as_of is not None else _this_month()
    if not (decided <= by).any():
        raise InputError([Fault(str(path), "nothing_by", {"as_of": str(by)})])
    last = by if as_of is not None else decided[decided <= by].max()
    months = pd.period_range(f"{decided.min().year}-01", last, freq="M")
    known = register[decided <= last].copy()
    known["unit"] = pd.Categorical(known["unit"], categories=units.index)
    known["month"] = pd.Categorical(decided[decided <= last], categories=months)
    known.attrs["later"] = len(register) - len(known)
    return known


def _this_month():
    """Return the month of today: what is dated later is a plan or a slip of the pen, and moves nothing."""
    return pd.Timestamp.now().to_period("M")


def read_rounds(path: str | PathLike) -> pd.DataFrame:
    """Read the evaluation rounds, held and planned.

    Returns
    -------
    DataFrame
        A row a round: programme_year, round, date, level, status (``held`` or ``planned``), recognised
        (products; missing while planned), origin, source, note.

    Raises
    ------
    InputError
        With every fault of the file at once.

    Examples
    --------
    >>> int((read_rounds(DATA / "rounds.csv")["status"] == "planned").sum())
    5
    """
    return typed(read_sheet(path), ROUNDS)


def monthly_counts(register: pd.DataFrame) -> pd.DataFrame:
    """Count new recognitions by month of decision; other kinds of decision do not count to a target.

    Parameters
    ----------
    register : DataFrame
        As from `read_register`.

    Returns
    -------
    DataFrame of int, months x units
        The panel: index a monthly PeriodIndex without gaps, columns unit codes, both complete.

    Examples
    --------
    >>> panel = monthly_counts(read_register(DATA / "register.csv", as_of="2024-09"))
    >>> int(panel.loc["2024"].to_numpy().sum())
    52
    """
    new = register[register["kind"] == "new"]
    panel = new.groupby(["month", "unit"], observed=False).size().unstack("unit")
    months = pd.PeriodIndex(panel.index.categories, name="month")
    return pd.DataFrame(panel.to_numpy(), months, pd.Index(panel.columns.categories, name="unit"))


def _units_beside(path, units):
    return units if units is not None else read_units(table_in(Path(path).parent, "units"))


def tables_in(folder: Path, name: str) -> list[Path]:
    """Return the files of `folder` that hold the table `name`: none, one, or one of each kind."""
    return [path for path in (folder / f"{name}.csv", folder / f"{name}.xlsx") if path.exists()]


def table_in(folder: Path, name: str) -> Path:
    """Return the one file of `folder` that holds the table `name`; raise InputError if it is not one."""
    found = tables_in(folder, name)
    if len(found) == 1:
        return found[0]
    key = "file_twice" if found else "file_missing"
    raise InputError([Fault(str(folder / f"{name}.csv"), key)])
