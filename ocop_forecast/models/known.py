"""What a forecast is made from: a province's counts and plans, known up to a day, now or in the past."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from ocop_forecast.periods import passed, year_ahead
from ocop_forecast.tables.province import Province

from .forecast import Forecast
from .late import Delays, learn
from .panel import targets_by_year
from .pipeline import Pipeline
from .reference import Record
from .rounds import NONE_JUDGED, PlanRecord, judge
from .trend import TrendModel, TrendResults

CLOSED = 4  # months after which last year's rounds are over


class Past(NamedTuple):
    """What an earlier run knew: its forecast, and its table of rounds if it had one."""

    forecast: Forecast
    rounds: pd.DataFrame | None = None


@dataclass(frozen=True, eq=False)
class Plans:
    """Products by the plan that they count to.

    Attributes
    ----------
    counts : DataFrame, months x years
        Products newly recognised a month (of the decision), by the year of their plan.
    real : Series
        Whether the products of a year are mostly no reconstruction; index years.
    """

    counts: pd.DataFrame
    real: pd.Series

    @classmethod
    def of_panel(cls, panel: pd.DataFrame) -> "Plans":
        """Take every product as one of its calendar year's plan."""
        counts = pd.get_dummies(panel.index.year).set_axis(panel.index).mul(panel.sum(axis=1), axis=0)
        return cls(counts.astype(int), pd.Series(True, counts.columns))

    @classmethod
    def of_register(cls, register: pd.DataFrame, months: pd.PeriodIndex) -> "Plans":
        """Take the plan's year from a register, as in `Province`; where it is blank, the decision's."""
        new = register[register["event"] == "new"]
        decided, made_up = new["decision_date"].dt.to_period("M"), new["origin"] == "reconstructed"
        years = new["programme_year"].fillna(decided.dt.year).astype(int)
        counts = pd.crosstab(decided, years).reindex(months, fill_value=0)
        return cls(counts, made_up.groupby(years).mean() < 0.5)

    def at(self, origin: pd.Period) -> "Plans":
        """Return what was known at a past month end."""
        return Plans(self.counts[:origin], self.real)

    def record(self, target: pd.Series, as_of: pd.Period) -> Record:
        """Return the years whose plan is over and known whole, with what came of their targets."""
        over = year_ahead(as_of) - (1 if months_passed(as_of) >= CLOSED else 2)
        years = [year for year in target.index if year <= over and self._whole(year)]
        months = [np.append(self._months(year), self._late(year)) for year in years]
        return Record(target.reindex(years).to_numpy(float), np.array(months, float).reshape(-1, 13))

    def so_far(self, year: int) -> int:
        """Return the products of a plan known so far."""
        return int(self.counts[year].sum()) if year in self.counts else 0

    def _whole(self, year: int) -> bool:
        first = pd.Period(f"{year}-01", "M")
        return first >= self.counts.index[0] and bool(self.real.get(year, self.counts.to_numpy().any()))

    def _months(self, year: int) -> np.ndarray:
        own = self.counts.get(year, pd.Series(0, self.counts.index))
        return own.reindex(pd.period_range(f"{year}-01", f"{year}-12", freq="M"), fill_value=0).to_numpy()

    def _late(self, year: int) -> float:
        return float(self.counts[year][self.counts.index.year > year].sum()) if year in self.counts else 0.0


