"""Late entries: what earlier runs teach of them, and the draws of what is not entered yet."""

import json
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pandas as pd
import pytest
from conftest import small_forecast
from hypothesis import given, settings
from hypothesis import strategies as st
from offices import SETTINGS, office

import ocop_forecast as ocop
from ocop_forecast.batch import monthly
from ocop_forecast.batch.earlier import Kind, runs_before
from ocop_forecast.evaluation import simulated_counts
from ocop_forecast.models import late
from ocop_forecast.models.forecast import Forecast
from ocop_forecast.models.known import Known, Past, delays_of
from ocop_forecast.models.pipeline import Coming
from ocop_forecast.models.pool import Pool, pooled
from ocop_forecast.models.projection import combined
from ocop_forecast.models.trend import TrendModel
from ocop_forecast.periods import to_come
from ocop_forecast.planning.outlook import Outlook
from ocop_forecast.planning.scenarios import scenario
from ocop_forecast.planning.support import support, supported
from ocop_forecast.reporting.pack import cautions

NOW = pd.Period("2024-09")
HALF = late.Delays(np.array([0.5, 0.75, 1, 1, 1, 1]), np.full(late.AGES, 0.05))


def panel_of(counts, end="2024-09", units=("380", "381")):
    counts = np.asarray(counts)
    return pd.DataFrame(counts, pd.period_range(end=end, periods=len(counts), freq="M"), list(units))


def run_of(panel, as_of=None):
    """An earlier run that knew this panel."""
    as_of = panel.index[-1] if as_of is None else pd.Period(as_of)
    months = to_come(as_of)
    return Forecast(panel, months, np.zeros((1, panel.shape[1], len(months)), int), as_of)


def runs(panel, missing, months=range(12, 22)):
    """Runs that lacked so many of each unit's products in their last months, the newest first."""
    made = []
    for known in months:
        then = panel.iloc[:known].copy()
        for back, less in enumerate(missing, 1):
            then.iloc[-back] -= less
        made.append(run_of(then))
    return made


EVEN = panel_of(np.full((33, 2), 10))


# what is learned


def test_completeness_by_hand():
    delays = late.learn(EVEN, NOW, runs(EVEN, (6, 2)))  # 10 months of 20 products, of which 8 and 16 were in
    assert delays.part.tolist() == [round((80 + 3) / 203, 2), round((160 + 3) / 203, 2), 1, 1, 1, 1]
    # all months alike: only the prior's pairs and the few months speak for a correlation
    assert (delays.alike <= 0.1).all()
    assert late.entered(delays, EVEN.index[-3:], NOW).tolist() == [1, 0.8, 0.41]


def test_months_that_are_entered_as_one_are_told_from_months_of_even_lateness():
    whole = [run_of(EVEN.iloc[:months]) for months in range(12, 22, 2)]
    none = [one for one in runs(EVEN, (10,)) if len(one.panel) % 2]
    as_one, even = late.learn(EVEN, NOW, [*whole, *none]), late.learn(EVEN, NOW, runs(EVEN, (5,)))
    assert as_one.alike[0] > 4 * even.alike[0]


def test_without_evidence_nothing_is_late():
    assert late.learn(EVEN, NOW, []) is None
    assert late.learn(EVEN, NOW, runs(EVEN, ())) is None
    young = runs(EVEN, (9, 9), months=range(29, 33))  # months that may not be complete yet teach nothing
    assert late.learn(EVEN, NOW, young) is None


def test_what_was_struck_is_held_against_what_came_late():
    assert late.learn(EVEN, NOW, runs(EVEN, (-3,))) is None
    assert late.learn(EVEN, NOW, [*runs(EVEN, (3,), [12, 14]), *runs(EVEN, (-3,), [13, 15])]) is None


def test_an_older_month_is_never_less_complete():
    part = late.learn(EVEN, NOW, runs(EVEN, (1, 4, 1))).part
    assert (np.diff(part) >= 0).all()
    assert part[0] == part[1] < part[2] < 1


