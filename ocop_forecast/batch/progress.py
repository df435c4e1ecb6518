"""What a run tells of itself while it runs: a bar, a line a notebook, or a line of JSON an event."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from ocop_forecast.i18n.labels import label, number

Listen = Callable[[dict], None]


@contextmanager
def bar(lang: str) -> Iterator[Listen]:
    """Show how many notebooks are done and have failed, and the time left; nothing where nobody looks on."""
    from tqdm import tqdm

    shown = tqdm(total=0, unit=" " + label("progress_unit", lang), disable=None)
    failed = []

    def listen(event):
        if event["event"] == "started":
            shown.reset(event["notebooks"])
            shown.update(event["done"])
        elif event["event"] == "notebook":
            failed.extend([event["unit"]] * (event["status"] == "failed"))
            if failed:
                shown.set_postfix_str(label("progress_failed", lang, count=len(failed)), refresh=False)
            shown.update()
        elif event["event"] == "set_aside":
            shown.write(_aside(event, lang))

    with shown:
        yield listen


@contextmanager
def lines(lang: str) -> Iterator[Listen]:
    """Print a line a notebook: which, how it fared, how many there are and the time left."""
    began, ended = {}, []

    def listen(event):
        if event["event"] == "started":
            began.update(event)
            _echo(label("progress_started", lang, count=event["notebooks"], done=event["done"]))
        elif event["event"] == "tables":
            _echo(label("progress_tables", lang))
        elif event["event"] == "notebook":
            ended.append(time.monotonic())
            _echo(f"{_place(began, ended)} {_fared(event, lang)} {_left(began, ended, lang)}".rstrip())
        elif event["event"] == "set_aside":
            _echo(_aside(event, lang))

    yield listen


def _place(began, ended):
    return f"[{began['done'] + len(ended)}/{began['notebooks']}]"


def _left(began, ended, lang):
    """Return how long the rest may take, at the pace since the first notebook ended."""
    rest = began["notebooks"] - began["done"] - len(ended)
    if len(ended) < 2 or not rest:
        return ""
    seconds = (ended[-1] - ended[0]) / (len(ended) - 1) * rest
    return label("progress_left", lang, left=_span(seconds))


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


def _fared(event, lang):
    if event["status"] == "failed":
        return label("progress_failed_one", lang, name=event["name"], reason=event["reason"])
    return label("progress_done", lang, name=event["name"], seconds=number(event["seconds"], lang, 1))


def _aside(event, lang):
    return label("progress_set_aside", lang, files=", ".join(event["files"]))


def _span(seconds):
    """Return a time as minutes and seconds, or hours and minutes where it is long."""
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes // 60}h{minutes % 60:02}" if minutes >= 60 else f"{minutes}:{seconds:02}"
