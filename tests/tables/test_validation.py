"""The checks: every finding belongs to one, what could not be looked at is not called right, errors stop."""

import io
import os
import re
import shutil
import sys
from collections import Counter
from html import unescape
from html.parser import HTMLParser

import pytest
from books import inflated
from click.testing import CliRunner
from openpyxl import Workbook

import ocop_forecast as ocop
from ocop_forecast.cli import main
from ocop_forecast.i18n.catalogue import LOCALE, label, set_options
from ocop_forecast.tables import validation


def edit(folder, name, old, new):
    path = folder / f"{name}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def results(found):
    """Return check -> its results."""
    return found.groupby("check")["result"].agg(lambda results: "/".join(sorted(set(results)))).to_dict()


def test_every_sentence_about_the_data_belongs_to_one_check():
    source = (LOCALE / "vi" / "LC_MESSAGES" / "ocop_forecast.po").read_text(encoding="utf-8")
    about_data = source[source.index("# faults of files") : source.index("# flags and their reasons")]
    keys = set(re.findall(r'^msgid "(\w+)"', about_data, re.M))
    keys = {key for key in keys if not key.startswith("certificate_")}  # words within a sentence
    counted = Counter(key for keys in validation.CHECKS.values() for key in keys)
    assert set(counted) == keys
    assert set(counted.values()) == {1}


def test_the_embedded_data_pass_every_check():
    with set_options(lang="en"):
        found, bare = ocop.check(dossiers="example"), ocop.check()
    assert found.loc[found["result"] != "passed", "check"].tolist() == [
        "commitments",
        "progress",  # a register needs none
    ]
    assert found["check"].tolist() == bare["check"].tolist() == list(validation.CHECKS)
    assert not validation.stops(found)
    assert bare.loc[bare["result"] != "passed", ["check", "result"]].to_numpy().tolist() == [
        ["dossiers", "skipped"],
        ["commitments", "skipped"],
        ["progress", "skipped"],
    ]


def test_the_effect_of_the_programme_year_is_shown():
    with set_options(lang="en"):
        assert ocop.check().attrs["summary"][1].endswith("2022: 78 / 110; 2023: 227 / 195.")


def test_warnings_are_told_and_stop_nothing(folder):
    edit(folder, "register", "390-001,Cẩm Thủy,4,2024-07-15,upgraded", "390-001,Cẩm Thủy,4,2024-07-15,new")
    with set_options(lang="en"):
        found = ocop.check(folder)
    told = found[found["result"] == "warning"].iloc[0]
    assert (told["check"], told["row"], told["column"]) == ("new_once", 5, "kind")
    assert "stands in the register before (row 3, decided on 1 December 2023" in told["finding"]
    assert not validation.stops(found)
    assert ocop.read_province(folder).panel["390"].sum() == 2


def test_errors_stop_and_what_hangs_on_them_is_not_called_right(folder):
    edit(folder, "register", "2023-12-01", "31/02/2024")
    with set_options(lang="en"):
        found = ocop.check(folder)
    assert validation.stops(found)
    said = results(found)
    assert (said["dates"], said["numbers"]) == ("error", "passed")
    assert {said[name] for name in validation.TOGETHER} == {"skipped"}


def test_where_a_file_cannot_be_read_nothing_is_called_right(folder):
    (folder / "register.csv").write_bytes(b"\xff\xfe\x00")
    with set_options(lang="en"):
        said = results(ocop.check(folder))
    assert "passed" not in said.values()
    assert said["dates"] == "skipped"


def test_a_single_table_is_not_said_to_have_passed_what_others_need(folder):
    with set_options(lang="en"):
        said = results(ocop.check(folder / "targets.csv"))
    assert {
        name for name, result in said.items() if result == "skipped"
    } == validation.OF_REGISTER | validation.TOGETHER | {"aliases"}
    with set_options(lang="en"):
        said = results(ocop.check(folder / "units.csv"))
    assert {said[name] for name in validation.OF_UNITS} == {"skipped"}
    with set_options(lang="en"):
        assert results(ocop.check(folder / "register.csv"))["new_once"] == "passed"


def test_one_of_several_paths_that_is_wrong_is_told_beside_the_others(folder):
    edit(folder, "targets", "2024,3", "2024,2.5")
    with set_options(lang="en"):
        found = ocop.check(folder / "targets.csv", folder / "register.csv")
    assert results(found)["numbers"] == "error"
    assert found.attrs["summary"] == [f"{folder / 'register.csv'}: 4 rows."]


def test_a_unit_that_does_not_report_is_told(folder):
    rows = ["unit,month,status", "Ngọc Lặc,6/2024,đã báo cáo", "Cẩm Thủy,6/2024,đã báo cáo"]
    text = "\n".join([*rows, "Ngọc Lặc,2024-07,reported"])
    (folder / "reports.csv").write_text(text, encoding="utf-8")
    province = ocop.read_province(folder, as_of="2024-07")
    assert {unit: [str(month) for month in months] for unit, months in province.silent.items()} == {
        "390": ["2024-07"]
    }
    with set_options(lang="en"):
        assert "1 unit has not reported all months" in province.caution()
        told = ocop.check(folder).query("check == 'reports'")["finding"].tolist()
    assert told == ["Cẩm Thủy has not reported July 2024: its count may be too low. Ask the unit."]


