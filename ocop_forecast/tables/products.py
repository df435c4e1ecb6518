"""Products: which decisions are of one product, and which two products may be one.

Exact rules decide. What is only nearly the same is listed for a person, never merged.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from operator import itemgetter
from typing import NamedTuple

import numpy as np
import pandas as pd
from rapidfuzz.fuzz import ratio
from rapidfuzz.process import cdist

from ocop_forecast.errors import Finding
from ocop_forecast.text import APOSTROPHES, each, fold, folded, toned

# on one day a product is recognised before it is promoted, and promoted before it is revoked
ORDER = {"new": 0, "re-recognised": 1, "upgraded": 2, "revoked": 3}
ALIKE = 90  # of 100: the letters that two names share in one order
CROWD = 500  # names compared with each other; more of them are told apart by a word first
WORDS, LONG = 8, 200  # no more words tell them apart, and no more letters of a name are compared
MORE = 3  # words that a name may have more than another that may mean the same
Forms = dict[tuple[str, str], dict[str, bool]]  # a product's and a producer's name -> keys that went by them
WORD, AN_I = re.compile(r"\w+"), re.compile(r"(?<!a)y")  # chay is another word than chai
BRACKETS = re.compile(r"\([^)]*\)?|\[[^\]]*\]?|\s[-–—]\s.*")  # or a dash and all after it
# small letters of Cyrillic and Greek that, large or small, look like these
LOOK_ALIKES = str.maketrans("авекмнорстухіјѕԁһԛԝӏαβεζηικμνορτυχıɡ", "abekmhopctyxijsdhqwlabezhikmnoptyxig")
TRADES = (
    r"(?: (?:dich vu|dv|dvnn|nong nghiep|nn|san xuat|sx|kinh doanh|kd|thuong mai|tm|tong hop|tnhh|co phan|cp"
    r"|mtv|mot thanh vien|tu nhan|va)(?= ))*"
)
FIRMS = {
    "htx": re.compile(rf"(?:hop tac xa|htx)\b{TRADES}"),
    "cti": re.compile(rf"(?:cong ti|cti|ct)\b{TRADES}"),
    "tht": re.compile(r"(?:to hop tac|tht)\b"),
    "ho": re.compile(r"(?:ho kinh doanh|hkd|ho sxkd|ho san xuat kinh doanh|ho gia dinh)\b"),
}


def identify(register: pd.DataFrame, aliases: pd.DataFrame | None = None) -> pd.Series:
    """Return the key of each row's product: rows of one product have one key.

    Rows are of one product if they share unit and product code; or, where one has no code, unit, product and
    producer, whatever case, blanks and places of tones, unless several products went by these names before.
    Other accents are other names, but one typed wholly without accents is the one that it fits. A row's
    product hangs on the rows before it alone, so that a later decision changes no earlier count.

    The register has the columns unit, product, producer and product_code, in the order of time; `aliases` are
    the rows of `schema.ALIASES` that name products: unit (a code), written, means.

    Examples
    --------
    >>> names = ["Bánh tẻ", "BÁNH TẺ", "Banh te", "Bánh tè", "Mật ong"]
    >>> rows = pd.DataFrame({"unit": "389", "product": names, "producer": "A", "product_code": None})
    >>> identify(rows.assign(product_code=[None] * 4 + ["38-1"])).tolist()
    ['389 Bánh tẻ / A', '389 Bánh tẻ / A', '389 Bánh tẻ / A', '389 Bánh tè / A', '389 38-1']
    """
    unit = register["unit"].astype("str")
    texts = called(register, aliases), register["producer"].astype("str").fillna("")
    codes = (unit + " " + codes_of(register)).fillna("")
    alike, written = (unit + " " + one + " / " + other for one, other in (map(folded, texts), texts))
    twice = alike.duplicated(keep=False)  # accents are looked at only where rows agree but for them
    forms = zip(*(each(text.where(twice), toned) for text in texts), strict=True)
    columns = (series.to_numpy(object) for series in (codes, alike, written))
    of_code: dict[str, str] = {}
    of_name: dict[str, Forms] = defaultdict(dict)
    own: dict[tuple, str] = {}
    coded, keys = set(), []
    for code, group, name, form in zip(*columns, forms, strict=True):
        of_form = of_name[group]
        same = of_form.get(form) or (_fitting(of_form, form) if of_form else {})
        if code:
            key = of_code.get(code) or next((key for key in same if key not in coded), code)
        else:
            key = next(iter(same)) if len(same) == 1 else own.setdefault((group, form), name)
        of_form.setdefault(form, {})[key] = True
        if code:
            of_code[code] = key
            coded.add(key)
        keys.append(key)
    return pd.Series(keys, register.index, dtype="str")


def _fitting(forms: Forms, form: tuple[str, str]) -> dict[str, bool]:
    """Return the one product all of whose names so far may be `form`; none if there are several."""
    other = {key for known, keys in forms.items() if not _may_be(known, form) for key in keys}
    fits = {key: True for keys in forms.values() for key in keys if key not in other}
    return fits if len(fits) == 1 else {}


def _may_be(one, other):
    """Tell whether two names with one folded form are the same but where one has no accent at all."""
    return all(a == b or a == fold(a) or b == fold(b) for a, b in zip(one, other, strict=True))


def codes_of(register):
    """Return the folded product codes, missing where there is none: a dash, 0 or "not yet" holds no figure.

    One that a spreadsheet has rounded is none either: it may be of several products.
    """
    codes = folded(register["product_code"])
    return codes.where(codes.str.contains("[1-9]") & ~rounded(codes))


def rounded(codes):
    """Mark folded codes that a spreadsheet has rounded: 8.936e+12, or so many digits and then zeros.

    No spreadsheet keeps more than 15 digits; a code written out of 8.936E+12 ends in nine zeros.
    """
    return codes.str.fullmatch(r"\d([.,]\d+)?e\+?\d+|(?=\d{12})\d+0{6}|\d{15}0{2,}").astype(bool)


def called(register, aliases):
    """Return the products' names as written, or as people have confirmed that they are meant.

    What was confirmed of a name without accents holds for its accented forms too, if it means another name.
    """
    name = register["product"].astype("str")
    if aliases is None or aliases.empty:
        return name
    rows = aliases[["unit", "written", "means"]].itertuples(index=False)
    means = {(unit, toned(written)): meant for unit, written, meant in rows}
    bare = {key: meant for key, meant in means.items() if key[1] != fold(meant)}
    keys = zip(register["unit"].astype("str"), name.fillna(""), strict=True)
    said = [means.get((unit, toned(text))) or bare.get((unit, fold(text)), text) for unit, text in keys]
    return pd.Series(said, name.index, dtype="str")


def classify(register: pd.DataFrame, aliases: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the register with `certificate`, the product's key, and `event`, the effect of its decision.

    The register has the columns of `schema.REGISTER`, `unit` as code; its rows keep their order. `aliases`
    are as in `identify`. The event is the kind, but ``repeated`` where a row is called new and the product
    stood in the register before: a product is new once.

    Examples
    --------
    >>> days = pd.to_datetime(["2024-05-01", "2021-05-01"])
    >>> rows = pd.DataFrame({"unit": "389", "product": "Gạo", "producer": "A", "product_code": None,
    ...                      "decision_date": days, "kind": "new", "stars": 3, "decision_no": ["2", "1"]})
    >>> classify(rows)["event"].tolist()
    ['repeated', 'new']
    """
    register = register.assign(certificate=identify(in_time(register), aliases))
    earlier = in_time(register).groupby("certificate").cumcount() > 0
    event = register["kind"].mask((register["kind"] == "new") & earlier.reindex(register.index), "repeated")
    return register.assign(event=event)


