"""The meeting's workbook: one sheet a question, every number a number and every text a text."""

from functools import partial
from os import PathLike

import numpy as np
import pandas as pd

from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import month
from ocop_forecast.planning.flags import FLAGS

from . import charts
from .advice import ASSUMED
from .pack import Pack
from .questions import chance_cell, heads, rows
from .reasons import moved, standing, why
from .sheets import PLAIN, Grid, footer, formats, written

NUMBERS = {"so_far": "whole", "target": "whole", "median": "whole", "lower": "whole", "upper": "whole",
           "p_reach": "share", "shortfall": "tenths", "needed_per_month": "tenths", "pace": "tenths",
           "naive": "tenths"}  # fmt: skip
UNITS = ("unit", "name", *NUMBERS, "flag")
GAINS = {"p_reach": "share", "with_1": "share", "with_2": "share", "with_3": "share", "more": "whole",
         "money": "whole"}  # fmt: skip
FLAG = 24  # width of a column of flags
CHANGES = {"flag_before": FLAG, "flag": FLAG, "p_before": 13, "p_reach": 13, "why": 70}  # column widths
STANDING = {"done": "whole", "committed": "whole", "best_case": "whole", "pipeline": "whole", "open": "whole",
            "expected": "tenths", "needed": "whole", "coverage": "tenths"}  # fmt: skip
PLAN = {"so_far": "whole", "target": "whole", "p_reach": "share", "supports": "whole", "p_with": "share",
        "products": "tenths", "money_spent": "whole", "low": "whole", "high": "whole"}  # fmt: skip
LONG = 70  # the greatest width of a text
CODE, NAME = 9, 22  # widths of the columns that every table begins with
HALF, CHART = (26, 9, 45), 440  # widths beside a chart; pixels of its height


