"""The projection: one forecast from two sources, the trend and the dossiers on their way.

What is still to come is told twice. The trend says it in one piece. The pipeline says what comes of the open
dossiers; what comes of those that are not open yet is the part nu of the trend: the part that in past years,
at this time of the year, came from dossiers that were not open yet. No product is in both. Which story is
believed is learned from the same past snapshots, by what each would have made of what came: a linear pool
[1]_ with weight w, its posterior mean under a prior of mean 1/4. A draw is wholly of one story, so that it
remains one possible future of the whole province.

References
----------
.. [1] Genest, C. and Zidek, J. V. (1986). Combining probability distributions: a critique and an annotated
   bibliography. Statistical Science 1, 114-135.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ocop_forecast.display import card
from ocop_forecast.errors import RunError
from ocop_forecast.periods import to_come
from ocop_forecast.scores import log_score
from ocop_forecast.tables.dossiers import recognitions, visits, waiting
from ocop_forecast.tables.province import Province

from .forecast import SHOWN, Forecast
from .panel import known_whole, month_ends
from .pipeline import Coming, Pipeline
from .pool import Pool, pooled
from .trend import TrendModel, TrendResults

FEWEST = 12  # months of dossiers before a snapshot, so that it shows what was on its way
DRAWS = 500  # of each source for a snapshot
YEAR = 10  # products that one year tells of at most
GRID = np.linspace(0, 1, 101)
PRIOR = (1.001 - GRID) ** 2  # of w: the trend is believed until the pipeline has shown what it can do
COLUMNS = ["origin", "year", "came", "opened", "trend", "pool"]


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

    def _repr_html_(self) -> str:
        sources = {"trend": self.trend, "forecast": self.forecast}
        rows = {name: np.quantile(one.total(), SHOWN, method="inverted_cdf") for name, one in sources.items()}
        columns = [f"{level:.0%}" for level in SHOWN]
        shown = pd.DataFrame.from_dict(rows, orient="index", columns=columns).astype(int)
        facts = {
            "year": self.forecast.year,
            "as_of": self.known.as_of,
            "draws": len(self.forecast.draws),
            "seed": self.seed,
        }
        if self.pool is not None and self.pipeline is not None:
            facts |= {"open": len(self.pipeline.waiting), "weight": self.pool.weight}
        return card("projection", facts, shown)


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
    pool = weighed(known, results, seed=seed)
    forecast = pooled(trend, coming, pool, seed)
    return Projection(forecast, results, trend, known, seed, pipeline, coming, pool)


def weighed(known: Known, results: TrendResults, *, seed: int) -> Pool:
    """Learn from past snapshots how far to believe the pipeline.

    A snapshot is a month end of a past year about as far from its December as we are now, at which dossiers
    were known for a year and as fully as they are now. The three of a year count as one. A year's nu is that
    of the other years.
    """
    told = [_snapshot(known, origin, seed) for origin in _origins(known, results)]
    if not told:
        return Pool(0.0, 0.0, 0.0, pd.DataFrame(columns=COLUMNS))
    rows = pd.DataFrame([row for row, _ in told])
    share = 1 / rows.groupby("year")["year"].transform("size")
    counts = _by_year(rows, share)
    chances = [
        _chances(sources, Pool(1.0, snapshots=None, **counts.drop(row["year"]).sum()), seed, row["by_unit"])
        for row, sources in told
    ]
    weight = _weight(chances, share)
    rows["trend"] = [np.log(trend).mean() for trend, _ in chances]
    rows["pool"] = [np.log(_mixed(weight, *both)).mean() for both in chances]
    return Pool(weight, snapshots=rows[COLUMNS], **counts.sum())


def _weight(chances, share):
    """Return the posterior mean of w, every snapshot counting as its share of a year."""
    told = [np.log(_mixed(GRID[:, None], *both)).sum(axis=1) for both in chances]
    fit = share.to_numpy() @ np.array(told) + np.log(PRIOR)
    posterior = np.exp(fit - fit.max())
    return round(float(GRID @ posterior / posterior.sum()), 2)


def _by_year(rows, share):
    """Return year -> products that came from open dossiers and from others, `YEAR` together at most.

    What one year brings comes or stays away together: it tells no more than so many products.
    """
    counts = rows[["opened", "later"]].mul(share, axis=0).groupby(rows["year"]).sum()
    return counts.mul(np.minimum(1, YEAR / counts.sum(axis=1).clip(lower=1)), axis=0)


def _mixed(weight, trend, story):
    """Return what the pool gives to what came."""
    return weight * story + (1 - weight) * trend


def _origins(known, results):
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
    now = len(waiting(known.visits, known.as_of)) / max(results.expected().to_numpy().sum(), 1)
    return [end for end in ends if end - FEWEST >= first and 2 * _fullness(known, end) >= now]


def _fullness(known, origin):
    """Return the dossiers open at a past month end against what then came by December."""
    window = known.panel.loc[origin + 1 : to_come(origin)[-1]]
    return len(waiting(known.visits, origin)) / max(int(window.to_numpy().sum()), 1)


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
    counts = {"came": came, "opened": opened, "later": came - opened, "by_unit": window.sum()}
    return {"origin": origin, "year": trend.year, **counts}, (trend, coming)


def _chances(sources, pool, seed, came):
    """Return what the trend and the pipeline's story gave to what came, (2, units)."""
    trend, coming = sources
    told = (trend, pooled(trend, coming, pool, seed))
    return np.exp([-log_score(one.remaining().to_numpy(), came.to_numpy()) for one in told])
