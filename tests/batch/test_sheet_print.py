"""A district's page in a real browser: one sheet of A4, nothing clipped, no list that is not there."""

import re

import pytest
from browsers import WIDTHS, barriers, opened, overhang
from offices import SETTINGS

from ocop_forecast.batch import monthly

A4 = {"format": "A4", "prefer_css_page_size": True}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The pages of a run on the example dossiers: a district with many, one without, the province."""
    folder = tmp_path_factory.mktemp("pages")
    terms = {"as_of": "2024-09", "dossiers": "example", "units": ["Hậu Lộc", "Thanh Hóa"]}
    settings = monthly.Settings(SETTINGS.draws, lang="vi", budget=1_500_000_000)
    return monthly.run_batch(**terms, out=folder, settings=settings).folder


def sheets(page) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(**A4)))


@pytest.mark.parametrize("unit", ["400", "380"])
def test_a_districts_page_is_one_sheet(chromium, made, unit):
    with opened(chromium, made / "notebooks" / f"{unit}.html") as sight:
        assert sheets(sight.page) == 1
        assert (sight.told, sight.asked) == ([], [])


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["notebooks/400.html", "province.html"])
def test_nothing_overhangs_and_no_barrier_is_there(chromium, made, name, width):
    with opened(chromium, made / name, width) as sight:
        assert overhang(sight.page) == 0
        assert barriers(sight.page) == []


def test_on_paper_no_column_is_clipped(chromium, made):
    with opened(chromium, made / "province.html", 718) as sight:  # the width of A4 between its margins
        sight.page.emulate_media(media="print")
        edges = "[...document.querySelectorAll('td, img')].map(one => one.getBoundingClientRect().right)"
        assert max(sight.page.evaluate(edges)) <= 718


def test_it_leads_back_and_offers_nothing_to_choose(made):
    text = (made / "notebooks" / "400.html").read_text(encoding="utf-8")
    assert 'href="../meeting.html"' in text
    assert not re.search("<select|chọn trong danh sách|Run All|as_of", text)
