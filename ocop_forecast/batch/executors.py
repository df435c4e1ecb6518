"""Who executes the jobs: processes of this machine, or the workers of a Dask cluster.

Both give the same results in whatever order they come, and a process that dies takes no other's work along.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import ModuleType

from ocop_forecast.settings import Means

from . import kernels
from .jobs import Job, Result, execute, import_all, set_up

LOG = "kernels.log"

Execute = Callable[[Sequence[Job], Sequence[str]], Iterator[tuple[Job, Result]]]


def executor(means: Means, home: Path, count: int) -> AbstractContextManager[Execute]:
    """Give a function that executes jobs, and yields each with its result as it comes; end its processes.

    Parameters
    ----------
    means : Means
        Where, and how many at a time.
    home : path
        The run's folder. The function is also told which of its files the jobs read.
    count : int
        How many jobs there will be; without any, no process starts.
    """
    if not count:
        return nullcontext(lambda jobs, files: iter(()))
    if means.scheduler:
        from . import cluster

        return cluster.executor(means.scheduler, home)
    return _processes(home, min(means.workers or (os.cpu_count() or 1) + 1, count))


@contextmanager
def _processes(home, count):
    """Execute in `count` processes of this machine, which begin to make themselves ready at once."""
    with kernels.environment() as environment:
        terms = (environment, home / LOG)
        with pool(count, *terms) as first:
            yield lambda jobs, files: _execute(deque(jobs), first, home, count, terms)


def _execute(waiting, first, home, count, terms):
    """Execute the waiting jobs; those that ran when a process died follow, each in a process of its own."""
    suspects: list[Job] = []
    yield from _together(waiting, suspects, first, home, count)
    while waiting:
        with pool(count, *terms) as another:
            yield from _together(waiting, suspects, another, home, count)
    for job in suspects:
        with pool(1, *terms) as own:
            try:
                yield job, own.submit(execute, job, home).result()
            except BrokenProcessPool:
                yield job, Result("failed", "its process was killed", attempts=2)


def _together(waiting, suspects, pool, home, count):
    """Execute the waiting jobs until there are none or a process dies; add what ran then to `suspects`."""
    running: dict[Future, Job] = {}
    try:
        while waiting or running:
            while waiting and len(running) < count:
                running[pool.submit(execute, waiting[0], home)] = waiting[0]
                waiting.popleft()  # not before: a pool that has broken takes nothing
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                result = future.result()
                yield running.pop(future), result
    except BrokenProcessPool:
        suspects.extend(running.values())


@contextmanager
def pool(count: int, environment: dict[str, str], log: Path) -> Iterator[ProcessPoolExecutor]:
    """Give a pool of fresh interpreters; those who still work when it is left, or this process dies, end."""
    leash, hold = multiprocessing.Pipe(duplex=False)
    spawn = multiprocessing.get_context("spawn")  # a fork would take the locks of other threads along
    processes = ProcessPoolExecutor(count, spawn, _set_up, (leash, environment, log))
    for _ in range(count):
        processes.submit(import_all)
    try:
        yield processes
        processes.shutdown()
    finally:
        hold.close()
        processes.shutdown(cancel_futures=True)
        leash.close()


def _set_up(leash, environment, log):
    """Make a process of the pool ready; it ends when the other end of its leash is let go."""

    def watch():
        try:
            leash.poll(None)
        finally:
            os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who holds the leash
    threading.Thread(target=watch, daemon=True).start()
    set_up(environment, log)
    sys.modules["__main__"] = ModuleType("__main__")  # forked kernels would import that of the run
    kernels.warm_up()
