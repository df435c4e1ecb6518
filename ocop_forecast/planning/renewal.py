"""How many certificates are renewed when they run out, and how many later: learned from those that ran out.

A certificate is renewed if its product is decided on again by the end of the quarter in which it runs out.
The chance of it is a beta-binomial (`models.betabinomial`) over the units, for products of three stars and
for those with more: a unit of which few ran out is drawn as the others. Its mean's prior is Beta(1, 2): of 48
certificates of Nghệ An that ran out in February 2023, 8 were renewed in time (17%), while in Hà Tĩnh 58 of
161 decisions of 2023 and 2024 were on products recognised before (36%). The years of one province differ: a
logit of standard deviation 1/2, shared by all units of a year, lets a chance of 50% be 35 to 65% in four of
five years. A year therefore counts for at most `YEAR` certificates, however many ran out in it.

One that was not renewed comes back in each of the next four quarters with a chance of the prior Beta(1, 24):
after the 40 that lapsed in Nghệ An, one decision a year later held 6 renewed ones.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ocop_forecast.models.betabinomial import Share, learned
from ocop_forecast.models.streams import STOCK, settled, stream

RENEWED, BACK = (1.0, 2.0), (1.0, 24.0)
WAIT = 4  # quarters in which one may come back
YEARS_SD = 0.5  # of the years' renewal, logits
YEAR = 16  # certificates that one year counts for at most: 1 / (p (1 - p) YEARS_SD²) at p = 1/2
CLASSES = ("three", "more")


@dataclass(frozen=True, eq=False)
class Renewal:
    """What is learned of renewals.

    Attributes
    ----------
    ended : DataFrame
        A row a certificate that ran out in a quarter that is over: unit, rank (one of `CLASSES`), ended
        and again (quarters; again is missing where nothing was decided since), renewed (whether in time).
    last : Period
        The last quarter that is over.
    seed, count : int
        The seed, and the number of draws.
    """

    ended: pd.DataFrame
    last: pd.Period
    seed: int
    count: int

    @cached_property
    def shares(self) -> dict[str, Share]:
        """By rank, the share that is renewed in time; the certificates of a year are `YEAR` at most."""
        year = [self.ended["rank"], self.ended["ended"].dt.year]
        weight = YEAR / (YEAR + self.ended.groupby(year)["renewed"].transform("size"))
        cases = self.ended.assign(positive=weight * self.ended["renewed"], all=weight)
        counted = cases.groupby(["rank", "unit"])[["positive", "all"]].sum()
        return {
            rank: learned(_of(counted, rank), RENEWED, self.count, stream(self.seed, at, STOCK))
            for at, rank in enumerate(CLASSES)
        }

    @cached_property
    def back(self) -> np.ndarray:
        """The chance that a lapsed certificate comes back in a quarter (draws,)."""
        lapsed = self.ended[~self.ended["renewed"]]
        waited = np.minimum(self.last.ordinal - lapsed["ended"].astype("int64"), WAIT)
        after = lapsed["again"].astype("int64") - lapsed["ended"].astype("int64")
        came = lapsed["again"].notna() & (after <= WAIT)
        exposed = np.where(came, after, waited).sum()
        shape = (BACK[0] + came.sum(), BACK[1] + exposed - came.sum())
        return settled(stream(self.seed, 2, STOCK).beta(*shape, self.count))

    def moved(self, years: pd.Index) -> np.ndarray:
        """Draw by how much the year of each quarter moves the odds of all units (draws, quarters)."""
        of_year = {
            year: stream(self.seed, year, 3, STOCK).standard_normal(self.count) for year in sorted({*years})
        }
        return np.exp(YEARS_SD * np.stack([of_year[year] for year in years], axis=1))

    def chances(self, unit: str, rank: str, moved: np.ndarray) -> np.ndarray:
        """Draw a unit's chance of renewal in each quarter, whose odds are `moved` (draws, quarters)."""
        known = self.shares[rank].of(unit, stream(self.seed, unit, CLASSES.index(rank), STOCK))
        odds = (known / np.maximum(1 - known, 1e-9))[:, None] * moved
        return settled(odds / (1 + odds)).clip(max=1.0)


def _of(counted: pd.DataFrame, rank: str) -> pd.DataFrame:
    known = counted.index.get_level_values("rank") == rank
    return counted[known].droplevel("rank")


def learn_renewal(lives: pd.DataFrame, last: pd.Period, *, seed: int, draws: int) -> Renewal:
    """Learn from the lives of certificates, as `tables.certificates.lives` has them, that ended by `last`.

    One that was revoked before it ran out says nothing of renewal.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> days = pd.to_datetime(["2023-02-04"] * 4)
    >>> lives = pd.DataFrame({"unit": "389", "stars": 3, "expires": days, "next_kind": "re-recognised"})
    >>> lives["next"] = pd.to_datetime(["2023-01-09", "2023-03-20", "2023-08-01", None])
    >>> renewal = learn_renewal(lives, pd.Period("2024Q3"), seed=1, draws=100)
    >>> renewal.ended["renewed"].tolist(), renewal.chances("389", "three", np.ones((100, 1))).shape
    ([True, True, False, False], (100, 1))
    """
    ended, again = (lives[name].dt.to_period("Q") for name in ("expires", "next"))
    revoked = (lives["next_kind"] == "revoked") & (lives["next"] < lives["expires"])
    table = pd.DataFrame(
        {"unit": lives["unit"], "rank": ranked(lives["stars"]), "ended": ended, "again": again}
    )
    table = table[(ended <= last) & ~revoked]
    return Renewal(table.assign(renewed=table["again"] <= table["ended"]), last, seed, draws)


def ranked(stars: pd.Series) -> np.ndarray:
    """Return the rank of products; those without known stars are taken for three."""
    return np.where(stars.fillna(3) > 3, *reversed(CLASSES))
