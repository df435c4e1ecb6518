"""The lean: how far effort goes to what the year's targets still miss, and stops where they are met.

Of each month's products that units with a target share, the part w goes to what is missing by then, as far as
anything is, and the rest as it did, but slowed by the stop s to units that have their target:

    share' ~ (1 - w) share (1 - s [target met]) + w missing / sum(missing)

as quotas move those who work towards them [1]_: near the deadline less is missing and in fewer units, so the
same w pulls harder there. The parts sum to what they were, so the province's total is not touched; nor is a
unit without a target. The pair (w, s) is not picked: each draw takes one of a grid's, weighed by its prior
and by how well it divides what came from the month ends of past years to their December. Half the prior says
that nothing leans, the rest is for the less the more; where no past year can tell, nothing leans.

References
----------
.. [1] Misra, S. and Nair, H. S. (2011). A structural model of sales-force compensation dynamics. Quantitative
   Marketing and Economics 9, 211-257.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product, repeat
from typing import NamedTuple

import numpy as np
import pandas as pd

from .counts import log_pmf
from .shares import MANY, Common, Shares, shares_at
from .streams import settled

LEANS = (0.0, 0.1, 0.2, 0.4, 0.6, 0.8)  # w
STOPS = (0.0, 0.4, 0.8)  # s
YEAR = 2  # windows that a year counts for: all end in its December and share most of their months
FEWEST = 6  # months known before a window
SMALL = 40  # products whose probabilities are added up one by one
CACHED = 2**16  # numbers that a processor keeps at hand


class Lean(NamedTuple):
    """The weighted grid, and what the year's targets miss; axis P the points."""

    weight: np.ndarray  # (P,), sums to 1
    points: np.ndarray  # (P, 2), w and s
    missing: np.ndarray  # (units,), products; NaN for a unit without a target


class Drawn(NamedTuple):
    """What some units have drawn in one month."""

    units: slice  # of those fitted
    month: int
    mean: np.ndarray  # (units, draws), of the Poisson counts
    came: np.ndarray  # (units, draws), the counts


class Sums(NamedTuple):
    """What units with a target have in all: before, what they miss, and what the stop has left them."""

    whole: np.ndarray
    gap: np.ndarray
    kept: np.ndarray


class Windows(NamedTuple):
    """What past month ends knew, and what then came by December; axis W the windows."""

    start: np.ndarray  # (W,), months known
    missing: np.ndarray  # (units, W), of the year's targets, products; NaN where there was none
    came: np.ndarray  # (12, units, W), in each month ahead; 0 beyond December
    weight: np.ndarray  # (W,)


def fit_lean(
    y: np.ndarray,
    part: np.ndarray,
    fitted: Shares,
    missing: np.ndarray,
    past: Windows,
    breaks: tuple[int, ...],
) -> Lean | None:
    """Weigh the grid by its prior and by how it divides what came in `past` windows, given months' totals.

    Counts `y` (units, months), `part` and `breaks` are those that the shares were `fitted` to; `missing`
    (units,) is what the year's targets still miss now. Without a target in the year, or a past one to learn
    from, nothing leans: None.
    """
    if not np.isfinite(missing).any() or not len(past.start):
        return None
    points = np.array([*product(LEANS, STOPS)])
    fit = np.log(prior(points)) + _log_likelihood(y, part, fitted, past, points, breaks)
    weight = np.exp(fit - fit.max()).round(6)
    return Lean(weight / weight.sum(), points, missing)


def prior(points: np.ndarray) -> np.ndarray:
    """Return the points' prior weights: half for the first, which leans nowhere, of the rest more for less.

    Examples
    --------
    >>> prior(np.array([[0.0, 0.0], [0.0, 0.5], [0.5, 0.5]])).tolist()
    [0.5, 0.4, 0.1]
    """
    less = ((1 - points[1:]) ** 2).prod(axis=1)
    return np.append(0.5, 0.5 * less / less.sum())


