"""Who may what: tokens, roles, tenants, clients, what is masked, origins, and who has to wait."""

import time
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from data.records.entity import Entity
from engine.access.caller import RIGHTS
from engine.access.lockout import Lockout
from engine.access.masking import Mask
from engine.attach import frames
from tests.service.served import Served, event, firing, frame, reply

BATCH = {"content-type": "application/cloudevents-batch+json"}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server with one token of each role, a person, and something that happened to him."""
    with Served(tmp_path_factory.mktemp("guarded"), "server: {lock_after: 500}\n") as served:
        tokens = {role: served.token(role) for role in RIGHTS}
        tokens["pii"] = served.token("viewer", "--pii")
        tokens["acme"] = served.token("viewer", "--tenant", "acme")
        tokens["acme source"] = served.token("source", "--tenant", "acme")
        tokens["client"] = served.token("operator", "--client", "C1")
        with served.http(tokens["source"]) as http:
            person = {"id": "P7", "name": "Ada Lovelace", "phone": "+44 20 7946 0958", "email": "ada@engine.example",
                      "site": "S1"}  # fmt: skip
            events = [
                event("c1", "noc.site.upserted", {"id": "S1", "client": "C1", "lat": 51.5, "lon": -0.1}),
                event("c2", "noc.site.upserted", {"id": "S2", "client": "C2"}),
                event("p", "noc.person.upserted", person),
                firing("a1", "PANIC", entity="person/P7", site="S1", message="Ada Lovelace at 51.5007, -0.1246 calls"),
                firing("a2", "FIRE", entity="host/b", site="S2", message="mail ada@engine.example or +44 20 7946 0958"),
                {**firing("a3", "SMOKE", entity="host/c", site="S9"), "tenant": "acme"},
            ]
            assert http.post("/events", json=events, headers=BATCH).json()["accepted"] == len(events)
        yield served, tokens


def status(served: Served, token: str | None, method: str, path: str) -> int:
    with served.http(token) as http:
        if method == "WS":
            try:
                with served.socket(path, "noc.ingest.v1" if "ingest" in path else frames.PROTOCOL, token):
                    return 101
            except InvalidStatus as refused:
                return refused.response.status_code
        body = {"json": []} if method == "POST" else {}
        return http.request(method, path, headers=BATCH if method == "POST" else {}, **body).status_code


DOORS = [
    ("POST", "/events", "ingest", 200), ("POST", "/api/v2/alerts", "ingest", 200), ("WS", "/ws/ingest", "ingest", 101),
    ("GET", "/api/v1/storage", "manage", 200),
    ("GET", "/api/v1/alerts", "read", 200), ("GET", "/api/v1/fraud/live", "read", 200), ("WS", "/ws/feed", "read", 101),
    ("WS", "/ws/console", "read", 101),
]  # fmt: skip


@pytest.mark.parametrize("door", DOORS, ids=lambda door: f"{door[0]} {door[1]}")
def test_every_role_at_every_door(guarded: Any, door: tuple[str, str, str, int]) -> None:
    served, tokens = guarded
    method, path, right, good = door
    for role, rights in RIGHTS.items():
        assert status(served, tokens[role], method, path) == (good if right in rights else 403), role
    assert status(served, None, method, path) == 401
    assert status(served, "noc_wrong", method, path) == 401


def test_health_needs_no_token_and_metrics_any(guarded: Any) -> None:
    served, tokens = guarded
    with served.http() as http:
        assert http.get("/healthz").status_code == 200
        assert http.get("/readyz").status_code == 200
        assert http.get("/metrics").status_code == 401
        assert http.get("/openapi.json").status_code == 401
    with served.http(tokens["viewer"]) as http:
        assert http.get("/metrics").status_code == 200


def test_a_token_in_the_address_is_none(guarded: Any) -> None:
    served, tokens = guarded
    with served.http() as http:
        assert http.get("/api/v1/alerts", params={"token": tokens["admin"]}).status_code == 401
        basic = {"authorization": f"Basic {tokens['admin']}"}
        assert http.get("/api/v1/alerts", headers=basic).status_code == 401


def test_pagerdutys_routing_key_is_the_token(guarded: Any) -> None:
    served, tokens = guarded
    body = {"event_action": "trigger", "payload": {"summary": "x", "source": "h", "severity": "info"}}
    with served.http() as http:
        assert http.post("/v2/enqueue", json={**body, "routing_key": "wrong"}).status_code == 401
        assert http.post("/v2/enqueue", json={**body, "routing_key": tokens["viewer"]}).status_code == 403
        assert http.post("/v2/enqueue", json={**body, "routing_key": tokens["source"]}).status_code == 202
    assert tokens["source"] not in str(served.rows("events"))


def test_a_source_of_one_tenant_sends_nothing_to_another(guarded: Any) -> None:
    served, tokens = guarded
    own, other = {**event("own"), "tenant": "acme"}, event("other")
    with served.http(tokens["acme source"]) as http:
        answer = http.post("/events", json=[own, other], headers=BATCH).json()
        assert answer["accepted"] == 1
        assert "$.tenant" in answer["rejected"][0]["reason"]
        alert = [{"labels": {"alertname": "Pushed"}}]
        assert http.post("/api/v2/alerts", json=alert).json()["accepted"] == 1
    with served.socket("/ws/ingest", "noc.ingest.v1", tokens["acme source"]) as sender:
        sender.send(frame(1, [event("third")]).decode())
        assert reply(sender)["rejected"][0]["index"] == 0
    pushed = [row for row in served.rows("alerts") if row["alert_type"] == "Pushed"]
    assert [row["tenant"] for row in pushed] == ["acme"]


def test_a_viewer_of_one_tenant_sees_that_one(guarded: Any) -> None:
    served, tokens = guarded
    with served.http(tokens["acme"]) as http:
        rows = http.get("/api/v1/alerts").json()["rows"]
        assert {row["tenant"] for row in rows} == {"acme"}
        assert http.get("/api/v1/alerts", params={"tenant": "default"}).status_code == 403
    with pytest.raises(InvalidStatus) as refused, served.socket("/ws/feed?partition=default", None, tokens["acme"]):
        pass
    assert refused.value.response.status_code == 403


def test_who_sees_one_client_sees_and_does_nothing_of_another(guarded: Any) -> None:
    served, tokens = guarded
    with served.http(tokens["client"]) as http:
        assert {row["site"] for row in http.get("/api/v1/alerts").json()["rows"]} == {"S1"}
        whole = {row["id"]: row for row in served.rows("incidents") if row["tenant"] == "default"}
        foreign = [id for id, row in whole.items() if row["sites"] == ["S2"]]
        for id in foreign:
            assert http.get(f"/api/v1/incidents/{id}/context").status_code == 404
    with served.socket("/ws/feed?from=1", None, tokens["client"]) as feed:
        feed.recv(timeout=20)
        entries = []
        try:
            while True:
                entries.append(msgspec.json.decode(feed.recv(timeout=0.5)))
        except TimeoutError:
            pass
        assert all(entry["data"]["site"] == "S1" for entry in entries)
    other = next(row for row in served.rows("alerts") if row["alert_type"] == "FIRE")
    with served.socket("/ws/console", frames.PROTOCOL, tokens["client"]) as line:
        asked = frames.Asked("act", 5, action="acknowledge", target=f"alert/{other['id']}")
        line.send(msgspec.json.encode(asked).decode())
        while not (told := frames.told(line.recv(timeout=20))).done:
            pass
    assert told.outcome is not None
    assert not told.outcome.ok
    assert "clients" in told.outcome.text


def test_a_viewer_changes_nothing(guarded: Any) -> None:
    served, tokens = guarded
    target = "alert/" + served.rows("alerts")[0]["id"]
    with served.socket("/ws/console", frames.PROTOCOL, tokens["viewer"]) as line:
        line.send(msgspec.json.encode(frames.Asked("act", 1, action="acknowledge", target=target)).decode())
        hello = frames.told(line.recv(timeout=20)).hello
        told = frames.told(line.recv(timeout=20))
    assert hello is not None
    assert hello.read_only
    assert told.outcome is not None
    assert not told.outcome.ok


SECRETS = ("Ada", "Lovelace", "7946", "ada@", "51.5", "-0.1246")


def _everything(served: Served, token: str) -> str:
    """All that can be read with this token, as one text."""
    found = []
    with served.http(token) as http:
        paths = http.get("/openapi.json").json()["paths"]
        incident = next(row["id"] for row in served.rows("incidents") if row["tenant"] == "default")
        for path, methods in paths.items():
            if "get" in methods and path != "/openapi.json":
                url = path.replace("{person}", "P7").replace("{site}", "S1").replace("{id}", incident)
                found.append(http.get(url, params={"tenant": "default"} if "api" in path else {}).text)
    with served.socket("/ws/feed?from=1&partition=default", None, token) as feed:
        try:
            while True:
                found.append(str(feed.recv(timeout=0.5)))
        except TimeoutError:
            pass
    found += _pages(served, token)
    return "\n".join(found)


def _pages(served: Served, token: str) -> list[str]:
    with served.socket("/ws/console?tenant=default", frames.PROTOCOL, token) as line:
        target = next(row["id"] for row in served.rows("incidents") if row["sites"] == ["S1"])
        for id, (what, args) in enumerate(
            [("feed", {}), ("board", {}), ("item", {"ref": f"incident/{target}"}), ("heat", {}), ("health", {})], 1
        ):
            asked = frames.Asked("watch", id, what=what, args=args)
            line.send(msgspec.json.encode(asked).decode())
        found: dict[int, str] = {}
        while len(found) < 5:
            told = frames.told(line.recv(timeout=20))
            if told.page:
                found[told.page] = str(told.whole)
    return list(found.values())


def test_what_is_personal_is_nowhere_without_the_capability(guarded: Any) -> None:
    served, tokens = guarded
    masked = _everything(served, tokens["viewer"])
    assert "PANIC" in masked
    assert "P7" in masked
    for secret in SECRETS:
        assert secret not in masked, secret
    whole = _everything(served, tokens["pii"])
    for secret in ("Ada Lovelace", "7946", "ada@", "51.5007"):
        assert secret in whole, secret


def test_pages_of_others_in_a_browser_may_not_connect(guarded: Any) -> None:
    served, tokens = guarded
    evil = {"origin": "https://evil.example"}
    with served.http(tokens["admin"]) as http:
        assert http.post("/events", json=[], headers={**BATCH, **evil}).status_code == 403
        assert http.get("/api/v1/alerts", headers=evil).status_code == 403
        assert http.get("/api/v1/alerts", headers={"origin": served.base}).status_code == 200
    with pytest.raises(InvalidStatus) as refused, served.socket("/ws/feed", None, tokens["admin"], headers=evil):
        pass
    assert refused.value.response.status_code == 403


def test_without_tokens_another_name_for_this_machine_is_refused(shared: Served) -> None:
    """A page may give its own name our address; a browser then believes that we are the page's server."""
    with shared.http() as http:
        assert http.get("/api/v1/alerts", headers={"host": "evil.example"}).status_code == 403
        assert http.get("/api/v1/alerts", headers={"host": "localhost:80"}).status_code == 200


