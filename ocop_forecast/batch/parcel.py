"""The files that a province's task reads or makes, where whoever does it may not see this machine's disk."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from ocop_forecast.files.cells import EXCEL, SHEETS, TEXT
from ocop_forecast.files.writing import settle, whole
from ocop_forecast.tables.sources import files_in

from . import earlier, journal


class Parcel(NamedTuple):
    """A folder for a task: itself, or what its files hold."""

    home: Path
    files: dict[str, bytes] | None = None  # by their place in it; None: it is at hand

    @contextmanager
    def opened(self) -> Iterator[Path]:
        """Give the folder; where it is not at hand, a passing one with the same files."""
        if self.files is None:
            yield self.home
            return
        with TemporaryDirectory(prefix="ocop-", dir=os.environ["JUPYTER_RUNTIME_DIR"]) as name:
            for file, content in self.files.items():
                path = Path(name, file)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            yield Path(name)


def of_data(data: Path, *, away: bool) -> Parcel:
    """Return the folder in which a province's folder or workbook lies, and of it what reading it looks at.

    Of a file that no table is read from the name is looked at alone.
    """
    if not away:
        return Parcel(data.parent)
    read = (*TEXT, *EXCEL, *SHEETS)
    found = files_in(data) if data.is_dir() else [data]
    names = {path: path.relative_to(data.parent).as_posix() for path in found if path.is_file()}
    content = {path: path.read_bytes() if path.suffix.lower() in read else b"" for path in names}
    return Parcel(data.parent, {name: content[path] for path, name in names.items()})


def of_runs(out: Path, run: str, *, away: bool) -> Parcel:
    """Return a province's runs: all of the one that is called `run`, of others what one looks at."""
    if not away:
        return Parcel(out)
    folder = out / run
    own = [path for place in (folder, journal.unfinished(folder)) for path in place.rglob("*")]
    others = [place / name for place in out.glob("[!.]*/") for name in (journal.RECORD, *earlier.READ)]
    found = filter(Path.is_file, {*own, *others})
    return Parcel(out, {path.relative_to(out).as_posix(): path.read_bytes() for path in found})


def made(parcel: Parcel, begun: Path, folder: Path) -> dict[str, bytes | None]:
    """Return the files of a run that ended in `folder`; None for one as it was where it had `begun`."""
    if parcel.files is None:
        return {}
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    content = {name: (folder / name).read_bytes() for name in names}
    return {
        name: None if parcel.files.get(f"{begun.name}/{name}") == content[name] else content[name]
        for name in names
    }


def received(begun: Path, folder: Path, files: Mapping[str, bytes | None]) -> None:
    """Write what was made of a run elsewhere to where it has `begun` here, and let it be `folder`.

    The record comes first: a folder without one is no run's, and nobody would go on with it.
    """
    for name in sorted(files, key=lambda name: name != journal.RECORD):
        if (content := files[name]) is not None:
            (begun / name).parent.mkdir(parents=True, exist_ok=True)
            with whole(begun / name) as draft:
                draft.write_bytes(content)
    for path in filter(Path.is_file, [*begun.rglob("*")]):
        if path.relative_to(begun).as_posix() not in files:
            path.unlink()
    settle(begun)
    journal.publish(begun, folder)
