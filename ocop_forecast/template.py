"""An empty workbook to fill in: a sheet a table, commented headers, drop-down lists, the units entered."""

import datetime as dt
from os import PathLike

import pandas as pd

from .labels import label
from .schema import CONTRACTS, SHEETS, UNIT_HEADERS

FILLED = ("units", "communes", "breaks")  # what the office knows already
SHOWN = ("register", "targets", "dossiers", "rounds", "reports", "aliases", *FILLED)
ROWS = 5000  # that the drop-down lists reach
FIRST, LAST = dt.date(2018, 1, 1), dt.date(2099, 12, 31)
STYLES = {
    "needed": {"bold": True, "bg_color": "#DCE9F5", "text_wrap": True, "valign": "top", "border": 1},
    "free": {"italic": True, "bg_color": "#F2F2F2", "text_wrap": True, "valign": "top", "border": 1},
    "date": {"num_format": "dd/mm/yyyy"},
    "text": {"num_format": "@"},
    "guide": {"text_wrap": True, "valign": "top"},
}


def write_template(
    path: str | PathLike, known: dict[str, pd.DataFrame], year: int, *, lang: str = "vi"
) -> None:
    """Write an empty workbook that `read_province` can read once it is filled in.

    Parameters
    ----------
    path : path
        The .xlsx file.
    known : dict
        The tables `FILLED`, typed by their contracts, as far as there are any; units are needed.
    year : int
        The year whose targets the sheet of targets asks for, one row a unit.
    lang : {"vi", "en"}
        Language of headers, lists and comments.
    """
    import xlsxwriter

    units = known["units"]
    names = [
        f"{kind} {name}".strip() for kind, name in zip(units["type"].fillna(""), units["name"], strict=True)
    ]
    filled = known | {"targets": pd.DataFrame({"unit": names, "year": year})}
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        styles = {name: book.add_format(style) for name, style in STYLES.items()}
        _guide(book, styles, lang)
        for name in SHOWN:
            if name not in FILLED or name in known:
                _sheet(book, name, filled.get(name), styles, lang)
        _lists(book, names, lang)


def _guide(book, styles, lang):
    """Write the first sheet: what to do."""
    sheet = book.add_worksheet(label("template_guide", lang))
    sheet.set_column(0, 0, 100)
    for at, line in enumerate(label("template_text", lang).split("\n")):
        sheet.write_string(at, 0, line, styles["guide"])


def _sheet(book, name, rows, styles, lang):
    """Write one table: its headers with their comments, its lists, and what is known already."""
    sheet = book.add_worksheet(SHEETS[name] if lang == "vi" else name)
    for at, (column, contract) in enumerate(_columns(name).items()):
        form = "date" if contract.metadata["reads"] == "date" else "text"
        sheet.set_column(at, at, 18, styles[form] if contract.metadata["reads"] in ("date", "text") else None)
        head = _header(column, contract, lang)
        sheet.write_string(0, at, head, styles["needed" if contract.required else "free"])
        sheet.write_comment(0, at, _hint(column, contract, lang), {"x_scale": 2})
        if allowed := _allowed(column, contract, lang):
            sheet.data_validation(1, at, ROWS, at, allowed)
        if rows is not None and column in rows:
            _column(sheet, at, rows[column], styles[form])
    sheet.freeze_panes(1, 0)


def _columns(name):
    """Return the columns that a clerk fills in; where a figure comes from is for those who publish."""
    columns = CONTRACTS[name].columns
    return {column: contract for column, contract in columns.items() if column not in ("origin", "what_en")}


def _header(column, contract, lang):
    """Return the words over a column: the first Vietnamese ones, or its own name."""
    headers = contract.metadata["headers"]
    return headers[0] if lang == "vi" and headers else column


def _hint(column, contract, lang):
    """Return what to write in a column, and whether it must be filled in."""
    metadata = contract.metadata
    kind = "unit" if _names_units(contract) else metadata["reads"]
    must = label("hint_needed" if contract.required else "hint_free", lang)
    return f"{must} {label(f'hint_{kind}', lang, allowed=metadata['allowed'])}"


def _names_units(contract):
    return set(contract.metadata["headers"]) & set(UNIT_HEADERS[:2]) and contract.metadata["reads"] == "text"


def _allowed(column, contract, lang):
    """Return the drop-down list or the limits of a column; None where anything may stand."""
    reads, title = contract.metadata["reads"], label("template_wrong", lang)
    told = {"error_title": title, "error_message": _hint(column, contract, lang)[:255]}
    if _names_units(contract):
        return {"validate": "list", "source": "=ocop_units", "error_type": "warning", **told}
    if column in ("stars", "stars_expected"):
        return {"validate": "list", "source": [3, 4, 5], **told}
    if reads == "choice":
        return {"validate": "list", "source": _words(contract, lang), **told}
    if reads == "date":
        return {"validate": "date", "criteria": "between", "minimum": FIRST, "maximum": LAST, **told}
    if reads == "whole":
        return {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": 9999, **told}
    return None


def _words(contract, lang):
    """Return the words of a choice, as a clerk reads them."""
    return [other if lang == "vi" else word for word, other in contract.metadata["words"].items()]


def _column(sheet, at, values, style):
    """Write what is known of a column below its header."""
    for down, value in enumerate(values, start=1):
        if pd.isna(value):
            continue
        if isinstance(value, pd.Timestamp):
            sheet.write_datetime(down, at, value.to_pydatetime(), style)
        elif isinstance(value, str):
            sheet.write_string(down, at, value, style)
        else:
            sheet.write_number(down, at, value)


def _lists(book, names, lang):
    """Write the hidden sheet that the drop-down lists of units take their names from."""
    sheet = book.add_worksheet(label("template_lists", lang))
    for down, name in enumerate(names):
        sheet.write_string(down, 0, name)
    sheet.hide()
    book.define_name("ocop_units", f"='{sheet.get_name()}'!$A$1:$A${len(names)}")
