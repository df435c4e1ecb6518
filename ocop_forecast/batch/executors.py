"""Who does the work, notebooks or provinces: processes of this machine, or the workers of a Dask cluster.

Both give the same results in whatever order they come, and a process that dies takes no other's work along.
"""

import multiprocessing
import os
import re
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from multiprocessing import util
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from types import ModuleType
from typing import Any

from ocop_forecast.errors import RunError
from ocop_forecast.files.code import code_hash
from ocop_forecast.settings import Means

from . import kernels, surroundings
from .jobs import Job, Lost, Result, execute, import_all, log_to, rehearse

LOG = "kernels.log"
INTERRUPT = signal.default_int_handler
ERROR, REFUSED = re.compile(r"([\w.]+\.)?[A-Z]\w*Error: "), re.compile(r"\[Errno (\d+)\]")

Execute = Callable[[Sequence[Job], Sequence[str]], Iterator[tuple[Job, Result]]]
# a function of a task and of what all tasks share, the tasks, and what they share
Do = Callable[..., Iterator[tuple[Any, Any]]]


@contextmanager
def executor(means: Means, home: Path, count: int) -> Iterator[Execute]:
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
        yield lambda jobs, files: iter(())
    elif means.workers == 0:
        (home / LOG).touch()  # as of every run; what is printed here goes to the log of this process
        yield lambda jobs, files: ((job, execute(job, home)) for job in jobs)
    else:
        with workers(means, home / LOG, count) as do:
            yield partial(_executed, do, home, away=bool(means.scheduler))


def _executed(do, home, jobs, files, *, away):
    """Yield each job with its result; one whose process was lost has failed."""
    if away:
        from .cluster import execute_away

        found = do(execute_away, jobs, {name: (home / name).read_bytes() for name in files})
    else:
        found = do(execute, jobs, home)
    for job, result in found:
        yield job, Result("failed", result.reason, attempts=2) if isinstance(result, Lost) else result


def workers(means: Means, log: Path, count: int) -> AbstractContextManager[Do]:
    """Give a function that has tasks done, and yields each with what came of it; end its processes.

    Parameters
    ----------
    means : Means
        Where, and how many at a time.
    log : path
        Where this machine's processes write what is printed in them.
    count : int
        How many tasks there will be at most.
    """
    if means.scheduler:
        from . import cluster

        return cluster.workers(means.scheduler)
    surroundings.check()
    return _processes(log, surroundings.workers(means.workers, count))


@contextmanager
def _processes(log, count):
    """Have tasks done in `count` processes of this machine, which begin to make themselves ready at once."""
    known = log.stat().st_size if log.exists() else 0
    with kernels.environment() as environment:
        terms = (environment, log)
        with pool(count, *terms) as first:
            rehearsal = first.submit(rehearse, code_hash())

            def do(function, tasks, *shared):
                _check(rehearsal, terms, known)
                yield from _done(deque(tasks), (function, *shared), first, count, terms)

            yield do


def _check(rehearsal, terms, known):
    """Raise RunError if no kernel starts here, rather than say so of every notebook.

    So many bytes of the log were `known` before.
    """
    try:
        reason = rehearsal.result().reason
    except BrokenProcessPool:  # a process may have been killed by chance
        reason = _rehearsed_apart(terms)
    if reason:
        cause = _first_words(terms[1], known) or reason
        if refused := REFUSED.search(cause):
            raise RunError.of(OSError(int(refused[1]), cause))
        raise RunError("no_kernel", reason=cause, log=terms[1])


def _rehearsed_apart(terms):
    """Say why no kernel starts in a process that has been started for this alone; "" if one does."""
    try:
        with pool(1, *terms) as another:
            return another.submit(rehearse, code_hash()).result().reason
    except BrokenProcessPool as error:
        return str(error)


def _first_words(log, known):
    """Return what Python said first of what is missing or broken, whatever followed; "" if nothing."""
    lines = log.read_bytes()[known:].decode("utf-8", errors="replace").splitlines()
    return next((line for line in lines if ERROR.match(line)), "")


def _done(waiting, work, first, count, terms):
    """Have the waiting tasks done; those at work when a process died follow, each in a process of its own."""
    suspects: list = []
    yield from _together(waiting, work, suspects, first, count)
    while waiting:
        with pool(count, *terms) as another:
            yield from _together(waiting, work, suspects, another, count)
    for task in suspects:
        with pool(1, *terms) as own:
            try:
                yield task, _submitted(own, work, task).result()
            except BrokenProcessPool:
                yield task, Lost("its process was killed")


