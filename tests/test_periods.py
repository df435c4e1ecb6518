"""Dates: every way to write a day is that day, and what is no day or lies ahead is refused."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from ocop_forecast import InputError, periods
from ocop_forecast.periods import date, last_known

DATES = {
    "23/12/2019": "2019-12-23",
    "06/4/2021": "2021-04-06",
    "5-8-2021": "2021-08-05",
    "5.8.2021": "2021-08-05",
    "ngày 23 tháng 12 năm 2019": "2019-12-23",
    "2019-12-23": "2019-12-23",
    "tháng 10-2021": "2021-10-31",
    **dict.fromkeys(["09/13/2024", "31/02/2024", "10/03/24", "hôm qua", ""]),
}


@pytest.mark.parametrize("text", DATES)
def test_dates_are_day_first_or_refused(text):
    found = date(text)
    assert (found and found.date().isoformat()) == DATES[text]


@pytest.mark.parametrize(
    "written",
    [
        "2024-09-05", "5/9/2024", "05-09-2024", " 5.9.2024 ", "ngày 5 tháng 9 năm 2024", dt.date(2024, 9, 5),
        pd.Timestamp("2024-09-05 17:30"), np.datetime64("2024-09-05"),
        pd.Period("2024-09-05", "D"),
    ],
)  # fmt: skip
def test_every_way_to_write_a_day_is_that_day(written):
    assert last_known(written) == pd.Period("2024-09-05", "D")


@pytest.mark.parametrize("written", ["2024-02", "2/2024", "02/2024", pd.Period("2024-02", "M"), "2024-02-29"])
def test_a_month_and_its_last_day_are_the_same(written):
    assert last_known(written) == pd.Period("2024-02", "M")


@pytest.mark.parametrize(
    "text",
    [
        "2024-13", "2024", "24-09", "September", "", "0/2024", "2024-13-40", "31/2/2024", "2023-02-29",
        "19/9/24", "09/19/2024", "1999-12-31", "2024-09-19 to 20", "0000-00-00", None, pd.NaT, 20240919,
    ],
)  # fmt: skip
def test_what_is_no_month_or_day_is_refused(text):
    with pytest.raises(InputError, match="is not a month or a day of the calendar"):
        last_known(text)


def test_what_today_has_not_reached_is_refused(monkeypatch):
    monkeypatch.setattr(periods, "today", lambda: pd.Timestamp("2024-09-19"))
    for reached in ("2024-09-19", "2024-09"):
        assert str(last_known(reached)) == reached
    for ahead in ("2024-09-20", "2024-10", "20/9/2042"):
        with pytest.raises(InputError, match="lies after today, 2024-09-19"):
            last_known(ahead)
