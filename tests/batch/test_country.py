"""Many provinces by one command: each as alone, one's fault told, and nothing lost whatever dies."""

import json
import shutil
import sys
import time
import uuid
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from clusters import workers_of
from countries import all_contents, asks, dies, land, started, told
from offices import SETTINGS, contents, gone, left_over, office

import ocop_forecast as ocop
from ocop_forecast.batch import country, executors, monthly
from ocop_forecast.batch.jobs import Lost
from ocop_forecast.cli import main
from ocop_forecast.errors import FailedUnitsError, InputError, StoppedError, TermsError
from ocop_forecast.settings import Means

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
TWO = Means(workers=2)


@pytest.fixture
def here(monkeypatch):
    """Do every task in this process; give the names of the provinces whose run takes it along."""
    killed: set[str] = set()

    @contextmanager
    def workers(means, log, count):
        yield lambda function, tasks, *shared: ((task, of(function, task, shared)) for task in tasks)

    def of(function, task, shared):
        lost = function is country.work and task.place.name in killed
        return Lost("killed") if lost else function(task, *shared)

    monkeypatch.setattr(executors, "workers", workers)
    return killed


@pytest.fixture(scope="module")
def pristine(tmp_path_factory):
    """The folder of a small country."""
    return land(tmp_path_factory.mktemp("country") / "provinces")


@pytest.fixture(scope="module")
def undisturbed(pristine):
    """The country's folder, and what came of it when nothing befell it."""
    folder, heard = pristine, []
    ended = ocop.run_all(folder, out=folder.parent / "out", settings=SETTINGS, means=TWO, listen=heard.append)
    return folder, ended, heard


@pytest.fixture
def provinces(pristine, tmp_path):
    """A copy of that folder, with nothing beside it."""
    return shutil.copytree(pristine, tmp_path / "provinces")


def pack_all(folder, **terms):
    return ocop.run_all(folder, out=folder.parent / "out", settings=SETTINGS, only_pack=True, **terms)


def test_a_provinces_folder_is_that_of_its_run_alone(undisturbed, tmp_path):
    folder, ended, _ = undisturbed
    data = folder / "Thanh Hóa.xlsx"
    assert ended.runs[data.name] == folder.parent / "out" / "thanh-hoa" / "2024-07"
    alone = monthly.run_batch(data, out=tmp_path / "thanh-hoa", as_of="2024-07", settings=SETTINGS).folder
    made = ended.runs[data.name]
    assert contents(made) == contents(alone)
    names = [{path.relative_to(place) for path in place.rglob("*")} for place in (made, alone)]
    assert names[0] == names[1]
    records = [json.loads((place / "run.json").read_text("utf-8")) for place in (made, alone)]
    for outcome in [one for record in records for one in record["notebooks"].values()]:
        del outcome["seconds"], outcome["files"]  # its own times
    assert records[0] == records[1]


def test_what_cannot_be_used_is_told_before_the_work_and_the_others_run(undisturbed):
    folder, ended, heard = undisturbed
    assert [event["event"] for event in heard] == ["started", "province", "province", "ended"]
    begun = heard[0]
    assert (begun["as_of"], begun["latest"], begun["provinces"]) == ("2024-07", True, 2)
    assert begun["left_out"] == ["README.md", "letters"]
    assert list(begun["refused"]) == ["bad"]
    assert begun["refused"]["bad"].startswith(
        f'{folder / "bad" / "targets.csv"}, row 2, column "target": "many"'
    )
    assert {event["name"]: (event["status"], event["notebooks"]) for event in heard[1:3]} == {
        "an-giang": ("done", 3),
        "Thanh Hóa.xlsx": ("done", 3),
    }
    assert (heard[3]["done"], heard[3]["failed"], heard[3]["refused"]) == (2, 0, 1)
    table = told(ended.folder)
    assert table["as_of"].dropna().to_dict() == dict.fromkeys(["38", "89"], "2024-07")
    refused = table["refused"].dropna()
    assert refused.index.tolist() == ["bad"]
    assert refused["bad"].startswith(f'{Path("bad", "targets.csv")}, row 2, column "target": "many"')
    with pytest.raises(
        FailedUnitsError, match=r"1 province is not complete:\n  bad: .*targets.csv, row 2"
    ) as caught:
        country.raise_failed(ended)
    assert caught.value.exit_code == 5


