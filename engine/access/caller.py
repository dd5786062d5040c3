"""Whoever is at the other end of a connection, and what they may."""

from typing import Final

import msgspec

from data.records.token import Token

INGEST: Final = "ingest"  # hand events in
READ: Final = "read"  # see lists, feed and console
ACT: Final = "act"  # acknowledge, assign, silence, give verdicts
MANAGE: Final = "manage"  # everything else

RIGHTS: Final[dict[str, frozenset[str]]] = {
    "source": frozenset((INGEST,)),
    "viewer": frozenset((READ,)),
    "operator": frozenset((READ, ACT)),
    "admin": frozenset((INGEST, READ, ACT, MANAGE)),
}
ROLES: Final = tuple(RIGHTS)


class Caller(msgspec.Struct, frozen=True):
    """`tenants` and `clients` None: all of them. `pii`: sees names, phones, e-mail and coordinates."""

    name: str
    role: str
    tenants: frozenset[str] | None = None
    clients: frozenset[str] | None = None
    pii: bool = False
    token: str = ""  # id of the token, empty for the owner of the machine

    def may(self, right: str) -> bool:
        return right in RIGHTS[self.role]

    def in_tenant(self, tenant: str) -> bool:
        return self.tenants is None or tenant in self.tenants

    def in_client(self, client: str | None) -> bool:
        return self.clients is None or client in self.clients

    def home(self) -> str | None:
        """The one tenant it is confined to, None if it is not confined to one."""
        return next(iter(self.tenants)) if self.tenants is not None and len(self.tenants) == 1 else None


OWNER: Final = Caller("owner", "admin", pii=True)
"""Who reaches a server without tokens: somebody on this machine, as at the command line."""


def caller_of(token: Token) -> Caller:
    return Caller(
        token.name or token.id,
        token.role,
        frozenset(token.tenants) or None,
        frozenset(token.clients) or None,
        token.pii,
        token.id,
    )
