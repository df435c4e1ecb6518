"""The calendar file: certificates to renew, each a month before it runs out, and the rounds planned.

As RFC 5545 says: CRLF at the line ends, lines of 75 bytes at most, texts escaped. An event keeps its UID from
run to run, so that a calendar that imports the file again holds none twice; no clock is in it.
"""

from collections.abc import Iterator

import pandas as pd

from ocop_forecast.i18n.catalogue import label, language
from ocop_forecast.i18n.formats import day
from ocop_forecast.planning.deadlines import deadlines
from ocop_forecast.tables.province import Province

ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})
LINE = 75  # bytes


def calendar(province: Province) -> str:
    r"""Return the text of an iCalendar file; certificates of a unit that run out on one day are one event.

    Examples
    --------
    >>> from ocop_forecast import read_province
    >>> text = calendar(read_province(as_of="2024-09"))
    >>> text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"), text.count("BEGIN:VEVENT")
    (True, 49)
    """
    stamp = f"{province.as_of.end_time:%Y%m%dT%H%M%SZ}"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//ocop_forecast//OCOP//{language().upper()}",
        "CALSCALE:GREGORIAN",
    ]
    due = deadlines(province)
    for (date, unit), rows in due[due["what"] == "renew"].groupby(["date", "unit"]):
        lines += _event(stamp, *_renewals(province, date, unit, rows))
    for date, level in due.loc[due["what"] == "round", ["date", "level"]].itertuples(index=False):
        name = "" if pd.isna(level) else level
        lines += _event(stamp, f"round-{date:%Y%m%d}-{name}", date, _round(province, name))
    return "".join(f"{folded}\r\n" for line in [*lines, "END:VCALENDAR"] for folded in _folded(line))


def _renewals(province: Province, date: pd.Timestamp, unit: str, rows: pd.DataFrame) -> tuple:
    """Return UID, day, title and text of the certificates of one unit that run out on one day."""
    name = province.units.loc[unit, "name"]
    said = label("ics_renew", count=len(rows), name=name, date=day(date))
    products = "\n".join(rows["product"])
    return f"renew-{date:%Y%m%d}-{unit}", date - pd.DateOffset(months=1), _marked(province, said), products


def _round(province: Province, level: str) -> str:
    return _marked(province, label(f"ics_round_{level or 'unsaid'}"))


def _marked(province: Province, text: str) -> str:
    mark = province.mark()
    return f"{text} [{mark}]" if mark else text


def _event(stamp: str, uid: str, date: pd.Timestamp, title: str, text: str = "") -> list[str]:
    """Return the lines of one whole day's event."""
    said = [f"DESCRIPTION:{text.translate(ESCAPED)}"] if text else []
    head = [
        "BEGIN:VEVENT",
        f"UID:{uid}@ocop_forecast",
        f"DTSTAMP:{stamp}",
        f"DTSTART;VALUE=DATE:{date:%Y%m%d}",
    ]
    return [*head, f"SUMMARY:{title.translate(ESCAPED)}", *said, "END:VEVENT"]


def _folded(line: str) -> Iterator[str]:
    """Yield a line in pieces of at most `LINE` bytes; those after the first begin with a blank."""
    piece, size = "", 0
    for letter in line:
        wide = len(letter.encode())
        if size + wide > LINE:
            yield piece
            piece, size = " ", 1
        piece, size = piece + letter, size + wide
    yield piece
