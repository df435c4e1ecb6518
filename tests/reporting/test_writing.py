"""The meeting pack: its three forms hold the same numbers, and text stays text."""

import base64
import hashlib
import re
from html import unescape
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from conftest import small_forecast, small_targets
from docx import Document
from openpyxl import load_workbook

import ocop_forecast as ocop
from ocop_forecast import Forecast, headline, style, table
from ocop_forecast.i18n.catalogue import label, set_options
from ocop_forecast.i18n.formats import percent
from ocop_forecast.planning.changes import Earlier, changes
from ocop_forecast.planning.gains import gains
from ocop_forecast.planning.outlook import Outlook
from ocop_forecast.reporting import writing
from ocop_forecast.reporting.pack import Pack
from ocop_forecast.reporting.workbook import NUMBERS

HOSTILE = ["=cmd|' /C calc'!A0", "<img src=x onerror=alert(1)>", "$\\frac$ {{ 7*7 }} \u202eabc"]


@pytest.fixture(autouse=True)
def _offscreen():
    style.offscreen()


def pack(folder, names=("Ngọc Lặc", "Cẩm Thủy", "Hà Trung"), **more):
    forecast, targets = small_forecast(), small_targets().assign(name=names)
    outlook = Outlook.of(forecast, targets)
    terms = {"changes": changes(outlook, earlier()), "notes": {"seed": "1"}} | more
    writing.write(folder, Pack(outlook, certified(outlook), gains(outlook), **terms))
    return outlook


def earlier():
    """Return what a run of the month before might have said of the same units."""
    panel = small_forecast().panel.loc[:"2024-08"]
    draws = np.ones((10, panel.shape[1], 4), int)
    was = Forecast(panel, pd.period_range("2024-09", "2024-12", freq="M"), draws)
    outlook = Outlook.of(was, small_targets())
    return Earlier(was, outlook.table.assign(flag=outlook.flags["flag"]))


def certified(outlook):
    """Return some certificates of the outlook's units."""
    return outlook.table[["name"]].assign(valid=5, due=2, lapsed=1, revoked=0)


class Cells(HTMLParser):
    """The text of every table cell of a page, row by row."""

    def __init__(self, page):
        super().__init__()
        self.rows, self.inside, self.tags = [], False, []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.inside = True
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        self.inside = self.inside and tag not in ("td", "th")

    def handle_data(self, data):
        if self.inside:
            self.rows[-1][-1] += data


def test_page_workbook_note_and_csv_hold_the_same_outlook(tmp_path):
    outlook = pack(tmp_path)
    csv = pd.read_csv(tmp_path / "outlook.csv", dtype={"unit": str}).set_index("unit")
    assert list(csv.columns) == writing.OUTLOOK
    numbers = [name for name in csv.columns if name not in ("name", "level", "flag")]
    pd.testing.assert_frame_equal(outlook.table[numbers], csv[numbers], check_dtype=False, check_exact=True)

    rows = list(load_workbook(tmp_path / "meeting.xlsx")["Đơn vị"].iter_rows(min_row=2, values_only=True))
    assert [row[0] for row in rows] == list(outlook.table.index)
    for row, expected in zip(rows, outlook.table[list(NUMBERS)].to_numpy(dtype=float), strict=True):
        assert list(row[2:-1]) == pytest.approx(list(expected), rel=1e-15)  # a workbook keeps 16 digits

    with set_options(lang="vi"):
        shown = table(outlook)
    page = Cells((tmp_path / "meeting.html").read_text(encoding="utf-8")).rows
    assert page[0] == list(shown.columns)
    assert page[1:5] == shown.to_numpy().tolist()

    (note,) = [grid for grid in Document(tmp_path / "meeting.docx").tables if len(grid.columns) == 7]
    said = [[cell.text for cell in row.cells] for row in note.rows]
    assert said == [said[0], *shown[said[0]].to_numpy().tolist()]

    signs = {"sep": ";", "decimal": ",", "encoding": "utf-8-sig"}
    people = pd.read_csv(tmp_path / "meeting.csv", dtype={"Mã": str}, **signs)
    assert people["Mã"].tolist() == list(outlook.table.index)
    assert people["Tình trạng"].tolist() == shown["Tình trạng"].tolist()
    own = people.set_index("Mã").iloc[:, 1:-1].set_axis(numbers, axis=1)
    exactly = {"check_dtype": False, "check_exact": True, "check_names": False}
    pd.testing.assert_frame_equal(outlook.table[numbers], own, **exactly)


