"""A run that something befalls: what is done is kept, what failed is told, and it goes on."""

import json
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import nbformat
import pytest
from docx import Document
from offices import INTERRUPTED, SETTINGS, UNITS, asks, contents, events, executed, gone, left_over, started

from ocop_forecast.batch import executors, journal, monthly
from ocop_forecast.errors import RunError, StoppedError
from ocop_forecast.reporting import note

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")


@pytest.fixture
def doctored(tmp_path_factory, monkeypatch):
    """Put a cell to the end of the district notebook."""

    def put(cell):
        notebook = nbformat.read(monthly.DISTRICT, as_version=4)
        notebook.cells.append(nbformat.v4.new_code_cell(cell))
        path = tmp_path_factory.mktemp("notebooks") / "03_district.ipynb"
        nbformat.write(notebook, path)
        monkeypatch.setattr(monthly, "DISTRICT", path)

    return put


def ran(data, *more, **options):
    """Run as a user does; return the exit code and what it printed."""
    with started(*asks(data, *more), **options) as process:
        out, err = process.communicate(timeout=600)
    return process.returncode, out, err


def record(folder):
    return json.loads((folder / "run.json").read_text(encoding="utf-8"))


@POSIX
def test_killed_again_and_again_a_run_ends_as_if_nothing_had_been(undisturbed, data):
    mark, killed = uuid.uuid4().hex, 0
    draw = random.Random(5)
    for _ in range(8):
        process = started(*asks(data), mark=mark)
        try:
            process.communicate(timeout=draw.uniform(0.5, 6))
        except subprocess.TimeoutExpired:
            process.kill()
            killed += 1
            process.communicate()
            assert gone(mark), left_over(mark)
        named = data.parent / "2024-07"  # killed in its last moments a run may have ended
        assert not named.exists() or record(named)["status"] == "ended"
    assert killed > 0
    code, _, err = ran(data, mark=mark)
    assert (code, err) == (0, "")
    assert contents(data.parent / "2024-07") == contents(undisturbed)
    assert sorted(path.name for path in data.parent.iterdir()) == [".2024-07.lock", "2024-07", "data"]
    assert record(data.parent / "2024-07")["status"] == "ended"


@POSIX
@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_ends_what_it_started_says_how_to_go_on_and_does(undisturbed, data, kind):
    mark = uuid.uuid4().hex
    with started(*asks(data, "--json", "--workers", 1), mark=mark) as process:
        for line in process.stdout:
            if json.loads(line)["event"] == "tables":
                break
        process.send_signal(kind)
        out, err = process.communicate(timeout=300)
    assert process.returncode in INTERRUPTED
    assert json.loads(out.splitlines()[-1])["event"] == "stopped"
    assert f"Stopped. What is done is kept in {data.parent / '2024-07.unfinished'}; the same command" in err
    assert "Traceback" not in err
    assert gone(mark), left_over(mark)
    assert record(data.parent / "2024-07.unfinished")["status"] == "unfinished"
    done = executed(data.parent / "2024-07.unfinished")
    assert ran(data)[0] == 0
    again = executed(data.parent / "2024-07")[len(done) :]
    assert sorted(done + again) == sorted([*UNITS, "province"])
    assert contents(data.parent / "2024-07") == contents(undisturbed)


def test_interrupted_from_python_it_is_a_stopped_error(data):
    def interrupt(event):
        if event["event"] == "tables":
            raise KeyboardInterrupt

    with pytest.raises(StoppedError, match="the same command goes on"):
        monthly.run_batch(data, out=data.parent, settings=SETTINGS, listen=interrupt)
    assert monthly.run_batch(data, out=data.parent, settings=SETTINGS).failed == []


def test_stopped_while_the_pack_is_written_it_keeps_its_notebooks_and_writes_all_of_the_pack(
    undisturbed, data
):
    def interrupt(event):
        if event["event"] == "notebook":
            raise KeyboardInterrupt

    terms = {"out": data.parent, "settings": SETTINGS}
    with pytest.raises(StoppedError):
        monthly.run_batch(data, **terms, listen=interrupt)
    draft = data.parent / "2024-07.unfinished"
    [done] = executed(draft)
    assert "files" not in record(draft)
    assert not (draft / "meeting.html").exists()
    told = []
    folder = monthly.run_batch(data, **terms, listen=told.append).folder
    assert done not in {event.get("unit") for event in told}
    assert contents(folder) == contents(undisturbed)


