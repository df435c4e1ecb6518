"""Rounds: what one of each level brings, and which of the planned ones come about.

A month with rounds is expected to bring ``leak + sum products n``, n rounds of each level. What a round of a
level brings is drawn to what one of any level brings, the more the fewer were held; and it is learned anew
after every break, for a break changes who decides. A past round is in the table because it was held; a
planned one may fall through, come a month late, or be joined by others that no plan named. How often, earlier
plans tell; a prior stands in for them until there are some.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from ocop_forecast.periods import to_come

from .streams import settled, thinned

ENOUGH = 6  # planned rounds whose day has passed, before a plan is followed all the way
# beta: a planned round is held, is late; another is held that no plan named
PRIOR = ((8.5, 1.5), (1.0, 9.0), (1.5, 8.5))


class PlanRecord(NamedTuple):
    """What became of the rounds that earlier plans named, and how many they did not name."""

    held: int = 0
    fallen: int = 0
    late: int = 0  # of those held, the ones a month after
    unnamed: int = 0  # held, and in no plan

    def odds(self) -> np.ndarray:
        """Return the beta parameters of a planned round held, of that late, and of one without a plan."""
        seen = ((self.held, self.fallen), (self.late, self.held - self.late), (self.unnamed, self.held))
        return np.array(PRIOR) + np.array(seen)

    @property
    def judged(self) -> bool:
        """Whether enough planned rounds have been held against what came about."""
        return self.held + self.fallen >= ENOUGH


NONE_JUDGED = PlanRecord()


class Yields(NamedTuple):
    """What rounds bring between two breaks, products."""

    products: np.ndarray  # (levels,), of one round
    leak: float  # in a month without a round
    mean: float  # in an average month
    often: np.ndarray  # (levels,), rounds held a month

    def against_mean(self, rounds: np.ndarray, part: np.ndarray) -> np.ndarray:
        """Return months (..., months) against an average one, given their rounds (..., months, levels)."""
        return (rounds @ self.products + self.leak * part) / self.mean


@dataclass(frozen=True, eq=False)
class Rounds:
    """The rounds known at the as-of date, and what they bring; of the levels that have held one."""

    held: pd.DataFrame  # columns date, level, recognised
    planned: pd.DataFrame
    record: PlanRecord
    eras: pd.PeriodIndex  # the first month of each
    yields: tuple[Yields, ...]  # in each era

    @classmethod
    def fit(
        cls,
        table: pd.DataFrame,
        total: pd.Series,
        part: np.ndarray,
        there: np.ndarray,
        *,
        as_of: pd.Period,
        breaks: Iterable[int],
        record: PlanRecord,
    ) -> "Rounds | None":
        """Fit to a province's monthly total (months,), of each month the known `part`, of its rounds `there`.

        `table` has columns date, level and recognised (products, may be missing); in the months of `breaks`
        something new began. None where no level that has held a round plans one for the rest of the year, or
        no month known lies in the years of the rounds.
        """
        past = table["date"] <= as_of.end_time
        planned = table[~past & table["level"].isin(table.loc[past, "level"])]
        if not planned["date"].dt.to_period("M").isin(to_come(as_of)).any():
            return None
        rounds = cls(table[past], planned, record, total.index[[0, *breaks]], ())
        if not (inside := rounds.covers(total.index)).any():
            return None
        return cls(
            table[past],
            planned,
            record,
            rounds.eras,
            rounds._yields(total[inside], part[inside], there[inside]),
        )

    def _yields(self, total: pd.Series, part: np.ndarray, there: np.ndarray) -> tuple[Yields, ...]:
        """Return what rounds bring in each era, drawn to what one of any level and era brings.

        One more round of each level that brought what any does, and one more month that brought a quarter of
        an average one without a round, keep it finite whatever happened.
        """
        counts = _counts(self.held, total.index, self.levels) * there[:, None]
        era, rounds = self._era(total.index), self._weighed()
        leak = self._leak(total, part, rounds)
        by_level = rounds.groupby(["month", "level"])["weight"].sum().unstack(fill_value=0.0)
        share = by_level.div(by_level.sum(axis=1), axis=0).reindex(index=total.index, columns=self.levels)
        came = share.fillna(0.0).mul((total - leak * part).clip(lower=0), axis=0)
        any_level = (came.to_numpy().sum() + total.mean()) / (counts.sum() + 1)
        return tuple(
            _of_era(came[own].sum().to_numpy(), any_level, leak, counts[own].sum(axis=0), part[own].sum())
            for own in (era == at for at in range(len(self.eras)))
        )

    def _weighed(self) -> pd.DataFrame:
        """Return the rounds held with month and weight: the office's figures of a month, or all alike."""
        month = self.held["date"].dt.to_period("M")
        known = self.held["recognised"].notna().groupby(month).transform("all")
        weight = self.held["recognised"].where(known, 1.0).astype(float) + 1e-6  # a month's may all be 0
        return self.held.assign(month=month, known=known, weight=weight)

    def _leak(self, total: pd.Series, part: np.ndarray, rounds: pd.DataFrame) -> float:
        """Return what comes in a month beside its rounds, from months without any or with known figures."""
        by_month = rounds.groupby("month").agg(known=("known", "all"), named=("weight", "sum"))
        by_month = by_month.reindex(total.index).fillna({"known": True, "named": 0.0})
        told = by_month["known"].to_numpy(bool)
        beside = (total - by_month["named"]).clip(lower=0)[told].sum()
        return float((beside + total.mean() / 4) / (part[told].sum() + 1))

    @property
    def levels(self) -> list[str]:
        """The levels that have held a round."""
        return sorted(self.held["level"].unique())

    def covers(self, months: pd.PeriodIndex) -> np.ndarray:
        """Return whether each month is in the years from the first round to the last."""
        years = pd.concat([self.held, self.planned])["date"].dt.year
        return np.asarray((months.year >= years.min()) & (months.year <= years.max()))

    def observed(self, months: pd.PeriodIndex, part: np.ndarray, there: np.ndarray) -> np.ndarray:
        """Return past months (months,) against an average one of their era, as far as they are `there`."""
        counts = _counts(self.held, months, self.levels) * there[:, None]
        by_era = np.array([yields.against_mean(counts, part) for yields in self.yields])
        return by_era[self._era(months), np.arange(len(months))]

    def coming(
        self, months: pd.PeriodIndex, part: np.ndarray, draws: int, rng: np.random.Generator
    ) -> np.ndarray:
        """Draw how many rounds of each level come about in the months ahead (draws, months, levels).

        How often a planned round is held, and late, and how often one is held that no plan named, is drawn
        once a draw. A late one of the last month comes too late.
        """
        odds = self.record.odds()
        held, late, unnamed = (settled(rng.beta(yes, no, draws))[:, None, None] for yes, no in odds)
        planned = _counts(self.planned, months, self.levels)
        came = thinned(np.repeat(planned[None], draws, axis=0), held, rng)
        moved = thinned(came, late, rng)
        came -= moved
        came[:, 1:] += moved[:, :-1]
        return came + rng.poisson(settled(unnamed * self.yields[-1].often * part[:, None]))

    def _era(self, months: pd.PeriodIndex) -> np.ndarray:
        return np.maximum(self.eras.searchsorted(months, side="right") - 1, 0)


