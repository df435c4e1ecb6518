"""The meeting's workbook: its cells hold the pack's figures, its charts its cells, and text stays text."""

import re
from dataclasses import replace
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest
from conftest import small_forecast, small_targets
from lxml import etree
from openpyxl import load_workbook
from openpyxl.utils import range_boundaries

from ocop_forecast import Forecast, palette
from ocop_forecast.i18n.catalogue import LANGUAGES, label, set_options
from ocop_forecast.planning.changes import Earlier, changes
from ocop_forecast.planning.flags import FLAGS
from ocop_forecast.planning.gains import gains
from ocop_forecast.planning.outlook import Outlook
from ocop_forecast.planning.support import support
from ocop_forecast.reporting.pack import Pack
from ocop_forecast.reporting.reasons import changed, reasons
from ocop_forecast.reporting.sheets import LONGEST, footer, written
from ocop_forecast.reporting.workbook import GAINS, NUMBERS, UNITS, write_workbook

HOSTILE = ("=cmd|' /C calc'!A0", "http://x.vn/&<>\"'", "{=1}", "@SUM(A1)", "+1-2", "00123", "1e5",
           "'Đơn vị'!$A$1", "_x0041_", "x" * 200, "Xã" + " Xã" * 65,
           "T\x00ê\x1fn\ufffe\u202e\u200f lạ")  # fmt: skip
SHEETS = ["summary", "units", "months", "flags", "gains", "changes", "notes"]
EXACTLY = {"rel": 1e-15, "abs": 0, "nan_ok": True}  # a workbook keeps 16 digits


def pack(
    names=("Ngọc Lặc", "Cẩm Thủy", "Hà Trung"),
    target=(6, 9, 3),
    as_of="2024-09",
    province=None,
    earned=True,
    budget=0,
    **terms,
):
    """Return a pack of units so named, compared with an earlier run that did not know the first."""
    units = [f"{at:03}" for at in range(len(names))]
    forecast = replace(small_forecast(units=units, as_of=as_of), earned=earned)
    targets = small_targets(units, target).assign(name=names)
    named = targets if province is None else targets.assign(province_name=province)
    outlook = Outlook.of(forecast, named)
    table = outlook.table
    certified = table[["name"]].assign(valid=5, due=2, lapsed=1, revoked=0)
    earlier = table.assign(flag=outlook.flags["flag"], p_reach=table["p_reach"] / 3).iloc[1:]
    told = changes(outlook, Earlier(forecast, earlier))
    terms = {"changes": told, "notes": {"Hạt giống": "1"}, "caution": "Chú ý: thử.\nHai."} | terms
    plan = support(outlook, budget=budget) if budget else None
    return Pack(outlook, certified, gains(outlook), plan=plan, **terms)


def book(folder, made):
    """Return the pack's workbook, its sheets by what they hold."""
    write_workbook(folder / "meeting.xlsx", made)
    read = load_workbook(folder / "meeting.xlsx")
    names = {key: label(f"sheet_{key}") for key in SHEETS}
    return {key: read[name] for key, name in names.items() if name in read.sheetnames}


def rows(sheet, header):
    """Return the rows below the one that begins with these words, as far as they have a code."""
    cells = [list(row) for row in sheet.iter_rows(values_only=True)]
    start = next(at for at, row in enumerate(cells) if row[0] == header) + 1
    return [row for row in cells[start:] if row[0] and row[1]]


def figures(frame):
    return frame.to_numpy(dtype=float, na_value=np.nan).ravel().tolist()


def numbers(table, first, last):
    return [np.nan if value is None else value for row in table for value in row[first:last]]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_cells_hold_the_packs_figures(tmp_path, lang):
    with set_options(lang=lang):
        made = pack()
        sheets, code = book(tmp_path, made), label("column_unit")
    units, gained, moved = (rows(sheets[key], code) for key in ("units", "gains", "changes"))
    table, told, flagged = (
        made.in_order(one) for one in (made.outlook.table, made.changes.table, made.outlook.flags)
    )
    assert [row[0] for row in units] == list(table.index)
    assert numbers(units, 2, -1) == pytest.approx(figures(table[list(NUMBERS)]), **EXACTLY)
    assert [row[0] for row in gained] == [code for code in table.index if code in made.gains.index]
    money = made.in_order(made.gains.assign(money=made.gains["money"] / 1e6))
    assert numbers(gained, 2, None) == pytest.approx(figures(money[list(GAINS)]), **EXACTLY)
    assert numbers(moved, 4, 6) == pytest.approx(figures(told[["p_before", "p_reach"]]), **EXACTLY)
    with set_options(lang=lang):
        words = {name: label(f"flag_{name}") for name in FLAGS}
    assert [row[-1] for row in units[:-1]] == flagged["flag"].iloc[:-1].map(words).tolist()
    assert [row[3] for row in moved[:-1]] == told["flag"].iloc[:-1].map(words).tolist()
    assert [row[6] for row in moved] == made.in_order(changed(made.changes))[f"why_{lang}"].tolist()
    assert [row[2] is None for row in moved] == told["flag_before"].isna().tolist()  # one unit is new
    said = made.in_order(reasons(made.outlook))[f"reason_{lang}"].tolist()
    assert [row[3] for row in rows(sheets["flags"], code)] == said


