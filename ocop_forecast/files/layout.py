"""The place of a table in its sheet: below titles, under one header or two, above totals and signatures."""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import pairwise

from ocop_forecast.text import fold

from .excel import CELLS, Grid, Refusal

LOOKED_AT = 30  # rows among which the header is sought
TOTAL = re.compile(
    r"(tong cong|tong so|tong|cong|total|grand total)"
    r"( (toan )?(tinh|huyen|xa|phuong|thi xa|thanh pho))?\s*[:.]?"
)
SIGNED = re.compile(
    r"(noi nhan|nguoi (lap|tong hop|ky)|lap bieu|ke toan|thu truong|(pho )?chu tich|(pho )?giam doc"
    r"|chanh van phong|(pho )?truong phong|xac nhan cua|\(?ky(,| ten| ghi ro)|\(da ky"
    r"|tm\.|kt\.|tl\.|tuq\.|ghi chu ?:)"
    r"|[^,]{1,40}, ngay .{1,6} thang .{1,6} nam \d{4}$"
)
AREA = re.compile(
    r"(huyen|thi xa|thanh pho|tp|tx|xa|phuong|thi tran|tinh|dot|nhom|nganh|cap|nam \d{4}|quy)\b"
)
ORDINAL = re.compile(r"(?:[IVXL]{1,7}|[A-Z]|\d{1,3}(?:\.\d{1,3})?)[.)/:]?")
LEAD = re.compile(r"([IVXL]{1,7}|[A-Z]|\d{1,3})[.)/:-]\s*(?=\S)")
NUMBER = re.compile(r"[\d.,\s]+(san pham|sp)?")
FOOTNOTE = re.compile(r"(\((\*{1,5}|\d{1,2}|sp|san pham|sao|diem)\)|[*:.]|\s)+$")


@dataclass
class Layout:
    """The parts of one sheet."""

    grid: Grid  # the sheet, its body's merged cells filled down
    row: int  # the header's, the lower one of two
    headers: dict[int, str]  # column -> header as written, of the known ones
    width: int  # how many columns have a header, known or not, counted from A
    twice: list[str]  # known headers that stand there more than once
    missing: int  # how many needed columns have no header
    body: list[int] = field(default_factory=list)  # the rows of the table
    # rows that are none of the table's, with what they say: sums, ...
    totals: dict[int, str] = field(default_factory=dict)
    skipped: dict[int, str] = field(default_factory=dict)  # ... what stands below or is repeated,
    headings: dict[int, str] = field(default_factory=dict)  # and headings between the rows


def header_key(header: str) -> str:
    """Fold a header, without footnote marks and units of count.

    Examples
    --------
    >>> header_key("Tên  sản phẩm (*)"), header_key("Chỉ tiêu (sản phẩm)"), header_key("Nội dung (tiếng Anh)")
    ('ten san pham', 'chi tieu', 'noi dung (tieng anh)')
    """
    return FOOTNOTE.sub("", fold(header[:300]))


def lay_out(grid: Grid, known: Collection[str], needed: Collection[Collection[str]]) -> Layout:
    """Find the table in a sheet that holds something.

    The header is the row, or the two rows, among the first 30 with the most of the `known` headers.
    """
    row, headers = _header(grid, known)
    by_key: dict[str, list[int]] = {}
    for column, header in headers.items():
        by_key.setdefault(header_key(header), []).append(column)
    mine = {columns[0]: headers[columns[0]] for key, columns in by_key.items() if key in known}
    twice = [headers[columns[0]] for key, columns in by_key.items() if key in known and len(columns) > 1]
    found = [[column for column, header in mine.items() if header_key(header) in group] for group in needed]
    layout = Layout(grid, row, mine, max(headers, default=-1) + 1, twice, found.count([]))
    wanted = sorted({columns[0] for columns in found if columns})
    _divide(layout, wanted if len(wanted) > 1 else list(mine))  # one column alone tells no row from a note
    return layout


def _header(grid, known):
    """Return the header's row, and column -> header of all that is written there."""
    rows = list(grid.rows)[:LOOKED_AT]
    single = [(row, _written(grid.rows[row])) for row in rows]
    double = [(lower, _joined(grid, upper, lower, known)) for upper, lower in pairwise(rows)]
    return max(
        single + double, key=lambda found: len(known & {header_key(text) for text in found[1].values()})
    )


def _written(cells):
    return {column: " ".join(cell.split()) for column, cell in enumerate(cells) if cell.strip()}


def _joined(grid, upper, lower, known):
    """Return the headers of two rows: what stands above is said of all that it is merged over.

    Below a header that is known by itself stand data, and no second header.
    """
    above, below, joined, last = _written(grid.rows[upper]), _written(grid.rows[lower]), {}, ""
    over = {left for row, _, left, right in grid.merges if row == upper and right > left}
    if any(header_key(above[column]) in known for column in (above.keys() & below.keys()) - over):
        return {}
    for column in range(max([*above, *below], default=-1) + 1):
        under = below.get(column, "")
        last = above.get(column, last if under else "")
        ways = [f"{last} {under}".strip(), under, above.get(column, "")]
        if any(ways):
            joined[column] = next((way for way in ways if header_key(way) in known), ways[0])
    return joined


