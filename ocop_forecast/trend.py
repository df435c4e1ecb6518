"""The trend model: from monthly counts per unit to joint draws of the months still to come.

A province's total and its units' shares of it, each discounted month by month (`levels`), under month factors
from a GLM. ``docs/model.md`` explains every number.
"""

import hashlib
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from . import levels
from .forecast import Forecast
from .labels import label

NOTES = (
    "no_counts",
    "empty_years",
    "flat_months",
    "no_past_window",
    "one_unit",
    "units_without_target",
    "targets_of_other_units",
)


class TrendModel:
    """Monthly counts of a province's units, and the yearly targets that pull on them.

    Parameters
    ----------
    panel : DataFrame, months x units
        Products newly recognised a month: a monthly PeriodIndex without gaps, columns unit codes (text),
        whole numbers from 0 up.
    targets : DataFrame, optional
        Columns ``unit``, ``year``, ``target`` (products a year); units, years and targets may be missing.

    Raises
    ------
    ValueError
        If a table breaks these rules; the message says where and what to do.

    Examples
    --------
    >>> months = pd.period_range("2022-01", "2024-09", freq="M")
    >>> panel = pd.DataFrame({"389": [0, 0, 1] * 11, "390": [0, 0, 0] * 11}, index=months)
    >>> results = TrendModel(panel).fit()
    >>> bool(results.forecast(seed=2024).remaining()["390"].max() > 0)
    True
    """

    def __init__(self, panel: pd.DataFrame, targets: pd.DataFrame | None = None):
        _check_panel(panel)
        self.panel = panel.astype(np.int64)
        self.targets = _by_year(targets)

    def fit(self) -> "TrendResults":
        """Fit month factors, total and shares for the months from the panel's end to December."""
        panel = _from_first_year(self.panel).sort_index(axis=1)
        plan, left = self.targets.reindex(columns=panel.columns), len(_ahead(panel.index[-1], None))
        y, now = panel.to_numpy(float).T, panel.index[-1]
        factors, doubt, dispersion = _calendar(panel.sum(axis=1))
        at = (factors[panel.index.month - 1], _years(panel.index, now), _ratio(plan, panel.index))
        total = levels.fit_total(y.sum(axis=0), *at, dispersion, left)
        shares = levels.fit_shares(y, _complement(plan, panel.index), left)
        notes = tuple(key for key, so in _fallbacks(self, panel, plan, doubt, left) if so)
        return TrendResults(self.panel, plan, factors, doubt, total, shares, notes)


