"""The pipeline: how dossiers pass, what comes of them, and whether its promises hold."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit
from statsmodels.api import GLM
from statsmodels.genmod.families import Binomial

from ocop_forecast.evaluation import simulated_dossiers
from ocop_forecast.models.glmm import Group, fit_mixed
from ocop_forecast.models.pipeline import Pipeline
from ocop_forecast.models.stages import FORWARD, RUSHED, S, fit_passage
from ocop_forecast.tables.dossiers import COUNCIL, STAGES, visits, waiting

NOW = pd.Period("2024-09", "M")
UNITS = pd.Index([f"u{at:02d}" for at in range(1, 28)], name="unit")


@pytest.fixture(scope="module")
def known():
    return simulated_dossiers.simulate(seed=3)


@pytest.fixture(scope="module")
def stays(known):
    return visits(known.dossiers)


@pytest.fixture(scope="module")
def pipeline(stays):
    return Pipeline.fit(stays, NOW)


def draws(pipeline, units=UNITS, **terms):
    return pipeline.forecast(units, **{"seed": 1, "draws": 400, **terms}).draws


# the regression


def group(of_row, sd):
    """Return effects of one kind, each borne by some rows."""
    return Group(of_row, np.zeros(of_row.max() + 1, int), (sd,))


def test_groups_that_hardly_differ_leave_the_glm_as_it_is():
    rng = np.random.default_rng(0)
    x = np.column_stack([np.ones(40), rng.standard_normal(40)])
    trials, of_row = np.full(40, 30.0), np.repeat(np.arange(10), 4)
    hits = rng.binomial(30, 1 / (1 + np.exp(-(0.3 + 0.8 * x[:, 1])))).astype(float)
    plain = GLM(hits / trials, x, family=Binomial(), var_weights=trials).fit()
    fitted = fit_mixed(hits, trials, x, [group(of_row, 1e-3)])
    assert fitted.beta == pytest.approx(plain.params, abs=2e-3)
    assert fitted.factor @ fitted.factor.T == pytest.approx(plain.cov_params(), abs=2e-3)
    assert np.abs(fitted.effect[0]).max() < 0.01


def test_effects_and_their_spread_are_found():
    rng = np.random.default_rng(1)
    effect, of_row = rng.normal(0, 0.8, 60), np.repeat(np.arange(60), 3)
    hits = rng.binomial(40, 1 / (1 + np.exp(-(0.5 + effect[of_row])))).astype(float)
    fitted = fit_mixed(hits, np.full(180, 40.0), np.ones((180, 1)), [group(of_row, 0.3)])
    assert fitted.sd[0] == pytest.approx(effect.std(), rel=0.15)
    assert np.corrcoef(fitted.effect[0], effect)[0, 1] > 0.95
    inside = np.abs(fitted.effect[0] - (effect - effect.mean())) < 1.96 * fitted.effect_se[0]
    assert inside.mean() > 0.85


def test_little_evidence_is_shrunk_more():
    trials = np.array([*[100.0] * 20, 4.0, 400.0])
    share = np.array([*[0.5] * 20, 0.75, 0.75])
    fitted = fit_mixed(trials * share, trials, np.ones((22, 1)), [group(np.arange(22), 0.3)])
    few, many = fitted.effect[0][-2:]
    assert 0 < few < many / 2 < np.log(3) / 2
    assert fitted.effect_se[0][-2] > 1.5 * fitted.effect_se[0][-1]


def test_two_kinds_in_one_group_are_two_groups_that_share_no_row():
    rng = np.random.default_rng(2)
    of_row, kind = np.repeat(np.arange(12), 5), np.repeat([0, 1], [5, 7])
    hits = rng.binomial(20, np.where(of_row < 5, 0.3, 0.6) + 0.2 * rng.random(60)).astype(float)
    x, trials, crossed = np.eye(2)[kind[of_row]], np.full(60, 20.0), group(np.arange(60) % 4, 0.5)
    together = fit_mixed(hits, trials, x, [Group(of_row, kind, (0.3, 0.6)), crossed])
    first, second = np.where(of_row < 5, of_row, -1), np.where(of_row < 5, -1, of_row - 5)
    apart = fit_mixed(hits, trials, x, [group(first, 0.3), group(second, 0.6), crossed])
    assert together.sd == apart.sd
    assert together.beta.tolist() == apart.beta.tolist()
    assert together.factor == pytest.approx(apart.factor, abs=1e-9)
    assert together.effect[0].tolist() == [*apart.effect[0], *apart.effect[1]]


# how dossiers pass


def test_without_any_history_published_councils_speak():
    nothing = visits(simulated_dossiers.simulate(seed=1).dossiers.iloc[:0])
    table = fit_passage(nothing, NOW).table()
    assert table.index.tolist() == list(STAGES)
    assert 0.7 < table["forward"].iloc[COUNCIL] < 0.85  # published: 144 of 185
    assert table["forward"].drop("submitted").to_numpy() == pytest.approx(
        np.delete(FORWARD, COUNCIL), abs=0.02
    )
    assert table["months"].between(0.2, 3).all()


def test_a_long_history_overrules_the_published_councils(known, stays):
    table = fit_passage(stays, NOW).table()
    true = 1 / (1 + np.exp(-known.truth.forward))
    assert table["forward"].to_numpy() == pytest.approx(true, abs=0.08)


def test_what_came_after_the_last_month_teaches_nothing(stays):
    early = pd.Period("2023-06", "M")
    cut = stays[stays["entered"] <= early.end_time].copy()
    late = cut["left"] > early.end_time
    cut.loc[late, ["left", "exit"]] = [pd.NaT, ""]
    first, second = fit_passage(stays, early), fit_passage(cut, early)
    assert first.leave.beta.tolist() == second.leave.beta.tolist()
    assert first.forward.beta.tolist() == second.forward.beta.tolist()
    assert first.back.tolist() == second.back.tolist()


def test_councils_sit_where_there_are_rounds():
    """Everybody leaves the council in months with a round, and nobody in others."""
    months = pd.period_range("2022-01", "2024-09", freq="M")
    with_round = pd.Series(np.arange(len(months)) % 3 == 2, months)
    rows = []
    for at, month in enumerate(months[:-3]):
        leaves = months[at : at + 3][with_round.iloc[at : at + 3].to_numpy()][0]
        entered, left = (
            month.to_timestamp() + pd.Timedelta(days=4),
            leaves.to_timestamp() + pd.Timedelta(days=20),
        )
        rows += [(f"d{at}-{n}", "389", COUNCIL, entered, left, "forward") for n in range(3)]
    table = pd.DataFrame(rows, columns=["dossier", "unit", "stage", "entered", "left", "exit"])
    fitted = fit_passage(table, NOW, with_round)
    assert fitted.leave.beta[-1] < -2


@pytest.mark.parametrize("rush", [0.0, 0.8])
def test_a_rush_at_the_years_end_is_found_where_there_is_one(rush):
    truth = replace(simulated_dossiers.prior(3), rush=rush)
    stays = visits(simulated_dossiers.simulate(truth, seed=3).dossiers)
    assert fit_passage(stays, NOW).leave.beta[RUSHED] == pytest.approx(rush, abs=0.25)


def test_a_short_past_is_hardly_believed_to_rush(known):
    early = visits(known.dossiers[known.dossiers["stage_date"] < "2019-12-31"])
    assert abs(fit_passage(early, pd.Period("2019-12", "M")).leave.beta[RUSHED]) < 0.8


# the draws


def test_draws_are_whole_joint_and_bounded_by_what_is_open(pipeline):
    coming = pipeline.forecast(UNITS, seed=1, draws=400)
    open_by_unit = pipeline.waiting["unit"].value_counts().reindex(UNITS, fill_value=0)
    assert coming.draws.shape == (400, 27, 3)
    assert coming.draws.dtype.kind == "i"
    assert (coming.draws.sum(axis=2) <= open_by_unit.to_numpy()).all()
    by_unit = coming.chance.groupby(pipeline.waiting["unit"]).sum().reindex(UNITS, fill_value=0)
    assert by_unit.to_numpy() == pytest.approx(coming.draws.sum(axis=2).mean(axis=0))


def test_a_councils_day_is_shared(pipeline):
    """Of independent dossiers the total would vary no more than the sum of the units' variances."""
    of_units = draws(pipeline, draws=2000).sum(axis=2)
    assert of_units.sum(axis=1).var() > 1.5 * of_units.var(axis=0).sum()


