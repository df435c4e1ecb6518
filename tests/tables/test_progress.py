"""Progress reports in the register's place: which day and unit a row is of, what came between two of them."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

import ocop_forecast as ocop
from ocop_forecast import check
from ocop_forecast.errors import InputError
from ocop_forecast.tables.loading import read_province, survey
from ocop_forecast.tables.progress import differences, named, report_day
from ocop_forecast.tables.province import Province
from ocop_forecast.tables.sources import opened, report_in

HEAD = "Đơn vị,Tháng,Lũy kế,Chỉ tiêu\n"


def write(folder, *rows, head=HEAD, name="bao-cao.csv"):
    """Write a report of these rows into a folder; return its path."""
    path = folder / name
    path.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def workbook(path, sheets):
    """Write a workbook of sheets, name -> rows."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def told(path, **terms):
    """Return key -> (row, its values) of the last fault of that key."""
    return {fault.key: (fault.row, fault.values) for fault in survey(path, **terms)[1]}


# the day of a report


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("T9-2024", "2024-09-30"),
        ("Tháng 9", "2024-09-30"),
        ("THÁNG 09 NĂM 2024", "2024-09-30"),
        ("BC thang 9", "2024-09-30"),
        ("9", "2024-09-30"),
        ("9/2024", "2024-09-30"),
        ("2024-09", "2024-09-30"),
        ("9 tháng đầu năm 2024", "2024-09-30"),
        ("9 tháng", "2024-09-30"),
        ("Quý III/2024", "2024-09-30"),
        ("Quý 3", "2024-09-30"),
        ("30.9.2024", "2024-09-30"),
        ("Đến 19-9-2024", "2024-09-19"),
        ("Tính đến ngày 5 tháng 9 năm 2024", "2024-09-05"),
        ("19/09/2024", "2024-09-19"),
        ("Năm 2024 - T10", "2024-10-31"),
        ("T2", "2024-02-29"),
    ],
)
def test_a_reports_day_is_read_in_many_forms(text, day):
    assert report_day(text, 2024) == pd.Timestamp(day)


@pytest.mark.parametrize(
    "text", ["Sheet1", "Sheet 9", "Biểu 2", "13", "Tháng 13", "năm 2024", "31/2/2024", "", "Tổng hợp 9"]
)
def test_what_names_no_month_is_none(text):
    assert report_day(text, 2024) is None


def test_a_month_without_a_year_is_none():
    assert report_day("Tháng 9") is None


# the units


def test_units_are_known_by_their_names_in_any_form_and_their_codes_stay():
    forms = ["Huyện Ngọc Lặc", "ngọc lặc", "H. Ngoc Lac", "TX Nghi Sơn", "Xã Ea H'Lâm"]
    units = named(pd.Series(forms))
    assert units["unit"].tolist() == ["ngoc-lac", "nghi-son", "ea-h-lam"]
    assert named(pd.Series(forms[::-1])).set_index("unit")["name"].to_dict() == {
        "ngoc-lac": "Ngọc Lặc",
        "nghi-son": "Nghi Sơn",
        "ea-h-lam": "Ea H'Lâm",
    }


def test_an_office_a_number_or_former_beside_a_name_make_no_other_unit(tmp_path):
    forms = ["Huyện Một", "UBND huyện Một", "H. Một", "1. Huyện Một", "Huyện Một (cũ)", "Một*"]
    path = write(tmp_path, *(f"{form},{at}/2024,{at},9" for at, form in enumerate(forms, start=1)))
    province = read_province(path)
    assert province.units["name"].to_dict() == {"mot": "Một"}
    assert province.panel["mot"].tolist() == [1] * len(forms)
    assert named(pd.Series(["Phan Rang-Tháp Chàm"]))["name"].tolist() == ["Phan Rang-Tháp Chàm"]


def test_a_unit_of_blank_counts_alone_keeps_its_target_and_has_not_reported(tmp_path):
    rows = ["A Một,1/2024,1,9", "B Hai,1/2024,,4", "A Một,2/2024,1,9", "B Hai,2/2024,,5", "B Hai,3/2024,,5"]
    path = write(tmp_path, *rows)
    province, faults, books = survey(path)
    assert province.targets.set_index("unit")["target"].to_dict() == {"a-mot": 9, "b-hai": 5}
    assert province.silent == {"b-hai": (pd.Period("2024-01"), pd.Period("2024-02"))}
    assert str(province.as_of) == "2024-02"
    assert [fault.row for fault in faults if fault.key == "report_blank"] == [3, 5]  # March is to come
    assert "unit_unreported" in told(path)
    fates = books[0].balances[0].fates
    assert [row for row, fate in fates.items() if fate == "left out"] == [3, 5, 6]


