"""Dated units: every row finds its unit, before and after the reform, and no product is lost on the way."""

import re
from functools import cache

import numpy as np
import pandas as pd
import pytest
from continuation import DATA, write
from hypothesis import given
from hypothesis import strategies as st

from ocop_forecast.errors import Fault, InputError
from ocop_forecast.files.reading import checked, read
from ocop_forecast.i18n.catalogue import set_options
from ocop_forecast.tables.gazetteer import Gazetteer
from ocop_forecast.tables.names import UnitNames
from ocop_forecast.tables.reforms import REFORM
from ocop_forecast.tables.schema import CONTRACTS
from ocop_forecast.tables.units import division, unit_aliases
from ocop_forecast.text import fold


def table(name, folder=DATA):
    return checked(read(folder / f"{name}.csv", CONTRACTS[name])).table.reset_index(drop=True)


UNITS = table("units").set_index("unit")
COMMUNES = table("communes")
REGISTER = table("register")
HISTORIC, COMMUNE = "historic-district", "commune"
LAST = pd.Period("2026-08")


@cache
def units_of(units_as=None, as_of="2026-08"):
    return division(UNITS, COMMUNES, units_as=units_as, as_of=pd.Period(as_of))


def rows(*texts):
    """Register rows of (unit, commune, address, day); a shorter one ends in blanks."""
    filled = [(*text[:-1], *[None] * (4 - len(text)), text[-1]) for text in texts]
    frame = pd.DataFrame(filled, columns=["unit", "commune", "address", "decision_date"])
    return frame.astype({"unit": "str", "commune": "str", "address": "str", "decision_date": "datetime64[s]"})


def placed(run, *texts):
    """The codes of such rows (blank: none), and column, key and level of what is said of each."""
    register, findings = run.place_register(rows(*texts))
    said = [(found.place, found.column, found.key, found.severity) for found in findings]
    return register["unit"].fillna("").tolist(), said


# which units a run counts by


def test_there_are_27_units_in_2024_and_26_in_2025():
    assert len(units_of(None, "2024-12").units) == 27
    run = units_of(None, "2025-01")
    assert set(units_of(None, "2024-12").units.index) - set(run.units.index) == {"405"}
    assert placed(run, ("Đông Sơn", "2024-11-20"), ("380", "2025-01-20")) == (["380", "380"], [])


@pytest.mark.parametrize(
    ("as_of", "count"),
    [("2024-12-31", 27), ("2025-01-01", 26), ("2025-06", 26), ("2025-06-30", 26), ("2020-01", 27)],
)
def test_a_unit_is_in_force_to_its_last_day(as_of, count):
    assert len(units_of(None, as_of).units) == count


def test_a_unit_begins_on_its_first_day():
    units = UNITS.assign(valid_from=pd.Timestamp("2024-05-16"))
    assert len(division(units, as_of=pd.Period("2024-05")).units) == 27
    with pytest.raises(InputError) as caught:
        division(units, as_of=pd.Period("2024-05-15"))
    assert [fault.key for fault in caught.value.faults] == ["units_not_begun"]


@pytest.mark.parametrize("as_of", ["2025-07", "2025-07-01", "2026-08"])
def test_after_the_reform_the_run_must_say_its_units(as_of):
    with pytest.raises(InputError) as caught:
        division(UNITS, COMMUNES, as_of=pd.Period(as_of))
    (fault,) = caught.value.faults
    assert (fault.key, fault.values["last"]) == ("units_ended", pd.Timestamp("2025-06-30"))
    for lang in ("vi", "en"):
        with set_options(lang=lang):
            assert "--units-as historic-district" in fault.tell()
            assert "--units-as commune" in fault.tell()


def test_historic_districts_are_all_27_and_communes_all_166():
    assert list(units_of(HISTORIC).units.index) == list(UNITS.index)
    communes = units_of(COMMUNE).units
    assert len(communes) == 166
    assert communes.loc["15061", ["name", "type", "province", "province_name"]].tolist() == [
        *("Ngọc Lặc", "Xã"),
        *UNITS.iloc[0][["province", "province_name"]],
    ]
    assert communes.dtypes.equals(UNITS.dtypes)
    assert (communes["valid_from"] == REFORM).all()


def test_two_communes_of_one_name_keep_their_types_in_it():
    named = COMMUNES.assign(new_commune=COMMUNES["new_commune"].replace("Xã Ngọc Lặc", "Xã Đông Sơn"))
    names = division(UNITS, named, units_as=COMMUNE).units["name"]
    assert names[["15061", "16378", "14845"]].tolist() == ["Xã Đông Sơn", "Phường Đông Sơn", "Mường Lát"]


def test_what_the_tables_cannot_say_is_refused_at_once():
    units = UNITS.assign(successor=UNITS["successor"].replace("380", "38O"))
    with pytest.raises(InputError) as caught:
        division(units, units_as=COMMUNE)
    assert [fault.key for fault in caught.value.faults] == ["successor_unknown", "communes_missing"]
    with pytest.raises(InputError, match="historic-district, commune"):
        division(UNITS, units_as="village")


