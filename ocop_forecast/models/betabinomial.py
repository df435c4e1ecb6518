"""A share learned over groups that are alike, but not the same: a beta-binomial on a grid.

Of n_g cases of a group k_g are positive, k_g ~ Binomial(n_g, p_g), and the shares of the groups are p_g ~
Beta(m s, (1 - m) s): m is their mean, s tells in cases how alike they are. Both are integrated over a grid
[1]_, m under a beta prior and log s under a uniform one from 1 to 64: from groups of which each is mostly all
or nothing to groups that are alike within some 6 points. A group without cases is drawn as any other.

References
----------
.. [1] Gelman, A. and others (2013). Bayesian Data Analysis, third edition, section 5.3: the beta-binomial
   model of groups. Chapman and Hall.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from .streams import settled, systematic

MEANS, SIZES = np.linspace(0.01, 0.99, 99), 2.0 ** np.arange(0, 6.5, 0.5)


class Share(NamedTuple):
    """A share of every group, as draws of its mean and likeness that all groups have in common."""

    cases: pd.DataFrame  # index the groups; columns positive and all
    mean: np.ndarray  # (draws,), m
    size: np.ndarray  # (draws,), s

    def of(self, group: object, rng: np.random.Generator) -> np.ndarray:
        """Draw the share of one group (draws,); one that was never seen is drawn as any."""
        known = self.cases.reindex([group], fill_value=0).iloc[0]
        yes, no = self.mean * self.size, (1 - self.mean) * self.size
        return rng.beta(settled(yes + known["positive"]), settled(no + known["all"] - known["positive"]))


def learned(cases: pd.DataFrame, prior: tuple[float, float], draws: int, rng: np.random.Generator) -> Share:
    """Learn a share over groups.

    Parameters
    ----------
    cases : DataFrame
        A row a group: positive, and all, its cases.
    prior : (float, float)
        Of the mean over groups: a beta of so many positive and other cases.
    draws : int
        How many draws.
    rng : Generator
        Where the draws come from.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> cases = pd.DataFrame({"positive": [9, 11], "all": [20, 20]}, index=[2022, 2023])
    >>> share = learned(cases, (1, 1), 1000, np.random.default_rng(0))
    >>> round(float(share.mean.mean()), 1)
    0.5
    """
    from scipy.special import betaln

    cases = cases.sort_index()
    yes = (MEANS[:, None] * SIZES).ravel()
    no = ((1 - MEANS)[:, None] * SIZES).ravel()
    positive, every = (cases[name].to_numpy(float)[:, None] for name in ("positive", "all"))
    fit = (betaln(positive + yes, every - positive + no) - betaln(yes, no)).sum(axis=0)
    fit += np.repeat((prior[0] - 1) * np.log(MEANS) + (prior[1] - 1) * np.log(1 - MEANS), len(SIZES))
    at = systematic(np.exp(fit - fit.max()).round(9), draws, rng)
    return Share(cases, MEANS[at // len(SIZES)], SIZES[at % len(SIZES)])
