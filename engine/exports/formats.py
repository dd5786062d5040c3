"""Rows as bytes, in chunks of a few hundred rows."""

import csv
import io
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

import msgspec

ROWS = 512  # in a chunk

# A spreadsheet would take a cell that begins so for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Chunk(NamedTuple):
    rows: int
    body: bytes


def in_lines(lines: Iterable[bytes]) -> Iterator[Chunk]:
    """JSON Lines."""
    source = iter(lines)
    while block := list(islice(source, ROWS)):
        yield Chunk(len(block), b"\n".join(block) + b"\n")


def in_json(lines: Iterable[bytes]) -> Iterator[Chunk]:
    """One JSON array, one row a line."""
    source = iter(lines)
    before = b"[\n"
    while block := list(islice(source, ROWS)):
        yield Chunk(len(block), before + b",\n".join(block))
        before = b",\n"
    yield Chunk(0, b"[]\n" if before == b"[\n" else b"\n]\n")


def in_csv(fields: tuple[str, ...], rows: Iterable[msgspec.Struct | dict[str, Any]]) -> Iterator[Chunk]:
    """Comma-separated with a head line (RFC 4180, but lines end in a bare line feed). Lists and objects are JSON."""

    def values(row: Any) -> list[Any]:
        read = row.get if isinstance(row, dict) else partial(getattr, row)
        return [cell(read(field)) for field in fields]

    source = iter(rows)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(fields)
    while block := list(islice(source, ROWS)):
        writer.writerows(map(values, block))
        yield Chunk(len(block), _taken(text))
    if rest := _taken(text):
        yield Chunk(0, rest)


def _taken(text: io.StringIO) -> bytes:
    body = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return body


def cell(value: Any) -> str | int | float:
    """One CSV cell: text that could be taken for a formula gets a leading apostrophe, numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, str):
        return "'" + value if value.startswith(_FORMULA) else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return value
    return msgspec.json.encode(value).decode()
