"""Where the money for support goes: the best plan for a budget, and how far it hangs on what is assumed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import floor, inf

import numpy as np
import pandas as pd
from pandas.api.types import is_number

from ocop_forecast.bands import by_need, told
from ocop_forecast.display import Shown, Table
from ocop_forecast.errors import TermsError, check_units
from ocop_forecast.models.forecast import Forecast
from ocop_forecast.models.streams import stream, systematic
from ocop_forecast.tables.dossiers import COUNCIL
from ocop_forecast.terms import check_kind, is_whole

from .effects import WORLDS, assumed, rescues
from .gains import COST
from .optimum import GOALS, Odds, Task, odds, plans, value, worth
from .outlook import Outlook

Number = Mapping[str, int] | int | None  # of supports, by unit or of every unit
RANGE = ["low", "effect", "high"]
LOW, EFFECT, HIGH = 0, 2, 4  # their places among the effects that are looked at
SEED = 2024
SURE = 0.99  # no dossier that is not submitted yet comes for certain
ANY = np.broadcast_to(1.0, 2**40)  # 1 - p of dossiers of which none is known: as many as one likes


@dataclass(frozen=True, eq=False, repr=False)
class Plan(Shown):
    """Who gets support, what it does, and what it would do with more money or under another effect.

    Attributes
    ----------
    table : DataFrame
        A row a unit, index `unit`, in the forecast's order. Columns: name; so_far, target (products);
        p_reach, the probability of reaching the target without support, as in `attainment`; supports, how
        many the unit gets; money (VND); p_with, the probability with them; gain, p_with - p_reach; products,
        the products counted to the target that they are expected to add; low, high, the fewest and the most
        supports that the unit gets where the effects of all units lie low, high, or between; robust, whether
        it gets some in all of these, or in none; limit, the most that it could get (missing: no limit).
        Probabilities, gain and products are missing without a target.
    curve : DataFrame
        A row a number of supports that could be paid for, index `supports`, from what `at_least` takes to
        twice the budget, or to where more of them add nothing. Columns: money (VND); units, products,
        province: expected units that reach their target, expected products counted to one, and the
        province's probability, under the best plan with so many at most; value, that of the plan's goal. It
        never falls, unless someone is served first, at the cost of the others.
    effects : DataFrame
        As from `effects.assumed`.
    regret : DataFrame
        What the goal's value loses against the best plan where the effects turn out to be the index and the
        plan was made for the column: all ``low``, all ``high``, or ``effect``, anywhere in their ranges, as
        this plan is. Where some are served first, a plan that serves them less is not called better.
    robust_choice : str
        The column with the least loss at worst; ``effect`` where it is no worse than another.
    summary : DataFrame
        Index ``units``, ``products``, ``province``, as in `curve`; columns without, with_, and for the first
        two lower and upper, the 80 % interval of their number with support.
    goal : str
        What the plan does most for.
    budget, cost, spent : float
        VND.
    dossiers : DataFrame or None
        Those that can be supported, in the order in which a unit's are: the plan is of the first ones.
        Columns unit, dossier (its key), chance (of being recognised this year without support; 0 where it is
        not known). None where no dossiers are kept.
    earned : bool
        Whether the probabilities have earned to be shown, as in `Outlook`.
    """

    table: pd.DataFrame
    curve: pd.DataFrame
    effects: pd.DataFrame
    regret: pd.DataFrame
    robust_choice: str
    summary: pd.DataFrame
    goal: str
    budget: float
    cost: float
    spent: float
    dossiers: pd.DataFrame | None
    earned: bool

    def _face(self) -> tuple:
        names = ("goal", "budget", "cost", "spent", "robust_choice")
        facts = {name: getattr(self, name) for name in names}
        return "plan", facts, self.summary, told(self.ranked, self.earned)

    @property
    def ranked(self) -> pd.DataFrame:
        """The table, those first who get support, and of both those first that need most."""
        ordered = by_need(self.table, self.earned)
        return ordered.sort_values("supports", key=lambda supports: supports == 0, kind="stable")


def support(
    outlook: Outlook,
    *,
    budget: float,
    cost: float = COST,
    effect: pd.DataFrame | float | None = None,
    goal: str = "units",
    at_least: Number = None,
    at_most: Number = None,
    first: Iterable[str] = (),
    capacity: float | None = None,
) -> Plan:
    """Spend a budget for support where it does most.

    A support goes to an open dossier that is not submitted yet and rescues it with the unit's effect as its
    probability: one that comes by itself with probability p gains effect (1 - p), see `effects`. So a unit's
    least likely dossiers get it first. Given the effect, supports are independent of the draws and of each
    other; the effect is one for all of them, anywhere in its range. The plan is the exact optimum under these
    assumptions, see `optimum`. Nothing is spent where nothing is gained.

    Parameters
    ----------
    outlook : Outlook
        As from `assess`. Units without a target, or with one of 0, are no part of the goals ``units`` and
        ``products``; to the province's total all count. Where open dossiers are known, a unit gets at most
        one support a dossier that is open and not yet submitted, and `assess` of a projection tells each
        one's p; else p is taken for 0.
    budget, cost : float
        VND, in all and of one support.
    effect : DataFrame or float, optional
        As for `effects.assumed`.
    goal : {"units", "products", "province"}
        What to do most for: the expected number of units that reach their target, the expected products that
        count to one, or the probability that the province reaches the sum of all.
    at_least, at_most : int or mapping, optional
        Supports of every unit, or unit -> supports. The least are given in any case.
    first : iterable of str
        Units that are served first, the mountainous ones for instance: the money goes where it does most
        among them, but to none more than the fewest supports that bring it on track (`Rule`), and none to one
        that cannot be brought there within its limits. What is left goes wherever it does most.
    capacity : float, optional
        Supports a month that the staff can handle, over the months left of the year.

    Returns
    -------
    Plan

    Raises
    ------
    TermsError
        If the least supports cost more than there is or exceed a unit's limit, a unit is not one of the
        forecast's, a goal or an effect is none, or the money is no number.

    Examples
    --------
    >>> panel = pd.DataFrame({"380": [0, 2], "389": [0, 1]}, pd.period_range("2024-08", "2024-09", freq="M"))
    >>> months = pd.period_range("2024-10", "2024-12", freq="M")
    >>> draws = np.array([[[0, 0, 0], [0, 0, 0]], [[0, 0, 0], [1, 0, 0]]])
    >>> targets = pd.DataFrame({"unit": ["380", "389"], "year": 2024, "target": [4, 2]})
    >>> outlook = Outlook.of(Forecast(panel, months, draws), targets)
    >>> plan = support(outlook, budget=100_000_000, effect=0.9)
    >>> plan.table["supports"].to_dict()
    {'380': 2, '389': 0}
    >>> plan.curve["value"].round(2).tolist()[:4]  # one support alone would have gone to the other unit
    [0.5, 0.95, 1.31, 1.76]
    """
    check_kind("outlook", outlook, Outlook, "assess")
    forecast, units = outlook.forecast, outlook.units.sort_index()
    dossiers = _dossiers(outlook)
    left = _left(dossiers, units.index)
    limits = _limits(units.index, left, at_least, at_most, first)
    count = _affordable(budget, cost, capacity, outlook.months_left)
    _check(goal, limits, count, cost)
    task = _task(goal, outlook, units, limits, left)
    effects = assumed(units.index, effect)
    places = _places(effects)
    worlds = [odds(task, at, count) for at in places]
    made = np.array([plans(task, known)[-1] for known in worlds])
    regret = _regret(task, worlds, made)
    return Plan(
        table=_table(units, limits, task, worlds, made, cost).loc[forecast.units],
        curve=_curve(task, places[EFFECT], count, cost),
        effects=effects.loc[forecast.units],
        regret=regret,
        robust_choice=regret.max().round(9)[["effect", "low", "high"]].idxmin(),
        summary=_summary(task, worlds[EFFECT], made[EFFECT], units.index),
        goal=goal,
        budget=budget,
        cost=cost,
        spent=int(made[EFFECT].sum()) * cost,
        dossiers=dossiers,
        earned=outlook.earned,
    )


def supported(forecast: Forecast, plan: Plan) -> Forecast:
    """Add to a forecast what a plan's support adds, drawn by its effects, in the year's last month.

    Each draw has one place in the range of the effects, the same in all units. A unit's draws depend on its
    code, its dossiers, its supports and its effect alone: those of `forecast` stay as they are and only gain
    products.

    Examples
    --------
    >>> panel = pd.DataFrame({"380": [0, 2]}, pd.period_range("2024-08", "2024-09", freq="M"))
    >>> months = pd.period_range("2024-10", "2024-12", freq="M")
    >>> forecast = Forecast(panel, months, np.zeros((3, 1, 3), int))
    >>> targets = pd.DataFrame({"unit": ["380"], "year": 2024, "target": [4]})
    >>> plan = support(Outlook.of(forecast, targets), budget=150_000_000, effect=1.0)
    >>> supported(forecast, plan).year_end()["380"].tolist()
    [4, 4, 4]
    """
    supports = plan.table["supports"].reindex(forecast.units, fill_value=0)
    rescue = rescues(plan.effects.reindex(forecast.units, fill_value=0))
    left = _left(plan.dossiers, forecast.units)
    each = [own[:k, None] * by for own, k, by in zip(left, supports, rescue, strict=True)]
    last = np.flatnonzero(forecast.months.year == forecast.year)[-1:]  # none at a year's end
    draws = forecast.draws.astype(np.int64)
    draws[:, :, last] += _drawn(forecast.units, supports, each, len(draws))[:, :, None]
    return replace(forecast, draws=draws)


def _dossiers(outlook: Outlook) -> pd.DataFrame | None:
    """List the dossiers that can be supported, each unit's least likely ones first; None where none are kept.

    One that is submitted comes before a council anyway.
    """
    if outlook.waiting is None:
        return None
    early = outlook.waiting[outlook.waiting["stage"] < COUNCIL]
    early = early.reindex(columns=["unit", "dossier", "chance"]).fillna({"chance": 0.0}).round({"chance": 2})
    return early.sort_values(["unit", "chance", "dossier"], ignore_index=True)


def _left(dossiers: pd.DataFrame | None, units: pd.Index) -> list[np.ndarray]:
    """Give by unit what its dossiers leave to be rescued, 1 - p; where none are kept, 1 without end."""
    if dossiers is None:
        return [ANY] * len(units)
    left = 1 - dossiers["chance"].clip(upper=SURE)
    return [left[dossiers["unit"] == unit].to_numpy() for unit in units]


def _limits(
    units: pd.Index, left: list[np.ndarray], at_least: Number, at_most: Number, first: Iterable[str]
) -> pd.DataFrame:
    """Tabulate by unit the least and the most supports, and whether it is served first."""
    first = [first] if isinstance(first, str) else list(first)
    for name, given in (("at_least", at_least), ("at_most", at_most)):
        _check_supports(name, given)
        check_units(name, given if isinstance(given, Mapping) else [], units)
    check_units("first", first, units)
    most = np.minimum(_by_unit(at_most, units, inf), [inf if own is ANY else len(own) for own in left])
    return pd.DataFrame({"least": _by_unit(at_least, units, 0), "most": most, "first": units.isin(first)})


def _check_supports(name: str, given: Number) -> None:
    """Complain about supports that are no whole numbers."""
    numbers = given.values() if isinstance(given, Mapping) else [] if given is None else [given]
    if not all(is_whole(one) for one in numbers):
        raise TermsError("ask_supports", name=name, value=repr(given))


def _by_unit(given: Number, units: pd.Index, otherwise: float) -> pd.Series:
    """Give each unit a number: its own, the one for all, or what holds otherwise."""
    if not isinstance(given, Mapping):
        return pd.Series(otherwise if given is None else given, units)
    return pd.Series([given.get(unit, otherwise) for unit in units], units)


def _affordable(budget: float, cost: float, capacity: float | None, months_left: float) -> int:
    """Count the supports that the money pays for and the staff can handle."""
    if not (is_number(budget) and is_number(cost) and 0 <= budget < inf and 0 < cost < inf):
        raise TermsError("ask_money", budget=repr(budget), cost=repr(cost))
    if capacity is not None and not (is_number(capacity) and 0 <= capacity < inf):
        raise TermsError("ask_capacity", value=repr(capacity))
    handled = inf if capacity is None else floor(capacity * months_left + 1e-9)  # 37.5 * (3 + 2/30) is 115
    return int(min(budget // cost, handled))


def _check(goal: str, limits: pd.DataFrame, count: int, cost: float) -> None:
    """Complain about a goal that is none, and about least supports that cannot be given."""
    if goal not in GOALS:
        raise TermsError("ask_goal", allowed=", ".join(GOALS), value=repr(goal))
    for row in limits[~limits["least"].between(0, limits["most"])].itertuples():
        raise TermsError("ask_least_limit", least=row.least, unit=row.Index, most=f"{row.most:g}")
    least = limits["least"].sum()
    if least > count:
        raise TermsError("ask_least_money", least=least, money=f"{least * cost / 1e6:g}", count=count)


def _task(
    goal: str, outlook: Outlook, units: pd.DataFrame, limits: pd.DataFrame, left: list[np.ndarray]
) -> Task:
    """Put the task into arrays, by units in the order of their codes."""
    forecast, whole = outlook.forecast, outlook.province["target"]
    ends = forecast.year_end()[units.index].to_numpy()
    missing = (np.nan if pd.isna(whole) else int(whole)) - ends.sum(axis=1)
    target = units["target"].fillna(0).to_numpy(dtype=int)
    return Task(goal, ends, target, missing, left, **{name: limits[name].to_numpy() for name in limits})


def _table(
    units: pd.DataFrame, limits: pd.DataFrame, task: Task, worlds: list[Odds], made: np.ndarray, cost: float
) -> pd.DataFrame:
    """Tabulate what each unit gets, what that does, and what it would get under other effects."""
    known, supports, some = worlds[EFFECT], made[EFFECT], made > 0
    with_them = _values(known.chance, supports)
    products = _values(known.products, supports) - _values(known.products, 0 * supports)
    table = units[["name", "so_far", "target", "p_reach"]].assign(supports=supports, money=supports * cost)
    table["p_with"] = np.where(table["target"].isna(), np.nan, with_them)
    table["gain"] = table["p_with"] - table["p_reach"]
    table["products"] = np.where(table["target"].isna(), np.nan, products)
    table[["low", "high"]] = np.transpose([made.min(axis=0), made.max(axis=0)])
    table["robust"] = some.all(axis=0) | ~some.any(axis=0)
    return Table(table.assign(limit=limits["most"].replace(inf, np.nan).astype("Int64")))


def _values(tables: list[np.ndarray], supports: np.ndarray) -> np.ndarray:
    """Read each unit's table at what it gets."""
    return np.array([value(table, number) for table, number in zip(tables, supports, strict=True)])


