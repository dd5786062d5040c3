"""All tokens of a server, in memory: looked up at every connection, changed when one is given out or revoked."""

from collections.abc import Iterable

import msgspec

from data.records.token import Token
from engine.access.secret import fingerprint


class Keyring:
    def __init__(self, tokens: Iterable[Token] = ()) -> None:
        self._by_id: dict[str, Token] = {}
        self._by_hash: dict[str, Token] = {}
        for token in tokens:
            self.put(token)

    def put(self, token: Token) -> None:
        """A new token, or another state of one that is there."""
        self._by_id[token.id] = token
        self._by_hash[token.hash] = token

    def find(self, secret: str, now: int) -> Token | None:
        """The token with this secret, if it is valid at `now` (wall). Only its hash is compared, so how long that
        takes tells nothing of the secret."""
        token = self._by_hash.get(fingerprint(secret))
        return token if token is not None and valid(token, now) else None

    def get(self, id: str) -> Token | None:
        return self._by_id.get(id)

    def holds(self, id: str, now: int) -> bool:
        """Whether the token is valid still."""
        token = self._by_id.get(id)
        return token is not None and valid(token, now)

    def listed(self) -> list[Token]:
        return sorted(self._by_id.values(), key=lambda token: (token.created_at, token.id))

    def guarded(self, now: int) -> bool:
        """Whether any token is valid: if not, only this machine may come in."""
        return any(valid(token, now) for token in self._by_id.values())

    def ever(self) -> bool:
        """Whether tokens were ever given out: then nobody comes in without one, also when all have ended."""
        return bool(self._by_id)


def valid(token: Token, now: int) -> bool:
    return not token.revoked and (token.expires_at is None or now < token.expires_at)


def revoked(token: Token, at: int) -> Token:
    return msgspec.structs.replace(token, revoked=True, expires_at=min(at, token.expires_at or at))


def ending(token: Token, at: int) -> Token:
    """The same, valid until `at` at most: while its successor spreads, both are."""
    return msgspec.structs.replace(token, expires_at=min(at, token.expires_at or at))
