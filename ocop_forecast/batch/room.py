"""The folder of one run's passing files: connection files of kernels, sockets, notebooks at work.

It is deleted at the end, even if this process is killed; after a power cut the next run deletes it.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX = "ocop-"
STYLE = "matplotlibrc"  # an empty one; it is written when the lock is held, and so makes a room of a folder
# It waits until its standard input closes, as it does when the process at the other end ends in whatever way.
# Those who write into the folder end in the same moment, so it may have to try again.
DELETER = """
import os, shutil, signal, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.stdin.read()
for _ in range(100):
    shutil.rmtree(sys.argv[1], ignore_errors=True)
    if not os.path.exists(sys.argv[1]):
        break
    time.sleep(0.1)
"""


@contextmanager
def room() -> Iterator[Path]:
    """Give the folder; delete those that dead runs have left."""
    _sweep()
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as name, _deleter(name):
        folder = Path(name)
        with _held(folder):
            (folder / STYLE).touch()
            yield folder


def _deleter(folder):
    """Start the process that deletes a folder once this one ends; Ctrl-C is not for it."""
    command = [sys.executable, "-I", "-S", "-c", DELETER, folder]
    alone = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, creationflags=alone)


@contextmanager
def _held(folder):
    """Hold a folder's lock, by which others see that its run lives."""
    lock = FileLock(folder / "lock", fallback_to_soft=False)
    with suppress(OSError, NotImplementedError):  # a file system without locks: nobody will sweep it
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _sweep():
    """Delete the rooms whose run died before it could, as in a power cut."""
    for style in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{STYLE}"):
        with suppress(OSError, NotImplementedError, Timeout):  # it lives, or is another user's
            with FileLock(style.with_name("lock"), timeout=0, fallback_to_soft=False):
                pass  # let go before its file is deleted, as Windows wants it
            shutil.rmtree(style.parent, ignore_errors=True)
