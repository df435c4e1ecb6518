"""The panel of monthly counts and the table of targets: their checks, and the origins that they have."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from ocop_forecast.errors import RunError, TermsError
from ocop_forecast.periods import to_come, year_ahead
from ocop_forecast.terms import is_whole

FEWEST = 24  # months known before a past year, so that a month of the year is known twice


def check_panel(panel: pd.DataFrame) -> None:
    """Raise TermsError for a panel that is no whole grid of counts; say where and what to do."""
    _check_shape(panel)
    index = panel.index
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


def _check_shape(panel: pd.DataFrame) -> None:
    """Complain about what has not months down and units across, each as what it is."""
    if not isinstance(panel, pd.DataFrame):
        raise TermsError("ask_panel_kind", given=type(panel).__name__)
    if panel.empty:
        raise TermsError("ask_panel_empty", months=len(panel), units=panel.shape[1])
    index = panel.index
    if isinstance(index, pd.PeriodIndex) and index.freqstr == "M":
        return
    if isinstance(panel.columns, pd.PeriodIndex):
        raise TermsError("ask_panel_across")
    if isinstance(index, pd.RangeIndex) and not all(map(is_numeric_dtype, panel.dtypes)):
        raise TermsError("ask_panel_long", value=", ".join(map(str, panel.columns)))
    freq = f" ({index.freqstr})" if isinstance(index, pd.PeriodIndex) else ""
    raise TermsError("ask_panel_index", given=type(index).__name__ + freq)


def _check_counts(panel: pd.DataFrame) -> None:
    """Complain about cells that are no whole number from 0 up."""
    cells = pd.to_numeric(panel.to_numpy(na_value=np.nan).ravel(), errors="coerce")
    counts = cells.astype(float).reshape(panel.shape)
    wrong = ~(np.isfinite(counts) & (counts >= 0) & (counts == np.floor(counts)))
    if wrong.any():
        month, unit = np.argwhere(wrong)[0]
        place = {"unit": panel.columns[unit], "month": str(panel.index[month])}
        raise TermsError("ask_panel_count", **place, value=str(panel.iat[month, unit]), count=wrong.sum())


def checked_targets(
    targets: pd.DataFrame, units: pd.Index | None = None, months: pd.PeriodIndex | None = None
) -> pd.DataFrame:
    """Return a table of unit, year and target with whole numbers, and the codes of `units` where it is known.

    A code that was read as a number is taken for the one of `units` that it must be. TermsError is raised for
    what is no such table, for targets and years that are no whole numbers from 0 up, for one given twice, and
    where no unit is of `units` or no year of `months`: nothing that is given is left out in silence.

    Examples
    --------
    >>> targets = pd.DataFrame({"unit": [389], "year": 2024, "target": [4.0]})
    >>> checked_targets(targets, pd.Index(["380", "389"]))["unit"].tolist()
    ['389']
    """
    if not isinstance(targets, pd.DataFrame):
        raise TermsError("ask_targets_kind", given=type(targets).__name__)
    if missing := {"unit", "year", "target"} - set(targets.columns):
        raise TermsError("ask_targets_columns", value=", ".join(sorted(missing)))
    known = targets[targets["target"].notna()]
    _check_whole(known, "target", "ask_targets")
    _check_whole(targets, "year", "ask_targets_year")
    if units is None or targets.empty:
        return targets
    table = targets.assign(unit=_coded(targets["unit"], units))
    _check_twice(table[table["target"].notna()])
    _check_known(table, units, months)
    return table


def _check_whole(rows: pd.DataFrame, column: str, key: str) -> None:
    """Complain about numbers of a column that are not whole or below 0, and about text in it."""
    wrong = rows[[not is_whole(value) or value < 0 for value in rows[column]]]
    if len(wrong):
        unit, year, value = wrong.iloc[0][["unit", "year", column]]
        said = f'"{value}"' if isinstance(value, str) else str(value)
        raise TermsError(key, unit=str(unit), year=str(year), value=said, count=len(wrong))


def _check_twice(rows: pd.DataFrame) -> None:
    twice = rows[rows.duplicated(["unit", "year"], keep=False)]
    if len(twice):
        unit, year = twice.iloc[0][["unit", "year"]]
        raise TermsError("ask_targets_twice", unit=unit, year=str(year), count=len(twice))


def _coded(codes: pd.Series, units: pd.Index) -> pd.Series:
    """Return codes as text; one that is a number is the one code of `units` of that number."""
    if all(isinstance(code, str) for code in codes):
        return codes
    by_number: dict[float, list[str]] = {}
    for unit in units:
        if unit.isdecimal():
            by_number.setdefault(int(unit), []).append(unit)
    said = [[code] if isinstance(code, str) else by_number.get(code, []) for code in codes]
    for code, found in zip(codes, said, strict=True):
        if len(found) != 1:
            raise TermsError("ask_targets_code", value=repr(code), known=_some(units))
    return pd.Series([found[0] for found in said], codes.index)


def _check_known(targets: pd.DataFrame, units: pd.Index, months: pd.PeriodIndex | None) -> None:
    """Complain where all targets are of other units, or of other years, than the panel."""
    if not targets["unit"].isin(units).any():
        raise TermsError("ask_targets_units", value=_some(targets["unit"].unique()), known=_some(units))
    if months is not None:
        first, last = int(months[0].year), year_ahead(months[-1])
        if not targets["year"].between(first, last).any():
            years = ", ".join(str(int(year)) for year in sorted(targets["year"].unique()))
            raise TermsError("ask_targets_years", value=years, first=first, last=last)


def _some(names: Iterable) -> str:
    """Return the first names of many."""
    told = [*map(str, names)]
    return ", ".join(told[:5]) + (", …" if len(told) > 5 else "")


def targets_by_year(targets: pd.DataFrame | None) -> pd.DataFrame:
    """Return checked targets as years x units, missing where there is none."""
    if targets is None:
        return pd.DataFrame(columns=pd.Index([], dtype=object), index=pd.Index([], dtype=int), dtype=float)
    known = targets.dropna(subset="target")
    return known.pivot(index="year", columns="unit", values="target").astype(float).sort_index()


def dated(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with days in its column date; raise TermsError where it has none, or no days there."""
    if not isinstance(table, pd.DataFrame) or "date" not in table:
        given = [*table.columns] if isinstance(table, pd.DataFrame) else table
        raise TermsError("ask_dates", name=name, value=repr(given))
    try:
        return table.assign(date=pd.to_datetime(table["date"]))
    except (ValueError, TypeError) as error:
        raise TermsError("ask_dates", name=name, value=repr([*table["date"]])) from error


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
