"""The meeting's note: it says what the page says, text stays text, and an office can print and sign it."""

import re
from dataclasses import replace
from pathlib import Path
from runpy import run_path
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pandas as pd
import pytest
from browsers import times
from conftest import small_forecast, small_targets
from docx import Document
from docx.oxml.ns import qn

from ocop_forecast import Forecast, assess, plots, project, read_province, style, table
from ocop_forecast.errors import RunError
from ocop_forecast.i18n.catalogue import set_options
from ocop_forecast.planning.attainment import attainment
from ocop_forecast.planning.changes import Earlier, changes
from ocop_forecast.planning.gains import gains
from ocop_forecast.planning.outlook import Outlook
from ocop_forecast.reporting import meeting, note
from ocop_forecast.reporting.letterhead import LARGEST
from ocop_forecast.reporting.note import LINES, MOVED, template_of, write_note
from ocop_forecast.reporting.pack import SHOWN, Pack
from ocop_forecast.reporting.poster import poster
from ocop_forecast.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("vi", "en")
COLUMNS = ("name", "so_far", "target", "median", "interval", "p_reach", "flag")
CAUTION = "Số liệu TÁI LẬP.\nThiếu báo cáo."
HOSTILE = {
    "<w:fldSimple w:instr='DATE'/> & ]]> {{ 7*7 }} {_{ a }_} {%p if 1 %}": None,
    "=HYPERLINK(http://a.b) \x00\x0b\ud800\ufffe\u202eabc": "=HYPERLINK(http://a.b) abc",
    "Huyện " + "rất dài " * 24 + "rất dài": None,
}


@pytest.fixture(autouse=True)
def _offscreen():
    style.offscreen()
    with set_options(lang="vi"):  # until a pack is wanted in another language
        yield


@pytest.fixture(scope="module")
def picture():
    """A PNG."""
    style.offscreen()
    return style.images(plots.intervals(attainment(small_forecast(), small_targets())))["png"]


def pack(lang="vi", units=("380", "389", "390"), as_of="2024-09", **columns):
    """Return a pack of a small province, no model and no earlier run; its language stays set."""
    set_options(lang=lang)
    forecast = replace(small_forecast(units=units, as_of=as_of), earned=columns.pop("earned", True))
    terms = {"target": columns.pop("target", [6, 3, 3] if len(units) == 3 else 3)}
    outlook = Outlook.of(forecast, small_targets(units, **terms).assign(**columns))
    certified = outlook.table[["name"]].assign(valid=5, due=2, lapsed=1, revoked=0)
    said = {"notes": {"Mã lần chạy": "abc123"}, "caution": CAUTION, "trust": "Đúng 2/3 lần."}
    return Pack(outlook, certified, gains(outlook), **said)


def with_changes(given):
    """Return a pack that has an earlier run, in which every unit needed support."""
    was = small_forecast(seed=2, units=tuple(given.outlook.forecast.units))
    earlier = given.outlook.table.assign(flag="needs_support", so_far=0, p_reach=0.1)
    return replace(given, changes=changes(given.outlook, Earlier(was, earlier)))


def written(folder, given, picture):
    """Write a note as a run does, through a draft of another name, and open it."""
    path = folder / ".ocop-1x.docx"
    write_note(path, given, picture)
    return Document(str(path))


def lines(document):
    return [paragraph.text for paragraph in document.paragraphs]


def sections(document):
    return [one.text for one in document.paragraphs if one.style.name == "Heading 1"]


def under(document, title):
    """Return the lines of the section so called."""
    found, start = lines(document), next(i for i, line in enumerate(lines(document)) if line.endswith(title))
    ends = [at for at, line in enumerate(found) if at > start and line in sections(document)]
    return found[start + 1 : ends[0] if ends else None]


@pytest.mark.parametrize("earned", [True, False])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_table_holds_what_the_page_shows(tmp_path, picture, lang, earned):
    given = pack(lang, earned=earned)
    shown = table(given.outlook)[[given.heading(name) for name in COLUMNS]]
    rows = [[cell.text for cell in row.cells] for row in written(tmp_path, given, picture).tables[1].rows]
    assert rows == [list(shown.columns), *shown.to_numpy().tolist()]


