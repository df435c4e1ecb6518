"""The country's summary: one page, workbook and table of all provinces, with links to the page of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from os import PathLike
from os.path import relpath
from pathlib import Path
from urllib.parse import quote

import pandas as pd

from ocop_forecast import __version__
from ocop_forecast.bands import chance, likely, rank_of
from ocop_forecast.files.writing import whole
from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import interval, month, number, share
from ocop_forecast.palette import FLAGS
from ocop_forecast.planning.nation import PRIOR, Country
from ocop_forecast.settings import Settings
from ocop_forecast.terms import set_options

from .advice import listed
from .page import COLUMN, Cell, Picture, Table, framed
from .poster import answer
from .reasons import standing
from .sheets import PLAIN, Grid, footer, formats, written

FIGURES = ("so_far", "target", "median", "lower", "upper")
BEFORE = ["flag_before", "p_before", "so_far_before"]
QUALITY = ["rows", "new", "reconstructed", "left_out", "later", "silent", "behind", "failed"]
KEPT = ["name", "as_of", *FIGURES, "p_reach", "earned", "flag", *BEFORE, *QUALITY, "page"]
TOLD = ("left_out", "later", "silent", "behind", "failed")  # of the data, where there are any
COLUMNS = ("province", "flag", *FIGURES, "p_reach", "change", "data")
BOUNDS = {"country_independent": 0.0, "country_as_one": 1.0}


@dataclass(frozen=True, eq=False)
class Nation:
    """What the country's page, workbook and table say.

    Attributes
    ----------
    country : Country
        The provinces, drawn together.
    facts : DataFrame
        A row a province, index its key as in `Country.table`. Columns: as_of (Period); page, the province's
        page as seen from the summary's folder; flag_before, p_before, so_far_before, as its run before said
        (missing without one); of its data: rows of the register, new, those that count as newly recognised,
        reconstructed among these, left_out, rows of its files that could not be counted, later, those decided
        after as_of, silent, units that have not reported, behind, months from the last decision to as_of;
        failed, notebooks that failed.
    refused : mapping of str to str
        Who is in no sum -> why, in words.
    settings : Settings
        Those of the runs.
    mark : str
        What every file says where some of the data are not real; blank where all are.
    """

    country: Country
    facts: pd.DataFrame
    refused: Mapping[str, str]
    settings: Settings
    mark: str = ""

    @cached_property
    def table(self) -> pd.DataFrame:
        """The provinces in the order of need, with all that is told of each; index province."""
        return self.country.table.join(self.facts)[KEPT]

    @property
    def months(self) -> str:
        """Up to when is counted: one month, or from the earliest to the latest."""
        dates = sorted(self.facts["as_of"].unique(), key=lambda at: at.end_time)
        return " – ".join(month(at) for at in dict.fromkeys([dates[0], dates[-1]]))

    @property
    def name(self) -> str:
        """What the sum is called: so many provinces together."""
        return label("nation_name", count=len(self.table))

    @property
    def title(self) -> str:
        """The title of page and workbook."""
        told = label("page_title", name=self.name, year=self.country.year, month=self.months)
        return " – ".join(filter(None, [self.mark, told]))

    @property
    def shown(self) -> pd.Series:
        """The first screen's figures: the sum's end, and so far, target and chance of those with a target."""
        whole, aimed = self.country.whole.copy(), self.country.aimed
        if not pd.isna(aimed["target"]):
            whole["so_far"] = aimed["so_far"]
        return whole

    @property
    def headline(self) -> str:
        """The answer in words, a line each, in the language of the runs."""
        with set_options(lang=self.settings.lang):
            return "\n".join([self._answer(), self.counts, *self.doubts()])

    def _answer(self):
        row, level = self.shown, number(100 * self.country.level)
        said: dict = {name: number(row[name]) for name in ("so_far", "median")}
        said |= {"name": self.name, "year": self.country.year, "month": self.months, "level": level}
        said["interval"] = interval(row["lower"], row["upper"])
        if pd.isna(row["target"]):
            return label("headline_no_target", **said)
        known = (row["p_reach"], row["so_far"], row["target"], self.country.earned)
        said |= {"target": number(row["target"]), "chance": chance(*known), "by": self.by}
        return label("headline_province", **said)

    @property
    def by(self) -> str:
        """Until when a product counts."""
        return label(f"by_{self.settings.count_by}")

    @property
    def counts(self) -> str:
        """How many provinces stand how."""
        counts = self.table["flag"].value_counts().reindex(FLAGS).dropna().astype(int)
        said = ", ".join(label(f"count_{flag}", count=count) for flag, count in counts.items())
        return label("nation_count", count=len(self.table), counts=said)

    def doubts(self) -> list[str]:
        """Tell who is not in the sums or has no target, and what notebooks failed; else nothing."""
        table, lines = self.table, []
        if self.refused:
            lines.append(label("nation_refused", names=listed(sorted(self.refused))))
        if ends := self.aside():
            without = table[table["target"].isna()]
            said = {"names": listed([*without["name"]]), "so_far": number(without["so_far"].sum())}
            lines.append(label("nation_without", **said, ends=ends))
        if failed := int(table["failed"].sum()):
            lines.append(label("data_failed", count=failed))
        return lines

    def grounds(self) -> list[str]:
        """Tell how sure the sum is: what is shared, learned or assumed, and what that may change."""
        if len(self.table) == 1:
            return [label("nation_alone")]
        country, known = self.country, self.country.shared
        said = {"part": share(known.mean), "years": ", ".join(map(str, known.years)), "cases": known.cases}
        said |= dict(zip("ab", (number(one, 1) for one in PRIOR), strict=True))
        ends = [interval(*country.ends(country.sums(part))[1:]) for part in BOUNDS.values()]
        bounds = label("nation_bounds", alone=ends[0], together=ends[1])
        unproven = self.table[~self.table["earned"]]["name"]
        doubt = [label("nation_unproven", names=listed([*unproven]))] if len(unproven) else []
        return [label("nation_learned" if known.years else "nation_assumed", **said), bounds, *doubt]

    def aside(self) -> str:
        """Tell where the year of those with a target may end, if others have none; else blank."""
        with_target = int(self.table["target"].notna().sum())
        if with_target in (0, len(self.table)):
            return ""
        row = self.country.aimed
        ends = {"median": number(row["median"]), "interval": interval(row["lower"], row["upper"])}
        return label("nation_aimed", count=with_target, **ends)

    def notes(self) -> dict[str, str]:
        """Tell how the summary was made: heading -> text."""
        notes = {
            "note_as_of": self.months,
            "note_interval": label("note_interval_text", level=number(100 * self.country.level)),
            "nation_note_sums": label("nation_note_sums_text"),
            "note_draws": f"{self.settings.draws}; {self.settings.seed}",
            "note_version": f"ocop_forecast {__version__}",
        }
        return {label(key): text for key, text in notes.items()}

    def foot(self) -> pd.DataFrame:
        """Return the country's rows: its figures, and its ends if nothing were shared, or all."""
        country = self.country
        rows = {"country": {**country.whole, "name": self.name, "earned": country.earned}}
        for key, part in BOUNDS.items():
            ends = dict(zip(("median", "lower", "upper"), country.ends(country.sums(part)), strict=True))
            rows[key] = {"name": label(f"nation_{key}"), **ends}
        told = pd.DataFrame.from_dict(rows, orient="index").rename_axis("province")
        return told.astype(dict.fromkeys(FIGURES, "Int64"))


