"""What a run tells of itself while it runs: a bar, a line a notebook, or a line of JSON an event.

Of many provinces a line is of a province.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import month, number
from ocop_forecast.periods import last_known

Listen = Callable[[dict], None]
ENDS = ("notebook", "province")  # of what is counted
BAR = "{desc} {percentage:3.0f}% |{bar}| {n_fmt}/{total_fmt} {unit} [{elapsed}<{remaining}{postfix}]"


@contextmanager
def bar() -> Iterator[Listen]:
    """Show what is being done, how many notebooks are done and have failed, and the time left.

    Nothing where nobody looks on.
    """
    from tqdm import tqdm

    terms = {"unit": label("progress_unit"), "bar_format": "{desc}", "disable": None}
    shown = tqdm(total=0, desc=label("progress_reading"), **terms)
    failed = made = 0

    def listen(event):
        nonlocal failed, made
        if "provinces" in event:
            shown.bar_format, shown.unit = BAR, label("progress_provinces")
            shown.reset(event["provinces"])
            shown.set_description_str(label("progress_country"))
            shown.write(_words(event))
        elif event["event"] == "started":
            shown.reset(event["notebooks"])
            shown.set_description_str(label("progress_fitting"))
            shown.update(event["done"])
        elif event["event"] == "tables" and shown.total:
            shown.bar_format = BAR
            shown.set_description_str(label("progress_executing"))
        elif event["event"] in ENDS:
            failed += event["status"] == "failed"
            made += event.get("notebooks", 0)
            said = [label("progress_notebooks", count=made)] if event["event"] == "province" else []
            said += [label("progress_failed", count=failed)] if failed else []
            shown.set_postfix_str(", ".join(said), refresh=False)
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
            done, total = event.get("done", 0), event.get("provinces", event.get("notebooks"))
        elif event["event"] in ENDS:
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
        case {"event": "started", "provinces": _}:
            return "\n".join(_of_country(event))
        case {"event": "started"}:
            return label("progress_started", count=event["notebooks"], done=event["done"])
        case {"event": "tables"}:
            return label("progress_tables")
        case {"event": "set_aside"}:
            return label("progress_set_aside", files=", ".join(event["files"]))
        case {"event": "notebook" | "province", "status": "failed"}:
            return label("progress_failed_one", name=event["name"], reason=event["reason"])
        case {"event": "notebook" | "province"}:
            return label("progress_done", name=event["name"], seconds=number(event["seconds"], 1))
    return ""


def _of_country(event):
    """Yield why some provinces cannot be used, what is none, and how many others there are as of when."""
    for name, reason in event["refused"].items():
        yield label("country_refused", name=name, reason=reason)
    if event["left_out"]:
        yield label("country_left_out", names=", ".join(event["left_out"]))
    yield label("country_started", count=event["provinces"], as_of=month(last_known(event["as_of"])))
    if event["latest"]:
        yield label("country_latest")


def _left(ended, rest):
    """Estimate how long the `rest` takes, at the pace since the first notebook ended."""
    if len(ended) < 2 or not rest:
        return ""
    return label("progress_left", left=_span((ended[-1] - ended[0]) / (len(ended) - 1) * rest))


def _span(seconds):
    """Write a time as minutes and seconds, or hours and minutes where it is long."""
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes // 60}h{minutes % 60:02}" if minutes >= 60 else f"{minutes}:{seconds:02}"
