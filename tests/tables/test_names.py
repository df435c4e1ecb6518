"""Names: every way to write a true name finds its unit, and no two units are taken for one."""

import unicodedata
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocop_forecast.tables.names import UnitNames, bare_name
from ocop_forecast.text import fold, spelled

DATA = Path(__file__).parents[2] / "data"


def table(name):
    return pd.read_csv(DATA / f"{name}.csv", dtype=str, keep_default_na=False)


def typed(codes, names):
    """Units whose names begin with their types, as the crosswalk has them."""
    found = names.str.extract("^(Thị trấn|Phường|Xã) (.*)$").set_index(codes.to_numpy())
    return found.set_axis(["type", "name"], axis="columns")


UNITS = table("units").set_index("unit")
NAMES = UnitNames(UNITS)
CROSSWALK = table("communes")
COMMUNES = CROSSWALK.drop_duplicates("new_commune_code")
COMMUNES = typed(COMMUNES["new_commune_code"], COMMUNES["new_commune"])
WARDS = {
    district: typed(rows["old_ward_code"], rows["old_ward"])
    for district, rows in CROSSWALK.groupby("district_code_2024")
}
LEVELS = {"district": UNITS, "commune": COMMUNES, **WARDS}
OLD_TONE = {"òa": "oà", "óa": "oá", "ỏa": "oả", "ũy": "uỹ", "ủy": "uỷ", "úy": "uý"}
SHORT = {"Thành phố": "TP", "Thị xã": "TX", "Huyện": "H", "Thị trấn": "TT", "Phường": "P", "Xã": "X"}


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
    "type in short, old tone, upper": lambda code, name, kind: f"{SHORT[kind]} {old_tone(name)}".upper(),
    "type in short with two dots": lambda code, name, kind: f"{'.'.join(SHORT[kind])}. {name}",
    "type in short, small": lambda code, name, kind: f"{SHORT[kind].capitalize()}. {name}",
    "signs without width": lambda code, name, kind: "\u200b".join(f"\ufeff{kind} {name}\u00ad"),
    "en dash": lambda code, name, kind: f"{kind} {name.replace(' ', ' – ')}",
    "type in NFD": lambda code, name, kind: unicodedata.normalize("NFD", f"{kind} {name}"),
}
ACCENTS_LOST = {"without accents"}


@pytest.mark.parametrize("way", WRITTEN)
@pytest.mark.parametrize("level", LEVELS)
def test_every_true_name_resolves_however_it_is_written(level, way):
    """By its accents or its type; without accents, names that differ in nothing else are refused together.

    But a text that is a true name to the letter is that one: Nga Thanh lies beside Nga Thành.
    """
    units = LEVELS[level]
    names = UnitNames(units)
    found = {
        code: names.codes(WRITTEN[way](code, row["name"], row["type"])) for code, row in units.iterrows()
    }
    if way in ACCENTS_LOST:
        alike = units.index.to_series().groupby(units["name"].map(fold)).agg(list)
        true = {fold(name): [code] for code, name in units["name"].items() if fold(name) == name.lower()}
        assert found == {code: true.get(n, alike[n]) for code, n in units["name"].map(fold).items()}
    else:
        assert found == {code: [code] for code in units.index}


@pytest.mark.parametrize("level", LEVELS)
def test_every_pair_of_true_names_stays_apart(level):
    full = (LEVELS[level]["type"] + " " + LEVELS[level]["name"]).map(spelled)
    assert all(a != b for a, b in combinations(full, 2))


def test_the_names_of_the_districts_stay_apart_without_accents():
    assert UNITS["name"].map(bare_name).is_unique


HOMONYMS = {
    "Đồng Tiến": ["15724"],
    "Đông Tiến": ["15853"],
    "ĐÔNG TIẾN": ["15853"],
    "xa dong tien": ["15724"],
    "P. Dong Tien": ["15853"],
    "Xã Đông Tiến": ["15724", "15853"],  # by its type the one, by its accents the other
    "dong tien": ["15724", "15853"],
    "15724": ["15724"],
}


@pytest.mark.parametrize("text", HOMONYMS)
def test_homonyms_are_told_apart_by_accents_type_or_code(text):
    assert sorted(UnitNames(COMMUNES).codes(text)) == HOMONYMS[text]


BOTH = {
    "Huyện Ngọc Lặc": ["389"],
    "Xã Ngọc Lặc": ["15061"],
    "Ngọc Lặc": ["389", "15061"],
    "Phường Đông Sơn": ["16378"],
    "H.Đông Sơn": ["405"],
    "TX Đông Sơn": ["405"],  # the only one of that name among the districts, whatever its type
    "Xã Đông Sơn": ["16378"],
}


@pytest.mark.parametrize("text", BOTH)
def test_a_type_tells_a_district_from_a_commune(text):
    assert UnitNames(pd.concat([UNITS, COMMUNES])).codes(text) == BOTH[text]


