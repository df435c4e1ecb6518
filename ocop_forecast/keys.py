"""The keys of every table: administrative units by code and name, days, and the as-of date.

A unit is known by its official code. Its name is read in any accent form and with or without its type, but
always exactly: likeness may suggest a name in a message, it never decides.
"""

import datetime as dt
import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import pandas as pd
from rapidfuzz.fuzz import ratio
from rapidfuzz.process import extractOne

from .errors import Fault, InputError, TermsError

# a type of unit as it is written -> folded; by the types a district is told from a commune of the same name
DISTRICT_TYPES = {"thành phố": "thanh pho", "thị xã": "thi xa", "huyện": "huyen", "quận": "quan"}
COMMUNE_TYPES = {"thị trấn": "thi tran", "phường": "phuong", "xã": "xa"}
TYPES = DISTRICT_TYPES | COMMUNE_TYPES
SHORT_TYPES = {
    "tp": "thanh pho",
    "tx": "thi xa",
    "tt": "thi tran",
    "h": "huyen",
    "q": "quan",
    "p": "phuong",
    "x": "xa",
}
SHORTENED = re.compile(r"(t\.?p|t\.?x|t\.?t|h|q|p|x)(?:\.\s*|\s+)(.+)")
DASHES = re.compile(r"[-\u2010-\u2015\u2212]")
TONES = "\u0300\u0301\u0303\u0309\u0323"
MOST_MONEY = 10**15  # VND


class _Without(dict):
    """A table for `str.translate` that leaves out the signs for which `dropped` holds, each asked once."""

    def __init__(self, dropped):
        super().__init__()
        self.dropped = dropped

    def __missing__(self, code):
        self[code] = None if self.dropped(chr(code)) else chr(code)
        return self[code]


def _unseen(letter):
    """Return whether a sign has no width, such as the joiners that come along from web pages."""
    return unicodedata.category(letter) == "Cf"


WITHOUT_UNSEEN = _Without(_unseen)
WITHOUT_ACCENTS = _Without(lambda letter: unicodedata.combining(letter) or _unseen(letter))


def fold(text: str) -> str:
    """Return `text` without accents, case, surplus blanks and signs without width, however it was typed.

    Examples
    --------
    >>> fold("Cẩm  Thuỷ") == fold("CẨM THỦY") == "cam thuy"
    True
    >>> fold("Ðông Sơn"), fold("Đông Sơn")
    ('dong son', 'dong son')
    """
    letters = unicodedata.normalize("NFKD", str(text)).translate(WITHOUT_ACCENTS).casefold()
    return " ".join(letters.replace("đ", "d").replace("ð", "d").split())


def folded(texts: pd.Series) -> pd.Series:
    """Return texts as `fold` writes them, each distinct one folded once; a missing one is blank.

    Examples
    --------
    >>> folded(pd.Series(["Gạo NẾP", None])).tolist()
    ['gao nep', '']
    """
    codes, once = pd.factorize(texts.astype("str").fillna("").to_numpy(object))
    return pd.Series(pd.Index([fold(text) for text in once], dtype="str").take(codes), texts.index)


def _plain(text):
    """Return `text` in small letters with its accents; a dash is a blank."""
    letters = unicodedata.normalize("NFKC", str(text)).casefold().replace("ð", "đ")
    return " ".join(DASHES.sub(" ", letters.translate(WITHOUT_UNSEEN)).split())


def spelled(text: str) -> str:
    """Return `text` with its accents in one spelling: each syllable's tone stands at its end.

    So it does not matter over which vowel a tone was written, nor in how many characters.

    Examples
    --------
    >>> spelled("Cẩm Thuỷ") == spelled("CẨM THỦY"), spelled("Đồng Tiến") == spelled("Đông Tiến")
    (True, False)
    """
    return " ".join(map(_tone_last, unicodedata.normalize("NFD", _plain(text)).split()))


def _tone_last(syllable):
    tones = "".join(c for c in syllable if c in TONES)
    return "".join(c for c in syllable if c not in TONES) + tones


class Typed(NamedTuple):
    """A written name taken apart: its type, folded (blank if it has none), and the name itself.

    It is `sure` where the type is shortened or has its right accents: Quan Hóa and Phượng Kỳ are names.
    """

    kind: str
    name: str
    sure: bool = True


