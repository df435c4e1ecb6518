"""Reading: every table of a province is read once, and all that is wrong with any is told together.

A data folder holds each table as a file, a workbook holds each as a sheet; dossiers may come in a file apart.
A table is read by its contract, its rows are placed in the units of the run, and then it is checked.
"""

from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from ocop_forecast.errors import Fault, Finding, InputError
from ocop_forecast.files.cells import sheet_names
from ocop_forecast.files.reading import Reading, checked, read
from ocop_forecast.files.writing import shipped
from ocop_forecast.periods import last_known
from ocop_forecast.text import fold, folded

from .certificates import conflicts
from .dossiers import closed, dated
from .progress import PROGRESS, SHEET, counted, named, read_reports
from .province import Province, known_rounds
from .register import Terms, known, read_aliases, read_register
from .schema import CONTRACTS, REGISTER, SHEETS
from .units import Division

DATA = shipped("data")
EXAMPLE = "example"  # the word for the dossiers that come with the tool, all of them made up
EXAMPLE_FILE = DATA / "example" / "dossiers.csv"
OPTIONAL = ("communes", "aliases", "rounds", "breaks", "reports", "dossiers")
WITHOUT_UNITS = ("units", "communes", "rounds", "breaks")  # tables whose rows name none
PLACED = {
    "targets": Division.place_targets,
    "reports": Division.place_reports,
    "dossiers": Division.place_dossiers,
}


class Source(NamedTuple):
    """Where a table lies: a file, and the sheet in it (None: whichever has its headers)."""

    path: Path
    sheet: str | None = None


def sources(data: str | PathLike, name: str) -> list[Source]:
    """Return where the table `name` lies in a folder or workbook: nowhere, once, or as a file of each kind.

    In a workbook its sheet bears the table's name, in English or Vietnamese.

    Examples
    --------
    >>> [source.path.name for source in sources(DATA, "rounds")], sources(DATA, "reports")
    (['rounds.csv'], [])
    """
    data = Path(data)
    if data.is_dir():
        return [Source(path) for path in (data / f"{name}.csv", data / f"{name}.xlsx") if path.exists()]
    wanted = {fold(name), fold(SHEETS[name])}
    return [Source(data, sheet) for sheet in sheet_names(data) if fold(sheet) in wanted]


def source(data: str | PathLike, name: str) -> Source:
    """Return the one place of the table `name`; raise InputError if it is not there, or there twice."""
    found = sources(data, name)
    if len(found) == 1:
        return found[0]
    fault = "twice" if found else "missing"
    if Path(data).is_dir():
        raise InputError([Fault(str(Path(data) / f"{name}.csv"), f"file_{fault}")])
    raise InputError([Fault(str(data), f"table_{fault}", {"allowed": f'"{SHEETS[name]}", "{name}"'})])


def report_in(data: str | PathLike) -> Source | None:
    """Return where the progress reports lie that take the register's place; None where there is one, or none.

    In a folder or workbook they bear the name of their table. A single file or workbook of any name is one if
    its columns are a report's, or if it holds no other table.
    """
    data = Path(data)
    if data.is_dir():
        wanted = {fold("progress"), fold(SHEET)}
        found = [path for path in data.iterdir() if fold(path.stem.replace("-", " ")) in wanted]
        return Source(found[0]) if found and not sources(data, "register") else None
    try:
        if table_named(data) == "register" or sources(data, "register"):
            return None
        named = [sheet for sheet in sheet_names(data) if fold(sheet) in ("progress", fold(SHEET))]
        return Source(data, named[0]) if named else Source(data) if _is_report(data) else None
    except InputError:  # whoever reads it says what is wrong with it
        return None


def _is_report(path):
    """Tell whether a file's columns are a report's; or neither those of a report nor of any other table."""
    if not _lacks(path, PROGRESS):
        return True
    others = table_named(path) or any(sources(path, name) for name in CONTRACTS)
    return not others and _lacks(path, REGISTER)


def _lacks(path, contract):
    return any(fault.key == "column_missing" for fault in read(path, contract).faults)


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
    province, faults = survey(folder, as_of=as_of, units_as=units_as, count_by=count_by, dossiers=dossiers)
    if province is None:
        raise InputError(faults)
    return province


def survey(
    folder: str | PathLike = "",
    *,
    as_of: "str | pd.Period | None" = None,
    units_as: str | None = None,
    count_by: str = "decision",
    dossiers: str | PathLike = "",
) -> tuple[Province | None, list[Fault]]:
    """Read a folder or workbook as `read_province` does, but return its faults instead of raising them.

    The province is None where an error stands in its way; errors and warnings come table by table.
    """
    data = Path(folder) if str(folder) else DATA
    if not data.exists():
        return None, [Fault(str(data), "folder_missing")]
    if data.suffix == ".json":
        return _saved(data, as_of, units_as or "", count_by, dossiers_file(dossiers))
    tables, province = _Tables(data, dossiers_file(dossiers)), None
    try:
        place = report_in(data)
        tables = replace(tables, report=place and read_reports(*place))
        units = tables.units()
        asked = None if as_of is None else last_known(as_of)
        if units is not None:
            terms = Terms(units.set_index("unit"), None, asked, units_as or None, count_by)
            province = tables.province(tables.confirmed(terms))
    except InputError as error:  # a setting, or what several tables say together
        found = (*error.faults, *error.warnings)
        tables.faults.extend(fault for fault in found if fault not in tables.faults)
    if province is not None:
        tables.faults.extend(province.doubts())
    if province is None or any(fault.severity == "error" for fault in tables.faults):
        return None, tables.faults
    return replace(province, warnings=tuple(tables.faults)), tables.faults


