"""What could be written at the cursor of a filter bar."""

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from engine.query.errors import nearest
from engine.query.nodes import OPERATORS
from engine.query.schema import Field, Kind, Schema
from engine.query.writer import quote

LIMIT = 50  # candidates given

_TAIL = re.compile(r'(?:[^\s()"]|"(?:[^"\\]|\\.)*"?)*$')
_TEST = re.compile(r"(?P<field>[A-Za-z_][A-Za-z0-9_.\-/]*)(?P<op>!=|!~|>=|<=|==|[:=><~])(?P<values>.*)$", re.DOTALL)
_LENGTHS = ("15m", "1h", "2h", "8h", "1d", "1w")
_TIMES = ("today", "yesterday", "22:00", "06:00")
_SEVERITIES = ("critical", "high", "medium", "low", "info")
_PLAIN = re.compile(r"[^\s,()\"=<>~:!*][^\s,()\"*]*")
_USUAL = {Kind.SEVERITY: ">=", Kind.NUMBER: ">=", Kind.AGE: "<", Kind.TIME: ">=", Kind.PROSE: "~"}


class Candidate(msgspec.Struct, frozen=True):
    """Replace characters `start` to `end` of the text by `text`; `doc` says what it is."""

    text: str
    start: int
    end: int
    doc: str = ""


def complete(
    text: str, cursor: int, schema: Schema, values: Mapping[str, Sequence[str]] | None = None
) -> list[Candidate]:
    """Fields and flags, or values behind an operator, that go on from `text[:cursor]`, best first.

    `values` holds what is known to occur, by the field's first name. Never raises; an unreadable text gives nothing.
    """
    cursor = max(0, min(cursor, len(text)))
    found = _TAIL.search(text[:cursor])
    tail = found.group() if found else ""
    start = cursor - len(tail)
    while tail[:1] in ("!", "-") and tail:
        tail, start = tail[1:], start + 1
    if tail.startswith('"'):
        return []
    parts = _TEST.match(tail)
    if parts is None:
        return names(tail, start, cursor, schema)
    listed = parts["values"]
    typed = listed.rpartition(",")[2]
    return held_against(parts["field"].lower(), typed, cursor - len(typed), cursor, schema, values or {})


def names(typed: str, start: int, end: int, schema: Schema) -> list[Candidate]:
    docs: dict[str, str] = {}
    for field in schema.fields:
        spelled = field.name + ("" if field.kind in (Kind.FLAG, Kind.MINE) else opening(field))
        docs[spelled] = field.doc
    return [Candidate(text, start, end, docs[text]) for text in ranked(typed, docs)]


def opening(field: Field) -> str:
    return "." if field.kind is Kind.LABELS else _USUAL.get(field.kind, ":")


def held_against(
    name: str, typed: str, start: int, end: int, schema: Schema, values: Mapping[str, Sequence[str]]
) -> list[Candidate]:
    if name == "is":
        known: Iterable[str] = schema.flags()
    else:
        found = schema.find(name)
        if found is None:
            return []
        known = suggestions(found[0], values)
    return [Candidate(spell(text), start, end) for text in ranked(typed.lstrip('"'), known)]


def suggestions(field: Field, values: Mapping[str, Sequence[str]]) -> Iterable[str]:
    if field.kind is Kind.SEVERITY:
        return _SEVERITIES
    if field.kind is Kind.AGE:
        return _LENGTHS
    if field.kind is Kind.TIME:
        return _TIMES
    if field.kind in (Kind.SINCE, Kind.UNTIL):
        return (*_TIMES, *_LENGTHS)
    if field.kind in (Kind.FLAG, Kind.MINE):
        return ("yes", "no")
    return dict.fromkeys((*field.values, *values.get(field.name, ())))


def ranked(typed: str, known: Iterable[str]) -> list[str]:
    """Those that begin with `typed`, then those that contain it, then near misses; each group in its own order."""
    wanted = typed.casefold()
    listed = list(known)
    begin = [one for one in listed if one.casefold().startswith(wanted)]
    inside = [one for one in listed if wanted in one.casefold() and one not in begin]
    near = nearest(typed, listed) if wanted and not begin and not inside else []
    return (begin + inside + near)[:LIMIT]


def spell(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else quote(value)


assert all(op in OPERATORS for op in _USUAL.values())
