"""Whatever comes in at the network, however slowly and however wrong: a clear answer, bounded memory, and everything
good that came meanwhile is there."""

import contextlib
import random
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from tests.service.served import Served, event, frame, reply
from tests.service.test_sources import free_port, until


@pytest.fixture
def good(shared: Served) -> Iterator[list[str]]:
    """Events that are sent before, between and after the bad ones; all of them have to be there in the end."""
    sent: list[str] = []
    yield sent
    there = {row["id"] for row in shared.rows("events")}
    assert sent
    assert set(sent) <= there, "accepted events were lost"


def send_good(served: Served, sent: list[str]) -> None:
    id = f"good/{time.monotonic_ns()}"
    with served.http() as http:
        assert http.post("/events", json=event(id)).json()["accepted"] == 1
    sent.append(id)


def raw(served: Served, *parts: bytes, shut: bool = True) -> bytes:
    """What comes back for bytes sent as they are."""
    name, _, port = served.base.removeprefix("http://").rpartition(":")
    with socket.create_connection((name, int(port)), timeout=20) as line:
        for part in parts:
            with contextlib.suppress(ConnectionError):
                line.sendall(part)
        if shut:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_WR)
        found = b""
        with contextlib.suppress(ConnectionError):
            while piece := line.recv(65536):
                found += piece
    return found


HEAD = b"POST /events HTTP/1.1\r\nHost: 127.0.0.1\r\ncontent-type: application/json\r\n"


