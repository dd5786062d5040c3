"""The whole console on a terminal, attached to an engine elsewhere."""

from pathlib import Path

from tests.service.served import NOC, Served, event, firing
from tests.support.pty_session import PtySession


def opened(served: Served, *words: str, token: str = "") -> PtySession:
    environ = {"HOME": str(served.folder), "NOC_TOKEN": token, "TERM": "xterm-256color"}
    return PtySession([*NOC, "--connect", served.base, *words], environ=environ)


def test_shows_what_happens_elsewhere_and_acts_there(tmp_path: Path) -> None:
    with Served(tmp_path) as served:
        with served.http() as http:
            http.post("/events", json=firing("a", "LINK_DOWN", entity="host/a", site="S7"))
        with opened(served) as console:
            console.wait_for("LINK_DOWN", 60)
            with served.http() as http:
                http.post("/events", json=firing("b", "FIRE_ALARM", entity="host/b", site="S8"))
            console.wait_for("FIRE_ALARM", 60)
            console.send("a")  # acknowledges what the cursor is on
            console.wait_until(
                lambda: bool([row for row in served.rows("audit") if row["action"] == "acknowledge"]), 60
            )
            console.send("q")
            assert console.exit_code(20) == 0


def test_goes_on_showing_and_says_how_old_it_is_while_the_line_is_away(tmp_path: Path) -> None:
    served = Served(tmp_path).start()
    with served.http() as http:
        http.post("/events", json=firing("a", "LINK_DOWN", entity="host/a", site="S7"))
    with opened(served) as console:
        console.wait_for("LINK_DOWN", 60)
        assert served.stop() == 0
        console.wait_for("stale", 60)
        assert console.shows("LINK_DOWN")
        console.send("q")
        assert console.exit_code(20) == 0


def test_a_token_that_is_none_leaves_with_words(tmp_path: Path) -> None:
    with Served(tmp_path) as served:
        token = served.token("viewer")
        with opened(served, token="noc_wrong") as console:
            assert console.exit_code(60) == 3
            assert b"token" in console.output
        with served.http(served.token("source")) as http:
            http.post("/events", json=event("x"))
        with opened(served, token=token) as console:
            console.wait_for("Feed", 60)
            console.send("q")
            assert console.exit_code(20) == 0
