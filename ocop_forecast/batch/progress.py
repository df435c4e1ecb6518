"""What a run tells of itself while it runs: a bar, a line a notebook, or a line of JSON an event."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import number

Listen = Callable[[dict], None]
BAR = "{desc} {percentage:3.0f}% |{bar}| {n_fmt}/{total_fmt} {unit} [{elapsed}<{remaining}{postfix}]"


@contextmanager
def bar() -> Iterator[Listen]:
    """Show what is being done, how many notebooks are done and have failed, and the time left.

    Nothing where nobody looks on.
    """
    from tqdm import tqdm

    terms = {"unit": label("progress_unit"), "bar_format": "{desc}", "disable": None}
    shown = tqdm(total=0, desc=label("progress_reading"), **terms)
    failed = 0

    def listen(event):
        nonlocal failed
        if event["event"] == "started":
            shown.reset(event["notebooks"])
            shown.set_description_str(label("progress_fitting"))
            shown.update(event["done"])
        elif event["event"] == "tables" and shown.total:
            shown.bar_format = BAR
            shown.set_description_str(label("progress_executing"))
        elif event["event"] == "notebook":
            failed += event["status"] == "failed"
            if failed:
                shown.set_postfix_str(label("progress_failed", count=failed), refresh=False)
            shown.update()
        elif event["event"] == "set_aside":
            shown.write(_words(event))

    with shown:
        yield listen


@contextmanager
def lines() -> Iterator[Listen]:
    """Print a line a notebook: which, how it fared, how many there are and the time left."""
    ended: list[float] = []
    done = total = 0
    click.echo(label("progress_reading"))

    def listen(event):
        nonlocal done, total
        text = _words(event)
        if event["event"] == "started":
            done, total = event["done"], event["notebooks"]
        elif event["event"] == "notebook":
            ended.append(time.monotonic())
            done += 1
            text = f"[{done}/{total}] {text} {_left(ended, total - done)}".rstrip()
        if text:
            click.echo(text)

    yield listen


@contextmanager
def records() -> Iterator[Listen]:
    """Print every event as a line of JSON, as it stands in the journal."""
    yield lambda event: click.echo(json.dumps(event, ensure_ascii=False))


def _words(event):
    """Put an event into words, "" for one that needs none."""
    match event:
        case {"event": "started"}:
            return label("progress_started", count=event["notebooks"], done=event["done"])
        case {"event": "tables"}:
            return label("progress_tables")
        case {"event": "set_aside"}:
            return label("progress_set_aside", files=", ".join(event["files"]))
        case {"event": "notebook", "status": "failed"}:
            return label("progress_failed_one", name=event["name"], reason=event["reason"])
        case {"event": "notebook"}:
            return label("progress_done", name=event["name"], seconds=number(event["seconds"], 1))
    return ""


def _left(ended, rest):
    """Estimate how long the `rest` takes, at the pace since the first notebook ended."""
    if len(ended) < 2 or not rest:
        return ""
    return label("progress_left", left=_span((ended[-1] - ended[0]) / (len(ended) - 1) * rest))


def _span(seconds):
    """Write a time as minutes and seconds, or hours and minutes where it is long."""
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes // 60}h{minutes % 60:02}" if minutes >= 60 else f"{minutes}:{seconds:02}"
