"""An office's tables in their order: units, what people have confirmed, register, and what is placed by them.

A table is read by its contract, its rows are placed in the units of the run, and then it is checked.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path

import pandas as pd
from pandera.pandas import DataFrameSchema

from ocop_forecast.errors import Fault, Finding, InputError
from ocop_forecast.files.cells import Book
from ocop_forecast.files.reading import Reading, checked, read
from ocop_forecast.text import folded

from .balance import Books, books_of, refused
from .certificates import conflicts
from .dossiers import closed, dated
from .progress import counted, named, read_reports
from .province import Province, known_rounds
from .register import Terms, known, read_aliases, read_register
from .sources import EXAMPLE, EXAMPLE_FILE, beside, report_in, same_file, source, sources
from .units import Division
from .words import contracts, read_words

OPTIONAL = ("communes", "aliases", "words", "goals", "rounds", "breaks", "reports", "dossiers", "commitments")
PLACED = {
    "targets": Division.place_targets,
    "reports": Division.place_reports,
    "dossiers": Division.place_dossiers,
    "commitments": Division.place_commitments,
}


@dataclass(frozen=True)
class Tables:
    """The tables of `data`, and dossiers `apart`: what is wrong with those read, and their books."""

    data: Path | Book
    apart: Path | None = None
    faults: list[Fault] = field(default_factory=list)
    books: list[Books] = field(default_factory=list)

    def read(self, name: str, home: Division | None = None, terms: Terms | None = None) -> Reading | None:
        """Read a table if it is there and right, its rows placed in the units `home` if these are given.

        One that may be missing and is left blank, as in the workbook to fill in, is as if it were missing.
        """
        if name in OPTIONAL and not sources(self.data, name):
            return None
        reading = self._told(lambda: self._read(name, source(self.data, name), home, terms))
        return None if reading is not None and name in OPTIONAL and reading.table.empty else reading

    def _read(self, name, place, home, terms):
        if name == "words":
            return read_words(*place)
        contract = self.contracts[name]
        return (
            read_aliases(*place, terms=terms, contract=contract)
            if terms
            else read_placed(contract, *place, home=home)
        )

    @cached_property
    def contracts(self) -> dict[str, DataFrameSchema]:
        """The contracts of the tables, in the words of the office as well."""
        words = self.read("words")
        return contracts(words and words.table)

    def _told(self, read):
        """Return what `read` reads, None where something is wrong; keep what is told of it, and its books."""
        try:
            reading = read()
        except InputError as error:
            self.faults.extend(error.faults + error.warnings)
            self.books.extend([refused(error.faults[0].file, error.balances)] if error.balances else [])
            return None
        self.faults.extend(reading.warnings)
        self.books.append(books_of(reading))
        return reading

    def close(self) -> None:
        """Tell what no table was read from, and enter it into the books."""
        place, apart = report_in(self.data), [self.apart] if self.apart else []
        if place is not None and place.sheet is None and isinstance(self.data, Book):
            return  # all its sheets are of the report
        for faults, books in beside(self.data, *apart, without=() if place else ("progress",)):
            self.faults.extend(faults)
            self.books.append(books)

    def units(self) -> pd.DataFrame | None:
        """Return the table of units; without one those that the progress reports name."""
        if self.report is not None and not sources(self.data, "units"):
            return named(self.report.table["unit"])
        units = self.read("units")
        return units and units.table

    @cached_property
    def report(self) -> Reading | None:
        """The progress reports that take the register's place, not yet checked."""
        place = report_in(self.data)
        return place and read_reports(*place, contract=self.contracts["progress"])

    def _counted(self, terms):
        """Return what the progress reports tell; None where a register counts."""
        if self.report is None:
            return None
        try:
            reported = counted(self.report, terms)
        except InputError as error:
            self.books.append(refused(self.report.sheet.file, error.balances))
            raise
        self.books.append(books_of(self.report))
        return reported

    def dossiers(self, home: Division) -> Reading | None:
        """Read the dossiers: the data's own, or those apart; where both are, nobody knows which count."""
        if self.apart is None:
            return self.read("dossiers", home)
        for place in sources(self.data, "dossiers"):
            if same_file(place.path, self.apart):
                continue
            own = self._told(partial(self._read, "dossiers", place, home, None))
            if own is not None and len(own.table):
                self.faults.append(Fault(str(self.apart), "dossiers_twice", {"path": place.path}))
                return None
        return self._apart(self.apart, home)

    def _apart(self, path, home):
        """Read the file of dossiers; a clerk is told once that the example is of other units than his."""
        before = len(self.faults)
        reading = self._told(lambda: read_placed(self.contracts["dossiers"], _there(path), home=home))
        if reading is None and same_file(path, EXAMPLE_FILE):
            del self.faults[before:]
            self.faults.append(Fault(EXAMPLE, "example_elsewhere"))
        return reading

    def confirmed(self, terms: Terms) -> Terms:
        """Return the terms with the communes, and with what people have confirmed of names."""
        communes = self.read("communes")
        terms = replace(terms, communes=communes and communes.table)
        aliases = self.read("aliases", terms=terms)
        return terms if aliases is None else terms.with_aliases(aliases.table)

    def province(self, terms: Terms) -> Province | None:
        """Return the province, if nothing is wrong with what it needs."""
        reported = self._counted(terms)
        register, home = self._register(terms) if reported is None else (reported.register, reported.home)
        targets, rounds, breaks = self._targets(home, reported), self.read("rounds"), self.read("breaks")
        reports, dossiers, goals = self._reports(home, reported), self.dossiers(home), self.read("goals")
        said = self.read("commitments", home)
        if register is None or targets is None:
            return None
        return Province(
            register.attrs["as_of"],
            home.counted(),
            _every_year(targets, home.units),
            register,
            rounds and self._rounds(rounds, register),
            breaks and _in_order(breaks.table),
            reports,
            dossiers and self._dossiers(dossiers, register),
            reported and reported.progress,
            goals and goals.table.sort_values("year", ignore_index=True),
            said and self._commitments(said, register),
            terms.units_as or "",
            terms.count_by,
            self.apart is not None and same_file(self.apart, EXAMPLE_FILE),
        )

    def _targets(self, home, reported):
        """Return the targets: those of their table, else those that progress reports tell, if any are set."""
        if reported is not None and not sources(self.data, "targets"):
            return reported.targets
        targets = self.read("targets", home)
        return targets and targets.table

    def _reports(self, home, reported):
        """Return who has reported which month."""
        if reported is not None:
            self.faults.extend(reported.warnings)
            return reported.reports
        reports = self.read("reports", home)
        return reports and reports.table.reset_index(drop=True)

    def _register(self, terms):
        """Return the rows known of the register, and the units in which all other tables are placed."""
        contract, homes = self.contracts["register"], list[Division]()

        def read():
            reading, home = read_register(*source(self.data, "register"), terms=terms, contract=contract)
            homes.append(home)
            return reading

        reading = self._told(read)
        if reading is None:
            return None, terms.home()
        try:
            return known(reading, homes[0], terms), homes[0]
        except InputError as error:
            self.faults.extend(error.faults)
            return None, homes[0]

    def _rounds(self, rounds, register):
        """Return the rounds known by then, held against what the register counts of each."""
        self.faults.extend(map(rounds.fault, conflicts(register, rounds.table)))
        return known_rounds(rounds.table.reset_index(drop=True), register.attrs["as_of"])

    def _commitments(self, said, register):
        """Return what was promised, held against what was there already."""
        self.faults.extend(map(said.fault, _below(said.table, register)))
        return said.table.reset_index(drop=True)

    def _dossiers(self, dossiers, register):
        """Return the dossiers, each row with its day, those that the register calls new recognised.

        An empty table is none: it does not say that no unit has a dossier.
        """
        found = [*_undated(dossiers.table, register.attrs["as_of"]), *_doubtful(dossiers.table, register)]
        self.faults.extend(map(dossiers.fault, found))
        rows = dossiers.table.reset_index(drop=True)
        return None if rows.empty else closed(dated(rows, register.attrs["as_of"]), register)


