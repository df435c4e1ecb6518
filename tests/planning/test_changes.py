"""What changed: every fact that became another is told, and nothing else."""

import numpy as np
import pandas as pd
import pytest
from conftest import small_targets

from ocop_forecast import Forecast
from ocop_forecast.i18n.catalogue import set_options
from ocop_forecast.planning.changes import Earlier, changes
from ocop_forecast.planning.outlook import Outlook
from ocop_forecast.reporting.reasons import changed, summary

UNITS = ("389", "390")


def said(counts, as_of="2024-09", target=(3, 4), units=UNITS, draws=(0, 1, 2, 3), **more):
    """Return the outlook where units have these counts in their last months known."""
    as_of = pd.Period(as_of)
    known = pd.period_range("2024-01", as_of.asfreq("M"), freq="M")
    panel = pd.DataFrame(0, known, list(units))
    for unit, months in counts.items():
        for month, count in months.items():
            panel.loc[pd.Period(month), unit] = count
    first = known[-1] + int(as_of.freqstr == "M")
    months = pd.period_range(first, "2024-12", freq="M")
    rest = np.zeros((len(draws), len(units), len(months)), int)
    rest[:, :, 0] = np.reshape(draws, (-1, 1))
    forecast = Forecast(panel, months, rest, as_of)
    return Outlook.of(forecast, small_targets(units, target), **more)


def between(before, now):
    """Return the changes from one thing said to another."""
    return changes(now, Earlier(before.forecast, before.table.assign(flag=before.flags["flag"])))


def told(before, now):
    """Return the table of the changes, with words."""
    return changed(between(before, now))


def test_new_recognitions_and_a_passed_month_are_told_apart():
    before = said({"390": {"2024-05": 1}}, "2024-08")
    table = told(before, said({"390": {"2024-05": 1, "2024-09": 2}}))
    assert table.loc["390", "why_en"] == "2 more recognised"
    assert table.loc["389", "why_en"] == "nothing new from August 2024 to September 2024"
    assert table.loc["38", "why_en"] == "2 more recognised"
    assert table.loc["390", ["so_far_before", "so_far"]].tolist() == [1, 3]
    assert between(before, said({})).before == pd.Period("2024-08")


def test_what_was_entered_late_or_struck_is_no_new_recognition():
    before = said({"389": {"2024-05": 1}, "390": {"2024-06": 3}}, "2024-08")
    table = told(before, said({"389": {"2024-05": 2, "2024-09": 1}, "390": {"2024-06": 1}}))
    assert table.loc["389", "why_en"] == "1 more recognised; 1 of earlier months was entered late"
    assert table.loc["390", "why_en"].startswith("2 of earlier months are no longer in the register; nothing")
    assert table.loc["38", "why_en"] == "1 more recognised; 1 of earlier months is no longer in the register"


def test_of_a_day_the_rest_of_its_month_is_new_and_not_late():
    before = said({"389": {"2024-09": 1}}, "2024-09-19")
    table = told(before, said({"389": {"2024-09": 3}}))
    assert table.loc["389", "why_en"] == "2 more recognised"


def test_another_target_is_told_and_a_first_one_too():
    table = told(said({}, target=(3, None)), said({}, target=(2, 4)))
    assert table.loc["389", "why_en"] == "target from 3 to 2"
    assert table.loc["390", "why_en"] == "target from – to 4"
    assert table.loc["390", ["flag_before", "flag"]].tolist() == ["no_target", "needs_support"]


def test_without_a_fact_of_its_own_a_unit_moved_with_the_province():
    table = told(said({}), said({}, draws=(3, 4, 4, 4)))
    assert table.loc["389", "moved"]
    assert table.loc["389", "why_en"].startswith("its own figures are as they were")


def test_a_unit_that_was_not_there_is_new():
    table = told(said({}, target=(3,), units=("389",)), said({}))
    assert table.loc["390", "why_en"] == "was not in the last run (a new unit)"
    assert table["moved"].tolist() == [False, True, False]


def test_a_report_that_came_in_is_told():
    table = told(said({}, silent={"389": ()}), said({}))
    assert table.loc["389", ["flag_before", "flag"]].tolist() == ["no_report", "needs_support"]
    assert table.loc["389", "why_en"] == "what is reported changed"


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_summary_counts_who_moved_and_the_provinces_probability(lang):
    found = between(said({}, "2024-08"), said({"390": {"2024-09": 4}}))
    with set_options(lang=lang):
        first, second = summary(found).splitlines()
    assert "1/2" in first or "1 of 2" in first
    assert "8/2024" in first or "August 2024" in first
    assert "4" in second
    untold = between(said({}, "2024-08", target=(None, None)), said({}, target=(None, None)))
    with set_options(lang=lang):
        assert len(summary(untold).splitlines()) == 1


def test_only_units_that_moved_or_whose_figures_changed_are_their_own():
    found = between(said({}, "2024-08", target=(30, 40)), said({"390": {"2024-09": 1}}, target=(30, 40)))
    assert found.own.index.tolist() == ["390"]
    moved = between(said({}, "2024-08", target=(3, 40)), said({"390": {"2024-09": 1}}, target=(1, 40)))
    assert moved.own.index.tolist() == ["389", "390"]
    assert between(said({}, target=(None, 4)), said({}, target=(None, 4))).own.empty


def test_what_was_struck_from_a_days_own_month_is_told():
    before = said({"389": {"2024-09": 3}}, "2024-09-19")
    table = told(before, said({"389": {"2024-09": 1}}))
    assert table.loc["389", "why_en"].startswith("2 of earlier months are no longer in the register")
