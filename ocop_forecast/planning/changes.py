"""Changes since an earlier run: which flags moved, and the facts that moved them."""

from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from ocop_forecast.display import OfUnits
from ocop_forecast.models.forecast import Forecast
from ocop_forecast.tables.province import Province

from .outlook import Outlook

KEPT = {"flag": "flag_before", "p_reach": "p_before", "so_far": "so_far_before", "target": "target_before"}


class Earlier(NamedTuple):
    """What an earlier run said: its forecast, its outlook's table with flags, and the tables it had read."""

    forecast: Forecast
    table: pd.DataFrame
    province: Province | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Changes(OfUnits):
    """What changed since an earlier run of the same year.

    Attributes
    ----------
    table : DataFrame
        A row a unit, then the province; index `unit`. Columns: name; flag_before and flag; p_before and
        p_reach; so_far_before and so_far, target_before and target (products; missing for a unit that is
        new); moved, whether the flag is another; new, products recognised since; late, products of months
        that were known whole then: entered since, or struck if below 0.
    before, now : Period
        The as-of dates of both runs.
    earned : bool
        Whether the probabilities of now have earned to be shown, as in `Outlook`.
    """

    table: pd.DataFrame
    before: pd.Period
    now: pd.Period
    earned: bool

    def _face(self) -> tuple:
        facts = {"before": self.before, "now": self.now, "moved": int(self.units["moved"].sum())}
        shown = pd.concat([self.own, self.table.iloc[-1:]])
        return "changes", facts, shown.drop(columns=["p_before", "p_reach", "moved"])

    @property
    def own(self) -> pd.DataFrame:
        """The units that moved, or whose count or target is another; those that moved first."""
        units = self.units
        none = units["target"].isna() & units["target_before"].isna()
        aim = (units["target"].eq(units["target_before"]) | none).fillna(False)
        other = units["moved"] | ~(units["so_far"].eq(units["so_far_before"]) & aim)
        return units[other].sort_values("moved", ascending=False, kind="stable")


def changes(outlook: Outlook, earlier: Earlier) -> Changes:
    """Set an outlook beside an earlier one of the same year.

    Parameters
    ----------
    outlook : Outlook
        As from `assess`.
    earlier : Earlier
        The earlier forecast, and its outlook's table with a column flag.

    Examples
    --------
    >>> import numpy as np
    >>> months = pd.period_range("2024-08", "2024-12", freq="M")
    >>> was, now = (Forecast(pd.DataFrame({"389": counts}, months[:known]), months[known:],
    ...     np.ones((1, 1, 5 - known), int)) for known, counts in ((1, [0]), (2, [0, 2])))
    >>> targets = pd.DataFrame({"unit": ["389"], "year": [2024], "target": [5]})
    >>> earlier = Outlook.of(was, targets).table.assign(flag="needs_support")
    >>> told = changes(Outlook.of(now, targets), Earlier(was, earlier)).table
    >>> told.loc["389", ["flag_before", "flag"]].tolist(), int(told.loc["389", "new"])
    (['needs_support', 'on_track'], 2)
    """
    now = outlook.table.assign(flag=outlook.flags["flag"])
    table = now[["name", *KEPT]].join(earlier.table[list(KEPT)].rename(columns=KEPT))
    columns = ["name", *(column for pair in KEPT.items() for column in reversed(pair))]
    table = table[columns].assign(moved=table["flag"] != table["flag_before"]).rename_axis("unit")
    late = _late(outlook.forecast, earlier.forecast).reindex(table.index)
    late[outlook.code] = late.sum()
    late = late.fillna(0).astype(int)
    new = (table["so_far"] - table["so_far_before"]).fillna(0).astype(int) - late
    # what the month of an earlier as-of day has lost was struck as well
    table = table.assign(new=new.clip(lower=0), late=late + new.clip(upper=0))
    return Changes(table, earlier.forecast.as_of, outlook.as_of, outlook.earned)


def _late(forecast: Forecast, was: Forecast) -> pd.Series:
    """Count by unit what months known whole then have gained since: entered late, or struck if below 0."""
    months = was.panel.index
    known = months[(months.year == was.year) & (months.end_time <= was.as_of.end_time)]
    now = forecast.panel.reindex(known, fill_value=0).sum()
    return now - was.panel.loc[known].sum().reindex(now.index, fill_value=0)
