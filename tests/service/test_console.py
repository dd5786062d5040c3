"""Consoles attach: whole pages once, then what changed; commands once each; a line that breaks and comes back."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed, InvalidStatus

from engine.attach import frames
from engine.attach.deltas import applied, delta
from engine.attach.frames import Asked
from engine.attach.remote import Remote
from engine.link import CannotAttach, Watch
from engine.views import FeedPage, FeedRow, Outcome
from tests.service.served import Served, firing, frame, reply


def until(check: Callable[[], Any], within: float = 20) -> Any:
    """What another thread brings about; its value."""
    end = time.monotonic() + within
    while not (found := check()):
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)
    return found


@pytest.fixture
def remote(served: Served) -> Iterator[Remote]:
    link = Remote(served.base, user="kim")
    link.start()
    yield link
    link.close()


def tell(served: Served, *events: dict[str, Any]) -> None:
    with served.socket("/ws/ingest", "noc.ingest.v1") as sender:
        sender.send(frame(1, events).decode())
        assert reply(sender)["accepted"] == len(events)


def carried_out(link: Remote, action: str, target: str, **more: Any) -> Outcome:
    came = threading.Event()
    outcomes: list[Outcome] = []

    def done(outcome: Outcome) -> None:
        outcomes.append(outcome)
        came.set()

    link.act(action, target, done, **more)
    assert came.wait(20)
    return outcomes[0]


def first_ref(board: Watch[Any]) -> str:
    return str(until(lambda: board.page is not None and board.page.rows)[0].ref)


def test_pages_come_and_follow_what_happens(served: Served, remote: Remote) -> None:
    board, feed, health = remote.watch_board(), remote.watch_feed(), remote.watch_health()
    until(lambda: board.page is not None and feed.page is not None and health.page is not None)
    assert board.page.rows == ()
    tell(served, firing("a", "LINK_DOWN", entity="host/a", site="S1"))
    (row,) = until(lambda: board.page.rows)
    assert row.sites == ("S1",)
    assert until(lambda: feed.page.rows)[0].type == "alert_created"
    assert until(lambda: health.page.open_alerts == 1)
    for number in range(30):
        tell(served, firing(f"n{number}", f"T{number}", entity=f"host/{number}", site=f"S{number}"))
    until(lambda: feed.page.last_sequence == len(served.rows("feed")))
    assert [one.sequence for one in feed.page.rows] == list(range(1, feed.page.last_sequence + 1))
    item = remote.watch_item(row.ref)
    assert until(lambda: item.page).alerts[0].alert_type == "LINK_DOWN"


def test_filters_and_their_mistakes(served: Served, remote: Remote) -> None:
    tell(served, firing("a", "ONE", "LOW", entity="host/a", site="S1"), firing("b", "TWO", entity="host/b", site="S2"))
    board = remote.watch_board("site:S2")
    assert until(lambda: board.page is not None and board.page.rows)[0].sites == ("S2",)
    wrong = remote.watch_board("severity>")
    assert until(lambda: wrong.error)


def test_a_command_is_carried_out_under_the_operators_name(served: Served, remote: Remote) -> None:
    tell(served, firing("a"))
    board = remote.watch_board()
    ref = first_ref(board)
    outcome = carried_out(remote, "acknowledge", ref, note="on it")
    assert outcome.ok, outcome
    assert until(lambda: board.page.rows[0].owner) == "kim"
    refused = carried_out(remote, "acknowledge", "incident/I-nothing")
    assert not refused.ok
    assert [row["actor"] for row in served.rows("audit")][:1] == ["kim"]


def test_a_command_that_is_sent_again_is_carried_out_once(served: Served) -> None:
    """Also over another connection, and also after a restart of the engine."""
    tell(served, firing("a"))
    with served.http() as http:
        ref = "alert/" + http.get("/api/v1/alerts").json()["rows"][0]["id"]
    asked = Asked("act", 7, key="k-1", action="comment", target=ref, note="seen")

    def send() -> dict[str, Any]:
        with served.socket("/ws/console?as=kim", frames.PROTOCOL) as line:
            line.send(msgspec.json.encode(asked).decode())
            while True:
                told = frames.told(line.recv(timeout=20))
                if told.done == 7:
                    assert told.outcome is not None
                    return {"ok": told.outcome.ok}

    assert send() == send() == {"ok": True}
    served.stop()
    served.start()
    assert send() == {"ok": True}
    assert len([row for row in served.rows("audit") if row["action"] == "comment"]) == 1


def test_each_sees_who_else_looks_at_an_item(served: Served, remote: Remote) -> None:
    tell(served, firing("a"))
    ref = first_ref(remote.watch_board())
    mine = remote.watch_item(ref)
    until(lambda: mine.page)
    other = Remote(served.base, user="lee")
    other.start()
    try:
        theirs = other.watch_item(ref)
        shown = until(lambda: theirs.page and [one for one in theirs.page.sections if one.title == "Here now"])
        assert shown[0].facts[0].label == "kim"
        here = until(lambda: [one for one in mine.page.sections if one.title == "Here now"])
        assert here[0].facts[0].label == "lee"
    finally:
        other.close()
    until(lambda: not [one for one in mine.page.sections if one.title == "Here now"])


def test_each_sees_who_is_here_and_who_only_looks_on(served: Served, remote: Remote) -> None:
    health = remote.watch_health()
    until(lambda: health.page)
    other = Remote(served.base, user="bob")
    other.start()
    try:
        until(lambda: health.page is not None and health.page.here == ("bob",))
        theirs = other.watch_health()
        until(lambda: theirs.page is not None and theirs.page.here == ("kim",))
    finally:
        other.close()
    until(lambda: health.page is not None and health.page.here == ())


def test_items_are_taken_handed_over_and_put_back_before_everybodys_eyes(tmp_path: Path) -> None:
    with Served(tmp_path) as served:
        tokens = {name: served.token(role, "--name", name) for name, role in
                  (("ann", "operator"), ("bob", "operator"), ("guest", "viewer"))}  # fmt: skip
        source = served.token("source")
        with served.socket("/ws/ingest", "noc.ingest.v1", source) as sender:
            sender.send(frame(1, [firing("a")]).decode())
            assert reply(sender)["accepted"] == 1
        ann, bob, guest = (Remote(served.base, token=token) for token in tokens.values())
        for one in (ann, bob, guest):
            one.start()
        try:
            board, health = guest.watch_board(), guest.watch_health()
            ref = first_ref(board)
            until(lambda: health.page is not None and health.page.here == ("ann", "bob"))
            assert until(lambda: guest.read_only)
            assert carried_out(ann, "take", ref).ok
            assert until(lambda: board.page.rows[0].owner) == "ann"
            assert carried_out(ann, "assign", ref, params={"assignee": "bob"}, note="my shift ends").ok
            until(lambda: board.page.rows[0].owner == "bob")
            assert carried_out(bob, "release", ref).ok
            until(lambda: not board.page.rows[0].owner)
            refused = carried_out(guest, "take", ref)
            assert not refused.ok
            assert "read-only" in refused.text
        finally:
            for one in (ann, bob, guest):
                one.close()
        done = [(row["actor"], row["action"]) for row in served.rows("audit") if row["target"] == ref]
        assert done == [("ann", "take"), ("ann", "assign"), ("bob", "release")]


def test_a_guest_who_acts_all_the_same_is_told_why_not(tmp_path: Path) -> None:
    """Its own console would not even ask; whoever writes frames by hand gets the server's word."""
    with Served(tmp_path) as served:
        token = served.token("viewer")
        with served.socket("/ws/console", frames.PROTOCOL, token) as line:
            line.send(msgspec.json.encode(Asked("act", 5, key="k", action="take", target="alert/A-1")).decode())
            while not (told := frames.told(line.recv(timeout=20))).done:
                pass
        assert told.outcome is not None
        assert not told.outcome.ok
        assert "viewer" in told.outcome.text
        assert "take" not in [row["action"] for row in served.rows("audit")]


