"""What one meeting is given: all views of one forecast, and what must be known of them."""

from collections.abc import Mapping
from os import PathLike

import pandas as pd

from ocop_forecast.answers.answer import Asked
from ocop_forecast.answers.every import every
from ocop_forecast.evaluation.record import record
from ocop_forecast.i18n.catalogue import label, language
from ocop_forecast.models.projection import Projection
from ocop_forecast.planning.changes import Earlier, changes
from ocop_forecast.planning.coverage import coverage
from ocop_forecast.planning.explanation import Explanation
from ocop_forecast.planning.gains import gains
from ocop_forecast.planning.outlook import assess
from ocop_forecast.planning.support import support
from ocop_forecast.settings import Settings
from ocop_forecast.tables.certificates import stock
from ocop_forecast.tables.province import Province
from ocop_forecast.terms import check_kind, check_path

from .calendar import calendar
from .pack import Pack, cautions
from .provenance import imprint
from .verdict import brief, caution
from .writing import write

COURSE = ["so_far", "median", "lower", "upper", "p_reach"]


def write_report(
    folder: str | PathLike,
    province: Province,
    projection: Projection,
    *,
    budget: int = 0,
    goal: str = "units",
) -> list[str]:
    """Write all that a meeting is given into a folder: page, workbook, note, tables, pictures, hub.

    Parameters
    ----------
    folder : path
        Where to; made if it is not there. Each file is written whole or not at all.
    province, projection
        As from `read_province` and `project`.
    budget : int
        VND for support, 0 for no plan of it.
    goal : {"units", "products", "province"}
        What the plan does most for, as in `support`.

    Returns
    -------
    list of str
        The names of the files, as seen from `folder`.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import ocop_forecast as ocop
    >>> province = ocop.read_province(as_of="2024-09")
    >>> with TemporaryDirectory() as folder:
    ...     names = ocop.write_report(folder, province, ocop.project(province, seed=2024, draws=200))
    >>> "meeting.html" in names
    True
    """
    check_path("folder", folder)
    check_kind("province", province, Province, "read_province")
    check_kind("projection", projection, Projection, "project")
    settings = Settings(
        draws=len(projection.forecast.draws),
        seed=projection.seed,
        lang=language(),
        units_as=province.units_as,
        count_by=province.count_by,
        budget=budget,
        goal=goal,
    )
    return write(folder, prepared(province, projection, settings, inputs={}))


def prepared(
    province: Province,
    projection: Projection,
    settings: Settings,
    *,
    inputs: Mapping[str, str],
    earlier: Earlier | None = None,
    course: pd.DataFrame | None = None,
    explanation: Explanation | None = None,
) -> Pack:
    """Gather all that a meeting is given of one forecast.

    Parameters
    ----------
    province, projection
        As from `read_province` and `project`.
    settings : Settings
        Those of the run.
    inputs : mapping of str to str
        The files that were read, each with its SHA-256.
    earlier : Earlier, optional
        What an earlier run of this year said.
    course : DataFrame, optional
        What all of them said of the province, as in `Pack`; this forecast is added.
    explanation : Explanation, optional
        What moved the chances since the earlier run.
    """
    outlook = assess(projection, province)
    plan, past, trust = None, record(province, settings.seed), label("record_none")
    if settings.budget and outlook.table["target"].notna().any():
        plan = support(outlook, budget=settings.budget, goal=settings.goal)
    if past is not None:
        made_up = caution(past, province)
        trust = "\n".join(filter(None, [brief(past), made_up]))
    return Pack(
        outlook,
        _certified(province, outlook),
        gains(outlook),
        changes=None if earlier is None else changes(outlook, earlier),
        standing=None if projection.pipeline is None else coverage(projection, outlook),
        plan=plan,
        past=past,
        course=_course(course, outlook),
        paths=_paths(outlook.forecast),
        places=province.units,
        supposed=province.suppositions(),
        notes=imprint(province, projection.results, outlook, settings, inputs),
        caution=cautions(province, projection.forecast),
        example=province.example_note(),
        mark=province.mark(),
        trust=trust,
        calendar="" if province.progress is not None else calendar(province),
        answers=every(Asked(province, projection, outlook, plan, explanation)),
    )


def _course(earlier, outlook):
    """Add this forecast to those of the year's earlier runs; one alone is no course."""
    own = outlook.province[COURSE].to_frame(outlook.as_of).T
    if earlier is None or (earlier := earlier[[at != outlook.as_of for at in earlier.index]]).empty:
        return None
    return pd.concat([earlier[COURSE], own]).astype("float64")


def _paths(forecast):
    """Add up the months of every past year that is known whole; None where there is none."""
    panel = forecast.panel[forecast.panel.index.year < forecast.year]
    whole = panel.groupby(panel.index.year).filter(lambda year: len(year) == 12)
    if whole.empty:
        return None
    totals = whole.groupby(whole.index.year).cumsum()
    return totals.set_axis(
        pd.MultiIndex.from_arrays([whole.index.year, whole.index.month], names=["year", "month"])
    )


def _certified(province, outlook):
    """Count the certificates of the outlook's units and the province; None where reports tell of none."""
    if province.progress is not None:
        return None
    certified = stock(province.register).rename({"total": outlook.code}).loc[outlook.table.index]
    certified.insert(0, "name", outlook.table["name"])
    return certified
