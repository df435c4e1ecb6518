"""What the tests of runs share: a small office, little notebooks, and who is left when a run is over."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from unittest.mock import patch

import nbformat
import psutil

from ocop_forecast.batch import executors, kernels
from ocop_forecast.batch.jobs import Job, execute
from ocop_forecast.settings import Settings

UNITS = {"380": "Thanh Hóa", "381": "Bỉm Sơn", "388": "Quan Hóa", "389": "Ngọc Lặc", "390": "Cẩm Thủy"}
MARK = "OCOP_FORECAST_TEST"
SETTINGS = Settings(draws=200, seed=1, lang="en")


def office(folder: Path, count: int = len(UNITS)) -> Path:
    """Write the tables of five units, or the first of them, into a folder, small and right."""
    chosen = dict(islice(UNITS.items(), count))
    units = [f"{code},{name},38,Tỉnh Thanh Hóa" for code, name in chosen.items()]
    targets = [f"{name},{year},{3 + at}" for year in (2023, 2024) for at, name in enumerate(chosen.values())]
    rows = [
        f"Sản phẩm {code}-{year}{month:02},{name},3,{year}-{month:02}-{10 + at},new"
        for at, (code, name) in enumerate(chosen.items())
        for year, month in ((2022, 11), (2023, 6), (2023, 12), (2024, 7))
        if (at + month) % 3
    ]
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "units": ["unit,name,province,province_name", *units],
        "targets": ["unit,year,target", *targets],
        "register": ["product,district,stars,decision_date,kind", *rows],
    }
    for name, lines in tables.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def job(
    *cells: str, unit="389", output="notebooks/389.ipynb", seconds=60, tags=("parameters",), **parameters
):
    """Return a job whose notebook has a cell of parameters with defaults, and then these cells."""
    first = nbformat.v4.new_code_cell('unit: str = "380"\nlang: str = "vi"', metadata={"tags": list(tags)})
    kind = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = nbformat.v4.new_notebook(cells=[first, *map(nbformat.v4.new_code_cell, cells)], metadata=kind)
    given = {"unit": unit, "lang": "vi", **parameters}
    return Job(unit, "Ngọc Lặc", "vi", nbformat.writes(notebook), given, output, seconds)


@contextmanager
def worker(log: Path):
    """Give a pool of one process that executes jobs, as a run's own do."""
    with kernels.environment() as environment, executors.pool(1, environment, log) as pool:
        yield pool


def ordinarily(job, home):
    """Execute a job in an ordinary kernel."""
    with patch.object(kernels, "FORKS", False):
        return execute(job, home)


def said(result):
    """Return all that the cells of an executed notebook print or show, as text."""
    (text,) = [content for name, content in result.files.items() if name.endswith(".ipynb")]
    outputs = [out for cell in json.loads(text)["cells"] for out in cell.get("outputs", [])]
    return "".join("".join(out.get("text", out.get("data", {}).get("text/plain", ""))) for out in outputs)


def timeless(path: Path):
    """Return a notebook without what two runs of it may differ in: times."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for part in (notebook, *notebook["cells"]):
        for name in ("start_time", "end_time", "duration"):
            part["metadata"].get("papermill", {}).pop(name, None)
    for cell in notebook["cells"]:
        cell["metadata"].pop("execution", None)
    return notebook


def asks(data, *more):
    """Return the arguments of a run of an office's folder into the folder above it, as `SETTINGS` say."""
    return ("--data", data, "--out", data.parent, "--draws", 200, "--seed", 1, "--lang", "en", *more)


def started(*arguments, mark="", **options):
    """Start a run as a user does; its processes bear the mark."""
    command = [sys.executable, "-m", "ocop_forecast.cli", "run", *map(str, arguments)]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "encoding": "utf-8"}
    return subprocess.Popen(command, env={**os.environ, MARK: mark}, **streams, **options)


def events(folder):
    """Return the journal of a run, line by line."""
    return [json.loads(line) for line in (folder / "journal.jsonl").read_text(encoding="utf-8").splitlines()]


def executed(folder):
    """Return the units whose notebooks were executed, in that order."""
    return [event["unit"] for event in events(folder) if event["event"] == "notebook"]


def contents(folder):
    """Return name -> what two runs of the same may not differ in, for every file that tells results."""
    names = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    for name in ("run.json", "journal.jsonl", "kernels.log"):
        names.pop(name, None)
    return {
        name: timeless(path) if path.suffix == ".ipynb" else hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in names.items()
    }


# a shell reads both as 130; the second is Python's own, where Ctrl-C came while a text was executed as code,
# as dataclasses do when a library is imported
INTERRUPTED = (130, -signal.SIGINT)


def left_over(mark: str) -> list[str]:
    """Return the processes that were started under an environment with this mark and are still there."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and process.pid != os.getpid():
                found.append(f"{process.pid}: {' '.join(process.cmdline())}")
        except (psutil.Error, OSError):
            continue
    return found


def gone(mark: str, seconds: float = 60) -> bool:
    """Whether within some seconds no process with this mark is left."""
    until = time.monotonic() + seconds
    while left_over(mark):
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True
