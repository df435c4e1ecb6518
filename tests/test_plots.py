"""Pictures: the ink says what the table holds, in the reader's language; the reader's settings stay."""

from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pandas as pd
import pictures
import pytest
from conftest import locked, small_forecast, small_targets
from IPython.core.pylabtools import print_figure
from matplotlib.testing.compare import compare_images

from ocop_forecast import Forecast, plots, style
from ocop_forecast.bands import band, by_need, chance
from ocop_forecast.evaluation import backtest, skill
from ocop_forecast.i18n.catalogue import set_options
from ocop_forecast.palette import FLAGS
from ocop_forecast.planning.attainment import attainment


@pytest.fixture(autouse=True)
def _closed():
    style.offscreen()
    yield
    style.plt.close("all")


def words(axes):
    """Return every text of the figure."""
    return " | ".join(text.get_text().replace("\n", " ") for text in axes.figure.findobj(mpl.text.Text))


def test_the_fan_names_target_median_naive_and_levels():
    forecast = small_forecast()
    with set_options(lang="en"):
        axes = forecast.plot("389", name="Ngọc Lặc", target=7, naive=4.2)
    median = int(forecast.quantiles([0.5]).loc["389", 0.5])
    for said in ("Ngọc Lặc", "target: 7", f"median: {median}", "so far: 4"):
        assert said in words(axes)
    assert [level in words(axes) for level in ("95", "80", "50")] == [True] * 3


def test_the_fan_ends_where_the_quantiles_say():
    forecast = small_forecast()
    with set_options(lang="en"):
        axes = forecast.plot("390")
    ends = {round(y) for band in axes.collections for x, y in band.get_paths()[0].vertices if x == 12}
    assert set(forecast.quantiles([0.025, 0.1, 0.25, 0.75, 0.9, 0.975]).loc["390"]) <= ends


def test_the_fan_starts_at_the_day():
    """19 September is 8 + 19/30 months into the year; its month's end is the first of the draws."""
    forecast = small_forecast(as_of="2024-09-19")
    with set_options(lang="en"):
        axes = forecast.plot("390")
    known, median = axes.lines
    assert known.get_xdata()[-2:] == pytest.approx([8, 8 + 19 / 30])
    assert median.get_xdata() == pytest.approx([8 + 19 / 30, 9, 10, 11, 12])
    assert median.get_ydata()[0] == known.get_ydata()[-1] == forecast.so_far["390"]


def test_a_year_known_from_march_on_keeps_its_months():
    panel = small_forecast().panel.loc["2024-03":]
    forecast = Forecast(panel, small_forecast().months, small_forecast().draws)
    with set_options(lang="en"):
        known, median = forecast.plot("390").lines
    assert known.get_xdata().tolist() == [0, 3, 4, 5, 6, 7, 8, 9]
    assert median.get_xdata()[0] == 9


@pytest.mark.parametrize(
    ("as_of", "open_year"), [("2024-12", False), ("2024-12-30", True), ("2024-11", True)]
)
def test_a_year_that_is_not_over_is_hatched_and_its_end_named(as_of, open_year):
    panel = pd.DataFrame({"1": 1}, index=pd.period_range("2023-01", as_of[:7], freq="M"))
    with set_options(lang="en"):
        axes = plots.years(panel, as_of=pd.Period(as_of))
    assert (axes.patches[-1].get_hatch() == "//") == open_year
    assert ("(to 30 December 2024)" in words(axes)) == (as_of == "2024-12-30")


def test_the_bars_of_a_year_total_add_up_to_the_probability():
    totals = pd.Series(np.repeat([2, 3, 4, 5], [10, 20, 30, 40]))
    with set_options(lang="en"):
        axes = plots.year_total(totals, name="A", target=4)
    made = sum(
        bar.get_height() for bar in axes.patches if bar.get_facecolor() == mpl.colors.to_rgba(plots.BLUE)
    )
    assert made == pytest.approx(70)
    assert "4 or more: 70%" in words(axes)


