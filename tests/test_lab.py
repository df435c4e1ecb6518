"""Notebooks in JupyterLab, in a real browser: they run whole, and their controls do what they say."""

import re

import pytest
from lab import errors, notebook, served
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with served(tmp_path_factory.mktemp("lab")) as running:
        yield running


def test_the_controls_redraw_plan_and_map(chromium, lab):
    """The sliders, moved by the keyboard, and the list change words, table and picture, without an error."""
    with notebook(chromium, lab, "06_support.ipynb") as page:
        shown = page.locator(".widget-vbox .widget-html-content").last
        money, effect = page.locator(".widget-hslider .noUi-handle").all()
        expect(shown).to_contain_text("1.500 triệu đồng")
        expect(shown).to_contain_text("xác suất 39")
        maps = [_picture(shown)]
        for _ in range(10):
            money.press("ArrowLeft")
        expect(shown).to_contain_text("Với 1.000 triệu đồng, hỗ trợ 20 hồ sơ")
        maps.append(_picture(shown))
        for _ in range(5):
            effect.press("ArrowRight")
        expect(shown).to_contain_text("xác suất 44")
        maps.append(_picture(shown))
        page.locator(".widget-dropdown select").select_option(label="xác suất của cả tỉnh cao nhất")
        expect(shown).to_contain_text("xác suất cả tỉnh đạt chỉ tiêu tăng")
        page.screenshot(path=str(lab.folder / "support.png"))
        assert len(set(maps)) == 3
        assert errors(page) == []


def _picture(shown):
    return re.search(r'src="(data:image/svg[^"]+)"', shown.inner_html())[1]
