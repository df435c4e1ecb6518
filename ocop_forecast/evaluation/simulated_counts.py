"""Simulated provinces of known truth: monthly counts and targets as the trend model assumes them.

A province's monthly total has a level that wanders, grows up to the as-of month and follows the calendar and
the year's targets; a year has its luck and a month its rounds, both common to all units. A unit's share is
gamma around its part of the targets, wanders, and slowly gives way to that part, or stays as it is; a unit
has its own luck in a year and recognises in batches. Where effort leans, part of each month goes to what the
year's targets still miss, and units that have theirs slow down. What governs this is drawn from priors, so
that over many such provinces the outcomes have even ranks among the draws of a calibrated forecast [1]_.

References
----------
.. [1] Talts, S., Betancourt, M., Simpson, D., Vehtari, A. and Gelman, A. (2018). Validating Bayesian
   inference algorithms with simulation-based calibration. arXiv 1804.06788.
.. [2] Gouriéroux, C. and Jasiak, J. (2006). Autoregressive gamma processes. Journal of Forecasting
   25, 129-152.
"""

from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import gamma, norm

PULLS = (0.0, 0.5, 1.0)
NEVER = 1e-6  # shares that drift or fade no more than this stay as they are
LEANS, STOPS = (0.0, 0.1, 0.2, 0.4, 0.6, 0.8), (0.0, 0.4, 0.8)


@dataclass(frozen=True, eq=False)
class Truth:
    """The parameters of a simulated province; `prior` draws them."""

    rate: float  # products a unit and month, at the as-of month
    growth: float  # g, log a year, up to the as-of month
    factors: np.ndarray  # (12,), month factors, mean 1
    pull: float  # e, of the year's targets on the total
    forgetting: float  # f: the level wanders as fast as makes this discount the best one
    rounds: float  # variance of a month's rounds over its mean, common to all units
    spread: float  # q, relative variance of a year's luck, common to all units
    drift: float  # v, relative variance a month of a unit's share
    fading: float  # u, what a share gives way to its part of the targets a month
    strength: float  # k, shape of the gamma of shares
    level: float  # relative variance of a unit's luck in a year
    batch: float  # variance of a unit's month over its mean, less 1
    lean: float  # w, the part of a month that goes to what the targets miss
    stop: float  # s, how much a unit slows down that has its target
    capped: bool = True  # leaning moves products from unit to unit; else it adds them and stopping loses them


@dataclass(frozen=True, eq=False)
class Simulated:
    """A simulated province: what is known at the as-of month, and what then came."""

    panel: pd.DataFrame  # months x units, counts up to the as-of month; index PeriodIndex
    came: pd.DataFrame  # counts from there to December
    targets: pd.DataFrame | None  # unit, year, target (products a year)
    truth: Truth


def prior(seed: int) -> Truth:
    """Draw the parameters of a province.

    Examples
    --------
    >>> prior(1).growth == prior(1).growth != prior(2).growth
    True
    """
    rng = np.random.default_rng([seed, 0])

    def around(median: float, sd: float = 1.0) -> float:
        return float(median * np.exp(sd * rng.standard_normal()))

    effects, (lean, stop) = np.exp(around(0.3, 0.5) * rng.standard_normal(12)), _lean(seed)
    memory = (NEVER, NEVER) if rng.random() < 0.3 else (around(0.005), min(around(0.01), 0.5))
    return Truth(
        rate=around(0.3, 0.7),
        growth=float(np.clip(rng.laplace(0, 0.15), -0.5, 0.5)) * (rng.random() < 0.7),
        factors=effects / effects.mean(),
        pull=float(rng.choice(PULLS)),
        forgetting=min(around(0.03), 0.4),
        rounds=around(1, 0.7),
        spread=min(around(0.03), 0.6),
        drift=memory[0],
        fading=memory[1],
        strength=around(0.7),
        level=around(0.05),
        batch=around(0.25),
        lean=lean,
        stop=stop,
    )


def _lean(seed: int) -> tuple[float, float]:
    """Draw how far a province leans to its targets and stops at them: half the time not, else rarely far."""
    rng = np.random.default_rng([seed, 5])
    pairs = [*product(LEANS, STOPS)]
    weight = np.array([((1 - lean) * (1 - stop)) ** 2 for lean, stop in pairs])
    weight[0] = weight[1:].sum()
    return pairs[rng.choice(len(pairs), p=weight / weight.sum())]


