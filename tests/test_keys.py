"""Names and months: every way to write a true name finds its unit, and no two units are taken for one."""

import unicodedata
from itertools import combinations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocop_forecast import InputError, read_units
from ocop_forecast.keys import UnitNames, as_month, bare_name, fold
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


@pytest.mark.parametrize("text", ["2024-13", "2024", "24-09", "September", "", "2024-9-1", "0/2024"])
def test_what_is_no_month_is_refused(text):
    with pytest.raises(InputError, match="is not a month"):
        as_month(text)
