"""How dossiers pass through their stages: how long each takes, and how often it ends well.

In discrete time [1]_: in every month that a dossier waits in a stage it may leave it, and if it leaves it
goes forward or not. The logit of either probability is the stage's, another one in the month of entry, lower
after half a year's wait, lower in a month without a round where it waits for the council; plus an effect of
the unit and one of the month, which all dossiers of a stage share: a council sits or it does not, and is
strict or mild. Leaving differs from October on, alike for all stages and years: the rush before a year ends.
A dossier that does not go forward is sent back or lost.

References
----------
.. [1] Singer, J. D. and Willett, J. B. (1993). It's about time: using discrete-time survival analysis to
   study duration and the timing of events. Journal of Educational Statistics 18, 155-195.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from ocop_forecast.display import Table
from ocop_forecast.tables.dossiers import CANDIDATES, COUNCIL, PASSED, STAGES

from .glmm import Group, Mixed, fit_mixed

S = len(STAGES)
ENTRY, WAITING, STALE = range(3)  # the month of entry, later ones, those after a long wait
RUSHED = 2 * S + 1  # the coefficient of the rush
LONG = 6  # months after which a wait is a long one
# The prior by stage: ideas come in spring, plans in summer, councils sit from spring to December. The
# probability to leave in the month of entry, and in each later one.
LEAVES = np.array([[0.10, 0.40], [0.10, 0.35], [0.30, 0.45], [0.20, 0.45], [0.50, 0.70]])
FORWARD = np.array([0.92, 0.92, 0.95, 0.75, 0.98])
TRIALS = 4.0  # dossiers that each of these counts for
OWN, SHARED = 0.3, 0.5  # prior sd of the units' and of the months' effects, in logits
RUSH = 10  # the month from which a year's end hurries dossiers
CALM = 25.0  # dossiers, half of which leave: a prior of the rush, around 0 with sd 2 / sqrt(25) = 0.4


@dataclass(frozen=True, eq=False)
class Passage:
    """The fitted probabilities of leaving a stage and of going forward; made by `fit_passage`."""

    leave: Mixed  # groups: the units, then the months of each stage
    forward: Mixed
    back: np.ndarray  # (5,), of those that leave a stage and do not go forward, the part that is sent back
    units: pd.Index  # those that have an effect
    by_round: bool  # whether months with and without a round differ

    def table(self) -> pd.DataFrame:
        """Return a row a stage: months (mean wait), forward (probability), shared (sd of months, in logits).

        Of a usual unit and month, for the council one with a round, before October, of no long wait.
        """
        at_entry, later = (
            expit(_leave_design(np.arange(S), wait, False, True, self.by_round) @ self.leave.beta)
            for wait in (ENTRY, WAITING)
        )
        table = Table(index=pd.Index(STAGES, name="stage"))
        table["months"] = (1 - at_entry) / later
        table["forward"] = expit(np.eye(S) @ self.forward.beta)
        table["shared"] = self.forward.sd[1:]
        return table


def fit_passage(visits: pd.DataFrame, last: pd.Period, rounds: pd.Series | None = None) -> Passage:
    """Fit the stages' probabilities to the visits as they were known at the end of the month `last`.

    The visits are as from `dossiers.visits`, `last` is known whole; `rounds` is month -> whether a round fell
    in it, and a month not in it is taken for one with a round.
    """
    rows, by_round = _dossier_months(visits, last), rounds is not None
    units = pd.Index(sorted(rows["unit"].unique()))
    with_round = rows["stage"] != COUNCIL
    if rounds is not None:
        with_round |= rounds.reindex(rows["month"], fill_value=True).to_numpy()
    rows = rows.assign(with_round=with_round | (not by_round), own=units.get_indexer(rows["unit"]))
    leave, forward = _fit_leave(rows, len(units), by_round), _fit_forward(rows, len(units))
    failed = rows[rows["left"] & (rows["exit"] != "forward")]
    sent = np.bincount(failed.loc[failed["exit"] == "back", "stage"], minlength=S)
    back = (sent + 1) / (np.bincount(failed["stage"], minlength=S) + 2)  # the prior is one of two
    return Passage(leave, forward, back, units, by_round)


def _dossier_months(visits: pd.DataFrame, last: pd.Period) -> pd.DataFrame:
    """Return a row a visit and month: unit, stage, wait, month, at (month's number), left, exit."""
    visits = visits.sort_values(["dossier", "entered", "stage"], kind="stable")
    since, until = (visits[name].dt.to_period("M") for name in ("entered", "left"))
    ended = until.notna() & (until <= last)
    first = since.astype("int64").to_numpy()
    end = np.where(ended, until.fillna(last).astype("int64"), last.ordinal)
    known = end >= first
    count = (end - first + 1)[known]
    row = np.repeat(np.flatnonzero(known), count)
    waited = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    sent_back = (visits["dossier"] == visits["dossier"].shift()) & (visits["exit"].shift() == "back")
    stays = (waited > 0) | ~sent_back.to_numpy()[row]  # who comes back waits for the next month
    row, waited = row[stays], waited[stays]
    month = first[row] + waited
    left = ended.to_numpy()[row] & (month == end[row])
    return pd.DataFrame(
        {
            "unit": visits["unit"].to_numpy()[row],
            "stage": visits["stage"].to_numpy()[row],
            "wait": np.where(waited == 0, ENTRY, np.where(waited > LONG, STALE, WAITING)),
            "month": pd.PeriodIndex.from_ordinals(month, freq="M"),
            "at": month - (month.min() if len(month) else 0),
            "left": left,
            "exit": np.where(left, visits["exit"].to_numpy()[row], ""),
        }
    )


def _fit_leave(rows: pd.DataFrame, units: int, by_round: bool) -> Mixed:
    """Fit the probability to leave a stage in a month."""
    keys = ["stage", "wait", "rush", "with_round", "own", "at"]
    rows = rows.assign(rush=rows["month"].dt.month >= RUSH)
    cells = rows.groupby(keys, sort=True)["left"].agg(["sum", "size"]).reset_index()
    prior = [(s, wait, True, LEAVES[s, wait], TRIALS) for s in range(S) for wait in (ENTRY, WAITING)]
    prior += [(s, STALE, True, LEAVES[s, WAITING] / 2, TRIALS / 2) for s in range(S)]
    prior += [(COUNCIL, WAITING, False, 0.1, TRIALS)] if by_round else []
    stage, wait, with_round, chance, trials = map(np.array, zip(*prior, strict=True))
    observed = _leave_design(cells["stage"], cells["wait"], cells["rush"], cells["with_round"], by_round)
    usual = _leave_design(stage, wait, False, with_round, by_round)
    x = np.vstack([observed, usual, np.eye(usual.shape[1])[RUSHED]])
    hits = np.concatenate([cells["sum"], chance * trials, [CALM / 2]])
    tries = np.concatenate([cells["size"], trials, [CALM]])
    return fit_mixed(hits, tries, x, _groups(cells, units, len(prior) + 1))


def _fit_forward(rows: pd.DataFrame, units: int) -> Mixed:
    """Fit the probability to go forward on leaving; published councils support a short history."""
    gone = rows[rows["left"]].assign(hit=rows["exit"] == "forward")
    cells = gone.groupby(["stage", "own", "at"], sort=True)["hit"].agg(["sum", "size"]).reset_index()
    sittings = cells.loc[cells["stage"] == COUNCIL, "at"].nunique()
    weight = len(CANDIDATES) / (len(CANDIDATES) + sittings)
    stage = np.concatenate([cells["stage"], np.arange(S), np.full(len(CANDIDATES), COUNCIL)]).astype(int)
    hits = np.concatenate([cells["sum"], FORWARD * TRIALS, weight * np.array(PASSED)])
    tries = np.concatenate([cells["size"], np.full(S, TRIALS), weight * np.array(CANDIDATES)])
    return fit_mixed(hits, tries, np.eye(S)[stage], _groups(cells, units, S, len(CANDIDATES)))


def _groups(cells: pd.DataFrame, units: int, priors: int, sittings: int = 0) -> list[Group]:
    """Return the units, and the months of each stage; each published sitting is a month of the council's."""
    none, (stage, month) = np.full(priors + sittings, -1), cells[["stage", "at"]].to_numpy(int).T
    span = month.max(initial=0) + 1
    own, at = np.unique(stage * span + month, return_inverse=True)
    more = np.append(np.full(priors, -1), len(own) + np.arange(sittings))
    kind = np.append(own // span, np.full(sittings, COUNCIL))
    return [
        Group(np.append(cells["own"], none).astype(int), np.zeros(units, int), (OWN,)),
        Group(np.append(at, more), kind, (SHARED,) * S),
    ]


def _leave_design(
    stage: "np.ndarray | pd.Series",
    wait: "np.ndarray | pd.Series | int",
    rush: "np.ndarray | pd.Series | bool",
    with_round: "np.ndarray | pd.Series | bool",
    by_round: bool,
) -> np.ndarray:
    """Return the design of leaving: the stage's entry or wait, a long wait, the rush, no round."""
    stage, wait = np.asarray(stage, int), np.broadcast_to(np.asarray(wait, int), np.shape(stage))
    x = np.zeros((len(stage), RUSHED + 1 + by_round))
    x[np.arange(len(stage)), 2 * stage + (wait != ENTRY)] = 1
    x[:, 2 * S], x[:, RUSHED] = wait == STALE, rush
    if by_round:
        x[:, RUSHED + 1] = ~np.broadcast_to(np.asarray(with_round, bool), np.shape(stage))
    return x
