"""Access to a server: a secret's fingerprint, and what whoever knows the secret may do."""

import msgspec


class Token(msgspec.Struct, frozen=True):
    """The secret itself is never kept: `hash` is its SHA-256 in hex. Times are wall time in microseconds.

    `tenants` and `clients` are what it is confined to, empty for all; `pii` lets it see names, phones, e-mail and
    coordinates. A token that was rotated or revoked has an `expires_at` that lies in the past, soon or long ago.
    """

    id: str
    hash: str
    name: str
    role: str  # source viewer operator admin
    tenants: list[str]
    clients: list[str]
    pii: bool
    created_at: int
    expires_at: int | None = None
    revoked: bool = False
