"""Cancelled councils and full sittings: what each would cost, beside the year as planned."""

from dataclasses import replace

import pandas as pd
import pytest

import ocop_forecast as ocop
from ocop_forecast import style
from ocop_forecast.answers import experts
from ocop_forecast.answers.answer import Asked
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import month


@pytest.fixture(scope="module")
def question(projection, province):
    """A question about the shared forecast."""
    return Asked(province, projection, ocop.assess(projection, province))


@pytest.fixture(scope="module")
def told(question):
    """Its answer."""
    return experts.answer(question)


def test_each_month_with_a_planned_round_is_cancelled_and_lost_costs_no_less_than_waiting(told):
    fewer, months = told.table["fewer"], pd.period_range("2024-10", "2024-12", freq="M").map(month)
    assert fewer[label("act_none")] == 0
    for at in months[:2]:
        assert fewer[label("act_lost", month=at)] > fewer[label("act_waits", month=at)] >= 0
    assert label("act_waits", month=months[-1]) not in fewer
    sittings = [label("act_capacity", count=count) for count in experts.CAPACITIES]
    assert fewer[sittings].is_monotonic_decreasing


def test_the_first_line_names_the_month_that_costs_most(told, projection):
    monthly = projection.forecast.draws.sum(axis=1).mean(axis=0)
    worst = projection.forecast.months[monthly.argmax()]
    assert str(worst.month) in told.sentences[0]
    assert told.table["fewer"].max() == pytest.approx(monthly.max())


def test_without_planned_rounds_or_targets_the_answer_says_what_to_enter(question, province):
    held = province.rounds[province.rounds["status"] == "held"]
    for other in (None, held):
        asked = replace(question, province=replace(province, rounds=other))
        assert len(experts.answer(asked).sentences) == 1
    bare = replace(question.outlook, table=question.outlook.table.assign(target=pd.NA))
    assert experts.answer(replace(question, outlook=bare)).table is None


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_picture_has_a_row_for_each_act(question, language):
    style.offscreen()
    with ocop.set_options(lang=language):
        answer = experts.answer(question)
        assert len(answer.draw().get_yticklabels()) == len(answer.table)
