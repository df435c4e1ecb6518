"""Past years at this time of the year: what there was then, and what the whole year brought."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from ocop_forecast.models.forecast import Forecast

LATEST = 3  # years that are looked back at


class Then(NamedTuple):
    """A past year: its products up to the end of `month`, and those of all its months."""

    year: int
    month: pd.Period
    so_far: int
    total: int


def past_years(forecast: Forecast, unit: str | None = None) -> tuple[Then, ...]:
    """Look back at the latest years that are known whole, the earliest first.

    They are cut where the forecast begins: at the end of the last month that it knows whole. Before the first
    month of a year and after its last there is nothing to compare.

    Parameters
    ----------
    forecast : Forecast
        Its panel holds the past.
    unit : str, optional
        A unit's code; without one all units together.

    Returns
    -------
    tuple of Then
        `LATEST` at most; counts in products.

    Examples
    --------
    >>> import numpy as np
    >>> months = pd.period_range("2023-01", "2024-09", freq="M")
    >>> panel = pd.DataFrame({"389": [0] * 10 + [1, 2] + [0] * 9}, months)
    >>> to_come = pd.period_range("2024-10", "2024-12", freq="M")
    >>> forecast = Forecast(panel, to_come, np.zeros((1, 1, 3), int))
    >>> [(then.year, then.so_far, then.total) for then in past_years(forecast)]
    [(2023, 0, 3)]
    """
    as_of = forecast.as_of
    last = as_of if as_of.freqstr == "M" else as_of.asfreq("M") - 1
    if last.year != forecast.year or last.month == 12:
        return ()
    counts = forecast.panel.sum(axis=1) if unit is None else forecast.panel[unit]
    return years_by(counts, last.month, before=forecast.year, latest=LATEST)


def years_by(counts: pd.Series, month: int, *, before: int, latest: int) -> tuple[Then, ...]:
    """Cut the `latest` whole years of a unit's monthly counts, all before a year, at the end of a month."""
    years, begin, months = np.unique(counts.index.year, return_index=True, return_counts=True)
    whole = begin[(years < before) & (months == 12)][-latest:]
    return tuple(_then(counts.iloc[start : start + 12], month) for start in whole)


def _then(counts: pd.Series, month: int) -> Then:
    y = counts.to_numpy()
    return Then(counts.index[0].year, counts.index[month - 1], int(y[:month].sum()), int(y.sum()))
