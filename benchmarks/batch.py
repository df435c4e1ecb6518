"""What a notebook a district costs: papermill as it comes, our run, and its cells alone; one table.

    python benchmarks/batch.py [--units N] [--skip-cli] [--skip-growth] [--only-begin]

Seconds are of the wall and of processors, these of all processes together. Memory is the most that all
processes held together, in proportional shares, looked at five times a second. papermill's own command fits
in each notebook, as its user's would; all others read the draws of a run. Our run also fits, writes the
meeting pack, a page beside each notebook, and the province's notebook. `Our notebooks alone` starts its
processes and executes the districts' against a run that stands; `the cells alone` is the floor: the same
cells in one warm IPython, which renders every output and has neither kernels nor files. Linux only.

A second table tells what passes before the first notebook, with dossiers and without: seconds from the
command until its data are read, until all numbers stand that notebooks read, until the first notebook is
done, until the meeting pack is, and until the end; beside each the processor seconds of the run's own process
until then.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

WORKERS = 2  # of our run where it is set against others
TIMES = 10  # as many notebooks, to see what grows
CLI, LOOP = "papermill's command in a loop", "papermill.execute_notebook in a loop"
OURS = f"our run, --workers {WORKERS}"
RUNS = {"our run, --workers 1": ["--workers", 1], OURS: ["--workers", WORKERS], "our run, by default": []}
ALONE, MANY, CELLS = "our notebooks alone", f"{TIMES} times as many", "the cells alone"
EVERY = 0.2  # seconds between two looks at memory
BEFORE = "before"  # the run whose draws are read
BEGINNINGS = {"without dossiers": [], "with dossiers": ["--dossiers", "example", "--budget", "1.5e9"]}
# the event of the journal that ends each stage
STAGES = {
    "read": "started",
    "numbers": "tables",
    "first notebook": "notebook",
    "pack": "pack",
    "all": "ended",
}
FIRST = "380"  # the first unit of the embedded data, whose notebook tells what all draw
DISTRICT = Path(__file__).resolve().parent.parent / "notebooks" / "03_district.ipynb"


def spent(*whose: int) -> float:
    """Return the processor seconds of a process, or of its children that ended, and theirs."""
    used = map(resource.getrusage, whose)
    return sum(one.ru_utime + one.ru_stime for one in used)


@contextmanager
def timed(*whose: int) -> Iterator[dict[str, float]]:
    """Give what holds, at the end, the seconds that passed meanwhile."""
    seconds, begin, before = {}, time.perf_counter(), spent(*whose)
    yield seconds
    seconds |= {"wall s": time.perf_counter() - begin, "CPU s": spent(*whose) - before}


# parts: each in a process of its own, which imports what it needs before it looks at the clock


def cells(home: Path, work: list[dict]) -> dict[str, float]:
    """Return the seconds of the cells of all jobs, in this process, which has done the first job before."""
    os.chdir(home / "notebooks")
    kinds = Counter()
    shell = warm_shell(kinds)
    wanted = kept(Path(f"{work[0]['unit']}.ipynb"))
    assert wanted["image/png"], "the notebook draws nothing"
    execute(shell, work[0])
    assert kinds == wanted, f"it showed {kinds}, and in a kernel {wanted}"
    with timed(resource.RUSAGE_SELF) as seconds:
        for job in work:
            execute(shell, job)
    assert kinds["image/png"] == (len(work) + 1) * wanted["image/png"]
    return seconds


def warm_shell(kinds: Counter):
    """Return an IPython that renders all a kernel would, and counts what it shows by its kind."""
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets import Type
    from traitlets.config import Config

    class Hook(DisplayHook):
        def write_output_prompt(self):
            pass

        def write_format_data(self, format_dict, md_dict=None):
            kinds.update(list(format_dict))

    class Publisher(DisplayPublisher):
        def publish(self, data, *_, **__):
            kinds.update(list(data))

    class Shell(InteractiveShell):
        displayhook_class, display_pub_class = Type(Hook), Type(Publisher)

        def enable_gui(self, gui=None):
            pass  # there is no window to draw in

    shell = Shell.instance(config=Config(HistoryManager={"enabled": False}))
    shell.display_formatter.active_types = shell.display_formatter.format_types
    shell.run_line_magic("matplotlib", "inline")
    return shell


def execute(shell, job: dict) -> None:
    """Execute a job's cells; fail as soon as one does."""
    given = "\n".join(f"{name} = {value!r}" for name, value in job["parameters"].items())
    for source in sources(job["notebook"], given):
        result = shell.run_cell(source, store_history=True)
        assert result.error_before_exec is None, result.error_before_exec
        assert result.error_in_exec is None, result.error_in_exec