def test_another_register_teaches_nothing():
    others = [
        EVEN.rename(columns={"381": "391"}),  # other units
        EVEN.iloc[:, :1],
        EVEN * 2,  # other months, long ago
    ]
    for other in others:
        assert late.learn(EVEN, NOW, runs(other, (6, 2))) is None
    assert late.learn(EVEN, NOW, [run_of(EVEN.iloc[8:12] - 5)]) is None  # nothing old to know it by


def test_runs_at_one_age_of_a_month_say_it_once():
    one = runs(EVEN, (6,))
    told, again = late.learn(EVEN, NOW, one), late.learn(EVEN, NOW, [*one, *one, *one])
    assert (told.part == again.part).all()
    assert (told.alike == again.alike).all()


def test_a_begun_month_teaches_nothing_of_its_own():
    then = EVEN.iloc[:20].copy()
    then.iloc[-1] = 1
    assert late.learn(EVEN, NOW, [run_of(then, f"{then.index[-1]}-10")]) is None
    then.iloc[-2] = 4  # over ten days ago
    assert late.learn(EVEN, NOW, [run_of(then, f"{then.index[-1]}-10")]).part[0] < 0.7


def test_reconstructed_months_and_a_programmes_december_teach_nothing():
    province = ocop.read_province(as_of=NOW)
    then = province.panel[:"2023-12"].copy()
    then.iloc[-1] //= 2
    assert late.learn(province.panel, NOW, [run_of(then)]) is not None
    assert delays_of(province, [run_of(then)]) is None
    register = province.register.assign(origin="published")
    province = replace(province, register=register)
    assert delays_of(province, [run_of(then)]) is not None
    assert delays_of(replace(province, count_by="programme"), [run_of(then)]) is None


@settings(max_examples=60)
@given(st.data())
def test_any_triangle_is_learned_from(data):
    """Empty months, corrections downwards and upwards, units without a product."""
    cells = st.lists(st.lists(st.integers(0, 5), min_size=2, max_size=2), min_size=26, max_size=26)
    panel = panel_of(data.draw(cells))
    told = []
    for known in data.draw(st.lists(st.integers(8, 25), max_size=4)):
        then = panel.iloc[:known].copy()
        moved = data.draw(st.lists(st.integers(-3, 3), min_size=3, max_size=3))
        then.iloc[-3:] = (then.iloc[-3:] + np.array(moved)[:, None]).clip(lower=0)
        told.append(run_of(then))
    delays = late.learn(panel, NOW, told)
    if delays is None:
        return
    assert ((delays.part > 0) & (delays.part <= 1)).all()
    assert (np.diff(delays.part) >= 0).all()
    assert (delays.part < 1).any()
    drawn = delays.draw(panel.index[-1:], NOW, 50, np.random.default_rng(0))
    assert ((drawn >= 0) & (drawn <= 1)).all()


# what is drawn


@pytest.fixture(scope="module")
def simulated():
    return simulated_counts.simulate(seed=3, units=9, as_of="2024-09")


@pytest.fixture(scope="module")
def fitted(simulated):
    return TrendModel(simulated.panel, simulated.targets, delays=HALF).fit()


def test_where_nothing_is_late_the_draws_are_the_same_to_the_digit(simulated):
    whole = late.Delays(np.ones(late.AGES), np.full(late.AGES, 0.1))
    one, other = (
        TrendModel(simulated.panel, simulated.targets, delays=delays).fit().forecast(seed=1, draws=200)
        for delays in (None, whole)
    )
    assert other.late is None
    np.testing.assert_array_equal(one.draws, other.draws)
    province = ocop.read_province(as_of=NOW)
    plain, taught = (
        ocop.project(province, seed=1, draws=100, earlier=earlier)
        for earlier in ((), [Past(run_of(province.panel[:"2023-10"]))])
    )
    np.testing.assert_array_equal(plain.forecast.draws, taught.forecast.draws)