@pytest.mark.parametrize("earned", [True, False])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_says_the_packs_sentences(tmp_path, picture, lang, earned):
    given = with_changes(pack(lang, earned=earned))
    said = lines(written(tmp_path, given, picture))
    assert {*given.cautions, *given.sentences, " ".join(given.gain_sentences)} <= set(said)
    assert any(line.startswith(" ".join(given.change_sentences)) for line in said)
    assert any(line.startswith(given.trust) and "Mã lần chạy: abc123." in line for line in said)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_hostile_names_stay_text(tmp_path, picture, lang):
    names = pd.Series(list(HOSTILE), dtype=object)  # a column of text refuses them, where pyarrow holds it
    given = with_changes(pack(lang, name=names, province_name=names[[1] * 3].set_axis(range(3))))
    document = written(tmp_path, given, picture)
    names = [row.cells[0].text for row in document.tables[1].rows][1:]
    assert names[:3] == [kept or name for name, kept in HOSTILE.items()]
    tags = {element.tag for element in document.element.iter()}
    assert not tags & {qn(f"w:{tag}") for tag in ("hyperlink", "fldSimple", "fldChar", "instrText")}
    assert not any(part.is_external for part in document.part.rels.values())


def test_names_are_clean_from_the_outlook_on():
    given = pack(name=pd.Series(list(HOSTILE), dtype=object))
    said = "".join([*given.outlook.table["name"], *given.outlook.flags["name"], *given.gains["name"]])
    assert "abc" in said
    assert not any(letter in said for letter in "\ud800\ufffe\u202e\x00")


def test_the_longest_name_of_a_province_leaves_room_for_a_title(tmp_path, picture):
    document = written(tmp_path, pack(province_name="Tỉnh " + "dài " * 70), picture)
    assert document.core_properties.title.startswith("Ước kết quả công nhận sản phẩm OCOP năm 2024, Tỉnh dài")


def test_the_same_pack_gives_the_same_bytes_and_bears_the_as_of_date(tmp_path, picture):
    for name in ("a.docx", "b.tmp"):
        write_note(tmp_path / name, pack(as_of="2024-09-19"), picture)
    assert (tmp_path / "a.docx").read_bytes() == (tmp_path / "b.tmp").read_bytes()
    with ZipFile(tmp_path / "a.docx") as parts:
        assert {entry.date_time for entry in parts.infolist()} == {(2024, 9, 19, 0, 0, 0)}
    properties = Document(str(tmp_path / "a.docx")).core_properties
    assert properties.created == properties.modified
    assert f"{properties.created:%Y-%m-%d}" == "2024-09-19"


@pytest.mark.parametrize(("lang", "language"), [("vi", "vi-VN"), ("en", "en-US")])
def test_it_names_its_language_and_title_and_nobody(tmp_path, picture, lang, language):
    document = written(tmp_path, pack(lang), picture)
    said = document.styles.element.find(".//" + qn("w:lang"))
    properties = document.core_properties
    assert (said.get(qn("w:val")), properties.language) == (language, language)
    assert "Tỉnh Thanh Hóa" in properties.title
    assert (properties.author, properties.last_modified_by, properties.comments) == ("", "", "")


@pytest.mark.parametrize("earned", [True, False])
def test_it_begins_with_the_answer_and_then_with_what_is_proposed(tmp_path, picture, earned):
    given = pack(target=[40, 30, 40], earned=earned)
    document = written(tmp_path, given, picture)
    assert under(document, "Tóm tắt")[0] == given.sentences[0]
    assert sections(document)[1] == "2. Đề xuất, kiến nghị"
    assert under(document, "Đề xuất, kiến nghị") == poster(given).decisions


