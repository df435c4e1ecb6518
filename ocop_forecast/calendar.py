"""The calendar: what is known of each month beside its counts, and where the months to come begin."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .counts import KEPT
from .keys import to_come
from .season import Rounds, Season, fit_rounds, fit_season
from .total import Months


def breaks_in(dates: pd.DatetimeIndex, months: pd.PeriodIndex) -> tuple[int, ...]:
    """Return which of the months began something new: those whose start is nearest to the dates.

    Examples
    --------
    >>> months = pd.period_range("2023-01", periods=6, freq="M")
    >>> breaks_in(pd.DatetimeIndex(["2023-02-24", "2023-04-06", "2022-05-01", "2025-07-06"]), months)
    (2, 3)
    """
    at = months.get_indexer((dates + pd.Timedelta(days=15)).to_period("M"))
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
        part, bare = _gone(total.index, as_of), cls(as_of, None, targets, dates, None)
        weight = np.prod([np.where(np.arange(len(total)) < at, KEPT, 1.0) for at in breaks], axis=0)
        season = fit_season(total, part, weight * np.ones(len(total)))
        told, planned = bare._told(total.index), bare._rounds_ahead(to_come(as_of)).any()
        if not (planned and told.any()):
            return cls(as_of, season, targets, dates, None)
        y, held = total.to_numpy()[told], bare._rounds_known(total.index)[told]
        return cls(as_of, season, targets, dates, fit_rounds(y, held, part[told]))

    def known(self, months: pd.PeriodIndex) -> Months:
        """Return what tells known months from each other."""
        return self._months(months, _gone(months, self.as_of), self._rounds_known(months))

    def ahead(self, months: pd.PeriodIndex) -> Months:
        """Return what tells the months still to come from each other."""
        return self._months(months, 1 - _gone(months, self.as_of) % 1, self._rounds_ahead(months))

    def doubt(self, months: pd.PeriodIndex) -> float:
        """Return the relative variance of summed month factors; two Decembers err alike."""
        often = np.bincount(months.month - 1, minlength=12) * self.season.factor
        return (often**2 * self.season.doubt).sum() / often.sum() ** 2

    def _months(self, months, part, held):
        factor = self.season.factor[months.month - 1] * part
        told = self._told(months) if self.rounds else np.zeros(len(months), bool)
        rounds = np.where(told, self.rounds.expected(held, part), factor) if self.rounds else factor
        years = (months.astype("int64") - self.as_of.asfreq("M").ordinal).to_numpy() / 12
        return Months(factor, rounds, years, self._ratio(months))

    def _told(self, months):
        """Return of which months the rounds' calendar speaks: the years from its first round to its last."""
        years = self.dates.year
        return np.isin(months.year, np.arange(years.min(), years.max() + 1) if len(years) else [])

    def _rounds_known(self, months):
        return _by_month(self.dates[self.dates <= self.as_of.end_time], months)

    def _rounds_ahead(self, months):
        return _by_month(self.dates[self.dates > self.as_of.end_time], months)

    def _ratio(self, months):
        """Return R, the mean target of a month's year against all years'; 1 with under 3 such years."""
        yearly = self.targets.mean(axis=1).dropna()
        if len(yearly) < 3:
            return np.ones(len(months))
        return ((yearly + 0.5) / (yearly.mean() + 0.5)).reindex(months.year, fill_value=1.0).to_numpy()


def _gone(months, as_of):
    """Return the part of each month that is known, if any of it is."""
    part = as_of.day / as_of.days_in_month if as_of.freqstr == "D" else 1.0
    return np.where(months == as_of.asfreq("M"), part, 1.0)


def _by_month(dates, months):
    """Return how many of the dates lie in each month."""
    return dates.to_period("M").value_counts().reindex(months, fill_value=0).to_numpy(float)
