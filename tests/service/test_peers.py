"""Debian's own Prometheus and Alertmanager push into a server, unchanged. Skipped where they are not installed."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.service.served import Served

PATH = os.environ.get("NOC_PEERS", "") + os.pathsep + os.environ.get("PATH", "")  # a folder of unpacked packages
PROMETHEUS = shutil.which("prometheus", path=PATH)
ALERTMANAGER = shutil.which("prometheus-alertmanager", path=PATH)
AMTOOL = shutil.which("amtool", path=PATH)

pytestmark = pytest.mark.skipif(not PROMETHEUS or not ALERTMANAGER, reason="needs Prometheus and Alertmanager")

RULES = """
groups:
- name: test
  interval: 1s
  rules:
  - alert: AlwaysOn
    expr: vector(1)
    labels: {severity: page, host: web-7, site: S3}
    annotations: {summary: 'it is {{ $value }}'}
  - alert: GoesAway
    expr: noc_events_ingested_total < 15 or vector(1) unless on() noc_ready
    labels: {severity: warning, host: web-8}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(check: Callable[[], Any], within: float = 90) -> Any:
    end = time.monotonic() + within
    while not (found := check()):
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.2)
    return found


@contextlib.contextmanager
def running(*words: str, log: Path) -> Iterator[None]:
    with open(log, "wb") as out:
        process = subprocess.Popen(words, stdout=out, stderr=out)
        try:
            yield
        finally:
            process.terminate()
            process.wait(20)


def prometheus(folder: Path, target: str, token: str = "", scrape: str = "") -> tuple[str, ...]:
    """Its command line, with a configuration that pushes to `target` and, if given, scrapes `scrape`."""
    (folder / "rules.yml").write_text(RULES)
    authorization = f"    authorization: {{credentials: '{token}'}}\n" if token else ""
    scraped = ""
    if scrape:
        scraped = f"scrape_configs:\n- job_name: noc\n  static_configs: [{{targets: ['{scrape}']}}]\n"
        scraped += authorization.replace("    ", "  ", 1)
    (folder / "prometheus.yml").write_text(
        "global: {scrape_interval: 1s, evaluation_interval: 1s, external_labels: {cluster: test}}\n"
        f"rule_files: ['{folder / 'rules.yml'}']\n"
        f"alerting:\n  alertmanagers:\n  - static_configs: [{{targets: ['{target}']}}]\n{authorization}{scraped}"
    )
    assert PROMETHEUS is not None
    return (
        PROMETHEUS, f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{free_port()}", "--rules.alert.resend-delay=1s",
    )  # fmt: skip


def rows(served: Served, name: str) -> list[dict[str, Any]]:
    return [row for row in served.rows("alerts") if row["alert_type"] == name]


def test_prometheus_pushes_repeats_and_resolves_and_scrapes_us(tmp_path: Path) -> None:
    with Served(tmp_path) as served:
        token, reader = served.token("source"), served.token("viewer")
        host = served.base.removeprefix("http://")
        (tmp_path / "peer").mkdir()
        words = prometheus(tmp_path / "peer", host, token, host)
        with running(*words, log=tmp_path / "prometheus.log"):
            (alert,) = until(lambda: rows(served, "AlwaysOn"))
            assert (alert["severity"], alert["entity"], alert["site"]) == ("CRITICAL", "host/web-7", "S3")
            assert alert["message"] == "it is 1"
            assert alert["labels"]["cluster"] == "test"
            until(lambda: rows(served, "AlwaysOn")[0]["count"] >= 3)  # re-sent while it fires, the same alert
            assert len(rows(served, "AlwaysOn")) == 1
            # It ends by what our own metrics say, which takes them to be well-formed and scraped.
            until(lambda: rows(served, "GoesAway") and rows(served, "GoesAway")[0]["ended_at"])
        with served.http(reader) as http:
            assert http.get("/api/v1/alerts", params={"where": "alert_type=AlwaysOn"}).json()["rows"]


def test_alertmanager_calls_our_webhook_and_our_pagerduty(tmp_path: Path) -> None:
    with Served(tmp_path) as served:
        (tmp_path / "am.yml").write_text(
            "route: {receiver: noc, group_by: [alertname], group_wait: 1s, group_interval: 1s, repeat_interval: 1h,\n"
            "  routes: [{matchers: ['alertname=\"GoesAway\"'], receiver: pd}]}\n"
            "receivers:\n"
            f"- {{name: noc, webhook_configs: [{{url: '{served.base}/webhooks/alertmanager'}}]}}\n"
            f"- {{name: pd, pagerduty_configs: [{{url: '{served.base}/v2/enqueue', routing_key: '{'k' * 32}',\n"
            "     class: 'by pager'}]}\n"
        )
        port = free_port()
        assert ALERTMANAGER is not None
        manager = (
            ALERTMANAGER, f"--config.file={tmp_path / 'am.yml'}", f"--storage.path={tmp_path / 'am'}",
            f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
        )  # fmt: skip
        (tmp_path / "peer").mkdir()
        with (
            running(*manager, log=tmp_path / "alertmanager.log"),
            running(*prometheus(tmp_path / "peer", f"127.0.0.1:{port}"), log=tmp_path / "prometheus.log"),
        ):
            (hooked,) = until(lambda: rows(served, "AlwaysOn"))
            assert hooked["source"] == "alertmanager"
            assert hooked["entity"] == "host/web-7"
            (paged,) = until(lambda: rows(served, "by pager"))
            assert paged["source"] == "pagerduty"
        assert hooked["ended_at"] is None


def test_amtool_finds_an_alertmanager_in_us(tmp_path: Path) -> None:
    """`amtool alert add` speaks the API v2; what it adds is an alert here."""
    if AMTOOL is None:
        pytest.skip("needs amtool")
    with Served(tmp_path) as served:
        words = [AMTOOL, f"--alertmanager.url={served.base}", "alert", "add", "ByHand", "severity=critical", "host=a"]
        subprocess.run(words, check=True, capture_output=True, timeout=60)
        (alert,) = rows(served, "ByHand")
        assert (alert["severity"], alert["entity"]) == ("CRITICAL", "host/a")
