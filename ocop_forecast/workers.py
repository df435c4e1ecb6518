"""Who executes the jobs: processes of this machine, or the workers of a Dask cluster.

Both give the same results in whatever order they come, and a worker that dies takes no other's work along.
"""

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from . import kernels
from .jobs import Job, Result, begin, execute


def local(jobs: Sequence[Job], home: Path, count: int | None, log: Path) -> Iterator[Result]:
    """Yield each job's result as it comes, `count` jobs at a time in as many processes.

    Parameters
    ----------
    jobs : sequence of Job
        What is to be executed.
    home : path
        The run's folder.
    count : int, optional
        The machine's processors and one more unless given, since a kernel's start is mostly waiting.
    log : path
        Where the kernels' own words go.
    """
    waiting, suspects = deque(jobs), []
    count = min(count or (os.cpu_count() or 1) + 1, len(jobs))
    with kernels.ready(log) as environment:
        while waiting:
            yield from _together(waiting, suspects, home, count, (environment, log))
        for job in suspects:  # one of those that ran when a process died: alone, it harms no other
            yield from _alone(job, home, (environment, log))


def _together(waiting, suspects, home, count, terms):
    """Execute what is waiting until nothing is, or until a process dies; what ran then is put to `suspects`."""
    running = {}
    with _pool(count, terms) as pool:
        try:
            while waiting or running:
                while waiting and len(running) < count:
                    job = waiting.popleft()
                    running[pool.submit(execute, job, home)] = job
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    result = future.result()
                    del running[future]
                    yield result
        except BrokenProcessPool:
            suspects.extend(running.values())


def _alone(job, home, terms):
    with _pool(1, terms) as pool:
        try:
            yield pool.submit(execute, job, home).result()
        except BrokenProcessPool:
            yield Result(job.unit, "failed", "its process was killed", attempts=2)


def _pool(count, terms):
    # a fresh interpreter each, since a fork of this process would take its threads' locks along
    return ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _begin, terms)


def _begin(environment, log):
    """Make a process of the pool ready; it ends with the one that started it, however that ends."""
    parent = multiprocessing.parent_process()
    threading.Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()
    begin(environment, log)
