"""Dossiers on their way: the stage that each is in, since when, and how it left the ones before.

An office's table has a row each time a dossier reaches a stage. Here it becomes one row a *visit*: the stay
of one dossier in one stage. A dossier is one whatever its number of rows.

A council's sitting ends the stage "submitted". What councils passed so far is known of eight sittings: first
Thanh Hóa's provincial ones, April, June, August and November 2021 and spring 2022, then three of district
councils, of which no more is known here than these numbers. The provincial ones stand in
``data/published_figures.csv`` as `batch_candidates` and `batch_recognised` with their sources; only what June
2021 passed was never said as such: 69 products at the end of 2020 and 7 in April make 76, and the review of
July counted 100. Of the 60 in November 6 had been there in August.
"""

from itertools import groupby
from operator import itemgetter

import numpy as np
import pandas as pd

from ocop_forecast.text import folded

from .schema import LOST, STEPS

STAGES = tuple(STEPS)[:-1]  # where a dossier waits, in order; "recognised" ends it
COUNCIL = STAGES.index("submitted")  # the stage that a council's sitting ends
# of one day's rows the later one counts; who is sent back has submitted before
ORDER = {step: float(at) for at, step in enumerate(STEPS)} | {
    "sent back": COUNCIL + 0.5,
    **dict.fromkeys(LOST, 9.0),
}
CANDIDATES = (15, 25, 26, 60, 40, 7, 4, 8)  # products that came before each of the eight sittings
PASSED = (7, 24, 20, 38, 38, 6, 3, 8)  # and those of them that it recognised
ENOUGH = 10  # candidates from which on one sitting's share says something
COLUMNS = ["dossier", "unit", "stage", "entered", "left", "exit"]


def dated(dossiers: pd.DataFrame, as_of: pd.Period) -> pd.DataFrame:
    """Return the dossiers with a day for every row.

    An undated row is of the last day that another row of its dossier bears; a dossier without any is as it
    is found at the end of `as_of`, the month or day up to which they are known.
    """
    rows = _keyed(dossiers).reset_index(drop=True)
    known = rows["stage_date"].where(rows["stage_date"] <= as_of.end_time)
    last = known.groupby(rows["dossier"]).transform("max").fillna(as_of.end_time.floor("D").as_unit("s"))
    return dossiers.assign(stage_date=rows["stage_date"].fillna(last).to_numpy())


def closed(dossiers: pd.DataFrame, register: pd.DataFrame) -> pd.DataFrame:
    """Close the dossiers whose products the register calls new, as recognised.

    A decision closes a dossier that had begun by its day. Where dossier or decision names no producer, the
    product's name in the unit is enough, and a decision closes the dossier that has come furthest.
    """
    rows = _in_order(dossiers)
    rows = rows[~rows["dossier"].isin(rows.loc[rows["stage"] == "recognised", "dossier"])]
    if rows.empty:
        return dossiers
    begun = rows.groupby("dossier")["stage_date"].min()
    last = rows.groupby("dossier", sort=False).tail(1).sort_values("order", ascending=False, kind="stable")
    said = last.assign(stage="recognised", stage_date=pd.to_datetime(_decided(last["dossier"], register)))
    said = said[said["stage_date"] >= said["dossier"].map(begun)][dossiers.columns]
    return pd.concat([dossiers, said.astype(dossiers.dtypes)], ignore_index=True) if len(said) else dossiers


def _decided(keys, register):
    """Return the day on which the register calls each dossier's product new; missing where it does not."""
    new = register[register["event"] == "new"]
    made, maker = new["unit"].astype("str") + " " + folded(new["product"]), folded(new["producer"])
    days = dict(zip(made + " / " + maker, new["decision_date"], strict=True))
    by_name, unsaid = dict(zip(made, new["decision_date"], strict=True)), set(made[maker == ""])
    told = []
    for key in keys:
        name, _, maker_told = key.rpartition(" / ")
        loose = name in unsaid or not maker_told
        told.append(days[key] if key in days else by_name.pop(name, None) if loose else None)
    return told


