"""Late entries: how much of a month is entered so many months after it, learned from earlier runs.

A decision is entered weeks after its day, so the last months always look slow. The panels of earlier runs
beside the one of now are a reporting triangle, and what stood in them of months that are complete now is the
completeness by age [1]_ [2]_: of K products then and N now, ``c = (K + 3) / (N + 3)``, in which three more
that were entered at once keep little evidence from saying much, and no month older than another is less
complete. An age at which nothing was missing is complete: without evidence, nothing is imputed. What was
struck since is held against what came late.

Months of one age are not alike, a round is entered as one: their completeness is beta about c with the
correlation rho, by moments. In the fit a month has the exposure c of its own; what is missing of it is drawn
with the months to come, of the exposure 1 - c, whose beta draw all units share.

References
----------
.. [1] Höhle, M. and an der Heiden, M. (2014). Bayesian nowcasting during the STEC O104:H4 outbreak in
   Germany, 2011. Biometrics 70, 993-1002.
.. [2] Wolffram, D. and others (2023). Collaborative nowcasting of COVID-19 hospitalization incidences in
   Germany. PLOS Computational Biology 19, e1011394.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from ocop_forecast.periods import known_part

from .forecast import Forecast
from .panel import complete_months

AGES = 6  # months after which a month is complete
PROMPT = 3  # products entered at once that count besides those of an age
ALIKE, PAIRS = 0.1, 200  # rho before any month, and pairs of products that it is worth
OTHER = 0.1  # of old months' products that may differ in the panel of an earlier run of the same register


class Delays(NamedTuple):
    """How complete months are by their age: 0 for the as-of date's own, to `AGES` less 1."""

    part: np.ndarray  # (AGES,), c, at most 1 and never falling
    alike: np.ndarray  # (AGES,), rho

    def draw(
        self, months: pd.PeriodIndex, as_of: pd.Period, draws: int, rng: np.random.Generator
    ) -> np.ndarray:
        """Draw the part of each month that is not entered yet (draws, months); none of them is complete."""
        at = age(months, as_of)
        products = 1 / self.alike[at] - 1
        return rng.beta((1 - self.part[at]) * products, self.part[at] * products, (draws, len(months)))


def entered(delays: Delays | None, months: pd.PeriodIndex, as_of: pd.Period) -> np.ndarray:
    """Return the part of each month that is expected to be entered at the as-of date (months,)."""
    part = np.ones(AGES) if delays is None else delays.part
    return np.append(part, 1.0)[np.minimum(age(months, as_of), AGES)]


def age(months: pd.PeriodIndex, as_of: pd.Period) -> np.ndarray:
    """Return how many months ago each month was over, to the nearest whole one; 0 for a begun one.

    Examples
    --------
    >>> months = pd.period_range("2024-07", "2024-09", freq="M")
    >>> [age(months, pd.Period(as_of)).tolist() for as_of in ("2024-09", "2024-09-12", "2024-09-19")]
    [[2, 1, 0], [1, 0, 0], [2, 1, 0]]
    """
    now = as_of.asfreq("M").ordinal - 1 + known_part(as_of)
    return np.floor(np.maximum(now - months.astype("int64"), 0) + 0.5).astype(int)


def learn(panel: pd.DataFrame, as_of: pd.Period, earlier: Iterable[Forecast]) -> Delays | None:
    """Learn the completeness of months from what earlier forecasts knew of those that are complete now.

    Parameters
    ----------
    panel : DataFrame, months x units
        What is known now, products; without months that are reconstructed.
    as_of : Period
        The last month, or day, that is known now.
    earlier : iterable of Forecast
        Those of other units, or whose old months were others, are of another register and teach nothing.

    Returns
    -------
    Delays or None
        None where nothing was late.

    Examples
    --------
    >>> panel = pd.DataFrame({"389": 10}, index=pd.period_range("2023-01", "2024-09", freq="M"))
    >>> was = panel[:"2024-02"].copy()
    >>> was.iloc[-1] = 4
    >>> ahead = pd.period_range("2024-03", "2024-12", freq="M")
    >>> delays = learn(panel, pd.Period("2024-09"), [Forecast(was, ahead, np.zeros((1, 1, 10), int))])
    >>> delays.part.tolist()
    [0.54, 1.0, 1.0, 1.0, 1.0, 1.0]
    """
    told = [_then_and_now(was, panel, as_of) for was in earlier]
    if not any(map(len, told)):
        return None
    months = pd.concat(told).groupby(["age", "month"]).mean()  # runs at one age of a month say it once
    part = _completeness(months)
    return Delays(part, _alike(months, part)) if (part < 1).any() else None


def _then_and_now(was: Forecast, panel: pd.DataFrame, as_of: pd.Period) -> pd.DataFrame:
    """Return the province's months complete now: month, age at an earlier run, products then and now.

    No row is of another register.
    """
    then = complete_months(was.panel, was.as_of)
    then = then.loc[then.index.intersection(panel.index[age(panel.index, as_of) >= AGES])]
    rows = pd.DataFrame({"month": then.index, "age": age(then.index, was.as_of)})
    rows["then"], rows["now"] = then.to_numpy().sum(axis=1), panel.loc[then.index].to_numpy().sum(axis=1)
    old = rows[rows["age"] >= AGES]
    known = (old["then"] - old["now"]).abs().sum() < OTHER * old["now"].sum()
    return rows[(rows["age"] < AGES) & known & (set(was.units) == set(panel.columns))]


def _completeness(months: pd.DataFrame) -> np.ndarray:
    """Return c by age (AGES,), two digits, never falling with age."""
    from scipy.optimize import isotonic_regression

    sums = months.groupby("age").sum().reindex(range(AGES), fill_value=0)
    weight = (sums["now"] + PROMPT).to_numpy(float)
    part = isotonic_regression((sums["then"] + PROMPT).to_numpy() / weight, weights=weight).x
    return np.clip(part.round(2), 0.05, 1.0)


def _alike(months: pd.DataFrame, part: np.ndarray) -> np.ndarray:
    """Return rho by age (AGES,), two digits; greater where few months have told their mean."""
    ages = months.index.get_level_values("age")
    c, then, now = np.minimum(part[ages], 0.99), months["then"].to_numpy(), months["now"].to_numpy()
    late = part[ages] < 1
    more = ((then - c * now) ** 2 / (c * (1 - c)) - now)[late].sum()
    rho = (more + ALIKE * PAIRS) / ((now * (now - 1))[late].sum() + PAIRS)
    told = np.bincount(ages, minlength=AGES)
    return np.clip(rho * (1 + 1 / np.maximum(told, 1)), 0.01, 0.5).round(2)
