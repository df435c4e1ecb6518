"""The optimum: where so many supports do most, exactly, and for every number of them at once.

A support adds one product with the effect of its dossier as its probability, independently of the draws; a
unit's supports go where they do most first, so that its k-th has an effect e_k of its own, e_1 >= e_2 >= ...
What k of them add, B, is a sum of unlike Bernoulli variables [2]_; with one more support of effect e

    P(B' = j) = (1 - e) P(B = j) + e P(B = j - 1).

The effects of all supports hang on one thing that nobody knows, so they are taken in several worlds that are
equally likely, and everything is a mean over these. With m the products that a draw leaves missing to the
target,

    P(target reached) = P(m <= 0) + sum_j P(m = j) P(B >= j),
    E[missing products supplied] = E[min(B, m)] = sum_j P(m >= j) P(B >= j),    j = 1, 2, ...,

both exact, without simulation, and at k = 0 the plain share of the draws. What is best is told by the goal:

- Expected units and products are sums over units, also in the mean over worlds. A unit's chance is not
  concave in k, for a first support may do nothing where a second would; so nothing is taken greedily, but by
  the dynamic programme over units, best[n] = max_k best_before[n - k] + value[k], which ends with the optimum
  for every n [1]_.
- The province's total gains the sum of all B, which a higher e of any support makes stochastically larger.
  The choices of n supports within the limits are the bases of a matroid, in which taking the highest e first
  gives one that no other beats in its highest e, its second highest and so on: it is the optimum of every
  world in which the supports stand in this order, thus of all where the units' ranges are one. Where units
  have ranges of their own, the mean of e over the worlds decides. Where it is equal the province does not
  care, and the units' sum decides.

References
----------
.. [1] Ibaraki, T. and Katoh, N. (1988). Resource Allocation Problems: Algorithmic Approaches. MIT Press.
.. [2] Poisson, S. D. (1837). Recherches sur la probabilité des jugements. Bachelier. Its recursion: Gail,
   M. H., Lubin, J. H. and Rubinstein, L. V. (1981). Likelihood calculations for matched case-control studies
   and survival studies with tied death times. Biometrika 68, 703-707.
"""

from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.stats import nbinom

from .flags import USUAL

GOALS = ("units", "products", "province")
NOTHING = 1e-12  # a smaller gain is none, and nothing is spent on it
DIGITS = 12  # of what supports add: beyond them processors differ, and would choose between equals


class Task(NamedTuple):
    """What is asked of the money, units in the order of their codes."""

    goal: str
    ends: np.ndarray  # draws x units, the year's total
    target: np.ndarray  # products; 0 where there is none
    whole: np.ndarray  # draws, products missing to the province's target; nan where there is none
    left: list  # a unit's: 1 - p of the dossiers that its 1st, 2nd, ... support goes to, falling, above 0
    least: np.ndarray  # supports that each unit gets in any case
    most: np.ndarray  # and that it can get; inf where nothing limits them
    first: np.ndarray  # bool, units that are served first


class Odds(NamedTuple):
    """What supports do; a list's item is a unit's, by 0, 1, ... supports (`each`: by the 1st, 2nd, ...)."""

    each: list  # effects, supports x worlds
    chance: list  # of reaching the target
    products: list  # expected, as far as they count to the target
    needed: np.ndarray  # supports that bring a unit served first on track; 0 where none do or are needed
    top: int  # supports in all that are looked at


def odds(task: Task, rescue: np.ndarray, top: int) -> Odds:
    """Tabulate what supports do, up to `top` of them or as many as change anything.

    `rescue` is units x worlds: the probability that support brings what would not have come by itself.
    """
    missing, lowest = np.maximum(task.target - task.ends, 0).T, _lowest(task, rescue)
    useful = np.array([_useful(*unit) for unit in zip(missing.max(axis=1), lowest, strict=True)])
    in_all = np.inf
    if task.goal == "province":  # to which a unit adds beyond its own target
        in_all = _useful(np.nan_to_num(task.whole).max(), min(lowest[lowest > 0], default=0))
    last = np.where(task.goal == "province", in_all, useful)
    last = np.minimum(np.clip(last, task.least, task.most), top).astype(int)
    each = [_each(task, rescue, at, number) for at, number in enumerate(last)]
    known = [_with(*unit) for unit in zip(missing, each, strict=True)]
    now, chance = np.minimum(task.ends, task.target).mean(axis=0), [reached for reached, _ in known]
    return Odds(
        each,
        chance,
        products=[base + more for base, (_, more) in zip(now, known, strict=True)],
        needed=np.array([_needed(task, rescue, at, useful[at], own) for at, own in enumerate(chance)]),
        top=int(min(top, last.sum(), task.least.sum() + in_all)),
    )


def _each(task: Task, rescue: np.ndarray, at: int, number: float) -> np.ndarray:
    """Compute the effects of a unit's first supports, so many x worlds."""
    return task.left[at][: int(number), None] * rescue[at]


