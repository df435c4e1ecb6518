"""The lean of the shares to what the year's targets still miss, and the stop at the target."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ocop_forecast import TrendModel
from ocop_forecast.evaluation import simulated_counts
from ocop_forecast.models import lean, shares

POINTS = np.array([(w, s) for w in lean.LEANS for s in lean.STOPS])


def simulated(seed=1, as_of="2024-06", units=27, **changes):
    truth = replace(simulated_counts.prior(seed), **{"lean": 0.0, "stop": 0.0} | changes)
    return simulated_counts.simulate(truth, seed=seed, as_of=as_of, units=units)


def fitted(known, targets=None):
    return TrendModel(known.panel, known.targets if targets is None else targets).fit()


# one month's shares


@st.composite
def months(draw):
    """Shares that sum to 1, what is missing (NaN without a target), the month's total, w and s."""
    n = draw(st.integers(1, 6))
    weight = draw(st.lists(st.floats(0.01, 1), min_size=n, max_size=n))
    missing = draw(st.lists(st.sampled_from([np.nan, 0, 1, 2, 7]), min_size=n, max_size=n))
    share = np.array(weight)[:, None] / np.sum(weight)
    total, w, s = draw(st.floats(0, 50)), draw(st.floats(0, 1)), draw(st.floats(0, 0.95))
    return share, np.array(missing, float)[:, None], total, w, s


@given(months())
def test_shares_sum_to_one_and_units_without_a_target_are_untouched(known):
    share, missing, *terms = known
    moved = sum(lean.leaned(share, missing, missing == 0, *terms))
    assert moved.sum() == pytest.approx(1)
    assert (moved >= 0).all()
    np.testing.assert_array_equal(moved[np.isnan(missing)], share[np.isnan(missing)])


@given(months())
def test_without_lean_and_stop_shares_are_the_old_ones(known):
    share, missing, total, *_ = known
    moved = sum(lean.leaned(share, missing, missing == 0, total, 0.0, 0.0))
    np.testing.assert_allclose(moved, share, rtol=1e-12)


@given(months())
def test_units_with_their_target_get_no_more_and_no_more_than_is_missing_goes_to_it(known):
    share, missing, total, w, s = known
    kept, goal = lean.leaned(share, missing, missing == 0, total, w, s)
    met = missing == 0
    if (missing > 0).any():
        assert ((kept + goal)[met] <= share[met] * (1 + 1e-9)).all()
        assert (goal * total <= np.nan_to_num(missing) * (1 + 1e-9) + 1e-9).all()
    assert (goal[~(missing > 0)] == 0).all()


def test_a_months_shares_by_hand():
    share, missing = np.array([[0.4], [0.2], [0.3], [0.1]]), np.array([[0.0], [1.0], [3.0], [np.nan]])
    kept, goal = lean.leaned(share, missing, missing == 0, 2.0, 0.5, 0.8)
    left = np.array([0.4 * 0.2, 0.2, 0.3]) / 0.58 * 0.9
    np.testing.assert_allclose(kept[:3, 0], 0.5 * left)
    np.testing.assert_allclose(goal[:, 0], [0, 0.5 * 0.9 / 4, 0.5 * 0.9 * 3 / 4, 0])


# what to expect of several months


def test_what_is_missing_after_a_count_is_that_of_the_negative_binomial():
    mean, variance, gap = (
        np.array([0.3, 2.0, 5.0, 5.0]),
        np.array([0.4, 5.0, 9.0, 30.0]),
        np.array([1, 2, 7, 1]),
    )
    less, met = lean._lacking(gap.astype(float), mean, variance)
    x, r = np.arange(400)[:, None], mean**2 / (variance - mean)
    p = stats.nbinom.pmf(x, r, r / (r + mean))
    np.testing.assert_allclose(less, (np.maximum(gap - x, 0) * p).sum(axis=0), rtol=1e-6)
    np.testing.assert_allclose(met, (p * (x >= gap)).sum(axis=0), rtol=1e-6)
    assert lean._lacking(np.array([0.0]), np.array([1.0]), np.array([2.0]))[1] == 1
    assert np.isnan(lean._lacking(np.array([np.nan]), np.array([1.0]), np.array([2.0]))[0])


@pytest.mark.parametrize(("seed", "as_of"), [(4, "2024-09"), (4, "2024-03"), (5, "2024-12")])
def test_expected_products_are_those_of_the_draws(seed, as_of):
    results = fitted(simulated(seed, as_of, lean=0.6, stop=0.8))
    drawn = results.forecast(seed=1, draws=4000).draws.mean(axis=0)
    expected = results.expected().to_numpy()
    assert expected.sum() == pytest.approx(drawn.sum(), rel=0.02)
    assert np.abs(drawn - expected).sum() < 0.1 * drawn.sum()
    by_unit = expected.sum(axis=1) / expected.sum()
    np.testing.assert_allclose(results.expected_share, by_unit)
    means = results.rates(seed=1, draws=4000)
    np.testing.assert_allclose(means.mean(axis=0), drawn, atol=0.08, rtol=0.05)