def test_where_no_per_cent_is_earned_no_picture_tells_one():
    """But for the level of an interval."""
    outlook = attainment(small_forecast(), small_targets(target=(9, 3, 30)))
    plan = pd.DataFrame({"p_with": [0.4, 1.0, 0.1], "supports": [2, 0, 1]}, outlook.index[:-1])
    curve = pd.DataFrame({"money": [0, 1e8, 2e8], "value": [0.2, 0.4, 0.8]})
    with set_options(lang="en"):
        drawn = [
            plots.tiles(outlook, earned=False),
            plots.tiles(outlook, plan=plan, earned=False),
            plots.intervals(outlook, earned=False),
            plots.year_total(small_forecast().total(), name="A", target=18, earned=False),
            plots.budget(curve, goal="province", budget=1e8, earned=False),
        ]
        by_per_cent = plots.budget(curve, goal="province", budget=1e8)
    for axes in drawn:
        axes.figure.canvas.draw()
        said = words(axes).replace("80% prediction interval", "")
        assert "%" not in said
        assert "low" in said
    assert [tick.get_text() for tick in drawn[-1].get_yticklabels()] == ["low", "middle", "high"]
    middles = drawn[-1].get_yticks()
    assert [band(middle) for middle in middles] == [0, 1, 2]
    by_per_cent.figure.canvas.draw()
    assert "%" in words(by_per_cent)


def test_units_stand_in_the_order_of_need_where_no_per_cent_is_earned():
    """All three are low: first, at the foot, is who misses most."""
    outlook = attainment(small_forecast(), small_targets(target=(20, 40, 30)))
    outlook.loc[["380", "389", "390"], "p_reach"] = [0.0, 0.1, 0.05]
    for earned, order in ((True, ["380", "390", "389"]), (False, ["389", "390", "380"])):
        axes = plots.intervals(outlook, earned=earned)
        assert shown(axes) == [f"Huyện {code}" for code in order]
    flagged = outlook.assign(flag=["at_risk", "needs_support", "at_risk", "at_risk"])
    assert shown(plots.intervals(flagged)) == ["Huyện 389", "Huyện 380", "Huyện 390"]


def shown(axes):
    """Return the units of the interval chart, from the top downwards."""
    named = sorted(axes.get_yticklabels(), key=lambda tick: tick.get_position()[1])
    assert axes.yaxis_inverted()
    return [tick.get_text().partition("  ")[0] for tick in named]


def test_of_many_units_a_picture_shows_those_with_most_need_and_says_so():
    codes = tuple(map(str, range(100, 266)))
    outlook = attainment(small_forecast(units=codes), small_targets(codes, (3,) * 166))
    last = by_need(outlook.iloc[:-1], earned=True).index[-1]
    with set_options(lang="en"):
        drawn = plots.intervals(outlook), plots.multiples(outlook, small_forecast(units=codes).panel)
        asked = plots.intervals(outlook, highlight=last)
    assert all("40 of 166" in style.title(axes) for axes in (*drawn, asked))
    assert len(shown(drawn[0])) == len(shown(asked)) == 40
    assert shown(drawn[0])[:39] == shown(asked)[:39]
    assert shown(asked)[39] == f"Huyện {last}"


def test_the_fan_marks_the_councils_to_come_and_says_what_they_bring():
    """Two on one day are two councils; one that was held, or is of another year, is not to come."""
    days = pd.to_datetime(["2024-09-20", "2024-10-31", "2024-12-20", "2024-12-20", "2025-01-15"])
    forecast = small_forecast()
    with set_options(lang="en"):
        axes = forecast.plot("389", name="A", rounds=days)
    said = words(axes)
    assert [date in said for date in ("20/9", "31/10", "20/12", "15/1")] == [False, True, True, False]
    low, middle, high = np.quantile(forecast.remaining()["389"], [0.1, 0.5, 0.9], method="inverted_cdf")
    assert f"3 councils still to come by December: about {middle} products more" in said
    assert f"{low}–{high}" in said


