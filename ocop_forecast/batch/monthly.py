"""The monthly batch: one forecast, one notebook a district, the meeting pack, and what became of each.

The model is fitted once and its draws are saved; the notebooks read them. So a district's probability is the
same to the last digit in its notebook, the workbook and the page, and a notebook costs no fit.
"""

import hashlib
import os
import platform
import re
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from ocop_forecast.errors import FailedUnitsError, RunError, StoppedError, TermsError, refusals_told
from ocop_forecast.evaluation.record import earned
from ocop_forecast.files.code import code_hash
from ocop_forecast.files.near import marked, sha256
from ocop_forecast.files.writing import settle, shipped, whole
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import month
from ocop_forecast.models.forecast import Forecast
from ocop_forecast.models.known import Known, Past
from ocop_forecast.models.projection import combined
from ocop_forecast.planning.changes import Earlier
from ocop_forecast.planning.explanation import Explanation, explain
from ocop_forecast.planning.outlook import Outlook, assess
from ocop_forecast.reporting import meeting, writing
from ocop_forecast.reporting.letterhead import Template
from ocop_forecast.reporting.note import template_of
from ocop_forecast.reporting.pack import cautions
from ocop_forecast.settings import Means, Settings
from ocop_forecast.tables.loading import read_province
from ocop_forecast.tables.province import TABLES as READ_TABLES
from ocop_forecast.tables.province import Province
from ocop_forecast.tables.schema import CONTRACTS
from ocop_forecast.tables.sources import DATA, EXAMPLE, dossiers_file, opened, report_in, sources
from ocop_forecast.tables.supposed import supposing
from ocop_forecast.terms import set_options
from ocop_forecast.text import printable

from . import executors, journal, notebook
from .earlier import Kind, course, last_before, read_earlier, runs_before
from .jobs import Job

# the packages that the numbers depend on
COUNTED = ("ocop-forecast", "numpy", "pandas", "scipy", "statsmodels")
NOTEBOOKS = shipped("notebooks")
DISTRICT, PROVINCE = NOTEBOOKS / "03_district.ipynb", NOTEBOOKS / "04_province.ipynb"
TABLES, DRAWS = "province.json", "draws.npz"
# by the notebooks, each as a parameter
READ = {"data": TABLES, "forecast": DRAWS, "plan": "plan.csv", "moved": "moved.csv"}
WHAT_IF = "-what-if"  # behind the name of a run whose targets are supposed
GIVEN = {"as_of", "lang", "units_as", "count_by", "data", "forecast", "moved"}  # to both notebooks


@dataclass(frozen=True, eq=False)
class Run:
    """A run that ended: where it lies, what it says, and how each notebook that was asked for fared."""

    folder: Path
    caution: str
    outlook: Outlook
    notebooks: dict = field(default_factory=dict)

    @property
    def failed(self) -> list[str]:
        """Codes of the units (or ``province``) whose notebook failed."""
        return [unit for unit, outcome in self.notebooks.items() if outcome["status"] != "done"]


