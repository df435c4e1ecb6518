"""A power cut at any moment: under a name stands the old whole run or the new one, and no part of either."""

import os
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from offices import UNITS

from ocop_forecast.batch import journal, monthly
from ocop_forecast.batch.jobs import Job
from ocop_forecast.files.writing import whole

OLD, NEW = {"as_of": "2024-07", "code": "old"}, {"as_of": "2024-07", "code": "new"}
FILES = ("outlook.csv", "figures/map.svg", "notebooks/389.ipynb")


class Disk:
    """A disk that holds of a file what was synced, and of a folder what was synced or what is there now.

    What was not synced may be there or not, each folder for itself: `cuts` yields what a cut may leave.
    """

    def __init__(self, root):
        self.root, self.synced, self.kept, self.ready = root, {}, [], False

    def sync(self, handle):
        place = Path(f"/proc/self/fd/{handle}").readlink()
        self.kept.append(os.dup(handle))  # so that its number is no other's later
        self.synced[place.stat().st_ino] = self.names(place) if place.is_dir() else place.read_bytes()

    def names(self, folder):
        return {path.name: path.stat().st_ino for path in folder.iterdir()}

    def now(self):
        """Return the number of each folder that is there -> its names."""
        folders = [self.root, *(path for path in self.root.rglob("*") if path.is_dir())]
        return {path.stat().st_ino: self.names(path) for path in folders}

    def cuts(self):
        """Yield all that a cut may leave: path -> content, of the runs' folder as it was synced or is now."""
        now = self.now()
        lists = {number: names for number, names in self.synced.items() if isinstance(names, dict)}
        known = {number: {} for number in now} | lists
        top = self.root.stat().st_ino
        for above in (known[top], now[top]):
            for below in (known, known | now):
                yield dict(self.found(above, below))

    def found(self, names, folders, path=""):
        for name, number in names.items():
            if number in folders:
                yield f"{path}{name}", None
                yield from self.found(folders[number], folders, f"{path}{name}/")
            else:
                yield f"{path}{name}", self.synced.get(number, b"")


def end_a_run(out, identity):
    """Write a run's files as a run does, and let it end."""
    place = journal.opened(out, identity, replace=True)
    work = monthly._Work(
        *(place, identity, None, None, None, [], None, lambda event: None),
        *(
            [Job("389", "", "en", "", {}, FILES[-1])],
            SimpleNamespace(units=pd.DataFrame(index=[*UNITS])),
            None,
        ),
    )
    for name in FILES:
        with whole(place / name) as draft:
            draft.write_text(identity["code"], encoding="utf-8")
    work._record("unfinished")
    done = {"status": "done", "reason": "", "seconds": 1, "attempts": 1, "parameters": {}, "files": {}}
    journal.append(place, "notebook", unit="389", **done)
    work.end(out)


def whole_run(disk):
    """Tell which run a disk holds under its name, or the one that the next command gives its name back."""
    name = "2024-07" if "2024-07" in disk else ".2024-07.former"
    record = disk.get(f"{name}/run.json")
    files = {disk.get(f"{name}/{file}") for file in FILES}
    assert record is not None, sorted(disk)
    assert b'"status": "ended"' in record, record
    (code,) = files
    assert f'"code": "{code.decode()}"'.encode() in record
    return code.decode()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="tells a descriptor's path as Linux does")
def test_a_power_cut_at_any_moment_leaves_the_old_whole_run_or_the_new_one(tmp_path, monkeypatch):
    out, disk, seen = tmp_path / "runs" / "2024-07", Disk(tmp_path / "runs"), []
    watched = {name: getattr(os, name) for name in ("fsync", "replace", "rename", "unlink", "rmdir")}

    def recorded(name):
        def call(*arguments, **terms):
            made = watched[name](*arguments, **terms)
            if name == "fsync":
                disk.sync(arguments[0])
            seen.extend(map(whole_run, disk.cuts()) if disk.ready else ())
            return made

        return call

    out.parent.mkdir()
    for name in watched:
        monkeypatch.setattr(os, name, recorded(name))
    end_a_run(out, OLD)
    disk.ready = True
    end_a_run(out, NEW)
    assert set(seen) == {"old", "new"}
    assert seen.index("new") > 20
    assert set(map(whole_run, disk.cuts())) == {"new"}
    for handle in disk.kept:
        os.close(handle)