def test_rows_of_the_future_are_told(folder):
    with set_options(lang="vi"):
        found = ocop.check(folder, as_of="2023-12").query("check == 'later'")
    assert found["finding"].iloc[0].startswith("2 dòng có ngày quyết định sau tháng 12/2023")


def test_rows_of_dossiers_of_the_future_are_told(folder):
    write_dossiers(folder, "H1,Gạo,Ngọc Lặc,idea,2024-07-01", "H1,Gạo,Ngọc Lặc,plan,2024-08-01")
    with set_options(lang="vi"):
        found = ocop.check(folder, as_of="2024-07").query("check == 'later'")
    assert found["finding"].str.contains(
        "Bỏ qua 1 dòng hồ sơ có ngày sau thời điểm chốt số liệu tháng 7/2024"
    ).tolist() == [True]


def write_dossiers(folder, *lines):
    text = "\n".join(["dossier_code,product,district,stage,stage_date", *lines])
    (folder / "dossiers.csv").write_text(text, encoding="utf-8")


def test_the_first_lines_say_how_many_dossiers_there_are(folder):
    with set_options(lang="en"):
        said, note = ocop.check(dossiers="example").attrs["summary"][1:3]
    assert said.startswith("Dossiers: 3819 rows")
    assert said.endswith(", 735 dossiers, 98 of them open.")
    assert note == "These dossiers are an example that comes with the tool; they are not real."
    write_dossiers(folder, "H1,Gạo,Ngọc Lặc,idea,2024-05-01", "H1,Gạo,Ngọc Lặc,refused,2024-06-01")
    with set_options(lang="vi"):
        assert ocop.check(folder).attrs["summary"][1].endswith("1 hồ sơ, trong đó 0 đang mở.")


def test_without_a_table_of_dossiers_nothing_is_said_of_them(folder):
    with set_options(lang="en"):
        found = ocop.check(folder)
    assert results(found)["dossiers"] == "skipped"
    assert "ossier" not in " ".join(found.attrs["summary"])
    with set_options(lang="en"):
        assert "ossier" not in " ".join(ocop.check().attrs["summary"][1:])  # the first line says the path


def test_the_command_checks_dossiers_apart_and_tells_of_a_mistake(folder):
    def said(given):
        words = ["check", str(folder), "--as-of", "2024-07", "--dossiers", str(given), "--lang", "en"]
        done = CliRunner().invoke(main, words)
        return done.exit_code, done.output

    path = folder / "export.csv"
    path.write_text("product,district,stage,stage_date\nGạo,Ngọc Lặc,idea,2024-07-01\n", encoding="utf-8")
    code, text = said(path)
    assert (code, "1 dossiers, 1 of them open" in text, "example" in text) == (0, True, False)
    code, text = said(folder / "nowhere.csv")
    assert (code, "there is no such file of dossiers" in text) == (3, True)
    code, text = said("example")
    assert (code, "the example dossiers are of Thanh Hóa's units" in text) == (3, True)
    shutil.copy(path, folder / "dossiers.csv")
    code, text = said(path)
    assert (code, "holds dossiers as well" in text) == (3, True)


def dossier_findings(folder):
    """Return row, column and finding of the check of dossiers."""
    with set_options(lang="en"):
        found = ocop.check(folder).query("check == 'dossiers' and result == 'warning'")
    return [(row.row, row.column, row.finding.split(":")[0][:30]) for row in found.itertuples()]


def test_a_dossiers_code_in_two_units_is_told_once(folder):
    write_dossiers(
        folder,
        "H1,Gạo,Ngọc Lặc,idea,2024-05-01",
        "h1,Gạo,Cẩm Thủy,plan,2024-06-01",
        "H1,Gạo,Cẩm Thủy,recognised,2024-07-01",
        ",Trà,Ngọc Lặc,idea,2024-05-01",
        ",Trà,Cẩm Thủy,idea,2024-05-01",
    )
    assert dossier_findings(folder) == [(3, "dossier_code", 'dossier code "h1" stands in se')]
    assert not validation.stops(ocop.check(folder))


def test_a_recognised_dossier_that_the_register_lacks_is_told_once(folder):
    write_dossiers(
        folder,
        "H1,Sản phẩm 390-002 cũ,Cẩm Thủy,idea,2024-01-05",
        "H1,SẢN PHẨM 390-002,Cẩm Thủy,recognised,2024-07-15",
        "H2,Gạo,Ngọc Lặc,plan,2024-01-05",
        "H2,Gạo,Ngọc Lặc,recognised,2024-02-05",
        "H2,Gạo,Ngọc Lặc,recognised,2024-03-05",
        ",Sản phẩm 389-001,Ngọc Lặc,recognised,2023-11-20",
        ",Sản phẩm 389-001,Cẩm Thủy,recognised,2023-11-20",
        "H3,Trà,Cẩm Thủy,idea,2023-11-20",
    )
    said = [
        (5, "product", 'the dossier of "Gạo" is called'),
        (8, "product", 'the dossier of "Sản phẩm 389-0'),
    ]
    assert dossier_findings(folder) == said


