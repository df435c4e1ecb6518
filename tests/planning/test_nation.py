"""The country: joint draws that leave every province as it is, and an interval that keeps its promise."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from conftest import small_forecast
from scipy.stats import gamma, multivariate_normal, norm, spearmanr

from ocop_forecast.planning import nation
from ocop_forecast.planning.nation import PARTS, WIDTHS, Country, Member, shared
from ocop_forecast.scores import randomised_coverage

NONE = pd.Series(dtype=float)
WORLDS, PROVINCES = 200, 8


def member(key, totals=None, target=20, past=NONE, so_far=3):
    """A province of which only its total is known."""
    totals = np.random.default_rng([*key.encode()]).poisson(9, 500) + so_far if totals is None else totals
    row = pd.Series({"name": f"Tỉnh {key}", "so_far": so_far, "target": target, "flag": "at_risk"})
    middle, low, high = np.quantile(totals, [0.5, 0.1, 0.9], method="inverted_cdf")
    reach = np.nan if pd.isna(target) else (totals >= target).mean()
    row = pd.concat([row, pd.Series({"median": middle, "lower": low, "upper": high, "p_reach": reach})])
    return Member(key, row, totals, True, past)


def country(*members):
    return Country.of(members, seed=1, year=2024)


THREE = [member("01"), member("38"), member("79")]


# the draws


@pytest.mark.parametrize("part", [0.0, 0.3, 1.0])
def test_a_province_keeps_each_of_its_draws_once(part):
    joint = country(*THREE).joint(part)
    for column, one in zip(joint.T, THREE, strict=True):
        assert sorted(column) == sorted(one.totals)


def test_the_country_is_the_sum_of_its_provinces_in_every_draw():
    three = country(*THREE)
    whole = three.ends(three.draws.sum(axis=1))
    assert [three.whole[name] for name in ("median", "lower", "upper")] == whole.tolist()
    assert three.whole["so_far"] == 9
    assert three.whole["p_reach"] == (three.draws.sum(axis=1) >= 60).mean()


def test_where_nothing_is_shared_provinces_know_nothing_of_each_other():
    joint = country(*THREE).joint(0.0)
    others = [spearmanr(joint[:, a], joint[:, b]).statistic for a, b in ((0, 1), (0, 2), (1, 2))]
    assert np.abs(others).max() < 0.15  # 3.3 standard errors of 500 draws


def test_where_all_is_shared_their_quantiles_add_up():
    three = country(*THREE)
    edges = sum(three.ends(one.totals) for one in THREE)
    assert three.ends(three.sums(1.0)).tolist() == edges.tolist()


def test_draws_of_the_same_random_numbers_are_paired_anew():
    """Two provinces drawn with one seed rise and fall together by accident."""
    totals = np.random.default_rng(0).poisson(30, 2000)
    two = Country.of([member("01", totals), member("38", totals)], 1, 2024)
    assert abs(np.corrcoef(two.joint(0.0).T)[0, 1]) < 0.07


def test_the_order_of_provinces_says_nothing():
    one, other = country(*THREE), country(*THREE[::-1])
    assert np.array_equal(one.draws, other.draws)
    assert list(one.table.index) == list(other.table.index)


def test_another_province_leaves_the_draws_of_the_others():
    assert np.array_equal(country(*THREE).joint(0.3)[:, :2], country(*THREE[:2]).joint(0.3))


def test_one_province_is_its_own_forecast():
    alone = country(THREE[0])
    assert sorted(alone.draws[:, 0]) == sorted(THREE[0].totals)
    figures = ["so_far", "target", "median", "lower", "upper", "p_reach"]
    assert alone.whole[figures].tolist() == THREE[0].row[figures].tolist()


def test_a_member_is_a_forecasts_total():
    forecast = small_forecast()
    one = Member.of("38", pd.Series({"target": 3}), forecast, NONE)
    assert one.totals.tolist() == forecast.total().tolist()
    assert not one.earned


# those without a target


def test_who_has_no_target_is_in_the_sum_and_held_against_none():
    with_one = country(*THREE, member("40", target=pd.NA))
    aimed = with_one.aimed
    assert with_one.whole["so_far"] == 12
    assert (aimed["so_far"], aimed["target"]) == (9, 60)
    reached = (with_one.draws[:, [0, 1, 3]].sum(axis=1) >= 60).mean()
    assert with_one.whole["p_reach"] == aimed["p_reach"] == reached
    assert with_one.whole["median"] > aimed["median"]


def test_without_any_target_there_is_no_chance():
    none = country(member("01", target=pd.NA), member("38", target=pd.NA))
    assert pd.isna(none.whole["p_reach"])
    assert pd.isna(none.aimed["median"])
    assert none.flag == "no_target"


def test_the_flag_is_that_of_the_chance():
    assert country(member("01", target=3)).flag == "attained"
    assert country(member("01", target=4)).flag == "on_track"
    assert country(member("01", target=99)).flag == "needs_support"


def test_per_cents_are_earned_where_every_province_has():
    assert country(*THREE).earned
    unproven = Member("99", THREE[0].row, THREE[0].totals, False, NONE)
    assert not country(*THREE, unproven).earned


# what is shared


def test_the_chance_of_a_year_is_that_of_the_normal():
    scores, at, width = np.array([0.5, -1.2, 0.3]), 20, 4
    together = np.full((3, 3), PARTS[at]) + np.diag(np.full(3, 1 - PARTS[at]))
    law = multivariate_normal(np.zeros(3), WIDTHS[width] ** 2 * together)
    known = nation._log_chance(scores)[at, width] - 1.5 * np.log(2 * np.pi)
    assert known == pytest.approx(law.logpdf(scores))


def test_without_past_years_of_two_provinces_the_prior_is_all():
    alone = shared(pd.DataFrame({"01": {2021: 0.1, 2022: 0.2}, "38": {2023: 0.1}}))
    assert alone.mean == pytest.approx(0.3, abs=0.002)
    assert alone.years == ()


def test_the_years_of_two_provinces_teach():
    known = shared(pd.DataFrame({"01": {2021: 0.1, 2022: 0.2}, "38": {2022: 0.1, 2023: 0.1}}))
    assert (known.years, known.cases) == ((2022,), 2)


@pytest.mark.parametrize("width", [0.7, 1.4])
def test_intervals_too_wide_or_narrow_are_not_taken_for_what_is_shared(width):
    scores = np.random.default_rng(3).standard_normal((4, 12))
    means = [shared(pd.DataFrame(norm.cdf(scale * scores))).mean for scale in (1, width)]
    assert means[1] == pytest.approx(means[0], abs=0.04)


# does its interval hold? On countries whose provinces' own forecasts are right


def world(seed, common, provinces=PROVINCES, years=3, draws=200):
    """A country: its provinces' forecasts with what came in past years, and what then came."""
    rng = np.random.default_rng([seed, 4])
    mean, spread = np.exp(rng.normal(3.5, 0.6, provinces)), 0.12

    def came():
        shock, own = rng.standard_normal(), rng.standard_normal(provinces)
        luck = norm.cdf(np.sqrt(common) * shock + np.sqrt(1 - common) * own)
        return rng.poisson(mean * gamma.ppf(luck, 1 / spread, scale=spread))

    def forecast():
        return rng.poisson(mean * rng.gamma(1 / spread, spread, (draws, provinces)))

    past = []
    for _ in range(years):
        totals, seen = forecast(), came()
        past.append(((totals < seen).mean(axis=0) + (totals <= seen).mean(axis=0)) / 2)
    past = pd.DataFrame(past, range(2021, 2021 + years))
    told = [past[at] if years else NONE for at in range(provinces)]
    columns = enumerate(zip(forecast().T, told, strict=True))
    members = [Member(f"p{at}", NONE, totals, True, ranks) for at, (totals, ranks) in columns]
    return Country.of(members, seed, 2024), came().sum()


