"""Flags: which units need support, and the facts behind each flag, which `reporting.reasons` words."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from pandas.api.types import is_number

from ocop_forecast import palette
from ocop_forecast.errors import TermsError
from ocop_forecast.evaluation.backtest import METHODS
from ocop_forecast.evaluation.skill import open_cases
from ocop_forecast.i18n.formats import in_hundred

from .past import Then

FLAGS = tuple(palette.FLAGS)  # those first that need most


@dataclass(frozen=True)
class Rule:
    """From which probability of reaching the target on a unit is on track, and from which it is at risk.

    Below `at_risk` it needs support.

    Examples
    --------
    >>> Rule(on_track=0.8).flag(0.5)
    'at_risk'
    """

    on_track: float = 0.7
    at_risk: float = 0.3

    def __post_init__(self) -> None:
        parts = (self.at_risk, self.on_track)
        if not all(map(is_number, parts)) or not 0 < self.at_risk < self.on_track < 1:
            raise TermsError("ask_rule", at_risk=repr(self.at_risk), on_track=repr(self.on_track))

    def flag(self, p_reach: float) -> str:
        """Flag a probability of reaching the target, taken in whole per cent as it is shown."""
        shown = in_hundred(p_reach)
        if shown >= in_hundred(self.on_track):
            return "on_track"
        return "at_risk" if shown >= in_hundred(self.at_risk) else "needs_support"


USUAL = Rule()


def contingency(rows: pd.DataFrame, rule: Rule = USUAL) -> pd.DataFrame:
    """Return the contingency table of flags and missed targets, by method; the units' ``open`` cases count.

    Returns
    -------
    DataFrame
        Index method; columns hits (flagged "needs support", and missed the target), false_alarms (flagged,
        and reached it), misses (not flagged, and missed it), correct_rejections (neither); hit_rate, hits
        among the targets missed, and false_alarm_ratio, false alarms among the flags (Wilks 2019, 9.2);
        missing where there was none.

    Examples
    --------
    >>> told = {"level": "unit", "method": "this model", "case": "open", "target": 3}
    >>> rows = pd.DataFrame({**told, "p_reach": [0.1, 0.2, 0.9], "came": [2, 4, 5]})
    >>> contingency(rows).loc["this model", ["hits", "false_alarms", "hit_rate"]].tolist()
    [1.0, 1.0, 1.0]
    """
    cases = open_cases(rows)
    flagged = cases["p_reach"].map(rule.flag) == "needs_support"
    missed = ~cases["reached"]
    kinds = {"hits": flagged & missed, "false_alarms": flagged & ~missed}
    kinds |= {"misses": ~flagged & missed, "correct_rejections": ~flagged & ~missed}
    table = pd.DataFrame(kinds).groupby(cases["method"]).sum()
    table["hit_rate"] = table["hits"] / (table["hits"] + table["misses"])
    table["false_alarm_ratio"] = table["false_alarms"] / (table["hits"] + table["false_alarms"])
    return table.loc[[method for method in METHODS if method in table.index]]


@dataclass(frozen=True)
class Dossiers:
    """How many dossiers are open, how many of them passed a council, and how many are submitted to one."""

    open: int
    committed: int
    submitted: int


@dataclass(frozen=True)
class Reason:
    """Why a unit, or the province, has its flag: facts.

    Attributes
    ----------
    flag : str
        One of `FLAGS`.
    of : {"unit", "province"}
        Whose it is.
    as_of : Period
        Up to when the products are counted.
    so_far, target, median, lower, upper
        Products in the year, as in `attainment`; target is None where none is set.
    level : float
        Probability that the interval from lower to upper holds.
    p_reach, needed_per_month, pace : float
        As in `attainment`; p_reach is missing without a target.
    months_left : float
        Months of the year still to come.
    councils : sequence of Timestamp or None
        The days of the rounds that are planned and still to come this year, in order; None where no rounds
        are known.
    unreported : sequence of Period
        Months that the unit has not reported.
    dossiers : Dossiers or None
        The open dossiers; None where the province keeps none.
    past : sequence of Then
        The latest past years at this time of the year, as from `past_years`.
    earned : bool
        Whether the probability has earned to be shown, as in `Outlook`.
    """

    flag: str
    of: str
    as_of: pd.Period
    so_far: int
    target: int | None
    median: int
    lower: int
    upper: int
    level: float
    p_reach: float
    needed_per_month: float
    pace: float
    months_left: float
    councils: Sequence[pd.Timestamp] | None
    unreported: Sequence[pd.Period]
    dossiers: Dossiers | None
    past: Sequence[Then]
    earned: bool
