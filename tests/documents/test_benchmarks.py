"""The benchmarks: tasks, tables and other packages' forecasts by hand, and the commands on something tiny."""

import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import history

from ocop_forecast import read_province, style
from ocop_forecast.evaluation import simulated_counts
from ocop_forecast.models import calendar, shares, total
from ocop_forecast.reporting import widgets

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"
sys.path.append(str(FOLDER))
ablation, nation, outside, rough, skill, speed, waits = (
    importlib.import_module(name)
    for name in ("ablation", "nation", "outside", "rough", "skill", "speed", "waits")
)


# the scores


def test_more_than_eleven_tenths_of_the_usual_year_is_needed():
    counts = {("2021-05", "a"): 14, ("2022-05", "a"): 9, ("2023-12", "a"): 7, ("2024-01", "a"): 4}
    task = skill.Task(history(counts, "2021-01", 39), 9, 0, np.array([7, 0]))
    # a: 30 in three years, 11 is no more than 1.1 times 10, so 12, and 8 of them to come; b: 1
    draws = np.array([[7, 0], [8, 0], [9, 1], [10, 0]])
    assert skill.need(task).tolist() == [8, 1]
    both = skill.scores(draws, task)["Brier"]  # neither got there: 3 of 4 said a would, 1 of 4 b
    assert both == pytest.approx((0.75**2 + 0.25**2) / 2)


def test_province_adds_the_units_within_each_draw():
    draws = np.array([[0, 4], [4, 0], [1, 3], [3, 1]])
    task = skill.Task(history({}, "2021-01", 39), 9, 0, np.array([2, 2]))
    got = skill.scores(draws, task)
    assert (got["province RPS"], got["came"], got["p. 80 % holds"]) == (0, 4, pytest.approx(0.8))
    assert got["RPS"] > 0.5


# other packages


def test_a_peer_whose_package_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(outside, "find_spec", lambda package: package != "chainladder" or None)
    assert outside.left_out() == "Left out, as not installed: Cape Cod (chainladder)"
    monkeypatch.setattr(outside, "find_spec", lambda package: None)
    assert outside.installed() == {}
    monkeypatch.setattr(outside, "find_spec", lambda package: True)
    assert outside.left_out() == ""


def test_cape_cod_by_hand():
    """Two years of 6 + 2 and 2 + 6 by half, then a first half of 3; unit b had 0, 4 and 1 of them."""
    pytest.importorskip("chainladder")
    known = history(
        {
            ("2022-01", "a"): 6, ("2022-07", "a"): 2, ("2023-03", "a"): 2, ("2023-09", "a"): 2,
            ("2023-12", "b"): 4, ("2024-02", "a"): 2, ("2024-06", "b"): 1,
        },
        "2022-01", 30,
    )  # fmt: skip
    # half of the 16 came by June; a had 14 in 2 1/2 years of exposure, b 5; half a year of it is left
    assert outside.cape_cod()(known, 6) == pytest.approx([14 / 2.5 / 2, 5 / 2.5 / 2], abs=1e-6)


def test_points_of_statsforecast_are_sums_over_the_months_left():
    pytest.importorskip("statsforecast")
    known = history({(f"2022-{month:02d}", "a"): 2 for month in range(1, 13)}, "2022-01", 12)
    for method in (outside.imapa, outside.tsb, outside.auto_ets):
        assert method()(known, 3) == pytest.approx([6, 0], abs=1e-6)


# tasks and tables


def test_tasks_know_six_years_and_want_the_rest_of_the_year():
    panel = speed.panel(30, 120)
    work = list(skill.tasks(panel, 2, 3))
    assert len(work) == 2 * 3 * 3
    last = work[-1]
    assert (str(last.history.index[0]), str(last.history.index[-1]), last.left) == ("2018-01", "2024-09", 3)
    assert last.seen.tolist() == panel.iloc[-3:][last.history.columns].sum().tolist()
    assert not last.history.columns.equals(work[0].history.columns)


def test_table_measures_against_the_best_peer_and_one_single_peer_not_against_us():
    def row(panel, method, log, rps, province, came):
        scores = {"log score": log, "RPS": rps, "province RPS": province, "came": came}
        return {"panel": panel, "method": method, "year": 2024, **scores}

    rows = [
        row("x", skill.OURS, 1.0, 2.0, 3.0, 10),
        row("x", "p", 1.5, 4.0, 6.0, 10),
        row("x", "q", 1.2, 5.0, 5.0, 10),
        row("x", skill.ROUGH, 1.1, 1.0, 1.0, 10),
        row("y", skill.ROUGH, 1.1, 1.0, 1.0, 16),
        row("y", skill.OURS, 3.0, 3.0, 8.0, 16),
        row("y", "p", 2.0, 2.0, 4.0, 16),
        row("y", "q", 2.5, 2.5, 2.0, 16),
    ]
    shown = skill.table(rows)
    mean = shown.loc[("mean of panels", skill.OURS)]
    wanted = [(-0.2 + 1.0) / 2, (0.5 + 1.5) / 2, (0.6 + 4.0) / 2, (0.3 + 0.5) / 2]
    columns = ["log - best", "RPS / best", "p. RPS / best", "province RPS"]
    assert mean[columns].tolist() == pytest.approx(wanted)
    # above the best p is 0.3 and 0, q 0 and 0.5; in RPS p is the best itself; in the total 1.2 and 2 times it
    assert [skill.single(shown, score) for score in skill.AGAINST] == ["p", "p", "q"]
    wanted = [(-0.5 + 1.0) / 2, (0.5 + 1.5) / 2, (0.6 + 4.0) / 2]
    assert mean[["log - single", "RPS / single", "p. RPS / single"]].tolist() == pytest.approx(wanted)


