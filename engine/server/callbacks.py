"""Where receivers answer: `/callbacks/slack/NAME`, `/callbacks/pagerduty/NAME`, and `/act/TOKEN` for links in mails.

No token of ours is asked for: the signature of the other side is. Whatever is wanted goes through the door of commands
and is journalled before it is answered.
"""

import html
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from engine import clock
from engine.access.lockout import Lockout
from engine.control import Commander
from engine.control import Request as Command
from engine.respond.callbacks import links, pagerduty, slack
from engine.respond.callbacks.signatures import Seen, check_pagerduty, check_slack
from engine.respond.callbacks.wanted import Unwanted, Wanted, actor_of, params_of
from engine.respond.senders import sender_of
from engine.respond.senders.files import secret
from engine.respond.senders.slack import Slack
from engine.server.answers import json_answer
from engine.server.bodies import body_of
from engine.server.refusal import Refusal
from engine.server.service import Service
from engine.settings.notify import Receiver
from engine.views import Outcome

Handler = Callable[[Service, Request], Awaitable[Response]]
Make = Callable[[Service, str, Handler, str], Route]


def routes(service: Service, commander: Commander, route: Make) -> Iterator[Route]:
    door = Callbacks(commander)
    yield route(service, "/callbacks/slack/{name}", door.slack, "POST")
    yield route(service, "/callbacks/pagerduty/{name}", door.pagerduty, "POST")
    yield route(service, "/act/{token}", door.show, "GET")
    yield route(service, "/act/{token}", door.act, "POST")


class Callbacks:
    def __init__(self, commander: Commander) -> None:
        self._commander = commander
        self._seen = Seen()
        self._wrong: Lockout | None = None  # of its own: who guesses here must not shut out those who come with tokens

    async def slack(self, service: Service, request: Request) -> Response:
        """Answered at once, as Slack wants it; what came of it is told in the thread."""
        receiver = _receiver(service, request.path_params["name"], "slack")
        body = await body_of(service, request)
        head = request.headers.get
        try:
            stamp, mark = head("x-slack-request-timestamp", ""), head("x-slack-signature", "")
            check_slack(secret(receiver.secret_file), stamp, mark, body, clock.wall() / 1e6, self._seen)
            click = slack.clicked(body)
            wanted = slack.wanted(click)
        except Unwanted as error:
            raise self._refusal(service, request, error) from None
        if wanted is None:
            return Response(b"", 200)
        try:
            outcome = await self._do(service, wanted, actor_of(receiver, wanted.person), [wanted.target])
        except Unwanted as error:
            outcome = Outcome(False, str(error), wanted.target)
        await _told(service, receiver, click, outcome)
        return Response(b"", 200)

    async def pagerduty(self, service: Service, request: Request) -> Response:
        receiver = _receiver(service, request.path_params["name"], "pagerduty")
        body = await body_of(service, request)
        try:
            check_pagerduty(secret(receiver.secret_file), request.headers.get("x-pagerduty-signature", ""), body)
            change = pagerduty.changed(body)
            if change is None:
                return json_answer({"status": "ignored"})
            actor = actor_of(receiver, change.wanted.person)
            wanted = _assigned(change.wanted, receiver)
        except Unwanted as error:
            raise self._refusal(service, request, error) from None
        for tenant, partition in sorted(service.engine.pipeline.partitions.items()):
            targets = partition.hub.told_as(change.key)
            if targets:
                outcome = await self._do(service, wanted, actor, targets, tenant, via=receiver.name)
                return json_answer({"status": "done" if outcome.ok else "refused", "text": outcome.text})
        return json_answer({"status": "ignored", "text": "it is not, or no longer, open here"})

    async def show(self, service: Service, request: Request) -> Response:
        """What the link would do, and a button that does it."""
        link, receiver = self._link(service, request)
        partition = service.engine.pipeline.partitions.get(link.tenant)
        item = partition.grouping.item(link.target) if partition is not None else None
        title = item.title if item is not None else "it is over"
        return _page(links.page(link, title, _names(receiver)))

    async def act(self, service: Service, request: Request) -> Response:
        link, receiver = self._link(service, request)
        form = parse_qs((await body_of(service, request)).decode("utf-8", "replace"), max_num_fields=10)
        try:
            person = _person(receiver, form.get("who", [""])[0])
        except Unwanted as error:
            raise self._refusal(service, request, error) from None
        wanted = links.wanted(link, person)
        outcome = await self._do(service, wanted, person, [link.target])
        return _page(links.framed("Done" if outcome.ok else "Not done", f"<p>{html.escape(outcome.text)}</p>"))

    def _refusal(self, service: Service, request: Request, error: Unwanted) -> Refusal:
        """Who guesses signatures is shut out for a while, as with tokens."""
        address = request.client.host if request.client is not None else ""
        server, now = service.config.server, clock.wall()
        wrong = self._wrong = self._wrong or Lockout(server.lock_after, server.lock_for)
        if error.status in (401, 404):
            wait = wrong.wait(address, now)
            if wait:
                return Refusal(429, f"too many wrong signatures; try again in {wait} s", {"retry-after": str(wait)})
            wrong.wrong(address, now)
        return Refusal(error.status, str(error))

    def _link(self, service: Service, request: Request) -> tuple[links.Link, Receiver]:
        token = request.path_params["token"]
        try:
            receiver = _receiver(service, links.receiver_of(token), "email")
            return links.checked(token, secret(receiver.secret_file), clock.wall()), receiver
        except Unwanted as error:
            raise self._refusal(service, request, error) from None

    async def _do(
        self, service: Service, wanted: Wanted, actor: str, targets: list[str], tenant: str = "", via: str = ""
    ) -> Outcome:
        """`via` is the receiver that shows what it did there by itself, so that it is not told of it."""
        params: dict[str, Any] = params_of(wanted, actor)
        if via and wanted.action == "resolve":
            params["via"] = via
        if len(targets) > 1:
            params["targets"] = ",".join(targets)
        data = {
            "target": targets[0], "action": wanted.action, "actor": actor, "note": wanted.note or None,
            "params": params or None,
        }  # fmt: skip
        if wanted.tenant and wanted.tenant not in service.engine.pipeline.partitions:
            raise Unwanted(404, f"there is no tenant `{wanted.tenant[:80]}`")
        return await self._commander.carry_out(Command(data, wanted.tenant or tenant, key=wanted.key))


