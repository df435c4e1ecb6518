"""The country's page, workbook and table: one set of figures, said alike, in both languages."""

from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from browsers import barriers, opened, overhang
from openpyxl import load_workbook

from ocop_forecast.i18n.catalogue import LANGUAGES, label, set_options
from ocop_forecast.i18n.formats import interval, number
from ocop_forecast.planning.nation import Country, Member
from ocop_forecast.reporting.nation import BEFORE, QUALITY, Nation, change, quality, write
from ocop_forecast.settings import Settings

NAMES = {"01": "Hà Nội", "38": "Tỉnh <b>Thanh Hóa", "40": "Nghệ An", "79": "=1+1"}
TARGETS = (1500, 9, pd.NA, 4)
FLAGS = ("at_risk", "needs_support", "no_target", "attained")
EARNED = (True, False, True, True)
REFUSED = {"Bắc Ninh": "register.csv: no <rows>"}


def member(at, code):
    """A province whose total lies around its target."""
    rng = np.random.default_rng(at)
    totals = rng.poisson(1450 if at == 0 else 8, 400) + 4
    figures = np.quantile(totals, [0.5, 0.1, 0.9], method="inverted_cdf").tolist()
    row = {"name": NAMES[code], "so_far": 4, "target": TARGETS[at], "flag": FLAGS[at]}
    row |= dict(zip(("median", "lower", "upper"), figures, strict=True))
    row["p_reach"] = np.nan if at == 2 else float((totals >= TARGETS[at]).mean())
    past = pd.Series([0.2, 0.7], [2022, 2023]) if at < 2 else pd.Series(dtype=float)
    return Member(code, pd.Series(row), totals, EARNED[at], past)


def facts(codes):
    """What is told of each; the first had a run before."""
    rows = pd.DataFrame(0, codes, QUALITY).assign(rows=30, new=20, as_of=pd.Period("2024-08"))
    rows["page"] = [f"../{code}/2024-08/meeting.html" for code in codes]
    rows[BEFORE] = [("needs_support", 0.1, 1), *[(None, np.nan, np.nan)] * (len(codes) - 1)]
    rows.loc[codes[-1], ["reconstructed", "left_out", "silent", "failed"]] = (5, 2, 1, 3)
    return rows


def made(codes=tuple(NAMES), refused=REFUSED, lang="en", **terms):
    """A summary of four provinces, or of some of them."""
    country = Country.of([member([*NAMES].index(code), code) for code in codes], 1, 2024)
    return Nation(country, facts([*codes]), refused, Settings(lang=lang), **terms)


