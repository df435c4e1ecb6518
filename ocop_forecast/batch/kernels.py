"""How the kernels of a run start: forked where that can be, ordinarily where it cannot.

Forked kernels come from the standard library's fork server, which has imported all that they need
(`preload`); jupyter_client asks for them through a kernel provisioner. A notebook executed either way is the
same. Each kernel is a process of its own, in an environment of the run's own.
"""

import asyncio
import atexit
import json
import multiprocessing
import os
import queue
import random
import re
import signal
import site
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from uuid import uuid4

import zmq
from jupyter_client import AsyncKernelClient, AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Type

from .room import STYLE, room

NAME = "ocop-warm"
KERNEL = "ocop_forecast.batch.kernel"
PATH = "its search path: "
FORKS = sys.platform == "linux"  # the libraries of macOS do not bear it, and Windows has no fork
# what moves Python, Jupyter, pandas and matplotlib: a notebook must not hang on what its user has of it
FOREIGN = re.compile(
    r"IPYKERNEL|IPYTHON|JPY_|JUPYTER|MATPLOTLIB|MPL|NBCLIENT|NBCONVERT|NBFORMAT|PANDAS|PAPERMILL|PYTHON"
)
KEPT = {"PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONNOUSERSITE", "PYTHONPYCACHEPREFIX", "PYTHONUSERBASE"}
FIXED = {
    "JUPYTER_PREFER_ENV_PATH": "1",  # what belongs to this environment before what the user has elsewhere
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    # no debugger is going to be used, nor warned of
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "PYDEVD_USE_FRAME_EVAL": "NO",
    # sums of floats may hang on how many threads they were split among
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
}


@contextmanager
def environment() -> Iterator[dict[str, str]]:
    """Give the whole environment of the processes that execute a run's notebooks, and of their kernels.

    What this process's own says of Python, Jupyter and matplotlib is left out. The files that they make lie
    in a folder that is deleted at the end.
    """
    with room() as folder:
        yield {**_kept(), **_python(), **FIXED, **_places(folder), **_home(folder)}


def live_in(environment: dict[str, str]) -> None:
    """Have this environment and no other; never less of it, since other threads may ask meanwhile."""
    os.environ.update(environment)
    for name in {*os.environ} - {*environment}:
        del os.environ[name]


def _kept():
    """List of this process's environment what may move a notebook, or what it does not ask."""
    unheard = sys.flags.ignore_environment  # by this Python, and so by those that it starts
    kept = () if unheard else KEPT
    return {name: value for name, value in os.environ.items() if name in kept or not FOREIGN.match(name)}


def _python():
    """Have Python find this very package first, read file names as here, and heed the same sites."""
    own = Path(__file__).resolve().parents[2]
    said = "" if sys.flags.ignore_environment else os.environ.get("PYTHONPATH", "")
    found = [*({own} - _sites()), *(Path(place).absolute() for place in said.split(os.pathsep) if place)]
    alone = {"PYTHONNOUSERSITE": "1"} if sys.flags.no_user_site else {}
    return {"PYTHONPATH": os.pathsep.join(map(str, found)), "PYTHONUTF8": str(sys.flags.utf8_mode), **alone}


def _sites():
    """List where any Python of this environment looks for packages; before its own modules it must not."""
    prefixes = [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix]
    return {Path(place).resolve() for place in (*site.getsitepackages(prefixes), site.getusersitepackages())}


def _places(folder):
    """Put into the run's folder whatever its processes write in passing, or read of settings."""
    names = ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "TMPDIR", "TEMP", "TMP")
    own = {"IPYTHONDIR": str(folder / "ipython"), "MATPLOTLIBRC": str(folder / STYLE)}
    return dict.fromkeys(names, str(folder)) | own


def _home(folder):
    """Give a home to those who have none that they can write to, such as services."""
    with suppress(OSError, RuntimeError), tempfile.TemporaryFile(dir=Path.home()):
        return {}
    return dict.fromkeys(("HOME", "USERPROFILE", "MPLCONFIGDIR"), str(folder))


def warm_up() -> None:
    """Have this process's fork server begin to import what kernels need, where kernels are forked."""
    if not _forks():
        return
    from multiprocessing import forkserver

    forkserver.set_forkserver_preload(["ocop_forecast.batch.preload"])
    tempfile.tempdir = os.environ["JUPYTER_RUNTIME_DIR"]  # its socket is deleted with the rest
    with suppress(OSError):  # a path that is too long for a socket
        forkserver.ensure_running()
    tempfile.tempdir = None


def _forks() -> bool:
    """Whether kernels are forked: on Linux, and never by a process whose fork server may be another's."""
    return FORKS and multiprocessing.parent_process() is not None


class WarmProvisioner(LocalProvisioner):
    """Start a kernel by a fork; ordinarily where that cannot be.

    Attributes
    ----------
    exit_code : int, optional
        The exit code of the kernel's process, once it has ended.
    """

    exit_code: int | None = None
    leaving = False

    async def launch_kernel(self, cmd, **kwargs):
        """Start the kernel that `cmd` would start."""
        self.process = _forked(cmd, kwargs)
        if self.process is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.pid = self.pgid = self.process.pid
        return self.connection_info

    async def shutdown_requested(self, restart=False):
        """Remember that the kernel has been asked to end."""
        self.leaving = True

    async def poll(self):
        """Return the kernel's exit code, None while it runs; wait a moment for one that is leaving."""
        for _ in range(100 if self.leaving else 0):
            if await super().poll() is not None:
                break
            await asyncio.sleep(0.005)
        return await super().poll()

    async def wait(self):
        """Wait for the kernel's end, and remember its exit code."""
        self.exit_code = await super().wait()
        return self.exit_code


