"""Skill: each summary of a backtest's rows by hand."""

import numpy as np
import pandas as pd
import pytest

import ocop_forecast as ocop
from ocop_forecast import scores
from ocop_forecast.evaluation import skill
from ocop_forecast.evaluation.backtest import OURS
from ocop_forecast.planning.flags import contingency


def told(method, p, came, *, case="open", unit="1", year=2023, target=3, level="unit", **more):
    what = {"method": method, "origin": pd.Period(f"{year}-06"), "year": year, "unit": unit, "level": level}
    what |= {"target": target, "came": came, "p_reach": p, "case": case, "lower": 2, "upper": 4}
    what |= {"brier": (p - (came >= target)) ** 2, "rps": 1.0, "wis": 1.0, "log_score": 1.0}
    return what | {"below": 0.2, "at": 0.4, "inside": 0.9} | more


def made(*rows):
    table = pd.DataFrame(rows)
    table.attrs = {"level": 0.8, "seed": 1, "draws": 100}
    return table


def test_skill_is_measured_against_the_best_peer_of_each_score():
    rows = made(
        told(OURS, 0.5, 3, rps=1.0, log_score=2.0),
        told(OURS, 0.5, 5, rps=2.0, log_score=1.0, case="attained"),
        told("run rate", 0.9, 3, rps=2.0, log_score=1.0),
        told("run rate", 0.9, 5, rps=4.0, log_score=1.2, case="attained"),
        told("Poisson GLM", 0.1, 3, rps=1.0, log_score=3.0),
        told("Poisson GLM", 0.1, 1, rps=4.0, log_score=3.0, case="attained"),
    )
    table = skill.skill(rows).loc["unit"]
    assert table.loc[OURS, ["rps", "rps_best", "log_score", "held"]].tolist() == [1.5, 1.5 / 2.5, 1.5, 0.5]
    assert table.loc[OURS, "log_best"] == pytest.approx(1.5 - 1.1)
    assert table["brier"].tolist() == pytest.approx([0.25, 0.01, 0.81])  # of the open case alone
    assert table["forecasts"].tolist() == [2, 2, 2]


def test_reliability_counts_open_units_of_one_method_and_an_outcome_once():
    rows = made(
        told(OURS, 0.2, 4), told(OURS, 0.25, 4), told(OURS, 0.1, 1, unit="2"),
        told(OURS, 0.8, 4, unit="2", year=2022), told(OURS, 1.0, 4, case="attained"),
        told(OURS, 0.2, 1, level="province"), told("run rate", 0.2, 1),
    )  # fmt: skip
    table = skill.reliability(rows, edges=(0, 0.3, 0.7, 1))
    assert table["forecasts"].tolist() == [3, 0, 1]
    assert table["outcomes"].tolist() == [2, 0, 1]
    assert table["reached"].tolist() == pytest.approx([2 / 3, np.nan, 1], nan_ok=True)
    same = scores.reliability(np.full(3, 0.2), [True, True, False], (0, 0.3, 1), ["1", "1", "2"])
    assert table[["lower", "upper"]].iloc[0].tolist() == same[["lower", "upper"]].iloc[0].tolist()


# the parts of the Brier score, and the order


def month(origin, *p_and_came, method=OURS, **more):
    """Rows of one month end: units 0, 1, ... in this order; a target of 3."""
    rows = [told(method, p, came, unit=str(unit), **more) for unit, (p, came) in enumerate(p_and_came)]
    return [row | {"origin": pd.Period(origin), "year": int(origin[:4])} for row in rows]


def test_the_parts_are_those_of_open_units_by_method_and_by_year():
    rows = made(
        *month("2022-06", (0.1, 1), (0.1, 4)), *month("2023-06", (0.3, 3), (0.7, 5)),
        *month("2023-06", (0.9, 0), case="attained"), *month("2023-06", (0.9, 0), level="province"),
        *month("2023-06", (0.5, 4), (0.5, 1), method="run rate"),
    )  # fmt: skip
    table = skill.decomposition(rows)
    assert table.index.tolist() == [OURS, "run rate"]
    assert table.loc[OURS].tolist() == pytest.approx([4, 0.35, 0.225, 0.0625, 0.1875])
    assert table.loc["run rate"].tolist() == pytest.approx([2, 0.25, 0, 0, 0.25])
    yearly = skill.decomposition(rows, ("method", "year"))
    assert yearly.index.tolist() == [(OURS, 2022), (OURS, 2023), ("run rate", 2023)]
    assert yearly.loc[(OURS, 2022)].tolist() == pytest.approx([2, 0.41, 0.16, 0, 0.25])


def test_the_order_is_of_units_at_one_month_end():
    """The second month's percentages are all higher and all its outcomes good but one: no order in that."""
    rows = made(
        *month("2022-06", (0.1, 4), (0.2, 1), (0.3, 1)),
        *month("2022-09", (0.7, 4), (0.8, 4), (0.9, 1)),
        *month("2023-06", (0.05, 1), (0.06, 1)),
        *month("2023-09", (0.5, 1), (0.5, 4)),
    )
    months = skill.order_by_month(rows)
    assert months.loc[OURS, "ordered"].tolist() == pytest.approx([0, 0, np.nan, 0.5], nan_ok=True)
    assert months.loc[(OURS, pd.Period("2022-09")), ["forecasts", "reached"]].tolist() == [3, 2]
    told = skill.order(rows).loc[OURS]
    assert told["outcomes"] == 3 + 2  # of 2023 alone the two of September
    assert told["ordered"] == pytest.approx(0.5 / 5)  # of the five pairs one is tied, none is right
    assert told["within"] == 0
    assert skill.decomposition(rows).loc[OURS, "discrimination"] > 0.05  # of months, not of units


