from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from words import WORDS

from ocop_forecast.models import calendar, counts, shares, streams, total
from ocop_forecast.models.streams import code_number
from ocop_forecast.models.trend import NOTES, TrendModel

UNITS = [f"{code:03d}" for code in range(380, 407)]


def panel_of(counts, end="2024-09", units=None):
    counts = np.asarray(counts)
    index = pd.period_range(end=end, periods=len(counts), freq="M")
    return pd.DataFrame(counts, index, units or UNITS[: counts.shape[1]])


def province(seed=0, months=69, units=27, end="2024-09", rate=0.3):
    """Counts with a common level and month pattern, unlike units and a December rush: a known truth."""
    rng = np.random.default_rng(seed)
    index = pd.period_range(end=end, periods=months, freq="M")
    factor = np.array([0.5, 0.5, 0.7, 0.7, 0.8, 1, 1, 1, 1.2, 1.3, 1.5, 1.8])[index.month - 1]
    return panel_of(rng.poisson(factor[:, None] * rng.gamma(2, rate / 2, units)), end)


def targets_of(units, target, year=2024):
    return pd.DataFrame({"unit": units, "year": year, "target": pd.array(target, "Int64")})


def draws_of(panel, targets=None, seed=1, draws=400, until=None):
    return TrendModel(panel, targets).fit().forecast(seed=seed, draws=draws, until=until)


def same(one, other):
    assert one.units.tolist() == other.units.tolist()
    np.testing.assert_array_equal(one.draws, other.draws)


# what a forecast is


def test_province_is_the_sum_of_its_units_in_every_draw():
    forecast = draws_of(province())
    assert forecast.draws.shape == (400, 27, 3)
    assert forecast.months.astype(str).tolist() == ["2024-10", "2024-11", "2024-12"]
    np.testing.assert_array_equal(forecast.total(), forecast.draws.sum(axis=(1, 2)) + forecast.so_far.sum())


def test_mean_and_variance_of_the_draws_are_the_formulas():
    results = TrendModel(province(3)).fit()
    forecast = results.forecast(seed=5, draws=20_000)
    grid, known = results.total, results.calendar.season
    factors, variance = known.factor[9:12], known.variance[9:12]
    mean = grid.level * factors.sum()
    expected = (grid.weight.sum(axis=2) * mean).sum()
    remaining = forecast.remaining()
    assert remaining.sum(axis=1).mean() == pytest.approx(expected, rel=0.01)
    np.testing.assert_allclose(remaining.mean() / remaining.mean().sum(), results.expected_share, rtol=0.08)
    spread = total.SPREAD + (factors**2 * variance).sum() / factors.sum() ** 2
    relative = spread + (grid.dispersion / grid.evidence)[..., None]
    within = (mean * grid.dispersion)[..., None] + (mean**2)[..., None] * relative
    between = (grid.weight.sum(axis=2) * mean**2).sum() - expected**2
    assert remaining.sum(axis=1).var() == pytest.approx((grid.weight * within).sum() + between, rel=0.08)


def test_months_have_the_shares_of_the_month_factors():
    results = TrendModel(province(4, months=240)).fit()
    monthly = results.forecast(seed=5, draws=4000).draws.sum(axis=1).mean(axis=0)
    factors = results.month_factors.loc[10:12]
    np.testing.assert_allclose(monthly / monthly.sum(), factors / factors.sum(), atol=0.02)


def test_units_move_together_as_the_province_is_less_certain_than_they_are():
    index = np.arange(72) // 12
    counts = np.random.default_rng(0).poisson(
        np.array([0.3, 1, 0.2, 0.8, 0.4, 1.2])[index][:, None], (72, 27)
    )
    remaining = draws_of(panel_of(counts, end="2023-12"), draws=2000).remaining()
    assert remaining.sum(axis=1).var() > 3 * remaining.var().sum()


def test_nothing_so_far_is_neither_never_nor_certain():
    counts = province().to_numpy().copy()
    counts[:, 4] = 0
    remaining = draws_of(panel_of(counts), draws=4000).remaining()
    assert 0 < (remaining[UNITS[4]] >= 1).mean() < 1
    assert remaining[UNITS[4]].mean() < remaining.mean().median()


# closed forms


