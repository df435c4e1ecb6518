"""The province's total: its level, learned from discounted counts, and the uncertainty of it.

A gamma level whose past counts ``w = 1 - f`` less for each month of age [1]_: ``a = sum w^i y`` over
``b = sum w^i x``, with exposure ``x = s^(1-k) z^k exp(g t) R^e``: month factor s, rounds' calendar z followed
as far as k, growth g a year, the year's targets R against the usual ones and their pull e. Of what the year
has brought ahead of expectation the part r is taken back, ``m = (x a / b) (came / expected)^-r``. The counts
ahead are negative binomial with mean m and variance ``m D + m^2 (q + D / a)``, D the dispersion of a single
month. Nothing of f, g, e, k, r, q is picked: the forecast is an average over a grid, each point weighted by
its prior and by its forecasts of past windows just as long.

References
----------
.. [1] Harvey, A. C. and Fernandes, C. (1989). Time series models for count or qualitative observations.
   Journal of Business & Economic Statistics 7, 407-417.
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
REVERSION = (0.0, 0.2, 0.4)  # r; prior 2 : 2 : 1
SPREAD = np.exp(np.linspace(-7, -0.5, 9))  # q; prior log-normal(0.01, 1)


class Covariates(NamedTuple):
    """The covariates of months, arrays (months,)."""

    factor: np.ndarray  # s, month factor times the part of the month
    rounds: np.ndarray  # z, what the calendar of rounds says in its place; s where it says nothing
    years: np.ndarray  # t, years from the last known month
    ratio: np.ndarray  # R, the year's targets against all years'


class Slopes(NamedTuple):
    """The grid's points on axis G, arrays (G,)."""

    growth: np.ndarray
    pull: np.ndarray
    followed: np.ndarray
    reversion: np.ndarray


class Total(NamedTuple):
    """The weighted grid: axes F forgetting, G slopes, Q spread."""

    weight: np.ndarray  # (F, G, Q), sums to 1
    level: np.ndarray  # (F, G), products a month in a month of exposure 1
    rest: np.ndarray  # (F, G), factor of the rest of the year, from what has come so far
    evidence: np.ndarray  # (F,), discounted products behind the level
    slopes: Slopes
    dispersion: float  # D


def exposure(months: Covariates, slopes: Slopes) -> np.ndarray:
    """Return ``x = s^(1-k) z^k exp(g t) R^e``, shape (G, months).

    Examples
    --------
    >>> two = Covariates(*(np.array([1.0, value]) for value in (2.0, 8.0, 0.0, 3.0)))
    >>> exposure(two, Slopes(*(np.array([value]) for value in (0.0, 1.0, 0.5, 0.0)))).round(6).tolist()
    [[1.0, 12.0]]
    """
    followed = slopes.followed[:, None]
    season = months.factor ** (1 - followed) * months.rounds**followed
    return season * np.exp(slopes.growth[:, None] * months.years) * months.ratio ** slopes.pull[:, None]


def fit_total(
    y: np.ndarray,
    months: Covariates,
    *,
    dispersion: float,
    left: int,
    gone: int,
    breaks: tuple[int, ...] = (),
) -> Total:
    """Weight the grid by its prior and by its forecasts of past windows of `left` months.

    Counts `y` (months,) and the covariates are of the months known, `dispersion` is D of one month's total,
    `gone` the number of the year's months that are known, a begun one among them; in the months of `breaks`
    something new began.
    """
    slopes, start = _slopes(months), origins(len(y), left)
    x = exposure(months, slopes)
    a = np.stack([discounted(y, f, breaks) for f in FORGETTING]) + 0.5
    b = np.stack([discounted(x, f, breaks) for f in FORGETTING]) + 0.5 * len(y) / (y.sum() + 0.5)
    level = a[:, None] / b
    surprise = _surprise(y, x, level, start, 12 - left, dispersion)
    rest = np.exp(-slopes.reversion[:, None] * surprise)
    mean = level[..., start - 1] * windows(x, start, left) * rest
    variance = _variance(mean[:, :, None], a[:, None, None, start - 1], SPREAD[:, None], dispersion)
    fit = log_pmf(windows(y, start, left), mean[:, :, None], variance).sum(axis=-1) * window_weight(left)
    fit = fit + _log_prior(slopes)
    weight = np.exp(fit - fit.max()).round(6)
    now = _surprise(y, x, level, np.array([len(y)]), gone, dispersion)[..., 0]
    rest = np.exp(-slopes.reversion * now)
    return Total(weight / weight.sum(), level[..., -1], rest, a[:, -1], slopes, dispersion)


