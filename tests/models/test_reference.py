"""The reference class: its facts, what it says of a ratio and a season, and how own years move both."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocop_forecast.models.reference import RATIO, Record, Reference, fit_law, ultimate
from ocop_forecast.periods import last_known, passed

CLASS = Reference.read()
SEPTEMBER = 9.0


def record(ratio, years=6, target=100, share=None):
    """Return an office's years, each `ratio` times its target, with the parts `share` of months and after."""
    share = np.full(13, 1 / 13) if share is None else np.asarray(share, float)
    return Record(np.full(years, target), np.tile(ratio * target * share, (years, 1)))


def test_every_case_of_the_class_has_a_source_and_only_known_kinds_of_finals():
    assert CLASS.progress["source_url_or_page"].str.strip().ne("").all()
    assert CLASS.rounds["source"].str.strip().ne("").all()
    assert set(CLASS.progress["final_from"]) == {"announced", "derived"}
    assert not CLASS.cases.duplicated(["unit", "year"]).any()


def test_a_place_left_out_is_in_neither_table():
    others = CLASS.without("Cần Thơ")
    assert "Cần Thơ" not in {*others.progress["unit"], *others.rounds["unit"]}
    assert len(others.cases) == len(CLASS.cases) - 2


def test_the_season_is_late_and_some_of_it_after_december():
    assert CLASS.season.sum() == pytest.approx(1)
    assert CLASS.season[9:12].sum() > CLASS.season[:9].sum()
    assert 0.15 < CLASS.season[12] < 0.4


def test_a_season_by_hand():
    rounds = pd.DataFrame(
        {
            "unit": ["a", "a", "b", "c"],
            "date": ["2022-07", "2022-12-20", "2023-02", "2022-12"],
            "programme_year": [2022, 2022, 2022, 2022],
            "recognised_new": [1, 3, 50, 7],
        }
    )
    season = Reference(CLASS.progress.iloc[:0], rounds).season
    assert season[12] == pytest.approx(1 / 3)  # of three places' years one came late, whatever its size
    months = np.array([0.0] * 6 + [0.25] + [0.0] * 4 + [1.75]) + 2 / 12
    assert season[:12] == pytest.approx(months / months.sum() * 2 / 3)


def test_the_class_believes_neither_the_announced_nor_the_derived_alone():
    law = fit_law(CLASS, SEPTEMBER)
    reached = law.ratio[RATIO >= 0].sum()
    of = {
        kind: (part["final_new"] >= part["target_new"]).mean()
        for kind, part in CLASS.cases.groupby("final_from")
    }
    assert of["derived"] < reached < of["announced"]


def test_a_long_own_record_overrules_the_class():
    low, high = (fit_law(CLASS, SEPTEMBER, record(ratio, years=12)).ratio for ratio in (0.5, 3.0))
    assert low[RATIO >= 0].sum() < 0.05 < 0.95 < high[RATIO >= 0].sum()
    early = [0.1] * 9 + [0.04, 0.03, 0.02, 0.01]
    season = fit_law(CLASS, SEPTEMBER, record(1.0, years=12, share=early))
    assert season.weight @ season.season[:, :9].sum(axis=1) == pytest.approx(0.9, abs=0.02)


def test_one_own_year_moves_the_law_a_part_of_the_way():
    none, one, many = (
        fit_law(CLASS, SEPTEMBER, record(0.5, years)).ratio[RATIO >= 0].sum() for years in (0, 1, 8)
    )
    assert many < one < none


def test_an_own_year_without_a_product_is_no_division_by_zero():
    law = fit_law(CLASS, SEPTEMBER, record(0.0, years=3))
    assert np.isfinite(law.ratio).all()
    assert law.ratio[RATIO >= 0].sum() < 0.2


@given(st.integers(0, 300), st.integers(1, 200), st.floats(0, 12))
def test_probabilities_are_probabilities_and_the_close_is_never_less_likely_than_december(
    so_far, target, now
):
    law = ultimate(fit_law(CLASS, now), so_far, target, now)
    close, december = law.p_reach(target), law.p_by_december(target)
    assert -1e-9 <= december <= close + 1e-9 <= 1 + 2e-9
    assert law.weight.sum() == pytest.approx(1)


@given(st.integers(1, 150), st.floats(0, 12))
def test_a_greater_target_from_the_same_stand_is_no_likelier(target, now):
    less, more = (ultimate(fit_law(CLASS, now), 0, one, now).p_reach(one) for one in (target, target + 1))
    assert more <= less + 0.05


def test_what_is_reached_is_certain_and_a_quantile_is_not_below_it():
    law = ultimate(fit_law(CLASS, SEPTEMBER), 120, 100, SEPTEMBER)
    assert law.p_reach(100) == law.p_by_december(100) == 1
    assert 120 <= law.quantile(0.1) <= law.quantile(0.5) <= law.quantile(0.9)


def test_draws_agree_with_the_law_they_are_from():
    law = ultimate(fit_law(CLASS, SEPTEMBER), 52, 120, SEPTEMBER)
    by_december, after = law.draw(20_000, np.random.default_rng(1))
    assert (52 + by_december + after >= 120).mean() == pytest.approx(law.p_reach(120), abs=0.015)
    assert (52 + by_december >= 120).mean() == pytest.approx(law.p_by_december(120), abs=0.015)
    finals = 52 + by_december + after
    assert (finals <= law.quantile(0.9)).mean() == pytest.approx(0.9, abs=0.015)


def test_after_a_december_nothing_comes_by_it():
    law = ultimate(fit_law(CLASS, 12.0), 52, 120, 12.0)
    assert law.draw(500, np.random.default_rng(1))[0].max() <= 1
    assert law.p_by_december(120) < 0.01 < law.p_reach(120)


def test_months_passed_are_counted_by_day():
    assert passed(last_known("2024-09-12")) == pytest.approx(8.4)
