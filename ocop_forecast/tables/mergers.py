"""Mergers: what becomes of rows of several places that lie in one unit: targets add up, reports need all.

What was written twice of one place is no merger: it stays twice, for the reader of the table to refuse.
"""

from collections.abc import Mapping

import pandas as pd


def written_twice(places: pd.Series, times: pd.Series) -> pd.Series:
    """Return which rows speak of a place and time of which another row speaks too.

    Examples
    --------
    >>> written_twice(pd.Series(["a", "b", "a"]), pd.Series([2024, 2024, 2024])).tolist()
    [True, False, True]
    """
    pairs = list(zip(places, times, strict=True))
    return pd.Series(pairs, places.index, dtype=object).duplicated(keep=False)


def merged(targets: pd.DataFrame, places: pd.Series) -> pd.Series:
    """Return which targets are of one unit and year, each set for another of its places."""
    by = [targets["unit"], targets["year"]]
    twice = written_twice(places, targets["year"]).groupby(by, dropna=False).transform("any")
    return targets.duplicated(["unit", "year"], keep=False) & targets["unit"].notna() & ~twice


def added_up(targets: pd.DataFrame, merged: pd.Series) -> pd.DataFrame:
    """Return targets with one row for each unit and year of the merged ones: their sum, made up if any is.

    Parameters
    ----------
    targets : DataFrame
        Columns unit (code), year, target (products, missing where none is set) and origin.
    merged : Series of bool
        As from `merged`.
    """
    by = [targets["unit"], targets["year"]]
    total = targets["target"].groupby(by, dropna=False).transform("sum", min_count=1)
    made_up = targets["origin"].eq("reconstructed").groupby(by, dropna=False).transform("any")
    origin = targets["origin"].mask(merged & made_up, "reconstructed")
    summed = targets.assign(target=targets["target"].mask(merged, total), origin=origin)
    return summed[~(merged & targets.duplicated(["unit", "year"]))]


def all_reported(reports: pd.DataFrame, wards: Mapping[str, int]) -> pd.DataFrame:
    """Return reports with one row a unit and month: reported if all that lies in the unit is.

    Parameters
    ----------
    reports : DataFrame
        Columns unit (code), month, status, `part` (wards of the unit that the row speaks of), `line` (its
        number in the table) and `twice` (whether it is written twice there).
    wards : mapping
        Unit -> how many wards lie in it.
    """
    labels, reports = reports.index, reports.reset_index(drop=True)
    by = [reports["unit"], reports["month"]]
    whole = reports["part"].groupby(by, dropna=False).transform("sum") >= reports["unit"].map(wards)
    done = whole & reports["status"].eq("reported").groupby(by, dropna=False).transform("all")
    known = reports["unit"].notna() & ~reports["twice"]
    status = reports["status"].mask(known, done.map({True: "reported", False: "missing"}))
    again = (known & reports.duplicated(["unit", "month"])) | (reports["twice"] & reports.duplicated("line"))
    return reports.assign(status=status)[~again].set_axis(labels[~again])
