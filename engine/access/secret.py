"""The secrets of tokens: made here, shown once, kept as fingerprints only."""

import hashlib
import secrets
from typing import Final

PREFIX: Final = "noc_"  # so that a scanner of repositories knows a leaked one
_BYTES: Final = 32


def new() -> str:
    """256 random bits in letters that need no quoting."""
    return PREFIX + secrets.token_urlsafe(_BYTES)


def fingerprint(secret: str) -> str:
    """SHA-256 in hex. Nothing slower is needed: nobody guesses 256 bits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