class Client(AsyncKernelClient):
    """A client for which a kernel is ready as soon as it has answered and has nothing else to do.

    Where nobody answers yet it soon tries again.
    """

    def _context_default(self):
        context = super()._context_default()
        context.setsockopt(zmq.RECONNECT_IVL, 5)  # milliseconds, of which the usual 100 are most of a start
        return context

    async def wait_for_ready(self, timeout=None):
        """Return when the kernel is ready; raise RuntimeError if it dies first or `timeout` seconds pass."""
        until = time.monotonic() + (timeout or float("inf"))
        while not await self._answers():
            if not await self.is_alive():
                raise RuntimeError("the kernel died before it was ready")
            if time.monotonic() > until:
                raise RuntimeError(f"the kernel was not ready within {timeout} seconds")

    async def _answers(self):
        """Ask the kernel what it is; return whether it answered and became idle soon."""
        asked, idle = self.kernel_info(), False
        try:
            while (await self.get_shell_msg(timeout=1))["parent_header"].get("msg_id") != asked:
                pass
            while not idle:
                said = await self.get_iopub_msg(timeout=0.05)
                state = said["content"].get("execution_state")
                idle = said["parent_header"].get("msg_id") == asked and state == "idle"
            return True
        except queue.Empty:
            return False


class Manager(AsyncKernelManager):
    """A kernel's manager with our client, our provisioner, and its file in the run's own folder."""

    client_factory = Type(Client)

    def _connection_file_default(self):
        return f"{os.environ['JUPYTER_RUNTIME_DIR']}/{uuid4()}.json"

    def _ip_default(self):
        return "127.0.0.1"

    @property
    def kernel_spec(self):
        """Our kernel and our provisioner, whichever kernels are known by the names of notebooks."""
        command = [sys.executable, "-P", "-m", KERNEL, "-f", "{connection_file}"]
        return KernelSpec(
            argv=command,
            display_name="Python 3",
            language="python",
            metadata={"kernel_provisioner": {"provisioner_name": NAME}},
        )


class Forked:
    """A forked kernel's process, in the manner of `subprocess.Popen` as far as a provisioner asks."""

    stdin = stdout = stderr = None

    pid: int

    def __init__(self, *kernel):
        context = multiprocessing.get_context("forkserver")
        self.process = context.Process(target=_become_kernel, args=kernel, daemon=True)
        self.process.start()
        self.pid = self.process.pid  # type: ignore[assignment]

    def poll(self):
        """Return the exit code, None while the process runs."""
        return self.process.exitcode

    def wait(self):
        """Wait until the process has ended, and return its exit code."""
        self.process.join()
        return self.process.exitcode

    def send_signal(self, number):
        """Send the process a signal, unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


def _forked(cmd, terms):
    """Fork a kernel; None where that cannot be."""
    if not _forks():
        return None
    arguments = cmd[cmd.index(KERNEL) + 1 :]
    try:
        return Forked(arguments, terms.get("cwd") or Path.cwd(), terms["env"], search_path())
    except (OSError, EOFError):  # the fork server died, or could not be started
        return None


@cache
def search_path() -> list[str]:
    """List where an ordinary kernel looks for modules; this process may look elsewhere."""
    command = [sys.executable, "-P", "-c", f"import json, sys; print({PATH!r} + json.dumps(sys.path))"]
    said = subprocess.run(command, stdout=subprocess.PIPE, check=True, encoding="utf-8").stdout
    return json.loads(said.rpartition(PATH)[2].splitlines()[0])  # a sitecustomize may say something too


def _become_kernel(arguments, cwd, env, search_path):
    """Turn this forked process into the kernel that ``python -P -m`` would be, and run it."""
    import numpy as np

    from . import kernel

    os.setsid()
    _end_with(multiprocessing.parent_process())
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env, JPY_PARENT_PID=str(os.getppid()))
    sys.argv[:], sys.path[:] = [kernel.__file__, *arguments], search_path
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 -- the fork server's, which is empty
    random.seed()
    np.random.seed()  # noqa: NPY002 -- a notebook may still draw from it
    for name in [name for name in sys.modules if name.partition(".")[0] == "multiprocessing"]:
        del sys.modules[name]  # for a notebook that imports it anew, this is a main process
    try:
        kernel.run([*arguments, f"--IPKernelApp.parent_handle={os.getppid()}"])
        kernel.App.instance().control_thread.join(1)  # what it has yet to say may else wait ten seconds
    finally:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()  # multiprocessing leaves them out


def _end_with(process):
    """Have this process and its group killed when `process` ends in whatever way, whatever they are doing."""
    import fcntl

    for descriptor in Path("/proc/self/fd").iterdir():  # what notebooks start is not to keep them open
        with suppress(OSError):
            os.set_inheritable(int(descriptor.name), int(descriptor.name) < 3)
    end = process.sentinel  # a pipe that closes then
    fcntl.fcntl(end, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(end, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(end, fcntl.F_SETFL, os.O_ASYNC)
    if not process.is_alive():  # it was quicker
        os._exit(1)
