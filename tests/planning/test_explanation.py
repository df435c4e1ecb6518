"""Why a chance moved: the parts add up, and what did not change moved nothing."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from offices import office

from ocop_forecast import TermsError, project, read_province
from ocop_forecast.models.known import Past
from ocop_forecast.planning.explanation import PARTS, explain
from ocop_forecast.planning.outlook import assess
from ocop_forecast.tables.supposed import supposing

TERMS = {"seed": 3, "draws": 300}
MORE = """Sản phẩm A,Ngọc Lặc,3,2024-07-20,new
Sản phẩm B,Thanh Hóa,3,2024-08-05,new
Sản phẩm C,Bỉm Sơn,3,2024-05-11,new
"""
ROUNDS = """programme_year,round,date,level,status,recognised
2024,1,2024-07-12,province,held,5
2024,2,2024-11-22,province,planned,
"""


@pytest.fixture(scope="module")
def states(tmp_path_factory):
    """A province in June, and in August: more products, one of May entered late, a round held."""
    folder = tmp_path_factory.mktemp("office")
    before = read_province(office(folder / "then"), as_of="2024-06")
    register = office(folder / "now") / "register.csv"
    register.write_text(register.read_text(encoding="utf-8") + MORE, encoding="utf-8")
    (folder / "now" / "rounds.csv").write_text(ROUNDS, encoding="utf-8")
    return before, read_province(folder / "now", as_of="2024-08")


@pytest.fixture(scope="module")
def moved(states):
    return explain(*states, **TERMS)


def chances(province, earlier=()):
    return assess(project(province, earlier=earlier, **TERMS), province).table["p_reach"]


def test_the_parts_add_up_to_the_change_and_its_ends_are_what_each_run_says(states, moved):
    before, after = map(chances, states)
    pd.testing.assert_series_equal(moved.table["p_before"], before, check_names=False)
    pd.testing.assert_series_equal(moved.table["p_reach"], after, check_names=False)
    added = moved.table["p_before"] + moved.table[[*PARTS]].sum(axis=1)
    np.testing.assert_allclose(added, after, rtol=0, atol=1e-12)
    assert moved.table.index[-1] == "38"


def test_each_cause_that_there_was_has_a_part_and_no_other_has(moved):
    there = [name for name in PARTS if (moved.table[name] != 0).any()]
    assert there == ["time", "new", "late", "rounds"]
    assert moved.table["time"].sum() < 0 < moved.table["new"].sum()
    assert moved.table.loc["381", "late"] > 0  # the product of May is its own


def test_a_run_in_which_only_the_target_changed_gives_that_part_alone():
    before = read_province(as_of="2024-09")
    after = replace(supposing(before, ["Hậu Lộc=4", "Ngọc Lặc=1"]), supposed={})
    told = explain(before, after, **TERMS)
    assert (told.table[[name for name in PARTS if name != "target"]] == 0).all(axis=None)
    np.testing.assert_allclose(told.table["target"], chances(after) - chances(before), rtol=0, atol=1e-12)
    assert told.parts().index.tolist() == ["target"]


def test_a_row_that_was_struck_or_moved_is_a_correction(states):
    before, _ = states
    register = before.register.drop(index=before.register.index[-1])
    register.attrs = before.register.attrs
    told = explain(before, replace(before, register=register), **TERMS)
    assert told.parts().index.tolist() == ["corrections"]
    assert explain(before, before, **TERMS).parts().empty


def test_what_an_earlier_run_said_otherwise_is_told_apart(states):
    before, after = states
    said = chances(before) + 0.25
    told = explain(before, after, said=said, **TERMS).table
    assert np.allclose(told["other"], -0.25)
    assert np.allclose(told["p_before"] + told[[*PARTS]].sum(axis=1), told["p_reach"])


def test_what_earlier_runs_teach_belongs_to_late_entries_and_rounds(states):
    before, after = states
    earlier = [Past(project(before, **TERMS).forecast, before.rounds)]
    told = explain(before, after, earlier=earlier, **TERMS).table
    pd.testing.assert_series_equal(told["p_reach"], chances(after, earlier), check_names=False)
    assert np.allclose(told["p_before"] + told[[*PARTS]].sum(axis=1), told["p_reach"])


def test_states_that_are_no_two_of_one_year_are_refused(states):
    before, after = states
    for pair in ((after, before), (before, replace(after, count_by="programme")), (before, read_province())):
        with pytest.raises(TermsError):
            explain(*pair)
    with pytest.raises(TermsError):
        explain(before, "August")


def test_where_no_per_cent_is_earned_the_way_of_each_cause_is_all_that_is_shown(moved):
    title, facts, shown = moved._face()
    assert (title, [*facts]) == ("explanation", ["before", "now"])
    assert [*shown] == ["time", "new", "late", "rounds"]
    assert {*shown.to_numpy().ravel()} <= {"+", "–", ""}
    assert shown.loc["381", "late"] == "+"
    assert "%" not in repr(moved)
