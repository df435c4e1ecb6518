"""The plan against every other one: small cases in which all allocations can be tried, and rules it keeps."""

from dataclasses import dataclass
from functools import reduce
from itertools import product

import numpy as np
import pandas as pd
import pytest
from conftest import small_forecast, small_targets
from hypothesis import given, settings
from hypothesis import strategies as st

from ocop_forecast import Forecast, Rule
from ocop_forecast.planning import support as planning
from ocop_forecast.planning.attainment import attainment
from ocop_forecast.planning.effects import assumed, rescues
from ocop_forecast.planning.optimum import GOALS
from ocop_forecast.planning.outlook import Outlook
from ocop_forecast.planning.support import COST, supported
from ocop_forecast.tables.dossiers import STAGES, dated, visits, waiting

UNITS = ("380", "389", "390", "391")
EARLY = STAGES[:3]  # not submitted yet
CASES = 70  # a goal


def support(forecast, targets, dossiers=None, chance=None, **terms):
    """Plan for a forecast and targets, with the dossiers that are open then and their chances, by code."""
    as_of = forecast.as_of
    open_then = None if dossiers is None else waiting(visits(dated(dossiers, as_of)), as_of)
    if chance is not None:
        codes = open_then["dossier"].str.split().str[1]  # the key of "H1" in 380 is "380 h1 / a"
        open_then["chance"] = codes.str.upper().map(chance)
    return planning.support(Outlook.of(forecast, targets, waiting=open_then), **terms)


def case(seed):
    """Draw a small question: three or four units, and all that `support` can be asked."""
    rng = np.random.default_rng(seed)
    units = UNITS[: rng.integers(3, 5)]
    known, months = (
        pd.period_range(*ends, freq="M") for ends in (("2024-08", "2024-09"), ("2024-10", "2024-12"))
    )
    panel = pd.DataFrame(rng.poisson(0.5, (2, len(units))), known, pd.Index(units, name="unit"))
    draws = rng.poisson(rng.uniform(0.1, 0.8, (len(units), 1)), (rng.integers(1, 30), len(units), 3))
    target = [None if rng.random() < 0.15 else int(rng.integers(0, 6)) for _ in units]
    few, many = rng.choice([0.0, 0.2, 0.5, 0.9, 1.0], len(units)), rng.uniform(0.15, 1, len(units))
    level = few if rng.random() < 0.6 else many
    least = {unit: int(rng.random() < 0.2) for unit in units}
    most = {unit: int(rng.integers(1, 5)) for unit in units if rng.random() < 0.4}
    effect = pd.DataFrame({"unit": units, "effect": level})
    limits = {"budget": int(rng.integers(4, 6)) * COST, "at_least": least, "at_most": most}
    return Forecast(panel, months, draws), small_targets(units, target), {"effect": effect, **limits}


def case_with_dossiers(seed):
    """Draw the same question for an office that keeps dossiers, none to several a unit, in any stage."""
    forecast, targets, terms = case(seed)
    rng = np.random.default_rng([seed, 1])
    units = [unit for unit in forecast.units for _ in range(rng.integers(0, 7))]
    stages = rng.choice(STAGES, len(units), p=[0.3, 0.3, 0.2, 0.1, 0.1])
    rows = [(f"H{n}", *row, "2024-08-01") for n, row in enumerate(zip(units, stages, strict=True))]
    early = early_of(terms | {"dossiers": dossiers(*rows)})
    least = {unit: min(k, early.get(unit, 0)) for unit, k in terms["at_least"].items()}
    chance = {row[0]: round(p, 2) for row, p in zip(rows, rng.random(len(rows)) ** 2, strict=True)}
    return forecast, targets, terms | {"dossiers": dossiers(*rows), "at_least": least, "chance": chance}


CASE = {"no dossiers": case, "dossiers": case_with_dossiers}


def early_of(terms):
    """Return unit -> dossiers that can be supported, of those where all are open."""
    table = terms["dossiers"]
    return table.loc[table["stage"].isin(EARLY), "unit"].value_counts().to_dict()


