"""How results look in JupyterLab: whole, aligned, coloured, and never more than text."""

import pickle
import re
from html import unescape
from html.parser import HTMLParser

import pandas as pd
import pytest
from conftest import small_forecast, small_targets
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell

import ocop_forecast as ocop
from ocop_forecast import display
from ocop_forecast.display import Table
from ocop_forecast.i18n.catalogue import set_options
from ocop_forecast.planning.attainment import attainment
from ocop_forecast.planning.changes import Earlier, changes
from ocop_forecast.planning.coverage import coverage
from ocop_forecast.planning.outlook import Outlook
from ocop_forecast.reporting.reasons import reasons
from ocop_forecast.tables.certificates import stock

EVIL = '<script>alert(1)</script><img src=x onerror="alert(2)">'


class Page(HTMLParser):
    """The tags of a page, and the texts of its tables' rows."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.rows, self.inside = [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.inside = True

    def handle_endtag(self, tag):
        self.inside &= tag not in ("td", "th")

    def handle_data(self, text):
        if self.inside:
            self.rows[-1][-1] += text


@pytest.fixture(scope="module")
def results(province, projection):
    """Name -> every kind of result of the embedded data."""
    assessed = ocop.assess(projection, province)
    outlook, plan = assessed.table, ocop.support(assessed, budget=1.5e9)
    return {
        "province": province,
        "panel": province.panel,
        "stock": stock(province.register),
        "results": projection.results,
        "projection": projection,
        "forecast": projection.forecast,
        "outlook": outlook,
        "flags": reasons(assessed),
        "table": ocop.table(assessed),
        "assessed": assessed,
        "coverage": coverage(projection, assessed),
        "plan": plan,
        "scenario": ocop.scenario(projection, support=plan),
        "headline": ocop.headline(assessed),
        "advice": ocop.advice(plan),
    }


NAMES = ["province", "panel", "stock", "results", "projection", "forecast", "outlook", "flags", "table"]
NAMES += ["assessed", "coverage", "plan", "scenario", "headline", "advice"]
FORMATTER = InteractiveShell.instance().display_formatter


@pytest.mark.parametrize("name", NAMES)
def test_every_result_shows_itself(results, name):
    """IPython, asked as JupyterLab asks it, takes our HTML and warns of nothing."""
    data, _ = FORMATTER.format(results[name])
    assert data["text/html"] == results[name]._repr_html_()
    page = Page(data["text/html"])
    assert not {tag for tag, _ in page.tags} & {"script", "style", "img", "svg", "iframe"}
    assert all(len(row) == len(page.rows[0]) for row in page.rows) or data["text/html"].count("<table") > 1


def test_an_outlook_says_its_figures_as_the_page_does(results):
    rows = {row[0]: row for row in Page(results["assessed"]._repr_html_()).rows if row}
    head, outlook = rows["unit"], results["outlook"]
    assert not results["assessed"].earned
    at = {name: head.index(name) for name in outlook.columns}
    for unit, row in outlook.iterrows():
        shown = rows[unit]
        assert shown[at["name"]] == row["name"]
        assert shown[at["target"]] == f"{row['target']:d}"
        said = results["table"].loc[unit].iloc[5]
        assert shown[at["p_reach"]] == said or row["so_far"] >= row["target"]
        assert shown[at["shortfall"]] == f"{row['shortfall']:.2f}"


@pytest.mark.parametrize("name", ["flags", "table"])
def test_flags_are_coloured_in_either_form(results, name):
    page = results[name]._repr_html_()
    counts = results["flags"]["flag"].value_counts()
    assert {flag: page.count(f'class="flag {flag}"') for flag in counts.index} == counts.to_dict()


def test_numbers_stand_right_and_words_left(results):
    page = results["flags"].assign(count=1)._repr_html_()
    cells = re.findall(r"<td( class=\"text\")? style=\"text-align:(\w+)", page)
    assert len(cells) == 4 * len(results["flags"])  # of the two reasons, the one in the reader's language
    assert all((wordy != "") == (side == "left") for wordy, side in cells)
    assert sum(side == "right" for _, side in cells) == len(results["flags"])


def test_a_row_turned_on_its_side_reads_the_same(results):
    turned = results["outlook"].loc[["389"]].T
    rows = {row[0]: row[1] for row in Page(turned._repr_html_()).rows}
    assert rows["p_reach"] == display.cell(["p_reach"], results["outlook"].loc["389", "p_reach"]).text
    assert rows["p_reach"].endswith("%")


def test_of_two_languages_the_readers_is_shown(results, monkeypatch):
    flags = results["flags"]
    for lang, other in (("vi", "en"), ("en", "vi")):
        monkeypatch.setenv("OCOP_LANG", lang)
        assert Page(flags._repr_html_()).rows[0] == ["unit", "name", "flag", f"reason_{lang}"]
        alone = flags[[f"reason_{other}"]]
        assert Page(alone._repr_html_()).rows[0] == ["unit", f"reason_{other}"]


def test_a_panel_shows_its_latest_months_and_its_whole_sum(province):
    panel = province.panel
    rows = Page(panel._repr_html_()).rows
    assert [row[0] for row in rows[2:]] == [str(month) for month in panel.index[-display.MONTHS :]]
    assert rows[1][0] == "…"
    assert f"sum&nbsp;<strong>{panel.to_numpy().sum()}</strong>" in panel._repr_html_()
    last = [0 if text == "·" else int(text) for text in rows[-1][1:]]
    assert last == panel.iloc[-1].tolist()


def test_months_of_words_are_a_table_like_another():
    table = Table({"what": ["a", "b"]}, index=pd.period_range("2024-01", periods=2, freq="M"))
    assert Page(table._repr_html_()).rows[1:] == [["2024-01", "a"], ["2024-02", "b"]]


def test_what_is_too_long_or_wide_shows_its_ends():
    table = Table([[f"{row}-{column}" for column in range(300)] for row in range(300)])
    page = table._repr_html_()
    rows = Page(page).rows
    assert len(rows) == 2 * display.ENDS + 2
    assert {len(row) for row in rows} == {2 * display.ENDS + 2}
    assert rows[1][1] == "0-0"
    assert rows[-1][-1] == "299-299"
    assert "rows&nbsp;<strong>300</strong> · columns&nbsp;<strong>300</strong>" in page


@given(st.text(), st.text(), st.one_of(st.none(), st.floats(), st.integers(), st.text(), st.lists(st.text())))
def test_nothing_acts_whatever_a_table_holds(column, label, value):
    table = Table({column: pd.Series([value, EVIL], dtype=object, index=[label, EVIL])})
    table.attrs = {"from": EVIL}
    tags = {tag for tag, _ in Page(table._repr_html_()).tags}
    assert tags <= {"table", "thead", "tbody", "tr", "th", "td", "p", "small", "strong", "span"}


def test_names_in_objects_are_escaped():
    """A unit's code is whatever a file says."""
    units = (EVIL, "389", "390")
    forecast, targets = small_forecast(units=units), small_targets(units=units)
    trend = ocop.TrendModel(forecast.panel, targets).fit()
    outlook = Outlook.of(forecast, targets)
    plan = ocop.support(outlook, budget=50_000_000)
    for shown in (forecast, trend, plan, outlook, outlook.table):
        tags = {tag for tag, _ in Page(shown._repr_html_()).tags}
        assert not tags & {"script", "img"}
        assert "&lt;script&gt;" in shown._repr_html_()


