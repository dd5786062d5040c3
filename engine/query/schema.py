"""What a filter may ask of a kind of row: fields, their types, other names, and how each is read."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any

import msgspec


class Kind(StrEnum):
    """How a field is compared, and what `read` gives for it (None: the row has no such value, no test holds)."""

    NAME = "name"  # text; `:` the whole of it, with `*`; `~` a part
    PROSE = "prose"  # text; `:` and `~` a part of it
    CHOICE = "choice"  # text out of `values`, by a unique beginning
    SEVERITY = "severity"  # 1-5, written as a word
    NUMBER = "number"
    TIME = "time"  # microseconds
    AGE = "age"  # a time, microseconds; compared is how long it was ago
    SINCE = "since"  # a time: at or after
    UNTIL = "until"  # a time: before
    FLAG = "flag"  # true or false
    MINE = "mine"  # a flag: `read` gives who has it, text or None
    LABELS = "labels"  # a mapping of texts, asked for as `name.key`


class Field(msgspec.Struct, frozen=True):
    """One thing that can be asked. With `many`, `read` gives an iterable, and one match in it is enough.

    `values` are the only ones of a CHOICE, elsewhere suggestions for completion.
    """

    name: str
    kind: Kind
    read: Callable[[Any], Any]
    aliases: tuple[str, ...] = ()
    many: bool = False
    values: tuple[str, ...] = ()
    doc: str = ""


class Schema:
    """The fields of one kind of row. `texts` reads all texts of a row, for bare words and the field `text`."""

    def __init__(self, name: str, fields: Iterable[Field], texts: Callable[[Any], Iterable[str | None]]) -> None:
        doc = "any text of the row"
        self.name = name
        self.fields = (*fields, Field("text", Kind.PROSE, texts, many=True, doc=doc))
        self.by_name: dict[str, Field] = {}
        for field in self.fields:
            for known in (field.name, *field.aliases):
                if known in self.by_name:
                    raise ValueError(f"schema {name}: two fields are called {known!r}")
                self.by_name[known] = field
        self.text = self.by_name["text"]

    def find(self, name: str) -> tuple[Field, str] | None:
        """The field called `name`, and the key where the name is `labels.key`."""
        field = self.by_name.get(name)
        if field is not None and field.kind is not Kind.LABELS:
            return field, ""
        head, dot, key = name.partition(".")
        field = self.by_name.get(head)
        if dot and key and field is not None and field.kind is Kind.LABELS:
            return field, key
        return None

    def names(self) -> list[str]:
        """All names that can be written, aliases too, sorted; labels as `label.`."""
        return sorted(name + "." * (field.kind is Kind.LABELS) for name, field in self.by_name.items())

    def flags(self) -> list[str]:
        return sorted(field.name for field in self.fields if field.kind in (Kind.FLAG, Kind.MINE))