def test_some_fail_the_others_are_complete_and_only_those_are_tried_again(data, doctored, tmp_path):
    broken = tmp_path / "broken"
    broken.touch()
    doctored(f'import os\nassert unit not in ("380", "388", "390") or not os.path.exists({str(broken)!r})')
    ended = monthly.run_batch(data, out=data.parent, settings=SETTINGS)
    assert ended.failed == ["380", "388", "390"]
    outcomes = record(ended.folder)["notebooks"]
    assert {unit: outcome["status"] for unit, outcome in outcomes.items()} == {
        **{unit: "failed" if unit in ended.failed else "done" for unit in UNITS},
        "province": "done",
    }
    kept = {path.name for path in (ended.folder / "notebooks").glob("*.ipynb")}
    assert kept == {"380.failed.ipynb", "381.ipynb", "388.failed.ipynb", "389.ipynb", "390.failed.ipynb"}
    broken.unlink()
    before = len(executed(ended.folder))
    again = monthly.run_batch(data, out=data.parent, settings=SETTINGS, only_failed=True)
    assert again.failed == []
    assert sorted(executed(ended.folder)[before:]) == ["380", "388", "390"]
    assert not list(ended.folder.rglob("*.failed.ipynb"))


def test_only_failed_leaves_alone_what_was_never_tried(data):
    monthly.run_batch(data, out=data.parent, settings=SETTINGS, units=["389"])
    ended = monthly.run_batch(data, out=data.parent, settings=SETTINGS, only_failed=True)
    assert set(ended.notebooks) == {"389", "province"}
    assert sorted(executed(ended.folder)) == ["389", "province"]


def test_only_failed_does_not_call_finished_what_was_never_executed(data):
    def interrupt(event):
        if event["event"] == "tables":
            raise KeyboardInterrupt

    with pytest.raises(StoppedError):
        monthly.run_batch(data, out=data.parent, settings=SETTINGS, listen=interrupt)
    with pytest.raises(RunError, match="without --only-failed"):
        monthly.run_batch(data, out=data.parent, settings=SETTINGS, only_failed=True)
    assert not (data.parent / "2024-07").exists()


def test_a_reader_who_leaves_stops_no_run(data):
    asked = " ".join(map(str, asks(data, "--json", "--units", "389")))
    shell = f"set -o pipefail; {sys.executable} -m ocop_forecast.cli run {asked} | head -1"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=False, timeout=600)
    assert (done.returncode, done.stderr) == (0, "")
    assert executed(data.parent / "2024-07") != []


def test_nothing_is_done_twice(undisturbed):
    data = undisturbed.parent / "data"
    times = {
        path: path.stat().st_mtime_ns
        for path in undisturbed.rglob("*.*")
        if path.suffix not in (".json", ".jsonl")
    }
    told = []
    again = monthly.run_batch(data, out=undisturbed.parent, settings=SETTINGS, listen=told.append)
    assert [event["event"] for event in told] == ["started", "ended"]
    assert (told[0]["notebooks"], told[0]["done"], told[1]["done"]) == (6, 6, 6)
    assert {path: path.stat().st_mtime_ns for path in times} == times
    once_more = monthly.run_batch(data, out=undisturbed.parent, settings=SETTINGS)
    assert again.outlook.table.equals(once_more.outlook.table)
    assert set(again.notebooks) == {*UNITS, "province"}


@pytest.mark.parametrize(
    ("name", "harm"),
    [("outlook.csv", "deleted"), ("meeting.xlsx", "changed"), ("notebooks/389.ipynb", "changed")],
)
def test_what_is_lost_is_made_again_and_nothing_else(undisturbed, data, name, harm):
    folder = monthly.run_batch(data, out=data.parent, settings=SETTINGS, units=["389", "390"]).folder
    before, harmed = len(executed(folder)), folder / name
    if harm == "deleted":
        harmed.unlink()
    else:
        harmed.write_bytes(b"notes of somebody")
    monthly.run_batch(data, out=data.parent, settings=SETTINGS, units=["389", "390"])
    kept = list(folder.rglob("*.changed.*"))
    assert [path.read_bytes() for path in kept] == [b"notes of somebody"] * (harm == "changed")
    for path in kept:  # it was not for us to throw away
        path.unlink()
    assert contents(folder)[name] == contents(undisturbed)[name]
    assert executed(folder)[before:] == (["389"] if "389" in name else [])


