"""How a sheet of the workbook is formatted, filled and printed, whatever stands on it.

A sheet is written from the top downwards, and every row is as high as its longest text needs: Excel does not
do that for a text across several columns, and other programs do it for none.
"""

from collections.abc import Mapping, Sequence
from math import ceil
from textwrap import wrap
from typing import Any

import pandas as pd

from ocop_forecast.i18n.catalogue import label
from ocop_forecast.palette import FLAGS, GREY, HEAD, INK, ORANGE, SKY
from ocop_forecast.text import plain

LONGEST = 32_767  # what a cell holds, in UTF-16 units
SIZE, LINE, TALLEST = 10, 13, 409  # points: of a letter, of a line, and of the highest row there is
DEPTH = 15.75  # points of a row that lies under a chart
PLAIN = {"font_name": "Arial", "font_size": SIZE, "font_scheme": "none"}  # Arial, or its twin, is everywhere
INSIDE = 10.9, 7.3  # inches of A4 between these margins
SHRUNK = 1.3  # times a page that a sheet may be high and still be printed on one
PAPER, MARGINS = 9, {"left": 0.4, "right": 0.4, "top": 0.4, "bottom": 0.6}  # A4, inches
FOOT = 100  # letters of a title that a footer holds beside the page's number

# Number formats have "," and "." in every language; Excel shows the separators of the reader's machine, so
# that 1234.5 is 1.234,5 in Viet Nam. A probability is shown as <1% and >99% at its ends, since no forecast
# is certain, and its cell keeps the number; what is attained is so said. A text has a quote as its prefix, so
# that it stays text when a reader edits its cell, whatever it begins with.
RULE = {"bottom": 1, "bottom_color": GREY, "valign": "vcenter"}
LINED = {"text_wrap": True, "valign": "vcenter", "quote_prefix": True}
TEXT = RULE | LINED | {"align": "left", "indent": 1}
FLAG = RULE | {"text_wrap": True, "align": "center", "bold": True}
BORDERS = {"solid": 1, "dashed": 3, "dotted": 4}  # as Excel numbers them
FLAGGED = {
    name: FLAG | {"bg_color": look.ground, "font_color": look.ink, "border": BORDERS[look.line]}
    for name, look in FLAGS.items()
}
STYLES: dict[str, dict[str, Any]] = {
    "line": LINED,
    "title": LINED | {"bold": True, "font_size": 14},
    "caution": LINED | {"bold": True, "border": 2, "border_color": ORANGE},
    "head": FLAG | {"bg_color": HEAD, "border": 1, "bottom_color": INK},
    "text": TEXT,
    "strong": TEXT | {"bold": True},
    "whole": RULE | {"num_format": "#,##0"},
    "tenths": RULE | {"num_format": "#,##0.0"},
    "share": RULE | {"num_format": '[<0.01]"<1%";[>0.99]">99%";0%', "align": "right"},
    "certain": RULE | {"align": "right"},
    "points": RULE | {"num_format": "+0%;−0%;0%", "align": "right"},
    **FLAGGED,
}
TOTAL = {"bold": True, "top": 2}


def formats(book) -> dict[tuple[str, bool], object]:
    """Add the formats to a workbook, by name of the style and whether the row is a total.

    A certain probability, which is 1, is shown in the word for what is attained.
    """
    styles = STYLES | {"certain": STYLES["certain"] | {"num_format": f'"{label("done")}"'}}
    return {
        (name, total): book.add_format(style | (TOTAL if total else {}))
        for name, style in styles.items()
        for total in (False, True)
    }


def written(text: str, longest: int = LONGEST) -> str:
    r"""Cut a text to what a cell can hold; one that is too long ends in an ellipsis.

    Examples
    --------
    >>> written("Ngọc\x00 Lặc\u202e"), written("x" * 9, longest=5)
    ('Ngọc Lặc', 'xxxx…')
    """
    text = plain(text)
    units = text.encode("utf-16-le")
    if len(units) <= 2 * longest:
        return text
    return units[: 2 * (longest - 1)].decode("utf-16-le", "ignore") + "…"


def footer(title: str, page: str) -> str:
    """Code a footer: the title on the left, in which an & stays an &, the page on the right."""
    return f"&L{written(title, FOOT).replace('&', '&&')}&R{page}"


