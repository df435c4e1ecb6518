"""The keys of every table: administrative units by code and name, days, and the as-of date.

A unit is known by its official code. Its name is read in any accent form and with or without its type, but
always exactly: likeness may suggest a name in a message, it never decides.
"""

import datetime as dt
import re
import unicodedata
from collections import defaultdict
from difflib import get_close_matches

import pandas as pd

from .errors import Fault, InputError

SHORT_TYPES = {"tp": "thanh pho", "tx": "thi xa", "h": "huyen", "q": "quan", "p": "phuong", "x": "xa"}
TYPES = ("thanh pho", "thi xa", "thi tran", "huyen", "phuong", "xa")


def fold(text: str) -> str:
    """Return `text` without accents, case and surplus blanks, the same for every way to type it.

    Examples
    --------
    >>> fold("Cẩm  Thuỷ") == fold("CẨM THỦY") == "cam thuy"
    True
    >>> fold("Ðông Sơn"), fold("Đông Sơn")
    ('dong son', 'dong son')
    """
    letters = unicodedata.normalize("NFKD", str(text))
    letters = "".join(c for c in letters if not unicodedata.combining(c)).casefold()
    return " ".join(letters.replace("đ", "d").replace("ð", "d").split())


def typed_name(text: str) -> str:
    """Return the folded name with a shortened type written out: ``TX. Bỉm Sơn`` -> ``thi xa bim son``."""
    found = re.fullmatch(r"(tp|tx|h|q|p|x)(?:\.\s*|\s+)(.+)", fold(text))
    return f"{SHORT_TYPES[found[1]]} {found[2]}" if found else fold(text)


def bare_name(text: str) -> str:
    """Return the folded name without its type.

    ``quan`` is a type (quận) only where its accent says so, since Quan Hóa and Quan Sơn are names.

    Examples
    --------
    >>> bare_name("Huyện Ngọc Lặc"), bare_name("H.Quan Hóa"), bare_name("Quận Ba Đình")
    ('ngoc lac', 'quan hoa', 'ba dinh')
    """
    name = typed_name(text)
    urban = unicodedata.normalize("NFC", str(text)).casefold().strip().startswith("quận ")
    for kind in (*TYPES, "quan") if urban else TYPES:
        if name.startswith(f"{kind} "):
            return name.removeprefix(f"{kind} ")
    return name


class UnitNames:
    """The codes that a written name or code may mean, for the units of one table.

    Parameters
    ----------
    units : DataFrame
        Index unit codes; columns name and type (type may be blank).

    Examples
    --------
    >>> units = pd.DataFrame({"name": ["Ngọc Lặc", "Cẩm Thủy"], "type": "Huyện"}, index=["389", "390"])
    >>> names = UnitNames(units)
    >>> names.codes("h. ngoc lac"), names.codes("390"), names.codes("Ngọc Lạc Thượng")
    (['389'], ['390'], [])
    """

    def __init__(self, units: pd.DataFrame):
        self._names = units["name"]
        self._full, self._bare = defaultdict(list), defaultdict(list)
        for code, name, kind in zip(units.index, units["name"], units["type"].fillna(""), strict=True):
            self._full[code].append(code)
            self._full[fold(f"{kind} {name}")].append(code)
            self._bare[bare_name(name)].append(code)

    def codes(self, text: str) -> list[str]:
        """Return the codes `text` may mean: one if it is clear, several or none if it is not."""
        text = str(text).strip()
        return self._full.get(text) or self._full.get(typed_name(text)) or self._bare.get(bare_name(text), [])

    def resolve(self, text: str) -> "str | tuple[str, dict]":
        """Return the one code that `text` means, or the key and values of the sentence that says why none."""
        codes = self.codes(text)
        if len(codes) == 1:
            return codes[0]
        if codes:
            return "unit_ambiguous", {"allowed": self.names(codes)}
        nearest = self.nearest(text)
        return ("unit_unknown_nearest", {"nearest": nearest}) if nearest else ("unit_unknown", {})

    def names(self, codes: list[str]) -> str:
        """Return `codes` with their names, for a message."""
        return ", ".join(f"{self._names[code]} ({code})" for code in codes)

    def nearest(self, text: str) -> str:
        """Return the name that looks most like `text`, as a suggestion only; blank if none does."""
        found = get_close_matches(bare_name(text), list(self._bare), n=1, cutoff=0.5)
        return self.names(self._bare[found[0]]) if found else ""


