"""Texts compared and cleaned: accents, case, tones, letters that no file can hold, sums of money."""

import os
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

import pandas as pd

DASHES = re.compile(r"[-\u2010-\u2015\u2212]")
# typed, typeset, and as other keyboards have them
APOSTROPHES = re.compile(r"['`\u00B4\u02B9-\u02BF\u02C8\u2018\u2019\u201B\u2032\u2035\uFF07]")
TONES = "\u0300\u0301\u0303\u0309\u0323"
MOST_MONEY = 10**15  # VND
# characters that XML cannot hold, and those that turn the direction of the words after them
UNWRITABLE = re.compile(
    r"[^\t\n\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]|[\u200E\u200F\u202A-\u202E\u2066-\u2069]"
)


class _Without(dict):
    """A table for `str.translate` without the characters for which `dropped` holds, each asked once."""

    def __init__(self, dropped: Callable[[str], object]) -> None:
        super().__init__()
        self.dropped = dropped

    def __missing__(self, code: int) -> str | None:
        self[code] = None if self.dropped(chr(code)) else chr(code)
        return self[code]


def _unseen(letter: str) -> bool:
    """Tell whether a character has no width, such as the joiners that come along from web pages."""
    return unicodedata.category(letter) == "Cf"


WITHOUT_UNSEEN = _Without(_unseen)
WITHOUT_ACCENTS = _Without(lambda letter: unicodedata.combining(letter) or _unseen(letter))


def fold(text: str) -> str:
    """Return `text` without accents, case, surplus blanks and characters without width.

    Examples
    --------
    >>> fold("Cẩm  Thuỷ") == fold("CẨM THỦY") == "cam thuy"
    True
    >>> fold("Ðông Sơn"), fold("Đông Sơn")
    ('dong son', 'dong son')
    """
    letters = unicodedata.normalize("NFKD", str(text)).translate(WITHOUT_ACCENTS).casefold()
    return " ".join(letters.replace("đ", "d").replace("ð", "d").split())


def each(texts: pd.Series, turn: Callable[[str], str]) -> pd.Series:
    """Return texts as `turn` writes them, each distinct one turned once; a missing one is blank.

    Examples
    --------
    >>> each(pd.Series(["Gạo NẾP", None]), small).tolist()
    ['gạo nếp', '']
    """
    codes, once = pd.factorize(texts.astype("str").fillna("").to_numpy(object))
    return pd.Series(pd.Index([turn(text) for text in once], dtype="str").take(codes), texts.index)


def folded(texts: pd.Series) -> pd.Series:
    """Return texts as `fold` writes them; a missing one is blank.

    Examples
    --------
    >>> folded(pd.Series(["Gạo NẾP", None])).tolist()
    ['gao nep', '']
    """
    return each(texts, fold)


def small(text: object) -> str:
    """Return `text` in small letters with its accents, in one Unicode form and with single blanks."""
    letters = unicodedata.normalize("NFKC", str(text)).casefold().replace("ð", "đ")
    return " ".join(letters.translate(WITHOUT_UNSEEN).split())


def lowercase(text: object) -> str:
    """Return `text` in small letters with its accents; a dash is a blank."""
    return " ".join(DASHES.sub(" ", small(text)).split())


def toned(text: str) -> str:
    """Return `text` in small letters with its accents, each syllable's tone at its end.

    Examples
    --------
    >>> toned("Bánh Hoà") == toned("BÁNH HÒA"), toned("Bánh tẻ") == toned("Bánh tè")
    (True, False)
    """
    return " ".join(map(_tone_last, small(text).split()))


@lru_cache(maxsize=10_000)  # Vietnamese has fewer syllables
def _tone_last(syllable: str) -> str:
    return "".join(sorted(unicodedata.normalize("NFD", syllable), key=TONES.__contains__))


def spelled(text: str) -> str:
    """Return `text` with its accents in one spelling, a dash as a blank.

    So it does not matter over which vowel a tone was written, nor in how many characters.

    Examples
    --------
    >>> spelled("Cẩm Thuỷ") == spelled("CẨM THỦY"), spelled("Đồng Tiến") == spelled("Đông Tiến")
    (True, False)
    """
    return toned(lowercase(text))


def money(text: str) -> int | None:
    """Return the VND, whole, that `text` writes as a number or as offices do; None if it is no sum.

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


def printable(name: str | os.PathLike) -> str:
    r"""Return a file's name as text that can be written, lone surrogates replaced.

    Linux lets any bytes be a name; Python reads those that are no UTF-8 as lone surrogates, which no file and
    no table of text may hold.

    Examples
    --------
    >>> printable("S\u1ed5 \udcff.csv") == "S\u1ed5 \ufffd.csv"
    True
    """
    return str(name).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def plain(text: str) -> str:
    r"""Return a text without the characters of `UNWRITABLE`.

    Examples
    --------
    >>> plain("Ngọc\x00 Lặc\u202e")
    'Ngọc Lặc'
    """
    return UNWRITABLE.sub("", text)
