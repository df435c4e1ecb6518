"""Notebooks in JupyterLab, in a real browser: they run whole, and their controls do what they say."""

import re

import pytest
from lab import errors, notebook, pictures, served
from playwright.sync_api import expect
from test_notebooks import NAMES, PICTURES

expect.set_options(timeout=120_000)  # a busy machine is no failure
LATER = {"03_district": 2, "06_support": 1}  # pictures that the controls hold for a reader


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with served(tmp_path_factory.mktemp("lab")) as running:
        yield running


def choose_a_district(page):
    """Choose two districts one after the other: words and pictures are theirs."""
    units = page.locator(".widget-dropdown select").first
    shown = page.locator(".widget-vbox .widget-html-content").first
    expect(shown.locator("img")).to_have_count(2)
    drawn = []
    for name in ("Cẩm Thủy", "Quan Hóa"):
        units.select_option(label=name)
        expect(shown).to_contain_text(f"{name}:")
        expect(shown.locator("img")).to_have_count(2)
        drawn.append(_pictures(shown))
    assert not set(drawn[0]) & set(drawn[1])


def choose_a_district_and_a_target(page):
    """The sheet is the chosen district's; another target is told for the one that is chosen for it."""
    choose_a_district(page)
    move_the_target(page)


def move_the_target(page):
    """Another target of Ngọc Lặc: what it changes is told beside what is so now."""
    controls = page.locator(".widget-vbox").last
    shown = controls.locator(".widget-html-content").last
    controls.locator(".noUi-handle").last.press("ArrowLeft")
    expect(shown).to_contain_text("2 thay cho 3")
    expect(shown).to_contain_text("119 thay cho 120")


def move_the_controls(page):
    """The sliders, moved by the keyboard, and the list change words, table and picture."""
    shown = page.locator(".widget-vbox .widget-html-content").first
    money, effect, _ = page.locator(".widget-hslider .noUi-handle").all()
    expect(shown).to_contain_text("1.500 triệu đồng")
    expect(shown).to_contain_text("xác suất 39")
    maps = [*_pictures(shown)]
    for _ in range(10):
        money.press("ArrowLeft")
    expect(shown).to_contain_text("Với 1.000 triệu đồng, hỗ trợ 20 hồ sơ")
    maps += _pictures(shown)
    for _ in range(30):  # so far that the map, which knows three bands alone, must change
        effect.press("ArrowRight")
    expect(shown).to_contain_text("xác suất 69")
    maps += _pictures(shown)
    page.locator(".widget-dropdown select").first.select_option(label="xác suất của cả tỉnh cao nhất")
    expect(shown).to_contain_text("khả năng cả tỉnh đạt chỉ tiêu")
    assert len(set(maps)) == len(maps) == 3
    move_the_target(page)


def _pictures(shown):
    return re.findall(r'src="(data:image/svg[^"]+)"', shown.inner_html())


TRIED = {
    "02_trend": choose_a_district,
    "03_district": choose_a_district_and_a_target,
    "06_support": move_the_controls,
}


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs_whole_in_the_browser(chromium, lab, name):
    with notebook(chromium, lab, f"{name}.ipynb") as page:
        assert errors(page) == []
        assert pictures(page) == PICTURES[name] - LATER.get(name, 0)
        if name != "00_start":
            assert "Ctrl+Home" in page.locator(".jp-Notebook .jp-CodeCell").last.inner_text()
        if name in TRIED:
            TRIED[name](page)
            page.locator(".widget-vbox").first.screenshot(path=str(lab.folder / f"{name}-controls.png"))
        page.screenshot(path=str(lab.folder / f"{name}.png"))
        assert errors(page) == []


def test_a_mistake_is_told_in_a_sentence_and_stops_the_notebook(chromium, lab):
    """As in the terminal: no traceback, and the cells below do not run on."""
    path = lab.folder / "notebooks" / "mistaken.ipynb"
    told = (path.parent / "03_district.ipynb").read_text(encoding="utf-8")
    path.write_text(told.replace('unit: str = \\"389\\"', 'unit: str = \\"Ngọc Lắp\\"'), encoding="utf-8")
    with notebook(chromium, lab, path.name, stopped=True) as page:
        (said,) = errors(page)
        assert said.startswith('"Ngọc Lắp" không phải là đơn vị nào')
        assert len(said.splitlines()) == 1
        assert pictures(page) == 0
