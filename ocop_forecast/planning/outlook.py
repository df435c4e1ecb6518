"""The outlook: a forecast held against its year's targets, with every flag and the facts behind it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd

from ocop_forecast.bands import by_need, told
from ocop_forecast.display import OfUnits, Table
from ocop_forecast.errors import TermsError
from ocop_forecast.evaluation.record import earned
from ocop_forecast.models.forecast import Forecast
from ocop_forecast.models.projection import Projection
from ocop_forecast.tables.dossiers import COUNCIL
from ocop_forecast.tables.province import Province
from ocop_forecast.terms import check_kind

from .attainment import attainment, months_left
from .chance import Chance, chance
from .flags import USUAL, Dossiers, Reason, Rule
from .past import past_years

STAGES = ["committed", "best_case", "pipeline"]


@dataclass(frozen=True, eq=False, repr=False)
class Outlook(OfUnits):
    """What a forecast means for the targets of its year.

    Attributes
    ----------
    forecast : Forecast
        Joint draws.
    table : DataFrame
        As from `attainment`: a row a unit, then one for the province.
    level : float
        Probability that the intervals of `table` hold.
    rule : Rule
        The thresholds of the flags.
    rounds : DataFrame, optional
        As in `Province`; those planned and still to come are a fact of the reasons.
    silent : mapping
        Codes of the units that have not reported -> the months missing, as from `Province.silent`; without
        months the unit never stood in the register, and its zero may mean "not reported".
    waiting : DataFrame, optional
        The open dossiers, as from `Province.waiting`; from a projection with chance, the probability of each
        to be recognised by December.
    count_by : str
        The year that counts, as in `read_province`: by `decision` it ends on 31 December, by `programme` with
        the close of its plan's last round.
    judge : callable, optional
        Tells whether such probabilities have earned to be shown, as `record.earned` does.

    Examples
    --------
    >>> import ocop_forecast as ocop
    >>> province = ocop.read_province(as_of="2024-09")
    >>> outlook = ocop.assess(ocop.project(province, seed=2024, draws=200), province)
    >>> int(outlook.province["so_far"]), int(outlook.province["target"]), outlook.flags.loc["389", "flag"]
    (52, 120, 'at_risk')
    """

    forecast: Forecast
    table: pd.DataFrame
    level: float = 0.8
    rule: Rule = USUAL
    rounds: pd.DataFrame | None = None
    silent: Mapping[str, Sequence[pd.Period]] = field(default_factory=dict)
    waiting: pd.DataFrame | None = None
    count_by: str = "decision"
    judge: Callable[[], bool] | None = None

    @classmethod
    def of(cls, forecast: Forecast, targets: pd.DataFrame, *, level: float = 0.8, **known: Any) -> "Outlook":
        """Hold a forecast against targets, as `attainment` does; `known` are the other attributes."""
        return cls(forecast, attainment(forecast, targets, level=level), level, **known)

    @cached_property
    def ordered(self) -> pd.DataFrame:
        """The rows of the units with their flags, in the one order: those first that need most."""
        return by_need(self.flagged.iloc[:-1], self.earned)

    @cached_property
    def flagged(self) -> pd.DataFrame:
        """The table with the flag of each row."""
        return self.table.assign(flag=self.flags["flag"])

    @property
    def code(self) -> str:
        """The province's code."""
        return self.table.index[-1]

    @property
    def as_of(self) -> pd.Period:
        """The last month known whole, or the last day known."""
        return self.forecast.as_of

    @property
    def year(self) -> int:
        """The year of the targets."""
        return self.forecast.year

    @cached_property
    def elsewhere(self) -> Chance:
        """What became of such targets in other places; of a province that has one."""
        return chance(int(self.province["so_far"]), int(self.province["target"]), self.as_of)

    @cached_property
    def months_left(self) -> float:
        """Months of the year still to come; in the middle of one its rest counts as a part."""
        return months_left(self.forecast)

    @cached_property
    def councils(self) -> list[pd.Timestamp] | None:
        """The days of the rounds planned after the as-of date in the year that is forecast, in order.

        None where no rounds are known.
        """
        if self.rounds is None:
            return None
        days = self.rounds.loc[self.rounds["status"] == "planned", "date"]
        return sorted(days[(days > self.as_of.end_time) & (days.dt.year == self.year)])

    @property
    def p_close(self) -> float:
        """Probability of the province's target by the close of the plan's last round, maybe in the next year.

        Missing without a target.
        """
        target = self.province["target"]
        return np.nan if pd.isna(target) else float((self.forecast.by_close() >= target).mean())

    @cached_property
    def earned(self) -> bool:
        """Whether its probabilities have earned to be shown as such, and not as low, middle or high alone.

        The forecast may know; else the office's past years are forecast once, which takes some seconds.
        """
        if self.forecast.earned is None and self.judge is not None:
            return self.judge()
        return bool(self.forecast.earned)

    @cached_property
    def dossiers(self) -> pd.DataFrame | None:
        """The open dossiers counted, a row a row of `table`; None where none are kept.

        Columns committed, those that passed a council; best_case, those submitted to one; pipeline, those
        before that; open, all of them.
        """
        if self.waiting is None:
            return None
        stage = self.waiting["stage"]
        at = np.select([stage > COUNCIL, stage == COUNCIL], STAGES[:2], STAGES[2])
        counts = pd.crosstab(self.waiting["unit"], at).reindex(index=self.units.index, fill_value=0)
        counts = counts.reindex(columns=STAGES, fill_value=0).rename_axis(columns=None)
        counts = pd.concat([counts, counts.sum().to_frame(self.code).T]).rename_axis("unit")
        return counts.assign(open=counts.sum(axis=1)).astype("int64")

    @cached_property
    def flags(self) -> pd.DataFrame:
        """A row a row of `table`: name, and flag (one of `FLAGS`)."""
        flags = [_flag(row, self) for row in self._rows.values()]
        return Table({"name": self.table["name"], "flag": pd.Series(flags, self.table.index, dtype=str)})

    @cached_property
    def reasons(self) -> dict[str, Reason]:
        """The facts behind each flag, by code; `ocop_forecast.reporting.reasons` puts them into words."""
        return {code: self.reason(code) for code in self._rows}

    def reason(self, code: str) -> Reason:
        """Return the facts behind the flag of one row of `table`, as `reasons` has them of all."""
        return _reason(self._rows[code], self)

    @cached_property
    def _rows(self) -> dict[str, Any]:
        return {row.Index: row for row in self.table.itertuples()}

    def _face(self) -> tuple:
        facts = {"as_of": self.as_of, "year": self.year}
        shown = told(self.table, self.earned).assign(flag=self.flags["flag"])
        return "outlook", facts, shown


