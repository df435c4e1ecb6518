"""One notebook to execute, and whether its result can be believed.

A job's result is the same wherever it is executed: it holds the files as bytes, and writes none. Nothing
here is slow to import, since every process that executes notebooks imports it.
"""

import json
import os
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from ocop_forecast.files.code import code_hash, facts

from .printout import printout

EMPTY = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
ASK = "__import__('ocop_forecast.files.code', fromlist=['facts']).facts()"  # whatever its cells have named
ATTEMPTS = 2  # where a kernel died or did not start
START = 120  # seconds for a kernel to start
# by itself, or by us when it was done and did not leave, which Windows tells otherwise
EXITED = (0, 1) if sys.platform == "win32" else (0, -15, -9)


@dataclass(frozen=True)
class Job:
    """One notebook to execute.

    Attributes
    ----------
    unit : str
        The code of the unit, or ``province``.
    title, lang : str
        What its page is called, and in which language.
    notebook : str
        The text of the notebook to execute, JSON.
    parameters : dict
        What it is given: text alone. Paths in it are seen from the executed notebook's folder.
    output : str
        Where the executed notebook belongs, seen from the run's folder.
    seconds : int
        How long one cell may take.
    back : str
        The words of the link from its page to the meeting's.
    """

    unit: str
    title: str
    lang: str
    notebook: str
    parameters: dict[str, str]
    output: str
    seconds: int = 600
    back: str = ""

    def file(self, suffix: str) -> str:
        """Place the file of another suffix, such as ``.html``: beside the notebook."""
        return Path(self.output).with_suffix(suffix).as_posix()


@dataclass(frozen=True)
class Result:
    """What came of a job.

    Attributes
    ----------
    status : {"done", "failed"}
        A job is done if its kernel ended well, held the parameters it was given, and executed every cell
        without an error; whatever else happened, it failed.
    reason : str
        Why it failed.
    seconds, attempts
        How long it took, and how many kernels.
    files : dict of str to bytes
        What is to be written, by its place in the run's folder: the executed notebook and its page, or of a
        failed one what was executed, as ``<code>.failed.ipynb``.
    """

    status: str
    reason: str = ""
    seconds: float = 0.0
    attempts: int = 1
    files: dict[str, bytes] = field(default_factory=dict)


class Lost(NamedTuple):
    """What became of a task that took a process along, and then one that was its own."""

    reason: str


def execute(job: Job, home: str | os.PathLike) -> Result:
    """Execute a job in the run's folder `home`, and never raise for the notebook's sake."""
    start, attempts, retry = time.perf_counter(), 0, True
    while retry and attempts < ATTEMPTS:
        attempts += 1
        files, reason, retry = _attempt(job, Path(home))
    status = "failed" if reason else "done"
    return Result(status, reason, round(time.perf_counter() - start, 2), attempts, files)


def _attempt(job, home):
    """Execute a job once; return its files, why it failed or "", and whether another kernel may help."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    found: dict[str, Any] = {}
    retry = False
    try:
        _run_papermill(job, home, found)
        reason = _fault(job, **found)
        if not reason:
            text = _text(found["notebook"])
            home = "../" * job.output.count("/") + "meeting.html"
            page = printout(text, title=job.title, lang=job.lang, home=home, back=job.back)
            return {job.output: text.encode(), job.file(".html"): page.encode()}, "", False
    except PapermillExecutionError as error:
        reason = f"{error.ename}: {error.evalue}"
    except CellTimeoutError:
        reason = f"CellTimeoutError: a cell took longer than {job.seconds} seconds"
    except Exception as error:  # whatever befell one notebook is told as its failure and stops no other
        reason = f"{type(error).__name__}: {error}"
        retry = isinstance(error, (DeadKernelError, OSError, RuntimeError))  # a kernel died or did not start
    files = {job.file(".failed.ipynb"): _text(found["notebook"]).encode()} if "notebook" in found else {}
    return files, reason, retry


def _run_papermill(job, home, found):
    """Execute a job's notebook; put what is known of it, however it ends, into `found`."""
    from papermill import execute_notebook

    with TemporaryDirectory(prefix="ocop-", dir=os.environ.get("JUPYTER_RUNTIME_DIR")) as folder:
        given, made = Path(folder) / "given.ipynb", Path(folder) / "made.ipynb"
        given.write_text(job.notebook, encoding="utf-8")
        execute_notebook(
            # papermill fills in what stands in braces, unless they are doubled
            *(str(path).replace("{", "{{").replace("}", "}}") for path in (given, made)),
            job.parameters,
            engine_name=_engine(),
            kernel_name="python3",
            progress_bar=False,
            request_save_on_cell_execute=False,
            autosave_cell_every=0,
            start_timeout=START,
            execution_timeout=job.seconds,
            resources={"metadata": {"path": str((home / job.output).parent)}},
            asked={name: name for name in job.parameters}
            | {_kernels(name): f"{ASK}[{name!r}]" for name in facts()},
            found=found,
        )


