"""Who comes in: host, origin and token are looked at before anything else is."""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from engine import clock
from engine.access.caller import OWNER, Caller, caller_of
from engine.server.refusal import Refusal
from engine.server.service import Service

Scope = Any  # of ASGI: a mutable mapping


def admit_any(service: Service, scope: Scope) -> Caller:
    """The caller, whatever he may. Raises Refusal: 400, 401, 403 or 429."""
    headers = _headers(scope)
    host = headers.get(b"host", b"").decode("latin-1")
    _check_origin(service, headers.get(b"origin"), host)
    return _caller(service, scope, headers, host)


def admit(service: Service, scope: Scope, right: str) -> Caller:
    """The caller, who has `right`. Raises Refusal as `admit_any` does."""
    caller = admit_any(service, scope)
    if not caller.may(right):
        raise Refusal(403, f"the role `{caller.role}` may not do this: it takes `{right}`")
    return caller


def _caller(service: Service, scope: Scope, headers: dict[bytes, bytes], host: str) -> Caller:
    now, address = clock.wall(), _address(scope)
    wait = service.lockout.wait(address, now)
    if wait:
        raise Refusal(429, f"too many wrong tokens; try again in {wait} s", {"retry-after": str(wait)})
    given = headers.get(b"authorization")
    if given is None:
        if service.keys.ever():
            raise Refusal(401, "a token is needed: Authorization: Bearer ...", {"www-authenticate": "Bearer"})
        if not is_loopback(address) or not is_loopback(_bare(host)):
            raise Refusal(403, "without tokens only this machine is served, under a loopback name")
        return OWNER
    scheme, _, secret = given.decode("latin-1").partition(" ")
    token = service.keys.find(secret.strip(), now) if scheme.lower() == "bearer" else None
    if token is None:
        service.lockout.wrong(address, now)
        raise Refusal(401, "the token is unknown, revoked or has ended", {"www-authenticate": "Bearer"})
    service.lockout.right(address)
    return caller_of(token)


def _check_origin(service: Service, origin: bytes | None, host: str) -> None:
    """A page of somebody else in a browser of somebody who may: browsers always say where the page is from."""
    if origin is None:
        return
    text = origin.decode("latin-1")
    if text in service.config.server.origins or (urlsplit(text).netloc == host and host):
        return
    raise Refusal(403, "pages of this origin may not connect; see server.origins")


def _headers(scope: Scope) -> dict[bytes, bytes]:
    """By name; two that contradict each other are no good to anybody."""
    found: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in (b"authorization", b"host", b"origin") and found.setdefault(name, value) != value:
            raise Refusal(400, f"two headers `{name.decode()}`")
    return found


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _bare(host: str) -> str:
    """A Host header without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
