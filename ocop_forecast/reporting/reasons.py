"""Reasons in words: why a unit has its flag, and what changed since an earlier run."""

from collections.abc import Callable

import pandas as pd

from ocop_forecast.bands import likely
from ocop_forecast.display import Sentence, Table
from ocop_forecast.i18n.catalogue import LANGUAGES, label, set_options
from ocop_forecast.i18n.formats import chances, day, interval, month, number
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
    """Word a reason, a sentence each; beyond the table, what count, target and chance do not tell already.

    That is where its dossiers are and how its past years went on from here; without either the pace that the
    target takes. Who has not reported, or has no target, is told so.
    """
    facts = [*_dossiers(reason), *_past(reason)]
    if beyond_the_table and reason.flag not in ("no_report", "no_target"):
        return facts or _effort(reason)
    told = [_count(reason)]
    if reason.flag not in ("attained", "no_target") and not pd.isna(reason.p_reach):
        span = interval(reason.lower, reason.upper)
        told.append(_likelihood(reason))
        terms = {"level": number(100 * reason.level), "median": reason.median, "interval": span}
        told += [label("reason_range", **terms), *_effort(reason)]
    return [*told, *facts]


def standing(flag: str, of: str = "unit") -> str:
    """Name a flag: of a province, which nobody supports, that its target is unlikely."""
    return label("flag_province" if of == "province" and flag == "needs_support" else f"flag_{flag}")


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
    """Tell the effort that the target takes: by month beside the pace so far, in all in the last month."""
    if reason.flag not in ("at_risk", "needs_support") or not reason.months_left:
        return []
    if reason.months_left < 1:
        return [label("reason_missing", missing=reason.target - reason.so_far)]
    return [label("reason_pace", needed=number(reason.needed_per_month, 1), pace=number(reason.pace, 1))]


def _dossiers(reason):
    """Tell where the open dossiers are, and where some are still to be submitted, until when."""
    if reason.dossiers is None or reason.flag in ("attained", "no_target"):
        return []
    known, last = reason.dossiers, (reason.councils or [None])[-1]
    early = known.open - known.committed - known.submitted
    parts = {"committed": known.committed, "submitted": known.submitted, "early": early}
    said = [label(f"reason_{name}", count=count) for name, count in parts.items() if count]
    before = "; ".join(said) or label("reason_bare")
    if last is None or reason.of == "province" or (known.open and not early):
        return [f"{before}."]
    return [label("reason_last", said=before, day=day(last))]


def _past(reason):
    """Tell how the latest past years went on from this month; nothing once the target is met."""
    if reason.flag in ("attained", "no_target"):
        return []
    years = [{**then._asdict(), "month": month(then.month)} for then in reason.past[-2:]]
    said = "; ".join(label("reason_year", **then) for then in years)
    return [f"{said[0].upper()}{said[1:]}."] if said else []


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
