"""The pipeline: how many of the open dossiers are recognised in each month to come, in joint draws.

What all dossiers share is drawn once for all of them: how well the stages' chances are known, and what each
month's councils and offices make of them. A unit's own part and its dossiers' luck come from a stream of the
unit's own. Every dossier has its numbers for every month and stage, whether it needs them or not, so that a
changed chance changes what it must and little else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ocop_forecast.periods import known_part, to_come
from ocop_forecast.tables.dossiers import COUNCIL, STAGES, waiting

from .counts import code_number
from .stages import ENTRY, LONG, STALE, WAITING, Passage, fit_passage

S = len(STAGES)
OURS = 1  # sets these streams apart from the trend's, which begin with seed and year too


@dataclass(frozen=True, eq=False)
class Coming:
    """What comes of the open dossiers, in joint draws.

    Attributes
    ----------
    draws : ndarray of int, shape (draws, units, months)
        Products recognised.
    chance : Series
        Each open dossier's chance of being recognised in the months drawn; index as that of `waiting`.
    """

    draws: np.ndarray
    chance: pd.Series


@dataclass(frozen=True, eq=False)
class Pipeline:
    """The dossiers that were open at the end of `as_of`, and how such dossiers pass.

    Attributes
    ----------
    as_of : Period
        The month, or the day, up to which they are known.
    waiting : DataFrame
        As from `dossiers.waiting`, in order of the dossiers' keys.
    passage : Passage
        What their stages take.
    rounds : Series of bool, optional
        Month -> whether a round falls in it; None: every month may have one.
    """

    as_of: pd.Period
    waiting: pd.DataFrame
    passage: Passage
    rounds: pd.Series | None = None

    @classmethod
    def of(cls, visits: pd.DataFrame, as_of: pd.Period, rounds: pd.DataFrame | None = None) -> "Pipeline":
        """Learn from the visits known at the end of `as_of`; rounds as for `TrendModel`, known by then."""
        by_month = _by_month(rounds, as_of)
        open_now = waiting(visits, as_of).sort_values(["unit", "dossier"], ignore_index=True)
        moved = (visits["left"] <= as_of.end_time).sum()
        # a table that hardly shows a dossier leave a stage tells where they are, and not how they pass
        history = visits if moved >= len(open_now) else visits.iloc[:0]
        return cls(as_of, open_now, fit_passage(history, _last_whole(as_of), by_month), by_month)

    def with_rounds(self, rounds: pd.DataFrame | None) -> "Pipeline":
        """Return the same dossiers under another calendar of rounds, if it is one that they follow."""
        return replace(self, rounds=_by_month(rounds, self.as_of)) if self.passage.by_round else self

    def forecast(
        self,
        units: pd.Index,
        *,
        seed: int,
        until: "str | pd.Period | None" = None,
        draws: int = 4000,
        faster: Mapping[str, float] | None = None,
    ) -> Coming:
        """Draw what comes of the open dossiers, month by month.

        Parameters
        ----------
        units : Index
            The units wanted, in the order wanted; dossiers of others are left out.
        seed, until, draws
            As in `TrendResults.forecast`.
        faster : mapping, optional
            Unit -> how many times as fast its dossiers pass the stages before the council.
        """
        months, stream = to_come(self.as_of, until), [int(seed), to_come(self.as_of)[0].year]
        shared = _Shared.drawn(self, months, draws, np.random.default_rng([*stream, OURS]))
        counts = np.zeros((draws, len(units), len(months)), np.int16)
        chance = pd.Series(0.0, self.waiting.index, name="chance")
        for at, code in enumerate(units):
            rows = self.waiting[self.waiting["unit"] == code]
            if len(rows):
                own = np.random.default_rng([*stream, code_number(code), OURS])
                done = _passed(rows, self, shared, (faster or {}).get(code, 1.0), own)
                for month in range(len(months)):
                    counts[:, at, month] = (done == month).sum(axis=0)
                chance[rows.index] = (done >= 0).mean(axis=1)
        return Coming(counts, chance)


@dataclass(frozen=True, eq=False)
class _Shared:
    """What all dossiers share in each draw: logits of leaving (months, 5, 3, draws), of going forward."""

    leave: np.ndarray
    forward: np.ndarray  # (months, 5, draws)
    part: np.ndarray  # (months, 5), how much of a month's chance is still to come
    first: int  # the first month's number

    @classmethod
    def drawn(cls, pipeline, months, draws, rng):
        """Draw the coefficients and what each month makes of each stage."""
        passage, with_round = pipeline.passage, np.ones(len(months), bool)
        if passage.by_round:
            with_round = pipeline.rounds.reindex(months, fill_value=False).to_numpy()
        leave, forward = (_coefficients(one, draws, rng) for one in (passage.leave, passage.forward))
        luck, mild = (
            np.array(one.sd[1:])[:, None] * rng.standard_normal((len(months), S, draws))
            for one in (passage.leave, passage.forward)
        )
        logits = _by_wait(leave) + luck[:, :, None]
        logits[~with_round, COUNCIL] += leave[-1]
        part = _still_to_come(pipeline.as_of, months, passage.by_round & with_round)
        return cls(logits, forward + mild, part, to_come(pipeline.as_of)[0].ordinal)


def _by_wait(beta):
    """Return the logits of leaving by stage and wait, (5, 3, draws)."""
    entry, waiting, stale = beta[0 : 2 * S : 2], beta[1 : 2 * S : 2], beta[2 * S]
    return np.stack([entry, waiting, waiting + stale], axis=1)


def _still_to_come(as_of, months, with_round):
    """Return how much of each month's chance is still to come, by stage; a round's day lies wholly ahead."""
    part = np.ones((len(months), S))
    if len(months) and months[0] == as_of.asfreq("M"):
        part[0] = 1 - known_part(as_of)
        part[0, COUNCIL] = 1.0 if with_round[0] else part[0, COUNCIL]
    return part


def _coefficients(fitted, draws, rng):
    """Draw the coefficients (p, draws) around what was fitted."""
    return fitted.beta[:, None] + fitted.factor @ rng.standard_normal((len(fitted.beta), draws))


def _passed(rows, pipeline, shared, faster, rng):
    """Return the month in which each dossier of a unit is recognised in each draw, -1 if in none."""
    draws, passage = shared.forward.shape[-1], pipeline.passage
    own = _own(passage, rows["unit"].iloc[0], draws, rng)
    stage = np.repeat(rows["stage"].to_numpy(np.int8)[:, None], draws, axis=1)
    since = rows["entered"].dt.to_period("M").astype("int64").to_numpy()
    waited = np.repeat(shared.first - 1 - since[:, None], draws, axis=1)
    done = np.full(stage.shape, -1, np.int8)
    for month, part in enumerate(shared.part):
        waited += 1
        for at in range(S):
            luck = rng.random((3, *stage.shape), np.float32)
            wait = np.where(waited == 0, ENTRY, np.where(waited > LONG, STALE, WAITING))
            speed = part[at] * (faster if at < COUNCIL else 1.0)
            leaves = _either(shared.leave[month, at], own[0], wait, speed)
            goes = (stage == at) & (luck[0] < leaves)
            forward = luck[1] < _logistic(shared.forward[month, at] + own[1])
            back = luck[2] < passage.back[at]
            done[goes & forward & (at == S - 1)] = month
            stage[goes] = np.where(forward, at + 1, np.where(back & (at >= COUNCIL), COUNCIL - 1, -1))[goes]
            waited[goes] = 0
    return done


def _own(passage, unit, draws, rng):
    """Draw a unit's own part of leaving and of going forward, (2, draws): known in part, or not at all."""
    normal, at = rng.standard_normal((2, draws)), passage.units.get_indexer([unit])[0]
    return [
        fitted.effect[0][at] + fitted.doubt[0][at] * z if at >= 0 else fitted.sd[0] * z
        for fitted, z in zip((passage.leave, passage.forward), normal, strict=True)
    ]


def _either(logits, own, wait, speed):
    """Return the chance to leave (dossiers, draws) by how long each has waited, in a part of a month."""
    chance = _logistic(logits + own)
    if speed != 1:
        chance = 1 - (1 - chance) ** speed
    return np.take_along_axis(chance, wait, axis=0)


def _logistic(x):
    return 1 / (1 + np.exp(-x))


def _last_whole(as_of):
    month = as_of.asfreq("M")
    return month if known_part(as_of) == 1 else month - 1


def _by_month(rounds, as_of):
    """Return month -> whether a round falls in it; None where the rest of the year has none planned.

    The calendar speaks of the years from its first round to its last; of the month of an as-of day, of what
    lies ahead in it.
    """
    if rounds is None:
        return None
    days = pd.DatetimeIndex(rounds["date"].dropna())
    ahead = to_come(as_of)
    if not ((days > as_of.end_time) & (days <= ahead[-1].end_time)).any():
        return None
    months = pd.period_range(f"{days.min().year}-01", f"{days.max().year}-12", freq="M")
    by_month = pd.Series(months.isin(days.to_period("M")), months)
    if known_part(as_of) < 1:
        by_month[ahead[0]] = (days[days > as_of.end_time].to_period("M") == ahead[0]).any()
    return by_month