def test_nothing_is_done_twice(undisturbed, here):
    folder, ended, _ = undisturbed
    before = {path: path.stat().st_mtime_ns for run in ended.runs.values() for path in run.rglob("*.*")}
    again = ocop.run_all(folder, out=folder.parent / "out", settings=SETTINGS)
    assert again.runs == ended.runs
    same = [path for path in before if path.suffix not in (".json", ".jsonl")]
    assert {path: path.stat().st_mtime_ns for path in same} == {path: before[path] for path in same}


def test_all_are_as_of_the_month_of_the_latest_decision(provinces, here):
    register = provinces / "an-giang" / "register.csv"
    rows = register.read_text("utf-8").splitlines()
    register.write_text("\n".join(row for row in rows if "2024-07" not in row) + "\n", encoding="utf-8")
    ended = pack_all(provinces)
    assert (ended.as_of, {run.name for run in ended.runs.values()}) == ("2024-07", {"2024-07"})


def test_one_provinces_death_or_defect_stops_no_other(provinces, here, monkeypatch, capsys):
    office(provinces / "defect", 1)
    made = monthly.made

    def breaks(province, inputs, out, *more, **terms):
        return made(province, inputs, 1 / 0 if out.name == "defect" else out, *more, **terms)

    monkeypatch.setattr(monthly, "made", breaks)
    here.add("an-giang")
    ended = pack_all(provinces)
    assert list(ended.runs) == ["Thanh Hóa.xlsx"]
    assert list(ended.failed) == ["an-giang", "defect"]
    assert "its process was killed twice" in ended.failed["an-giang"]
    assert "ZeroDivisionError: division by zero" in ended.failed["defect"]
    assert "Traceback" in capsys.readouterr().err
    assert {*told(ended.folder)["refused"].dropna().index} == {"bad", "an-giang", "defect"}
    here.clear()
    monkeypatch.setattr(monthly, "made", made)
    assert pack_all(provinces).failed == {}


@POSIX
def test_a_task_that_kills_its_process_takes_no_other_along(tmp_path):
    with executors.workers(Means(workers=1), tmp_path / "log", 3) as do:
        found = dict(do(dies, ["a", "kill", "b"], None))
        assert dict(do(dies, ["c"], None)) == {"c": "C"}
    assert found == {"a": "A", "b": "B", "kill": Lost("its process was killed")}


@POSIX
def test_killed_in_the_middle_it_goes_on_and_ends_as_if_nothing_had_been(undisturbed, provinces):
    mark = uuid.uuid4().hex
    out = provinces.parent / "out"
    with started(*asks(provinces, "--json", "--workers", 2), mark=mark) as process:
        next(process.stdout)
        until_made(out, 1)
        process.kill()
    assert gone(mark), left_over(mark)
    with started(*asks(provinces, "--workers", 2), mark=mark) as process:
        said, warned = process.communicate(timeout=1200)
    assert process.returncode == 5, warned
    assert "2 provinces together, 2024: " in said
    assert "bad: " in warned
    assert all_contents(out) == all_contents(undisturbed[1].folder.parent)
    assert not list(out.rglob("*.unfinished"))
    assert gone(mark), left_over(mark)


def until_made(out, count, seconds=600):
    """Wait until so many notebooks have been executed."""
    end = time.monotonic() + seconds
    while sum(len([*out.glob(f"*/*/{place}.html")]) for place in ("notebooks/*", "province")) < count:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_two_workers_of_a_cluster_of_which_one_is_killed_give_the_same_bytes(
    undisturbed, provinces, scheduler
):
    address, mark = scheduler
    with started(*asks(provinces, "--scheduler", address, "--json")) as process:
        next(process.stdout)
        time.sleep(5)  # the workers are at their first provinces
        workers_of(mark)[0].kill()
        _, warned = process.communicate(timeout=1200)
    assert process.returncode == 5, warned
    assert all_contents(provinces.parent / "out") == all_contents(undisturbed[1].folder.parent)


