"""The tables of a sheet: each below titles, under a header of up to three rows, above totals and signatures.

Every row that holds something ends in one place: `Layout.fates` says in which, one of `FATES`.
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise, takewhile
from typing import NamedTuple
from unicodedata import normalize

from ocop_forecast.text import fold, small, spelled

from .excel import CELLS, Grid, Refusal

# what a row may be: a title, a header or the count of its columns, a row of the table, the sum of others, a
# heading between them, what stands above the header and is no title, and what is none of the table's
FATES = ("title", "header", "row", "total", "heading", "above", "left out")
LOOKED_AT = 30  # rows among which the first header is sought
HEADER_ROWS = 3  # that one header may take
TOTAL = re.compile(
    r"(tong cong|tong so|tong|cong|luy ke|mang sang|chuyen sang|total|grand total)"
    r"( (toan|tinh|huyen|xa|phuong|thi xa|thanh pho|trang|nhom|dot|nam|quy|cap)\b.{0,40})?"
    r"\s*[:.]?\s*(\d{1,6} ?(san pham|sp)?)?"
)
SIGNED = re.compile(
    r"(noi nhan|nguoi (lap|tong hop|ky)|lap bieu|ke toan|thu truong|(pho )?chu tich|(pho )?giam doc"
    r"|chanh van phong|(pho )?truong phong|xac nhan cua|\(?ky(,| ten| ghi ro)|\(da ky"
    r"|tm\.|kt\.|tl\.|tuq\.|ghi chu ?:)"
    r"|[^,]{1,40}, ngay .{1,6} thang .{1,6} nam \d{4}$"
)
AREA = re.compile(
    r"(huyen|thi xa|thanh pho|tp|tx|xa|phuong|thi tran|tinh|dot|nhom|nganh|cap|quy)\b[. ]*\S|nam \d{4}"
    r"|(danh sach|phu luc|cac san pham|quyet dinh so|khong dat|chua dat|de nghi)\b"
    r"|san pham (khong|chua|de nghi|duoc|dat|bi|rut|het|tiem nang|[345] sao)\b"
)
ORDINAL = re.compile(r"(?:[IVXL]{1,7}|[A-Z]|\d{1,3}(?:\.\d{1,3})?)[.)/:]?")
LEAD = re.compile(r"([IVXL]{1,7}|[A-Z]|\d{1,3})[.)/:-]\s*(?=\S)")
NUMBER = re.compile(r"[\d.,\s]+(san pham|sp)?|=")
NUMBERED = re.compile(r"\(?\d{1,2}[.)]\s*")
PAGE = re.compile(
    r"(trang|page) (so )?\d{1,4}( ?(/|cua|of) ?\d{1,4})?|- ?\d{1,4} ?-|\d{1,3} ?/ ?\d{1,3}|\(?con tiep\)?"
)
MEN, WOMEN = "nam", "nu"  # what a year is called without its accents, and who stands beside men
LONGEST = 60  # letters of a header that is looked for anywhere in a sheet
BETWEEN = re.compile(r"\s*[,;/\\|&\u2010-\u2015-]\s*")
FOOTNOTE = re.compile(r"(\((\*{1,5}|\d{1,2}|sp|san pham|sao|diem)\)|[*:.]|\s)+$")


class Headers(NamedTuple):
    """The columns of one table, and the headers that mean each."""

    said: dict[str, tuple[str, ...]]  # our column -> its headers as offices write them
    meaning: dict[str, str]  # a header as `header_key` folds it -> our column
    plain: frozenset[str]  # headers in small letters, with their accents and without
    single: frozenset[str]  # headers of a single word, with their accents
    needed: tuple[tuple[str, ...], ...]  # what must be there: columns of which one is enough
    idle: frozenset[str] = frozenset()  # headers of columns that no table needs, such as a number of the row

    def title(self, column: str) -> str:
        """Return the header that a column goes by, in Vietnamese where it has one."""
        return self.said[column][:2][-1]

    def of(self, texts: Mapping[int, str]) -> dict[int, str]:
        """Return what the texts of a row mean: place -> our column.

        Of a header of a single word the accents must be right where it has some, and "Nam" (men) is no "Năm"
        (year) among headers with accents or beside "Nữ" (women).
        """
        keys = {at: header_key(text) for at, text in texts.items()}
        plain = all(map(str.isascii, texts.values())) and WOMEN not in keys.values()
        known = {at: key for at, key in keys.items() if key in self.meaning}
        return {
            at: self.meaning[key]
            for at, key in known.items()
            if not key.isalnum() or self._is_spelled(texts[at], key, plain)
        }

    def _is_spelled(self, text, key, plain):
        words = [word for word in re.findall(r"\w+", normalize("NFC", text)) if fold(word) == key]
        loose = plain or key != MEN
        return any(spelled(word) in self.single or (loose and word.isascii()) for word in words)

    def lacking(self, columns: Collection[str]) -> list[tuple[str, ...]]:
        """Return what is needed and not among `columns`."""
        return [group for group in self.needed if not set(group) & set(columns)]


def headers_of(
    said: Mapping[str, tuple[str, ...]], needed: Iterable[tuple[str, ...]], idle: Iterable[str] = ()
) -> Headers:
    """Return the headers of a table: `said` are those of each column, its own name first."""
    words = [(word, name) for name, words in said.items() for word in words]
    single = frozenset(spelled(word) for word, _ in words if header_key(word).isalnum())
    meaning, idle = {header_key(word): name for word, name in words}, frozenset(map(header_key, idle))
    plain = frozenset([*meaning, *(small(word) for word, _ in words)])
    return Headers(dict(said), meaning, plain, single, tuple(needed), idle)


class Merged(NamedTuple):
    """What the merged cells below the first header do to the rows, by row the columns."""

    spanned: dict[int, set[int]]  # the cell is part of a merged one over several rows
    covered: dict[int, set[int]]  # and not its first
    # (row, column) -> what lies under a merged cell and does not show, and what shows in its place
    hidden: dict[tuple[int, int], tuple[str, str]]


@dataclass(eq=False)
class Layout:
    """One table of a sheet, and the rows that go with it."""

    grid: Grid  # the sheet, each cell as merged ones let it show
    merged: "Merged"
    row: int  # the header's, the lowest of several
    headers: dict[int, str]  # place -> header as written, known or not
    columns: dict[str, int]  # our column -> place
    again: dict[int, str]  # place of a further header that means one of these columns -> our column
    lacking: list[tuple[str, ...]]  # what is needed and has no header
    fates: dict[int, str] = field(default_factory=dict)  # row -> one of FATES

    @property
    def unread(self) -> list[int]:
        """The places of headers that mean none of the columns."""
        read = {*self.columns.values(), *self.again}
        return [at for at in self.headers if at not in read]

    def rows(self, *fates: str) -> list[int]:
        """Return the rows of some fates."""
        return [row for row, its in self.fates.items() if its in fates]

    def said(self, row: int) -> str:
        """Return all that a row says."""
        return " ".join(" ".join(cell.split()) for cell in self.grid.rows[row] if cell.strip())[:200]


def header_key(header: str) -> str:
    r"""Fold a header, without its number, footnote marks and units of count; signs between words are one.

    Examples
    --------
    >>> header_key("2. Tên  sản phẩm (*)"), header_key("Chỉ tiêu (sản phẩm)"), header_key("Huyện,\nTX - TP")
    ('ten san pham', 'chi tieu', 'huyen/tx/tp')
    """
    return _key(header[:300])


@lru_cache(maxsize=2**12)
def _key(header):
    key = FOOTNOTE.sub("", NUMBERED.sub("", fold(header)))
    return " ".join(BETWEEN.sub("/", re.sub(r"[()\[\]]", " ", key)).split())


def lay_out(grid: Grid, headers: Headers) -> list[Layout]:
    """Find the tables of a sheet that holds something, from above down.

    The first header is looked for among the first 30 rows: the row, or up to three, with the most known
    headers. Rows of which two cells at least and half of all are known headers begin another table; or, if
    they are the header once more, as on each printed page, they go on with it.
    """
    found = _found(grid, headers)
    starts = [rows[0] for rows, _ in found]
    shown, merged = _shown(grid, after=found[0][0][-1])
    layouts: list[Layout] = []
    for (rows, texts), end in zip(found, [*starts[1:], float("inf")], strict=True):
        if not layouts or texts != layouts[-1].headers:
            layouts.append(_table(shown, merged, rows[-1], texts, headers))
        below = [row for row in grid.rows if rows[-1] < row < end]
        layouts[-1].fates |= dict.fromkeys(rows, "header")
        layouts[-1].fates |= _divided(layouts[-1], headers, below)
        if end in starts:
            layouts[-1].fates |= dict.fromkeys(_titles(layouts[-1], below), "title")
    layouts[0].fates = _above(grid, starts[0]) | layouts[0].fates
    return layouts


def _titles(layout, rows):
    """Return the rows right above a further header that are titles of what follows it."""
    above = takewhile(lambda row: layout.fates[row] in ("left out", "heading"), reversed(rows))
    titles = [row for row in above if len(_filled(layout.grid.rows[row])) < 3]
    return [row for row in titles if not PAGE.fullmatch(fold(layout.said(row)))]


def _table(grid, merged, row, texts, headers):
    """Return the table under a header, none of its rows told yet."""
    columns: dict[str, int] = {}
    again = {at: name for at, name in headers.of(texts).items() if columns.setdefault(name, at) != at}
    return Layout(grid, merged, row, texts, columns, again, headers.lacking(columns))


def _above(grid, start):
    """Share out what stands above the first header: a title takes two cells at most."""
    rows = [row for row in grid.rows if row < start]
    return {row: "title" if len(_filled(grid.rows[row])) < 3 else "above" for row in rows}


def _found(grid, headers):
    """Return every header from above down: its rows, and its texts by their places."""

    def known(head):
        return len(set(headers.of(head[1]).values()))

    def worth(head):
        return known(head), -len(head[0])

    def best(at):
        several = [rows[at : at + more] for more in range(1, HEADER_ROWS + 1)]
        return max(((some, _joined(grid, some, headers)) for some in several), key=worth)

    rows = list(grid.rows)
    found = [max(map(best, range(min(LOOKED_AT, len(rows)))), key=worth)]
    for head in map(best, _likely(grid, rows, headers, found[0])):
        is_header = head[1] == found[0][1] or (known(head) > 1 and 2 * known(head) >= len(head[1]))
        if is_header and not any(set(head[0]) & set(other) for other, _ in found):
            found.append(head)
    return sorted(found if known(found[0]) or len(found) == 1 else found[1:])


def _likely(grid, rows, headers, first):
    """Return the places of rows of which two cells are headers, or all as in the first header.

    `header_key` would see more alike, and take five times as long.
    """
    cells = {cell for row in rows for cell in grid.rows[row] if 0 < len(cell) <= LONGEST}
    known = {cell for cell in cells if small(cell) in headers.plain}
    top = grid.rows[first[0][0]]
    return [
        at
        for at, row in enumerate(rows)
        if sum(cell in known for cell in grid.rows[row]) > 1 or grid.rows[row] == top
    ]


def _written(cells):
    return {column: " ".join(cell.split()) for column, cell in enumerate(cells) if cell.strip()}


def _joined(grid, rows, headers):
    """Return the texts of a header of several rows: what stands above is said of all that it is merged over.

    Below a header that is known by itself stand data, unless a header stands there as well.
    """
    written = [_written(grid.rows[row]) for row in rows]
    for row, above, below in zip(rows, written, written[1:], strict=False):
        over = {left for first, _, left, right in grid.merges if first == row and right > left}
        both = (above.keys() & below.keys()) - over
        known = {at for at in both if header_key(above[at]) in headers.meaning}
        if any(header_key(below[at]) not in headers.meaning for at in known):
            return {}
    spread = [_spread(texts, written[at + 1 :]) for at, texts in enumerate(written)]
    columns = sorted({column for texts in spread for column in texts})
    parts = {column: [texts[column] for texts in spread if column in texts] for column in columns}
    return {column: _header_of(said, headers) for column, said in parts.items()}


def _spread(texts, below):
    """Return a header row's texts, each also over the columns to its right that only say something below."""
    spread, last = dict(texts), ""
    for column in range(max([*texts, *(at for row in below for at in row)], default=-1) + 1):
        under = any(column in row for row in below)
        last = texts.get(column, last if under else "")
        if last and under:
            spread[column] = last
    return spread


