"""What a run's folder says of itself: which run it is, what was done, and which files are still as written.

``run.json`` holds what the run is of. ``journal.jsonl`` holds a line for everything that happened, the newest
last; a unit is done when its line says so and its files are those that the line was written for. Until a run
has ended its folder is called ``<name>.unfinished``.
"""

import errno
import json
import os
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from itertools import chain, count
from pathlib import Path

from filelock import FileLock, SoftFileLock, Timeout

from ocop_forecast.errors import RunError
from ocop_forecast.files.near import sha256
from ocop_forecast.files.writing import REFUSALS, courtesy, move, naming, sweep, sync, whole

RECORD, JOURNAL = "run.json", "journal.jsonl"


def followed(path: Path) -> Path:
    """Return where a link leads, even if nothing is there yet; a path that is none as it is."""
    try:
        real, own = path.resolve(), path.parent.resolve() / path.name
    except RuntimeError as error:  # so Python told of links in a circle up to 3.12
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from error
    return path if real == own else real


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock a run's folder for this process alone; raise RunError if another run holds it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    holder = folder.with_name(f".{folder.name}.holder")
    try:
        with _lock(folder):
            own = {"pid": os.getpid(), "host": socket.gethostname(), "since": _now()}
            with naming(holder):
                holder.write_text(json.dumps(own), encoding="utf-8")
            try:
                yield
            finally:
                holder.unlink(missing_ok=True)
    except Timeout as error:
        unknown = {"pid": "?", "host": "?", "since": "?"}
        key = "run_held" if error.lock_file.endswith(".lock") else "run_held_by_file"
        found = {"folder": folder, "lock": error.lock_file, **unknown | (_read_json(holder) or {})}
        raise RunError(key, **found) from error


def _lock(folder) -> AbstractContextManager:
    """Lock a folder by the system, which ends with the process; by a file, where it cannot lock there.

    Of a file its process is looked up: one that was killed on this machine holds nothing.
    """
    try:
        with naming(folder):
            # by itself it would take the file of a run before for another's lock
            file = folder.with_name(f".{folder.name}.lock")
            return FileLock(file, timeout=0, fallback_to_soft=False).acquire()
    except OSError as error:
        if error.errno not in REFUSALS:
            raise
        return SoftFileLock(folder.with_name(f".{folder.name}.held"), timeout=0).acquire()


def unfinished(folder: Path) -> Path:
    """Name the folder in which a run lies until it has ended."""
    return folder.with_name(f"{folder.name}.unfinished")


def is_unfinished(folder: Path) -> bool:
    """Whether a run's folder says by its name that it has not ended.

    Examples
    --------
    >>> is_unfinished(unfinished(Path("2024-09"))), is_unfinished(Path("2024-09"))
    (True, False)
    """
    return folder.suffix == ".unfinished"


def begun(folder: Path, *, replace: bool) -> Path:
    """Name the folder in which a run goes on that is to lie in `folder`, or begins."""
    return folder if not replace and (folder / RECORD).exists() else unfinished(folder)


def opened(folder: Path, identity: Mapping, *, replace: bool) -> Path:
    """Open the folder where the run of `identity` goes on: `folder` if it is its own, or the unfinished one.

    Parameters
    ----------
    folder : Path
        Where the run lies once it has ended.
    identity : mapping
        What makes two runs the same run.
    replace : bool
        Whether it is to take the place of what lies there. Nothing is deleted before it has ended, but for
        what another run left unfinished.

    Raises
    ------
    RunError
        If something else lies there that is not to be replaced, or is no run.
    """
    _restore(folder)
    draft = unfinished(folder)
    place = begun(folder, replace=replace)
    for other in dict.fromkeys((place, folder)):
        if other.exists() and not (other / RECORD).exists():
            sweep(other)
            if any(other.iterdir()):
                raise RunError("folder_other", folder=other)
        record = _read_json(other / RECORD)
        known = identity if record is None else record
        changed = tuple(chain.from_iterable(_changed(key, known.get(key), identity[key]) for key in identity))
        if changed and not replace:
            raise RunError("run_differs", folder=other, changed=changed)
        if changed and other == draft:
            shutil.rmtree(draft)
    place.mkdir(parents=True, exist_ok=True)
    sweep(place)
    return place


