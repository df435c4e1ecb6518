"""The units' shares of the province's total, and the draws of what comes.

A unit's rate against an average one is gamma with mean ``Z r/d + (1 - Z) p``, the credibility estimate [1]_
with ``Z = d / (d + c)``: r its remembered counts, d those of an average unit in the same months, c the weight
of the complement p, its part of the targets (mean 1). Each month r, d and c keep
``(1 - u) / (1 + v (r + c))`` of themselves, so that a large unit, whose changes show, is remembered for a
shorter time than a small one; c then gains ``u k``, so that what fades of a unit gives way to p. Given the
total, a unit's count is negative binomial, variance ``m (1 + batch) + m^2 (level + 1 / (r + c p))``. The
drift v, the fading u, the strength k, level and batch are common to all units, as in [2]_.

References
----------
.. [1] Bühlmann, H. and Straub, E. (1970). Glaubwürdigkeit für Schadensätze. Mitteilungen der Vereinigung
   schweizerischer Versicherungsmathematiker 70, 111-133.
.. [2] Snyder, R. D., Ord, J. K. and Beaumont, A. (2012). Forecasting the intermittent demand for slow-moving
   inventories. International Journal of Forecasting 28, 485-496.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit

from .counts import HALF, log_pmf, origins, window_weight, windows
from .streams import settled

PRIOR = np.array([0.005, 0.01, 0.7, 0.05, 0.25])  # medians of v, u, k, level, batch; all log-normal(., 1)
NOTHING = 1e-9
NEVER = np.array([NOTHING, NOTHING, *PRIOR[2:]])  # the same where nothing is ever forgotten
SPIKE, TRUST = 0.3, 3.0  # prior chance of it; how many times the difference in loss is believed
MANY = 400  # units that say enough about what is common to all
FEW = 100  # products a draw that are still placed one by one
CELLS = 256  # equal parts into which a draw's months are cut


class Shares(NamedTuple):
    """The units' shares of the total and the spread around them."""

    share: np.ndarray  # (units,), sums to 1
    relative: np.ndarray  # (units,), relative variance of a unit's own rate
    credibility: np.ndarray  # (units,), Z
    level: float  # relative variance of a unit's rate beyond what its evidence leaves open
    batch: float  # variance over mean of a unit's batches, less 1
    memory: tuple[float, ...]  # v, u and k


def remember(
    y: np.ndarray,
    at: np.ndarray,
    drift: "float | np.ndarray",
    fading: "float | np.ndarray",
    strength: "float | np.ndarray",
    breaks: tuple[int, ...] = (),
) -> np.ndarray:
    """Return r, d and c (3, ..., units, len(at)) after `at` known months of counts `y` (units, months).

    `drift`, `fading` and `strength` are v, u and k, numbers or (..., 1). In the months of `breaks` something
    new began: r and d keep half of what lies before.

    Examples
    --------
    >>> remember(np.array([[1.0, 3.0], [1.0, 1.0]]), np.array([0, 2]), 0.0, 0.0, 0.5)[:, 0].tolist()
    [[0.0, 4.0], [0.0, 3.0], [0.5, 0.5]]
    """
    c = strength + np.zeros(len(y))
    r, d, average = np.zeros_like(c), np.zeros_like(c), y.mean(axis=0)
    known = np.empty((3, *c.shape, len(at)))
    for month in range(y.shape[1] + 1):
        if (asked := at == month).any():
            known[..., asked] = np.stack([r, d, c])[..., None]
        if month < y.shape[1]:
            kept = (1 - fading) / (1 + drift * (r + c))
            record = kept * HALF if month in breaks else kept
            r, d, c = r * record + y[:, month], d * record + average[month], c * kept + fading * strength
    return known


