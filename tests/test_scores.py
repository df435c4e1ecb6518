"""The scores: by hand, and each against an identity or a library that goes another way."""

from statistics import NormalDist

import numpy as np
import pytest
import scoringrules as sr
from hypothesis import given
from hypothesis import strategies as st

from ocop_forecast import scores

DRAWS = np.array([[0, 9], [7, 2], [2, 2], [2, 31], [5, 4], [11, 0], [1, 2]])
SEEN = np.array([3, 17])


def drawn(n, columns=6, seed=3):
    rng = np.random.default_rng(seed)
    mean = rng.uniform(0.5, 12, columns)
    return rng.poisson(mean, (n, columns)), rng.poisson(3 * mean)


def test_ranked_probability_score_is_the_sum_of_the_brier_scores_of_all_thresholds():
    k = range(40)
    wanted = sum(scores.brier((at >= DRAWS).mean(axis=0), at >= SEEN) for at in k)
    assert scores.rps(DRAWS, SEEN) == pytest.approx(wanted)
    assert wanted.min() > 1


def test_ranked_probability_score_is_twice_the_quantile_loss_over_all_levels():
    draws, seen = drawn(50)
    levels = (np.arange(20_000) + 0.5) / 20_000
    quantiles = np.quantile(draws, levels, axis=0, method="inverted_cdf")
    loss = (np.where(quantiles > seen, 1.0, 0.0) - levels[:, None]) * (quantiles - seen)
    assert scores.rps(draws, seen) == pytest.approx(2 * loss.mean(axis=0), rel=1e-6)


def test_ranked_probability_score_by_hand():
    # F = 1/2, 1/2, 1/2, 1 at 0..3, y = 1: 1/4 + 1/4 + 1/4
    assert scores.rps(np.array([[0], [3]]), np.array([1])).tolist() == [0.75]
    assert scores.rps(np.full((5, 1), 4), np.array([9])).tolist() == [5]


def test_log_score_is_finite_where_no_draw_hits():
    draws = np.array([[0, 1], [2, 1], [2, 1]])
    assert scores.log_score(draws, np.array([2, 5])) == pytest.approx([-np.log(2.5 / 4), -np.log(0.5 / 4)])


def test_interval_covers_its_own_ends():
    draws = np.arange(1, 11)[:, None]
    holds = [bool(scores.interval_coverage(draws, np.array([y]), 0.8)[0]) for y in (0, 1, 9, 10)]
    assert holds == [False, True, True, False]


def test_randomised_coverage_of_right_draws_is_what_is_promised():
    """Where a closed interval of whole numbers holds too much."""
    rng = np.random.default_rng(5)
    seen, draws = rng.poisson(1.5, 4000), rng.poisson(1.5, (2000, 4000))
    assert scores.randomised_coverage(draws, seen, 0.8).mean() == pytest.approx(0.8, abs=0.015)
    assert scores.interval_coverage(draws, seen, 0.8).mean() > 0.9
    never = scores.randomised_coverage(np.array([[1], [3]]), np.array([2]), 0.8)
    assert never.tolist() == [1.0]  # no draw equals it, half lie below


def test_weighted_interval_score_by_hand_on_numbers_that_do_not_cancel():
    draws = np.arange(1, 11)[:, None]  # median 5; 50%: 3 to 8; 80%: 1 to 9
    inside = (abs(6 - 5) / 2 + 0.25 * 5 + 0.1 * 8) / 2.5
    below = (abs(-1 - 5) / 2 + (0.25 * 5 + 4) + (0.1 * 8 + 2)) / 2.5
    got = [scores.wis(draws, np.array([y]), (0.5, 0.8))[0] for y in (6, -1)]
    assert got == pytest.approx([inside, below])


def test_weighted_interval_score_is_the_mean_quantile_loss_of_its_ends_and_the_median():
    draws, seen = drawn(37)
    tau = np.array([0.025, 0.1, 0.3, 0.5, 0.7, 0.9, 0.975])
    quantiles = np.quantile(draws, tau, axis=0, method="inverted_cdf")
    loss = np.maximum(tau[:, None] * (seen - quantiles), (tau[:, None] - 1) * (seen - quantiles))
    assert scores.wis(draws, seen, (0.4, 0.8, 0.95)) == pytest.approx(2 * loss.mean(axis=0))


