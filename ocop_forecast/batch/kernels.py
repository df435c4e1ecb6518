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
import signal
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
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Type

NAME = "ocop-warm"
FORKS = sys.platform == "linux"  # the libraries of macOS do not bear it, and Windows has no fork
ENVIRONMENT = {
    "JUPYTER_PREFER_ENV_PATH": "1",  # a kernel of this environment, whatever the user has elsewhere
    # no debugger is going to be used, nor warned of
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "PYDEVD_USE_FRAME_EVAL": "NO",
    # sums of floats may hang on how many threads they were split among
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
}
# It waits until its standard input closes, as it does when the process at the other end ends in whatever way.
# Those who write into the folder end in the same moment, so it may have to try again.
DELETER = """
import os, shutil, signal, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.stdin.read()
for _ in range(100):
    shutil.rmtree(sys.argv[1], ignore_errors=True)
    if not os.path.exists(sys.argv[1]):
        break
    time.sleep(0.1)
"""


@contextmanager
def environment() -> Iterator[dict[str, str]]:
    """Give the environment variables under which a process starts a run's kernels.

    Their files lie in a folder that is deleted at the end, even if this process is killed.
    """
    with tempfile.TemporaryDirectory(prefix="ocop-", ignore_cleanup_errors=True) as folder:
        command = [sys.executable, "-I", "-S", "-c", DELETER, folder]
        with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True):
            own = {"JUPYTER_RUNTIME_DIR": folder, "IPYTHONDIR": str(Path(folder) / "ipython")}
            yield ENVIRONMENT | own


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

    @property
    def kernel_spec(self):
        """The kernel's specification, with our provisioner in it."""
        spec = super().kernel_spec
        assert spec
        spec.metadata = {**spec.metadata, "kernel_provisioner": {"provisioner_name": NAME}}
        return spec


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
    """Fork a kernel; None where that cannot be, or if `cmd` starts another program."""
    if not _forks() or cmd[0] != sys.executable or "ipykernel_launcher" not in cmd:
        return None
    arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
    try:
        return Forked(arguments, terms.get("cwd") or Path.cwd(), terms["env"], _search_path())
    except (OSError, EOFError):  # the fork server died, or could not be started
        return None


@cache
def _search_path():
    """List where an ordinary kernel looks for modules; this process may look elsewhere."""
    command = [sys.executable, "-P", "-c", "import json, sys; print(json.dumps(sys.path))"]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def _become_kernel(arguments, cwd, env, search_path):
    """Turn this forked process into the kernel that ``python -m ipykernel_launcher`` would be, and run it."""
    import ipykernel_launcher
    import numpy as np
    from ipykernel.kernelapp import IPKernelApp

    os.setsid()
    _end_with(multiprocessing.parent_process())
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env, JPY_PARENT_PID=str(os.getppid()))
    sys.argv[:], sys.path[:] = [ipykernel_launcher.__file__, *arguments], search_path
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 -- the fork server's, which is empty
    random.seed()
    np.random.seed()  # noqa: NPY002 -- a notebook may still draw from it
    for name in [name for name in sys.modules if name.partition(".")[0] == "multiprocessing"]:
        del sys.modules[name]  # for a notebook that imports it anew, this is a main process
    try:
        IPKernelApp.launch_instance([*arguments, f"--IPKernelApp.parent_handle={os.getppid()}"])
        IPKernelApp.instance().control_thread.join(1)  # what it has yet to say may else wait ten seconds
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
