"""The optimum: where so many supports do most, exactly, and for every number of them at once.

A support adds one product with the unit's effect e as its probability, independently of the draws and of all
others: k supports add B ~ Binomial(k, e), but in a draw at most the room r, the unit's open dossiers less its
products still to come; without dossiers there is room for all. With m the products that a draw leaves missing
to the target,

    P(target reached) = P(m <= 0) + sum_j P(m = j <= r) P(B >= j),
    E[missing products supplied] = E[min(B, m, r)] = sum_j P(min(m, r) >= j) P(B >= j),    j = 1, 2, ...,

both exact, without simulation, and at k = 0 the plain share of the draws. What is best is told by the goal:

- Expected units and products are sums over units. A unit's chance is not concave in k, for a first support
  may do nothing where a second would; so nothing is taken greedily, but by the dynamic programme over units,
  best[n] = max_k best_before[n - k] + value[k], which ends with the optimum for every n [1]_.
- The province's total gains the sum of all B, which a higher e of any support makes stochastically larger.
  The choices of n supports within the limits are the bases of a matroid, in which taking the highest e first
  gives one that no other beats in its highest e, its second highest and so on: it is the optimum. Where e is
  equal the province does not care, and the units' sum decides. Room is left out here, in choosing and in the
  value: sums of binomials that each draw cuts off elsewhere have no cheap exact optimum. With dossiers the
  province's probability is then a little too high.

References
----------
.. [1] Ibaraki, T. and Katoh, N. (1988). Resource Allocation Problems: Algorithmic Approaches. MIT Press.
"""

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.stats import binom, nbinom

from .flags import USUAL

GOALS = ("units", "products", "province")
NOTHING = 1e-12  # a smaller gain is none, and nothing is spent on it
DIGITS = 12  # of binomial chances: beyond them processors differ, and would choose between equals


class Task(NamedTuple):
    """What is asked of the money, units in the order of their codes."""

    goal: str
    ends: np.ndarray  # draws x units, the year's total
    target: np.ndarray  # products; 0 where there is none
    whole: np.ndarray  # draws, products missing to the province's target; nan where there is none
    least: np.ndarray  # supports that each unit gets in any case
    most: np.ndarray  # and that it can get; inf where nothing limits them
    first: np.ndarray  # bool, units that are served first
    room: np.ndarray  # draws x units, products that support can add at most


class Odds(NamedTuple):
    """What supports do, under one effect of each unit; a list's item is a unit's, by 0, 1, ... supports."""

    effect: np.ndarray
    chance: list  # of reaching the target
    products: list  # expected, as far as they count to the target
    needed: np.ndarray  # supports that bring a unit on track; 0 where none do, or none are needed
    top: int  # supports in all that are looked at


def odds(task: Task, effect: np.ndarray, top: int) -> Odds:
    """Tabulate what supports do, up to `top` of them or as many as change anything."""
    missing, room = np.maximum(task.target - task.ends, 0).T, task.room.T
    useful = [_useful(*unit) for unit in zip(np.minimum(missing, room).max(axis=1), effect, strict=True)]
    last = reach = np.minimum(task.most, useful)
    in_all = np.inf
    if task.goal == "province":  # to which a unit adds beyond its own target
        in_all = _useful_in_all(task.whole, effect)
        last = np.minimum(task.most, in_all)
    last = np.minimum(np.maximum(last, task.least), top).astype(int)
    known = [_with(*unit) for unit in zip(missing, room, map(np.arange, last + 1), effect, strict=True)]
    now, chance = np.minimum(task.ends, task.target).mean(axis=0), [reached for reached, _ in known]
    return Odds(
        effect,
        chance,
        products=[base + more for base, (_, more) in zip(now, known, strict=True)],
        needed=np.array([_needed(*unit) for unit in zip(missing, room, reach, effect, chance, strict=True)]),
        top=int(min(top, last.sum(), task.least.sum() + in_all)),
    )


def _useful(missing: float, effect: float) -> float:
    """Count the supports beyond which more change nothing: `missing` products are then all but certain."""
    return missing + nbinom.isf(NOTHING / missing, missing, effect) if missing > 0 < effect else 0


def _useful_in_all(whole: np.ndarray, effect: np.ndarray) -> float:
    """Count the same for the province, whose supports have at least the lowest effect that there is."""
    missing = np.nan_to_num(whole).max()
    return _useful(missing, effect[effect > 0].min()) if (effect > 0).any() else 0


def _with(
    missing: np.ndarray, room: np.ndarray, supports: np.ndarray, effect: float
) -> tuple[np.ndarray, np.ndarray]:
    """Compute by number of supports the probability that nothing is missing, and what they supply of it."""
    within = np.bincount(np.minimum(missing, room)) / len(missing)
    share = np.bincount(missing[missing <= room], minlength=len(within)) / len(missing)
    as_many = within[::-1].cumsum()[::-1]
    supplied = binom.sf(np.arange(len(share) - 1)[:, None], supports, effect).round(DIGITS)  # P(B >= j)
    # not as a matrix product, whose rounding depends on the number of columns
    chance = share[0] + (share[1:, None] * supplied).sum(axis=0)
    return np.minimum(chance, 1), (as_many[1:, None] * supplied).sum(axis=0)


