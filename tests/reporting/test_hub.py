"""The hub of a run: right by the hubverse's schemas and rules, and the same numbers as everywhere else."""

import json
from pathlib import Path

import hubs
import numpy as np
import pandas as pd
import pytest
from conftest import small_forecast, small_targets

from ocop_forecast import Forecast, style
from ocop_forecast.models.forecast import QUANTILES
from ocop_forecast.planning.attainment import attainment
from ocop_forecast.planning.gains import gains
from ocop_forecast.planning.outlook import Outlook
from ocop_forecast.reporting import hub, writing
from ocop_forecast.reporting.pack import Pack

ANSWER = "model-output/ocop-forecast/2024-09-30-ocop-forecast.csv"
SERIES = "target-data/time-series.csv"


def at_the_years_end():
    """Return a forecast of December, when all is known."""
    months = pd.period_range("2024-01", "2024-12", freq="M")
    panel = pd.DataFrame({"380": 1, "389": [0, 2] * 6}, months)
    return Forecast(panel, months[:0], np.zeros((400, 2, 0), int))


def from_the_years_start():
    """Return a forecast of a whole year, made before its first month."""
    months = pd.period_range("2024-01", "2024-12", freq="M")
    draws = np.random.default_rng(3).poisson(0.3, (250, 2, 12))
    return Forecast(pd.DataFrame({"380": [1], "389": [2]}, months[:1] - 1), months, draws)


def written(folder, forecast=None, target=(6, 3, 3)):
    """Write the hub of a small forecast; return its folder and the outlook."""
    forecast = small_forecast() if forecast is None else forecast
    targets = small_targets(tuple(forecast.units), target)
    outlook = attainment(forecast, targets)
    hub.write(folder, forecast, outlook["target"], total="38", caution="Careful.\nMade up.")
    return folder, outlook


def answered(folder):
    (path,) = folder.rglob("model-output/*/*.csv")
    answer = hubs.read(path)
    return answer.assign(value=answer["value"].astype(float))


def of(answer, target, output_type):
    return answer[(answer["target"] == target) & (answer["output_type"] == output_type)]


CASES = {
    "a month": (small_forecast, (6, 3, 3)),
    "a day": (lambda: small_forecast(as_of="2024-09-19"), (6, 3, 3)),
    "the year's end": (at_the_years_end, (12, 13)),
    "the year's start": (from_the_years_start, (3, 3)),
    "one unit": (lambda: small_forecast(units=("389",)), (4,)),
    "few draws": (lambda: small_forecast(draws=7), (6, 3, 3)),
    "as many draws as samples": (lambda: small_forecast(draws=100), (6, 3, 3)),
    "a unit without a target": (small_forecast, (6, None, 3)),
    "no target at all": (small_forecast, (None, None, None)),
    "a target of nothing": (small_forecast, (0, 0, 0)),
    "odd codes": (lambda: small_forecast(units=('a,"b', "=1+1", "Ngọc\nLặc")), (6, 3, 3)),
}


@pytest.mark.parametrize("case", CASES)
def test_the_hub_is_right_by_the_hubverses_schemas_and_rules(tmp_path, case):
    forecast, target = CASES[case]
    folder, _ = written(tmp_path, forecast(), target)
    assert hubs.faults(folder) == []


# a checker that finds nothing proves nothing


def some(answer, **values):
    """Return where a row has these values."""
    return answer[(answer[list(values)] == pd.Series(values)).all(axis=1)].index


def put(column, value, **where):
    """Return a way to break the answer: put `value` into the first row that has these values."""

    def broken(answer):
        answer.loc[some(answer, **where)[0], column] = value
        return answer

    return broken


def without(**where):
    """Return a way to break the answer: leave out the first row that has these values."""
    return lambda answer: answer.drop(index=some(answer, **where)[0])


