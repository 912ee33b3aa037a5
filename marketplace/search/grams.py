"""Text as the search compares it, and the grams that an index holds.

A text matches a query when it contains every term of it, letter by letter. The index only has to be sure never to miss
one: it holds every pair of letters or digits that stand side by side (居家养老 → 居家 家养 养老, home → ho om me).
Words are never segmented: a segmenter cuts title and query differently and misses 助浴 or 适老化改造.
"""

import re
import unicodedata
from itertools import pairwise

MOST_LETTERS = 100  # of a query that count
MOST_TERMS = 8
_RUN = re.compile(r"[^\W_]+")
_SPACE = re.compile(r"\s+")
_SEPARATORS = ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp", "Zs")


def fold(text: str) -> str:
    """NFKC, lower case, no control or stray characters, single spaces: what two texts are compared by."""
    text = unicodedata.normalize("NFKC", text).lower()
    text = "".join(" " if unicodedata.category(c) in _SEPARATORS else c for c in text)
    return _SPACE.sub(" ", text).strip()


def terms(query: str) -> list[str]:
    """What a reader asked for, between spaces, folded."""
    return list(dict.fromkeys(fold(query[: MOST_LETTERS * 2])[:MOST_LETTERS].split()))[:MOST_TERMS]


def tokens(folded: str) -> list[list[str]]:
    """The pairs of each run of letters and digits, in order, each as ten ASCII digits.

    ASCII, because SQLite's own tables of letters end with Unicode 6 and would split rarer characters of names.
    """
    pairs = [[f"{ord(left):05x}{ord(right):05x}" for left, right in pairwise(run)] for run in _RUN.findall(folded)]
    return [run for run in pairs if run]


def as_column(folded: str) -> str:
    """What the column `grams` stores."""
    return " ".join(token for run in tokens(folded) for token in run)
