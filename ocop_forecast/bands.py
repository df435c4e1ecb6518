"""How a probability is said, and how units are put in order by it: in per cent where it has earned that.

Where it has not, low, middle and high say all that is known, and units of a band are in the order of what
they miss. `Outlook.earned` decides; page, note, workbook, tables for people and notebooks ask here.
"""

import pandas as pd

from .i18n.catalogue import label
from .i18n.formats import in_hundred, percent
from .palette import FLAGS

NAMES, ENDS = ("low", "middle", "high"), (30, 70)  # per cent from which a chance is middle, and high


def band(probability: float) -> int:
    """Return the band of a probability, taken in whole per cent as a flag takes it: 0 low, 1 middle, 2 high.

    Examples
    --------
    >>> band(0.294), band(0.296), band(0.7)
    (0, 1, 2)
    """
    return sum(in_hundred(probability) >= end for end in ENDS)


def likely(probability: float, earned: bool) -> str:
    """Return a probability in per cent where such have earned it; else it is low, middle or high.

    Examples
    --------
    >>> import ocop_forecast as ocop
    >>> with ocop.set_options(lang="vi"):
    ...     [likely(p, earned=False) for p in (0.21, 0.5, 0.8)]
    ['thấp', 'trung bình', 'cao']
    """
    if earned or pd.isna(probability):
        return percent(probability)
    return label("band_" + NAMES[band(probability)])


def attained(so_far: int, target: float) -> bool:
    """Tell whether there is a target and it is met, which is a fact and no estimate."""
    return bool(not pd.isna(target) and so_far >= target)


def chance(probability: float, so_far: int, target: float, earned: bool) -> str:
    """Return the probability of a target in words: what is attained is a fact and not an estimate.

    Examples
    --------
    >>> import ocop_forecast as ocop
    >>> with ocop.set_options(lang="vi"):
    ...     chance(1.0, 3, 3, earned=False)
    'đã đạt'
    """
    return label("done") if attained(so_far, target) else likely(probability, earned)


def told(table: pd.DataFrame, earned: bool) -> pd.DataFrame:
    """Return a table whose columns of probabilities are said as such have earned it.

    Examples
    --------
    >>> told(pd.DataFrame({"p_reach": [0.1, 0.9]}), earned=False)["p_reach"].tolist()
    ['thấp', 'cao']
    """
    if earned:
        return table
    columns = table.columns.intersection(["p_reach", "p_with", "p_proposed", "p_heard"])
    return table.assign(**{name: table[name].map(lambda p: likely(p, False)) for name in columns})


def rank(probability: float, earned: bool) -> float:
    """Return by what a column of probabilities is sorted: by them, or by no more than their bands."""
    return probability if earned or pd.isna(probability) else band(probability)


def rank_of(probability: float, so_far: int, target: float, earned: bool) -> float:
    """Return by what a column of chances of targets is sorted: behind the bands stands what is attained.

    Examples
    --------
    >>> [rank_of(p, so_far, 3, earned=False) for p, so_far in ((0.2, 0), (0.9, 1), (1.0, 3))]
    [0, 2, 3]
    """
    return len(NAMES) if not earned and attained(so_far, target) else rank(probability, earned)


def by_need(units: pd.DataFrame, earned: bool) -> pd.DataFrame:
    """Put units in the one order of page, pictures and files: those first that need most.

    They go by their flags, and within one the least likely first; where that is not known, who misses most.
    `units` has the columns p_reach, so_far, target, and flag; without flags chance, or bands, decide.

    Examples
    --------
    >>> units = pd.DataFrame({"p_reach": [0.1, 0.2, 0.9], "so_far": [0, 0, 1], "target": [2, 9, 2]})
    >>> list(by_need(units, earned=True).index), list(by_need(units, earned=False).index)
    ([0, 1, 2], [1, 0, 2])
    >>> list(by_need(units.assign(flag=["at_risk", "at_risk", "needs_support"]), earned=True).index)
    [2, 0, 1]
    """
    bands = units["p_reach"].map(band, na_action="ignore")
    group = units["flag"].map(list(FLAGS).index) if "flag" in units else 0 if earned else bands
    surplus = (units["so_far"] - units["target"]).astype("float64")
    order = pd.DataFrame({"group": group, "within": units["p_reach"] if earned else surplus}, units.index)
    return units.loc[order.sort_values(["group", "within"], kind="stable").index]