def test_a_revoked_token_ends_at_once_also_where_it_is_connected(served: Served) -> None:
    token = served.token("source", "--name", "gate")
    id = msgspec.json.decode(served.run("token", "list", "--json"))[0]["id"]
    with served.socket("/ws/ingest", "noc.ingest.v1", token) as sender:
        sender.send(frame(1, [event("before")]).decode())
        assert reply(sender)["accepted"] == 1
        served.run("token", "revoke", id)
        sender.send(frame(2, [event("after")]).decode())
        with pytest.raises(ConnectionClosed) as closed:
            sender.recv(timeout=20)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008
    assert "after" not in {row["id"] for row in served.rows("events")}
    with served.http(token) as http:
        assert http.post("/events", json=[], headers=BATCH).status_code == 401
    served.run("token", "revoke", id, fails=1)
    (row,) = msgspec.json.decode(served.run("token", "list", "--json"))
    assert (row["state"], row["name"]) == ("revoked", "gate")
    audit = [one["action"] for one in served.rows("audit")]
    assert audit == ["token.create", "token.revoke"]


def test_rotation_overlaps(served: Served) -> None:
    old = served.token("viewer")
    id = msgspec.json.decode(served.run("token", "list", "--json"))[0]["id"]
    new = msgspec.json.decode(served.run("token", "rotate", id, "--overlap", "2s", "--json"))["token"]
    assert new != old
    assert status(served, new, "GET", "/api/v1/alerts") == 200
    end = time.monotonic() + 20
    while status(served, old, "GET", "/api/v1/alerts") == 200:
        assert time.monotonic() < end
        time.sleep(0.1)
    assert status(served, new, "GET", "/api/v1/alerts") == 200


