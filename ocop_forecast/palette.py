"""The colours of pictures, pages and workbook: Okabe and Ito's, which the colour-blind tell apart.

They differ in lightness, so that grey prints read. On a screen white letters need the darker orange, `RUST`.
A flag is told by its mark and its line too: no reader needs a tone to tell two of them apart.
"""

from typing import NamedTuple

INK, BLUE, SKY, ORANGE, RUST = "#222222", "#0072B2", "#56B4E9", "#D55E00", "#B34700"
GREY, HEAD = "#D9D9D9", "#DCE9F5"  # a rule or what is no matter; the ground of a table's head


class Look(NamedTuple):
    """How a flag looks wherever it is shown: ground, ink on it, mark before its words, line around it.

    The line is solid, dashed or dotted, as both CSS and matplotlib call it.
    """

    ground: str
    ink: str
    mark: str
    line: str


# in the order in which units are shown, those first that need most; what is attained recedes
FLAGS = {
    "needs_support": Look(RUST, "#FFFFFF", "▲", "solid"),
    "no_report": Look("#FFFFFF", INK, "?", "dashed"),
    "at_risk": Look("#F7D774", INK, "◐", "dashed"),
    "on_track": Look("#CFE5F5", INK, "○", "solid"),
    "no_target": Look("#FFFFFF", INK, "–", "dotted"),
    "attained": Look("#F2F2F2", "#555555", "●", "dotted"),
}
