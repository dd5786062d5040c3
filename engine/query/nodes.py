"""A filter as a small tree. Trees compare equal when they mean the same text, wherever it stood."""

from __future__ import annotations

from typing import TypeAlias

import msgspec


class Place(int):
    """Where something stood in the text, 0-based. All places compare equal: they are no part of a filter's meaning."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Place)

    def __ne__(self, other: object) -> bool:
        return not isinstance(other, Place)

    def __hash__(self) -> int:
        return 0


class Value(msgspec.Struct, frozen=True):
    """What a field is held against. In a quoted value `*` is an ordinary character."""

    text: str
    quoted: bool
    at: Place

    @property
    def glob(self) -> bool:
        return not self.quoted and "*" in self.text


class Word(msgspec.Struct, frozen=True):
    """A bare word: the name of a flag where the schema has it (and it is not quoted), else a search in all texts."""

    value: Value


class Comparison(msgspec.Struct, frozen=True):
    """`field op value,value`: any of the values will do. `field` is in lower case, `op` one of `OPERATORS`."""

    field: str
    op: str
    values: tuple[Value, ...]
    at: Place


class Not(msgspec.Struct, frozen=True):
    part: Node


class AllOf(msgspec.Struct, frozen=True):
    parts: tuple[Node, ...]


class AnyOf(msgspec.Struct, frozen=True):
    parts: tuple[Node, ...]


Node: TypeAlias = Word | Comparison | Not | AllOf | AnyOf

OPERATORS = ("!=", "!~", "=~", ">=", "<=", ":", "=", ">", "<", "~")  # longest first