def test_letters_are_large_enough_to_be_read():
    styles = Document(note.OURS).styles
    used = {one.style.name for one in Document(note.OURS).paragraphs} | {"Cell", "Cell text", "Recipients"}
    assert min(styles[name].font.size.pt for name in used) >= 11


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_made_up_or_supposed_says_so_before_its_title(tmp_path, picture, lang):
    given = pack(lang)
    assert not given.marks
    doubtful = replace(given, mark="NOT REAL", supposed=("Huyện 389: 3 → 4",))
    said = lines(written(tmp_path, doubtful, picture))
    assert said[0] == ". ".join(doubtful.marks)
    assert "389" in said[0]
    assert given.sentences[0] not in lines(written(tmp_path, given, picture))[0]


def test_what_the_office_fills_in_is_left_blank(tmp_path, picture):
    document = written(tmp_path, pack(), picture)
    head, foot = ([cell.text for cell in document.tables[at].rows[0].cells] for at in (0, -1))
    assert head[0].startswith("[TÊN CƠ QUAN]")
    assert "ngày …… tháng …… năm" in head[1]
    assert [text.splitlines()[0] for text in foot] == ["Nơi nhận:", "THỦ TRƯỞNG CƠ QUAN"]


def test_the_picture_is_told_to_those_who_cannot_see_it(tmp_path, picture):
    given = pack()
    document = written(tmp_path, given, picture)
    (drawn,) = document.inline_shapes
    assert drawn._inline.docPr.get("descr").endswith(given.sentences[0])
    assert drawn.height.mm <= 65.01
    assert drawn.width.mm <= 165.01


def test_the_head_of_the_table_is_repeated_and_no_row_is_divided(tmp_path, picture):
    rows = written(tmp_path, pack(), picture).tables[1].rows
    assert [row._tr.trPr.find(qn("w:tblHeader")) is not None for row in rows] == [True] + [False] * 4
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in rows)


@pytest.mark.parametrize("earned", [True, False])
def test_units_with_one_reason_share_a_line_that_leaves_out_what_the_table_says(tmp_path, picture, earned):
    """First stands the least likely unit, or of a band that which misses most."""
    given = pack(target=[40, 30, 40], earned=earned)
    known = given.outlook.table
    known["so_far"], known["p_reach"] = 1, [0.02, 0.01, 0.03, 0.1]
    known["needed_per_month"], known["pace"] = [13.0, 9.5, 13.0, 9.0], 0.1
    given = replace(given, outlook=replace(given.outlook, forecast=this_year(given.outlook.forecast)))
    said = [
        "Huyện 389: Cần 9,5 sản phẩm mỗi tháng, đến nay bình quân 0,1.",
        "Huyện 380, Huyện 390: Cần 13,0 sản phẩm mỗi tháng, đến nay bình quân 0,1.",
    ]
    reasons = under(written(tmp_path, given, picture), "Địa phương cần hỗ trợ và lý do")
    assert reasons == (said if earned else said[::-1])


def this_year(forecast):
    """Return a forecast of which no past year is known."""
    return replace(forecast, panel=forecast.panel.loc[f"{forecast.year}-01" :])


def test_what_holds_for_all_units_is_told_once(tmp_path, picture):
    given = pack(target=[40, 30, 40])
    none = pd.DataFrame({"unit": [], "stage": []})
    given = replace(given, outlook=replace(given.outlook, waiting=none))
    *own, whole = under(written(tmp_path, given, picture), "Địa phương cần hỗ trợ và lý do")
    assert whole.startswith("Chung cho các địa phương trên: ")
    shared = whole.partition(": ")[2]
    assert not any(shared in line for line in own)


