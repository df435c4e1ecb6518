"""The effect of support: its factors, the office's own word, and what councils passed."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocop_forecast.planning.effects import assumed, factors, rescues
from ocop_forecast.tables.dossiers import CANDIDATES, PASSED
from ocop_forecast.tables.sources import DATA

UNITS = ["380", "389", "390"]


def test_the_usual_effect_is_the_product_of_its_factors():
    table = factors()
    assert table.loc["passes"].tolist() == [144 / 185, 7 / 15, 24 / 25, "published"]
    assert table.loc["in_time"].tolist() == [0.5, 0.25, 0.75, "assumed"]
    effects = assumed(UNITS)
    assert effects.index.tolist() == UNITS
    assert effects.drop_duplicates().to_numpy().tolist() == [[0.39, 0.12, 0.72, "assumed"]]


def test_a_number_is_the_effect_of_every_unit_without_a_range():
    assert assumed(UNITS, 0.5).to_numpy().tolist() == [[0.5, 0.5, 0.5, "given"]] * 3
    assert assumed(UNITS, 1)["effect"].tolist() == [1, 1, 1]


def test_a_units_own_row_goes_before_that_of_all_and_a_later_one_before_an_earlier():
    table = pd.DataFrame(
        {
            "unit": ["389", None, "380", "380"],
            "effect": [0.2, 0.5, 0.9, 0.8],
            "low": [0.1, None, None, 0.7],
            "high": [None, 0.6, None, None],
            "source": ["survey", "guess", None, None],
        }
    )
    effects = assumed(UNITS, table)
    assert effects[["low", "effect", "high"]].to_numpy().tolist() == [
        [0.7, 0.8, 0.8],
        [0.1, 0.2, 0.2],
        [0.5, 0.5, 0.6],
    ]
    assert effects["source"].iloc[1:].tolist() == ["survey", "guess"]
    assert pd.isna(effects["source"].iloc[0])


def test_who_is_not_told_of_has_the_usual_effect():
    effects = assumed(UNITS, pd.DataFrame({"unit": ["389"], "effect": [0.5]}))
    assert effects["effect"].tolist() == [0.39, 0.5, 0.39]
    assert assumed(UNITS, pd.DataFrame({"effect": [0.5]}))["effect"].tolist() == [0.5] * 3
    pd.testing.assert_frame_equal(assumed(UNITS, pd.DataFrame({"unit": [], "effect": []})), assumed(UNITS))


def test_the_usual_range_holds_about_80_per_cent_of_what_the_effect_may_be():
    (worlds,) = rescues(assumed(["380"]))
    assert ((worlds > 0.12) & (worlds < 0.72)).mean() == pytest.approx(0.8, abs=0.06)
    assert worlds.mean() == pytest.approx(0.39, abs=0.001)


@given(st.lists(st.integers(0, 100), min_size=3, max_size=3).map(sorted))
def test_what_the_effect_may_be_has_its_mean_and_rises(ends):
    low, effect, high = np.divide(ends, 100)
    (worlds,) = rescues(pd.DataFrame({"low": [low], "effect": [effect], "high": [high]}))
    assert worlds.mean() == pytest.approx(effect, abs=0.0015)
    assert (np.diff(worlds) >= 0).all()
    assert ((worlds >= 0) & (worlds <= 1)).all()
    assert (worlds == effect).all() == (low == high or effect in (0, 1))


def test_a_wider_range_is_more_doubt():
    spreads = [
        rescues(pd.DataFrame({"low": [0.4 - w], "effect": 0.4, "high": [0.4 + w]})).std()
        for w in (0.1, 0.2, 0.3)
    ]
    assert spreads == pytest.approx([w / 1.2816 for w in (0.1, 0.2, 0.3)], rel=0.05)


@pytest.mark.parametrize(
    "row",
    [
        {"effect": 1.1},
        {"effect": -0.1},
        {"effect": 0.5, "low": 0.6},
        {"effect": 0.5, "high": 0.4},
        {"effect": 0.5, "low": -0.1},
        {"effect": 0.5, "high": 1.1},
        {"low": 0.1, "high": 0.4},
    ],
)
def test_an_effect_that_is_no_probability_within_its_range_is_refused(row):
    with pytest.raises(ValueError, match=r"0 <= low <= effect <= high <= 1, not .* in 389"):
        assumed(UNITS, pd.DataFrame([{"unit": "389", **row}], columns=["unit", "effect", "low", "high"]))


def test_an_unknown_unit_is_refused():
    with pytest.raises(ValueError, match="999"):
        assumed(UNITS, pd.DataFrame({"unit": ["999", "389"], "effect": [0.5, 0.5]}))


def test_the_provincial_councils_are_those_of_the_published_figures():
    figures = pd.read_csv(DATA / "published_figures.csv")
    figures = figures[(figures["unit"] == "Thanh Hóa") & figures["as_of_date"].between("2021-04", "2022-04")]
    told = {measure: rows["value"].astype(int) for measure, rows in figures.groupby("measure")}
    assert tuple(told["batch_candidates"]) == CANDIDATES[:5]
    assert tuple(told["batch_recognised"]) == PASSED[:1] + PASSED[2:5]
    # what June 2021 passed: from 69 + 7 to 100
    assert told["cumulative_recognised"].iloc[0] - 69 - PASSED[0] == PASSED[1]
