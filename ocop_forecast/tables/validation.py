"""The checks of the data by their names: what each looks at, what it found and where, and what to do."""

from os import PathLike
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from ocop_forecast.display import Table, render
from ocop_forecast.errors import Fault, InputError, together, worded
from ocop_forecast.files.cells import Book
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.terms import check_path

from .balance import Books, books_of, refused
from .loading import DATA, WITHOUT_UNITS, read_table, strictly, survey, table_of
from .register import both_ways
from .sources import report_in, sources

# check: the findings that belong to it, by the keys of their sentences
CHECKS = {
    "files": (
        *("file_missing", "folder_missing", "file_twice", "file_type", "file_is_folder", "file_locked"),
        *("file_password", "file_other_excel", "file_document", "file_is_text", "file_is_excel"),
        *("file_large", "file_bomb", "file_unreadable", "file_empty", "file_misread", "file_encoding"),
        *("csv_quotes", "table_missing", "table_twice", "no_rows", "nothing_by", "stray_cell"),
        *(
            "too_many_rows",
            "cell_long",
            "dossiers_missing",
            "dossiers_twice",
            "file_beside",
            "report_beside",
            "sheet_lost",
        ),
    ),
    "encoding": (
        *("file_encoding_legacy", "text_encoding_legacy", "text_encoding_doubtful", "text_encoding_beside"),
        *("cell_garbled", "cells_cleaned"),
    ),
    "sheets": (
        *("sheet_missing", "sheet_hidden", "sheet_hidden_read", "sheet_ignored", "sheet_headless"),
        "sheet_beside",
    ),
    "headers": (
        *("column_missing", "column_missing_nearest", "column_missing_unread", "header_twice"),
        *("header_shared", "too_many_cells"),
    ),
    "columns": ("columns_unread", "cells_beside"),
    "rows_left_out": (
        *("row_skipped", "row_above", "heading_skipped", "section_heading", "and_so_on", "rows_hidden"),
        "cell_covered",
    ),
    "recognised": (
        *("listed_refused", "listed_proposed", "listed_open", "not_recognised", "only_proposed"),
        *("row_struck", "cells_struck", "below_three_stars", "note_open", "decision_none", "unread_refuses"),
    ),
    "totals": ("total_differs",),
    "filled_in": ("cell_blank", "cell_error", "formula_without_value"),
    "numbers": (
        *("not_whole", "not_number", "year_allowed", "target_allowed", "score_allowed", "stars_allowed"),
        *("not_stars", "not_year", "stars_pending", "recognised_allowed"),
    ),
    "dates": (
        *("not_date", "not_month", "date_month_first", "date_month_only", "date_allowed"),
        *("dates_turned", "date_without_year"),
    ),
    "later": ("rows_later", "dossiers_later", "commitments_later", "dossiers_undated"),
    "choices": ("choice_allowed", "origin_allowed", "not_as_of", "as_of_future"),
    "words": ("word_column_unknown", "word_of_no_choice", "word_taken"),
    "codes": ("code_allowed", "code_of_province", "code_in_two_units", "code_rounded"),
    "units": ("unit_unknown", "unit_unknown_nearest", "unit_ambiguous", "code_reshaped", "example_elsewhere"),
    "units_in_force": (
        *("units_ended", "units_not_begun", "successor_unknown", "unit_ended_then", "unit_not_begun_then"),
        *("unit_split", "communes_missing", "two_provinces"),
    ),
    "communes": (
        *("commune_unknown", "commune_unknown_nearest", "commune_elsewhere", "commune_contradicts"),
        *("commune_outside", "commune_needed"),
    ),
    "carried": (
        *("straddles", "targets_not_carried", "targets_added_up", "dossiers_not_carried"),
        *("commitments_not_carried", "commitments_added_up"),
    ),
    "aliases": ("alias_is_name",),
    "twice": ("row_twice", "row_twice_in_sheet"),
    "new_once": ("new_twice", "no_earlier_decision", "revoked_unknown", "product_renamed"),
    "near_duplicates": ("near_duplicate", "near_duplicate_makers", "two_products"),
    "certificates": ("expiry_before", "expiry_odd", "upgrade_without_star", "score_not_of_stars"),
    "decisions": ("decision_two_dates", "programme_year_odd"),
    "rounds": ("round_differs",),
    "dossiers": ("dossier_two_units", "dossier_not_in_register"),
    "commitments": ("commitment_below",),
    "reports": ("unit_silent", "unit_unreported"),
    "progress": (
        *("report_undated", "report_undated_sheet", "months_across", "report_other_year"),
        *("reported_twice", "province_row", "report_blank"),
        *("count_falls", "count_above", "counts_of_months", "counts_of_all_years", "target_changed"),
        *("report_gap", "report_stops", "months_unreported", "years_left_out", "no_report"),
        *("reports_later", "reports_end"),
    ),
}
READING = {"files", "encoding", "sheets", "headers"}  # an error here, and a table was not looked into
OF_REGISTER = {"recognised", "new_once", "near_duplicates", "certificates", "decisions"}
OF_UNITS = {"units", "units_in_force", "communes", "carried"}
# looked at once nothing is wrong with any table
TOGETHER = {"later", "rounds", "dossiers", "commitments", "reports", "progress"}
OF = {key: name for name, keys in CHECKS.items() for key in keys}
SHOWN = 30
RESULTS = ("error", "warning", "passed", "skipped")
COLUMNS = ["check", "result", "file", "sheet", "row", "column", "finding"]


