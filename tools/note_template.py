"""Write the note's template, ocop_forecast/templates/note.docx: its paper, styles and tables, and their tags.

It is laid out as Viet Nam's offices lay out their papers (Decree 30/2020). What its tags stand for is told,
in the reader's language, by `ocop_forecast/reporting/note.py`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from ocop_forecast.reporting.letterhead import stamped

TEMPLATE = Path(__file__).resolve().parents[1] / "ocop_forecast" / "templates" / "note.docx"
PAPER = {"page_width": 210, "page_height": 297}  # mm
MARGINS = {"top_margin": 20, "bottom_margin": 20, "left_margin": 30, "right_margin": 15}
FONT, MADE = "Times New Roman", datetime(2024, 1, 1)  # noqa: DTZ001 -- a file's date has no zone
HEAD, FOOT, SIGNED = (66, 99), (75, 90), 29  # mm: widths of blocks side by side, and room to sign
COLUMNS = {"name": 33, "so_far": 16, "target": 14, "median": 19, "interval": 20, "p_reach": 21, "flag": 42}

# style: points, look, alignment, points before and after
STYLES = {
    "Normal": (13, "", "JUSTIFY", 0, 3),
    "Header": (13, "", "CENTER", 0, 0),
    "No Spacing": (12, "", "CENTER", 0, 0),
    "Title": (14, "bold", "CENTER", 8, 0),
    "Subtitle": (14, "bold", "CENTER", 0, 6),
    "Heading 1": (13, "bold", "LEFT", 5, 1),
    "List Bullet": (13, "", "LEFT", 0, 0),
    "Caption": (11, "italic", "CENTER", 0, 2),
    "Caution": (12, "", "LEFT", 0, 3),
    "Mark": (13, "bold", "CENTER", 6, 0),
    "Cell": (11, "", "CENTER", 0, 0),
    "Cell text": (11, "", "LEFT", 0, 0),
    "Recipients": (11, "", "LEFT", 0, 0),
    "Small": (11, "", "JUSTIFY", 0, 3),
}


def made() -> bytes:
    """Return the template: the same bytes whenever it is made."""
    document = Document()
    set_up(document)
    letterhead(document)
    section(document, "summary")
    section(document, "decisions", "List Bullet")
    document.add_paragraph("{{ title.units }}", "Heading 1")
    units(document)
    picture(document)
    section(document, "needy", "List Bullet")
    section(document, "changes")
    section(document, "money")
    section(document, "sources", "Small")
    cautions(document)
    signatures(document)
    return stamped(document, MADE)


def set_up(document) -> None:
    """Give a document its paper, styles and page numbers, and nobody's name."""
    page, properties = document.sections[0], document.core_properties
    for name, size in (PAPER | MARGINS).items():
        setattr(page, name, Mm(size))
    for name, look in STYLES.items():
        restyle(document.styles, name, *look)
    properties.title = properties.author = properties.comments = ""
    properties.created = properties.modified = MADE
    page.different_first_page_header_footer = True  # the decree has no number on the first page
    field = child(page.header.paragraphs[0]._p, "w:fldSimple", instr="PAGE")
    child(child(field, "w:r"), "w:t").text = "2"


def restyle(styles, name: str, points: int, look: str, alignment: str, before: int, after: int) -> None:
    """Set a style of Word's, or a new one, as the note has it: one font, whatever the script of a letter."""
    style = styles[name] if name in styles else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    for old in style.element.xpath("w:rPr | w:pPr/w:pBdr | w:pPr/w:contextualSpacing"):
        old.getparent().remove(old)
    style.font.name, style.font.size = FONT, Pt(points)
    for script in ("w:eastAsia", "w:cs"):
        style.element.rPr.rFonts.set(qn(script), FONT)
    for one in look.split():
        setattr(style.font, one, True)
    layout = style.paragraph_format
    layout.alignment, layout.line_spacing = WD_ALIGN_PARAGRAPH[alignment], 1.0
    layout.space_before, layout.space_after = Pt(before), Pt(after)


def letterhead(document) -> None:
    """Write who writes, in what state, when and about what: what an office replaces by its own."""
    office, state = side_by_side(document, HEAD)
    fill(office, lines("office", 3), ("bold", "", ""))
    fill(state, lines("state", 3), ("bold", "bold underline", "italic"))
    ruled(office.paragraphs[1], ["top"], 22)
    document.add_paragraph("{%p if mark %}")
    ruled(document.add_paragraph("{{ mark }}", "Mark"), ("top", "left", "bottom", "right"), 2)
    document.add_paragraph("{%p endif %}")
    document.add_paragraph("{{ kind }}", "Title")
    document.add_paragraph("{{ subject }}", "Subtitle")


