"""The colours of pictures, pages and workbook: Okabe and Ito's, which the colour-blind tell apart.

They differ in lightness, so that grey prints read. On a screen white letters need the darker orange, `RUST`.
"""

INK, BLUE, SKY, ORANGE, RUST = "#222222", "#0072B2", "#56B4E9", "#D55E00", "#B34700"
GREY, HEAD = "#D9D9D9", "#DCE9F5"  # a rule or what is no matter; the ground of a table's head

# the ground of a flag; of no target and no report it is the paper's
FLAGS = {"attained": BLUE, "on_track": "#CFE5F5", "at_risk": "#F7E3A1", "needs_support": ORANGE}
