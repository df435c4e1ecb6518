"""A rough filter, as one would write it in an afternoon: what the model must beat to be worth its size.

A gamma filter of the deseasonalised total with a discounted past (Harvey and Fernandes 1989), the units
filtered relative to it in the same way, and one gamma factor common to all units. The discounts, the units'
batches and the factor's variance are the likeliest of a lattice over the past; nothing is averaged.
"""

from itertools import product

import numpy as np
import pandas as pd

from ocop_forecast.models.counts import discounted, log_pmf, origins, windows

KEEP = (0.2, 0.12, 0.08, 0.05, 0.03, 0.02, 0.01, 0.005)  # forgotten of the past a month
FACTOR = np.exp(np.linspace(-5, 0, 11))  # relative variance of the common factor
BATCH = (0.1, 0.5, 1.0, 2.0, 4.0, 8.0)
PRODUCTS = 8.0  # that an average month factor counts for


def forecast(history: pd.DataFrame, left: int, draws: int, seed: int) -> np.ndarray:
    """Return draws of what comes in the `left` months to December, (draws, units)."""
    y, rng = history.to_numpy(float).T, np.random.default_rng(seed)
    total = y.sum(axis=0)
    season = _season(total, history.index.month - 1)
    level, variance = _level(total, season[history.index.month - 1], left)
    share, evidence, batch = _shares(y, total, left)
    mean = level * season[12 - left :].sum()
    common = rng.gamma(1 / variance, variance, (draws, 1))
    rate = mean * share * common * rng.gamma(evidence, 1 / evidence, (draws, len(y)))
    return rng.poisson(rng.gamma(rate / batch + 1e-9, batch))


def _season(total: np.ndarray, month: np.ndarray) -> np.ndarray:
    """Return the month factors, drawn to 1."""
    usual = total.mean() + 1e-9
    factor = (np.bincount(month, total, 12) + PRODUCTS) / (
        np.bincount(month, minlength=12) * usual + PRODUCTS
    )
    return factor / factor.mean()


def _level(total: np.ndarray, factor: np.ndarray, left: int) -> tuple[float, float]:
    """Return the level now and the relative variance of the common factor."""
    usual, start = total.mean() + 0.1, origins(len(total), left)
    best = (-np.inf, usual, 0.1)
    for forgotten, q in product(KEEP, FACTOR):
        level = (discounted(total, forgotten) + 1) / (discounted(factor, forgotten) + 1 / usual)
        mean = level[start - 1] * windows(factor, start, left)
        fit = log_pmf(windows(total, start, left), mean, 2 * mean + mean**2 * q).sum() * 3 / max(left, 3)
        fit -= 0.5 * (np.log(forgotten / 0.03) ** 2 + np.log(q / 0.06) ** 2)
        best = max(best, (fit, level[-1], q))
    return best[1:]


def _shares(y: np.ndarray, total: np.ndarray, left: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the units' shares, the evidence behind each, and the size of their batches."""
    start = origins(len(total), left)
    best = (-np.inf, 0)
    found = []
    for forgotten, strength, batch in product(KEEP, (0.2, 0.5, 1.0, 2.0, 4.0), BATCH):
        evidence = discounted(y, forgotten) + strength
        share = evidence / evidence.sum(axis=0)
        mean = np.maximum(share[:, start - 1] * windows(total, start, left), 1e-6)
        spread = mean * (1 + batch) + mean**2 / evidence[:, start - 1]
        fit = log_pmf(windows(y, start, left), mean, spread).sum() * 3 / max(left, 3)
        fit -= 0.5 * (np.log(forgotten / 0.02) ** 2 + np.log(strength) ** 2 + np.log(batch / 0.5) ** 2)
        best = max(best, (fit, len(found)))
        found.append((share[:, -1], evidence[:, -1], batch))
    return found[best[1]]
