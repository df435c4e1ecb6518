"""Pages and files as readers open them: in a real Chromium that no network reaches, and in LibreOffice."""

import os
import shutil
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
WIDTHS = (390, 1280)
SECONDS = 120


@dataclass
class Sight:
    """A page that is open, what it has told the console, and what else than itself it has asked for."""

    page: Page
    told: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


def program(names, packages: str) -> str:
    """Return the path of the first of these programs that is there; without any, the test cannot be run."""
    found = next(filter(None, map(shutil.which, names)), None)
    return found or give_up(f"there is no {' or '.join(names)} on PATH", packages)


def times() -> None:
    """Give the test up where no font is as wide as Times New Roman, in Vietnamese letters too."""
    ask = [program(["fc-match"], "fontconfig"), "--format=%{family}", "Times New Roman:lang=vi"]
    if not subprocess.check_output(ask, text=True).startswith(("Liberation Serif", "Times New Roman")):
        give_up("there is no font like Times New Roman", "fonts-liberation2")


def give_up(why: str, packages: str) -> None:
    """Skip the test; where `OCOP_TEST_PROGRAMS` is `required`, let it fail."""
    end = pytest.fail if os.environ.get("OCOP_TEST_PROGRAMS") == "required" else pytest.skip
    end(f"{why}; on Debian: apt-get install {packages}")


@contextmanager
def launched():
    """Start the system's Chromium, and yield it; only a user that is not root can have its sandbox."""
    path = program(CHROMIUM, "chromium")
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=QUIET, chromium_sandbox=not is_root)
        with browser:
            yield browser


@contextmanager
def opened(browser, path: Path, width: int = 1280, **options):
    """Open a file at a width and yield the `Sight` of it; the options are those of `browser.new_context`."""
    address = path.resolve().as_uri()
    with browser.new_context(offline=True, viewport={"width": width, "height": 900}, **options) as context:
        sight = Sight(context.new_page())
        _listen(sight, address)
        sight.page.goto(address)
        yield sight


def _listen(sight, address):
    def asks(request):
        if request.url.partition("#")[0] != address and not request.url.startswith("data:"):
            sight.asked.append(request.url)

    sight.page.on("console", lambda message: sight.told.append(f"{message.type}: {message.text}"))
    sight.page.on("pageerror", lambda error: sight.told.append(f"error: {error}"))
    sight.page.on("request", asks)


def barriers(page: Page) -> list[str]:
    """Return what axe-core finds on the page that is serious or critical, an element a line."""
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['impact']} {rule['id']} at {node['target'][0]}: {node['failureSummary']}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


def overhang(page: Page) -> int:
    """Return by how many pixels the document is wider than its window, so that all of it scrolls sideways."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def converted(path: Path, kind: str, profile: Path, folder: Path) -> Path:
    """Convert a file in LibreOffice to a kind, such as `pdf` or `csv:` and a filter; return the new file."""
    soffice = program(("soffice", "libreoffice"), "libreoffice-writer-nogui libreoffice-calc-nogui")
    home = f"-env:UserInstallation={profile.as_uri()}"
    said = bounded([soffice, home, "--headless", "--convert-to", kind, "--outdir", folder, path], SECONDS)
    made = folder / f"{path.stem}.{kind.partition(':')[0]}"
    assert made.exists(), f"LibreOffice made no {made.name} of {path}: {said}"
    return made


def bounded(command, seconds: float) -> str:
    """Run a command and return what it says; when its time is over, end it with all that it started."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8"}
    with psutil.Popen([str(word) for word in command], **streams) as process:
        try:
            return process.communicate(timeout=seconds)[0]
        except subprocess.TimeoutExpired:
            for one in [*process.children(recursive=True), process]:
                with suppress(psutil.NoSuchProcess):
                    one.kill()
            raise