def test_the_months_add_up_and_the_running_total_ends_where_the_outlook_does(tmp_path):
    made = pack()
    sheet = book(tmp_path, made)["months"]
    table = rows(sheet, "Mã")[: len(made.outlook.table)]
    so_far = made.in_order(made.outlook.table)["so_far"].tolist()
    assert [sum(row[2:11]) for row in table] == so_far
    draws = made.outlook.forecast.draws.mean(axis=0)
    expected = pd.DataFrame(draws, made.outlook.units.index).loc[made.outlook.ordered.index]
    assert numbers(table[:-1], 11, 14) == pytest.approx(figures(expected), **EXACTLY)
    running = {row[1]: row[2:] for row in sheet.iter_rows(min_row=len(table) + 4, values_only=True)}
    assert running["đã công nhận"][8:] == (so_far[-1], None, None, None)
    ends = [running[name][-1] for name in ("trung vị", "Cận dưới 80%", "Cận trên 80%", "chỉ tiêu")]
    assert ends == made.province[["median", "lower", "upper", "target"]].tolist()
    assert running["trung vị"][7:9] == (None, so_far[-1])


@pytest.mark.parametrize("earned", [True, False])
def test_the_summary_says_the_answer_and_counts_the_flags(tmp_path, earned):
    made = pack(earned=earned)
    cells = [row[:2] for row in book(tmp_path, made)["summary"].iter_rows(values_only=True)]
    said = [first for first, _ in cells if first]
    first, *further = made.sentences
    doubts = [] if earned else [label("doubt", section=label("sheet_notes"))]
    words = [*made.cautions, first, *doubts, *further, *made.change_sentences]
    assert said[1 : 1 + len(words)] == words
    counts = made.outlook.flags["flag"].iloc[:-1].value_counts()
    wanted = {label(f"flag_{name}"): count for name, count in counts.items()}
    assert {first: count for first, count in cells if isinstance(count, int)} == wanted


def test_the_gains_begin_with_what_is_assumed_and_the_notes_have_two_columns(tmp_path):
    made = pack(trust="Đúng.")
    sheets = book(tmp_path, made)
    said = [row[0] for row in sheets["gains"].iter_rows(max_row=3, values_only=True)]
    assert said == [*made.gain_sentences, label("gain_draws")]
    notes = list(sheets["notes"].iter_rows(min_row=2, values_only=True))
    assert notes == [("Hạt giống", "1"), (label("page_trust"), "Đúng.")]


def test_a_probability_is_shown_in_per_cent_and_certainty_only_where_it_is_a_fact(tmp_path):
    sheet = book(tmp_path, pack(target=(0, 1, 999)))["units"]
    at = UNITS.index("p_reach") + 1
    attained = sheet.cell(4, at)  # below those in need
    assert (attained.value, attained.number_format) == (1, '"đã đạt"')
    assert sheet.cell(2, at).number_format == '[<0.01]"<1%";[>0.99]">99%";0%'


@pytest.mark.parametrize("lang", LANGUAGES)
def test_where_no_per_cent_is_earned_every_probability_is_a_word_without_a_bar(tmp_path, lang):
    with set_options(lang=lang):
        made = pack(target=(1, 30, None), earned=False, budget=200_000_000)
        sheets, code, done = book(tmp_path, made), label("column_unit"), label("done")
        bands = [label(f"band_{name}") for name in ("low", "middle", "high")]
        plan = load_workbook(tmp_path / "meeting.xlsx")[label("sheet_plan")]
    at = UNITS.index("p_reach")
    units = {row[0]: row[at] for row in rows(sheets["units"], code)}
    assert [units[unit] for unit in made.outlook.table.index[:3]] == [done, bands[0], None]
    assert units[made.outlook.code] in bands
    assert {word for row in rows(sheets["gains"], code) for word in row[2:6]} <= {*bands}
    moved = {word for row in rows(sheets["changes"], code) for word in row[4:6]}
    assert moved <= {*bands, done, None}
    planned = {row[0]: (row[4], row[6]) for row in rows(plan, code)}
    assert planned[made.outlook.table.index[0]] == (done, done)
    assert {word for pair in planned.values() for word in pair} <= {*bands, done, None}
    for sheet in (*sheets.values(), plan):
        assert not sheet.conditional_formatting
        shares = {cell.row for row in sheet.iter_rows() for cell in row if "%" in cell.number_format}
        assert len(shares) == (3 if sheet is plan else 0)  # what is assumed of support


