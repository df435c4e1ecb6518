"""The target as a source of the province's total: what targets became elsewhere, and here.

The trend knows the province's months; the target is a plan that people work towards. `reference` says what
such plans became in other places and, as its own years add up, in this one. Past years of this office weigh
the two: w is the chance that the target tells more than the trend, a half before any year and then moved by
the probabilities that both gave to what came; it falls where the target lies out of all proportion to the
own years. Reconstructed years are no evidence of anything: where the record is mostly that, they weigh
nothing and the trend's total is not believed at all, w = 1. Nor is it where fewer than two years are known,
so that the trend knows no rush to the year's end: then w is the chance that the target is a guide.

A draw that is the target's keeps the trend's pattern of units and months and takes the target's total:
products too many are taken away at random, products too few are added where the draw has some or the trend
expects some, half and half. The totals go to the draws in order of size, so that a rich draw stays one.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import norm

from ocop_forecast.periods import to_come, year_ahead
from ocop_forecast.scores import log_score

from .forecast import Forecast
from .known import CLOSED, Known, Plans, months_passed
from .panel import FEWEST
from .reference import Reference, Ultimate, fit_law, ultimate
from .streams import TARGET, stream

DRAWS = 1000  # of the target's law for a past year


class PlanYear(NamedTuple):
    """What the target says of the rest of its year, and how the office counts that year."""

    law: Ultimate
    passed: float  # months of the year
    count_by: str  # as in `read_province`
    ahead: int  # products of this plan so far, less those counted so far in the year

    def draw(self, draws: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw what still counts in the year, and what the close of its plan adds to it, (draws,) each.

        By programme year all that the plan brings counts. By the day of the decision what is late of this
        plan counts next year, and what is late of last year's in this one: it is taken to be as much, in
        another order, and to come evenly in the months that it has.
        """
        by_december, late = self.law.draw(draws, rng)
        if self.count_by == "programme":
            return by_december + late, np.zeros_like(late)
        of_last_year = rng.binomial(rng.permutation(late), max(0.0, 1 - self.passed / CLOSED))
        return by_december + of_last_year, late - of_last_year + self.ahead


@dataclass(frozen=True, eq=False)
class TargetSource:
    """What the target says of the province's rest of the year, and how far it is believed."""

    weight: float  # w
    target: int
    year: PlanYear
    # a row a past year: year, target, came (products in the rest of the year), and the probabilities of that
    # under the trend and under the target
    past: pd.DataFrame


def fit_target(known: Known, reference: Reference, *, seed: int, late: float = 0.0) -> TargetSource | None:
    """Fit the target's law and its weight; None where no unit has a target for the year ahead.

    The plan has by now what is known and the `late` products that are expected not to be entered yet.
    """
    target, year = known.province_targets, year_ahead(known.as_of)
    if year not in target.index:
        return None
    rows = [_past(known, reference, origin, seed) for origin in _origins(known)]
    past = pd.DataFrame(rows, columns=["year", "target", "came", "trend_p", "target_p"])
    seasoned = len(known.panel) >= FEWEST
    weight = (_weight(past) if seasoned else 1.0) * _guide(known) if _real(known.by_plan) else 1.0
    return TargetSource(round(weight, 2), int(target[year]), _plan_year(known, reference, late), past)


def _real(plans: Plans) -> bool:
    """Whether most of all products are no reconstruction."""
    counts = plans.counts.sum()
    return bool(2 * counts[plans.real.reindex(counts.index, fill_value=True)].sum() >= counts.sum())


