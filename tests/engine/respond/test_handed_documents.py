"""Documents for receivers: handed over once under their key, durable, and written as each receiver takes them."""

from pathlib import Path

import msgspec
import pytest

from data.records.outbox import DELIVERED, NOT_SENT
from engine.respond.contacts import REPLAY
from engine.respond.hub.documents import HTML, TEXT, Document, hand_over
from engine.respond.senders import Fate, Parcel
from engine.runtime import Engine
from engine.settings.notify import Receiver
from tests.engine.respond.post import BAD, GOOD, Post
from tests.engine.respond.test_courier import config
from tests.engine.respond.test_dispatch import DESK, OTHER
from tests.engine.respond.test_senders import HOSTILE, send
from tests.support.fakes.http import Server
from tests.support.fakes.services import FakeSlack, FakeTeams
from tests.support.fakes.smtp import MailServer
from tests.support.recordings import at

PAPER = Document("Digest of Monday", f"DIGEST\n\n  type   count\n  {HOSTILE}", "<h1>Digest</h1>", "# Digest")


async def desk_of(*receivers: Receiver) -> Post:
    desk = await Post(config(*receivers)).start()
    await desk.tick(0)
    return desk


async def test_it_arrives_once_whoever_hands_it_over_again_and_whatever_dies() -> None:
    desk = await desk_of(DESK)
    desk.boxes["desk"].answer = BAD
    ids = await hand_over(desk.engine, PAPER, ["desk"], "digest/1")
    assert await hand_over(desk.engine, PAPER, ["desk"], "digest/1") == ids
    await desk.deliver(3)
    await desk.kill()
    assert await hand_over(desk.engine, PAPER, ["desk"], "digest/1") == ids
    await desk.snapshot()
    assert await hand_over(desk.engine, PAPER, ["desk"], "digest/1") == ids
    other = await hand_over(desk.engine, PAPER, ["desk"], "digest/2")
    desk.boxes["desk"].answer = GOOD
    await desk.deliver()
    await desk.kill()
    await desk.deliver()
    got = desk.boxes["desk"].got
    assert [parcel.id for parcel in got] == [*ids, *other]
    assert [(row.id, row.status, row.kind) for row in desk.rows()] == [
        (ids[0], DELIVERED, "document"), (other[0], DELIVERED, "document"),
    ]  # fmt: skip
    assert {one.document for one in got} == {PAPER}, "word for word, line ends too"


async def test_where_nobody_is_contacted_it_is_kept_as_not_sent() -> None:
    desk = await desk_of(DESK)
    desk.engine = Engine(desk.store, desk.config, contacts=REPLAY)
    await desk.engine.recover()
    await hand_over(desk.engine, PAPER, ["desk"], "digest/1")
    (row,) = desk.rows()
    assert (row.status, row.reason) == (NOT_SENT, "not sent: replay")


async def test_who_cannot_take_it() -> None:
    desk = await desk_of(DESK, Receiver("pager", "pagerduty", token_file="x"))
    with pytest.raises(LookupError, match="no receiver 'nobody'"):
        await hand_over(desk.engine, PAPER, ["desk", "nobody"], "k")
    with pytest.raises(ValueError, match="takes no documents"):
        await hand_over(desk.engine, PAPER, ["pager"], "k")
    with pytest.raises(LookupError, match="tenant"):
        await hand_over(desk.engine, PAPER, ["desk"], "k", tenant="other")
    assert desk.rows() == [], "nobody was told, then"


async def test_what_is_too_long_is_cut_and_says_so() -> None:
    desk = await desk_of(DESK, OTHER)
    long = Document("x\nBcc: all@x.example", "\n".join("é" * 50 for _ in range(9000)), "y" * (HTML + 1), "")
    await hand_over(desk.engine, long, ["desk"], "k")
    (row,) = desk.rows()
    assert row.document is not None
    assert len(row.document.text.encode()) < TEXT + 100
    assert row.document.text.endswith(" more lines")
    assert row.document.html == ""
    assert row.title == "x Bcc: all@x.example"


def parcel() -> Parcel:
    return Parcel("N-9", "default", "desk", "document/k", "document", PAPER.subject, 1, at(0), {}, (), document=PAPER)


async def test_mail_has_its_own_html() -> None:
    async with MailServer() as server:
        (result,) = await send(Receiver("d", "email", to=("a@x",), smtp=f"127.0.0.1:{server.port}"), parcel())
    assert result.fate is Fate.DELIVERED
    ((_, mail),) = server.got
    text, page = (part.get_content() for part in mail.iter_parts())  # type: ignore[attr-defined]
    assert mail["Subject"] == PAPER.subject
    assert PAPER.text in text.replace("\r\n", "\n")
    assert page.strip() == PAPER.html


async def test_slack_gets_its_text_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("xoxb-1")
    slack = FakeSlack()
    long = msgspec.structs.replace(parcel(), id="N-8", document=Document("Long", ("&" * 600 + "```\n") * 500))
    async with Server(slack) as server:
        receiver = Receiver("d", "slack", server.url, token_file=str(tmp_path / "token"), channel="#night")
        (result,) = await send(receiver, parcel())
        (second,) = await send(receiver, long)
    assert (result.fate, second.fate) == (Fate.DELIVERED, Fate.DELIVERED)
    (short,), (far,) = slack.messages.values()
    assert short["blocks"][0]["text"]["text"] == "*Digest of Monday*"
    assert short["blocks"][1]["text"]["text"].startswith("```DIGEST\n\n  type   count\n  &lt;!channel&gt;")
    assert len(far["blocks"]) <= 50
    assert far["blocks"][-1]["text"]["text"].endswith(" more lines")
    assert all(block["text"]["text"].count("```") in (0, 2) for block in far["blocks"])


async def test_teams_and_webhooks_get_it_too() -> None:
    teams = FakeTeams()
    long = msgspec.structs.replace(parcel(), document=Document("Long", "*é*\n" * 9000))
    async with Server(teams) as server:
        results = await send(Receiver("d", "teams", server.url), parcel(), long)
    assert [result.fate for result in results] == [Fate.DELIVERED] * 2
    async with Server() as server:
        await send(Receiver("d", "webhook", server.url), parcel())
        await send(Receiver("d", "webhook", server.url, format="cloudevents"), parcel())
    first, second = (request.json for request in server.got)
    assert first["document"] == second["data"]["document"] == msgspec.to_builtins(PAPER)
    assert second["type"] == "noc.notification.document"
