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
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import betainc, betaln, expit, pdtr

from ocop_forecast.files.writing import shipped
from ocop_forecast.periods import last_known, passed

from .streams import settled, systematic

RATIO = np.linspace(-2.5, 2.5, 61)  # log R
MEAN = np.linspace(-0.5, 1.25, 36)  # m; prior normal(log 1.25, 0.5)
SPREAD = np.array([0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0])  # of log R; prior log-normal(0.5, 0.5)
DERIVED = np.linspace(-0.9, 0.3, 13)  # d; prior normal(0, 0.35)
DOUBT = np.array([0.1, 0.3, 0.5, 0.7, 0.9])  # l; all alike
BETWEEN = np.array([0.2, 0.5, 0.8, 0.95])  # part of log R's variance that tells places apart; all alike
CONCENTRATION = 2.0 ** np.arange(9)  # c, of a place's years around its season; prior log-normal(4, 1)
PLACES = 1.5  # concentration of the places' seasons around that of the class
FADES = 0.75  # what a year of a place's own still weighs a year later
PARTS = expit(np.linspace(-9, 9, 49))  # edges of the cells of B, and of the rest's part by 31 December
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
    @cache
    def read(cls) -> "Reference":
        """Read the class that comes with the tool, ``data/reference/``, once."""
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
        """The part of a plan's products in each month of its year, and in the rounds after it (13,), sum 1.

        Every place's year counts once, whatever its size.
        """
        known = self.rounds.dropna(subset="recognised_new")
        by, days = [known["unit"], known["programme_year"]], known["date"].map(last_known)
        part = known["recognised_new"] / known["recognised_new"].groupby(by).transform("sum")
        late = days.map(lambda day: day.year) > known["programme_year"]
        months = np.bincount(days[~late].map(lambda day: day.month - 1), part[~late], 12) + SMOOTH / 12
        after = part.where(late, 0).groupby(by).sum()
        others = self._after_december[~self._after_december.index.isin(after.index)]
        after = pd.concat([after, others]).mean()
        return np.append(months / months.sum() * (1 - after), after)

    @property
    def _after_december(self) -> pd.Series:
        """Whether a year's final was reached after its December, by place and year."""
        finals = self.progress.dropna(subset=["final_new", "final_date"]).drop_duplicates(["unit", "year"])
        late = finals["final_date"].str[:4].astype(int) > finals["year"]
        return late.astype(float).set_axis(pd.MultiIndex.from_frame(finals[["unit", "year"]]))

    @cached_property
    def fit(self) -> np.ndarray:
        """The log of prior times likelihood of m, the spread and d, given the ratios of the cases."""
        mean, spread, derived = np.ix_(MEAN, SPREAD, DERIVED)
        away = (mean - np.log(1.25)) / 0.5, derived / 0.35, np.log(spread / 0.5) / 0.5
        fit = -0.5 * (away[0] ** 2 + away[1] ** 2 + away[2] ** 2)
        for case in self.cases.itertuples():
            value = _log_ratio(case.final_new, case.target_new)
            fit = fit + _log_normal(
                value, mean + derived * (case.final_from == "derived"), spread**2 + 1 / case.target_new
            )
        return fit

    @cached_property
    def concentration(self) -> np.ndarray:
        """The log of prior times likelihood of c, from how much of a final had come by a publication.

        Zeros that follow from the date of the first round are told by the rounds already: they are left out.
        """
        known = self.progress.dropna(subset=["so_far_new", "final_new", "as_of"])
        known = known[known["so_far_new"] > 0]
        so_far, final = (known[name].to_numpy(float) for name in ("so_far_new", "final_new"))
        part = np.array([_until(self.season, passed(last_known(day))) for day in known["as_of"]])
        c = _around(PLACES)[:, None]
        prior = -0.5 * np.log(CONCENTRATION / 4) ** 2
        return _log_beta_binomial(so_far, final, c * part, c).sum(axis=1) + prior


class Record(NamedTuple):
    """An office's own past years whose target was known."""

    target: np.ndarray  # (years,), products
    months: np.ndarray  # (years, 13), products of the plan by month, and after it

    @property
    def final(self) -> np.ndarray:
        """Products of each year's plan (years,)."""
        return self.months.sum(axis=1)


NONE = Record(np.zeros(0), np.zeros((0, 13)))


class Law(NamedTuple):
    """What the class, and an office's own record, say of a year before it has begun."""

    ratio: np.ndarray  # (RATIO,), probabilities
    weight: np.ndarray  # (CONCENTRATION,), probabilities
    season: np.ndarray  # (CONCENTRATION, 13), the part to expect of each month, and of rounds after December
    around: np.ndarray  # (CONCENTRATION,), concentration of the year around it


def fit_law(reference: Reference, now: float, record: Record = NONE) -> Law:
    """Weigh the class and an office's own past years, for a forecast made after `now` months of a year."""
    return Law(_ratio(reference, record), *_season(reference, now, record))