def _slopes(months: Covariates) -> Slopes:
    """Return the grid's points: no pull where targets never change, no rounds followed where none are."""
    pulls = PULL if np.ptp(months.ratio) > 0 else PULL[:1]
    followed = FOLLOWED if (months.rounds != months.factor).any() else FOLLOWED[:1]
    return Slopes(*np.array([*product(GROWTH, pulls, followed, REVERSION)]).T)


def _surprise(
    y: np.ndarray, x: np.ndarray, level: np.ndarray, start: np.ndarray, gone: int, dispersion: float
) -> np.ndarray:
    """Return ``log(came / expected)`` (F, G, origins) of the `gone` months before each origin.

    Both are given D products more, so that little says little, and no more than e times is believed. Expected
    is by the level before those months: no surprise where that is not known.
    """
    if len(y) <= gone:
        return np.zeros((*level.shape[:2], len(start)))
    known = start > gone
    before = np.where(known, start - gone, 1)
    expected = level[..., before - 1] * windows(x, before, gone)
    surprise = np.log((windows(y, before, gone) + dispersion) / (expected + dispersion))
    return np.where(known, np.clip(surprise, -1, 1), 0.0)


def _variance(mean: np.ndarray, evidence: np.ndarray, spread: np.ndarray, dispersion: float) -> np.ndarray:
    return mean * dispersion + mean**2 * (spread + dispersion / evidence)


def _log_prior(slopes: Slopes) -> np.ndarray:
    forgetting, spread = (
        -0.5 * np.log(values / median) ** 2 for values, median in ((FORGETTING, 0.03), (SPREAD, 0.01))
    )
    step = GROWTH[1] - GROWTH[0]
    growth = 0.7 * step / 0.3 * np.exp(-np.abs(slopes.growth) / 0.15) + 0.3 * np.isclose(slopes.growth, 0)
    reversion = np.where(slopes.reversion > 0.3, 0.5, 1)
    return forgetting[:, None, None] + np.log(growth * reversion)[:, None] + spread


def expected(total: Total, months: Covariates) -> np.ndarray:
    """Return the products expected in each of the year's months ahead (months,), over the whole grid."""
    level = (total.weight.sum(axis=2) * total.level * total.rest).sum(axis=0)
    return level @ exposure(months, total.slopes)


def draw_total(
    total: Total,
    months: Covariates,
    this_year: np.ndarray,
    *,
    season_variance: float,
    stretch: float,
    part: "np.ndarray | float" = 1.0,
    draws: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw points of the grid; return the total's mean, variance and exposure by month at each.

    The points are a systematic sample, shuffled; mean and variance are (draws,), exposure (draws, months).
    The covariates are of the months ahead, of which those of `this_year` belong to the year that has begun
    and only the `part` (draws, months) is drawn; `season_variance` is the relative variance of their summed
    factors. They are `stretch` times as long as the windows fitted to, from 1 up: q grows with it.
    """
    f, g, q = np.unravel_index(systematic(total.weight, draws, rng), total.weight.shape)
    x = exposure(months, total.slopes)[g] * np.where(this_year, total.rest[f, g, None], 1.0) * part
    mean = total.level[f, g] * x.sum(axis=1)
    spread = SPREAD[q] * stretch + season_variance
    return mean, _variance(mean, total.evidence[f], spread, total.dispersion), x