class Grid:
    """A sheet that is being written: the next row is `down`, `depth` points below the top.

    It is added to a workbook under a `name`, in its `looks` (as from `formats`), with a footer (as from
    `footer`); `widths` are those of its columns, in digits.
    """

    def __init__(self, book, looks: Mapping, foot: str, name: str, widths: Sequence[float]):
        self.sheet, self.looks, self.widths, self.down = book.add_worksheet(name), looks, widths, 0
        self.depth = 0
        for at, width in enumerate(widths):
            self.sheet.set_column(at, at, width)
        self.sheet.set_landscape()
        self.sheet.set_paper(PAPER)
        self.sheet.set_margins(**MARGINS)
        self.sheet.set_footer(foot)
        self.sheet.set_zoom(90)  # so that all columns are seen on a small screen

    def line(self, text: str, style: str = "line") -> None:
        """Write a text across all columns."""
        look, last = self.looks[style, False], len(self.widths) - 1
        self.sheet.merge_range(self.down, 0, self.down, last, "", look)
        self.sheet.write_string(self.down, 0, written(text), look)
        self._next(_height(text, sum(self.widths), style))

    def row(self, cells: Sequence[tuple[object, str]], *, total: bool = False) -> None:
        """Write pairs of value and style into the columns: text as text, numbers as numbers, or a blank."""
        for at, (value, style) in enumerate(cells):
            self._cell(at, value, self.looks[style, total], total)
        texts = zip(cells, self.widths, strict=False)
        self._next(max(_height(value, width, style) for (value, style), width in texts))

    def table(self, heads: Sequence[str], rows: Sequence[Sequence], total: Sequence | None = None) -> None:
        """Write a table, its header in sight and on every page, with a filter that leaves the total alone."""
        top = self.down
        self.row([(head, "head") for head in heads])
        for cells in rows:
            self.row(cells)
        self.sheet.freeze_panes(top + 1, 2)
        self.sheet.repeat_rows(top)
        self.sheet.ignore_errors({"number_stored_as_text": "A1:B1048576"})  # codes are meant to be text
        self.sheet.autofilter(top, 0, top + len(rows), len(heads) - 1)
        if total is not None:
            self.row(total, total=True)

    def bars(self, first: tuple[int, int], last: tuple[int, int]) -> None:
        """Draw a bar behind every probability from one cell (row, column) to another."""
        ends = {"min_type": "num", "min_value": 0, "max_type": "num", "max_value": 1}
        # per cent of the cell's width; without them Excel draws a tenth of it for 0
        lengths = {"min_length": 0, "max_length": 100}
        bar = {"type": "data_bar", "bar_color": SKY, **ends, **lengths}
        self.sheet.conditional_format(*first, *last, bar)

    def place(self, chart, first: int, last: int, height: int, alt: str, row: int | None = None) -> None:
        """Lay a chart, so many pixels high, over the columns from first to last.

        Its top is at `row`, or at the next row; `alt` is read to those who cannot see it.
        """
        width = sum(7 * digits + 5 for digits in self.widths[first : last + 1])
        chart.set_size({"width": width, "height": height})
        at = self.down if row is None else row
        self.sheet.insert_chart(at, first, chart, {"description": written(alt), "object_position": 2})

    def room(self, pixels: float) -> None:
        """Leave rows for a chart so many pixels high."""
        for _ in range(ceil(max(pixels, 0) * 0.75 / DEPTH)):
            self._next(DEPTH)

    def _cell(self, at, value, look, total):
        if isinstance(value, str):
            self.sheet.write_string(self.down, at, written(value), look)
        elif not pd.isna(value):
            self.sheet.write_number(self.down, at, value, look)
        elif total:  # for its line; elsewhere a chart would take a formatted blank for 0
            self.sheet.write_blank(self.down, at, None, look)

    def _next(self, height):
        self.sheet.set_row(self.down, height)
        self.sheet.print_area(0, 0, self.down, len(self.widths) - 1)
        self.down += 1
        self.depth += height
        wide = sum(7 * digits + 5 for digits in self.widths) * 0.75  # points
        one = self.depth <= SHRUNK * wide * INSIDE[1] / INSIDE[0]
        self.sheet.fit_to_pages(1, int(one))  # else as many pages down as it takes


def _height(value, width, style):
    """Measure the points that a cell needs."""
    if not isinstance(value, str):
        return LINE + 3
    size = STYLES[style].get("font_size", SIZE)
    lines = sum(_lines(part, width * SIZE / size, style) for part in value.split("\n"))
    return min(LINE * size / SIZE * lines + 3, TALLEST)


def _lines(text, width, style):
    """Count the lines that a text takes: letters are narrower than digits, capitals wider."""
    capitals, look = sum(map(str.isupper, text)) / max(1, len(text)), STYLES[style]
    room = width * (1.1 - 0.3 * capitals - 0.1 * look.get("bold", 0)) - 2 * ("indent" in look)
    letters = max(1, int(room))
    too_long = any(len(word) > letters for word in text.split())  # it begins on a line of its own
    return max(1, len(wrap(text, letters)) + too_long)