# past windows


def test_past_windows_by_hand():
    index = pd.period_range("2022-01", "2024-03", freq="M")
    y = pd.DataFrame({"a": np.arange(27) % 3, "b": 1}, index)
    targets = pd.DataFrame({"a": [8.0, 9.0], "b": [20.0, np.nan]}, [2023, 2024])
    past = lean.past_windows(y, targets, 2024)
    assert past.start.tolist() == [*range(12, 24)]
    assert past.weight == pytest.approx(np.full(12, 2 / 12))
    # as of September 2023, with 0, 1, 2 in turn from January on
    assert past.missing[:, 9].tolist() == [0.0, 11.0]
    assert past.came[:, 0, 9].tolist() == [0, 1, 2] + [0] * 9
    assert past.came.sum(axis=0)[1].tolist() == [*range(12, 0, -1)]
    assert lean.missing_now(y, targets, 2024)[0] == 6
    assert np.isnan(lean.missing_now(y, targets, 2024)[1])


def test_a_year_known_in_part_has_no_window():
    index = pd.period_range("2022-02", "2024-03", freq="M")
    targets = pd.DataFrame({"a": 8.0}, [2022, 2023, 2024])
    past = lean.past_windows(pd.DataFrame({"a": 1}, index), targets, 2024)
    assert past.start.tolist() == [*range(11, 23)]
    none = lean.past_windows(pd.DataFrame({"a": 1}, index[:11]), targets, 2022)
    assert none.start.size == 0


# learning


def test_half_the_prior_says_that_nothing_leans():
    weight = lean.prior(POINTS)
    assert weight.sum() == pytest.approx(1)
    assert POINTS[0].tolist() == [0, 0]
    assert weight[0] == 0.5
    by = {tuple(point): own for point, own in zip(POINTS.tolist(), weight, strict=True)}
    assert by[0.2, 0.4] / by[0.6, 0.4] == pytest.approx(4)
    assert by[0.2, 0.0] / by[0.2, 0.8] == pytest.approx(25)


def test_without_a_past_year_with_targets_nothing_leans():
    known = simulated(2, lean=0.6, stop=0.8)
    first = fitted(known, known.targets[known.targets["year"] == 2024])
    assert first.lean is None
    assert fitted(known).lean is not None


def test_the_past_decides_how_far_units_lean_and_stop():
    never, always = (
        [fitted(simulated(seed, "2024-12", **world)) for seed in (501, 503, 504, 511)]
        for world in ({}, {"lean": 0.6, "stop": 0.8})
    )
    assert np.mean([one.lean.weight[0] for one in never]) > 0.8
    assert np.mean([one.lean.weight[0] for one in always]) < 0.1
    assert np.mean([one.leaning["missing"] for one in always]) > 0.3


# the draws


@pytest.mark.parametrize("told", ["none", "past years alone"])
def test_without_a_target_in_the_year_nothing_is_touched(told):
    known = simulated(3, lean=0.6, stop=0.8)
    targets = None if told == "none" else known.targets[known.targets["year"] < 2024]
    results = TrendModel(known.panel, targets).fit()
    assert results.lean is None
    assert results.leaning.tolist() == [0, 0]
    pd.testing.assert_series_equal(
        results.expected_share, pd.Series(results.shares.share, known.panel.columns, name="share")
    )


def strong(results, w=0.8, s=0.8):
    """The same fit, sure of how much it leans."""
    sure = (results.lean.points == [w, s]).all(axis=1).astype(float)
    return replace(results, lean=results.lean._replace(weight=sure))


def test_the_provinces_total_keeps_its_distribution():
    results = strong(fitted(simulated(7, "2024-03")))
    leaning, free = (one.forecast(seed=1, draws=6000) for one in (results, replace(results, lean=None)))
    levels = [0.05, 0.25, 0.5, 0.75, 0.95]
    np.testing.assert_allclose(
        leaning.total().quantile(levels), free.total().quantile(levels), rtol=0.04, atol=1
    )
    np.testing.assert_array_equal(leaning.total(), leaning.draws.sum(axis=(1, 2)) + leaning.so_far.sum())
    assert leaning.draws.dtype.kind == "i"


