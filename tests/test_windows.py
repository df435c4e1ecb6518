"""On Windows the suite is collected and a run ends: feigned where there is none, see `windows.py`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from offices import asks, contents

HERE = Path(__file__).parent
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="where it is real the suite itself tells")


@pytest.fixture
def feigned(tmp_path):
    """A function of a command of Python: give it on a feigned Windows, where `tmp_path` is the disk."""
    (tmp_path / "custom").mkdir()
    (tmp_path / "custom" / "sitecustomize.py").write_text(
        "import windows\nwindows.feign()\n", encoding="utf-8"
    )
    paths = (str(tmp_path / "custom"), str(HERE), str(HERE.parent))
    env = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "FEIGNED_DISK": str(tmp_path)}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8"}
    return lambda *command: subprocess.run(
        [sys.executable, *map(str, command)], env=env, cwd=HERE.parent, check=False, **streams
    )


def test_the_suite_is_collected(feigned):
    done = feigned("-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-p", "no:xdist")
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.mark.parametrize("line", ["import fcntl", "from os import fork", "import signal; signal.SIGKILL"])
def test_what_windows_lacks_is_not_found(line, feigned):
    text = f"import os, sys\nassert (os.name, sys.platform) == ('nt', 'win32')\n{line}"
    done = feigned("-c", f"exec({text!r}, {{'__file__': {str(HERE / 'a.py')!r}}})")
    assert done.stdout.splitlines()[-1].startswith(("ModuleNotFoundError", "ImportError", "AttributeError"))


MANY = """import sys
from pathlib import Path
from unittest.mock import patch
from ocop_forecast.batch import executors
from ocop_forecast.settings import Means
with patch.object(executors, "ProcessPoolExecutor") as pools:
    with executors.executor(Means(workers=100), Path(sys.argv[1]), 100):
        pass
sys.exit(pools.call_args.args[0] > 61)"""


def test_no_more_workers_are_asked_for_than_windows_bears(feigned, tmp_path):
    """It waits for 63 things at most (python/cpython#13132)."""
    done = feigned("-c", MANY, tmp_path)
    assert done.returncode == 0, done.stdout


def test_a_run_ends_as_it_does_here(feigned, undisturbed, data):
    done = feigned("-m", "ocop_forecast.cli", "run", *asks(data, "--workers", 2))
    assert done.returncode == 0, done.stdout
    assert contents(data.parent / "2024-07") == contents(undisturbed)


def test_a_run_goes_on_and_is_replaced(feigned, undisturbed, data):
    assert feigned("-m", "ocop_forecast.cli", "run", *asks(data, "--units", "389")).returncode == 0
    done = feigned("-m", "ocop_forecast.cli", "run", *asks(data, "--replace"))
    assert done.returncode == 0, done.stdout
    assert contents(data.parent / "2024-07") == contents(undisturbed)
