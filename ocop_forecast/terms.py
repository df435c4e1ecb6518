"""What a call asks for, checked: kinds of results, whole numbers, draws, levels, and the language.

Each check names the argument, what is allowed and what was given, as a `TermsError`.
"""

from os import PathLike

from pandas.api.types import is_bool, is_number

from ocop_forecast.i18n import catalogue
from ocop_forecast.i18n.catalogue import LANGUAGES

from .errors import TermsError

MOST = 100_000  # draws, as of the commands: more of them fill the memory and say no more


class set_options(catalogue.set_options):  # noqa: N801 -- it is called as a function, like that of pandas and xarray
    """Set the language of everything that a reader sees, for good or within a ``with`` block.

    Parameters
    ----------
    lang : str, optional
        ``vi`` or ``en``, or another language that has a catalogue, in any case and with or without a country
        (``EN``, ``vi-VN``). None asks the environment (OCOP_LANG, LC_ALL, LC_MESSAGES, LANG), as before any
        call; Vietnamese where that names none that there is.

    Raises
    ------
    TermsError
        If there is no catalogue of that language.

    Examples
    --------
    >>> import ocop_forecast as ocop
    >>> with ocop.set_options(lang="en"):
    ...     ocop.OcopError("folder_missing").tell()
    'there is no such folder or file. Check the path.'
    """

    def __init__(self, *, lang: str | None = None):
        said = lang.casefold().replace("_", "-").partition("-")[0] if isinstance(lang, str) else lang
        if said is not None and said not in LANGUAGES:
            raise TermsError("ask_lang", allowed=", ".join(LANGUAGES), value=repr(lang))
        super().__init__(lang=said)


def check_kind(name: str, value: object, kind: type, maker: str) -> None:
    """Raise TermsError where the argument `name` is not what `maker` returns.

    Examples
    --------
    >>> with set_options(lang="en"):
    ...     check_kind("plan", 3, str, "support")
    Traceback (most recent call last):
    ocop_forecast.errors.TermsError: plan must be the str that support returns, not int.
    """
    if not isinstance(value, kind):
        raise TermsError("ask_kind", name=name, kind=kind.__name__, maker=maker, given=type(value).__name__)


def check_path(name: str, value: object) -> None:
    """Raise TermsError where a folder or file is named by anything but text or a path."""
    if not isinstance(value, (str, PathLike)):
        raise TermsError("ask_path", name=name, given=type(value).__name__)


def whole(name: str, value: object, least: int, most: int | None = None) -> int:
    """Return a whole number of at least `least`; raise TermsError for anything else.

    Examples
    --------
    >>> whole("target", 40.0, 1)
    40
    """
    if not is_whole(value) or value < least or (most is not None and value > most):  # type: ignore[operator]
        key = "ask_products" if most is None else "ask_between"
        raise TermsError(key, name=name, value=repr(value), least=least, most=most)
    return int(value)  # type: ignore[call-overload]


def is_whole(value: object) -> bool:
    """Tell whether a value is a number without a fraction; True and False are none."""
    return is_number(value) and not is_bool(value) and float(value).is_integer()  # type: ignore[arg-type]


def drawn(seed: object, draws: object) -> tuple[int, int]:
    """Return seed and draws as whole numbers; raise TermsError for others, or for more draws than `MOST`.

    Examples
    --------
    >>> drawn(2024, 4000.0)
    (2024, 4000)
    """
    return whole("seed", seed, 0), whole("draws", draws, 1, MOST)


def check_level(level: object) -> None:
    """Raise TermsError for a level that is no probability between 0 and 1."""
    if not is_number(level) or is_bool(level) or not 0 < level < 1:  # type: ignore[operator]
        raise TermsError("ask_level", value=repr(level))
