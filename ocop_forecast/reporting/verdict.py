"""The verdict: how far to trust the forecasts, in words and tables in the reader's language."""

import pandas as pd

from ocop_forecast.display import Sentence
from ocop_forecast.evaluation import baselines
from ocop_forecast.evaluation.backtest import OURS
from ocop_forecast.evaluation.record import COIN
from ocop_forecast.evaluation.skill import (
    case_counts,
    decomposition,
    order,
    reliability,
    skill,
    years_won,
)
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import number, share
from ocop_forecast.planning.flags import USUAL, Rule, contingency
from ocop_forecast.tables.province import Province

DIGITS = {"rps": 2, "wis": 2, "log_score": 2, "brier": 3, "rps_best": 2, "log_best": 2}
DIGITS |= {"uncertainty": 3, "miscalibration": 3, "discrimination": 3, "within": 3}
SHARES = ("held", "promised", "reached", "lower", "upper", "hit_rate", "false_alarm_ratio", "ordered")
CLEAR = 0.02  # by how much of the best peer's error a difference is worth a word
NOTHING = 0.02  # the discrimination at one month end below which an order of districts is not worth a word
LUCK = 2  # times what luck makes in the mean, which it exceeds about once in ten


def verdict(rows: pd.DataFrame, rule: Rule = USUAL) -> Sentence:
    """Judge the forecasts of past years, a line a finding.

    Whether the model earns its keep beside the simple methods, how often the intervals held, what came of the
    probabilities, of the order of the districts and of the flags, and how little a few years prove.

    Parameters
    ----------
    rows : DataFrame
        As from `backtest`.
    rule : Rule
        The thresholds of the flags.

    Examples
    --------
    >>> import ocop_forecast as ocop
    >>> from ocop_forecast.evaluation.backtest import backtest
    >>> months = pd.period_range("2021-01", "2023-12", freq="M")
    >>> panel = pd.DataFrame({"389": [0, 0, 1] * 12, "390": [0, 1, 0] * 12}, index=months)
    >>> rows = backtest(panel, origins=["2023-06", "2023-09"], draws=100)
    >>> with ocop.set_options(lang="en"):
    ...     verdict(rows).splitlines()[0][:46]
    'Backtest of 2023: 2 month ends, 2 districts; e'
    """
    table, years, origins = skill(rows), rows["year"].unique(), rows["origin"].nunique()
    units, won = rows.loc[rows["level"] == "unit", "unit"].nunique(), years_won(rows)
    said = [
        label("record_scope", years=_span(years), origins=origins, units=units),
        *(_against(table.loc[(level, OURS)], won.loc[level], level) for level in ("unit", "province")),
        _held(rows, table),
        *(_probabilities(rows, table, rule) if table["brier"].loc["unit"].notna().any() else ()),
        label("record_together", years=len(years), origins=origins),
    ]
    return Sentence("\n".join(said))


def brief(rows: pd.DataFrame, rule: Rule = USUAL) -> Sentence:
    """Tell a meeting how often the intervals held in past years, and what probabilities meant.

    Parameters
    ----------
    rows : DataFrame
        As from `backtest`; a page takes those of one time of the year.
    rule : Rule
        The thresholds of the flags.

    Examples
    --------
    >>> import ocop_forecast as ocop
    >>> from ocop_forecast.evaluation.backtest import backtest
    >>> months = pd.period_range("2021-01", "2023-12", freq="M")
    >>> panel = pd.DataFrame({"389": [0, 0, 1] * 12, "390": [0, 1, 0] * 12}, index=months)
    >>> with ocop.set_options(lang="en"):
    ...     brief(backtest(panel, origins=["2023-09"], draws=100)).splitlines()[0]
    'At this time of the years 2023, with what was known then:'
    """
    given = _given(rows, rule) if (rows["case"] == "open").any() else ()
    years, origins = rows["year"].unique(), rows["origin"].nunique()
    scope, table = label("record_now", years=_span(years)), skill(rows)
    coin = [label("record_coin")] if _worse_than_a_coin(table) else []
    together = label("record_together", years=len(years), origins=origins)
    return Sentence("\n".join([scope, _held(rows, table), *given, *coin, together]))


