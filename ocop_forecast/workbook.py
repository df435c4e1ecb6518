"""The meeting's workbook: one sheet a question, every number a number and every text a text."""

from os import PathLike

import numpy as np
import pandas as pd

from .answer import Pack
from .labels import month


def write_workbook(path: str | PathLike, pack: Pack) -> None:
    """Write the pack as an Excel workbook; text stays text, and the same pack gives the same bytes."""
    import xlsxwriter

    text_stays_text = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), text_stays_text | {"nan_inf_to_errors": False}) as book:
        # the as-of day, or the month's first, so that the same run gives the same bytes whenever it is made
        book.set_properties({"title": "OCOP", "created": pack.forecast.as_of.to_timestamp().to_pydatetime()})
        styles = {name: book.add_format(style) for name, style in EXCEL_STYLES.items()}
        _lines(book, pack.label("sheet_summary"), [*pack.cautions, *pack.sentences], styles)
        _units(book, pack, styles)
        _months(book, pack, styles)
        _reasons(book, pack, styles)
        notes = [f"{key}: {value}" for key, value in pack.notes.items()]
        _lines(book, pack.label("sheet_notes"), notes, styles)


EXCEL_STYLES = {
    "head": {"bold": True, "bg_color": "#DCE9F5", "text_wrap": True, "valign": "top", "border": 1},
    "text": {"text_wrap": True, "valign": "top"},
    "whole": {"num_format": "#,##0", "valign": "top"},
    "tenths": {"num_format": "#,##0.0", "valign": "top"},
    "share": {"num_format": "0%", "valign": "top"},
}


def _lines(book, title, lines, styles):
    sheet = book.add_worksheet(title)
    sheet.set_column(0, 0, 110)
    for at, line in enumerate(lines):
        sheet.write_string(at, 0, line, styles["text"])


def _grid(book, title, heads, rows, styles, widths):
    """Write one sheet: a frozen, filtered header and rows of (value, style) cells."""
    sheet = book.add_worksheet(title)
    for at, (head, width) in enumerate(zip(heads, widths, strict=True)):
        sheet.set_column(at, at, width)
        sheet.write_string(0, at, head, styles["head"])
    for down, row in enumerate(rows, start=1):
        for at, (value, style) in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(down, at, value, styles[style])
            elif not pd.isna(value):
                sheet.write_number(down, at, value, styles[style])
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(rows), len(heads) - 1)
    sheet.fit_to_pages(1, 0)
    sheet.set_landscape()


NUMBERS = {"so_far": "whole", "target": "whole", "median": "whole", "lower": "whole", "upper": "whole",
           "p_reach": "share", "shortfall": "tenths", "needed_per_month": "tenths", "pace": "tenths",
           "naive": "tenths"}  # fmt: skip


def _units(book, pack, styles):
    outlook, flags = pack.outlook, pack.flags
    heads = [pack.heading(name) for name in ("unit", "name", *NUMBERS, "flag")]
    rows = [
        [(code, "text"), (row["name"], "text")]
        + [(row[name], style) for name, style in NUMBERS.items()]
        + [(pack.label(f"flag_{flags.loc[code, 'flag']}"), "text")]
        for code, row in outlook.iterrows()
    ]
    _grid(book, pack.label("sheet_units"), heads, rows, styles, [8, 20, *[11] * len(NUMBERS), 16])


def _months(book, pack, styles):
    forecast, outlook = pack.forecast, pack.outlook
    known = forecast.panel[forecast.panel.index.year == forecast.year]
    to_come = forecast.draws[:, :, forecast.months.year == forecast.year].mean(axis=0)
    figures = np.hstack([known.T.to_numpy(), to_come])
    figures = np.vstack([figures, figures.sum(axis=0)])
    heads = [pack.heading(name) for name in ("unit", "name")]
    heads += _month_heads(pack, known.index, forecast.months[forecast.months.year == forecast.year])
    styled = ["whole"] * len(known) + ["tenths"] * to_come.shape[1]
    rows = [
        [(code, "text"), (name, "text"), *zip(row, styled, strict=True)]
        for code, name, row in zip(outlook.index, outlook["name"], figures, strict=True)
    ]
    _grid(book, pack.label("sheet_months"), heads, rows, styles, [8, 20, *[10] * figures.shape[1]])


def _month_heads(pack, known, to_come):
    """Return the words over the months; the month of an as-of day stands twice, so far and the rest of it."""
    heads = [str(at) for at in known] + [pack.label("month_expected", month=at) for at in to_come]
    if set(known) & set(to_come):
        at, as_of = known[-1], month(pack.forecast.as_of, pack.lang)
        so_far, rest = pack.label("month_so_far", month=at, as_of=as_of), pack.label("month_rest", month=at)
        heads[len(known) - 1 : len(known) + 1] = [so_far, rest]
    return heads


def _reasons(book, pack, styles):
    heads = [pack.heading(name) for name in ("unit", "name", "flag", "reason")]
    rows = [
        [
            (text, "text")
            for text in (code, row["name"], pack.label(f"flag_{row['flag']}"), row[f"reason_{pack.lang}"])
        ]
        for code, row in pack.flags.iterrows()
    ]
    _grid(book, pack.label("sheet_flags"), heads, rows, styles, [8, 20, 18, 100])