def test_panel_with_a_hole_is_refused_by_name(tmp_path):
    months = pd.period_range("2020-01", "2024-06", freq="M").astype(str)
    tidy = pd.DataFrame({"unit": "NA", "month": months, "count": 1})
    tidy.to_csv(tmp_path / "whole.csv", index=False)
    tidy.drop(index=7).to_csv(tmp_path / "hole.csv", index=False)
    whole = skill.read_panel(tmp_path / "whole.csv")
    assert (whole.shape, str(whole.index[-1])) == ((48, 1), "2023-12")
    with pytest.raises(ValueError, match=r"hole\.csv: unit NA lacks 2020-08"):
        skill.read_panel(tmp_path / "hole.csv")


# what each idea is worth


def test_what_is_left_out_changes_the_forecast_and_comes_back():
    before = [
        total.GROWTH,
        total.SPREAD,
        shares.PRIOR,
        shares.draw_common,
        calendar.fit_season,
    ]
    task = next(skill.tasks(skill.simulated(), 1, 1))
    whole = skill.ours(task.history, task.left, 50, 1)
    for name, changes in ablation.LEFT_OUT.items():
        with ablation.left_out(changes):
            drawn = skill.ours(task.history, task.left, 50, 1)
        assert (drawn == whole).all() == (name == "nothing"), name
    after = [
        total.GROWTH,
        total.SPREAD,
        shares.PRIOR,
        shares.draw_common,
        calendar.fit_season,
    ]
    assert all(now is then for now, then in zip(after, before, strict=True))
    assert (skill.ours(task.history, task.left, 50, 1) == whole).all()


def test_what_is_left_out_is_held_against_the_whole_model_of_the_same_panel():
    index = pd.MultiIndex.from_product([["nothing", "growth"], ["x", "y"]], names=["left out", "panel"])
    scores = {"log score": [1.0, 2.0, 1.2, 2.4], "RPS": [2.0, 4.0, 3.0, 4.0]}
    held = {name: [0.8, 0.9, 0.7, 0.7] for name in ("80 % holds", "p. 80 % holds", "p. 95 % holds")}
    shown = ablation.compared(pd.DataFrame({**scores, "province RPS": [1.0, 1.0, 3.0, 1.0], **held}, index))
    mean = shown.groupby("left out").mean()
    assert mean.loc["nothing"].iloc[:3].tolist() == [0, 1, 1]
    assert mean.loc["growth"].tolist() == pytest.approx([0.3, 1.25, 2, 0.7, 0.7, 0.7])


def test_what_others_would_leave_out_is_judged_on_the_panel_itself():
    index = pd.MultiIndex.from_product([["nothing", "growth"], ["x", "y"]], names=["left out", "panel"])
    scores = {"log score": [0.0, 0.0, 0.1, 0.2], "RPS": [1.0, 1.0, 0.9, 1.3], "province RPS": 1.0}
    made = ablation.chosen(pd.DataFrame(scores, index))
    assert made["left out"].to_dict() == {"x": "nothing", "y": "growth"}
    assert made["RPS"].tolist() == [1.0, 1.3]


def test_coverage_counts_whole_years():
    rows = [
        {"panel": panel, "year": year, "method": skill.OURS, "80 % holds": held, "p. 80 % holds": held}
        | {"p. 95 % holds": 1.0}
        for panel, year, held in (("x", 1, 1.0), ("x", 1, 1.0), ("x", 2, 0.0), ("y", 1, 0.5))
    ]
    found = skill.coverage(rows)
    assert found["held"].tolist() == [0.5, 0.5, 1.0]
    assert found.loc["80 %", ["lower", "upper"]].tolist() == [0.25, 0.75]
    assert found["years"].tolist() == [3, 3, 3]


def test_the_rough_filter_follows_a_season_and_a_level():
    y = np.tile([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 13], 5)[:57]
    history = pd.DataFrame({"a": y, "b": 3 * y}, pd.period_range("2020-01", periods=57, freq="M"))
    mean = rough.forecast(history, 3, 4000, 1).mean(axis=0)
    assert mean == pytest.approx([15, 45], rel=0.25)


