"""The reference class: what became of other places' targets, and what it says of a target now.

A place ends its year at ``target x R``. The ratio R and the season are learned from published years of other
places [1]_; an office's own past years weigh in as they add up. Given R the year's products are Poisson.
When they come is a Dirichlet process over the year, as lumpy as rounds are: until now a part B of them has
come, ``B ~ Beta(c F, c (1 - F))``, F the season's part and c the concentration; of the rest a part comes by
31 December, the last of it with the rounds that are held for this year after it. So what is still to come is
``target R (1 - B)``: with R known, and B at its mean, that is Bornhuetter and Ferguson's reserve with the
target as its a-priori ultimate [2]_; what has come so far moves R by Bayes' rule, as Benktander's does.

log R is normal with mean ``m + d``, d for finals that were derived from published stocks, where expired
certificates pull them down. Finals that somebody announced flatter, since success is announced: a new year's
mean is ``m + l d`` with l uniform from 0 to 1, which is the doubt whom to believe.

References
----------
.. [1] Flyvbjerg, B. (2008). Curbing optimism bias and strategic misrepresentation in planning: reference
   class forecasting in practice. European Planning Studies 16, 3-21.
.. [2] Mack, T. (2000). Credible claims reserves: the Benktander method. ASTIN Bulletin 30, 333-347.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import betainc, betaln, expit, pdtr

from ocop_forecast.files.writing import shipped
from ocop_forecast.periods import known_part, last_known

from .streams import settled

RATIO = np.linspace(-2.5, 2.5, 61)  # log R
MEAN = np.linspace(-0.5, 1.25, 36)  # m; prior normal(log 1.25, 0.5)
SPREAD = np.array([0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0])  # of log R; prior log-normal(0.5, 0.5)
DERIVED = np.linspace(-0.9, 0.3, 13)  # d; prior normal(0, 0.35)
DOUBT = np.array([0.1, 0.3, 0.5, 0.7, 0.9])  # l; all alike
BETWEEN = 0.5  # part of the spread of log R that tells places apart, the rest a place's years
CONCENTRATION = np.array([0.5, 1.0, 2.0, 4.0, 8.0])  # c; prior log-normal(1.5, 0.7)
PARTS = expit(np.linspace(-9, 9, 49))  # edges of the cells of B, and of the rest's part by 31 December
YEARS = 4.0  # years of its own after which a place's season weighs as much as the class's
SMOOTH = 2.0  # places' years that are spread evenly over the season of the class


@dataclass(frozen=True, eq=False)
class Reference:
    """Published years of other places.

    Attributes
    ----------
    progress : DataFrame
        A row a publication: unit, year, as_of, so_far_new, target_new, final_new (products), final_from
        (``announced`` or ``derived``), source_url_or_page.
    rounds : DataFrame
        A row a dated round: unit, date, programme_year, recognised_new.

    Examples
    --------
    >>> reference = Reference.read()
    >>> len(reference.cases), reference.without("Ninh Bình").cases["unit"].eq("Ninh Bình").any()
    (25, np.False_)
    """

    progress: pd.DataFrame
    rounds: pd.DataFrame

    @classmethod
    def read(cls) -> "Reference":
        """Read the class that comes with the tool, ``data/reference/``."""
        folder, kept = shipped("data") / "reference", {"as_of": str, "date": str, "final_date": str}
        return cls(*(pd.read_csv(folder / f"{name}.csv", dtype=kept) for name in ("progress", "rounds")))

    def without(self, unit: str) -> "Reference":
        """Return the class without one place."""
        return Reference(*(table[table["unit"] != unit] for table in (self.progress, self.rounds)))

    @cached_property
    def cases(self) -> pd.DataFrame:
        """A row a place's year whose target and final are published."""
        known = self.progress.dropna(subset=["target_new", "final_new"])
        return known.drop_duplicates(["unit", "year"]).reset_index(drop=True)

    @cached_property
    def season(self) -> np.ndarray:
        """The part of a year's products in each of its months, and in the rounds after it (13,), sum 1.

        Every place's year counts once, whatever its size.
        """
        known = self.rounds.dropna(subset="recognised_new")
        days = known["date"].map(last_known)
        late = days.map(lambda day: day.year) > known["programme_year"]
        part = known["recognised_new"] / known.groupby(["unit", "programme_year"])[
            "recognised_new"
        ].transform("sum")
        months = np.bincount(days[~late].map(lambda day: day.month - 1), part[~late], 12) + SMOOTH / 12
        after = part.where(late, 0).groupby([known["unit"], known["programme_year"]]).sum()
        after = pd.concat([after, self._after_december[~self._after_december.index.isin(after.index)]]).mean()
        return np.append(months / months.sum() * (1 - after), after)

    @property
    def _after_december(self) -> pd.Series:
        """Whether a year's final was reached after its December, by place and year."""
        finals = self.progress.dropna(subset=["final_new", "final_date"]).drop_duplicates(["unit", "year"])
        late = finals["final_date"].str[:4].astype(int) > finals["year"]
        return late.astype(float).set_axis(pd.MultiIndex.from_frame(finals[["unit", "year"]]))

    @cached_property
    def timed(self) -> pd.DataFrame:
        """Publications of a year's middle whose final is known: so_far, final, passed (part of the year's months).

        Zeros that follow from the date of the first round are told by the rounds already: they are left out.
        """
        known = self.progress.dropna(subset=["so_far_new", "final_new", "as_of"])
        known = known[known["so_far_new"] > 0]
        return known.assign(passed=known["as_of"].map(lambda day: passed(last_known(day))))


