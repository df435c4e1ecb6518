"""Time a fit and 4,000 draws of a year on simulated panels of growing size: one run, one table.

    python benchmarks/speed.py [--large]

Seconds are of processor time. Each size has a process of its own, so its peak memory is its own; the first,
tiny forecast of a process is timed by itself in column `start`, since it imports scipy and statsmodels.
"""

import argparse
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from time import process_time

import numpy as np
import pandas as pd

from ocop_forecast import TrendModel

SIZES, LARGE = [(27, 72), (270, 120), (2700, 120)], (10_000, 120)


def simulated(units: int, months: int, seed: int = 0) -> pd.DataFrame:
    """Return a panel to December 2024: wandering level, year-end rush, rounds, unlike units; 0.4 a month."""
    rng, index = np.random.default_rng(seed), pd.period_range(end="2024-12", periods=months, freq="M")
    rush = np.array([0.7] * 8 + [1, 1.4, 1.6, 2.4])[index.month - 1]
    level = 0.4 * rush * np.exp(rng.normal(0, 0.05, months).cumsum()) * rng.gamma(4, 1 / 4, months)
    mean = level[:, None] * rng.gamma(1.5, 1 / 1.5, units)
    return pd.DataFrame(rng.poisson(rng.gamma(4, mean / 4)), index, [f"{at:05d}" for at in range(units)])


def timed(panel: pd.DataFrame, draws: int) -> tuple[float, float]:
    """Return the processor seconds of a fit and of its draws to the next December."""
    begin = process_time()
    results = TrendModel(panel).fit()
    fitted = process_time()
    results.forecast(seed=1, draws=draws)
    return fitted - begin, process_time() - fitted


def peak() -> float:
    """Return the most memory this process has held, MiB; missing on Windows, which does not tell it so."""
    try:
        import resource
    except ImportError:
        return float("nan")
    bytes_each = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * bytes_each / 2**20


def measure(units: int, months: int, draws: int = 4000) -> dict[str, float]:
    """Return seconds (start, fit, draws) and peak memory (MiB) of one size, in this process."""
    start = sum(timed(simulated(2, 24), 1))
    fit, drawn = timed(simulated(units, months), draws)
    return {"units": units, "months": months, "start": start, "fit": fit, "draws": drawn, "peak MiB": peak()}


def table(rows: list[dict]) -> pd.DataFrame:
    """Return the sizes with their cost (fit and draws) and size (units x months) against the row above."""
    shown = pd.DataFrame(rows)
    for name, amount in (
        ("cost / previous", shown["fit"] + shown["draws"]),
        ("size / previous", shown["units"] * shown["months"]),
    ):
        shown[name] = amount / amount.shift()
    return shown


def main() -> None:
    """Read the command line, time each size in a new process, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--large", action="store_true", help="10,000 units too")
    sizes = [*SIZES, LARGE] if parser.parse_args().large else SIZES
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh, max_tasks_per_child=1) as pool:
        rows = list(pool.map(measure, *zip(*sizes, strict=True)))
    print(table(rows).round(2).to_string(index=False, na_rep="-"))


if __name__ == "__main__":
    main()
