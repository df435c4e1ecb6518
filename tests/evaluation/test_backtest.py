"""The backtest: nothing later than the origin is known, and figures are those of the forecast shown."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from test_skill import made, told

import ocop_forecast as ocop
from ocop_forecast import scores, style
from ocop_forecast.cli import main
from ocop_forecast.errors import RunError
from ocop_forecast.evaluation import backtest, baselines, skill
from ocop_forecast.evaluation.backtest import OURS, TREND
from ocop_forecast.i18n.catalogue import set_options
from ocop_forecast.models.known import Known
from ocop_forecast.models.projection import combined
from ocop_forecast.planning.attainment import attainment
from ocop_forecast.planning.flags import contingency
from ocop_forecast.reporting import verdict, writing

UNITS = ["389", "390", "391", "393"]
ORIGINS = ["2022-12", "2023-06", "2023-11"]


def small_panel(last="2024-03", seed=5):
    months = pd.period_range("2021-01", last, freq="M")
    counts = np.random.default_rng(seed).poisson([0.1, 0.3, 0.5, 0.2], (len(months), 4))
    return pd.DataFrame(counts, months, pd.Index(UNITS, name="unit"))


def small_targets():
    """Targets of 2022 to 2024; in 2023 one unit has none, one 0 and one what nobody will reach."""
    target = [2, 4, 5, 3, pd.NA, 0, 5, 900, 2, 4, 6, 3]
    years = np.repeat([2022, 2023, 2024], 4)
    table = pd.DataFrame({"unit": UNITS * 3, "year": years, "target": pd.array(target, "Int64")})
    return table.assign(province="38")


@pytest.fixture(scope="module")
def rows():
    return ocop.backtest(small_panel(), small_targets(), origins=ORIGINS, draws=150)


def at(rows, origin, method=OURS):
    return rows[(rows["origin"] == pd.Period(origin)) & (rows["method"] == method)].set_index("unit")


# what is forecast, and from what


def test_there_is_a_row_an_origin_a_method_a_unit_and_the_province(rows):
    assert list(rows.columns) == backtest.COLUMNS
    assert len(rows) == 3 * 6 * 5
    assert not rows.duplicated(["origin", "method", "unit"]).any()
    assert set(rows["method"]) == set(backtest.METHODS)
    assert rows.attrs == {"level": 0.8, "seed": 2024, "draws": 150}


def test_the_facts_are_the_panels(rows):
    panel = small_panel()
    june = at(rows, "2023-06")
    assert june.loc[UNITS, "so_far"].tolist() == panel.loc["2023-01":"2023-06"].sum().tolist()
    assert june.loc[UNITS, "came"].tolist() == panel.loc["2023"].sum().tolist()
    assert june.loc[UNITS, "target"].tolist() == [pd.NA, 0, 5, 900]
    assert june.loc["38", ["level", "so_far", "came", "target"]].tolist() == [
        "province", panel.loc["2023-01":"2023-06"].to_numpy().sum(), panel.loc["2023"].to_numpy().sum(), 905,
    ]  # fmt: skip
    assert at(rows, "2022-12").loc[UNITS, "so_far"].tolist() == [0, 0, 0, 0]


def test_our_rows_are_the_outlooks_of_that_day(rows):
    panel, targets = small_panel().loc[:"2023-06"], small_targets().query("year <= 2023")
    forecast = combined(Known(panel, panel.index[-1], targets), seed=2024, draws=150).forecast
    outlook = attainment(forecast, targets.assign(name="", province_name=""))
    columns = ["so_far", "median", "lower", "upper", "p_reach"]
    pd.testing.assert_frame_equal(outlook[columns], at(rows, "2023-06")[columns], check_dtype=False)


def test_our_scores_are_those_of_its_draws(rows):
    known = small_panel().loc[:"2023-06"]
    known = Known(known, known.index[-1], small_targets().query("year <= 2023"))
    ends = combined(known, seed=2024, draws=150).forecast.year_end()
    ends["38"] = ends.sum(axis=1)
    told, came = at(rows, "2023-06"), at(rows, "2023-06")["came"].to_numpy()
    for name in ("rps", "log_score", "wis"):
        assert told[name].tolist() == pytest.approx(getattr(scores, name)(ends.to_numpy(), came).tolist())
    assert told["below"].tolist() == pytest.approx((ends < came).mean().tolist())
    assert told["at"].tolist() == pytest.approx((ends <= came).mean().tolist())
    assert told.loc["391", "brier"] == ((ends["391"] >= 5).mean() - (told.loc["391", "came"] >= 5)) ** 2


def test_nothing_later_than_the_origin_is_known(rows):
    panel, targets = small_panel(), small_targets()
    panel.loc["2023-07":] += 7
    targets.loc[targets["year"] == 2024, "target"] = 99
    later = ocop.backtest(panel, targets, origins=["2023-06"], draws=150)
    for method in backtest.METHODS:
        here, there = (at(table, "2023-06", method) for table in (rows, later))
        told = ["so_far", "median", "lower", "upper", "p_reach"]
        pd.testing.assert_frame_equal(here[told], there[told])
        assert (there["came"] > here["came"]).all()


def test_a_break_after_the_origin_is_not_known_there(rows):
    terms = {"origins": ["2022-12"], "draws": 150}
    before, after = (
        ocop.backtest(small_panel(), small_targets(), **terms, breaks=pd.DataFrame({"date": [day]}))
        for day in pd.to_datetime(["2022-03-01", "2023-03-15"])
    )
    told = at(rows, "2022-12")
    pd.testing.assert_frame_equal(at(after, "2022-12"), told)
    assert (at(before, "2022-12")["rps"] != told["rps"]).any()


def test_the_order_of_units_changes_nothing_and_the_inputs_stay_as_they_were(rows):
    panel, targets = small_panel()[UNITS[::-1]], small_targets().iloc[::-1]
    before = panel.copy(), targets.copy()
    again = ocop.backtest(panel, targets, origins=["2023-06"], draws=150)
    pd.testing.assert_frame_equal(again, rows[rows["origin"] == pd.Period("2023-06")].reset_index(drop=True))
    pd.testing.assert_frame_equal(panel, before[0])
    pd.testing.assert_frame_equal(targets, before[1])


def test_another_seed_gives_other_draws(rows):
    again = ocop.backtest(small_panel(), small_targets(), origins=["2023-06"], draws=150, seed=1)
    for method in backtest.METHODS:
        assert at(again, "2023-06", method)["rps"].tolist() != at(rows, "2023-06", method)["rps"].tolist()


def test_the_province_of_a_peer_is_its_forecast_of_the_province():
    panel = small_panel()
    known = panel.loc[:"2023-06"].sum(axis=1).to_frame("total")
    draws = (
        baselines.with_spread(baselines.run_rate)(known, 6, 1000, [2024, 2023, 6, 1])
        + known[-6:].to_numpy().sum()
    )
    told = ocop.backtest(panel, origins=["2023-06"], draws=1000).set_index(["method", "level"])
    median = np.quantile(draws, 0.5, method="inverted_cdf")
    assert told.loc[("run rate", "province"), "median"] == median


def test_a_unit_may_be_called_total():
    panel = small_panel()
    rows = ocop.backtest(panel.set_axis(["total", *panel.columns[1:]], axis=1), origins=["2023-06"], draws=50)
    assert (rows["method"] == OURS).sum() == panel.shape[1] + 1


def test_cases_are_the_same_for_every_method_and_say_what_there_was_to_decide(rows):
    assert (rows.groupby(["origin", "unit"])["case"].nunique() == 1).all()
    cases = at(rows, "2023-06")["case"]
    assert cases.loc[["389", "390", "393", "38"]].tolist() == [
        "no_target",
        "no_target",
        "impossible",
        "impossible",
    ]
    reached = rows["so_far"] >= rows["target"].fillna(10_000)
    assert (rows.loc[reached & (rows["target"] > 0), "case"] == "attained").all()
    assert rows.loc[rows["unit"] == "391", "case"].isin(["open", "attained"]).all()


def test_a_target_is_attained_the_day_it_is_met():
    so_far = small_panel().loc["2023-01":"2023-06"].sum()
    targets = pd.DataFrame({"unit": UNITS, "year": 2023, "target": so_far.add([0, 0, 0, 1]).to_numpy()})
    rows = ocop.backtest(small_panel(), targets, origins=["2023-06"], draws=100)
    assert so_far["391"] > 0
    assert at(rows, "2023-06").loc[["391", "393"], "case"].tolist() == ["attained", "open"]


def test_no_target_means_no_probability_and_no_brier_score():
    rows = ocop.backtest(small_panel(), origins=["2023-09"], draws=100)
    assert rows[["p_reach", "brier"]].isna().all(axis=None)
    assert set(rows["case"]) == {"no_target"}
    assert rows[["rps", "log_score", "wis", "below", "at"]].notna().all(axis=None)
    assert rows["unit"].iloc[-1] == "total"


@pytest.mark.parametrize("panel", [small_panel() * 0, small_panel()[["389"]]], ids=["zero", "one unit"])
def test_little_to_learn_from_still_gives_whole_rows(panel):
    rows = ocop.backtest(panel, small_targets(), origins=["2022-12", "2023-11"], draws=100)
    assert rows[["rps", "log_score", "wis", "below", "at"]].notna().all(axis=None)
    assert (rows["lower"] >= rows["so_far"]).all()


# a province with dossiers


MARCH = "2023-03"  # there is a past year of dossiers to learn from then


@pytest.fixture(scope="module")
def of_province(province):
    return ocop.backtest(province, origins=MARCH, draws=150)


SAID = ["so_far", "target", "median", "lower", "upper", "p_reach"]


def test_what_is_scored_is_what_was_shown(of_province, province):
    dossiers = province.dossiers[province.dossiers["stage_date"] <= "2023-03-31"]
    targets = province.targets[province.targets["year"] <= 2023]
    then = replace(ocop.read_province(as_of=MARCH), dossiers=dossiers, targets=targets)
    projection = ocop.project(then, seed=2024, draws=150)
    assert projection.pool.weight > 0
    for method, forecast in ((OURS, projection.forecast), (TREND, projection.trend)):
        shown = attainment(forecast, then.targets)
        pd.testing.assert_frame_equal(shown[SAID], at(of_province, MARCH, method)[SAID], check_dtype=False)


def test_dossiers_after_the_origin_are_not_known_there(of_province, province):
    before = province.dossiers["stage_date"] <= "2023-03-31"
    later = province.dossiers.assign(stage="withdrawn").where(~before, province.dossiers)
    assert (later["stage"] != province.dossiers["stage"]).sum() > 500
    again = ocop.backtest(replace(province, dossiers=later), origins=MARCH, draws=150)
    pd.testing.assert_frame_equal(again, of_province)


def test_without_dossiers_and_targets_this_model_is_the_trend(of_province, province):
    untold = ocop.backtest(small_panel(), origins=["2023-06"], draws=150)
    ours, trend = (at(untold, "2023-06", method).drop(columns="method") for method in (OURS, TREND))
    pd.testing.assert_frame_equal(ours, trend)
    without = ocop.backtest(replace(province, dossiers=None), origins=MARCH, draws=150)
    assert (at(of_province, MARCH)["rps"] != at(without, MARCH)["rps"]).any()
    pd.testing.assert_frame_equal(at(of_province, MARCH, TREND), at(without, MARCH, TREND))


def test_a_province_gives_all_that_its_panel_was_given_with(of_province, province):
    terms = {"origins": MARCH, "draws": 150, "breaks": province.breaks}
    panel = ocop.backtest(province.panel, province.targets, **terms)
    others = [method for method in backtest.METHODS if method != OURS]
    for method in others:
        pd.testing.assert_frame_equal(at(of_province, MARCH, method), at(panel, MARCH, method))
    assert of_province["unit"].iloc[-1] == province.code == "38"


def test_a_province_has_its_own_targets_and_breaks(province):
    for more in ({"targets": province.targets}, {"breaks": province.breaks}):
        with pytest.raises(ValueError, match="has its own targets and breaks"):
            ocop.backtest(province, **more)


# the origins


def test_every_month_end_of_past_years_with_two_years_before_them():
    ends = backtest.past_origins(small_panel("2024-11"))
    assert [str(ends[0]), str(ends[-1]), len(ends)] == ["2022-12", "2023-11", 12]
    assert str(backtest.past_origins(small_panel("2024-12"))[-1]) == "2024-11"
    late = small_panel("2025-02").loc["2021-03":]
    assert backtest.past_origins(late, (12, 6)).astype(str).tolist() == ["2023-12", "2024-06"]


def test_a_short_record_is_told_with_the_years_it_takes():
    with pytest.raises(RunError, match=r"2021-01 to 2023-11: too short .* three whole years") as short:
        ocop.backtest(small_panel("2023-11"))
    assert short.value.exit_code == 4
    with set_options(lang="vi"):
        assert "ba năm trọn vẹn" in short.value.tell()


@pytest.mark.parametrize("origin", ["2020-12", "2024-01", "2025-01"])
def test_an_origin_without_its_year_is_refused(origin):
    with pytest.raises(ValueError, match=f"origin {origin}: the panel must hold it and"):
        ocop.backtest(small_panel(), origins=[origin])


def test_one_origin_may_be_a_text_and_none_is_refused(rows):
    once = ocop.backtest(small_panel(), small_targets(), origins="2023-06", draws=150)
    pd.testing.assert_frame_equal(once, rows[rows["origin"] == pd.Period("2023-06")].reset_index(drop=True))
    with pytest.raises(ValueError, match="origins is empty"):
        ocop.backtest(small_panel(), origins=[])


def test_a_wrong_panel_is_refused_as_the_model_refuses_it():
    with pytest.raises(ValueError, match="whole number"):
        ocop.backtest(small_panel() - 1)


# the words


def judged(rps):
    """Rows where this model's province scores so against a peer's 1."""
    better = {"rps": 0.5}
    return made(
        told(OURS, 0.2, 4, **better), told("run rate", 0.4, 4),
        told(OURS, 0.2, 4, level="province", rps=rps),
        told("run rate", 0.4, 9, level="province"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rps", "said"),
    [
        (
            0.8,
            "20% smaller than those of the best of 4 simple methods, ahead in 1 of 1 years: here the model",
        ),
        (0.99, "1% smaller than those of the best of 4 simple methods, ahead in 1 of 1 years: neither is"),
        (1.1, "10% larger than those of the best of 4 simple methods, ahead in 0 of 1 years: here a simple"),
    ],
)
def test_the_verdict_says_whether_the_model_earns_its_keep(rps, said):
    with set_options(lang="en"):
        text = verdict.verdict(judged(rps))
    assert f"The province: errors (RPS) {said}" in text
    assert "By district: errors (RPS) 50% smaller" in text


BOTH = ("unit", "province")


def test_ahead_in_the_mean_but_not_in_each_year_is_not_clearly_ahead():
    years = {2022: 0.2, 2023: 1.05}
    ours = [told(OURS, 0.2, 4, level=at, year=year, rps=rps) for at in BOTH for year, rps in years.items()]
    rows = made(*ours, *(told("run rate", 0.2, 4, level=at, year=year) for at in BOTH for year in years))
    assert skill.years_won(rows).loc["unit"].tolist() == [1, 2]
    with set_options(lang="en"):
        assert "ahead in 1 of 2 years: neither is clearly ahead" in verdict.verdict(rows)


def test_probabilities_worse_than_a_coin_are_called_so():
    coin = "did worse than always saying 50%"
    with set_options(lang="en"):
        assert coin in verdict.verdict(judged(0.8))  # 20% said, and it came
    right = made(*(told(method, 0.9, 4, level=at) for method in (OURS, "run rate") for at in BOTH))
    with set_options(lang="en"):
        assert coin not in verdict.verdict(right)


def test_the_verdict_tells_what_came_of_the_probabilities():
    with set_options(lang="en"):
        text = verdict.verdict(judged(0.8)).splitlines()
    assert "Of 1 district forecasts given less than 30% (20% on average), 100% reached the target." in text
    flags = "0 of 0 failures beforehand; 1 of 1 flags were false alarms (by the run rate 0 of 0, and 0 of 0)."
    assert f'The flag "needs support" announced {flags}' in text
    held = "The province's 80% interval held in 1 of 1 forecasts, the districts' in 100% of theirs"
    assert f"{held} (because counts are whole numbers, these should hold 90%)." in text
    assert text[-1].endswith("how many years there are (1), not how many month ends (1).")


def ordered(*p_and_came, units=60):
    """Rows in which each of so many units was given such a probability, and came to so much."""
    both = [
        told(method, p, came, unit=str(unit), level=level)
        for unit in range(units)
        for p, came in [p_and_came[unit % len(p_and_came)]]
        for method in (OURS, "run rate")
        for level in BOTH
    ]
    return made(*both)


@pytest.mark.parametrize(
    ("p_and_came", "units", "said"),
    [
        ([(0.2, 1), (0.6, 4), (0.6, 1), (0.2, 4)], 60, "said next to nothing: of two at one month end"),
        ([(0.6, 1), (0.2, 4)], 60, "in 0% of cases (by luck: 50%). Do not choose by this order"),
        ([(0.2, 1), (0.6, 4)], 60, "said something: of two at one month end"),
        ([(0.2, 1), (0.6, 4)], 30, "cannot yet be told apart from luck whether the order"),
        ([(0.2, 4), (0.6, 4)], 60, "each district's each year once: 0)"),  # all reached it
        # 35 of 60 the right way about: more than nothing, and no more than luck
        (
            [(0.2, 1)] * 2 + [(0.6, 4)] * 2 + [(0.6, 1)] + [(0.2, 4)],
            54,
            "each district's each year once: 54)",
        ),
    ],
)
def test_the_verdict_says_what_the_order_of_the_districts_told(p_and_came, units, said):
    with set_options(lang="en"):
        (line,) = [line for line in verdict.verdict(ordered(*p_and_came, units=units)).splitlines()
                   if "order of the districts" in line]  # fmt: skip
    assert said in line


def test_the_verdict_takes_the_brier_score_apart():
    rows = ordered((0.2, 1), (0.6, 4))
    with set_options(lang="en"):
        text = verdict.verdict(rows)
    assert (
        "Where 0.100 comes from: always saying the share that reached the target (50%) would give 0.250"
        in text
    )
    assert "too high or too low add 0.100;" in text
    assert "more often takes off 0.250." in text
    assert rows["brier"].mean() == pytest.approx(0.250 + 0.100 - 0.250)


def test_the_verdict_counts_flags_and_what_was_left_out():
    rows = made(
        *[told(OURS, 0.1, 1)] * 3, *[told(OURS, 0.2, 3)] * 2, told(OURS, 0.5, 2), told("run rate", 0.9, 4),
        told(OURS, 1.0, 4, case="attained"), *(told(OURS, 0.0, came, case="impossible") for came in (1, 9)),
        told(OURS, 0.5, 3, level="province"), told("run rate", 0.5, 3, level="province"),
    )  # fmt: skip
    rows["unit"] = rows.index.astype(str)
    with set_options(lang="en"):
        text = verdict.verdict(rows)
    assert '"needs support" announced 3 of 4 failures beforehand; 2 of 5 flags were false alarms (by' in text
    assert "1 forecast of a district already at its target is not counted above." in text
    assert "2 forecasts of targets that no draw of any method reached; 1 were reached after all." in text
    assert "Of 1 district forecasts given 30–69% (50% on average), 0% reached" in text


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_words_and_tables_need_no_target(lang):
    rows = ocop.backtest(small_panel(), origins=["2023-09"], draws=100)
    with set_options(lang=lang):
        text = verdict.verdict(rows)
    assert len(text.splitlines()) == 5
    with set_options(lang=lang):
        assert "nan" not in (text + verdict.tables(rows)).lower()


def test_a_table_in_words_leaves_no_key_behind(rows):
    by_year = skill.decomposition(rows, ("method", "year"))
    for table in (skill.skill(rows), skill.reliability(rows), contingency(rows), by_year):
        with set_options(lang="vi"):
            shown = verdict.shown(table)
        assert shown.shape == table.shape
        assert not set(shown.columns) & set(table.columns)
    bins = ["less than 10%", *(f"{p}–{p + 19}%" for p in (10, 30, 50, 70)), "90% or more"]
    with set_options(lang="en"):
        assert verdict.shown(skill.reliability(rows)).index.tolist() == bins


def test_what_is_reconstructed_is_said_of_the_years_used(rows):
    days = pd.to_datetime(["2020-12-31", "2021-01-01", "2023-12-31", "2024-01-01"])
    origins = ["reconstructed", "published", "reconstructed", "reconstructed"]
    register = pd.DataFrame({"decision_date": days, "origin": origins})
    targets = pd.DataFrame(
        {"year": [2022, 2023, 2023, 2023], "target": [3, 3, 3, None], "origin": "published"}
    )
    with set_options(lang="en"):
        said = verdict.caution(rows, SimpleNamespace(register=register, targets=targets, dossiers=None))
    assert said.startswith("Caution: 1/2 register rows")
    assert "0/2 targets" in said
    assert len(said.splitlines()) == 1
    published = {"register": register.assign(origin="published"), "targets": targets, "dossiers": None}
    assert verdict.caution(rows, SimpleNamespace(**published)) == ""
    published["dossiers"] = register
    with set_options(lang="en"):
        assert verdict.caution(rows, SimpleNamespace(**published)).startswith("3/4 rows of dossiers are")


# the files and the command


def test_a_backtest_is_written_as_tables_and_pictures(rows, tmp_path):
    style.offscreen()
    writing.write_backtest(tmp_path / "new", rows, "said\n", name="Tỉnh Thanh Hóa")
    files = {str(path.relative_to(tmp_path / "new")) for path in (tmp_path / "new").rglob("*.*")}
    tables = {
        f"{name}.csv" for name in ("backtest", "skill", "decomposition", "order", "reliability", "flags")
    }
    figures = {f"figures/{name}.svg" for name in ("past", "pit", "reliability")}
    assert (tmp_path / "new" / "verdict.txt").read_text(encoding="utf-8") == "said\n"
    assert files == {"verdict.txt"} | tables | figures
    parts = pd.read_csv(tmp_path / "new" / "decomposition.csv").set_index(["method", "year"])
    assert set(parts.index.get_level_values("year")) == {"2023", "all"}
    assert parts.loc[(OURS, "all"), "forecasts"] == len(rows.query("level == 'unit' and case == 'open'")) / 6
    back = pd.read_csv(tmp_path / "new" / "backtest.csv", dtype={"unit": str})
    assert list(back.columns) == backtest.COLUMNS
    assert back["rps"].to_numpy() == pytest.approx(rows["rps"].to_numpy(), rel=1e-5)
    assert back.loc[0, "origin"] == "2022-12"


def test_a_backtest_without_targets_is_written_too(tmp_path):
    style.offscreen()
    rows = ocop.backtest(small_panel(), origins=["2023-09"], draws=100)
    writing.write_backtest(tmp_path, rows, "said\n", name="Tỉnh Thanh Hóa")
    assert len(list(tmp_path.rglob("*.*"))) == 10


@pytest.fixture
def three_years(folder):
    """The small folder with a product a month and unit from 2021 to 2023."""
    products = [
        f"Sản phẩm {name} {month},{name},3,{month}-15,new"
        for month in pd.period_range("2021-01", "2023-12", freq="M")
        for name in ("Ngọc Lặc", "Cẩm Thủy")
    ]
    header = "product,district,stars,decision_date,kind"
    (folder / "register.csv").write_text("\n".join([header, *products]), encoding="utf-8")
    targets = [
        "unit,year,target",
        *(f"{name},{year},14" for name in ("389", "390") for year in (2021, 2022, 2023)),
    ]
    (folder / "targets.csv").write_text("\n".join(targets), encoding="utf-8")
    return folder


def test_a_month_that_is_not_over_is_none_of_a_provinces(three_years):
    province = ocop.read_province(three_years, as_of="2023-12-30")
    with pytest.raises(ValueError, match="it goes from 2021-01 to 2023-11"):
        ocop.backtest(province, origins="2023-06")


def test_the_command_says_the_verdict_first_and_writes_the_files(three_years, monkeypatch):
    ends = backtest.past_origins
    monkeypatch.setattr(backtest, "past_origins", lambda panel: ends(panel, (5, 9)))  # for speed
    out = three_years / "out"
    options = ["--data", three_years, "--out", out, "--draws", "100", "--lang", "en"]
    done = CliRunner().invoke(main, ["backtest", *map(str, options)])
    assert done.exit_code == 0, done.output
    assert done.output.startswith("Backtest of 2023: 2 month ends, 2 districts;")
    assert "Scores by method" in done.output
    assert str(out / "2023-12-backtest") in done.output.replace("\n", "")
    assert (out / "2023-12-backtest" / "backtest.csv").exists()


def test_the_command_tells_a_short_record_in_the_readers_language(folder):
    done = CliRunner().invoke(main, ["backtest", "--data", str(folder), "--out", str(folder / "out")])
    assert done.exit_code == 4
    assert "Cần ít nhất ba năm trọn vẹn" in done.output
    assert not (folder / "out").exists()
