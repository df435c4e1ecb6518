"""The meeting pack: the forecast's tables as CSV, a workbook and a page, in Vietnamese or English.

Every number is a view of one outlook. It is formatted here and nowhere else.
"""

import base64
from collections.abc import Mapping
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from .files import whole
from .forecast import Forecast
from .labels import Sentence, label, month, number, percent
from .plan import FLAGS

OUTLOOK = ["name", "level", "so_far", "target", "median", "lower", "upper", "p_reach", "shortfall",
           "needed_per_month", "pace", "naive", "flag"]  # fmt: skip
SHOWN = ["name", "so_far", "target", "median", "interval", "p_reach", "shortfall", "needed_per_month", "pace",
         "naive", "flag"]  # fmt: skip
DIGITS = {"shortfall": 1, "needed_per_month": 1, "pace": 1}


def headline(
    outlook: pd.DataFrame, flags: pd.DataFrame, unit: str | None = None, *, lang: str = "vi"
) -> Sentence:
    """Return the answer in words: of one unit its standing and why, of the province the meeting's sentences.

    Parameters
    ----------
    outlook, flags : DataFrame
        As from `attainment` and `flag`.
    unit : str, optional
        A unit code; without one the province.
    lang : {"vi", "en"}
        The reader's language.
    """
    if unit is not None:
        row = flags.loc[unit]
        return Sentence(f"{row['name']}: {label('flag_' + row['flag'], lang)}. {row[f'reason_{lang}']}")
    said = [_province(outlook, lang), _count(outlook, flags, lang), _needy(outlook, flags, lang)]
    return Sentence("\n".join(filter(None, said)))


def _province(outlook, lang):
    """Return what the province has, where its year may end, and what a straight line says."""
    row, attrs = outlook[outlook["level"] == "province"].iloc[0], outlook.attrs
    target = (
        {} if pd.isna(row["target"]) else {"target": int(row["target"]), "chance": percent(row["p_reach"])}
    )
    said = {
        "name": row["name"],
        "year": attrs["year"],
        "so_far": int(row["so_far"]),
        "month": month(attrs["as_of"], lang),
        "median": int(row["median"]),
        "level": number(100 * attrs["level"], lang),
        "interval": f"{int(row['lower'])}–{int(row['upper'])}",
    }
    sentences = [label("headline_province" if target else "headline_no_target", lang, **said, **target)]
    if not pd.isna(row["naive"]):
        sentences.append(label("headline_naive", lang, naive=number(row["naive"], lang)))
    known, units = int(outlook["target"].notna().sum()) - 1, len(outlook) - 1
    if 0 <= known < units and target:
        sentences.append(label("headline_some_targets", lang, known=known, units=units))
    return " ".join(sentences)


def _count(outlook, flags, lang):
    of_units = flags.loc[outlook["level"] == "unit", "flag"]
    counts = of_units.value_counts().reindex(FLAGS).dropna().astype(int)
    said = ", ".join(label(f"count_{flag}", lang, count=count) for flag, count in counts.items())
    return label("headline_count", lang, units=len(of_units), counts=said)


def _needy(outlook, flags, lang):
    """Return who needs support, the least likely first; nothing is said where there are no targets."""
    if outlook["target"].isna().all():
        return ""
    needy = outlook[(outlook["level"] == "unit") & (flags["flag"] == "needs_support")]
    if needy.empty:
        return label("headline_none", lang)
    rows = needy.sort_values("p_reach", kind="stable")
    names = ", ".join(f"{name} ({percent(p)})" for name, p in zip(rows["name"], rows["p_reach"], strict=True))
    return label("headline_needy", lang, names=names)


def table(outlook: pd.DataFrame, flags: pd.DataFrame, *, lang: str = "vi") -> pd.DataFrame:
    """Return the outlook as a meeting reads it: text in the reader's language, one row a unit.

    The columns are those of the workbook and the page; certainty is shown as <1 % and >99 %.
    """
    shown = outlook.assign(flag=flags["flag"].reindex(outlook.index))
    shown["interval"] = [
        f"{low:.0f}–{high:.0f}" for low, high in zip(shown["lower"], shown["upper"], strict=True)
    ]
    shown["p_reach"] = chance(outlook, lang)
    shown["flag"] = [label(f"flag_{flag}", lang) for flag in shown["flag"]]
    for name in ("so_far", "target", "median", "naive", *DIGITS):
        shown[name] = [number(value, lang, DIGITS.get(name, 0)) for value in shown[name]]
    return shown[SHOWN].rename(columns=lambda name: heading(name, outlook.attrs, lang))


