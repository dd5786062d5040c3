"""What comes back from Slack, PagerDuty and mails: over real HTTP, against the real program, with real signatures."""

import asyncio
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from engine.respond.callbacks.signatures import of_pagerduty, of_slack
from tests.service.served import Served, firing
from tests.support.fakes.http import Server
from tests.support.fakes.services import FakePagerDuty, FakeSlack
from tests.support.fakes.smtp import MailServer

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


def files(folder: Path) -> None:
    (folder / "bot").write_text("xoxb-1")
    (folder / "key").write_text("R123")
    (folder / "secret").write_text(SECRET)


def slack_config(folder: Path, url: str, more: str = "") -> str:
    return f"""
notify:
  receivers:
    - name: chat
      kind: slack
      url: "{url}"
      channel: "#night"
      token_file: {folder}/bot
      secret_file: {folder}/secret
      people: {{U1: ann}}
      {more}
  routes: [{{to: [chat], group_wait: 0s, group_interval: 1s}}]
"""


async def until(holds: Callable[[], Any]) -> Any:
    async with asyncio.timeout(30):
        while not (found := holds()):  # noqa: ASYNC110  another process makes it true
            await asyncio.sleep(0.02)
        return found


def click(served: Served, button: dict[str, Any], user: str = "U1", **wrong: Any) -> httpx2.Response:
    payload = {
        "type": "block_actions", "user": {"id": user, "username": "x"}, "response_url": "https://hooks.slack.com/x",
        "container": {"type": "message", "message_ts": "1700000000.000000", "channel_id": "C1"},
        "actions": [{**button, "action_ts": wrong.get("ts", "1.1")}],
    }  # fmt: skip
    body = urlencode({"payload": json.dumps(payload)}).encode()
    stamp = str(wrong.get("at", int(time.time())))
    signature = of_slack(wrong.get("secret", SECRET), stamp, body)
    headers = {
        "content-type": "application/x-www-form-urlencoded", "x-slack-request-timestamp": stamp,
        "x-slack-signature": signature,
    }  # fmt: skip
    with served.http() as http:
        return http.post("/callbacks/slack/chat", content=body, headers=headers)


def buttons(slack: FakeSlack) -> dict[str, dict[str, Any]]:
    (message,) = slack.messages.values()
    block = next(one for one in message[-1]["blocks"] if one["type"] == "actions" and "url" not in one["elements"][0])
    return {one["action_id"]: one for one in block["elements"]}


async def test_a_button_in_slack_acknowledges_takes_and_resolves_once(tmp_path: Path) -> None:
    files(tmp_path)
    slack = FakeSlack()
    async with Server(slack) as server:
        served = Served(tmp_path, slack_config(tmp_path, server.url))
        await asyncio.to_thread(served.start)
        try:
            with served.http() as http:
                await asyncio.to_thread(http.post, "/events", json=firing("a1"))
            await until(lambda: slack.messages)
            button = buttons(slack)["noc:acknowledge"]
            answer = await asyncio.to_thread(click, served, button)
            assert answer.status_code == 200
            await until(lambda: slack.threads)
            (row,) = [one for one in served.rows("audit") if one["action"] == "acknowledge"]
            assert row["actor"] == "ann"
            # The same click again, as Slack repeats what it believes unanswered: signed anew, done once.
            await asyncio.to_thread(click, served, button, at=int(time.time()) - 1)
            assert len([one for one in served.rows("audit") if one["action"] == "acknowledge"]) == 1
            await asyncio.to_thread(click, served, buttons(slack)["noc:assign"], ts="1.2")
            (item,) = served.rows("incidents")
            assert item["state"] == "ASSIGNED"
            await asyncio.to_thread(click, served, buttons(slack)["noc:resolve"], ts="1.3")
            assert served.rows("alerts")[0]["status"] == "RESOLVED"
            assert slack.whispers == []
        finally:
            assert await asyncio.to_thread(served.stop) == 0