def date(text: str) -> pd.Timestamp | None:
    """Return the day that `text` writes, ISO or day first as Viet Nam does, or None.

    Examples
    --------
    >>> date("2019-12-23") == date("23/12/2019") == date("ngày 23 tháng 12 năm 2019")
    True
    >>> date("31/02/2024"), date("12/23/2019")
    (None, None)
    """
    found = re.fullmatch(r"(?P<y>\d{4})-(?P<m>\d\d?)-(?P<d>\d\d?)( 00:00:00)?", text) or re.fullmatch(
        r"(?:ngày )?(?P<d>\d\d?)(?:[/.-]| tháng )(?P<m>\d\d?)(?:[/.-]| năm )(?P<y>\d{4})", text.lower()
    )
    try:
        return pd.Timestamp(dt.date(*(int(found[part]) for part in "ymd"))) if found else None
    except ValueError:
        return None


def last_known(as_of: "str | pd.Period | dt.date") -> pd.Period:
    """Return the month that is known whole, or the last day that is known, which `as_of` names.

    A day that is its month's last is that month.

    Parameters
    ----------
    as_of : str, Period, date or Timestamp
        A month, as ``2024-09`` or ``9/2024``, or a day, ISO or day first as in `date`.

    Returns
    -------
    Period
        Of frequency M for a month, D for a day.

    Raises
    ------
    InputError
        If `as_of` names no month or day of the years 2000 to 2099, or one that today has not reached.

    Examples
    --------
    >>> last_known("2024-09"), last_known("19/9/2024"), last_known("30/9/2024")
    (Period('2024-09', 'M'), Period('2024-09-19', 'D'), Period('2024-09', 'M'))
    """
    text = f"{as_of:%Y-%m-%d}" if isinstance(as_of, dt.date) and not pd.isna(as_of) else str(as_of).strip()
    found = _month(text) or _day(text)
    if found is None:
        raise InputError([Fault("as_of", "not_as_of", {"value": text})])
    if found.start_time > today():
        raise InputError([Fault("as_of", "as_of_future", {"value": text, "today": f"{today():%Y-%m-%d}"})])
    return found


def _month(text):
    iso, spoken = r"(?P<y>20\d\d)-(?P<m>\d\d?)", r"(?P<m>\d\d?)/(?P<y>20\d\d)"
    found = re.fullmatch(iso, text) or re.fullmatch(spoken, text)
    whole = found and 1 <= int(found["m"]) <= 12
    return pd.Period(year=int(found["y"]), month=int(found["m"]), freq="M") if whole else None


def _day(text):
    day = date(text)
    if day is None or not 2000 <= day.year < 2100:
        return None
    return day.to_period("M" if day.is_month_end else "D")


def today() -> pd.Timestamp:
    """Return today; what is dated later is a plan or a slip of the pen, and moves nothing."""
    return pd.Timestamp.now().normalize()


def known_to(as_of: "str | pd.Period | None", last: pd.Period) -> pd.Period:
    """Return up to when a panel that ends with month `last` is known: that month, or a day in it.

    Raises
    ------
    ValueError
        If `as_of` is neither.

    Examples
    --------
    >>> known_to("19/9/2024", pd.Period("2024-09")), known_to("2024-09-30", pd.Period("2024-09"))
    (Period('2024-09-19', 'D'), Period('2024-09', 'M'))
    """
    as_of = last_known(as_of) if isinstance(as_of, str) else last if as_of is None else as_of
    if as_of.freqstr not in ("M", "D") or as_of.asfreq("M") != last:
        raise ValueError(f"as_of={as_of} is neither the panel's last month, {last}, nor a day in it")
    return last if as_of == last.asfreq("D", "end") else as_of


def known_part(as_of: pd.Period) -> float:
    """Return which part of its month `as_of`, a day or a month, has seen; of a month, the whole.

    Examples
    --------
    >>> known_part(pd.Period("2024-09-12")), known_part(pd.Period("2024-09"))
    (0.4, 1.0)
    """
    return as_of.day / as_of.days_in_month


def to_come(as_of: pd.Period, until: "str | pd.Period | None" = None) -> pd.PeriodIndex:
    """Return the months still to come, to `until` or December; after a day, first the rest of its month.

    Raises
    ------
    ValueError
        If `until` lies before what is known.

    Examples
    --------
    >>> to_come(pd.Period("2024-10")).astype(str).tolist(), len(to_come(pd.Period("2024-10-09")))
    (['2024-11', '2024-12'], 3)
    """
    first = as_of.asfreq("M") + int(as_of.freqstr == "M")
    last = pd.Period(year=first.year, month=12, freq="M") if until is None else pd.Period(until, "M")
    if last < first - 1:
        raise ValueError(f"until={last} lies before what is known, {as_of}: ask for {first} or later")
    return pd.period_range(first, last, freq="M")
