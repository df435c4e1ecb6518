"""What the lean of the shares to the year's targets is worth: paired forecasts, with it and without.

    python benchmarks/lean.py [PANEL_OR_FOLDER...] [--provinces N] [--first SEED] [--draws N]

Simulated provinces whose units lean to their targets in a known way, from none to all stopping at them, each
forecast from the end of March, June or September; then the backtest of the embedded data; then the panels of
skill.py, if any are given, with targets invented for them, a tenth above the mean of the past three years.
Both forecasts have the same seeds. RPS, log score and Brier score are a unit's; differences (with - without)
have standard errors over provinces. Seeds from 500 on are those that the grid was chosen with.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import skill
from tqdm import tqdm

from ocop_forecast import TrendModel, read_province
from ocop_forecast.evaluation import simulated_counts
from ocop_forecast.models.trend import TrendResults
from ocop_forecast.scores import brier, log_score, rps

ORIGINS = ("2024-03", "2024-06", "2024-09")
WORLDS = {
    "no pull": {"lean": 0.0, "stop": 0.0},
    "lean 0.5": {"lean": 0.5, "stop": 0.0},
    "lean 0.6, stop 0.8": {"lean": 0.6, "stop": 0.8},
    "the same, effort not capped": {"lean": 0.6, "stop": 0.8, "capped": False},
}


def without(results: TrendResults) -> TrendResults:
    """Return the fitted trend with shares that lean nowhere."""
    return replace(results, lean=None)


def measured(panel: pd.DataFrame, targets: pd.DataFrame, came: np.ndarray, seed: int, draws: int) -> dict:
    """Return the scores of both forecasts, and what the fit says of the lean."""
    results = TrendModel(panel, targets).fit()
    told = {"none": results.lean.weight[0] if results.lean else 1, **results.leaning}
    for name, one in (("with", results), ("without", without(results))):
        forecast = one.forecast(seed=seed, draws=draws)
        told |= {f"{score} {name}": value for score, value in scores(forecast, targets, came).items()}
    return told


def scores(forecast, targets: pd.DataFrame, came: np.ndarray) -> dict[str, float]:
    """Return mean scores over units; Brier score, chance and outcome of units that are below their target."""
    drawn = forecast.remaining().to_numpy()
    asked = targets[targets["year"] == forecast.year].set_index("unit")["target"].reindex(forecast.units)
    need = asked.to_numpy(float) - forecast.so_far.to_numpy()
    p, total = (drawn >= need).mean(axis=0), drawn.sum(axis=1, keepdims=True)

    def of_open(values: np.ndarray) -> float:
        return pd.Series(values[need > 0]).mean()

    return {
        "RPS": rps(drawn, came).mean(),
        "log score": log_score(drawn, came).mean(),
        "Brier": of_open(brier(p, came >= need)),
        "p": of_open(p),
        "reached": of_open(came >= need),
        "province RPS": rps(total, came.sum(keepdims=True))[0],
    }


# what is forecast: panel, targets, what came, seed


def simulated(world: dict, seeds: range) -> Iterator[tuple]:
    """Yield provinces whose units lean as the world says."""
    for seed in seeds:
        truth = replace(simulated_counts.prior(seed), **world)
        known = simulated_counts.simulate(truth, seed=seed, as_of=ORIGINS[seed % 3])
        yield known.panel, known.targets, known.came.sum().to_numpy(), seed


def embedded() -> Iterator[tuple]:
    """Yield the embedded province at the month ends of its past years."""
    province = read_province(as_of="2024-09")
    for origin in pd.period_range("2020-12", "2023-11", freq="M"):
        end = pd.Period(year=(origin + 1).year, month=12, freq="M")
        known = province.targets[province.targets["year"] <= end.year]
        yield province.panel[:origin], known, province.panel[origin + 1 : end].sum().to_numpy(), 2024


def invented(panel: pd.DataFrame, provinces: int, years: int) -> Iterator[tuple]:
    """Yield the tasks of a panel with invented targets."""
    usual = panel.groupby(panel.index.year).sum().rolling(3).mean().shift().dropna()
    plan = (1.1 * usual).astype(int) + 1
    targets = plan.rename_axis("year").melt(var_name="unit", value_name="target", ignore_index=False)
    for task in skill.tasks(panel, provinces, years):
        yield task.history, targets.reset_index(), task.seen, task.seed


# the table


def compared(rows: pd.DataFrame) -> dict[str, float]:
    """Return mean scores of both, ratios, and differences with their standard errors."""
    mean, n = rows.mean(), np.sqrt(len(rows))
    told = {"forecasts": len(rows), "none": mean["none"], "w": mean["missing"], "s": mean["stop"]}
    for score in ("RPS", "province RPS"):
        told[f"{score} ratio"] = mean[f"{score} with"] / mean[f"{score} without"]
    for score in ("RPS", "log score", "Brier"):
        change = rows[f"{score} with"] - rows[f"{score} without"]
        told |= {f"{score} change": change.mean(), f"± {score}": change.std() / n}
    shown = ("Brier without", "Brier with", "p without", "p with", "reached with")
    return told | {name: mean[name] for name in shown}


def worlds(panels: dict[str, pd.DataFrame], options: argparse.Namespace) -> Iterator[tuple[str, list[tuple]]]:
    """Yield each row's name and what is forecast for it."""
    seeds = range(options.first, options.first + options.provinces)
    yield from ((name, list(simulated(world, seeds))) for name, world in WORLDS.items())
    yield "embedded data", list(embedded())
    yield from ((name, list(invented(panel, options.drawn, options.years))) for name, panel in panels.items())


def main() -> None:
    """Forecast and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("panels", nargs="*", type=Path, help="CSV files, or folders of them")
    for name, default in (("provinces", 60), ("first", 0), ("draws", 1000), ("drawn", 2), ("years", 4)):
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{default} unless told")
    options = parser.parse_args()
    panels = skill.read(options.panels) if options.panels else {}
    table = {}
    for name, work in worlds(panels, options):
        rows = [measured(*one, options.draws) for one in tqdm(work, desc=name, leave=False, mininterval=2)]
        table[name] = compared(pd.DataFrame(rows))
    print(pd.DataFrame(table).round(4).to_string())


if __name__ == "__main__":
    main()