def test_the_order_within_is_hand_computed():
    rows = made(*month("2022-06", (0.1, 1), (0.2, 4)), *month("2022-09", (0.1, 4), (0.2, 1), (0.3, 4)))
    told = skill.order(rows).loc[OURS]
    # places 1/6, 1/4, 1/2, 3/4, 5/6, outcomes less the month's share 1/3, -1/2, -2/3, 1/2, 1/3
    first = (1 / 3 - 1 / 2 - 2 / 3) / 3
    last = (1 / 2 + 1 / 3) / 2
    assert told["within"] == pytest.approx((3 * first**2 + 2 * last**2) / 5)
    assert told["ordered"] == pytest.approx((1 + 1) / 3)


def test_luck_is_what_an_order_that_tells_nothing_makes_in_the_mean():
    rng, within = np.random.default_rng(7), []
    came = np.repeat([1, 4], [8, 12])
    for _ in range(400):
        rows = made(*month("2022-06", *zip(np.linspace(0.1, 0.9, 20), rng.permutation(came), strict=True)))
        told = skill.order(rows).loc[OURS]
        within.append(told["within"])
    assert np.mean(within) == pytest.approx(told["luck"], abs=3.5 * np.std(within) / 20)


def test_one_outcome_counts_once_however_often_it_was_forecast():
    once = month("2022-06", *[(p, came) for p, came in zip(np.linspace(0, 1, 20), [1, 4] * 10, strict=True)])
    again = [row | {"origin": pd.Period(f"2022-0{at}")} for row in once for at in (6, 7, 8)]
    few, many = (skill.order(made(*rows)).loc[OURS] for rows in (once, again))
    assert few[["outcomes", "luck"]].tolist() == pytest.approx(many[["outcomes", "luck"]].tolist())
    assert few["within"] == pytest.approx(many["within"])


def test_nothing_open_leaves_empty_tables():
    rows = made(*month("2022-06", (1.0, 4), case="attained"))
    for table in (skill.decomposition(rows), skill.order(rows), skill.order_by_month(rows)):
        assert table.empty
        assert len(table.columns) > 2


def test_flags_are_hits_false_alarms_misses_and_correct_rejections():
    rows = made(
        *[told(OURS, 0.1, 1)] * 3, *[told(OURS, 0.2, 3)] * 2, told(OURS, 0.5, 2), *[told(OURS, 0.9, 4)] * 4,
        told(OURS, 0.1, 1, level="province"), told(OURS, 0.0, 1, case="impossible"), told("run rate", 0.9, 4),
    )  # fmt: skip
    table = contingency(rows)
    assert table.loc[OURS].tolist() == [3, 2, 1, 4, 3 / 4, 2 / 5]
    assert table.loc["run rate"].iloc[:4].tolist() == [0, 0, 0, 1]
    assert table.loc["run rate", ["hit_rate", "false_alarm_ratio"]].isna().all()
    assert contingency(rows, ocop.Rule(at_risk=0.6)).loc[OURS].iloc[:4].tolist() == [4, 2, 0, 4]


def test_flags_and_the_bins_of_reliability_part_at_the_same_probability():
    rows = made(*(told(OURS, p, 1, unit=str(p)) for p in np.linspace(0, 1, 2001)))
    flags, bins = contingency(rows).loc[OURS], skill.reliability(rows, edges=(0, 0.3, 1))
    assert flags["hits"] == bins["forecasts"].iloc[0]
    assert flags["misses"] == bins["forecasts"].iloc[1]


def test_the_histogram_is_the_pit_of_one_methods_units():
    rows = made(
        told(OURS, 0.5, 3, below=0.0, at=0.25), told(OURS, 0.5, 3, unit="2", below=0.25, at=0.75),
        told(OURS, 0.5, 3, unit="2", below=0.75, at=1.0),
        told(OURS, 0.5, 3, level="province", below=0.9, at=1.0), told("run rate", 0.5, 3, below=0.9, at=1.0),
    )  # fmt: skip
    table = skill.pit_histogram(rows, bins=4)
    assert table["share"].tolist() == pytest.approx([1 / 3, 1 / 6, 1 / 6, 1 / 3])
    assert table[["lower", "upper"]].iloc[0].tolist() == [0, 0.5]  # of 2 outcomes none to one in a quarter


def test_cases_are_counted_with_those_that_got_there_after_all():
    rows = made(
        told(OURS, 0.5, 3), told(OURS, 1.0, 4, case="attained"), told(OURS, 0.0, 9, case="impossible"),
        told(OURS, 0.0, 1, case="impossible"), told("run rate", 0.0, 1, case="impossible"),
    )  # fmt: skip
    assert skill.case_counts(rows).loc["impossible"].tolist() == [2, 1]
    assert skill.case_counts(rows).loc["no_target"].tolist() == [0, 0]
