"""The outlook: by hand, against identities, and what must never happen."""

import numpy as np
import pandas as pd
import pytest
from conftest import small_forecast, small_targets
from hypothesis import given
from hypothesis import strategies as st

from ocop_forecast import Forecast
from ocop_forecast.planning.attainment import attainment


def by_hand():
    """Four draws of two units: totals 3, 3, 4, 6 and 1, 2, 2, 5; so far 2 and 1."""
    panel = pd.DataFrame({"1": [1, 1], "2": [0, 1]}, index=pd.period_range("2024-09", "2024-10", freq="M"))
    draws = np.array([[[1, 0], [0, 0]], [[0, 1], [1, 0]], [[1, 1], [0, 1]], [[2, 2], [2, 2]]])
    return Forecast(panel, pd.period_range("2024-11", "2024-12", freq="M"), draws)


def test_an_outlook_worked_by_hand():
    outlook = attainment(by_hand(), small_targets(("1", "2"), (4, 2)), level=0.5)
    expected = pd.DataFrame(
        {
            "so_far": [2, 1, 3],
            "target": [4, 2, 6],
            "median": [3, 2, 5],
            "lower": [3, 1, 4],
            "upper": [4, 2, 6],
            "p_reach": [0.5, 0.75, 0.5],
            "shortfall": [0.5, 0.25, (2 + 1 + 0 + 0) / 4],
            "needed_per_month": [1.0, 0.5, 1.5],
            "pace": [1.0, 0.5, 1.5],
            "naive": [4.0, 2.0, 6.0],
        },
        index=pd.Index(["1", "2", "38"], name="unit"),
    )
    pd.testing.assert_frame_equal(outlook[list(expected)], expected, check_dtype=False)
    assert outlook["level"].tolist() == ["unit", "unit", "province"]
    assert outlook.loc["38", "name"] == "Tỉnh Thanh Hóa"


def test_the_province_is_the_sum_where_sums_are_meant():
    outlook = attainment(small_forecast(), small_targets())
    for column in ("so_far", "target", "pace", "naive"):
        assert outlook[column].iloc[-1] == pytest.approx(outlook[column].iloc[:-1].sum())


@given(st.integers(0, 12), st.integers(0, 20))
def test_a_higher_target_is_never_likelier(target, seed):
    forecast = small_forecast(seed, draws=60)
    low = attainment(forecast, small_targets(target=(target,) * 3))
    high = attainment(forecast, small_targets(target=(target + 1,) * 3))
    assert (low["p_reach"] >= high["p_reach"]).all()
    assert (low["shortfall"] <= high["shortfall"]).all()


@given(st.permutations(["380", "389", "390"]))
def test_the_order_of_targets_changes_nothing(order):
    targets = small_targets().set_index("unit").loc[list(order)].reset_index()
    pd.testing.assert_frame_equal(
        attainment(small_forecast(), targets), attainment(small_forecast(), small_targets())
    )


def test_what_is_attained_is_certain_and_what_is_open_is_not():
    forecast = small_forecast(seed=3)
    targets = small_targets(target=tuple(forecast.so_far))
    outlook = attainment(forecast, targets)
    assert (outlook["p_reach"] == 1).all()
    assert (outlook["shortfall"] == 0).all()
    assert (outlook["needed_per_month"] == 0).all()


def test_a_missing_target_stays_missing_and_leaves_the_sum():
    outlook = attainment(small_forecast(), small_targets(target=(6, None, 3)))
    assert outlook.loc["389", ["target", "p_reach", "shortfall"]].isna().all()
    assert outlook.loc["38", "target"] == 9
    assert outlook.loc["389", "median"] >= outlook.loc["389", "so_far"]


def test_a_plain_frame_of_targets_serves():
    targets = pd.DataFrame({"unit": ["389"], "year": [2024], "target": [3]})
    outlook = attainment(small_forecast(), targets)
    assert outlook["name"].tolist() == ["380", "389", "390", "Toàn tỉnh"]
    assert outlook["target"].isna().tolist() == [True, False, True, False]