def _header_of(parts, headers):
    """Return what a column's texts say from above down: together, in either order, or a lower one alone."""
    ways = [" ".join(parts)]
    ways += [f"{lower} {upper}" for upper, lower in reversed([*pairwise(parts)])]
    ways += [" ".join(parts[start:end]) for end in range(len(parts), 0, -1) for start in range(end)]
    return next((way for way in ways if header_key(way) in headers.meaning), ways[0])


def _divided(layout, headers, rows):
    """Share the rows below a header out: the table's, totals, headings, and what is no part of it."""
    counting = rows[:1] if rows and _counts_columns(layout.grid.rows[rows[0]]) else []
    rows = rows[len(counting) :]
    found = {layout.columns[name] for group in headers.needed for name in group if name in layout.columns}
    needed = sorted(found) if len(found) > 1 else sorted(layout.columns.values())
    kinds = {row: _kind(layout, row, needed) for row in rows}
    last = max((row for row in rows if kinds[row] == "whole"), default=0)
    signed = min((row for row in rows if row > last and kinds[row] == "signed"), default=float("inf"))
    fates = dict.fromkeys(counting, "header")
    for row in rows:
        below = (row > last, row > signed, fates.get(row - 1) == "row")
        fates[row] = _fate(layout.grid.rows[row], kinds[row], needed, *below)
    return fates


