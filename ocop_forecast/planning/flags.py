"""The plan: which units need support, and why, in words a meeting reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from ocop_forecast.display import Table
from ocop_forecast.errors import TermsError
from ocop_forecast.i18n.catalogue import LANGUAGES, label, set_options
from ocop_forecast.i18n.formats import chances, month, number
from ocop_forecast.tables.dossiers import COUNCIL

FLAGS = ("attained", "on_track", "at_risk", "needs_support", "no_target", "no_report")


@dataclass(frozen=True)
class Rule:
    """From which probability of reaching the target on a unit is on track, and from which it is at risk.

    Below `at_risk` it needs support.

    Examples
    --------
    >>> Rule(on_track=0.8).level(0.5)
    'at_risk'
    """

    on_track: float = 0.7
    at_risk: float = 0.3

    def __post_init__(self):
        if not 0 < self.at_risk < self.on_track < 1:
            raise TermsError("ask_rule", at_risk=repr(self.at_risk), on_track=repr(self.on_track))

    def level(self, p_reach: float) -> str:
        """Return the flag of a probability of reaching the target, taken in whole per cent as it is shown."""
        shown = round(100 * p_reach)
        if shown >= round(100 * self.on_track):
            return "on_track"
        return "at_risk" if shown >= round(100 * self.at_risk) else "needs_support"


USUAL = Rule()


def flag(
    outlook: pd.DataFrame,
    rule: Rule = Rule(),
    rounds: pd.DataFrame | None = None,
    *,
    silent: Mapping[str, Sequence[pd.Period]] | None = None,
    waiting: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Say for each row of the outlook how it stands, with the reason in words.

    Parameters
    ----------
    outlook : DataFrame
        As from `attainment`.
    rule : Rule
        The thresholds.
    rounds : DataFrame, optional
        As in `Province`; the planned ones still to come are told in the reason.
    silent : mapping, optional
        Codes of the units that have not reported -> the months missing, as from `Province.silent`; without
        months the unit never stood in the register, and its zero may mean "not reported".
    waiting : DataFrame, optional
        The open dossiers, as from `Province.waiting`; how many a unit has is told in the reason.

    Returns
    -------
    DataFrame
        Index `unit`; columns name, flag (one of `FLAGS`), reason_vi, reason_en.

    Examples
    --------
    >>> outlook = pd.DataFrame({"name": ["A", "B"], "level": "unit", "so_far": [3, 0], "target": [3, 3],
    ...     "median": [4, 1], "lower": [3, 0], "upper": [5, 3], "p_reach": [1.0, 0.12], "shortfall": [0, 2],
    ...     "needed_per_month": [0.0, 1.0], "pace": [0.33, 0.0]}, index=["1", "2"])
    >>> outlook.attrs = {"as_of": pd.Period("2024-09", "M"), "months_left": 3, "level": 0.8}
    >>> flag(outlook)["flag"].tolist()
    ['attained', 'needs_support']
    """
    left = None if rounds is None else _rounds_left(rounds, outlook.attrs["as_of"])
    silent, on_way = silent or {}, _on_way(waiting, outlook)
    levels = pd.Series([_level(row, rule, silent) for row in outlook.itertuples()], outlook.index, dtype=str)
    flags = Table({"name": outlook["name"], "flag": levels})
    for lang in LANGUAGES:
        with set_options(lang=lang):
            flags[f"reason_{lang}"] = [
                _reason(row, level, outlook.attrs, left, silent.get(row.Index), on_way.get(row.Index))
                for row, level in zip(outlook.itertuples(), levels, strict=True)
            ]
    return flags


def _level(row, rule, silent):
    wanted = 0 if pd.isna(row.target) else row.target
    if wanted and row.so_far >= wanted:
        return "attained"
    if row.Index in silent:
        return "no_report"
    return rule.level(row.p_reach) if wanted else "no_target"


def _rounds_left(rounds, as_of):
    """Count the planned rounds after `as_of`, a month or a day, in the year that is forecast."""
    days = rounds.loc[rounds["status"] == "planned", "date"]
    return int(((days > as_of.end_time) & (days.dt.year == (as_of + 1).year)).sum())


def _on_way(waiting, outlook):
    """Return code -> how many dossiers are open, passed a council, and are submitted; nothing without any."""
    if waiting is None:
        return {}
    province, stages = outlook.index[-1], waiting["stage"]
    of_unit = {code: stages[waiting["unit"] == code] for code in outlook.index[:-1]} | {province: stages}
    return {
        code: {
            "open": len(one),
            "committed": int((one > COUNCIL).sum()),
            "submitted": int((one == COUNCIL).sum()),
        }
        for code, one in of_unit.items()
    }


def _reason(row, level, attrs, left, unreported=None, on_way=None):
    said = {
        "so_far": int(row.so_far),
        "target": "" if pd.isna(row.target) else int(row.target),
        "month": month(attrs["as_of"]),
        "median": int(row.median),
        "lower": int(row.lower),
        "upper": int(row.upper),
        "level": number(100 * attrs["level"]),
    }
    parts = [label(f"reason_{level}", **said)]
    if level == "no_report" and unreported:
        missing = ", ".join(month(at) for at in unreported)
        parts = [label("reason_unreported", months=missing, **said)]
    if level not in ("attained", "no_target") and not pd.isna(row.p_reach):
        parts.append(label(f"reason_chance_{row.level}", chances=chances(row.p_reach)))
        parts.append(label("reason_range", **said))
        parts += [] if on_way is None else [label("reason_dossiers", **on_way)]
    if level in ("at_risk", "needs_support") and attrs["months_left"]:
        parts.append(_needed(row, attrs["months_left"]))
        parts += [] if left is None else [label("reason_rounds", left=left)]
    return " ".join(parts)


def _needed(row, months_left):
    """Return what it takes: a month beside the pace so far, or in all where less than a month is left."""
    if months_left < 1:
        return label("reason_missing", missing=int(row.target - row.so_far))
    needed, pace = number(row.needed_per_month, 1), number(row.pace, 1)
    return label("reason_pace", needed=needed, pace=pace)