def _divide(layout, needed):
    """Share the rows below the header out: the table's, totals, headings, and what is no part of it."""
    rows = [row for row in layout.grid.rows if row > layout.row]
    if rows and _counts_columns(layout.grid.rows[rows[0]]):
        rows = rows[1:]
    merged = _fill_down(layout.grid, rows)
    kinds = {row: _kind(layout, layout.grid.rows[row], needed, merged[row]) for row in rows}
    last = max((row for row in rows if kinds[row] == "whole"), default=0)
    signed = min((row for row in rows if row > last and kinds[row] == "signed"), default=float("inf"))
    for row in rows:
        cells, kind = layout.grid.rows[row], kinds[row]
        if kind == "total":
            layout.totals[row] = _said(cells)
        elif kind in ("header", "continued") or (
            row > last and _is_beside(cells, kind, needed, row > signed)
        ):
            layout.skipped[row] = _said(cells)
        elif kind == "sparse" and _is_heading(cells, needed):
            layout.headings[row] = _said(cells)
        else:
            layout.body.append(row)


def _said(cells):
    return " ".join(" ".join(cell.split()) for cell in cells if cell.strip())[:200]


def _is_beside(cells, kind, needed, after_signature):
    """Tell whether a row below the table is none of it: signed, or with one needed cell at most."""
    filled = _filled(cells)
    note = len(filled) == 1 or not set(filled) & set(needed)
    return kind == "signed" or after_signature or (kind == "sparse" and note)


def _kind(layout, cells, needed, merged):
    """Return a row's kind by itself: whole, sparse, signed, a total, continued, or the header once more.

    A row goes on with the one above if all that it says in known columns is said there, in merged cells.
    """
    filled = set(_filled(cells))
    wanted = filled & set(needed)
    if filled and all(_at(cells, column) == header for column, header in layout.headers.items()):
        return "header"
    if set(needed) <= merged and filled & set(layout.headers) <= merged:
        return "continued"
    if len(wanted) == len(needed) > 1 and not _is_total(cells, needed):
        return "whole"
    if _is_total(cells, needed):
        return "total"
    if len(wanted) < 2 and any(SIGNED.match(fold(cells[column][:200])) for column in filled):
        return "signed"
    return "whole" if len(wanted) >= min(2, len(needed)) > 0 else "sparse"


def _is_total(cells, needed):
    """Tell whether a row's first words call it a total, and its other needed cells hold numbers alone."""
    texts = (column for column in _filled(cells) if not ORDINAL.fullmatch(cells[column].strip()))
    first = next(texts, None)
    if (
        first is None
        or cells[first].lstrip()[:1] not in "TtCcGg"
        or not TOTAL.fullmatch(fold(cells[first][:60]))
    ):
        return False
    others = [_at(cells, column) for column in needed if column != first]
    return all(not cell or NUMBER.fullmatch(fold(cell[:60])) for cell in others)


def _is_heading(cells, needed):
    """Tell whether a row is one text, of an area, or with a letter or numeral, or in capitals at the side.

    A number and capitals in a column that a row needs may be a product's: it is no heading.
    """
    filled = {column: cells[column].strip() for column in _filled(cells)}
    texts = {
        at: t for at, t in filled.items() if not ORDINAL.fullmatch(t) and not NUMBER.fullmatch(fold(t[:60]))
    }
    if len(texts) != 1 or len(filled) > 3:
        return False
    [(column, text)], first = texts.items(), next(iter(filled))
    lead = LEAD.match(text)
    ordinal = lead[1] if lead else filled[first] if first != column else ""
    name = text[lead.end() :] if lead else text
    at_side = name.isupper() and column not in needed
    return bool(AREA.match(fold(name[:60])) or (ordinal and not ordinal[0].isdigit()) or at_side)


def _counts_columns(cells):
    """Tell whether a row counts the columns: (1) (2) (3), or A B 1 2."""
    signs = [cells[column].strip().strip("()") for column in _filled(cells)]
    letters = [sign for sign in signs if re.fullmatch("[A-Z]", sign)]
    numbers = signs[len(letters) :]
    counted = [str(number) for number in range(1, len(numbers) + 1)]
    return len(signs) > 2 and signs[: len(letters)] == letters and numbers == counted


def _fill_down(grid, rows):
    """Write what a merged cell of the body says into each row that it covers; return row -> those columns."""
    budget, merged = CELLS, defaultdict(set)
    for first, last, column, _ in grid.merges:
        value = _at(grid.rows.get(first, []), column)
        if not value or not rows or first < rows[0]:
            continue
        covered = rows[bisect_right(rows, first) : bisect_left(rows, last + 1)]
        budget -= len(covered)
        if budget < 0:
            grid.refused = Refusal("file_large", grid.name)
            break
        for row in covered:
            cells = grid.rows[row]
            cells.extend([""] * (column + 1 - len(cells)))
            cells[column] = cells[column] or value
            merged[row].add(column)
    return merged


def _filled(cells):
    return [column for column, cell in enumerate(cells) if cell and not cell.isspace()]


def _at(cells, column):
    return cells[column].strip() if column < len(cells) else ""
