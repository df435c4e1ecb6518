"""The questions about stars, certificates and days: one short sentence, in both languages."""

from dataclasses import replace

import pandas as pd
import pytest

from ocop_forecast import assess, set_options
from ocop_forecast.answers import calendar, certificates, stars
from ocop_forecast.answers.answer import Asked
from ocop_forecast.reporting import questions

QUESTIONS = (stars, certificates, calendar)


@pytest.fixture(scope="module")
def asked(province, projection):
    return Asked(province, projection, assess(projection, province))


@pytest.fixture(scope="module")
def answers(asked):
    """Each question's answer by language."""
    told = {}
    for lang in ("vi", "en"):
        with set_options(lang=lang):
            told[lang] = {question.__name__: question.answer(asked) for question in QUESTIONS}
    return told


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_first_sentence_is_short_and_the_title_a_sheets_name(answers, lang):
    for answer in answers[lang].values():
        assert len(answer.sentences[0]) <= 200
        assert set(answer.styles) == set(answer.table.columns)
        with set_options(lang=lang):
            assert len(answer.title) <= 31
            assert not set(answer.title) & set("[]:*?/\\")


def test_both_languages_tell_the_same_figures(answers):
    for one, other in zip(answers["vi"].values(), answers["en"].values(), strict=True):
        numbers = one.table.select_dtypes("number")
        assert (numbers.to_numpy(float) == other.table[[*numbers]].to_numpy(float)).sum() > 0 or numbers.empty


def test_no_per_cent_of_a_chance_is_shown_where_none_is_earned(asked, answers):
    assert not asked.outlook.earned
    for answer in answers["vi"].values():
        assert "%" not in " ".join(answer.sentences)
        assert not questions.as_read(answer, asked.outlook).map(lambda text: "%" in text).any(axis=None)


def test_the_goals_that_are_entered_are_told_and_else_where_to_enter_them(asked, answers):
    sentences = answers["en"]["ocop_forecast.answers.stars"].sentences
    assert "of 13 wanted" in sentences[0]
    assert "of 4 wanted" in sentences[0]
    without = replace(asked, province=replace(asked.province, goals=None))
    with set_options(lang="en"):
        assert "goals" in stars.answer(without).sentences[1]
        assert any("goals" in line for line in certificates.answer(without).sentences)
        row = {"year": 2027, "four_star": None, "five_star": None, "valid": 600}
        goals = pd.DataFrame([row]).astype({"valid": "Int64"})
        entered = replace(asked, province=replace(asked.province, goals=goals))
        assert any("600" in line for line in certificates.answer(entered).sentences)


def test_reports_without_a_register_are_not_asked(asked):
    reports = replace(asked.province, progress=pd.DataFrame())
    assert [question.answer(replace(asked, province=reports)) for question in QUESTIONS] == [None] * 3


def test_each_picture_is_drawn(answers):
    from ocop_forecast import style

    for name in ("stars", "certificates"):
        axes = answers["vi"][f"ocop_forecast.answers.{name}"].draw()
        assert style.title(axes)
