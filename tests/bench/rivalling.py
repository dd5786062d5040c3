"""Debian's Alertmanager and us at the same work, in the same run: alerts by `POST /api/v2/alerts`, over one kept
connection each. What is compared is CPU time of the process, all threads, for each alert; the sender does not count.

Alertmanager holds alerts in memory and tells of them; we also commit each one, cluster it, and keep it for two years.
Prometheus sends whatever fires again and again, so `told again` is what both do most of the day.
"""

import http.client
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from data import times
from engine import clock
from tests.bench.figures import Figure, at_least, cost
from tests.bench.serving import TICKS, Server
from tests.bench.yardstick import loop_ns

PART = "rival"
AIM = 0.5  # of what it takes per CPU second
ALERTMANAGER = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")


class Rival:
    """A `prometheus-alertmanager` of its own, with a receiver that nobody listens to."""

    def __init__(self, folder: Path) -> None:
        assert ALERTMANAGER is not None
        config = folder / "rival.yml"
        config.write_text("route: {receiver: none, group_by: [alertname]}\nreceivers: [{name: none}]\n")
        port = _free_port()
        self.base = f"http://127.0.0.1:{port}"
        words = [ALERTMANAGER, f"--config.file={config}", f"--storage.path={folder / 'rival'}", "--log.level=error"]
        words += [f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="]
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self) -> "Rival":
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", urlsplit(self.base).port or 0), 1).close()
                return self
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("Alertmanager did not come up")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(20)

    def cpu(self) -> float:
        """CPU seconds of the process so far, all threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


def measure(folder: Path, *, quick: bool) -> Iterator[Figure]:
    if ALERTMANAGER is None:
        print("skip: no prometheus-alertmanager here to compare with", file=sys.stderr)
        return
    yard, count = loop_ns(), 4_000 if quick else 20_000
    with Server(folder, "rival") as ours, Rival(folder) as theirs:
        for name, size, bodies in _work(count):
            spent = [_sent(base, server, bodies) / (len(bodies) * size) for base, server in _both(ours, theirs)]
            ratio = Figure(PART, f"{name}: our rate by Alertmanager's", spent[1] / max(spent[0], 1e-9), "")
            yield at_least(ratio, AIM)
            yield cost(PART, "  ours, each", spent[0] * 1e6, yard)
            yield cost(PART, "  Alertmanager's, each", spent[1] * 1e6, yard)


def _both(ours: Server, theirs: Rival) -> list[tuple[str, Any]]:
    return [(ours.base.replace("ws", "http", 1), ours), (theirs.base, theirs)]


def _work(count: int) -> Iterator[tuple[str, int, list[bytes]]]:
    """What is sent: name, alerts in each body, the bodies."""
    yield "new, 100 a request", 100, _bodies("batch", count, 100)
    yield "told again, 100 a request", 100, _bodies("batch", count, 100)
    yield "ended, 100 a request", 100, _bodies("batch", count, 100, over=True)
    yield "new, one a request", 1, _bodies("single", count // 8, 1)
    yield "told again, one a request", 1, _bodies("single", count // 8, 1)


def _bodies(name: str, count: int, size: int, *, over: bool = False) -> list[bytes]:
    """As Prometheus writes them: a tenth of the alerts share a name, a host has twenty."""
    now = clock.wall()
    end = times.text(now - times.SECOND if over else now + 4 * times.MINUTE)
    alerts = [
        {
            "labels": {
                "alertname": f"{name}{number % 10}", "instance": f"host-{number // 20}:9100", "job": "node",
                "severity": ("critical", "warning", "info")[number % 3], "device": f"sd{number % 20}",
            },
            "annotations": {"summary": f"{name} {number} is not well", "runbook_url": "http://wiki/x"},
            "startsAt": times.text(now - 10 * times.MINUTE), "endsAt": end,
            "generatorURL": "http://prometheus:9090/graph?g0.expr=up",
        }
        for number in range(count)
    ]  # fmt: skip
    return [json.dumps(alerts[start : start + size]).encode() for start in range(0, count, size)]


def _sent(base: str, server: Server | Rival, bodies: list[bytes]) -> float:
    """CPU seconds that it took for all of them, one request after the other."""
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=60)
    before = server.cpu()
    for body in bodies:
        connection.request("POST", "/api/v2/alerts", body, {"content-type": "application/json"})
        answer = connection.getresponse()
        told = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{base} answered {answer.status}: {told[:200]!r}")
    connection.close()
    return server.cpu() - before


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