def _places(effects: pd.DataFrame) -> tuple[np.ndarray, ...]:
    """Return the effects at four places of their ranges and, for the plan itself, anywhere in them."""
    low, usual, high = (effects[[name]].to_numpy() for name in RANGE)
    return low, (low + usual) / 2, rescues(effects), (usual + high) / 2, high


def _regret(task: Task, worlds: list[Odds], made: np.ndarray) -> pd.DataFrame:
    """Compute what plans (columns) lose against the best one in each world (rows)."""
    ends = [LOW, EFFECT, HIGH]
    values = np.array([worth(task, worlds[at], task.goal, made[ends]) for at in ends])
    lost = np.nan_to_num(values.diagonal()[:, None] - values).clip(min=0)
    return Table(lost, pd.Index(RANGE, name="scenario"), RANGE)


def _summary(task: Task, known: Odds, supports: np.ndarray, units: pd.Index) -> pd.DataFrame:
    """Value the year without and with support, and give the interval of the latter."""
    both = {goal: worth(task, known, goal, np.array([0 * supports, supports])) for goal in GOALS}
    summary = Table.from_dict(both, orient="index", columns=["without", "with_"])
    ends = task.ends + _drawn(units, supports, known.each, len(task.ends))
    reached = ((ends >= task.target) & (task.target > 0)).sum(axis=1)
    counts = {"units": reached, "products": np.minimum(ends, task.target).sum(axis=1)}
    for edge, level in (("lower", 0.1), ("upper", 0.9)):
        ranks = {goal: np.quantile(count, level, method="inverted_cdf") for goal, count in counts.items()}
        summary[edge] = pd.Series(ranks, dtype="float64")
    return summary


def _drawn(units: pd.Index, supports: Iterable, each: list[np.ndarray], size: int) -> np.ndarray:
    """Draw what support adds, draws x units; each unit from a generator of its own, whatever the others."""
    world = systematic(np.ones(WORLDS), size, stream(SEED))
    added = np.empty((size, len(units)), int)
    for at, (unit, number) in enumerate(zip(units, supports, strict=True)):
        luck = stream(SEED, unit).random((number, size))
        added[:, at] = (luck < each[at][:number, world]).sum(axis=0)
    return added


def _curve(task: Task, rescue: np.ndarray, count: int, cost: float) -> pd.DataFrame:
    """Value the best plans, up to twice the number affordable or to where more add nothing."""
    known = odds(task, rescue, max(2 * count, count + 10))
    rows = plans(task, known)
    changes = np.flatnonzero((rows[1:] != rows[:-1]).any(axis=1)) + 1
    rows = rows[: max(changes, default=0) + 1]
    supports = pd.RangeIndex(task.least.sum(), task.least.sum() + len(rows), name="supports")
    curve = Table({goal: worth(task, known, goal, rows) for goal in GOALS}, supports)
    curve.insert(0, "money", supports * cost)
    return curve.assign(value=curve[task.goal])
