"""Numbers, chances, days and months in the reader's form: 43,3 and tháng 9/2024, 43.3 and September 2024.

Numbers and the names of months are CLDR's. The patterns of days and months are the house's own, since offices
write ``tháng 9/2024``; they stand in the catalogues.
"""

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

import pandas as pd
from babel.dates import format_date
from babel.numbers import format_decimal

from .catalogue import label, language


def rounded(value: float, digits: int = 0) -> Decimal:
    """Round to so many digits, halves up, as a spreadsheet does: the one rule of all that is shown.

    The value is taken as it is written, so that 0.205 is a half, though no float is.

    Examples
    --------
    >>> str(rounded(0.205, 2)), str(rounded(2.5)), str(rounded(-0.4))
    ('0.21', '3', '0')
    """
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP) + 0


def in_hundred(probability: float) -> int:
    """Return a probability in whole per cent, by which it is shown, put into a band and flagged."""
    return int(rounded(probability, 2).scaleb(2))


def number(value: float, digits: int = 0) -> str:
    """Return a number as the reader writes it; a dash for a missing one.

    Examples
    --------
    >>> import ocop_forecast as ocop
    >>> with ocop.set_options(lang="vi"):
    ...     number(1234.56, 1), number(float("nan"))
    ('1.234,6', '–')
    """
    if pd.isna(value):
        return "–"
    return _written(rounded(value, digits), digits, language())


@lru_cache(4096)  # the same few numbers stand in all tables
def _written(value: Decimal, digits: int, locale: str) -> str:
    pattern = f"#,##0.{'0' * digits}" if digits else "#,##0"
    return format_decimal(value, pattern, locale=locale)


def share(value: float) -> str:
    """Return a share that was counted, in whole per cent; a dash for a missing one.

    Examples
    --------
    >>> share(0.205), share(1.0), share(float("nan"))
    ('21%', '100%', '–')
    """
    return "–" if pd.isna(value) else f"{in_hundred(value)}%"


def percent(probability: float) -> str:
    """Return a probability in whole per cent; certainty is not ours to claim, so <1% and >99% are the ends.

    Examples
    --------
    >>> print(percent(0.313), percent(0.004), percent(1.0))
    31% <1% >99%
    """
    if pd.isna(probability) or 0.01 <= probability <= 0.99:
        return share(probability)
    return "<1%" if probability < 0.01 else ">99%"


def points(change: float) -> str:
    """Return by how many whole points of per cent a probability is another, with its sign.

    Examples
    --------
    >>> points(0.114), points(-0.07), points(0.004)
    ('+11', '−7', '0')
    """
    whole = in_hundred(change)
    return f"{whole:+d}".replace("-", "−") if whole else "0"


def chances(probability: float) -> str:
    """Return how many of 100 such cases a probability means, in words at the ends."""
    if 0.01 <= probability <= 0.99:
        return str(in_hundred(probability))
    return label("chances_few" if probability < 0.01 else "chances_most")


def interval(lower: float, upper: float) -> str:
    """Return the products from one end of an interval to the other; one number where both are the same.

    Examples
    --------
    >>> interval(54, 241), interval(0, 0)
    ('54–241', '0')
    """
    low, high = number(lower), number(upper)
    return low if low == high else f"{low}–{high}"


def month(period: pd.Period) -> str:
    """Return a month in words, or the day where that is what the period is.

    Examples
    --------
    >>> import ocop_forecast as ocop
    >>> with ocop.set_options(lang="vi"):
    ...     month(pd.Period("2024-09", "M")), month(pd.Period("2024-09-19", "D"))
    ('tháng 9/2024', 'ngày 19/9/2024')
    """
    pattern = label("pattern_known_day" if period.freqstr == "D" else "pattern_month")
    return _dated(period, pattern)


def day(date: pd.Timestamp | pd.Period) -> str:
    """Return a day in the reader's form.

    Examples
    --------
    >>> import ocop_forecast as ocop
    >>> with ocop.set_options(lang="vi"):
    ...     day(pd.Timestamp("2024-09-18"))
    '18/9/2024'
    """
    return _dated(date, label("pattern_day"))


def _dated(date, pattern):
    known = date.to_timestamp() if isinstance(date, pd.Period) else date
    return format_date(known.date(), pattern, locale=language())