def _worse_than_a_coin(table):
    return bool(table.loc[("unit", OURS), "brier"] > COIN)


def _span(years):
    return f"{min(years)}–{max(years)}" if len(years) > 1 else f"{years[0]}"


def _against(row, won, level):
    """Say whether the model is ahead of the best simple method, over all and in how many years."""
    error = row["rps_best"] - 1
    size = label("record_larger" if error > 0 else "record_smaller", by=number(abs(100 * error)))
    said = "record_mixed"
    if error < -CLEAR and won["ahead"] == won["years"]:
        said = "record_earns"
    elif error > CLEAR:
        said = "record_fails"
    terms = {"of": label(f"record_{level}"), "peers": len(baselines.METHODS), "error": size, **won}
    return label("record_against", **terms, verdict=label(said))


def _held(rows, table):
    of, units = table.loc[("province", OURS)], table.loc[("unit", OURS)]
    said = {"held": round(of["held"] * of["forecasts"]), "forecasts": int(of["forecasts"])}
    said |= {"units": share(units["held"]), "promised": share(units["promised"])}
    return label("record_held", level=number(100 * rows.attrs["level"]), **said)


def _probabilities(rows, table, rule):
    """Yield what came of the probabilities that a flag tells apart, of the flag, and what was left out."""
    brier = table["brier"].loc["unit"]
    best = brier[brier.index.isin(list(baselines.METHODS))].min()
    scores = {"brier": brier[OURS], "best": best, "coin": COIN}
    yield label("record_brier", **{name: number(score, 3) for name, score in scores.items()})
    if _worse_than_a_coin(table):
        yield label("record_coin")
    yield _because(rows)
    yield from _given(rows, rule)
    yield _order(rows)
    yield label("record_flags", **_flags(contingency(rows, rule)))
    apart = case_counts(rows)
    yield label("record_apart", attained=apart.loc["attained", "forecasts"])
    if apart.loc["impossible", "forecasts"]:
        never, after = apart.loc["impossible"]
        yield label("record_never", never=never, after=after)


def _because(rows):
    """Say what the Brier score is made of."""
    parts = decomposition(rows).loc[OURS].drop("forecasts")
    told = reliability(rows, edges=(0, 1))["reached"].iloc[0]
    said = {name: number(part, DIGITS[name]) for name, part in parts.items()}
    return label("record_because", share=share(told), **said)


def _order(rows):
    """Say whether the order of the districts at one month end told who reaches the target."""
    # missing where there was no month end at which some reached it and others did not
    told = order(rows).reindex([OURS]).fillna({"outcomes": 0, "luck": 1}).iloc[0]
    if told["luck"] >= NOTHING or NOTHING <= told["within"] < LUCK * told["luck"]:
        return label("record_order_luck", outcomes=number(told["outcomes"]))
    said = "record_order_nothing" if told["within"] < NOTHING else "record_order_tells"
    return label(said, ordered=share(told["ordered"]))


def _given(rows, rule):
    """Yield what came of the probabilities that each flag stands for."""
    bands = reliability(rows, edges=(0, rule.at_risk, rule.on_track, 1))
    for (start, end), row in bands[bands["forecasts"] > 0].iterrows():
        said = {"band": _band(start, end), "forecasts": int(row["forecasts"])}
        shares = {name: share(row[name]) for name in ("promised", "reached")}
        yield label("record_given", **said, **shares)


def _flags(table):
    """Count for the flag's line: this model's flags, and what the run rate would have flagged."""
    counts = table.loc[[OURS, "run rate"], ["hits", "false_alarms", "misses"]].astype(int)
    (hits, false, misses), (naive_hits, naive_false, _) = counts.to_numpy().tolist()
    ours = {"hits": hits, "missed": hits + misses, "false_alarms": false, "flags": hits + false}
    naive = {"naive_hits": naive_hits, "naive_false": naive_false, "naive_flags": naive_hits + naive_false}
    return ours | naive


