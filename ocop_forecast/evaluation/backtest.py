"""The backtest: past years forecast from past month ends, by this model and by baselines, and scored.

What is scored is what is shown: the projection, from the dossiers too where there are any, as it would have
been made at the origin; beside it the trend alone. Each forecast sees only what was known at its origin.
`skill` summarises the rows.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from ocop_forecast import scores
from ocop_forecast.errors import TermsError
from ocop_forecast.models.known import Known
from ocop_forecast.models.panel import checked_targets, complete_months, dated, past_origins
from ocop_forecast.models.projection import combined
from ocop_forecast.models.trend import TrendModel
from ocop_forecast.periods import month_asked, to_come, year_ahead
from ocop_forecast.tables.province import Province
from ocop_forecast.terms import check_level, drawn

from . import baselines

OURS, TREND = "this model", "trend alone"
METHODS = (OURS, TREND, *baselines.METHODS)
CASES = ("open", "attained", "impossible", "no_target")
COLUMNS = ["method", "origin", "year", "unit", "level", "so_far", "target", "came", "median", "lower",
           "upper", "inside", "p_reach", "rps", "log_score", "wis", "brier", "below", "at",
           "case"]  # fmt: skip


def backtest(
    data: Province | pd.DataFrame,
    targets: pd.DataFrame | None = None,
    *,
    origins: "str | Iterable[str | pd.Period] | None" = None,
    draws: int = 1000,
    seed: int = 2024,
    level: float = 0.8,
    breaks: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Forecast past years from past month ends with what was known then, and score the forecasts.

    This model is the projection that `project` would have made at the origin, and ``trend alone`` the trend
    in it; without dossiers they are one. Beside them stand the run rate, the same months of past years,
    Bornhuetter-Ferguson and a Poisson GLM, each with a negative binomial spread fitted to its own past errors
    (`baselines`). At each origin every method sees the counts up to it and the targets of years up to the one
    forecast, and nothing later. No rounds are planned, since no register tells which were planned then.

    Parameters
    ----------
    data : Province, or DataFrame of months x units
        A province, with its targets, breaks and dossiers, of which the months known whole count; or a panel
        as for `TrendModel`, every month known whole.
    targets : DataFrame, optional
        Of a panel, as for `TrendModel`: unit, year, target; with ``province``, its code names the province's
        rows.
    origins : month or months, optional
        Last months known, as ``"2023-09"``; without them `past_origins`, December to November of each past
        year.
    draws : int
        Futures drawn a forecast.
    seed : int
        Same seed, same numbers.
    level : float
        Probability of the central intervals.
    breaks : DataFrame, optional
        Of a panel, as for `TrendModel`; one dated after an origin is not known there.

    Returns
    -------
    DataFrame
        A row an origin, method and unit, then one for the province: the sum of the units in each draw, and
        for a baseline its forecast of the province's own counts. Columns: method (one of `METHODS`), origin
        (Period), year (the one forecast), unit (code), level (``unit`` or ``province``); so_far, target,
        came, median, lower, upper (products in the year; target may be missing); inside,
        ``P(lower <= X <= upper)``, the probability of an interval of whole numbers; p_reach; rps, log_score,
        wis, brier (missing without a target) as in `scores`; below and at, ``P(X < came)`` and
        ``P(X <= came)``; case, what there was to decide about the target at the origin, the same for every
        method: ``attained`` already, ``impossible`` where no draw of any method reached it, ``no_target``
        without one or with one of 0, ``open`` else. ``attrs`` holds level, seed and draws.

    Raises
    ------
    TermsError
        If a table breaks `TrendModel`'s rules, the panel lacks an origin or the rest of its year, or targets
        or breaks are given beside a province, which has its own.
    RunError
        If no past year has two years before it.

    Examples
    --------
    >>> months = pd.period_range("2021-01", "2023-12", freq="M")
    >>> panel = pd.DataFrame({"389": [0, 0, 1] * 12, "390": [0, 1, 0] * 12}, index=months)
    >>> rows = backtest(panel, origins=["2023-09"], draws=100)
    >>> rows.loc[rows["method"] == "this model", ["unit", "level", "so_far", "came"]].values.tolist()
    [['389', 'unit', 3, 4], ['390', 'unit', 3, 4], ['total', 'province', 6, 8]]
    """
    seed, draws = drawn(seed, draws)
    check_level(level)
    known, province = _known(data, targets, breaks)
    months = known.panel.index
    asked = past_origins(known.panel) if origins is None else _checked_origins(origins, months)
    tables = []
    for origin in asked:
        then = known.at(origin)
        facts, forecasts = _facts(known.panel, then, province), _forecasts(then, draws, seed)
        scored = [_scored(rest, facts, level).assign(method=method) for method, rest in forecasts]
        tables += [table.assign(origin=origin, case=_case(facts, scored)) for table in scored]
    table = pd.concat(tables).rename_axis("unit").reset_index()[COLUMNS]
    table.attrs = {"level": level, "seed": seed, "draws": draws}
    return table


