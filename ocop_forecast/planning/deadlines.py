"""What falls due when: certificates that run out, and rounds that are planned."""

import pandas as pd

from ocop_forecast.tables.certificates import certificates
from ocop_forecast.tables.province import Province

COLUMNS = ["date", "what", "unit", "product", "producer", "stars", "level"]


def deadlines(province: Province, *, months: int = 12) -> pd.DataFrame:
    """List the certificates that run out in the next months, and the rounds planned from now on.

    Parameters
    ----------
    province : Province
        As from `read_province`, with a register.
    months : int
        How many months after the as-of date.

    Returns
    -------
    DataFrame
        A row each, in order of time: date (the first day without a certificate, or the round's), what
        (``renew`` or ``round``), unit (a code), product, producer and stars of a certificate, level of a
        round (``province``, ``district`` or ``central``); missing what the other has.

    Examples
    --------
    >>> from ocop_forecast import read_province
    >>> due = deadlines(read_province(as_of="2024-09"), months=3)
    >>> due["what"].value_counts().to_dict()
    {'renew': 34, 'round': 5}
    """
    now = province.as_of.end_time
    held = certificates(province.register, province.as_of)
    soon = held[(held["status"] == "valid") & (held["expires"] <= now + pd.DateOffset(months=months))]
    soon = soon.rename(columns={"expires": "date"}).assign(what="renew", unit=soon["unit"].astype("str"))
    rows = soon.sort_values(["unit", "product", "producer"]).reindex(columns=COLUMNS)
    rounds = province.rounds
    if rounds is not None:
        ahead = rounds[rounds["date"] > now].drop_duplicates(["date", "level"]).assign(what="round")
        rows = pd.concat([ahead.reindex(columns=COLUMNS).astype(object), rows.astype(object)])
    return rows.sort_values("date", kind="stable", ignore_index=True)
