"""Names that mean harm: they run nowhere and break nothing, and what can be shown is shown as text."""

import csv
import re
import zipfile

import nbformat
import pandas as pd
import pytest
from browsers import opened
from docx import Document
from offices import SETTINGS, office
from openpyxl import load_workbook

from ocop_forecast.batch import monthly

NAMES = {
    "380": "=cmd|' /C calc'!A0",
    "381": "<img src=x onerror=alert(1)>",
    "388": "$\\frac$ {{ 7*7 }} ../../x",
    "389": "Ngọc Lặc " + "x" * 200,
    "390": "\u202eabc\u200f\x0b\x07 </script><script>alert(2)</script>",
}
PROVINCE = '"><svg onload=alert(3)>'
# of the last, the door takes out what nobody sees
SHOWN = {**NAMES, "390": "abc </script><script>alert(2)</script>"}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The folder of a run whose units, products, province and sources are named with bad intent."""
    folder = tmp_path_factory.mktemp("hostile")
    data = office(folder / "data")
    for path in data.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.reader(handle))
        with path.open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle).writerows([[_spoilt(cell) for cell in row] for row in rows])
    for as_of in ("2024-08", "2024-09"):
        monthly.run_batch(data, as_of=as_of, out=folder, settings=SETTINGS, units=["381", "390"])
    return folder / "2024-09"


def _spoilt(cell):
    named = {"Thanh Hóa": "380", "Bỉm Sơn": "381", "Quan Hóa": "388", "Ngọc Lặc": "389", "Cẩm Thủy": "390"}
    if cell in named:
        return NAMES[named[cell]]
    return PROVINCE if cell == "Tỉnh Thanh Hóa" else re.sub("^Sản phẩm", "<b>=1+1", cell)


@pytest.mark.parametrize(
    "name", ["meeting.html", "province.html", "notebooks/381.html", "notebooks/390.html"]
)
def test_nothing_runs_and_nothing_is_asked_for_in_a_page(ran, chromium, name):
    with opened(chromium, ran / name, 1280) as sight:
        dialogs = []
        sight.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        sight.page.wait_for_timeout(200)
        assert (dialogs, sight.told, sight.asked) == ([], [], [])
        assert sight.page.locator("img[src='x'], svg[onload], b:not([aria-hidden])").count() == 0
        body = sight.page.locator("body").inner_text()
    shown = SHOWN["390"] if "390" in name else NAMES["381"]
    assert shown in body


def test_the_meetings_page_shows_every_name_as_text(ran, chromium):
    with opened(chromium, ran / "meeting.html", 1280) as sight:
        sight.page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
        heads = sight.page.locator("tbody th[scope=row]").all_inner_texts()
        assert sight.page.title().startswith(f"OCOP {PROVINCE}")
    assert set(SHOWN.values()) <= set(heads)


def test_in_the_workbook_every_text_is_a_text(ran):
    book = load_workbook(ran / "meeting.xlsx")
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert not any(cell.hyperlink for cell in cells)
    assert set(SHOWN.values()) <= {cell.value for cell in cells}


def test_in_the_note_every_text_is_a_text(ran):
    note = Document(ran / "meeting.docx")
    texts = {cell.text for table in note.tables for row in table.rows for cell in row.cells}
    assert set(SHOWN.values()) <= texts
    with zipfile.ZipFile(ran / "meeting.docx") as parts:
        xml = parts.read("word/document.xml").decode()
    assert "<w:hyperlink" not in xml
    assert "<w:fldSimple" not in xml
    assert xml.count("w:instrText") == 0 or "alert" not in "".join(
        re.findall("<w:instrText.*?</w:instrText>", xml)
    )


def test_in_the_table_for_people_no_text_is_a_formula(ran):
    with (ran / "meeting.csv").open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.reader(handle))
    assert {row[1] for row in rows[1:-1]} == {"'" + SHOWN["380"], *list(SHOWN.values())[1:]}
    assert not any(cell.startswith(("=", "+", "@", "-")) for row in rows for cell in row)


def test_a_notebook_shows_the_names_as_text(ran):
    notebook = nbformat.read(ran / "notebooks" / "381.ipynb", as_version=4)
    pages = [
        out.data.get("text/html", "")
        for cell in notebook.cells
        for out in cell.get("outputs", [])
        if "data" in out
    ]
    assert any("&lt;img src=x onerror=alert(1)&gt;" in page for page in pages)
    assert not any("<img src=x" in page for page in pages)


def test_every_picture_is_there(ran):
    names = {path.name for path in (ran / "figures").iterdir()}
    assert {"map.svg", "map.png", "units.svg", "province.svg"} <= names
    for path in (ran / "figures").glob("*.svg"):
        assert "<script" not in path.read_text(encoding="utf-8")


def test_the_tables_for_machines_hold_the_names_as_they_are(ran):
    outlook = pd.read_csv(ran / "outlook.csv", dtype={"unit": str}).set_index("unit")
    assert outlook["name"].iloc[:-1].to_dict() == SHOWN
