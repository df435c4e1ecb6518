"""How the answers to the planner's questions are read: the same cells in page, workbook and notebook."""

from typing import Any

import pandas as pd

from ocop_forecast.answers.answer import Answer
from ocop_forecast.bands import attained, chance
from ocop_forecast.display import CHANCE, Table
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import number, percent, points
from ocop_forecast.planning.outlook import Outlook

from .pack import heading

DIGITS = {"whole": 0, "tenths": 1}
Cell = tuple[Any, str]


def heads(answer: Answer, outlook: Outlook) -> list[str]:
    """Head the columns of `rows`."""
    table, columns = answer.table, [name for name in answer.styles if name != "name"]
    if table is None:
        return []
    first = "name" if "name" in table else table.index.name or "name"
    return [heading(name, outlook.level) for name in (first, *columns)]


def rows(answer: Answer, outlook: Outlook) -> list[list[Cell]]:
    """Return the cells of an answer's table, each a value and its style.

    Those of a row begin with its name, or else with its index. Where no per cent is earned chances are words.
    """
    table = answer.table
    if table is None:
        return []
    names = table.get("name", table.index)
    columns = {name: style for name, style in answer.styles.items() if name != "name"}
    return [
        [(str(called), "text"), *(_cell(row, *column, outlook) for column in columns.items())]
        for called, (_, row) in zip(names, table.iterrows(), strict=True)
    ]


def _cell(row, name, style, outlook) -> Cell:
    value = row[name]
    if style == "points" and not outlook.earned and not pd.isna(value):
        return _way(value), "text"
    if style != "share" or not CHANCE.match(name):
        return value, style
    of_now = name == "p_reach" and row.name in outlook.table.index
    so_far, target = outlook.table.loc[row.name, ["so_far", "target"]] if of_now else (0, float("nan"))
    return chance_cell(value, so_far, target, outlook.earned)


def _way(part):
    """Tell which way a part moved a chance, and no more."""
    return "" if points(part) == "0" else "+" if part > 0 else "−"


def chance_cell(probability: float, so_far: int, target: float, earned: bool) -> Cell:
    """Make the cell of a probability: a number, certain where the target is met, or the word of its band."""
    if not earned and not pd.isna(probability):
        return chance(probability, so_far, target, earned=False), "text"
    return probability, "certain" if attained(so_far, target) else "share"


def text(cell: Cell) -> str:
    """Write a cell as it is read.

    Examples
    --------
    >>> text((0.004, "share")), text((12.0, "whole")), text((-0.07, "points")), text(("a", "text"))
    ('<1%', '12', '−7', 'a')
    """
    value, style = cell
    if pd.isna(value):
        return "–"
    if style == "certain":
        return label("done")
    if style in DIGITS:
        return number(value, DIGITS[style])
    return {"share": percent, "points": points}.get(style, str)(value)


def as_read(answer: Answer, outlook: Outlook) -> Table:
    """Show an answer's table in text, as page and workbook show it."""
    shown = [[*map(text, row)] for row in rows(answer, outlook)]
    first, *others = heads(answer, outlook)
    names, *columns = zip(*shown, strict=True)
    told = Table(dict(zip(others, columns, strict=True)), pd.Index(names, name=None))
    return told.rename_axis(columns=first)
