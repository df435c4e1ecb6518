"""One province's tables, read and checked together, as they stood at the end of one month."""

from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path

import pandas as pd

from .errors import Fault, InputError
from .keys import UnitNames
from .labels import label, percent
from .register import (
    DATA,
    monthly_counts,
    read_register,
    read_rounds,
    read_targets,
    read_units,
    table_in,
    tables_in,
)


@dataclass(frozen=True, eq=False)
class Province:
    """One province's checked tables, as they stood at the end of one month."""

    as_of: pd.Period
    units: pd.DataFrame
    targets: pd.DataFrame
    register: pd.DataFrame
    rounds: pd.DataFrame | None

    @cached_property
    def panel(self) -> pd.DataFrame:
        """Months x units: products newly recognised, as from `monthly_counts`."""
        return monthly_counts(self.register)

    @property
    def silent(self) -> pd.Index:
        """Units that never stood in the register: their zero may mean "not reported"."""
        return self.units.index.difference(self.register["unit"].unique())

    def caution(self, lang: str) -> str:
        """Return the sentence that warns of reconstructed rows in the register; blank if there are none."""
        made_up = (self.register["origin"] == "reconstructed").mean()
        return label("caution", lang, share=percent(made_up)) if made_up else ""

    def unit(self, text: str) -> str:
        """Return the code of the unit that `text` (a code or a name in any form) means.

        Raises
        ------
        InputError
            If it means none or several; the nearest name is suggested.
        """
        names = UnitNames(self.units)
        codes = names.codes(text)
        if len(codes) == 1:
            return codes[0]
        key = "unit_ambiguous" if codes else "unit_unknown_nearest"
        values = {"value": text, "allowed": names.names(codes), "nearest": names.nearest(text)}
        raise InputError([Fault("unit", key, values)])


def read_province(folder: str | PathLike = "", *, as_of: "str | pd.Period | None" = None) -> Province:
    """Read and check all tables of a folder; every fault of every file is told at once.

    Parameters
    ----------
    folder : path
        Holds units, targets and register, each as .csv or .xlsx, and if there are any the rounds. Empty: the
        data that come with the tool (Thanh Hóa, September 2024).
    as_of : str or Period, optional
        The last month that is known whole; without it the month of the last decision.

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
    units = read_units(table_in(folder, "units"))
    readers = {
        "targets": lambda path: read_targets(path, units),
        "register": lambda path: read_register(path, as_of=as_of, units=units),
        "rounds": read_rounds,
    }
    tables, faults = {"rounds": None}, []
    for name, read in readers.items():
        if name == "rounds" and not tables_in(folder, name):
            continue
        try:
            tables[name] = read(table_in(folder, name))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    return Province(tables["register"]["month"].cat.categories[-1], units, **tables)


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
    beside = Path(path).parent
    home = beside if tables_in(beside, "units") else Path(data) if str(data) else DATA
    read = read_targets if stem.startswith("targets") else read_register
    return read(path, units=read_units(table_in(home, "units")))
