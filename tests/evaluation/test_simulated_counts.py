"""A simulated province: the story it tells is the one it says."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ocop_forecast import TrendModel
from ocop_forecast.evaluation import simulated_counts

QUIET = replace(
    simulated_counts.prior(0),
    rate=0.5, growth=0.0, factors=np.ones(12), pull=0.0, forgetting=1e-6, rounds=1e-6,
    spread=1e-6, drift=1e-9, fading=1e-9, strength=1.0, level=1e-6, batch=1e-6, lean=0.0, stop=0.0,
)  # fmt: skip


def totals(**changes):
    """Return the monthly totals of 900 units over 40 years, nothing but `changes` beside Poisson noise."""
    made = simulated_counts.simulate(replace(QUIET, **changes), seed=1, units=900, years=40, as_of="2024-12")
    return made.panel.sum(axis=1)


def test_a_seed_fixes_every_number_and_another_seed_changes_them():
    one, same, other = (simulated_counts.simulate(seed=seed) for seed in (5, 5, 6))
    pd.testing.assert_frame_equal(one.panel, same.panel)
    pd.testing.assert_frame_equal(one.came, same.came)
    pd.testing.assert_frame_equal(one.targets, same.targets)
    assert not one.panel.equals(other.panel)


@pytest.mark.parametrize(
    ("as_of", "known", "ahead"),
    [("2024-01", 61, ("2024-02", 11)), ("2024-09", 69, ("2024-10", 3)), ("2024-12", 72, ("2025-01", 12))],
)
def test_what_came_goes_on_to_december(as_of, known, ahead):
    made = simulated_counts.simulate(seed=1, as_of=as_of)
    assert (made.panel.shape, str(made.panel.index[-1])) == ((known, 27), as_of)
    assert (str(made.came.index[0]), len(made.came)) == ahead
    assert set(made.targets["year"]) == {*made.panel.index.year, *made.came.index.year}


def test_the_model_takes_it():
    made = simulated_counts.simulate(seed=1, units=3)
    assert TrendModel(made.panel, made.targets).fit().forecast(seed=1, draws=10).draws.shape == (10, 3, 3)


def test_nothing_but_noise_is_poisson():
    y = totals()
    assert y.mean() == pytest.approx(450, rel=0.01)
    assert y.var() / y.mean() == pytest.approx(1, abs=0.2)


def test_rounds_and_batches_have_the_dispersion_they_say():
    y = totals(rounds=8.0)
    assert y.var() / y.mean() == pytest.approx(9, rel=0.2)
    y = totals(batch=3.0)
    assert y.var() / y.mean() == pytest.approx(4, rel=0.2)


def test_a_years_luck_is_common_to_its_months():
    y = totals(spread=0.09)
    yearly = y.groupby(y.index.year).mean()
    assert np.log(yearly).std() == pytest.approx(0.3, rel=0.3)
    assert y.groupby(y.index.year).std().mean() < yearly.std() / 3


def test_growth_ends_at_the_as_of_month():
    truth = replace(QUIET, rate=200.0, growth=0.5)
    made = simulated_counts.simulate(truth, seed=1, units=50, years=3, as_of="2023-12", with_targets=False)
    before, now, after = (made.panel.iloc[-24:-12], made.panel.iloc[-1:], made.came)
    assert after.sum().sum() / 12 == pytest.approx(now.sum().sum(), rel=0.05)
    assert before.iloc[-1].sum() == pytest.approx(now.sum().sum() * np.exp(-0.5), rel=0.05)


def test_a_units_luck_is_its_own_and_holds_a_year():
    truth = replace(QUIET, rate=5000.0, level=0.04, strength=50.0)
    made = simulated_counts.simulate(truth, seed=4, units=400, years=2, as_of="2024-12", with_targets=False)
    y = np.log(made.panel)
    assert (y.iloc[12] - y.iloc[11]).var() == pytest.approx(2 * 0.04, rel=0.2)
    assert (y.iloc[11] - y.iloc[0]).var() < 0.01
    assert np.log(made.panel.sum(axis=1)).std() < 0.05


def test_the_level_wanders_as_fast_as_the_discount_forgets():
    """Steady state of a filter: the gain f is best where a step has variance ``f^2 D / mean``."""
    y = np.log(totals(forgetting=0.4))
    change = (y - y.shift(12)).dropna()
    assert change.var() == pytest.approx((12 * 0.4**2 + 2) / 450, rel=0.3)


def test_growth_ends_at_the_rate_and_the_calendar_repeats():
    factors = np.append(np.full(11, 0.5), 6.5)
    y = totals(growth=0.1, factors=factors)
    december = y[y.index.month == 12]
    assert december.iloc[-1] == pytest.approx(450 * 6.5, rel=0.06)
    assert december.iloc[-11] / december.iloc[-1] == pytest.approx(np.exp(-1), rel=0.1)
    assert y[y.index.month == 11].iloc[-1] == pytest.approx(450 * 0.5, rel=0.3)


def test_targets_pull_on_the_total_and_on_the_shares():
    made = simulated_counts.simulate(
        replace(QUIET, rate=20.0, pull=1.0, strength=50.0), seed=2, years=20, as_of="2024-12"
    )
    plan = made.targets.pivot(index="year", columns="unit", values="target").loc[2005:2024]
    yearly = made.panel.groupby(made.panel.index.year).sum()
    assert np.corrcoef(np.log(plan.sum(axis=1)), np.log(yearly.sum(axis=1)))[0, 1] > 0.95
    assert np.corrcoef(plan.iloc[0], yearly.iloc[0])[0, 1] > 0.9


def test_without_pull_the_total_knows_no_targets():
    made = simulated_counts.simulate(replace(QUIET, rate=20.0), seed=2, years=20, as_of="2024-12")
    assert made.panel.sum(axis=1).std() / made.panel.sum(axis=1).mean() < 0.06


def test_shares_stay_gamma_however_long_they_fade():
    """The variance of a unit's rate against the mean is 1 / k at the start and after 40 years."""
    truth = replace(QUIET, rate=200.0, fading=0.05, strength=2.0)
    made = simulated_counts.simulate(truth, seed=4, units=900, years=40, with_targets=False)
    assert made.targets is None
    for month in (0, -1):
        rate = made.panel.iloc[month] / made.panel.iloc[month].mean()
        assert rate.var() == pytest.approx(0.5, rel=0.2)
    first, last = made.panel.iloc[0], made.panel.iloc[-1]
    assert abs(np.corrcoef(first, last)[0, 1]) < 0.15
    assert np.corrcoef(last, made.panel.iloc[-11])[0, 1] == pytest.approx(0.95**10, abs=0.1)


