"""What changed since an earlier run: which units have another standing now, and why."""

from typing import NamedTuple

import pandas as pd

from ocop_forecast.display import Sentence
from ocop_forecast.i18n.catalogue import LANGUAGES, label, set_options
from ocop_forecast.i18n.formats import month, percent
from ocop_forecast.models.forecast import Forecast

KEPT = ["flag", "p_reach", "so_far", "target"]


def changes(
    forecast: Forecast, outlook: pd.DataFrame, flags: pd.DataFrame, before: tuple[Forecast, pd.DataFrame]
) -> pd.DataFrame:
    """Set an outlook beside an earlier one of the same year, with what tells them apart in words.

    Parameters
    ----------
    forecast, outlook, flags
        As from `TrendResults.forecast`, `attainment` and `flag`.
    before : (Forecast, DataFrame)
        The earlier forecast, and its outlook with a column flag.

    Returns
    -------
    DataFrame
        A row a row of `outlook`. Index `unit`; columns name; flag_before and flag; p_before and p_reach;
        so_far_before and so_far, target_before and target (products; missing for a unit that is new);
        moved, whether the flag is another; why_vi and why_en: what was recognised or entered since, another
        target, or that nothing came while time passed. ``attrs["before"]`` is the earlier as-of Period.

    Examples
    --------
    >>> import numpy as np
    >>> months = pd.period_range("2024-08", "2024-12", freq="M")
    >>> was, now = (Forecast(pd.DataFrame({"389": counts}, months[:known]), months[known:],
    ...     np.ones((1, 1, 5 - known), int)) for known, counts in ((1, [0]), (2, [0, 2])))
    >>> outlook = pd.DataFrame({"name": "A", "level": "unit", "so_far": 2, "target": 3, "p_reach": 0.8},
    ...     index=["389"])
    >>> flags = pd.DataFrame({"flag": "on_track"}, index=["389"])
    >>> earlier = outlook.assign(so_far=0, p_reach=0.2, flag="needs_support")
    >>> changes(now, outlook, flags, (was, earlier)).loc["389", ["flag_before", "flag", "why_en"]].tolist()
    ['needs_support', 'on_track', '2 more recognised']
    """
    was, earlier = before
    now = outlook.assign(flag=flags["flag"])
    table = now[["name", *KEPT]].join(earlier[KEPT].rename(columns=_former))
    table["moved"] = table["flag"] != table["flag_before"]
    late = _late(forecast, was).reindex(table.index)
    late.loc[outlook["level"] == "province"] = late.sum()
    for lang in LANGUAGES:
        with set_options(lang=lang):
            table[f"why_{lang}"] = [
                _why(row, int(count), was.as_of, forecast.as_of)
                for row, count in zip(table.itertuples(), late.fillna(0), strict=True)
            ]
    order = [column for name in KEPT for column in (_former(name), name)]
    table = table[["name", *order, "moved", *(f"why_{lang}" for lang in LANGUAGES)]].rename_axis("unit")
    table.attrs = {"before": was.as_of}
    return table


def _former(name):
    return "p_before" if name == "p_reach" else f"{name}_before"


def _late(forecast, was):
    """Return by unit what months known whole then have gained since: entered late, or struck if below 0."""
    known = was.panel.index[
        (was.panel.index.year == was.year) & (was.panel.index.end_time <= was.as_of.end_time)
    ]
    now = forecast.panel.reindex(known, fill_value=0).sum()
    return now - was.panel.loc[known].sum().reindex(now.index, fill_value=0)


def _why(row, late, before, now):
    """Return what became of one row, in words: every fact that changed, or that it was not its own."""
    if pd.isna(row.flag_before):
        return label("change_added")
    new, parts = int(row.so_far - row.so_far_before) - late, []
    if new < 0:  # struck from the month that an earlier day lies in
        new, late = 0, late + new
    if new > 0:
        parts.append(label("change_new", count=new))
    if late:
        parts.append(label("change_late" if late > 0 else "change_struck", count=abs(late)))
    if str(row.target) != str(row.target_before):
        said = {
            name: _products(value) for name, value in (("before", row.target_before), ("now", row.target))
        }
        parts.append(label("change_target", **said))
    if "no_report" in (row.flag, row.flag_before) and row.flag != row.flag_before:
        parts.append(label("change_report"))
    if new == 0 and before.end_time < now.end_time:
        parts.append(label("change_nothing", before=month(before), now=month(now)))
    return "; ".join(parts) or label("change_elsewhere")


def _products(target):
    return "–" if pd.isna(target) else int(target)


def summary(table: pd.DataFrame) -> Sentence:
    """Return in words how many units moved, and the province's probability where it has a target.

    Parameters
    ----------
    table : DataFrame
        As from `changes`, the province's row last.
    """
    row, units, attrs = table.iloc[-1], table.iloc[:-1], table.attrs
    counts = {"moved": int(units["moved"].sum()), "units": len(units)}
    lines = [label("change_line", before=month(attrs["before"]), **counts)]
    if not row[["p_before", "p_reach"]].isna().any():
        said: dict[str, str | int] = {name: percent(row[name]) for name in ("p_before", "p_reach")}
        said |= {name: int(row[name]) for name in ("so_far_before", "so_far")}
        lines.append(label("change_province", name=row["name"], **said))
    return Sentence("\n".join(lines))


def own(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of units that moved, or whose count or target is another; those that moved first."""
    units = table.iloc[:-1]
    same = units["so_far"].eq(units["so_far_before"]) & (
        units["target"].eq(units["target_before"]) | (units["target"].isna() & units["target_before"].isna())
    ).fillna(False)
    return units[units["moved"] | ~same].sort_values("moved", ascending=False, kind="stable")


class Earlier(NamedTuple):
    """What an earlier run said: its forecast, and its outlook with a column flag."""

    forecast: Forecast
    outlook: pd.DataFrame
