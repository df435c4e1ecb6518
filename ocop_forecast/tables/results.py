"""Rows of a register that are no recognition: refused, proposed, struck out, with too few points or stars.

What a column, a heading, a title, a sheet's name or a line through the row says of it takes it out of the
count, and is told. Where words leave it open, such as a note's, it counts, and is told: a person decides.
"""

import re
from collections.abc import Iterator

import pandas as pd

from ocop_forecast.errors import Finding, numbers
from ocop_forecast.files.reading import Reading
from ocop_forecast.text import fold, small

REFUSED = re.compile(
    r"\b(khong|ko|chua) (duoc )?(dat|cong nhan|du dieu kien|du (\d+ )?diem|xep hang|phan hang|danh gia)\b"
    r"|\b(bi loai|truot|tu choi|xin rut|rut (ho so|don|khoi))\b"
)
PROPOSED = re.compile(
    r"\b(de nghi|de xuat|du kien|du thao|to trinh|ttr|dang trinh"
    r"|cho (quyet dinh|qd|cong nhan|tham dinh|xet))\b( (xet|danh gia|phan hang|cong nhan|cap)\b)*"
)
# what ends a list of refused or proposed products, or says beside a refusal that there is a recognition
GRANTED = re.compile(r"\b(cong nhan|dat|moi|nang (hang|sao)|danh gia lai|cap lai|chung nhan|[345] sao)\b")
DECIDED = re.compile(r"\b(quyet dinh|qd)( cong nhan)? so:? ?\d|\bso:? ?\d+[^ ]*/qd")
OPEN = re.compile(
    r"\b(thu hoi|het han|dang ky (moi|xet|tham gia|danh gia|cong nhan)|tiem nang|bao luu|giai the"
    r"|ngung san xuat|khong tham gia|tra lai ho so|chuyen sang dot|loai khoi)\b"
)
OPEN_TONED = re.compile(r"\b(hủy|huỷ|rút)\b(?! (gọn|chân không))")  # Huy and Hủ are names
HIGHER = re.compile(r"\b(trung uong|tw|[45] sao)\b")  # refused or proposed there: recognised all the same
NO_DECISION = re.compile(r"\b(bao cao|bien ban|thong bao)\b|/ ?(bc|bb|tb|ttr|kh)\b|^\D*[a-z]\D*$")
FEWEST_POINTS, FEWEST_STARS = 50, 3  # of a recognised product: Decision 148/QĐ-TTg
# keys of what leaves open whether a row counts, or a whole sheet or file
DOUBTFUL = {
    *("listed_refused", "listed_proposed", "listed_open", "not_recognised", "only_proposed", "row_struck"),
    *("below_three_stars", "cells_struck", "note_open", "decision_none", "unread_refuses", "two_products"),
    *("rows_hidden", "row_above", "cell_covered", "cells_beside"),
    *("sheet_hidden", "sheet_ignored", "sheet_headless", "sheet_beside", "file_beside", "report_beside"),
}


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
        apart |= {} if finding.key == "listed_open" else dict.fromkeys(own, finding.key)
        values = finding.values | {"count": len(own), "rows": numbers(row for _, row in own)}
        told += [finding._replace(values=values)] if own else []
    return reading.without(apart, [*told, *_doubtful(reading.table.drop(list(apart)), reading)])


def spoken(text: str) -> str | None:
    """Return what a heading, title or sheet's name makes of the rows below it, as a key.

    It is blank where they are recognised, and None where it says nothing of that.

    Examples
    --------
    >>> spoken("II. SẢN PHẨM KHÔNG ĐẠT"), spoken("Danh sách đề nghị công nhận"), spoken("Sản phẩm thu hồi")
    ('listed_refused', 'listed_proposed', 'listed_open')
    >>> spoken("Sản phẩm đạt 3 sao"), spoken("Huyện Chợ Mới"), spoken("Sản phẩm đạt và không đạt")
    ('', None, 'listed_open')
    """
    said = fold(text)
    refused, proposed = bool(REFUSED.search(said)), bool(PROPOSED.search(said))
    granted = GRANTED.sub("", said) != said if not (refused or proposed) else _grants(said)
    if (refused or proposed) and (granted or HIGHER.search(said) or DECIDED.search(said)):
        return "" if proposed and not refused and DECIDED.search(said) else "listed_open"
    if refused or proposed:
        return "listed_refused" if refused else "listed_proposed"
    if OPEN.search(said) or OPEN_TONED.search(small(text)):
        return "listed_open"
    return "" if granted and not said.startswith(("huyen", "xa", "thi xa", "phuong")) else None


