"""The monthly batch: one forecast, one notebook a district, the meeting pack, and what became of each.

The model is fitted once and its draws are saved; the notebooks read them. So a district's probability is the
same to the last digit in its notebook, the workbook and the page, and a notebook costs no fit.
"""

import json
import os
import platform
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from . import __version__, jobs, report
from .answer import Pack
from .door import read_province
from .errors import FailedUnitsError, RunError
from .events import both_ways, stock
from .files import whole
from .labels import day, label, month, number, percent
from .outlook import attainment
from .plan import Rule, flag
from .schema import CONTRACTS
from .tables import DATA, sources
from .trend import TrendModel

# the packages that the numbers depend on
COUNTED = ("ocop-forecast", "numpy", "pandas", "scipy", "statsmodels")
NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
DISTRICT, PROVINCE = NOTEBOOKS / "03_district.ipynb", NOTEBOOKS / "04_province.ipynb"


@dataclass(frozen=True)
class Settings:
    """What a run's numbers and words depend on, besides its inputs.

    Attributes
    ----------
    draws, seed : int
        Possible futures drawn, and the seed that makes them the same again.
    lang : {"vi", "en"}
        Language of everything a reader sees.
    units_as, count_by : str
        The units forecast and the year that counts, as in `read_province`.
    """

    draws: int = 4000
    seed: int = 2024
    lang: str = "vi"
    units_as: str = ""
    count_by: str = "decision"


@dataclass(frozen=True, eq=False)
class Run:
    """A run that ended: where it lies, what it says, and how each notebook fared."""

    folder: Path
    caution: str
    outlook: pd.DataFrame
    flags: pd.DataFrame
    notebooks: dict = field(default_factory=dict)

    @property
    def failed(self) -> list[str]:
        """Codes of the units (or ``province``) whose notebook failed."""
        return [unit for unit, outcome in self.notebooks.items() if outcome["status"] != "done"]


def run(
    data: str | os.PathLike = "",
    *,
    as_of: str | None = None,
    out: str | os.PathLike = "outputs",
    name: str | None = None,
    units: Iterable[str] | None = None,
    workers: int | None = None,
    settings: Settings = Settings(),
    replace: bool = False,
    progress: Callable[[Iterable, int], Iterable] = lambda outcomes, _: outcomes,
) -> Run:
    """Check the data, fit once, write the meeting pack and execute the notebooks.

    Parameters
    ----------
    data : path
        The folder or workbook of the province's tables; empty for the data that come with the tool.
    as_of : str, optional
        The last month known whole, or the last day known; without it the month of the last decision.
    out, name
        The run's folder is ``out/name``; `name` is the as-of month or day unless given.
    units : codes or names, optional
        Units to execute a notebook for; all of them without it. Tables always hold all units.
    workers : int, optional
        Notebooks executed at a time; the machine's processors unless given.
    settings : Settings
        Draws, seed, language, units and the year that counts.
    replace : bool
        Whether a run of other inputs or settings that stands in the folder may be deleted.
    progress : callable
        Wraps the outcomes as they come in, and is told how many there will be.

    Raises
    ------
    InputError
        If the data are wrong.
    RunError
        If another run stands in the folder, or the notebooks are not where they belong.
    """
    terms = {"units_as": settings.units_as, "count_by": settings.count_by}
    province = read_province(data, as_of=as_of, **terms)
    codes = dict.fromkeys(province.unit(unit) for unit in units or province.units.index)
    folder = Path(out) / _safe(name or str(province.as_of))
    work = _jobs(folder, data, codes, province, settings)
    jobs.check(work)
    identity = _identity(data, province, settings)
    _claim(folder, identity, replace=replace)
    outlook, flags = _tables(folder, province, settings)
    outcomes = dict(progress(jobs.execute_all(work, workers, folder / "kernels.log"), len(work)))
    ordered = {job.unit: outcomes[job.unit] for job in work}
    _write_record(folder, identity | {"status": "ended", "notebooks": ordered})
    return Run(folder, province.caution(settings.lang), outlook, flags, ordered)


def _safe(name):
    """Return a run's name if it can only mean a folder right in `out`."""
    if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,60}", name):
        raise RunError("bad_name", name=name)
    return name


def raise_failed(ended: Run) -> None:
    """Raise FailedUnitsError if any notebook of a run failed, naming each with its reason."""
    if ended.failed:
        reasons = "\n".join(f"  {unit}: {ended.notebooks[unit]['reason']}" for unit in ended.failed)
        raise FailedUnitsError("units_failed", count=len(ended.failed), reasons=reasons, folder=ended.folder)


def _tables(folder, province, settings):
    """Fit once, save the draws, write the meeting pack; return the outlook and its flags."""
    results = TrendModel(
        province.panel, province.targets, as_of=province.as_of, rounds=province.rounds, breaks=province.breaks
    ).fit()
    forecast = results.forecast(draws=settings.draws, seed=settings.seed)
    forecast.save(folder / "draws.npz")
    outlook = attainment(forecast, province.targets)
    flags = flag(outlook, Rule(), province.rounds, silent=province.silent)
    notes, caution = _notes(province, results, outlook, settings), province.caution(settings.lang)
    certified = _certified(province, outlook)
    report.write(folder, Pack(forecast, outlook, flags, certified, notes, caution, settings.lang))
    return outlook, flags


