"""The calendar: what is known of each month beside its counts, and where the months to come begin."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ocop_forecast.periods import known_part, to_come

from .counts import KEPT
from .season import Rounds, Season, fit_rounds, fit_season
from .total import Months


def breaks_in(dates: pd.DatetimeIndex, months: pd.PeriodIndex) -> tuple[int, ...]:
    """Return which of the months began something new: those whose first day is nearest to the dates.

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
    """What is known of each month: how much of it has gone, its season, its rounds, its year's targets."""

    as_of: pd.Period
    season: Season
    targets: pd.DataFrame  # years x units, missing where there is none
    dates: pd.DatetimeIndex  # of rounds
    rounds: Rounds | None

    @classmethod
    def of(cls, total: pd.Series, as_of: pd.Period, targets: pd.DataFrame, dates, breaks) -> "Calendar":
        """Learn season and rounds from the province's monthly total; what lies before a break counts half."""
        months, part = total.index, _gone(total.index, as_of)
        weight = np.ones(len(total))
        for month in breaks:
            weight[:month] *= KEPT
        calendar = cls(as_of, fit_season(total, part, weight), targets, dates, None)
        told, planned = calendar._told(months), calendar._rounds_ahead(to_come(as_of))
        if not (told.any() and planned.any()):
            return calendar
        held = calendar._rounds_known(months)[told]
        return replace(calendar, rounds=fit_rounds(total.to_numpy()[told], held, part[told]))

    def known(self, months: pd.PeriodIndex) -> Months:
        """Return what tells known months from each other."""
        return self._months(months, _gone(months, self.as_of), self._rounds_known(months))

    def ahead(self, months: pd.PeriodIndex) -> Months:
        """Return what tells the months still to come from each other."""
        gone = _gone(months, self.as_of)
        return self._months(months, np.where(gone < 1, 1 - gone, 1.0), self._rounds_ahead(months))

    def doubt(self, months: pd.PeriodIndex) -> float:
        """Return the relative variance of summed month factors; two Decembers err alike."""
        often = np.bincount(months.month - 1, minlength=12) * self.season.factor
        return (often**2 * self.season.doubt).sum() / often.sum() ** 2

    def _months(self, months, part, rounds):
        factor = self.season.factor[months.month - 1] * part
        calendar = factor
        if self.rounds is not None:
            calendar = np.where(self._told(months), self.rounds.expected(rounds, part), factor)
        years = (months.astype("int64") - self.as_of.asfreq("M").ordinal).to_numpy() / 12
        return Months(factor, calendar, years, self._ratio(months))

    def _told(self, months):
        """Return of which months the rounds' calendar speaks: the years from its first round to its last."""
        years = self.dates.year
        return np.isin(months.year, np.arange(years.min(), years.max() + 1) if len(years) else [])

    def _rounds_known(self, months):
        return _by_month(self.dates[self.dates <= self.as_of.end_time], months)

    def _rounds_ahead(self, months):
        return _by_month(self.dates[self.dates > self.as_of.end_time], months)

    def _ratio(self, months):
        """Return R, a year's targets against the same units' usual ones; 1 with under 3 years."""
        yearly = self.targets.mean(axis=1).dropna()
        if len(yearly) < 3:
            return np.ones(len(months))
        usual = self.targets.notna().mul(self.targets.mean()).where(self.targets.notna()).mean(axis=1)
        ratio = (yearly + 0.5) / (usual[yearly.index] + 0.5)
        return ratio.reindex(months.year, fill_value=1.0).to_numpy()


def _gone(months, as_of):
    """Return the part of each month that is known, if any of it is."""
    return np.where(months == as_of.asfreq("M"), known_part(as_of), 1.0)


def _by_month(dates, months):
    """Return how many of the dates lie in each month."""
    return dates.to_period("M").value_counts().reindex(months, fill_value=0).to_numpy(float)
