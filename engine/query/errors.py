"""What is wrong with a filter, told so that it can be put right."""

import difflib
from collections.abc import Iterable


class QueryError(ValueError):
    """A filter that cannot be used. `position` counts characters from 0; `hint` says what to write instead."""

    def __init__(self, message: str, position: int, hint: str = "") -> None:
        super().__init__(message, position, hint)
        self.message = message
        self.position = int(position)
        self.hint = hint

    def __str__(self) -> str:
        tail = f": {self.hint}" if self.hint else ""
        return f"{self.message} (at character {self.position + 1}){tail}"

    def point(self, text: str) -> str:
        """`text` with a caret under the place, then the words: three lines for a terminal."""
        flat = "".join(" " if ch.isspace() else ch for ch in text)
        return f"{flat}\n{' ' * self.position}^\n{self}"


def nearest(word: str, known: Iterable[str], limit: int = 3) -> list[str]:
    """The known words that `word` was most likely meant to be, best first, ignoring case."""
    by_fold: dict[str, str] = {}
    for name in known:
        by_fold.setdefault(name.casefold(), name)
    wanted = word.casefold()[:64]
    close = difflib.get_close_matches(wanted, sorted(by_fold), n=limit, cutoff=0.6)
    score = [difflib.SequenceMatcher(None, name, wanted).ratio() for name in close]
    return [by_fold[name] for name, ratio in zip(close, score, strict=True) if ratio > score[0] - 0.12]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint such as `did you mean 'severity' or 'site'?`, or an empty text when nothing is near."""
    return meant(nearest(word, known))


def meant(names: Iterable[str]) -> str:
    found = [f"'{name}'" for name in names]
    if not found:
        return ""
    return f"did you mean {' or '.join([', '.join(found[:-1]), found[-1]] if len(found) > 1 else found)}?"


def choices(known: Iterable[str], limit: int = 12) -> str:
    """`one of A, B, C`, cut after `limit` names."""
    names = list(known)
    more = f" ... ({len(names)} in all)" if len(names) > limit else ""
    return f"one of {', '.join(names[:limit])}{more}"
