"""The pictures: a tidy table in, Axes out. No figure is computed here that a table does not hold."""

from collections.abc import Iterable
from textwrap import wrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator

from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import month, number

from . import style
from .bands import ENDS, NAMES, attained, band, by_need, chance, likely
from .palette import BLUE, FLAGS, GREY, INK, ORANGE, RUST, SKY
from .periods import known_part, last_known, passed
from .style import styled

BANDS = ((0.95, "#D6E8F5"), (0.8, "#A3CCE8"), (0.5, "#5FA3D3"))
MOST = 40  # units that one picture shows
YEARS = 4  # of the past that stand side by side, the latest
EDGES = [0, *(end / 100 for end in ENDS), 1]  # of the bands of a probability
_RIGHT = ("axes fraction", "data")
BESIDE = 1.15  # inches to the right of lines for their names
NOW = ["p_reach", "so_far", "target"]


@styled
def fan(
    known: pd.Series,
    paths: pd.DataFrame,
    *,
    name: str,
    as_of: pd.Period | None = None,
    target: int | None = None,
    naive: float | None = None,
    rounds: Iterable[pd.Timestamp] = (),
    width: float = 8,
) -> Axes:
    """Draw a year's running total: the months known, then the draws as nested intervals.

    Parameters
    ----------
    known : Series
        Running total of products; index the months known, a PeriodIndex.
    paths : DataFrame, draws x months
        Running totals of the months still to come, the first perhaps the rest of the last one known.
    name : str
        What the title calls the unit or province.
    as_of : Period, optional
        Where the known total ends if that is a day within its last month.
    target : int, optional
        The year's target in products, a dashed line.
    naive : float, optional
        Where a straight line through the months known ends in December, a dotted line.
    rounds : dates
        Days of the councils still to come; those of this year are marked and named.
    width : float
        Inches; 5.4 is a column of a page, and still read on a telephone.
    """
    year = (known.index if len(known) else paths.columns)[0].year
    axes = style.sheet(label("plot_fan", name=style.name(name), year=year), width, height=4.6)
    ends = [month.month for month in known.index]
    if ends and as_of is not None:
        ends[-1] += known_part(as_of) - 1
    last, at = (known.iloc[-1], ends[-1]) if ends else (0, 0)
    axes.plot([0, *ends], [0, *known], color=INK, lw=2.2, marker="o", ms=4, label=label("plot_known"))
    said = []
    if paths.shape[1]:
        middle = _bands(axes, np.array([at, *(month.month for month in paths.columns)]), last, paths)
        said.append((middle, label("plot_median", median=number(middle)), BLUE))
    if not pd.isna(naive):
        axes.plot([at, 12], [last, naive], color=INK, lw=1.2, ls=":")
        said.append((naive, label("plot_naive", naive=number(naive)), INK))
    if not pd.isna(target):
        axes.axhline(target, color=ORANGE, lw=1.8, ls="--")
        said.append((target, label("plot_target", target=target), RUST))
    axes.set(ylabel=label("plot_products"), xlabel=label("plot_month"))
    _year_axes(axes)
    coming = [day for day in rounds if day.year == year and passed(day.to_period("D")) > at]
    _rounds(axes, sorted({*coming}), width)
    note = _rise(coming, paths.iloc[:, -1] - last) if coming and paths.shape[1] else ""
    below = style.legend_below(axes, columns=2)
    return _named_lines(style.placed(axes, right=BESIDE, bottom=below, note=note), said)


def _year_axes(axes):
    """Give a year its twelve months, and the upright axis room for a line at zero."""
    top = axes.get_ylim()[1]
    axes.set(xlim=(0, 12.2), ylim=(-0.02 * top, 1.04 * top))
    axes.set_xticks(range(1, 13))
    style.whole_numbers(axes.yaxis)


def _named_lines(axes, said):
    """Name lines at their right ends (height, words, colour); names that would touch are moved apart."""
    low, high = axes.get_ylim()
    line = 0.15 * (high - low) / (axes.get_position().height * axes.figure.get_figheight())
    at = low
    for height, words, colour in sorted(said):
        lines = wrap(words, int(11 * BESIDE))
        at = max(height - line * len(lines) / 2, at)
        text = {"va": "bottom", "color": colour, "fontsize": 9, "linespacing": 1.05}
        axes.annotate(
            "\n".join(lines), (1, at), (6, 0), _RIGHT, "offset points", annotation_clip=False, **text
        )
        at += line * (len(lines) + 0.3)
    return axes


def _rounds(axes, days, width):
    """Mark the days of councils, each with its date, on the other side of the line where two are near."""
    top, before, room = axes.get_ylim()[1], -np.inf, 2.4 / width  # months that a date takes
    for day in days:
        at = passed(day.to_period("D"))
        axes.axvline(at, color="#777777", lw=0.9, ls=(0, (2, 2)), zorder=0.5)
        side = "right" if at - before >= room else "left"
        if side == "left" and at <= before:
            continue  # both sides are taken
        text = {"rotation": 90, "ha": side, "va": "top", "fontsize": 8, "color": INK}
        axes.text(at, top, f"{day.day}/{day.month}", **text)
        before = at if side == "right" else at + room


def _rise(days, more):
    """Say where the fan's rise comes from: so many councils, and what they are to bring."""
    low, middle, high = (int(np.quantile(more, at, method="inverted_cdf")) for at in (0.1, 0.5, 0.9))
    return label("plot_rise", rounds=len(days), more=middle, low=low, high=high)


def _bands(axes, months, last, paths):
    """Draw nested intervals around the median; return where that ends."""
    for level, colour in BANDS:
        low, high = np.quantile(paths, [(1 - level) / 2, (1 + level) / 2], axis=0, method="inverted_cdf")
        axes.fill_between(months, [last, *low], [last, *high], color=colour, lw=0, label=_interval(level))
    middle = np.quantile(paths, 0.5, axis=0, method="inverted_cdf")
    axes.plot(months, [last, *middle], color=BLUE, lw=2)
    return float(middle[-1])


def _interval(level):
    return label("plot_interval", level=f"{100 * level:g}")


