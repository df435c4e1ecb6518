"""What several test files share: a small forecast that needs no model, and a folder of small tables."""

import os
import signal
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # a worker a processor: threads of theirs would only wait

import numpy as np
import pandas as pd
import pytest
from browsers import converted, launched
from clusters import cluster
from hypothesis import settings
from offices import SETTINGS, office, worker

from ocop_forecast import Forecast, project, read_province
from ocop_forecast.batch import jobs, monthly

os.environ["OCOP_LANG"] = "vi"  # whatever the machine's language is
# a shell's background job ignores Ctrl-C or the terminal's end, and so would every program that a test starts
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
settings.register_profile("ocop", deadline=None)  # a busy machine is no failure
settings.load_profile("ocop")

LOCK = (Path(__file__).resolve().parent.parent / "requirements.lock").read_text(encoding="utf-8")
locked = pytest.mark.skipif(
    f"matplotlib=={version('matplotlib')} " not in LOCK,
    reason="another matplotlib than the lock's draws otherwise",
)

collect_ignore = ["fuzz", "processor"]  # scripts that tests or people call

UNITS = """unit,name,type,province,province_name
389,Ngọc Lặc,Huyện,38,Tỉnh Thanh Hóa
390,Cẩm Thủy,Huyện,38,Tỉnh Thanh Hóa
"""
TARGETS = "unit,year,target\nNgọc Lặc,2024,3\nCẩm Thủy,2024,4\n"
REGISTER = """product,district,stars,decision_date,kind
Sản phẩm 389-001,Ngọc Lặc,3,2023-11-20,new
Sản phẩm 390-001,Cẩm Thủy,3,2023-12-01,new
Sản phẩm 390-002,Cẩm Thủy,4,2024-07-15,new
Sản phẩm 390-001,Cẩm Thủy,4,2024-07-15,upgraded
"""


@pytest.fixture
def folder(tmp_path):
    """A data folder of two units, whole and right."""
    for name, text in (("units", UNITS), ("targets", TARGETS), ("register", REGISTER)):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The folder of a run of a small office that nothing befell; its data lie beside it."""
    folder = tmp_path_factory.mktemp("office")
    return monthly.run_batch(office(folder / "data"), out=folder, settings=SETTINGS).folder


@pytest.fixture
def data(tmp_path):
    """The folder of a small office's tables."""
    return office(tmp_path / "data")


@pytest.fixture(scope="session")
def province():
    """The embedded province as of September, with the example dossiers."""
    return read_province(as_of="2024-09", dossiers="example")


@pytest.fixture(scope="session")
def projection(province):
    """Its forecast from both sources."""
    return project(province, seed=2024, draws=1000)


@pytest.fixture(scope="module")
def chromium():
    """The system's Chromium; an event loop runs as long as it is open, so only for the tests of one file."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="session")
def libreoffice(tmp_path_factory):
    """A function of a file and a kind such as "pdf": convert it in LibreOffice, and return the new file."""
    profile = tmp_path_factory.mktemp("libreoffice")
    return lambda path, kind: converted(path, kind, profile, tmp_path_factory.mktemp("converted"))


@pytest.fixture
def scheduler(tmp_path):
    """A scheduler and two workers, each a process of its own; gives its address, and their mark."""
    pytest.importorskip("distributed")
    with cluster(tmp_path) as address_and_mark:
        yield address_and_mark


@pytest.fixture(scope="module")
def pool(tmp_path_factory):
    """A pool of one process that executes jobs."""
    with worker(tmp_path_factory.mktemp("pool") / "kernels.log") as one:
        yield one


@pytest.fixture(scope="module")
def execute(pool):
    """A function of a job and a folder: execute it there, its kernel forked where that can be."""
    return lambda job, home: pool.submit(jobs.execute, job, home).result()


def small_forecast(seed=1, draws=400, units=("380", "389", "390"), as_of="2024-09"):
    """Draws without a model: 21 months known to September 2024, three to come, or the rest of a fourth."""
    rng = np.random.default_rng(seed)
    known = pd.period_range("2023-01", "2024-09", freq="M")
    panel = pd.DataFrame(rng.poisson(0.4, (len(known), len(units))), known, pd.Index(units, name="unit"))
    as_of = pd.Period(as_of)
    months = pd.period_range("2024-10" if as_of.freqstr == "M" else "2024-09", "2024-12", freq="M")
    return Forecast(panel, months, rng.poisson(0.8, (draws, len(units), len(months))), as_of)


def small_targets(units=("380", "389", "390"), target=(6, 3, 3)):
    """Targets of 2024 with names, as in `Province.targets`."""
    table = pd.DataFrame(
        {"unit": units, "name": [f"Huyện {u}" for u in units], "year": 2024, "target": target}
    )
    return table.astype({"target": "Int64"}).assign(province="38", province_name="Tỉnh Thanh Hóa")


def history(counts, start, months):
    """Panel of `months` months from `start`, zero but for {(month, unit): count}."""
    index = pd.period_range(start, periods=months, freq="M")
    panel = pd.DataFrame(0, index, ["a", "b"])
    for (month, unit), count in counts.items():
        panel.loc[pd.Period(month), unit] = count
    return panel
