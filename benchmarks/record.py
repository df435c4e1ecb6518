"""How the forecasts of past years would have fared on a province's own register.

    python benchmarks/record.py [FOLDER]

From the ends of March, June and September of every year that is over and has two years before it, the year's
end is forecast with what was decided by then and the targets set by then. One printed table holds what was
promised against what came, for the units that were still below their target, and one the province. Without
FOLDER the embedded data are taken, most of which are reconstructed.
"""

import sys

import pandas as pd

import ocop_forecast as ocop

ORIGINS = (3, 6, 9)
BINS = [0, 0.3, 0.7, 1.001]  # the thresholds of the flags


def outlooks(province: ocop.Province) -> pd.DataFrame:
    """Return the outlook of every past origin with what came (``came``, products in the year)."""
    yearly = province.panel.groupby(province.panel.index.year).sum()
    years = [year for year in yearly.index[2:] if year < province.as_of.year or province.as_of.month == 12]
    rows = [
        outlook(province, year, month).assign(origin=f"{year}-{month:02d}", came=[*came, came.sum()])
        for year, came in yearly.loc[years].iterrows()
        for month in ORIGINS
    ]
    return pd.concat(rows)


def outlook(province: ocop.Province, year: int, month: int) -> pd.DataFrame:
    """Return the outlook as of one past month, from what was known then."""
    known = province.panel.loc[: f"{year}-{month:02d}"]
    targets = province.targets[province.targets["year"] <= year]
    return ocop.attainment(ocop.TrendModel(known, targets).fit().forecast(seed=2024), targets)


def reliability(rows: pd.DataFrame) -> pd.DataFrame:
    """Return, by what was promised, how many unit forecasts there were and what share reached the target.

    Units that had already attained it, or had none, are left out: nothing was promised for them.
    """
    units = rows[(rows["level"] == "unit") & (rows["so_far"] < rows["target"])]
    units = units.assign(reached=units["came"] >= units["target"])
    grouped = units.groupby(pd.cut(units["p_reach"], BINS, right=False), observed=False)
    table = grouped.agg(
        forecasts=("reached", "size"), promised=("p_reach", "mean"), reached=("reached", "mean")
    )
    everything = [len(units), units["p_reach"].mean(), units["reached"].mean()]
    return pd.concat([table, pd.DataFrame([everything], ["all"], table.columns)])


def main() -> None:
    """Print the record of FOLDER, or of the embedded data."""
    rows = outlooks(ocop.read_province(*sys.argv[1:2]))
    print("Units still below their target: promised and reached")
    print(reliability(rows).round(2).to_string())
    province = rows[rows["level"] == "province"].set_index("origin")
    shown = province[["so_far", "naive", "median", "lower", "upper", "came", "target"]].astype(float).round(0)
    print("\nThe province: the year's total")
    print(shown.astype(int).to_string())
    inside = province["came"].between(province["lower"], province["upper"])
    print(f"\nThe 80 % interval held {inside.sum()} of {len(inside)} times")


if __name__ == "__main__":
    main()
