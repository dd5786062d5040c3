"""Attached consoles travel in time too: each with a machine of its own, a few at once, seeing no more than they may."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from data import times
from engine.attach import frames
from engine.attach.frames import Asked
from engine.attach.remote import Remote
from engine.server.travelling import MOST
from tests.service.served import Served, firing
from tests.service.test_console import carried_out, tell, until

DAY_BEFORE = times.parse("2026-01-05T08:00:00Z")


def alert(number: int, **data: Any) -> dict[str, Any]:
    """One a minute, each at a site of its own."""
    event = firing(f"a{number}", f"T{number}", "CRITICAL", entity=f"host/{number}", site=f"S{number}", **data)
    return {**event, "time": times.text(DAY_BEFORE + number * times.MINUTE)}


@pytest.fixture
def remote(served: Served) -> Iterator[Remote]:
    link = Remote(served.base, user="kim")
    link.start()
    yield link
    link.close()


def test_the_board_of_a_moment_is_shown_beside_that_of_now(served: Served, remote: Remote) -> None:
    tell(served, *(alert(number) for number in range(6)))
    live = remote.watch_board()
    assert until(lambda: live.page is not None and len(live.page.rows) == 6)
    past = remote.past()
    try:
        board, journey = past.watch_board(), past.watch_journey()
        past.travel(at=DAY_BEFORE + 2 * times.MINUTE)
        until(lambda: board.page is not None and board.page.rows)
        assert {row.sites for row in board.page.rows} == {("S0",), ("S1",), ("S2",)}
        assert journey.page.at == DAY_BEFORE + 2 * times.MINUTE
        past.travel(by=2 * times.MINUTE)
        assert until(lambda: len(board.page.rows) == 5)
        past.travel(by=-3 * times.MINUTE)
        assert until(lambda: len(board.page.rows) == 2)
        refused = carried_out(past, "acknowledge", board.page.rows[0].ref)
        assert not refused.ok
        assert len(live.page.rows) == 6
        tell(served, alert(7))
        assert until(lambda: len(live.page.rows) == 7)
        assert until(lambda: journey.page.ends >= DAY_BEFORE + 7 * times.MINUTE)
        assert len(board.page.rows) == 2
    finally:
        past.close()


def test_more_than_a_few_are_told_to_wait(served: Served, remote: Remote) -> None:
    tell(served, alert(1))
    travellers = [remote.past() for _ in range(MOST)]
    try:
        for one in travellers:
            journey = one.watch_journey()
            until(lambda journey=journey: journey.page is not None)
        late = remote.past()
        watch = late.watch_journey()
        assert "try again later" in str(until(lambda: watch.error))
        late.close()
        travellers.pop().close()
        assert until(lambda: _lets_in(remote, travellers))
    finally:
        for one in travellers:
            one.close()


def _lets_in(remote: Remote, travellers: list[Remote]) -> bool:
    again = remote.past()
    travellers.append(again)
    journey = again.watch_journey()
    until(lambda: journey.page is not None or journey.error)
    return journey.page is not None


def test_a_token_of_some_clients_stays_in_the_present(served: Served) -> None:
    tell(served, alert(1))
    token = served.token("operator", "--client", "C1")
    link = Remote(served.base, token=token)
    link.start()
    try:
        past = link.past()
        watch = past.watch_journey()
        assert "only some of its clients" in str(until(lambda: watch.error))
        assert "only some of its clients" in str(past.watch_health().error)  # asked for when it is over
        past.close()
    finally:
        link.close()


def test_nonsense_ends_the_connection_not_the_server(served: Served) -> None:
    tell(served, alert(1))
    with served.socket("/ws/console?past=1", frames.PROTOCOL) as line:
        body, _ = frames.packed(Asked("travel", 1, args={"at": "noon"}))
        line.send(body.decode())
        with pytest.raises(ConnectionClosed, match="`at` is a number"):
            list(line)
    with served.http() as http:
        assert http.get("/healthz").status_code == 200


def test_personal_data_is_masked_in_the_past_too(served: Served, tmp_path: Path) -> None:
    assert tmp_path
    person = {**firing("p", "x"), "type": "noc.person.upserted", "time": times.text(DAY_BEFORE),
              "data": {"id": "P1", "name": "Anna Quist", "site": "S1"}}  # fmt: skip
    tell(served, person, alert(1, message="Anna Quist did not answer"), alert(2))
    link = Remote(served.base, token=served.token("viewer"))
    link.start()
    try:
        past = link.past()
        feed = past.watch_feed()
        past.travel(at=DAY_BEFORE + times.MINUTE)
        texts = [row.text for row in until(lambda: feed.page is not None and feed.page.rows)]
        assert texts
        assert not any("Quist" in text for text in texts)
        past.close()
    finally:
        link.close()
