"""The package as others install it: what the wheel holds, and that it works away from the checkout."""

import os
import subprocess
import sys
from importlib.metadata import entry_points, metadata
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner

from ocop_forecast.cli import main
from ocop_forecast.files import writing

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "ocop_forecast"
HATCH = [sys.executable, "-m", "hatchling", "build"]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A folder with the sources' archive and the wheel built from it."""
    out, unpacked = tmp_path_factory.mktemp("dist"), tmp_path_factory.mktemp("sources")
    subprocess.run([*HATCH, "-t", "sdist", "-d", out], cwd=ROOT, check=True, capture_output=True)
    subprocess.run(["tar", "-xf", next(out.glob("*.tar.gz")), "-C", unpacked], check=True)
    home = next(unpacked.iterdir())
    subprocess.run([*HATCH, "-t", "wheel", "-d", out], cwd=home, check=True, capture_output=True)
    return out


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel that is built from the checkout."""
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run([*HATCH, "-t", "wheel", "-d", out], cwd=ROOT, check=True, capture_output=True)
    return next(out.glob("*.whl"))


def held(path):
    """Return what a wheel holds, name -> bytes, but for the list of it."""
    with ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/RECORD")}


def test_the_sources_build_the_same_wheel(built, wheel):
    assert held(next(built.glob("*.whl"))) == held(wheel)


def test_the_wheel_holds_code_data_and_notebooks_and_nothing_else(wheel):
    names = {name for name in held(wheel) if ".dist-info/" not in name}
    homes = {
        PACKAGE: {
            *PACKAGE.rglob("*.py"),
            *PACKAGE.rglob("*.po"),
            PACKAGE / "py.typed",
            PACKAGE / "tables" / "words.csv",
            *PACKAGE.glob("templates/*"),
        },
        ROOT: {
            *ROOT.glob("data/*.*"),
            *ROOT.glob("data/example/*"),
            *ROOT.glob("data/reference/*"),
            *ROOT.glob("notebooks/*.ipynb"),
        },
    }
    wanted = {path.relative_to(home).as_posix() for home, paths in homes.items() for path in paths}
    assert names == {f"ocop_forecast/{name}" for name in wanted}


def test_the_wheel_works_in_an_empty_folder_away_from_the_checkout(wheel, tmp_path):
    site, desk = tmp_path / "site", tmp_path / "desk"
    desk.mkdir()
    with ZipFile(wheel) as archive:
        archive.extractall(site)

    def said(*words):
        command = [sys.executable, "-P", "-m", "ocop_forecast.cli", *words, "--lang", "en"]
        environment = os.environ | {"PYTHONPATH": str(site)}
        done = subprocess.run(command, cwd=desk, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert str(site / "ocop_forecast" / "data") in said("check")
    count = len(list((ROOT / "notebooks").glob("*.ipynb")))
    assert f"{count} notebooks" in said("notebooks")
    assert [path.name for path in desk.iterdir()] == ["notebooks"]
    said("run", "--units", "389", "--draws", "100")
    assert (desk / "outputs" / "2024-09" / "notebooks" / "389.ipynb").is_file()


def test_notebooks_are_copied_once_and_never_over_others(tmp_path):
    folder = tmp_path / "own" / "sổ tay"
    asked = ["notebooks", str(folder), "--lang", "en"]
    assert CliRunner().invoke(main, asked).exit_code == 0
    copied = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert copied == {path.name: path.read_bytes() for path in writing.shipped("notebooks").glob("*.ipynb")}
    (folder / "01_register.ipynb").unlink()
    (folder / "03_district.ipynb").write_text("mine", encoding="utf-8")
    again = CliRunner().invoke(main, asked)
    assert again.exit_code == 4
    assert "03_district.ipynb" in again.output
    assert "01_register.ipynb" not in again.output
    assert (folder / "03_district.ipynb").read_text(encoding="utf-8") == "mine"
    assert not (folder / "01_register.ipynb").exists()


def test_what_is_installed_tells_readers_what_it_is():
    facts = metadata("ocop-forecast")
    assert facts["Requires-Python"] == ">=3.11"
    assert facts["License-Expression"] == "MIT"
    assert {"Typing :: Typed", "Framework :: Jupyter :: JupyterLab"} <= set(facts.get_all("Classifier"))
    assert set(facts.get_all("Provides-Extra")) == {"bench", "cluster", "dev"}
    assert [one.value for one in entry_points(group="console_scripts", name="ocop-forecast")] == [
        "ocop_forecast.cli:main"
    ]