def in_time(register):
    """Return the rows in the order of time, the same whatever their order in the file."""
    by = ["decision_date", "order", "stars", "decision_no", "product", "producer", "product_code"]
    ranked = register.assign(order=register["kind"].map(ORDER))
    return ranked.sort_values(by, kind="stable").drop(columns="order")


def places(rows):
    """Return each row's own place, beside it."""
    return pd.Series(list(rows.index), rows.index, dtype=object)


def other_row(place, other):
    """Return the row of the place `other`, with its sheet where that is not the sheet of `place`."""
    if not isinstance(other, tuple):
        return other
    return other[1] if other[0] == place[0] else f'{other[1]} ("{other[0]}")'


class Named(NamedTuple):
    """A product's first place, its plain name and producer without their digits, and the name with them."""

    place: object
    form: str
    maker: str
    name: str


def plain_name(text: str) -> str:
    """Return the words of a name without all that is often written otherwise.

    That is accents, signs, i or y, and letters of other alphabets that look like Latin ones.

    Examples
    --------
    >>> plain_name('"Mỳ gạo" - Ea H’leo.'), plain_name("Мì gạo (500g)")
    ('mi gao ea hleo', 'mi gao 500g')
    """
    letters = fold(APOSTROPHES.sub("", text[:LONG]))
    if not letters.isascii():  # most are, and fifty thousand take their time
        letters = letters.translate(LOOK_ALIKES)
    return AN_I.sub("i", " ".join(WORD.findall(letters))) or letters


