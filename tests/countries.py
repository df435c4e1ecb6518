"""What the tests of many provinces share: a small country, and `run-all` on it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
from offices import MARK, contents, office

ALL = {"an-giang": 2, "Thanh Hóa": 2}  # provinces and their units; the second one is a workbook


def land(folder: Path) -> Path:
    """Write a country of two provinces into a folder, and what is none, or none that can be used."""
    for name, count in ALL.items():
        office(folder / name, count)
    elsewhere(folder / "an-giang", "89,Tỉnh An Giang")
    workbook(folder / "Thanh Hóa")
    office(folder / "bad", 1)
    (folder / "bad" / "targets.csv").write_text("unit,year,target\n380,2024,many\n", encoding="utf-8")
    (folder / "letters").mkdir()
    for name in ("README.md", ".hidden", "~$an-giang.xlsx", "letters/units.txt.old"):
        (folder / name).write_text("nothing of a province", encoding="utf-8")
    return folder


def elsewhere(folder: Path, province: str) -> Path:
    """Let an office's tables be another province's, of this code and name."""
    path = folder / "units.csv"
    text = path.read_text(encoding="utf-8").replace("38,Tỉnh Thanh Hóa", province)
    path.write_text(text, encoding="utf-8")
    return folder


def told(place: Path) -> pd.DataFrame:
    """Return the rows of a country's table, by province's code or by the name of what was refused."""
    return pd.read_csv(place / "nation.csv", dtype={"province": str}).set_index("province")


def workbook(folder: Path) -> None:
    """Put a workbook in the place of a folder of tables."""
    with pd.ExcelWriter(f"{folder}.xlsx") as book:
        for path in folder.iterdir():
            pd.read_csv(path).to_excel(book, sheet_name=path.stem, index=False)
            path.unlink()
    folder.rmdir()


def started(*arguments, mark="", **options) -> subprocess.Popen:
    """Start `run-all` as a user does; its processes bear the mark."""
    command = [sys.executable, "-m", "ocop_forecast.cli", "run-all", *map(str, arguments)]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "encoding": "utf-8"}
    return subprocess.Popen(command, env={**os.environ, MARK: mark}, **streams, **options)


def asks(folder: Path, *more) -> tuple:
    """Return the arguments of `run-all` of a country's folder to the one beside it, as `SETTINGS` say."""
    return (folder, "--out", folder.parent / "out", "--draws", 200, "--seed", 1, "--lang", "en", *more)


def all_contents(out: Path) -> dict:
    """Return what two makings of the same country may not differ in, by run, and of the summary."""
    folders = [path for path in [*out.glob("nation-*"), *out.glob("*/[!.]*")] if path.is_dir()]
    return {path.relative_to(out).as_posix(): contents(path) for path in folders}


def dies(task: str, _known) -> str:
    """Kill the process that does this, if that is the task."""
    if task == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    return task.upper()
