"""Many provinces: each folder or workbook in a folder is one, and each is a task of its own; then a summary.

A province's run is what `monthly.run_batch` makes of it alone, to the last byte. All are read before the
first is forecast, so that what is wrong with any of them is told at once, and none waits for it.
"""

import os
import re
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from ocop_forecast import style
from ocop_forecast.errors import (
    FailedUnitsError,
    Fault,
    InputError,
    OcopError,
    RunError,
    StoppedError,
    TermsError,
    grouped,
    refusals_told,
)
from ocop_forecast.files.cells import EXCEL
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.periods import last_known
from ocop_forecast.reporting.letterhead import Template
from ocop_forecast.reporting.nation import Nation
from ocop_forecast.reporting.note import template_of
from ocop_forecast.settings import Means, Settings
from ocop_forecast.tables.province import Province
from ocop_forecast.tables.sources import files_in, same_file, sources, tables_in
from ocop_forecast.terms import set_options
from ocop_forecast.text import fold

from . import executors, journal, monthly, parcel
from .jobs import Lost
from .nation import summarise
from .parcel import Parcel

SUMMARY = "nation-"  # begins the name of the folder of a summary, and of no province's
OF_PROVINCE = ("units", "register", "targets", "progress")  # tables by which a folder is one province's
# language and pictures are a process's, and a worker of Dask's may have several threads
ALONE = threading.Lock()


@dataclass(frozen=True, eq=False)
class Runs:
    """What became of many provinces.

    Attributes
    ----------
    folder : Path
        Where the summary lies.
    as_of : str
        The month or day that all were asked for.
    summary : Nation, optional
        The summary of those that have ended; None where none has.
    runs : dict of str to Path
        Folder of the run of each province that has ended, by the name of its folder or workbook.
    refused : dict of str to str
        Why a province's data cannot be used, in words, by the same name.
    failed : dict of str to str
        Why a province has not ended, or which of its notebooks failed, in words, by the same name.
    """

    folder: Path
    as_of: str
    summary: Nation | None
    runs: dict[str, Path] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


class Place(NamedTuple):
    """A province before it is read: its name, its data, and where its runs lie."""

    name: str
    data: Path
    out: Path


@dataclass(frozen=True)
class Terms:
    """What is asked for of every province."""

    as_of: str | None
    strict: bool
    only_pack: bool
    replace: bool
    settings: Settings
    means: Means
    template: Template | None
    latest: bool = False  # whether the as-of date is only the latest that was found


class Read(NamedTuple):
    """A province that was read, with the SHA-256 of its files by name."""

    province: Province
    inputs: dict[str, str]

    @property
    def run(self) -> str:
        """The name of its run."""
        return str(self.province.as_of)


class Errand(NamedTuple):
    """A province's task: where it lies, and what goes along."""

    place: Place
    parcel: Parcel
    known: Any = None  # a province that was read


class Answer(NamedTuple):
    """What came of a province: the folder of its run, if there is one, and why it is not whole."""

    folder: Path | None = None
    reason: str = ""
    notebooks: int = 0
    failed: int = 0
    seconds: float = 0.0
    files: Mapping[str, bytes | None] = {}  # of a run that was made elsewhere


def run_all(
    folder: str | os.PathLike,
    *,
    as_of: str | None = None,
    out: str | os.PathLike = "outputs",
    only_pack: bool = False,
    strict: bool = False,
    settings: Settings | None = None,
    means: Means | None = None,
    replace: bool = False,
    listen: Callable[[dict], None] | None = None,
) -> Runs:
    """Check every province of a folder, make a run of each that can be used, and a summary of all.

    Each sub-folder with tables and each workbook is a province. A run is what `run_batch` makes of it alone
    with the same `as_of`, in ``out/NAME``, where NAME is that of its folder or workbook, without accents and
    blanks. What is done already is not done again.

    Parameters
    ----------
    folder : path
        The folder of the provinces.
    as_of : str, optional
        The last month known whole, or the last day known, of all; without it the latest of the months of
        their last decisions.
    out : path
        Where each province has a folder of its runs, and the summary its own, ``nation-<as-of>``.
    only_pack, strict, replace : bool
        As in `run_batch`.
    settings : Settings
        Draws, seed, language, units and the year that counts.
    means : Means
        How many provinces at a time, or on which Dask cluster; how long a cell may take, the note's template.
    listen : callable, optional
        Is told each event, as it is written to the journal beside the summary: ``started``, ``province``,
        and ``ended`` or ``stopped``.

    Raises
    ------
    InputError
        If there is no such folder.
    TermsError
        If it holds no province, or is one itself, or no province can be used.
    RunError
        If the work cannot start, or another is at work in `out`.
    StoppedError
        If it was interrupted; the same call goes on.

    Examples
    --------
    >>> import ocop_forecast as ocop
    >>> try:
    ...     ocop.run_all("no such folder")
    ... except ocop.InputError as error:
    ...     print(error.exit_code)
    3
    """
    settings, means = settings or Settings(), means or Means()
    with set_options(lang=settings.lang), refusals_told():
        template = template_of(means.note_template) if means.note_template else None
        own = Means(workers=0, seconds=means.seconds)
        known_to = str(last_known(as_of)) if as_of else None
        terms = Terms(known_to, strict, only_pack, replace, settings, own, template)
        tasks = _Work(Path(folder), Path(out), bool(means.scheduler), listen or (lambda event: None))
        places, refused, apart = _places(Path(folder), tasks.out)
        tasks.out.mkdir(parents=True, exist_ok=True)
        try:
            with executors.workers(means, tasks.out / executors.LOG, len(places)) as do:
                terms, known, unread = tasks.read(do, places, terms)
                return tasks.complete(do, known, refused | unread, apart, terms)
        except KeyboardInterrupt:
            raise StoppedError("run_stopped", folder=out) from None


