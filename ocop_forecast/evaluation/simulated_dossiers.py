"""Simulated provinces of known truth: dossiers as the pipeline assumes them.

Ideas come to the units by chance, more of them in spring; every dossier then passes the stages month by month
with the probabilities of `Truth`, and is recognised after the last.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from ocop_forecast.models.stages import CALM, ENTRY, FORWARD, LEAVES, LONG, OWN, RUSH, SHARED, STALE, WAITING
from ocop_forecast.tables.dossiers import COUNCIL, STAGES

from .simulated_counts import unit_codes

S = len(STAGES)
SPRING = np.array([0.4, 0.6, 1.2, 2.0, 2.0, 1.8, 1.0, 0.8, 0.7, 0.6, 0.5, 0.4])  # of ideas, mean 1


@dataclass(frozen=True, eq=False)
class Truth:
    """The parameters of a simulated province's dossiers, in logits; `prior` draws them."""

    leave: np.ndarray  # (5, 3), by stage and wait
    forward: np.ndarray  # (5,)
    back: np.ndarray  # (5,), part of the unsuccessful of a stage that is sent back
    own: tuple[float, float]  # sd of the units' effects on leaving and on going forward
    shared: np.ndarray  # (2, 5), sd of the months' effects on either, by stage
    ideas: float  # a unit and month
    rush: float  # how much more often they leave from October on


@dataclass(frozen=True, eq=False)
class Simulated:
    """A simulated province with dossiers: what is known at the as-of month, and what then came."""

    dossiers: pd.DataFrame  # steps up to the as-of month, as in `Province`
    panel: pd.DataFrame  # months x units, products recognised up to the as-of month
    came: pd.DataFrame  # and from there to December, of all dossiers
    came_open: pd.Series  # of what came, the dossiers that were open at the as-of month; index units
    own: np.ndarray  # (2, units), the units' effects on leaving and on going forward, in logits
    truth: Truth


def prior(seed: int) -> Truth:
    """Draw the parameters of a province's dossiers, around the pipeline's prior."""
    rng = np.random.default_rng([seed, 10])
    leave = logit(LEAVES) + 0.4 * rng.standard_normal((S, 2))
    return Truth(
        leave=np.column_stack([leave, leave[:, 1] - 1 + 0.4 * rng.standard_normal()]),
        forward=logit(FORWARD) + 0.4 * rng.standard_normal(S),
        back=np.where(np.arange(S) >= COUNCIL, rng.beta(2, 2, S), 0.0),
        own=tuple(OWN * np.exp(0.3 * rng.standard_normal(2))),
        shared=SHARED * np.exp(0.3 * rng.standard_normal((2, S))),
        ideas=float(0.5 * np.exp(0.4 * rng.standard_normal())),
        rush=float(2 / np.sqrt(CALM) * rng.standard_normal()),
    )


def simulate(
    truth: Truth | None = None, *, seed: int, as_of: str = "2024-09", units: int = 27, years: int = 5
) -> Simulated:
    """Simulate a province whose dossiers are known for `years` years, as in `simulated_counts.simulate`.

    Examples
    --------
    >>> known = simulate(seed=1)
    >>> known.panel.shape, known.came.shape, bool((known.came_open <= known.came.sum()).all())
    ((57, 27), (3, 27), True)
    """
    truth, now = prior(seed) if truth is None else truth, pd.Period(as_of, "M")
    rng, codes = np.random.default_rng([seed, 11]), unit_codes(units)
    first = pd.Period(f"{now.year - years}-01", "M")  # a year before, so that stages have filled
    months = pd.period_range(first, f"{(now + 1).year}-12", freq="M")
    rate = rng.gamma(2, 0.5, units)
    ideas = rng.poisson(truth.ideas * SPRING[months.month - 1][:, None] / SPRING.mean() * rate)
    born, unit = (np.repeat(at.ravel(), ideas.ravel()) for at in np.indices(ideas.shape))
    own = rng.standard_normal((2, units)) * np.array(truth.own)[:, None]
    steps, done = _steps(truth, months, unit, born, own, rng)
    counts = np.zeros((len(months), units), int)
    np.add.at(counts, (done[done >= 0], unit[done >= 0]), 1)
    panel = pd.DataFrame(counts, months, codes)[f"{now.year - years + 1}-01" :]
    at = months.get_loc(now)
    open_now = (done > at) & (born <= at)
    came_open = pd.Series(np.bincount(unit[open_now], minlength=units), codes, name="came")
    dossiers = _table(steps[steps["month"] <= at], months, codes, unit)
    return Simulated(dossiers, panel[:now], panel[now + 1 :], came_open, own, truth)


def _steps(
    truth: Truth,
    months: pd.PeriodIndex,
    unit: np.ndarray,
    born: np.ndarray,
    own: np.ndarray,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, np.ndarray]:
    """Let every dossier pass; return its steps, and the month in which it is recognised (-1: none)."""
    shared = rng.standard_normal((2, len(months), S)) * truth.shared[:, None]
    shared[0, months.month >= RUSH] += truth.rush
    stage, waited, done = np.full(len(unit), -1), np.zeros(len(unit), int), np.full(len(unit), -1)
    steps = []
    for month in range(len(months)):
        waited += 1
        stage[born == month], waited[born == month] = 0, 0
        steps.append(_step(np.flatnonzero(born == month), month, 0))
        for at in range(S):
            wait = np.where(waited == 0, ENTRY, np.where(waited > LONG, STALE, WAITING))
            leaves = expit(truth.leave[at, wait] + own[0, unit] + shared[0, month, at])
            goes = (stage == at) & (rng.random(len(unit)) < leaves)
            succeeds = expit(truth.forward[at] + own[1, unit] + shared[1, month, at])
            forward = goes & (rng.random(len(unit)) < succeeds)
            back = goes & ~forward & (rng.random(len(unit)) < truth.back[at])
            stage[forward], stage[back], stage[goes & ~forward & ~back] = at + 1, COUNCIL - 1, -2
            waited[goes] = 0
            done[forward & (at == S - 1)] = month
            entered = np.where(forward, at + 1, np.where(back, S + 1, S + 2))
            steps.append(_step(np.flatnonzero(goes), month, entered[goes]))
    return pd.concat(steps), done


def _step(dossier: np.ndarray, month: int, stage: "np.ndarray | int") -> pd.DataFrame:
    return pd.DataFrame({"dossier": dossier, "month": month, "stage": stage})


def _table(steps: pd.DataFrame, months: pd.PeriodIndex, codes: pd.Index, unit: np.ndarray) -> pd.DataFrame:
    """Return the steps as an office's table: each on the middle day of its month."""
    names = np.array([*STAGES, "recognised", "sent back", "withdrawn"])
    number = steps["dossier"].astype(str).to_numpy()
    return pd.DataFrame(
        {
            "dossier_code": "H" + number.astype(object),
            "product": "P" + number.astype(object),
            "producer": None,
            "unit": codes.to_numpy()[unit[steps["dossier"]]],
            "kind": None,
            "stage": names[steps["stage"]],
            "stage_date": (months[steps["month"]].to_timestamp() + pd.Timedelta(days=14)).as_unit("s"),
        }
    )
