"""Pictures: the ink says what the table holds, in the reader's language; the reader's settings stay."""

from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from conftest import small_forecast, small_targets

from ocop_forecast import attainment, plots


@pytest.fixture(autouse=True)
def _closed():
    plots.offscreen()
    yield
    plots.plt.close("all")


def words(axes):
    """Return every text of the figure."""
    return " | ".join(text.get_text() for text in axes.figure.findobj(mpl.text.Text))


def test_the_fan_names_target_median_naive_and_levels():
    forecast = small_forecast()
    axes = forecast.plot("389", name="Ngọc Lặc", target=7, naive=4.2, lang="en")
    median = int(forecast.quantiles([0.5]).loc["389", 0.5])
    for said in ("Ngọc Lặc", "target: 7", f"median: {median}", "naive): 4", "80 % prediction interval"):
        assert said in words(axes)


def test_the_fan_ends_where_the_quantiles_say():
    forecast = small_forecast()
    axes = forecast.plot("390", lang="en")
    ends = {round(y) for band in axes.collections for x, y in band.get_paths()[0].vertices if x == 12}
    assert set(forecast.quantiles([0.025, 0.1, 0.25, 0.75, 0.9, 0.975]).loc["390"]) <= ends


def test_the_bars_of_a_year_total_add_up_to_the_probability():
    totals = pd.Series(np.repeat([2, 3, 4, 5], [10, 20, 30, 40]))
    axes = plots.year_total(totals, name="A", target=4, lang="en")
    made = sum(
        bar.get_height() for bar in axes.patches if bar.get_facecolor() == mpl.colors.to_rgba(plots.BLUE)
    )
    assert made == pytest.approx(70)
    assert "4 or more: 70\u00a0%" in words(axes)


def test_wide_bars_end_at_the_target():
    totals = pd.Series(np.random.default_rng(1).poisson(120, 4000) * 2)
    axes = plots.year_total(totals, name="A", target=241, lang="en")
    made = sum(
        bar.get_height() for bar in axes.patches if bar.get_facecolor() == mpl.colors.to_rgba(plots.BLUE)
    )
    assert made == pytest.approx(100 * (totals >= 241).mean(), abs=0.6)


def test_all_units_stand_in_the_interval_chart_and_none_is_clipped():
    units = tuple(str(code) for code in range(380, 407))
    targets = small_targets(units, (3,) * 27).assign(name="Huyện có tên rất dài để thử nhãn")
    axes = plots.intervals(attainment(small_forecast(units=units), targets), highlight="389", lang="vi")
    axes.figure.canvas.draw()
    boxes = [tick.get_window_extent() for tick in axes.get_yticklabels()]
    assert len(boxes) == 27
    assert min(box.x0 for box in boxes) >= 0
    assert all(low.y1 <= high.y0 + 1 for low, high in pairwise(boxes))


def test_dollar_signs_are_no_mathematics():
    axes = small_forecast().plot("389", name="Mật ong $\\frac$ _ ^ 5$")
    axes.figure.canvas.draw()
    assert "$\\frac$" in words(axes)


def test_the_readers_settings_stay_as_they_were():
    before = dict(mpl.rcParams)
    small_forecast().plot("389")
    assert dict(mpl.rcParams) == before


def test_the_same_figure_gives_the_same_svg():
    first, second = (plots.svg(small_forecast().plot("389", name="A", target=3)) for _ in range(2))
    assert first == second
    assert first.startswith(b"<?xml")
    assert not plots.plt.get_fignums()


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_months_years_and_calendar_draw_without_warning(lang):
    panel = small_forecast().panel
    plots.months(panel, lang=lang).figure.canvas.draw()
    plots.years(panel, targets=pd.Series({2023: 15, 2024: 12}), lang=lang).figure.canvas.draw()
    plots.calendar(pd.Series(1.0, index=range(1, 13)), lang=lang).figure.canvas.draw()
