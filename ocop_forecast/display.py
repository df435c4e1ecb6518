"""How results look in JupyterLab: tables with aligned numbers and coloured flags, objects as a few facts.

Columns keep the names that an analyst types next; cells are written to be read: a probability in per cent,
an unknown as a dash, a flag as a coloured word. Everything is escaped. Text and files stay pandas' own.
"""

import html
import re
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import accumulate
from textwrap import wrap
from typing import NamedTuple

import pandas as pd
from pandas.api.types import is_bool, is_integer, is_number, is_numeric_dtype, is_scalar

from ocop_forecast.i18n.catalogue import LANGUAGES, in_all_languages, label, language
from ocop_forecast.i18n.formats import percent

from .palette import FLAGS

MONTHS = 24  # the latest of a panel
COLUMNS = 40
LINES, WIDTH = 12, 100  # of a result in plain text
LEAST = 5  # lines for a table in it
SPACES = dict.fromkeys(map(ord, "\u00a0\u202f"), " ")
ENDS = 5  # rows or columns at either end of what is too long
CHANCE = re.compile(r"p_|with_\d")  # a column of probabilities
FIGURE = re.compile(r"[<>+–-]?[\d\s.,]*(–\d+)?\s?%?")
COLOURS = {
    flag: f"{look.ground.lower()};color:{look.ink.lower()};border-style:{look.line}"
    for flag, look in FLAGS.items()
}
PILL = "white-space:nowrap;padding:0 .5em;border:1px solid #222;border-radius:.8em;background:"


class Sentence(str):
    """A text that JupyterLab shows as a paragraph, whatever signs its names hold."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        lines = html.escape(self).replace("\n", "<br>")
        return f'<p style="font-size:1.15em;max-width:48em">{lines}</p>'


class Prose(str):
    """A text in Markdown that JupyterLab and a notebook's page show as it is meant."""

    __slots__ = ()

    def _repr_markdown_(self) -> str:
        return str(self)


class Table(pd.DataFrame):
    """A DataFrame that shows itself well in JupyterLab; in all else it is pandas'.

    Examples
    --------
    >>> table = Table({"p_reach": [0.213], "flag": ["at_risk"]}, index=["<b>"])
    >>> page = table.query("p_reach < 0.5")._repr_html_()
    >>> "21%" in page, "&lt;b&gt;" in page, "<b>" in page
    (True, True, False)
    """

    @property
    def _constructor(self):
        return Table

    @classmethod
    def of(cls, table: pd.DataFrame) -> "Table":
        """Give a table a face."""
        return cls(table).__finalize__(table)

    def _repr_html_(self) -> str:
        return card("", {}, self)


class Cell(NamedTuple):
    """One cell as it is read."""

    text: str
    wordy: bool = False
    flag: str = ""


def card(title: str, facts: Mapping[str, object], *tables: pd.DataFrame, notes: Iterable[str] = ()) -> str:
    """Show a result as HTML: its title, its facts on a line, tables, and what is to be noted.

    Title and facts are keys of the catalogues, without their ``card_``, and said in the reader's language.
    """
    shown = [_table(table) for table in tables]
    title = label(f"card_{title}") if title else ""
    facts = {label(f"card_{name}"): cell([name], fact).text for name, fact in facts.items()}
    terms = {"pill": PILL, "colours": COLOURS}
    return render("face.html.j2", title=title, facts=facts, tables=shown, notes=notes, **terms)


class Shown:
    """What shows itself by its face: in JupyterLab as HTML, in plain text in a dozen lines at most.

    `_face` returns its title, its facts and its tables, as `card` takes them.
    """

    def _face(self) -> tuple:
        raise NotImplementedError

    def _repr_html_(self) -> str:
        return card(*self._face())

    def __repr__(self) -> str:
        return plain(*self._face())


class OfUnits(Shown):
    """A result with a `table` of units, the province in its last row."""

    table: pd.DataFrame

    @property
    def units(self) -> pd.DataFrame:
        """The rows of the units."""
        return self.table.iloc[:-1]

    @property
    def province(self) -> pd.Series:
        """The row of the province."""
        return self.table.iloc[-1]


def plain(title: str, facts: Mapping[str, object], *tables: pd.DataFrame) -> str:
    """Show a result as text of at most `LINES` lines: its title, its facts, and what fits of its tables.

    Examples
    --------
    >>> import ocop_forecast as ocop
    >>> with ocop.set_options(lang="en"):
    ...     print(plain("plan", {"budget": 5e8}, Table({"gain": [0.5, 0.25]}, index=["389", "390"])))
    Plan of support
    budget (VND) 500 000 000
         gain
    389  0.50
    390  0.25
    """
    said = [f"{label(f'card_{name}')} {cell([name], fact).text}" for name, fact in facts.items()]
    lines = [label(f"card_{title}"), *wrap(" · ".join(said), WIDTH)]
    for table in tables:
        if LINES - len(lines) >= LEAST:
            lines += _rows(table, LINES - len(lines))
    return "\n".join(lines).translate(SPACES)


