"""What councils passed: products that came before one, and those of them that it recognised.

First Thanh Hóa's provincial councils, April, June, August and November 2021 and spring 2022, then three
district councils, of which no more is known here than these numbers. The provincial ones stand in
``data/published_figures.csv`` as `batch_candidates` and `batch_recognised` with their sources; only what June
2021 passed was never said as such: 69 products at the end of 2020 and 7 in April make 76, and the review of
July counted 100. Of the 60 in November 6 had been there in August.
"""

import numpy as np

CANDIDATES = (15, 25, 26, 60, 40, 7, 4, 8)
PASSED = (7, 24, 20, 38, 38, 6, 3, 8)
ENOUGH = 10  # candidates from which on one council's share says something


def share() -> float:
    """Return the pass share of all councils together.

    Examples
    --------
    >>> round(share(), 3)
    0.778
    """
    return sum(PASSED) / sum(CANDIDATES)


def extremes() -> tuple[float, float]:
    """Return the smallest and the largest pass share of a council that had enough candidates.

    Examples
    --------
    >>> [round(float(one), 3) for one in extremes()]
    [0.467, 0.96]
    """
    candidates, passed = np.array(CANDIDATES), np.array(PASSED)
    shares = (passed / candidates)[candidates >= ENOUGH]
    return float(shares.min()), float(shares.max())
