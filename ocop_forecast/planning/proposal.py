"""Which targets could be set: those met with a chance, by unit and jointly, and a province's target split."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ocop_forecast.bands import told
from ocop_forecast.display import OfUnits
from ocop_forecast.errors import TermsError
from ocop_forecast.terms import check_kind, whole

from .outlook import Outlook

LEVELS = (0.5, 0.7, 0.8, 0.9)
MET = [f"met_{level:.0%}".rstrip("%") for level in LEVELS]  # the columns of targets met with these chances
BY = ("chance", "effort")
FLOOR, CAP = 2, 8  # products a unit: what the province has asked of its districts


@dataclass(frozen=True, eq=False, repr=False)
class Proposal(OfUnits):
    """Targets that could be set for one year.

    Attributes
    ----------
    table : DataFrame
        A row a unit, then the province; index `unit`. Columns (products): name, so_far, target (the one that
        is set; missing without one), expected (the mean of the draws), met_50, met_70, met_80 and met_90, the
        greatest target that is met with at least that chance, proposed, and p_proposed, the chance of it. The
        province's proposed target is the sum of the units'.
    safe : Series
        Index met_50 to met_90: the chance that the province reaches the sum of the units' targets of that
        chance. What one unit lacks another has more of, so it differs from the units' own.
    all_reach : float
        Chance that every unit reaches its proposed target.
    by : str
        ``chance`` or ``effort``, as asked.
    outlook : Outlook
        What it was made from.
    """

    table: pd.DataFrame
    safe: pd.Series
    all_reach: float
    by: str
    outlook: Outlook

    @property
    def raised(self) -> pd.DataFrame:
        """The rows of units whose target is met already and would be raised: the ratchet [1]_.

        References
        ----------
        .. [1] Weitzman, M. L. (1980). The "ratchet principle" and performance incentives. Bell Journal of
           Economics 11, 302-308.
        """
        units = self.units
        met = (units["so_far"] >= units["target"]) & (units["target"] > 0)
        return units[(met & (units["proposed"] > units["target"])).fillna(False)]

    def _face(self) -> tuple:
        facts = {"year": self.outlook.year, "as_of": self.outlook.as_of}
        return "proposal", facts, told(self.table.drop(columns="name"), self.outlook.earned)


def propose_targets(
    outlook: Outlook, total: int | None = None, *, by: str = "chance", floor: int = FLOOR, cap: int = CAP
) -> Proposal:
    """Propose targets that add up to a province's target, and tell how safe targets of each unit are.

    Beyond the floor every product of the total is given where it is easiest: by ``chance`` to the unit that
    then has the greatest chance of its target, so that the least of all chances is as great as can be; by
    ``effort`` to the unit whose target is the smallest part of what it is expected to bring, as seats are
    given to parties (Webster's method [1]_).

    Parameters
    ----------
    outlook : Outlook
        As from `assess`, of this year or of the next (`next_year`).
    total : int, optional
        The province's target, products; without it the one that is set.
    by : {"chance", "effort"}
        What is to be equal.
    floor, cap : int
        The least and the greatest target of a unit, products.

    Returns
    -------
    Proposal

    Raises
    ------
    TermsError
        If no total is given and none is set, the total is not within all floors and all caps, or `by` is
        neither.

    References
    ----------
    .. [1] Balinski, M. L. and Young, H. P. (1982). Fair Representation. Yale University Press.

    Examples
    --------
    >>> import ocop_forecast as ocop
    >>> province = ocop.read_province(as_of="2024-09")
    >>> outlook = ocop.assess(ocop.project(province, seed=2024, draws=200), province)
    >>> proposal = propose_targets(outlook, 120)
    >>> int(proposal.units["proposed"].sum()), int(proposal.units["proposed"].min())
    (120, 2)
    """
    check_kind("outlook", outlook, Outlook, "assess")
    if by not in BY:
        raise TermsError("ask_by", allowed=", ".join(BY), value=repr(by))
    floor = whole("floor", floor, 0)
    cap = whole("cap", cap, max(floor, 1))
    ends = outlook.forecast.year_end()
    proposed = _split(ends, _total(outlook, total, floor, cap), by, floor, cap)
    table = _table(outlook, ends, proposed)
    sums = table[MET].iloc[:-1].sum()
    safe = pd.Series({name: float((ends.sum(axis=1) >= sums[name]).mean()) for name in MET}, name="safe")
    return Proposal(table, safe, float((ends >= proposed).all(axis=1).mean()), by, outlook)


def _total(outlook: Outlook, total: int | None, floor: int, cap: int) -> int:
    """Return the province's target, which the units' can add up to."""
    units = len(outlook.units)
    if total is None:
        if pd.isna(outlook.province["target"]):
            raise TermsError("ask_total", year=outlook.year)
        total = int(outlook.province["target"])
    return whole("total", total, floor * units, cap * units)


def _split(ends: pd.DataFrame, total: int, by: str, floor: int, cap: int) -> pd.Series:
    """Return the units' targets: their floors, and then product by product where it is easiest."""
    wanted = pd.MultiIndex.from_product([sorted(ends), range(floor + 1, cap + 1)], names=["unit", "product"])
    expected = ends.mean()[wanted.get_level_values("unit")].to_numpy()
    step = wanted.get_level_values("product").to_numpy()
    effort = (step - 0.5) / np.maximum(expected, 1e-9)
    reached = [(ends[unit] >= product).mean() for unit, product in wanted]
    order = np.lexsort((effort, -np.array(reached)) if by == "chance" else (-np.array(reached), effort))
    given = wanted[order[: total - floor * ends.shape[1]]].get_level_values("unit").value_counts()
    return (floor + given.reindex(ends.columns, fill_value=0)).astype(int)


def _table(outlook: Outlook, ends: pd.DataFrame, proposed: pd.Series) -> pd.DataFrame:
    """Hold the units and the province against targets met with each chance, and against those proposed."""
    code = outlook.code
    ends = ends.assign(**{code: ends.sum(axis=1)})
    proposed = pd.concat([proposed, pd.Series({code: proposed.sum()})])
    met = {name: [_met(ends[unit], level) for unit in ends] for name, level in zip(MET, LEVELS, strict=True)}
    table = outlook.table[["name", "so_far", "target"]].assign(expected=ends.mean(), **met, proposed=proposed)
    return table.assign(p_proposed=(ends >= proposed).mean()).rename_axis("unit")


def _met(totals: pd.Series, level: float) -> int:
    """Return the greatest target that at least this part of the draws reach."""
    return int(np.sort(totals.to_numpy())[::-1][int(np.ceil(level * len(totals) - 1e-9)) - 1])
