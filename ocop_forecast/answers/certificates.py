"""The question how many certificates will be valid, and how many run out."""

from ocop_forecast.bands import likely
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import interval, month, number
from ocop_forecast.planning.deadlines import deadlines
from ocop_forecast.planning.stock import Stock, stock_ahead

from .answer import Answer, Asked

COLUMNS = {
    "valid": "whole", "range": "text", "expired": "whole", "renewed": "whole", "added": "whole",
    "target": "whole", "p_reach": "share",
}  # fmt: skip
YEARS = (1, 3)  # after this one, and the last


def answer(asked: Asked) -> Answer | None:
    """Say how many certificates will be valid by the end of some years; None without a register."""
    if asked.province.progress is not None:
        return None
    stock, earned = stock_ahead(asked.projection, asked.province), asked.outlook.earned
    sentences = (_said(stock, asked.outlook.year), _due(asked), *_goals(stock, earned), label("stock_terms"))
    return Answer("certificates", sentences, _shown(stock), COLUMNS, lambda: _drawn(stock))


def _said(stock: Stock, year: int) -> str:
    """Say what is valid now, and may be by the end of some years."""
    ends = stock.table[stock.table.index.quarter == 4]
    years = sorted({year + after for after in YEARS} | {ends.index[-1].year})
    parts = []
    for end, row in ends.iterrows():
        if end.year in years:
            of = {"median": number(row["median"]), "range": interval(row["lower"], row["upper"])}
            parts.append(label("stock_by", year=end.year, **of))
    return label("stock_said", valid=number(stock.start), years="; ".join(parts))


def _due(asked: Asked) -> str:
    """Say how many run out in the next month and in the next twelve."""
    days = deadlines(asked.province).query("what == 'renew'")["date"]
    next_month = asked.province.as_of.asfreq("M") + 1
    soon = (days <= next_month.end_time).sum()
    return label("stock_due", soon=number(soon), month=month(next_month), year=number(len(days)))


def _goals(stock: Stock, earned: bool) -> list[str]:
    """Say how likely each goal is, or where one is entered."""
    rows = stock.table.dropna(subset=["goal"])
    if rows.empty:
        return [label("stock_enter")]
    return [
        label("stock_goal", year=end.year, goal=number(row["goal"]), chance=likely(row["p_reach"], earned))
        for end, row in rows.iterrows()
    ]


def _shown(stock: Stock):
    table = stock.table
    ranges = [interval(*row) for row in table[["lower", "upper"]].to_numpy()]
    table = table.rename(columns={"median": "valid", "new": "added", "goal": "target"}).assign(range=ranges)
    return table[[*COLUMNS]].rename(index=lambda at: label("quarter", quarter=at.quarter, year=at.year))


def _drawn(stock: Stock):
    from ocop_forecast import plots

    return plots.certificates(stock.table, now=stock.start)
