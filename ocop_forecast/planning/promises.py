"""What the districts' word is worth: the forecast as it is, and once their promises are heard.

A promise is held against what this tool expected at the last month end before it was said. With p the
products promised from there to December, m those expected and c those that came, each and half a product,

    log(p / m) = s log(c / m) + b + unit's bias + year's bias + noise.

The slope s says whether offices know what the forecast does not: 1, their word follows what comes; 0, it is
empty, whatever its size. All is learned from the promises of past years. The biases of units and years and
the noise are normal around 0 with sd tau, omega and sigma, and b around log 2.5 with sd 0.6, as large as a
hopeful year makes it: that 40 % of what is promised comes (19 to 86 % in four of five provinces), a prior
worth one year, for want of any published record. s, tau, omega and sigma lie on a grid, nine tenths of
whose prior are at s = 0: without a record a promise says little, and many offices of one year say less than
as many years.

This year a draw that has c in a unit gets, as its weight there, the density of the unit's promise given c
[1]_; the part at s = 0 is the same for all draws, and keeps the weights bounded. They are tempered, raised
to the highest power of 1, 0.8, 0.64, ... that leaves an effective sample of a fifth of the draws. A unit's
draws are then taken anew by their weights, each place in their order being given to the draw that had it: a
unit's ranks, and so all dependence between units, stay as they were, and the province is the sum of its
units within each draw. One weight a draw for all promises together would leave but a handful of draws.

References
----------
.. [1] Gelman, A. and others (2013). Bayesian Data Analysis, 3rd edition, section 10.4. CRC Press.
"""

from dataclasses import dataclass, replace
from itertools import count, product
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ocop_forecast.bands import told
from ocop_forecast.display import OfUnits, Table
from ocop_forecast.errors import TermsError
from ocop_forecast.models.forecast import Forecast
from ocop_forecast.models.projection import Projection
from ocop_forecast.models.streams import NEVER
from ocop_forecast.tables.province import Province
from ocop_forecast.terms import check_kind

from .attainment import attainment

COMES, BIAS = 0.4, 0.6  # of what is promised, before any record; sd of its log
SLOPES = {0.0: 0.9, 0.5: 0.05, 1.0: 0.05}  # and their prior
UNIT, YEAR, NOISE = (0.1, 0.4), (0.2, 0.6), (0.2, 0.4, 0.8)  # sd, in logs
GRID = np.array([*product(SLOPES, UNIT, YEAR, NOISE)])
LEAST = 0.2  # of the draws, as an effective sample
TEMPER = 0.8  # the powers of weights that are tried are those of this
MONTHS = 12  # that must be known before a promise, so that something was expected
DIGITS = 6  # beyond them processors differ


@dataclass(frozen=True, eq=False, repr=False)
class Promised(OfUnits):
    """What is promised, and the forecast that has heard it beside the one that has not.

    Attributes
    ----------
    forecast : Forecast
        Conditioned on the promises; the projection's own stays as it is, and is what a run reports.
    table : DataFrame
        A row a unit, then the province; index `unit`. Columns (products): name; so_far; target; promised, by
        December (missing without a promise this year; the province's is missing unless every unit promised);
        expected, lower, upper and p_reach, of the projection: mean, central 80 % and chance of the target;
        expected_heard, lower_heard, upper_heard and p_heard, the same with the promises heard; kept, what
        came of all that was promised in past years, as a share (missing without any).
    record : DataFrame
        A row a promise of a past year that counts: unit, name, year, said_on, promised and came (products of
        the year from the month end before it was said), expected (by this tool, then).
    trust : float
        Probability, after the record, that the promises say anything that the forecast does not know: 1/10
        without any.
    """

    forecast: Forecast
    table: pd.DataFrame
    record: pd.DataFrame
    trust: float

    def _face(self) -> tuple:
        facts = {"year": self.forecast.year, "as_of": self.forecast.as_of, "trust": self.trust}
        return "promised", facts, told(self.table.drop(columns="name"), bool(self.forecast.earned))


