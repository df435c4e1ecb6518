"""Baselines: point forecasts as a planner or an actuary makes them, and a spread fitted to their errors.

A point forecast takes the counts known, months x units up to the as-of month, and the number of months left
to December, 1 to 12; it returns the products expected per unit. Where less than a year lies before this one,
each falls back to the run rate.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from ocop_forecast.models.counts import log_pmf
from ocop_forecast.models.streams import settled

PointForecast = Callable[[pd.DataFrame, int], np.ndarray]
SampleForecast = Callable[[pd.DataFrame, int, int, "int | list[int]"], np.ndarray]

DEFAULT = np.array([0.0, -1.0])  # log phi and log q of a spread without any past error to learn from
LATTICE = np.stack(np.meshgrid(*[np.linspace(-7, 3, 41)] * 2), axis=-1).reshape(-1, 2)  # of log phi and log q
LEAST = 0.02  # products expected, so that nothing is never


def run_rate(history: pd.DataFrame, left: int) -> np.ndarray:
    """Return ``left (y + 1/2) / m``, y what the year's first m months counted.

    Before the year's first month, the past twelve months stand for it.

    Examples
    --------
    >>> months = pd.period_range("2024-01", "2024-09", freq="M")
    >>> run_rate(pd.DataFrame({"389": [1] * 9}, index=months), 3).tolist()
    [3.1666666666666665]
    """
    known = (12 - left) or min(12, len(history))
    return left * (history.iloc[-known:].sum().to_numpy() + 0.5) / known


def same_months(history: pd.DataFrame, left: int) -> np.ndarray:
    """Return the mean of what the same months counted in each of the past years, five at most.

    Examples
    --------
    >>> months = pd.period_range("2022-01", "2024-09", freq="M")
    >>> same_months(pd.DataFrame({"389": [0] * 10 + [4] + [0] * 22}, index=months), 3).tolist()
    [2.0]
    """
    ends = range(len(history) - 12, max(-1, len(history) - 61), -12)
    if not len(_past(history, left)):
        return run_rate(history, left)
    return np.mean([history.iloc[end : end + left].sum() for end in ends], axis=0)


def bornhuetter_ferguson(history: pd.DataFrame, left: int) -> np.ndarray:
    """Return ``A S`` (Bornhuetter and Ferguson 1972): A a year's expected total, S the part still to come.

    ``A = (sum y + mean) / (n + 1)`` over n past years draws a unit to the mean unit by one year's weight; S
    is the province's, from its past counts by month, each with 1/2 added.
    """
    past = _past(history, left)
    if not len(past):
        return run_rate(history, left)
    years, by_month = len(past) / 12, past.sum(axis=1).groupby(past.index.month).sum() + 0.5
    total = past.sum().to_numpy()
    return (total + total.mean() / years) / (years + 1) * by_month.iloc[-left:].sum() / by_month.sum()


def poisson_glm(history: pd.DataFrame, left: int) -> np.ndarray:
    """Return the mean of a Poisson GLM with a unit and a month effect (McCullagh and Nelder 1989, 6.2).

    ``log E Y_um = unit_u + month_m + log n_m``, Y_um what unit u counted in the n_m months called m. As every
    unit has every month, its maximum likelihood is the product of the margins, ``Y_u Y_m / Y``: no iteration,
    and thousands of units cost nothing. Half a product a unit, spread over the twelve months, is added,
    so that nothing is never.
    """
    if not len(_past(history, left)):
        return run_rate(history, left)
    counts = history.groupby(history.index.month).sum().to_numpy() + 0.5 / 12
    times = np.bincount(history.index.month, minlength=13)[1:]
    rate = counts.sum(axis=1) / times
    return counts.sum(axis=0) / counts.sum() * rate[12 - left :].sum()


def _past(history: pd.DataFrame, left: int) -> pd.DataFrame:
    """Return the months before this year; none if they are less than a year."""
    past = history.iloc[: len(history) - (12 - left)]
    return past if len(past) >= 12 else past.iloc[:0]


METHODS: dict[str, PointForecast] = {
    "run rate": run_rate,
    "same months": same_months,
    "Bornhuetter-Ferguson": bornhuetter_ferguson,
    "Poisson GLM": poisson_glm,
}


def with_spread(point: PointForecast) -> SampleForecast:
    """Return a forecast of draws: a point forecast m with the spread of its errors one and two years before.

    Negative binomial with ``variance = m (1 + phi) + q m^2``, phi and q common to all units, the likeliest of
    a lattice; phi = 1 and q = 1/e where no past forecast had a year of data. Units are independent.

    `point` is ``(history, left)`` -> products expected (units,); the forecast is ``(history, left, draws,
    seed)`` -> whole numbers (draws, units).

    Examples
    --------
    >>> months = pd.period_range("2022-01", "2024-09", freq="M")
    >>> history = pd.DataFrame({"389": [0, 0, 1] * 11}, index=months)
    >>> with_spread(same_months)(history, 3, 100, 2024).shape
    (100, 1)
    """

    def forecast(history: pd.DataFrame, left: int, draws: int, seed: "int | list[int]") -> np.ndarray:
        mean = np.maximum(point(history, left), LEAST)
        extra, rng = _extra(mean, *_errors_spread(point, history, left)), np.random.default_rng(seed)
        level = extra * rng.standard_gamma(settled(mean / extra), (draws, len(mean)))
        return rng.poisson(settled(level))  # a gamma level makes it negative binomial

    return forecast


def _errors_spread(point: PointForecast, history: pd.DataFrame, left: int) -> np.ndarray:
    """Return log phi and log q that make the errors of past windows likeliest."""
    ends = [len(history) - back for back in (12, 24) if len(history) - back >= 12]
    if not ends:
        return DEFAULT
    observed = np.concatenate([history.iloc[end : end + left].sum() for end in ends])
    past = np.concatenate([point(history.iloc[:end], left) for end in ends])
    return _likeliest(observed, np.maximum(past, LEAST))


def _likeliest(observed: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Return the point of the lattice under which the observed counts are likeliest.

    Between points of a lattice no last digit decides, as it does over where an optimiser stops.
    """
    extra = _extra(mean, *LATTICE.T[:, :, None])
    return LATTICE[log_pmf(observed, mean, mean * (1 + extra)).sum(axis=1).argmax()]


def _extra(mean: np.ndarray, log_phi: np.ndarray, log_q: np.ndarray) -> np.ndarray:
    """Return ``variance / mean - 1``."""
    return np.exp(log_phi) + np.exp(log_q) * mean