def _certified(province, outlook):
    """Return the certificates of every unit and of the province, by the codes and names of the outlook."""
    counts = stock(province.register).rename({"total": outlook.index[-1]}).loc[outlook.index]
    counts.insert(0, "name", outlook["name"])
    return counts


def _identity(data, province, settings):
    """Return what makes two runs the same run: inputs, settings and versions."""
    folder = Path(data) if str(data) else DATA
    tables = {source.path for name in CONTRACTS for source in sources(folder, name)}
    inputs = {path.name: jobs.sha256(path) for path in sorted([*tables, DISTRICT, PROVINCE])}
    return {
        "as_of": str(province.as_of),
        "settings": vars(settings),
        "inputs": inputs,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in COUNTED}},
    }


def _claim(folder, identity, *, replace):
    """Take the folder for this run: it is new, holds the same run, or may be replaced."""
    record = folder / "run.json"
    before = _record(record)
    if before is not None:
        changed = [key for key in identity if before.get(key) != identity[key]]
        if changed and not replace:
            raise RunError("run_differs", folder=folder, changed=tuple(f"differs_{key}" for key in changed))
    if replace and before is not None:
        shutil.rmtree(folder)
    _write_record(folder, identity | {"status": "running"})


def _record(path):
    """Return what a run's record says, None without one; one that cannot be read agrees with nothing."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        return {}


def _write_record(folder, record):
    with whole(folder / "run.json") as draft:
        draft.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _notes(province, results, outlook, settings):
    """Return what the pack says of its own making."""
    lang, origins = settings.lang, province.register["origin"].value_counts()
    counts = {origin: int(origins.get(origin, 0)) for origin in ("published", "reconstructed")}
    fallbacks = "; ".join(label(f"fit_{note}", lang) for note in results.notes)
    rule = {"on_track": percent(Rule().on_track), "at_risk": percent(Rule().at_risk)}
    reach = percent(outlook["p_reach"].iloc[-1])
    notes = {
        "note_as_of": month(province.as_of, lang),
        "note_last": day(province.register["decision_date"].max(), lang),
        "note_year": _year_that_counts(province, settings),
        "note_units_as": label(f"units_as_{settings.units_as}", lang) if settings.units_as else "",
        "note_warnings": _warnings(province, lang),
        "note_probability": label("note_probability_text", lang, p=reach),
        "note_interval": label("note_interval_text", lang, level=number(100 * outlook.attrs["level"], lang)),
        "note_sums": label("note_sums_text", lang),
        "note_rule": label("note_rule_text", lang, **rule),
        "note_origin": label("note_origin_counts", lang, **counts),
        "note_breaks": _breaks(province, lang) if "breaks" in results.notes else "",
        "note_rounds": _rounds(province, lang) if "rounds" in results.notes else "",
        "note_fit": fallbacks or label("note_fit_none", lang),
        "note_draws": f"{settings.draws}; {settings.seed}",
        "note_version": f"ocop_forecast {__version__}",
    }
    return {label(key, lang): text for key, text in notes.items() if text}


def _warnings(province, lang):
    count = len(province.warnings)
    return label("note_warnings_count", lang, count=count) if count else ""


def _year_that_counts(province, settings):
    """Return by which date a product counts to this year, and what the other way would give."""
    year = province.as_of.year
    counts = both_ways(province.register).reindex([year], fill_value=0).loc[year]
    key = "note_year_programme" if settings.count_by == "programme" else "note_year_decision"
    return label(key, settings.lang, year=year, **counts)


def _breaks(province, lang):
    """Return the breaks that lie behind the as-of date, each with its day."""
    past = province.breaks[province.breaks["date"] <= province.as_of.end_time]
    return "; ".join(f"{day(row.date, lang)}: {getattr(row, f'what_{lang}')}" for row in past.itertuples())


def _rounds(province, lang):
    """Return the days of the rounds that are planned, and how many if two fall on one."""
    planned = province.rounds.loc[province.rounds["status"] == "planned", "date"].value_counts().sort_index()
    return "; ".join(day(at, lang) + (f" (× {count})" if count > 1 else "") for at, count in planned.items())


def _jobs(folder, data, codes, province, settings):
    shared = {
        "as_of": str(province.as_of),
        "data": str(Path(data).resolve()) if str(data) else "",
        "forecast": str((folder / "draws.npz").resolve()),
        "lang": settings.lang,
        "units_as": settings.units_as,
        "count_by": settings.count_by,
    }
    own = folder / "notebooks"
    districts = [jobs.Job(code, DISTRICT, {"unit": code, **shared}, own / f"{code}.ipynb") for code in codes]
    return [*districts, jobs.Job("province", PROVINCE, shared, folder / "province.ipynb")]
