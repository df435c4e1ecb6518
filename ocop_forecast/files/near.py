"""Files that are known by their bytes: a path with the beginning of their SHA-256, found near where it says.

An executed notebook names the files of its run so. It finds them wherever it is started near its run, and
never takes another run's for them.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from os import PathLike
from pathlib import Path

from ocop_forecast.errors import Fault, InputError

MARK = re.compile(r"(.+)@([0-9a-f]{12})")


def sha256(path: Path) -> str:
    """Compute the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def marked(path: str, digest: str) -> str:
    """Return a path with the beginning of its file's SHA-256.

    Examples
    --------
    >>> marked("../draws.npz", "0123456789abcdef")
    '../draws.npz@0123456789ab'
    """
    return f"{path}@{digest[:12]}"


def found(path: str | PathLike) -> Path:
    """Return the file that a marked path means, wherever it lies near here; any other path as it is.

    Raises
    ------
    InputError
        If no file near here is the one that was marked.
    """
    parts = MARK.fullmatch(str(path))
    if not parts or Path(path).exists():
        return Path(path)
    for place in _places(Path(parts[1])):
        if _holds(place, parts[2]):
            return place
    raise InputError([Fault(Path(parts[1]).name, "not_near", {"folder": Path.cwd()})])


def _holds(place, mark):
    """Whether a file is there, can be read, and is the one that was marked."""
    try:
        return sha256(place).startswith(mark)
    except OSError:
        return False


def _places(path: Path) -> Iterator[Path]:
    """Yield where a file may lie: where its path says, above, and in the folders of what is above."""
    yield path
    here = Path.cwd()
    for folder in (here, *here.parents[:3]):
        for below in ("", "*/", "*/*/"):
            with suppress(OSError):  # a folder that cannot be read
                yield from sorted(folder.glob(below + path.name))
