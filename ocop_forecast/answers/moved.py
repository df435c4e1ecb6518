"""What moved the chance of the target since the earlier run, of the province and of every district."""

import pandas as pd

from ocop_forecast.bands import likely
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import in_hundred, month, points
from ocop_forecast.planning.explanation import PARTS
from ocop_forecast.planning.outlook import Outlook

from .answer import Answer, Asked

CHANCES = {"p_before": "share", "p_reach": "share"}


def answer(asked: Asked) -> Answer | None:
    """Tell what moved the chances since the earlier run; None where there is none.

    The table holds the province and the units whose chance moved, the greatest move first. A part is in the
    measure of a chance, and so small a one that it is no per cent is not told in words.
    """
    told = asked.explanation
    if told is None:
        return None
    table = told.table.rename(columns={name: f"part_{name}" for name in PARTS})
    return of(table.assign(before=str(told.before.as_of)), asked.outlook)


def of(table: pd.DataFrame, outlook: Outlook) -> Answer:
    """Make the answer of its table, as a run has written it in its ``moved.csv``."""
    row, earned = table.iloc[-1], outlook.earned
    if row[[*CHANCES]].isna().any():
        return Answer("moved", (label("moved_no_target"),))
    moved = _by_move(table)
    moved = moved.assign(why=[causes(one, earned) for _, one in moved.iterrows()])
    told = [f"part_{name}" for name in PARTS if (moved[f"part_{name}"] != 0).any()]
    styles = {**CHANCES, **dict.fromkeys(told, "points"), "why": "text"}
    return Answer("moved", (said(row, earned), label("moved_grounds")), moved, styles, _picture(row, earned))


def _by_move(table):
    """Put those first whose chance moved most; leave out those whose did not; the province stays last."""
    parts = table[[f"part_{name}" for name in PARTS]]
    moved = table.iloc[:-1][(parts.iloc[:-1].fillna(0) != 0).any(axis=1)]
    size = (moved["p_reach"] - moved["p_before"]).abs()
    return pd.concat([moved.loc[size.sort_values(ascending=False, kind="stable").index], table.iloc[-1:]])


def said(row: pd.Series, earned: bool) -> str:
    """Say in a line what moved the chance of a row of the table."""
    then, now = (likely(row[name], earned) for name in CHANCES)
    terms = {"name": row["name"], "before": month(pd.Period(row["before"])), "then": then, "now": now}
    return label("moved_said", **terms, causes=causes(row, earned))


def causes(row: pd.Series, earned: bool) -> str:
    """Name what moved a chance, the greatest part first: by how many points, or which way alone."""
    parts = _parts(row)
    if parts.empty:
        return label("moved_nothing")
    names = {name: label(f"column_part_{name}").lower() for name in parts.index}
    if earned:
        told = ", ".join(f"{names[name]} {points(part)}" for name, part in parts.items())
        return label("moved_points", causes=told)
    ways = {"moved_up": parts[parts > 0], "moved_down": parts[parts < 0]}
    listed = {key: ", ".join(names[name] for name in one.index) for key, one in ways.items()}
    return "; ".join(label(key, causes=causes) for key, causes in listed.items() if causes)


def _parts(row):
    """Return the parts of a row that are a point of per cent at least when rounded, the greatest first."""
    parts = row[[f"part_{name}" for name in PARTS]].set_axis([*PARTS]).astype(float)
    parts = parts[[in_hundred(part) != 0 for part in parts]]
    return parts.sort_values(key=abs, ascending=False, kind="stable")


def _picture(row, earned):
    """Tell how to draw what moved the province's chance."""

    def draw():
        from ocop_forecast import plots

        ends = {"before": row["p_before"], "now": row["p_reach"]}
        return plots.waterfall(_parts(row), **ends, name=row["name"], earned=earned, width=5.4)

    return draw
