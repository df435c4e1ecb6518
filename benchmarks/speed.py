"""Time a fit and 4,000 draws of a year on panels of growing size, and the notebooks of a large province.

    python benchmarks/speed.py [--large]

Seconds are of processor time. Each row has a process of its own, so its peak memory is its own; a first, tiny
forecast of it stands by itself in column `start`, since it imports libraries (scipy and statsmodels; the
peers' compile themselves). With targets, shares lean to what these miss, month by month. `numpy's Poisson`
draws as many numbers with the means that the model expects, into integers of the same size. Where
statsforecast is installed, its IMAPA and AutoETS forecast the same series for the same months: points only,
no draws and nothing joint. The notebooks are a district's and the province's, their cells alone, warm.
"""

import argparse
import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from importlib.metadata import version
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np
import outside
import pandas as pd
from tqdm import tqdm

from ocop_forecast import TrendModel, project, read_province
from ocop_forecast.evaluation import simulated_counts

OURS, TARGETS, NUMPY = "this model", "this model, with targets", "numpy's Poisson"
DRAWS, AHEAD = 4000, 12
SIZES, LARGE = [(27, 72), (270, 120), (1000, 120), (2700, 120)], (10_000, 120)
BASE = (1000, 120)  # what the others' cost is set against
SLOW = {"AutoETS": 270}  # units at most
FEW, MANY = 27, 300  # units of a province whose notebooks are timed
TIMES = 12  # notebooks of a kind
AS_OF = "2024-09"  # of them


