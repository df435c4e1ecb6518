"""What late entries cost, and what imputing them gains: paired forecasts of the same months.

    python benchmarks/late.py [PANEL_OR_FOLDER...] [--provinces N] [--years N] [--draws N]

The tasks of skill.py, with registers of which half of a month stands in at its end, three quarters a month
later, all after two; earlier runs of the past two years were as late. Worlds: each product alone is late;
those of a month together, as a round's are; nothing is. Scores are of the year's total by unit, and of the
province; ratios and differences are to the forecast that knows everything at once. Without a panel simulated
provinces are forecast.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import skill
from tqdm import tqdm

from ocop_forecast import Forecast, TrendModel
from ocop_forecast.evaluation import simulated_counts
from ocop_forecast.models.late import learn
from ocop_forecast.periods import to_come

ENTERED = (0.5, 0.25, 0.25)  # at a month's end, in the month after it, and in the next
WORLDS = {"each alone": 1e6, "rounds as one": 2.0, "nothing late": 0.0}  # evenness of months
RUNS = 24  # months with an earlier run
SCORES = ("RPS", "log score", "Brier", "province RPS")


def split(panel: pd.DataFrame, even: float, rng: np.random.Generator) -> np.ndarray:
    """Return the products by how many months after their own they are entered, (3, months, units)."""
    if not even:
        return np.stack([panel.to_numpy(), *np.zeros((2, *panel.shape), int)])
    parts = rng.dirichlet(even * np.array(ENTERED), len(panel))
    return np.moveaxis(rng.multinomial(panel.to_numpy(), parts[:, None]), -1, 0)


def known_at(panel: pd.DataFrame, entered: np.ndarray, months: int) -> pd.DataFrame:
    """Return the panel as it stood at the end of its first so many months."""
    known = panel.iloc[:months].copy()
    for back in (1, 2):
        known.iloc[-back] = entered[:back, months - back].sum(axis=0)
    return known


def run(known: pd.DataFrame) -> Forecast:
    """Return an earlier run of which nothing but the panel counts."""
    months = to_come(known.index[-1])
    return Forecast(known, months, np.zeros((1, known.shape[1], len(months)), int))


def forecasts(task: skill.Task, even: float) -> Iterator[tuple[str, pd.DataFrame, object]]:
    """Yield each way's name, its panel and its delays."""
    full, last = task.history, len(task.history)
    entered = split(full, even, np.random.default_rng(task.seed))
    now = known_at(full, entered, last)
    runs = [run(known_at(full, entered, months)) for months in range(last - RUNS, last)]
    yield "at once", full, None
    yield "ignored", now, None
    yield "imputed", now, learn(now, now.index[-1], runs)


def measured(task: skill.Task, even: float, draws: int) -> dict[str, float]:
    """Return the scores of each way, and how far it is off in the province's mean."""
    told, so_far = {}, task.history.iloc[-(12 - task.left) :].sum().to_numpy()
    for way, panel, delays in forecasts(task, even):
        forecast = TrendModel(panel, delays=delays).fit().forecast(seed=task.seed, draws=draws)
        left = forecast.year_end().to_numpy() - so_far
        scores = skill.scores(left, task)
        told |= {f"{score} {way}": scores[score] for score in SCORES}
        told[f"mean {way}"] = left.sum(axis=1).mean()
    return told


def compared(rows: pd.DataFrame) -> dict[str, float]:
    """Return ratios and differences to what knows everything at once, with standard errors."""
    told, n = {"forecasts": len(rows)}, np.sqrt(len(rows))
    for way in ("ignored", "imputed"):
        for score in ("RPS", "province RPS"):
            told[f"{score} {way}"] = rows[f"{score} {way}"].mean() / rows[f"{score} at once"].mean()
        for score in ("RPS", "log score", "Brier", "mean"):
            change = rows[f"{score} {way}"] - rows[f"{score} at once"]
            told |= {f"{score} change {way}": change.mean(), f"± {score} {way}": change.std() / n}
    return told


def main() -> None:
    """Forecast and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("panels", nargs="*", type=Path, help="CSV files, or folders of them")
    for name, default in (("provinces", 4), ("years", 4), ("draws", 1000)):
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{default} unless told")
    asked, table = parser.parse_args(), {}
    made = {"years": 10, "as_of": "2024-12"}
    panels = skill.read(asked.panels) if asked.panels else {
        f"simulated {seed}": simulated_counts.simulate(seed=seed, **made).panel
        for seed in range(asked.provinces)
    }  # fmt: skip
    work = [task for panel in panels.values() for task in skill.tasks(panel, asked.provinces, asked.years)]
    for name, even in WORLDS.items():
        rows = [measured(task, even, asked.draws) for task in tqdm(work, desc=name, leave=False)]
        table[name] = compared(pd.DataFrame(rows))
    print(pd.DataFrame(table).round(4).to_string())


if __name__ == "__main__":
    main()