async def test_what_slack_has_not_signed_does_nothing(tmp_path: Path) -> None:
    files(tmp_path)
    slack = FakeSlack()
    async with Server(slack) as server:
        served = Served(tmp_path, slack_config(tmp_path, server.url) + "server: {lock_after: 50}\n")
        await asyncio.to_thread(served.start)
        try:
            with served.http() as http:
                await asyncio.to_thread(http.post, "/events", json=firing("a1"))
            await until(lambda: slack.messages)
            button = buttons(slack)["noc:acknowledge"]
            for wrong in ({"secret": "other"}, {"at": int(time.time()) - 400}, {"at": int(time.time()) + 400}):
                assert (await asyncio.to_thread(click, served, button, **wrong)).status_code == 401
            assert (await asyncio.to_thread(click, served, {**button, "value": "nonsense"})).status_code == 400
            other = {**button, "action_id": "noc:delete_everything"}
            assert (await asyncio.to_thread(click, served, other, ts="2")).status_code == 400
            stranger = await asyncio.to_thread(click, served, button, "U666", ts="3")
            assert stranger.status_code == 200
            await until(lambda: slack.whispers)
            assert "U666 is not known here" in slack.whispers[0][1]
            assert served.rows("audit") == []
            with served.http() as http:
                assert http.post("/callbacks/slack/other", content=b"").status_code == 404
        finally:
            assert await asyncio.to_thread(served.stop) == 0


async def test_one_request_is_not_taken_twice(tmp_path: Path) -> None:
    files(tmp_path)
    slack = FakeSlack()
    async with Server(slack) as server:
        served = Served(tmp_path, slack_config(tmp_path, server.url, "strangers: true"))
        await asyncio.to_thread(served.start)
        try:
            with served.http() as http:
                await asyncio.to_thread(http.post, "/events", json=firing("a1"))
            await until(lambda: slack.messages)
            button, at = buttons(slack)["noc:acknowledge"], int(time.time())
            assert (await asyncio.to_thread(click, served, button, "U9", at=at)).status_code == 200
            assert (await asyncio.to_thread(click, served, button, "U9", at=at)).status_code == 401
            assert [one["actor"] for one in served.rows("audit")] == ["slack:U9"]
        finally:
            assert await asyncio.to_thread(served.stop) == 0


async def test_a_grave_incident_has_a_channel_of_its_own_until_it_is_over(tmp_path: Path) -> None:
    files(tmp_path)
    slack = FakeSlack()
    async with Server(slack) as server:
        served = Served(tmp_path, slack_config(tmp_path, server.url, "war_room: CRITICAL"))
        await asyncio.to_thread(served.start)
        try:
            with served.http() as http:
                await asyncio.to_thread(http.post, "/events", json=firing("a1", severity="CRITICAL"))
                await until(lambda: slack.rooms)
                name, *done = await until(lambda: next(iter(slack.rooms.values())) if len(slack.messages) > 1 else None)
                assert name.startswith("noc-i-")
                assert [one.partition(" ")[0] for one in done] == ["setTopic", "invite"]
                over = firing("a2", severity="CRITICAL") | {"type": "noc.alert.resolved"}
                await asyncio.to_thread(http.post, "/events", json=over)
            await until(lambda: "archive" in next(iter(slack.rooms.values())))
            assert len(slack.rooms) == 1
        finally:
            assert await asyncio.to_thread(served.stop) == 0


def webhook(served: Served, kind: str, key: str, secret: str = SECRET, **more: Any) -> httpx2.Response:
    event = {
        "id": more.pop("id", f"E-{kind}"), "event_type": f"incident.{kind}", "resource_type": "incident",
        "occurred_at": "2026-01-01T00:00:00Z",
        "agent": {"id": "PANN", "type": more.pop("agent", "user_reference"), "summary": "Ann"},
        "data": {"id": "Q1", "type": "incident", "incident_key": key, "status": kind, **more},
    }  # fmt: skip
    body = json.dumps({"event": event}).encode()
    header = f"v1={'0' * 64},{of_pagerduty(secret, body)}"
    with served.http() as http:
        return http.post("/callbacks/pagerduty/pager", content=body, headers={"x-pagerduty-signature": header})


