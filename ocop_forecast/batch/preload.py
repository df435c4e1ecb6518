"""What the fork server imports before it forks kernels; importing this module does it.

A forked kernel must not differ from an ordinary one. Libraries look for a kernel while they are imported, so
one is feigned; the inline backend of matplotlib hooks itself into the shell it finds, so it is left to each
kernel.
"""

import builtins
import gc
import os
import sys
from contextlib import suppress
from importlib import import_module
from io import BytesIO
from types import SimpleNamespace

from ocop_forecast.files.code import code_hash

KERNEL = (
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger", "IPython.core.completerlib",
    "IPython.core.logger", "IPython.core.magics", "IPython.core.oinspect", "IPython.core.pylabtools",
    "IPython.extensions.storemagic", "encodings.cp437", "encodings.idna", "faulthandler", "psutil", "sqlite3",
    "tornado.platform.asyncio", "zmq.utils.garbage", "ocop_forecast.batch.kernel",
    "ocop_forecast.batch.kernels",
)  # fmt: skip
NOTEBOOK = (
    "jinja2", "matplotlib.backends.backend_agg", "matplotlib.figure", "pandas.core.reshape.reshape",
    "pandas.io.formats.html", "pandas.io.formats.string", "ocop_forecast.reporting.widgets",
    "ocop_forecast.tables.loading", "ocop_forecast.planning.attainment", "ocop_forecast.plots",
)  # fmt: skip

parent = os.getppid()
# matplotlib would heed a style of the folder that it is in
os.chdir(os.environ.get("JUPYTER_RUNTIME_DIR", "."))
vars(builtins)["get_ipython"] = lambda: SimpleNamespace(kernel=True)
for name in (*KERNEL, *NOTEBOOK):
    if os.getppid() != parent:  # who started it has ended
        sys.exit()
    with suppress(ImportError):  # a library that is laid out otherwise: the kernel imports it itself
        import_module(name)
figure = sys.modules["matplotlib.figure"].Figure(layout="constrained")
figure.subplots().set_title("52/120")  # drawing text once finds the fonts
sys.modules["matplotlib.backends.backend_agg"].FigureCanvasAgg(figure).print_png(BytesIO())
del vars(builtins)["get_ipython"], figure
code_hash()  # of what has been imported, though others come meanwhile
gc.freeze()  # no kernel need look again at what all share
