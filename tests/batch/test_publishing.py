"""Which run is which, and which may bear a name: nothing is mixed, nothing good gives way to what failed."""

import errno
import json
import os
import shutil
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from offices import SETTINGS, UNITS, contents, office

from ocop_forecast.batch import executors, journal, monthly
from ocop_forecast.batch.jobs import Result
from ocop_forecast.errors import FailedUnitsError, RunError


@pytest.fixture
def fails(monkeypatch):
    """Execute no notebook, but hand in each as if it had been; those of the units in this set fail."""
    failing: set[str] = set()

    @contextmanager
    def executor(means, home, count):
        yield lambda jobs, files: ((job, result(job)) for job in jobs)

    def result(job):
        if job.unit in failing:
            return Result("failed", "a broken cell", files={job.file(".failed.ipynb"): job.notebook.encode()})
        return Result("done", files={job.output: job.notebook.encode(), job.file(".html"): b"page"})

    monkeypatch.setattr(executors, "executor", executor)
    return failing


def run(data, *units, out=None, settings=SETTINGS, **terms):
    return monthly.run_batch(data, out=out or data.parent, units=units or None, settings=settings, **terms)


def record(folder):
    return json.loads((folder / "run.json").read_text(encoding="utf-8"))


@pytest.fixture
def edited(monkeypatch, tmp_path_factory):
    """A function that puts another text of the district's notebook in the place of ours."""

    def put(change):
        content = json.loads(monthly.DISTRICT.read_text(encoding="utf-8"))
        change(content["cells"])
        path = tmp_path_factory.mktemp("notebooks") / "03_district.ipynb"
        path.write_text(json.dumps(content), encoding="utf-8")
        monkeypatch.setattr(monthly, "DISTRICT", path)

    return put


def test_a_notebook_that_was_run_and_saved_is_the_same_and_one_that_was_changed_is_named(data, fails, edited):
    before = contents(run(data).folder)
    edited(lambda cells: cells[1].update(outputs=[{"output_type": "stream", "name": "stdout", "text": "3"}]))
    assert contents(run(data).folder) == before
    edited(lambda cells: cells[2].update(source="province = None"))
    with pytest.raises(RunError, match=r"another run \(notebooks, 03_district.ipynb differ\).*--replace"):
        run(data)


def test_a_run_of_other_code_is_another_run_for_some_units_too(data, fails, monkeypatch):
    folder = run(data, "389").folder
    before = contents(folder)
    monkeypatch.setattr(monthly, "code_hash", lambda: "other")
    for units in ([], ["389"], ["390"]):
        with pytest.raises(RunError, match=r"another run \(the tool's code differ\)"):
            run(data, *units)
    assert contents(folder) == before
    assert record(run(data, "390", replace=True).folder)["code"] == "other"
    assert set(record(folder)["notebooks"]) == {"390", "province"}


def test_a_run_that_does_not_say_its_code_is_another(data, fails):
    folder = run(data, "389").folder
    journal.write(folder, {key: value for key, value in record(folder).items() if key != "code"})
    with pytest.raises(RunError, match="the tool's code differ"):
        run(data, "390")


def test_the_same_data_elsewhere_are_the_same_run_to_the_byte(tmp_path, fails):
    here, there = (run(office(tmp_path / name / "data"), "389").folder for name in ("z", "a/b c"))
    assert contents(here) == contents(there)
    said = [record(folder) for folder in (here, there)]
    assert [list(one["inputs"]) for one in said] == [sorted(said[0]["inputs"])] * 2
    assert {**said[0], "notebooks": 0} == {**said[1], "notebooks": 0}


def test_a_failed_run_never_takes_the_place_of_a_good_one_and_goes_on_with_what_failed(data, fails):
    folder = run(data).folder
    before, other = contents(folder), replace(SETTINGS, seed=2)
    fails.add("390")
    ended = run(data, settings=other, replace=True)
    assert ended.folder == data.parent / "2024-07.unfinished"
    assert (contents(folder), record(folder)["status"]) == (before, "ended")
    assert record(ended.folder)["status"] == "unfinished"
    with pytest.raises(FailedUnitsError, match=r"stands as it was.*2024-07.unfinished; the same command"):
        monthly.raise_failed(ended)
    fails.clear()
    told = []
    again = run(data, settings=other, replace=True, listen=told.append)
    assert [event["unit"] for event in told if event["event"] == "notebook"] == ["390"]
    assert (again.folder, record(folder)["settings"]["seed"]) == (folder, 2)
    assert not ended.folder.exists()


def test_a_run_without_any_good_notebook_takes_no_name_and_one_with_some_does(data, fails):
    fails |= {*UNITS, "province"}
    ended = run(data)
    assert (ended.folder.name, set(ended.failed)) == ("2024-07.unfinished", fails)
    assert not (data.parent / "2024-07").exists()
    fails.discard("389")
    assert run(data).folder == data.parent / "2024-07"
    fails.remove("390")
    assert run(data, settings=replace(SETTINGS, seed=2), replace=True).folder == data.parent / "2024-07"