@styled
def course(
    rows: pd.DataFrame,
    *,
    name: str,
    target: int | None = None,
    level: float = 0.8,
    earned: bool = True,
    width: float = 8,
) -> Axes:
    """Draw what a year's runs said, one by one: its projection above, the chance of its target below.

    Parameters
    ----------
    rows : DataFrame
        A row a run: index as_of (Periods of one year, months or days), columns so_far, median, lower, upper
        (products) and p_reach.
    name : str
        What the title calls the unit or province.
    target, width
        As in `fan`; without a target there is no chance.
    level : float
        Probability that the intervals hold.
    earned : bool
        Whether the chance is said in per cent, as in `Outlook`; else its bands are named.
    """
    rows = rows.sort_index(key=lambda days: [day.end_time for day in days])
    year, at = rows.index[-1].year, [passed(day) for day in rows.index]
    axes = style.sheet(label("plot_course", name=style.name(name), year=year), width, height=5.4)
    axes.fill_between(at, rows["lower"], rows["upper"], color=BANDS[1][1], lw=0, label=_interval(level))
    axes.plot(at, rows["median"], color=BLUE, lw=2, marker="o", ms=5)
    axes.plot(at, rows["so_far"], color=INK, lw=2.2, marker="o", ms=4)
    last = rows.iloc[-1]
    said = [
        (last["median"], label("plot_year_median", median=number(last["median"])), BLUE),
        (last["so_far"], label("plot_so_far_count", so_far=number(last["so_far"])), INK),
    ]
    if not pd.isna(target):
        axes.axhline(target, color=ORANGE, lw=1.8, ls="--")
        said.append((target, label("plot_target", target=target), RUST))
    axes.set_ylabel(label("plot_products"))
    _year_axes(axes)
    below = 0.0 if pd.isna(target) else 1.85
    style.placed(axes, left=1.0, right=BESIDE, bottom=0.85 + below)
    lowest = _chances(axes, at, rows["p_reach"], earned) if below else axes
    lowest.set_xlabel(label("plot_as_of"))
    axes.figure.legend(loc="lower center")
    return _named_lines(axes, said)


def _chances(axes, at, chances, earned):
    """Draw chances below, on the same months: in per cent, or in the bands that are all that is known."""
    figure, box = axes.figure, axes.get_position()
    high = figure.get_figheight()
    lower = figure.add_axes((box.x0, 0.85 / high, box.width, 1.25 / high), sharex=axes)
    marks = {"color": BLUE, "lw": 2, "marker": "o", "ms": 5}
    if earned:
        lower.plot(at, chances, **marks)
        lower.set(ylim=(0, 1.05))
        lower.yaxis.set_major_formatter(lambda value, _: percent_of(value))
    else:
        lower.plot(at, [_middle(band(p)) for p in chances], **marks)
        _band_axis(lower)
    lower.set_title(label("plot_course_chance"), fontsize=10, loc="left")
    return lower


@styled
def year_total(
    totals: pd.Series, *, name: str, target: int | None = None, earned: bool = True, width: float = 8
) -> Axes:
    """Draw the distribution of the year's total, those totals that reach the target apart.

    Parameters
    ----------
    totals : Series of int
        The year's total in each draw, in products.
    name, target, width
        As in `fan`.
    earned : bool
        Whether the probability is said in per cent, as in `Outlook`.
    """
    wide = max(1, int(np.ptp(totals)) // 40)  # wide bars where there are many totals; one ends at the target
    start = 0 if pd.isna(target) else int(target)
    shares = ((totals - start) // wide).value_counts(normalize=True).sort_index()
    shares = shares[shares >= shares.max() / 200]
    middle = start + shares.index * wide + (wide - 1) / 2
    made = shares.index >= (-np.inf if pd.isna(target) else 0)
    axes = style.sheet(label("plot_total", name=style.name(name)), width)
    bar = {"width": 0.9 * wide, "edgecolor": "#777777", "lw": 0.5}
    axes.bar(middle, 100 * shares, color=np.where(made, BLUE, GREY), **bar)
    if not pd.isna(target):
        axes.axvline(target - 0.5, color=ORANGE, lw=1.8, ls="--")
        axes.legend(handles=_sides(target, (totals >= target).mean(), earned))
    axes.set(xlabel=label("plot_year_products"), ylabel=label("plot_chance" if earned else "plot_higher"))
    if not earned:
        axes.set_yticks([])
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=2 * int(width)))
    return style.placed(axes)


def _sides(target, p, earned):
    sides = {"plot_missed": (GREY, 1 - p), "plot_reached": (BLUE, p)}
    return [
        Patch(fc=colour, ec="#777777", label=label(key, target=number(target), chance=likely(one, earned)))
        for key, (colour, one) in sides.items()
    ]