def test_neither_order_nor_company_moves_a_units_numbers(pipeline, stays):
    some = UNITS[[4, 2, 9]]
    assert (draws(pipeline, some) == draws(pipeline)[:, [4, 2, 9]]).all()
    mixed = Pipeline.fit(stays.sample(frac=1, random_state=1), NOW)
    assert (draws(mixed) == draws(pipeline)).all()


def test_how_many_are_drawn_at_once_moves_no_number(pipeline, monkeypatch):
    whole = pipeline.forecast(UNITS, seed=1, draws=400)
    monkeypatch.setattr("ocop_forecast.models.pipeline.CELLS", 1)
    by_unit = pipeline.forecast(UNITS, seed=1, draws=400)
    assert (whole.draws == by_unit.draws).all()
    assert whole.chance.equals(by_unit.chance)


def test_a_seed_fixes_the_draws(pipeline):
    assert (draws(pipeline) == draws(pipeline)).all()
    assert (draws(pipeline) != draws(pipeline, seed=2)).any()


def test_no_dossiers_bring_nothing():
    empty = Pipeline.fit(visits(simulated_dossiers.simulate(seed=1).dossiers.iloc[:0]), NOW)
    assert draws(empty).sum() == 0


def test_who_rushes_passes_sooner_from_october_on_and_not_before(stays):
    early = Pipeline.fit(stays, pd.Period("2024-06", "M"))
    beta = early.passage.leave.beta + np.eye(RUSHED + 1)[RUSHED]
    hurried = replace(early, passage=replace(early.passage, leave=early.passage.leave._replace(beta=beta)))
    before, after = draws(early), draws(hurried)
    assert (after[:, :, :3] == before[:, :, :3]).all()
    assert after[:, :, 3].sum() > 1.1 * before[:, :, 3].sum()


