"""The files of a run: the forecast's tables and hub for machines, workbook and page for the meeting."""

from collections.abc import Iterator
from os import PathLike
from pathlib import Path

import pandas as pd

from ocop_forecast.evaluation.backtest import OURS
from ocop_forecast.evaluation.skill import (
    decomposition,
    order,
    order_by_month,
    pit_histogram,
    reliability,
    skill,
)
from ocop_forecast.files.writing import whole
from ocop_forecast.i18n.catalogue import label, language
from ocop_forecast.planning.attainment import COLUMNS
from ocop_forecast.planning.flags import contingency
from ocop_forecast.planning.outlook import Outlook
from ocop_forecast.planning.support import Plan

from . import hub
from .advice import advice
from .letterhead import Template
from .note import write_note
from .pack import Pack
from .pack import table as outlook_shown
from .page import page, pictures
from .reasons import changed, reasons
from .workbook import write_workbook

OUTLOOK = [*COLUMNS, "flag"]
SIGNS = {"vi": ";", "en": ","}  # between the columns, as a spreadsheet of the language has them
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # what a spreadsheet takes for the start of a formula


def write(folder: str | PathLike, pack: Pack, template: Template | None = None) -> list[str]:
    """Write the tables, hub, pictures, workbook, note and page into `folder`; return their names.

    As `written` does, all at once.
    """
    return [name for names in written(folder, pack, template) for name in names]


def written(folder: str | PathLike, pack: Pack, template: Template | None = None) -> Iterator[list[str]]:
    """Write the files of a pack one after the other, the tables first; yield the names of what was written.

    The folder is made if it is not there; each file is written whole or not at all. Names are as seen from
    `folder`. The template is the note's, as for `write_note`.
    """
    folder, drawn, outlook = Path(folder), {}, pack.outlook
    yield _tables(folder, pack)
    terms = {"total": outlook.code, "caution": pack.caution}
    exchanged = hub.write(folder / "hub", outlook.forecast, outlook.table["target"], **terms)
    yield [f"hub/{name}" for name in exchanged]
    for name, one in pictures(pack):
        drawn[name] = one
        yield _pictures(folder, {f"{name}.{kind}": data for kind, data in one.files.items()})
    with whole(folder / "meeting.xlsx") as draft:
        write_workbook(draft, pack)
    yield ["meeting.xlsx"]
    with whole(folder / "meeting.docx") as draft:
        write_note(draft, pack, drawn["province"].files["png"], template)
    yield ["meeting.docx"]
    with whole(folder / "meeting.html") as draft:
        draft.write_text(page(pack, drawn), encoding="utf-8", newline="\n")
    yield ["meeting.html"]


def _tables(folder, pack):
    """Write the tables, for machines but for the last, which is for people; return their names."""
    outlook = pack.outlook
    told = outlook.forecast.frame(targets=outlook.table["target"], total=outlook.code)
    tables = {
        "forecast": told.set_index("as_of"),
        "outlook": outlook.table.assign(flag=outlook.flags["flag"])[OUTLOOK],
        "flags": reasons(outlook),
        "stock": pack.stock,
        "gains": pack.gains,
        "changes": None if pack.changes is None else changed(pack.changes),
        "pipeline": pack.standing,
        "plan": None if pack.plan is None else pack.plan.table,
        "past": None if pack.past is None else pack.past.set_index("origin"),
        "moved": None if pack.moved is None else pack.moved.table,
    }
    written = {f"{name}.csv": table for name, table in tables.items() if table is not None}
    for name, table in written.items():
        _csv(folder / name, table)
    _for_people(folder / "meeting.csv", pack)
    return [*written, "meeting.csv", *_calendar(folder, pack)]


def _calendar(folder, pack):
    """Write the calendar file, if certificates are known."""
    if not pack.calendar:
        return []
    with whole(folder / "certificates.ics") as draft:
        draft.write_text(pack.calendar, encoding="utf-8", newline="")
    return ["certificates.ics"]


