"""The panel of monthly counts and the table of targets: their checks, and the origins that they have."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from ocop_forecast.errors import RunError, TermsError
from ocop_forecast.periods import to_come

FEWEST = 24  # months known before a past year, so that a month of the year is known twice


def check_panel(panel: pd.DataFrame) -> None:
    """Raise TermsError for a panel that is no whole grid of counts; say where and what to do."""
    index = panel.index if isinstance(panel, pd.DataFrame) else None
    if not isinstance(index, pd.PeriodIndex) or index.freqstr != "M":
        raise TermsError("ask_panel_index")
    if panel.empty:
        raise TermsError("ask_panel_empty", months=len(panel), units=panel.shape[1])
    jump = np.flatnonzero(np.diff(index.astype("int64")) != 1)
    if len(jump):
        here, after = index[jump[0]], index[jump[0] + 1]
        raise TermsError("ask_panel_gap", here=str(here), after=str(after))
    codes = panel.columns
    if wrong := [code for code in codes if not isinstance(code, str)]:
        raise TermsError("ask_panel_code", value=repr(wrong[0]), count=len(wrong))
    if codes.has_duplicates:
        raise TermsError("ask_panel_twice", value=repr(codes[codes.duplicated()][0]))
    _check_counts(panel)


def _check_counts(panel: pd.DataFrame) -> None:
    """Complain about cells that are no whole number from 0 up."""
    cells = pd.to_numeric(panel.to_numpy(na_value=np.nan).ravel(), errors="coerce")
    counts = cells.astype(float).reshape(panel.shape)
    wrong = ~(np.isfinite(counts) & (counts >= 0) & (counts == np.floor(counts)))
    if wrong.any():
        month, unit = np.argwhere(wrong)[0]
        place = {"unit": panel.columns[unit], "month": str(panel.index[month])}
        raise TermsError("ask_panel_count", **place, value=str(panel.iat[month, unit]), count=wrong.sum())


def check_targets(targets: pd.DataFrame) -> None:
    """Raise TermsError for targets that are no table of unit, year and target."""
    columns = targets.columns if isinstance(targets, pd.DataFrame) else []
    if missing := {"unit", "year", "target"} - set(columns):
        raise TermsError("ask_targets_columns", value=", ".join(sorted(missing)))


def targets_by_year(targets: pd.DataFrame | None) -> pd.DataFrame:
    """Return the targets as years x units, missing where there is none; TermsError for impossible ones."""
    if targets is None:
        return pd.DataFrame(columns=pd.Index([], dtype=object), index=pd.Index([], dtype=int), dtype=float)
    check_targets(targets)
    known = targets.dropna(subset="target")
    wrong = known[(known["target"] < 0) | known.duplicated(["unit", "year"], keep=False)]
    if len(wrong):
        unit, year, value = wrong.iloc[0][["unit", "year", "target"]]
        raise TermsError("ask_targets", unit=unit, year=year, value=value, count=len(wrong))
    return known.pivot(index="year", columns="unit", values="target").astype(float).sort_index()


def complete_months(panel: pd.DataFrame, as_of: pd.Period) -> pd.DataFrame:
    """Return a panel without a last month that is known only up to a day in it.

    Examples
    --------
    >>> panel = pd.DataFrame({"389": 0}, index=pd.period_range("2024-08", "2024-09", freq="M"))
    >>> [len(complete_months(panel, pd.Period(day))) for day in ("2024-09-19", "2024-09-30", "2024-09")]
    [1, 2, 2]
    """
    return panel[panel.index.end_time <= as_of.end_time]


def past_origins(panel: pd.DataFrame, months: Iterable[int] = range(1, 13)) -> pd.PeriodIndex:
    """Return the origins of a backtest: past months whose year is over and has two years before it.

    `months` are those of the year, 1 to 12; a December is the start of the year after it. RunError is raised
    if no past year has two years before it.

    Examples
    --------
    >>> panel = pd.DataFrame({"389": 0}, index=pd.period_range("2021-01", "2024-09", freq="M"))
    >>> past_origins(panel, (3, 9)).astype(str).tolist()
    ['2023-03', '2023-09']
    """
    index, wanted = panel.index, set(months)
    ends = [end for end in index[FEWEST - 1 :] if to_come(end)[-1] <= index[-1]]
    first = next((end for end in ends if end.month == 12), None)
    if first is None:
        raise RunError("record_short", first=str(index[0]), last=str(index[-1]))
    return pd.PeriodIndex([end for end in ends if end >= first and end.month in wanted], freq="M")
