"""Other spellings that the wire admits, made plain before an event is decoded a second time.

Fields that are named after a kind of thing take a reference too, and then an id of full length is longer than the
type of the field allows. A second may be a leap second, which Python's times do not know.
"""

import re
from typing import Any, Final

import msgspec

from data.references import NAMED_KINDS, bare

_KINDS: Final = {**NAMED_KINDS, "parent": "task"}
_LONGEST: Final = 128  # characters of an id
_LEAP: Final = re.compile(r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d):60(\.\d+)?([Zz]|[+-]\d\d:\d\d)\Z")
_object: Final = msgspec.json.Decoder(dict[str, Any])


def spelled_plainly(line: bytes) -> bytes:
    """The same event with bare ids and without leap seconds; the same object where there is nothing of these.
    Raises what msgspec does for a line that is no object."""
    if b"/" not in line and b":60" not in line:
        return line
    event = _object.decode(line)
    data = event.get("data")
    changed = _without_leap(event)
    if isinstance(data, dict):
        changed = _without_leap(data) or changed
        for name, kind in _KINDS.items():
            value = data.get(name)
            if isinstance(value, str) and len(value) > _LONGEST and value.startswith(f"{kind}/"):
                data[name], changed = bare(value), True
    return msgspec.json.encode(event) if changed else line


def _without_leap(fields: dict[str, Any]) -> bool:
    """A leap second is told as the last microsecond before it: the order of what is around stays."""
    changed = False
    for name, value in fields.items():
        if isinstance(value, str) and len(value) < 64 and (found := _LEAP.match(value)):
            fields[name] = f"{found[1]}:59.999999{found[3]}"
            changed = True
    return changed
