"""The province's total: its level, learned from discounted counts, and the uncertainty of it.

A gamma level whose past counts ``w = 1 - f`` less for each month of age [1]_: ``a = sum w^i y`` over
``b = sum w^i x exp(-g i / 12)``, with exposure ``x = s^(1-k) z^k R^e``: month factor s, rounds' calendar z
followed as far as k, the year's targets R against the usual ones and their pull e. Growth g a year lifts the
past to today and is not carried further: it is damped as hard as can be [2]_. The counts ahead are negative
binomial with mean ``m = x a / b`` and variance ``m D + m^2 (q + D / a)``, D the dispersion of a single
month. Nothing of f, g, e, k, q is picked: the forecast is an average over a grid, each point weighted by its
prior and by its forecasts of past windows just as long; so is what a break leaves of the past.

References
----------
.. [1] Harvey, A. C. and Fernandes, C. (1989). Time series models for count or qualitative observations.
   Journal of Business & Economic Statistics 7, 407-417.
.. [2] Gardner, E. S. and McKenzie, E. (1985). Forecasting trends in time series. Management Science
   31, 1237-1246.
"""

from itertools import product
from typing import NamedTuple

import numpy as np

from .counts import discounted, log_pmf, origins, window_weight, windows
from .streams import systematic

FORGETTING = np.array([0.4, 0.25, 0.15, 0.1, 0.06, 0.03, 0.015, 0.005])  # f; prior log-normal(0.03, 1)
GROWTH = np.linspace(-0.5, 0.5, 21)  # g; prior 0 with chance 0.3, else Laplace(0, 0.15)
PULL = (0.0, 0.5, 1.0)  # e; all alike
FOLLOWED = (0.0, 0.5, 1.0)  # k; all alike
KEPT = (1.0, 0.5, 0.25)  # what a break leaves of the weight of what lies before it; all alike
SPREAD = np.exp(np.linspace(-7, -0.5, 9))  # q; prior log-normal(0.03, 1)


class Covariates(NamedTuple):
    """The covariates of months, arrays (months,); ahead, the rounds may be draws (draws, months)."""

    factor: np.ndarray  # s, month factor times the part of the month
    rounds: np.ndarray  # z, what the calendar of rounds says in its place; s where it says nothing
    ratio: np.ndarray  # R, the year's targets against all years'


class Slopes(NamedTuple):
    """The grid's points on axis G, arrays (G,)."""

    growth: np.ndarray
    pull: np.ndarray
    followed: np.ndarray
    kept: np.ndarray


class Total(NamedTuple):
    """The weighted grid: axes F forgetting, G slopes, Q spread."""

    weight: np.ndarray  # (F, G, Q), sums to 1
    level: np.ndarray  # (F, G), products a month in a month of exposure 1
    evidence: np.ndarray  # (F, G), discounted products behind the level
    slopes: Slopes
    dispersion: float  # D


def exposure(months: Covariates, slopes: Slopes) -> np.ndarray:
    """Return ``x = s^(1-k) z^k R^e``, shape (G, months).

    Examples
    --------
    >>> two = Covariates(*(np.array([1.0, value]) for value in (2.0, 8.0, 3.0)))
    >>> exposure(two, Slopes(*(np.array([value]) for value in (0.0, 1.0, 0.5, 1.0)))).round(6).tolist()
    [[1.0, 12.0]]
    """
    followed = slopes.followed[:, None]
    return months.factor ** (1 - followed) * months.rounds**followed * months.ratio ** slopes.pull[:, None]


def fit_total(
    y: np.ndarray,
    months: Covariates,
    *,
    dispersion: float,
    left: int,
    followed: tuple[float, ...] = FOLLOWED[:1],
    breaks: tuple[int, ...] = (),
) -> Total:
    """Weight the grid by its prior and by its forecasts of past windows of `left` months.

    Counts `y` (months,) and the covariates are of the months known, `dispersion` is D of one month's total,
    `followed` are the values of k; in the months of `breaks` something new began.
    """
    slopes, start = _slopes(months, followed, breaks), origins(len(y), left)
    x, kept = exposure(months, slopes), slopes.kept[:, None]
    grown = np.exp(slopes.growth[:, None] * np.arange(len(y)) / 12)
    past = np.broadcast_to(y, x.shape)
    a = np.stack([discounted(past, f, breaks, kept) for f in FORGETTING]) + 0.5
    b = np.stack([discounted(x * grown, f, breaks, kept) for f in FORGETTING]) / grown
    level = a / (b + 0.5 * len(y) / (y.sum() + 0.5))
    mean = level[..., start - 1] * windows(x, start, left)
    variance = _variance(mean[:, :, None], a[:, :, None, start - 1], SPREAD[:, None], dispersion)
    fit = log_pmf(windows(y, start, left), mean[:, :, None], variance).sum(axis=-1) * window_weight(left)
    fit = fit + _log_prior(slopes)
    weight = np.exp(fit - fit.max()).round(6)
    return Total(weight / weight.sum(), level[..., -1], a[..., -1], slopes, dispersion)


def _slopes(months: Covariates, followed: tuple[float, ...], breaks: tuple[int, ...]) -> Slopes:
    """Return the grid's points: no pull where targets never change, all kept where nothing broke."""
    pulls = PULL if np.ptp(months.ratio) > 0 else PULL[:1]
    return Slopes(*np.array([*product(GROWTH, pulls, followed, KEPT if breaks else KEPT[:1])]).T)


def _variance(mean: np.ndarray, evidence: np.ndarray, spread: np.ndarray, dispersion: float) -> np.ndarray:
    return mean * dispersion + mean**2 * (spread + dispersion / evidence)


def _log_prior(slopes: Slopes) -> np.ndarray:
    forgetting, spread = (-0.5 * np.log(values / 0.03) ** 2 for values in (FORGETTING, SPREAD))
    step = GROWTH[1] - GROWTH[0]
    growth = 0.7 * step / 0.3 * np.exp(-np.abs(slopes.growth) / 0.15) + 0.3 * np.isclose(slopes.growth, 0)
    return forgetting[:, None, None] + np.log(growth)[:, None] + spread


def expected(total: Total, months: Covariates) -> np.ndarray:
    """Return the products expected in each of the months ahead (months,), over the whole grid."""
    plans = np.unique(np.atleast_2d(months.rounds), axis=0, return_counts=True)
    x = [n * exposure(months._replace(rounds=plan), total.slopes) for plan, n in zip(*plans, strict=True)]
    return (total.weight.sum(axis=2) * total.level).sum(axis=0) @ sum(x) / plans[1].sum()


def draw_total(
    total: Total,
    months: Covariates,
    *,
    season_variance: float,
    stretch: float,
    part: "np.ndarray | float" = 1.0,
    draws: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw points of the grid; return the total's mean, variance and exposure by month at each.

    The points are a systematic sample, shuffled; mean and variance are (draws,), exposure (draws, months).
    The covariates are of the months ahead, of which only the `part` (draws, months) is drawn;
    `season_variance` is the relative variance of their summed factors. They are `stretch` times as long as
    the windows fitted to, from 1 up: q grows with it.
    """
    f, g, q = np.unravel_index(systematic(total.weight, draws, rng), total.weight.shape)
    x = exposure(months, Slopes(*(axis[g] for axis in total.slopes))) * part
    mean = total.level[f, g] * x.sum(axis=1)
    spread = SPREAD[q] * stretch + season_variance
    return mean, _variance(mean, total.evidence[f, g], spread, total.dispersion), x
