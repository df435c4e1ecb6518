"""Score the forecast beside its peers on panels of monthly counts: one run, one table.

    python benchmarks/skill.py FOLDER_OR_CSV... [--provinces N] [--years N] [--draws N]

A panel is a CSV file of columns unit, month (2019-03) and count: every month of every unit, zeros too. With
none, a small simulated panel is scored. The task is the product's: a province of 27 units, at most six years
of history known to the end of March, June or September, and the rest of the year wanted. README.md beside
this file names the papers.
"""

import argparse
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import optimize, stats
from speed import simulated
from tqdm import tqdm

from ocop_forecast import TrendModel

UNITS, HISTORY, ORIGINS, SEED = 27, 6, (3, 6, 9), 20240919
OURS = "this model"
RELATIVE = {"log score": "log - best", "RPS": "RPS / best", "province RPS": "p. RPS / best"}


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


def run_rate(history: pd.DataFrame, left: int) -> np.ndarray:
    """Return ``left (y + 1/2) / m``, y what the year's first m months counted."""
    known = 12 - left
    return left * (history.iloc[-known:].sum().to_numpy() + 0.5) / known


def same_months(history: pd.DataFrame, left: int) -> np.ndarray:
    """Return the mean of what the same months counted in each of the past years, five at most."""
    ends = range(len(history) - 12, max(-1, len(history) - 61), -12)
    return np.mean([history.iloc[end : end + left].sum() for end in ends], axis=0)


def bornhuetter_ferguson(history: pd.DataFrame, left: int) -> np.ndarray:
    """Return ``A S``: A a year's expected total, S the part of a year that comes in the months left.

    ``A = (sum y + mean) / (n + 1)`` over n past years draws a unit to the mean unit by one year's weight; S
    is the province's, from its past counts by month, each with 1/2 added.
    """
    past = history.iloc[: left - 12]
    years, by_month = len(past) / 12, past.sum(axis=1).groupby(past.index.month).sum() + 0.5
    total = past.sum().to_numpy()
    return (total + total.mean() / years) / (years + 1) * by_month.iloc[-left:].sum() / by_month.sum()


def of_statsforecast() -> dict[str, Callable]:
    """Return the point forecasts of three models of statsforecast, none if it is not installed."""
    if not find_spec("statsforecast"):
        return {}
    from statsforecast.models import IMAPA, TSB, AutoETS

    def point(model):
        return lambda history, left: np.array(
            [model.forecast(y, left)["mean"].sum() for y in history.to_numpy(float).T]
        )

    return {"IMAPA": point(IMAPA()), "TSB": point(TSB(0.1, 0.1)), "AutoETS": point(AutoETS(season_length=12))}


def spread(point: Callable) -> Callable:
    """Give a point forecast m the negative binomial spread of its errors one and two years before.

    ``variance = m (1 + phi) + q m^2``, phi and q common to all units, by maximum likelihood.
    """

    def forecast(history, left, draws, seed):
        ends = [len(history) - back for back in (12, 24)]
        seen = np.concatenate([history.iloc[end : end + left].sum() for end in ends])
        past = np.concatenate([point(history.iloc[:end], left) for end in ends])
        fit = optimize.minimize(
            lambda x: -stats.nbinom.logpmf(seen, *_size_and_p(past, x)).mean(), [0, -1], method="Nelder-Mead"
        )
        size, p = _size_and_p(point(history, left), fit.x)
        return np.random.default_rng(seed).negative_binomial(size, p, (draws, len(p)))

    return forecast


def _size_and_p(mean, log_phi_q):
    """Return size and success probability for means, 0.02 at the least, and log phi and log q."""
    phi, q = np.exp(log_phi_q)
    mean = np.maximum(mean, 0.02)
    extra = np.maximum(phi + q * mean, 1e-6)
    return mean / extra, 1 / (1 + extra)


def methods() -> dict[str, Callable]:
    """Return our model and its peers by name."""
    simple = {"run rate": run_rate, "same months": same_months, "Bornhuetter-Ferguson": bornhuetter_ferguson}
    return {OURS: ours} | {name: spread(point) for name, point in (simple | of_statsforecast()).items()}


# scores


