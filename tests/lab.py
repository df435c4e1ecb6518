"""JupyterLab as an analyst has it: started, opened in a real browser, a notebook run whole."""

import json
import os
import re
import shlex
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
ERROR = ", ".join(f'[data-mime-type="application/vnd.jupyter.{kind}"]' for kind in ("error", "stderr"))
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

    def ask(self, path: str, method: str = "GET"):
        """Return what the server's API says."""
        request = urllib.request.Request(f"{self.address}/{path}?token={TOKEN}", method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.loads(answer.read() or "null")

    def sessions(self, name: str) -> list[dict]:
        """Return the sessions of a notebook; one that is open has one."""
        return [one for one in self.ask("api/sessions") if one["path"] == f"notebooks/{name}"]


@contextmanager
def served(folder: Path):
    """Serve a copy of the notebooks from `folder`, to this machine alone; end it with its kernels."""
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    settings = folder / "settings"
    for name, values in SETTINGS.items():
        (settings / name).parent.mkdir(parents=True, exist_ok=True)
        (settings / name).write_text(json.dumps(values), encoding="utf-8")
    command = [sys.executable, "-m", *_made(), "--no-browser", "--ip=127.0.0.1", "--port=0", "--allow-root"]
    command += [f"--IdentityProvider.token={TOKEN}", f"--LabApp.user_settings_dir={settings}"]
    command += [f"--LabApp.workspaces_dir={folder / 'workspaces'}"]
    runtime = folder / "runtime"
    known = {"JUPYTER_RUNTIME_DIR": str(runtime), "OCOP_LANG": "vi"}
    with (folder / "lab.log").open("wb") as log:
        server = psutil.Popen(command, cwd=folder, stdout=log, stderr=log, env=os.environ | known)
        try:
            yield Lab(_address(server, runtime, folder), folder)
        finally:
            _end(server)


def _made():
    """Return what `make lab` starts, but for the folder that the program lies in."""
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8")
    return shlex.split(re.search(r"^lab:.*\n\t\$\(BIN\)/(.*)", recipe, re.M)[1])


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
    for one in psutil.wait_procs(family, timeout=60)[1]:
        one.kill()
    server.wait(10)


@contextmanager
def notebook(browser, lab: Lab, name: str, *, stopped: bool = False, width: int = 1400):
    """Open a notebook, run all its cells, and yield the page once the kernel is idle again.

    One that is to be `stopped` by an error has an error to show, and cells that did not run.
    """
    with opened(browser, lab, name, width=width) as page:
        _choose(page, "View", "Expand All Code")  # cells whose code is folded show no number
        _choose(page, "Run", "Run All Cells")
        page.wait_for_selector(ERROR) if stopped else _ran(page)
        _idle(page, lab, name)
        _choose(page, "View", "Collapse All Code")
        yield page


@contextmanager
def opened(browser, lab: Lab, name: str, *, width: int = 1400):
    """Open a notebook and yield the page once its kernel is idle; end the kernel afterwards."""
    with browser.new_context(viewport={"width": width, "height": 1000}) as context:
        page = context.new_page()
        page.set_default_timeout(300_000)
        page.goto(f"{lab.address}/lab/tree/notebooks/{name}?token={TOKEN}&reset")
        page.wait_for_selector(".jp-Notebook .jp-CodeCell")
        page.wait_for_function("document.querySelector('.jp-Notebook-ExecutionIndicator')")
        _idle(page, lab, name)
        page.locator(".jp-Notebook .jp-MarkdownCell").first.click()
        yield page
    for session in lab.sessions(name):
        lab.ask(f"api/sessions/{session['id']}", "DELETE")


def looked_at(browser, lab: Lab, name: str) -> bytes:
    """Run a notebook as an analyst does, its code folded; return a picture of what they then see."""
    with opened(browser, lab, name) as page:
        _choose(page, "Run", "Run All Cells")
        for _ in range(4):  # between two cells a kernel is idle too
            page.wait_for_timeout(3000)
            _idle(page, lab, name)
        return page.screenshot()


def _choose(page, menu, item):
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.locator(".lm-Menu").get_by_text(item, exact=True).click()


def _idle(page, lab, name):
    """Wait until the notebook has a kernel that the page is connected to and that does nothing."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        kernels = [session["kernel"] for session in lab.sessions(name)]
        if kernels and all(one["execution_state"] == "idle" and one["connections"] for one in kernels):
            return
        page.wait_for_timeout(200)
    raise AssertionError("the kernel did not come to rest")


def _ran(page):
    """Wait until every code cell bears a number."""
    cells = ".jp-Notebook .jp-CodeCell .jp-InputPrompt"
    done = f"[...document.querySelectorAll('{cells}')].every(one => /\\d/.test(one.textContent))"
    page.wait_for_function(done, timeout=1000 * SECONDS)


def errors(page) -> list[str]:
    """Return the errors and warnings that the notebook's cells show."""
    return page.locator(ERROR).all_inner_texts()


def pictures(page) -> int:
    """Return how many pictures the notebook's cells show whole; the controls' own are not counted."""
    shown = page.locator('.jp-RenderedImage img[src^="data:image/png"]').all()
    return sum(picture.evaluate("one => one.complete && one.naturalWidth > 100") for picture in shown)