def test_units_of_one_name_are_told_apart_by_their_types(tmp_path):
    rows = ["Thành phố Cao Lãnh,1/2024,1,2", "Huyện Cao Lãnh,1/2024,2,2"]
    assert read_province(write(tmp_path, *rows)).panel.to_numpy().tolist() == [[1, 2]]
    assert "unit_ambiguous" in told(write(tmp_path, *rows, "Cao Lãnh,2/2024,2,2"))


def test_the_units_of_a_table_beside_count(folder):
    (folder / "register.csv").unlink()
    rows = ["H. Ngọc Lặc,8/2024,1", "390,8/2024,2", "Cẩm Thuỷ,9/2024,2", "389,9/2024,2"]
    path = write(folder, *rows, head="Huyện,Tháng,Lũy kế\n", name="progress.csv")
    assert report_in(opened(folder)).path == path
    province = read_province(folder)
    assert province.panel.loc["2024-08":].to_numpy().tolist() == [[1, 2], [1, 0]]
    assert province.name == "Tỉnh Thanh Hóa"
    assert province.targets["target"].tolist() == [3, 4]
    rows[0] = "Ngọc Nặc,8/2024,1"
    write(folder, *rows, head="Huyện,Tháng,Lũy kế\n", name="progress.csv")
    assert told(folder)["unit_unknown_nearest"][0] == 2


def test_a_register_beside_counts_alone(folder):
    write(folder, "Ngọc Lặc,9/2024,9,1", name="progress.csv")
    assert report_in(opened(folder)) is None
    assert read_province(folder).progress is None


# the counts

REPORTS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(2022, 2024), st.integers(1, 12), st.integers(0, 50)),
    min_size=1,
    unique_by=lambda row: row[:3],
)


def frame(rows):
    table = pd.DataFrame(rows, columns=["unit", "year", "month", "recognised"])
    return table.assign(date=pd.to_datetime(table[["year", "month"]].assign(day=1)))


@given(REPORTS)
def test_a_years_differences_add_up_to_its_last_count_and_none_is_negative(rows):
    table = frame(rows).assign(new=lambda table: differences(table))
    assert table["new"].min() >= 0
    years = table.sort_values("date").groupby(["unit", "year"])
    assert (years["new"].sum() == years["recognised"].last()).all()


@given(REPORTS)
def test_counts_that_never_fall_are_told_back_whatever_the_order_of_rows(rows):
    table = frame(rows).sort_values("date")
    table["recognised"] = table.groupby(["unit", "year"])["recognised"].cummax()
    shuffled = table.sample(frac=1, random_state=1).assign(new=lambda rows: differences(rows))
    ordered = shuffled.sort_values("date")
    assert (ordered.groupby(["unit", "year"])["new"].cumsum() == ordered["recognised"]).all()


@given(REPORTS)
@settings(max_examples=25)
def test_every_row_is_counted_or_told(tmp_path_factory, rows):
    rows = [(*row[:3], row[2]) for row in rows]  # counts that never fall within a year
    lines = [f"Xã {unit.upper()},{month}/{year},{count}" for unit, year, month, count in rows]
    path = write(tmp_path_factory.mktemp("r"), *lines, head="Xã,Tháng,Lũy kế\n")
    province, faults, _ = survey(path)
    assert province is not None, [fault.tell() for fault in faults]
    left_out = sum(fault.values["count"] for fault in faults if fault.key == "years_left_out")
    assert len(province.progress) + left_out == len(rows)
    last = province.progress.sort_values("date").groupby(["unit", province.progress["date"].dt.year])
    assert province.panel.to_numpy().sum() == last["recognised"].last().sum()


def test_a_fall_lowers_the_latest_counts_first_and_is_told(tmp_path):
    path = write(tmp_path, *(f"Thử,{at}/2024,{count},9" for at, count in enumerate((2, 6, 9, 7), start=1)))
    assert read_province(path).panel["thu"].tolist() == [2, 4, 1, 0]
    row, values = told(path)["count_falls"]
    assert (row, int(values["was"]), values["date"]) == (5, 9, pd.Timestamp("2024-03-31"))


