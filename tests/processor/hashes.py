"""Print the numbers of the embedded data as hashes, to be held against those of another processor.

python tests/processor/hashes.py [--unsettled]
"""

import hashlib
import json
import math
import sys

import numpy as np

from ocop_forecast import assess, project, read_province, support
from ocop_forecast.evaluation import backtest, baselines
from ocop_forecast.models import lean, rounds, shares

ORIGINS = ("2022-04", "2023-08", "2023-11")
SCORES = ["median", "lower", "upper", "inside", "p_reach", "rps", "log_score", "wis", "brier", "below", "at"]


def digest(values):
    """Return a hash of numbers, to the last bit."""
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()[:16]


def gammas():
    """Draw gammas of shape 1 but for a last digit that libm decides; at 1 itself another way is taken.

    By `math`, which asks libm on every machine; where numpy has vector units enough it does not.
    """
    shapes = np.array([math.exp(math.log(x)) / x for x in range(2, 1000)])
    return np.random.default_rng(0).standard_gamma(shares.settled(shapes)).round(6)


def numbers(province):
    """Return what is computed of it, by name."""
    rows = backtest.backtest(province, origins=ORIGINS, draws=400)
    projection = project(province, seed=2024, draws=1000)
    plan = support(assess(projection, province), budget=1_500_000_000)
    past = {method: digest(of[SCORES].to_numpy(float)) for method, of in rows.groupby("method")}
    return past | {
        "trend": digest(projection.trend.draws),
        "both sources": digest(projection.forecast.draws),
        "weight": projection.pool.weight,
        "supports": digest(plan.table["supports"].to_numpy(int)),
        "with support": digest(plan.table[["p_with", "gain", "products"]].to_numpy(float)),
        "budgets": digest(plan.curve.to_numpy(float)),
        "gammas": digest(gammas()),
    }


if __name__ == "__main__":
    if "--unsettled" in sys.argv:  # the fault that the test must see
        for module in (shares, lean, rounds, baselines):
            module.settled = lambda values: values
    print(json.dumps(numbers(read_province(as_of="2024-09", dossiers="example"))))
