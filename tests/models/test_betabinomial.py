"""A share learned over groups: what groups say of each other, and how often its intervals hold."""

import numpy as np
import pandas as pd
import pytest

from ocop_forecast.models.betabinomial import MEANS, SIZES, learned


def cases_of(positive, every):
    return pd.DataFrame({"positive": positive, "all": every}, range(len(every)))


def share_of(positive, every, prior=(1, 1), draws=4000, seed=0):
    return learned(cases_of(positive, every), prior, draws, np.random.default_rng(seed))


def test_without_a_group_the_mean_is_the_priors():
    assert share_of([], [], (1, 4)).mean.mean() == pytest.approx(1 / 5, abs=0.01)


def test_one_case_a_group_tells_the_mean_as_so_many_cases_of_one_would():
    """However alike groups are, one case of each is positive with the mean chance."""
    share = share_of([1] * 3 + [0] * 9, [1] * 12)
    assert share.mean.mean() == pytest.approx((1 + 3) / (2 + 12), abs=0.01)


def test_groups_that_are_alike_say_more_of_a_new_one_than_groups_that_differ():
    rng = np.random.default_rng(1)
    alike, apart = share_of([10] * 8, [20] * 8), share_of([0, 20] * 4, [20] * 8)
    assert alike.of("new", rng).std() < 0.5 * apart.of("new", rng).std()


def test_a_group_of_its_own_goes_its_way_and_one_of_few_cases_that_of_the_others():
    rng = np.random.default_rng(2)
    share = share_of([2, 2, 3, 2, 30, 1], [30, 30, 30, 30, 30, 1])
    assert share.of(4, rng).mean() > 0.85
    few = share_of([2, 2, 3, 2, 3, 1], [30, 30, 30, 30, 30, 1])
    assert few.of(5, rng).mean() < 0.3


def test_the_order_of_the_groups_changes_nothing():
    cases = cases_of([1, 5, 9], [10, 10, 10])
    there, back = (learned(one, (1, 1), 50, np.random.default_rng(0)) for one in (cases, cases[::-1]))
    assert (there.mean == back.mean).all()
    assert (there.size == back.size).all()


def test_intervals_of_a_groups_share_hold_as_often_as_they_say():
    """Mean and likeness are drawn from the prior."""
    rng, held = np.random.default_rng(3), []
    for world in range(150):
        mean, size = rng.choice(MEANS), rng.choice(SIZES)
        p = rng.beta(mean * size, (1 - mean) * size, 6)
        every = rng.integers(0, 15, 6)
        share = share_of(rng.binomial(every, p), every, draws=400, seed=world)
        low, high = np.quantile([share.of(at, rng) for at in range(6)], [0.1, 0.9], axis=1)
        held.append(((low <= p) & (p <= high)).mean())
    assert np.mean(held) == pytest.approx(0.8, abs=3 * np.std(held) / np.sqrt(150))