def write_workbook(path: str | PathLike, pack: Pack) -> None:
    """Write the pack as an Excel workbook; text stays text, and the same pack gives the same bytes."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"default_format_properties": PLAIN}) as book:
        year, as_of = pack.outlook.year, month(pack.outlook.as_of)
        told = label("page_title", name=pack.province["name"], year=year, month=as_of)
        title = " – ".join([*pack.marks, told])
        book.set_properties({"title": written(title), "created": pack.moment})
        page = label("sheet_page", page="&P", pages="&N")
        ruled = partial(Grid, book, formats(book), footer(title, page))
        summary = _summary(ruled, pack, title)
        _units(ruled, pack)
        rows, months = _months(ruled, pack)
        _reasons(ruled, pack)
        if pack.standing is not None:
            _standing(ruled, pack)
        _gains(ruled, pack)
        if pack.plan is not None:
            _plan(ruled, pack)
        if pack.changes is not None:
            _changes(ruled, pack)
        for answer in pack.answers:
            _answer(ruled, pack, answer)
        _notes(ruled, pack)
        _charts(book, summary, pack, rows, months)


def _sheet(ruled, pack, key, widths, lines=()):
    """Begin a sheet whose table starts with codes and names, below these lines."""
    grid = ruled(label(key), [CODE, NAME, *widths])
    for line in lines:
        grid.line(line)
    return grid


def _heads(pack, columns):
    return [pack.heading(name) for name in ("unit", "name", *columns)]


def _figures(table, columns):
    """Make the cells of each row of a table: its code, its name and these columns, each in its style."""
    return [
        [*_who(code, row["name"]), *((row[name], style) for name, style in columns.items())]
        for code, row in table.iterrows()
    ]


def _summary(ruled, pack, title):
    """Write the answer in words; flags and charts go below and beside it later."""
    grid = ruled(label("sheet_summary"), [*HALF, 2, 88])
    grid.line(title, "title")
    doubts = pack.doubts("sheet_notes")
    for line in pack.cautions:
        grid.line(line, "caution")
    for line in [*pack.answer("sheet_notes"), *([] if pack.changes is None else pack.change_sentences)]:
        grid.line(line, "caution" if line in doubts else "line")
    return grid


def _units(ruled, pack):
    grid, at = _sheet(ruled, pack, "sheet_units", [*[13] * len(NUMBERS), FLAG]), UNITS.index("p_reach")
    table = pack.in_order(pack.outlook.flagged)
    rows = _chances(table, NUMBERS, pack)
    for cells, (code, flag) in zip(rows, table["flag"].items(), strict=True):
        cells.append(_flag(flag, _level(code, pack)))
    grid.table(_heads(pack, UNITS[2:]), rows[:-1], rows[-1])
    if pack.outlook.earned:
        grid.bars((1, at), (len(rows), at))


def _who(code, name, style="text"):
    return (code, "text"), (name, style)


def _chance(probability, so_far, target, pack):
    return chance_cell(probability, so_far, target, pack.outlook.earned)


def _chances(table, columns, pack):
    """Make the cells of each row of a table, its probabilities told as what they have earned."""
    at = [2 + place for place, style in enumerate(columns.values()) if style == "share"]
    rows, known = _figures(table, columns), pack.outlook.table.loc[table.index, ["so_far", "target"]]
    for cells, (so_far, target) in zip(rows, known.itertuples(index=False), strict=True):
        for place in at:
            cells[place] = _chance(cells[place][0], so_far, target, pack)
    return rows


def _level(code, pack):
    return "province" if code == pack.outlook.code else "unit"


def _flag(flag, level="unit"):
    return (None, "text") if pd.isna(flag) else (standing(flag, level), flag)


def _months(ruled, pack):
    """Write every unit's months and the province's running total; return its rows and how many months."""
    forecast, outlook = pack.outlook.forecast, pack.outlook.table
    known = forecast.panel[forecast.panel.index.year == forecast.year]
    to_come = forecast.draws[:, :, forecast.months.year == forecast.year].mean(axis=0)
    figures = np.hstack([known.T.to_numpy(), to_come])
    figures = pd.DataFrame(np.vstack([figures, figures.sum(axis=0)]), outlook.index)
    ahead = forecast.months[forecast.months.year == forecast.year]
    heads = [*_heads(pack, ()), *_month_heads(pack, known.index, ahead)]
    styled = ["whole"] * len(known) + ["tenths"] * to_come.shape[1]
    rows = [
        [*_who(code, outlook["name"][code]), *zip(row, styled, strict=True)]
        for code, row in zip(pack.in_order(figures).index, pack.in_order(figures).to_numpy(), strict=True)
    ]
    grid = _sheet(ruled, pack, "sheet_months", [11] * figures.shape[1])
    grid.table(heads, rows[:-1], rows[-1])
    return _running(grid, pack, known.sum(axis=1)), len(heads) - 2


def _month_heads(pack, known, to_come):
    """Head the months; the month of an as-of day has two, so far and the rest of it."""
    heads = [month(at) for at in known] + [label("month_expected", month=month(at)) for at in to_come]
    if set(known) & set(to_come):
        at, as_of = known[-1], month(pack.outlook.as_of)
        so_far = label("month_so_far", month=month(at), as_of=as_of)
        rest = label("month_rest", month=month(at))
        heads[len(known) - 1 : len(known) + 1] = [so_far, rest]
    return heads


def _running(grid, pack, known):
    """Write the province's running total, known and to come, against its target; return the rows' places."""
    grid.room(10)
    grid.line(label("sheet_running"), "strong")
    words, places = {"known": "plot_known", "median": "plot_medians", "target": "plot_targets"}, {}
    for name, figures in _totals(pack, known.cumsum().tolist()).items():
        if not all(map(pd.isna, figures)):
            places[name] = grid.down
            called = label(words[name]) if name in words else pack.heading(name)
            grid.row([*_who(None, called), *((figure, "whole") for figure in figures)])
    return places


def _totals(pack, known):
    """Compute the running totals by name, a figure a month; what is to come begins where the known ends."""
    paths, level = pack.outlook.forecast.path(), pack.outlook.level
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
    grid, outlook = _sheet(ruled, pack, "sheet_flags", [FLAG, 110]), pack.outlook
    said = {code: " ".join(why(reason)) for code, reason in outlook.reasons.items()}
    rows = [
        [*_who(code, row["name"]), _flag(row["flag"], _level(code, pack)), (said[code], "text")]
        for code, row in pack.in_order(outlook.flags).iterrows()
    ]
    grid.table(_heads(pack, ("flag", "reason")), rows[:-1], rows[-1])


def _gains(ruled, pack):
    """Write what more products would add, after the assumption and the place where one does most."""
    grid = _sheet(ruled, pack, "sheet_gains", [14] * len(GAINS), pack.gain_sentences)
    if pack.gains.empty:
        return
    grid.line(label("gain_draws"))
    # the heading says millions, so the cells hold millions, for whoever calculates with them
    gained = pack.in_order(pack.gains)
    rows = _chances(gained.assign(money=gained["money"] / 1e6), GAINS, pack)
    total = [rows.pop()] if gained.index[-1] == pack.outlook.code else []
    first = grid.down + 1
    grid.table(_heads(pack, GAINS), rows, *total)
    if pack.outlook.earned:
        grid.bars((first, 2), (grid.down - 1, 1 + sum(style == "share" for style in GAINS.values())))


def _standing(ruled, pack):
    """Write what every unit has on its way, after what the open dossiers say."""
    grid = _sheet(ruled, pack, "sheet_pipeline", [14] * len(STANDING), pack.standing_sentences)
    rows = _figures(pack.in_order(pack.standing), STANDING)
    grid.table(_heads(pack, STANDING), rows[:-1], rows[-1])


def _plan(ruled, pack):
    """Write who gets support and why, most first, after what the plan does and assumes."""
    grid = _sheet(ruled, pack, "sheet_plan", [*[14] * len(PLAN), 80], pack.plan_sentences)
    grid.row([(None, "text"), *((pack.heading(name), "head") for name in ASSUMED)])
    for row in pack.assumptions.itertuples(index=False):
        shares = [(share, "share") for share in (row.value, row.lowest, row.highest)]
        grid.row([(None, "text"), (row.assumption, "text"), *shares, (row.source, "text")])
    grid.room(10)
    ranked = pack.plan.ranked.assign(money_spent=pack.plan.ranked["money"] / 1e6)
    rows = _chances(ranked, PLAN, pack)
    for cells, (code, row) in zip(rows, ranked.iterrows(), strict=True):
        cells[:2] = _who(code, row["name"], "strong" if row["supports"] else "text")
        cells.append((pack.plan_reason(code), "text"))
    grid.table(_heads(pack, (*PLAN, "because")), rows)


def _changes(ruled, pack):
    """Write how every unit stood and stands, and why; the names of those that moved are bold."""
    grid = _sheet(ruled, pack, "sheet_changes", CHANGES.values(), pack.change_sentences)
    rows = [
        [
            *_who(code, row["name"], "strong" if row["moved"] else "text"),
            *(_flag(row[name], _level(code, pack)) for name in ("flag_before", "flag")),
            _chance(row["p_before"], row["so_far_before"], row["target_before"], pack),
            _chance(row["p_reach"], row["so_far"], row["target"], pack),
            (moved(row, pack.changes), "text"),
        ]
        for code, row in pack.in_order(pack.changes.table).iterrows()
    ]
    grid.table(_heads(pack, CHANGES), rows[:-1], rows[-1])


def _answer(ruled, pack, answer):
    """Write an answer to one of the planner's next questions: its sentences, and below them its table."""
    table, cells, codes = answer.table, rows(answer, pack.outlook), []
    if table is not None and "name" in table:
        cells, codes = (
            [[_who(code, "")[0], *row] for code, row in zip(table.index, cells, strict=True)],
            [CODE],
        )
    widths = [_wide(column) for column in zip(*cells, strict=True)][len(codes) + 1 :] or [LONG]
    grid = ruled(answer.title, [*codes, NAME, *widths])
    for line in answer.sentences:
        grid.line(line)
    if cells:
        total = [cells.pop()] if table.index[-1] == pack.outlook.code else []
        grid.table([*(label("column_unit") for _ in codes), *heads(answer, pack.outlook)], cells, *total)


