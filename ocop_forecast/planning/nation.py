"""The country: the draws of several provinces put side by side, and what their sum says.

Each province is drawn by itself. Which of its draws belong to one future of the country is decided here, by
ranks alone (ensemble copula coupling [1]_), so that every province's own forecast stays as its page shows it.
What provinces share in a year is a common shock: its part of their doubt is learned from past years that
were forecast in two provinces or more, and is an assumption where there are none.

References
----------
.. [1] Schefzik, R., Thorarinsdottir, T. L. and Gneiting, T. (2013). Uncertainty quantification in complex
   simulation models using ensemble copula coupling. Statistical Science 28, 616-640.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.stats import norm

from ocop_forecast.bands import attained, by_need
from ocop_forecast.display import Table
from ocop_forecast.models.forecast import Forecast
from ocop_forecast.models.streams import NATION, settled, stream, systematic

from .flags import USUAL

# Before any past year is seen the shared part r is Beta(1.5, 3.5): 0.3 in the mean, from 0.05 to 0.62 with
# 90 %. One ministry's rules, dates and budget move all provinces; their own councils and offices move them
# more. Neither "nothing is shared" nor "all is" has any weight, since both would be claims.
PRIOR = (1.5, 3.5)
PARTS = ((np.arange(40) + 0.5) / 40) ** 2  # r, denser near 0, where a little more matters most to a sum
# how much wider than promised past errors were, common to all provinces: provinces' own widths are not
# judged here, and without it intervals a little too wide would be taken for a shock that is shared
WIDTHS, WIDTH_SD = np.exp(np.linspace(-0.9, 0.9, 13)), 0.35
KINDS = {
    **dict.fromkeys(("so_far", "median", "lower", "upper"), "int64"),
    "target": "Int64",
    "p_reach": float,
}


@dataclass(frozen=True, eq=False)
class Member:
    """One province as the country sees it.

    Attributes
    ----------
    key : str
        What tells it from all others and fixes its random numbers: its code.
    row : Series
        Its row of the outlook: name, so_far, target, median, lower, upper (products), p_reach, flag.
    totals : ndarray of int, shape (draws,)
        The year's total in each draw, products.
    earned : bool
        Whether its probabilities have earned to be shown in per cent, as in `Outlook`.
    past : Series
        Of past years that are no reconstruction, forecast as of this time of the year: the mean of
        ``P(X < came)`` and ``P(X <= came)`` of its total; index years. May be empty.
    """

    key: str
    row: pd.Series
    totals: np.ndarray
    earned: bool
    past: pd.Series

    @classmethod
    def of(cls, key: str, row: pd.Series, forecast: Forecast, past: pd.Series) -> "Member":
        """Take a province from its saved forecast and its row of the outlook; the units are not kept."""
        return cls(key, row, forecast.total().to_numpy(), bool(forecast.earned), past)


@dataclass(frozen=True, eq=False)
class Shared:
    """What provinces share: the chance of each of `PARTS`, and what years and cases taught it."""

    weight: np.ndarray
    years: tuple[int, ...] = ()
    cases: int = 0

    @property
    def mean(self) -> float:
        """The part of a province's doubt that is common to all, in the mean."""
        return float(self.weight @ PARTS)


def shared(past: pd.DataFrame) -> Shared:
    """Learn what provinces share from the ranks of what came in past years.

    Normal scores x of a year's n provinces are taken as normal with mean 0, variance s² and correlation r,

        log p = -n log s - ((n - 1) log(1 - r) + log(1 + (n - 1) r) + Q / s²) / 2,
        Q = (Σx² - r (Σx)² / (1 + (n - 1) r)) / (1 - r),

    and years as independent. r has the prior `PRIOR`, log s is normal around 0 and is added up over.

    Parameters
    ----------
    past : DataFrame, years x provinces
        Ranks between 0 and 1, as in `Member.past`; missing where a year was not forecast. Years with fewer
        than two provinces say nothing.

    Examples
    --------
    >>> alike, unlike = [0.05, 0.1, 0.08], [0.05, 0.9, 0.5]
    >>> none = shared(pd.DataFrame())
    >>> shared(pd.DataFrame([alike] * 3)).mean > none.mean > shared(pd.DataFrame([unlike] * 3)).mean
    True
    """
    past = past[past.notna().sum(axis=1) >= 2] if past.size else past
    a, b = PRIOR
    # the density of r at the points of a grid that is even in its root
    weight = (a - 0.5) * np.log(PARTS) + (b - 1) * np.log1p(-PARTS)
    grid = weight[:, None] - np.log(WIDTHS) ** 2 / (2 * WIDTH_SD**2)
    for ranks in past.to_numpy(dtype=float):
        grid = grid + _log_chance(norm.ppf(np.clip(ranks[~np.isnan(ranks)], 0.001, 0.999)))
    chance = np.exp(grid - grid.max()).sum(axis=1)
    return Shared(chance / chance.sum(), tuple(map(int, past.index)), int(past.notna().to_numpy().sum()))


def _log_chance(scores: np.ndarray) -> np.ndarray:
    """Return the log density of one year's normal scores at each r and s (parts, widths)."""
    n, more = len(scores), 1 + (len(scores) - 1) * PARTS
    distance = (scores @ scores - PARTS * scores.sum() ** 2 / more) / (1 - PARTS)
    known = (n - 1) * np.log1p(-PARTS) + np.log(more)
    return -n * np.log(WIDTHS) - (known[:, None] + distance[:, None] / WIDTHS**2) / 2


