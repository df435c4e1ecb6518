"""The projection: one forecast from two sources, the trend and the dossiers on their way.

What is still to come is told twice. The trend says it in one piece. The pipeline says what comes of the open
dossiers; what comes of those that are not open yet is the part nu of the trend: the part that in past years,
at this time of the year, came from dossiers that were not open yet. No product is in both. Which story is
believed is learned from the same past snapshots, by what each would have made of what came: a linear pool
[1]_ with weight w, its posterior mean under a uniform prior. A draw is wholly of one story, so that it
remains one possible future of the whole province.

References
----------
.. [1] Genest, C. and Zidek, J. V. (1986). Combining probability distributions: a critique and an annotated
   bibliography. Statistical Science 1, 114-135.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .dossiers import recognitions, visits, waiting
from .errors import RunError
from .forecast import Forecast
from .keys import code_number, to_come
from .pipeline import Coming, Pipeline
from .province import Province
from .record import known_whole, month_ends
from .scores import log_score
from .trend import TrendModel, TrendResults

FEWEST = 12  # months of dossiers before a snapshot, so that it shows what was on its way
DRAWS = 500  # of each source for a snapshot
GRID = np.linspace(0, 1, 101)
NEW, POOL = 2, 3  # set these streams apart from the trend's and the pipeline's


@dataclass(frozen=True, eq=False)
class Known:
    """What the two sources are made from, up to `as_of`; `Known.of` takes it from a province."""

    panel: pd.DataFrame
    as_of: pd.Period
    targets: pd.DataFrame | None = None
    rounds: pd.DataFrame | None = None
    breaks: pd.DataFrame | None = None
    visits: pd.DataFrame | None = None

    @classmethod
    def of(cls, province: Province) -> "Known":
        """Return what a province's tables say."""
        stays = None if province.dossiers is None else visits(province.dossiers)
        tables = (province.targets, province.rounds, province.breaks)
        return cls(province.panel, province.as_of, *tables, stays)

    def trend(self) -> TrendResults:
        """Return the fitted trend."""
        terms = {"as_of": self.as_of, "rounds": self.rounds, "breaks": self.breaks}
        return TrendModel(self.panel, self.targets, **terms).fit()

    def pipeline(self) -> Pipeline:
        """Return the pipeline of the open dossiers."""
        return Pipeline.of(self.visits, self.as_of, self.rounds)

    def at(self, origin: pd.Period) -> "Known":
        """Return what was known at a past month end; which rounds were planned then, no register tells."""
        targets = self.targets
        if targets is not None:
            targets = targets[targets["year"] <= (origin + 1).year]
        return Known(self.panel[:origin], origin, targets, None, self.breaks, self.visits)


@dataclass(frozen=True, eq=False)
class Pool:
    """How the two stories are weighed.

    Attributes
    ----------
    weight : float
        w, of the pipeline's; 0 where there is nothing to learn it from.
    opened, later : float
        Products that came, in past snapshots, from dossiers open then, and from others; a year counts once.
    snapshots : DataFrame
        A row a past origin: origin, year, came (products), opened (of these from open dossiers), trend and
        pipeline (log score a unit, the higher the better).
    """

    weight: float
    opened: float
    later: float
    snapshots: pd.DataFrame

    @property
    def part(self) -> float:
        """Nu, the part of what comes that has no open dossier yet: the mean of ``Beta(later, opened)``."""
        return (self.later + 0.5) / (self.later + self.opened + 1)


@dataclass(frozen=True, eq=False)
class Projection:
    """One forecast, and the two that it is made from.

    Attributes
    ----------
    forecast : Forecast
        Joint draws of both sources; the trend's own where there are no dossiers.
    results : TrendResults
        The fitted trend.
    trend : Forecast
        What the trend alone says.
    known, seed
        What they were made from.
    pipeline, coming, pool
        The open dossiers, what comes of them, and how the sources are weighed; None without dossiers.
    """

    forecast: Forecast
    results: TrendResults
    trend: Forecast
    known: Known
    seed: int
    pipeline: Pipeline | None = None
    coming: Coming | None = None
    pool: Pool | None = None