@styled
def intervals(
    outlook: pd.DataFrame,
    *,
    level: float = 0.8,
    highlight: str | None = None,
    earned: bool = True,
    width: float = 8,
) -> Axes:
    """Draw all units side by side: what they have, where the year is to end, and their targets.

    Parameters
    ----------
    outlook : DataFrame
        As from `attainment`; the province's row is left out. Units are in the order of `bands.by_need`.
    level : float
        Probability that the intervals hold.
    highlight : str, optional
        Code of one unit to stress.
    earned : bool
        Whether probabilities are said in per cent, as in `Outlook`.
    width
        As in `fan`.
    """
    rows = by_need(outlook[outlook["level"] == "unit"].sort_values("median", kind="stable"), earned)
    title, count = label("plot_intervals"), len(rows)
    rows = _neediest(rows, highlight)
    title += "" if len(rows) == count else " " + label("plot_most", shown=len(rows), units=count)
    axes = style.sheet(title, width, height=max(2.8, 1.6 + 0.25 * len(rows)))
    y = np.arange(len(rows))
    axes.hlines(y, rows["lower"], rows["upper"], color=SKY, lw=6, alpha=0.9, label=_interval(level))
    axes.plot(rows["median"], y, "o", color=BLUE, ms=6, label=label("plot_medians"))
    axes.plot(rows["so_far"], y, "|", color=INK, ms=11, mew=2, clip_on=False, label=label("plot_so_far"))
    target = rows["target"].astype("float64")
    axes.plot(target, y, "D", mfc="none", color=ORANGE, ms=6.5, mew=1.6, label=label("plot_targets"))
    said = [chance(*row, earned) for row in rows[NOW].itertuples(index=False)]
    units = [f"{name}  {words}" for name, words in zip(rows["name"].map(style.name), said, strict=True)]
    axes.set_yticks(y, units)
    for tick, code in zip(axes.get_yticklabels(), rows.index, strict=True):
        tick.set_fontweight("bold" if code == highlight else "normal")
    if highlight in rows.index:
        at = rows.index.get_loc(highlight)
        axes.axhspan(at - 0.5, at + 0.5, color="#FFF3C4", zorder=0)
    head = {"ha": "right", "va": "center", "fontsize": 9, "fontweight": "bold"}
    axes.annotate(label("plot_named"), (0, -1), (-4, 0), ("axes fraction", "data"), "offset points", **head)
    axes.set_xlabel(label("plot_year_products"), loc="right")  # under long names there is room for it
    axes.set(ylim=(len(rows) - 0.4, -1.5))
    most = axes.get_xlim()[1]
    axes.set_xlim(-0.03 * most, most)  # what lies at zero is seen
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    style.whole_numbers(axes.xaxis)
    wide = 0.25 + style.inches([*units, label("plot_named")])
    return style.placed(axes, left=wide, bottom=style.legend_below(axes, columns=2))


@styled
def provinces(rows: pd.DataFrame, *, level: float = 0.8, width: float = 8) -> Axes:
    """Draw provinces side by side, in per cent of their targets: what they have, where the year is to end.

    Parameters
    ----------
    rows : DataFrame
        A row a province, as from `Country.table`, in the order shown; those without a target are left out.
    level : float
        Probability that the intervals hold.
    width
        As in `fan`.
    """
    rows = rows[rows["target"].fillna(0) > 0]
    target = rows["target"].astype("float64").to_numpy()
    part = {
        name: 100 * rows[name].to_numpy(float) / target for name in ("so_far", "median", "lower", "upper")
    }
    axes = style.sheet(label("plot_provinces"), width, height=max(2.8, 1.6 + 0.2 * len(rows)))
    y, names = np.arange(len(rows)), [*rows["name"].map(style.name)]
    axes.axvline(100, color=ORANGE, lw=1.8, ls="--", label=label("plot_targets"), zorder=1)
    axes.hlines(y, part["lower"], part["upper"], color=SKY, lw=6, label=_interval(level))
    axes.plot(part["median"], y, "o", color=BLUE, ms=6, label=label("plot_medians"))
    axes.plot(part["so_far"], y, "|", color=INK, ms=11, mew=2, clip_on=False, label=label("plot_so_far"))
    axes.set_yticks(y, names)
    axes.set_xlabel(label("plot_of_target"), loc="right")
    axes.set(ylim=(len(rows) - 0.4, -0.6))
    axes.set_xlim(0, max(axes.get_xlim()[1], 110))
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    wide = 0.25 + style.inches([*names, ""])
    return style.placed(axes, left=wide, bottom=style.legend_below(axes, columns=2))


def _neediest(rows, highlight=None):
    """Keep the first `MOST` of units in order, and the one that is asked for."""
    asked = rows.loc[[highlight]] if highlight in rows.index[MOST:] else rows.iloc[:0]
    return pd.concat([rows.iloc[: MOST - len(asked)], asked])


