"""The tutorial, followed to the letter: files, workbook, commands, what they print and what the pages say."""

import csv
import datetime as dt
import re
import shlex
import shutil
from html import unescape
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
from click.testing import CliRunner
from openpyxl import load_workbook
from PIL import Image

from ocop_forecast.cli import main
from ocop_forecast.schema import COMMUNE_HEADERS, CONTRACTS, SHEETS

DOCS = Path(__file__).resolve().parent.parent / "docs"
GUIDE = (DOCS / "own_province.md").read_text(encoding="utf-8")
BOOK = "so-lieu.xlsx"
GAP = "[…]\n"  # here something of what is printed is left out
BLOCKS = re.compile(r"^```(\w+)\n(.*?)^```$|^(\| Sheet \| Cell .*?)\n\n", re.M | re.S)
AFTERWARDS = pd.Timestamp("2026-12-02 08:00")  # the last month of the guide is over


class Step(NamedTuple):
    """A block or a table of changes, and the paragraph before it, which says whose it is."""

    kind: str
    text: str
    lead: str


def steps():
    """Return what a reader does and sees, in the order of the guide."""
    found = []
    for block in BLOCKS.finditer(GUIDE):
        lead = GUIDE[: block.start()].rstrip().rpartition("\n\n")[2]
        found.append(Step(block[1] or "edits", block[2] or block[3], " ".join(lead.split())))
    return found


class Reader:
    """One who does what the guide says, in the present folder, and holds it against what comes of it."""

    def __init__(self, lang="en"):
        self.lang, self.printed = lang, ""

    def follow(self, step):
        """Do one step, or look whether all is as it says."""
        getattr(self, step.kind)(step.text, step.lead)

    def csv(self, text, lead):
        """Write a file, or type rows into a sheet: from row 2 on, or below the last row if it is said so."""
        if path := re.search(r"`([\w/-]+\.csv)`", lead):
            Path(path[1]).parent.mkdir(exist_ok=True)
            Path(path[1]).write_text(text, encoding="utf-8")
            return
        book, name = load_workbook(BOOK), re.search(r"sheet `(\w+)`", lead)[1]
        sheet = self.sheet(book, name)
        at = {cell.value: cell.column for cell in sheet[1]}
        last = max(cell.row for row in sheet for cell in row if cell.value is not None)
        rows = csv.DictReader(text.splitlines())
        for number, row in enumerate(rows, last + 1 if "below the last row" in lead else 2):
            for column, value in row.items():
                cell = sheet.cell(number, at[self.header(name, column)])
                assert said(cell) in ("", value), cell
                cell.value = typed(value)
        book.save(BOOK)

    def edits(self, text, lead):
        """Change cells; in a copy of the workbook, if the guide names one that is not there yet."""
        path = Path(re.search(r"`([\w-]+\.xlsx)`", lead)[1])
        if not path.exists():
            shutil.copy(BOOK, path)
        book = load_workbook(path)
        for line in text.splitlines()[2:]:
            name, place, was, now = (part.strip(" `") for part in line.strip("|").split("|"))
            sheet = self.sheet(book, name)
            assert said(sheet[place]) == was
            if now == "(delete the row)":
                sheet.delete_rows(sheet[place].row)
            else:
                sheet[place] = typed(now)
        book.save(path)

    def sh(self, text, _lead):
        """Give one command; of what it prints a block that follows tells."""
        program, *words = shlex.split(text)
        assert program == "ocop-forecast"
        done = CliRunner().invoke(main, [word if word != "en" else self.lang for word in words])
        assert done.exit_code in (0, 3), done.output
        self.printed = done.output.replace("\\", "/")

    def text(self, text, lead):
        """Hold the guide's words against those of a page that it names, or of the last command."""
        if page := re.search(r"`([\w/-]+\.html)`", lead):
            assert [line for line in text.splitlines() if line not in words(page[1])] == []
        else:
            pattern = re.escape(text).replace(re.escape(GAP), "(?:.*\n)+")
            assert re.fullmatch(pattern, self.printed), self.printed

    def sheet(self, book, name):
        """Return a sheet of the workbook, whichever language that speaks."""
        return book[name if self.lang == "en" else SHEETS[name]]

    def header(self, name, column):
        """Return the header of a column in the language of the workbook."""
        headers = CONTRACTS[name].columns[column].metadata["headers"]
        vietnamese = COMMUNE_HEADERS[0] if COMMUNE_HEADERS[0] in headers else headers[0]
        return column if self.lang == "en" else vietnamese


