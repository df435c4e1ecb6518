"""The record: what the forecasts of past years would have been worth here, beside what a planner does anyway.

`backtest` goes back to past month ends, forecasts with only what was known then, and holds every forecast
against what came. `skill`, `reliable`, `flagged` and `histogram` are views of its rows.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from ocop_forecast import scores
from ocop_forecast.errors import TermsError
from ocop_forecast.models.panel import december, month_ends
from ocop_forecast.models.trend import TrendModel
from ocop_forecast.planning.flags import USUAL, Rule

from . import baselines

OURS = "this model"
METHODS = (OURS, *baselines.METHODS)
CASES = ("open", "attained", "impossible", "no_target")
EDGES = (0, 0.1, 0.3, 0.5, 0.7, 0.9, 1)  # those of the flags among them
COLUMNS = ["method", "origin", "year", "unit", "level", "so_far", "target", "came", "median", "lower",
           "upper", "inside", "p_reach", "rps", "log_score", "wis", "brier", "below", "at",
           "case"]  # fmt: skip


def backtest(
    panel: pd.DataFrame,
    targets: pd.DataFrame | None = None,
    *,
    origins: "str | Iterable[str | pd.Period] | None" = None,
    draws: int = 1000,
    seed: int = 2024,
    level: float = 0.8,
    breaks: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Forecast past years from past month ends with what was known then, and score what was said.

    Beside this model stand the run rate, the same months of past years, Bornhuetter-Ferguson and a Poisson
    GLM, each with a negative binomial spread fitted to its own past errors (`peers`). At each origin every
    method sees the counts up to it and the targets of years up to the one forecast, and nothing later. Which
    rounds were planned then no register tells, so none are.

    Parameters
    ----------
    panel : DataFrame, months x units
        As for `TrendModel`, every month known whole.
    targets : DataFrame, optional
        As for `TrendModel`: unit, year, target; with ``province``, its code names the province's rows.
    origins : month or months, optional
        Last months known, as ``"2023-09"``; without them `month_ends`, December to November of each past
        year.
    draws : int
        Futures drawn a forecast.
    seed : int
        Same seed, same numbers.
    level : float
        Probability that the intervals promise.
    breaks : DataFrame, optional
        As for `TrendModel`; one dated after an origin is not known there.

    Returns
    -------
    DataFrame
        A row an origin, method and unit, then one for the province: the sum of the units in each draw, and
        for a peer its forecast of the province's own counts. Columns: method (one of `METHODS`), origin
        (Period), year (the one forecast), unit (code), level (``unit`` or ``province``); so_far, target,
        came, median, lower, upper (products in the year; target may be missing); inside,
        ``P(lower <= X <= upper)``, what the interval of whole numbers promises; p_reach; rps, log_score, wis,
        brier (missing without a target) as in `scores`; below and at, ``P(X < came)`` and ``P(X <= came)``;
        case, what there was to decide about the target at the origin, the same for every method: ``attained``
        already,
        ``impossible`` where no draw of any method reached it, ``no_target`` without one or with one of 0,
        ``open`` else. ``attrs`` holds level, seed and draws.

    Raises
    ------
    TermsError
        If a table breaks `TrendModel`'s rules, or the panel lacks an origin or the rest of its year.
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
    TrendModel(panel, targets)  # complains about wrong tables before any fit
    panel = panel.sort_index(axis=1)  # so that the order of the units changes no draw
    asked = month_ends(panel) if origins is None else _asked(origins, panel.index)
    tables = []
    for origin in asked:
        known, plan = panel.loc[:origin], _until(targets, (origin + 1).year)
        facts, told = _facts(panel, plan, origin), _forecasts(known, plan, breaks, draws, seed)
        scored = [_scored(rest, facts, level).assign(method=method) for method, rest in told]
        tables += [table.assign(origin=origin, case=_case(facts, scored)) for table in scored]
    table = pd.concat(tables).rename_axis("unit").reset_index()[COLUMNS]
    table.attrs = {"level": level, "seed": seed, "draws": draws}
    return table


# the origins


def _asked(origins, months):
    """Return the origins asked for, in order, once; complain about one without its year's end."""
    asked = [origins] if isinstance(origins, str) else list(origins)
    asked = pd.PeriodIndex(asked, freq="M").unique().sort_values()
    if not len(asked):
        raise TermsError("ask_no_origins")
    for origin in asked:
        if origin not in months or december(origin) not in months:
            held = {"december": december(origin), "first": months[0], "last": months[-1]}
            raise TermsError("ask_origin", value=str(origin), **{key: str(at) for key, at in held.items()})
    return asked