BROKEN = {
    "column": (ANSWER, lambda answer: answer.rename(columns={"location": "unit"}), "colnames"),
    "column more": (ANSWER, lambda answer: answer.assign(name="Ngọc Lặc"), "colnames"),
    "order": (ANSWER, lambda answer: answer[answer.columns[::-1]], "colnames"),
    "output type": (ANSWER, put("output_type", "prob", output_type="cdf"), "valid_vals"),
    "month": (ANSWER, put("target_end_date", "2024-10", target="month"), "valid_vals"),
    "level": (ANSWER, put("output_type_id", "0.3", output_type_id="0.25"), "valid_vals"),
    "chance": (ANSWER, put("output_type_id", "99", output_type="cdf"), "valid_vals"),
    "location": (ANSWER, put("location", "391", location="390"), "valid_vals"),
    "sample's name": (ANSWER, put("output_type_id", "0", output_type="sample"), "valid_vals"),
    "another day": (ANSWER, put("origin_date", "2024-10-01", location="380"), "match_round_id"),
    "twice": (ANSWER, lambda answer: pd.concat([answer, answer.tail(1)]), "rows_unique"),
    "no quantile": (ANSWER, without(output_type="quantile"), "req_vals"),
    "no mean": (ANSWER, without(output_type="mean"), "req_vals"),
    "no chance": (ANSWER, without(output_type="cdf", location="38"), "req_vals"),
    "no province": (ANSWER, lambda answer: answer[answer["location"] != "38"], "req_vals"),
    "half a product": (ANSWER, put("value", "1.5", output_type="quantile"), "value_col_valid"),
    "fewer than none": (ANSWER, put("value", "-1", output_type="mean"), "value_col_valid"),
    "surer than sure": (ANSWER, put("value", "1.2", output_type="cdf"), "value_col_valid"),
    "word": (ANSWER, put("value", "many", output_type="mean"), "value_col_valid"),
    "quantiles": (ANSWER, put("value", "99", output_type_id="0.025"), "value_col_non_desc"),
    "no sample": (ANSWER, lambda answer: answer[answer["output_type_id"] != "400"], "spl_n"),
    "cut sample": (ANSWER, without(output_type="sample"), "spl_non_compound_tid"),
    "series": (SERIES, lambda series: series.rename(columns={"observation": "value"}), "target_tbl_colnames"),
    "series twice": (SERIES, lambda series: pd.concat([series, series]), "target_tbl_rows_unique"),
    "series' target": (SERIES, lambda series: series.assign(target="year_total"), "target_tbl_values"),
    "series' month": (SERIES, put("target_end_date", "2024-08", location="380"), "target_tbl_coltypes"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_table_is_found(tmp_path, what):
    name, broken, fault = BROKEN[what]
    folder, _ = written(tmp_path)
    broken(hubs.read(folder / name)).to_csv(folder / name, index=False)
    assert any(told.startswith(fault) for told in hubs.faults(folder)), hubs.faults(folder)


def test_samples_that_go_through_two_tasks_are_found(tmp_path):
    folder, _ = written(tmp_path)
    path = folder / "hub-config/tasks.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    month, year, *_ = told["rounds"][0]["model_tasks"]
    year["output_type"]["sample"] = month["output_type"]["sample"]
    path.write_text(json.dumps(told), encoding="utf-8")
    answer = hubs.read(folder / ANSWER)
    more = answer[(answer["output_type"] == "sample") & (answer["location"] == "380")]
    more = more.assign(target="year_total", target_end_date="2024-12-31").drop_duplicates("output_type_id")
    pd.concat([answer, more]).to_csv(folder / ANSWER, index=False)
    assert hubs.faults(folder) == ["spl_mt_unique"]


@pytest.mark.parametrize(
    ("name", "old", "new", "fault"),
    [
        ("hub-config/admin.json", '"repository"', '"repositories"', "schema of admin"),
        ("hub-config/admin.json", "Asia/Ho_Chi_Minh", "Asia/Thanh_Hoa", "schema of admin"),
        ("hub-config/admin.json", "v6.0.0", "v5.0.0", "schema_version of admin"),
        ("hub-config/tasks.json", '"2024-12-31"', '"2024-12"', "schema of tasks"),
        ("hub-config/tasks.json", '"cdf"', '"prob"', "schema of tasks"),
        ("hub-config/tasks.json", '"target": "month"', '"target": "Month"', "target_keys"),
        ("hub-config/tasks.json", '"380"\n', "\n", "task_ids: location"),
        ("hub-config/target-data.json", '"date_col"', '"date"', "schema of target-data"),
        ("model-metadata/ocop-forecast.yml", "team_name", "team", "schema of ocop-forecast"),
        ("model-metadata/ocop-forecast.yml", 'team_abbr: "ocop"', 'team_abbr: "o"', "metadata_file_name"),
    ],
)
def test_a_broken_setting_is_found(tmp_path, name, old, new, fault):
    folder, _ = written(tmp_path)
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    assert any(told.startswith(fault) for told in hubs.faults(folder)), hubs.faults(folder)


@pytest.mark.parametrize(
    ("name", "new", "fault"),
    [
        (ANSWER, "model-output/ocop-forecast/2024-09-ocop-forecast.csv", "file_name"),
        (ANSWER, "model-output/ocop-forecast/2024-09-30-ocop-trend.csv", "file_location"),
        (ANSWER, "model-output/ocop-forecast/2024-10-31-ocop-forecast.csv", "match_round_id"),
        ("model-metadata/ocop-forecast.yml", "model-metadata/ocop-trend.yml", "metadata_exists"),
    ],
)
def test_a_file_of_another_name_is_found(tmp_path, name, new, fault):
    folder, _ = written(tmp_path)
    (folder / name).rename(folder / new)
    assert any(told.startswith(fault) for told in hubs.faults(folder)), hubs.faults(folder)


# one truth


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """What the files of a meeting say of a small forecast, their hub among them."""
    style.offscreen()
    folder, forecast = tmp_path_factory.mktemp("meeting"), small_forecast()
    outlook = Outlook.of(forecast, small_targets())
    certified = outlook.table[["name"]].assign(valid=5, due=2, lapsed=1, revoked=0)
    pack = Pack(outlook, certified, gains(outlook))
    files = writing.write(folder, pack)
    codes = {"unit": str, "output_type_id": str}
    tables = {name: pd.read_csv(folder / f"{name}.csv", dtype=codes) for name in ("forecast", "outlook")}
    told = {"folder": folder, "files": files, "draws": forecast.draws}
    return tables | told | {"answer": answered(folder / "hub")}


def test_the_hub_of_a_run_is_right(run):
    assert hubs.faults(run["folder"] / "hub") == []


@pytest.mark.parametrize("output_type", ["quantile", "mean"])
@pytest.mark.parametrize("target", ["month", "year_total"])
def test_points_are_those_of_the_long_table(run, target, output_type):
    answer, long = of(run["answer"], target, output_type), of(run["forecast"], target, output_type)
    ends = [f"{pd.Period(period).end_time:%Y-%m-%d}" for period in long["period"]]
    theirs = pd.Series(long["value"].to_numpy(), [long["unit"], ends, long["output_type_id"].fillna("NA")])
    ours = answer.set_index(["location", "target_end_date", "output_type_id"])["value"]
    assert len(ours) == len(theirs) > 0
    assert ours.to_dict() == theirs.to_dict()


@pytest.mark.parametrize("seed", range(5))
def test_points_of_few_draws_are_those_of_the_long_table(seed):
    forecast = small_forecast(seed, draws=8)
    answer, long = hub.model_output(forecast), forecast.frame().query("target != 'remaining'")
    points = answer[answer["output_type"] != "sample"]
    names = ["location", "target", "target_end_date", "output_type_id"]
    ours = points.assign(target_end_date=points["target_end_date"].str[:7]).set_index(names)["value"]
    ends = long["period"].replace("2024", "2024-12")
    theirs = long.assign(period=ends, output_type_id=long["output_type_id"].replace("", "NA"))
    assert (
        ours.to_dict() == theirs.set_index(["unit", "target", "period", "output_type_id"])["value"].to_dict()
    )


def test_a_chance_is_one_less_the_cdf_at_the_target_less_one(run):
    outlook, cdf = run["outlook"].set_index("unit"), of(run["answer"], "year_total", "cdf")
    cdf = cdf.set_index("location")
    assert list(cdf.index) == list(outlook.index[outlook["target"] >= 1])
    assert (cdf["output_type_id"].astype(int) + 1).to_dict() == outlook["target"].to_dict()
    draws = len(run["draws"])
    assert np.rint(cdf["value"] * draws).add(np.rint(outlook["p_reach"] * draws)).eq(draws).all()
    assert (1 - cdf["value"]).to_numpy() == pytest.approx(outlook["p_reach"].to_numpy(), rel=0, abs=1e-15)


def test_medians_are_those_of_the_outlook(run):
    median = of(run["answer"], "year_total", "quantile").query("output_type_id == '0.5'")
    assert median["value"].tolist() == run["outlook"]["median"].tolist()


def test_a_sample_is_the_draw_of_its_number(run):
    samples, draws = of(run["answer"], "month", "sample"), run["draws"]
    assert samples["output_type_id"].astype(int).unique().tolist() == [*range(4, 401, 4)]
    units = samples[samples["location"] != "38"]["value"].to_numpy()
    assert np.array_equal(units.reshape(3, 3, 100).transpose(2, 1, 0), draws[3::4])


def test_the_report_names_the_hubs_files(run):
    there = {path.relative_to(run["folder"]).as_posix() for path in run["folder"].rglob("hub/**/*.*")}
    assert {name for name in run["files"] if name.startswith("hub/")} == there


@pytest.mark.parametrize("case", CASES)
def test_in_every_sample_the_province_is_the_sum_of_its_units(tmp_path, case):
    forecast, target = CASES[case]
    samples = of(answered(written(tmp_path, forecast(), target)[0]), "month", "sample")
    wide = samples.pivot(index=["output_type_id", "target_end_date"], columns="location", values="value")
    assert wide.empty == (case == "the year's end")
    if len(wide):
        assert (wide.pop("38") == wide.sum(axis=1)).all()


@pytest.mark.parametrize("case", ["a month", "a day", "the year's start"])
def test_the_years_total_of_a_sample_is_that_of_its_months_and_of_those_known(tmp_path, case):
    forecast, target = CASES[case]
    forecast = forecast()
    folder, _ = written(tmp_path, forecast, target)
    answer, series = answered(folder), hubs.read(folder / SERIES)
    series = series[series["target_end_date"].str.startswith("2024")]
    known = series["observation"].astype(int).groupby(series["location"]).sum()
    samples = of(answer, "month", "sample")
    sums = samples.groupby(["output_type_id", "location"])["value"].sum().unstack()
    sums += known.reindex(sums.columns, fill_value=0)
    ends = forecast.year_end()
    ends["38"] = ends.sum(axis=1)
    assert np.array_equal(sums, ends.loc[sums.index.astype(int) - 1, sums.columns])


def test_as_of_a_day_its_month_is_counted_whole(tmp_path):
    forecast = small_forecast(as_of="2024-09-19")
    folder, outlook = written(tmp_path, forecast)
    assert [path.name for path in folder.rglob("2*.csv")] == ["2024-09-19-ocop-forecast.csv"]
    answer, known = answered(folder), forecast.panel.loc["2024-09"]
    assert known.sum() > 0
    first = answer[answer["target_end_date"] == "2024-09-30"]
    long = forecast.frame(total="38").query("target == 'month' and period == '2024-09'")
    rest = long.set_index(["unit", "output_type", "output_type_id"])["value"]
    known["38"] = known.sum()
    points = first[first["output_type"] != "sample"]
    for row in points.replace({"output_type_id": {"NA": ""}}).itertuples():
        still = rest[row.location, row.output_type, row.output_type_id]
        assert row.value == pytest.approx(known[row.location] + still, rel=1e-12)
    series = hubs.read(folder / SERIES)
    assert series["target_end_date"].max() == "2024-08-31"
    assert set(series["as_of"]) == {"2024-09-19"}
    year = answer[(answer["target"] == "year_total") & (answer["output_type_id"] == "0.5")]
    assert year["value"].tolist() == outlook["median"].tolist()


def test_in_december_the_years_total_is_known(tmp_path):
    folder, outlook = written(tmp_path, at_the_years_end(), (12, 13))
    answer = answered(folder)
    assert set(answer["target"]) == {"year_total"}
    assert set(answer["origin_date"]) == set(answer["target_end_date"]) == {"2024-12-31"}
    points = answer[answer["output_type"] != "cdf"].groupby("location")["value"].unique()
    assert points.map(list).to_dict() == {"380": [12.0], "389": [12.0], "38": [24.0]}
    cdf = answer[answer["output_type"] == "cdf"].set_index("location")["value"]
    assert cdf.to_dict() == {"380": 0.0, "389": 1.0, "38": 1.0}
    assert (1 - cdf).to_dict() == outlook["p_reach"].to_dict()


def test_where_no_target_is_set_no_chance_is_told(tmp_path):
    folder, _ = written(tmp_path, target=(6, None, 0))
    cdf = of(answered(folder), "year_total", "cdf")
    assert list(zip(cdf["location"], cdf["output_type_id"], strict=True)) == [("380", "5"), ("38", "5")]
    asked = [task for task in hubs.tasks(folder) if "cdf" in task["output_type"]]
    assert [task["task_ids"]["location"]["required"] for task in asked] == [["380", "38"]]


def test_the_levels_are_those_of_every_forecast(tmp_path):
    folder, _ = written(tmp_path)
    for task in hubs.tasks(folder):
        assert task["output_type"]["quantile"]["output_type_id"]["required"] == list(QUANTILES)


def test_the_time_series_is_the_panel_and_its_sum(tmp_path):
    forecast = small_forecast()
    series = hubs.read(written(tmp_path)[0] / SERIES)
    wide = series.pivot(index="target_end_date", columns="location", values="observation").astype(int)
    assert list(wide.index) == [f"{month.end_time:%Y-%m-%d}" for month in forecast.panel.index]
    assert np.array_equal(wide.pop("38"), forecast.panel.sum(axis=1))
    assert np.array_equal(wide, forecast.panel)


def test_the_caution_goes_along_with_the_hub_and_with_the_model(tmp_path):
    folder, _ = written(tmp_path)
    assert "\n**Careful.**\n\n**Made up.**\n" in (folder / "README.md").read_text(encoding="utf-8")
    assert hubs.metadata(folder / "model-metadata/ocop-forecast.yml")["source_notes"] == "Careful.\nMade up."


# how it is written


def texts(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_forecast_gives_the_same_bytes_without_carriage_returns(tmp_path):
    one, other = texts(written(tmp_path / "a")[0]), texts(written(tmp_path / "b")[0])
    assert one == other
    assert not any(b"\r" in data for data in one.values())


def test_each_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    before, write_text = texts(written(tmp_path)[0]), Path.write_text

    def cut(path, text, **terms):
        write_text(path, text[: len(text) // 2], **terms)
        if text.startswith("origin_date"):
            raise OSError("full")
        write_text(path, text, **terms)

    monkeypatch.setattr(Path, "write_text", cut)
    with pytest.raises(OSError, match=r"ocop-forecast\.csv"):
        written(tmp_path, small_forecast(seed=2))
    after = texts(tmp_path)
    assert after.keys() == before.keys()
    assert after[Path(ANSWER)] == before[Path(ANSWER)]
