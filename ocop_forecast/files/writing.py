"""Files that come with the tool, and files that are written whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

DRAFT = ".ocop-"


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

    After an error, a full disk or a kill the old file stands as it was.

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
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=DRAFT, suffix=path.suffix)
    os.close(handle)
    try:
        yield Path(name)
        Path(name).chmod(0o644)  # mkstemp keeps its file to its owner; a result is for the office
        Path(name).replace(path)
    except BaseException as error:
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)  # a full disk does not say where
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise


def sweep(folder: Path) -> None:
    """Delete what a kill or a power cut left of files that were being written, in `folder` and below."""
    for path in folder.rglob(f"{DRAFT}*"):
        path.unlink(missing_ok=True)
