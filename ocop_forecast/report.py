"""The files of a run: the forecast's tables for machines, the workbook and the page for the meeting."""

from os import PathLike
from pathlib import Path

import pandas as pd

from .answer import Pack
from .files import whole
from .outlook import COLUMNS
from .page import page, pictures
from .record import OURS, flagged, histogram, reliable, skill
from .workbook import write_workbook

OUTLOOK = [*COLUMNS, "flag"]
PACK = ("forecast.csv", "outlook.csv", "flags.csv", "stock.csv", "meeting.xlsx", "meeting.html")


def write(folder: str | PathLike, pack: Pack) -> list[str]:
    """Write the tables (forecast, outlook, flags, stock), figures, workbook and page into `folder`.

    The folder is made if it is not there; each file is written whole or not at all. Returns their names,
    as seen from `folder`.
    """
    folder, outlook, flags = Path(folder), pack.outlook, pack.flags
    code = outlook.index[outlook["level"] == "province"][0]
    _csv(folder / "forecast.csv", pack.forecast.frame(targets=outlook["target"], total=code), index=False)
    _csv(folder / "outlook.csv", outlook.assign(flag=flags["flag"])[OUTLOOK])
    _csv(folder / "flags.csv", flags)
    _csv(folder / "stock.csv", pack.stock)
    with whole(folder / "meeting.xlsx") as draft:
        write_workbook(draft, pack)
    drawn = pictures(pack)
    for name, (_, svg) in drawn.items():
        with whole(folder / "figures" / f"{name}.svg") as draft:
            draft.write_bytes(svg)
    with whole(folder / "meeting.html") as draft:
        draft.write_text(page(pack, drawn), encoding="utf-8", newline="\n")
    return [*PACK, *(f"figures/{name}.svg" for name in drawn)]


def write_backtest(
    folder: str | PathLike, rows: pd.DataFrame, said: str, *, name: str, lang: str = "vi"
) -> None:
    """Write verdict.txt, the tables as CSV and the pictures of a backtest into `folder`.

    The folder is made if it is not there; each file is written whole or not at all.

    Parameters
    ----------
    folder : path
        Where to.
    rows : DataFrame
        As from `backtest`.
    said : str
        The verdict and its tables in words.
    name : str
        What the province is called in its picture.
    lang : {"vi", "en"}
        Language of the pictures.
    """
    with whole(Path(folder) / "verdict.txt") as draft:
        draft.write_text(said, encoding="utf-8", newline="\n")
    tables = {"skill": skill(rows), "reliability": reliable(rows), "flags": flagged(rows)}
    _csv(Path(folder) / "backtest.csv", rows, index=False, float_format="%.6g")
    for stem, table in tables.items():
        _csv(Path(folder) / f"{stem}.csv", table, float_format="%.6g")
    for stem, svg in _past(rows, tables["reliability"], name, lang).items():
        with whole(Path(folder) / "figures" / f"{stem}.svg") as draft:
            draft.write_bytes(svg)


def _past(rows, reliability, name, lang):
    """Return name -> SVG: the province's past years, what was promised, where the results came to lie."""
    from . import plots

    province = rows[(rows["level"] == "province") & (rows["method"] == OURS)]
    axes = {
        "past": plots.record(province, name=name, level=rows.attrs["level"], lang=lang),
        "reliability": plots.reliability(reliability, lang=lang),
        "pit": plots.pit(histogram(rows), lang=lang),
    }
    return {stem: plots.svg(one) for stem, one in axes.items()}


def _csv(path, frame, **options):
    with whole(path) as draft:
        frame.to_csv(draft, encoding="utf-8", lineterminator="\n", **options)