def test_names_beside_lines_do_not_touch():
    with set_options(lang="vi"):
        axes = small_forecast().plot("389", name="A", target=6, naive=6.1)
    axes.figure.canvas.draw()
    boxes = sorted((text.get_window_extent() for text in axes.texts), key=lambda box: box.y0)
    assert len(boxes) == 3
    assert all(low.y1 <= high.y0 for low, high in pairwise(boxes))


def test_the_course_shows_each_run_and_its_chance_in_words_where_no_per_cent_is_earned():
    rows = pictures.course()
    with set_options(lang="en"):
        above = plots.course(rows[::-1], name="A", target=24)
        banded = plots.course(rows, name="A", target=24, earned=False)
        without = plots.course(rows.assign(p_reach=np.nan), name="A")
    median, so_far = above.lines[:2]
    assert median.get_xdata() == pytest.approx([3, 6, 6 + 15 / 31, 9])
    assert median.get_ydata().tolist() == rows["median"].tolist()
    assert so_far.get_ydata().tolist() == rows["so_far"].tolist()
    assert above.figure.axes[1].lines[0].get_ydata().tolist() == rows["p_reach"].tolist()
    below = banded.figure.axes[1]
    assert [band(middle) for middle in below.lines[0].get_ydata()] == [0, 0, 1, 2]
    assert [tick.get_text() for tick in below.get_yticklabels()] == ["low", "middle", "high"]
    assert without.figure.axes == [without]


def test_multiples_draw_this_year_over_every_past_one_and_the_target():
    outlook = attainment(small_forecast(), small_targets(target=(6, 3, 3))).drop(index="389")
    panel, paths = small_forecast().panel, pictures.paths()
    axes = plots.multiples(outlook.assign(flag="at_risk"), panel, paths)
    lines = pd.Series([line.get_color() for line in axes.lines]).value_counts()
    assert lines["#AAAAAA"] == 2 * 3
    assert lines[plots.ORANGE] == 2
    assert axes.texts[0].get_text().startswith(FLAGS["at_risk"].mark)


def test_hindsight_lays_what_was_forecast_over_what_came():
    rows, paths = pictures.past(), pictures.paths()[["381", "382"]]
    with set_options(lang="en"):
        axes = plots.hindsight(rows[rows["origin"].dt.month == 9], paths, name="A")
    came = [line for line in axes.lines if len(line.get_xdata()) == 13]
    sums = paths.sum(axis=1).unstack("year")
    assert [line.get_ydata().tolist()[1:] for line in came] == sums.T.to_numpy().tolist()
    wedges = [{*map(tuple, one.get_paths()[0].vertices)} for one in axes.collections]
    assert {(9, 5), (12, 6), (12, 14)} <= wedges[0]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["2021", "2022", "2023"]


def test_the_record_of_one_month_says_it_once(past):
    with set_options(lang="en"):
        axes = plots.record(past[past["origin"].dt.month == 9], name="A")
    assert {tick.get_text() for tick in axes.get_xticklabels()} == {""}
    assert "month 9" in axes.get_xlabel()


def test_wide_bars_end_at_the_target():
    totals = pd.Series(np.random.default_rng(1).poisson(120, 4000) * 2)
    with set_options(lang="en"):
        axes = plots.year_total(totals, name="A", target=241)
    made = sum(
        bar.get_height() for bar in axes.patches if bar.get_facecolor() == mpl.colors.to_rgba(plots.BLUE)
    )
    assert made == pytest.approx(100 * (totals >= 241).mean(), abs=0.6)


def test_all_units_stand_in_the_interval_chart_and_none_is_clipped():
    units = tuple(str(code) for code in range(380, 407))
    targets = small_targets(units, (3,) * 27).assign(name="Huyện có tên rất dài để thử nhãn")
    with set_options(lang="vi"):
        axes = plots.intervals(attainment(small_forecast(units=units), targets), highlight="389")
    axes.figure.canvas.draw()
    boxes = [tick.get_window_extent() for tick in axes.get_yticklabels()]
    assert len(boxes) == 27
    assert min(box.x0 for box in boxes) >= 0
    assert all(low.y1 <= high.y0 + 1 for low, high in pairwise(boxes[::-1]))


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("width", [5.4, 8])
@pytest.mark.parametrize("name", pictures.draw())
def test_nothing_of_a_picture_is_cut_off(name, width, lang):
    with set_options(lang=lang):
        figure = pictures.draw(width=width)[name]().figure
    figure.canvas.draw()
    drawn, sheet = figure.get_tightbbox(), figure.bbox_inches
    assert min(drawn.x0, drawn.y0) >= -0.01
    assert drawn.x1 <= sheet.x1 + 0.01
    assert drawn.y1 <= sheet.y1 + 0.01


