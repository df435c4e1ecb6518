"""The same run on a Dask cluster: the same bytes, and a lost worker loses nothing."""

import os
import subprocess
import sys
import time
import uuid

import psutil
import pytest
from offices import MARK, SETTINGS, UNITS, asks, contents, executed, gone, left_over, started

from ocop_forecast.batch import cluster, monthly
from ocop_forecast.errors import RunError

pytest.importorskip("distributed")
# Dask's own: sockets that it leaves to the garbage collector
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")


@pytest.fixture
def scheduler(tmp_path):
    """A scheduler and two workers, each a process of its own, as on several machines; gives its address."""
    mark = uuid.uuid4().hex
    environment = {**os.environ, MARK: mark}
    quiet = {"env": environment, "cwd": tmp_path, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask, own = [sys.executable, "-m", "dask"], tmp_path / "scheduler.json"
    serve = [*dask, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    processes = [subprocess.Popen([*serve, "--scheduler-file", own], **quiet)]
    until(own.exists)
    for _ in range(2):
        work = [*dask, "worker", "--scheduler-file", own, "--nthreads", "1", "--no-dashboard"]
        processes.append(subprocess.Popen(work, **quiet))
    from distributed import Client

    with Client(scheduler_file=str(own), timeout=60) as client:
        client.wait_for_workers(2, timeout=60)
        yield client.scheduler.address, mark
    for process in processes[::-1]:  # workers first: a scheduler waits long for them
        process.terminate()
        process.wait(timeout=30)
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


def test_a_local_cluster_gives_the_same_bytes(undisturbed, data):
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address=None) as local:
        means = monthly.Means(scheduler=local.scheduler_address)
        ended = monthly.run_batch(data, out=data.parent, settings=SETTINGS, means=means)
    assert ended.failed == []
    assert contents(ended.folder) == contents(undisturbed)


def test_a_worker_killed_in_the_middle_loses_nothing(undisturbed, data, scheduler):
    address, mark = scheduler
    with started(*asks(data, "--scheduler", address, "--json")) as run:
        for line in run.stdout:
            if '"event": "tables"' in line:
                break
        time.sleep(1.5)  # the workers are at their first notebooks
        victim = workers_of(mark)[0]
        victim.kill()
        rest = run.stdout.read()
    assert run.returncode == 0, rest
    folder = data.parent / "2024-07"
    assert sorted(executed(folder)) == sorted([*UNITS, "province"])
    assert contents(folder) == contents(undisturbed)


def test_no_scheduler_is_told_and_publishes_nothing(data, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 2)
    with pytest.raises(RunError, match=r"no scheduler answers at tcp://127.0.0.1:9"):
        monthly.run_batch(data, out=data.parent, means=monthly.Means(scheduler="tcp://127.0.0.1:9"))
    assert not (data.parent / "2024-07").exists()


def test_other_versions_on_the_workers_are_refused_by_name():
    class Cluster:
        def __init__(self, found):
            self.found = found

        def run(self, _):
            return self.found

    own = cluster.versions()
    cluster._check(Cluster({"tcp://a": own}), "s")
    with pytest.raises(RunError, match=r"tcp://b: numpy 0\.1 \(") as caught:
        cluster._check(Cluster({"tcp://a": own, "tcp://b": {**own, "numpy": "0.1"}}), "s")
    assert "tcp://a" not in str(caught.value)
    with pytest.raises(RunError, match="has no workers"):
        cluster._check(Cluster({}), "s")
