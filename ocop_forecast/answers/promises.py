"""What the districts promise, and what their word is worth."""

import pandas as pd

from ocop_forecast.bands import likely
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import number, share
from ocop_forecast.planning.promises import Promised, promised

from .answer import Answer, Asked

STYLES = {"name": "text", "promised": "whole", "expected": "tenths", "expected_heard": "tenths"}
STYLES |= dict.fromkeys(("p_reach", "p_heard", "kept"), "share")


def answer(asked: Asked) -> Answer | None:
    """Tell what the units promise for the year, and what is expected with their word heard and without."""
    year, said = asked.projection.forecast.year, asked.province.commitments
    if said is None or not (said["said_on"].dt.year == year).any():
        return Answer("promises", (label("answer_promises_none", year=year),))
    heard, earned = promised(asked.projection, asked.province), asked.outlook.earned
    table, sentences = heard.table[heard.table["promised"].notna()], tuple(_sentences(heard, earned))
    return Answer("promises", sentences, table, STYLES, lambda: _drawn(heard, earned))


def _sentences(heard: Promised, earned: bool):
    """Say what is promised and expected, what the record is, and what the promises do not touch."""
    units, province, year = heard.units, heard.province, heard.forecast.year
    said = units["promised"].dropna()
    expected = {name: number(province[name]) for name in ("expected", "expected_heard")}
    counts = {"count": len(said), "units": len(units), "promised": said.sum(), "year": year}
    yield label("promises_said", **counts, expected=expected["expected"], heard=expected["expected_heard"])
    if pd.notna(target := province["target"]):
        before, after = (likely(province[name], earned) for name in ("p_reach", "p_heard"))
        yield label("promises_chance", target=target, before=before, after=after)
    if len(heard.record):
        yield label("promises_record", kept=share(province["kept"]), count=len(heard.record))
    else:
        yield label("promises_no_record")
    yield label("promises_beside")


def _drawn(heard: Promised, earned: bool):
    from ocop_forecast import plots

    return plots.promises(heard.units, earned=earned)
