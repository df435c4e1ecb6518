"""A binomial regression whose groups have effects of their own, shrunk to 0 as far as groups agree.

``logit p = x'b + sum_g u_g``, u_g normal around 0 with a variance a kind of effects, learned from them: the
generalised linear mixed model, fitted by penalised quasi-likelihood [1]_. It begins with the GLM without
effects; then coefficients and effects take a Newton step each, given the other, and the variances are their
expectation (EM). Uncertainty is that of the mixed model equations [2]_.

References
----------
.. [1] Breslow, N. E. and Clayton, D. G. (1993). Approximate inference in generalized linear mixed models.
   Journal of the American Statistical Association 88, 9-25.
.. [2] Henderson, C. R. (1975). Best linear unbiased estimation and prediction under a selection model.
   Biometrics 31, 423-447.
"""

from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.special import expit, logit

ITERATIONS = 20  # the last ones change the third digit
STEPS = 20  # of the GLM, at most: a few are enough
PRIOR_SIZE = 4.0  # groups that the prior of a variance counts for


class Group(NamedTuple):
    """Effects of which each row bears one at most; those of a kind share a variance."""

    of_row: np.ndarray  # (rows,), the effect that each row bears; -1: none
    kind: np.ndarray  # (effects,), the kind of each, whole numbers from 0 up
    sd: tuple[float, ...]  # the prior standard deviation of each kind


class Mixed(NamedTuple):
    """The fitted regression; `factor` times standard normals are draws of the coefficients' error."""

    beta: np.ndarray  # (p,)
    factor: np.ndarray  # (p, p)
    sd: tuple[float, ...]  # of each kind, group by group
    effect: tuple[np.ndarray, ...]  # of each group: (effects,)
    effect_se: tuple[np.ndarray, ...]  # of each group: standard errors given the coefficients


def fit_mixed(hits: np.ndarray, trials: np.ndarray, x: np.ndarray, groups: list[Group]) -> Mixed:
    """Fit the regression to `hits` of `trials` (rows,) under the design `x` (rows, p).

    Trials need not be whole: rows of a prior are pseudo-trials. Figures are kept to three decimals: enough,
    and the same on every machine.

    Examples
    --------
    >>> two = Group(np.array([0, 1]), np.zeros(2, int), (0.5,))
    >>> fitted = fit_mixed(np.array([8.0, 2.0]), np.array([10.0, 10.0]), np.ones((2, 1)), [two])
    >>> abs(fitted.beta.round(1)).tolist(), (0 < fitted.effect[0] * (1, -1)).tolist()
    ([0.0], [True, True])
    """
    beta = _without_effects(hits, trials, x)
    effects = [np.zeros(len(group.kind)) for group in groups]
    variances = [np.square(group.sd) for group in groups]
    for _ in range(ITERATIONS):
        beta = beta + _step(hits, trials, x, expit(_predictor(x, beta, effects, groups)))
        for at, group in enumerate(groups):
            p = expit(_predictor(x, beta, effects, groups))
            known, precision = _information(p, trials, group, variances[at])
            effects[at] = (known * effects[at] + _sums(hits - trials * p, group)) / precision
            prior, size = PRIOR_SIZE * np.square(group.sd), np.bincount(group.kind, minlength=len(group.sd))
            squares = np.bincount(group.kind, effects[at] ** 2 + 1 / precision, len(group.sd))
            variances[at] = (squares + prior) / (size + PRIOR_SIZE)
    return _results(trials, x, beta, groups, effects, variances)


def _without_effects(hits: np.ndarray, trials: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return the coefficients of the GLM without effects, by iteratively reweighted least squares."""
    share = (hits + 0.5) / (trials + 1)
    weight = _binomial_variance(share, trials)
    beta = np.linalg.solve(x.T @ (weight[:, None] * x), x.T @ (weight * logit(share)))
    for _ in range(STEPS):
        step = _step(hits, trials, x, expit(x @ beta))
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            break
    return beta


def _step(hits: np.ndarray, trials: np.ndarray, x: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Return the Newton step of the coefficients, from the rows' probabilities `p`."""
    return np.linalg.solve(x.T @ (_binomial_variance(p, trials)[:, None] * x), x.T @ (hits - trials * p))


def _predictor(x: np.ndarray, beta: np.ndarray, effects: list[np.ndarray], groups: list[Group]) -> np.ndarray:
    """Return each row's ``x'b + sum_g u_g``."""
    of_rows = (np.append(own, 0.0)[group.of_row] for own, group in zip(effects, groups, strict=True))
    return x @ beta + sum(of_rows)


def _binomial_variance(p: np.ndarray, trials: np.ndarray) -> np.ndarray:
    return trials * p * (1 - p)


def _information(
    p: np.ndarray, trials: np.ndarray, group: Group, variance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows' information on each of a group's effects, and its sum with the prior's."""
    known = _sums(_binomial_variance(p, trials), group)
    return known, known + 1 / variance[group.kind]


def _sums(values: np.ndarray, group: Group) -> np.ndarray:
    """Return the sums of the rows that bear each effect."""
    return np.bincount(group.of_row + 1, values, len(group.kind) + 1)[1:]


def _results(
    trials: np.ndarray,
    x: np.ndarray,
    beta: np.ndarray,
    groups: list[Group],
    effects: list[np.ndarray],
    variances: list[np.ndarray],
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
        tuple(float(sd) for sd in np.sqrt(np.concatenate(variances)).round(3)),
        tuple(effect.round(3) for effect in effects),
        tuple(se.round(3) for se in effect_se),
    )


def _absorbed(
    weight: np.ndarray, x: np.ndarray, groups: list[Group], variances: list[np.ndarray]
) -> np.ndarray:
    """Return the information that unknown effects take from the coefficients: W Z (Z'WZ + G)^-1 Z'W.

    No row bears two effects of one group, so that a group's own block is diagonal: the largest is eliminated
    first, and what is left to solve has the size of the others.
    """
    widest = max(range(len(groups)), key=lambda at: len(groups[at].kind))
    order = sorted(range(len(groups)), key=lambda at: at != widest)
    first, *rest = (_indicators(groups[at]) for at in order)
    own, *penalty = (1 / variances[at][groups[at].kind] for at in order)
    weighted = weight[:, None] * x
    diagonal, cross = first.T @ weight + own, first.T @ weighted
    taken = cross.T @ (cross / diagonal[:, None])
    if not rest:
        return taken
    z = sparse.hstack(rest, format="csr")
    between = (first.T @ z.multiply(weight[:, None])).tocsr()
    scaled = between.multiply(1 / diagonal[:, None]).tocsr()
    within = (z.T @ z.multiply(weight[:, None]) - between.T @ scaled).toarray()
    left = z.T @ weighted - scaled.T @ cross
    return taken + left.T @ np.linalg.solve(within + np.diag(np.concatenate(penalty)), left)


def _indicators(group: Group) -> sparse.csr_array:
    """Return rows x effects, 1 where a row bears an effect."""
    rows = np.flatnonzero(group.of_row >= 0)
    shape = (len(group.of_row), len(group.kind))
    return sparse.csr_array((np.ones(len(rows)), (rows, group.of_row[rows])), shape=shape)
