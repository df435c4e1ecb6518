"""A binomial regression whose groups each have an effect of their own, shrunk to none as far as groups agree.

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

ROUNDS = 20  # of the steps in turn; the last ones change the third digit
DOUBT = 4.0  # groups that the prior of a variance counts for


class Group(NamedTuple):
    """Effects of one kind: which one each row bears (-1: none), how many there are, their usual spread."""

    of_row: np.ndarray  # (rows,)
    size: int
    sd: float  # prior


class Mixed(NamedTuple):
    """The fitted regression; `factor` times standard normals are draws of the coefficients' error."""

    beta: np.ndarray  # (p,)
    factor: np.ndarray  # (p, p)
    sd: tuple[float, ...]  # a group each
    effect: tuple[np.ndarray, ...]  # a group each: (count,)
    doubt: tuple[np.ndarray, ...]  # a group each: their standard errors, given the coefficients


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
    beta, effects = _glm(hits, trials, x), [np.zeros(group.size) for group in groups]
    variances = [group.sd**2 for group in groups]
    for _ in range(ROUNDS):
        beta = beta + _newton(hits, trials, x, x @ beta + _offset(effects, groups))
        for at, group in enumerate(groups):
            eta = x @ beta + _offset(effects, groups)
            effects[at], error = _step(hits, trials, eta, effects[at], group, variances[at])
            known = (effects[at] ** 2 + error**2).sum() + DOUBT * group.sd**2
            variances[at] = known / (group.size + DOUBT)
    return _kept(trials, x, beta, groups, effects, variances)


def _offset(effects, groups):
    """Return the sum of the effects that each row bears."""
    return sum(_spread(effect, group) for effect, group in zip(effects, groups, strict=True))


def _spread(effect, group):
    """Return each row's effect of a group, 0 where it bears none."""
    return np.append(effect, 0.0)[group.of_row]


def _glm(hits, trials, x):
    """Return the coefficients without any effect."""
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    return GLM(hits / trials, x, family=Binomial(), var_weights=trials).fit(maxiter=20).params


def _newton(hits, trials, x, eta):
    """Return by how much a Newton step moves the coefficients, given the effects."""
    p = 1 / (1 + np.exp(-eta))
    return np.linalg.solve(x.T @ ((trials * p * (1 - p))[:, None] * x), x.T @ (hits - trials * p))


def _step(hits, trials, eta, effect, group, variance):
    """Return a group's effects after one penalised Newton step, and their errors."""
    p = 1 / (1 + np.exp(-eta))
    surprise, information = (_sums(values, group) for values in (hits - trials * p, trials * p * (1 - p)))
    precision = information + 1 / variance
    return (information * effect + surprise) / precision, precision**-0.5


def _sums(values, group):
    """Return the sums of the rows that bear each effect."""
    return np.bincount(group.of_row + 1, values, group.size + 1)[1:]


def _kept(trials, x, beta, groups, effects, variances):
    """Return the fit with the coefficients' error, the groups' unknown effects taken into account."""
    eta = x @ beta + _offset(effects, groups)
    p = 1 / (1 + np.exp(-eta))
    weight = trials * p * (1 - p)
    precision = x.T @ (weight[:, None] * x) - _absorbed(weight, x, groups, variances)
    factor = np.linalg.cholesky(np.linalg.inv(precision))
    doubt = [
        (_sums(weight, group) + 1 / variance) ** -0.5
        for group, variance in zip(groups, variances, strict=True)
    ]
    sd = tuple(float(np.sqrt(variance).round(3)) for variance in variances)
    return Mixed(
        beta.round(3),
        factor.round(4),
        sd,
        tuple(e.round(3) for e in effects),
        tuple(d.round(3) for d in doubt),
    )


def _absorbed(weight, x, groups, variances):
    """Return what the unknown effects take from the coefficients' information: W Z (Z'WZ + G)^-1 Z'W."""
    z = np.hstack([np.eye(group.size + 1)[group.of_row + 1, 1:] for group in groups])
    penalty = np.concatenate([np.full(g.size, 1 / v) for g, v in zip(groups, variances, strict=True)])
    cross = z.T @ (weight[:, None] * x)
    return cross.T @ np.linalg.solve(z.T @ (weight[:, None] * z) + np.diag(penalty), cross)
