"""The trend model: from monthly counts per unit to joint draws of the months still to come.

A province's `total` and its units' `shares` of it, each discounted month by month, under the `season`.
``docs/model.md`` explains every number.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ocop_forecast.display import card
from ocop_forecast.errors import TermsError
from ocop_forecast.i18n.catalogue import label, set_options
from ocop_forecast.periods import known_to, to_come
from ocop_forecast.tables.readers import known_rounds

from . import shares, total
from .calendar import Calendar, breaks_in
from .counts import code_number, origins
from .forecast import Forecast
from .panel import by_year, check_panel

NOTES = (
    "no_counts",
    "empty_years",
    "flat_months",
    "no_past_window",
    "one_unit",
    "units_without_target",
    "targets_of_other_units",
    "breaks",
    "rounds",
    "missing",
)


class TrendModel:
    """Monthly counts of a province's units, and what is known of its years: targets, rounds, breaks.

    Parameters
    ----------
    panel : DataFrame, months x units
        Products newly recognised a month: a monthly PeriodIndex without gaps, columns unit codes (text),
        whole numbers from 0 up.
    targets : DataFrame, optional
        Columns ``unit``, ``year``, ``target`` (products a year); units, years and targets may be missing.
    as_of : str or Period, optional
        Up to when the panel is known: its last month (unless given), or a day in that month, whose rest is
        then still to come.
    rounds : DataFrame, optional
        Column ``date``, and if there are several levels (who decides) ``level``, and ``status`` (``held`` or
        ``planned``): the rounds held up to `as_of`, and those planned after it. Where one is planned for the
        rest of the year, by a level that has held some, their calendar may replace the month factors, as far
        as it did better in the past.
    breaks : DataFrame, optional
        Column ``date``: since when somebody else decides, or by other rules. What lies before weighs half;
        a month belongs to the side on which most of it lies. Later ones than `as_of` do not count.

    Raises
    ------
    TermsError
        If a table breaks these rules; the message says where and what to do.

    Examples
    --------
    >>> months = pd.period_range("2022-01", "2024-09", freq="M")
    >>> panel = pd.DataFrame({"389": [0, 0, 1] * 11, "390": [0, 0, 0] * 11}, index=months)
    >>> results = TrendModel(panel).fit()
    >>> bool(results.forecast(seed=2024).remaining()["390"].max() > 0)
    True
    """

    def __init__(
        self,
        panel: pd.DataFrame,
        targets: pd.DataFrame | None = None,
        *,
        as_of: "str | pd.Period | None" = None,
        rounds: pd.DataFrame | None = None,
        breaks: pd.DataFrame | None = None,
    ):
        check_panel(panel)
        self.panel = panel.astype(np.int64)
        self.targets = by_year(targets)
        self.as_of = known_to(as_of, panel.index[-1])
        self.rounds, dates = _rounds(rounds, self.as_of), _dates(breaks)
        self.breaks = dates[dates <= self.as_of.end_time]

    def fit(self) -> "TrendResults":
        """Fit season, total and shares for the months from the as-of date to December."""
        panel = _from_first_year(self.panel).sort_index(axis=1)
        targets, ahead = self.targets.reindex(columns=panel.columns), to_come(self.as_of)
        left, breaks = len(ahead), breaks_in(self.breaks, panel.index)
        monthly, y = panel.sum(axis=1), panel.to_numpy(float).T
        calendar = Calendar.of(monthly, self.as_of, targets, self.rounds, breaks)
        whole = total.fit_total(
            monthly.to_numpy(float),
            calendar.known(panel.index),
            dispersion=calendar.season.dispersion,
            gone=(panel.index.year == ahead[0].year).sum(),
            left=left,
            breaks=breaks,
        )
        fitted, missing = _fit_shares(y, _parts(targets, panel, ahead), left, breaks)
        said = {"breaks": breaks, "rounds": calendar.rounds, "missing": missing > 0.5}
        said |= _fallbacks(self, panel, calendar, ahead)
        notes = tuple(note for note in NOTES if said[note])
        return TrendResults(self.panel, calendar, whole, fitted, notes)


@dataclass(frozen=True, eq=False, repr=False)
class TrendResults:
    """What a panel has taught; draws forecasts. Made by `TrendModel.fit`; its repr is its summary.

    Attributes
    ----------
    panel : DataFrame, months x units
        The counts, as given.
    calendar : Calendar
        What is known of each month beside them.
    notes : tuple of str
        Some of `NOTES`: what was left out or fallen back upon; ``fit_<note>`` says it in words.

    Examples
    --------
    >>> months = pd.period_range("2022-01", "2024-09", freq="M")
    >>> results = TrendModel(pd.DataFrame({"389": [0, 0, 1] * 11, "390": [0, 1, 1] * 11}, index=months)).fit()
    >>> bool(results.expected_share["390"] > results.expected_share["389"])
    True
    >>> print(results.summary().splitlines()[2])
    Known                  2022-01 to 2024-09 (33 months)
    """

    panel: pd.DataFrame
    calendar: Calendar
    total: total.Total
    shares: shares.Shares
    notes: tuple[str, ...]

    @property
    def as_of(self) -> pd.Period:
        """The panel's last month, or the day in it up to which it is known."""
        return self.calendar.as_of

    @property
    def month_factors(self) -> pd.Series:
        """What a month brings against an average one; index months 1 to 12, mean 1."""
        return pd.Series(self.calendar.season.factor, pd.RangeIndex(1, 13, name="month"), name="factor")

    @property
    def growth(self) -> pd.Series:
        """Growth of the province a year, a fraction: ``estimate`` (median), ``lower``, ``upper`` (80 %).

        What a change of the targets explains is not in it.
        """
        g, at = np.unique(self.total.slopes.growth, return_inverse=True)
        weight = np.bincount(at, self.total.weight.sum(axis=(0, 2)))
        quantiles = np.interp([0.5, 0.1, 0.9], np.cumsum(weight) - weight / 2, g)
        return pd.Series(np.expm1(quantiles), ["estimate", "lower", "upper"], name="growth")

    @property
    def followed(self) -> pd.Series:
        """How far changes of the targets, and the rounds, are followed: means of e and k, 0 to 1."""
        weight, slopes = self.total.weight.sum(axis=(0, 2)), self.total.slopes
        means = {"targets": slopes.pull, "rounds": slopes.followed}
        return pd.Series({name: weight @ values for name, values in means.items()}, name="followed")

    @property
    def reversion(self) -> float:
        """The part of what came ahead of expectation that is taken back before December: mean of r."""
        return float(self.total.weight.sum(axis=(0, 2)) @ self.total.slopes.reversion)

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
            Last month wanted; without it the December after what is known.
        draws : int
            Number of joint futures.

        Returns
        -------
        Forecast
            Integer draws (draws, units, months), units in the order of the panel's columns.

        Raises
        ------
        TermsError
            If `until` lies before what is known, `seed` is negative or `draws` is not positive.
        """
        if seed < 0 or draws < 1:
            raise TermsError("ask_draws", seed=str(seed), draws=str(draws))
        months, stream = to_come(self.as_of, until), [int(seed), to_come(self.as_of)[0].year]
        sample = np.empty((self.panel.shape[1], draws, len(months)), np.int16)
        if len(months):
            shared, spell = self._common(months, draws, np.random.default_rng(stream))
            for row, (share, relative, own) in enumerate(self._each(stream)):
                drawn = shares.unit(shared, share, relative, spell, own)
                sample = _wide_enough(sample, drawn)
                sample[row] = drawn
        return Forecast(self.panel, months, sample.transpose(1, 0, 2), self.as_of)

    def rates(self, *, seed: int, draws: int = 4000) -> np.ndarray:
        """Return the Poisson means (draws, units, months to December) of the counts that `forecast` draws."""
        months, stream = to_come(self.as_of), [int(seed), to_come(self.as_of)[0].year]
        shared, spell = self._common(months, draws, np.random.default_rng(stream))
        means = [shares.rate(shared, *of_unit) for of_unit in self._each(stream)]
        return np.stack(means, axis=1)[:, :, None] * spell.parts[:, None]

    def expected(self) -> pd.DataFrame:
        """Return units x months to December: the products expected, before any draw."""
        months = to_come(self.as_of)
        whole = total.expected(self.total, self.calendar.ahead(months))
        return pd.DataFrame(np.outer(self.expected_share, whole), self.panel.columns, months)

    def _each(self, stream):
        """Yield every unit's share, its relative variance and its own stream."""
        share, relative = self.shares.share[self._order], self.shares.relative[self._order]
        for row, code in enumerate(self.panel.columns):
            yield share[row], relative[row], np.random.default_rng([*stream, code_number(code)])

    def _common(self, months, draws, rng):
        """Draw what all units share, and how it spreads over the months."""
        ahead = to_come(self.as_of)
        terms = {"doubt": self.calendar.doubt(months), "stretch": max(1, len(months) / len(ahead))}
        mean, variance, x = total.draw_total(
            self.total, self.calendar.ahead(months), months <= ahead[-1], draws=draws, rng=rng, **terms
        )
        spell = shares.spell(x, mean, self.total.dispersion, rng)
        return shares.common(mean, variance, self.shares, rng), spell

    @property
    def _order(self):
        return self.calendar.targets.columns.get_indexer(self.panel.columns)

    def summary(self) -> str:
        """Return growth, month factors, dispersion, credibility and fallbacks as a text table."""
        with set_options(lang="en"):
            return "\n".join(_summary(self))

    def __repr__(self):
        return self.summary()

    def _repr_html_(self) -> str:
        facts = pd.Series(_facts(self), name="").to_frame()
        months, notes = self.month_factors.to_frame().T, _notes(self)
        return card("trend", {}, facts, months, _units(self), notes=notes)


