"""The calendar: the covariates of each month, observed or to come."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ocop_forecast.periods import known_part, year_ahead

from .counts import HALF
from .late import Delays, entered
from .rounds import PlanRecord, Rounds
from .season import Season, fit_season
from .streams import ROUNDS, stream
from .total import FOLLOWED, Covariates

NO_MONTHS = pd.PeriodIndex([], freq="M")
PLANS = 200  # draws of which planned rounds come about, for what is expected


def breaks_in(dates: pd.DatetimeIndex, months: pd.PeriodIndex) -> tuple[int, ...]:
    """Return the places of the months that begin after a break: those whose first day is nearest to a date.

    Examples
    --------
    >>> months = pd.period_range("2023-01", periods=6, freq="M")
    >>> breaks_in(pd.DatetimeIndex(["2023-02-24", "2023-04-06", "2022-05-01", "2025-07-06"]), months)
    (2, 3)
    """
    late = 2 * (dates.day - 1) >= dates.days_in_month
    at = months.get_indexer(dates.to_period("M") + late.astype(int))
    return tuple(sorted({int(month) for month in at if month > 0}))


@dataclass(frozen=True, eq=False)
class Calendar:
    """What is known of each month beside its counts: the season, the rounds, the year's targets."""

    as_of: pd.Period
    season: Season
    targets: pd.DataFrame  # years x units, missing where there is none
    rounds: Rounds | None  # None where none is planned
    delays: Delays | None = None  # of entries; None where all is entered

    @classmethod
    def fit(
        cls,
        total: pd.Series,
        as_of: pd.Period,
        targets: pd.DataFrame,
        rounds: pd.DataFrame,
        breaks: tuple[int, ...],
        record: PlanRecord,
        delays: Delays | None = None,
    ) -> "Calendar":
        """Fit season and rounds to the province's monthly total; what lies before a break counts half."""
        there = entered(delays, total.index, as_of)
        part = _known_parts(total.index, as_of) * there
        weight = np.ones(len(total))
        for month in breaks:
            weight[:month] *= HALF
        fitted = Rounds.fit(rounds, total, part, there, as_of=as_of, breaks=breaks, record=record)
        return cls(as_of, fit_season(total, part, weight), targets, fitted, delays)

    @property
    def followed(self) -> tuple[float, ...]:
        """How far the rounds may be followed: not all the way before plans have been judged."""
        if self.rounds is None:
            return FOLLOWED[:1]
        return FOLLOWED if self.rounds.record.judged else FOLLOWED[:2]

    def observed(self, months: pd.PeriodIndex) -> Covariates:
        """Return the covariates of observed months, as far as they are entered."""
        return self._so_far(months, entered(self.delays, months, self.as_of))

    def future(
        self,
        months: pd.PeriodIndex,
        late: pd.PeriodIndex = NO_MONTHS,
        *,
        seed: int = 0,
        draws: int = PLANS,
    ) -> Covariates:
        """Return the covariates of months entered late, as if nothing of them were, and of months to come.

        Of a begun month they are those of its rest. Where rounds are planned, theirs are `draws` draws of
        those that come about (draws, months).
        """
        part, past = self._ahead(months), self._so_far(late, np.ones(len(late)))
        factor = self._factor(months, part)
        rounds = factor
        if self.rounds is not None:
            coming = self._coming(self.rounds, months, seed, draws)
            rounds = self.rounds.yields[-1].against_mean(coming, part)
        ahead = self._where_covered(months, rounds, factor)
        before = np.broadcast_to(past.rounds, (*ahead.shape[:-1], len(late)))
        return Covariates(
            np.append(past.factor, factor),
            np.concatenate([before, ahead], axis=-1),
            np.append(past.ratio, self._ratio(months)),
        )

    def late(self, year: int) -> pd.PeriodIndex:
        """Return the months of a year, up to the as-of date, that are not entered in full."""
        months = pd.period_range(f"{year}-01", self.as_of.asfreq("M"), freq="M")
        return months[(months.year == year) & (entered(self.delays, months, self.as_of) < 1)]

    def with_round(self, months: pd.PeriodIndex, seed: int, draws: int) -> np.ndarray | None:
        """Return whether a round comes about in months to come (draws, months); None where none is planned.

        They are those of `future` under the same seed and draws.
        """
        if self.rounds is None:
            return None
        return self._coming(self.rounds, months, seed, draws).sum(axis=2) > 0

    def _coming(self, rounds: Rounds, months: pd.PeriodIndex, seed: int, draws: int) -> np.ndarray:
        return rounds.coming(months, self._ahead(months), draws, stream(seed, year_ahead(self.as_of), ROUNDS))

    def _ahead(self, months: pd.PeriodIndex) -> np.ndarray:
        """Return the part of each month that is still to come."""
        known = _known_parts(months, self.as_of)
        return np.where(known < 1, 1 - known, 1.0)

    def variance(self, months: pd.PeriodIndex) -> float:
        """Return the relative variance of summed month factors; two Decembers err alike."""
        weight = np.bincount(months.month - 1, minlength=12) * self.season.factor
        return (weight**2 * self.season.variance).sum() / weight.sum() ** 2

    def _so_far(self, months: pd.PeriodIndex, there: np.ndarray) -> Covariates:
        """Return the covariates of the part of observed months that is `there`."""
        part = there * _known_parts(months, self.as_of)
        factor = self._factor(months, part)
        rounds = factor if self.rounds is None else self.rounds.observed(months, part, there)
        return Covariates(factor, self._where_covered(months, rounds, factor), self._ratio(months))

    def _factor(self, months: pd.PeriodIndex, part: np.ndarray) -> np.ndarray:
        return self.season.factor[months.month - 1] * part

    def _where_covered(self, months: pd.PeriodIndex, rounds: np.ndarray, factor: np.ndarray) -> np.ndarray:
        """Return what the rounds say, and the month factors in years of which the table says nothing."""
        return factor if self.rounds is None else np.where(self.rounds.covers(months), rounds, factor)

    def _ratio(self, months: pd.PeriodIndex) -> np.ndarray:
        """Return R, a year's targets against the same units' usual ones; 1 with under 3 years."""
        yearly = self.targets.mean(axis=1).dropna()
        if len(yearly) < 3:
            return np.ones(len(months))
        usual = self.targets.notna().mul(self.targets.mean()).where(self.targets.notna()).mean(axis=1)
        ratio = (yearly + 0.5) / (usual[yearly.index] + 0.5)
        return ratio.reindex(months.year, fill_value=1.0).to_numpy()


def _known_parts(months: pd.PeriodIndex, as_of: pd.Period) -> np.ndarray:
    """Return the known part of each month, 1 for one that is not the as-of date's."""
    return np.where(months == as_of.asfreq("M"), known_part(as_of), 1.0)
