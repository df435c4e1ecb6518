"""Files known by their bytes: found near where a notebook says, and never another in their place."""

from hashlib import sha256

import pytest

from ocop_forecast import Forecast, read_province
from ocop_forecast.errors import InputError
from ocop_forecast.files.near import found, marked

OURS, OTHER = b"ours", b"another run's"
MARKED = marked("../draws.npz", sha256(OURS).hexdigest())


@pytest.fixture
def project(tmp_path):
    """A project with two runs, as an office has it; the notebooks are of the second."""
    for name, content in (("2024-08", OTHER), ("2024-09", OURS)):
        (tmp_path / "outputs" / name / "notebooks").mkdir(parents=True)
        (tmp_path / "outputs" / name / "draws.npz").write_bytes(content)
    return tmp_path


@pytest.mark.parametrize(
    "start",
    [
        "outputs/2024-09/notebooks",
        "outputs/2024-09",
        "outputs",
        ".",
        "outputs/2024-08/notebooks",
        "notebooks",
    ],
)
def test_a_runs_file_is_found_from_wherever_a_notebook_is_started_near_it(project, monkeypatch, start):
    (project / start).mkdir(exist_ok=True)
    monkeypatch.chdir(project / start)
    assert found(MARKED).resolve() == project / "outputs" / "2024-09" / "draws.npz"


def test_another_runs_file_is_never_taken_for_it(project, monkeypatch):
    monkeypatch.chdir(project / "outputs" / "2024-09" / "notebooks")
    (project / "outputs" / "2024-09" / "draws.npz").write_bytes(OTHER)
    for read in (found, Forecast.load, read_province):
        with pytest.raises(InputError, match=r"draws.npz: .* does not lie near .*2024-09.notebooks"):
            read(MARKED)


def test_what_bears_no_mark_or_is_there_by_that_very_name_is_as_it_is(tmp_path):
    for name in ("draws.npz", "a@b", "x@0123456789abc", "@0123456789ab"):
        assert found(name).name == name
    (tmp_path / "a@0123456789ab").write_bytes(OTHER)
    assert found(tmp_path / "a@0123456789ab").read_bytes() == OTHER


def test_a_folder_that_cannot_be_read_is_passed_over(project, monkeypatch):
    monkeypatch.chdir(project)
    (project / "draws.npz").mkdir()
    assert found(MARKED).read_bytes() == OURS
