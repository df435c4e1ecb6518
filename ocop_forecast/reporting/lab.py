"""What the notebooks show besides results: prose, sentences, and tables in the reader's words."""

import platform

import pandas as pd

from ocop_forecast import __version__, style
from ocop_forecast.answers.answer import Answer
from ocop_forecast.bands import likely
from ocop_forecast.display import Prose, Sentence, Table
from ocop_forecast.i18n.catalogue import label, sentences
from ocop_forecast.i18n.formats import month, number, percent
from ocop_forecast.models.forecast import Forecast
from ocop_forecast.models.trend import TrendResults
from ocop_forecast.planning.outlook import Outlook
from ocop_forecast.planning.support import Plan
from ocop_forecast.tables.province import Province
from ocop_forecast.tables.words import word

from .district import Part, Sheet
from .questions import as_read
from .reasons import why

ORIGINS = ("published", "reconstructed")
# the columns of the notebooks' tables that the meeting's files do not have
HEADED = (
    *("by_month", "certificates", "credibility", "decision", "forward", "product", "programme", "since"),
    *("stage", "wait", "whole_year", "year"),
)


def marked(province: Province, axes):
    """Write across a picture that the data are not real, where they are not."""
    return style.marked(axes, province.mark())


def prose(key: str, **values) -> Prose:
    """Return a text of a notebook, by its key in the catalogues without their ``lab_``."""
    return Prose(label(f"lab_{key}", **values))


def worded(table: pd.DataFrame) -> Table:
    """Return a table with its heads and its index in the reader's words.

    Examples
    --------
    >>> from ocop_forecast import set_options
    >>> counts = pd.DataFrame({"new": [3], "published": [2]}, index=pd.PeriodIndex(["2024-09"], freq="M"))
    >>> with set_options(lang="vi"):
    ...     worded(counts).columns.tolist(), worded(counts).index.tolist()
    (['mới', 'số liệu đã công bố'], ['tháng 9/2024'])
    """
    shown = table.set_axis([month(at) if isinstance(at, pd.Period) else at for at in table.index])
    shown = Table.of(shown.rename(columns=_head).rename_axis(index=None, columns=None))
    shown.attrs = {}  # they bear the names that code asks for
    return shown


def _head(name):
    """Name a column: by its key, or as the choice or the origin that it counts."""
    for key in (f"column_{name}", f"origin_{name}"):
        if key in sentences("en"):
            return label(key)
    return word("register", "kind", str(name))


def answered(answer: Answer | None, outlook: Outlook, province: Province) -> Sheet:
    """Show an answer to one of the planner's next questions: its picture, its sentences, its table."""
    if answer is None:
        return Sheet(label("lab_not_asked"), [], "")
    if answer.draw is not None:
        marked(province, answer.draw())
    first, *further = answer.sentences
    table = None if answer.table is None else as_read(answer, outlook)
    return Sheet(first, [Part("", further, table)], province.example_note())


def summary(province: Province) -> Sentence:
    """Say what a province's tables hold: decisions, products of this year and their target, warnings."""
    year = province.as_of.year
    targets = province.targets[province.targets["year"] == year]["target"]
    counted = province.panel[province.panel.index.year == year].to_numpy().sum()
    said = {"month": month(province.as_of), "rows": number(len(province.register)), "year": year}
    said |= {"new": number(counted), "target": number(targets.sum(min_count=1))}
    return Sentence(label("lab_summary", **said, warnings=len(province.warnings)))


def silent(province: Province) -> Sentence:
    """Name the units that never stood in the register, or say that there are none."""
    names = province.units["name"].reindex(list(province.silent))
    return Sentence(label("lab_silent", names=", ".join(names)) if len(names) else label("lab_none_silent"))


def set_up(province: Province) -> Prose:
    """Say with what the notebooks work: Python, the tool, and the data that were read."""
    terms = {"python": platform.python_version(), "version": __version__, "name": province.name}
    return prose("set_up", **terms, month=month(province.as_of), warnings=len(province.warnings))


def trend(forecast: Forecast, row: pd.Series) -> Sentence:
    """Say where the year ends by the trend alone; `row` is the province's of its outlook."""
    ends = {name: number(row[name]) for name in ("so_far", "target", "median", "lower", "upper")}
    return Sentence(label("lab_trend_answer", name=row["name"], year=forecast.year, **ends))


def credibility(results: TrendResults, province: Province) -> pd.DataFrame:
    """Return how much of each unit's level rests on its own record, the most first."""
    known = results.credibility.sort_values(ascending=False, kind="stable")
    return known.map(percent).rename(province.units["name"]).to_frame("credibility")


def notes(results: TrendResults) -> Sentence:
    """Say what was dropped or replaced in fitting, or that nothing was."""
    said = [label(f"fit_{note}") for note in results.notes]
    return Sentence("\n".join(said) if said else label("note_fit_none"))


def needy(outlook: Outlook) -> Table:
    """Name the units that need support or are at risk, those first, each with its reasons."""
    needy = outlook.ordered[outlook.ordered["flag"].isin(["needs_support", "at_risk"])]
    rows = [
        [label(f"flag_{flag}"), " ".join(why(outlook.reason(code)))] for code, flag in needy["flag"].items()
    ]
    return Table(rows, needy["name"].to_list(), [label("column_flag"), label("column_reason")])


def passage(stages: pd.DataFrame) -> pd.DataFrame:
    """Return how long each stage takes, months, and how often it ends well, its names in words."""
    names = [word("dossiers", "stage", stage) for stage in stages.index]
    shares = {
        "wait": stages["months"].map(lambda wait: number(wait, 1)),
        "forward": stages["forward"].map(percent),
    }
    return pd.DataFrame(shares).set_axis(names)


def planned(plan: Plan) -> Table:
    """Return who gets support and what it does, those first who get most."""
    shown = plan.ranked[["name", "so_far", "target", "supports", "p_reach", "p_with"]].astype(object)
    for name in ("p_reach", "p_with"):
        shown[name] = [likely(chance, plan.earned) for chance in shown[name]]
    return worded(shown.set_index("name"))
