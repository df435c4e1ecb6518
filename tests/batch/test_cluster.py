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
    assert run.returncode == 0, rest + run.stderr.read()
    folder = data.parent / "2024-07"
    assert sorted(executed(folder)) == sorted([*UNITS, "province"])
    assert contents(folder) == contents(undisturbed)


def test_what_tasks_share_is_sent_again_when_it_is_lost(monkeypatch):
    from distributed import Client, LocalCluster

    def waited(task, shared):
        time.sleep(0.05)
        return task + shared

    def scatter(*shared, **terms):
        sent.append(given(*shared, **terms))
        return sent[-1]

    monkeypatch.setattr(cluster, "_at_work", lambda function, *values: function(*values))
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as local,
        Client(local) as client,
    ):
        sent, given, found = [], client.scatter, {}
        monkeypatch.setattr(client, "scatter", scatter)
        for task, result in cluster._done(client, waited, range(6), 10):
            found[task] = result
            if len(sent) == 1:
                client.cancel(sent[0], force=True)
    assert found == {task: task + 10 for task in range(6)}
    assert len(sent) == 2


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
