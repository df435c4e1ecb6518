"""The door: every table of a province is read once, and all that is wrong with any is told together."""

from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path

import pandas as pd

from ocop_forecast.errors import Fault, Finding, InputError
from ocop_forecast.files.reading import Place, Reading, read
from ocop_forecast.periods import last_known
from ocop_forecast.text import folded

from . import products
from .dossiers import closed, dated
from .province import Province
from .readers import DATA, every_year, in_order, known_rounds, source, sources
from .register import Terms, known
from .schema import CONTRACTS
from .units import Division

WITHOUT_UNITS = ("units", "communes", "rounds", "breaks")  # tables whose rows name none
OPTIONAL = ("communes", "aliases", "rounds", "breaks", "reports", "dossiers")


def read_province(
    folder: str | PathLike = "",
    *,
    as_of: "str | pd.Period | None" = None,
    units_as: str | None = None,
    count_by: str = "decision",
) -> Province:
    """Read and check all tables of a folder or workbook; every fault of every table is told at once.

    Parameters
    ----------
    folder : path
        A folder that holds units, targets and register, each as .csv or .xlsx, or a workbook with a sheet for
        each; and if there are any `OPTIONAL` ones. Or what `Province.save` wrote, such as a run's
        ``province.json``. Empty: the data that come with the tool.
    as_of : str, Period or date, optional
        The last month that is known whole, or the last day that is known, as in `read_register`; without it
        the month of the last decision.
    units_as : {"historic-district", "commune"}, optional
        The units that everything is carried to: all districts that ever were, or the communes since the
        reform of 2025. Without it the units of units.csv that are in force at `as_of`.
    count_by : {"decision", "programme"}
        The year a product counts to, as in `read_register`.

    Raises
    ------
    InputError
        With every error of every table; what does not stop a run is in `Province.warnings`.

    Examples
    --------
    >>> read_province(as_of="2024-09").unit("huyện ngoc lac")
    '389'
    """
    province, faults = survey(folder, as_of=as_of, units_as=units_as, count_by=count_by)
    if province is None:
        raise InputError(faults)
    return province


def survey(
    folder: str | PathLike = "",
    *,
    as_of: "str | pd.Period | None" = None,
    units_as: str | None = None,
    count_by: str = "decision",
) -> tuple[Province | None, list[Fault]]:
    """Read a folder or workbook as `read_province` does, but return what is wrong instead of raising it.

    Returns
    -------
    Province or None
        None if an error stands in its way.
    list of Fault
        Every error and warning, table by table.
    """
    data = Path(folder) if str(folder) else DATA
    if not data.exists():
        return None, [Fault(str(data), "folder_missing")]
    if data.suffix == ".json":
        return _saved(data, as_of, units_as or "", count_by)
    door = _Door(data)
    units = door.read("units")
    try:
        asked = {"units_as": units_as or None, "count_by": count_by}
        asked["as_of"] = None if as_of is None else last_known(as_of)
        province = units and door.province(door.confirmed(Terms(units.table.set_index("unit"), **asked)))
    except InputError as error:  # a setting, or what several tables say together
        door.faults.extend((*error.faults, *error.warnings))
        province = None
    if province is not None:
        door.faults.extend(province.doubts())
    wrong = any(fault.level == "error" for fault in door.faults)
    return (None if wrong else replace(province, warnings=tuple(door.faults))), door.faults


def _saved(path, as_of, units_as, count_by):
    """Return a saved province, or the fault that it was read on other terms than those asked."""
    try:
        saved = Province.load(path)
        own = as_of is None or str(as_of) == str(saved.as_of)  # was known, whatever this machine's clock says
        asked = (saved.as_of if own else last_known(as_of), units_as, count_by)
    except InputError as error:
        return None, list(error.faults)
    if asked == (saved.as_of, saved.units_as, saved.count_by):
        return saved, []
    return None, [Fault(str(path), "saved_otherwise", {"as_of": saved.as_of})]


