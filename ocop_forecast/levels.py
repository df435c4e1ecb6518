"""The two levels under the trend: the province's total and the units' shares of it. Arrays only, time last.

*Total.* A gamma level whose past counts ``w = 1 - f`` less for each month of age [1]_, ``a = sum w^i y`` over
``b = sum w^i x``, with exposure ``x = s exp(g t) R^e``: month factor s, growth g a year, R the year's targets
against the mean, pull e. The counts ahead are negative binomial with mean ``m = x a / b`` and variance
``m D + m^2 (q + D / a)``, D the dispersion of a single month. Nothing of f, g, e, q is picked: the forecast
is an average over a grid, each point weighted by its prior and its forecasts of past windows just as long.

*Shares.* A unit's rate against an average one is gamma with mean ``Z r/d + (1 - Z) p``, the credibility
estimate [2]_ with ``Z = d / (d + c)``: r its remembered counts, d those of an average unit in the same
months, c the weight of the complement p, its part of the targets (mean 1). Each month r, d and c keep
``(1 - u) / (1 + v (r + c))`` of themselves, so that a large unit, whose changes show, is remembered for a
shorter time than a small one; c then gains ``u k``, so that what fades of a unit gives way to p. Given the
total, a unit's count is negative binomial, variance ``m (1 + batch) + m^2 (level + 1 / (r + c p))``. The
drift v, the fading u, the strength k, level and batch are common to all units, as in [3]_.

References
----------
.. [1] Harvey, A. C. and Fernandes, C. (1989). Time series models for count or qualitative observations.
   Journal of Business & Economic Statistics 7, 407-417.
.. [2] Bühlmann, H. and Straub, E. (1970). Glaubwürdigkeit für Schadensätze. Mitteilungen der Vereinigung
   schweizerischer Versicherungsmathematiker 70, 111-133.
.. [3] Snyder, R. D., Ord, J. K. and Beaumont, A. (2012). Forecasting the intermittent demand for slow-moving
   inventories. International Journal of Forecasting 28, 485-496.
"""

from typing import NamedTuple

import numpy as np

FORGETTING = np.array([0.4, 0.25, 0.15, 0.1, 0.06, 0.03, 0.015, 0.005])  # f; prior log-normal(0.03, 1)
GROWTH = np.linspace(-0.5, 0.5, 21)  # g; prior Laplace(0, 0.12)
PULL = np.array([0.0, 0.5, 1.0])  # e; all alike
SPREAD = np.exp(np.linspace(-7, -0.5, 9))  # q; prior log-normal(0.01, 1)
UNITS = np.array([0.005, 0.01, 0.7, 0.1, 0.25])  # v, u, k, level, batch; priors log-normal(these, 1)
STEP = 3  # months from one past window to the next


class Total(NamedTuple):
    """The weighed grid: axes F forgetting, G growth x pull, Q spread."""

    weight: np.ndarray  # (F, G, Q), sums to 1
    level: np.ndarray  # (F, G), products a month in a month of exposure 1
    evidence: np.ndarray  # (F, 1, 1), discounted products behind the level
    growth: np.ndarray  # (G,)
    pull: np.ndarray  # (G,)
    dispersion: float  # D


class Shares(NamedTuple):
    """The units' shares of the total and the spread around them."""

    share: np.ndarray  # (units,), sums to 1
    relative: np.ndarray  # (units,), relative variance of a unit's own level
    credibility: np.ndarray  # (units,), Z
    level: float
    batch: float


