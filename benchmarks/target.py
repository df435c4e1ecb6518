"""What the target as a source is worth, and what it costs: paired forecasts, with it and by the trend alone.

    python benchmarks/target.py [--provinces N] [--first SEED] [--draws N]

Simulated provinces of six years, each forecast from the end of March, June or September. In the first world
targets say nothing of a year's total. In the second the total follows them; in the third a province was set
targets of a third of what it brings, as published ones were, and has known them for three years. Both
forecasts have the same seeds. Differences (with - trend alone) have standard errors over provinces; ranks are
those of the province's outcome among the draws with it, in tenths: even where the forecast is calibrated.
Seeds 0 to 23 of the first world are those that the source was built with.
"""

import argparse
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import chisquare
from tqdm import tqdm

from ocop_forecast.evaluation.simulated_counts import Simulated, prior, simulate
from ocop_forecast.models.forecast import Forecast
from ocop_forecast.models.known import Known
from ocop_forecast.models.projection import combined
from ocop_forecast.scores import brier, rps

ORIGINS = ("2024-03", "2024-06", "2024-09")
WORLDS = ("targets tell nothing", "totals follow targets", "a third of what comes, three years")


def world(name: str, seed: int) -> Simulated:
    """Return a simulated province of one of the worlds."""
    as_of, pull = ORIGINS[seed % 3], float(name == WORLDS[1])
    told = simulate(replace(prior(seed), pull=pull), seed=seed, as_of=as_of)
    if name == WORLDS[2]:
        usual = told.panel.to_numpy().sum() / (len(told.panel) / 12)
        part = usual / 3 / (told.targets.groupby("year")["target"].sum().mean() + 1)
        targets = told.targets.assign(target=(told.targets["target"] * part).round().astype(int))
        told = replace(told, targets=targets[targets["year"] >= 2022])
    return told


def measured(told: Simulated, draws: int) -> dict[str, float]:
    """Return the scores of both forecasts, the weight of the target, and the outcome's rank."""
    both = combined(Known(told.panel, told.panel.index[-1], told.targets), seed=1, draws=draws)
    scored = {"with": scores(both.base, told), "trend": scores(both.trend, told)}
    rows = {f"{score} {name}": value for name, one in scored.items() for score, value in one.items()}
    came, total = told.came.to_numpy().sum(), both.base.remaining().sum(axis=1).to_numpy()
    luck = np.random.default_rng(int(came)).random()
    rank = (total < came).mean() + luck * (total == came).mean()
    return rows | {"weight": 0.0 if both.source is None else both.source.weight, "rank": rank}


def scores(forecast: Forecast, told: Simulated) -> dict[str, float]:
    """Return RPS of a unit and of the province, and Brier scores of both targets."""
    rest, came = forecast.remaining().to_numpy(), told.came.sum().to_numpy()
    asked = told.targets[told.targets["year"] == forecast.year].set_index("unit")["target"]
    need = asked.reindex(forecast.units).to_numpy() - forecast.so_far.to_numpy()
    total, whole, missing = rest.sum(axis=1, keepdims=True), came.sum(keepdims=True), need.sum(keepdims=True)
    return {
        "RPS": rps(rest, came).mean(),
        "province RPS": rps(total, whole).item(),
        "Brier": brier((rest >= need).mean(axis=0), came >= need).mean(),
        "province Brier": brier((total >= missing).mean(axis=0), whole >= missing).item(),
    }


def table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return by world the mean scores with it and by the trend alone, the weight, and the ranks."""
    shown = {}
    for name, some in rows.groupby("world", sort=False):
        told = {"provinces": len(some), "weight": f"{some['weight'].mean():.2f}"}
        for score in ("RPS", "province RPS", "Brier", "province Brier"):
            own, other = some[f"{score} with"], some[f"{score} trend"]
            errors = (own - other).mean() / (own - other).sem()
            told[score] = f"{own.mean():.3f} / {other.mean():.3f} ({errors:+.1f} s.e.)"
        ranks = np.histogram(some["rank"], 10, (0, 1))[0]
        even = chisquare(ranks).pvalue
        shown[name] = told | {"ranks": " ".join(map(str, ranks)), "p, even": f"{even:.2f}"}
    return pd.DataFrame(shown).T


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--provinces", type=int, default=60)
    parser.add_argument("--first", type=int, default=100)
    parser.add_argument("--draws", type=int, default=1000)
    asked, rows = parser.parse_args(), []
    for name in WORLDS:
        for seed in tqdm(range(asked.first, asked.first + asked.provinces), desc=name, leave=False):
            rows.append({"world": name, **measured(world(name, seed), asked.draws)})
    print(table(pd.DataFrame(rows)).to_string())


if __name__ == "__main__":
    main()
