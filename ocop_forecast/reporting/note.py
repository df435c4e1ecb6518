"""The meeting's note: two pages in Word that an office edits, numbers and signs.

It is laid out as Viet Nam's offices lay out their papers (Decree 30/2020). What only the office knows is left
blank: its name, the paper's number and date, who receives it and who signs.
"""

import re
from os import PathLike
from pathlib import Path

from ocop_forecast.i18n.catalogue import language
from ocop_forecast.i18n.formats import month, number, percent

from . import paper
from .pack import Pack, table

COLUMNS = {"name": 34, "so_far": 17, "target": 16, "median": 23, "interval": 24, "p_reach": 23, "flag": 28}
PICTURE = (165, 52)  # at most
HEAD, FOOT, SIGNED = (66, 99), (55, 50, 60), 29
LINES, MOVED = 4, 3  # of reasons, and units with another standing; those left out are counted
# notes for which there is no room, and the date, which stands in the title
ELSEWHERE = (
    "note_as_of", "note_year", "note_probability", "note_interval", "note_sums", "note_breaks", "note_rounds",
    "note_fit", "note_sources",
)  # fmt: skip


def write_note(path: str | PathLike, pack: Pack, picture: bytes) -> None:
    """Write the pack as a note to be signed; text stays text, and the same pack gives the same bytes.

    Parameters
    ----------
    path : path
        The file.
    pack : Pack
        What the meeting is given.
    picture : bytes
        A PNG of the forecast; one that is wider than high is the easier to read.
    """
    from docx import Document

    document = Document()
    title = ", ".join(_subject(pack).splitlines())
    paper.set_up(document, title=title, moment=pack.moment)
    _letterhead(document, pack)
    _answer(document, pack, picture)
    _support(document, pack)
    _section(document, pack, "memo_sources", [_sources(pack)], "Small")
    _signatures(document, pack)
    Path(path).write_bytes(paper.saved(document, pack.moment))


def _answer(document, pack, picture):
    """Write how the province and its units stand, the cautions first."""
    for caution in paper.paragraphs(document, pack.cautions, "Caution"):
        paper.ruled(caution, ("top", "left", "bottom", "right"), 2)
    _section(document, pack, "sheet_summary", [*pack.doubts("memo_sources"), *pack.sentences])
    _section(document, pack, "memo_units")
    _units(document, pack)
    _picture(document, pack, picture)


def _support(document, pack):
    """Write who needs support and what it would add, where there are targets, and what changed."""
    has_targets = pack.outlook["target"].notna().any()
    if has_targets:
        _section(document, pack, "memo_needy", _reasons(pack), "List Bullet")
    if pack.changes is not None:
        _section(document, pack, "memo_changes", [_changed(pack)])
    if has_targets:
        _money(document, pack)


def _money(document, pack):
    """Write where the budget does most, or without one where one more product would."""
    if pack.plan is None:
        _section(document, pack, "memo_gains", [" ".join(pack.gain_sentences)])
    else:  # where the assumption is from, and how far the plan hangs on it, the page tells
        effects = pack.plan.effects[["low", "effect", "high"]].mean()
        terms = pack.label("memo_plan_terms", **{name: percent(p) for name, p in effects.items()})
        _section(document, pack, "memo_plan", [" ".join([*pack.plan_sentences[:2], terms])])


def _reasons(pack):
    """Return why units need support: a line a reason, that of the least likely unit first.

    What the table says of each unit, and what holds for all of them, is not said again for each.
    """
    needy = _needy(pack)
    if not needy:
        return [pack.label("headline_none")]
    for_all = [one for one in next(iter(needy)) if len(needy) > 1 and all(one in why for why in needy)]
    own = [" ".join(one for one in why if one not in for_all) for why in needy]
    lines = [f"{', '.join(names)}: {why}" for names, why in zip(needy.values(), own, strict=True)]
    if more := sum(len(names) for names in list(needy.values())[LINES:]):
        lines[LINES:] = [pack.label("headline_needy_more", more=more)]
    return [*lines, pack.label("memo_for_all", said=" ".join(for_all))] if for_all else lines


def _needy(pack):
    """Return reason -> the units that need support for it, the least likely first."""
    units = pack.flags[(pack.flags["flag"] == "needs_support") & (pack.outlook["level"] == "unit")]
    order, needy = pack.outlook["p_reach"].reindex(units.index).sort_values(kind="stable").index, {}
    for row in units.loc[order].to_dict("records"):
        needy.setdefault(_beyond_the_table(row[f"reason_{language()}"]), []).append(row["name"])
    return needy