def fit_shares(y: np.ndarray, part: np.ndarray, *, left: int, breaks: tuple[int, ...] = ()) -> Shares:
    """Fit the units' shares to their counts in past windows of 1, 3 and `left` months, given each total.

    Counts `y` are (units, months); `part` (units, months + 1) is p, the units' parts of the targets (mean 1)
    as seen after 0, 1, ... months; in the months of `breaks` something new began. The maximum of likelihood
    times prior is kept to two digits: enough, and the same on every machine. The parameters common to all are
    fitted on about `MANY` units of a large panel.
    """
    some, now = slice(None, None, -(-len(y) // MANY)), np.array([y.shape[1]])
    usual, loss = _most_likely(PRIOR, PRIOR, y[some], part[some], left, breaks)
    never, its_loss = _most_likely(NEVER, usual, y[some], part[some], left, breaks)
    weight = round(float(expit(TRUST * (loss - its_loss) + logit(SPIKE))), 2)
    mean = weight * never + (1 - weight) * usual
    *memory, level, batch = (float(f"{value:.2g}") for value in mean)
    share, evidence, credibility = (x[:, 0] for x in shares_at(y, part, now, memory, breaks))
    return Shares(share, level + 1 / evidence, credibility, level, batch, tuple(memory))


def _most_likely(
    prior: np.ndarray, begin: np.ndarray, y: np.ndarray, part: np.ndarray, left: int, breaks: tuple[int, ...]
) -> tuple[np.ndarray, float]:
    """Return the most likely v, u, k, level and batch under these medians, and the loss there.

    Those whose median is `NOTHING` stay that; the search for the others starts where `begin` is.
    """
    from scipy.optimize import minimize

    if not len(origins(y.shape[1], 1)) or len(y) == 1:
        return prior, 0.0
    middle, free, step = np.log(prior), prior > NOTHING, 1e-4 * np.eye((prior > NOTHING).sum())

    def loss_and_slope(values: np.ndarray) -> tuple[float, np.ndarray]:  # by central differences
        points = np.tile(middle, (1 + 2 * len(values), 1))
        points[:, free] = values + np.vstack([0 * values, step, -step])
        loss = _loss(points, middle, y, part, left, breaks)
        above, below = np.split(loss[1:], 2)
        return loss[0], (above - below) / 2e-4

    bounds, terms = [(at - 4, at + 4) for at in middle[free]], {"ftol": 1e-6, "gtol": 1e-3}
    found = minimize(loss_and_slope, np.log(begin)[free], jac=True, bounds=bounds, options=terms)
    best = prior.copy()
    best[free] = np.exp(found.x)
    return best, float(found.fun)


def _loss(
    points: np.ndarray,
    middle: np.ndarray,
    y: np.ndarray,
    part: np.ndarray,
    left: int,
    breaks: tuple[int, ...],
) -> np.ndarray:
    """Return minus the log of likelihood times prior at each of the points (P, 5)."""
    start = origins(y.shape[1], 1)
    *memory, level, batch = np.exp(points).T[:, :, None, None]
    share, evidence, _ = shares_at(y, part, start, [values[..., 0] for values in memory], breaks)
    relative, misfit = level + 1 / evidence, []
    for length in (1, 3, left):
        first = origins(y.shape[1], length)
        if len(first):
            counts = windows(y, first, length)
            mean = share[..., : len(first)] * np.maximum(counts.sum(axis=0), 1e-6)
            fit = log_pmf(counts, mean, mean * (1 + batch) + mean**2 * relative[..., : len(first)])
            misfit.append(-fit.sum(axis=(1, 2)) * window_weight(length))
    return 0.5 * ((points - middle) ** 2).sum(axis=1) + np.mean(misfit, axis=0)


def shares_at(
    y: np.ndarray, part: np.ndarray, at: np.ndarray, memory: Sequence, breaks: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return share of the total, gamma evidence ``r + c p`` and credibility, each (..., units, len(at)).

    `memory` holds v, u and k, as in `remember`; they are seen after each of `at` known months.
    """
    drift, fading, strength = memory
    r, d, c = remember(y, at, drift, fading, strength, breaks)
    evidence = r + c * part[:, at]
    rate = evidence / (d + c)
    return rate / rate.sum(axis=-2, keepdims=True), evidence, d / (d + c)


class Common(NamedTuple):
    """What all units share in each draw, arrays (draws,)."""

    total: np.ndarray  # M, products
    batch: np.ndarray  # the units' batch, as far as the total's variance has room for it
    room: np.ndarray  # the part of the units' own relative variance it has room for, 0 to 1


def draw_common(mean: np.ndarray, variance: np.ndarray, shares: Shares, rng: np.random.Generator) -> Common:
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
    return Common(mean * v * rng.standard_gamma(settled(1 / v)), batch, room)


class Months(NamedTuple):
    """How each draw divides over the months ahead, common to all units."""

    parts: np.ndarray  # (draws, months), sums to 1 a draw
    cells: np.ndarray  # (draws, CELLS), where a product of the draw goes: draw x months + month


def draw_months(x: np.ndarray, mean: np.ndarray, dispersion: float, rng: np.random.Generator) -> Months:
    """Draw each month's part of the total (draws, months), Dirichlet around x: rounds that all units share.

    A concentration of ``m / (D - 1)`` gives a single month about the dispersion D that months have shown; it
    is at least one a month, so that no draw puts a year's rest into a single month for sure.
    """
    concentration = np.clip(mean / max(dispersion - 1, 1e-3), x.shape[1], 1e4)
    shape = concentration[:, None] * x / x.sum(axis=1, keepdims=True)
    drawn = rng.standard_gamma(settled(shape))
    return _with_cells(drawn / drawn.sum(axis=1, keepdims=True), rng)


def _with_cells(parts: np.ndarray, rng: np.random.Generator) -> Months:
    """Give each month its part of the cells of a draw, rounded at random so that the mean is right."""
    ends = np.ceil(np.cumsum(parts, axis=1) * CELLS - rng.random((len(parts), 1)))
    month = (np.arange(CELLS)[:, None] >= ends[:, None, :-1]).sum(axis=2, dtype=np.int32)
    return Months(parts, month + parts.shape[1] * np.arange(len(parts), dtype=np.int32)[:, None])


def draw_rate(common: Common, share: float, relative: float, rng: np.random.Generator) -> np.ndarray:
    """Draw the mean of one unit's Poisson count (draws,): its own rate, then the size of its batches."""
    own = relative * common.room
    rate = common.total * share * own * rng.standard_gamma(settled(1 / own))
    return common.batch * rng.standard_gamma(settled(rate / common.batch))


def draw_unit(
    common: Common, share: float, relative: float, months: Months, rng: np.random.Generator
) -> np.ndarray:
    """Draw one unit's counts (draws, months): its rate, its count, then each product's month."""
    count = rng.poisson(settled(draw_rate(common, share, relative, rng)))
    if count.sum() > FEW * count.size:
        return rng.multinomial(count, months.parts)
    cell = np.repeat(np.arange(0, months.cells.size, CELLS), count)
    cell += rng.integers(CELLS, size=len(cell), dtype=np.uint8)
    return np.bincount(months.cells.ravel()[cell], minlength=months.parts.size).reshape(months.parts.shape)