def check(
    *paths: str | PathLike,
    data: str | PathLike = "",
    as_of: "str | pd.Period | None" = None,
    units_as: str | None = None,
    count_by: str = "decision",
    dossiers: str | PathLike = "",
    strict: bool = False,
) -> pd.DataFrame:
    """Check folders, workbooks or single tables; return every check with its findings.

    Parameters
    ----------
    *paths : path
        Folders, workbooks with a sheet a table, or single tables known by their file's name (``targets.csv``;
        any other name is taken for a register). Without any, `data`.
    data : path
        The folder whose units count where none stand beside a single table; empty for the data that come
        with the tool.
    as_of, units_as, count_by, dossiers, strict
        As in `read_province`; a single table is checked without these dossiers.

    Returns
    -------
    DataFrame
        A row a finding: check (its name), result (``error`` or ``warning``), file, sheet, row (missing where
        the whole file is meant), column, finding (what is wrong, what is allowed, what to do). A check
        without a finding has a row that says what it looks at, with result ``passed``; or ``skipped`` where
        it could not be made, since an error stood in its way or the tables for it were not given.
        ``attrs["summary"]`` says what was read, ``attrs["books"]`` what became of every row, column, sheet
        and file, a line a sheet.

    Examples
    --------
    >>> found = check()
    >>> found.loc[found["result"] != "passed", "check"].tolist()  # none of these is embedded
    ['dossiers', 'commitments', 'progress']
    """
    for path in (*paths, data):
        check_path("path", path)
    terms = {"as_of": as_of, "units_as": units_as, "count_by": count_by}
    looks = [_look(path, data, terms, dossiers, strict) for path in paths or (data,)]
    faults = [fault for look in looks for fault in look.faults]
    made = set.intersection(*(look.made for look in looks))
    rows = [
        [OF[fault.key], fault.severity, fault.file, fault.sheet, fault.row, fault.column, fault.what()]
        for fault in faults
    ]
    rows += [
        [name, "passed" if name in made else "skipped", "", "", None, "", label(f"check_{name}")]
        for name in set(CHECKS) - {OF[fault.key] for fault in faults}
    ]
    found = pd.DataFrame(rows, columns=COLUMNS).astype({"row": "Int64"})
    order = pd.Categorical(found["check"], categories=list(CHECKS)).argsort(kind="stable")
    found = Table(found.iloc[order].reset_index(drop=True))
    found.attrs["summary"] = [line for look in looks for line in look.said.splitlines()]
    found.attrs["books"] = [line for look in looks for books in look.books for line in books.lines()]
    return found


class Look(NamedTuple):
    """A folder, workbook or table that was looked at: its faults, the checks made, its contents in words."""

    faults: list[Fault]
    made: set[str]
    books: list[Books]
    said: str = ""


def _look(path, data, terms, dossiers, strict):
    if _is_table(path):
        return _look_at_table(path, data, terms, strict)
    province, faults, books = survey(path, **terms, dossiers=dossiers, strict=strict)
    if province is None:
        return Look(faults, _made(faults, set(CHECKS) - TOGETHER), books)
    counted, key = (province.register, "checked_province")
    if province.progress is not None:
        counted, key = province.progress, "checked_progress"
    new = int((province.register["event"] == "new").sum())
    said = {"units": len(province.units), "rows": len(counted), "new": new}
    read = worded(key, path=path or DATA, as_of=province.as_of, **said)
    lines = read, province.reported(), _dossiers(province), province.example_note(), _years(province)
    optional = ("rounds", "dossiers", "commitments", "progress")
    made = set(CHECKS) - {name for name in optional if getattr(province, name) is None}
    made -= set() if province.progress is None else OF_REGISTER
    return Look(faults, made, books, "\n".join(filter(None, lines)))


