"""Progress reports: what every office has, and the counts by month that follow from them.

A report says how many products each unit has had newly recognised since January. What came between two
reports of a year is their difference. A count that falls is a correction: the earlier counts are lowered to
it, the latest first, so that the counts of a year add up to its last report and none is negative.

Nothing is invented: what came in months without a report stands in the month of the next one, and a past year
without a report of its December, whose end nobody knows, is left out with the years before it. Both are told.
"""

import re
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from ocop_forecast.errors import Fault, Finding, InputError
from ocop_forecast.files.cells import Book
from ocop_forecast.files.encoding import clean
from ocop_forecast.files.reading import DTYPES, Reading, checked, month, read
from ocop_forecast.files.sheet import unread_headers
from ocop_forecast.periods import date, known_by, last_known, today
from ocop_forecast.text import fold, lowercase

from .names import TYPES, bare_name, typed_name, undressed
from .products import other_row
from .register import Terms
from .schema import PROGRESS, REGISTER, REPORTS, TARGETS, UNITS
from .units import Division

DAY = re.compile(r"(?<!\d)(\d{1,2})(?: ?[./-] ?| thang )(\d{1,2})(?: ?[./-] ?| nam )(20\d\d)(?!\d)")
SO_MANY = re.compile(r"(?<!\d)(1[0-2]|0?[1-9]) ?thang(?! ?\d| cuoi)")  # 9 tháng đầu năm
NAMED = re.compile(r"(?<![a-z])(?:thang|t)[ .]*(1[0-2]|0?[1-9])(?!\d)|(1[0-2]|0?[1-9])")
QUARTER = re.compile(r"(?<![a-z])quy ?(iv|iii|ii|i|[1-4])(?![a-z0-9])")
QUARTERS = {"i": 3, "ii": 6, "iii": 9, "iv": 12, "1": 3, "2": 6, "3": 9, "4": 12}
WORDS = re.compile("[a-z0-9]+")
YEARS = re.compile(r"(?<!\d)20\d\d(?!\d)")
# in titles: up to when they count; and what is no day or year of theirs: a programme's, another paper's
UP_TO = re.compile(r"\bden (?:het |cuoi )*(?:ngay|thang|quy|t)\b.*|\bden (?:het |cuoi )*t?\d.*")
OTHERS = re.compile(
    r"20\d\d ?[-–—] ?20\d\d|\bden (?:het )?nam 20\d\d|\bkem theo [^)]*"
    r"|(?:, ?|\bso:? ?\S+ |-\S+ )ngay \d+(?: ?[./-] ?| thang )\d+(?: ?[./-] ?| nam )20\d\d"
)
WHOLE = re.compile(r"(toan|ca) tinh|tinh\b.*|tong\b.*")  # a row of the province, and of no unit
FEW = 3  # units or counts that show what kind of counts they are
ODD = 3  # times its target: a unit's count that is asked about


@dataclass(frozen=True, eq=False)
class Reported:
    """What progress reports tell, in the shapes of `Province`'s tables; `home` are the units of the run."""

    register: pd.DataFrame  # a row a product counted, without a name, a certificate or a decision's number
    home: Division
    targets: pd.DataFrame
    reports: pd.DataFrame
    progress: pd.DataFrame
    warnings: tuple[Fault, ...]


def report_day(text: str, year: int | None = None) -> pd.Timestamp | None:
    """Return the day up to which a report counts, as `text` says it; None if it says none.

    A month is its last day, a quarter or "9 tháng" its last month's. One without a year is of `year`.

    Examples
    --------
    >>> [str(report_day(text).date()) for text in ("T9-2024", "9 tháng đầu năm 2024", "Đến 19.9.2024")]
    ['2024-09-30', '2024-09-30', '2024-09-19']
    >>> report_day("Quý III", 2024) == report_day("Tháng 9", 2024), report_day("Tháng 9")
    (True, None)
    """
    if (day := date(text)) is not None:
        return day
    plain = fold(text)
    if found := DAY.search(plain):
        return date("/".join(found.groups()))
    years = YEARS.findall(plain) or [year]
    number = _month_in(YEARS.sub(" ", plain).strip(" -_./"))
    return date(f"{number}/{years[0]}") if number and years[0] else None