# one origin


def _until(targets, year):
    """Return the targets that were set by then, for years up to the one forecast."""
    return None if targets is None else targets[targets["year"] <= year]


def _facts(panel, targets, origin):
    """Return what is known at the origin and what came, units and then the province; index the codes."""
    year, known = (origin + 1).year, panel.loc[:origin]
    facts = pd.DataFrame(
        {
            "so_far": known[known.index.year == year].sum(),
            "came": panel[panel.index.year == year].sum(),
            "target": _target(targets, year).reindex(panel.columns),
        }
    ).astype({"target": "Int64"})
    whole = facts.sum(min_count=1).to_frame(_code(targets)).T.astype(facts.dtypes)
    return pd.concat([facts.assign(level="unit"), whole.assign(level="province")]).assign(year=year)


def _target(targets, year):
    if targets is None:
        return pd.Series(dtype="Int64")
    return targets[targets["year"] == year].set_index("unit")["target"].astype("Int64")


def _code(targets):
    """Return what the province's rows are called: its code where the targets tell it."""
    if targets is None or "province" not in targets:
        return "total"
    return next(iter(targets["province"].dropna()), "total")


def _case(facts, scored):
    """Return what there was to decide about each target; on this all methods' tables agree."""
    target = facts["target"].astype("float64").fillna(0)
    never = np.max([table["p_reach"] for table in scored], axis=0) == 0
    return np.select(
        [target == 0, facts["so_far"] >= target, never], ["no_target", "attained", "impossible"], "open"
    )


def _forecasts(known, targets, breaks, draws, seed) -> Iterator[tuple[str, np.ndarray]]:
    """Yield each method with its draws of what is left of the year, (draws, units and then the province)."""
    left, now = 12 - known.index[-1].month % 12, known.index[-1]
    dated = None if breaks is None else breaks[breaks["date"] <= now.end_time]
    results = TrendModel(known, targets, breaks=dated).fit()
    ours, total = results.forecast(seed=seed, draws=draws).remaining(), known.sum(axis=1).to_frame("total")
    yield OURS, np.column_stack([ours, ours.sum(axis=1)])
    for name, point in baselines.METHODS.items():
        units, province = (
            baselines.spread(point)(panel, left, draws, [seed, now.year, now.month, at])
            for at, panel in enumerate((known, total))
        )
        yield name, np.column_stack([units, province])


def _scored(rest, facts, level):
    """Return the facts with what the draws `rest` said of them, and its scores."""
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


# views


