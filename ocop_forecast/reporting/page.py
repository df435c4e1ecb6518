"""The meeting's page, and the pictures in it."""

import base64
import hashlib
from collections.abc import Iterator
from functools import partial
from importlib.resources import files
from typing import Any, NamedTuple

import pandas as pd

from ocop_forecast.bands import NAMES, chance, likely, rank, rank_of
from ocop_forecast.display import render
from ocop_forecast.evaluation.backtest import OURS
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import interval, month, number, share
from ocop_forecast.palette import FLAGS
from ocop_forecast.text import plain

from .advice import ASSUMED, grounds
from .pack import Pack
from .poster import poster
from .questions import heads, rows, text
from .reasons import moved, standing, why
from .tiles import inline_map

COLUMN = 5.4  # inches of a picture in a column of the page
UNITS = ("so_far", "target", "median", "naive", "needed_per_month")
STANDING = ("done", "committed", "best_case", "pipeline", "open", "expected", "needed", "coverage")
DIGITS = {"expected": 1, "coverage": 1, "needed_per_month": 1}
PLAN = ("so_far", "target", "supports", "money_spent", "p_reach", "p_with")
SHORT = 24  # letters of a text that is kept in one line
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
    """A cell: its text, what its column is sorted by, whether it bears a flag or a reason, where it leads.

    By its anchor a link finds it.
    """

    text: str
    value: object = ""
    flag: str = ""
    why: bool = False
    link: str = ""
    anchor: str = ""


class Table(NamedTuple):
    """A table of the page; the province stands at its foot, whatever the rows are sorted by."""

    heads: list[str]
    rows: list[list[Cell]]
    foot: list[Cell] | None = None


def pictures(pack: Pack) -> Iterator[tuple[str, Picture]]:
    """Draw the pack's pictures, one after the other, each with its name; none of which nothing is known.

    They are the map, the province's year, all units side by side and one by one, what this year's runs said,
    past years, the plan, and those of the planner's next questions.
    """
    from ocop_forecast import style

    told = _told(pack)
    for name, draw in {**_of_year(pack), **_of_past(pack), **_of_plan(pack), **_of_answers(pack)}.items():
        axes = draw()
        alt = f"{style.title(axes)}. {told[name]}"
        yield name, Picture(alt, style.images(style.marked(axes, pack.mark)))


def _of_year(pack):
    """Tell how to draw the province's year as a fan and run by run, and all units side by side."""
    from ocop_forecast import plots

    outlook, row = pack.outlook, pack.province
    titled = {"name": row["name"], "target": row["target"], "width": COLUMN}
    known, year = {"level": outlook.level, "earned": outlook.earned}, outlook.forecast
    fan = titled | {"naive": row["naive"], "rounds": outlook.councils or ()}
    draws = {
        "map": partial(plots.tiles, outlook.flagged, pack.places, earned=outlook.earned),
        "province": partial(year.plot, **fan),
        "units": partial(plots.intervals, outlook.ordered, **known, width=COLUMN),
        "multiples": partial(plots.multiples, outlook.ordered, year.panel, pack.paths, **known),
    }
    if pack.course is not None:
        draws["course"] = partial(plots.course, pack.course, **titled, **known)
    return draws


def _of_past(pack):
    """Tell how to draw what was forecast of the province's past years over what came."""
    from ocop_forecast import plots

    if pack.past is None or pack.paths is None:
        return {}
    past = pack.past[pack.past["year"].isin(pack.paths.index.unique("year"))]
    ours = past[(past["level"] == "province") & (past["method"] == OURS)]
    if ours.empty:
        return {}
    terms = {"name": pack.province["name"], "level": pack.past.attrs["level"], "width": COLUMN}
    return {"hindsight": partial(plots.hindsight, ours, pack.paths, **terms)}


