"""The same work on the workers of a Dask cluster, whether or not they see this machine's disk.

What it reads goes to the workers, what they made comes back as bytes; a run's folder is written here alone.
A worker that is lost takes nothing along: Dask gives its work to another.
"""

import atexit
import multiprocessing
import os
import platform
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache, partial
from importlib.metadata import version
from itertools import chain, count, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from ocop_forecast import __version__
from ocop_forecast.errors import RunError
from ocop_forecast.files.code import code_hash

from . import kernels
from .jobs import Job, Lost, Result, execute

NEEDED = ("ipykernel", "matplotlib", "nbconvert", "numpy", "pandas", "papermill", "scipy")
PATIENCE = 30  # seconds for the scheduler to answer
TRIES = 5  # to send what all tasks share, which may be lost with a worker
AHEAD = 2  # tasks that a worker's thread has before it, so that it never waits for the next


@contextmanager
def workers(scheduler: str) -> Iterator[Callable[..., Iterator[tuple]]]:
    """Give a function that has tasks done by the workers of `scheduler`, as `executors.workers` does.

    Raises
    ------
    RunError
        If Dask is not installed, no scheduler answers, it has no workers, or these have other versions.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise RunError("cluster_missing") from error
    try:
        client = Client(scheduler, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise RunError("cluster_silent", scheduler=scheduler, reason=str(error)) from error
    with client:
        _check(client, scheduler)
        yield partial(_done, client)


def _check(client, scheduler):
    """Raise RunError for a cluster without workers, or whose workers' numbers might differ."""
    found = client.run(versions)
    if not found:
        raise RunError("cluster_empty", scheduler=scheduler)
    other = {
        f"  {address}: {name} {theirs.get(name)} ({own})"
        for address, theirs in found.items()
        for name, own in versions().items()
        if theirs.get(name) != own
    }
    if other:
        raise RunError("cluster_differs", found="\n".join(sorted(other)))


def versions() -> dict[str, str]:
    """List the versions here of what a notebook's numbers and looks depend on."""
    own = {"python": platform.python_version(), "ocop-forecast": __version__, "its code": code_hash()[:12]}
    return own | {name: version(name) for name in NEEDED}


def _done(client, function, tasks, *shared) -> Iterator[tuple]:
    """Yield each task with what came of it, as they come; a task is asked for only when its turn is near.

    What they share may be lost with a worker; it is sent again then, with the tasks that waited for it.
    """
    from distributed import CancelledError
    from distributed.comm import CommClosedError

    waiting = iter(tasks)
    for tries in count(1):
        at_work: dict = {}
        try:
            yield from _together(client, function, waiting, shared, at_work)
            return
        except (CancelledError, CommClosedError) as error:
            if tries == TRIES or client.status != "running":
                raise RunError("cluster_lost", reason=f"{type(error).__name__}: {error}") from error
            waiting = chain([*at_work.values()], waiting)


def _together(client, function, waiting, shared, at_work) -> Iterator[tuple]:
    """Have the waiting tasks done; those that are asked for and not yielded yet stand in `at_work`."""
    from distributed import KilledWorker, as_completed

    # by names of their own: the same values once more would share those that are being let go of
    known, completed = client.scatter([*shared], broadcast=True, hash=False), as_completed()

    def submit():
        room = max(1, AHEAD * sum(client.nthreads().values())) - len(at_work)
        for task in islice(waiting, max(0, room)):
            with warnings.catch_warnings(action="ignore"):  # a province's files go along: it calls them large
                at_work[future := client.submit(_at_work, function, task, *known, pure=False)] = task
            completed.add(future)

    try:
        submit()
        for future in completed:
            try:
                result = future.result()
            except KilledWorker as error:
                result = Lost(f"{type(error).__name__}: {error}")
            yield at_work.pop(future), result
            submit()
    finally:
        with suppress(Exception):  # whatever stops the run has been told; the cluster may be what is gone
            client.cancel([*at_work, *known])


def _at_work(function, task, *shared):
    """Do a task on a worker."""
    _set_up()
    return function(task, *shared)


def execute_away(job: Job, files: dict[str, bytes]) -> Result:
    """Execute a job on a worker, in a folder of its own that holds the files it reads."""
    with TemporaryDirectory(prefix="ocop-", dir=os.environ["JUPYTER_RUNTIME_DIR"]) as home:
        for name, content in files.items():
            (Path(home) / name).write_bytes(content)
        (Path(home) / job.output).parent.mkdir(exist_ok=True)
        return execute(job, home)


@cache
def _set_up():
    """Make a worker ready for its first task; what it starts ends with it."""
    kept = ExitStack()
    atexit.register(kept.close)
    kernels.live_in(kept.enter_context(kernels.environment()))
    multiprocessing.current_process().daemon = False  # Dask's nanny says so, but kernels are children
    kernels.warm_up()