def test_what_is_taken_from_a_table_keeps_its_face_and_its_numbers(results):
    outlook = results["outlook"]
    some = outlook.query("p_reach < 0.3").sort_values("p_reach")[["name", "p_reach"]]
    assert isinstance(some, Table)
    assert isinstance(outlook.join(results["flags"]["flag"]), Table)
    again = pickle.loads(pickle.dumps(outlook))
    pd.testing.assert_frame_equal(again, outlook)
    assert again._repr_html_() == outlook._repr_html_()
    assert pd.DataFrame(outlook).to_csv() == outlook.to_csv()


def test_a_summary_says_the_same_in_both_forms(projection, monkeypatch):
    monkeypatch.setenv("OCOP_LANG", "en")
    results = projection.results
    text, page = results.summary(), results._repr_html_()
    for said in ("Trend of monthly counts", *re.findall(r"[\d.]+%", text.split("=" * 78)[1])):
        assert said in text
        assert said in page
    for factor in results.month_factors:
        assert f">{factor:.2f}<" in page
    assert page.count("Note: ") == len(results.notes) == text.count("Note: ")


class TestMistakes:
    """A user's mistake in a notebook is told in the words of the terminal, without a traceback."""

    @pytest.fixture
    def shell(self, province, projection):
        shell = InteractiveShell.instance()
        outlook = ocop.assess(projection, province)
        known = {"ocop": ocop, "province": province, "projection": projection, "outlook": outlook}
        shell.push(known | {"attainment": attainment})
        return shell

    def told(self, shell, capsys, code):
        done = shell.run_cell(code)
        assert isinstance(done.error_in_exec, ocop.OcopError)
        return capsys.readouterr().out.strip(), done.error_in_exec

    @pytest.mark.parametrize(
        ("code", "said"),
        [
            ("ocop.read_province('nowhere')", "nowhere"),
            ("ocop.read_province(as_of='2024-13')", "2024-13"),
            ("province.unit('Ngọc Lắp')", "Ngọc Lặc"),
            ("projection.forecast.plot('Ngọc Lặc')", "province.unit"),
            ("attainment(projection.forecast, province.targets, level=80)", "0.8"),
            ("ocop.support(outlook, budget=-1)", "budget"),
            ("ocop.scenario(projection, targets={'999': 2})", "999"),
            ("ocop.TrendModel(province.panel.iloc[[0, 2]])", "2019-01"),
            ("ocop.Rule(on_track=1.2)", "1.2"),
            ("ocop.support(outlook, budget='1,5 tỷ')", "1,5 tỷ"),
            ("attainment(projection.forecast, province.targets[['unit', 'year']])", "target"),
            ("attainment(projection.forecast, 'data/targets.csv')", "year"),
            ("ocop.scenario(projection, targets={'389': 'hai'})", "0"),
            ("ocop.scenario(projection, rounds='2030-01-01')", "2030-01-01"),
            ("ocop.headline(outlook, 'Nơi khác')", "Nơi khác"),
        ],
    )
    @pytest.mark.parametrize("lang", ["vi", "en"])
    def test_a_mistake_is_told_in_words(self, shell, capsys, monkeypatch, code, said, lang):
        monkeypatch.setenv("OCOP_LANG", lang)
        words, error = self.told(shell, capsys, code)
        with set_options(lang=lang):
            assert words == error.tell()
        assert said in words
        assert "Traceback" not in words
        assert len(words.splitlines()) <= 3

    def test_a_defect_keeps_its_traceback(self, shell, capsys):
        assert not shell.run_cell("1 / 0").success
        assert "ZeroDivisionError" in (said := capsys.readouterr().out)
        assert "Traceback" in said


