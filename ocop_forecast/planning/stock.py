"""The stock of valid certificates at the end of each quarter: what runs out, is renewed, and is new.

A certificate lives for 36 months, so what is decided in a quarter runs out in the same quarter three years
later; what is valid now, on its own day. In each draw and quarter

    valid at the end = valid at the start + new + renewed - run out,

where renewed are those renewed in time and those that come back after a lapse (`planning.renewal`); each is
renewed again three years later with its unit's chance. New products are the forecast's: this year's rest
(`Projection.forecast`), then those of later years (`planning.years`), which fall to quarters as in one of the
past years, drawn for all units alike, with one product more in each. They are taken for three stars, as most
are. No revocation is foreseen: they are few.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ocop_forecast.display import Shown, Table
from ocop_forecast.models.forecast import Forecast
from ocop_forecast.models.projection import Projection
from ocop_forecast.models.streams import STOCK, stream
from ocop_forecast.tables.certificates import certificates, lives
from ocop_forecast.tables.province import Province
from ocop_forecast.terms import check_kind, whole

from .renewal import CLASSES, WAIT, Renewal, learn_renewal, ranked
from .years import years_ahead

LIFE = 12  # quarters
MOST = 1000  # draws: more of them say no more of a stock
LAST = 2030


@dataclass(frozen=True, eq=False, repr=False)
class Stock(Shown):
    """What the stock of certificates may become.

    Attributes
    ----------
    quarters : PeriodIndex
        The quarters ahead, the first perhaps begun.
    start : int
        Certificates valid at the as-of date.
    new, renewed, expired : ndarray of int, shape (draws, quarters)
        The province's, in each quarter.
    goals : mapping of int to int
        Year -> certificates wanted at its end.
    as_of : Period
        The last month or day known.
    """

    quarters: pd.PeriodIndex
    start: int
    new: np.ndarray
    renewed: np.ndarray
    expired: np.ndarray
    goals: Mapping[int, int]
    as_of: pd.Period

    @cached_property
    def valid(self) -> np.ndarray:
        """Certificates valid at the end of each quarter (draws, quarters)."""
        return self.start + (self.new + self.renewed - self.expired).cumsum(axis=1)

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a quarter, products of the province.

        Columns lower, median and upper (an interval of 80%) of those valid at its end, the means of expired,
        renewed and new, goal and p_reach, the chance of it (both missing where none is set).
        """
        ends = np.quantile(self.valid, [0.1, 0.5, 0.9], axis=0, method="inverted_cdf").astype(int)
        table = Table(dict(zip(["lower", "median", "upper"], ends, strict=True)), self.quarters)
        for name in ("expired", "renewed", "new"):
            table[name] = getattr(self, name).mean(axis=0)
        wanted = [self.goals.get(at.year) if at.quarter == 4 else None for at in self.quarters]
        chances = [
            np.nan if goal is None else np.mean(valid >= goal)
            for goal, valid in zip(wanted, self.valid.T, strict=True)
        ]
        table = table.assign(goal=pd.array(wanted, "Int64"), p_reach=chances)
        return table.rename_axis("quarter")

    def _face(self) -> tuple:
        facts = {"as_of": self.as_of, "valid": self.start, "draws": len(self.valid)}
        return "stock", facts, self.table.drop(columns="p_reach")  # which may not have been earned


def stock_ahead(
    projection: Projection, province: Province, *, until: int = LAST, goal: Mapping[int, int] | None = None
) -> Stock:
    """Forecast the valid certificates at the end of each quarter.

    Parameters
    ----------
    projection, province
        As from `project` and `read_province`, with a register.
    until : int
        The last year, at least the next.
    goal : mapping of int to int, optional
        Year -> certificates wanted at its end; without it those of `Province.goals`.

    Returns
    -------
    Stock
        At most 1000 draws, evenly taken from the projection's.

    Raises
    ------
    TermsError
        If `until` is no such year, or a goal no whole number.

    Examples
    --------
    >>> import ocop_forecast as ocop
    >>> province = ocop.read_province(as_of="2024-09")
    >>> stock = stock_ahead(ocop.project(province, seed=2024, draws=200), province, goal={2027: 1000})
    >>> stock.start, str(stock.quarters[0]), len(stock.quarters), int(stock.table.loc["2027Q4", "goal"])
    (459, '2024Q4', 25, 1000)
    """
    check_kind("projection", projection, Projection, "project")
    check_kind("province", province, Province, "read_province")
    year, as_of = projection.forecast.year, province.as_of
    until = whole("until", until, year + 1, year + 20)
    goals = _goals(province) if goal is None else {at: whole("goal", one, 0) for at, one in goal.items()}
    held = certificates(province.register, as_of)
    valid = held[held["status"] == "valid"]
    quarters = pd.period_range((as_of + 1).start_time.to_period("Q"), f"{until}Q4", freq="Q")
    new = _new(projection, province, quarters)
    past = lives(province.register, as_of)
    renewal = learn_renewal(past, quarters[0] - 1, seed=projection.seed, draws=len(new))
    lapsed = held[held["status"] == "lapsed"]
    since = pd.period_range(quarters[0] - WAIT, quarters[-1], freq="Q")
    units = projection.forecast.units
    known = _by_quarter(valid, units, quarters), _by_quarter(lapsed, units, since)
    flows = _flows(new, *known, renewal)
    return Stock(quarters, len(valid), *flows, goals, as_of)


