"""The whole monthly run, as a user calls it: what it writes, what agrees with what, and how it fails."""

import json
import os
import re
import subprocess
import sys
from html import unescape
from types import SimpleNamespace

import continuation
import nbformat
import numpy as np
import pandas as pd
import pytest
from docx import Document
from offices import contents
from openpyxl import load_workbook
from papermill import execute_notebook
from PIL import Image
from test_notebooks import pictures, run_alone, texts

from ocop_forecast import Forecast, Rule, read_province, set_options
from ocop_forecast.bands import chance, likely
from ocop_forecast.batch import monthly
from ocop_forecast.errors import FailedUnitsError, RunError
from ocop_forecast.files.code import code_hash
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.planning.attainment import attainment
from ocop_forecast.reporting.provenance import imprint
from ocop_forecast.tables.sources import DATA

DOCS = DATA.parent / "docs"
BUDGET = ("--budget", "1.5e9")
FIGURES = (
    *("map", "province", "units", "multiples", "hindsight", "plan", "budget"),
    *("targets", "stars", "certificates", "experts", "years"),
)
TABLES = (
    "forecast.csv",
    "outlook.csv",
    "flags.csv",
    "stock.csv",
    "certificates.ics",
    "gains.csv",
    "past.csv",
    "plan.csv",
    "meeting.csv",
    "meeting.xlsx",
    "meeting.docx",
    "meeting.html",
    "draws.npz",
    "hub/README.md",
    *(f"hub/hub-config/{name}.json" for name in ("admin", "tasks", "target-data", "model-metadata-schema")),
    "hub/model-metadata/ocop-forecast.yml",
    "hub/model-output/ocop-forecast/2024-09-30-ocop-forecast.csv",
    "hub/target-data/time-series.csv",
    *(f"figures/{name}.{kind}" for name in FIGURES for kind in ("svg", "png")),
)


