"""Every sentence that a reader sees, by its key, in the language that is set.

A language is a gettext file, ``locale/<language>/LC_MESSAGES/ocop_forecast.po``, which a native reader edits
in Poedit. It is read as it stands: nothing is compiled, so that nothing can be out of date.
"""

import os
from functools import cache
from gettext import c2py
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

LOCALE = Path(__file__).resolve().parent / "locale"
LANGUAGES = tuple(sorted((folder.name for folder in LOCALE.iterdir()), key="vi".__ne__))
_options: dict[str, str | None] = {"lang": None}


class set_options:  # noqa: N801 -- it is called as a function, like that of pandas and xarray
    """Set the language, one of `LANGUAGES` or None, for good or within a ``with`` block.

    `terms.set_options` is this for users: it reads the language in any case and refuses others in words.
    """

    def __init__(self, *, lang: str | None = None):
        self._before = dict(_options)
        _options["lang"] = lang

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_) -> None:
        _options.update(self._before)


def language() -> str:
    """Return the language that is set, or that the environment asks for."""
    if _options["lang"]:
        return _options["lang"]
    names = ("OCOP_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    asked = next((os.environ[name] for name in names if os.environ.get(name)), "")
    return asked[:2] if asked[:2] in LANGUAGES else LANGUAGES[0]


def label(key: str, **values) -> str:
    """Return the words for a key, their blanks filled with `values`.

    Where the words are others for one and for many, the catalogue names the blank that counts.

    Examples
    --------
    >>> with set_options(lang="vi"):
    ...     label("at_row", row=41)
    'dòng 41'
    >>> with set_options(lang="en"):
    ...     label("checked_table", path="a.csv", rows=1), label("checked_table", path="a.csv", rows=2)
    ('a.csv: 1 row.', 'a.csv: 2 rows.')
    """
    catalogue, form = _catalogue(language())
    message = catalogue[key]
    words = message.string
    if message.pluralizable:
        words = words[form(int(values[message.id[1]]))]
    return words.format(**values)


def in_all_languages(key: str) -> list[str]:
    """Return the words for a key in every language that there is.

    Examples
    --------
    >>> in_all_languages("flag_on_track")
    ['đúng tiến độ', 'on track']
    """
    return [_catalogue(lang)[0][key].string for lang in LANGUAGES]


def sentences(lang: str) -> dict[str, tuple[str, ...]]:
    """Return key -> the words of a language, in each of their forms."""
    messages = _catalogue(lang)[0]
    return {key: m.string if m.pluralizable else (m.string,) for key, m in messages.items()}


def read(lang: str) -> Catalog:
    """Read the catalogue of a language."""
    with (LOCALE / lang / "LC_MESSAGES" / "ocop_forecast.po").open("rb") as file:
        return read_po(file, locale=lang)


@cache
def _catalogue(lang):
    """Return a language's messages by key, and which form of them stands for a number."""
    catalogue = read(lang)
    keys = {m.id[0] if m.pluralizable else m.id: m for m in catalogue if m.id}
    return keys, c2py(catalogue.plural_expr)
