"""Rows for other programs: WIRE.md §5, kind by kind, streamed in order of their time.

    for chunk in export(reader, "alerts", Selection(since=...), "jsonl"):
        file.write(chunk.body)

Memory is bounded: rows are made one by one and handed on in chunks. What is kept meanwhile are the ids of alerts,
clusters and incidents (for kinds that name them), and the ticket rows, which have to be sorted.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from data.store import Reader
from engine.exports.formats import Chunk, in_csv, in_json, in_lines
from engine.exports.kinds import KINDS, Kind
from engine.exports.selection import Selection

__all__ = [
    "FORMATS",
    "KINDS",
    "Chunk",
    "Kind",
    "Selection",
    "UnknownKindError",
    "export",
    "kind_named",
    "rows",
]

if TYPE_CHECKING:
    from engine.access.masking import Mask

FORMATS = ("jsonl", "csv", "json")


class UnknownKindError(ValueError):
    """There are no such rows; the text says what there is."""


def kind_named(name: str) -> Kind:
    """The kind of that name. Raises UnknownKindError; for `metrics` too (see `engine.history`)."""
    kind = KINDS.get(name)
    if kind is None:
        raise UnknownKindError(f"`{name}` is not a kind of row; there are: {', '.join((*KINDS, 'metrics'))}")
    return kind


def rows(reader: Reader, name: str, selection: Selection | None = None) -> Iterator[msgspec.Struct]:
    """The rows of a kind as records whose fields are those of the wire."""
    return kind_named(name).rows(reader, selection or Selection())


def export(
    reader: Reader, name: str, selection: Selection | None = None, form: str = "jsonl", mask: "Mask | None" = None
) -> Iterator[Chunk]:
    """The rows of a kind as bytes: `jsonl` (one JSON object a line), `csv` (with a head line), or `json` (one array).
    With `mask`, what is personal in them is taken out.

    Raises UnknownKindError at once, ValueError for an unknown `form`.
    """
    kind, chosen = kind_named(name), selection or Selection()
    if form not in FORMATS:
        raise ValueError(f"`{form}` is not a format; there are: {', '.join(FORMATS)}")
    if mask is not None:
        return _masked(kind, reader, chosen, form, mask)
    if form == "csv":
        return in_csv(kind.row.__struct_fields__, kind.rows(reader, chosen))
    lines = kind.lines(reader, chosen) if kind.lines else map(msgspec.json.Encoder().encode, kind.rows(reader, chosen))
    return in_lines(lines) if form == "jsonl" else in_json(lines)


def _masked(kind: Kind, reader: Reader, selection: Selection, form: str, mask: "Mask") -> Iterator[Chunk]:
    encode, decode = msgspec.json.Encoder().encode, msgspec.json.decode  # events hold JSON as it came
    documents = (mask.document(decode(encode(row))) for row in kind.rows(reader, selection))
    if form == "csv":
        return in_csv(kind.row.__struct_fields__, documents)
    lines = map(msgspec.json.Encoder().encode, documents)
    return in_lines(lines) if form == "jsonl" else in_json(lines)