def test_a_run_says_unfinished_until_it_has_ended(data, fails):
    said = []
    run(data, listen=lambda event: said.append(record(data.parent / "2024-07.unfinished")["status"]))
    assert said == ["unfinished"] * (len(said) - 1) + ["ended"]
    said.clear()
    run(data, listen=lambda event: said.append(record(data.parent / "2024-07")["status"]))
    assert said == ["ended", "ended"]


@pytest.mark.parametrize("kind", ["there", "dangling", "the folder of runs", "both dangling"])
def test_a_link_is_followed_and_kept(data, fails, tmp_path, kind):
    out, far = tmp_path / "runs", tmp_path / "far" / "away"
    if kind in ("the folder of runs", "both dangling"):
        out.symlink_to(far, target_is_directory=True)
    else:
        out.mkdir()
    if kind == "there":
        far.mkdir(parents=True)
    if kind == "both dangling":
        far.mkdir(parents=True)
        (far / "2024-07").symlink_to(tmp_path / "farther" / "away", target_is_directory=True)
        shutil.rmtree(tmp_path / "farther", ignore_errors=True)
    elif kind != "the folder of runs":
        (out / "2024-07").symlink_to(far, target_is_directory=True)
    links = [path for path in (out, out / "2024-07") if path.is_symlink()]
    ended = run(data, "389", out=out)
    assert ended.folder == out / "2024-07"
    assert record(out / "2024-07")["status"] == "ended"
    run(data, "389", out=out, settings=replace(SETTINGS, seed=2), replace=True)
    assert record(out / "2024-07")["settings"]["seed"] == 2
    assert links
    assert all(path.is_symlink() for path in links)
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith((".unfinished", ".former"))]


def test_links_in_a_circle_are_told(data, fails, tmp_path):
    (tmp_path / "2024-07").symlink_to(tmp_path / "2024-07")
    with pytest.raises(RunError, match="2024-07"):
        run(data, "389", out=tmp_path)


REFUSED = [errno.EPERM, errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.ENOLCK]


@pytest.mark.skipif(sys.platform == "win32", reason="flock of POSIX")
@pytest.mark.parametrize("code", REFUSED, ids=errno.errorcode.get)
def test_a_file_system_that_refuses_courtesies_stops_no_run(data, fails, monkeypatch, code):
    import fcntl

    def refuse(*arguments, **terms):
        raise OSError(code, os.strerror(code))

    for module, name in ((os, "chmod"), (os, "fsync"), (fcntl, "flock")):
        monkeypatch.setattr(module, name, refuse)
    assert record(run(data, "389").folder)["status"] == "ended"
    with (
        journal.locked(data.parent / "2024-07"),
        pytest.raises(RunError, match=r"in use by another run .process"),
    ):
        run(data, "389")
    run(data, "389")
    assert not list(data.parent.glob(".*.he*"))


@pytest.mark.parametrize("fault", ["a file", "too long", "a file above"])
def test_a_place_that_cannot_be_names_itself(data, fails, tmp_path, fault):
    (tmp_path / "file").touch()
    places = {"a file": "file", "too long": "x" * 300, "a file above": "file/below"}
    with pytest.raises(RunError) as told:
        run(data, "389", out=tmp_path / places[fault])
    assert str(told.value.values["path"]).startswith(str(tmp_path / places[fault][:9]))


@pytest.mark.parametrize("name", ["journal.jsonl", "outlook.csv", "notebooks/389.html", ".2024-07.holder"])
def test_a_full_disk_is_told_with_the_file_that_had_no_room(data, fails, monkeypatch, name):
    opened = Path.open

    def full(path, mode="r", *more, **terms):
        wanted = path.name == Path(name).name
        if wanted and mode != "r":
            raise OSError(errno.ENOSPC, "No space left on device")
        return opened(path, mode, *more, **terms)

    def full_disk(path, target):
        if Path(target).name == Path(name).name:
            raise OSError(errno.ENOSPC, "No space left on device")
        return rename(path, target)

    rename = os.replace
    monkeypatch.setattr(os, "replace", full_disk)
    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(RunError, match="disk is full") as told:
        run(data, "389")
    assert Path(told.value.values["path"]).name == Path(name).name


@pytest.mark.parametrize("text", ["[1]", "null", '"x"', "5", "{}", "\ufeff{}"])
def test_a_record_of_any_other_form_is_another_run(data, fails, text):
    folder = run(data, "389").folder
    (folder / "run.json").write_text(text, encoding="utf-8")
    with pytest.raises(RunError, match="holds"):
        run(data, "389")


def test_a_killed_runs_leftovers_are_swept_by_the_next(data, fails):
    folder = run(data, "389").folder
    for name in (".ocop-2024-07/a", ".2024-07.former/run.json", "2024-07/.ocop-x.csv", ".2024-07.holder"):
        (data.parent / name).parent.mkdir(exist_ok=True)
        (data.parent / name).write_text("{}", encoding="utf-8")
    run(data, "389")
    assert sorted(path.name for path in data.parent.iterdir()) == [".2024-07.lock", "2024-07", "data"]
    assert not list(folder.rglob(".ocop-*"))
