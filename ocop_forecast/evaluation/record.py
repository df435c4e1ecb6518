"""The record of an office: its past years forecast as of this time of the year, and what that earned."""

from functools import lru_cache

import pandas as pd

from ocop_forecast.errors import RunError
from ocop_forecast.models.known import Plans
from ocop_forecast.models.panel import complete_months, past_origins
from ocop_forecast.tables.province import Province

from .backtest import OURS, backtest
from .skill import open_cases

COIN = 0.25  # the Brier score of always saying 50 %
FEWEST = 3  # years that can show anything: those of one year are right or wrong together


@lru_cache(maxsize=4)
def record(province: Province, seed: int = 2024) -> pd.DataFrame | None:
    """Forecast the past years of a province as of this time of the year; None where too few are known.

    The rows are as from `backtest`. A province is asked once: the same rows are returned again.
    """
    months = complete_months(province.panel, province.as_of).index
    try:
        origins = past_origins(province.panel.loc[months], [months[-1].month])
    except (RunError, IndexError):
        return None
    return backtest(province, origins=origins, seed=seed)


def earned(province: Province, seed: int = 2024) -> bool:
    """Tell whether the units' probabilities have earned to be shown as such.

    They have where in three past years or more they did better than always saying 50 %, by the Brier score of
    the targets still open; reconstructed years are no evidence. Otherwise low, middle and high say all that
    is known. Other places' years cannot stand in for the units': they are of whole provinces.

    Examples
    --------
    >>> from ocop_forecast import read_province
    >>> earned(read_province(as_of="2024-09"))  # its years are reconstructed
    False
    """
    rows, real = record(province, seed), Plans.of_register(province.register, province.panel.index).real
    return False if rows is None else proven(rows[rows["year"].map(real).fillna(False).astype(bool)])


def proven(rows: pd.DataFrame) -> bool:
    """Tell whether past forecasts of units did better than always saying 50 %, in enough years.

    Examples
    --------
    >>> told = {"level": "unit", "method": "this model", "case": "open", "year": [2021, 2022, 2023]}
    >>> rows = pd.DataFrame({**told, "target": 3, "came": [1, 4, 2], "brier": [0.04, 0.1, 0.2]})
    >>> proven(rows), proven(rows[:2]), proven(rows.assign(brier=0.3))
    (True, False, False)
    """
    cases = open_cases(rows[rows["method"] == OURS])
    return bool(cases["year"].nunique() >= FEWEST and cases["brier"].mean() < COIN)
