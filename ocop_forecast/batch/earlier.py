"""Earlier runs: which of those that lie beside a run was the last, and what it said."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from ocop_forecast.errors import OcopError, RunError
from ocop_forecast.models.forecast import Forecast
from ocop_forecast.planning.changes import Earlier

from . import journal

READ = ("outlook.csv", "draws.npz")


class Kind(NamedTuple):
    """What two runs must have in common if one is to be set beside the other."""

    province: str
    year: int
    units_as: str
    count_by: str


def read_earlier(folder: Path, kind: Kind) -> Earlier:
    """Read what the run in `folder` said.

    Raises
    ------
    RunError
        If no run has ended there, its files were changed since, or it is of another kind.
    """
    record = _ended(folder)
    said = record and _said(folder, record)
    if said is None:
        raise RunError("previous_none", folder=folder)
    if (other := _kind(record, said)) != kind:
        words = {"other": _words(other), "own": _words(kind)}
        raise RunError("previous_other", folder=folder, **words)
    return said


def last_before(as_of: pd.Period, out: Path, kind: Kind) -> Earlier | None:
    """Return the latest run in `out` of this kind and of an earlier as-of date; None if there is none.

    Of several with one as-of date the one that bears its name is taken, or else the first by name.
    """
    found = []
    for folder in out.glob("[!.]*/"):
        record = _ended(folder) if folder.suffix != ".unfinished" else None
        if record and (end := pd.Period(record["as_of"]).end_time) < as_of.end_time:
            found.append((-end.value, folder.name != record["as_of"], folder.name, folder, record))
    for *_, folder, record in sorted(found, key=lambda one: one[:3]):
        said = _said(folder, record)
        if said is not None and _kind(record, said) == kind:
            return said
    return None


def _ended(folder):
    """Return the record of the run in a folder; None where no run has ended, or none can be read."""
    try:
        record = journal.read(folder)
        dated = not pd.isna(pd.Period(record["as_of"]))
        return record if dated and record["status"] == "ended" else None
    except (OSError, KeyError, ValueError, TypeError, AttributeError):
        return None


def _said(folder, record):
    """Return what an ended run said, if its files are still as it wrote them."""
    try:
        known = {name: record["files"][name] for name in READ}
        if not journal.faithful(folder, known):
            return None
        text = {"dtype": {"unit": str, "name": str}, "keep_default_na": False, "na_values": [""]}
        outlook = pd.read_csv(folder / "outlook.csv", **text).astype({"target": "Int64"})
        return Earlier(Forecast.load(folder), outlook.set_index("unit"))
    except (OcopError, OSError, KeyError, ValueError, TypeError):
        return None


def _kind(record, said):
    settings = record.get("settings", {})
    terms = (settings.get("units_as", ""), settings.get("count_by", ""))
    return Kind(said.outlook.index[-1], said.forecast.year, *terms)


def _words(kind):
    return ", ".join(str(part) for part in kind if part)
