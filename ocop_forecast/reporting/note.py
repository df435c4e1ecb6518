"""The meeting's note: three pages in Word that an office edits, numbers and signs.

A template says how it is laid out: ours, or an office's own with its letterhead. This module says what the
template's tags stand for.
"""

from os import PathLike
from pathlib import Path
from typing import Any

from ocop_forecast.bands import by_need
from ocop_forecast.files.writing import shipped
from ocop_forecast.i18n.catalogue import label, language
from ocop_forecast.i18n.formats import month, number, percent
from ocop_forecast.text import plain

from .letterhead import Template, stamped
from .pack import SHOWN, Pack, table
from .poster import poster
from .reasons import moved, why

OURS = shipped("templates") / "note.docx"
LANGUAGE = {"vi": "vi-VN", "en": "en-US"}
PICTURE = (165, 65)  # millimetres at most
LINES, MOVED = 12, 2  # of reasons, and units with another standing; those left out are counted
# notes for which there is no room, and what stands in the title or among the cautions
ELSEWHERE = (
    "note_as_of", "note_year", "note_probability", "note_interval", "note_sums", "note_dossiers",
    "note_origin", "note_breaks", "note_rounds", "note_fit", "note_draws", "note_sources",
)  # fmt: skip

# what a template may name besides cautions, title, heading and province: texts, blocks of lines that an
# office writes in its own way, and sections with the words of their titles
TEXTS = ("mark", "kind", "subject", "picture", "caption")
BLOCKS = ("office", "state", "recipients", "maker", "head")
SECTIONS = {
    "summary": "sheet_summary",
    "decisions": "memo_decisions",
    "units": "memo_units",
    "needy": "memo_needy",
    "changes": "memo_changes",
    "money": "memo_plan",
    "sources": "memo_sources",
}


def template_of(path: str | PathLike) -> Template:
    """Read an office's template of the note, and try it out.

    Raises
    ------
    RunError
        If it is no Word document, or a tag cannot be filled in.
    """
    template = Template.read(path)
    for lines in ([], ["…"]):
        template.try_out(_example(lines))
    return template


def _example(lines):
    """Make up all that a template may name, with as many lines in every list, and units in the table."""
    row, texts = dict.fromkeys(SHOWN, "…"), dict.fromkeys(TEXTS, "…")
    lists, blocks = dict.fromkeys([*SECTIONS, "cautions"], lines), dict.fromkeys(BLOCKS, ["…"] * 3)
    titles = {"title": dict.fromkeys(SECTIONS, "…")}
    return texts | lists | blocks | titles | {"heading": row, "units": [row], "province": row}


def write_note(path: str | PathLike, pack: Pack, picture: bytes, template: Template | None = None) -> None:
    """Write the pack as a note to be signed; text stays text, and the same pack gives the same bytes.

    Parameters
    ----------
    path : path
        The file.
    pack : Pack
        What the meeting is given.
    picture : bytes
        A PNG of the forecast; one that is wider than high is the easier to read.
    template : Template, optional
        As from `template_of`; without one, that which comes with the tool.

    Raises
    ------
    RunError
        If a tag of the template cannot be filled in.
    """
    named = names(pack)
    alt = f"{named['caption']} {pack.sentences[0]}"
    document = (template or Template.read(OURS)).filled(named, picture, alt, PICTURE)
    _describe(document, pack, ", ".join(named["subject"].splitlines()))
    Path(path).write_bytes(stamped(document, pack.moment))


def _describe(document, pack, title):
    """Say in a document what it is called, when it was made and in which language, and nobody's name."""
    from docx.oxml.ns import qn

    properties, spoken = document.core_properties, LANGUAGE.get(language(), language())
    properties.title, properties.language = plain(title)[:255], spoken  # more a title does not hold
    properties.author = properties.last_modified_by = properties.comments = ""
    properties.created = properties.modified = pack.moment
    for part, tag in ((document.styles, "w:lang"), (document.settings, "w:themeFontLang")):
        for said in part.element.iter(qn(tag)):  # by that Word checks the spelling
            said.set(qn("w:val"), spoken)


