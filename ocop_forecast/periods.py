"""Days, months and what is known of them: dates as offices write them, and the as-of date."""

import datetime as dt
import re
import unicodedata

import pandas as pd

from .errors import Fault, InputError, TermsError

_CLOCK = r"([ t][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.0+)?)?)?"
_ISO = re.compile(rf"(?P<y>[0-9]{{4}})-(?P<m>[0-9]{{1,2}})-(?P<d>[0-9]{{1,2}}){_CLOCK}")
_SPOKEN = re.compile(
    r"(?:ngày )?(?P<d>[0-9]{1,2})(?: ?[/.-] ?| tháng )(?P<m>[0-9]{1,2})(?: ?[/.-] ?| năm )"
    rf"(?P<y>[0-9]{{4}}){_CLOCK}"
)
_ISO_MONTH = re.compile("(?P<y>[0-9]{4})[-/](?P<m>[0-9]{1,2})")
_SPOKEN_MONTH = re.compile("(?:tháng |t\\.?)?(?P<m>[0-9]{1,2})(?: ?[/.-] ?| năm )(?P<y>[0-9]{4})")


def date(text: str) -> pd.Timestamp | None:
    """Return the day that `text` writes, or None: ISO, day first as Viet Nam does, or Excel's number of it.

    A month alone is its last day (see `month_of`): by then what is dated so was decided.

    Examples
    --------
    >>> date("2019-12-23") == date("23/12/2019") == date("ngày 23 tháng 12 năm 2019") == date("43822")
    True
    >>> date("31/02/2024"), date("12/23/2019"), date("tháng 10-2021")
    (None, None, Timestamp('2021-10-31 00:00:00'))
    """
    plain = _plain(text)
    if re.fullmatch("[4-7][0-9]{4}", plain):  # Excel's number of a day, if it is one of 2018 to 2099
        day = pd.Timestamp("1899-12-30") + pd.Timedelta(days=int(plain))
        return day if 2018 <= day.year < 2100 else None
    if (month := month_of(plain)) is not None:
        return month.end_time.normalize()
    found = _ISO.fullmatch(plain) or _SPOKEN.fullmatch(plain)
    try:
        return pd.Timestamp(dt.date(*(int(found[part]) for part in "ymd"))) if found else None
    except ValueError:
        return None


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", str(text)).lower().split())


def month_of(text: str) -> pd.Period | None:
    """Return the month that `text` writes, without a day, or None.

    Examples
    --------
    >>> month_of("2024-09") == month_of("9/2024") == month_of("tháng 9 năm 2024") == month_of("T9/2024")
    True
    >>> month_of("13/2024"), month_of("5/9/2024")
    (None, None)
    """
    plain = _plain(text)
    found = _ISO_MONTH.fullmatch(plain) or _SPOKEN_MONTH.fullmatch(plain)
    if not found or not 1 <= int(found["m"]) <= 12 or not 1900 <= int(found["y"]) < 2200:
        return None
    return pd.Period(year=int(found["y"]), month=int(found["m"]), freq="M")


def last_known(as_of: "str | pd.Period | dt.date") -> pd.Period:
    """Return the last month that is known whole, or the last day that is known, as `as_of` names it.

    A day that is its month's last is that month.

    It is a month, as ``2024-09`` or ``9/2024``, or a day, ISO or day first as in `date`; the Period's
    frequency is M or D. InputError is raised if `as_of` names no month or day of the years 2000 to 2099, or
    one that today has not reached.

    Examples
    --------
    >>> last_known("2024-09"), last_known("19/9/2024"), last_known("30/9/2024")
    (Period('2024-09', 'M'), Period('2024-09-19', 'D'), Period('2024-09', 'M'))
    """
    text = f"{as_of:%Y-%m-%d}" if isinstance(as_of, dt.date) and not pd.isna(as_of) else str(as_of).strip()
    day = date(text)
    if day is None or not 2000 <= day.year < 2100:
        raise InputError([Fault("as_of", "not_as_of", {"value": text})])
    found = day.to_period("M" if day.is_month_end else "D")
    if found.start_time > today():
        raise InputError([Fault("as_of", "as_of_future", {"value": text, "today": f"{today():%Y-%m-%d}"})])
    return found