def _of_era(came: np.ndarray, any_level: float, leak: float, held: np.ndarray, months: float) -> Yields:
    """Return the yields of an era, from what each level's rounds brought and how many were held."""
    products = ((came + any_level) / (held + 1)).round(4)
    months = max(months, 1e-9)
    mean = (held @ products + leak * months) / months
    return Yields(products, round(float(leak), 4), round(float(mean), 4), held / months)


def judge(
    plans: Iterable[tuple[pd.Period, pd.DataFrame]], held: pd.DataFrame, as_of: pd.Period
) -> PlanRecord:
    """Hold the rounds that earlier plans named against those held by the end of the month before `as_of`.

    Each of `plans` is the day or month up to which it was known and its planned rounds; every month is judged
    by the last plan before it. Of `held` and of planned rounds the columns date and level count.

    Examples
    --------
    >>> october, november = (pd.to_datetime([day]) for day in ("2024-10-30", "2024-11-30"))
    >>> planned = pd.DataFrame({"date": october.append(november), "level": "district"})
    >>> held = pd.DataFrame({"date": november, "level": "district"})
    >>> judge([(pd.Period("2024-09"), planned)], held, pd.Period("2024-12"))
    PlanRecord(held=1, fallen=1, late=0, unnamed=0)
    """
    plans = sorted(plans, key=lambda plan: plan[0].end_time)
    last, first = to_come(as_of)[0] - 1, plans[0][0].asfreq("M") + 1 if plans else to_come(as_of)[0]
    months, known = pd.period_range(first, last, freq="M"), [at.asfreq("M") for at, _ in plans]
    if len(months) < 2:  # a round of the last month may still come late
        return NONE_JUDGED
    levels = sorted({*held["level"]}.union(*(plan["level"] for _, plan in plans)))
    took, of_month = _counts(held, months, levels), pd.PeriodIndex(known).searchsorted(months) - 1
    by_plan = np.array([_counts(plan, months, levels) for _, plan in plans])
    named = by_plan[of_month, np.arange(len(months))]
    on_time = np.minimum(named, took)
    missed, extra = named - on_time, took - on_time
    late = int(np.minimum(missed[:-1], extra[1:]).sum())
    fallen, unnamed = int(missed[:-1].sum()) - late, int(extra.sum()) - late
    return PlanRecord(int(on_time.sum()) + late, fallen, late, unnamed)


def _counts(table: pd.DataFrame, months: pd.PeriodIndex, levels: list[str]) -> np.ndarray:
    """Count the rounds of each level in each month (months, levels)."""
    counts = pd.crosstab(table["date"].dt.to_period("M"), table["level"])
    return counts.reindex(index=months, columns=levels, fill_value=0).to_numpy()