@dataclass(frozen=True)
class Tried:
    """What every allocation of a case is worth, by another way than the code's: draw by draw."""

    units: list
    ends: np.ndarray
    targets: list
    effect: list
    each: list
    count: int
    least: list
    most: dict
    known: dict

    def added(self, at, supports):
        """Return the probabilities that `supports` in a unit add 0, 1, ... products, a row a world."""
        worlds = self.each[at][:supports].T
        return [reduce(np.convolve, [[1 - e, e] for e in one], np.ones(1)) for one in worlds]

    def unit(self, goal, at, supports):
        if (goal, at, supports) not in self.known:
            ends, chances = self.ends[:, at], self.added(at, supports)
            worth = {
                "units": lambda end: (end >= self.targets[at]).mean(),
                "products": lambda end: np.minimum(end, self.targets[at]).mean(),
            }[goal]
            after = [worth(ends + more) for more in range(supports + 1)]
            self.known[goal, at, supports] = np.mean([np.dot(chance, after) for chance in chances])
        return self.known[goal, at, supports]

    def worth(self, goal, row):
        if goal == "province":
            units = [self.added(at, supports) for at, supports in enumerate(row)]
            sums = np.mean([reduce(np.convolve, one) for one in zip(*units, strict=True)], axis=0)
            total = self.ends.sum(axis=1)
            return sum(p * (total + more >= sum(self.targets)).mean() for more, p in enumerate(sums))
        return sum(self.unit(goal, at, k) for at, k in enumerate(row) if self.targets[at])

    def by_level(self, row):
        """Return effect -> supports in all units that have it."""
        return pd.Series(row).groupby(self.effect).sum().to_dict()

    def rows(self, least=None, most=None):
        """Return every allocation within limits and budget."""
        least = self.least if least is None else least
        most = [self.most.get(unit, self.count) for unit in self.units] if most is None else most
        every = product(*(range(a, max(a, b) + 1) for a, b in zip(least, most, strict=True)))
        return [row for row in every if sum(row) <= self.count]

    def best(self, goal, rows):
        """Return the greatest value and the rows that have it with the fewest supports."""
        values = {row: self.worth(goal, row) for row in rows}
        top = max(values.values())
        equal = [row for row, value in values.items() if value > top - 1e-10]
        return top, [row for row in equal if sum(row) == min(map(sum, equal))]

    def served(self, first):
        """Return what each unit may get while those of `first` are served, by the rule's definition."""
        needed = []
        for at, unit in enumerate(self.units):
            ok = [
                k
                for k in range(self.most.get(unit, 40) + 1)
                if Rule().flag(self.unit("units", at, k)) == "on_track"
            ]
            needed.append(ok[0] if unit in first and ok and self.targets[at] else 0)
        return needed


def tried_out(forecast, targets, terms):
    most, effects = terms["at_most"], rescues(assumed(forecast.units, terms["effect"]))
    each = [np.tile(own, (41, 1)) for own in effects]
    if "dossiers" in terms:
        early, table = early_of(terms), terms["dossiers"]
        for at, unit in enumerate(forecast.units):
            codes = table.loc[(table["unit"] == unit) & table["stage"].isin(EARLY), "dossier_code"]
            gaps = sorted((1 - min(terms["chance"][code], 0.99) for code in codes), reverse=True)
            each[at] = np.outer(gaps, effects[at])
        most = {unit: min(most.get(unit, 99), early.get(unit, 0)) for unit in forecast.units}
    return Tried(
        units=list(forecast.units),
        ends=forecast.year_end().to_numpy(),
        targets=[0 if pd.isna(one) else int(one) for one in targets["target"]],
        effect=terms["effect"]["effect"].tolist(),
        each=each,
        count=terms["budget"] // COST,
        least=list(terms["at_least"].values()),
        most=most,
        known={},
    )


def supports_of(plan):
    return tuple(int(k) for k in plan.table["supports"])


@pytest.mark.parametrize("kind", CASE)
@pytest.mark.parametrize("goal", GOALS)
def test_no_allocation_is_better_and_none_as_good_is_cheaper(goal, kind):
    for seed in range(CASES):
        forecast, targets, terms = CASE[kind](seed)
        tried = tried_out(forecast, targets, terms)
        plan = support(forecast, targets, goal=goal, **terms)
        if goal == "province" and targets["target"].isna().all():
            continue
        best, rows = tried.best(goal, tried.rows())
        row = supports_of(plan)
        assert row in set(tried.rows())
        assert tried.worth(goal, row) == pytest.approx(best, abs=1e-11), seed
        assert sum(row) == sum(rows[0]), seed
        assert plan.summary.loc[goal, "with_"] == pytest.approx(best, abs=1e-11)
        assert plan.curve["value"].iloc[-1] >= best - 1e-11


