"""The register of decisions, as it stood at the end of one month or day, and its counts by month.

A register is a row a decision and product. New recognitions count to a target; re-recognitions and upgrades
renew a certificate, a revocation ends one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from os import PathLike

import pandas as pd

from ocop_forecast.display import Table
from ocop_forecast.errors import Fault, Finding, InputError
from ocop_forecast.files.reading import Reading, read
from ocop_forecast.periods import known_by, last_known, today

from . import products
from .readers import units_beside
from .schema import REGISTER
from .units import Division, division, unit_aliases

COUNT_BY = ("decision", "programme")


@dataclass(frozen=True, eq=False)
class Terms:
    """On which terms a register is read.

    Attributes
    ----------
    units, communes : DataFrame
        As from `read_units`; the communes by `schema.COMMUNES`, or None.
    as_of : Period, optional
        The last month or day known; without it the month of the last decision.
    units_as : {None, "historic-district", "commune"}
        The units it is carried to, as in `division`.
    count_by : {"decision", "programme"}
        Whether a product counts to the year of its decision or to its programme year.
    unit_aliases, product_aliases
        What people have confirmed: written form -> unit code, and the rows that name products.
    """

    units: pd.DataFrame
    communes: pd.DataFrame | None = None
    as_of: pd.Period | None = None
    units_as: str | None = None
    count_by: str = "decision"
    unit_aliases: Mapping[str, str] = field(default_factory=dict)
    product_aliases: pd.DataFrame | None = None

    def __post_init__(self):
        if self.count_by not in COUNT_BY:
            values = {"value": self.count_by, "allowed": ", ".join(COUNT_BY)}
            raise InputError([Fault("--count-by", "choice_allowed", values)])

    def division(self, as_of: pd.Period | None) -> Division:
        """Return the units as of a month or day."""
        return division(
            self.units, self.communes, units_as=self.units_as, as_of=as_of, aliases=self.unit_aliases
        )

    def place_aliases(self, table: pd.DataFrame):
        """Return confirmed names with the codes of their units, and those that mean no unit or another's."""
        names, found = self.home(None).names, list(unit_aliases(table, self.home(None).names)[1])
        codes = table["unit"].dropna().map(names.resolve)
        unclear = codes[codes.map(lambda code: isinstance(code, tuple))]
        found += [Finding(at, "unit", key, values) for at, (key, values) in unclear.items()]
        blank = table.index[(table["what"] == "product") & table["unit"].isna()]
        found += [Finding(at, "unit", "cell_blank") for at in blank]
        return table.assign(unit=codes.drop(unclear.index).astype("str")), found

    def with_aliases(self, table: pd.DataFrame) -> "Terms":
        """Return the terms with what people have confirmed; its units are codes."""
        units, _ = unit_aliases(table, self.home(None).names)
        return replace(self, unit_aliases=units, product_aliases=table[table["what"] == "product"])

    def home(self, as_of: pd.Period | None) -> Division:
        """Return the units that the other tables are read for: those of the register, if it could be read."""
        if as_of is not None:
            return self.division(as_of)
        return replace(self, units_as=self.units_as or "historic-district").division(self.as_of)

    def last(self, decided: pd.Series) -> pd.Period | None:
        """Return the last month or day known: as asked for, or that of the last decision up to today."""
        past = decided[decided <= today()]
        return self.as_of or (past.max().to_period("M") if len(past) else None)

    def place(self, table: pd.DataFrame):
        """Return the register with unit codes, certificates and events, and what is to be said of it.

        Only what was known then is looked at: a row of the future moves nothing.
        """
        as_of = self.last(table["decision_date"])
        home = self.home(as_of)
        placed, findings = home.place_register(table)
        if as_of is None:
            return placed, findings
        known = placed[(placed["decision_date"] <= known_by(as_of)) & placed["unit"].notna()]
        aliases = None if self.product_aliases is None else home.carried(self.product_aliases)
        classified = products.classify(known, aliases)
        seen = classified[["certificate", "event"]].reindex(placed.index)
        return placed.assign(**seen), [*findings, *products.findings(classified, aliases)]


def read_register(
    path: str | PathLike,
    *,
    as_of: "str | pd.Period | None" = None,
    units: pd.DataFrame | None = None,
    count_by: str = "decision",
    sheet: str | None = None,
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
    count_by : {"decision", "programme"}
        Whether a product counts to the year of its decision, or to its `programme_year`: then a decision
        of January for last year's plan counts to last December.
    sheet : str, optional
        The sheet of a workbook; without it every visible one with these columns.

    Returns
    -------
    DataFrame
        A row a decision and product in the order of the file: the columns of `schema.REGISTER`, its place
        (`sheet`, `row`), `certificate` (the product's key), `event` (as `kind`, or ``repeated`` where it is
        called new but was recognised before) and `month`. `unit` and `month` are categorical: their
        categories are all units and all months from the first January to `as_of`, so that one without a
        decision is counted as zero and not lost. ``attrs["as_of"]`` is the month known whole (a Period of
        frequency M) or the last day known (D), ``attrs["later"]`` how many rows were left out as decided
        after it.

    Raises
    ------
    InputError
        With every fault of the file at once: row, column, value, what is allowed, what to do.

    Examples
    --------
    >>> from ocop_forecast.tables.readers import DATA
    >>> register = read_register(DATA / "register.csv", as_of="2023-12")
    >>> int((register["event"] == "new").sum())
    463
    >>> read_register(DATA / "register.csv", as_of="12/9/2024").attrs
    {'as_of': Period('2024-09-12', 'D'), 'later': 7}
    """
    asked = None if as_of is None else last_known(as_of)
    terms = Terms(units_beside(path, units), as_of=asked, count_by=count_by)
    return known(read(path, REGISTER, terms.place, sheet), terms)


def known(reading: Reading, terms: Terms) -> pd.DataFrame:
    """Return the rows that were known at the end of the as-of month or day, ready to be counted."""
    table, decided = reading.table, reading.table["decision_date"]
    if table.empty:
        raise InputError([Fault(reading.sheet.file, "no_rows")])
    as_of = terms.last(decided)
    rows = table.index[:0] if as_of is None else table.index[decided <= known_by(as_of)]
    if not len(rows):
        asked = as_of or today().to_period("M")
        raise InputError([Fault(reading.sheet.file, "nothing_by", {"as_of": asked})])
    register = table.loc[rows].reset_index()
    months = products.count_months(register, terms.count_by)
    every = pd.period_range(f"{months.min().year}-01", as_of.asfreq("M"), freq="M")
    register["unit"] = pd.Categorical(register["unit"], categories=terms.division(as_of).units.index)
    register["month"] = pd.Categorical(months, categories=every)
    register.attrs |= {"as_of": as_of, "later": len(table) - len(register)}
    return register


def monthly_counts(register: pd.DataFrame) -> pd.DataFrame:
    """Count new recognitions by month; other decisions do not count to a target.

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
    >>> from ocop_forecast.tables.readers import DATA
    >>> panel = monthly_counts(read_register(DATA / "register.csv", as_of="2024-09"))
    >>> int(panel.loc["2024"].to_numpy().sum())
    52
    """
    new = register[register["event"] == "new"]
    panel = new.groupby(["month", "unit"], observed=False).size().unstack("unit")
    months = pd.PeriodIndex(panel.index.categories, name="month")
    return Table(panel.to_numpy(), months, pd.Index(panel.columns.categories, name="unit"))