def simulated(units: int, months: int) -> simulated_counts.Simulated:
    """Return a simulated panel up to a December, 0.26 products a unit and month, and its targets."""
    return simulated_counts.simulate(seed=0, units=units, years=months // 12, as_of="2024-12")


def panel(units: int, months: int) -> pd.DataFrame:
    """Return the panel alone."""
    return simulated(units, months).panel


def fit(known: pd.DataFrame, draws: int, targets: pd.DataFrame | None = None) -> dict[str, float]:
    """Return the processor seconds of our fit and of its draws to the next December."""
    begin = process_time()
    results = TrendModel(known, targets).fit()
    fitted = process_time()
    results.forecast(seed=1, draws=draws)
    return {"fit": fitted - begin, "draws": process_time() - fitted}


def poisson(known: pd.DataFrame, draws: int) -> dict[str, float]:
    """Return the processor seconds of as many Poisson numbers with the means that we expect."""
    means = TrendModel(known).fit().expected().to_numpy()
    rng, begin = np.random.default_rng(1), process_time()
    sample = np.empty((len(means), draws, means.shape[1]), np.int16)
    for at, mean in enumerate(means):
        sample[at] = rng.poisson(mean, (draws, len(mean)))
    return {"draws": process_time() - begin}


def point(method: str, known: pd.DataFrame) -> dict[str, float]:
    """Return the processor seconds of a peer's point forecasts of the same months."""
    forecast, begin = outside.installed()[method], process_time()
    forecast(known, AHEAD)
    return {"fit": process_time() - begin}


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

    def timed(units, months, draws):
        known = simulated(units, months)
        if method in (OURS, TARGETS):
            return fit(known.panel, draws, known.targets if method == TARGETS else None)
        return poisson(known.panel, draws) if method == NUMPY else point(method, known.panel)

    start, work = sum(timed(9, 48, 1).values()), timed(units, months, draws)
    row = {"method": method, "units": units, "months": months, "start": start}
    return row | work | {"peak MiB": peak()}


def rows(sizes: list[tuple[int, int]]) -> list[tuple]:
    """Return what is to be measured: method, units, months."""
    peers = [name for name in ("IMAPA", "AutoETS") if name in outside.installed()]
    wanted = [(method, *size) for method, size in product([OURS, TARGETS, NUMPY, *peers], sizes)]
    return [row for row in wanted if row[1] <= SLOW.get(row[0], row[1])]


def table(measured: list[dict]) -> pd.DataFrame:
    """Return the rows with milliseconds a unit, and cost and size (units x months) against 1,000 units."""
    shown = pd.DataFrame(measured)
    cost = shown["fit"].fillna(0) + shown["draws"].fillna(0)
    shown["ms a unit"] = 1000 * cost / shown["units"]
    base = cost[(shown["units"] == BASE[0])].set_axis(shown["method"][shown["units"] == BASE[0]])
    shown["cost / 1,000"] = cost / shown["method"].map(base)
    shown["size / 1,000"] = shown["units"] * shown["months"] / (BASE[0] * BASE[1])
    return shown


def ratios(shown: pd.DataFrame) -> Iterator[str]:
    """Yield our seconds against the others', of the most units measured."""
    by = shown[shown["units"] == shown["units"].max()].set_index("method")
    for mine, part, other in product([OURS, TARGETS], ["fit", "draws"], ["IMAPA", NUMPY]):
        if other in by.index and not np.isnan(ratio := by.loc[mine, part] / by.loc[other, part]):
            yield f"{by.loc[mine, 'units']:,} units, {part}: {mine} / {other} = {ratio:.2f}"


def province(folder: Path, units: int) -> str:
    """Write the tables of a simulated province into a folder; return it."""
    known = simulated_counts.simulate(seed=3, units=units, as_of=AS_OF)
    places = pd.DataFrame({"unit": known.panel.columns, "name": "Xã " + known.panel.columns})
    counts = known.panel.rename_axis("month").stack().rename("count").reset_index()
    new = counts.loc[counts.index.repeat(counts["count"])].reset_index(drop=True)
    new = new.assign(product=new.index.map("SP {}".format), stars=3, kind="new")
    new["decision_date"] = new.pop("month").dt.start_time.dt.date
    tables = {"units": places, "targets": known.targets, "register": new.drop(columns="count")}
    for name, rows in tables.items():
        rows.to_csv(folder / f"{name}.csv", index=False)
    return str(folder)


def notebooks(units: int) -> dict[str, float]:
    """Return the processor seconds of a district's and the province's notebook, in this process, warm."""
    from batch import execute, warm_shell

    shell, seconds = warm_shell(Counter()), {"units": units}
    with TemporaryDirectory() as folder:
        known = read_province(province(Path(folder), units), as_of=AS_OF)
        known.save(f"{folder}/province.json")
        replace(project(known, seed=2024).forecast, earned=True).save(f"{folder}/draws.npz")
        given = {"as_of": AS_OF, "data": f"{folder}/province.json", "forecast": f"{folder}/draws.npz"}
        own = {"03_district": [{"unit": code} for code in known.units.index[: TIMES + 1]]}
        for name, each in (own | {"04_province": [{}] * (TIMES + 1)}).items():
            text = (Path(__file__).parent.parent / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8")
            begin = 0.0
            for at, more in enumerate(each):
                begin = process_time() if at == 1 else begin  # the first warms up
                execute(shell, {"notebook": text, "parameters": given | more})
            seconds[name] = (process_time() - begin) / TIMES
    return seconds


def main() -> None:
    """Read the command line, time each row in a new process, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--large", action="store_true", help="10,000 units too")
    work = rows([*SIZES, LARGE] if parser.parse_args().large else SIZES)
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh, max_tasks_per_child=1) as pool:
        measured = list(tqdm(pool.map(measure, *zip(*work, strict=True)), total=len(work), leave=False))
        warm = (
            pd.DataFrame(pool.map(notebooks, [FEW, MANY])).set_index("units") if os.name == "posix" else None
        )
    shown, packages = table(measured), ["numpy", *({package for package, _ in outside.PEERS.values()})]
    print(outside.left_out())
    print(*(f"{name} {version(name)}" for name in sorted(packages) if outside.find_spec(name)), sep=", ")
    print(f"Ours: a fit and {DRAWS} joint draws of {AHEAD} months. Peers: one point forecast of each month.")
    print(shown.round(2).to_string(index=False, na_rep="-"), *ratios(shown), sep="\n")
    if len(warm):
        warm = warm.set_index("units")
        warm.loc[f"{MANY} / {FEW}"] = warm.loc[MANY] / warm.loc[FEW]
        print(f"\nA notebook's cells, warm, processor seconds\n{warm.round(2).to_string()}")


if __name__ == "__main__":
    main()
