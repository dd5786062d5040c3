"""A live engine and a receiver over real HTTP: what is decided arrives, signed, once, in Alertmanager's words."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from data import times
from data.opening import open_store
from data.times import SECOND
from engine import clock, runtime
from engine.runtime import Engine
from engine.settings import Config
from engine.settings.notify import Notify, Receiver, Route
from tests.support.fakes.http import Answer, Server
from tests.support.recordings import Script


@pytest.fixture(autouse=True)
def _brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wall's steps come after a moment without events instead of a second; retries at once."""
    monkeypatch.setattr(runtime, "IDLE", 0.02)
    monkeypatch.setattr("engine.respond.hub.pause.FIRST", 0.01)


def told_of(*receivers: Receiver, **route: Any) -> Config:
    wait = {"group_wait": 0, "group_interval": SECOND, **route}
    return Config(notify=Notify(receivers=receivers, routes=(Route(to=tuple(one.name for one in receivers), **wait),)))


@asynccontextmanager
async def living(url: str, config: Config) -> AsyncIterator[Engine]:
    engine = Engine(await open_store(url, "test"), config, live=True)
    await engine.recover()
    serving = asyncio.create_task(engine.run())
    try:
        yield engine
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        await engine.close()


async def fire(engine: Engine, alert: str = "DEVICE_OFFLINE", *, clear: bool = False, **data: Any) -> None:
    script = Script(prefix=f"e{engine.pipeline.seq}-")
    moment = clock.wall()
    (script.clear if clear else script.fire)(moment, alert=alert, **data)
    answer = await engine.submit(script.lines, "test")
    assert answer.accepted == 1, answer


async def settled(engine: Engine) -> None:
    """Returns when nothing waits to be delivered any more: whatever was to come has come."""
    async with asyncio.timeout(20):
        while await engine.store.notifications():  # noqa: ASYNC110  delivery is the store's and the receiver's
            await asyncio.sleep(0.005)


async def owed(engine: Engine, count: int) -> None:
    """Returns when so many messages wait."""
    async with asyncio.timeout(20):
        while len(await engine.store.notifications()) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def statuses(request: Any) -> list[tuple[str, str]]:
    return [(alert["labels"]["alertname"], alert["status"]) for alert in request.json["alerts"]]


async def test_a_problem_and_its_end_arrive_once_each_in_the_words_of_alertmanager(tmp_path: Path) -> None:
    async with Server() as server:
        config = told_of(Receiver("desk", "webhook", server.url + "/hook"))
        async with living(f"sqlite:///{tmp_path}/noc.db", config) as engine:
            await fire(engine, severity="HIGH", labels={"team": "core"})
            await server.until(1)
            await fire(engine, severity="HIGH", clear=True)
            await server.until(2)
    first, second = server.got
    assert (first.method, first.path) == ("POST", "/hook")
    body = first.json
    assert (body["version"], body["status"], body["receiver"]) == ("4", "firing", "desk")
    (alert,) = body["alerts"]
    assert alert["labels"] == {
        "alertname": "DEVICE_OFFLINE", "severity": "HIGH", "entity": "host/web-1", "site": "S1", "team": "core",
    }  # fmt: skip
    assert alert["annotations"]["summary"] == "port 4 down"
    assert alert["endsAt"] == "0001-01-01T00:00:00Z"
    assert len(alert["fingerprint"]) == 16
    (end,) = second.json["alerts"]
    assert (second.json["status"], end["status"]) == ("resolved", "resolved")
    assert end["fingerprint"] == alert["fingerprint"]
    assert end["startsAt"] == alert["startsAt"]
    assert times.parse(end["endsAt"]) > times.parse(end["startsAt"])
    assert first.headers["idempotency-key"] != second.headers["idempotency-key"]


async def test_a_receiver_that_fails_gets_beginning_and_end_in_that_order_when_it_is_back(tmp_path: Path) -> None:
    async with Server(lambda request: Answer(500)) as server:
        config = told_of(Receiver("desk", "webhook", server.url))
        async with living(f"sqlite:///{tmp_path}/noc.db", config) as engine:
            await fire(engine)
            await server.until(2)
            await fire(engine, clear=True)
            await server.until(4)
            failed = len(server.got)
            assert {tuple(statuses(one)) for one in server.got} == {(("DEVICE_OFFLINE", "firing"),)}
            assert len({one.headers["idempotency-key"] for one in server.got}) == 1
            server.behave = lambda request: Answer()
            await server.until(failed + 2)
            await settled(engine)
    told = server.got[-2:]
    assert [statuses(one)[0][1] for one in told] == ["firing", "resolved"]


async def test_what_was_owed_when_the_engine_stopped_is_delivered_by_the_next(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/noc.db"
    async with Server() as server:
        await server.down()
        config = told_of(Receiver("desk", "webhook", server.url))
        async with living(url, config) as engine:
            await fire(engine)
            await owed(engine, 1)
            await fire(engine, clear=True)
            await owed(engine, 2)
        await server.up()
        async with living(url, config) as engine:
            await server.until(2)
            await settled(engine)
    assert [statuses(one) for one in server.got] == [[("DEVICE_OFFLINE", "firing")], [("DEVICE_OFFLINE", "resolved")]]


async def test_messages_are_signed_and_carry_the_token(tmp_path: Path) -> None:
    key = base64.b64encode(b"night and day").decode()
    (tmp_path / "key").write_text(f"whsec_{key}\n")
    (tmp_path / "token").write_text("hush\n")
    async with Server() as server:
        receiver = Receiver(
            "desk", "webhook", server.url, secret_file=str(tmp_path / "key"), token_file=str(tmp_path / "token"),
            format="cloudevents",
        )  # fmt: skip
        async with living(f"sqlite:///{tmp_path}/noc.db", told_of(receiver)) as engine:
            await fire(engine)
            await server.until(1)
    (request,) = server.got
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    proof = base64.b64encode(hmac.digest(b"night and day", signed, hashlib.sha256)).decode()
    assert request.headers["webhook-signature"] == f"v1,{proof}"
    assert request.headers["authorization"] == "Bearer hush"
    assert request.json["type"] == "noc.notification.firing"
    assert request.json["id"] == request.headers["webhook-id"]