def test_other_inputs_overwrite_nothing_and_replace_only_when_they_have_ended(data):
    folder = monthly.run_batch(data, out=data.parent, settings=SETTINGS, units=["389"]).folder
    before = contents(folder)
    with (data / "targets.csv").open("a", encoding="utf-8") as targets:
        targets.write("Ngọc Lặc,2022,2\n")
    with pytest.raises(RunError, match=r"holds another run \(inputs differ\).*--name.*--replace"):
        monthly.run_batch(data, out=data.parent, settings=SETTINGS)

    def break_off(event):
        if event["event"] == "tables":
            raise OSError(28, "No space left on device")

    terms = {"out": data.parent, "settings": SETTINGS, "units": ["389"], "replace": True}
    with pytest.raises(RunError, match="disk is full"):
        monthly.run_batch(data, **terms, listen=break_off)
    assert contents(folder) == before
    assert record(data.parent / "2024-07.unfinished")["status"] == "unfinished"
    monthly.run_batch(data, **terms)
    assert contents(folder) != before
    assert not (data.parent / "2024-07.unfinished").exists()


def test_another_template_of_the_note_is_another_run(data):
    path = data.parent / "letterhead.docx"
    assert ran(data)[0] == 0

    def changed(text):
        document = Document(note.OURS if not path.exists() else path)
        document.tables[0].cell(0, 0).paragraphs[0].text = text
        document.save(path)

    changed("{{ office[0]")
    code, _, said = ran(data, "--note-template", path, "--name", "own")
    assert (code, "a tag cannot be filled in" in said, (data.parent / "own.unfinished").exists()) == (
        4,
        True,
        False,
    )
    changed("VĂN PHÒNG")
    assert ran(data, "--note-template", path, "--name", "own")[0] == 0
    own, ours = data.parent / "own", data.parent / "2024-07"
    assert Document(own / "meeting.docx").tables[0].cell(0, 0).text.startswith("VĂN PHÒNG")
    told = record(own)["inputs"].pop("letterhead.docx")
    assert told == journal.sha256(path)
    assert (own / "outlook.csv").read_bytes() == (ours / "outlook.csv").read_bytes()
    changed("ỦY BAN")
    code, _, said = ran(data, "--note-template", path, "--name", "own")
    assert (code, "(inputs differ)" in said) == (4, True)


def test_an_unfinished_run_of_other_inputs_is_not_lost_without_a_word(data):
    (data.parent / "2024-07.unfinished").mkdir()
    journal.write(data.parent / "2024-07.unfinished", {"as_of": "2024-07", "status": "unfinished"})
    with pytest.raises(RunError, match=r"2024-07.unfinished holds another run"):
        monthly.run_batch(data, out=data.parent, settings=SETTINGS)
    assert (
        monthly.run_batch(data, out=data.parent, settings=SETTINGS, units=["389"], replace=True).failed == []
    )


def test_a_folder_that_is_no_runs_is_left_alone(data):
    (data.parent / "2024-07").mkdir()
    (data.parent / "2024-07" / "letter.txt").write_text("mine", encoding="utf-8")
    for replace in (False, True):
        with pytest.raises(RunError, match="files that are no run's"):
            monthly.run_batch(data, out=data.parent, settings=SETTINGS, replace=replace)
    assert [path.name for path in (data.parent / "2024-07").iterdir()] == ["letter.txt"]


def test_a_second_run_of_one_folder_is_told_who_holds_it(data):
    with journal.locked(data.parent / "2024-07"):
        code, out, err = ran(data)
    assert (code, out) == (4, "")
    assert f"in use by another run (process {os.getpid()} on " in err
    assert not (data.parent / "2024-07.unfinished").exists()
    assert ran(data, "--units", "389")[0] == 0


@POSIX
def test_a_full_disk_stops_it_with_its_reason_and_it_goes_on_when_there_is_room(undisturbed, data):
    def little_room():
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, 120_000))

    mark = uuid.uuid4().hex
    code, _, err = ran(data, mark=mark, preexec_fn=little_room)
    assert code == 4
    assert f"Cannot read or write {data.parent / '2024-07.unfinished'}" in err
    assert "disk is full" in err
    assert "Traceback" not in err
    assert gone(mark), left_over(mark)
    assert not (data.parent / "2024-07").exists()
    assert ran(data)[0] == 0
    assert contents(data.parent / "2024-07") == contents(undisturbed)


