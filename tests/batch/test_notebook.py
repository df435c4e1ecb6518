"""Notebooks as editors leave them: the same cells are the same text, and what is none is told in words."""

import ast
import json
import os

import nbformat
import pytest

from ocop_forecast.batch import monthly, notebook
from ocop_forecast.errors import RunError

NAMES = monthly.GIVEN | {"unit", "plan"}
SHIPPED = monthly.DISTRICT.read_text(encoding="utf-8")


def changed(change):
    """Return the shipped notebook's text after a change to its JSON."""
    content = json.loads(SHIPPED)
    change(content, content["cells"])
    return json.dumps(content)


def run_all(content, cells):
    """Leave what Run All and Save in JupyterLab leave."""
    content["metadata"] |= {
        "widgets": {"state": {}},
        "language_info": {"name": "python", "version": "3.12.1"},
    }
    content["metadata"]["kernelspec"] |= {"name": "conda-env", "display_name": "Mine"}
    said = {"output_type": "stream", "name": "stdout", "text": ["3\n"]}
    for number, cell in enumerate(cells):
        cell["metadata"] |= {"collapsed": False, "execution": {"iopub.status.busy": "2026-11-29T00:00:00"}}
        if cell["cell_type"] == "code":
            cell |= {"execution_count": number, "outputs": [said]}
    cells.append({"cell_type": "code", "metadata": {}, "source": [], "outputs": [], "execution_count": None})


def without_ids(content, cells):
    content["nbformat_minor"] = 4
    for cell in cells:
        del cell["id"]


def papermilled(content, cells):
    """Leave what papermill leaves in a notebook that it executed in its own place."""
    content["metadata"]["papermill"] = {"parameters": {"unit": "390"}}
    cells[1]["metadata"]["papermill"] = {"status": "completed"}
    made = {"cell_type": "code", "execution_count": 1, "outputs": [], "id": "x", "source": 'unit = "390"'}
    cells.insert(2, made | {"metadata": {"tags": ["injected-parameters"]}})
    cells.insert(0, {"cell_type": "markdown", "source": "failed", "metadata": {"tags": [*notebook.LEFT]}})


def windows_lines(content, cells):
    for cell in cells:
        cell["source"] = "".join(cell["source"]).replace("\n", "\r\n")


def of_old_format(content, cells):
    """Rewrite a notebook as format 3 held it."""
    for cell in cells:
        if cell["cell_type"] == "code":
            cell["input"], cell["language"] = cell.pop("source"), "python"
            cell["prompt_number"] = cell.pop("execution_count")
    content |= {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}}
    content["worksheets"] = [{"cells": content.pop("cells"), "metadata": {}}]


LEFT = {
    "a mark of UTF-8": "\ufeff" + SHIPPED,
    "Windows' ends of lines": SHIPPED.replace("\n", "\r\n"),
    "another indentation": changed(lambda content, cells: None),
    "outputs": changed(run_all),
    "no ids": changed(without_ids),
    "executed in its place": changed(papermilled),
    "Windows' ends of lines in cells": changed(windows_lines),
    "format 3": changed(of_old_format),
    "a newer minor format": changed(lambda content, cells: content.update(nbformat_minor=9)),
}


@pytest.mark.parametrize("text", LEFT.values(), ids=LEFT)
def test_what_an_editor_leaves_changes_nothing(tmp_path, text):
    (tmp_path / "03.ipynb").write_bytes(text.encode())
    assert notebook.read(tmp_path / "03.ipynb", NAMES) == notebook.read(monthly.DISTRICT, NAMES)


def test_what_is_read_is_a_whole_notebook_with_the_shipped_cells(tmp_path):
    read = nbformat.reads(notebook.read(monthly.DISTRICT, NAMES), as_version=4)
    nbformat.validate(read)
    kept = [(cell.cell_type, cell.source, cell.metadata.get("tags", [])) for cell in read.cells]
    shipped = nbformat.reads(SHIPPED, as_version=4).cells
    assert kept == [(cell.cell_type, cell.source, cell.metadata.get("tags", [])) for cell in shipped]


@pytest.mark.parametrize("at", [1, 2, -1])
def test_magics_and_pictures_pasted_into_words_are_welcome_anywhere(tmp_path, at):
    picture = {"attachments": {"a.png": {"image/png": "AAAA"}}}

    def put(content, cells):
        if cells[at]["cell_type"] == "code":
            cells[at]["source"].insert(0, "%matplotlib inline\n")
            cells[at]["source"].append("\n!echo done\nfiles = !ls")
        cells[0] |= picture

    (tmp_path / "03.ipynb").write_text(changed(put), encoding="utf-8")
    names = NAMES | ({"files"} if at == 1 else set())
    read = notebook.read(tmp_path / "03.ipynb", names)
    words, parameters = json.loads(notebook.filled(read, dict.fromkeys(names, "x")))["cells"][:2]
    assert words["attachments"] == picture["attachments"]
    source = parameters["source"]
    assert 'unit: str = "x"  # mã' in source
    assert ("run_line_magic('matplotlib', 'inline')" in source) == (at == 1)


