"""The meeting's page, and the pictures in it."""

import base64
import hashlib
from importlib.resources import files
from typing import NamedTuple

import pandas as pd

from ocop_forecast.bands import by_need, chance, likely, rank, rank_of
from ocop_forecast.display import render
from ocop_forecast.evaluation.backtest import OURS
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import month, number, percent
from ocop_forecast.planning.flags import FLAGS

from .advice import ASSUMED
from .pack import SHOWN, Pack, table
from .reasons import moved, why

COLUMN = 5.4  # inches of a picture in a column of the page
URGENT = ["needs_support", "no_report", "at_risk", "on_track", "no_target", "attained"]
STANDING = ("done", "committed", "best_case", "pipeline", "open", "expected", "needed", "coverage")
TENTHS = {"expected": 1, "coverage": 1}
PLAN = ("so_far", "target", "supports", "money_spent", "p_reach", "p_with")
BEFORE, NOW = ["p_before", "so_far_before", "target_before"], ["p_reach", "so_far", "target"]


class Picture(NamedTuple):
    """A picture: what it says to those who cannot see it, and its files by kind, ``svg`` and ``png``."""

    alt: str
    files: dict[str, bytes]

    @property
    def source(self) -> str:
        """The picture as a page holds it."""
        return "data:image/svg+xml;base64," + base64.b64encode(self.files["svg"]).decode("ascii")


class Cell(NamedTuple):
    """A cell: its text, what its column is sorted by, whether it bears a flag or a reason, where it leads."""

    text: str
    value: object = ""
    flag: str = ""
    why: bool = False
    link: str = ""


class Table(NamedTuple):
    """A table of the page; the province stands at its foot, whatever the rows are sorted by."""

    heads: list[str]
    rows: list[list[Cell]]
    foot: list[Cell] | None = None


def pictures(pack: Pack) -> dict[str, Picture]:
    """Draw the map, the province's year as a fan, all units side by side, past years."""
    from ocop_forecast import plots, style

    outlook, row = pack.outlook, pack.province
    said = {"name": row["name"], "target": row["target"], "naive": row["naive"]}
    shown = {"level": outlook.level, "earned": outlook.earned, "width": COLUMN}
    axes = {
        "map": plots.tiles(outlook.table, pack.places, earned=outlook.earned, width=COLUMN),
        "province": outlook.forecast.plot(**said, width=COLUMN),
        "units": plots.intervals(outlook.table, **shown),
    }
    if pack.plan is not None:
        planned = {"plan": pack.plan.table, "earned": outlook.earned, "width": COLUMN}
        axes["plan"] = plots.tiles(outlook.table, pack.places, **planned)
        terms = {"goal": pack.plan.goal, "budget": pack.plan.budget}
        axes["budget"] = plots.budget(pack.plan.curve, **terms, earned=outlook.earned, width=COLUMN)
    if pack.past is not None:
        ours = pack.past[(pack.past["level"] == "province") & (pack.past["method"] == OURS)]
        terms = {"name": row["name"], "level": pack.past.attrs["level"]}
        axes["past"] = plots.record(ours, **terms, width=COLUMN)
    return {name: Picture(_alt(name, one, pack), style.images(one)) for name, one in axes.items()}


def _alt(name, axes, pack):
    """Put a picture into words: its title, and the sentence it illustrates or where its figures stand."""
    from ocop_forecast import style

    first, counts = pack.sentences[:2]
    words = {"map": counts, "province": first, "past": pack.trust.partition("\n")[0]}
    words["units"] = label("alt_table")
    if pack.plan is not None:
        words |= {"plan": pack.plan_sentences[1], "budget": pack.plan_sentences[0]}
    return f"{style.title(axes)}. {words[name]}"


def page(pack: Pack, drawn: dict[str, Picture]) -> str:
    """Make the page, HTML: every text is escaped, pictures are data, its one script sorts tables.

    Parameters
    ----------
    pack : Pack
        What the meeting is given.
    drawn : dict
        As from `pictures`.
    """
    script = (files("ocop_forecast") / "templates" / "sort.js").read_text(encoding="utf-8")
    return render(
        "meeting.html.j2",
        pack=pack,
        name=pack.province["name"],
        month=month(pack.outlook.as_of),
        year=pack.outlook.year,
        pictures=drawn,
        units=_units(pack),
        chance_at=1 + SHOWN.index("p_reach"),
        flags=_flags(pack),
        gains=_gains(pack),
        gains_said=pack.gain_sentences,
        standing=_standing(pack),
        plan=_plan(pack),
        assumed=_assumed(pack),
        changes=_changes(pack),
        changes_said=pack.change_sentences,
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii"),
    )


def _value(value):
    return "" if pd.isna(value) else value


def _shares(row, names):
    return [Cell(percent(row[name]), row[name]) for name in names]


