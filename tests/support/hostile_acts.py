"""What attackers write into alerts, names and playbooks so that an engine runs, calls or says it for them; and how much
of it gets through. `python -m tests.support.hostile_acts` prints how many were tried.

Each `try_...` gives what was tried and what came through, judged by means of its own, not by those it tries."""

import asyncio
import html.parser
import json
import re
import socket
import time
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

import msgspec

from data.clean import clean_line
from data.records.outbox import Told
from data.times import SECOND
from engine.respond.addresses import Refused, pinned
from engine.respond.playbooks.templates import TemplateError, of_action, render
from engine.respond.playbooks.terms import Term, TermError
from engine.respond.runner import refused
from engine.respond.senders import email, pagerduty, slack, teams, webhook
from engine.respond.senders.parcel import Parcel
from engine.respond.web import Web
from engine.settings.notify import Receiver
from tests.support.fakes.http import Answer, Server
from tests.support.hostile import CORPUS as TERMINAL
from tests.support.hostile_texts import (
    FACTS,
    HOSTS,
    INNER,
    MARKUP,
    PATTERNS,
    PLACES,
    RESOLVED,
    SCHEMES,
    SHELL,
    TERMS,
    WITHIN,
)  # fmt: skip


class Tried(NamedTuple):
    count: int
    through: list[str]


def try_commands() -> Tried:
    """An argument is taken only where the pattern can have meant it, and it is one word to anybody."""
    texts = dict.fromkeys((*SHELL, *TERMINAL))
    through = [
        f"{pattern}: {text[:40]!r}"
        for pattern in (*PATTERNS, ".*")
        for text in texts
        if refused([text], [pattern]) is None and not _harmless(text, pattern)
    ]
    for text in texts:
        if len(render(["{{ alert.entity }}", "x"], {"alert": {"entity": text}})) != 2:
            through.append(f"became more arguments: {text[:40]!r}")
    return Tried(len(texts) * (len(PATTERNS) + 2), through)


def _harmless(text: str, pattern: str) -> bool:
    """A program under `.*` has asked for anything that is one printable word, and no option."""
    if pattern == ".*":
        return text.isprintable() and not text.startswith("-")
    return WITHIN.fullmatch(text) is not None


async def try_urls() -> Tried:
    through = [f"{url!r}" for url in _urls() if await _reaches(url)]
    for address in RESOLVED:
        for allow in (("good.example",), ("*",), ("*.example",)):
            if await _is_taken(["93.184.216.34", address], allow) or await _is_taken([address], allow):
                through.append(f"good.example -> {address} under {allow}")
    for address in INNER:
        for allow in (("*",), ("*.example",)):
            if await _is_taken([address], allow):
                through.append(f"good.example -> {address} under {allow}")
    for said in await _tricks():
        through.append(said)
    return Tried(len(list(_urls())) + len(RESOLVED) * 3 * 2 + len(INNER) * 2 + 5, through)


def _urls() -> Iterator[str]:
    yield from SCHEMES
    for host in HOSTS:
        yield f"http://{host}/"
        yield f"https://{host}:8080/x"
        yield f"http://user:pass@{host}/"


async def _reaches(url: str) -> bool:
    """Whether a connection would be opened to anything but `good.example` on 93.184.216.34, whatever is allowed."""

    async def lookup(host: str, port: int) -> list[str]:
        if host == "good.example":
            return ["93.184.216.34"]
        try:  # as the resolver of a system takes old notations
            return [socket.inet_ntoa(socket.inet_aton(host))]
        except (OSError, UnicodeEncodeError):
            return ["127.0.0.1"]

    for allow in (("good.example",), ("*.example", "good.example"), ("*",)):
        web = _Watched(allow, lookup)
        try:
            await web.call("POST", url, b"{}", {}, 1)
        except (Refused, OSError, ValueError):
            continue
        except _Opened as opened:
            if str(opened) != "93.184.216.34":
                return True
    return False


class _Opened(Exception):
    pass


class _Watched(Web):
    """Tells the address of a connection instead of opening it."""

    def _opened(self) -> "_Client":  # type: ignore[override]
        return _Client()