def test_what_lies_here_goes_along_to_a_cluster_and_comes_back(provinces, here, monkeypatch, tmp_path):
    """An earlier run, a run that was left unfinished, and a whole one, without a cluster of its own."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    (provinces / "Thanh Hóa.xlsx").unlink()
    alone, out = tmp_path / "alone", provinces.parent / "out"
    for as_of in ("2024-06", "2024-07"):
        terms = {"as_of": as_of, "settings": SETTINGS, "only_pack": True}
        monthly.run_batch(provinces / "an-giang", out=alone / "an-giang", **terms)
        away = pack_all(provinces, as_of=as_of, means=Means(scheduler="tcp://away"))
        assert contents(away.runs["an-giang"]) == contents(alone / "an-giang" / as_of)
    assert str(provinces / "bad" / "targets.csv") in away.refused["bad"]
    shutil.move(out / "an-giang" / "2024-07", out / "an-giang" / "2024-07.unfinished")
    (out / "an-giang" / "2024-07.unfinished" / "meeting.xlsx").write_bytes(b"notes of somebody")
    away = pack_all(provinces, as_of="2024-07", means=Means(scheduler="tcp://away"))
    kept = away.runs["an-giang"] / "meeting.changed.xlsx"
    assert kept.read_bytes() == b"notes of somebody"
    kept.unlink()
    assert contents(away.runs["an-giang"]) == contents(alone / "an-giang" / "2024-07")
    assert not (out / "an-giang" / "2024-07.unfinished").exists()


def test_interrupted_it_says_how_to_go_on(provinces, here):
    def interrupt(event):
        if event["event"] == "province":
            raise KeyboardInterrupt

    with pytest.raises(StoppedError, match=f"kept in {provinces.parent / 'out'}; the same command goes on"):
        pack_all(provinces, listen=interrupt)
    journal = (provinces.parent / "out" / "nation-2024-07" / "journal.jsonl").read_text("utf-8")
    assert json.loads(journal.splitlines()[-1])["event"] == "stopped"


def test_two_names_of_one_folder_are_told_and_neither_runs(provinces, here):
    office(provinces / "AN-GIANG", 1)
    office(provinces / "Thanh hoá", 1)
    with pytest.raises(TermsError) as caught:
        pack_all(provinces)
    assert caught.value.exit_code == 3
    said = str(caught.value)
    assert "AN-GIANG: its runs would lie in the same folder as those of an-giang." in said
    assert "Thanh hoá: its runs would lie in the same folder as those of Thanh Hóa.xlsx." in said
    assert "bad: " in said


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Bà Rịa - Vũng Tàu", "ba-ria-vung-tau"),
        ("38_Thanh-Hoa.v2", "38_Thanh-Hoa.v2"),
        ("nation-2024", "_nation-2024"),
        ("2024.unfinished", "_2024.unfinished"),
        ("河內", "_"),
    ],
)
def test_a_provinces_folder_bears_its_name_where_any_system_writes_it(tmp_path, name, folder):
    (tmp_path / name).mkdir()
    assert country._name(tmp_path / name) == folder
    assert country._name(tmp_path / f"{name}.xlsx") == folder


def test_a_day_is_asked_for_as_an_office_writes_it(provinces, here):
    ended = pack_all(provinces, as_of="19/7/2024")
    assert (ended.as_of, ended.folder.name) == ("2024-07-19", "nation-2024-07-19")
    assert {run.name for run in ended.runs.values()} == {"2024-07-19"}


def test_what_is_no_country_is_told_and_nothing_is_written(tmp_path):
    cases = {"none": (InputError, "no such folder"), "empty": (TermsError, "holds no province.*: notes.txt")}
    cases["province"] = (TermsError, "tables of one province.*run --data")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").touch()
    office(tmp_path / "province", 1)
    for name, (kind, words) in cases.items():
        with pytest.raises(kind, match=words) as caught:
            ocop.run_all(tmp_path / name, out=tmp_path / "out", settings=SETTINGS)
        assert caught.value.exit_code == 3
    assert not (tmp_path / "out").exists()


def test_the_command_says_who_cannot_run_as_of_when_and_what_came_of_it(provinces, here):
    asked = [str(one) for one in asks(provinces, "--only-pack", "--verbose")]
    asked[asked.index("en")] = "vi"
    done = CliRunner().invoke(main, ["run-all", *asked])
    assert done.exit_code == 5
    words = [
        "bad chưa dùng được:",
        "không có bảng số liệu: README.md, letters.",
        "2 tỉnh, số liệu đến hết tháng 7/2024.",
        "dùng --as-of",
        "[2/2] an-giang: xong",
        "Gộp 2 tỉnh, thành phố, năm 2024",
        "nation.html",
        "1 tỉnh chưa xong:",
    ]
    at = [done.output.index(one) for one in words]
    assert at == sorted(at), done.output


def test_the_bar_counts_provinces_and_their_notebooks(capsys):
    from ocop_forecast.batch.progress import bar

    begun = {
        "event": "started",
        "as_of": "2024-07",
        "latest": False,
        "provinces": 2,
        "refused": {},
        "left_out": [],
    }
    with ocop.set_options(lang="en"), bar() as listen:
        listen(begun)
        listen({"event": "province", "name": "a", "status": "failed", "notebooks": 3})
        listen({"event": "province", "name": "b", "status": "done", "notebooks": 4})
    assert capsys.readouterr().out == "2 provinces, data up to the end of July 2024.\n"
