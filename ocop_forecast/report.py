"""The files of a run: the forecast's tables for machines, the workbook and the page for the meeting."""

from os import PathLike
from pathlib import Path

from .answer import Pack
from .files import whole
from .outlook import COLUMNS
from .page import page, pictures
from .workbook import write_workbook

OUTLOOK = [*COLUMNS, "flag"]


def write(folder: str | PathLike, pack: Pack) -> None:
    """Write forecast.csv, outlook.csv, flags.csv, figures, meeting.xlsx and meeting.html into `folder`.

    The folder is made if it is not there; each file is written whole or not at all.
    """
    folder, outlook, flags = Path(folder), pack.outlook, pack.flags
    code = outlook.index[outlook["level"] == "province"][0]
    _csv(folder / "forecast.csv", pack.forecast.frame(targets=outlook["target"], total=code), index=False)
    _csv(folder / "outlook.csv", outlook.assign(flag=flags["flag"])[OUTLOOK])
    _csv(folder / "flags.csv", flags)
    with whole(folder / "meeting.xlsx") as draft:
        write_workbook(draft, pack)
    drawn = pictures(pack)
    for name, (_, svg) in drawn.items():
        with whole(folder / "figures" / f"{name}.svg") as draft:
            draft.write_bytes(svg)
    with whole(folder / "meeting.html") as draft:
        draft.write_text(page(pack, drawn), encoding="utf-8", newline="\n")


def _csv(path, frame, **options):
    with whole(path) as draft:
        frame.to_csv(draft, encoding="utf-8", lineterminator="\n", **options)
