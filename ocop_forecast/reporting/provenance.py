"""What a pack says of its own making: as of when, by which rules, from what data, with which seed."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from ocop_forecast import __version__
from ocop_forecast.bands import likely
from ocop_forecast.i18n.catalogue import label, language
from ocop_forecast.i18n.formats import day, month, number, percent
from ocop_forecast.models.trend import TrendResults
from ocop_forecast.planning.outlook import Outlook
from ocop_forecast.settings import Settings
from ocop_forecast.tables.province import Province
from ocop_forecast.tables.register import both_ways


def imprint(
    province: Province, results: TrendResults, outlook: Outlook, settings: Settings, inputs: Mapping[str, str]
) -> dict[str, str]:
    """Tell from which data and by which rules a pack is made, in the order shown: heading -> text.

    `inputs` are the files that were read, each with its SHA-256. They and the settings make the run's mark:
    two packs that bear the same come from the same data, asked for in the same way.
    """
    origins = province.register["origin"].value_counts()
    counts = {origin: int(origins.get(origin, 0)) for origin in ("published", "reconstructed")}
    fallbacks = "; ".join(label(f"fit_{note}") for note in results.notes)
    rule = {name: percent(at) for name, at in vars(outlook.rule).items()}
    reach, warned = likely(outlook.province["p_reach"], outlook.earned), len(province.warnings)
    told: tuple = (__version__, str(province.as_of), sorted(vars(settings).items()), sorted(inputs.items()))
    told += (sorted(province.supposed.items()),) if province.supposed else ()
    notes = {
        "note_as_of": month(province.as_of),
        "note_last": "" if province.progress is not None else day(province.register["decision_date"].max()),
        "note_progress": province.reported(),
        "note_year": _year_that_counts(province, settings),
        "note_units_as": label(f"units_as_{settings.units_as}") if settings.units_as else "",
        "note_unread": _unread(province),
        "note_warnings": label("note_warnings_count", count=warned) if warned else "",
        "note_probability": label(
            "note_probability_text" if outlook.earned else "note_probability_band", p=reach
        ),
        "note_interval": label("note_interval_text", level=number(100 * outlook.level)),
        "note_sums": label("note_sums_text"),
        "note_rule": label("note_rule_text", **rule),
        "note_origin": label("note_origin_counts", **counts) if any(counts.values()) else "",
        "note_dossiers": province.example_note(),
        "note_breaks": _breaks(province) if "breaks" in results.notes else "",
        "note_rounds": _rounds(province) if "rounds" in results.notes else "",
        "note_fit": fallbacks or label("note_fit_none"),
        "note_draws": f"{settings.draws}; {settings.seed}",
        "note_sources": ", ".join(f"{name} ({known[:8]})" for name, known in inputs.items()),
        "note_run": hashlib.sha256(repr(told).encode()).hexdigest()[:12],
        "note_version": f"ocop_forecast {__version__}",
    }
    return {label(key): text for key, text in notes.items() if text}


def _year_that_counts(province, settings):
    """Say by which date a product counts to this year, and what the other way would give."""
    year = province.as_of.year
    counts = both_ways(province.register).reindex([year], fill_value=0).loc[year]
    key = "note_year_programme" if settings.count_by == "programme" else "note_year_decision"
    return label(key, year=year, **counts)


def _unread(province):
    """List the columns of the office's files that were not read, file by file."""
    unread = [fault for fault in province.warnings if fault.key == "columns_unread"]
    return "; ".join(f"{Path(fault.file).name}: {fault.values['names']}" for fault in unread)


def _breaks(province):
    """List the breaks before the as-of date, each with its day."""
    past = province.breaks[province.breaks["date"] <= province.as_of.end_time]
    return "; ".join(f"{day(row.date)}: {getattr(row, f'what_{language()}')}" for row in past.itertuples())


def _rounds(province):
    """List the days of the rounds that are planned, and how many if two fall on one."""
    planned = province.rounds.loc[province.rounds["status"] == "planned", "date"].value_counts().sort_index()
    return "; ".join(day(at) + (f" (× {count})" if count > 1 else "") for at, count in planned.items())
