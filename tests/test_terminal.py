"""Standard streams never stop a command's work, and what a machine refuses is told by its kind."""

import errno
import io
import os
import signal
import subprocess
import sys

import pytest

from ocop_forecast import set_options, terminal
from ocop_forecast.cli import main
from ocop_forecast.errors import CAUSES, WINDOWS, FailedUnitsError, RunError
from ocop_forecast.i18n.catalogue import LANGUAGES, label

CHANCE = "chance --so-far 3 --target 9 --as-of 2024-07 --lang en"
UNIX = pytest.mark.skipif(sys.platform == "win32", reason="the shell and its devices are Unix's")


class Broken(io.StringIO):
    """A stream that takes nothing."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    def write(self, text):
        raise self.error


def shell(command, **environment):
    """Give a command to the shell as a user does."""
    line = command.replace("ocop-forecast", f"{sys.executable} -m ocop_forecast.cli")
    terms = {"capture_output": True, "text": True, "encoding": "utf-8", "check": False}
    return subprocess.run(line, shell=True, env={**os.environ, **environment}, **terms)


@UNIX
@pytest.mark.parametrize("command", [CHANCE, "check --lang en", "--help", "run --help", "--version"])
def test_where_printing_is_the_work_a_full_device_is_told(command):
    done = shell(f"ocop-forecast {command} >/dev/full", OCOP_LANG="en")
    assert done.returncode == 4
    assert done.stderr.startswith("What was to be printed could not be: ")
    assert done.stderr.count("\n") == 1


@UNIX
@pytest.mark.parametrize("streams", [">&-", "2>&-", "<&- >&- 2>&-", "2>/dev/full", "| true"])
def test_a_command_without_streams_ends_as_with_them(streams):
    done = shell(f"ocop-forecast {CHANCE} {streams}")
    assert (done.returncode, done.stderr) == (0, "")


@UNIX
def test_an_error_that_nobody_reads_keeps_its_exit_code():
    assert shell("ocop-forecast run --nonsense 2>/dev/full").returncode == 2
    assert shell("ocop-forecast run --units , 2>&-").returncode == 3


@UNIX
def test_no_file_gets_the_number_of_a_closed_stream():
    ask = (
        "import os; from ocop_forecast import terminal as t; t._fill(); os.write(2, b'%d' % os.open('.', 0))"
    )
    assert int(shell(f'{sys.executable} -c "{ask}" <&- >&-').stderr) > 2


@pytest.mark.parametrize("asked", [",", "", " , ,"])
def test_units_that_are_none_are_refused(asked, capsys):
    with pytest.raises(SystemExit) as end:
        main(["run", "--units", asked, "--lang", "en"])
    assert end.value.code == 3
    assert "names no unit" in capsys.readouterr().err


FULL, CLOSED = OSError(errno.ENOSPC, "No space left"), ValueError("I/O operation on closed file")
SEEN_ENOUGH = BrokenPipeError(errno.EPIPE, "Broken pipe")


@pytest.mark.parametrize(
    ("error", "told"), [(FULL, "No space left"), (CLOSED, "I/O operation on closed file"), (SEEN_ENOUGH, "")]
)
def test_a_stream_that_fails_is_written_to_once_and_says_why(monkeypatch, error, told):
    monkeypatch.setattr(sys, "stdout", Broken(error))
    with terminal.standard_streams():
        print("a word")
        monkeypatch.delattr(Broken, "write")  # by now it would take one
        print("another")
        assert terminal.unprinted() == told
    assert sys.stdout.getvalue() == ""


def test_streams_that_work_are_put_back_and_missing_ones_stay_missing(monkeypatch):
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", None)
    with terminal.standard_streams():
        print("a word", file=sys.stderr)
        assert not sys.stderr.isatty()
    assert (sys.stdout, sys.stderr) == (out, None)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no hang-up")
def test_a_hang_up_that_is_to_be_ignored_is_ignored(monkeypatch):
    from ocop_forecast import cli

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with cli._interruptible():
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) == signal.default_int_handler
    finally:
        signal.signal(signal.SIGHUP, before)
    assert signal.getsignal(signal.SIGTERM) != signal.default_int_handler


@UNIX
@pytest.mark.parametrize("backend", ["nonsense", "QtAgg", ""])
@pytest.mark.parametrize("settings", [b"\xff\xfe\xe9", b"axes.gird: 1\nfigure.dpi: blue\n"])
def test_no_settings_of_matplotlib_keep_a_command_from_drawing(tmp_path, backend, settings):
    (tmp_path / "matplotlibrc").write_bytes(settings)
    ask = "from ocop_forecast import cli; cli._offscreen(); from ocop_forecast import style; style.sheet('A')"
    terms = {"cwd": tmp_path, "capture_output": True, "check": False}
    done = subprocess.run([sys.executable, "-c", ask], env={**os.environ, "MPLBACKEND": backend}, **terms)
    assert (done.returncode, done.stderr) == (0, b"")


def numbers():
    return [(cause, getattr(errno, code, 0)) for cause, codes in CAUSES.items() for code in codes.split()]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_refusal_is_told_with_its_remedy_and_never_of_none(lang):
    with set_options(lang=lang):
        for cause, number in filter(lambda one: one[1], numbers()):
            for names in ((), ("a.csv",), (b"a.csv",), ("old.csv", None, "a.csv")):
                mistake = RunError.of(OSError(number, os.strerror(number), *names))
                assert label(cause) in mistake.tell()
                assert ("a.csv" in mistake.tell()) == bool(names)
                assert "None" not in mistake.tell()
                assert mistake.exit_code == 4


def test_what_windows_tells_by_its_own_numbers_is_told_as_well():
    for number, cause in WINDOWS.items():
        error = OSError(errno.EINVAL, "it said so", "a.csv")
        error.winerror = number
        with set_options(lang="en"):
            assert label(cause) in RunError.of(error).tell()


def test_what_has_no_number_is_told_in_its_own_words():
    with set_options(lang="en"):
        assert "odd thing" in RunError.of(OSError("odd thing")).tell()
        assert (
            "TMPDIR" in RunError.of(FileNotFoundError(2, "No usable temporary directory found in []")).tell()
        )
        assert "no memory" in RunError.of(MemoryError()).tell()
        assert "None" not in RunError.of(OSError()).tell()
        assert "None" not in RunError.of(OSError(errno.EBADF, "Bad file descriptor", 3)).tell()


def test_one_cause_is_told_once_with_all_its_units(tmp_path):
    reasons = {"380": "no memory", "389": "ValueError: x", "390": "no memory"}
    with set_options(lang="en"):
        said = FailedUnitsError.of("units_failed", reasons, tmp_path).tell().splitlines()
    assert said[0].startswith("3 notebooks failed")
    assert said[1:3] == ["  380, 390: no memory", "  389: ValueError: x"]