def _wide(column):
    """Measure the width of a column: that of a number, or as much as its longest text may take."""
    return min(max([13, *(len(value) + 2 for value, _ in column if isinstance(value, str))]), LONG)


def _notes(ruled, pack):
    grid = ruled(label("sheet_notes"), [34, 120])
    grid.row([(label("column_note"), "head"), (label("column_said"), "head")])
    trust = {label("page_trust"): pack.trust} if pack.trust else {}
    for key, value in {**pack.notes, **trust}.items():
        grid.row([(key, "strong"), (value, "text")])
    grid.sheet.freeze_panes(1, 0)
    grid.sheet.repeat_rows(0)


def _charts(book, grid, pack, rows, months):
    """Write the count of each flag, the province's year below as a chart, and all units beside both."""
    grid.room(10)
    top, above, tall = grid.down, grid.depth, charts.height(len(pack.outlook.units))
    counts = pack.outlook.flags["flag"].iloc[:-1].value_counts()
    grid.row([(pack.heading("flag"), "head"), (label("column_count"), "head")])
    for flag in FLAGS:
        if flag in counts:
            grid.row([_flag(flag), (counts[flag], "whole")])
    grid.room(10)
    year, units = (" – ".join([*pack.marks, label(key)]) for key in ("chart_months", "chart_units"))
    sentences = pack.sentences
    words = {"title": year, "axis": label("plot_products"), "months": label("plot_month")}
    chart = charts.lines(book, label("sheet_months"), rows, months, words)
    grid.place(chart, 0, len(HALF) - 1, CHART, f"{year}. {sentences[0]}")
    words = {"title": units, "axis": label("plot_year_products")}
    columns = {name: UNITS.index(name) for name in charts.BARS if pack.outlook.table[name].notna().any()}
    chart = charts.bars(book, label("sheet_units"), columns, pack.outlook.units["name"], words)
    grid.place(chart, len(HALF) + 1, len(HALF) + 1, tall, f"{units}. {sentences[1]}", top)
    grid.room(CHART)
    grid.room(tall - (grid.depth - above) / 0.75)
