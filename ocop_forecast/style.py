"""How a picture is drawn: its style, its sheet, the texts that fit on it, and the files it ends in.

Colours are Okabe and Ito's: the colour-blind tell them apart, and so does a grey print by their lightness.
Text is never mathematics: a ``$`` in a product's name is a dollar sign.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from io import BytesIO
from textwrap import wrap

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ticker import MaxNLocator

from .palette import INK, RUST

STYLE = {
    "text.parse_math": False,
    "font.family": ["DejaVu Sans"],
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#666666",
    "axes.labelcolor": INK,
    "legend.frameon": False,
    "figure.dpi": 100,
    "svg.fonttype": "path",
    "svg.hashsalt": "ocop_forecast",
}
LONGEST = 40  # letters of a name in a picture; the tables have it whole
LINE = 0.2  # inches a line of text takes


def _in_style(function):
    """Run `function` in this module's style, whatever the reader's settings, and leave those as they were."""

    @wraps(function)
    def inside(*args, **kwargs):
        with mpl.style.context(("default", STYLE)):
            return function(*args, **kwargs)

    return inside


class Picture(Figure):
    """A figure that is drawn and saved in the style too, since matplotlib makes ticks only when it draws."""

    draw, savefig = map(_in_style, (Figure.draw, Figure.savefig))

    def set_canvas(self, canvas):
        """Let this canvas bear the figure; JupyterLab has it write the file that a cell shows."""
        super().set_canvas(canvas)
        canvas.print_figure = _in_style(canvas.print_figure)


def styled(draw: Callable[..., Axes]) -> Callable[..., Axes]:
    """Run `draw` in this module's style, and leave the reader's settings as they were."""

    @wraps(draw)
    def inside(*args, **kwargs):
        axes, interactive = _in_style(lambda: (draw(*args, **kwargs), plt.isinteractive()))()
        mpl.interactive(interactive)  # a notebook's backend, loaded by its first figure, turns it on for good
        axes.figure.stale = False  # nothing to be drawn before it is shown, which draws it: not twice
        return axes

    return inside


def sheet(title: str, width: float = 8, height: float = 4.2) -> Axes:
    """Begin a figure of so many inches, its title in as many lines as it takes; return its axes."""
    figure, axes = plt.subplots(figsize=(width, height), layout="constrained", FigureClass=Picture)
    letters = int(72 * (width - 0.2) / 8)  # a bold letter of the title takes at most about 8 points
    _headed(figure, "\n".join(wrap(title, letters)))
    return axes


def _headed(figure, text, **where):
    figure.suptitle(text, x=0.1 / figure.get_figwidth(), ha="left", fontsize=12, fontweight="bold", **where)


def title(axes: Axes) -> str:
    """Read the title of a picture in one line."""
    return axes.figure.get_suptitle().replace("\n", " ")


def placed(axes: Axes, left: float = 0.75, right: float = 0.2, bottom: float = 0.6, note: str = "") -> Axes:
    """Give the axes all of their figure but these margins in inches, the title's, and a note's below that.

    What every district's notebook draws is placed so: to let matplotlib try takes as long as to draw.
    """
    figure = axes.figure
    figure.set_layout_engine(None)
    width, height = figure.get_size_inches()
    top = 0.2 + LINE * (1 + figure.get_suptitle().count("\n"))
    _headed(figure, figure.get_suptitle(), y=1 - 0.08 / height)
    if note:
        lines = wrap(note, int(12 * width))
        figure.text(0.1 / width, 1 - (top - 0.05) / height, "\n".join(lines), va="top", fontsize=9.5)
        top += 0.1 + 0.16 * len(lines)
    figure.subplots_adjust(left / width, bottom / height, 1 - right / width, 1 - top / height)
    return axes


def marked(axes: Axes, mark: str) -> Axes:
    """Write a mark across a picture, so that it stays on it wherever it is copied; none if it is blank."""
    if mark:
        width, height = axes.figure.get_size_inches()
        look = {"fontsize": min(72 * 1.2 * width / len(mark), 48), "color": RUST, "alpha": 0.16}
        slope = np.degrees(np.arctan2(height, width)) / 2
        axes.figure.text(0.5, 0.5, mark, ha="center", va="center", rotation=slope, fontweight="bold", **look)
    return axes


def legend_below(axes: Axes, columns: int) -> float:
    """Put the legend under the axes in so many columns; return how many inches it and the labels take."""
    handles, labels = axes.get_legend_handles_labels()
    axes.figure.legend(handles, labels, loc="lower center", ncols=columns)
    return 0.72 + LINE * -(-len(labels) // columns)


def whole_numbers(axis) -> None:
    """Let an axis bear whole numbers alone."""
    axis.set_major_locator(MaxNLocator(integer=True, nbins=8))


def inches(texts: Iterable[str]) -> float:
    """Measure how wide the longest of some texts is, and a little more for one whose letters are wider."""
    font = _font()
    font.set_text(max(texts, key=len))
    return 1.1 * font.get_width_height()[0] / 64 / 72  # FreeType counts in 64ths of a point


def name(text: str, longest: int = LONGEST) -> str:
    r"""Write a name as a picture can show it: not too long, and in letters that the font has.

    Examples
    --------
    >>> name("Thành phố Sầm Sơn"), name("x" * 200, 5), name("a\n\tb \u6f22")
    ('Thành phố Sầm Sơn', 'xxxx…', 'a b □')
    """
    font, text = _font(), " ".join(text.split())
    text = text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
    return "".join(letter if font.get_char_index(ord(letter)) else "□" for letter in text)


def _font():
    font = get_font(findfont(FontProperties(family=STYLE["font.family"])))
    font.set_size(STYLE["font.size"], 72)
    return font


def offscreen() -> None:
    """Draw without a window from now on, and as matplotlib comes, as a batch does."""
    plt.switch_backend("agg")
    plt.rcdefaults()


def svg(axes: Axes) -> bytes:
    """Draw the figure of `axes` as SVG, the same bytes for the same figure, and close it."""
    return images(axes, kinds=("svg",))["svg"]


def images(axes: Axes, kinds: Iterable[str] = ("svg", "png"), dpi: int = 150) -> dict[str, bytes]:
    """Draw the figure of `axes` as a file of each kind, and close it; same figure, same bytes."""
    files, nothing = {}, {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}
    for kind in kinds:
        buffer = BytesIO()
        axes.figure.savefig(buffer, format=kind, dpi=dpi, metadata=nothing[kind])
        files[kind] = buffer.getvalue()
    plt.close(axes.figure)
    return files
