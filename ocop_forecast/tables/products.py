"""Events, not rows: which decisions are of one product, and what each of them did to its certificate.

Exact rules decide. What is only nearly the same is listed for a person, never merged.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from rapidfuzz.fuzz import ratio
from rapidfuzz.process import cdist

from ocop_forecast.display import Table
from ocop_forecast.errors import Finding
from ocop_forecast.periods import to_come
from ocop_forecast.text import fold, folded

from .schema import LEVELS

LIFE = pd.DateOffset(months=36)  # of a certificate: Decision 148/QĐ-TTg of 24 February 2023
# on one day a product is recognised before it is promoted, and promoted before it is revoked
ORDER = {"new": 0, "re-recognised": 1, "upgraded": 2, "revoked": 3}
BANDS = {3: (50, 70), 4: (70, 90), 5: (90, 100.001)}  # points for stars: Decision 148/QĐ-TTg
ALIKE = 90  # of 100: the letters that two names share in one order
CROWD = 500  # names compared with each other; more of them are told apart by a word first
WORDS, LONG = 8, 200  # no more words tell them apart, and no more letters of a name are compared
ODD_DAYS = 31


def identify(register: pd.DataFrame, aliases: pd.DataFrame | None = None) -> pd.Series:
    """Return which product each row is of: rows of one product have one key.

    Rows are of one product if they share unit and product code; or, where one has no code, unit, product and
    producer in any accent form, unless several products went by these names before. What a row is hangs on
    those before it alone, so that a later decision changes no earlier count.

    Parameters
    ----------
    register : DataFrame
        With the columns unit, product, producer and product_code, in the order of time.
    aliases : DataFrame, optional
        The rows of `schema.ALIASES` that name products: unit (a code), written, means.

    Examples
    --------
    >>> rows = pd.DataFrame({"unit": "389", "product": ["Gạo nếp", "GẠO NẾP", "Mật ong"], "producer": "A",
    ...                      "product_code": [None, None, "38-1"]})
    >>> identify(rows).tolist()
    ['389 gao nep / a', '389 gao nep / a', '389 38-1']
    """
    unit = register["unit"].astype("str")
    codes = (unit + " " + _codes_of(register)).fillna("")
    names = unit + " " + _called(register, aliases) + " / " + folded(register["producer"])
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


def _codes_of(register):
    """Return the folded product codes, missing where there is none: a dash or "not yet" holds no figure."""
    codes = folded(register["product_code"])
    return codes.where(codes.str.contains(r"\d"))


def _called(register, aliases):
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
    """Return the register with `certificate`, the product's key, and `event`, what its decision did.

    Parameters
    ----------
    register : DataFrame
        With the columns of `schema.REGISTER`, `unit` as code.
    aliases : DataFrame, optional
        As in `identify`.

    Returns
    -------
    DataFrame
        The same rows in the same order. `event` is the kind, but ``repeated`` where a row is called new and
        the product stood in the register before: a product is new once.

    Examples
    --------
    >>> days = pd.to_datetime(["2024-05-01", "2021-05-01"])
    >>> rows = pd.DataFrame({"unit": "389", "product": "Gạo", "producer": "A", "product_code": None,
    ...                      "decision_date": days, "kind": "new", "stars": 3, "decision_no": ["2", "1"]})
    >>> classify(rows)["event"].tolist()
    ['repeated', 'new']
    """
    register = register.assign(certificate=identify(_in_time(register), aliases))
    earlier = _in_time(register).groupby("certificate").cumcount() > 0
    event = register["kind"].mask((register["kind"] == "new") & earlier.reindex(register.index), "repeated")
    return register.assign(event=event)


def _in_time(register):
    """Return the rows in the order of time, the same whatever their order in the file."""
    by = ["decision_date", "order", "stars", "decision_no", "product", "producer", "product_code"]
    ranked = register.assign(order=register["kind"].map(ORDER))
    return ranked.sort_values(by, kind="stable").drop(columns="order")


def count_months(register: pd.DataFrame, count_by: str = "decision") -> pd.Series:
    """Return the month to which each row counts, as Period.

    Parameters
    ----------
    register : DataFrame
        With decision_date and programme_year.
    count_by : {"decision", "programme"}
        The month of the decision; or, where that fell into the year after its programme year, the programme
        year's December.

    Examples
    --------
    >>> days = pd.to_datetime(["2023-01-12", "2023-05-04"])
    >>> rows = pd.DataFrame({"decision_date": days, "programme_year": [2022, 2023]})
    >>> count_months(rows, "programme").astype(str).tolist()
    ['2022-12', '2023-05']
    """
    decided = register["decision_date"].dt.to_period("M")
    if count_by == "decision":
        return decided
    late = (decided.dt.year - register["programme_year"]).eq(1).fillna(False).astype(bool)
    return decided.mask(late, decided - decided.dt.month)


def both_ways(register: pd.DataFrame) -> pd.DataFrame:
    """Count new products by the year of their decision and by programme year, beside each other.

    Parameters
    ----------
    register : DataFrame
        As from `read_register`.

    Returns
    -------
    DataFrame of int
        Index the year; columns decision, programme.
    """
    new = register[register["event"] == "new"]
    ways = {way: count_months(new, way).dt.year.value_counts() for way in ("decision", "programme")}
    return pd.DataFrame(ways).fillna(0).astype(int).sort_index().rename_axis("year")


def certificates(register: pd.DataFrame, as_of: pd.Period | None = None) -> pd.DataFrame:
    """Return every product that was ever recognised, and whether its certificate is valid.

    A certificate is valid for 36 months from its decision (Decision 148/QĐ-TTg), or up to its `expiry_date`,
    the first day without it. Every decision but a revocation renews it.

    Parameters
    ----------
    register : DataFrame
        As from `read_register`.
    as_of : Period, optional
        The last month or day known; without it the register's own.

    Returns
    -------
    DataFrame
        A row a product, index its key (`certificate`): unit, product, producer, stars (by the last decision
        that gives them), first and last (days of decision), expires (the first day without a certificate),
        status (``valid``, ``lapsed`` or ``revoked``).

    Examples
    --------
    >>> from ocop_forecast import read_register
    >>> from ocop_forecast.tables.readers import DATA
    >>> held = certificates(read_register(DATA / "register.csv", as_of="2024-09"))
    >>> int((held[held["unit"] == "389"]["status"] == "valid").sum())
    13
    """
    as_of = register.attrs["as_of"] if as_of is None else as_of
    rows = _in_time(register[register["decision_date"] <= as_of.end_time])
    rows = rows.assign(expires=_expires(rows), first=rows["decision_date"], last=rows["decision_date"])
    ways = dict.fromkeys(("unit", "product", "producer", "stars", "last", "expires", "kind"), "last")
    held = rows.groupby("certificate").agg({"first": "first", **ways})
    lapsed = held["expires"] <= as_of.end_time
    status = np.select([held["kind"] == "revoked", lapsed], ["revoked", "lapsed"], "valid")
    held["status"] = pd.Categorical(status, categories=["valid", "lapsed", "revoked"])
    return held[["unit", "product", "producer", "stars", "first", "last", "expires", "status"]]


def _expires(rows):
    """Return the first day without a certificate by each decision alone."""
    lives = rows["expiry_date"].fillna(rows["decision_date"] + LIFE)
    return lives.where(rows["kind"] != "revoked", rows["decision_date"])


def stock(register: pd.DataFrame, as_of: pd.Period | None = None, *, months: int = 12) -> pd.DataFrame:
    """Count the certificates of every unit: what is valid, what falls due, what has ended.

    Parameters
    ----------
    register : DataFrame
        As from `read_register`.
    as_of : Period, optional
        The last month or day known; without it the register's own.
    months : int
        How far to look ahead.

    Returns
    -------
    DataFrame of int
        A row a unit, then ``total``; columns valid, due (those of the valid that run out within `months`
        months and must be evaluated again), lapsed, revoked.

    Examples
    --------
    >>> from ocop_forecast import read_register
    >>> from ocop_forecast.tables.readers import DATA
    >>> stock(read_register(DATA / "register.csv", as_of="2024-09")).loc["389"].to_dict()["valid"]
    13
    """
    held = certificates(register, as_of)
    counts = held.groupby(["unit", "status"], observed=False).size().unstack("status")
    units = pd.Index(counts.index.astype("str"), name="unit")
    table = Table(counts.to_numpy(), units, list(counts.columns))
    table.insert(1, "due", due(register, as_of, months=months).sum())
    table.loc["total"] = table.sum()
    return table


def due(register: pd.DataFrame, as_of: pd.Period | None = None, *, months: int = 12) -> pd.DataFrame:
    """Count the valid certificates that run out in each of the next months.

    Parameters
    ----------
    register, as_of, months
        As in `stock`.

    Returns
    -------
    DataFrame of int, months x units
        Index the `months` months after `as_of`, and before them the rest of its own if that is a day.

    Examples
    --------
    >>> from ocop_forecast import read_register
    >>> from ocop_forecast.tables.readers import DATA
    >>> ahead = due(read_register(DATA / "register.csv", as_of="2024-09"))
    >>> ahead.shape, int(ahead.loc["2024-11", "389"])
    ((12, 27), 3)
    """
    as_of = register.attrs["as_of"] if as_of is None else as_of
    ahead = to_come(as_of, as_of.asfreq("M") + months).rename("month")
    held = certificates(register, as_of).assign(ends=lambda held: held["expires"].dt.to_period("M"))
    soon = held[(held["status"] == "valid") & held["ends"].isin(ahead)]
    soon = soon.assign(ends=pd.Categorical(soon["ends"], categories=ahead))
    counts = soon.groupby(["ends", "unit"], observed=False).size().unstack("unit")
    return pd.DataFrame(counts.to_numpy(), ahead, pd.Index(counts.columns.astype("str"), name="unit"))


def findings(register: pd.DataFrame, aliases: pd.DataFrame | None = None) -> list[Finding]:
    """Return all that a person should look at in a classified register.

    Parameters
    ----------
    register : DataFrame
        As from `classify`; index the places in the file.
    aliases : DataFrame, optional
        As in `identify`; a new name that people have confirmed is not told again.
    """
    rows = _in_time(register.dropna(subset=["product", "kind"]))
    rows = rows.assign(name=_called(rows, aliases), place=_places(rows), expires=_expires(rows))
    before = rows.groupby("certificate").shift()
    return [*_chain(rows, before), *_dates(rows), *_codes(rows), *near_duplicates(rows)]


def _places(rows):
    """Return each row's own place, beside it."""
    return pd.Series(list(rows.index), rows.index, dtype=object)


