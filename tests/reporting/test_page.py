"""The pages in a real browser: quiet, whole without a network, and readable by everyone at every width."""

import re
from dataclasses import replace

import pandas as pd
import pytest
from browsers import WIDTHS, barriers, opened, overhang
from click.testing import CliRunner
from conftest import small_forecast, small_targets
from offices import office

from ocop_forecast.bands import rank_of
from ocop_forecast.cli import main
from ocop_forecast.i18n.catalogue import set_options
from ocop_forecast.planning.gains import gains
from ocop_forecast.planning.outlook import Outlook
from ocop_forecast.reporting.pack import Pack
from ocop_forecast.reporting.writing import write

PAGES = ("meeting.html", "province.html", "notebooks/389.html", "check.html")
AGAIN = "Sản phẩm 389-202306,Ngọc Lặc,4,2024-06-10,new\n"
HALF = "Ngọc Lặc,2022,2.5\n"


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    """A check page with an error, a warning, and checks that were passed or skipped."""
    data = office(tmp_path_factory.mktemp("faulty") / "data")
    for name, line in (("register", AGAIN), ("targets", HALF)):
        with (data / f"{name}.csv").open("a", encoding="utf-8") as table:
            table.write(line)
    path = data.parent / "check.html"
    CliRunner().invoke(main, ["check", str(data), "--html", str(path), "--lang", "en"])
    return path


@pytest.fixture(params=PAGES)
def path(request):
    """The page of each kind, made by a run or by the checks."""
    if request.param == "check.html":
        return request.getfixturevalue("findings")
    return request.getfixturevalue("undisturbed") / request.param


@pytest.fixture(params=WIDTHS)
def sight(path, chromium, request):
    with opened(chromium, path, request.param) as sight:
        yield sight


def test_a_page_tells_the_console_nothing_and_asks_for_nothing_but_itself(sight):
    assert (sight.told, sight.asked) == ([], [])


def test_a_page_has_no_barrier_for_anyone(sight):
    assert barriers(sight.page) == []
    assert barriers(unfold(sight.page)) == []


def test_a_page_never_scrolls_sideways_as_a_whole(sight):
    assert overhang(sight.page) == 0
    assert overhang(unfold(sight.page)) == 0


def unfold(page):
    """Open every section, as a reader does one by one."""
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    return page


@pytest.fixture
def meeting(undisturbed, chromium):
    """The meeting's page, open on a wide screen, with all its sections."""
    with opened(chromium, undisturbed / "meeting.html", 1280) as sight:
        yield unfold(sight.page)


def column(page, name, head):
    """Return the texts of a column of the table with this name, as they stand, and the foot's."""
    grid = page.get_by_role("region", name=name)
    at = grid.locator("thead th").all_inner_texts().index(head)
    return [
        grid.locator(f"{part} tr > :nth-child({at + 1})").all_inner_texts() for part in ("tbody", "tfoot")
    ]


UNITS, CHANCE = "Every unit against its target", "Probability of meeting the target"


@pytest.fixture(params=[True, False], ids=["earned", "not earned"])
def sorted_by(request, tmp_path, chromium):
    """A page of units of every kind of chance, open, and by what each stands in the column of chances."""
    units = ("380", "389", "390", "391", "392", "393")
    with set_options(lang="en"):
        forecast = replace(small_forecast(units=units), earned=request.param)
        outlook = Outlook.of(forecast, small_targets(units, (6, 2, 9, 30, 4, 5)))
        certified = outlook.table[["name"]].assign(valid=5, due=2, lapsed=1, revoked=0)
        write(tmp_path, Pack(outlook, certified, gains(outlook)))
    known = outlook.units[["p_reach", "so_far", "target"]].to_numpy(float)
    ranks = [rank_of(p, so_far, target, request.param) for p, so_far, target in known]
    with opened(chromium, tmp_path / "meeting.html", 1280) as sight:
        yield unfold(sight.page), pd.Series(ranks, outlook.units["name"])


def test_chances_that_have_not_earned_a_per_cent_are_words(meeting):
    """Years that are reconstructed earn nothing."""
    shown, foot = column(meeting, UNITS, CHANCE)
    assert {*shown, *foot} <= {"low", "middle", "high", "attained"}


def test_a_click_on_a_heading_sorts_by_its_numbers_and_another_turns_them_round(sorted_by):
    """Where no per cent is earned the numbers are bands, and within one the order stays."""
    page, chances = sorted_by
    grid = page.get_by_role("region", name=UNITS)
    grid.locator("thead button").first.click()
    button = grid.get_by_role("button", name=CHANCE)
    before, foot = column(page, UNITS, "Unit")
    assert not chances[before].is_monotonic_increasing
    button.click()
    up, _ = column(page, UNITS, "Unit")
    assert up == chances[before].sort_values(kind="stable").index.tolist()
    button.click()
    down, province = column(page, UNITS, "Unit")
    assert chances[down].is_monotonic_decreasing
    assert sorted(down) == sorted(before)
    assert province == foot == ["Tỉnh Thanh Hóa"]