@pytest.mark.parametrize("text", ["Xã Ngọc Lặc", "Phường Đông Sơn", "TT. Thọ Xuân"])
def test_a_commune_is_no_district(text):
    assert NAMES.codes(text) == []


def test_a_name_may_begin_like_a_type():
    units = pd.DataFrame(
        {"name": ["Quan Hóa", "Phượng Kỳ", "Xà Phiên", "Kỳ"], "type": ["Huyện", "Xã", "Xã", "Phường"]},
        index=list("abcd"),
    )
    names = UnitNames(units)
    for code, texts in {
        "a": ("Quan Hóa", "quan hoa", "huyen quan hoa"),
        "b": ("Phượng Kỳ", "Xã Phượng Kỳ", "xa phuong ky", "X.Phượng Kỳ"),
        "c": ("Xà Phiên", "xa phien", "XÃ XÀ PHIÊN", "xa xa phien"),
        "d": ("Phường Kỳ", "P. Kỳ", "phuong ky", "Kỳ"),
    }.items():
        assert {text: names.codes(text) for text in texts} == {text: [code] for text in texts}


def test_the_type_may_stand_with_the_name():
    units = pd.DataFrame({"name": ["Huyện Ngọc Lặc", "huyen Cam Thuy"], "type": None}, index=["389", "390"])
    names = UnitNames(units)
    assert names.codes("Ngọc Lặc") == names.codes("H. Ngoc Lac") == ["389"]
    assert names.codes("Cẩm Thuỷ") == names.codes("Huyện Cẩm Thủy") == ["390"]
    assert names.codes("Xã Ngọc Lặc") == []


def test_what_people_confirmed_is_taken_where_no_true_name_is_meant():
    names = UnitNames(UNITS, {fold("Ngọc Nặc"): "389", fold("Cẩm Thủy"): "389", fold("Hà Nội"): "001"})
    assert names.codes("NGỌC NẶC") == ["389"]
    assert names.codes("Cẩm Thủy") == ["390"]
    assert names.codes("Hà Nội") == []


def test_very_similar_names_never_cross():
    assert NAMES.codes("Huyện Thường Xuan") == ["396"]
    assert NAMES.codes("Huyện Thọ Xuan") == ["395"]
    assert NAMES.codes("Huyện Thương Thọ Xuân") == []


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


@given(
    st.sampled_from(list(COMMUNES.index)),
    st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]),
    st.sampled_from([str.upper, str.lower, str.title, old_tone]),
    st.booleans(),
)
def test_no_way_to_encode_a_name_changes_its_code(code, form, case, is_typed):
    kind, name = COMMUNES.loc[code, ["type", "name"]]
    text = unicodedata.normalize(form, case(f"{kind} {name}" if is_typed else name))
    assert UnitNames(COMMUNES).codes(text) == [code]


# what stands around a name

OFFICE = pd.DataFrame(
    [
        *[("801", "Đông Hải", "Huyện"), ("802", "Tây Hồ", "Huyện"), ("803", "Quy Hợp", "Huyện")],
        *[("804", "Ea H'Lâm", "Huyện"), ("805", "Hòa Bình", "Thị xã"), ("806", "Thử", "Thành phố")],
        *[("807", "Cư M'gar", "Huyện"), ("808", "Krông Pắc", "Huyện"), ("809", "Chợ Mới", "Huyện")],
        *[("810", "Phong Điền", "Huyện"), ("001", "Ba Đình", "Quận"), ("038", "Lý Nhân", "Huyện")],
    ],
    columns=["code", "name", "type"],
).set_index("code")
READ = {
    "804": "Ea H’Lâm|Ea H`Lâm|Ea H´Lâm|Ea HʼLâm|Ea HLâm|EaH'Lâm|Ea-H'Lâm|EA H' LÂM|ea hlam",
    "807": "Cư Mgar|CưM’gar|Cu M gar|H. Cư-M'gar",
    "808": "Krông-Pắc|KrôngPắc|krong pac",
    "806": "T/p Thử|T/P. Thử|T. P. Thử|TP/Thử|TP: Thử|Thành phố: Thử|UBND TP Thử|Phòng Kinh tế TP.Thử",
    "803": "Qui Hợp|Quì Hợp|huyện Qui Hợp.|UBND huyện Qui-Hợp",
    "809": "UBND huyện Chợ Mới|Chợ Mới (mới)|Chợ Mới cũ",
    "810": "Phòng Kinh tế Phong Điền|UBND Phong Điền",
    "802": (
        "Tây Hồ.|Tây Hồ*|(Tây Hồ)|“Tây Hồ”|[Tây Hồ]|1. Tây Hồ|12) Huyện Tây Hồ|III. HUYỆN TÂY HỒ|"
        "- Tây Hồ|Tây Hồ (1)|Tây Hồ¹|Huyện: Tây Hồ|Huyện Tây Hồ (cũ)|Tây Hồ cũ|Tây Hồ (huyện)|"
        "Huyện Tây Hồ, tỉnh Thử|Huyện Tây Hồ - tỉnh Thử|xã A, huyện Tây Hồ|Xã Đông Hải, huyện Tây Hồ|"
        "802 - Tây Hồ|Tây Hồ (802)|802. Tây Hồ|UBND huyện Tây Hồ|Ủy ban nhân dân huyện Tây Hồ|"
        "Phòng NN&PTNT Tây Hồ|P.NN Tây Hồ|Phòng NN và PTNT huyện Tây Hồ|phong kinh te tay ho|"
        "Phòng Nông nghiệp và Phát triển nông thôn huyện Tây Hồ|"
        "Phòng Nông nghiệp và Môi trường huyện Tây Hồ|Phòng Kinh tế, Hạ tầng và Đô thị Tây Hồ|"
        "Văn phòng điều phối NTM huyện Tây Hồ"
    ),
    "801": "801.0|801,0|801.00|0801",
    "001": "1|1.0|01",
    "038": "38|38.0|0038|Lí Nhân",
}


