"""Time a fit and 4,000 draws of a year on simulated panels of growing size: one run, one table.

    python benchmarks/speed.py [--large]

Seconds are of processor time. Each row has a process of its own, so its peak memory is its own; a first, tiny
forecast of it stands by itself in column `start`, since it imports libraries (scipy and statsmodels; the
peers' compile themselves). Where statsforecast is installed, its IMAPA and AutoETS forecast the same series
for the same months: points only, no draws and nothing joint.
"""

import argparse
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from time import process_time

import outside
import pandas as pd
from tqdm import tqdm

from ocop_forecast import TrendModel
from ocop_forecast.evaluation import simulated_counts

OURS, DRAWS, AHEAD = "this model", 4000, 12
SIZES, LARGE = [(27, 72), (270, 120), (1000, 120), (2700, 120)], (10_000, 120)
BASE = (1000, 120)  # what the others' cost is set against
SLOW = {"AutoETS": 270}  # units at most


def panel(units: int, months: int) -> pd.DataFrame:
    """Return a simulated panel up to a December, 0.26 products a unit and month."""
    return simulated_counts.simulate(seed=0, units=units, years=months // 12, as_of="2024-12").panel


def fit(known: pd.DataFrame, draws: int) -> list[float]:
    """Return the processor seconds of our fit and of its draws to the next December."""
    begin = process_time()
    results = TrendModel(known).fit()
    fitted = process_time()
    results.forecast(seed=1, draws=draws)
    return [fitted - begin, process_time() - fitted]


def point(method: str, known: pd.DataFrame) -> list[float]:
    """Return the processor seconds of a peer's point forecasts of the same months."""
    forecast, begin = outside.installed()[method], process_time()
    forecast(known, AHEAD)
    return [process_time() - begin]


def peak() -> float:
    """Return the most memory this process has held, MiB; missing on Windows, which does not tell it so."""
    try:
        import resource
    except ImportError:
        return float("nan")
    bytes_each = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * bytes_each / 2**20


def measure(method: str, units: int, months: int, draws: int = DRAWS) -> dict[str, float]:
    """Return seconds (start, fit, draws) and peak memory (MiB) of one method and size, in this process."""

    def timed(known, draws):
        return fit(known, draws) if method == OURS else point(method, known)

    start, work = sum(timed(panel(9, 48), 1)), timed(panel(units, months), draws)
    row = {"method": method, "units": units, "months": months, "start": start}
    return row | dict(zip(("fit", "draws"), work, strict=False)) | {"peak MiB": peak()}


def rows(sizes: list[tuple[int, int]]) -> list[tuple]:
    """Return what is to be measured: method, units, months."""
    peers = [name for name in ("IMAPA", "AutoETS") if name in outside.installed()]
    wanted = [(method, *size) for method, size in product([OURS, *peers], sizes)]
    return [row for row in wanted if row[1] <= SLOW.get(row[0], row[1])]


def table(measured: list[dict]) -> pd.DataFrame:
    """Return the rows with milliseconds a unit, and cost and size (units x months) against 1,000 units."""
    shown = pd.DataFrame(measured)
    cost = shown["fit"] + shown["draws"].fillna(0)
    shown["ms a unit"] = 1000 * cost / shown["units"]
    base = cost[(shown["units"] == BASE[0])].set_axis(shown["method"][shown["units"] == BASE[0]])
    shown["cost / 1,000"] = cost / shown["method"].map(base)
    shown["size / 1,000"] = shown["units"] * shown["months"] / (BASE[0] * BASE[1])
    return shown


def main() -> None:
    """Read the command line, time each row in a new process, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--large", action="store_true", help="10,000 units too")
    work = rows([*SIZES, LARGE] if parser.parse_args().large else SIZES)
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh, max_tasks_per_child=1) as pool:
        measured = list(tqdm(pool.map(measure, *zip(*work, strict=True)), total=len(work), leave=False))
    print(outside.left_out())
    print(f"Ours: a fit and {DRAWS} joint draws of {AHEAD} months. Peers: one point forecast of each month.")
    print(table(measured).round(2).to_string(index=False, na_rep="-"))


if __name__ == "__main__":
    main()
