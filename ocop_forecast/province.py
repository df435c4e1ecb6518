"""One province's tables, read and checked together, as they stood at the end of one month or day."""

from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path

import pandas as pd

from .calendar import known_rounds
from .errors import Fault, InputError
from .keys import UnitNames, today
from .labels import Sentence, day, label, month
from .register import (
    DATA,
    monthly_counts,
    read_breaks,
    read_register,
    read_rounds,
    read_targets,
    read_units,
    table_in,
    tables_in,
)

OPTIONAL = ("rounds", "breaks")


@dataclass(frozen=True, eq=False)
class Province:
    """One province's checked tables, as they stood at the end of `as_of`.

    Attributes
    ----------
    as_of : Period
        The month that is known whole (frequency M), or the last day that is known (D).
    units, targets, register, rounds, breaks : DataFrame
        As from `read_units`, `read_targets`, `read_register`, `read_rounds` and `read_breaks`; rounds and
        breaks are None where the folder has no such table. Of the rounds there are those held up to `as_of`
        and those planned after it: a later one that the file calls held was not known yet, an earlier one
        that it still calls planned did not come about, for all we know.
    """

    as_of: pd.Period
    units: pd.DataFrame
    targets: pd.DataFrame
    register: pd.DataFrame
    rounds: pd.DataFrame | None = None
    breaks: pd.DataFrame | None = None

    @cached_property
    def panel(self) -> pd.DataFrame:
        """Months x units: products newly recognised, as from `monthly_counts`."""
        return monthly_counts(self.register)

    @property
    def silent(self) -> pd.Index:
        """Units that never stood in the register: their zero may mean "not reported"."""
        return self.units.index.difference(self.register["unit"].unique())

    def caution(self, lang: str = "vi") -> Sentence:
        """Return what a reader must know before any figure; blank if there is nothing.

        That this year's register and targets are reconstructed, what `unknown` says, and that rows decided
        later were left out.
        """
        year, decided, later = self.as_of.year, self.register["decision_date"], self.register.attrs["later"]
        lines = [self.unknown(lang)]
        if (self.register["origin"] == "reconstructed").any():
            targets = self.targets[(self.targets["year"] == year) & self.targets["target"].notna()]
            made_up = {"rows": _made_up(self.register[decided.dt.year == year]), "targets": _made_up(targets)}
            lines.insert(0, label("caution_made_up", lang, year=year, **made_up))
        lines += [label("caution_later", lang, as_of=month(self.as_of, lang), later=later)] if later else []
        return Sentence("\n".join(filter(None, lines)))

    def unknown(self, lang: str = "vi") -> Sentence:
        """Return what is taken as known though it may not be; blank if there is nothing.

        That the as-of month is not over yet, and that months without any decision at the end count as zero.
        """
        decided, by_month = self.register["decision_date"].max(), self.as_of.freqstr == "M"
        last_whole = self.as_of if by_month else self.as_of.asfreq("M") - 1
        said = {
            "caution_open_month": by_month and self.as_of.end_time > today(),
            "caution_empty_months": decided.to_period("M") < last_whole,
        }
        values = {
            "as_of": month(self.as_of, lang),
            "last": day(decided, lang),
            "example": f"{decided:%Y-%m-%d}",
        }
        return Sentence("\n".join(label(key, lang, **values) for key, so in said.items() if so))

    def unit(self, text: str) -> str:
        """Return the code of the unit that `text` (a code or a name in any form) means.

        Raises
        ------
        InputError
            If it means none or several; the nearest name is suggested.
        """
        found = UnitNames(self.units).resolve(text)
        if isinstance(found, str):
            return found
        raise InputError([Fault("unit", found[0], {"value": text, **found[1]})])


def _made_up(table):
    """Return how many rows of a table are reconstructed, as ``85/85``."""
    return f"{(table['origin'] == 'reconstructed').sum()}/{len(table)}"


def read_province(folder: str | PathLike = "", *, as_of: "str | pd.Period | None" = None) -> Province:
    """Read and check all tables of a folder; every fault of every file is told at once.

    Parameters
    ----------
    folder : path
        Holds units, targets and register, each as .csv or .xlsx, and if there are any the rounds and the
        breaks. Empty: the data that come with the tool (Thanh Hóa, September 2024).
    as_of : str, Period or date, optional
        The last month that is known whole, or the last day that is known, as in `read_register`; without it
        the month of the last decision.

    Raises
    ------
    InputError
        With every fault of every file.

    Examples
    --------
    >>> read_province(as_of="2024-09").unit("huyện ngoc lac")
    '389'
    """
    folder = Path(folder) if str(folder) else DATA
    if not folder.is_dir():
        raise InputError([Fault(str(folder), "folder_missing")])
    units = read_units(table_in(folder, "units"))
    readers = {
        "targets": lambda path: read_targets(path, units),
        "register": lambda path: read_register(path, as_of=as_of, units=units),
        "rounds": read_rounds,
        "breaks": read_breaks,
    }
    tables, faults = {}, []
    for name, read in readers.items():
        if name in OPTIONAL and not tables_in(folder, name):
            continue
        try:
            tables[name] = read(table_in(folder, name))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    as_of = tables["register"].attrs["as_of"]
    if "rounds" in tables:
        tables["rounds"] = known_rounds(tables["rounds"], as_of)
    return Province(as_of, units, **tables)


def read_table(path: str | PathLike, data: str | PathLike = "") -> pd.DataFrame:
    """Read and check one table, known by its file's name; any other name is taken for a register.

    Parameters
    ----------
    path : path
        Such as ``targets.xlsx`` or ``register-2024.csv``.
    data : path
        The folder whose units count if none stand beside `path`.
    """
    stem = Path(path).stem.lower()
    if stem.startswith("units"):
        return read_units(path)
    if stem.startswith("rounds"):
        return read_rounds(path)
    if stem.startswith("breaks"):
        return read_breaks(path)
    beside = Path(path).parent
    home = beside if tables_in(beside, "units") else Path(data) if str(data) else DATA
    read = read_targets if stem.startswith("targets") else read_register
    return read(path, units=read_units(table_in(home, "units")))
