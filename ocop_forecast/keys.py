"""The keys of every table: administrative units by code and name, and months.

A unit is known by its official code. Its name is read in any accent form and with or without its type, but
always exactly: likeness may suggest a name in a message, it never decides.
"""

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


def as_month(text: "str | pd.Period") -> pd.Period:
    """Return the month that ``2024-09`` or ``9/2024`` names.

    Raises
    ------
    InputError
        If `text` names no month of the years 2000 to 2099.

    Examples
    --------
    >>> as_month("2024-09") == as_month("09/2024") == as_month(pd.Period("2024-09", "M"))
    True
    """
    text = str(text).strip()
    iso, spoken = r"(?P<y>20\d\d)-(?P<m>\d\d?)", r"(?P<m>\d\d?)/(?P<y>20\d\d)"
    found = re.fullmatch(iso, text) or re.fullmatch(spoken, text)
    if not found or not 1 <= int(found["m"]) <= 12:
        raise InputError([Fault("as_of", "not_a_month", {"value": text})])
    return pd.Period(year=int(found["y"]), month=int(found["m"]), freq="M")
