"""The map in the page: a tile a unit that leads to it, in its flag's look; a filter without any script."""

import re
from dataclasses import replace

import pytest
from browsers import WIDTHS, barriers, opened
from conftest import small_forecast, small_targets

from ocop_forecast.i18n.catalogue import set_options
from ocop_forecast.palette import FLAGS
from ocop_forecast.planning.gains import gains
from ocop_forecast.planning.outlook import Outlook
from ocop_forecast.reporting.pack import Pack
from ocop_forecast.reporting.tiles import inline_map

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Map</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"></head>
<body><main><h1>Map</h1>{}</main></body></html>"""


@pytest.fixture(scope="module")
def pack():
    """Three units: one has its target, one lies far below, one is called as a page's foe would have it."""
    targets = small_targets(target=(0, 30, 9)).assign(
        name=["Sầm Sơn", "Hậu Lộc", "<script>alert(1)</script>"]
    )
    outlook = Outlook.of(small_forecast(), targets)
    return Pack(outlook, None, gains(outlook))


@pytest.fixture
def drawn(pack):
    with set_options(lang="en"):
        return str(inline_map(replace(pack, mark="NOT REAL")))


def test_what_is_not_real_says_so_on_the_map_and_what_is_does_not(pack, drawn):
    assert "NOT REAL" in drawn
    with set_options(lang="en"):
        assert "NOT REAL" not in inline_map(pack)


def test_every_unit_is_a_tile_with_a_tooltip_that_leads_to_it(pack, drawn):
    order = [f"#unit-{code}" for code in pack.outlook.ordered.index]
    assert re.findall('<a href="(.*?)"', drawn) == order
    (told,) = [line for line in re.findall("<title>(.*?)</title>", drawn) if line.startswith("Hậu Lộc")]
    row = pack.outlook.table.loc["389"]
    for said in (f"{row['so_far']} recognised", "target 30", f"{row['median']} forecast"):
        assert said in told


def test_a_name_is_text(drawn):
    assert "<script" not in drawn
    assert "&lt;script&gt;" in drawn


def test_a_tile_has_its_flags_class_and_mark(pack, drawn):
    for code, flag in pack.outlook.flags["flag"].iloc[:-1].items():
        (tile,) = re.findall(f'<a href="#unit-{code}" class="(.*?)".*?class="chance".*?>(.) ', drawn)
        assert tile == (flag, FLAGS[flag].mark)
        assert f".{flag} rect {{ fill: {FLAGS[flag].ground}" in drawn


@pytest.mark.parametrize("width", WIDTHS)
def test_a_chip_lets_its_flag_alone_stand_out_without_any_script(chromium, pack, drawn, tmp_path, width):
    path = tmp_path / "map.html"
    path.write_text(PAGE.format(drawn), encoding="utf-8")
    with opened(chromium, path, width) as sight:
        assert barriers(sight.page) == []
        sight.page.locator("label[for=map-needs_support]").click()
        faint = "all => all.filter(a => getComputedStyle(a).opacity < .5).map(a => a.className.baseVal)"
        faded = sight.page.locator("svg a").evaluate_all(faint)
        flags = pack.outlook.flags["flag"].iloc[:-1]
        assert sorted(faded) == sorted(flags[flags != "needs_support"])
        assert (sight.told, sight.asked) == ([], [])