class _Client:
    def build_request(self, method: str, target: str, **_: object) -> str:
        raise _Opened((urlsplit(target).hostname or "").strip("[]"))


async def _is_taken(addresses: list[str], allow: tuple[str, ...]) -> bool:
    async def lookup(host: str, port: int) -> list[str]:
        return addresses

    try:
        await pinned("good.example", 443, allow, lookup)
    except (Refused, OSError):
        return False
    return True


async def _tricks() -> list[str]:
    """Redirects, and names that lead elsewhere when they are asked again."""
    through = []
    async with Server() as inner:
        for status in (301, 302, 303, 307, 308):
            async with Server(lambda request, code=status: Answer(code, headers={"location": inner.url})) as outer:  # type: ignore[misc]
                web = Web()
                await web.call("POST", outer.url, b"{}", {}, 5)
                await web.close()
        if inner.got:
            through.append("a redirect was followed")
        asked: list[str] = []

        async def rebinding(host: str, port: int) -> list[str]:
            asked.append(host)
            return ["127.0.0.1"]

        web = Web((), rebinding)
        await web.call("POST", f"http://localhost:{inner.port}/", b"", {}, 5)
        await web.close()
        if asked != ["localhost"]:
            through.append("a name was asked for twice")
    return through


def try_terms() -> Tried:
    """Nothing raises, nothing takes long, nothing that is broken holds."""
    through = []
    facts = {"alert": {"site": "S1", "x": 1}, "labels": {"a": "(a+)+$", "b": "[" * 50}}
    for text in TERMS:
        begun = time.process_time()
        try:
            Term(text).holds(facts)
        except TermError as error:
            if not str(error):
                through.append(f"refused without a word: {text[:40]!r}")
        except Exception as error:
            through.append(f"raised {error!r}: {text[:40]!r}")
        if time.process_time() - begun > 1:
            through.append(f"took over a second of CPU: {text[:40]!r}")
    return Tried(len(TERMS), through)


def try_templates() -> Tried:
    """A fact stays in its place: in a text, in a URL, in JSON and in a form."""
    through = []
    for fact in FACTS:
        facts = {"alert": {"entity": fact}}
        if render("<{{ alert.entity }}>", facts) != f"<{_clean(fact[:500])}>":
            through.append(f"text: {fact[:40]!r}")
        made = of_action("http_request", _REQUEST, facts)
        parts = urlsplit(made["url"])
        where = (parts.scheme, parts.netloc, parts.path.count("/"), parts.fragment, len(parse_qsl(parts.query, True)))
        if where != ("https", "good.example", 3, "", 1) or "/../" in parts.path:
            through.append(f"URL: {made['url'][:80]!r}")
        for body in (made["body"], of_action("http_request", _BARE, facts)["body"]):
            try:
                read = json.loads(body)
            except ValueError:
                through.append(f"JSON is broken: {body[:80]!r}")
                continue
            if set(read) != {"who", "n"} or isinstance(read["who"], (dict, list)):
                through.append(f"JSON: {body[:80]!r}")
        form = of_action("http_request", _FORM, facts)["body"]
        if [name for name, _ in parse_qsl(form, keep_blank_values=True)] != ["who", "n"]:
            through.append(f"form: {form[:80]!r}")
    for text in PLACES:
        try:
            shown = render(text, {"alert": {"entity": "E"}})
        except TemplateError:
            continue
        if "49" in shown or "class" in shown.replace("__class__", "") or "environ" in shown.replace("os.environ", ""):
            through.append(f"worked out: {text}")
    return Tried(len(FACTS) * 5 + len(PLACES), through)


_REQUEST = {
    "url": "https://good.example/a/{{ alert.entity }}/b?who={{ alert.entity }}",
    "body": '{"who": "{{ alert.entity }}", "n": 1}',
}
_BARE = {"url": "https://good.example/", "body": '{"who": {{ alert.entity }}, "n": 1}'}
_FORM = {"url": "https://good.example/", "body": "who={{ alert.entity }}&n=1",
         "headers": {"content-type": "application/x-www-form-urlencoded"}}  # fmt: skip


