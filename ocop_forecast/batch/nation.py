"""The country from runs that have ended: each province's folder read, and the summary of all written."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from ocop_forecast.errors import OcopError, RunError, worded
from ocop_forecast.evaluation.backtest import OURS
from ocop_forecast.models.known import Plans
from ocop_forecast.planning.nation import Country, Member
from ocop_forecast.reporting.nation import BEFORE, Nation, link, write
from ocop_forecast.settings import Settings
from ocop_forecast.tables.province import Province
from ocop_forecast.terms import set_options

from . import journal
from .earlier import Kind, read_earlier

TERMS = ("draws", "seed", "units_as", "count_by")  # without which forecasts cannot be added up


class _Read(NamedTuple):
    """A province read from its run."""

    member: Member
    facts: dict
    year: int
    mark: str


def summarise(
    place: Path, runs: Mapping[str, Path], refused: Mapping[str, str], settings: Settings
) -> Nation:
    """Read runs that have ended, each of one province, and write the country's summary.

    Of every run only the province's totals are kept, so that a country takes little memory.

    Parameters
    ----------
    place : Path
        The folder of the summary, which is there: nation.html, nation.xlsx, nation.csv go into it.
    runs : mapping of str to Path
        Name of a province's folder or workbook -> the folder of its run.
    refused : mapping of str to str
        Name -> why it could not be run, in words. Runs that cannot be added up with the others join them:
        those of another year than most, on other settings, of a province that is there already, and those
        that have not ended or were changed since.
    settings : Settings
        Those of all runs.

    Returns
    -------
    Nation
        Its `headline` is the answer in words.

    Raises
    ------
    RunError
        If no run is left.

    Examples
    --------
    >>> try:
    ...     summarise(Path("nowhere"), {}, {}, Settings())
    ... except RunError as error:
    ...     print(error.exit_code)
    4
    """
    with set_options(lang=settings.lang):
        found, told = {}, dict(refused)
        for name in sorted(runs):
            try:
                found[name] = _read(name, runs[name], place, settings)
            except OcopError as error:
                told[name] = error.tell()
        alike, odd = _alike(found)
        if not alike:
            raise RunError("nation_none")
        country = Country.of((one.member for one in alike), settings.seed, alike[0].year)
        facts = pd.DataFrame.from_dict({one.member.key: one.facts for one in alike}, orient="index")
        mark = next((one.mark for one in alike if one.mark), "")
        nation = Nation(country, facts, told | odd, settings, mark)
        write(place, nation)
        return nation


def _alike(found):
    """Choose the provinces that can be added up: of the year that most are of, each province once."""
    counts = Counter(one.year for one in found.values())
    year = max(counts, key=lambda one: (counts[one], one), default=None)
    kept: dict[str, str] = {}
    odd = {}
    for name, one in found.items():
        if one.year != year:
            odd[name] = worded("nation_other_year", year=one.year, most=year)
        elif one.member.key in kept:
            odd[name] = worded("nation_twice", other=kept[one.member.key])
        else:
            kept[one.member.key] = name
    return [found[name] for name in kept.values()], odd


def _read(name, folder, place, settings):
    """Read a province's run; raise RunError where it cannot be added up with runs on these settings."""
    record = journal.read(folder)
    asked = record.get("settings", {})
    if other := [term for term in TERMS if asked.get(term) != getattr(settings, term)]:
        raise RunError("nation_other_terms", names=", ".join(other))
    province = Province.load(folder / "province.json")
    earlier = read_earlier(folder, Kind.of(province))
    row, named = earlier.table.iloc[-1].copy(), province.code != "total"
    row["name"] = row["name"] if named else name
    member = Member.of(province.code if named else name, row, earlier.forecast, _past(folder, province))
    facts = {"as_of": province.as_of, "page": link(folder / "meeting.html", place), **_changed(folder)}
    facts |= _quality(province) | {"failed": _failed(record)}
    return _Read(member, facts, earlier.forecast.year, province.mark())


def _past(folder, province):
    """Read where what came lay among past years' draws; reconstructed years are no evidence."""
    path = folder / "past.csv"
    if not path.is_file():
        return pd.Series(dtype=float)
    rows = pd.read_csv(path).set_index("year")
    rows = rows[(rows["method"] == OURS) & (rows["level"] == "province")]
    real = Plans.of_register(province.register, province.panel.index).real
    rows = rows[rows.index.map(real).fillna(False).astype(bool)]
    return (rows["below"] + rows["at"]) / 2


def _changed(folder):
    """Read what the run before said of the province; nothing where there was none."""
    path = folder / "changes.csv"
    if not path.is_file():
        return dict.fromkeys(BEFORE)
    return pd.read_csv(path).iloc[-1][BEFORE].to_dict()


def _quality(province):
    """Count what a province's data are, and what is missing."""
    register, now = province.register, province.as_of.asfreq("M")
    new = register[register["event"] == "new"]
    last = register["decision_date"].max().to_period("M")
    return {
        "rows": len(register),
        "new": len(new),
        "reconstructed": int((new["origin"] == "reconstructed").sum()),
        "left_out": province.left_out,
        "later": register.attrs["later"],
        "silent": len(province.silent),
        "behind": max(now.ordinal - last.ordinal, 0),
    }


def _failed(record):
    return sum(outcome["status"] != "done" for outcome in record.get("notebooks", {}).values())
