"""The standard streams as a command needs them: there, and never a reason to stop its work."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path

GONE = (errno.EPIPE, errno.EINVAL)  # a reader who has seen enough; Windows says the second


class Stream:
    """A stream that stands for another as long as that takes what is written, and then goes on without it.

    Attributes
    ----------
    lost : Exception, optional
        Why what was written could not be passed on.
    """

    lost: Exception | None = None

    def __init__(self, stream):
        self._stream = stream
        with suppress(OSError, ValueError):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(encoding="utf-8", errors="replace")

    def __getattr__(self, name):
        return getattr(self._stream, name)

    def isatty(self) -> bool:
        """Whether somebody may look on."""
        with suppress(OSError, ValueError):
            return self._stream.isatty()
        return False

    def write(self, text: str) -> int:
        """Write a text if that can be."""
        self._pass_on(self._stream.write, text)
        return len(text)

    def flush(self) -> None:
        """Pass on what was written if that can be."""
        self._pass_on(self._stream.flush)

    def _pass_on(self, act, *text):
        """Do it unless it failed before: what it left undone would be tried again at the process's end."""
        if self.lost is None:
            try:
                act(*text)
            except (OSError, ValueError) as error:
                self.lost = error


@contextmanager
def standard_streams() -> Iterator[None]:
    """Give a command standard streams that are there and take everything; put back those that worked."""
    _fill()
    before = {name: getattr(sys, name) for name in ("stdout", "stderr")}
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        for name, stream in before.items():
            setattr(sys, name, Stream(stream or nowhere))
        try:
            yield
        finally:
            for name, stream in before.items():
                if getattr(getattr(sys, name), "lost", None) is None:
                    setattr(sys, name, stream)


def _fill():
    """Open the null device as each standard descriptor that is closed, so that no file gets its number."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def unprinted() -> str:
    """Say why standard output did not take what was printed; "" where it did, or its reader wants no more."""
    lost = getattr(sys.stdout, "lost", None)
    if lost is None or getattr(lost, "errno", None) in GONE:
        return ""
    return getattr(lost, "strerror", None) or str(lost)
