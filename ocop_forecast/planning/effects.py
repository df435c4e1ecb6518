"""The effect of support: the planner's assumption, and what it makes of one dossier.

The effect is a rescue: the probability that support brings to recognition this year a dossier that would not
have been recognised without. A dossier d that comes by itself with probability p_d thus gains

    e_d = effect (1 - p_d),

and what passes anyway is counted once, in p_d. Where no p_d is known it is taken for 0: support then goes to
what would not have come. Nobody has measured the effect, so it comes with a range, and with where it is from.

The range is one doubt for all supports: the effect is too high everywhere or nowhere. It is taken for the
central 80 % of a beta distribution, whose mean is the effect and whose standard deviation is the range's
width over that of a normal distribution's central 80 %. `rescues` divides it into parts that are equally
likely and stands each for by its mean, which keeps the mean of the whole, and sums exact.
"""

from collections.abc import Collection

import numpy as np
import pandas as pd
from pandas.api.types import is_bool, is_number, is_numeric_dtype
from scipy.stats import beta, norm

from ocop_forecast.errors import TermsError, check_units
from ocop_forecast.tables.dossiers import pass_extremes, pass_share

RANGE = ["effect", "low", "high"]
COLUMNS = [*RANGE, "source"]
IN_TIME = (0.5, 0.25, 0.75)  # value, low, high
WORLDS = 20  # equally likely values of the effect
DIGITS, LEAST = 3, 0.001  # of each of them: the same on every machine, and none that is never enough


def factors() -> pd.DataFrame:
    """List the two probabilities whose product is the effect where the office says nothing else.

    Returns
    -------
    DataFrame
        Index `factor`: ``passes``, that a dossier which comes before a council is recognised (all councils of
        `tables.dossiers` together; the worst and the best of the larger ones), and ``in_time``, that support
        brings before one this year a dossier that would not have been recognised without. Columns value,
        low, high and source_key: ``published``, or ``assumed``, which nothing stands behind but judgement.

    Examples
    --------
    >>> factors()["source_key"].to_dict()
    {'passes': 'published', 'in_time': 'assumed'}
    """
    rows = {"passes": (pass_share(), *pass_extremes(), "published"), "in_time": (*IN_TIME, "assumed")}
    columns = ["value", "low", "high", "source_key"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("factor")


def assumed(units: Collection[str], table: pd.DataFrame | float | None = None) -> pd.DataFrame:
    """Find for each unit the effect of support on a dossier that would not have been recognised without.

    Parameters
    ----------
    units : collection of str
        Unit codes.
    table : DataFrame or float, optional
        What the office assumes itself: columns unit (a code; missing: every unit), effect, and perhaps low,
        high (missing: as the effect) and source. A unit's own row goes before one for every unit, and a later
        row before an earlier one. A number is the effect in every unit. A unit without any row gets the
        product of the `factors`.

    Returns
    -------
    DataFrame
        Index `unit`; columns effect, low, high (probabilities) and source: the office's own words, ``given``
        for a number, ``assumed`` for the product of the factors.

    Raises
    ------
    TermsError
        If not 0 <= low <= effect <= high <= 1, or a unit is not one of `units`.

    Examples
    --------
    >>> assumed(["380"])[["low", "effect", "high"]].values.tolist()
    [[0.12, 0.39, 0.72]]
    >>> own = pd.DataFrame({"unit": [None, "389"], "effect": [0.5, 0.2]})
    >>> assumed(["380", "389"], own)["effect"].tolist()
    [0.5, 0.2]
    """
    product = factors()[["value", "low", "high"]].prod().round(2)
    rows = _typed([[None, *product, "assumed"], *_own(table)])
    own, everywhere = dict(zip(rows["unit"], rows.index, strict=True)), rows.index[rows["unit"].isna()][-1]
    check_units("effect", rows["unit"].dropna(), units)
    effects = rows.loc[[own.get(unit, everywhere) for unit in units], COLUMNS]
    effects = effects.set_axis(pd.Index(units, name="unit"))
    right = effects["low"].ge(0) & effects["high"].le(1)
    right &= effects["low"].le(effects["effect"]) & effects["effect"].le(effects["high"])
    for unit, row in effects[~right].iterrows():
        raise TermsError("ask_effect", unit=unit, **{name: str(row[name]) for name in RANGE})
    return effects


def rescues(effects: pd.DataFrame) -> np.ndarray:
    """Return the equally likely values of each unit's effect, the lowest first.

    With mean e and standard deviation s = (high - low) / (2 z), z the normal quantile of 0.9, the beta has
    parameters n e and n (1 - e), n = e (1 - e) / s² - 1, but neither below 1: no range says the effect is
    most likely 0 or 1. A part's mean follows from E[R; R < x] = e P(R' < x), R' of parameters n e + 1 and
    n (1 - e).

    Parameters
    ----------
    effects : DataFrame
        Columns low, effect, high, as from `assumed`.

    Returns
    -------
    ndarray
        Units x `WORLDS`, probabilities. All units' are low or high together.

    Examples
    --------
    >>> rescues(assumed(["380"]))[0, ::4].tolist()
    [0.03, 0.18, 0.314, 0.459, 0.638]
    """
    low, mean, high = effects[["low", "effect", "high"]].to_numpy(float).T[:, :, None]
    sure = (low == high) | (mean * (1 - mean) == 0)
    spread = np.where(sure, 1, (high - low) / (2 * norm.ppf(0.9)))
    inner = np.where(sure, 0.5, mean)
    size = np.maximum(inner * (1 - inner) / spread**2 - 1, 1 / np.minimum(inner, 1 - inner))
    ends = beta.ppf(np.linspace(0, 1, WORLDS + 1), size * inner, size * (1 - inner))
    parts = np.diff(beta.cdf(ends, size * inner + 1, size * (1 - inner)))
    return np.where(sure, mean, (WORLDS * inner * parts).round(DIGITS).clip(min=LEAST))


def _own(table: pd.DataFrame | float | None) -> list[list]:
    """List the office's own rows, each with its range."""
    if table is None:
        return []
    if not isinstance(table, pd.DataFrame):
        if not is_number(table) or is_bool(table):
            raise TermsError("ask_effect_kind", value=repr(table))
        return [[None, table, table, table, "given"]]
    if "effect" not in table or not is_numeric_dtype(table["effect"]):
        raise TermsError("ask_effect_kind", value=repr([*table.columns]))
    rows = table.reindex(columns=["unit", *COLUMNS])
    rows = rows.assign(low=rows["low"].fillna(rows["effect"]), high=rows["high"].fillna(rows["effect"]))
    return rows.to_numpy(dtype=object).tolist()


def _typed(rows: list[list]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["unit", *COLUMNS])
    return table.astype({"unit": "str", "source": "str"} | dict.fromkeys(RANGE, "float64"))
