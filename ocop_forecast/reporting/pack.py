"""The answer in words and as a table, in the reader's language: what a meeting reads of one outlook."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd

from ocop_forecast.answers.answer import Answer
from ocop_forecast.bands import chance, likely
from ocop_forecast.display import Sentence, Table
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import interval, month, number, percent
from ocop_forecast.models.forecast import Forecast
from ocop_forecast.planning.chance import about
from ocop_forecast.planning.changes import Changes
from ocop_forecast.planning.flags import FLAGS
from ocop_forecast.planning.gains import COST
from ocop_forecast.planning.outlook import Outlook
from ocop_forecast.planning.support import Plan
from ocop_forecast.tables.names import code_of
from ocop_forecast.tables.province import Province
from ocop_forecast.terms import check_kind

from .advice import advice, assumptions, listed, on_the_way, without_support
from .reasons import standing, summary, why

SHOWN = ["name", "so_far", "target", "median", "interval", "p_reach", "shortfall", "needed_per_month", "pace",
         "naive", "flag"]  # fmt: skip
DIGITS = {"shortfall": 1, "needed_per_month": 1, "pace": 1}


@dataclass(frozen=True, eq=False)
class Pack:
    """What one meeting is given, in whatever form: page, workbook or tables.

    Parameters
    ----------
    outlook : Outlook
        As from `assess`.
    stock : DataFrame, optional
        As from `stock`, of the outlook's units and the province; None where the counts come from reports.
    gains : DataFrame
        As from `gains`.
    changes : Changes, optional
        As from `changes`; None where there is no earlier run.
    standing : DataFrame, optional
        As from `coverage`; None where no dossiers are known.
    plan : Plan, optional
        As from `support`; None where no budget was given.
    past : DataFrame, optional
        As from `backtest`, of this time of the year in past years; None where too few are known.
    course : DataFrame, optional
        What this year's runs said of the province, a row a run, this one last; None with fewer than two.
        Index as_of (Periods, months or days), columns so_far, median, lower, upper (products) and p_reach.
    paths : DataFrame, optional
        Running totals of the past years that are known whole, products: index year and month (1 to 12),
        columns the units' codes; None where no such year is known.
    places : DataFrame, optional
        Code -> tile_row and tile_column on the map; without them the map is a plain grid.
    supposed : tuple of str
        The targets that are only supposed, a line each; none but in a what-if.
    notes : mapping of str to str
        What the pack says of its own making (sources, seed, draws), in the order shown.
    caution : str
        What a reader must know before any figure; a line each.
    example : str
        That the dossiers are an example and not real; blank where they are not one.
    mark : str
        What every file and picture of data that are not real says; blank where they are.
    trust : str
        What such forecasts were worth in past years; a line each.
    calendar : str
        The text of the calendar file, as from `calendar`; blank where the counts come from reports.
    answers : tuple of Answer
        The planner's next questions, as from `every`.
    pages : mapping of str to str
        The pages of units by code, and of the ``province``, as seen from the meeting's.
    """

    outlook: Outlook
    stock: pd.DataFrame | None
    gains: pd.DataFrame
    changes: Changes | None = None
    standing: pd.DataFrame | None = None
    plan: Plan | None = None
    past: pd.DataFrame | None = None
    course: pd.DataFrame | None = None
    paths: pd.DataFrame | None = None
    places: pd.DataFrame | None = None
    supposed: tuple[str, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    caution: str = ""
    example: str = ""
    mark: str = ""
    trust: str = ""
    calendar: str = ""
    answers: tuple[Answer, ...] = ()
    pages: Mapping[str, str] = field(default_factory=dict)

    @property
    def moved(self) -> Answer | None:
        """What moved the chance since the earlier run; None where that is not known."""
        return next((one for one in self.answers if one.name == "moved"), None)

    @property
    def cautions(self) -> list[str]:
        """The cautions, a line each."""
        return self.caution.splitlines()

    @property
    def marks(self) -> list[str]:
        """What stands before every title: that the data are not real, that targets are only supposed."""
        supposed = label("page_supposed", changes="; ".join(self.supposed)) if self.supposed else ""
        return [mark for mark in (self.mark, supposed) if mark]

    def doubts(self, section: str) -> list[str]:
        """Tell why no probability is shown, where none has earned it; point to this section."""
        return [] if self.outlook.earned else [label("doubt", section=label(section))]

    def answer(self, section: str) -> list[str]:
        """Say the headline, and behind its first line the doubts; they point to this section."""
        first, *further = self.sentences
        return [first, *self.doubts(section), *further]

    @property
    def sentences(self) -> list[str]:
        """The province's headline, a line each."""
        return headline(self.outlook).splitlines()

    @property
    def province(self) -> pd.Series:
        """The province's row of the outlook."""
        return self.outlook.province

    @property
    def moment(self) -> datetime:
        """When a file of it says it was made: by the clock every copy would be another."""
        return self.outlook.as_of.to_timestamp().to_pydatetime()

    def in_order(self, table: pd.DataFrame) -> pd.DataFrame:
        """Put a table of units in the one order, the province's row at its end."""
        order = [*self.outlook.ordered.index, self.outlook.code]
        return table.loc[[code for code in order if code in table.index]]

    @property
    def gain_sentences(self) -> list[str]:
        """Where one more product does most, if that is known, and on what assumption; a plan comes first."""
        units = self.gains[self.gains.index != self.outlook.code]
        if units.empty:
            known = self.outlook.table["target"].notna().any()
            return [label("gain_none" if known else "gain_no_target")]
        money = number(COST)
        line = label("gain_beside", section=label("sheet_plan")) if self.plan else self._best(units, money)
        return [line, label("gain_terms", money=money)]

    def _best(self, units, money):
        """Name the unit in which one more product does most."""
        best = units.iloc[0]
        if best["with_1"] - best["p_reach"] < 0.01:
            return label("gain_nobody")
        if not self.outlook.earned:
            return label("gain_unproven")
        said = {name: percent(best[name]) for name in ("p_reach", "with_1")}
        return label("gain_line", name=best["name"], money=money, **said)

    @property
    def change_sentences(self) -> list[str]:
        """What changed since the earlier run, or that there is none."""
        if self.changes is None:
            return [label("change_none")]
        return [*summary(self.changes).splitlines(), *(self.moved.sentences[:1] if self.moved else ())]

    @property
    def plan_sentences(self) -> list[str]:
        """What the budget does, and on what assumption."""
        return [] if self.plan is None else [*advice(self.plan).splitlines(), *self.example.splitlines()]

    @property
    def left_out(self) -> str:
        """Who needs support and gets none by the plan, and why; blank if there is nobody, or no plan."""
        needy = self.outlook.ordered.query("flag == 'needs_support'").index
        return without_support(self.plan, needy) if self.plan is not None and self.plan.spent else ""

    @property
    def assumptions(self) -> pd.DataFrame:
        """What the plan assumes of one support."""
        return assumptions(self.plan)

    def plan_reason(self, unit: str) -> str:
        """Why a unit gets what the plan gives it."""
        return advice(self.plan, unit)

    @property
    def standing_sentences(self) -> list[str]:
        """What the open dossiers say, and how far they are believed."""
        if self.standing is None:
            return []
        return [*self.example.splitlines(), *on_the_way(self.standing).splitlines()]

    def heading(self, name: str) -> str:
        """Name a column of the outlook."""
        return heading(name, self.outlook.level)


