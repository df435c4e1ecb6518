"""The crosswalk: from the old communes to their districts and, since the reform of 2025, the new communes."""

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
    """Return the table of communes as rows 0, 1, ... of these columns; none if there is no table.

    Examples
    --------
    >>> crosswalk(None).shape
    (0, 6)
    """
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