def _lowest(task: Task, rescue: np.ndarray) -> np.ndarray:
    """Find the lowest effect of each unit's supports in any world; 0 where it can get none."""
    return np.array([left[-1] if len(left) else 0 for left in task.left]) * rescue.min(axis=1)


def _useful(missing: float, effect: float) -> float:
    """Count the supports beyond which more change nothing: `missing` products are then all but certain."""
    return missing + nbinom.isf(NOTHING / missing, missing, effect) if missing > 0 < effect else 0


def _with(missing: np.ndarray, each: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute by number of supports the probability that nothing is missing, and what they supply of it."""
    share = np.bincount(missing) / len(missing)
    as_many, one = share[::-1].cumsum()[::-1], np.eye(1, len(share) - 1)
    pmfs = accumulate(each[..., None], _one_more, initial=np.tile(one, (each.shape[1], 1)))
    supplied = np.array([_at_least(pmf) for pmf in pmfs])
    # not as a matrix product, whose rounding depends on the number of columns
    chance = share[0] + (share[1:] * supplied).sum(axis=1)
    return np.minimum(chance, 1), (as_many[1:] * supplied).sum(axis=1)


def _one_more(pmf: np.ndarray, effect: np.ndarray) -> np.ndarray:
    """Compute the distribution of what supports add (last axis: 0, 1, ...) with one more of this effect."""
    more = pmf * (1 - effect)
    more[..., 1:] += pmf[..., :-1] * effect
    return more


def _at_least(pmf: np.ndarray) -> np.ndarray:
    """Compute P(B >= 1), P(B >= 2), ... of distributions (..., worlds, numbers), in the worlds' mean."""
    return (1 - pmf.cumsum(axis=-1)).mean(axis=-2).round(DIGITS)


def _needed(task: Task, rescue: np.ndarray, at: int, useful: float, chance: np.ndarray) -> int:
    """Find the fewest supports that bring a unit on track, none where all that it can get do not.

    Where its table does not hold so many, all that it holds: money is short, not the unit.
    """
    if not task.first[at]:
        return 0
    if not 0 < useful <= task.most[at]:  # all that are useful make the target certain
        missing = np.maximum(task.target[at] - task.ends[:, at], 0)
        at_end, _ = _with(missing, _each(task, rescue, at, min(useful, task.most[at])))
        if USUAL.flag(at_end[-1]) != "on_track":
            return 0
    return next((k for k, p in enumerate(chance) if USUAL.flag(p) == "on_track"), len(chance) - 1)


def worth(task: Task, known: Odds, goal: str, rows: np.ndarray) -> np.ndarray:
    """Value each row of supports by unit for a goal.

    Expected units that reach their target, expected products that count to one, or the province's
    probability of reaching its own.
    """
    if goal == "province":
        return _together(task.whole, rows, known.each)
    tables = known.chance if goal == "units" else known.products
    wanted = np.flatnonzero(task.target > 0)
    return sum((value(tables[at], rows[:, at]) for at in wanted), np.zeros(len(rows)))


def value(table: np.ndarray, supports: np.ndarray) -> np.ndarray:
    """Read a unit's table at so many supports; beyond its end nothing changes."""
    return table[np.minimum(supports, len(table) - 1)]


def _together(whole: np.ndarray, rows: np.ndarray, each: list) -> np.ndarray:
    """Compute the province's probability of its target for each row of supports by unit."""
    if np.isnan(whole).any():
        return np.full(len(rows), np.nan)
    missing = np.bincount(np.maximum(whole, 0).astype(int)) / len(whole)
    pmf = np.zeros((len(rows), each[0].shape[1], len(missing) - 1))
    pmf[..., :1] = 1
    for supports, effects in zip(rows.T, each, strict=True):
        for number, effect in enumerate(effects[: supports.max()]):
            pmf = _one_more(pmf, np.outer(supports > number, effect)[..., None])
    return np.minimum(missing[0] + (missing[1:] * _at_least(pmf)).sum(axis=1), 1)


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
    rows, left, full = np.tile(low, (count + 1, 1)), np.arange(count + 1), low
    for step in _steps(task.goal, known, low, high):
        here = np.flatnonzero(step > full)
        room = min((step - full).sum(), count)
        split = _split([tables[at][full[at] : step[at] + 1] for at in here], room)
        taken = np.minimum(left, room)
        rows[:, here] += split[taken]
        left, full = left - taken, step
    return rows


def _steps(goal: str, known: Odds, low: np.ndarray, high: np.ndarray) -> list[np.ndarray]:
    """List how far units are filled, step by step: for the province the highest effects come first."""
    if goal != "province":
        return [high]
    effects = [each.mean(axis=1).round(DIGITS) for each in known.each]
    levels = np.unique(np.concatenate(effects))[::-1]
    return [np.clip([(own >= level).sum() for own in effects], low, high) for level in levels]


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