@cache
def measured(common, **terms):
    """How often intervals hold, their widths and what was learned, over many countries.

    Without `common` what is shared is drawn from the prior, so that intervals must hold as promised.
    """
    rows = []
    for seed in range(WORLDS):
        part = np.random.default_rng([seed, 9]).beta(*nation.PRIOR) if common is None else common
        whole, came = world(seed, part, **terms)
        sums = {"joint": whole.draws.sum(axis=1), "alone": whole.sums(0.0), "as one": whole.sums(1.0)}
        row = {"shared": whole.shared.mean}
        for name, totals in sums.items():
            row[name] = randomised_coverage(totals[:, None], np.array([came]), 0.8)[0]
            row[f"wide {name}"] = np.ptp(whole.ends(totals)[1:])
        rows.append(row)
    return pd.DataFrame(rows)


def error(held):
    """Three standard errors of how often an interval held."""
    return 3 * held.std() / np.sqrt(len(held))


@pytest.mark.parametrize("years", [0, 3])
def test_the_interval_holds_as_often_as_it_promises(years):
    held = measured(None, years=years)["joint"]
    assert held.mean() == pytest.approx(0.8, abs=error(held))


@pytest.mark.parametrize("years", [0, 3])
def test_without_the_common_shock_it_does_not(years):
    held = measured(None, years=years)["alone"]
    assert held.mean() + error(held) < 0.8


def test_where_provinces_share_nothing_that_is_learned():
    rows = measured(0.0)
    assert rows["shared"].mean() < 0.2
    assert rows["joint"].mean() > 0.8
    wide, one = (rows[f"wide {name}"].mean() / rows["wide alone"].mean() for name in ("joint", "as one"))
    assert wide < 1.5 < 2 < one


def test_where_they_share_much_more_is_learned():
    assert measured(0.6)["shared"].mean() > 0.35
