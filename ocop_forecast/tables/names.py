"""Names of administrative units, read in any accent form and with or without their type.

A unit is known by its official code. Its name is always read exactly: likeness may suggest a name in a
message, it never decides.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import pandas as pd
from rapidfuzz.fuzz import ratio
from rapidfuzz.process import extractOne

from ocop_forecast.errors import TermsError
from ocop_forecast.files.encoding import clean
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.text import APOSTROPHES, TONES, fold, lowercase, spelled

# a type of unit as it is written -> folded; by the types a district is told from a commune of the same name
DISTRICT_TYPES = {"thành phố": "thanh pho", "thị xã": "thi xa", "huyện": "huyen", "quận": "quan"}
COMMUNE_TYPES = {"thị trấn": "thi tran", "phường": "phuong", "xã": "xa"}
TYPES = DISTRICT_TYPES | COMMUNE_TYPES
SHORT_TYPES = {"tp": "thanh pho", "tx": "thi xa", "tt": "thi tran"}
SHORT_TYPES |= {"h": "huyen", "q": "quan", "p": "phuong", "x": "xa"}
SHORTENED = re.compile(r"(t(?:[./]\s?)?[pxt]|h|q|p|x)(?:[./]\s*|\s+)(.+)")
LONG = 200  # letters; no longer text is a name
# what may stand around a name: its number in a list, brackets and marks; after it a footnote, or "former"
BEFORE = re.compile(r"^(?:(?:\d{1,2}|[IVX]*[IV])\s?[.)/-]\s*|[^\w\s]\s*)++")
AFTER = re.compile(r"(?:\s+\(?(?i:cũ)\)?|\s*[(\[]\d{0,2}[)\]]|[¹²³]|\s*[^\w\s])++$")
# between a unit and what it lies in, or its code
BETWEEN = re.compile(r"[,;()\[\]\n]|\s[-–—]\s|(?<=\d)[.:]?\s+(?=[^\W\d])")
# the offices that write the lists, in words without accents; the unit stands after them
DUTIES = (
    *("nong nghiep", "nong thon", "phat trien", "moi truong", "tai nguyen", "kinh te", "ha tang", "do thi"),
    *("cong thuong", "dich vu", "ky thuat", "khuyen nong", "dieu phoi", "moi", "nn", "ptnt", "mt", "ntm"),
    *("nnptnt", "nnmt", "dvnn", "va"),
)
OFFICES = re.compile(
    r"(?:ubnd\.?|uy ban nhan dan|(?:tren )?dia ban"
    rf"|(?:phong|p|van phong|vp|trung tam|tt)\.?(?: (?:{'|'.join(DUTIES)})(?= ))+) "
)
NUMBER = re.compile(r"0*(\d+)(?:[.,]0+)?")  # a code that a spreadsheet took for a number


class Typed(NamedTuple):
    """A written name taken apart: its type, folded (blank if it has none), and the name itself.

    It is `sure` where the type is shortened or has its right accents: Quan Hóa and Phượng Kỳ are names.
    """

    kind: str
    name: str
    sure: bool = True


@lru_cache(maxsize=1000)  # a text is looked up in several tables and ways
def typed_name(text: str) -> Typed:
    """Take a written name apart into its type and the name itself.

    Examples
    --------
    >>> typed_name("TX. Bỉm Sơn")
    Typed(kind='thi xa', name='bỉm sơn', sure=True)
    >>> typed_name("xa Đồng Tiến").sure, typed_name("Đồng Tiến").kind
    (False, '')
    """
    plain = lowercase(text)
    if found := SHORTENED.fullmatch(plain):
        return Typed(SHORT_TYPES[re.sub(r"[./\s]", "", found[1])], found[2])
    words = plain.split()
    for kind, folded in TYPES.items():
        count = len(kind.split())
        first, name = " ".join(words[:count]), " ".join(words[count:])
        if name and fold(first) == folded:
            return Typed(folded, name, spelled(first) == spelled(kind))
    return Typed("", plain)


def bare_name(text: str) -> str:
    """Return the folded name without its type.

    ``quan`` is a type (quận) only where its accent says so, since Quan Hóa and Quan Sơn are names.

    Examples
    --------
    >>> bare_name("Huyện Ngọc Lặc"), bare_name("H.Quan Hóa"), bare_name("Quận Ba Đình")
    ('ngoc lac', 'quan hoa', 'ba dinh')
    """
    written = typed_name(text)
    return fold(lowercase(text) if written.kind == "quan" and not written.sure else written.name)


def level(kind: str) -> str:
    """Return the level of a folded type: ``district``, ``commune``, or blank for any other.

    Examples
    --------
    >>> level("huyen"), level("thi tran"), level("")
    ('district', 'commune', '')
    """
    levels = {"district": DISTRICT_TYPES, "commune": COMMUNE_TYPES}
    return next((name for name, types in levels.items() if kind in types.values()), "")


class UnitNames:
    """The codes that a written name or code may mean, for the units of one table.

    A text is looked up as a code, then as a name with its type, then as one without, each first with its
    accents and then without. The first step that finds any unit decides; if it finds several, none is meant.
    What is no true name and no alias is looked up again by its letters alone, and without what stands around.

    The units' index is their codes; the columns are name and type (which may be blank). Over the aliases, as
    from `units.unit_aliases`, a true name wins.

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
        ways = [("code", code), ("full", spelled(full)), ("full folded", fold(lowercase(full)))]
        ways += [("bare", spelled(bare)), ("bare folded", fold(lowercase(bare)))]
        ways += [(way + mark, turn(key)) for way, key in ways[1:] for turn, mark in TURNS.items() if mark]
        ways += [("number", found[1]) for found in [NUMBER.fullmatch(str(code))] if found]
        for way in ways:
            self._lookup[way].append(code)

    def codes(self, text: str) -> list[str]:
        """Return the codes that `text` may mean: one if it is clear, else several or none."""
        return first_found(text, [self])[1]

    def found(self, steps: "list[tuple[str, str]]", written: Typed) -> list[str]:
        """Look `written` up by some keys; units of another level do not count: xã Đông Sơn is no huyện."""
        found: dict[str, None] = {}
        for way, key in steps:
            codes = self._lookup.get((way, key), [])
            strict = way.startswith("bare") and written.sure and level(written.kind)
            found |= dict.fromkeys(c for c in codes if not strict or self.level(c) in ("", strict))
        return list(found)

    def may_mean(self, text: str) -> bool:
        """Tell whether `text` in its loosest reading, without accents and with one i, is any unit's name."""
        keys = {one_i(fold(name)) for name in (lowercase(text), typed_name(text).name)}
        ways = [f"{way} folded{TURNS[one_i]}" for way in ("full", "bare")]
        return text in self._kinds or any((way, key) in self._lookup for way in ways for key in keys)

    def confirmed(self, text: str) -> list[str]:
        """Return the code that people have confirmed `text` to mean."""
        code = self._aliases.get(fold(text))
        return [code] if code else []

    def level(self, code: str) -> str:
        """Return the level of a unit: ``district``, ``commune``, or blank if its type does not say."""
        kind = fold(self._kinds[code])
        return level(SHORT_TYPES.get(kind, kind) or typed_name(self._names[code]).kind)

    def resolve(self, text: str) -> "str | tuple[str, dict]":
        """Return the one code that `text` means, or else key and values of the sentence that says why not."""
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
        """Suggest the name that looks most like `text`; blank if none does."""
        bare = {key: codes for (way, key), codes in self._lookup.items() if way == "bare folded"}
        found = extractOne(bare_name(text), list(bare), scorer=ratio, score_cutoff=65)
        return ", ".join(f"{self._names[code]} ({code})" for code in bare[found[0]]) if found else ""