def _known(
    data: Province | pd.DataFrame, targets: pd.DataFrame | None, breaks: pd.DataFrame | None
) -> tuple[Known, str]:
    """Return all that is known by today, months known whole alone, and the province's code."""
    if isinstance(data, Province):
        if targets is not None or breaks is not None:
            raise TermsError("ask_province_tables")
        known, province = Known.of(data), data.code
        known = replace(known, panel=complete_months(known.panel, known.as_of))
        TrendModel(known.panel, known.targets)
    else:
        as_of = TrendModel(data, targets, breaks=breaks).as_of
        breaks = None if breaks is None else dated("breaks", breaks)
        targets = None if targets is None else checked_targets(targets, data.columns, data.index)
        known, province = Known(data, as_of, targets, breaks=breaks), _code(targets)
    # in one order, so that that of the units changes no draw
    return replace(known, panel=known.panel.sort_index(axis=1)), province


def _code(targets: pd.DataFrame | None) -> str:
    """Return the province's code that stands in a table of targets, if one does."""
    told = () if targets is None or "province" not in targets else targets["province"].dropna()
    return next(iter(told), "total")


def _checked_origins(origins: "str | Iterable[str | pd.Period]", months: pd.PeriodIndex) -> pd.PeriodIndex:
    """Return the origins asked for, in order, once; complain about one without its year's end."""
    asked = list(origins) if isinstance(origins, Iterable) and not isinstance(origins, str) else [origins]
    asked = pd.PeriodIndex([month_asked("origins", one) for one in asked], freq="M").unique().sort_values()
    if not len(asked):
        raise TermsError("ask_no_origins")
    for origin in asked:
        december = to_come(origin)[-1]
        if origin not in months or december not in months:
            held = {"december": december, "first": months[0], "last": months[-1]}
            raise TermsError("ask_origin", value=str(origin), **{key: str(at) for key, at in held.items()})
    return asked


# one origin


def _facts(panel: pd.DataFrame, then: Known, province: str) -> pd.DataFrame:
    """Return counts at the origin, outcomes and targets, units and then the province; index the codes."""
    year, known, targets = year_ahead(then.as_of), then.panel, then.targets
    told = pd.Series(dtype="Int64")
    if targets is not None:
        told = targets[targets["year"] == year].set_index("unit")["target"].astype("Int64")
    facts = pd.DataFrame(
        {
            "so_far": known[known.index.year == year].sum(),
            "came": panel[panel.index.year == year].sum(),
            "target": told.reindex(panel.columns),
        }
    ).astype({"target": "Int64"})
    whole = facts.sum(min_count=1).to_frame(province).T.astype(facts.dtypes)
    return pd.concat([facts.assign(level="unit"), whole.assign(level="province")]).assign(year=year)


def _case(facts: pd.DataFrame, scored: list[pd.DataFrame]) -> np.ndarray:
    """Return which of `CASES` each target is, from the tables of all methods."""
    target = facts["target"].astype("float64").fillna(0)
    never = np.max([table["p_reach"] for table in scored], axis=0) == 0
    return np.select(
        [target == 0, facts["so_far"] >= target, never], ["no_target", "attained", "impossible"], "open"
    )


def _forecasts(then: Known, draws: int, seed: int) -> Iterator[tuple[str, np.ndarray]]:
    """Yield each method with its draws of the rest of the year, (draws, units and then the province)."""
    projection = combined(then, seed=seed, draws=draws)
    for name, forecast in ((OURS, projection.forecast), (TREND, projection.trend)):
        rest = forecast.remaining()
        yield name, np.column_stack([rest, rest.sum(axis=1)])
    now, total = then.as_of, then.panel.sum(axis=1).to_frame("total")
    for name, point in baselines.METHODS.items():
        units, province = (
            baselines.with_spread(point)(panel, 12 - now.month % 12, draws, [seed, now.year, now.month, at])
            for at, panel in enumerate((then.panel, total))
        )
        yield name, np.column_stack([units, province])


def _scored(rest: np.ndarray, facts: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return the facts with the forecast of the draws `rest`, and its scores."""
    ends = rest + facts["so_far"].to_numpy()
    came, target = facts["came"].to_numpy(), facts["target"].astype("float64").to_numpy()
    rows, p = facts.copy(), np.where(np.isnan(target), np.nan, (ends >= target).mean(axis=0))
    edges = [0.5, (1 - level) / 2, (1 + level) / 2]
    rows[["median", "lower", "upper"]] = np.quantile(ends, edges, axis=0, method="inverted_cdf").T
    rows["inside"] = ((ends >= rows["lower"].to_numpy()) & (ends <= rows["upper"].to_numpy())).mean(axis=0)
    rows["p_reach"], rows["brier"] = p, scores.brier(p, came >= target)
    rows["rps"], rows["log_score"] = scores.rps(ends, came), scores.log_score(ends, came)
    rows["wis"] = scores.wis(ends, came)
    rows["below"], rows["at"] = (ends < came).mean(axis=0), (ends <= came).mean(axis=0)
    return rows
