"""The meeting's page, and the pictures in it."""

import base64

from .answer import Pack, table
from .labels import month
from .pages import render


def pictures(pack: Pack) -> dict[str, tuple[str, bytes]]:
    """Return name -> (title, SVG): the province's year as a fan, and all units side by side."""
    from . import plots

    outlook, lang = pack.outlook, pack.lang
    row = outlook[outlook["level"] == "province"].iloc[0]
    fan = pack.forecast.plot(name=row["name"], target=row["target"], naive=row["naive"], lang=lang)
    beside = plots.intervals(outlook, lang=lang)
    axes = {"province": fan, "units": beside}
    return {name: (one.get_title(loc="left"), plots.svg(one)) for name, one in axes.items()}


def page(pack: Pack, drawn: dict[str, tuple[str, bytes]]) -> str:
    """Return the page as HTML; every text is escaped, pictures are data, and there is no script.

    Parameters
    ----------
    pack : Pack
        What the meeting is given.
    drawn : dict
        As from `pictures`.
    """
    shown = table(pack.outlook, pack.flags, lang=pack.lang)
    columns = (
        shown.to_numpy().tolist(),
        pack.flags["flag"],
        pack.flags[f"reason_{pack.lang}"],
        pack.outlook["level"],
    )
    return render(
        "meeting.html.j2",
        pack=pack,
        name=pack.outlook["name"].iloc[-1],
        month=month(pack.outlook.attrs["as_of"], pack.lang),
        year=pack.outlook.attrs["year"],
        pictures=[(title, _inline(svg)) for title, svg in drawn.values()],
        heads=list(shown.columns),
        rows=list(zip(*columns, strict=True)),
    )


def _inline(svg):
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode("ascii")
