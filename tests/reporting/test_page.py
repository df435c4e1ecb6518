"""The pages in a real browser: quiet, whole without a network, and readable by everyone at every width."""

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


def test_a_page_never_scrolls_sideways_as_a_whole(sight):
    assert overhang(sight.page) == 0


@pytest.fixture
def meeting(undisturbed, chromium):
    """The meeting's page, open on a wide screen."""
    with opened(chromium, undisturbed / "meeting.html", 1280) as sight:
        yield sight.page


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
        yield sight.page, pd.Series(ranks, outlook.units["name"])


def test_chances_that_have_not_earned_a_per_cent_are_words(meeting):
    """Years that are reconstructed earn nothing."""
    shown, foot = column(meeting, UNITS, CHANCE)
    assert {*shown, *foot} <= {"low", "middle", "high", "attained"}


def test_a_click_on_a_heading_sorts_by_its_numbers_and_another_turns_them_round(sorted_by):
    """Where no per cent is earned the numbers are bands, and within one the order stays."""
    page, chances = sorted_by
    button = page.get_by_role("region", name=UNITS).get_by_role("button", name=CHANCE)
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
        meeting.get_by_role("link", name="The meeting's page").click()
        assert meeting.url == (undisturbed / "meeting.html").as_uri()


def test_a_telephone_shows_name_probability_and_standing_first(undisturbed, chromium):
    with opened(chromium, undisturbed / "meeting.html", 390) as sight:
        grid = sight.page.get_by_role("region", name=UNITS)
        for row in grid.locator("tr").all():
            first, chance, standing = (row.locator(f":scope > :nth-child({at})") for at in (1, 6, 11))
            ends = [cell.bounding_box() for cell in (first, chance, standing)]
            assert [box["x"] for box in ends] == sorted(box["x"] for box in ends)
            assert ends[-1]["x"] + ends[-1]["width"] <= 390
        assert grid.locator("thead th").nth(5).inner_text().strip() == CHANCE


def test_the_page_prints_its_answer_and_pictures_on_the_first_sheet(meeting):
    meeting.emulate_media(media="print")
    sheet = 96 * (210 - 24) / 25.4  # pixels of an A4 sheet on its side, within its margins
    meeting.set_viewport_size({"width": int(96 * (297 - 24) / 25.4), "height": int(sheet)})
    first = meeting.locator(".pictures").bounding_box()
    assert first["y"] + first["height"] <= sheet
    assert (
        meeting.locator("thead th").first.evaluate("head => getComputedStyle(head, '::before').content")
        == '"Unit"'
    )
