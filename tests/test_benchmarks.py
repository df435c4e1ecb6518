"""The benchmarks: their scores and peers by hand, and both commands on something tiny."""

import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"
sys.path.append(str(FOLDER))
skill, speed = (importlib.import_module(name) for name in ("skill", "speed"))


def history(counts, start, months):
    """Panel of `months` months from `start`, zero but for {(month, unit): count}."""
    index = pd.period_range(start, periods=months, freq="M")
    panel = pd.DataFrame(0, index, ["a", "b"])
    for (month, unit), count in counts.items():
        panel.loc[pd.Period(month), unit] = count
    return panel


@pytest.fixture
def known():
    """Two years and a quarter: a 6 before this year, b 2; what this year counted is a's 7 and b's 1."""
    return history(
        {
            ("2022-01", "a"): 2, ("2022-10", "a"): 3, ("2023-10", "a"): 1, ("2023-06", "b"): 2,
            ("2024-02", "a"): 7, ("2024-03", "b"): 1,
        },
        "2022-01", 27,
    )  # fmt: skip


# the scores


def test_ranked_probability_score_is_the_sum_over_thresholds():
    draws = np.array([[0, 9], [7, 2], [2, 2], [2, 31], [5, 4], [11, 0], [1, 2]])
    seen = np.array([3, 17])
    k = np.arange(40)[:, None, None]
    below = (draws <= k).mean(axis=1)
    wanted = ((below - (seen <= k[:, 0])) ** 2).sum(axis=0)
    assert skill.rps(draws, seen) == pytest.approx(wanted)
    assert wanted.min() > 1


def test_ranked_probability_score_by_hand():
    # F = 1/2, 1/2, 1/2, 1 at 0..3, y = 1: 1/4 + 1/4 + 1/4
    assert skill.rps(np.array([[0], [3]]), np.array([1])).tolist() == [0.75]
    assert skill.rps(np.full((5, 1), 4), np.array([9])).tolist() == [5]


def test_log_score_is_finite_where_no_draw_hits():
    draws = np.array([[0, 1], [2, 1], [2, 1]])
    assert skill.log_score(draws, np.array([2, 5])) == pytest.approx([-np.log(2.5 / 4), -np.log(0.5 / 4)])


def test_interval_covers_its_own_ends():
    draws = np.arange(1, 11)[:, None]
    holds = [bool(skill.covered(draws, np.array([y]), 0.8)[0]) for y in (0, 1, 9, 10)]
    assert holds == [False, True, True, False]


def test_brier_score_of_more_than_eleven_tenths_of_the_usual_year():
    counts = {("2021-05", "a"): 14, ("2022-05", "a"): 9, ("2023-12", "a"): 7, ("2024-01", "a"): 4}
    task = skill.Task(history(counts, "2021-01", 39), 9, 0, np.array([7, 0]))
    # a: 30 in three years, 11 is no more than 1.1 times 10, so 12, and 8 of them to come; b: 1
    draws = np.array([[7, 0], [8, 0], [9, 1], [10, 0]])
    assert skill.brier(draws, task).tolist() == [0.75**2, 0.25**2]


def test_province_adds_the_units_within_each_draw():
    draws = np.array([[0, 4], [4, 0], [1, 3], [3, 1]])
    task = skill.Task(history({}, "2021-01", 39), 9, 0, np.array([2, 2]))
    got = skill.scores(draws, task)
    assert (got["province RPS"], got["came"], got["p. 80 % holds"]) == (0, 4, 1)
    assert got["RPS"] > 0.5


# the peers


def test_run_rate_by_hand(known):
    assert skill.run_rate(known, 9).tolist() == [9 * 7.5 / 3, 9 * 1.5 / 3]


def test_bornhuetter_ferguson_by_hand(known):
    # a year: (6 + 2) / 3 and (2 + 2) / 3, the mean unit having 2 a year; by month with 1/2 added 14 in all,
    # of which 2.5 + 4.5 + 7 / 2 = 10.5 from April on
    assert skill.bornhuetter_ferguson(known, 9) == pytest.approx([8 / 3 * 10.5 / 14, 4 / 3 * 10.5 / 14])


