"""Products: which decisions are of one product, and which two products may be one.

Exact rules decide. What is only nearly the same is listed for a person, never merged.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from rapidfuzz.fuzz import ratio
from rapidfuzz.process import cdist

from ocop_forecast.errors import Finding
from ocop_forecast.text import fold, folded

# on one day a product is recognised before it is promoted, and promoted before it is revoked
ORDER = {"new": 0, "re-recognised": 1, "upgraded": 2, "revoked": 3}
ALIKE = 90  # of 100: the letters that two names share in one order
CROWD = 500  # names compared with each other; more of them are told apart by a word first
WORDS, LONG = 8, 200  # no more words tell them apart, and no more letters of a name are compared


def identify(register: pd.DataFrame, aliases: pd.DataFrame | None = None) -> pd.Series:
    """Return the key of each row's product: rows of one product have one key.

    Rows are of one product if they share unit and product code; or, where one has no code, unit, product and
    producer in any accent form, unless several products went by these names before. A row's product hangs on
    the rows before it alone, so that a later decision changes no earlier count.

    The register has the columns unit, product, producer and product_code, in the order of time; `aliases` are
    the rows of `schema.ALIASES` that name products: unit (a code), written, means.

    Examples
    --------
    >>> rows = pd.DataFrame({"unit": "389", "product": ["Gạo nếp", "GẠO NẾP", "Mật ong"], "producer": "A",
    ...                      "product_code": [None, None, "38-1"]})
    >>> identify(rows).tolist()
    ['389 gao nep / a', '389 gao nep / a', '389 38-1']
    """
    unit = register["unit"].astype("str")
    codes = (unit + " " + codes_of(register)).fillna("")
    names = unit + " " + called(register, aliases) + " / " + folded(register["producer"])
    of_code: dict[str, str] = {}
    of_name: dict[str, dict[str, bool]] = defaultdict(dict)
    coded, keys = set(), []
    for code, name in zip(codes.to_numpy(object), names.to_numpy(object), strict=True):
        same = of_name[name]
        if code:
            key = of_code.get(code) or (name if name in same and name not in coded else code)
        else:
            key = next(iter(same)) if len(same) == 1 else name
        same[key] = True
        if code:
            of_code[code] = key
            coded.add(key)
        keys.append(key)
    return pd.Series(keys, register.index, dtype="str")


def codes_of(register):
    """Return the folded product codes, missing where there is none: a dash or "not yet" holds no figure."""
    codes = folded(register["product_code"])
    return codes.where(codes.str.contains(r"\d"))


def called(register, aliases):
    """Return the products' folded names, with what people have confirmed of them."""
    name = folded(register["product"])
    if aliases is None or aliases.empty:
        return name
    means = {
        (unit, fold(written)): fold(meant)
        for unit, written, meant in aliases[["unit", "written", "means"]].itertuples(index=False)
    }
    keys = zip(register["unit"].astype("str"), name, strict=True)
    return pd.Series([means.get(key, key[1]) for key in keys], name.index, dtype="str")


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
    """A product's first place, and its folded name and producer without their digits."""

    place: object
    form: str
    maker: str


def near_duplicates(rows: pd.DataFrame) -> list[Finding]:
    """Find the pairs of products that may be one; each is told at the later one's first row.

    In one unit: equal names that other codes or producers keep apart, each beside the first of them; and
    names alike whose producers are alike or blank. In two units: the same name of the same producer. Names
    that differ in digits alone are different products. The rows are classified and in the order of time,
    their index the places in the file.
    """
    first = rows.drop_duplicates("certificate")
    first = first.assign(name=folded(first["product"]), maker=folded(first["producer"]))
    first = first.assign(place=places(first), unit=first["unit"].astype("str"))
    made = first[first["maker"] != ""]
    moved = made["unit"] != made.groupby(["name", "maker"])["unit"].transform("first")
    pairs = _beside_the_first(first, ["unit", "name"]) + _beside_the_first(made, ["name", "maker"], moved)
    pairs += [pair for _, unit in first.groupby("unit") for pair in _alike(unit)]
    product = dict(zip(first["place"], first["product"], strict=True))
    return [
        Finding(late, "product", "near_duplicate", {"name": product[early], "other": row}, "warning")
        for early, late in dict.fromkeys(pairs)
        for row in [other_row(late, early)]
    ]


def _beside_the_first(products, by, where=slice(None)):
    """Return each product, or those chosen, beside the first one that is the same `by` some columns."""
    firsts = products.groupby(by)["place"].transform("first")
    both = zip(firsts[where], products["place"][where], strict=True)
    return [(early, late) for early, late in both if early != late]


def _alike(products):
    """Return the pairs within one unit whose names and producers are alike, but for digits."""
    plain = products[["name", "maker"]].apply(
        lambda texts: texts.str.replace(r"\d+", "#", regex=True).str[:LONG]
    )
    one = products.assign(form=plain["name"], maker=plain["maker"]).drop_duplicates(["form", "maker"])
    named = [Named(*row) for row in one[["place", "form", "maker"]].itertuples(index=False)]
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
        maker = block[late].maker
        alike = (
            one for one in others if "" in (one.maker, maker) or ratio(one.maker, maker, score_cutoff=ALIKE)
        )
        if first := next(alike, None):
            yield first, block[late]