def change(row: pd.Series) -> str:
    """Tell what changed of a province since its run before: count, standing, chance; a dash without one."""
    if pd.isna(row["so_far_before"]):
        return "–"
    new = int(row["so_far"] - row["so_far_before"])
    said = [f"{new:+d}" if new else "0"]
    if row["flag"] != row["flag_before"]:
        said.append(" → ".join(standing(row[name]) for name in ("flag_before", "flag")))
    before, now = (likely(row[name], row["earned"]) for name in ("p_before", "p_reach"))
    if before != now and not pd.isna(row["target"]):
        said.append(label("nation_chance_moved", before=before, now=now))
    return "; ".join(said)


def quality(row: pd.Series) -> str:
    """Tell what a province's data are: the balance of its books, what is made up, and what is missing."""
    said = [label("data_rows", **{name: number(row[name]) for name in ("rows", "new")})]
    said += [label(f"data_{name}", count=int(row[name])) for name in TOLD if row[name]]
    if row["reconstructed"]:
        said.append(label("data_reconstructed", part=share(row["reconstructed"] / row["new"])))
    return "; ".join(said)


def write(place: str | PathLike, nation: Nation) -> list[str]:
    """Write nation.html, .xlsx and .csv into a folder, each whole or not at all; return their names."""
    place = Path(place)
    with whole(place / "nation.csv") as draft:
        refused = {name: {"name": name, "refused": why} for name, why in sorted(nation.refused.items())}
        tables = (nation.table, nation.foot(), pd.DataFrame.from_dict(refused, orient="index"))
        told = pd.concat([one.astype(object) for one in tables]).reindex(columns=[*KEPT, "refused"])
        told.to_csv(draft, index_label="province", encoding="utf-8", lineterminator="\n")
    with whole(place / "nation.xlsx") as draft:
        write_workbook(draft, nation)
    with whole(place / "nation.html") as draft:
        draft.write_text(page(nation, pictures(nation)), encoding="utf-8", newline="\n")
    return ["nation.csv", "nation.xlsx", "nation.html"]


def pictures(nation: Nation) -> dict[str, Picture]:
    """Draw the provinces against their targets, and where the country's year may end."""
    from ocop_forecast import plots, style

    country, table = nation.country, nation.table
    totals, count = country.totals, int(table["target"].notna().sum())
    said = {"target": country.whole["target"], "earned": country.earned, "width": COLUMN}
    named = nation.name if count in (0, len(table)) else label("nation_name_aimed", count=count)
    axes = {"country": plots.year_total(pd.Series(totals), name=named, **said)}
    if count:
        axes["provinces"] = plots.provinces(table, level=country.level, width=COLUMN)
    words = {"country": nation.headline.partition("\n")[0], "provinces": label("alt_table")}
    return {
        name: Picture(f"{style.title(one)}. {words[name]}", style.images(style.marked(one, nation.mark)))
        for name, one in axes.items()
    }


