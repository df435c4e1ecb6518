"""The encoding of a file's bytes, and the old Vietnamese encodings that would be read as other letters.

Nothing is converted: a file in an old encoding is refused with its name, since a guess is right only mostly.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterable

MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}

UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)

# TCVN3 (ABC, fonts .VnTime): the byte of each letter, as Latin-1 shows it
_TCVN3 = str.maketrans(
    "µ¸¶·¹¨»¾¼½Æ©ÇÊÈÉË®ÌÐÎÏÑªÒÕÓÔÖ×ÝØÜÞßãáâä«åèæçé¬êíëìîïóñòô\u00adõøö÷ùúýûüþ¡¢§£¤¥¦",
    "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵĂÂĐÊÔƠƯ",
)
# VNI: the letter after a vowel that stands for its marks (acute, grave, hook, tilde, dot; circumflex, breve)
_TONES = "\u0301\u0300\u0309\u0303\u0323"
_VNI = {
    **dict(zip("ùøûõï", _TONES, strict=True)),
    **dict(zip("âáàåãä", [f"\u0302{tone}" for tone in ("", *_TONES)], strict=True)),
    **dict(zip("êéèúüë", [f"\u0306{tone}" for tone in ("", *_TONES)], strict=True)),
}
_VNI_ALONE = dict(zip("ñÑôÔöÖæóòî", "đĐơƠưƯỉĩịỵ", strict=True))

_WORD = re.compile(r"[A-Za-z\u0080-\u024f\u0300-\u0323\u1ea0-\u1ef9]+")
_ONSET = "ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdđghklmnprstvx]"
_VOWELS = (
    "oai|oay|oeo|uay|uây|uya|uyê|uyu|iêu|yêu|uôi|ươi|ươu|oa|oă|oe|uâ|uê|uy|uơ|iê|yê|ia|ya|uô|ua|ươ|ưa|ai|ay|ây|ao|"
    "au|âu|eo|êu|iu|ưu|oi|ôi|ơi|ui|ưi|[aăâeêioôơuưy]"
)
_SYLLABLE = re.compile(rf"({_ONSET})?({_VOWELS})(ng|nh|ch|[cmnpt])?")


def is_syllable(word: str) -> bool:
    """Tell whether `word` can be a written Vietnamese syllable, with at most one tone.

    Examples
    --------
    >>> is_syllable("Ngọc"), is_syllable("Ngäc"), is_syllable("Ngoïc")
    (True, False, False)
    """
    letters = unicodedata.normalize("NFD", word.lower())
    plain = "".join(letter for letter in letters if letter not in _TONES)
    tones = len(letters) - len(plain)
    return tones <= 1 and bool(_SYLLABLE.fullmatch(unicodedata.normalize("NFC", plain)))


def _from_vni(word):
    def marked(found):
        vowel, mark = found[0][0], found[0][1]
        return _VNI_ALONE.get(vowel, vowel) + _VNI[mark.lower()]

    pairs = re.sub(f"[aeouyôö][{''.join(_VNI)}]", marked, word, flags=re.I)
    return unicodedata.normalize("NFC", "".join(_VNI_ALONE.get(letter, letter) for letter in pairs))


OLD = {"TCVN3 (ABC)": lambda word: word.translate(_TCVN3), "VNI": _from_vni}


def _words(texts):
    """Return the distinct words with a letter beyond ASCII, in composed form."""
    words = _WORD.findall("\n".join(texts))
    return {unicodedata.normalize("NFC", word) for word in words if not word.isascii()}


def old_encoding(texts: Iterable[str]) -> tuple[str, list[str]]:
    """Return the old Vietnamese encoding in which the texts may have been typed, and the words that show it.

    A word shows it if it is no Vietnamese syllable as it stands and is one in that encoding. One word may be
    a foreign name; two different ones are not. Of two letters it may be a unit, such as µm.

    Examples
    --------
    >>> old_encoding(["HuyÖn Ngäc LÆc"]), old_encoding(["Teân saûn phaåm"])
    (('TCVN3 (ABC)', ['HuyÖn', 'LÆc', 'Ngäc']), ('VNI', ['Teân', 'phaåm', 'saûn']))
    >>> old_encoding(["Huyện Ngọc Lặc"])[1]
    []
    """
    strange = [word for word in sorted(_words(texts)) if not is_syllable(word)]
    shown = {name: [word for word in strange if _shows(word, turn)] for name, turn in OLD.items()}
    return max(shown.items(), key=lambda item: len(item[1]))


def _shows(word, turn):
    turned = turn(word)
    return len(word) > 2 and turned != word and not turned.isascii() and is_syllable(turned)


def misread(texts: Iterable[str]) -> str:
    """Return a word that is UTF-8 read as Windows-1252, such as ``XÃ£``; blank if there is none.

    Examples
    --------
    >>> misread(["XÃ£ LÆ°á»›c"]), misread(["Sông Mã", "Nestlé", "Á Âu"])
    ('XÃ£', '')
    """
    words = dict.fromkeys(word for text in texts if _PAIR.search(text) for word in text.split())
    return next((word for word in words if _PAIR.search(word) and _is_misread(word)), "")


# a first byte of UTF-8 and one that may follow it, both read as letters
_PAIR = re.compile(r"[Â-ô][^\x00-\x7f\xa0À-ÿ]")


def _is_misread(word):
    """Tell whether a word's bytes are UTF-8: by chance no true word's are."""
    try:
        return b"".join(map(_byte, word)).decode("utf-8", "strict") != word
    except UnicodeError:
        return False


def _byte(letter):
    """Return the Windows-1252 byte of a letter; five bytes that have none stand for themselves."""
    try:
        return letter.encode("cp1252")
    except UnicodeEncodeError:
        return letter.encode("latin-1")


def clean(text: str) -> str:
    r"""Return `text` composed, without characters that nobody sees and with single blanks.

    Examples
    --------
    >>> clean("Gạo\u200b  nếp\n") == "Gạo nếp", clean("x\x0by")
    (True, 'x y')
    """
    seen = UNSEEN.sub(lambda found: " " if found[0].isspace() else "", text)
    return " ".join(unicodedata.normalize("NFC", seen).split())


def encoding_of(data: bytes) -> str | None:
    """Return the encoding in which `data` is text: UTF-8 or UTF-16, with a mark or without; None if neither.

    Examples
    --------
    >>> [encoding_of("TT,Tên".encode(name)) for name in ("utf-8-sig", "utf-16", "utf-16-be", "cp1258")]
    ['utf-8-sig', 'utf-16', 'utf-16-be', None]
    """
    name = next((name for mark, name in MARKS.items() if data.startswith(mark)), "utf-8")
    # without a mark UTF-16 shows by its zero bytes: at least a fifth, nearly all on one side of the pairs
    high, low = data[:65536:2].count(0), data[1:65536:2].count(0)
    if name == "utf-8" and 5 * (high + low) >= len(data[:65536]):
        name = "utf-16-be" if high > low else "utf-16-le"
    try:
        data.decode(name)
    except UnicodeDecodeError:
        return None
    return name


def old_bytes(data: bytes) -> str | None:
    r"""Return the old Vietnamese encoding in which `data`, which is not UTF-8, makes most sense, or None.

    Examples
    --------
    >>> old_bytes(b"Huy\xea\xf2n Ngo\xf2c"), old_bytes("HuyÖn Ngäc LÆc".encode("latin-1"))
    ('Windows-1258', 'TCVN3 (ABC)')
    """
    latin = "".join(chr(byte) for byte in data[:1_000_000])
    texts = {name: [turn(word) for word in _words([latin])] for name, turn in OLD.items()}
    texts["Windows-1258"] = _words([data[:1_000_000].decode("cp1258", "replace")])

    def sense(name):
        return sum(not word.isascii() and is_syllable(word) for word in set(texts[name]))

    best = max(texts, key=sense)
    return best if sense(best) > 1 else None
