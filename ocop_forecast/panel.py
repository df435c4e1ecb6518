"""The tables at the model's door: a whole grid of monthly counts, and at most one target a unit and year."""

import numpy as np
import pandas as pd

from .errors import TermsError


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
    _check_codes(panel.columns)
    _check_counts(panel)


def _check_codes(codes):
    """Complain about unit codes that are no text or not unique."""
    wrong = [code for code in codes if not isinstance(code, str)]
    if wrong:
        raise TermsError("ask_panel_code", value=repr(wrong[0]), count=len(wrong))
    if codes.has_duplicates:
        twice = codes[codes.duplicated()][0]
        raise TermsError("ask_panel_twice", value=repr(twice))


def _check_counts(panel):
    """Complain about cells that are no whole number from 0 up."""
    counts = panel.apply(pd.to_numeric, errors="coerce").to_numpy(float, na_value=np.nan)
    wrong = ~(np.isfinite(counts) & (counts >= 0) & (counts == np.floor(counts)))
    if wrong.any():
        month, unit = np.argwhere(wrong)[0]
        place = {"unit": panel.columns[unit], "month": str(panel.index[month])}
        raise TermsError("ask_panel_count", **place, value=str(panel.iat[month, unit]), count=wrong.sum())


def by_year(targets: pd.DataFrame | None) -> pd.DataFrame:
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


def check_targets(targets: pd.DataFrame) -> None:
    """Raise TermsError for targets that are no table of unit, year and target."""
    columns = targets.columns if isinstance(targets, pd.DataFrame) else []
    if missing := {"unit", "year", "target"} - set(columns):
        raise TermsError("ask_targets_columns", value=", ".join(sorted(missing)))
