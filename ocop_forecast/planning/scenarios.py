"""What if: the same futures under a changed plan, so that a difference is one of the plan and not of chance.

Every change moves chances and leaves the luck as it was (common random numbers [1]_): a dossier has the same
numbers for every month and stage, a unit whose rate grows keeps its products and gains some, and support adds
to what there is. How much support does, one assumption says, that of `effects`: there is no second one of how
much faster a dossier might go.

References
----------
.. [1] Glasserman, P. and Yao, D. D. (1992). Some guidelines and guarantees for common random numbers.
   Management Science 38, 884-908.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ocop_forecast.display import Shown, Table
from ocop_forecast.errors import TermsError, check_units
from ocop_forecast.models.forecast import Forecast
from ocop_forecast.models.known import Known
from ocop_forecast.models.pool import pooled
from ocop_forecast.models.projection import Projection
from ocop_forecast.models.reference import Reference
from ocop_forecast.models.streams import stream, thinned
from ocop_forecast.models.target import fit_target, with_target
from ocop_forecast.periods import to_come
from ocop_forecast.tables.supposed import retargeted
from ocop_forecast.terms import check_kind, is_whole

from .experts import constrained, planned
from .outlook import Outlook
from .support import Plan, supported

CHANGED = 4  # sets these streams apart from the other sources'


@dataclass(frozen=True, eq=False, repr=False)
class Difference(Shown):
    """What a changed plan changes.

    Attributes
    ----------
    forecast : Forecast
        Under the changed plan: each draw is the same future as that of the projection it was made from.
    outlook : Outlook
        Of it and the changed targets.
    table : DataFrame
        A row a unit, then the province; index `unit`. Columns: name; p_before, p_reach; change (of the
        probability) and error, its standard error by the number of draws; products, how many more are
        expected by December; lower and upper, the central 80 % of that difference over the draws.
    """

    forecast: Forecast
    outlook: Outlook
    table: pd.DataFrame

    def _face(self) -> tuple:
        return "difference", {"draws": len(self.forecast.draws)}, self.table


def scenario(
    projection: Projection,
    *,
    rounds: Iterable[str] = (),
    targets: Mapping[str, int] | None = None,
    support: Plan | None = None,
    cancelled: Iterable[str] = (),
    lost: bool = False,
    capacity: int | None = None,
) -> Difference:
    """Forecast the same futures under a changed plan.

    Parameters
    ----------
    projection : Projection
        As from `project`: what is expected without the change.
    rounds : str or iterable of str
        Days of rounds held besides those that are planned, such as ``["2024-11-15"]``. They count as far as
        the trend follows the calendar of rounds; for open dossiers, where they fall in a month without one.
    targets : mapping, optional
        Unit -> its new target of the year, products.
    support : Plan, optional
        As from `support`: who helps dossiers along changes what becomes of them as `effects` says, and in no
        other way. What that adds is recognised in December.
    cancelled : str or iterable of str
        Months whose councils do not sit, such as ``"2024-11"``: what they would have brought is decided in
        the next month with a planned round, as `experts` says; after the last one, in the next year.
    lost : bool
        Whether it is lost to the year in any case, since nothing is made good.
    capacity : int, optional
        Dossiers that a sitting of the province's council can decide, a planned round being one: the rest
        waits in the same way.

    Returns
    -------
    Difference

    Raises
    ------
    TermsError
        If a unit is not one of the projection's, a round does not lie ahead in the year or none is planned
        that it could be added to, a cancelled month is none of those to come, a target or capacity is no
        whole number from 0 up, or there are no targets.

    Examples
    --------
    >>> from ocop_forecast import project, read_province
    >>> projection = project(read_province(dossiers="example"), seed=2024, draws=200)
    >>> told = scenario(projection, targets={"389": 1}).table
    >>> bool(told.loc["389", "change"] > 0)
    True
    >>> fewer = scenario(projection, cancelled="2024-12", capacity=15).table["products"]
    >>> bool((fewer <= 0).all())
    True
    """
    check_kind("projection", projection, Projection, "project")
    if support is not None:
        check_kind("support", support, Plan, "support")
    rounds, targets = [rounds] if isinstance(rounds, str) else list(rounds), targets or {}
    _check(projection, rounds, targets)
    off = _months_off(projection.forecast, [cancelled] if isinstance(cancelled, str) else [*cancelled])
    if capacity is not None and not (is_whole(capacity) and capacity >= 0):
        raise TermsError("ask_sitting", value=repr(capacity))
    known = _changed(projection.known, rounds, targets)
    forecast = projection.forecast
    if rounds or targets:
        forecast = _forecast(projection, known, _base(projection, known, retargeted=bool(targets)))
    if support is not None:
        forecast = supported(forecast, support)
    if off or capacity is not None:
        sittings = planned(forecast, known.rounds)
        forecast = constrained(
            forecast, sittings, projection.seed, cancelled=off, lost=lost, capacity=capacity
        )
    before = Outlook.of(projection.forecast, projection.known.targets)
    outlook = Outlook.of(forecast, known.targets)
    return Difference(forecast, outlook, _table(before, outlook))


def _check(projection: Projection, rounds: list[str], targets: Mapping[str, int]) -> None:
    """Complain about changes that cannot be, or that the forecast could not follow."""
    whole = isinstance(targets, Mapping) and all(is_whole(one) and one >= 0 for one in targets.values())
    if not whole:
        raise TermsError("ask_targets_new", value=repr(targets))
    check_units("targets", targets, projection.forecast.units)
    if rounds:
        _check_rounds(projection, rounds)
    if projection.known.targets is None:
        raise TermsError("ask_no_targets")


def _months_off(forecast: Forecast, cancelled: list[str]) -> list[pd.Period]:
    """Return the cancelled months; complain about those that do not lie ahead."""
    months = {str(month): month for month in forecast.months}
    if unknown := [*map(str, {*map(str, cancelled)} - {*months})]:
        raise TermsError("ask_cancelled", allowed=", ".join(months), value=", ".join(sorted(unknown)))
    return [months[str(one)] for one in cancelled]


def _check_rounds(projection: Projection, rounds: list[str]) -> None:
    """Complain about rounds that do not lie ahead, or beside which none is planned."""
    as_of, last, days = projection.forecast.as_of, projection.forecast.months[-1], pd.DatetimeIndex(rounds)
    if not ((days > as_of.end_time) & (days <= last.end_time)).all():
        raise TermsError("ask_round", as_of=str(as_of), last=str(last), value=", ".join(rounds))
    planned = projection.known.rounds
    if planned is None or "status" not in planned or not (planned["status"] == "planned").any():
        raise TermsError("ask_round_alone")


def _changed(known: Known, rounds: list[str], targets: Mapping[str, int]) -> Known:
    """Enter new rounds and targets into what is known."""
    if targets:
        known = replace(known, targets=retargeted(known.targets, to_come(known.as_of)[0].year, targets))
    if rounds and known.rounds is not None:
        days = pd.DatetimeIndex(rounds).as_unit("s")
        like = known.rounds[known.rounds["status"] == "planned"].iloc[[0] * len(days)]
        known = replace(known, rounds=pd.concat([known.rounds, like.assign(date=days)], ignore_index=True))
    return known


def _base(projection: Projection, known: Known, *, retargeted: bool) -> Forecast:
    """Draw the forecast without dossiers under the changed plan; a new target brings a law of its own."""
    if not retargeted or projection.source is None:
        return _as_means_change(projection, known, projection.base)
    trend = _as_means_change(projection, known, projection.trend)
    source = fit_target(known, Reference.read(), seed=projection.seed, late=trend.not_entered.sum())
    return with_target(trend, known.trend().expected(), source, projection.seed)


def _as_means_change(projection: Projection, known: Known, base: Forecast) -> Forecast:
    """Draw fewer or more of the same products, as the trend's means change under the changed plan.

    Given its mean a count is Poisson; so what a greater mean adds is Poisson too, and a smaller one thins it.
    """
    from scipy.stats import poisson

    results = projection.results
    ratio = (known.trend().expected() / results.expected()).to_numpy()
    means = results.rates(seed=projection.seed, draws=len(base.draws))
    drawn = base.draws.copy()
    for at, code in enumerate(base.units):
        rng = stream(projection.seed, base.months[0].year, code, CHANGED)
        luck = rng.random(drawn[:, at].shape)
        more = poisson.ppf(luck, np.maximum(ratio[at] - 1, 0) * means[:, at])
        drawn[:, at] = thinned(drawn[:, at], np.minimum(ratio[at], 1), rng) + more.astype(int)
    return replace(base, draws=drawn)


def _forecast(projection: Projection, known: Known, base: Forecast) -> Forecast:
    """Pool both sources under the changed plan, by the weights that past years have taught."""
    if projection.pipeline is None or projection.pool is None:
        return base
    seed, draws, pipeline = projection.seed, len(base.draws), projection.pipeline
    with_round = known.trend().calendar.with_round(base.months, seed, draws)
    coming = pipeline.forecast(base.units, seed=seed, draws=draws, with_round=with_round)
    return pooled(base, coming, projection.pool, seed)


def _table(before: Outlook, after: Outlook) -> pd.DataFrame:
    """Hold both forecasts against their targets, draw by draw."""
    both = (before, after)
    ends = [one.forecast.year_end().assign(**{one.code: one.forecast.total()}) for one in both]
    known = [one.table["target"].dropna().astype("float64") for one in both]
    reached = [(end[goal.index] >= goal).astype(float) for end, goal in zip(ends, known, strict=True)]
    more, turned = ends[1] - ends[0], reached[1] - reached[0]
    was, now = before.table, after.table
    table = Table({"name": now["name"], "p_before": was["p_reach"], "p_reach": now["p_reach"]})
    table["change"] = turned.mean()
    table["error"] = turned.std() / np.sqrt(len(turned))
    table["products"] = more.mean()
    table[["lower", "upper"]] = more.quantile([0.1, 0.9], interpolation="lower").T.to_numpy()
    return table
