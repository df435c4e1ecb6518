"""A binomial regression whose groups have effects of their own, shrunk to 0 as far as groups agree.

``logit p = x'b + sum_g u_g``, u_g normal around 0 with a variance a group of effects, learned from them: the
generalised linear mixed model, fitted by penalised quasi-likelihood [1]_. The coefficients are statsmodels'
GLM given the effects; the effects a Newton step given the coefficients; the variances their expectation
(EM). Uncertainty is that of the mixed model equations [2]_.

References
----------
.. [1] Breslow, N. E. and Clayton, D. G. (1993). Approximate inference in generalized linear mixed models.
   Journal of the American Statistical Association 88, 9-25.
.. [2] Henderson, C. R. (1975). Best linear unbiased estimation and prediction under a selection model.
   Biometrics 31, 423-447.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import expit

ITERATIONS = 20  # the last ones change the third digit
PRIOR_SIZE = 4.0  # groups that the prior of a variance counts for


class Group(NamedTuple):
    """Effects of one kind."""

    of_row: np.ndarray  # (rows,), the effect that each row bears; -1: none
    size: int  # how many effects there are
    sd: float  # their prior standard deviation


class Mixed(NamedTuple):
    """The fitted regression; `factor` times standard normals are draws of the coefficients' error."""

    beta: np.ndarray  # (p,)
    factor: np.ndarray  # (p, p)
    sd: tuple[float, ...]  # of each group
    effect: tuple[np.ndarray, ...]  # of each group: (size,)
    effect_se: tuple[np.ndarray, ...]  # of each group: standard errors given the coefficients


def fit_mixed(hits: np.ndarray, trials: np.ndarray, x: np.ndarray, groups: list[Group]) -> Mixed:
    """Fit the regression to `hits` of `trials` (rows,) under the design `x` (rows, p).

    Trials need not be whole: rows of a prior are pseudo-trials. Figures are kept to three decimals: enough,
    and the same on every machine.

    Examples
    --------
    >>> two = Group(np.array([0, 1]), 2, 0.5)
    >>> fitted = fit_mixed(np.array([8.0, 2.0]), np.array([10.0, 10.0]), np.ones((2, 1)), [two])
    >>> abs(fitted.beta.round(1)).tolist(), (0 < fitted.effect[0] * (1, -1)).tolist()
    ([0.0], [True, True])
    """
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    beta = GLM(hits / trials, x, family=Binomial(), var_weights=trials).fit(maxiter=20).params
    effects = [np.zeros(group.size) for group in groups]
    variances = [group.sd**2 for group in groups]
    for _ in range(ITERATIONS):
        p = expit(_predictor(x, beta, effects, groups))
        information = x.T @ (_binomial_variance(p, trials)[:, None] * x)
        beta = beta + np.linalg.solve(information, x.T @ (hits - trials * p))
        for at, group in enumerate(groups):
            p = expit(_predictor(x, beta, effects, groups))
            known, precision = _information(p, trials, group, variances[at])
            effects[at] = (known * effects[at] + _sums(hits - trials * p, group)) / precision
            squares = (effects[at] ** 2 + (precision**-0.5) ** 2).sum() + PRIOR_SIZE * group.sd**2
            variances[at] = squares / (group.size + PRIOR_SIZE)
    return _results(trials, x, beta, groups, effects, variances)


def _predictor(x: np.ndarray, beta: np.ndarray, effects: list[np.ndarray], groups: list[Group]) -> np.ndarray:
    """Return each row's ``x'b + sum_g u_g``."""
    of_rows = (np.append(own, 0.0)[group.of_row] for own, group in zip(effects, groups, strict=True))
    return x @ beta + sum(of_rows)


def _binomial_variance(p: np.ndarray, trials: np.ndarray) -> np.ndarray:
    return trials * p * (1 - p)


def _information(
    p: np.ndarray, trials: np.ndarray, group: Group, variance: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows' information on each of a group's effects, and its sum with the prior's."""
    known = _sums(_binomial_variance(p, trials), group)
    return known, known + 1 / variance


def _sums(values: np.ndarray, group: Group) -> np.ndarray:
    """Return the sums of the rows that bear each effect."""
    return np.bincount(group.of_row + 1, values, group.size + 1)[1:]


def _results(
    trials: np.ndarray,
    x: np.ndarray,
    beta: np.ndarray,
    groups: list[Group],
    effects: list[np.ndarray],
    variances: list[float],
) -> Mixed:
    """Return the fit with the coefficients' error, the groups' unknown effects taken into account."""
    p = expit(_predictor(x, beta, effects, groups))
    weight = _binomial_variance(p, trials)
    precision = x.T @ (weight[:, None] * x) - _absorbed(weight, x, groups, variances)
    both = zip(groups, variances, strict=True)
    effect_se = [_information(p, trials, group, variance)[1] ** -0.5 for group, variance in both]
    return Mixed(
        beta.round(3),
        np.linalg.cholesky(np.linalg.inv(precision)).round(4),
        tuple(float(np.sqrt(variance).round(3)) for variance in variances),
        tuple(effect.round(3) for effect in effects),
        tuple(se.round(3) for se in effect_se),
    )


def _absorbed(weight: np.ndarray, x: np.ndarray, groups: list[Group], variances: list[float]) -> np.ndarray:
    """Return the information that unknown effects take from the coefficients: W Z (Z'WZ + G)^-1 Z'W."""
    z = np.hstack([np.eye(group.size + 1)[group.of_row + 1, 1:] for group in groups])
    penalty = np.concatenate([np.full(g.size, 1 / v) for g, v in zip(groups, variances, strict=True)])
    cross = z.T @ (weight[:, None] * x)
    return cross.T @ np.linalg.solve(z.T @ (weight[:, None] * z) + np.diag(penalty), cross)