def test_at_a_day_its_month_counts_by_the_part_that_is_known():
    """By hand: at 19 September 8 + 19/30 months are known, 3 + 11/30 left."""
    forecast = small_forecast(as_of="2024-09-19")
    outlook = attainment(forecast, small_targets(target=(60, 30, 30)))
    so_far = forecast.so_far["389"]
    row = outlook.loc["389"]
    assert outlook.attrs["as_of"] == pd.Period("2024-09-19", "D")
    assert outlook.attrs["months_left"] == pytest.approx(101 / 30)
    assert row["pace"] == pytest.approx(so_far * 30 / 259)
    assert row["needed_per_month"] == pytest.approx((30 - so_far) * 30 / 101)
    assert row["naive"] == pytest.approx(so_far * 360 / 259)


def test_the_straight_line_nears_the_months_as_the_day_nears_its_end():
    at_day = attainment(small_forecast(as_of="2024-09-29"), small_targets())
    at_month = attainment(small_forecast(), small_targets())
    assert at_month.attrs["months_left"] == 3
    for column in ("pace", "naive", "needed_per_month"):
        close = pytest.approx(at_month[column].to_numpy(), rel=0.012)
        assert at_day[column].to_numpy() == close, column


def test_at_a_day_a_year_that_has_not_begun_has_no_pace():
    panel = small_forecast().panel.loc[:"2023-12"]
    months = pd.period_range("2023-12", "2024-12", freq="M")
    forecast = Forecast(panel, months, np.ones((10, 3, 13), int), pd.Period("2023-12-20", "D"))
    outlook = attainment(forecast, small_targets())
    assert outlook.attrs["months_left"] == 12
    assert outlook[["pace", "naive"]].isna().all(axis=None)
    assert (outlook["median"].iloc[:3] == 12).all()


def test_after_december_nothing_can_be_needed_a_month():
    panel = small_forecast().panel.loc[:"2023-12"]
    forecast = Forecast(panel, pd.period_range("2024-01", periods=0, freq="M"), np.zeros((10, 3, 0), int))
    targets = small_targets(target=(0, 99, 99)).assign(year=2023)
    outlook = attainment(forecast, targets)
    assert outlook.loc["380", "needed_per_month"] == 0
    assert np.isnan(outlook.loc["389", "needed_per_month"])
    assert outlook["p_reach"].tolist() == [1, 0, 0, 0]


def test_a_part_of_a_year_is_not_held_against_its_target():
    panel = small_forecast().panel
    forecast = Forecast(panel, pd.period_range("2024-10", "2024-11", freq="M"), np.zeros((10, 3, 2), int))
    with pytest.raises(ValueError, match="one that ends in December"):
        attainment(forecast, small_targets())


def test_before_a_years_targets_units_keep_their_names_and_there_is_no_straight_line():
    panel = small_forecast().panel.loc[:"2023-12"]
    forecast = Forecast(panel, pd.period_range("2024-01", "2024-12", freq="M"), np.ones((10, 3, 12), int))
    outlook = attainment(forecast, small_targets().assign(year=2023))
    assert outlook["name"].tolist() == ["Huyện 380", "Huyện 389", "Huyện 390", "Tỉnh Thanh Hóa"]
    assert outlook[["pace", "naive", "target"]].isna().all(axis=None)


@pytest.mark.parametrize("level", [0, 1, 80, -0.1])
def test_a_level_that_is_no_probability_is_refused(level):
    with pytest.raises(ValueError, match=r"such as 0\.8"):
        attainment(small_forecast(), small_targets(), level=level)


def test_the_inputs_are_not_changed():
    forecast, targets = small_forecast(), small_targets()
    before = (forecast.panel.copy(), targets.copy())
    attainment(forecast, targets)
    pd.testing.assert_frame_equal(forecast.panel, before[0])
    pd.testing.assert_frame_equal(targets, before[1])
