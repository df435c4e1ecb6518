"""The projection: one forecast of two sources, in which no product is counted twice."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import ocop_forecast as ocop
from ocop_forecast.evaluation import simulated_counts, simulated_dossiers
from ocop_forecast.models.known import Known
from ocop_forecast.models.pipeline import Coming
from ocop_forecast.models.pool import Pool, pooled
from ocop_forecast.models.projection import LEVEL_SD, _level, _origins, _seen, combined, fit_pool
from ocop_forecast.models.stages import fit_passage
from ocop_forecast.models.streams import thinned
from ocop_forecast.planning.coverage import coverage
from ocop_forecast.scores import rps
from ocop_forecast.tables.dossiers import visits

NOTHING = pd.DataFrame(columns=["origin", "year", "came", "opened", "trend", "pool"])


@pytest.fixture(scope="module")
def known():
    told = simulated_dossiers.simulate(seed=5, units=12)
    return Known(told.panel, told.panel.index[-1], visits=visits(told.dossiers))


# the two sources


def test_without_dossiers_and_target_nothing_changes(province):
    terms = {"as_of": province.as_of, "rounds": province.rounds, "breaks": province.breaks}
    before = province.targets[province.targets["year"] < 2024]
    trend = ocop.TrendModel(province.panel, before, **terms).fit().forecast(seed=2024, draws=300)
    for without in (None, province.dossiers.iloc[:0]):
        told = ocop.project(replace(province, dossiers=without, targets=before), seed=2024, draws=300)
        assert told.source is None
        assert (told.forecast.draws == trend.draws).all()
        assert told.pool is None


def test_a_weight_of_nothing_leaves_the_trend_and_a_full_one_nothing_of_it(projection):
    trend, coming = projection.trend, projection.coming
    assert (pooled(trend, coming, Pool(0.0, 1, 1, NOTHING), 1).draws == trend.draws).all()
    told = pooled(trend, coming, Pool(1.0, 1e9, 0.0, NOTHING), 1)  # nothing ever came from elsewhere
    assert (told.draws == coming.draws).all()


def test_nothing_is_counted_twice(projection):
    """With an empty pipeline the story is the thinned trend; with all of it later, the trend and no more."""
    trend, empty = projection.trend, Coming(np.zeros_like(projection.coming.draws), None)
    part = pooled(trend, empty, Pool(1.0, 3e6, 1e6, NOTHING), 1).draws
    assert (part <= trend.draws).all()
    assert part.sum() / trend.draws.sum() == pytest.approx(0.25, abs=0.02)
    whole = pooled(trend, empty, Pool(1.0, 0.0, 1e9, NOTHING), 1).draws
    assert (whole == trend.draws).all()


def test_each_draw_is_of_one_story_for_the_whole_province(projection):
    pool = Pool(0.4, 1, 1, NOTHING)
    draws, story = (
        pooled(projection.trend, projection.coming, pool, 1),
        pooled(projection.trend, projection.coming, replace(pool, weight=1.0), 1),
    )
    of_trend = (draws.draws == projection.trend.draws).all(axis=(1, 2))
    of_story = (draws.draws == story.draws).all(axis=(1, 2))
    assert (of_trend | of_story).all()
    assert of_story.mean() == pytest.approx(0.4, abs=0.05)


def test_the_order_of_units_moves_nothing(known):
    pool, turned = Pool(0.5, 3, 1, NOTHING), replace(known, panel=known.panel.iloc[:, ::-1])
    draws = []
    for one in (known, turned):
        trend = one.trend().forecast(seed=1, draws=200)
        coming = one.pipeline().forecast(trend.units, seed=1, draws=200)
        draws.append(pooled(trend, coming, pool, 1).draws)
    assert (draws[0] == draws[1][:, ::-1]).all()


def test_thinning_keeps_the_mean_and_never_grows_with_less():
    counts = np.random.default_rng(0).poisson(6, (4000, 3))
    some, more = (thinned(counts, part, np.random.default_rng(1)) for part in (0.3, 0.7))
    assert (some <= more).all()
    assert (more <= counts).all()
    assert some.sum() / counts.sum() == pytest.approx(0.3, abs=0.01)
    assert some.dtype == counts.dtype


# the weight


def test_snapshots_are_of_past_years_and_about_as_far_from_december(province, projection):
    origins = [str(origin) for origin in _origins(Known.of(province), projection.results)]
    assert origins == ["2021-10", "2022-08", "2022-09", "2022-10", "2023-08", "2023-09", "2023-10"]


def test_a_day_in_a_month_looks_back_from_the_months_that_are_whole(province):
    told = Known.of(ocop.read_province(as_of="2024-09-19", dossiers="example"))
    assert {origin.month for origin in _origins(told, told.trend())} == {7, 8, 9}


def test_there_is_no_weight_without_a_past_to_learn_it_from(known):
    early = pd.Period("2024-01", "M")
    young = replace(known, visits=known.visits[known.visits["entered"] >= early.start_time])
    pool = fit_pool(young, young.trend(), seed=1)
    assert pool.weight == 0
    assert pool.snapshots.empty
    assert (
        combined(young, seed=1, draws=200).forecast.draws == young.trend().forecast(seed=1, draws=200).draws
    ).all()


def test_a_first_month_that_is_not_over_has_no_past(known):
    first = known.panel.iloc[:1]
    early = replace(known, panel=first, as_of=pd.Period(f"{first.index[0]}-15", "D"))
    assert _origins(early, None) == []


def test_a_past_that_was_written_down_less_fully_is_no_lesson(known):
    """One old dossier makes no history: else today's many would come on top of nearly the whole trend."""
    year = known.as_of.year
    begun = known.visits.groupby("dossier")["entered"].transform("min")
    few = known.visits["dossier"].isin(known.visits["dossier"].unique()[::50])
    short = replace(known, visits=known.visits[(begun >= f"{year}-01-01") | few].reset_index(drop=True))
    assert fit_pool(known, known.trend(), seed=1).weight > 0
    assert fit_pool(short, short.trend(), seed=1).weight == 0