def test_credibility_by_hand():
    y = np.array([[2.0, 0.0], [0.0, 1.0]])
    fitted = shares.fit_shares(
        y, np.ones((2, 3)), left=3
    )  # too short for a window: v, f and k are the priors'
    v, f, k = fitted.memory
    np.testing.assert_allclose(fitted.memory, shares.PRIOR[:3] * (0.7, 0.7, 1))  # 0.3: never forgets
    level = shares.PRIOR[3]
    kept = [(1 - f) / (1 + v * k), (1 - f) / (1 + v * k)]
    r, d, c = [2, 0], [1, 1], [k * kept[0] + f * k] * 2
    kept = [(1 - f) / (1 + v * (r[unit] + c[unit])) for unit in (0, 1)]
    r = np.array([r[0] * kept[0], r[1] * kept[1] + 1])
    d, c = np.multiply(d, kept) + 0.5, np.multiply(c, kept) + f * k
    z = d / (d + c)  # n / (n + K), Bühlmann-Straub
    rate = z * r / d + (1 - z)
    np.testing.assert_allclose(fitted.credibility, z)
    np.testing.assert_allclose(fitted.share, rate / rate.sum())
    np.testing.assert_allclose(fitted.relative, level + 1 / (r + c))


def test_windows_longer_than_the_past_teach_the_shares_nothing():
    y, part = np.random.default_rng(3).poisson([[0.2], [1.0], [0.5]], (3, 15)), np.ones((3, 16))
    middle = np.log(shares.PRIOR)
    one, three, unseen = (shares._loss(middle[None], middle, y, part, left, ()) for left in (1, 3, 12))
    assert counts.origins(15, 12).size == 0
    np.testing.assert_allclose(unseen, (one + three) / 2)  # the mean of those of 1 and 3 months, as ever


def test_without_drift_and_fading_shares_are_plain_credibility():
    y = np.array([[5.0, 1.0, 2.0], [0.0, 1.0, 0.0], [1.0, 0.0, 2.0]])
    r, d, c = shares.remember(y, np.array([3]), 0.0, 0.0, 1.5)[..., 0]
    np.testing.assert_allclose(r, [8, 1, 3])
    np.testing.assert_allclose(d / (d + c), 4 / (4 + 1.5))


def test_large_units_are_remembered_for_a_shorter_time():
    y = np.repeat([[9.0], [0.2]], 60, axis=1)
    _, d, _ = shares.remember(y, np.array([60]), 0.01, 0.0, 1.0)[..., 0]
    assert d[0] < 0.5 * d[1]


def months(n, **known):
    """Months without season, growth, rounds or targets, but for what is `known`."""
    return total.Covariates(**({name: np.ones(n) for name in ("factor", "rounds", "ratio")} | known))


def at(slopes, **known):
    """The place of a point among all slopes of the grid: 0 but for what is `known`, and all kept."""
    wanted = {"growth": 0.0, "pull": 0.0, "followed": 0.0, "kept": 1.0} | known
    return np.isclose(np.array(slopes).T, [*wanted.values()]).all(axis=1).argmax()


def test_level_of_the_total_by_hand():
    grid = total.fit_total(np.array([3.0, 0.0, 1.0, 2.0]), months(4), dispersion=2.0, left=3)
    a = 3 * 0.75**3 + 0.75 + 2 + 0.5
    b = 0.75**3 + 0.75**2 + 0.75 + 1 + 0.5 * 4 / 6.5
    still = np.isclose(grid.slopes.growth, 0)
    assert grid.level[total.FORGETTING.tolist().index(0.25), still] == pytest.approx(a / b)
    assert grid.weight.sum() == pytest.approx(1)


def test_growth_lifts_the_past_to_today_by_hand():
    grid = total.fit_total(np.array([3.0, 0.0, 1.0]), months(3), dispersion=2.0, left=3)
    lifted = 1 + 0.75 * np.exp(-0.3 / 12) + 0.75**2 * np.exp(-0.6 / 12)
    place = at(grid.slopes, growth=0.3)
    found = grid.level[total.FORGETTING.tolist().index(0.25), place]
    assert found == pytest.approx((3 * 0.75**2 + 1 + 0.5) / (lifted + 0.5 * 3 / 4.5))


def test_growth_is_not_carried_further():
    """Twice as many each year: next year is expected to be like today, not twice today."""
    y = np.repeat([2.0, 4.0, 8.0, 16.0], 12)
    grid = total.fit_total(y, months(48), dispersion=1.5, left=12)
    ahead = total.expected(grid, months(12))
    assert ahead == pytest.approx(np.full(12, ahead[0]))
    assert 14 < ahead[0] < 24


def test_exposure_by_hand():
    known = months(2, factor=np.array([1.0, 4.0]), rounds=np.array([1.0, 9.0]), ratio=np.array([1.0, 0.5]))
    slopes = total._slopes(known, total.FOLLOWED, ())
    assert total.exposure(known, slopes)[at(slopes, pull=1.0, followed=0.5)] == pytest.approx([1, 6 * 0.5])


