"""The effect of support: what the planner assumes that one supported dossier adds.

A probability: that one more product is recognised within the year *and* would not have been without support.
Nobody has measured it, so it always comes with a range, and with where it is from.
"""

from collections.abc import Collection

import pandas as pd

from ocop_forecast.errors import TermsError, check_units
from ocop_forecast.tables.dossiers import pass_extremes, pass_share

RANGE = ["effect", "low", "high"]
COLUMNS = [*RANGE, "source"]
ADDED = (0.5, 0.25, 0.75)  # value, low, high


def factors() -> pd.DataFrame:
    """List the two probabilities whose product is the effect where the office says nothing else.

    Returns
    -------
    DataFrame
        Index `factor`: ``passes``, that a dossier which comes before a council is recognised (all councils of
        `councils` together; the worst and the best of the larger ones), and ``added``, that a supported
        dossier comes before one this year and would not have come without. Columns value, low, high and
        source_key: ``published``, or ``assumed``, which nothing stands behind but judgement.

    Examples
    --------
    >>> factors()["source_key"].to_dict()
    {'passes': 'published', 'added': 'assumed'}
    """
    rows = {"passes": (pass_share(), *pass_extremes(), "published"), "added": (*ADDED, "assumed")}
    columns = ["value", "low", "high", "source_key"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("factor")


def assumed(units: Collection[str], table: pd.DataFrame | float | None = None) -> pd.DataFrame:
    """Find for each unit the effect of one supported dossier.

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


def _own(table: pd.DataFrame | float | None) -> list[list]:
    """List the office's own rows, each with its range."""
    if table is None:
        return []
    if not isinstance(table, pd.DataFrame):
        return [[None, table, table, table, "given"]]
    rows = table.reindex(columns=["unit", *COLUMNS])
    rows = rows.assign(low=rows["low"].fillna(rows["effect"]), high=rows["high"].fillna(rows["effect"]))
    return rows.to_numpy(dtype=object).tolist()


def _typed(rows: list[list]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["unit", *COLUMNS])
    return table.astype({"unit": "str", "source": "str"} | dict.fromkeys(RANGE, "float64"))