def test_what_is_late_counts_in_the_year_and_not_in_what_is_to_come(fitted):
    forecast = fitted.forecast(seed=1, draws=300)
    assert forecast.late.shape == (300, 9, 2)
    assert forecast.draws.shape == (300, 9, 3)
    added = forecast.late.sum(axis=2)
    np.testing.assert_array_equal(
        forecast.year_end(), forecast.remaining() + added + forecast.so_far.to_numpy()
    )
    assert (forecast.year_end() >= forecast.so_far).all(axis=None)
    np.testing.assert_array_equal(forecast.total(), forecast.year_end().sum(axis=1))
    np.testing.assert_array_equal(forecast.path().iloc[:, -1], forecast.total())
    np.testing.assert_array_equal(forecast.path("u1").iloc[:, -1], forecast.year_end()["u1"])
    np.testing.assert_array_equal(forecast.quantiles([1.0])[1.0], forecast.year_end().max())
    np.testing.assert_array_equal(forecast.by_close(), forecast.total())
    assert forecast.not_entered.index.astype(str).tolist() == ["2024-08", "2024-09"]
    assert forecast.not_entered.sum() == pytest.approx(added.sum(axis=1).mean())
    told = forecast.frame().set_index(["target", "unit", "output_type"])["value"]
    assert told["year_total", "total", "mean"].item() == pytest.approx(forecast.total().mean())
    assert told["remaining", "total", "mean"].item() == pytest.approx(forecast.remaining().sum(axis=1).mean())


def test_a_day_in_a_month_has_late_entries_before_it_and_its_rest_ahead(simulated):
    results = TrendModel(simulated.panel, as_of="2024-09-12", delays=HALF).fit()
    forecast = results.forecast(seed=1, draws=300)
    assert forecast.months[0] == NOW
    assert forecast.late.shape[2] == 3  # September's twelve days; August was over just twelve days ago
    assert late.entered(HALF, forecast.not_entered.index, results.as_of).tolist() == [0.75, 0.5, 0.5]


def test_last_years_months_teach_the_level_and_count_nothing(simulated):
    panel = simulated.panel[:"2024-01"]
    forecast = TrendModel(panel, delays=HALF).fit().forecast(seed=1, draws=100)
    assert forecast.late.shape[2] == 1
    panel = simulated.panel[:"2023-12"]
    results = TrendModel(panel, delays=HALF).fit()
    assert results.forecast(seed=1, draws=100).late is None
    ended = results.forecast(seed=1, draws=100, until="2023-12")
    assert (ended.year_end() == panel["2023":].sum()).all(axis=None)
    more = results.expected().to_numpy().sum() / TrendModel(panel).fit().expected().to_numpy().sum()
    assert more > 1


def test_expected_and_rates_are_of_the_months_to_come(fitted):
    forecast = fitted.forecast(seed=1, draws=4000)
    for targets in (None, fitted.lean):
        results = replace(fitted, lean=targets)
        assert results.expected().columns.equals(forecast.months)
        assert results.rates(seed=1, draws=4000).shape == forecast.draws.shape
        drawn = results.forecast(seed=1, draws=4000).draws.mean(axis=0).sum()
        assert results.rates(seed=1, draws=4000).mean(axis=0).sum() == pytest.approx(drawn, rel=0.03)
        assert results.expected().to_numpy().sum() == pytest.approx(drawn, rel=0.1)


def test_a_saved_forecast_keeps_what_is_late(fitted, tmp_path):
    forecast = fitted.forecast(seed=1, draws=100)
    forecast.save(tmp_path / "draws.npz")
    kept = Forecast.load(tmp_path)
    np.testing.assert_array_equal(kept.late, forecast.late)
    np.testing.assert_array_equal(kept.total(), forecast.total())


@pytest.mark.parametrize("wrong", [np.ones((400, 3, 1)), np.ones((400, 3), int), np.ones((400, 3, 10), int)])
def test_late_products_of_another_shape_are_refused(wrong):
    with pytest.raises(ValueError, match="late must be"):
        replace(small_forecast(), late=wrong)


