"""What Word's and Excel's files have in common: the letters they can hold."""

import re

# what XML cannot hold, and what turns the direction of the words that follow
UNWRITABLE = re.compile(
    r"[^\t\n\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]|[\u200E\u200F\u202A-\u202E\u2066-\u2069]"
)


def plain(text: str) -> str:
    r"""Return a text without what such a file cannot hold, or what would turn the words after it round.

    Examples
    --------
    >>> plain("Ngọc\x00 Lặc\u202e")
    'Ngọc Lặc'
    """
    return UNWRITABLE.sub("", text)
