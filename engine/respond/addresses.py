"""Where the engine may reach out to: allowed hosts only, resolved once, and connected to at exactly that address.

A name that is allowed by `*` must not lead into the inner network, and nothing leads to link-local addresses (the
metadata services of clouds live there) unless that very address is listed. Redirects are never followed.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from engine.query.texts import glob_whole

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve: TypeAlias = Callable[[str, int], Awaitable[list[str]]]


METADATA = frozenset(
    ipaddress.ip_address(one)
    for one in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16")
)
"""Where clouds tell machines their secrets; the last three are not link-local."""


HERE = ("localhost", "127.0.0.1", "::1")


class Refused(Exception):
    """The engine may not go there; the text says why."""


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, as the system knows them. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def pinned(host: str, port: int, allow: Sequence[str], lookup: Resolve = resolve) -> str:
    """The one address to connect to. Raises Refused, or OSError where there is none."""
    literal = _address(host)
    rule = allowed_by(host, allow)
    if rule is None:
        raise Refused(f"the host '{host}' is not in the list of what may be told")
    found = [str(literal)] if literal is not None else await lookup(host, port)
    if not found:
        raise OSError(f"{host} has no address")
    for text in found:
        address = _address(text)
        if address is None:
            raise Refused(f"{host} resolves to '{text}', which is no address")
        check(host, address, rule)
    return found[0]


def allowed_by(host: str, allow: Sequence[str]) -> str | None:
    """The entry that allows the host; this machine, by its plain names, needs none (and is its own)."""
    name = host.casefold()
    if name in HERE:
        return name
    exact = next((one for one in allow if one.casefold() == name), None)
    return exact or next((one for one in allow if "*" in one and glob_whole(one)(name)), None)


def check(host: str, address: Address, rule: str) -> None:
    """Raises Refused where the address is not one that the rule can have meant."""
    address = _plain(address)
    if _address(rule) == address:
        return  # written down as such
    if (
        address in METADATA
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or address.is_reserved
    ):
        raise Refused(f"{host} leads to {address}, where nobody is told anything")
    if address.is_loopback and host.casefold() != "localhost":
        raise Refused(f"{host} leads to this machine ({address})")
    if isinstance(address, ipaddress.IPv6Address) and (address.sixtofour or address.teredo):
        raise Refused(f"{host} leads through a tunnel ({address})")
    if "*" in rule and (address.is_private or not address.is_global or getattr(address, "is_site_local", False)):
        raise Refused(f"{host} leads into the inner network ({address}); list it without `*` if that is meant")


def _address(text: str) -> Address | None:
    try:
        return _plain(ipaddress.ip_address(text))
    except ValueError:
        return None


def _plain(address: Address) -> Address:
    """`::ffff:127.0.0.1` is 127.0.0.1."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
