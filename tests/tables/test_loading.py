"""The door: files are read as they stand, right rows counted, wrong ones all told with their place."""

import datetime as dt
import shutil

import pandas as pd
import pytest
from conftest import REGISTER
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from words import in_each_language

from ocop_forecast import InputError, TrendModel, periods, project, read_province
from ocop_forecast.i18n.catalogue import set_options
from ocop_forecast.tables import province, register
from ocop_forecast.tables.loading import read_table
from ocop_forecast.tables.register import monthly_counts
from ocop_forecast.tables.sources import DATA, EXAMPLE_FILE

VIETNAMESE = {
    "no": "TT", "product_code": "Mã sản phẩm", "product": "Tên sản phẩm", "producer": "Chủ thể",
    "producer_type": "Loại hình chủ thể", "commune": "Xã/phường", "district": "Huyện/thị xã/thành phố",
    "group": "Nhóm sản phẩm", "score": "Điểm", "stars": "Hạng sao", "decision_no": "Số quyết định",
    "decision_date": "Ngày quyết định", "authority": "Cơ quan công nhận", "round": "Đợt",
    "programme_year": "Năm", "kind": "Hình thức", "expiry_date": "Ngày hết hạn", "note": "Ghi chú",
}  # fmt: skip


KINDS = {"New": "Mới", "Re-recognised": "Công nhận lại", "Upgraded": "NÂNG HẠNG", "Revoked": "thu hồi"}


def faults(call, *args, **kwargs):
    """Return (row, column, key) of every fault the call raises."""
    with pytest.raises(InputError) as caught:
        call(*args, **kwargs)
    return [(fault.row, fault.column, fault.key) for fault in caught.value.faults]


def edit(folder, name, old, new):
    path = folder / f"{name}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_right_folder_is_read(folder):
    province = read_province(folder, as_of="2024-09")
    assert province.panel.sum().to_dict() == {"389": 1, "390": 2}
    assert (str(province.panel.index[0]), str(province.panel.index[-1])) == ("2023-01", "2024-09")


BROKEN = {
    "unknown district": ("Ngọc Lặc,3,2023", "Ngoc Lak,3,2023", (2, "district", "unit_unknown_nearest")),
    "six stars": ("Cẩm Thủy,4,2024-07-15,new", "Cẩm Thủy,6,2024-07-15,new", (4, "stars", "stars_allowed")),
    "no such day": ("2023-12-01", "31/02/2024", (3, "decision_date", "not_date")),
    "a far year": ("2023-12-01", "2567-12-01", (3, "decision_date", "date_allowed")),
    "an unknown kind": ("2023-11-20,new", "2023-11-20,cũ", (2, "kind", "choice_allowed")),
    "a blank product": ("Sản phẩm 390-002", "", (4, "product", "cell_blank")),
    "stars in words": ("Cẩm Thủy,4,2024-07-15,new", "Cẩm Thủy,3-4,2024-07-15,new", (4, "stars", "not_stars")),
}


@pytest.mark.parametrize("case", BROKEN)
def test_each_broken_cell_is_told_with_its_place(folder, case):
    old, new, told = BROKEN[case]
    edit(folder, "register", old, new)
    assert faults(read_table, folder / "register.csv") == [told]


def test_all_faults_of_all_tables_are_told_at_once(folder):
    cases = ("unknown district", "no such day", "six stars")
    for case in cases:
        edit(folder, "register", *BROKEN[case][:2])
    edit(folder, "targets", "2024,3", "2024,2.5")
    of_register = sorted(BROKEN[case][2] for case in cases)
    assert faults(read_province, folder) == [*of_register, (2, "target", "not_whole")]


def test_a_row_twice_is_told_on_both_rows(folder):
    text = (folder / "register.csv").read_text(encoding="utf-8")
    (folder / "register.csv").write_text(text + text.splitlines()[1] + "\n", encoding="utf-8")
    assert faults(read_table, folder / "register.csv") == [(2, "", "row_twice"), (6, "", "row_twice")]


