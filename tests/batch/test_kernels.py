"""Forked kernels equal ordinary ones, know nothing of each other, and leave nothing."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from offices import MARK, gone, job, left_over, office, ordinarily, said, timeless, worker

from ocop_forecast.batch import jobs, kernels, monthly, notebook

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere kernels start ordinarily")


@pytest.fixture
def home(tmp_path):
    (tmp_path / "notebooks").mkdir()
    return tmp_path


@pytest.fixture
def ordinary(pool):
    """A function of a job and a folder: execute it in an ordinary kernel."""
    return lambda job, home: pool.submit(ordinarily, job, home).result()


FACTS = """import builtins, gc, locale, logging, multiprocessing, os, re, resource, signal, sys
import threading
import matplotlib.pyplot, numpy, pandas, scipy
def handler(number):
    found = signal.getsignal(number)
    return getattr(found, "__qualname__", repr(found))
shell, rc = get_ipython(), matplotlib.rcParams
png = shell.display_formatter.formatters["image/png"]
parent = str(os.getppid())
for fact in (
    [re.sub('[0-9a-f-]{36}', 'ID', one) for one in sys.argv], sys.path, sys.executable, sys.flags,
    sys.getrecursionlimit(), sys.warnoptions, os.getcwd(),
    {name: value.replace(parent, "PARENT") for name, value in sorted(os.environ.items())},
    [(number.name, handler(number)) for number in signal.Signals],
    signal.pthread_sigmask(signal.SIG_BLOCK, []),
    sys.stdin.read(), sys.stdin.fileno(), sys.stdin.encoding, os.isatty(0),
    type(sys.stdout), type(sys.stderr), multiprocessing.current_process(),
    multiprocessing.parent_process(), multiprocessing.get_start_method(allow_none=True),
    threading.active_count(), os.getpgid(0) == os.getsid(0) == os.getpid(), os.umask(0o022), os.nice(0),
    [resource.getrlimit(limit) for limit in range(16)], gc.isenabled(), gc.get_threshold(),
    locale.getlocale(),
    matplotlib.get_backend(), [name for name in rc if rc[name] != matplotlib.rcParamsDefault[name]],
    pandas.get_option("display.max_rows"), pandas.get_option("display.html.table_schema"), numpy.geterr(),
    [type(one) for one in logging.root.handlers], logging.root.level, sorted(vars(builtins)),
    sorted(vars(sys.modules["__main__"])), "__mp_main__" in sys.modules, sorted(png.deferred_printers),
    sorted(map(str, png.type_printers)), sorted(shell.events.callbacks),
    [fd for fd in map(int, os.listdir("/proc/self/fd")) if os.path.exists(f"/proc/self/fd/{fd}")
     and os.get_inheritable(fd)],
):
    print(fact)"""


def test_a_forked_kernel_finds_all_about_it_as_an_ordinary_one_does(execute, ordinary, home):
    forked, usual = (said(run(job(FACTS), home)).splitlines() for run in (execute, ordinary))
    assert len(forked) > 40
    assert forked == usual


def test_a_forked_kernel_gives_the_notebook_of_an_ordinary_one(pool, ordinary, execute, tmp_path):
    ended = monthly.run_batch(office(tmp_path / "data"), out=tmp_path, settings=monthly.Settings(draws=200))
    for code, run in (("389", ordinary), ("390", ordinary), ("389", execute)):
        parameters = ended.notebooks[code]["parameters"]
        text = notebook.filled(notebook.read(monthly.DISTRICT, {*parameters}), parameters)
        output = f"notebooks/{code}.ipynb"
        again = run(jobs.Job(code, "", "vi", text, parameters, output), ended.folder)
        assert again.reason == ""
        path = tmp_path / f"{code}.ipynb"
        path.write_bytes(again.files[output])
        assert timeless(path) == timeless(ended.folder / output)


def test_it_is_forked_from_the_fork_server_and_an_ordinary_one_is_not(execute, ordinary, home):
    asks = "import os, psutil\nprint('forkserver' in str(psutil.Process(os.getppid()).cmdline()))"
    assert said(execute(job(asks), home)) == "True\n"
    assert said(ordinary(job(asks), home)) == "False\n"


def test_nothing_of_one_notebook_is_seen_by_the_next(execute, home):
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


def test_each_draws_its_own_random_numbers(execute, home):
    draws = "import random, numpy, uuid\nprint(random.random(), numpy.random.rand(), uuid.uuid4())"
    drawn = [said(execute(job(draws), home)).split() for _ in range(3)]
    assert all(len(set(numbers)) == 3 for numbers in zip(*drawn, strict=True))


def test_a_notebook_starts_processes_of_its_own_from_a_fork_server_of_its_own(execute, home):
    starts = """import multiprocessing, os, sys
