"""How the kernels of a run start: forked from a warm process where that can be, ordinarily where it cannot.

The warm way goes through jupyter_client's own extension point, a kernel provisioner, and a notebook executed
either way is the same. Each kernel is a process of its own, in an environment of the run's own.
"""

import asyncio
import json
import os
import queue
import secrets
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import zmq
from jupyter_client import AsyncKernelClient, AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Type

NAME = "ocop-warm"
ADDRESS = "OCOP_FORECAST_WARM"
PATIENCE = 120.0  # seconds for the warm process to import what it needs
OURS = {
    "JUPYTER_PREFER_ENV_PATH": "1",  # a kernel of this environment, whatever the user has elsewhere
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # no debugger is going to be used, nor warned of
    # sums of floats may hang on how many threads they were split among
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
}


@contextmanager
def ready(log: Path | None = None, *, warm: bool = True) -> Iterator[dict[str, str]]:
    """Give the environment variables under which a process starts a run's kernels.

    At the end no process and no file is left of them.

    Parameters
    ----------
    log : path, optional
        Where the warm process writes what it has to say; nowhere unless given.
    warm : bool
        Whether kernels may be forked from a warm process; on Linux alone, elsewhere it makes no difference.
    """
    with TemporaryDirectory(prefix="ocop-", ignore_cleanup_errors=True) as folder:
        own = OURS | {"JUPYTER_RUNTIME_DIR": folder, "IPYTHONDIR": str(Path(folder) / "ipython")}
        if warm and sys.platform == "linux":
            with _warm(folder, own, log) as address:
                yield own | {ADDRESS: address}
        else:
            yield own


@contextmanager
def _warm(folder, own, log):
    """Run the warm process; give the name of its socket, which is no file and ends with the process."""
    name = f"ocop-{os.getpid()}-{secrets.token_hex(8)}"
    with socket.socket(socket.AF_UNIX) as listener, open(log or os.devnull, "ab") as words:  # noqa: PTH123
        listener.bind(f"\0{name}")
        listener.listen(64)
        command = [sys.executable, "-P", "-m", "ocop_forecast.batch.warm", str(listener.fileno()), folder]
        terms = {"env": {**os.environ, **own}, "pass_fds": [listener.fileno()], "start_new_session": True}
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=words, stderr=words, **terms)
    try:
        yield name
    finally:
        process.stdin.close()
        process.wait()


class WarmProvisioner(LocalProvisioner):
    """Start a kernel by forking the warm process; ordinarily if there is none or it does not answer.

    Attributes
    ----------
    ended : int, optional
        How the kernel's process ended, once it has.
    """

    ended = None
    leaving = False

    async def launch_kernel(self, cmd, **kwargs):
        """Start the kernel that `cmd` would start."""
        self.process = _forked(cmd, kwargs)
        if self.process is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.pid = self.pgid = self.process.pid
        return self.connection_info

    async def shutdown_requested(self, restart=False):
        """Take note that the kernel has been asked to end."""
        self.leaving = True

    async def poll(self):
        """Return how the kernel ended, None if it has not; one that is leaving is given a moment."""
        for _ in range(100 if self.leaving else 0):
            if await super().poll() is not None:
                break
            await asyncio.sleep(0.005)
        return await super().poll()

    async def wait(self):
        """Wait for the kernel's end, and remember how it was."""
        self.ended = await super().wait()
        return self.ended


class Client(AsyncKernelClient):
    """A client that takes a kernel for ready as soon as both its answer and its output have been heard.

    Where nobody answers yet it soon knocks again.
    """

    def _context_default(self):
        context = super()._context_default()
        context.setsockopt(zmq.RECONNECT_IVL, 5)  # milliseconds, of which the usual 100 are most of a start
        return context

    async def wait_for_ready(self, timeout=None):
        """Return when the kernel is ready; raise RuntimeError if it dies first or `timeout` seconds pass."""
        until = time.monotonic() + (timeout or float("inf"))
        while not await self._heard(self.kernel_info()):
            if not await self.is_alive():
                raise RuntimeError("the kernel died before it was ready")
            if time.monotonic() > until:
                raise RuntimeError(f"the kernel was not ready within {timeout} seconds")

    async def _heard(self, asked):
        """Return whether the answer to `asked` came, and the kernel's word that it has nothing else to do."""
        try:
            while (await self.get_shell_msg(timeout=1))["parent_header"].get("msg_id") != asked:
                pass
            while not _idle(await self.get_iopub_msg(timeout=0.05), asked):
                pass
            return True
        except queue.Empty:
            return False


def _idle(said, asked):
    """Whether a kernel says that it has nothing else to do since it answered `asked`."""
    return said["parent_header"].get("msg_id") == asked and said["content"].get("execution_state") == "idle"


class Manager(AsyncKernelManager):
    """A kernel's manager whose clients are ours, and who starts it our way."""

    client_factory = Type(Client)

    @property
    def kernel_spec(self):
        """The kernel's specification, with our provisioner in it."""
        spec = super().kernel_spec
        spec.metadata = {**spec.metadata, "kernel_provisioner": {"provisioner_name": NAME}}
        return spec


def _forked(cmd, terms):
    """Return a forked kernel; None if `cmd` is another program's or no warm process answers."""
    address = os.environ.get(ADDRESS)
    if not address or cmd[0] != sys.executable or "ipykernel_launcher" not in cmd:
        return None
    arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
    asked = {"arguments": arguments, "cwd": str(terms.get("cwd") or Path.cwd()), "env": terms["env"]}
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(PATIENCE)
        connection.connect(f"\0{address}")
        socket.send_fds(connection, [json.dumps(asked).encode()], [1, 2])
        return Forked(connection, int(connection.recv(64)))
    except (OSError, ValueError):
        connection.close()
        return None


class Forked:
    """A forked kernel's process, in the manner of `subprocess.Popen` as far as a provisioner asks.

    Closing the connection, as the end of this process does, kills it.
    """

    stdin = stdout = stderr = None

    def __init__(self, connection: socket.socket, pid: int):
        self.connection, self.pid, self.returncode = connection, pid, None

    def poll(self) -> int | None:
        """Return how the process ended, None if it has not."""
        if self.returncode is None and select.select([self.connection], [], [], 0)[0]:
            said = self.connection.recv(64)
            self.returncode = int(said) if said else -signal.SIGKILL  # the warm process is gone as well
            self.connection.close()
        return self.returncode

    def wait(self) -> int:
        """Wait until the process has ended, and return how."""
        while self.poll() is None:
            select.select([self.connection], [], [])
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send the process a signal, unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask the process to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process."""
        self.send_signal(signal.SIGKILL)
