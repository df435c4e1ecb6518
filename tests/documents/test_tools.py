"""The tools of maintainers: they measure what they say they measure."""

import json
import sys
import zipfile
from pathlib import Path
from runpy import run_path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"


@pytest.fixture
def house(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["house.py"])
    return run_path(str(TOOLS / "house.py"))


def test_the_house_is_measured_room_by_room(house):
    package = TOOLS.parent / "ocop_forecast"
    rooms = {path.name for path in package.iterdir() if (path / "__init__.py").exists()}
    assert {house["room"](name) for name in house["TREES"]} == rooms | {"top"}
    assert house["stays"](["a", "a", "b", "a"]) == ["a", "b", "a"]
    cli = "ocop_forecast.cli"
    assert house["lines"](cli) == len((package / "cli.py").read_text(encoding="utf-8").splitlines())
    assert all(house["depth"](cli) > house["depth"](below) for below in house["imports"](cli))


def run(folder, cell="52 of 120", row="389,3"):
    """Write what a run might: a table, a notebook, an archive, a record, a journal."""
    folder.mkdir()
    (folder / "outlook.csv").write_text(row, encoding="utf-8")
    shown = {"cells": [{"source": folder.name, "outputs": [{"text": cell}]}]}
    (folder / "389.ipynb").write_text(json.dumps(shown), encoding="utf-8")
    record = {"as_of": "2024-09", "versions": folder.name}
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    (folder / "journal.jsonl").write_text(folder.name, encoding="utf-8")
    with zipfile.ZipFile(folder / "meeting.xlsx", "w") as book:
        book.writestr("sheet1.xml", row)
    return folder


def test_two_runs_are_compared_by_what_they_show(tmp_path):
    compare = run_path(str(TOOLS / "compare.py"))["differences"]
    first = run(tmp_path / "a")
    assert compare(first, run(tmp_path / "b")) == []
    assert compare(first, run(tmp_path / "c", cell="53 of 120")) == ["389.ipynb cell 0"]
    assert compare(first, run(tmp_path / "d", row="389,4")) == ["meeting.xlsx sheet1.xml", "outlook.csv"]
    (first / "map.svg").touch()
    assert compare(first, tmp_path / "b") == ["map.svg: in one run alone"]
