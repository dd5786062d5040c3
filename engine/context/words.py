"""Texts as sets of words, for likeness."""

import re

_WORD = re.compile(r"[^\W\d_]{3,}")
_HUMP = re.compile(r"([a-z])([A-Z])")
DULL = frozenset(
    ("the", "and", "for", "are", "was", "with", "alert", "alerts", "more", "not", "from", "that", "things")
)


def words_of(*texts: str) -> frozenset[str]:
    """Words of three letters and more, without numbers and what says nothing. `LinkDown` and `link_down` are alike."""
    found: set[str] = set()
    for text in texts:
        found.update(_WORD.findall(_HUMP.sub(r"\1 \2", text.replace("_", " ")).casefold()))
    return frozenset(found - DULL)


def share(one: frozenset[str], other: frozenset[str]) -> float:
    """What two sets have in common, 0-1 (Jaccard)."""
    if not one or not other:
        return 0.0
    both = len(one & other)
    return both / (len(one) + len(other) - both)
