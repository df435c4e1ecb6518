"""What has to be done when: certificates to renew, and rounds."""

import pandas as pd

from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import day, number
from ocop_forecast.planning.deadlines import deadlines

from .answer import Answer, Asked

COLUMNS = dict.fromkeys(("what", "name", "product", "producer", "stars"), "text")


def answer(asked: Asked) -> Answer | None:
    """List the certificates to renew within twelve months, and rounds; None without a register."""
    if asked.province.progress is not None:
        return None
    due = deadlines(asked.province)
    counts = due["what"].value_counts()
    said = label("calendar_said", renew=number(counts.get("renew", 0)), rounds=number(counts.get("round", 0)))
    names = asked.province.units["name"]
    table = due.assign(
        what=[label(f"due_{what}") for what in due["what"]],
        name=due["unit"].map(names),
        stars=[label("with_stars", stars=stars) if pd.notna(stars) else "" for stars in due["stars"]],
    )
    table = table.set_axis([day(date) for date in due["date"]]).rename_axis("date")[[*COLUMNS]]
    return Answer("calendar", (said, label("calendar_file")), table.fillna(""), COLUMNS)
