"""Controls for a notebook: a district to look at; a budget, an effect and a goal, and the plan that follows.

They are for a reader at JupyterLab: where nobody sits before a notebook, as under papermill, there are none.
"""

import base64
import os
from collections.abc import Callable
from functools import cache, wraps
from html import escape

import pandas as pd

from ocop_forecast import plots, style
from ocop_forecast.bands import likely
from ocop_forecast.display import Sentence, Table
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import month, number, percent
from ocop_forecast.models.forecast import Forecast
from ocop_forecast.models.trend import TrendResults
from ocop_forecast.planning.effects import assumed
from ocop_forecast.planning.optimum import GOALS
from ocop_forecast.planning.outlook import Outlook
from ocop_forecast.planning.support import support
from ocop_forecast.tables.province import Province

from .advice import advice
from .pack import headline

STEP = 50  # million VND, one dossier
SHOWN = ["name", "so_far", "target", "p_reach", "supports", "p_with"]


def for_a_reader(controls: Callable) -> Callable:
    """Make controls where a Jupyter server's session started this kernel, and None elsewhere."""

    @wraps(controls)
    def made(*args, **kwargs):
        return controls(*args, **kwargs) if "JPY_SESSION_NAME" in os.environ else None

    return made


@for_a_reader
def district_chooser(outlook: Outlook):
    """Make a list of districts; the one that is chosen is told in words and two pictures.

    Parameters
    ----------
    outlook : Outlook
        As from `assess`.

    Returns
    -------
    ipywidgets.VBox or None
        The list, and below it the chosen district; None where nobody sits before the notebook.
    """
    forecast, ends = outlook.forecast, outlook.forecast.year_end()

    def told(unit):
        """Show a district's headline, its fan and its possible totals."""
        row = outlook.table.loc[unit]
        terms = {"name": row["name"], "target": row["target"]}
        pictures = (
            forecast.plot(unit, naive=row["naive"], **terms),
            plots.year_total(ends[unit], earned=outlook.earned, **terms),
        )
        return headline(outlook, unit)._repr_html_() + "".join(map(_picture, pictures))

    return _chooser(outlook.units["name"], told)


@for_a_reader
def trend_chooser(results: TrendResults, forecast: Forecast, province: Province):
    """Make a list of districts; of the one that is chosen, what the model has learned and expects.

    Parameters
    ----------
    results, forecast
        As from `TrendModel.fit` and its `forecast`.
    province : Province
        As from `read_province`: names and targets.

    Returns
    -------
    ipywidgets.VBox or None
        The list, and below it the chosen district; None where nobody sits before the notebook.
    """
    names, panel = province.units["name"].reindex(forecast.units), results.panel

    def told(unit):
        """Show a district's credibility in words, its years and its fan."""
        targets = province.targets[province.targets["unit"] == unit].set_index("year")["target"]
        known = targets.get(forecast.year)
        alone = label("control_trend_alone", name=names[unit])
        fan = forecast.plot(unit, name=alone, target=known)
        years = plots.years(panel[[unit]], as_of=results.as_of, targets=targets, name=names[unit])
        return _learned(results, unit, names[unit])._repr_html_() + _picture(years) + _picture(fan)

    return _chooser(names, told)


def _learned(results, unit, name):
    """Tell on what a district's forecast rests."""
    first, last = results.panel.index[0], results.as_of
    said = {"name": name, "so_far": int(results.panel[unit].sum())}
    said |= {"first": month(first), "last": month(last)}
    of_unit = {"credibility": results.credibility[unit], "share": results.expected_share[unit]}
    of_unit = {name: percent(share) for name, share in of_unit.items()}
    return Sentence(label("control_trend", **said, **of_unit))


def _chooser(names, told):
    """Make a list of units by their names, and below it what is told of the chosen one, once drawn kept."""
    import ipywidgets as widgets

    told, shown = cache(told), widgets.HTML()
    options = [(label("control_choose"), None), *((name, unit) for unit, name in names.items())]
    units = widgets.Dropdown(options=options, description=label("control_unit"))

    def show(change):
        shown.value = "" if change["new"] is None else told(change["new"])

    units.observe(show, "value")
    return widgets.VBox([units, shown])


def _picture(axes):
    """Embed a picture in HTML, its title for those who cannot see it."""
    title = escape(style.title(axes))
    drawn = base64.b64encode(style.svg(axes)).decode("ascii")
    return f'<img src="data:image/svg+xml;base64,{drawn}" alt="{title}">'


@for_a_reader
def support_controls(
    outlook: Outlook, places: pd.DataFrame | None = None, *, budget: float, goal: str = "units"
):
    """Make controls that redraw plan, table and map at once; to begin with they show this plan.

    Parameters
    ----------
    outlook : Outlook
        As from `assess`.
    places : DataFrame, optional
        The units, as in `Province`: where they lie on the map.
    budget : float
        VND, to begin with.
    goal : {"units", "products", "province"}
        To begin with.

    Returns
    -------
    ipywidgets.VBox or None
        Its children: budget, effect and goal, then the plan in words, its table and its map; None where
        nobody sits before the notebook.
    """
    import ipywidgets as widgets

    usual = assumed(outlook.units.index)["effect"].mean()
    asked, shown = _asked(widgets, budget / 1e6, usual, goal), widgets.HTML()

    def redraw(_change=None):
        """Show the plan for what the controls say; the usual effects and their range until one is asked."""
        money, effect, wanted = (control.value for control in asked)
        given = None if effect == round(100 * usual) else effect / 100
        terms = {"budget": money * 1_000_000, "effect": given, "goal": wanted}
        plan = support(outlook, **terms)
        drawn = plots.tiles(outlook.table, places, plan=plan.table, earned=outlook.earned)
        shown.value = advice(plan)._repr_html_() + _table(plan) + _picture(drawn)

    for control in asked:
        control.observe(redraw, "value")
    redraw()
    return widgets.VBox([*asked, shown])


def _asked(widgets, money, effect, goal):
    """Make the controls: money in millions, effect in per cent, goal."""
    look = {"style": {"description_width": "14em"}, "layout": {"width": "46em"}}
    slides = look | {"continuous_update": False, "min": 0}
    most, goals = max(4 * money, 1000), [(label(f"goal_{one}"), one) for one in GOALS]
    controls = [
        widgets.IntSlider(round(money), max=round(most), step=STEP, **slides),
        widgets.IntSlider(round(100 * effect), max=100, **slides),
        widgets.Dropdown(options=goals, value=goal, **look),
    ]
    for control, name in zip(controls, ("budget", "effect", "goal"), strict=True):
        control.description = label(f"control_{name}")
    return controls


def _table(plan):
    """Show those who get support as HTML."""
    shown = plan.ranked.loc[plan.ranked["supports"] > 0, SHOWN].astype(object)
    for name in SHOWN[1:]:
        chances = name.startswith("p_")
        shown[name] = [likely(one, plan.earned) if chances else number(one) for one in shown[name]]
    return Table(shown.rename(columns=lambda name: label(f"column_{name}")))._repr_html_()
