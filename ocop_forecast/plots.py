"""Ink only: a tidy table in, Axes out. No figure is computed here that a table does not hold.

Colours are Okabe and Ito's, told apart by the colour-blind
and differ in lightness, so that grey prints read.
Text is never mathematics: a ``$`` in a product's name is a dollar sign.
"""

from functools import wraps
from io import BytesIO

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from .keys import known_part
from .labels import chance, label, month, number, percent

INK, BLUE, SKY, ORANGE, PALE = "#222222", "#0072B2", "#56B4E9", "#D55E00", "#D9D9D9"
BANDS = ((0.95, "#D6E8F5"), (0.8, "#A3CCE8"), (0.5, "#5FA3D3"))
STYLE = {
    "text.parse_math": False,
    "font.family": ["DejaVu Sans"],
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.edgecolor": "#666666",
    "axes.labelcolor": INK,
    "legend.frameon": False,
    "figure.dpi": 100,
    "svg.fonttype": "path",
    "svg.hashsalt": "ocop_forecast",
}


def styled(draw):
    """Run `draw` in this module's style, whatever the reader's settings, and leave those as they were."""

    @wraps(draw)
    def inside(*args, **kwargs):
        with plt.rc_context(STYLE):
            axes = draw(*args, **kwargs)
            interactive = plt.isinteractive()
        mpl.interactive(interactive)  # a notebook's backend, loaded by its first figure, turns it on for good
        axes.figure.stale = False  # nothing to be drawn before it is shown, which draws it: not twice
        return axes

    return inside


def _axes(title: str, width: float = 8, height: float = 4.2) -> Axes:
    _, axes = plt.subplots(figsize=(width, height), layout="constrained")
    axes.set_title(title)
    return axes


def _placed(axes: Axes, left: float = 0.75, right: float = 0.2, bottom: float = 0.6) -> Axes:
    """Give the axes all of their figure but these margins in inches, and the title's.

    What every district's notebook draws is placed so: to let matplotlib try takes as long as to draw.
    """
    figure = axes.figure
    figure.set_layout_engine(None)
    width, height = figure.get_size_inches()
    figure.subplots_adjust(left / width, bottom / height, 1 - right / width, 1 - 0.4 / height)
    return axes


def _inches(texts) -> float:
    """Return how wide the longest of some texts is, and a little more for one whose letters are wider."""
    font = get_font(findfont(FontProperties(family=STYLE["font.family"])))
    font.set_size(STYLE["font.size"], 72)
    font.set_text(max(texts, key=len))
    return 1.1 * font.get_width_height()[0] / 64 / 72  # FreeType counts in 64ths of a point


def _whole(axis) -> None:
    axis.set_major_locator(MaxNLocator(integer=True, nbins=8))