def test_a_table_that_shows_no_moves_is_fitted_by_what_is_usual(known):
    """One row a dossier with its present stage: the waits alone would say that nobody ever leaves."""
    last = known.visits.groupby("dossier").tail(1)
    present = replace(known, visits=last[last["exit"] == ""].reset_index(drop=True))
    told = combined(present, seed=1, draws=200)
    usual = Known(known.panel, known.as_of, visits=known.visits.iloc[:0]).pipeline().passage
    assert told.pool.weight == 0
    assert told.pipeline.passage.leave.beta.tolist() == usual.leave.beta.tolist()
    assert told.coming.draws.sum() > 0


def test_a_snapshot_sees_nothing_of_what_came_later(known):
    """What is written down after an origin moves what came, not what either source said of it."""
    before = fit_pool(known, known.trend(), seed=1).snapshots
    origin = before["origin"].iloc[-1]
    later = known.visits["entered"] > origin.end_time
    cut = known.visits[~later].copy()
    cut.loc[cut["left"] > origin.end_time, ["left", "exit"]] = [pd.NaT, ""]
    then = known.at(origin)
    whole = then.pipeline().forecast(known.panel.columns, seed=1, draws=200).draws
    part = replace(then, visits=cut).pipeline().forecast(known.panel.columns, seed=1, draws=200).draws
    assert (whole == part).all()
    assert then.panel.index[-1] == origin
    assert then.rounds is None


def test_a_past_is_fitted_once_however_it_is_asked_for(known):
    last, before = pd.Period("2023-09", "M"), pd.Period("2022-09", "M")
    assert known.at(last).at(before) is known.at(before)
    assert known.at(before).trend() is known.at(last).at(before).trend()
    assert known.at(before).pipeline() is known.at(before).pipeline()


def test_other_dossiers_and_another_order_of_units_have_a_past_of_their_own(known):
    before = pd.Period("2022-09", "M")
    fewer = replace(known, visits=known.visits.iloc[:-50])
    turned = replace(known, panel=known.panel.iloc[:, ::-1])
    known.at(before)
    assert fewer.at(before).visits is fewer.visits
    assert turned.at(before).panel.columns.equals(turned.panel.columns)
    assert known.at(before).panel.columns.equals(known.panel.columns)


def test_counts_of_a_snapshot_are_those_of_the_register(projection, province):
    snapshots = projection.pool.snapshots
    for row in snapshots.itertuples():
        window = province.panel.loc[row.origin + 1 : f"{row.year}-12"]
        assert row.came == window.to_numpy().sum()
    assert (snapshots["opened"] <= snapshots["came"]).all()


def scored(known, came, draws=400):
    told = combined(known, seed=1, draws=draws)
    return [rps(one.remaining().to_numpy(), came).mean() for one in (told.trend, told.forecast)], told.pool


def test_dossiers_that_tell_are_believed_and_help():
    """Paired on six provinces whose recognitions come out of dossiers; benchmarks/pipeline.py has more."""
    rows, weights = [], []
    for seed in range(6):
        told = simulated_dossiers.simulate(seed=50 + seed, units=12)
        known = Known(told.panel, told.panel.index[-1], visits=visits(told.dossiers))
        score, pool = scored(known, told.came.sum().to_numpy())
        rows.append(score)
        weights.append(pool.weight)
    trend, both = np.mean(rows, axis=0)
    assert both < 0.85 * trend
    assert np.mean(weights) > 0.4


