"""What a run's folder says of itself: whose it is, what was done, and what may be believed of it.

``run.json`` holds what the run is of. ``journal.jsonl`` holds a line for everything that happened, the newest
last; a unit is done when its line says so and its files are those that the line was written for. Until a run
has ended its folder is called ``<name>.unfinished``.
"""

import hashlib
import json
import os
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import count
from pathlib import Path

from filelock import FileLock, Timeout

from ocop_forecast.errors import RunError
from ocop_forecast.files.writing import sweep, whole

RECORD, JOURNAL = "run.json", "journal.jsonl"


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a run's folder for this process alone.

    Raises
    ------
    RunError
        If another run holds it; the words say which.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    holder = folder.with_name(f".{folder.name}.holder")
    try:
        with FileLock(folder.with_name(f".{folder.name}.lock"), timeout=0):
            own = {"pid": os.getpid(), "host": socket.gethostname(), "since": _now()}
            holder.write_text(json.dumps(own), encoding="utf-8")
            try:
                yield
            finally:
                holder.unlink(missing_ok=True)
    except Timeout as error:
        unknown = {"pid": "?", "host": "?", "since": "?"}
        raise RunError("run_held", folder=folder, **unknown | (_said(holder) or {})) from error


def unfinished(folder: Path) -> Path:
    """Return where a run lies until it has ended."""
    return folder.with_name(f"{folder.name}.unfinished")


def opened(folder: Path, identity: Mapping, *, replace: bool) -> Path:
    """Return where the run of `identity` goes on: in `folder` if that is its own, or unfinished beside it.

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
    goes_on = folder if not replace and (folder / RECORD).exists() else draft
    for place in dict.fromkeys((goes_on, folder)):
        _refuse_other(place)
        if changed := _changed(place, identity):
            if not replace:
                raise RunError("run_differs", folder=place, changed=changed)
            if place == draft:
                shutil.rmtree(draft)
    goes_on.mkdir(parents=True, exist_ok=True)
    sweep(goes_on)
    return goes_on


def _refuse_other(place):
    """Complain about a folder that holds files but no run; what one hardly begun has left is swept away."""
    if place.exists() and not (place / RECORD).exists():
        sweep(place)
        if any(place.iterdir()):
            raise RunError("folder_other", folder=place)


def _changed(place, identity):
    """Return in what the run that lies in `place` differs from `identity`, by the keys of words."""
    record = _said(place / RECORD)
    if record is None:
        return ()
    return tuple(f"differs_{key}" for key in identity if record.get(key) != identity[key])


def publish(draft: Path, folder: Path) -> None:
    """Let a run that has ended take its name, in the place of what bore it."""
    if draft == folder:
        return
    former = _former(folder)
    if folder.exists():
        folder.rename(former)
    draft.rename(folder)
    shutil.rmtree(former, ignore_errors=True)


def _restore(folder):
    """Give its name back to a run that was to be replaced when the power went."""
    former = _former(folder)
    if former.exists() and not folder.exists():
        former.rename(folder)
    shutil.rmtree(former, ignore_errors=True)


def _former(folder):
    return folder.with_name(f".{folder.name}.former")


def read(place: Path) -> dict:
    """Return what the record of a run says; nothing where there is none."""
    return _said(place / RECORD) or {}


def write(place: Path, record: Mapping) -> None:
    """Write what the run is of, and how it stands."""
    with whole(place / RECORD) as draft:
        draft.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def note(place: Path, event: str, **said) -> dict:
    """Add a line to the journal, and return it."""
    line = {"event": event, "at": _now(), **said}
    with (place / JOURNAL).open("ab") as journal:
        torn = journal.tell() and not _ends_a_line(place / JOURNAL)  # by a full disk or a power cut
        journal.write(b"\n" * bool(torn) + json.dumps(line, ensure_ascii=False).encode() + b"\n")
        journal.flush()
        os.fsync(journal.fileno())
    return line


def _ends_a_line(path):
    with path.open("rb") as handle:
        handle.seek(-1, os.SEEK_END)
        return handle.read(1) == b"\n"


def outcomes(place: Path) -> dict[str, dict]:
    """Return unit -> what became of its notebook when it was last executed."""
    with suppress(FileNotFoundError):
        lines = (place / JOURNAL).read_bytes().splitlines()
        said = [line for line in map(_line, lines) if line and line.get("event") == "notebook"]
        return {line["unit"]: line for line in said}
    return {}


def _line(text):
    try:
        return json.loads(text)
    except ValueError:  # a line that was cut short
        return None


def faithful(place: Path, files: Mapping[str, str]) -> bool:
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
            kept.append(_other_name(path).name)
            path.rename(path.with_name(kept[-1]))
        path.unlink(missing_ok=True)
    return kept


def _other_name(path):
    names = (f"{path.stem}.changed{number if number > 1 else ''}{path.suffix}" for number in count(1))
    return next(other for other in map(path.with_name, names) if not other.exists())


def _said(path):
    """Return what a JSON file says; None if there is none, an empty one if it cannot be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        return {}


def _now():
    return datetime.now().astimezone().isoformat(timespec="seconds")