def test_leaning_draws_bunch_at_the_target_and_units_with_theirs_get_less():
    known = simulated(10, "2024-06")
    results = strong(fitted(known))
    leaning, free = (
        one.forecast(seed=1, draws=4000).remaining() for one in (results, replace(results, lean=None))
    )
    missing = pd.Series(results.lean.missing, known.panel.columns)
    met = missing.index[missing == 0]
    assert len(met) > 1
    assert (leaning[met].mean() < 0.7 * free[met].mean()).all()
    near = missing.index[(missing > 0) & (missing < free.mean())]
    at = [(one[near] == missing[near]).to_numpy().mean() for one in (leaning, free)]
    assert at[0] > 1.3 * at[1]


def test_units_without_a_target_keep_their_draws_share():
    known = simulated(7, "2024-06")
    some = known.targets[known.targets["unit"] != "u05"]
    results = strong(fitted(known, some))
    free = results.shares.share[4]
    assert results.expected_share["u05"] == pytest.approx(free)


def test_beyond_the_year_shares_lean_no_more():
    results = strong(fitted(simulated(7, "2024-09")))
    monthly = results.forecast(seed=1, draws=8000, until="2025-12").draws.mean(axis=0)
    later = monthly[:, 3:].sum(axis=1) / monthly[:, 3:].sum()
    np.testing.assert_allclose(later, results.shares.share, rtol=0.12, atol=0.003)
    this_year = monthly[:, :3].sum(axis=1) / monthly[:, :3].sum()
    np.testing.assert_allclose(this_year, results.expected_share, rtol=0.25, atol=0.006)
    assert np.abs(this_year - results.shares.share).sum() > 5 * np.abs(later - results.shares.share).sum()


# what must never change an answer


@pytest.fixture(scope="module")
def known():
    return simulated(7, "2024-06", units=9)


@pytest.fixture(scope="module")
def results(known):
    return fitted(known)


@settings(max_examples=8, deadline=None)
@given(st.permutations([f"u{at}" for at in range(1, 10)]), st.integers(0, 2**32))
def test_the_order_of_units_changes_nothing(known, results, order, seed):
    turned = TrendModel(known.panel[order], known.targets.sample(frac=1, random_state=1)).fit()
    one, other = (made.forecast(seed=seed, draws=40) for made in (turned, results))
    assert one.units.tolist() == order
    np.testing.assert_array_equal(one.remaining()[results.panel.columns], other.remaining())
    np.testing.assert_array_equal(
        turned.rates(seed=seed, draws=40)[:, 0], results.rates(seed=seed, draws=40)[:, int(order[0][1:]) - 1]
    )
    pd.testing.assert_series_equal(turned.expected_share[results.panel.columns], results.expected_share)


@pytest.mark.parametrize("some", [["u3"], ["u9", "u1"], ["u2", "u4", "u7"]])
def test_the_units_asked_for_change_no_draw(results, some):
    whole, part = (
        made.forecast(seed=7, draws=40).remaining()
        for made in (results, replace(results, panel=results.panel[some]))
    )
    np.testing.assert_array_equal(part, whole[some])


def test_a_units_stream_is_its_own(results, monkeypatch):
    """What a unit is drawn with is asked of its own generator, in the same order whatever the others are."""
    asked = []

    class Recorder:
        def __init__(self, of):
            self.of = of

        def standard_gamma(self, shape):
            asked.append((self.of, "gamma"))
            return np.ones_like(shape)

        def poisson(self, mean):
            asked.append((self.of, "poisson"))
            return np.zeros(np.shape(mean), int)

    common = shares.Common(np.full(3, 10.0), np.full(3, 0.2), np.ones(3))
    parts, units = np.full((3, 2), 0.5), [Recorder(at) for at in range(9)]
    pairs = np.zeros((3, 2))
    [*lean.draw_leaning(results.lean, results.shares, common, parts, np.array([True, False]), pairs, units)]
    for unit in range(9):
        assert [kind for of, kind in asked if of == unit] == ["gamma"] + ["gamma", "poisson"] * 2


class Certain:
    """A generator that draws means, and 2 products a month."""

    def standard_gamma(self, shape):
        return shape

    def poisson(self, mean):
        return np.full(mean.shape, 2)


def test_what_a_draw_brings_stops_it_in_the_months_after_by_hand():
    spread = shares.Shares(np.full(2, 0.5), np.full(2, 0.4), np.ones(2), 0.1, 0.2, ())
    common = shares.Common(np.full(1, 15.0), np.full(1, 0.2), np.ones(1))
    known = lean.Lean(np.ones(1), np.array([[0.0, 0.8]]), np.array([1.0, 9.0]))
    parts, this_year, units = np.full((1, 3), 1 / 3), np.array([True, True, False]), [Certain(), Certain()]
    months = lean.draw_leaning(known, spread, common, parts, this_year, known.points, units)
    means = np.array([drawn.mean[:, 0] for drawn in months])
    np.testing.assert_allclose(means, [[2.5, 2.5], [5 / 6, 25 / 6], [2.5, 2.5]], rtol=1e-6)


