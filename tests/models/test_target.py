"""The target as a source: whom an office's own years believe, and draws that keep their pattern."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocop_forecast import read_province
from ocop_forecast.evaluation.simulated_counts import simulate
from ocop_forecast.models.known import Known, Plans
from ocop_forecast.models.projection import combined
from ocop_forecast.models.reference import Reference
from ocop_forecast.models.target import _guide, fit_target, with_target, with_totals

CLASS = Reference.read()


@pytest.fixture(scope="module")
def office():
    """A simulated office of six years that has real months and targets."""
    told = simulate(seed=3, as_of="2024-09", units=6)
    return Known(told.panel, told.panel.index[-1], told.targets)


@pytest.fixture(scope="module")
def told(office):
    return combined(office, seed=1, draws=400)


def test_without_a_target_of_the_year_there_is_no_source(office):
    for targets in (None, office.targets[office.targets["year"] < 2024], office.targets.assign(target=0)):
        assert fit_target(replace(office, targets=targets), CLASS, seed=1) is None


def test_an_office_without_a_season_believes_the_target_and_one_without_evidence_both_alike(office):
    first = replace(office, panel=office.panel["2024":], past={})
    assert fit_target(first, CLASS, seed=1).weight == 1
    second = replace(office, panel=office.panel["2022-10":], past={})
    assert fit_target(second, CLASS, seed=1).weight == pytest.approx(0.5 * _guide(second), abs=0.006)


def test_past_years_tell_which_is_believed(office, told):
    past = told.source.past
    assert list(past["year"]) == [2023, 2022, 2021]
    odds = (past["target_p"] / past["trend_p"]).prod()
    assert told.source.weight == pytest.approx(odds / (1 + odds) * _guide(office), abs=0.011)


def test_a_target_out_of_all_proportion_is_no_guide(office):
    this = office.targets["year"] == 2024
    absurd = office.targets.assign(target=office.targets["target"].mask(this, 300))
    assert _guide(office) > 0.8
    assert fit_target(replace(office, targets=absurd, past={}), CLASS, seed=1).weight < 0.02


def test_a_reconstructed_record_is_no_evidence_and_the_target_alone_counts():
    province = read_province(as_of="2024-09")
    source = fit_target(replace(Known.of(province), visits=None), CLASS, seed=1)
    assert source.past.empty
    assert source.weight == 1
    assert (source.target, source.year.ahead) == (120, 0)


def test_a_draw_has_the_trends_months_and_units_or_the_targets_total(told):
    of_target = round(told.source.weight * 400)
    same = (told.trend.draws == told.base.draws).all(axis=(1, 2)).sum()
    assert 400 - of_target <= same <= 400
    alone = with_target(told.trend, told.results.expected(), replace(told.source, weight=0.0), 1)
    assert (alone.draws == told.trend.draws).all()


def test_the_order_of_the_units_changes_no_draw(office, told):
    other = replace(office, panel=office.panel[office.panel.columns[::-1]], past={})
    turned = combined(other, seed=1, draws=400)
    assert (turned.forecast.draws[:, ::-1] == told.forecast.draws).all()
    assert (turned.forecast.after == told.forecast.after).all()


def test_the_close_of_the_plan_is_kept_with_the_draws(told, tmp_path):
    told.forecast.save(tmp_path / "draws.npz")
    again = type(told.forecast).load(tmp_path / "draws.npz")
    assert (again.by_close() == told.forecast.by_close()).all()


def test_by_programme_year_the_year_ends_with_its_plan():
    province = read_province(as_of="2024-09", count_by="programme")
    projection = combined(replace(Known.of(province), visits=None), seed=1, draws=300)
    assert (projection.forecast.by_close() == projection.forecast.total()).all()
    decided = combined(replace(Known.of(read_province(as_of="2024-09")), visits=None), seed=1, draws=300)
    assert decided.forecast.total().mean() < projection.forecast.total().mean()


def test_plans_of_a_register_know_what_came_late():
    days = pd.to_datetime(["2022-11-03", "2023-01-12", "2023-02-01", "2023-06-30"])
    register = pd.DataFrame({"decision_date": days, "programme_year": [2022, 2022, np.nan, 2023]})
    register = register.assign(event="new", origin=["", "", "reconstructed", "reconstructed"])
    months = pd.period_range("2022-01", "2024-03", freq="M")
    plans = Plans.of_register(register, months)
    told = plans.record(pd.Series({2022: 4, 2023: 4}), pd.Period("2024-06"))
    assert told.target.tolist() == [4]  # 2023 is a reconstruction
    assert told.months[0].tolist() == [0] * 10 + [1, 0, 1]
    assert plans.record(pd.Series({2022: 4}), pd.Period("2023-02")).target.size == 0  # not over yet
    assert plans.so_far(2023) == 2


@given(
    st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=1, max_size=8),
    st.integers(0, 40),
    st.integers(0, 99),
)
def test_totals_are_met_and_only_what_must_move_moves(counts, total, seed):
    counts = np.array(counts)
    totals = np.full(len(counts), total)
    moved = with_totals(counts, totals, np.array([1.0, 2.0, 0.5]), np.random.default_rng(seed))
    assert (moved.sum(axis=1) == totals).all()
    more = counts.sum(axis=1) <= total
    assert (moved[more] >= counts[more]).all()
    assert ((moved[~more] <= counts[~more]) & (moved[~more] >= 0)).all()