def _told(rows, wrong, column, key, level="warning", **values):
    """Return a finding for each row that is `wrong`; `values` are columns beside the rows."""
    chosen = {name: list(series[wrong]) for name, series in values.items()}
    return [
        Finding(place, column, key, {name: said[at] for name, said in chosen.items()}, level)
        for at, place in enumerate(rows.index[wrong])
    ]


def _other(place, other):
    """Return the row of the place `other`, with its sheet where that is not the sheet of `place`."""
    if not isinstance(other, tuple):
        return other
    return other[1] if other[0] == place[0] else f'{other[1]} ("{other[0]}")'


def _chain(rows, before):
    """Return what is odd in how a product's decisions follow each other."""
    first = before["decision_date"].isna()
    fewer = (rows["kind"] == "upgraded") & _sure(rows["stars"] <= before["stars"])
    renamed = ~first & (rows["name"] != before["name"])
    others = [_other(*both) for both in zip(rows["place"], before["place"], strict=True)]
    dated = {"other": pd.Series(others, rows.index, dtype=object), "date": before["decision_date"]}
    name, state = {"name": rows["product"]}, {"state": _state(rows, before)}
    return [
        *_told(rows, rows["event"] == "repeated", "kind", "new_twice", **name, **dated, **state),
        *_told(
            rows,
            first & rows["kind"].isin(("re-recognised", "upgraded")),
            "kind",
            "no_earlier_decision",
            **name,
        ),
        *_told(rows, first & (rows["kind"] == "revoked"), "kind", "revoked_unknown", **name),
        *_told(rows, renamed, "product", "product_renamed", was=before["product"], **dated),
        *_told(rows, fewer, "stars", "upgrade_without_star", was=before["stars"].astype(object), **dated),
    ]