@styled
def fan(
    known: pd.Series,
    paths: pd.DataFrame,
    *,
    name: str,
    as_of: pd.Period | None = None,
    target: int | None = None,
    naive: float | None = None,
    lang: str = "vi",
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
    lang : {"vi", "en"}
        Language of the labels.
    """
    year = (known.index if len(known) else paths.columns)[0].year
    axes = _axes(label("plot_fan", lang, name=name, year=year), width=10)
    ends = [month.month for month in known.index]
    if ends and as_of is not None:
        ends[-1] += known_part(as_of) - 1
    last, at = (known.iloc[-1], ends[-1]) if ends else (0, 0)
    axes.plot(
        [0, *ends],
        [0, *known],
        color=INK,
        lw=2.2,
        marker="o",
        ms=4,
        label=label("plot_known", lang),
    )
    if paths.shape[1]:
        _bands(axes, np.array([at, *(month.month for month in paths.columns)]), last, paths, lang)
    if not pd.isna(naive):
        axes.plot(
            [at, 12],
            [last, naive],
            color=INK,
            lw=1.2,
            ls=":",
            label=label("plot_naive", lang, naive=number(naive, lang)),
        )
    if not pd.isna(target):
        axes.axhline(target, color=ORANGE, lw=1.8, ls="--", label=label("plot_target", lang, target=target))
    axes.set(xlim=(0, 12.2), ylabel=label("plot_products", lang), xlabel=label("plot_month", lang))
    top = axes.get_ylim()[1]
    axes.set_ylim(-0.02 * top, 1.04 * top)  # a line at zero must be seen
    axes.set_xticks(range(1, 13))
    _whole(axes.yaxis)
    legend = axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), borderaxespad=0)
    return _placed(axes, right=0.6 + _inches(text.get_text() for text in legend.get_texts()))


def _bands(axes, months, last, paths, lang):
    for level, colour in BANDS:
        low, high = np.quantile(paths, [(1 - level) / 2, (1 + level) / 2], axis=0, method="inverted_cdf")
        axes.fill_between(
            months,
            [last, *low],
            [last, *high],
            color=colour,
            lw=0,
            label=label("plot_interval", lang, level=f"{100 * level:g}"),
        )
    middle = np.quantile(paths, 0.5, axis=0, method="inverted_cdf")
    axes.plot(
        months,
        [last, *middle],
        color=BLUE,
        lw=2,
        label=label("plot_median", lang, median=number(middle[-1], lang)),
    )


@styled
def year_total(totals: pd.Series, *, name: str, target: int | None = None, lang: str = "vi") -> Axes:
    """Draw the distribution of the year's total, those totals that reach the target apart.

    Parameters
    ----------
    totals : Series of int
        The year's total in each draw, in products.
    name, target, lang
        As in `fan`.
    """
    width = max(1, int(np.ptp(totals)) // 40)  # wide bars where there are many totals; one ends at the target
    start = 0 if pd.isna(target) else int(target)
    shares = ((totals - start) // width).value_counts(normalize=True).sort_index()
    shares = shares[shares >= shares.max() / 200]
    middle = start + shares.index * width + (width - 1) / 2
    made = shares.index >= (-np.inf if pd.isna(target) else 0)
    axes = _axes(label("plot_total", lang, name=name))
    bar = {"width": 0.9 * width, "edgecolor": "#777777", "lw": 0.5}
    axes.bar(middle, 100 * shares, color=np.where(made, BLUE, PALE), **bar)
    if not pd.isna(target):
        axes.axvline(target - 0.5, color=ORANGE, lw=1.8, ls="--")
        axes.legend(handles=_sides(target, (totals >= target).mean(), lang))
    axes.set(xlabel=label("plot_year_products", lang), ylabel=label("plot_chance", lang))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=16))
    return _placed(axes)


def _sides(target, chance, lang):
    return [
        Patch(
            fc=PALE, ec="#777777", label=label("plot_missed", lang, target=target, chance=percent(1 - chance))
        ),
        Patch(
            fc=BLUE, ec="#777777", label=label("plot_reached", lang, target=target, chance=percent(chance))
        ),
    ]


@styled
def intervals(outlook: pd.DataFrame, *, highlight: str | None = None, lang: str = "vi") -> Axes:
    """Draw all units side by side: what they have, where the year is to end, and their targets.

    Parameters
    ----------
    outlook : DataFrame
        As from `attainment`; the province's row is left out. Units are sorted by p_reach.
    highlight : str, optional
        Code of one unit to stress.
    lang : {"vi", "en"}
        Language of the labels.
    """
    rows = outlook[outlook["level"] == "unit"].sort_values(["p_reach", "median"], kind="stable")
    axes = _axes(label("plot_intervals", lang), height=max(2.5, 0.9 + 0.27 * len(rows)))
    y = np.arange(len(rows))
    axes.hlines(
        y,
        rows["lower"],
        rows["upper"],
        color=SKY,
        lw=6,
        alpha=0.9,
        label=label("plot_interval", lang, level=f"{100 * outlook.attrs['level']:g}"),
    )
    axes.plot(rows["median"], y, "o", color=BLUE, ms=6, label=label("plot_medians", lang))
    axes.plot(rows["so_far"], y, "|", color=INK, ms=11, mew=2, label=label("plot_so_far", lang))
    target = rows["target"].astype("float64")
    axes.plot(target, y, "D", mfc="none", color=ORANGE, ms=6.5, mew=1.6, label=label("plot_targets", lang))
    said = [chance(*row, lang) for row in rows[["p_reach", "so_far", "target"]].itertuples(index=False)]
    units = [f"{name}  {words}" for name, words in zip(rows["name"], said, strict=True)]
    axes.set_yticks(y, units)
    for tick, code in zip(axes.get_yticklabels(), rows.index, strict=True):
        tick.set_fontweight("bold" if code == highlight else "normal")
    if highlight in rows.index:
        axes.axhspan(
            rows.index.get_loc(highlight) - 0.5,
            rows.index.get_loc(highlight) + 0.5,
            color="#FFF3C4",
            zorder=0,
        )
    axes.set(xlabel=label("plot_year_products", lang), ylim=(-0.6, len(rows) - 0.4))
    axes.set_xlim(left=-0.3)
    _whole(axes.xaxis)
    axes.figure.legend(loc="lower center", ncols=4)
    return _placed(axes, left=0.25 + _inches(units), bottom=0.95)


@styled
def months(panel: pd.DataFrame, *, names: pd.Series | None = None, lang: str = "vi") -> Axes:
    """Draw a panel as a heat map: units by months, darker where more was recognised.

    Parameters
    ----------
    panel : DataFrame, months x units
        Products newly recognised.
    names : Series, optional
        Code -> name of the units.
    lang : {"vi", "en"}
        Language of the labels.
    """
    axes = _axes(label("plot_months", lang), width=10, height=max(2.5, 1 + 0.23 * panel.shape[1]))
    image = axes.imshow(
        np.ma.masked_equal(panel.T.to_numpy(), 0), aspect="auto", cmap="viridis_r", interpolation="nearest"
    )
    codes = panel.columns
    axes.set_yticks(
        range(len(codes)), codes if names is None else names.reindex(codes).fillna(codes.to_series())
    )
    januaries = [at for at, month in enumerate(panel.index) if month.month == 1]
    axes.set_xticks(
        [at - 0.5 for at in januaries], [str(panel.index[at].year) for at in januaries], ha="left"
    )
    axes.grid(axis="x", color="#BBBBBB", lw=0.6)
    axes.figure.colorbar(
        image, ax=axes, label=label("plot_month_products", lang), pad=0.01, ticks=MaxNLocator(integer=True)
    )
    return axes


@styled
def calendar(factors: pd.Series, *, lang: str = "vi") -> Axes:
    """Draw the month factors: how much of a year's rate falls into each month, 1 being an even year.

    Parameters
    ----------
    factors : Series
        Index 1 to 12, mean 1.
    lang : {"vi", "en"}
        Language of the labels.
    """
    axes = _axes(label("plot_calendar", lang), height=3)
    axes.bar(factors.index, factors, color=SKY, edgecolor=BLUE, lw=0.8)
    axes.axhline(1, color=INK, lw=1, ls=":")
    axes.set(xlabel=label("plot_month", lang), ylabel=label("plot_factor", lang))
    axes.set_xticks(range(1, 13))
    return axes


@styled
def years(
    panel: pd.DataFrame,
    *,
    as_of: pd.Period | None = None,
    targets: pd.Series | None = None,
    lang: str = "vi",
) -> Axes:
    """Draw the province's new recognitions a year, a year that is not over hatched.

    Parameters
    ----------
    panel : DataFrame, months x units
        Products newly recognised.
    as_of : Period, optional
        The last month or day known; the panel's last month without it.
    targets : Series, optional
        Year -> the province's target in products.
    lang : {"vi", "en"}
        Language of the labels.
    """
    totals = panel.groupby(panel.index.year).sum().sum(axis=1)
    last = panel.index[-1] if as_of is None else as_of
    axes = _axes(label("plot_years", lang, month=month(last, lang)), height=3.4)
    bars = axes.bar(totals.index.astype(str), totals, color=SKY, edgecolor=BLUE, lw=0.8)
    if (last + 1).year == last.year:
        bars[-1].set_hatch("//")
    axes.bar_label(bars, [number(total, lang) for total in totals])
    if targets is not None:
        known = targets.dropna().reindex(totals.index).dropna()
        axes.plot(
            known.index.astype(str),
            known.astype(float),
            "_",
            color=ORANGE,
            ms=34,
            mew=2.5,
            label=label("plot_targets", lang),
        )
        axes.legend(loc="upper left")
    axes.set_ylabel(label("plot_products", lang))
    return axes


@styled
def reliability(table: pd.DataFrame, *, lang: str = "vi") -> Axes:
    """Draw what was promised against what came true, with the number of forecasts beside each point.

    Parameters
    ----------
    table : DataFrame
        As from `record.reliable`: promised, reached, lower, upper (0 to 1) and forecasts; empty bins are
        left out.
    lang : {"vi", "en"}
        Language of the labels.
    """
    rows = table[table["forecasts"] > 0]
    x, y = 100 * rows["promised"], 100 * rows["reached"]
    axes = _axes(label("plot_reliability", lang), width=6.4, height=5.6)
    axes.plot([0, 100], [0, 100], color=INK, lw=1.2, ls=":", label=label("plot_as_promised", lang))
    axes.vlines(x, 100 * rows["lower"], 100 * rows["upper"], color=SKY, lw=5)
    axes.plot(x, y, "o", color=BLUE, ms=8, label=label("plot_share", lang, level=80))
    for across, up, count in zip(x, y, rows["forecasts"], strict=True):
        axes.annotate(number(count, lang), (across, up), (9, 0), textcoords="offset points", va="center")
    axes.set(xlim=(0, 104), ylim=(-2, 104), aspect="equal")
    axes.set(xlabel=label("plot_promised", lang), ylabel=label("plot_came_true", lang))
    axes.figure.legend(loc="outside lower center")
    return axes


@styled
def pit(table: pd.DataFrame, *, lang: str = "vi") -> Axes:
    """Draw where in their forecasts the results came to lie; a right model's bars are even.

    Parameters
    ----------
    table : DataFrame
        As from `record.histogram`: index ``from`` and ``to``, columns share, lower and upper (0 to 1).
    lang : {"vi", "en"}
        Language of the labels.
    """
    left, right = (table.index.get_level_values(name) for name in ("from", "to"))
    axes = _axes(label("plot_pit", lang), width=6.4, height=4)
    bars = {"width": right - left, "align": "edge", "color": SKY, "edgecolor": BLUE, "lw": 0.8}
    axes.bar(left, 100 * table["share"], **bars)
    ends, said = 100 * table[["lower", "upper"]].iloc[0], label("plot_right_model", lang, level=80)
    axes.axhspan(*ends, color=INK, alpha=0.18, lw=0, zorder=3, label=said)
    axes.axhline(100 / len(table), color=INK, lw=1.2, ls=":", label=label("plot_even", lang))
    ticks = np.linspace(0, 1, 6)
    axes.set_xticks(ticks, [number(tick, lang, 1) for tick in ticks])
    axes.set(xlim=(0, 1), xlabel=label("plot_place", lang), ylabel=label("plot_of_results", lang))
    axes.figure.legend(loc="outside lower center", ncols=2)
    return axes


@styled
def record(rows: pd.DataFrame, *, name: str, level: float = 0.8, lang: str = "vi") -> Axes:
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
    lang : {"vi", "en"}
        Language of the labels.
    """
    rows = rows.sort_values("origin").reset_index(drop=True)
    x = rows.index + rows["year"].ne(rows["year"].shift()).cumsum()  # a gap between the years
    axes = _axes(label("plot_record", lang, name=name), width=10)
    interval = label("plot_interval", lang, level=f"{100 * level:g}")
    axes.vlines(x, rows["lower"], rows["upper"], color=SKY, lw=6, label=interval)
    axes.plot(x, rows["median"], "o", color=BLUE, ms=5, label=label("plot_medians", lang))
    axes.plot(x, rows["so_far"], "_", color=INK, ms=9, mew=1.6, label=label("plot_so_far", lang))
    for year, at in x.groupby(rows["year"]):
        first = rows.loc[at.index[0]]
        ends, only = [at.iloc[0] - 0.6, at.iloc[-1] + 0.6], year == rows["year"].iloc[0]
        came, target = (label(key, lang) if only else None for key in ("plot_came", "plot_targets"))
        axes.hlines(first["came"], *ends, color=INK, lw=2.2, label=came)
        if not pd.isna(first["target"]):
            axes.hlines(first["target"], *ends, color=ORANGE, lw=1.8, ls="--", label=target)
        axes.text(np.mean(ends), 1, str(year), transform=axes.get_xaxis_transform(), ha="center", va="top")
    before = rows["origin"].dt.year < rows["year"]
    ticks = [
        "0" if start else str(origin.month) for origin, start in zip(rows["origin"], before, strict=True)
    ]
    axes.set_xticks(x, ticks, fontsize=8)
    axes.set(xlabel=label("plot_origin", lang), ylabel=label("plot_year_products", lang))
    axes.set_ylim(bottom=-0.02 * axes.get_ylim()[1], top=1.06 * axes.get_ylim()[1])
    axes.figure.legend(loc="outside lower center", ncols=5)
    return axes


@styled
def stock(table: pd.DataFrame, *, names: pd.Series | None = None, months: int = 12, lang: str = "vi") -> Axes:
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
    lang : {"vi", "en"}
        Language of the labels.
    """
    rows = table.drop(index="total", errors="ignore").sort_values(["due", "valid"], kind="stable")
    axes = _axes(label("plot_stock", lang), height=max(2.5, 1.2 + 0.25 * len(rows)))
    known = rows.index.to_series()
    axes.set_yticks(range(len(rows)), known if names is None else names.reindex(known).fillna(known))
    parts = {
        label("plot_valid", lang, months=months): (rows["valid"] - rows["due"], SKY, ""),
        label("plot_due", lang, months=months): (rows["due"], ORANGE, "///"),
        label("plot_lapsed", lang): (rows["lapsed"], PALE, ""),
    }
    left = np.zeros(len(rows))
    for said, (counts, colour, hatch) in parts.items():
        bars = {"color": colour, "hatch": hatch, "edgecolor": "white" if hatch else "#777777", "lw": 0.5}
        axes.barh(range(len(rows)), counts, left=left, label=said, **bars)
        left = left + counts.to_numpy()
    axes.set(xlabel=label("plot_certificates", lang), ylim=(-0.6, len(rows) - 0.4))
    _whole(axes.xaxis)
    axes.figure.legend(loc="outside lower center", ncols=3)
    return axes


def offscreen() -> None:
    """Draw without a window from now on, as a batch does."""
    plt.switch_backend("agg")


def svg(axes: Axes) -> bytes:
    """Return the figure of `axes` as SVG, the same bytes for the same figure, and close it."""
    buffer = BytesIO()
    with plt.rc_context(STYLE):
        axes.figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(axes.figure)
    return buffer.getvalue()
