"""Skill: the rows of a backtest summarised by scores, reliability, flags and the PIT histogram.

`rows` are as from `backtest.backtest`, which explains their columns.
"""

import numpy as np
import pandas as pd

from ocop_forecast import scores
from ocop_forecast.planning.flags import USUAL, Rule

from .backtest import CASES, METHODS, OURS

EDGES = (0, 0.1, 0.3, 0.5, 0.7, 0.9, 1)  # of the reliability bins, those of the flags among them


def skill(rows: pd.DataFrame) -> pd.DataFrame:
    """Return each method's mean scores, and how they compare with the best baseline's.

    Returns
    -------
    DataFrame
        Index level and method; columns forecasts; rps and wis (products), log_score (nats), brier (of the
        open cases alone): the smaller the better; held, the share of intervals that covered the outcome, and
        promised, the mean probability of these intervals of whole numbers; rps_best, the rps divided by the
        best baseline's, and log_best, the log score less the best baseline's: below 1 and below 0 the method
        is ahead of every baseline.

    Examples
    --------
    >>> told = {"level": "unit", "case": "open", "came": 3, "lower": 2, "upper": 3, "brier": 0.1}
    >>> told |= {"method": ["this model", "run rate"], "rps": [0.9, 1.0], "wis": 1.0, "log_score": 1.0}
    >>> told |= {"inside": 0.9}
    >>> float(skill(pd.DataFrame(told)).loc[("unit", "this model"), "rps_best"])
    0.9
    """
    held = rows["came"].between(rows["lower"], rows["upper"])
    brier = rows["brier"].where(rows["case"] == "open")
    by = rows.assign(held=held, brier=brier).groupby(["level", "method"])
    means = by[["rps", "wis", "log_score", "brier", "held", "inside"]].mean()
    means = means.rename(columns={"inside": "promised"})
    means.insert(0, "forecasts", by.size())
    best = means.drop(OURS, level="method").groupby("level").min()
    means["rps_best"] = means["rps"].div(best["rps"], level="level")
    means["log_best"] = means["log_score"].sub(best["log_score"], level="level")
    order = pd.MultiIndex.from_product([["unit", "province"], METHODS], names=means.index.names)
    return means.loc[order[order.isin(means.index)]]


def years_won(rows: pd.DataFrame) -> pd.DataFrame:
    """Count the years in which this model's mean RPS was below that of the baseline best over all years.

    The index is the level; the columns are ahead and years, whole numbers.

    Examples
    --------
    >>> rows = pd.DataFrame({"level": "unit", "year": [2022, 2022, 2023, 2023], "rps": [0.9, 1.0, 1.2, 1.1]})
    >>> rows["method"] = ["this model", "run rate"] * 2
    >>> years_won(rows).loc["unit"].tolist()
    [1, 2]
    """
    yearly = rows.groupby(["level", "year", "method"])["rps"].mean().unstack("method")
    best = yearly.drop(columns=OURS).groupby("level").mean().idxmin(axis=1)
    won = {level: yearly.loc[level, OURS] < yearly.loc[level, name] for level, name in best.items()}
    counts = {level: [int(years.sum()), len(years)] for level, years in won.items()}
    return pd.DataFrame.from_dict(counts, "index", columns=["ahead", "years"]).rename_axis("level")


def reliability(
    rows: pd.DataFrame, *, edges: "tuple[float, ...]" = EDGES, method: str = OURS
) -> pd.DataFrame:
    """Return by bins of its probability the share of units that reached their target.

    Only ``open`` cases of one of `METHODS` count, for in the others nothing was left to be right about. A
    probability counts in whole per cent, as it is shown and flagged. Bins and table are those of
    `scores.reliability`; an outcome is one unit's one year.

    Examples
    --------
    >>> told = {"level": "unit", "method": "this model", "case": "open", "unit": ["1", "2"], "year": 2023}
    >>> rows = pd.DataFrame({**told, "p_reach": [0.1, 0.2], "target": 3, "came": [2, 4]})
    >>> reliability(rows, edges=(0, 0.3, 1))["reached"].tolist()
    [0.5, nan]
    """
    cases = _open_cases(rows)
    cases = cases[cases["method"] == method]
    outcomes = cases["unit"] + " " + cases["year"].astype(str)
    reached = (cases["came"] >= cases["target"]).to_numpy(bool)
    return scores.reliability(cases["p_reach"].round(2).to_numpy(), reached, edges, outcomes.to_numpy())


