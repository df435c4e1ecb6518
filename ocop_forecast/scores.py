"""Scores of forecasts: of draws, probabilities and intervals against what was observed.

Plain arrays in, plain arrays out: `draws` are (n, columns), one column a forecast, `observed` is (columns,),
and a score is (columns,). All but the coverages are the smaller the better. `decomposition` and `auc`
are of many forecasts together.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

LEVELS = tuple(round(0.1 * tenth, 1) for tenth in range(1, 10))  # of the intervals that `wis` weighs


def rps(draws: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Return the ranked probability score (Epstein 1969), ``sum_k (F(k) - 1{y <= k})^2``, in products.

    That is ``E|X - y| - E|X - X'| / 2``, and the last ``sum_i i (n - i) / n^2 (x_i+1 - x_i)`` over ordered
    draws x: exact, in whole numbers but for the means.

    Examples
    --------
    >>> rps(np.array([[0], [3]]), np.array([1])).tolist()
    [0.75]
    """
    i, n = np.arange(1, len(draws))[:, None], len(draws)
    gaps = np.diff(np.sort(draws, axis=0), axis=0)
    return np.abs(draws - observed).mean(axis=0) - (i * (n - i) * gaps).sum(axis=0) / n**2


def log_score(draws: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Return ``-log((hits + 1/2) / (n + 1))`` of n draws (Good 1952), in nats: finite where none hits.

    Examples
    --------
    >>> log_score(np.array([[0], [2], [2]]), np.array([2])).round(3).tolist()
    [0.47]
    """
    surprise = -np.log(((draws == observed).sum(axis=0) + 0.5) / (len(draws) + 1))
    return surprise.round(9)  # processors differ in later digits only


def interval_coverage(draws: np.ndarray, observed: np.ndarray, level: float) -> np.ndarray:
    """Return whether the central interval of probability `level` covers the outcome, its ends included.

    Examples
    --------
    >>> interval_coverage(np.arange(1, 11)[:, None], np.array([9]), 0.8).tolist()
    [True]
    """
    lower, upper = _interval(draws, level)
    return (lower <= observed) & (observed <= upper)


def randomised_coverage(draws: np.ndarray, observed: np.ndarray, level: float) -> np.ndarray:
    """Return the chance that the outcome's randomised rank lies in the central `level` of the draws.

    Whole numbers make a closed interval hold more than it promises. The rank of an outcome is therefore
    spread evenly over the draws equal to it (Czado, Gneiting and Held 2009): where the draws are right, this
    is `level` in the mean. An outcome that no draw equals has the rank of the draws below it.

    Examples
    --------
    >>> randomised_coverage(np.array([[0], [0], [0], [1]]), np.array([0]), 0.8).round(3).tolist()
    [0.867]
    """
    below, upto = (draws < observed).mean(axis=0), (draws <= observed).mean(axis=0)
    lower, upper = (1 - level) / 2, (1 + level) / 2
    inside = np.minimum(upto, upper) - np.maximum(below, lower)
    return np.where(upto > below, np.maximum(inside, 0) / np.maximum(upto - below, 1e-9), inside >= 0)


def wis(draws: np.ndarray, observed: np.ndarray, levels: "tuple[float, ...]" = LEVELS) -> np.ndarray:
    """Return the weighted interval score (Bracher, Ray, Gneiting and Reich 2021), in products.

    ``(|y - median| / 2 + sum_k a_k / 2 IS_k) / (K + 1/2)`` over K central intervals (l, u) of level
    ``1 - a_k``, with ``IS_k = u - l + 2 / a_k (max(l - y, 0) + max(y - u, 0))``. The denser the levels, the
    nearer it comes to `rps`.

    Examples
    --------
    >>> wis(np.arange(1, 11)[:, None], np.array([12]), (0.8,)).round(3).tolist()
    [4.867]
    """
    total = np.abs(observed - np.quantile(draws, 0.5, axis=0, method="inverted_cdf")) / 2
    for level in levels:
        lower, upper = _interval(draws, level)
        outside = np.maximum(lower - observed, 0) + np.maximum(observed - upper, 0)
        total = total + (1 - level) / 2 * (upper - lower) + outside
    return total / (len(levels) + 0.5)


def _interval(draws: np.ndarray, level: float) -> np.ndarray:
    """Return the ends of the central interval, whole numbers among the draws."""
    ends = [(1 - level) / 2, (1 + level) / 2]
    return np.quantile(draws, ends, axis=0, method="inverted_cdf")


def brier(p: np.ndarray, reached: np.ndarray) -> np.ndarray:
    """Return ``(p - 1{reached})^2`` (Brier 1950) of probabilities p.

    Examples
    --------
    >>> brier(np.array([0.25, 0.25]), np.array([True, False])).tolist()
    [0.5625, 0.0625]
    """
    return (np.asarray(p, float) - np.asarray(reached, float)) ** 2


class Decomposition(NamedTuple):
    """The parts of a mean Brier score, which is miscalibration - discrimination + uncertainty."""

    miscalibration: float  # what recalibrating would save; 0 where probabilities are met as they were said
    discrimination: float  # what telling one case from another saves; 0 where all are told alike
    uncertainty: float  # the score of always saying the share that came true


def decomposition(p: np.ndarray, reached: np.ndarray) -> Decomposition:
    """Return the CORP decomposition of the mean Brier score (Dimitriadis, Gneiting and Jordan 2021) [1]_.

    ``mean((p - y)^2) = MCB - DSC + UNC``, with ``UNC = mean(y) (1 - mean(y))``, ``DSC = UNC - mean((r - y)^2)
    = mean((r - mean(y))^2)`` and r as `recalibrated`. No bins are chosen, and no part is below 0.

    References
    ----------
    .. [1] Dimitriadis, T., Gneiting, T. and Jordan, A. I. (2021). Stable reliability diagrams for
       probabilistic classifiers. PNAS 118, e2016191118.

    Examples
    --------
    >>> parts = decomposition(np.array([0.1, 0.1, 0.3, 0.7]), np.array([False, True, True, True]))
    >>> [round(part, 4) for part in parts]
    [0.225, 0.0625, 0.1875]
    """
    share, best = np.mean(reached), recalibrated(p, reached)
    uncertainty, discrimination = share * (1 - share), np.mean((best - share) ** 2)
    miscalibration = np.mean(brier(p, reached)) + discrimination - uncertainty
    # an isotonic regression is never worse than p itself, but for the last digit
    return Decomposition(max(float(miscalibration), 0.0), float(discrimination), float(uncertainty))


def recalibrated(p: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Return the isotonic regression of what was observed on p, (forecasts,).

    Of all values that never fall where p rises, and are the same where p is, those nearest to `observed` in
    the mean square: pool adjacent violators (Ayer and others 1955).

    Examples
    --------
    >>> recalibrated(np.array([0.2, 0.9, 0.5, 0.2]), np.array([1, 1, 0, 0])).round(3).tolist()
    [0.333, 1.0, 0.333, 0.333]
    """
    from scipy.optimize import isotonic_regression

    _, at, sizes = np.unique(p, return_inverse=True, return_counts=True)
    means = np.bincount(at, np.asarray(observed, float)) / sizes
    return isotonic_regression(means, weights=sizes).x[at]


def auc(p: np.ndarray, reached: np.ndarray) -> float:
    """Return the share of pairs in the right order: the one that came true had the greater probability.

    ``P(p_reached > p_missed) + P(p_reached = p_missed) / 2`` over all pairs of one that came true and one
    that did not (Mann and Whitney 1947): 0.5 by luck, missing where there is no such pair.

    Examples
    --------
    >>> auc(np.array([0.1, 0.4, 0.4]), np.array([False, True, False]))
    0.75
    """
    from scipy.stats import rankdata

    reached = np.asarray(reached, bool)
    n, pairs = reached.sum(), reached.sum() * (~reached).sum()
    return float((rankdata(p)[reached].sum() - n * (n + 1) / 2) / pairs) if pairs else np.nan


def pit(below: np.ndarray, at: np.ndarray, bins: int = 10) -> np.ndarray:
    """Return the share of each bin in the non-randomised PIT histogram (Czado, Gneiting and Held 2009).

    An outcome y is spread evenly from ``P(X < y)`` to ``P(X <= y)``; the shares sum to 1 and are equal, in
    the mean, for a right model. Much in the middle: forecasts are too wide; much at both ends: too narrow.

    `below` and `at` are ``P(X < y)`` and ``P(X <= y)``; equal where no draw hit, which then falls into one of
    the equal bins from 0 to 1.

    Examples
    --------
    >>> pit(np.array([0.0, 0.5]), np.array([0.5, 0.6]), 2).tolist()
    [0.5, 0.5]
    """
    width = np.maximum(at - below, 1e-9)
    start = np.minimum(below, 1 - width)  # an outcome above every draw belongs to the last bin
    edges = np.linspace(0, 1, bins + 1)[:, None]
    return np.diff(np.clip((edges - start) / width, 0, 1).mean(axis=1))


def reliability(
    p: np.ndarray, reached: np.ndarray, edges: "tuple[float, ...]", outcomes: "np.ndarray | None" = None
) -> pd.DataFrame:
    """Return by bins of the forecast probability the share of forecasts that came true.

    The interval of that share is Wilson's (1927), 80 % wide, and counts each of the `outcomes` once: eleven
    forecasts of one district's one year are right or wrong together. What districts of one year have in
    common it does not know.

    `p` and `reached` (forecasts,) are the probability forecast, 0 to 1, and whether the event occurred;
    `edges` ascend from 0 to 1, a bin holds its lower edge, the last one also 1; `outcomes` (forecasts,) are
    the events that the forecasts are of, without it each is of an event of its own.

    Returns
    -------
    DataFrame
        Index the bins (``from`` and ``to``); columns forecasts, outcomes (whole numbers), promised and
        reached (mean p and share, missing in an empty bin), lower and upper (of the share).

    Examples
    --------
    >>> reliability(np.array([0.1, 0.2, 0.9]), np.array([False, True, True]), (0, 0.5, 1))["reached"].tolist()
    [0.5, 1.0]
    """
    from statsmodels.stats.proportion import proportion_confint

    outcomes = np.arange(len(p)) if outcomes is None else outcomes
    rows = pd.DataFrame({"p": p, "reached": np.asarray(reached, float), "outcome": outcomes})
    bins = pd.MultiIndex.from_arrays([edges[:-1], edges[1:]], names=["from", "to"])
    rows["bin"] = np.clip(np.searchsorted(edges, rows["p"], side="right") - 1, 0, len(bins) - 1)
    sums = {"forecasts": ("p", "size"), "outcomes": ("outcome", "nunique")}
    means = {"promised": ("p", "mean"), "reached": ("reached", "mean")}
    table = rows.groupby("bin").agg(**sums, **means).reindex(range(len(bins)))
    table = table.fillna({"forecasts": 0, "outcomes": 0}).astype({"forecasts": int, "outcomes": int})
    n = table["outcomes"].where(table["outcomes"] > 0)  # missing in an empty bin
    table["lower"], table["upper"] = proportion_confint(table["reached"] * n, n, alpha=0.2, method="wilson")
    return table.set_index(bins)
