"""What more products would add: a unit's probability of its target with one, two or three on top."""

from typing import Any

import numpy as np
import pandas as pd

from .flags import Rule
from .outlook import Outlook

COST = 50_000_000  # VND a supported product: what the province's plans allow for
MORE = (1, 2, 3)


def gains(outlook: Outlook, unit: str | None = None) -> pd.DataFrame:
    """Compute how a unit's probability grows with every product on top of the forecast.

    With k more products the target is reached in the draws whose total is at least target - k. That the
    products are recognised within the year, and would not have been without support, is the planner's
    assumption.

    Parameters
    ----------
    outlook : Outlook
        As from `assess`; its rule says from which probability a unit is on track.
    unit : str, optional
        Code of the one unit that is asked for; without one all.

    Returns
    -------
    DataFrame
        A row a unit that has a target and is below it, the greatest gain from one product first, then the
        province's if it is below its own. Index `unit`; columns name; p_reach; with_1, with_2, with_3, the
        probability with so many more; more, the fewest products that bring it on track (whole per cent, as
        flags are given); money (VND), what these cost.

    Examples
    --------
    >>> from ocop_forecast import Forecast
    >>> panel = pd.DataFrame({"389": [0, 2, 0]}, index=pd.period_range("2024-07", "2024-09", freq="M"))
    >>> months = pd.period_range("2024-10", "2024-12", freq="M")
    >>> draws = np.array([[[0, 0, 0]], [[0, 0, 1]], [[0, 1, 1]], [[1, 1, 1]]])
    >>> targets = pd.DataFrame({"unit": ["389"], "year": [2024], "target": [5]})
    >>> outlook = Outlook.of(Forecast(panel, months, draws), targets)
    >>> gains(outlook).loc["389", ["with_1", "more", "money"]].tolist()
    [0.5, 2.0, 100000000.0]
    """
    table, forecast = outlook.table if unit is None else outlook.table.loc[[unit]], outlook.forecast
    short = table[(table["so_far"] < table["target"]).fillna(False)]
    ends = forecast.year_end(short.index.drop(outlook.code, errors="ignore"))
    rows = [
        _row(row, (ends[row.Index] if row.level == "unit" else forecast.total()).to_numpy(), outlook.rule)
        for row in short.itertuples()
    ]
    columns = ["name", "p_reach", *(f"with_{more}" for more in MORE), "more", "money"]
    gained = pd.DataFrame(rows, index=short.index.rename("unit"), columns=columns)
    order = gained.assign(last=short["level"] == "province", least=gained["p_reach"] - gained["with_1"])
    return gained.loc[order.sort_values(["last", "least", "p_reach"], kind="stable").index]


def _row(row: Any, totals: np.ndarray, rule: Rule) -> list:
    """Compute a row's gains from its total in every draw; who is on track needs no product more."""
    reached = [float((totals >= row.target - more).mean()) for more in MORE]
    missing = np.maximum(int(row.target) - totals, 0)
    more = next(
        int(more) for more in np.unique([0, *missing]) if rule.flag((missing <= more).mean()) == "on_track"
    )
    return [row.name, row.p_reach, *reached, more, more * COST]