def test_how_much_a_break_leaves_is_learned():
    """A level that breaks keeps less of its past than one that goes on."""
    kept = []
    for after in (4.0, 40.0):
        y = np.random.default_rng(0).poisson(np.repeat([4.0, after], [48, 24])).astype(float)
        grid = total.fit_total(y, months(72), dispersion=1.5, left=3, breaks=(48,))
        kept.append(grid.weight.sum(axis=(0, 2)) @ grid.slopes.kept)
    assert kept[0] > kept[1] + 0.05
    alone = total.fit_total(y, months(72), dispersion=1.5, left=3)
    assert set(alone.slopes.kept) == {1.0}


def test_before_a_break_counts_half():
    y = np.array([[4.0, 2.0, 6.0], [0.0, 2.0, 0.0]])
    r, d, c = shares.remember(y, np.array([3]), 0.0, 0.0, 1.5, breaks=(2,))[..., 0]
    np.testing.assert_allclose([*r, *d, *c], [6 / 2 + 6, 2 / 2, 4 / 2 + 3, 4 / 2 + 3, 1.5, 1.5])
    twice = counts.discounted(y[0], 0.25, (1, 2))
    assert twice[-1] == pytest.approx(4 * 0.75**2 / 4 + 2 * 0.75 / 2 + 6)


@given(st.lists(st.floats(0, 1e9) | st.integers(2**29, 2**30).map(lambda x: 2.0 * x + 1), min_size=1))
def test_what_is_drawn_with_has_30_binary_digits(values):
    part, power = np.frexp(values)
    rounded = np.ldexp(np.round(np.ldexp(part, 30)), power - 30)  # halves to the even one
    np.testing.assert_array_equal(streams.settled(np.array(values)), np.maximum(rounded, streams.NEVER))


def test_the_probability_of_a_row_of_counts_is_that_of_each_at_every_point():
    rng = np.random.default_rng(0)
    y, mean = rng.poisson(1.0, (5, 6)), rng.gamma(2.0, 1.0, (3, 5, 6))
    told = counts.log_pmf(y, mean, 2 * mean)
    for at in np.ndindex(mean.shape):
        assert told[at] == pytest.approx(float(counts.log_pmf(y[at[1:]], mean[at], 2 * mean[at])), rel=1e-12)
    turned = np.asfortranarray(mean)  # however it lies in memory
    np.testing.assert_array_equal(counts.log_pmf(y, turned, 2 * turned), told)


def test_log_pmf_is_the_negative_binomial():
    y, mean, variance = np.arange(6), 1.7, 4.0
    expected = stats.nbinom.logpmf(y, mean**2 / (variance - mean), mean / variance)
    np.testing.assert_allclose(counts.log_pmf(y, mean, variance), expected)
    np.testing.assert_allclose(counts.log_pmf(y, mean, mean), stats.poisson.logpmf(y, mean), atol=1e-4)


def alike(parts, draws=1, rng=None):
    """A spell whose draws all spread alike over the months."""
    return shares._with_cells(np.tile(parts, (draws, 1)), rng or np.random.default_rng(0))


@pytest.mark.parametrize("products", [8.0, 800.0])
def test_variance_of_a_unit_by_hand(products):
    rng, ones = np.random.default_rng(0), np.ones(200_000)
    shared = shares.Common(products * ones, 0.5 * ones, ones)
    drawn = shares.draw_unit(shared, 0.5, 0.3, alike([0.25, 0.75], 200_000), rng)
    mean = products / 2
    np.testing.assert_allclose(drawn.mean(axis=0), [mean / 4, 3 * mean / 4], rtol=0.01)
    assert drawn.sum(axis=1).var() == pytest.approx(mean * (1 + 0.5) + mean**2 * 0.3, rel=0.02)
    within = 0.25 * 0.75 * mean  # a product goes to either month by itself
    assert (drawn[:, 0] - 0.25 * drawn.sum(axis=1)).var() == pytest.approx(within, rel=0.03)


def test_cells_keep_each_months_part_on_average():
    rng, parts = np.random.default_rng(0), np.array([0.001, 0.3, 0.699])
    cells = alike(parts, 20_000, rng).cells % 3
    np.testing.assert_allclose([(cells == month).mean() for month in range(3)], parts, rtol=0.05)


def test_variance_of_the_common_total_by_hand():
    spread = shares.Shares(np.array([0.25, 0.75]), np.array([1.2, 0.5]), np.ones(2), 0.2, 0.25, ())
    c = 0.25**2 * 1.2 + 0.75**2 * 0.5
    mean, variance = np.full(200_000, 10.0), np.full(200_000, 90.0)
    shared = shares.draw_common(mean, variance, spread, np.random.default_rng(0))
    drawn = shared.total
    assert (shared.room == 1).all()
    assert (shared.batch == 0.25).all()
    assert drawn.mean() == pytest.approx(10, rel=0.01)
    assert drawn.var() == pytest.approx((90 - 10 * 1.25 - 100 * c) / (1 + c), rel=0.02)