@dataclass(frozen=True, eq=False, repr=False)
class TrendResults:
    """What a panel has taught; draws forecasts. Made by `TrendModel.fit`; its repr is its summary.

    Attributes
    ----------
    panel : DataFrame, months x units
        The counts, as given.
    plan : DataFrame, years x units
        The targets, missing where there is none.
    notes : tuple of str
        Some of `NOTES`: what was left out or fallen back upon; ``fit_<note>`` in `labels` says it in words.
    """

    panel: pd.DataFrame
    plan: pd.DataFrame
    factors: np.ndarray
    doubt: np.ndarray
    total: levels.Total
    shares: levels.Shares
    notes: tuple[str, ...]

    @property
    def month_factors(self) -> pd.Series:
        """What a month brings against an average one; index months 1 to 12, mean 1."""
        return pd.Series(self.factors, pd.RangeIndex(1, 13, name="month"), name="factor")

    @property
    def growth(self) -> pd.Series:
        """Growth of the province a year, a fraction: ``estimate`` (median), ``lower``, ``upper`` (80 %).

        What a change of the targets explains is not in it.
        """
        g, at = np.unique(self.total.growth, return_inverse=True)
        weight = np.bincount(at, self.total.weight.sum(axis=(0, 2)))
        quantiles = np.interp([0.5, 0.1, 0.9], np.cumsum(weight) - weight / 2, g)
        return pd.Series(np.expm1(quantiles), ["estimate", "lower", "upper"], name="growth")

    @property
    def dispersion(self) -> pd.Series:
        """Spread: ``month`` of a month's total (variance / mean); ``level`` and ``batch`` of a unit."""
        spread = {"month": self.total.dispersion, "level": self.shares.level, "batch": self.shares.batch}
        return pd.Series(spread, name="dispersion")

    @property
    def credibility(self) -> pd.Series:
        """Weight of a unit's own record, the rest its part of the targets; 0 to 1, index units."""
        return pd.Series(self.shares.credibility[self._order], self.panel.columns, name="credibility")

    @property
    def expected_share(self) -> pd.Series:
        """Each unit's expected part of the province's products to come; index units, sums to 1."""
        return pd.Series(self.shares.share[self._order], self.panel.columns, name="share")

    def forecast(self, *, seed: int, until: str | pd.Period | None = None, draws: int = 4000) -> Forecast:
        """Draw joint futures of all units, month by month.

        What all units share is drawn from ``SeedSequence([seed, year])``, a unit's own part from
        ``SeedSequence([seed, year, code])``, with year that of the first month to come and code the first 8
        bytes of the SHA-256 of the unit's code: no other unit and no order of units changes its stream.

        Parameters
        ----------
        seed : int
            From 0 up.
        until : str or Period, optional
            Last month wanted; without it the December after the panel's last month.
        draws : int
            Number of joint futures.

        Returns
        -------
        Forecast
            Integer draws (draws, units, months), units in the order of the panel's columns.

        Raises
        ------
        ValueError
            If `until` lies before the panel's last month, `seed` is negative or `draws` is not positive.
        """
        if seed < 0 or draws < 1:
            raise ValueError(f"seed must be 0 or more and draws 1 or more, not {seed} and {draws}")
        now = self.panel.index[-1]
        months, stream = _ahead(now, until), [int(seed), (now + 1).year]
        if not len(months):
            return Forecast(self.panel, months, np.empty((draws, self.panel.shape[1], 0), np.int16))
        shared, parts = self._common(months, draws, np.random.default_rng(stream))
        share, relative = self.shares.share[self._order], self.shares.relative[self._order]
        sample = np.empty((len(share), draws, len(months)), np.int16)
        for row, code in enumerate(self.panel.columns):
            own = np.random.default_rng([*stream, _number(code)])
            drawn = levels.unit(shared, share[row], relative[row], parts, own)
            sample = _wide_enough(sample, drawn)
            sample[row] = drawn
        return Forecast(self.panel, months, sample.transpose(1, 0, 2))

    def _common(self, months, draws, rng):
        """Draw what all units share, and its parts by month (draws, months)."""
        now, at, slopes = self.panel.index[-1], months.month - 1, (self.total.growth, self.total.pull)
        x = levels.exposure(self.factors[at], _years(months, now), _ratio(self.plan, months), *slopes)
        often = np.bincount(at, minlength=12) * self.factors  # two Decembers err alike
        doubt = (often**2 * self.doubt).sum() / often.sum() ** 2
        stretch = max(1, len(months) / len(_ahead(now, None)))
        mean, variance, x = levels.draw_total(self.total, x, doubt, stretch, draws, rng)
        parts = levels.rounds(x, mean, self.total.dispersion, rng)
        return levels.common(mean, variance, self.shares, rng), parts

    @property
    def _order(self):
        return self.plan.columns.get_indexer(self.panel.columns)

    def summary(self) -> str:
        """Return growth, month factors, dispersion, credibility and fallbacks as a text table."""
        return "\n".join(_summary(self))

    def __repr__(self):
        return self.summary()


def _number(code):
    """Return a number that the code alone decides, on every machine and in every process."""
    return int.from_bytes(hashlib.sha256(code.encode()).digest()[:8], "big")


def _wide_enough(sample, drawn):
    """Return the sample in a type that holds the drawn counts too."""
    top = drawn.max(initial=0)
    return (
        sample if top <= np.iinfo(sample.dtype).max else sample.astype(np.int32 if top < 2**31 else np.int64)
    )


# months and years


def _ahead(now, until):
    """Return the months after `now` to `until`, or to the next December."""
    last = pd.Period(year=(now + 1).year, month=12, freq="M") if until is None else pd.Period(until, "M")
    if last < now:
        raise ValueError(
            f"until={last} lies before the panel's last month, {now}: ask for {now + 1} or later"
        )
    return pd.period_range(now + 1, last, freq="M")