def test_same_months_are_those_of_five_years_at_most():
    counts = {("2018-11", "a"): 50, ("2019-11", "a"): 4, ("2023-12", "a"): 3, ("2023-09", "b"): 8}
    assert skill.same_months(history(counts, "2018-01", 81), 3).tolist() == [7 / 5, 0]


def test_spread_has_the_variance_it_says():
    size, p = skill._size_and_p(np.array([2.0, 0.0]), np.log([0.5, 0.25]))
    assert (size * (1 - p) / p).tolist() == pytest.approx([2, 0.02])
    assert (size[0] * (1 - p[0]) / p[0] ** 2) == pytest.approx(2 * 1.5 + 0.25 * 4)


def test_peer_with_spread_keeps_its_mean():
    panel = speed.simulated(27, 63)
    panel.index = pd.period_range(end="2024-03", periods=63, freq="M")
    draws = skill.spread(skill.run_rate)(panel, 9, 4000, 5)
    assert draws.mean() == pytest.approx(skill.run_rate(panel, 9).mean(), rel=0.05)
    assert draws.std() > draws.mean() ** 0.5


# tasks and tables


def test_tasks_know_six_years_and_want_the_rest_of_the_year():
    panel = speed.simulated(30, 120)
    work = list(skill.tasks(panel, 2, 3))
    assert len(work) == 2 * 3 * 3
    last = work[-1]
    assert (str(last.history.index[0]), str(last.history.index[-1]), last.left) == ("2018-01", "2024-09", 3)
    assert last.seen.tolist() == panel.iloc[-3:][last.history.columns].sum().tolist()
    assert not last.history.columns.equals(work[0].history.columns)


def test_table_measures_against_the_best_peer_not_against_us():
    def row(panel, method, log, rps, province, came):
        scores = {"log score": log, "RPS": rps, "province RPS": province, "came": came}
        return {"panel": panel, "method": method, **scores}

    rows = [
        row("x", skill.OURS, 1.0, 2.0, 3.0, 10),
        row("x", "p", 1.5, 4.0, 6.0, 10),
        row("x", "q", 1.2, 5.0, 5.0, 10),
        row("y", skill.OURS, 3.0, 3.0, 8.0, 16),
        row("y", "p", 2.0, 2.0, 4.0, 16),
        row("y", "q", 2.5, 2.5, 2.0, 16),
    ]
    mean = skill.table(rows).loc[("mean of panels", skill.OURS)]
    wanted = [(-0.2 + 1.0) / 2, (0.5 + 1.5) / 2, (0.6 + 4.0) / 2, (0.3 + 0.5) / 2]
    columns = ["log - best", "RPS / best", "p. RPS / best", "province RPS"]
    assert mean[columns].tolist() == pytest.approx(wanted)


def test_panel_with_a_hole_is_refused_by_name(tmp_path):
    months = pd.period_range("2020-01", "2024-06", freq="M").astype(str)
    tidy = pd.DataFrame({"unit": "NA", "month": months, "count": 1})
    tidy.to_csv(tmp_path / "whole.csv", index=False)
    tidy.drop(index=7).to_csv(tmp_path / "hole.csv", index=False)
    whole = skill.read_panel(tmp_path / "whole.csv")
    assert (whole.shape, str(whole.index[-1])) == ((48, 1), "2023-12")
    with pytest.raises(ValueError, match=r"hole\.csv: unit NA lacks 2020-08"):
        skill.read_panel(tmp_path / "hole.csv")


# the commands


def test_skill_without_a_panel_scores_a_simulated_one():
    command = [sys.executable, FOLDER / "skill.py", "--years", "1", "--draws", "100"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert "simulated" in done.stdout
    assert sum(skill.OURS in line for line in done.stdout.splitlines()) == 2


def test_speed_measures_a_tiny_size():
    row = speed.measure(3, 24, draws=10)
    assert row["fit"] >= 0
    assert list(row) == ["units", "months", "start", "fit", "draws", "peak MiB"]
    rows = [row | {"fit": 1.0, "draws": 3.0}, row | {"units": 6, "months": 36, "fit": 2.0, "draws": 5.0}]
    assert speed.table(rows).loc[1, ["cost / previous", "size / previous"]].tolist() == [7 / 4, 3]
