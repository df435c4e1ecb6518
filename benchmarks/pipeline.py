"""What dossiers are worth, where the truth is known: paired forecasts of simulated provinces.

In one half the recognitions come out of the dossiers; in the other the dossiers have nothing to do with them.
Each province is forecast from its trend alone, from both sources, and (where dossiers matter) by who knows
the true chances of every stage and unit, and so errs by the months' and the dossiers' own luck alone. A third
lot began to write its dossiers down this year. Told are mean CRPS of a unit's
products to come, ratios, and their 95 % bootstrap intervals over provinces.

    python benchmarks/pipeline.py [--provinces 40] [--units 27]
"""

import argparse

import numpy as np
import pandas as pd

from ocop_forecast.evaluation import simulated_counts, simulated_dossiers
from ocop_forecast.models.glmm import Mixed
from ocop_forecast.models.known import Known
from ocop_forecast.models.pipeline import Pipeline
from ocop_forecast.models.projection import combined
from ocop_forecast.models.stages import Passage
from ocop_forecast.scores import rps
from ocop_forecast.tables.dossiers import STAGES, visits

S = len(STAGES)


def oracle(known: simulated_dossiers.Simulated, draws: int) -> np.ndarray:
    """Return what comes of the open dossiers to who knows all chances but the months' luck, draws x units."""
    truth, as_of, units = known.truth, known.panel.index[-1], known.panel.columns
    waiting = Pipeline.fit(visits(known.dossiers), as_of).waiting
    sure = [{"effect": (own,), "effect_se": (np.zeros(len(units)),)} for own in known.own]
    long = [(truth.leave[:, 2] - truth.leave[:, 1]).mean()]
    beta = np.concatenate([truth.leave[:, :2].ravel(), long, [truth.rush]])
    still = np.zeros((len(beta), len(beta)))
    leave = Mixed(beta, still, (truth.own[0], *truth.shared[0]), **sure[0])
    forward = Mixed(truth.forward, np.zeros((S, S)), (truth.own[1], *truth.shared[1]), **sure[1])
    knowing = Pipeline(as_of, waiting, Passage(leave, forward, truth.back, units, by_round=False))
    return knowing.forecast(units, seed=1, draws=draws).draws.sum(axis=2)


def score(drawn: np.ndarray, came: np.ndarray) -> float:
    """Return the mean RPS (CRPS of whole numbers) over units."""
    return float(rps(np.asarray(drawn), np.asarray(came)).mean())


def informative(seed: int, units: int, draws: int) -> dict:
    """Score one province whose recognitions come out of its dossiers."""
    known = simulated_dossiers.simulate(seed=seed, units=units)
    told = combined(
        Known(known.panel, known.panel.index[-1], visits=visits(known.dossiers)), seed=1, draws=draws
    )
    came = known.came.sum()
    return {
        "trend": score(told.trend.remaining(), came),
        "both": score(told.forecast.remaining(), came),
        "open_both": score(told.coming.draws.sum(axis=2), known.came_open),
        "open_oracle": score(oracle(known, draws), known.came_open),
        "weight": told.pool.weight,
    }


def uninformative(seed: int, units: int, draws: int) -> dict:
    """Score one province whose dossiers are another's."""
    known, other = (
        simulated_dossiers.simulate(seed=seed, units=units),
        simulated_counts.simulate(seed=seed, units=units, with_targets=False),
    )
    panel = other.panel.set_axis(known.panel.columns, axis=1)
    told = combined(Known(panel, panel.index[-1], visits=visits(known.dossiers)), seed=1, draws=draws)
    came = other.came.sum()
    return {
        "trend": score(told.trend.remaining(), came),
        "both": score(told.forecast.remaining(), came),
        "weight": told.pool.weight,
    }


def short(seed: int, units: int, draws: int) -> dict:
    """Score one province whose dossiers are known in full for this year alone, and before that some."""
    known = simulated_dossiers.simulate(seed=seed, units=units)
    stays = visits(known.dossiers)
    begun = stays.groupby("dossier")["entered"].transform("min")
    some = stays["dossier"].isin(stays["dossier"].unique()[::40])
    kept = stays[(begun >= f"{known.panel.index[-1].year}-01-01") | some].reset_index(drop=True)
    told = combined(Known(known.panel, known.panel.index[-1], visits=kept), seed=1, draws=draws)
    came = known.came.sum()
    return {
        "trend": score(told.trend.remaining(), came),
        "both": score(told.forecast.remaining(), came),
        "weight": told.pool.weight,
    }


def ratio(rows: pd.DataFrame, one: str, other: str) -> tuple[float, float, float]:
    """Return the ratio of two mean scores and its 95 % bootstrap interval over provinces."""
    rng = np.random.default_rng(0)
    at = rng.integers(len(rows), size=(2000, len(rows)))
    ratios = rows[one].to_numpy()[at].mean(axis=1) / rows[other].to_numpy()[at].mean(axis=1)
    return float(rows[one].mean() / rows[other].mean()), *np.quantile(ratios, [0.025, 0.975]).tolist()


def main() -> None:
    """Print what dossiers are worth."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--provinces", type=int, default=40)
    parser.add_argument("--units", type=int, default=27)
    parser.add_argument("--draws", type=int, default=1000)
    asked = parser.parse_args()
    good, bad, young = (
        pd.DataFrame([make(seed, asked.units, asked.draws) for seed in range(asked.provinces)])
        for make in (informative, uninformative, short)
    )
    print(f"{asked.provinces} provinces of {asked.units} units, as of September; mean RPS of a unit")
    for said, rows, one, other in (
        ("dossiers tell: both / trend alone", good, "both", "trend"),
        ("dossiers tell: of open ones, pipeline / true chances", good, "open_both", "open_oracle"),
        ("dossiers tell nothing: both / trend alone", bad, "both", "trend"),
        ("dossiers only of this year: both / trend alone", young, "both", "trend"),
    ):
        value, low, high = ratio(rows, one, other)
        print(f"{said:55} {value:.3f}  (95 %: {low:.3f} to {high:.3f})")
    weights = ", ".join(f"{rows['weight'].mean():.2f}" for rows in (good, bad, young))
    print(f"mean weight of the pipeline: {weights}")


if __name__ == "__main__":
    main()
