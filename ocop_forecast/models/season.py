"""The season: month factors from the record."""

import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd


class Season(NamedTuple):
    """Month factors and their uncertainty."""

    factor: np.ndarray  # (12,), mean 1
    variance: np.ndarray  # (12,), relative variance of each
    dispersion: float  # D, variance over mean of a month's total


def fit_season(total: pd.Series, known: np.ndarray, weight: np.ndarray) -> Season:
    """Fit month factors to a province's monthly totals, shrunk towards 1 by their uncertainty.

    The GLM's log factor of a month with mean square error ``D / expected count`` keeps the part
    ``tau2 / (tau2 + mse)``, tau2 the factors' own variance, a credibility again.

    The total has a monthly PeriodIndex; `known` (months,) is the part of each month that is known, 1 but for
    the last, and `weight` (months,) at most 1.
    """
    fit = _month_effects(total, known, weight) if len(total) >= 24 and total.any() else None
    if fit is None:
        return Season(np.ones(12), np.ones(12), 2.0)
    effect, expected = fit
    free, at = max(weight.sum() - 13, 0), total.index.month - 1
    pearson = (weight * (total.to_numpy() - expected) ** 2 / expected).sum()
    dispersion = float(f"{max(1.0, (pearson + 4 * 2.0) / (free + 4)):.3g}")
    mse = dispersion / np.maximum(np.bincount(at, weight * expected, 12), 0.1)
    effect = effect - np.average(effect, weights=1 / mse)
    tau2 = max((effect @ effect - mse.sum() + 3 * 0.15**2) / (12 + 3), 0.02**2)
    factor = np.exp(effect * tau2 / (tau2 + mse))
    return Season((factor / factor.mean()).round(4), (tau2 * mse / (tau2 + mse)).round(5), dispersion)


def _month_effects(
    total: pd.Series, known: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray] | None:
    """Fit ``log E y = effect[month] + g t``, a Poisson GLM; return effects (12) and means, None if it fails.

    Two pseudo-years of quarter weight, with average counts, at either end keep it finite whatever happened.
    """
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    y, t = total.to_numpy(float), np.linspace(-0.5, 0.5, len(total)) * len(total) / 12
    design = np.column_stack([np.eye(12)[total.index.month - 1], t])
    pseudo = np.column_stack([np.tile(np.eye(12), (2, 1)), np.repeat(t[[0, -1]], 12)])
    response = np.append(weight * y, np.full(24, y.mean() / 4))
    offset = np.append(np.log(weight * known), np.full(24, np.log(1 / 4)))
    with warnings.catch_warnings(action="ignore"):
        model = GLM(response, np.vstack([design, pseudo]), family=Poisson(), offset=offset)
        fit = model.fit(tol=1e-9, tol_criterion="params")
    expected = fit.mu[: len(y)] / weight
    return (fit.params[:12], expected) if fit.converged and np.isfinite(fit.params).all() else None
