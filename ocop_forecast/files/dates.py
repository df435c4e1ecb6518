"""Days as workbooks hold them: counted from another year, read month first, shown without their year."""

import re

import pandas as pd

from ocop_forecast.errors import Finding, numbers

SINCE_1904 = 1462  # days that a workbook of the Mac's calendar counts less
TRUE = re.compile(r"\d{4}-\d{2}-(\d{2})")  # a day that a program took for one, as `excel` writes it
TYPED = re.compile(r"(?:ngày )?(\d{1,2})[/.-]\d{1,2}[/.-]\d{4}.*")


def dated(sheet, texts: pd.Series) -> tuple[pd.Series, list[Finding]]:
    """Return a column of days as text, all counted alike, and a finding for each table that leaves doubt.

    Where all days that a program took for such are at most the 12th, and all that stayed text are later ones,
    the program read the month first: each of its days may be another. That is an error, unless there are two
    days alone. A day that is shown without its year has one that nobody looked at.
    """
    findings, texts = [], texts.copy()
    for part in sheet.parts:
        places = [(part.name, row) for row in part.layout.rows("row")]
        if part.layout.grid.from_1904:
            own = texts.loc[places]
            serial = own[own.str.fullmatch(r"[2-7]\d{4}")].astype(int) + SINCE_1904
            texts.loc[serial.index] = serial.astype(str)
        findings += [*_turned(texts.loc[places], texts.name), *_yearless(part, texts)]
    return texts, findings


def _turned(texts, column):
    """Find out whether days were read month first: the first of them, with its two readings."""
    true = {text: int(found[1]) for text in texts.unique() if (found := TRUE.fullmatch(text))}
    typed = {text: int(found[1]) for text in texts.unique() if (found := TYPED.fullmatch(text))}
    if not true or not typed or max(true.values()) > 12 or min(typed.values()) < 13:
        return []
    text = min(true, key=lambda text: (text[5:7] == text[8:], list(texts).index(text)))
    values = {"read": pd.Timestamp(text), "other": pd.Timestamp(f"{text[:5]}{text[8:]}-{text[5:7]}")}
    severity = "error" if texts.isin([*true, *typed]).sum() > 2 else "warning"
    values["typed"] = next(iter(typed))
    return [Finding(texts.index[texts == text][0], column, "dates_turned", values, severity)]


def _yearless(part, texts):
    """Find the days of a column that are shown without their year."""
    rows = [row for row, name in part.marked(part.layout.grid.yearless) if name == texts.name]
    if not rows:
        return []
    values = {"count": len(rows), "rows": numbers(rows), "day": pd.Timestamp(texts[part.name, rows[0]])}
    return [Finding((part.name, rows[0]), texts.name, "date_without_year", values, "warning")]
