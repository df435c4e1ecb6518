"""Every question of the embedded province is answered so that page, workbook and notebook can show it."""

import re

import pytest

import ocop_forecast as ocop
from ocop_forecast import style
from ocop_forecast.answers.answer import Asked
from ocop_forecast.answers.every import every
from ocop_forecast.reporting import questions

LONGEST = 220  # letters of a sentence that is read at once
SHEET = re.compile(r"[^][:*?/\\]{1,31}")  # what Excel takes for the name of a sheet


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_an_answer_can_be_shown_wherever_it_is_read(province, projection, lang):
    outlook = ocop.assess(projection, province)
    before = ocop.read_province(as_of="2024-08", dossiers="example")
    explanation = ocop.explain(before, province, draws=200)
    with ocop.set_options(lang=lang):
        found = every(Asked(province, projection, outlook, None, explanation))
        assert [one.name for one in found] == [
            *("moved", "targets", "stars", "certificates", "calendar", "promises", "experts", "years"),
        ]
        for one in found:
            assert SHEET.fullmatch(one.title), one.title
            assert len(one.sentences[0]) <= LONGEST, one.sentences[0]
            if one.table is not None:
                assert len(questions.as_read(one, outlook)) == len(one.table)
            if one.draw is not None:
                assert b"<svg" in style.svg(one.draw())
    assert len({one.title for one in found}) == len(found)
