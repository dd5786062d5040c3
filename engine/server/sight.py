"""What one caller may see: its tenants, its clients, and how much of people."""

from collections.abc import Iterable
from typing import Any

import msgspec

from data.records import DEFAULT_TENANT
from data.records.entity import Entity
from data.records.feed import FeedEntry
from engine.access.caller import Caller
from engine.access.masking import Mask
from engine.registry import Registry
from engine.runtime import Engine
from engine.server.refusal import Refusal


class Masks:
    """What is personal, tenant by tenant, kept up with the entities as they change."""

    def __init__(self) -> None:
        self._of: dict[str, Mask] = {}

    def of(self, tenant: str) -> Mask:
        found = self._of.get(tenant)
        if found is None:
            found = self._of[tenant] = Mask()
        return found

    def begin(self, engine: Engine) -> None:
        """Everybody who is known at the start."""
        for name, partition in engine.pipeline.partitions.items():
            self.of(name).learn(partition.registry.kinds["person"].values())

    def changed(self, entities: Iterable[Entity]) -> None:
        for entity in entities:
            if entity.ref.startswith("person/"):
                self.of(entity.tenant).learn((entity,))


class Sight:
    """The view of one caller into one tenant. Make a new one for each request or connection."""

    def __init__(self, caller: Caller, tenant: str, engine: Engine, mask: Mask) -> None:
        self.caller = caller
        self.tenant = tenant
        self._engine = engine
        self._empty = Registry(tenant)
        self._mask = None if caller.pii else mask

    @property
    def _registry(self) -> Registry:
        """Looked up anew: the partition may not be there yet, or begin anew with another configuration."""
        partition = self._engine.pipeline.partitions.get(self.tenant)
        return self._empty if partition is None else partition.registry

    @property
    def whole(self) -> bool:
        """Whether nothing is hidden at all."""
        return self._mask is None and self.caller.clients is None

    def site(self, site: str | None) -> bool:
        """Whether what happens at this site may be seen; of a place unknown only by who sees every client."""
        clients = self.caller.clients
        return clients is None or self._registry.client_of(site) in clients

    def entry(self, entry: FeedEntry) -> bool:
        clients = self.caller.clients
        if clients is None:
            return True
        client = entry.data.get("client") or entry.data.get("client_id")
        return client in clients or self.site(entry.site)

    def row(self, row: dict[str, Any]) -> bool:
        """Whether a row of a list may be seen: by its client, its site or sites, or what it is about."""
        clients = self.caller.clients
        if clients is None:
            return True
        if row.get("client") is not None:
            return row["client"] in clients
        sites = row.get("sites") or [row.get("site") or self._registry.site_of(row.get("entity"))]
        return any(site is not None and self.site(site) for site in sites)

    def masked(self, document: Any) -> Any:
        """Plain values as the caller may see them."""
        return document if self._mask is None else self._mask.document(document)

    def text(self, text: str) -> str:
        return text if self._mask is None else self._mask.text(text)

    def masked_row(self, row: Any) -> Any:
        """A frozen record of the same kind, its texts masked."""
        if self._mask is None:
            return row
        return msgspec.convert(self._mask.document(msgspec.to_builtins(row)), type(row))


def tenant_for(caller: Caller, asked: str | None, known: "list[str]") -> str:
    """The tenant that is meant: the one asked for, else the only one there is. Raises Refusal."""
    if asked:
        if not caller.in_tenant(asked):
            raise Refusal(403, f"the token is not for tenant `{asked[:80]}`")
        if asked not in known and asked not in (DEFAULT_TENANT, caller.home()):
            raise Refusal(404, f"there is no tenant `{asked[:80]}`")
        return asked
    if caller.home():
        return str(caller.home())
    mine = [name for name in known if caller.in_tenant(name)]
    return (
        mine[0]
        if len(mine) == 1
        else DEFAULT_TENANT
        if caller.in_tenant(DEFAULT_TENANT)
        else min(mine or known or [DEFAULT_TENANT])
    )
