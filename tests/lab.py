"""JupyterLab as an analyst has it: started, opened in a real browser, a notebook run whole."""

import json
import os
import shutil
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
TOKEN = "ocop"
SECONDS = 240  # for a notebook to run on a busy machine
SETTINGS = {  # no question about news, and none about updates
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": {
        "fetchNews": "false",
        "checkForUpdates": False,
    }
}


@dataclass(frozen=True)
class Lab:
    """A running server: its address and the folder of notebooks that it serves."""

    address: str
    folder: Path

    def ask(self, path: str):
        """Return what the server's API says."""
        with urllib.request.urlopen(f"{self.address}/{path}?token={TOKEN}", timeout=20) as answer:
            return json.load(answer)


@contextmanager
def served(folder: Path):
    """Serve a copy of the notebooks from `folder`, to this machine alone; end it with its kernels."""
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    settings = folder / "settings"
    for name, values in SETTINGS.items():
        (settings / name).parent.mkdir(parents=True, exist_ok=True)
        (settings / name).write_text(json.dumps(values), encoding="utf-8")
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--ip=127.0.0.1", "--port=0"]
    command += [f"--IdentityProvider.token={TOKEN}", f"--notebook-dir={folder}", "--allow-root"]
    command += [f"--LabApp.user_settings_dir={settings}", f"--LabApp.workspaces_dir={folder / 'workspaces'}"]
    runtime = folder / "runtime"
    known = {"JUPYTER_RUNTIME_DIR": str(runtime), "OCOP_LANG": "vi"}
    with (folder / "lab.log").open("wb") as log:
        server = psutil.Popen(command, stdout=log, stderr=log, env=os.environ | known)
        try:
            yield Lab(_address(server, runtime, folder), folder)
        finally:
            _end(server)


def _address(server, runtime, folder):
    """Return where the server answers, once it does."""
    until = time.monotonic() + 90
    while time.monotonic() < until and server.poll() is None:
        for told in runtime.glob("jpserver-*.json"):
            try:
                address = json.loads(told.read_text(encoding="utf-8"))["url"].rstrip("/")
                Lab(address, folder).ask("api/status")
            except (ValueError, OSError):
                continue  # not written whole, or not listening yet
            return address
        time.sleep(0.2)
    raise AssertionError(f"JupyterLab did not start:\n{(folder / 'lab.log').read_text(errors='replace')}")


def _end(server):
    family = [*server.children(recursive=True), server]
    for one in family:
        try:
            one.terminate()
        except psutil.NoSuchProcess:
            continue
    for one in psutil.wait_procs(family, timeout=10)[1]:
        one.kill()
    server.wait(10)


@contextmanager
def notebook(browser, lab: Lab, name: str, width: int = 1400):
    """Open a notebook, run all its cells, and yield the page once the kernel is idle again."""
    with browser.new_context(viewport={"width": width, "height": 1000}) as context:
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{lab.address}/lab/tree/notebooks/{name}?token={TOKEN}&reset")
        page.wait_for_selector(".jp-Notebook .jp-CodeCell")
        page.wait_for_function("document.querySelector('.jp-Notebook-ExecutionIndicator')")
        _idle(page, lab)
        page.locator(".jp-Notebook .jp-CodeCell").first.click()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).first.click()
        _ran(page, lab)
        yield page


def _idle(page, lab):
    """Wait until the server has a kernel that somebody is connected to and that does nothing."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        kernels = [session["kernel"] for session in lab.ask("api/sessions")]
        if kernels and all(one["execution_state"] == "idle" and one["connections"] for one in kernels):
            return
        page.wait_for_timeout(200)
    raise AssertionError("the kernel did not come to rest")


def _ran(page, lab):
    """Wait until every code cell bears a number, and the kernel rests."""
    cells = ".jp-Notebook .jp-CodeCell .jp-InputPrompt"
    done = f"[...document.querySelectorAll('{cells}')].every(one => /\\d/.test(one.textContent))"
    page.wait_for_function(done, timeout=1000 * SECONDS)
    _idle(page, lab)


def errors(page) -> list[str]:
    """Return the errors and warnings that the notebook's cells show."""
    kinds = ("application/vnd.jupyter.error", "application/vnd.jupyter.stderr")
    return page.locator(", ".join(f'[data-mime-type="{kind}"]' for kind in kinds)).all_inner_texts()
