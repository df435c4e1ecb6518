"""The pipeline: how many of the open dossiers are recognised in each month to come, in joint draws.

What all dossiers share is drawn once for all of them: the error of the coefficients, the effects of each
month on each stage, and the level: the logit by which leaving is easier in all months to come than the stages
say, as past forecasts have shown. A unit's own effects and its dossiers' luck come from a stream of the
unit's own. Every dossier has random numbers for every month and stage, whether it needs them or not, so that
a changed probability changes few other dossiers.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from ocop_forecast.periods import known_part, to_come, year_ahead
from ocop_forecast.tables.dossiers import COUNCIL, waiting

from .stages import ENTRY, LONG, RUSH, RUSHED, STALE, WAITING, Passage, S, fit_passage
from .streams import LEVEL, PIPELINE, stream

CELLS = 2**20  # dossiers times draws that are drawn at once


@dataclass(frozen=True, eq=False)
class Coming:
    """Joint draws of the recognitions of open dossiers."""

    draws: np.ndarray  # (draws, units, months), products recognised, whole numbers
    chance: pd.Series  # of each open dossier to be recognised in the months drawn; index as that of `waiting`


@dataclass(frozen=True, eq=False)
class Pipeline:
    """The dossiers that were open at the end of `as_of`, and the probabilities of their stages."""

    as_of: pd.Period  # the month, or the day, up to which they are known
    waiting: pd.DataFrame  # as from `dossiers.waiting`, in order of the dossiers' keys
    passage: Passage
    rounds: pd.Series | None = None  # month -> whether a round falls in it; None: every month may have one
    level: tuple[float, float] = (0.0, 0.0)  # mean and sd, in logits; `projection.fit_pool` learns them

    @classmethod
    def fit(cls, visits: pd.DataFrame, as_of: pd.Period, rounds: pd.DataFrame | None = None) -> "Pipeline":
        """Fit to the visits known at the end of `as_of`; rounds as for `TrendModel`, known by then."""
        by_month = _rounds_by_month(rounds, as_of)
        open_now = waiting(visits, as_of).sort_values(["unit", "dossier"], ignore_index=True)
        moved = (visits["left"] <= as_of.end_time).sum()
        # a table in which hardly any dossier leaves a stage says where they are, and not how they pass
        history = visits if moved >= len(open_now) else visits.iloc[:0]
        last_whole = to_come(as_of)[0] - 1
        return cls(as_of, open_now, fit_passage(history, last_whole, by_month), by_month)

    def levels(self, seed: int, draws: int) -> np.ndarray:
        """Return the level of each draw of `forecast`, (draws,), in logits."""
        mean, sd = self.level
        return mean + sd * stream(seed, year_ahead(self.as_of), LEVEL).standard_normal(draws)

    def forecast(
        self,
        units: pd.Index,
        *,
        seed: int,
        until: "str | pd.Period | None" = None,
        draws: int = 4000,
        with_round: np.ndarray | None = None,
    ) -> Coming:
        """Draw the recognitions of the open dossiers, month by month.

        Dossiers of other `units` than these are left out. `seed`, `until` and `draws` are as in
        `TrendResults.forecast`; `with_round` (draws, months) says in which months a round comes about:
        without it in all for which one is planned.
        """
        months, key = to_come(self.as_of, until), (int(seed), year_ahead(self.as_of))
        level = self.levels(int(seed), draws)
        if with_round is None:
            with_round = np.tile(self._planned(months), (draws, 1))
        shared = _Shared.drawn(self, months, level, with_round, stream(*key, PIPELINE))
        counts = np.zeros((draws, len(units), len(months)), np.int16)
        chance = pd.Series(0.0, self.waiting.index, name="chance")
        for rows in _blocks(self.waiting[self.waiting["unit"].isin(units)], draws):
            codes, first = np.unique(rows["unit"], return_index=True)
            done = _recognised(rows, first, self, shared, [stream(*key, code, PIPELINE) for code in codes])
            for month in range(len(months)):
                came = np.add.reduceat(done == month, first, axis=0, dtype=np.int16)
                counts[:, units.get_indexer(codes), month] = came.T
            chance[rows.index] = (done >= 0).mean(axis=1)
        return Coming(counts, chance)

    def _planned(self, months: pd.PeriodIndex) -> np.ndarray:
        """Return whether a round is planned in each month; every month may have one where none are known."""
        if not self.passage.by_round or self.rounds is None:
            return np.ones(len(months), bool)
        return self.rounds.reindex(months, fill_value=False).to_numpy()


@dataclass(frozen=True, eq=False)
class _Shared:
    """What all dossiers share in each draw: the logits of leaving and of going forward."""

    leave: np.ndarray  # (months, 5, 3, draws), by stage and wait
    forward: np.ndarray  # (months, 5, draws)
    part: np.ndarray  # (months, 5), the part of each month that is still to come
    first: int  # the first month's number

    @classmethod
    def drawn(
        cls,
        pipeline: Pipeline,
        months: pd.PeriodIndex,
        level: np.ndarray,
        with_round: np.ndarray,
        rng: np.random.Generator,
    ) -> "_Shared":
        """Draw the coefficients and the effects of each month on each stage."""
        passage, draws = pipeline.passage, len(level)
        fits = (passage.leave, passage.forward)
        beta, forward = (
            fit.beta[:, None] + fit.factor @ rng.standard_normal((len(fit.beta), draws)) for fit in fits
        )
        on_leave, on_forward = (
            np.array(fit.sd[1:])[:, None] * rng.standard_normal((len(months), S, draws)) for fit in fits
        )
        entry, waiting, stale = beta[0 : 2 * S : 2], beta[1 : 2 * S : 2], beta[2 * S]
        leave = np.stack([entry, waiting, waiting + stale], axis=1) + level + on_leave[:, :, None]
        leave[months.month >= RUSH] += beta[RUSHED]
        if passage.by_round:
            leave[:, COUNCIL] += np.where(with_round.T[:, None], 0, beta[-1])
        part = np.ones((len(months), S))  # still to come of each; a round's day lies wholly ahead
        if len(months) and months[0] == pipeline.as_of.asfreq("M"):
            part[0] = 1 - known_part(pipeline.as_of)
            part[0, COUNCIL] = 1.0 if passage.by_round and with_round[:, 0].mean() > 0.5 else part[0, COUNCIL]
        return cls(leave, forward + on_forward, part, to_come(pipeline.as_of)[0].ordinal)


def _blocks(rows: pd.DataFrame, draws: int) -> Iterator[pd.DataFrame]:
    """Yield the dossiers, in order of their units, in blocks of whole units that fit into the memory."""
    at = (rows.groupby("unit")["unit"].transform("size").cumsum() * draws) // CELLS
    yield from (block for _, block in rows.groupby(at.groupby(rows["unit"]).transform("min"), sort=True))


def _in_part(chance: np.ndarray, part: float) -> np.ndarray:
    """Return the chance in a part of a month of what has this chance in a whole one."""
    return chance if part == 1 else 1 - (1 - chance) ** part


def _recognised(
    rows: pd.DataFrame,
    first: np.ndarray,
    pipeline: Pipeline,
    shared: _Shared,
    rngs: list[np.random.Generator],
) -> np.ndarray:
    """Return the month in which each dossier is recognised in each draw (rows, draws), -1 if in none.

    The rows of a unit begin at one of `first`; it draws from one of `rngs`.
    """
    draws, passage = shared.forward.shape[-1], pipeline.passage
    size = np.diff(np.append(first, len(rows)))
    unit = np.repeat(np.arange(len(first)), size)
    units = zip(rows["unit"].iloc[first], rngs, strict=True)
    effects = [_draw_unit_effects(passage, code, draws, rng) for code, rng in units]
    on_leave, on_forward = np.array(effects).swapaxes(0, 1)
    stage = np.repeat(rows["stage"].to_numpy(np.int8), draws)
    since = rows["entered"].dt.to_period("M").astype("int64").to_numpy()
    waited = np.repeat(shared.first - 1 - since, draws)
    done = np.full(len(stage), -1, np.int8)
    # a unit's numbers lie together: its dossiers' for leaving, then for going forward, then for coming back
    place, luck = (np.arange(len(rows)) + 2 * first[unit]) * draws, np.empty(3 * len(stage), np.float32)
    of_units = np.split(luck, 3 * draws * first[1:])
    for month, part in enumerate(shared.part):
        waited += 1
        for at in range(S):
            for own_luck, rng in zip(of_units, rngs, strict=True):
                rng.random(dtype=np.float32, out=own_luck)
            there = np.flatnonzero(stage == at)
            row, draw = np.divmod(there, draws)
            own = unit[row]
            leaves = _in_part(expit(shared.leave[month, at] + on_leave[:, None]), part[at])
            wait = np.where(waited[there] == 0, ENTRY, np.where(waited[there] > LONG, STALE, WAITING))
            lots, further = place[row] + draw, draws * size[own]
            goes = luck[lots] < leaves[own, wait, draw]
            there, own, draw, lots, further = (of[goes] for of in (there, own, draw, lots, further))
            forward = luck[lots + further] < expit(shared.forward[month, at] + on_forward)[own, draw]
            back = luck[lots + 2 * further] < passage.back[at]
            if at == S - 1:
                done[there[forward]] = month
            stage[there] = np.where(forward, at + 1, np.where(back & (at >= COUNCIL), COUNCIL - 1, -1))
            waited[there] = 0
    return done.reshape(len(rows), draws)


def _draw_unit_effects(passage: Passage, unit: str, draws: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Draw a unit's effects on leaving and on going forward, (draws,) each; from the prior for a new unit."""
    normal, at = rng.standard_normal((2, draws)), passage.units.get_indexer([unit])[0]
    return [
        fit.effect[0][at] + fit.effect_se[0][at] * z if at >= 0 else fit.sd[0] * z
        for fit, z in zip((passage.leave, passage.forward), normal, strict=True)
    ]


def _rounds_by_month(rounds: pd.DataFrame | None, as_of: pd.Period) -> pd.Series | None:
    """Return month -> whether a round falls in it; None where the rest of the year has none planned.

    The index holds the years from the first round to the last; in the month of an as-of day, only a round
    after that day counts.
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