def test_a_missing_column_is_told_beside_the_other_faults(folder):
    edit(folder, "register", ",decision_date,", ",day,")
    edit(folder, "register", "Ngọc Lặc,3,2023", "Ngoc Lak,3,2023")
    assert faults(read_table, folder / "register.csv") == [
        (1, "Ngày quyết định", "column_missing_unread"),
        (2, "district", "unit_unknown_nearest"),
    ]


def test_the_message_names_file_row_column_value_what_is_allowed_and_what_to_do(folder):
    edit(folder, "register", "Cẩm Thủy,4,2024-07-15,new", "Cẩm Thủy,6,2024-07-15,new")
    with pytest.raises(InputError) as caught:
        read_table(folder / "register.csv")
    path = folder / "register.csv"
    assert str(caught.value) == (
        f'{path}, row 4, column "stars": "6" is not one of 3, 4, 5. '
        "Correct it, or leave it blank while the rating is pending."
    )
    with set_options(lang="vi"):
        assert "dòng 4" in caught.value.tell()


@pytest.mark.parametrize(
    "code", ["../../x", "a/b", "x" * 41, "389.", "con\u202e", "C:", "CON", "total", "-rf"]
)
def test_a_unit_code_that_is_no_file_name_is_refused(folder, code):
    edit(folder, "units", "389", code)
    assert faults(read_table, folder / "units.csv") == [(2, "unit", "code_allowed")]


def test_codes_that_differ_in_case_alone_or_are_the_provinces_are_refused(folder):
    edit(folder, "units", "389,Ngọc", "ab,Ngọc")
    edit(folder, "units", "390,Cẩm", "AB,Cẩm")
    assert faults(read_table, folder / "units.csv") == [(2, "", "row_twice"), (3, "", "row_twice")]
    edit(folder, "units", "AB,Cẩm", "38,Cẩm")
    assert faults(read_table, folder / "units.csv") == [(3, "", "code_of_province")]


def test_two_unknown_units_are_no_duplicates(folder):
    edit(folder, "targets", "Ngọc Lặc", "Ngoc Lak")
    edit(folder, "targets", "Cẩm Thủy", "Cam Tuy")
    told = [(2, "unit", "unit_unknown_nearest"), (3, "unit", "unit_unknown_nearest")]
    assert faults(read_table, folder / "targets.csv") == told


def test_a_register_without_rows_and_a_folder_that_is_not_there_are_told(folder):
    header = (folder / "register.csv").read_text(encoding="utf-8").splitlines()[0]
    (folder / "register.csv").write_text(header + "\n", encoding="utf-8")
    assert faults(read_province, folder) == [(None, "", "no_rows")]
    assert faults(read_province, folder / "none") == [(None, "", "folder_missing")]


def test_a_row_of_the_far_future_moves_nothing_and_is_told(folder):
    before = read_province(folder)
    edit(folder, "register", "2024-07-15,upgraded", "2042-07-15,new")
    after = read_province(folder)
    assert after.as_of == before.as_of
    with set_options(lang="en"):
        assert "1 row decided after July 2024 was left out" in after.caution()
        assert before.caution() == ""


def test_months_after_the_last_decision_are_told_to_count_as_zero(folder):
    with set_options(lang="en"):
        assert "last decision is of 15 July 2024" in read_province(folder, as_of="2024-09").caution()


def test_the_embedded_data_say_how_much_is_reconstructed():
    with set_options(lang="en"):
        said = read_province(as_of="2024-09").caution()
    assert "85/85 register rows and 26/27 targets are RECONSTRUCTED" in said


@pytest.mark.parametrize("target", ["-1", "2,5", "3-5", "ba", "1e3"])
def test_a_target_is_a_whole_number_not_below_zero(folder, target):
    edit(folder, "targets", "2024,3", f'2024,"{target}"')
    assert [fault[:2] for fault in faults(read_table, folder / "targets.csv")] == [(2, "target")]