def test_months_without_a_report_stand_in_the_next_ones_and_are_told(tmp_path):
    rows = [
        "A Một,2/2024,1,9",
        "B Hai,2/2024,2,9",
        "B Hai,4/2024,2,9",
        "A Một,5/2024,4,9",
        "B Hai,5/2024,3,9",
    ]
    path = write(tmp_path, *rows)
    assert read_province(path).panel.to_numpy().tolist() == [[0, 0], [1, 2], [0, 0], [0, 0], [3, 1]]
    found = told(path)
    assert found["months_unreported"][1]["months"] == (pd.Period("2024-01"), pd.Period("2024-03"))
    assert found["report_gap"] == (5, {"months": (pd.Period("2024-04"),), "value": "A Một"})


def test_a_unit_missing_in_the_last_report_keeps_its_count_and_is_named(tmp_path):
    path = write(tmp_path, "A Một,1/2024,1,9", "B Hai,1/2024,2,9", "A Một,2/2024,1,9", "A Một,3/2024,1,9")
    province = read_province(path)
    assert province.panel.sum().tolist() == [1, 2]
    assert province.silent == {"b-hai": (pd.Period("2024-02"), pd.Period("2024-03"))}
    assert told(path)["unit_unreported"][1]["name"] == "B Hai"


def test_a_past_year_without_its_december_is_left_out_with_those_before_it(tmp_path):
    whole = [f"Thử,{at}/{year},{at},9" for year in (2021, 2022, 2023) for at in (6, 12)]
    path = write(tmp_path, *whole[:3], *whole[4:], "Thử,6/2024,3,9")  # 2022 ends in June
    province = read_province(path)
    assert str(province.panel.index[0]) == "2023-01"
    assert told(path)["years_left_out"][1] == {"count": 3, "year": 2022}


def test_the_as_of_date_is_the_last_reports(tmp_path):
    path = write(
        tmp_path, "Thử,30/6/2024,1,9", "Thử,19/9/2024,4,9", head="Đơn vị,Ngày báo cáo,Lũy kế,Chỉ tiêu\n"
    )
    assert str(read_province(path).as_of) == "2024-09-19"
    then = read_province(path, as_of="2024-08")
    assert (str(then.as_of), int(then.panel.to_numpy().sum())) == ("2024-06", 1)
    assert {"reports_end", "reports_later"} <= told(path, as_of="2024-08").keys()
    assert "no_report" in told(path, as_of="2024-01")


# what is refused, and what is asked about

OF_MONTHS = [f"Xã {u},{at}/2024,{(at * u) % 4},9" for u in (1, 3, 5) for at in range(1, 6)]
OF_ALL_YEARS = [
    f"Xã {u},{at}/{year},{u + year - 2023},9" for u in (1, 2, 3) for year in (2023, 2024) for at in (6, 12)
]


@pytest.mark.parametrize(
    ("rows", "key", "row"),
    [
        (["Thử,1/2024,2,9", "Huyện Thử,1/2024,3,9"], "reported_twice", 3),
        (["Thử,1/2024,2,9", "Thử,thứ ba,3,9"], "report_undated", 3),
        (["Thử,1/2024,-1,9"], "recognised_allowed", 2),
        (["Thử,1/2024,nhiều,9"], "not_whole", 2),
        (OF_MONTHS, "counts_of_months", None),
        (OF_ALL_YEARS, "counts_of_all_years", None),
    ],
)
def test_what_cannot_be_counted_is_refused_at_its_place(tmp_path, rows, key, row):
    path = write(tmp_path, *rows)
    assert told(path)[key][0] == row
    with pytest.raises(InputError):
        read_province(path)


@pytest.mark.parametrize(
    ("rows", "key", "row"),
    [
        (["Thử,1/2024,1,9", "Toàn tỉnh,1/2024,1,9"], "province_row", 3),
        (["Thử,1/2024,1,9", "Mới,1/2024,,9"], "report_blank", 3),
        (["Thử,1/2024,40,9"], "count_above", 2),
        (["Thử,1/2024,1,9", "Thử,2/2024,1,8"], "target_changed", 3),
    ],
)
def test_what_is_odd_is_asked_about_and_counted(tmp_path, rows, key, row):
    path = write(tmp_path, *rows)
    assert told(path)[key][0] == row
    assert read_province(path).panel["thu"].sum() == int(rows[0].split(",")[2])


