"""One province's tables, as they stood at the end of one month or day, and the cautions before any figure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from pathlib import Path

import pandas as pd

from ocop_forecast.display import Sentence, Shown
from ocop_forecast.errors import Fault, InputError
from ocop_forecast.files.frames import packed, unpacked
from ocop_forecast.files.writing import whole
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import day, month, number
from ocop_forecast.periods import today

from .dossiers import visits, waiting
from .names import UnitNames, province_of
from .register import monthly_counts

TABLES = (
    *("units", "targets", "register", "rounds", "breaks", "reports", "dossiers", "progress", "goals"),
    "commitments",
)
TERMS = ("units_as", "count_by", "example")  # how they were read


@dataclass(frozen=True, eq=False, repr=False)
class Province(Shown):
    """One province's checked tables, as they stood at the end of `as_of`.

    Attributes
    ----------
    as_of : Period
        The month that is known whole (frequency M), or the last day that is known (D).
    units : DataFrame
        A row a unit, index its code; columns name, type, terrain, province, province_name, tile_row,
        tile_column, valid_from, valid_to (days; missing: not known), successor (code of the unit that took it
        over whole), communes (how many there were before the reform; missing: not known).
    targets : DataFrame
        A row for every unit and every year of the table: unit, name, year, target (products; missing where
        none is set), four_star and five_star (as many of them with so many stars), province, province_name,
        origin, source, note.
    register : DataFrame
        A row a decision and product in the order of the file: the columns of `schema.REGISTER`, its place
        (`sheet`, `row`), certificate (the product's key), event (as `kind`, or ``repeated`` where it is
        called new but was recognised before) and month. `unit` and `month` are categorical, so that one
        without a decision is counted as zero. ``attrs["later"]`` is how many rows were left out as decided
        after `as_of`.
    rounds : DataFrame, optional
        A row a round held up to `as_of` or planned after it, as `known_rounds` chooses them: programme_year,
        round, date (of the decision, or planned), level (who decides: ``province``, ``district``,
        ``central``; missing where not said), status (``held`` or ``planned``), recognised (products; missing
        while planned), origin, source, note.
    breaks : DataFrame, optional
        A row a day from which another authority decides, or decides by other rules, in order of time: date,
        what_vi, what_en, origin, source, note. What was decided before a break weighs less in the fit.
    reports : DataFrame, optional
        A row a unit and month: unit, month, status (``reported`` or ``missing``), note.
    dossiers : DataFrame, optional
        A row each time a dossier reached a stage: dossier_code, product, producer, commune, unit, kind
        (missing: new), stage (one of `schema.STAGES`), stage_date, stars_expected, round, origin, source,
        note. One whose product the register calls new is recognised.
    progress : DataFrame, optional
        A row a unit and progress report where such reports take the register's place: unit, date, recognised
        (products since January, as reported), target (as reported), origin. The register's rows are then
        products counted, by the day of the report that has them: without names, decisions or certificates.
    goals : DataFrame, optional
        A row a year: year, four_star and five_star (of the year's new products, so many by stars), valid
        (certificates at its end), each of the whole province and missing where not set, origin, source, note.
    commitments : DataFrame, optional
        A row each time a unit's office promised its year, up to `as_of`: unit, said_on (day), december
        (products by December, the year's total), who, origin, source, note.
    units_as, count_by : str
        The units that everything was carried to, and the year that counts, as in `read_province`.
    example : bool
        Whether the dossiers are the example set that comes with the tool, and not real.
    warnings : tuple of Fault
        What was found in the tables that stops no run.
    left_out : int
        Rows of the office's files that are not in the count, as their books tell.
    supposed : mapping of str to tuple
        Where the targets are those of a what-if: name of the unit -> its target of the year as it is (None:
        not set), and as it is supposed to be.

    Examples
    --------
    >>> from ocop_forecast import read_province
    >>> province = read_province(as_of="2024-09")
    >>> province.unit("TX. Nghi Sơn"), int(province.panel.loc["2024"].to_numpy().sum()), len(province.silent)
    ('407', 52, 0)
    """

    as_of: pd.Period
    units: pd.DataFrame
    targets: pd.DataFrame
    register: pd.DataFrame
    rounds: pd.DataFrame | None = None
    breaks: pd.DataFrame | None = None
    reports: pd.DataFrame | None = None
    dossiers: pd.DataFrame | None = None
    progress: pd.DataFrame | None = None
    goals: pd.DataFrame | None = None
    commitments: pd.DataFrame | None = None
    units_as: str = ""
    count_by: str = "decision"
    example: bool = False
    warnings: tuple[Fault, ...] = ()
    left_out: int = 0
    supposed: Mapping[str, tuple[int | None, int]] = field(default_factory=dict)

    @cached_property
    def code(self) -> str:
        """The province's code; ``total`` where the units do not say it."""
        return province_of(self.units)[0]

    @cached_property
    def name(self) -> str:
        """The province's name; *Toàn tỉnh* where the units do not say it."""
        return province_of(self.units)[1]

    def _face(self) -> tuple:
        facts = {"as_of": self.as_of, "units": len(self.units), "count_by": self.count_by}
        facts |= {"units_as": self.units_as} if self.units_as else {}
        facts |= {"demo": self.mark()} if self.demo else {}
        held = {name: table for name in TABLES if (table := getattr(self, name)) is not None}
        counts = {name: (len(table), _reconstructed(table)) for name, table in held.items()}
        shown = pd.DataFrame.from_dict(counts, orient="index", columns=["rows", "reconstructed"])
        return "province", {"name": self.name} | facts, shown.rename_axis("table")

    @cached_property
    def panel(self) -> pd.DataFrame:
        """Months x units: products newly recognised, as from `monthly_counts`."""
        return monthly_counts(self.register)

    @cached_property
    def silent(self) -> dict[str, tuple[pd.Period, ...]]:
        """Units that have not reported -> the missing months of this year.

        Without months the unit never stood in the register, and its zero may mean "not reported".
        """
        silent = dict.fromkeys(self.units.index.difference(self._counted()[0]["unit"].unique()), ())
        if self.reports is None:
            return silent
        said = self.reports[self.reports["month"].dt.year == self.as_of.year]
        said = said[said["month"] <= self.as_of.asfreq("M")]
        by = said.set_index(["unit", "month"])["status"].eq("reported").unstack(fill_value=False)
        by = by.reindex(self.units.index, fill_value=False)
        rows = zip(by.index, by.to_numpy(), strict=True)
        return silent | {unit: tuple(by.columns[~reported]) for unit, reported in rows if not reported.all()}

    @cached_property
    def visits(self) -> pd.DataFrame | None:
        """The stays of dossiers in stages, as from `dossiers.visits`; None without a table."""
        return None if self.dossiers is None else visits(self.dossiers)

    @cached_property
    def waiting(self) -> pd.DataFrame | None:
        """The dossiers open at the end of `as_of`: dossier, unit, stage, entered; None without a table."""
        return None if self.visits is None else waiting(self.visits, self.as_of)

    def doubts(self) -> list[Fault]:
        """Warn of each unit that has not reported, and of decisions later than `as_of`."""
        told: list[tuple[str, str, dict]] = []
        for unit, months in self.silent.items():
            name = {"name": self.units.loc[unit, "name"]}
            reported = ("reports", "unit_unreported", name | {"months": months})
            told.append(reported if months else ("register", "unit_silent", name))
        if later := self.register.attrs["later"]:
            told.append(("register", "rows_later", {"count": later, "as_of": self.as_of}))
        return [Fault(*fault, severity="warning") for fault in told]

    def suppositions(self) -> tuple[str, ...]:
        """Say what is only supposed, a line a target; nothing where all is as the office has it."""
        changes = self.supposed.items()
        return tuple(
            label("supposed_target", name=name, before="–" if before is None else before, after=after)
            for name, (before, after) in changes
        )

    def caution(self) -> Sentence:
        """Return the cautions that a reader needs before any figure; blank if there are none.

        They tell what is supposed, that the counts come from progress reports, how much of this year's
        counts and targets is reconstructed, whether the dossiers are an example or reconstructed, what is
        `unknown`, how many rows were left out as decided later, and who has not reported.
        """
        year, later = self.as_of.year, self.register.attrs["later"]
        lines: list[str] = [self.reported(), self.unknown()]
        counted, days = self._counted()
        if (counted["origin"] == "reconstructed").any():
            targets = self.targets[(self.targets["year"] == year) & self.targets["target"].notna()]
            made_up = {"rows": _made_up(counted[days.dt.year == year]), "targets": _made_up(targets)}
            key = "caution_made_up" if self.progress is None else "caution_made_up_reports"
            lines.insert(0, label(key, year=year, **made_up))
        if self.supposed:
            lines.insert(0, label("caution_supposed", changes="; ".join(self.suppositions())))
        lines.insert(-1, self._of_dossiers())
        lines += [label("caution_later", as_of=month(self.as_of), later=later)] if later else []
        late = [self.units.loc[unit, "name"] for unit, months in self.silent.items() if months]
        lines += [label("caution_unreported", count=len(late), names=", ".join(late))] if late else []
        return Sentence("\n".join(filter(None, lines)))

    def _counted(self):
        """Return the rows that are counted, of the register or of progress reports, and their days."""
        if self.progress is None:
            return self.register, self.register["decision_date"]
        return self.progress, self.progress["date"]

    def _of_dossiers(self):
        """Warn of dossiers that are an example, or reconstructed."""
        if self.dossiers is None:
            return ""
        if self.example:
            return label("caution_example", rows=number(len(self.dossiers)))
        made_up = (self.dossiers["origin"] == "reconstructed").any()
        return label("caution_dossiers", rows=_made_up(self.dossiers)) if made_up else ""

    @cached_property
    def demo(self) -> bool:
        """Whether some of what is counted is reconstructed, or the dossiers are an example: no real data."""
        made_up = (self._counted()[0]["origin"] == "reconstructed").any()
        return bool(made_up or (self.example and self.dossiers is not None))

    def mark(self) -> str:
        """Return what every file and picture of data that are not real says; blank where they are."""
        return label("demo_mark") if self.demo else ""

    def example_note(self) -> Sentence:
        """Say beside what rests on the dossiers that they are an example; blank where they are not."""
        used = self.example and self.dossiers is not None
        return Sentence(label("example_note") if used else "")

    def reported(self) -> Sentence:
        """Say that the counts come from progress reports, of which months and units; blank if not."""
        if self.progress is None:
            return Sentence("")
        months = self.progress["date"].dt.to_period("M")
        first = months.min().year
        counts = {"count": months.nunique(), "units": self.progress["unit"].nunique()}
        of = (self.as_of.year - first) * 12 + self.as_of.month
        return Sentence(
            label("caution_progress", **counts, of=of, first=month(pd.Period(f"{first}-01", "M")))
        )

    def unknown(self) -> Sentence:
        """Tell what is only taken as known; blank if nothing is.

        The as-of month may not be over yet, and the last months without any decision count as zero.
        """
        decided, by_month = self._counted()[1].max(), self.as_of.freqstr == "M"
        last_whole = self.as_of if by_month else self.as_of.asfreq("M") - 1
        keys = ["caution_open_month"] if by_month and self.as_of.end_time > today() else []
        keys += ["caution_empty_months"] if decided.to_period("M") < last_whole else []
        values = {"as_of": month(self.as_of), "last": day(decided), "example": f"{decided:%Y-%m-%d}"}
        return Sentence("\n".join(label(key, **values) for key in keys))

    def unit(self, text: str) -> str:
        """Return the code of the unit that `text` (a code or a name in any form) means.

        InputError is raised if it means none or several, with the nearest name.
        """
        found = UnitNames(self.units).resolve(text)
        if isinstance(found, str):
            return found
        raise InputError([Fault("", found[0], {"value": text, **found[1]})])

    def save(self, path: str | PathLike) -> None:
        """Write the tables and how they were read to `path` (.json), whole or not at all; warnings are not.

        `read_province` reads them again from there: the same tables, without another look at the files.
        """
        terms = {name: getattr(self, name) for name in TERMS} | {"as_of": str(self.as_of)}
        tables = {name: packed(getattr(self, name)) for name in TABLES}
        rows = {"later": self.register.attrs["later"], "left_out": self.left_out}
        kept = {**terms, **rows, "tables": tables}
        kept |= {"supposed": self.supposed} if self.supposed else {}
        with whole(path) as draft:
            draft.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8", newline="\n")

    @classmethod
    def load(cls, path: str | PathLike) -> "Province":
        """Read a saved province; raise InputError if there is no such file or it is none."""
        try:
            kept = json.loads(Path(path).read_text(encoding="utf-8"))
            as_of = pd.Period(kept["as_of"])
            tables = {name: unpacked(table) for name, table in kept["tables"].items()}
            terms = {name: kept[name] for name in TERMS}
            terms["supposed"] = {name: tuple(change) for name, change in kept.get("supposed", {}).items()}
            terms["left_out"] = kept.get("left_out", 0)
            saved = cls(as_of, **tables, **terms)  # type: ignore[arg-type]
            saved.register.attrs = {"as_of": as_of, "later": kept["later"]}
            return saved
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError([Fault(str(path), "saved_province", {"reason": str(error)})]) from error


def known_rounds(rounds: pd.DataFrame, as_of: pd.Period) -> pd.DataFrame:
    """Return the rounds held up to `as_of` and those planned after it.

    One held later was not known then; one planned whose day has passed did not come about, for all we know.

    Examples
    --------
    >>> rounds = pd.DataFrame({"date": pd.to_datetime(["2024-08-01", "2024-09-20", "2024-11-01"])})
    >>> rounds["status"] = ["held", "held", "planned"]
    >>> known_rounds(rounds, pd.Period("2024-09-19"))["date"].dt.month.tolist()
    [8, 11]
    """
    return rounds[(rounds["status"] == "held") == (rounds["date"] <= as_of.end_time)]


def _made_up(table):
    return f"{_reconstructed(table)}/{len(table)}"


def _reconstructed(table):
    return int((table["origin"] == "reconstructed").sum()) if "origin" in table else 0