@dataclass(frozen=True)
class _Door:
    """Where the tables of `data` come in; what is wrong with them is kept in `faults`."""

    data: Path
    faults: list[Fault] = field(default_factory=list)

    def read(self, name, place=None) -> Reading | None:
        """Read a table if it is there and right."""
        if name in OPTIONAL and not sources(self.data, name):
            return None
        try:
            path, sheet = source(self.data, name)
            reading = read(path, CONTRACTS[name], place, sheet)
        except InputError as error:
            self.faults.extend(error.faults + error.warnings)
            return None
        self.faults.extend(reading.warnings)
        return reading

    def confirmed(self, terms: Terms) -> Terms:
        """Return the terms with the communes, and with what people have confirmed of names."""
        communes = self.read("communes")
        terms = replace(terms, communes=communes and communes.table)
        aliases = self.read("aliases", terms.place_aliases)
        return terms if aliases is None else terms.with_aliases(aliases.table)

    def register(self, terms: Terms) -> pd.DataFrame | None:
        """Return the register as it was known, if nothing is wrong with it."""
        reading = self.read("register", terms.place)
        try:
            return reading and known(reading, terms)
        except InputError as error:
            self.faults.extend(error.faults)
            return None

    def province(self, terms: Terms) -> Province | None:
        """Return the province, if nothing is wrong with what it needs."""
        register = self.register(terms)
        home = terms.home(None if register is None else register.attrs["as_of"])
        found_by = places(terms, home)
        names = ("targets", "rounds", "breaks", "reports", "dossiers")
        targets, rounds, breaks, reports, dossiers = (self.read(name, found_by.get(name)) for name in names)
        if register is None or targets is None:
            return None
        return Province(
            register.attrs["as_of"],
            home.units,
            every_year(targets.table, home.units),
            register,
            rounds and self._rounds(rounds, register),
            breaks and in_order(breaks.table),
            reports and reports.table.reset_index(drop=True),
            dossiers and self._dossiers(dossiers, register),
            terms.units_as or "",
            terms.count_by,
        )

    def _rounds(self, rounds, register):
        """Return the rounds known by then, held against what the register counts of each."""
        found = products.conflicts(register, rounds.table)
        self.faults.extend(rounds.fault(f.place, f.column, f.key, f.level, **f.values) for f in found)
        return known_rounds(rounds.table.reset_index(drop=True), register.attrs["as_of"])

    def _dossiers(self, dossiers, register):
        """Return the dossiers, each row with its day, those that the register calls new recognised."""
        found = _doubtful(dossiers.table, register)
        self.faults.extend(dossiers.fault(f.place, f.column, f.key, f.level) for f in found)
        rows = dossiers.table.reset_index(drop=True)
        return rows if rows.empty else closed(dated(rows, register.attrs["as_of"]), register)


def _doubtful(dossiers, register):
    """Return a warning for each code of several units, and each other dossier that the register lacks."""
    code = folded(dossiers["dossier_code"])
    moved = code[(code != "") & (dossiers["unit"] != dossiers["unit"].groupby(code).transform("first"))]
    lost = _not_in_register(dossiers[~code.isin(moved)], register)
    told = (("dossier_code", "dossier_two_units", moved), ("product", "dossier_not_in_register", lost))
    return [
        Finding(place, column, key, level="warning")
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
    """Return one table of a folder or workbook that needs no other to be read; None if it is not there.

    Raises
    ------
    InputError
        With every fault of the table.
    """
    door = _Door(Path(data) if str(data) else DATA)
    reading = door.read(name)
    if any(fault.level == "error" for fault in door.faults):
        raise InputError(door.faults)
    return reading and reading.table


def places(terms: Terms, home: Division) -> dict[str, Place]:
    """Return table -> what finds the units of its rows."""
    return {
        "register": terms.place,
        "aliases": terms.place_aliases,
        "targets": home.place_targets,
        "reports": home.place_reports,
        "dossiers": home.place_dossiers,
    }


def table_of(path: str | PathLike) -> str:
    """Return which table a file holds, by its name; any that names none is taken for a register.

    Examples
    --------
    >>> table_of("targets-2024.xlsx"), table_of("OCOP 2024.xlsx")
    ('targets', 'register')
    """
    return next((name for name in CONTRACTS if Path(path).stem.lower().startswith(name)), "register")


def read_table(
    path: str | PathLike,
    data: str | PathLike = "",
    *,
    as_of: "str | pd.Period | None" = None,
    units_as: str | None = None,
    count_by: str = "decision",
) -> Reading:
    """Read and check one table, known by its file's name; any other name is taken for a register.

    Parameters
    ----------
    path : path
        Such as ``targets.xlsx`` or ``register-2024.csv``.
    data : path
        The folder whose units count if none stand beside `path`.
    as_of, units_as, count_by
        As in `read_province`.
    """
    name, asked = table_of(path), None if as_of is None else last_known(as_of)
    if name in WITHOUT_UNITS:
        return read(path, CONTRACTS[name])
    beside = Path(path).parent
    door = _Door(beside if sources(beside, "units") else Path(data) if str(data) else DATA)
    units = door.read("units")
    if units is None:
        raise InputError(door.faults)
    asked_for = {"as_of": asked, "units_as": units_as or None, "count_by": count_by}
    terms = door.confirmed(Terms(units.table.set_index("unit"), **asked_for))
    return read(path, CONTRACTS[name], places(terms, terms.home(None))[name])
