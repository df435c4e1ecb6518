"""The meeting's workbook: one sheet a question, every number a number and every text a text."""

from functools import partial
from os import PathLike

import numpy as np
import pandas as pd

from ocop_forecast.i18n.catalogue import language
from ocop_forecast.i18n.formats import month
from ocop_forecast.planning.flags import FLAGS

from . import charts
from .advice import ASSUMED
from .pack import Pack
from .sheets import PLAIN, Grid, footer, formats, written

NUMBERS = {"so_far": "whole", "target": "whole", "median": "whole", "lower": "whole", "upper": "whole",
           "p_reach": "share", "shortfall": "tenths", "needed_per_month": "tenths", "pace": "tenths",
           "naive": "tenths"}  # fmt: skip
UNITS = ("unit", "name", *NUMBERS, "flag")
GAINS = {"p_reach": "share", "with_1": "share", "with_2": "share", "with_3": "share", "more": "whole",
         "money": "whole"}  # fmt: skip
CHANGES = {"flag_before": 18, "flag": 18, "p_before": 13, "p_reach": 13, "why": 70}  # column widths
STANDING = {"done": "whole", "committed": "whole", "best_case": "whole", "pipeline": "whole", "open": "whole",
            "expected": "tenths", "needed": "whole", "coverage": "tenths"}  # fmt: skip
PLAN = {"so_far": "whole", "target": "whole", "p_reach": "share", "supports": "whole", "p_with": "share",
        "products": "tenths", "money_spent": "whole", "low": "whole", "high": "whole"}  # fmt: skip
CODE, NAME = 9, 22  # widths of the columns that every table begins with
HALF, CHART = (26, 9, 45), 440  # widths beside a chart; pixels of its height


