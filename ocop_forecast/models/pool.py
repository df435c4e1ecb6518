"""The pool of two stories: a draw is the pipeline's, with what has no open dossier yet, or the trend's."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ocop_forecast.periods import to_come

from .counts import code_number
from .forecast import Forecast
from .pipeline import Coming

NEW, POOL = 2, 3  # set these streams apart from the trend's and the pipeline's


@dataclass(frozen=True, eq=False)
class Pool:
    """How the two stories are weighed.

    Attributes
    ----------
    weight : float
        w, of the pipeline's; 0 where there is nothing to learn it from.
    opened, later : float
        Products that came, in past snapshots, from dossiers open then, and from others; a year counts for a
        few of them.
    snapshots : DataFrame
        A row a past origin: origin, year, came (products), opened (of these from open dossiers), trend and
        pool (mean log of what the trend alone and both together gave to what came in a unit).
    """

    weight: float
    opened: float
    later: float
    snapshots: pd.DataFrame

    @property
    def part(self) -> float:
        """Nu, the part of what comes that has no open dossier yet: the mean of ``Beta(later, opened)``."""
        return (self.later + 0.5) / (self.later + self.opened + 1)


def pooled(trend: Forecast, coming: Coming, pool: Pool, seed: int) -> Forecast:
    """Return the forecast of both: of each draw the pipeline's story, or the trend's.

    Which draws are the pipeline's depends on seed and weight alone, and more weight only adds to them.
    """
    count, year = len(trend.draws), to_come(trend.as_of)[0].year
    told = np.argsort(np.random.default_rng([seed, year, POOL]).random(count)) < round(pool.weight * count)
    story = coming.draws + _not_open_yet(trend, pool, seed)
    return Forecast(trend.panel, trend.months, np.where(told[:, None, None], story, trend.draws), trend.as_of)


def _not_open_yet(trend, pool, seed):
    """Return of the trend's draws what has no open dossier yet: each product with chance nu."""
    year = to_come(trend.as_of)[0].year
    common = np.random.default_rng([seed, year, NEW])
    part = common.beta(pool.later + 0.5, pool.opened + 0.5, len(trend.draws))[:, None]
    kept = np.empty_like(trend.draws)
    for at, code in enumerate(trend.units):
        rng = np.random.default_rng([seed, year, code_number(code), NEW])
        kept[:, at] = thinned(trend.draws[:, at], part, rng)
    return kept


def thinned(counts: np.ndarray, part: "np.ndarray | float", rng) -> np.ndarray:
    """Return what is left of counts of which each one stays with chance `part`.

    By inversion, one number a count: more counts or a greater part leave more, and never fewer.
    """
    from scipy.stats import binom

    luck, part = rng.random(counts.shape), np.broadcast_to(part, counts.shape)
    kept, some = np.zeros_like(counts), counts > 0
    kept[some] = binom.ppf(luck[some], counts[some], part[some])
    return kept