def test_weighted_interval_score_tends_to_the_ranked_probability_score():
    draws, seen = drawn(50)
    dense = tuple((np.arange(4000) + 0.5) / 4000)
    assert scores.wis(draws, seen, dense) == pytest.approx(scores.rps(draws, seen), rel=2e-3)


def test_brier_score_is_reliability_less_resolution_plus_uncertainty():
    """Murphy's decomposition (1973), exact where every forecast of a bin is the same."""
    rng = np.random.default_rng(8)
    p = rng.choice([0.1, 0.4, 0.85], 300)
    reached = rng.random(300) < p**2
    table = scores.reliability(p, reached, (0, 0.3, 0.6, 1))
    share, base = table["forecasts"] / 300, reached.mean()
    calibration = (share * (table["promised"] - table["reached"]) ** 2).sum()
    resolution = (share * (table["reached"] - base) ** 2).sum()
    assert scores.brier(p, reached).mean() == pytest.approx(calibration - resolution + base * (1 - base))
    assert min(calibration, resolution) > 0.01


def test_the_pit_of_a_result_is_spread_over_its_bins():
    # half of it in (0, 0.2), the other half in (0.2, 0.4)
    assert scores.pit(np.array([0.1]), np.array([0.3]), 5).tolist() == pytest.approx([0.5, 0.5, 0, 0, 0])


def test_results_that_no_draw_hit_fall_into_one_bin_each():
    misses = np.array([0.0, 0.5, 1.0, 1.0])
    assert scores.pit(misses, misses, 4) == pytest.approx([0.25, 0, 0.25, 0.5])


def test_the_pit_of_a_right_model_is_flat_and_of_a_wrong_one_not():
    """Over the model's own distribution each bin's expected share is 1/10, exactly."""
    p = np.array([0.35, 0.3, 0.2, 0.1, 0.05])
    at = p.cumsum()
    spread = np.array([scores.pit(np.array([a - q]), np.array([a]), 10) for a, q in zip(at, p, strict=True)])
    assert p @ spread == pytest.approx(np.full(10, 0.1))
    assert np.abs(p[::-1] @ spread - 0.1).max() > 0.05


def test_the_pit_sums_to_one():
    draws, seen = drawn(60, 200)
    got = scores.pit((draws < seen).mean(axis=0), (draws <= seen).mean(axis=0))
    assert got.sum() == pytest.approx(1)
    assert got[-1] > 0.3  # what came is thrice what was drawn


def test_reliability_counts_by_bin_and_an_outcome_once():
    p = np.array([0.0, 0.29, 0.3, 0.3, 0.69, 1.0])
    reached = np.array([False, True, True, False, True, True])
    of = np.array(["a", "a", "b", "c", "c", "d"])
    table = scores.reliability(p, reached, (0, 0.3, 0.7, 0.9, 1), of)
    assert table["forecasts"].tolist() == [2, 3, 0, 1]
    assert table["outcomes"].tolist() == [1, 2, 0, 1]
    assert table["promised"].tolist()[:2] == pytest.approx([0.145, 0.43])
    assert table["reached"].tolist()[:2] == pytest.approx([1 / 2, 2 / 3])
    assert table.loc[(0.7, 0.9), ["promised", "reached", "lower", "upper"]].isna().all()
    assert table.index.tolist()[-1] == (0.9, 1)


def test_the_interval_of_a_share_is_wilsons():
    """Both its ends p solve (share - p)^2 = z^2 p (1 - p) / n, z the normal quantile of 90%."""
    reached = np.repeat([False, True, False, True], [4, 1, 5, 7])
    table = scores.reliability(np.repeat([0.1, 0.8], [5, 12]), reached, (0, 0.5, 1))
    z, n, share = NormalDist().inv_cdf(0.9), table["outcomes"], table["reached"]
    for end in (table["lower"], table["upper"]):
        assert ((share - end) ** 2).tolist() == pytest.approx((z**2 * end * (1 - end) / n).tolist())
    assert (table["lower"] < share).all()
    assert (table["upper"] > share).all()


# the parts of the Brier score


def test_the_parts_of_a_score_are_those_that_were_published():
    """The example of `decompose` in the documentation of model-diagnostics 1.0; p need be no probability."""
    parts = scores.decomposition(np.array([-1, 1, 1, 2]), np.array([0, 0, 1, 1]))
    assert parts == (0.625, 0.125, 0.25)


