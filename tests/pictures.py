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


def draw(**width):
    """Return name -> a function that draws that picture, of so many inches where it can have several."""
    forecast, titled = small_forecast(units=CODES), {"name": NAMES["381"]}
    return {
        "fan": lambda: forecast.plot("381", target=6, naive=4.2, **titled, **width),
        "year_total": lambda: plots.year_total(forecast.year_end()["381"], target=6, **titled),
        "intervals": lambda: plots.intervals(outlook(), highlight="389", **width),
        "tiles": lambda: plots.tiles(outlook(), places(), **width),
        "grid": lambda: plots.tiles(outlook(), **width),
        "months": lambda: plots.months(forecast.panel, names=pd.Series(NAMES)),
        "reliability": lambda: plots.reliability(promised()),
        "record": lambda: plots.record(past(), **titled, **width),
    }


if __name__ == "__main__":
    style.offscreen()
    for name, drawn in draw().items():
        (BASELINE / f"{name}.png").write_bytes(style.images(drawn(), ("png",), dpi=50)["png"])
