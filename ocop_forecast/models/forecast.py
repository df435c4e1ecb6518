"""The forecast: joint integer draws of the months still to come, and nothing else.

Every table, flag, figure and total is a view of these draws, so no two of them can contradict each other.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd

from ocop_forecast.display import Shown, Table
from ocop_forecast.errors import Fault, InputError, TermsError, check_units
from ocop_forecast.files.near import found
from ocop_forecast.files.writing import whole
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.periods import known_to, to_come
from ocop_forecast.terms import check_level

if TYPE_CHECKING:
    from ocop_forecast import plots

QUANTILES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
SHOWN = (0.1, 0.5, 0.9)  # in JupyterLab


@dataclass(frozen=True, eq=False, repr=False)
class Forecast(Shown):
    """Joint draws of new recognitions, per unit and month, of what comes after `as_of`.

    Parameters
    ----------
    panel : DataFrame, months x units
        What is known: products newly recognised a month. Index a monthly PeriodIndex without gaps that ends
        with the month of `as_of`, columns unit codes.
    months : PeriodIndex
        The months still to come, without gaps. The first is the one right after the panel's last; where
        `as_of` is a day, it is the panel's last month itself, of which the rest is still to come. Empty at a
        year's end.
    draws : ndarray of int, shape (draws, units, months)
        Joint draws, units in the order of the panel's columns: one draw is one possible future of the whole
        province, so the province is the sum over units within each draw. Where `as_of` is a day, those of the
        first month are what comes in it after that day.
    as_of : Period, optional
        The panel's last month, known whole (the default), or the day in it up to which it is known.
    after : ndarray of int, shape (draws,), optional
        What the close of the year's plan adds to the province's year, in the same draws: products decided
        after December for it, less those that count in the year and belong to last year's plan.
    earned : bool, optional
        Whether in past years such probabilities of units have earned to be shown, as from `record.earned`;
        None where nobody has asked.
    late : ndarray of int, shape (draws, units, months), optional
        What was decided by `as_of` in the panel's last months, as many as there are here and all of the year,
        and is not entered yet, in the same draws; None where all is taken for entered.

    Raises
    ------
    TermsError
        If draws or late are no integers of that shape, `as_of` is not in the panel's last month, or the
        months to come do not follow it.

    Examples
    --------
    >>> panel = pd.DataFrame({"389": [0, 2, 0]}, index=pd.period_range("2024-07", "2024-09", freq="M"))
    >>> months = pd.period_range("2024-10", "2024-12", freq="M")
    >>> forecast = Forecast(panel, months, np.ones((4, 1, 3), int))
    >>> forecast.year_end()["389"].tolist()
    [5, 5, 5, 5]
    >>> rest, day = pd.period_range("2024-09", "2024-12", freq="M"), pd.Period("2024-09-19", "D")
    >>> Forecast(panel, rest, np.ones((4, 1, 4), int), day).year_end()["389"].tolist()
    [6, 6, 6, 6]
    """

    panel: pd.DataFrame
    months: pd.PeriodIndex
    draws: np.ndarray
    as_of: pd.Period = None  # once made, never None: the panel's last month
    after: np.ndarray | None = None
    earned: bool | None = None
    late: np.ndarray | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "as_of", known_to(self.as_of, self.panel.index[-1]))
        first = to_come(self.as_of)[0]
        if not self.months.equals(pd.period_range(first, periods=len(self.months), freq="M")):
            wanted = f'pd.period_range("{first}", "{first.year}-12", freq="M")'
            given = str([*map(str, self.months)])
            raise TermsError("ask_draws_after", as_of=str(self.as_of), wanted=wanted, given=given)
        counts = np.asarray(self.draws)
        shape = (len(counts), self.panel.shape[1], len(self.months))
        if counts.shape != shape or counts.dtype.kind not in "iu":
            wanted, given = f"(draws, units, months) = {shape}", f"{counts.dtype} {counts.shape}"
            raise TermsError("ask_draws_shape", name="draws", shape=wanted, given=given)
        self._check_late()
        draws = self.draws.view()
        draws.setflags(write=False)
        object.__setattr__(self, "draws", draws)

    def _check_late(self) -> None:
        """Raise TermsError for late products that are no whole numbers of the year's last months."""
        if self.late is None:
            return
        known = int((self.panel.index.year == self.year).sum())
        fits = self.late.ndim == 3 and self.late.shape[:2] == self.draws.shape[:2]
        if not fits or self.late.shape[2] > known or self.late.dtype.kind not in "iu":
            wanted, given = f"(draws, units, months <= {known})", f"{self.late.dtype} {self.late.shape}"
            raise TermsError("ask_draws_shape", name="late", shape=wanted, given=given)

    def _face(self) -> tuple:
        draws, units, months = self.draws.shape
        ahead = f"{self.months[0]} – {self.months[-1]}" if months else "–"
        facts = {"year": self.year, "as_of": self.as_of, "months": ahead, "draws": draws, "units": units}
        facts |= {} if self.late is None else {"not_entered": round(self.not_entered.sum())}
        ends = self.quantiles(SHOWN)
        ends.loc["total"] = np.quantile(self.total(), SHOWN, method="inverted_cdf")
        shown = Table(ends.astype(int)).rename(columns="{:.0%}".format)
        shown.insert(0, "so_far", [*self.so_far, self.so_far.sum()])
        return "forecast", facts, shown

    @property
    def units(self) -> pd.Index:
        """Unit codes, in the order of the draws' second axis."""
        return self.panel.columns

    @property
    def year(self) -> int:
        """The calendar year whose end is forecast."""
        return (self.months[-1] if len(self.months) else self.as_of).year

    @property
    def so_far(self) -> pd.Series:
        """Products newly recognised this year up to `as_of`; index units."""
        return self.panel[self.panel.index.year == self.year].sum().rename("so_far")

    @property
    def not_entered(self) -> pd.Series:
        """The province's products decided in the last months and not entered, as expected; index months."""
        late = np.zeros((1, 1, 0)) if self.late is None else self.late
        months = self.panel.index[len(self.panel) - late.shape[2] :]
        return pd.Series(late.sum(axis=1).mean(axis=0), months, name="not_entered")

    def remaining(self, units: Sequence[str] | None = None) -> pd.DataFrame:
        """Return draws x units: products still to come this year, to the last month drawn.

        Of many units those are counted that are named by their codes; all without `units`.
        """
        at = self._places(units)
        counts = _over_months(self.draws[:, at], np.flatnonzero(self.months.year == self.year))
        return pd.DataFrame(counts, columns=self.units[at])

    def decided(self, units: Sequence[str] | None = None) -> pd.DataFrame:
        """Return draws x units: what was decided this year up to `as_of`, what is not entered yet too."""
        at, late = self._places(units), self.draws[:, :, :0] if self.late is None else self.late
        counts = _over_months(late[:, at], range(late.shape[2])) + self.so_far.to_numpy(np.int64)[at]
        return pd.DataFrame(counts, columns=self.units[at])

    def year_end(self, units: Sequence[str] | None = None) -> pd.DataFrame:
        """Return draws x units: the year's total, never below what is already recognised."""
        return self.remaining(units) + self.decided(units)

    def _places(self, units: Sequence[str] | None) -> "slice | np.ndarray":
        return slice(None) if units is None else self.units.get_indexer(units)

    def total(self) -> pd.Series:
        """Return the province's year total, one value a draw: the sum over the units in that draw."""
        late = 0 if self.late is None else self.late.sum(axis=(1, 2), dtype=np.int64)
        ahead = self.draws[:, :, self.months.year == self.year].sum(axis=(1, 2), dtype=np.int64)
        return pd.Series(ahead + late + int(self.so_far.sum()), name="total")

    def by_close(self) -> pd.Series:
        """Return the products of the year's plan by the close of its last round, one value a draw, province.

        That may lie early in the next year. Where nothing of it is known it is the year's total.
        """
        return (self.total() + (0 if self.after is None else self.after)).rename("by_close")

    def quantiles(self, levels: Sequence[float] = QUANTILES) -> pd.DataFrame:
        """Return units x levels: quantiles of the year's total (whole products, inverted CDF)."""
        _check_levels(levels)
        values = np.quantile(self.year_end(), levels, axis=0, method="inverted_cdf")
        return pd.DataFrame(values.T, index=self.units, columns=list(levels))

    def path(self, unit: str | None = None) -> pd.DataFrame:
        """Return draws x months to come: this year's running total of one unit, or of the province.

        TermsError is raised if `unit` is not one of the forecast's units.
        """
        check_units("unit", [] if unit is None else [unit], self.units)
        units = None if unit is None else [unit]
        this_year = self.months.year == self.year
        monthly = self.draws[:, self._places(units)][:, :, this_year].sum(axis=1, dtype=np.int64)
        decided = self.decided(units).to_numpy().sum(axis=1, keepdims=True)
        return pd.DataFrame(decided + monthly.cumsum(axis=1), columns=self.months[this_year])

    def frame(
        self,
        levels: Sequence[float] = QUANTILES,
        *,
        targets: "pd.Series | Mapping[str, int] | None" = None,
        total: str = "total",
    ) -> pd.DataFrame:
        """Return the forecast as one long table of our own, units first and then the province.

        Others exchange forecasts as hubs of the hubverse: `hub.write` writes one.

        Parameters
        ----------
        levels : sequence of float
            Quantile levels, each between 0 and 1.
        targets : Series or mapping, optional
            Code -> target in products, `total` among the codes; missing ones are left out.
        total : str
            What stands in column `unit` for the province.

        Returns
        -------
        DataFrame
            Columns as_of (a month, or a day), unit, target (``remaining``, ``year_total`` or ``month``),
            period, output_type (``quantile``, ``mean``, ``prob``), output_type_id (the level; blank for the
            mean; the target for the probability that the year's total reaches it), value (products, or a
            probability). In the month that the as-of day lies in, ``month`` is what is still to come.
        """
        _check_levels(levels)
        ends = self.year_end()
        parts = [
            self._long(self.remaining(), "remaining", self.year, levels, total),
            self._long(ends, "year_total", self.year, levels, total),
        ]
        for at, month in enumerate(self.months):
            one = pd.DataFrame(self.draws[:, :, at].astype(np.int64), columns=self.units)
            parts.append(self._long(one, "month", month, levels, total))
        if targets is not None:
            parts.append(self._prob(ends, pd.Series(targets).dropna().astype(int), total))
        return pd.concat(parts, ignore_index=True)

    def _long(
        self, sample: pd.DataFrame, target: str, period: object, levels: Sequence[float], total: str
    ) -> pd.DataFrame:
        sample = sample.assign(**{total: sample.sum(axis=1)})
        values = np.quantile(sample, levels, axis=0, method="inverted_cdf")
        table = pd.DataFrame(values.T, index=sample.columns, columns=[f"{q:g}" for q in levels])
        table.insert(0, "", sample.mean())
        tidy = table.rename_axis("unit").reset_index().melt("unit", var_name="output_type_id")
        order = np.tile(np.arange(len(table)), table.shape[1]).argsort(kind="stable")
        tidy = tidy.iloc[order].assign(as_of=str(self.as_of), target=target, period=str(period))
        tidy["output_type"] = np.where(tidy["output_type_id"] == "", "mean", "quantile")
        return tidy[["as_of", "unit", "target", "period", "output_type", "output_type_id", "value"]]

    def _prob(self, ends: pd.DataFrame, targets: pd.Series, total: str) -> pd.DataFrame:
        ends = ends.assign(**{total: ends.sum(axis=1)})[targets.index]
        terms = {"as_of": str(self.as_of), "unit": targets.index, "target": "year_total"}
        terms |= {"period": str(self.year), "output_type": "prob"}
        reached = (ends >= targets).mean().to_numpy()
        return pd.DataFrame({**terms, "output_type_id": targets.astype(str).to_numpy(), "value": reached})

    def plot(
        self,
        unit: str | None = None,
        *,
        name: str = "",
        target: int | None = None,
        naive: float | None = None,
        rounds: Iterable[pd.Timestamp] = (),
        width: float = 8,
    ) -> "plots.Axes":
        """Draw this year as a fan, what is known and then the months to come; return the Axes.

        Without a `unit` code it is the province, the sum of all units. The title calls it `name`, or by its
        code when that is empty; `target`, `naive`, `rounds` and `width` are as in `plots.fan`.
        """
        from ocop_forecast import plots

        path = self.path(unit)
        known = self.panel if unit is None else self.panel[[unit]]
        known = known[known.index.year == self.year].sum(axis=1).cumsum()
        terms: dict[str, Any] = {"as_of": self.as_of, "target": target, "naive": naive}
        terms |= {"rounds": rounds, "width": width}
        return plots.fan(known, path, name=name or unit or label("province_whole"), **terms)

    def save(self, path: str | PathLike) -> None:
        """Write the draws and the panel to `path` (.npz), whole or not at all."""
        late = np.zeros((len(self.draws), 0)) if self.late is None else self.late
        top = max(int(counts.max(initial=0)) for counts in (self.draws, self.panel.to_numpy(), late))
        small = np.uint16 if top < 2**16 else np.int64
        arrays = {
            "draws": self.draws.astype(small),
            "units": self.units.to_numpy(dtype=str),
            "months": self.months.astype(str).to_numpy(dtype=str),
            "so_far": self.so_far.to_numpy(dtype=np.int64),
            "known": self.panel.to_numpy(dtype=small),
            "known_months": self.panel.index.astype(str).to_numpy(dtype=str),
            "as_of": np.array(str(self.as_of)),
        }
        if self.after is not None:
            arrays["after"] = self.after.astype(np.int64)
        if self.earned is not None:
            arrays["earned"] = np.array(self.earned)
        if self.late is not None:
            arrays["late"] = self.late.astype(small)
        with whole(path) as draft:
            np.savez_compressed(draft, **arrays)

    @classmethod
    def load(cls, path: str | PathLike) -> "Forecast":
        """Read a saved forecast; `path` is its file or the folder of a run.

        An executed notebook names its run's file with the beginning of its SHA-256, as
        ``../draws.npz@0123456789ab``; it is found wherever it lies near here. InputError is raised if there
        is no such file or it is not a whole saved forecast.
        """
        path = found(path)
        path = path / "draws.npz" if path.is_dir() else path
        try:
            with path.open("rb") as handle, np.load(handle, allow_pickle=False) as saved:
                months = pd.PeriodIndex(saved["known_months"], freq="M")
                units = pd.Index(saved["units"].astype(object), name="unit")
                panel = pd.DataFrame(saved["known"].astype(np.int64), index=months, columns=units)
                ahead, draws = pd.PeriodIndex(saved["months"], freq="M"), _signed(saved["draws"])
                # an older file without a day is known to its last month
                as_of = pd.Period(str(saved["as_of"])) if "as_of" in saved else None
                earned = bool(saved["earned"]) if "earned" in saved else None
                late = _signed(saved["late"]) if "late" in saved else None
                return cls(panel, ahead, draws, as_of, saved.get("after"), earned, late)
        except (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error) as error:
            raise InputError([Fault(str(path), "saved_forecast", {"reason": str(error)})]) from error


def _over_months(counts: np.ndarray, months: Iterable[int]) -> np.ndarray:
    """Sum some of the months of counts (draws, units, months), in the order that these have in memory."""
    draws, units, _ = counts.strides
    summed = np.zeros(counts.shape[:2], np.int64, "C" if draws >= units else "F")
    for at in months:
        summed += counts[:, :, at]
    return summed


def _signed(counts: np.ndarray) -> np.ndarray:
    """Return saved counts, which have no sign, as integers that may be subtracted, small where they are."""
    return counts.astype(np.int16 if counts.max(initial=0) < 2**15 else np.int64)


def _check_levels(levels: Sequence[float]) -> None:
    """Complain about levels that are no probabilities; 0 and 1 are the least and the most of all draws."""
    for level in set(levels) - {0, 1}:
        check_level(level)
