"""What districts promise: the answer with a table, without one, and where no per cent is earned."""

from dataclasses import replace

import pandas as pd
import pytest

import ocop_forecast as ocop
from ocop_forecast import style
from ocop_forecast.answers import promises
from ocop_forecast.answers.answer import Asked
from ocop_forecast.reporting import questions

SAID = pd.DataFrame({"unit": ["389", "390"], "said_on": pd.to_datetime("2024-09-20"), "december": [5, 12]})


@pytest.fixture(scope="module")
def outlook(projection, province):
    """The outlook of the shared forecast."""
    return ocop.assess(projection, province)


def asked(province, projection, outlook, said, earned=True):
    """A question about a province with these promises."""
    told = replace(outlook, forecast=replace(outlook.forecast, earned=earned))
    return Asked(replace(province, commitments=said), projection, told)


def test_without_promises_of_the_year_the_answer_says_what_to_enter(province, projection, outlook):
    for said in (None, SAID.assign(said_on=pd.Timestamp("2023-09-20"))):
        told = promises.answer(asked(province, projection, outlook, said))
        assert len(told.sentences) == 1
        assert "commitments" in told.sentences[0] or "Cam kết" in told.sentences[0]
        assert told.table is None


def test_the_answer_holds_the_units_that_promised(province, projection, outlook):
    told = promises.answer(asked(province, projection, outlook, SAID))
    assert told.table.index.tolist() == ["389", "390"]
    assert {*told.styles} <= {*told.table.columns}
    assert all(len(line) <= 200 for line in told.sentences)
    assert "17" in told.sentences[0]


def test_what_is_not_earned_is_said_in_words(province, projection, outlook):
    question = asked(province, projection, outlook, SAID, earned=False)
    told = promises.answer(question)
    at = [*told.styles].index("p_heard")
    cells = [row[at] for row in questions.rows(told, question.outlook)]
    assert cells
    assert all(isinstance(word, str) and style == "text" for word, style in cells)
    assert "%" not in told.sentences[1]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_picture_names_each_unit_that_promised(province, projection, outlook, language):
    style.offscreen()
    with ocop.set_options(lang=language):
        axes = promises.answer(asked(province, projection, outlook, SAID)).draw()
        assert sorted(tick.get_text() for tick in axes.get_yticklabels()) == ["Cẩm Thủy", "Ngọc Lặc"]
