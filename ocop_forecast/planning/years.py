"""Several years: what this year's forecast goes on to, and how sure that is."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd

from ocop_forecast.display import Shown, Table
from ocop_forecast.models.ahead import draw_years, into_months
from ocop_forecast.models.communes import Room, fit_room
from ocop_forecast.models.forecast import Forecast
from ocop_forecast.models.projection import Projection
from ocop_forecast.tables.province import Province
from ocop_forecast.terms import check_kind, whole

from .outlook import Outlook, assess

LAST = 2100


@dataclass(frozen=True, eq=False, repr=False)
class Years(Shown):
    """Joint draws of whole years after this one. Whether the programme goes on so long is not in them.

    Attributes
    ----------
    forecast : Forecast
        This year's, which they go on from draw by draw.
    years : list of int
        The years after it.
    draws : ndarray of int, shape (draws, units, years)
        Products newly recognised, units in the order of the forecast's.
    room : Room, optional
        How far communes are full; None where the register does not tell the communes.
    """

    forecast: Forecast
    years: list[int]
    draws: np.ndarray
    room: Room | None = None

    @property
    def units(self) -> pd.Index:
        """Unit codes, in the order of the draws' second axis."""
        return self.forecast.units

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a year, this one first: mean, median, and the ends of the central 80 %, lower and upper.

        Products newly recognised in the province.
        """
        totals = np.column_stack([self.forecast.total(), self.draws.sum(axis=1)])
        table = pd.DataFrame(
            np.quantile(totals, [0.5, 0.1, 0.9], axis=0, method="inverted_cdf").T.astype(int),
            pd.Index([self.forecast.year, *self.years], name="year"),
            ["median", "lower", "upper"],
        )
        table.insert(0, "mean", totals.mean(axis=0))
        return Table(table)

    @cached_property
    def by_unit(self) -> pd.DataFrame:
        """Units x years, this one first: the mean of the draws, products."""
        means = np.column_stack([self.forecast.year_end().mean(), self.draws.mean(axis=0)])
        return Table(pd.DataFrame(means, self.units, self.table.index))

    def _face(self) -> tuple:
        return "years", {"as_of": self.forecast.as_of}, self.table


def years_ahead(projection: Projection, province: Province, *, until: int = 2030) -> Years:
    """Draw the years after this one, each draw going on from one of this year's.

    Parameters
    ----------
    projection : Projection
        As from `project`.
    province : Province
        The same province, as from `read_province`: its register tells how far communes are full.
    until : int
        The last year.

    Returns
    -------
    Years

    Raises
    ------
    TermsError
        If `until` is not after the forecast's year, or an argument is another's.

    Examples
    --------
    >>> import ocop_forecast as ocop
    >>> province = ocop.read_province(as_of="2024-09")
    >>> years = years_ahead(ocop.project(province, seed=2024, draws=200), province, until=2026)
    >>> years.draws.shape, years.years
    ((200, 27, 2), [2025, 2026])
    """
    check_kind("projection", projection, Projection, "project")
    check_kind("province", province, Province, "read_province")
    until = whole("until", until, projection.forecast.year + 1, LAST)
    return _drawn(projection, province, until)


def next_year(projection: Projection, province: Province) -> Outlook:
    """Hold the year after this one against its targets, as far as they are set.

    Its draws are those of `years_ahead`, each divided over the months; none of its chances has earned to be
    told in per cent, since no past forecast went so far ahead.

    Parameters
    ----------
    projection, province
        As for `years_ahead`.

    Returns
    -------
    Outlook
        Its table begins the year with no product.

    Examples
    --------
    >>> import ocop_forecast as ocop
    >>> province = ocop.read_province(as_of="2024-09")
    >>> outlook = next_year(ocop.project(province, seed=2024, draws=200), province)
    >>> outlook.year, int(outlook.province["so_far"]), outlook.earned
    (2025, 0, False)
    """
    drawn = years_ahead(projection, province, until=projection.forecast.year + 1)
    results, seed = projection.known.yearly(), projection.seed
    return assess(into_months(results, drawn.forecast, drawn.draws[:, :, 0], seed), province)


@lru_cache(maxsize=4)
def _drawn(projection: Projection, province: Province, until: int) -> Years:
    forecast, results = projection.forecast, projection.known.yearly()
    communes = province.units.get("communes", pd.Series(pd.NA, province.units.index))
    room = fit_room(province.register, communes[sorted(forecast.units)], results.shares.batch)
    draws = draw_years(results, forecast, until, room, projection.seed)
    return Years(forecast, [*range(forecast.year + 1, until + 1)], draws, room)