def test_a_missing_target_is_not_zero(folder):
    edit(folder, "targets", "2024,3", "2024,")
    targets = read_province(folder).targets.set_index("unit")["target"]
    assert pd.isna(targets["389"])
    assert targets["390"] == 4


def test_a_unit_without_a_row_has_a_missing_target(folder):
    edit(folder, "targets", "Ngọc Lặc,2024,3\n", "")
    targets = read_province(folder).targets.set_index("unit")["target"]
    assert targets.isna().to_dict() == {"389": True, "390": False}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_dialects_give_the_same_register(folder, encoding, delimiter):
    before = read_province(folder).register
    text = (folder / "register.csv").read_text(encoding="utf-8").replace(",", delimiter)
    (folder / "register.csv").write_text(text, encoding=encoding)
    pd.testing.assert_frame_equal(read_province(folder).register, before)


def test_text_in_an_old_encoding_is_refused_with_advice(folder):
    text = (folder / "register.csv").read_text(encoding="utf-8")
    (folder / "register.csv").write_bytes(text.replace("Ngọc Lặc", "Ngäc LÆc").encode("latin-1", "replace"))
    assert faults(read_table, folder / "register.csv") == [(None, "", "file_encoding_legacy")]


def test_excel_with_vietnamese_headers_and_real_dates_gives_the_embedded_counts(tmp_path):
    frame = pd.read_csv(DATA / "register.csv", dtype=str, keep_default_na=False)
    frame = frame.rename(columns=VIETNAMESE).drop(columns=["origin", "source"])
    frame["Hình thức"] = frame["Hình thức"].map(str.capitalize).replace(KINDS)
    book = Workbook()
    book.active.append(list(frame.columns))
    for row in frame.assign(**{"Ngày quyết định": pd.to_datetime(frame["Ngày quyết định"])}).itertuples(
        index=False
    ):
        book.active.append(list(row))
    book.save(tmp_path / "register.xlsx")
    for table in ("units", "targets"):
        shutil.copy(DATA / f"{table}.csv", tmp_path)
    read = read_province(tmp_path, as_of="2024-09").register
    expected = read_province(as_of="2024-09").register
    pd.testing.assert_frame_equal(monthly_counts(read), monthly_counts(expected))
    assert read["kind"].tolist() == expected["kind"].tolist()
    assert read["stars"].tolist() == expected["stars"].tolist()


def test_only_new_recognitions_count(folder):
    edit(folder, "register", "2023-11-20,new", "2023-11-20,re-recognised")
    assert read_province(folder).panel.sum().to_dict() == {"389": 0, "390": 2}


def test_a_unit_and_a_month_without_a_row_are_zero_and_not_lost():
    panel = read_province(as_of="2024-09").panel
    assert panel.shape == (69, 27)
    assert panel.index.equals(pd.period_range("2019-01", "2024-09", freq="M"))


def test_what_was_decided_later_is_not_seen(folder):
    before = read_province(folder, as_of="2023-12").panel
    edit(folder, "register", "2024-07-15,new", "2031-07-15,new")
    pd.testing.assert_frame_equal(read_province(folder, as_of="2023-12").panel, before)


@pytest.mark.parametrize("as_of", ["2019-01", "2023-10", "19/11/2023"])
def test_an_as_of_before_all_decisions_is_refused(folder, as_of):
    assert faults(read_province, folder, as_of=as_of) == [(None, "", "nothing_by")]


def test_a_day_knows_what_was_decided_on_it_and_not_the_day_after(folder):
    old, new = "390-001,Cẩm Thủy,4,2024-07-15,upgraded", "390-003,Cẩm Thủy,4,2024-07-16,new"
    edit(folder, "register", old, new)
    for as_of, (known, later) in {"14/7/2024": (2, 2), "2024-07-15": (3, 1), "16/7/2024": (4, 0)}.items():
        read = read_province(folder, as_of=as_of)
        assert (len(read.register), read.register.attrs["later"]) == (known, later)
        assert read.as_of.freqstr == "D"
        assert str(read.panel.index[-1]) == "2024-07"
        assert read.panel.to_numpy().sum() == known