def _assigned(wanted: Wanted, receiver: Receiver) -> Wanted:
    """An assignment names a person over there too. Raises Unwanted."""
    if wanted.action != "assign" or not wanted.to:
        return wanted
    return Wanted(wanted.action, wanted.target, wanted.tenant, wanted.person, wanted.key, wanted.note,
                  actor_of(receiver, wanted.to))  # fmt: skip


def _receiver(service: Service, name: str, kind: str) -> Receiver:
    """Raises Refusal: nobody is told which receivers there are."""
    for one in service.config.notify.receivers:
        if one.name == name and one.kind == kind and one.secret_file:
            return one
    raise Refusal(404, "there is nothing here")


async def _told(service: Service, receiver: Receiver, click: slack.Clicked, outcome: Outcome) -> None:
    """Below the message. What cannot be told there is in the audit and on every console all the same."""
    sender = sender_of(receiver, service.config.notify)
    assert isinstance(sender, Slack)
    place = click.container
    try:
        await sender.answer(place.channel_id, place.message_ts, click.user.id, outcome.text, done=outcome.ok)
    except Exception as error:
        service.counters.add("callbacks_untold_total", why=type(error).__name__)
    finally:
        await sender.close()


def _names(receiver: Receiver) -> list[str]:
    """Who may have got the mail, as they are known here."""
    return sorted({receiver.people[one] for one in receiver.to if one in receiver.people})


def _person(receiver: Receiver, who: str) -> str:
    """Whoever the mail went to, where that is one person; else the one they say they are. Raises Unwanted."""
    names = _names(receiver)
    if len(names) == 1 or (names and who in names):
        return who if who in names else names[0]
    if receiver.strangers:
        return f"mail:{receiver.name}"
    raise Unwanted(403, f"nobody of `to` is in `people` of {receiver.name}: who it was could not be told")


def _page(text: str) -> Response:
    """Not for caches, frames or other sites."""
    headers = {
        "cache-control": "no-store", "referrer-policy": "no-referrer", "x-frame-options": "DENY",
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    }  # fmt: skip
    return HTMLResponse(text, headers=headers)