def sources(notebook: str, given: str) -> Iterator[str]:
    """Yield what stands in the code cells, and after the parameters' cell what is given."""
    for cell in json.loads(notebook)["cells"]:
        if cell["cell_type"] == "code":
            yield "".join(cell["source"])
            if "parameters" in cell["metadata"].get("tags", []):
                yield given


def kept(notebook: Path) -> Counter:
    """Return how many outputs of each kind an executed notebook holds."""
    held = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in held for output in cell.get("outputs", [])]
    return Counter(kind for output in outputs for kind in output.get("data", {}))


def alone(home: Path, work: list[dict]) -> dict[str, float]:
    """Return the seconds of executing all jobs by the package's own workers, and of starting these."""
    from ocop_forecast.batch.executors import executor
    from ocop_forecast.batch.jobs import Job
    from ocop_forecast.settings import Means

    jobs = [Job(**job) for job in work]
    everyone = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    with timed(*everyone) as seconds, executor(Means(workers=WORKERS), home, len(jobs)) as execute:
        for job, result in execute(jobs, []):
            assert result.status == "done", f"{job.output}: {result.reason}"
            for name, content in result.files.items():
                (home / name).write_bytes(content)
    return seconds


def loop(home: Path, work: list[dict]) -> dict[str, float]:
    """Execute all jobs with papermill alone, importing it included; its user's time is told from outside."""
    from papermill import execute_notebook

    for job in work:
        made = home.parent / "loop" / f"{job['unit']}.ipynb"
        made.parent.mkdir(exist_ok=True)
        execute_notebook(DISTRICT, made, job["parameters"], cwd=home / "notebooks")
    return {}


def ordered(home: Path) -> list[dict]:
    """Return the districts' jobs of a run on the embedded data that stands in a folder."""
    from ocop_forecast import read_province
    from ocop_forecast.batch import journal, monthly
    from ocop_forecast.settings import Means, Settings

    province = read_province("")
    terms = (province.units.index, province, Settings(), Means().seconds)
    jobs = monthly._ready(monthly._jobs(monthly._texts(), *terms), journal.read(home)["files"])
    return [asdict(job) for job in jobs if job.unit != "province"]


PARTS = {"cells": cells, "alone": alone, "loop": loop}


# the rows of the table: this process only waits and looks, and shares no library with those it looks at


def measured(folder: Path, *commands: list) -> dict[str, float]:
    """Run commands one after another; return seconds and peak memory, or what they say of them themselves."""
    with watched() as held, timed(resource.RUSAGE_CHILDREN) as seconds:
        said = [ran(folder, command) for command in commands][-1].splitlines()
    return seconds | held | (json.loads(said[-1]) if commands[-1][1] == __file__ else {})


def ran(folder: Path, command: list) -> str:
    """Return what a command prints; leave if it fails."""
    command, terms = list(map(str, command)), {"encoding": "utf-8", "env": environment(folder)}
    done = subprocess.run(command, capture_output=True, check=False, **terms)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}\n{done.stderr}")
    return done.stdout


