"""A run says the same wherever and however it is started; what it cannot bear it tells in a sentence.

Each line of the two tables is a family of reports from the trackers of the libraries that a run stands on.
A run is begun once: its tables stand, its notebooks do not. In each surrounding a copy of it goes on.
"""

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import NamedTuple

import pytest
from offices import INTERRUPTED, MARK, SETTINGS, asks, contents, gone, left_over, office, said

import ocop_forecast
from ocop_forecast.batch import monthly
from ocop_forecast.batch.jobs import Result
from ocop_forecast.errors import StoppedError
from ocop_forecast.files.writing import shipped

PACKAGE = Path(ocop_forecast.__file__).parent
ROOT = PACKAGE.parent
RUN = ("-m", "ocop_forecast.cli")
COMMAND = "import sys\nfrom ocop_forecast.cli import main\n"
LINUX = sys.platform == "linux"
POSIX = os.name == "posix"


def allowed(*command):
    """Whether a command of Linux's namespaces may be given here."""
    return (
        LINUX and shutil.which(command[0]) and not subprocess.run([*command, "true"], check=False).returncode
    )


OWN_NETWORK = ("unshare", "-rn")
OWN_MOUNTS = ("unshare", "-rm")
SOMEBODY = ("unshare", "-U", "--map-user=54321")
CAN = {command: allowed(*command) for command in (OWN_NETWORK, OWN_MOUNTS, SOMEBODY)}


class Ended(NamedTuple):
    """How a run ended: its exit code, all that it printed, and its folder."""

    code: int
    words: str
    folder: Path

    def well(self, wanted):
        """Whether it ended with success, in few words, and holds just what the undisturbed one does."""
        assert (self.code, "Traceback" in self.words) == (0, False), self.words
        assert json.loads((self.folder / "run.json").read_text(encoding="utf-8"))["status"] == "ended"
        assert contents(self.folder) == wanted

    def told(self, code, *names):
        """Whether it ended with this exit code in a sentence that names one of these, and no traceback."""
        assert (self.code, "Traceback" in self.words) == (code, False), self.words
        assert "None" not in self.words
        assert not names or any(name in self.words for name in names), self.words


@pytest.fixture(scope="session")
def begun(tmp_path_factory):
    """A folder with a small office and its run, stopped when its tables stood."""

    def stop(event):
        if event["event"] == "tables":
            raise KeyboardInterrupt

    place = tmp_path_factory.mktemp("begun")
    with pytest.raises(StoppedError):
        monthly.run_batch(office(place / "data"), out=place, units=["389"], settings=SETTINGS, listen=stop)
    return place


@pytest.fixture(scope="session")
def wanted(begun, tmp_path_factory):
    """What that run holds if it goes on undisturbed."""
    ended = go_on(begun, tmp_path_factory.mktemp("undisturbed"))
    assert ended.code == 0, ended.words
    return contents(ended.folder)


