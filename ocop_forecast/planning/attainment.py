"""Attainment: what a forecast says about each unit's target, and the province's."""

import numpy as np
import pandas as pd

from ocop_forecast.display import Table
from ocop_forecast.errors import TermsError
from ocop_forecast.files.encoding import clean
from ocop_forecast.models.forecast import Forecast
from ocop_forecast.models.panel import checked_targets
from ocop_forecast.periods import known_part
from ocop_forecast.tables.names import province_of
from ocop_forecast.terms import check_level

COLUMNS = ["name", "level", "so_far", "target", "median", "lower", "upper", "p_reach", "shortfall",
           "needed_per_month", "pace", "naive"]  # fmt: skip


def attainment(forecast: Forecast, targets: pd.DataFrame, *, level: float = 0.8) -> pd.DataFrame:
    """Hold the forecast's draws against the targets of its year.

    Parameters
    ----------
    forecast : Forecast
        Joint draws; the province is the sum of its units within each draw.
    targets : DataFrame
        Columns unit, year and target (products; missing where none is set), as in `Province`, whose
        columns name, province and province_name are used too.
    level : float
        Probability that the central interval from `lower` to `upper` holds, between 0 and 1.

    Returns
    -------
    DataFrame
        A row a unit, then one for the province; index `unit`, the code. Columns: name; level (``unit`` or
        ``province``); so_far, target, median, lower, upper (products in the year); p_reach, the share of
        draws with total >= target; shortfall, E[max(target - total, 0)]; needed_per_month, what is still
        missing over the months left; pace, the year's mean a month so far; naive, the straight line
        so_far + pace x months left (both missing before the year's first month). Where the forecast's as_of
        is a day, its month is known by the part of its days up to it, and left by the others: at 19 September
        8 + 19/30 months are known and 3 + 11/30 left. ``attrs``, shown below the table in JupyterLab, holds
        as_of (Period), year, months_left and level.

    Raises
    ------
    TermsError
        If `level` is not between 0 and 1, or the forecast does not end in a December.

    Examples
    --------
    >>> panel = pd.DataFrame({"389": [0, 2, 0]}, index=pd.period_range("2024-07", "2024-09", freq="M"))
    >>> months = pd.period_range("2024-10", "2024-12", freq="M")
    >>> draws = np.array([[[0, 0, 0]], [[0, 0, 1]], [[0, 1, 1]], [[1, 1, 1]]])
    >>> targets = pd.DataFrame({"unit": ["389"], "year": [2024], "target": [4]})
    >>> attainment(Forecast(panel, months, draws), targets).loc["389", ["p_reach", "shortfall"]].tolist()
    [0.5, 0.75]
    """
    _check(forecast, level)
    targets = checked_targets(targets, forecast.units)
    target = targets[(targets["year"] == forecast.year) & targets["target"].notna()].set_index("unit")[
        "target"
    ]
    target = target.reindex(forecast.units).astype("Int64")
    ends, so_far, (code, name) = forecast.year_end(), forecast.so_far, province_of(targets)
    units = _rows(ends, so_far, target, forecast, level).assign(level="unit")
    units["name"] = _names(targets).reindex(forecast.units).fillna(forecast.units.to_series())
    total = pd.Series({code: target.sum(min_count=1)}, dtype="Int64")
    whole = _rows(ends.sum(axis=1).to_frame(code), pd.Series({code: so_far.sum()}), total, forecast, level)
    rows = pd.concat([units, whole.assign(name=name, level="province")]).rename_axis("unit")
    table = Table(rows[COLUMNS])
    known = {"as_of": forecast.as_of, "year": forecast.year}
    table.attrs = known | {"months_left": months_left(forecast), "level": level}
    return table


def _check(forecast: Forecast, level: float) -> None:
    if len(forecast.months) and forecast.months[-1].month != 12:
        raise TermsError("ask_december", value=str(forecast.months[-1]))
    check_level(level)


def _names(targets: pd.DataFrame) -> pd.Series:
    """Map codes to names, from the targets of any year: this year's may not be set yet."""
    named = targets.drop_duplicates("unit").set_index("unit")
    return named["name"].map(clean, na_action="ignore") if "name" in named else pd.Series(dtype=str)


def months_left(forecast: Forecast) -> float:
    """Count the months of the year still to come, the rest of the as-of day's month as a part of one."""
    return _this_year(forecast.months, forecast, 1 - known_part(forecast.as_of))


def _this_year(months: pd.PeriodIndex, forecast: Forecast, part: float) -> float:
    """Count the months of the forecast's year, that of its as_of as `part` of one."""
    counted = np.where(months == forecast.as_of.asfreq("M"), part, 1.0)
    return float(counted[months.year == forecast.year].sum())


def _rows(
    ends: pd.DataFrame, so_far: pd.Series, target: pd.Series, forecast: Forecast, level: float
) -> pd.DataFrame:
    """Compute the figures of units from their totals (`ends`, draws x units), products and targets."""
    left = months_left(forecast)
    gone = _this_year(forecast.panel.index, forecast, known_part(forecast.as_of))
    edges = [0.5, (1 - level) / 2, (1 + level) / 2]
    rows = pd.DataFrame({"so_far": so_far, "target": target})
    rows[["median", "lower", "upper"]] = np.quantile(ends, edges, axis=0, method="inverted_cdf").T
    goal = target.astype("float64").to_numpy(na_value=np.nan)
    unknown = np.isnan(goal)
    rows["p_reach"] = np.where(unknown, np.nan, (ends.to_numpy() >= goal).mean(axis=0))
    rows["shortfall"] = np.where(unknown, np.nan, np.maximum(goal - ends.to_numpy(), 0).mean(axis=0))
    missing = np.maximum(goal - so_far.to_numpy(), 0)
    rows["needed_per_month"] = missing / left if left else np.where(missing == 0, 0.0, np.nan)
    rows["pace"] = so_far / gone if gone else np.nan  # at a year's start there is no pace to go on with
    rows["naive"] = so_far + rows["pace"] * left
    return rows
