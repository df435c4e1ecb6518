"""The trend model: from monthly counts per unit to joint draws of the months still to come.

A province's `total` and its units' `shares` of it, each discounted month by month, under the `season`; and
the `lean` of the shares to what the year's targets still miss.
``docs/model.md`` explains every number.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ocop_forecast.display import Shown, card
from ocop_forecast.i18n.catalogue import label, set_options
from ocop_forecast.periods import known_to, to_come, year_ahead
from ocop_forecast.tables.province import known_rounds
from ocop_forecast.terms import drawn

from . import shares, total
from .calendar import Calendar, breaks_in
from .counts import origins
from .forecast import Forecast
from .late import Delays, entered
from .lean import Lean, draw_leaning, expected_counts, fit_lean, missing_now, past_windows
from .panel import check_panel, checked_targets, dated, targets_by_year
from .rounds import NONE_JUDGED, PlanRecord
from .shares import Common, Months
from .streams import LATE, LEAN, stream, systematic

Place = int | tuple[np.ndarray, slice, int]  # among units, draws and months: a unit, or some in a month
NOTES = (
    *("no_counts", "empty_years", "flat_months", "no_past_window", "one_unit", "units_without_target"),
    *("targets_of_other_units", "breaks", "rounds"),
)


class TrendModel(Shown):
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
        Column ``date``, and if known ``level`` (who decides), ``recognised`` (products) and ``status``
        (``held`` or ``planned``): the rounds held up to `as_of`, and those planned after it. Where one is
        planned for the rest of the year, by a level that has held some, their calendar may replace the month
        factors, as far as it did better in the past.
    breaks : DataFrame, optional
        Column ``date``: since when somebody else decides, or by other rules. What lies before weighs less;
        a month belongs to the side on which most of it lies. Later ones than `as_of` do not count.
    judged : PlanRecord, optional
        What became of the rounds that earlier plans named, as from `rounds.judge`.
    delays : Delays, optional
        How much of the last months is entered, as from `late.learn`; without it all is. What is not is drawn.

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
        judged: PlanRecord = NONE_JUDGED,
        delays: Delays | None = None,
    ) -> None:
        check_panel(panel)
        self.panel = panel.astype(np.int64)
        self.as_of = known_to(as_of, panel.index[-1])
        if targets is not None:
            targets = checked_targets(targets, panel.columns, panel.index)
        self.targets = targets_by_year(targets)
        self.rounds, self.judged, self.delays = _rounds(rounds, self.as_of), judged, delays
        dates = _dates(breaks)
        self.breaks = dates[dates <= self.as_of.end_time]

    def _face(self) -> tuple:
        months, targets = self.panel.index, int(self.targets.notna().to_numpy().sum())
        known = {"known": f"{months[0]} – {months[-1]}", "as_of": self.as_of, "units": self.panel.shape[1]}
        return "model", known | {"targets": targets, "rounds": len(self.rounds)}, self.panel

    def fit(self, left: int | None = None) -> "TrendResults":
        """Fit season, total and shares for the months to December, or for as many as `left`."""
        counted = self.panel.index[self.panel.to_numpy().any(axis=1)]
        first = counted[0].year if len(counted) else 0  # the first year that counted anything
        panel = self.panel[self.panel.index.year >= first].sort_index(axis=1)
        targets, ahead = self.targets.reindex(columns=panel.columns), to_come(self.as_of)
        left, breaks = left or len(ahead), breaks_in(self.breaks, panel.index)
        monthly, y = panel.sum(axis=1), panel.to_numpy(float).T
        terms = (self.rounds, breaks, self.judged, self.delays)
        calendar = Calendar.fit(monthly, self.as_of, targets, *terms)
        whole = total.fit_total(
            monthly.to_numpy(float),
            calendar.observed(panel.index),
            dispersion=calendar.season.dispersion,
            left=left,
            followed=calendar.followed,
            breaks=breaks,
        )
        part = _parts(targets, panel, ahead)
        fitted = shares.fit_shares(y, part, left=left, breaks=breaks)
        past, now = past_windows(panel, targets, ahead[0].year), missing_now(panel, targets, ahead[0].year)
        lean = fit_lean(y, part, fitted, now, past, breaks)
        holds = {"breaks": breaks, "rounds": calendar.rounds is not None}
        holds |= _fallbacks(self, panel, calendar, ahead)
        return TrendResults(self.panel, calendar, whole, fitted, lean, tuple(filter(holds.get, NOTES)))


@dataclass(frozen=True, eq=False, repr=False)
class TrendResults:
    """A fitted trend, which draws forecasts. Made by `TrendModel.fit`; its repr is its summary.

    Attributes
    ----------
    panel : DataFrame, months x units
        The counts, as given.
    calendar : Calendar
        The fitted season and rounds.
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
    lean: Lean | None
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
        means = {"targets": weight @ slopes.pull, "rounds": weight @ slopes.followed}
        return pd.Series(means, name="followed")

    @property
    def leaning(self) -> pd.Series:
        """How far effort goes to what the targets miss, and stops where they are met: means of w and s."""
        means = np.zeros(2) if self.lean is None else self.lean.weight @ self.lean.points
        return pd.Series(means, ["missing", "stop"], name="leaning")

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
        if self.lean is None:
            return pd.Series(self.shares.share[self._order], self.panel.columns, name="share")
        products = self.expected().sum(axis=1)
        return (products / products.sum()).rename("share")

    def forecast(self, *, seed: int, until: str | pd.Period | None = None, draws: int = 4000) -> Forecast:
        """Draw joint futures of all units, month by month.

        What all units share is drawn from ``SeedSequence([seed, year])``, a unit's own part from
        ``SeedSequence([seed, year, code])``, with year that of the first month to come and code the first 8
        bytes of the SHA-256 of the unit's code: no other unit and no order of units changes its stream. Each
        draw's lean to what the year's targets miss is drawn from ``SeedSequence([seed, year, 5])``.

        Parameters
        ----------
        seed : int
            From 0 up.
        until : str or Period, optional
            Last month wanted; without it the December after what is known.
        draws : int
            Number of joint futures, at most 100,000.

        Returns
        -------
        Forecast
            Integer draws (draws, units, months), units in the order of the panel's columns.

        Raises
        ------
        TermsError
            If `until` is no month or lies before what is known, `seed` is no whole number from 0 up, or
            `draws` none from 1 to 100,000.
        """
        seed, draws = drawn(seed, draws)
        months = to_come(self.as_of, until)
        late = len(self._late(months))
        sample = np.empty((self.panel.shape[1], draws, late + len(months)), np.int16)
        if len(months):
            for at, counts in self._drawn(months, seed, draws):
                top = counts.max(initial=0)
                if top > np.iinfo(sample.dtype).max:
                    sample = sample.astype(np.int32 if top < 2**31 else np.int64)
                sample[at] = counts
        sample = sample.transpose(1, 0, 2)
        not_entered = sample[..., :late] if late else None
        return Forecast(self.panel, months, sample[..., late:], self.as_of, late=not_entered)

    def rates(self, *, seed: int, draws: int = 4000) -> np.ndarray:
        """Draw the Poisson means (draws, units, months to December) of the counts that `forecast` draws."""
        seed, draws = drawn(seed, draws)
        months = to_come(self.as_of)
        late = len(self._late(months))
        if self.lean is not None:
            means = np.empty((self.panel.shape[1], draws, late + len(months)))
            for place, mean, _ in self._leaning(self.lean, months, seed, draws):
                means[place] = mean
            return means.transpose(1, 0, 2)[..., late:]
        common, split = self._common(months, draws, seed)
        of_units = [shares.draw_rate(common, *of_unit) for of_unit in self._units(seed)]
        return np.stack(of_units, axis=1)[:, :, None] * split.parts[:, None, late:]

    def expected(self) -> pd.DataFrame:
        """Return units x months to December: the products expected, before any draw."""
        months = to_come(self.as_of)
        late = self._late(months)
        missing = 1 - entered(self.calendar.delays, late, self.as_of)
        whole = total.expected(self.total, self.calendar.future(months, late))
        whole[: len(late)] *= missing
        products = np.outer(self.shares.share, whole)
        if self.lean is not None:
            products = expected_counts(self.lean, self.shares, whole)
        return pd.DataFrame(products[self._order, len(late) :], self.panel.columns, months)

    def _drawn(self, months: pd.PeriodIndex, seed: int, draws: int) -> Iterator[tuple[Place, np.ndarray]]:
        """Yield the draws in parts, each with its place among units, draws and months."""
        if self.lean is not None:
            yield from ((at, count) for at, _, count in self._leaning(self.lean, months, seed, draws))
            return
        common, split = self._common(months, draws, seed)
        for row, (share, relative, rng) in enumerate(self._units(seed)):
            yield row, shares.draw_unit(common, share, relative, split, rng)

    def _units(self, seed: int) -> Iterator[tuple[float, float, np.random.Generator]]:
        """Yield every unit's share, its relative variance and its own stream."""
        key = (int(seed), year_ahead(self.as_of))
        for row, code in zip(self._order, self.panel.columns, strict=True):
            yield self.shares.share[row], self.shares.relative[row], stream(*key, code)

    def _leaning(
        self, lean: Lean, months: pd.PeriodIndex, seed: int, draws: int
    ) -> Iterator[tuple[Place, np.ndarray, np.ndarray]]:
        """Yield Poisson means and counts (units, draws) of some units in a month, and their place."""
        common, split = self._common(months, draws, seed)
        key = (int(seed), year_ahead(self.as_of))
        units = [stream(*key, code) for code in self.calendar.targets.columns]
        pairs = lean.points[systematic(lean.weight, draws, stream(*key, LEAN))]
        this_year = self._late(months).append(months).year == key[1]
        places = self.panel.columns.get_indexer(self.calendar.targets.columns)
        for one in draw_leaning(lean, self.shares, common, split.parts, this_year, pairs, units):
            asked = (at := places[one.units]) >= 0
            yield (at[asked], slice(None), one.month), one.mean[asked], one.came[asked]

    def _common(self, months: pd.PeriodIndex, draws: int, seed: int) -> tuple[Common, Months]:
        """Draw what all units share, and how it divides over the months, first those entered late."""
        key = (int(seed), year_ahead(self.as_of))
        ahead, late, rng = to_come(self.as_of), self._late(months), stream(*key)
        mean, variance, x = total.draw_total(
            self.total,
            self.calendar.future(months, late, seed=seed, draws=draws),
            season_variance=self.calendar.variance(months),
            stretch=max(1, len(months) / len(ahead)),
            part=np.hstack([self._not_entered(late, draws, key), np.ones((draws, len(months)))]),
            draws=draws,
            rng=rng,
        )
        split = shares.draw_months(x, mean, self.total.dispersion, rng)
        return shares.draw_common(mean, variance, self.shares, rng), split

    def _late(self, months: pd.PeriodIndex) -> pd.PeriodIndex:
        """Return the months not entered in full of the year that a forecast to the last of `months` ends."""
        return self.calendar.late(months[-1].year) if len(months) else months

    def _not_entered(self, late: pd.PeriodIndex, draws: int, key: tuple[int, int]) -> np.ndarray:
        """Draw the part of late months that is not entered, common to all units (draws, months)."""
        if self.calendar.delays is None:
            return np.ones((draws, 0))
        return self.calendar.delays.draw(late, self.as_of, draws, stream(*key, LATE))

    @property
    def _order(self) -> np.ndarray:
        return self.calendar.targets.columns.get_indexer(self.panel.columns)

    def summary(self) -> str:
        """Return growth, month factors, dispersion, credibility and fallbacks as a text table."""
        line = "=" * 78
        with set_options(lang="en"):
            facts = (f"{name:<22} {text}" for name, text in _facts(self).items())
            parts, notes = [f"{label('card_trend'):^78}", line, *facts, line], _notes(self)
        parts.append("Month  " + "".join(f"{month:6d}" for month in range(1, 13)))
        parts.append("Factor " + "".join(f"{factor:6.2f}" for factor in self.month_factors))
        units = _units(self).to_string(max_rows=60, float_format="{:.3f}".format)
        return "\n".join([*parts, line, units, line, *notes])

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        facts, months = pd.Series(_facts(self), name="").to_frame(), self.month_factors.to_frame().T
        return card("trend", {}, facts, months, _units(self), notes=_notes(self))


