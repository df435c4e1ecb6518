"""Certificates: how long they are valid, what falls due, and what is odd in decisions and rounds."""

import re

import numpy as np
import pandas as pd

from ocop_forecast.display import Table
from ocop_forecast.errors import Finding
from ocop_forecast.periods import to_come
from ocop_forecast.text import fold, folded

from .products import called, codes_of, in_time, near_duplicates, other_row, places, rounded
from .schema import LEVELS

LIFE = pd.DateOffset(months=36)  # of a certificate: Decision 148/QĐ-TTg of 24 February 2023
BANDS = {3: (50, 70), 4: (70, 90), 5: (90, 100.001)}  # points for stars: Decision 148/QĐ-TTg
ODD_DAYS = 31  # between an expiry date and the one that its decision gives
# one cell that lists products: numbered, behind bullets, or with semicolons between them
LISTED = re.compile(
    r"""^\(?0?1\s?[.)/:-]\s*[^\W\d].*\s\(?0?2\s?[.)/:-]\s*[^\W\d]
    | ^\(?a\s?[.)/]\s*[^\W\d].*\s\(?b\s?[.)/]\s*[^\W\d]
    | ^([-–—+*•·●▪])\s*\w.*\s\1\s*\w
    | ^[^(\[]*\w\s?;\s*\w""",
    re.VERBOSE | re.IGNORECASE,
)


def certificates(register: pd.DataFrame, as_of: pd.Period | None = None) -> pd.DataFrame:
    """Return every product that was ever recognised, and the state of its certificate.

    A certificate is valid for 36 months from its decision (Decision 148/QĐ-TTg), or up to its `expiry_date`,
    the first day without it. Every decision but a revocation renews it.

    Parameters
    ----------
    register : DataFrame
        As in `Province`.
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
    >>> from ocop_forecast import read_province
    >>> held = certificates(read_province(as_of="2024-09").register)
    >>> int((held[held["unit"] == "389"]["status"] == "valid").sum())
    13
    """
    as_of = register.attrs["as_of"] if as_of is None else as_of
    rows = in_time(register[register["decision_date"] <= as_of.end_time])
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


def lives(register: pd.DataFrame, as_of: pd.Period) -> pd.DataFrame:
    """Return every life of a certificate, from one decision to the next one of the same product.

    Parameters
    ----------
    register, as_of
        As in `certificates`.

    Returns
    -------
    DataFrame
        A row a decision that is no revocation: certificate, unit, stars (by it or the last one before),
        expires (the first day without a certificate by it alone), next (the day of the product's next
        decision; missing where there is none) and next_kind.

    Examples
    --------
    >>> from ocop_forecast import read_province
    >>> province = read_province(as_of="2024-09")
    >>> ended = lives(province.register, province.as_of).query("expires <= '2023-03-31'")
    >>> len(ended), int(((ended["next"] <= ended["expires"]) & (ended["next_kind"] != "revoked")).sum())
    (30, 9)
    """
    rows = in_time(register[register["decision_date"] <= as_of.end_time])
    rows = rows.assign(expires=_expires(rows))
    of_one = rows.groupby("certificate")
    rows = rows.assign(
        stars=of_one["stars"].ffill(),
        next=of_one["decision_date"].shift(-1),
        next_kind=of_one["kind"].shift(-1),
    )
    rows = rows.assign(unit=rows["unit"].astype("str"))
    return rows.loc[
        rows["kind"] != "revoked", ["certificate", "unit", "stars", "expires", "next", "next_kind"]
    ]


def stock(register: pd.DataFrame, as_of: pd.Period | None = None, *, months: int = 12) -> pd.DataFrame:
    """Count the certificates of every unit: what is valid, what falls due, what has ended.

    Parameters
    ----------
    register, as_of, months
        As in `due`.

    Returns
    -------
    DataFrame of int
        A row a unit, then ``total``; columns valid, due (those of the valid that run out within `months`
        months and must be evaluated again), lapsed, revoked.

    Examples
    --------
    >>> from ocop_forecast import read_province
    >>> stock(read_province(as_of="2024-09").register).loc["389"].to_dict()["valid"]
    13
    """
    as_of = register.attrs["as_of"] if as_of is None else as_of
    held = certificates(register, as_of)
    counts = held.groupby(["unit", "status"], observed=False).size().unstack("status")
    units = pd.Index(counts.index.astype("str"), name="unit")
    table = Table(counts.to_numpy(), units, list(counts.columns))
    table.insert(1, "due", _due(held, as_of, months).sum())
    table.loc["total"] = table.sum()
    return table


def due(register: pd.DataFrame, as_of: pd.Period | None = None, *, months: int = 12) -> pd.DataFrame:
    """Count the valid certificates that run out in each of the next months.

    Parameters
    ----------
    register, as_of
        As in `certificates`.
    months : int
        How far to look ahead.

    Returns
    -------
    DataFrame of int, months x units
        Index the `months` months after `as_of`, and before them the rest of its own if that is a day.

    Examples
    --------
    >>> from ocop_forecast import read_province
    >>> ahead = due(read_province(as_of="2024-09").register)
    >>> ahead.shape, int(ahead.loc["2024-11", "389"])
    ((12, 27), 3)
    """
    as_of = register.attrs["as_of"] if as_of is None else as_of
    return _due(certificates(register, as_of), as_of, months)