def _goals(province: Province) -> dict[int, int]:
    """Return the province's goals of the stock by year."""
    if province.goals is None:
        return {}
    set_ = province.goals.dropna(subset=["valid"])
    return dict(zip(set_["year"].astype(int), set_["valid"].astype(int), strict=True))


def _new(projection: Projection, province: Province, quarters: pd.PeriodIndex) -> np.ndarray:
    """Return each quarter's new products (draws, units, quarters), those not entered yet in the first."""
    forecast = projection.forecast
    chosen = slice(None, None, -(-len(forecast.draws) // MOST))
    ahead = forecast.draws[chosen].astype(np.int64)
    new = np.zeros((*ahead.shape[:2], len(quarters)), np.int64)
    for at, month in enumerate(forecast.months):
        new[:, :, quarters.get_loc(month.asfreq("Q"))] += ahead[:, :, at]
    if forecast.late is not None:
        new[:, :, 0] += forecast.late[chosen].sum(axis=2)
    years, seasons = years_ahead(projection, province, until=quarters[-1].year), _seasons(forecast)
    for at, year in enumerate(years.years):
        of_year = stream(projection.seed, year, STOCK).integers(len(seasons), size=len(new))
        for place, unit in enumerate(forecast.units):
            rng, totals = stream(projection.seed, year, unit, STOCK), years.draws[chosen][:, place, at]
            new[:, place, quarters.year == year] += rng.multinomial(totals, seasons[of_year])
    return new


def _seasons(forecast: Forecast) -> np.ndarray:
    """Return the parts of past years' new products that came in each quarter, a row a year (years, 4)."""
    months = forecast.panel.sum(axis=1)
    by = months.groupby([months.index.year, months.index.quarter]).sum().unstack().dropna()
    counts = by[by.index < forecast.year].to_numpy() + 1
    return counts / counts.sum(axis=1, keepdims=True) if len(counts) else np.full((1, 4), 0.25)


def _by_quarter(held: pd.DataFrame, units: pd.Index, quarters: pd.PeriodIndex) -> pd.DataFrame:
    """Count certificates by unit and rank, and the quarter in which they run out."""
    counts = pd.crosstab(
        [held["unit"].astype("str"), ranked(held["stars"])], held["expires"].dt.to_period("Q")
    )
    rows = pd.MultiIndex.from_product([units, CLASSES])
    return counts.reindex(index=rows, columns=quarters, fill_value=0)


def _flows(
    new: np.ndarray, due: pd.DataFrame, lapsed: pd.DataFrame, renewal: Renewal
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Add up over units and ranks what is new, renewed and run out in each quarter (draws, quarters)."""
    total, moved = np.zeros((2, len(new), due.shape[1]), np.int64), renewal.moved(due.columns.year)
    known = zip(due.index, due.to_numpy(), lapsed.to_numpy(), strict=True)
    for at, ((unit, rank), ends, gone) in enumerate(known):
        fresh = new[:, at // len(CLASSES)] if rank == CLASSES[0] else np.zeros_like(total[0])
        if fresh.any() or ends.any() or gone.any():
            chance = renewal.chances(unit, rank, moved)
            rng = stream(renewal.seed, unit, 4 + CLASSES.index(rank), STOCK)
            total += lived(fresh, ends, gone, chance, renewal.back, rng)
    return new.sum(axis=1), *total


def lived(
    new: np.ndarray,
    due: np.ndarray,
    lapsed: np.ndarray,
    chance: np.ndarray,
    back: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Let certificates run out, be renewed and come back, quarter by quarter.

    Parameters
    ----------
    new, chance : ndarray, shape (draws, quarters)
        New certificates, and the chance that one which runs out is renewed.
    due : ndarray of int, shape (quarters,)
        Those valid now that run out in each quarter.
    lapsed : ndarray of int, shape (`WAIT` + quarters,)
        Those lapsed before now, from `WAIT` quarters before the first on.
    back : ndarray, shape (draws,)
        The chance that a lapsed one comes back in a quarter.
    rng : Generator
        Where the draws come from.

    Returns
    -------
    pair of ndarray of int, shape (draws, quarters)
        Those renewed, in time or later, and those run out.

    Examples
    --------
    >>> import numpy as np
    >>> sure, none = np.ones((1, 2)), np.zeros((1, 2), int)
    >>> lived(none, np.array([3, 0]), np.zeros(6, int), sure, np.zeros(1), np.random.default_rng(0))
    (array([[3, 0]]), array([[3, 0]]))
    """
    expired = np.tile(due, (len(new), 1))
    waiting = np.tile(lapsed, (len(new), 1))
    renewed = np.zeros_like(expired)
    for at in range(len(due)):
        in_time = rng.binomial(expired[:, at], chance[:, at])
        waiting[:, WAIT + at] += expired[:, at] - in_time
        recent = waiting[:, at : at + WAIT]  # no copy: who is back waits no more
        came = rng.binomial(recent, back[:, None])
        recent -= came
        renewed[:, at] = in_time + came.sum(axis=1)
        if at + LIFE < len(due):
            expired[:, at + LIFE] += new[:, at] + renewed[:, at]
    return renewed, expired