def _sure(answers):
    """Return yes or no for each row; where a cell is blank, no."""
    return answers.fillna(False).astype(bool)


def _state(rows, before):
    """Return what had become of the certificate by the day of each row, as a key of the catalogues."""
    ended = [before["kind"] == "revoked", before["expires"] <= rows["decision_date"]]
    keys = np.select(ended, ["certificate_revoked", "certificate_lapsed"], "certificate_valid")
    return pd.Series([(str(key),) for key in keys], rows.index, dtype=object)


def _dates(rows):
    """Return what is odd in the days, years and points of single rows; a revocation gives no new end."""
    decided, ends = rows["decision_date"], rows["expiry_date"].where(rows["kind"] != "revoked")
    before, expected = ends <= decided, decided + LIFE
    apart = ~before & ((ends - expected).abs() > pd.Timedelta(days=ODD_DAYS))
    late = decided.dt.year - rows["programme_year"]
    low, high = (rows["stars"].map({star: band[at] for star, band in BANDS.items()}) for at in (0, 1))
    outside = _sure((rows["score"] < low) | (rows["score"] >= high))
    dated = {"date": decided}
    return [
        *_told(rows, before, "expiry_date", "expiry_before", "error", **dated),
        *_told(rows, apart, "expiry_date", "expiry_odd", **dated, expected=expected),
        *_told(rows, _sure((late < 0) | (late > 1)), "programme_year", "programme_year_odd", **dated),
        *_told(rows, outside, "score", "score_not_of_stars", stars=rows["stars"]),
    ]