def _made(faults, checks):
    """Return the checks that were made: if a table could not be read, none but those with a finding."""
    unread = any(fault.severity == "error" and OF[fault.key] in READING for fault in faults)
    return set() if unread else checks


def _is_table(path):
    """Tell whether a path is one table: a file, and neither a progress report nor a workbook with units."""
    if not str(path) or not Path(path).is_file() or Path(path).suffix == ".json":
        return False
    try:
        book = Book(path)
        return report_in(book) is None and not sources(book, "units")
    except InputError:  # a file that cannot be opened: reading it will tell why
        return True


def _look_at_table(path, data, terms, strict):
    name = table_of(path)
    checks = set(CHECKS) - TOGETHER - (OF_UNITS if name in WITHOUT_UNITS else set())
    checks -= (set() if name == "aliases" else {"aliases"}) | (set() if name == "register" else OF_REGISTER)
    try:
        reading = read_table(path, data, **terms)
    except InputError as error:
        faults = [*error.faults, *error.warnings]
        return Look(faults, _made(faults, checks), [refused(path, error.balances)] if error.balances else [])
    said = worded("checked_table", path=path, rows=len(reading.table))
    faults = strictly(reading.warnings) if strict else list(reading.warnings)
    return Look(faults, checks, [books_of(reading)], said)


def _years(province):
    """Tell the years whose new products are not the same by decision and by programme year."""
    ways = both_ways(province.register)
    apart = ways[ways["decision"] != ways["programme"]]
    years = "; ".join(f"{row.Index}: {row.decision} / {row.programme}" for row in apart.itertuples())
    return label("checked_years", years=years) if years else ""


def _dossiers(province):
    """Tell the number of rows of dossiers, of dossiers, and of open ones."""
    if province.dossiers is None:
        return ""
    counts = {"dossiers": province.visits["dossier"].nunique(), "open": len(province.waiting)}
    return label("checked_dossiers", rows=len(province.dossiers), **counts)


def report(found: pd.DataFrame) -> str:
    """Return the findings of `check` as lines of text: errors, then warnings, then what was in order.

    Of one check the first `SHOWN` findings are told, and how many more there are.
    """
    lines = [*found.attrs["summary"], _count(found)]
    for result in ("error", "warning"):
        for name, rows in found[found["result"] == result].groupby("check", sort=False):
            lines += ["", f"{label(f'checked_{result}')}: {label(f'found_{name}')}"]
            told = [f"  {place}: {what}" for place, what in _told(rows)]
            lines += told[:SHOWN]
            lines += [f"  {label('and_more', more=len(told) - SHOWN)}"] if len(told) > SHOWN else []
    quiet = found[found["result"].isin(["passed", "skipped"])]
    said = {result: label(f"checked_{result}") for result in RESULTS}
    lines += ["", *(f"{said[row.result]}: {row.finding}" for row in quiet.itertuples())]
    books = found.attrs["books"]
    return "\n".join(
        [*lines, *(["", label("books_title"), *(f"  {line}" for line in books)] if books else [])]
    )


def _told(rows):
    """Return place and words of each finding; one cause in many cells once, with all of them."""
    told = rows[["file", "sheet", "row", "column", "finding"]].astype(object).where(rows.notna(), None)
    return together(told.itertuples(index=False, name=None))


def page(found: pd.DataFrame) -> str:
    """Return the findings of `check` as a page: every check with its result, errors first."""
    groups = []
    for name, rows in found.groupby("check", sort=False):
        worst = next(result for result in RESULTS if (rows["result"] == result).any())
        told = [] if worst in RESULTS[2:] else _told(rows)
        about = label(f"found_{name}" if told else f"check_{name}")
        groups.append((about, worst, label(f"checked_{worst}"), told))
    groups.sort(key=lambda group: RESULTS.index(group[1]))
    said = [*found.attrs["summary"], _count(found)]
    books = {"books": found.attrs["books"], "books_title": label("books_title")}
    return render("check.html.j2", title=label("check_title"), said=said, groups=groups, **books)


def _count(found):
    counts = found["result"].value_counts()
    return label("checked_count", errors=counts.get("error", 0), warnings=counts.get("warning", 0))


def stops(found: pd.DataFrame) -> bool:
    """Tell whether a run would stop at these findings."""
    return bool((found["result"] == "error").any())
