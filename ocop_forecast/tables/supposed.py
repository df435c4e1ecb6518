"""What if a target were another: a province whose targets of the year are as somebody supposes them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pandas as pd

from ocop_forecast.errors import TermsError
from ocop_forecast.periods import year_ahead

from .province import Province

MOST = 9999  # products, as in the table of targets


def supposing(province: Province, targets: Iterable[str]) -> Province:
    """Return the province with other targets of the year, each asked for as ``unit=target``.

    Parameters
    ----------
    province : Province
        As from `read_province`.
    targets : iterable of str
        Such as ``["Hậu Lộc=4"]``: a unit by its code or name, and how many products it is to reach.

    Returns
    -------
    Province
        Its `supposed` says what was changed; the province's own target is the sum of its units'.

    Raises
    ------
    TermsError
        If one is not of that form, no whole number from 0 to 9999, or asks for a unit twice.
    InputError
        If there is no such unit.

    Examples
    --------
    >>> from ocop_forecast import read_province
    >>> changed = supposing(read_province(as_of="2024-09"), ["Hậu Lộc=4"])
    >>> changed.supposed
    {'Hậu Lộc': (8, 4)}
    """
    year, asked = year_ahead(province.as_of), _asked(province, targets)
    if not asked:
        return province
    of_year = province.targets[province.targets["year"] == year].set_index("unit")["target"]
    supposed = {}
    for unit, target in asked.items():
        before = of_year.get(unit)
        supposed[province.units.loc[unit, "name"]] = (None if pd.isna(before) else int(before), target)
    return replace(province, targets=retargeted(province.targets, year, asked), supposed=supposed)


def _asked(province, targets):
    """Read what is asked for as code -> target."""
    asked: dict[str, int] = {}
    for text in targets:
        unit, sign, number = text.rpartition("=")
        if not (sign and unit.strip() and number.strip().isdecimal() and int(number) <= MOST):
            raise TermsError("ask_target", value=text, most=MOST)
        code = province.unit(unit.strip())
        if code in asked:
            raise TermsError("ask_target_twice", value=unit.strip())
        asked[code] = int(number)
    return asked


def retargeted(table: pd.DataFrame, year: int, targets: Mapping[str, int]) -> pd.DataFrame:
    """Enter new targets of a year into a table of targets, in rows of their own where it had none."""
    there = table["unit"].isin(list(targets)) & (table["year"] == year)
    latest = table.sort_values("year", kind="stable").drop_duplicates("unit", keep="last")
    rows = latest[latest["unit"].isin(list(targets))]
    stars = rows.columns.intersection(["four_star", "five_star"])
    rows = rows.assign(year=year, **rows[stars].where(rows["year"] == year))
    new = rows["unit"].map(targets).astype(table["target"].dtype)
    return pd.concat([table[~there], rows.assign(target=new)], ignore_index=True)