def test_units_that_succeed_each_other_in_a_ring_lead_nowhere():
    units = UNITS.assign(successor=UNITS["successor"].mask(UNITS.index == "380", "405"))
    units.loc["380", "valid_to"] = pd.Timestamp("2024-12-31")
    run = division(units, as_of=pd.Period("2025-03"))
    assert "380" not in run.heirs
    assert placed(run, ("Đông Sơn", "2024-03-01"))[1] == [(0, "unit", "unit_split", "error")]


# the crosswalk


def test_the_communes_that_lie_across_districts_are_these():
    groups = COMMUNES.groupby("new_commune_code")["district_code_2024"]
    across = {code: sorted(set(districts)) for code, districts in groups if districts.nunique() > 1}
    assert across == {
        "14812": ["381", "392"],  # Bỉm Sơn
        "15853": ["380", "398", "405"],  # Đông Tiến
        "16378": ["380", "405"],  # Đông Sơn
        "16417": ["380", "405"],  # Đông Quang
        "16516": ["382", "406"],  # Nam Sầm Sơn
    }


@pytest.mark.parametrize("units_as", [None, HISTORIC, COMMUNE])
def test_every_old_commune_leads_to_its_unit(units_as):
    run = units_of(units_as, "2024-12" if units_as is None else "2026-08")
    column = "new_commune_code" if units_as == COMMUNE else "district_code_2024"
    codes, said = placed(
        run, *((d, w, "2024-03-01") for d, w in COMMUNES[["district_2024", "old_ward"]].to_numpy())
    )
    assert codes == COMMUNES[column].tolist()
    assert said == []


@pytest.mark.parametrize("written", ["new_commune", "new_commune_code"])
def test_every_new_commune_is_known_by_name_and_code(written):
    texts = [(None, text, "2026-03-01") for text in COMMUNES[written]]
    assert placed(units_of(COMMUNE), *texts) == (COMMUNES["new_commune_code"].tolist(), [])


@pytest.mark.parametrize("written", ["new_commune", "new_commune_code"])
def test_a_new_commune_may_stand_in_the_column_of_units(written):
    texts = [(text, "2026-03-01") for text in COMMUNES[written]]
    assert placed(units_of(COMMUNE), *texts) == (COMMUNES["new_commune_code"].tolist(), [])


