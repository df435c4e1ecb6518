"""The pool: each draw is the trend's, or the pipeline's with what has no open dossier yet."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ocop_forecast.periods import year_ahead

from .forecast import Forecast
from .pipeline import Coming
from .streams import NEW, POOL, stream, thinned


@dataclass(frozen=True, eq=False)
class Pool:
    """The weights of the two sources, fitted by `projection.fit_pool`."""

    weight: float  # w, of the pipeline; 0 where there is nothing to learn it from
    # products that came, in past snapshots, from dossiers open then, and from others; of a year a few count
    opened: float
    later: float
    # a row a past origin: origin, year, came (products), opened (of these from open dossiers), trend and pool
    # (mean log probability, under the trend alone and under both, of what came in a unit)
    snapshots: pd.DataFrame
    level: tuple[float, float] = (0.0, 0.0)  # the pipeline's, in logits: mean and sd

    @property
    def part(self) -> float:
        """Nu, the part of what comes that has no open dossier yet: the mean of ``Beta(later, opened)``."""
        return (self.later + 0.5) / (self.later + self.opened + 1)


def pooled(trend: Forecast, coming: Coming, pool: Pool, seed: int) -> Forecast:
    """Return the forecast of both sources, each draw of one of them.

    Which draws are the pipeline's depends on seed and weight alone, and more weight only adds to them.
    """
    count, year = len(trend.draws), year_ahead(trend.as_of)
    of_pipeline = np.argsort(stream(seed, year, POOL).random(count)) < round(pool.weight * count)
    # what has no open dossier yet: each product of the trend with probability nu
    part = stream(seed, year, NEW).beta(pool.later + 0.5, pool.opened + 0.5, count)[:, None]
    not_open_yet, late = np.empty_like(trend.draws), None if trend.late is None else trend.late.copy()
    for at, code in enumerate(trend.units):
        rng = stream(seed, year, code, NEW)
        not_open_yet[:, at] = thinned(trend.draws[:, at], part, rng)
        if late is not None:  # a dossier is open until its decision is entered
            late[of_pipeline, at] = thinned(late[:, at], part, rng)[of_pipeline]
    draws = np.where(of_pipeline[:, None, None], coming.draws + not_open_yet, trend.draws)
    return replace(trend, draws=draws, late=late)
