"""Names and dates: every way to write a true name finds its unit, and no two units are taken for one."""

import datetime as dt
import unicodedata
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocop_forecast import InputError, keys, read_units
from ocop_forecast.keys import UnitNames, bare_name, date, fold, last_known
from ocop_forecast.register import DATA

UNITS = read_units(DATA / "units.csv")
NAMES = UnitNames(UNITS)
OLD_TONE = {"òa": "oà", "óa": "oá", "ỏa": "oả", "ũy": "uỹ", "ủy": "uỷ", "úy": "uý"}
SHORT = {"Thành phố": "TP", "Thị xã": "TX", "Huyện": "H"}


def old_tone(name):
    for new, old in OLD_TONE.items():
        name = name.replace(new, old)
    return name


WRITTEN = {
    "code": lambda code, name, kind: code,
    "nfc": lambda code, name, kind: unicodedata.normalize("NFC", name),
    "nfd": lambda code, name, kind: unicodedata.normalize("NFD", name),
    "upper": lambda code, name, kind: name.upper(),
    "without accents": lambda code, name, kind: fold(name),
    "old tone placement": lambda code, name, kind: old_tone(name),
    "eth for d": lambda code, name, kind: name.replace("Đ", "Ð"),
    "type written out": lambda code, name, kind: f"{kind} {name}",
    "type in short": lambda code, name, kind: f"{SHORT[kind]}. {name}",
    "type in short, no blank": lambda code, name, kind: f"{SHORT[kind]}.{name}",
    "non-breaking spaces": lambda code, name, kind: f"{kind} {name}".replace(" ", "\u00a0"),
    "surplus blanks": lambda code, name, kind: f"  {name.replace(' ', '   ')} ",
}


@pytest.mark.parametrize("way", WRITTEN)
def test_every_true_name_resolves_however_it_is_written(way):
    found = {
        code: NAMES.codes(WRITTEN[way](code, row["name"], row["type"])) for code, row in UNITS.iterrows()
    }
    assert found == {code: [code] for code in UNITS.index}


def test_every_pair_of_true_names_stays_apart():
    keys = UNITS["name"].map(bare_name)
    assert all(keys[a] != keys[b] for a, b in combinations(UNITS.index, 2))


@pytest.mark.parametrize(
    "name", ["Thường Xuan Tho", "Huyện", "", "Tỉnh Thanh Hóa", "Thanh", "Ngoc Lak", "3890"]
)
def test_likeness_never_decides(name):
    assert NAMES.codes(name) == []


def test_the_nearest_name_is_only_suggested():
    assert NAMES.nearest("Ngoc Lak") == "Ngọc Lặc (389)"
    assert NAMES.nearest("xyz") == ""


def test_two_units_of_one_name_need_their_type():
    units = pd.DataFrame({"name": "Cao Lãnh", "type": ["Thành phố", "Huyện"]}, index=["866", "873"])
    names = UnitNames(units)
    assert names.codes("Cao Lãnh") == ["866", "873"]
    assert names.codes("TP. Cao Lãnh") == ["866"]
    assert names.codes("huyện cao lanh") == ["873"]


@given(st.text())
def test_any_text_is_a_name_of_at_most_known_units(text):
    assert set(NAMES.codes(text)) <= set(UNITS.index)


@given(st.text(alphabet=st.characters(categories=["L", "Mn", "Zs"])))
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


DATES = {
    "23/12/2019": "2019-12-23",
    "06/4/2021": "2021-04-06",
    "5-8-2021": "2021-08-05",
    "5.8.2021": "2021-08-05",
    "ngày 23 tháng 12 năm 2019": "2019-12-23",
    "2019-12-23": "2019-12-23",
    **dict.fromkeys(["09/13/2024", "31/02/2024", "10/03/24", "tháng 10-2021", "hôm qua", ""]),
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
    monkeypatch.setattr(keys, "today", lambda: pd.Timestamp("2024-09-19"))
    for reached in ("2024-09-19", "2024-09"):
        assert str(last_known(reached)) == reached
    for ahead in ("2024-09-20", "2024-10", "20/9/2042"):
        with pytest.raises(InputError, match="lies after today, 2024-09-19"):
            last_known(ahead)