def test_secrets_are_not_in_the_database_and_not_in_the_log(tmp_path: Path) -> None:
    with Served(tmp_path) as served:
        token = served.token("admin")
        with served.http(token) as http:
            http.get("/api/v1/alerts")
            http.get("/nowhere")
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert token.encode() not in path.read_bytes(), path
            assert token.removeprefix("noc_").encode() not in path.read_bytes(), path


def test_tokens_are_made_without_an_engine_too(tmp_path: Path) -> None:
    served = Served(tmp_path)
    token = served.token("viewer", "--expires", "1h")
    with served:
        assert status(served, token, "GET", "/api/v1/alerts") == 200
        assert status(served, None, "GET", "/api/v1/alerts") == 401


def test_wrong_tokens_lock_an_address_out_for_a_while(tmp_path: Path) -> None:
    with Served(tmp_path, "server: {lock_after: 3, lock_for: 2s}\n") as served:
        token = served.token("viewer")
        assert [status(served, "noc_bad", "GET", "/api/v1/alerts") for _ in range(4)] == [401, 401, 401, 429]
        with served.http(token) as http:
            locked = http.get("/api/v1/alerts")
            assert locked.status_code == 429
            assert 1 <= int(locked.headers["retry-after"]) <= 2
            end = time.monotonic() + 20
            while http.get("/api/v1/alerts").status_code == 429:
                assert time.monotonic() < end
                time.sleep(0.1)
            assert http.get("/api/v1/alerts").status_code == 200


