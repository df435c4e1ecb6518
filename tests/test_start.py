"""The file that a Windows office double-clicks: what it does, in which order, and what it says in need."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BYTES = (ROOT / "start.bat").read_bytes()
LINES = BYTES.decode("utf-8").splitlines()
COMMANDS = [line.strip() for line in LINES if not line.strip().startswith(("rem ", "echo ", ":"))]


def place(part):
    """Return the number of the one line that holds a part."""
    (found,) = [at for at, line in enumerate(LINES) if part in line and not line.startswith("rem")]
    return found


def test_its_lines_end_as_windows_wants_and_nothing_comes_before_the_first():
    assert BYTES.startswith(b"@echo off\r\n")
    assert BYTES.count(b"\n") == BYTES.count(b"\r\n")
    assert "*.bat eol=crlf" in (ROOT / ".gitattributes").read_text(encoding="utf-8")


def test_every_code_page_shows_its_letters():
    assert BYTES.isascii()


def test_it_works_in_its_own_folder_whatever_the_path():
    assert 'cd /d "%~dp0"' in COMMANDS
    for line in COMMANDS:
        for path in re.findall(r"\S*(?:\.venv|requirements\.lock|notebooks)\S*", line):
            assert path.strip("(").startswith('"'), line


def test_it_sets_up_with_the_lock_as_make_does_and_opens_the_first_notebook():
    order = [place(part) for part in ("-m venv", '-r "requirements.lock"', "--editable", "jupyter lab")]
    assert order == sorted(order)
    makes = (ROOT / "Makefile").read_text(encoding="utf-8")
    for option in ("--no-deps", "--require-hashes", "--no-build-isolation"):
        assert option in makes
        assert any(option in line for line in COMMANDS)
    (path,) = re.findall(r'"(notebooks\\[^"]+)"', "\n".join(LINES))
    assert (ROOT / path.replace("\\", "/")).exists()


def test_what_is_set_up_is_kept_until_the_lock_is_another():
    assert place("fc /b") < place("-m venv") < place('copy /y "requirements.lock"') < place(":open")


def test_every_step_that_fails_is_told_and_the_window_stays_open():
    for label in (":missing", ":failed"):
        told = "\n".join(LINES[LINES.index(label) :])
        assert told.index("echo ") < told.index("pause") < told.index("exit /b 1")
    steps = [line for line in COMMANDS if line.startswith(('".venv', "%PYTHON%", "copy"))]
    assert all(line.endswith("|| goto failed") for line in steps)
    assert "goto missing" in "\n".join(COMMANDS)
    labels = {line.removeprefix(":") for line in LINES if line.startswith(":")}
    assert set(re.findall(r"goto (\w+)", "\n".join(COMMANDS))) == labels


def test_it_takes_the_pythons_that_the_project_names():
    named = re.findall(
        r"Programming Language :: Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text("utf-8")
    )
    (listed,) = re.findall(r"in \(([\d. ]+)\)", "\n".join(LINES))
    assert listed.split() == named
    assert "python.org" in "\n".join(LINES[LINES.index(":missing") :])