def raise_failed(ended: Runs) -> None:
    """Raise FailedUnitsError if a province was refused or failed, or a notebook of one, with each reason."""
    if told := ended.refused | ended.failed:
        raise FailedUnitsError.of("provinces_failed", told, ended.folder)


def _places(folder, out):
    """Return the provinces of a folder, why some cannot be told apart, and the names of what is none."""
    if not folder.exists():
        raise InputError([Fault(str(folder), "folder_missing")])
    if folder.is_file() or any(sources(folder, name) for name in OF_PROVINCE):
        raise TermsError("country_is_province", folder=folder)
    found = [path for path in files_in(folder) if not same_file(path, out)]
    data = [path for path in found if _is_province(path)]
    apart = [path.name for path in found if path not in data]
    if not data:
        raise TermsError("country_empty", folder=folder, names=", ".join(apart) or "–")
    places = [Place(path.name, path, out / _name(path)) for path in data]
    rivals = {place.name: _rivals(place, places) for place in places}
    refused = {
        name: label("province_twice", names=", ".join(others)) for name, others in rivals.items() if others
    }
    return [place for place in places if place.name not in refused], refused, apart


def _is_province(path):
    """Whether a province's tables may lie there: in a folder of tables, or a workbook."""
    return bool(tables_in(path)) if path.is_dir() else path.suffix.lower() in EXCEL


def _rivals(place, places):
    """List the other provinces whose runs would lie in the same folder, perhaps on another system."""
    same = [other.name for other in places if other.out.name.casefold() == place.out.name.casefold()]
    return [name for name in same if name != place.name]


def _name(path):
    """Name the folder of a province's runs: as its own, or without what not every system writes."""
    own = path.name if path.is_dir() else path.stem
    plain = re.sub(r"[^a-z0-9._]+", "-", fold(own)).strip("-.")[:60]
    name = own if monthly.is_safe(own) else plain
    return name if monthly.is_safe(name) and not name.startswith(SUMMARY) else f"_{plain}"