@contextmanager
def watched() -> Iterator[dict[str, float]]:
    """Give what holds, at the end, the most memory (MiB) that all processes below this one held together."""
    most, over = {"peak MiB": 0.0, "looking": 0.0}, threading.Event()

    def look():
        while not over.wait(EVERY):
            most["peak MiB"] = max(most["peak MiB"], memory())
        most["looking"] = time.thread_time()

    watch = threading.Thread(target=look)
    watch.start()
    try:
        yield most
    finally:
        over.set()
        watch.join()


def memory() -> float:
    """Return the memory of all processes below this one, MiB, each page counted once (PSS)."""
    import psutil

    held = 0
    for process in psutil.Process().children(recursive=True):
        try:
            held += process.memory_full_info().pss
        except psutil.Error:  # it has ended
            continue
    return held / 2**20


def repeated(work: list[dict]) -> list[dict]:
    """Return every job many times over, each with a place of its own."""
    turns = [str(turn) for turn in range(1, TIMES + 1)]
    return [job | {"output": f"notebooks/{job['unit']}-{turn}.ipynb"} for turn in turns for job in work]


def our_run(folder: Path, name: str, *more) -> list:
    """Return the command of one of our runs, which finds no other run beside it."""
    begin = [sys.executable, "-m", "ocop_forecast.cli", "run", "--out", folder / "runs" / name]
    return [*begin, "--name", name, *more]


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of all that is measured: nothing of it is written elsewhere."""
    own = {"IPYTHONDIR": folder / "ipython", "JUPYTER_RUNTIME_DIR": folder / "jupyter", "TMPDIR": folder}
    given = os.environ | {name: str(path) for name, path in own.items()}
    given["JUPYTER_PREFER_ENV_PATH"] = "1"
    given.pop("PYTHONDONTWRITEBYTECODE", None)  # or each process might compile the package anew
    return given


def part(folder: Path, name: str, work: list[dict]) -> list:
    """Return the command that has a part measure itself, its jobs laid down in a file."""
    given = folder / f"{name}-{len(work)}.json"
    given.write_text(json.dumps(work), encoding="utf-8")
    return [sys.executable, __file__, name, home_of(folder, BEFORE), given]


def home_of(folder: Path, name: str) -> Path:
    """Return where one of our runs lies."""
    return folder / "runs" / name / name


def begun(folder: Path) -> Iterator[dict]:
    """Yield when each stage of a run ended, with dossiers and without."""
    import psutil

    for number, (way, more) in enumerate(BEGINNINGS.items()):
        tell(f"until the first notebook, {way}")
        command = our_run(folder, f"begun-{number}", "--workers", WORKERS, "--json", *more)
        passed, begin = {}, time.perf_counter()
        with subprocess.Popen(
            list(map(str, command)), stdout=subprocess.PIPE, env=environment(folder)
        ) as run:
            own = psutil.Process(run.pid)
            for line in run.stdout:
                used = own.cpu_times()
                seconds = (time.perf_counter() - begin, used.user + used.system)
                passed.setdefault(json.loads(line)["event"], seconds)
        assert run.returncode == 0
        stages = {name: passed[event] for name, event in STAGES.items()}
        told = {name: f"{wall:.1f} ({used:.1f})" for name, (wall, used) in stages.items()}
        yield {"until, wall s (own CPU s)": way} | told


def rows(folder: Path, work: list[dict], cli: bool, growth: bool) -> Iterator[dict]:
    """Measure one way after the other; yield what it is, how many notebooks came of it, and its cost."""
    codes, count = [job["unit"] for job in work], len(work)
    asked = ["--units", ",".join(codes)]

    def row(way, count, *commands):
        tell(f"{way}: {count} notebooks")
        return {"": way, "notebooks": count} | measured(folder, *commands)

    if cli:
        yield row(CLI, count, *command_line(folder, codes))
        expect(folder / "command", count)
    (folder / "loop").mkdir()
    yield row(LOOP, count, part(folder, "loop", work))
    expect(folder / "loop", count)
    for number, (way, workers) in enumerate(RUNS.items()):
        yield row(way, count + 1, our_run(folder, f"run-{number}", *asked, *workers))
        expect(home_of(folder, f"run-{number}"), count + 1, pages=True)
    yield row(ALONE, count, part(folder, "alone", work))
    if growth:
        yield row(f"{ALONE}, {MANY}", count * TIMES, part(folder, "alone", repeated(work)))
    yield row(CELLS, count, part(folder, "cells", work))


def command_line(folder: Path, codes: list[str]) -> list[list]:
    """Return papermill's commands, a unit each."""
    (folder / "command").mkdir()
    begin = [sys.executable, "-m", "papermill", DISTRICT]
    return [[*begin, folder / "command" / f"{code}.ipynb", "-r", "unit", code] for code in codes]