def test_flags_are_coloured_and_probabilities_have_bars(tmp_path):
    made = pack(target=(1, 30, None))
    sheets = book(tmp_path, made)
    fills = {cell.value: cell.fill.fgColor.rgb for cell in sheets["units"]["M"]}
    for flag in ("attained", "needs_support"):
        assert fills[label(f"flag_{flag}")] == f"FF{palette.FLAGS[flag].ground[1:]}"
    (bars,) = sheets["units"].conditional_formatting
    assert str(bars.sqref) == "H2:H5"
    bar = bars.rules[0].dataBar
    assert (bar.minLength, bar.maxLength) == (0, 100)
    assert [(end.type, end.val) for end in bar.cfvo] == [("num", 0), ("num", 1)]


def test_the_provinces_row_is_bold_below_a_line_and_outside_the_filter(tmp_path):
    made = pack()
    for key, sheet in book(tmp_path, made).items():
        if key not in ("summary", "notes"):
            last = next(cell for cell in sheet["A"] if cell.value == made.outlook.table.index[-1])
            assert last.font.b
            assert last.border.top.style == "medium"
            _, _, _, bottom = range_boundaries(sheet.auto_filter.ref)
            assert bottom == last.row - 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_sheet_prints_on_wide_a4_with_its_header_and_its_page(tmp_path, lang):
    with set_options(lang=lang):
        made = pack()
        sheets = book(tmp_path, made)
    assert list(sheets) == SHEETS
    for key, sheet in sheets.items():
        setup = sheet.page_setup
        assert (setup.paperSize, setup.orientation) == (9, "landscape")
        assert setup.fitToHeight is None  # few rows: all on one page
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert range_boundaries(sheet.print_area.partition("!")[2])[3] >= sheet.max_row
        assert "OCOP" in sheet.oddFooter.left.text
        with set_options(lang=lang):
            assert sheet.oddFooter.right.text == label("sheet_page", page="&P", pages="&N")
        if key != "summary":
            header = int(sheet.print_title_rows.rpartition("$")[2])
            assert sheet.cell(header, 1).font.b
            assert int(re.search(r"\d+", sheet.freeze_panes).group()) == header + 1


def test_hostile_names_stay_text_and_the_file_whole(tmp_path):
    made = pack(HOSTILE, [3] * len(HOSTILE), province="=1+1 &P <b> " + "y" * 190, caution="=1\n{=2}")
    sheets = book(tmp_path, made)
    for sheet in sheets.values():
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            assert cell.data_type in ("s", "n")
            assert cell.hyperlink is None
    shown = [row[1] for row in rows(sheets["units"], "Mã")[:-1]]
    assert sorted(shown) == sorted([*HOSTILE[:-1], "Tê n lạ"])
    with ZipFile(tmp_path / "meeting.xlsx") as parts:
        texts = {name: parts.read(name) for name in parts.namelist()}
    assert all(etree.fromstring(text) is not None for text in texts.values())
    assert not any(b"<f>" in text for name, text in texts.items() if "/worksheets/" in name)


def test_a_text_is_cut_where_a_cell_ends():
    assert len(written("x" * 40_000)) == LONGEST
    assert len(written("😀" * 40_000).encode("utf-16-le")) <= 2 * LONGEST
    assert written("x" * LONGEST) == "x" * LONGEST
    assert written("\ud800x") == "x"


def test_a_very_long_note_is_kept_as_far_as_a_cell_goes(tmp_path):
    sheet = book(tmp_path, pack(notes={"a": "từ " * 20_000}))["notes"]
    assert len(sheet["B2"].value) == LONGEST


