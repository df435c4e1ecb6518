"""The chance of a target from other places' experience: the smallest use of the tool."""

import numpy as np
import pytest
from click.testing import CliRunner

import ocop_forecast as ocop
from ocop_forecast.cli import main
from ocop_forecast.errors import InputError, TermsError
from ocop_forecast.models.reference import Reference

SAID = {"so_far": 52, "target": 120, "as_of": "2024-09"}


def test_the_province_of_september_2024():
    said = ocop.chance(**SAID)
    assert 0.5 < said.p_reach < 0.8
    assert 0.25 < said.p_by_december < said.p_reach
    assert 52 <= said.lower < said.median < said.upper
    assert (said.known, said.reached) == (25, 19)


def test_a_day_knows_less_of_the_year_than_its_month():
    assert ocop.chance(52, 120, "2024-09-19").p_by_december > ocop.chance(**SAID).p_by_december


def test_a_target_that_is_met_is_a_fact():
    said = ocop.chance(120, 120, "2024-09")
    assert said.p_reach == said.p_by_december == 1
    with ocop.set_options(lang="en"):
        assert "the target is met" in str(said)
        assert "%" not in str(said).splitlines()[0]


def test_more_so_far_is_never_worse():
    chances = [ocop.chance(so_far, 120, "2024-09").p_by_december for so_far in range(20, 121, 10)]
    assert np.diff(chances).min() > -1e-9


def test_nothing_so_far_is_answered_and_not_hopeless_before_the_rounds():
    assert 0.4 < ocop.chance(0, 30, "2024-06").p_reach < 0.85


def test_cases_are_real_named_and_each_years_place_once():
    cases, known = ocop.chance(**SAID).cases, Reference.read().cases
    assert not cases.duplicated(["unit", "year"]).any()
    finals = known.set_index(["unit", "year"])["final_new"]
    assert (finals.loc[[*zip(cases["unit"], cases["year"], strict=True)]].to_numpy() == cases["final"]).all()
    assert (cases["reached"] == (cases["final"] >= cases["target"])).all()
    assert cases["source"].str.len().gt(0).all()


@pytest.mark.parametrize(
    "wrong",
    [{"so_far": -1}, {"so_far": 1.5}, {"target": 0}, {"target": True}, {"so_far": "52"}, {"target": None}],
)
def test_what_is_no_number_of_products_is_refused_by_name(wrong):
    with pytest.raises(TermsError, match=next(iter(wrong))):
        ocop.chance(**(SAID | wrong))


def test_a_day_that_is_none_is_refused():
    with pytest.raises(InputError):
        ocop.chance(52, 120, "2024-13")


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_it_shows_itself_in_the_readers_language_in_steps_of_five(lang):
    with ocop.set_options(lang=lang):
        said = ocop.chance(**SAID)
        page = said._repr_html_()
    assert str(round(20 * said.p_reach) * 5) + "%" in page
    assert ("sản phẩm" in page) == (lang == "vi")


def test_the_command_answers_without_any_data():
    asked = ["chance", "--so-far", "52", "--target", "120", "--as-of", "19/9/2024", "--lang", "en"]
    done = CliRunner().invoke(main, asked)
    assert done.exit_code == 0
    assert "52 of 120" in done.output
    assert "Lào Cai" in done.output


@pytest.mark.parametrize("wrong", [["--as-of", "2024-13-40"], ["--as-of", "2042-01"]])
def test_the_command_refuses_a_day_in_words(wrong):
    done = CliRunner().invoke(main, ["chance", "--so-far", "52", "--target", "120", *wrong])
    assert done.exit_code == 3
    assert "Traceback" not in done.output