def test_bands_are_sorted_from_low_to_what_is_attained(sorted_by):
    page, _ = sorted_by
    page.get_by_role("region", name=UNITS).get_by_role("button", name=CHANCE).click()
    said = [words for words in column(page, UNITS, CHANCE)[0] if "%" not in words]
    order = ["low", "middle", "high", "attained"]
    assert said == sorted(said, key=order.index)
    assert said[-1] == "attained"


def test_a_table_is_sorted_from_the_keyboard_and_says_so(meeting):
    head = meeting.get_by_role("region", name=UNITS).locator("thead th").first
    head.get_by_role("button").focus()
    meeting.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert column(meeting, UNITS, "Unit")[0] == ["Bỉm Sơn", "Cẩm Thủy", "Ngọc Lặc", "Quan Hóa", "Thanh Hóa"]
    meeting.keyboard.press("Space")
    assert head.get_attribute("aria-sort") == "descending"
    assert column(meeting, UNITS, "Unit")[0][0] == "Thanh Hóa"


def test_a_name_leads_to_its_page_and_that_leads_back(meeting, undisturbed):
    for name, page in (("Ngọc Lặc", "notebooks/389.html"), ("Tỉnh Thanh Hóa", "province.html")):
        link = meeting.get_by_role("region", name=UNITS).get_by_role("link", name=name)
        assert link.evaluate("link => getComputedStyle(link).textDecorationLine") == "underline"
        link.click()
        assert meeting.url == (undisturbed / page).as_uri()
        (title,) = meeting.locator("h1").all_inner_texts()
        assert title == f"{name}, July 2024"
        meeting.get_by_role("link", name="meeting").click()
        assert meeting.url == (undisturbed / "meeting.html").as_uri()
        unfold(meeting)


def test_a_name_without_a_page_leads_nowhere(sorted_by):
    page, _ = sorted_by
    assert page.get_by_role("region", name=UNITS).get_by_role("link").count() == 0


def test_a_telephone_shows_every_figure_of_a_unit_without_scrolling_sideways(undisturbed, chromium):
    with opened(chromium, undisturbed / "meeting.html", 390) as sight:
        grid = unfold(sight.page).get_by_role("region", name=UNITS)
        heads = grid.locator("thead th").all_inner_texts()
        for row in grid.locator("tbody tr").all():
            boxes = [cell.bounding_box() for cell in row.locator(":scope > *").all()]
            assert len(boxes) == len(heads)
            assert all(box["x"] + box["width"] <= 390 for box in boxes)


def test_the_answer_is_within_the_first_words_and_the_first_screen(undisturbed, chromium):
    with opened(chromium, undisturbed / "meeting.html", 1280) as sight:
        sight.page.set_viewport_size({"width": 1280, "height": 720})
        poster = sight.page.locator(".poster").bounding_box()
        assert poster["y"] + poster["height"] <= 720
        words = sight.page.locator("body").inner_text().split()
        so_far, target = sight.page.locator(".number strong").first.inner_text().split(" / ")
        assert words.index(so_far) < 25
        assert words[words.index(so_far) + 2] == target


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 720), (1920, 1080)])
def test_before_anything_is_opened_the_page_is_five_screens_long_at_most(
    undisturbed, chromium, width, height
):
    with opened(chromium, undisturbed / "meeting.html", width) as sight:
        sight.page.set_viewport_size({"width": width, "height": height})
        assert sight.page.evaluate("document.documentElement.scrollHeight") <= 5 * height


def test_the_contents_open_the_section_that_they_lead_to(undisturbed, chromium):
    with opened(chromium, undisturbed / "meeting.html", 1280) as sight:
        for link in sight.page.locator("nav a").all():
            link.click()
            section = sight.page.locator(link.get_attribute("href"))
            assert section.evaluate("part => part.tagName !== 'DETAILS' || part.open")


def test_the_page_prints_its_answer_pictures_and_units_on_three_sheets(undisturbed, chromium):
    """Every sheet says whose it is and which of how many; of closed sections only the units' is printed."""
    with opened(chromium, undisturbed / "meeting.html", 1280) as sight:
        sheets = sight.page.pdf(prefer_css_page_size=True)
        assert 1 <= len(re.findall(rb"/Type\s*/Page\b", sheets)) <= 3
        sight.page.emulate_media(media="print")
        assert sight.page.locator(".paper").is_visible()
        sight.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert sight.page.get_by_role("region", name=UNITS).is_visible()
        assert not sight.page.locator("#notes").is_visible()
        head = sight.page.get_by_role("region", name=UNITS).locator("thead th").first
        assert head.evaluate("head => getComputedStyle(head, '::before').content") == '"Unit"'
        sight.page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert not sight.page.locator("#units").evaluate("part => part.open")
        rules = sight.page.evaluate("document.querySelector('style').textContent")
    assert 'content: "Page " counter(page) " of " counter(pages) ""' in rules
    assert re.search(r'@bottom-left { content: "[^"]*Thanh Hóa', rules)
