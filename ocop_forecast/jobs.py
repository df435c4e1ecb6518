"""Notebooks to execute: what each is given, where it goes, and what became of it.

Every notebook runs in a kernel of its own, and the papermill that drives it in a process of its own, since
papermill changes the directory of its whole process.
"""

import hashlib
import multiprocessing
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from .errors import RunError
from .files import whole

ATTEMPTS = 2


@dataclass(frozen=True)
class Job:
    """One notebook to execute: for which unit, with what parameters, and where the executed one goes."""

    unit: str
    notebook: Path
    parameters: dict
    output: Path


def check(jobs: Sequence[Job]) -> None:
    """Raise RunError unless each job's notebook is there and takes exactly the parameters it is given.

    papermill itself only warns of an unknown parameter, and without the tag it runs the default district.
    """
    from papermill import inspect_notebook

    wanted = {job.notebook: set(job.parameters) for job in jobs}
    for path, names in wanted.items():
        if not path.exists():
            raise RunError("notebook_missing", path=path)
        if set(inspect_notebook(_literal(path))) != names:
            raise RunError("notebook_parameters", path=path, names=", ".join(sorted(names)))


def execute_all(jobs: Sequence[Job], workers: int | None, log: Path) -> Iterator[tuple[str, dict]]:
    """Yield (unit, outcome) as each notebook ends, `workers` of them at a time.

    Parameters
    ----------
    jobs : sequence of Job
        Older outputs are deleted first: an old number never looks new.
    workers : int, optional
        The machine's processors unless given.
    log : Path
        Where the kernels' own words go.
    """
    for job in jobs:
        job.output.unlink(missing_ok=True)
    workers = min(workers or os.cpu_count() or 1, len(jobs))
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, spawn, initializer=_log_to, initargs=(log,)) as pool:
        futures = {pool.submit(execute, job): job for job in jobs}
        for future in as_completed(futures):
            yield futures[future].unit, _outcome(future)


def _log_to(path):
    """Send what this process and its kernels print to a file, so that the terminal shows progress alone."""
    with path.open("a", encoding="utf-8") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)


def _outcome(future):
    try:
        return future.result()
    except Exception as error:  # whatever befell one notebook is told as its failure and stops no other
        return {"status": "failed", "reason": f"{type(error).__name__}: {error}"}


def execute(job: Job) -> dict:
    """Execute one notebook and tell what became of it, never raising for the notebook's sake.

    Returns
    -------
    dict
        status (``done`` or ``failed``), seconds, attempts, and sha256 of the executed notebook or the reason
        why there is none. A failed notebook is kept as ``<unit>.failed.ipynb``.
    """
    begin, attempts, again, reason = time.perf_counter(), 0, True, ""
    while again and attempts < ATTEMPTS:
        attempts += 1
        reason, again = _attempt(job)
    outcome = {"seconds": round(time.perf_counter() - begin, 2), "attempts": attempts}
    if reason:
        return {"status": "failed", **outcome, "reason": reason}
    return {"status": "done", **outcome, "sha256": sha256(job.output)}


def _attempt(job):
    """Execute once; return why it failed ("" if it did not) and whether another try may help."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    failed = job.output.with_suffix(".failed.ipynb")
    failed.unlink(missing_ok=True)
    try:
        with whole(job.output) as draft:
            _papermill(job, draft, failed)
    except PapermillExecutionError as error:
        return f"{error.ename}: {error.evalue}", False
    except (DeadKernelError, CellTimeoutError, OSError, RuntimeError) as error:
        return f"{type(error).__name__}: {error}", True
    return "", False


def _papermill(job, draft, failed):
    """Execute into `draft`; if that fails, keep what was executed as `failed`."""
    from papermill import execute_notebook

    try:
        paths = _literal(job.notebook), _literal(draft)
        execute_notebook(*paths, job.parameters, kernel_name="python3", progress_bar=False)
    except Exception:
        shutil.copy(draft, failed)
        raise


def _literal(path):
    """Return a path that papermill, which fills in what stands in braces, takes as it is."""
    return str(path).replace("{", "{{").replace("}", "}}")


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
