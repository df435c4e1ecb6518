"""How many of the year's new products get three, four and five stars, and the chances of targets of these.

A new product counts with the stars that it has at the end of its year: one that is promoted in the year in
which it was recognised counts with the more stars; an older one that is promoted is not new and counts
nowhere. The draws of the forecast are thinned, so that the three add up to each of its totals.

- Five stars are given by the ministry, whatever rounds the province holds: so many new products a year,
  Poisson with a rate of the prior Gamma(0.15, 1 year). Viet Nam had 42 products of five stars in July 2023,
  after four and a half years, in 63 provinces: 0.15 a province and year, which counts as one year of the
  register.
- Of all others four stars are the part of a beta-binomial with a year as group (`models.betabinomial`): years
  differ, and what this year's first products got says something of its rest. The mean's prior is Beta(1, 4),
  of mean 1/5: published were 11% (Thanh Hóa, 57 of 517 in 2024), 13% (Thái Nguyên, 9 of 67 in 2023) and 33%
  with four or five stars (Viet Nam, 2023). Units share it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ocop_forecast.models.betabinomial import Share, learned
from ocop_forecast.models.forecast import Forecast
from ocop_forecast.models.projection import Projection
from ocop_forecast.models.streams import STARS, settled, stream, thinned
from ocop_forecast.periods import passed
from ocop_forecast.tables.province import Province
from ocop_forecast.terms import check_kind

RATED = (3, 4, 5)
FOUR = (1.0, 4.0)  # products with four stars and with three: the prior of their share
FIVE = (0.15, 1.0)  # new products with five stars, and the years in which they came
GOALS = ("four_star", "five_star")


@dataclass(frozen=True, eq=False)
class Stars:
    """The year's new products by stars.

    Attributes
    ----------
    draws : ndarray of int, shape (draws, units, 3)
        Products with three, four and five stars by the year's end; they add up to `Forecast.year_end`.
    table : DataFrame
        Of the province a row for each of 3, 4 and 5; index stars; columns so_far, lower, median, upper
        (products, an interval of 80%), target (missing where none is set) and p_reach (its chance).
    units : DataFrame
        The same of the units' own targets, those that are set; index unit and stars.
    year : int
        The year.
    """

    draws: np.ndarray
    table: pd.DataFrame
    units: pd.DataFrame
    year: int


def by_stars(projection: Projection, province: Province) -> Stars:
    """Divide a forecast by stars, and tell how likely the province's targets of four and five stars are.

    Parameters
    ----------
    projection, province
        As from `project` and `read_province`; the targets stand in `Province.goals`, those of units in
        `Province.targets`, whose sums are the province's where it has no goal of its own.

    Examples
    --------
    >>> import ocop_forecast as ocop
    >>> province = ocop.read_province(as_of="2024-09")
    >>> stars = by_stars(ocop.project(province, seed=2024, draws=200), province)
    >>> stars.table["target"].tolist(), stars.table["so_far"].tolist()
    ([<NA>, 13, 4], [51, 1, 0])
    """
    check_kind("projection", projection, Projection, "project")
    check_kind("province", province, Province, "read_province")
    forecast, seed = projection.forecast, projection.seed
    rated = _rated(province.register)
    known = _known(rated, forecast)
    unrated = forecast.year_end().to_numpy() - known.sum(axis=1)
    five = _dealt(_five(rated, forecast, seed), unrated, forecast, seed)
    four = _four(rated, unrated - five, forecast, seed)
    draws = known + np.stack([unrated - five - four, four, five], axis=2)
    table = _of_province(draws.sum(axis=1), known.sum(axis=0), province, forecast.year)
    return Stars(draws, table, _of_units(draws, known, province, forecast), forecast.year)


def _rated(register: pd.DataFrame) -> pd.DataFrame:
    """Return a row a product: unit, the year in which it was new, and its stars at the end of that year."""
    rows = register.dropna(subset=["stars"]).sort_values("decision_date", kind="stable")
    new = register[register["event"] == "new"].set_index("certificate")["month"].dt.year
    rows = rows[rows["month"].dt.year == rows["certificate"].map(new)]
    rows = rows[rows["kind"] != "revoked"].drop_duplicates("certificate", keep="last")
    return rows.assign(year=rows["month"].dt.year)[["unit", "year", "stars"]]


def _known(rated: pd.DataFrame, forecast: Forecast) -> np.ndarray:
    """Count this year's products by unit and stars (units, 3)."""
    now = rated[rated["year"] == forecast.year]
    counts = pd.crosstab(now["unit"].astype("str"), now["stars"].astype(int))
    return counts.reindex(index=forecast.units, columns=RATED, fill_value=0).to_numpy()


