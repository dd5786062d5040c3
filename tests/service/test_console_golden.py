"""Frames of `noc.console.v1` as the first version of the protocol wrote them: whoever speaks it stays understood."""

from typing import Any

import msgspec

from engine.attach import frames
from engine.attach.deltas import applied, delta
from engine.attach.frames import Asked, Told
from engine.views import Health
from tests.service.served import Served, firing

WATCH = '{"do":"watch","id":1,"what":"board","args":{"where":"severity>=high","limit":50,"order":"priority"}}'
ACT = '{"do":"act","id":2,"key":"k1","action":"acknowledge","target":"%s","note":"on my way","params":{}}'
CLOSE = '{"do":"close","id":1}'
HELLO = '{"hello":{"actor":"kim","role":"operator","tenant":"default","read_only":false,"version":"0.1.0"}}'
OUTCOME = '{"done":2,"outcome":{"ok":true,"text":"acknowledged","target":"alert/A1","undo":"u1","results":[]}}'
# The health page before it told who else is attached.
HEALTH = (
    '{"page":3,"whole":{"revision":4,"state":"live","watermark":5,"partition":"default","events":9,"rejected":0,'
    '"duplicates":0,"late":0,"rate":1.5,"history":[1,2],"commit_ms":2.5,"lag_ms":0.0,"open_alerts":1,"open_items":1,'
    '"by_severity":[0,0,0,1,0],"sources":[],"database":"noc.db","speed":1.0,"note":""}}'
)
LATER = '{"page":1,"delta":{"revision":7},"of_tomorrow":{"x":1}}'


def test_old_messages_are_read_as_they_were_meant() -> None:
    assert frames.asked(WATCH) == Asked(
        "watch", 1, what="board", args={"where": "severity>=high", "limit": 50, "order": "priority"}
    )
    assert frames.asked(ACT % "alert/A1").target == "alert/A1"
    assert frames.asked(CLOSE) == Asked("close", 1)
    hello = frames.told(HELLO).hello
    assert hello is not None
    assert (hello.actor, hello.role, hello.read_only) == ("kim", "operator", False)
    outcome = frames.told(OUTCOME).outcome
    assert outcome is not None
    assert (outcome.ok, outcome.undo) == (True, "u1")


def test_what_a_later_version_adds_is_passed_over() -> None:
    assert frames.told(LATER) == Told(page=1, delta={"revision": 7})


def test_an_old_server_tells_a_new_console_nothing_of_others() -> None:
    page = msgspec.convert(frames.told(HEALTH).whole, Health)
    assert (page.state, page.open_alerts, page.here) == ("live", 1, ())


def test_an_old_console_follows_a_new_server_past_what_it_does_not_know() -> None:
    known: Any = [
        (field.name, field.type) for field in msgspec.structs.fields(Health) if field.name != "here"
    ]  # as it was declared then
    old = msgspec.defstruct("OldHealth", known, frozen=True)
    now = msgspec.convert(frames.told(HEALTH).whole, Health)
    later = msgspec.structs.replace(now, revision=5, rate=2.0, here=("ann", "bob (viewer)"))
    change = msgspec.json.decode(msgspec.json.encode(delta(now, later)))
    assert change["here"] == ["ann", "bob (viewer)"]
    shown: Any = applied(msgspec.convert(msgspec.to_builtins(later), old), change)
    assert (shown.revision, shown.rate) == (5, 2.0)
    assert not hasattr(shown, "here")


def test_a_server_answers_an_old_console(served: Served) -> None:
    with served.http() as http:
        http.post("/events", json=firing("g1"))
    with served.socket("/ws/console", "noc.console.v1") as console:
        console.send('{"do":"of_tomorrow","id":9}')
        console.send(WATCH)
        found = frames.told(console.recv(timeout=20))
        assert found.hello is not None
        while not (found.page == 1 and found.whole is not None and found.whole["rows"]):
            found = frames.told(console.recv(timeout=20))
        target = str(found.whole["rows"][0]["ref"])
        console.send(ACT % target)
        console.send(ACT % target)
        outcomes = []
        while len(outcomes) < 2:
            told = frames.told(console.recv(timeout=20))
            outcomes += [told.outcome] if told.done == 2 else []
    assert outcomes[0] is not None
    assert outcomes[0].ok
    assert outcomes[0] == outcomes[1], "the same key is the same command"
    assert msgspec.json.encode(Asked("close", 1)).decode() == CLOSE
