"""Time what an analyst waits for in JupyterLab, the import and another district: one run, one table.

    python benchmarks/waits.py

Seconds are of processor time, each row's the median of several. An import has a process of its own.
"""

import os
import subprocess
import sys
from statistics import median
from time import process_time

import pandas as pd

from ocop_forecast import assess, project, read_province, style
from ocop_forecast.reporting import widgets

TIMES, DISTRICTS = 7, 8
IMPORT = "from time import process_time as now; begin = now(); import {}; print(now() - begin)"


def imported(module: str) -> float:
    """Return the median seconds that importing a module takes in a new process."""
    code = [sys.executable, "-c", IMPORT.format(module)]
    return median(float(subprocess.check_output(code, text=True)) for _ in range(TIMES))


def chosen(box) -> tuple[float, float]:
    """Return the seconds that the first district of a list takes, and the median of the next ones."""
    units, spent = box.children[0], []
    for _, unit in units.options[1 : DISTRICTS + 2]:
        begin = process_time()
        units.value = unit
        spent.append(process_time() - begin)
    return spent[0], median(spent[1:])


def main() -> None:
    """Time, and print each beside what it is to be held against."""
    os.environ["JPY_SESSION_NAME"] = "benchmark"  # as where somebody sits before the notebook
    style.offscreen()
    province = read_province(as_of="2024-09")
    projection = project(province, seed=2024)
    outlook = assess(projection, province)
    rows = {"import ocop_forecast, against pandas": (imported("pandas"), imported("ocop_forecast"))}
    rows["district of 03, against the first"] = chosen(widgets.district_chooser(outlook))
    rows["district of 02, against the first"] = chosen(
        widgets.trend_chooser(projection.results, projection.trend, province)
    )
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["other", "ms"]) * 1000
    print(table.assign(ratio=table["ms"] / table["other"])[["ms", "other", "ratio"]].round(2).to_string())


if __name__ == "__main__":
    main()