def simulate(
    truth: Truth | None = None,
    *,
    seed: int,
    as_of: str = "2024-09",
    units: int = 27,
    years: int = 6,
    with_targets: bool = True,
    luck: np.ndarray | None = None,
) -> Simulated:
    """Simulate a province of which `years` years are known, the last one up to the as-of month.

    Without its parameters they are drawn by `prior` from the same seed, which fixes every number. What came
    goes on from the month `as_of` to December, from a December to the next one. Targets say what share to
    expect of units, pull on the total where they change, and are what effort leans to. `luck` are the ranks,
    0 to 1, of the years' luck; without them they are drawn.

    Examples
    --------
    >>> known = simulate(seed=1, as_of="2024-09")
    >>> known.panel.shape, known.came.shape, known.targets.shape
    ((69, 27), (3, 27), (162, 3))
    >>> from dataclasses import replace
    >>> growing = simulate(replace(known.truth, growth=0.4), seed=1, units=3)
    >>> growing.truth.growth, list(growing.panel)
    (0.4, ['u1', 'u2', 'u3'])
    >>> simulate(replace(known.truth, lean=0.8, stop=0.8), seed=1).panel.shape
    (69, 27)
    """
    truth, now = prior(seed) if truth is None else truth, pd.Period(as_of, "M")
    months = pd.period_range(f"{now.year - years + 1}-01", f"{(now + 1).year}-12", freq="M")
    rng = np.random.default_rng([seed, 1])
    plan = _plan(months.year.unique(), units, rng)
    target = plan.loc[months.year].to_numpy() if with_targets else np.ones((len(months), units))
    ratio, part = _against_mean(target.mean(axis=1), 0), _against_mean(target, 1)
    total = _total(truth, months, now, units=units, ratio=ratio, luck=luck, rng=rng)
    share = _shares(truth, part, rng)
    luck = _luck(truth.level, months.year, units, rng)
    if with_targets and (truth.lean or truth.stop):
        counts = _leaning(truth, total, share, luck, plan, months, rng)
    else:
        counts = _come(total[:, None] * share * luck, truth, rng)
    panel = pd.DataFrame(counts, months, plan.columns)
    targets = plan.stack().rename("target").reset_index()[["unit", "year", "target"]]
    return Simulated(panel[:now], panel[now + 1 :], targets if with_targets else None, truth)


def country(
    provinces: int, *, seed: int, common: float, spread: float | None = None, years: int = 6, **terms: Any
) -> list[Simulated]:
    """Simulate provinces whose years have a shock in common; `terms` are those of `simulate`.

    Each province is as `simulate` makes it. The ranks of its years' luck are those of ``sqrt(c) z +
    sqrt(1 - c) e``, z the year's own and the same in all provinces: with `common` c of 0 provinces share
    nothing, with 1 all of their years' luck. Its relative variance is each province's own, or `spread`.

    Examples
    --------
    >>> alike = country(2, seed=1, common=1.0, units=3)
    >>> [one.panel.shape for one in alike]
    [(69, 3), (69, 3)]
    """
    rng = np.random.default_rng([seed, 6])
    shock, own = rng.standard_normal(years + 1), rng.standard_normal((provinces, years + 1))
    ranks = norm.cdf(np.sqrt(common) * shock + np.sqrt(1 - common) * own)
    seeds = range(1000 * seed, 1000 * seed + provinces)
    truths = [prior(one) if spread is None else replace(prior(one), spread=spread) for one in seeds]
    return [
        simulate(truth, seed=one, years=years, luck=luck, **terms)
        for truth, one, luck in zip(truths, seeds, ranks, strict=True)
    ]