def passed(as_of: pd.Period) -> float:
    """Return how many months of its year have passed.

    Examples
    --------
    >>> passed(pd.Period("2024-09")), passed(pd.Period("2024-09-12"))
    (9.0, 8.4)
    """
    return as_of.month - 1 + known_part(as_of)


class Record(NamedTuple):
    """An office's own past years whose target was known."""

    target: np.ndarray  # (years,), products
    months: np.ndarray  # (years, 12), products newly recognised


NONE = Record(np.zeros(0), np.zeros((0, 12)))


class Law(NamedTuple):
    """What the class, and an office's own record, say of a year before it has begun."""

    ratio: np.ndarray  # (RATIO,), probabilities
    season: np.ndarray  # (13,), the expected part of each month and of the rounds after December
    concentration: np.ndarray  # (CONCENTRATION,), probabilities


def fit_law(reference: Reference, as_of: pd.Period, record: Record = NONE) -> Law:
    """Weigh the class and an office's own past years, for a forecast made as far into a year as `as_of`."""
    season = _season(reference.season, record)
    return Law(
        _ratio(reference.cases, record), season, _concentration(reference, season, passed(as_of), record)
    )


def _season(season: np.ndarray, record: Record) -> np.ndarray:
    """Return the season of the class moved to the office's own years, of which none shows what came after it."""
    done = record.months[record.months.sum(axis=1) > 0]
    own = done / done.sum(axis=1, keepdims=True) * (1 - season[12])
    own = np.column_stack([own, np.full(len(own), season[12])])
    return (YEARS * season + own.sum(axis=0)) / (YEARS + len(own))


def _ratio(cases: pd.DataFrame, record: Record) -> np.ndarray:
    """Return the predictive probabilities of log R on its grid."""
    mean, spread, derived = np.meshgrid(MEAN, SPREAD, DERIVED, indexing="ij")
    fit = -0.5 * (
        ((mean - np.log(1.25)) / 0.5) ** 2 + (derived / 0.35) ** 2 + (np.log(spread / 0.5) / 0.5) ** 2
    )
    of_class = _log_ratio(cases["final_new"].to_numpy(float), cases["target_new"].to_numpy(float))
    for value, target, source in zip(of_class, cases["target_new"], cases["final_from"], strict=True):
        fit = fit + _log_normal(value, mean + derived * (source == "derived"), spread**2 + 1 / target)
    prior = mean[..., None] + DOUBT * derived[..., None]
    centre, variance, own = _moved(prior, spread[..., None], record)
    weight = np.exp(fit[..., None] + own - (fit[..., None] + own).max()).round(6)
    some = weight > 0
    densities = np.exp(_log_normal(RATIO, centre[some][:, None], variance[some][:, None]))
    ratio = weight[some] @ densities
    return ratio / ratio.sum()


def _moved(mean: np.ndarray, spread: np.ndarray, record: Record) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean and variance of the office's next log R, and the log probability of its past ones."""
    between, within = BETWEEN * spread**2, (1 - BETWEEN) * spread**2
    count = len(record.target)
    if not count:
        return mean, np.broadcast_to(spread**2, mean.shape), np.zeros_like(mean)
    past = _log_ratio(record.months.sum(axis=1), record.target)
    noise = within + (1 / record.target).mean()
    trust = between / (between + noise / count)
    moved = mean + trust * (past.mean() - mean)
    own = _log_normal(past.mean(), mean, between + noise / count)
    own = own - ((past - past.mean()) ** 2).sum() / (2 * noise) - (count - 1) / 2 * np.log(noise)
    return moved, np.broadcast_to(between * (1 - trust) + within, mean.shape), own