def _chances(row, names, earned):
    """Make cells of probabilities: where none has earned to be shown, they are sorted by their bands too."""
    return [Cell(likely(row[name], earned), _value(rank(row[name], earned))) for name in names]


def _chance(probability, so_far, target, earned):
    """Make the cell of a probability of a target, which is a fact where it is attained."""
    known = (probability, so_far, target, earned)
    return Cell(chance(*known), _value(rank_of(*known)))


def _numbers(row, names):
    return [Cell(number(row[name], TENTHS.get(name, 0)), _value(row[name])) for name in names]


def _heads(pack, *names):
    return [pack.heading(name) for name in names]


def _flag(key):
    return Cell("", FLAGS.index(key), flag=key)


def _units(pack):
    """Make of the outlook a table that is sorted by its numbers and shows their words."""
    shown, outlook = table(pack.outlook), pack.outlook.table
    earned = pack.outlook.earned
    known = outlook[NOW].to_numpy(float)
    ranks = [rank_of(p, so_far, target, earned) for p, so_far, target in known]
    numbers = outlook.assign(interval=outlook["upper"] - outlook["lower"], p_reach=ranks)
    numbers = numbers[SHOWN[1:-1]].astype(object)
    links = [*(f"notebooks/{code}.html" for code in outlook.index[:-1]), "province.html"]
    columns = (shown.to_numpy(), numbers.to_numpy(), pack.outlook.flags["flag"], links)
    rows = [
        [Cell(texts[0], link=link), *map(Cell, texts[1:-1], map(_value, values)), _flag(flag)]
        for texts, values, flag, link in zip(*columns, strict=True)
    ]
    return Table(list(shown.columns), rows[:-1], rows[-1])


def _flags(pack):
    """List every flag with its reason, those first that need most; the province's at the foot."""
    outlook, flags = pack.outlook, pack.outlook.flags
    known = flags.assign(urgent=flags["flag"].map(URGENT.index))
    order = by_need(outlook.units, outlook.earned).index
    units = known.loc[order].sort_values("urgent", kind="stable")
    rows = [
        [Cell(row["name"]), _flag(row["flag"]), Cell(" ".join(why(outlook.reasons[code])), why=True)]
        for code, row in pd.concat([units, known.iloc[-1:]]).iterrows()
    ]
    return Table(_heads(pack, "name", "flag", "reason"), rows[:-1], rows[-1])


def _gains(pack):
    """Tell what one, two and three more products would do, of the province at the foot."""
    shares = ["p_reach", "with_1", "with_2", "with_3"]
    rows = [
        [
            Cell(row["name"]),
            *_chances(row, shares, pack.outlook.earned),
            *_numbers(row, ["more"]),
            Cell(number(row["money"] / 1e6), row["money"]),
        ]
        for _, row in pack.gained.iterrows()
    ]
    foot = rows.pop() if pack.outlook.code in pack.gains.index else None
    return Table(_heads(pack, "name", *shares, "more", "money"), rows, foot)


def _standing(pack):
    """Tell what every unit has on its way, the province at the foot."""
    if pack.standing is None:
        return None
    rows = [[Cell(row["name"]), *_numbers(row, STANDING)] for _, row in pack.standing.iterrows()]
    return Table(_heads(pack, "name", *STANDING), rows[:-1], rows[-1])


def _plan(pack):
    """Tell who gets support and why, the most first; those without are in the workbook."""
    if pack.plan is None:
        return None
    given = pack.plan.ranked.assign(money_spent=lambda ranked: ranked["money"] / 1e6)
    rows = [
        [
            Cell(row["name"]),
            *_numbers(row, PLAN[:4]),
            *_chances(row, PLAN[4:], pack.outlook.earned),
            Cell(pack.plan_reason(code), why=True),
        ]
        for code, row in given[given["supports"] > 0].iterrows()
    ]
    return Table(_heads(pack, "name", *PLAN, "because"), rows)


def _assumed(pack):
    """Tell what the plan assumes of one support."""
    if pack.plan is None:
        return None
    rows = [
        [Cell(row["assumption"]), *_shares(row, ASSUMED[1:4]), Cell(row["source"], why=True)]
        for _, row in pack.assumptions.iterrows()
    ]
    return Table(_heads(pack, *ASSUMED), rows)


def _changes(pack):
    """List the units that moved or whose own figures changed, and why."""
    if pack.changes is None:
        return None
    earned = pack.outlook.earned
    rows = [
        [
            Cell(row["name"]),
            Cell("–") if pd.isna(row["flag_before"]) else _flag(row["flag_before"]),
            _flag(row["flag"]),
            *(_chance(row[p], row[so_far], row[target], earned) for p, so_far, target in (BEFORE, NOW)),
            Cell(moved(row, pack.changes), why=True),
        ]
        for _, row in pack.changes.own.iterrows()
    ]
    heads = _heads(pack, "name", "flag_before", "flag", "p_before", "p_reach", "why")
    return Table(heads, rows)
