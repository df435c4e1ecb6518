"""Controls for a notebook: a district; another target of one; a budget, an effect and a goal, and their plan.

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
from ocop_forecast.display import Prose, Sentence, Table
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import month, number, percent
from ocop_forecast.models.forecast import Forecast
from ocop_forecast.models.projection import Projection
from ocop_forecast.models.trend import TrendResults
from ocop_forecast.planning.effects import assumed
from ocop_forecast.planning.optimum import GOALS
from ocop_forecast.planning.outlook import Outlook
from ocop_forecast.planning.scenarios import scenario
from ocop_forecast.planning.support import support
from ocop_forecast.tables.province import Province

from .advice import advice
from .district import sheet
from .lab import marked

STEP = 50  # million VND, one dossier
SHOWN = ["name", "so_far", "target", "p_reach", "supports", "p_with"]


def for_a_reader(controls: Callable) -> Callable:
    """Make controls where a Jupyter server's session started this kernel, and None elsewhere."""

    @wraps(controls)
    def made(*args, **kwargs):
        return controls(*args, **kwargs) if "JPY_SESSION_NAME" in os.environ else None

    return made


@for_a_reader
def closing(answer: str):
    """Say the answer once more where Run All leaves the reader, with the way back up; None elsewhere."""
    return Prose("\n\n".join([label("lab_closing"), answer.replace("\n", "  \n")]))


@for_a_reader
def district_chooser(
    outlook: Outlook,
    province: Province,
    unit: str,
    plan: pd.DataFrame | None = None,
    moved: pd.DataFrame | None = None,
):
    """Make a list of districts; the one that is chosen is told on its sheet and in two pictures.

    Parameters
    ----------
    outlook, province, unit, plan, moved
        As for `sheet`; `unit` is the one that is chosen to begin with.

    Returns
    -------
    ipywidgets.VBox or None
        The list, and below it the chosen district; None where nobody sits before the notebook.
    """

    def told(code):
        """Show a district's sheet, its fan and its possible totals."""
        pictures = "".join(map(_picture, drawn(outlook, province, code)))
        return sheet(outlook, province, code, plan, moved)._repr_html_() + pictures

    return _chooser(outlook.units["name"], told, unit)


def drawn(outlook: Outlook, province: Province, unit: str) -> tuple:
    """Draw a district's year as a fan, and its possible totals."""
    forecast, row = outlook.forecast, outlook.table.loc[unit]
    terms = {"name": row["name"], "target": row["target"]}
    fan = forecast.plot(unit, naive=row["naive"], **terms)
    ends = plots.year_total(forecast.year_end([unit])[unit], earned=outlook.earned, **terms)
    return marked(province, fan), marked(province, ends)


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
        pictures = [marked(province, one) for one in (years, fan)]
        return _learned(results, unit, names[unit])._repr_html_() + "".join(map(_picture, pictures))

    return _chooser(names, told, names.index[0])


def _learned(results, unit, name):
    """Tell on what a district's forecast rests."""
    first, last = results.panel.index[0], results.as_of
    said = {"name": name, "so_far": int(results.panel[unit].sum())}
    said |= {"first": month(first), "last": month(last)}
    of_unit = {"credibility": results.credibility[unit], "share": results.expected_share[unit]}
    of_unit = {name: percent(share) for name, share in of_unit.items()}
    return Sentence(label("control_trend", **said, **of_unit))


def _chooser(names, told, chosen):
    """Make a list of units by their names, and below it what is told of the chosen one, once drawn kept."""
    import ipywidgets as widgets

    told, shown = cache(told), widgets.HTML()
    options = [(name, unit) for unit, name in names.items()]
    units = widgets.Dropdown(options=options, value=chosen, description=label("control_unit"))

    def show(_change=None):
        shown.value = _waiting(shown.value)
        shown.value = told(units.value)

    units.observe(show, "value")
    show()
    return widgets.VBox([units, shown])


def _waiting(before):
    """Say that something is computed; what was said before fades, since it is of other values."""
    said = label("control_waiting")
    return f'<p><strong>{said}</strong></p><div style="opacity:.2">{before}</div>'


@for_a_reader
def target_controls(outlook: Outlook, projection: Callable[[], Projection], unit: str):
    """Make a list of districts and a slider of the target of the chosen one, for what if.

    Parameters
    ----------
    outlook : Outlook
        As from `assess`.
    projection : callable
        Gives the projection of the outlook, as from `project`; it is asked once, when the slider first moves.
    unit : str
        The code of the district that is chosen to begin with.

    Returns
    -------
    ipywidgets.VBox or None
        List, slider, and below them what changes; None where nobody sits before the notebook.
    """
    import ipywidgets as widgets

    known, projection = outlook.units["target"].fillna(0).astype(int), cache(projection)
    look = {"style": {"description_width": "14em"}, "layout": {"width": "46em"}}
    options = [(name, code) for code, name in outlook.units["name"].items()]
    units = widgets.Dropdown(options=options, value=unit, description=label("control_unit"), **look)
    slides = look | {"continuous_update": False, "min": 0, "max": max(2 * known.max(), 10)}
    target = widgets.IntSlider(known[unit], description=label("column_target"), **slides)
    shown = widgets.HTML(label("control_target"))

    def redraw(_change=None):
        """Tell what the target changes; nothing where it is the one that is set."""
        if target.value == known[units.value]:
            shown.value = label("control_target")
            return
        shown.value = _waiting(shown.value)
        told = scenario(projection(), targets={units.value: target.value})
        shown.value = _supposed(told, units.value, known, outlook)._repr_html_()

    def choose(_change):
        target.value = known[units.value]
        redraw()

    units.observe(choose, "value")
    target.observe(redraw, "value")
    return widgets.VBox([units, target, shown])


def _supposed(told, unit, known, outlook):
    """Say what another target of a unit changes, for it and for the province."""
    lines = []
    for code in (unit, outlook.code):
        row, after = told.table.loc[code], told.outlook.table.loc[code]
        said = {name: likely(row[name], outlook.earned) for name in ("p_before", "p_reach")}
        before = outlook.table.loc[code, "target"]
        terms = {"name": row["name"], "before": number(before), "after": number(after["target"])}
        lines.append(label("target_said", **terms, **said))
    return Sentence("\n".join(lines))


def _picture(axes):
    """Embed a picture in HTML, its title for those who cannot see it."""
    title = escape(style.title(axes))
    drawn = base64.b64encode(style.svg(axes)).decode("ascii")
    return f'<img src="data:image/svg+xml;base64,{drawn}" alt="{title}">'


@for_a_reader
def support_controls(
    outlook: Outlook, province: Province | None = None, *, budget: float, goal: str = "units"
):
    """Make controls that redraw plan, table and map at once; to begin with they show this plan.

    Parameters
    ----------
    outlook : Outlook
        As from `assess`.
    province : Province, optional
        As from `read_province`: where the units lie on the map, and whether the data are real.
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
        shown.value = _waiting(shown.value)
        money, effect, wanted = (control.value for control in asked)
        given = None if effect == round(100 * usual) else effect / 100
        terms = {"budget": money * 1_000_000, "effect": given, "goal": wanted}
        plan = support(outlook, **terms)
        places = None if province is None else province.units
        where = plots.tiles(outlook.table, places, plan=plan.table, earned=outlook.earned)
        where = where if province is None else marked(province, where)
        shown.value = advice(plan)._repr_html_() + _table(plan) + _picture(where)

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
    return Table(shown.rename(columns=lambda name: label(f"column_{name}")).rename_axis(None))._repr_html_()
