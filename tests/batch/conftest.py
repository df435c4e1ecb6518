"""Processes in which the tests of this room execute jobs, as a run's own do."""

from contextlib import contextmanager

import pytest

from ocop_forecast.batch import executors, jobs, kernels


@contextmanager
def process(tmp_path_factory):
    """Give a process of a pool as `executors` makes them, and its log."""
    log = tmp_path_factory.mktemp("pool") / "kernels.log"
    with kernels.environment() as environment, executors.pool(1, environment, log) as pool:
        yield pool, log


@pytest.fixture(scope="module")
def pool(tmp_path_factory):
    """A process that executes jobs."""
    with process(tmp_path_factory) as (one, _):
        yield one


@pytest.fixture(scope="module")
def execute(pool):
    """A function of a job and a folder: execute it in another process, its kernel forked where that can be."""
    return lambda job, home: pool.submit(jobs.execute, job, home).result()