def test_drift_widens_the_ratio_of_a_units_rates_by_so_much_a_month():
    truth = replace(QUIET, rate=5000.0, drift=0.01, strength=50.0)
    made = simulated_counts.simulate(truth, seed=4, units=400, years=3, with_targets=False)
    change = np.log(made.panel.iloc[20] / made.panel.iloc[0])
    assert change.var() == pytest.approx(20 * 0.01, rel=0.25)


def test_priors_are_wide_and_stay_where_the_model_looks():
    drawn = [simulated_counts.prior(seed) for seed in range(400)]
    growth = [truth.growth for truth in drawn]
    assert np.median(growth) == pytest.approx(0, abs=0.03)
    assert 0.2 < np.std(growth) / 0.6 < 0.4
    assert {truth.pull for truth in drawn} == set(simulated_counts.PULLS)
    assert np.median([truth.forgetting for truth in drawn]) == pytest.approx(0.03, rel=0.2)
    assert max(truth.forgetting for truth in drawn) <= 0.4


@pytest.mark.parametrize(("common", "least", "most"), [(0.0, -0.5, 0.5), (1.0, 0.9, 1)])
def test_provinces_of_a_country_have_so_much_of_their_years_in_common(monkeypatch, common, least, most):
    monkeypatch.setattr(simulated_counts, "prior", lambda seed: QUIET)
    terms = {"spread": 0.1, "units": 100, "years": 20, "as_of": "2024-12"}
    made = simulated_counts.country(2, seed=1, common=common, **terms)
    one, other = (world.panel.groupby(world.panel.index.year).sum().sum(axis=1) for world in made)
    assert one.std() / one.mean() == pytest.approx(0.1**0.5, rel=0.4)
    assert least < np.corrcoef(one, other)[0, 1] <= most
