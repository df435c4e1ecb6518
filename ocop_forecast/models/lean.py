"""The lean: how far effort goes to what the year's targets still miss, and stops where they are met.

Of the part of the province's products that units with a target share, ``1 - w`` goes on as it did, but a unit
that has its target is slowed by the stop s, and w goes to what is missing:

    share' ~ (1 - w) share (1 - s [target met]) + w missing / sum(missing)

as quotas move those who work towards them [1]_. The parts sum to what they were, so the province's total is
not touched; nor is a unit without a target. The pair (w, s) is not picked: each draw takes one of a grid's,
weighed by its prior and by how well it divides what came from the month ends of past years to their December.
Half the prior says that nothing leans.

References
----------
.. [1] Misra, S. and Nair, H. S. (2011). A structural model of sales-force compensation dynamics. Quantitative
   Marketing and Economics 9, 211-257.
"""

from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd

from .counts import log_pmf
from .shares import Shares, shares_at

LEANS = (0.0, 0.1, 0.2, 0.4, 0.6, 0.8)  # w
STOPS = (0.0, 0.4, 0.8)  # s
YEAR = 2  # windows that a year counts for: all end in its December and share most of their months
FEWEST = 6  # months known before a window


class Lean(NamedTuple):
    """The weighted grid, and each point's shares; axis P the points, one alone where nothing can lean."""

    weight: np.ndarray  # (P,), sums to 1
    share: np.ndarray  # (P, units), sums to 1 over units
    relative: np.ndarray  # (P, units), relative variance of a unit's own rate
    points: np.ndarray  # (P, 2), w and s


class Windows(NamedTuple):
    """What past month ends knew, and what then came by December; W the windows."""

    start: np.ndarray  # (W,), months known
    missing: np.ndarray  # (units, W), of the year's targets, products; NaN where there was none
    came: np.ndarray  # (units, W)
    weight: np.ndarray  # (W,)


def fit_lean(
    y: np.ndarray, part: np.ndarray, fitted: Shares, missing: np.ndarray, past: Windows, breaks: tuple[int, ...]
) -> Lean:
    """Weigh the grid by its prior and by how its shares divide what came in `past` windows, given each total.

    Counts `y` (units, months), `part` and `breaks` are those that the shares were `fitted` to; `missing`
    (units,) is what the year's targets still miss now, NaN for a unit without one.
    """
    points = grid(missing)
    share, relative = leaned(fitted.share, fitted.relative, fitted.level, missing, points)
    fit = np.log(prior(points)) + _log_likelihood(y, part, fitted, past, points, breaks)
    weight = np.exp(fit - fit.max()).round(6)
    return Lean(weight / weight.sum(), share, relative, points)


def grid(missing: np.ndarray) -> np.ndarray:
    """Return the points (w, s) of the grid; where no unit has a target only that of no lean.

    Examples
    --------
    >>> len(grid(np.array([2.0, np.nan]))), grid(np.array([np.nan])).tolist()
    (18, [[0.0, 0.0]])
    """
    pairs = np.array([*product(LEANS, STOPS)])
    return pairs if np.isfinite(missing).any() else pairs[:1]


def prior(points: np.ndarray) -> np.ndarray:
    """Return the points' prior weights: half for the first, which leans nowhere, the rest alike.

    Examples
    --------
    >>> prior(np.zeros((3, 2))).tolist()
    [0.5, 0.25, 0.25]
    """
    others = max(len(points) - 1, 1)
    return np.append(0.5, np.full(len(points) - 1, 0.5 / others))


def leaned(
    share: np.ndarray, relative: np.ndarray, level: float, missing: np.ndarray, points: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return each point's shares and their relative variances (P, units, ...), of shares (units, ...).

    What a unit's record leaves open is relative to the part of its share that comes of the record.

    Examples
    --------
    >>> share, missing = np.array([0.5, 0.3, 0.2]), np.array([0.0, 3.0, np.nan])
    >>> leaned(share, share, 0.1, missing, np.array([[0.0, 0.0], [0.5, 0.0], [0.0, 0.4]]))[0].round(3).tolist()
    [[0.5, 0.3, 0.2], [0.25, 0.55, 0.2], [0.4, 0.4, 0.2]]
    """
    w, s = points.T.reshape(2, -1, *(1,) * share.ndim)
    planned = np.isfinite(missing)
    whole = np.where(planned, share, 0).sum(axis=0)
    kept = share * np.where(missing > 0, 1, 1 - s)
    kept = kept * _ratio(whole, np.where(planned, kept, 0).sum(axis=1, keepdims=True))
    lacking = np.nansum(missing, axis=0)
    own = (1 - w * (lacking > 0)) * kept
    moved = own + w * np.where(planned, missing, 0) * _ratio(whole, lacking)
    spread = level + (relative - level) * _ratio(own, moved) ** 2
    return np.where(planned, moved, share), np.where(planned, spread, relative)


def draw_lean(lean: Lean, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draw which point of the grid each draw takes (draws,): a systematic sample, shuffled."""
    edges = np.cumsum(lean.weight)
    return rng.permutation(np.searchsorted(edges, (np.arange(draws) + 0.5) / draws * edges[-1]))


def _ratio(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return one / np.where(other > 0, other, 1)


def _log_likelihood(
    y: np.ndarray, part: np.ndarray, fitted: Shares, past: Windows, points: np.ndarray, breaks: tuple[int, ...]
) -> np.ndarray:
    """Return each point's log probability of what came in the past windows (P,), given their totals."""
    share, evidence, _ = shares_at(y, part, past.start, fitted.memory, breaks)
    share, relative = leaned(share, fitted.level + 1 / evidence, fitted.level, past.missing, points)
    mean = share * np.maximum(past.came.sum(axis=0), 1e-6)
    fit = log_pmf(past.came, mean, mean * (1 + fitted.batch) + mean**2 * relative)
    return fit.sum(axis=1) @ past.weight


def past_windows(panel: pd.DataFrame, targets: pd.DataFrame, year: int) -> Windows:
    """Return the windows from the month ends of the years before `year` to their December.

    Only whole years with a target for some unit have any; `targets` are years x units, as the panel.
    """
    months, running = panel.index, _running(panel)
    asked = targets.reindex(months.year).to_numpy().T
    open_to = (months.year < year) & np.isfinite(asked).any(axis=0) & (np.arange(len(panel)) >= FEWEST)
    start = np.flatnonzero(open_to & (months.year >= (months[0] + 11).year))
    end = start + 13 - months.month[start]
    begin = start - (months.month[start] - 1)
    missing = np.maximum(asked[:, start] - (running[:, start] - running[:, begin]), 0)
    _, at, windows = np.unique(months.year[start], return_inverse=True, return_counts=True)
    return Windows(start, missing, running[:, end] - running[:, start], np.minimum(1, YEAR / windows)[at])


def missing_now(panel: pd.DataFrame, targets: pd.DataFrame, year: int) -> np.ndarray:
    """Return what the year's targets still miss (units,), NaN for a unit without one."""
    asked = targets.reindex([year]).to_numpy()[0]
    return np.maximum(asked - panel[panel.index.year == year].sum().to_numpy(), 0)


def _running(panel: pd.DataFrame) -> np.ndarray:
    """Return the counts before each month, and after the last (units, months + 1)."""
    return np.vstack([np.zeros((1, panel.shape[1])), panel.cumsum()]).T
