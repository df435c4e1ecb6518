"""Whole years after this one: joint draws of the units' products, each going on from a draw of this year.

The province's level is the trend's, fitted to past windows of a year. What a draw says of the rest of this
year moves it by the credibility ``K = P / (P + D / m + q)``, P the level's relative variance ``D / a``, m
what was expected of the rest, D and q as in `total`. From year to year its log goes a step of variance

    s^2 = min(12 f^2 D / r + g^2, 1/4)

with r products a month: the first part is how fast a level wanders of which f is the best discount [1]_, the
second carries on what past years grew as a doubt and not as growth, which is damped [2]_: what rose may go on
rising or fall back. f, g and q are points of the weighted grid, learned from past totals and their priors.

A unit's rate is gamma as in `shares`, moved by what the draw brings it this year and drifting by v a month;
each year has its luck. As a unit's communes fill up it slows down (`communes`).

References
----------
.. [1] Harvey, A. C. and Fernandes, C. (1989). Time series models for count or qualitative
   observations. Journal of Business & Economic Statistics 7, 407-417.
.. [2] Gardner, E. S. and McKenzie, E. (1985). Forecasting trends in time series. Management Science
   31, 1237-1246.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from ocop_forecast.periods import to_come, year_ahead

from .communes import Room
from .forecast import Forecast
from .shares import Shares, draw_common, draw_months, draw_rate
from .streams import AHEAD, settled, stream, systematic
from .total import FORGETTING, SPREAD, Slopes, exposure
from .trend import TrendResults

MOST = 0.25  # s^2: a year rarely more than halves or doubles a level


class Level(NamedTuple):
    """The province's level at the as-of date, and how it goes on, in each draw (draws,)."""

    rate: np.ndarray  # products a month of exposure 1
    step: np.ndarray  # variance of its log's step in a year, s^2
    luck: np.ndarray  # relative variance of a year's luck
    slopes: Slopes

    def after(self, years: float, rng: np.random.Generator) -> "Level":
        """Return the level so many years later."""
        step = np.sqrt(self.step * years) * rng.standard_normal(len(self.step))
        return self._replace(rate=self.rate * np.exp(step))


def draw_years(
    results: TrendResults, forecast: Forecast, until: int, room: Room | None, seed: int
) -> np.ndarray:
    """Draw the units' products in whole years, from the one after the forecast's to `until`.

    Parameters
    ----------
    results : TrendResults
        As from `Known.yearly`.
    forecast : Forecast
        This year's; its draw i goes on in draw i.
    until : int
        The last year.
    room : Room, optional
        How far communes are full, units in the order of their codes.
    seed : int
        That of the forecast.

    Returns
    -------
    ndarray of int, shape (draws, units, years)
        Units in the order of the forecast's.
    """
    key, order = (seed, year_ahead(forecast.as_of)), np.argsort(forecast.units)
    rng, units = stream(*key, AHEAD), [stream(*key, code, AHEAD) for code in forecast.units[order]]
    rest = forecast.remaining().to_numpy()[:, order]
    level = _level(results, forecast, seed, rng)
    rates, added, years = _rates(results.shares, rest, units), rest, []
    for year in range(forecast.year + 1, until + 1):
        eased = rates if room is None else rates * room.of(added)
        mean = level.rate * _exposure(results, months_of(year), level.slopes, seed)
        mean = mean * eased.sum(axis=1) / rates.sum(axis=1)
        variance = mean * results.total.dispersion + mean**2 * level.luck
        years.append(_year(results.shares, mean, variance, eased, rng, units))
        level, rates = level.after(1, rng), rates * _drift(results.shares, len(rates), units)
        added = added + years[-1]
    return np.stack(years, axis=2)[:, np.argsort(order)]


