"""What progress reports cost beside a register: paired forecasts of the same months.

    python benchmarks/reports.py [PANEL_OR_FOLDER...] [--provinces N] [--years N] [--draws N]

The tasks of skill.py, from the register and from reports of it: counts since January with nothing missing;
without a third of the months, the as-of month and December apart; without a quarter of the units' reports,
at the as-of month too; and where a tenth of the reports is one product too high and put right in the next.
Then from this year alone, whole and without a third of its months. Coverage is of the year's total, by unit
and of the province, of which it is also told how often it came below and above the central 80 %; errors are
divided by those from the register. Without a panel simulated provinces are forecast.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import skill
from tqdm import tqdm

from ocop_forecast import TrendModel
from ocop_forecast.evaluation import simulated_counts
from ocop_forecast.tables.progress import differences

GONE, SILENT, WRONG = 1 / 3, 1 / 4, 1 / 10  # months, units' reports, and reports that are too high
COVERED = ("80 % holds", "p. 80 % holds", "p. 95 % holds", "p. below", "p. above")


def reported(panel: pd.DataFrame, kept: np.ndarray, error: np.ndarray) -> pd.DataFrame:
    """Return the panel that the `kept` reports (months, units) of a panel tell, each with its `error`."""
    counts = panel.groupby(panel.index.year).cumsum() + error
    tidy = (
        counts.where(kept)
        .rename_axis("date")
        .melt(ignore_index=False, var_name="unit", value_name="recognised")
    )
    tidy = tidy.dropna().reset_index().assign(date=lambda rows: rows["date"].dt.to_timestamp())
    tidy["new"] = differences(tidy)
    wide = tidy.pivot(index="date", columns="unit", values="new").to_period("M")
    return wide.reindex(index=panel.index, columns=panel.columns).fillna(0).astype(int)


def ways(task: skill.Task) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each way's name and what is known in it."""
    rng, full = np.random.default_rng(task.seed), task.history
    year = 12 - task.left
    always = (full.index.month == 12) | (full.index == full.index[-1])
    months = (always | (rng.random(len(full)) > GONE))[:, None] & np.ones(full.shape, bool)
    units = rng.random(full.shape) > SILENT
    units[full.index.month == 12] = True
    none, errors = np.zeros(full.shape, int), (rng.random(full.shape) < WRONG).astype(int)
    yield "register", full
    yield "reports", reported(full, months | True, none)
    yield "months missing", reported(full, months, none)
    yield "units missing", reported(full, units, none)
    yield "too high", reported(full, months | True, errors)
    yield "this year", full.iloc[-year:]
    yield "this year, months missing", reported(full.iloc[-year:], months[-year:], none[-year:])


def measured(task: skill.Task, draws: int) -> dict[str, float]:
    """Return the scores of each way against what came."""
    told, so_far = {}, task.history.iloc[-(12 - task.left) :].sum().to_numpy()
    for way, panel in ways(task):
        forecast = TrendModel(panel).fit().forecast(seed=task.seed, draws=draws)
        left = forecast.year_end().to_numpy() - so_far
        scores, under = skill.scores(left, task), (left.sum(axis=1) < task.seen.sum()).mean()
        scores |= {"p. below": under < 0.1, "p. above": under > 0.9}
        told |= {f"{score}|{way}": scores[score] for score in (*COVERED, "RPS", "province RPS")}
    return told


def compared(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row a way: what its intervals hold, and its errors divided by the register's."""
    means = rows.mean()
    means.index = pd.MultiIndex.from_tuples([name.split("|") for name in means.index])
    table = means.unstack(0).loc[list(dict.fromkeys(means.index.get_level_values(1)))]
    for score in ("RPS", "province RPS"):
        table[score] /= table.loc["register", score]
    return table[[*COVERED, "RPS", "province RPS"]]


def main() -> None:
    """Forecast and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("panels", nargs="*", type=Path, help="CSV files, or folders of them")
    for name, default in (("provinces", 2), ("years", 4), ("draws", 1000)):
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{default} unless told")
    asked, made = parser.parse_args(), {"years": 10, "as_of": "2024-12"}
    panels = skill.read(asked.panels) if asked.panels else {
        f"simulated {seed}": simulated_counts.simulate(seed=seed, **made).panel
        for seed in range(asked.provinces)
    }  # fmt: skip
    work = [task for panel in panels.values() for task in skill.tasks(panel, asked.provinces, asked.years)]
    rows = pd.DataFrame([measured(task, asked.draws) for task in tqdm(work, leave=False)])
    print(f"{len(work)} forecasts of {len(panels)} panels")
    print(compared(rows).round(2).to_string())


if __name__ == "__main__":
    main()