def _grants(said):
    """Tell whether a folded text grants something beside what it refuses or proposes."""
    return bool(GRANTED.search(PROPOSED.sub(" ", REFUSED.sub(" ", said))))


def _by_heading(reading) -> Iterator[tuple[Finding, list]]:
    """Yield each heading, title or sheet's name that leaves rows out or open, with those below it."""
    for name, rows in reading.table.groupby(level="sheet", sort=False):
        said = {0: name} | {row: text for (of, row), text in reading.sheet.said.items() if of == name}
        keys = {row: key for row, text in sorted(said.items()) if (key := spoken(text)) is not None}
        for row, key in keys.items():
            end = min((other for other in keys if other > row), default=float("inf"))
            places = [place for place in rows.index if row < place[1] < end]
            if key == "listed_proposed" and len(places) == len(reading.table):
                key = "listed_open"  # there is no list of decisions beside it
            if key and places:
                yield Finding(places[0], "", key, {"said": said[row]}, "warning"), places


def _by_cells(reading) -> Iterator[tuple[Finding, list]]:
    """Yield what single rows say of themselves, each kind with its rows."""
    table, cells = reading.table, reading.sheet.cells
    struck, _ = _struck(reading)
    few = table["stars"].isna() & (table["score"] < FEWEST_POINTS)
    whole = table["product"].notna() & table["decision_date"].notna()
    told = [name for name in ("stars", "score", "kind", "decision_date") if name in cells]
    for key, column, where in (
        ("not_recognised", "result", table["result"] == "not recognised"),
        ("only_proposed", "result", table["result"] == "proposed"),
        *(("not_recognised", name, _refused(cells[name].fillna(""))) for name in told),
        ("row_struck", "product", pd.Series(table.index.isin(struck), table.index)),
        ("below_three_stars", "score", few & whole),
        ("below_three_stars", "stars", (table["stars"] < FEWEST_STARS) & whole),
    ):
        places = table.index[where.reindex(table.index).fillna(False).astype(bool)]
        if len(places):
            yield Finding(places[0], column, key, severity="warning"), list(places)


def _struck(reading):
    """Return the rows of which most cells are struck through, and those of which one that counts is."""
    cells, struck = reading.sheet.cells, reading.sheet.struck()
    filled = (cells.loc[list(struck)].fillna("") != "").sum(axis=1) if struck else {}
    most = [place for place, columns in struck.items() if 2 * len(columns) > filled[place]]
    counts = {"product", "unit", "commune", "decision_date", "kind", "result"}
    return most, [place for place, columns in struck.items() if columns & counts and place not in most]


def _refused(texts):
    """Mark the cells that refuse, each text looked at once."""
    return texts.isin([text for text in texts.unique() if _refuses(text)])


def _refuses(text):
    """Tell whether a cell refuses and grants nothing beside."""
    said = fold(text)
    return bool(REFUSED.search(said)) and not _grants(said)


def _doubtful(table, reading):
    """Find what speaks against a row that is counted: a note, no decision, a line through a part of it."""
    counted, (_, struck) = table[table["kind"] != "revoked"], _struck(reading)
    places = {
        ("note", "note_open"): [place for place, text in counted["note"].dropna().items() if _is_open(text)],
        ("decision_no", "decision_none"): [
            place
            for place, text in counted["decision_no"].dropna().items()
            if NO_DECISION.search(said := fold(text)) or PROPOSED.search(said)
        ],
        ("product", "two_products"): table.index[table["product"].isin(reading.sheet.listed)],
        ("product", "cells_struck"): [place for place in struck if place in table.index],
    }
    cells = [(place, *said) for said, at in places.items() for place in at]
    found = [Finding(*cell, severity="warning") for cell in cells]
    return found + _in_unread_columns(table, reading)


def _is_open(note):
    """Tell whether a note leaves open that its product was recognised."""
    said = fold(note)
    against = REFUSED.search(said) or PROPOSED.search(said) or OPEN.search(said)
    if not against and not OPEN_TONED.search(small(note)):
        return False
    return not (HIGHER.search(said) or _grants(said))


def _in_unread_columns(table, reading):
    """Find the first cell of each column that was not read and says of a row that it is no recognition."""
    found: dict[tuple[str, str], Finding] = {}
    for part in reading.sheet.parts:
        for header, row, text in part.unread():
            place, said = (part.name, row), fold(text)
            if place in table.index and (REFUSED.search(said) or PROPOSED.search(said)):
                values = {"header": header, "value": text}
                told = Finding(place, "", "unread_refuses", values, "warning")
                found.setdefault((part.name, header), told)
    return [*found.values()]