def _years(months, now):
    """Return the time of each month in years, 0 at `now`."""
    return (months.astype("int64") - now.ordinal).to_numpy() / 12


def _from_first_year(panel):
    """Return the panel from the January of the first year that counted anything."""
    counted = panel.index[panel.to_numpy().any(axis=1)]
    return panel[panel.index.year >= counted[0].year] if len(counted) else panel


# the calendar


def _calendar(total):
    """Return month factors (mean 1), their relative variances and the dispersion of a month's total.

    The GLM's log factor of a month with mean square error ``D / expected count`` keeps the part
    ``tau2 / (tau2 + mse)``, tau2 the factors' own variance, a credibility again.
    """
    fit = _month_effects(total) if len(total) >= 24 and total.any() else None
    if fit is None:
        return np.ones(12), np.ones(12), 2.0
    effect, expected = fit
    free, at = len(total) - 13, total.index.month - 1
    pearson = ((total.to_numpy() - expected) ** 2 / expected).sum()
    dispersion = float(f"{max(1.0, (pearson + 4 * 2.0) / (free + 4)):.3g}")
    mse = dispersion / np.maximum(np.bincount(at, expected, 12), 0.1)
    effect = effect - np.average(effect, weights=1 / mse)
    tau2 = max((effect @ effect - mse.sum() + 3 * 0.15**2) / (12 + 3), 0.02**2)
    factors = np.exp(effect * tau2 / (tau2 + mse))
    return (factors / factors.mean()).round(4), (tau2 * mse / (tau2 + mse)).round(5), dispersion


def _month_effects(total):
    """Fit ``log E y = effect[month] + g t``, a Poisson GLM; return effects (12) and means, None if it fails.

    Two pseudo-years of quarter weight, with average counts, at either end keep it finite whatever happened.
    """
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    y, t = total.to_numpy(float), np.linspace(-0.5, 0.5, len(total)) * len(total) / 12
    design = np.column_stack([np.eye(12)[total.index.month - 1], t])
    pseudo = np.column_stack([np.tile(np.eye(12), (2, 1)), np.repeat(t[[0, -1]], 12)])
    response, offset = np.append(y, np.full(24, y.mean() / 4)), np.append(0 * y, np.full(24, np.log(1 / 4)))
    with warnings.catch_warnings(action="ignore"):
        fit = GLM(response, np.vstack([design, pseudo]), family=Poisson(), offset=offset).fit(
            tol=1e-9, tol_criterion="params"
        )
    return (fit.params[:12], fit.mu[: len(y)]) if fit.converged and np.isfinite(fit.params).all() else None


# the targets


def _by_year(targets):
    """Return the targets as years x units, missing where there is none; complain about impossible ones."""
    if targets is None:
        return pd.DataFrame(columns=pd.Index([], dtype=object), index=pd.Index([], dtype=int), dtype=float)
    missing = {"unit", "year", "target"} - set(targets.columns)
    if missing:
        raise ValueError(f"targets lack column {', '.join(sorted(missing))}: they need unit, year and target")
    known = targets.dropna(subset="target")
    wrong = known[(known["target"] < 0) | known.duplicated(["unit", "year"], keep=False)]
    if len(wrong):
        row = wrong.iloc[0]
        raise ValueError(
            f"targets, unit {row['unit']}, year {row['year']}: {row['target']} is negative or given "
            f"more than once; keep one target from 0 up a unit and year ({len(wrong)} rows like this)"
        )
    return known.pivot(index="year", columns="unit", values="target").astype(float).sort_index()


