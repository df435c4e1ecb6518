"""What moved the chance: the sentence, the table and the picture say what the explanation holds."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from conftest import small_forecast, small_targets

from ocop_forecast import style
from ocop_forecast.answers import moved
from ocop_forecast.answers.answer import Asked
from ocop_forecast.i18n.catalogue import label, set_options
from ocop_forecast.planning.explanation import PARTS
from ocop_forecast.planning.outlook import Outlook

CODES = ("380", "389", "390", "38")
UP, DOWN = {"time": -0.25, "new": 0.125}, {"dossiers": 0.0, "time": -0.002}


@pytest.fixture(autouse=True)
def _closed():
    style.offscreen()
    yield
    style.plt.close("all")


def explained(*parts, before=0.5):
    """Return what an explanation holds of three units and the province, each with these parts."""
    rows = pd.DataFrame([dict.fromkeys(PARTS, 0.0) | one for one in parts], pd.Index(CODES, name="unit"))
    ends = {"p_before": before, "p_reach": before + rows.sum(axis=1)}
    table = pd.concat(
        [pd.DataFrame({"name": [f"Huyện {code}" for code in CODES]} | ends, rows.index), rows], axis=1
    )
    return SimpleNamespace(table=table, before=SimpleNamespace(as_of=pd.Period("2024-08")))


def told(explanation, earned=True):
    outlook = Outlook.of(replace(small_forecast(), earned=earned), small_targets())
    return moved.answer(Asked(None, None, outlook, explanation=explanation))


@pytest.fixture
def some():
    """A unit that moved most, one that did not, one a little, and the province."""
    return explained(UP, {}, {"late": 0.01}, {"time": -0.2, "rounds": 0.06, "target": -0.004})


def test_without_an_earlier_run_there_is_no_answer():
    assert told(None) is None


def test_the_sentence_gives_both_chances_and_the_causes_the_greatest_first(some):
    with set_options(lang="en"):
        said = told(some).sentences[0]
        causes = [label(f"column_part_{name}").lower() for name in ("time", "rounds")]
    assert "50%" in said
    assert "36%" in said
    assert "August 2024" in said
    assert f"{causes[0]} −20, {causes[1]} +6" in said
    assert len(said) <= 200


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_where_no_per_cent_is_earned_the_way_of_a_cause_is_all_that_is_said(some, lang):
    with set_options(lang=lang):
        answer = told(some, earned=False)
        for said in (*answer.sentences, *answer.table["why"]):
            assert not re.search(r"%|[+−]", said)
        raised, lowered = (label(f"column_part_{name}").lower() for name in ("rounds", "time"))
        assert label("moved_up", causes=raised) in answer.sentences[0]
        assert label("moved_down", causes=lowered) in answer.sentences[0]


def test_units_stand_by_how_far_they_moved_and_the_province_last(some):
    table = told(some).table
    assert [*table.index] == ["380", "390", "38"]  # 389 did not move
    parts = table[[f"part_{name}" for name in PARTS]].sum(axis=1)
    np.testing.assert_allclose(table["p_before"] + parts, table["p_reach"])


def test_only_causes_that_moved_anything_have_a_column(some):
    styles = told(some).styles
    assert [*styles] == [
        "p_before",
        "p_reach",
        *(f"part_{name}" for name in ("time", "new", "late", "rounds", "target")),
        "why",
    ]


def test_a_part_that_is_no_point_is_not_told():
    with set_options(lang="en"):
        answer = told(explained(UP, {}, {}, DOWN))
        assert label("moved_nothing") in answer.sentences[0]
    assert answer.draw().get_yticks().size == 2


def test_without_a_target_of_the_province_it_says_so():
    lacking = explained(UP, {}, {}, {})
    lacking.table.loc["38", "p_before"] = np.nan
    answer = told(lacking)
    assert (answer.sentences, answer.table, answer.draw) == ((label("moved_no_target"),), None, None)


def test_a_saved_table_gives_the_same_answer(some, tmp_path):
    outlook = Outlook.of(small_forecast(), small_targets())
    first = told(some, earned=False)
    first.table.to_csv(tmp_path / "moved.csv")
    again = moved.of(pd.read_csv(tmp_path / "moved.csv", dtype={"unit": str}).set_index("unit"), outlook)
    assert again.sentences == first.sentences
    pd.testing.assert_frame_equal(again.table, first.table)


def test_the_bars_lead_from_the_chance_then_to_the_chance_now(some):
    with set_options(lang="en"):
        axes = told(some).draw()
        rows = [tick.get_text() for tick in axes.get_yticklabels()]
        assert rows[1:-1] == [label(f"column_part_{name}") for name in ("time", "rounds")]
    bars = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in axes.patches]
    np.testing.assert_allclose(bars[0], (0, 50))
    np.testing.assert_allclose(bars[1], (50, 30))
    np.testing.assert_allclose(bars[2], (30, 36))
    np.testing.assert_allclose(bars[-1], (0, 35.6))


def test_where_no_per_cent_is_earned_arrows_of_one_length_show_the_way(some):
    axes = told(some, earned=False).draw()
    assert [one.xy[0] for one in axes.texts if hasattr(one, "xy")] == [-1, 1]
    assert not axes.patches
    assert not any("%" in text.get_text() for text in axes.texts)


def test_the_district_is_told_what_moved_its_own_chance(some):
    with set_options(lang="en"):
        row = told(some).table.loc["380"]
        assert row["why"] == moved.causes(row, earned=True)
        assert moved.said(row, earned=True).startswith("Huyện 380: ")