def typed_name(text: str) -> Typed:
    """Return the type and the name that `text` writes.

    Examples
    --------
    >>> typed_name("TX. Bỉm Sơn")
    Typed(kind='thi xa', name='bỉm sơn', sure=True)
    >>> typed_name("xa Đồng Tiến").sure, typed_name("Đồng Tiến").kind
    (False, '')
    """
    plain = _plain(text)
    if found := SHORTENED.fullmatch(plain):
        return Typed(SHORT_TYPES[found[1].replace(".", "")], found[2])
    for kind, folded in TYPES.items():
        first, name = _first(plain, len(kind.split()))
        if name and fold(first) == folded:
            return Typed(folded, name, spelled(first) == spelled(kind))
    return Typed("", plain)


def _first(plain, count):
    """Return the first `count` words and the others."""
    words = plain.split()
    return " ".join(words[:count]), " ".join(words[count:])


def bare_name(text: str) -> str:
    """Return the folded name without its type.

    ``quan`` is a type (quận) only where its accent says so, since Quan Hóa and Quan Sơn are names.

    Examples
    --------
    >>> bare_name("Huyện Ngọc Lặc"), bare_name("H.Quan Hóa"), bare_name("Quận Ba Đình")
    ('ngoc lac', 'quan hoa', 'ba dinh')
    """
    written = typed_name(text)
    return fold(_plain(text) if written.kind == "quan" and not written.sure else written.name)


def level(kind: str) -> str:
    """Return which level a folded type is of: ``district``, ``commune``, or blank if it does not say.

    Examples
    --------
    >>> level("huyen"), level("thi tran"), level("")
    ('district', 'commune', '')
    """
    if kind in DISTRICT_TYPES.values():
        return "district"
    return "commune" if kind in COMMUNE_TYPES.values() else ""


class UnitNames:
    """The codes that a written name or code may mean, for the units of one table.

    A text is looked up as a code, then as a name with its type, then as one without, each first with its
    accents and then without. The first step that finds any unit decides; if it finds several, none is meant.

    Parameters
    ----------
    units : DataFrame
        Index unit codes; columns name and type (type may be blank).
    aliases : mapping, optional
        Folded written form -> code, as from `units.unit_aliases`; a true name wins over it.

    Examples
    --------
    >>> units = pd.DataFrame({"name": ["Ngọc Lặc", "Cẩm Thủy"], "type": "Huyện"}, index=["389", "390"])
    >>> names = UnitNames(units, {"cam thui": "390"})
    >>> names.codes("h. ngoc lac"), names.codes("390"), names.codes("Ngọc Lạc Thượng")
    (['389'], ['390'], [])
    >>> names.codes("Cẩm Thụi")
    ['390']
    """

    def __init__(self, units: pd.DataFrame, aliases: Mapping[str, str] | None = None):
        self._names: dict[str, str] = {}
        self._kinds: dict[str, str] = {}
        self._lookup: dict[tuple[str, str], list[str]] = defaultdict(list)
        for code, name, kind in zip(units.index, units["name"], units["type"].fillna(""), strict=True):
            self._add(code, str(name), str(kind))
        self._aliases = {text: code for text, code in (aliases or {}).items() if code in self._names}

    def _add(self, code, name, kind):
        written, said = typed_name(name), SHORT_TYPES.get(fold(kind), fold(kind))
        is_typed = written.kind and said in ("", written.kind) and (written.sure or name.isascii())
        bare, said = (written.name, written.kind) if is_typed else (name, said)
        self._names[code], self._kinds[code] = name, "" if is_typed else kind
        full = f"{said} {bare}".strip()
        ways = [("code", code), ("full", spelled(full)), ("full folded", fold(_plain(full)))]
        for way in (*ways, ("bare", spelled(bare)), ("bare folded", fold(_plain(bare)))):
            self._lookup[way].append(code)

    def codes(self, text: str) -> list[str]:
        """Return the codes `text` may mean: one if it is clear, several or none if it is not."""
        return first_found(text, [self])[1]

    def found(self, steps: "list[tuple[str, str]]", written: Typed) -> list[str]:
        """Return the codes that one step finds; those of another level are none: xã Đông Sơn is no huyện."""
        found: dict[str, None] = {}
        for way, key in steps:
            codes = self._lookup.get((way, key), [])
            strict = way.startswith("bare") and written.sure and level(written.kind)
            found |= dict.fromkeys(c for c in codes if not strict or self.level(c) in ("", strict))
        return list(found)

    def confirmed(self, text: str) -> list[str]:
        """Return the code that people have confirmed `text` to mean."""
        code = self._aliases.get(fold(text))
        return [code] if code else []

    def level(self, code: str) -> str:
        """Return the level of a unit: ``district``, ``commune``, or blank if its type does not say."""
        kind = fold(self._kinds[code])
        return level(SHORT_TYPES.get(kind, kind) or typed_name(self._names[code]).kind)

    def resolve(self, text: str) -> "str | tuple[str, dict]":
        """Return the one code that `text` means, or the key and values of the sentence that says why none."""
        codes = self.codes(text)
        if len(codes) == 1:
            return codes[0]
        if codes:
            return "unit_ambiguous", {"allowed": self.names(codes)}
        nearest = self.nearest(text)
        return ("unit_unknown_nearest", {"nearest": nearest}) if nearest else ("unit_unknown", {})

    def names(self, codes: Iterable[str]) -> str:
        """Return `codes` with their types and names, for a message."""
        return ", ".join(f"{self._kinds[code]} {self._names[code]} ({code})".strip() for code in codes)

    def nearest(self, text: str) -> str:
        """Return the name that looks most like `text`, as a suggestion only; blank if none does."""
        bare = {key: codes for (way, key), codes in self._lookup.items() if way == "bare folded"}
        found = extractOne(bare_name(text), list(bare), scorer=ratio, score_cutoff=65)
        return ", ".join(f"{self._names[code]} ({code})" for code in bare[found[0]]) if found else ""