def run_batch(
    data: str | os.PathLike = "",
    *,
    dossiers: str | os.PathLike = "",
    strict: bool = False,
    as_of: str | None = None,
    out: str | os.PathLike = "outputs",
    name: str | None = None,
    units: Iterable[str] | None = None,
    only_failed: bool = False,
    only_pack: bool = False,
    targets: Iterable[str] = (),
    previous: str | os.PathLike | None = None,
    settings: Settings | None = None,
    means: Means | None = None,
    replace: bool = False,
    listen: Callable[[dict], None] | None = None,
) -> Run:
    """Check the data, fit once, write the meeting pack and execute the notebooks.

    What is done already is not done again: a run that was interrupted goes on where it stopped.

    Parameters
    ----------
    data : path
        The folder or workbook of the province's tables; empty for the data that come with the tool.
    dossiers : path or "example"
        A file of dossiers, or the example set, as in `read_province`.
    strict : bool
        Whether what leaves open which rows count is an error, as in `read_province`.
    as_of : str, optional
        The last month known whole, or the last day known; without it the month of the last decision.
    out, name
        The run's folder is ``out/name``; `name` is the as-of month or day unless given, with ``-what-if``
        behind it where targets are supposed. Until the run has ended it is ``out/name.unfinished``.
    units : codes or names, optional
        Units to execute a notebook for; all of them without it. Tables always hold all units.
    only_failed : bool
        Whether of these only those are executed whose notebook failed before.
    only_pack : bool
        Whether the meeting pack is all that is wanted, and no notebook.
    targets : iterable of str
        Targets of the year that are only supposed, such as ``["Hậu Lộc=4"]``: a what-if, which says so in
        all its files, and which no later run takes for an earlier one.
    previous : path, optional
        The folder of an earlier run of this year to tell what changed since; without it the last one in
        `out` whose as-of date is earlier, if there is one.
    settings : Settings
        Draws, seed, language, units and the year that counts.
    means : Means
        Workers, how long a cell may take, and the note's template.
    replace : bool
        Whether this run, once it has ended, may take the place of the one that stands in the folder.
    listen : callable, optional
        Is told each event, as it is written to the journal: ``started``, ``set_aside``, ``tables``,
        ``notebook``, ``pack``, and ``ended`` or ``stopped``.

    Raises
    ------
    InputError
        If the data are wrong.
    TermsError
        If a supposed target cannot be read, or notebooks are asked for beside `only_pack`.
    RunError
        If another run stands in the folder or holds it, the notebooks are not where they belong, or
        `previous` is no run of this year, or a tag of the note's template cannot be filled in.
    StoppedError
        If it was interrupted; the same call goes on.

    Examples
    --------
    >>> import ocop_forecast as ocop
    >>> try:
    ...     ocop.run_batch("no such folder", as_of="2024-09").folder  # wrong data stop it before it writes
    ... except ocop.InputError as error:
    ...     print(error.exit_code)
    3
    """
    settings, means = settings or Settings(), means or Means()
    with set_options(lang=settings.lang), refusals_told():
        _check_alone(only_pack, units, only_failed)
        template = template_of(means.note_template) if means.note_template else None
        province, inputs = read(data, settings, dossiers, targets, as_of=as_of, strict=strict)
        return made(
            *(province, inputs, Path(out), settings, means),
            template=template,
            name=name,
            units=units,
            only_failed=only_failed,
            only_pack=only_pack,
            previous=previous,
            replace=replace,
            listen=listen,
        )


def made(
    province: Province,
    inputs: dict[str, str],
    out: Path,
    settings: Settings,
    means: Means,
    *,
    template: Template | None = None,
    name: str | None = None,
    units: Iterable[str] | None = None,
    only_failed: bool = False,
    only_pack: bool = False,
    previous: str | os.PathLike | None = None,
    replace: bool = False,
    listen: Callable[[dict], None] | None = None,
) -> Run:
    """Make the run of a province that was read, with the SHA-256 of its files by name; see `run_batch`."""
    named, texts = out / _safe(name or _name(province)), _texts()
    jobs = [] if only_pack else _jobs(texts, _codes(province, units), province, settings, means.seconds)
    earlier, kind = _earlier(previous, out, province), Kind.of(province)
    pasts = runs_before(province.as_of, out, kind)
    known = Known.of(province, pasts)
    identity = _identity(inputs | _as_input(template), texts, known, settings, previous)
    identity["supposed"] = {name: list(change) for name, change in province.supposed.items()}
    folder = journal.followed(journal.followed(out) / named.name)
    with journal.locked(folder):
        place = journal.opened(folder, identity, replace=replace)
        work = _Work(
            *(place, identity, earlier, course(province.as_of, out, kind), known, pasts, template),
            *(listen or (lambda event: None), jobs, province, settings),
        )
        outlook = work.complete(means, only_failed)
        outcomes, place = work.end(folder)
    caution = cautions(province, outlook.forecast)
    return Run(named if place == folder else place, caution, outlook, outcomes)


def raise_failed(ended: Run) -> None:
    """Raise FailedUnitsError if any notebook of a run failed, naming each with its reason."""
    if ended.failed:
        key = "units_failed_unfinished" if journal.is_unfinished(ended.folder) else "units_failed"
        reasons = {unit: ended.notebooks[unit]["reason"] for unit in ended.failed}
        raise FailedUnitsError.of(key, reasons, ended.folder)


