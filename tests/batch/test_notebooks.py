"""The notebooks: thin, stripped, typed parameters; each runs alone, from any folder."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from papermill import execute_notebook, inspect_notebook

from ocop_forecast.batch import monthly

NOTEBOOKS = sorted(monthly.NOTEBOOKS.glob("*.ipynb"))
NAMES = [path.stem for path in NOTEBOOKS]
EXAMPLE = "bộ ví dụ đi kèm công cụ, không có thật"


def code_cells(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def texts(notebook):
    """Return every plain text a notebook's cells show."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output["output_type"] in ("error", "stream")]
    return "\n".join(output.get("data", {}).get("text/plain", "") for output in outputs)


def pictures(notebook):
    return sum(
        "image/png" in output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])
    )


def test_these_notebooks_are_there():
    names = ["01_register", "02_trend", "03_district", "04_province", "05_calibration", "06_support"]
    assert ["00_start", *names, "07_questions"] == NAMES


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_notebook_is_thin(path):
    cells = code_cells(path)
    assert len(cells) <= 12
    for cell in cells:
        source = "".join(cell["source"])
        assert source.count("\n") < 10
        assert not re.search(r"^\s*(def|class|for|while|with)\b|open\(|to_csv|to_excel", source, re.M)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_the_first_code_cell_holds_typed_and_commented_parameters(path):
    first = code_cells(path)[0]
    assert first["metadata"]["tags"] == ["parameters"]
    for name, parameter in inspect_notebook(str(path)).items():
        assert parameter["inferred_type_name"] in ("str", "int"), name
        assert " / " in parameter["help"] or name == "lang", name


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_code_is_folded_and_no_cell_speaks_a_language_of_its_own(path):
    assert all(cell["metadata"]["jupyter"] == {"source_hidden": True} for cell in code_cells(path))
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    (before,) = [cell for cell in cells if cell["cell_type"] == "markdown"]
    assert before["metadata"]["tags"] == ["before"]
    assert "".join(before["source"]).isascii() or "▶" in "".join(before["source"])


def shown(notebook):
    """Return what the cells show a reader, the richest form of each."""
    kinds = ("text/markdown", "text/html", "text/plain")
    outputs = [output["data"] for cell in notebook.cells for output in cell.get("outputs", [])]
    words = [data for data in outputs if "image/png" not in data]
    return "\n".join(next(data[kind] for kind in kinds if kind in data) for data in words)


@pytest.mark.parametrize("stem", ["00_start", "01_register", "03_district", "04_province"])
def test_the_language_decides_prose_headers_and_values(stem, tmp_path):
    path = monthly.NOTEBOOKS / f"{stem}.ipynb"
    execute_notebook(path, tmp_path / "en.ipynb", {"lang": "en"}, progress_bar=False)
    said = shown(nbformat.read(tmp_path / "en.ipynb", as_version=4))
    assert not re.search("(?i)sản phẩm|chỉ tiêu|địa phương|tháng|đã |dự báo", said)
    execute_notebook(path, tmp_path / "vi.ipynb", {"lang": "vi"}, progress_bar=False)
    said = re.sub("<[^>]*>", " ", shown(nbformat.read(tmp_path / "vi.ipynb", as_version=4)))
    assert not re.search(
        r"\b(so_far|needs_support|as_of|upgraded|published|reconstructed|target|valid)\b", said
    )
    assert not re.search(r"\b20\d\d-\d\d", re.sub("ocop-forecast.*|as-of.*|389-20.*", "", said))


def run_alone(path, folder):
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=1200, resources={"metadata": {"path": str(folder)}}).execute()
    return notebook


PICTURES = {
    "00_start": 0,
    "01_register": 3,
    "02_trend": 2,
    "03_district": 2,
    "04_province": 4,
    "05_calibration": 3,
    "06_support": 2,
    "07_questions": 5,
}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_notebook_runs_alone_from_any_folder(path, tmp_path):
    notebook = run_alone(path, tmp_path)
    assert texts(notebook)
    assert pictures(notebook) == PICTURES[path.stem]
    assert not list(Path(tmp_path).iterdir())


def test_the_support_notebook_runs_without_dossiers(tmp_path):
    """An office that keeps none has a plan all the same."""
    path = monthly.NOTEBOOKS / "06_support.ipynb"
    execute_notebook(path, tmp_path / "06.ipynb", {"dossiers": ""}, progress_bar=False)
    done = nbformat.read(tmp_path / "06.ipynb", as_version=4)
    assert pictures(done) == PICTURES["06_support"]
    assert EXAMPLE not in texts(done)


def test_the_support_notebook_opened_by_hand_says_beside_its_tables_that_the_dossiers_are_no_real_ones(
    tmp_path,
):
    notebook = run_alone(monthly.NOTEBOOKS / "06_support.ipynb", tmp_path)
    assert "HỒ SƠ VÍ DỤ, KHÔNG CÓ THẬT" in texts(notebook)
    (standing,) = [cell for cell in notebook.cells if "coverage(projection" in cell["source"]]
    _, caption, table = (output["data"]["text/plain"] for output in standing["outputs"])
    assert EXAMPLE in caption
    assert "Đã qua hội đồng" in table