def _codes(rows):
    """Return codes that stand for products of several units, and decisions that bear several dates."""
    unit, code = rows["unit"].astype("str"), _codes_of(rows)
    shared = unit.groupby(code).transform("nunique") > 1
    days = rows["decision_date"].groupby(_decisions(rows))
    odd = (days.transform("nunique") > 1) & (rows["decision_date"] != days.transform("min"))
    said = {"number": rows["decision_no"], "date": days.transform("min")}
    return [
        *_told(rows, shared, "product_code", "code_in_two_units"),
        *_told(rows, odd, "decision_date", "decision_two_dates", **said),
    ]


def _decisions(rows):
    """Return which decision each row names: districts number theirs each for itself, and each year anew."""
    whose = rows["unit"].astype("str").where(_level(rows["authority"]) != "province", "")
    year = rows["decision_date"].dt.year.astype("str")
    return folded(rows["decision_no"]).replace("", None) + "|" + whose + "|" + year


def _level(authority):
    """Return the level that an authority is of, where it says no more than that; else blank."""
    said = {fold(word): level for level, vietnamese in LEVELS.items() for word in (level, vietnamese)}
    return folded(authority).map(said).fillna("")


class Named(NamedTuple):
    """A product as it looks: where it first stands, its folded name and producer, both but for digits."""

    place: object
    form: str
    maker: str


def near_duplicates(rows: pd.DataFrame) -> list[Finding]:
    """Return the pairs of products that may be one, at the later one's first row.

    In one unit: equal names that other codes or producers keep apart, each beside the first of them; and
    names alike whose producers are alike or blank. In two units: the same name of the same producer. Names
    that differ in digits alone are different products.

    Parameters
    ----------
    rows : DataFrame
        A classified register in the order of time; index the places in the file.
    """
    first = rows.drop_duplicates("certificate")
    first = first.assign(name=folded(first["product"]), maker=folded(first["producer"]))
    first = first.assign(place=_places(first), unit=first["unit"].astype("str"))
    pairs = [*_one_name(first), *_elsewhere(first)]
    pairs += [pair for _, unit in first.groupby("unit") for pair in _alike(unit)]
    product = dict(zip(first["place"], first["product"], strict=True))
    both = [
        (late, {"name": product[early], "other": _other(late, early)}) for early, late in dict.fromkeys(pairs)
    ]
    return [Finding(late, "product", "near_duplicate", said, "warning") for late, said in both]


