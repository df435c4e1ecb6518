"""One of each picture, drawn of small made-up tables; run as a script it writes the ones to compare with.

python tests/pictures.py
"""

from pathlib import Path

import numpy as np
import pandas as pd
from conftest import small_forecast, small_targets

from ocop_forecast import plots, style
from ocop_forecast.planning.attainment import attainment

BASELINE = Path(__file__).resolve().parent / "baseline"
CODES = tuple(str(code) for code in range(380, 407))
KINDS = ("Thành phố", "Thị xã", "Huyện") * 9
NAMES = {code: f"{kind} Hậu Lộc Thường Xuân {code}" for code, kind in zip(CODES, KINDS, strict=True)}


def outlook():
    """The outlook of 27 units with names as long as they come; one has no target."""
    targets = small_targets(CODES, tuple(1 + at % 7 for at in range(27)))
    targets.loc[4, "target"] = pd.NA
    return attainment(small_forecast(units=CODES), targets.assign(name=[*NAMES.values()]))


def past():
    """Three past years of the province, forecast at two times of each."""
    ends = ["2021-06", "2021-09", "2022-06", "2022-09", "2023-06", "2023-09"]
    rows = pd.DataFrame({"origin": pd.PeriodIndex(ends, freq="M"), "so_far": [3, 5, 4, 4, 6, 9]})
    rows = rows.assign(year=rows["origin"].dt.year, median=[9, 8, 12, 9, 14, 15], lower=[4, 6, 7, 5, 8, 11])
    rows = rows.assign(upper=[20, 14, 22, 15, 25, 20], came=[11, 11, 17, 17, 14, 14])
    return rows.assign(target=pd.array([10, 10, None, None, 18, 18], "Int64"))


def paths():
    """Three past years' running totals of all units, month by month."""
    months = pd.MultiIndex.from_product([[2021, 2022, 2023], range(1, 13)], names=["year", "month"])
    counts = np.random.default_rng(3).poisson(0.3, (3, 12, len(CODES))).cumsum(axis=1)
    return pd.DataFrame(counts.reshape(36, -1), months, [*CODES])


def course():
    """Four runs of a year, one of them as of a day."""
    ends = [pd.Period(at) for at in ("2024-03", "2024-06", "2024-07-15", "2024-09")]
    said = {
        "so_far": [2, 5, 9, 12],
        "median": [20, 18, 22, 25],
        "lower": [8, 9, 14, 19],
        "upper": [50, 40, 36, 33],
    }
    return pd.DataFrame(said | {"p_reach": [0.2, 0.15, 0.4, 0.75]}, pd.Index(ends, dtype=object))


def promised():
    """What was promised in five bins, and how often it came true."""
    table = pd.DataFrame({"forecasts": [310, 120, 60, 30, 7], "promised": [0.07, 0.2, 0.4, 0.6, 0.85]})
    return table.assign(
        reached=[0.2, 0.3, 0.5, 0.5, 0.8], lower=[0.1, 0.2, 0.3, 0.3, 0.5], upper=[0.3, 0.4, 0.7, 0.7, 0.95]
    )


