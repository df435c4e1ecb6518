"""Two copies of the package know whether they are the same code."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def hashed(place):
    """Return the hash that the copy of the package in a folder gives of itself."""
    asks = "from ocop_forecast.files.code import code_hash; print(code_hash())"
    known = {**os.environ, "PYTHONPATH": str(place)}
    return subprocess.check_output([sys.executable, "-c", asks], cwd=place, env=known, text=True).strip()


@pytest.fixture
def copied(tmp_path):
    """A function of the folder of data and notebooks: copy this package as a checkout or a wheel lays it."""

    def copy(beside):
        left = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "ocop_forecast", tmp_path / "ocop_forecast", ignore=left, dirs_exist_ok=True)
        for name in ("data", "notebooks"):
            shutil.copytree(ROOT / name, tmp_path / beside / name, dirs_exist_ok=True)
        return tmp_path

    return copy


def test_a_checkout_and_what_is_installed_from_it_are_the_same_code(copied):
    assert hashed(copied("ocop_forecast")) == hashed(ROOT)


def test_ends_of_lines_and_what_programs_leave_behind_are_no_other_code(copied):
    place = copied("")
    for path in (place / "ocop_forecast").rglob("*.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    kept = place / "ocop_forecast" / ".ipynb_checkpoints"
    kept.mkdir()
    (kept / "style-checkpoint.py").write_text("", encoding="utf-8")
    (place / "ocop_forecast" / "style.py~").write_text("", encoding="utf-8")
    (place / "data" / "register.csv").write_text("", encoding="utf-8")
    assert hashed(place) == hashed(ROOT)


@pytest.mark.parametrize(
    "changed",
    [
        "ocop_forecast/models/trend.py",
        "ocop_forecast/templates/note.docx",
        "ocop_forecast/i18n/locale/vi/LC_MESSAGES/ocop_forecast.po",
        "data/reference/progress.csv",
    ],
)
def test_whatever_moves_a_number_or_a_word_is_another_code(copied, changed):
    place = copied("")
    with (place / changed).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert hashed(place) != hashed(ROOT)


def test_a_file_more_or_under_another_name_is_another_code(copied):
    place = copied("")
    (place / "ocop_forecast" / "more.py").touch()
    first = hashed(place)
    (place / "ocop_forecast" / "more.py").rename(place / "ocop_forecast" / "other.py")
    assert len({hashed(ROOT), first, hashed(place)}) == 3
