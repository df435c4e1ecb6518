"""The office's tables: units, targets, register, rounds and breaks, read, checked and counted by month.

A register is a row a decision and product. New recognitions count to a target; re-recognitions and upgrades
renew a certificate, a revocation ends one.
"""

from os import PathLike
from pathlib import Path

import pandas as pd

from .errors import Fault, InputError
from .keys import UnitNames, last_known, today
from .reading import typed
from .schema import BREAKS, REGISTER, ROUNDS, TARGETS, UNITS
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
    """Read the register of decisions as it stood at the end of `as_of`, a month or a day.

    Parameters
    ----------
    path : path
        A CSV or Excel file with the columns of `schema.REGISTER`, in English or Vietnamese.
    as_of : str, Period or date, optional
        The last month that is known whole, such as ``"2024-09"``, or the last day that is known, such as
        ``"2024-09-19"`` or ``"19/9/2024"``; later decisions are left out. Without it the month of the last
        decision up to today.
    units : DataFrame, optional
        As from `read_units`; without it the file ``units.csv`` or ``units.xlsx`` in the same folder.

    Returns
    -------
    DataFrame
        A row a decision and product in the order of the file. `unit` and `month` are categorical: their
        categories are all units and all months from the January of the first decision to that of `as_of`, so
        that one without a decision is counted as zero and not lost. ``attrs["as_of"]`` is the month known
        whole (a Period of frequency M) or the last day known (D), ``attrs["later"]`` how many rows were left
        out as decided after it.

    Raises
    ------
    InputError
        With every fault of the file at once: row, column, value, what is allowed, what to do.

    Examples
    --------
    >>> register = read_register(DATA / "register.csv", as_of="2023-12")
    >>> int((register["kind"] == "new").sum())
    463
    >>> read_register(DATA / "register.csv", as_of="12/9/2024").attrs
    {'as_of': Period('2024-09-12', 'D'), 'later': 7}
    """
    units = _units_beside(path, units)
    register = typed(read_sheet(path), REGISTER, UnitNames(units))
    if register.empty:
        raise InputError([Fault(str(path), "no_rows")])
    decided = register["decision_date"]
    by = today().to_period("M") if as_of is None else last_known(as_of)
    past = decided[decided <= by.end_time]
    if past.empty:
        raise InputError([Fault(str(path), "nothing_by", {"as_of": str(by)})])
    last = past.max().to_period("M") if as_of is None else by
    known, months = register.loc[past.index].copy(), past.dt.to_period("M")
    every = pd.period_range(f"{past.min().year}-01", last.asfreq("M"), freq="M")
    known["unit"] = pd.Categorical(known["unit"], categories=units.index)
    known["month"] = pd.Categorical(months, categories=every)
    known.attrs |= {"as_of": last, "later": len(register) - len(known)}
    return known


def read_rounds(path: str | PathLike) -> pd.DataFrame:
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
    return typed(read_sheet(path), ROUNDS)


def read_breaks(path: str | PathLike) -> pd.DataFrame:
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
    breaks = typed(read_sheet(path), BREAKS).sort_values("date", ignore_index=True)
    return breaks.assign(what_en=breaks["what_en"].fillna(breaks["what_vi"]))


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
