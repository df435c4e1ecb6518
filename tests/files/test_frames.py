"""What a run keeps of the tables it read: the same tables when they are read again, whatever is in them."""

import json

import continuation
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ocop_forecast as ocop
from ocop_forecast.errors import InputError
from ocop_forecast.files.frames import packed, unpacked
from ocop_forecast.tables.province import TABLES

COLUMNS = {
    "str": st.none() | st.text(max_size=5),
    "Int64": st.none() | st.integers(-(2**53), 2**53),
    "int64": st.integers(-(2**53), 2**53),
    "float64": st.none() | st.floats(allow_nan=False, allow_infinity=False),
    "datetime64[s]": st.none() | st.dates().map(lambda day: pd.Timestamp(day).as_unit("s")),
    "period[M]": st.integers(-600, 900).map(lambda months: pd.Period(ordinal=months, freq="M")),
}


@st.composite
def tables(draw):
    rows = draw(st.integers(0, 4))
    made = {
        name: pd.Series(draw(st.lists(values, min_size=rows, max_size=rows)), dtype=name)
        for name, values in COLUMNS.items()
    }
    made["category"] = made["str"].astype("category")
    return pd.DataFrame(made)


@given(tables())
def test_any_table_comes_back_as_it_was(table):
    again = unpacked(json.loads(json.dumps(packed(table))))
    pd.testing.assert_frame_equal(again, table)


def same(province, path):
    province.save(path)
    terms = {"units_as": province.units_as, "count_by": province.count_by}
    again = ocop.read_province(path, as_of=str(province.as_of), **terms)
    for name in TABLES:
        kept, given_ = getattr(again, name), getattr(province, name)
        if given_ is None:
            assert kept is None
        else:
            pd.testing.assert_frame_equal(kept, given_)
            assert kept.attrs == given_.attrs
    assert (again.silent, again.caution()) == (province.silent, province.caution())
    pd.testing.assert_frame_equal(again.panel, province.panel)


def test_a_province_comes_back_as_it_was_by_month_day_programme_year_and_commune(tmp_path):
    same(ocop.read_province(as_of="2024-09"), tmp_path / "province.json")
    same(ocop.read_province(as_of="2024-09", dossiers="example"), tmp_path / "province.json")
    same(ocop.read_province(as_of="2024-09-19", count_by="programme"), tmp_path / "province.json")
    continuation.write(tmp_path / "data")
    same(ocop.read_province(tmp_path / "data", units_as="commune"), tmp_path / "province.json")


@pytest.fixture
def saved(folder):
    ocop.read_province(folder).save(folder / "province.json")
    return folder / "province.json"


@pytest.mark.parametrize(
    "terms",
    [
        {"as_of": "2024-06"},
        {"units_as": "historic-district"},
        {"count_by": "programme"},
        {"dossiers": "example"},
    ],
)
def test_saved_tables_answer_for_nothing_else(saved, terms):
    assert ocop.read_province(saved).as_of == pd.Period("2024-07")
    with pytest.raises(InputError, match="was saved as of July 2024"):
        ocop.read_province(saved, **terms)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"as_of": "2024-07"}', '{"as_of": "2024-07", "tables": {}}', "null"]
)
def test_what_is_no_saved_province_is_told(saved, text):
    saved.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="is not what a run saved of its tables"):
        ocop.read_province(saved)


def test_a_type_that_no_table_has_is_refused(saved):
    text = saved.read_text(encoding="utf-8").replace('"Int64"', '"object"')
    saved.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="a column of type object"):
        ocop.read_province(saved)
