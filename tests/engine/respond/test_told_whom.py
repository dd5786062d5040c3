"""Why somebody was told of an alert and somebody else was not, as `noc explain` says it."""

from pathlib import Path

from data.opening import open_reader, open_store
from engine.explain import explain
from engine.respond.contacts import LIVE
from engine.runtime import Engine
from engine.settings import Config
from engine.settings.notify import Notify, Receiver, Route
from tests.engine.respond.test_digests import take
from tests.engine.respond.test_dispatch import ALERTS
from tests.support.recordings import Script, at

RECEIVERS = (Receiver("desk", "webhook", "http://127.0.0.1/"), Receiver("boss", "webhook", "http://127.0.0.1/"))
ROUTES = (Route(to=("desk",)), Route(to=("boss",), match="severity=critical", group_wait=0))
CONFIG = Config(notify=Notify(receivers=RECEIVERS, routes=ROUTES), alerts=ALERTS)


async def test_an_alert_tells_who_heard_of_it_and_why_others_did_not(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/noc.db"
    script = Script()
    engine = Engine(await open_store(url, "test"), CONFIG, contacts=LIVE)
    await engine.recover()
    script.fire(at(0), "FIRST", "HIGH", entity="device/D1")
    script.tick(at(1))
    script.fire(at(2), "SHORT", "LOW", entity="device/D2")
    script.clear(at(2, 1), "SHORT", "LOW", entity="device/D2")
    script.tick(at(3))
    await take(engine, script)
    ids = {alert.alert_type: alert.id for alert in engine.pipeline.partitions["default"].alerts.by_number.values()}
    await engine.close()
    reader = open_reader(url)
    first, short = (" ".join(explain(reader, f"alert/{ids[name]}", CONFIG).because) for name in ("FIRST", "SHORT"))
    reader.close()
    assert "desk is told of it by notification/N-" in first
    assert ": PENDING" in first
    assert "boss was not told by the route `boss: severity=critical by incident`: it does not match" in first
    assert "desk was not told of it by the route `desk: all by incident`: it was over before anybody was told" in short
