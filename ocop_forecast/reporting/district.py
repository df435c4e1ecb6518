"""One district on a sheet: where it stands, its dossiers, what the plan gives it and what one more brings."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from ocop_forecast.answers.moved import said
from ocop_forecast.bands import likely
from ocop_forecast.display import Table, render
from ocop_forecast.files.near import found
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import day, number
from ocop_forecast.planning.gains import gains
from ocop_forecast.planning.outlook import Outlook
from ocop_forecast.planning.past import years_by
from ocop_forecast.tables.certificates import stock
from ocop_forecast.tables.dossiers import STAGES, products
from ocop_forecast.tables.province import Province
from ocop_forecast.tables.words import word

from .advice import of_unit
from .pack import as_read, heading, headline

FIGURES = ["so_far", "target", "median", "interval", "p_reach", "flag"]
LISTED = 8  # dossiers by name
YEARS = 5  # past ones


class Part(NamedTuple):
    """A part of the sheet: its heading, its sentences, and a table or none."""

    heading: str
    lines: list[str]
    table: pd.DataFrame | None = None


@dataclass(frozen=True, eq=False)
class Sheet:
    """What one district is told, in whatever form: in JupyterLab, or on its page.

    Attributes
    ----------
    answer : str
        How it stands, and why.
    parts : list of Part
        The rest, in the order shown.
    caution : str
        What must be known of the data.
    """

    answer: str
    parts: list[Part]
    caution: str

    def __repr__(self) -> str:
        return "\n".join([self.answer, *(line for part in self.parts for line in part.lines), self.caution])

    def _repr_html_(self) -> str:
        return render("sheet.html.j2", sheet=self)


def read_table(path: str) -> pd.DataFrame | None:
    """Read a table of units that a run has written, such as `plan.csv`; None where no path is given."""
    if not path:
        return None
    return pd.read_csv(
        found(path), dtype={"unit": str, "name": str}, keep_default_na=False, na_values=[""]
    ).set_index("unit")


def sheet(
    outlook: Outlook,
    province: Province,
    unit: str,
    plan: pd.DataFrame | None = None,
    moved: pd.DataFrame | None = None,
) -> Sheet:
    """Make the sheet of one district.

    Parameters
    ----------
    outlook : Outlook
        As from `assess`.
    province : Province
        As from `read_province`.
    unit : str
        The code of the district.
    plan : DataFrame, optional
        The table of a run's plan, as in `Plan.table`; None where there is none.
    moved : DataFrame, optional
        What moved the chances since an earlier run, as a run has written it; None where there is none.

    Examples
    --------
    >>> import ocop_forecast as ocop
    >>> province = ocop.read_province(as_of="2024-09")
    >>> outlook = ocop.assess(ocop.project(province, seed=2024, draws=200), province)
    >>> with ocop.set_options(lang="en"):
    ...     sheet(outlook, province, "389").answer[:22]
    'Ngọc Lặc: at risk. 0 o'
    """
    parts = [
        _figures(outlook, unit, moved),
        _dossiers(outlook, province, unit),
        Part(label("district_plan"), [*_planned(outlook, plan, unit), *_more(outlook, unit)]),
        _past(outlook, province, unit),
    ]
    shown = [part for part in parts if part and (part.lines or part.table is not None)]
    return Sheet(headline(outlook, unit), shown, province.caution())


def _figures(outlook, unit, moved):
    """Show where it stands, below what moved its chance if that is known."""
    known = moved is not None and unit in moved.index
    lines = [said(moved.loc[unit], outlook.earned)] if known else []
    heads = [heading(name, outlook.level) for name in FIGURES]
    return Part("", lines, as_read(outlook.flagged.loc[[unit]], outlook)[heads].set_axis([""]))


def _dossiers(outlook, province, unit):
    """Count its open dossiers, name those that have come furthest, and the councils to come."""
    lines = [*_councils(outlook)]
    if outlook.dossiers is None:
        return Part(label("district_councils"), lines)
    own = outlook.waiting[outlook.waiting["unit"] == unit]
    own = own.sort_values(["stage", "entered"], ascending=[False, True], kind="stable")
    lines.insert(0, label("district_dossiers_count", **outlook.dossiers.loc[unit].to_dict()))
    rows = {
        label("column_product"): own["dossier"].map(products(province.dossiers)),
        label("column_stage"): [word("dossiers", "stage", STAGES[stage]) for stage in own["stage"]],
        label("column_since"): own["entered"].map(day),
    }
    if len(own) > LISTED:
        lines.append(label("district_dossiers_more", more=len(own) - LISTED))
    listed = pd.DataFrame(rows).head(LISTED).set_axis(range(1, min(len(own), LISTED) + 1))
    return Part(label("district_dossiers"), lines, Table.of(listed) if len(own) else None)


def _councils(outlook) -> Iterator[str]:
    """Tell the days of the councils that are still to come; nothing where no calendar is known."""
    if outlook.councils is None or not outlook.months_left:
        return
    coming = sorted(set(outlook.councils))  # two may sit on one day
    if not coming:
        yield label("district_no_council")
        return
    yield label("district_council", next=day(coming[0]))
    if coming[1:]:
        yield label("district_later_councils", days="; ".join(map(day, coming[1:])))


def _planned(outlook, plan, unit) -> Iterator[str]:
    """Tell what the plan gives it, and why."""
    if plan is None:
        yield label("district_no_plan")
    else:
        yield of_unit(plan.loc[unit], outlook.earned)


def _more(outlook, unit) -> Iterator[str]:
    """Tell what one, two and three more products would do; nothing where the target is reached or unknown."""
    known = gains(outlook, unit)
    if unit in known.index:
        shares = known.loc[unit, ["p_reach", "with_1", "with_2", "with_3"]]
        yield label(
            "district_more", **{name: likely(share, outlook.earned) for name, share in shares.items()}
        )


def _past(outlook, province, unit):
    """Hold its past years beside this one: by this month, at the end, and the target."""
    counts, known = outlook.forecast.panel[unit], outlook.as_of
    last = known.month if known.freqstr == "M" else known.month - 1
    years = years_by(counts, last, before=outlook.year, latest=YEARS)
    targets = province.targets[province.targets["unit"] == unit].set_index("year")["target"]
    rows = [
        [number(then.so_far), number(then.total), number(targets.get(then.year, float("nan")))]
        for then in years
    ]
    heads = [label("column_by_month", month=last), label("column_whole_year"), label("column_target")]
    lines = [] if province.reported() else [_certificates(province, unit)]
    shown = Table(rows, [then.year for then in years], heads) if years else None
    return Part(label("district_past"), lines, shown)


def _certificates(province, unit):
    """Count a unit's certificates; of others' decisions none is looked at but of products that it has too."""
    register = province.register
    held = register["certificate"].isin(register["certificate"][register["unit"] == unit])
    return label("district_certificates", **stock(register[held]).loc[unit].to_dict())