# rows, one at a time: (unit, commune, address, day), the district it counts to, the commune, what is said
CASES = {
    "the district alone, before": (("Ngọc Lặc", "2024-03-01"), "389", "commune_needed"),
    "a unit of the table by code": (("389", "2024-03-01"), "389", "commune_needed"),
    "an old commune of its district": (("Ngọc Lặc", "Thị trấn Ngọc Lặc", "2024-03-01"), "389", "15061"),
    "the same without its type": (("Ngọc Lặc", "Ngọc Lặc", "2024-03-01"), "389", "15061"),
    "an old commune, the district blank": ((None, "Thị trấn Ngọc Lặc", "2024-03-01"), "389", "15061"),
    "one of its name in two districts": (("Bỉm Sơn", "Phường Ba Đình", "2024-03-01"), "381", "14812"),
    "the same in the other": (("TP. Thanh Hóa", "P. Ba Đình", "2024-03-01"), "380", "14797"),
    "the same, no district": ((None, "Phường Ba Đình", "2024-03-01"), "unit_ambiguous", "unit_ambiguous"),
    "alike without accents": (
        ("Hoằng Hóa", "xa hoang dong", "2024-03-01"), "399 unit_ambiguous", "unit_ambiguous"),
    "alike, with accents": (("Hoằng Hóa", "Xã Hoằng Đồng", "2024-03-01"), "399", "15865"),
    "a new commune, after": ((None, "Xã Ngọc Lặc", "2025-07-01"), "389", "15061"),
    "a new commune as unit": (("Xã Ngọc Lặc", "2025-07-25"), "389", "15061"),
    "the district by its type, after": (("Huyện Ngọc Lặc", "2025-07-25"), "389", "commune_needed"),
    "commune or district?": (("Ngọc Lặc", "2025-07-01"), "unit_ambiguous", "unit_ambiguous"),
    "still the district": (("Ngọc Lặc", "2025-06-30"), "389", "commune_needed"),
    "the commune has a column, after": (("Ngọc Lặc", "Xã Ngọc Lặc", "2025-07-25"), "389", "15061"),
    "an old commune, after": ((None, "Thị trấn Ngọc Lặc", "2025-09-25"), "389", "15061"),
    "said to be old": ((None, "Xã Minh Sơn cũ", "2025-09-25"), "unit_ambiguous", "unit_ambiguous"),
    "new and not old, after": ((None, "Xã Minh Sơn", "2025-09-25"), "389", "15124"),
    "the same name, before": (("Triệu Sơn", "Xã Minh Sơn", "2025-05-25"), "397", "15664"),
    "only the accents differ: new": (
        (None, "Phường Đông Tiến", "Xã Đông Thanh cũ", "2026-01-05"), "405", "15853"),
    "only the accents differ: old": ((None, "Xã Đồng Tiến", "2025-01-05"), "397", "15724"),
    "type against accents": ((None, "Xã Đông Tiến", "2026-01-05"), "405", "15853"),
    "bare and without accents": ((None, "dong tien", "2026-01-05"), "unit_ambiguous", "unit_ambiguous"),
    "across, told by district": (("Hà Trung", "Phường Bỉm Sơn", "2025-08-25"), "392", "14812"),
    "across, told by the city that took one of them in": (
        ("TP Thanh Hóa", "Phường Đông Sơn", "2025-08-25"), "380", "16378"),
    "across, a name of old and new": (
        (None, "Phường Đông Tiến", "Thôn 1, Đông Tiến", "2025-08-25"), "380 straddles", "15853"),
    "across, the old one of that name": (
        (None, "Phường Đông Tiến", "Thôn 1, Đông Tiến cũ", "2025-08-25"), "405", "15853"),
    "across, told by old commune": (
        (None, "Phường Bỉm Sơn", "Thôn 2, xã Hà Vinh", "2025-08-25"), "392", "14812"),
    "across, told by a district's type": (
        (None, "Phường Bỉm Sơn", "xóm 4, huyện Hà Trung cũ, Thanh Hóa", "2025-08-25"), "392", "14812"),
    "across, told in brackets": ((None, "Phường Bỉm Sơn (xã Hà Vinh cũ)", "2025-08-25"), "392", "14812"),
    "across, not told": ((None, "Phường Bỉm Sơn", "2025-08-25"), "381 straddles", "14812"),
    "across, the province is no city": (
        (None, "Phường Đông Sơn", "Phường Đông Sơn, Thanh Hóa", "2025-08-25"), "405 straddles", "16378"),
    "across, told twice": (
        (None, "Phường Bỉm Sơn", "xã Hà Vinh, thị xã Bỉm Sơn", "2025-08-25"), "381 straddles", "14812"),
    "across, a house number": (
        (None, "Phường Bỉm Sơn", "14812, 5, số 381", "2025-08-25"), "381 straddles", "14812"),
    "of another district": (
        ("Ngọc Lặc", "Xã Thọ Bình", "2024-03-01"), "389 commune_elsewhere", "commune_contradicts"),
    "an unknown commune": (
        ("Ngọc Lặc", "Xã Ngọc Lan", "2024-03-01"), "389 commune_unknown_nearest", "commune_unknown_nearest"),
    "unknown, unlike any": (("Ngọc Lặc", "zzz", "2024-03-01"), "389 commune_unknown", "commune_unknown"),
    "an unknown commune alone": ((None, "zzz", "2026-03-01"), "commune_unknown", "commune_unknown"),
    "an unknown unit": (("Ngoc Lak", "2024-03-01"), "unit_unknown_nearest", "unit_unknown_nearest"),
    "nothing": ((None, None, "2024-03-01"), "cell_blank", "cell_blank"),
    "a district in the column of communes": ((None, "Huyện Ngọc Lặc", "2024-03-01"), "389", "commune_needed"),
    "joined the city, by its old commune": (
        ("TP Thanh Hóa", "Xã Đông Thanh", "2025-03-01"), "405", "15853"),
    "joined the city, district alone": (("TP Thanh Hóa", "2025-03-01"), "380", "commune_needed"),
    "recoded long after": (("Ngọc Lặc", "Xã Nguyệt Ấn", "2024-03-01"), "389", "15106"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("units_as", [HISTORIC, COMMUNE])
def test_rows(case, units_as):
    """`389`: that unit, nothing said; `389 key`: that unit and a warning; `key`: none and an error."""
    row, *outcomes = CASES[case]
    expected = outcomes[units_as == COMMUNE]
    (code,), said = placed(units_of(units_as), row)
    told = [(key, level) for _, _, key, level in said if key != "unit_ended_then"]
    words = expected.split()
    if words[0].isdigit():
        assert (code, told) == (words[0], [(key, "warning") for key in words[1:]])
    else:
        assert (code, told) == ("", [(expected, "error")])


def test_what_is_said_names_the_right_cell_in_both_languages():
    texts = [row for row, *_ in CASES.values()]
    for units_as in (HISTORIC, COMMUNE):
        for found in units_of(units_as).place_register(rows(*texts))[1]:
            assert found.column in ("unit", "commune")
            for lang in ("vi", "en"):
                with set_options(lang=lang):
                    said = Fault("register.csv", found.key, found.values, row=2).tell()
                assert not re.search(r"[{}]", said)


def test_a_straddling_row_says_what_was_chosen_of_what():
    _, (found,) = units_of(HISTORIC).place_register(rows((None, "Phường Nam Sầm Sơn", "2025-08-25")))
    assert found.values == {
        "value": "Phường Nam Sầm Sơn",
        "allowed": "Thành phố Sầm Sơn (382), Huyện Quảng Xương (406)",
        "chosen": "Thành phố Sầm Sơn (382)",
    }


def test_a_bare_number_is_no_ward_but_a_house():
    numbered = COMMUNES.assign(old_ward=COMMUNES["old_ward"].replace("Xã Hà Vinh", "Phường 5"))
    run = division(UNITS, numbered, units_as=HISTORIC, as_of=LAST)
    texts = [(None, "Phường Bỉm Sơn", address, "2025-08-25") for address in ("5, tổ 2", "P.5, tổ 2")]
    assert placed(run, *texts) == (["381", "392"], [(0, "commune", "straddles", "warning")])


def test_equal_shares_go_to_the_smallest_code():
    one = COMMUNES[COMMUNES["new_commune_code"] == "14812"].sort_values("district_code_2024").iloc[[0, -1]]
    run = division(UNITS, one, units_as=HISTORIC, as_of=LAST)
    assert placed(run, (None, "Phường Bỉm Sơn", "2025-08-25"))[0] == ["381"]


def test_a_unit_written_out_of_its_time_is_told():
    run = units_of(None, "2025-03")
    texts = ("405", "2025-03-10"), ("Đông Sơn", "2024-12-31"), ("TP Thanh Hóa", "2025-03-10")
    assert placed(run, *texts) == (["380"] * 3, [(0, "unit", "unit_ended_then", "warning")])
    begun = UNITS.assign(valid_from=pd.Timestamp("2020-01-01"))
    run = division(begun, as_of=pd.Period("2024-12"))
    assert placed(run, ("389", "2019-12-23")) == (["389"], [(0, "unit", "unit_not_begun_then", "warning")])
    assert placed(units_of(HISTORIC), ("389", "2025-08-10")) == (["389"], [])


def test_a_split_unit_is_carried_by_its_communes_or_refused():
    """Hậu Lộc is made to be split between its two neighbours at the end of 2023."""
    units = UNITS.copy()
    units.loc["400", "valid_to"] = pd.Timestamp("2023-12-31")
    lost = COMMUNES["district_code_2024"] == "400"
    halves = COMMUNES.assign(
        district_code_2025h1=COMMUNES["district_code_2025h1"].mask(
            lost, pd.Series(np.where(COMMUNES.index % 2, "399", "401"), COMMUNES.index)
        )
    )
    run = division(units, halves, as_of=pd.Period("2024-12"))
    wards = [("Hậu Lộc", ward, "2022-03-01") for ward in halves.loc[lost, "old_ward"]]
    assert placed(run, *wards) == (halves.loc[lost, "district_code_2025h1"].tolist(), [])
    assert placed(run, ("Hậu Lộc", "2022-03-01")) == ([""], [(0, "unit", "unit_split", "error")])
    assert placed(division(units, as_of=pd.Period("2024-12")), ("Hậu Lộc", "2022-03-01"))[0] == [""]


def test_where_a_row_of_the_future_lies_does_not_matter():
    run = units_of(None, "2024-09")
    future = (None, "Phường Bỉm Sơn", "2026-01-05"), ("Huyện Ngọc Lặc", "2026-01-05")
    assert placed(run, *future)[1] == []
    assert placed(units_of(COMMUNE, "2025-12"), ("Ngọc Lặc", "Xã Ngọc Lặc", "2026-01-05"))[0] == ["15061"]
    assert placed(units_of(COMMUNE, "2024-12"), ("Cẩm Thủy", "2025-01-05"))[1] == []
    assert placed(run, ("Ngoc Lak", "2026-01-05"))[1] == [(0, "unit", "unit_unknown_nearest", "error")]


def test_a_table_of_communes_alone_is_read_by_the_column_of_communes():
    communes = units_of(COMMUNE).units
    run = division(communes, as_of=LAST)
    texts = ((None, "Xã Ngọc Lặc", "2025-09-01"), (None, "14797", "2025-09-01"), (None, "zzz", "2025-09-01"))
    assert placed(run, *texts) == (["15061", "14797", ""], [(2, "commune", "unit_unknown", "error")])
    assert placed(run, ("Xã Ngọc Lặc", "thôn 3", "2025-09-01")) == (["15061"], [])


def test_a_table_of_districts_and_communes_needs_no_option():
    both = pd.concat([UNITS, units_of(COMMUNE).units])
    texts = ((None, "Xã Ngọc Lặc", "2025-09-01"), ("Ngọc Lặc", "Thị trấn Ngọc Lặc", "2024-09-01"))
    now = division(both, COMMUNES, as_of=LAST)
    assert len(now.units) == 166
    assert placed(now, *texts) == (["15061"] * 2, [])
    assert placed(division(both, COMMUNES, as_of=pd.Period("2024-12")), texts[1]) == (["389"], [])
    historic = division(both, COMMUNES, units_as=HISTORIC, as_of=LAST)
    assert len(historic.units) == 27
    assert placed(historic, *texts) == (["389"] * 2, [])


def test_a_commune_of_a_district_that_is_no_unit_is_refused():
    run = division(UNITS.drop(index="389"), COMMUNES, units_as=HISTORIC, as_of=LAST)
    assert placed(run, (None, "Xã Ngọc Lặc", "2025-09-01")) == (
        [""],
        [(0, "commune", "commune_outside", "error")],
    )


# aliases


def aliases_of(*rows):
    frame = pd.DataFrame(rows, columns=["written", "means"]).assign(what="unit")
    return unit_aliases(frame, units_of(HISTORIC).gazetteer.names)


def test_confirmed_names_of_units_and_communes_are_read():
    aliases, findings = aliases_of(("Ngọc Nặc", "Huyện Ngọc Lặc"), ("Đông Tiền Phường", "15853"))
    assert findings == []
    run = division(UNITS, COMMUNES, units_as=HISTORIC, as_of=LAST, aliases=aliases)
    assert placed(run, ("NGỌC NẶC", "2024-03-01"))[0] == ["389"]
    assert placed(run, (None, "dong tien phuong", "xã Đông Thanh cũ", "2026-03-01"))[0] == ["405"]


@pytest.mark.parametrize(
    ("written", "means", "key", "column"),
    [
        ("Cẩm Thủy", "389", "alias_is_name", "written"),
        ("cam thuy", "Huyện Ngọc Lặc", "alias_is_name", "written"),
        ("Ngọc Nặc", "Hà Nội", "unit_unknown", "means"),
        ("Ngọc Nặc", "Ngọc Lặc", "unit_ambiguous", "means"),
    ],
)
def test_an_alias_that_cannot_be_one_is_an_error(written, means, key, column):
    aliases, (found,) = aliases_of((written, means))
    assert aliases == {}
    assert (found.key.removesuffix("_nearest"), found.column, found.severity) == (key, column, "error")


def test_one_alias_means_one_unit():
    aliases, (found,) = aliases_of(("Lặc", "389"), ("LAC", "390"), ("lạc", "389"))
    assert aliases == {"lac": "389"}
    assert (found.place, found.key) == (1, "alias_is_name")


def test_aliases_of_products_are_left_alone():
    frame = pd.DataFrame({"what": ["product"], "written": ["a"], "means": ["b"]})
    assert unit_aliases(frame, UnitNames(UNITS)) == ({}, [])


# targets


def targets(*texts):
    frame = pd.DataFrame(texts, columns=["unit", "year", "target"]).assign(origin="published")
    return frame.astype({"year": "Int64", "target": "Int64"})


def test_targets_of_a_merged_unit_are_added_to_its_successor():
    table, findings = units_of(None, "2025-03").place_targets(
        targets(("Thanh Hóa", 2024, 4), ("Đông Sơn", 2024, 3), ("Đông Sơn", 2023, 2), ("389", 2024, None))
    )
    assert table["unit"].tolist() == ["380", "380", "389"]
    assert table["year"].tolist() == [2024, 2023, 2024]
    assert table["target"].fillna(-1).tolist() == [7, 2, -1]
    assert [(f.place, f.key, f.severity, f.values) for f in findings] == [
        (0, "targets_added_up", "warning", {"count": 2, "years": "2024"})
    ]


def test_a_sum_of_made_up_targets_is_made_up():
    given_ = targets(("Thanh Hóa", 2024, 4), ("Đông Sơn", 2024, 3)).assign(
        origin=["published", "reconstructed"]
    )
    assert units_of(None, "2025-03").place_targets(given_)[0]["origin"].tolist() == ["reconstructed"]


def test_a_target_written_twice_is_not_added_up():
    table, findings = units_of(None, "2025-03").place_targets(
        targets(("Thanh Hóa", 2024, 4), ("380", 2024, 4), ("Đông Sơn", 2024, 3))
    )
    assert (table["target"].tolist(), findings) == ([4, 4, 3], [])


def test_targets_of_districts_cannot_be_split_among_communes():
    table, findings = units_of(COMMUNE).place_targets(
        targets(("Ngọc Lặc", 2024, 4), ("389", 2025, 5), ("Xã Ngọc Lặc", 2026, 1), ("Cẩm Thuy", 2025, 2))
    )
    assert table[["unit", "target"]].to_numpy().tolist() == [["15061", 1]]
    assert [(f.place, f.key, f.severity, f.values) for f in findings] == [
        (0, "targets_not_carried", "warning", {"count": 3, "years": "2024, 2025"})
    ]


def test_targets_name_districts_to_2025_and_both_levels_since():
    found, findings = units_of(HISTORIC).place_targets(
        targets(("Ngọc Lặc", 2025, 4), ("Ngọc Lặc", 2026, 4), ("Huyện Ngọc Lặc", 2026, 4), (None, 2026, 4))
    )
    assert found["unit"].fillna("").tolist() == ["389", "", "389", ""]
    assert [(f.place, f.key) for f in findings] == [(1, "unit_ambiguous")]


# reports


def reports(*texts):
    return pd.DataFrame(texts, columns=["unit", "month", "status"]).astype({"month": "period[M]"})


def test_a_district_has_reported_if_all_its_communes_have():
    of_district = COMMUNES[COMMUNES["district_code_2024"] == "389"]
    codes = sorted(set(of_district["new_commune_code"]))
    whole = [(code, "2025-08", "reported") for code in codes]
    late = [(code, "2025-09", "missing" if code == codes[0] else "reported") for code in codes]
    table, findings = units_of(HISTORIC).place_reports(
        reports(
            *whole,
            *late,
            *[(code, "2025-10", "reported") for code in codes[1:]],
            ("389", "2025-06", "reported"),
        )
    )
    assert findings == []
    status = table.set_index(table["month"].astype(str))["status"].to_dict()
    assert table["unit"].unique().tolist() == ["389"]
    assert status == {
        "2025-06": "reported", "2025-08": "reported", "2025-09": "missing", "2025-10": "missing",
    }  # fmt: skip


def test_a_report_of_a_district_is_one_of_all_its_communes():
    table, findings = units_of(COMMUNE).place_reports(
        reports(("Thị xã Bỉm Sơn", "2025-03", "reported"), ("Hà Trung", "2025-03", "reported"))
    )
    both = COMMUNES[COMMUNES["district_code_2024"].isin(["381", "392"])]
    assert dict(zip(table["unit"], table["status"], strict=True)) == dict.fromkeys(
        both["new_commune_code"], "reported"
    )
    assert findings == []
    alone, _ = units_of(COMMUNE).place_reports(reports(("Thị xã Bỉm Sơn", "2025-03", "reported")))
    assert alone.set_index("unit")["status"]["14812"] == "missing"  # a part of it lies in Hà Trung


def test_rows_keep_their_places_in_the_file():
    place = pd.MultiIndex.from_tuples([("2025", 3), ("2025", 4), ("2024", 2)], names=["sheet", "row"])
    run = units_of(COMMUNE)
    table, _ = run.place_reports(
        reports(
            ("381", "2025-03", "reported"), ("392", "2025-03", "missing"), ("zzz", "2025-03", "missing")
        ).set_axis(place)
    )
    assert set(table.index[table["unit"] == "14812"]) == {("2025", 3)}
    register, findings = run.place_register(rows(*[("Ngoc Lak", "2024-03-01")] * 3).set_axis(place))
    assert [found.place for found in findings] == register.index.tolist() == place.tolist()
    kept, (left,) = run.place_targets(
        targets(("381", 2024, 1), ("392", 2024, 1), ("Xã Ngọc Lặc", 2026, 2)).set_axis(place)
    )
    assert (kept.index.tolist(), left.place) == ([("2024", 2)], ("2025", 3))


def test_a_report_told_twice_stays_twice_and_an_unknown_unit_is_told():
    table, findings = units_of(HISTORIC).place_reports(
        reports(
            ("389", "2025-03", "reported"), ("Ngọc Lặc", "2025-03", "missing"), ("zzz", "2025-03", "missing")
        )
    )
    assert table["unit"].fillna("").tolist() == ["389", "389", ""]
    assert [(f.place, f.key, f.severity) for f in findings] == [(2, "unit_unknown", "error")]


# totals


def monthly(register):
    return register.groupby(register["decision_date"].dt.to_period("M")).size()


def panel(register):
    return register.groupby([register["decision_date"].dt.to_period("M"), "unit"]).size()


def test_the_register_is_the_same_by_districts_and_their_communes():
    home, none = units_of(None, "2024-12").place_register(REGISTER)
    out, said = units_of(COMMUNE).place_register(home.astype({"unit": "category"}))
    back, more = units_of(HISTORIC).place_register(out)
    assert [*none, *said, *more] == []
    assert out["unit"].nunique() > 100
    pd.testing.assert_series_equal(panel(back), panel(home))
    pd.testing.assert_series_equal(monthly(out), monthly(home))


DAYS = st.dates(pd.Timestamp("2019-01-01").date(), pd.Timestamp("2026-08-31").date())
ROWS = st.lists(st.tuples(st.integers(0, len(COMMUNES) - 1), DAYS), min_size=1, max_size=60)


def written(drawn):
    """Register rows of old communes in the words of their days."""
    texts = []
    for number, day in drawn:
        ward, day = COMMUNES.iloc[number], pd.Timestamp(day)
        if day >= REFORM:
            texts.append((None, ward["new_commune"], f"{ward['old_ward']} cũ", day))
        else:
            texts.append(
                (ward["district_2024" if day.year < 2025 else "district_2025h1"], ward["old_ward"], day)
            )
    return rows(*texts)


@given(ROWS)
def test_carried_to_communes_and_back_every_total_is_kept(drawn):
    register = written(drawn)
    home, _ = units_of(HISTORIC).place_register(register)
    out, _ = units_of(COMMUNE).place_register(register)
    back, _ = units_of(HISTORIC).place_register(out)
    assert out["unit"].tolist() == [COMMUNES["new_commune_code"][number] for number, _ in drawn]
    assert home["unit"].tolist() == [COMMUNES["district_code_2024"][number] for number, _ in drawn]
    for carried in (home, out, back):
        assert carried["unit"].notna().all()
        pd.testing.assert_series_equal(monthly(carried), monthly(register))
    pd.testing.assert_series_equal(panel(back), panel(home))


@given(ROWS, st.sampled_from(["NFC", "NFD"]), st.sampled_from([str, str.upper, str.lower]), st.booleans())
def test_no_way_to_write_a_row_changes_its_unit(drawn, form, case, spaced):
    register = written(drawn)
    again = register.copy()
    for name in ("unit", "commune", "address"):
        texts = register[name].str.normalize(form).map(case, na_action="ignore").astype("str")
        again[name] = texts.str.replace(" ", "\u00a0 ") if spaced else texts
    for units_as in (HISTORIC, COMMUNE):
        one, other = (units_of(units_as).place_register(table)[0]["unit"] for table in (register, again))
        pd.testing.assert_series_equal(one, other)


@given(st.permutations(range(40)))
def test_the_order_of_rows_changes_nothing(order):
    register = REGISTER.iloc[:40]
    one, _ = units_of(COMMUNE).place_register(register)
    other, _ = units_of(COMMUNE).place_register(register.iloc[list(order)])
    pd.testing.assert_series_equal(one["unit"], other["unit"].sort_index())


# a continuation to 2026


@pytest.fixture(scope="module")
def went_on(tmp_path_factory):
    folder = tmp_path_factory.mktemp("continuation")
    return write(folder), folder


def test_the_continuation_is_the_same_for_the_same_seed(went_on, tmp_path):
    write(tmp_path)
    for name in ("units", "communes", "register", "targets", "rounds"):
        assert (tmp_path / f"{name}.csv").read_bytes() == (went_on[1] / f"{name}.csv").read_bytes()


@pytest.mark.parametrize("units_as", [HISTORIC, COMMUNE])
def test_the_continuation_is_carried_whole(went_on, units_as):
    drawn, folder = went_on
    register, run = table("register", folder), units_of(units_as)
    carried, findings = run.place_register(register)
    assert carried["unit"].isin(run.units.index).all()
    pd.testing.assert_series_equal(monthly(carried), monthly(register))
    assert {found.severity for found in findings} <= {"warning"}
    column = "new_commune_code" if units_as == COMMUNE else "district_code_2024"
    true = drawn["ward"].map(COMMUNES.set_index("old_ward_code")[column]).to_numpy()
    found = carried["unit"].iloc[len(REGISTER) :].to_numpy()
    told = drawn["told"].to_numpy()
    assert (found == true)[told | (units_as == COMMUNE)].all()
    untold = len(REGISTER) + np.flatnonzero(~told)
    straddles = [found.place for found in findings if found.key == "straddles"]
    assert straddles == (untold.tolist() if units_as == HISTORIC else [])
    assert 5 < len(untold) < 100


def test_the_targets_of_the_continuation_are_kept(went_on):
    targets = table("targets", went_on[1])
    by_year = targets.groupby("year")["target"].sum()
    historic, said = units_of(HISTORIC).place_targets(targets)
    pd.testing.assert_series_equal(historic.groupby("year")["target"].sum(), by_year)
    assert not historic.duplicated(["unit", "year"]).any()
    assert "targets_added_up" in {found.key for found in said}
    communes, (left,) = units_of(COMMUNE).place_targets(targets)
    assert communes["year"].unique().tolist() == [2026]
    assert communes["target"].sum() == by_year[2026]
    assert (left.key, left.values["count"]) == ("targets_not_carried", len(targets) - 166)
    same, none = units_of(None, "2024-12").place_targets(targets[targets["year"] <= 2024])
    assert none == []
    assert len(same) == 108


@pytest.mark.parametrize("units_as", [None, HISTORIC, COMMUNE])
def test_empty_tables_stay_empty(units_as):
    run = units_of(units_as, "2024-12")
    dossiers = table("register").iloc[:0].assign(stage_date=pd.Series(dtype="datetime64[s]"))
    empty = (
        run.place_register(rows()),
        run.place_targets(targets()),
        run.place_reports(reports()),
        run.place_dossiers(dossiers),
    )
    assert all(placed.empty and findings == [] for placed, findings in empty)


def test_dossiers_are_of_today_where_they_have_no_date():
    frame = rows((None, "Xã Ngọc Lặc", None), ("Ngọc Lặc", None), ("Ngọc Lặc", "2024-01-05"))
    frame = frame.rename(columns={"decision_date": "stage_date"})
    dossiers, findings = units_of(HISTORIC).place_dossiers(frame)
    assert dossiers["unit"].fillna("").tolist() == ["389", "", "389"]
    assert [(found.place, found.key) for found in findings] == [(1, "unit_ambiguous")]


def test_dossiers_of_a_unit_that_is_split_and_those_dated_later_are_left_out_and_told():
    frame = rows(
        ("Ngọc Lặc", "2024-01-05"),
        ("Ngọc Lặc", "Thị trấn Ngọc Lặc", "2024-01-05"),
        ("Ngọc Lặc", None),
        ("Ngọc Lạc Đà", "2024-10-01"),
        ("Ngọc Lặc", "Thị trấn Ngọc Lặc", "2024-09-30"),
    ).rename(columns={"decision_date": "stage_date"})
    dossiers, findings = units_of(COMMUNE, "2024-09").place_dossiers(frame)
    assert dossiers.index.tolist() == [1, 4]
    assert dossiers["unit"].notna().all()
    said = {(found.place, found.column, found.key, found.severity): found.values for found in findings}
    assert said == {
        (3, "stage_date", "dossiers_later", "warning"): {"count": 1, "as_of": pd.Period("2024-09")},
        (0, "unit", "dossiers_not_carried", "warning"): {"count": 2},
    }


def test_a_dossier_in_an_unknown_commune_is_still_an_error():
    frame = rows(("Ngọc Lặc", "Xã Không Có", "2024-01-05")).rename(columns={"decision_date": "stage_date"})
    _, findings = units_of(COMMUNE, "2024-09").place_dossiers(frame)
    assert {found.severity for found in findings} == {"error"}


def test_a_gazetteer_of_no_communes_knows_units_alone():
    names = Gazetteer(UNITS, COMMUNES.iloc[:0])
    assert names.place("H. Ngọc Lặc", "Xã Minh Sơn", before=True) == ("389", (), ())
    assert fold(names.place("", "H. Ngọc Lặc", before=True).unit) == "389"


# codes that a spreadsheet reshaped, former and new, several provinces


def test_a_reshaped_code_is_read_and_told_once_a_column():
    texts = [("389.0", "2024-01-05"), ("0390", "2024-01-05"), ("389.0", "2024-01-06"), ("389", "2024-01-07")]
    register, (found,) = units_of(HISTORIC).place_register(rows(*texts))
    assert register["unit"].tolist() == ["389", "390", "389", "389"]
    assert (found.place, found.column, found.key, found.severity) == (0, "unit", "code_reshaped", "warning")
    assert found.values == {"code": "389", "count": 3}
    both = ("389.0", "15061.0", "2026-01-05"), (None, "15061.0", "2026-01-05")
    codes, said = placed(units_of(COMMUNE), *both)
    assert codes == ["15061"] * 2
    assert sorted(column for _, column, key, _ in said if key == "code_reshaped") == ["commune", "unit"]


def test_reshaped_codes_of_other_tables_are_read_as_well():
    run = units_of(HISTORIC)
    table, found = run.place_targets(targets(("389.0", 2024, 3), ("390,0", 2024, 2)))
    assert table["unit"].tolist() == ["389", "390"]
    assert [(one.key, one.values["count"]) for one in found] == [("code_reshaped", 2)]
    table, found = run.place_reports(reports(("389.0", "2024-03", "reported")))
    assert table["unit"].tolist() == ["389"]
    assert [one.key for one in found] == ["code_reshaped"]


FORMER = {
    ("Ngọc Lặc (cũ)", None): "389",
    ("Ngọc Lặc cũ", None): "389",
    ("Huyện Ngọc Lặc (cũ)", None): "389",
    ("UBND xã Ngọc Lặc", None): "15061",
    ("Ngọc Lặc (mới)", None): "unit_ambiguous",
    ("Xã Minh Sơn (cũ)", None): "unit_ambiguous",  # two of that name were merged, neither into Minh Sơn
    (None, "Xã Minh Sơn (cũ)"): "unit_ambiguous",
    (None, "Xã Minh Sơn (mới)"): "15124",
    ("Xã Minh Sơn, huyện Triệu Sơn", None): "unit_ambiguous",
}


@pytest.mark.parametrize("texts", FORMER)
def test_former_and_new_are_told_apart(texts):
    place = units_of(COMMUNE).gazetteer.place(*(text or "" for text in texts), before=False)
    new = {COMMUNES["new_commune_code"][ward] for ward in place.wards}
    assert [place.unit or min(new, default="")] + [said.key for said in place.said] == (
        ["", FORMER[texts]] if "_" in FORMER[texts] else [FORMER[texts]]
    )


PROVINCES = {
    "one": ([("38", "Tỉnh Thử"), ("38", "Tỉnh Thử")], None),
    "blanks say nothing": ([("38", "Tỉnh Thử"), (None, None)], None),
    "one name in two forms": ([("38", "Tỉnh Thử"), (None, "tỉnh thử"), ("38", "Thử")], None),
    "a zero lost": ([("01", "TP Thử"), ("1", "Thành phố Thử")], None),
    "two codes": ([("38", "A"), ("38", "A"), ("40", "B")], "A (38): 2; B (40): 1"),
    "two codes, one name": ([("38", "A"), ("40", "A")], "A (38): 1; A (40): 1"),
    "one code, two names": ([("38", "A"), ("38", "B")], "A (38): 1; B (38): 1"),
    "one without a code": ([("38", "A"), (None, "B")], "A (38): 1; B: 1"),
    "codes alone": ([("38", None), ("40", None)], "(38): 1; (40): 1"),
}


@pytest.mark.parametrize(("provinces", "told"), PROVINCES.values(), ids=PROVINCES)
@pytest.mark.parametrize("units_as", [None, HISTORIC])
def test_the_units_in_force_are_of_one_province(provinces, told, units_as):
    units = UNITS.iloc[: len(provinces)].copy()
    units[["province", "province_name"]] = pd.DataFrame(provinces, units.index, dtype="str")
    if told is None:
        division(units, units_as=units_as, as_of=pd.Period("2024-09"))
        return
    with pytest.raises(InputError) as caught:
        division(units, units_as=units_as, as_of=pd.Period("2024-09"))
    (fault,) = caught.value.faults
    assert (fault.key, fault.values) == ("two_provinces", {"allowed": told})
    for lang in ("vi", "en"):
        with set_options(lang=lang):
            assert told in fault.tell()


def test_a_former_provinces_units_that_have_ended_do_not_count():
    units = UNITS.copy()
    units.loc[units.index[:3], ["province", "province_name"]] = ["99", "Tỉnh Cũ"]
    units.loc[units.index[3:], "valid_to"] = pd.NaT
    assert len(division(units, as_of=pd.Period("2026-01")).units) == 24
    with pytest.raises(InputError, match="Tỉnh Cũ"):
        division(units, as_of=pd.Period("2024-01"))