def test_the_lockout_forgets_the_oldest_and_what_was_long_ago() -> None:
    lockout = Lockout(2, 1_000_000)
    lockout.wrong("a", 0)
    lockout.wrong("a", 2_000_000)  # too long after the first to count with it
    assert lockout.wait("a", 2_000_001) == 0
    lockout.wrong("a", 2_500_000)
    assert lockout.wait("a", 2_500_001) == 1
    lockout.right("a")
    assert lockout.wait("a", 2_500_001) == 0
    for number in range(20_000):
        lockout.wrong(f"10.0.{number}", 0)
    assert len(lockout._wrong) <= 10_000


def test_names_are_masked_wherever_they_stand() -> None:
    mask = Mask()
    mask.learn(
        Entity(f"person/P{number}", "default", 0, 0, name=name)
        for number, name in enumerate(["Ada Lovelace", "Ada", "Åsa  Öberg", "O'Brien"])
    )
    assert mask.text("ADA LOVELACE met Ada, adapted") == "P0 met P1, adapted"
    assert mask.text("åsa öberg and o'brien's dog") == "P2 and P3's dog"
    assert mask.document({"person": "P0", "person_name": "Ada Lovelace", "lat": 1.0}) == {
        "person": "P0", "person_name": "P0", "lat": None,
    }  # fmt: skip
    assert mask.document({"count": 12345678, "at": "2026-01-02T03:04:05Z"}) == {
        "count": 12345678, "at": "2026-01-02T03:04:05Z",
    }  # fmt: skip
    mask.learn([Entity("person/P0", "default", 0, 0, name="Augusta King")])
    assert mask.text("Ada Lovelace is Augusta King") == "P0 is P0"


def test_an_unguarded_client_is_answered(shared: Served) -> None:
    with httpx2.Client(base_url=shared.base) as http:
        assert http.get("/api/v1/alerts").status_code == 200