@dataclass(frozen=True)
class _Work:
    """The work on one run in its folder, which may have been begun before."""

    place: Path
    identity: dict
    earlier: Earlier | None
    course: pd.DataFrame | None
    known: Known
    pasts: list[Past]
    template: Template | None
    listen: Callable[[dict], None]
    jobs: list[Job]
    province: Province
    settings: Settings

    def complete(self, means, only_failed):
        """Do what is not done yet; return the outlook."""
        before = journal.outcomes(self.place)
        done = {
            unit
            for unit, outcome in before.items()
            if outcome["status"] == "done" and journal.unchanged(self.place, outcome["files"])
        }
        todo = [job for job in self.jobs if job.unit not in done and (job.unit in before or not only_failed)]
        kept = sum(job.unit in done for job in self.jobs)
        if todo or not journal.read(self.place):
            self._record("unfinished")
        self._log("started", notebooks=kept + len(todo), done=kept)
        try:
            with executors.executor(means, self.place, len(todo)) as execute:
                outlook, known, rest = self._tables()
                self._clear(todo, before)
                read = {name: known[name] for name in READ.values() if name in known}
                for job, result in execute(_ready(todo, read), [*read]):
                    self._keep(job, result)
                    next(rest, None)  # of the pack one more file, while others execute the next notebooks
                deque(rest, maxlen=0)
        except BaseException as error:
            with suppress(OSError):  # a full disk may be what stopped it
                self._log("stopped", reason=type(error).__name__)
            if isinstance(error, KeyboardInterrupt):
                raise StoppedError("run_stopped", folder=self.place) from None
            raise
        return outlook

    def end(self, folder):
        """Let the run take its name; return what became of the notebooks asked for, and where it lies now.

        It takes none if all its notebooks failed, or if some did and the run that bears the name has none.
        """
        outcomes = self._outcomes()
        asked = {job.unit: outcomes[job.unit] for job in self.jobs if job.unit in outcomes}
        if self.place != folder and len(asked) < len(self.jobs):
            raise RunError("run_unfinished", folder=self.place)
        failed = [unit for unit, outcome in outcomes.items() if outcome["status"] == "failed"]
        worse = failed and (len(failed) == len(outcomes) or journal.faultless(folder))
        stays = worse and self.place != folder
        settle(self.place)
        self._record("unfinished" if stays else "ended", notebooks=outcomes)
        count = len({*failed} & {*asked})
        self._log("ended", done=len(asked) - count, failed=count)
        if stays:
            return asked, self.place
        journal.publish(self.place, folder)
        return asked, folder

    def _tables(self):
        """Make the outlook; return it, the files that stand, and an iterator that writes all others.

        It is that of the draws that stand there, or a new one. What the notebooks read is written at once.
        """
        files = journal.read(self.place).get("files", {})
        intact = {name for name, known in files.items() if journal.unchanged(self.place, {name: known})}
        changed = {name: known for name, known in files.items() if name not in intact}
        if files and not changed:
            return assess(Forecast.load(self.place / DRAWS), self.province), files, iter(())
        self._set_aside(changed)  # what is intact stays until the same is written over it
        pack = self._pack()
        steps = writing.written(self.place, pack, self.template)
        files = self._hashes([TABLES, DRAWS, *next(steps)])
        self._log("tables", files=files)
        return pack.outlook, files, self._written(files, steps)

    def _pack(self):
        """Fit once and save the draws; gather all that the meeting is given of them."""
        terms = {"seed": self.settings.seed, "draws": self.settings.draws}
        projection = combined(self.known, **terms)
        told = earned(self.province, self.settings.seed)
        projection = replace(projection, forecast=replace(projection.forecast, earned=told))
        self.province.save(self.place / TABLES)
        projection.forecast.save(self.place / DRAWS)
        moved = _explained(self.earlier, self.province, self.pasts, terms)
        origins = {"inputs": self.identity["inputs"], "earlier": self.earlier, "course": self.course}
        origins |= {"explanation": moved}
        pages = {job.unit: job.file(".html") for job in self.jobs}
        return replace(meeting.prepared(self.province, projection, self.settings, **origins), pages=pages)

    def _written(self, files, steps):
        """Write the rest of the pack, a step at a time; at its end record which files there are.

        A run that is broken off before writes all of it again, the same.
        """
        more: dict[str, str] = {}
        for names in steps:
            more |= self._hashes(names)
            yield
        self._record("unfinished", files=files | more)
        self._log("pack", files=more)

    def _clear(self, todo, before):
        """Make room for the notebooks that are to be written, so that an old number never looks new."""
        for job in todo:
            self._set_aside(before.get(job.unit, {}).get("files", {}))
            for name in (job.output, job.file(".html"), job.file(".failed.ipynb")):
                (self.place / name).unlink(missing_ok=True)
            (self.place / job.output).parent.mkdir(exist_ok=True)

    def _keep(self, job, result):
        """Write the files of a job, whole, and then the line that says so."""
        for name, content in result.files.items():
            with whole(self.place / name) as draft:
                draft.write_bytes(content)
        outcome = {key: getattr(result, key) for key in ("status", "reason", "seconds", "attempts")}
        files = self._hashes(result.files)
        terms = {"parameters": job.parameters, "files": files}
        self._log("notebook", name=job.title, unit=job.unit, **outcome, **terms)

    def _outcomes(self):
        """Find how every notebook of the run stands, in the order of its units."""
        lines = journal.outcomes(self.place)
        shown = ("status", "reason", "seconds", "attempts", "parameters", "files")
        order = [unit for unit in (*self.province.units.index, "province") if unit in lines]
        return {unit: {key: lines[unit][key] for key in shown} for unit in order}

    def _log(self, event, **details):
        self.listen(journal.append(self.place, event, **details))

    def _record(self, status, **details):
        journal.write(self.place, self.identity | journal.read(self.place) | details | {"status": status})

    def _set_aside(self, files):
        if kept := journal.set_aside(self.place, files):
            self._log("set_aside", files=kept)

    def _hashes(self, names):
        return {name: sha256(self.place / name) for name in names}