def visits(dossiers: pd.DataFrame) -> pd.DataFrame:
    """Return the stays of dossiers in stages.

    Only dossiers of new products count: a row of another kind is left out. One that was sent back waits again
    at "carried out". Stages that were skipped are passed through on the day of the next one. Undated rows are
    left out; `dated` gives them a day. The columns are dossier_code, unit, product, producer, kind, stage,
    stage_date.

    Returns
    -------
    DataFrame
        A row a visit, in order of dossier and time: dossier (its key), unit, stage (0 to 4, a place in
        `STAGES`), entered, left (days; missing while it waits there), exit (``forward``, ``back``, ``lost``,
        or blank while it waits).

    Examples
    --------
    >>> days = pd.to_datetime(["2024-03-01", "2024-08-09"])
    >>> rows = pd.DataFrame({"dossier_code": "H1", "unit": "389", "product": "Gạo", "producer": "A",
    ...                      "kind": None, "stage": ["idea", "submitted"], "stage_date": days})
    >>> visits(rows)[["stage", "exit"]].values.tolist()
    [[0, 'forward'], [1, 'forward'], [2, 'forward'], [3, '']]
    >>> waiting(visits(rows), pd.Period("2024-06", "M"))["stage"].tolist()
    [0]
    """
    rows = _in_order(dossiers)
    told = rows[["dossier", "unit", "stage", "stage_date"]].itertuples(index=False, name=None)
    stays = [stay for key, of_one in groupby(told, itemgetter(0)) for stay in _stays(key, of_one)]
    table = pd.DataFrame(stays, columns=COLUMNS)
    return table.astype({"stage": "int64", "entered": "datetime64[s]", "left": "datetime64[s]"})


def _in_order(dossiers):
    """Return the dated rows of new products' dossiers with their key, one by one in the order of time."""
    rows = dossiers[dossiers["kind"].isna() | (dossiers["kind"] == "new")].dropna(subset="stage_date")
    return _keyed(rows).sort_values(["dossier", "stage_date", "order"], kind="stable")


def _keyed(dossiers):
    """Return the rows with the place of their stage, and the key of their dossier.

    The key is the product and who makes it, as first written under a code: neither a new name nor a new code
    makes a second dossier of one.
    """
    rows = dossiers.assign(order=dossiers["stage"].map(ORDER))
    unit = rows["unit"].astype("str") + " "
    rows["dossier"] = unit + folded(rows["product"]) + " / " + folded(rows["producer"])
    code = (unit + folded(rows["dossier_code"])).where(rows["dossier_code"].notna(), rows["dossier"])
    in_time = rows.assign(code=code).reset_index(drop=True)
    in_time = in_time.sort_values(["stage_date", "order"], kind="stable")
    first = in_time.groupby("code")["dossier"].transform("first").sort_index()
    return rows.assign(dossier=first.to_numpy())


def _stays(key, rows):
    """Yield the visits of one dossier, as tuples of `COLUMNS`; all of them are of its first row's unit."""
    unit, at, since = None, None, None
    for _, own, stage, day in rows:
        unit = unit or own
        to = COUNCIL - 1 if stage == "sent back" else int(ORDER[stage])
        if to == at:
            continue
        if at is not None and stage in LOST:
            yield key, unit, at, since, day, "lost"
        elif at is not None:
            yield key, unit, at, since, day, "forward" if to > at else "back"
            yield from ((key, unit, between, day, day, "forward") for between in range(at + 1, min(to, 5)))
        if stage == "recognised":
            return
        at, since = (None, None) if stage in LOST else (to, day)
    if at is not None:
        yield key, unit, at, since, None, ""


def waiting(visits: pd.DataFrame, as_of: pd.Period) -> pd.DataFrame:
    """Return the `visits` open at the end of `as_of`, a month or day: dossier, unit, stage, entered."""
    then = as_of.end_time
    open_then = (visits["entered"] <= then) & ~(visits["left"] <= then)
    return visits.loc[open_then, ["dossier", "unit", "stage", "entered"]].reset_index(drop=True)


def products(dossiers: pd.DataFrame) -> pd.Series:
    """Return the key of every dossier -> its product as first written."""
    return _keyed(dossiers).drop_duplicates("dossier").set_index("dossier")["product"]


def recognitions(visits: pd.DataFrame) -> pd.DataFrame:
    """Return the dossiers that were recognised: dossier, unit, date."""
    done = visits[(visits["stage"] == len(STAGES) - 1) & (visits["exit"] == "forward")]
    return done[["dossier", "unit", "left"]].rename(columns={"left": "date"}).reset_index(drop=True)


def pass_share() -> float:
    """Return the pass share of all council sittings together."""
    return sum(PASSED) / sum(CANDIDATES)


def pass_extremes() -> tuple[float, float]:
    """Return the smallest and the largest pass share of a sitting with enough candidates.

    Examples
    --------
    >>> [round(share, 3) for share in (pass_share(), *pass_extremes())]
    [0.778, 0.467, 0.96]
    """
    candidates, passed = np.array(CANDIDATES), np.array(PASSED)
    shares = (passed / candidates)[candidates >= ENOUGH]
    return float(shares.min()), float(shares.max())