def _for_people(path, pack):
    """Write the outlook as the page shows it, for a spreadsheet of the reader's country.

    No text in it is a formula, and where the data are not real or only supposed, every row says so.
    """
    shown = outlook_shown(pack.outlook).reset_index(names=pack.heading("unit"))
    for name in shown.columns[:2]:
        shown[name] = [f"'{text}" if str(text).strip().startswith(FORMULA) else text for text in shown[name]]
    if pack.marks:
        shown[label("column_demo")] = ". ".join(pack.marks)
    with whole(path) as draft:  # the mark tells Excel that it is UTF-8
        shown.to_csv(draft, sep=SIGNS[language()], index=False, encoding="utf-8-sig", lineterminator="\r\n")


def _pictures(folder, drawn):
    """Write pictures by their names into the folder of figures; return where they lie."""
    for name, data in drawn.items():
        with whole(Path(folder) / "figures" / name) as draft:
            draft.write_bytes(data)
    return [f"figures/{name}" for name in drawn]


def write_backtest(
    folder: str | PathLike, rows: pd.DataFrame, said: str, *, name: str, mark: str = ""
) -> None:
    """Write verdict.txt, the tables as CSV and the pictures of a backtest into `folder`.

    The folder is made if it is not there; each file is written whole or not at all.

    Parameters
    ----------
    folder : path
        Where to.
    rows : DataFrame
        As from `backtest`.
    said : str
        The verdict and its tables in words.
    name : str
        What the province is called in its picture.
    mark : str
        What pictures say of data that are not real.
    """
    from ocop_forecast import plots, style

    with whole(Path(folder) / "verdict.txt") as draft:
        draft.write_text(said, encoding="utf-8", newline="\n")
    tables = {"skill": skill(rows), "decomposition": _parts(rows), "order": order_by_month(rows)}
    tables |= {"reliability": reliability(rows), "flags": contingency(rows)}
    _csv(Path(folder) / "backtest.csv", rows, index=False, float_format="%.6g")
    for stem, table in tables.items():
        _csv(Path(folder) / f"{stem}.csv", table, float_format="%.6g")
    province = rows[(rows["level"] == "province") & (rows["method"] == OURS)]
    axes = {
        "past": plots.record(province, name=name, level=rows.attrs["level"]),
        "reliability": plots.reliability(tables["reliability"]),
        "pit": plots.pit(pit_histogram(rows)),
    }
    _pictures(folder, {f"{stem}.svg": style.svg(style.marked(one, mark)) for stem, one in axes.items()})


def _parts(rows):
    """Return the Brier score's parts and what the order told, by method and year, then of all years."""
    yearly, whole = (
        decomposition(rows, by).join(order(rows, by)) for by in (("method", "year"), ("method",))
    )
    return pd.concat([yearly, whole.assign(year="all").set_index("year", append=True)])


def write_plan(
    folder: str | PathLike, outlook: Outlook, places: pd.DataFrame, plan: Plan, said: str, *, mark: str = ""
) -> None:
    """Write a plan into `folder`: plan.txt, plan.csv, curve.csv, effects.csv and pictures.

    The folder is made if it is not there; each file is written whole or not at all.

    Parameters
    ----------
    folder : path
        Where to.
    outlook, plan
        As from `assess` and `support`.
    places : DataFrame
        The units, as in `Province`: where they lie on the map.
    said : str
        The plan in words.
    mark : str
        What pictures say of data that are not real.
    """
    from ocop_forecast import plots, style

    with whole(Path(folder) / "plan.txt") as draft:
        draft.write_text(f"{said}\n", encoding="utf-8", newline="\n")
    reasons = [advice(plan, unit) for unit in plan.table.index]
    tables = {"plan": plan.table.assign(reason=reasons), "curve": plan.curve, "effects": plan.effects}
    for stem, table in tables.items():
        _csv(Path(folder) / f"{stem}.csv", table)
    axes = {
        "plan": plots.tiles(outlook.table, places, plan=plan.table, earned=outlook.earned),
        "budget": plots.budget(plan.curve, goal=plan.goal, budget=plan.budget, earned=plan.earned),
    }
    _pictures(folder, {f"{stem}.svg": style.svg(style.marked(one, mark)) for stem, one in axes.items()})


def _csv(path, frame, **options):
    with whole(path) as draft:
        frame.to_csv(draft, encoding="utf-8", lineterminator="\n", **options)
