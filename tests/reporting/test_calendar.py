"""The calendar file, read as RFC 5545 says."""

import re
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocop_forecast import set_options
from ocop_forecast.planning.deadlines import deadlines
from ocop_forecast.reporting.calendar import LINE, _event, _folded, calendar


def events(text):
    """Unfold an iCalendar text, and return each event's fields."""
    unfolded = text.replace("\r\n ", "").split("\r\n")
    found, event = [], None
    for line in unfolded:
        if line == "BEGIN:VEVENT":
            event = {}
        elif line == "END:VEVENT":
            found.append(event)
        elif event is not None:
            name, _, value = line.partition(":")
            event[name] = value
    return found


@pytest.fixture(scope="module")
def text(province):
    with set_options(lang="vi"):
        return calendar(province)


def test_lines_end_in_crlf_and_hold_75_bytes_at_most(text):
    assert text.endswith("END:VCALENDAR\r\n")
    lines = text.split("\r\n")
    assert not any("\n" in line or "\r" in line for line in lines)
    assert max(len(line.encode()) for line in lines) <= LINE


def test_every_deadline_stands_in_it(text, province):
    due = deadlines(province)
    renew = due[due["what"] == "renew"]
    told = events(text)
    assert len(told) == len(renew.groupby(["date", "unit"])) + (due["what"] == "round").sum()
    assert len({event["UID"] for event in told}) == len(told)
    first = next(event for event in told if event["UID"].startswith("renew-20241126-389"))
    assert first["DTSTART;VALUE=DATE"] == "20241026"  # a month before
    assert "26/11/2024" in first["SUMMARY"]
    said = sum(len(event.get("DESCRIPTION", "").split("\\n")) for event in told if "DESCRIPTION" in event)
    assert said == len(renew)


def test_made_up_data_say_so_in_every_event(text, province):
    assert all(province.mark() in event["SUMMARY"] for event in events(text))


def test_a_later_run_gives_the_same_event_the_same_name(province):
    earlier = replace(province, as_of=pd.Period("2024-09-29"))
    before, after = ({one["UID"] for one in events(calendar(at))} for at in (earlier, province))
    assert before == after


def test_the_same_province_gives_the_same_bytes_whatever_the_clock(province, text):
    with set_options(lang="vi"):
        assert calendar(replace(province)) == text
    assert re.findall("DTSTAMP:(.*)", text)[0].strip() == "20240930T235959Z"


@settings(max_examples=40)
@given(st.text(alphabet="a ế\u6f22\U0001d11e", min_size=60, max_size=200))
def test_any_line_is_folded_without_loss(line):
    pieces = [*_folded(line)]
    assert all(len(piece.encode()) <= LINE for piece in pieces)
    assert pieces[0] + "".join(piece[1:] for piece in pieces[1:]) == line
    assert all(piece.startswith(" ") for piece in pieces[1:])


def test_signs_of_the_format_in_a_name_are_escaped(province):
    (day,) = deadlines(province)["date"].head(1)
    summary, description = _event("20240101T000000Z", "a", day, "a;b,c\\d", "e\nf\r\nBEGIN:VEVENT")[4:6]
    assert summary == r"SUMMARY:a\;b\,c\\d"
    assert description == r"DESCRIPTION:e\nf\nBEGIN:VEVENT"