def _band(start, end):
    """Name a bin of probabilities in whole per cent, its upper end left to the next bin."""
    start, to = round(100 * start), round(100 * end)
    if start == 0:
        return label("record_below", to=to)
    return label("record_above", start=start) if to == 100 else f"{start}–{to - 1}%"


def tables(rows: pd.DataFrame, rule: Rule = USUAL) -> str:
    """Show skill, the Brier score's parts, reliability and flags as text, each under its heading.

    Those of targets are shown only with any.

    Parameters
    ----------
    rows : DataFrame
        As from `backtest`.
    rule : Rule
        The thresholds of the flags.
    """
    parts = decomposition(rows).join(order(rows)[["ordered", "within"]])
    found = {"skill": skill(rows), "parts": parts}
    found |= {"reliability": reliability(rows), "flagged": contingency(rows, rule)}
    return "\n\n".join(
        f"{label(f'record_{name}')}\n{shown(table).to_string()}"
        for name, table in found.items()
        if name == "skill" or (rows["case"] == "open").any()
    )


def caution(rows: pd.DataFrame, province: Province) -> Sentence:
    """Warn how much of what stands behind a backtest is reconstructed; blank if nothing is.

    Parameters
    ----------
    rows : DataFrame
        As from `backtest`.
    province : Province
        The one tested; of the years tested, the register's with the two before, and all dossiers.
    """
    lines = [_made_up(rows, province.register, province.targets), _made_up_dossiers(province.dossiers)]
    return Sentence("\n".join(filter(None, lines)))


def _made_up(rows, register, targets):
    first, last = rows["year"].min(), rows["year"].max()
    decided = register[register["decision_date"].dt.year.between(first - 2, last)]
    asked = targets[targets["year"].between(first, last) & targets["target"].notna()]
    made_up = {"rows": decided["origin"], "targets": asked["origin"]}
    if not any((origin == "reconstructed").any() for origin in made_up.values()):
        return ""
    return label("record_made_up", **{what: _reconstructed(origin) for what, origin in made_up.items()})


def _made_up_dossiers(dossiers):
    if dossiers is None or not (dossiers["origin"] == "reconstructed").any():
        return ""
    return label("record_dossiers", rows=_reconstructed(dossiers["origin"]))


def _reconstructed(origin):
    return f"{(origin == 'reconstructed').sum()}/{len(origin)}"


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """Show a view of the record as a meeting reads it: text, under headings in the reader's language.

    Parameters
    ----------
    table : DataFrame
        As from `skill`, `decomposition`, `reliability` or `contingency`.

    Returns
    -------
    DataFrame of str
        The same rows and columns.

    Examples
    --------
    >>> import ocop_forecast as ocop
    >>> table = pd.DataFrame({"hits": [3], "misses": [12]}, index=pd.Index(["run rate"], name="method"))
    >>> with ocop.set_options(lang="en"):
    ...     shown(table).to_dict("index")
    {'run rate': {'Hits': '3', 'Misses': '12'}}
    """
    text = {label(f"score_{name}"): _texts(table[name]) for name in table.columns}
    if table.index.names == ["from", "to"]:
        index = pd.Index([_band(low, high) for low, high in table.index])
    elif table.index.names == ["method", "year"]:
        index = pd.MultiIndex.from_tuples([(label(f"method_{of}"), year) for of, year in table.index])
    elif table.index.nlevels == 2:
        words = [(label(f"record_{level}"), label(f"method_{of}")) for level, of in table.index]
        index = pd.MultiIndex.from_tuples(words)
    else:
        index = pd.Index([label(f"method_{method}") for method in table.index])
    return pd.DataFrame(text, index)


def _texts(column):
    if column.name in SHARES:
        return [share(value) for value in column]
    return [number(value, DIGITS.get(column.name, 0)) for value in column]