@pytest.mark.parametrize("share", [[1.0], [0.4, 0.6], [0.1] * 10])
def test_the_draws_have_the_totals_variance_whatever_the_number_of_units(share):
    """One unit is its province: it cannot vary more than the total does."""
    spread = shares.Shares(np.array(share), np.full(len(share), 1.2), np.ones(len(share)), 0.2, 0.25, ())
    mean, variance, rng = np.full(100_000, 20.0), np.full(100_000, 60.0), np.random.default_rng(0)
    shared, whole = shares.draw_common(mean, variance, spread, rng), alike([1.0], 100_000)
    drawn = sum(shares.draw_unit(shared, part, 1.2, whole, rng) for part in share)
    assert drawn.mean() == pytest.approx(20, rel=0.01)
    assert drawn.var() == pytest.approx(60, rel=0.03)


def test_variance_of_the_rounds_by_hand():
    x, mean = np.full((100_000, 4), 2.5), np.full(100_000, 30.0)
    parts = shares.draw_months(x, mean, 4.0, np.random.default_rng(0)).parts
    np.testing.assert_allclose(parts.sum(axis=1), 1)
    assert parts[:, 0].var() == pytest.approx(0.25 * 0.75 / (30 / (4 - 1) + 1), rel=0.03)


def test_rounds_never_put_all_into_one_month_for_sure():
    x, mean = np.full((100_000, 4), 2.5), np.full(100_000, 0.5)
    parts = shares.draw_months(x, mean, 11.0, np.random.default_rng(0)).parts
    assert parts[:, 0].var() == pytest.approx(0.25 * 0.75 / (4 + 1), rel=0.03)


def test_asked_for_longer_the_spread_grows():
    grid = total.fit_total(np.arange(48.0) % 5, months(48), dispersion=1.5, left=3)
    terms = {"season_variance": 0.0, "draws": 500}
    near, far = (
        total.draw_total(grid, months(6), stretch=k, rng=np.random.default_rng(0), **terms) for k in (1, 2)
    )
    ratio = (far[1] - near[1]) / near[0] ** 2
    assert set(ratio.round(6)) <= set(total.SPREAD.round(6))


def test_month_factors_find_the_rush_and_leave_flat_months_flat():
    rush = TrendModel(province(1, months=96)).fit().month_factors
    assert rush.mean() == pytest.approx(1, abs=1e-4)
    assert rush[12] > 1.4 > 0.8 > rush[1]
    flat = np.random.default_rng(1).poisson(0.3, (96, 27))
    assert TrendModel(panel_of(flat)).fit().month_factors.between(0.85, 1.15).all()


def test_growth_is_found():
    rate = 0.2 * np.exp(0.3 * np.arange(69) / 12)
    counts = np.random.default_rng(2).poisson(rate[:, None], (69, 27))
    growth = TrendModel(panel_of(counts)).fit().growth
    assert growth["lower"] < np.expm1(0.3) < growth["upper"]
    assert growth["lower"] > 0


# targets


def test_without_a_record_the_larger_target_expects_more():
    panel = panel_of(np.zeros((9, 2), int), units=["a", "b"])
    share = TrendModel(panel, targets_of(["a", "b"], [8, 2])).fit().expected_share
    assert share["a"] / share["b"] == pytest.approx(8.5 / 2.5)


def test_a_long_record_outweighs_the_target():
    panel = panel_of(np.random.default_rng(0).poisson([3.0, 3.0], (69, 2)))
    share = TrendModel(panel, targets_of(UNITS[:2], [8, 2])).fit().expected_share
    assert share.iloc[0] == pytest.approx(0.5, abs=0.1)