def cautions(province: Province, forecast: Forecast) -> Sentence:
    """Return what a reader needs before any figure: of the data, and of what is not entered yet."""
    return Sentence("\n".join(filter(None, [province.caution(), _late(forecast)])))


def _late(forecast):
    """Tell which months are not entered in full, as far as half a product is missing."""
    more = forecast.not_entered[forecast.not_entered >= 0.5]
    known = forecast.panel.sum(axis=1)[more.index]
    part = 100 * known / (known + more)
    rows = zip(more.index.map(month), part.map(number), known, more.map(number), strict=True)
    told = [label("late_month", month=at, part=c, known=there, more=late) for at, c, there, late in rows]
    return label("caution_late", months="; ".join(told)) if told else ""


def headline(outlook: Outlook, unit: str | None = None) -> Sentence:
    """Put the answer into words: of one unit its flag and why, of the province the meeting's sentences.

    Parameters
    ----------
    outlook : Outlook
        As from `assess`.
    unit : str, optional
        A unit's code or name; without one the province.

    Returns
    -------
    Sentence
        A str; the province's has a line each for its year, the count of flags, and who needs support.

    Examples
    --------
    >>> import ocop_forecast as ocop
    >>> province = ocop.read_province(as_of="2024-09")
    >>> outlook = ocop.assess(ocop.project(province, seed=2024, draws=200), province)
    >>> with ocop.set_options(lang="en"):
    ...     ocop.headline(outlook, "Ngọc Lặc")[:44]
    'Ngọc Lặc: at risk. 0 of 3 by September 2024.'
    """
    check_kind("outlook", outlook, Outlook, "assess")
    if unit is not None:
        code = code_of(unit, outlook.table["name"])
        reason, name = outlook.reason(code), outlook.table.loc[code, "name"]
        return Sentence(f"{name}: {standing(reason.flag, reason.of)}. {' '.join(why(reason))}")
    said = [_province(outlook), _count(outlook), _needy(outlook)]
    return Sentence("\n".join(filter(None, said)))


