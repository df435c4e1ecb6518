"""Score the forecast beside its peers on panels of monthly counts: one run, one table.

    python benchmarks/skill.py FOLDER_OR_CSV... [--provinces N] [--years N] [--draws N]

A panel is a CSV file of columns unit, month (2019-03) and count: every month of every unit, zeros too. With
none, a small simulated panel is scored. The task is the product's: a province of 27 units, at most six years
of history known to the end of March, June or September, and the rest of the year wanted. README.md beside
this file names the papers.
"""

import argparse
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np
import outside
import pandas as pd
import rough
from tqdm import tqdm

from ocop_forecast import TrendModel
from ocop_forecast.evaluation import baselines, simulated_counts
from ocop_forecast.scores import brier, log_score, randomised_coverage, rps

UNITS, HISTORY, ORIGINS, SEED = 27, 6, (3, 6, 9), 20240919
OURS, ROUGH = "this model", "rough filter"
AGAINST = {"log score": "log - ", "RPS": "RPS / ", "province RPS": "p. RPS / "}


class Task(NamedTuple):
    """A forecast to be made: what is known, a seed, and what then came in `left` months, (units,)."""

    history: pd.DataFrame
    left: int
    seed: int
    seen: np.ndarray


def read_panel(path: Path) -> pd.DataFrame:
    """Return a panel's whole years, months x units; complain if they are under four or a month is missing."""
    tidy = pd.read_csv(path, dtype={"unit": str}, keep_default_na=False)
    wide = tidy.pivot(index="month", columns="unit", values="count")
    wide.index = pd.PeriodIndex(wide.index, freq="M")
    wide = wide.reindex(pd.period_range(wide.index.min(), wide.index.max(), freq="M"))
    if wide.isna().any(axis=None):
        month, unit = np.argwhere(wide.isna())[0]
        raise ValueError(f"{path}: unit {wide.columns[unit]} lacks {wide.index[month]}; write its 0")
    whole = wide.groupby(wide.index.year).filter(lambda year: len(year) == 12)
    if len(whole) < 48:
        raise ValueError(f"{path}: {len(whole) // 12} whole years are too few; give four or more")
    return whole


def tasks(panel: pd.DataFrame, provinces: int, years: int) -> Iterator[Task]:
    """Yield the tasks of the last years, of those with three before them, in drawn provinces."""
    rng, drawn = np.random.default_rng(SEED), panel.shape[1] > UNITS
    for number in range(provinces if drawn else 1):
        units = np.sort(rng.choice(panel.columns, UNITS, replace=False)) if drawn else panel.columns
        for year, month in product(panel.index.year.unique()[3:][-years:], ORIGINS):
            now, end = (pd.Period(year=year, month=at, freq="M") for at in (month, 12))
            known = panel.loc[pd.Period(year=year - HISTORY, month=1, freq="M") : now, units]
            seen = panel.loc[now + 1 : end, units].sum().to_numpy()
            yield Task(known, 12 - month, number * 10_000 + year, seen)


# methods: (history, months left, draws, seed) -> draws of what is left of the year, (draws, units)


def ours(history: pd.DataFrame, left: int, draws: int, seed: int) -> np.ndarray:
    """Return the draws of `ocop_forecast.TrendModel`."""
    return TrendModel(history).fit().forecast(seed=seed, draws=draws).remaining().to_numpy()


def methods() -> dict[str, Callable]:
    """Return our model and its peers by name."""
    points = baselines.METHODS | outside.installed()
    peers = {name: baselines.with_spread(point) for name, point in points.items()}
    return {OURS: ours} | peers | {ROUGH: rough.forecast}


# scores