# the data of a fit


def _dates(table: pd.DataFrame | None) -> pd.DatetimeIndex:
    """Return the dates of a table of breaks, none without one."""
    return pd.DatetimeIndex([] if table is None else dated("breaks", table)["date"].dropna())


def _rounds(table: pd.DataFrame | None, as_of: pd.Period) -> pd.DataFrame:
    """Return date, level and recognised of the rounds known at `as_of`; without levels all are of one."""
    if table is None:
        table = pd.DataFrame({"date": pd.DatetimeIndex([])})
    table = dated("rounds", table)
    if "status" in table:
        table = known_rounds(table, as_of)
    blank = {"level": "", "recognised": np.nan}
    new = {name: value for name, value in blank.items() if name not in table}
    return table.assign(**new)[["date", *blank]]


def _parts(targets: pd.DataFrame, panel: pd.DataFrame, ahead: pd.PeriodIndex) -> np.ndarray:
    """Return p, the units' parts of their years' targets (units, months + 1), 1 for a unit without one."""
    return _against_mean(targets.reindex(np.append(panel.index.year, ahead[0].year)).to_numpy().T)


def _against_mean(target: np.ndarray) -> np.ndarray:
    """Return targets (units, months) over their mean, half a product added so that none gives a zero."""
    known = np.isfinite(target)
    mean = np.where(known, target, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    part = np.where(known, (target + 0.5) / (mean + 0.5), 1.0)
    return part / part.mean(axis=0)


# notes and tables


def _fallbacks(
    model: TrendModel, panel: pd.DataFrame, calendar: Calendar, ahead: pd.PeriodIndex
) -> dict[str, bool]:
    """Return whether each of the fallbacks among NOTES holds."""
    this_year = calendar.targets.reindex([ahead[0].year]).notna().to_numpy()
    return {
        "no_counts": not panel.to_numpy().any(),
        "empty_years": len(panel) < len(model.panel),
        "flat_months": calendar.season.variance.min() == 1,
        "no_past_window": not len(origins(len(panel), len(ahead))),
        "one_unit": panel.shape[1] == 1,
        "units_without_target": this_year.any() and not this_year.all(),
        "targets_of_other_units": not model.targets.columns.isin(panel.columns).all(),
    }


def _facts(results: TrendResults) -> dict[str, str]:
    """Return the province's fitted parameters in words, name -> value."""
    panel, growth, spread = results.panel, results.growth, results.dispersion
    values = {
        "known": {"first": panel.index[0], "last": results.as_of, "months": len(panel)},
        "size": {"units": panel.shape[1], "products": panel.to_numpy().sum()},
        "growth": {name: f"{value:+.1%}" for name, value in growth.items()},
        "followed": {name: f"{value:.0%}" for name, value in results.followed.items()},
        "lean": {name: f"{value:.0%}" for name, value in results.leaning.items()},
        "month": {"month": f"{spread['month']:.3g}"},
        "unit": {name: f"{spread[name]:.2g}" for name in ("level", "batch")},
    }
    values |= _entered(results)
    return {label(f"trend_{fact}"): label(f"trend_{fact}_said", **blanks) for fact, blanks in values.items()}


def _entered(results: TrendResults) -> dict[str, dict[str, str]]:
    """Return how much of the last months is entered, where not all is."""
    months, as_of = results.panel.index, results.as_of
    part = pd.Series(entered(results.calendar.delays, months, as_of), months)
    said = ", ".join(f"{month} {there:.0%}" for month, there in part[part < 1].items())
    return {"entered": {"months": said}} if said else {}


def _units(results: TrendResults) -> pd.DataFrame:
    """Return each unit's products, expected share and credibility."""
    table = pd.DataFrame({"products": results.panel.sum()})
    return table.join([results.expected_share, results.credibility]).rename_axis("unit")


def _notes(results: TrendResults) -> list[str]:
    return [label("trend_note", note=label(f"fit_{key}")) for key in results.notes]