# one sheet a month


def test_a_sheet_a_month_says_it_by_its_name_and_the_files_name_the_year(tmp_path):
    rows = [["BÁO CÁO TIẾN ĐỘ OCOP"], ["STT", "Đơn vị", "Chỉ tiêu", "Đã công nhận"]]
    months = {
        f"Tháng {at}": [
            *rows,
            [1, "Huyện Thử", 4, at],
            [2, "Huyện Mới", 3, 1],
            [None, "Tổng cộng", 7, at + 1],
        ]
        for at in (1, 2, 3)
    }
    path = workbook(tmp_path / "tien-do-2024.xlsx", months)
    province, faults, _ = survey(path)
    assert faults == []
    assert province.panel.to_numpy().tolist() == [[1, 1], [1, 0], [1, 0]]
    assert province.targets["target"].tolist() == [4, 3]
    undated = workbook(tmp_path / "tien-do.xlsx", months)
    assert [(fault.key, fault.sheet) for fault in survey(undated)[1]] == [
        ("report_undated_sheet", name) for name in months
    ]


def monthly(title, *names):
    """Return sheets of these names, each with its title and one unit."""
    rows = [["STT", "Đơn vị", "Chỉ tiêu", "Đã công nhận"], [1, "Huyện Thử", 4, 1]]
    return {name: [["BÁO CÁO TIẾN ĐỘ OCOP"], [title], *rows] for name in names}


@pytest.mark.parametrize(
    ("title", "name", "day"),
    [
        ("NĂM 2024", "Tháng 4", "2024-04"),
        ("(Tính đến ngày 30/4/2024)", "Sheet1", "2024-04"),
        ("(Tính đến ngày 19/4/2024)", "Tháng 4", "2024-04-19"),
        ("Chương trình OCOP giai đoạn 2021-2025 (đến hết ngày 19 tháng 4 năm 2024)", "Biểu", "2024-04-19"),
        ("Chương trình OCOP đến năm 2025 - tháng 4 năm 2024", "Biểu", "2024-04"),
        ("Tháng 4 năm 2024 (Kèm theo Công văn số 5/SNN ngày 3/5/2024)", "Biểu", "2024-04"),
        ("Báo cáo số 45/BC-UBND ngày 5/5/2024 tính đến hết tháng 4/2024", "Biểu", "2024-04"),
        ("Quý I năm 2024. Thanh Hóa, ngày 3 tháng 4 năm 2024", "Biểu", "2024-03"),
        ("Từ tháng 1 đến tháng 4 năm 2024", "Biểu", "2024-04"),
        ("Tính đến ngày 30/4/2024", "Tháng 5", "2024-05"),  # the title of the sheet that it was copied from
        ("Kết quả 6 tháng đầu năm, kế hoạch 7 tháng cuối năm 2024", "Biểu", "2024-06"),
    ],
)
def test_a_title_says_the_day_before_the_files_name_does(tmp_path, title, name, day):
    path = workbook(tmp_path / "OCOP 2021-2025 in 2023.xlsx", monthly(title, name))
    assert str(read_province(path).as_of) == day


def test_sheets_of_months_under_a_title_of_the_year_are_read(tmp_path):
    path = workbook(tmp_path / "b.xlsx", monthly("NĂM 2024", *(f"Tháng {at}" for at in range(4, 10))))
    assert str(read_province(path).as_of) == "2024-09"


def test_a_year_in_its_column_dates_a_sheet_of_a_month(tmp_path):
    rows = [["Đơn vị", "Năm", "Lũy kế"], ["Thử", 2024, 1]]
    assert str(read_province(workbook(tmp_path / "b.xlsx", {"Tháng 4": rows})).as_of) == "2024-04"


def test_a_sheet_that_nothing_dates_is_told_once(tmp_path):
    rows = {"Biểu": [["Đơn vị", "Lũy kế"], ["Một", 1], ["Hai", 2]]}
    (fault,) = survey(workbook(tmp_path / "b.xlsx", rows))[1]
    assert (fault.key, fault.sheet, fault.column) == ("report_undated_sheet", "Biểu", "")