@locked
@pytest.mark.parametrize("name", pictures.draw())
def test_a_picture_looks_as_it_did(name, tmp_path):
    """After a change that is meant, look at the new ones: ``python tests/pictures.py`` writes them."""
    now = tmp_path / f"{name}.png"
    now.write_bytes(style.images(pictures.draw()[name](), ("png",), dpi=50)["png"])
    assert compare_images(pictures.BASELINE / f"{name}.png", now, tol=6) is None


def test_units_without_places_stand_in_a_plain_grid_as_do_two_in_one_place():
    outlook, places = pictures.outlook(), pictures.places()
    on_map = {(patch.get_x(), patch.get_y()) for patch in plots.tiles(outlook, places).patches}
    grid = {(patch.get_x(), patch.get_y()) for patch in plots.tiles(outlook).patches}
    assert len(on_map) == len(grid) == 27
    assert on_map != grid
    twice, missing = places.copy(), places.copy()
    twice.iloc[1] = twice.iloc[0]
    missing.iloc[3, 0] = np.nan
    for spoilt in (twice, missing, places.drop("390"), places[["tile_row"]]):
        assert {(patch.get_x(), patch.get_y()) for patch in plots.tiles(outlook, spoilt).patches} == grid


def test_a_tile_has_its_flags_colour_mark_and_line_and_its_chance():
    outlook = pictures.outlook()
    flags = [*FLAGS][:4] * 6 + [*FLAGS][3:]
    with set_options(lang="en"):
        axes = plots.tiles(outlook.assign(flag=[*flags, "at_risk"]))
        chances = [chance(*row, earned=True) for row in outlook[plots.NOW].iloc[:-1].itertuples(index=False)]
    assert [patch.get_facecolor() for patch in axes.patches] == [
        mpl.colors.to_rgba(FLAGS[flag].ground) for flag in flags
    ]
    said = [text.get_text() for text in axes.texts[1::2]]
    assert said == [f"{FLAGS[flag].mark} {words}" for flag, words in zip(flags, chances, strict=True)]


def test_a_tile_without_a_flag_is_coloured_by_its_band_and_support_frames_it():
    outlook = attainment(small_forecast(), small_targets(target=(0, 30, 30))).assign(
        p_reach=[1.0, 0.5, 0.1, 0]
    )
    grounds = [FLAGS[flag].ground for flag in ("attained", "at_risk", "needs_support")]
    assert [to_hex(one) for one in plots.tiles(outlook).patches] == [ground.lower() for ground in grounds]
    plan = pd.DataFrame({"p_with": [1.0, 0.9, 0.1], "supports": [0, 2, 0]}, outlook.index[:-1])
    axes = plots.tiles(outlook, plan=plan)
    assert to_hex(axes.patches[1]) == FLAGS["on_track"].ground.lower()
    assert [text.get_text() for text in axes.texts if text.get_text() == "+2"]
    assert mpl.colors.to_hex(axes.patches[1].get_edgecolor()) == plots.BLUE.lower()


def to_hex(patch):
    return mpl.colors.to_hex(patch.get_facecolor())


@pytest.mark.parametrize(
    "text", ["x" * 200, "a\x0b\u202eb\tc\n", "漢字 \U0001f600 \U000e0001", "$\\frac$ {{ 7*7 }} <b>"]
)
def test_any_name_can_be_drawn(text):
    outlook = pictures.outlook().assign(name=text)
    for axes in (plots.tiles(outlook), plots.intervals(outlook), small_forecast().plot("389", name=text)):
        assert set(style.images(axes)) == {"svg", "png"}