def _below(commitments, register):
    """Warn of each promise of a year's total that is below what its unit had already by then."""
    new = register[register["event"] == "new"]
    for place, unit, day, december in commitments[["unit", "said_on", "december"]].itertuples(name=None):
        days = new.loc[new["unit"] == unit, "decision_date"]
        had = int(((days.dt.year == day.year) & (days <= day)).sum())
        if december < had:
            yield Finding(
                place, "december", "commitment_below", {"value": int(december), "count": had}, "warning"
            )


def _there(path):
    """Return the path of the dossiers; raise InputError if there is no such file."""
    if not path.exists():
        raise InputError([Fault(str(path), "dossiers_missing")])
    return path


def read_placed(contract, book, sheet=None, *, home=None):
    """Read a table by its contract, place its rows in the units `home`, and check it."""
    reading = read(book, contract, sheet)
    if home is None or contract.name not in PLACED:
        return checked(reading)
    return checked(reading, *PLACED[contract.name](home, reading.table))


def _every_year(targets, units):
    """Return the targets with a row for every unit and every year, missing where none is set."""
    years = sorted(targets["year"].unique())
    every = pd.MultiIndex.from_product([units.index, years], names=["unit", "year"])
    table = targets.set_index(["unit", "year"]).reindex(every).reset_index().astype({"year": "int64"})
    names = units[["name", "province", "province_name"]]
    table = table.merge(names.rename_axis("unit").reset_index(), on="unit")
    wanted, origins = ["target", "four_star", "five_star"], ["origin", "source", "note"]
    return table[["unit", "name", "year", *wanted, "province", "province_name", *origins]]


def _in_order(breaks):
    """Return the breaks in order of time, each told in both languages."""
    breaks = breaks.sort_values("date", ignore_index=True)
    return breaks.assign(what_en=breaks["what_en"].fillna(breaks["what_vi"]))


def _undated(dossiers, as_of):
    """Warn, once, of rows that do not say since when their dossier is in its stage."""
    undated = dossiers.index[dossiers["stage_date"].isna()]
    values = {"count": len(undated), "as_of": as_of}
    return [Finding(undated[0], "stage_date", "dossiers_undated", values, "warning")] if len(undated) else []


def _doubtful(dossiers, register):
    """Warn of each code of several units, and of each other dossier that the register lacks."""
    code = folded(dossiers["dossier_code"])
    moved = code[(code != "") & (dossiers["unit"] != dossiers["unit"].groupby(code).transform("first"))]
    lost = _not_in_register(dossiers[~code.isin(moved)], register)
    told = (("dossier_code", "dossier_two_units", moved), ("product", "dossier_not_in_register", lost))
    return [
        Finding(place, column, key, severity="warning")
        for column, key, rows in told
        for place in rows.index[~rows.duplicated()]
    ]


def _not_in_register(dossiers, register):
    """Return the keys of recognised dossiers none of whose names is new in the register in their unit."""
    new, rows = register[register["event"] == "new"], dossiers[dossiers["kind"].fillna("new") == "new"]
    unit = rows["unit"].astype("str") + " "
    there = (unit + folded(rows["product"])).isin(new["unit"].astype("str") + " " + folded(new["product"]))
    name = rows["product"] + " / " + rows["producer"].fillna("")
    key = unit + folded(rows["dossier_code"].fillna(name))
    return key[(rows["stage"] == "recognised") & ~there.groupby(key).transform("any")]
