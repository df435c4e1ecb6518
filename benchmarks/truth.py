"""Score the chance of a target on published progress; each place is left out of what its chance is from.

    python benchmarks/truth.py [PROGRESS.csv]

PROGRESS.csv has the columns of data/reference/progress.csv, which is taken without one; final_from is not
needed. A row counts where it says when (as_of), how many so far, the target and the final. Beside the tool's
`chance` stand the base rate (the share of the class that reached its target), the straight line to December,
and so far / target. In the log score a probability is held between 2 and 98 %, so that a straight line's 0 is
not infinitely wrong.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from ocop_forecast.models.reference import Reference
from ocop_forecast.periods import last_known, passed
from ocop_forecast.planning.chance import chance
from ocop_forecast.scores import brier
from ocop_forecast.tables.sources import DATA

METHODS = ("chance", "base rate", "straight line", "so far / target")
BANDS = {"low": (0, 0.4), "middle": (0.4, 0.7), "high": (0.7, 1.01)}
NEEDED = ["as_of", "so_far_new", "target_new", "final_new"]


def forecasts(progress: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """Return a row a publication: each method's probability of the target, and whether it was reached."""
    cases = progress.dropna(subset=NEEDED).itertuples()
    return pd.DataFrame([_row(case, reference.without(case.unit)) for case in cases])


def _row(case, others: Reference) -> dict:
    so_far, target = int(case.so_far_new), int(case.target_new)
    gone, known = passed(last_known(case.as_of)), others.cases
    told = {"unit": case.unit, "year": case.year, "as_of": case.as_of, "so_far": so_far, "target": target}
    said = chance(so_far, target, case.as_of, others)
    told |= {"chance": said.p_reach, "base rate": (known["final_new"] >= known["target_new"]).mean()}
    told |= {"straight line": float(so_far / gone * 12 >= target), "so far / target": min(1, so_far / target)}
    return told | {"final": int(case.final_new), "reached": case.final_new >= target}


def scores(rows: pd.DataFrame) -> pd.DataFrame:
    """Return each method's mean Brier and log score: of all publications, and of open targets alone."""
    still_open = rows[rows["so_far"] < rows["target"]]
    columns = {}
    for name, some in (("all", rows), ("open", still_open)):
        p, reached = some[[*METHODS]].to_numpy(float), some[["reached"]].to_numpy(float)
        held = np.clip(p, 0.02, 0.98)
        columns[f"Brier, {name}"] = brier(p, reached).mean(axis=0)
        columns[f"log score, {name}"] = -np.log(np.where(reached, held, 1 - held)).mean(axis=0)
    return pd.DataFrame(columns, index=[*METHODS])


def bands(rows: pd.DataFrame) -> pd.DataFrame:
    """Return, by three bands of the chance, how many publications there were and how many were reached."""
    edges = {name: rows["chance"].between(*ends, inclusive="left") for name, ends in BANDS.items()}
    sizes = {
        name: [some.sum(), *rows.loc[some, ["chance", "reached"]].mean()] for name, some in edges.items()
    }
    return pd.DataFrame.from_dict(sizes, "index", columns=["publications", "promised", "reached"])


def main() -> None:
    """Print the forecasts, their scores and the bands."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("progress", nargs="?", type=Path, default=DATA / "reference" / "progress.csv")
    table = pd.read_csv(parser.parse_args().progress, dtype={"as_of": str})
    rows = forecasts(table, Reference.read())
    for shown in (rows, scores(rows), bands(rows)):
        print(shown.to_string(float_format="{:.2f}".format if shown is rows else "{:.3f}".format), end="\n\n")
    places, share = rows["unit"].nunique(), rows["reached"].mean()
    print(f"{len(rows)} publications of {places} places; {share:.0%} reached the target.")


if __name__ == "__main__":
    main()
