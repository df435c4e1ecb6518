"""Flags and their reasons."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import small_forecast, small_targets

from ocop_forecast import Forecast, Rule
from ocop_forecast.i18n.catalogue import LANGUAGES, label, set_options
from ocop_forecast.planning.flags import FLAGS
from ocop_forecast.planning.outlook import Outlook
from ocop_forecast.reporting.pack import as_read, headline, table
from ocop_forecast.reporting.reasons import reasons, why
from ocop_forecast.tables.dossiers import COUNCIL


def outlook_of(p_reach, so_far=0, target=3, as_of="2024-09", **known):
    forecast = replace(small_forecast(as_of=as_of), earned=known.pop("earned", True))
    outlook = Outlook.of(forecast, small_targets(), **known)
    outlook.table.loc["389", ["so_far", "target", "p_reach"]] = [so_far, target, p_reach]
    return outlook


def flagged(**terms):
    """Return flags and reasons where some terms are known and targets are these."""
    target = terms.pop("target")
    return reasons(Outlook.of(small_forecast(), small_targets(target=target), **terms))


@pytest.mark.parametrize(
    ("p_reach", "so_far", "target", "expected"),
    [
        (1.0, 3, 3, "attained"),
        (1.0, 4, 3, "attained"),
        (1.0, 0, 0, "no_target"),
        (0.7, 0, 3, "on_track"),
        (0.694, 0, 3, "at_risk"),
        (0.696, 0, 3, "on_track"),
        (0.3, 0, 3, "at_risk"),
        (0.294, 0, 3, "needs_support"),
        (0.0, 0, 3, "needs_support"),
    ],
)
def test_each_flag_at_its_threshold(p_reach, so_far, target, expected):
    assert reasons(outlook_of(p_reach, so_far, target)).loc["389", "flag"] == expected


def test_a_missing_target_and_a_silent_unit_have_flags_of_their_own():
    flags = flagged(target=(6, None, 99), silent={"390": ()})
    assert flags.loc[["389", "390"], "flag"].tolist() == ["no_target", "no_report"]


def test_a_unit_that_has_not_reported_a_month_is_flagged_with_it_unless_it_has_attained():
    months = (pd.Period("2024-08"), pd.Period("2024-09"))
    flags = flagged(target=(99, 99, 1), silent={"389": months, "390": months})
    assert flags.loc[["380", "389", "390"], "flag"].tolist() == ["needs_support", "no_report", "attained"]
    so_far = small_forecast().so_far["389"]
    assert flags.loc["389", "reason_en"].startswith(
        f"Not reported: August 2024, September 2024. The {so_far} so far may be too few."
    )
    assert "Chưa báo cáo tháng 8/2024, tháng 9/2024" in flags.loc["389", "reason_vi"]


def test_the_reason_names_the_figures_in_both_languages():
    said = reasons(outlook_of(0.31)).loc["389"]
    assert said["reason_vi"].startswith("0/3 tính đến tháng 9/2024. Cứ 100 trường hợp tương tự thì khoảng 31")
    assert said["reason_en"].startswith("0 of 3 by September 2024. In 31 of 100 such years")
    assert "80% interval" in said["reason_en"]


ROUNDS = pd.DataFrame(
    {"status": "planned", "date": pd.to_datetime(["2024-09-19", "2024-09-20", "2024-12-06", "2025-03-01"])}
)


@pytest.mark.parametrize(("as_of", "left"), [("2024-09", 1), ("2024-09-19", 2), ("2024-09-18", 3)])
def test_councils_are_those_planned_after_the_day_in_the_year(as_of, left):
    outlook = outlook_of(0.31, as_of=as_of, rounds=ROUNDS)
    assert outlook.councils == [*ROUNDS["date"][3 - left : 3]]
    assert outlook_of(0.31, as_of=as_of).councils is None


LAST = "the year's last council is on 6 December 2024."


@pytest.mark.parametrize(
    ("stages", "told"),
    [
        ([], f"No dossier is open; {LAST}"),
        ([COUNCIL - 1], f"1 dossier is not submitted yet; {LAST}"),
        ([COUNCIL + 1, COUNCIL], "waits for the decision; 1 dossier is submitted to the council."),
        ([COUNCIL + 1] * 2, "2 dossiers passed the council and wait for the decision."),
    ],
)
def test_the_reason_tells_where_the_dossiers_are_and_when_the_last_council_meets(stages, told):
    """That is of use to those who have one to submit, or none."""
    waiting = pd.DataFrame({"unit": ["380", *["389"] * len(stages)], "stage": [COUNCIL, *stages]})
    said = reasons(outlook_of(0.1, waiting=waiting, rounds=ROUNDS)).loc["389", "reason_en"]
    assert told in said
    assert (LAST in said) == (LAST in told)
    assert "dossier" not in reasons(outlook_of(0.1, rounds=ROUNDS)).loc["389", "reason_en"]


@pytest.mark.parametrize(("as_of", "month"), [("2024-09", "September 2023"), ("2024-09-19", "August 2023")])
def test_the_reason_tells_how_the_last_whole_years_went_on_from_here(as_of, month):
    """A day is held against the month before it, which is known whole of every year."""
    outlook = outlook_of(0.1, as_of=as_of)
    months = outlook.forecast.panel["389"].loc["2023"]
    then = int(months.iloc[: 8 + (as_of == "2024-09")].sum())
    with set_options(lang="en"):
        told = why(outlook.reasons["389"], beyond_the_table=True)
    assert told == [f"By {month} {then}, in all {months.sum()}."]


def test_nothing_is_told_beyond_the_table_of_who_has_attained():
    assert why(outlook_of(1.0, so_far=3).reasons["389"], beyond_the_table=True) == []


def test_a_province_is_not_told_to_need_support():
    """Nobody supports it: its target is unlikely."""
    outlook = Outlook.of(small_forecast(), small_targets(target=(90, 90, 90)))
    assert outlook.flags.loc["38", "flag"] == "needs_support"
    with set_options(lang="en"):
        assert "needs support" not in headline(outlook, "38")
        assert table(outlook).loc["38", "Standing"] == "target unlikely"


def test_in_the_last_month_the_reason_says_what_is_missing_and_no_rate():
    months = pd.period_range("2024-01", "2024-12", freq="M")
    panel = pd.DataFrame(0, months, ["380", "389", "390"])
    forecast = Forecast(panel, months[-1:], np.zeros((10, 3, 1), int), pd.Period("2024-12-19"))
    outlook = Outlook.of(forecast, small_targets())
    assert "It takes 3 more by the end of the year." in reasons(outlook).loc["389", "reason_en"]


@pytest.mark.parametrize(
    ("p_reach", "said"), [(0.004, "fewer than 1 of 100"), (0.996, "more than 99 of 100")]
)
def test_certainty_is_never_claimed(p_reach, said):
    assert said in reasons(outlook_of(p_reach)).loc["389", "reason_en"]


@pytest.mark.parametrize(("p_reach", "band"), [(0.294, "low"), (0.296, "middle"), (0.7, "high")])
def test_where_no_per_cent_has_earned_it_only_the_band_is_said(p_reach, band):
    said = reasons(outlook_of(p_reach, earned=False)).loc["389", "reason_en"]
    assert f"Chance of the target: {band}." in said
    assert "of 100" not in said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_flag_has_words(lang):
    with set_options(lang=lang):
        assert all(label(f"flag_{name}") for name in FLAGS)


def test_a_stricter_rule_never_lightens_a_flag():
    order = ["on_track", "at_risk", "needs_support"]
    for p in (0.1, 0.4, 0.6, 0.9):
        mild, strict = Rule(0.5, 0.2).flag(p), Rule(0.8, 0.5).flag(p)
        assert order.index(strict) >= order.index(mild)


@pytest.mark.parametrize(("on_track", "at_risk"), [(0.3, 0.7), (1.0, 0.3), (0.5, 0.5), (0.7, 0)])
def test_a_rule_that_makes_no_sense_is_refused(on_track, at_risk):
    with pytest.raises(ValueError, match="0 < at_risk < on_track < 1"):
        Rule(on_track, at_risk)


def test_one_unit_has_the_reason_and_the_row_that_it_has_beside_all_others():
    outlook = Outlook.of(small_forecast(), small_targets(target=(99, 9, None)))
    for code, one in outlook.reasons.items():  # what is missing equals nothing, so by what they say
        assert repr(outlook.reason(code)) == repr(one)
    assert {code: one.flag for code, one in outlook.reasons.items()} == outlook.flags["flag"].to_dict()
    whole = table(outlook)
    for code in outlook.table.index:
        pd.testing.assert_frame_equal(as_read(outlook.flagged.loc[[code]], outlook), whole.loc[[code]])