def into_months(results: TrendResults, forecast: Forecast, counts: np.ndarray, seed: int) -> Forecast:
    """Return a forecast of this year and the next one: its products `counts` (draws, units) in their months.

    The months' parts of the year are common to all units, as in `shares.draw_months`. This year's months are
    those of `forecast`; what is not entered of it is left out, since it is none of the next one's.
    """
    key = (seed, year_ahead(forecast.as_of))
    months = months_of(forecast.year + 1)
    season = np.tile(results.calendar.season.factor, (len(counts), 1))
    total = np.maximum(counts.sum(axis=1), 1)
    parts = draw_months(season, total, results.total.dispersion, stream(*key, AHEAD, 1)).parts
    placed = [
        stream(*key, code, AHEAD, 1).multinomial(count, parts)
        for code, count in zip(forecast.units, counts.T, strict=True)
    ]
    draws = np.concatenate([forecast.draws, np.stack(placed, axis=1)], axis=2)
    ahead = to_come(forecast.as_of, months[-1])
    return Forecast(forecast.panel, ahead, draws, forecast.as_of, earned=False)


def months_of(year: int) -> pd.PeriodIndex:
    """Return a year's months."""
    return pd.period_range(f"{year}-01", periods=12, freq="M")


def _exposure(results: TrendResults, months: pd.PeriodIndex, slopes: Slopes, seed: int) -> np.ndarray:
    """Return the exposure of some months together in each draw (draws,)."""
    covariates = results.calendar.future(months, seed=seed, draws=len(slopes.growth))
    return exposure(covariates, slopes).sum(axis=1)


def _level(results: TrendResults, forecast: Forecast, seed: int, rng: np.random.Generator) -> Level:
    """Draw the province's level at the end of this year, moved by what is still to come of it."""
    whole, draws = results.total, len(forecast.draws)
    f, g, q = np.unravel_index(systematic(whole.weight, draws, rng), whole.weight.shape)
    slopes, rate = Slopes(*(axis[g] for axis in whole.slopes)), whole.level[f, g]
    luck = SPREAD[q] + results.calendar.variance(months_of(forecast.year))
    step = np.minimum(12 * FORGETTING[f] ** 2 * whole.dispersion / rate + slopes.growth**2, MOST)
    vague = whole.dispersion / whole.evidence[f, g]
    expected = rate * _exposure(results, forecast.months, slopes, seed)
    trust = vague / (vague + whole.dispersion / expected + luck)
    came = forecast.remaining().to_numpy().sum(axis=1)
    rate, shape = rate * (1 + trust * (came / expected - 1)), settled(1 / (vague * (1 - trust)))
    level = Level(rate * rng.standard_gamma(shape) / shape, step, luck, slopes)
    return level.after(len(forecast.months) / 12, rng)


def _rates(shares: Shares, rest: np.ndarray, units: list[np.random.Generator]) -> np.ndarray:
    """Draw the units' rates against an average unit (draws, units), moved by what is still to come this year.

    A product of it tells as much as ``1 / (1 + batch + level m)`` of one, m the unit's mean.
    """
    evidence = 1 / (shares.relative - shares.level)
    told = 1 / (1 + shares.batch + shares.level * shares.share * rest.sum(axis=1).mean())
    shape = settled(evidence + told * rest)
    average = evidence / (len(units) * shares.share) + told * rest.mean(axis=1, keepdims=True)
    gamma = [rng.standard_gamma(one) for rng, one in zip(units, shape.T, strict=True)]
    return np.stack(gamma, axis=1) / average


def _drift(shares: Shares, draws: int, units: list[np.random.Generator]) -> np.ndarray:
    """Draw what a year makes of the units' rates (draws, units)."""
    shape = settled(np.array(1 / (12 * shares.memory[0])))
    return np.stack([own.standard_gamma(shape, draws) for own in units], axis=1) / shape


def _year(
    shares: Shares,
    mean: np.ndarray,
    variance: np.ndarray,
    rates: np.ndarray,
    rng: np.random.Generator,
    units: list[np.random.Generator],
) -> np.ndarray:
    """Draw one year's products (draws, units) of a total of this mean and variance, as units' `rates` are."""
    share = rates / rates.sum(axis=1, keepdims=True)
    alike = shares._replace(share=share.mean(axis=0), relative=np.full(len(units), shares.level))
    common = draw_common(mean, variance, alike, rng)
    counts = [
        own.poisson(settled(draw_rate(common, part, shares.level, own)))
        for part, own in zip(share.T, units, strict=True)
    ]
    return np.stack(counts, axis=1)