@dataclass(frozen=True, eq=False)
class Country:
    """Several provinces of one year, drawn together.

    Attributes
    ----------
    members : tuple of Member
        One a province, each with as many draws.
    seed, year : int
        Those of their runs.
    level : float
        Probability of the central intervals.

    Examples
    --------
    >>> row, draws = pd.Series({"name": "A", "so_far": 1, "target": 6}), np.arange(1, 10)
    >>> two = Country.of([Member(key, row, draws, True, pd.Series()) for key in ("01", "38")], 1, 2024)
    >>> alone, together = two.ends(two.sums(0.0)), two.ends(two.sums(1.0))
    >>> two.whole["so_far"], [int(end) for end in together[1:]], bool(alone[1] > together[1])
    (2, [2, 18], True)
    """

    members: tuple[Member, ...]
    seed: int
    year: int
    level: float = 0.8

    @classmethod
    def of(cls, members: Iterable[Member], seed: int, year: int) -> "Country":
        """Gather provinces in the order of their keys, so that the order in which they come says nothing."""
        return cls(tuple(sorted(members, key=lambda one: one.key)), seed, year)

    @cached_property
    def shared(self) -> Shared:
        """What the provinces share, as their past years tell or as is assumed."""
        return shared(pd.DataFrame({one.key: one.past for one in self.members}))

    @cached_property
    def draws(self) -> np.ndarray:
        """The joint draws (draws, provinces): those of each province, in another order."""
        return self.joint(PARTS[systematic(settled(self.shared.weight), self.size, self._stream())])

    def joint(self, part: "float | np.ndarray") -> np.ndarray:
        """Return the provinces' totals (draws, provinces) where `part` of their doubt is shared.

        In draw i the total of province p has the rank, among its own, of ``sqrt(r_i) z_i + sqrt(1 - r_i)
        e_ip``; z and e are standard normal, and the ranks of equal totals are drawn. Each column holds a
        province's draws, every one once.
        """
        common = stream(self.seed, self.year, 1, NATION).standard_normal(self.size)
        columns = []
        for one in self.members:
            rng = stream(self.seed, self.year, one.key, NATION)
            own, ties = rng.standard_normal(self.size), rng.random(self.size)
            rank = np.argsort(np.sqrt(part) * common + np.sqrt(1 - part) * own, kind="stable").argsort()
            columns.append(one.totals[np.lexsort((ties, one.totals))][rank])
        return np.column_stack(columns)

    def sums(self, part: float) -> np.ndarray:
        """Return the country's totals (draws,) where `part` is shared: 0 nothing, 1 all that there is."""
        return self.joint(part).sum(axis=1)

    def ends(self, totals: np.ndarray) -> np.ndarray:
        """Return the median of totals and the ends of their central interval, whole products."""
        edges = [0.5, (1 - self.level) / 2, (1 + self.level) / 2]
        return np.quantile(totals, edges, method="inverted_cdf")

    @property
    def size(self) -> int:
        """How many draws there are."""
        return len(self.members[0].totals)

    @property
    def earned(self) -> bool:
        """Whether per cents have earned to be shown of the country: those of all provinces have."""
        return all(one.earned for one in self.members)

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a province, those first that need most: `Member.row` and earned; index keys."""
        rows = pd.DataFrame({one.key: one.row for one in self.members}).T
        rows = rows.astype({name: kind for name, kind in KINDS.items() if name in rows})
        rows["earned"] = [one.earned for one in self.members]
        return Table(by_need(rows.rename_axis("province"), self.earned))

    @cached_property
    def whole(self) -> pd.Series:
        """The country's figures: so_far, target, median, lower, upper, p_reach, as a province's.

        The target is the sum of those that are set, missing where there is none; p_reach is the chance that
        the provinces with a target reach it, since what the others bring is held against nothing.
        """
        return self._figures([True] * len(self.members))

    @cached_property
    def aimed(self) -> pd.Series:
        """The same figures of the provinces that have a target alone."""
        return self._figures(self._have_target)

    @property
    def _have_target(self) -> list[bool]:
        return [not pd.isna(one.row["target"]) for one in self.members]

    def _figures(self, which: list[bool]) -> pd.Series:
        rows = [one.row for one, asked in zip(self.members, which, strict=True) if asked]
        target = sum(int(row["target"]) for row in rows if not pd.isna(row["target"])) or np.nan
        so_far = sum(int(row["so_far"]) for row in rows)
        median, lower, upper = self.ends(self.draws[:, which].sum(axis=1)) if rows else (np.nan,) * 3
        p_reach = np.nan if pd.isna(target) else float((self.totals >= target).mean())
        figures = {"so_far": so_far, "target": target, "median": median, "lower": lower, "upper": upper}
        return pd.Series({**figures, "p_reach": p_reach}, dtype=object)

    @property
    def totals(self) -> np.ndarray:
        """The totals (draws,) that a target is held against: of the provinces that have one, else of all."""
        which = self._have_target
        return self.draws[:, which if any(which) else slice(None)].sum(axis=1)

    @property
    def flag(self) -> str:
        """The country's flag, as a province has one."""
        if pd.isna(self.aimed["target"]):
            return "no_target"
        if attained(self.aimed["so_far"], self.aimed["target"]):
            return "attained"
        return USUAL.flag(self.aimed["p_reach"])

    def _stream(self) -> np.random.Generator:
        return stream(self.seed, self.year, 2, NATION)