def _month_in(plain):
    """Return the number of the last month that a folded text without years names; a bare number is one."""
    if found := QUARTER.search(plain):
        return QUARTERS[found[1]]
    if found := SO_MANY.search(plain):
        return int(found[1])
    found = NAMED.fullmatch(plain) or next((one for one in NAMED.finditer(plain) if one[1]), None)
    return int(found[1] or found[2]) if found else None


def read_reports(
    path: Book | str | PathLike, sheet: str | None = None, contract: pa.DataFrameSchema = PROGRESS
) -> Reading:
    """Read progress reports, each row with the `day` up to which it counts.

    Its cell says the day; else the name of its sheet, what stands above its table, or the file's name. Rows
    of the whole province are left out and told; rows without a count stay for what they say of units and
    targets. InputError is raised if the file cannot be read, or has its months side by side; the result is
    not yet `checked`.
    """
    reading = read(path, contract, sheet)
    if across := _across(reading):
        raise InputError(across, reading.sheet.balances)
    days, found = _days(reading)
    table = reading.table.assign(day=days)
    whole = table["unit"].fillna("").map(fold).map(lambda name: bool(WHOLE.fullmatch(name))).astype(bool)
    blank = ~whole & table["recognised"].isna() & ~_found_in(reading, "recognised")
    found += [Finding(at, "unit", "province_row", {}, "warning") for at in table.index[whole]]
    reading = replace(reading, table=table, apart=dict.fromkeys(table.index[blank], "report_blank"))
    return reading.without(dict.fromkeys(table.index[whole], "province_row"), found)


def _across(reading):
    """Tell each table without a column of counts that has months as its headers."""
    told = []
    for part in reading.sheet.parts:
        months = [header for header in unread_headers(part.layout) if report_day(header, 2000) is not None]
        if ("recognised",) in part.layout.lacking and len(months) > 1:
            values = {"first": months[0], "last": months[-1]}
            told.append(Fault(reading.sheet.file, "months_across", values, part.name, part.layout.row))
    return told


def _found_in(reading, name):
    """Mark the rows in whose cell of that column something was found."""
    places = {finding.place for finding in reading.findings if finding.column == name}
    return reading.table.index.isin([*places]) if places else False


def _days(reading):
    """Return each row's day, and what is found in the cells that should say it: each text once a sheet."""
    said = reading.table[["date", "month", "year"]].astype(object)
    texts = {name: _texts(name, reading.sheet) for name in said.index.unique("sheet")}
    days, found = {}, dict[tuple, Finding]()
    for place, day, of_month, year in said.where(said.notna(), None).itertuples(name=None):
        names, cell = texts[place[0]], day or of_month
        days[place] = _day_of(day, of_month, names, year or _year_in(names))
        year, column = year or _year_in((names[0], names[-1])), "date" if day else "month"
        if days[place] is None:
            key, column = ("report_undated", column) if cell else ("report_undated_sheet", "")
            found.setdefault((place[0], cell), Finding(place, column, key))
        elif cell and year and days[place].year != year:
            found.setdefault((place[0], year), Finding(place, column, "report_other_year", {"year": year}))
    return pd.Series(days, said.index, dtype="datetime64[s]"), [*found.values()]


def _texts(name, sheet):
    """Return what may say the day of a sheet's reports, what says it surest first."""
    named, title, stem = (
        OTHERS.sub(" ", fold(text)) for text in (name, sheet.titles.get(name, ""), Path(sheet.file).stem)
    )
    up_to = UP_TO.search(title)
    return named, up_to[0] if up_to else "", title, stem


def _year_in(texts):
    return next((int(word) for text in texts for word in YEARS.findall(text)), None)


def _day_of(day, of_month, names, year):
    """Return the day of one row; Excel keeps 9/2024 as the first day of its month."""
    if day:
        return report_day(day, year)
    if of_month:
        whole = month(of_month)
        return report_day(of_month, year) if whole is None else whole.end_time.normalize()
    # where several names say one month, the earliest day in it is the most exact
    days = [said for name in names if (said := report_day(name, year)) is not None]
    return min((said for said in days if said.to_period("M") == days[0].to_period("M")), default=None)


