"""Each kind of receiver over real connections, against a server that refuses what the real service would refuse."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from data.records.outbox import Told
from engine.respond.senders import Fate, Parcel, sender_of
from engine.respond.senders.parcel import Result
from engine.settings.notify import Notify, Receiver
from tests.support.fakes.http import Answer, Server
from tests.support.fakes.services import FakePagerDuty, FakeSlack, FakeTeams
from tests.support.fakes.smtp import MailServer
from tests.support.recordings import at

HOSTILE = "<!channel> [x](http://evil.example) **b** <script>alert(1)</script>"


def told(number: int = 1, ends: int | None = None, **more: Any) -> Told:
    base = Told(
        number,
        f"A-{number}",
        "DEVICE_OFFLINE",
        5,
        f"device/D{number}",
        "S1",
        "C1",
        HOSTILE,
        {},
        {},
        number,
        at(0),
        ends,
    )
    return msgspec.structs.replace(base, **more)


def parcel(*alerts: Told, **more: Any) -> Parcel:
    base = Parcel(
        "N-1", "default", "desk", "desk: all/incident/I-1", "change", "DEVICE_OFFLINE on device/D1", 5, at(1),
        {"incident": "I-1"}, alerts or (told(),), incident="I-1", console="https://noc.example", standing=1,
    )  # fmt: skip
    return msgspec.structs.replace(base, **more)


async def send(receiver: Receiver, *parcels: Parcel) -> list[Result]:
    """One after the other, with what the receiver gave back each time."""
    sender = sender_of(receiver, Notify())
    results: list[Result] = []
    handle: dict[str, str] = {}
    try:
        for one in parcels:
            results.append(await sender.send(msgspec.structs.replace(one, handle=handle)))
            handle = results[-1].handle or handle
    finally:
        await sender.close()
    return results


@pytest.fixture
def secret(tmp_path: Path) -> str:
    (tmp_path / "secret").write_text("xoxb-1\n")
    return str(tmp_path / "secret")


END = parcel(told(1, at(9)), id="N-2", standing=0)


async def test_slack_keeps_one_message_up_to_date_and_puts_changes_in_its_thread(secret: str) -> None:
    slack = FakeSlack()
    async with Server(slack) as server:
        receiver = Receiver("desk", "slack", server.url + "/api", token_file=secret, channel="#night")
        results = await send(receiver, parcel(), END)
    assert [result.fate for result in results] == [Fate.DELIVERED, Fate.DELIVERED]
    ((ts, versions),) = [(key[1], found) for key, found in slack.messages.items()]
    assert [version["text"].partition("]")[0] for version in versions] == ["[CRITICAL", "[ended"]
    assert len(slack.threads[ts]) == 1
    text = msgspec.json.encode(versions).decode()
    assert "<!channel>" not in text
    assert "&lt;!channel&gt;" in text


async def test_slack_begins_a_new_message_where_the_old_one_is_gone(secret: str) -> None:
    slack = FakeSlack()
    async with Server(slack) as server:
        receiver = Receiver("desk", "slack", server.url, token_file=secret, channel="#night")
        await send(receiver, parcel())
        slack.messages.clear()
        gone = msgspec.structs.replace(END, handle={})
        sender = sender_of(receiver, Notify())
        result = await sender.send(msgspec.structs.replace(gone, handle={"channel": "C1", "ts": "1.0"}))
        await sender.close()
    assert result.fate is Fate.DELIVERED
    assert len(slack.messages) == 1


@pytest.mark.parametrize(
    ("error", "fate"), [("msg_too_long", Fate.REFUSED), ("account_inactive", Fate.FAILED), ("fatal_error", Fate.FAILED)]
)
async def test_slack_says_what_is_wrong(error: str, fate: Fate, secret: str) -> None:
    slack = FakeSlack()
    slack.error = error
    async with Server(slack) as server:
        (result,) = await send(Receiver("d", "slack", server.url, token_file=secret, channel="#night"), parcel())
    assert (result.fate, result.text) == (fate, error)


async def test_slack_is_given_the_time_that_it_asks_for(secret: str) -> None:
    slack = FakeSlack()
    slack.limit = 17
    async with Server(slack) as server:
        (result,) = await send(Receiver("d", "slack", server.url, token_file=secret, channel="#night"), parcel())
    assert (result.fate, result.retry_after) == (Fate.FAILED, 17.0)


async def test_slack_by_webhook_gets_a_message_for_each_change() -> None:
    slack = FakeSlack()
    async with Server(slack) as server:
        await send(Receiver("d", "slack", server.url + "/services/T0/B0/x"), parcel(), END)
    assert len(slack.hooked) == 2


async def test_teams_gets_a_card_whose_texts_are_texts() -> None:
    teams = FakeTeams()
    many = parcel(*(told(number, message="x" * 3000) for number in range(300)))
    async with Server(teams) as server:
        results = await send(Receiver("d", "teams", server.url), parcel(), END, many)
    assert [result.fate for result in results] == [Fate.DELIVERED] * 3
    first, end, _ = teams.cards
    assert first["body"][0]["color"] == "attention"
    assert end["body"][0]["color"] == "good"
    assert "](http" not in msgspec.json.encode(first).decode()


async def test_pagerduty_opens_updates_and_resolves_one_incident_a_group(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("R123")
    pager = FakePagerDuty()
    more = parcel(told(2), id="N-3", standing=2)
    part = parcel(told(1, at(8)), id="N-4", standing=1)
    last = parcel(told(2, at(9)), id="N-5", standing=0)
    async with Server(pager) as server:
        receiver = Receiver("d", "pagerduty", server.url + "/v2/enqueue", token_file=str(tmp_path / "key"))
        results = await send(receiver, parcel(), more, part)
        assert len(pager.open) == 1
        results += await send(receiver, last)
    assert {result.fate for result in results} == {Fate.DELIVERED}
    assert pager.open == {}
    assert [event["event_action"] for event in pager.log] == ["trigger", "trigger", "trigger", "resolve"]
    assert len({event["dedup_key"] for event in pager.log}) == 1
    assert pager.log[0]["payload"]["severity"] == "critical"


async def test_mail_is_text_and_html_and_stays_in_its_thread() -> None:
    async with MailServer() as server:
        receiver = Receiver("d", "email", to=("a@x.example", "b@x.example"), smtp=f"127.0.0.1:{server.port}")
        results = await send(receiver, parcel(), END)
    assert [result.fate for result in results] == [Fate.DELIVERED, Fate.DELIVERED]
    (to, first), (_, second) = server.got
    assert to == ["a@x.example", "b@x.example"]
    assert first["Subject"].startswith("[CRITICAL] DEVICE_OFFLINE")
    assert second["In-Reply-To"] == first["Message-ID"]
    text, page = (part.get_content() for part in first.iter_parts())  # type: ignore[attr-defined]
    assert "CRITICAL DEVICE_OFFLINE on device/D1" in text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("word", "answer", "fate"),
    [
        ("RCPT", "550 no such user", Fate.REFUSED),
        ("DATA", "451 try later", Fate.FAILED),
        ("MAIL", "421 busy", Fate.FAILED),
        ("DATA", "552 too big", Fate.REFUSED),
    ],
)
async def test_mail_that_is_refused_for_good_is_not_tried_again(word: str, answer: str, fate: Fate) -> None:
    async with MailServer() as server:
        server.refuse[word] = answer
        (result,) = await send(Receiver("d", "email", to=("a@x",), smtp=f"127.0.0.1:{server.port}"), parcel())
    assert result.fate is fate
    assert answer[:3] in result.text


async def test_a_subject_never_holds_a_line_of_its_own() -> None:
    async with MailServer() as server:
        receiver = Receiver("d", "email", to=("a@x",), smtp=f"127.0.0.1:{server.port}")
        await send(receiver, parcel(title="down\r\nBcc: all@x.example"))
    ((_, mail),) = server.got
    assert mail["Bcc"] is None


@pytest.mark.parametrize(("status", "fate"), [(204, "delivered"), (400, "refused"), (404, "failed"), (503, "failed")])
async def test_what_a_status_means(status: int, fate: str) -> None:
    async with Server(lambda request: Answer(status)) as server:
        (result,) = await send(Receiver("d", "webhook", server.url), parcel())
    assert result.fate == fate


async def test_a_redirect_is_not_followed() -> None:
    async with Server() as inner, Server(lambda request: Answer(302, headers={"location": inner.url})) as outer:
        (result,) = await send(Receiver("d", "webhook", outer.url), parcel())
    assert (result.fate, result.text) == (Fate.FAILED, "HTTP 302")
    assert inner.got == []