def _province(outlook):
    """Tell what the province has, where its year may end, and what a straight line says."""
    row, targets = outlook.province, outlook.table["target"]
    known, units = int(targets.notna().sum()) - 1, len(outlook.units)
    said = {
        "name": row["name"],
        "year": outlook.year,
        "so_far": number(row["so_far"]),
        "month": month(outlook.as_of),
        "median": number(row["median"]),
        "level": number(100 * outlook.level),
        "interval": interval(row["lower"], row["upper"]),
    }
    if has_target := not pd.isna(row["target"]):
        said |= {"target": number(row["target"]), "chance": likely(row["p_reach"], outlook.earned)}
        said["by"] = label(f"by_{outlook.count_by}")
    sentences = [label("headline_province" if has_target else "headline_no_target", **said)]
    if has_target and row["so_far"] < row["target"] and outlook.months_left:
        sentences.append(_beyond(outlook))
    if not pd.isna(row["naive"]):
        sentences.append(label("headline_naive", naive=number(row["naive"])))
    if has_target and 0 <= known < units:
        sentences.append(label("headline_some_targets", known=known, units=units))
    return " ".join(sentences)


def _beyond(outlook):
    """Tell the chance by the close of the plan; where none has earned a per cent, what others lived."""
    if outlook.earned:
        return label("headline_close", chance=percent(outlook.p_close))
    return label("headline_others", **about(outlook.elsewhere))


def _count(outlook):
    of_units = outlook.flags["flag"].iloc[:-1]
    counts = of_units.value_counts().reindex(FLAGS).dropna().astype(int)
    said = ", ".join(label(f"count_{flag}", count=count) for flag, count in counts.items())
    return label("headline_count", units=len(of_units), counts=said)


def _needy(outlook):
    """Name the units that need support, the least likely first; nothing without targets."""
    if outlook.table["target"].isna().all():
        return ""
    rows = outlook.ordered.query("flag == 'needs_support'")
    if rows.empty:
        return label("headline_none")
    if not outlook.earned:
        return label("headline_needy_band", names=listed(rows["name"]))
    names = [f"{name} ({percent(p)})" for name, p in zip(rows["name"], rows["p_reach"], strict=True)]
    return label("headline_needy", names=listed(names))


def table(outlook: Outlook) -> pd.DataFrame:
    """Show the outlook as a meeting reads it: text in the reader's language, a row a unit in the one order.

    Parameters
    ----------
    outlook : Outlook
        As from `assess`.

    Returns
    -------
    DataFrame of str
        Index the codes, columns as on the page; certainty is shown as <1% and >99%.

    Examples
    --------
    >>> import ocop_forecast as ocop
    >>> province = ocop.read_province(as_of="2024-09")
    >>> outlook = ocop.assess(ocop.project(province, seed=2024, draws=200), province)
    >>> with ocop.set_options(lang="en"):
    ...     ocop.table(outlook).loc["389", ["So far", "Target", "Standing"]].tolist()
    ['0', '3', 'at risk']
    """
    check_kind("outlook", outlook, Outlook, "assess")
    return as_read(pd.concat([outlook.ordered, outlook.flagged.iloc[-1:]]), outlook)


def as_read(known: pd.DataFrame, outlook: Outlook) -> pd.DataFrame:
    """Show some rows of an outlook's `flagged` as `table` shows them all."""
    said = [standing(*row) for row in known[["flag", "level"]].to_numpy()]
    shown = known.assign(flag=said)
    shown["interval"] = [interval(*ends) for ends in known[["lower", "upper"]].to_numpy()]
    columns = known[["p_reach", "so_far", "target"]].to_numpy(float)
    shown["p_reach"] = [chance(p, so_far, target, outlook.earned) for p, so_far, target in columns]
    for name in ("so_far", "target", "median", "naive", *DIGITS):
        shown[name] = [number(value, DIGITS.get(name, 0)) for value in shown[name]]
    told = Table.of(shown[SHOWN].rename(columns=lambda name: heading(name, outlook.level)))
    told.attrs = {}  # the headings say them
    return told


def heading(name: str, level: float) -> str:
    """Name a column of the outlook; an interval is named by its level."""
    return label(f"column_{name}", level=number(100 * level))