def _origins(known: Known) -> list[pd.Period]:
    """Return the past month ends as far into their year as now, of real years with a target."""
    months, month = known.panel.index, known.as_of.asfreq("M")
    past = [month - 12 * back for back in range(1, len(months) // 12 + 1)]
    years, real = known.province_targets.index, known.by_plan.real
    late_enough = [end for end in past if end >= months[0] + FEWEST - 1]
    return [end for end in late_enough if year_ahead(end) in years and real.get(year_ahead(end), False)]


def _past(known: Known, reference: Reference, origin: pd.Period, seed: int) -> dict[str, float]:
    """Return what came after a past month end, and its probability under both sources."""
    then, year = known.at(origin), year_ahead(origin)
    came = int(known.panel.loc[origin + 1 : to_come(origin)[-1]].to_numpy().sum())
    p = np.exp(-log_score(_draws(then, reference, seed), np.array([came, came])))
    told = {"year": year, "target": then.province_targets[year], "came": came}
    return told | {"trend_p": p[0], "target_p": p[1]}


@lru_cache(maxsize=64)  # past origins share most of their own past
def _draws(then: Known, reference: Reference, seed: int) -> np.ndarray:
    """Draw the province's rest of the year by the trend and by the target, (draws, 2)."""
    trend = then.trend().forecast(seed=seed, draws=DRAWS).remaining().sum(axis=1).to_numpy()
    rest, _ = _plan_year(then, reference).draw(DRAWS, stream(seed, year_ahead(then.as_of), TARGET))
    return np.column_stack([trend, rest])


def _plan_year(known: Known, reference: Reference, late: float = 0.0) -> PlanYear:
    """Return the law of the rest of the plan of the year ahead, the office's own record weighed in."""
    year, now = year_ahead(known.as_of), months_passed(known.as_of)
    record = known.by_plan.record(known.province_targets, known.as_of)
    so_far, target = known.by_plan.so_far(year), int(known.province_targets[year])
    law = ultimate(fit_law(reference, now, record), so_far + round(late), target, now)
    counted = int(known.panel[known.panel.index.year == year].to_numpy().sum())
    return PlanYear(law, now, known.count_by, so_far - counted)


def _guide(known: Known) -> float:
    """Return the probability that the target is a guide at all; 1 where no own year is known.

    One that is, stands in proportion to what the office's years bring; one that lies far from that is an
    error, or a year like none before it, of which no experience tells anything.
    """
    year, monthly, real = year_ahead(known.as_of), known.panel.sum(axis=1), known.by_plan.real
    years = monthly.groupby(monthly.index.year).agg(["size", "sum"])
    finals = years.loc[(years["size"] == 12) & (years.index < year), "sum"]
    finals = finals[finals.index.map(real).fillna(False).astype(bool)]
    if finals.empty:
        return 1.0
    away = np.log((known.province_targets[year] + 0.5) / (finals.mean() + 0.5))
    usual, any_other = norm.pdf(away, -0.3, 0.7), norm.pdf(away, 0, 3)
    return float(0.95 * usual / (0.95 * usual + 0.05 * any_other))


def _weight(years: pd.DataFrame) -> float:
    """Return the chance, to two digits, that the target tells more than the trend; 1/2 before any year."""
    ahead = np.log(np.maximum(years[["target_p", "trend_p"]], 1e-12)).sum() @ [1, -1]
    return round(float(expit(ahead)), 2)


def with_target(trend: Forecast, expected: pd.DataFrame, source: TargetSource | None, seed: int) -> Forecast:
    """Return the forecast of which each draw is the trend's or has the target's total.

    It also holds what the close of the plan adds to the year. Without a target it is the trend's.
    """
    if source is None:
        return trend
    rng, count = stream(seed, year_ahead(trend.as_of), TARGET), len(trend.draws)
    chosen = np.sort(np.argsort(rng.random(count))[: round(source.weight * count)])
    rest, after = source.year.draw(count, rng)
    order = np.argsort(trend.units)  # so that the order of the units changes no draw
    draws = trend.draws[:, order].astype(np.int64)
    mine, cells = draws[chosen].reshape(len(chosen), expected.size), expected.to_numpy()[order].ravel()
    poor, small = np.argsort(mine.sum(axis=1), kind="stable"), np.argsort(rest[chosen], kind="stable")
    rest[chosen[poor]], after[chosen[poor]] = rest[chosen[small]], after[chosen[small]]
    draws[chosen] = with_totals(mine, rest[chosen], cells, rng).reshape(draws[chosen].shape)
    return replace(trend, draws=draws[:, np.argsort(order)], after=after)


def with_totals(
    counts: np.ndarray, totals: np.ndarray, expected: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return the counts (draws, cells) with other totals (draws,); products move at random.

    Too many are taken away; too few are added where the draw has some or some are `expected` (cells,).

    Examples
    --------
    >>> counts, rng = np.array([[4, 0], [0, 1]]), np.random.default_rng(0)
    >>> moved = with_totals(counts, np.array([2, 3]), np.ones(2), rng)
    >>> moved.sum(axis=1).tolist(), bool(moved[0, 1] == 0), bool(moved[1, 1] >= 1)
    ([2, 3], True, True)
    """
    usual = np.round(expected / expected.sum(), 9)
    moved = counts.copy()
    for row, (now, wanted) in enumerate(zip(counts.sum(axis=1), totals, strict=True)):
        if wanted < now:
            moved[row] = rng.multivariate_hypergeometric(counts[row], wanted)
        elif wanted > now:
            part = usual + (counts[row] / now if now else usual)
            moved[row] = counts[row] + rng.multinomial(wanted - now, part / part.sum())
    return moved