def try_messages() -> Tried:
    """What an alert or a title says is text to Slack, Teams, PagerDuty, mail and webhooks; all stays whole."""
    through = []
    texts = dict.fromkeys((*MARKUP, *TERMINAL))
    for text in texts:
        line = clean_line(msgspec.json.encode({"t": _clean(text)}))
        for said in (_clean(text), msgspec.json.decode(line)["t"]):
            parcel = _parcel(said)
            for name, judge in _JUDGES.items():
                wrong = judge(parcel)
                if wrong:
                    through.append(f"{name}: {wrong}: {said[:40]!r}")
    return Tried(len(texts) * 2 * len(_JUDGES), through)


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _parcel(text: str) -> Parcel:
    told = Told(1, "A-1", text, 5, text, text, text, text, {text[:50]: text}, {text[:50]: text}, 1, 0)
    return Parcel("N-1", "default", "desk", text, "change", text, 5, SECOND, {"incident": text}, (told,), text, None,
                  "https://noc.example", {}, 1)  # fmt: skip


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value


def _slack(parcel: Parcel) -> str:
    made = slack.message(parcel)
    if any("<" in text or ">" in text for text in _texts(made)):
        return "a mention or a link"
    long = [block for block in made["blocks"] if len(block.get("text", {}).get("text", "")) > 3000]
    return "a block that is too long" if long or len(made["blocks"]) > 50 else ""


def _teams(parcel: Parcel) -> str:
    body = teams.envelope(parcel)
    if len(msgspec.json.encode(body)) > 28 << 10:
        return "a card that is too long"
    loose = [text for text in _texts(body) if re.search(r"(?<!\\)(\]\(|!\[|<[a-z/!])", text)]
    return "markdown" if loose else ""


def _pager(parcel: Parcel) -> str:
    made = pagerduty.event(parcel, "key")
    summary = made["payload"]["summary"]
    return "a summary that is too long" if len(summary) > 1024 or "\n" in summary else ""


class _Tags(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        good = tag in ("html", "body", "h2", "p", "ul", "li", "a") and all(
            name == "style" or (name == "href" and value == "https://noc.example") for name, value in attrs
        )
        if not good:
            self.wrong.append(tag)

    def handle_comment(self, data: str) -> None:
        self.wrong.append(f"comment {data[:20]}")


def _mail(parcel: Parcel) -> str:
    made = email.written(parcel, Receiver("d", "email", to=("a@x.example",)))
    raw = made.as_bytes(policy=made.policy.clone(linesep="\r\n"))
    mail = message_from_bytes(raw, policy=default)
    known = {
        "Subject",
        "From",
        "To",
        "Message-ID",
        "Auto-Submitted",
        "X-Noc-Notification",
        "MIME-Version",
        "Content-Type",
    }
    if set(mail.keys()) - known or len(mail.keys()) != len(set(mail.keys())) or mail["To"] != "a@x.example":
        return f"headers {sorted(set(mail.keys()) - known)}"
    parts = list(mail.iter_parts())  # type: ignore[attr-defined]
    if [part.get_content_type() for part in parts] != ["text/plain", "text/html"]:
        return "parts"
    tags = _Tags()
    tags.feed(parts[1].get_content())
    return f"tags {tags.wrong}" if tags.wrong else ""


def _webhook(parcel: Parcel) -> str:
    read = json.loads(msgspec.json.encode(webhook.version_4(parcel)))
    return "" if len(read["alerts"]) == 1 and read["alerts"][0]["status"] == "firing" else "another shape"


_JUDGES = {"slack": _slack, "teams": _teams, "pagerduty": _pager, "mail": _mail, "webhook": _webhook}


def everything() -> dict[str, Tried]:
    return {
        "commands": try_commands(),
        "URLs": asyncio.run(try_urls()),
        "expressions": try_terms(),
        "templates": try_templates(),
        "messages": try_messages(),
    }


if __name__ == "__main__":
    for name, tried in everything().items():
        print(f"{name}: {tried.count} tried, {len(tried.through)} let through")
        for text in tried.through:
            print(f"  {text}")