@cache
def _engine():
    """Register our papermill engine, which also asks the kernel what it holds; return its name."""
    from jupyter_core.utils import run_sync
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import NBClientEngine, papermill_engines

    from .kernels import Manager

    class Client(PapermillNotebookClient):
        @contextmanager
        def setup_kernel(self, **terms):
            with super().setup_kernel(**terms):
                yield
                self.found["provisioner"] = self.km.provisioner
                asked = self.kc.execute("", silent=True, user_expressions=self.asked)
                self.found["values"] = self.wait_for_reply(asked)["content"].get("user_expressions", {})
                run_sync(self.end_kernel)()

        async def end_kernel(self):
            """Let the kernel end by itself; nbclient would interrupt it first, wherever it is.

            Now and then one waits ten seconds for an output thread that has ended before it: it is ended.
            """
            await self.km.request_shutdown()
            await self.km.finish_shutdown(waittime=1)

    class Engine(NBClientEngine):
        @classmethod
        def execute_managed_notebook(
            cls, nb_man, kernel_name, *, start_timeout, execution_timeout, resources, asked, found, **_
        ):
            found["notebook"] = nb_man.nb
            terms = {"startup_timeout": start_timeout, "timeout": execution_timeout, "resources": resources}
            client = Client(nb_man, kernel_name=kernel_name, kernel_manager_class=Manager, **terms)
            client.asked, client.found = asked, found
            client.execute()

    papermill_engines.register("ocop", Engine)
    return "ocop"


def _fault(job, notebook, values, provisioner):
    """Say why a notebook that papermill takes for executed cannot be believed; "" if it can."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.source.strip():
            failed = any(output.output_type == "error" for output in cell.outputs)
            if failed or cell.execution_count is None:
                return f'it stopped before its end, at "{cell.source.strip().splitlines()[0]}"'
    held = {name: value.get("data", {}).get("text/plain") for name, value in values.items()}
    for name, own in facts().items():
        if held.get(_kernels(name)) != repr(own):
            return f"{_kernels(name)} is {held.get(_kernels(name))}, and the run's is {own!r}"
    for name, given in job.parameters.items():
        if held.get(name) != repr(given):
            return f"it was given {name} = {given!r}, but ran with {held.get(name)}"
    code = provisioner.exit_code
    return "" if code in EXITED else f"its kernel ended with code {code}"


def _kernels(name):
    """Call a fact of the kernel's, so that no parameter is called the same."""
    return f"its kernel's {name}"


def _text(notebook):
    """Write an executed notebook as text, which but for times is always the same."""
    import nbformat

    for path in ("input_path", "output_path"):
        notebook.metadata.papermill.pop(path, None)
    for cell in notebook.cells:
        if "injected-parameters" in cell.metadata.get("tags", ()):
            cell.id = "injected-parameters"  # papermill gives it another name each time
    return nbformat.writes(notebook) + "\n"


def log_to(log: Path) -> None:
    """Let what this process and its kernels print go to `log` alone."""
    with log.open("a", encoding="utf-8") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)


def import_all() -> None:
    """Import what executing a job needs, before there is one."""
    # jsonschema, which nbformat imports, would build a grammar of addresses for a second, for no notebook
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    _engine()
    printout(json.dumps(EMPTY), title="", lang="")


def rehearse(code: str) -> Result:
    """Execute a notebook without cells: whether kernels start here, and this is the code of the run."""
    if code_hash() != code:
        return Result("failed", "the files of ocop_forecast were changed while the run began")
    return execute(
        Job("", "", "", json.dumps(EMPTY), {}, "rehearsal.ipynb"), os.environ["JUPYTER_RUNTIME_DIR"]
    )