@dataclass(frozen=True)
class _Work:
    """The work on the provinces that lie in `home`, done `away` from this machine or not."""

    home: Path
    out: Path
    away: bool
    listen: Callable[[dict], None]

    def read(self, do, places, terms):
        """Read all as of one date; return the terms with it, who can be used, and why the others cannot."""
        found = self._looked(do, places, terms)
        dates = [one.province.as_of for one in found.values() if isinstance(one, Read)]
        if terms.as_of is None and dates:
            terms = replace(terms, as_of=str(max(dates, key=lambda date: date.end_time)), latest=True)
            again = [place for place in places if not _is_as_of(found[place.name], terms.as_of)]
            found |= self._looked(do, again, terms)
        known = {place: one for place in places if isinstance(one := found[place.name], Read)}
        return terms, known, {name: one for name, one in found.items() if not isinstance(one, Read)}

    def _looked(self, do, places, terms):
        """Return by name what was read of each province, or why it cannot be used."""
        found: dict[str, Read | str] = {}
        for errand, one in do(look, self._to_read(places, found), terms):
            found[errand.place.name] = _or_lost(one, label("province_killed"))
        return {place.name: found[place.name] for place in places}

    def _to_read(self, places, unread):
        """Yield the task of reading each province; add to `unread` why one cannot even be sent."""
        for place in places:
            try:
                yield Errand(place, parcel.of_data(place.data, away=self.away))
            except OSError as error:
                unread[place.name] = _reason(error)

    def complete(self, do, known, refused, apart, terms):
        """Make the runs that are not there yet, and the summary of all."""
        if not known:
            raise TermsError("country_none", reasons=grouped(refused))
        folder = self.out / f"{SUMMARY}{terms.as_of}"
        with journal.locked(folder):
            folder.mkdir(exist_ok=True)
            log, begun = partial(self._log, folder), {"as_of": terms.as_of, "latest": terms.latest}
            log("started", **begun, provinces=len(known), refused=refused, left_out=apart)
            try:
                runs, failed = self._made(do, known, terms, log)
                told = refused | {name: reason for name, reason in failed.items() if name not in runs}
                # on a page that others read the files are named as seen from the folder of the provinces
                told = {name: reason.replace(f"{self.home}{os.sep}", "") for name, reason in told.items()}
                summary = summarise(folder, runs, told, terms.settings) if runs else None
            except BaseException as error:
                with suppress(OSError):  # a full disk may be what stopped it
                    log("stopped", reason=type(error).__name__)
                raise
            log("ended", done=len(known) - len(failed), failed=len(failed), refused=len(refused))
        return Runs(folder, terms.as_of, summary, runs, refused, failed)

    def _made(self, do, known, terms, log):
        """Make the run of each province; return their folders, and what failed, in the order of names."""
        answers = {}
        for errand, answer in do(work, self._errands(known), terms):
            answer = self._received(errand, _or_lost(answer, Answer(reason=label("province_killed"))), terms)
            answers[errand.place.name] = answer
            status, name = "failed" if answer.reason else "done", errand.place.name
            counts = {"notebooks": answer.notebooks, "failed": answer.failed, "seconds": answer.seconds}
            log("province", name=name, status=status, reason=answer.reason, **counts)
        ordered = {place.name: answers[place.name] for place in known}
        ended = {
            name: one.folder
            for name, one in ordered.items()
            if one.folder and not journal.is_unfinished(one.folder)
        }
        return ended, {name: one.reason for name, one in ordered.items() if one.reason}

    def _errands(self, known):
        """Yield each province's task, the largest first, so that at the end none is waited for alone."""
        for place, one in sorted(known.items(), key=lambda item: -len(item[1].province.units)):
            yield Errand(place, parcel.of_runs(place.out, one.run, away=self.away), one)

    def _received(self, errand, answer, terms):
        """Write here what was made of a run elsewhere."""
        if not self.away or answer.folder is None:
            return answer
        folder = errand.place.out / errand.known.run
        try:
            with journal.locked(folder):
                parcel.received(journal.begun(folder, replace=terms.replace), answer.folder, answer.files)
        except (OcopError, OSError) as error:
            return answer._replace(folder=None, reason=_reason(error))
        return answer

    def _log(self, folder, event, **details):
        self.listen(journal.append(folder, event, **details))


def _is_as_of(found, as_of):
    return isinstance(found, Read) and found.run == as_of


def _or_lost(answer, lost):
    return lost if isinstance(answer, Lost) else answer


# tasks, on whichever machine: whatever befalls one province is told as its fault and stops no other


def look(errand: Errand, terms: Terms) -> Read | str:
    """Read and check a province; say why it cannot be used, if it cannot."""
    with ALONE, set_options(lang=terms.settings.lang), errand.parcel.opened() as home:
        data = home / errand.place.data.name
        try:
            return Read(*monthly.read(data, terms.settings, as_of=terms.as_of, strict=terms.strict))
        except Exception as error:
            return _reason(error).replace(str(data), str(errand.place.data))


def work(errand: Errand, terms: Terms) -> Answer:
    """Make a province's run, its notebooks one after another in this process."""
    begin = time.perf_counter()
    with ALONE, set_options(lang=terms.settings.lang), errand.parcel.opened() as out:
        style.offscreen()
        try:
            answer = _run(errand, terms, out)
        except Exception as error:
            answer = Answer(reason=_reason(error))
    reason = answer.reason.replace(str(out), str(errand.place.out))
    return answer._replace(reason=reason, seconds=round(time.perf_counter() - begin, 2))


def _run(errand, terms, out):
    """Make a province's run in `out`; tell what came of it."""
    begun = journal.begun(out / errand.known.run, replace=terms.replace)
    asked = {"template": terms.template, "only_pack": terms.only_pack, "replace": terms.replace}
    known = errand.known
    ended = monthly.made(known.province, known.inputs, out, terms.settings, terms.means, **asked)
    files, reason = parcel.made(errand.parcel, begun, ended.folder), ""
    try:
        monthly.raise_failed(ended)
    except FailedUnitsError as error:
        reason = error.tell()
    counts = len(ended.notebooks), len(ended.failed)
    return Answer(errand.place.out / ended.folder.name, reason, *counts, files=files)


def _reason(error):
    """Say in words what befell a province; a defect of ours is told whole in the log."""
    if isinstance(error, OcopError):
        return error.tell()
    if isinstance(error, (OSError, MemoryError)):
        return RunError.of(error).tell()
    traceback.print_exception(error)
    return label("province_defect", reason=f"{type(error).__name__}: {error}")
