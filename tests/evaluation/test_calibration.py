"""Simulation-based calibration: over provinces of known truth the ranks of what came are even.

A forecast whose chances are right fails `test_the_chances_are_right` once in 1,000 choices of seeds: each
of five looks at a province takes one number from it, so that its ranks are independent of each other however
much the units of a province err together; each look is judged twice, by its ranks and by their distances from
the middle; and each of these ten bands is left once in 10,000 times at most. So few provinces show gross
faults, such as no common shock or half the spread; a spread a tenth too small takes
``benchmarks/calibration.py --provinces 960``.
"""

import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"
sys.path.append(str(FOLDER))
calibration = importlib.import_module("calibration")

PROVINCES, DRAWS = 192, 300


@pytest.fixture(scope="module")
def forecasts():
    return [calibration.forecast(seed, DRAWS) for seed in range(PROVINCES)]


def ranked(forecasts):
    return pd.DataFrame([calibration.ranks(seed, draws) for seed, draws in enumerate(forecasts)])


def without_common_shock(draws):
    """Each unit's draws shuffled by themselves: the units know nothing of each other."""
    rng = np.random.default_rng(1)
    return np.stack([rng.permutation(draws[:, unit]) for unit in range(draws.shape[1])], axis=1)


def half_the_spread(draws):
    """Every draw half as far from the mean."""
    return (draws + draws.mean(axis=0)) / 2


def test_the_chances_are_right(forecasts):
    table = ranked(forecasts)
    assert not calibration.uneven(table), calibration.shape(table).to_string()


@pytest.mark.parametrize("broken", [without_common_shock, half_the_spread])
def test_a_broken_forecast_is_found_out(forecasts, broken):
    assert "province" in calibration.uneven(ranked([broken(draws) for draws in forecasts]))


# the check itself


def test_no_common_shock_leaves_every_unit_as_it_was(forecasts):
    draws = forecasts[0]
    broken = without_common_shock(draws)
    assert np.array_equal(np.sort(draws.sum(axis=2), axis=0), np.sort(broken.sum(axis=2), axis=0))
    assert draws.sum(axis=(1, 2)).std() > 1.2 * broken.sum(axis=(1, 2)).std()


def test_rank_falls_anywhere_among_its_likes():
    rng, draws = np.random.default_rng(0), np.array([0, 1, 1, 1, 2, 5, 5])
    alike = [calibration.rank(draws, 1, rng) for _ in range(400)]
    assert (min(alike), max(alike)) == pytest.approx((1 / 8, 5 / 8), abs=0.01)
    assert np.mean(alike) == pytest.approx(3 / 8, abs=0.03)
    assert calibration.rank(draws, 9, rng) > 7 / 8


def test_ranks_of_counts_are_even_where_the_chances_are_right():
    """Draws and what came from one distribution, half of it ties."""
    rng = np.random.default_rng(0)
    ranks = [calibration.rank(rng.poisson(0.7, 50), rng.poisson(0.7), rng) for _ in range(4000)]
    assert stats.kstest(ranks, "uniform").pvalue > 0.01


def test_the_band_keeps_its_promise():
    low, high = calibration.band(100, 0.05)
    rng = np.random.default_rng(0)
    left = np.mean([calibration.outside(rng.random(100), low, high) for _ in range(4000)])
    assert left == pytest.approx(0.05, abs=0.012)  # 0.0504, an exact figure, and 3.5 standard errors


def test_two_edges_by_hand(monkeypatch):
    """Of two ranks, each edge at a half and three quarters: the chance that one at least lies in each."""
    monkeypatch.setattr(calibration, "EDGES", np.array([0.5, 0.75]))
    chance = calibration._chance_inside(calibration._steps(2), np.array([1, 1]), np.array([2, 1]))
    # one up to a half and the other beyond three quarters, in either order
    assert chance == pytest.approx(2 * 0.5 * 0.25)


@pytest.mark.parametrize(
    "ranks",
    [
        np.linspace(0.2, 1, 240),  # biased
        0.5 + (np.linspace(0, 1, 240) - 0.5) / 1.5,  # too wide
        np.clip(0.5 + 1.5 * (np.linspace(0, 1, 240) - 0.5), 0, 1),  # too narrow
    ],
)
def test_uneven_ranks_are_named(ranks):
    even = np.random.default_rng(0).random(240)
    assert calibration.uneven(pd.DataFrame({"even": even, "odd": ranks})) == ["odd"]


def test_looks_are_chosen_by_what_is_known():
    known = calibration.province(3).panel
    looks = calibration.looks(known, 3)
    most, least = (looks[f"unit with the {which} so far"][0] for which in ("most", "least"))
    assert known.iloc[:, most].sum().item() == known.sum().max()
    assert known.iloc[:, least].sum().item() == known.sum().min()
    assert len({calibration.looks(known, seed)["a unit"][0].item() for seed in range(99)}) > 20


def test_every_month_has_its_turn_with_targets_and_without():
    turns = [
        (world.panel.index[-1].month, world.targets is None) for world in map(calibration.province, range(24))
    ]
    assert len(set(turns)) == 24


# the command


def test_the_table_shows_ranks_in_tenths_and_what_held():
    even = np.linspace(0.0005, 0.9995, 1000)
    shown = calibration.shape(pd.DataFrame({"even": even, "one side": even / 2}))
    tenths = shown[[f"{at / 10:.1f}" for at in range(10)]]
    assert tenths.loc["even"].tolist() == pytest.approx([0.1] * 10)
    assert tenths.loc["one side"].tolist() == pytest.approx([0.2] * 5 + [0.0] * 5)
    assert shown["80% holds"].tolist() == pytest.approx([0.8, 0.8])
    assert shown["95% holds"].tolist() == pytest.approx([0.95, 0.95])
    assert shown["mark"].tolist() == ["", "UNEVEN"]


def test_the_command_prints_the_parts_there_are():
    command = [sys.executable, FOLDER / "calibration.py", "--provinces", "2", "--draws", "20"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    heads = [line for line in done.stdout.splitlines() if line.endswith("provinces")]
    assert heads == [f"{part}: 2 provinces" for part in ("all", "as of January to April", "with targets")]
