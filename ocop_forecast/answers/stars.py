"""The question how many of the year's new products get four and five stars."""

import pandas as pd

from ocop_forecast.bands import likely
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import interval, number
from ocop_forecast.planning.stars import Stars, by_stars

from .answer import Answer, Asked

COLUMNS = {"so_far": "whole", "median": "whole", "range": "text", "target": "whole", "p_reach": "share"}


def answer(asked: Asked) -> Answer | None:
    """Say how likely the province's targets by stars are; None where no register tells the stars."""
    if asked.province.progress is not None:
        return None
    stars, earned = by_stars(asked.projection, asked.province), asked.outlook.earned
    enter = [label("stars_enter", year=stars.year)] if stars.table["target"].isna().all() else []
    sentences = (_said(stars, earned), *enter, label("stars_terms", year=stars.year))
    table = _shown(stars, asked.province.units["name"])
    return Answer("stars", sentences, table, COLUMNS, lambda: _drawn(stars, earned))


def _said(stars: Stars, earned: bool) -> str:
    """Say the whole answer: what is expected with four and five stars, and the chances of their targets."""
    parts = []
    for at, row in stars.table.loc[[4, 5]].iterrows():
        values = {"stars": at, "median": number(row["median"]), "range": interval(row["lower"], row["upper"])}
        if pd.isna(row["target"]):
            parts.append(label("stars_one", **values))
        else:
            chance = likely(row["p_reach"], earned)
            parts.append(label("stars_of_target", **values, target=number(row["target"]), chance=chance))
    return label("stars_said", year=stars.year, stars="; ".join(parts))


def _shown(stars: Stars, names: pd.Series) -> pd.DataFrame:
    """Return the province's rows and those of units with targets of their own."""
    whole = [label("with_stars", stars=at) for at in stars.table.index]
    own = [label("stars_of", name=names[unit], stars=at) for unit, at in stars.units.index]
    table = pd.concat([stars.table, stars.units.reset_index(drop=True)])
    ranges = [interval(*row) for row in table[["lower", "upper"]].to_numpy()]
    table = table.assign(range=ranges).set_axis([*whole, *own]).rename_axis("stars")
    return table[[*COLUMNS]]


def _drawn(stars: Stars, earned: bool):
    from ocop_forecast import plots

    return plots.stars(stars.table, year=stars.year, earned=earned)
