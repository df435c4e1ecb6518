"""An executed notebook as a page to read: what its cells show without their code, and nothing that acts.

No kernel is needed for it. What could act in a reader's browser (scripts, remote pictures, styles) is taken
out, and the page forbids whatever may be left of it.
"""

import re
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

from ocop_forecast.display import render
from ocop_forecast.palette import FLAGS

TAGS = {
    "a", "b", "blockquote", "br", "code", "dd", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6",
    "hr", "i", "li", "ol", "p", "pre", "small", "span", "strong", "sub", "sup", "table", "tbody", "td",
    "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
LOOKING = {"class", "colspan", "rowspan"}
ATTRIBUTES = {"a": {"href", "title"}, "td": LOOKING, "th": LOOKING, "span": LOOKING}
LOOKS = re.compile(r"text|flag [a-z_]+")  # classes that this page's own style knows
LINKS = ("https://", "http://", "#")
SHOWN = {"text/html", "text/markdown", "text/plain", "image/png", "image/jpeg"}
HEADING = re.compile(r"(</?h)1\b")
# the style that pandas puts before each of its tables: taken out whole, or its rules would be left as text
STYLE = re.compile(r"<style scoped>.*?</style>", re.S)
BEFORE = "before"  # the tag of a cell that only says how to execute the others
NO_WORDS = 'alt="No description has been provided for this image"'
TABLE = '<div class="output_html'  # it scrolls where it is too wide, so the keyboard must reach it


def printout(notebook: str, *, title: str, lang: str, home: str = "", back: str = "") -> str:
    """Turn an executed notebook into HTML in one file.

    The title heads it, so a heading of the notebook that would be as high stands one lower.

    Parameters
    ----------
    notebook : str
        The text of the executed notebook, JSON.
    title : str
        What the page is called.
    lang : str
        The language that the page says it is in. It is told here, and so are words, since the option is the
        process's, and a worker of Dask's executes jobs of several runs in its threads.
    home, back : str
        Where the meeting's page lies, seen from this one, and the words of the link; without them none.
    """
    import nbformat

    kept = nbformat.reads(notebook, as_version=4)
    kept.cells = [cell for cell in kept.cells if BEFORE not in cell.metadata.get("tags", ())]
    for cell in kept.cells:
        if "outputs" in cell:
            cell.outputs = [*filter(None, map(_shown, cell.outputs))]
    body, _ = _exporter().from_notebook_node(kept)
    body = body.replace(NO_WORDS, 'alt=""').replace(TABLE, TABLE.replace("div", 'div tabindex="0"', 1))
    said = {"lang": lang, "home": home, "home_said": back}
    return render("notebook.html.j2", title=title, looks=FLAGS, body=HEADING.sub(r"\g<1>2", body), **said)


def _shown(output):
    """Keep of an output what can be shown on paper; None if nothing can."""
    if "data" in output:
        output.metadata = {}  # nbconvert writes some of it into tags as it is
        output.data = {kind: said for kind, said in output.data.items() if kind in SHOWN}
        if "text/html" in output.data:
            output.data["text/html"] = STYLE.sub("", output.data["text/html"])
    return output if output.get("data", True) else None


@cache
def _exporter():
    """Make the converter to HTML, once, since its templates take longer than a notebook."""
    from nbconvert import HTMLExporter

    class Exporter(HTMLExporter):
        def get_prefix_root_dirs(self):
            return _installed() or super().get_prefix_root_dirs()

    return Exporter(
        extra_template_basedirs=[],
        template_data_paths=[],
        template_name="basic",
        filters={"clean_html": _clean},
        sanitize_html=True,
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
    )


def _installed():
    """List where nbconvert has put its own templates; it would look in the user's as well."""
    files = distribution("nbconvert").files or ()
    ours = [file for file in files if file.match("share/jupyter/nbconvert/templates/basic/conf.json")]
    return [str(Path(str(file.locate())).resolve().parents[3]) for file in ours]


def _clean(html):
    """Clean HTML of all but words, tables and links."""
    import nh3

    return nh3.clean(str(html), tags=TAGS, attributes=ATTRIBUTES, attribute_filter=_kept, link_rel=None)


def _kept(_tag, name, value):
    """Keep an attribute's value; None for an odd link, or a class that the page's style does not know."""
    if name == "href":
        return value if value.lower().startswith(LINKS) else None
    return value if name != "class" or LOOKS.fullmatch(value) else None