def test_targets_of_all_years_carry_a_change_of_the_plan():
    plan = {2018: 40, 2019: 80, 2020: 30, 2021: 90, 2022: 40, 2023: 100, 2024: 40}
    rng = np.random.default_rng(0)
    index = pd.period_range("2018-01", "2023-12", freq="M")
    counts = rng.poisson(np.array([plan[year] / 12 / 10 for year in index.year])[:, None], (72, 10))
    panel = pd.DataFrame(counts, index, UNITS[:10])
    targets = pd.concat([targets_of(UNITS[:10], [total // 10] * 10, year) for year, total in plan.items()])
    with_plan, without = (draws_of(panel, t, draws=1000).remaining().sum(axis=1) for t in (targets, None))
    assert abs(with_plan.median() - 40) < abs(without.median() - 40)
    assert with_plan.quantile(0.9) - with_plan.quantile(0.1) < without.quantile(0.9) - without.quantile(0.1)


def test_the_record_decides_whether_laggards_catch_up():
    """Each year half of the units have theirs by June and the others then: what is missing is what comes."""
    rng, index = np.random.default_rng(0), pd.period_range("2019-01", "2024-06", freq="M")
    early = rng.permuted(np.repeat([[True, False]], 10, axis=1).repeat(6, axis=0), axis=1)
    mean = np.where(early[index.year - 2019] == (index.month <= 6)[:, None], 1.0, 0.02)
    panel = pd.DataFrame(rng.poisson(mean), index, UNITS[:20])
    targets = pd.concat([targets_of(UNITS[:20], [6] * 20, year) for year in range(2019, 2025)])
    results = TrendModel(panel, targets).fit()
    assert results.leaning["missing"] > 0.2
    late = ~early[-1]
    assert results.expected_share[late].mean() > 2 * results.expected_share[~late].mean()


# rounds, breaks, and a month that is known in part


def with_rounds(months_with_round):
    """Ten units, 5 years, that recognise only in months with a round; as of September 2024."""
    index = pd.period_range("2020-01", "2024-09", freq="M")
    rng = np.random.default_rng(1)
    busy = rng.random((5, 12)) < 0.4  # no season: rounds fall in other months each year
    held = np.array([busy[month.year - 2020, month.month - 1] for month in index])
    panel = pd.DataFrame(rng.poisson(np.where(held, 1.0, 0.02)[:, None], (57, 10)), index, UNITS[:10])
    days = [f"{month}-20" for month in [*index[held].astype(str), *months_with_round]]
    return panel, pd.DataFrame({"date": pd.to_datetime(days), "level": "province"})


def test_planned_rounds_say_when_products_come():
    forecasts = {}
    for planned in (("2024-10",), ("2024-12",), ("2024-10", "2024-11", "2024-12")):
        panel, rounds = with_rounds(planned)
        results = TrendModel(panel, rounds=rounds).fit()
        assert "rounds" in results.notes
        assert results.followed["rounds"] > 0.4
        forecasts[planned] = results.forecast(seed=1, draws=1000).draws.sum(axis=1).mean(axis=0)
    early, late, all_three = forecasts.values()
    assert early[0] > 2 * early[2]
    assert late[2] > 2 * late[0]
    assert all_three.sum() > 1.3 * early.sum()


def test_rounds_without_a_planned_one_change_nothing():
    panel, rounds = with_rounds(())
    results = TrendModel(panel, rounds=rounds).fit()
    assert "rounds" not in results.notes
    same(results.forecast(seed=1, draws=50), draws_of(panel, draws=50))


def test_planned_rounds_of_a_level_that_held_none_say_nothing():
    panel, rounds = with_rounds(("2024-11",))
    rounds.loc[rounds["date"] > "2024-09-30", "level"] = "district"
    same(TrendModel(panel, rounds=rounds).fit().forecast(seed=1, draws=50), draws_of(panel, draws=50))


def test_rounds_that_never_mattered_are_not_followed():
    panel, days = province(), pd.date_range("2019-01-15", "2024-11-15", freq="61D")
    results = TrendModel(panel, rounds=pd.DataFrame({"date": days})).fit()
    assert results.followed["rounds"] < 0.3


def test_a_break_makes_the_forecast_less_sure_and_forgets_sooner():
    counts = np.random.default_rng(0).poisson(np.repeat([0.2, 0.9], [54, 15])[:, None], (69, 27))
    breaks = pd.DataFrame({"date": pd.to_datetime(["2023-06-20", "2030-01-01"])})
    results = TrendModel(panel_of(counts), breaks=breaks).fit()
    without = TrendModel(panel_of(counts)).fit()
    assert results.notes == ("breaks",)
    less = results.total.slopes.kept < 1
    assert (results.total.evidence[:, less] < without.total.evidence[:, :1]).all()
    assert (results.credibility < without.credibility).mean() > 0.9


def test_the_rest_of_a_month_is_still_to_come():
    panel = province()
    day = TrendModel(panel, as_of="2024-09-12").fit()
    forecast = day.forecast(seed=1, draws=2000)
    assert forecast.months.astype(str).tolist() == ["2024-09", "2024-10", "2024-11", "2024-12"]
    monthly = forecast.draws.sum(axis=1).mean(axis=0)
    factors = day.month_factors.loc[9:12] * [18 / 30, 1, 1, 1]
    np.testing.assert_allclose(monthly / monthly.sum(), factors / factors.sum(), atol=0.03)


def test_a_begun_month_is_known_in_part():
    panel = province()
    fitted = TrendModel(panel, as_of="2024-09-12").fit().calendar
    factor = fitted.season.factor[8]
    known, ahead = (
        fitted.observed(panel.index),
        fitted.future(pd.period_range("2024-09", "2024-12", freq="M")),
    )
    assert known.factor[-1] == pytest.approx(factor * 12 / 30)
    assert ahead.factor[0] == pytest.approx(factor * 18 / 30)
    assert known.factor[-2] == fitted.season.factor[7]


def test_a_begun_month_weighs_its_part_in_the_season():
    counts = np.tile(np.array([1, 1, 1, 1, 1, 1, 1, 1, 9, 1, 1, 1]), 6)[: 5 * 12 + 9]
    panel = panel_of(np.repeat(counts[:, None], 5, axis=1))
    half = panel.copy()
    half.iloc[-1] = 4  # of 9 by the 13th or so
    whole, part = (
        TrendModel(panel).fit().month_factors[9],
        TrendModel(half, as_of="2024-09-13").fit().month_factors[9],
    )
    assert part == pytest.approx(whole, rel=0.03)


def test_the_last_day_but_one_is_almost_the_month():
    panel = province(rate=0.6)
    days = [TrendModel(panel, as_of=as_of).fit() for as_of in ("2024-09-29", "2024-09")]
    means = [day.forecast(seed=1, draws=4000).draws[:, :, -3:].sum(axis=(1, 2)).mean() for day in days]
    assert means[0] == pytest.approx(means[1], rel=0.06)


def test_rounds_and_breaks_are_those_known_by_then():
    panel, rounds = with_rounds(("2024-10",))
    status = np.where(rounds["date"] <= "2024-09-30", "held", "planned")
    later = pd.DataFrame({"date": pd.to_datetime(["2024-11-02", "2024-03-03"]), "level": "province"})
    more = pd.concat([rounds.assign(status=status), later.assign(status=["held", "planned"])])
    same(*(TrendModel(panel, rounds=table).fit().forecast(seed=1, draws=50) for table in (rounds, more)))
    breaks = pd.DataFrame({"date": pd.to_datetime(["2024-09-13"])})
    one, other = (TrendModel(panel, as_of="2024-09-12", breaks=table).fit() for table in (breaks, None))
    same(*(results.forecast(seed=1, draws=50) for results in (one, other)))


def test_planned_rounds_alone_say_nothing():
    panel, rounds = with_rounds(("2024-11",))
    planned = rounds[rounds["date"] > "2024-09-30"].drop(columns="level")
    same(TrendModel(panel, rounds=planned).fit().forecast(seed=1, draws=50), draws_of(panel, draws=50))


def test_rounds_of_a_begun_month_are_held_to_the_day_and_ahead_after_it():
    panel, rounds = with_rounds(("2024-09", "2024-12"))
    rounds.loc[len(rounds)] = [pd.Timestamp("2024-09-05"), "province"]
    fitted = TrendModel(panel, as_of="2024-09-12", rounds=rounds).fit().calendar
    september = pd.PeriodIndex(["2024-09"], freq="M")
    (yields,), one = fitted.rounds.yields, np.array([[1.0]])
    assert fitted.observed(september).rounds == pytest.approx(yields.against_mean(one, np.array([12 / 30])))
    ahead = fitted.future(september, draws=4000).rounds[:, 0]
    assert ahead.min() == pytest.approx(yields.against_mean(0 * one, np.array([18 / 30]))[0])
    assert np.median(ahead) == pytest.approx(yields.against_mean(one, np.array([18 / 30]))[0])


def test_a_month_belongs_to_the_side_of_a_break_on_which_most_of_it_lies():
    months = pd.period_range("2023-01", periods=6, freq="M")
    found = {
        day: calendar.breaks_in(pd.DatetimeIndex([f"2023-{day}"]), months)
        for day in ("02-14", "02-15", "03-16", "03-17")
    }
    assert found == {"02-14": (1,), "02-15": (2,), "03-16": (2,), "03-17": (3,)}


def test_one_units_target_does_not_stand_for_all():
    """Early in a year targets come one by one: the largest unit's alone is no larger plan."""
    sizes, years = [20] + [3] * 9, range(2020, 2025)
    targets = pd.concat([targets_of(UNITS[:10], sizes, year) for year in years])
    only = targets[(targets["year"] < 2024) | (targets["unit"] == UNITS[0])]
    whole, part = (TrendModel(province(units=10), table).fit().calendar for table in (targets, only))
    months = pd.period_range("2024-10", "2024-12", freq="M")
    assert part.future(months).ratio == pytest.approx(whole.future(months).ratio)
    more = targets.assign(target=targets["target"].where(targets["year"] < 2024, 2 * targets["target"]))
    assert TrendModel(province(units=10), more).fit().calendar.future(months).ratio.min() > 1.4


def test_beyond_this_year_the_spread_grows_by_the_length():
    results = TrendModel(province(3)).fit()
    calls, draw = [], total.draw_total
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            total, "draw_total", lambda *args, **terms: calls.append(terms["stretch"]) or draw(*args, **terms)
        )
        results.forecast(seed=1, draws=20)
        results.forecast(seed=1, draws=20, until="2025-12")
    assert calls == [1, 5]


def test_with_too_short_a_record_the_grid_weighs_as_the_prior():
    grid = total.fit_total(np.array([3.0, 0.0, 1.0]), months(3), dispersion=2.0, left=9)
    by_growth = grid.weight.sum(axis=(0, 2))
    still = np.isclose(grid.slopes.growth, 0)
    step = 0.7 * 0.05 / 0.3 * np.exp(-np.abs(total.GROWTH) / 0.15)
    assert by_growth[still].sum() == pytest.approx((0.3 + step[10]) / (0.3 + step.sum()), rel=0.01)
    f, q = (np.exp(-0.5 * np.log(values / 0.03) ** 2) for values in (total.FORGETTING, total.SPREAD))
    assert grid.weight.sum(axis=(1, 2)) == pytest.approx(f / f.sum(), rel=0.01)
    assert grid.weight.sum(axis=(0, 1)) == pytest.approx(q / q.sum(), rel=0.01)


def test_the_last_day_of_a_month_is_the_month():
    panel = province()
    one, other = (
        TrendModel(panel, as_of=as_of).fit().forecast(seed=1, draws=50) for as_of in ("2024-09-30", None)
    )
    same(one, other)
    with pytest.raises(ValueError, match="neither the panel's last month, 2024-09"):
        TrendModel(panel, as_of="2024-08")


def test_targets_may_lack_units_and_name_others():
    targets = targets_of([*UNITS[:3], "zzz"], [5, None, 2, 9])
    results = TrendModel(province(), targets).fit()
    assert results.notes == ("units_without_target", "targets_of_other_units")


# what must never change an answer


@pytest.fixture(scope="module")
def fitted():
    return TrendModel(province()).fit()


@settings(max_examples=12, deadline=None)
@given(st.permutations(UNITS), st.integers(0, 2**32))
def test_column_order_changes_nothing(order, seed):
    one = TrendModel(province()[order]).fit().forecast(seed=seed, draws=50)
    other = TrendModel(province()).fit().forecast(seed=seed, draws=50)
    assert one.units.tolist() == list(order)
    np.testing.assert_array_equal(one.remaining()[UNITS], other.remaining())


@settings(max_examples=12, deadline=None)
@given(st.lists(st.sampled_from(UNITS), min_size=1, unique=True))
def test_the_set_of_units_asked_changes_no_draw(fitted, some):
    whole = fitted.forecast(seed=7, draws=50)
    part = replace(fitted, panel=fitted.panel[some]).forecast(seed=7, draws=50)
    np.testing.assert_array_equal(part.remaining(), whole.remaining()[some])


@pytest.mark.parametrize("years", [1, 4])
def test_empty_years_before_the_first_count_change_nothing(years):
    panel = province(months=57)  # from January 2020
    longer = panel_of(np.vstack([np.zeros((12 * years, 27), int), panel]))
    same(draws_of(longer), draws_of(panel))
    assert "empty_years" in TrendModel(longer).fit().notes


def test_same_seed_same_draws_other_seed_others(fitted):
    same(fitted.forecast(seed=2024, draws=50), fitted.forecast(seed=2024, draws=50))
    assert (fitted.forecast(seed=1, draws=50).draws != fitted.forecast(seed=2, draws=50).draws).any()


def test_a_units_number_is_the_sha256_of_its_code():
    assert code_number("389") == 13369076816524401013  # printf 389 | sha256sum | cut -c1-16, from hexadecimal


def test_inputs_are_left_alone():
    panel, targets = province(), targets_of(UNITS, [4] * 27)
    before = panel.copy(), targets.copy()
    draws_of(panel, targets)
    pd.testing.assert_frame_equal(panel, before[0])
    pd.testing.assert_frame_equal(targets, before[1])


# the edges

ZERO, ONE = np.zeros((69, 27), int), np.ones((69, 27), int)
HUGE, LAST, FIRST, SINGLE = ZERO + province().to_numpy(), ZERO.copy(), ZERO.copy(), ZERO.copy()
HUGE[40, 3], LAST[-1], FIRST[0], SINGLE[-1, 0] = 10_000, 1, 5, 1
EDGES = {
    "one month": (province(months=1), {"flat_months", "no_past_window"}),
    "one empty month": (panel_of(ZERO[:1]), {"no_counts", "flat_months", "no_past_window"}),
    "three months": (province(months=3), {"flat_months", "no_past_window"}),
    "first year partial": (province(months=14), {"flat_months"}),
    "all zero": (panel_of(ZERO), {"no_counts", "flat_months"}),
    "all one": (panel_of(ONE), set()),
    "huge month": (panel_of(HUGE), set()),
    "only the last month": (panel_of(LAST), {"empty_years", "flat_months"}),
    "only the first month": (panel_of(FIRST), set()),
    "a single count": (panel_of(SINGLE), {"empty_years", "flat_months"}),
    "one unit": (province(units=1), {"one_unit"}),
    "two units": (province(units=2), set()),
    "as of December": (province(end="2024-12", months=72), set()),
    "as of January": (province(end="2024-01", months=61), set()),
    "many products": (province(rate=1e6), set()),
}


@pytest.mark.parametrize("name", EDGES)
def test_every_edge_gets_an_honest_answer(name):
    panel, notes = EDGES[name]
    results = TrendModel(panel).fit()
    forecast = results.forecast(seed=1, draws=300)
    assert set(results.notes) == notes <= set(NOTES)
    assert forecast.draws.min() >= 0
    assert forecast.months[-1].month == 12
    total = forecast.draws.sum(axis=(1, 2), dtype=np.int64)
    assert total.max() > 0
    assert total.max() > total.min()
    assert results.credibility.between(0, 1).all()
    assert np.isfinite(results.growth).all()
    assert np.isfinite(results.dispersion).all()
    assert all(WORDS[f"fit_{note}"][1] in repr(results) for note in notes)


def test_december_looks_at_the_whole_next_year_and_until_says_otherwise():
    results = TrendModel(province(end="2024-12")).fit()
    assert len(results.forecast(seed=1, draws=10).months) == 12
    assert results.forecast(seed=1, draws=10, until="2024-12").draws.shape == (10, 27, 0)
    assert results.forecast(seed=1, draws=10, until="2026-06").draws.shape == (10, 27, 18)
    with pytest.raises(ValueError, match="ask for 2025-01 or later"):
        results.forecast(seed=1, until="2024-11")
    with pytest.raises(ValueError, match="draws must be a whole number"):
        results.forecast(seed=1, draws=0)


def test_five_thousand_units_take_seconds():
    counts = np.random.default_rng(0).poisson(0.3, (36, 5000))
    units = [f"{code:05d}" for code in range(5000)]
    forecast = draws_of(panel_of(counts, units=units), draws=20)
    assert forecast.draws.shape == (20, 5000, 3)


def test_a_short_record_is_wider_than_a_long_one():
    long, short = province(months=69), province(months=69).iloc[-4:]
    width = [np.ptp(np.quantile(draws_of(p, draws=1000).total(), [0.1, 0.9])) for p in (long, short)]
    assert width[1] > 1.5 * width[0]


def broken(index=None, columns=None, cell=0):
    panel = province(months=12).astype(float)
    panel.iloc[2, 1] = cell
    return panel.set_axis(panel.index if index is None else index).set_axis(
        panel.columns if columns is None else columns, axis=1
    )


MONTHS = pd.period_range("2023-01", periods=13, freq="M")


@pytest.mark.parametrize(
    ("panel", "words"),
    [
        (broken(cell=-1), "unit 381, month 2023-12: -1.0 is not a whole number"),
        (broken(cell=0.5), "unit 381, month 2023-12: 0.5 is not"),
        (broken(cell=np.nan), "unit 381, month 2023-12: nan is not"),
        (broken(cell=np.inf), "unit 381, month 2023-12: inf is not"),
        (broken(index=MONTHS.delete(4)), "from 2023-04 to 2023-06: reindex"),
        (broken(index=MONTHS[11::-1]), "from 2023-12 to 2023-11: reindex"),
        (broken(index=MONTHS[:12].to_timestamp()), "monthly PeriodIndex"),
        (broken(index=range(12)), "monthly PeriodIndex"),
        (broken(columns=["380", *UNITS[:26]]), "unit '380' has more than one column"),
        (broken(columns=range(27)), "unit code 0 is not text"),
        (province(months=12).iloc[:0], "the panel is empty"),
        (province(months=12).iloc[:, :0], "the panel is empty"),
        (province(months=12).to_numpy(), "must be a DataFrame"),
    ],
)
def test_a_bad_panel_is_told_where_and_what_to_do(panel, words):
    with pytest.raises(ValueError, match=words):
        TrendModel(panel)


@pytest.mark.parametrize(
    ("targets", "words"),
    [
        (targets_of(["380"], [-1]), "unit 380, year 2024: -1 is not a whole number"),
        (targets_of(["380", "380"], [1, 2]), "more than once"),
        (targets_of(["380"], [1]).drop(columns="year"), "lack column year"),
    ],
)
def test_bad_targets_are_told_too(targets, words):
    with pytest.raises(ValueError, match=words):
        TrendModel(province(months=12), targets)


def test_every_pair_of_notes_has_words():
    assert {key for key in WORDS if key.startswith("fit_")} == {f"fit_{note}" for note in NOTES}
