"""Who executes the jobs: processes of this machine, or the workers of a Dask cluster.

Both give the same results in whatever order they come, and a worker that dies takes no other's work along.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from ocop_forecast.settings import Means

from . import kernels
from .jobs import Job, Result, begin, execute, prepare

LOG = "kernels.log"

Execute = Callable[[Sequence[Job], Sequence[str]], Iterator[tuple[Job, Result]]]


def crew(means: Means, home: Path, count: int) -> AbstractContextManager[Execute]:
    """Give what executes jobs and yields each with its result as it comes; at the end nobody is left.

    Parameters
    ----------
    means : Means
        Where, and how many at a time.
    home : path
        The run's folder. What executes is also told which of its files the jobs read.
    count : int
        How many jobs there will be; without any nobody is called.
    """
    if not count:
        return nullcontext(lambda jobs, files: iter(()))
    if means.scheduler:
        from .cluster import away

        return away(means.scheduler, home)
    return _here(home, min(means.workers or (os.cpu_count() or 1) + 1, count))


@contextmanager
def _here(home, count):
    """Execute in `count` processes of this machine, which make themselves ready at once."""
    with kernels.ready(home / LOG) as environment:
        terms = (environment, home / LOG)
        with _pool(count, terms) as pool:
            yield lambda jobs, files: _all(deque(jobs), pool, home, count, terms)


def _all(waiting, pool, home, count, terms):
    suspects = []
    yield from _together(waiting, suspects, pool, home, count)
    while waiting:
        with _pool(count, terms) as another:
            yield from _together(waiting, suspects, another, home, count)
    for job in suspects:  # each ran when a process died; alone it harms no other
        yield job, _alone(job, home, terms)


def _together(waiting, suspects, pool, home, count):
    """Execute what is waiting until nothing is, or a process dies; what ran then is put to `suspects`."""
    running = {}
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


def _alone(job, home, terms):
    with _pool(1, terms) as pool:
        try:
            return pool.submit(execute, job, home).result()
        except BrokenProcessPool:
            return Result("failed", "its process was killed", attempts=2)


@contextmanager
def _pool(count, terms):
    """Give a pool of fresh interpreters; who still works when it is left, or this process dies, is ended."""
    leash, hold = multiprocessing.Pipe(duplex=False)
    spawn = multiprocessing.get_context("spawn")  # a fork would take the locks of other threads along
    pool = ProcessPoolExecutor(count, spawn, _begin, (leash, *terms))
    for _ in range(count):
        pool.submit(prepare)
    try:
        yield pool
        pool.shutdown()
    finally:
        hold.close()
        pool.shutdown(cancel_futures=True)
        leash.close()


def _begin(leash, environment, log):
    """Make a process of the pool ready; it ends when its leash is let go."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who holds the leash
    threading.Thread(target=_end_with, args=(leash,), daemon=True).start()
    begin(environment, log)


def _end_with(leash):
    try:
        leash.poll(None)
    finally:
        os._exit(1)
