"""Reasons in words: why a unit has its flag, and what changed since an earlier run."""

from collections.abc import Callable

import pandas as pd

from ocop_forecast.bands import likely
from ocop_forecast.display import Sentence, Table
from ocop_forecast.i18n.catalogue import LANGUAGES, label, set_options
from ocop_forecast.i18n.formats import chances, month, number
from ocop_forecast.planning.changes import Changes
from ocop_forecast.planning.flags import Reason
from ocop_forecast.planning.outlook import Outlook


def reasons(outlook: Outlook) -> pd.DataFrame:
    """Say for each row of an outlook how it stands, with the reason in words.

    Parameters
    ----------
    outlook : Outlook
        As from `assess`.

    Returns
    -------
    DataFrame
        Index `unit`; columns name, flag (one of `FLAGS`), and a column a language: reason_vi, reason_en.

    Examples
    --------
    >>> import ocop_forecast as ocop
    >>> province = ocop.read_province(as_of="2024-09")
    >>> outlook = ocop.assess(ocop.project(province, seed=2024, draws=200), province)
    >>> reasons(outlook).loc["389", "reason_en"][:25]
    '0 of 3 by September 2024.'
    """
    return _in_every_language(
        outlook.flags, "reason", lambda: [" ".join(why(one)) for one in outlook.reasons.values()]
    )


def why(reason: Reason, *, beyond_the_table: bool = False) -> list[str]:
    """Word a reason, a sentence each; beyond the table its count, chance and interval are left out.

    So is the pace that count and target take, where there are dossiers to tell of. A reason that says nothing
    else is told whole.
    """
    in_table, (effort, rounds) = [_count(reason)], _effort(reason)
    further = [*effort, *rounds]
    if reason.flag not in ("attained", "no_target") and not pd.isna(reason.p_reach):
        ends = {name: getattr(reason, name) for name in ("median", "lower", "upper")}
        in_table.append(_likelihood(reason))
        in_table.append(label("reason_range", level=number(100 * reason.level), **ends))
        if reason.dossiers is not None:
            dossiers = label("reason_dossiers", **vars(reason.dossiers))
            further = [dossiers, *([] if beyond_the_table else effort), *rounds]
    return further if beyond_the_table and further else [*in_table, *further]


def _count(reason):
    """Hold the count against the target, or name the months that were not reported."""
    said = {"so_far": reason.so_far, "target": "" if reason.target is None else reason.target}
    if reason.flag == "no_report" and reason.unreported:
        return label("reason_unreported", months=", ".join(map(month, reason.unreported)), **said)
    return label(f"reason_{reason.flag}", month=month(reason.as_of), **said)


def _likelihood(reason):
    """Tell the chance in so many of a hundred years; or whether it is high, where no more is known."""
    if reason.earned:
        return label(f"reason_chance_{reason.of}", chances=chances(reason.p_reach))
    return label("reason_band", band=likely(reason.p_reach, earned=False))


def _effort(reason):
    """Tell the effort that the target takes: by month beside the pace so far, in all in the last month.

    Then the rounds that are left for it; each in a list of its own, which is empty where nothing is to tell.
    """
    if reason.flag not in ("at_risk", "needs_support") or not reason.months_left:
        return [], []
    said = {"needed": number(reason.needed_per_month, 1), "pace": number(reason.pace, 1)}
    missing = label("reason_missing", missing=reason.target - reason.so_far)
    effort = missing if reason.months_left < 1 else label("reason_pace", **said)
    left = reason.rounds_left
    return [effort], [] if left is None else [label("reason_rounds", left=left)]


def changed(changes: Changes) -> pd.DataFrame:
    """Add to the table of changes why each row changed, a column a language: why_vi, why_en."""
    rows = [row for _, row in changes.table.iterrows()]
    table = changes.table.drop(columns=["new", "late"])
    return _in_every_language(table, "why", lambda: [moved(row, changes) for row in rows])


def moved(row: pd.Series, changes: Changes) -> str:
    """Tell every fact that changed in a row of `Changes.table`, or that the change lies elsewhere."""
    if pd.isna(row["flag_before"]):
        return label("change_added")
    late, parts = row["late"], []
    if row["new"] > 0:
        parts.append(label("change_new", count=row["new"]))
    if late:
        parts.append(label("change_late" if late > 0 else "change_struck", count=abs(late)))
    if str(row["target"]) != str(row["target_before"]):
        targets = {"before": row["target_before"], "now": row["target"]}
        said = {name: "–" if pd.isna(target) else int(target) for name, target in targets.items()}
        parts.append(label("change_target", **said))
    if row["moved"] and "no_report" in (row["flag"], row["flag_before"]):
        parts.append(label("change_report"))
    if row["new"] == 0 and changes.before.end_time < changes.now.end_time:
        parts.append(label("change_nothing", before=month(changes.before), now=month(changes.now)))
    return "; ".join(parts) or label("change_elsewhere")


def summary(changes: Changes) -> Sentence:
    """Tell how many units moved, and the province's probability where it has a target."""
    row, units = changes.province, changes.units
    counts = {"moved": int(units["moved"].sum()), "units": len(units)}
    lines = [label("change_line", before=month(changes.before), **counts)]
    if not row[["p_before", "p_reach"]].isna().any():
        said: dict[str, str | int] = {
            name: likely(row[name], changes.earned) for name in ("p_before", "p_reach")
        }
        said |= {name: int(row[name]) for name in ("so_far_before", "so_far")}
        told = "change_province" if changes.earned else "change_province_band"
        lines.append(label(told, name=row["name"], **said))
    return Sentence("\n".join(lines))


def _in_every_language(table: pd.DataFrame, name: str, say: Callable[[], list[str]]) -> pd.DataFrame:
    """Add to a table a column a language, with what `say` says in it."""
    table = Table(table)
    for lang in LANGUAGES:
        with set_options(lang=lang):
            table[f"{name}_{lang}"] = say()
    return table