def go_on(begun, place, *more, program=RUN, before=(), env=None, without=(), seconds=600, **options):
    """Give the command again, for a copy of the begun run in a place of its own."""
    shutil.copytree(begun, place, dirs_exist_ok=True)
    command = [*before, sys.executable, *program, "run", *asks(place / "data", "--units", "389", *more)]
    kept = {name: value for name, value in os.environ.items() if name not in without}
    kept["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    streams |= {"encoding": "utf-8", "errors": "replace", "cwd": place, "timeout": seconds}
    done = subprocess.run(list(map(str, command)), check=False, env=kept | (env or {}), **streams | options)
    return Ended(done.returncode, done.stdout or "", place / "2024-07")


def written(path, text):
    """Write a file, its folders too, or write on in the one that is there; return it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(text)
    return path


def customized(at, text):
    """Return the environment in which every Python first runs this."""
    written(at / "custom" / "sitecustomize.py", f"{text}\n")
    return {"PYTHONPATH": os.pathsep.join((str(at / "custom"), str(ROOT)))}


def patched(module, text):
    """Return a sitecustomize that runs this in `module` (called m) as soon as it has been imported."""
    return f"""import importlib.abc, importlib.util, sys
class Patch(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name != {module!r}:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        load = spec.loader.exec_module
        def exec_module(m):
            load(m)
            exec({text!r}, {{"m": m}})
        spec.loader.exec_module = exec_module
        return spec
sys.meta_path.insert(0, Patch())
"""


ORDINARY = patched("ocop_forecast.batch.kernels", "m.FORKS = False")


def kernelspec(at):
    """Put a kernel python3 of another environment into a folder for JUPYTER_PATH: it leaves a file."""
    start = f"open({str(at / 'was here')!r}, 'w').close()\nfrom ipykernel import kernelapp as app\n"
    spec = {"argv": [sys.executable, "-c", start + "app.launch_new_instance()", "-f", "{connection_file}"]}
    spec |= {"display_name": "Python 3", "language": "python"}
    written(at / "jupyter" / "kernels" / "python3" / "kernel.json", json.dumps(spec))
    return {"env": {"JUPYTER_PATH": str(at / "jupyter")}}


def profile(at):
    """Write a user's IPython: pictures as SVG, and a line that it runs first, in code and in a file."""
    lines = "c.InlineBackend.figure_formats = {'svg'}\nc.IPKernelApp.exec_lines = ['print(\"first\")']\n"
    home = at / "ipython" / "profile_default"
    written(home / "ipython_kernel_config.py", lines)
    written(home / "ipython_config.py", lines.replace("IPKernelApp", "InteractiveShellApp"))
    written(home / "startup" / "00.py", "print('first')\n")
    return {"env": {"IPYTHONDIR": str(at / "ipython")}}


def of_the_administrator(at, place="/usr/local/etc"):
    """Write the same for all users of the machine, in a file system of its own."""
    profile(at)
    made = at / "ipython" / "profile_default"
    shell = f'mount -t tmpfs none {place} && cp -r {made} {place}/ipython && exec "$@"'
    return {"before": (*OWN_MOUNTS, "sh", "-c", shell, "sh")}


def startup(at):
    return {"env": {"PYTHONSTARTUP": str(written(at / "start.py", "print('first')\nunit = '380'\n"))}}


def templates(at):
    """Put a template of nbconvert's name, and its settings, where a user's lie."""
    written(at / "jupyter" / "nbconvert" / "templates" / "basic" / "index.html.j2", "another template")
    written(at / "jupyter" / "nbconvert" / "templates" / "base" / "base.html.j2", "another template")
    config = {"HTMLExporter": {"exclude_output": True}, "NbConvertBase": {"display_data_priority": []}}
    written(at / "config" / "jupyter_nbconvert_config.json", json.dumps(config))
    folders = ("JUPYTER_DATA_DIR", "JUPYTER_PATH")
    return {"env": dict.fromkeys(folders, str(at / "jupyter")) | {"JUPYTER_CONFIG_DIR": str(at / "config")}}


def style(at, lines="axes.grid: True\nfigure.facecolor: pink\nfont.size: 30\nsavefig.dpi: 10\n"):
    return {"env": {"MPLCONFIGDIR": str(written(at / "mpl" / "matplotlibrc", lines).parent)}}


def shadowed(at):
    """Put modules of the standard library's names where the user stands, and start from elsewhere."""
    for name in ("random", "code", "copy", "calendar", "tokenize", "pandas", "ocop_forecast"):
        written(at / "place" / f"{name}.py", "raise SystemExit(9)\n")
    return {"program": [written(at / "bin" / "ocop-forecast", f"{COMMAND}if __name__ == '__main__': main()")]}


def launcher(at, text, **more):
    """Start the run by a script of one's own."""
    return {"program": [written(at / "script.py", f"{COMMAND}{text}\n")], **more}


def printing(at):
    return {"env": customized(at, "print('of the corporation')\n")}


def on_path(at):
    """A script that finds the package itself, while PYTHONPATH leads to another."""
    written(at / "other" / "ocop_forecast" / "__init__.py", "raise SystemExit(9)\n")
    text = f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{COMMAND}if __name__ == '__main__': main()"
    return {"program": [written(at / "bin" / "run.py", text)], "env": {"PYTHONPATH": str(at / "other")}}


def shell(text):
    """Have a shell prepare what the command is started in."""
    return lambda at: {"before": ("bash", "-c", f'{text} "$@"', "bash")}


def folder(name, variable="TMPDIR"):
    """Make a folder of this name what the variable names."""

    def made(at):
        (at / name).mkdir(parents=True, exist_ok=True)
        return {"env": {variable: str(at / name)}}

    return made


def environment(**variables):
    return lambda at: {"env": variables}


def refusing(call, error, where="os"):
    """Have a function of the operating system refuse: the file system does not know it.

    Others who run meanwhile know it, and would take a temporary folder without a lock for a dead run's.
    """
    text = f"import {where} as m, errno\ndef refuse(*_, **__): raise OSError(errno.{error}, 'not here')\n"
    apart = folder("apart")
    return lambda at: {"env": customized(at, f"{text}m.{call} = refuse\n") | apart(at)["env"]}


def ordinarily(at):
    """Have kernels start as on Windows and macOS."""
    return {"env": customized(at, ORDINARY)}


def together(*surroundings):
    """Bring about all of these at once: each has its say, and one program at most is named."""

    def made(at):
        terms = [given(at) for given in surroundings]
        environments = [one.get("env", {}) for one in terms]
        env = {name: value for one in environments for name, value in one.items()}
        if paths := [one["PYTHONPATH"] for one in environments if "PYTHONPATH" in one]:
            env["PYTHONPATH"] = os.pathsep.join(paths)
        before = [word for one in terms for word in one.get("before", ())]
        without = {name for one in terms for name in one.get("without", ())}
        (program,) = {tuple(one["program"]) for one in terms if "program" in one} or {RUN}
        return {"env": env, "before": before, "without": without, "program": program}

    return made


def linked(at):
    """Let the place of the run be a link to another disk."""
    (at / "disk").mkdir()
    (at / "place").symlink_to(at / "disk", target_is_directory=True)
    return {}


def mounted(text):
    return lambda at: {"before": (*OWN_MOUNTS, "sh", "-c", f'{text} && exec "$@"', "sh")}


DAEMON = """import multiprocessing
if __name__ == "__main__":
    one = multiprocessing.get_context("fork").Process(target=main, daemon=True)
    one.start()
    one.join()
    sys.exit(one.exitcode)"""
THREAD = """import threading
if __name__ == "__main__":
    ended = []
    def run():
        try:
            main()
        except SystemExit as error:
            ended.append(error.code)
    one = threading.Thread(target=run)
    one.start()
    one.join()
    sys.exit(ended[0] if ended else 1)"""
LOOP = """import asyncio
async def run():
    main()
if __name__ == "__main__":
    asyncio.run(run())"""
IPYTHON = """from IPython.core.interactiveshell import InteractiveShell
if __name__ == "__main__":
    shell = InteractiveShell.instance(user_ns={"main": main})
    shell.run_cell("main(standalone_mode=False)").raise_error()"""
SIGNALS = """import os, signal
if __name__ == "__main__":
    for name in ("SIGCHLD", "SIGINT", "SIGHUP", "SIGPIPE"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    os.execv(sys.executable, [sys.executable, "-m", "ocop_forecast.cli", *sys.argv[1:]])"""
FULL_PIPE = """import os, threading, time
ours, theirs = os.pipe()
os.set_blocking(theirs, False)
try:
    while True:
        os.write(theirs, b"x" * 1000)
except BlockingIOError:
    pass
os.dup2(theirs, 1)
if __name__ == "__main__":
    main()"""
HUNG_UP = """import os, pty
ours, theirs = pty.openpty()
os.dup2(theirs, 1); os.dup2(theirs, 2); os.close(theirs); os.close(ours)
if __name__ == "__main__":
    main()"""
LONG = "/".join(["a folder whose name is long"] * 4)
PYTHON = {
    "PYTHONHASHSEED": "7", "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONNOUSERSITE": "1",
    "PYTHONFAULTHANDLER": "1", "PYTHONINTMAXSTRDIGITS": "700", "PYTHONBREAKPOINT": "none.here",
}  # fmt: skip
LOCALE = {
    "LC_ALL": "C",
    "LANG": "",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONIOENCODING": "ascii",
}
TERMINAL = {
    "TERM": "dumb", "COLUMNS": "0", "LINES": "", "FORCE_COLOR": "1", "CLICOLOR_FORCE": "1", "NO_COLOR": "1",
    "TQDM_DISABLE": "0", "TQDM_NCOLS": "3", "TQDM_ASCII": "1", "PYTHON_COLORS": "1",
}  # fmt: skip
SERVERS = {
    "JPY_SESSION_NAME": "a.ipynb", "JPY_PARENT_PID": "1", "JPY_INTERRUPT_EVENT": "1",
    "JUPYTER_RUNTIME_DIR": "/proc/none", "JUPYTER_CONFIG_DIR": "/proc/none", "JUPYTER_DATA_DIR": "/proc/none",
    "JUPYTER_PLATFORM_DIRS": "1", "JUPYTER_NO_CONFIG": "0", "IPYTHONDIR": "/proc/none",
    "KERNEL_ID": "1", "PYDEVD_USE_CYTHON": "NO", "VSCODE_PID": "1", "COLAB_GPU": "1",
}  # fmt: skip
PROXY = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"), "http://10.255.255.1:9")
ELSEWHERE = PROXY | {"SOURCE_DATE_EPOCH": "0", "TZ": "Pacific/Kiritimati"}
READ = PYTHON | LOCALE | TERMINAL | ELSEWHERE | {"PANDAS_FUTURE_INFER_STRING": "0"}
HOME = ("HOME", "USERPROFILE", "USER", "LOGNAME", "XDG_CONFIG_HOME")
NOEXEC = "mount -t tmpfs -o noexec none /mnt && export TMPDIR=/mnt"

# what surrounds the run -> who reported it, and how it is brought about
SAME = {
    "another environment's python3": ("jupyter/jupyter#270", kernelspec),
    "a user's profile": ("ipython/ipython#10068", profile),
    "an administrator's profile": ("ipython/ipython#10068", of_the_administrator),
    "a start-up file": ("ipython/ipython#10068", startup),
    "a user's templates of pages": ("jupyter/nbconvert#1612", templates),
    "a user's style": ("matplotlib/matplotlib#32246", style),
    "a style that needs LaTeX": ("matplotlib/matplotlib#25838", lambda at: style(at, "text.usetex: True\n")),
    "a backend without pictures": ("pymovements/pymovements#414", environment(MPLBACKEND="Agg")),
    "a backend that is none": ("deeplearningparis/dl-machine#8", environment(MPLBACKEND="nonsense")),
    "variables of a notebook's server": ("jupyter/notebook#3481", environment(**SERVERS)),
    "variables that libraries read": ("pandas-dev/pandas#58459", environment(**READ)),
    "warnings as errors": ("numpy/numpy#27866", environment(PYTHONWARNINGS="error")),
    "Python's developer mode": ("ipython/ipykernel#1198", environment(PYTHONDEVMODE="1")),
    "a sitecustomize that prints": ("PyO3/maturin#1750", printing),
    "modules that shadow the library's": ("jupyter/notebook#5470", shadowed),
    "a package on sys.path alone": ("nteract/papermill#418", on_path),
    "no home": ("matplotlib/matplotlib#1824", lambda at: {"without": HOME}),
    "a home that is nowhere": ("ipython/ipython#12951", environment(HOME="/proc/none")),
    "a user without a name": ("exasol/pyexasol#44", lambda at: {"before": SOMEBODY, "without": HOME}),
    "a long temporary folder": ("python/cpython#140734", folder(LONG)),
    "an odd temporary folder": ("python/cpython#149527", folder("Tạm {0} 100% #1 'a' $HOME")),
    "a temporary folder that executes nothing": ("jupyter/notebook#5536", mounted(NOEXEC)),
    "few files open": ("jupyter/notebook#3748", shell("ulimit -n 128; exec")),
    "signals ignored": ("util-linux/util-linux#4014", lambda at: launcher(at, SIGNALS)),
    "a link as its place": ("spyder-ide/spyder#24173", linked),
    "chmod refused": ("jupyter/notebook#5536", refusing("chmod", "EPERM")),
    "fsync refused": ("untitaker/python-atomicwrites#27", refusing("fsync", "EINVAL")),
    "locks unknown": ("tox-dev/filelock#67", refusing("flock", "ENOSYS", "fcntl")),
    "locks refused": ("tox-dev/filelock#289", refusing("flock", "ENOLCK", "fcntl")),
    "stdin closed, a mask": ("vectorize-io/hindsight#4580", shell("umask 077; exec 0<&-; exec")),
    "a thread": ("python-cmd2/cmd2#584", lambda at: launcher(at, THREAD)),
    "a loop of events": ("nteract/papermill#490", lambda at: launcher(at, LOOP)),
    "a daemon": ("celery/celery#1709", lambda at: launcher(at, DAEMON)),
    "IPython": ("spyder-ide/spyder#1900", lambda at: launcher(at, IPYTHON)),
    "a script without a guard": ("Lightning-AI/pytorch-lightning#18298", lambda at: launcher(at, "main()")),
}
# those that do not hide each other stand together, since a run takes long
GROUPS = (
    (
        "another environment's python3", "a user's profile", "a start-up file", "a user's templates of pages",
        "a user's style", "a backend without pictures", "warnings as errors", "chmod refused",
        "a long temporary folder", "a script without a guard",
    ),
    (
        "a style that needs LaTeX", "a backend that is none", "variables of a notebook's server",
        "Python's developer mode", "a sitecustomize that prints", "fsync refused", "an odd temporary folder",
        "a thread",
    ),
    (
        "an administrator's profile", "variables that libraries read", "no home", "locks unknown",
        "a loop of events",
    ),
    (
        "a home that is nowhere", "a temporary folder that executes nothing", "locks refused",
        "a link as its place", "modules that shadow the library's",
    ),
    ("a user without a name", "stdin closed, a mask", "a package on sys.path alone"),
    ("few files open", "signals ignored"),
    ("a daemon",),
    ("IPython",),
)  # fmt: skip
# those that reach a kernel, which elsewhere starts in another way
KERNELS = (
    (
        "another environment's python3", "a start-up file", "a user's style", "a backend without pictures",
        "variables of a notebook's server",
    ),
    ("an administrator's profile", "a package on sys.path alone", "no home"),
)  # fmt: skip
CASES = [*((group, True) for group in GROUPS), *((group, False) for group in KERNELS)]
NEEDS = {
    "an administrator's profile": OWN_MOUNTS,
    "a temporary folder that executes nothing": OWN_MOUNTS,
    "a user without a name": SOMEBODY,
}


def test_every_surrounding_is_tried_once():
    assert sorted(name for group in GROUPS for name in group) == sorted(SAME)


@pytest.mark.skipif(not POSIX, reason="the surroundings are told in the words of a POSIX shell")
@pytest.mark.parametrize(
    ("group", "forks"), CASES, ids=lambda case: case[0] if isinstance(case, tuple) else None
)
def test_a_run_is_the_same(group, forks, begun, wanted, tmp_path):
    allowed = [name for name in group if CAN.get(NEEDS.get(name), True)]
    if not allowed:
        pytest.skip("the system does not allow it")
    given = [SAME[name][1] for name in allowed] + ([] if forks else [ordinarily])
    go_on(begun, tmp_path / "place", **together(*given)(tmp_path)).well(wanted)
    assert not (tmp_path / "was here").exists()


# nobody reads what a run says: its exit code and its folder say how it ended
UNHEARD = {
    "a full disk": ("wting/autojump#92", shell("exec >/dev/full 2>/dev/full;")),
    "no output": ("pallets/click#2555", shell("exec >&- 2>&-;")),
    "no descriptors": ("getdango/dango#339", shell("exec <&- >&- 2>&-;")),
    "a reader who has gone": ("amoffat/sh#266", shell('"$@" | true; exit ${PIPESTATUS[0]};')),
    "a pipe that is full": ("Textualize/rich#2492", lambda at: launcher(at, FULL_PIPE)),
    "a terminal that has gone": ("tqdm/tqdm#1033", lambda at: launcher(at, HUNG_UP)),
}
UNHEARD_CASES = [
    *zip(UNHEARD, ("--verbose", "--json") * 3, strict=True),
    ("a terminal that has gone", "--strict"),
]


@pytest.mark.skipif(not POSIX, reason="these are a POSIX shell's")
@pytest.mark.parametrize(("what", "shown"), UNHEARD_CASES)
def test_a_run_ends_well_with_nobody_there(what, shown, begun, wanted, tmp_path):
    go_on(begun, tmp_path / "place", shown, **UNHEARD[what][1](tmp_path)).well(wanted)


NO_TEMPORARY = "import tempfile\ntempfile._candidate_tempdir_list = lambda: ['/proc/none']\n"


def tiny(at):
    """Move the place onto a disk with hardly any room besides."""
    other, place = at / "other", at / "place"
    other.mkdir()
    size = f"$(( $(du -sk --apparent-size {place} | cut -f1) + $(find {place} | wc -l) * 4 ))k"
    text = f"mount -t tmpfs -o size={size} none {other} && cp -r {place}/. {other}"
    fill = f"dd if=/dev/zero of={other}/full bs=4k 2>/dev/null; truncate -s -16k {other}/full"
    return mounted(f"{text} && ({fill}) && mount --move {other} {place} && cd {place}")(at)


def unwritable(at):
    place = at / "place"
    return mounted(f"mount --bind {place} {place} && mount -o remount,bind,ro {place} && cd {place}")(at)


FULL_TEMPORARY = "mount -t tmpfs -o size=8k none /mnt && export TMPDIR=/mnt"
# what is missing -> who reported it, the exit code, one of these is named, and how it is brought about
TELLS = {
    "loopback": ("jupyter/notebook#6435", 4, ("127.0.0.1", "loopback"), lambda at: {"before": OWN_NETWORK}),
    "a temporary folder": (
        *("luigifreda/pyslam#184", 4, ("TMPDIR", "TEMP", "temporary")),
        lambda at: {"env": customized(at, NO_TEMPORARY)},
    ),
    "room in the temporary folder": (
        *("rdiff-backup/rdiff-backup#714", 4, ("/mnt", "temporary")),
        mounted(FULL_TEMPORARY),
    ),
    "room on the disk": ("overviewer/Minecraft-Overviewer#426", 4, ("2024-07", "place"), tiny),
    "the right to write": ("jupyter/notebook#5121", 4, ("place",), unwritable),
    "shared memory": (
        "joblib/loky#42",
        4,
        ("/dev/shm", "memory"),
        mounted("mount -t tmpfs -o ro none /dev/shm"),
    ),
    "files that may be open": ("zeromq/pyzmq#570", 4, ("files",), shell("ulimit -n 24; exec")),
}


@pytest.mark.skipif(not CAN[OWN_MOUNTS] or not CAN[OWN_NETWORK], reason="needs namespaces of its own")
@pytest.mark.parametrize("what", TELLS)
def test_what_a_run_cannot_bear_is_told_once_and_soon(what, begun, wanted, tmp_path):
    _, code, names, given = TELLS[what]
    start = time.monotonic()
    ended = go_on(begun, tmp_path / "place", **given(tmp_path))
    if ended.code == 0:  # it can be borne after all
        ended.well(wanted)
        return
    ended.told(code, *names)
    assert len(ended.words.splitlines()) < 6, ended.words
    assert time.monotonic() - start < 120  # a busy machine takes long to start


def second(at):
    """Copy the project; return the copy's folder and its notebook of a district."""
    for name in ("ocop_forecast", "notebooks", "data"):
        source = PACKAGE if name == PACKAGE.name else shipped(name)
        shutil.copytree(source, at / name, ignore=shutil.ignore_patterns("__pycache__"))
    return at, at / "notebooks" / "03_district.ipynb"


def with_cell(path, source):
    """Add a cell to a notebook."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = {"cell_type": "code", "id": "added", "metadata": {}, "outputs": [], "execution_count": None}
    notebook["cells"].append(cell | {"source": [source]})
    path.write_text(json.dumps(notebook), encoding="utf-8")


@pytest.mark.parametrize("forks", [True, False])
def test_a_second_checkout_runs_its_own_code_or_is_refused(forks, begun, tmp_path):
    checkout, notebook = second(tmp_path / "second")
    with_cell(notebook, "print(ocop.__file__)")
    shutil.copytree(begun / "data", tmp_path / "data")
    env = os.environ | ({} if forks else customized(tmp_path, ORDINARY))
    command = [sys.executable, *RUN, "run", *map(str, asks(tmp_path / "data", "--units", "389"))]
    ended = subprocess.run(command, cwd=checkout, env=env, capture_output=True, encoding="utf-8", check=False)
    if ended.returncode:
        Ended(ended.returncode, ended.stderr, tmp_path).told(4, str(checkout))
        return
    shown = (tmp_path / "2024-07" / "notebooks" / "389.ipynb").read_text(encoding="utf-8")
    assert json.dumps(str(checkout))[1:-1] in shown


@pytest.mark.parametrize("how", ["-", "/dev/stdin"])
@pytest.mark.skipif(not POSIX, reason="Windows has no /dev/stdin")
def test_a_script_on_standard_input_runs(how, begun, wanted, tmp_path):
    text = f"{COMMAND}main()\n"
    go_on(begun, tmp_path / "place", program=[how], stdin=None, input=text).well(wanted)


def test_a_function_of_a_notebook_in_a_process_of_its_own_runs(begun, wanted, tmp_path):
    """The call a Celery worker, a web server or joblib makes."""
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        folder = pool.apply(one_district, (tmp_path,))
    Ended(0, "", folder).well(wanted)


def one_district(place):
    return monthly.run_batch(place / "data", out=place, units=["389"], settings=SETTINGS).folder


def running(place, *more, mark, **options):
    """Start the command for a copied run, in a folder for temporary files of its own."""
    (place / "tmp").mkdir()
    env = os.environ | {MARK: mark, "TMPDIR": str(place / "tmp")}
    command = [sys.executable, *RUN, "run", *map(str, asks(place / "data", *more))]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8"}
    return subprocess.Popen(command, env=env, start_new_session=True, **streams, **options)


def until(found, seconds=600):
    """Wait until this finds something."""
    end = time.monotonic() + seconds
    while not (what := found()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return what


@pytest.mark.skipif(not POSIX, reason="a terminal sends Ctrl-C to a group of processes on POSIX")
@pytest.mark.parametrize("after", [0.0, 0.5])
def test_an_early_interrupt_is_told_in_few_lines_and_leaves_nothing(after, begun, tmp_path):
    mark = uuid.uuid4().hex
    shutil.copytree(begun, tmp_path / "place")
    process = running(tmp_path / "place", mark=mark)
    until(lambda: any("spawn_main" in one for one in left_over(mark)))
    time.sleep(after)
    os.killpg(process.pid, signal.SIGINT)
    words, _ = process.communicate(timeout=600)
    assert process.returncode in INTERRUPTED
    assert (len(words.splitlines()) < 8, "Traceback" in words) == (True, False), words
    assert gone(mark), left_over(mark)
    assert not list((tmp_path / "place" / "tmp").iterdir())


@pytest.mark.skipif(not POSIX, reason="signals are POSIX's")
@pytest.mark.parametrize("name", ["SIGKILL", "SIGHUP"])
def test_a_killed_run_does_not_say_that_it_runs_and_goes_on(name, begun, wanted, tmp_path):
    mark, place = uuid.uuid4().hex, tmp_path / "place"
    shutil.copytree(begun, place)
    process = running(place, "--units", "389", mark=mark)
    until(lambda: any("spawn_main" in one for one in left_over(mark)))
    os.kill(process.pid, getattr(signal, name))
    process.communicate(timeout=600)
    assert gone(mark), left_over(mark)
    until(lambda: not list((place / "tmp").iterdir()), 15)
    record = json.loads((place / "2024-07.unfinished" / "run.json").read_text(encoding="utf-8"))
    assert record["status"] != "running"
    go_on(begun, place).well(wanted)


def test_no_more_workers_start_than_processors_may_be_used(begun, tmp_path):
    if not (LINUX and shutil.which("taskset")):
        pytest.skip("needs taskset")
    mark = uuid.uuid4().hex
    shutil.copytree(begun, tmp_path / "place")
    (tmp_path / "place" / "tmp").mkdir()
    env = os.environ | {MARK: mark}
    command = [
        "taskset",
        "-c",
        "0",
        sys.executable,
        *RUN,
        "run",
        *map(str, asks(tmp_path / "place" / "data")),
    ]
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    most = 0
    while process.poll() is None:
        most = max(most, sum("spawn_main" in one for one in left_over(mark)))
        time.sleep(0.1)
    assert (process.returncode, most <= 2) == (0, True), most


NOTEBOOK = '{"cells": [%s], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
OPEN = NOTEBOOK % (
    '{"cell_type": "code", "id": "a", "metadata": {"tags": ["parameters"]}, "outputs": [],'
    '"execution_count": null, "source": "unit = \\"389"}'
)
MAGIC = '"%matplotlib inline\\n",\n"as_of: '
THIRD = '{"worksheets": [{"cells": []}], "metadata": {}, "nbformat": 3, "nbformat_minor": 0}'
LEFT = {
    "an open quote": lambda text: OPEN,
    "a magic among the parameters": lambda text: text.replace('"as_of: ', MAGIC, 1),
    "merge markers": lambda text: f"<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> theirs\n",
    "nothing": lambda text: "",
    "half of it": lambda text: text[: len(text) // 2],
    "a list": lambda text: "[]",
    "no cells": lambda text: '{"metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
    "the third format": lambda text: THIRD,
    "the ninth format": lambda text: text.replace('"nbformat": 4', '"nbformat": 9'),
    "a cell without a source": lambda text: text.replace('"source": [', '"sauce": [', 1),
    "another encoding": lambda text: text.encode("utf-16"),
    "a folder": None,
}  # fmt: skip


@pytest.mark.parametrize("what", LEFT)
def test_a_broken_notebook_is_named(what, begun, tmp_path):
    checkout, path = second(tmp_path / "second")
    left = path.read_text(encoding="utf-8")
    path.unlink()
    if LEFT[what]:
        text = LEFT[what](left)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    else:
        path.mkdir()
    of_second(checkout, begun, tmp_path / "place").told(4, "03_district.ipynb")


def test_outputs_and_a_byte_order_mark_are_no_change_of_a_notebook(begun, wanted, tmp_path):
    checkout, path = second(tmp_path / "second")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for number, cell in enumerate(code, 1):
        cell["execution_count"] = number
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["1\n"]}]
    notebook["metadata"]["language_info"] = {"name": "python", "version": "3.9.1"}
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(notebook, indent=3).encode())
    of_second(checkout, begun, tmp_path / "place").well(wanted)


@pytest.mark.parametrize("what", ["notebook", "code"])
def test_another_notebook_or_code_is_another_run(what, begun, tmp_path):
    checkout, path = second(tmp_path / "second")
    if what == "notebook":
        with_cell(path, "print('another')")
    else:
        module = checkout / "ocop_forecast" / "scores.py"
        module.write_text(module.read_text(encoding="utf-8") + "\nNEW = 1\n", encoding="utf-8")
    ended = of_second(checkout, begun, tmp_path / "place")
    ended.told(4, what, "version")
    assert not ended.folder.exists()


def of_second(checkout, begun, place):
    """Let the second checkout go on with the run."""
    return go_on(begun, place, cwd=checkout, env={"PYTHONPATH": str(checkout)})


def test_a_failed_replacement_leaves_the_good_run(begun, wanted, tmp_path):
    good = go_on(begun, tmp_path / "place")
    good.well(wanted)
    ended = go_on(begun, tmp_path / "place", "--replace", env=customized(tmp_path, FAIL))
    assert ended.code in (4, 5)
    assert contents(good.folder) == wanted


FAIL = patched("ocop_forecast.batch.jobs", "m.printout = None")


def test_units_that_name_none_are_refused(begun, tmp_path):
    for units in (",", " ", ", ,", ""):
        go_on(begun, tmp_path / "place", "--units", units).told(3, "units")


@pytest.mark.parametrize("where", ["notebooks/389.ipynb", "moved/389.ipynb"])
def test_an_executed_notebook_run_again_shows_its_own_runs_numbers(where, begun, tmp_path):
    """By plain papermill, for another unit: what the run's own notebook of that unit shows; or it refuses."""
    from papermill import execute_notebook
    from papermill.exceptions import PapermillExecutionError

    made = go_on(begun, tmp_path / "place", "--units", "388,389").folder / "notebooks"
    path, again = made.parent / where, tmp_path / "again.ipynb"
    path.parent.mkdir(exist_ok=True)
    if not path.exists():
        shutil.copy(made / "389.ipynb", path)
    terms = {"progress_bar": False, "cwd": str(path.parent), "kernel_name": "python3"}
    try:
        execute_notebook(str(path), str(again), {"unit": "388", "lang": "en"}, **terms)
    except PapermillExecutionError:
        return
    assert shows(again) == shows(made / "388.ipynb")


def shows(path):
    """Return what the cells of a notebook show, as text."""
    return said(Result("done", files={path.name: path.read_bytes()}))


def test_the_same_data_in_another_folder_give_the_same_bytes(begun, tmp_path):
    """The notebooks' folder stands between the two in the alphabet."""
    checkout, _ = second(tmp_path / "m")
    found = []
    for name in ("a", "số liệu 2024"):
        place = tmp_path / name
        shutil.copytree(begun / "data", place / "data")
        command = [sys.executable, *RUN, "run", *map(str, asks(place / "data", "--units", "389"))]
        env = os.environ | {"PYTHONPATH": str(checkout)}
        done = subprocess.run(
            command, cwd=checkout, env=env, capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, done.stderr
        found.append(contents(place / "2024-07"))
    assert found[0] == found[1]