@styled
def tiles(
    outlook: pd.DataFrame,
    places: pd.DataFrame | None = None,
    *,
    plan: pd.DataFrame | None = None,
    earned: bool = True,
    width: float = 8,
) -> Axes:
    """Draw the units as tiles where they lie, each in the colour and with the mark of its flag.

    Parameters
    ----------
    outlook : DataFrame
        As from `attainment`; the province's row is left out. A column flag decides the colours; without it,
        and with a plan, the chances do, by their bands.
    places : DataFrame, optional
        Code -> tile_row and tile_column, counted from 1 at the top left. Where a unit has no place, or two
        have one, all stand in a plain grid in the order of the outlook.
    plan : DataFrame, optional
        A plan's `table`, as from `support`: the tiles then show the chances with support, and behind a plus
        sign how many dossiers of a unit get it.
    earned : bool
        Whether probabilities are said in per cent, as in `Outlook`.
    width
        As in `fan`.
    """
    rows = outlook[outlook["level"] == "unit"]
    given = pd.Series(0, rows.index)
    if plan is not None:
        rows = rows.assign(p_reach=plan["p_with"].reindex(rows.index))
        given = plan["supports"].reindex(rows.index)
    flagged = "flag" in rows and plan is None
    shown = [*rows["flag"]] if flagged else [_banded(*row) for row in rows[NOW].to_numpy(float)]
    at = placed_units(rows.index, places)
    across, down = at["tile_column"].max(), at["tile_row"].max()
    title = label("plot_tiles" if plan is None else "plot_tiles_plan")
    axes = style.sheet(title, width, height=1.5 + down * (width - 0.2) / across * 0.8)
    wide = 0.94 * 72 * (width - 0.2) / across  # points
    size = min(9.0, wide / 7.7)
    said = [chance(*row, earned) for row in rows[NOW].itertuples(index=False)]
    for unit, words, count, flag in zip(rows.itertuples(), said, given, shown, strict=True):
        _tile(axes, at.loc[unit.Index], (unit.name, words, flag), size, int(wide / size / 0.62), count)
    axes.set(xlim=(0.45, across + 0.55), ylim=(down + 0.55, 0.45))
    axes.set_axis_off()
    legend = [
        Patch(**_looks(flag), label=_marked(flag, label(f"flag_{flag}"))) for flag in FLAGS if flag in shown
    ]
    axes.figure.legend(handles=legend, loc="lower center", ncols=2 if width < 8 else 4, handlelength=1)
    return style.placed(axes, left=0.1, right=0.1, bottom=0.2 + style.LINE * -(-len(legend) // 2))


def _banded(p, so_far, target):
    """Return the flag that stands for a chance where no other is given."""
    if attained(so_far, target):
        return "attained"
    return "no_target" if np.isnan(p) else ("needs_support", "at_risk", "on_track")[band(p)]


def placed_units(units: pd.Index, places: pd.DataFrame | None) -> pd.DataFrame:
    """Place each unit, code -> tile_row and tile_column from 1.

    In a plain grid, in their order, unless every one has a place of its own.
    """
    if places is not None and {"tile_row", "tile_column"} <= set(places.columns):
        at = places.reindex(units)[["tile_row", "tile_column"]].astype("float64")
        if at.notna().all(axis=None) and not at.duplicated().any():
            return at - at.min() + 1
    across = int(np.ceil(np.sqrt(len(units))))
    order = np.arange(len(units))
    return pd.DataFrame({"tile_row": order // across + 1, "tile_column": order % across + 1}, units)


def _tile(axes, place, said, size, letters, count):
    """Draw one unit's tile: its name, its chance, and its flag's colour, mark and line; support frames it."""
    name, words, flag = said
    x, y = place["tile_column"], place["tile_row"]
    look = _looks(flag) | ({"ec": BLUE, "lw": 2.6, "ls": "-"} if count else {})
    axes.add_patch(Rectangle((x - 0.47, y - 0.47), 0.94, 0.94, **look))
    lines = wrap(style.name(name), letters, max_lines=2, placeholder="…")
    text = {"ha": "center", "va": "center", "color": FLAGS[flag].ink, "fontsize": size}
    axes.text(x, y - 0.14, "\n".join(lines), **text)
    axes.text(x, y + 0.18 * (1 if count else 1.5), _marked(flag, words), **text, fontweight="bold")
    if count:
        axes.text(x, y + 0.36, f"+{count}", **text, fontweight="bold")


def _looks(flag):
    """Return how a flag's patch is drawn."""
    look = FLAGS[flag]
    return {"fc": look.ground, "ec": INK, "ls": look.line, "lw": 0.8}


def _marked(flag, words):
    return f"{FLAGS[flag].mark} {words}"


def _named(codes, names):
    """Call units in a picture by their names, or by the codes of those without."""
    known = codes.to_series()
    return (known if names is None else names.reindex(codes).fillna(known)).map(style.name)


@styled
def budget(
    curve: pd.DataFrame,
    *,
    goal: str = "units",
    budget: float | None = None,
    earned: bool = True,
    width: float = 8,
) -> Axes:
    """Draw what money for support gains: the goal's value under the best plan, against what that costs.

    Parameters
    ----------
    curve : DataFrame
        A plan's `curve`, as from `support`: columns money (VND) and value.
    goal : {"units", "products", "province"}
        What the value is of.
    budget : float, optional
        VND; marked if it lies on the curve.
    earned : bool
        Whether the province's probability is said in per cent, as in `Outlook`; else its bands are named.
    width
        As in `fan`.
    """
    axes = style.sheet(label("plot_budget"), width, height=3.2)
    line = {"color": BLUE, "lw": 2, "marker": "o", "ms": 3, "drawstyle": "steps-post"}
    axes.plot(curve["money"] / 1e6, curve["value"], **line)
    axes.set(xlabel=label("plot_budget_money"), ylabel=label(f"plot_budget_{goal}"))
    if goal == "province" and earned:
        axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")
    elif goal == "province":
        _band_axis(axes)
    within = curve[curve["money"] <= (budget or 0)]
    if budget and len(within):
        point = within.iloc[-1]
        axes.plot(point["money"] / 1e6, point["value"], "o", color=ORANGE, ms=9)
        axes.axvline(budget / 1e6, color=ORANGE, lw=1, ls="--")
    axes.grid(alpha=0.3)
    return axes


def _middle(place):
    """Return the middle of a band of probability."""
    return (EDGES[place] + EDGES[place + 1]) / 2


def _band_axis(axes):
    """Name the bands of a probability at an axis, each in its middle, and draw where they end."""
    axes.set_yticks([*map(_middle, range(len(NAMES)))], [label(f"band_{one}") for one in NAMES])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(0, 1)
    for edge in EDGES[1:-1]:
        axes.axhline(edge, color=GREY, lw=0.8, ls=":")


@styled
def months(panel: pd.DataFrame, *, names: pd.Series | None = None) -> Axes:
    """Draw a panel as a heat map: units by months, darker where more was recognised.

    Parameters
    ----------
    panel : DataFrame, months x units
        Products newly recognised.
    names : Series, optional
        Code -> name of the units.
    """
    axes = style.sheet(label("plot_months"), width=10, height=max(2.5, 1 + 0.23 * panel.shape[1]))
    counts = np.ma.masked_equal(panel.T.to_numpy(), 0)
    image = axes.imshow(counts, aspect="auto", cmap="viridis_r", interpolation="nearest")
    axes.set_yticks(range(panel.shape[1]), _named(panel.columns, names))
    januaries = {at - 0.5: str(month.year) for at, month in enumerate(panel.index) if month.month == 1}
    axes.set_xticks([*januaries], [*januaries.values()], ha="left")
    axes.grid(axis="x", color="#BBBBBB", lw=0.6)
    scale = {"pad": 0.01, "ticks": MaxNLocator(integer=True)}
    axes.figure.colorbar(image, ax=axes, label=label("plot_month_products"), **scale)
    return axes


@styled
def calendar(factors: pd.Series) -> Axes:
    """Draw the month factors: how much of a year's rate falls into each month, 1 being an even year.

    Parameters
    ----------
    factors : Series
        Index 1 to 12, mean 1.
    """
    axes = style.sheet(label("plot_calendar"), height=3)
    axes.bar(factors.index, factors, color=SKY, edgecolor=BLUE, lw=0.8)
    axes.axhline(1, color=INK, lw=1, ls=":")
    axes.set(xlabel=label("plot_month"), ylabel=label("plot_factor"))
    axes.set_xticks(range(1, 13))
    return axes


@styled
def years(
    panel: pd.DataFrame, *, as_of: pd.Period | None = None, targets: pd.Series | None = None, name: str = ""
) -> Axes:
    """Draw new recognitions a year, a year that is not over hatched.

    Parameters
    ----------
    panel : DataFrame, months x units
        Products newly recognised.
    as_of : Period, optional
        The last month or day known; the panel's last month without it.
    targets : Series, optional
        Year -> the target in products.
    name : str
        What the title calls the unit; blank for the province.
    """
    totals = panel.groupby(panel.index.year).sum().sum(axis=1)
    last = panel.index[-1] if as_of is None else as_of
    title = label("plot_years", month=month(last))
    axes = style.sheet(f"{style.name(name)} – {title}" if name else title, height=3.4)
    bars = axes.bar(totals.index.astype(str), totals, color=SKY, edgecolor=BLUE, lw=0.8)
    if (last + 1).year == last.year:
        bars[-1].set_hatch("//")
    axes.bar_label(bars, [number(total) for total in totals])
    if targets is not None:
        known = targets.dropna().reindex(totals.index).dropna()
        marks = {"color": ORANGE, "ms": 34, "mew": 2.5, "label": label("plot_targets")}
        axes.plot(known.index.astype(str), known.astype(float), "_", **marks)
        axes.legend(loc="upper left")
    axes.set_ylabel(label("plot_products"))
    style.whole_numbers(axes.yaxis)
    return axes


@styled
def years_ahead(past: pd.Series, coming: pd.DataFrame, *, width: float = 8) -> Axes:
    """Draw new recognitions a year: those of past years, then the draws as intervals that widen.

    Parameters
    ----------
    past : Series
        Year -> products of the province, whole years.
    coming : DataFrame, draws x years
        The province's totals from this year on.
    width
        As in `fan`.
    """
    first, last = coming.columns[[0, -1]]
    axes = style.sheet(label("plot_years_ahead", first=first, last=last), width)
    axes.plot(past.index, past, color=INK, lw=2.2, marker="o", ms=4, label=label("plot_years_known"))
    if len(past):
        axes.plot([past.index[-1], first], [past.iloc[-1], coming[first].median()], color=INK, lw=1, ls=":")
    for level, colour in BANDS[1:]:
        ends = np.quantile(coming, [(1 - level) / 2, (1 + level) / 2], axis=0, method="inverted_cdf")
        axes.fill_between(coming.columns, *ends, color=colour, lw=0, label=_interval(level))
    middle = coming.quantile(0.5, interpolation="lower")
    axes.plot(middle.index, middle, color=BLUE, lw=2, marker="o", ms=5, label=label("plot_medians"))
    for year in (first + 1, last):
        said = {"xytext": (0, 7), "textcoords": "offset points", "ha": "center", "color": INK}
        axes.annotate(number(middle[year]), (year, middle[year]), **said)
    axes.set(ylabel=label("plot_products"), ylim=(0, None))
    style.whole_numbers(axes.yaxis)
    axes.set_xticks([*past.index, *coming.columns])
    return style.placed(axes, bottom=style.legend_below(axes, columns=2))


@styled
def proposed(rows: pd.DataFrame, *, year: int, width: float = 8) -> Axes:
    """Draw units' targets of next year: from the one met with 90 % to that met with 50 %, and the proposed.

    Parameters
    ----------
    rows : DataFrame
        A row a unit in the order shown: name, target (this year's, perhaps missing), next_met_50,
        next_met_90 and next_proposed (products).
    year : int
        The next year.
    width
        As in `fan`.
    """
    title, count, rows = label("plot_proposed", year=year), len(rows), _neediest(rows)
    title += "" if len(rows) == count else " " + label("plot_most", shown=len(rows), units=count)
    axes = style.sheet(title, width, height=max(2.8, 1.6 + 0.25 * len(rows)))
    y = np.arange(len(rows))
    axes.hlines(y, rows["next_met_90"], rows["next_met_50"], color=SKY, lw=6, label=label("plot_met"))
    axes.plot(rows["next_met_50"], y, "o", color=BLUE, ms=6, label=label("plot_met_50"))
    target = rows["target"].astype("float64")
    axes.plot(target, y, "|", color=INK, ms=11, mew=2, clip_on=False, label=label("plot_this_target"))
    look = {"mfc": "none", "color": ORANGE, "ms": 6.5, "mew": 1.6, "label": label("plot_proposed_one")}
    axes.plot(rows["next_proposed"], y, "D", **look)
    names = [*rows["name"].map(style.name)]
    axes.set_yticks(y, names)
    axes.set_xlabel(label("plot_year_products"), loc="right")
    axes.set(ylim=(len(rows) - 0.4, -0.6))
    axes.set_xlim(left=-0.03 * axes.get_xlim()[1])
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    style.whole_numbers(axes.xaxis)
    wide = 0.25 + style.inches([*names, ""])
    return style.placed(axes, left=wide, bottom=style.legend_below(axes, columns=2))


@styled
def reliability(table: pd.DataFrame) -> Axes:
    """Draw what was promised against what came true, with the number of forecasts beside each point.

    Parameters
    ----------
    table : DataFrame
        As from `skill.reliability`: promised, reached, lower, upper (0 to 1) and forecasts; empty bins are
        left out.
    """
    rows = table[table["forecasts"] > 0]
    x, y = 100 * rows["promised"], 100 * rows["reached"]
    axes = style.sheet(label("plot_reliability"), width=6.4, height=5.6)
    axes.plot([0, 100], [0, 100], color=INK, lw=1.2, ls=":", label=label("plot_as_promised"))
    axes.vlines(x, 100 * rows["lower"], 100 * rows["upper"], color=SKY, lw=5)
    axes.plot(x, y, "o", color=BLUE, ms=8, label=label("plot_share", level=80))
    for across, up, count in zip(x, y, rows["forecasts"], strict=True):
        axes.annotate(number(count), (across, up), (9, 0), textcoords="offset points", va="center")
    axes.set(xlim=(0, 104), ylim=(-2, 104), aspect="equal")
    axes.set(xlabel=label("plot_promised"), ylabel=label("plot_came_true"))
    axes.figure.legend(loc="outside lower center")
    return axes


@styled
def pit(table: pd.DataFrame) -> Axes:
    """Draw where in their forecasts the results came to lie; a right model's bars are even.

    Parameters
    ----------
    table : DataFrame
        As from `skill.pit_histogram`: index ``from`` and ``to``, columns share, lower and upper (0 to 1).
    """
    left, right = (table.index.get_level_values(name) for name in ("from", "to"))
    axes = style.sheet(label("plot_pit"), width=6.4, height=4)
    bars = {"width": right - left, "align": "edge", "color": SKY, "edgecolor": BLUE, "lw": 0.8}
    axes.bar(left, 100 * table["share"], **bars)
    ends, said = 100 * table[["lower", "upper"]].iloc[0], label("plot_right_model", level=80)
    axes.axhspan(*ends, color=INK, alpha=0.18, lw=0, zorder=3, label=said)
    axes.axhline(100 / len(table), color=INK, lw=1.2, ls=":", label=label("plot_even"))
    ticks = np.linspace(0, 1, 6)
    axes.set_xticks(ticks, [number(tick, 1) for tick in ticks])
    axes.set(xlim=(0, 1), xlabel=label("plot_place"), ylabel=label("plot_of_results"))
    axes.figure.legend(loc="outside lower center", ncols=2)
    return axes


@styled
def record(rows: pd.DataFrame, *, name: str, level: float = 0.8, width: float = 10) -> Axes:
    """Draw one unit's, or the province's, forecasts of past years against what came and the target.

    Parameters
    ----------
    rows : DataFrame
        One method's and one unit's rows as from `backtest`: origin, year, so_far, target, came, median, lower
        and upper (products in the year).
    name : str
        What the title calls it.
    level : float
        Probability that the intervals promise.
    width
        As in `fan`.
    """
    rows = rows.sort_values("origin").reset_index(drop=True)
    x = rows.index + rows["year"].ne(rows["year"].shift()).cumsum()  # a gap between the years
    axes = style.sheet(label("plot_record", name=style.name(name)), width)
    axes.vlines(x, rows["lower"], rows["upper"], color=SKY, lw=6, label=_interval(level))
    axes.plot(x, rows["median"], "o", color=BLUE, ms=5, label=label("plot_medians"))
    axes.plot(x, rows["so_far"], "_", color=INK, ms=9, mew=1.6, label=label("plot_so_far"))
    for year, at in x.groupby(rows["year"]):
        first = rows.loc[at.index[0]]
        ends, only = [at.iloc[0] - 0.6, at.iloc[-1] + 0.6], year == rows["year"].iloc[0]
        came, target = (label(key) if only else None for key in ("plot_came", "plot_targets"))
        axes.hlines(first["came"], *ends, color=INK, lw=2.2, label=came)
        if not pd.isna(first["target"]):
            axes.hlines(first["target"], *ends, color=ORANGE, lw=1.8, ls="--", label=target)
        axes.text(np.mean(ends), 1, str(year), transform=axes.get_xaxis_transform(), ha="center", va="top")
    before = rows["origin"].dt.year < rows["year"]
    months = rows["origin"].dt.month.mask(before, 0).astype(str)
    alike = months.nunique() == 1  # then the axis says it once
    axes.set_xticks(x, [""] * len(x) if alike else months, fontsize=8)
    said = label("plot_origin_one", month=months.iloc[0]) if alike else label("plot_origin")
    axes.set(xlabel=said, ylabel=label("plot_products"))
    axes.set_ylim(bottom=-0.02 * axes.get_ylim()[1], top=1.06 * axes.get_ylim()[1])
    axes.figure.legend(loc="outside lower center", ncols=5 if width > 8 else 2)
    return axes


@styled
def multiples(
    outlook: pd.DataFrame,
    panel: pd.DataFrame,
    paths: pd.DataFrame | None = None,
    *,
    level: float = 0.8,
    earned: bool = True,
    width: float = 10.8,
) -> Axes:
    """Draw every unit's year small beside the others: its running total over those of its past years.

    Parameters
    ----------
    outlook : DataFrame
        As from `attainment`; the province's row is left out. Units are in the order of `bands.by_need`, with
        the marks of their flags where there is a column flag.
    panel : DataFrame, months x units
        Products newly recognised; the last year is the one that is drawn bold.
    paths : DataFrame, optional
        Running totals of past years: index year and month (1 to 12), columns the units' codes.
    level, earned, width
        As in `intervals`; 5.4 inches hold three units side by side.
    """
    rows = by_need(outlook[outlook["level"] == "unit"], earned)
    year, count, rows = panel.index[-1].year, len(rows), _neediest(rows)
    known = panel[panel.index.year == year].cumsum()
    title = label("plot_multiples", year=year)
    title += "" if len(rows) == count else " " + label("plot_most", shown=len(rows), units=count)
    across = max(2, min(len(rows), int(width / 1.75)))
    down = -(-len(rows) // across)
    axes = style.sheet(title, width, height=0.9 + 1.2 * down)
    letters = int((width - 0.2) / across * 10.5)
    for at, row in enumerate(rows.itertuples()):
        past = None if paths is None else paths[row.Index].unstack("year")
        _small(axes, (at % across, at // across), row, known[row.Index], past, letters)
    axes.set(xlim=(-0.04, across), ylim=(down, -0.02))
    axes.set_axis_off()
    key = label("plot_multiples_key", level=f"{100 * level:g}")
    return style.placed(axes, left=0.1, right=0.1, bottom=0.1, note=key)


def _small(axes, corner, row, known, past, letters):
    """Draw one unit's year into its cell of a grid, whose corner is the top left one."""
    left, foot = corner[0], corner[1] + 0.9
    target = 0 if pd.isna(row.target) else row.target
    top = max(target, row.upper, 1, 0 if past is None else past.to_numpy().max())

    def placed(months, counts):
        return left + 0.9 * np.asarray(months) / 12, foot - 0.62 * np.asarray(counts, float) / top

    axes.plot(*placed([0, 12], [0, 0]), color="#999999", lw=0.7)
    for counts in () if past is None else past.to_numpy().T:
        axes.plot(*placed(range(13), [0, *counts]), color="#AAAAAA", lw=0.9)
    if target:
        axes.plot(*placed([0, 12], [target, target]), color=ORANGE, lw=1.3, ls="--")
    axes.plot(*placed([12, 12], [row.lower, row.upper]), color=SKY, lw=4, solid_capstyle="butt")
    axes.plot(*placed([12], [row.median]), color=BLUE, marker="o", ms=4)
    axes.plot(*placed([0, *(month.month for month in known.index)], [0, *known]), color=INK, lw=2)
    head = style.name(row.name, letters - 6)
    if flag := getattr(row, "flag", None):
        head = _marked(flag, head)
    axes.text(left, corner[1] + 0.12, head, fontsize=8.5, fontweight="bold")
    said = number(row.so_far) + (f"/{number(target)}" if target else "")
    axes.text(left + 0.9, corner[1] + 0.12, said, fontsize=8.5, ha="right")


@styled
def hindsight(
    rows: pd.DataFrame, paths: pd.DataFrame, *, name: str, level: float = 0.8, width: float = 8
) -> Axes:
    """Draw past years one by one: what was forecast of each at this time of the year, over what came.

    Parameters
    ----------
    rows : DataFrame
        One method's and one unit's rows as from `backtest`, a forecast a year: origin, year, so_far, target,
        median, lower and upper (products in the year).
    paths : DataFrame
        That unit's running totals: index year and month (1 to 12), columns codes, which are added up.
    name, level
        As in `record`.
    width
        As in `fan`.
    """
    rows = rows.sort_values("year").tail(YEARS)
    totals = paths.sum(axis=1).unstack("year")
    title = label("plot_hindsight", name=style.name(name), month=rows["origin"].dt.month.iloc[-1])
    axes = style.sheet(title, width, height=3.4)
    for at, row in enumerate(rows.itertuples()):
        _past_year(axes, 13.5 * at, row, totals[row.year], level)
    axes.set_xticks([13.5 * at + 6 for at in range(len(rows))], rows["year"].astype(str))
    axes.tick_params(axis="x", length=0)
    axes.set(ylabel=label("plot_products"), xlim=(-0.5, 13.5 * len(rows)))
    axes.set_ylim(bottom=-0.02 * axes.get_ylim()[1])
    style.whole_numbers(axes.yaxis)
    handles = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    axes.figure.legend(handles.values(), handles.keys(), loc="lower center", ncols=2)
    return style.placed(axes, bottom=0.5 + style.LINE * -(-len(handles) // 2))


def _past_year(axes, start, row, came, level):
    """Draw one past year: its running total, and the forecast of it as a wedge to its December."""
    origin = row.origin.month if row.origin.year == row.year else 0
    ends = [start + origin, start + 12]
    interval = {"color": BANDS[1][1], "lw": 0, "label": _interval(level)}
    axes.fill_between(ends, [row.so_far, row.lower], [row.so_far, row.upper], **interval)
    axes.plot(ends, [row.so_far, row.median], color=BLUE, lw=2, label=label("plot_medians"))
    if not pd.isna(row.target):
        target = {"color": ORANGE, "lw": 1.6, "ls": "--", "label": label("plot_targets")}
        axes.plot([start, start + 12], [row.target] * 2, **target)
    axes.plot(start + np.arange(13), [0, *came], color=INK, lw=2.2, label=label("plot_hindsight_came"))
    axes.plot(start + 12, came.iloc[-1], "o", color=INK, ms=5)


@styled
def stock(table: pd.DataFrame, *, names: pd.Series | None = None, months: int = 12) -> Axes:
    """Draw every unit's certificates: those that stay valid, those that fall due soon, those that lapsed.

    Parameters
    ----------
    table : DataFrame
        As from `events.stock`: a row a unit, columns valid, due and lapsed; the total's row is left out.
        Units are sorted by what falls due; of many those with the most are shown.
    names : Series, optional
        Code -> name of the units.
    months : int
        How far `table` looked ahead.
    """
    rows = table.drop(index="total", errors="ignore").sort_values(["due", "valid"], kind="stable")
    title, count, rows = label("plot_stock"), len(rows), rows.tail(MOST)
    title += "" if len(rows) == count else " " + label("plot_most_due", shown=len(rows), units=count)
    axes = style.sheet(title, height=max(2.5, 1.2 + 0.25 * len(rows)))
    axes.set_yticks(range(len(rows)), _named(rows.index, names))
    parts = {
        label("plot_valid", months=months): (rows["valid"] - rows["due"], SKY, ""),
        label("plot_due", months=months): (rows["due"], ORANGE, "///"),
        label("plot_lapsed"): (rows["lapsed"], GREY, ""),
    }
    left = np.zeros(len(rows))
    for said, (counts, colour, hatch) in parts.items():
        bars = {"color": colour, "hatch": hatch, "edgecolor": "white" if hatch else "#777777", "lw": 0.5}
        axes.barh(range(len(rows)), counts, left=left, label=said, **bars)
        left = left + counts.to_numpy()
    axes.set(xlabel=label("plot_certificates"), ylim=(-0.6, len(rows) - 0.4))
    style.whole_numbers(axes.xaxis)
    axes.figure.legend(loc="outside lower center", ncols=3)
    return axes


@styled
def stars(table: pd.DataFrame, *, year: int, earned: bool = True, width: float = 8) -> Axes:
    """Draw the year's new products of four and five stars against their targets.

    Parameters
    ----------
    table : DataFrame
        As from `planning.stars.by_stars`: index stars; columns so_far, lower, median, upper, target, p_reach.
    year : int
        The year.
    earned, width
        As in `intervals`.
    """
    rows, y = table.loc[[5, 4]], np.arange(2)
    axes = style.sheet(label("plot_stars", year=year), width, height=2.6)
    axes.hlines(y, rows["lower"], rows["upper"], color=SKY, lw=12, alpha=0.9, label=_interval(0.8))
    axes.plot(rows["median"], y, "o", color=BLUE, ms=8, label=label("plot_medians"))
    axes.plot(rows["so_far"], y, "|", color=INK, ms=20, mew=2.4, clip_on=False, label=label("plot_so_far"))
    target = rows["target"].astype("float64")
    if target.notna().any():
        axes.plot(target, y, "D", mfc="none", color=ORANGE, ms=9, mew=2, label=label("plot_targets"))
    names = [
        label("with_stars", stars=at)
        if pd.isna(p)
        else label("plot_stars_chance", stars=at, chance=likely(p, earned))
        for at, p in rows["p_reach"].items()
    ]
    axes.set_yticks(y, names)
    most = max(axes.get_xlim()[1], 4)
    axes.set(ylim=(-0.6, 1.6), xlim=(-0.02 * most, 1.02 * most), xlabel=label("plot_year_products"))
    style.whole_numbers(axes.xaxis)
    wide = 0.25 + style.inches(names)
    return style.placed(axes, left=wide, bottom=style.legend_below(axes, columns=4))


@styled
def certificates(table: pd.DataFrame, *, now: int, width: float = 8) -> Axes:
    """Draw the valid certificates quarter by quarter, and below them those that run out and are renewed.

    Parameters
    ----------
    table : DataFrame
        As `planning.stock.Stock.table`: index quarters; columns lower, median, upper, expired, renewed, goal.
    now : int
        Certificates valid before the first quarter.
    width
        As in `fan`.
    """
    axes = style.sheet(label("plot_certificates_ahead"), width, height=4.6)
    at = np.arange(1, len(table) + 1)
    ends = {name: [now, *table[name]] for name in ("lower", "median", "upper")}
    line = np.arange(len(table) + 1)
    axes.fill_between(line, ends["lower"], ends["upper"], color=BANDS[1][1], lw=0, label=_interval(0.8))
    axes.plot(line, ends["median"], color=BLUE, lw=2.2, label=label("plot_valid_end"))
    out = {"color": ORANGE, "hatch": "///", "edgecolor": "white", "lw": 0.5}
    axes.bar(at, table["expired"], width=0.8, label=label("plot_runs_out"), **out)
    axes.bar(at, table["renewed"], width=0.4, color=INK, label=label("plot_renewed"))
    goal = table["goal"].astype("float64").to_numpy()
    if not np.isnan(goal).all():
        axes.plot(at, goal, "D", mfc="none", color=RUST, ms=9, mew=2, label=label("plot_goal"))
    closing = [(place, end.year) for place, end in zip(at, table.index, strict=True) if end.quarter == 4]
    axes.set_xticks(
        [place for place, _ in closing], [label("plot_year_end", year=year) for _, year in closing]
    )
    axes.set(
        ylabel=label("plot_certificates"), xlim=(0, len(table) + 0.6), ylim=(0, 1.04 * axes.get_ylim()[1])
    )
    said = [(ends[name][-1], f"{number(ends[name][-1])}", BLUE if name == "median" else INK) for name in ends]
    return _named_lines(style.placed(axes, right=0.6, bottom=style.legend_below(axes, columns=3)), said)


@styled
def experience(progress: pd.DataFrame, *, so_far: tuple[float, float] | None = None) -> Axes:
    """Draw what became of published targets: a year's part of its target, by month, reached or not.

    Parameters
    ----------
    progress : DataFrame
        As `Reference.progress`: unit, year, as_of, so_far_new, target_new, final_new, final_date.
    so_far : pair of float, optional
        Months passed and part of the target of the year that is asked about, a star.
    """
    known = progress.dropna(subset=["target_new", "final_new"])
    axes = style.sheet(label("plot_experience"), height=5.2)
    for at, (_, year) in enumerate(known.groupby(["unit", "year"])):
        months, parts = _way(year)
        months[-1] += 0.06 * (at % 5 - 2)  # many ended with the December: side by side they are seen
        reached = parts[-1] >= 1
        colour, dashes, mark = (BLUE, "-", "o") if reached else (RUST, "--", "X")
        axes.plot(months, parts, color=colour, ls=dashes, lw=1.2, marker=".", ms=5)
        said = label("plot_experience_reached" if reached else "plot_experience_missed")
        ends = {"marker": mark, "fc": colour if reached else "white", "ec": colour}
        axes.scatter(months[-1], parts[-1], s=44, zorder=3, label=said, **ends)
    axes.axhline(1, color=INK, lw=1.2)
    axes.axvline(12, color=GREY, lw=1.2, ls=":")
    if so_far is not None:
        axes.plot(*so_far, "*", ms=16, color=ORANGE, mec=INK, zorder=4, label=label("plot_experience_asked"))
    axes.set_yscale("function", functions=(np.sqrt, np.square))
    axes.set(xlim=(0, 15.5), ylim=(0, 4.2), xlabel=label("plot_month"), ylabel=label("plot_experience_part"))
    axes.set_xticks(range(1, 16), [*map(str, range(1, 13)), "1", "2", "3"])
    axes.set_yticks([0, 0.25, 0.5, 1, 1.5, 2, 3, 4])
    axes.yaxis.set_major_formatter(lambda part, _: percent_of(part))
    handles = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    axes.legend(handles.values(), handles.keys(), loc="upper left")
    return style.placed(axes)


def percent_of(part: float) -> str:
    """Return a part of a target in per cent, which may be more than a hundred."""
    return f"{number(100 * part)}%"


def _way(year: pd.DataFrame) -> tuple[list[float], list[float]]:
    """Return the months and the parts of the target at which a place's year was told, the final last."""
    place, target, final = (year[name].iloc[0] for name in ("year", "target_new", "final_new"))
    dated = year.dropna(subset=["as_of", "so_far_new"]).sort_values("as_of")
    months = [passed(last_known(day)) for day in dated["as_of"]]
    end = last_known(next(iter(year["final_date"].dropna()), f"{place}-12"))
    close = min(12 * (end.year - place) + passed(end), 15)
    return [*months, max(close, *months, 0)], [*(dated["so_far_new"] / target), final / target]
