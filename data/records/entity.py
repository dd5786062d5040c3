"""Anything that events speak of: a client, site, person, device, host, service, ticket, shift ..."""

from typing import Any

import msgspec


class Entity(msgspec.Struct):
    """One thing, known from its first mention. `attributes` holds what `.upserted` told, patches applied.

    `ref` is `kind/id`. `site` and `client` are bare ids or None; `seq` is the journal position of its last change.
    """

    ref: str
    tenant: str
    first_seen: int
    seq: int
    site: str | None = None
    client: str | None = None
    name: str | None = None
    attributes: dict[str, Any] = msgspec.field(default_factory=dict)

    @property
    def kind(self) -> str:
        return self.ref.partition("/")[0]

    @property
    def id(self) -> str:
        return self.ref.partition("/")[2]


class Link(msgspec.Struct, frozen=True):
    """Topology: `source` depends on (runs on, is part of, connects to) `target`; both are references."""

    tenant: str
    source: str
    target: str
    kind: str