def test_the_csv_of_an_english_reader_has_points_and_commas(tmp_path):
    with set_options(lang="en"):
        outlook = pack(tmp_path)
    people = pd.read_csv(tmp_path / "meeting.csv", encoding="utf-8-sig")
    assert people["Probability of meeting the target"].tolist() == outlook.table["p_reach"].tolist()


def test_every_table_of_the_page_is_a_view_of_its_csv(tmp_path):
    with set_options(lang="en"):
        pack(tmp_path)
    rows = Cells((tmp_path / "meeting.html").read_text(encoding="utf-8")).rows
    gains = pd.read_csv(tmp_path / "gains.csv")
    at = next(at for at, row in enumerate(rows) if "With 1 more" in row)
    for row, (_, said) in zip(rows[at + 1 :], gains.iterrows(), strict=False):
        shares = [percent(said[name]) for name in ("p_reach", "with_1", "with_2", "with_3")]
        assert row[:-1] == [said["name"], *shares, str(said["more"])]
    changes = pd.read_csv(tmp_path / "changes.csv")
    at = next(at for at, row in enumerate(rows) if "Standing before" in row)
    told = {row[0]: row[-1] for row in rows[at + 1 :]}
    own = changes[changes["moved"] | (changes["so_far"] != changes["so_far_before"])]
    assert told == own[own["unit"].astype(str) != "38"].set_index("name")["why_en"].to_dict()
    assert told


def test_the_long_table_gives_the_outlooks_probabilities(tmp_path):
    outlook = pack(tmp_path)
    long = pd.read_csv(tmp_path / "forecast.csv", dtype={"unit": str, "output_type_id": str})
    prob = long[long["output_type"] == "prob"].set_index("unit")
    assert prob["value"].to_dict() == outlook.table["p_reach"].to_dict()
    assert prob["output_type_id"].to_dict() == outlook.table["target"].astype(str).to_dict()


def test_the_pinned_columns_of_the_outlook():
    pinned = (
        "unit,name,level,so_far,target,median,lower,upper,p_reach,shortfall,needed_per_month,pace,naive,flag"
    )
    assert ",".join(["unit", *writing.OUTLOOK]) == pinned