def named(texts: pd.Series) -> pd.DataFrame:
    """Return the units that reports name, as a table of units; the code is made of the name and stays.

    Units of one name are told apart by their types.

    Examples
    --------
    >>> units = named(pd.Series(["UBND huyện Ngọc Lặc", "Ngoc Lac", "2. TX. Nghi Sơn"]))
    >>> units[["unit", "name", "type"]].to_numpy().tolist()
    [['ngoc-lac', 'Ngọc Lặc', 'Huyện'], ['nghi-son', 'Nghi Sơn', 'Thị xã']]
    """
    written = texts.dropna().map(clean).map(_as_named).drop_duplicates()
    shown = {folded: kind.capitalize() for kind, folded in TYPES.items()}
    typed, bare = written.map(typed_name), written.map(bare_name)
    kind = typed.map(lambda one: one.kind if one.sure else "")
    several = kind.mask(kind == "").groupby(bare).transform("nunique") > 1
    name = [text[-len(one.name) :] if one.sure else text for text, one in zip(written, typed, strict=True)]
    key = kind.where(several, "").str.cat(bare, sep=" ").map(lambda text: "-".join(WORDS.findall(text)))
    plain = written.map(str.isascii)  # a name with its accents is the fuller one
    units = pd.DataFrame({"unit": key.str[:40], "name": name, "type": kind.map(shown), "plain": plain})
    units = (
        units[~(several & (kind == ""))].sort_values(["plain", "type"], kind="stable").drop_duplicates("unit")
    )
    return _shaped(units.sort_index().reset_index(drop=True), UNITS)


def _as_named(text):
    """Return a unit's name without its office, number or "former"; as written where none stands there."""
    name = undressed(text)
    return text if lowercase(name) in ("", lowercase(text)) else name


def _shaped(rows, contract):
    """Return rows with all columns of a contract, those that they lack missing."""
    blank = pd.Series(None, rows.index, dtype=object)
    types = {name: DTYPES[one.metadata["reads"]] for name, one in contract.columns.items()}
    return pd.DataFrame({name: rows.get(name, blank).astype(kind) for name, kind in types.items()})


def differences(table: pd.DataFrame) -> pd.Series:
    """Return what each report adds to the one before it in its year, in products from 0 up.

    ``new_t = m_t - m_(t-1)`` with ``m_t = min(c_t, c_(t+1), ...)``, the least of a report's count c and those
    after it in the year, and 0 before the first: so a year's sum is its last count.

    Parameters
    ----------
    table : DataFrame
        A row a report of a unit: unit, date (Timestamp), recognised (products since January).

    Returns
    -------
    Series of int, index as the table's

    Examples
    --------
    >>> days = pd.to_datetime(["2024-01-31", "2024-03-31", "2024-04-30", "2025-02-28"])
    >>> reports = pd.DataFrame({"unit": "389", "date": days, "recognised": [4, 10, 7, 2]})
    >>> differences(reports).tolist()
    [4, 3, 0, 2]
    """
    rows = table.sort_values("date", kind="stable")
    by = [rows["unit"], rows["date"].dt.year]
    least = rows["recognised"].astype("int64")[::-1].groupby([part[::-1] for part in by]).cummin()[::-1]
    before = least.groupby(by).shift(fill_value=0)
    return (least - before).reindex(table.index)


def counted(reading: Reading, terms: Terms) -> Reported:
    """Count the products of `read_reports` month by month, in the units of the run.

    The last month or day known is that of the last report up to `terms.as_of`, or up to today. InputError is
    raised with every error and warning of the file if one of them is an error.
    """
    rows, told = _known(reading, terms)
    as_of = last_known(rows["date"].max())
    home = terms.home(as_of)
    rows = rows.assign(written=[_code(text, terms) for text in rows["unit"]])
    blank = _blank(reading, rows["date"].dt.year.min(), as_of)
    found = [Finding(at, "recognised", "report_blank", {}, "warning") for at in blank.index]
    found += [*_twice(rows), *_falls(rows), *_gaps(rows), *_above(rows), *_other_targets(rows)]
    told += [*_unreported(reading, rows), *_no_such_counts(reading, rows)]
    new = differences(rows.assign(unit=rows["written"]))
    placed, of_units = home.place_register(
        rows.assign(commune=None, address=None, decision_date=rows["date"])
    )
    targets, of_targets = home.place_targets(_targets(pd.concat([rows, blank]), terms))
    done = checked(reading, None, [*found, *of_units, *of_targets], told)
    progress = placed[["unit", "date", "recognised", "target", "origin"]].reset_index(drop=True)
    register = _register(placed.assign(new=new), home, as_of)
    targets = _of_year(targets, home.units, as_of.year)
    return Reported(register, home, targets, _reports(progress, home, as_of), progress, done.warnings)