# the commands


def test_skill_without_a_panel_scores_a_simulated_one():
    command = [sys.executable, FOLDER / "skill.py", "--years", "1", "--draws", "100"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert "simulated" in done.stdout
    assert sum(skill.OURS in line for line in done.stdout.splitlines()) == 3


def test_speed_measures_a_tiny_size():
    row = speed.measure(skill.OURS, 3, 24, draws=10)
    assert row["fit"] >= 0
    assert list(row) == ["method", "units", "months", "start", "fit", "draws", "peak MiB"]


def test_speed_times_as_many_numbers_of_numpys_poisson_and_a_fit_with_targets():
    assert list(speed.measure(speed.NUMPY, 3, 24, draws=10))[3:] == ["start", "draws", "peak MiB"]
    assert list(speed.measure(speed.TARGETS, 3, 24, draws=10))[3:] == ["start", "fit", "draws", "peak MiB"]


def test_speed_sets_our_seconds_against_the_peers_of_the_most_units():
    rows = [
        {"method": method, "units": units, "months": 120, "fit": fit, "draws": draws}
        for method, fit, draws in (
            (speed.OURS, 2, 10), (speed.TARGETS, 4, 40), (speed.NUMPY, None, 8), ("IMAPA", 5, None)
        )
        for units in (1000, 2700)
    ]  # fmt: skip
    assert [*speed.ratios(speed.table(rows))] == [
        "2,700 units, fit: this model / IMAPA = 0.40",
        "2,700 units, draws: this model / numpy's Poisson = 1.25",
        "2,700 units, fit: this model, with targets / IMAPA = 0.80",
        "2,700 units, draws: this model, with targets / numpy's Poisson = 5.00",
    ]


def test_speed_makes_a_province_whose_tables_are_read(tmp_path):
    made = read_province(speed.province(tmp_path, 9), as_of=speed.AS_OF)
    known = simulated_counts.simulate(seed=3, units=9, as_of=speed.AS_OF).panel
    assert made.panel.reindex(known.index, fill_value=0).to_numpy().tolist() == known.to_numpy().tolist()


def test_speed_sets_cost_against_a_thousand_units_of_the_same_method():
    def row(method, units, **seconds):
        return {"method": method, "units": units, "months": 120, **seconds}

    rows = [
        row(skill.OURS, 1000, fit=1.0, draws=3.0), row(skill.OURS, 10_000, fit=12.0, draws=30.0),
        row("IMAPA", 1000, fit=0.5), row("IMAPA", 10_000, fit=4.0),
    ]  # fmt: skip
    shown = speed.table(rows)
    assert shown["cost / 1,000"].tolist() == [1, 42 / 4, 1, 8]
    assert shown["size / 1,000"].tolist() == [1, 10, 1, 10]
    assert shown["ms a unit"].tolist() == pytest.approx([4, 4.2, 0.5, 0.4])


def test_speed_leaves_out_what_would_take_too_long(monkeypatch):
    monkeypatch.setattr(outside, "installed", lambda: dict.fromkeys(("IMAPA", "AutoETS")))
    asked = [(method, units) for method, units, _ in speed.rows([(270, 120), (10_000, 120)])]
    assert ("IMAPA", 10_000) in asked
    assert ("AutoETS", 270) in asked
    assert ("AutoETS", 10_000) not in asked


def test_many_provinces_on_paper_by_hand():
    assert nation.dealt([2, 3, 2, 3, 2], 2) == 7  # 3 + 2 + 2 beside 3 + 2, where 6 would be best
    few = {"on": "1 worker", "provinces": 1, "reading s": 5.0, "making s": 4.0, "tasks": [3.0]}
    many = {"on": "1 worker", "provinces": 3, "reading s": 9.0, "making s": 10.0, "tasks": [3.0, 2.0, 4.0]}
    # 3 s to start and 2 s to read each; 1 s of making is no task's: 4 s serial, 6 s and 9 s to share
    two, all_apart = nation.paper([few, many])
    assert "on 2 processors: 13 s, 4 s of them serial; 58% busy" in two  # 4 + 4 + 5
    assert "on 8 machines of 4 processors: 10 s, 4 s of them serial" in all_apart  # 4 + 2 + 4


def test_waits_choose_one_district_after_the_other(monkeypatch, projection, province):
    monkeypatch.setenv("JPY_SESSION_NAME", "test")
    style.offscreen()
    box = widgets.trend_chooser(projection.results, projection.trend, province)
    asked = []
    box.children[0].observe(lambda change: asked.append(change["new"]), "value")
    first, others = waits.chosen(box)
    assert asked == [*province.units.index[1 : waits.DISTRICTS + 2]]  # the first stands there from the start
    assert min(first, others) > 0
