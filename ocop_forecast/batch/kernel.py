"""The kernel of a notebook: this Python with this package, and nothing that its user has configured.

    python -P -m ocop_forecast.batch.kernel -f CONNECTION_FILE

Forked kernels run the same function. JupyterLab's own kernels are not these.
"""

import os
import sys
from pathlib import Path

from ipykernel.kernelapp import IPKernelApp


class App(IPKernelApp):
    """A kernel that reads no configuration, runs no start-up file and finds no modules where it stands."""

    def load_config_file(self, *_, **__):
        """Read none: not the user's, nor the environment's, nor the administrator's."""

    def _run_startup_files(self):
        """Run none, for the same reason."""

    def init_path(self):
        """Leave the search path as it is; IPython would add the current folder."""

    def write_connection_file(self, **terms):
        """Add to the connection file; where it is gone so is the run, and nobody would read it."""
        if Path(self.abs_connection_file).exists():
            super().write_connection_file(**terms)


def run(arguments: list[str]) -> None:
    """Be a kernel until it is told to end; start none for a run whose folder is gone."""
    if Path(os.environ["JUPYTER_RUNTIME_DIR"]).exists():
        App.launch_instance(arguments)


if __name__ == "__main__":
    run(sys.argv[1:])