def test_a_row_is_as_high_as_its_longest_text_needs(tmp_path):
    names = ("ngọc lặc và cẩm thủy", "NGỌC LẶC VÀ CẨM THỦY", "A " + "y" * 45, "Xã " * 60)
    sheet = book(tmp_path, pack(names, (1, 1, 1, 1)))["units"]
    lines = [int(sheet.row_dimensions[at].height // 13) for at in range(2, 6)]
    assert lines[:3] == [1, 2, 4]  # capitals are wide; a long word begins on a line of its own
    assert lines[3] >= 9


def test_a_footer_shows_an_ampersand_and_is_never_too_long_for_excel():
    assert footer("A & B", "1") == "&LA && B&R1"
    assert len(footer("&" * 300, label("sheet_page", page="&P", pages="&N"))) <= 255


def test_who_moved_is_bold_among_the_changes(tmp_path):
    made = pack()
    sheet = book(tmp_path, made)["changes"]
    bold = {cell.value: cell.font.b for cell in sheet["B"] if cell.row > 3}
    assert [bold[name] for name in made.changes.table["name"].iloc[:-1]] == made.changes.table["moved"].iloc[
        :-1
    ].tolist()


def charts(path):
    """Return by title what every chart of a workbook refers to and has stored: (reference, values)."""
    found, space = {}, {"c": "http://schemas.openxmlformats.org/drawingml/2006/chart"}
    with ZipFile(path) as parts:
        for name in filter(re.compile(r"xl/charts/chart\d+\.xml").match, parts.namelist()):
            root = etree.fromstring(parts.read(name))
            title = "".join(root.xpath("c:chart/c:title//text()", namespaces=space))
            found[title] = [
                (ref.findtext("c:f", namespaces=space), ref.xpath(".//c:pt/c:v/text()", namespaces=space))
                for ref in root.xpath("//c:strRef | //c:numRef", namespaces=space)
            ]
    return found


def at_reference(path, reference):
    """Return what stands in the cells that a chart refers to, blanks left out."""
    sheet, cells = re.fullmatch(r"'?(.*?)'?!(\$.*)", reference).groups()
    read = load_workbook(path)[sheet][cells.replace("$", "")]
    block = read if isinstance(read, tuple) else ((read,),)
    return [cell.value for row in block for cell in row if cell.value is not None]


@pytest.mark.parametrize(
    "made",
    [
        {},
        {"province": "Tỉnh Thanh Hóa"},
        {"names": HOSTILE, "target": [3] * len(HOSTILE)},
        {"target": (None, None, None)},
        {"as_of": "2024-09-19"},
    ],
    ids=["vi", "en", "hostile", "no target", "a day"],
)
def test_charts_show_the_cells_they_refer_to(tmp_path, request, made):
    with set_options(lang="en" if request.node.callspec.id == "en" else "vi"):
        made = pack(**made)
        book(tmp_path, made)
        drawn = charts(tmp_path / "meeting.xlsx")
        assert set(drawn) == {label("chart_units"), label("chart_months")}
    for references in drawn.values():
        for reference, stored in references:
            cells = at_reference(tmp_path / "meeting.xlsx", reference)
            assert len(cells) == len(stored)
            for cell, value in zip(cells, stored, strict=True):
                assert (
                    value == cell if isinstance(cell, str) else float(value) == pytest.approx(cell, **EXACTLY)
                )


def test_charts_hold_the_targets_and_what_the_units_have(tmp_path):
    made = pack()
    book(tmp_path, made)
    references = dict(charts(tmp_path / "meeting.xlsx")[label("chart_units")])
    stored = {name: list(map(float, references[f"'Đơn vị'!${column}$2:${column}$4"])) for name, column in
              (("so_far", "C"), ("target", "D"), ("median", "E"))}  # fmt: skip
    for name, values in stored.items():
        assert values == made.outlook.ordered[name].tolist()
    assert references["'Đơn vị'!$B$2:$B$4"] == made.outlook.ordered["name"].tolist()


def test_names_too_long_for_a_chart_are_told_by_their_codes(tmp_path):
    book(tmp_path, pack(("A", "B", "x" * 46)))
    assert "'Đơn vị'!$A$2:$A$4" in dict(charts(tmp_path / "meeting.xlsx")[label("chart_units")])


def test_charts_are_told_to_those_who_cannot_see_them(tmp_path):
    made = pack()
    book(tmp_path, made)
    with ZipFile(tmp_path / "meeting.xlsx") as parts:
        drawing = parts.read("xl/drawings/drawing1.xml").decode()
        core = parts.read("docProps/core.xml").decode()
    said = re.findall(r'descr="([^"]*)"', drawing)
    assert said == [
        f"{label('chart_months')}. {made.sentences[0]}",
        f"{label('chart_units')}. {made.sentences[1]}",
    ]
    assert "<dc:title>OCOP Tỉnh Thanh Hóa: " in core
    assert "<dc:creator></dc:creator>" in core


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_same_pack_gives_the_same_bytes(tmp_path, lang):
    for name in ("a.xlsx", "b.xlsx"):
        with set_options(lang=lang):
            write_workbook(tmp_path / name, pack())
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_targets_changes_or_an_earlier_run_the_rest_stands(tmp_path, lang):
    with set_options(lang=lang):
        made = pack(target=(None, None, None), changes=None)
        sheets = book(tmp_path, made)
    assert list(sheets) == [key for key in SHEETS if key != "changes"]
    with set_options(lang=lang):
        assert [cell.value for cell in sheets["gains"]["A"]] == [label("gain_no_target")]
        units = rows(sheets["units"], label("column_unit"))
    assert [row[3] for row in units] == [None] * 4
    assert "target" not in [row[1] for row in sheets["months"].iter_rows(values_only=True)]


@pytest.mark.parametrize(
    ("months", "total"),
    [
        (0, {"đã công nhận": list(range(1, 13))}),
        (12, {"trung vị": [0] * 12, "Cận trên 80%": list(range(1, 13))}),
    ],
    ids=["end", "start"],
)
def test_at_a_years_end_or_start_only_what_there_is_is_totalled(tmp_path, months, total):
    known = pd.period_range("2023-01", "2023-12", freq="M")
    panel = pd.DataFrame(1, known, pd.Index(["000"], name="unit"))
    draws = np.repeat([0, 1], months).reshape(2, 1, months)
    forecast = Forecast(panel, pd.period_range("2024-01", periods=months, freq="M"), draws)
    outlook = Outlook.of(forecast, small_targets(["000"], [3]).assign(year=forecast.year))
    certified = outlook.table[["name"]].assign(valid=5, due=2, lapsed=1, revoked=0)
    made = Pack(outlook, certified, gains(outlook))
    sheet = book(tmp_path, made)["months"]
    running = {row[1]: list(row[2:]) for row in sheet.iter_rows(min_row=6, values_only=True)}
    assert total.items() <= running.items()
    assert len(running) == (2 if months == 0 else 4)


def test_forty_units_with_long_names_have_a_row_and_a_bar_each(tmp_path):
    names = [f"Phường Hạc Thành và các xã lân cận số {at}" for at in range(40)]
    made = pack(names, [at % 9 for at in range(40)])
    sheets = book(tmp_path, made)
    assert len(rows(sheets["units"], "Mã")) == 41
    drawn = dict(charts(tmp_path / "meeting.xlsx")[label("chart_units")])["'Đơn vị'!$B$2:$B$41"]
    assert drawn == made.outlook.ordered["name"].tolist()


def test_a_sheet_of_some_rows_more_than_a_page_is_printed_on_one_and_a_long_one_on_many(tmp_path):
    for units, fitted in ((30, None), (150, 0)):
        made = pack([f"Xã {at}" for at in range(units)], [at % 9 for at in range(units)])
        assert book(tmp_path, made)["units"].page_setup.fitToHeight == fitted


@pytest.mark.parametrize(("lang", "head"), [("vi", "tháng 10/2024"), ("en", "October 2024")])
def test_months_are_headed_as_the_reader_writes_them(tmp_path, lang, head):
    with set_options(lang=lang):
        cells = [cell.value for cell in book(tmp_path, pack())["months"][1]]
    assert [text.startswith(head) for text in cells].count(True) == 1
    assert not any("2024-" in text for text in cells)


def test_what_is_made_up_or_supposed_says_so_on_the_first_line_the_charts_and_every_footer(tmp_path):
    made = pack()
    made = replace(made, mark="KHÔNG CÓ THẬT", supposed=("Huyện 389: 3 → 4",))
    sheets = book(tmp_path, made)
    assert sheets["summary"]["A1"].value.startswith(" – ".join(made.marks))
    assert all("KHÔNG CÓ THẬT" in sheet.oddFooter.left.text for sheet in sheets.values())
    assert all(title.startswith("KHÔNG CÓ THẬT") for title in charts(tmp_path / "meeting.xlsx"))


@pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")  # LibreOffice's own
def test_libreoffice_opens_it_and_loses_nothing(tmp_path, libreoffice):
    made = pack(HOSTILE, [3] * len(HOSTILE))
    sheets = book(tmp_path, made)
    opened = load_workbook(libreoffice(tmp_path / "meeting.xlsx", "xlsx"))
    for sheet in sheets.values():
        again = opened[sheet.title]
        assert len(again._charts) == len(sheet._charts)
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.value is not None):
            wanted = cell.value if isinstance(cell.value, str) else pytest.approx(cell.value, rel=1e-14)
            assert again[cell.coordinate].value == wanted
