"""Whole years after this one: joint draws of the units' products, each going on from a draw of this year.

The province's level is the trend's, fitted to past windows of a year. What a draw says of the rest of this
year moves it by the credibility ``K = P / (P + D / m + q)``, P the level's relative variance ``D / a``, m what
was expected of the rest, D and q as in `total`. From year to year its log goes a step of variance

    s^2 = min(12 f^2 D / r + g^2, 1/4)

with r products a month: the first part is how fast a level wanders of which f is the best discount [1]_, the
second carries on what past years grew as a doubt and not as growth, which is damped [2]_: what rose may go on
rising or fall back. f, g and q are points of the weighted grid, learned from past totals and their priors.

A unit's rate is gamma as in `shares`, moved by what the draw brings it this year and drifting by v a month;
each year has its luck. As a unit's communes fill up it slows down (`communes`).

References
----------
.. [1] Harvey, A. C. and Fernandes, C. (1989). Time series models for count or qualitative observations.
   Journal of Business & Economic Statistics 7, 407-417.
.. [2] Gardner, E. S. and McKenzie, E. (1985). Forecasting trends in time series. Management Science
   31, 1237-1246.
"""

import numpy as np

from ocop_forecast.periods import to_come, year_ahead

from .communes import Room
from .forecast import Forecast
from .shares import Shares, draw_common, draw_rate
from .streams import AHEAD, settled, stream, systematic
from .total import FORGETTING, SPREAD, Slopes, exposure
from .trend import TrendResults

MOST = 0.25  # s^2: a year rarely more than halves or doubles a level


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
    means, luck = _levels(results, forecast, until, seed, rng)
    rates, added, years = _rates(results.shares, rest, units), rest, []
    for mean in means.T:
        share = rates if room is None else rates * room.of(added)
        mean = mean * share.sum(axis=1) / rates.sum(axis=1)
        variance = mean * results.total.dispersion + mean**2 * luck
        share = share / share.sum(axis=1, keepdims=True)
        years.append(_year(results.shares, mean, variance, share, rng, units))
        rates, added = rates * _drift(results.shares, len(rates), units), added + years[-1]
    return np.stack(years, axis=2)[:, np.argsort(order)]


def _levels(
    results: TrendResults, forecast: Forecast, until: int, seed: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw what each year to come expects of the province (draws, years), and a year's luck (draws,)."""
    whole, draws = results.total, len(forecast.draws)
    f, g, q = np.unravel_index(systematic(whole.weight, draws, rng), whole.weight.shape)
    slopes, months = Slopes(*(axis[g] for axis in whole.slopes)), to_come(forecast.as_of, f"{until}-12")
    luck = SPREAD[q] + results.calendar.variance(months)
    x = exposure(results.calendar.future(months, seed=seed, draws=draws), slopes)
    years = range(forecast.year, until + 1)
    x = np.stack([x[:, months.year == year].sum(axis=1) for year in years], axis=1)
    level, vague = whole.level[f, g], whole.dispersion / whole.evidence[f, g]
    step = np.minimum(12 * FORGETTING[f] ** 2 * whole.dispersion / level + slopes.growth**2, MOST)
    expected, came = level * x[:, 0], forecast.remaining().to_numpy().sum(axis=1)
    trust = vague / (vague + whole.dispersion / expected + luck)
    level = level * (1 + trust * (came / expected - 1))
    own = settled(1 / (vague * (1 - trust)))
    level = level * rng.standard_gamma(own) / own
    passed = np.array([(months.year == forecast.year).mean(), *[1] * (until - forecast.year - 1)])
    wander = np.sqrt(np.outer(step, passed)) * rng.standard_normal((draws, len(passed)))
    return level[:, None] * np.exp(wander.cumsum(axis=1)) * x[:, 1:], luck


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
    share: np.ndarray,
    rng: np.random.Generator,
    units: list[np.random.Generator],
) -> np.ndarray:
    """Draw one year's products (draws, units), given what all units' draws expect of it."""
    alike = shares._replace(share=share.mean(axis=0), relative=np.full(len(units), shares.level))
    common = draw_common(mean, variance, alike, rng)
    rates = [draw_rate(common, one, shares.level, own) for one, own in zip(share.T, units, strict=True)]
    counts = [own.poisson(settled(rate)) for rate, own in zip(rates, units, strict=True)]
    return np.stack(counts, axis=1)
