"""Titles of items as people read them: names for references, and the site left out where its own column tells it.

Exports, feed and records keep the references: they are what other programs look for.
"""

import re
from collections.abc import Sequence
from typing import Final

from engine.registry import Registry

_REF: Final = re.compile(r"(?<![\w/])(person|client|ticket|task|device|host|service|shift)/([\w.:@-]*[\w])")
_LONGEST: Final = 40  # letters of a ticket's own title


def humane(title: str, sites: Sequence[str], registry: Registry) -> str:
    """`NO_SHOW on person/P0026 at S002` becomes `NO_SHOW on Esther Desai (P0026)`."""
    if len(sites) == 1:
        title = title.removesuffix(f" at {sites[0]}").removesuffix(f" on site/{sites[0]}")
    return _REF.sub(lambda found: _told(found[0], found[1], found[2], registry), title)


def _told(ref: str, kind: str, id: str, registry: Registry) -> str:
    label = registry.label(ref)
    if kind == "ticket":
        entity = registry.get(ref)
        about = entity.attributes.get("title") if entity is not None else None
        return f"ticket {id} ({about[:_LONGEST]})" if isinstance(about, str) and about else f"ticket {id}"
    if label == id:
        return id if kind in ("device", "host", "service") else f"{kind} {id}"
    return f"{label} ({id})" if kind == "person" else label