def code_of(unit: str, names: pd.Series) -> str:
    """Return the code of a unit, given by its code or its name, by a table's names of units.

    Raises
    ------
    TermsError
        If it is none of them.

    Examples
    --------
    >>> names = pd.Series({"389": "Ngọc Lặc", "407": "Nghi Sơn"})
    >>> code_of("389", names), code_of("TX. Nghi Son", names)
    ('389', '407')
    """
    if unit in names.index:
        return unit
    found = UnitNames(pd.DataFrame({"name": names, "type": None})).resolve(unit)
    if not isinstance(found, str):
        raise TermsError("ask_units", name="unit", value=unit)
    return found


def first_found(text: str, tables: "Sequence[UnitNames]") -> "tuple[UnitNames | None, list[str]]":
    """Return the table that knows `text` at the surest step, the first of equals, and the codes it finds."""
    written = typed_name(text)
    for steps in _steps(str(text).strip(), written):
        for names in tables:
            if codes := names.found(steps, written):
                return names, codes
    return next(((names, codes) for names in tables if (codes := names.confirmed(text))), (None, []))


def _steps(text, written):
    """Yield the ways to look up a text, those that are equally sure together.

    So where the accents say one unit and the type another, none is meant.
    """
    full, whole = f"{written.kind} {written.name}", _plain(text)
    unsure = not (written.kind and written.sure)
    yield [("code", text)]
    if unsure:
        yield [("full", spelled(whole)), ("bare", spelled(whole))]
    if written.kind:
        yield [("full", spelled(full))]
        yield [("full folded", fold(full)), ("bare", spelled(written.name))]
    if unsure:
        yield [("full folded", fold(whole)), ("bare folded", fold(whole))]
    if written.kind:
        yield [("bare folded", fold(written.name))]


def date(text: str) -> pd.Timestamp | None:
    """Return the day that `text` writes, or None: ISO, day first as Viet Nam does, or Excel's number of it.

    A month alone is its last day (see `month_of`): by then what is dated so was decided.

    Examples
    --------
    >>> date("2019-12-23") == date("23/12/2019") == date("ngày 23 tháng 12 năm 2019") == date("43822")
    True
    >>> date("31/02/2024"), date("12/23/2019"), date("tháng 10-2021")
    (None, None, Timestamp('2021-10-31 00:00:00'))
    """
    plain = " ".join(unicodedata.normalize("NFC", str(text)).lower().split())
    if re.fullmatch("[4-7][0-9]{4}", plain):
        return _serial(int(plain))
    if (month := month_of(plain)) is not None:
        return month.end_time.normalize()
    found = _ISO.fullmatch(plain) or _SPOKEN.fullmatch(plain)
    try:
        return pd.Timestamp(dt.date(*(int(found[part]) for part in "ymd"))) if found else None
    except ValueError:
        return None


_CLOCK = r"([ t][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.0+)?)?)?"
_ISO = re.compile(rf"(?P<y>[0-9]{{4}})-(?P<m>[0-9]{{1,2}})-(?P<d>[0-9]{{1,2}}){_CLOCK}")
_SPOKEN = re.compile(
    r"(?:ngày )?(?P<d>[0-9]{1,2})(?: ?[/.-] ?| tháng )(?P<m>[0-9]{1,2})(?: ?[/.-] ?| năm )"
    rf"(?P<y>[0-9]{{4}}){_CLOCK}"
)


