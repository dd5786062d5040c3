"""Links in mails: signed, for one deed on one thing, good for two days, and for once (the deed's key says so).

Opening one does nothing: scanners of mail open every link. It shows what would be done; the button there does it.
"""

import base64
import binascii
import hashlib
import hmac
import html
from collections.abc import Sequence
from typing import Final

import msgspec

from data.times import HOUR
from engine.respond.callbacks.wanted import Unwanted, Wanted

GOOD_FOR: Final = 48 * HOUR
LONGEST: Final = 2_000  # letters of a token
_STYLE: Final = "body{font-family:sans-serif;max-width:40em;margin:3em auto}button{font-size:1.2em;padding:.5em 1em}"
WORDS: Final = {"acknowledge": "Acknowledge", "assign": "Take it", "resolve": "Resolve"}


class Link(msgspec.Struct, frozen=True, array_like=True):
    """What is signed. `message` is the one that the link stands in, `until` microseconds of the wall."""

    receiver: str
    tenant: str
    target: str
    action: str
    message: str
    until: int


def token_of(link: Link, secret: str) -> str:
    body = base64.urlsafe_b64encode(msgspec.msgpack.encode(link)).rstrip(b"=")
    return f"{body.decode()}.{_mark(body, secret)}"


def receiver_of(token: str) -> str:
    """Which receiver's secret it has to be checked with; nothing of it is believed yet. Raises Unwanted."""
    return _read(token).receiver


def checked(token: str, secret: str, now: int) -> Link:
    """Raises Unwanted: 404 for one that we have not made, 410 for one that is over."""
    body, _, mark = token.partition(".")
    if not hmac.compare_digest(
        _mark(body.encode("latin-1", "replace"), secret).encode(), mark.encode("latin-1", "replace")
    ):
        raise Unwanted(404, "this link is not one of ours")
    link = _read(token)
    if now > link.until:
        raise Unwanted(410, "this link is over: it was good for two days")
    return link


def wanted(link: Link, person: str) -> Wanted:
    key = f"mail/{link.message}/{link.action}/{link.target}"
    return Wanted(link.action, link.target, link.tenant, person, key)


def _read(token: str) -> Link:
    try:
        if len(token) > LONGEST:
            raise ValueError("too long")
        body = token.partition(".")[0]
        link = msgspec.msgpack.decode(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)), type=Link)
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise Unwanted(404, "this link is not one of ours") from None
    if link.action not in WORDS:
        raise Unwanted(404, "this link is not one of ours")
    return link


def _mark(body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), b"noc-link:" + body, hashlib.sha256).hexdigest()


def page(link: Link, title: str, people: Sequence[str]) -> str:
    """Asks before anything is done; where several may have got the mail, also who it is."""
    what = f"{WORDS[link.action]}: {html.escape(title or link.target)}"
    who = ""
    if len(people) > 1:
        options = "".join(f"<option>{html.escape(name)}</option>" for name in people)
        who = f'<p><label>You are <select name="who">{options}</select></label></p>'
    form = f'<form method="post">{who}<p><button>{html.escape(WORDS[link.action])}</button></p></form>'
    return framed(what, f"<p>{html.escape(link.target)}</p>{form}")


def framed(head: str, rest: str) -> str:
    """A page of our own; `head` and `rest` are HTML."""
    top = f"<!doctype html><html><head><meta charset=utf-8><title>noc</title><style>{_STYLE}</style></head>"
    return f"{top}<body><h1>{head}</h1>{rest}</body></html>"
