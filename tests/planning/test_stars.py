"""New products by stars: they add up to the forecast, and what is learned of them holds."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import small_forecast, small_targets

from ocop_forecast.planning.stars import by_stars, share_of_four

CODES = ("380", "389", "390")
TARGETS = small_targets()


def register_of(*rows):
    """A register of products (certificate, unit, day, event, stars)."""
    table = pd.DataFrame([*rows], columns=["certificate", "unit", "decision_date", "event", "stars"])
    table["decision_date"] = pd.to_datetime(table["decision_date"])
    table = table.assign(month=table["decision_date"].dt.to_period("M"), kind=table["event"])
    return table.astype({"stars": "Int64"})


def goals_of(year=2024, **goals):
    row = {"year": year, "four_star": None, "five_star": None, "valid": None} | goals
    return pd.DataFrame([row]).astype({name: "Int64" for name in row if name != "year"})


@pytest.fixture
def told(province, projection):
    """A function of rows of a register and goals: the stars of a small forecast, whose year they are of."""

    def told(*rows, goals=None, targets=TARGETS, forecast=None):
        forecast = forecast or small_forecast(units=CODES)
        known = replace(province, register=register_of(*rows), goals=goals, targets=targets)
        return by_stars(replace(projection, forecast=forecast), known), forecast

    return told


def with_so_far(rows, draws=300, ahead=4):
    """A forecast that knows exactly these rows of 2024, and in which so many come in each unit."""
    months = pd.period_range("2023-01", "2024-09", freq="M")
    panel = pd.DataFrame(0, months, pd.Index(CODES, name="unit"))
    for _, unit, day, event, _ in rows:
        panel.loc[pd.Period(day, "M"), unit] += event == "new"
    forecast = small_forecast(units=CODES, draws=draws)
    return replace(forecast, panel=panel, draws=np.full_like(forecast.draws, ahead))


ROWS = (
    ("a", "380", "2023-05-01", "new", 3),
    ("b", "380", "2023-11-01", "new", 4),
    ("a", "380", "2024-02-01", "upgraded", 4),  # of an older product: not new
    ("c", "389", "2024-03-01", "new", 3),
    ("c", "389", "2024-08-01", "upgraded", 4),  # in its own year
    ("d", "390", "2024-04-01", "new", 5),
    ("e", "390", "2024-05-01", "new", None),
)


def test_three_four_and_five_stars_add_up_to_every_total_of_every_draw(told, province, projection):
    stars, forecast = told(*ROWS, forecast=with_so_far(ROWS))
    assert (stars.draws >= 0).all()
    assert (stars.draws.sum(axis=2) == forecast.year_end().to_numpy()).all()
    whole = by_stars(projection, province)
    assert (whole.draws.sum(axis=2) == projection.forecast.year_end().to_numpy()).all()


def test_a_product_has_the_stars_of_the_end_of_its_year_and_an_older_one_counts_nowhere(told):
    stars, _ = told(*ROWS, forecast=with_so_far(ROWS))
    assert stars.table["so_far"].tolist() == [0, 1, 1]


def test_where_nothing_comes_any_more_the_stars_are_those_known(told):
    rows = ROWS[:-1]
    stars, _ = told(*rows, forecast=with_so_far(rows, ahead=0))
    assert (stars.table[["lower", "median", "upper"]].to_numpy() == [[0] * 3, [1] * 3, [1] * 3]).all()


def test_a_goal_is_reached_in_as_many_draws_as_are_told(told):
    stars, _ = told(*ROWS, goals=goals_of(four_star=2, five_star=1), forecast=with_so_far(ROWS))
    four = stars.draws.sum(axis=1)[:, 1]
    assert stars.table["p_reach"].tolist()[1:] == [(four >= 2).mean(), 1.0]
    assert stars.table["target"].tolist() == [pd.NA, 2, 1]
    other, _ = told(*ROWS, goals=goals_of(2023, four_star=2), forecast=with_so_far(ROWS))
    assert other.table["target"].isna().all()


def test_units_have_targets_of_their_own_and_their_sum_is_the_provinces_unless_it_has_one(told):
    targets = small_targets().assign(four_star=[2, None, 3], five_star=None)
    stars, _ = told(*ROWS, targets=targets, forecast=with_so_far(ROWS))
    assert stars.units.index.tolist() == [("380", 4), ("390", 4)]
    assert stars.units["p_reach"].tolist() == [
        (stars.draws[:, at, 1] >= n).mean() for at, n in ((0, 2), (2, 3))
    ]
    assert stars.units["so_far"].tolist() == [0, 0]
    assert stars.table["target"].tolist() == [pd.NA, 5, pd.NA]
    other, _ = told(*ROWS, goals=goals_of(four_star=9), targets=targets, forecast=with_so_far(ROWS))
    assert other.table["target"].tolist() == [pd.NA, 9, pd.NA]


def test_the_order_of_the_units_changes_the_draws_of_none(told):
    rows = ROWS
    here = with_so_far(rows)
    turned = replace(here, panel=here.panel[[*CODES[::-1]]], draws=here.draws[:, ::-1])
    there, back = (told(*rows, forecast=one)[0].draws for one in (here, turned))
    assert (there == back[:, ::-1]).all()


def test_more_products_of_four_stars_in_the_past_let_more_come(told):
    def rows(stars):
        return [(f"{at}", "380", "2023-05-01", "new", stars) for at in range(20)]

    few, many = (told(*rows(stars), forecast=with_so_far([]))[0].draws[:, :, 1].sum() for stars in (3, 4))
    assert few < 0.3 * many


def test_five_stars_come_by_the_year_and_never_more_than_there_are_products(told):
    rows = [(f"{at}", "380", f"20{at:02}-05-01", "new", 5) for at in range(19, 24) for _ in range(3)]
    rows = [(f"{name}-{at}", *rest) for at, (name, *rest) in enumerate(rows)]
    many = told(*rows, forecast=with_so_far([]))[0].draws[:, :, 2].sum(axis=1)
    assert many.mean() == pytest.approx((15 + 0.15) / (1.75 + 1) / 4, abs=0.3)  # the panel has 21 months
    few = told(*rows, forecast=with_so_far([], ahead=0))[0].draws
    assert few.sum() == 0


def test_the_share_of_four_stars_of_a_year_is_told_as_surely_as_it_is_known():
    """Simulated registers: each year has a share of its own, and of this one some products are known."""
    rng, held = np.random.default_rng(5), []
    for world in range(80):
        mean = rng.beta(1, 4)
        p = rng.beta(10 * mean, 10 * (1 - mean), 5)
        every = rng.integers(5, 40, 5)
        four = rng.binomial(every, p)
        rated = pd.DataFrame(
            {
                "year": np.repeat(range(2020, 2025), every),
                "stars": np.concatenate([[4] * k + [3] * (n - k) for k, n in zip(four, every, strict=True)]),
            }
        )
        share = share_of_four(rated, 300, np.random.default_rng(world))
        more = rng.binomial(40, p[-1])
        drawn = rng.binomial(40, share.of(2024, rng))
        low, high = np.quantile(drawn, [0.1, 0.9])
        held.append(low <= more <= high)
    assert 0.72 <= np.mean(held) <= 0.94