def rps(draws: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return the ranked probability score (Epstein 1969), ``sum_k (F(k) - 1{y <= k})^2``, per column.

    That is ``E|X - y| - E|X - X'| / 2``, and the last ``sum_i i (n - i) / n^2 (x_i+1 - x_i)`` over ordered
    draws x: exact, in whole numbers but for the means.
    """
    i, n = np.arange(1, len(draws))[:, None], len(draws)
    gaps = np.diff(np.sort(draws, axis=0), axis=0)
    return np.abs(draws - seen).mean(axis=0) - (i * (n - i) * gaps).sum(axis=0) / n**2


def log_score(draws: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return ``-log((hits + 1/2) / (n + 1))`` of n draws (Good 1952), per column: finite where none hits."""
    return -np.log(((draws == seen).sum(axis=0) + 0.5) / (len(draws) + 1))


def covered(draws: np.ndarray, seen: np.ndarray, part: float) -> np.ndarray:
    """Return whether the central interval that promises `part` holds what came, per column."""
    ends = [0.5 - part / 2, 0.5 + part / 2]
    low, high = np.quantile(draws, ends, axis=0, method="inverted_cdf")
    return (low <= seen) & (seen <= high)


def brier(draws: np.ndarray, task: Task) -> np.ndarray:
    """Return ``(P(reach) - reached)^2`` (Brier 1950), per column.

    To reach: the first whole number above 1.1 times the mean of the past three years, or one product more
    where the year is there already.
    """
    months = task.history.to_numpy()[task.left - 48 :]
    usual, year = months[:36].sum(axis=0), months[36:].sum(axis=0)
    need = np.maximum(11 * usual // 30 + 1 - year, 1)
    return ((draws >= need).mean(axis=0) - (task.seen >= need)) ** 2


def scores(draws: np.ndarray, task: Task) -> dict[str, float]:
    """Return a forecast's scores, the mean over units; the province is the sum of the units in each draw."""
    total, seen = draws.sum(axis=1, keepdims=True), task.seen.sum(keepdims=True)
    by_unit = {
        "log score": log_score(draws, task.seen),
        "RPS": rps(draws, task.seen),
        "Brier": brier(draws, task),
        "80 % holds": covered(draws, task.seen, 0.8),
    }
    province = {"province RPS": rps(total, seen), "came": seen}
    holds = {f"p. {100 * part:.0f} % holds": covered(total, seen, part) for part in (0.8, 0.95)}
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
            yield {"panel": name, "method": method, **scores(drawn, task), "seconds": seconds}


def table(rows: list[dict]) -> pd.DataFrame:
    """Return mean scores by panel and method, also against a panel's best peer; then the mean of panels."""
    shown = pd.DataFrame(rows).groupby(["panel", "method"], sort=False).mean()
    shown["province RPS"] /= shown.pop("came")
    for score, column in RELATIVE.items():
        best = shown[score].drop(OURS, level="method").groupby("panel").min()
        against = shown[score].sub if score == "log score" else shown[score].div
        shown[column] = against(best, level="panel")
    mean = shown.groupby("method", sort=False).mean()
    return pd.concat([shown, pd.concat({"mean of panels": mean}, names=["panel"])])


def read(paths: list[Path]) -> dict[str, pd.DataFrame]:
    """Return the panels of files and folders by name; without any, a simulated one."""
    files = [file for path in paths for file in (sorted(path.glob("*.csv")) if path.is_dir() else [path])]
    if paths and not files:
        raise ValueError(f"{paths[0]}: no CSV file in it; give panels of columns unit, month, count")
    return {file.stem: read_panel(file) for file in files} or {"simulated": simulated(UNITS, 120)}


def main() -> None:
    """Read the command line, score, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("panels", nargs="*", type=Path, help="CSV files, or folders of them")
    for name, default in (("provinces", 4), ("years", 4), ("draws", 2000)):
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{default} unless told")
    options = parser.parse_args()
    try:
        panels = read(options.panels)
    except (OSError, ValueError, KeyError) as error:
        parser.error(str(error))
    size = options.provinces, options.years, options.draws
    rows = [row for name, panel in panels.items() for row in measure(name, panel, *size)]
    if not options.panels:
        print("No panel given: the one scored is simulated and says little about real ones.")
    if not find_spec("statsforecast"):
        print("statsforecast is not installed: IMAPA, TSB and AutoETS are left out.")
    print(f"{len(rows) // len(methods())} forecasts, {options.draws} draws each")
    print(table(rows).round(3).to_string())


if __name__ == "__main__":
    main()
