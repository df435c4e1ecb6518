"""Communes that fill up: a unit whose communes have products already slows down.

The next product of a unit comes from a commune with k products as easily as ``(1 + k) ** -t``: a commune
without one more easily than one with three. In which communes a unit's products came up tells t: each
product is a choice among all communes of its unit, by what these had before its day [1]_. Products come in
batches, so each counts as ``1 / (1 + batch)`` of one. t is the posterior mean over 0, 1/4, 1/2 and 1. Half of
its prior is 0, no slowing at all, since no published count tells more. Communes are unlike: where the same
ones bring product after product t comes out small, and what fills up is understated rather than invented.

With n products more a unit's rate is ``sum (1 + k) ** -t`` over its communes against what it is now, the n
shared among them as easily.

References
----------
.. [1] McFadden, D. (1974). Conditional logit analysis of qualitative choice behavior. In Zarembka, P. (ed.),
   Frontiers in Econometrics, 105-142. Academic Press.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from ocop_forecast.text import each, fold

TIRING = np.array([0.0, 0.25, 0.5, 1.0])  # t
PRIOR = np.array([0.5, 0.25, 0.15, 0.1])
NAMED = 0.9  # part of the new products whose commune must be known
MOST = 200  # products more after which a unit slows no further


class Room(NamedTuple):
    """How far a province's communes are full."""

    tiring: float  # t
    left: np.ndarray  # (units, MOST + 1), a unit's rate after 0, 1, ... products more against now
    without: int  # communes without a product
    communes: int

    def of(self, added: np.ndarray) -> np.ndarray:
        """Return the units' rates against now once each has so many products more (draws, units)."""
        return self.left[np.arange(len(self.left)), np.minimum(added, MOST)]


def fit_room(register: pd.DataFrame, communes: pd.Series, batch: float) -> Room | None:
    """Learn from a register how far communes are full; None where it does not tell the communes.

    `register` is that of a `Province`, `communes` the number of each unit's communes, index the codes of the
    units in order; `batch` is as in `Shares`.

    Examples
    --------
    >>> days = pd.to_datetime(["2023-05-01", "2024-05-01"])
    >>> register = pd.DataFrame({"unit": "389", "commune": ["Xã A", "Xã B"], "decision_date": days})
    >>> room = fit_room(register.assign(event="new"), pd.Series({"389": 2}), batch=0.0)
    >>> room.tiring, room.without, room.left[0, :3].round(2).tolist()
    (0.27, 0, [1.0, 0.94, 0.9])
    """
    new = register[register["event"] == "new"]
    if new.empty or new["commune"].notna().mean() < NAMED or communes.isna().any():
        return None
    new = new.dropna(subset="commune").sort_values("decision_date", kind="stable")
    new = new.assign(commune=each(new["commune"], fold), unit=new["unit"].astype(str))
    before, chosen = _choices(new, communes)
    fit = np.log(PRIOR) + np.array([_log_likelihood(t, before, chosen) for t in TIRING]) / (1 + batch)
    weight = np.exp(fit - fit.max())
    tiring = round(float(TIRING @ weight / weight.sum()), 2)
    known = _counts(new, communes)
    return Room(tiring, _slowing(known, tiring), int((known == 0).sum()), int(np.isfinite(known).sum()))


def _choices(new: pd.DataFrame, communes: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return what a unit's communes had before each product's day (products, communes), and its own's."""
    before, chosen = [], []
    for unit, rows in new.groupby("unit"):
        at, names = pd.factorize(rows["commune"])
        had = np.zeros(max(len(names), communes[unit]))
        for _, day in pd.Series(at).groupby(rows["decision_date"].to_numpy()):
            before += [had] * len(day)
            chosen += [*had[day]]
            had = had + np.bincount(day, minlength=len(had))
    return _padded(before), np.array(chosen)


def _counts(new: pd.DataFrame, communes: pd.Series) -> np.ndarray:
    """Return the products of the units' communes (units, communes), NaN beyond the last of a unit."""
    counts = new.groupby("unit")["commune"].value_counts()
    return _padded([_filled(counts.get(unit, []), number) for unit, number in communes.items()])


def _filled(counts: "pd.Series | list", communes: int) -> np.ndarray:
    """Return counts of named communes and zeros for the others."""
    return np.append(np.asarray(counts, float), np.zeros(max(communes - len(counts), 0)))


def _padded(rows: list[np.ndarray]) -> np.ndarray:
    table = np.full((len(rows), max(map(len, rows))), np.nan)
    for at, row in enumerate(rows):
        table[at, : len(row)] = row
    return table


def _ease(known: np.ndarray, tiring: float) -> np.ndarray:
    return np.where(np.isnan(known), 0, (1 + known) ** -tiring)


def _log_likelihood(tiring: float, before: np.ndarray, chosen: np.ndarray) -> float:
    return float(np.log((1 + chosen) ** -tiring / _ease(before, tiring).sum(axis=1)).sum())


def _slowing(known: np.ndarray, tiring: float) -> np.ndarray:
    """Return the units' rates after 0, 1, ... products more against now (units, MOST + 1)."""
    sums, known = [], known.copy()
    for _ in range(MOST + 1):
        ease = _ease(known, tiring)
        sums.append(ease.sum(axis=1))
        known = known + ease / sums[-1][:, None]
    return np.stack(sums, axis=1) / sums[0][:, None]
