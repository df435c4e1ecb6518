"""What an expert knows of the councils: that one is cancelled, or that a sitting takes only so many dossiers.

Both are constraints of the same draws: products are decided later than drawn, and never earlier or more of
them. What a cancelled month would have brought waits for the next month with a planned round, or is lost to
the year. A month takes no more than its planned rounds times the capacity, one round where none is planned;
the rest waits likewise, and what waits after the last planned round falls into the next year. Which units'
products wait is chosen by systematic sampling: each unit keeps its part, up to one product.
"""

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pandas as pd

from ocop_forecast.models.forecast import Forecast
from ocop_forecast.models.streams import SITTINGS, stream


def planned(forecast: Forecast, rounds: pd.DataFrame | None) -> pd.Series:
    """Count the planned rounds of each month still to come; one a month where none is planned at all.

    Parameters
    ----------
    forecast : Forecast
        Whose months are meant.
    rounds : DataFrame, optional
        As in `Province`.

    Returns
    -------
    Series
        Index the months to come, values rounds.
    """
    if rounds is None or not (rounds["status"] == "planned").any():
        return pd.Series(1, forecast.months)
    months = rounds.loc[rounds["status"] == "planned", "date"].dt.to_period("M")
    return months.value_counts().reindex(forecast.months, fill_value=0)


def constrained(
    forecast: Forecast,
    sittings: pd.Series,
    seed: int,
    *,
    cancelled: Collection[pd.Period] = (),
    lost: bool = False,
    capacity: int | None = None,
) -> Forecast:
    """Let the draws' products be decided when councils can.

    Parameters
    ----------
    forecast : Forecast
        What is drawn without constraints.
    sittings : Series
        As from `planned`.
    seed : int
        Of which products wait.
    cancelled : collection of Period
        Months whose councils do not sit.
    lost : bool
        Whether what these would have brought is lost to the year, and does not wait.
    capacity : int, optional
        Products of the province that one sitting takes.

    Returns
    -------
    Forecast
        Within each draw no unit has more by the end of any month than in `forecast`.

    Examples
    --------
    >>> panel = pd.DataFrame({"380": [0], "389": [0]}, pd.period_range("2024-09", periods=1, freq="M"))
    >>> months = pd.period_range("2024-10", "2024-12", freq="M")
    >>> forecast = Forecast(panel, months, np.array([[[4, 0, 1], [2, 0, 1]]]))
    >>> constrained(forecast, planned(forecast, None), 1, capacity=3).draws.sum(axis=1).tolist()
    [[3, 3, 2]]
    >>> constrained(forecast, planned(forecast, None), 1, cancelled=months[2:]).draws[0].tolist()
    [[4, 0, 0], [2, 0, 0]]
    """
    draws, order = forecast.draws.astype(np.int64), np.argsort(forecast.units)
    luck = stream(seed, forecast.year, SITTINGS).random((len(draws), len(forecast.months)))
    waiting = np.zeros(draws.shape[:2], np.int64)
    for at, month in enumerate(forecast.months):
        own, open_to = draws[:, :, at].copy(), sittings[month] > 0 and month not in cancelled
        here = own + waiting if open_to else own
        most = None if capacity is None else capacity * max(sittings[month], 1)
        kept = np.zeros_like(own) if month in cancelled else here.copy()
        if most is not None:
            kept[:, order] = _first(kept[:, order], most, luck[:, at])
        draws[:, :, at] = kept
        waiting = here - kept if open_to else waiting + (0 if month in cancelled and lost else own - kept)
    return replace(forecast, draws=draws)


def _first(counts: np.ndarray, most: int, luck: np.ndarray) -> np.ndarray:
    """Keep `most` of each draw's counts (draws, units), each unit its part of them, in whole numbers."""
    ends = counts.cumsum(axis=1)
    total = ends[:, -1:]
    start = (luck[:, None] * total).astype(np.int64)  # a place of the sample's first product
    upto = (ends * most + start) // np.maximum(total, 1)
    return np.where(total <= most, counts, np.diff(upto, axis=1, prepend=0))