def test_lists_and_single_things_come_over_the_line(served: Served, remote: Remote) -> None:
    tell(served, firing("sheet"))
    alerts = remote.watch_sheet("alerts", "type:DEVICE_OFFLINE")
    page = until(lambda: alerts.page if alerts.page is not None and alerts.page.rows else None)
    thing = remote.watch_dossier(page.rows[0].ref)
    full = until(lambda: thing.page)
    assert full.ref == page.rows[0].ref
    assert "DEVICE_OFFLINE" in full.title
    wrong = remote.watch_sheet("alerts", "severty:high")
    assert "severity" in until(lambda: wrong.error)
    nothing = remote.watch_sheet("nonsense")
    assert "there is no list" in until(lambda: nothing.error)
    nobody = remote.watch_dossier("alert/A-none")
    assert until(lambda: nobody.error)


def test_a_line_that_breaks_shows_its_age_and_comes_back(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{probe.getsockname()[1]}"
    served = Served(tmp_path, listen=listen).start()
    link = Remote(served.base, user="kim")
    link.start()
    try:
        tell(served, firing("a", "BEFORE", entity="host/a"))
        board, health = link.watch_board(), link.watch_health()
        until(lambda: board.page is not None and board.page.rows and health.page is not None)
        assert served.stop() == 0
        until(lambda: health.page.state == "stale")
        assert "no connection" in health.page.note
        assert len(board.page.rows) == 1  # as it was
        came = threading.Event()
        link.act("comment", board.page.rows[0].ref, lambda outcome: came.set(), note="while it was away")
        served.start()
        until(lambda: health.page.state == "live")
        assert came.wait(20)
        tell(served, firing("b", "AFTER", entity="host/b", site="S9"))
        until(lambda: len(board.page.rows) == 2)
        assert len([row for row in served.rows("audit") if row["action"] == "comment"]) == 1
    finally:
        link.close()
        served.stop()


def test_a_server_that_refuses_is_told_by_name(tmp_path: Path) -> None:
    with Served(tmp_path) as served:
        served.token("viewer")
        link = Remote(served.base, token="noc_wrong")
        link.start()
        try:
            failure = until(lambda: link.failure)
        finally:
            link.close()
    assert isinstance(failure, CannotAttach)
    assert "token" in str(failure)


@pytest.mark.parametrize(
    ("message", "code"),
    [("no json", 1007), (b"no zstd", 1007), ('{"do": "watch"}', 1007)],
    ids=["text", "binary", "id"],
)
def test_what_is_no_message_ends_the_line_with_a_reason(shared: Served, message: str | bytes, code: int) -> None:
    with shared.socket("/ws/console", frames.PROTOCOL) as line:
        line.send(message)
        assert frames.told(line.recv(timeout=20)).hello is not None
        with pytest.raises(ConnectionClosed) as closed:
            line.recv(timeout=20)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code
    assert frames.PROTOCOL in closed.value.rcvd.reason


def test_later_messages_are_skipped_and_wrong_watches_told(shared: Served) -> None:
    with shared.socket("/ws/console", frames.PROTOCOL) as line:
        for asked in (
            {"do": "levitate", "id": 1},
            {"do": "watch", "id": 2, "what": "nothing"},
            {"do": "watch", "id": 3, "what": "board", "args": {"limit": -1}},
            {"do": "close", "id": 99},
        ):
            line.send(msgspec.json.encode(asked).decode())
        told = [frames.told(line.recv(timeout=20)) for _ in range(3)]
    assert told[0].hello is not None
    assert "nothing" in str(told[1].error)
    assert "limit" in str(told[2].error)


def test_another_subprotocol_is_refused(shared: Served) -> None:
    for path in ("/ws/console", "/ws/ingest"):
        with pytest.raises(InvalidStatus) as refused, shared.socket(path, "chat.v9"):
            pass
        assert refused.value.response.status_code == 400
        assert b"noc." in (refused.value.response.body or b"")


# Golden frames: what the first version of the protocol sent and understood has to be understood for ever.

GOLDEN_ASKED = [
    b'{"do":"watch","id":1,"what":"board","args":{"where":"severity>=high","limit":500,"order":"priority"}}',
    b'{"do":"close","id":1}',
    b'{"do":"act","id":2,"key":"5f","action":"acknowledge","target":"incident/I-1","note":"on it",'
    b'"params":{"for":"1h"}}',
]
GOLDEN_TOLD = [
    b'{"hello":{"actor":"kim","role":"operator","tenant":"default","read_only":false,"version":"0.1.0"}}',
    b'{"page":1,"whole":{"revision":3,"rows":[{"sequence":1,"time":5,"type":"alert_created","severity":4,"site":"S1",'
    b'"ref":"alert/A-1","text":"DOWN"}],"matched":1,"kept":1,"last_sequence":1}}',
    b'{"page":1,"delta":{"revision":4,"rows":{"rows":[[0,1],{"row":{"sequence":2,"time":6,"type":"alert_updated",'
    b'"severity":4,"site":null,"ref":"alert/A-1","text":"UP"}}]},"last_sequence":2}}',
    b'{"page":1,"error":"unknown field"}',
    b'{"done":2,"outcome":{"ok":true,"text":"acknowledged","target":"incident/I-1","undo":"x"}}',
]


def test_golden_frames_of_the_first_version_are_understood() -> None:
    asked = [frames.asked(one.decode()) for one in GOLDEN_ASKED]
    assert [one.do for one in asked] == ["watch", "close", "act"]
    hello, whole, change, error, done = (frames.told(one.decode()) for one in GOLDEN_TOLD)
    assert hello.hello is not None
    page = msgspec.convert(whole.whole, FeedPage)
    after = applied(page, change.delta)
    assert isinstance(after, FeedPage)
    assert [row.text for row in after.rows] == ["DOWN", "UP"]
    assert error.error
    assert done.outcome is not None
    assert done.outcome.undo == "x"


rows = st.builds(
    FeedRow, st.integers(0, 20), st.integers(0, 3), st.just("t"), st.integers(1, 5), st.none() | st.just("S1"),
    st.just("r"), st.sampled_from(["a", "b"]),
)  # fmt: skip
pages = st.builds(
    FeedPage, st.integers(0, 9), st.lists(rows, max_size=12).map(tuple), st.integers(0, 5), st.integers(0, 5),
    st.integers(0, 5),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(pages, pages)
def test_a_delta_leads_from_any_page_to_any_other(old: FeedPage, new: FeedPage) -> None:
    over_the_line = msgspec.json.decode(msgspec.json.encode(delta(old, new)))
    assert applied(old, over_the_line) == new


def test_a_page_that_scrolls_costs_what_is_new() -> None:
    many = [FeedRow(number, 0, "alert_created", 3, "S1", f"alert/A-{number}", "text" * 10) for number in range(600)]
    old = FeedPage(1, tuple(many[:500]), 500, 500, 500)
    new = FeedPage(2, tuple(many[5:505]), 500, 505, 505)
    assert len(msgspec.json.encode(delta(old, new))) < len(msgspec.json.encode(new)) / 50
