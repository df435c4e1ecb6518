"""What one meeting is given: all views of one forecast, and what must be known of them."""

from collections.abc import Mapping

import pandas as pd

from .answer import Pack
from .change import changes
from .earlier import Earlier
from .errors import RunError
from .events import stock
from .forecast import Forecast
from .gain import gains
from .imprint import imprint
from .labels import label
from .outlook import attainment
from .plan import Rule, flag
from .province import Province
from .record import backtest, known_whole, month_ends
from .settings import Settings
from .trend import TrendResults
from .verdict import brief, caution


def answers(forecast: Forecast, province: Province) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the outlook of a forecast against the province's targets, and its flags."""
    outlook = attainment(forecast, province.targets)
    return outlook, flag(outlook, Rule(), province.rounds, silent=province.silent)


def prepared(
    province: Province,
    results: TrendResults,
    forecast: Forecast,
    settings: Settings,
    *,
    inputs: Mapping[str, str],
    earlier: Earlier | None = None,
) -> Pack:
    """Return all that a meeting is given of one forecast.

    Parameters
    ----------
    province, results, forecast
        As from `read_province`, `TrendModel.fit` and `TrendResults.forecast`.
    settings : Settings
        Those of the run.
    inputs : mapping of str to str
        The files that were read, each with its SHA-256.
    earlier : Earlier, optional
        What an earlier run of this year said.
    """
    outlook, flags = answers(forecast, province)
    past = _past(province, settings)
    return Pack(
        forecast,
        outlook,
        flags,
        _certified(province, outlook),
        gains(forecast, outlook),
        changes=None if earlier is None else changes(forecast, outlook, flags, earlier),
        past=past,
        places=province.units,
        notes=imprint(province, results, outlook, settings, inputs),
        caution=province.caution(settings.lang),
        trust=_trust(past, province, settings.lang),
        lang=settings.lang,
    )


def _certified(province, outlook):
    """Return the certificates of every unit and of the province, by the codes and names of the outlook."""
    counts = stock(province.register).rename({"total": outlook.index[-1]}).loc[outlook.index]
    counts.insert(0, "name", outlook["name"])
    return counts


def _past(province, settings):
    """Return what would have been forecast at this time of past years; None where too few are known."""
    panel = known_whole(province.panel, province.as_of)
    try:
        origins = month_ends(panel, [panel.index[-1].month])
    except (RunError, IndexError):
        return None
    return backtest(panel, province.targets, origins=origins, seed=settings.seed, breaks=province.breaks)


def _trust(past, province, lang):
    if past is None:
        return label("record_none", lang)
    made_up = caution(past, province.register, province.targets, lang=lang)
    return "\n".join(filter(None, [brief(past, lang=lang), made_up]))
