"""The words that an office adds: what else a header or an entry of its own books means.

A word is added and never changed: what means something in a table already cannot mean another thing there.
"""

from os import PathLike

import pandas as pd
import pandera.pandas as pa
from rapidfuzz.process import extractOne

from ocop_forecast.errors import Finding
from ocop_forecast.files.layout import header_key
from ocop_forecast.files.reading import Reading, checked, choice_key, read
from ocop_forecast.i18n.catalogue import language

from .schema import CONTRACTS, WORDS
from .vocabulary import Word, spoken


def read_words(path: str | PathLike, sheet: str | None = None) -> Reading:
    """Read a table of words; raise InputError with every fault of the file, and for what means nothing."""
    reading = read(path, WORDS, sheet)
    return checked(reading, findings=meanings(reading.table)[1])


def contracts(words: pd.DataFrame | None = None) -> dict[str, pa.DataFrameSchema]:
    """Return the contract of every table by its name, in our words and in those that `read_words` read.

    Examples
    --------
    >>> rows = pd.DataFrame({"table": [None], "column": ["Hình thức"], "means": ["mới"]})
    >>> rows = rows.assign(word="Xét lần I")
    >>> contracts(rows)["register"].columns["kind"].metadata["choice"]["xet lan i"]
    'new'
    """
    if words is None:
        return CONTRACTS
    said, _ = meanings(words)
    return {name: spoken(contract, said) for name, contract in CONTRACTS.items()}


def word(table: str, column: str, value: str) -> str:
    """Return the word for our value of a choice: the offices' in Vietnamese, else our own.

    Examples
    --------
    >>> from ocop_forecast import set_options
    >>> with set_options(lang="vi"):
    ...     word("register", "kind", "new"), word("register", "origin", "published")
    ('mới', 'published')
    """
    known = CONTRACTS[table].columns[column].metadata["words"]
    return known.get(value, value) if language() == "vi" else value


def meanings(words: pd.DataFrame) -> tuple[list[Word], list[Finding]]:
    """Return what the rows of a table of words mean, a word a table, and an error for what means nothing.

    The rows are typed by `schema.WORDS`: `column` is our name of a column or any header of it, `means` our
    value or any word for it; a row may use the words of those before it.
    """
    known, said, findings = _known(), [], []
    rows = words[["table", "column", "means", "word"]].dropna(subset=["column", "word"])
    for place, *row in rows.itertuples(name=None):
        found = _said(place, [text if isinstance(text, str) else "" for text in row], known)
        if isinstance(found, Finding):
            findings.append(found)
        else:
            said += found
    return said, findings


def _known():
    """Return (table, column, folded word) -> our value, and (table, "", folded header) -> our column."""
    known: dict[tuple[str, str, str], str] = {}
    for table, contract in CONTRACTS.items():
        for name, column in contract.columns.items():
            known |= {(table, "", header_key(header)): name for header in (name, *column.metadata["headers"])}
            known |= {(table, name, word): value for word, value in column.metadata["choice"].items()}
    return known


def _said(place, row, known):
    """Return what one row says, and remember it; or what is wrong with it."""
    table, column, means, word = row
    tables = [table] if table else [name for name in CONTRACTS if name != WORDS.name]
    ours = {name: known.get((name, "", header_key(column))) for name in tables}
    said = [Word(name, meant, "", word) for name, meant in ours.items() if meant]
    if not said:
        return Finding(place, "column", "word_column_unknown", {"nearest": _nearest(column, tables)})
    if means:
        said = [one for one in said if _metadata(one)["choice"]]
        if not said:
            return Finding(place, "means", "word_of_no_choice", {"name": column})
        allowed = _metadata(said[0])["allowed"]
        values = [known.get((one.table, one.column, choice_key(means))) for one in said]
        said = [one._replace(means=value) for one, value in zip(said, values, strict=True) if value]
        if not said:
            return Finding(place, "means", "choice_allowed", {"allowed": allowed})
    return next((taken for one in said if (taken := _taken(place, one, known))), said)


def _nearest(column, tables):
    """Return the header of these tables that is the most like `column`."""
    columns = [one for name in tables for one in CONTRACTS[name].columns.items()]
    headers = [header for name, ours in columns for header in (name, *ours.metadata["headers"])]
    return extractOne(column, headers, processor=header_key)[0]


def _metadata(word):
    return CONTRACTS[word.table].columns[word.column].metadata


def _taken(place, word, known):
    """Remember a word; return the finding that it means something else in its table, None if it does not."""
    key = (word.column, choice_key(word.word)) if word.means else ("", header_key(word.word))
    after = word.means or word.column
    before = known.setdefault((word.table, *key), after)
    values = {"table": word.table, "before": before, "after": after}
    return Finding(place, "word", "word_taken", values) if before != after else None