def test_the_months_last_day_is_the_month(folder):
    month, day = read_province(folder, as_of="2024-07"), read_province(folder, as_of="31/7/2024")
    assert month.as_of == day.as_of == pd.Period("2024-07", "M")
    pd.testing.assert_frame_equal(month.register, day.register)
    with set_options(lang="en"):
        assert month.caution() == day.caution()


def test_a_month_that_is_not_over_is_told_and_a_day_in_it_is_not(folder, monkeypatch):
    monkeypatch.setattr(province, "today", lambda: pd.Timestamp("2024-07-20"))
    with set_options(lang="en"):
        said = read_province(folder).caution()
    assert said.startswith("July 2024 is not over, but is taken as known whole.")
    assert "--as-of 2024-07-15" in said
    with set_options(lang="en"):
        assert read_province(folder, as_of="2024-07-20").caution() == ""
    monkeypatch.setattr(province, "today", lambda: pd.Timestamp("2024-08-01"))
    with set_options(lang="en"):
        assert read_province(folder).caution() == ""


def test_whole_months_without_a_decision_are_told_a_months_beginning_is_not(folder):
    with set_options(lang="en"):
        assert read_province(folder, as_of="2024-08-20").caution() == ""
        said = read_province(folder, as_of="2024-09-02").caution()
    assert "last decision is of 15 July 2024. What follows to the end of 2 September 2024" in said


BREAKS = "Ngày,Nội dung,Nguồn\n6/7/2025,bỏ cấp huyện,1489/QĐ-TTg\n15/3/2023,huyện quyết định,148/QĐ-TTg\n"


def test_breaks_are_read_in_order_of_time_and_are_optional(folder):
    assert read_province(folder).breaks is None
    (folder / "breaks.csv").write_text(BREAKS, encoding="utf-8")
    breaks = read_province(folder).breaks
    assert breaks["date"].tolist() == [pd.Timestamp("2023-03-15"), pd.Timestamp("2025-07-06")]
    assert breaks["what_en"].tolist() == breaks["what_vi"].tolist() == ["huyện quyết định", "bỏ cấp huyện"]
    assert breaks["source"].tolist() == ["148/QĐ-TTg", "1489/QĐ-TTg"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("6/7/2025", "31/6/2025", [(2, "Ngày", "not_date")]),
        ("6/7/2025", "", [(2, "Ngày", "cell_blank")]),
        ("6/7/2025", "15/3/2023", [(2, "", "row_twice"), (3, "", "row_twice")]),
        ("bỏ cấp huyện", "", [(2, "Nội dung", "cell_blank")]),
        ("Ngày", "Hôm", [(1, "Ngày", "column_missing_unread")]),
    ],
)
def test_each_fault_of_a_table_of_breaks_is_told_with_its_place(folder, old, new, told):
    (folder / "breaks.csv").write_text(BREAKS.replace(old, new), encoding="utf-8")
    assert faults(read_province, folder) == told
    assert faults(read_table, folder / "breaks.csv") == told


def test_rounds_have_days_a_status_and_perhaps_a_level(folder):
    text = (
        "Ngày,Trạng thái,Cấp\n5/7/2024,Đã tổ chức,Cấp tỉnh\n20/12/2024,dự kiến,huyện\n31/12/2024,planned,\n"
    )
    (folder / "rounds.csv").write_text(text, encoding="utf-8")
    rounds = read_table(folder / "rounds.csv").table
    assert rounds["date"].dtype == "datetime64[s]"
    assert rounds["status"].tolist() == ["held", "planned", "planned"]
    assert rounds["level"].fillna("").tolist() == ["province", "district", ""]
    (folder / "rounds.csv").write_text(text.replace("huyện", "thôn"), encoding="utf-8")
    assert faults(read_province, folder) == [(3, "Cấp", "choice_allowed")]