def _fate(cells, kind, needed, below, after_signature, next_to_row):
    """Return what becomes of a row by its kind, and by where it stands."""
    if kind in ("total", "heading"):
        return kind
    if kind in ("continued", "page") or (kind == "signed" and len(_filled(cells)) == 1):
        return "left out"
    if below and next_to_row and _is_half_a_row(cells, needed):
        return "row"
    if below and (kind == "signed" or after_signature or _is_note(cells, kind, needed)):
        return "left out"
    return "heading" if kind == "sparse" and _is_heading(cells, needed) else "row"


def _is_note(cells, kind, needed):
    """Tell whether a row below the table is none of it: without a needed cell, or with one text alone."""
    filled = _filled(cells)
    return kind == "sparse" and (len(filled) == 1 or not set(filled) & set(needed))


def _is_half_a_row(cells, needed):
    """Tell whether a text right below the table is a row without its code: an area, half of all it needs."""
    filled = _filled(cells)
    at_side = len(filled) != 1 or filled[0] == 0 or filled[0] not in needed
    return not at_side and len(needed) < 3 and bool(AREA.match(fold(cells[filled[0]][:60])))


def _kind(layout, row, needed):
    """Return a row's kind by itself: whole, sparse, signed, a total, a heading, a page's number or continued.

    A row goes on with the one above if all that it says in known columns is said there, in merged cells.
    """
    cells, known = layout.grid.rows[row], set(layout.columns.values())
    merged, spanned = layout.merged.covered.get(row, set()), layout.merged.spanned.get(row, set())
    filled = _filled(cells)
    wanted = set(filled) & set(needed)
    if set(needed) <= merged and set(filled) & known <= merged:
        return "continued"
    if spanned and _is_heading(["" if at in spanned else cell for at, cell in enumerate(cells)], needed):
        return "heading"
    if _is_total(cells, needed):
        return "total"
    if len(wanted) == len(needed) > 1:
        return "whole"
    if len(filled) == 1 and PAGE.fullmatch(fold(cells[filled[0]][:40])):
        return "page"
    if len(wanted) < 2 and any(SIGNED.match(fold(cells[column][:200])) for column in filled):
        return "signed"
    return "whole" if len(wanted) >= min(2, len(needed)) > 0 else "sparse"