def contingency(rows: pd.DataFrame, rule: Rule = USUAL) -> pd.DataFrame:
    """Return the contingency table of flags and missed targets, by method; the units' ``open`` cases count.

    Returns
    -------
    DataFrame
        Index method; columns hits (flagged "needs support", and missed the target), false_alarms (flagged,
        and reached it), misses (not flagged, and missed it), correct_rejections (neither); hit_rate, hits
        among the targets missed, and false_alarm_ratio, false alarms among the flags (Wilks 2019, 9.2);
        missing where there was none.

    Examples
    --------
    >>> told = {"level": "unit", "method": "this model", "case": "open", "target": 3}
    >>> rows = pd.DataFrame({**told, "p_reach": [0.1, 0.2, 0.9], "came": [2, 4, 5]})
    >>> contingency(rows).loc["this model", ["hits", "false_alarms", "hit_rate"]].tolist()
    [1.0, 1.0, 1.0]
    """
    cases = _open_cases(rows)
    flagged = cases["p_reach"].map(rule.flag) == "needs_support"
    missed = (cases["came"] < cases["target"]).astype(bool)
    kinds = {"hits": flagged & missed, "false_alarms": flagged & ~missed}
    kinds |= {"misses": ~flagged & missed, "correct_rejections": ~flagged & ~missed}
    table = pd.DataFrame(kinds).groupby(cases["method"]).sum()
    table["hit_rate"] = table["hits"] / (table["hits"] + table["misses"])
    table["false_alarm_ratio"] = table["false_alarms"] / (table["hits"] + table["false_alarms"])
    return table.loc[[method for method in METHODS if method in table.index]]


def _open_cases(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[(rows["level"] == "unit") & (rows["case"] == "open")]


def case_counts(rows: pd.DataFrame) -> pd.DataFrame:
    """Count the units' forecasts in each case, and those that then reached the target.

    The index is `CASES`; the columns are forecasts and reached, whole numbers.

    Examples
    --------
    >>> told = {"level": "unit", "method": "this model", "target": 3}
    >>> rows = pd.DataFrame({**told, "case": ["open", "open", "attained"], "came": [2, 3, 4]})
    >>> case_counts(rows).loc["open"].tolist()
    [2, 1]
    """
    units = rows[(rows["level"] == "unit") & (rows["method"] == OURS)]
    reached = (units["came"] >= units["target"]).fillna(False).astype(int)
    by = reached.groupby(units["case"])
    counts = pd.DataFrame({"forecasts": by.size(), "reached": by.sum()})
    return counts.reindex(pd.Index(CASES, name="case"), fill_value=0)


def pit_histogram(rows: pd.DataFrame, *, bins: int = 10, method: str = OURS) -> pd.DataFrame:
    """Return the PIT histogram of the units' forecasts, and the band of a right model's.

    The index is the bins (``from`` and ``to``); the columns are share, as from `scores.pit`, lower and upper,
    between which a right model's share of one bin lies in 80 % of cases, were units and years independent of
    each other and the origins of one unit's one year one and the same.

    Examples
    --------
    >>> told = {"level": "unit", "method": "this model", "unit": ["1", "2"], "year": 2023}
    >>> rows = pd.DataFrame({**told, "below": [0.0, 0.5], "at": [0.5, 0.6]})
    >>> pit_histogram(rows, bins=2)["share"].tolist()
    [0.5, 0.5]
    """
    from scipy import stats

    units = rows[(rows["level"] == "unit") & (rows["method"] == method)]
    n, edges = len(units[["unit", "year"]].drop_duplicates()), np.linspace(0, 1, bins + 1)
    index = pd.MultiIndex.from_arrays([edges[:-1], edges[1:]], names=["from", "to"])
    lower, upper = stats.binom.ppf([0.1, 0.9], n, 1 / bins) / n
    share = scores.pit(units["below"].to_numpy(), units["at"].to_numpy(), bins)
    return pd.DataFrame({"share": share, "lower": lower, "upper": upper}, index)
