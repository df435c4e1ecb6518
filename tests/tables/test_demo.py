"""The filled workbook that comes with the tool: checked, run, made anew alike, and marked as made up."""

from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pandas as pd
import pytest
from click.testing import CliRunner

from ocop_forecast import read_province
from ocop_forecast.cli import main

demo = SimpleNamespace(**run_path(str(Path(__file__).resolve().parents[2] / "tools" / "demo.py")))


@pytest.fixture(scope="module")
def province():
    return read_province(demo.BOOK, as_of="2025-09")


def test_the_workbook_has_nothing_to_mend(tmp_path):
    told = CliRunner().invoke(main, ["check", "--data", str(demo.BOOK), "--strict", "--lang", "en"])
    assert told.exit_code == 0, told.output
    assert "0 errors" in told.output
    assert "0 warnings" in told.output


def test_all_rows_are_read_and_say_that_they_are_made_up(province):
    made = demo.tables()
    for name in ("register", "targets", "rounds", "dossiers"):
        table = getattr(province, name)
        assert set(table["origin"]) == {"reconstructed"}
        assert name == "dossiers" or len(table) == len(made[name])
    assert len(province.units) == len(demo.UNITS)
    assert province.name == "Tỉnh Minh Họa"
    assert len(province.waiting) == 24


def test_the_workbook_is_the_same_whenever_it_is_made(tmp_path):
    for name in ("one", "other"):
        demo.made(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_the_workbook_that_comes_with_the_tool_is_the_one_that_is_made(province, tmp_path):
    demo.made(tmp_path / "made.xlsx")
    made = read_province(tmp_path / "made.xlsx", as_of="2025-09")
    for name in ("units", "register", "targets", "rounds", "dossiers"):
        pd.testing.assert_frame_equal(getattr(made, name), getattr(province, name))


def test_a_run_takes_it(tmp_path):
    asked = ["run", "--data", demo.BOOK, "--as-of", "2025-09", "--draws", "100", "--units", "M01"]
    told = CliRunner().invoke(main, [*map(str, asked), "--out", str(tmp_path), "--lang", "vi"])
    assert told.exit_code == 0, told.output
    ran = tmp_path / "2025-09"
    assert "DỮ LIỆU MINH HỌA" in (ran / "meeting.html").read_text(encoding="utf-8")