@pytest.mark.parametrize(
    ("parts", "answer"),
    [
        ((b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",), b" 400 "),  # TLS to a plain port
        ((b"\x00" * 1000,), b" 400 "),
        ((b"GET /healthz HTTP/1.1\r\n\r\n",), b" 400 "),  # no Host
        ((b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + b"x: " + b"y" * 200_000 + b"\r\n\r\n",), b" 400 "),
        ((HEAD + b"content-length: -5\r\n\r\n",), b" 400 "),
        ((HEAD + b"content-length: 5\r\ncontent-length: 6\r\n\r\n12345",), b" 400 "),
        ((HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n",), b""),
        ((HEAD + b"content-length: 99999999999\r\n\r\n",), b" 413 "),
        ((HEAD + b"content-encoding: gzip\r\ncontent-length: 2\r\n\r\n[]",), b" 415 "),
        ((HEAD + b"authorization: a\r\nauthorization: b\r\ncontent-length: 2\r\n\r\n[]",), b" 400 "),
        ((b"DELETE /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",), b" 405 "),
        ((b"GET /../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",), b" 404 "),
        ((HEAD + b"content-length: 50\r\n\r\n[{",), b""),  # gone in the middle of the body
    ],
    ids=["tls", "zeros", "no host", "huge head", "negative", "two lengths", "bad chunk", "too much", "gzip",
         "two tokens", "method", "path", "cut off"],
)  # fmt: skip
def test_requests_that_are_none(shared: Served, good: list[str], parts: tuple[bytes, ...], answer: bytes) -> None:
    send_good(shared, good)
    assert answer in raw(shared, *parts)[:40]
    send_good(shared, good)


def test_bodies_in_single_bytes_are_taken(shared: Served, good: list[str]) -> None:
    body = msgspec.json.encode(event("good/bytes"))
    signs = [bytes((sign,)) for sign in body]
    head = HEAD + b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
    assert b'"accepted":1' in raw(shared, head, *signs, shut=False)
    good.append("good/bytes")


HANDSHAKE = (
    b"GET /ws/ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: noc.ingest.v1\r\n\r\n"
)


def after_handshake(served: Served, *frames: bytes, enough: bytes = b"never") -> bytes:
    """What comes back for frames sent as they are, once the server has agreed."""
    name, _, port = served.base.removeprefix("http://").rpartition(":")
    with socket.create_connection((name, int(port)), timeout=30) as line:
        line.sendall(HANDSHAKE)
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += line.recv(1)
        assert b" 101 " in head
        found = b""
        with contextlib.suppress(ConnectionError):
            for sent in frames:
                line.sendall(sent)
            while enough not in found and (piece := line.recv(65536)):
                found += piece
    return found


def framed(opcode: int, payload: bytes, *, mask: bool = True, fin: bool = True, rsv: int = 0) -> bytes:
    head = bytes(((0x80 if fin else 0) | rsv | opcode,))
    size = len(payload)
    bit = 0x80 if mask else 0
    head += bytes((bit | size,)) if size < 126 else bytes((bit | 126,)) + size.to_bytes(2, "big")
    return head + (b"\0\0\0\0" + payload if mask else payload)


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (framed(1, b'{"seq":1,"events":["\xff\xfe"]}'), 1007),  # not UTF-8
        (framed(1, b"{}", mask=False), 1002),
        (framed(3, b"{}"), 1002),  # an opcode that there is not
        (framed(1, b"{}", rsv=0x40), 1002),  # compressed, which was not agreed on
        (framed(0, b"{}"), 1002),  # goes on with nothing
        (framed(9, b"x" * 126), 1002),  # a ping too long
        (framed(8, b"\x03"), 1002),  # half a close code
        (b"\x81\xff" + (1 << 40).to_bytes(8, "big") + b"\0\0\0\0", 1009),
    ],
    ids=["utf8", "unmasked", "opcode", "deflate", "continuation", "ping", "close", "terabyte"],
)
def test_frames_against_the_protocol_close_with_its_code(
    shared: Served, good: list[str], frames: bytes, code: int
) -> None:
    send_good(shared, good)
    rest = after_handshake(shared, frames)
    assert rest[:1] == b"\x88", rest[:50]
    assert int.from_bytes(rest[2:4], "big") == code
    send_good(shared, good)


def test_a_message_in_many_pieces_with_pings_between_is_one(shared: Served, good: list[str]) -> None:
    body = frame(1, [event("good/pieces")])
    pieces = [framed(1, body[:10], fin=False)]
    pieces += [framed(9, b"still there") + framed(0, bytes((sign,)), fin=False) for sign in body[10:-1]]
    pieces += [framed(0, body[-1:])]
    found = after_handshake(shared, *pieces, enough=b'"ack":1')
    assert b'"ack":1' in found
    good.append("good/pieces")


@pytest.mark.parametrize("path", ["/ws/nothing", "/events", "/ws/ingest/more"])
def test_a_handshake_where_there_is_no_websocket_is_refused(shared: Served, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused, shared.socket(path, "noc.ingest.v1"):
        pass
    assert refused.value.response.status_code in (403, 404)


def test_who_never_ends_a_request_is_let_go_and_others_are_served(tmp_path: Path) -> None:
    """A head byte by byte, a body that stops, a connection that says nothing: none of them is waited for."""
    with Served(tmp_path, "server: {request_timeout: 1s}\n") as served:
        name, _, port = served.base.removeprefix("http://").rpartition(":")
        slow = [socket.create_connection((name, int(port)), timeout=40) for _ in range(30)]
        for number, line in enumerate(slow):
            line.sendall([b"", b"POST /ev", HEAD + b"content-length: 100\r\n\r\n[{"][number % 3])
        for _ in range(5):
            with served.http() as http:
                assert http.post("/events", json=event(f"e{time.monotonic_ns()}")).json()["accepted"] == 1
        answers = []
        for line in slow:
            answers.append(line.recv(4096))
            line.close()
        assert all(b" 408 " in answer for answer in answers), answers
        assert len(served.rows("events")) == 5


def test_a_half_open_sender_costs_nobody_else(shared: Served, good: list[str]) -> None:
    """Handshakes without an end, and connections that are only there."""
    name, _, port = shared.base.removeprefix("http://").rpartition(":")
    lines = [socket.create_connection((name, int(port)), timeout=20) for _ in range(200)]
    for number, line in enumerate(lines):
        line.sendall(HANDSHAKE[: 40 * (number % 8)])
    send_good(shared, good)
    for line in lines:
        line.close()
    send_good(shared, good)


def test_random_damage_to_good_frames(shared: Served, good: list[str]) -> None:
    """Bits flipped, parts cut, doubled or exchanged: what is acknowledged is there, and nothing else breaks."""
    dice = random.Random(7)
    tried = accepted = 0
    for round in range(120):
        body = bytearray(frame(round, [event(f"damaged/{round}/{n}") for n in range(3)]))
        for _ in range(dice.randint(1, 4)):
            at = dice.randrange(len(body))
            match dice.randrange(4):
                case 0:
                    body[at] ^= 1 << dice.randrange(8)
                case 1:
                    del body[at : at + dice.randint(1, 40)]
                case 2:
                    body[at:at] = body[at : at + 20]
                case _:
                    body[at:at] = bytes(dice.randrange(256) for _ in range(3))
        with shared.socket("/ws/ingest", "noc.ingest.v1") as sender:
            sender.send(bytes(body))
            accepted += _answered(sender)
        tried += 1
        if round % 10 == 0:
            send_good(shared, good)
    assert tried == 120
    assert len([row for row in shared.rows("events") if row["id"].startswith("damaged")]) <= accepted


def _answered(sender: ClientConnection) -> int:
    """Events accepted of a damaged frame; else it was closed, with a code and a reason."""
    try:
        answer = reply(sender)
    except ConnectionClosed as error:
        closed = error.rcvd
    else:
        assert answer["accepted"] + answer["duplicates"] + len(answer["rejected"]) <= 6
        return int(answer["accepted"])
    assert closed is not None
    assert closed.code == 1007
    assert closed.reason
    return 0


def test_memory_stays_bounded_under_large_bodies(served: Served) -> None:
    """A hundred bodies at the limit, one after the other, and as many beyond it."""
    assert served.process is not None

    def resident() -> int:
        return int(Path(f"/proc/{served.process.pid}/statm").read_text().split()[1]) * 4096  # type: ignore[union-attr]

    body = b'{"x":"' + b"a" * ((4 << 20) - 10) + b'"}'
    with served.http() as http:
        http.post("/events", content=body, headers={"content-type": "application/json"})
        before = resident()
        for number in range(60):
            extra = b"" if number % 2 else b"z" * 20
            answer = http.post("/events", content=body + extra, headers={"content-type": "application/json"})
            assert answer.status_code == (400 if number % 2 else 413)
        assert http.post("/events", json=event("after")).json()["accepted"] == 1
    assert resident() - before < 60 << 20


@pytest.mark.parametrize("way", ["/events", "/api/v2/alerts", "/webhooks/alertmanager", "frame"])
def test_a_million_empty_things_in_one_body_are_not_looked_at_one_by_one(served: Served, way: str) -> None:
    """Each would be refused by itself, and kept: half a minute of work and a gigabyte for four megabytes."""
    many = b"[" + b"{}," * 1_000_000 + b"{}]"
    if way == "frame":
        with served.socket("/ws/ingest", "noc.ingest.v1") as sender:
            sender.send(b'{"seq":1,"events":%s}' % many)
            with pytest.raises(ConnectionClosed) as closed:
                reply(sender)
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, "40000" in closed.value.rcvd.reason) == (1007, True)
    else:
        body = b'{"version":"4","alerts":%s}' % many if "webhooks" in way else many
        with served.http() as http:
            answer = http.post(way, content=body, headers={"content-type": "application/json"})
        assert (answer.status_code, "40000" in answer.json()["error"]) == (413, True)
    assert served.process is not None
    peak = Path(f"/proc/{served.process.pid}/status").read_text().partition("VmHWM:")[2].split()[0]
    assert int(peak) < 400_000  # KiB
    with served.http() as http:
        assert http.post("/events", json=event("after")).json()["accepted"] == 1


def test_a_sender_over_its_rate_is_told(tmp_path: Path) -> None:
    """HTTP is answered 429; a WebSocket is read more slowly, and loses nothing."""
    with Served(tmp_path, "server: {rate: 50}\n") as served:
        kind = {"content-type": "application/cloudevents-batch+json"}
        with served.http() as http:
            many = [event(f"r{number}") for number in range(1100)]
            assert http.post("/events", json=many, headers=kind).json()["accepted"] == 1100
            refused = http.post("/events", json=[event("over")], headers=kind)
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        with served.socket("/ws/ingest", "noc.ingest.v1") as sender:
            sender.send(frame(1, [event("slow")]).decode())
            assert reply(sender)["accepted"] == 1


def test_more_connections_than_are_allowed(tmp_path: Path) -> None:
    with Served(tmp_path, "server: {connections: 10}\n") as served:
        name, _, port = served.base.removeprefix("http://").rpartition(":")
        lines = [socket.create_connection((name, int(port)), timeout=20) for _ in range(12)]
        until(lambda: b" 503 " in raw(served, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nconnection: close\r\n\r\n"))
        for line in lines:
            line.close()
        until(lambda: b" 200 " in raw(served, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nconnection: close\r\n\r\n"))


def test_tls_and_client_certificates(tmp_path: Path, authority: Path) -> None:
    config = (
        f"server: {{certificate: '{authority / 'server.pem'}', key: '{authority / 'server.key'}', "
        f"client_ca: '{authority / 'ca.pem'}'}}\n"
    )
    with Served(tmp_path, config) as served:
        assert served.base.startswith("https://")
        trusted = ssl.create_default_context(cafile=str(authority / "ca.pem"))
        url = served.base.replace("https", "wss") + "/ws/ingest"
        with pytest.raises((ssl.SSLError, OSError, WebSocketException, EOFError)):
            _send_over(url, trusted)
        trusted.load_cert_chain(str(authority / "client.pem"), str(authority / "client.key"))
        assert _send_over(url, trusted)["accepted"] == 1


def _send_over(url: str, trusted: ssl.SSLContext) -> dict[str, Any]:
    with connect(url, subprotocols=["noc.ingest.v1"], ssl=trusted, compression=None, proxy=None) as sender:  # type: ignore[list-item]
        sender.send(frame(1, [event("secret")]).decode())
        return reply(sender)


def test_the_logger_of_the_system_sends_syslog(tmp_path: Path) -> None:
    if shutil.which("logger") is None:
        pytest.skip("needs logger")
    udp, tcp = free_port(socket.SOCK_DGRAM), free_port()
    config = (
        f"sources:\n- {{name: u, kind: syslog, listen: '127.0.0.1:{udp}'}}\n"
        f"- {{name: t, kind: syslog, listen: '127.0.0.1:{tcp}', transport: tcp}}\n"
    )
    with Served(tmp_path, config) as served:

        def logged() -> bool:
            for words in (
                ["-d", "-P", str(udp), "--rfc5424", "-p", "user.err", "-t", "raid", "disk 3 failed"],
                ["-d", "-P", str(udp), "--rfc3164", "-p", "user.crit", "-t", "fan", "stands still"],
                ["-T", "-P", str(tcp), "--octet-count", "--rfc5424", "-p", "user.warning", "-t", "temp", "70 degrees"],
            ):
                subprocess.run(["logger", "-n", "127.0.0.1", *words], check=False, capture_output=True)
            return len({row["alert_type"] for row in served.rows("alerts")}) == 3

        until(logged)
        rows = {row["alert_type"]: row["severity"] for row in served.rows("alerts")}
    assert rows == {"raid: disk # failed": "HIGH", "fan: stands still": "CRITICAL", "temp: # degrees": "MEDIUM"}