def test_the_parts_of_a_score_by_hand():
    # recalibrated 1/3, 1/3, 1/3, 1 where 0.2, 0.2, 0.5 and 0.9 were said and 0, 1, 0 and 1 came
    p, reached = np.array([0.2, 0.2, 0.5, 0.9]), np.array([False, True, False, True])
    assert scores.recalibrated(p, reached) == pytest.approx([1 / 3, 1 / 3, 1 / 3, 1])
    brier, best = (0.04 + 0.64 + 0.25 + 0.01) / 4, (1 / 9 + 4 / 9 + 1 / 9) / 4
    assert scores.decomposition(p, reached) == pytest.approx((brier - best, 0.25 - best, 0.25))


CASES = st.lists(st.tuples(st.integers(0, 8).map(lambda eighth: eighth / 8), st.booleans()), min_size=1)


def columns(cases):
    p, reached = zip(*cases, strict=True)
    return np.array(p), np.array(reached)


@given(CASES)
def test_the_parts_make_the_score_and_none_is_below_nothing(cases):
    p, reached = columns(cases)
    parts = scores.decomposition(p, reached)
    told = parts.miscalibration - parts.discrimination + parts.uncertainty
    assert told == pytest.approx(scores.brier(p, reached).mean(), abs=1e-12)
    assert min(parts) >= 0
    assert parts.discrimination <= parts.uncertainty + 1e-12


@given(CASES, st.floats(0, 1))
def test_saying_always_the_same_tells_nothing_apart(cases, p):
    _, reached = columns(cases)
    assert scores.decomposition(np.full(len(reached), p), reached).discrimination == 0


@given(CASES)
def test_what_was_recalibrated_is_calibrated_and_tells_as_much(cases):
    p, reached = columns(cases)
    before, after = (scores.decomposition(told, reached) for told in (p, scores.recalibrated(p, reached)))
    assert after.miscalibration == pytest.approx(0, abs=1e-12)
    assert after.discrimination == pytest.approx(before.discrimination, abs=1e-12)


@given(CASES, st.randoms(use_true_random=False))
def test_the_same_probability_is_recalibrated_alike_and_the_order_of_cases_moves_nothing(cases, random):
    p, reached = columns(cases)
    told = scores.recalibrated(p, reached)
    assert all(len(set(told[p == value])) == 1 for value in p)
    assert (np.diff(told[np.argsort(p, kind="stable")]) >= 0).all()
    random.shuffle(cases)
    assert scores.decomposition(*columns(cases)) == pytest.approx(scores.decomposition(p, reached))


@given(CASES)
def test_the_parts_hang_on_the_order_of_probabilities_alone_but_for_miscalibration(cases):
    p, reached = columns(cases)
    assert scores.decomposition(p**3, reached)[1:] == scores.decomposition(p, reached)[1:]


@given(CASES)
def test_the_share_of_pairs_in_order_is_counted_pair_by_pair(cases):
    p, reached = columns(cases)
    pairs = [(a > b) + (a == b) / 2 for a in p[reached] for b in p[~reached]]
    assert scores.auc(p, reached) == pytest.approx(np.mean(pairs) if pairs else np.nan, nan_ok=True)


# against scoringrules, which others trust


def test_scores_of_draws_are_those_of_scoringrules():
    draws, seen = drawn(200)
    assert scores.rps(draws, seen) == pytest.approx(sr.crps_ensemble(seen, draws.T, estimator="qd"))
    low, lower, middle, upper, high = np.quantile(
        draws, [0.1, 0.25, 0.5, 0.75, 0.9], axis=0, method="inverted_cdf"
    )
    # scoringrules 0.10's weighted_interval_score takes the median for the distance from it
    told = 0.1 * sr.interval_score(seen, low, high, 0.2) + 0.25 * sr.interval_score(seen, lower, upper, 0.5)
    told = (told + np.abs(seen - middle) / 2) / 2.5
    assert scores.wis(draws, seen, (0.8, 0.5)) == pytest.approx(told)


def test_scores_of_probabilities_are_those_of_scoringrules():
    p, reached = np.array([0.0, 0.2, 0.55, 1.0]), np.array([False, True, True, True])
    assert scores.brier(p, reached) == pytest.approx(sr.brier_score(reached.astype(float), p))
