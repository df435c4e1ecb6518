"""Which target to set: both years in one table, sums, bounds and the ratchet said, in words and a picture."""

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ocop_forecast as ocop
from ocop_forecast import style
from ocop_forecast.answers.answer import Asked
from ocop_forecast.answers.targets import STYLES, answer, bounds
from ocop_forecast.i18n.catalogue import LANGUAGES, label
from ocop_forecast.planning.years import next_year


def asked(projection, province):
    """All that the answer is asked of."""
    return Asked(province, projection, ocop.assess(projection, province))


@pytest.fixture(scope="module")
def told(projection, province):
    with ocop.set_options(lang="en"):
        return answer(asked(projection, province))


@given(st.integers(1, 200), st.integers(0, 3000))
def test_bounds_are_the_nearest_that_allow_the_total(units, total):
    floor, cap = bounds(units, total)
    assert floor * units <= total <= cap * units
    assert floor == 2 or (floor + 1) * units > total
    assert cap == 8 or (cap - 1) * units < total


def test_both_years_stand_side_by_side_and_add_up(told, projection, province):
    units, whole = told.table.iloc[:-1], told.table.iloc[-1]
    for name in ("target", "proposed", "by_effort", "next_proposed", "next_by_effort"):
        assert units[name].sum() == whole[name] == 120
    after = next_year(projection, province).forecast.year_end()
    reached = (after >= units["next_met_80"]).mean()
    assert (reached >= 0.8).all()
    assert ((after >= units["next_met_80"] + 1).mean() < 0.8).all()
    assert ((after.sum(axis=1) >= whole["next_met_50"]).mean()) >= 0.5


def test_what_is_shown_of_the_table_is_there_and_has_a_heading(told):
    assert {*STYLES} <= {*told.table}
    assert all(label(f"column_{name}") for name in STYLES)
    assert len(told.title) <= 31


def test_no_per_cent_is_said_of_a_chance_that_has_earned_none(told):
    assert not told.table["next_chance"].str.contains("%").any()
    assert "high" in told.sentences[1]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_answer_is_one_line_and_all_blanks_are_filled(projection, province, lang):
    with ocop.set_options(lang=lang):
        said = answer(asked(projection, province)).sentences
    assert len(said[0]) <= 200
    assert not any(sign in line for line in said for sign in "{}")


def test_who_met_the_target_and_would_get_more_is_named(told):
    table = told.table.iloc[:-1]
    raised = table[(table["so_far"] >= table["target"]) & (table["next_proposed"] > table["target"])]
    line = next(line for line in told.sentences if "ratchet" in line or "holds back" in line)
    assert not raised.empty
    assert all(name in line for name in raised["name"])


def test_without_targets_what_is_as_likely_as_not_is_split(projection, province):
    bare = replace(
        province, targets=province.targets.assign(target=pd.array([pd.NA] * len(province.targets), "Int64"))
    )
    with ocop.set_options(lang="en"):
        said = answer(asked(projection, bare))
    whole = said.table.iloc[-1]
    assert whole["next_proposed"] == whole["next_met_50"] > 0
    assert "Enter targets" in said.sentences[2]


def test_the_picture_has_every_unit_in_order_of_need(told, projection, province):
    axes = told.draw()
    names = [text.get_text() for text in axes.get_yticklabels()]
    assert names == [*ocop.assess(projection, province).ordered["name"].map(style.name)]
    style.images(axes, ("png",), dpi=20)
