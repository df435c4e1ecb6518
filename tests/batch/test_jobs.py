"""Whether a job's result can be believed: every way of failing that papermill takes for success, and more."""

import pytest
from offices import job, said


@pytest.fixture
def home(tmp_path):
    (tmp_path / "notebooks").mkdir()
    return tmp_path


def test_a_job_that_ends_well_is_done_with_its_notebook_and_page(execute, home):
    result = execute(job("print(unit, lang)"), home)
    assert result.reason == ""
    assert (result.status, result.attempts) == ("done", 1)
    assert set(result.files) == {"notebooks/389.ipynb", "notebooks/389.html"}
    assert said(result) == "389 vi\n"
    assert list(home.rglob("*.*")) == []


@pytest.mark.parametrize(
    "value", ["008", "True", "nan", "1_000", "it's", 'say "so"', "{x}", "a\\b", "é\n2", "٣"]
)
def test_text_arrives_as_it_was_given(execute, home, value):
    result = execute(job("print(repr(unit))", unit=value, output="notebooks/389.ipynb"), home)
    assert (result.status, said(result)) == ("done", f"{value!r}\n")


def test_a_notebook_starts_in_the_folder_it_belongs_to(execute, home):
    assert said(execute(job("import os; print(os.getcwd())"), home)).strip() == str(home / "notebooks")


def test_a_cell_error_is_a_failure_that_shows_where_it_stopped(execute, home):
    result = execute(job("1 / 0", "print('never')"), home)
    assert (result.status, result.reason, result.attempts) == (
        "failed",
        "ZeroDivisionError: division by zero",
        1,
    )
    assert set(result.files) == {"notebooks/389.failed.ipynb"}
    assert "never" not in said(result)


def test_leaving_early_is_no_success(execute, home):
    result = execute(job("import sys; sys.exit(0)", "print('never')"), home)
    assert (result.status, result.reason) == (
        "failed",
        'it stopped before its end, at "import sys; sys.exit(0)"',
    )


def test_without_the_tag_the_defaults_would_win_and_that_is_a_failure(execute, home):
    result = execute(job("print(unit)", tags=()), home)
    assert (result.status, result.reason) == ("failed", "it was given unit = '389', but ran with '380'")


def test_an_unknown_parameter_is_told_by_its_absence_and_one_that_a_cell_changes_as_well(execute, home):
    assert execute(job("del other", other="x"), home).reason == "it was given other = 'x', but ran with None"
    assert execute(job("lang = 'en'"), home).reason == "it was given lang = 'vi', but ran with 'en'"


def test_an_endless_cell_is_ended_at_its_time_limit_and_not_tried_again(execute, home):
    result = execute(job("while True: pass", seconds=1), home)
    assert (result.status, result.reason, result.attempts) == (
        "failed",
        "CellTimeoutError: a cell took longer than 1 seconds",
        1,
    )


CRASHES = {
    "leaves at once": "import os; os._exit(0)",
    "is killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "segfaults": "import ctypes; ctypes.string_at(0)",
}


@pytest.mark.parametrize("crash", CRASHES.values(), ids=CRASHES)
def test_a_kernel_that_dies_is_tried_again_and_then_a_failure(execute, home, crash):
    result = execute(job(crash), home)
    assert (result.status, result.attempts) == ("failed", 2)
    assert "DeadKernelError" in result.reason


def test_a_kernel_that_dies_once_is_made_good_by_another(execute, home):
    once = "import os, pathlib\nmark = pathlib.Path('died')\nif not mark.exists(): mark.touch(); os._exit(1)"
    result = execute(job(once), home)
    assert (result.status, result.attempts, result.reason) == ("done", 2, "")


def test_what_one_kernel_ends_with_counts(execute, home):
    result = execute(job("import atexit, os; atexit.register(os._exit, 3)"), home)
    assert (result.status, result.reason) == ("failed", "its kernel ended with code 3")
