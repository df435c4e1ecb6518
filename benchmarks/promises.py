"""What hearing the districts' promises is worth: paired forecasts of simulated provinces, with and without.

    python benchmarks/promises.py [--provinces N] [--first SEED] [--draws N] [--years N]

Provinces of six years, as of September, each of whose units promised its year in the last years too. Honest
offices promise two and a half times what then comes, give or take 30 %; in the second world all of them are
more or less hopeful in a year, by half; the next two know nothing: they promise what is usual for them, or
what their target asks for; then the same with no year to learn from. RPS, of a unit and of the province, is
in products; differences (with - without) have standard errors over provinces. Seeds from 500 on are those
that the grid was chosen with.
"""

import argparse
from dataclasses import replace

import numpy as np
import pandas as pd
from tqdm import tqdm

from ocop_forecast import read_province
from ocop_forecast.evaluation.simulated_counts import Simulated, prior, simulate
from ocop_forecast.models.known import Known
from ocop_forecast.models.projection import Projection, combined
from ocop_forecast.planning.promises import promised
from ocop_forecast.scores import rps
from ocop_forecast.tables.province import Province

WORLDS = (
    *("honest", "honest, hopeful years", "the usual", "the target"),
    *("honest, first year", "the usual, first year", "the target, first year"),
)
AS_OF = 9  # the month after which it is promised


def said(told: Simulated, world: str, years: int, seed: int) -> pd.DataFrame:
    """Return a table of commitments, of this year and so many years before it."""
    rng, panel = np.random.default_rng([seed, 77]), pd.concat([told.panel, told.came])
    rest = panel[panel.index.month > AS_OF].groupby(lambda month: month.year).sum()
    had = panel[panel.index.month <= AS_OF].groupby(lambda month: month.year).sum()
    target = told.targets.pivot(index="year", columns="unit", values="target")[[*panel]]
    hopeful = np.exp(0.5 * rng.standard_normal((len(rest), 1))) if "hopeful" in world else 1.0
    usual = 2.5 * rest.mean().to_numpy() * np.ones(rest.shape)
    says = {"the usual": usual, "the target": target - had, "honest": 2.5 * hopeful * rest}
    promise = says[world.partition(",")[0]] * np.exp(0.3 * rng.standard_normal(rest.shape))
    december = (had + np.maximum(promise, 0).round()).astype(int)
    this = told.panel.index[-1].year
    last = december.loc[this if "first" in world else this - years : this]
    rows = last.rename_axis("year").melt(var_name="unit", value_name="december", ignore_index=False)
    return rows.reset_index().assign(
        said_on=lambda table: pd.to_datetime(table["year"].map("{}-09-30".format))
    )


def forecast(seed: int, draws: int) -> tuple[Simulated, Projection]:
    """Return a simulated province and its forecast."""
    told = simulate(prior(seed), seed=seed, as_of=f"2024-{AS_OF:02}")
    return told, combined(Known(told.panel, told.panel.index[-1], told.targets), seed=1, draws=draws)


def measured(
    told: Simulated, projection: Projection, commitments: pd.DataFrame, province: Province
) -> dict[str, float]:
    """Return both forecasts' scores, and how far promises are trusted."""
    names = told.targets["unit"]
    targets = told.targets.assign(name=names, province="p", province_name="P")
    province = replace(province, commitments=commitments, targets=targets)
    heard, came = promised(projection, province), told.came.sum().to_numpy()
    scores = {"trust": heard.trust}
    for name, one in (("with", heard.forecast), ("without", projection.forecast)):
        rest = one.remaining().to_numpy()
        scores[f"RPS {name}"] = rps(rest, came).mean()
        scores[f"province RPS {name}"] = rps(rest.sum(axis=1, keepdims=True), came.sum(keepdims=True)).item()
    return scores


def table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return by world the mean scores with and without the promises."""
    shown = {}
    for name, some in rows.groupby("world", sort=False):
        shown[name] = {"provinces": len(some), "trust": f"{some['trust'].mean():.2f}"}
        for score in ("RPS", "province RPS"):
            own, other = some[f"{score} with"], some[f"{score} without"]
            change = f"{(own - other).mean():+.3f} ± {(own - other).sem():.3f}"
            shown[name][score] = f"{own.mean():.3f} / {other.mean():.3f} ({change})"
    return pd.DataFrame(shown).T


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--provinces", type=int, default=60)
    parser.add_argument("--first", type=int, default=100)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--years", type=int, default=3)
    asked, rows, province = parser.parse_args(), [], read_province(as_of="2024-09")
    for seed in tqdm(range(asked.first, asked.first + asked.provinces), leave=False):
        told, projection = forecast(seed, asked.draws)
        for world in WORLDS:
            scores = measured(told, projection, said(told, world, asked.years, seed), province)
            rows.append({"world": world, **scores})
    print(table(pd.DataFrame(rows)).to_string())


if __name__ == "__main__":
    main()
