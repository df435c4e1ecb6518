"""Rows of a register that are no recognition: refused, proposed, struck out, with too few points or stars.

What a column, a heading, a sheet's name or a line through the row says of it takes it out of the count, and
is told. What a note, a title or a decision's number says leaves it in, and is told: a person decides.
"""

import re

import pandas as pd

from ocop_forecast.errors import Finding, numbers
from ocop_forecast.files.reading import Reading
from ocop_forecast.text import fold, folded

REFUSED = re.compile(
    r"\b((khong|chua) (duoc )?(dat|cong nhan|du dieu kien|du diem|xep hang|phan hang)|bi loai|truot"
    r"|tu choi)\b"
)
TAKEN_BACK = re.compile(r"\b(huy|rut|thu hoi)\b")
PROPOSED = re.compile(
    r"\b(de nghi|de xuat|du kien|du thao|to trinh|ttr|cho (quyet dinh|cong nhan|tham dinh|xet)"
    r"|dang ky (moi|xet|tham gia|danh gia|cong nhan))\b"
)
# a heading that ends what one of refused or proposed products began
GRANTED = re.compile(r"\b(cong nhan|dat|nang (hang|sao)|danh gia lai|san pham moi|chung nhan|thu hoi)\b")
DECIDED = re.compile(r"\bquyet dinh so\b")
# keys of what leaves open whether a row counts, or a whole sheet or file
DOUBTFUL = {
    *("listed_refused", "listed_proposed", "not_recognised", "only_proposed", "row_struck", "two_products"),
    *("below_three_stars", "note_refuses", "note_proposes", "decision_proposes", "title_proposes"),
    *("rows_hidden", "row_above", "cell_covered", "cells_beside"),
    *("sheet_hidden", "sheet_ignored", "sheet_beside", "file_beside"),
}
FEWEST_POINTS, FEWEST_STARS = 50, 3  # of a recognised product: Decision 148/QĐ-TTg


def recognised(reading: Reading) -> Reading:
    r"""Return the reading of a register without the rows that are no recognition; each is told.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from ocop_forecast.files.reading import read
    >>> from ocop_forecast.tables.schema import REGISTER
    >>> lines = ["Tên sản phẩm,Huyện,Điểm,Ngày quyết định,Hình thức", "Mật ong,Thử,41.5,5/3/2024,Mới"]
    >>> lines += ["Chè,Thử,72,5/3/2024,Mới", "II. KHÔNG ĐẠT", "Gạo,Thử,,5/3/2024,Mới"]
    >>> path = Path(tempfile.mkdtemp()) / "register.csv"
    >>> _ = path.write_text("\n".join(lines), encoding="utf-8")
    >>> kept = recognised(read(path, REGISTER))
    >>> kept.table["product"].tolist(), kept.apart
    (['Chè'], {('', 5): 'listed_refused', ('', 2): 'below_three_stars'})
    """
    apart: dict[tuple, str] = {}
    told: list[Finding] = []
    for finding, places in (*_by_heading(reading), *_by_cells(reading)):
        own = [place for place in places if place not in apart]
        apart |= dict.fromkeys(own, finding.key)
        values = finding.values | {"count": len(own), "rows": numbers(row for _, row in own)}
        told += [finding._replace(values=values)] if own else []
    return reading.without(apart, [*told, *_doubtful(reading.table.drop(list(apart)), reading)])


def _by_heading(reading):
    """Yield each heading or sheet's name that refuses or only proposes rows, with those below it."""
    sheet = reading.sheet
    for name, rows in reading.table.groupby(level="sheet", sort=False):
        said = {0: name} | {row: text for (of, row), text in sheet.headings.items() if of == name}
        spoken = {row: key for row, text in said.items() if (key := _spoken(text)) is not None}
        for row, key in spoken.items():
            end = min((other for other in spoken if other > row), default=float("inf"))
            places = [place for place in rows.index if row < place[1] < end]
            if key and places:
                yield Finding(places[0], "", key, {"said": said[row]}, "warning"), places


def _spoken(text):
    """Return what a heading makes of the rows below it: a key, blank where they are recognised; or None."""
    said = fold(text)
    if REFUSED.search(said):
        return "listed_refused"
    if PROPOSED.search(said):
        return "listed_proposed"
    return "" if GRANTED.search(said) else None


def _by_cells(reading):
    """Yield what single rows say of themselves, each kind with its rows."""
    table, cells = reading.table, reading.sheet.cells
    told = [name for name in ("stars", "score", "kind", "decision_no", "decision_date") if name in cells]
    unrated = table["stars"].isna() & (table["score"] < FEWEST_POINTS)
    struck = pd.Series(False, table.index)
    struck.loc[reading.sheet.struck] = True
    for key, column, where in (
        ("not_recognised", "result", table["result"] == "not recognised"),
        ("only_proposed", "result", table["result"] == "proposed"),
        *(("not_recognised", name, folded(cells[name]).map(_refuses)) for name in told),
        ("row_struck", "product", struck),
        ("below_three_stars", "score", unrated),
        ("below_three_stars", "stars", table["stars"] < FEWEST_STARS),
    ):
        places = table.index[where.reindex(table.index).fillna(False).astype(bool)]
        if len(places):
            yield Finding(places[0], column, key, severity="warning"), list(places)


def _refuses(text):
    return bool(REFUSED.search(text))


def _doubtful(table, reading):
    """Find what speaks against a row that is counted: its note, its decision's number, the sheet's title."""
    found, counted = [], table[table["kind"] != "revoked"]
    for column, patterns, key in (
        ("note", (REFUSED, TAKEN_BACK), "note_refuses"),
        ("note", (PROPOSED,), "note_proposes"),
        ("decision_no", (PROPOSED,), "decision_proposes"),
    ):
        texts = folded(counted[column])
        said = [place for place, text in texts.items() if any(pattern.search(text) for pattern in patterns)]
        found += [Finding(place, column, key, severity="warning") for place in said]
    listed = table.index[table["product"].isin(reading.sheet.listed)]
    found += [Finding(place, "product", "two_products", severity="warning") for place in listed]
    return found + [
        Finding(rows.index[0], "", "title_proposes", {"said": title, "count": len(rows)}, "warning")
        for name, rows in table.groupby(level="sheet", sort=False)
        if (title := reading.sheet.titles[name]) and _proposes(fold(title))
    ]


def _proposes(title):
    """Tell whether a title speaks of proposals or refusals and of no decision."""
    return bool(PROPOSED.search(title) or REFUSED.search(title)) and not DECIDED.search(title)