def plain_maker(text: str) -> str:
    """Return a producer's plain name, the kind of firm in one form.

    Examples
    --------
    >>> plain_maker("Hợp tác xã dịch vụ nông nghiệp Hòa Bình"), plain_maker("CT TNHH An Phú")
    ('htx hoa binh', 'cti an phu')
    """
    name = plain_name(text)
    for kind, firm in FIRMS.items():
        if found := firm.match(name):
            return f"{kind} {name[found.end() :].strip()}"
    return name


def near_duplicates(rows: pd.DataFrame) -> list[Finding]:
    """Find the products that may be one; each is told once, at the later one's first row.

    In one unit: plain names (`plain_name`) that are equal; or alike, or of a few words more and decided on
    another day, if their producers are alike. In two units: one plain name and producer. Names that differ in
    digits alone are different products. The rows are classified and in the order of time, their index the
    places in the file.
    """
    first = rows.drop_duplicates("certificate")
    first = first.assign(place=places(first), unit=first["unit"].astype("str"))
    first = first.assign(name=each(first["product"], plain_name), maker=each(first["producer"], plain_maker))
    first["letters"] = first["name"].str.replace(" ", "")
    made = first[first["maker"] != ""]
    moved = made["unit"] != made.groupby(["letters", "maker"])["unit"].transform("first")
    pairs = _beside_the_first(first, ["unit", "letters", "maker"]) + list(_longer(made))
    pairs += [pair for _, unit in first.groupby("unit") for pair in _alike(unit)]
    pairs += _beside_the_first(first, ["unit", "letters"])
    pairs += _beside_the_first(made, ["letters", "maker"], moved)
    beside = {late: early for early, late in reversed(pairs)}  # the pair that is most alike comes first
    said = first.set_index("place")[["name", "product", "producer"]].astype("str").fillna("")
    said = {place: row for place, *row in said.itertuples(name=None)}
    return [_near(late, early, said[late], said[early]) for late, early in beside.items()]


def _near(late, early, own, its):
    """Tell two products that may be one; by their producers too, where those alone tell them apart."""
    values = {"name": its[1], "other": other_row(late, early)}
    if own[0] != its[0] or own[2] == its[2] or "" in (own[2], its[2]):
        return Finding(late, "product", "near_duplicate", values, "warning")
    makers = {"own": own[2], "maker": its[2]}
    return Finding(late, "product", "near_duplicate_makers", values | makers, "warning")