def _needed(missing: np.ndarray, room: np.ndarray, reach: float, effect: float, chance: np.ndarray) -> int:
    """Find the fewest supports that bring a unit on track, none where all that reach it do not.

    Where its table does not hold so many, all that it holds: money is short, not the unit.
    """
    at_end, _ = _with(missing, room, np.array([reach]), effect)
    if USUAL.flag(at_end.item()) != "on_track":
        return 0
    return next((k for k, p in enumerate(chance) if USUAL.flag(p) == "on_track"), len(chance) - 1)


def worth(task: Task, known: Odds, goal: str, rows: np.ndarray) -> np.ndarray:
    """Value each row of supports by unit for a goal.

    Expected units that reach their target, expected products that count to one, or the province's
    probability of reaching its own.
    """
    if goal == "province":
        return np.array([_together(task.whole, row, known.effect) for row in rows])
    tables = known.chance if goal == "units" else known.products
    wanted = np.flatnonzero(task.target > 0)
    return sum((value(tables[at], rows[:, at]) for at in wanted), np.zeros(len(rows)))


def value(table: np.ndarray, supports: np.ndarray) -> np.ndarray:
    """Read a unit's table at so many supports; beyond its end nothing changes."""
    return table[np.minimum(supports, len(table) - 1)]


def _together(whole: np.ndarray, supports: np.ndarray, effect: np.ndarray) -> float:
    """Compute the province's probability of its target: binomials of unlike effects are convolved."""
    if np.isnan(whole).any():
        return np.nan
    levels, of = np.unique(effect, return_inverse=True)
    counts = np.bincount(of, supports).astype(int)
    parts = binom.pmf(np.arange(counts.max() + 1), counts[:, None], levels[:, None])
    sums = np.ones(1)
    for part, count in zip(parts, counts, strict=True):
        sums = np.convolve(sums, part[: count + 1])
    missing = np.bincount(np.maximum(whole, 0).astype(int)) / len(whole)
    supplied = sums[::-1].cumsum()[::-1][1 : len(missing)].round(DIGITS)
    return min(missing[0] + (missing[1 : len(supplied) + 1] * supplied).sum(), 1.0)


def plans(task: Task, known: Odds) -> np.ndarray:
    """Find the best supports by unit, a row for each number that can be paid for, from the least on.

    Those who are served first get theirs as if they were alone, each at most what it needs; on top of that
    the rest goes wherever it does most. No row holds a support that adds nothing.
    """
    numbers = np.arange(task.least.sum(), known.top + 1)
    most = np.array([len(chance) - 1 for chance in known.chance])
    served = _best(task, known, task.least, np.where(task.first, known.needed, 0), numbers)
    floors, of = np.unique(served, axis=0, return_inverse=True)
    rows = np.empty_like(served)
    for at, floor in enumerate(floors):
        here = of.ravel() == at
        rows[here] = _best(task, known, floor, most, numbers[here])
    return rows


def _best(task: Task, known: Odds, low: np.ndarray, high: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Find the best supports between `low` and `high`, a row for each number of them."""
    high = np.maximum(high, low)
    rows = _filled(task, known, low, high, min(numbers[-1], high.sum()) - low.sum())
    values, kept = worth(task, known, task.goal, rows), [0]
    for number in range(1, len(rows)):
        kept.append(number if values[number] > values[kept[-1]] + NOTHING else kept[-1])
    return rows[kept][np.minimum(numbers - low.sum(), len(rows) - 1)]


def _filled(task: Task, known: Odds, low: np.ndarray, high: np.ndarray, count: int) -> np.ndarray:
    """Add exactly 0, 1, ..., `count` supports to `low`, where they are worth most."""
    tables = known.products if task.goal == "products" else known.chance  # flat without a target
    rows, left = np.tile(low, (count + 1, 1)), np.arange(count + 1)
    groups = [np.arange(len(known.effect))]
    if task.goal == "province":  # the units of the highest effect are filled first
        groups = [np.flatnonzero(known.effect == level) for level in np.unique(known.effect)[::-1]]
    for group in groups:
        room = min((high - low)[group].sum(), count)
        split = _split([tables[at][low[at] : high[at] + 1] for at in group], room)
        taken = np.minimum(left, room)
        rows[:, group] += split[taken]
        left = left - taken
    return rows


def _split(values: list[np.ndarray], count: int) -> np.ndarray:
    """Split exactly 0, 1, ..., `count` supports among units so that they are worth most: numbers x units."""
    best, choices = np.where(np.arange(count + 1) == 0, 0.0, -np.inf), []
    for table in values:
        table = table[: count + 1]
        before = np.pad(best, (len(table) - 1, 0), constant_values=-np.inf)
        sums = sliding_window_view(before, len(table))[:, ::-1] + table  # of n in all, k here
        choices.append(sums.argmax(axis=1))
        best = sums.max(axis=1)
    rows, left = np.empty((count + 1, len(values)), int), np.arange(count + 1)
    for at in reversed(range(len(values))):
        rows[:, at] = choices[at][left]
        left = left - rows[:, at]
    return rows
