"""The same jobs on the workers of a Dask cluster, whether or not they see this machine's disk.

What the jobs read goes to the workers, what they made comes back as bytes; the run's folder is written here
alone. A worker that is lost takes nothing along: Dask gives its jobs to another.
"""

import atexit
import multiprocessing
import os
import platform
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from ocop_forecast import __version__
from ocop_forecast.errors import RunError
from ocop_forecast.files.code import code_hash

from . import kernels
from .jobs import Job, Result, execute

NEEDED = ("ipykernel", "matplotlib", "nbconvert", "numpy", "pandas", "papermill", "scipy")
PATIENCE = 30  # seconds for the scheduler to answer


@contextmanager
def executor(scheduler: str, home: Path) -> Iterator:
    """Give a function that executes jobs on the workers of `scheduler`, as `executors.executor` does.

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
        yield lambda jobs, files: _execute(client, jobs, {name: (home / name).read_bytes() for name in files})


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


def _execute(client, jobs: Sequence[Job], files: dict[str, bytes]) -> Iterator[tuple[Job, Result]]:
    """Yield each job with its result, as they come."""
    from distributed import CancelledError, KilledWorker, as_completed
    from distributed.comm import CommClosedError

    [shared] = client.scatter([files], broadcast=True)
    futures = {client.submit(execute_away, job, shared, pure=False): job for job in jobs}
    try:
        for future in as_completed(futures):
            try:
                result = future.result()
            except KilledWorker as error:
                result = Result("failed", f"{type(error).__name__}: {error}")
            yield futures[future], result
    except (CancelledError, CommClosedError) as error:
        raise RunError("cluster_lost", reason=f"{type(error).__name__}: {error}") from error
    finally:
        with suppress(Exception):  # whatever stops the run has been told; the cluster may be what is gone
            client.cancel([*futures, shared])


def execute_away(job: Job, files: dict[str, bytes]) -> Result:
    """Execute a job on a worker, in a folder of its own that holds the files it reads."""
    _set_up()
    with TemporaryDirectory(prefix="ocop-", dir=os.environ["JUPYTER_RUNTIME_DIR"]) as home:
        for name, content in files.items():
            (Path(home) / name).write_bytes(content)
        (Path(home) / job.output).parent.mkdir(exist_ok=True)
        return execute(job, home)


@cache
def _set_up():
    """Make a worker ready for its first job; what it starts ends with it."""
    kept = ExitStack()
    atexit.register(kept.close)
    kernels.live_in(kept.enter_context(kernels.environment()))
    multiprocessing.current_process().daemon = False  # Dask's nanny says so, but kernels are children
    kernels.warm_up()
