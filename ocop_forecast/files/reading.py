"""From a sheet's text to a contract's typed table, or to every fault of the file at once.

`read` gives typed rows; whoever knows more of them than their types says what it finds, and `checked` tells
all that is wrong together.
"""

import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from os import PathLike

import pandas as pd
import pandera.pandas as pa
from rapidfuzz.fuzz import ratio

from ocop_forecast.errors import Fault, Finding, InputError
from ocop_forecast.periods import date, month_of
from ocop_forecast.text import each, fold, toned

from .cells import Book
from .dates import dated
from .layout import Headers, header_key, headers_of
from .sheet import Sheet, read_sheet, unread_headers

if (
    pd.Series([""]).dtype == object
):  # the environment asks for texts as before pandas 3: missing ones become "nan"
    with warnings.catch_warnings(action="ignore"):
        pd.set_option("future.infer_string", True)
DTYPES = {
    "text": "str",
    "choice": "str",
    "whole": "Int64",
    "year": "Int64",
    "stars": "Int64",
    "number": "float64",
    "date": "datetime64[s]",
    "month": "period[M]",
}
SPELLINGS, ALIKE = 6, 60  # spellings told of a missing column; of 100, how like it a header looks
COUNTED = ("", "san pham", "sp", "sao", "*", "★")
# what a number of stars is written in, besides digits, and the words around it
SIGNS = {sign * number: number for sign in "★*" for number in range(2, 6)}
NUMERALS = {"mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5} | SIGNS
AROUND = re.compile(
    r"[★*]|sao|ocop|hang|dat|xep|phan|san|pham|chuan|tieu|muc|loai|cong|nhan|cap|tinh|huyen|trung|uong|quoc|gia"
)
REMARK = re.compile(  # which time, which year, or of how many points
    r"\(?\b(lan (thu )?\w+|nam \d{4}|\d{1,3}([.,]\d{1,2})?( ?/ ?100)? ?(diem|d))\b\)?"
)
TIME = re.compile(r"\blan (?:thu )?0?(\d|i{1,3}|iv|nhat|mot|hai|ba|tu)\b")
TIMES = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "nhat": 1} | NUMERALS
# what may follow a kind and does not change it: numbers, days, stars, a decision's number, a level
ASIDE = re.compile(
    r"(?<=\w)( (nam|dot|thang|quy|ngay|so|theo|qd|ubnd|tu|len|dat|sao|[ivx]{1,4}|[12]\d{3}|(?<!lan )\d+"
    r"|cap (tinh|huyen|xa|tw|trung uong|quoc gia)))+$"
)
ONCE_MORE = re.compile(r"\b(moi(?= lan 1$)|lai|(?:nang|giu|duy tri)(?: hang| sao)*|gia han) lan \d$")
PENDING = re.compile(r"[-–—]+|chua (xep|phan) hang|chua (danh gia|co)|(dang )?cho( xep hang| phan hang)?")
ORDINAL = re.compile(r"^\W*(\d{1,2}|[ivx]{1,4}|[a-e])[.)]\s*(?=\S)")  # the number in a list
AREAS = ("unit", "commune")
EACH = 1000  # cells of one column whose faults are told one by one


