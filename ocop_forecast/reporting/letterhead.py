"""A Word file with Jinja's tags: read, tried out, filled in with text alone, and written.

Whatever a value says stays text, and a template can do nothing but show it, since it may come from anybody.
What its tags are, https://docxtpl.readthedocs.io tells.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from html import escape
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from ocop_forecast.errors import RunError
from ocop_forecast.files.cells import DAMAGE
from ocop_forecast.text import plain

LARGEST = 100_000_000  # bytes of a template, unpacked
MM = 36_000  # in the units in which Word measures


@dataclass(frozen=True)
class Template:
    """A template as it was read, so that what a run records of it is what its note is made from."""

    path: Path
    content: bytes

    @classmethod
    def read(cls, path: str | PathLike) -> "Template":
        """Read a template.

        Raises
        ------
        RunError
            If it is not there, or no Word document.
        """
        path = Path(path)
        try:
            read = cls(path, path.read_bytes())
            with ZipFile(BytesIO(read.content)) as parts:
                if sum(part.file_size for part in parts.infolist()) > LARGEST:
                    raise ValueError(f"> {LARGEST} B")
            read._opened()
        except (*DAMAGE, SyntaxError) as error:
            raise RunError("note_template_file", path=path, reason=_reason(error)) from error
        return read

    def try_out(self, names: Mapping[str, Any]) -> None:
        """Fill the template in with examples of all names, to see that it can be.

        Raises
        ------
        RunError
            If a tag is none, names what is not there, or stands where a Word document cannot do without what
            it would leave out.
        """
        from docx.oxml import parse_xml

        with self._told():
            template = self._opened()
            parse_xml(template.build_xml(names, _tags()))  # docxtpl would pass over what is no XML
            if unknown := template.get_undeclared_template_variables(_tags()) - names.keys():
                raise NameError(", ".join(sorted(unknown)))
            template.render(names, _tags())

    def filled(self, names: Mapping[str, Any], picture: bytes, alt: str, most: tuple[int, int]):
        """Fill in the document's tags.

        Parameters
        ----------
        names : mapping of str to object
            What the tags may name: texts, lists and mappings of them. "picture" is the picture.
        picture : bytes
            A PNG.
        alt : str
            What is read to those who cannot see it.
        most : tuple of int
            Millimetres that it may be wide and high.
        """
        with self._told():
            template = self._opened()
            template.render({**names, "picture": Picture(template, picture, alt, most)}, _tags())
        return template.docx

    def _opened(self):
        from docxtpl import DocxTemplate

        template = DocxTemplate(BytesIO(self.content))
        template.render_init()
        return template

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # an expression in a tag can raise any
            raise RunError("note_template_tag", path=self.path, reason=_reason(error)) from error


def _reason(error):
    """Tell an error in the library's words, with the lines with tags that it names."""
    near = [line.strip() for line in getattr(error, "docx_context", ()) if "{" in line]
    said = " ".join(f"{type(error).__name__}: {error}".split())
    return "; ".join([said, *near])[:300]


class Picture:
    """A picture that a template can show, and do nothing else with."""

    def __init__(self, template, drawn: bytes, alt: str, most: tuple[int, int]):
        self._template, self._drawn, self._alt, self._most = template, drawn, alt, most

    def __html__(self) -> str:
        from docx.shape import InlineShape
        from docx.shared import Length

        inline = self._template.current_rendering_part.new_pic_inline(BytesIO(self._drawn), None, None)
        shown = InlineShape(inline)
        sizes = zip(self._most, (shown.width, shown.height), strict=True)
        scale = min(size * MM / own for size, own in sizes)
        shown.width, shown.height = (Length(scale * own) for own in (shown.width, shown.height))
        inline.docPr.set("descr", plain(self._alt))
        around = ("</w:t></w:r><w:r><w:drawing>", '</w:drawing></w:r><w:r><w:t xml:space="preserve">')
        return inline.xml.join(around)


class Xml(str):
    """A text as XML has it."""

    def __html__(self) -> str:
        return self


def _tags():
    """Set up Jinja as a template may use it: nothing is changed or called that could do harm."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=True, finalize=_written)


def _written(value):
    """Write a value as text that Word can hold; docxtpl would take ``{_{`` for a tag that is to be shown."""
    if isinstance(value, Picture):
        return value
    return Xml(escape(plain(str(value))).replace("_", "&#95;"))


def stamped(document, moment: datetime) -> bytes:
    """Save a document as a file: the same bytes whenever and wherever it is written."""
    drawn, kept = BytesIO(), BytesIO()
    document.save(drawn)
    with ZipFile(drawn) as parts, ZipFile(kept, "w", ZIP_DEFLATED) as dated:
        for name in parts.namelist():
            entry = ZipInfo(name, moment.timetuple()[:6])
            entry.create_system, entry.compress_type = 0, ZIP_DEFLATED
            dated.writestr(entry, parts.read(name))
    return kept.getvalue()
