"""Controls for a notebook: a budget, an effect and a goal, and the plan that follows from them."""

import base64

import pandas as pd

from . import ink, plots
from .allocation import support
from .counsel import advice
from .effect import assumed
from .forecast import Forecast
from .labels import label, number, percent
from .optimum import GOALS
from .outlook import attainment
from .province import Province

STEP = 50  # million VND, one dossier
SHOWN = ["name", "so_far", "target", "p_reach", "supports", "p_with"]


def support_controls(
    forecast: Forecast, province: Province, *, budget: float, goal: str = "units", lang: str = "vi"
):
    """Return controls that redraw plan, table and map at once; without a hand on them they show this plan.

    Parameters
    ----------
    forecast, province
        As from `project` and `read_province`.
    budget : float
        VND, to begin with.
    goal : {"units", "products", "province"}
        To begin with.
    lang : {"vi", "en"}
        The reader's language.

    Returns
    -------
    ipywidgets.VBox
        Its children: budget, effect and goal, then the plan in words, its table and its map.
    """
    import ipywidgets as widgets

    usual = assumed(forecast.units)["effect"].mean()
    asked, shown = _asked(widgets, budget / 1e6, usual, goal, lang), widgets.HTML()

    def redraw(_change=None):
        """Show the plan for what the controls say; the usual effects and their range until one is asked."""
        money, effect, wanted = (control.value for control in asked)
        given = None if round(effect, 2) == round(usual, 2) else effect
        terms = {"budget": money * 1e6, "effect": given, "goal": wanted}
        plan = support(forecast, province.targets, province.dossiers, **terms)
        shown.value = _told(plan, forecast, province, lang)

    for control in asked:
        control.observe(redraw, "value")
    redraw()
    return widgets.VBox([*asked, shown])


def _asked(widgets, money, effect, goal, lang):
    """Return the controls: money in millions, effect, goal."""
    look = {"style": {"description_width": "14em"}, "layout": {"width": "46em"}}
    slides = look | {"continuous_update": False, "min": 0}
    most, goals = max(4 * money, 1000), [(label(f"goal_{one}", lang), one) for one in GOALS]
    controls = [
        widgets.FloatSlider(money, max=most, step=STEP, readout_format=",.0f", **slides),
        widgets.FloatSlider(effect, max=1, step=0.01, **slides),
        widgets.Dropdown(options=goals, value=goal, **look),
    ]
    for control, name in zip(controls, ("budget", "effect", "goal"), strict=True):
        control.description = label(f"control_{name}", lang)
    return controls


def _told(plan, forecast, province, lang):
    """Return a plan as HTML: words, table of those who get support, and map."""
    outlook = attainment(forecast, province.targets)
    drawn = ink.svg(plots.tiles(outlook, province.units, plan=plan.table, lang=lang))
    picture = "data:image/svg+xml;base64," + base64.b64encode(drawn).decode("ascii")
    words = advice(plan, lang=lang)._repr_html_()
    return f'{words}{_table(plan, lang)}<img src="{picture}" alt="{label("plot_tiles_plan", lang)}">'


def _table(plan, lang):
    rows = plan.ranked[plan.ranked["supports"] > 0]
    shown = rows[SHOWN].astype(object)
    for name in ("p_reach", "p_with"):
        shown[name] = [percent(p) for p in rows[name]]
    for name in ("so_far", "target", "supports"):
        shown[name] = [number(value, lang) for value in rows[name]]
    shown = shown.rename(columns=lambda name: label(f"column_{name}", lang))
    return pd.DataFrame(shown).to_html(index=False, border=0)