def test_dollar_signs_are_no_mathematics():
    axes = small_forecast().plot("389", name="Mật ong $\\frac$ _ ^ 5$")
    axes.figure.canvas.draw()
    assert "$\\frac$" in words(axes)


FOREIGN = {
    "sheets": {"axes.grid": True, "figure.facecolor": "#AABBCC", "axes.xmargin": 0.4, "figure.dpi": 61},
    "letters": {"font.family": "serif", "font.size": 20, "font.weight": "bold", "text.usetex": True},
    "files": {
        "savefig.bbox": "tight",
        "savefig.pad_inches": 1,
        "savefig.transparent": True,
        "savefig.dpi": 33,
    },
    "lines": {"lines.linewidth": 9, "lines.marker": "x", "axes.prop_cycle": mpl.cycler(color=["r", "g"])},
    "layout": {"figure.autolayout": True, "figure.hooks": ["nowhere:nothing"], "path.sketch": (1, 100, 2)},
    "ticks": {"xtick.minor.visible": True, "ytick.direction": "in", "axes.unicode_minus": False},
    "dark": "dark_background",
}


def bytes_of(draw):
    """Return a picture's bytes as files, and as JupyterLab shows it."""
    shown = draw()
    both = style.svg(draw()), print_figure(shown.figure, bbox_inches="tight")
    style.plt.close("all")  # of more than 20 matplotlib warns
    return both


@pytest.fixture(scope="module")
def plain():
    """Name -> the bytes of a picture under matplotlib's own settings."""
    style.offscreen()
    return {name: bytes_of(draw) for name, draw in (pictures.draw() | pictures.others()).items()}


def test_every_picture_is_among_them(plain):
    drawn = {*plain} - {"grid"}
    assert drawn == {name for name, one in vars(plots).items() if hasattr(one, "__wrapped__")}


@pytest.mark.parametrize("foreign", FOREIGN)
@pytest.mark.parametrize("name", pictures.draw() | pictures.others())
def test_a_picture_is_the_same_under_a_readers_settings(plain, name, foreign):
    with mpl.style.context(FOREIGN[foreign]):
        assert bytes_of((pictures.draw() | pictures.others())[name]) == plain[name]


def test_the_readers_settings_stay_as_they_were():
    before = dict(mpl.rcParams)
    small_forecast().plot("389")
    assert dict(mpl.rcParams) == before


def test_the_same_figure_gives_the_same_svg():
    first, second = (style.svg(small_forecast().plot("389", name="A", target=3)) for _ in range(2))
    assert first == second
    assert first.startswith(b"<?xml")
    assert not style.plt.get_fignums()


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_months_years_and_calendar_draw_without_warning(lang):
    panel = small_forecast().panel
    with set_options(lang=lang):
        plots.months(panel).figure.canvas.draw()
        plots.years(panel, targets=pd.Series({2023: 15, 2024: 12})).figure.canvas.draw()
        plots.calendar(pd.Series(1.0, index=range(1, 13))).figure.canvas.draw()


@pytest.fixture
def past():
    """Two past years of one method: the province's rows, two origins each; the second year has no target."""
    rows = pd.DataFrame({"origin": pd.PeriodIndex(["2021-06", "2021-09", "2022-06", "2022-09"], freq="M")})
    rows = rows.assign(year=[2021, 2021, 2022, 2022], so_far=[3, 5, 4, 4], median=[9, 8, 12, 9])
    rows = rows.assign(lower=[4, 6, 7, 5], upper=[20, 14, 22, 15], came=[11, 11, 17, 17])
    return rows.assign(target=pd.array([10, 10, None, None], "Int64"))


def heights(lines):
    """Return where each line of a collection begins and ends on the upright axis."""
    return [tuple(float(y) for _, y in path.vertices) for path in lines.get_paths()]


