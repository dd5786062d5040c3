"""Is it really from them, and for the first time? Signatures over the whole body, compared in constant time."""

import hashlib
import hmac
from collections import OrderedDict
from typing import Final

from engine.respond.callbacks.wanted import Unwanted

WINDOW: Final = 300  # seconds that a signed request of Slack is good for, either way
REMEMBERED: Final = 10_000


class Seen:
    """Signatures that were taken already, for as long as they would be good."""

    def __init__(self) -> None:
        self._until: OrderedDict[str, float] = OrderedDict()

    def first(self, signature: str, now: float) -> bool:
        """False where it was taken before."""
        while self._until and (next(iter(self._until.values())) < now or len(self._until) > REMEMBERED):
            self._until.popitem(last=False)
        if signature in self._until:
            return False
        self._until[signature] = now + 2 * WINDOW
        return True


def of_slack(secret: str, timestamp: str, body: bytes) -> str:
    """api.slack.com/authentication/verifying-requests-from-slack, version v0."""
    signed = b"v0:" + timestamp.encode("latin-1", "replace") + b":" + body
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def check_slack(secret: str, timestamp: str, signature: str, body: bytes, now: float, seen: Seen) -> None:
    """Raises Unwanted: 401 for what Slack has not signed, signed too long ago, or what came before."""
    if not (timestamp.isascii() and timestamp.isdigit()) or abs(int(timestamp[:12]) - now) > WINDOW:
        raise Unwanted(401, "the request is older than five minutes, or the clocks differ")
    if not hmac.compare_digest(of_slack(secret, timestamp, body).encode(), signature.encode("latin-1", "replace")):
        raise Unwanted(401, "the signature is not that of Slack")
    if not seen.first(signature, now):
        raise Unwanted(401, "this very request was taken before")


def of_pagerduty(secret: str, body: bytes) -> str:
    """developer.pagerduty.com/docs/webhooks/webhook-signatures, version v1."""
    return "v1=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def check_pagerduty(secret: str, header: str, body: bytes) -> None:
    """While a secret is exchanged there are several signatures; one that fits is enough. Raises Unwanted: 401."""
    wanted = of_pagerduty(secret, body).encode()
    given = [part.strip().encode("latin-1", "replace") for part in header.split(",")[:10]]
    if not any(hmac.compare_digest(wanted, one) for one in given):
        raise Unwanted(401, "none of the signatures is that of PagerDuty")
