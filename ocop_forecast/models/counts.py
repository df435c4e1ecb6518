"""Counts in time: their discounted sums, their sums over past windows, their probability. Time is last."""

import numpy as np

STEP = 3  # months from one past window to the next
HALF = 0.5  # weight left, after a break, to what lies before it, where nothing is learned of it


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


def window_weight(left: int) -> float:
    """Return the weight of a window of `left` months: those a quarter apart share most of their months."""
    return min(1.0, STEP / left)


def discounted(
    x: np.ndarray, forgetting: float, breaks: tuple[int, ...] = (), kept: "float | np.ndarray" = HALF
) -> np.ndarray:
    """Return ``sum_i (1 - f)^i x[t - i]`` at each t; of what lies before a month of `breaks` counts `kept`.

    `kept` is a number, or one for each row of `x`, (rows, 1).

    Examples
    --------
    >>> [discounted(np.array([4.0, 0.0, 1.0]), 0.5, breaks).tolist() for breaks in ((), (2,))]
    [[4.0, 2.0, 2.0], [4.0, 2.0, 1.5]]
    """
    from scipy.signal import lfilter

    sums = lfilter([1.0], [1.0, forgetting - 1.0], x, axis=-1)
    for month in breaks:
        fade = (1 - forgetting) ** np.arange(1, x.shape[-1] - month + 1)
        sums[..., month:] -= (1 - kept) * sums[..., month - 1, None] * fade
    return sums


def log_pmf(y: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Return the log probability of y, negative binomial with this mean and variance (Poisson at the least).

    Examples
    --------
    >>> float(np.exp(log_pmf(0, 1.0, 2.0)))  # r = 1: geometric with p = 1/2
    0.5
    """
    from scipy.special import gammaln

    mean = np.broadcast_to(mean, np.broadcast_shapes(np.shape(y), np.shape(mean)))
    r = mean**2 / np.maximum(variance - mean, 1e-6 * mean)
    ratio = mean / r
    stop = -np.log1p(ratio)
    fit = np.array(r * stop, order="C")
    y = np.broadcast_to(np.asarray(y, float), fit.shape[fit.ndim - np.ndim(y) :]).ravel()
    came, rows = np.flatnonzero(y), fit.size // max(y.size, 1)  # where nothing came, as mostly, the rest is 0
    whole = fit.reshape(rows, y.size)
    r, ratio, stop = (x.reshape(rows, y.size)[:, came] for x in (r, ratio, stop))
    y = y[came]
    rise = gammaln(y + r) - gammaln(r) - gammaln(y + 1)
    whole[:, came] = rise + whole[:, came] + y * (np.log(ratio) + stop)
    return fit
