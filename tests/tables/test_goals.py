"""The goals of the whole province: read in Vietnamese, kept, and optional."""

import json

import pandas as pd
import pytest

from ocop_forecast import InputError, read_province
from ocop_forecast.tables.province import Province
from ocop_forecast.tables.reforms import added_up
from ocop_forecast.tables.supposed import retargeted

GOALS = "Năm,Trong đó 4 sao,Trong đó 5 sao,Còn hiệu lực cuối năm\n2027,,,1.000\n2024,13,4,\n"


@pytest.fixture
def goals(folder):
    """A data folder with goals, under their Vietnamese title."""
    path = folder / "Mục tiêu toàn tỉnh.csv"
    path.write_text(GOALS, encoding="utf-8")
    return path


def test_goals_are_read_with_vietnamese_headers_in_order_of_time(goals):
    table = read_province(goals.parent).goals.set_index("year")
    assert table.index.tolist() == [2024, 2027]
    assert table["four_star"].tolist() == [13, pd.NA]
    assert table["five_star"].tolist() == [4, pd.NA]
    assert table["valid"].tolist() == [pd.NA, 1000]


def test_goals_may_be_missing_or_left_blank(folder):
    assert read_province(folder).goals is None
    (folder / "goals.csv").write_text(GOALS.partition("\n")[0] + "\n", encoding="utf-8")
    assert read_province(folder).goals is None


def test_a_saved_province_keeps_its_goals_and_one_saved_without_has_none(goals, tmp_path):
    province = read_province(goals.parent)
    province.save(tmp_path / "kept.json")
    pd.testing.assert_frame_equal(Province.load(tmp_path / "kept.json").goals, province.goals)
    kept = json.loads((tmp_path / "kept.json").read_text(encoding="utf-8"))
    del kept["tables"]["goals"]
    (tmp_path / "older.json").write_text(json.dumps(kept), encoding="utf-8")
    assert Province.load(tmp_path / "older.json").goals is None


@pytest.mark.parametrize(("row", "key"), [("2024,1,4,", "row_twice"), ("2025,nhiều,4,", "not_whole")])
def test_a_year_twice_and_a_goal_that_is_no_number_are_told(goals, row, key):
    goals.write_text(f"{GOALS}{row}\n", encoding="utf-8")
    with pytest.raises(InputError) as told:
        read_province(goals.parent)
    assert {fault.key for fault in told.value.faults} == {key}


def test_units_may_have_targets_by_stars_and_merged_units_the_sum_of_them(folder):
    text = "Đơn vị,Năm,Chỉ tiêu,Trong đó 4 sao,Trong đó 5 sao\nNgọc Lặc,2024,3,1,\nCẩm Thủy,2024,4,,\n"
    (folder / "targets.csv").write_text(text, encoding="utf-8")
    targets = read_province(folder).targets
    assert targets["four_star"].tolist() == [1, pd.NA]
    assert targets["five_star"].isna().all()
    both = targets.assign(unit="389", five_star=pd.array([2, 3], "Int64"))
    summed = added_up(both, pd.Series(True, both.index)).iloc[0]
    assert summed[["target", "four_star", "five_star"]].tolist() == [7, 1, 5]


def test_a_supposed_target_keeps_the_stars_of_its_own_year_alone(folder):
    text = "unit,year,target,four_star\nNgọc Lặc,2024,3,1\nCẩm Thủy,2023,4,2\n"
    (folder / "targets.csv").write_text(text, encoding="utf-8")
    for year, kept in ((2024, [1, pd.NA]), (2025, [pd.NA, pd.NA])):
        supposed = retargeted(read_province(folder).targets, year, {"389": 5, "390": 5})
        of_year = supposed[supposed["year"] == year].set_index("unit")
        assert of_year["target"].to_dict() == {"389": 5, "390": 5}
        assert of_year.loc[["389", "390"], "four_star"].tolist() == kept


def test_the_published_goals_are_embedded_and_none_of_the_stock_is():
    goals = read_province().goals
    assert goals[["year", "four_star", "five_star"]].to_numpy().tolist() == [[2024, 13, 4]]
    assert goals["valid"].isna().all()
    assert goals["origin"].tolist() == ["published"]