def test_dossiers_that_tell_nothing_are_hardly_believed_and_do_no_harm():
    rows, weights = [], []
    for seed in range(6):
        told, other = (
            simulated_dossiers.simulate(seed=50 + seed, units=12),
            simulated_counts.simulate(seed=seed, units=12, with_targets=False),
        )
        panel = other.panel.set_axis(told.panel.columns, axis=1)
        known = Known(panel, panel.index[-1], visits=visits(told.dossiers))
        score, pool = scored(known, other.came.sum().to_numpy())
        rows.append(score)
        weights.append(pool.weight)
    trend, both = np.mean(rows, axis=0)
    assert both < 1.08 * trend
    assert np.mean(weights) < 0.25


# the level


def test_a_total_is_seen_at_the_level_that_it_was_drawn_with():
    rng = np.random.default_rng(0)
    level = rng.normal(0, LEVEL_SD, 4000)
    total = np.exp(4 + 0.8 * level + 0.2 * rng.standard_normal(4000)) - 0.5
    evidence, precision = _seen(level, total, np.exp(4.4) - 0.5)
    assert evidence / precision == pytest.approx(0.5, abs=0.02)  # (4.4 - 4) / 0.8
    assert precision == pytest.approx(0.8**2 / (0.2**2 + 0.1**2), rel=0.05)


def test_without_dossiers_a_snapshot_says_nothing_of_the_level():
    evidence, precision = _seen(np.random.default_rng(0).normal(0, LEVEL_SD, 500), np.zeros(500), 0)
    assert (evidence, precision) == pytest.approx((0, 0), abs=1e-9)


def test_the_level_is_the_mean_of_prior_and_snapshots_by_their_precision():
    seen = pd.DataFrame({"evidence": [2.0, 4.0], "precision": [2.0, 2.0]})
    assert _level(seen.iloc[:0]) == (0, LEVEL_SD)
    assert _level(seen) == (0.75, 0.35)  # 6 / (4 + 2 + 2), and the root of 1 / 8


def test_a_pipeline_that_said_too_little_of_past_years_is_raised(known, monkeypatch):
    usual = fit_pool(known, known.trend(), seed=1)

    def slower(*terms):
        fitted = fit_passage(*terms)
        return replace(fitted, leave=fitted.leave._replace(beta=fitted.leave.beta - 0.6))

    monkeypatch.setattr("ocop_forecast.models.pipeline.fit_passage", slower)
    raised = fit_pool(replace(known, past={}), known.trend(), seed=1)
    assert raised.level[0] > usual.level[0] + 0.2
    assert 0 < raised.level[1] < LEVEL_SD


def test_the_projection_draws_dossiers_at_the_level_learned(projection):
    assert projection.pipeline.level == projection.pool.level
    forecast, seed = projection.forecast, projection.seed
    rounds = projection.results.calendar.with_round(forecast.months, seed, len(forecast.draws))
    terms = {"seed": seed, "draws": len(forecast.draws), "with_round": rounds}
    again = projection.pipeline.forecast(forecast.units, **terms)
    assert (again.draws == projection.coming.draws).all()


# the embedded data


def test_the_projection_of_the_embedded_data_stands(projection, province):
    pool = projection.pool
    assert 0 < pool.weight <= 1
    assert pool.part < 0.2
    assert projection.forecast.draws.shape == projection.trend.draws.shape
    waiting = province.waiting["unit"].value_counts()
    few = projection.coming.draws.sum(axis=2).max(axis=0)
    assert (few <= waiting.reindex(projection.forecast.units, fill_value=0).to_numpy()).all()


def test_coverage_holds_open_dossiers_against_what_is_missing(projection, province):
    outlook = ocop.assess(projection, province)
    table = coverage(projection, outlook)
    units, whole = table.iloc[:-1], table.iloc[-1]
    assert (table["open"] == table[["committed", "best_case", "pipeline"]].sum(axis=1)).all()
    assert whole["open"] == units["open"].sum() == len(province.waiting)
    assert whole["expected"] == pytest.approx(units["expected"].sum())
    assert table.loc["389", ["done", "committed", "best_case", "pipeline", "needed"]].tolist() == [
        0,
        0,
        1,
        3,
        3,
    ]
    assert table.loc["389", "coverage"] == pytest.approx(4 / 3)
    assert pd.isna(table.loc["390", "coverage"])
    assert table.attrs["snapshots"] == 7
    assert table.attrs["years"] == 3


def test_without_dossiers_there_is_no_coverage_to_tell(projection, province):
    outlook = ocop.assess(projection.trend, province)
    without = replace(projection, pipeline=None, coming=None, pool=None)
    with pytest.raises(ocop.TermsError) as caught:
        coverage(without, outlook)
    assert caught.value.key == "ask_dossiers"
