"""The Python client: events in, lists, feed and commands, against a server."""

from pathlib import Path

import pytest

from engine.client import Client, Refused
from tests.service.served import Served, event, firing


def test_events_in_rows_out_and_a_command_between(shared: Served) -> None:
    with Client(shared.base) as noc:
        answer = noc.send([firing("c1"), firing("c1"), {"id": 3}, *(event(f"e{n}") for n in range(600)), {"id": 4}])
        assert (answer.accepted, answer.duplicates) == (601, 1)
        assert [one.index for one in answer.rejected] == [2, 603]
        assert noc.send([{}]).rejected[0].index == 0, "all refused is an answer too"
        (alert,) = noc.rows("alerts", where="severity>=high", page=1)
        outcome = noc.act("acknowledge", f"alert/{alert['id']}", note="on my way")
        assert outcome.ok, outcome.text
        assert not noc.act("acknowledge", "alert/none").ok
        assert len(list(noc.rows("assignments", page=1))) == 1
        with pytest.raises(Refused, match="`where`") as refused:
            next(noc.rows("alerts", where="no_such_field=1"))
        assert refused.value.status == 400
        with pytest.raises(ValueError, match="no address"):
            Client("ftp://x")
    done = next(row for row in shared.rows("audit") if row["target"] == f"alert/{alert['id']}")
    assert (done["action"], done["detail"]["note"]) == ("acknowledge", "on my way")


def test_the_feed_goes_on_after_the_server_was_gone(tmp_path: Path) -> None:
    with Served(tmp_path) as served:
        served.listen = served.base.removeprefix("http://")
        with Client(served.base) as noc:
            noc.send([firing("a", "ONE")])
            feed = noc.feed(start=1, types=["alert_created"])
            assert next(feed).data["alert_type"] == "ONE"
            served.stop()
            served.start()
            noc.send([firing("b", "TWO", entity="device/D2")])
            assert next(feed).data["alert_type"] == "TWO"
            feed.close()  # type: ignore[attr-defined]


def test_who_may_not_is_told_so(tmp_path: Path) -> None:
    with Served(tmp_path) as served:
        viewer = served.token("viewer")
        with Client(served.base, token=viewer) as noc:
            assert list(noc.rows("alerts")) == []
            with pytest.raises(Refused, match="ingest") as refused:
                noc.send([event("x")])
            assert refused.value.status == 403
            assert "only looks on" in noc.act("acknowledge", "alert/x").text
        with Client(served.base, token="noc_wrong") as noc, pytest.raises(Refused) as unknown:
            noc.act("acknowledge", "alert/x")
        assert unknown.value.status == 401
