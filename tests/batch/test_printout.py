"""A notebook's page: self-contained, without code, and nothing in it that acts."""

import json
import re

import pytest

from ocop_forecast.batch.printout import printout
from ocop_forecast.display import Table

EVIL = (
    '<img src=x onerror=alert(1)><script>alert(2)</script><a href="javascript:alert(3)">x</a>'
    '<svg onload=alert(4)><iframe src="https://a.org"></iframe><style>@import "https://a.org";</style>'
)
TEXTS = ["text/html", "text/plain", "text/latex", "text/markdown", "image/svg+xml", "image/png"]
ACTING = ["application/javascript", "application/json", "application/vnd.jupyter.widget-view+json"]


def notebook(*outputs, source="secret = 1"):
    cells = [{"cell_type": "code", "id": f"c{at}", "metadata": {}, "source": source, "execution_count": 1,
              "outputs": [output]} for at, output in enumerate(outputs)]  # fmt: skip
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}


def shown(kind, content, **metadata):
    return {"output_type": "display_data", "metadata": metadata, "data": {kind: content}}


def tags(page):
    """Return every tag of a page's body as a browser would see it."""
    from html.parser import HTMLParser

    found = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.append((tag, dict(attrs)))

    Tags().feed(page[page.index("<body>") :])
    return found


@pytest.mark.parametrize("kind", TEXTS + ACTING)
def test_nothing_in_an_output_acts(kind):
    content = {"x": EVIL} if "json" in kind else EVIL
    check_tame(printout(json.dumps(notebook(shown(kind, content))), title="x", lang="vi"))


def test_nothing_in_words_prints_errors_or_metadata_acts():
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": EVIL},
        {"output_type": "error", "ename": EVIL, "evalue": EVIL, "traceback": [EVIL]},
        shown("image/png", '"><script>alert(9)</script>'),
        shown("image/png", "aaaa", **{"image/png": {"alt": f'">{EVIL}', "width": f"'>{EVIL}"}}),
        shown("text/html", "<scr<style scoped>x</style>ipt>alert(10)</script>"),
    ]
    made = notebook(*outputs)
    made["cells"].append(
        {"cell_type": "markdown", "id": "m", "metadata": {}, "source": f"{EVIL}\n\n[y](javascript:1)"}
    )
    made["cells"].append(
        {"cell_type": "raw", "id": "r", "metadata": {"raw_mimetype": "text/html"}, "source": EVIL}
    )
    check_tame(printout(json.dumps(made), title=EVIL, lang="vi"))


def check_tame(page):
    seen = tags(page)
    assert not {"script", "svg", "iframe", "style", "link", "object", "embed", "form"} & {
        tag for tag, _ in seen
    }
    for _, attributes in seen:
        assert not [name for name in attributes if name.startswith("on")]
        assert not (attributes.get("href") or "").startswith("javascript")
        assert (attributes.get("src") or "data:").startswith("data:")
    assert "default-src 'none'" in page[: page.index("<body>")]


def test_code_is_hidden_words_tables_and_pictures_are_shown():
    table = "<div><style scoped>.dataframe {}</style><table><thead><tr><th>a</th></tr></thead></table></div>"
    made = notebook(shown("text/html", table), shown("image/png", "aaaa"))
    page = printout(json.dumps(made), title="Ngọc Lặc", lang="vi")
    assert "secret" not in page
    assert "dataframe {}" not in page
    assert {"table", "thead", "th", "img"} <= {tag for tag, _ in tags(page)}
    assert "<title>Ngọc Lặc</title>" in page


def test_its_title_is_its_one_heading_of_that_height_and_leads_back_to_the_meeting():
    made = notebook()
    made["cells"].append({"cell_type": "markdown", "id": "m", "metadata": {}, "source": "# One district"})
    back = {"home": "../meeting.html", "back": "The meeting's page"}
    page = printout(json.dumps(made), title="Ngọc Lặc <1>", lang="en", **back)
    assert page.startswith('<!doctype html>\n<html lang="en">')
    assert re.findall("<h1.*?</h1>", page) == ["<h1>Ngọc Lặc &lt;1&gt;</h1>"]
    assert re.search(r"<h2[^>]*>One district</h2>", page)
    assert '<a href="../meeting.html">The meeting&#39;s page</a>' in page
    assert "href" not in printout(json.dumps(made), title="x", lang="vi")


def test_it_asks_nothing_of_the_network():
    page = printout(json.dumps(notebook(shown("text/plain", "1"))), title="x", lang="vi")
    assert re.findall(r"https?://", page) == []
    assert "<script" not in page


def test_a_table_keeps_the_looks_that_the_page_knows():
    cell = '<td class="text">a</td><td class="flag at_risk evil" style="position:fixed">b</td>'
    page = printout(
        json.dumps(notebook(shown("text/html", f"<table><tr>{cell}</tr></table>"))), title="x", lang="vi"
    )
    assert '<td class="text">a</td><td>b</td>' in page
    flagged = Table({"flag": ["needs_support"]})._repr_html_()
    page = printout(json.dumps(notebook(shown("text/html", flagged))), title="x", lang="vi")
    assert '<span class="flag needs_support">needs_support</span>' in page
