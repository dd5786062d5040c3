"""A model may propose what a question means that the rules cannot read; it decides nothing."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from engine import clock
from engine.ask import proposing
from engine.ask.proposing import Proposer, language, strangers
from engine.settings import load
from engine.settings.ask import AskSettings
from noc_tui.cli import main
from tests.engine.predict.desk import play
from tests.support.ask_scores import NOW, WORLD
from tests.support.recordings import Script, at

SETTINGS = AskSettings("http://127.0.0.1:1/v1", "small-1")
ODD = "where do the guards doze off"


def answering(text: str, calls: list[Any] | None = None) -> proposing.Post:
    def post(target: str, headers: dict[str, str], body: bytes, seconds: float) -> bytes:
        if calls is not None:
            calls.append((target, headers, json.loads(body), seconds))
        return json.dumps({"choices": [{"message": {"content": text}}]}).encode()

    return post


def test_it_is_told_the_language_the_time_and_the_question_and_nothing_else() -> None:
    calls: list[Any] = []
    Proposer(SETTINGS, answering("none", calls)).propose(ODD, NOW)
    ((target, headers, body, seconds),) = calls
    assert target == "http://127.0.0.1:1/v1/chat/completions"
    assert (headers, seconds) == ({"content-type": "application/json"}, 8.0)
    assert body["messages"][0] == {"role": "system", "content": language()}
    assert body["messages"][1]["content"].splitlines()[1:] == [f"Question: {ODD}"]
    assert not any(
        name.told in language() for names in WORLD.by_text.values() for name in names if name.field == "site"
    )


def test_nobody_is_asked_without_an_endpoint() -> None:
    calls: list[Any] = []
    assert Proposer(AskSettings(), answering("alerts site:S1", calls)).propose(ODD, NOW) is None
    assert calls == []


def test_the_token_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret\n")
    calls: list[Any] = []
    settings = AskSettings("https://models.example/v1/", "big", str(tmp_path / "token"))
    Proposer(settings, answering("none", calls)).propose(ODD, NOW)
    assert calls[0][1]["authorization"] == "Bearer secret"


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("alerts site:S1 limit:5", "alerts site:S1 limit:5"),
        ("```\nalerts site:S1 limit:5\n```", "alerts site:S1 limit:5"),
        ("none", None),
        ("DROP TABLE alerts", None),
        ("", None),
    ],
)
def test_only_a_line_of_the_language_is_taken(said: str, line: str | None) -> None:
    assert Proposer(SETTINGS, answering(said)).propose(ODD, NOW) == line


def test_an_endpoint_that_fails_is_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    time = 100.0

    def broken(target: str, headers: dict[str, str], body: bytes, seconds: float) -> bytes:
        calls.append(target)
        raise ConnectionError("gone")

    monkeypatch.setattr(clock, "monotonic", lambda: time)
    proposer = Proposer(SETTINGS, broken)
    assert [proposer.propose(ODD, NOW) for _ in range(3)] == [None] * 3
    assert len(calls) == 1
    time += proposing.PAUSE
    proposer.propose(ODD, NOW)
    assert len(calls) == 2


@pytest.mark.parametrize(
    "answer", [b"", b"null", b"[]", b'{"choices": []}', b"\xff", b'{"choices":[{"message":null}]}']
)
def test_what_is_no_answer_of_such_an_endpoint_is_done_without(answer: bytes) -> None:
    assert Proposer(SETTINGS, lambda *_: answer).propose(ODD, NOW) is None


def test_names_that_nobody_knows_are_strangers() -> None:
    assert strangers('site:S1 severity>=HIGH message~"site:XX"', WORLD) == []
    assert strangers("site:S1,Nowhere", WORLD) == ["Nowhere"]
    assert strangers("entity:person/P999999", WORLD) == ["person/P999999"]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("proposing")
    script = Script()
    for site in ("S1", "S2"):
        script.add("site.upserted", at(0), {"id": site, "client": "C1"})
        script.add(
            "alert.firing", at(1), {"alert_type": "Idle", "severity": "HIGH", "site": site, "entity": f"host/{site}"}
        )
    url = f"sqlite:///{path}/noc.db"
    play(url, script.lines, path / "a.jsonl")
    return url


Ask = Callable[..., dict[str, Any]]


class Endpoint(HTTPServer):
    """Answers everything with one line, and counts."""

    def __init__(self, says: str) -> None:
        self.calls, self.body = 0, json.dumps({"choices": [{"message": {"content": says}}]}).encode()
        super().__init__(("127.0.0.1", 0), Answering)


class Answering(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Endpoint)
        self.server.calls += 1
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def ask(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    def asked(says: str, code: int = 0, question: str = ODD) -> dict[str, Any]:
        with Endpoint(says) as endpoint:
            threading.Thread(target=endpoint.serve_forever, args=(0.01,), daemon=True).start()
            config = tmp_path / "noc.yaml"
            config.write_text(f"ask: {{endpoint: 'http://127.0.0.1:{endpoint.server_port}/v1', model: small-1}}\n")
            assert main(["ask", question, "--json", "--db", url, "--config", str(config)]) == code
            endpoint.shutdown()
            document: dict[str, Any] = json.loads(capsys.readouterr().out)
            return {**document, "calls": endpoint.calls}

    return asked


def test_the_answer_is_that_of_the_proposal_and_says_whose_it_is(ask: Ask) -> None:
    found = ask("alerts alert_type:Idle site:S2 limit:10")
    assert (found["understood"], found["proposed_by"], found["calls"]) == (True, "small-1", 1)
    assert [row["site"] for row in found["rows"]] == ["S2"]
    assert "alert_type:Idle site:S2" in found["interpretation"]


@pytest.mark.parametrize("says", ["none", "alerts site:S99", "alerts nothing:such", "metrics metric:made_up x:y"])
def test_a_proposal_that_is_not_sound_leaves_the_refusal_of_the_rules(ask: Ask, says: str) -> None:
    found = ask(says, code=1)
    assert (found["understood"], found["rows"], found["calls"]) == (False, [], 1)
    assert "proposed_by" not in found


@pytest.mark.parametrize("question", ["delete all alerts", "alerts today", "<script>alert(1)</script> doze"])
def test_the_model_is_not_asked_what_the_rules_can_answer_or_refuse(ask: Ask, question: str) -> None:
    code = 0 if question == "alerts today" else 1
    assert ask("alerts site:S2", code, question)["calls"] == 0


def test_an_endpoint_needs_an_address_and_a_model(tmp_path: Path) -> None:
    config = tmp_path / "noc.yaml"
    config.write_text("ask: {endpoint: 'ftp://x'}\n")
    with pytest.raises(Exception, match="no web address") as told:
        load(config)
    assert "name of a model" in str(told.value)
