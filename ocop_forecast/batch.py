"""The monthly batch: one forecast, one notebook a district, the meeting pack, and what became of each.

The model is fitted once and its draws are saved; the notebooks read them. So a district's probability is the
same to the last digit in its notebook, the workbook and the page, and a notebook costs no fit.
"""

import hashlib
import json
import multiprocessing
import os
import platform
import shutil
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from . import __version__, report
from .errors import FailedUnitsError, RunError
from .files import whole
from .forecast import Forecast
from .labels import label, month
from .outlook import attainment
from .plan import Rule, flag
from .province import Province, read_province
from .register import DATA
from .trend import TrendModel

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
DISTRICT, PROVINCE = NOTEBOOKS / "03_district.ipynb", NOTEBOOKS / "04_province.ipynb"
ATTEMPTS = 2


@dataclass(frozen=True)
class Job:
    """One notebook to execute: which, with what parameters, and where the executed one goes."""

    unit: str
    notebook: Path
    parameters: dict
    output: Path


@dataclass(frozen=True)
class Settings:
    """What a run's numbers and words depend on, besides its inputs."""

    draws: int = 4000
    seed: int = 2024
    lang: str = "vi"


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
        The folder of the province's tables; empty for the data that come with the tool.
    as_of : str, optional
        The last month known whole; without it the month of the last decision.
    out, name
        The run's folder is ``out/name``; `name` is the as-of month unless given.
    units : codes or names, optional
        Units to execute a notebook for; all of them without it. Tables always hold all units.
    workers : int, optional
        Notebooks executed at a time; the machine's processors unless given.
    settings : Settings
        Draws, seed and language.
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
    province = read_province(data, as_of=as_of)
    codes = [province.unit(unit) for unit in units] if units else list(province.units.index)
    _check_notebooks()
    folder = Path(out) / (name or str(province.as_of))
    identity = _identity(data, province, settings)
    _claim(folder, identity, replace=replace)
    forecast = _forecast(province, settings)
    forecast.save(folder / "draws.npz")
    outlook = attainment(forecast, province.targets)
    flags = flag(outlook, Rule(), province.rounds, silent=province.silent)
    caution, lang = province.caution(settings.lang), settings.lang
    notes = _notes(province, settings)
    report.write(folder, forecast, outlook, flags, notes=notes, caution=caution, lang=lang)
    jobs = _jobs(folder, data, codes, province, settings)
    outcomes = dict(progress(_execute_all(jobs, workers, folder / "kernels.log"), len(jobs)))
    ordered = {job.unit: outcomes[job.unit] for job in jobs}
    _write_record(folder, identity | {"status": "ended", "notebooks": ordered})
    return Run(folder, caution, outlook, flags, ordered)


def raise_failed(ended: Run) -> None:
    """Raise FailedUnitsError if any notebook of a run failed, naming each with its reason."""
    if ended.failed:
        reasons = "\n".join(f"  {unit}: {ended.notebooks[unit]['reason']}" for unit in ended.failed)
        raise FailedUnitsError("units_failed", count=len(ended.failed), reasons=reasons, folder=ended.folder)


def _forecast(province: Province, settings: Settings) -> Forecast:
    results = TrendModel(province.panel, province.targets).fit()
    return results.forecast(draws=settings.draws, seed=settings.seed)


def _identity(data, province, settings):
    """Return what makes two runs the same run: inputs, settings and versions."""
    folder = Path(data) if str(data) else DATA
    tables = [
        path for stem in ("units", "targets", "register", "rounds") for path in folder.glob(f"{stem}.*")
    ]
    inputs = {path.name: _sha256(path) for path in sorted([*tables, DISTRICT, PROVINCE])}
    return {
        "as_of": str(province.as_of),
        "settings": vars(settings),
        "inputs": inputs,
        "versions": {
            "ocop_forecast": __version__,
            "python": platform.python_version(),
            "pandas": pd.__version__,
        },
    }


