"""The calendar: the covariates of each month, observed or to come."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ocop_forecast.periods import known_part, to_come

from .counts import KEPT
from .late import Delays, entered
from .season import RoundEffect, Season, fit_rounds, fit_season
from .total import Covariates

NO_MONTHS = pd.PeriodIndex([], freq="M")


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
    dates: pd.DatetimeIndex  # of rounds
    rounds: RoundEffect | None
    delays: Delays | None = None  # of entries; None where all is entered

    @classmethod
    def fit(
        cls,
        total: pd.Series,
        as_of: pd.Period,
        targets: pd.DataFrame,
        dates: pd.DatetimeIndex,
        breaks: tuple[int, ...],
        delays: Delays | None = None,
    ) -> "Calendar":
        """Fit season and rounds to the province's monthly total; what lies before a break counts half."""
        months, there = total.index, entered(delays, total.index, as_of)
        part = _known_parts(months, as_of) * there
        weight = np.ones(len(total))
        for month in breaks:
            weight[:month] *= KEPT
        calendar = cls(as_of, fit_season(total, part, weight), targets, dates, None, delays)
        in_years = calendar._in_years_of_rounds(months)
        if not (in_years.any() and calendar._rounds_in(to_come(as_of), ahead=True).any()):
            return calendar
        held = (calendar._rounds_in(months, ahead=False) * there)[in_years]
        return replace(calendar, rounds=fit_rounds(total.to_numpy()[in_years], held, part[in_years]))

    def observed(self, months: pd.PeriodIndex) -> Covariates:
        """Return the covariates of observed months, as far as they are entered."""
        return self._so_far(months, entered(self.delays, months, self.as_of))

    def future(self, months: pd.PeriodIndex, late: pd.PeriodIndex = NO_MONTHS) -> Covariates:
        """Return the covariates of months entered late, as if nothing of them were, and of months to come.

        Of a begun month they are those of its rest.
        """
        known = _known_parts(months, self.as_of)
        part = np.where(known < 1, 1 - known, 1.0)
        ahead = self._covariates(months, part, self._rounds_in(months, ahead=True))
        both = zip(self._so_far(late, np.ones(len(late))), ahead, strict=True)
        return Covariates(*map(np.concatenate, both))

    def late(self, year: int) -> pd.PeriodIndex:
        """Return the months of a year, up to the as-of date, that are not entered in full."""
        months = pd.period_range(f"{year}-01", self.as_of.asfreq("M"), freq="M")
        return months[(months.year == year) & (entered(self.delays, months, self.as_of) < 1)]

    def variance(self, months: pd.PeriodIndex) -> float:
        """Return the relative variance of summed month factors; two Decembers err alike."""
        weight = np.bincount(months.month - 1, minlength=12) * self.season.factor
        return (weight**2 * self.season.variance).sum() / weight.sum() ** 2

    def _so_far(self, months: pd.PeriodIndex, part: np.ndarray) -> Covariates:
        """Return the covariates of a part of observed months."""
        known = _known_parts(months, self.as_of)
        return self._covariates(months, part * known, part * self._rounds_in(months, ahead=False))

    def _covariates(self, months: pd.PeriodIndex, part: np.ndarray, rounds: np.ndarray) -> Covariates:
        factor = self.season.factor[months.month - 1] * part
        by_rounds = factor
        if self.rounds is not None:
            by_rounds = np.where(self._in_years_of_rounds(months), self.rounds.expected(rounds, part), factor)
        years = (months.astype("int64") - self.as_of.asfreq("M").ordinal).to_numpy() / 12
        return Covariates(factor, by_rounds, years, self._ratio(months))

    def _in_years_of_rounds(self, months: pd.PeriodIndex) -> np.ndarray:
        """Return whether each month is in the years from the first round to the last."""
        years = self.dates.year
        return np.isin(months.year, np.arange(years.min(), years.max() + 1) if len(years) else [])

    def _rounds_in(self, months: pd.PeriodIndex, *, ahead: bool) -> np.ndarray:
        """Return how many rounds lie in each month: those ahead of the as-of date, or those up to it."""
        dates = self.dates[(self.dates > self.as_of.end_time) == ahead].to_period("M")
        return dates.value_counts().reindex(months, fill_value=0).to_numpy(float)

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