def _one_name(products):
    """Return the pairs of one unit and one name."""
    return _beside(products, products.groupby(["unit", "name"])["place"].transform("first"))


def _elsewhere(products):
    """Return the pairs of one name and one producer in two units."""
    made = products[products["maker"] != ""]
    same = made.groupby(["name", "maker"])
    moved = made["unit"] != same["unit"].transform("first")
    return _beside(made[moved], same["place"].transform("first")[moved])


def _beside(products, firsts):
    """Return each product beside the first one like it."""
    both = zip(firsts, products["place"], strict=True)
    return [(early, late) for early, late in both if early != late]


def _alike(products):
    """Return the pairs within one unit whose names and producers are alike, but for digits."""
    form, maker = (
        products[name].str.replace(r"\d+", "#", regex=True).str[:LONG] for name in ("name", "maker")
    )
    one = products.assign(form=form, maker=maker).drop_duplicates(["form", "maker"])
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
        first = next((one for one in others if _one_maker(one.maker, block[late].maker)), None)
        if first:
            yield first, block[late]


def _one_maker(one: str, other: str) -> bool:
    """Return whether two producers may be one: they are alike, or one of them is blank."""
    return "" in (one, other) or ratio(one, other, score_cutoff=ALIKE) > 0


def conflicts(register: pd.DataFrame, rounds: pd.DataFrame) -> list[Finding]:
    """Return the held rounds whose number of new products is not what the register counts.

    Rounds and rows meet by programme year and name of the round, where both tables have it; what is left of
    both by the day, of the districts by the month. Where the register does not say whose decision a
    row is, only the rounds of a table without districts can be told.

    Parameters
    ----------
    register : DataFrame
        As from `read_register`.
    rounds : DataFrame
        Typed by `schema.ROUNDS`; index the places in its file.
    """
    new = register[register["event"] == "new"]
    held = rounds[(rounds["status"] == "held") & (rounds["date"] <= register.attrs["as_of"].end_time)]
    levels = held["level"].fillna("")
    mine = {level: _of_level(new, level, set(levels)) for level in levels.unique()}
    return [
        finding
        for level, rows in mine.items()
        if rows is not None
        for finding in _differing(held[levels == level], rows, "M" if level == "district" else "D")
    ]


def _of_level(new, level, levels):
    """Return the rows that rounds of one level may hold; None where the register cannot tell."""
    said = _level(new["authority"])
    if level and (said != "").all():
        return new[said == level]
    return None if len(levels) > 1 or level == "district" else new


def _differing(held, new, freq):
    """Return a finding for each round whose number is not the one counted in the register."""
    held_by, new_by = _named_rounds(held), _named_rounds(new)
    shared = set(held_by.dropna()) & set(new_by.dropna())
    held_by = held_by.where(held_by.isin(shared), held["date"].dt.to_period(freq).astype("str"))
    new_by = new_by.where(new_by.isin(shared), new["decision_date"].dt.to_period(freq).astype("str"))
    told = held["recognised"].groupby(held_by).transform("sum")
    unsaid = held["recognised"].isna().groupby(held_by).transform("max")
    counted = held_by.map(new_by.value_counts()).fillna(0).astype(int)
    wrong = held_by.notna() & ~held_by.duplicated() & _sure(told != counted) & ~_sure(unsaid)
    said = {"value": told, "counted": counted, "date": held["date"]}
    return _told(held, wrong, "recognised", "round_differs", **said)


def _named_rounds(table):
    """Return programme year and name of each row's round; missing where one of them is blank."""
    return table["programme_year"].astype("str") + " " + folded(table["round"]).replace("", None)
