"""Whether the intervals of the next three years hold, and targets are as safe as they are said to be.

    python benchmarks/years.py [FOLDER_OR_CSV...] [--provinces N] [--years N] [--draws N]

A panel is as for `skill.py`: provinces of 27 units, at most six years known to the end of September, and each
of the three whole years after that one wanted; `--years` origins, the last that three years follow. Beside
them stand `--provinces` simulated provinces of known truth, half of them such whose level goes on growing,
which the model holds for a doubt. `safe` is what a target met with 80 % by the draws says of itself, of the
province and of the sum of such targets of the units, and `met` how often the year reached it.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from skill import HISTORY, SEED, UNITS, read
from tqdm import tqdm

from ocop_forecast.evaluation.simulated_counts import prior, simulate
from ocop_forecast.models.ahead import draw_years
from ocop_forecast.models.known import Known
from ocop_forecast.models.projection import combined
from ocop_forecast.scores import randomised_coverage

AHEAD = 3
WORLDS = {"simulated, level": 0.0, "simulated, growing on": 1.0}


def of_panel(panel: pd.DataFrame, provinces: int, years: int) -> Iterator[tuple[int, pd.DataFrame]]:
    """Yield the year of each origin, and a province's months before and after it."""
    rng, drawn = np.random.default_rng(SEED), panel.shape[1] > UNITS
    for _ in range(provinces if drawn else 1):
        units = np.sort(rng.choice(panel.columns, UNITS, replace=False)) if drawn else panel.columns
        for year in panel.index.year.unique()[3:-AHEAD][-years:]:
            yield year, panel.loc[f"{year - HISTORY}-01" : f"{year + AHEAD}-12", units]


def of_world(growth: float, provinces: int) -> Iterator[tuple[int, pd.DataFrame]]:
    """Yield simulated provinces, 2024 their origin."""
    for seed in range(provinces):
        truth = prior(seed)
        truth = replace(truth, growth=growth * truth.growth)
        world = simulate(truth, seed=seed, as_of="2027-11", years=9, with_targets=False)
        yield 2024, pd.concat([world.panel, world.came])


def scores(months: pd.DataFrame, year: int, draws: int, seed: int) -> Iterator[dict[str, float]]:
    """Yield what held in each year ahead."""
    now = pd.Period(f"{year}-09", "M")
    told = combined(Known(months[:now], now), seed=seed, draws=draws)
    sample = draw_years(told.known.yearly(), told.forecast, year + AHEAD, None, seed)
    for at in range(AHEAD):
        seen = months.loc[f"{year + 1 + at}"].sum().to_numpy()
        yield {"ahead": at + 1} | _held(sample[:, :, at], seen)


def _held(drawn: np.ndarray, seen: np.ndarray) -> dict[str, float]:
    total, came = drawn.sum(axis=1, keepdims=True), seen.sum(keepdims=True)
    held = {f"{part:.0%} held": randomised_coverage(total, came, part) for part in (0.8, 0.95)}
    held |= {"unit 80% held": randomised_coverage(drawn, seen, 0.8)}
    place = len(drawn) - int(np.ceil(0.8 * len(drawn)))  # of the greatest target that so many draws reach
    for name, counts in (("province", total), ("sum", drawn)):
        wanted = np.sort(counts, axis=0)[place].sum()
        held |= {f"{name} safe": (total >= wanted).mean(), f"{name} met": came >= wanted}
    return {name: float(np.mean(value)) for name, value in held.items()}


def main() -> None:
    """Score and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("panels", nargs="*", type=Path)
    for name, default in (("provinces", 2), ("years", 6), ("draws", 1000)):
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{default} unless told")
    asked = parser.parse_args()
    panels = read(asked.panels) if asked.panels else {}
    work = {name: [*of_panel(panel, asked.provinces, asked.years)] for name, panel in panels.items()}
    work |= {name: [*of_world(growth, 10 * asked.provinces)] for name, growth in WORLDS.items()}
    rows = [
        {"of": name} | row
        for name, tasks in work.items()
        for seed, (year, months) in enumerate(tqdm(tasks, desc=name, leave=False, mininterval=2))
        for row in scores(months, year, asked.draws, seed)
    ]
    table = pd.DataFrame(rows).groupby(["of", "ahead"], sort=False)
    table = table.mean().assign(forecasts=table.size())
    of_panels = table.loc[[name for name in panels if work[name]]].groupby("ahead").mean()
    table = pd.concat([table, pd.concat({"mean of panels": of_panels}, names=["of"])])
    print(table.round(2).to_string())


if __name__ == "__main__":
    main()
