"""Earlier runs: the last of those that lie beside a run, and its results; and what all of them knew."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from ocop_forecast.display import Prose
from ocop_forecast.errors import OcopError, RunError
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import month
from ocop_forecast.models.forecast import Forecast
from ocop_forecast.models.known import Past
from ocop_forecast.periods import year_ahead
from ocop_forecast.planning.changes import Earlier
from ocop_forecast.reporting.meeting import COURSE
from ocop_forecast.tables.province import Province

from . import journal

READ = ("outlook.csv", "draws.npz", "province.json")


class Kind(NamedTuple):
    """What two runs must have in common if one is to be set beside the other."""

    province: str
    year: int
    units_as: str
    count_by: str

    @classmethod
    def of(cls, province: Province) -> "Kind":
        """Return the kind of a run of this province."""
        return cls(province.code, year_ahead(province.as_of), province.units_as, province.count_by)


def told(out: Path | str) -> Prose:
    """List the runs that have ended in `out` with links to their pages, the latest first, or say how to run.

    Examples
    --------
    >>> "ocop-forecast run" in told("no such folder")
    True
    """
    found = [(record, folder) for folder in Path(out).glob("[!.]*/") if (record := _record(folder))]
    lines = [
        label(
            "lab_run_if" if record.get("supposed") else "lab_run",
            name=folder.name,
            page=(folder / "meeting.html").as_posix(),
            month=month(pd.Period(record["as_of"])),
        )
        for record, folder in sorted(found, key=lambda one: (one[0]["as_of"], one[1].name), reverse=True)
    ]
    return Prose("\n".join([label("lab_runs"), "", *lines]) if lines else label("lab_no_runs"))


def read_earlier(folder: Path, kind: Kind) -> Earlier:
    """Read the results of the run in `folder`.

    Raises
    ------
    RunError
        If no run has ended there, its files were changed since, or it is of another kind.
    """
    record = _record(folder)
    found = record and _results(folder, record)
    if not found:
        raise RunError("previous_none", folder=folder)
    earlier, other = found
    if other != kind:
        words = [", ".join(str(part) for part in one if part) for one in (other, kind)]
        raise RunError("previous_other", folder=folder, other=words[0], own=words[1])
    return earlier._replace(province=_tables(folder))


def last_before(as_of: pd.Period, out: Path, kind: Kind, *, of_same: bool = False) -> Earlier | None:
    """Find the latest run in `out` of this kind and of an earlier as-of date; None if there is none.

    With `of_same` one of the same date is as good: that beside which a what-if is set. Of several with one
    as-of date the one that bears its name is taken, or else the first by name.
    """
    found = _before(as_of, out, of_same)
    of_kind = ((folder, earlier) for folder, (earlier, other) in found if other == kind)
    return next((earlier._replace(province=_tables(folder)) for folder, earlier in of_kind), None)


def runs_before(as_of: pd.Period, out: Path, kind: Kind) -> list[Past]:
    """Return what runs of earlier as-of dates in `out` knew, of this kind but of any year; one a date."""
    found: dict[pd.Period, Past] = {}
    for folder, (earlier, other) in _before(as_of, out):
        forecast = earlier.forecast
        if other == kind._replace(year=other.year) and forecast.as_of not in found:
            tables = _tables(folder)
            found[forecast.as_of] = Past(forecast, None if tables is None else tables.rounds)
    return list(found.values())


def course(as_of: pd.Period, out: Path, kind: Kind) -> pd.DataFrame | None:
    """Return what runs of this kind and year in `out` said of the province, up to `as_of`, one a date.

    Returns
    -------
    DataFrame or None
        Index as_of (Period), in the order of time; columns so_far, median, lower, upper (products) and
        p_reach, as in the outlook. None where there is no earlier run.
    """
    rows: dict[pd.Period, pd.Series] = {}
    for _, (earlier, other) in _before(as_of, out):
        if other == kind:
            rows.setdefault(earlier.forecast.as_of, earlier.table.iloc[-1][COURSE])
    if not rows:
        return None
    dates = pd.Index(reversed(rows), dtype=object, name="as_of")
    return pd.DataFrame(list(reversed(rows.values())), dates).astype("float64")


def _tables(folder: Path) -> Province | None:
    """Read the tables of a run; None where another version has written them."""
    try:
        return Province.load(folder / "province.json")
    except OcopError:
        return None


def _before(
    as_of: pd.Period, out: Path, of_same: bool = False
) -> Iterator[tuple[Path, tuple[Earlier, Kind]]]:
    """Yield whole runs in `out` of earlier as-of dates, their results and kinds, the latest first."""
    found = []
    for folder in out.glob("[!.]*/"):
        record = _record(folder) if not journal.is_unfinished(folder) else None
        if record and record.get("supposed"):
            continue  # what was only supposed is no record
        end = pd.Period(record["as_of"]).end_time if record else as_of.end_time
        if record and (end < as_of.end_time or (of_same and end == as_of.end_time)):
            found.append((-end.value, folder.name != record["as_of"], folder.name, folder, record))
    for *_, folder, record in sorted(found, key=lambda one: one[:3]):
        if results := _results(folder, record):
            yield folder, results


def _record(folder):
    """Read the record of the run in a folder; None where no run has ended, or none can be read."""
    try:
        record = journal.read(folder)
        dated = not pd.isna(pd.Period(record["as_of"]))
        return record if dated and record["status"] == "ended" else None
    except (OSError, KeyError, ValueError, TypeError, AttributeError):
        return None


def _results(folder, record):
    """Read the results of an ended run and its kind; None unless its files are still as it wrote them."""
    try:
        if not journal.unchanged(folder, {name: record["files"][name] for name in READ}):
            return None
        text = {"dtype": {"unit": str, "name": str}, "keep_default_na": False, "na_values": [""]}
        outlook = pd.read_csv(folder / "outlook.csv", **text).astype({"target": "Int64"}).set_index("unit")
        forecast = Forecast.load(folder)
    except (OcopError, OSError, KeyError, ValueError, TypeError):
        return None
    settings = record.get("settings", {})
    terms = (settings.get("units_as", ""), settings.get("count_by", ""))
    return Earlier(forecast, outlook), Kind(outlook.index[-1], forecast.year, *terms)
