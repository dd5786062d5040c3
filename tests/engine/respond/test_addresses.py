"""Where the engine goes, and where nobody gets it to go."""

import pytest

from engine.respond.addresses import Refused, pinned
from engine.respond.web import Web
from tests.support.fakes.http import Server


@pytest.mark.parametrize(
    ("host", "addresses", "allow"),
    [
        ("evil.example", ["93.184.216.34"], ()),
        ("hooks.slack.com.evil.example", ["93.184.216.34"], ("hooks.slack.com",)),
        ("meta.example", ["169.254.169.254"], ("meta.example",)),
        ("meta.example", ["::ffff:169.254.169.254"], ("meta.example",)),
        ("back.example", ["127.0.0.1"], ("back.example",)),
        ("back.example", ["::1"], ("back.example",)),
        ("back.example", ["::ffff:127.0.0.1"], ("*.example",)),
        ("in.example", ["10.0.0.7"], ("*.example",)),
        ("in.example", ["93.184.216.34", "192.168.1.1"], ("*.example",)),
        ("in.example", ["fd00::1"], ("*.example",)),
        ("zero.example", ["0.0.0.0"], ("zero.example",)),
        ("cast.example", ["224.0.0.1"], ("cast.example",)),
        ("169.254.169.254", [], ("*",)),
        ("2130706433", ["127.0.0.1"], ("*",)),
        ("0x7f.1", ["127.0.0.1"], ("*",)),
        ("[::ffff:127.0.0.1]", ["::ffff:127.0.0.1"], ("*",)),
    ],
)
async def test_places_that_are_refused(host: str, addresses: list[str], allow: tuple[str, ...]) -> None:
    async def lookup(name: str, port: int) -> list[str]:
        return addresses

    with pytest.raises(Refused):
        await pinned(host, 443, allow, lookup)


@pytest.mark.parametrize(
    ("host", "addresses", "allow", "address"),
    [
        ("hooks.slack.com", ["93.184.216.34"], ("hooks.slack.com",), "93.184.216.34"),
        ("a.slack.com", ["93.184.216.34"], ("*.slack.com",), "93.184.216.34"),
        ("mail.inner", ["10.0.0.7"], ("mail.inner",), "10.0.0.7"),
        ("127.0.0.1", [], (), "127.0.0.1"),
        ("169.254.7.7", [], ("169.254.7.7",), "169.254.7.7"),
    ],
)
async def test_places_that_are_allowed(host: str, addresses: list[str], allow: tuple[str, ...], address: str) -> None:
    async def lookup(name: str, port: int) -> list[str]:
        return addresses

    assert await pinned(host, 443, allow, lookup) == address


async def test_the_address_that_was_looked_at_is_the_one_that_is_called() -> None:
    """A resolver that answers otherwise the second time (DNS rebinding) is asked once."""
    asked: list[str] = []

    async def lookup(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    async with Server() as server:
        web = Web((), lookup)
        reply = await web.call("POST", f"http://localhost:{server.port}/x", b"{}", {}, 5)
        await web.close()
    assert (reply.status, asked) == (200, ["localhost"])
    assert server.got[0].headers["host"] == f"localhost:{server.port}"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://127.0.0.1/", "http://", "//127.0.0.1/"])
async def test_what_is_no_web_address(url: str) -> None:
    web = Web(("*",))
    with pytest.raises(Refused):
        await web.call("GET", url, b"", {}, 5)
