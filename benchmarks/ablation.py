"""What each idea of the model is worth: the forecast without it, on panels of monthly counts.

    python benchmarks/ablation.py FOLDER_OR_CSV... [--provinces N] [--years N] [--draws N]

Panels, task and scores are those of skill.py. Each row leaves one thing out, by setting what stands for it to
nothing, and is held against the whole model in the same run. Without a panel a simulated one is scored.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd
import skill
from tqdm import tqdm

from ocop_forecast.models import calendar, shares, total


def without(at: int, value: float) -> list[tuple]:
    """Set one of the medians of the units' priors to a value."""
    changed = [(name, getattr(shares, name).copy()) for name in ("PRIOR", "NEVER")]
    for _, medians in changed:
        medians[at] = value
    return [(shares, *one) for one in changed]


def flat(*known) -> calendar.Season:
    """Return a season without month factors, of the dispersion that they leave."""
    season = FIT_SEASON(*known)
    return season._replace(factor=np.ones(12), variance=np.zeros(12))


def certain(mean, variance, spread, rng) -> shares.Common:
    """Return a total known for sure, so that units are independent of each other."""
    return COMMON(mean, variance, spread, rng)._replace(total=mean)


FIT_SEASON, COMMON = calendar.fit_season, shares.draw_common
LEFT_OUT = {
    "nothing": [],
    "growth": [(total, "GROWTH", np.zeros(2))],
    "averaging over discounts: f = 0.03": [(total, "FORGETTING", np.array([0.03]))],
    "month factors": [(calendar, "fit_season", flat)],
    "extra variance of the total": [(total, "SPREAD", np.array([1e-6]))],
    "what all units share": [(shares, "draw_common", certain)],
    "never forgetting": [(shares, "SPIKE", 1e-12)],
    "shorter memory of large units": without(0, 1e-9),
    "fading of what is remembered": without(1, 1e-9),
    "drawing units to the average": without(2, 1e-3),
    "a unit's own level": without(3, 1e-6),
    "a unit's batches": without(4, 1e-6),
}


@contextmanager
def left_out(changes: list[tuple]) -> Iterator[None]:
    """Set names of modules to values, and back again afterwards."""
    before = [(module, name, getattr(module, name)) for module, name, _ in changes]
    for module, name, value in changes:
        setattr(module, name, value)
    try:
        yield
    finally:
        for module, name, value in before:
            setattr(module, name, value)


def measure(panels: dict[str, pd.DataFrame], provinces: int, years: int, draws: int) -> pd.DataFrame:
    """Return the mean scores of each panel by what was left out; index (left out, panel)."""
    rows = []
    for name, changes in tqdm(LEFT_OUT.items(), leave=False):
        with left_out(changes):
            for panel, counts in panels.items():
                for task in skill.tasks(counts, provinces, years):
                    drawn = skill.ours(task.history, task.left, draws, task.seed)
                    rows.append({"left out": name, "panel": panel, **skill.scores(drawn, task)})
    shown = pd.DataFrame(rows).groupby(["left out", "panel"], sort=False).mean()
    shown["province RPS"] /= shown.pop("came")
    return shown


def compared(shown: pd.DataFrame) -> pd.DataFrame:
    """Return scores against the whole model's of the same panel: log score less it, the others divided."""
    whole = shown.loc["nothing"]
    return pd.DataFrame(
        {
            "log score": shown["log score"].sub(whole["log score"], level="panel"),
            **{name: shown[name].div(whole[name], level="panel") for name in ("RPS", "province RPS")},
            **{name: shown[name] for name in ("80 % holds", "p. 80 % holds", "p. 95 % holds")},
        }
    )


def chosen(against: pd.DataFrame) -> pd.DataFrame:
    """Return for each panel what would be left out by the others alone, and how that does on the panel.

    The choice is the row whose RPS of unit and province are the least on the other panels, in the mean of
    their logs. A whole model that is chosen everywhere has nothing that panels agree to leave out.
    """
    errors = np.log(against[["RPS", "province RPS"]]).sum(axis=1).unstack("panel")
    best = {panel: errors.drop(columns=panel).mean(axis=1).idxmin() for panel in errors}
    scores = against.loc[[(name, panel) for panel, name in best.items()]]
    return scores.reset_index("left out").drop(columns=[name for name in scores if "holds" in name])


def main() -> None:
    """Measure and print."""
    panels, size = skill.asked(__doc__.split("\n")[0])
    against = compared(measure(panels, *size))
    print(against.groupby("left out", sort=False).mean().round(3).to_string())
    if len(panels) > 1:
        print(f"Chosen on the other panels:\n{chosen(against).round(3).to_string()}")


if __name__ == "__main__":
    main()
