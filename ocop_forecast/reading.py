"""From a sheet's text to a contract's typed table, or to every fault of the sheet at once."""

import pandas as pd
import pandera.pandas as pa

from .errors import InputError
from .keys import UnitNames, date, fold
from .schema import DTYPES
from .sheet import Sheet, decimal, whole_number

READERS = {"whole": whole_number, "number": decimal, "date": date}


def typed(sheet: Sheet, contract: pa.DataFrameSchema, names: UnitNames | None = None) -> pd.DataFrame:
    """Return the sheet's rows as the contract's typed columns; columns it does not know are left out.

    Parameters
    ----------
    sheet : Sheet
        The text as it stands in the file.
    contract : DataFrameSchema
        One of those in `schema`.
    names : UnitNames, optional
        Resolves a column of units to their codes.

    Returns
    -------
    DataFrame
        All the contract's columns, missing ones empty; index the row numbers of the file.

    Raises
    ------
    InputError
        With every fault of the sheet at once.
    """
    written = _headers(sheet, contract)
    faults = [
        sheet.fault("column_missing", 1, column=name, allowed=_names(contract, name))
        for name, col in contract.columns.items()
        if col.required and name not in written
    ]
    columns = {}
    for name, col in contract.columns.items():
        columns[name], wrong = _read(sheet, written.get(name), col, names)
        faults += wrong
    table = pd.DataFrame(columns, index=sheet.cells.index)
    faults += _broken(sheet, table, contract, written, faults)
    if faults:
        raise InputError(sorted(faults, key=lambda fault: fault.row))
    return table


def _headers(sheet, contract):
    """Return our column name -> the header that stands for it in the sheet."""
    by_fold = {fold(header): header for header in reversed(sheet.cells.columns)}
    written = {}
    for name, col in contract.columns.items():
        known = [fold(header) for header in (name, *col.metadata["headers"])]
        found = [by_fold[header] for header in known if header in by_fold]
        if found:
            written[name] = found[0]
    return written


def _names(contract, name):
    return ", ".join(f'"{header}"' for header in (name, *contract.columns[name].metadata["headers"]))


def _read(sheet, header, col, names):
    """Return one column's values (missing where blank or wrong) and the faults of its cells."""
    dtype = DTYPES[col.metadata["reads"]]
    if header is None:
        return pd.Series(None, sheet.cells.index, dtype=object).astype(dtype), []
    texts = sheet.cells[header]
    values = {text: _value(text, col, names) for text in texts.unique() if text}
    wrong = [
        sheet.fault(values[text][0], row, header, value=text, **values[text][1])
        for row, text in texts.items()
        if isinstance(values.get(text), tuple)
    ]
    good = {text: value for text, value in values.items() if not isinstance(value, tuple)}
    return pd.Series([good.get(text) for text in texts], texts.index, dtype=object).astype(dtype), wrong


def _value(text, col, names):
    """Return the value of a cell's text, or (key, values) of the sentence that says why there is none."""
    reads = col.metadata["reads"]
    if reads == "text":
        return text
    if reads == "choice":
        allowed = {"allowed": col.metadata["allowed"]}
        return col.metadata["choice"].get(fold(text)) or ("choice_allowed", allowed)
    if reads == "unit":
        return names.resolve(text)
    value = READERS[reads](text)
    return (f"not_{reads}", {}) if value is None else value


def _broken(sheet, table, contract, written, known):
    """Return what pandera finds wrong in the typed table, but for cells whose fault is already known."""
    try:
        contract.validate(table, lazy=True)
    except pa.errors.SchemaErrors as error:
        found = error.failure_cases.dropna(subset="index")
    else:
        return []
    of_rows = found["schema_context"] == "DataFrameSchema"
    cases = pd.concat([found[~of_rows], found[of_rows].drop_duplicates(["check", "index"]).assign(column="")])
    seen = {(fault.row, fault.column) for fault in known}
    unsure = {fault.row for fault in known}  # two cells that could not be read are not the same for that
    together = ", ".join(written[name] for name in contract.metadata["only_once"] if name in written)
    return [
        _fault(sheet, case, written, together)
        for case in cases.itertuples()
        if (case.column in written and (case.index, written[case.column]) not in seen)
        or (not case.column and together and case.index not in unsure)
    ]


def _fault(sheet, case, written, together):
    key = "cell_blank" if case.check == "not_nullable" else case.check
    header = written.get(case.column, "")
    value = sheet.cells.loc[case.index, header] if header else ""
    return sheet.fault(key, int(case.index), header, value=value, together=together)
