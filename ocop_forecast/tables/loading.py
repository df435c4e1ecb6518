"""Reading: every table of a province is read once, and all that is wrong with any is told together.

A data folder holds each table as a file, a workbook holds each as a sheet; dossiers may come in a file apart.
A table is read by its contract, its rows are placed in the units of the run, and then it is checked.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from pandera.pandas import DataFrameSchema

from ocop_forecast.errors import Fault, Finding, InputError
from ocop_forecast.files.cells import Book
from ocop_forecast.files.reading import Reading, checked, read
from ocop_forecast.files.writing import shipped
from ocop_forecast.periods import last_known
from ocop_forecast.text import folded

from .balance import Books, books_of, refused
from .certificates import conflicts
from .dossiers import closed, dated
from .progress import counted, named, read_reports
from .province import Province, known_rounds
from .register import Terms, known, read_aliases, read_register
from .results import DOUBTFUL
from .schema import CONTRACTS
from .sources import beside, opened, report_in, same_file, source, sources, table_named
from .units import Division
from .words import contracts, read_words

DATA = shipped("data")
EXAMPLE = "example"  # the word for the dossiers that come with the tool, all of them made up
EXAMPLE_FILE = DATA / "example" / "dossiers.csv"
OPTIONAL = ("communes", "aliases", "words", "rounds", "breaks", "reports", "dossiers")
WITHOUT_UNITS = ("units", "communes", "words", "rounds", "breaks")  # tables whose rows name none
PLACED = {
    "targets": Division.place_targets,
    "reports": Division.place_reports,
    "dossiers": Division.place_dossiers,
}


def dossiers_file(dossiers: str | PathLike) -> Path | None:
    """Return the file that `dossiers` means: a path, or the word for the example set; None where it is blank.

    Examples
    --------
    >>> dossiers_file("example").name, dossiers_file("")
    ('dossiers.csv', None)
    """
    if str(dossiers) == EXAMPLE:
        return EXAMPLE_FILE
    return Path(dossiers) if str(dossiers) else None


def read_province(
    folder: str | PathLike = "",
    *,
    as_of: "str | pd.Period | None" = None,
    units_as: str | None = None,
    count_by: str = "decision",
    dossiers: str | PathLike = "",
    strict: bool = False,
) -> Province:
    """Read and check all tables of a folder or workbook; every fault of every table is told at once.

    Parameters
    ----------
    folder : path
        A folder that holds units, targets and register, each as .csv or .xlsx, or a workbook with a sheet for
        each; and if there are any `OPTIONAL` ones. Or progress reports in the register's place, or a file of
        them alone, which then tell units and targets as well. Or what `Province.save` wrote, such
        as a run's ``province.json``. Empty: the data that come with the tool.
    as_of : str, Period or date, optional
        The last month that is known whole, such as ``"2024-09"``, or the last day that is known, such as
        ``"2024-09-19"`` or ``"19/9/2024"``; later decisions are left out. Without it the month of the last
        decision up to today.
    units_as : {"historic-district", "commune"}, optional
        The units that everything is carried to: all districts that ever were, or the communes since the
        reform of 2025. Without it the units of units.csv that are in force at `as_of`.
    count_by : {"decision", "programme"}
        Whether a product counts to the year of its decision, or to its `programme_year`: then a decision of
        January for last year's plan counts to last December.
    dossiers : path or "example"
        A .csv or .xlsx file of dossiers, for a folder or workbook without any, as another system exported
        them; or ``"example"`` for the set that comes with the tool, which is made up and called so wherever
        it is used. Empty: the folder's own, if it has some.
    strict : bool
        Whether what leaves open which rows count is an error and no warning: rows that are no recognition or
        may be none, files and sheets that were not read though they look like tables.

    Raises
    ------
    InputError
        With every error of every table; what does not stop a run is in `Province.warnings`.

    Examples
    --------
    >>> province = read_province(as_of="2024-09")
    >>> province.unit("huyện ngoc lac"), int((province.register["event"] == "new").sum())
    ('389', 515)
    >>> read_province(as_of="12/9/2024").register.attrs
    {'as_of': Period('2024-09-12', 'D'), 'later': 7}
    >>> province.waiting is None, len(read_province(as_of="2024-09", dossiers="example").waiting)
    (True, 98)
    """
    terms: dict = {"as_of": as_of, "units_as": units_as, "count_by": count_by}
    found = survey(folder, **terms, dossiers=dossiers, strict=strict)
    if found.province is None:
        raise InputError(found.faults)
    return found.province


class Survey(NamedTuple):
    """What was found in a folder or workbook."""

    province: Province | None  # None where an error stands in its way
    faults: list[Fault]  # errors and warnings, table by table
    books: list[Books] = []  # noqa: RUF012 -- never written to


def survey(
    folder: str | PathLike = "",
    *,
    as_of: "str | pd.Period | None" = None,
    units_as: str | None = None,
    count_by: str = "decision",
    dossiers: str | PathLike = "",
    strict: bool = False,
) -> Survey:
    """Read a folder or workbook as `read_province` does, but return its faults instead of raising them."""
    data = Path(folder) if str(folder) else DATA
    if not data.exists():
        return Survey(None, [Fault(str(data), "folder_missing")])
    if data.suffix == ".json":
        return _saved(data, as_of, units_as or "", count_by, dossiers_file(dossiers))
    try:
        tables, province = _Tables(opened(data), dossiers_file(dossiers)), None
    except InputError as error:
        return Survey(None, list(error.faults))
    try:
        units = tables.units()
        asked = None if as_of is None else last_known(as_of)
        if units is not None:
            terms = Terms(units.set_index("unit"), None, asked, units_as or None, count_by)
            province = tables.province(tables.confirmed(terms))
    except InputError as error:  # a setting, or what several tables say together
        found = (*error.faults, *error.warnings)
        tables.faults.extend(fault for fault in found if fault not in tables.faults)
    tables.close()
    faults = [*tables.faults, *(province.doubts() if province is not None else ())]
    faults = strictly(faults) if strict else faults
    if province is None or any(fault.severity == "error" for fault in faults):
        return Survey(None, faults, tables.books)
    return Survey(replace(province, warnings=tuple(faults)), faults, tables.books)


def strictly(faults: Iterable[Fault]) -> list[Fault]:
    """Return faults, those that leave open what counts as errors."""
    return [replace(fault, severity="error") if fault.key in DOUBTFUL else fault for fault in faults]


def _saved(path, as_of, units_as, count_by, dossiers):
    """Return a saved province, or the fault that it was read on other terms than those asked."""
    try:
        saved = Province.load(path)
        own = as_of is None or str(as_of) == str(saved.as_of)  # was known, whatever this machine's clock says
        asked = (saved.as_of if own else last_known(as_of), units_as, count_by)
    except InputError as error:
        return Survey(None, list(error.faults))
    as_saved = dossiers is None or (saved.example and _is_example(dossiers))
    if as_saved and asked == (saved.as_of, saved.units_as, saved.count_by):
        return Survey(saved, [])
    return Survey(None, [Fault(str(path), "saved_otherwise", {"as_of": saved.as_of})])


def _is_example(path):
    return same_file(path, EXAMPLE_FILE)


@dataclass(frozen=True)
class _Tables:
    """The tables of `data`, and dossiers `apart`: what is wrong with those read, and their books."""

    data: Path | Book
    apart: Path | None = None
    faults: list[Fault] = field(default_factory=list)
    books: list[Books] = field(default_factory=list)

    def read(self, name: str, home: Division | None = None, terms: Terms | None = None) -> Reading | None:
        """Read a table if it is there and right, its rows placed in the units `home` if these are given."""
        if name in OPTIONAL and not sources(self.data, name):
            return None
        return self._told(lambda: self._read(name, source(self.data, name), home, terms))

    def _read(self, name, place, home, terms):
        if name == "words":
            return read_words(*place)
        contract = self.contracts[name]
        return (
            read_aliases(*place, terms=terms, contract=contract)
            if terms
            else _read(contract, *place, home=home)
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
        apart = [self.apart] if self.apart else []
        for found in beside(self.data, *apart, without=() if self.report else ("progress",)):
            self.faults.extend(found.faults)
            self.books.append(Books(str(found.path), tuple(found.balances)))

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
            own = None if same_file(place.path, self.apart) else self._told(lambda: self._read("dossiers", place, home, None))
            if own is not None and len(own.table):
                self.faults.append(Fault(str(self.apart), "dossiers_twice", {"path": place.path}))
                return None
        return self._apart(self.apart, home)

    def _apart(self, path, home):
        """Read the file of dossiers; a clerk is told once that the example is of other units than his."""
        before = len(self.faults)
        reading = self._told(lambda: _read(self.contracts["dossiers"], _there(path), home=home))
        if reading is None and _is_example(path):
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
        reports, dossiers = self._reports(home, reported), self.dossiers(home)
        if register is None or targets is None:
            return None
        return Province(
            register.attrs["as_of"],
            home.units,
            _every_year(targets, home.units),
            register,
            rounds and self._rounds(rounds, register),
            breaks and _in_order(breaks.table),
            reports,
            dossiers and self._dossiers(dossiers, register),
            reported and reported.progress,
            terms.units_as or "",
            terms.count_by,
            self.apart is not None and _is_example(self.apart),
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

    def _dossiers(self, dossiers, register):
        """Return the dossiers, each row with its day, those that the register calls new recognised.

        An empty table is none: it does not say that no unit has a dossier.
        """
        found = [*_undated(dossiers.table, register.attrs["as_of"]), *_doubtful(dossiers.table, register)]
        self.faults.extend(map(dossiers.fault, found))
        rows = dossiers.table.reset_index(drop=True)
        return None if rows.empty else closed(dated(rows, register.attrs["as_of"]), register)


def _there(path):
    """Return the path of the dossiers; raise InputError if there is no such file."""
    if not path.exists():
        raise InputError([Fault(str(path), "dossiers_missing")])
    return path


def _read(contract, book, sheet=None, *, home=None):
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
    return table[["unit", "name", "year", "target", "province", "province_name", "origin", "source", "note"]]


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


def read_alone(data: str | PathLike, name: str) -> pd.DataFrame | None:
    """Return one table of a folder or workbook as it stands, None if it is not there; or raise its faults."""
    tables = _Tables(opened(data if str(data) else DATA))
    reading = tables.read(name)
    if any(fault.severity == "error" for fault in tables.faults):
        raise InputError(tables.faults)
    return reading and reading.table


def table_of(path: str | PathLike) -> str:
    """Tell by a file's name which table it holds; any that names none is taken for a register.

    Examples
    --------
    >>> table_of("targets-2024.xlsx"), table_of("OCOP 2024.xlsx")
    ('targets', 'register')
    """
    return table_named(path) or "register"


def read_table(
    path: str | PathLike,
    data: str | PathLike = "",
    *,
    as_of: "str | pd.Period | None" = None,
    units_as: str | None = None,
    count_by: str = "decision",
) -> Reading:
    """Read and check one table, such as ``targets.xlsx`` or ``register-2024.csv``; see `table_of`.

    If no units stand beside it, those of the folder `data` count. The terms are those of `read_province`.
    """
    name, asked = table_of(path), None if as_of is None else last_known(as_of)
    tables = _Tables(_home_of(Path(path), data))
    contract = tables.contracts[name]
    if name == "words":
        return read_words(path)
    if name in WITHOUT_UNITS:
        return _read(contract, path)
    units = tables.read("units")
    if units is None:
        raise InputError(tables.faults)
    terms = tables.confirmed(Terms(units.table.set_index("unit"), None, asked, units_as or None, count_by))
    if name == "aliases":
        return read_aliases(path, terms=terms, contract=contract)
    if name == "register":
        return read_register(path, terms=terms, contract=contract)[0]
    return _read(contract, path, home=terms.home())


def _home_of(path, data):
    """Return where the units of a single table lie: beside it, else in `data`."""
    return path.parent if sources(path.parent, "units") else opened(data or DATA)
