"""The chance of a target from the experience of other places alone: the smallest use of the tool."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ocop_forecast.display import Sentence, Table, card
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import month, number
from ocop_forecast.models.reference import Reference, fit_law, ultimate
from ocop_forecast.periods import last_known, passed
from ocop_forecast.terms import check_kind, whole

NEAREST = 5  # cases that are shown
STEP = 0.05  # so few cases allow no finer probability to be said
SAID = 2  # digits of a number of products in a sentence


@dataclass(frozen=True)
class Chance:
    """What became of other places' targets says this of one; it shows itself as a sentence.

    Attributes
    ----------
    so_far, target : int
        Products newly recognised up to `as_of`, and wanted in its year.
    as_of : Period
        The last month known whole, or the last day known.
    p_reach : float
        Probability of the target by the close of the year's last round, which may lie in the next year.
    p_by_december : float
        Probability of the target by 31 December.
    median, lower, upper : int
        Products by the close of the year's last round: the median, and the ends of the central 80%.
    cases : DataFrame
        The nearest published cases: unit, year, as_of, so_far, target, final (products), reached, source.
    known, reached : int
        How many places' years the class holds, and how many of them reached their target.
    """

    so_far: int
    target: int
    as_of: pd.Period
    p_reach: float
    p_by_december: float
    median: int
    lower: int
    upper: int
    cases: pd.DataFrame
    known: int
    reached: int

    def __str__(self) -> str:
        return "\n".join(_sentences(self))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return Sentence(self)._repr_html_() + card("", {}, Table(self.cases))


def chance(so_far: int, target: int, as_of: "str | pd.Period", reference: Reference | None = None) -> Chance:
    """Say how likely a target is, from what became of other places' targets alone.

    Parameters
    ----------
    so_far : int
        Products newly recognised in the year up to `as_of`, from 0 up.
    target : int
        Products wanted in the year, from 1 up.
    as_of : str or Period
        The last month known whole, ``"2024-09"``, or the last day known, ``"2024-09-19"`` or ``"19/9/2024"``.
    reference : Reference, optional
        The class to learn from; without it the one that comes with the tool.

    Returns
    -------
    Chance

    Raises
    ------
    TermsError
        If `so_far` or `target` is no such whole number.
    InputError
        If `as_of` is no month or day, or lies in the future.

    Examples
    --------
    >>> said = chance(so_far=52, target=120, as_of="2024-09")
    >>> 0.4 < said.p_by_december < said.p_reach < 0.8, said.lower < said.median < said.upper
    (True, True)
    """
    so_far, target = whole("so_far", so_far, 0), whole("target", target, 1)
    if reference is not None:
        check_kind("reference", reference, Reference, "Reference.read")
    known, now = reference or Reference.read(), last_known(as_of)
    law = ultimate(fit_law(known, passed(now)), so_far, target, passed(now))
    lower, median, upper = (law.quantile(level) for level in (0.1, 0.5, 0.9))
    reached = int((known.cases["final_new"] >= known.cases["target_new"]).sum())
    likely, ends = (law.p_reach(target), law.p_by_december(target)), (median, lower, upper)
    cases = _nearest(known, so_far / target, now)
    return Chance(so_far, target, now, *likely, *ends, cases, len(known.cases), reached)


def _nearest(reference: Reference, part: float, as_of: pd.Period) -> pd.DataFrame:
    """Return the published cases nearest in time of the year and part of the target, each year once."""
    wanted = ["as_of", "so_far_new", "target_new", "final_new"]
    known = reference.progress.dropna(subset=wanted)
    away = (known["as_of"].map(lambda day: passed(last_known(day))) - passed(as_of)).abs() / 12
    away = away + (known["so_far_new"] / known["target_new"] - part).abs().clip(upper=1)
    near = known.loc[away.sort_values(kind="stable").index].drop_duplicates(["unit", "year"]).head(NEAREST)
    names = {
        "so_far_new": "so_far",
        "target_new": "target",
        "final_new": "final",
        "source_url_or_page": "source",
    }
    shown = near.rename(columns=names).astype({"so_far": int, "target": int, "final": int})
    shown["reached"] = shown["final"] >= shown["target"]
    columns = ["unit", "year", "as_of", "so_far", "target", "final", "reached", "source"]
    return shown[columns].reset_index(drop=True)


def cases(chance: Chance) -> str:
    """Return the nearest cases as lines of text."""
    heads = [
        label(f"chance_{name}") for name in ("unit", "year", "as_of", "so_far", "target", "final", "reached")
    ]
    table = chance.cases.drop(columns="source")
    table["reached"] = table["reached"].map({True: label("chance_yes"), False: label("chance_no")})
    return "\n".join([label("chance_cases"), table.to_string(index=False, header=heads)])


def _sentences(chance: Chance) -> list[str]:
    """Word a chance: what is known, how likely the target is, where the year may end, what that rests on."""
    stand = {"so_far": number(chance.so_far), "target": number(chance.target), "as_of": month(chance.as_of)}
    ends = {name: _said(getattr(chance, name), chance.so_far) for name in ("lower", "median", "upper")}
    said = "chance_attained" if chance.so_far >= chance.target else "chance_open"
    return [
        label(said, **stand, **about(chance)),
        label("chance_ends", **ends),
        label("chance_grounds", count=chance.known, reached=chance.reached),
    ]


def about(chance: Chance) -> dict[str, str]:
    """Say in how many of 100 cases, as finely as so few of them allow: certain is nothing."""
    return {"p": _about(chance.p_reach), "december": _about(chance.p_by_december)}


def _about(probability: float) -> str:
    return f"{100 * np.clip(round(probability / STEP) * STEP, STEP, 1 - STEP):.0f}"


def _said(products: int, least: int) -> str:
    """Return products rounded to two digits, not below what has come."""
    return number(max(float(f"{products:.{SAID}g}"), least))