@given(st.integers(0, 10**6), st.sampled_from(GOALS), st.sampled_from([*CASE]))
@settings(max_examples=30)
def test_no_allocation_is_better_in_the_mean_of_all_effects_that_may_be(seed, goal, kind):
    forecast, targets, terms = CASE[kind](seed)
    rng = np.random.default_rng([seed, 2])
    units = 1 if goal == "province" else len(forecast.units)  # of one range, or each of its own
    low, usual, high = np.sort(rng.random((3, units)), axis=0)
    terms["effect"] = terms["effect"].assign(effect=usual.repeat(len(forecast.units) // units))
    terms["effect"] = terms["effect"].assign(
        low=low[0] if units == 1 else low, high=high[0] if units == 1 else high
    )
    if goal == "province" and targets["target"].isna().all():
        return
    tried = tried_out(forecast, targets, terms)
    plan = support(forecast, targets, goal=goal, **terms)
    best, rows = tried.best(goal, tried.rows())
    assert tried.worth(goal, supports_of(plan)) == pytest.approx(best, abs=1e-11)
    assert sum(supports_of(plan)) == sum(rows[0])
    assert plan.summary.loc[goal, "with_"] == pytest.approx(best, abs=1e-11)


@pytest.mark.parametrize("kind", CASE)
@pytest.mark.parametrize("goal", GOALS)
def test_the_table_the_summary_and_the_curve_say_what_the_plan_is_worth(goal, kind):
    for seed in range(20):
        forecast, targets, terms = CASE[kind](seed)
        tried, plan = tried_out(forecast, targets, terms), support(forecast, targets, goal=goal, **terms)
        row, none = supports_of(plan), (0,) * len(forecast.units)
        for what in GOALS if targets["target"].notna().any() else GOALS[:2]:
            expected = [tried.worth(what, none), tried.worth(what, row)]
            assert plan.summary.loc[what, ["without", "with_"]].tolist() == pytest.approx(expected)
        wanted = plan.table["target"].notna()
        for at in np.flatnonzero(wanted):
            unit = plan.table.iloc[at]
            assert unit["p_with"] == pytest.approx(tried.unit("units", at, row[at]))
            more = tried.unit("products", at, row[at]) - tried.unit("products", at, 0)
            assert unit["products"] == pytest.approx(more, abs=1e-12)
        assert (plan.table["gain"] == plan.table["p_with"] - plan.table["p_reach"])[wanted].all()
        assert plan.table.loc[~wanted, ["p_with", "gain", "products"]].isna().all(axis=None)
        assert plan.table["money"].sum() == plan.spent == sum(row) * COST
        here = plan.curve.loc[min(terms["budget"] // COST, plan.curve.index[-1])]
        assert here[list(GOALS)].tolist() == pytest.approx(plan.summary["with_"].tolist(), nan_ok=True)


def test_where_the_province_does_not_care_the_units_decide():
    shared = 0
    for seed in range(CASES):
        forecast, targets, terms = case(seed)
        terms["effect"]["effect"] = np.random.default_rng(seed).choice([0.3, 0.8], len(forecast.units))
        tried = tried_out(forecast, targets, terms)
        row = supports_of(support(forecast, targets, goal="province", **terms))
        alike = [one for one in tried.rows() if tried.by_level(one) == tried.by_level(row)]
        shared += len(alike) > 1
        assert tried.worth("units", row) == pytest.approx(max(tried.worth("units", one) for one in alike))
    assert shared > 20


@pytest.mark.parametrize("goal", GOALS)
def test_those_served_first_get_what_they_would_get_alone_and_no_more_than_they_need(goal):
    held = 0
    for seed in range(CASES):
        forecast, targets, terms = case(seed)
        if targets["target"].isna().all():
            continue
        tried, first = tried_out(forecast, targets, terms), ("389", "380")
        needed = tried.served(first)
        _, floors = tried.best(goal, tried.rows(most=needed))
        if goal == "province":
            units = {row: tried.worth("units", row) for row in floors}
            floors = [row for row in floors if units[row] > max(units.values()) - 1e-10]
        row = supports_of(support(forecast, targets, goal=goal, first=first, **terms))
        ends = {floor: tried.best(goal, tried.rows(least=floor))[0] for floor in floors}
        fitting = [f for f in floors if all(a <= b for a, b in zip(f, row, strict=True))]
        assert any(tried.worth(goal, row) == pytest.approx(ends[floor], abs=1e-11) for floor in fitting), seed
        held += row != supports_of(support(forecast, targets, goal=goal, **terms))
    assert held > 3


def test_who_is_served_first_gets_no_more_than_brings_it_on_track_before_others():
    """One support brings 389 on track; a second would do more there than anywhere else, but waits."""
    forecast = forecast_of({"389": [0, 1, 1, 1], "390": [1, 1, 1, 2]})
    targets = small_targets(("389", "390"), (2, 2))
    plan = support(forecast, targets, budget=COST, effect=0.9, first=["389"])
    assert plan.table["supports"].tolist() == [1, 0]
    never = support(forecast, targets, budget=COST, effect=0.9, first=["389"], at_most={"389": 0})
    assert never.table["supports"].tolist() == [0, 1]


def test_who_cannot_be_brought_on_track_within_its_limit_is_not_served_first():
    forecast = forecast_of({"389": [0, 0, 1, 1], "390": [1, 1, 1, 1]})
    targets = small_targets(("389", "390"), (2, 2))
    terms = {"budget": COST, "effect": 0.8, "first": ["389"]}
    assert support(forecast, targets, **terms, at_most={"389": 1}).table["supports"].tolist() == [0, 1]
    # with money alone too short it is served, as far as that goes
    assert support(forecast, targets, **terms).table["supports"].tolist() == [1, 0]


def forecast_of(ends):
    """A forecast of units with nothing so far and these totals in each draw."""
    months = pd.period_range("2024-10", "2024-12", freq="M")
    panel = pd.DataFrame({unit: [0] for unit in ends}, pd.period_range("2024-09", "2024-09", freq="M"))
    draws = np.zeros((len(next(iter(ends.values()))), len(ends), 3), int)
    draws[:, :, 0] = np.transpose(list(ends.values()))
    return Forecast(panel, months, draws)


@given(st.integers(0, 10**6), st.sampled_from(GOALS), st.booleans(), st.sampled_from([*CASE]))
@settings(max_examples=60)
def test_limits_hold_and_more_money_is_never_worse(seed, goal, ranged, kind):
    forecast, targets, terms = CASE[kind](seed)
    if ranged:
        terms["effect"] = terms["effect"].assign(low=0.0, high=1.0)
    plan = support(forecast, targets, goal=goal, **terms)
    table = plan.table
    assert plan.spent == table["money"].sum() <= terms["budget"]
    assert (table["supports"] >= list(terms["at_least"].values())).all()
    assert (table["supports"] <= table["limit"].fillna(99)).all()
    assert (table["low"] <= table["supports"]).all()
    assert (table["supports"] <= table["high"]).all()
    value = plan.curve["value"].dropna()
    assert (value.diff().iloc[1:] >= 0).all()
    assert (plan.regret.to_numpy() >= 0).all()
    assert (np.diag(plan.regret) == 0).all()
    assert plan.regret[plan.robust_choice].max() <= plan.regret.max().min() + 1e-9
    count = int(plan.curve.index[seed % len(plan.curve)])
    other = support(forecast, targets, goal=goal, **terms | {"budget": count * COST})
    assert other.summary.loc[goal, "with_"] == pytest.approx(plan.curve.loc[count, "value"], nan_ok=True)


def test_without_support_every_probability_is_the_outlooks_to_the_last_digit():
    for draws in (3, 7, 400, 4001):
        forecast, targets = small_forecast(draws=draws), small_targets(target=(6, 3, 4))
        outlook = attainment(forecast, targets)
        plan = support(forecast, targets, budget=0)
        assert plan.spent == 0
        assert plan.table["p_with"].tolist() == outlook["p_reach"].iloc[:3].tolist()
        assert plan.summary.loc["province"].iloc[:2].tolist() == [outlook["p_reach"].iloc[3]] * 2
        assert plan.curve.loc[0, "province"] == outlook["p_reach"].iloc[3]
        assert plan.summary.loc["units", "without"] == pytest.approx(outlook["p_reach"].iloc[:3].sum())
        counted = np.minimum(forecast.year_end(), [6, 3, 4]).sum(axis=1)
        assert plan.summary.loc["products", "without"] == pytest.approx(counted.mean())


@pytest.mark.parametrize("goal", GOALS)
def test_the_order_of_units_decides_nothing(goal):
    forecast, targets = small_forecast(units=UNITS, draws=60), small_targets(UNITS, (3, 4, 5, 4))
    order = [2, 0, 3, 1]
    panel = forecast.panel.iloc[:, order]
    turned = Forecast(panel, forecast.months, forecast.draws[:, order])
    terms = {"budget": 7 * COST, "goal": goal, "first": ["390"], "at_most": 4}
    one, other = support(forecast, targets, **terms), support(turned, targets.iloc[::-1], **terms)
    assert other.table.index.tolist() == [UNITS[at] for at in order]
    pd.testing.assert_frame_equal(one.table, other.table.loc[list(UNITS)])
    for name in ("curve", "regret", "summary"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)
    pd.testing.assert_frame_equal(one.effects, other.effects.loc[list(UNITS)])
    assert one.robust_choice == other.robust_choice


def test_what_is_exact_is_what_a_simulation_comes_to():
    forecast, targets = small_forecast(seed=3), small_targets(target=(7, 6, 5))
    effect = pd.DataFrame({"unit": ["380", "389", "390"], "effect": [0.3, 0.6, 0.45]})
    plan = support(forecast, targets, budget=9 * COST, effect=effect, at_least=2)
    rng, size = np.random.default_rng(1), 200_000
    ends = forecast.year_end().to_numpy()[rng.integers(0, 400, size)]
    ends = ends + rng.binomial(plan.table["supports"], effect["effect"], (size, 3))
    reached = ends >= [7, 6, 5]
    both = {"units": reached.sum(axis=1), "products": np.minimum(ends, [7, 6, 5]).sum(axis=1)}
    both["province"] = ends.sum(axis=1) >= 18
    for goal, values in both.items():
        error = values.std() / np.sqrt(size)
        assert abs(values.mean() - plan.summary.loc[goal, "with_"]) < 4 * error
    shares = reached.mean(axis=0)
    assert (np.abs(shares - plan.table["p_with"]) <= 1e-12 + 4 * np.sqrt(shares * (1 - shares) / size)).all()


def test_support_is_drawn_on_top_of_the_same_futures():
    forecast, targets = small_forecast(seed=3), small_targets(target=(9, 8, 7))
    effect = pd.DataFrame({"effect": [0.5], "low": [0.2], "high": [0.7]})
    plan = support(forecast, targets, budget=9 * COST, effect=effect, at_least=3)
    after = supported(forecast, plan)
    more = after.year_end() - forecast.year_end()
    assert more.isin(range(4)).all(axis=None)
    assert (after.draws[:, :, :2] == forecast.draws[:, :, :2]).all()
    assert (np.abs(more.mean() - 3 / 2) <= 4 * np.sqrt(3 / 4 / len(more))).all()
    assert (np.corrcoef(more.T)[np.triu_indices(3, 1)] > 0.05).all()  # the effect is one for all
    known = supported(forecast, support(forecast, targets, budget=9 * COST, effect=0.5, at_least=3))
    alone = known.year_end() - forecast.year_end()
    assert (np.abs(np.corrcoef(alone.T) - np.eye(3)) < 0.2).all()
    ends = after.year_end()
    for goal, counts in (("units", ends >= [9, 8, 7]), ("products", np.minimum(ends, [9, 8, 7]))):
        within = np.quantile(counts.sum(axis=1), [0.1, 0.9], method="inverted_cdf")
        assert plan.summary.loc[goal, ["lower", "upper"]].tolist() == within.tolist()
    assert plan.summary.loc["province", ["lower", "upper"]].isna().all()
    pd.testing.assert_frame_equal(after.year_end(), supported(forecast, plan).year_end())
    none = supported(forecast, support(forecast, targets, budget=0))
    assert (none.draws == forecast.draws).all()


def dossiers(*rows):
    """Rows of code, unit, stage and day, as in `Province.dossiers`."""
    table = pd.DataFrame(rows, columns=["dossier_code", "unit", "stage", "stage_date"])
    table["stage_date"] = pd.to_datetime(table["stage_date"]).astype("datetime64[s]")
    names = {
        "product": table["dossier_code"],
        "producer": "A",
        "kind": pd.Series(None, table.index, dtype="str"),
    }
    return table.assign(**names)


def test_only_a_dossier_that_exists_can_be_supported():
    table = dossiers(
        ("H1", "380", "idea", "2024-03-01"),
        ("H2", "389", "submitted", "2024-08-01"),
        ("H3", "389", "carried out", "2024-08-01"),
        ("H4", "389", "scored", "2024-08-01"),
        ("H5", "389", "recognised", "2024-08-01"),
        ("H6", "389", "plan", "2024-10-01"),
        ("H7", "389", "refused", "2024-08-01"),
    )
    forecast, targets = small_forecast(), small_targets(target=(12, 12, 12))
    plan = support(forecast, targets, table, budget=20 * COST, effect=0.9, goal="products")
    assert plan.table["limit"].tolist() == [1, 1, 0]
    assert plan.table["supports"].tolist() == [1, 1, 0]
    assert plan.dossiers[["unit", "dossier"]].values.tolist() == [
        ["380", "380 h1 / a"],
        ["389", "389 h3 / a"],
    ]
    both = support(forecast, targets, table, budget=20 * COST, goal="products", at_most=1)
    assert both.table["limit"].tolist() == [1, 1, 0]
    none = support(forecast, targets, budget=COST)
    assert none.table["limit"].isna().all()
    assert none.dossiers is None
    with pytest.raises(ValueError, match="1 support in 390: 0 to 0"):
        support(forecast, targets, table, budget=20 * COST, at_least={"390": 1})


def test_a_dossier_without_a_day_can_be_supported_as_well():
    table = dossiers(("H1", "380", "idea", None), ("H2", "380", "scored", None), ("H3", "390", "plan", None))
    plan = support(small_forecast(), small_targets(target=(12, 12, 12)), table, budget=0)
    assert plan.table["limit"].tolist() == [1, 0, 1]
    assert plan.dossiers["unit"].tolist() == ["380", "390"]


def ideas(**units):
    """Rows of so many dossiers of each unit that are still ideas."""
    every = [(unit.removeprefix("u"), n) for unit, count in units.items() for n in range(count)]
    return dossiers(*((f"H{unit}-{n}", unit, "idea", "2024-08-01") for unit, n in every))


def test_what_passes_anyway_is_counted_once_and_those_least_likely_come_first():
    """Nothing comes by itself in the draws; 389 lacks two and has dossiers of chances 0.8, 0.25 and 0.5."""
    forecast, targets = forecast_of({"389": [0]}), small_targets(("389",), (2,))
    chance = {"H389-0": 0.8, "H389-1": 0.25, "H389-2": 0.5}
    terms = {"chance": chance, "effect": 0.6, "goal": "products"}
    plan = support(forecast, targets, ideas(u389=3), budget=2 * COST, **terms)
    assert plan.dossiers["chance"].tolist() == [0.25, 0.5, 0.8]
    a, b = 0.6 * 0.75, 0.6 * 0.5
    assert plan.table.loc["389", "products"] == pytest.approx(a + b)
    assert plan.table.loc["389", "p_with"] == pytest.approx(a * b)
    assert plan.curve.loc[1, "products"] == pytest.approx(a)
    sure = support(forecast, targets, ideas(u389=3), budget=2 * COST, **terms | {"effect": 1.0})
    assert sure.table.loc["389", "products"] == pytest.approx(1.25)


@pytest.mark.parametrize("as_of", ["2024-09", "2024-09-19"])
def test_what_is_drawn_is_what_the_tables_expect(as_of):
    forecast, targets = small_forecast(seed=3, as_of=as_of, draws=20_000), small_targets(target=(9, 8, 7))
    chance = {f"H{unit}-{n}": p for unit in UNITS for n, p in enumerate((0.6, 0.1, 0.35, 0.1, 0, 0.9))}
    terms = {"budget": 12 * COST, "at_least": 2, "chance": chance}
    effect = pd.DataFrame({"effect": [0.5], "low": [0.1], "high": [0.8]})
    plan = support(forecast, targets, ideas(u380=4, u389=6, u390=2), effect=effect, **terms)
    after, rescue = supported(forecast, plan), rescues(plan.effects)[0].mean()
    chosen = {
        unit: rows["chance"].head(plan.table.loc[unit, "supports"])
        for unit, rows in plan.dossiers.groupby("unit")
    }
    expected = {unit: (rescue * (1 - given)).sum() for unit, given in chosen.items()}
    more = after.year_end() - forecast.year_end()
    assert ((more.mean() - pd.Series(expected)).abs() <= 4 * more.std() / np.sqrt(len(more))).all()
    ends, p = after.year_end(), plan.table["p_with"]
    error = 4 * np.sqrt(p * (1 - p) / len(ends))
    assert (((ends >= [9, 8, 7]).mean() - p).abs() <= error).all()
    for goal, counts in (("units", ends >= [9, 8, 7]), ("products", np.minimum(ends, [9, 8, 7]))):
        counted = counts.sum(axis=1)
        assert counted.mean() == pytest.approx(plan.summary.loc[goal, "with_"], abs=4 * counted.std() / 141)
        within = np.quantile(counted, [0.1, 0.9], method="inverted_cdf")
        assert plan.summary.loc[goal, ["lower", "upper"]].tolist() == within.tolist()
    assert after.total().ge(24).mean() == pytest.approx(plan.summary.loc["province", "with_"], abs=0.015)


def test_the_doubt_of_the_effect_is_shared_and_widens_what_supports_add():
    forecast, targets = small_forecast(draws=4000), small_targets(target=(60, 60, 60))
    terms = {"budget": 30 * COST, "goal": "products"}
    ranged = pd.DataFrame({"effect": [0.39], "low": [0.12], "high": [0.72]})
    widths = []
    for effect in (0.39, ranged):
        plan = support(forecast, targets, effect=effect, **terms)
        added = supported(forecast, plan).total() - forecast.total()
        assert added.mean() == pytest.approx(30 * 0.39, rel=0.03)
        widths.append(np.diff(np.quantile(added, [0.1, 0.9])).item())
    assert widths[1] > 2 * widths[0]


def test_who_lacks_the_open_dossiers_to_come_on_track_is_not_served_first():
    forecast, targets = forecast_of({"389": [1], "390": [0]}), small_targets(("389", "390"), (3, 3))
    effect = pd.DataFrame({"unit": ["389", "390"], "effect": [0.95, 0.97]})
    terms = {"budget": COST, "effect": effect, "goal": "products", "first": ["389"]}
    for kept, supports in ((1, [0, 1]), (2, [1, 0])):
        plan = support(forecast, targets, ideas(u389=kept, u390=3), **terms)
        assert plan.table["supports"].tolist() == supports


@pytest.mark.parametrize("goal", GOALS)
def test_where_there_is_room_for_all_dossiers_change_nothing(goal):
    for seed in range(20):
        forecast, targets, terms = case(seed)
        table = ideas(**{f"u{unit}": 60 for unit in forecast.units})
        without, kept = (support(forecast, targets, rows, goal=goal, **terms) for rows in (None, table))
        both = [plan.table.drop(columns="limit") for plan in (without, kept)]
        pd.testing.assert_frame_equal(*both, check_exact=True)
        for name in ("curve", "effects", "regret", "summary"):
            pd.testing.assert_frame_equal(getattr(without, name), getattr(kept, name), check_exact=True)
        assert (supported(forecast, without).draws == supported(forecast, kept).draws).all()


def test_the_staff_can_handle_so_many_a_month():
    targets = small_targets(target=(60, 60, 60))
    terms = {"budget": 200 * COST, "effect": 0.9, "goal": "products"}
    for as_of, capacity, most in (
        ("2024-09", 0.7, 2),
        ("2024-09", 0, 0),
        ("2024-09-19", 30, 101),
        ("2024-09-28", 37.5, 115),
    ):
        plan = support(small_forecast(as_of=as_of), targets, capacity=capacity, **terms)
        assert plan.table["supports"].sum() == most


def test_nothing_is_spent_where_nothing_is_gained():
    forecast = small_forecast()
    for goal in GOALS:
        attained = support(forecast, small_targets(target=(0, 1, 1)), budget=9 * COST, goal=goal)
        assert attained.spent == 0 or (forecast.year_end() < [0, 1, 1]).any(axis=None)
        hopeless = support(forecast, small_targets(), budget=9 * COST, goal=goal, effect=0.0)
        assert hopeless.spent == 0
        assert hopeless.curve.index.tolist() == [0]
        unasked = support(forecast, small_targets(target=None), budget=9 * COST, goal=goal)
        assert unasked.spent == 0
        assert unasked.robust_choice == "effect"
    sure = support(
        forecast_of({"389": [1, 1], "390": [0, 0]}),
        small_targets(("389", "390"), (3, 0)),
        budget=9 * COST,
        effect=1.0,
    )
    assert sure.table["supports"].tolist() == [2, 0]
    assert sure.curve.index.tolist() == [0, 1, 2]


def test_the_curve_goes_on_to_twice_the_budget():
    targets = small_targets(target=(60, 60, 60))
    for count, last in ((0, 10), (4, 14), (30, 60)):
        plan = support(small_forecast(), targets, budget=count * COST, goal="products")
        assert plan.curve.index.tolist() == list(range(last + 1))
        assert plan.curve["money"].iloc[-1] == last * COST


def test_the_least_are_given_wherever_that_does_nothing():
    forecast = small_forecast()
    plan = support(forecast, small_targets(target=(0, None, 1)), budget=4 * COST, effect=0.0, at_least=1)
    assert plan.table["supports"].tolist() == [1, 1, 1]
    assert plan.curve.index.tolist() == [3]
    assert plan.summary.loc["units", "with_"] == plan.summary.loc["units", "without"]


def test_for_the_province_a_unit_without_target_helps_as_well():
    forecast = forecast_of({"389": [0, 0], "390": [0, 0]})
    targets = small_targets(("389", "390"), (2, None))
    effect = pd.DataFrame({"unit": ["389", "390"], "effect": [0.1, 0.9]})
    terms = {"budget": 2 * COST, "effect": effect}
    assert support(forecast, targets, goal="province", **terms).table["supports"].tolist() == [0, 2]
    assert support(forecast, targets, **terms).table["supports"].tolist() == [2, 0]


@pytest.mark.parametrize("seed", [2, 12])
def test_low_and_high_are_the_fewest_and_the_most_of_five_plans(seed):
    forecast, targets = small_forecast(units=UNITS, seed=seed), small_targets(UNITS, (9, 5, 7, 6))
    effect = pd.DataFrame({"effect": [0.4], "low": [0.05], "high": [0.9]})
    plan = support(forecast, targets, budget=6 * COST, effect=effect)
    levels = (0.05, 0.225, 0.65, 0.9)
    four = [supports_of(support(forecast, targets, budget=6 * COST, effect=e)) for e in levels]
    five = np.array([*four, supports_of(plan)])
    assert plan.table["low"].tolist() == five.min(axis=0).tolist()
    assert plan.table["high"].tolist() == five.max(axis=0).tolist()
    assert plan.table["robust"].tolist() == [all(k) or not any(k) for k in five.T]
    assert (five[[0, 3, 4]].min(axis=0) > five.min(axis=0)).any() or (
        five[[0, 3, 4]].max(axis=0) < five.max(axis=0)
    ).any()


def test_regret_is_what_a_plan_made_for_another_effect_loses():
    forecast, targets = small_forecast(units=UNITS, seed=5), small_targets(UNITS, (9, 5, 7, 6))
    effect = pd.DataFrame({"effect": [0.4], "low": [0.05], "high": [0.9]})
    plan = support(forecast, targets, budget=6 * COST, effect=effect)
    ends = {"low": 0.05, "effect": effect, "high": 0.9}
    made = {name: support(forecast, targets, budget=6 * COST, effect=e) for name, e in ends.items()}
    for came, e in ends.items():
        for name, other in made.items():
            exactly = other.table["supports"].to_dict()
            same = support(forecast, targets, budget=6 * COST, effect=e, at_least=exactly, at_most=exactly)
            lost = made[came].summary.loc["units", "with_"] - same.summary.loc["units", "with_"]
            assert plan.regret.loc[came, name] == pytest.approx(lost, abs=1e-12)
    assert plan.robust_choice == plan.regret.max().idxmin()
    assert plan.regret.to_numpy().max() > 0
    sure = support(forecast, targets, budget=6 * COST, effect=0.4)
    assert (sure.regret == 0).all(axis=None)
    assert sure.robust_choice == "effect"
    assert sure.table["robust"].all()


@pytest.mark.parametrize("goal", GOALS)
def test_more_money_than_could_ever_help_ends_where_nothing_is_gained(goal):
    forecast, targets = small_forecast(), small_targets(target=(9, 9, 9))
    plan = support(forecast, targets, budget=1e15, goal=goal, first=["389"])
    assert 0 < plan.spent < 1e12
    assert plan.summary.loc[goal, "with_"] == pytest.approx({"units": 3, "products": 27, "province": 1}[goal])


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"goal": "votes"}, "goal is one of units, products, province"),
        (
            {"at_least": 2},
            "asks for 6 supports, which cost 300 million VND: .* allow 5",
        ),
        ({"at_least": 1, "capacity": 0.5}, "asks for 3 supports.* allow 1"),
        ({"at_least": {"389": 3}, "at_most": 2}, "3 supports in 389: 0 to 2"),
        ({"at_least": {"389": -1}}, "-1 supports in 389"),
        ({"at_least": {"999": 1}}, "at_least names units .* 999"),
        ({"at_most": {"999": 1}}, "at_most names units .* 999"),
        ({"first": ["999", "389"]}, "first names units .* 999"),
        ({"effect": 1.5}, "0 <= low <= effect <= high <= 1"),
        ({"budget": -1}, "budget and cost are VND"),
        ({"budget": float("nan")}, "budget and cost are VND"),
        ({"cost": 0}, "budget and cost are VND"),
        ({"capacity": -1}, "capacity is a number"),
    ],
)
def test_what_cannot_be_is_said(terms, said):
    with pytest.raises(ValueError, match=said):
        support(small_forecast(), small_targets(), **{"budget": 5 * COST, **terms})
