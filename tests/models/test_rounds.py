"""Rounds: what each level's bring, which planned ones come about, and what earlier plans tell of that."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ocop_forecast as ocop
from ocop_forecast.models import rounds
from ocop_forecast.models.known import Known, Past
from ocop_forecast.models.rounds import NONE_JUDGED, PlanRecord, Rounds, judge

MONTHS = pd.period_range("2022-01", "2024-09", freq="M")
AS_OF = MONTHS[-1]
AHEAD = pd.period_range("2024-10", "2024-12", freq="M")


def table(days, level="district", recognised=np.nan):
    return pd.DataFrame({"date": pd.to_datetime(list(days)), "level": level, "recognised": recognised})


def fitted(known, y, breaks=(), record=NONE_JUDGED):
    ones = np.ones(len(MONTHS))
    return Rounds.fit(known, pd.Series(y, MONTHS), ones, ones, as_of=AS_OF, breaks=breaks, record=record)


def both_levels():
    """A district's round each month, the province's each quarter, which from month 18 on bring nothing."""
    quarter = MONTHS[2::3]
    district = table(f"{month}-10" for month in MONTHS)
    district["recognised"] = 4.0
    province = table((f"{month}-20" for month in quarter), "province")
    province["recognised"] = np.where(quarter < MONTHS[18], 20.0, 0.0)
    planned = pd.concat([table(["2024-10-10", "2024-12-10"]), table(["2024-11-20"], "province")])
    y = 4.0 + np.where(np.isin(MONTHS, quarter) & (MONTHS[18] > MONTHS), 20.0, 0.0)
    return pd.concat([district, province, planned], ignore_index=True), y


def test_a_level_brings_what_it_brought_since_the_break():
    known, y = both_levels()
    found = fitted(known, y, breaks=(18,))
    before, since = found.yields
    assert found.levels == ["district", "province"]
    assert before.products == pytest.approx([4, 20], rel=0.25)
    assert since.products[0] == pytest.approx(4, rel=0.1)
    assert since.products[1] < 2
    alone = fitted(known, y).yields[0]
    assert since.products[1] < alone.products[1] < before.products[1]


def test_without_the_offices_figures_a_months_products_are_shared_equally():
    known, y = both_levels()
    found = fitted(known.assign(recognised=np.nan), y).yields[0]
    assert found.products[1] > found.products[0]  # quarters were fuller, whoever decided


def test_past_months_are_one_on_average_in_each_era():
    known, y = both_levels()
    found = fitted(known, y, breaks=(18,))
    z = found.observed(MONTHS, np.ones(33), np.ones(33))
    assert [z[:18].mean(), z[18:].mean()] == pytest.approx([1, 1], rel=1e-3)


def test_a_planned_round_is_held_moved_and_joined_as_the_record_says():
    known, y = both_levels()
    promised = PlanRecord(held=10_000, fallen=0, late=0, unnamed=0)
    coming = fitted(known, y, record=promised).coming(AHEAD, np.ones(3), 4000, np.random.default_rng(0))
    assert coming.mean(axis=0) == pytest.approx(np.array([[1, 0], [0, 1], [1, 0]]), abs=0.02)
    slipping = PlanRecord(held=10_000, fallen=0, late=10_000, unnamed=0)
    coming = fitted(known, y, record=slipping).coming(AHEAD, np.ones(3), 4000, np.random.default_rng(0))
    assert coming.mean(axis=0) == pytest.approx(np.array([[0, 0], [1, 0], [0, 1]]), abs=0.02)
    usual = fitted(known, y).coming(AHEAD, np.ones(3), 20_000, np.random.default_rng(0)).mean(axis=0)
    joined = 0.15 * np.array([1.0, 1 / 3])  # a part of what either level has held a month
    assert usual[0] == pytest.approx(0.85 * 0.9 * np.array([1, 0]) + joined, abs=0.02)
    assert usual[1] == pytest.approx(0.85 * np.array([0.1, 0.9]) + joined, abs=0.02)


def test_a_round_planned_for_another_year_says_nothing_of_this_one():
    known, y = both_levels()
    known.loc[known["date"] > "2024-09-30", "date"] += pd.DateOffset(years=1)
    assert fitted(known, y) is None


def test_one_more_planned_round_only_adds():
    known, y = both_levels()
    more = pd.concat([known, table(["2024-11-02"])], ignore_index=True)
    few, many = (
        fitted(one, y).coming(AHEAD, np.ones(3), 500, np.random.default_rng(0)) for one in (known, more)
    )
    assert (many >= few).all()
    assert many.sum() > few.sum()


def test_forgotten_rows_of_rounds_that_bring_little_move_little():
    """Two planned rounds of the province, which brought hardly a product each since districts decide."""
    province = ocop.read_province(as_of="2024-09")
    told = province.rounds
    without = told[(told["status"] == "held") | (told["level"] == "district")]
    ends = []
    for one in (told, without):
        known = Known(province.panel, province.as_of, province.targets, one, province.breaks)
        ends.append(known.trend().forecast(seed=2024, draws=2000).total())
    p = [(end >= 120).mean() for end in ends]
    assert p[0] - p[1] < 0.04
    assert abs(ends[0].mean() - ends[1].mean()) < 4


def held(*days):
    return table(days)


def test_plans_are_judged_by_what_came_about():
    september = (pd.Period("2024-09"), table(["2024-10-30", "2024-11-30", "2024-12-20"]))
    record = judge([september], held("2024-11-10", "2024-12-01", "2024-12-30"), pd.Period("2024-12"))
    # November's is on time and so is one of December's; October's never came
    assert record == PlanRecord(held=2, fallen=1, late=0, unnamed=1)
    record = judge([september], held("2024-11-10", "2024-11-20", "2024-12-30"), pd.Period("2024-12"))
    assert record == PlanRecord(held=3, fallen=0, late=1, unnamed=0)


def test_a_month_is_judged_by_the_last_plan_before_it():
    plans = [(pd.Period("2024-09"), table(["2024-11-30"])), (pd.Period("2024-10"), table([]))]
    record = judge(plans, held(), pd.Period("2024-12"))
    assert (record.held, record.fallen) == (0, 0)
    assert judge([], held("2024-11-10"), pd.Period("2024-12")) == NONE_JUDGED


@given(st.lists(st.integers(0, 5), max_size=8), st.lists(st.integers(0, 5), max_size=8), st.integers(0, 2))
def test_every_round_is_counted_once(named, came, seen):
    months = pd.period_range("2024-01", periods=6, freq="M")
    plan, took = (table([f"{months[at]}-15" for at in places]) for places in (named, came))
    as_of = months[5 - seen]
    record = judge([(pd.Period("2023-12"), plan)], took, as_of)
    judged = took[took["date"] <= as_of.end_time] if seen < 5 else took[:0]
    assert record.held + record.unnamed == len(judged)
    assert min(record) >= 0
    assert record.late <= record.held
    last = (plan["date"].dt.to_period("M") == as_of).sum()
    assert len(plan[plan["date"] <= as_of.end_time]) - last <= record.held + record.fallen


def test_the_calendar_is_followed_all_the_way_only_where_plans_were_judged():
    province = ocop.read_province(as_of="2024-09")
    earlier = [
        Past(type("Then", (), {"as_of": pd.Period(month)}), province.rounds.assign(status="planned"))
        for month in ("2023-12", "2024-03")
    ]
    judged = rounds.judge(
        [(one.forecast.as_of, one.rounds) for one in earlier],
        province.rounds[province.rounds["status"] == "held"],
        province.as_of,
    )
    assert judged.judged
    known = Known(province.panel, province.as_of, province.targets, province.rounds, province.breaks)
    assert max(known.trend().total.slopes.followed) == 0.5
    assert max(replace(known, judged=judged).trend().total.slopes.followed) == 1