def _together(waiting, work, suspects, pool, count):
    """Have the waiting tasks done until there are none or a process dies; add those at work to `suspects`."""
    running: dict[Future, Any] = {}
    try:
        while waiting or running:
            while waiting and len(running) < count:
                running[_submitted(pool, work, waiting[0])] = waiting[0]
                waiting.popleft()  # not before: a pool that has broken takes nothing
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                result = future.result()
                yield running.pop(future), result
    except BrokenProcessPool:
        suspects.extend(running.values())


def _submitted(pool, work, task):
    """Give a task to a pool, with what all tasks share."""
    function, *shared = work
    return pool.submit(function, task, *shared)


@contextmanager
def pool(count: int, environment: dict[str, str], log: Path) -> Iterator[ProcessPoolExecutor]:
    """Give a pool of fresh interpreters; those who still work when it is left, or this process dies, end."""
    leash, hold = multiprocessing.Pipe(duplex=False)
    try:
        with ExitStack() as quiet:
            quiet.enter_context(_deaf())
            processes = _started(count, environment, (leash, log.absolute()))
            try:
                quiet.close()
                yield processes
                processes.shutdown()
            finally:
                hold.close()
                processes.shutdown(cancel_futures=True)
    finally:
        hold.close()
        leash.close()


def _started(count, environment, terms):
    """Start the processes of a pool."""
    context = SpawnContext()  # a fork would take the locks of other threads along
    context.Process = partial(Worker, environment)  # type: ignore[assignment, misc]
    try:
        processes = ProcessPoolExecutor(count, context, _set_up, terms)
        for _ in range(count):
            processes.submit(import_all)
    except (ImportError, NotImplementedError, OSError) as error:  # without shared memory, or too many
        raise RunError("no_processes", reason=str(error)) from error
    return processes


class Worker(SpawnProcess):
    """A process that has an environment of its own, and no option, script or Ctrl-C of ours."""

    def __init__(self, environment, *args, **terms):
        super().__init__(*args, **terms)
        self.environment, self.daemon = environment, False  # a daemon's child would be one

    def start(self):
        """Start the process."""
        with _masked(), _apart(self.environment):
            super().start()


@contextmanager
def _deaf():
    """Have Ctrl-C and its like wait: a pool that is half started does not know all whom it must wait for."""
    heard: list[int] = []
    main = threading.current_thread() is threading.main_thread()
    stops = [one for one in signal.valid_signals() if main and signal.getsignal(one) is INTERRUPT]
    for one in stops:
        signal.signal(one, lambda number, _: heard.append(number))
    try:
        yield
    finally:
        for one in stops:
            signal.signal(one, INTERRUPT)
        if heard:
            signal.raise_signal(heard[0])


@contextmanager
def _masked():
    """Let nobody who starts meanwhile hear Ctrl-C."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _apart(environment):
    """Show those who start meanwhile this environment, no script of ours, and no options of our Python.

    Python hands all of them on. A script that does not say ``if __name__ == "__main__"`` would be run again.
    A daemon, as a task queue's workers are, may start others like anybody else.
    """
    script, before = sys.modules["__main__"], dict(os.environ)
    own = multiprocessing.current_process()
    daemon, own.daemon = own.daemon, False
    options = util._args_from_interpreter_flags  # type: ignore[attr-defined]
    sys.modules["__main__"] = ModuleType("__main__")
    util._args_from_interpreter_flags = lambda: ["-P"]  # type: ignore[attr-defined]
    kernels.live_in(environment)
    try:
        yield
    finally:
        kernels.live_in(before)
        util._args_from_interpreter_flags = options  # type: ignore[attr-defined]
        sys.modules["__main__"], own.daemon = script, daemon


def _set_up(leash, log):
    """Make a process of the pool ready; it ends when the other end of its leash is let go."""

    def watch():
        try:
            leash.poll(None)
        finally:
            os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who holds the leash
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    threading.Thread(target=watch, daemon=True).start()
    log_to(log)
    sys.path[:] = dict.fromkeys([*kernels.search_path(), *sys.path])  # a script may be called papermill.py
    kernels.warm_up()