@pytest.mark.parametrize(
    ("code", "text"), [(code, text) for code, texts in READ.items() for text in texts.split("|")]
)
def test_a_name_is_read_through_what_stands_around_it(code, text):
    assert UnitNames(OFFICE).codes(text) == [code]


NONE = (
    "Krông Păk|Krông Pắk|Xã Tây Hồ|UBND xã Tây Hồ|X. Tây Hồ|(P. Tây Hồ)|UBND tỉnh Thử|tỉnh Thử|"
    "Hồ Tây|Tây|Tây Hồ và Đông Hải|Đông Hải Tây Hồ|801.5|8010|8|0|1.|(1)|...|Phòng Kinh tế|UBND"
)
TWO = {
    "Đông Hải, Tây Hồ": ["801", "802"],
    "801 - Tây Hồ": ["801", "802"],
    "Tây Hồ (Đông Hải)": ["802", "801"],
    "Tây Hồ, Thử": ["802", "806"],
}


@pytest.mark.parametrize("text", [*NONE.split("|"), *TWO])
def test_what_names_no_unit_or_two_is_none(text):
    assert UnitNames(OFFICE).codes(text) == TWO.get(text, [])


def test_exact_names_win_over_stripped_and_respelled_ones():
    names = ["Quy Hợp", "Qui Hợp", "Ea Na", "Eana", "Tây Hồ", "Tây Hồ (mới)", "Chợ Cũ", "Chợ"]
    units = pd.DataFrame({"name": names, "type": "Huyện"}, index=[*"abcdefgh"])
    assert [UnitNames(units).codes(name) for name in names] == [[code] for code in units.index]
    assert [UnitNames(units).codes(f"Huyện {name}") for name in names] == [[code] for code in units.index]
    assert UnitNames(units).codes("Quì-Hợp") == ["b"]
    assert sorted(UnitNames(units).codes("Ea-N'a")) == ["c", "d"]


def test_a_code_that_a_unit_bears_is_no_number():
    units = pd.DataFrame({"name": ["A Lưới", "B Lao", "C Mau"], "type": "Huyện"}, index=["1", "001", "2"])
    names = UnitNames(units)
    assert [names.codes(text) for text in ("1", "001", "01", "1.0", "002")] == [
        *(["1"], ["001"], ["1", "001"], ["1", "001"], ["2"]),
    ]


def test_what_people_confirmed_wins_over_a_stripped_name():
    assert UnitNames(OFFICE, {fold("1. Tây Hồ"): "801"}).codes("1. Tây Hồ") == ["801"]


DRESS = [
    *[
        "{}.",
        "{}*",
        "({})",
        "“{}”",
        "7. {}",
        "II. {}",
        "- {}",
        "{} (cũ)",
        "{} (2)",
        "UBND {}",
        "Phòng NN&PTNT {}",
    ],
    *["{}, tỉnh Thử", "{}\u00a0(cũ)", "Phòng Kinh tế {}", "TT dịch vụ nông nghiệp {}"],
]


@given(
    st.sampled_from(list(UNITS.index)), st.sampled_from(DRESS), st.sampled_from(["NFC", "NFD"]), st.booleans()
)
def test_no_way_to_dress_a_name_changes_its_unit(code, dress, form, is_typed):
    kind, name = UNITS.loc[code, ["type", "name"]]
    text = unicodedata.normalize(form, dress.format(f"{kind} {name}" if is_typed else name))
    assert NAMES.codes(text) == [code]


@given(st.sampled_from(list(COMMUNES.index)), st.sampled_from(DRESS))
def test_a_dressed_commune_is_never_another_one(code, dress):
    kind, name = COMMUNES.loc[code, ["type", "name"]]
    assert set(UnitNames(COMMUNES).codes(dress.format(f"{kind} {name}"))) <= {code}
    assert NAMES.codes(dress.format(f"{kind} {name}")) == []


@given(st.text(st.sampled_from("()[]1.,-–* xXcũTâyHồ\u00b9'’"), max_size=150))
def test_signs_without_end_are_read_in_no_time(text):
    assert set(NAMES.codes(text)) <= set(UNITS.index)
