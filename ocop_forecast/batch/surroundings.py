"""What a run needs of the machine it is on: asked before the work, told in a sentence."""

import errno
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from math import ceil
from pathlib import Path

from ocop_forecast.errors import RunError

PATIENCE = 5  # seconds for this machine to answer itself
SPACE = 2**24  # bytes that a few notebooks take for a while
MEMBERSHIP, CGROUPS = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")
MOST = 61  # processes that Windows lets one wait for


def check() -> None:
    """Raise RunError where no notebook could be executed: without loopback, or without a temporary folder."""
    _check_loopback()
    _check_temporary_folder()


def _check_loopback():
    """Ask whether this machine reaches itself, as who executes a notebook and its kernel must."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname(), PATIENCE).close()
    except OSError as error:
        raise RunError("loopback", reason=error.strerror or str(error)) from error


def _check_temporary_folder():
    """Ask whether there is a temporary folder, and room in it."""
    try:
        folder = tempfile.gettempdir()
    except FileNotFoundError as error:
        raise RunError("temporary_missing") from error
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"a word")
        if shutil.disk_usage(folder).free < SPACE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError as error:
        raise RunError("temporary_refuses", folder=folder, reason=error.strerror or str(error)) from error


def workers(asked: int | None, jobs: int) -> int:
    """Return how many processes execute so many jobs: as many as asked, or processors and one more."""
    most = MOST if sys.platform == "win32" else jobs
    return min(asked or processors() + 1, jobs, most)


def processors() -> int:
    """Return how many processors may be used: the machine's, unless fewer are allotted to this process."""
    try:
        allotted = len(os.sched_getaffinity(0))
    except (AttributeError, OSError):  # Windows and macOS allot none
        allotted = os.cpu_count() or 1
    return max(1, min([allotted, *map(ceil, _quotas())]))


def _quotas() -> Iterator[float]:
    """Yield the processors' time that each control group around this process may use, as Linux has them."""
    for line in _words(MEMBERSHIP).splitlines():
        _, kinds, name = line.split(":", 2)
        top = CGROUPS / kinds
        for group in (place := top / name.lstrip("/"), *place.parents):
            quota, period = (_words(group / "cpu.max").split() or [_words(group / "cpu.cfs_quota_us"), ""])[
                :2
            ]
            period = period or _words(group / "cpu.cfs_period_us")
            if quota.strip().isdecimal() and int(period or 0):
                yield int(quota) / int(period)


def _words(file):
    """Read a file of the kernel's; "" where there is none."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError:
        return ""
