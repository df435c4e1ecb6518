"""One notebook to execute, and whether what came of it can be believed.

A job's result is the same wherever it is executed: it holds the files as bytes, and writes none. Nothing
here is slow to import, since every process that executes notebooks imports it.
"""

import ast
import json
import os
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from ocop_forecast.i18n.catalogue import set_options

from .printout import printout

EMPTY = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
ATTEMPTS = 2  # where a kernel died or did not start
START = 120  # seconds for a kernel to start
# by itself, or by us when it was done and did not leave, which Windows tells otherwise
ENDED = (0, 1) if sys.platform == "win32" else (0, -15, -9)
STARTING = (OSError, RuntimeError)  # what a kernel that does not start ends in


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
    """

    unit: str
    title: str
    lang: str
    notebook: str
    parameters: dict[str, str]
    output: str
    seconds: int = 600

    def named(self, kind: str) -> str:
        """Return where the job's file of a kind belongs, such as ``.html`` beside its notebook."""
        return str(Path(self.output).with_suffix(kind).as_posix())


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


def parameters_of(notebook: str) -> set[str]:
    """Return the names that a notebook takes as parameters: those set in its cell tagged so.

    papermill itself only warns of an unknown parameter, and without the tag it runs the default district.

    Examples
    --------
    >>> cell = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": 'unit: str = "389"'}
    >>> parameters_of(json.dumps({"cells": [cell]}))
    {'unit'}
    """
    cells = json.loads(notebook)["cells"]
    tagged = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    lines = [node for cell in tagged for node in ast.parse("".join(cell["source"])).body]
    return {line.target.id for line in lines if isinstance(line, ast.AnnAssign)} | {
        target.id for line in lines if isinstance(line, ast.Assign) for target in line.targets
    }


def execute(job: Job, home: str | os.PathLike) -> Result:
    """Execute a job in the run's folder `home`, and never raise for the notebook's sake."""
    begin, attempts, again = time.perf_counter(), 0, True
    while again and attempts < ATTEMPTS:
        attempts += 1
        files, reason, again = _attempt(job, Path(home))
    status = "failed" if reason else "done"
    return Result(status, reason, round(time.perf_counter() - begin, 2), attempts, files)


