"""Earlier runs: the last of the same kind is found, a named one is read, and what is no run is told."""

import json
import shutil
from dataclasses import replace

import pandas as pd
import pytest
from offices import SETTINGS, asks, office, started

from ocop_forecast.batch import monthly
from ocop_forecast.batch.earlier import Kind, course, last_before, read_earlier, told
from ocop_forecast.batch.journal import sha256
from ocop_forecast.errors import RunError
from ocop_forecast.i18n.catalogue import set_options
from ocop_forecast.settings import Settings

KIND = Kind("38", 2024, "", "decision")
SEPTEMBER = pd.Period("2024-09")


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """A folder with two runs of a small office, July's first and August's told what changed since."""
    folder = tmp_path_factory.mktemp("office")
    data = office(folder / "data")
    for as_of in ("2024-07", "2024-08"):
        monthly.run_batch(data, as_of=as_of, out=folder, settings=SETTINGS, units=["389"])
    return folder


def test_a_run_tells_what_changed_since_the_last_one(out):
    table = pd.read_csv(out / "2024-08" / "changes.csv", dtype={"unit": str}).set_index("unit")
    assert not (out / "2024-07" / "changes.csv").exists()
    july = pd.read_csv(out / "2024-07" / "outlook.csv", dtype={"unit": str}).set_index("unit")
    august = pd.read_csv(out / "2024-08" / "outlook.csv", dtype={"unit": str}).set_index("unit")
    assert table["p_before"].to_dict() == july["p_reach"].to_dict()
    assert table["p_reach"].to_dict() == august["p_reach"].to_dict()
    assert table["flag_before"].to_dict() == july["flag"].to_dict()
    page = (out / "2024-08" / "meeting.html").read_text(encoding="utf-8")
    assert "Since the last run (as of July 2024)" in page
    none = (out / "2024-07" / "meeting.html").read_text(encoding="utf-8")
    assert "There is no earlier run of this year" in none


def test_a_run_tells_what_moved_the_chances_since_the_last_one(out):
    """The parts add up from what July told to what August tells, in its files and its notebooks."""
    told, july, august = (
        pd.read_csv(out / path, dtype={"unit": str}).set_index("unit")
        for path in ("2024-08/moved.csv", "2024-07/outlook.csv", "2024-08/outlook.csv")
    )
    assert told["p_before"].to_dict() == july["p_reach"].loc[told.index].to_dict()
    assert told["p_reach"].to_dict() == august["p_reach"].loc[told.index].to_dict()
    parts = told.filter(like="part_").sum(axis=1)
    assert (told["p_before"] + parts).to_dict() == pytest.approx(told["p_reach"].to_dict())
    assert (told["part_other"] == 0).all()
    names = ("meeting.html", "province.html", "notebooks/389.html")
    pages = [(out / "2024-08" / name).read_text(encoding="utf-8") for name in names]
    for unit, some in (("38", pages[:2]), ("389", pages[2:])):
        assert all(f"{told.loc[unit, 'name']}: the chance of meeting" in page for page in some)
    assert not (out / "2024-07" / "moved.csv").exists()


def test_a_run_beside_one_of_another_versions_tables_is_made_without_what_moved(out, tmp_path):
    """Its register had no column of stars, or its tables cannot be read at all."""
    last = last_before(SEPTEMBER, out, KIND)
    known = last.province
    assert monthly._alike(known, known)
    other = replace(known, register=known.register.drop(columns="stars"))
    for before in (other, replace(known, units=known.units.iloc[1:]), None):
        assert monthly._explained(last._replace(province=before), known, [], {}) is None
    shutil.copytree(out / "2024-08", tmp_path / "2024-08")
    kept = tmp_path / "2024-08" / "province.json"
    kept.write_text(kept.read_text(encoding="utf-8").replace('"register"', '"other"'), encoding="utf-8")
    record = json.loads((tmp_path / "2024-08" / "run.json").read_text(encoding="utf-8"))
    record["files"]["province.json"] = sha256(kept)
    (tmp_path / "2024-08" / "run.json").write_text(json.dumps(record), encoding="utf-8")
    assert last_before(SEPTEMBER, tmp_path, KIND).province is None


def test_the_chances_of_then_are_those_that_were_told_then(out):
    """What another version would tell of the same tables is a part of its own."""
    last, terms = last_before(SEPTEMBER, out, KIND), {"seed": 1, "draws": 50}
    said = last.table.assign(p_reach=last.table["p_reach"] + 0.25)
    told = monthly._explained(last._replace(table=said), last.province, [], terms).table
    assert told["p_before"].to_dict() == said["p_reach"].to_dict()
    assert (told["p_before"] + told["other"]).to_dict() == pytest.approx(told["p_reach"].to_dict())


def test_the_latest_earlier_one_of_the_same_kind_is_the_last(out):
    assert str(last_before(SEPTEMBER, out, KIND).forecast.as_of) == "2024-08"
    assert str(last_before(pd.Period("2024-08"), out, KIND).forecast.as_of) == "2024-07"
    assert str(last_before(pd.Period("2024-08-15"), out, KIND).forecast.as_of) == "2024-07"
    assert last_before(pd.Period("2024-07"), out, KIND) is None
    for other in ({"province": "40"}, {"year": 2025}, {"units_as": "commune"}, {"count_by": "programme"}):
        assert last_before(SEPTEMBER, out, KIND._replace(**other)) is None
    assert last_before(SEPTEMBER, out / "nowhere", KIND) is None


