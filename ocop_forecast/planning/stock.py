"""The stock of valid certificates at the end of each quarter: what runs out, is renewed, and is new.

A certificate lives for 36 months, so what is decided in a quarter runs out in the same quarter three years
later; what is valid now, on its own day. In each draw and quarter

    valid at the end = valid at the start + new + renewed - run out,

where renewed are those renewed in time and those that come back after a lapse (`planning.renewal`); each is
renewed again three years later with its unit's chance. New products are the forecast's: this year's rest
(`Projection.forecast`), then those of later years (`planning.years`), which fall to quarters as the register's
new products did, with one more in each. They are taken for three stars, as most are. No revocation is
foreseen: they are few.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ocop_forecast.display import Shown, Table
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
        """A row a quarter: lower, median, upper (an interval of 80%), the means expired, renewed and new, then
        goal and p_reach, the chance of it (missing where none is set)."""  # fmt: skip
        ends = np.quantile(self.valid, [0.1, 0.5, 0.9], axis=0, method="inverted_cdf").astype(int)
        table = Table(dict(zip(["lower", "median", "upper"], ends, strict=True)), self.quarters)
        for name in ("expired", "renewed", "new"):
            table[name] = getattr(self, name).mean(axis=0)
        wanted = [self.goals.get(at.year) if at.quarter == 4 else None for at in self.quarters]
        table["goal"] = pd.array(wanted, "Int64")
        table["p_reach"] = [
            np.nan if goal is None else float((valid >= goal).mean())
            for goal, valid in zip(wanted, self.valid.T, strict=True)
        ]
        return table.rename_axis("quarter")

    def _face(self) -> tuple:
        return "stock", {"as_of": self.as_of, "valid": self.start, "draws": len(self.valid)}, self.table


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
    >>> stock.start, str(stock.quarters[0]), len(stock.quarters), stock.table.loc["2027Q4", "goal"]
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
    known = _by_quarter(valid, quarters), _by_quarter(lapsed, since)
    flows = _flows(new, *known, renewal, projection.forecast.units)
    return Stock(quarters, len(valid), *flows, goals, as_of)


def _goals(province: Province) -> dict[int, int]:
    """Return the province's goals of the stock by year."""
    if province.goals is None:
        return {}
    set_ = province.goals.dropna(subset=["valid"])
    return dict(zip(set_["year"].astype(int), set_["valid"].astype(int), strict=True))


def _new(projection: Projection, province: Province, quarters: pd.PeriodIndex) -> np.ndarray:
    """Return the new products of each quarter (draws, units, quarters), what is not entered yet in the first."""
    forecast = projection.forecast
    chosen = slice(None, None, -(-len(forecast.draws) // MOST))
    ahead = forecast.draws[chosen].astype(np.int64)
    new = np.zeros((*ahead.shape[:2], len(quarters)), np.int64)
    for at, month in enumerate(forecast.months):
        new[:, :, quarters.get_loc(month.asfreq("Q"))] += ahead[:, :, at]
    if forecast.late is not None:
        new[:, :, 0] += forecast.late[chosen].sum(axis=2)
    years = years_ahead(projection, province, until=quarters[-1].year)
    season = forecast.panel.sum(axis=1).groupby(forecast.panel.index.quarter).sum()
    part = season.reindex(range(1, 5), fill_value=0).to_numpy() + 1
    for place, unit in enumerate(forecast.units):
        for at, year in enumerate(years.years):
            rng = stream(projection.seed, int(year), unit, STOCK)
            split = rng.multinomial(years.draws[chosen][:, place, at], part / part.sum())
            new[:, place, quarters.year == year] += split
    return new


def _by_quarter(held: pd.DataFrame, quarters: pd.PeriodIndex) -> pd.DataFrame:
    """Count certificates by unit and rank, and the quarter in which they run out."""
    ends = held["expires"].dt.to_period("Q")
    counts = pd.crosstab([held["unit"].astype("str"), ranked(held["stars"])], ends)
    return counts.reindex(columns=quarters, fill_value=0)


def _flows(
    new: np.ndarray, due: pd.DataFrame, lapsed: pd.DataFrame, renewal: Renewal, units: pd.Index
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Add up over units and ranks what is new, renewed and run out in each quarter (draws, quarters)."""
    renewed, expired = (np.zeros((len(new), due.shape[1]), np.int64) for _ in range(2))
    for place, unit in enumerate(units):
        for rank in CLASSES:
            fresh = new[:, place] if rank == CLASSES[0] else np.zeros_like(new[:, place])
            known = [counts.reindex([(unit, rank)], fill_value=0).to_numpy()[0] for counts in (due, lapsed)]
            if fresh.any() or any(map(np.any, known)):
                again, out = _lives(fresh, *known, renewal, unit, rank, due.columns)
                renewed, expired = renewed + again, expired + out
    return new.sum(axis=1), renewed, expired


def _lives(
    new: np.ndarray,
    due: np.ndarray,
    lapsed: np.ndarray,
    renewal: Renewal,
    unit: str,
    rank: str,
    quarters: pd.PeriodIndex,
) -> tuple[np.ndarray, np.ndarray]:
    """Let one unit's certificates of one rank live on; return those renewed and run out (draws, quarters)."""
    years = quarters.year.unique()
    chance = renewal.chances(unit, rank, years)[:, years.get_indexer(quarters.year)]
    rng = stream(renewal.seed, unit, 4 + CLASSES.index(rank), STOCK)
    expired = np.tile(due, (len(new), 1))
    waiting = np.tile(lapsed, (len(new), 1))  # from `WAIT` quarters before the first
    renewed = np.zeros_like(expired)
    for at in range(len(quarters)):
        in_time = rng.binomial(expired[:, at], chance[:, at])
        waiting[:, WAIT + at] += expired[:, at] - in_time
        recent = waiting[:, at : at + WAIT]
        back = rng.binomial(recent, renewal.back[:, None])
        recent -= back
        renewed[:, at] = in_time + back.sum(axis=1)
        if at + LIFE < len(quarters):
            expired[:, at + LIFE] += new[:, at] + renewed[:, at]
    return renewed, expired