def places():
    """Places of the units on a map with a gap."""
    at = np.arange(27) + (np.arange(27) > 9)
    return pd.DataFrame({"tile_row": at // 6 + 1, "tile_column": at % 6 + 1}, index=[*CODES])


def proposals():
    """Next year's targets of 27 units, one without a target now."""
    rows, even = outlook().iloc[:-1], np.arange(27) % 8
    return rows.assign(next_met_50=even, next_met_90=even // 3, next_proposed=2 + even)


def to_come():
    """The province's totals from this year on, in 50 draws."""
    draws = 100 + 10 * np.random.default_rng(4).standard_normal((50, 4)).cumsum(axis=1)
    return pd.DataFrame(draws, columns=[2024, 2025, 2026, 2027])


def draw(**width):
    """Return name -> a function that draws that picture, of so many inches where it can have several."""
    forecast, titled = small_forecast(units=CODES), {"name": NAMES["381"]}
    days = pd.to_datetime(
        ["2024-08-01", "2024-11-22", "2024-11-29", "2024-12-20", "2024-12-20", "2025-01-09"]
    )
    flags = ("needs_support", "at_risk", "on_track", "attained", "no_target", "no_report") * 4
    flagged = outlook().assign(flag=[*flags, "at_risk", "at_risk", "at_risk", "at_risk"])
    once = past()[past()["origin"].dt.month == 9]
    return {
        "fan": lambda: forecast.plot("381", target=6, naive=4.2, rounds=days, **titled, **width),
        "course": lambda: plots.course(course(), target=24, earned=False, **titled, **width),
        "multiples": lambda: plots.multiples(flagged, forecast.panel, paths(), **width),
        "hindsight": lambda: plots.hindsight(once, paths()[["381"]], **titled, **width),
        "year_total": lambda: plots.year_total(forecast.year_end()["381"], target=6, **titled),
        "intervals": lambda: plots.intervals(outlook(), highlight="389", **width),
        "tiles": lambda: plots.tiles(flagged, places(), **width),
        "grid": lambda: plots.tiles(outlook(), **width),
        "months": lambda: plots.months(forecast.panel, names=pd.Series(NAMES)),
        "reliability": lambda: plots.reliability(promised()),
        "record": lambda: plots.record(past(), **titled, **width),
    }


def others():
    """Return name -> a function that draws that picture, of those without a baseline."""
    panel, names = small_forecast(units=CODES).panel, pd.Series(NAMES)
    bins = pd.MultiIndex.from_arrays([[0, 0.5], [0.5, 1]], names=["from", "to"])
    shares = pd.DataFrame({"share": [0.4, 0.6], "lower": 0.3, "upper": 0.7}, bins)
    stock = pd.DataFrame({"valid": [9, 5], "due": [1, 4], "lapsed": [2, 0]}, ["389", "390"])
    curve = pd.DataFrame({"money": [0, 1e8, 2e8], "value": [0.2, 0.4, 0.8]})
    rated = pd.DataFrame({"so_far": [9, 2, 0], "lower": [15, 3, 0], "median": 20, "upper": 30}, [3, 4, 5])
    rated = rated.assign(median=[20, 5, 0], upper=[30, 9, 1], target=pd.array([None, 13, 4], "Int64"))
    rated["p_reach"] = [np.nan, 0.02, 0.01]
    quarters = pd.period_range("2024Q4", "2027Q4", freq="Q")
    ahead = pd.DataFrame({"lower": range(440, 505, 5), "median": 500, "upper": range(510, 640, 10)}, quarters)
    ahead = ahead.assign(expired=40.0, renewed=22.0, goal=pd.array([None] * 12 + [600], "Int64"))
    year = {"unit": "A", "year": 2023, "as_of": "2023-06", "so_far_new": 3, "target_new": 9, "final_new": 8}
    return {
        "calendar": lambda: plots.calendar(pd.Series(1.0, index=range(1, 13))),
        "years": lambda: plots.years(panel, targets=pd.Series({2023: 90}), name="Hậu Lộc"),
        "pit": lambda: plots.pit(shares),
        "stock": lambda: plots.stock(stock, names=names),
        "stars": lambda: plots.stars(rated, year=2024, earned=False),
        "certificates": lambda: plots.certificates(ahead, now=450),
        "budget": lambda: plots.budget(curve, goal="province", budget=1e8),
        "experience": lambda: plots.experience(pd.DataFrame([{**year, "final_date": "2023-12"}])),
        "provinces": lambda: plots.provinces(outlook()),
        "proposed": lambda: plots.proposed(proposals(), year=2025),
        "years_ahead": lambda: plots.years_ahead(pd.Series({2022: 80, 2023: 120}), to_come()),
    }


if __name__ == "__main__":
    style.offscreen()
    for name, drawn in draw().items():
        (BASELINE / f"{name}.png").write_bytes(style.images(drawn(), ("png",), dpi=50)["png"])