def _saved(path, as_of, units_as, count_by, dossiers):
    """Return a saved province, or the fault that it was read on other terms than those asked."""
    try:
        saved = Province.load(path)
        own = as_of is None or str(as_of) == str(saved.as_of)  # was known, whatever this machine's clock says
        asked = (saved.as_of if own else last_known(as_of), units_as, count_by)
    except InputError as error:
        return None, list(error.faults)
    as_saved = dossiers is None or (saved.example and _is_example(dossiers))
    if as_saved and asked == (saved.as_of, saved.units_as, saved.count_by):
        return saved, []
    return None, [Fault(str(path), "saved_otherwise", {"as_of": saved.as_of})]


def _is_example(path):
    return path.resolve() == EXAMPLE_FILE.resolve()


@dataclass(frozen=True)
class _Tables:
    """The tables of `data`, dossiers `apart`, or the `report` that takes the register's place.

    What is wrong with those that were read is in `faults`.
    """

    data: Path
    apart: Path | None = None
    report: Reading | None = None
    faults: list[Fault] = field(default_factory=list)

    def read(self, name: str, home: Division | None = None, terms: Terms | None = None) -> Reading | None:
        """Read a table if it is there and right, its rows placed in the units `home` if these are given."""
        if name in OPTIONAL and not sources(self.data, name):
            return None
        try:
            place = source(self.data, name)
            reading = read_aliases(*place, terms=terms) if terms else _read(name, *place, home=home)
        except InputError as error:
            self.faults.extend(error.faults + error.warnings)
            return None
        self.faults.extend(reading.warnings)
        return reading

    def units(self) -> pd.DataFrame | None:
        """Return the table of units; without one those that the progress reports name."""
        if self.report is not None and not sources(self.data, "units"):
            return named(self.report.table["unit"])
        units = self.read("units")
        return units and units.table

    def dossiers(self, home: Division) -> Reading | None:
        """Read the dossiers: the data's own, or those apart; where both are, nobody knows which count."""
        own = self.read("dossiers", home)
        if self.apart is None:
            return own
        if own is not None and len(own.table):
            there = source(self.data, "dossiers").path
            self.faults.append(Fault(str(self.apart), "dossiers_twice", {"path": there}))
            return None
        return self._apart(self.apart, home)

    def _apart(self, path, home):
        """Read the file of dossiers; a clerk is told once that the example is of other units than his."""
        try:
            if not path.exists():
                raise InputError([Fault(str(path), "dossiers_missing")])
            reading = _read("dossiers", path, home=home)
        except InputError as error:
            found = [Fault(EXAMPLE, "example_elsewhere")] if _is_example(path) else error.faults
            self.faults.extend([*found, *error.warnings])
            return None
        self.faults.extend(reading.warnings)
        return reading

    def confirmed(self, terms: Terms) -> Terms:
        """Return the terms with the communes, and with what people have confirmed of names."""
        communes = self.read("communes")
        terms = replace(terms, communes=communes and communes.table)
        aliases = self.read("aliases", terms=terms)
        return terms if aliases is None else terms.with_aliases(aliases.table)

    def province(self, terms: Terms) -> Province | None:
        """Return the province, if nothing is wrong with what it needs."""
        reported = None if self.report is None else counted(self.report, terms)
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
        try:
            reading, home = read_register(*source(self.data, "register"), terms=terms)
            self.faults.extend(reading.warnings)
            return known(reading, home, terms), home
        except InputError as error:
            self.faults.extend(error.faults + error.warnings)
            return None, terms.home()

    def _rounds(self, rounds, register):
        """Return the rounds known by then, held against what the register counts of each."""
        self.faults.extend(map(rounds.fault, conflicts(register, rounds.table)))
        return known_rounds(rounds.table.reset_index(drop=True), register.attrs["as_of"])

    def _dossiers(self, dossiers, register):
        """Return the dossiers, each row with its day, those that the register calls new recognised.

        An empty table is none: it does not say that no unit has a dossier.
        """
        self.faults.extend(map(dossiers.fault, _doubtful(dossiers.table, register)))
        rows = dossiers.table.reset_index(drop=True)
        return None if rows.empty else closed(dated(rows, register.attrs["as_of"]), register)


def _read(name, path, sheet=None, *, home=None):
    """Read a table by its contract, place its rows in the units `home`, and check it."""
    reading = read(path, CONTRACTS[name], sheet)
    if home is None or name not in PLACED:
        return checked(reading)
    return checked(reading, *PLACED[name](home, reading.table))


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
    tables = _Tables(Path(data) if str(data) else DATA)
    reading = tables.read(name)
    if any(fault.severity == "error" for fault in tables.faults):
        raise InputError(tables.faults)
    return reading and reading.table


def table_named(path: str | PathLike) -> str:
    """Tell by a file's name which table it holds; blank if it names none."""
    return next((name for name in CONTRACTS if Path(path).stem.lower().startswith(name)), "")


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
    if name in WITHOUT_UNITS:
        return _read(name, path)
    beside = Path(path).parent
    tables = _Tables(beside if sources(beside, "units") else Path(data or DATA))
    units = tables.read("units")
    if units is None:
        raise InputError(tables.faults)
    terms = tables.confirmed(Terms(units.table.set_index("unit"), None, asked, units_as or None, count_by))
    home = terms.home()
    if name == "aliases":
        return read_aliases(path, terms=terms)
    return read_register(path, terms=terms)[0] if name == "register" else _read(name, path, home=home)
