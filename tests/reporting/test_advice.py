"""The plan and the pipeline in words."""

from dataclasses import replace

import pytest
from words import in_each_language

import ocop_forecast as ocop
from ocop_forecast.bands import band, by_need, likely
from ocop_forecast.i18n.catalogue import LANGUAGES, set_options
from ocop_forecast.planning.coverage import coverage
from ocop_forecast.reporting.advice import assumptions, on_the_way


@pytest.fixture(scope="module")
def outlook(projection, province):
    """An outlook whose probabilities have earned to be shown in per cent."""
    return ocop.assess(replace(projection.forecast, earned=True), province)


@pytest.fixture(scope="module")
def plan(outlook):
    return ocop.support(outlook, budget=1_500_000_000)


@pytest.fixture(scope="module")
def banded(plan):
    """The plan where they have not."""
    return replace(plan, earned=False)


def test_a_plan_says_what_it_does_with_the_figures_of_its_tables(plan):
    with set_options(lang="en"):
        said = ocop.advice(plan)
    first, who, *_ = said.splitlines()
    row = plan.summary.loc["units"]
    assert f"from {row['without']:.1f} to {row['with_']:.1f}" in first
    assert "1,500 million VND" in first
    assert f"for {plan.table['supports'].sum()} dossiers" in first
    for row in plan.table[plan.table["supports"] > 0].itertuples():
        assert f"{row.name} ({row.supports})" in who


def test_what_is_assumed_is_never_left_out(plan, outlook):
    nothing = ocop.support(replace(outlook, waiting=None), budget=0)
    for told in (plan, nothing):
        with set_options(lang="en"):
            assert "Assumed, not measured" in ocop.advice(told)
            assert "39% (12% to 72%)" in ocop.advice(told)
    own = ocop.support(replace(outlook, waiting=None), budget=1e8, effect=0.5)
    with set_options(lang="en"):
        assert "The planner's assumption" in ocop.advice(own)


@pytest.mark.parametrize("goal", ["units", "products", "province"])
def test_every_goal_has_words_in_both_languages(outlook, goal):
    plan = ocop.support(outlook, budget=1e9, goal=goal)
    vietnamese, english = in_each_language(lambda: ocop.advice(plan))
    assert len(vietnamese.splitlines()) == len(english.splitlines()) >= 4
    assert "1.000 triệu đồng" in vietnamese


def test_ngoc_lac_is_explained(plan):
    with set_options(lang="en"):
        said = ocop.advice(plan, "389")
    row = plan.table.loc["389"]
    assert said.startswith(f"Ngọc Lặc gets support for {row['supports']} dossiers: 0 of 3 so far")
    assert f"to {100 * row['p_with']:.0f}%" in said


def test_where_no_per_cent_is_earned_a_units_chances_are_told_by_their_bands(banded):
    for code, row in banded.table[banded.table["supports"] > 0].iterrows():
        with set_options(lang="en"):
            said = ocop.advice(banded, code)
            before, after = (likely(row[name], earned=False) for name in ("p_reach", "p_with"))
        assert f"the chance of the target {before} without it, {after} with it." in said
        assert "%" not in said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_where_no_per_cent_is_earned_units_are_named_that_rise_into_another_band(plan, banded, lang):
    table = plan.table.dropna(subset=["p_reach", "p_with"])
    risen = by_need(table[table["p_reach"].map(band) < table["p_with"].map(band)], earned=False)
    with set_options(lang=lang):
        said, usual = ocop.advice(banded).splitlines(), ocop.advice(plan).splitlines()
        arrows = [f"{likely(row.p_reach, False)} → {likely(row.p_with, False)}" for row in risen.itertuples()]
    named = ", ".join(f"{name} ({arrow})" for name, arrow in zip(risen["name"], arrows, strict=True))
    assert len(risen) > 1
    assert said[2].endswith(f": {named}.")
    assert "%" not in said[2]
    assert "50%" in usual[2]


def test_where_no_per_cent_is_earned_the_provinces_chance_is_told_by_its_band(outlook):
    plan = replace(ocop.support(outlook, budget=1e9, goal="province"), earned=False)
    ends = plan.summary.loc["province", ["without", "with_"]].map(lambda p: likely(p, earned=False))
    with set_options(lang="en"):
        first, *_ = ocop.advice(plan).splitlines()
    words = ends.map({"thấp": "low", "trung bình": "middle", "cao": "high"})
    assert first.endswith(f"{words['without']} without support, {words['with_']} with it.")


def test_who_gets_nothing_is_told_why(plan):
    with set_options(lang="en"):
        assert "has reached its target" in ocop.advice(plan, "390")
        assert "a new one is needed first" in ocop.advice(plan, "381")
    others = plan.table[
        (plan.table["supports"] == 0) & (plan.table["limit"] > 0) & (plan.table["p_reach"] < 0.99)
    ]
    with set_options(lang="en"):
        assert "does more elsewhere" in ocop.advice(plan, others.index[0])


def test_money_that_gains_nothing_is_left_and_said_so(outlook):
    rich = ocop.support(outlook, budget=1e10)
    assert rich.spent < 1e10
    with set_options(lang="en"):
        assert "remain" in ocop.advice(rich)


def test_the_table_of_assumptions_multiplies_up(plan, outlook):
    with set_options(lang="en"):
        table = assumptions(plan)
    low, mid, high = (table[name].iloc[:2].prod() for name in ("lowest", "value", "highest"))
    assert table[["lowest", "value", "highest"]].iloc[2].tolist() == pytest.approx(
        [low, mid, high], abs=0.005
    )
    assert "185 dossiers before 8 published councils" in table["source"].iloc[0]
    own = ocop.support(replace(outlook, waiting=None), budget=1e8, effect=0.5)
    with set_options(lang="en"):
        assert assumptions(own)["source"].tolist() == ["given by the planner"]


def test_the_pipeline_says_how_far_it_is_believed(projection, province):
    standing = coverage(projection, ocop.assess(projection, province))
    with set_options(lang="en"):
        said = on_the_way(standing)
    assert f"{len(province.waiting)} dossiers are on their way" in said
    assert f"believes the dossiers {100 * projection.pool.weight:.0f}%" in said
    assert "Bỉm Sơn (0/2)" in said
    standing.attrs["snapshots"] = 0
    with set_options(lang="en"):
        assert "the forecast does not use them" in on_the_way(standing)
