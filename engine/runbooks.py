"""Runbooks: what people do about a finding, step by step; files in `data/runbooks`, read once.

    chosen = shipped().match("TOUR_OVERDUE", "SECURITY", HIGH)

Matched by exact type, else by category and severity, else by category, else the generic one. By category only those
that are `general`: steps for another thing of the same category are worse than none.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

import data
from data.records.severity import LEVELS, NAMES

FOLDER = Path(data.__file__).parent / "runbooks"
GENERIC = "GENERIC"
CATEGORIES = ("SAFETY", "SECURITY", "OPERATIONAL", "DEVICE_HEALTH", "COMPLIANCE")


class Runbook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`type` is the finding type that it is written for, `also` further ones (`*` stands for anything);
    `escalate_after` is in minutes, `actions` names what could be done by a playbook;
    `general` ones fit other findings of their category too."""

    type: str
    title: str
    category: str
    severity: str
    escalate_after: int
    role: str
    steps: tuple[str, ...]
    evidence: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    general: bool = False

    def __post_init__(self) -> None:
        if self.category not in CATEGORIES:
            raise ValueError(f"{self.type}: there is no category '{self.category}'")
        if self.severity not in LEVELS:
            raise ValueError(f"{self.type}: there is no severity '{self.severity}'")
        if self.escalate_after < 0 or not self.steps:
            raise ValueError(f"{self.type}: needs steps, and minutes from 0 on")


class Match(msgspec.Struct, frozen=True):
    runbook: Runbook
    why: str  # which rule chose it

    def as_evidence(self) -> dict[str, Any]:
        """As it travels with a finding."""
        book = self.runbook
        return {
            "name": book.type,
            "title": book.title,
            "matched": self.why,
            "role": book.role,
            "escalate_after_min": book.escalate_after,
            "steps": list(book.steps),
            "suggests": list(book.actions),
        }


class Runbooks:
    """A set of runbooks. Raises ValueError where one type has two, or none is generic."""

    def __init__(self, books: Iterable[Runbook]) -> None:
        self.books = sorted(books, key=lambda book: book.type)
        self._by_type: dict[str, Runbook] = {}
        self._globs: list[tuple[str, Runbook]] = []
        for book in self.books:
            for name in (book.type, *book.also):
                if "*" in name:
                    self._globs.append((name, book))
                elif name in self._by_type:
                    raise ValueError(f"{name} has two runbooks: {self._by_type[name].type} and {book.type}")
                else:
                    self._by_type[name] = book
        if GENERIC not in self._by_type:
            raise ValueError(f"a runbook {GENERIC} is needed")
        self._known: dict[tuple[str, str, int], Match] = {}

    def match(self, finding_type: str, category: str, severity: int) -> Match:
        """The runbook for a finding; `severity` is 1-5."""
        asked = finding_type, category, severity
        found = self._known.get(asked)
        if found is None:
            found = self._search(finding_type, category, NAMES[severity])
            if len(self._known) < 10_000:  # types come from senders' configuration too
                self._known[asked] = found
        return found

    def _search(self, finding_type: str, category: str, severity: str) -> Match:
        exact = self._by_type.get(finding_type)
        if exact is None:
            exact = next((book for name, book in self._globs if fnmatchcase(finding_type, name)), None)
        if exact is not None:
            return Match(exact, f"written for {finding_type}")
        mine = [book for book in self.books if book.category == category and book.general]
        both = [book for book in mine if book.severity == severity]
        if both:
            return Match(both[0], f"written for {category} findings of severity {severity}")
        if mine:
            return Match(mine[0], f"written for {category} findings")
        return Match(self._by_type[GENERIC], "no other runbook fits")


def read(folder: Path) -> list[Runbook]:
    """Every runbook of a folder, in order of file name. Raises ValueError, naming the file."""
    books = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            books.append(msgspec.convert(yaml.load(path.read_bytes(), yaml.CSafeLoader), Runbook))
        except (ValueError, yaml.YAMLError) as error:
            raise ValueError(f"{path.name}: {error}") from None
    return books


@cache
def shipped() -> Runbooks:
    """Those that come with the program."""
    return Runbooks(read(FOLDER))
