"""The meeting pack: its three forms hold the same numbers, and text stays text."""

import base64
import hashlib
import re
from dataclasses import replace
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
from ocop_forecast.bands import band
from ocop_forecast.i18n.catalogue import label, set_options
from ocop_forecast.i18n.formats import percent
from ocop_forecast.planning.changes import Earlier, changes
from ocop_forecast.planning.gains import gains
from ocop_forecast.planning.outlook import Outlook
from ocop_forecast.reporting import writing
from ocop_forecast.reporting.advice import assumptions
from ocop_forecast.reporting.pack import Pack
from ocop_forecast.reporting.workbook import NUMBERS

CHANCE = "Probability of meeting the target"
BANDS = {"low", "middle", "high"}
HOSTILE = ["=cmd|' /C calc'!A0", "<img src=x onerror=alert(1)>", "$\\frac$ {{ 7*7 }} \u202eabc"]


@pytest.fixture(autouse=True)
def _offscreen():
    style.offscreen()


def pack(folder, names=("Ngọc Lặc", "Cẩm Thủy", "Hà Trung"), earned=True, target=(6, 3, 3), budget=0, **more):
    outlook = outlook_of(small_targets(target=target).assign(name=names), earned)
    terms = {"changes": changes(outlook, earlier()), "notes": {"seed": "1"}} | more
    terms |= {"plan": ocop.support(outlook, budget=budget)} if budget else {}
    writing.write(folder, Pack(outlook, certified(outlook), gains(outlook), **terms))
    return outlook


def outlook_of(targets, earned):
    """Return an outlook whose probabilities have earned to be shown in per cent, or have not."""
    return Outlook.of(replace(small_forecast(), earned=earned), targets)


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


@pytest.mark.parametrize("earned", [True, False])
def test_page_workbook_note_and_csv_hold_the_same_outlook(tmp_path, earned):
    outlook = pack(tmp_path, earned=earned, target=(6, 3, 999))
    with set_options(lang="vi"):
        shown = table(outlook)
    csv = pd.read_csv(tmp_path / "outlook.csv", dtype={"unit": str}).set_index("unit")
    assert list(csv.columns) == writing.OUTLOOK
    numbers = [name for name in csv.columns if name not in ("name", "level", "flag")]
    pd.testing.assert_frame_equal(outlook.table[numbers], csv[numbers], check_dtype=False, check_exact=True)

    rows = list(load_workbook(tmp_path / "meeting.xlsx")["Đơn vị"].iter_rows(min_row=2, values_only=True))
    rows = {row[0]: row[2:-1] for row in rows}
    assert {*rows} == {*outlook.table.index}
    for code, row in outlook.table.iterrows():
        known = dict(zip(NUMBERS, rows[code], strict=True))
        if not earned:
            assert known.pop("p_reach") == shown.loc[code, "Xác suất đạt chỉ tiêu"]
        figures = row[list(known)].astype(float)
        assert list(known.values()) == pytest.approx(list(figures), rel=1e-15)  # a workbook keeps 16 digits

    page = cells_of((tmp_path / "meeting.html").read_text(encoding="utf-8"), "Lý do")
    page["Tình trạng"] = page["Tình trạng"].str.replace(r"^\W+", "", regex=True)  # the mark of a flag
    both = [head for head in page.columns if head in shown.columns]
    assert {"Địa phương", "Đã công nhận", "Chỉ tiêu", "Xác suất đạt chỉ tiêu", "Tình trạng"} <= {*both}
    assert page[both].to_numpy().tolist() == shown[both].to_numpy().tolist()

    (note,) = [grid for grid in Document(tmp_path / "meeting.docx").tables if len(grid.columns) == 7]
    cells = [[cell.text for cell in row.cells] for row in note.rows]
    assert cells == [cells[0], *shown[cells[0]].to_numpy().tolist()]

    people = pd.read_csv(tmp_path / "meeting.csv", sep=";", encoding="utf-8-sig", dtype=str).set_index("Mã")
    assert people[shown.columns].to_dict("index") == shown.to_dict("index")