async def test_what_is_done_in_pagerduty_is_done_here_and_both_come_to_rest(tmp_path: Path) -> None:
    files(tmp_path)
    pager = FakePagerDuty()
    async with Server(pager) as server:
        config = f"""
notify:
  receivers:
    - name: pager
      kind: pagerduty
      url: "{server.url}/v2/enqueue"
      token_file: {tmp_path}/key
      secret_file: {tmp_path}/secret
      people: {{PANN: ann, PBOB: bob}}
  routes: [{{to: [pager], group_wait: 0s, group_interval: 1s}}]
"""
        served = Served(tmp_path, config)
        await asyncio.to_thread(served.start)
        try:
            with served.http() as http:
                await asyncio.to_thread(http.post, "/events", json=firing("a1"))
            key = (await until(lambda: list(pager.open)))[0]
            assert (await asyncio.to_thread(webhook, served, "acknowledged", key, "wrong")).status_code == 401
            answer = await asyncio.to_thread(
                webhook, served, "acknowledged", key, agent="inbound_integration_reference"
            )
            assert answer.json()["status"] == "ignored"  # what we have caused ourselves
            assert (await asyncio.to_thread(webhook, served, "acknowledged", key)).json()["status"] == "done"
            again = await asyncio.to_thread(webhook, served, "acknowledged", key)
            assert again.json() == {"status": "done", "text": "was carried out already"}
            to = [{"id": "PBOB", "type": "user_reference"}]
            assert (await asyncio.to_thread(webhook, served, "reassigned", key, assignees=to)).json()[
                "status"
            ] == "done"
            assert served.rows("incidents")[0]["state"] == "ASSIGNED"
            assert "ASSIGNED: to bob" in served.run("explain", f"incident/{served.rows('incidents')[0]['id']}")
            assert (await asyncio.to_thread(webhook, served, "resolved", key)).json()["status"] == "done"
            await until(lambda: [row for row in served.rows("notifications") if row["status"] == "NOT_OWED"])
            await asyncio.to_thread(served.run, "notify", "test", "pager")  # nothing is on its way before it
            other = await asyncio.to_thread(webhook, served, "resolved", "somebody else's", id="E9")
            assert other.json()["status"] == "ignored"
            assert [(one["actor"], one["action"]) for one in served.rows("audit")] == [
                ("ann", "acknowledge"), ("ann", "assign"), ("ann", "resolve"),
            ]  # fmt: skip
            sent = [one["event_action"] for one in pager.log]
            assert sent == ["trigger", "trigger"], "what was resolved there is not resolved there again"
            row = next(row for row in served.rows("notifications") if row["status"] == "NOT_OWED")
            assert row["reason"] == "it was resolved in pager"
            assert row["resolved"]
        finally:
            assert await asyncio.to_thread(served.stop) == 0


async def test_a_link_in_a_mail_asks_first_and_works_once(tmp_path: Path) -> None:
    files(tmp_path)
    async with MailServer() as box:
        config = f"""
notify:
  callbacks: "http://noc.example"
  receivers:
    - name: mail
      kind: email
      smtp: "127.0.0.1:{box.port}"
      to: [ann@example.org]
      secret_file: {tmp_path}/secret
      people: {{ann@example.org: ann}}
  routes: [{{to: [mail], group_wait: 0s, group_interval: 1s}}]
"""
        served = Served(tmp_path, config)
        await asyncio.to_thread(served.start)
        try:
            with served.http() as http:
                await asyncio.to_thread(http.post, "/events", json=firing("a1"))
                mail = await until(lambda: box.got[0][1] if box.got else None)
                text = mail.get_body(("plain",)).get_content()
                found = re.search(r"Acknowledge: http://noc\.example(/act/\S+)", text)
                assert found is not None
                path = found[1]
                page = await asyncio.to_thread(http.get, path)
                assert page.status_code == 200
                assert '<form method="post">' in page.text
                assert page.headers["cache-control"] == "no-store"
                assert served.rows("audit") == []  # a scanner that opens links does nothing
                done = await asyncio.to_thread(http.post, path)
                assert "Done" in done.text
                twice = await asyncio.to_thread(http.post, path)
                assert "already" in twice.text
                assert [(one["actor"], one["action"]) for one in served.rows("audit")] == [("ann", "acknowledge")]
                body, _, mark = path.rpartition(".")
                forged = f"{body}.{'0' * len(mark)}"
                assert (await asyncio.to_thread(http.post, forged)).status_code == 404
                assert (await asyncio.to_thread(http.get, "/act/nonsense")).status_code == 404
        finally:
            assert await asyncio.to_thread(served.stop) == 0


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"{" * 5000, b'{"event": {"id": 1}}', b'{"event": {}}'])
async def test_nonsense_that_is_signed_is_refused(body: bytes) -> None:
    from engine.respond.callbacks import pagerduty, slack
    from engine.respond.callbacks.wanted import Unwanted

    for read in (pagerduty.changed, slack.clicked):
        with pytest.raises(Unwanted):
            read(body)