class Cells(HTMLParser):
    """The rows of a page's first table."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.cell = [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.cell = tag

    def handle_endtag(self, tag):
        self.cell = None if tag == self.cell else self.cell

    def handle_data(self, data):
        if self.cell:
            self.rows[-1][-1] += data


@pytest.mark.parametrize("lang", LANGUAGES)
def test_page_workbook_and_table_say_the_same(tmp_path, lang):
    with set_options(lang=lang):
        nation = made(lang=lang)
        assert write(tmp_path, nation) == ["nation.csv", "nation.xlsx", "nation.html"]
        page = Cells((tmp_path / "nation.html").read_text(encoding="utf-8")).rows
        sheet = load_workbook(tmp_path / "nation.xlsx")[label("sheet_provinces")]
        books = {row[0]: row for row in sheet.iter_rows(values_only=True)}
        table = pd.read_csv(tmp_path / "nation.csv", dtype={"province": str}, keep_default_na=False)
        table = table[~table["province"].isin(["country_independent", "country_as_one", *REFUSED])]
        shown = {row[0]: row for row in page[1:]}
        for _, row in table.iterrows():
            of = {
                name: float(row[name] or "nan") for name in ("so_far", "target", "median", "lower", "upper")
            }
            written = [number(of[name]) for name in ("so_far", "target", "median")]
            assert shown[row["name"]][2:6] == [*written, interval(of["lower"], of["upper"])]
            held = [np.nan if value is None else value for value in books[row["name"]][2:7]]
            assert held == pytest.approx([*of.values()], nan_ok=True)
        assert shown["Bắc Ninh"][-1] == books["Bắc Ninh"][-1] == REFUSED["Bắc Ninh"]


def test_chances_are_said_as_each_province_has_earned(tmp_path):
    with set_options(lang="en"):
        write(tmp_path, made())
        page = {row[0]: row for row in Cells((tmp_path / "nation.html").read_text(encoding="utf-8")).rows}
    assert page["Hà Nội"][6].endswith("%")
    assert page["Tỉnh <b>Thanh Hóa"][6] in ("low", "middle", "high")
    assert page["=1+1"][6] == "attained"
    assert page["4 provinces together"][6] in ("low", "middle", "high")


def test_those_in_need_come_first_and_who_is_refused_last():
    assert [*made().table.index] == ["38", "01", "40", "79"]


def test_the_headline_tells_who_is_left_out():
    nation = made()
    said = nation.headline.splitlines()
    assert said[0].startswith("4 provinces together, 2024: 12 of 1,513 newly recognised products")
    assert (
        said[1] == "Of 4 provinces: 1 in need of support, 1 at risk, 1 without a target, 1 already attained."
    )
    assert "Bắc Ninh" in said[2]
    assert said[3].startswith("No target: Nghệ An. What is recognised there (4 so far)")
    assert said[4] == "3 notebooks failed"


def test_a_headline_is_in_the_language_of_the_runs():
    with set_options(lang="en"):
        assert made(lang="vi").headline.startswith("Gộp 4 tỉnh")


def test_what_is_shared_is_told_as_learned_or_as_assumed():
    with set_options(lang="en"):
        learned, assumed = made().grounds(), made(codes=("40", "79")).grounds()
        assert learned[0].startswith("In past years (2022, 2023; 4 forecasts of provinces) about ")
        assert assumed[0].startswith("Assumption: about 30% of a province's doubt is common")
        assert "Tỉnh <b>Thanh Hóa" in learned[2]
        assert made(codes=("40",)).grounds() == [label("nation_alone")]


def test_a_change_is_told_as_the_provinces_page_tells_it():
    with set_options(lang="en"):
        table = made().table
        now = table.loc["01", "p_reach"]
        assert change(table.loc["01"]) == f"+3; needs support → at risk; chance 10% → {100 * now:.0f}%"
        assert change(table.loc["38"]) == "–"


def test_the_books_of_a_province_are_told():
    with set_options(lang="en"):
        said = quality(made().table.loc["79"])
    assert said == (
        "20 of 30 rows newly recognised; 2 rows left out; 1 unit has not reported; 3 notebooks failed; "
        "25% of these reconstructed"
    )


def test_made_up_data_are_marked(tmp_path):
    with set_options(lang="en"):
        write(tmp_path, made(mark=label("demo_mark")))
    page = (tmp_path / "nation.html").read_text(encoding="utf-8")
    assert page.count("ILLUSTRATIVE DATA, NOT REAL") >= 2


def test_the_same_summary_gives_the_same_bytes(tmp_path):
    for name in ("one", "other"):
        write(tmp_path / name, made())
        for path in (tmp_path / name).iterdir():
            assert path.read_bytes() == (tmp_path / "one" / path.name).read_bytes()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_has_no_barriers_and_asks_for_nothing(tmp_path, chromium, lang):
    with set_options(lang=lang):
        write(tmp_path, made(lang=lang))
    for width in (390, 1280):
        with opened(chromium, tmp_path / "nation.html", width) as sight:
            sight.page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
            assert barriers(sight.page) == []
            assert overhang(sight.page) == 0
            assert (sight.told, sight.asked) == ([], [])
            links = sight.page.locator("#units th a").evaluate_all(
                "all => all.map(a => a.getAttribute('href'))"
            )
            assert links[0] == "../38/2024-08/meeting.html"
            assert sight.page.locator("b").count() == 0


def test_nothing_in_the_workbook_is_a_formula(tmp_path):
    write(tmp_path, replace(made(), refused={"=2+2": "=3+3"}))
    book = load_workbook(tmp_path / "nation.xlsx")
    assert [cell.value for sheet in book for row in sheet for cell in row if cell.data_type == "f"] == []
