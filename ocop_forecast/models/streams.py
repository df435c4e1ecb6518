"""Random numbers that neither other units, their order nor the processor can move."""

import hashlib

import numpy as np

# the last number of a key; the trend's own have none
PIPELINE, NEW, POOL, LEAN, TARGET, LATE, ROUNDS, LEVEL, NATION, AHEAD = 1, 2, 3, 5, 6, 7, 8, 9, 10, 11
STARS, STOCK = 21, 22
SITTINGS = 31
DIGITS = 30  # binary ones of a number that is drawn with
FEWER = 53 - DIGITS
NEVER = 1e-300  # stands for a mean of 0


def stream(*key: int | str) -> np.random.Generator:
    """Return the generator of this key: a seed, a year and so on; a unit's code counts as `code_number`.

    Examples
    --------
    >>> stream(1, 2024, "389").random() == stream(1, 2024, "389").random() != stream(1, 2024).random()
    True
    """
    return np.random.default_rng([code_number(part) if isinstance(part, str) else part for part in key])


def code_number(code: str) -> int:
    """Return the first 8 bytes of the SHA-256 of a unit's code, on every machine the same number.

    Examples
    --------
    >>> code_number("389") == code_number("389") != code_number("390")
    True
    """
    return int.from_bytes(hashlib.sha256(code.encode()).digest()[:8], "big")


def systematic(weight: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draw the point of a weighted grid that each draw takes (draws,): a systematic sample, shuffled.

    The points are numbers in the grid as it lies flat.

    Examples
    --------
    >>> systematic(np.array([0.5, 0.25, 0.25]), 4, np.random.default_rng(0)).tolist()
    [1, 0, 0, 2]
    """
    edges = np.cumsum(weight)
    return rng.permutation(np.searchsorted(edges, (np.arange(draws) + 0.5) / draws * edges[-1]))


def settled(x: np.ndarray) -> np.ndarray:
    """Return shapes or means to draw with, to 30 binary digits (nine decimal ones) and never 0.

    The last digits of exp, log and power differ between processors. At some values a generator takes another
    way and other random numbers, the gamma at shape 1, the Poisson at mean 0: a last digit on either side of
    them would change all draws after it.

    Examples
    --------
    >>> settled(np.array([1 - 2**-53, 1.0, 1 + 2**-52])).tolist()
    [1.0, 1.0, 1.0]
    >>> settled(np.array([0.0, 5e-324])).tolist()
    [1e-300, 1e-300]
    """
    bits = np.asarray(x, float).view(np.int64)  # the last of the 53 digits lie lowest
    half = (1 << (FEWER - 1)) - 1 + (bits >> FEWER & 1)  # of two that are as near, the even one
    return np.maximum((bits + half & -(1 << FEWER)).view(float), NEVER)


def thinned(counts: np.ndarray, part: "np.ndarray | float", rng: np.random.Generator) -> np.ndarray:
    """Return counts of which each one stays with probability `part`.

    By inversion, one number a count: more counts or a greater part leave more, and never fewer.
    """
    from scipy.stats import binom

    luck, part = rng.random(counts.shape), np.broadcast_to(part, counts.shape)
    kept, some = np.zeros_like(counts), counts > 0
    kept[some] = binom.ppf(luck[some], counts[some], part[some])
    return kept