def test_a_disk_that_fills_up_between_two_notebooks(undisturbed, data, monkeypatch):
    written = []
    write = Path.write_bytes

    def write_some(path, content):
        written.append(path)
        if len(written) > 6:
            raise OSError(28, "No space left on device", str(path))
        return write(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", write_some)
        with pytest.raises(RunError, match="disk is full"):
            monthly.run_batch(data, out=data.parent, settings=SETTINGS)
    monthly.run_batch(data, out=data.parent, settings=SETTINGS)
    assert contents(data.parent / "2024-07") == contents(undisturbed)


def test_a_killed_process_harms_its_own_notebook_alone(data, doctored):
    doctored("""import os, psutil, signal
if unit == "389":
    fork_server = psutil.Process(os.getppid())
    for child in fork_server.parent().parent().children():
        if "spawn_main" in " ".join(child.cmdline()):
            os.kill(child.pid, signal.SIGKILL)""")
    ended = monthly.run_batch(data, out=data.parent, settings=SETTINGS, means=monthly.Means(workers=2))
    assert ended.failed == ["389"]
    assert ended.notebooks["389"]["reason"] == "its process was killed"
    assert set(ended.notebooks) == {*UNITS, "province"}


def test_an_endless_cell_ends_at_the_time_limit(data, doctored):
    doctored('while unit == "389": pass')
    means = monthly.Means(seconds=3)
    ended = monthly.run_batch(data, out=data.parent, settings=SETTINGS, units=["389", "390"], means=means)
    assert ended.failed == ["389"]
    assert "longer than 3 seconds" in ended.notebooks["389"]["reason"]


def test_json_is_the_journal_line_by_line_and_nothing_else(data):
    code, out, err = ran(data, "--json", "--units", "389")
    assert (code, err) == (0, "")
    told = [json.loads(line) for line in out.splitlines()]
    assert told == events(data.parent / "2024-07")
    kinds = [event["event"] for event in told]
    assert kinds == ["started", "tables", "notebook", "notebook", "pack", "ended"]


def test_verbose_tells_each_notebook_and_the_bar_nothing_where_nobody_looks_on(data):
    code, out, _ = ran(data, "--verbose", "--units", "389,390")
    assert code == 0
    assert "[3/3]" in out
    assert "Ngọc Lặc, July 2024: done (" in out
    assert "[" not in ran(data)[1].split("Tỉnh")[0]


def test_data_that_change_while_they_are_read_are_not_believed(data, monkeypatch):
    read = monthly.read_province

    def read_slowly(*arguments, **terms):
        found = read(*arguments, **terms)
        with (data / "targets.csv").open("a", encoding="utf-8") as targets:
            targets.write("Ngọc Lặc,2022,2\n")
        return found

    monkeypatch.setattr(monthly, "read_province", read_slowly)
    with pytest.raises(RunError, match="changed while they were being read"):
        monthly.run_batch(data, out=data.parent, settings=SETTINGS)
    assert not (data.parent / "2024-07.unfinished").exists()


def test_a_notebook_shows_what_the_run_read_even_if_the_data_change_meanwhile(undisturbed, data):
    def edit(event):
        if event["event"] == "tables":
            targets = (data / "targets.csv").read_text(encoding="utf-8")
            (data / "targets.csv").write_text(targets.replace(",2024,6", ",2024,9"), encoding="utf-8")

    ended = monthly.run_batch(data, out=data.parent, settings=SETTINGS, listen=edit)
    assert contents(ended.folder) == contents(undisturbed)


def test_without_anything_to_do_nobody_is_called():
    with executors.executor(monthly.Means(scheduler="tcp://nowhere:1"), Path(), 0) as execute:
        assert list(execute([], [])) == []


@pytest.mark.parametrize("name", ["x.unfinished", "x.", ".x", "a/b", "é"])
def test_a_name_that_could_mean_another_folder_is_refused(data, name):
    with pytest.raises(RunError, match="cannot be used"):
        monthly.run_batch(data, out=data.parent, name=name)


def test_time_left_is_told_in_hours_when_it_is_long():
    from ocop_forecast.batch.progress import _span

    assert [_span(seconds) for seconds in (5, 65, 3600, 7325)] == ["0:05", "1:05", "1h00", "2h02"]


def test_a_run_waits_for_nobody(data):
    begin = time.monotonic()
    with (
        journal.locked(data.parent / "2024-07"),
        pytest.raises(RunError),
        journal.locked(data.parent / "2024-07"),
    ):
        pass
    assert time.monotonic() - begin < 5
