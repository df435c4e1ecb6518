"""The country's summary from folders of runs: who is added up, who is not and why, and where links lead."""

import shutil
from dataclasses import replace
from urllib.parse import unquote

import pandas as pd
import pytest
from countries import elsewhere, told
from offices import SETTINGS, office

from ocop_forecast import Forecast
from ocop_forecast.batch import journal, monthly
from ocop_forecast.batch.nation import summarise
from ocop_forecast.errors import RunError

FIGURES = ["so_far", "target", "median", "lower", "upper"]


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """Runs of two provinces, of the first one of the month before as well."""
    out = tmp_path_factory.mktemp("country")
    terms = {"settings": SETTINGS, "only_pack": True}
    for as_of in ("2024-07", "2024-08"):
        monthly.run_batch(office(out / "data" / "a"), as_of=as_of, out=out / "Thanh Hóa", **terms)
    monthly.run_batch(
        elsewhere(office(out / "data" / "b"), "40,Tỉnh Nghệ An"),
        as_of="2024-08",
        out=out / "Nghệ An",
        **terms,
    )
    return out


@pytest.fixture
def runs(out):
    return {name: out / name / "2024-08" for name in ("Thanh Hóa", "Nghệ An")}


def test_the_summary_adds_up_what_the_runs_say(tmp_path, out, runs):
    nation = summarise(tmp_path, runs, {"Huế": "no register"}, SETTINGS)
    table = told(tmp_path)
    for code, folder in (("38", runs["Thanh Hóa"]), ("40", runs["Nghệ An"])):
        row = pd.read_csv(folder / "outlook.csv").iloc[-1]
        columns = [*FIGURES, "p_reach", "flag"]
        assert table.loc[code, columns].tolist() == row[columns].tolist()
        link = table.loc[code, "page"]
        assert (tmp_path / unquote(link)).resolve() == (folder / "meeting.html").resolve()
    draws = sum(Forecast.load(folder).total().mean() for folder in runs.values())
    assert nation.country.draws.sum(axis=1).mean() == pytest.approx(draws)
    assert table.loc["Huế", "refused"] == "no register"
    assert nation.headline.startswith("2 provinces together, 2024: ")
    changed = pd.read_csv(runs["Thanh Hóa"] / "changes.csv").iloc[-1]
    assert table.loc["38", "so_far_before"] == changed["so_far_before"]
    assert pd.isna(table.loc["40", "so_far_before"])
    assert table.loc["38", ["rows", "left_out", "failed"]].tolist() == [13, 0, 0]


def test_the_same_runs_give_the_same_bytes(tmp_path, runs):
    for name, order in (("one", runs), ("two", dict(reversed(runs.items())))):
        (tmp_path / name).mkdir()
        summarise(tmp_path / name, order, {}, SETTINGS)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_a_run_on_other_settings_or_twice_or_of_another_year_is_refused_in_words(tmp_path, out, runs):
    twice = runs | {"Thanh Hóa 2": runs["Thanh Hóa"]}
    assert "in Thanh Hóa already" in summarise(tmp_path, twice, {}, SETTINGS).refused["Thanh Hóa 2"]
    with pytest.raises(RunError):
        summarise(tmp_path, runs, {}, replace(SETTINGS, seed=2))
    nowhere = summarise(tmp_path, runs | {"Huế": out / "nowhere"}, {}, SETTINGS)
    assert "(draws, seed, units_as, count_by)" in nowhere.refused["Huế"]


def test_a_run_that_was_changed_since_is_refused(tmp_path, runs):
    folder = shutil.copytree(runs["Nghệ An"], tmp_path / "run")
    with (folder / "outlook.csv").open("a", encoding="utf-8") as table:
        table.write("\n")
    nation = summarise(tmp_path, {"Thanh Hóa": runs["Thanh Hóa"], "Nghệ An": folder}, {}, SETTINGS)
    assert [*nation.refused] == ["Nghệ An"]
    assert len(nation.table) == 1


def test_notebooks_that_failed_are_counted(tmp_path, runs):
    folder = shutil.copytree(runs["Nghệ An"], tmp_path / "run")
    fates = {"389": {"status": "failed"}, "390": {"status": "done"}}
    journal.write(folder, journal.read(folder) | {"notebooks": fates})
    nation = summarise(tmp_path, {"Nghệ An": folder}, {}, SETTINGS)
    assert nation.table["failed"].tolist() == [1]