def today() -> pd.Timestamp:
    """Return today; what is dated later is a plan or a slip of the pen, and moves nothing."""
    return pd.Timestamp.now().normalize()


def known_by(as_of: pd.Period) -> pd.Timestamp:
    """Return the last moment that is known at `as_of`: its end, or the end of today if that is sooner."""
    return min(as_of.end_time, today() + pd.Timedelta(days=1) - pd.Timedelta(1, "ns"))


def known_to(as_of: "str | pd.Period | None", last: pd.Period) -> pd.Period:
    """Return up to when a panel that ends with month `last` is known: that month, or a day in it.

    TermsError is raised if `as_of` is neither.

    Examples
    --------
    >>> known_to("19/9/2024", pd.Period("2024-09")), known_to("2024-09-30", pd.Period("2024-09"))
    (Period('2024-09-19', 'D'), Period('2024-09', 'M'))
    """
    known = last if as_of is None else as_of if isinstance(as_of, pd.Period) else last_known(as_of)
    if known.freqstr not in ("M", "D") or known.asfreq("M") != last:
        raise TermsError("ask_as_of", value=str(known), last=str(last))
    return last if known == last.asfreq("D", "end") else known


def known_part(as_of: pd.Period) -> float:
    """Return the part of its month that `as_of`, a day or a month, has seen; of a month, the whole.

    Examples
    --------
    >>> known_part(pd.Period("2024-09-12")), known_part(pd.Period("2024-09"))
    (0.4, 1.0)
    """
    return as_of.day / as_of.days_in_month


def passed(as_of: pd.Period) -> float:
    """Return how many months of its year have passed.

    Examples
    --------
    >>> passed(pd.Period("2024-09")), passed(pd.Period("2024-09-12"))
    (9.0, 8.4)
    """
    return as_of.month - 1 + known_part(as_of)


def to_come(as_of: pd.Period, until: "str | pd.Period | None" = None) -> pd.PeriodIndex:
    """Return the months still to come, to `until` or December; after a day, first the rest of its month.

    TermsError is raised if `until` is no month, or lies before what is known.

    Examples
    --------
    >>> to_come(pd.Period("2024-10")).astype(str).tolist(), len(to_come(pd.Period("2024-10-09")))
    (['2024-11', '2024-12'], 3)
    """
    first = _first_to_come(as_of)
    last = pd.Period(year=first.year, month=12, freq="M") if until is None else month_asked("until", until)
    if last < first - 1:
        raise TermsError("ask_until", value=str(last), as_of=str(as_of), first=str(first))
    return pd.period_range(first, last, freq="M")


def month_asked(name: str, value: object) -> pd.Period:
    """Return the month that a Period, or a text such as 2024-12 or 31/12/2024, names; else raise TermsError.

    Examples
    --------
    >>> month_asked("until", "2024-12") == month_asked("until", "31/12/2024") == pd.Period("2024-12")
    True
    """
    day = date(value) if isinstance(value, str) else None
    found = value if isinstance(value, pd.Period) else None if day is None else day.to_period("M")
    if found is None or not 2000 <= found.year < 2100:
        raise TermsError("ask_month", name=name, value=repr(value))
    return found.asfreq("M")


def year_ahead(as_of: pd.Period) -> int:
    """Return the year that is forecast from `as_of`: after a December, the next one.

    Examples
    --------
    >>> [year_ahead(pd.Period(as_of)) for as_of in ("2024-11", "2024-12", "2024-12-30")]
    [2024, 2025, 2024]
    """
    return int(_first_to_come(as_of).year)


def _first_to_come(as_of: pd.Period) -> pd.Period:
    return as_of.asfreq("M") + int(as_of.freqstr == "M")