def test_help_of_every_public_name_has_an_example():
    """`?` in JupyterLab shows the docstring; an error has none to give."""
    missing = [
        name
        for name in ocop.__all__
        if ">>> " not in getattr(ocop, name).__doc__ and not issubclass_of_error(getattr(ocop, name))
    ]
    assert missing == []


def issubclass_of_error(value):
    return isinstance(value, type) and issubclass(value, Exception)


def test_tab_completes_the_public_names():
    assert set(ocop.__all__) <= set(dir(ocop))


PLAIN = ("province", "model", "projection", "forecast", "assessed", "plan", "scenario", "changes")


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_in_plain_text_a_result_says_the_same_in_a_dozen_lines(results, lang):
    was = Earlier(results["forecast"], results["outlook"].assign(flag=results["assessed"].flags["flag"]))
    model, since = ocop.TrendModel(results["panel"]), changes(results["assessed"], was)
    for one in ({**results, "model": model, "changes": since}[name] for name in PLAIN):
        with set_options(lang=lang):
            lines, page = repr(one).splitlines(), unescape(one._repr_html_()).replace("\u202f", " ")
        assert 3 <= len(lines) <= display.LINES
        assert all(len(line) <= display.WIDTH for line in lines)
        assert lines[0] in page
        words = re.split(r" {2,}", "  ".join(lines[-2:]).strip())
        assert {word for word in words if word not in page and word != "…"} == set()


def test_a_projection_says_what_it_rests_on_and_draws_itself(projection):
    said = projection.summary()
    assert f"{projection.source.weight:.2f}" in said
    assert projection.results.summary() in said
    title = projection.forecast.plot("389", name="Ngọc Lặc").get_title()
    assert projection.plot("389", name="Ngọc Lặc").get_title() == title