def _is_total(cells, needed):
    """Tell whether a row's first words call it a total, and its other needed cells hold numbers alone."""
    texts = (column for column in _filled(cells) if not ORDINAL.fullmatch(cells[column].strip()))
    first = next(texts, None)
    if (
        first is None
        or cells[first].lstrip()[:1] not in "TtCcGgLlMm"
        or not TOTAL.fullmatch(fold(cells[first][:60]))
    ):
        return False
    others = [_at(cells, column) for column in needed if column != first]
    return all(not cell or NUMBER.fullmatch(fold(cell[:60])) for cell in others)


def _is_heading(cells, needed):
    """Tell whether a row is one text: of an area, with a letter or numeral, alone or in capitals at the side.

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
    at_side = column not in needed and (name.isupper() or len(filled) == 1)
    return bool(AREA.match(fold(name[:60])) or (ordinal and not ordinal[0].isdigit()) or at_side)


def _counts_columns(cells):
    """Tell whether a row counts the columns: (1) (2) (3), or A B 1 2."""
    signs = [cells[column].strip().strip("()") for column in _filled(cells)]
    letters = [sign for sign in signs if re.fullmatch("[A-Z]", sign)]
    numbers = signs[len(letters) :]
    counted = [str(number) for number in range(1, len(numbers) + 1)]
    return len(signs) > 2 and signs[: len(letters)] == letters and numbers == counted


def _shown(grid, after):
    """Return the sheet as it shows below the row `after`: merged cells speak for all that they cover."""
    merged = Merged(defaultdict(set), defaultdict(set), {})
    shown, rows, budget = (
        replace(grid, rows=dict(grid.rows)),
        [row for row in grid.rows if row > after],
        CELLS,
    )
    for first, last, left, right in grid.merges:
        under = rows[bisect_left(rows, max(first, after + 1)) : bisect_right(rows, last)]
        budget -= len(under) * (right - left + 1)
        if budget < 0:
            shown.refused = Refusal("file_large", grid.name)
            break
        said = _at(grid.rows.get(first, []), left)
        if said and first > after:
            for row in under:
                shown.rows[row] = _under(shown.rows[row], row, said, (first, left, right), merged)
                if last > first:
                    merged.spanned[row].add(left)
    return shown, merged


def _under(cells, row, said, where, merged):
    """Return a row's cells under a merged one: its first column says what shows, the others nothing."""
    first, left, right = where
    cells = [*cells, *[""] * (left + 1 - len(cells))]
    for at in range(left, min(right + 1, len(cells))):
        own, shows = cells[at].strip(), said if at == left else ""
        if own and own != said:
            merged.hidden[row, at] = own, said
        cells[at] = shows
    if row > first:
        merged.covered[row].add(left)
    return cells


def _filled(cells):
    return [column for column, cell in enumerate(cells) if cell and not cell.isspace()]


def _at(cells, column):
    return cells[column].strip() if column < len(cells) else ""