def expect(folder: Path, count: int, *, pages: bool = False) -> None:
    """Leave unless a folder holds as many notebooks, and their pages, as it should, with all they draw."""
    made = list(folder.rglob("*.ipynb"))
    assert len(made) == count
    assert all(kept(notebook)["image/png"] for notebook in made)
    assert not pages or all(notebook.with_suffix(".html").exists() for notebook in made)


def tell(*words) -> None:
    """Say on stderr what is being measured."""
    print(*words, file=sys.stderr, flush=True)


def table(measured: list[dict]):
    """Return the rows with their cost by the notebook."""
    import pandas as pd

    found = pd.DataFrame(measured).drop(columns="looking")
    for kind in ("wall", "CPU"):
        found[f"{kind} s a notebook"] = found[f"{kind} s"] / found["notebooks"]
    return found[[*(name for name in found if name != "peak MiB"), "peak MiB"]]


def print_table(told) -> None:
    """Print rows as a table."""
    import pandas as pd

    print(pd.DataFrame(told).to_string(index=False, na_rep="-"), end="\n\n")


def ratios(found) -> Iterator[str]:
    """Yield what one row is to another, as far as they are there."""
    by, costs = found.set_index(""), ["wall s", "CPU s"]
    each = [f"{cost} a notebook" for cost in costs]
    asked = [(CLI, OURS, costs), (LOOP, OURS, costs), (ALONE, CELLS, each[1:])]
    for one, other, names in [*asked, (f"{ALONE}, {MANY}", ALONE, [*each, "peak MiB"])]:
        if one in by.index:
            ratio = by.loc[one] / by.loc[other]
            yield f"{one} / {other}: " + ", ".join(f"{ratio[name]:.2f} times the {name}" for name in names)


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--units", type=int, help="how many units [default: all]")
    parser.add_argument("--skip-cli", action="store_true", help="leave out papermill's command, the slowest")
    parser.add_argument("--only-begin", action="store_true", help="leave out all but the second table")
    parser.add_argument("--skip-growth", action="store_true", help=f"leave out {TIMES} times as many")
    asked = parser.parse_args()
    with TemporaryDirectory() as name:
        folder, terms = Path(name), {"cli": not asked.skip_cli, "growth": not asked.skip_growth}
        (folder / "jupyter").mkdir()
        beginning = list(begun(folder))
        print_table(beginning)
        if asked.only_begin:
            return
        tell("a run to read the draws of")
        ran(folder, our_run(folder, BEFORE, "--units", FIRST))
        work = json.loads(ran(folder, [sys.executable, __file__, "jobs", home_of(folder, BEFORE)]))
        measured = list(rows(folder, work[: asked.units], **terms))
    looking = sum(row["looking"] for row in measured)
    found = table(measured)
    print(f"{os.cpu_count()} processors. Looking at memory took {looking:.1f} s of them, counted nowhere.")
    print_table(found.round(2))
    print(*ratios(found), sep="\n")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["jobs", home]:
            print(json.dumps(ordered(Path(home))))
        case [name, home, work] if name in PARTS:
            print(json.dumps(PARTS[name](Path(home), json.loads(Path(work).read_text(encoding="utf-8")))))
        case _:
            main()