def _plan(years: pd.Index, units: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw targets, years x units: 4 a unit and year, unlike units, a plan that changes from year to year."""
    size = np.exp(0.2 * rng.standard_normal(len(years)))[:, None] * rng.gamma(4, 1, units)
    return pd.DataFrame(rng.poisson(size), years.rename("year"), unit_codes(units))


def unit_codes(units: int) -> pd.Index:
    """Return the codes of simulated units, ``u01`` and so on."""
    return pd.Index([f"u{at:0{len(str(units))}d}" for at in range(1, units + 1)], name="unit")


def _against_mean(target: np.ndarray, axis: int) -> np.ndarray:
    """Return targets over their mean, half a product added to both so that a target of 0 gives no zero."""
    return (target + 0.5) / (target.mean(axis=axis, keepdims=True) + 0.5)


def _total(
    truth: Truth,
    months: pd.PeriodIndex,
    now: pd.Period,
    *,
    units: int,
    ratio: np.ndarray,
    luck: np.ndarray | None,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draw the province's rate in each month: level, growth, calendar, targets, a year's luck, rounds."""
    rate, dispersion = truth.rate * units, 1 + truth.batch + truth.rounds
    wander = truth.forgetting * np.sqrt(dispersion / rate) * rng.standard_normal(len(months)).cumsum()
    since = (months.astype("int64") - now.ordinal).to_numpy()
    trend = np.exp(truth.growth * np.minimum(since, 0) / 12 + wander - wander[since == 0])
    mean = rate * trend * truth.factors[months.month - 1] * ratio**truth.pull
    year = _luck(truth.spread, months.year, 1, rng)[:, 0]
    if luck is not None:
        year = gamma.ppf(luck, 1 / truth.spread, scale=truth.spread)[months.year - months.year[0]]
    return _gamma(mean * year, truth.rounds, rng)


def _shares(truth: Truth, part: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw the units' shares (months, units): an autoregressive gamma process [2]_ around `part`, drifting.

    What a month keeps of a rate is ``1 - u``, and in the long run it is gamma with mean `part` and shape k
    times that, the rate with which it began.
    """
    k, u = truth.strength, truth.fading
    rate, rates = rng.gamma(k * part[0]) / k, []
    for towards in part:
        rate = rate * rng.gamma(1 / truth.drift, truth.drift, len(rate))
        rate = rng.gamma(k * towards + rng.poisson(rate * k * (1 - u) / u)) * u / k
        rates.append(rate)
    return np.array(rates) / np.sum(rates, axis=1, keepdims=True)


def _leaning(
    truth: Truth,
    total: np.ndarray,
    share: np.ndarray,
    luck: np.ndarray,
    plan: pd.DataFrame,
    months: pd.PeriodIndex,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draw counts month by month, each leaning to what the year's targets miss by then."""
    counts = np.zeros_like(share)
    for at, month in enumerate(months):
        begin = at + 1 - month.month
        missing = np.maximum(plan.loc[month.year].to_numpy() - counts[begin:at].sum(axis=0), 0)
        pace = total[at] / total[at : begin + 12].sum()
        counts[at] = _come(_effort(truth, total[at], share[at], missing, pace) * luck[at], truth, rng)
    return counts.astype(int)


def _effort(truth: Truth, total: float, share: np.ndarray, missing: np.ndarray, pace: float) -> np.ndarray:
    """Return the units' rates in a month that has `pace`, its part of the rest of the year."""
    kept = share * np.where(missing > 0, 1, 1 - truth.stop)
    if not truth.capped:
        return (1 - truth.lean) * total * kept + truth.lean * missing * pace
    if not missing.any():
        return total * share
    return total * ((1 - truth.lean) * kept / kept.sum() + truth.lean * missing / missing.sum())


def _come(rate: np.ndarray, truth: Truth, rng: np.random.Generator) -> np.ndarray:
    """Draw counts in batches around their rates."""
    return rng.poisson(_gamma(rate, truth.batch, rng))


def _luck(variance: float, years: pd.Index, units: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a factor of mean 1 for each year and unit, and return it for each month (months, units)."""
    at = np.unique(years, return_inverse=True)[1]
    return rng.gamma(1 / variance, variance, (at.max() + 1, units))[at]


def _gamma(mean: np.ndarray, dispersion: float, rng: np.random.Generator) -> np.ndarray:
    """Draw gamma numbers whose variance is `dispersion` times their mean; their sums are such numbers too."""
    return rng.gamma(mean / dispersion, dispersion)
