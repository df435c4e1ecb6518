"""Reforms: what becomes of communes, districts and their rows when units are merged or abolished.

The *crosswalk* leads from each old commune to its district in 2024 and in the first half of 2025, and to the
new commune since. Where places are merged into one unit, their targets add up, and it has reported when all
of them have. What was written twice of one place is no merger: it stays twice, for `checked` to refuse.
"""

from collections.abc import Collection, Mapping

import pandas as pd

from .names import typed_name

# communes take over from districts: Resolution 203/2025/QH15 of 16 June 2025, in force on this day
REFORM = pd.Timestamp("2025-07-01")
CROSSWALK = [
    *("old_ward_code", "old_ward", "district_code_2025h1", "district_code_2024"),
    *("new_commune_code", "new_commune"),
]


def crosswalk(communes: pd.DataFrame | None) -> pd.DataFrame:
    """Return the crosswalk's columns of the table of communes as rows 0, 1, ...; none without a table."""
    rows = pd.DataFrame(columns=CROSSWALK, dtype="str") if communes is None else communes[CROSSWALK]
    return rows.reset_index(drop=True)


def communes_as_units(units: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the new communes as units; two of one name keep their types in it."""
    new = rows.drop_duplicates("new_commune_code").set_index("new_commune_code")["new_commune"]
    whole = new.sort_index().str.split()
    size = [len(typed_name(" ".join(words)).kind.split()) for words in whole]
    kind = pd.Series([" ".join(words[:n]) for words, n in zip(whole, size, strict=True)], whole.index)
    name = pd.Series([" ".join(words[n:]) for words, n in zip(whole, size, strict=True)], whole.index)
    name = name.where(~name.duplicated(keep=False), whole.str.join(" "))
    table = pd.DataFrame({"name": name, "type": kind, "valid_from": REFORM}).rename_axis(units.index.name)
    table[["province", "province_name"]] = units[["province", "province_name"]].iloc[0].to_list()
    return table.reindex(columns=units.columns).astype(units.dtypes)


def heir(unit: str, successors: Mapping[str, str], run: Collection[str]) -> str | None:
    """Return the unit of the run that a unit is, or that took it over whole; None if there is none."""
    passed = set()
    while unit not in run and unit not in passed and isinstance(successors.get(unit), str):
        passed.add(unit)
        unit = successors[unit]
    return unit if unit in run else None


def homes(rows: pd.DataFrame, heirs: Mapping[str, str], run: Collection[str]) -> tuple[str, ...]:
    """Return for every row of the crosswalk the unit of the run in which it lies; blank if in none."""
    new = {code: code for code in run}
    columns = rows[["district_code_2024", "district_code_2025h1", "new_commune_code"]]
    return tuple(
        heirs.get(before) or heirs.get(between) or heirs.get(now) or new.get(now, "")
        for before, between, now in columns.itertuples(index=False, name=None)
    )


def written_twice(places: pd.Series, times: pd.Series) -> pd.Series:
    """Mark the rows that speak of a place and time of which another row speaks too.

    Examples
    --------
    >>> written_twice(pd.Series(["a", "b", "a"]), pd.Series([2024, 2024, 2024])).tolist()
    [True, False, True]
    """
    pairs = list(zip(places, times, strict=True))
    return pd.Series(pairs, places.index, dtype=object).duplicated(keep=False)


def merged(targets: pd.DataFrame, places: pd.Series) -> pd.Series:
    """Mark the targets that are of one unit and year, each set for another of its places."""
    by = [targets["unit"], targets["year"]]
    twice = written_twice(places, targets["year"]).groupby(by, dropna=False).transform("any")
    return targets.duplicated(["unit", "year"], keep=False) & targets["unit"].notna() & ~twice


def added_up(targets: pd.DataFrame, merged: pd.Series) -> pd.DataFrame:
    """Add up the `merged` targets of each unit and year; the sum is reconstructed if one of them is."""
    by = [targets["unit"], targets["year"]]
    wanted = targets[targets.columns.intersection(["target", "four_star", "five_star"])]
    total = wanted.groupby(by, dropna=False).transform("sum", min_count=1)
    made_up = targets["origin"].eq("reconstructed").groupby(by, dropna=False).transform("any")
    origin = targets["origin"].mask(merged & made_up, "reconstructed")
    summed = targets.assign(origin=origin, **wanted.mask(merged, total))
    return summed[~(merged & targets.duplicated(["unit", "year"]))]


def all_reported(reports: pd.DataFrame, wards: Mapping[str, int]) -> pd.DataFrame:
    """Return reports with one row a unit and month: reported if all that lies in the unit is.

    The columns are unit (code), month, status, `part` (wards of the unit that the row speaks of), `line` (its
    number in the table) and `twice` (whether it is written twice there). `wards` is unit -> how many wards
    lie in it.
    """
    labels, reports = reports.index, reports.reset_index(drop=True)
    by = [reports["unit"], reports["month"]]
    whole = reports["part"].groupby(by, dropna=False).transform("sum") >= reports["unit"].map(wards)
    done = whole & reports["status"].eq("reported").groupby(by, dropna=False).transform("all")
    known = reports["unit"].notna() & ~reports["twice"]
    status = reports["status"].mask(known, done.map({True: "reported", False: "missing"}))
    again = (known & reports.duplicated(["unit", "month"])) | (reports["twice"] & reports.duplicated("line"))
    return reports.assign(status=status)[~again].set_axis(labels[~again])
