"""The pool: each draw is the trend's, or the pipeline's with what has no open dossier yet."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ocop_forecast.periods import year_ahead

from .forecast import Forecast
from .pipeline import Coming
from .streams import NEW, POOL, stream


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

    @property
    def part(self) -> float:
        """Nu, the part of what comes that has no open dossier yet: the mean of ``Beta(later, opened)``."""
        return (self.later + 0.5) / (self.later + self.opened + 1)


def pooled(trend: Forecast, coming: Coming, pool: Pool, seed: int) -> Forecast:
    """Return the forecast of both sources, each draw of one of them.

    Which draws are the pipeline's depends on seed and weight alone, and more weight only adds to them.
    """
    count = len(trend.draws)
    luck = stream(seed, year_ahead(trend.as_of), POOL).random(count)
    of_pipeline = np.argsort(luck) < round(pool.weight * count)
    both = coming.draws + _not_open_yet(trend, pool, seed)
    draws = np.where(of_pipeline[:, None, None], both, trend.draws)
    return Forecast(trend.panel, trend.months, draws, trend.as_of)


def _not_open_yet(trend: Forecast, pool: Pool, seed: int) -> np.ndarray:
    """Return the trend's draws thinned to what has no open dossier yet: each product with probability nu."""
    year = year_ahead(trend.as_of)
    part = stream(seed, year, NEW).beta(pool.later + 0.5, pool.opened + 0.5, len(trend.draws))[:, None]
    kept = np.empty_like(trend.draws)
    for at, code in enumerate(trend.units):
        kept[:, at] = thinned(trend.draws[:, at], part, stream(seed, year, code, NEW))
    return kept


def thinned(counts: np.ndarray, part: "np.ndarray | float", rng: np.random.Generator) -> np.ndarray:
    """Return counts of which each one stays with probability `part`.

    By inversion, one number a count: more counts or a greater part leave more, and never fewer.
    """
    from scipy.stats import binom

    luck, part = rng.random(counts.shape), np.broadcast_to(part, counts.shape)
    kept, some = np.zeros_like(counts), counts > 0
    kept[some] = binom.ppf(luck[some], counts[some], part[some])
    return kept
