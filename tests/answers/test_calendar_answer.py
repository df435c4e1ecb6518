"""The calendar as an answer: each deadline has its day and its place; without any there is a sentence."""

from dataclasses import replace

import ocop_forecast as ocop
from ocop_forecast.answers import calendar
from ocop_forecast.answers.answer import Asked
from ocop_forecast.planning.deadlines import deadlines


def test_every_deadline_has_its_day_and_its_place(province, projection):
    due = deadlines(province)
    table = calendar.answer(Asked(province, projection, ocop.assess(projection, province))).table
    assert len(table) == len(due)
    assert (table[["date", "what", "name"]] != "").all().all()
    assert table["name"].isin([*province.units["name"], province.name]).all()


def test_without_deadlines_only_the_sentence_stands(province, projection):
    none = replace(province, register=province.register.iloc[:0], rounds=None)
    none.register.attrs = province.register.attrs
    found = calendar.answer(Asked(none, projection, ocop.assess(projection, province)))
    assert (found.table, len(found.sentences)) == (None, 1)
