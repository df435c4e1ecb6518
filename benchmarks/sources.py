"""What each source of information adds to the forecast of one province: one row more a source.

    python benchmarks/sources.py [--data FOLDER] [--as-of MONTH] [--draws N]

Each row forecasts the province's year with one source more than the row above it: the season of its past
years and what it has so far; the trend of its months; the plan, that is the districts' targets; the calendar
of rounds; the reference class, that is what became of other places' targets. A row's own line tells what it
knows. The last row is what the page shows. Dossiers are left out.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from ocop_forecast import read_province
from ocop_forecast.models.forecast import Forecast
from ocop_forecast.models.known import Known, months_passed
from ocop_forecast.models.projection import combined

SEED = 2024
KNOWS = {
    "straight line": "the year so far, at its own pace",
    "season": "the part of a year that was there by now in past years",
    "trend": "every month of every district",
    "plan": "the targets of districts, to which effort leans",
    "rounds": "the rounds held and planned",
    "reference class": "what became of other places' targets, and how far this record is evidence",
}


def totals(known: Known, draws: int) -> Iterator[tuple[str, np.ndarray]]:
    """Yield each source with the draws of the province's year that it and those before it give."""
    whole = known.panel.sum(axis=1)
    so_far = int(whole[whole.index.year == known.as_of.year].sum())
    yield "straight line", np.array([so_far / months_passed(known.as_of) * 12])
    yield "season", so_far / np.array(_parts_by_now(whole, known.as_of))
    bare = replace(known, targets=None, rounds=None, visits=None, past={})
    for name, more in (
        ("trend", {}),
        ("plan", {"targets": known.targets}),
        ("rounds", {"rounds": known.rounds}),
    ):
        bare = replace(bare, **more)
        yield name, _total(bare.trend().forecast(seed=SEED, draws=draws))
    yield "reference class", _total(combined(replace(known, visits=None), seed=SEED, draws=draws).forecast)


def _total(forecast: Forecast) -> np.ndarray:
    return forecast.total().to_numpy()


def _parts_by_now(whole: pd.Series, as_of: pd.Period) -> list[float]:
    """Return the part of each whole past year that had come by this time of it, where any had."""
    years = [year.to_numpy() for _, year in whole.groupby(whole.index.year) if len(year) == 12]
    now, months = months_passed(as_of), range(13)
    come = [np.interp(now, months, [0, *year.cumsum()]) / max(year.sum(), 1) for year in years]
    return [part for part in come if part > 0]


def table(known: Known, draws: int) -> pd.DataFrame:
    """Return a row a source: median, 80 % interval, the chance of the target, and what the row knows."""
    target, rows = known.province_targets[known.as_of.year], {}
    for name, year in totals(known, draws):
        lower, median, upper = np.quantile(year, [0.1, 0.5, 0.9], method="inverted_cdf").round()
        interval = f"{lower:.0f}-{upper:.0f}" if len(year) > 1 else ""
        chance = f"{100 * (year >= target).mean():.0f} %" if len(year) == draws else ""
        rows[name] = [f"{median:.0f}", interval, chance, KNOWS[name]]
    columns = ["median", "80 %", f"chance of {target}", "what it knows"]
    return pd.DataFrame.from_dict(rows, "index", columns=columns)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="")
    parser.add_argument("--as-of", default="2024-09")
    parser.add_argument("--draws", type=int, default=4000)
    asked = parser.parse_args()
    print(table(Known.of(read_province(asked.data, as_of=asked.as_of)), asked.draws).to_string())


if __name__ == "__main__":
    main()