def thinned(panel, rng):
    """Return what is entered of a panel of which half of the last month is missing, a quarter before."""
    known = panel.copy()
    known.iloc[-1] = rng.binomial(known.iloc[-1], 0.5)
    known.iloc[-2] = rng.binomial(known.iloc[-2], 0.75)
    return known


def test_what_is_imputed_is_neither_too_much_nor_too_little():
    """Over simulated provinces the year's total has the mean that it has where all is entered at once."""
    imputed, ignored, there = [], [], []
    for seed in range(24):
        known = simulated_counts.simulate(seed=seed, as_of=("2024-04", "2024-07", "2024-10")[seed % 3])
        panel = thinned(known.panel, np.random.default_rng(seed))
        one, other = (
            TrendModel(panel, known.targets, delays=delays).fit().forecast(seed=seed, draws=200)
            for delays in (HALF, None)
        )
        imputed.append(one.total().mean())
        ignored.append(other.total().mean())
        there.append(known.panel[known.panel.index.year == 2024].sum().sum() + known.came.to_numpy().sum())
    away, off = np.log(np.divide(imputed, there)), np.log(np.divide(ignored, there))
    assert abs(away.mean()) < 0.06
    assert off.mean() < away.mean() - 0.05


def test_completeness_is_uncertain_and_common_to_all_units(fitted):
    sure, open_ = (
        replace(
            fitted,
            calendar=replace(fitted.calendar, delays=HALF._replace(alike=np.full(late.AGES, rho))),
        ).forecast(seed=1, draws=4000)
        for rho in (0.01, 0.4)
    )
    spread = [one.late.sum(axis=(1, 2)).std() for one in (sure, open_)]
    assert spread[1] > 1.1 * spread[0]
    mean = [one.late.sum(axis=(1, 2)).mean() for one in (sure, open_)]
    assert mean[1] == pytest.approx(mean[0], rel=0.06)


# who uses it


def test_the_target_sees_what_is_late_and_adds_only_what_is_still_to_come():
    known = simulated_counts.simulate(seed=5, as_of="2024-09")
    panel = thinned(known.panel, np.random.default_rng(5))
    told = combined(Known(panel, NOW, known.targets, delays=HALF), seed=1, draws=400)
    plain = combined(Known(panel, NOW, known.targets), seed=1, draws=400)
    np.testing.assert_array_equal(told.forecast.late, told.trend.late)
    assert (told.forecast.year_end() >= told.forecast.so_far).all(axis=None)
    law, without = told.source.year.law, plain.source.year.law
    assert law.draw(2000, np.random.default_rng(0))[0].mean() != pytest.approx(
        without.draw(2000, np.random.default_rng(0))[0].mean(), rel=1e-3
    )
    change = scenario(told, targets={panel.columns[0]: 9}).forecast
    np.testing.assert_array_equal(change.late, told.forecast.late)


def test_an_open_dossier_is_not_late_as_well(fitted):
    """It is open until its decision is entered: of what is late its draws keep the part without one."""
    trend = fitted.forecast(seed=1, draws=400)
    empty, nothing = Coming(np.zeros_like(trend.draws), None), pd.DataFrame()
    part = pooled(trend, empty, Pool(1.0, 3e6, 1e6, nothing), 1).late
    assert (part <= trend.late).all()
    assert part.sum() / trend.late.sum() == pytest.approx(0.25, abs=0.03)
    np.testing.assert_array_equal(pooled(trend, empty, Pool(0.0, 1, 1, nothing), 1).late, trend.late)


def test_support_adds_to_what_is_late():
    forecast = small_forecast()
    forecast = replace(forecast, late=np.ones((*forecast.draws.shape[:2], 1), int))
    targets = pd.DataFrame({"unit": forecast.units, "year": 2024, "target": 30})
    plan = support(Outlook.of(forecast, targets), budget=500_000_000)
    after = supported(forecast, plan)
    assert (after.year_end() >= forecast.year_end()).all(axis=None)
    np.testing.assert_array_equal(after.decided(), forecast.so_far.to_numpy() + np.ones((400, 3), int))