def skill(rows: pd.DataFrame) -> pd.DataFrame:
    """Return each method's mean scores beside the best peer's.

    Parameters
    ----------
    rows : DataFrame
        As from `backtest`.

    Returns
    -------
    DataFrame
        Index level and method; columns forecasts; rps and wis (products), log_score (nats), brier (of the
        open cases alone): the smaller the better; held, the share of intervals that held, and promised, what
        intervals of whole numbers promised; rps_best, the rps
        divided by the best peer's, and log_best, the log score less the best peer's: below 1 and below 0 the
        method is ahead of every simple one.

    Examples
    --------
    >>> told = {"level": "unit", "case": "open", "came": 3, "lower": 2, "upper": 3, "brier": 0.1}
    >>> told |= {"method": ["this model", "run rate"], "rps": [0.9, 1.0], "wis": 1.0, "log_score": 1.0}
    >>> told |= {"inside": 0.9}
    >>> rows = pd.DataFrame(told)
    >>> float(skill(rows).loc[("unit", "this model"), "rps_best"])
    0.9
    """
    held, brier = (
        rows["came"].between(rows["lower"], rows["upper"]),
        rows["brier"].where(rows["case"] == "open"),
    )
    by = rows.assign(held=held, brier=brier).groupby(["level", "method"])
    means = by[["rps", "wis", "log_score", "brier", "held", "inside"]].mean()
    means = means.rename(columns={"inside": "promised"})
    means.insert(0, "forecasts", by.size())
    best = means.drop(OURS, level="method").groupby("level").min()
    means["rps_best"] = means["rps"].div(best["rps"], level="level")
    means["log_best"] = means["log_score"].sub(best["log_score"], level="level")
    order = pd.MultiIndex.from_product([["unit", "province"], METHODS], names=means.index.names)
    return means.loc[order[order.isin(means.index)]]


def ahead(rows: pd.DataFrame) -> pd.DataFrame:
    """Return in how many years this model's mean RPS was smaller than that of the peer best in all years.

    Parameters
    ----------
    rows : DataFrame
        As from `backtest`.

    Returns
    -------
    DataFrame
        Index level; columns ahead and years, whole numbers.

    Examples
    --------
    >>> rows = pd.DataFrame({"level": "unit", "year": [2022, 2022, 2023, 2023], "rps": [0.9, 1.0, 1.2, 1.1]})
    >>> rows["method"] = ["this model", "run rate"] * 2
    >>> ahead(rows).loc["unit"].tolist()
    [1, 2]
    """
    yearly = rows.groupby(["level", "year", "method"])["rps"].mean().unstack("method")
    best = yearly.drop(columns=OURS).groupby("level").mean().idxmin(axis=1)
    won = {level: yearly.loc[level, OURS] < yearly.loc[level, peer] for level, peer in best.items()}
    counts = {level: [int(years.sum()), len(years)] for level, years in won.items()}
    return pd.DataFrame.from_dict(counts, "index", columns=["ahead", "years"]).rename_axis("level")


def reliable(rows: pd.DataFrame, *, edges: "tuple[float, ...]" = EDGES, method: str = OURS) -> pd.DataFrame:
    """Return, by the probability promised to a unit, what share of them reached the target.

    Only ``open`` cases count, for in the others nothing was left to be right about. A probability counts in
    whole per cent, as it is shown and flagged.

    Parameters
    ----------
    rows : DataFrame
        As from `backtest`.
    edges : tuple of float
        From 0 to 1; a bin holds its lower edge.
    method : str
        One of `METHODS`.

    Returns
    -------
    DataFrame
        As from `scores.reliability`; an outcome is one unit's one year.

    Examples
    --------
    >>> told = {"level": "unit", "method": "this model", "case": "open", "unit": ["1", "2"], "year": 2023}
    >>> rows = pd.DataFrame({**told, "p_reach": [0.1, 0.2], "target": 3, "came": [2, 4]})
    >>> reliable(rows, edges=(0, 0.3, 1))["reached"].tolist()
    [0.5, nan]
    """
    mine = _open(rows)
    mine = mine[mine["method"] == method]
    of = mine["unit"] + " " + mine["year"].astype(str)
    reached = (mine["came"] >= mine["target"]).to_numpy(bool)
    return scores.reliability(mine["p_reach"].round(2).to_numpy(), reached, edges, of.to_numpy())


