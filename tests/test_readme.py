"""What the documents say is so: code runs, commands and columns are the tool's, figures are the run's."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner

import ocop_forecast as ocop
from ocop_forecast import batch, ink, report
from ocop_forecast.cli import main

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def told():
    """The outlook and flags of the embedded data with the run's defaults."""
    ink.offscreen()
    province = ocop.read_province()
    settings = batch.Settings()
    forecast = ocop.project(province, draws=settings.draws, seed=settings.seed).forecast
    outlook = ocop.attainment(forecast, province.targets)
    known = {"silent": province.silent, "waiting": province.waiting}
    flags = ocop.flag(outlook, ocop.Rule(), province.rounds, **known)
    return province, forecast, outlook, flags


def test_the_readmes_python_runs(monkeypatch, capsys):
    ink.offscreen()
    monkeypatch.chdir(ROOT)
    blocks = re.findall(r"```python\n(.*?)```", README, re.S)
    assert len(blocks) == 2
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})
    said = capsys.readouterr().out
    assert "Ngọc Lặc: needs support. 0 of 3 by September 2024." in said
    assert "Rounds still planned: 5." in said


def test_the_readmes_forecast_is_the_runs(told):
    province, _, outlook, flags = told
    said = "\n".join([province.caution("en"), ocop.headline(outlook, flags, lang="en")])
    assert f"```text\n{said}\n```" in README


def test_the_readmes_plan_is_the_commands(tmp_path):
    asked = ["plan", "--budget", "1.5e9", "--lang", "en", "--out", str(tmp_path)]
    done = CliRunner().invoke(main, asked)
    assert done.exit_code == 0, done.output
    said = done.stdout.rpartition("\n")[0].rpartition("\n")[0]
    assert f"```text\n{said}\n```" in README
    folder = tmp_path / "2024-09-plan"
    assert (folder / "plan.txt").read_text(encoding="utf-8") == f"{said}\n"
    assert all(f"`{path.name}`" in README for path in folder.iterdir() if path.is_file())


@pytest.fixture(scope="module")
def backtest(tmp_path_factory):
    """What `ocop-forecast backtest --lang en` prints, and the folder that it writes."""
    out = tmp_path_factory.mktemp("outputs")
    done = CliRunner().invoke(main, ["backtest", "--lang", "en", "--out", str(out)])
    assert done.exit_code == 0, done.output
    return done.stdout, out / "2024-09-backtest"


def test_the_documents_tell_the_backtest_as_the_command_prints_it(backtest):
    words, tables = backtest[0].split("\n\n", 1)
    tables = tables.rpartition("\n\n")[0]
    assert f"```text\n{words}\n```" in README
    assert f"```text\n{tables}\n```" in (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    promised, reached = re.search(r"than 30 % \((\d+)\s% on average\), (\d+)\s% reached", words).groups()
    assert int(promised) < int(reached)  # "low probabilities were too low"


def test_the_files_of_a_backtest_stand_in_the_readme(backtest):
    assert all(f"`{path.name}`" in README for path in backtest[1].glob("*.csv"))


def test_the_readmes_figures_of_the_straight_line_are_the_outlooks(told):
    row = told[2].iloc[-1]
    assert f"the province had {row['so_far']} of {row['target']}." in README
    assert f"ends at {row['naive']:.0f}," in README


locked = pytest.mark.skipif(
    f"matplotlib=={version('matplotlib')} " not in (ROOT / "requirements.lock").read_text(encoding="utf-8"),
    reason="another matplotlib than the lock's draws other bytes",
)


@locked
def test_the_readmes_picture_of_the_past_is_the_backtests(backtest):
    drawn = (backtest[1] / "figures" / "past.svg").read_bytes()
    assert drawn == (ROOT / "docs" / "past.svg").read_bytes()


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_option_stands_in_the_readme_and_has_help(command):
    line = re.search(rf"^ocop-forecast {command} .*?(?=^ocop-forecast|^```)", README, re.M | re.S)[0]
    for parameter in main.commands[command].params:
        if parameter.param_type_name == "option":
            assert parameter.opts[0] in line
            assert parameter.help
    assert CliRunner().invoke(main, [command, "--help"]).exit_code == 0


def test_every_column_and_file_of_a_run_stands_in_the_readme():
    for name in ["unit", *report.OUTLOOK]:
        assert f"`{name}`" in README, name
    for name in (
        "meeting.html",
        "meeting.xlsx",
        "outlook.csv",
        "flags.csv",
        "forecast.csv",
        "draws.npz",
        "run.json",
    ):
        assert f"`{name}`" in README, name


def test_every_public_name_stands_in_the_readme():
    said = "".join(re.findall(r"```python.*?```|`[^`\n]+`", README, re.S))
    assert [name for name in ocop.__all__ if name not in said] == []


@pytest.mark.parametrize("path", sorted([*ROOT.glob("*.md"), *ROOT.glob("*/*.md")]), ids=lambda p: p.name)
def test_every_link_to_a_file_leads_somewhere(path):
    text = path.read_text(encoding="utf-8")
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert (path.parent / link).exists(), link
