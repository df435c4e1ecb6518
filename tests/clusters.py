"""A Dask cluster for tests: a scheduler and two workers, processes of their own as on several machines."""

import os
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager

import psutil
from offices import MARK, gone, left_over


@contextmanager
def cluster(folder):
    """Start it in a folder; give its address, and the mark of its processes."""
    mark = uuid.uuid4().hex
    environment = {**os.environ, MARK: mark}
    quiet = {"env": environment, "cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask, own = [sys.executable, "-m", "dask"], folder / "scheduler.json"
    serve = [*dask, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    processes = [subprocess.Popen([*serve, "--scheduler-file", own], **quiet)]
    until(own.exists)
    for _ in range(2):
        work = [*dask, "worker", "--scheduler-file", own, "--nthreads", "1", "--no-dashboard"]
        processes.append(subprocess.Popen(work, **quiet))
    from distributed import Client

    with Client(scheduler_file=str(own), timeout=300) as client:
        client.wait_for_workers(2, timeout=300)
        yield client.scheduler.address, mark
    for process in processes[::-1]:  # workers first: a scheduler waits long for them
        process.terminate()
        process.wait(timeout=300)
    assert gone(mark), left_over(mark)


def until(holds, seconds=60):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def workers_of(mark):
    """Return the processes in which the workers' jobs run: the children of their nannies."""
    found = []
    for process in psutil.process_iter():
        try:
            marked = process.environ().get(MARK) == mark
        except psutil.Error:
            continue
        if marked and "spawn_main" in " ".join(process.cmdline()):
            found.append(process)
    return found