def in_cell(text, at=1):
    return changed(lambda content, cells: cells[at].update(source=text))


BROKEN = {
    "empty": (b"", "no notebook that can be read"),
    "cut short": (SHIPPED.encode()[:500], "no notebook that can be read"),
    "merge markers": (f"<<<<<<< HEAD\n{SHIPPED}=======\n".encode(), "no notebook that can be read"),
    "UTF-16": (SHIPPED.encode("utf-16"), "no notebook that can be read"),
    "a page": (b"<!DOCTYPE html>", "no notebook that can be read"),
    "a list": (b"[]", "no notebook that can be read"),
    "no cells": (b'{"nbformat": 4}', "no notebook that can be read"),
    "old and no cells": (b'{"nbformat": 3}', "no notebook that can be read"),
    "version in words": (b'{"nbformat": "4", "cells": []}', "no notebook that can be read"),
    "cells of no kind": (b'{"nbformat": 4, "cells": [1]}', "no notebook that can be read"),
    "nested without end": (b"[" * 100_000, "no notebook that can be read"),
    "a future format": (changed(lambda content, cells: content.update(nbformat=5)).encode(), "format 5"),
    "an open quote": (in_cell('unit: str = "389\nas_of = ""').encode(), "cell 2, line 1"),
    "merge markers in a cell": (in_cell("a = 1\n<<<<<<< HEAD\nb = 2", 3).encode(), "cell 4, line 2"),
    "no parameters": (in_cell("%%time\nunit = 1").encode(), "must hold exactly the parameters"),
    "one of them twice in a line": (
        in_cell(json.loads(SHIPPED)["cells"][1]["source"][0] + "a = b = 1").encode(),
        "must hold exactly the parameters",
    ),
}


@pytest.mark.parametrize(("content", "words"), BROKEN.values(), ids=BROKEN)
def test_what_is_no_notebook_is_told_with_its_file_and_what_to_do(tmp_path, content, words):
    (tmp_path / "03.ipynb").write_bytes(content)
    with pytest.raises(RunError, match=words) as told:
        notebook.read(tmp_path / "03.ipynb", NAMES)
    assert str(tmp_path / "03.ipynb") in str(told.value)


def test_a_folder_or_a_file_that_may_not_be_read_is_told(tmp_path, monkeypatch):
    (tmp_path / "03.ipynb").mkdir()
    with pytest.raises(RunError, match=r"03.ipynb cannot be read: "):
        notebook.read(tmp_path / "03.ipynb", NAMES)
    with pytest.raises(RunError, match=r"04.ipynb is missing"):
        notebook.read(tmp_path / "04.ipynb", NAMES)


def test_the_names_of_parameters_are_those_of_the_tagged_cell():
    cells = [
        {"cell_type": "code", "metadata": {}, "source": "other = 1"},
        {
            "cell_type": "code",
            "metadata": {"tags": ["parameters"]},
            "source": "import os\na: int = 1\nb = (\n  2)\nc: str",
        },
    ]
    assert notebook.parameters_of(json.dumps({"cells": cells})) == {"a", "b"}
    assert notebook.parameters_of(json.dumps({"cells": cells[:1]})) == set()


def test_what_is_given_stands_where_the_notebooks_own_values_stood():
    source = 'a: str = "tỉnh"  # mã / code\nb = ("x"\n  "ỹ")  ; c = "é"; a = ""\nprint(a)'
    cell = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": source}
    given = {"a": 'Ngọc "Lặc"', "b": "it's", "c": "a\\b\n{c}"}
    (made,) = json.loads(notebook.filled(json.dumps({"cells": [cell]}), given))["cells"]
    names: dict = {}
    exec(made["source"].replace("print(a)", ""), names)
    assert {name: names[name] for name in given} == given
    assert made["source"].startswith('a: str = "Ngọc \\"Lặc\\""  # mã / code\nb = (')
    assert len(ast.parse(made["source"]).body) == 5


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
@pytest.mark.skipif(os.name != "nt" and os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_told(tmp_path):
    (tmp_path / "03.ipynb").write_text(SHIPPED, encoding="utf-8")
    (tmp_path / "03.ipynb").chmod(0)
    with pytest.raises(RunError, match=r"03.ipynb cannot be read: Permission denied"):
        notebook.read(tmp_path / "03.ipynb", NAMES)
