"""Both tutorials, followed to the letter: files, workbook, commands, what these print and what pages say."""

import csv
import datetime as dt
import json
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
from ocop_forecast.i18n.catalogue import LANGUAGES
from ocop_forecast.tables.schema import SHEETS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
NAMES = {"en": "own_province.md", "vi": "own_province.vi.md"}
GUIDES = {lang: (DOCS / name).read_text(encoding="utf-8") for lang, name in NAMES.items()}
BOOK = "so-lieu.xlsx"
GAP = "[…]\n"  # here something of what is printed is left out
BLOCKS = re.compile(r"^```(\w+)\n(.*?)^```$|^(\| (?:Sheet \| Cell|Trang \| Ô) .*?)\n\n", re.M | re.S)
SHEET = re.compile(r"(?:sheet|trang) `([^`]+)`")
BELOW = re.compile("below the last row|dưới dòng cuối cùng")
DELETED = ("(delete the row)", "(xóa cả dòng)")
AFTERWARDS = pd.Timestamp("2026-12-02 08:00")  # the last month of the guide is over


class Step(NamedTuple):
    """A block or a table of changes, and the paragraph before it, which says whose it is."""

    kind: str
    text: str
    lead: str


def steps(lang):
    """Return what a reader does and sees, in the order of the guide."""
    found, guide = [], GUIDES[lang]
    for block in BLOCKS.finditer(guide):
        lead = guide[: block.start()].rstrip().rpartition("\n\n")[2]
        found.append(Step(block[1] or "edits", block[2] or block[3], " ".join(lead.split())))
    return found


class Reader:
    """One who does what the guide says, in the present folder, and holds it against what comes of it."""

    printed = ""

    def follow(self, step):
        """Do one step, or look whether all is as it says."""
        getattr(self, step.kind)(step.text, step.lead)

    def csv(self, text, lead):
        """Write a file, or type rows into a sheet: from row 2 on, or below the last row if it is said so."""
        if path := re.search(r"`([\w/-]+\.csv)`", lead):
            Path(path[1]).parent.mkdir(exist_ok=True)
            Path(path[1]).write_text(text, encoding="utf-8")
            return
        book = load_workbook(BOOK)
        sheet = book[SHEET.search(lead)[1]]
        at = {cell.value: cell.column for cell in sheet[1]}
        last = max(cell.row for row in sheet for cell in row if cell.value is not None)
        rows = csv.DictReader(text.splitlines())
        for number, row in enumerate(rows, last + 1 if BELOW.search(lead) else 2):
            for column, value in row.items():
                cell = sheet.cell(number, at[column])
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
            sheet = book[name]
            assert said(sheet[place]) == was
            if now in DELETED:
                sheet.delete_rows(sheet[place].row)
            else:
                sheet[place] = typed(now)
        book.save(path)

    def sh(self, text, _lead):
        """Give one command; of what it prints a block that follows tells."""
        program, *words = shlex.split(text)
        assert program == "ocop-forecast"
        done = CliRunner().invoke(main, words)
        assert done.exit_code in (0, 3), done.output
        self.printed = done.output.replace("\\", "/")

    def text(self, text, lead):
        """Hold the guide's words against those of a page that it names, or of the last command."""
        if page := re.search(r"`([\w/-]+\.html)`", lead):
            assert [line for line in text.splitlines() if line not in words(page[1])] == []
        else:
            pattern = re.escape(text).replace(re.escape(GAP), "(?:.*\n)+")
            assert re.fullmatch(pattern, self.printed), self.printed

    def python(self, text, _lead):
        """Set a notebook's parameters, in a folder beside the workbook, and let it read what they name."""
        notebook = json.loads((ROOT / "notebooks" / "03_district.ipynb").read_text(encoding="utf-8"))
        cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
        names = {}
        exec(cells[0], names)
        known = set(names)
        exec(text, names)
        assert set(names) == known
        Path("notebooks").mkdir()
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir("notebooks")
            exec(re.sub(r"^%.*$", "", cells[1], flags=re.M), names)
        assert names["unit"] in names["province"].units.index
        assert names["province"].as_of == pd.Period(names["as_of"])


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
    reader = Reader()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(pd.Timestamp, "now", lambda *_: AFTERWARDS)
        for step in steps(lang):
            reader.follow(step)
            if step == through:
                break


@pytest.fixture(scope="module", params=LANGUAGES)
def lang(request):
    """The language of the guide."""
    return request.param


@pytest.fixture(scope="module")
def followed(lang, tmp_path_factory):
    """The folder of a reader who has followed the guide to its end."""
    folder = tmp_path_factory.mktemp(f"own-{lang}")
    follow(folder, lang)
    return folder