def _changed(key, known, own):
    """Name what differs: its kind, and of notebooks each."""
    if known == own:
        return []
    if key != "cells":
        return [f"differs_{key}"]
    before = known if isinstance(known, dict) else {}
    return ["differs_cells", *(Path(name) for name in own if before.get(name) != own[name])]


def publish(draft: Path, folder: Path) -> None:
    """Give a run that has ended its name, in the place of the run that bore it.

    The old one is deleted only when it is on the disk that the new one bears the name.
    """
    sync(draft)
    if draft == folder:
        return
    former = _former(folder)
    if folder.exists():
        move(folder, former)
    move(draft, folder)
    sync(folder.parent)
    shutil.rmtree(former, ignore_errors=True)


def faultless(folder: Path) -> bool:
    """Whether a run has ended in a folder, and none of its notebooks failed."""
    record = read(folder)
    outcomes = record.get("notebooks", {}).values()
    return record.get("status") == "ended" and all(outcome["status"] == "done" for outcome in outcomes)


def _restore(folder):
    """Give its name back to a run that was to be replaced when the power went."""
    former = _former(folder)
    if former.exists() and not folder.exists():
        move(former, folder)
    sync(folder.parent)
    shutil.rmtree(former, ignore_errors=True)


def _former(folder):
    return folder.with_name(f".{folder.name}.former")


def read(place: Path) -> dict:
    """Read the record of a run; an empty one where there is none."""
    return _read_json(place / RECORD) or {}


def write(place: Path, record: Mapping) -> None:
    """Write the record of a run: what it is of, and how it stands."""
    with whole(place / RECORD) as draft:
        draft.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def append(place: Path, event: str, **details) -> dict:
    """Add a line to the journal, and return it."""
    line = {"event": event, "at": _now(), **details}
    with naming(place / JOURNAL), (place / JOURNAL).open("a+b") as journal:
        if journal.seek(0, os.SEEK_END):
            journal.seek(-1, os.SEEK_END)
            if journal.read(1) != b"\n":  # the last line was torn, by a full disk or a power cut
                journal.write(b"\n")
        journal.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        journal.flush()
        with courtesy():
            os.fsync(journal.fileno())
    return line


def outcomes(place: Path) -> dict[str, dict]:
    """Find by unit the line of its notebook's last execution."""
    if not (place / JOURNAL).exists():
        return {}
    lines = map(_line, (place / JOURNAL).read_bytes().splitlines())
    return {line["unit"]: line for line in lines if line.get("event") == "notebook"}


def _line(text):
    """Read a line of the journal, an empty one for a line that was cut short."""
    try:
        return _record(json.loads(text))
    except ValueError:
        return {}


def unchanged(place: Path, files: Mapping[str, str]) -> bool:
    """Whether all files are there as they were written; `files` holds the SHA-256 of each by its place."""
    return all((place / name).is_file() and sha256(place / name) == known for name, known in files.items())


def set_aside(place: Path, files: Mapping[str, str]) -> list[str]:
    """Make room for files that are to be written anew; one that somebody changed is kept under another name.

    Returns
    -------
    list of str
        The new names of those kept, such as ``meeting.changed.xlsx``.
    """
    kept = []
    for path, known in ((place / name, known) for name, known in files.items()):
        if path.is_file() and sha256(path) != known:
            names = (f"{path.stem}.changed{number}{path.suffix}" for number in chain([""], count(2)))
            other = next(other for other in map(path.with_name, names) if not other.exists())
            path.rename(other)
            kept.append(other.name)
        path.unlink(missing_ok=True)
    return kept


def _read_json(path):
    """Read a JSON file; None if there is no file, an empty record if it cannot be read."""
    try:
        return _record(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except ValueError:
        return {}


def _record(content):
    return content if isinstance(content, dict) else {}


def _now():
    return datetime.now().astimezone().isoformat(timespec="seconds")
