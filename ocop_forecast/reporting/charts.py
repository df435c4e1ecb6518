"""The workbook's charts: they read its own cells, so that they follow what a reader changes there.

Colours differ in lightness, and lines in their dashes: both can be told apart in grey.
"""

from collections.abc import Mapping, Sequence

from ocop_forecast.palette import BLUE, GREY, INK, ORANGE, SKY

PALE = "#DCEBF7"
LETTERS = {"name": "Arial", "size": 9, "color": INK}
RULE = {"color": GREY, "width": 0.75}
LONGEST = 45  # letters of a name that leaves its bar some room
AROUND = 40, 80  # pixels of the title above the bars, and of the axis and the legend below

# the one drawn last lies in front: what is recognised in the projection, the target as a frame around both
BARS = {
    "median": {"fill": {"color": PALE}, "border": {"color": BLUE, "width": 0.5}},
    "so_far": {"fill": {"color": SKY}, "border": {"color": BLUE, "width": 0.5}},
    "target": {"fill": {"none": True}, "border": {"color": ORANGE, "width": 2.25}},
}
LINES = {
    "known": {"color": INK, "width": 2.5},
    "median": {"color": BLUE, "width": 2.25},
    "lower": {"color": BLUE, "width": 1, "dash_type": "round_dot"},
    "upper": {"color": BLUE, "width": 1, "dash_type": "round_dot"},
    "target": {"color": ORANGE, "width": 2, "dash_type": "dash"},
}


def bars(book, sheet: str, columns: Mapping[str, int], names: Sequence[str], words: Mapping[str, str]):
    """Add a chart of a table's rows to the workbook: what each has, its projection, and its target.

    The sheet has its headings in the first row, codes in the first column and these names in the second.
    `columns` says where each of `BARS` that has figures stands. Where a name is too long, the codes stand for
    all. The words are those of title and axis.
    """
    chart, rows, longest = book.add_chart({"type": "bar"}), len(names), max(map(len, names))
    by = 1 if longest <= LONGEST else 0
    for name, look in BARS.items():
        if name in columns:
            at = columns[name]
            cells = _cells(sheet, (0, at), (1, by, rows, by), (1, at, rows, at))
            chart.add_series(cells | look | {"overlap": 100, "gap": 45})
    units = {"reverse": True, "interval_unit": 1, "num_font": {**LETTERS, "size": 8}}
    chart.set_y_axis({"major_gridlines": {"visible": False}, **units})
    below = {"label_position": "high", "line": {"none": True}, "major_tick_mark": "none"}
    chart.set_x_axis(below | _numbers(words["axis"]))
    tall = height(rows)
    above, left = AROUND[0] / tall, min(longest, LONGEST) * 0.0085 + 0.03
    inside = {"x": left, "y": above, "width": 0.96 - left, "height": 1 - sum(AROUND) / tall}
    chart.set_plotarea({"layout": inside})
    return _framed(chart, words["title"], {"x": 0.2, "y": above / 4})


def height(units: int) -> int:
    """Count the pixels that so many bars need with title, axis and legend; many bars are thinner."""
    return sum(AROUND) + round(units * max(13, min(30, 500 / units)))


def lines(book, sheet: str, rows: Mapping[str, int], columns: int, words: Mapping[str, str]):
    """Add a chart of a table's columns to the workbook: running totals, known and to come, and the target.

    The sheet has so many months in its first row, from the third column on, and the rows' names in its second
    column. `rows` says where each of `LINES` that has figures stands. The words are those of title, axis and
    months.
    """
    chart = book.add_chart({"type": "line"})
    for name, look in LINES.items():
        if name in rows:
            at, last = rows[name], columns + 1
            cells = _cells(sheet, (at, 1), (0, 2, 0, last), (at, 2, at, last))
            marker = {"type": "circle", "size": 5, "fill": {"color": INK}, "border": {"color": INK}}
            chart.add_series(
                cells | {"line": look, "marker": marker if name == "known" else {"type": "none"}}
            )
    months = {"name": words["months"], "name_font": {**LETTERS, "bold": False}}
    chart.set_x_axis({**months, "num_font": {**LETTERS, "size": 8, "rotation": -45}})
    chart.set_y_axis(_numbers(words["axis"]))
    return _framed(chart, words["title"])


def _cells(sheet, name, categories, values):
    """Tell a series where its name, its categories and its values are."""
    return {"name": [sheet, *name], "categories": [sheet, *categories], "values": [sheet, *values]}


def _numbers(title):
    """Format an axis of whole products, with the separators of the reader's machine."""
    look = {"name_font": {**LETTERS, "bold": False}, "num_font": LETTERS, "num_format": "#,##0"}
    return {"name": title, "min": 0, "major_gridlines": {"visible": True, "line": RULE}, **look}


def _framed(chart, title, layout=None):
    chart.set_title({"name": title, "name_font": {**LETTERS, "size": 11, "bold": True}, "layout": layout})
    chart.set_legend({"position": "bottom", "font": LETTERS})
    chart.set_chartarea({"border": {"none": True}})
    chart.show_blanks_as("gap")
    return chart