def leaned(
    share: np.ndarray,
    missing: np.ndarray,
    met: np.ndarray,
    total: "float | np.ndarray",
    w: "float | np.ndarray",
    s: "float | np.ndarray",
) -> tuple[np.ndarray, np.ndarray]:
    """Return what units (..., units, n) get as before and what they get for what is missing.

    `missing` is in products, NaN without a target; `met` the chance that nothing is, 0 to 1. No more of the
    month's `total` (n,) goes to what is missing than is missing.

    Examples
    --------
    >>> share, missing = np.array([[0.5], [0.3], [0.2]]), np.array([[0.0], [3.0], [np.nan]])
    >>> for w, s in ((0.0, 0.0), (0.5, 0.0), (0.0, 0.4)):
    ...     sum(leaned(share, missing, missing == 0, 1.0, w, s)).round(3).ravel().tolist()
    [0.5, 0.3, 0.2]
    [0.25, 0.55, 0.2]
    [0.4, 0.4, 0.2]
    """
    planned = np.isfinite(missing)
    before, lacking = np.where(planned, share, 0), np.where(planned, missing, 0)
    kept = before * (1 - s * met)
    sums = Sums(*(part.sum(axis=-2, keepdims=True) for part in (before, lacking, kept)))
    own, goal = _divided(kept, lacking, sums, total, w)
    return np.where(planned, own, share), goal


def _divided(
    kept: np.ndarray, lacking: np.ndarray, sums: Sums, total: "float | np.ndarray", w: "float | np.ndarray"
) -> tuple[np.ndarray, np.ndarray]:
    """Divide what units with a target have in all: by what each has kept, and by what each lacks."""
    kept = kept * _ratio(sums.whole, sums.kept)
    w = np.minimum(w, sums.gap / np.maximum(total * sums.whole, 1e-9))
    return (1 - w) * kept, w * sums.whole * _ratio(lacking, sums.gap)


