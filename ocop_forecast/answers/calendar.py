"""What has to be done when: certificates to renew, and rounds."""

import pandas as pd

from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import day, number
from ocop_forecast.planning.deadlines import deadlines
from ocop_forecast.tables.province import Province

from .answer import Answer, Asked

COLUMNS = dict.fromkeys(("date", "what", "name", "product", "producer", "stars"), "text")


def answer(asked: Asked) -> Answer | None:
    """List the certificates to renew within twelve months, and rounds; None without a register."""
    if asked.province.progress is not None:
        return None
    due = deadlines(asked.province)
    counts = due["what"].value_counts()
    said = label("calendar_said", renew=number(counts.get("renew", 0)), rounds=number(counts.get("round", 0)))
    if due.empty:
        return Answer("calendar", (said,))
    return Answer("calendar", (said, label("calendar_file")), _table(due, asked.province), COLUMNS)


def _table(due: pd.DataFrame, province: Province) -> pd.DataFrame:
    """Return a row a deadline in words; rounds are the province's."""
    table = due.assign(
        date=due["date"].map(day),
        what=[label(f"due_{what}") for what in due["what"]],
        name=due["unit"].map(province.units["name"]).fillna(province.name),
        stars=[label("with_stars", stars=stars) if pd.notna(stars) else "" for stars in due["stars"]],
    )
    return table.set_index("unit")[[*COLUMNS]].fillna("").rename(index={float("nan"): ""})