def write_workbook(path: str | PathLike, pack: Pack) -> None:
    """Write the pack as an Excel workbook; text stays text, and the same pack gives the same bytes."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"default_format_properties": PLAIN}) as book:
        title = _title(pack)
        book.set_properties({"title": written(title), "created": pack.moment})
        page = pack.label("sheet_page", page="&P", pages="&N")
        ruled = partial(Grid, book, formats(book), footer(title, page))
        summary = _summary(ruled, pack, title)
        _units(ruled, pack)
        running = _months(ruled, pack)
        _reasons(ruled, pack)
        if pack.standing is not None:
            _standing(ruled, pack)
        _gains(ruled, pack)
        if pack.plan is not None:
            _plan(ruled, pack)
        if pack.changes is not None:
            _changes(ruled, pack)
        _notes(ruled, pack)
        _charts(book, summary, pack, running)


def _title(pack):
    as_of = month(pack.outlook.attrs["as_of"])
    return pack.label("page_title", name=pack.province["name"], year=pack.outlook.attrs["year"], month=as_of)


def _summary(ruled, pack, title):
    """Write the answer in words; what is left of the sheet is the flags' and the charts'."""
    grid = ruled(pack.label("sheet_summary"), [*HALF, 2, 88])
    grid.line(title, "title")
    for line in [*pack.cautions, *pack.doubts("sheet_notes")]:
        grid.line(line, "caution")
    for line in [*pack.sentences, *([] if pack.changes is None else pack.change_sentences)]:
        grid.line(line)
    return grid


def _units(ruled, pack):
    grid = ruled(pack.label("sheet_units"), [CODE, NAME, *[13] * len(NUMBERS), 18])
    rows = [
        [
            *_who(code, row["name"]),
            *((row[name], _share(flag) if name == "p_reach" else style) for name, style in NUMBERS.items()),
            _flag(pack, flag),
        ]
        for (code, row), flag in zip(pack.outlook.iterrows(), pack.flags["flag"], strict=True)
    ]
    grid.table([pack.heading(name) for name in UNITS], rows[:-1], rows[-1])
    at = UNITS.index("p_reach")
    grid.bars((1, at), (len(rows), at))


def _who(code, name, style="text"):
    return (code, "text"), (name, style)


def _share(flag):
    """Return the style of a probability: what is attained is a fact and not an estimate."""
    return "certain" if flag == "attained" else "share"


def _flag(pack, flag):
    return (None, "text") if pd.isna(flag) else (pack.label(f"flag_{flag}"), flag)


def _months(ruled, pack):
    """Write every unit's months, below them the province's running total; return its rows, and the months."""
    forecast, outlook = pack.forecast, pack.outlook
    known = forecast.panel[forecast.panel.index.year == forecast.year]
    to_come = forecast.draws[:, :, forecast.months.year == forecast.year].mean(axis=0)
    figures = np.hstack([known.T.to_numpy(), to_come])
    figures = np.vstack([figures, figures.sum(axis=0)])
    heads = [pack.heading(name) for name in ("unit", "name")]
    heads += _month_heads(pack, known.index, forecast.months[forecast.months.year == forecast.year])
    styled = ["whole"] * len(known) + ["tenths"] * to_come.shape[1]
    rows = [
        [*_who(code, name), *zip(row, styled, strict=True)]
        for code, name, row in zip(outlook.index, outlook["name"], figures, strict=True)
    ]
    grid = ruled(pack.label("sheet_months"), [CODE, NAME, *[11] * figures.shape[1]])
    grid.table(heads, rows[:-1], rows[-1])
    return _running(grid, pack, known.sum(axis=1)), len(heads) - 2


def _month_heads(pack, known, to_come):
    """Return the words over the months; the month of an as-of day stands twice, so far and the rest of it."""
    heads = [str(at) for at in known] + [pack.label("month_expected", month=at) for at in to_come]
    if set(known) & set(to_come):
        at, as_of = known[-1], month(pack.forecast.as_of)
        so_far, rest = pack.label("month_so_far", month=at, as_of=as_of), pack.label("month_rest", month=at)
        heads[len(known) - 1 : len(known) + 1] = [so_far, rest]
    return heads


def _running(grid, pack, known):
    """Write the province's running total, known and to come, against its target; return the rows' places."""
    words = {
        "known": pack.label("plot_known"),
        "median": pack.label("plot_medians"),
        "lower": pack.heading("lower"),
        "upper": pack.heading("upper"),
        "target": pack.label("plot_targets"),
    }
    grid.room(10)
    grid.line(pack.label("sheet_running"), "strong")
    places = {}
    for name, figures in _totals(pack, known.cumsum().tolist()).items():
        if not all(map(pd.isna, figures)):
            places[name] = grid.down
            grid.row([*_who(None, words[name]), *((figure, "whole") for figure in figures)])
    return places


def _totals(pack, known):
    """Return the running totals by name, a figure a month; what is to come sets out from what is known."""
    paths, level = pack.forecast.path(), pack.outlook.attrs["level"]
    before, start = [None] * (len(known) - 1), known[-1:]
    edges = {"median": 0.5, "lower": (1 - level) / 2, "upper": (1 + level) / 2}
    ahead = {
        name: [*before, *start, *np.quantile(paths, edge, axis=0, method="inverted_cdf")]
        for name, edge in edges.items()
        if paths.shape[1]
    }
    target = [pack.province["target"]] * (len(known) + paths.shape[1])
    return {"known": known + [None] * paths.shape[1], **ahead, "target": target}


def _reasons(ruled, pack):
    grid = ruled(pack.label("sheet_flags"), [CODE, NAME, 18, 115])
    rows = [
        [
            *_who(code, row["name"]),
            _flag(pack, row["flag"]),
            (row[f"reason_{language()}"], "text"),
        ]
        for code, row in pack.flags.iterrows()
    ]
    grid.table([pack.heading(name) for name in ("unit", "name", "flag", "reason")], rows[:-1], rows[-1])


def _gains(ruled, pack):
    """Write what more products would add, after what is assumed and where one does most."""
    grid = ruled(pack.label("sheet_gains"), [CODE, NAME, *[14] * len(GAINS)])
    for line in pack.gain_sentences:
        grid.line(line)
    if pack.gains.empty:
        return
    grid.line(pack.label("gain_draws"))
    # the column says that it is of millions, so its cells are, for whoever reckons with them
    gained = pack.gains.assign(money=pack.gains["money"] / 1e6)
    rows = [
        [*_who(code, row["name"]), *((row[name], style) for name, style in GAINS.items())]
        for code, row in gained.iterrows()
    ]
    total = [rows.pop()] if gained.index[-1] == pack.outlook.index[-1] else []
    first = grid.down + 1
    grid.table([pack.heading(name) for name in ("unit", "name", *GAINS)], rows, *total)
    grid.bars((first, 2), (grid.down - 1, 1 + sum(style == "share" for style in GAINS.values())))


def _standing(ruled, pack):
    """Write what every unit has on its way, after what the open dossiers say."""
    grid = ruled(pack.label("sheet_pipeline"), [CODE, NAME, *[14] * len(STANDING)])
    for line in pack.standing_sentences:
        grid.line(line)
    rows = [
        [*_who(code, row["name"]), *((row[name], style) for name, style in STANDING.items())]
        for code, row in pack.standing.iterrows()
    ]
    grid.table([pack.heading(name) for name in ("unit", "name", *STANDING)], rows[:-1], rows[-1])


def _plan(ruled, pack):
    """Write who gets support and why, after what the plan does and assumes; who gets most stands first."""
    grid = ruled(pack.label("sheet_plan"), [CODE, NAME, *[14] * len(PLAN), 80])
    for line in pack.plan_sentences:
        grid.line(line)
    grid.row([(None, "text"), *((pack.heading(name), "head") for name in ASSUMED)])
    for row in pack.assumptions.itertuples(index=False):
        shares = [(share, "share") for share in (row.value, row.lowest, row.highest)]
        grid.row([(None, "text"), (row.assumption, "text"), *shares, (row.source, "text")])
    grid.room(10)
    table = pack.plan.ranked.assign(money_spent=lambda ranked: ranked["money"] / 1e6)
    rows = [
        [
            *_who(code, row["name"], "strong" if row["supports"] else "text"),
            *((row[name], style) for name, style in PLAN.items()),
            (pack.plan_reason(code), "text"),
        ]
        for code, row in table.iterrows()
    ]
    grid.table([pack.heading(name) for name in ("unit", "name", *PLAN, "because")], rows)


def _changes(ruled, pack):
    """Write how every unit stood and stands, and why; the names of those that moved are bold."""
    grid = ruled(pack.label("sheet_changes"), [CODE, NAME, *CHANGES.values()])
    for line in pack.change_sentences:
        grid.line(line)
    rows = [
        [
            *_who(code, row["name"], "strong" if row["moved"] else "text"),
            *(_flag(pack, row[name]) for name in ("flag_before", "flag")),
            (row["p_before"], _share(row["flag_before"])),
            (row["p_reach"], _share(row["flag"])),
            (row[f"why_{language()}"], "text"),
        ]
        for code, row in pack.changes.iterrows()
    ]
    grid.table([pack.heading(name) for name in ("unit", "name", *CHANGES)], rows[:-1], rows[-1])


def _notes(ruled, pack):
    grid = ruled(pack.label("sheet_notes"), [34, 120])
    grid.row([(pack.label("column_note"), "head"), (pack.label("column_said"), "head")])
    said = "\n".join(pack.trusted("dossiers_there"))
    trust = {pack.label("page_trust"): said} if said else {}
    for key, value in {**pack.notes, **trust}.items():
        grid.row([(key, "strong"), (value, "text")])
    grid.sheet.freeze_panes(1, 0)
    grid.sheet.repeat_rows(0)


def _charts(book, grid, pack, running):
    """Write the count of each flag, the province's year below it, and all units beside both."""
    grid.room(10)
    top, above, tall = grid.down, grid.depth, charts.height(len(pack.outlook) - 1)
    _count(grid, pack)
    grid.room(10)
    of_province, of_units = pack.sentences[:2]
    alts = f"{pack.label('chart_months')}. {of_province}", f"{pack.label('chart_units')}. {of_units}"
    grid.place(_year(book, pack, running), 0, len(HALF) - 1, CHART, alts[0])
    grid.place(_beside(book, pack), len(HALF) + 1, len(HALF) + 1, tall, alts[1], top)
    grid.room(CHART)
    grid.room(tall - (grid.depth - above) / 0.75)


def _year(book, pack, running):
    axes = {"axis": pack.label("plot_products"), "months": pack.label("plot_month")}
    words = axes | {"title": pack.label("chart_months")}
    return charts.lines(book, pack.label("sheet_months"), *running, words)


def _beside(book, pack):
    words = {"axis": pack.label("plot_year_products"), "title": pack.label("chart_units")}
    columns = {name: UNITS.index(name) for name in charts.BARS if pack.outlook[name].notna().any()}
    return charts.bars(book, pack.label("sheet_units"), columns, pack.outlook["name"].iloc[:-1], words)


def _count(grid, pack):
    counts = pack.flags["flag"].iloc[:-1].value_counts()
    grid.row([(pack.heading("flag"), "head"), (pack.label("column_count"), "head")])
    for flag in FLAGS:
        if flag in counts:
            grid.row([_flag(pack, flag), (counts[flag], "whole")])