def names(pack: Pack) -> dict[str, Any]:
    """Name for a template what it may show: texts, lists of lines, and the table of the units.

    Examples
    --------
    ``{{ subject }}``, ``{{ title.needy }}``, ``{%p for line in needy %}``, ``{{ unit.median }}``.
    """
    outlook, shown = pack.outlook, table(pack.outlook)
    rows = [dict(zip(SHOWN, row, strict=True)) for row in shown.to_numpy()]
    level, as_of = number(100 * outlook.level), month(outlook.as_of)
    words = {"name": pack.province["name"], "year": outlook.year, "month": as_of}
    sections = _sections(pack) | {"units": rows[:-1]}
    return {
        "mark": ". ".join(pack.marks),
        "kind": label("memo_kind"),
        "subject": label("memo_subject", **words),
        "caption": label("memo_picture", level=level, month=as_of),
        **{block: label(f"memo_{block}").splitlines() for block in BLOCKS},
        "cautions": pack.cautions,
        "title": _titles(pack, sections),
        **sections,
        "heading": dict(zip(SHOWN, shown.columns, strict=True)),
        "province": rows[-1],
    }


def _sections(pack):
    """List the lines of every section but that of the table; one without lines is left out of the note."""
    has_targets, first = pack.outlook.table["target"].notna().any(), poster(pack)
    answer, *further = pack.sentences
    because = [first.because] if first.because else []
    return {
        "summary": [answer, *because, *further, *pack.doubts("memo_sources")],
        "decisions": first.decisions,
        "needy": _reasons(pack) if has_targets else [],
        "changes": [] if pack.changes is None else [_changed(pack)],
        "money": [_money(pack)] if has_targets else [],
        "sources": [_sources(pack)],
    }


def _titles(pack, sections):
    """Title every section, with its number among those that there are."""
    there = [name for name in SECTIONS if sections[name]]
    keys = SECTIONS | ({"money": "memo_gains"} if pack.plan is None else {})
    numbered = {name: f"{at}. {label(keys[name])}" for at, name in enumerate(there, 1)}
    return dict.fromkeys(SECTIONS, "") | numbered


def _money(pack):
    """Say what the plan that is proposed gains, or without one where one more product would do most."""
    if pack.plan is None:
        return " ".join(pack.gain_sentences)
    # where the assumption is from, and how far the plan hangs on it, the page tells
    effects = pack.plan.effects[["low", "effect", "high"]].mean()
    terms = label("memo_plan_terms", **{name: percent(p) for name, p in effects.items()})
    return f"{pack.plan_sentences[0]} {terms}"


def _reasons(pack):
    """Say why units need support: a line a reason, that of the least likely unit first.

    What the table says of each unit, and what holds for all of them, is not said again for each.
    """
    needy = _needy(pack)
    if not needy:
        return [label("headline_none")]
    for_all = [one for one in next(iter(needy)) if len(needy) > 1 and all(one in said for said in needy)]
    own = [" ".join(one for one in said if one not in for_all) for said in needy]
    lines = [f"{', '.join(names)}: {said}" for names, said in zip(needy.values(), own, strict=True)]
    if more := sum(len(names) for names in list(needy.values())[LINES:]):
        lines[LINES:] = [label("headline_needy_more", more=more)]
    return [*lines, label("memo_for_all", said=" ".join(for_all))] if for_all else lines


def _needy(pack):
    """Group the units that need support by the reason, the least likely first."""
    outlook = pack.outlook
    needy: dict[tuple[str, ...], list[str]] = {}
    flagged = outlook.units[outlook.flags["flag"].iloc[:-1] == "needs_support"]
    for row in by_need(flagged, outlook.earned).itertuples():
        reason = outlook.reasons[row.Index]
        said = why(reason, beyond_the_table=True) or why(reason)
        needy.setdefault(tuple(said), []).append(row.name)
    return needy


def _changed(pack):
    """Tell what changed in the province, and which units have another standing, with why."""
    units = pack.changes.units
    who = [
        f"{row['name']} ({label('flag_' + row['flag'])}: {moved(row, pack.changes)})"
        for _, row in units[units["moved"]].iterrows()
    ]
    if len(who) > MOVED:
        who[MOVED:] = [label("memo_more", more=len(who) - MOVED)]
    said = [label("memo_moved", names=", ".join(who))] if who else []
    return " ".join([*pack.change_sentences, *said])


def _sources(pack):
    """Say how far to trust the forecast, what it rests on, and where the rest of that stands."""
    elsewhere = {label(key) for key in ELSEWHERE}
    said = [f"{key}: {text.rstrip('.')}." for key, text in pack.notes.items() if key not in elsewhere]
    return " ".join([*pack.trust.splitlines(), *said, label("memo_elsewhere")])