def test_reasons_and_changes_that_are_left_out_are_counted(tmp_path, picture):
    units = tuple(str(code) for code in range(100, 140))
    given = pack(
        "en", units, target=[30 + at for at in range(40)], name=[f"{u} " + "long " * 30 for u in units]
    )
    document = written(tmp_path, with_changes(given), picture)
    reasons = under(document, "Units that need support, and why")
    names = sum(line.count(" long long") // 15 for line in reasons[:LINES])
    assert reasons[LINES] == f"and {40 - names} more (see the table)"
    no_report = replace(given.outlook, silent=dict.fromkeys(units, ()))
    moved = with_changes(replace(given, outlook=no_report))
    assert f"and {40 - MOVED} more." in "".join(lines(written(tmp_path, moved, picture)))


def test_at_the_years_end_a_reason_is_what_the_table_says(tmp_path, picture):
    given = pack(target=[40, 40, 40])
    panel = given.outlook.forecast.panel
    months = pd.period_range("2024-10", "2024-12", freq="M")
    whole = pd.concat([panel, pd.DataFrame(0, months, panel.columns)])
    over = Forecast(whole.loc["2024-01":], months[:0], np.zeros((5, 3, 0), int))
    given = replace(given, outlook=replace(given.outlook, forecast=over))
    reasons = under(written(tmp_path, given, picture), "Địa phương cần hỗ trợ và lý do")
    assert any("/40 tính đến tháng 12/2024." in line for line in reasons)


def test_without_any_target_there_is_nobody_to_support(tmp_path, picture):
    document = written(tmp_path, pack(target=[None] * 3), picture)
    assert sections(document) == [
        "1. Tóm tắt",
        "2. Đề xuất, kiến nghị",
        "3. Tình hình từng địa phương",
        "4. Nguồn số liệu và cách tính",
    ]


def test_where_all_have_attained_it_says_so(tmp_path, picture):
    given = pack("en", target=[1, 1, 1])
    given.outlook.table["so_far"] = 5
    given = replace(given, gains=gains(given.outlook))
    document = written(tmp_path, given, picture)
    assert under(document, "Units that need support, and why") == ["No unit needs support."]
    assert under(document, "What one more product would add") == ["No unit is short of its target."]


@pytest.fixture(scope="module", params=["", "example"], ids=["no dossiers", "example"])
def embedded(request):
    """The embedded province's pack in both languages, with what changed since August, and its fan."""
    now, august = (read_province(as_of=as_of, dossiers=request.param) for as_of in (None, "2024-08"))
    told, was = (project(province, draws=1000, seed=1) for province in (now, august))
    then = assess(was, august)
    earlier = Earlier(was.forecast, then.table.assign(flag=then.flags["flag"]))
    terms = {"inputs": {"register.csv": "0" * 64}, "earlier": earlier}

    def prepared(lang):
        with set_options(lang=lang):
            return meeting.prepared(now, told, Settings(lang=lang, budget=1_500_000_000), **terms)

    return {lang: prepared(lang) for lang in LANGUAGES}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_embedded_provinces_note_has_three_pages_at_most(tmp_path, embedded, libreoffice, lang):
    times()
    given = embedded[lang]
    with set_options(lang=lang):
        fan = given.outlook.forecast.plot(name=given.province["name"], target=given.province["target"])
        write_note(tmp_path / "meeting.docx", given, style.images(fan, ["png"])["png"])
    pages = re.findall(rb"/Type\s*/Page\b", libreoffice(tmp_path / "meeting.docx", "pdf").read_bytes())
    assert len(pages) <= 3


# an office's own template


def office(folder, *texts, into=None):
    """Write a template with these paragraphs, or ours with one line before all others; return its path."""
    document = Document(note.OURS if into else None)
    for text in texts:
        document.add_paragraph(text)
    if into:
        document.tables[0].cell(0, 0).paragraphs[0].text = into
    document.core_properties.author = "A. Clerk"
    document.save(folder / "letterhead.docx")
    return folder / "letterhead.docx"


def test_an_offices_letterhead_takes_the_place_of_ours(tmp_path, picture):
    given = pack()
    write_note(tmp_path / "ours.docx", given, picture)
    write_note(
        tmp_path / "own.docx", given, picture, template_of(office(tmp_path, into="VĂN PHÒNG {{ kind }}"))
    )
    ours, own = (Document(str(tmp_path / name)) for name in ("ours.docx", "own.docx"))
    assert own.tables[0].cell(0, 0).paragraphs[0].text == "VĂN PHÒNG BÁO CÁO"
    assert lines(own) == lines(ours)
    assert own.core_properties.author == ""


def test_a_template_names_what_it_likes_and_has_no_picture_that_it_does_not_name(tmp_path, picture):
    given, wanted = (
        pack("en"),
        ("{{ subject }}", "{{ heading.pace }}: {{ units[0].pace }}", "{{ title.changes }}."),
    )
    write_note(tmp_path / "a.docx", given, picture, template_of(office(tmp_path, *wanted)))
    shown = table(given.outlook)[given.heading("pace")]
    assert lines(Document(str(tmp_path / "a.docx")))[1:] == [f"{given.heading('pace')}: {shown.iloc[0]}", "."]
    with ZipFile(tmp_path / "a.docx") as parts:
        assert not [name for name in parts.namelist() if "media" in name]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{{ subject", "subject"),
        ("{% for line in needy %}{{ line }}", "endfor"),
        ("{{ nobody }}", "nobody"),
        ("{% if needy and changes and not needy %}{{ nobody }}{% endif %}", "nobody"),
        ("{{ units[0].nobody }}", "nobody"),
        ("{{ cautions[0] }}", "has no element 0"),  # there may be none
        ("{{ subject / 2 }}", "TypeError"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ picture._template }}", "_template"),
        ("{%tr for unit in units %}", "tr"),
    ],
)
def test_a_tag_that_cannot_be_filled_in_is_told(tmp_path, lang, text, why):
    with pytest.raises(RunError) as raised:
        template_of(office(tmp_path, text))
    with set_options(lang=lang):
        said = raised.value.tell()
    assert (raised.value.exit_code, "letterhead.docx" in said, why in said) == (4, True, True), said