def assess(forecast: Forecast | Projection, province: Province, rule: Rule = USUAL) -> Outlook:
    """Hold a province's forecast against its targets, with all that is known of its units.

    Parameters
    ----------
    forecast : Forecast or Projection
        As from `project`, or a saved forecast.
    province : Province
        As from `read_province`: targets, rounds, open dossiers, and who has not reported.
    rule : Rule
        The thresholds of the flags.

    Returns
    -------
    Outlook

    Raises
    ------
    TermsError
        If the forecast does not end in a December, is not of the province's units, or one of the
        arguments is another's.

    Examples
    --------
    >>> import ocop_forecast as ocop
    >>> province = ocop.read_province(as_of="2024-09")
    >>> outlook = ocop.assess(ocop.project(province, seed=2024, draws=200), province)
    >>> outlook.units.shape, outlook.province["name"]
    ((27, 12), 'Tỉnh Thanh Hóa')
    """
    _check(forecast, province, rule)
    known: dict[str, Any] = {
        name: getattr(province, name) for name in ("rounds", "silent", "waiting", "count_by")
    }
    draws = forecast.forecast if isinstance(forecast, Projection) else forecast
    if isinstance(forecast, Projection) and forecast.pipeline and forecast.coming:
        known["waiting"] = forecast.pipeline.waiting.join(forecast.coming.chance)
    return Outlook.of(draws, province.targets, rule=rule, judge=partial(earned, province), **known)


def _check(forecast: Forecast | Projection, province: Province, rule: Rule) -> None:
    """Complain about a forecast, a province or a rule that is none, and about a forecast of other units."""
    check_kind("province", province, Province, "read_province")
    check_kind("rule", rule, Rule, "Rule")
    if not isinstance(forecast, Forecast):
        check_kind("forecast", forecast, Projection, "project")
    draws = forecast.forecast if isinstance(forecast, Projection) else forecast
    if other := sorted({*draws.units} ^ {*province.units.index}):
        raise TermsError("ask_other_units", value=", ".join(other[:5]) + (", …" if len(other) > 5 else ""))


def _reason(row: Any, outlook: Outlook) -> Reason:
    """Flag a row of an outlook, with the facts behind the flag."""
    return Reason(
        flag=_flag(row, outlook),
        of=row.level,
        as_of=outlook.as_of,
        target=None if pd.isna(row.target) else int(row.target),
        so_far=int(row.so_far),
        median=int(row.median),
        lower=int(row.lower),
        upper=int(row.upper),
        level=outlook.level,
        p_reach=float(row.p_reach),
        needed_per_month=float(row.needed_per_month),
        pace=float(row.pace),
        months_left=outlook.months_left,
        councils=outlook.councils,
        unreported=outlook.silent.get(row.Index, ()),
        dossiers=_on_way(outlook, row.Index),
        past=past_years(outlook.forecast, row.Index if row.level == "unit" else None),
        earned=outlook.earned,
    )


def _flag(row: Any, outlook: Outlook) -> str:
    wanted = 0 if pd.isna(row.target) else row.target
    if wanted and row.so_far >= wanted:
        return "attained"
    if row.Index in outlook.silent:
        return "no_report"
    return outlook.rule.flag(row.p_reach) if wanted else "no_target"


def _on_way(outlook: Outlook, code: str) -> Dossiers | None:
    if outlook.dossiers is None:
        return None
    counts = outlook.dossiers.loc[code]
    return Dossiers(*map(int, counts[["open", "committed", "best_case"]]))
