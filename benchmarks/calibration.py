"""Are the forecast's chances right where the truth is known? Simulation-based calibration.

    python benchmarks/calibration.py [--provinces N] [--draws N] [--workers N]

Provinces whose truth is drawn from priors (`evaluation.simulated_counts`) are forecast from the end of every
month of the year in turn. Where the chances are right, the ranks of what came among the draws are even from 0
to 1 (Talts and others 2018). The printed table holds the ranks in tenths and how often the intervals held;
ranks that leave a band which right chances leave once in 1,000 runs, all looks together, are marked `UNEVEN`.
"""

import argparse
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial

import numpy as np
import pandas as pd
from scipy import stats
from tqdm import tqdm

from ocop_forecast import TrendModel
from ocop_forecast.evaluation import simulated_counts

FALSE_ALARMS = 1e-3  # of all looks together
EDGES = np.arange(1, 20) / 20  # where ranks are counted


@cache
def province(seed: int) -> simulated_counts.Simulated:
    """Return a province known to the month whose turn it is; every second dozen has no targets."""
    return simulated_counts.simulate(
        seed=seed, as_of=f"2024-{seed % 12 + 1:02d}", with_targets=seed // 12 % 2 == 0
    )


def forecast(seed: int, draws: int) -> np.ndarray:
    """Return the model's draws (draws, units, months) for a province."""
    known = province(seed)
    return TrendModel(known.panel, known.targets).fit().forecast(seed=seed, draws=draws).draws


def looks(known: pd.DataFrame, seed: int) -> dict[str, tuple]:
    """Return which units and which months each look adds up, chosen by what is known and never by what came.

    Units of a province err together; so each look takes one number from a province, and its ranks are
    independent of each other.
    """
    size = known.sum().to_numpy().argsort(kind="stable")
    anyone = np.random.default_rng([seed, 2]).integers(len(size), size=1)
    every = slice(None)
    return {
        "province": (every, every),
        "province, next month": (every, slice(1)),
        "a unit": (anyone, every),
        "unit with the most so far": (size[-1:], every),
        "unit with the least so far": (size[:1], every),
    }


def ranks(seed: int, draws: np.ndarray) -> dict[str, float]:
    """Return by look the rank of what came among the draws (draws, units, months), 0 to 1."""
    known, rng = province(seed), np.random.default_rng([seed, 3])
    came = known.came.to_numpy().T
    return {
        look: rank(draws[:, units, months].sum(axis=(1, 2)), came[units, months].sum(), rng)
        for look, (units, months) in looks(known.panel, seed).items()
    }


def rank(draws: np.ndarray, came: float, rng: np.random.Generator) -> float:
    """Return the rank of what came among the draws, 0 to 1, anywhere among those like it.

    Examples
    --------
    >>> int(rank(np.array([1, 2, 3, 9]), 5, np.random.default_rng(0)) * 5)  # fifths of which 3 lie below
    3
    """
    below, alike = (draws < came).sum(), (draws == came).sum()
    return float(below + rng.random() * (alike + 1)) / (len(draws) + 1)


# are they even?


def uneven(table: pd.DataFrame) -> list[str]:
    """Return the looks (columns) whose ranks, or their distances from the middle, leave the band.

    Ranks that pile up at one side are those of a biased forecast, distances that pile up those of intervals
    too narrow or too wide.
    """
    low, high = band(len(table), FALSE_ALARMS / (2 * table.shape[1]))
    folded = (2 * table - 1).abs()
    return [
        look
        for look in table
        if any(outside(values[look].to_numpy(), low, high) for values in (table, folded))
    ]


def outside(values: np.ndarray, low: np.ndarray, high: np.ndarray) -> bool:
    """Return whether the number of values up to an edge leaves the band at any edge."""
    counts = (values[:, None] <= EDGES).sum(axis=0)
    return bool(((counts < low) | (counts > high)).any())


@cache
def band(n: int, alarms: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the least and the most of n even ranks up to each edge, left with a chance of `alarms` at most.

    Central binomial intervals of one level at every edge, the level by bisection so that all edges together
    keep the promise (Säilynoja, Bürkner and Vehtari 2022), exactly: the counts are a Markov chain.
    """
    steps, levels = _steps(n), np.log([alarms / len(EDGES), alarms])
    for _ in range(12):
        bounds = stats.binom.interval(1 - np.exp(levels.mean()), n, EDGES)
        levels[int(1 - _chance_inside(steps, *bounds) > alarms)] = levels.mean()
    return stats.binom.interval(1 - np.exp(levels[0]), n, EDGES)


def _steps(n):
    """Return for each edge the chances of the count there (axis 1) given the count at the edge before."""
    counts, before = np.arange(n + 1), np.append(0, EDGES[:-1])
    more, free = counts - counts[:, None], n - counts[:, None]
    return [stats.binom.pmf(more, free, part) for part in (EDGES - before) / (1 - before)]


def _chance_inside(steps, low, high):
    counts = np.arange(len(steps[0]))
    chance = (counts == 0).astype(float)
    for step, least, most in zip(steps, low, high, strict=True):
        chance = (chance @ step) * ((least <= counts) & (counts <= most))
    return chance.sum()


# the table


def shape(table: pd.DataFrame) -> pd.DataFrame:
    """Return by look the share of ranks in each tenth, how often the central intervals held, and the mark."""
    tenths = table.apply(lambda ranks: np.histogram(ranks, np.linspace(0, 1, 11))[0]).T / len(table)
    shown = tenths.set_axis([f"{at / 10:.1f}" for at in range(10)], axis=1)
    for level in (0.8, 0.95):
        shown[f"{level:.0%} holds"] = ((table - 0.5).abs() < level / 2).mean()
    return shown.assign(mark=np.where(shown.index.isin(uneven(table)), "UNEVEN", ""))


def parts(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the provinces by when and with what they were forecast; index seeds."""
    month, with_targets = table.index % 12 + 1, table.index // 12 % 2 == 0
    named = {
        "all": table,
        "as of January to April": table[month <= 4],
        "as of May to August": table[(month > 4) & (month <= 8)],
        "as of September to November": table[(month > 8) & (month < 12)],
        "as of December, a whole year": table[month == 12],
        "with targets": table[with_targets],
        "without targets": table[~with_targets],
    }
    return {name: part for name, part in named.items() if len(part)}


def measured(seed: int, draws: int) -> dict[str, float]:
    """Return the ranks of one province."""
    return ranks(seed, forecast(seed, draws))


def main() -> None:
    """Read the command line, forecast, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name, default in (("provinces", 240), ("draws", 300), ("workers", 1)):
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{default} unless told")
    options = parser.parse_args()
    seeds, fresh = range(options.provinces), multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.workers, mp_context=fresh) as pool:
        rows = pool.map(partial(measured, draws=options.draws), seeds, chunksize=4)
        table = pd.DataFrame(list(tqdm(rows, total=len(seeds), mininterval=2)), seeds)
    for name, part in parts(table).items():
        print(f"\n{name}: {len(part)} provinces")
        print(shape(part).to_string(float_format="{:.2f}".format))


if __name__ == "__main__":
    main()