def is_safe(name: str) -> bool:
    """Whether a run's name can only mean a folder right in `out`, and no unfinished run's.

    Examples
    --------
    >>> is_safe("2024-09"), is_safe("../2024-09")
    (True, False)
    """
    known = re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,60}", name)
    return bool(known) and not name.endswith((".", ".unfinished"))


def _safe(name):
    """Check a run's name."""
    if not is_safe(name):
        raise RunError("bad_name", name=name)
    return name


def read(
    data: str | os.PathLike,
    settings: Settings,
    dossiers: str | os.PathLike = "",
    targets: Iterable[str] = (),
    **terms,
) -> tuple[Province, dict[str, str]]:
    """Read a province, with what is supposed of it, and its files, which nobody may change meanwhile."""
    inputs = _inputs(data, dossiers)
    terms |= {"units_as": settings.units_as, "count_by": settings.count_by}
    province = supposing(read_province(data, dossiers=dossiers, **terms), targets)
    if inputs != _inputs(data, dossiers):
        raise RunError("inputs_changed")
    return province, inputs


def _inputs(data, dossiers):
    """List the files that a run reads, each with its SHA-256; dossiers of their own by their kind as well."""
    folder = Path(data) if str(data) else DATA
    if not folder.exists():
        return {}  # whoever reads it says so
    place = opened(folder)
    report = report_in(place)
    places = [source for name in CONTRACTS for source in sources(place, name)] + ([report] if report else [])
    tables = {source.path for source in places}
    # by name, since the same data may lie in any folder
    read = {printable(path.name): _hash(path) for path in sorted(tables, key=lambda path: path.name)}
    apart, kind = dossiers_file(dossiers), EXAMPLE if str(dossiers) == EXAMPLE else "dossiers"
    return read if apart is None else read | {f"{kind}/{printable(apart.name)}": _hash(apart)}


def _as_input(template):
    """List an office's template of the note as one of the inputs, with its SHA-256."""
    if template is None:
        return {}
    return {printable(template.path.name): hashlib.sha256(template.content).hexdigest()}