def _attempt(job, home):
    """Execute once; return the files, why it failed or "", and whether another kernel may help."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    told, again = {}, False
    try:
        _papermill(job, home, told)
        reason = _doubt(job, told)
        if not reason:
            return _done(job, told["notebook"]), "", False
    except PapermillExecutionError as error:
        reason = f"{error.ename}: {error.evalue}"
    except CellTimeoutError:
        reason = f"CellTimeoutError: a cell took longer than {job.seconds} seconds"
    except Exception as error:  # whatever befell one notebook is told as its failure and stops no other
        reason, again = f"{type(error).__name__}: {error}", isinstance(error, (DeadKernelError, *STARTING))
    return _failed(job, told.get("notebook")), reason, again


def _done(job, notebook):
    """Return the files of a job that is done."""
    text = _text(notebook)
    home = "../" * job.output.count("/") + "meeting.html"
    with set_options(lang=job.lang):
        page = printout(text, title=job.title, home=home)
    return {job.output: text.encode(), job.named(".html"): page.encode()}


def _failed(job, notebook):
    """Return what was executed of a job that failed, if anything was."""
    return {} if notebook is None else {job.named(".failed.ipynb"): _text(notebook).encode()}


def _papermill(job, home, told):
    """Execute through papermill; what is known of it, however it ends, is put into `told`."""
    from papermill import execute_notebook

    with TemporaryDirectory(prefix="ocop-", dir=os.environ.get("JUPYTER_RUNTIME_DIR")) as desk:
        given, made = Path(desk) / "given.ipynb", Path(desk) / "made.ipynb"
        given.write_text(job.notebook, encoding="utf-8")
        execute_notebook(
            *map(_literal, (given, made)),
            job.parameters,
            engine_name=_engine(),
            kernel_name="python3",
            progress_bar=False,
            request_save_on_cell_execute=False,
            autosave_cell_every=0,
            start_timeout=START,
            execution_timeout=job.seconds,
            resources={"metadata": {"path": str((home / job.output).parent)}},
            names=list(job.parameters),
            told=told,
        )


def _literal(path):
    """Return a path that papermill, which fills in what stands in braces, takes as it is."""
    return str(path).replace("{", "{{").replace("}", "}}")


@cache
def _engine():
    """Return the name of our papermill engine: its usual one, which also asks the kernel what it holds."""
    from jupyter_core.utils import run_sync
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import NBClientEngine, papermill_engines

    from .kernels import Manager

    class Client(PapermillNotebookClient):
        @contextmanager
        def setup_kernel(self, **terms):
            with super().setup_kernel(**terms):
                yield
                self.told["provisioner"] = self.km.provisioner
                asked = self.kc.execute("", silent=True, user_expressions={name: name for name in self.names})
                self.told["held"] = self.wait_for_reply(asked)["content"].get("user_expressions", {})
                run_sync(self.dismiss)()

        async def dismiss(self):
            """Let the kernel end by itself; nbclient would interrupt it first, wherever it is.

            Now and then one waits ten seconds for an output thread that has ended before it: it is ended.
            """
            await self.km.request_shutdown()
            await self.km.finish_shutdown(waittime=1)

    class Engine(NBClientEngine):
        @classmethod
        def execute_managed_notebook(
            cls, nb_man, kernel_name, *, start_timeout, execution_timeout, resources, names, told, **_
        ):
            told["notebook"] = nb_man.nb
            terms = {"startup_timeout": start_timeout, "timeout": execution_timeout, "resources": resources}
            client = Client(nb_man, kernel_name=kernel_name, kernel_manager_class=Manager, **terms)
            client.names, client.told = names, told
            client.execute()

    papermill_engines.register("ocop", Engine)
    return "ocop"


def _doubt(job, told):
    """Return why a notebook that papermill takes for executed is not to be believed; "" if it is."""
    code = [cell for cell in told["notebook"].cells if cell.cell_type == "code" and cell.source.strip()]
    for cell in code:
        if cell.execution_count is None or any(out.output_type == "error" for out in cell.outputs):
            return f'it stopped before its end, at "{cell.source.strip().splitlines()[0]}"'
    held = {name: said.get("data", {}).get("text/plain") for name, said in told["held"].items()}
    for name, value in job.parameters.items():
        if held.get(name) != repr(value):
            return f"it was given {name} = {value!r}, but ran with {held.get(name)}"
    ended = told["provisioner"].ended
    return "" if ended in ENDED else f"its kernel ended with code {ended}"


def _text(notebook):
    """Return the text of an executed notebook, without the desk it lay on; but for times always the same."""
    import nbformat

    for path in ("input_path", "output_path"):
        notebook.metadata.papermill.pop(path, None)
    for cell in notebook.cells:
        if "injected-parameters" in cell.metadata.get("tags", ()):
            cell.id = "injected-parameters"  # papermill gives it another name each time
    return nbformat.writes(notebook) + "\n"


def begin(environment: dict[str, str], log: Path) -> None:
    """Make a process ready to execute jobs, and let what it and its kernels print go to `log` alone."""
    os.environ.update(environment)
    with log.open("a", encoding="utf-8") as words:
        os.dup2(words.fileno(), 1)
        os.dup2(words.fileno(), 2)
    # jsonschema, which nbformat imports, would build a grammar of addresses for a second, for no notebook
    sys.modules.setdefault("rfc3987_syntax", None)


def prepare() -> None:
    """Import what executing a job needs, before there is one."""
    _engine()
    printout(json.dumps(EMPTY), title="")