def _rows(table, most):
    """Return the lines of a table that fit: its head, then all its rows, or those at either end."""
    shown = _table(table)
    rows = [[name, *(cell.text for cell in cells)] for name, cells in shown["rows"]]
    if len(rows) > most - 1:
        rows = [*rows[: most - 4], ["…"] * len(rows[0]), *rows[-2:]]
    rows = [["", *(name for name, _ in shown["head"])], *rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    fits = max(sum(total <= WIDTH for total in accumulate(width + 2 for width in widths)), 1)
    wordy = [True, *(wordy for _, wordy in shown["head"])]
    padded = [[_pad(*one) for one in zip(row, widths, wordy, strict=True)][:fits] for row in rows]
    return ["  ".join(row).rstrip() for row in padded]


def _pad(text, width, wordy):
    return text.ljust(width) if wordy else text.rjust(width)


def _table(table):
    """Prepare a table for its template: corner, head, rows, and what is told below it.

    Of months of counts the latest are shown, and zeros as dots; of other rows all, or those at either end.
    """
    table = _in_one_language(table)
    months = isinstance(table.index, pd.PeriodIndex) and all(map(is_numeric_dtype, table.dtypes))
    rows = _latest(len(table)) if months else _ends(len(table), pd.get_option("display.max_rows"))
    columns = _ends(table.shape[1], COLUMNS)
    cells = [
        (_label(table.index, at), [_cell(table, at, column, months) for column in columns]) for at in rows
    ]
    heads = zip((_label(table.columns, at) for at in columns), _wordy(cells, len(columns)), strict=True)
    corner = " · ".join(str(name) for name in table.index.names if name is not None)
    size = {"rows": len(table), "columns": table.shape[1]} if None in rows + columns else {}
    total = {"sum": table.to_numpy().sum()} if months else {}
    told = {name: cell([name], value).text for name, value in (size | total | table.attrs).items()}
    return {"corner": corner, "head": [*heads], "rows": cells, "told": told}


def _in_one_language(table):
    """Drop columns that say in the other language what a column says in the reader's."""
    said = [
        name.removesuffix(language()) for name in map(str, table.columns) if name.endswith(f"_{language()}")
    ]
    others = [f"{stem}{lang}" for stem in said for lang in LANGUAGES if lang != language()]
    return table.drop(columns=others, errors="ignore")


def _latest(size):
    """List the places of the latest months, after a gap where earlier ones are left out."""
    return [*([None] if size > MONTHS else []), *range(max(size - MONTHS, 0), size)]


def _ends(size, most):
    """List all places, or those at either end around a gap."""
    whole = not most or size <= most
    return [*range(size)] if whole else [*range(ENDS), None, *range(size - ENDS, size)]


def _label(index, at):
    return "…" if at is None else _said(index[at])


def _cell(table, at, column, months):
    """Make the cell at a place, or the one that stands for those left out."""
    if at is None or column is None:
        return Cell("…")
    shown = cell((table.columns[column], table.index[at]), table.iat[at, column])
    return Cell("·") if months and shown.text == "0" else shown


def _wordy(rows, columns):
    """Tell for each column whether it holds words, and not figures, in most of its rows."""
    return [2 * sum(cells[at].wordy for _, cells in rows) > len(rows) for at in range(columns)]


def cell(names: Iterable, value: object) -> Cell:
    r"""Write a value as it is read where its column or its row bears one of these names.

    Examples
    --------
    >>> cell(["p_reach"], 0.999).text, cell(["shortfall"], 1.25).text, cell(["money"], 450_000_000).text
    ('>99%', '1.25', '450\u202f000\u202f000')
    >>> cell(["flag"], "at_risk").flag, cell(["Standing"], "cần hỗ trợ").flag, cell(["target"], None).text
    ('at_risk', 'needs_support', '–')
    """
    if not is_scalar(value) and not isinstance(value, pd.Period):
        return Cell(str(value), wordy=True)
    if pd.isna(value):
        return Cell("–")
    if is_number(value) and not is_bool(value):
        return Cell(_number(names, value))
    text = _said(value)
    return Cell(text, wordy=not FIGURE.fullmatch(text), flag=_flags().get(text, ""))


def _number(names, value):
    if any(isinstance(name, str) and CHANCE.match(name) for name in names):
        return percent(value)
    whole = is_integer(value) or (abs(value) >= 1000 and float(value).is_integer())
    if not whole:
        return f"{value:.2f}"
    return f"{value:,.0f}".replace(",", "\u202f") if abs(value) >= 10_000 else f"{value:.0f}"


@cache
def _flags():
    """Map all spellings of a flag to the flag."""
    spellings = {flag: [flag, *in_all_languages(f"flag_{flag}")] for flag in COLOURS}
    spellings["needs_support"] += in_all_languages("flag_province")
    return {text: flag for flag, texts in spellings.items() for text in texts}


def _said(value):
    """Write a label, a day or a word in one line of text; a tuple is its parts."""
    if isinstance(value, tuple):
        return " · ".join(map(str, value))
    if isinstance(value, pd.Timestamp) and value == value.normalize():
        return f"{value:%Y-%m-%d}"
    return str(value)


def render(template: str, **values) -> str:
    """Fill in one of the package's templates; every text is escaped."""
    return _templates().get_template(template).render({"lang": language()} | values)


@cache
def _templates():
    from jinja2 import Environment, PackageLoader

    loader = PackageLoader("ocop_forecast")
    pages = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    pages.filters["zip"], pages.globals["label"] = zip, label
    return pages
