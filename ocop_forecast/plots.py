"""The pictures: a tidy table in, Axes out. No figure is computed here that a table does not hold."""

from itertools import pairwise
from textwrap import wrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator

from ocop_forecast.i18n.catalogue import label
from ocop_forecast.i18n.formats import month, number, percent

from . import style
from .bands import ENDS, NAMES, attained, band, by_need, chance, likely
from .palette import BLUE, GREY, INK, ORANGE, RUST, SKY
from .periods import known_part, last_known, passed
from .style import styled

BANDS = ((0.95, "#D6E8F5"), (0.8, "#A3CCE8"), (0.5, "#5FA3D3"))
# light to dark, so that it prints in grey
SHADES = (0.0, 0.45, 0.8)  # of `REACH`, that stand for low, middle and high
REACH = LinearSegmentedColormap.from_list("reach", ["#FFF7DC", "#A9D0E8", BLUE])


@styled
def fan(
    known: pd.Series,
    paths: pd.DataFrame,
    *,
    name: str,
    as_of: pd.Period | None = None,
    target: int | None = None,
    naive: float | None = None,
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
    if paths.shape[1]:
        _bands(axes, np.array([at, *(month.month for month in paths.columns)]), last, paths)
    if not pd.isna(naive):
        said = label("plot_naive", naive=number(naive))
        axes.plot([at, 12], [last, naive], color=INK, lw=1.2, ls=":", label=said)
    if not pd.isna(target):
        axes.axhline(target, color=ORANGE, lw=1.8, ls="--", label=label("plot_target", target=target))
    axes.set(xlim=(0, 12.2), ylabel=label("plot_products"), xlabel=label("plot_month"))
    top = axes.get_ylim()[1]
    axes.set_ylim(-0.02 * top, 1.04 * top)  # a line at zero must be seen
    axes.set_xticks(range(1, 13))
    style.whole_numbers(axes.yaxis)
    return style.placed(axes, bottom=style.legend_below(axes, columns=2))


def _bands(axes, months, last, paths):
    for level, colour in BANDS:
        low, high = np.quantile(paths, [(1 - level) / 2, (1 + level) / 2], axis=0, method="inverted_cdf")
        axes.fill_between(months, [last, *low], [last, *high], color=colour, lw=0, label=_interval(level))
    middle = np.quantile(paths, 0.5, axis=0, method="inverted_cdf")
    said = label("plot_median", median=number(middle[-1]))
    axes.plot(months, [last, *middle], color=BLUE, lw=2, label=said)


def _interval(level):
    return label("plot_interval", level=f"{100 * level:g}")


@styled
def year_total(totals: pd.Series, *, name: str, target: int | None = None, earned: bool = True) -> Axes:
    """Draw the distribution of the year's total, those totals that reach the target apart.

    Parameters
    ----------
    totals : Series of int
        The year's total in each draw, in products.
    name, target
        As in `fan`.
    earned : bool
        Whether the probability is said in per cent, as in `Outlook`.
    """
    width = max(1, int(np.ptp(totals)) // 40)  # wide bars where there are many totals; one ends at the target
    start = 0 if pd.isna(target) else int(target)
    shares = ((totals - start) // width).value_counts(normalize=True).sort_index()
    shares = shares[shares >= shares.max() / 200]
    middle = start + shares.index * width + (width - 1) / 2
    made = shares.index >= (-np.inf if pd.isna(target) else 0)
    axes = style.sheet(label("plot_total", name=style.name(name)))
    bar = {"width": 0.9 * width, "edgecolor": "#777777", "lw": 0.5}
    axes.bar(middle, 100 * shares, color=np.where(made, BLUE, GREY), **bar)
    if not pd.isna(target):
        axes.axvline(target - 0.5, color=ORANGE, lw=1.8, ls="--")
        axes.legend(handles=_sides(target, (totals >= target).mean(), earned))
    axes.set(xlabel=label("plot_year_products"), ylabel=label("plot_chance" if earned else "plot_higher"))
    if not earned:
        axes.set_yticks([])
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=16))
    return style.placed(axes)


def _sides(target, p, earned):
    sides = {"plot_missed": (GREY, 1 - p), "plot_reached": (BLUE, p)}
    return [
        Patch(fc=colour, ec="#777777", label=label(key, target=target, chance=likely(one, earned)))
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
    axes = style.sheet(label("plot_intervals"), width, height=max(2.8, 1.4 + 0.25 * len(rows)))
    y = np.arange(len(rows))
    axes.hlines(y, rows["lower"], rows["upper"], color=SKY, lw=6, alpha=0.9, label=_interval(level))
    axes.plot(rows["median"], y, "o", color=BLUE, ms=6, label=label("plot_medians"))
    axes.plot(rows["so_far"], y, "|", color=INK, ms=11, mew=2, label=label("plot_so_far"))
    target = rows["target"].astype("float64")
    axes.plot(target, y, "D", mfc="none", color=ORANGE, ms=6.5, mew=1.6, label=label("plot_targets"))
    said = [chance(*row, earned) for row in rows[["p_reach", "so_far", "target"]].itertuples(index=False)]
    units = [f"{name}  {words}" for name, words in zip(rows["name"].map(style.name), said, strict=True)]
    axes.set_yticks(y, units)
    for tick, code in zip(axes.get_yticklabels(), rows.index, strict=True):
        tick.set_fontweight("bold" if code == highlight else "normal")
    if highlight in rows.index:
        at = rows.index.get_loc(highlight)
        axes.axhspan(at - 0.5, at + 0.5, color="#FFF3C4", zorder=0)
    axes.set_xlabel(label("plot_year_products"), loc="right")  # under long names there is room for it
    axes.set(ylim=(-0.6, len(rows) - 0.4))
    axes.set_xlim(left=-0.3)
    style.whole_numbers(axes.xaxis)
    return style.placed(axes, left=0.25 + style.inches(units), bottom=style.legend_below(axes, columns=2))


@styled
def tiles(
    outlook: pd.DataFrame,
    places: pd.DataFrame | None = None,
    *,
    plan: pd.DataFrame | None = None,
    earned: bool = True,
    width: float = 8,
) -> Axes:
    """Draw the units as tiles where they lie, the darker the likelier they reach their targets.

    Parameters
    ----------
    outlook : DataFrame
        As from `attainment`; the province's row is left out.
    places : DataFrame, optional
        Code -> tile_row and tile_column, counted from 1 at the top left. Where a unit has no place, or two
        have one, all stand in a plain grid in the order of the outlook.
    plan : DataFrame, optional
        A plan's `table`, as from `support`: the tiles then show the chances with support, and behind a plus
        sign how many dossiers of a unit get it.
    earned : bool
        Whether probabilities are said in per cent, as in `Outlook`; else the tiles have three shades.
    width
        As in `fan`.
    """
    rows = outlook[outlook["level"] == "unit"]
    given = pd.Series(0, rows.index)
    if plan is not None:
        rows = rows.assign(p_reach=plan["p_with"].reindex(rows.index))
        given = plan["supports"].reindex(rows.index)
    at = _places(rows.index, places)
    across, down = at["tile_column"].max(), at["tile_row"].max()
    title = label("plot_tiles" if plan is None else "plot_tiles_plan")
    axes = style.sheet(title, width, height=1.3 + down * (width - 0.2) / across * 0.8)
    wide = 0.94 * 72 * (width - 0.2) / across  # points
    size = min(9.0, wide / 7.7)
    said = [chance(*row, earned) for row in rows[["p_reach", "so_far", "target"]].itertuples(index=False)]
    if not earned:
        rows = rows.assign(
            p_reach=[_shade(*row) for row in rows[["p_reach", "so_far", "target"]].to_numpy(float)]
        )
    for unit, words, count in zip(rows.itertuples(), said, given, strict=True):
        words += f"  +{count}" if count else ""
        _tile(axes, at.loc[unit.Index], unit, words, size, int(wide / size / 0.62), bool(count))
    axes.set(xlim=(0.45, across + 0.55), ylim=(down + 0.55, 0.45))
    axes.set_axis_off()
    axes.figure.legend(handles=_shades(rows, earned), loc="lower center", ncols=5, handlelength=1)
    return style.placed(axes, left=0.1, right=0.1, bottom=0.4)


def _shade(p, so_far, target):
    """Return the one probability whose shade stands for a band."""
    return p if np.isnan(p) or attained(so_far, target) else SHADES[band(p)]


def _shades(rows, earned):
    """Explain the shades, and the dashed tile where a unit has no target."""
    marks = (0.0, 0.3, 0.7) if earned else SHADES
    words = [percent(p) for p in marks] if earned else [label(f"band_{name}") for name in NAMES]
    said = [(REACH(p), "-", word) for p, word in zip(marks, words, strict=True)]
    said += [(REACH(1.0), "-", label("done"))]
    said += [("white", "--", label("flag_no_target"))] if rows["p_reach"].isna().any() else []
    return [Patch(fc=shade, ec="#777777", ls=line, label=words) for shade, line, words in said]


def _places(units, places):
    """Place each unit; in a plain grid unless every one has a place of its own."""
    if places is not None and {"tile_row", "tile_column"} <= set(places.columns):
        at = places.reindex(units)[["tile_row", "tile_column"]].astype("float64")
        if at.notna().all(axis=None) and not at.duplicated().any():
            return at - at.min() + 1
    across = int(np.ceil(np.sqrt(len(units))))
    order = np.arange(len(units))
    return pd.DataFrame({"tile_row": order // across + 1, "tile_column": order % across + 1}, units)


def _tile(axes, place, unit, words, size, letters, framed):
    """Draw one unit's tile with its name and chance, in ink that its shade lets read; support frames it."""
    known = not pd.isna(unit.p_reach)
    shade = REACH(unit.p_reach) if known else "white"
    x, y = place["tile_column"], place["tile_row"]
    edge = {"ec": "#777777", "lw": 0.8, "ls": "-" if known else "--"}
    edge |= {"ec": ORANGE, "lw": 2.2} if framed else {}
    axes.add_patch(Rectangle((x - 0.47, y - 0.47), 0.94, 0.94, fc=shade, **edge))
    colour = "white" if known and unit.p_reach > 0.75 else INK
    lines = wrap(style.name(unit.name), letters, max_lines=2, placeholder="…")
    text = {"ha": "center", "va": "center", "color": colour, "fontsize": size}
    axes.text(x, y - 0.14, "\n".join(lines), **text)
    axes.text(x, y + 0.28, words, **text, fontweight="bold")


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


def _band_axis(axes):
    """Name the bands of a probability at an axis, each in its middle, and draw where they end."""
    edges = [0, *(end / 100 for end in ENDS), 1]
    axes.set_yticks(
        [(low + high) / 2 for low, high in pairwise(edges)], [label(f"band_{one}") for one in NAMES]
    )
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(0, 1)
    for edge in edges[1:-1]:
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
    axes.set_xticks(x, rows["origin"].dt.month.mask(before, 0).astype(str), fontsize=8)
    axes.set(xlabel=label("plot_origin"), ylabel=label("plot_products"))
    axes.set_ylim(bottom=-0.02 * axes.get_ylim()[1], top=1.06 * axes.get_ylim()[1])
    axes.figure.legend(loc="outside lower center", ncols=5 if width > 8 else 2)
    return axes


@styled
def stock(table: pd.DataFrame, *, names: pd.Series | None = None, months: int = 12) -> Axes:
    """Draw every unit's certificates: those that stay valid, those that fall due soon, those that lapsed.

    Parameters
    ----------
    table : DataFrame
        As from `events.stock`: a row a unit, columns valid, due and lapsed; the total's row is left out.
        Units are sorted by what falls due.
    names : Series, optional
        Code -> name of the units.
    months : int
        How far `table` looked ahead.
    """
    rows = table.drop(index="total", errors="ignore").sort_values(["due", "valid"], kind="stable")
    axes = style.sheet(label("plot_stock"), height=max(2.5, 1.2 + 0.25 * len(rows)))
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
