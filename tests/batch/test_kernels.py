"""Kernels forked from a warm process equal ordinary ones, know nothing of each other, and leave nothing."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from offices import job, office, said, timeless

from ocop_forecast.batch import kernels, monthly
from ocop_forecast.batch.jobs import execute

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere kernels start ordinarily")


@pytest.fixture
def at_work(monkeypatch):
    """Give what sets the environment of a warm or an ordinary start; it ends with the test."""
    with kernels.ready() as warm, kernels.ready(warm=False) as cold:

        def start(environment):
            for name in {*warm, *cold}:
                monkeypatch.delenv(name, raising=False)
            for name, value in environment.items():
                monkeypatch.setenv(name, value)

        start(warm)
        yield lambda kind: start(warm if kind == "warm" else cold)


@pytest.fixture
def home(tmp_path):
    (tmp_path / "notebooks").mkdir()
    return tmp_path


def children():
    """Return the processes that this one has started and that are still there."""
    return [child for child in psutil.Process().children(recursive=True) if child.is_running()]


def warm_process():
    (found,) = [child for child in children() if "ocop_forecast.warm" in child.cmdline()]
    return found


def test_a_forked_kernel_gives_the_notebook_of_an_ordinary_one(at_work, tmp_path):
    ended = monthly.run(office(tmp_path / "data"), out=tmp_path, settings=monthly.Settings(draws=200))
    for code, kind in (("389", "ordinary"), ("390", "ordinary"), ("389", "warm")):
        at_work(kind)
        parameters = ended.notebooks[code]["parameters"]
        text = monthly.DISTRICT.read_text(encoding="utf-8")
        again = execute(
            monthly.Job(code, "", "vi", text, parameters, f"notebooks/{code}.ipynb"), ended.folder
        )
        assert again.reason == ""
        path = tmp_path / f"{code}.ipynb"
        path.write_bytes(again.files[f"notebooks/{code}.ipynb"])
        assert timeless(path) == timeless(ended.folder / "notebooks" / f"{code}.ipynb")


def test_it_is_forked_from_the_warm_process_and_an_ordinary_one_is_not(at_work, home):
    asks = "import os, psutil\nprint(psutil.Process(os.getppid()).cmdline()[-3])"
    assert said(execute(job(asks), home)).strip() == "ocop_forecast.warm"
    at_work("ordinary")
    assert said(execute(job(asks), home)).strip() != "ocop_forecast.warm"


def test_nothing_of_one_notebook_is_seen_by_the_next(at_work, home):
    spoils = """import builtins, os, random, sys, matplotlib, numpy, pandas
builtins.leak = matplotlib.rcParams["figure.dpi"] = pandas.options.display.max_rows = 7
pandas.DataFrame = sys.modules["json"] = None
os.environ["LEAK"] = "7"
matplotlib.pyplot.figure()"""
    looks = """import builtins, os, random, json, matplotlib.pyplot as plt, numpy, pandas
print(hasattr(builtins, "leak"), "LEAK" in os.environ, plt.rcParams["figure.dpi"] == 7, plt.get_fignums(),
      pandas.options.display.max_rows == 7, pandas.DataFrame is None, json is None)"""
    execute(job(spoils), home)
    assert said(execute(job(looks), home)) == "False False False [] False False False\n"


def test_each_draws_its_own_random_numbers(at_work, home):
    draws = "import random, numpy, uuid\nprint(random.random(), numpy.random.rand(), uuid.uuid4())"
    drawn = [said(execute(job(draws), home)).split() for _ in range(3)]
    assert all(len(set(numbers)) == 3 for numbers in zip(*drawn, strict=True))


def test_a_dead_warm_process_is_done_without(at_work, home):
    warm_process().kill()
    result = execute(job("print(unit)"), home)
    assert (result.status, said(result)) == ("done", "389\n")


def test_a_kernel_whose_warm_process_dies_is_made_good(at_work, home):
    kills = """import os, signal, time
if not os.path.exists('once'):
    open('once', 'w').close()
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(30)"""
    result = execute(job(kills), home)
    assert (result.status, result.attempts) == ("done", 2)


def test_who_asks_for_nonsense_is_let_go_and_the_next_one_served(at_work, home):
    for said_first in (b"{}", b"nonsense", b""):
        with socket.socket(socket.AF_UNIX) as asks:
            asks.connect("\0" + os.environ[kernels.ADDRESS])
            asks.sendall(said_first)
    assert execute(job("1"), home).status == "done"


def test_what_a_killed_kernel_had_started_is_gone_with_it(at_work, home):
    starts = """import os, signal, subprocess, sys
print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(99)"]).pid, flush=True)"""
    endless = execute(job(starts, "while True: pass", seconds=1), home)
    assert "CellTimeoutError" in endless.reason
    pid = int(said(endless))
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_nothing_is_left_when_the_work_is_over(home, monkeypatch):
    before = set(children())
    with kernels.ready() as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        execute(job("1"), home)
        folder = Path(environment["JUPYTER_RUNTIME_DIR"])
        assert folder.exists()
    assert not folder.exists()
    assert set(children()) <= before


def test_when_its_starter_is_killed_the_warm_process_ends_its_kernels_and_clears_up(tmp_path):
    script = f"""
import json, os, sys
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from offices import job
from ocop_forecast import kernels
from ocop_forecast.jobs import execute
with kernels.ready() as environment:
    os.environ.update(environment)
    print(environment["JUPYTER_RUNTIME_DIR"], flush=True)
    cell = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(60)"
    execute(job(cell), {str(tmp_path)!r})
"""
    (tmp_path / "notebooks").mkdir()
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as runs:
        folder = Path(runs.stdout.readline().strip())
        mark = tmp_path / "notebooks" / "pid"
        _until(lambda: mark.exists() and mark.read_text())
        kernel, warm = psutil.Process(int(mark.read_text())), psutil.Process(runs.pid).children()
        runs.kill()
    _until(lambda: not folder.exists())
    _until(lambda: not any(one.is_running() and one.status() != "zombie" for one in (kernel, *warm)))


def _until(holds, seconds=20):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_provisioner_is_registered_for_jupyter():
    from importlib.metadata import entry_points

    (found,) = entry_points(group="jupyter_client.kernel_provisioners", name=kernels.NAME)
    assert found.load() is kernels.WarmProvisioner