def section(document, name: str, style: str = "Normal") -> None:
    """Write a heading and a paragraph for each line below it, where there are any."""
    document.add_paragraph(f"{{%p if {name} %}}")
    document.add_paragraph(f"{{{{ title.{name} }}}}", "Heading 1")
    document.add_paragraph(f"{{%p for line in {name} %}}")
    document.add_paragraph("{{ line }}", style)
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("{%p endif %}")


def cautions(document) -> None:
    """Write what must be known of the data, each in a frame of its own."""
    document.add_paragraph("{%p for line in cautions %}")
    ruled(document.add_paragraph("{{ line }}", "Caution"), ("top", "left", "bottom", "right"), 2)
    document.add_paragraph("{%p endfor %}")


def units(document) -> None:
    """Write the table of all units, the province last: names and standings to the left, numbers centred."""
    grid = table(document, [*COLUMNS.values()], "Table Grid")
    for text, of, look in (
        ("", "heading", "bold"),
        ("{%tr for unit in units %}", "", ""),
        ("", "unit", ""),
        ("{%tr endfor %}", "", ""),
        ("", "province", "bold"),
    ):
        added = row(grid, heads=of == "heading")
        for at, (cell, name) in enumerate(zip(added.cells, COLUMNS, strict=True)):
            shown = f"{{{{ {of}.{name} }}}}" if of else text * (at == 0)
            fill(cell, [shown], [look], "Cell text" if at in (0, len(COLUMNS) - 1) else "Cell")


def picture(document) -> None:
    """Leave a place for the picture, and its caption on the same page."""
    layout = document.add_paragraph("{{ picture }}", "Caption").paragraph_format
    layout.space_before, layout.keep_with_next = Pt(6), True
    document.add_paragraph("{{ caption }}", "Caption")


def signatures(document) -> None:
    """Leave room for who receives the report, and who signs it."""
    recipients, head = side_by_side(document, FOOT, SIGNED)
    fill(recipients, lines("recipients", 3), ("bold italic", "", ""), "Recipients")
    fill(head, lines("head", 2), ("bold", "italic"))
    document.add_paragraph(style="Small")  # Word puts a larger one below a table that ends a document


def lines(name: str, count: int) -> list[str]:
    """Return what is replaced by the lines of a block."""
    return [f"{{{{ {name}[{at}] }}}}" for at in range(count)]


def fill(cell, texts: Sequence[str], looks: Sequence[str], style: str = "No Spacing") -> None:
    """Write texts into a cell, one under the other, each with its own look, such as ``bold italic``."""
    for at, (text, look) in enumerate(zip(texts, looks, strict=True)):
        paragraph = cell.add_paragraph() if at else cell.paragraphs[0]
        paragraph.style = style
        run = paragraph.add_run(text)
        for one in look.split():
            setattr(run, one, True)


def table(document, widths: Sequence[int], style: str | None = None):
    """Add a table without rows; its columns are so many millimetres wide."""
    grid = document.add_table(0, len(widths), style)
    grid.autofit = False
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = Mm(width)
    return grid


def row(grid, *, heads: bool = False):
    """Add a row that no page break divides; one of heads stands on every page."""
    added = grid.add_row()
    child(added._tr.get_or_add_trPr(), "w:cantSplit")
    if heads:
        child(added._tr.get_or_add_trPr(), "w:tblHeader")
    return added


def side_by_side(document, widths: Sequence[int], height: int = 0):
    """Return blocks that stand beside each other: the cells of a row without lines."""
    added = row(table(document, widths))
    added.height = Mm(height)
    return added.cells


def ruled(paragraph, sides: Iterable[str], aside: int) -> None:
    """Draw lines along these sides of a paragraph, set in by so many millimetres."""
    layout = paragraph.paragraph_format
    layout.left_indent = layout.right_indent = Mm(aside)
    drawn = child(paragraph._p.pPr, "w:pBdr")
    for side in sides:
        child(drawn, f"w:{side}", val="single", sz="6", space="1", color="auto")
    paragraph._p.pPr.insert_element_before(drawn, "w:ind")


def child(parent, tag: str, **attributes: str):
    """Add to a part of the document what python-docx has no words for."""
    added = OxmlElement(tag, {qn(f"w:{name}"): value for name, value in attributes.items()})
    parent.append(added)
    return added


if __name__ == "__main__":
    TEMPLATE.write_bytes(made())