def promised(projection: Projection, province: Province) -> Promised:
    """Hear what the districts promise for the year.

    Parameters
    ----------
    projection : Projection
        As from `project`.
    province : Province
        As from `read_province`, with a table of `commitments`: of a unit's promises of this year the last one
        counts, of each past year the one nearest to it in the calendar.

    Returns
    -------
    Promised

    Raises
    ------
    TermsError
        If the table holds no promise of the forecast's year.

    Examples
    --------
    >>> from dataclasses import replace
    >>> import ocop_forecast as ocop
    >>> province = ocop.read_province(as_of="2024-09")
    >>> said = pd.DataFrame({"unit": ["389"], "said_on": pd.to_datetime(["2024-09-20"]), "december": [6]})
    >>> heard = promised(ocop.project(province, seed=2024, draws=200), replace(province, commitments=said))
    >>> bool(heard.table.loc["389", "expected_heard"] > heard.table.loc["389", "expected"]), heard.trust
    (True, 0.1)
    """
    check_kind("projection", projection, Projection, "project")
    check_kind("province", province, Province, "read_province")
    year, commitments = projection.forecast.year, province.commitments
    if commitments is None or (commitments["said_on"].dt.year != year).all():
        raise TermsError("ask_promises", year=year)
    said = _said(projection, commitments)
    now, past = said[said["year"] == year], said[said["year"] < year]
    learned = _learn(past, now)
    heard = _conditioned(projection.forecast, now, learned)
    table = _table(projection.forecast, heard, province, now, past)
    record = past.assign(name=past["unit"].map(table["name"]))
    record = record[["unit", "name", "year", "said_on", "promised", "came", "expected"]]
    trust = float(learned.weight[GRID[:, 0] > 0].sum().round(2))
    return Promised(heard, table, record.reset_index(drop=True), trust)


def _said(projection: Projection, commitments: pd.DataFrame) -> pd.DataFrame:
    """Tabulate the promises that count: one a unit and year, with what was expected then and what came."""
    known, forecast = projection.known, projection.forecast
    table = commitments[["unit", "said_on", "december"]]
    table = table.assign(year=table["said_on"].dt.year, origin=table["said_on"].map(_month_before))
    learning = table["year"].lt(forecast.year) & table["origin"].ge(known.panel.index[0] + MONTHS - 1)
    asked = table["unit"].isin(known.panel.columns) & (learning | table["year"].eq(forecast.year))
    table = _nearest(table[asked], forecast)
    then = {at: known.at(at).trend().expected().sum(axis=1) for at in sorted({*table["origin"]})}
    found = [_since(known.panel, row, then[row.origin]) for row in table.itertuples()]
    table[["had", "came", "expected"]] = np.array(found, float)
    table["promised"] = (table["december"] - table["had"]).clip(lower=0)
    return table.sort_values(["year", "unit"], ignore_index=True)


def _month_before(day: pd.Timestamp) -> pd.Period:
    """Return the last month that was over when something was said of its year."""
    return min((day + pd.Timedelta(days=1)).to_period("M") - 1, pd.Period(year=day.year, month=11, freq="M"))


def _nearest(table: pd.DataFrame, forecast: Forecast) -> pd.DataFrame:
    """Keep a unit's last promise of this year, and of each past year the one nearest in the calendar."""
    last = table[table["year"] == forecast.year].groupby("unit")["said_on"].max()
    like = table["unit"].map(last).fillna(forecast.as_of.end_time)
    apart = (table["said_on"].dt.day_of_year - like.dt.day_of_year).abs()
    return table.assign(apart=apart).sort_values(["apart", "said_on"]).drop_duplicates(["unit", "year"])


def _since(panel: pd.DataFrame, row: Any, expected: pd.Series) -> tuple[float, float, float]:
    """Return what a unit had at a past month end, what came of it by December, and what was expected."""
    year = panel.loc[panel.index.year == row.year, row.unit]
    had = year[: row.origin].sum()
    return had, year.sum() - had, expected[row.unit]


class Learned(NamedTuple):
    """What past promises teach of those of now."""

    weight: np.ndarray  # (grid,), posterior
    mean: np.ndarray  # (grid, promises), of log(p / m) - s log(c / m), normal at each point of the grid
    variance: np.ndarray  # of the same


def _learn(past: pd.DataFrame, now: pd.DataFrame) -> Learned:
    """Learn from the promises of past years what those of now are worth."""
    promise, came = (_logs(past[name], past["expected"]) for name in ("promised", "came"))
    evidence = np.log([SLOPES[slope] for slope in GRID[:, 0]])
    means, variances = list[np.ndarray](), list[np.ndarray]()
    for at, (slope, unit, year, noise) in enumerate(GRID):
        own = _alike(past, past, unit, year) + noise**2 * np.eye(len(past))
        off = promise - slope * came + np.log(COMES)
        gain = np.linalg.solve(own, np.column_stack([off, _alike(past, now, unit, year)]))
        evidence[at] -= (off @ gain[:, 0] + np.linalg.slogdet(own)[1]) / 2
        means.append(_alike(now, past, unit, year) @ gain[:, 0] - np.log(COMES))
        known = (_alike(now, past, unit, year) * gain[:, 1:].T).sum(axis=1)
        variances.append(BIAS**2 + unit**2 + year**2 + noise**2 - known)
    weight = np.exp(evidence - evidence.max())
    known = weight / weight.sum(), np.array(means), np.array(variances)
    return Learned(*(part.round(DIGITS) for part in known))