def origins(months: int, left: int) -> np.ndarray:
    """Return how many months were known at each past origin: a quarter apart, 6 or more, window known whole.

    Examples
    --------
    >>> origins(20, 4).tolist()
    [8, 11, 14]
    """
    return np.arange(months - STEP * -(-left // STEP), 5, -STEP)[::-1]


def windows(x: np.ndarray, start: np.ndarray, left: int) -> np.ndarray:
    """Return the sums of `left` months after each of `start` known months.

    Examples
    --------
    >>> windows(np.array([1, 2, 3, 4]), np.array([0, 2]), 2).tolist()
    [3, 7]
    """
    running = np.concatenate([np.zeros_like(x[..., :1]), np.cumsum(x, axis=-1)], axis=-1)
    return running[..., start + left] - running[..., start]


def discounted(x: np.ndarray, forgetting: float) -> np.ndarray:
    """Return ``sum_i (1 - f)^i x[t - i]`` at each t.

    Examples
    --------
    >>> discounted(np.array([4.0, 0.0, 1.0]), 0.5).tolist()
    [4.0, 2.0, 2.0]
    """
    from scipy.signal import lfilter

    return lfilter([1.0], [1.0, forgetting - 1.0], x, axis=-1)


def log_pmf(y: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Return the log probability of y, negative binomial with this mean and variance (Poisson at the least).

    Examples
    --------
    >>> float(np.exp(log_pmf(0, 1.0, 2.0)))  # r = 1: geometric with p = 1/2
    0.5
    """
    from scipy.special import gammaln

    r = mean**2 / np.maximum(variance - mean, 1e-6 * mean)
    stop = -np.log1p(mean / r)
    return gammaln(y + r) - gammaln(r) - gammaln(y + 1) + r * stop + y * (np.log(mean / r) + stop)


def exposure(factor, years, ratio, growth, pull) -> np.ndarray:
    """Return ``x = s exp(g t) R^e``, shape (G, months), from s, t, R (months,) and g, e (G,)."""
    return factor * np.exp(growth[:, None] * years) * ratio ** pull[:, None]


def fit_total(y, factor, years, ratio, dispersion: float, left: int) -> Total:
    """Weigh the grid by its prior and by how it forecast past windows of `left` months.

    Parameters
    ----------
    y, factor, years, ratio : ndarray (months,)
        Counts, month factors s, years from now t (0 in the last month, negative before), targets' ratio R.
    dispersion : float
        D, variance over mean of one month's total.
    left : int
        Months wanted now. Windows overlap, so each counts ``STEP / left`` at most.
    """
    pulls = PULL if np.ptp(ratio) > 0 else PULL[:1]
    growth, pull = (axis.ravel() for axis in np.meshgrid(GROWTH, pulls))
    x, start = exposure(factor, years, ratio, growth, pull), origins(len(y), left)
    a = np.stack([discounted(y, f) for f in FORGETTING])[:, None] + 0.5
    b = np.stack([discounted(x, f) for f in FORGETTING]) + 0.5 * len(y) / (y.sum() + 0.5)
    mean = (a / b)[..., start - 1] * windows(x, start, left)
    variance = _variance(mean[:, :, None], a[..., None, start - 1], SPREAD[:, None], dispersion)
    fit = log_pmf(windows(y, start, left), mean[:, :, None], variance).sum(axis=-1) * min(1, STEP / left)
    fit = fit + _log_prior(growth)
    weight = np.exp(fit - fit.max()).round(6)
    return Total(weight / weight.sum(), (a / b)[..., -1], a[..., -1:], growth, pull, dispersion)


def _variance(mean, evidence, spread, dispersion):
    return mean * dispersion + mean**2 * (spread + dispersion / evidence)


def _log_prior(growth):
    forgetting = -0.5 * np.log(FORGETTING / 0.03) ** 2
    spread = -0.5 * np.log(SPREAD / 0.01) ** 2
    return forgetting[:, None, None] - np.abs(growth)[:, None] / 0.12 + spread


def draw_total(total: Total, x: np.ndarray, doubt: float, stretch: float, draws: int, rng):
    """Draw points of the grid and return for each the total's mean, its variance and its exposure by month.

    Parameters
    ----------
    x : ndarray (G, months)
        Exposure of the months ahead.
    doubt : float
        Relative variance of their summed month factors.
    stretch : float
        How many times longer the months ahead are than the windows fitted to: q grows with it, from 1 up.
    draws : int
        Number of draws; the points are a systematic sample, shuffled.

    Returns
    -------
    mean, variance : ndarray (draws,)
    x : ndarray (draws, months)
    """
    edges = np.cumsum(total.weight)
    at = np.searchsorted(edges, (np.arange(draws) + 0.5) / draws * edges[-1])
    f, g, q = np.unravel_index(rng.permutation(at), total.weight.shape)
    mean = total.level[f, g] * x[g].sum(axis=1)
    spread = SPREAD[q] * stretch + doubt
    return mean, _variance(mean, total.evidence[f, 0, 0], spread, total.dispersion), x[g]


def remember(y: np.ndarray, at: np.ndarray, drift: float, fading: float, strength: float) -> np.ndarray:
    """Return r, d and c (3, units, len(at)) after `at` known months, from v, u and k.

    Examples
    --------
    >>> remember(np.array([[1.0, 3.0], [1.0, 1.0]]), np.array([0, 2]), 0.0, 0.0, 0.5)[:, 0].tolist()
    [[0.0, 4.0], [0.0, 3.0], [0.5, 0.5]]
    """
    r, d, c = np.zeros(len(y)), np.zeros(len(y)), np.full(len(y), strength)
    known = [(r, d, c)]
    for counts, average in zip(y.T, y.mean(axis=0), strict=True):
        kept = (1 - fading) / (1 + drift * (r + c))
        r, d, c = r * kept + counts, d * kept + average, c * kept + fading * strength
        known.append((r, d, c))
    return np.stack([known[months] for months in at], axis=-1)


def fit_shares(y: np.ndarray, part: np.ndarray, left: int) -> Shares:
    """Fit the units' shares to their counts in past windows of `left` months, given each window's total.

    Parameters
    ----------
    y : ndarray (units, months)
        Counts.
    part : ndarray (units, months + 1)
        p, the units' parts of the targets (mean 1) in the year that goes on after 0, 1, ... months.
    left : int
        Months wanted now.

    Notes
    -----
    The maximum of likelihood times prior is kept to two digits: enough, and the same on every machine.
    """
    from scipy.optimize import minimize

    start, middle = origins(y.shape[1], left), np.log(UNITS)
    seen, weight = windows(y, start, left), min(1, STEP / left)

    def loss(values):
        *memory, level, batch = np.exp(values)
        share, evidence, _ = _shares(y, part, start, memory)
        mean = share * np.maximum(seen.sum(axis=0), 1e-6)
        fit = log_pmf(seen, mean, mean * (1 + batch) + mean**2 * (level + 1 / evidence)).sum()
        return 0.5 * ((values - middle) ** 2).sum() - weight * fit

    best = middle
    if len(start) and len(y) > 1:
        within = list(zip(middle - 4, middle + 4, strict=True))
        best = minimize(loss, middle, jac="3-point", method="L-BFGS-B", bounds=within).x
    *memory, level, batch = (float(f"{value:.2g}") for value in np.exp(best))
    share, evidence, credibility = (x[:, 0] for x in _shares(y, part, np.array([y.shape[1]]), memory))
    return Shares(share, level + 1 / evidence, credibility, level, batch)


def _shares(y, part, at, memory):
    """Return share of the total, gamma evidence ``r + c p`` and credibility, each (units, len(at))."""
    r, d, c = remember(y, at, *memory)
    evidence = r + c * part[:, at]
    rate = evidence / (d + c)
    return rate / rate.sum(axis=0), evidence, d / (d + c)


class Common(NamedTuple):
    """What all units share in each draw, arrays (draws,)."""

    total: np.ndarray  # M, products
    batch: np.ndarray  # the units' batch, as far as the total's variance has room for it
    room: np.ndarray  # the part of the units' own relative variance it has room for, 0 to 1


def common(mean: np.ndarray, variance: np.ndarray, shares: Shares, rng) -> Common:
    """Draw the total that all units share in: gamma, with what the total varies more than its units' own sum.

    Its relative variance v solves ``variance = m (1 + batch) + m^2 c + v m^2 (1 + c)``, where
    ``c = sum share^2 relative``. Few units may vary more than their own total does: then batch and c are cut
    to what it leaves, so that the draws have the total's variance whatever the number of units.
    """
    c = (shares.share**2 * shares.relative).sum()
    batch = np.clip(variance / mean - 1, 1e-6, shares.batch)
    left = np.maximum(variance - mean * (1 + batch), 0)
    room = np.clip(left / (mean**2 * c), 1e-6, 1)
    v = np.maximum((left - mean**2 * c * room) / (mean**2 * (1 + c * room)), 1e-6)
    return Common(mean * v * rng.standard_gamma(1 / v), batch, room)


def rounds(x: np.ndarray, mean: np.ndarray, dispersion: float, rng) -> np.ndarray:
    """Draw each month's part of the total (draws, months), Dirichlet around x: rounds that all units share.

    A concentration of ``m / (D - 1)`` gives a single month about the dispersion D that months have shown; it
    is at least one a month, so that no draw puts a year's rest into a single month for sure.
    """
    concentration = np.clip(mean / max(dispersion - 1, 1e-3), x.shape[1], 1e4)
    drawn = rng.standard_gamma(concentration[:, None] * x / x.sum(axis=1, keepdims=True))
    return drawn / drawn.sum(axis=1, keepdims=True)


def unit(shared: Common, share: float, relative: float, parts: np.ndarray, rng) -> np.ndarray:
    """Draw one unit's counts (draws, months): its own level, then batches, then months by `parts`."""
    own = relative * shared.room
    level = shared.total * share * own * rng.standard_gamma(1 / own)
    rate = shared.batch * rng.standard_gamma(level / shared.batch)
    return rng.poisson(rate[:, None] * parts)
