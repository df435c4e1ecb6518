"""The words of offices: what their headers and their entries mean, in one table and not in code.

``words.csv`` holds a word a row: the tables in which it holds (blank: all), our column, our value of a choice
that it means (blank: it is a header of the column) and the word. The first word for a thing is the one that
we write.
"""

import copy
import csv
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pandera.pandas as pa

from ocop_forecast.files.reading import choice_key


class Word(NamedTuple):
    """A word of an office and what it means."""

    table: str  # the names of the tables in which it holds, with blanks between them; blank: all
    column: str
    means: str  # our value of a choice; blank: the word is a header
    word: str

    def is_of(self, table: str, column: str) -> bool:
        """Tell whether the word is said of this column of a table."""
        return self.column == column and (not self.table or table in self.table.split())


@cache
def shipped() -> tuple[Word, ...]:
    """Return the words that come with the tool, in the order of the file.

    Examples
    --------
    >>> [word.word for word in shipped() if word.is_of("rounds", "status") and word.means == "held"][:2]
    ['đã tổ chức', 'đã họp']
    """
    with Path(__file__).with_name("words.csv").open(encoding="utf-8", newline="") as file:
        return tuple(Word(**row) for row in csv.DictReader(file))


def spoken(contract: pa.DataFrameSchema, words: Iterable[Word]) -> pa.DataFrameSchema:
    """Return a contract that reads these words too, after those that it knows already.

    Of each column's metadata this adds to `headers`, and of a choice to `words` (our value -> the first word
    for it), `choice` (each of both as `choice_key` folds it -> our value) and `allowed` (all, for a message).
    """
    told, said = copy.deepcopy(contract), defaultdict(list)
    for word in words:
        if word.is_of(told.name, word.column):
            said[word.column].append(word)
    for name, column in told.columns.items():
        column.metadata |= _told(column.metadata, said[name])
    return told


def _told(known, said):
    """Return the metadata that `said` adds to."""
    headers = (*known["headers"], *(one.word for one in said if not one.means))
    meant = [one for one in said if one.means]
    words = {one.means: one.word for one in reversed(meant)} | known["words"]
    words = {value: words[value] for value in dict.fromkeys([*known["words"], *(one.means for one in meant)])}
    choice = {choice_key(value): value for value in words} | known["choice"]
    choice |= {choice_key(one.word): one.means for one in meant}
    allowed = ", ".join(f"{value} ({word})" for value, word in words.items())
    return {"headers": headers, "words": words, "choice": choice, "allowed": allowed}