def test_the_level_is_a_logit_of_leaving_that_all_share(pipeline):
    higher, level = replace(pipeline, level=(0.5, 0.0)), replace(pipeline, level=(0.3, 0.4))
    assert draws(higher).sum() > 1.1 * draws(pipeline).sum()
    drawn = level.levels(1, 4000)
    assert (drawn.mean(), drawn.std()) == pytest.approx((0.3, 0.4), abs=0.03)
    total = draws(level, draws=2000).sum(axis=(1, 2))
    assert np.corrcoef(level.levels(1, 2000), total)[0, 1] > 0.3


def test_the_rest_of_a_month_brings_less_than_a_whole_one(stays):
    whole = Pipeline.fit(stays, pd.Period("2024-08", "M"))
    late = Pipeline.fit(stays, pd.Period("2024-09-25", "D"))
    assert draws(late).shape == (400, 27, 4)
    assert draws(late)[:, :, 0].sum() < draws(whole)[:, :, 0].sum()


def test_planned_rounds_are_followed_only_where_some_lie_ahead(stays):
    days = pd.date_range("2019-01-01", "2024-09-01", freq="MS") + pd.Timedelta(days=14)
    held = pd.DataFrame({"date": days, "status": "held"})
    assert not Pipeline.fit(stays, NOW, held).passage.by_round
    planned = pd.DataFrame({"date": pd.to_datetime(["2024-12-10"]), "status": "planned"})
    told = Pipeline.fit(stays, NOW, pd.concat([held, planned]))
    assert told.passage.by_round
    assert told.rounds[["2024-10", "2024-11", "2024-12"]].tolist() == [False, False, True]
    with_rounds, without = (
        draws(one, draws=2000).sum(axis=(0, 1)) for one in (told, Pipeline.fit(stays, NOW))
    )
    assert with_rounds[:2].sum() < 0.9 * without[:2].sum()
    assert with_rounds[2] / with_rounds.sum() > without[2] / without.sum()


