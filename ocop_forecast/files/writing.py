"""Files that come with the tool, and files that are written whole or not at all, even if the power goes."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

DRAFT = ".ocop-"
# how file systems say that they cannot do a thing at all: exFAT, shares of Windows, buckets, some of NFS
REFUSALS = (
    *(errno.EPERM, errno.EACCES, errno.EINVAL, errno.ENOSYS),
    *(errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP),
)


def shipped(name: str) -> Path:
    """Return a folder that comes with the tool: in the installed package, or in a checkout beside it.

    Examples
    --------
    >>> (shipped("data") / "register.csv").is_file()
    True
    """
    package = Path(__file__).resolve().parents[1]
    return package / name if (package / name).is_dir() else package.parent / name


@contextmanager
def whole(path: str | os.PathLike) -> Iterator[Path]:
    """Give a temporary path beside `path`; on success it takes the place of `path` in one step.

    After an error, a full disk, a kill or a power cut the old file stands as it was.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with whole(folder / "note.txt") as draft:
    ...     _ = draft.write_text("52 of 120", encoding="utf-8")
    >>> [p.name for p in folder.iterdir()]
    ['note.txt']
    """
    path = Path(path)
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=DRAFT, suffix=path.suffix)
        os.close(handle)
        try:
            yield Path(name)
            with courtesy():
                Path(name).chmod(0o644)  # mkstemp keeps its file to its owner; a result is for the office
            sync(Path(name))
            Path(name).replace(path)
        except BaseException:
            with suppress(FileNotFoundError):
                Path(name).unlink()
            raise


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let an OSError that names no file, as that of a full disk, or a draft of ours, name `path`."""
    try:
        yield
    except OSError as error:
        if error.filename is None or Path(str(error.filename)).name.startswith(DRAFT):
            error.filename = str(path)
        raise


@contextmanager
def courtesy() -> Iterator[None]:
    """Do without what a file system refuses and a file is as good without: its mode, or its syncing."""
    try:
        yield
    except OSError as error:
        if error.errno not in REFUSALS:
            raise


def sync(path: Path) -> None:
    """Have the content of a file, or the names in a folder, on the disk before anything that follows."""
    with naming(path), courtesy():  # Windows opens no folder
        handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def settle(folder: Path) -> None:
    """Have all that lies in a folder on the disk: files before the names that lead to them."""
    for place, _, names in os.walk(folder, topdown=False):
        for name in names:
            sync(Path(place) / name)
        sync(Path(place))


def move(folder: Path, target: Path) -> None:
    """Rename a folder; a copy of it where a file system cannot, as an overlay's older layer cannot."""
    try:
        folder.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.rmtree(_copy(target), ignore_errors=True)
        settle(shutil.copytree(folder, _copy(target)))
        shutil.move(_copy(target), target)
        shutil.rmtree(folder)


def sweep(folder: Path) -> None:
    """Delete what a kill or a power cut left of what was being written: in `folder`, and a copy of it."""
    shutil.rmtree(_copy(folder), ignore_errors=True)
    for path in folder.rglob(f"{DRAFT}*"):
        path.unlink(missing_ok=True)


def _copy(folder):
    return folder.with_name(f"{DRAFT}{folder.name}")
