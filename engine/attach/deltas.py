"""What changed from one page to the next, and the next page from that.

A page is a frozen struct. Of its fields only those that differ are told. Rows (a tuple of structs or tuples) are told
as runs of the rows before and new ones between: `[first, count]` copies, `{"row": ...}` is new. So a list that scrolls,
is re-ordered or has one row changed costs what changed, whatever its length.
"""

from collections.abc import Hashable, Sequence
from functools import cache
from typing import Any, get_args, get_origin

import msgspec

_Items = list[Any]


def delta(old: msgspec.Struct, new: msgspec.Struct) -> dict[str, Any]:
    """From `old` to `new`, of the same type, as plain values."""
    changed: dict[str, Any] = {}
    for name in new.__struct_fields__:
        before, after = getattr(old, name), getattr(new, name)
        if before == after:
            continue
        if name in _rows_of(type(new)):
            changed[name] = {"rows": _runs(before, after)}
        else:
            changed[name] = msgspec.to_builtins(after)
    return changed


def applied(old: msgspec.Struct, changed: dict[str, Any]) -> msgspec.Struct:
    """The page behind `old`. Raises ValueError for a delta that does not fit; leaves out fields of a later version."""
    values: dict[str, Any] = {}
    kind = type(old)
    fields = {field.name: field.type for field in msgspec.structs.fields(kind)}
    for name, value in changed.items():
        if name not in fields:
            continue
        if name in _rows_of(kind):
            values[name] = _rows(getattr(old, name), value["rows"], get_args(fields[name])[0])
        else:
            values[name] = msgspec.convert(value, fields[name])
    return msgspec.structs.replace(old, **values)


@cache
def _rows_of(kind: type[msgspec.Struct]) -> frozenset[str]:
    """The fields that hold rows: tuples of any length, of structs or of tuples."""
    found = set()
    for field in msgspec.structs.fields(kind):
        inner = get_args(field.type)
        if get_origin(field.type) is tuple and len(inner) == 2 and inner[1] is Ellipsis:
            row = inner[0]
            if get_origin(row) is tuple or (isinstance(row, type) and issubclass(row, msgspec.Struct)):
                found.add(field.name)
    return frozenset(found)


def _runs(old: Sequence[Hashable], new: Sequence[Hashable]) -> _Items:
    places = {row: place for place, row in enumerate(old)}
    items: _Items = []
    for row in new:
        place = places.get(row)
        last = items[-1] if items else None
        if place is None:
            items.append({"row": msgspec.to_builtins(row)})
        elif isinstance(last, list) and last[0] + last[1] == place:
            last[1] += 1
        else:
            items.append([place, 1])
    return items


def _rows(old: Sequence[Any], items: _Items, kind: Any) -> tuple[Any, ...]:
    rows: list[Any] = []
    for item in items:
        if isinstance(item, dict):
            rows.append(msgspec.convert(item["row"], kind))
            continue
        first, count = item
        if not (isinstance(first, int) and isinstance(count, int) and first >= 0 and 0 < count <= len(old) - first):
            raise ValueError(f"rows {item} of {len(old)}")
        rows += old[first : first + count]
    return tuple(rows)