def _due(held: pd.DataFrame, as_of: pd.Period, months: int) -> pd.DataFrame:
    ahead = to_come(as_of, as_of.asfreq("M") + months).rename("month")
    held = held.assign(ends=held["expires"].dt.to_period("M"))
    soon = held[(held["status"] == "valid") & held["ends"].isin(ahead)]
    soon = soon.assign(ends=pd.Categorical(soon["ends"], categories=ahead))
    counts = soon.groupby(["ends", "unit"], observed=False).size().unstack("unit")
    return pd.DataFrame(counts.to_numpy(), ahead, pd.Index(counts.columns.astype("str"), name="unit"))


def findings(register: pd.DataFrame, aliases: pd.DataFrame | None = None) -> list[Finding]:
    """Find all that a person should look at in a classified register.

    The register is as from `classify`, its index the places in the file, `aliases` as in `identify`: a new
    name that people have confirmed is not told again.
    """
    rows = in_time(register.dropna(subset=["product", "kind"]))
    rows = rows.assign(name=folded(called(rows, aliases)), place=places(rows), expires=_expires(rows))
    before = rows.groupby("certificate").shift()
    return [*_chain(rows, before), *_dates(rows), *_codes(rows), *near_duplicates(rows)]


def _chain(rows, before):
    """Find what is odd in the order of a product's decisions."""
    first, renews = before["decision_date"].isna(), rows["kind"].isin(("re-recognised", "upgraded"))
    fewer = (rows["kind"] == "upgraded") & _sure(rows["stars"] <= before["stars"])
    renamed = ~first & (rows["name"] != before["name"])
    others = [other_row(*both) for both in zip(rows["place"], before["place"], strict=True)]
    dated = {"other": pd.Series(others, rows.index, dtype=object), "date": before["decision_date"]}
    ended = [before["kind"] == "revoked", before["expires"] <= rows["decision_date"]]
    keys = np.select(ended, ["certificate_revoked", "certificate_lapsed"], "certificate_valid")
    state = {"state": pd.Series([(str(key),) for key in keys], rows.index, dtype=object)}
    name = {"name": rows["product"]}
    return [
        *_told(rows, rows["event"] == "repeated", "kind", "new_twice", **name, **dated, **state),
        *_told(rows, first & renews, "kind", "no_earlier_decision", **name),
        *_told(rows, first & (rows["kind"] == "revoked"), "kind", "revoked_unknown", **name),
        *_told(rows, _several(rows["product"]), "product", "two_products"),
        *_told(rows, renamed, "product", "product_renamed", was=before["product"], **dated),
        *_told(rows, fewer, "stars", "upgrade_without_star", was=before["stars"].astype(object), **dated),
    ]


def _several(names):
    """Mark the cells that list several products."""
    return names.map(lambda name: bool(LISTED.search(name))).astype(bool)


def _sure(answers):
    """Count blank answers as no."""
    return answers.fillna(False).astype(bool)


def _dates(rows):
    """Find odd days, years and points of single rows; a revocation gives no new end."""
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
    """Find codes of products of several units, rounded ones, and decisions with several dates."""
    unit, code = rows["unit"].astype("str"), codes_of(rows)
    shared = unit.groupby(code).transform("nunique") > 1
    # districts number their decisions each for itself, and each year anew
    whose, year = unit.where(_level(rows["authority"]) != "province", ""), rows["decision_date"].dt.year
    decision = folded(rows["decision_no"]).replace("", None) + "|" + whose + "|" + year.astype("str")
    days = rows["decision_date"].groupby(decision)
    odd = (days.transform("nunique") > 1) & (rows["decision_date"] != days.transform("min"))
    said = {"number": rows["decision_no"], "date": days.transform("min")}
    spoilt = sorted(rows["place"][rounded(folded(rows["product_code"]))])
    count = {"count": len(spoilt)}  # a spreadsheet spoils a whole column at once: it is told once
    return [
        *(Finding(place, "product_code", "code_rounded", count, "warning") for place in spoilt[:1]),
        *_told(rows, shared, "product_code", "code_in_two_units"),
        *_told(rows, odd, "decision_date", "decision_two_dates", **said),
    ]


def _told(rows, wrong, column, key, severity="warning", **values):
    """Tell each row that is `wrong`; `values` are columns beside the rows."""
    chosen = {name: list(series[wrong]) for name, series in values.items()}
    return [
        Finding(place, column, key, {name: said[at] for name, said in chosen.items()}, severity)
        for at, place in enumerate(rows.index[wrong])
    ]


def _level(authority):
    """Return the level of an authority that says no more than that; else blank."""
    said = {fold(word): level for level, vietnamese in LEVELS.items() for word in (level, vietnamese)}
    return folded(authority).map(said).fillna("")


def conflicts(register: pd.DataFrame, rounds: pd.DataFrame) -> list[Finding]:
    """Find the held rounds whose number of new products differs from the register's.

    Rounds and rows meet by programme year and name of the round, where both tables have it; what is left of
    both by the day, of the districts by the month. Where the register (that of a `Province`) does not say
    whose decision a row is, only the rounds of a table without districts can be told. The rounds are typed by
    `schema.ROUNDS`, their index the places in the file.
    """
    new = register[register["event"] == "new"]
    held = rounds[(rounds["status"] == "held") & (rounds["date"] <= register.attrs["as_of"].end_time)]
    levels = held["level"].fillna("")
    found = []
    for level in levels.unique():
        rows = _of_level(new, level, set(levels))
        if rows is not None:
            found += _differing(held[levels == level], rows, "M" if level == "district" else "D")
    return found


def _of_level(new, level, levels):
    """Return the rows that rounds of one level may hold; None where the register cannot tell."""
    said = _level(new["authority"])
    if level and (said != "").all():
        return new[said == level]
    return None if len(levels) > 1 or level == "district" else new


def _differing(held, new, freq):
    """Tell each round whose number differs from the one counted in the register."""
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