def chance(outlook: pd.DataFrame, lang: str) -> list[str]:
    """Return each row's probability in words: what is attained is a fact and not an estimate."""
    done = outlook["so_far"] >= outlook["target"].fillna(np.inf)
    return [label("done", lang) if so else percent(p) for so, p in zip(done, outlook["p_reach"], strict=True)]


def heading(name: str, attrs: dict, lang: str) -> str:
    """Return the words over a column of the outlook; an interval is named by its level."""
    return label(f"column_{name}", lang, level=number(100 * attrs["level"], lang))


def write(
    folder: str | PathLike,
    forecast: Forecast,
    outlook: pd.DataFrame,
    flags: pd.DataFrame,
    *,
    notes: Mapping[str, str],
    caution: str = "",
    lang: str = "vi",
) -> None:
    """Write forecast.csv, outlook.csv, flags.csv, figures, meeting.xlsx and meeting.html into `folder`.

    Parameters
    ----------
    folder : path
        Made if it is not there; each file is written whole or not at all.
    forecast, outlook, flags
        As from `TrendResults.forecast`, `attainment` and `flag`.
    notes : mapping of str to str
        What the pack says of its own making (sources, seed, draws), in the order shown.
    caution : str
        What a reader must know before any figure; stands at the top of the page and the workbook.
    lang : {"vi", "en"}
        Language of the workbook and the page.
    """
    folder = Path(folder)
    code = outlook.index[outlook["level"] == "province"][0]
    _csv(folder / "forecast.csv", forecast.frame(total=code), index=False)
    _csv(folder / "outlook.csv", outlook.assign(flag=flags["flag"])[OUTLOOK])
    _csv(folder / "flags.csv", flags)
    with whole(folder / "meeting.xlsx") as draft:
        _workbook(draft, forecast, outlook, flags, notes, caution, lang)
    pictures = _pictures(forecast, outlook, lang)
    for name, (_, svg) in pictures.items():
        with whole(folder / "figures" / f"{name}.svg") as draft:
            draft.write_bytes(svg)
    page = _page(pictures, outlook, flags, notes, caution, lang)
    with whole(folder / "meeting.html") as draft:
        draft.write_text(page, encoding="utf-8", newline="\n")


def _csv(path, frame, **options):
    with whole(path) as draft:
        frame.to_csv(draft, encoding="utf-8", lineterminator="\n", **options)


def _workbook(path, forecast, outlook, flags, notes, caution, lang):
    import xlsxwriter

    text_stays_text = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), text_stays_text | {"nan_inf_to_errors": False}) as book:
        # the month's first day, so that the same run gives the same bytes whenever it is made
        book.set_properties({"title": "OCOP", "created": forecast.as_of.to_timestamp().to_pydatetime()})
        styles = {name: book.add_format(style) for name, style in EXCEL_STYLES.items()}
        summary = [*filter(None, caution.split("\n")), *headline(outlook, flags, lang=lang).split("\n")]
        _lines(book, label("sheet_summary", lang), summary, styles)
        _units(book, outlook, flags, styles, lang)
        _months(book, forecast, outlook, styles, lang)
        _reasons(book, flags, styles, lang)
        _lines(book, label("sheet_notes", lang), [f"{key}: {value}" for key, value in notes.items()], styles)


EXCEL_STYLES = {
    "head": {"bold": True, "bg_color": "#DCE9F5", "text_wrap": True, "valign": "top", "border": 1},
    "text": {"text_wrap": True, "valign": "top"},
    "whole": {"num_format": "#,##0", "valign": "top"},
    "tenths": {"num_format": "#,##0.0", "valign": "top"},
    "share": {"num_format": "0%", "valign": "top"},
}


def _lines(book, title, lines, styles):
    sheet = book.add_worksheet(title)
    sheet.set_column(0, 0, 110)
    for at, line in enumerate(lines):
        sheet.write_string(at, 0, line, styles["text"])


