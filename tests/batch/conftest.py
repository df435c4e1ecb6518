"""A process in which the tests of this room execute jobs, as a run's own do."""

import pytest
from offices import worker

from ocop_forecast.batch import jobs


@pytest.fixture(scope="module")
def pool(tmp_path_factory):
    """A pool of one process that executes jobs."""
    with worker(tmp_path_factory.mktemp("pool") / "kernels.log") as one:
        yield one


@pytest.fixture(scope="module")
def execute(pool):
    """A function of a job and a folder: execute it there, its kernel forked where that can be."""
    return lambda job, home: pool.submit(jobs.execute, job, home).result()