def _sha256(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _claim(folder, identity, *, replace):
    """Take the folder for this run: it is new, holds the same run, or may be replaced."""
    record = folder / "run.json"
    before = json.loads(record.read_text(encoding="utf-8")) if record.exists() else None
    if before is not None:
        changed = [
            key for key in ("as_of", "settings", "inputs", "versions") if before.get(key) != identity[key]
        ]
        if changed and not replace:
            raise RunError("run_differs", folder=folder, changed=", ".join(changed))
    if replace and before is not None:
        shutil.rmtree(folder)
    _write_record(folder, identity | {"status": "running"})


def _write_record(folder, record):
    with whole(folder / "run.json") as draft:
        draft.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _notes(province, settings):
    lang = settings.lang
    origins = province.register["origin"].value_counts()
    counts = {origin: int(origins.get(origin, 0)) for origin in ("published", "reconstructed")}
    return {
        label("note_as_of", lang): month(province.as_of, lang),
        label("note_origin", lang): label("note_origin_counts", lang, **counts),
        label("note_draws", lang): f"{settings.draws}; {settings.seed}",
        label("note_version", lang): f"ocop_forecast {__version__}",
        label("note_probability", lang): label("note_probability_text", lang),
    }


def _jobs(folder, data, codes, province, settings):
    shared = {
        "as_of": str(province.as_of),
        "data": str(Path(data).resolve()) if str(data) else "",
        "forecast": str((folder / "draws.npz").resolve()),
        "lang": settings.lang,
    }
    jobs = [
        Job(code, DISTRICT, {"unit": code, **shared}, folder / "notebooks" / f"{code}.ipynb")
        for code in codes
    ]
    return [*jobs, Job("province", PROVINCE, shared, folder / "province.ipynb")]


def _check_notebooks():
    """Raise RunError unless both notebooks are there and take the parameters they are given."""
    for path, names in ((DISTRICT, {"unit", "as_of", "data", "forecast", "lang"}),
                        (PROVINCE, {"as_of", "data", "forecast", "lang"})):  # fmt: skip
        if not path.exists():
            raise RunError("notebook_missing", path=path)
        from papermill import inspect_notebook

        if set(inspect_notebook(str(path))) != names:
            raise RunError("notebook_parameters", path=path, names=", ".join(sorted(names)))


def _execute_all(jobs, workers, log):
    """Yield (unit, outcome) as each notebook ends; every job in its own kernel, `workers` at a time."""
    for job in jobs:
        job.output.unlink(missing_ok=True)  # an old number never looks new
    workers = min(workers or os.cpu_count() or 1, len(jobs))
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, spawn, initializer=_log_to, initargs=(log,)) as pool:
        futures = [pool.submit(execute, job) for job in jobs]
        for future in as_completed(futures):
            yield future.result()


def _log_to(path):
    """Send what this process and its kernels print to a file, so that the terminal shows progress alone."""
    with path.open("a", encoding="utf-8") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)


def execute(job: Job) -> tuple[str, dict]:
    """Execute one notebook; return its unit and what became of it, never raising for the notebook's sake.

    Returns
    -------
    (str, dict)
        The unit, and status (``done`` or ``failed``), seconds, attempts, and sha256 of the executed notebook
        or the reason why there is none. A failed notebook is kept as ``<unit>.failed.ipynb``.
    """
    begin = time.perf_counter()
    attempts, again, reason = 0, True, ""
    while again and attempts < ATTEMPTS:
        attempts += 1
        reason, again = _attempt(job)
    outcome = {"seconds": round(time.perf_counter() - begin, 2), "attempts": attempts}
    if reason:
        return job.unit, {"status": "failed", **outcome, "reason": reason}
    return job.unit, {"status": "done", **outcome, "sha256": _sha256(job.output)}


def _attempt(job):
    """Execute once; return why it failed ("" if it did not) and whether another try may help."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill import execute_notebook
    from papermill.exceptions import PapermillExecutionError

    failed = job.output.with_suffix(".failed.ipynb")
    try:
        with whole(job.output) as draft:
            try:
                execute_notebook(
                    job.notebook, draft, job.parameters, kernel_name="python3", progress_bar=False
                )
            except Exception:
                shutil.copy(draft, failed)
                raise
    except PapermillExecutionError as error:
        return f"{error.ename}: {error.evalue}", False
    except (DeadKernelError, CellTimeoutError, OSError, RuntimeError) as error:
        return f"{type(error).__name__}: {error}", True
    failed.unlink(missing_ok=True)
    return "", False