def whole_number(text: str) -> int | None:
    """Return the whole number that `text` writes, with dots for thousands or the word counted, or None.

    Examples
    --------
    >>> whole_number("07 sản phẩm"), whole_number("3,0"), whole_number("1.234"), whole_number("4 sao")
    (7, 3, 1234, 4)
    >>> whole_number("2.5"), whole_number("3-5"), whole_number("1,234"), whole_number("1e3")
    (None, None, None, None)
    """
    found = re.fullmatch(r"([+-]?[0-9][0-9.,]{0,14}) ?([^0-9]{0,20})", text)
    if not found or fold(found[2]) not in COUNTED:
        return None
    digits = found[1]
    if re.fullmatch(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+", digits):
        return int(digits.replace(".", ""))
    plain = re.fullmatch(r"([+-]?[0-9]{1,9})([.,]0{1,2})?", digits)
    return int(plain[1]) if plain else None


def year_number(text: str) -> int | None:
    """Return the year that `text` writes, or None.

    Examples
    --------
    >>> year_number("Năm 2024"), year_number("2024."), year_number("2.024"), year_number("2024-2025")
    (2024, 2024, 2024, None)
    """
    found = re.fullmatch(r"(?:nam )?(\d{4})\.?", fold(text))
    return int(found[1]) if found else whole_number(text)


def decimal(text: str) -> float | None:
    """Return the number that `text` writes with a decimal point or comma, or None.

    Examples
    --------
    >>> decimal("72,5"), decimal("72.5 điểm"), decimal("1.234,5")
    (72.5, 72.5, None)
    """
    found = re.fullmatch(r"([+-]?[0-9]{1,9}(?:[.,][0-9]{1,15})?)(?: ?(?i:điểm))?", text)
    return float(found[1].replace(",", ".")) if found else None


def month(text: str) -> pd.Period | None:
    """Return the month that `text` writes; Excel keeps 9/2024 as the first day of its month.

    Examples
    --------
    >>> month("9/2024") == month("2024-09-01"), month("2024-09-05")
    (True, None)
    """
    return month_of(text.removesuffix("-01") if re.fullmatch(r"\d{4}-\d\d-01", text) else text)


def number_of_stars(text: str) -> int | None:
    """Return the number of stars that `text` says in digits, words or signs; None where it says two, or more.

    Examples
    --------
    >>> number_of_stars("OCOP 3 sao (52 điểm)"), number_of_stars("ba (03) sao"), number_of_stars("★★★★☆")
    (3, 3, 4)
    >>> number_of_stars("3-4 sao"), number_of_stars("từ 3 sao"), number_of_stars("tiềm năng 5 sao")
    (None, None, None)
    """
    if (number := whole_number(text)) is not None:
        return number
    if re.search(r"[^\D0-9]", text):  # digits of another script
        return None
    signs = re.sub(r"(?<=[★*]) +(?=[★*])", "", re.sub("⭐\ufe0f?", "★", fold(text)))
    words = re.findall(r"\d{1,9}(?:[.,]\d+)?|[^\W\d]+|[★*]+", REMARK.sub(" ", signs))
    words = [word for word in words if not AROUND.fullmatch(word)]
    numbers = {int(word) if word.isdecimal() else NUMERALS.get(word) for word in words}
    return numbers.pop() if len(numbers) == 1 else None


def choice_key(text: str) -> str:
    """Fold an entry of a choice, without signs and its number in a list.

    Examples
    --------
    >>> choice_key("2. Vải & may mặc"), choice_key("Lưu niệm – nội thất")
    ('vai may mac', 'luu niem noi that')
    """
    entry = fold(text)
    return " ".join(re.findall(r"\w+", ORDINAL.sub("", entry))) or entry


def without_remark(text: str) -> str:
    """Fold a kind of decision without a year, a level or a number after it; which time it is in one form.

    What says more than that stays: a new product that was refused is no new one, and no second time is new.

    Examples
    --------
    >>> without_remark("Mới (đợt 1/2024)"), without_remark("Cấp lại (lần 2)"), without_remark("Lần 01")
    ('moi', 'cap lai', 'lan 1')
    >>> without_remark("Mới (không đạt)"), without_remark("Mới (lần II)")
    ('moi khong', 'moi lan 2')
    """
    said = TIME.sub(lambda time: f"lan {TIMES.get(time[1]) or time[1]}", choice_key(text))
    return ONCE_MORE.sub(r"\1", ASIDE.sub("", said))


READERS = {"whole": whole_number, "year": year_number, "stars": number_of_stars, "number": decimal}
READERS |= {"date": date, "month": month}


@dataclass(frozen=True)
class Reading:
    """One table as its contract has it, and where each of its cells was written."""

    sheet: Sheet  # the text as it stands in the file
    contract: pa.DataFrameSchema  # the columns and what is allowed in them
    # all the contract's columns, typed, missing ones empty; index (sheet, row) as `sheet.cells`
    table: pd.DataFrame
    faults: tuple[Fault, ...] = ()  # of the sheet, its headers and its totals
    findings: tuple[Finding, ...] = ()  # cells without a value of their type, or with a doubtful one
    warnings: tuple[Fault, ...] = ()  # of a `checked` table, what stops nothing, in the order of the file
    apart: Mapping[tuple[str, int], str] = field(default_factory=dict)  # rows taken out of it -> why, a key

    def fault(self, finding: Finding) -> Fault:
        """Tell a finding by its file, row and header, with the cell's text as ``value``."""
        place, column = (finding.place[0], int(finding.place[1])), finding.column
        text = self.sheet.cells.at[place, column] if column in self.sheet.cells else ""
        values = {"value": text, **finding.values}
        return self.sheet.fault(finding.key, place, column, finding.severity, **values)

    def without(self, rows: Mapping[tuple[str, int], str], told: Iterable[Finding]) -> "Reading":
        """Return the reading without some rows and what was found in them; why is told beside."""
        table = self.table.drop(index=list(rows))
        found = [finding for finding in self.findings if finding.place not in rows]
        return replace(self, table=table, findings=(*found, *told), apart={**self.apart, **rows})


def read(path: Book | str | PathLike, contract: pa.DataFrameSchema, sheet: str | None = None) -> Reading:
    r"""Read one table of a file by its contract; what the contract does not know is told.

    The metadata of the contract's columns say how a text is read (`reads`), which other headers mean the
    column (`headers`), whether what cannot be read is an error (`severity`), and of a choice which words
    stand for which value (`choice`, `allowed`) and what any other means (`otherwise`). Without a `sheet`
    every visible one with the needed columns is read. InputError is raised if the file cannot be read. The
    result is not yet `checked`: what is wrong with single cells does not keep the others from being read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp()) / "offices.csv"
    >>> _ = path.write_text("Office,people\nA,1.200\nB,many\n", encoding="utf-8")
    >>> text, whole = ({"reads": reads, "headers": ()} for reads in ("text", "whole"))
    >>> columns = {"office": pa.Column(str, metadata=text), "people": pa.Column("Int64", metadata=whole)}
    >>> reading = read(path, pa.DataFrameSchema(columns, metadata={"only_once": ("office",)}))
    >>> reading.table["people"].tolist(), reading.findings[0].place, reading.findings[0].key
    ([1200, <NA>], ('', 3), 'not_whole')
    """
    text = read_sheet(path if isinstance(path, Book) else Book(path), headers(contract), sheet)
    table, findings = _typed(text, contract)
    reading = Reading(text, contract, table, findings=tuple(findings))
    told = [*(_as_grave(fault, reading) for fault in text.faults), *text.warnings]
    told += [*_missing(reading), *_shared(reading)]
    return replace(reading, faults=(*told, *_headings(reading), *_totals(reading)))


def headers(contract: pa.DataFrameSchema) -> Headers:
    """Return the headers of a contract's columns; one that names areas needs a unit or a commune."""
    words = {name: (name, *column.metadata["headers"]) for name, column in contract.columns.items()}
    needed: list[tuple[str, ...]] = [(name,) for name, column in contract.columns.items() if column.required]
    if set(AREAS) <= set(words) and not any(set(AREAS) & set(group) for group in needed):
        needed.append(AREAS)
    return headers_of(words, needed, (contract.metadata or {}).get("idle", ()))


def checked(
    reading: Reading,
    table: pd.DataFrame | None = None,
    findings: Iterable[Finding] = (),
    faults: Iterable[Fault] = (),
) -> Reading:
    """Return a reading in which nothing is wrong, with its warnings.

    A `table` takes the place of the one that was read, such as with codes instead of names; `findings` and
    `faults` are what was found wrong meanwhile, in its rows and in all of it. InputError is raised with every
    error and warning of the file, in the order of its sheets and rows.
    """
    table = reading.table if table is None else table
    unread = _told(reading)
    known = {(finding.place, finding.column) for finding in unread}
    found = [
        finding
        for finding in (*reading.findings, *findings)
        if (finding.place, finding.column) not in known and not _is_of_missing(finding, reading)
    ]
    found += _broken(table, reading, found + unread)
    told = [*reading.faults, *faults, *map(reading.fault, found)]
    told.sort(key=_in_order(reading.sheet))
    if any(fault.severity == "error" for fault in told):
        raise InputError(told, reading.sheet.balances)
    return replace(reading, table=table, warnings=tuple(told))


def _is_of_missing(finding, reading):
    """Tell whether a finding is of a column whose absence is told as such."""
    part = next((part for part in reading.sheet.parts if part.holds(*finding.place)), None)
    return part is not None and any(finding.column in group for group in part.layout.lacking)


def _missing(reading):
    """Tell each needed column that a table has not, once, with the rows at stake and what may be meant."""
    known, told = headers(reading.contract), dict[tuple, list]()
    for part in reading.sheet.parts:
        for group in part.layout.lacking:
            if group == AREAS and part.layout.rows("heading"):  # `_headings` says what to do
                continue
            told.setdefault((group, tuple(unread_headers(part.layout))), []).append(part)
    return [
        _column_missing(reading.sheet, group, unread, parts, known) for (group, unread), parts in told.items()
    ]


def _column_missing(sheet, group, unread, parts, known):
    """Return the fault of a missing column: the rows at stake, and the header that looks most like it."""
    said = known.said[group[0]][1:] or known.said[group[0]]
    words = {header_key(word): word for name in group for word in known.said[name]}
    values: dict[str, object] = {"rows": sum(len(part.layout.rows("row")) for part in parts)}
    values["allowed"] = ", ".join(f'"{word}"' for word in said[:SPELLINGS])
    long = [header for header in unread if len(header_key(header)) > 3]
    alike = [(ratio(header_key(header), key), header, words[key]) for header in long for key in words]
    score, header, word = max(alike, default=(0, "", ""))
    if score >= ALIKE:
        key, values = "column_missing_nearest", {**values, "nearest": header, "known": word}
    else:
        key = "column_missing_unread" if unread else "column_missing"
        values["unread"] = ", ".join(f'"{header}"' for header in unread)
    sheets, row = ", ".join(dict.fromkeys(part.name for part in parts)), parts[0].layout.row
    return Fault(sheet.file, key, values, sheets, row if len(parts) == 1 else None, known.title(group[0]))


def _as_grave(fault, reading):
    """Return the fault of a cell that cannot be read as a warning where no figure hangs on its column."""
    idle = {*(reading.contract.metadata or {}).get("idle", ())}
    names = {part.header(name): name for part in reading.sheet.parts for name in part.layout.columns}
    name = names.get(fault.column, "")
    needless = name in idle and not reading.contract.columns[name].required
    return replace(fault, severity="warning" if needless else _severity(reading.contract, name))


def _shared(reading):
    """Tell each header that means what another one of its table means.

    Where a cell says there what the other does not, a person must tell which counts.
    """
    told = []
    for part in reading.sheet.parts:
        for at, name in part.layout.again.items():
            header, first = part.said_above(at), part.header(name)
            key = "header_twice" if header == first else "header_shared"
            severity = _severity(reading.contract, name) if part.differs(at, name) else "warning"
            values = {"other": first, "name": name}
            told.append(Fault(reading.sheet.file, key, values, part.name, part.layout.row, header, severity))
    return told


def _severity(contract, name):
    """Return what a fault in a column is: a warning where no figure hangs on it."""
    return contract.columns[name].metadata.get("severity", "error") if name in contract.columns else "error"


def _typed(text, contract):
    """Return the typed table (missing where blank or wrong) and what is found in its cells."""
    columns, findings = {}, []
    for name, column in contract.columns.items():
        blank = pd.Series("", text.cells.index, dtype=str)
        texts, found = text.cells.get(name, blank).fillna("").rename(name), list[Finding]()
        if column.metadata["reads"] == "date":
            texts, found = dated(text, texts)
        columns[name], wrong = _column(texts, name, column.metadata)
        findings += found + wrong
    return pd.DataFrame(columns, index=text.cells.index), findings


def _column(texts, name, metadata):
    """Return one column's values, and a finding for each cell that has none or a doubtful one."""
    if metadata["reads"] == "text":
        return texts.mask(texts == ""), []
    read = {text: _value(text, metadata) for text in texts.unique() if text}
    doubtful = texts[texts.isin([text for text, (_, key, *_) in read.items() if key])]
    findings = [Finding(place, name, *read[text][1:]) for place, text in doubtful.iloc[:EACH].items()]
    severities = {read[text][3] for text in doubtful.iloc[EACH:].unique()}
    # an error if one of them is: "error" comes before "warning"
    findings += [_and_so_on(doubtful.index[EACH:], name, min(severities))] if severities else []
    values = [read[text][0] if text else None for text in texts.to_numpy(object)]
    return pd.Series(values, texts.index, dtype=object).astype(DTYPES[metadata["reads"]]), findings


def _and_so_on(places, name, severity):
    """Return the finding that stands for all of those places."""
    return Finding(places[0], name, "and_so_on", {"more": len(places)}, severity)


def _value(text, metadata):
    """Return a cell's value, and the key, values and severity of its fault if it has one."""
    reads, severity = metadata["reads"], metadata.get("severity", "error")
    if reads == "choice":
        known = metadata["choice"]
        value = known.get(choice_key(text)) or known.get(choice_key(metadata["otherwise"](text)))
        return value, "" if value else "choice_allowed", {"allowed": metadata["allowed"]}, severity
    value = READERS[reads](text)
    if value is None and reads == "stars" and PENDING.fullmatch(fold(text)):
        return None, "stars_pending", {}, "warning"
    if value is None:
        turned = re.sub(r"^(\d{1,2})([/.-])(\d{1,2})\2", r"\3\2\1\2", text)
        month_first = reads == "date" and turned != text and date(turned) is not None
        return None, "date_month_first" if month_first else f"not_{reads}", {}, severity
    if reads == "date" and month_of(text) is not None:
        return value, "date_month_only", {"day": value}, "warning"
    return value, "", {}, ""


def _headings(reading):
    """Headings between the rows may be left out where every row names its own unit."""
    told, areas = [], [area for area in AREAS if area in reading.table]
    named = reading.table[areas].notna().any(axis=1) | (not areas)
    carried = named.groupby(level="sheet").all()
    for place, said in reading.sheet.headings.items():
        may_go = carried.get(place[0], True)
        key, severity = ("heading_skipped", "warning") if may_go else ("section_heading", "error")
        told.append(reading.sheet.fault(key, place, "", severity, value=said))
    return told


def _totals(reading):
    """Hold each total against the sum of the rows above it, or of those since the total before."""
    told, totals = [], reading.sheet.totals
    for place in totals.index:
        for name in totals.columns[totals.loc[place].notna()]:
            column = reading.contract.columns[name]
            number = whole_number(totals.at[place, name]) if column.metadata["reads"] == "whole" else None
            sums = [] if number is None else _sums(reading.table[name], totals.index, place)
            # a column's own bounds may forbid the sum, as of years or stars
            if (
                sums
                and number not in sums
                and all(c(pd.Series(sums[:1])).check_passed for c in column.checks)
            ):
                values = {"value": number, "sum": sums[0]}
                told.append(reading.sheet.fault("total_differs", place, name, "warning", **values))
    return told


def _sums(values, totals, place):
    """Return the sum of all rows of the sheet above a total, and of those below the total before it."""
    sheet, row = place
    before = max((other for name, other in totals if name == sheet and other < row), default=0)
    rows = values.index.get_level_values("row")
    above = values[(values.index.get_level_values("sheet") == sheet) & (rows < row)].dropna()
    since = above[above.index.get_level_values("row") > before]
    return [int(above.sum()), int(since.sum())] if len(above) else []


def _told(reading):
    """Return the cells whose fault the sheet has told, as findings of our columns."""
    ours = {
        (part.name, part.header(name)): name for part in reading.sheet.parts for name in part.layout.columns
    }
    return [
        Finding((fault.sheet, fault.row), ours.get((fault.sheet, fault.column), ""), fault.key)
        for fault in reading.sheet.faults
    ]


def _broken(table, reading, known):
    """Find what pandera refuses in the typed table, and rows that stand there twice.

    What is already known of a cell is not said again, and rows with an error are not compared: two cells
    that could not be read are not the same for that. Of a column wrong all over not every cell is known.
    """
    flooded = {finding.column for finding in known if finding.key == "and_so_on"}
    errors = {(finding.place, finding.column) for finding in known if finding.severity == "error"}
    found = [
        one
        for one in _failures(table, reading.contract)
        if (one.place, one.column) not in errors
        and one.column not in flooded
        and not _is_of_missing(one, reading)
    ]
    if flooded:
        return found
    unsure = {place for place, _ in errors} | {finding.place for finding in found}
    return found + _twice(table[~table.index.isin(list(unsure))], reading)


def _failures(table, contract):
    """Find each cell or row that breaks a check of the contract."""
    try:
        contract.validate(table.reset_index(drop=True), lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases.dropna(subset="index")
    else:
        return []
    cases = cases[cases["check"] != "row_twice"]  # told by `_twice`, which knows the other row
    of_rows = cases["schema_context"] == "DataFrameSchema"
    cases = cases.assign(column=cases["column"].where(~of_rows, ""))
    cases = cases.drop_duplicates(["check", "index", "column"])
    cases = cases.assign(key=cases["check"].replace("not_nullable", "cell_blank"))
    told = []
    for (column, key), of_one in cases.groupby(["column", "key"], sort=False):
        places = table.index[of_one["index"].astype(int)]
        severity = _severity(contract, column)
        told += [Finding(place, column, key, severity=severity) for place in places[:EACH]]
        told += [_and_so_on(places[EACH:], column, severity)] if len(places) > EACH else []
    return told


def _twice(table, reading):
    """Find each row that says what another one says, whatever accents, case and blanks."""
    names = list(reading.contract.metadata["only_once"])
    written = reading.sheet.written
    together = ", ".join(written[name] for name in names if name in written)
    again = {name for part in reading.sheet.parts for name in part.layout.again.values()}
    lacking = {name for part in reading.sheet.parts for group in part.layout.lacking for name in group}
    if not together or (again | lacking) & set(names):  # what would tell them apart is not known yet
        return []
    said = table[names].apply(lambda column: each(column, toned) if column.dtype == "str" else column)
    again = said[said.duplicated(keep=False)]
    findings = []
    for _, rows in again.groupby(names, sort=False, dropna=False):
        places = list(rows.index)
        first, second = places[:2]
        findings += [_other(place, second if place == first else first, together) for place in places]
    return findings


def _other(place, other, together):
    """Name the row that says the same; its sheet where that is another."""
    values = {"other": other[1], "together": together}
    if other[0] == place[0]:
        return Finding(place, "", "row_twice", values)
    return Finding(place, "", "row_twice_in_sheet", {**values, "other_sheet": other[0]})


def _in_order(text):
    """Return the order of faults: by sheet as in the file, then by row and column."""
    sheets = {balance.sheet: number for number, balance in enumerate(text.balances)}
    at = {part.header(name): at for part in text.parts for name, at in part.layout.columns.items()}
    return lambda fault: (sheets.get(fault.sheet, -1), fault.row or 0, at.get(fault.column, -1))
