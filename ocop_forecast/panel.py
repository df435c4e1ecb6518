"""The tables at the model's door: a whole grid of monthly counts, and at most one target a unit and year."""

import numpy as np
import pandas as pd


def check_panel(panel: pd.DataFrame) -> None:
    """Raise ValueError for a panel that is no whole grid of counts; say where and what to do."""
    index = panel.index if isinstance(panel, pd.DataFrame) else None
    if not isinstance(index, pd.PeriodIndex) or index.freqstr != "M":
        raise ValueError(
            "the panel needs a monthly PeriodIndex: panel.index = pd.PeriodIndex(months, freq='M')"
        )
    if panel.empty:
        raise ValueError(
            f"the panel is empty, {len(panel)} months x {panel.shape[1]} units: give one of each"
        )
    jump = np.flatnonzero(np.diff(index.astype("int64")) != 1)
    if len(jump):
        here, after = index[jump[0]], index[jump[0] + 1]
        raise ValueError(f"the panel goes from {here} to {after}: reindex it to every month, in order, once")
    _check_codes(panel.columns)
    _check_counts(panel)


def _check_codes(codes):
    """Complain about unit codes that are no text or not unique."""
    wrong = [code for code in codes if not isinstance(code, str)]
    if wrong:
        raise ValueError(
            f"unit code {wrong[0]!r} is not text: read codes with dtype=str ({len(wrong)} like this)"
        )
    if codes.has_duplicates:
        twice = codes[codes.duplicated()][0]
        raise ValueError(f"unit {twice!r} has more than one column: add them up, or give each its own code")


def _check_counts(panel):
    """Complain about cells that are no whole number from 0 up."""
    counts = panel.apply(pd.to_numeric, errors="coerce").to_numpy(float, na_value=np.nan)
    wrong = ~(np.isfinite(counts) & (counts >= 0) & (counts == np.floor(counts)))
    if wrong.any():
        month, unit = np.argwhere(wrong)[0]
        raise ValueError(
            f"unit {panel.columns[unit]}, month {panel.index[month]}: {panel.iat[month, unit]} is not a "
            f"whole number from 0 up; correct it, 0 where nothing was recognised ({wrong.sum()} like this)"
        )


def by_year(targets: pd.DataFrame | None) -> pd.DataFrame:
    """Return the targets as years x units, missing where there is none; ValueError for impossible ones."""
    if targets is None:
        return pd.DataFrame(columns=pd.Index([], dtype=object), index=pd.Index([], dtype=int), dtype=float)
    missing = {"unit", "year", "target"} - set(targets.columns)
    if missing:
        raise ValueError(f"targets lack column {', '.join(sorted(missing))}: they need unit, year and target")
    known = targets.dropna(subset="target")
    wrong = known[(known["target"] < 0) | known.duplicated(["unit", "year"], keep=False)]
    if len(wrong):
        row = wrong.iloc[0]
        raise ValueError(
            f"targets, unit {row['unit']}, year {row['year']}: {row['target']} is negative or given "
            f"more than once; keep one target from 0 up a unit and year ({len(wrong)} rows like this)"
        )
    return known.pivot(index="year", columns="unit", values="target").astype(float).sort_index()
