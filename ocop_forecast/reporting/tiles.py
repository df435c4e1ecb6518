"""The map as the page holds it: inline SVG whose tiles are links, with a filter that needs no script."""

from textwrap import wrap
from typing import NamedTuple

from ocop_forecast.bands import chance
from ocop_forecast.display import render
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import interval, number
from ocop_forecast.palette import FLAGS

from .pack import Pack
from .reasons import standing

ACROSS, DOWN = 120, 80  # of a tile, in the picture's own units
LETTERS = 13  # of a line of a name
DASHES = {"solid": "none", "dashed": "7 4", "dotted": "2 4"}


class Tile(NamedTuple):
    """A unit's tile: where it lies, the lines of its name, its chance, flag and tooltip, where it leads."""

    x: int
    y: int
    lines: list[str]
    chance: str
    flag: str
    title: str
    link: str


class Chip(NamedTuple):
    """A flag in the legend, which is the filter: how many units bear it."""

    flag: str
    mark: str
    words: str
    units: int


def inline_map(pack: Pack) -> str:
    """Draw the units as tiles where they lie, in the colours and with the marks of their flags.

    Each has a tooltip and leads to ``#unit-<code>``; a chip of the legend lets those of its flag alone stand
    out. It is a figure of HTML, with all its style inside.
    """
    tiles = _tiles(pack)
    return render(
        "map.svg.j2",
        title=label("plot_tiles"),
        tiles=tiles,
        chips=_chips(tiles),
        looks=FLAGS,
        dashes=DASHES,
        mark=pack.mark,
        width=ACROSS + max((tile.x for tile in tiles), default=0),
        height=DOWN + max((tile.y for tile in tiles), default=0),
    )


def _tiles(pack):
    """Place every tile, those first that need most: so keys and a reading aloud go through them."""
    from ocop_forecast import plots

    rows = pack.outlook.ordered
    at = plots.placed_units(pack.outlook.units.index, pack.places).astype(int)
    return [_tile(row, at.loc[row.Index], pack.outlook.earned) for row in rows.itertuples()]


def _tile(row, place, earned):
    said = chance(row.p_reach, row.so_far, row.target, earned)
    flag = standing(row.flag, "unit")
    told = {name: number(getattr(row, name)) for name in ("so_far", "target", "median")}
    told |= {"name": row.name, "flag": flag, "interval": interval(row.lower, row.upper), "chance": said}
    return Tile(
        x=ACROSS * (place["tile_column"] - 1),
        y=DOWN * (place["tile_row"] - 1),
        lines=wrap(row.name, LETTERS, max_lines=2, placeholder="…"),
        chance=f"{FLAGS[row.flag].mark} {said}",
        flag=row.flag,
        title=label("map_tile", **told),
        link=f"#unit-{row.Index}",
    )


def _chips(tiles):
    """Count the flags that there are, those first that need most; before them stands that of all units."""
    flags = [tile.flag for tile in tiles]
    chips = [
        Chip(flag, look.mark, standing(flag, "unit"), flags.count(flag))
        for flag, look in FLAGS.items()
        if flag in flags
    ]
    return [Chip("all", "", label("map_all"), len(flags)), *chips]