def _of_plan(pack):
    """Tell how to draw who gets support, and what money gains."""
    from ocop_forecast import plots

    if pack.plan is None:
        return {}
    terms = {"earned": pack.outlook.earned, "width": COLUMN}
    asked = {"goal": pack.plan.goal, "budget": pack.plan.budget}
    return {
        "plan": partial(plots.tiles, pack.outlook.table, pack.places, plan=pack.plan.table, **terms),
        "budget": partial(plots.budget, pack.plan.curve, **asked, **terms),
    }


def _of_answers(pack):
    """Tell how to draw the answers to the planner's next questions."""
    return {one.name: one.draw for one in pack.answers if one.draw is not None}


def _told(pack):
    """Put each picture into words: the sentence that it illustrates, or where its figures stand."""
    first, counts = pack.sentences[:2]
    words = {"map": counts, "province": first, "course": first, "hindsight": pack.trust.partition("\n")[0]}
    words |= dict.fromkeys(("units", "multiples"), label("alt_table"))
    words |= {one.name: one.sentences[0] for one in pack.answers}
    if pack.plan is not None:
        said = pack.plan_sentences
        words |= {"plan": said[1], "budget": said[0]}
    return words


def page(pack: Pack, drawn: dict[str, Picture]) -> str:
    """Make the page, HTML: every text is escaped, pictures are data, its one script sorts and unfolds.

    Parameters
    ----------
    pack : Pack
        What the meeting is given.
    drawn : dict
        As from `pictures`.
    """
    return framed(
        "meeting.html.j2",
        _title(pack),
        pack=pack,
        month=month(pack.outlook.as_of),
        level=number(100 * pack.outlook.level),
        pictures=drawn | {"map": inline_map(pack)},
        first=poster(pack),
        units=_units(pack),
        gains=_gains(pack),
        standing=_standing(pack),
        plan=_plan(pack),
        assumed=_assumed(pack),
        changes=_changes(pack),
        answers={one.name: (one, _answer(one, pack.outlook)) for one in pack.answers},
    )


def framed(template: str, title: str, **values: Any) -> str:
    """Fill in a template of the same frame as the meeting's page: its looks, its script, its printed foot."""
    script = (files("ocop_forecast") / "templates" / "page.js").read_text(encoding="utf-8")
    known = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    frame = {"title": title, "footer": css(title), "counted": _page_numbers(), "looks": FLAGS, "bands": NAMES}
    return render(template, **frame, **values, script=script, script_hash=known)


def _title(pack):
    """Title the page; first comes what is made up or supposed, so that nobody takes it for what is known."""
    named = {"name": pack.province["name"], "year": pack.outlook.year, "month": month(pack.outlook.as_of)}
    return " – ".join([*pack.marks, label("page_title", **named)])


def _page_numbers():
    """Count the printed pages, as a style sheet says it."""
    said = css(label("sheet_page", page="{", pages="}"))
    return '"' + said.replace(css("{"), '" counter(page) "').replace(css("}"), '" counter(pages) "') + '"'


def css(text: str) -> str:
    r"""Write a text within quotes of a style sheet, whatever signs it has.

    Examples
    --------
    >>> css('"A"')
    '\\22 A\\22 '
    """
    return "".join(sign if sign.isalnum() or sign in " .,:-" else f"\\{ord(sign):x} " for sign in plain(text))


def _value(value):
    return "" if pd.isna(value) else value


def _shares(row, names):
    return [Cell(share(row[name]), row[name]) for name in names]


def _chances(row, names, earned):
    """Make cells of probabilities: where none has earned to be shown, they are sorted by their bands too."""
    return [Cell(likely(row[name], earned), _value(rank(row[name], earned))) for name in names]


def _chance(probability, so_far, target, earned):
    """Make the cell of a probability of a target, which is a fact where it is attained."""
    known = (probability, so_far, target, earned)
    return Cell(chance(*known), _value(rank_of(*known)))


def _numbers(row, names):
    return [Cell(number(row[name], DIGITS.get(name, 0)), _value(row[name])) for name in names]


def _heads(pack, *names):
    return [pack.heading(name) for name in names]


def _flag(key, of="unit"):
    return Cell(standing(key, of), list(FLAGS).index(key), flag=key)


