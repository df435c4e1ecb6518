"""The first screen of the meeting's page: where the units stand, why, and what the meeting is to decide."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd

from ocop_forecast.bands import NAMES, band
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import chances, day, in_hundred, interval, number
from ocop_forecast.planning.chance import about
from ocop_forecast.planning.gains import COST
from ocop_forecast.planning.past import past_years

from .advice import listed
from .pack import Pack

GROUPS = {
    "needs_support": ("needs_support", "no_report"),
    "at_risk": ("at_risk",),
    "fine": ("on_track", "attained"),
    "no_target": ("no_target",),
}
SHOWN = 12  # names of a group on the first screen; all stand in the table


class Group(NamedTuple):
    """Units that stand alike: one of `GROUPS`, how many, their flags, names and counts."""

    key: str
    size: int
    units: list[tuple[str, str, str]]
    more: int


class Poster(NamedTuple):
    """What the first screen says; all in words and numbers as they are shown.

    Where the province's target is open, `dots` counts of 100 cases those that reach it, or None where no per
    cent has earned to be shown: then `band`, one of `bands.NAMES`, is all that is known.
    """

    so_far: str
    target: str
    median: str
    interval: str
    open: bool
    dots: int | None
    chances: str
    band: str
    groups: list[Group]
    naive: str = ""
    elsewhere: str = ""
    because: str = ""
    decisions: Sequence[str] = ()


def poster(pack: Pack) -> Poster:
    """Gather the first screen."""
    outlook, row = pack.outlook, pack.province
    left = outlook.months_left
    return answer(
        row,
        outlook.ordered,
        outlook.earned,
        naive="" if pd.isna(row["naive"]) else number(row["naive"]),
        elsewhere=_elsewhere(outlook) if _is_open(row) and left else "",
        because=_because(outlook) if left else "",
        decisions=_decisions(pack) if left else [],
    )


def answer(row: pd.Series, ordered: pd.DataFrame, earned: bool, **more: Any) -> Poster:
    """Gather a first screen from the figures of the whole and the rows of its parts in the order of need."""
    is_open = _is_open(row)
    return Poster(
        so_far=number(row["so_far"]),
        target="" if pd.isna(row["target"]) else number(row["target"]),
        median=number(row["median"]),
        interval=interval(row["lower"], row["upper"]),
        open=is_open,
        dots=in_hundred(row["p_reach"]) if is_open and earned else None,
        chances=chances(row["p_reach"]) if is_open else "",
        band=NAMES[band(row["p_reach"])] if is_open else "",
        groups=_groups(ordered),
        **more,
    )


def _is_open(row):
    return bool(not pd.isna(row["target"]) and row["so_far"] < row["target"])


def _groups(ordered):
    """Put all units into three groups, those first that need most; a fourth is of those without a target."""
    found = []
    for key, flags in GROUPS.items():
        rows = ordered[ordered["flag"].isin(flags)]
        units = [(row.flag, row.name, _counted(row)) for row in rows.head(SHOWN).itertuples(index=False)]
        found.append(Group(key, len(rows), units, max(len(rows) - SHOWN, 0)))
    return [group for group in found if group.size or group.key != "no_target"]


def _counted(row):
    return number(row.so_far) if pd.isna(row.target) else f"{number(row.so_far)}/{number(row.target)}"


def _elsewhere(outlook):
    """Tell how such years ended in other places."""
    return label("headline_others", **about(outlook.elsewhere))


def _because(outlook):
    """Tell in one sentence what is missing, and what can still bring it."""
    row = outlook.province
    missing = 0 if pd.isna(row["target"]) else int(row["target"] - row["so_far"])
    first = [label("poster_missing", missing=number(missing))] if missing > 0 else []
    said = "; ".join([*first, *_councils(outlook), *_dossiers(outlook), *_years(outlook)])
    return f"{said[:1].upper()}{said[1:]}." if said else ""


def _councils(outlook):
    if not outlook.councils:
        return []
    return [label("poster_councils", count=len(outlook.councils), day=day(outlook.councils[0]))]


def _dossiers(outlook):
    if outlook.dossiers is None:
        return []
    counts = outlook.dossiers.loc[outlook.code]
    return [label("poster_dossiers", count=int(counts["open"]), committed=int(counts["committed"]))]


def _years(outlook):
    """Tell what the rest of past years brought, which is why much can come in few months."""
    years = past_years(outlook.forecast)
    if not years:
        return []
    brought = [then.total - then.so_far for then in years]
    span = f"{years[0].year}–{years[-1].year}" if len(years) > 1 else years[0].year
    said = {"years": span, "month": years[0].month.month, "brought": interval(min(brought), max(brought))}
    return [label("poster_years", **said)]


def _decisions(pack):
    """Propose what the meeting decides, a line each: who gets support, how much, by when."""
    outlook = pack.outlook
    silent = outlook.ordered.query("flag == 'no_report'")["name"]
    reports = [label("decide_reports", names=listed([*silent]))] if len(silent) else []
    if outlook.table["target"].isna().all():
        return [label("decide_targets", year=outlook.year), *reports]
    support = _planned(pack) if pack.plan is not None and pack.plan.spent else _unplanned(outlook)
    return [*support, *reports, *(_deadline(outlook) if support else [])] or [label("headline_none")]


def _planned(pack):
    """Propose the plan, with its money, and say whom it leaves out and why."""
    plan = pack.plan
    given = plan.ranked[plan.ranked["supports"] > 0]
    names = [f"{name} ({count})" for name, count in zip(given["name"], given["supports"], strict=True)]
    said = {"supports": int(given["supports"].sum()), "units": len(given), "names": listed(names)}
    money = {name: number(getattr(plan, name) / 1e6) for name in ("spent", "budget", "cost")}
    lines = [label("decide_support", **said), label("decide_money", **money), pack.left_out]
    return [line for line in (*lines, "" if plan.earned else label("decide_unproven")) if line]


def _unplanned(outlook):
    """Name who needs support, with what all of it could cost."""
    needy = outlook.ordered.query("flag == 'needs_support'")
    if needy.empty:
        return []
    missing = int((needy["target"] - needy["so_far"]).sum())
    lines = [
        label("decide_choose", count=len(needy), missing=number(missing), names=listed([*needy["name"]]))
    ]
    money = {"money": number(COST / 1e6), "total": number(missing * COST / 1e6)}
    return [*lines, label("decide_cost", **money)]


def _deadline(outlook):
    """Tell until when dossiers are to be submitted: the next council, at the latest the last."""
    if outlook.councils is None:
        return [label("decide_by_unknown")]
    if not outlook.councils:
        return [label("decide_by_none")]
    first, last = outlook.councils[0], outlook.councils[-1]
    if first == last:
        return [label("decide_by", day=day(first))]
    return [label("decide_by_first", day=day(first), last=day(last))]