def _grid(book, title, heads, rows, styles, widths):
    """Write one sheet: a frozen, filtered header and rows of (value, style) cells."""
    sheet = book.add_worksheet(title)
    for at, (head, width) in enumerate(zip(heads, widths, strict=True)):
        sheet.set_column(at, at, width)
        sheet.write_string(0, at, head, styles["head"])
    for down, row in enumerate(rows, start=1):
        for at, (value, style) in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(down, at, value, styles[style])
            elif not pd.isna(value):
                sheet.write_number(down, at, value, styles[style])
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(rows), len(heads) - 1)
    sheet.fit_to_pages(1, 0)
    sheet.set_landscape()


NUMBERS = {"so_far": "whole", "target": "whole", "median": "whole", "lower": "whole", "upper": "whole",
           "p_reach": "share", "shortfall": "tenths", "needed_per_month": "tenths", "pace": "tenths",
           "naive": "tenths"}  # fmt: skip


def _units(book, outlook, flags, styles, lang):
    heads = [heading(name, outlook.attrs, lang) for name in ("unit", "name", *NUMBERS, "flag")]
    rows = [
        [(code, "text"), (row["name"], "text")]
        + [(row[name], style) for name, style in NUMBERS.items()]
        + [(label(f"flag_{flags.loc[code, 'flag']}", lang), "text")]
        for code, row in outlook.iterrows()
    ]
    _grid(book, label("sheet_units", lang), heads, rows, styles, [8, 20, *[11] * len(NUMBERS), 16])


def _months(book, forecast, outlook, styles, lang):
    known = forecast.panel[forecast.panel.index.year == forecast.year]
    to_come = forecast.draws[:, :, forecast.months.year == forecast.year].mean(axis=0)
    figures = np.hstack([known.T.to_numpy(), to_come])
    figures = np.vstack([figures, figures.sum(axis=0)])
    heads = [heading(name, outlook.attrs, lang) for name in ("unit", "name")]
    heads += [str(at) for at in known.index]
    heads += [
        label("month_expected", lang, month=at)
        for at in forecast.months[forecast.months.year == forecast.year]
    ]
    styled = ["whole"] * len(known) + ["tenths"] * to_come.shape[1]
    rows = [
        [(code, "text"), (name, "text"), *zip(row, styled, strict=True)]
        for code, name, row in zip(outlook.index, outlook["name"], figures, strict=True)
    ]
    _grid(book, label("sheet_months", lang), heads, rows, styles, [8, 20, *[10] * figures.shape[1]])


def _reasons(book, flags, styles, lang):
    heads = [label(f"column_{name}", lang, level="") for name in ("unit", "name", "flag", "reason")]
    rows = [
        [
            (text, "text")
            for text in (code, row["name"], label(f"flag_{row['flag']}", lang), row[f"reason_{lang}"])
        ]
        for code, row in flags.iterrows()
    ]
    _grid(book, label("sheet_flags", lang), heads, rows, styles, [8, 20, 18, 100])


def _pictures(forecast, outlook, lang):
    """Return name -> (title, SVG) of the pictures that the page and the folder hold."""
    from . import plots

    row = outlook[outlook["level"] == "province"].iloc[0]
    fan = forecast.plot(name=row["name"], target=row["target"], naive=row["naive"], lang=lang)
    beside = plots.intervals(outlook, level=outlook.attrs["level"], lang=lang)
    axes = {"province": fan, "units": beside}
    return {name: (one.get_title(loc="left"), plots.svg(one)) for name, one in axes.items()}


def _page(pictures, outlook, flags, notes, caution, lang):
    from jinja2 import Environment, PackageLoader

    shown = table(outlook, flags, lang=lang)
    columns = (shown.to_numpy().tolist(), flags["flag"], flags[f"reason_{lang}"], outlook["level"])
    pages = Environment(
        loader=PackageLoader("ocop_forecast"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return pages.get_template("meeting.html.j2").render(
        lang=lang,
        label=label,
        name=outlook["name"].iloc[-1],
        month=month(outlook.attrs["as_of"], lang),
        year=outlook.attrs["year"],
        sentences=headline(outlook, flags, lang=lang).split("\n"),
        pictures=[(title, _inline(svg)) for title, svg in pictures.values()],
        heads=list(shown.columns),
        reason_heads=[heading(name, outlook.attrs, lang) for name in ("name", "flag", "reason")],
        rows=list(zip(*columns, strict=True)),
        notes=notes,
        caution=caution,
    )


def _inline(svg):
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode("ascii")
