"""Why a chance moved: what time, decisions, late entries, corrections, rounds, dossiers and targets added.

Between an earlier and a later state of a province's tables the changes are made one after another, and after
each the year is forecast anew with the same seed. What a change adds hangs on what was changed before it; it
is given the mean of two orders, one the other's reverse but that new decisions need the time in which they
fell: the Shapley value over these orders [1]_, so that the parts add up to the whole.

References
----------
.. [1] Faigle, U. and Kern, W. (1992). The Shapley value for cooperative games under precedence constraints.
   International Journal of Game Theory 21, 249-266.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd

from ocop_forecast.display import OfUnits
from ocop_forecast.errors import TermsError
from ocop_forecast.evaluation.record import earned
from ocop_forecast.models.known import Known, Past, delays_of, judged_of
from ocop_forecast.models.projection import combined
from ocop_forecast.periods import year_ahead
from ocop_forecast.tables.between import CHANGES, between, differences
from ocop_forecast.tables.province import Province
from ocop_forecast.terms import check_kind, drawn

from .attainment import attainment

OTHER = "other"
PARTS = (*CHANGES, OTHER)
ORDERS = (CHANGES, ("target", "dossiers", "rounds", "corrections", "late", "time", "new"))

Value = Callable[[frozenset[str]], pd.Series]


@dataclass(frozen=True, eq=False, repr=False)
class Explanation(OfUnits):
    """What moved the chances from one state of a province's tables to a later one of the same year.

    Attributes
    ----------
    table : DataFrame
        A row a unit, then the province; index `unit`. Columns: name; p_before and p_reach, the chance of the
        target then and now (missing without a target then or now); and what moved it, in the same measure:
        time that passed, new recognitions, late entries, corrections of the register, rounds held or planned,
        dossiers, another target, and other, what an earlier run said otherwise than this version would have.
        p_before and the parts add up to p_reach.
    before, after : Province
        The two states.
    seed : int
        That of the forecasts.
    """

    table: pd.DataFrame
    before: Province
    after: Province
    seed: int

    def parts(self, unit: str | None = None) -> pd.Series:
        """Return what moved the chance of a unit, by its code, or of the province: the greatest part first.

        Parts that moved nothing are left out.
        """
        row = self.province if unit is None else self.table.loc[unit]
        parts = row[[*PARTS]].astype(float)
        return parts[parts != 0].dropna().sort_values(key=np.abs, ascending=False, kind="stable")

    def _face(self) -> tuple:
        facts = {"before": self.before.as_of, "now": self.after.as_of}
        moved = self.table.loc[:, (self.table != 0).any()]
        if not earned(self.after, self.seed):  # which way a cause moved it is all that may be said
            moved = moved[[name for name in PARTS if name in moved]].map(
                lambda part: "+" if part > 0 else "–" if part < 0 else ""
            )
        return "explanation", facts, moved


def explain(
    before: Province,
    after: Province,
    *,
    seed: int = 2024,
    draws: int = 4000,
    earlier: Iterable[Past] = (),
    said: pd.Series | None = None,
) -> Explanation:
    """Split the change of every chance between two states of a province's tables into its causes.

    Parameters
    ----------
    before, after : Province
        As from `read_province`, or as a run keeps it (`Province.load`), of one year; `before` is the earlier.
    seed, draws : int
        As for `project`; the same for all forecasts on the way.
    earlier : iterable of Past
        What earlier runs knew, as for `project` of `after`; `before` knew those before it.
    said : Series, optional
        The chances that were told of `before`, index units and the province; without it those that this
        version tells of it.

    Returns
    -------
    Explanation

    Raises
    ------
    TermsError
        If `after` is earlier, or the two are of other years, other units or counted in another way.

    Examples
    --------
    >>> from ocop_forecast import read_province
    >>> before, after = (read_province(as_of=as_of) for as_of in ("2024-08", "2024-09"))
    >>> explain(before, after, draws=200).parts().index.tolist()
    ['time', 'new']
    """
    for name, province in (("before", before), ("after", after)):
        check_kind(name, province, Province, "read_province")
    seed, draws = drawn(seed, draws)
    _check_same(before, after)
    earlier = [*earlier]
    reached = _reached(before, after, earlier, seed, draws)
    learned = {"late", "rounds"} if any(_as_new(past, before) for past in earlier) else set()
    found = frozenset({*differences(before, after), *learned})
    table = _parts(reached, found) / (draws * len(ORDERS))
    then, now = reached(frozenset()) / draws, reached(found) / draws
    table.insert(0, "p_reach", now)
    table.insert(0, "p_before", then if said is None else said.reindex(table.index).to_numpy(float))
    table[OTHER] = then - table["p_before"]
    table.insert(0, "name", [*after.units["name"].reindex(table.index[:-1]), after.name])
    return Explanation(table, before, after, seed)


def _check_same(before: Province, after: Province) -> None:
    """Complain about two states that are not of one year, of the same units or counted in one way."""
    kinds = [[one.code, str(year_ahead(one.as_of)), one.units_as, one.count_by] for one in (before, after)]
    same = kinds[0] == kinds[1] and {*before.units.index} == {*after.units.index}
    if not same or before.as_of.end_time > after.as_of.end_time:
        told = [
            f"{', '.join(filter(None, kind))} ({one.as_of})"
            for kind, one in zip(kinds, (before, after), strict=True)
        ]
        raise TermsError("ask_explain", before=told[0], after=told[1])


def _as_new(past: Past, before: Province) -> bool:
    """Tell whether an earlier run is none that `before` could have learned from."""
    return past.forecast.as_of.end_time >= before.as_of.end_time


def _reached(before: Province, after: Province, earlier: list[Past], seed: int, draws: int) -> Value:
    """Return the function that counts the draws that reach each target, once these changes are made."""
    then = [past for past in earlier if not _as_new(past, before)]
    shared = Known.of(after).past  # of most pasts all states say the same: each is fitted once

    @cache
    def reached(done: frozenset[str]) -> pd.Series:
        state = between(before, after, done)
        knows = {"late": then, "rounds": then} | dict.fromkeys({"late", "rounds"} & done, earlier)
        delays = delays_of(state, (past.forecast for past in knows["late"]))
        known = replace(Known.of(state), past=shared, delays=delays, judged=judged_of(state, knows["rounds"]))
        table = attainment(combined(known, seed=seed, draws=draws).forecast, state.targets)
        return (table["p_reach"] * draws).round()

    return reached


def _parts(reached: Value, found: frozenset[str]) -> pd.DataFrame:
    """Add up over the orders by how many draws each change moves each target; whole numbers, so exactly."""
    parts = pd.DataFrame(0.0, reached(found).index, [*CHANGES])
    for order in ORDERS:
        done: frozenset[str] = frozenset()
        for name in (name for name in order if name in found):
            parts[name] += reached(done | {name}) - reached(done)
            done |= {name}
    return parts