context = multiprocessing.get_context("forkserver")
with context.Pool(1) as pool:
    print(pool.apply(os.getppid) == os.getppid())"""
    assert said(execute(job(starts), home)) == "False\n"


def test_what_a_kernel_prints_past_its_notebook_goes_to_the_log(home):
    with worker(home / "kernels.log") as pool:
        prints = job(
            "import os\nos.write(1, b'loud\\n'), os.write(2, b'louder\\n'), os.system('echo loudest')"
        )
        assert pool.submit(jobs.execute, prints, home).result().reason == ""
    assert {"loud", "louder", "loudest"} <= {*(home / "kernels.log").read_text("utf-8").split()}


def test_a_dead_fork_server_is_done_without(execute, home):
    kills = job("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)", "import time; time.sleep(30)")
    assert execute(kills, home).attempts == 2
    result = execute(job("print(unit)"), home)
    assert (result.status, said(result)) == ("done", "389\n")


def test_a_kernel_whose_fork_server_dies_is_made_good(execute, home):
    kills = """import os, signal, time
if not os.path.exists('once'):
    open('once', 'w').close()
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(30)"""
    result = execute(job(kills), home)
    assert (result.status, result.attempts) == ("done", 2)


def test_a_process_that_nobody_started_for_it_forks_no_kernel(home, monkeypatch):
    with kernels.environment() as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        kernels.warm_up()
        result = jobs.execute(job("import os; print(os.getppid())"), home)
        assert said(result) == f"{os.getpid()}\n"


def test_what_a_killed_kernel_had_started_is_gone_with_it(execute, home):
    starts = """import os, signal, subprocess, sys
print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(99)"]).pid, flush=True)"""
    endless = execute(job(starts, "while True: pass", seconds=1), home)
    assert "CellTimeoutError" in endless.reason
    pid = int(said(endless))
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_nothing_is_left_when_the_work_is_over(home, monkeypatch):
    monkeypatch.setenv(MARK, "over")
    with worker(home / "kernels.log") as pool:
        folder = Path(pool.submit(os.getenv, "JUPYTER_RUNTIME_DIR").result())
        assert pool.submit(jobs.execute, job("1"), home).result().status == "done"
        assert any("forkserver" in line for line in left_over("over"))
        assert folder.exists()
    assert not folder.exists()
    assert gone("over", 5), left_over("over")


BUSY = {
    "sleeping": "import time; time.sleep(60)",
    "deaf": "import re; re.match('(a+)+$', 'a' * 60 + 'b')",  # no other thread of its process comes to run
}


@pytest.mark.parametrize("cell", BUSY.values(), ids=BUSY)
@pytest.mark.parametrize("who", ["run", "worker"])
def test_who_starts_kernels_is_killed_and_nothing_is_left(tmp_path, cell, who):
    script = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from pathlib import Path
from offices import job
from ocop_forecast.batch import executors, jobs, kernels
if __name__ == "__main__":
    with kernels.environment() as environment:
        print(environment["JUPYTER_RUNTIME_DIR"], flush=True)
        with executors.pool(1, environment, Path({str(tmp_path)!r}) / "log") as pool:
            starts = "import os, subprocess; subprocess.Popen(['sleep', '70'])"
            mark = "open('pid', 'w').write(str(os.getpid()))"
            pool.submit(jobs.execute, job(starts, mark, {cell!r}), {str(tmp_path)!r}).result()
"""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "script.py").write_text(script, encoding="utf-8")
    command, known = [sys.executable, tmp_path / "script.py"], {**os.environ, MARK: str(tmp_path)}
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(command, env=known, **quiet) as runs:
        folder = Path(runs.stdout.readline().strip())
        mark = tmp_path / "notebooks" / "pid"
        _until(lambda: mark.exists() and mark.read_text())
        kernel = psutil.Process(int(mark.read_text()))
        _until(lambda: kernel.cpu_times().user > 0 and len(kernel.children()) == 1)
        (runs if who == "run" else kernel.parent().parent()).kill()
    assert gone(str(tmp_path)), left_over(str(tmp_path))
    assert not folder.exists()


def _until(holds, seconds=60):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_provisioner_is_registered_for_jupyter():
    from importlib.metadata import entry_points

    (found,) = entry_points(group="jupyter_client.kernel_provisioners", name=kernels.NAME)
    assert found.load() is kernels.WarmProvisioner