def _hash(path):
    """Compute a file's SHA-256; "" if it cannot be read, since whoever reads it next says why."""
    try:
        return sha256(path)
    except OSError:
        return ""


def _earlier(previous, out, province):
    """Find the run to compare with; None where none is named and none is found."""
    kind = Kind.of(province)
    if previous:
        return read_earlier(Path(previous), kind)
    return last_before(province.as_of, out, kind, of_same=bool(province.supposed))


def _explained(earlier, province: Province, pasts, terms) -> Explanation | None:
    """Explain what moved the chances since an earlier run; None where it has no tables like ours."""
    before = None if earlier is None else earlier.province
    if before is None or not _alike(before, province):
        return None
    return explain(before, province, earlier=pasts, said=earlier.table["p_reach"], **terms)


def _alike(before, after):
    """Tell whether two runs have the same units, and where both have a table, the same columns of it."""
    pairs = [(getattr(before, name), getattr(after, name)) for name in READ_TABLES]
    columns = [{*one} == {*other} for one, other in pairs if one is not None and other is not None]
    return {*before.units.index} == {*after.units.index} and all(columns)


def _identity(inputs, texts, known, settings, previous):
    """Gather what makes two runs the same run: inputs, settings, code and versions, and a named earlier run.

    One that was only found is not part of it: a run is the same whatever else has come to lie beside it, but
    for what all of them tell of late entries and of plans that were kept.
    """
    return {
        "as_of": str(known.as_of),
        "settings": vars(settings),
        "inputs": inputs,
        "previous": _hash(Path(previous) / "outlook.csv") if previous else "",
        "late": known.delays and [values.tolist() for values in known.delays],
        "plans": list(known.judged),
        "code": code_hash(),
        "cells": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()},
        "versions": {"python": platform.python_version(), **{name: version(name) for name in COUNTED}},
    }


def _check_alone(only_pack, units, only_failed):
    """Complain where notebooks are chosen for a pack that is to have none."""
    if only_pack and (units is not None or only_failed):
        raise TermsError("ask_pack_alone")


def _name(province):
    """Name a run by its as-of date, and a what-if as one."""
    return f"{province.as_of}{WHAT_IF if province.supposed else ''}"


def _texts():
    """Read the notebooks that a run executes, each with the parameters it must take."""
    texts = {DISTRICT.name: notebook.read(DISTRICT, GIVEN | {"unit", "plan"})}
    return texts | {PROVINCE.name: notebook.read(PROVINCE, GIVEN)}


def _codes(province, units):
    """List the codes of the units asked for, each once; all units if none is named."""
    asked = province.units.index if units is None else units
    return list(dict.fromkeys(map(province.unit, asked)))


def _jobs(texts, codes, province: Province, settings, seconds):
    """List the districts' jobs and the province's, with what is known before there are files."""
    chosen = {name: getattr(settings, name) for name in ("lang", "units_as", "count_by")}
    shared = {"as_of": str(province.as_of), **chosen, "data": "", "forecast": "", "moved": ""}

    supposed = "; ".join(province.suppositions())
    marks = [province.mark()] if province.demo else []
    marks += [label("page_supposed", changes=supposed)] if supposed else []

    def job(code, name, text, folder, unit):
        title = " – ".join([*marks, f"{name}, {month(province.as_of)}"])
        return Job(code, title, settings.lang, text, unit | shared, f"{folder}{code}.ipynb", seconds, back)

    names, back = province.units["name"], label("page_home")
    jobs = [
        job(code, names[code], texts[DISTRICT.name], "notebooks/", {"unit": code, "plan": ""})
        for code in codes
    ]
    return [*jobs, job("province", province.name, texts[PROVINCE.name], "", {})]


def _ready(jobs, known):
    """Give jobs the run's files, `known` by their bytes, and their notebooks all that they are given."""

    def ready(job):
        above = "../" * job.output.count("/")
        own = {key: name for key, name in READ.items() if key in job.parameters and name in known}
        given = job.parameters | {key: marked(above + name, known[name]) for key, name in own.items()}
        return replace(job, parameters=given, notebook=notebook.filled(job.notebook, given))

    return [*map(ready, jobs)]