def test_the_course_of_the_year_is_what_its_runs_said_of_the_province(out):
    rows = course(SEPTEMBER, out, KIND)
    assert [str(at) for at in rows.index] == ["2024-07", "2024-08"]
    assert list(rows.columns) == ["so_far", "median", "lower", "upper", "p_reach"]
    for at in ("2024-07", "2024-08"):
        known = pd.read_csv(out / at / "outlook.csv", dtype={"unit": str}).set_index("unit").loc["38"]
        assert rows.loc[pd.Period(at), "p_reach"] == known["p_reach"]
        assert rows.loc[pd.Period(at), "median"] == known["median"]
    assert course(pd.Period("2024-07"), out, KIND) is None
    assert course(SEPTEMBER, out, KIND._replace(count_by="programme")) is None


def test_the_runs_are_listed_with_links_to_their_pages(out, tmp_path):
    with set_options(lang="en"):
        said = told(out)
        assert said.index("2024-08/meeting.html") < said.index("2024-07/meeting.html")
        assert "(2024-08)" in said
        assert "ocop-forecast run" in told(tmp_path)


def changed(folder):
    (folder / "outlook.csv").write_text("unit\n", encoding="utf-8")


def renamed(folder):
    """Let a run say another name for a unit, as one of other data would."""
    text = (folder / "outlook.csv").read_text(encoding="utf-8").replace("Ngọc Lặc", "Khác")
    (folder / "outlook.csv").write_text(text, encoding="utf-8", newline="\n")
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    record["files"]["outlook.csv"] = sha256(folder / "outlook.csv")
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")


def not_ended(folder):
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    (folder / "run.json").write_text(json.dumps(record | {"status": "unfinished"}), encoding="utf-8")


def torn(folder):
    (folder / "run.json").write_text("{", encoding="utf-8")


def lost(folder):
    (folder / "draws.npz").unlink()


@pytest.mark.parametrize("spoil", [changed, not_ended, torn, lost])
def test_a_run_that_is_not_whole_is_passed_over_and_refused_by_name(out, tmp_path, spoil):
    for name in ("2024-07", "2024-08"):
        shutil.copytree(out / name, tmp_path / name)
    spoil(tmp_path / "2024-08")
    assert str(last_before(SEPTEMBER, tmp_path, KIND).forecast.as_of) == "2024-07"
    with pytest.raises(RunError) as told:
        read_earlier(tmp_path / "2024-08", KIND)
    assert told.value.key == "previous_none"


def test_a_named_run_of_another_year_or_none_at_all_is_refused_before_any_work(out):
    for name, words in (("2024-07", "2025"), ("data", "does not hold the results")):
        process = started(*asks(out / "data", "--as-of", "2024-12", "--previous", out / name))
        _, errors = process.communicate(timeout=600)
        assert process.returncode == 4
        assert words in errors
        assert "Traceback" not in errors
    assert not list(out.glob("2024-12*"))


def test_a_named_run_makes_another_run_and_a_found_one_does_not(out, tmp_path):
    data = office(tmp_path / "data")
    terms = {"as_of": "2024-09", "out": tmp_path, "settings": SETTINGS, "units": ["389"]}
    monthly.run_batch(data, **terms)
    shutil.copytree(out / "2024-08", tmp_path / "2024-08")
    monthly.run_batch(data, **terms)  # the same run still, whatever lies beside it now
    with pytest.raises(RunError) as told:
        monthly.run_batch(data, previous=tmp_path / "2024-08", **terms)
    assert told.value.key == "run_differs"
    monthly.run_batch(data, previous=tmp_path / "2024-08", replace=True, **terms)
    assert (tmp_path / "2024-09" / "changes.csv").exists()


def test_a_run_of_other_units_or_another_year_that_counts_is_no_earlier_one(out, tmp_path):
    shutil.copytree(out / "2024-08", tmp_path / "2024-08")
    settings = Settings(draws=200, seed=1, lang="en", count_by="programme")
    data = office(tmp_path / "data")
    ended = monthly.run_batch(data, as_of="2024-09", out=tmp_path, settings=settings, units=["389"])
    assert not (ended.folder / "changes.csv").exists()


def test_of_two_runs_of_one_date_the_one_that_bears_its_name_is_the_last(out, tmp_path):
    shutil.copytree(out / "2024-08", tmp_path / "2024-08")
    shutil.copytree(out / "2024-08", tmp_path / "a")
    shutil.copytree(out / "2024-08", tmp_path / "2024-08.unfinished")
    shutil.copytree(out / "2024-08", tmp_path / ".2024-08.former")
    renamed(tmp_path / "a")
    assert "Khác" not in last_before(SEPTEMBER, tmp_path, KIND).table["name"].tolist()
    shutil.rmtree(tmp_path / "2024-08")
    assert "Khác" in last_before(SEPTEMBER, tmp_path, KIND).table["name"].tolist()
    shutil.rmtree(tmp_path / "a")
    assert last_before(SEPTEMBER, tmp_path, KIND) is None


@pytest.mark.parametrize(
    "record",
    ["[]", '{"as_of": null, "status": "ended"}', '{"as_of": "2024-08", "status": "ended", "files": null}'],
)
def test_a_record_of_another_form_is_no_earlier_run(tmp_path, record):
    (tmp_path / "2024-08").mkdir()
    (tmp_path / "2024-08" / "run.json").write_text(record, encoding="utf-8")
    (tmp_path / "folder" / "run.json").mkdir(parents=True)
    assert last_before(SEPTEMBER, tmp_path, KIND) is None
    with pytest.raises(RunError):
        read_earlier(tmp_path / "2024-08", KIND)
