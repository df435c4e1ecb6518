"""The same run on a Dask cluster: the same bytes, and a lost worker loses nothing."""

import time

import pytest
from clusters import workers_of
from offices import SETTINGS, UNITS, asks, contents, executed, started

from ocop_forecast.batch import cluster, monthly
from ocop_forecast.errors import RunError

pytest.importorskip("distributed")
# Dask's own: sockets that it leaves to the garbage collector
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")


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
