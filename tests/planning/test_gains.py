"""What more products would add: views of the draws, never less with more, and the province as the sum."""

import numpy as np
import pandas as pd
from conftest import small_forecast, small_targets
from hypothesis import given
from hypothesis import strategies as st

from ocop_forecast import Forecast, Rule
from ocop_forecast.planning.gains import COST, gains
from ocop_forecast.planning.outlook import Outlook

SHARES = ["p_reach", "with_1", "with_2", "with_3"]


def known(counts, draws):
    """A forecast of one unit with `counts` in this year's months so far, and these totals still to come."""
    months = pd.period_range("2024-01", "2024-12", freq="M")
    panel = pd.DataFrame({"389": counts}, months[: len(counts)])
    rest = np.zeros((len(draws), 1, 12 - len(counts)), int)
    rest[:, 0, 0] = draws
    return Forecast(panel, months[len(counts) :], rest)


def test_a_product_on_top_counts_in_every_draw():
    forecast = known([1, 0, 0], [0, 0, 1, 1, 2, 3, 3, 4, 5, 9])
    outlook = Outlook.of(forecast, small_targets(("389",), (6,)))
    row = gains(outlook).loc["389"]
    assert row[SHARES].tolist() == [0.2, 0.3, 0.5, 0.6]
    assert row["p_reach"] == outlook.table.loc["389", "p_reach"]


def test_more_is_the_fewest_products_that_bring_a_unit_on_track():
    forecast = known([0], [0, 0, 1, 1, 2, 3, 3, 4, 5, 9])
    for rule in (Rule(), Rule(on_track=0.9), Rule(on_track=0.4)):
        outlook = Outlook.of(forecast, small_targets(("389",), (5,)), rule=rule)
        more = int(gains(outlook).loc["389", "more"])
        ends = forecast.year_end()["389"]
        assert rule.flag((ends + more >= 5).mean()) == "on_track"
        assert more == 0 or rule.flag((ends + more - 1 >= 5).mean()) != "on_track"
        assert gains(outlook).loc["389", "money"] == more * COST


def test_who_has_attained_or_has_no_target_is_left_out_and_the_greatest_gain_stands_first():
    forecast = small_forecast()
    so_far = forecast.so_far
    targets = small_targets(target=(int(so_far["380"]), None, int(so_far["390"]) + 2))
    table = gains(Outlook.of(forecast, targets))
    assert "380" not in table.index
    assert "389" not in table.index
    assert table.index[-1] != "390" or len(table) == 1
    units = gains(Outlook.of(forecast, small_targets(target=(99, 9, 9)))).iloc[:-1]
    assert (units["with_1"] - units["p_reach"]).is_monotonic_decreasing


def test_one_unit_gains_what_it_does_beside_all_others():
    outlook = Outlook.of(small_forecast(), small_targets(target=(99, 9, 0)))
    whole = gains(outlook)
    for code in ("380", "389", outlook.code):
        pd.testing.assert_series_equal(gains(outlook, code).loc[code], whole.loc[code])
    assert gains(outlook, "390").empty


def test_nobody_short_gives_an_empty_table():
    forecast = small_forecast()
    table = gains(Outlook.of(forecast, small_targets(target=(0, 0, 0))))
    assert table.empty
    assert list(table.columns) == ["name", *SHARES, "more", "money"]


@given(st.integers(0, 10**6), st.integers(1, 12))
def test_more_products_never_lower_a_probability_and_enough_make_it_certain(seed, target):
    forecast = small_forecast(seed=seed, draws=50)
    outlook = Outlook.of(forecast, small_targets(target=(target, target, target)))
    table = gains(outlook)
    assert (table[SHARES].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    missing = (outlook.table["target"] - outlook.table["so_far"]).loc[table.index]
    assert (table["more"] <= missing).all()
    assert (table.loc[missing <= 3, "with_3"] == 1).all()


def test_the_provinces_row_is_of_the_sum_in_every_draw():
    forecast = small_forecast()
    middle = int(forecast.total().median())
    outlook = Outlook.of(forecast, small_targets(target=(middle - 2, 2, 2)))
    row = gains(outlook).loc["38"]
    assert row["with_2"] == (forecast.total() + 2 >= middle + 2).mean()
    assert 0 < row["p_reach"] < row["with_2"] < 1