def test_of_the_rounds_only_those_known_at_the_day_are_kept(folder):
    text = "date,status\n2024-07-05,held\n2024-07-10,planned\n2024-07-20,planned\n2024-08-01,held\n"
    (folder / "rounds.csv").write_text(text, encoding="utf-8")
    assert read_province(folder, as_of="2024-07-15").rounds["date"].dt.day.tolist() == [5, 20]
    assert read_province(folder, as_of="2024-07-20").rounds["date"].dt.day.tolist() == [5]
    assert read_province(folder, as_of="2024-07-04").rounds["date"].dt.day.tolist() == [10, 20]


def test_the_embedded_breaks_are_the_days_from_which_others_decide():
    breaks = read_province().breaks
    register = read_province(as_of="2024-09").register
    three = register[register["stars"] == 3].groupby("authority")["decision_date"].agg(["min", "max"])
    assert three.loc["province", "max"] < breaks.loc[0, "date"] <= three.loc["district", "min"]


def test_a_register_of_the_future_alone_is_refused(folder):
    text = (folder / "register.csv").read_text(encoding="utf-8")
    (folder / "register.csv").write_text(
        text.replace(",2023-", ",2098-").replace(",2024-", ",2098-"), encoding="utf-8"
    )
    with pytest.raises(InputError, match=r"holds no decision up to the end of \w+ 20\d\d"):
        read_province(folder)


def test_a_silent_unit_is_known_as_such(folder):
    edit(folder, "register", "Ngọc Lặc", "Cẩm Thủy")
    assert read_province(folder).silent == {"389": ()}


@pytest.mark.parametrize(("name", "key"), [("none.txt", "file_missing"), ("none.csv", "file_missing")])
def test_what_is_not_there_or_no_table_is_told(folder, name, key):
    assert faults(read_table, folder / name) == [(None, "", key)]


def test_an_empty_file_and_a_broken_workbook_are_told(folder):
    (folder / "register.csv").write_text("", encoding="utf-8")
    assert faults(read_table, folder / "register.csv") == [(None, "", "file_empty")]
    (folder / "book.xlsx").write_bytes(b"no zip")
    assert faults(read_table, folder / "book.xlsx") == [(None, "", "file_is_text")]


def test_two_files_of_one_table_are_refused(folder):
    Workbook().save(folder / "register.xlsx")
    assert faults(read_province, folder) == [(None, "", "file_twice")]


def test_codes_and_the_product_called_na_survive(tmp_path):
    (tmp_path / "units.csv").write_text("unit,name\n008,A\n", encoding="utf-8")
    (tmp_path / "targets.csv").write_text("unit,year,target\n008,2024,1\n", encoding="utf-8")
    (tmp_path / "register.csv").write_text(
        "product,unit,decision_date,kind\nNA,008,1/2/2024,new\n", encoding="utf-8"
    )
    row = read_province(tmp_path).register.iloc[0]
    assert (row["unit"], row["product"], row["decision_date"].isoformat()) == (
        "008",
        "NA",
        "2024-02-01T00:00:00",
    )


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False))
def test_row_order_blank_rows_and_extra_columns_change_no_count(tmp_path, random):
    lines = (DATA / "register.csv").read_text(encoding="utf-8").splitlines()
    rows = [line + ",x" for line in lines[1:]] + [""] * 5
    random.shuffle(rows)
    (tmp_path / "register.csv").write_text("\n".join([lines[0] + ",điện thoại", *rows]), encoding="utf-8")
    for table in ("units", "targets"):
        shutil.copy(DATA / f"{table}.csv", tmp_path)
    shuffled = read_province(tmp_path, as_of="2024-09").register
    expected = read_province(as_of="2024-09").panel
    pd.testing.assert_frame_equal(monthly_counts(shuffled), expected)
    assert "điện thoại" not in shuffled


