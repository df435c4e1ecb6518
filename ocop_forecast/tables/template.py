"""A workbook to fill in: a sheet a table, commented headers, drop-down lists, what is known entered."""

import datetime as dt
from os import PathLike

import pandas as pd

from ocop_forecast.i18n.catalogue import label, language
from ocop_forecast.palette import HEAD

from .names import UnitNames
from .schema import COMMUNE_HEADERS, CONTRACTS, SHEETS, UNIT_HEADERS

FILLED = ("units", "communes", "breaks")  # what the office knows already
SHOWN = (
    *("register", "targets", "goals", "dossiers", "commitments", "rounds", "reports", "aliases"),
    *FILLED,
)
ROWS = 5000  # that the drop-down lists reach
FIRST, LAST = dt.date(2018, 1, 1), dt.date(2099, 12, 31)
STYLES = {
    "needed": {"bold": True, "bg_color": HEAD, "text_wrap": True, "valign": "top", "border": 1},
    "free": {"italic": True, "bg_color": "#F2F2F2", "text_wrap": True, "valign": "top", "border": 1},
    "date": {"num_format": "dd/mm/yyyy"},
    "text": {"num_format": "@"},
    "guide": {"text_wrap": True, "valign": "top"},
}


def write_template(path: str | PathLike, known: dict[str, pd.DataFrame], year: int) -> None:
    """Write a workbook that `read_province` can read, once it is filled in.

    `known` are the tables to enter, typed by their contracts: units and the others of `FILLED` for an empty
    workbook, all for a copy. `year` is the one whose targets the sheet of targets asks for, one row a unit,
    where none are known.
    """
    import xlsxwriter

    units = known["units"]
    names = (units["type"].fillna("") + " " + units["name"]).str.strip().tolist()
    filled = {"targets": pd.DataFrame({"unit": names, "year": year})} | _named(known, names)
    # the latest year first: it is the one whose targets are changed
    filled["targets"] = filled["targets"].sort_values("year", ascending=False, kind="stable")
    heads = _heads(units)
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        styles = {name: book.add_format(style) for name, style in STYLES.items()}
        guide = book.add_worksheet(label("template_guide"))  # how to fill in the other sheets
        guide.set_column(0, 0, 100)
        for at, line in enumerate(label("template_text").split("\n")):
            guide.write_string(at, 0, line, styles["guide"])
        for name in SHOWN:
            if name not in FILLED or name in known:
                _sheet(book, name, filled.get(name), styles, heads)
        lists = book.add_worksheet(label("template_lists"))  # hidden: the units' names for the others' lists
        for down, name in enumerate(names):
            lists.write_string(down, 0, name)
        lists.hide()
        book.define_name("ocop_units", f"='{lists.get_name()}'!$A$1:$A${len(names)}")


def _named(tables, names):
    """Return the tables with the names of units instead of their codes, as the lists have them."""
    codes = dict(zip(tables["units"]["unit"], names, strict=True))
    coded = {name: table for name, table in tables.items() if name not in FILLED and "unit" in table}
    return tables | {name: table.assign(unit=table["unit"].replace(codes)) for name, table in coded.items()}


def _heads(units):
    """Return the headers of a column of units: those of communes where every unit is one."""
    names = UnitNames(units.set_index("unit"))
    communal = all(names.level(code) == "commune" for code in units["unit"])
    return COMMUNE_HEADERS[:2] if communal else UNIT_HEADERS[:2]


def _sheet(book, name, rows, styles, heads):
    """Write one table: its headers with their comments, its lists, and its rows known already."""
    sheet = book.add_worksheet(SHEETS[name] if language() == "vi" else name)
    for at, (column, contract) in enumerate(_columns(name, rows, heads).items()):
        reads, headers = contract.metadata["reads"], contract.metadata["headers"]
        form = "date" if reads == "date" else "text"
        sheet.set_column(at, at, 18, styles[form] if reads in ("date", "text") else None)
        of_units = reads == "text" and not {*heads}.isdisjoint(headers)
        needed = contract.required or (of_units and column == "commune")
        must, kind = label("hint_needed" if needed else "hint_free"), "unit" if of_units else reads
        hint = f"{must} {label(f'hint_{kind}', allowed=contract.metadata['allowed'])}"
        head = _header(column, contract, heads)
        sheet.write_string(0, at, head, styles["needed" if needed else "free"])
        sheet.write_comment(0, at, hint, {"x_scale": 2})
        if allowed := _allowed(contract, of_units, hint):
            sheet.data_validation(1, at, ROWS, at, allowed)
        if rows is not None and column in rows:
            words = contract.metadata["words"] if language() == "vi" else {}
            _column(sheet, at, rows[column].replace(words), styles[form])
    sheet.freeze_panes(1, 0)


def _columns(name, rows, heads):
    """Return the columns that a clerk fills in, and those in which something is known.

    The origin of a figure is for those who publish. Where communes are the units, a row needs no district.
    """
    columns = CONTRACTS[name].columns
    known = set() if rows is None else {*rows.columns[rows.notna().any()]}
    left_out = {"origin", "what_en"} - known
    if "commune" in columns and heads[0] in COMMUNE_HEADERS and "unit" not in known:
        left_out.add("unit")
    return {column: contract for column, contract in columns.items() if column not in left_out}


def _header(column, contract, heads):
    """Return a column's header: that for units, else the first Vietnamese one, or its own name."""
    headers = contract.metadata["headers"]
    if language() == "vi" and headers:
        return heads[0] if heads[0] in headers else headers[0]
    return column


def _allowed(contract, of_units, hint):
    """Return the drop-down list or the limits of a column; None where anything may stand."""
    reads, title = contract.metadata["reads"], label("template_wrong")
    told = {"error_title": title, "error_message": hint[:255]}
    if of_units:
        return {"validate": "list", "source": "=ocop_units", "error_type": "warning", **told}
    if reads == "stars":
        return {"validate": "list", "source": [3, 4, 5], **told}
    if reads == "choice":
        words = contract.metadata["words"]
        return {"validate": "list", "source": [*(words.values() if language() == "vi" else words)], **told}
    if reads == "date":
        return {"validate": "date", "criteria": "between", "minimum": FIRST, "maximum": LAST, **told}
    if reads in ("whole", "year"):
        return {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": 9999, **told}
    return None


def _column(sheet, at, values, style):
    """Write a column's known values below its header."""
    for down, value in enumerate(values, start=1):
        if pd.isna(value):
            continue
        if isinstance(value, pd.Timestamp):
            sheet.write_datetime(down, at, value.to_pydatetime(), style)
        elif isinstance(value, str | pd.Period):
            sheet.write_string(down, at, str(value), style)
        else:
            sheet.write_number(down, at, value)
