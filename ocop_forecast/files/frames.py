"""Tables as JSON and back, with their types: what a run read is kept beside what it forecast.

Neither CSV, which forgets types, nor pickle, which runs what is in it.
"""

from typing import Any

import pandas as pd

PLAIN = ("str", "int64", "Int64", "float64", "datetime64[s]")


def packed(table: pd.DataFrame | None) -> dict | None:
    """Return a table as lists that JSON can hold; None stays None.

    Its columns are text, whole numbers, numbers, days, periods or categories of these; a named index is kept,
    another one is counted anew.

    Examples
    --------
    >>> target = pd.array([3, None], "Int64")
    >>> table = pd.DataFrame({"unit": ["389", "390"], "target": target}).set_index("unit")
    >>> packed(table)["columns"]["target"]
    {'dtype': 'Int64', 'values': [3, None]}
    >>> unpacked(packed(table)).equals(table)
    True
    """
    if table is None:
        return None
    index = table.index.name
    columns = (table if index is None else table.reset_index()).items()
    return {"index": index, "columns": {name: _packed(column) for name, column in columns}}


def _packed(column):
    if isinstance(column.dtype, pd.CategoricalDtype):
        categories = column.cat.categories
        kept = {"name": categories.name, **_packed(categories.to_series())}
        return {"values": column.cat.codes.tolist(), "categories": kept}
    said = column.astype("str") if str(column.dtype).startswith(("period", "datetime")) else column
    return {"dtype": str(column.dtype), "values": said.astype(object).where(column.notna(), None).tolist()}


def unpacked(kept: dict[str, Any] | None) -> pd.DataFrame | None:
    """Return the table that was `packed`; raise ValueError, KeyError or TypeError if it is none."""
    if kept is None:
        return None
    table = pd.DataFrame({name: _unpacked(column) for name, column in kept["columns"].items()})
    return table if kept["index"] is None else table.set_index(kept["index"])


def _unpacked(column):
    if "categories" in column:
        kept = column["categories"]
        categories = pd.Index(_unpacked(kept), name=kept["name"])
        return pd.Categorical.from_codes(column["values"], categories)
    dtype = column["dtype"]
    if dtype.startswith("period["):
        return pd.PeriodIndex(column["values"], dtype=dtype)
    if dtype not in PLAIN:
        raise ValueError(f"a column of type {dtype}")
    return pd.Series(column["values"], dtype=dtype)
