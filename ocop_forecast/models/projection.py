"""The projection: one forecast from three sources, the trend, the target and the dossiers on their way.

The trend forecasts all that is still to come; where there is a target, what such targets became weighs in on
the province's total (`target`): together they are the base. The pipeline forecasts the recognitions of open
dossiers; to these is added the part nu of the base: the part that in past years, at this time of the year,
came from dossiers that were not open yet. No product is in both. The two are weighted by the probability that
each gave to what came after past snapshots: a linear pool [1]_ with weight w, its posterior mean under a
prior of mean 1/4. A draw is wholly of one source, so that it remains one possible future of the province.

The same snapshots teach the pipeline's level, a logit of leaving in all months to come: what its story missed
before, it may miss again. Its prior is normal around 0; each snapshot says at which level what came would
have been expected, by linear regression of drawn totals on drawn levels [2]_.

References
----------
.. [1] Genest, C. and Zidek, J. V. (1986). Combining probability distributions: a critique and an annotated
   bibliography. Statistical Science 1, 114-135.
.. [2] Beaumont, M. A., Zhang, W. and Balding, D. J. (2002). Approximate Bayesian computation in population
   genetics. Genetics 162, 2025-2035.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ocop_forecast.display import Shown
from ocop_forecast.errors import RunError
from ocop_forecast.i18n.catalogue import label, set_options
from ocop_forecast.periods import to_come
from ocop_forecast.scores import log_score
from ocop_forecast.tables.dossiers import recognitions, waiting
from ocop_forecast.tables.province import Province
from ocop_forecast.terms import check_kind, drawn

from .forecast import SHOWN, Forecast
from .known import Known, Past
from .panel import complete_months, past_origins
from .pipeline import Coming, Pipeline
from .pool import Pool, pooled
from .reference import Reference
from .target import TargetSource, fit_target, with_target
from .trend import TrendResults

if TYPE_CHECKING:
    from ocop_forecast import plots

FEWEST = 12  # months of dossiers before a snapshot, so that it shows what was on its way
DRAWS = 500  # of each source for a snapshot
YEAR = 10  # products that one year counts for at most
LEVEL_SD = 0.5  # of the pipeline's level before any year, in logits
VAGUE = 0.1  # no story's total is known better than to a tenth
GRID = np.linspace(0, 1, 101)
PRIOR = (1.001 - GRID) ** 2  # of w: the trend has the greater weight until the pipeline has done better
COLUMNS = ["origin", "year", "came", "opened", "trend", "pool"]
SEEN = ["evidence", "precision"]  # of the level


@dataclass(frozen=True, eq=False, repr=False)
class Projection(Shown):
    """One forecast, and the two that it is made from.

    Attributes
    ----------
    forecast : Forecast
        Joint draws of all sources; the base's own where there are no dossiers.
    results : TrendResults
        The fitted trend.
    trend : Forecast
        The trend's forecast.
    base : Forecast
        The forecast without dossiers: the trend's draws, as many of them as `source` weighs with its totals.
    known, seed
        The data and the seed.
    source : TargetSource or None
        What the target says of the province's total; None where the year has no target.
    pipeline, coming, pool
        The open dossiers, the draws of their recognitions, and the sources' weights; None without dossiers.
    """

    forecast: Forecast
    results: TrendResults
    trend: Forecast
    base: Forecast
    known: Known
    seed: int
    source: TargetSource | None
    pipeline: Pipeline | None = None
    coming: Coming | None = None
    pool: Pool | None = None

    def _face(self) -> tuple:
        sources = {"trend": self.trend, "base": self.base, "forecast": self.forecast}
        rows = {name: np.quantile(one.total(), SHOWN, method="inverted_cdf") for name, one in sources.items()}
        columns = [f"{level:.0%}" for level in SHOWN]
        shown = pd.DataFrame.from_dict(rows, orient="index", columns=columns).astype(int)
        facts = {"year": self.forecast.year, "as_of": self.known.as_of}
        facts |= {"draws": len(self.forecast.draws), "seed": self.seed}
        if self.pool is not None and self.pipeline is not None:
            facts |= {"open": len(self.pipeline.waiting), "weight": self.pool.weight}
        return "projection", facts, shown

    def summary(self) -> str:
        """Return what each source says of the year, and what their weights rest on, as text tables."""
        with set_options(lang="en"):
            parts = [repr(self)]
            if self.source is not None:
                parts.append(label("summary_target", weight=f"{self.source.weight:.2f}"))
            if self.pool is not None:
                parts.append(label("summary_dossiers", count=len(self.pool.snapshots)))
        return "\n".join([*parts, "", self.results.summary()])

    def plot(self, unit: str | None = None, **terms: Any) -> "plots.Axes":
        """Draw this year as a fan, of a unit or of the province; `terms` are those of `Forecast.plot`."""
        return self.forecast.plot(unit, **terms)


def project(province: Province, *, seed: int, draws: int = 4000, earlier: Iterable[Past] = ()) -> Projection:
    """Forecast a province's months to December from its trend, its target and its open dossiers.

    Without a target for the year and without `dossiers`, the forecast is the trend's to the last digit.
    `seed` and `draws` are as in `TrendResults.forecast`. From `earlier` runs of the province,
    each a `Past`, it is learned how late decisions are entered and which planned rounds come about: what was
    known then is held against now. What is not entered yet of this year is then drawn as well
    (`Forecast.late`); without them all is taken for entered, and plans are judged by a prior.

    Examples
    --------
    >>> from ocop_forecast import read_province
    >>> projection = project(read_province(as_of="2024-09"), seed=2024, draws=200)
    >>> projection.forecast.draws.shape, bool(0 <= projection.source.weight <= 1)
    ((200, 27, 3), True)
    """
    check_kind("province", province, Province, "read_province")
    seed, draws, earlier = *drawn(seed, draws), [*earlier]
    for past in earlier:
        check_kind("earlier", past, Past, "batch.earlier")
    return combined(Known.of(province, earlier), seed=seed, draws=draws)


def combined(known: Known, *, seed: int, draws: int = 4000) -> Projection:
    """Return the projection from data, as `project` does from a province."""
    results = known.trend()
    trend = results.forecast(seed=seed, draws=draws)
    source = fit_target(known, Reference.read(), seed=seed, late=trend.not_entered.sum())
    base = with_target(trend, results.expected(), source, seed)
    told = Projection(base, results, trend, base, known, seed, source)
    if known.visits is None or known.visits.empty:
        return told
    pool = fit_pool(known, results, seed=seed)
    pipeline = replace(known.pipeline(), level=pool.level)
    with_round = results.calendar.with_round(trend.months, seed, draws)
    coming = pipeline.forecast(trend.units, seed=seed, draws=draws, with_round=with_round)
    forecast = pooled(base, coming, pool, seed)
    return replace(told, forecast=forecast, pipeline=pipeline, coming=coming, pool=pool)


def fit_pool(known: Known, results: TrendResults, *, seed: int) -> Pool:
    """Fit the sources' weights and the pipeline's level to past snapshots.

    A snapshot is a month end of a past year about as far from its December as we are now, at which dossiers
    were known for a year and as fully as they are now. The three of a year count as one. A year's nu and
    level are those of the other years.
    """
    snapshots = [_snapshot(known, origin, seed) for origin in _origins(known, results)]
    if not snapshots:
        return Pool(0.0, 0.0, 0.0, pd.DataFrame(columns=COLUMNS))
    rows = pd.DataFrame([row for row, *_ in snapshots])
    share = 1 / rows.groupby("year")["year"].transform("size")
    counts, rows[SEEN] = _counts_by_year(rows, share), rows[SEEN].mul(share, axis=0)
    p = []
    for row, base, pipeline in snapshots:
        others = rows[rows["year"] != row["year"]]
        pool = Pool(1.0, snapshots=None, level=_level(others), **counts.drop(row["year"]).sum())
        p.append(_probabilities(base, pipeline, pool, seed, row["by_unit"]))
    weight = _weight(p, share)
    rows["trend"] = [np.log(trend).mean() for trend, _ in p]
    rows["pool"] = [np.log(_mixture(weight, *both)).mean() for both in p]
    return Pool(weight, snapshots=rows[COLUMNS], level=_level(rows), **counts.sum())


def _level(rows: pd.DataFrame) -> tuple[float, float]:
    """Return the posterior mean and sd of the level, from what snapshots have seen of it."""
    evidence, precision = rows[SEEN].sum() + np.array([0.0, LEVEL_SD**-2])
    return round(float(evidence / precision), 2), round(float(precision**-0.5), 2)


def _seen(level: np.ndarray, drawn: np.ndarray, came: int) -> tuple[float, float]:
    """Return what a total that came says of the level: precision x estimate, and precision."""
    total = np.log(drawn + 0.5)
    slope, start = np.polyfit(level, total, 1)
    spread = np.var(total - start - slope * level) + VAGUE**2
    return slope * (np.log(came + 0.5) - start) / spread, slope**2 / spread


def _weight(p: list[np.ndarray], share: pd.Series) -> float:
    """Return the posterior mean of w, every snapshot counting as its share of a year."""
    fits = [np.log(_mixture(GRID[:, None], *both)).sum(axis=1) for both in p]
    fit = share.to_numpy() @ np.array(fits) + np.log(PRIOR)
    posterior = np.exp(fit - fit.max())
    return round(float(GRID @ posterior / posterior.sum()), 2)


def _mixture(weight: "np.ndarray | float", trend: np.ndarray, pipeline: np.ndarray) -> np.ndarray:
    return weight * pipeline + (1 - weight) * trend


def _counts_by_year(rows: pd.DataFrame, share: pd.Series) -> pd.DataFrame:
    """Return years x products that came from open dossiers and from others, `YEAR` together at most.

    The products of one year come or stay away together: they count as no more than so many.
    """
    counts = rows[["opened", "later"]].mul(share, axis=0).groupby(rows["year"]).sum()
    return counts.mul(np.minimum(1, YEAR / counts.sum(axis=1).clip(lower=1)), axis=0)


def _origins(known: Known, results: TrendResults) -> list[pd.Period]:
    """Return the past month ends to learn from: as many months left as now, or one more or less."""
    panel = complete_months(known.panel, known.as_of)
    if panel.empty or known.visits is None:
        return []
    left = len(to_come(panel.index[-1]))
    near = [month for month in range(1, 13) if abs((-month % 12 or 12) - left) <= 1]
    try:
        ends = past_origins(panel, near)
    except RunError:
        return []
    first = known.visits["entered"].min().to_period("M")
    now = len(waiting(known.visits, known.as_of)) / max(results.expected().to_numpy().sum(), 1)
    return [end for end in ends if end - FEWEST >= first and 2 * _fullness(known, end) >= now]


def _fullness(known: Known, origin: pd.Period) -> float:
    """Return the dossiers open at a past month end against what then came by December."""
    window = known.panel.loc[origin + 1 : to_come(origin)[-1]]
    return len(waiting(known.visits, origin)) / max(int(window.to_numpy().sum()), 1)


def _snapshot(known: Known, origin: pd.Period, seed: int) -> tuple[dict, Forecast, Pipeline]:
    """Return the outcome after a past origin, and both sources at it."""
    base, pipeline, drawn = _sources_at(known.at(origin), seed)
    window = known.panel.loc[base.months[0] : base.months[-1]]
    done, open_then = recognitions(known.visits), waiting(known.visits, origin)["dossier"]
    inside = (done["date"] > origin.end_time) & (done["date"] <= base.months[-1].end_time)
    came = int(window.to_numpy().sum())
    opened = min(int((inside & done["dossier"].isin(open_then)).sum()), came)
    row = {"origin": origin, "year": base.year, "came": came, "opened": opened, "later": came - opened}
    seen = dict(zip(SEEN, _seen(pipeline.levels(seed, DRAWS), drawn, opened), strict=True))
    return row | seen | {"by_unit": window.sum()}, base, pipeline


@lru_cache(maxsize=64)  # past origins share most of their snapshots
def _sources_at(then: Known, seed: int) -> tuple[Forecast, Pipeline, np.ndarray]:
    """Return both sources at a past origin, and the totals that the pipeline draws before it is learned."""
    results, source = then.trend(), fit_target(then, Reference.read(), seed=seed)
    base = with_target(results.forecast(seed=seed, draws=DRAWS), results.expected(), source, seed)
    pipeline = replace(then.pipeline(), level=(0.0, LEVEL_SD))
    return base, pipeline, pipeline.forecast(base.units, seed=seed, draws=DRAWS).draws.sum(axis=(1, 2))


def _probabilities(base: Forecast, pipeline: Pipeline, pool: Pool, seed: int, came: pd.Series) -> np.ndarray:
    """Return the probability of what came under the trend and under the pipeline, (2, units)."""
    coming = replace(pipeline, level=pool.level).forecast(base.units, seed=seed, draws=DRAWS)
    forecasts = (base, pooled(base, coming, pool, seed))
    return np.exp([-log_score(one.remaining().to_numpy(), came.to_numpy()) for one in forecasts])
