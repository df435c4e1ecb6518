"""Constraints of draws: later than drawn, never earlier and never more; nothing is lost but what is said."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

import ocop_forecast as ocop
from ocop_forecast.planning.experts import constrained, planned

OCTOBER, NOVEMBER, DECEMBER = pd.period_range("2024-10", "2024-12", freq="M")


@pytest.fixture(scope="module")
def forecast(projection):
    """What is drawn without constraints."""
    return projection.forecast


@pytest.fixture(scope="module")
def sittings(projection):
    """One planned in October, two in November and in December."""
    return planned(projection.forecast, projection.known.rounds)


def test_the_planned_rounds_of_the_months_to_come_are_counted(sittings, forecast, province):
    assert sittings.to_dict() == {OCTOBER: 1, NOVEMBER: 2, DECEMBER: 2}
    held = province.rounds[province.rounds["status"] == "held"]
    assert planned(forecast, held).tolist() == planned(forecast, None).tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    "terms",
    [{"capacity": 10}, {"cancelled": [NOVEMBER]}, {"cancelled": [OCTOBER], "lost": True, "capacity": 15}],
)
def test_no_unit_has_more_by_any_month(forecast, sittings, terms):
    after = constrained(forecast, sittings, 1, **terms)
    assert (after.draws.cumsum(axis=2) <= forecast.draws.cumsum(axis=2)).all()
    assert (after.draws >= 0).all()
    assert (after.year_end().sum(axis=1) == after.total()).all()


def test_a_month_takes_what_its_sittings_can_and_is_full_before_anything_waits(forecast, sittings):
    monthly = constrained(forecast, sittings, 1, capacity=10).draws.sum(axis=1)
    assert (monthly <= np.array([10, 20, 20])).all()
    came = forecast.draws.sum(axis=1)
    assert (monthly[:, 0] == np.minimum(came[:, 0], 10)).all()
    assert (monthly[:, 1] == np.minimum(came[:, 1] + came[:, 0] - monthly[:, 0], 20)).all()


def test_more_capacity_is_never_worse_for_the_province_and_enough_changes_nothing(forecast, sittings):
    totals = [constrained(forecast, sittings, 1, capacity=most).total() for most in (0, 5, 10, 20)]
    assert (totals[0] == forecast.so_far.sum()).all()
    for less, more in pairwise(totals):
        assert (less <= more).all()
    enough = int(forecast.draws.sum(axis=(1, 2)).max())
    assert (constrained(forecast, sittings, 1, capacity=enough).draws == forecast.draws).all()


def test_each_unit_keeps_its_part_up_to_one_product(forecast):
    alone = constrained(forecast, planned(forecast, None), 1, capacity=7)
    first, kept = forecast.draws[:, :, 0], alone.draws[:, :, 0]
    over = first.sum(axis=1) > 7
    part = first[over] * 7 / first[over].sum(axis=1, keepdims=True)
    assert over.any()
    assert (np.abs(kept[over] - part) < 1).all()
    assert kept[over].mean(axis=0) == pytest.approx(part.mean(axis=0), abs=0.05)


def test_what_is_cancelled_waits_for_the_next_planned_round_or_is_lost(forecast, sittings):
    came = forecast.draws
    waits = constrained(forecast, sittings, 1, cancelled=[NOVEMBER]).draws
    assert (waits[:, :, 1] == 0).all()
    assert (waits[:, :, 2] == came[:, :, 1] + came[:, :, 2]).all()
    lost = constrained(forecast, sittings, 1, cancelled=[NOVEMBER], lost=True).draws
    assert (lost[:, :, 2] == came[:, :, 2]).all()
    last = constrained(forecast, sittings, 1, cancelled=[DECEMBER]).draws
    assert (last.sum(axis=2) == came[:, :, :2].sum(axis=2)).all()
    none_later = sittings.mask(sittings.index == DECEMBER, 0)
    waits_on = constrained(forecast, none_later, 1, cancelled=[NOVEMBER]).draws
    assert (waits_on[:, :, 2] == came[:, :, 2]).all()


def test_a_scenario_has_the_constraints_after_all_other_acts(projection, province):
    plan = ocop.support(ocop.assess(projection, province), budget=5e8)
    free, bound = (
        ocop.scenario(projection, support=plan, capacity=capacity).forecast for capacity in (None, 10)
    )
    assert (bound.total() <= free.total()).all()
    assert (bound.draws.sum(axis=1) <= np.array([10, 20, 20])).all()
    told = ocop.scenario(projection, cancelled="2024-12")
    assert told.table.loc["38", "products"] == -projection.forecast.draws[:, :, 2].sum(axis=1).mean()


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"cancelled": "2024-09"}, "2024-10, 2024-11, 2024-12"),
        ({"cancelled": ["2025-01"]}, "2025-01"),
        ({"capacity": -1}, "from 0 up"),
        ({"capacity": 2.5}, "2.5"),
    ],
)
def test_what_cannot_be_supposed_is_told(projection, terms, said):
    with pytest.raises(ocop.TermsError, match=said):
        ocop.scenario(projection, **terms)
