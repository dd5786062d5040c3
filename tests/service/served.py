"""A server as a program of its own, on a free port and with a database of its own, and events to send to it."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx2
import msgspec
from websockets.sync.client import ClientConnection, connect

from data import times
from data.opening import open_reader
from engine import clock
from engine.exports import export

NOC = (sys.executable, "-m", "noc_tui.cli")
WITHIN = 20  # seconds


class Served:
    """`noc engine` on a free port. Used as a context it is ended by SIGTERM, and has to end well."""

    def __init__(self, folder: Path, config: str = "", listen: str = "127.0.0.1:0") -> None:
        self.folder = folder
        self.url = f"sqlite:///{folder / 'noc.db'}"
        self.config = folder / "config.yaml"
        self.config.write_text(config)
        self.listen = listen
        self.base = ""
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> "Served":
        words = [*NOC, "engine", "--listen", self.listen, "--db", self.url, "--config", str(self.config)]
        self.log = open(self.folder / "log", "a")  # noqa: SIM115
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=self.log, text=True, env=self._env())
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.startswith("ready http"):
            self.stop(signal.SIGKILL)
            raise AssertionError(line or (self.folder / "log").read_text())
        self.base = line.split()[1]
        return self

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        """Waits for its end and gives the exit code."""
        assert self.process is not None
        try:
            code = self.process.wait(WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.log.close()
        return code

    def __enter__(self) -> "Served":
        return self.start()

    def __exit__(self, kind: object, *_: object) -> None:
        if self.log.closed:
            return
        code = self.stop()
        if kind is None:
            assert code == 0, (self.folder / "log").read_text()

    def run(self, *words: str, fails: int = 0) -> str:
        """Another command on the same database."""
        ran = subprocess.run(
            [*NOC, *words, "--db", self.url, "--config", str(self.config)],
            capture_output=True, text=True, timeout=60, env=self._env(), check=False,
        )  # fmt: skip
        assert ran.returncode == fails, ran.stderr
        return ran.stdout

    def rows(self, kind: str) -> list[dict[str, Any]]:
        """As `noc export KIND`, which reads beside the engine."""
        reader = open_reader(self.url)
        try:
            return [msgspec.json.decode(line) for chunk in export(reader, kind) for line in chunk.body.splitlines()]
        finally:
            reader.close()

    def token(self, role: str, *words: str) -> str:
        made = msgspec.json.decode(self.run("token", "create", "--role", role, "--json", *words))
        return str(made["token"])

    def http(self, token: str | None = None, **more: Any) -> httpx2.Client:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return httpx2.Client(base_url=self.base, headers=headers, timeout=WITHIN, **more)

    @contextlib.contextmanager
    def socket(
        self, path: str, protocol: str | None = None, token: str | None = None, **more: Any
    ) -> Iterator[ClientConnection]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with connect(
            self.base.replace("http", "ws", 1) + path,
            subprotocols=[protocol] if protocol else None,  # type: ignore[list-item]
            additional_headers={**headers, **more.pop("headers", {})},
            max_size=None,
            open_timeout=WITHIN,
            compression=None,
            **more,
        ) as made:
            yield made

    def _env(self) -> dict[str, str]:
        return {**os.environ, "HOME": str(self.folder), "PYTHONWARNINGS": "error"}


def now() -> str:
    return times.text(clock.wall())


def event(id: str, type: str = "noc.phone.activity", data: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """An event of now."""
    return {
        "specversion": "1.0", "id": id, "source": "test/desk", "type": type, "time": now(),
        "data": {"person": "P1", "site": "S1"} if data is None else data, **more,
    }  # fmt: skip


def firing(id: str, alert_type: str = "DEVICE_OFFLINE", severity: str = "HIGH", **data: Any) -> dict[str, Any]:
    fields = {"alert_type": alert_type, "severity": severity, "entity": "device/D1", "site": "S1", **data}
    return event(id, "noc.alert.firing", fields)


def frame(seq: int, events: Sequence[Any]) -> bytes:
    return msgspec.json.encode({"seq": seq, "events": events})


def reply(socket: ClientConnection) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(socket.recv(timeout=WITHIN))
    return found
