"""Targets that could be set: met as often as they say, split where it is easiest, and told jointly."""

import numpy as np
import pandas as pd
import pytest
from conftest import small_forecast, small_targets
from hypothesis import given
from hypothesis import strategies as st

from ocop_forecast import Forecast, TermsError, TrendModel
from ocop_forecast.evaluation.simulated_counts import simulate
from ocop_forecast.planning.outlook import Outlook
from ocop_forecast.planning.proposal import LEVELS, MET, propose_targets

CODES = ("380", "389", "390")


def outlook_of(ends, targets=(5, 5, 5)):
    """An outlook whose units end their year with these totals, a row a draw."""
    months = pd.period_range("2024-01", "2024-12", freq="M")
    panel = pd.DataFrame(0, months[:11], list(CODES))
    return Outlook.of(Forecast(panel, months[11:], np.array(ends)[:, :, None]), small_targets(CODES, targets))


def test_a_target_met_with_a_chance_is_the_greatest_one_that_is():
    table = propose_targets(Outlook.of(small_forecast(), small_targets(CODES, (3, 3, 3))), 9, floor=0).table
    ends = small_forecast().year_end().assign(total=lambda units: units.sum(axis=1))
    for column, level in zip(MET, LEVELS, strict=True):
        for total, target in zip(ends.to_numpy().T, table[column], strict=True):
            assert (total >= target).mean() >= level > (total >= target + 1).mean()


def test_what_is_easiest_is_given_first():
    ends = [[1, 4, 9]] * 6 + [[3, 4, 9]] * 4
    by_chance = propose_targets(outlook_of(ends), 13, floor=1, cap=8).units["proposed"]
    assert by_chance.tolist() == [1, 4, 8]  # all of it certain
    beyond = propose_targets(outlook_of(ends), 14, floor=1, cap=8).units["proposed"]
    assert beyond.tolist() == [2, 4, 8]  # a chance of 0.4 before none at all
    expected = np.mean(ends, axis=0)
    by_effort = propose_targets(outlook_of(ends), 11, by="effort", floor=0, cap=20).units["proposed"]
    best = min(  # Webster's method makes the difference of any two units' parts as small as can be
        ((a, b, 11 - a - b) for a in range(12) for b in range(12 - a)),
        key=lambda split: (((np.array(split) - expected * 11 / expected.sum()) ** 2) / expected).sum(),
    )
    assert by_effort.tolist() == list(best)


@given(st.lists(st.tuples(*[st.integers(0, 12)] * 3), min_size=1, max_size=8), st.integers(6, 24))
def test_the_targets_add_up_within_floor_and_cap_and_no_other_split_has_a_greater_least_chance(ends, total):
    proposal = propose_targets(outlook_of(ends), total, floor=2, cap=8)
    units = proposal.units
    assert units["proposed"].sum() == proposal.province["proposed"] == total
    assert units["proposed"].between(2, 8).all()
    reached = {target: (np.array(ends) >= target).mean(axis=0) for target in range(2, 9)}
    least = max(
        min(reached[split[at]][at] for at in range(3))
        for split in ((a, b, total - a - b) for a in range(2, 9) for b in range(2, 9))
        if 2 <= split[2] <= 8
    )
    assert units["p_proposed"].min() == least


def test_the_order_of_the_units_changes_nothing():
    ends = np.random.default_rng(1).integers(0, 6, (50, 3))
    there = propose_targets(outlook_of(ends), 12).units["proposed"]
    months = pd.period_range("2024-01", "2024-12", freq="M")
    panel = pd.DataFrame(0, months[:11], [*reversed(CODES)])
    turned = Forecast(panel, months[11:], ends[:, ::-1, None])
    back = propose_targets(Outlook.of(turned, small_targets(CODES, (5, 5, 5))), 12).units["proposed"]
    pd.testing.assert_series_equal(there, back.reindex(there.index))


def test_the_sum_of_safe_targets_is_told_as_safe_as_it_is():
    ends = np.random.default_rng(2).poisson(4, (4000, 3))
    proposal = propose_targets(outlook_of(ends), 12)
    sums = proposal.units[MET].sum()
    assert proposal.safe.tolist() == [(ends.sum(axis=1) >= sums[column]).mean() for column in MET]
    assert proposal.safe["met_80"] > 0.9  # what one lacks another has
    assert proposal.all_reach == (ends >= proposal.units["proposed"].to_numpy()).all(axis=1).mean()
    assert proposal.all_reach < proposal.units["p_proposed"].min()


def test_where_no_per_cent_is_earned_none_is_shown():
    assert "%" not in repr(propose_targets(outlook_of([[1, 4, 9]] * 6 + [[3, 4, 9]] * 4), 14, floor=1))


def test_a_target_that_is_met_and_would_be_raised_is_the_ratchet():
    months = pd.period_range("2024-01", "2024-12", freq="M")
    panel = pd.DataFrame({"380": [4] + [0] * 10, "389": [0] * 11, "390": [0] * 11}, months[:11])
    forecast = Forecast(panel, months[11:], np.full((10, 3, 1), 3))
    proposal = propose_targets(Outlook.of(forecast, small_targets(CODES, (4, 3, None))), 11, floor=1)
    assert proposal.raised.index.tolist() == ["380"]


@pytest.mark.parametrize(
    ("total", "terms"),
    [
        (5, {}),
        (25, {}),
        (6.5, {}),
        (None, {}),
        (9, {"by": "luck"}),
        (9, {"floor": -1}),
        (9, {"floor": 4, "cap": 3}),
    ],
)
def test_what_cannot_be_split_is_told(total, terms):
    with pytest.raises(TermsError):
        propose_targets(outlook_of([[3, 3, 3]], (None, None, None)), total, **terms)


def test_a_provinces_safe_target_is_met_as_often_as_it_says():
    """On simulated provinces, whose truth is known; whole numbers make a target a little safer than asked."""
    said, met = [], []
    for seed in range(60):
        world = simulate(seed=seed, units=6, years=5, as_of="2024-08")
        forecast = TrendModel(world.panel, world.targets).fit().forecast(seed=seed, draws=400)
        outlook = Outlook.of(forecast, small_targets(tuple(world.panel), [5] * 6))
        wanted = propose_targets(outlook, 30).province[MET].to_numpy(int)
        came = world.panel[world.panel.index.year == 2024].to_numpy().sum() + world.came.to_numpy().sum()
        said.append((forecast.total().to_numpy()[:, None] >= wanted).mean(axis=0))
        met.append(came >= wanted)
    said, met = np.array(said), np.mean(met, axis=0)
    assert (said >= LEVELS).all()
    assert (
        np.abs(met - said.mean(axis=0)) < 2.5 * np.sqrt((said * (1 - said)).mean(axis=0) / len(said))
    ).all()