def _wide_enough(sample, drawn):
    """Return the sample in a type that holds the drawn counts too."""
    top = drawn.max(initial=0)
    return (
        sample if top <= np.iinfo(sample.dtype).max else sample.astype(np.int32 if top < 2**31 else np.int64)
    )


# what is fitted to


def _dates(table):
    """Return the dates of a table of rounds or breaks, none without one."""
    return pd.DatetimeIndex([] if table is None else table["date"].dropna())


def _rounds(table, as_of):
    """Return the days of the rounds known at `as_of`, but for those of a level that has held none."""
    if table is None:
        return _dates(None)
    if "status" in table:
        table = known_rounds(table, as_of)
    level = table["level"] if "level" in table else pd.Series("", table.index)
    return _dates(table[level.isin(level[table["date"] <= as_of.end_time])])


def _from_first_year(panel):
    """Return the panel from the January of the first year that counted anything."""
    counted = panel.index[panel.to_numpy().any(axis=1)]
    return panel[panel.index.year >= counted[0].year] if len(counted) else panel


def _parts(targets, panel, ahead):
    """Return what p may be, each (units, months + 1): a unit's target, or what it still misses of it.

    How far each counts, the record decides. Without a target for the year ahead there is only the first.
    """
    years = np.append(panel.index.year, ahead[0].year)
    target = targets.reindex(years).to_numpy().T
    parts = {"targets": _against_mean(target)}
    if targets.reindex([ahead[0].year]).notna().to_numpy().any():
        parts["missing"] = _against_mean(_missing(target, panel, years, len(ahead)))
    return parts


