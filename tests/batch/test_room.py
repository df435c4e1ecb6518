"""What is configured elsewhere reaches no notebook: of the user, of the environment, of the administrator."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from offices import job, said, worker

from ocop_forecast.batch import jobs, kernels, room

TESTS = Path(__file__).resolve().parents[1]
DRAWS = """import matplotlib.pyplot as plt, pandas as pd, sys
_ = plt.figure().subplots().plot([1, 2])
print(sys.flags, sys.warnoptions, plt.get_backend(), [one for one in sys.path if not one])
pd.DataFrame({"a": [1.5]})"""
# It says no `if __name__ == "__main__"`, and executes a notebook in a forked and in an ordinary kernel.
SCRIPT = f"""
import hashlib, sys
sys.path.append({str(TESTS)!r})
from pathlib import Path
from offices import ordinarily, timeless, worker
from ocop_forecast.batch import jobs
home = Path(sys.argv[-1])
(home / "notebooks").mkdir(parents=True)
with worker(home / "kernels.log") as pool:
    for execute in (jobs.execute, ordinarily):
        result = pool.submit(execute, jobs.Job(**{vars(job(DRAWS))!r}), home).result()
        for name, content in result.files.items():
            (home / name).write_bytes(content)
        page = hashlib.sha256(result.files.get("notebooks/389.html", b"")).hexdigest()
        print([result.status, result.reason, page, timeless(home / "notebooks" / "389.ipynb")])
"""
CONFIGURED = """c.InlineBackend.figure_formats = ["svg"]
c.InteractiveShellApp.exec_lines = ["print('leaked')"]
c.IPKernelApp.matplotlib = "agg"
"""
STYLE = "figure.facecolor: red\naxes.grid: True\ntext.usetex: True\nbackend: svg\n"


@pytest.fixture
def script(tmp_path):
    """A function of options and an environment: run the script where nothing, or all, is configured."""
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")

    def run(home, *options, cwd=tmp_path, given=None, **environment):
        command = [sys.executable, *options, *(["-"] if given else [tmp_path / "script.py"]), tmp_path / home]
        known = {**os.environ, "PYTHONPATH": str(TESTS.parent), **environment}
        done = subprocess.run(command, cwd=cwd, env=known, input=given, capture_output=True, encoding="utf-8")
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return run


def foreign(folder):
    """Write what others configure into a folder; return the environment in which it would be heeded."""
    files = {
        "ipython/profile_default/ipython_kernel_config.py": CONFIGURED,
        "ipython/profile_default/ipython_config.py": CONFIGURED,
        "ipython/profile_default/startup/leaks.py": "import matplotlib; matplotlib.use('svg')",
        "startup.py": "print('leaked')",
        "matplotlibrc": STYLE,
        "pandas.py": "raise SystemExit('leaked')",
        "papermill.py": "raise SystemExit('leaked')",
        "socket.py": "raise SystemExit('leaked')",
        "jupyter/kernels/python3/kernel.json": json.dumps(
            {"argv": ["/bin/false", "{connection_file}"], "display_name": "other", "language": "python"}
        ),
        "jupyter/nbconvert/templates/basic/index.html.j2": "leaked",
        "jupyter/nbconvert/templates/basic/conf.json": '{"base_template": "base"}',
        "basic/index.html.j2": "leaked",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    jupyter = ("JUPYTER_PATH", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR")
    return {
        **dict.fromkeys(jupyter, str(folder / "jupyter")),
        "IPYTHONDIR": str(folder / "ipython"),
        "JPY_SESSION_NAME": "reader.ipynb",
        "JUPYTER_DEFAULT_PROVISIONER_NAME": "other",
        "MATPLOTLIBRC": str(folder),
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": str(folder),
        "PYTHONSTARTUP": str(folder / "startup.py"),
        "PYTHONWARNINGS": "error",
        "PYTHONINSPECT": "1",
        "PYTHONOPTIMIZE": "1",
        "PYTHONDEVMODE": "",
        "PYTHONSAFEPATH": "1",
    }


def test_what_others_configure_reaches_no_notebook_and_no_page(script, tmp_path):
    plain = script("plain")
    everything = foreign(tmp_path / "foreign")
    told = script("all", "-W", "ignore", "-X", "dev", "-O", cwd=tmp_path / "foreign", **everything)
    assert "image/png" in plain[0]
    assert plain[0].startswith("['done', ''")
    assert told == plain == [plain[0]] * 2  # forked and ordinary are one as well


def test_a_script_may_be_given_on_standard_input(script):
    assert script("typed", given=SCRIPT) == script("plain")


def test_a_notebook_in_a_kernel_of_another_copy_failed_and_says_so(tmp_path):
    (tmp_path / "notebooks").mkdir()
    changes = "import ocop_forecast.files.code as it\nit.code_hash = lambda: 'other'"
    with worker(tmp_path / "kernels.log") as pool:
        result = pool.submit(jobs.execute, job(changes), tmp_path).result()
    assert result.status == "failed"
    assert result.reason.startswith("its kernel's code is 'other', and the run's is '")


def test_a_home_that_cannot_be_written_to_is_done_without(tmp_path, monkeypatch):
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, os.fspath(tmp_path / "missing"))
    (tmp_path / "notebooks").mkdir()
    with worker(tmp_path / "kernels.log") as pool:
        result = pool.submit(
            jobs.execute, job("import os; print(os.path.expanduser('~'))"), tmp_path
        ).result()
    assert said(result).startswith(str(Path(room.tempfile.gettempdir()) / room.PREFIX))


@pytest.mark.parametrize(
    ("said", "kept"),
    [("{here}", "{here}"), (os.pathsep, ""), ("", ""), (f"there{os.pathsep}", "{here}{sep}there")],
)
def test_this_package_comes_first_and_then_what_the_user_says(monkeypatch, tmp_path, said, kept):
    known = {"here": tmp_path, "sep": os.sep}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", said.format(**known))
    with kernels.environment() as environment:
        found = environment["PYTHONPATH"].split(os.pathsep)
    assert found == [str(Path(kernels.__file__).parents[2]), *filter(None, [kept.format(**known)])]


def test_what_a_dead_run_left_is_swept_and_what_lives_is_not(tmp_path, monkeypatch):
    monkeypatch.setattr(room.tempfile, "tempdir", str(tmp_path))
    for name in ("ocop-dead", "ocop-other"):
        (tmp_path / name).mkdir()
    (tmp_path / "ocop-dead" / room.STYLE).touch()
    with room.room() as first, room.room() as second:
        assert {first, second, tmp_path / "ocop-other"} == {*tmp_path.iterdir()}
    assert [*tmp_path.iterdir()] == [tmp_path / "ocop-other"]