def embedded_with(folder, name, text):
    """Return a folder of the embedded tables with one more."""
    for table in ("units", "communes", "register", "targets"):
        shutil.copy(DATA / f"{table}.csv", folder)
    (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


ALIASES = "what,unit,written,means,confirmed_by,confirmed_on\n"


def test_confirmed_names_are_read_with_the_communes(tmp_path):
    data = embedded_with(tmp_path, "aliases", ALIASES + "unit,,Nam Bỉm,14812,A,1/9/2024\n")
    assert len(read_province(data, as_of="2024-09").units) == 27
    assert len(read_province(data, as_of="2024-09", units_as="commune").units) == 166


@pytest.mark.parametrize("units_as", [None, "historic-district", "commune"])
@pytest.mark.parametrize("as_of", ["2024-12", "2025-03"])
def test_a_confirmed_product_is_one_wherever_its_unit_is_carried(tmp_path, as_of, units_as):
    alias = "product,Huyện Đông Sơn,Nếp cái,Gạo nếp,A,1/9/2024\n"
    data = embedded_with(tmp_path, "aliases", ALIASES + alias)
    (data / "register.csv").write_text(
        "product,district,commune,decision_date,kind\n"
        "Gạo nếp,Đông Sơn,Xã Đông Thanh,2023-05-01,new\nNếp cái,Đông Sơn,Xã Đông Thanh,2024-05-01,new\n",
        encoding="utf-8",
    )
    read = read_province(data, as_of=as_of, units_as=units_as)
    assert read.register["event"].tolist() == ["new", "repeated"]
    assert "product_renamed" not in {fault.key for fault in read.warnings}


def test_a_confirmed_product_needs_its_unit(tmp_path):
    data = embedded_with(tmp_path, "aliases", ALIASES + "product,,Nếp cái,Gạo nếp,A,1/9/2024\n")
    assert faults(read_province, data, as_of="2024-09") == [(2, "unit", "cell_blank")]


@pytest.mark.parametrize("as_of", [None, "2024-07"])
def test_a_row_later_in_the_running_month_is_not_counted(folder, monkeypatch, as_of):
    monkeypatch.setattr(periods, "today", lambda: pd.Timestamp("2024-07-16"))
    monkeypatch.setattr(register, "today", periods.today)
    edit(folder, "register", "390-001,Cẩm Thủy,4,2024-07-15,upgraded", "390-003,Cẩm Thủy,4,2024-07-30,new")
    read = read_province(folder, as_of=as_of)
    assert (read.panel["390"].sum(), read.register.attrs["later"]) == (2, 1)


FUTURE = st.tuples(
    st.sampled_from(["Sản phẩm 389-001", "Sản phẩm 390-001", "Sản phẩm khác"]),
    st.sampled_from(["Ngọc Lặc", "390"]),
    st.dates(dt.date(2024, 10, 1), dt.date(2099, 12, 31)),
    st.sampled_from(["new", "re-recognised", "upgraded", "revoked"]),
)


def draws_of(path):
    """Return the bytes of a forecast from the end of September 2024."""
    province = read_province(path, as_of="2024-09")
    model = TrendModel(province.panel, province.targets, as_of=province.as_of)
    return model.fit().forecast(draws=100, seed=1).draws.tobytes()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(FUTURE, min_size=1, max_size=5, unique=True), st.randoms(use_true_random=False))
def test_a_row_of_the_future_never_changes_a_forecast(folder, future, random):
    (folder / "register.csv").write_text(REGISTER, encoding="utf-8")
    before = draws_of(folder)
    header, *rows = REGISTER.splitlines()
    rows += [f"{product},{unit},3,{day},{kind}" for product, unit, day, kind in future]
    random.shuffle(rows)
    (folder / "register.csv").write_text("\n".join([header, *rows]), encoding="utf-8")
    assert draws_of(folder) == before


def test_row_numbers_are_those_excel_shows(folder):
    edit(folder, "register", "Sản phẩm 390-001,Cẩm Thủy,3", "\n\nSản phẩm 390-001,Cẩm Thủy,3")
    assert read_province(folder).register["row"].tolist() == [2, 5, 6, 7]