def typed(text):
    """Return what Excel makes of what is typed: numbers and days are its own, the rest is text."""
    day = re.fullmatch(r"(\d+)/(\d+)/(\d{4})", text)
    if day and int(day[2]) <= 12:
        return dt.datetime(int(day[3]), int(day[2]), int(day[1]))  # noqa: DTZ001
    return int(text) if text.isdigit() else text


def said(cell):
    """Return what a cell shows; blank if it is empty."""
    value = "" if cell.value is None else cell.value
    return f"{value.day}/{value.month}/{value.year}" if isinstance(value, dt.datetime) else str(value)


def words(page):
    """Return the words of a page, a blank between any two."""
    text = re.sub(r"<(style|script).*?</\1>", " ", Path(page).read_text(encoding="utf-8"), flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


def follow(folder, lang, through=None):
    """Follow the guide in a folder, all of it or until a step of it has been done."""
    reader = Reader(lang)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(pd.Timestamp, "now", lambda *_: AFTERWARDS)
        for step in steps():
            if lang == "en" or step.kind != "text":  # the guide tells what is said in English
                reader.follow(step)
            if step == through:
                break
    return reader


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """The folder of a reader who has followed the guide to its end."""
    folder = tmp_path_factory.mktemp("own")
    follow(folder, "en")
    return folder


def test_the_guide_can_be_followed_to_its_end(followed):
    runs = {path.name for path in (followed / "outputs").glob("[!.]*")}
    assert runs == {"2026-10", "2026-10-less", "2026-11"}
    pages = {path.name for path in (followed / "outputs" / "2026-10" / "notebooks").glob("*.html")}
    assert pages == {f"9910{number}.html" for number in range(1, 7)}


def test_the_page_is_of_this_province_and_no_other(followed):
    page = words(followed / "outputs" / "2026-10" / "meeting.html")
    units = csv.DictReader(next(step.text for step in steps()).splitlines())
    assert all(unit["name"] in page for unit in units)
    assert "Thanh Hóa" not in page
    assert "RECONSTRUCTED" not in page


def test_the_guides_picture_is_of_this_page(followed):
    """After a change that is meant, make it as the guide says, and look at it."""
    with Image.open(DOCS / "own_page.png") as picture:
        answer = " ".join(picture.info["answer"].split())
    assert answer in words(followed / "outputs" / "2026-10" / "meeting.html")
    assert (DOCS / "own_page.png").stat().st_size < 150_000


def test_the_guide_counts_its_rows_and_steps_right():
    registers = [step for step in steps() if step.kind == "csv" and "sheet `register`" in step.lead]
    rows = [len(step.text.splitlines()) - 1 for step in registers]
    assert f"{rows[0]} rows" in GUIDE
    assert len(re.findall(r"^## \d", GUIDE, re.M)) == 8
    assert "in eight steps" in GUIDE


def test_in_vietnamese_the_same_workbook_passes_too(tmp_path):
    mended = next(step for step in steps() if step.kind == "sh" and "check so-lieu.xlsx --as-of" in step.text)
    reader = follow(tmp_path, "vi", through=mended)
    assert "6 đơn vị, 35 dòng đến hết tháng 10/2026, trong đó 34 công nhận mới." in reader.printed
    assert "0 lỗi (phải sửa trước khi dự báo), 0 cảnh báo" in reader.printed


@pytest.fixture(params=["vi", "en"])
def empty(tmp_path, request):
    """The language of an empty workbook, and the workbook."""
    template = next(step for step in steps() if step.kind == "sh")
    follow(tmp_path, request.param, through=template)
    return request.param, load_workbook(tmp_path / BOOK)


def test_the_guides_table_of_sheets_is_the_workbooks(empty):
    lang, book = empty
    told = re.findall(r"^\| `(\w+)` \| ([^|]+?) \| [^|]+ \|$", GUIDE, re.M)
    assert [row[("en", "vi").index(lang)] for row in told] == book.sheetnames[1:-1]


def test_where_communes_are_the_units_no_column_asks_for_a_district(empty):
    lang, book = empty
    for name in ("register", "targets", "dossiers", "reports"):
        sheet = book[name if lang == "en" else SHEETS[name]]
        heads = {cell.value: cell.column_letter for cell in sheet[1]}
        lists = [rule for rule in sheet.data_validations.dataValidation if rule.formula1 == "ocop_units"]
        assert "Huyện/thị xã/thành phố" not in heads
        assert ("unit" in heads) is ("commune" not in heads and lang == "en")
        place = heads.get("Xã/phường") or heads.get("commune") or heads["unit"]
        assert [str(rule.sqref)[0] for rule in lists] == [place]