def test_how_many_units_are_drawn_at_a_time_changes_nothing(known, results, monkeypatch):
    targets = known.targets[known.targets["unit"] != "u2"]  # one without
    some = strong(fitted(known, targets), w=0.4)
    whole = some.forecast(seed=7, draws=40), some.rates(seed=7, draws=40)
    for units, threads in ((1, 3), (2, 1), (4, 2)):
        monkeypatch.setattr(lean, "CACHED", 40 * units)
        monkeypatch.setattr(lean.os, "cpu_count", lambda threads=threads: threads)
        np.testing.assert_array_equal(some.forecast(seed=7, draws=40).draws, whole[0].draws)
        np.testing.assert_array_equal(some.rates(seed=7, draws=40), whole[1])


def test_what_is_missing_is_the_same_added_up_and_by_the_beta_function():
    gap, mean, r = (
        grid.ravel() for grid in np.meshgrid(np.arange(2.0, 60), [0.01, 1.0, 30.0], [0.05, 2.0, 900.0])
    )
    for one, other in zip(lean._by_sums(gap, mean, r), lean._by_beta(gap, mean, r), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_a_huge_count_fits():
    known = simulated(7, "2024-06", units=3)
    huge = known.panel * 40_000
    drawn = TrendModel(huge, known.targets).fit().forecast(seed=1, draws=20).draws
    assert drawn.max() > 2**15
    assert drawn.min() >= 0


# the edges


def targets_of(units, target):
    years = range(2019, 2025)
    rows = [{"unit": unit, "year": year, "target": target} for unit in units for year in years]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("target", [0, 1, 1000])
@pytest.mark.parametrize(
    ("units", "months", "end"),
    [(1, 69, "2024-09"), (2, 69, "2024-09"), (9, 1, "2024-09"), (9, 72, "2024-12"), (9, 61, "2024-01")],
)
def test_every_edge_gets_an_honest_answer(units, months, end, target):
    index = pd.period_range(end=end, periods=months, freq="M")
    counts = np.random.default_rng(0).poisson(0.5, (months, units))
    panel = pd.DataFrame(counts, index, [f"u{at}" for at in range(units)])
    year = 2024 + (end == "2024-12")
    known = targets_of(panel.columns, target)
    results = TrendModel(panel, pd.concat([known, known[known["year"] == 2024].assign(year=2025)])).fit()
    drawn = results.forecast(seed=1, draws=200)
    assert drawn.year == year
    assert drawn.draws.min() >= 0
    assert np.ptp(drawn.total()) > 0
    assert results.expected_share.sum() == pytest.approx(1)
    assert np.isfinite(results.expected()).all(axis=None)


def test_a_panel_without_a_product_has_a_forecast():
    index = pd.period_range("2019-01", "2024-09", freq="M")
    panel = pd.DataFrame(0, index, ["a", "b"])
    results = TrendModel(panel, targets_of(["a", "b"], 3)).fit()
    assert results.forecast(seed=1, draws=100).draws.min() == 0
    np.testing.assert_allclose(results.expected_share, 0.5)


def test_of_many_units_some_teach_the_lean(monkeypatch):
    known = simulated(504, "2024-06", lean=0.6, stop=0.8)
    whole = fitted(known).lean.weight
    monkeypatch.setattr(lean, "MANY", 14)  # every second one
    some = fitted(known).lean.weight
    assert whole[0] < 0.01
    assert np.abs(some - whole).sum() > 0
    assert some[0] < 0.2


# calibration


def test_the_chances_of_leaning_provinces_are_right_and_without_the_lean_they_are_not():
    """Ranks of what came in units near their targets, over provinces that lean in a known way."""
    ranks = {"with": [], "without": []}
    for seed in range(2000, 2040):
        known = simulated(seed, f"2024-{seed % 9 + 1:02d}", lean=0.8, stop=0.8)
        results, rng = fitted(known), np.random.default_rng(seed)
        behind = np.argmax(results.lean.missing)
        for name, one in (("with", results), ("without", replace(results, lean=None))):
            drawn = one.forecast(seed=seed, draws=300).remaining().to_numpy()[:, behind]
            came = known.came.sum().to_numpy()[behind]
            ranks[name].append(((drawn < came).sum() + rng.random() * ((drawn == came).sum() + 1)) / 301)
    p = {name: stats.kstest(values, "uniform").pvalue for name, values in ranks.items()}
    assert p["with"] > 0.001
    assert p["without"] < p["with"]