def test_a_tag_that_would_leave_part_of_the_document_out_is_told(tmp_path):
    path = office(tmp_path, "{%p if needy %}")
    document = Document(str(path))
    document.add_table(1, 1).cell(0, 0).text = "{% endif %}"
    document.save(str(path))
    with pytest.raises(RunError, match="XMLSyntaxError"):
        template_of(path)


@pytest.mark.parametrize("content", [None, b"", b"<html>", b"PK\x05\x06" + bytes(18), "sheet"])
def test_a_template_that_is_no_word_document_is_told(tmp_path, content):
    path = tmp_path / "mẫu.docx"
    if content == "sheet":
        with ZipFile(path, "w") as parts:
            parts.writestr("xl/workbook.xml", "<workbook/>")
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(RunError, match="cannot be read") as raised:
        template_of(path)
    assert "mẫu.docx" in raised.value.tell()


def test_a_template_that_swells_is_not_opened(tmp_path):
    with ZipFile(tmp_path / "a.docx", "w", ZIP_DEFLATED) as parts:
        parts.writestr("word/document.xml", bytes(LARGEST + 1))
    with pytest.raises(RunError, match="cannot be read"):
        template_of(tmp_path / "a.docx")


def test_what_is_tried_out_has_every_name_that_a_note_has(tmp_path):
    tried, given = note._example(["…"]), note.names(with_changes(pack()))
    assert tried.keys() == given.keys() | {"picture"}
    assert all(tried[name].keys() == given[name].keys() for name in ("title", "heading", "province"))
    assert tried["units"][0].keys() == given["units"][0].keys()
    assert {name: type(given[name]) for name in given} == {name: type(tried[name]) for name in given}


def test_ours_is_what_its_script_makes(tmp_path):
    made = run_path(str(ROOT / "tools" / "note_template.py"))["made"]()
    (tmp_path / "made.docx").write_bytes(made)
    with ZipFile(tmp_path / "made.docx") as new, ZipFile(note.OURS) as old:
        assert {name: new.read(name) for name in new.namelist()} == {
            name: old.read(name) for name in old.namelist()
        }
    template_of(note.OURS)


def test_the_documents_list_the_names_of_a_template():
    told = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    told = told.partition("\n### The note's template\n")[2].partition("\n### ")[0].partition("\n## ")[0]
    listed = {name for row in re.findall(r"^\| `.*?\|", told, re.M) for name in re.findall(r"`(\w+)`", row)}
    assert listed == note._example([]).keys() | {*SHOWN, *note.SECTIONS}
