"""The table of commitments: read, placed, checked, kept in a saved province, asked for by the template."""

import pandas as pd
import pytest

import ocop_forecast as ocop
from ocop_forecast.tables.loading import survey
from ocop_forecast.tables.province import Province
from ocop_forecast.tables.units import division

HEAD = "Huyện,Ngày cam kết,Cam kết cả năm,Người cam kết\n"


def written(folder, *rows):
    """Put a table of commitments into the folder."""
    (folder / "commitments.csv").write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    return folder


def test_promises_are_read_and_kept(folder, tmp_path):
    written(folder, "Ngọc Lặc,20/6/2024,4,Phòng NN", "H. Cẩm Thủy,15/6/2023,3,")
    province = ocop.read_province(folder, as_of="2024-07")
    assert province.commitments[["unit", "december"]].to_numpy().tolist() == [["389", 4], ["390", 3]]
    province.save(tmp_path / "province.json")
    again = Province.load(tmp_path / "province.json").commitments
    pd.testing.assert_frame_equal(again, province.commitments)


def test_all_that_is_wrong_is_told_at_once(folder):
    written(folder, "Ngọc Lặcx,20/6/2024,4,", "Cẩm Thủy,20/6/2024,nhiều,", "Cẩm Thủy,,5,", ",20/6/2024,5,")
    with pytest.raises(ocop.InputError) as told:
        ocop.read_province(folder, as_of="2024-07")
    assert sorted((fault.row, fault.key) for fault in told.value.faults) == [
        (2, "unit_unknown_nearest"),
        (3, "not_whole"),
        (4, "cell_blank"),
        (5, "cell_blank"),
    ]


def test_no_unit_promises_twice_on_a_day(folder):
    written(folder, "Ngọc Lặc,20/6/2024,4,", "Ngọc Lặc,20/6/2024,5,")
    with pytest.raises(ocop.InputError) as told:
        ocop.read_province(folder, as_of="2024-07")
    assert {fault.key for fault in told.value.faults} == {"row_twice"}


def test_a_later_promise_is_left_out_and_one_below_what_was_there_is_doubted(folder):
    written(folder, "Ngọc Lặc,20/8/2024,4,", "Cẩm Thủy,20/12/2023,0,")
    read = survey(folder, as_of="2024-07")
    assert read.province.commitments["unit"].tolist() == ["390"]
    said = {(fault.row, fault.key) for fault in read.faults if fault.file.endswith("commitments.csv")}
    assert said == {(2, "commitments_later"), (3, "commitment_below")}
    (books,) = (one for one in read.books if one.file.endswith("commitments.csv"))
    (line,) = books.lines()
    assert "2 dòng: 1 được dùng, 1 không chuyển" in line


def test_promises_follow_their_units_through_a_reform():
    tables = {name: ocop.tables.loading.read_alone("", name) for name in ("units", "communes")}
    told = pd.DataFrame({"unit": ["Thành phố Thanh Hóa", "Huyện Đông Sơn"], "december": [5, 3]})
    told = told.assign(said_on=pd.Timestamp("2024-09-20"), origin=None)
    units = tables["units"].set_index("unit")
    merged, (found,) = division(units, as_of=pd.Period("2025-03")).place_commitments(told)
    assert merged[["unit", "december"]].to_numpy().tolist() == [["380", 8]]
    assert found.key == "commitments_added_up"
    communes = division(units, tables["communes"], units_as="commune", as_of=pd.Period("2025-09"))
    none, (found,) = communes.place_commitments(told)
    assert none.empty
    assert (found.key, found.values) == ("commitments_not_carried", {"count": 2, "years": "2024"})