def _units(pack):
    """Hold every unit against its target, with why it stands as it does; the province at the foot."""
    outlook, rows = pack.outlook, []
    for code, row in pd.concat([outlook.ordered, outlook.flagged.iloc[-1:]]).iterrows():
        before, behind = (_numbers(row, names) for names in (UNITS[:3], UNITS[3:]))
        span = Cell(interval(row["lower"], row["upper"]), row["upper"] - row["lower"])
        known = _chance(row["p_reach"], row["so_far"], row["target"], outlook.earned)
        reason = Cell(" ".join(why(outlook.reasons[code], beyond_the_table=True)), why=True)
        page = pack.pages.get("province" if code == outlook.code else code, "")
        name = Cell(row["name"], link=page, anchor=f"unit-{code}")
        rows.append([name, _flag(row["flag"], row["level"]), *before, span, known, *behind, reason])
    heads = ("name", "flag", *UNITS[:3], "interval", "p_reach", *UNITS[3:], "reason")
    return Table(_heads(pack, *heads), rows[:-1], rows[-1])


def _gains(pack):
    """Tell what one, two and three more products would do, of the province at the foot.

    Beside a plan of the budget it would be another answer to the same question.
    """
    if pack.plan is not None or pack.gains.empty:
        return None
    shares = ["p_reach", "with_1", "with_2", "with_3"]
    rows = [
        [
            Cell(row["name"]),
            *_chances(row, shares, pack.outlook.earned),
            *_numbers(row, ["more"]),
            Cell(number(row["money"] / 1e6), row["money"]),
        ]
        for _, row in pack.in_order(pack.gains).iterrows()
    ]
    foot = rows.pop() if pack.outlook.code in pack.gains.index else None
    return Table(_heads(pack, "name", *shares, "more", "money"), rows, foot)


def _standing(pack):
    """Tell what every unit has on its way, the province at the foot."""
    if pack.standing is None:
        return None
    rows = [
        [Cell(row["name"]), *_numbers(row, STANDING)] for _, row in pack.in_order(pack.standing).iterrows()
    ]
    return Table(_heads(pack, "name", *STANDING), rows[:-1], rows[-1])


def _plan(pack):
    """Tell who gets support and who none, and why; those without a target to reach are left out."""
    if pack.plan is None:
        return None
    short = pack.plan.ranked.query("so_far < target").assign(money_spent=lambda rows: rows["money"] / 1e6)
    rows = [
        [
            Cell(row["name"]),
            _flag(pack.outlook.flags.loc[code, "flag"]),
            *_numbers(row, PLAN[:4]),
            *_chances(row, PLAN[4:], pack.outlook.earned),
            Cell(" ".join(grounds(row)), why=True),
        ]
        for code, row in short.iterrows()
    ]
    return Table(_heads(pack, "name", "flag", *PLAN, "because"), rows)


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
        for _, row in pack.in_order(pack.changes.own).iterrows()
    ]
    heads = _heads(pack, "name", "flag_before", "flag", "p_before", "p_reach", "why")
    return Table(heads, rows)


def _answer(answer, outlook):
    """Hold an answer's table; the province at its foot where it is in the last row."""
    if answer.table is None:
        return None
    cells = [[_answered(cell) for cell in row] for row in rows(answer, outlook)]
    wordy = [max(len(cell.text) for cell in column) > SHORT for column in zip(*cells, strict=True)]
    cells = [[cell._replace(why=why) for cell, why in zip(row, wordy, strict=True)] for row in cells]
    foot = cells.pop() if answer.table.index[-1] == outlook.code else None
    return Table(heads(answer, outlook), cells, foot)


def _answered(cell):
    """Make the cell of an answer; it is sorted by its number, or its band."""
    value, said = cell[0], text(cell)
    bands = {label(f"band_{name}"): at for at, name in enumerate(NAMES)} | {label("done"): len(NAMES)}
    by = bands.get(said, said) if isinstance(value, str) else _value(value)
    return Cell(said, by)
