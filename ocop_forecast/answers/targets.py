"""Which target should be set: what is met with which chance, this year and next, and a target split."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from ocop_forecast.bands import attained, likely
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import number
from ocop_forecast.planning.outlook import Outlook
from ocop_forecast.planning.proposal import BY, CAP, FLOOR, MET, Proposal, propose_targets
from ocop_forecast.planning.years import next_year

from .answer import Answer, Asked

if TYPE_CHECKING:
    from ocop_forecast.plots import Axes

THIS = ["target", *MET, "proposed", "p_proposed", "by_effort"]
NAMES = {name: f"next_{name}" for name in [*MET, "proposed", "by_effort"]}
STYLES = dict.fromkeys([*THIS, *NAMES.values()], "whole") | {"p_proposed": "share", "next_chance": "text"}


def answer(asked: Asked) -> Answer:
    """Tell which targets are met with which chance, and split the province's: this year's and the next's.

    Next year is split what is set for it, else this year's target once more, else what is as likely as not.
    """
    now, after = asked.outlook, next_year(asked.projection, asked.province)
    this, coming = _proposals(now, _total(now)), _proposals(after, _total(after, now))
    table = _table(this, coming)
    sentences = (
        *(_said(table, now, after), _jointly(coming[0]), _split(coming[0], now), *_ratchet(table, now)),
        label("targets_no_record", year=after.year),
    )
    return Answer("targets", sentences, table, STYLES, _picture(table, now, after))


def _total(*outlooks: Outlook) -> int:
    """Return the first province's target that is set, else what the first reaches as likely as not."""
    known = [int(one.province["target"]) for one in outlooks if not pd.isna(one.province["target"])]
    return known[0] if known else int(outlooks[0].province["median"])


def bounds(units: int, total: int) -> tuple[int, int]:
    """Return the floor and the cap of a unit's target: the usual ones, or the nearest that allow the total.

    Examples
    --------
    >>> bounds(27, 120), bounds(166, 120), bounds(5, 60)
    ((2, 8), (0, 8), (2, 12))
    """
    return min(FLOOR, total // units), max(CAP, -(-total // units))


def _proposals(outlook: Outlook, total: int) -> tuple[Proposal, Proposal]:
    """Split a total by equal chance and by equal effort."""
    floor, cap = bounds(len(outlook.units), total)
    chance, effort = (propose_targets(outlook, total, by=by, floor=floor, cap=cap) for by in BY)
    return chance, effort


def _table(this: tuple[Proposal, Proposal], coming: tuple[Proposal, Proposal]) -> pd.DataFrame:
    """Put both years side by side, the units and then the province."""
    now, after = (
        chance.table.assign(by_effort=effort.table["proposed"]) for chance, effort in (this, coming)
    )
    words = after["p_proposed"].map(lambda p: likely(p, coming[0].outlook.earned))
    after = after[[*NAMES]].rename(columns=NAMES).assign(next_chance=words)
    return now[["name", "so_far", *THIS]].join(after)


def _said(table: pd.DataFrame, now: Outlook, after: Outlook) -> str:
    """Say the whole answer in a line: what the province reaches as likely as not, and what safely."""
    counts = {
        name: number(table.iloc[-1][name]) for name in ("met_50", "met_80", "next_met_50", "next_met_80")
    }
    return label("targets_said", year=now.year, after=after.year, **counts)


def _jointly(proposal: Proposal) -> str:
    """Say how safe the sum of the units' safe targets is."""
    total, earned = proposal.units["met_80"].sum(), proposal.outlook.earned
    terms = {"year": proposal.outlook.year, "total": number(total)}
    return label("targets_jointly", **terms, chance=likely(proposal.safe["met_80"], earned))


def _split(proposal: Proposal, now: Outlook) -> str:
    """Say how the province's target is split, whose target that is, and within which bounds."""
    units, total = proposal.units["proposed"], int(proposal.province["proposed"])
    floor, cap = bounds(len(units), total)
    terms = {"total": number(total), "year": proposal.outlook.year, "low": units.min(), "high": units.max()}
    said = [label("targets_split", **terms, floor=floor, cap=cap)]
    if (floor, cap) != (FLOOR, CAP):
        said.append(label("targets_bounds", floor=FLOOR, cap=CAP))
    if pd.isna(proposal.province["target"]):
        carried = not pd.isna(now.province["target"])
        terms = {"year": proposal.outlook.year, "before": now.year} if carried else {}
        said.append(label("targets_carried" if carried else "targets_not_set", **terms))
    return " ".join(said)


def _ratchet(table: pd.DataFrame, now: Outlook) -> list[str]:
    """Warn where those that met their target would get a higher one."""
    rows = table.iloc[:-1]
    met = [attained(*row) for row in rows[["so_far", "target"]].to_numpy(float)]
    raised = rows[met & (rows["next_proposed"] > rows["target"]).fillna(False).to_numpy(bool)]
    if raised.empty:
        return []
    return [label("targets_ratchet", count=len(raised), year=now.year, names=", ".join(raised["name"]))]


def _picture(table: pd.DataFrame, now: Outlook, after: Outlook) -> "Callable[[], Axes]":
    """Tell how to draw next year's targets, those first that need most now."""

    def draw() -> "Axes":
        from ocop_forecast import plots

        return plots.proposed(table.loc[now.ordered.index], year=after.year)

    return draw
