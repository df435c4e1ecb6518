"""Make the pictures of README and docs from the embedded data, with Debian's or another Chromium on PATH.

python tools/pictures.py                # all of them
python tools/pictures.py PAGE PICTURE   # that of another run's meeting.html
"""

import shutil
import sys
import tempfile
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import sync_playwright

from ocop_forecast import plots, style
from ocop_forecast.batch import monthly
from ocop_forecast.i18n.catalogue import label, set_options
from ocop_forecast.models.reference import Reference
from ocop_forecast.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
SHEET = {"width": 1032, "height": 703}  # pixels of an A4 sheet on its side, within its margins
ASKED = (9, 52 / 120)  # months passed and part of the target of the embedded province
GREY = "html { filter: grayscale(1) }"
# picture: the page, the window, how many of its pixels stand for one of the picture's, printed in grey or not
SIGHTS = {
    "page": ("meeting.html", {"width": 1280, "height": 1440}, 1.25, False),
    "projector": ("meeting.html", {"width": 1920, "height": 1080}, 1.5, False),
    "phone": ("meeting.html", {"width": 390, "height": 1500}, 1, False),
    "print": ("meeting.html", SHEET, 1, True),
    "district": ("notebooks/389.html", {"width": 1000, "height": 1050}, 1.25, False),
}


@contextmanager
def browser():
    """Start the system's Chromium."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        sys.exit("there is no Chromium on PATH; on Debian: apt-get install chromium")
    with sync_playwright() as driver, driver.chromium.launch(executable_path=path) as found:
        yield found


def told(chromium, page: Path) -> PngInfo:
    """Return what a picture says of its run: the mark on the meeting's page, and the page's answer."""
    said = PngInfo()
    with chromium.new_page() as sight:
        sight.goto(page.as_uri())
        with set_options(lang=sight.locator("html").get_attribute("lang")):
            run = label("note_run")
        said.add_text("run", sight.locator(f"dt:text-is('{run}') + dd").text_content())  # it is folded
        said.add_itxt("answer", sight.locator(".number").first.inner_text())
    return said


def shot(chromium, page: Path, window, shrink, printed) -> Image.Image:
    """Return what a window shows of a page, in its own pixels or fewer, and in few colours."""
    with chromium.new_context(offline=True, viewport=window, device_scale_factor=2) as context:
        sight = context.new_page()
        sight.goto(page.as_uri())
        if printed:
            sight.emulate_media(media="print")
            sight.add_style_tag(content=GREY)
        image = Image.open(BytesIO(sight.screenshot())).convert("RGB")
    size = (round(image.width / 2 / shrink), round(image.height / 2 / shrink))
    return image.resize(size, Image.Resampling.LANCZOS).quantize(96)


def embedded():
    """Run the embedded data as of August and of September, and look at September's pages."""
    style.offscreen()
    settings = Settings(budget=1_500_000_000)  # as `make run` has it
    with tempfile.TemporaryDirectory() as out:
        for as_of in ("2024-08", "2024-09"):
            folder = monthly.run_batch(as_of=as_of, out=out, units=["389"], settings=settings).folder
        with browser() as chromium:
            said = told(chromium, folder / "meeting.html")
            for name, (page, *terms) in SIGHTS.items():
                picture = shot(chromium, folder / page, *terms)
                picture.save(DOCS / f"{name}.png", optimize=True, pnginfo=said)


def notebooks():
    """Run every notebook whole in JupyterLab, and put side by side where each leaves its reader."""
    sys.path.insert(0, str(ROOT / "tests"))  # they open JupyterLab as an analyst does
    from lab import looked_at, served

    names, seen = sorted(path.name for path in monthly.NOTEBOOKS.glob("*.ipynb")), []
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as lab, browser() as chromium:
        for name in names:
            image = Image.open(BytesIO(looked_at(chromium, lab, name)))
            seen.append(image.convert("RGB").resize((700, 500), Image.Resampling.LANCZOS))
    sheet = Image.new("RGB", (1400, 500 * -(-len(seen) // 2)), "white")
    for at, image in enumerate(seen):
        sheet.paste(image, (700 * (at % 2), 500 * (at // 2)))
    sheet.quantize(96).save(DOCS / "notebooks.png", optimize=True)


def lived():
    """Draw what became of published targets, beside the embedded province of September 2024."""
    progress = Reference.read().progress
    for lang, ending in (("en", "svg"), ("vi", "vi.svg")):
        with set_options(lang=lang):
            drawn = style.images(plots.experience(progress, so_far=ASKED), kinds=["svg"])
        (DOCS / f"experience.{ending}").write_bytes(drawn["svg"])


def one(page: Path, target: Path):
    """Look at the page of a run as README's picture does."""
    with browser() as chromium:
        picture = shot(chromium, page, *SIGHTS["page"][1:])
        picture.save(target, optimize=True, pnginfo=told(chromium, page))


if __name__ == "__main__":
    if sys.argv[1:]:
        one(*(Path(name).resolve() for name in sys.argv[1:3]))
    else:
        lived()
        embedded()
        notebooks()