def test_a_dossier_of_a_renewal_need_not_be_new_in_the_register(folder):
    rows = ["Gạo,Ngọc Lặc,công nhận lại,đã công nhận,2024-05-01", "Trà,Ngọc Lặc,,idea,2024-05-01"]
    text = "\n".join(["product,district,kind,stage,stage_date", *rows])
    (folder / "dossiers.csv").write_text(text, encoding="utf-8")
    assert dossier_findings(folder) == []


class Tags(HTMLParser):
    """Collects the tags of a page."""

    def __init__(self):
        super().__init__()
        self.tags = Counter()

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        assert not [name for name, _ in attrs if name.startswith("on")]


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_page_holds_every_finding_and_no_text_becomes_markup(folder, lang):
    edit(folder, "register", "2023-11-20", "<img src=x onerror=alert(1)>")
    edit(folder, "targets", "2024,3", "2024,2.5")
    path = folder / "check.html"
    done = CliRunner().invoke(main, ["check", str(folder), "--html", str(path), "--lang", lang])
    assert done.exit_code == 3
    page, tags = path.read_text(encoding="utf-8"), Tags()
    tags.feed(page)
    tables = len([file for file in folder.iterdir() if file.suffix == ".csv"])
    assert (tags.tags["img"], tags.tags["script"], tags.tags["li"]) == (0, 0, 2 + tables)
    assert tags.tags["section"] == len(validation.CHECKS) + 1  # and the books
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "://" not in page
    with set_options(lang=lang):
        for name in validation.CHECKS:  # a heading says what was found, and else what is in order
            said = [label(f"{kind}_{name}") in unescape(page) for kind in ("found", "check")]
            assert said == [name in ("dates", "numbers"), name not in ("dates", "numbers")], name


def test_long_lists_are_cut_in_the_terminal_and_whole_in_the_table(folder):
    rows = "".join(f"Sản phẩm {n},Huyện Không Có {n},3,2024-01-05,new\n" for n in range(40))
    with (folder / "register.csv").open("a", encoding="utf-8") as register:
        register.write(rows)
    with set_options(lang="en"):
        found = ocop.check(folder)
        said = validation.report(found)
    assert (found["check"] == "units").sum() == 40
    assert said.count("Huyện Không Có") == validation.SHOWN
    assert "... and 10 more." in said


def test_one_cause_in_many_rows_is_told_once_with_all_its_rows(folder):
    rows = "".join(f"Sản phẩm {n},Huyện Không Có,3,2024-01-05,new\n" for n in range(40))
    with (folder / "register.csv").open("a", encoding="utf-8") as register:
        register.write(rows)
    with set_options(lang="en"):
        said = validation.report(ocop.check(folder))
        with pytest.raises(ocop.InputError) as caught:
            ocop.read_province(folder)
        assert caught.value.tell().count("Huyện Không Có") == 1
    assert said.count("Huyện Không Có") == 1
    assert re.search(r"rows \d+–\d+", said)


def test_a_workbook_that_cannot_be_opened_is_a_finding(tmp_path):
    book = io.BytesIO()
    Workbook().save(book)
    (tmp_path / "register.xlsx").write_bytes(inflated(book.getvalue(), 60))
    with set_options(lang="en"):
        found = ocop.check(tmp_path / "register.xlsx").query("result == 'error'")
    assert found["check"].tolist() == ["files"]


@pytest.mark.parametrize(
    "terms", [{"as_of": "nonsense"}, {"units_as": "village"}, {"count_by": "zzz"}, {"units_as": "commune"}]
)
def test_a_setting_that_is_wrong_is_a_finding_of_a_folder_and_of_a_table(folder, terms):
    for path in (folder, folder / "register.csv"):
        assert ocop.check(path, **terms)["result"].eq("error").any()


def test_a_page_is_written_over_no_table(folder):
    before = (folder / "register.csv").read_bytes()
    done = CliRunner().invoke(main, ["check", str(folder), "--html", str(folder / "register.csv")])
    assert done.exit_code == 4
    assert (folder / "register.csv").read_bytes() == before


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a file's name is always text")
@pytest.mark.parametrize("of", ["folder", "table"])
def test_a_name_that_is_no_text_is_told_with_a_sign_in_its_place(folder, tmp_path_factory, of):
    edit(folder, "targets", "2024,3", "2024,-3")
    place = folder.rename(tmp_path_factory.mktemp("named") / os.fsdecode(b"d\xff"))
    page = place.parent / "page.html"
    path = place if of == "folder" else place / "targets.csv"
    done = CliRunner().invoke(main, ["check", str(path), "--html", str(page), "--lang", "en"])
    assert done.exit_code == 3, done.output
    assert "\ufffd" in page.read_text(encoding="utf-8")