def test_the_guide_can_be_followed_to_its_end(followed):
    runs = {path.name for path in (followed / "outputs").glob("[!.]*")}
    assert runs == {"2026-10", "2026-10-less", "2026-11"}
    pages = {path.name for path in (followed / "outputs" / "2026-10" / "notebooks").glob("*.html")}
    assert pages == {f"9910{number}.html" for number in range(1, 7)}


def test_the_page_is_of_this_province_and_no_other(followed, lang):
    page = words(followed / "outputs" / "2026-10" / "meeting.html")
    _, *units = csv.reader(steps(lang)[0].text.splitlines())
    assert len(units) == 6
    assert all(name in page for _, name, *_ in units)
    assert "Thanh Hóa" not in page
    assert not re.search("reconstructed|tái lập", page, re.I)


@pytest.mark.parametrize("lang", ["en"], scope="module")
def test_the_guides_picture_is_of_this_page(followed):
    """After a change that is meant, make it as the guide says, and look at it."""
    with Image.open(DOCS / "own_page.png") as picture:
        answer = " ".join(picture.info["answer"].split())
    assert answer in words(followed / "outputs" / "2026-10" / "meeting.html")
    assert (DOCS / "own_page.png").stat().st_size < 150_000


def test_the_guide_counts_its_rows_and_steps_right(lang):
    registers = [step for step in steps(lang) if "99101-001" in step.text]
    guide, rows = GUIDES[lang], len(registers[0].text.splitlines()) - 1
    assert f"{rows} {'dòng' if lang == 'vi' else 'rows'}" in guide
    assert len(re.findall(r"^## \d", guide, re.M)) == 8
    assert ("trong tám bước" if lang == "vi" else "in eight steps") in guide


def test_both_guides_tell_the_same_steps():
    """The commands but for the language, the files' and sheets' shapes, the cells that are changed."""
    assert [shape(step) for step in steps("vi")] == [shape(step) for step in steps("en")]


def shape(step):
    """Return what of a step is the same in both languages."""
    lines = step.text.splitlines()
    if step.kind == "csv":
        return [re.findall(r"[\d/-]*\d|,", line) for line in lines[1:]]
    if step.kind == "edits":
        return [line.split("|")[2] for line in lines[2:]]
    return len(lines) if step.kind == "text" else step.text.replace("--lang vi", "--lang en")


@pytest.fixture
def empty(tmp_path, lang):
    """The empty workbook of the guide."""
    template = next(step for step in steps(lang) if step.kind == "sh")
    follow(tmp_path, lang, through=template)
    return load_workbook(tmp_path / BOOK)


def test_the_guides_table_of_sheets_is_the_workbooks(empty, lang):
    told = re.findall(r"^\| `([^`|]+)` \|(?: ([^|]+?) \|)? [^|]+ \|$", GUIDES[lang], re.M)
    assert [sheet for sheet, _ in told] == empty.sheetnames[1:-1]
    assert all(vietnamese == SHEETS[sheet] for sheet, vietnamese in told if lang == "en")


def test_a_choice_of_the_guide_is_one_that_the_workbooks_lists_accept(empty, lang):
    """What is typed into Excel meets its lists; but for the slips, which are mended, all of it must pass."""
    slips = {
        line.split("|")[3].strip()
        for step in steps(lang)
        if step.kind == "edits"
        for line in step.text.splitlines()[2:]
    }
    for step in steps(lang):
        if step.kind != "csv" or not SHEET.search(step.lead):
            continue
        sheet = empty[SHEET.search(step.lead)[1]]
        letters = {cell.value: cell.column_letter for cell in sheet[1]}
        lists = {
            str(rule.sqref)[0]: rule.formula1.strip('"').split(",")
            for rule in sheet.data_validations.dataValidation
            if rule.type == "list" and rule.formula1 != "ocop_units"
        }
        for row in csv.DictReader(step.text.splitlines()):
            for column, value in row.items():
                assert value in lists.get(letters[column], [value]) or value in slips, (sheet.title, value)


def test_where_communes_are_the_units_no_column_asks_for_a_district(empty, lang):
    for name in ("register", "targets", "dossiers", "reports"):
        sheet = empty[name if lang == "en" else SHEETS[name]]
        heads = {cell.value: cell.column_letter for cell in sheet[1]}
        lists = [rule for rule in sheet.data_validations.dataValidation if rule.formula1 == "ocop_units"]
        assert "Huyện/thị xã/thành phố" not in heads
        assert ("unit" in heads) is ("commune" not in heads and lang == "en")
        place = heads.get("Xã/phường") or heads.get("commune") or heads["unit"]
        assert [str(rule.sqref)[0] for rule in lists] == [place]
