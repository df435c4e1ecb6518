"""Controls without a browser: what they show, what they keep, and that they stay away where nobody is."""

import re
import shutil
from dataclasses import replace
from html import unescape

import nbformat
import pytest
from papermill import execute_notebook

import ocop_forecast as ocop
from ocop_forecast import style
from ocop_forecast.batch import monthly
from ocop_forecast.i18n.catalogue import set_options
from ocop_forecast.planning.outlook import Outlook
from ocop_forecast.reporting import widgets


@pytest.fixture(scope="module")
def answer(province, projection):
    return ocop.assess(projection, province)


@pytest.fixture
def reader(monkeypatch):
    """Somebody at JupyterLab."""
    monkeypatch.setenv("JPY_SESSION_NAME", "notebooks/03_district.ipynb")
    style.offscreen()


@pytest.fixture
def districts(reader, province, answer):
    with set_options(lang="en"):
        return widgets.district_chooser(answer, province, "389")


def test_the_chosen_district_is_told_and_drawn_and_another_in_its_place(districts, answer, province):
    units, shown = districts.children
    assert [unit for _, unit in units.options] == [*province.units.index]
    assert units.value == "389"
    first = shown.value
    with set_options(lang="en"):
        assert ocop.headline(answer, "389") in unescape(first)
        assert len(re.findall(r'<img src="data:image/svg\+xml;base64,[\w+/=]+" alt="Ngọc Lặc: ', first)) == 2
        units.value = "390"
    assert "Cẩm Thủy" in shown.value
    assert "Ngọc Lặc" not in shown.value
    units.value = "389"
    assert shown.value is first  # drawn once


def test_while_it_computes_it_says_so_and_what_was_there_fades(reader, projection, answer, province):
    seen = []
    units, target, shown = widgets.target_controls(answer, lambda: projection, "389").children
    shown.observe(lambda change: seen.append(change["new"]), "value")
    with set_options(lang="en"):
        target.value = 2
        assert "with a target of 2 in place of 3" in shown.value
        assert "119 in place of 120" in shown.value
        assert len(seen) == 2
        assert "Computing" in seen[0]
        assert "opacity" in seen[0]
        units.value = "400"
    assert target.value == 8
    assert "Ngọc Lặc" not in shown.value


def test_the_trend_of_the_chosen_district(reader, projection, province):
    with set_options(lang="en"):
        units, shown = widgets.trend_chooser(projection.results, projection.trend, province).children
        units.value = "389"
    results = projection.results
    assert f"{province.panel['389'].sum()} products from January 2019 to September 2024" in shown.value
    assert f"{100 * results.credibility['389']:.0f}%" in shown.value
    assert shown.value.count("<img ") == 2


@pytest.mark.parametrize("earned", [True, False])
def test_the_plans_table_says_a_chance_as_it_has_earned(reader, projection, province, earned):
    outlook = ocop.assess(replace(projection.forecast, earned=earned), province)
    with set_options(lang="en"):
        *_, shown = widgets.support_controls(outlook, budget=5e8).children
    table = shown.value[shown.value.index("<table") : shown.value.index("</table>")]
    assert ("%" in table) == earned
    assert (">low<" in table) != earned


def test_a_district_without_a_target_is_drawn_all_the_same(reader, projection, province):
    outlook = Outlook.of(projection.forecast, province.targets.query("unit != '389'"))
    _, shown = widgets.district_chooser(outlook, province, "389").children
    assert shown.value.count("<img ") == 2


def test_names_are_text(reader, projection, province, answer):
    table = answer.table.assign(name=answer.table["name"].replace("Ngọc Lặc", "<b>x</b>"))
    _, shown = widgets.district_chooser(replace(answer, table=table), province, "389").children
    assert "<b>" not in shown.value
    assert "&lt;b&gt;x" in shown.value


def test_nobody_before_the_notebook_no_controls(monkeypatch, projection, province, answer):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    assert widgets.district_chooser(answer, province, "389") is None
    assert widgets.target_controls(answer, lambda: projection, "389") is None
    assert widgets.closing("x") is None
    assert widgets.trend_chooser(projection.results, projection.trend, province) is None
    assert widgets.support_controls(answer, budget=0) is None


def test_under_papermill_the_controls_stay_away(tmp_path, undisturbed):
    """Notebook 03 as a batch runs it: nothing of a widget in it."""
    notebook = shutil.copy(monthly.NOTEBOOKS / "03_district.ipynb", tmp_path)
    told = {
        "unit": "389",
        "as_of": "2024-07",
        "data": str(undisturbed / "province.json"),
        "forecast": str(undisturbed),
    }
    execute_notebook(notebook, tmp_path / "done.ipynb", told, progress_bar=False)
    kinds = [
        kind
        for cell in nbformat.read(tmp_path / "done.ipynb", as_version=4).cells
        for output in cell.get("outputs", [])
        for kind in output.get("data", {})
    ]
    assert kinds.count("image/png") == 2
    assert not [kind for kind in kinds if "widget" in kind]
