"""What a run tells of itself while it runs: a bar, a line a notebook, or a line of JSON an event."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import number

Listen = Callable[[dict], None]


@contextmanager
def bar() -> Iterator[Listen]:
    """Show how many notebooks are done and have failed, and the time left; nothing where nobody looks on."""
    from tqdm import tqdm

    shown = tqdm(total=0, unit=" " + label("progress_unit"), disable=None)
    failed = []

    def listen(event):
        if event["event"] == "started":
            shown.reset(event["notebooks"])
            shown.update(event["done"])
        elif event["event"] == "notebook":
            failed.extend([event["unit"]] * (event["status"] == "failed"))
            if failed:
                shown.set_postfix_str(label("progress_failed", count=len(failed)), refresh=False)
            shown.update()
        elif event["event"] == "set_aside":
            shown.write(_aside(event))

    with shown:
        yield listen


@contextmanager
def lines() -> Iterator[Listen]:
    """Print a line a notebook: which, how it fared, how many there are and the time left."""
    began, ended = {}, []

    def listen(event):
        if event["event"] == "started":
            began.update(event)
            _echo(label("progress_started", count=event["notebooks"], done=event["done"]))
        elif event["event"] == "tables":
            _echo(label("progress_tables"))
        elif event["event"] == "notebook":
            ended.append(time.monotonic())
            _echo(f"{_place(began, ended)} {_fared(event)} {_left(began, ended)}".rstrip())
        elif event["event"] == "set_aside":
            _echo(_aside(event))

    yield listen


def _place(began, ended):
    return f"[{began['done'] + len(ended)}/{began['notebooks']}]"


def _left(began, ended):
    """Return how long the rest may take, at the pace since the first notebook ended."""
    rest = began["notebooks"] - began["done"] - len(ended)
    if len(ended) < 2 or not rest:
        return ""
    seconds = (ended[-1] - ended[0]) / (len(ended) - 1) * rest
    return label("progress_left", left=_span(seconds))


@contextmanager
def records(_lang: str) -> Iterator[Listen]:
    """Print every event as a line of JSON, as it stands in the journal."""
    yield lambda event: _echo(json.dumps(event, ensure_ascii=False))


def _echo(text):
    """Print, or from now on do not where the reader has gone: a run goes on without one."""
    try:
        click.echo(text)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fared(event):
    if event["status"] == "failed":
        return label("progress_failed_one", name=event["name"], reason=event["reason"])
    return label("progress_done", name=event["name"], seconds=number(event["seconds"], 1))


def _aside(event):
    return label("progress_set_aside", files=", ".join(event["files"]))


def _span(seconds):
    """Return a time as minutes and seconds, or hours and minutes where it is long."""
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes // 60}h{minutes % 60:02}" if minutes >= 60 else f"{minutes}:{seconds:02}"
