"""A run from progress reports alone: all is written, and what reports cannot tell is not shown."""

import pytest
from docx import Document
from offices import SETTINGS
from openpyxl import load_workbook
from papermill import execute_notebook
from test_notebooks import texts

from ocop_forecast.batch import monthly
from ocop_forecast.settings import Means

SENTENCE = "The counts come from progress reports (6 of the 6 months since January 2024, 3 units)"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Six months of three units."""
    path = tmp_path_factory.mktemp("office") / "bao-cao.csv"
    rows = [f"Huyện {name},{at}/2024,{at // 2},4" for at in range(1, 7) for name in ("Thử", "Mới", "Xa")]
    path.write_text("\n".join(["Đơn vị,Tháng,Lũy kế,Chỉ tiêu", *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def ran(report):
    """A run of it with one unit's notebook."""
    terms = {"settings": SETTINGS, "means": Means(workers=1), "units": ["Thử"]}
    return monthly.run_batch(report, out=report.parent, **terms)


def test_page_note_and_workbook_say_where_the_counts_come_from(ran):
    assert SENTENCE in (ran.folder / "meeting.html").read_text(encoding="utf-8")
    assert SENTENCE in "\n".join(line.text for line in Document(ran.folder / "meeting.docx").paragraphs)
    sheets = load_workbook(ran.folder / "meeting.xlsx")
    assert any(SENTENCE in str(cell) for sheet in sheets for row in sheet.values for cell in row)


def test_no_table_of_certificates_is_written_and_the_report_is_an_input(ran, report):
    assert not (ran.folder / "stock.csv").exists()
    assert not (ran.folder / "certificates.ics").exists()
    assert (ran.folder / "outlook.csv").exists()
    assert report.name in (ran.folder / "run.json").read_text(encoding="utf-8")


def test_the_runs_notebooks_are_done_and_show_no_products(ran):
    assert [outcome["status"] for outcome in ran.notebooks.values()] == ["done"] * len(ran.notebooks)
    assert SENTENCE in (ran.folder / "notebooks" / "thu.html").read_text(encoding="utf-8")


def test_the_registers_notebook_says_so_in_the_place_of_products_and_certificates(report):
    asked = {"data": str(report), "as_of": "2024-06", "lang": "en"}
    source, out = monthly.NOTEBOOKS / "01_register.ipynb", report.with_suffix(".ipynb")
    told = execute_notebook(source, out, asked, progress_bar=False)
    assert texts(told).count(SENTENCE) == 3