def province_of(table: pd.DataFrame) -> tuple[str, str]:
    """Return the province's code and name as a table of units or targets says them.

    Where it does not, they are ``total`` and *Toàn tỉnh* (the whole province).

    Examples
    --------
    >>> province_of(pd.DataFrame({"province": ["38"], "province_name": [None]}))
    ('38', 'Toàn tỉnh')
    """
    said = table.reindex(columns=["province", "province_name"])
    code, name = (next(iter(said[column].dropna()), None) for column in said)
    return code or "total", clean(name or label("province_whole"))


def code_of(unit: str, names: pd.Series) -> str:
    """Return the code of a unit, given by its code or its name, by a table's names of units.

    TermsError is raised if it is none of them.

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
    """Return the table that finds `text` at the surest step, the first of equals, and the codes it finds."""
    return next((found for found in _tries(str(text).strip(), tables) if found[1]), (None, []))


def _tries(text, tables):
    """Yield what is found in ever less sure ways: as true names are, as confirmed, by parts, as a number."""
    yield _found(text, tables, str)
    yield from ((names, names.confirmed(text)) for names in tables)
    if len(text) <= LONG:
        yield from (_loosely(way, tables) for way in (text, undressed(text)) if re.search(r"[^\W\d]", way))
        parts = [undressed(part) or part for part in BETWEEN.split(text)]
        for names in tables:
            found = [_loosely(part, [names])[1] for part in parts]
            yield names, list(dict.fromkeys(code for codes in found for code in codes))
    if number := NUMBER.fullmatch(text):
        yield from ((names, names.found([("number", number[1])], Typed("", text))) for names in tables)


def _found(text, tables, turn):
    """Look up a text whose name is turned, as the names of the tables are."""
    written = typed_name(text)
    for steps in _steps(text, written):
        keys = [(way + TURNS[turn], turn(key) if TURNS[turn] else key) for way, key in steps]
        for names in tables:
            if codes := names.found(keys, written):
                return names, codes
    return None, []


def _loosely(text, tables):
    """Look up a text as it is spelled, by its letters alone, then with one i; if any may be found."""
    near = [names for names in tables if names.may_mean(text)]
    return next((found for turn in TURNS if near and (found := _found(text, near, turn))[1]), (None, []))


def undressed(text: str) -> str:
    """Return a name without what stands around it: an office, its number in a list, brackets, "former".

    Examples
    --------
    >>> undressed("2) Phòng NN&PTNT H. Tây Hồ*"), undressed("Xã Tây Hồ (cũ)"), undressed("Phong Điền")
    ('H. Tây Hồ', 'Xã Tây Hồ', 'Phong Điền')
    """
    name = BEFORE.sub("", AFTER.sub("", unicodedata.normalize("NFC", text.strip())))
    words = re.sub("[:&-]", " ", re.sub(r"\.(?=[^\W\d])", ". ", name)).split()
    plain = [fold(word).replace(" ", "").rstrip(",") or "-" for word in words]
    office = OFFICES.match(" ".join(plain))
    return " ".join(words[len(office[0].split()) :] if office else words)


def joined(name: str) -> str:
    """Return the letters of a spelled name in one word: blanks and apostrophes stand at will in Ea H'Lâm."""
    letters = APOSTROPHES.sub("", name).replace(" ", "")
    return "".join(sorted(letters, key=TONES.__contains__))


def one_i(name: str) -> str:
    """Return a spelled name joined, with i for each y after a consonant or qu: Quy Hợp, Qui Hợp."""
    return joined(re.sub(r"(?<=[bcdđghklmnpqrstvx])y|(?<=qu)y", "i", name))


# ways to look a name up -> their mark: as it is spelled, by its letters alone, with one i
TURNS: dict[Callable[[str], str], str] = {str: "", joined: " joined", one_i: " with one i"}


def _steps(text, written):
    """Yield the ways to look up a text, equally sure ones together.

    Where the accents say one unit and the type another, none is meant.
    """
    full, whole = f"{written.kind} {written.name}", lowercase(text)
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
