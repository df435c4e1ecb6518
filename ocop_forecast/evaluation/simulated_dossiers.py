"""A province whose dossiers are known, with known truth: the story the pipeline believes, told forwards.

Ideas come to the units by chance, more of them in spring; every dossier then passes the stages month by month
with the chances of `Way`. What is recognised is what comes out at the end.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ocop_forecast.models.stages import ENTRY, FORWARD, LEAVES, LONG, OWN, SHARED, STALE, WAITING
from ocop_forecast.tables.dossiers import COUNCIL, STAGES

S = len(STAGES)
SPRING = np.array([0.4, 0.6, 1.2, 2.0, 2.0, 1.8, 1.0, 0.8, 0.7, 0.6, 0.5, 0.4])  # of ideas, mean 1


@dataclass(frozen=True, eq=False)
class Way:
    """How the dossiers of a simulated province pass, in logits; `prior` draws it."""

    leave: np.ndarray  # (5, 3), by stage and wait
    forward: np.ndarray  # (5,)
    back: np.ndarray  # (5,), of the unsuccessful of a stage
    own: tuple[float, float]  # spread of the units' part of leaving and of going forward
    shared: np.ndarray  # (2, 5), spread of the months' part of either, by stage
    ideas: float  # a unit and month


@dataclass(frozen=True, eq=False)
class Office:
    """What an office knew, and what then came.

    Attributes
    ----------
    dossiers : DataFrame
        Steps up to the as-of month, as from `read_dossiers`.
    panel, came : DataFrame, months x units
        Products recognised up to the as-of month; and from there to December, of all dossiers.
    came_open : Series
        Of what came, the dossiers that were open at the as-of month; index units.
    own : ndarray (2, units)
        The units' parts of leaving and of going forward, in logits.
    way : Way
        What governed it.
    """

    dossiers: pd.DataFrame
    panel: pd.DataFrame
    came: pd.DataFrame
    came_open: pd.Series
    own: np.ndarray
    way: Way


def prior(seed: int) -> Way:
    """Draw how the dossiers of a province pass, around what the pipeline expects before any history."""
    rng = np.random.default_rng([seed, 10])
    leave = _logit(LEAVES) + 0.4 * rng.standard_normal((S, 2))
    return Way(
        leave=np.column_stack([leave, leave[:, 1] - 1 + 0.4 * rng.standard_normal()]),
        forward=_logit(FORWARD) + 0.4 * rng.standard_normal(S),
        back=np.where(np.arange(S) >= COUNCIL, rng.beta(2, 2, S), 0.0),
        own=tuple(OWN * np.exp(0.3 * rng.standard_normal(2))),
        shared=SHARED * np.exp(0.3 * rng.standard_normal((2, S))),
        ideas=float(0.5 * np.exp(0.4 * rng.standard_normal())),
    )


def office(
    way: Way | None = None, *, seed: int, as_of: str = "2024-09", units: int = 27, years: int = 5
) -> Office:
    """Simulate a province whose dossiers are known for `years` years, the last one up to the as-of month.

    Parameters
    ----------
    way : Way, optional
        How they pass; without it, drawn by `prior` from the same seed.
    seed : int
        Fixes every number.
    as_of : str
        The last month known. What came goes on to December.
    units, years : int
        How many.

    Examples
    --------
    >>> known = office(seed=1)
    >>> known.panel.shape, known.came.shape, bool((known.came_open <= known.came.sum()).all())
    ((57, 27), (3, 27), True)
    """
    way, now = prior(seed) if way is None else way, pd.Period(as_of, "M")
    rng = np.random.default_rng([seed, 11])
    first = pd.Period(f"{now.year - years}-01", "M")  # a year before, so that stages have filled
    months = pd.period_range(first, f"{(now + 1).year}-12", freq="M")
    of, born = _ideas(way, months, units, rng)
    own = rng.standard_normal((2, units)) * np.array(way.own)[:, None]
    steps, done = _steps(way, months, of, born, own, rng)
    codes = pd.Index([f"u{at:0{len(str(units))}d}" for at in range(1, units + 1)], name="unit")
    panel = pd.DataFrame(_counted(done, of, len(months), units), months, codes)[
        f"{now.year - years + 1}-01" :
    ]
    known = steps[steps["month"] <= months.get_loc(now)]
    started = born <= months.get_loc(now)
    later = (done > months.get_loc(now)) & started
    came_open = pd.Series(np.bincount(of[later], minlength=units), codes, name="came")
    return Office(_table(known, months, codes, of), panel[:now], panel[now + 1 :], came_open, own, way)


def _ideas(way, months, units, rng):
    """Draw who has an idea and when: unit and month of each dossier."""
    like = rng.gamma(2, 0.5, units)
    count = rng.poisson(way.ideas * SPRING[months.month - 1][:, None] / SPRING.mean() * like)
    month, unit = np.indices(count.shape)
    return np.repeat(unit.ravel(), count.ravel()), np.repeat(month.ravel(), count.ravel())


def _steps(way, months, of, born, own, rng):
    """Let every dossier pass; return its steps, and the month in which it is recognised (-1: none)."""
    luck = rng.standard_normal((2, len(months), S)) * way.shared[:, None]
    stage, waited, done = np.full(len(of), -1), np.zeros(len(of), int), np.full(len(of), -1)
    told = []
    for month in range(len(months)):
        waited += 1
        stage[born == month], waited[born == month] = 0, 0
        told.append(_told(np.flatnonzero(born == month), month, 0))
        for at in range(S):
            wait = np.where(waited == 0, ENTRY, np.where(waited > LONG, STALE, WAITING))
            leaves = _chance(way.leave[at, wait] + own[0, of] + luck[0, month, at])
            goes = (stage == at) & (rng.random(len(of)) < leaves)
            forward = goes & (
                rng.random(len(of)) < _chance(way.forward[at] + own[1, of] + luck[1, month, at])
            )
            back = goes & ~forward & (rng.random(len(of)) < way.back[at])
            stage[forward], stage[back], stage[goes & ~forward & ~back] = at + 1, COUNCIL - 1, -2
            waited[goes] = 0
            done[forward & (at == S - 1)] = month
            said = np.where(forward, at + 1, np.where(back, S + 1, S + 2))
            told.append(_told(np.flatnonzero(goes), month, said[goes]))
    return pd.concat(told), done


def _told(dossier, month, stage):
    return pd.DataFrame({"dossier": dossier, "month": month, "stage": stage})


def _counted(done, of, months, units):
    """Return the recognitions, months x units."""
    counts = np.zeros((months, units), int)
    np.add.at(counts, (done[done >= 0], of[done >= 0]), 1)
    return counts


def _table(steps, months, codes, of):
    """Return the steps as an office's table: each on the middle day of its month."""
    names = np.array([*STAGES, "recognised", "sent back", "withdrawn"])
    number = steps["dossier"].astype(str).to_numpy()
    return pd.DataFrame(
        {
            "dossier_code": "H" + number.astype(object),
            "product": "P" + number.astype(object),
            "producer": None,
            "unit": codes.to_numpy()[of[steps["dossier"]]],
            "kind": None,
            "stage": names[steps["stage"]],
            "stage_date": (months[steps["month"]].to_timestamp() + pd.Timedelta(days=14)).as_unit("s"),
        }
    )


def _logit(p):
    return np.log(p / (1 - p))


def _chance(x):
    return 1 / (1 + np.exp(-x))