def need(task: Task) -> np.ndarray:
    """Return what each unit still lacks for more than 1.1 times the mean of its past three years.

    The first whole number above, or one product more where the year is there already.
    """
    months = task.history.to_numpy()[task.left - 48 :]
    usual, year = months[:36].sum(axis=0), months[36:].sum(axis=0)
    return np.maximum(11 * usual // 30 + 1 - year, 1)


def scores(draws: np.ndarray, task: Task) -> dict[str, float]:
    """Return a forecast's scores, the mean over units; the province is the sum of the units in each draw."""
    total, seen, more = draws.sum(axis=1, keepdims=True), task.seen.sum(keepdims=True), need(task)
    by_unit = {
        "log score": log_score(draws, task.seen),
        "RPS": rps(draws, task.seen),
        "Brier": brier((draws >= more).mean(axis=0), task.seen >= more),
        "80 % holds": randomised_coverage(draws, task.seen, 0.8),
    }
    province = {"province RPS": rps(total, seen), "came": seen}
    holds = {f"p. {100 * part:.0f} % holds": randomised_coverage(total, seen, part) for part in (0.8, 0.95)}
    return {name: float(np.mean(value)) for name, value in (by_unit | province | holds).items()}


# the table


def measure(name: str, panel: pd.DataFrame, provinces: int, years: int, draws: int) -> Iterator[dict]:
    """Yield scores and seconds of each method on each task of a panel, after one call that is not timed."""
    work = list(tasks(panel, provinces, years))
    for task in tqdm(work, desc=name, leave=False, mininterval=2):
        for method, call in methods().items():
            for _ in range(2 if task is work[0] else 1):
                begin = perf_counter()
                drawn = call(task.history, task.left, draws, task.seed)
            seconds = perf_counter() - begin
            year = {"year": task.history.index[-1].year}
            yield {"panel": name, "method": method, **year, **scores(drawn, task), "seconds": seconds}


def table(rows: list[dict]) -> pd.DataFrame:
    """Return mean scores by panel and method, also against the peers; then the mean of the panels."""
    shown = pd.DataFrame(rows).groupby(["panel", "method"], sort=False).mean().drop(columns="year")
    shown["province RPS"] /= shown.pop("came")
    for score, column in AGAINST.items():
        wide = shown[score].unstack("method")
        best = wide.drop(columns=[OURS, ROUGH]).min(axis=1)
        for name, other in (("best", best), ("single", wide[single(shown, score)]), ("rough", wide[ROUGH])):
            shown[column + name] = against(wide, other, score).stack()
    mean = shown.groupby("method", sort=False).mean()
    return pd.concat([shown, pd.concat({"mean of panels": mean}, names=["panel"])])


def coverage(rows: list[dict]) -> pd.DataFrame:
    """Return what our intervals promised and held, panels counting alike, with 95 % intervals of that.

    Forecasts of one panel and year are right or wrong together: whole years are drawn anew (a bootstrap).
    """
    holds = ["80 % holds", "p. 80 % holds", "p. 95 % holds"]
    ours = pd.DataFrame(rows).query("method == @OURS")
    years = ours.groupby(["panel", "year"])[holds].mean()
    rng, panels = np.random.default_rng(SEED), [panel.to_numpy() for _, panel in years.groupby("panel")]
    again = [
        np.mean([panel[rng.integers(len(panel), size=len(panel))].mean(axis=0) for panel in panels], axis=0)
        for _ in range(2000)
    ]
    held = years.groupby("panel").mean().mean().rename(lambda name: name.removesuffix(" holds"))
    lower, upper = np.quantile(again, [0.025, 0.975], axis=0)
    told = {"promised": [0.8, 0.8, 0.95], "held": held, "lower": lower, "upper": upper, "years": len(years)}
    return pd.DataFrame(told)


def single(shown: pd.DataFrame, score: str) -> str:
    """Return the one peer that is nearest to each panel's best in the mean of the panels."""
    their = shown[score].unstack("method").drop(columns=[OURS, ROUGH])
    their = their.drop(index="mean of panels", errors="ignore")
    return against(their, their.min(axis=1), score).mean().idxmin()


def against(scores: pd.DataFrame, other: pd.Series, score: str) -> pd.DataFrame:
    """Return scores, panels x methods, against another's: log scores less it, the others divided by it."""
    return scores.sub(other, axis=0) if score == "log score" else scores.div(other, axis=0)


def read(paths: list[Path]) -> dict[str, pd.DataFrame]:
    """Return the panels of files and folders by name; without any, a simulated one."""
    files = [file for path in paths for file in (sorted(path.glob("*.csv")) if path.is_dir() else [path])]
    if paths and not files:
        raise ValueError(f"{paths[0]}: no CSV file in it; give panels of columns unit, month, count")
    return {file.stem: read_panel(file) for file in files} or {"simulated": simulated()}


def simulated() -> pd.DataFrame:
    """Return ten years of a simulated province."""
    return simulated_counts.simulate(seed=0, units=UNITS, years=10, as_of="2024-12").panel


def asked(does: str) -> tuple[dict[str, pd.DataFrame], tuple[int, int, int]]:
    """Read the command line: the panels by name; how many provinces, years and draws."""
    parser = argparse.ArgumentParser(description=does)
    parser.add_argument("panels", nargs="*", type=Path, help="CSV files, or folders of them")
    for name, default in (("provinces", 4), ("years", 4), ("draws", 2000)):
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{default} unless told")
    options = parser.parse_args()
    if not options.panels:
        print("No panel given: the one scored is simulated and says little about real ones.")
    try:
        return read(options.panels), (options.provinces, options.years, options.draws)
    except (OSError, ValueError, KeyError) as error:
        return parser.error(str(error))


def main() -> None:
    """Score and print."""
    panels, size = asked(__doc__.split("\n")[0])
    rows = [row for name, panel in panels.items() for row in measure(name, panel, *size)]
    if outside.left_out():
        print(outside.left_out())
    print(f"{len(rows) // len(methods())} forecasts, {size[-1]} draws each")
    shown = table(rows)
    print(shown.round(3).to_string())
    print(f"What the intervals of {OURS} promised and held:\n{coverage(rows).round(2).to_string()}")
    named = ", ".join(f"{single(shown, score)} ({score})" for score in AGAINST)
    print(f"best: the panel's best peer; single: the one peer nearest to the best over all panels: {named}")


if __name__ == "__main__":
    main()