def test_the_same_inputs_give_the_same_bytes(tmp_path):
    pack(tmp_path / "a")
    pack(tmp_path / "b")
    for name in (path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.*")):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("doubtful", [True, False])
def test_probabilities_that_were_no_guide_are_warned_of_where_they_rank_the_units(tmp_path, lang, doubtful):
    with set_options(lang=lang):
        pack(tmp_path, doubtful=doubtful)
    page = (tmp_path / "meeting.html").read_text(encoding="utf-8")
    answer = page[page.index('<section class="answer"') : page.index("</section>")]
    cells = next(
        load_workbook(tmp_path / "meeting.xlsx").worksheets[0].iter_cols(max_col=1, values_only=True)
    )
    note = [paragraph.text for paragraph in Document(tmp_path / "meeting.docx").paragraphs]
    with set_options(lang=lang):
        before = label("doubt", section="|").partition("|")[0]
    told = [text for text in (*re.findall(r'href="#trust">(.*?)</a>', answer), *cells, *note) if text]
    with set_options(lang=lang):
        sections = [label(key) for key in ("page_trust", "sheet_notes", "memo_sources")]
    found = [unescape(text).rstrip('".') for text in told if unescape(text).startswith(before)]
    assert found == ([before + section for section in sections] if doubtful else [])
    assert page.count('id="trust"') == 1


def test_the_page_leads_to_the_page_of_every_notebook(tmp_path):
    with set_options(lang="en"):
        pack(tmp_path)
    text = (tmp_path / "meeting.html").read_text(encoding="utf-8")
    assert re.findall(r'<a href="([^#].*?)">(.*?)</a>', text) == [
        ("notebooks/380.html", "Ngọc Lặc"),
        ("notebooks/389.html", "Cẩm Thủy"),
        ("notebooks/390.html", "Hà Trung"),
        ("province.html", "Tỉnh Thanh Hóa"),
    ]


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_hostile_names_stay_text_everywhere(tmp_path, lang):
    with set_options(lang=lang):
        outlook = pack(tmp_path, HOSTILE)
    cells = Cells((tmp_path / "meeting.html").read_text(encoding="utf-8"))
    assert cells.tags.count("img") == 3
    shown = [name.replace("\u202e", "") for name in HOSTILE]  # what turns the direction of text is taken out
    assert [row[0] for row in cells.rows[1:4]] == shown
    for sheet in load_workbook(tmp_path / "meeting.xlsx").worksheets:
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            assert cell.data_type in ("s", "n")
            assert cell.hyperlink is None
    with set_options(lang=lang):
        assert "<img" not in headline(outlook, "389")._repr_html_()
        assert "<img" not in table(outlook).to_html()


def test_a_report_says_the_draws_and_the_seed_that_its_forecast_has(tmp_path, province, projection):
    names = ocop.write_report(tmp_path, province, projection, budget=1_500_000_000)
    assert {"meeting.html", "plan.csv"} <= {*names}
    assert "<dd>1000; 2024</dd>" in (tmp_path / "meeting.html").read_text(encoding="utf-8")


def test_the_page_asks_nothing_of_the_network(tmp_path):
    pack(tmp_path)
    page = (tmp_path / "meeting.html").read_text(encoding="utf-8")
    assert "Content-Security-Policy" in page
    assert not re.search(r"src=\"(?!data:)|href=\"(?!#trust|notebooks/|province\.html)", page)
    (script,) = re.findall("<script>(.*?)</script>", page, re.S)
    known = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{known}'" in page


def test_the_headline_says_province_naive_and_needy():
    outlook = Outlook.of(small_forecast(), small_targets())
    row = outlook.province
    with set_options(lang="en"):
        said = headline(outlook)
    assert said.startswith(
        f"Tỉnh Thanh Hóa, 2024: {row['so_far']} of 12 newly recognised products by September 2024."
    )
    assert f"interval {row['lower']:.0f}–{row['upper']:.0f}" in said
    assert "(naive)" in said
    assert "Of 3 units:" in said


def test_at_a_day_the_page_names_it_and_the_workbook_shows_its_month_twice(tmp_path):
    forecast, targets = small_forecast(as_of="2024-09-19"), small_targets()
    outlook = Outlook.of(forecast, targets)
    writing.write(tmp_path, Pack(outlook, certified(outlook), gains(outlook)))
    assert "tính đến ngày 19/9/2024" in (tmp_path / "meeting.html").read_text(encoding="utf-8")
    rows = list(load_workbook(tmp_path / "meeting.xlsx")["Tháng"].iter_rows(values_only=True))
    heads = ["2024-09 (đến hết ngày 19/9/2024)", "2024-09 (phần còn lại, dự kiến)", "2024-10 (dự kiến)"]
    assert list(rows[0][10:13]) == heads
    assert rows[1][10] == forecast.panel.loc["2024-09", "380"]
    assert rows[1][11] == pytest.approx(forecast.draws[:, 0, 0].mean())


def test_without_any_target_the_headline_says_so():
    outlook = Outlook.of(small_forecast(), small_targets(target=(None, None, None)))
    with set_options(lang="en"):
        said = headline(outlook)
    assert "there is no target." in said
    assert "3 without a target" in said
    assert "support" not in said


def test_where_some_targets_are_missing_the_headline_says_how_many_there_are():
    outlook = Outlook.of(small_forecast(), small_targets(target=(6, None, 3)))
    with set_options(lang="en"):
        assert "Only 2 of 3 units have a target" in headline(outlook)


def test_before_the_years_first_month_there_is_no_straight_line_in_the_headline():
    outlook = Outlook.of(small_forecast(), small_targets())
    outlook.table["naive"] = float("nan")
    with set_options(lang="en"):
        assert "naive" not in headline(outlook)


def test_certainty_is_shown_as_more_than_99_per_cent():
    forecast = small_forecast()
    outlook = Outlook.of(forecast, small_targets(target=(0, 1, 999)))
    outlook.table.loc["389", ["so_far", "p_reach"]] = [0, 0.999]
    with set_options(lang="en"):
        shown = table(outlook)["Probability of meeting the target"]
    assert shown.iloc[:3].tolist() == ["attained", ">99\u00a0%", "<1\u00a0%"]


def test_what_would_help_is_said_only_where_it_can_be_said():
    def said(target):
        forecast = small_forecast()
        outlook = Outlook.of(forecast, small_targets(target=target))
        with set_options(lang="en"):
            return Pack(outlook, certified(outlook), gains(outlook)).gain_sentences[0]

    assert said((None, None, None)).startswith("There is no target")
    assert said((0, 0, 0)).startswith("No unit is short")
    assert said((99, 99, 99)).startswith("One more product raises no unit")
    assert "adds most" in said((9, 6, 6))