def flagged(rows: pd.DataFrame, rule: Rule = USUAL) -> pd.DataFrame:
    """Return how often "needs support" stood beside a target that was then missed, by method.

    Parameters
    ----------
    rows : DataFrame
        As from `backtest`; the units' ``open`` cases count.
    rule : Rule
        The thresholds of the flags.

    Returns
    -------
    DataFrame
        Index method; columns hits (flagged, and missed the target), false_alarms (flagged, and reached it),
        misses (not flagged, and missed it), correct_rejections (neither); hit_rate, hits among the targets
        missed, and false_alarm_ratio, false alarms among the flags (Wilks 2019, 9.2); missing where there
        was none.

    Examples
    --------
    >>> told = {"level": "unit", "method": "this model", "case": "open", "target": 3}
    >>> rows = pd.DataFrame({**told, "p_reach": [0.1, 0.2, 0.9], "came": [2, 4, 5]})
    >>> flagged(rows).loc["this model", ["hits", "false_alarms", "hit_rate"]].tolist()
    [1.0, 1.0, 1.0]
    """
    cases = _open(rows)
    flag = cases["p_reach"].map(rule.level) == "needs_support"
    missed = (cases["came"] < cases["target"]).astype(bool)
    kinds = {
        "hits": flag & missed,
        "false_alarms": flag & ~missed,
        "misses": ~flag & missed,
        "correct_rejections": ~flag & ~missed,
    }
    table = pd.DataFrame(kinds).groupby(cases["method"]).sum()
    table["hit_rate"] = table["hits"] / (table["hits"] + table["misses"])
    table["false_alarm_ratio"] = table["false_alarms"] / (table["hits"] + table["false_alarms"])
    return table.loc[[method for method in METHODS if method in table.index]]


def _open(rows):
    return rows[(rows["level"] == "unit") & (rows["case"] == "open")]


def cases(rows: pd.DataFrame) -> pd.DataFrame:
    """Return how many of the units' forecasts fall into each case, and how many then reached the target.

    Parameters
    ----------
    rows : DataFrame
        As from `backtest`.

    Returns
    -------
    DataFrame
        Index `CASES`; columns forecasts and reached, whole numbers.

    Examples
    --------
    >>> told = {"level": "unit", "method": "this model", "target": 3}
    >>> rows = pd.DataFrame({**told, "case": ["open", "open", "attained"], "came": [2, 3, 4]})
    >>> cases(rows).loc["open"].tolist()
    [2, 1]
    """
    units = rows[(rows["level"] == "unit") & (rows["method"] == OURS)]
    reached = (units["came"] >= units["target"]).fillna(False).astype(int)
    by = reached.groupby(units["case"])
    counts = pd.DataFrame({"forecasts": by.size(), "reached": by.sum()})
    return counts.reindex(pd.Index(CASES, name="case"), fill_value=0)


def histogram(rows: pd.DataFrame, *, bins: int = 10, method: str = OURS) -> pd.DataFrame:
    """Return the PIT histogram of the units' forecasts, and what a right model's would lie between.

    Parameters
    ----------
    rows : DataFrame
        As from `backtest`.
    bins : int
        Number of equal bins.
    method : str
        One of `METHODS`.

    Returns
    -------
    DataFrame
        Index the bins (``from`` and ``to``); columns share, as from `scores.pit`, lower and upper, between
        which a right model's share of one bin lies in 80 % of cases, were units and years independent of each
        other and the origins of one unit's one year one and the same.

    Examples
    --------
    >>> told = {"level": "unit", "method": "this model", "unit": ["1", "2"], "year": 2023}
    >>> rows = pd.DataFrame({**told, "below": [0.0, 0.5], "at": [0.5, 0.6]})
    >>> histogram(rows, bins=2)["share"].tolist()
    [0.5, 0.5]
    """
    from scipy import stats

    mine = rows[(rows["level"] == "unit") & (rows["method"] == method)]
    n, edges = len(mine[["unit", "year"]].drop_duplicates()), np.linspace(0, 1, bins + 1)
    index = pd.MultiIndex.from_arrays([edges[:-1], edges[1:]], names=["from", "to"])
    low, high = stats.binom.ppf([0.1, 0.9], n, 1 / bins) / n
    share = scores.pit(mine["below"].to_numpy(), mine["at"].to_numpy(), bins)
    return pd.DataFrame({"share": share, "lower": low, "upper": high}, index)
