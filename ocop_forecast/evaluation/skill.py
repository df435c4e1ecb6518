"""Skill: the rows of a backtest summarised by scores and their parts, reliability, order, flags and PIT.

`rows` are as from `backtest.backtest`, which explains their columns.
"""

import numpy as np
import pandas as pd

from ocop_forecast import scores

from . import baselines
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
    simple = means.index.get_level_values("method").isin(list(baselines.METHODS))
    best = means[simple].groupby("level").min()
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
    simple = yearly[yearly.columns.intersection(list(baselines.METHODS), sort=False)]
    best = simple.groupby("level").mean().idxmin(axis=1)
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
    cases = open_cases(rows)
    cases = cases[cases["method"] == method]
    outcomes = cases["unit"] + " " + cases["year"].astype(str)
    p, reached = cases["p_reach"].round(2).to_numpy(), cases["reached"].to_numpy()
    return scores.reliability(p, reached, edges, outcomes.to_numpy())


def decomposition(rows: pd.DataFrame, by: "tuple[str, ...]" = ("method",)) -> pd.DataFrame:
    """Return the parts of the Brier score of units' ``open`` cases, by method, or by method and year.

    ``brier = miscalibration - discrimination + uncertainty``, as from `scores.decomposition` (Dimitriadis,
    Gneiting and Jordan 2021).

    Returns
    -------
    DataFrame
        Index `by`; columns forecasts, brier, miscalibration (of probabilities that are too high or too low:
        the smaller the better), discrimination (of cases told apart: the greater the better) and uncertainty
        (of the outcomes, the same for all methods).

    Examples
    --------
    >>> told = {"level": "unit", "method": "this model", "case": "open", "target": 3, "year": 2023}
    >>> rows = pd.DataFrame({**told, "p_reach": [0.1, 0.1, 0.3, 0.7], "came": [2, 4, 3, 5]})
    >>> decomposition(rows, ("method", "year")).loc[("this model", 2023)].round(4).tolist()
    [4.0, 0.35, 0.225, 0.0625, 0.1875]
    """
    told = []
    for key, of_one in open_cases(rows).groupby(list(by)):
        p, reached = of_one["p_reach"].to_numpy(), of_one["reached"].to_numpy()
        told.append((*key, len(p), scores.brier(p, reached).mean(), *scores.decomposition(p, reached)))
    return _by_method(told, by, ["forecasts", "brier", *scores.Decomposition._fields])


def order_by_month(rows: pd.DataFrame) -> pd.DataFrame:
    """Return at each month end how far units stood in the right order; their ``open`` cases count.

    Returns
    -------
    DataFrame
        Index method and origin; columns forecasts, reached (how many of them reached the target) and ordered,
        the share of pairs in the right order, as from `scores.auc`; missing where all or none reached.

    Examples
    --------
    >>> told = {"level": "unit", "method": "this model", "case": "open", "target": 3, "origin": "2023-06"}
    >>> rows = pd.DataFrame({**told, "p_reach": [0.1, 0.4, 0.4], "came": [2, 3, 0]})
    >>> order_by_month(rows).loc[("this model", "2023-06")].tolist()
    [3.0, 1.0, 0.75]
    """
    by = ("method", "origin")
    told = [
        (*key, len(month), month["reached"].sum(), scores.auc(month["p_reach"], month["reached"]))
        for key, month in open_cases(rows).groupby(list(by))
    ]
    return _by_method(told, by, ["forecasts", "reached", "ordered"])


def order(rows: pd.DataFrame, by: "tuple[str, ...]" = ("method",)) -> pd.DataFrame:
    """Return what the order of the units at one month end told of who reached the target.

    Only month ends count at which some ``open`` cases reached it and others did not, and units are compared
    at one month end alone, as those who choose among them do: that one month is nearer to December than
    another, or a year better, adds nothing. One isotonic regression is fitted for all month ends: of its own,
    each would find an order among twenty coins.

    Returns
    -------
    DataFrame
        Index `by`; columns outcomes (units' years); ordered, the share of all pairs in the right order, as
        from `scores.auc`; within, the discrimination: ``mean(r^2)``, r the isotonic regression of
        ``y - mean(y)`` on ``(rank - 1/2) / n``, means, ranks of probabilities and n those of the month end;
        and luck, what `within` would be in the mean if the order told nothing: ``mean((y - mean(y))^2)
        (1/2 + ... + 1/m) / (m - 1)`` of m outcomes (the level probabilities of Barlow, Bartholomew, Bremner
        and Brunk 1972), each of which counts once, however many month ends it was forecast from.

    Examples
    --------
    >>> told = {"level": "unit", "method": "this model", "case": "open", "target": 3, "origin": "2023-06"}
    >>> rows = pd.DataFrame({**told, "year": 2023, "unit": ["1", "2"], "p_reach": [0.1, 0.4], "came": [2, 3]})
    >>> order(rows).loc["this model"].tolist()
    [2.0, 1.0, 0.25, 0.125]
    """
    cases, told = _compared(open_cases(rows)), []
    for key, of_one in cases.groupby(list(by)):
        fitted = scores.recalibrated(of_one["place"].to_numpy(), of_one["beyond"].to_numpy())
        m, spread = len(of_one[["unit", "year"]].drop_duplicates()), (of_one["beyond"] ** 2).mean()
        luck = spread * (1 / np.arange(2, m + 1)).sum() / (m - 1)
        told.append((*key, m, _ordered(of_one), (fitted**2).mean(), luck))
    return _by_method(told, by, ["outcomes", "ordered", "within", "luck"])


def _compared(cases: pd.DataFrame) -> pd.DataFrame:
    """Return cases of month ends where some reached, with their place in the order and y - mean(y)."""
    some = cases.groupby(["method", "origin"])["reached"].transform("nunique") > 1
    cases = cases[some]
    months = cases.groupby(["method", "origin"])
    place = (months["p_reach"].rank() - 0.5) / months["p_reach"].transform("size")
    return cases.assign(place=place, beyond=cases["reached"] - months["reached"].transform("mean"))


def _ordered(cases: pd.DataFrame) -> float:
    """Return the share of pairs of all month ends in the right order."""
    months = order_by_month(cases)
    pairs = months["reached"] * (months["forecasts"] - months["reached"])
    return float(np.average(months["ordered"], weights=pairs))


def _by_method(told: list[tuple], by: "tuple[str, ...]", columns: list[str]) -> pd.DataFrame:
    """Return rows as a table with the index `by`, methods in their order."""
    table = pd.DataFrame(told, columns=[*by, *columns])
    place = table["method"].map(METHODS.index)
    return table.loc[place.sort_values(kind="stable").index].set_index(list(by))


def open_cases(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the units' cases about which there was something to be right, and whether they reached."""
    cases = rows[(rows["level"] == "unit") & (rows["case"] == "open")]
    return cases.assign(reached=(cases["came"] >= cases["target"]).astype(bool))


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
