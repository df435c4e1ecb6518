"""What the years to 2030 bring: a fan that widens, and how far communes are full."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import in_hundred, interval, number
from ocop_forecast.planning.years import Years, years_ahead

from .answer import Answer, Asked

if TYPE_CHECKING:
    from ocop_forecast.plots import Axes

UNTIL, FEWEST = 2030, 3  # the last year, of as many at least
TOGETHER = ["together", "together_lower", "together_upper"]
STYLES = dict.fromkeys(["median", "lower", "upper", *TOGETHER], "whole")


def answer(asked: Asked) -> Answer:
    """Tell what each year brings, and all of them together."""
    year = asked.projection.forecast.year
    years = years_ahead(asked.projection, asked.province, until=max(UNTIL, year + FEWEST))
    sentences = (_said(years), label("years_warning", year=years.years[-1]), _communes(years))
    return Answer("years", sentences, _table(years), STYLES, _picture(asked, years))


def _table(years: Years) -> pd.DataFrame:
    """Return a row a year, with what it and those after this one have brought together by then."""
    sums = np.cumsum(years.draws.sum(axis=1), axis=1)
    ends = np.quantile(sums, [0.5, 0.1, 0.9], axis=0, method="inverted_cdf").T
    return years.table.drop(columns="mean").join(pd.DataFrame(ends, years.years, TOGETHER))


def _said(years: Years) -> str:
    """Say the whole answer in a line."""
    first, last = years.table.iloc[1], years.table.iloc[-1]
    near = {"even": number(first["median"]), "range": interval(first["lower"], first["upper"])}
    far = {"then": number(last["median"]), "wide": interval(last["lower"], last["upper"])}
    return label("years_said", first=years.years[0], last=years.years[-1], **near, **far)


def _communes(years: Years) -> str:
    """Say how far communes are full, and what that slows."""
    if years.room is None:
        return label("years_no_communes")
    room = years.room
    known, slower = {"without": room.without, "communes": room.communes}, in_hundred(room.left[:, 10].mean())
    key = "years_communes" if slower < 100 else "years_communes_alike"
    return label(key, **known, **({"slower": slower} if slower < 100 else {}))


def _picture(asked: Asked, years: Years) -> "Callable[[], Axes]":
    """Tell how to draw the past years and those to come."""

    def draw() -> "Axes":
        from ocop_forecast import plots

        past = years.forecast.panel.sum(axis=1)
        past = past.groupby(past.index.year).sum()
        totals = np.column_stack([years.forecast.total(), years.draws.sum(axis=1)])
        coming = pd.DataFrame(totals, columns=years.table.index)
        return plots.years_ahead(past[past.index < years.forecast.year], coming)

    return draw