def test_the_csv_of_an_english_reader_has_commas_between_its_columns(tmp_path):
    with set_options(lang="en"):
        shown = table(pack(tmp_path))
    people = pd.read_csv(tmp_path / "meeting.csv", encoding="utf-8-sig", dtype=str)
    assert people[CHANCE].tolist() == shown[CHANCE].tolist()


def test_the_csv_of_people_says_what_is_attained_and_else_a_band_where_no_per_cent_is_earned(tmp_path):
    with set_options(lang="en"):
        outlook = pack(tmp_path, earned=False, target=(0, 999, 1))
    people = pd.read_csv(tmp_path / "meeting.csv", encoding="utf-8-sig", dtype={"Code": str})
    assert people.set_index("Code").loc[["380", "389"], CHANCE].tolist() == ["attained", "low"]
    machines = pd.read_csv(tmp_path / "outlook.csv")
    assert machines["p_reach"].tolist() == outlook.table["p_reach"].tolist()


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


def cells_of(page, head):
    """Return the rows of the page's table that has this heading, by the names of its columns."""
    rows = Cells(page).rows
    at = next(at for at, row in enumerate(rows) if head in row)
    length = next((n for n, row in enumerate(rows[at:]) if len(row) != len(rows[at])), None)
    return pd.DataFrame(rows[at:][1:length], columns=rows[at])


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_where_no_per_cent_is_earned_nothing_that_a_meeting_reads_says_one(tmp_path, lang):
    """Left are the level of an interval, what is assumed of support, and what other places lived."""
    with set_options(lang=lang):
        outlook = pack(tmp_path, earned=False, target=(9, 3, 6), budget=400_000_000)
        low, whole = label("band_low"), outlook.province
        assumed = assumptions(ocop.support(outlook, budget=400_000_000))
    effects = assumed[["value", "lowest", "highest"]].to_numpy(float).ravel()
    known = {*map(percent, effects), "80%"}
    assert percent(whole["p_reach"]) not in known
    page = (tmp_path / "meeting.html").read_text(encoding="utf-8")
    told = re.sub(r"<(style|script)>.*?</\1>|<(?!img)[^>]*>", " ", page, flags=re.S)
    shown = unescape(re.sub(r'<img .*?alt="(.*?)">', r"\1", told))
    book = load_workbook(tmp_path / "meeting.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.value for cell in cells if "%" in cell.number_format} <= {*effects}
    note = Document(tmp_path / "meeting.docx")
    said = [one.text for one in note.paragraphs]
    said += [cell.text for grid in note.tables for row in grid.rows for cell in row.cells]
    texts = [shown, *(str(cell.value) for cell in cells), *said]
    texts += [(tmp_path / "meeting.csv").read_text(encoding="utf-8-sig")]
    for text in texts:
        assert {*re.findall(r"[<>]?\d+\s?%", text)} <= known, text[:300]
    assert low in shown
    machines = pd.read_csv(tmp_path / "forecast.csv")  # what machines exchange stays as it is
    assert machines.loc[machines["output_type"] == "prob", "value"].nunique() > 1


def test_where_no_per_cent_is_earned_a_products_worth_is_told_by_bands_in_the_order_of_need(tmp_path):
    with set_options(lang="en"):
        outlook = pack(tmp_path, earned=False, target=(9, 3, 6))
    gained = pd.read_csv(tmp_path / "gains.csv").set_index("name")
    shown = cells_of((tmp_path / "meeting.html").read_text(encoding="utf-8"), "With 1 more")
    sheet = load_workbook(tmp_path / "meeting.xlsx")["Support"]
    rows = [row[1:6] for row in sheet.iter_rows(values_only=True)][-len(shown) :]
    assert rows == list(shown.iloc[:, :5].itertuples(index=False, name=None))
    chances = shown.iloc[:, 1:5]
    assert {*chances.to_numpy().ravel()} <= BANDS
    named = {"low": 0, "middle": 1, "high": 2}
    wanted = gained.loc[shown["Unit"], ["p_reach", "with_1", "with_2", "with_3"]]
    assert chances.map(named.get).to_numpy().tolist() == wanted.map(band).to_numpy().tolist()
    units = outlook.units.set_index("name")
    rows = units.loc[shown["Unit"][:-1]].itertuples()
    order = [(band(row.p_reach), row.so_far - row.target) for row in rows]
    assert order == sorted(order)
    assert shown["Unit"].iloc[-1] == outlook.province["name"]


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
@pytest.mark.parametrize("earned", [True, False])
def test_that_no_probability_has_earned_a_per_cent_is_told_behind_the_answers_first_sentence(
    tmp_path, lang, earned
):
    with set_options(lang=lang):
        first, second, *_ = headline(pack(tmp_path, earned=earned)).splitlines()
    page = (tmp_path / "meeting.html").read_text(encoding="utf-8")
    answer = page[page.index('<section class="poster"') : page.index("</section>")]
    with set_options(lang=lang):
        doubts, before = label("page_unproven"), label("doubt", section="|").partition("|")[0]
        sections = [label(key) for key in ("sheet_notes", "memo_sources")]
    assert [unescape(one) for one in re.findall(r'href="#trust">(.*?)</a>\.', answer)] == [doubts] * (
        not earned
    )
    assert page.count('id="trust"') == 1
    cells = next(
        load_workbook(tmp_path / "meeting.xlsx").worksheets[0].iter_cols(max_col=1, values_only=True)
    )
    note = [paragraph.text for paragraph in Document(tmp_path / "meeting.docx").paragraphs]
    for lines, section in zip(([text for text in cells if text], note), sections, strict=True):
        begun = lines[lines.index(first) :]
        told = [text.rstrip('".') for text in begun if text.startswith(before)]
        assert told == ([] if earned else [before + section])
        assert second in begun


def test_the_page_leads_to_the_pages_that_there_are(tmp_path):
    with set_options(lang="en"):
        pack(tmp_path, pages={"389": "notebooks/389.html", "province": "province.html"})
    text = (tmp_path / "meeting.html").read_text(encoding="utf-8")
    assert re.findall(r'<a href="([^#].*?)">(.*?)</a>', text) == [
        ("notebooks/389.html", "Cẩm Thủy"),
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
    assert not re.search(r"src=\"(?!data:)|href=\"(?!#|notebooks/|province\.html)", page)
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
    heads = ["tháng 9/2024 (đến hết ngày 19/9/2024)", "tháng 9/2024 (phần còn lại, dự kiến)"]
    assert list(rows[0][10:13]) == [*heads, "tháng 10/2024 (dự kiến)"]
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
    outlook = outlook_of(small_targets(target=(0, 1, 999)), earned=True)
    outlook.table.loc["389", ["so_far", "p_reach"]] = [0, 0.999]
    with set_options(lang="en"):
        shown = table(outlook)[CHANCE]
    assert shown[["380", "389", "390"]].tolist() == ["attained", ">99%", "<1%"]


def test_what_would_help_is_said_only_where_it_can_be_said():
    def said(target, earned=True):
        outlook = outlook_of(small_targets(target=target), earned)
        with set_options(lang="en"):
            return Pack(outlook, certified(outlook), gains(outlook)).gain_sentences[0]

    assert said((None, None, None)).startswith("There is no target")
    assert said((0, 0, 0)).startswith("No unit is short")
    assert said((99, 99, 99)).startswith("One more product raises no unit")
    told = said((9, 6, 6))
    assert "adds most" in told
    assert told.count("%") == 2
    told = said((9, 6, 6), earned=False)
    assert "cannot be said" in told
    assert "Huyện" not in told
