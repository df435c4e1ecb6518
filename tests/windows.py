"""What Windows lacks and refuses, feigned elsewhere for the project's own code.

The libraries keep the system that they were built for. Modules of the package and of its tests are told that
they run on Windows, do not find what it lacks, and nobody can rename or delete what a process holds open.

    PYTHONPATH=<a folder whose sitecustomize.py says: import windows; windows.feign()>
"""

import builtins
import os
import signal
import subprocess
import sys
import types
from pathlib import Path

OURS = (str(Path(__file__).parents[1] / "ocop_forecast"), str(Path(__file__).parent))
ABSENT = {"fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty"}
SIGNALS = {"SIGABRT", "SIGFPE", "SIGILL", "SIGINT", "SIGSEGV", "SIGTERM"}
UNKNOWN = {
    "O_ASYNC", "O_CLOEXEC", "O_DIRECTORY", "O_NOCTTY", "O_NOFOLLOW", "O_NONBLOCK", "O_PATH", "O_SYNC",
    "chown", "chroot", "ctermid", "fchdir", "fchmod", "fchown", "fdatasync", "fork", "forkpty", "getegid",
    "geteuid", "getgid", "getgroups", "getloadavg", "getpgid", "getpgrp", "getpriority", "getresuid",
    "getsid", "getuid", "initgroups", "killpg", "lchown", "lockf", "memfd_create", "mkfifo", "mknod",
    "nice", "openpty", "pipe2", "posix_fadvise", "posix_fallocate", "posix_spawn", "posix_spawnp", "pread",
    "preadv", "pwrite", "pwritev", "sched_getaffinity", "sched_setaffinity", "sched_yield", "sendfile",
    "set_blocking", "setegid", "seteuid", "setgid", "setgroups", "setpgid", "setpriority", "setreuid",
    "setsid", "setuid", "statvfs", "sync", "sysconf", "tcgetpgrp", "tcsetpgrp", "ttyname", "uname", "wait",
    "wait3", "wait4", "waitid", "WEXITSTATUS", "WIFEXITED", "WNOHANG", "pthread_getcpuclockid", "alarm",
    "getitimer", "pause", "pthread_kill", "pthread_sigmask", "setitimer", "siginterrupt", "sigpending",
    "sigtimedwait", "sigwait", "sigwaitinfo", "SIG_BLOCK", "SIG_SETMASK", "SIG_UNBLOCK", "tzset",
}  # fmt: skip


class Feigned(types.ModuleType):
    """A module as Windows has it: it lacks some names, and some say another thing."""

    def __init__(self, real, **other):
        super().__init__(real.__name__)
        self.__dict__.update(_real=real, _other=other)

    def __getattr__(self, name):
        if name in self._other:
            return self._other[name]
        other_signal = name.startswith("SIG") and name.isalnum() and name.isupper() and name not in SIGNALS
        if name in UNKNOWN or other_signal:
            raise AttributeError(f"module {self.__name__!r} on Windows has no attribute {name!r}")
        return getattr(self._real, name)

    def __setattr__(self, name, value):
        setattr(self._real, name, value)

    def __delattr__(self, name):
        delattr(self._real, name)


def feign() -> None:
    """Make this process one of Windows, as far as the project's own modules look."""
    import time

    feigned = {
        "os": Feigned(os, name="nt", open=_open),
        "signal": Feigned(signal, SIGBREAK=signal.SIGTERM),
        "subprocess": Feigned(subprocess, Popen=_Popen, CREATE_NEW_PROCESS_GROUP=0, CREATE_NO_WINDOW=0),
        "sys": Feigned(sys, platform="win32"),
        "time": Feigned(time),
    }
    found = builtins.__import__

    def fetch(name, *terms, **named):
        whose = str(((terms and terms[0]) or {}).get("__file__"))
        if whose.startswith(OURS) and whose != __file__ and terms[3:] in ((), (0,)):
            if name.partition(".")[0] in ABSENT:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
            if name in feigned:
                return feigned[name]
        return found(name, *terms, **named)

    builtins.__import__ = fetch
    for name in ("rename", "replace", "unlink", "remove", "rmdir"):
        setattr(os, name, _unless_held(getattr(os, name)))
    for name in ("poll", "wait"):
        setattr(subprocess.Popen, name, _ended(getattr(subprocess.Popen, name)))


def _open(path, flags, *terms, **named):
    """Open a file; Windows opens no folder."""
    if Path(path).is_dir():
        raise PermissionError(13, "Permission denied", str(path))
    return os.open(path, flags, *terms, **named)


class _Popen(subprocess.Popen):
    def __init__(self, *terms, **named):
        if named.get("preexec_fn") or named.get("pass_fds"):
            raise ValueError("preexec_fn and pass_fds are not supported on Windows")
        super().__init__(*terms, **named)


def _unless_held(call):
    """Refuse to rename or delete what a process of this family holds open or stands in."""

    def refusing(path, *terms, **named):
        if not named.get("dir_fd") and not named.get("src_dir_fd") and (holder := _holder(os.fspath(path))):
            raise PermissionError(13, f"in use by {holder}", str(path))
        return call(path, *terms, **named)

    return refusing


def _holder(path):
    """Find who has this path, or something below it, open; only where the project's runs lie."""
    place = os.environ.get("FEIGNED_DISK")
    path = os.path.realpath(os.fsdecode(path))
    if not place or not path.startswith(os.path.realpath(place)):
        return None
    import psutil

    this = psutil.Process()
    for one in (this, *this.children(recursive=True)):
        try:
            held = [file.path for file in one.open_files()] + [one.cwd()] * (one != this)
        except psutil.Error:
            continue
        if any(f"{name}/".startswith(f"{path}/") for name in held):
            return f"{one.pid}: {' '.join(one.cmdline())}"
    return None


def _ended(call):
    """Tell of a process that was ended that its exit code is 1."""

    def told(self, *terms, **named):
        code = call(self, *terms, **named)
        return 1 if code and code < 0 else code

    return told