def _complement(plan, months):
    """Return p (units, months + 1), a unit's target against the mean, in the year of the month that follows.

    A unit without a target is an average one; half a product is added so that a target of 0 is not never.
    """
    years = np.append(months.year, (months[-1] + 1).year)
    target = plan.reindex(np.unique(years)).to_numpy().T
    known = np.isfinite(target)
    mean = np.where(known, target, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    part = np.where(known, (target + 0.5) / (mean + 0.5), 1.0)
    return (part / part.mean(axis=0))[:, np.searchsorted(np.unique(years), years)]


def _ratio(plan, months):
    """Return R (months,), the mean target of a month's year against all years'; 1 with under 3 such years."""
    yearly = plan.mean(axis=1).dropna()
    if len(yearly) < 3:
        return np.ones(len(months))
    return ((yearly + 0.5) / (yearly.mean() + 0.5)).reindex(months.year, fill_value=1.0).to_numpy()


# what a reader is told


def _fallbacks(model, panel, plan, doubt, left):
    """Yield each of NOTES and whether it holds."""
    this_year = plan.reindex([(panel.index[-1] + 1).year]).notna().to_numpy()
    yield "no_counts", not panel.to_numpy().any()
    yield "empty_years", len(panel) < len(model.panel)
    yield "flat_months", doubt.min() == 1
    yield "no_past_window", not len(levels.origins(len(panel), left))
    yield "one_unit", panel.shape[1] == 1
    yield "units_without_target", this_year.any() and not this_year.all()
    yield "targets_of_other_units", not model.targets.columns.isin(panel.columns).all()


def _summary(results):
    """Yield the summary's lines."""
    panel, growth, spread = results.panel, results.growth, results.dispersion
    line = "=" * 78
    yield f"{'Trend of monthly counts':^78}\n{line}"
    yield f"Months                {panel.index[0]} to {panel.index[-1]} ({len(panel)})"
    yield f"Units, products       {panel.shape[1]}, {panel.to_numpy().sum()}"
    yield f"Growth a year         {growth.iloc[0]:+.1%} (80 %: {growth.iloc[1]:+.1%}, {growth.iloc[2]:+.1%})"
    yield f"Dispersion of a month {spread['month']:.3g} (1 = Poisson)"
    yield f"Dispersion of a unit  level {spread['level']:.2g}, batch {spread['batch']:.2g}"
    yield f"{line}\nMonth  " + "".join(f"{month:6d}" for month in range(1, 13))
    yield "Factor " + "".join(f"{factor:6.2f}" for factor in results.factors)
    table = pd.DataFrame({"products": panel.sum()}).join([results.expected_share, results.credibility])
    yield f"{line}\n{table.rename_axis('unit').to_string(max_rows=60, float_format='{:.3f}'.format)}\n{line}"
    yield from (f"Note: {label(f'fit_{key}', 'en')}." for key in results.notes)


# the panel at the door


def _check_panel(panel):
    """Complain about a panel that is no whole grid of counts."""
    index = panel.index if isinstance(panel, pd.DataFrame) else None
    if not isinstance(index, pd.PeriodIndex) or index.freqstr != "M":
        raise ValueError(
            "the panel needs a monthly PeriodIndex: panel.index = pd.PeriodIndex(months, freq='M')"
        )
    if panel.empty:
        raise ValueError(
            f"the panel is empty, {len(panel)} months x {panel.shape[1]} units: give one of each"
        )
    jump = np.flatnonzero(np.diff(index.astype("int64")) != 1)
    if len(jump):
        here, after = index[jump[0]], index[jump[0] + 1]
        raise ValueError(f"the panel goes from {here} to {after}: reindex it to every month, in order, once")
    _check_codes(panel.columns)
    _check_counts(panel)


def _check_codes(codes):
    """Complain about unit codes that are no text or not unique."""
    wrong = [code for code in codes if not isinstance(code, str)]
    if wrong:
        raise ValueError(
            f"unit code {wrong[0]!r} is not text: read codes with dtype=str ({len(wrong)} like this)"
        )
    if codes.has_duplicates:
        twice = codes[codes.duplicated()][0]
        raise ValueError(f"unit {twice!r} has more than one column: add them up, or give each its own code")


def _check_counts(panel):
    """Complain about cells that are no whole number from 0 up."""
    counts = panel.apply(pd.to_numeric, errors="coerce").to_numpy(float, na_value=np.nan)
    wrong = ~(np.isfinite(counts) & (counts >= 0) & (counts == np.floor(counts)))
    if wrong.any():
        month, unit = np.argwhere(wrong)[0]
        raise ValueError(
            f"unit {panel.columns[unit]}, month {panel.index[month]}: {panel.iat[month, unit]} is not a "
            f"whole number from 0 up; correct it, 0 where nothing was recognised ({wrong.sum()} like this)"
        )
