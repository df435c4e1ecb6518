"""A province's tables between two of their states: some of what changed has happened, the rest has not."""

from collections.abc import Callable, Collection
from dataclasses import replace

import pandas as pd

from .dossiers import closed
from .province import Province, known_rounds
from .register import count_months

CHANGES = ("time", "new", "late", "corrections", "rounds", "dossiers", "target")


def between(before: Province, after: Province, done: Collection[str]) -> Province:
    """Return the tables of `before` with those of `CHANGES` that are done as they are in `after`.

    ``time`` is the as-of date; ``new`` are decisions after that of `before`, which need the time; ``late``
    are earlier ones of products that `before` did not know, and ``corrections`` all else that its register
    says otherwise; ``rounds`` are the rounds and breaks, ``dossiers`` their stages, ``target`` the targets.
    A decision closes its dossier.

    Examples
    --------
    >>> from ocop_forecast import read_province
    >>> before, after = (read_province(as_of=as_of) for as_of in ("2024-08", "2024-09"))
    >>> counts = [between(before, after, done).panel.loc["2024"] for done in ((), ("time",), ("time", "new"))]
    >>> [(len(panel), int(panel.to_numpy().sum())) for panel in counts]
    [(8, 49), (9, 49), (9, 52)]
    """
    if {*CHANGES} <= {*done}:
        return after
    as_of = (after if "time" in done else before).as_of
    register = _register(before, after, done, as_of)
    planned = after if "rounds" in done else before
    return replace(
        before,
        as_of=as_of,
        register=register,
        targets=(after if "target" in done else before).targets,
        rounds=None if planned.rounds is None else known_rounds(_as_planned(planned.rounds, as_of), as_of),
        breaks=planned.breaks,
        dossiers=_dossiers(before, after, done, register),
    )


def _register(before, after, done, as_of):
    """Return the rows of the register that have come to be, counted up to `as_of`."""
    old, known, late, new = _rows(before, after)
    parts = [known if "corrections" in done else old]
    parts += [late] if "late" in done else []
    parts += [new] if "new" in done else []
    units = after.register["unit"].cat.categories
    rows = pd.concat([part.astype({"unit": "object"}).drop(columns="month") for part in parts])
    months = count_months(rows, before.count_by)
    every = pd.period_range(f"{months.min().year}-01", as_of.asfreq("M"), freq="M")
    rows["unit"] = pd.Categorical(rows["unit"], categories=units)
    rows["month"] = pd.Categorical(months, categories=every)
    rows = rows.sort_values("decision_date", kind="stable").reset_index(drop=True)
    rows.attrs = {"as_of": as_of, "later": 0}
    return rows


def _rows(before, after):
    """Return the register then, its rows now, earlier decisions that it did not know, and later ones."""
    old, now = before.register, after.register
    then, there = now["decision_date"] <= before.as_of.end_time, _keys(now).isin({*_keys(old)})
    return old, now[then & there], now[then & ~there], now[~then]


def _keys(register):
    """Return what each row's product is known by; where reports count products, its place in its month."""
    counted = register.groupby(["unit", "month"], observed=True).cumcount().astype(str)
    place = register["unit"].astype(str) + " " + register["month"].astype(str) + " " + counted
    return register["certificate"].astype("object").where(register["certificate"].notna(), place)


def _as_planned(rounds, as_of):
    """Return the rounds as before those held after `as_of` were held."""
    later = (rounds["status"] == "held") & (rounds["date"] > as_of.end_time)
    return rounds.assign(
        status=rounds["status"].mask(later, "planned"), recognised=rounds["recognised"].mask(later)
    )


def _dossiers(before, after, done, register):
    """Return the dossiers, closed by the decisions that have come to be."""
    table = (after if "dossiers" in done else before).dossiers
    if table is None:
        return None
    if "new" in done:
        return closed(table, register)
    later = (table["stage"] == "recognised") & (table["stage_date"] > before.as_of.end_time)
    return table[~later].reset_index(drop=True)


def differences(before: Province, after: Province) -> tuple[str, ...]:
    """Return those of `CHANGES` that change anything between two states.

    Examples
    --------
    >>> from ocop_forecast import read_province
    >>> differences(*(read_province(as_of=as_of) for as_of in ("2024-08", "2024-09")))
    ('time', 'new', 'rounds')
    """
    old, known, late, new = _rows(before, after)
    differs: dict[str, Callable[[], bool]] = {
        "time": lambda: before.as_of != after.as_of,
        "new": lambda: len(new) > 0,
        "late": lambda: len(late) > 0,
        "corrections": lambda: _facts(old) != _facts(known),
        "rounds": lambda: not (_same(before.breaks, after.breaks) and _same_rounds(before, after)),
        "dossiers": lambda: not _same(before.dossiers, after.dossiers),
        "target": lambda: not _same(before.targets, after.targets),
    }
    return tuple(name for name in CHANGES if differs[name]())


def _facts(register):
    """List what counts hang on, whatever the order of the rows."""
    columns = ("unit", "decision_date", "event", "programme_year")
    return sorted(zip(_keys(register), *(register[name].astype("str") for name in columns), strict=True))


def _same_rounds(before, after):
    """Tell whether both states know the same rounds, but for what time alone has changed."""
    if before.rounds is None or after.rounds is None:
        return before.rounds is after.rounds
    return _same(known_rounds(before.rounds, after.as_of), after.rounds)


def _same(one, other):
    """Tell whether two tables, either of which may be missing, say the same."""
    if one is None or other is None:
        return one is other
    columns = [name for name in one if name in other]
    return len(one) == len(other) and one[columns].reset_index(drop=True).equals(
        other[columns].reset_index(drop=True)
    )