def _five(rated: pd.DataFrame, forecast: Forecast, seed: int) -> np.ndarray:
    """Draw the province's new products of five stars in the rest of the year (draws,)."""
    gone = 0.0 if forecast.as_of.year < forecast.year else passed(forecast.as_of) / 12
    years = forecast.year - forecast.panel.index[0].year + gone
    rng = stream(seed, forecast.year, STARS)
    seen = FIVE[0] + (rated["stars"] == 5).sum()
    rate = rng.gamma(settled(seen), size=len(forecast.draws)) / (FIVE[1] + years)
    return rng.poisson(settled(rate * (1 - gone)))


def _dealt(five: np.ndarray, unrated: np.ndarray, forecast: Forecast, seed: int) -> np.ndarray:
    """Deal each draw's products of five stars to those that are still to be rated (draws, units)."""
    dealt, rng = np.zeros_like(unrated), stream(seed, forecast.year, 5, STARS)
    order = np.argsort(forecast.units)
    for draw in np.flatnonzero(five):
        there = unrated[draw, order]
        dealt[draw, order] = rng.multivariate_hypergeometric(there, min(five[draw], there.sum()))
    return dealt


def _four(rated: pd.DataFrame, left: np.ndarray, forecast: Forecast, seed: int) -> np.ndarray:
    """Draw the products of four stars among those left (draws, units)."""
    share = share_of_four(rated, len(left), stream(seed, forecast.year, 4, STARS))
    part = share.of(forecast.year, stream(seed, forecast.year, 4, 1, STARS))
    streams = (stream(seed, forecast.year, unit, STARS) for unit in forecast.units)
    return np.stack([thinned(one, part, rng) for one, rng in zip(left.T, streams, strict=True)], axis=1)


def share_of_four(rated: pd.DataFrame, draws: int, rng: np.random.Generator) -> Share:
    """Learn, a year a group, which part of the products of three and four stars has four."""
    below = rated[rated["stars"] < 5]
    four = (below["stars"] == 4).astype(int).groupby(below["year"])
    return learned(pd.DataFrame({"positive": four.sum(), "all": four.size()}), FOUR, draws, rng)


def _of_province(totals: np.ndarray, known: np.ndarray, province: Province, year: int) -> pd.DataFrame:
    """Hold the province's totals (draws, 3) against its goals, or the sums of its units' targets."""
    summed = _targets(province, year).sum(min_count=1)
    goals = pd.DataFrame(columns=["year"]) if province.goals is None else province.goals
    own = goals.set_index("year").reindex(index=[year], columns=[*GOALS]).astype("Int64").iloc[0]
    return _held(totals, known, [pd.NA, *own.fillna(summed)]).set_axis(RATED).rename_axis("stars")


def _of_units(draws: np.ndarray, known: np.ndarray, province: Province, forecast: Forecast) -> pd.DataFrame:
    """Hold the units against the targets by stars that they have."""
    wanted = _targets(province, forecast.year).reindex(forecast.units)
    places, at = np.nonzero(wanted.notna().to_numpy())
    targets = wanted.to_numpy(object)[places, at]
    table = _held(draws[:, places, 1 + at], known[places, 1 + at], [*targets])
    names = [forecast.units[places], np.take(RATED, 1 + at)]
    return table.set_axis(pd.MultiIndex.from_arrays(names, names=["unit", "stars"]))


def _targets(province: Province, year: int) -> pd.DataFrame:
    """Return the units' targets of a year by stars."""
    of_year = province.targets[province.targets["year"] == year].set_index("unit")
    return of_year.reindex(columns=[*GOALS]).astype("Int64")


def _held(totals: np.ndarray, known: np.ndarray, target: list) -> pd.DataFrame:
    """Hold totals (draws, rows) against targets, of which some may be missing."""
    low, middle, high = np.quantile(totals, [0.1, 0.5, 0.9], axis=0, method="inverted_cdf").astype(int)
    table = pd.DataFrame({"so_far": known, "lower": low, "median": middle, "upper": high})
    aims = pd.array(target, "Int64")
    chances = [
        np.nan if pd.isna(aim) else np.mean(one >= aim) for aim, one in zip(aims, totals.T, strict=True)
    ]
    return table.assign(target=aims, p_reach=chances)
