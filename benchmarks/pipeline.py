"""What dossiers are worth, where the truth is known: paired forecasts of simulated provinces.

In one half the recognitions come out of the dossiers; in the other the dossiers have nothing to do with them.
Each province is forecast from its trend alone, from both sources, and (where dossiers matter) by who knows
the true chances of every stage and unit, and so errs by the months' and the dossiers' own luck alone. A third
lot began to write its dossiers down this year. Told are mean CRPS of a unit's
products to come, ratios, and their 95 % bootstrap intervals over provinces. Of the rush before a year's end
and of the level, the open dossiers alone are judged. With --snapshots, it is the past snapshots of the
embedded example: what the dossiers' story said without rush and level, and with them, the mean of its years.

    python benchmarks/pipeline.py [--provinces 40] [--units 27]
    python benchmarks/pipeline.py --snapshots
"""

import argparse
from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pandas as pd

from ocop_forecast.evaluation import simulated_counts, simulated_dossiers
from ocop_forecast.models import projection, stages
from ocop_forecast.models.glmm import Mixed
from ocop_forecast.models.known import Known
from ocop_forecast.models.pipeline import Pipeline
from ocop_forecast.models.pool import pooled
from ocop_forecast.models.projection import combined
from ocop_forecast.models.stages import Passage
from ocop_forecast.scores import log_score, rps
from ocop_forecast.tables.dossiers import STAGES, visits
from ocop_forecast.tables.loading import read_province

S = len(STAGES)
NO_RUSH, NO_LEVEL = 1e6, 1e-3  # a prior that nothing moves: stages.CALM, projection.LEVEL_SD


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
    came, unmoved = known.came.sum(), replace(told.pipeline, level=(0.0, 0.0))
    unmoved = unmoved.forecast(known.panel.columns, seed=1, draws=draws).draws.sum(axis=2)
    return {
        "trend": score(told.trend.remaining(), came),
        "both": score(told.forecast.remaining(), came),
        "open_unmoved": score(unmoved, known.came_open),
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


def hurried(seed: int, units: int, draws: int, rush: float) -> dict:
    """Score the open dossiers of one province of a known rush, which the stages learn, or do not."""
    truth = replace(simulated_dossiers.prior(seed), rush=rush)
    known, scores = simulated_dossiers.simulate(truth, seed=seed, units=units), {}
    for name, calm in (("learned", stages.CALM), ("left_out", NO_RUSH)):
        with patch.object(stages, "CALM", calm):
            fitted = Pipeline.fit(visits(known.dossiers), known.panel.index[-1])
        drawn = fitted.forecast(known.panel.columns, seed=1, draws=draws).draws.sum(axis=2)
        scores[name] = score(drawn, known.came_open)
    return scores


def story(known: Known) -> pd.Series:
    """Score the dossiers' story of each past snapshot, all that it learns learned from other years."""
    rows, told = [], projection._probabilities

    def scored(base, pipeline, pool, seed, came):
        coming = replace(pipeline, level=pool.level).forecast(base.units, seed=seed, draws=projection.DRAWS)
        drawn, y = pooled(base, coming, pool, seed).remaining(), came.to_numpy()
        missing = known.at(base.as_of).targets.query(f"year == {base.year}").set_index("unit")["target"]
        missing = (missing.reindex(base.units) - base.so_far).to_numpy()
        wrong = ((drawn >= missing).mean(axis=0).to_numpy() - (y >= missing)) ** 2
        total = drawn.sum(axis=1).to_numpy()[:, None]
        each = {"unit RPS": score(drawn, y), "unit log score": log_score(drawn.to_numpy(), y).mean()}
        each |= {"Brier of p": wrong[missing > 0].mean(), "province RPS": score(total, [y.sum()])}
        rows.append({"year": base.year, **each, "expected / came": total.mean() / y.sum()})
        return told(base, pipeline, pool, seed, came)

    with patch.object(projection, "_probabilities", scored):
        projection.fit_pool(known, known.trend(), seed=2024)
    return pd.DataFrame(rows).groupby("year").mean().mean()


def snapshots() -> pd.DataFrame:
    """Return the scores of the story by what it knows of rush and level."""
    known, rows, level = Known.of(read_province(as_of="2024-09", dossiers="example")), {}, projection.LEVEL_SD
    for name, calm, sd in (
        ("neither", NO_RUSH, NO_LEVEL),
        ("rush", stages.CALM, NO_LEVEL),
        ("level", NO_RUSH, level),
        ("both", stages.CALM, level),
    ):
        with patch.object(stages, "CALM", calm), patch.object(projection, "LEVEL_SD", sd):
            rows[name] = story(replace(known, past={}))  # nothing fitted otherwise before
    return pd.DataFrame(rows).T


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
    parser.add_argument("--snapshots", action="store_true")
    asked = parser.parse_args()
    if asked.snapshots:
        print(snapshots().round(3).to_string())
        return
    good, bad, young = (
        pd.DataFrame([make(seed, asked.units, asked.draws) for seed in range(asked.provinces)])
        for make in (informative, uninformative, short)
    )
    calm, rushing = (
        pd.DataFrame([hurried(seed, asked.units, asked.draws, rush) for seed in range(asked.provinces)])
        for rush in (0.0, 0.5)
    )
    print(f"{asked.provinces} provinces of {asked.units} units, as of September; mean RPS of a unit")
    for said, rows, one, other in (
        ("dossiers tell: both / trend alone", good, "both", "trend"),
        ("dossiers tell: of open ones, pipeline / true chances", good, "open_both", "open_oracle"),
        ("dossiers tell: of open ones, level learned / not", good, "open_both", "open_unmoved"),
        ("dossiers that never rush: rush learned / left out", calm, "learned", "left_out"),
        ("dossiers that rush by 0.5: rush learned / left out", rushing, "learned", "left_out"),
        ("dossiers tell nothing: both / trend alone", bad, "both", "trend"),
        ("dossiers only of this year: both / trend alone", young, "both", "trend"),
    ):
        value, low, high = ratio(rows, one, other)
        print(f"{said:55} {value:.3f}  (95 %: {low:.3f} to {high:.3f})")
    weights = ", ".join(f"{rows['weight'].mean():.2f}" for rows in (good, bad, young))
    print(f"mean weight of the pipeline: {weights}")


if __name__ == "__main__":
    main()
