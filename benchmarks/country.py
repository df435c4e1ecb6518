"""Does the country's interval hold where provinces have a shock in common? Simulated ones tell.

    python benchmarks/country.py [--countries N] [--provinces N] [--draws N] [--workers N]

Provinces of known truth (`simulated_counts.country`) share nothing of their years' luck, or all of it; its
relative variance is 0.1, more than the model's prior expects and well within it. Each is forecast as of
March, and at the end of past Marches, by the trend model; the country is put together from that as
`planning.nation` does. The printed table holds, by what is shared: how often the 80 % interval of the country
held (the randomised share and its standard error), how often it would have if provinces were added up as
independent of each other or as one; how wide the interval is beside that of independent provinces; and how
much of a province's doubt was taken for shared, in the mean.
"""

import argparse
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product

import numpy as np
import pandas as pd
from tqdm import tqdm

from ocop_forecast import TrendModel
from ocop_forecast.evaluation import simulated_counts
from ocop_forecast.planning.nation import Country, Member
from ocop_forecast.scores import randomised_coverage

COMMON, SPREAD = (0.0, 1.0), 0.1  # of the years' luck: what is shared, and its relative variance
AS_OF, PAST, UNITS = "2024-03", ("2021-03", "2022-03", "2023-03"), 8


def member(key: str, world: simulated_counts.Simulated, seed: int, draws: int) -> Member:
    """Forecast a province now and at the same time of past years."""
    past = {}
    for origin in map(pd.Period, PAST):
        totals = ends(world.panel[:origin], world.targets, seed, draws)
        came = world.panel.loc[str(origin.year)].to_numpy().sum()
        past[origin.year] = ((totals < came).mean() + (totals <= came).mean()) / 2
    row = pd.Series({"so_far": world.panel.loc["2024"].to_numpy().sum(), "target": np.nan})
    totals = ends(world.panel, world.targets, seed, draws)
    return Member(key, row, totals, True, pd.Series(past))


def ends(panel: pd.DataFrame, targets: pd.DataFrame, seed: int, draws: int) -> np.ndarray:
    """Return the draws of the year's total, forecast from the panel's last month."""
    known = targets[targets["year"] <= panel.index[-1].year]
    return TrendModel(panel, known).fit().forecast(seed=seed, draws=draws).total().to_numpy()


def measured(case: tuple[int, float], provinces: int, draws: int) -> dict[str, float]:
    """Put one country together; say which of its intervals held, how wide they are, what was learned."""
    seed, common = case
    worlds = simulated_counts.country(
        provinces, seed=seed, common=common, spread=SPREAD, as_of=AS_OF, units=UNITS
    )
    country = Country.of([member(f"p{at}", one, seed, draws) for at, one in enumerate(worlds)], seed, 2024)
    came = sum(one.came.to_numpy().sum() + one.panel.loc["2024"].to_numpy().sum() for one in worlds)
    sums = {"held": country.draws.sum(axis=1), "independent": country.sums(0.0), "as one": country.sums(1.0)}
    inside = {
        name: randomised_coverage(totals[:, None], np.array([came]), country.level)[0]
        for name, totals in sums.items()
    }
    wide = [np.diff(country.ends(sums[name])[1:])[0] for name in ("held", "independent")]
    return {"common": common, **inside, "width": wide[0] / wide[1], "shared": country.shared.mean}


def shape(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the means by what is shared, with the standard error of what held."""
    by = rows.groupby("common")
    table = by.mean()
    table.insert(1, "± held", by["held"].std() / np.sqrt(by.size()))
    return table


def main() -> None:
    """Read the command line, forecast, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name, default in (("countries", 40), ("provinces", 10), ("draws", 200), ("workers", 1)):
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{default} unless told")
    options = parser.parse_args()
    cases, fresh = [*product(range(options.countries), COMMON)], multiprocessing.get_context("spawn")
    asked = partial(measured, provinces=options.provinces, draws=options.draws)
    with ProcessPoolExecutor(options.workers, mp_context=fresh) as pool:
        rows = pd.DataFrame(tqdm(pool.map(asked, cases), total=len(cases), mininterval=2))
    said = f"{options.countries} countries of {options.provinces} provinces as of {AS_OF}"
    print(f"\n{said}, past {', '.join(PAST)}")
    print(shape(rows).to_string(float_format="{:.2f}".format))


if __name__ == "__main__":
    main()