def _code(text, terms):
    """Return the code of the unit that a report means; the text itself if it means none or several."""
    found = terms.names.resolve(text)
    return found if isinstance(found, str) else text


def _known(reading, terms):
    """Return the reports up to the as-of date, of years whose end is known and this one; and warnings."""
    table, asked, file = reading.table.assign(date=reading.table["day"]), terms.as_of, reading.sheet.file
    table = table.dropna(subset=["unit", "date", "recognised"])
    rows = table[table["date"] <= (known_by(asked) if asked else today())]
    if rows.empty:
        checked(reading)  # what is wrong with the rows says more
        raise InputError([Fault(file, "no_report", {"as_of": asked or today().to_period("M")})])
    last = last_known(rows["date"].max())
    first = _first_year(rows["date"], last)
    kept = rows[rows["date"].dt.year >= first]
    later, before = len(table) - len(rows), len(rows) - len(kept)
    told = [("reports_later", {"count": later, "as_of": last})] if later else []
    told += [("years_left_out", {"count": before, "year": first - 1})] if before else []
    told += (
        [("reports_end", {"last": last, "as_of": asked})] if asked and asked.end_time != last.end_time else []
    )
    return kept, [Fault(file, *fault, severity="warning") for fault in told]


def _blank(reading, first, as_of):
    """Return the rows without a count from a year up to the last report; blank ones after it are to come."""
    rows = reading.table.loc[[place for place, why in reading.apart.items() if why == "report_blank"]]
    rows = rows.assign(date=rows["day"]).dropna(subset=["unit", "date"])
    return rows[(rows["date"].dt.year >= first) & (rows["date"] <= as_of.end_time)]


def _first_year(days, last):
    """Return the first year after the last past one without a report of its December."""
    whole, year = set(days[days.dt.month == 12].dt.year), last.year
    while year - 1 in whole:
        year -= 1
    return year


def _by_unit(rows):
    """Return the reports of each unit and year, in the order of time."""
    ordered = rows.sort_values("date", kind="stable")
    return [of_one for _, of_one in ordered.groupby(["written", ordered["date"].dt.year], sort=False)]


def _twice(rows):
    """Find the reports of one unit and day of which another stands there."""
    found = []
    for _, same in rows.groupby(["written", "date"], sort=False):
        places = list(same.index)
        for place in places if len(places) > 1 else ():
            other = other_row(place, next(one for one in places if one != place))
            found.append(Finding(place, "recognised", "reported_twice", {"other": other}))
    return found


def _falls(rows):
    """Find each count that is less than the one before it in its year."""
    found = []
    for of_one in _by_unit(rows):
        before = of_one[["recognised", "date"]].shift()
        fell = (of_one["recognised"] < before["recognised"]).fillna(False).astype(bool)
        for place, was, day in before[fell].itertuples(name=None):
            found.append(Finding(place, "recognised", "count_falls", {"was": was, "date": day}, "warning"))
    return found


def _gaps(rows):
    """Find a unit's reports after months of which others have one, and its last of a past year."""
    there, found = rows["date"].dt.to_period("M"), []
    for of_one in _by_unit(rows):
        own, year = there[of_one.index], of_one["date"].dt.year.iloc[0]
        others = sorted({*there[there.dt.year == year]} - {*own})
        for place, at in own[~own.duplicated()].items():
            before, others = tuple(one for one in others if one < at), [one for one in others if one > at]
            found += [Finding(place, "unit", "report_gap", {"months": before}, "warning")] if before else []
        if others and year < there.max().year:  # of this year it is told who has not reported
            found.append(Finding(own.index[-1], "unit", "report_stops", {"months": tuple(others)}, "warning"))
    return found


