"""The register of decisions, as it stood at the end of one month or day, and its counts by month.

A register is a row a decision and product. New recognitions count to a target; re-recognitions and upgrades
renew a certificate, a revocation ends one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from os import PathLike

import pandas as pd
from pandera.pandas import DataFrameSchema

from ocop_forecast.display import Table
from ocop_forecast.errors import Fault, Finding, InputError
from ocop_forecast.files.cells import Book
from ocop_forecast.files.reading import Reading, checked, read
from ocop_forecast.periods import known_by, today

from .certificates import findings
from .gazetteer import Gazetteer
from .names import UnitNames
from .products import classify
from .reforms import crosswalk
from .results import recognised
from .schema import ALIASES, REGISTER
from .units import Division, division, unit_aliases

COUNT_BY = ("decision", "programme")


@dataclass(frozen=True, eq=False)
class Terms:
    """On which terms a register is read."""

    units: pd.DataFrame  # index the code; the other columns of `schema.UNITS`
    communes: pd.DataFrame | None = None  # the columns of `schema.COMMUNES`
    as_of: pd.Period | None = None  # the last month or day known; without it the month of the last decision
    units_as: str | None = None  # the units it is carried to, as in `division`
    count_by: str = "decision"  # one of COUNT_BY, as in `read_province`
    unit_aliases: Mapping[str, str] = field(default_factory=dict)  # confirmed: written form -> unit code
    product_aliases: pd.DataFrame | None = None  # the confirmed rows that name products

    def __post_init__(self):
        if self.count_by not in COUNT_BY:
            values = {"value": self.count_by, "allowed": ", ".join(COUNT_BY)}
            raise InputError([Fault("--count-by", "choice_allowed", values)])

    @cached_property
    def names(self) -> UnitNames:
        """The names of all units and new communes."""
        return Gazetteer(self.units, crosswalk(self.communes), self.unit_aliases).names

    def last(self, decided: pd.Series) -> pd.Period | None:
        """Return the last month or day known: as asked for, or that of the last decision up to today."""
        past = decided[decided <= today()]
        return self.as_of or (past.max().to_period("M") if len(past) else None)

    def home(self, as_of: pd.Period | None = None) -> Division:
        """Return the units as of a month or day; without one those asked for, or all districts ever."""
        units_as = self.units_as if as_of is not None else self.units_as or "historic-district"
        when = self.as_of if as_of is None else as_of
        return division(self.units, self.communes, units_as=units_as, as_of=when, aliases=self.unit_aliases)

    def with_aliases(self, table: pd.DataFrame) -> "Terms":
        """Return the terms with what people have confirmed, its units as codes."""
        units, _ = unit_aliases(table, self.names)
        return replace(self, unit_aliases=units, product_aliases=table[table["what"] == "product"])


def read_aliases(
    path: Book | str | PathLike,
    sheet: str | None = None,
    *,
    terms: Terms,
    contract: DataFrameSchema = ALIASES,
) -> Reading:
    """Read the confirmed names, their units as codes; raise InputError with every fault of the file."""
    reading = read(path, contract, sheet)
    table, names = reading.table, terms.names
    _, found = unit_aliases(table, names)
    codes = table["unit"].dropna().map(names.resolve)
    unclear = codes[codes.map(lambda code: isinstance(code, tuple))]
    found += [Finding(at, "unit", key, values) for at, (key, values) in unclear.items()]
    blank = table.index[(table["what"] == "product") & table["unit"].isna()]
    found += [Finding(at, "unit", "cell_blank") for at in blank]
    return checked(reading, table.assign(unit=codes.drop(unclear.index).astype("str")), found)


def read_register(
    path: Book | str | PathLike,
    sheet: str | None = None,
    *,
    terms: Terms,
    contract: DataFrameSchema = REGISTER,
) -> tuple[Reading, Division]:
    """Read the register of decisions, its rows with the codes of their units, certificates and events.

    What is no recognition is left out, as `recognised` finds it.

    Beside it stand the units in which it is placed, as of the last month or day known. InputError is raised
    with every fault of the file at once.
    """
    reading = recognised(read(path, contract, sheet))
    as_of = terms.last(reading.table["decision_date"])
    try:
        home = terms.home(as_of)
    except InputError as error:
        checked(reading, faults=error.faults)
        raise
    table, found = home.place_register(reading.table)
    if as_of is not None:  # only what was known then is looked at: a row of the future moves nothing
        confirmed = None if terms.product_aliases is None else home.carried(terms.product_aliases)
        then = table[(table["decision_date"] <= known_by(as_of)) & table["unit"].notna()]
        classified = classify(then, confirmed)
        table = table.assign(**classified[["certificate", "event"]].reindex(table.index))
        found += findings(classified, confirmed)
    return checked(reading, table, found), home


def known(reading: Reading, home: Division, terms: Terms) -> pd.DataFrame:
    """Return the rows known at the end of the as-of month or day, as `Province.register`; at least one.

    The categories of `unit` and `month` are all units, and all months from the first January to the as-of
    month: one without a decision is counted as zero and not lost.
    """
    table, decided = reading.table, reading.table["decision_date"]
    if table.empty:
        raise InputError([Fault(reading.sheet.file, "no_rows")])
    as_of = terms.last(decided)
    if as_of is None or not (decided <= known_by(as_of)).any():
        asked = as_of or today().to_period("M")
        raise InputError([Fault(reading.sheet.file, "nothing_by", {"as_of": asked})])
    register = table[decided <= known_by(as_of)].reset_index()
    months = count_months(register, terms.count_by)
    every = pd.period_range(f"{months.min().year}-01", as_of.asfreq("M"), freq="M")
    register["unit"] = pd.Categorical(register["unit"], categories=home.units.index)
    register["month"] = pd.Categorical(months, categories=every)
    register.attrs |= {"as_of": as_of, "later": len(table) - len(register)}
    return register


def count_months(register: pd.DataFrame, count_by: str = "decision") -> pd.Series:
    """Return the month to which each row counts, as Period.

    It is the month of the decision; or, by programme year, that year's December where the decision fell into
    the year after it.

    Examples
    --------
    >>> days = pd.to_datetime(["2023-01-12", "2023-05-04"])
    >>> rows = pd.DataFrame({"decision_date": days, "programme_year": [2022, 2023]})
    >>> count_months(rows, "programme").astype(str).tolist()
    ['2022-12', '2023-05']
    """
    decided = register["decision_date"].dt.to_period("M")
    if count_by == "decision":
        return decided
    late = (decided.dt.year - register["programme_year"]).eq(1).fillna(False).astype(bool)
    return decided.mask(late, decided - decided.dt.month)


def both_ways(register: pd.DataFrame) -> pd.DataFrame:
    """Count new products by the year of their decision and by programme year, beside each other.

    The register is that of a `Province`; the index is the year, the columns are decision and programme.
    """
    new = register[register["event"] == "new"]
    ways = {way: count_months(new, way).dt.year.value_counts() for way in ("decision", "programme")}
    return pd.DataFrame(ways).fillna(0).astype(int).sort_index().rename_axis("year")


def monthly_counts(register: pd.DataFrame) -> pd.DataFrame:
    """Count the new recognitions of a `Province`'s register by month; other decisions count to no target.

    Returns
    -------
    DataFrame of int, months x units
        The panel: index a monthly PeriodIndex without gaps, columns unit codes, both complete.

    Examples
    --------
    >>> from ocop_forecast import read_province
    >>> panel = monthly_counts(read_province(as_of="2024-09").register)
    >>> int(panel.loc["2024"].to_numpy().sum())
    52
    """
    new = register[register["event"] == "new"]
    panel = new.groupby(["month", "unit"], observed=False).size().unstack("unit")
    months = pd.PeriodIndex(panel.index.categories, name="month")
    return Table(panel.to_numpy(), months, pd.Index(panel.columns.categories, name="unit"))
