"""What is mistyped on the command line is told in the reader's language, with exit code 2."""

import pytest
from click.testing import CliRunner

from ocop_forecast.cli import main
from ocop_forecast.i18n.catalogue import LANGUAGES

CLICKS = ("Usage:", "Error:", "Try ", "Missing", "Invalid", "No such", "Got unexpected")
MISTYPED = {
    "no such command": (["rum"], "rum"),
    "no such option": (["run", "--budgets", "1"], "--budget"),
    "no value": (["run", "--budget"], "--budget"),
    "missing": (["plan"], "--budget"),
    "out of range": (["run", "--draws", "5"], "100"),
    "no whole number": (["chance", "--so-far", "x", "--target", "3", "--as-of", "2024-09"], "--so-far"),
    "no choice": (["run", "--goal", "money"], "units, products, province"),
    "no share": (["plan", "--budget", "1e9", "--effect", "39"], "0.39"),
    "no number": (["plan", "--budget", "1e9", "--effect", "nan"], "0.39"),
    "no capacity": (["plan", "--budget", "1e9", "--capacity", "-1"], "--capacity"),
    "no money": (["run", "--budget", "much"], "1.5e9"),
    "another argument": (["run", "2024-09"], "2024-09"),
    "no language": (["run", "--lang", "fr"], "vi, en"),
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("words", "told"), MISTYPED.values(), ids=MISTYPED)
def test_a_mistyped_command_is_told_in_words(words, told, lang):
    said = words if "--lang" in words else [*words[:1], "--lang", lang, *words[1:]]
    done = CliRunner(env={"OCOP_LANG": lang}).invoke(main, said)
    assert done.exit_code == 2
    assert told in done.output
    assert "--help" in done.output
    assert not [word for word in CLICKS if word in done.output]


def test_the_language_that_is_asked_for_is_set_before_anything_else_is_read():
    for words in (["plan", "--lang", "en"], ["plan", "--lang=en"], ["plan", "--wrong", "--lang", "en"]):
        done = CliRunner(env={"OCOP_LANG": "vi"}).invoke(main, words)
        assert "option" in done.output or "missing" in done.output, done.output


def test_without_a_command_the_help_is_shown():
    assert "Commands:" in CliRunner().invoke(main, []).output