def _beside_the_first(products, by, where=slice(None)):
    """Return each product, or those chosen, beside the first one that is the same `by` some columns."""
    firsts = products.groupby(by)["place"].transform("first")
    both = zip(firsts[where], products["place"][where], strict=True)
    return [(early, late) for early, late in both if early != late]


def _longer(products):
    """Yield the pairs of one unit and producer of which one name has up to `MORE` words more in one place.

    What one day's decisions tell apart are two products: Gạo nếp, Gạo nếp nương.
    """
    several = products.groupby(["unit", "maker"])["place"].transform("size") > 1
    rows = products.loc[several, ["unit", "maker", "name", "product", "place", "decision_date"]]
    rows = [(*row, number) for number, row in enumerate(rows.itertuples(index=False, name=None))]
    whole = {row[:3]: row[4:] for row in reversed(rows)}
    for unit, maker, name, product, *this in rows:
        bare = BRACKETS.sub(" ", product)
        names = [*_shorter(name.split())] + ([plain_name(bare)] if bare != product else [])
        others = (whole[unit, maker, short] for short in names if (unit, maker, short) in whole)
        other = next((other for other in others if other[1] != this[1]), None)
        if other:
            early, late = sorted((tuple(this), other), key=itemgetter(2))
            yield early[0], late[0]


def _shorter(words):
    """Yield a name without one stretch of its words; at least half of them stay."""
    for more in range(1, min(MORE, len(words) // 2) + 1):
        for at in range(len(words) - more + 1):
            yield " ".join(words[:at] + words[at + more :])


def _alike(products):
    """Return the pairs within one unit whose names and producers are alike, but for digits."""
    plain = products[["name", "maker"]].apply(lambda texts: texts.str.replace(r"\d+", "#", regex=True))
    one = products.assign(
        form=plain["name"], maker=plain["maker"], letters=plain["name"].str.replace(" ", "")
    )
    one = one.drop_duplicates(["letters", "maker"])
    named = [Named(*row) for row in one[[*Named._fields]].itertuples(index=False)]
    blocks = [named] if len(named) <= CROWD else [*_blocks(named, 1), *_blocks(named, -1)]
    return [(early.place, late.place) for block in blocks for early, late in _resembling(block)]


def _blocks(named: list[Named], step: int, words: int = 1) -> Iterator[list[Named]]:
    """Yield the products whose names begin (or, `step` being -1, end) with the same words.

    Of more than a crowd such as few as share one word more, `WORDS` at most, so that thousands of products
    cost little.
    """
    blocks = defaultdict(list)
    for one in named:
        blocks[tuple(one.form.split()[::step][:words])].append(one)
    for shared, block in blocks.items():
        if len(block) <= CROWD:
            yield block
        elif len(shared) == words < WORDS:
            yield from _blocks(block, step, words + 1)


def _resembling(block: list[Named]) -> Iterator[tuple[Named, Named]]:
    """Yield each product beside the one before it whose name, though not the same, is most alike.

    Their producers must be alike as well, or one of them blank.
    """
    forms = [one.form for one in block]
    near = np.triu(cdist(forms, forms, scorer=ratio, score_cutoff=ALIKE, dtype=np.uint8), k=1)
    for late in np.flatnonzero(near.any(axis=0)):
        nearest = np.argsort(near[:, late], kind="stable")[::-1][: np.count_nonzero(near[:, late])]
        others = (block[early] for early in nearest if forms[early] != forms[late])
        if first := next((one for one in others if _of_one_maker(one, block[late])), None):
            yield first, block[late]


def _of_one_maker(one, other):
    """Tell whether two products' producers are alike or one is blank, and the same holds of their digits."""
    digits, makers = [re.sub(r"\D", "", name) for name in (one.name, other.name)], (one.maker, other.maker)
    return ("" in digits or digits[0] == digits[1]) and ("" in makers or ratio(*makers) >= ALIKE)