def _ratio(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return one / np.where(other > 0, other, 1)


def path(
    share: np.ndarray,
    relative: np.ndarray,
    batch: float,
    missing: np.ndarray,
    totals: np.ndarray,
    points: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return what units can expect month by month as before, and for what is missing: (months, P, units, n).

    From `share`, `relative` and `missing` (units, n) as now; the province's `totals` are (months, n). What is
    missing later is expected under the negative binomial of what has come by then.
    """
    w, s = points.T[:, :, None, None]
    own, goal = np.zeros((2, len(totals), len(points), *share.shape))
    mean, by_record = np.zeros((2, len(points), *share.shape))
    for at, total in enumerate(totals):
        some = total > 0  # a month that brings nothing changes nothing
        like = slice(None) if at else slice(1)  # at first all points are alike
        before, by_before = mean[like][..., some], by_record[like][..., some]
        variance = before * (1 + batch) + by_before**2 * relative[:, some]
        lacking = _lacking(missing[:, some], before, variance)
        parts = leaned(share[:, some], *lacking, total[some], w, s)
        own[at][..., some], goal[at][..., some] = (part * total[some] for part in parts)
        by_record = by_record + own[at]
        mean = mean + own[at] + goal[at]
    return own, goal


def _lacking(missing: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what is missing in the mean once a count of this mean and variance came, and the chance of none.

    Examples
    --------
    >>> lacking, met = _lacking(np.array([2.0]), np.array([1.0]), np.array([2.0]))  # geometric, p = 1/2
    >>> lacking.tolist(), met.tolist()
    ([1.25], [0.25])
    """
    mean = np.maximum(mean, 1e-9)
    r = mean**2 / np.maximum(variance - mean, 1e-6 * mean)
    missing = np.broadcast_to(missing, r.shape)
    less, below = missing.copy(), np.zeros(r.shape)
    for some, way in ((missing > SMALL, _by_beta), ((missing > 0) & (missing <= SMALL), _by_sums)):
        less[some], below[some] = way(missing[some], mean[some], r[some])
    return less, 1 - below


def _by_beta(gap: np.ndarray, mean: np.ndarray, r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return ``E max(gap - X, 0)`` and ``P(X < gap)`` of a negative binomial X, whole gaps from 2 up (n,)."""
    from scipy.special import betainc

    p = r / (r + mean)
    below = betainc(r, gap, p)  # sum of x P(x) below the gap is the mean times that of r + 1
    return gap * below - mean * betainc(r + 1, gap - 1, p), below


def _by_sums(gap: np.ndarray, mean: np.ndarray, r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what `_by_beta` does, by adding up: much faster for gaps of a few products."""
    less, below = np.zeros((2, len(gap)))
    probability, odds, left = np.exp(-r * np.log1p(mean / r)), mean / (r + mean), np.arange(len(gap))
    for x in range(int(gap.max(initial=0))):
        below[left] += probability
        less[left] += below[left]
        on = gap[left] > x + 1
        probability = (probability * odds * (r + x) / (x + 1))[on]
        left, r, odds = left[on], r[on], odds[on]
    return less, below


def _log_likelihood(
    y: np.ndarray,
    part: np.ndarray,
    fitted: Shares,
    past: Windows,
    points: np.ndarray,
    breaks: tuple[int, ...],
) -> np.ndarray:
    """Return each point's log probability of what came in the past windows (P,), given months' totals.

    Of a large panel some units are taken for the whole.
    """
    share, evidence, _ = shares_at(y, part, past.start, fitted.memory, breaks)
    some = slice(None, None, -(-len(y) // MANY))
    share, missing, came = share[some] / share[some].sum(axis=0), past.missing[some], past.came[:, some]
    relative, batch = fitted.level + 1 / evidence[some], fitted.batch
    months = path(share, relative, batch, missing, came.sum(axis=1), points)
    own, goal = (expected.sum(axis=0) for expected in months)
    mean = np.maximum(own + goal, 1e-6 * share)
    fit = log_pmf(came.sum(axis=0), mean, mean * (1 + batch) + own**2 * relative)
    return fit.sum(axis=1) @ past.weight


def past_windows(panel: pd.DataFrame, targets: pd.DataFrame, year: int) -> Windows:
    """Return the windows from the month ends of the years before `year` to their December.

    Only whole years with a target for some unit have any; `targets` are years x units, as the panel.
    """
    years, month, y = panel.index.year.to_numpy(), panel.index.month.to_numpy(), panel.to_numpy(float).T
    asked = targets.reindex(years).to_numpy().T
    whole = (years < year) & (years >= (panel.index[0] + 11).year)
    start = np.flatnonzero(whole & np.isfinite(asked).any(axis=0) & (np.arange(len(panel)) >= FEWEST))
    begin = start + 1 - month[start]
    so_far = _running(y)[:, start] - _running(y)[:, begin]
    ahead = start + np.arange(12)[:, None]
    came = np.where(ahead < begin + 12, y[:, np.minimum(ahead, y.shape[1] - 1)], 0).transpose(1, 0, 2)
    _, at, windows = np.unique(begin, return_inverse=True, return_counts=True)
    weight = np.minimum(1, YEAR / windows)[at]
    return Windows(start, np.maximum(asked[:, start] - so_far, 0), came, weight)


def _running(y: np.ndarray) -> np.ndarray:
    """Return the sums before each month, and after the last."""
    return np.pad(np.cumsum(y, axis=1), [(0, 0), (1, 0)])


def missing_now(panel: pd.DataFrame, targets: pd.DataFrame, year: int) -> np.ndarray:
    """Return what the year's targets still miss (units,), NaN for a unit without one."""
    asked = targets.reindex([year]).to_numpy()[0]
    return np.maximum(asked - panel[panel.index.year == year].sum().to_numpy(), 0)


def expected_counts(lean: Lean, fitted: Shares, totals: np.ndarray) -> np.ndarray:
    """Return what to expect (units, months) where the province's months bring `totals` (months,)."""
    share, relative, missing = (known[:, None] for known in (fitted.share, fitted.relative, lean.missing))
    own, goal = path(share, relative, fitted.batch, missing, totals[:, None], lean.points)
    return np.einsum("p,mpu->um", lean.weight, (own + goal)[..., 0])


def draw_leaning(
    lean: Lean,
    fitted: Shares,
    common: Common,
    parts: np.ndarray,
    this_year: np.ndarray,
    pairs: np.ndarray,
    units: list[np.random.Generator],
) -> Iterator[Drawn]:
    """Yield month by month the Poisson means and the counts drawn from them, each unit's by its own stream.

    `parts` (draws, months) are the months' of the common total, `pairs` (draws, 2) each draw's w and s; only
    in months of `this_year` (months,) do shares lean. A month's rates sum to what they would without lean.
    As many units as a cache holds are drawn at a time, on all processors.
    """
    size = max(1, CACHED // len(parts))
    blocks = [slice(at, at + size) for at in range(0, len(units), size)]
    way = _Way(lean, fitted, common, parts, pairs, units)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        [*pool.map(way.begin, blocks)]
        for month, leans in enumerate(this_year):
            sums = way.sums() if leans else None
            yield from pool.map(way.go, blocks, repeat(month), repeat(sums))


class _Way:
    """Units on their way through the months ahead, arrays (units, draws): their rates, and what they miss."""

    def __init__(
        self,
        lean: Lean,
        fitted: Shares,
        common: Common,
        parts: np.ndarray,
        pairs: np.ndarray,
        units: list[np.random.Generator],
    ) -> None:
        self.fitted, self.common, self.parts, self.units = fitted, common, parts, units
        self.planned, (self.w, self.s) = np.isfinite(lean.missing), pairs.T
        goal = np.where(self.planned, lean.missing, 0).astype(np.int64)
        self.missing = np.repeat(goal.astype(np.min_scalar_type(goal.max()))[:, None], len(parts), axis=1)
        self.rate = np.empty(self.missing.shape)

    def begin(self, some: slice) -> None:
        """Draw the rates of some units."""
        room = self.fitted.relative[some, None] * self.common.room
        own = _each(self.units[some], "standard_gamma", 1 / room)
        self.rate[some] = self.fitted.share[some, None] * own * room

    def sums(self) -> Sums:
        """Add up the units with a target, one after the other, so that nothing decides the last digit."""
        whole, gap, kept = np.zeros((3, len(self.parts)))
        for at in np.flatnonzero(self.planned):
            whole += self.rate[at]
            gap += self.missing[at]
            kept += self._kept(at)
        return Sums(whole, gap, kept)

    def go(self, some: slice, month: int, sums: Sums | None) -> Drawn:
        """Draw a month of some units; without `sums` it leans nowhere."""
        total, batch, share = self.common.total * self.parts[:, month], self.common.batch, self.rate[some]
        if sums is not None:
            leaning = sum(_divided(self._kept(some), self.missing[some], sums, total, self.w))
            share = np.where(self.planned[some, None], leaning, share)
        mean = batch * _each(self.units[some], "standard_gamma", total * share / batch)
        came = _each(self.units[some], "poisson", mean)
        self.missing[some] -= np.minimum(came, self.missing[some]).astype(self.missing.dtype)
        return Drawn(some, month, mean, came)

    def _kept(self, some: "slice | np.integer") -> np.ndarray:
        return self.rate[some] * (1 - self.s * (self.missing[some] == 0))


def _each(units: list[np.random.Generator], kind: str, of: np.ndarray) -> np.ndarray:
    """Draw a row for each unit by its own stream."""
    return np.stack([getattr(rng, kind)(row) for rng, row in zip(units, settled(of), strict=True)])