def cli(*arguments, **options):
    """Call the command line in a process of its own, as a user does."""
    command = [sys.executable, "-m", "ocop_forecast.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, **options)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The run that `make run` makes, from a folder that is not the project's."""
    folder = tmp_path_factory.mktemp("office")
    done = cli("run", *BUDGET, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "outputs" / "2024-09", done


@pytest.fixture(scope="module")
def exemplary(tmp_path_factory):
    """A run on the example dossiers, with a notebook of one district."""
    folder = tmp_path_factory.mktemp("example")
    done = cli("run", *BUDGET, "--dossiers", "example", "--units", "389", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "outputs" / "2024-09", done


@pytest.fixture(scope="module")
def outlook(ran):
    return pd.read_csv(ran[0] / "outlook.csv", dtype={"unit": str}).set_index("unit")


def answer_of(notebook):
    """Return the sentence with which a district notebook begins: how the district stands, and why."""
    return next(line for line in texts(notebook).splitlines() if line.strip())


def test_everything_is_written_and_nothing_else(ran):
    names = {path.relative_to(ran[0]).as_posix() for path in ran[0].rglob("*") if path.is_file()}
    units = pd.read_csv(DATA / "units.csv", dtype=str)["unit"]
    assert names == {
        *TABLES,
        "run.json",
        "journal.jsonl",
        "kernels.log",
        "province.json",
        "province.ipynb",
        "province.html",
        *(f"notebooks/{code}.{kind}" for code in units for kind in ("ipynb", "html")),
    }


@pytest.mark.parametrize("name", ["page", "projector", "phone", "print", "district"])
def test_the_docs_pictures_are_of_this_run(ran, name):
    """After a change of data, notebooks or settings: ``python tools/pictures.py``, and look at them."""
    page = (ran[0] / "meeting.html").read_text(encoding="utf-8")
    mark = re.search("<dt>Mã lần chạy</dt><dd>(.*?)</dd>", page)[1]
    with Image.open(DOCS / f"{name}.png") as picture:
        assert picture.info["run"] == mark


def test_the_published_totals_stand_in_the_outlook(outlook):
    units, province = outlook[outlook["level"] == "unit"], outlook.loc["38"]
    assert len(units) == 27
    assert (units["so_far"].sum(), province["so_far"]) == (52, 52)
    assert (units["target"].sum(), province["target"]) == (120, 120)
    assert (units["so_far"] > 0).sum() == 10
    assert outlook.loc["389", ["name", "so_far", "target"]].tolist() == ["Ngọc Lặc", 0, 3]
    assert 0 < outlook.loc["389", "p_reach"] < 1
    assert province["naive"] == pytest.approx(52 / 9 * 12)
    assert (outlook["lower"] >= outlook["so_far"]).all()
    assert (
        outlook[["median", "lower", "upper", "p_reach", "shortfall", "pace", "naive"]].notna().all(axis=None)
    )


def test_the_outlook_is_a_view_of_the_saved_draws(ran, outlook):
    forecast = Forecast.load(ran[0])
    again = attainment(forecast, read_province(as_of="2024-09").targets)
    numbers = [name for name in outlook.columns if name not in ("name", "level", "flag")]
    pd.testing.assert_frame_equal(again[numbers], outlook[numbers], check_dtype=False, check_exact=True)
    with np.load(ran[0] / "draws.npz") as saved:
        totals = saved["so_far"].sum() + saved["draws"].sum(axis=(1, 2), dtype=int)
    assert outlook.loc["38", "p_reach"] == (totals >= 120).mean()


def test_the_stock_counts_certificates_of_the_outlooks_rows(ran, outlook):
    stock = pd.read_csv(ran[0] / "stock.csv", dtype={"unit": str}).set_index("unit")
    assert list(stock.columns) == ["name", "valid", "due", "lapsed", "revoked"]
    assert stock["name"].to_dict() == outlook["name"].to_dict()
    assert (stock.iloc[:-1, 1:].sum() == stock.iloc[-1, 1:]).all()
    assert stock.loc["389", "valid"] == 13
    said = texts(nbformat.read(ran[0] / "notebooks" / "389.ipynb", as_version=4))
    (line,) = [line for line in said.splitlines() if line.startswith("Giấy chứng nhận còn hiệu lực")]
    counts = [int(number) for number in re.findall(r"\b\d+\b(?! tháng)", line)]
    assert counts == stock.loc["389", ["valid", "due", "lapsed"]].tolist()


def test_every_district_notebook_shows_its_own_name_and_numbers(ran, outlook):
    for unit, row in outlook[outlook["level"] == "unit"].iterrows():
        notebook = nbformat.read(ran[0] / "notebooks" / f"{unit}.ipynb", as_version=4)
        with set_options(lang="vi"):
            standing = label(f"flag_{row['flag']}")
        assert answer_of(notebook).startswith(f"{row['name']}: {standing}")
        assert pictures(notebook) == 2
        assert notebook.metadata.papermill.parameters.unit == unit


def test_the_province_notebook_shows_the_provinces_row(ran, outlook):
    said = texts(nbformat.read(ran[0] / "province.ipynb", as_version=4))
    assert f"Ước cả năm: {outlook.loc['38', 'median']:.0f} (khoảng dự báo 80%" in said


def test_a_notebook_that_fits_for_itself_says_what_the_runs_says(ran, tmp_path):
    alone = run_alone(monthly.DISTRICT, tmp_path)
    assert answer_of(alone) == answer_of(nbformat.read(ran[0] / "notebooks" / "389.ipynb", as_version=4))


def test_a_districts_page_says_what_the_meetings_files_say(exemplary):
    """Its figures, what the plan gives it, and what one product more would bring."""
    said = unescape((exemplary[0] / "notebooks" / "389.html").read_text(encoding="utf-8"))
    outlook, plan, gained = (
        pd.read_csv(exemplary[0] / f"{name}.csv", dtype={"unit": str}).set_index("unit").loc["389"]
        for name in ("outlook", "plan", "gains")
    )
    cells = [f"<td>{outlook[name]:.0f}</td>" for name in ("so_far", "target", "median")]
    assert "".join(cells) in said
    assert f"<td>{outlook['lower']:.0f}–{outlook['upper']:.0f}</td>" in said
    assert f"được hỗ trợ {plan['supports']} hồ sơ" in said
    with set_options(lang="vi"):
        told = [likely(gained[name], False) for name in ("p_reach", "with_1", "with_2", "with_3")]
        with_more = label(
            "district_more", **dict(zip(("p_reach", "with_1", "with_2", "with_3"), told, strict=True))
        )
    assert with_more in said
    assert "Đợt đánh giá tới: 31/10/2024." in said
    assert said.count("389-2024-0") == 4  # its open dossiers


def test_the_terminal_tells_province_needy_districts_and_where_to_look(ran, outlook):
    said = ran[1].stdout
    assert "52/120" in said
    assert "mô phỏng (không phải" in said
    needy = outlook.loc[outlook["flag"] == "needs_support", "name"]
    assert all(name in said for name in needy if name != "Tỉnh Thanh Hóa")
    assert "meeting.html" in said
    assert ran[1].stderr == ""


def test_the_record_tells_inputs_settings_versions_and_outcomes(ran):
    record = json.loads((ran[0] / "run.json").read_text(encoding="utf-8"))
    assert record["status"] == "ended"
    settings = {"draws": 4000, "seed": 2024, "lang": "vi", "units_as": "", "count_by": "decision"}
    assert record["settings"] == settings | {"budget": 1_500_000_000, "goal": "units"}
    names = ("register", "targets", "goals", "units", "communes", "rounds", "breaks")
    tables = {f"{name}.csv" for name in names}
    assert set(record["inputs"]) == tables
    assert set(record["cells"]) == {"03_district.ipynb", "04_province.ipynb"}
    assert record["code"] == code_hash()
    assert len(record["notebooks"]) == 28
    assert {outcome["status"] for outcome in record["notebooks"].values()} == {"done"}


def rows_of(book, sheet):
    """Return code -> the cells of a sheet's rows."""
    return {row[0]: row for row in book[sheet].iter_rows(values_only=True) if row[0]}


def test_plan_and_pipeline_are_one_in_tables_workbook_and_outlook(exemplary):
    paths = [exemplary[0] / f"{name}.csv" for name in ("outlook", "plan", "pipeline")]
    outlook, plan, pipeline = (pd.read_csv(path, dtype={"unit": str}).set_index("unit") for path in paths)
    book = load_workbook(exemplary[0] / "meeting.xlsx")
    budgeted, on_the_way = rows_of(book, "Phương án kinh phí"), rows_of(book, "Hồ sơ")
    assert (plan["p_reach"] == outlook.loc[plan.index, "p_reach"]).all()
    assert (pipeline["done"] == outlook["so_far"]).all()
    assert plan["money"].sum() == 50_000_000 * plan["supports"].sum() <= 1_500_000_000
    for code, row in plan.iterrows():
        # the embedded record has earned no per cents
        before, after = (chance(row[p], row["so_far"], row["target"], False) for p in ("p_reach", "p_with"))
        assert budgeted[code][4:7] == (before, row["supports"], after)
    for code, row in pipeline.iterrows():
        assert on_the_way[code][2:7] == tuple(row[["done", "committed", "best_case", "pipeline", "open"]])
    page = (exemplary[0] / "meeting.html").read_text(encoding="utf-8")
    planned = page[page.index('id="plan"') :]
    row = re.search("<th[^>]*>(?:<a[^>]*>)?Ngọc Lặc<.*?</tr>", planned, re.S)[0]
    assert f">{plan.loc['389', 'supports']}</td>" in row


CAUTION = "HỒ SƠ VÍ DỤ, KHÔNG CÓ THẬT: toàn bộ 3.819 dòng"
NOTE = "Các hồ sơ này là bộ ví dụ đi kèm công cụ, không có thật."


def test_where_the_example_dossiers_are_used_every_output_says_so(exemplary):
    folder, done = exemplary
    page = (folder / "meeting.html").read_text(encoding="utf-8")
    assert f"<p>{CAUTION}" in page
    assert page.count(NOTE) == 3  # above the dossiers, with the plan, and behind the run
    assert f"<dt>Hồ sơ</dt><dd>{NOTE}</dd>" in page
    assert "example/dossiers.csv (" in page
    book = load_workbook(folder / "meeting.xlsx")
    cells = {
        sheet.title: [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell]
        for sheet in book
    }
    assert any(cell.startswith(CAUTION) for cell in cells["Tóm tắt"])
    assert all(NOTE in cells[name] for name in ("Hồ sơ", "Phương án kinh phí"))
    note = [line.text for line in Document(str(folder / "meeting.docx")).paragraphs]
    assert any(line.startswith(CAUTION) for line in note)
    assert CAUTION in done.stdout
    assert CAUTION in texts(nbformat.read(folder / "notebooks" / "389.ipynb", as_version=4))
    assert CAUTION in (folder / "hub" / "README.md").read_text(encoding="utf-8")
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert "example/dossiers.csv" in record["inputs"]


def test_without_dossiers_nothing_speaks_of_them_and_nothing_is_empty(ran):
    page = (ran[0] / "meeting.html").read_text(encoding="utf-8")
    assert not re.search("ví dụ đi kèm|Hồ sơ đang trong quy trình|Hồ sơ đang mở|phần hồ sơ", page)
    assert "Không có bảng hồ sơ, nên phương án không xét" in page
    assert "phần kinh phí ở trên thì có" not in page
    assert "Hồ sơ" not in load_workbook(ran[0] / "meeting.xlsx").sheetnames
    plan = pd.read_csv(ran[0] / "plan.csv", dtype={"unit": str}).set_index("unit")
    assert plan["money"].sum() == 50_000_000 * plan["supports"].sum() == 1_500_000_000


def test_the_support_notebook_given_the_runs_own_setting_says_what_the_page_says(ran, tmp_path):
    given = {"data": str(ran[0] / "province.json"), "dossiers": ""}
    execute_notebook(monthly.NOTEBOOKS / "06_support.ipynb", tmp_path / "06.ipynb", given, progress_bar=False)
    said = texts(nbformat.read(tmp_path / "06.ipynb", as_version=4)).replace(r"\xa0", "\xa0")
    page = unescape((ran[0] / "meeting.html").read_text(encoding="utf-8"))
    lines = ran[1].stdout.splitlines()[1:4]
    assert lines[0].startswith("Tỉnh Thanh Hóa")
    assert all(line in said for line in lines)
    assert all(line in page for line in lines[:2])


def test_a_run_on_other_dossiers_is_another_run(ran):
    done = cli("run", *BUDGET, "--dossiers", "example", "--lang", "vi", "--out", ran[0].parent)
    assert done.returncode == 4
    assert "đang giữ một lần chạy khác (khác nhau: số liệu đầu vào)" in done.stderr


@pytest.mark.parametrize("command", [("run",), ("plan", "--budget", "1e9"), ("check",)])
def test_a_file_of_dossiers_that_is_not_there_ends_as_other_mistakes_of_the_data(tmp_path, command):
    done = cli(*command, "--dossiers", "không có.csv", "--lang", "en", cwd=tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (3, False)
    said = done.stdout + done.stderr
    assert "không có.csv" in said
    assert "Give --dossiers (in a notebook: dossiers) a .csv or .xlsx file that is there, or" in said


def read_unlinked(path):
    """Return a file's bytes, those of the page without its links to the notebooks that were made."""
    return re.sub(rb'<a href="(?:notebooks/)?\w+\.html">(.*?)</a>', rb"\1", path.read_bytes())


def test_other_workers_and_fewer_units_give_the_same_tables(ran, tmp_path):
    done = cli("run", *BUDGET, "--out", tmp_path, "--name", "again", "--workers", 1, "--units", "Ngọc Lặc")
    assert done.returncode == 0, done.stderr
    for name in TABLES:
        again, before = (read_unlinked(folder / name) for folder in (tmp_path / "again", ran[0]))
        assert again == before, name
    written = {path.name for path in (tmp_path / "again" / "notebooks").iterdir()}
    assert written == {"389.ipynb", "389.html"}


def test_another_seed_gives_other_draws_and_does_not_overwrite(ran):
    before = (ran[0] / "outlook.csv").read_bytes()
    done = cli("run", "--out", ran[0].parent, "--seed", 1, "--units", "389", "--lang", "en")
    assert done.returncode == 4
    assert "holds another run (settings differ)" in done.stderr
    assert "Traceback" not in done.stderr
    assert (ran[0] / "outlook.csv").read_bytes() == before


@pytest.fixture
def two_units(folder, tmp_path_factory, monkeypatch):
    """A run over the small folder whose district notebook fails for unit 390 as `cell` says."""

    def run(cell, **options):
        notebook = nbformat.read(monthly.DISTRICT, as_version=4)
        notebook.cells.append(nbformat.v4.new_code_cell(cell))
        path = tmp_path_factory.mktemp("notebooks") / "03_district.ipynb"
        nbformat.write(notebook, path)
        monkeypatch.setattr(monthly, "DISTRICT", path)
        settings, means = monthly.Settings(draws=200, seed=1, lang="en"), monthly.Means(**options)
        return monthly.run_batch(folder, as_of="2024-09", out=folder / "out", settings=settings, means=means)

    return run


def test_a_failed_unit_is_told_and_stops_no_other(two_units):
    ended = two_units('assert unit != "390", "a broken cell"')
    assert ended.failed == ["390"]
    assert ended.notebooks["390"]["reason"] == "AssertionError: a broken cell"
    assert ended.notebooks["389"]["status"] == ended.notebooks["province"]["status"] == "done"
    names = {path.name for path in (ended.folder / "notebooks").iterdir()}
    assert names == {"389.ipynb", "389.html", "390.failed.ipynb"}
    with pytest.raises(FailedUnitsError, match="390: AssertionError") as caught:
        monthly.raise_failed(ended)
    assert caught.value.exit_code == 5


def test_a_killed_kernel_is_a_failure_and_no_old_notebook_stays(two_units):
    ended = two_units('import os\nif unit == "390": os._exit(9)')
    assert ended.failed == ["390"]
    assert "DeadKernelError" in ended.notebooks["390"]["reason"]
    assert not (ended.folder / "notebooks" / "390.ipynb").exists()


@pytest.mark.parametrize("change", ["no tag", "another name"])
def test_a_notebook_without_its_parameters_is_refused_before_any_work(folder, tmp_path, monkeypatch, change):
    notebook = nbformat.read(monthly.DISTRICT, as_version=4)
    cell = next(cell for cell in notebook.cells if cell.metadata.get("tags") == ["parameters"])
    if change == "no tag":
        cell.metadata["tags"] = []
    else:
        cell.source = cell.source.replace("unit:", "district:")
    nbformat.write(notebook, tmp_path / "03_district.ipynb")
    monkeypatch.setattr(monthly, "DISTRICT", tmp_path / "03_district.ipynb")
    with pytest.raises(
        RunError,
        match="exactly the parameters as_of, count_by, data, forecast, lang, moved, plan, unit, units_as",
    ):
        monthly.run_batch(folder, out=folder / "out")
    assert not (folder / "out").exists()


def test_wrong_data_end_with_exit_code_3_every_fault_and_no_traceback(folder):
    register, targets = folder / "register.csv", folder / "targets.csv"
    text = (
        register.read_text(encoding="utf-8").replace("2023-12-01", "31/02/2024").replace(",4,2024", ",6,2024")
    )
    text = text.replace("Ngọc Lặc,3", "Ngoc Lak,3").replace(",kind", ",x")
    register.write_text(text, encoding="utf-8")
    targets.write_text(targets.read_text(encoding="utf-8").replace(",3", ",2.5"), encoding="utf-8")
    told = ['row 1, column "Hình thức"', 'row 2, column "district"', 'row 3, column "decision_date"',
            'rows 4, 5, column "stars"']  # fmt: skip
    for command in (
        ["check", folder],
        ["run", "--data", folder, "--out", folder / "out"],
        ["check", register],
    ):
        done = cli(*command, "--lang", "en")
        assert done.returncode == 3
        said = done.stdout if command[0] == "check" else done.stderr
        assert [place for place in told if place not in said] == []
        assert ('"2.5" is not a whole number' in said) == (command != ["check", register])
        assert "Traceback" not in done.stderr
    assert not (folder / "out").exists()


def test_a_folder_with_a_dot_in_its_name_is_a_folder(folder):
    assert cli("check", folder.rename(folder.with_name("data.2024"))).returncode == 0


def test_check_tells_what_it_read_in_both_languages():
    for lang, said in (("vi", "0 lỗi (phải sửa"), ("en", "515 of them new recognitions")):
        done = cli("check", "--lang", lang, "--as-of", "2024-09")
        assert (done.returncode, said in done.stdout) == (0, True)


def test_an_unknown_unit_or_month_or_option_is_told(tmp_path):
    done = cli("run", "--units", "Ngoc Lak", "--out", tmp_path, "--lang", "en")
    assert (done.returncode, "Ngọc Lặc (389)" in done.stderr) == (3, True)
    assert cli("run", "--as-of", "2024-13", "--out", tmp_path).returncode == 3
    assert cli("run", "--name", "../x", "--out", tmp_path).returncode == 4
    assert cli("run", "--seeds", "1").returncode == 2
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_told(folder, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = cli("run", "--data", folder, "--out", tmp_path / "file", "--lang", "en")
    assert (done.returncode, "Cannot read or write" in done.stderr, "Traceback" in done.stderr) == (
        4,
        True,
        False,
    )


def test_a_folder_of_any_name_serves(folder):
    strange = folder / "dữ liệu {tỉnh} %s"
    strange.mkdir()
    for name in ("units.csv", "targets.csv", "register.csv"):
        (folder / name).rename(strange / name)
    done = cli(
        "run",
        "--data",
        ".",
        "--out",
        "kết quả",
        "--draws",
        200,
        cwd=strange,
        env={**os.environ, "LC_ALL": "C"},
    )
    assert done.returncode == 0, done.stderr
    written = {path.name for path in (strange / "kết quả" / "2024-07" / "notebooks").iterdir()}
    assert written == {"389.ipynb", "389.html", "390.ipynb", "390.html"}


def test_a_record_that_cannot_be_read_is_another_run(folder):
    (folder / "out" / "2024-07").mkdir(parents=True)
    (folder / "out" / "2024-07" / "run.json").write_text("{", encoding="utf-8")
    done = cli("run", "--data", folder, "--out", folder / "out", "--lang", "en")
    assert (done.returncode, "holds another run" in done.stderr) == (4, True)


@pytest.mark.parametrize(("units_as", "units"), [("historic-district", 27), ("commune", 166)])
def test_after_the_reform_a_run_counts_by_old_districts_or_by_communes(tmp_path, units_as, units):
    drawn = continuation.write(tmp_path / "data")
    of_2026 = (pd.to_datetime(drawn["decision_date"]).dt.year == 2026).sum()
    asked = ("--data", tmp_path / "data", "--units-as", units_as, "--out", tmp_path / "out", "--lang", "en")
    assert cli("check", *asked[:4]).returncode == 0
    done = cli("run", *asked, "--units", "Xã Ngọc Lặc" if units_as == "commune" else "Ngọc Lặc")
    assert done.returncode == 0, done.stderr
    outlook = pd.read_csv(tmp_path / "out" / "2026-08" / "outlook.csv", dtype={"unit": str}).set_index("unit")
    assert len(outlook) == units + 1
    assert outlook["so_far"].iloc[:-1].sum() == outlook["so_far"].iloc[-1] == of_2026
    targets = pd.read_csv(tmp_path / "data" / "targets.csv").query("year == 2026")["target"]
    assert outlook["target"].iloc[:-1].sum() == outlook["target"].iloc[-1] == targets.sum()
    assert outlook["p_reach"].between(0, 1).all()
    (notebook,) = (tmp_path / "out" / "2026-08" / "notebooks").glob("*.ipynb")
    code = "15061" if units_as == "commune" else "389"
    assert outlook.loc[code, "name"] in answer_of(nbformat.read(notebook, as_version=4))


def test_a_closed_year_leads_to_the_next_one_by_name(tmp_path):
    done = cli(
        "run", "--as-of", "2023-12", "--out", tmp_path, "--units", "389", "--lang", "en", "--draws", 200
    )
    assert done.returncode == 0, done.stderr
    assert "Tỉnh Thanh Hóa, 2024: 0 of 120 newly recognised products by December 2023." in done.stdout
    assert "naive" not in done.stdout


def test_a_day_inside_a_month_is_forecast_from_that_day(tmp_path):
    done = cli("run", "--as-of", "19/9/2024", "--out", tmp_path, "--units", "389", "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert "52 of 120 newly recognised products by 19 September 2024." in done.stdout
    folder = tmp_path / "2024-09-19"
    assert json.loads((folder / "run.json").read_text(encoding="utf-8"))["as_of"] == "2024-09-19"
    assert "as of 19 September 2024" in (folder / "meeting.html").read_text(encoding="utf-8")
    long = pd.read_csv(folder / "forecast.csv", dtype=str)
    assert set(long["as_of"]) == {"2024-09-19"}
    assert set(long["period"]) == {"2024", "2024-09", "2024-10", "2024-11", "2024-12"}
    assert Forecast.load(folder).as_of == pd.Period("2024-09-19", "D")
    rows = pd.read_csv(folder / "outlook.csv", dtype={"unit": str}).set_index("unit")
    assert rows.loc["38", "naive"] == pytest.approx(52 * 12 / (8 + 19 / 30))
    notebook = nbformat.read(folder / "notebooks" / "389.ipynb", as_version=4)
    assert notebook.metadata.papermill.parameters.as_of == "2024-09-19"
    assert "0 of 3 by 19 September 2024." in texts(notebook)
    text = monthly.DISTRICT.read_text(encoding="utf-8").replace('\\"2024-09\\"', '\\"19/9/2024\\"')
    (tmp_path / "alone.ipynb").write_text(text, encoding="utf-8")
    alone = run_alone(tmp_path / "alone.ipynb", tmp_path)
    assert "0/3 tính đến ngày 19/9/2024." in texts(alone)
    assert str(rows.loc["389", "median"]) in answer_of(alone)


def test_a_run_of_the_months_last_day_is_the_months_run(folder):
    settings, runs = monthly.Settings(draws=200, seed=1), []
    for name, as_of in (("month", "2024-07"), ("day", "31/7/2024")):
        runs.append(
            monthly.run_batch(
                folder, as_of=as_of, out=folder, name=name, units=["389"], settings=settings
            ).folder
        )
    first, second = (contents(one) for one in runs)
    assert first == second
    assert json.loads((runs[1] / "run.json").read_text(encoding="utf-8"))["as_of"] == "2024-07"


def test_the_pack_names_the_breaks_and_rounds_that_moved_the_forecast():
    province, settings = read_province(as_of="2024-09"), monthly.Settings(lang="en")
    read = {"register.csv": "0123456789abcdef"}
    outlook = SimpleNamespace(province=pd.Series({"p_reach": 0.5}), level=0.8, rule=Rule(), earned=True)
    with set_options(lang="en"):
        said, other = (
            imprint(province, SimpleNamespace(notes=["breaks", "rounds"]), outlook, settings, files)
            for files in (read, {"register.csv": "other"})
        )
        silent = imprint(province, SimpleNamespace(notes=[]), outlook, settings, read)
    assert said["Changes of who decides"].startswith("15 March 2023: districts decide on 3 stars")
    assert "2025" not in said["Changes of who decides"]
    days = "31 October 2024; 22 November 2024; 29 November 2024; 20 December 2024 (× 2)"
    assert said["Planned rounds"] == days
    assert said["Files of data (SHA-256)"] == "register.csv (01234567)"
    assert said["Run"] != other["Run"]
    assert not {"Changes of who decides", "Planned rounds"} & set(silent)


@pytest.mark.parametrize("as_of", ["2024-13-40", "31/2/2024", "2042-01-05", "2018-12-31"])
def test_a_day_that_cannot_be_is_refused_before_any_work(tmp_path, as_of):
    done = cli("run", "--as-of", as_of, "--out", tmp_path, "--lang", "en")
    assert (done.returncode, "Traceback" in done.stderr) == (3, False)
    assert list(tmp_path.iterdir()) == []


def test_help_lists_the_exit_codes():
    said = cli("--help").stdout
    assert all(f"{code} " in said for code in range(6))