def write_dossiers(folder, *lines):
    (folder / "dossiers.csv").write_text("\n".join(lines), encoding="utf-8")


def test_dossiers_are_read_in_the_words_of_other_offices(folder):
    written = {
        "đã nộp": "submitted",
        "Nộp hồ sơ": "submitted",
        "ĐÃ QUA HỘI ĐỒNG": "scored",
        "Đã công nhận": "recognised",
        "không đạt": "refused",
    }
    for header in ("Giai đoạn", "Bước"):
        lines = [f"Sản phẩm {at},Ngọc Lặc,{word},05/01/2024" for at, word in enumerate(written)]
        write_dossiers(folder, f"Tên sản phẩm,Huyện,{header},Ngày đến bước này", *lines)
        dossiers = read_province(folder).dossiers
        assert dossiers["stage"].tolist() == list(written.values())
        assert (dossiers["stage_date"] == pd.Timestamp("2024-01-05")).all()


def test_that_a_dossier_has_passed_does_not_say_what(folder):
    write_dossiers(folder, "product,district,stage", "Gạo,Ngọc Lặc,đạt")
    assert faults(read_province, folder) == [(2, "stage", "choice_allowed")]


def test_dossiers_that_name_only_a_district_are_left_out_of_a_run_by_commune():
    province = read_province(as_of="2025-08", units_as="commune", dossiers="example")
    assert province.dossiers is None
    assert province.waiting is None
    assert province.example_note() == ""
    told = [fault for fault in province.warnings if fault.key == "dossiers_not_carried"]
    assert [(fault.row, fault.column, fault.values["count"]) for fault in told] == [(2, "district", 3819)]
    projection = project(province, seed=1, draws=20)
    assert projection.pool is None
    assert projection.forecast.draws.shape == (20, 166, 4)


def test_dossiers_dated_later_are_told_once_and_stop_nothing(folder):
    lines = ["Gạo,Ngọc Lặc,idea,2024-07-01", "Gạo,Ngọc Lặc,plan,2024-08-01", "Trà,Không Có,idea,2024-09-01"]
    write_dossiers(folder, "product,district,stage,stage_date", *lines)
    province = read_province(folder, as_of="2024-07")
    assert province.dossiers["stage"].tolist() == ["idea"]
    told = [fault for fault in province.warnings if fault.key == "dossiers_later"]
    assert [(fault.row, fault.column, fault.values["count"]) for fault in told] == [(3, "stage_date", 2)]
    assert faults(read_province, folder, as_of="2024-09") == [(4, "district", "unit_unknown")]


@pytest.mark.parametrize("as_of", ["2021-03", "2023-06-15"])
def test_what_later_rows_say_of_dossiers_moves_nothing(tmp_path, as_of):
    whole = read_province(as_of=as_of, dossiers="example")
    table = pd.read_csv(EXAMPLE_FILE, dtype="str")
    known = table[table["stage_date"] <= str(whole.as_of.end_time.date())]
    known.to_csv(tmp_path / "known.csv", index=False)
    same = read_province(as_of=as_of, dossiers=tmp_path / "known.csv").dossiers
    pd.testing.assert_frame_equal(same, whole.dossiers)


# dossiers apart from the other tables


def export(folder):
    """Write what another system exports of one dossier, under a name of its own; return where it lies."""
    path = folder / "XUẤT TỪ PHẦN MỀM.csv"
    text = "Tên sản phẩm,Huyện,stage,Ngày đến bước này\nGạo,Ngọc Lặc,idea,2024-07-01\n"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_dossiers_the_embedded_province_rests_on_its_trend_and_targets():
    province = read_province(as_of="2024-09")
    assert (province.dossiers, province.waiting) == (None, None)
    assert (province.example, province.example_note()) == (False, "")
    projection = project(province, seed=1, draws=50)
    assert projection.pool is None
    assert projection.forecast is projection.base
    for said in in_each_language(province.caution):
        assert "HỒ SƠ" not in said.upper()
        assert "DOSSIER" not in said.upper()


