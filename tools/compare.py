"""Say which files of two runs differ: a change of form alone must leave every byte of a run as it was.

python tools/compare.py BEFORE AFTER

What says when, how long, with which versions or from which inputs is passed over, and nothing else: the
journal, the kernels' log, the entries `PASSED` of `run.json`, and the dates that a zip archive gives its
parts. Of a notebook only what its cells show is compared, since its code may say the same otherwise. It ends
with 1 if anything differs.
"""

import json
import sys
import zipfile
from pathlib import Path

LOGS = {"journal.jsonl", "kernels.log"}
PASSED = ("versions", "inputs", "files", "notebooks")  # the hashes are of files that are compared themselves


def parts(path: Path) -> dict[str, object]:
    """Return part -> what is compared of a file: a zip archive has many, any other file one."""
    if path.suffix in (".xlsx", ".docx", ".npz"):
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    if path.suffix == ".ipynb":
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return {f"cell {at}": cell.get("outputs", cell["source"]) for at, cell in enumerate(cells)}
    if path.name == "run.json":
        told = json.loads(path.read_text(encoding="utf-8"))
        return {name: value for name, value in told.items() if name not in PASSED}
    return {"": path.read_bytes()}


def files(folder: Path) -> dict[str, Path]:
    """Return name -> path of the files of a run that are compared."""
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name not in LOGS)
    return {path.relative_to(folder).as_posix(): path for path in paths}


def differences(before: Path, after: Path) -> list[str]:
    """Return a line for each file that is in one run alone, and for each part that is another."""
    one, other = files(before), files(after)
    lines = [f"{name}: in one run alone" for name in sorted(one.keys() ^ other.keys())]
    for name in sorted(one.keys() & other.keys()):
        was, now = parts(one[name]), parts(other[name])
        changed = [part for part in {**was, **now} if was.get(part) != now.get(part)]
        lines += [f"{name} {part}".rstrip() for part in changed]
    return lines


if __name__ == "__main__":
    found = differences(*map(Path, sys.argv[1:3]))
    print("\n".join([*found, f"{len(found)} differences"]))
    sys.exit(1 if found else 0)