@pytest.mark.parametrize(("day", "ahead"), [("2024-09-19", False), ("2024-09-20", True)])
def test_of_a_months_rounds_those_after_the_day_lie_ahead(stays, day, ahead):
    rounds = pd.DataFrame({"date": pd.to_datetime([day, "2024-12-10"]), "status": "planned"})
    told = Pipeline.fit(stays, pd.Period("2024-09-19", "D"), rounds).rounds
    assert told[["2024-09", "2024-10", "2024-11", "2024-12"]].tolist() == [ahead, False, False, True]


# whether its promises hold


def ranks(provinces):
    """Return where what came lies among the draws, of provinces and of their units, ties at random."""
    whole, each = [], []
    for seed in range(provinces):
        known = simulated_dossiers.simulate(seed=1000 + seed)
        pipeline = Pipeline.fit(visits(known.dossiers), NOW)
        drawn = pipeline.forecast(known.panel.columns, seed=1, draws=400).draws.sum(axis=2)
        luck, came = np.random.default_rng(seed).random(28), known.came_open.to_numpy()
        each += list((drawn < came).mean(axis=0) + luck[1:] * (drawn == came).mean(axis=0))
        total = drawn.sum(axis=1)
        whole.append((total < came.sum()).mean() + luck[0] * (total == came.sum()).mean())
    return np.array(whole), np.array(each)


def chi_square(ranks, bins=8):
    counts = np.histogram(ranks, bins, (0, 1))[0]
    return ((counts - len(ranks) / bins) ** 2).sum() / (len(ranks) / bins)


def spread(ranks):
    """Return the ranks' mean square around the middle, 1 if they are even, in standard errors from 1."""
    return (12 * ((ranks - 0.5) ** 2).mean() - 1) / np.sqrt(0.8 / len(ranks))


def with_passage(monkeypatch, change):
    """Let every pipeline be fitted with both regressions changed."""

    def changed(*terms):
        fitted = fit_passage(*terms)
        return replace(fitted, leave=change(fitted.leave), forward=change(fitted.forward))

    monkeypatch.setattr("ocop_forecast.models.pipeline.fit_passage", changed)


@pytest.fixture(scope="module")
def ranked():
    return ranks(48)


def test_simulation_based_calibration_of_the_province(ranked):
    """Even ranks: chi-square with 7 degrees of freedom stays below 24.3 but in 1 of 1,000 cases."""
    assert chi_square(ranked[0]) < 24.3
    assert abs(spread(ranked[0])) < 3.3


def test_simulation_based_calibration_of_the_units(ranked):
    """Units of a province are not independent: their chi-square is held against half as many of them."""
    assert chi_square(ranked[1]) / 2 < 24.3
    assert 0.76 < ((ranked[1] > 0.1) & (ranked[1] < 0.9)).mean() < 0.84


def test_the_calibration_tells_if_a_month_is_not_shared(monkeypatch):
    with_passage(monkeypatch, lambda part: part._replace(sd=(part.sd[0], *[0.0] * S)))
    assert spread(ranks(48)[0]) > 3.3


def test_the_calibration_tells_if_dossiers_are_thought_slower(monkeypatch):
    with_passage(monkeypatch, lambda part: part._replace(beta=part.beta - 0.4))
    assert chi_square(ranks(16)[0]) > 24.3


def test_waiting_is_what_the_pipeline_starts_from(pipeline, stays):
    assert len(pipeline.waiting) == len(waiting(stays, NOW))


def test_the_published_share_is_the_prior_of_the_council():
    assert logit(FORWARD[COUNCIL]) == pytest.approx(logit(144 / 185), abs=0.25)