def _season(reference: Reference, now: float, record: Record) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the probabilities of c, and under each the season and the concentration of the next year.

    A place's season is Dirichlet around that of the class, a year of it around the place's: so each own year
    moves the season the more, the more alike the place's years are. They are told one after the other.
    """
    c, fit = CONCENTRATION, reference.concentration
    seen, season = np.full(len(c), PLACES), np.tile(reference.season, (len(c), 1))
    for months in record.months[record.final > 0]:
        part, around = np.array([_until(one, now) for one in season]), _around(seen)
        fit = fit + _log_beta_binomial(_come(months, now), months.sum(), around * part, around)
        season = (seen[:, None] * season + c[:, None] * months / months.sum()) / (seen + c)[:, None]
        seen = seen + c
    weight = np.exp(fit - fit.max()).round(6)
    return weight / weight.sum(), season, _around(seen)


def _around(seen: "float | np.ndarray") -> np.ndarray:
    """Return the concentration of a year around the expected season, whose own concentration is `seen`.

    Their relative variances add: ``1 / (1 + c) + c / (1 + c) / (1 + seen)``.
    """
    c = CONCENTRATION
    return 1 / (1 / (1 + c) + c / (1 + c) / (1 + seen)) - 1


def _ratio(reference: Reference, record: Record) -> np.ndarray:
    """Return the predictive probabilities of log R on its grid."""
    mean, spread, derived, between, doubt = np.ix_(MEAN, SPREAD, DERIVED, BETWEEN, DOUBT)
    centre, variance, own = _moved(mean + doubt * derived, spread**2, between, record)
    fit, centre, variance = np.broadcast_arrays(reference.fit[..., None, None] + own, centre, variance)
    weight = np.exp(fit - fit.max()).round(6)
    some = weight > 1e-4
    ratio = weight[some] @ np.exp(_log_normal(RATIO, centre[some][:, None], variance[some][:, None]))
    return ratio / ratio.sum()


def _moved(
    mean: np.ndarray, variance: np.ndarray, between: np.ndarray, record: Record
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean and variance of the office's next log R, and the log probability of its past ones.

    A year weighs less by `FADES` for each year of its age.
    """
    count = len(record.target)
    if not count:
        return mean, variance, np.zeros_like(between)
    weight = FADES ** np.arange(count)[::-1]
    past, of_places = _log_ratio(record.final, record.target), between * variance
    own, within = np.average(past, weights=weight), variance - of_places
    noise = within + (1 / record.target).mean()
    trust = of_places / (of_places + noise / weight.sum())
    fit = _log_normal(own, mean, of_places + noise / weight.sum())
    fit = fit - (weight @ (past - own) ** 2) / (2 * noise) - (weight.sum() - 1) / 2 * np.log(noise)
    return mean + trust * (own - mean), of_places * (1 - trust) + within, fit


def _log_ratio(final: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return log R; half a product is added to both, so that a final of 0 is a number."""
    return np.log((final + 0.5) / (target + 0.5))


def _log_normal(value: "float | np.ndarray", mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    return -0.5 * ((value - mean) ** 2 / variance + np.log(variance))


def _come(months: np.ndarray, now: float) -> np.ndarray:
    """Return the products of a year's first `now` months, of a begun one its part."""
    return np.interp(now, np.arange(13), np.append(0, months[:12].cumsum()))


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
        at = systematic(self.weight, draws, rng)
        luck = rng.random(draws)[:, None]
        part = MIDDLE[(np.cumsum(self.cell[at], axis=1) < luck).sum(axis=1).clip(max=len(MIDDLE) - 1)]
        return rng.poisson(settled(self.rest[at] * part)), rng.poisson(settled(self.rest[at] * (1 - part)))


MIDDLE = (PARTS[1:] + PARTS[:-1]) / 2
CELLS = np.append(0, np.append(PARTS[1:-1], 1))  # the outermost cells reach to 0 and 1


def ultimate(law: Law, so_far: int, target: int, now: float) -> Ultimate:
    """Return the law of what is still to come after `now` months, by Bayes' rule from what has come."""
    gone, december = (np.array([_until(season, at) for season in law.season]) for at in (now, 12))
    come = _cells(law.around * gone, law.around * (1 - gone))
    by_december = _cells(law.around * np.maximum(december - gone, 1e-3), law.around * (1 - december))
    if now == 12:  # nothing comes by a December that is over
        by_december = np.eye(len(MIDDLE))[np.zeros(len(CONCENTRATION), int)]
    mean = target * np.exp(RATIO)[:, None] * MIDDLE
    seen = np.exp(so_far * np.log(mean) - mean - (so_far * np.log(mean) - mean).max())
    weight = law.weight[:, None, None] * law.ratio[:, None] * come[:, None] * seen
    weight = (weight / weight.max()).round(9)
    rest = np.broadcast_to(target * np.exp(RATIO)[:, None] * (1 - MIDDLE), weight.shape)
    some = weight > 0
    of = np.broadcast_to(np.arange(len(CONCENTRATION))[:, None, None], weight.shape)[some]
    return Ultimate(weight[some] / weight.sum(), rest[some], by_december[of], so_far)


def _cells(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the probabilities of the cells under Beta(a, b), a row for each a and b."""
    return np.diff(betainc(a[:, None], b[:, None], CELLS), axis=1)
