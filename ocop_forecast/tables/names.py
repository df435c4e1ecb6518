"""Names of administrative units, read in any accent form and with or without their type.

A unit is known by its official code. Its name is always read exactly: likeness may suggest a name in a
message, it never decides.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import pandas as pd
from rapidfuzz.fuzz import ratio
from rapidfuzz.process import extractOne

from ocop_forecast.errors import TermsError
from ocop_forecast.files.encoding import clean
from ocop_forecast.text import fold, lowercase, spelled

# a type of unit as it is written -> folded; by the types a district is told from a commune of the same name
DISTRICT_TYPES = {"thành phố": "thanh pho", "thị xã": "thi xa", "huyện": "huyen", "quận": "quan"}
COMMUNE_TYPES = {"thị trấn": "thi tran", "phường": "phuong", "xã": "xa"}
TYPES = DISTRICT_TYPES | COMMUNE_TYPES
SHORT_TYPES = {"tp": "thanh pho", "tx": "thi xa", "tt": "thi tran"}
SHORT_TYPES |= {"h": "huyen", "q": "quan", "p": "phuong", "x": "xa"}
SHORTENED = re.compile(r"(t\.?p|t\.?x|t\.?t|h|q|p|x)(?:\.\s*|\s+)(.+)")


class Typed(NamedTuple):
    """A written name taken apart: its type, folded (blank if it has none), and the name itself.

    It is `sure` where the type is shortened or has its right accents: Quan Hóa and Phượng Kỳ are names.
    """

    kind: str
    name: str
    sure: bool = True


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
        return Typed(SHORT_TYPES[found[1].replace(".", "")], found[2])
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
        for way in (*ways, ("bare", spelled(bare)), ("bare folded", fold(lowercase(bare)))):
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
    return code or "total", clean(name or "Toàn tỉnh")


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
    written = typed_name(text)
    for steps in _steps(str(text).strip(), written):
        for names in tables:
            if codes := names.found(steps, written):
                return names, codes
    return next(((names, codes) for names in tables if (codes := names.confirmed(text))), (None, []))


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