@dataclass(frozen=True, eq=False)
class Known:
    """The data of a forecast's sources, up to `as_of`; `Known.of` takes them from a province."""

    panel: pd.DataFrame
    as_of: pd.Period
    targets: pd.DataFrame | None = None
    rounds: pd.DataFrame | None = None
    breaks: pd.DataFrame | None = None
    visits: pd.DataFrame | None = None
    count_by: str = "decision"  # as in `read_province`
    plans: Plans | None = None  # without it every product is one of its calendar year's plan
    past: dict[pd.Period, "Known"] = field(default_factory=dict)  # known at past month ends, each once
    delays: Delays | None = None  # of entries; past months are entered in full
    judged: PlanRecord = NONE_JUDGED  # what became of planned rounds

    @classmethod
    def of(cls, province: Province, earlier: Iterable[Past] = ()) -> "Known":
        """Take the data from a province; from `earlier` runs how late entries are, and which plans held."""
        tables = (province.targets, province.rounds, province.breaks)
        plans = Plans.of_register(province.register, province.panel.index)
        runs = [*earlier]
        late, judged = delays_of(province, (run.forecast for run in runs)), judged_of(province, runs)
        return cls(
            *(province.panel, province.as_of, *tables, province.visits, province.count_by, plans),
            past=_past_of(province),
            delays=late,
            judged=judged,
        )

    def trend(self) -> TrendResults:
        """Return the fitted trend, which is fitted once."""
        return self._trend

    @cached_property
    def _trend(self) -> TrendResults:
        return self._model.fit()

    def yearly(self) -> TrendResults:
        """Return the trend fitted to past windows of a year, for whole years to come; it is fitted once."""
        return self._yearly

    @cached_property
    def _yearly(self) -> TrendResults:
        return self._model.fit(left=12)

    @property
    def _model(self) -> TrendModel:
        terms = {"as_of": self.as_of, "rounds": self.rounds, "breaks": self.breaks}
        targets, first = self.targets, self.panel.index[0].year
        if targets is not None and not targets["year"].between(first, year_ahead(self.as_of)).any():
            targets = None  # those of other years alone say nothing here
        return TrendModel(self.panel, targets, **terms, judged=self.judged, delays=self.delays)

    def pipeline(self) -> Pipeline:
        """Return the pipeline of the open dossiers, which is fitted once."""
        return self._pipeline

    @cached_property
    def _pipeline(self) -> Pipeline:
        return Pipeline.fit(self.visits, self.as_of, self.rounds)

    def at(self, origin: pd.Period) -> "Known":
        """Return the data known at a past month end, the same each time, so that all is fitted to it once.

        No register tells the rounds planned then.
        """
        now, then = self._at(origin), self.past.get(origin)
        if then is None or not now._says(then):
            then = self.past[origin] = now
        return then

    def _says(self, other: "Known") -> bool:
        """Whether two of one time say the same, as far as it could be known then."""
        if (self.plans is None) != (other.plans is None) or self.count_by != other.count_by:
            return False
        pairs = [(self.panel, other.panel), (self.targets, other.targets), (self.breaks, other.breaks)]
        if self.plans is not None and other.plans is not None:
            pairs += [(self.plans.counts, other.plans.counts), (self.plans.real, other.plans.real)]
        if self.visits is not other.visits:
            pairs.append((_seen(self.visits, self.as_of), _seen(other.visits, self.as_of)))
        return all(one is two or (one is not None and one.equals(two)) for one, two in pairs)

    def _at(self, origin: pd.Period) -> "Known":
        told = self.targets
        targets = None if told is None else told[told["year"] <= year_ahead(origin)]
        plans = None if self.plans is None else self.plans.at(origin)
        terms = (targets, None, self.breaks, self.visits, self.count_by, plans, self.past)
        return Known(self.panel[:origin], origin, *terms)

    @property
    def by_plan(self) -> Plans:
        """The products by the plan that they count to."""
        return Plans.of_panel(self.panel) if self.plans is None else self.plans

    @property
    def province_targets(self) -> pd.Series:
        """The province's targets, index years: the sum of the units'."""
        total = targets_by_year(self.targets).reindex(columns=self.panel.columns).sum(axis=1)
        return total[total > 0].round().astype(int)


def _seen(visits: pd.DataFrame | None, as_of: pd.Period) -> pd.DataFrame | None:
    """Return the visits as they were known at the end of `as_of`."""
    if visits is None:
        return None
    seen = visits[visits["entered"] <= as_of.end_time]
    still = ~(seen["left"] <= as_of.end_time)
    told = seen.assign(left=seen["left"].mask(still), exit=seen["exit"].mask(still, ""))
    return told.reset_index(drop=True)


@lru_cache(maxsize=4)
def _past_of(province: Province) -> dict[pd.Period, Known]:
    """Return where all that is known of one province keeps what is fitted to its past."""
    return {}


def judged_of(province: Province, runs: Iterable[Past]) -> PlanRecord:
    """Return what became of the rounds that earlier runs had in their tables as planned."""
    plans = [(one.forecast.as_of, one.rounds) for one in runs if one.rounds is not None]
    if province.rounds is None:
        return NONE_JUDGED
    named = [(as_of, table[table["status"] == "planned"]) for as_of, table in plans]
    return judge(named, province.rounds[province.rounds["status"] == "held"], province.as_of)


def delays_of(province: Province, earlier: Iterable[Forecast]) -> Delays | None:
    """Return how late entries are, as `learn` does, from months that are no reconstruction.

    By programme year a December gains what is decided after it: that is not late.
    """
    months, plans = province.panel.index, Plans.of_register(province.register, province.panel.index)
    real = plans.real.reindex(months.year, fill_value=True).to_numpy(dtype=bool)
    closed = (months.month < 12) | (province.count_by == "decision")
    return learn(province.panel[real & closed], province.as_of, earlier)


def months_passed(as_of: pd.Period) -> float:
    """Return how many months of the year ahead have passed.

    Examples
    --------
    >>> [months_passed(pd.Period(day)) for day in ("2024-09", "2024-09-12", "2024-12")]
    [9.0, 8.4, 0.0]
    """
    return 0.0 if as_of.freqstr == "M" and as_of.month == 12 else passed(as_of)
