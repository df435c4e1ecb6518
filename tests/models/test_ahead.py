"""Years after this one: they go on from this year's draws, widen, do not grow, and keep their promises."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from ocop_forecast.evaluation.simulated_counts import prior, simulate
from ocop_forecast.models.ahead import draw_years, into_months
from ocop_forecast.models.communes import MOST, Room
from ocop_forecast.models.known import Known
from ocop_forecast.planning.outlook import Outlook
from ocop_forecast.planning.proposal import MET, propose_targets

DRAWS = 400
AS_OF = pd.Period("2024-09", "M")


@cache
def world(seed, units=6, growth=0.0, rate=1.0):
    """A simulated province known to September 2024, and what came in 2025."""
    truth = replace(prior(seed), growth=growth, rate=rate)
    one = simulate(truth, seed=seed, as_of="2025-11", units=units, years=6, with_targets=False)
    months = pd.concat([one.panel, one.came])
    return Known(months[:AS_OF], AS_OF), months.loc["2025"].sum()


def ahead(known, until=2027, room=None, forecast=None, seed=1):
    """Draws of the years after 2024."""
    forecast = known.trend().forecast(seed=seed, draws=DRAWS) if forecast is None else forecast
    return draw_years(known.yearly(), forecast, until, room, seed)


def test_neither_the_last_year_asked_nor_the_order_of_units_moves_a_draw():
    known, _ = world(3)
    draws = ahead(known)
    assert (ahead(known, until=2025) == draws[:, :, :1]).all()
    turned = Known(known.panel[known.panel.columns[::-1]], AS_OF)
    assert (ahead(turned)[:, ::-1] == draws).all()
    assert (ahead(known, seed=2) != draws).any()


def test_a_draw_goes_on_from_its_own_rest_of_this_year():
    known, _ = world(3)
    forecast = known.trend().forecast(seed=1, draws=DRAWS)
    richer = forecast.draws.copy()
    richer[: DRAWS // 2, 0] += 10
    draws, moved = ahead(known, forecast=forecast), ahead(known, forecast=replace(forecast, draws=richer))
    gain = (moved - draws)[:, :, 0].sum(axis=1)
    assert gain[: DRAWS // 2].mean() > 1
    assert abs(gain[DRAWS // 2 :].mean()) < 0.2 * gain[: DRAWS // 2].mean()
    unit = (moved - draws)[: DRAWS // 2, 0, 0].mean()
    assert unit > 2 * (moved - draws)[: DRAWS // 2, 1:, 0].mean()  # its own unit most of all


def test_intervals_widen_and_growth_is_not_carried_on():
    known, _ = world(5, growth=0.4, rate=2.0)
    totals = ahead(known, until=2030).sum(axis=1)
    low, middle, high = np.quantile(totals, [0.1, 0.5, 0.9], axis=0)
    assert ((high - low)[-1] / middle[-1]) > 1.3 * ((high - low)[0] / middle[0])
    assert abs(np.log(middle[-1] / middle[0])) < 0.15


def test_each_year_has_its_own_luck():
    known, _ = world(5, rate=4.0)
    results, forecast = known.yearly(), known.trend().forecast(seed=1, draws=DRAWS)
    spread = []
    for place in (0, -1):  # the least luck of the grid, and the most
        weight = np.zeros_like(results.total.weight)
        weight[3, 10, place] = 1
        lucky = replace(results, total=results.total._replace(weight=weight))
        totals = np.log(draw_years(lucky, forecast, 2026, None, 1).sum(axis=1))
        spread.append((totals[:, 1] - totals[:, 0]).var())
    assert spread[1] > spread[0] + 0.6  # 2 q, and more for the tail of its gamma


def test_a_unit_whose_communes_are_full_slows_down_and_the_province_with_it():
    known, _ = world(7, units=3, rate=4.0)
    left = np.ones((3, MOST + 1))
    left[0, 1:] = 0.1
    free, full = ahead(known), ahead(known, room=Room(1.0, left, 0, 3))
    part = free[:, 0].sum() / free.sum()
    assert full[:, 0].sum() == pytest.approx(0.1 * free[:, 0].sum(), rel=0.2)
    assert full.sum() == pytest.approx((1 - 0.9 * part) * free.sum(), rel=0.05)


def test_next_years_products_are_placed_in_its_months():
    known, _ = world(3)
    forecast = known.trend().forecast(seed=1, draws=DRAWS)
    counts = ahead(known)[:, :, 0]
    both = into_months(known.yearly(), forecast, counts, seed=1)
    assert (both.draws[:, :, :3] == forecast.draws).all()
    assert (both.year_end().to_numpy() == counts).all()
    assert (both.year, int(both.so_far.sum()), both.earned) == (2025, 0, False)


@pytest.mark.parametrize("units", [1, 3])
def test_a_province_without_a_count_has_years_too(units):
    months = pd.period_range("2023-01", "2024-09", freq="M")
    known = Known(pd.DataFrame(0, months, [f"u{at}" for at in range(units)]), AS_OF)
    assert ahead(known).shape == (DRAWS, units, 3)


def test_targets_of_next_year_are_as_safe_as_they_are_said_to_be():
    """On simulated provinces; whole numbers make a target a little safer than asked."""
    said, met = [], []
    for seed in range(24):
        known, came = world(seed, units=4, rate=prior(seed).rate)
        forecast = known.trend().forecast(seed=seed, draws=DRAWS)
        counts = draw_years(known.yearly(), forecast, 2025, None, seed)[:, :, 0]
        next_year = into_months(known.yearly(), forecast, counts, seed)
        targets = pd.DataFrame({"unit": [*known.panel], "year": 2025, "target": 5})
        wanted = propose_targets(Outlook.of(next_year, targets), 20).province[MET].to_numpy(int)
        said.append((counts.sum(axis=1)[:, None] >= wanted).mean(axis=0))
        met.append(came.sum() >= wanted)
    said, met = np.array(said), np.mean(met, axis=0)
    assert (
        np.abs(met - said.mean(axis=0)) < 2.5 * np.sqrt((said * (1 - said)).mean(axis=0) / len(said))
    ).all()