def _serial(number):
    """Return the day that Excel counts as `number`, if it is one of the years 2018 to 2099."""
    day = pd.Timestamp("1899-12-30") + pd.Timedelta(days=number)
    return day if 2018 <= day.year < 2100 else None


def month_of(text: str) -> pd.Period | None:
    """Return the month that `text` writes, without a day, or None.

    Examples
    --------
    >>> month_of("2024-09") == month_of("9/2024") == month_of("tháng 9 năm 2024") == month_of("T9/2024")
    True
    >>> month_of("13/2024"), month_of("5/9/2024")
    (None, None)
    """
    plain = " ".join(unicodedata.normalize("NFC", str(text)).lower().split())
    found = re.fullmatch("(?P<y>[0-9]{4})[-/](?P<m>[0-9]{1,2})", plain) or re.fullmatch(
        "(?:tháng |t\\.?)?(?P<m>[0-9]{1,2})(?: ?[/.-] ?| năm )(?P<y>[0-9]{4})", plain
    )
    if not found or not 1 <= int(found["m"]) <= 12 or not 1900 <= int(found["y"]) < 2200:
        return None
    return pd.Period(year=int(found["y"]), month=int(found["m"]), freq="M")


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
    if not found or not 1 <= int(found["m"]) <= 12:
        return None
    return pd.Period(year=int(found["y"]), month=int(found["m"]), freq="M")


def _day(text):
    day = date(text)
    if day is None or not 2000 <= day.year < 2100:
        return None
    return day.to_period("M" if day.is_month_end else "D")


def code_number(code: str) -> int:
    """Return a number that the code alone decides, on every machine and in every process.

    Examples
    --------
    >>> code_number("389") == code_number("389") != code_number("390")
    True
    """
    return int.from_bytes(hashlib.sha256(code.encode()).digest()[:8], "big")


def today() -> pd.Timestamp:
    """Return today; what is dated later is a plan or a slip of the pen, and moves nothing."""
    return pd.Timestamp.now().normalize()


def known_by(as_of: pd.Period) -> pd.Timestamp:
    """Return the last moment that is known at `as_of`: its end, or the end of today if that is sooner."""
    return min(as_of.end_time, today() + pd.Timedelta(days=1) - pd.Timedelta(1, "ns"))


def known_to(as_of: "str | pd.Period | None", last: pd.Period) -> pd.Period:
    """Return up to when a panel that ends with month `last` is known: that month, or a day in it.

    Raises
    ------
    TermsError
        If `as_of` is neither.

    Examples
    --------
    >>> known_to("19/9/2024", pd.Period("2024-09")), known_to("2024-09-30", pd.Period("2024-09"))
    (Period('2024-09-19', 'D'), Period('2024-09', 'M'))
    """
    known = last_known(as_of) if isinstance(as_of, str) else last if as_of is None else as_of
    if known.freqstr not in ("M", "D") or known.asfreq("M") != last:
        raise TermsError("ask_as_of", value=str(known), last=str(last))
    return last if known == last.asfreq("D", "end") else known


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
    TermsError
        If `until` lies before what is known.

    Examples
    --------
    >>> to_come(pd.Period("2024-10")).astype(str).tolist(), len(to_come(pd.Period("2024-10-09")))
    (['2024-11', '2024-12'], 3)
    """
    first = as_of.asfreq("M") + int(as_of.freqstr == "M")
    last = pd.Period(year=first.year, month=12, freq="M") if until is None else pd.Period(until, "M")
    if last < first - 1:
        raise TermsError("ask_until", value=str(last), as_of=str(as_of), first=str(first))
    return pd.period_range(first, last, freq="M")


def money(text: str) -> int | None:
    """Return a sum of money in whole VND, written as a number or as offices do; None if it is none.

    Examples
    --------
    >>> money("1.5e9"), money("1,5 tỷ"), money("500 triệu"), money("1.500.000.000 đồng")
    (1500000000, 1500000000, 500000000, 1500000000)
    >>> money("nhiều"), money("1e400"), money("1.2.3")
    (None, None, None)
    """
    found = re.fullmatch(r"([\d.,]+(?:e\d+)?)\s*(ty|trieu|tr)?\s*(dong|vnd|d)?", fold(text))
    if not found:
        return None
    number, unit = found[1], {"ty": 10**9, "trieu": 10**6, "tr": 10**6}.get(found[2] or "", 1)
    if re.fullmatch(r"\d{1,3}([.,]\d{3})+", number):
        number = re.sub("[.,]", "", number)
    try:
        amount = float(number.replace(",", ".")) * unit
    except ValueError:
        return None
    return round(amount) if amount <= MOST_MONEY else None
