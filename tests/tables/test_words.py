"""The words of offices: each means one thing, real ones are read, and a person's own are added."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from words import in_each_language

from ocop_forecast import InputError
from ocop_forecast.files.layout import header_key
from ocop_forecast.files.reading import PENDING, checked, choice_key, headers, number_of_stars, read
from ocop_forecast.tables.schema import CONTRACTS, LOST, SHEETS, STEPS
from ocop_forecast.tables.vocabulary import shipped
from ocop_forecast.tables.words import contracts, meanings, read_words
from ocop_forecast.text import fold


def choices():
    """Return (table, column, metadata) of every choice."""
    columns = [(name, *one) for name, contract in CONTRACTS.items() for one in contract.columns.items()]
    return [(table, name, one.metadata) for table, name, one in columns if one.metadata["reads"] == "choice"]


def register(tmp_path, columns, *rows):
    """Return the reading of a register of these columns beside those it needs."""
    heads = ["Tên sản phẩm", "Huyện", "Ngày quyết định", *columns]
    lines = [[f"Sản phẩm {at}", "Ngọc Lặc", "15/05/2024", *row] for at, row in enumerate(rows)]
    pd.DataFrame(lines, columns=heads).to_csv(tmp_path / "register.csv", index=False)
    return read(tmp_path / "register.csv", CONTRACTS["register"])


def told(reading):
    return [(finding.column, finding.key, finding.severity) for finding in reading.findings]


# the vocabulary


@pytest.mark.parametrize("table", CONTRACTS)
def test_no_header_means_two_columns_of_a_table(table):
    meant = {}
    for name, column in CONTRACTS[table].columns.items():
        for header in (name, *column.metadata["headers"]):
            assert meant.setdefault(header_key(header), name) == name, header


def test_no_word_means_two_values_of_a_choice():
    meant = {}
    for word in shipped():
        for table in CONTRACTS:
            if word.means and word.is_of(table, word.column):
                assert meant.setdefault((table, word.column, choice_key(word.word)), word.means) == word.means


def test_every_word_is_of_a_column_that_there_is():
    for word in shipped():
        tables = word.table.split() or [name for name in CONTRACTS if word.is_of(name, word.column)]
        columns = [CONTRACTS[table].columns.get(word.column) for table in tables]
        assert any(columns) if not word.table else all(columns), word
        choice = {column.metadata["reads"] == "choice" for column in columns if column}
        assert choice == {True} or not word.means, word


def test_every_word_stands_once_and_as_a_person_writes_it():
    words = [(table, word) for word in shipped() for table in word.table.split() or [""]]
    once = [(table, word.column, word.means, word.word) for table, word in words]
    assert len(once) == len(set(once))
    assert [word for word in shipped() if word.word != " ".join(word.word.split())] == []


@pytest.mark.parametrize(("table", "name", "metadata"), choices())
def test_a_choice_reads_its_values_and_their_words(table, name, metadata):
    for value, word in metadata["words"].items():
        forms = (value, word, word.upper(), fold(word))
        assert {metadata["choice"][choice_key(one)] for one in forms} == {value}
        assert f"{value} ({word})" in metadata["allowed"]


def test_the_stages_that_the_model_knows_are_those_that_have_words():
    assert set(CONTRACTS["dossiers"].columns["stage"].metadata["words"]) == {*STEPS, "sent back", *LOST}


# headers of real offices

HEADERS = {
    "unit": (
        *("Huyện, TX, TP", "Huyện/TP/TX", "Huyện, thị xã, thành phố", "Huyện, TP", "Quận/huyện/thị xã"),
        *("Tên huyện/thị xã/TP", "Huyện (cũ)", "Huyện/Quận/Thị xã", "Địa bàn (huyện/TP)", "UBND huyện"),
        *("Thuộc huyện/thị xã/thành phố", "Huyện, thị xã và thành phố", "Tên huyện, TX, TP"),
    ),
    "product": (
        *("Tên SP/DV", "Sản phẩm tham gia đánh giá", "Danh mục sản phẩm", "Tên sản phẩm/nhóm sản phẩm"),
        "Tên sản phẩm, dịch vụ",
    ),
    "producer": ("Chủ thể OCOP", "Tên chủ thể OCOP", "Tên chủ thể (hợp tác xã, doanh nghiệp…)", "Cơ sở"),
    "kind": ("Hình thức đánh giá", "Loại hình đánh giá", "Hình thức (mới/lại)", "Mới hay lại", "Mới / lại"),
    "stars": (
        *("Hạng sao OCOP", "Kết quả phân hạng", "Xếp hạng sao", "Số sao"),
        *("Đạt (sao)", "Đánh giá sao", "Phân hạng sản phẩm OCOP"),
    ),
    "score": ("Điểm TB", "Điểm trung bình (điểm)", "Tổng điểm", "Điểm đánh giá"),
    "decision_no": ("Số quyết định công nhận", "Quyết định công nhận số", "Quyết định số"),
    "decision_date": (
        *("Ngày quyết định công nhận", "Ngày QĐ công nhận", "Ngày cấp", "QĐ công nhận ngày"),
        *("Ngày tháng năm QĐ", "Ngày ký QĐ công nhận", "Ngày, tháng QĐ"),
    ),
    "group": ("Ngành hàng", "Nhóm SP"),
    "commune": ("Xã, thị trấn", "Xã/phường/đặc khu"),
    "result": ("Kết quả", "Kết quả đánh giá", "Kết luận", "Tình trạng công nhận"),
}


@pytest.mark.parametrize(("name", "header"), [(name, one) for name, some in HEADERS.items() for one in some])
def test_headers_of_real_registers_are_known(name, header):
    assert headers(CONTRACTS["register"]).of({0: header}) == {0: name}


def test_a_day_of_submission_is_the_day_of_no_stage():
    known = map(header_key, CONTRACTS["dossiers"].columns["stage_date"].metadata["headers"])
    assert not {"ngay nop", "ngay nop ho so"} & set(known)


# entries of real offices

ENTRIES = {
    ("kind", "new"): "Mới; Lần đầu; Công nhận lần đầu; CẤP MỚI; Đánh giá mới; 1. Mới; Mới (lần đầu);"
    " lan dau; Mới (2024); Sản phẩm mới 2024; Đăng ký lần đầu; Lần I; Lần 1; Lần 01; mới (lần 1);"
    " Lần thứ nhất; CN mới; Mới - đợt 2/2024; Mới (cấp tỉnh); Mới (QĐ số 12/QĐ-UBND ngày 3/4/2024);"
    " Mới, đạt 3 sao; Lần 1 (2024)",
    ("kind", "re-recognised"): "Đánh giá lại; Cấp lại; Tái chứng nhận; Công nhận lại; Gia hạn; Lần 2; Lần 02;"
    " Lần II; Cấp lại (lần 2); CN lại; ĐG lại; Duy trì; Đánh giá phân hạng lại lần 2; Bảo lưu; Lần thứ hai;"
    " Công nhận lại năm 2024; Công nhận lần II; Duy trì hạng 4 sao; Lần 3 (2024)",
    ("kind", "upgraded"): "Nâng sao; Nâng hạng sao; Nâng hạng; Nâng hạng từ 3 sao lên 4 sao; Nâng hạng lần 2;"
    " Nâng hạng từ 3 lên 4 sao; Nâng hạng sao (3 lên 4); Nâng hạng (3→4); Nâng từ 3 sao lên 4 sao",
    ("kind", "revoked"): "Thu hồi; Hủy công nhận; Huỷ công nhận; Thu hồi giấy chứng nhận",
    ("group", "food"): "Thực phẩm; Nhóm thực phẩm; I. Thực phẩm; Ngành thực phẩm",
    ("group", "herbal"): "Thảo dược; Dược liệu và sản phẩm từ dược liệu; 3. Dược liệu",
    ("group", "craft"): "Vải và may mặc; Vải & may mặc; Vải, may mặc; Lưu niệm - nội thất - trang trí; "
    "Lưu niệm – nội thất – trang trí; Lưu niệm, nội thất, trang trí; Hàng thủ công mỹ nghệ",
    ("group", "ornamental"): "Sinh vật cảnh; Nhóm sinh vật cảnh",
    ("group", "tourism"): "Dịch vụ du lịch nông thôn; Dịch vụ du lịch nông thôn và bán hàng; "
    "Dịch vụ du lịch cộng đồng, du lịch sinh thái và điểm du lịch",
    ("result", "recognised"): "Công nhận; Đạt; Được công nhận; Đạt 3 sao; 3 sao; ★★★★; 72,5 điểm; 50; 4*; "
    "Đồng ý; Thông qua; 75 điểm - 3 sao",
    ("result", "not recognised"): "Ko đạt; K.đạt; Không đồng ý; Chưa thông qua; "
    "Không đạt; KHÔNG CÔNG NHẬN; trượt; loại; chưa đạt; 2 sao; 45,5; 12 điểm",
    ("result", "proposed"): "Đề nghị công nhận; đang đề nghị; chờ quyết định; Dự kiến; Đề nghị 4 sao",
}

EACH = [(case, entry) for case, entries in ENTRIES.items() for entry in entries.split("; ")]


@pytest.mark.parametrize(("case", "entry"), EACH)
def test_entries_of_real_registers_are_read(tmp_path, case, entry):
    name, value = case
    heads = {"kind": "Hình thức", "group": "Nhóm sản phẩm", "result": "Kết quả"}
    reading = register(tmp_path, [heads[name]], [entry])
    assert (reading.table[name].tolist(), told(reading)) == ([value], [])


NO_KIND = (
    "Mới (không đạt); Mới (chưa đạt 3 sao); Mới (đề nghị); Mới (dự kiến 2024); Mới (thu hồi); Mới (lần 2); "
    "Lần đầu (lần 2); Mới (rút); Không mới; Mới/lại; Đánh giá lại - nâng hạng; 2024; Lần; Công nhận 2024"
)


@pytest.mark.parametrize("entry", NO_KIND.split("; "))
def test_what_says_more_than_a_kind_or_something_else_is_no_kind(tmp_path, entry):
    reading = register(tmp_path, ["Hình thức"], [entry])
    assert told(reading) == [("kind", "choice_allowed", "error")]


@pytest.mark.parametrize("text", ["Năm 2024", "2024.", "NĂM 2024", "2024,0", "2024"])
def test_a_year_is_read_in_many_forms_where_a_count_is_not(tmp_path, text):
    lines = pd.DataFrame([["Ngọc Lặc", text, text]], columns=["Huyện", "Năm", "Chỉ tiêu"])
    lines.to_csv(tmp_path / "targets.csv", index=False)
    reading = read(tmp_path / "targets.csv", CONTRACTS["targets"])
    assert reading.table["year"].tolist() == [2024]
    assert [one.key for one in reading.findings] == ["not_whole"] * (text not in ("2024", "2024,0"))


def test_what_is_no_year_is_told(tmp_path):
    reading = register(tmp_path, ["Năm"], ["2024-2025"])
    assert ("programme_year", "not_year", "error") in told(reading)


def test_what_is_not_counted_stops_no_run_and_what_decides_does(tmp_path):
    heads = ["Hình thức", "Nhóm sản phẩm", "Điểm"]
    done = checked(register(tmp_path, heads, ["Mới", "Khác", "bảy mươi"], ["Mới", "Thực phẩm", "725"]))
    warned = [(fault.row, fault.column, fault.key) for fault in done.warnings]
    assert warned == [
        (2, "Nhóm sản phẩm", "choice_allowed"), (2, "Điểm", "not_number"), (3, "Điểm", "score_allowed"),
    ]  # fmt: skip
    assert done.table["group"].isna().tolist() == [True, False]
    for heads, entry in ((["Hình thức", "Kết quả"], ["Mới", "xem xét sau"]), (["Hình thức"], ["Công nhận"])):
        with pytest.raises(InputError) as caught:
            checked(register(tmp_path, heads, entry))
        assert [fault.key for fault in caught.value.faults] == ["choice_allowed"]


def test_two_headers_of_a_column_that_is_not_counted_stop_no_run(tmp_path):
    reading = register(tmp_path, ["Hình thức", "Ngành hàng", "Nhóm sản phẩm"], ["Mới", "Thực phẩm", "Gia vị"])
    assert [(fault.key, fault.severity) for fault in reading.faults] == [("header_shared", "warning")]


# stars

STARS = {
    3: "★★★; ***; ★ ★ ★; ⭐⭐⭐; ⭐️⭐️⭐️; ★★★☆☆; 3 sao; OCOP 3 sao; ba sao; Ba (03) sao; Hạng 3 sao; 3*; 3 *; "
    "3★; 3,0; 3 sao (lần 2); Đạt 3 sao; 3 sao (***); Sản phẩm OCOP 3 sao; OCOP 3 sao năm 2023; "
    "03 SAO; hang ba sao; 3 sao (52 điểm); 52,5 điểm - 3 sao; ★★★☆☆ (62 điểm); 3 sao - 75/100 điểm",
    4: "4 sao cấp tỉnh; bốn sao; ****; OCOP 4*",
    5: "Năm sao; 5 sao cấp quốc gia; ★★★★★",
    None: "☆☆☆; ☆☆☆☆☆; 75 điểm; "
    "3-4 sao; 3/4; 3 hoặc 4 sao; từ 3 sao; 3 sao trở lên; tiềm năng 5 sao; 4 sao tiềm năng 5 sao; "
    "không đạt; ３ sao; ٣; 3.5; 3.3; năm 2023; sao; TRUE; 3 sao, 4 sao; 2024-04-03; đề nghị 4 sao; "
    + "9"
    * 5000,
}


@pytest.mark.parametrize(
    ("number", "text"), [(number, text) for number, texts in STARS.items() for text in texts.split("; ")]
)
def test_stars_are_read_as_offices_write_them(number, text):
    assert number_of_stars(text) == number


SAID = st.sampled_from(["3", "4", "ba", "bốn", "★★★", "****"])


@given(st.lists(SAID, min_size=2, max_size=4), st.sampled_from("/-;"))
def test_two_numbers_of_stars_are_none_of_them(words, sign):
    said = {number_of_stars(word) for word in words}
    assert number_of_stars(f" {sign} ".join(words) + " sao") == (said.pop() if len(said) == 1 else None)


@pytest.mark.parametrize("text", ["-", "–", "chưa xếp hạng", "Chưa phân hạng", "chờ xếp hạng"])
def test_a_rating_that_is_pending_is_told_and_blank(tmp_path, text):
    reading = register(tmp_path, ["Hình thức", "Hạng sao"], ["Mới", text])
    assert (reading.table["stars"].isna().all(), told(reading)) == (
        True,
        [("stars", "stars_pending", "warning")],
    )
    assert not PENDING.fullmatch("khong dat")


# a person's own words


def words(*rows):
    return pd.DataFrame(rows, columns=["table", "column", "means", "word"]).replace("", None).astype("str")


def keys(*rows):
    return [(finding.place, finding.column, finding.key) for finding in meanings(words(*rows))[1]]


def test_an_added_header_and_entry_are_read(tmp_path):
    lines = "Bảng,Cột,Nghĩa là,Từ trong sổ\n,chu the,,Tên HTX\nSổ đăng ký,HÌNH THỨC,mới,Xét lần I\n"
    lines += ",kind,new,XÉT LẦN ĐẦU\n"
    (tmp_path / "words.csv").write_text(lines, encoding="utf-8")
    own = contracts(read_words(tmp_path / "words.csv").table)
    register(tmp_path, ["Hình thức", "Tên HTX"], ["xet lan I", "HTX Một"], ["Xét lần đầu", "HTX Hai"])
    table = checked(read(tmp_path / "register.csv", own["register"])).table
    assert table["kind"].tolist() == ["new", "new"]
    assert table["producer"].tolist() == ["HTX Một", "HTX Hai"]
    assert "Tên HTX" in own["dossiers"].columns["producer"].metadata["headers"]
    assert "xet lan dau" in own["dossiers"].columns["kind"].metadata["choice"]
    assert "xet lan i" not in own["dossiers"].columns["kind"].metadata["choice"]


def test_without_words_of_their_own_the_contracts_are_those_shipped_and_stay_so():
    assert contracts() is CONTRACTS
    contracts(words(["", "Chủ thể", "", "Tên HTX"]))
    assert "Tên HTX" not in CONTRACTS["register"].columns["producer"].metadata["headers"]


MEANINGLESS = {
    "a column that is none": (["register", "Giá bán", "", "Giá"], "column", "word_column_unknown"),
    "a column of another table": (["targets", "Chủ thể", "", "Tên HTX"], "column", "word_column_unknown"),
    "a value that is none": (["register", "Hình thức", "cũ", "Lần trước"], "means", "choice_allowed"),
    "a value of a column without any": (["", "Chủ thể", "HTX", "Tên HTX"], "means", "word_of_no_choice"),
    "a header of another column": (["", "Chủ thể", "", "Địa chỉ"], "word", "word_taken"),
    "our name of another column": (["register", "Chủ thể", "", "unit"], "word", "word_taken"),
    "a word for another value": (["", "Hình thức", "mới", "Đánh giá lại"], "word", "word_taken"),
}


@pytest.mark.parametrize("case", MEANINGLESS)
def test_a_word_that_means_nothing_or_something_else_is_told_with_its_place(case):
    row, column, key = MEANINGLESS[case]
    assert keys(["", "Chủ thể", "", "Người làm"], row) == [(1, column, key)]


def test_two_rows_may_not_give_a_word_two_meanings_but_may_build_on_each_other():
    assert keys(["", "Chủ thể", "", "Bên A"], ["", "Địa chỉ", "", "BÊN A"]) == [(1, "word", "word_taken")]
    assert (
        keys(["", "Chủ thể", "", "Bên A"], ["", "Bên A", "", "Bên B"], ["", "Chủ thể", "", "Chủ thể"]) == []
    )


def test_every_fault_of_the_file_is_told_in_both_languages(tmp_path):
    rows = [["", "", "mới", "Bên B"], ["Sổ sách", "Chủ thể", "", "Bên A"]]
    rows += [row for row, *_ in MEANINGLESS.values()]
    heads = ["Bảng", "Cột", "Nghĩa là", "Từ trong sổ"]
    pd.DataFrame(rows, columns=heads).to_csv(tmp_path / "words.csv", index=False)
    with pytest.raises(InputError) as caught:
        read_words(tmp_path / "words.csv")
    faults = caught.value.faults
    assert [(fault.row, fault.key) for fault in faults[:2]] == [(2, "cell_blank"), (3, "choice_allowed")]
    assert [fault.key for fault in faults[2:]] == [key for *_, key in MEANINGLESS.values()]
    assert all(fault.column and all(in_each_language(fault.tell)) for fault in faults)


HEADER = st.sampled_from(sorted({(t, n) for t, c in CONTRACTS.items() if t != "words" for n in c.columns}))


ADDED = st.text("abcdexyz ", min_size=1, max_size=8).filter(str.strip)


@given(st.lists(st.tuples(HEADER, ADDED), max_size=8))
def test_added_headers_leave_each_header_one_meaning_or_are_told(added):
    rows = [[table, column, "", word] for (table, column), word in added]
    said, findings = meanings(words(*rows))
    meant = {}
    for name, contract in contracts(words(*rows)).items():
        for column, one in contract.columns.items():
            for header in (column, *one.metadata["headers"]):
                assert meant.setdefault((name, header_key(header)), column) == column
    assert len(said) + len(findings) == len(rows)


def test_every_table_can_be_named_by_its_sheet():
    for name, sheet in SHEETS.items():
        if name != "words":
            column = next(iter(CONTRACTS[name].columns))
            choice = CONTRACTS["words"].columns["table"].metadata["choice"]
            assert choice[choice_key(sheet)] == name
            assert keys([name, column, "", "qqq"]) == []


def test_the_example_of_the_documents_means_what_they_say(tmp_path):
    rows = words(["", "Chủ thể", "", "Tên HTX"], ["register", "Hình thức", "mới", "Xét lần I"])
    assert [(one.table, one.column, one.means) for one in meanings(rows)[0]] == [
        ("register", "producer", ""), ("dossiers", "producer", ""), ("register", "kind", "new"),
    ]  # fmt: skip