def _beyond_the_table(reason):
    """Return the sentences of a reason after its count, chance and interval; all of them if these are all."""
    sentences = tuple(re.split(r"(?<=\.) ", reason))
    return sentences[3:] or sentences


def _changed(pack):
    """Return what changed in the province, and which units have another standing, with why."""
    moved = pack.changes[pack.changes["moved"] & (pack.outlook["level"] == "unit")]
    rows = zip(moved["name"], moved["flag"], moved[f"why_{language()}"], strict=True)
    who = [f"{name} ({pack.label(f'flag_{flag}')}: {why})" for name, flag, why in rows]
    if len(who) > MOVED:
        who[MOVED:] = [pack.label("memo_more", more=len(who) - MOVED)]
    said = [pack.label("memo_moved", names=", ".join(who))] if who else []
    return " ".join([*pack.change_sentences, *said])


def _sources(pack):
    """Return how far to trust the forecast, what it rests on, and where the rest of that stands."""
    elsewhere = {pack.label(key) for key in ELSEWHERE}
    said = [f"{key}: {text.rstrip('.')}." for key, text in pack.notes.items() if key not in elsewhere]
    return " ".join([*pack.trusted("dossiers_there"), *said, pack.label("memo_elsewhere")])


def _letterhead(document, pack):
    """Write who writes, in what state, when and about what."""
    office, state = paper.side_by_side(document, HEAD)
    paper.fill(office, pack.label("memo_office").splitlines(), ("bold", "", ""))
    paper.fill(state, pack.label("memo_state").splitlines(), ("bold", "bold underline", "italic"))
    paper.ruled(office.paragraphs[1], ["top"], 22)
    paper.paragraphs(document, [pack.label("memo_kind")], "Title")
    paper.paragraphs(document, [_subject(pack)], "Subtitle")


def _subject(pack):
    attrs, name = pack.outlook.attrs, pack.province["name"]
    return pack.label("memo_subject", name=name, year=attrs["year"], month=month(attrs["as_of"]))


def _signatures(document, pack):
    """Leave room for who receives the note, who made it and who signs it."""
    recipients, maker, head = paper.side_by_side(document, FOOT, SIGNED)
    paper.fill(recipients, pack.label("memo_recipients").splitlines(), ("bold italic", "", ""), "Recipients")
    paper.fill(maker, pack.label("memo_maker").splitlines(), ("bold", "italic"))
    paper.fill(head, pack.label("memo_head").splitlines(), ("bold", "italic"))
    document.add_paragraph(style="Small")  # Word puts a larger one below a table that ends a document


def _units(document, pack):
    """Write the table of all units, the province last: names and standings to the left, numbers centred."""
    shown = table(pack.outlook, pack.flags)[[pack.heading(name) for name in COLUMNS]]
    grid = paper.table(document, [*COLUMNS.values()], "Table Grid")
    _fill_row(paper.row(grid, heads=True), shown.columns, "bold")
    for cells, level in zip(shown.to_numpy(), pack.outlook["level"], strict=True):
        _fill_row(paper.row(grid), cells, "bold" if level == "province" else "")


def _fill_row(row, texts, look):
    for at, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
        paper.fill(cell, [text], [look], "Cell text" if at in (0, len(COLUMNS) - 1) else "Cell")


def _picture(document, pack, picture):
    """Write the picture with its caption; who cannot see it is told the province's answer."""
    attrs, paragraph = pack.outlook.attrs, document.add_paragraph(style="Caption")
    paragraph.paragraph_format.space_before, paragraph.paragraph_format.keep_with_next = 6 * paper.PT, True
    level, as_of = number(100 * attrs["level"]), month(attrs["as_of"])
    caption = pack.label("memo_picture", level=level, month=as_of)
    paper.picture(paragraph, picture, PICTURE, f"{caption} {pack.sentences[0]}")
    paper.paragraphs(document, [caption], "Caption")


def _section(document, pack, title, lines=(), style="Normal"):
    """Write a numbered heading and what it heads."""
    at = 1 + sum(paragraph.style.name == "Heading 1" for paragraph in document.paragraphs)
    paper.paragraphs(document, [f"{at}. {pack.label(title)}"], "Heading 1")
    paper.paragraphs(document, lines, style)