def test_the_example_dossiers_are_called_an_example_in_both_languages():
    province = read_province(as_of="2024-09", dossiers="example")
    assert province.example
    assert set(province.dossiers["origin"]) == {"reconstructed"}
    cautions = in_each_language(lambda: province.caution().splitlines()[1])
    assert cautions[0].startswith("HỒ SƠ VÍ DỤ, KHÔNG CÓ THẬT: toàn bộ 3.819 dòng")
    assert cautions[1].startswith("EXAMPLE DOSSIERS, NOT REAL: all 3,819 rows")
    notes = in_each_language(province.example_note)
    assert ("ví dụ" in notes[0], "not real" in notes[1]) == (True, True)
    by_path = read_province(as_of="2024-09", dossiers=EXAMPLE_FILE)
    assert by_path.caution() == province.caution()


def test_a_file_of_dossiers_stands_for_the_folders_own(folder):
    path = export(folder)
    apart = read_province(folder, as_of="2024-07", dossiers=path)
    shutil.copy(path, folder / "dossiers.csv")
    own = read_province(folder, as_of="2024-07")
    pd.testing.assert_frame_equal(apart.dossiers, own.dossiers)
    assert (apart.example, apart.caution()) == (False, own.caution())
    assert apart.waiting["unit"].tolist() == ["389"]


def test_a_workbook_of_dossiers_is_read_too(folder):
    path = folder / "export.xlsx"
    pd.read_csv(export(folder)).to_excel(path, index=False)
    assert read_province(folder, as_of="2024-07", dossiers=path).waiting["unit"].tolist() == ["389"]


@pytest.mark.parametrize("given", ["example", "XUẤT TỪ PHẦN MỀM.csv"])
def test_dossiers_given_twice_are_refused_with_what_to_do(folder, given):
    path = export(folder)
    shutil.copy(path, folder / "dossiers.csv")
    given = given if given == "example" else path
    assert faults(read_province, folder, as_of="2024-07", dossiers=given) == [(None, "", "dossiers_twice")]
    with pytest.raises(InputError) as caught:
        read_province(folder, as_of="2024-07", dossiers=given)
    assert caught.value.exit_code == 3
    assert "leave out --dossiers, or take the dossiers out of the data" in str(caught.value)
    assert "dossiers.csv holds dossiers as well" in str(caught.value)


def test_a_table_without_rows_is_no_table_of_dossiers(folder):
    """The empty sheet of a template says nothing: neither that nobody has a dossier, nor that one counts."""
    write_dossiers(folder, "product,district,stage,stage_date")
    assert read_province(folder, as_of="2024-07").dossiers is None
    apart = read_province(folder, as_of="2024-07", dossiers=export(folder))
    assert len(apart.waiting) == 1


def test_a_file_of_dossiers_that_is_not_there_is_told_with_what_is_allowed(folder):
    with pytest.raises(InputError) as caught:
        read_province(folder, as_of="2024-07", dossiers="export.csv")
    assert caught.value.exit_code == 3
    assert str(caught.value).startswith("export.csv: there is no such file of dossiers. Give --dossiers")
    assert "a .csv or .xlsx file that is there, or the word example" in str(caught.value)
    kinds = [(folder, "file_is_folder"), (folder / "x.pdf", "file_document")]
    (folder / "x.pdf").write_bytes(b"%PDF-1.4")
    for path, key in kinds:
        assert [key_ for *_, key_ in faults(read_province, folder, dossiers=path)] == [key]


def test_what_is_wrong_in_a_file_of_dossiers_is_told_with_its_row(folder):
    path = export(folder)
    path.write_text(path.read_text("utf-8").replace("Ngọc Lặc", "Không Có"), encoding="utf-8")
    assert faults(read_province, folder, dossiers=path) == [(2, "Huyện", "unit_unknown")]


def test_the_example_is_not_for_other_units(folder):
    """Told once, and not for each of its rows."""
    told = faults(read_province, folder, dossiers="example")
    assert told == [(None, "", "example_elsewhere")]