def project(province: Province, *, seed: int, draws: int = 4000) -> Projection:
    """Forecast a province's months to December from its trend and its open dossiers.

    Parameters
    ----------
    province : Province
        As from `read_province`. Without `dossiers` the forecast is the trend's, to the last digit.
    seed : int
        From 0 up.
    draws : int
        Number of joint futures.

    Returns
    -------
    Projection

    Examples
    --------
    >>> from ocop_forecast import read_province
    >>> projection = project(read_province(as_of="2024-09"), seed=2024, draws=200)
    >>> projection.forecast.draws.shape, bool(0 <= projection.pool.weight <= 1)
    ((200, 27, 3), True)
    """
    return combined(Known.of(province), seed=seed, draws=draws)


def combined(known: Known, *, seed: int, draws: int = 4000) -> Projection:
    """Return the projection from what is known, as `project` does from a province."""
    results = known.trend()
    trend = results.forecast(seed=seed, draws=draws)
    if known.visits is None or known.visits.empty:
        return Projection(trend, results, trend, known, seed)
    pipeline = known.pipeline()
    coming = pipeline.forecast(trend.units, seed=seed, draws=draws)
    pool = weighed(known, seed=seed)
    forecast = pooled(trend, coming, pool, seed)
    return Projection(forecast, results, trend, known, seed, pipeline, coming, pool)


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


def weighed(known: Known, *, seed: int) -> Pool:
    """Learn from past snapshots how far to believe the pipeline.

    A snapshot is a month end of a past year about as far from its December as we are now, at which some year
    of dossiers was known. The three of a year count as one. A year's nu is that of the other years.
    """
    told = [_snapshot(known, origin, seed) for origin in _origins(known)]
    if not told:
        return Pool(
            0.0, 0.0, 0.0, pd.DataFrame(columns=["origin", "year", "came", "opened", "trend", "pipeline"])
        )
    counted = pd.DataFrame([row for row, _ in told])
    share = 1 / counted.groupby("year")["year"].transform("size")
    counts = counted[["opened", "later"]].mul(share, axis=0)
    rows, chances = [], []
    for at, (row, sources) in enumerate(told):
        others = counts[counted["year"] != row["year"]].sum()
        chance = _chances(sources, Pool(1.0, *others, None), seed, row["came_by_unit"])
        chances.append(
            np.log(GRID[:, None] * chance[1] + (1 - GRID[:, None]) * chance[0]).sum(axis=1) * share[at]
        )
        rows.append([row["origin"], row["year"], row["came"], row["opened"], *np.log(chance).mean(axis=1)])
    fit = np.sum(chances, axis=0)
    posterior = np.exp(fit - fit.max())
    table = pd.DataFrame(rows, columns=["origin", "year", "came", "opened", "trend", "pipeline"])
    return Pool(round(float(GRID @ posterior / posterior.sum()), 2), *counts.sum(), table)


def _origins(known):
    """Return the past month ends to learn from: as many months left as now, or one more or less."""
    panel = known_whole(known.panel, known.as_of)
    if panel.empty:
        return []
    left, month = len(to_come(panel.index[-1])), panel.index[-1].month
    near = [m for m in {(month - 2) % 12 + 1, month, month % 12 + 1} if abs((-m % 12 or 12) - left) <= 1]
    try:
        ends = month_ends(panel, sorted(near))
    except RunError:
        return []
    first = known.visits["entered"].min().to_period("M")
    return [origin for origin in ends if origin - FEWEST >= first]


def _snapshot(known, origin, seed):
    """Return what came after a past origin, and what the two sources made of it then."""
    then = known.at(origin)
    trend = then.trend().forecast(seed=seed, draws=DRAWS)
    coming = then.pipeline().forecast(trend.units, seed=seed, draws=DRAWS)
    window = known.panel.loc[trend.months[0] : trend.months[-1]]
    done, open_then = recognitions(known.visits), waiting(known.visits, origin)["dossier"]
    inside = (done["date"] > origin.end_time) & (done["date"] <= trend.months[-1].end_time)
    came = int(window.to_numpy().sum())
    opened = min(int((inside & done["dossier"].isin(open_then)).sum()), came)
    row = {
        "origin": origin,
        "year": trend.year,
        "came": came,
        "opened": opened,
        "later": came - opened,
        "came_by_unit": window.sum(),
    }
    return row, (trend, coming)


def _chances(sources, pool, seed, came):
    """Return what the trend and the pipeline's story gave to what came, (2, units)."""
    trend, coming = sources
    told = (trend, pooled(trend, coming, pool, seed))
    return np.exp([-log_score(one.remaining().to_numpy(), came.to_numpy()) for one in told])