def test_past_forecasts_stand_beside_what_came_and_the_target(past):
    with set_options(lang="en"):
        axes = plots.record(past, name="Tỉnh Thanh Hóa", level=0.9)
    bars, *lines = map(heights, axes.collections)
    assert bars == list(zip(past["lower"], past["upper"], strict=True))
    assert lines == [[(11, 11)], [(10, 10)], [(17, 17)]]
    for said in ("Tỉnh Thanh Hóa", "90% prediction interval", "the year's result", "target", "2021", "2022"):
        assert said in words(axes)
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["6", "9", "6", "9"]


def test_promised_and_reached_leave_empty_bins_out_and_count_the_others():
    table = pd.DataFrame({"forecasts": [310, 0, 7], "promised": [0.25, np.nan, 0.75]})
    table = table.assign(reached=[0.5, np.nan, 1], lower=[0.375, np.nan, 0.625], upper=[0.625, np.nan, 1])
    with set_options(lang="en"):
        axes = plots.reliability(table)
    assert np.column_stack(axes.lines[-1].get_data()).tolist() == [[25, 50], [75, 100]]
    assert [text.get_text() for text in axes.texts] == ["310", "7"]
    assert heights(axes.collections[0]) == [(37.5, 62.5), (62.5, 100)]


def test_the_pit_shows_its_shares_and_what_a_right_model_would(past):
    of = past.assign(
        level="unit", method=backtest.OURS, unit="1", below=[0, 0.2, 0.5, 0.9], at=[0.1, 0.3, 0.7, 1]
    )
    table = skill.pit_histogram(of, bins=5)
    with set_options(lang="en"):
        axes = plots.pit(table)
    assert [bar.get_height() for bar in axes.patches[:5]] == pytest.approx((100 * table["share"]).tolist())
    assert axes.patches[5].get_height() == 100 * (table["upper"] - table["lower"]).iloc[0]
    assert "a right model: 80% interval" in words(axes)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_pictures_of_the_past_draw_whatever_is_missing(past, lang):
    none = pd.DataFrame(columns=["forecasts", "promised", "reached", "lower", "upper"], dtype=float)
    with set_options(lang=lang):
        plots.reliability(none).figure.canvas.draw()
        plots.record(past.iloc[2:], name="A").figure.canvas.draw()


@pytest.fixture
def certificates():
    """Two units and their total, as `events.stock` gives them."""
    counts = {"valid": [9, 5, 14], "due": [1, 4, 5], "lapsed": [2, 0, 2], "revoked": [0, 1, 1]}
    return pd.DataFrame(counts, index=["389", "390", "total"])


def test_the_stock_stacks_what_stays_falls_due_and_lapsed(certificates):
    names = pd.Series({"389": "Ngọc Lặc"})
    with set_options(lang="en"):
        axes = plots.stock(certificates, names=names, months=6)
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["Ngọc Lặc", "390"]
    bars = [[(bar.get_x(), bar.get_width()) for bar in bars] for bars in axes.containers]
    assert bars == [[(0, 8), (0, 1)], [(8, 1), (1, 4)], [(9, 2), (5, 0)]]
    for said in ("valid for more than 6 months", "run out within 6 months", "lapsed"):
        assert said in words(axes)


def test_the_parts_of_the_stock_are_told_apart_without_colour(certificates):
    bars = [container[0] for container in plots.stock(certificates).containers]
    greys = [np.dot(bar.get_facecolor()[:3], [0.3, 0.59, 0.11]) for bar in bars]
    assert min(abs(one - other) for one, other in pairwise(greys)) > 0.15
    assert [bool(bar.get_hatch()) for bar in bars] == [False, True, False]


def test_of_many_units_the_stock_shows_those_with_the_most_falling_due():
    due = np.random.default_rng(0).permutation(300)
    table = pd.DataFrame({"valid": due + 1, "due": due, "lapsed": 0}, [f"u{at}" for at in due])
    with set_options(lang="en"):
        axes = plots.stock(table)
        assert style.title(axes).endswith("(40 of 300 units, those with most falling due)")
    assert [tick.get_text() for tick in axes.get_yticklabels()] == [f"u{at}" for at in range(260, 300)]


def test_the_stock_of_no_unit_is_drawn(certificates):
    plots.stock(certificates.loc[["total"]]).figure.canvas.draw()
