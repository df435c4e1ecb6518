"""A process in which all that notebooks import is imported already, and which forks a kernel when asked.

``python -m ocop_forecast.batch.warm FD FOLDER`` listens on the socket FD until its standard input closes,
as it does when whoever started it ends in whatever way; then it ends its kernels and deletes FOLDER. Linux
only.

A forked kernel must not differ from an ordinary one. Libraries look for a kernel while they are imported, so
one is feigned; the inline backend of matplotlib hooks itself into the shell it finds, so it is left to each
kernel; and what a process draws at random is drawn anew.
"""

import atexit
import builtins
import gc
import json
import os
import random
import selectors
import shutil
import signal
import socket
import struct
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from io import BytesIO
from types import SimpleNamespace

BACKEND = "module://matplotlib_inline.backend_inline"
KERNEL = (
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger", "IPython.core.completerlib",
    "IPython.core.logger", "IPython.core.magics", "IPython.core.oinspect", "IPython.core.pylabtools",
    "IPython.extensions.storemagic", "encodings.cp437", "encodings.idna", "faulthandler", "psutil", "sqlite3",
    "tornado.platform.asyncio", "zmq.utils.garbage",
)  # fmt: skip
NOTEBOOK = (
    "jinja2", "matplotlib.backends.backend_agg", "matplotlib.figure", "pandas.core.reshape.reshape",
    "pandas.io.formats.html", "pandas.io.formats.string", "ocop_forecast.reporting.widgets",
    "ocop_forecast.tables.loading", "ocop_forecast.planning.attainment", "ocop_forecast.plots",
)  # fmt: skip
ASKED, PATIENCE = 1 << 20, 5.0  # bytes of a request, and seconds it may take to come


def main(descriptor: int, folder: str):
    """Serve until standard input closes; in a forked child, become the kernel that was asked for."""
    with socket.socket(fileno=descriptor) as listener, _feigned_kernel():
        _rehearse()
        gc.freeze()  # what is shared by all kernels is never looked at again
        asked = _serve(listener)
    if asked is None:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        _leave(_become(**asked))


@contextmanager
def _feigned_kernel() -> Iterator[None]:
    """Let libraries that are imported meanwhile believe that this is a notebook's kernel."""
    os.environ["MPLBACKEND"] = BACKEND
    builtins.get_ipython = lambda: SimpleNamespace(kernel=True)
    try:
        yield
    finally:
        del builtins.get_ipython


def _rehearse():
    """Import what kernels and notebooks import, and draw text once, which finds the fonts."""
    for name in (*KERNEL, *NOTEBOOK):
        with suppress(ImportError):  # of a library that is laid out otherwise: the kernel imports it itself
            import_module(name)
    figure = sys.modules["matplotlib.figure"].Figure(layout="constrained")
    figure.subplots().set_title("52/120")
    sys.modules["matplotlib.backends.backend_agg"].FigureCanvasAgg(figure).print_png(BytesIO())


def _serve(listener):
    """Fork a kernel for each request; return the request in the child, None when standard input closes."""
    wakes, woken = socket.socketpair()
    for end in (wakes, woken):
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken.fileno())
    kernels = {}  # pid -> the connection over which it was asked for
    with selectors.PollSelector() as waiting:
        for source in (0, listener, wakes):
            waiting.register(source, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select():
                if key.fileobj == 0:
                    return _end(kernels)
                if key.fileobj is wakes:
                    wakes.recv(4096)
                    _reap(kernels, waiting)
                elif key.fileobj is not listener:  # whoever asked for this kernel is gone
                    _kill(key.data)
                    waiting.unregister(key.fileobj)
                elif asked := _request(listener):
                    connection, request = asked
                    pid = os.fork()
                    if not pid:
                        _let_go(kernels, connection, listener, wakes, woken)
                        return request
                    _close(request["streams"])
                    kernels[pid] = connection
                    waiting.register(connection, selectors.EVENT_READ, pid)
                    _say(connection, pid)


def _request(listener):
    """Return a connection and what is asked for over it; None if it is not this user's or says nothing."""
    connection, _ = listener.accept()
    connection.settimeout(PATIENCE)
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    streams = []
    try:
        if struct.unpack("3i", credentials)[1] == os.getuid():
            said, streams, *_ = socket.recv_fds(connection, ASKED, 2)
            return connection, {**json.loads(said), "streams": streams}
    except (OSError, ValueError):
        _close(streams)
    connection.close()
    return None


def _close(descriptors):
    for descriptor in descriptors:
        os.close(descriptor)


def _say(connection, number):
    with suppress(OSError):
        connection.sendall(f"{number}\n".encode())


def _reap(kernels, waiting):
    """Tell those who asked for them how their kernels ended."""
    for pid in list(kernels):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            connection = kernels.pop(pid)
            _say(connection, os.waitstatus_to_exitcode(status))
            with suppress(KeyError):
                waiting.unregister(connection)
            connection.close()


def _kill(pid):
    """Kill a kernel and what it started."""
    for kill in (os.killpg, os.kill):  # it may not have made its group yet
        with suppress(ProcessLookupError):
            kill(pid, signal.SIGKILL)


def _end(kernels):
    for pid in kernels:
        _kill(pid)
        os.waitpid(pid, 0)


def _let_go(kernels, *sockets):
    """Let go, in the child, of what is the parent's."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for one in (*kernels.values(), *sockets):
        one.close()


def _become(arguments, cwd, env, streams):
    """Turn this process into a kernel, and run it to its end; return the code it ends with."""
    import numpy as np
    from ipykernel.kernelapp import IPKernelApp

    os.setsid()
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, stream in enumerate((nothing, *streams)):
        os.dup2(stream, descriptor)
    _close([nothing, *streams])
    random.seed()
    np.random.seed()  # noqa: NPY002 -- a notebook may still draw from it
    try:
        IPKernelApp.launch_instance([*arguments, f"--IPKernelApp.parent_handle={os.getppid()}"])
    except SystemExit as left:
        return int(bool(left.code))
    except BaseException:
        traceback.print_exc()
        return 1
    IPKernelApp.instance().control_thread.join(1)  # or what it has yet to say may wait ten seconds to be said
    return 0


def _leave(code):
    """End as a process does, but let all that was imported go without taking it apart piece by piece."""
    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.__stdout__, sys.__stderr__):
        stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