def test_what_is_not_entered_is_told_in_both_languages(folder):
    province = ocop.read_province(folder, as_of="2024-09")
    forecast = Forecast(province.panel, to_come(NOW), np.zeros((4, 2, 3), int))
    assert cautions(province, forecast) == province.caution()
    told = replace(forecast, late=np.array([[[2, 1], [1, 0]]] * 4))
    with ocop.set_options(lang="en"):
        assert "August 2024 is about 0% entered (0 products are, about 3 more are expected)" in cautions(
            province, told
        )
    assert "tháng 8/2024 mới nhập khoảng 0%" in cautions(province, told)


def test_the_summary_says_how_much_is_entered(fitted, simulated):
    assert "of what was decided in 2024-08 75%, 2024-09 50%" in fitted.summary()
    assert "Entered" not in TrendModel(simulated.panel).fit().summary()
    assert "decided, not entered yet" not in small_forecast()._repr_html_()


# a run among runs


def entered_late(folder, as_of):
    """Give an office six products for each of its own, of which one in six is entered in the as-of month."""
    head, *rows = (office(folder) / "register.csv").read_text(encoding="utf-8").splitlines()
    more = [row.replace(",", f" loại {kind},", 1) for row in rows for kind in range(6)]
    known = [row for row in more if f",{as_of}-" not in row or "loại 0" in row]
    (folder / "register.csv").write_text("\n".join([head, *known, ""]), encoding="utf-8")
    return folder


def test_runs_teach_the_next_one_and_it_says_so(tmp_path):
    out = tmp_path / "outputs"
    for as_of in ("2023-06", "2023-12"):
        data = entered_late(tmp_path / as_of, as_of)
        monthly.run_batch(data, as_of=as_of, out=out, settings=SETTINGS, units=[])
    data = entered_late(tmp_path / "data", "2024-07")
    ended = monthly.run_batch(data, as_of="2024-07", out=out, settings=SETTINGS, units=[])
    forecast, province = ended.outlook.forecast, ocop.read_province(data, as_of="2024-07")
    alone = ocop.project(province, seed=SETTINGS.seed, draws=SETTINGS.draws).forecast
    assert (alone.late, forecast.late.shape[2]) == (None, 1)
    assert forecast.total().mean() > alone.total().mean() + 0.3
    assert "July 2024 is about" in ended.caution
    assert "July 2024 is about" in (ended.folder / "meeting.html").read_text(encoding="utf-8")
    again = monthly.run_batch(data, as_of="2024-07", out=out, settings=SETTINGS, units=[])  # the same run
    np.testing.assert_array_equal(again.outlook.forecast.late, forecast.late)
    kind = Kind.of(province)
    assert len(runs_before(pd.Period("2024-07"), out, kind)) == 2
    assert runs_before(pd.Period("2024-07"), out, kind._replace(count_by="programme")) == []
    assert len(runs_before(pd.Period("2023-12"), out, kind)) == 1


def test_a_run_whose_tables_another_version_wrote_teaches_no_plans(tmp_path):
    """Its panel still says how late entries were."""
    data, out = entered_late(tmp_path / "data", "2023-12"), tmp_path / "outputs"
    ended = monthly.run_batch(data, as_of="2023-12", out=out, settings=SETTINGS, units=[])
    province, tables = ocop.read_province(data, as_of="2023-12"), ended.folder / "province.json"
    tables.write_text("{}", encoding="utf-8")
    record = json.loads((ended.folder / "run.json").read_text(encoding="utf-8"))
    record["files"]["province.json"] = sha256(b"{}").hexdigest()
    (ended.folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    (past,) = runs_before(pd.Period("2024-07"), out, Kind.of(province))
    assert past.rounds is None
    assert past.forecast.as_of == pd.Period("2023-12")