def test_months_side_by_side_are_refused_with_what_to_do(tmp_path):
    path = write(tmp_path, "Một,1,2,9", head="Đơn vị,Tháng 1,Tháng 2,Chỉ tiêu\n", name="tien-do-2024.csv")
    (fault,) = survey(path)[1]
    assert (fault.key, fault.values) == ("months_across", {"first": "Tháng 1", "last": "Tháng 2"})


def test_a_row_of_another_year_than_its_sheet_is_refused(tmp_path):
    rows = [["Đơn vị", "Tháng", "Lũy kế"], ["Thử", "9/2023", 1]]
    assert "report_other_year" in told(workbook(tmp_path / "r.xlsx", {"Năm 2024": rows}))


@pytest.mark.parametrize("header", ["Kết quả thực hiện", "Số sản phẩm đã công nhận", "Lũy kế đến nay"])
def test_a_report_is_known_by_its_columns_in_a_file_of_any_name(tmp_path, header):
    path = workbook(
        tmp_path / "OCOP 2024.xlsx", {"Sheet1": [["Huyện", "Kỳ báo cáo", header], ["Thử", "T3/2024", 2]]}
    )
    assert read_province(path).panel["thu"].tolist() == [0, 0, 2]


def test_a_register_or_targets_alone_are_no_report(folder):
    assert [report_in(opened(folder / f"{name}.csv")) for name in ("register", "targets", "units")] == [
        None
    ] * 3
    book = {
        "targets": [["unit", "year", "target"], ["Thử", 2024, 3]],
        "units": [["unit", "name"], ["1", "Thử"]],
    }
    assert report_in(opened(workbook(folder / "book.xlsx", book))) is None


# the province


def test_a_province_of_reports_says_so_and_is_kept(tmp_path):
    province = read_province(write(tmp_path, "Thử,3/2024,2,9", "Mới,3/2024,0,3"))
    with ocop.set_options(lang="en"):
        assert "progress reports (1 of the 3 months since January 2024, 2 units)" in province.caution()
    assert province.register["product"].isna().all()
    assert province.register["certificate"].isna().all()
    province.save(tmp_path / "province.json")
    kept = Province.load(tmp_path / "province.json")
    pd.testing.assert_frame_equal(kept.panel, province.panel)
    assert kept.caution() == province.caution()


def test_nothing_recognised_yet_is_a_report_too(tmp_path):
    province = read_province(
        write(tmp_path, *(f"{name},{at}/2024,0,4" for at in (1, 2) for name in ("Thử", "Mới")))
    )
    assert province.panel.to_numpy().sum() == 0
    end = ocop.project(province, seed=1, draws=200).forecast.total()
    assert end.quantile(0.9) > 0


def test_without_a_past_year_the_total_is_that_of_other_places(tmp_path):
    rows = [f"{name},{at}/2024,{at // 3},9" for at in range(1, 7) for name in ("Một", "Hai", "Ba", "Bốn")]
    province = read_province(write(tmp_path, *rows))
    projection = ocop.project(province, seed=1, draws=1000)
    chance = ocop.chance(8, 36, "2024-06")
    assert projection.source.weight == 1
    assert (projection.forecast.total() >= 36).mean() == pytest.approx(chance.p_by_december, abs=0.06)


# check


def test_check_tells_each_finding_of_a_report_with_its_place(tmp_path):
    path = write(tmp_path, "Thử,1/2024,3,4", "Thử,3/2024,2,4", "Toàn tỉnh,3/2024,2,4")
    found = check(path)
    told = found[found["result"].isin(["error", "warning"])]
    assert told["check"].unique().tolist() == ["progress"]
    assert told["row"].dropna().tolist() == [3, 4]
    assert told["column"].tolist()[1:] == ["Lũy kế", "Đơn vị"]
    assert not found["check"][found["result"] == "passed"].isin(["certificates", "near_duplicates"]).any()
    with ocop.set_options(lang="en"):
        assert "2 rows of progress reports" in "\n".join(check(path).attrs["summary"])


def test_check_of_a_register_alone_makes_no_check_of_reports(folder):
    found = check(folder / "register.csv", data=folder)
    assert found.loc[found["check"] == "progress", "result"].tolist() == ["skipped"]
