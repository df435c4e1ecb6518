"""The peers: each by hand, the GLM against statsmodels, all on panels with little in them."""

import numpy as np
import pandas as pd
import pytest
from conftest import history
from scipy import optimize, stats
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM

from ocop_forecast.evaluation import baselines


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


def test_run_rate_by_hand(known):
    assert baselines.run_rate(known, 9).tolist() == [9 * 7.5 / 3, 9 * 1.5 / 3]


def test_before_january_the_run_rate_is_last_years(known):
    assert baselines.run_rate(known.loc[:"2023-12"], 12).tolist() == [1.5, 2.5]


def test_bornhuetter_ferguson_by_hand(known):
    # a year: (6 + 2) / 3 and (2 + 2) / 3, the mean unit having 2 a year; by month with 1/2 added 14 in all,
    # of which 2.5 + 4.5 + 7 / 2 = 10.5 from April on
    assert baselines.bornhuetter_ferguson(known, 9) == pytest.approx([8 / 3 * 10.5 / 14, 4 / 3 * 10.5 / 14])


def test_same_months_are_those_of_five_years_at_most():
    counts = {("2018-11", "a"): 50, ("2019-11", "a"): 4, ("2023-12", "a"): 3, ("2023-09", "b"): 8}
    assert baselines.same_months(history(counts, "2018-01", 81), 3).tolist() == [7 / 5, 0]


@pytest.mark.parametrize("left", [1, 3, 9, 12])
def test_the_poisson_glm_is_that_of_statsmodels(left):
    """Dummies of 3 units and 12 months on the same counts, by iteration instead of by margins."""
    rng = np.random.default_rng(4)
    months = pd.period_range("2021-01", periods=48 - left, freq="M")
    panel = pd.DataFrame(rng.poisson([0.2, 1, 4], (len(months), 3)), months)
    counts = panel.groupby(panel.index.month).sum().to_numpy().T + 0.5 / 12
    times = panel.groupby(panel.index.month).size().to_numpy()
    design = np.column_stack([np.repeat(np.eye(3), 12, axis=0), np.tile(np.eye(12)[:, 1:], (3, 1))])
    offset = np.tile(np.log(times), 3)
    fit = GLM(counts.ravel(), design, family=Poisson(), offset=offset).fit(tol=1e-12)
    wanted = np.exp(design @ fit.params).reshape(3, 12)[:, 12 - left :].sum(axis=1)
    assert baselines.poisson_glm(panel, left) == pytest.approx(wanted, rel=1e-8)


@pytest.mark.parametrize("name", baselines.METHODS)
@pytest.mark.parametrize(("months", "left"), [(24, 12), (25, 11), (35, 1), (9, 3), (1, 11), (14, 10)])
def test_a_panel_without_any_count_and_a_short_one_still_give_a_forecast(name, months, left):
    for panel in (history({}, "2022-01", months), history({("2022-01", "a"): 9}, "2022-01", months)):
        mean = baselines.METHODS[name](panel, left)
        draws = baselines.with_spread(baselines.METHODS[name])(panel, left, 50, 1)
        assert mean.shape == (2,)
        assert np.isfinite(mean).all()
        assert draws.shape == (50, 2)
        assert draws.min() >= 0


@pytest.mark.parametrize("name", baselines.METHODS)
def test_only_the_run_rate_does_not_read_the_past_years(name, known):
    other = known.copy()
    other.loc["2022-10", "a"] = 40
    same = np.allclose(baselines.METHODS[name](known, 9), baselines.METHODS[name](other, 9))
    assert same == (name == "run rate")


def test_spread_has_the_variance_it_says():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(baselines, "_errors_spread", lambda *_: np.log([0.5, 0.25]))
        draws = baselines.with_spread(lambda *_: np.array([2.0, 0.0]))(None, 3, 400_000, 1)
    assert draws.mean(axis=0).tolist() == pytest.approx([2, 0.02], rel=0.05)
    assert draws[:, 0].var() == pytest.approx(2 * 1.5 + 0.25 * 4, rel=0.02)


def test_spread_is_the_likeliest_of_its_lattice():
    rng = np.random.default_rng(4)
    mean = rng.uniform(0.2, 6, 400)
    seen = rng.negative_binomial(2.0, 2.0 / (2.0 + mean))
    found = baselines._likeliest(seen, mean)

    def loss(x):
        extra = baselines._extra(mean, *x)
        return -stats.nbinom.logpmf(seen, mean / extra, 1 / (1 + extra)).sum()

    best = optimize.minimize(loss, baselines.DEFAULT, method="Nelder-Mead", bounds=[(-7, 3)] * 2)
    assert loss(found) < best.fun + 0.2  # of 900
    assert found[1] == pytest.approx(np.log(0.5), abs=0.3)


def test_spread_learns_from_past_errors_and_keeps_its_default_without_any():
    rng = np.random.default_rng(6)
    months = pd.period_range("2021-01", periods=45, freq="M")
    calm = pd.DataFrame(rng.poisson(1.0, (45, 40)), months)
    wild = calm * rng.choice([0, 6], (45, 40), p=[5 / 6, 1 / 6])
    widths = [
        baselines.with_spread(baselines.poisson_glm)(panel, 3, 500, 1).std(axis=0).mean()
        for panel in (calm, wild)
    ]
    assert widths[1] > 1.5 * widths[0]
    draws = baselines.with_spread(baselines.run_rate)(calm.iloc[-9:], 3, 20_000, 1)
    mean = baselines.run_rate(calm.iloc[-9:], 3)
    assert draws.var(axis=0) == pytest.approx(2 * mean + mean**2 / np.e, rel=0.1)


def test_spread_knows_at_each_past_origin_what_was_known_then(known):
    ends = []

    def point(history, left):
        ends.append(str(history.index[-1]))
        return baselines.run_rate(history, left)

    longer = pd.concat([known.set_axis(known.index - 27), known])
    baselines.with_spread(point)(longer, 9, 10, 1)
    assert sorted(ends) == ["2022-03", "2023-03", "2024-03"]


def test_peer_with_spread_keeps_its_mean():
    panel = pd.DataFrame(
        np.random.default_rng(2).poisson(1.2, (63, 27)), pd.period_range(end="2024-03", periods=63, freq="M")
    )
    draws = baselines.with_spread(baselines.run_rate)(panel, 9, 4000, 5)
    assert draws.mean() == pytest.approx(baselines.run_rate(panel, 9).mean(), rel=0.05)
    assert draws.std() > draws.mean() ** 0.5
