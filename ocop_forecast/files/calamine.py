"""Read an .xls file from standard input with python-calamine, and write its sheets as JSON.

`xls` runs it in a process of its own, since python-calamine may end the process that it runs in.
"""

import datetime as dt
import io
import json
import sys

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)  # fmt: skip

MEMORY = 2_000_000_000
TEXTS = 64_000_000


def shown(value) -> str | list[str]:
    """Return a text as it is; of any other value its kind and its text.

    Examples
    --------
    >>> import datetime
    >>> shown("a"), shown(3.0), shown(True), shown(datetime.date(2024, 9, 5)), shown(datetime.time(12))
    ('a', ['number', '3'], ['truth', 'TRUE'], ['day', '2024-09-05'], ['number', '0.5'])
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return ["truth", str(value).upper()]
    if isinstance(value, dt.date):
        return ["day", value.isoformat()[:10]]
    if isinstance(value, dt.time):
        value = dt.timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
    if isinstance(value, dt.timedelta):
        value /= dt.timedelta(days=1)
    return ["number", f"{value + 0.0:.15g}"]


def told(data: bytes) -> dict:
    """Return the sheets of a workbook, or the key of the fault that keeps it from being read."""
    try:
        return {"sheets": _sheets(CalamineWorkbook.from_filelike(io.BytesIO(data)))}
    except PasswordError:
        return {"fault": "file_password", "values": {}}
    except OverflowError:
        return {"fault": "file_large", "values": {}}
    except CalamineError as error:
        return {"fault": "file_unreadable", "values": {"reason": str(error) or "Excel 97-2003"}}


def _sheets(book):
    sheets, letters = [], 0
    for number, sheet in enumerate(book.sheets_metadata):
        cells = book.get_sheet_by_index(number)
        rows = [[shown(value) for value in row] for row in cells.to_python(skip_empty_area=False)]
        letters += sum(len(cell) for row in rows for cell in row if isinstance(cell, str))
        if letters > TEXTS:
            raise OverflowError
        merges = [(a + 1, b + 1, left, right) for (a, left), (b, right) in cells.merged_cell_ranges or []]
        hidden, table = sheet.visible != SheetVisibleEnum.Visible, sheet.typ == SheetTypeEnum.WorkSheet
        sheets.append(
            {"name": sheet.name, "hidden": hidden, "is_table": table, "merges": merges, "rows": rows}
        )
    return sheets


def _bound_memory():
    """Let the system end this process before it fills the memory, where the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    _bound_memory()
    json.dump(told(sys.stdin.buffer.read()), sys.stdout)
