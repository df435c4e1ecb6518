"""How a note is laid out in Word, whatever it says: its paper, styles, language and tables.

As Viet Nam's offices lay out their papers (Decree 30/2020).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from ocop_forecast.i18n.catalogue import language
from ocop_forecast.text import plain

MM, PT = 36_000, 12_700  # in the units in which Word measures
PAPER = {"page_width": 210, "page_height": 297}  # mm
MARGINS = {"top_margin": 20, "bottom_margin": 20, "left_margin": 30, "right_margin": 15}
FONT, LANGUAGE = "Times New Roman", {"vi": "vi-VN", "en": "en-US"}

# style: points, look, alignment, points before and after
STYLES = {
    "Normal": (13, "", "JUSTIFY", 0, 3),
    "Header": (13, "", "CENTER", 0, 0),
    "No Spacing": (12, "", "CENTER", 0, 0),
    "Title": (14, "bold", "CENTER", 8, 0),
    "Subtitle": (14, "bold", "CENTER", 0, 6),
    "Heading 1": (13, "bold", "LEFT", 5, 1),
    "List Bullet": (12, "", "LEFT", 0, 0),
    "Caption": (11, "italic", "CENTER", 0, 2),
    "Caution": (12, "bold", "LEFT", 0, 3),
    "Cell": (10, "", "CENTER", 0, 0),
    "Cell text": (10, "", "LEFT", 0, 0),
    "Recipients": (11, "", "LEFT", 0, 0),
    "Small": (9, "", "JUSTIFY", 0, 6),
}


def set_up(document, *, title: str, moment: datetime) -> None:
    """Give a document its paper, styles, language, title, page numbers and date, and nobody's name."""
    section, properties = document.sections[0], document.core_properties
    for name, size in (PAPER | MARGINS).items():
        setattr(section, name, size * MM)
    for name, style in STYLES.items():
        _style(document.styles, name, *style)
    _spoken(document, LANGUAGE[language()])
    _numbered(section)
    properties.title = plain(title)[:255]  # more it does not hold
    properties.language = LANGUAGE[language()]
    properties.author = properties.comments = ""
    properties.created = properties.modified = moment


def paragraphs(document, texts: Iterable[str], style: str) -> list:
    """Write each text as a paragraph, and return these."""
    return [document.add_paragraph(plain(text), style) for text in texts]


def fill(cell, texts: Sequence[str], looks: Sequence[str], style: str = "No Spacing") -> None:
    """Write texts into a cell, one under the other, each with its own look, such as ``bold italic``."""
    for at, (text, look) in enumerate(zip(texts, looks, strict=True)):
        paragraph = cell.add_paragraph() if at else cell.paragraphs[0]
        paragraph.style = style
        run = paragraph.add_run(plain(text))
        for one in look.split():
            setattr(run, one, True)


def table(document, widths: Sequence[int], style: str | None = None):
    """Add a table without rows; its columns are so many millimetres wide."""
    grid = document.add_table(0, len(widths), style)
    grid.autofit = False
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = width * MM
    return grid


def row(grid, *, heads: bool = False):
    """Add a row that no page break divides; one of heads stands on every page."""
    added = grid.add_row()
    _child(added._tr.get_or_add_trPr(), "w:cantSplit")
    if heads:
        _child(added._tr.get_or_add_trPr(), "w:tblHeader")
    return added


def side_by_side(document, widths: Sequence[int], height: int = 0):
    """Return blocks that stand beside each other: the cells of a row without lines."""
    added = row(table(document, widths))
    added.height = height * MM
    return added.cells


def ruled(paragraph, sides: Iterable[str], aside: int) -> None:
    """Draw lines along these sides of a paragraph, set in by so many millimetres."""
    layout = paragraph.paragraph_format
    layout.left_indent = layout.right_indent = aside * MM
    lines = _child(paragraph._p.pPr, "w:pBdr")
    for side in sides:
        _child(lines, f"w:{side}", val="single", sz="6", space="1", color="auto")
    paragraph._p.pPr.insert_element_before(lines, "w:ind")


def picture(paragraph, drawn: bytes, most: tuple[int, int], alt: str) -> None:
    """Put a picture into a paragraph, at most so many millimetres wide and high."""
    shown = paragraph.add_run().add_picture(BytesIO(drawn))
    scale = min(size * MM / own for size, own in zip(most, (shown.width, shown.height), strict=True))
    shown.width, shown.height = int(scale * shown.width), int(scale * shown.height)
    shown._inline.docPr.set("descr", plain(alt))


def saved(document, moment: datetime) -> bytes:
    """Return a document as a file: the same bytes whenever and wherever it is written."""
    drawn, kept = BytesIO(), BytesIO()
    document.save(drawn)
    with ZipFile(drawn) as parts, ZipFile(kept, "w", ZIP_DEFLATED) as stamped:
        for name in parts.namelist():
            entry = ZipInfo(name, moment.timetuple()[:6])
            entry.create_system, entry.compress_type = 0, ZIP_DEFLATED
            stamped.writestr(entry, parts.read(name))
    return kept.getvalue()


def _style(styles, name, points, look, alignment, before, after):
    """Set a style of Word's, or a new one, as the note has it."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    style = styles[name] if name in styles else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    for old in style.element.xpath("w:rPr | w:pPr/w:pBdr | w:pPr/w:contextualSpacing"):
        old.getparent().remove(old)
    _set_font(style, points, look)
    layout = style.paragraph_format
    layout.alignment, layout.line_spacing = WD_ALIGN_PARAGRAPH[alignment], 1.0
    layout.space_before, layout.space_after = before * PT, after * PT


def _set_font(style, points, look):
    """Give a style the note's font, whatever the script of a letter."""
    from docx.oxml.ns import qn

    style.font.name, style.font.size = FONT, points * PT
    for script in ("w:eastAsia", "w:cs"):
        style.element.rPr.rFonts.set(qn(script), FONT)
    for one in look.split():
        setattr(style.font, one, True)


def _spoken(document, language):
    """Say in which language the document is, so that Word checks its spelling by that."""
    from docx.oxml.ns import qn

    said = [
        *document.styles.element.iter(qn("w:lang")),
        *document.settings.element.iter(qn("w:themeFontLang")),
    ]
    for one in said:
        one.set(qn("w:val"), language)


def _numbered(section):
    """Set a page number at the top of every page but the first, as the decree has it."""
    section.different_first_page_header_footer = True
    paragraph = section.header.paragraphs[0]
    field = _child(paragraph._p, "w:fldSimple", instr="PAGE")
    _child(_child(field, "w:r"), "w:t").text = "2"


def _child(parent, tag, **attributes):
    """Add to a part of the document what python-docx has no words for."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    child = OxmlElement(tag, {qn(f"w:{name}"): value for name, value in attributes.items()})
    parent.append(child)
    return child
