"""Coverage: what each unit has on its way, in the words of a sales meeting, against what it still needs."""

import numpy as np
import pandas as pd

from ocop_forecast.display import Table
from ocop_forecast.errors import TermsError
from ocop_forecast.models.projection import Projection

from .outlook import Outlook


def coverage(projection: Projection, outlook: Outlook) -> pd.DataFrame:
    """Hold the open dossiers of every unit against what it still needs.

    Parameters
    ----------
    projection : Projection
        As from `project`, with a pipeline.
    outlook : Outlook
        As from `assess`, of its forecast.

    Returns
    -------
    DataFrame
        A row a unit, then the province; index `unit`. Columns: name; done, products newly recognised this
        year; committed, dossiers that passed a council and wait for the decision; best_case, those submitted
        to one; pipeline, those before that; open, the three together; expected, what the pipeline alone
        expects of them by December (products, a mean); needed, products still missing of the target;
        coverage, open over needed (missing where nothing is needed). ``attrs`` says how far they are
        believed: weight, and part of what comes that has no open dossier yet, as in `Pool`; snapshots and
        years that taught both; p_trend and p_pool, what the trend alone and both gave to what then came in a
        unit, geometric means.

    Raises
    ------
    TermsError
        If the province keeps no dossiers.

    Examples
    --------
    >>> import ocop_forecast as ocop
    >>> province = ocop.read_province(as_of="2024-09", dossiers="example")
    >>> projection = ocop.project(province, seed=2024, draws=200)
    >>> float(coverage(projection, ocop.assess(projection, province)).loc["389", "needed"])
    3.0
    """
    coming, pool, known = projection.coming, projection.pool, outlook.table
    if coming is None or pool is None or outlook.dossiers is None:
        raise TermsError("ask_dossiers")
    table, expected = outlook.dossiers.copy(), coming.draws.sum(axis=2).mean(axis=0)
    table["expected"] = pd.Series([*expected, expected.sum()], [*projection.forecast.units, outlook.code])
    table.insert(0, "name", known["name"])
    table.insert(1, "done", known["so_far"])
    table["needed"] = (known["target"].astype("float64") - known["so_far"]).clip(lower=0)
    table["coverage"] = (table["open"] / table["needed"]).where(table["needed"] > 0)
    past = {"snapshots": len(pool.snapshots), "years": pool.snapshots["year"].nunique()}
    by_year = pool.snapshots.groupby("year")[["trend", "pool"]].mean()
    scores = {f"p_{name}": float(np.exp(by_year[name].mean())) for name in by_year}
    table = Table(table)
    table.attrs = {"weight": pool.weight, "part": pool.part, **past, **scores}
    return table