def _logs(products: "pd.Series | np.ndarray", expected: "pd.Series | float") -> np.ndarray:
    return np.log((np.asarray(products, float) + 0.5) / (np.asarray(expected, float) + 0.5))


def _alike(one: pd.DataFrame, other: pd.DataFrame, unit: float, year: float) -> np.ndarray:
    """Return the covariance of what promises have in common: the bias b, their year's, their unit's."""
    same = {name: np.equal.outer(one[name].to_numpy(), other[name].to_numpy()) for name in ("unit", "year")}
    return BIAS**2 + year**2 * same["year"] + unit**2 * same["unit"]


def _conditioned(forecast: Forecast, now: pd.DataFrame, learned: Learned) -> Forecast:
    """Take the draws of the units that promise anew, each unit's by themselves."""
    draws, late = forecast.draws.copy(), None if forecast.late is None else forecast.late.copy()
    ends, total = forecast.year_end(), forecast.total().to_numpy()
    for nth, row in enumerate(now.itertuples()):
        at, came = forecast.units.get_loc(row.unit), ends[row.unit].to_numpy()
        takes = _taken(came, _weights(row, came - row.had, learned, nth), total)
        draws[:, at] = draws[takes, at]
        if late is not None:
            late[:, at] = late[takes, at]
    return replace(forecast, draws=draws, late=late)


def _weights(row: Any, came: np.ndarray, learned: Learned, nth: int) -> np.ndarray:
    """Weigh each draw of a unit by how likely its promise, the nth, is under what it has come."""
    off = _logs(row.promised, row.expected) - GRID[:, :1] * _logs(came, row.expected)
    mean, variance = learned.mean[:, nth, None], learned.variance[:, nth, None]
    density = np.exp(-((off - mean) ** 2) / variance / 2) / np.sqrt(variance)
    return _tempered((learned.weight[:, None] * density).sum(axis=0))


def _taken(ends: np.ndarray, weight: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Say which draw each draw takes, so that the order of the unit's ends stays, its ties by the total."""
    order, takes = np.lexsort((total, ends)), np.empty(len(ends), int)
    edges = np.cumsum(weight[order])
    takes[order] = order[np.searchsorted(edges, (np.arange(len(ends)) + 0.5) / len(ends) * edges[-1])]
    return takes


def _tempered(weight: np.ndarray) -> np.ndarray:
    """Raise weights to the highest power that leaves an effective sample of `LEAST` of the draws."""
    log = np.log(np.maximum(weight, NEVER))
    powers = (np.exp(TEMPER**step * (log - log.max())).round(DIGITS) for step in count())
    return next(one for one in powers if one.sum() ** 2 >= LEAST * len(one) * (one**2).sum())


def _table(
    before: Forecast, after: Forecast, province: Province, now: pd.DataFrame, past: pd.DataFrame
) -> pd.DataFrame:
    """Put what is expected without and with the promises beside each other."""
    was, is_ = (attainment(one, province.targets) for one in (before, after))
    table = Table(was[["name", "so_far", "target"]])
    table["promised"] = now.set_index("unit")["december"].astype("Int64").reindex(was.index)
    table.loc[table.index[-1], "promised"] = table["promised"].iloc[:-1].sum(skipna=False)
    for suffix, one, rows in (("", before, was), ("_heard", after, is_)):
        table[f"expected{suffix}"] = [*one.year_end().mean(), one.total().mean()]
        table[[f"lower{suffix}", f"upper{suffix}"]] = rows[["lower", "upper"]]
        table["p_heard" if suffix else "p_reach"] = rows["p_reach"]
    sums = past.groupby("unit")[["came", "promised"]].sum()
    sums.loc[table.index[-1]] = sums.sum()
    table["kept"] = (sums["came"] / sums["promised"].where(sums["promised"] > 0)).reindex(table.index)
    return table
