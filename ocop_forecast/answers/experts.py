"""The year if a council is cancelled, or takes only so many dossiers a sitting."""

import pandas as pd

from ocop_forecast.bands import likely
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import month, number
from ocop_forecast.planning.scenarios import scenario

from .answer import Answer, Asked

CAPACITIES = (10, 15, 20, 25)  # dossiers a sitting
USUAL = 15
STYLES = {"median": "whole", "fewer": "tenths", "p_reach": "share"}


def answer(asked: Asked) -> Answer | None:
    """Tell what the year would be without the councils of each month to come, and by what a sitting takes."""
    months, target = _months(asked), asked.outlook.province["target"]
    if not months or pd.isna(target):
        return Answer("experts", (label("answer_experts_none", year=asked.outlook.year),))
    table, earned = _table(asked, months), asked.outlook.earned
    return Answer(
        "experts",
        tuple(_sentences(table, months, target, earned)),
        table.set_index("supposed"),
        STYLES,
        lambda: _drawn(table, int(target), earned),
    )


def _months(asked: Asked) -> list[pd.Period]:
    """List the months to come in which a round is planned."""
    rounds, months = asked.province.rounds, asked.projection.forecast.months
    if rounds is None:
        return []
    days = rounds.loc[rounds["status"] == "planned", "date"].dt.to_period("M")
    return [month for month in months if month in set(days)]


def _table(asked: Asked, months: list[pd.Period]) -> pd.DataFrame:
    """Tabulate the province's year under each act: what is supposed, median, 80 %, what is fewer, chance."""
    rows: dict[str, tuple[str, dict]] = {"planned": (label("act_none"), {})}
    for at in months:
        if at != months[-1]:  # after the last one nothing of the year is left to wait for
            rows[f"waits {at}"] = label("act_waits", month=month(at)), {"cancelled": str(at)}
        rows[f"lost {at}"] = label("act_lost", month=month(at)), {"cancelled": str(at), "lost": True}
    for count in CAPACITIES:
        rows[f"capacity {count}"] = label("act_capacity", count=count), {"capacity": count}
    told_of = {key: [said, *_year(asked, terms)] for key, (said, terms) in rows.items()}
    columns = ["supposed", "median", "lower", "upper", "p_reach", "fewer"]
    return pd.DataFrame.from_dict(told_of, orient="index", columns=columns).rename_axis("act")


def _year(asked: Asked, terms: dict) -> list[float]:
    """Return the province's median, 80 % interval, chance and loss under one act."""
    changed = scenario(asked.projection, **terms)
    whole = changed.outlook.province
    return [*whole[["median", "lower", "upper", "p_reach"]], 0.0 - changed.table["products"].iloc[-1]]


def _sentences(table: pd.DataFrame, months: list[pd.Period], target: int, earned: bool):
    """Say which month's councils matter most, what a sitting of the usual size does, and what is assumed."""
    worst = max(months, key=lambda at: table.loc[f"lost {at}", "fewer"])
    least = table["fewer"].get(f"waits {worst}", table.loc[f"lost {worst}", "fewer"])
    before, after, usual = (
        likely(table.loc[key, "p_reach"], earned) for key in ("planned", f"lost {worst}", f"capacity {USUAL}")
    )
    most = number(table.loc[f"lost {worst}", "fewer"])
    terms = {"target": target, "before": before, "after": after}
    yield label("experts_cancelled", month=month(worst), least=number(least), most=most, **terms)
    fewer = number(table.loc[f"capacity {USUAL}", "fewer"])
    yield label("experts_capacity", count=USUAL, fewer=fewer, after=usual)
    yield label("experts_how")


def _drawn(table: pd.DataFrame, target: int, earned: bool):
    from ocop_forecast import plots

    return plots.acts(table, target=target, earned=earned)