def _fit_shares(y, parts, left, breaks):
    """Return the shares under the mean of what p may be, weighed by likelihood; and the weight of "missing".

    Two digits of the weight are kept: the same on every machine.
    """
    from scipy.special import expit

    fits = {name: shares.fit_shares(y, part, left=left, breaks=breaks) for name, part in parts.items()}
    if "missing" not in fits:
        return fits["targets"], 0.0
    weight = round(float(expit(fits["targets"].loss - fits["missing"].loss)), 2)
    mean = weight * parts["missing"] + (1 - weight) * parts["targets"]
    return shares.fit_shares(y, mean, left=left, breaks=breaks), weight


def _missing(target, panel, years, left):
    """Return what is to come of the target in the next `left` months, were each met to the letter.

    What the year still misses is spread over the rest of it; what lies beyond takes its twelfths of a target.
    """
    running = panel.groupby(panel.index.year).cumsum().to_numpy()
    so_far = np.vstack([np.zeros((1, panel.shape[1])), running])
    so_far[1:][years[1:] != years[:-1]] = 0
    rest = np.append(13 - panel.index.month, left)
    missing = np.maximum(target - so_far.T, 0)
    return missing * np.minimum(1, left / rest) + target * np.maximum(0, left - rest) / 12


def _against_mean(target):
    """Return targets (units, months) against their mean, half a product more so that none is not never."""
    known = np.isfinite(target)
    mean = np.where(known, target, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    part = np.where(known, (target + 0.5) / (mean + 0.5), 1.0)
    return part / part.mean(axis=0)


# what a reader is told


def _fallbacks(model, panel, calendar, ahead):
    """Return which of the fallbacks among NOTES hold."""
    this_year = calendar.targets.reindex([ahead[0].year]).notna().to_numpy()
    return {
        "no_counts": not panel.to_numpy().any(),
        "empty_years": len(panel) < len(model.panel),
        "flat_months": calendar.season.doubt.min() == 1,
        "no_past_window": not len(origins(len(panel), len(ahead))),
        "one_unit": panel.shape[1] == 1,
        "units_without_target": this_year.any() and not this_year.all(),
        "targets_of_other_units": not model.targets.columns.isin(panel.columns).all(),
    }


def _facts(results):
    """Return what was learned of the province, what it is called -> what it is."""
    panel, growth, spread = results.panel, results.growth, results.dispersion
    followed = {name: f"{value:.0%}" for name, value in results.followed.items()}
    values = {
        "known": {"first": panel.index[0], "last": results.as_of, "months": len(panel)},
        "size": {"units": panel.shape[1], "products": panel.to_numpy().sum()},
        "growth": {name: f"{value:+.1%}" for name, value in growth.items()},
        "followed": followed,
        "back": {"part": f"{results.reversion:.0%}"},
        "month": {"month": f"{spread['month']:.3g}"},
        "unit": {name: f"{spread[name]:.2g}" for name in ("level", "batch")},
    }
    return {label(f"trend_{fact}"): label(f"trend_{fact}_said", **said) for fact, said in values.items()}


def _units(results):
    """Return what was learned of each unit."""
    table = pd.DataFrame({"products": results.panel.sum()})
    return table.join([results.expected_share, results.credibility]).rename_axis("unit")


def _notes(results):
    return [label("trend_note", note=label(f"fit_{key}")) for key in results.notes]


def _summary(results):
    """Yield the summary's lines."""
    line = "=" * 78
    yield f"{label('card_trend'):^78}\n{line}"
    yield from (f"{name:<22} {said}" for name, said in _facts(results).items())
    yield f"{line}\nMonth  " + "".join(f"{month:6d}" for month in range(1, 13))
    yield "Factor " + "".join(f"{factor:6.2f}" for factor in results.month_factors)
    units = _units(results).to_string(max_rows=60, float_format="{:.3f}".format)
    yield f"{line}\n{units}\n{line}"
    yield from _notes(results)
