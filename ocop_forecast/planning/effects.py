"""The effect of support: what the planner assumes that one supported dossier adds.

A probability: that one more product is recognised within the year *and* would not have been without support.
Nobody has measured it, so it always comes with a range, and with where it is from.
"""

import pandas as pd

from ocop_forecast.errors import TermsError, check_units
from ocop_forecast.tables.dossiers import pass_extremes, pass_share

RANGE = ["effect", "low", "high"]
COLUMNS = [*RANGE, "source"]
ADDED = (0.5, 0.25, 0.75)  # value, low, high


def factors() -> pd.DataFrame:
    """Return the two probabilities whose product is the effect where the office says nothing else.

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


def assumed(units, table: pd.DataFrame | float | None = None) -> pd.DataFrame:
    """Return for each unit the effect of one supported dossier.

    Parameters
    ----------
    units : sequence of str
        Unit codes.
    table : DataFrame or float, optional
        What the office assumes itself: columns unit (a code; missing: every unit), effect, and perhaps low,
        high (missing: as the effect) and source. A unit's own row goes before one for every unit, and a later
        row before an earlier one. A number is the effect in every unit. Who is not told of gets the product
        of the `factors`.

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
    rows = pd.concat([_usual(), _own(table)], ignore_index=True)
    own, everywhere = dict(zip(rows["unit"], rows.index, strict=True)), rows.index[rows["unit"].isna()][-1]
    check_units("effect", rows["unit"].dropna(), units)
    effects = rows.loc[[own.get(unit, everywhere) for unit in units], COLUMNS]
    return _checked(effects.set_axis(pd.Index(units, name="unit")))


def _usual():
    """Return the row of every unit that the factors make: value with value, low with low, high with high."""
    effect, low, high = factors()[["value", "low", "high"]].prod().round(2)
    return _table([(None, effect, low, high, "assumed")])


def _own(table):
    """Return the office's own rows, whole."""
    if table is None:
        return _table([])
    if not isinstance(table, pd.DataFrame):
        return _table([(None, table, table, table, "given")])
    rows = table.reindex(columns=["unit", *COLUMNS])
    filled = {end: rows[end].fillna(rows["effect"]) for end in ("low", "high")}
    return _table(rows.assign(**filled).itertuples(index=False))


def _table(rows):
    table = pd.DataFrame(rows, columns=["unit", *COLUMNS])
    return table.astype({"unit": "str", "source": "str"} | dict.fromkeys(RANGE, "float64"))


def _checked(effects):
    """Complain about an effect that is no probability or lies outside its range."""
    right = effects["low"].ge(0) & effects["high"].le(1)
    right &= effects["low"].le(effects["effect"]) & effects["effect"].le(effects["high"])
    if not right.all():
        unit, row = next(effects[~right].iterrows())
        raise TermsError("ask_effect", unit=unit, **{name: str(row[name]) for name in RANGE})
    return effects