# the page


def page(nation: Nation, drawn: Mapping[str, Picture]) -> str:
    """Make the page, HTML, in the frame of the meeting's page.

    Parameters
    ----------
    nation : Nation
        What it says.
    drawn : mapping
        As from `pictures`.
    """
    return framed(
        "nation.html.j2",
        nation.title,
        nation=nation,
        pictures=drawn,
        first=answer(nation.shown, nation.table, nation.country.earned),
        level=number(100 * nation.country.level),
        provinces=_provinces(nation),
    )


def _heads(nation):
    level = number(100 * nation.country.level)
    names = ("province", "flag", *FIGURES[:3], "interval", "p_reach", "change", "data")
    return [label(f"column_{name}", level=level) for name in names]


def _provinces(nation):
    """Hold every province against its target; those refused stand below, the country at the foot."""
    rows = [
        [
            Cell(row["name"], link=row["page"]),
            Cell(standing(row["flag"]), [*FLAGS].index(row["flag"]), flag=row["flag"]),
            *_figures(row),
            Cell(change(row), why=True),
            Cell(quality(row), why=True),
        ]
        for _, row in nation.table.iterrows()
    ]
    blank = [*[Cell("–")] * 6, Cell("–", why=True)]
    rows += [[Cell(name), *blank, Cell(why, why=True)] for name, why in sorted(nation.refused.items())]
    whole, flag = nation.foot().loc["country"], nation.country.flag
    stands = Cell(standing(flag, "province"), flag=flag)
    foot = [
        Cell(whole["name"]),
        stands,
        *_figures(whole),
        Cell("–", why=True),
        Cell(nation.aside() or "–", why=True),
    ]
    return Table(_heads(nation), rows, foot)


def _figures(row):
    """Make the cells of so far, target, median, interval and chance."""
    span = Cell(interval(row["lower"], row["upper"]), row["upper"] - row["lower"])
    known = tuple(row[name] for name in ("p_reach", "so_far", "target", "earned"))
    ranked = rank_of(*known)
    numbers = [Cell(number(row[name]), "" if pd.isna(row[name]) else row[name]) for name in FIGURES[:3]]
    return [*numbers, span, Cell(chance(*known), "" if pd.isna(ranked) else ranked)]


# the workbook


def write_workbook(path: str | PathLike, nation: Nation) -> None:
    """Write the workbook: the answer, the provinces, how the summary was made; same summary, same bytes."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"default_format_properties": PLAIN}) as book:
        latest = max(nation.facts["as_of"], key=lambda at: at.end_time)
        made = latest.to_timestamp().to_pydatetime()
        book.set_properties({"title": written(nation.title), "created": made})
        page_of = label("sheet_page", page="&P", pages="&N")
        ruled = partial(Grid, book, formats(book), footer(nation.title, page_of))
        summary = ruled(label("sheet_summary"), [60, 60])
        summary.line(nation.title, "title")
        for line in [*nation.headline.splitlines(), *nation.grounds()]:
            summary.line(line, "caution" if line in nation.doubts() else "line")
        _sheet(ruled, nation)
        notes = ruled(label("sheet_notes"), [34, 120])
        for key, value in nation.notes().items():
            notes.row([(key, "strong"), (value, "text")])


def _sheet(ruled, nation):
    """Write the provinces, those refused, and the country with its bounds."""
    level = number(100 * nation.country.level)
    heads = [label(f"column_{name}", level=level) for name in COLUMNS]
    grid = ruled(label("sheet_provinces"), [26, 20, *[13] * 6, 40, 70])
    rows = [
        [
            (row["name"], "strong"),
            (standing(row["flag"]), row["flag"]),
            *_numbers(row),
            (change(row), "text"),
            (quality(row), "text"),
        ]
        for _, row in nation.table.iterrows()
    ]
    none = [(None, "text")] * 8
    rows += [[(name, "strong"), *none, (why, "text")] for name, why in sorted(nation.refused.items())]
    foot = nation.foot()
    grid.table(heads, rows)
    for _, row in foot.iterrows():
        grid.row([(row["name"], "strong"), (None, "text"), *_numbers(row)], total=True)


def _numbers(row):
    """Make the cells of so far, target, median, the interval's ends and the chance."""
    said = chance(*(row[name] for name in ("p_reach", "so_far", "target", "earned")))
    told: tuple = (row["p_reach"], "certain" if said == label("done") else "share")
    if not row["earned"] and not pd.isna(row["p_reach"]):
        told = (said, "text")
    return [*((row[name], "whole") for name in FIGURES), told]


def link(page: Path, place: Path) -> str:
    """Return a page's address as seen from a folder, whatever signs its folders' names have.

    Examples
    --------
    >>> link(Path("out/Bắc Ninh/2024-09/meeting.html"), Path("out/nation-2024-09"))
    '../B%E1%BA%AFc%20Ninh/2024-09/meeting.html'
    """
    return quote(Path(relpath(page, place)).as_posix())