def _log_ratio(final: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return log R; half a product is added to both, so that a final of 0 is a number."""
    return np.log((final + 0.5) / (target + 0.5))


def _log_normal(value: "float | np.ndarray", mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    return -0.5 * ((value - mean) ** 2 / variance + np.log(variance))


def _concentration(reference: Reference, season: np.ndarray, now: float, record: Record) -> np.ndarray:
    """Return the probabilities of c, from how much of the year had come when: in the class, and here by now."""
    timed = reference.timed
    final, so_far = timed["final_new"].to_numpy(float), timed["so_far_new"].to_numpy(float)
    part = np.array([_until(reference.season, at) for at in timed["passed"]])
    known = _so_far(record.months, now)
    final = np.append(final, record.months.sum(axis=1))
    so_far, part = np.append(so_far, known), np.append(part, np.full(len(known), _until(season, now)))
    fit = -0.5 * (np.log(CONCENTRATION / 1.5) / 0.7) ** 2
    fit = fit + _log_beta_binomial(so_far, final, CONCENTRATION[:, None] * part, CONCENTRATION[:, None]).sum(
        axis=1
    )
    weight = np.exp(fit - fit.max()).round(6)
    return weight / weight.sum()


def _so_far(months: np.ndarray, now: float) -> np.ndarray:
    """Return the products of each year (years,) after `now` months, of a begun one its part."""
    running = np.column_stack([np.zeros(len(months)), months.cumsum(axis=1)])
    return np.array([np.interp(now, np.arange(13), year) for year in running])


def _log_beta_binomial(count: np.ndarray, of: np.ndarray, a: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Return log P(count of `of`), the binomial coefficient left out."""
    return betaln(count + a, of - count + c - a) - betaln(a, c - a)


def _until(season: np.ndarray, now: float) -> float:
    """Return the season's part until `now` months have passed, never quite 0 or 1."""
    running = np.append(0, np.cumsum(season))
    return float(np.clip(np.interp(now, np.arange(14), running), 1e-3, 1 - 1e-3))


class Ultimate(NamedTuple):
    """The law of what is still to come, given what has come: a weighted grid of Poisson means.

    Axes: c, R and B; then the rest's part by 31 December.
    """

    weight: np.ndarray  # (points,), sums to 1
    rest: np.ndarray  # (points,), mean of what is still to come by the close of the year's last round
    cell: np.ndarray  # (points, cells), probabilities of the parts of the rest that come by 31 December
    so_far: int

    def p_reach(self, target: int) -> float:
        """Return the probability of `target` products by the close of the year's last round."""
        return 1 - self._at_most(target - 1)

    def p_by_december(self, target: int) -> float:
        """Return the probability of `target` products by 31 December."""
        need = target - self.so_far
        if need <= 0:
            return 1.0
        reached = 1 - pdtr(need - 1, self.rest[:, None] * MIDDLE)
        return float(self.weight @ (self.cell * reached).sum(axis=1))

    def quantile(self, level: float) -> int:
        """Return the least number of products that the year's final does not exceed with this probability."""
        low, high = self.so_far, self.so_far + 1
        while self._at_most(high) < level:
            low, high = high, 2 * high
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self._at_most(middle) >= level else (middle + 1, high)
        return low

    def _at_most(self, final: int) -> float:
        """Return the probability of a final of at most so many products."""
        return float(self.weight @ pdtr(final - self.so_far, self.rest)) if final >= self.so_far else 0.0

    def draw(self, draws: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw what comes by 31 December, and what comes after it for this year; each (draws,), products."""
        edges = np.cumsum(self.weight)
        at = np.searchsorted(edges, (np.arange(draws) + 0.5) / draws * edges[-1])
        at = rng.permutation(at)
        luck = rng.random(draws)[:, None]
        part = MIDDLE[(np.cumsum(self.cell[at], axis=1) < luck).sum(axis=1).clip(max=len(MIDDLE) - 1)]
        return rng.poisson(settled(self.rest[at] * part)), rng.poisson(settled(self.rest[at] * (1 - part)))


MIDDLE = (PARTS[1:] + PARTS[:-1]) / 2
CELLS = np.append(0, np.append(PARTS[1:-1], 1))  # the outermost cells reach to 0 and 1


def ultimate(law: Law, so_far: int, target: int, as_of: pd.Period) -> Ultimate:
    """Return the law of what is still to come, by Bayes' rule from the law of the year and what has come."""
    now, december = _until(law.season, passed(as_of)), _until(law.season, 12)
    come = _cells(CONCENTRATION * now, CONCENTRATION * (1 - now))
    by_december = _cells(CONCENTRATION * max(december - now, 1e-3), CONCENTRATION * (1 - december))
    if passed(as_of) == 12:
        by_december = np.eye(len(MIDDLE))[np.zeros(len(CONCENTRATION), int)]
    mean = target * np.exp(RATIO)[:, None] * MIDDLE
    seen = np.exp(so_far * np.log(mean) - mean - (so_far * np.log(mean) - mean).max())
    weight = law.concentration[:, None, None] * law.ratio[:, None] * come[:, None] * seen
    weight = (weight / weight.max()).round(9)
    rest = np.broadcast_to(target * np.exp(RATIO)[:, None] * (1 - MIDDLE), weight.shape)
    some = weight > 0
    of = np.broadcast_to(np.arange(len(CONCENTRATION))[:, None, None], weight.shape)[some]
    return Ultimate(weight[some] / weight.sum(), rest[some], by_december[of], so_far)


def _cells(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the probabilities of the cells under Beta(a, b), a row for each a and b."""
    return np.diff(betainc(a[:, None], b[:, None], CELLS), axis=1)