def _above(rows):
    """Find the units whose last count of a year is some times its target."""
    last = [of_one.iloc[-1:] for of_one in _by_unit(rows)]
    above = [row for row in last if (row["recognised"] > ODD * row["target"]).fillna(False).all()]
    return [
        Finding(row.index[0], "recognised", "count_above", {"target": row["target"].iloc[0]}, "warning")
        for row in above
    ]


def _other_targets(rows):
    """Find the units whose target changes within a year: the last one counts."""
    found = []
    for of_one in _by_unit(rows):
        told = of_one["target"].dropna()
        if told.nunique() > 1:
            changed = told.index[(told != told.shift()).fillna(False)][-1]
            was = told.shift()[changed]
            found.append(Finding(changed, "target", "target_changed", {"was": was}, "warning"))
    return found


def _unreported(reading, rows):
    """Tell the months of which no unit has a report."""
    there = rows["date"].dt.to_period("M")
    every = pd.period_range(f"{there.min().year}-01", there.max(), freq="M")
    none = tuple(every.difference(there.unique()))
    return (
        [Fault(reading.sheet.file, "months_unreported", {"months": none}, severity="warning")] if none else []
    )


def _no_such_counts(reading, rows):
    """Refuse counts that are no counts since January: of single months, or of all years together."""
    years = _by_unit(rows)
    steps = pd.concat([of_one["recognised"].diff().dropna() for of_one in years]).astype(int)
    fallen, risen = -steps.clip(upper=0).sum(), steps.clip(lower=0).sum()
    keys = ["counts_of_months"] if (steps < 0).sum() >= FEW and fallen > risen / 2 else []
    keys += ["counts_of_all_years"] if _go_on(years) else []
    return [Fault(reading.sheet.file, key) for key in keys]


def _go_on(years):
    """Tell whether no unit of some starts a year with less than it ended the year before with."""
    ends = {(one["written"].iloc[0], one["date"].dt.year.iloc[0]): one["recognised"] for one in years}
    pairs = [
        (ends[unit, year - 1].iloc[-1], counts.iloc[0])
        for (unit, year), counts in ends.items()
        if (unit, year - 1) in ends
    ]
    return sum(last > 0 for last, _ in pairs) >= FEW and all(first >= last for last, first in pairs)


def _targets(rows, terms):
    """Return the last target of each unit and year that the reports tell."""
    told = rows.dropna(subset="target").sort_values("date", kind="stable")
    told = told.assign(
        written=[_code(text, terms) for text in told["unit"]], year=told["date"].dt.year.astype("Int64")
    )
    return told[~told.duplicated(["written", "year"], keep="last")][["unit", "year", "target", "origin"]]


def _of_year(targets, units, year):
    """Return the targets, and a blank one for each unit that has none in the year."""
    every = pd.concat([targets, pd.DataFrame({"unit": units.index, "year": year})], ignore_index=True)
    return _shaped(every.drop_duplicates(["unit", "year"]), TARGETS)


def _register(placed, home, as_of):
    """Return a row a product counted, as `Province.register`, by the day of the report that has it."""
    each = placed.loc[placed.index.repeat(placed["new"])].assign(
        decision_date=lambda rows: rows["date"], kind="new"
    )
    register = _shaped(each[["unit", "decision_date", "kind", "origin"]], REGISTER).reset_index(
        names=["sheet", "row"]
    )
    none = pd.Series(None, register.index, dtype="str")
    months = pd.period_range(f"{placed['date'].min().year}-01", as_of.asfreq("M"), freq="M")
    decided = register["decision_date"].dt.to_period("M")
    register = register.assign(
        certificate=none,
        event="new",
        unit=pd.Categorical(register["unit"], categories=home.units.index),
        month=pd.Categorical(decided, categories=months),
    )
    register.attrs = {"as_of": as_of, "later": 0}
    return register


def _reports(progress, home, as_of):
    """Return the months of this year by unit: reported up to its last report, missing after it."""
    months = pd.period_range(f"{as_of.year}-01", as_of.asfreq("M"), freq="M")
    last = progress.groupby("unit")["date"].max().reindex(home.units.index).dt.to_period("M")
    every = pd.MultiIndex.from_product([home.units.index, months], names=["unit", "month"]).to_frame(
        index=False
    )
    done = every["month"] <= every["unit"].map(last)
    return _shaped(every.assign(status=done.map({True: "reported", False: "missing"})), REPORTS)
