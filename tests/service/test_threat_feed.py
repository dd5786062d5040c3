"""A feed of warnings over real HTTP: what is near a site becomes an alert there, and stands as a source of its own."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest

from engine.attach.remote import Remote
from noc_tui.cli import main
from tests.service.served import Served, event
from tests.service.test_sources import until


def warning(title: str, lat: float, lon: float) -> dict[str, object]:
    ends = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    told = {"headline": title, "severity": "Severe", "certainty": "Observed", "category": "Met", "expires": ends}
    return {"id": title, "properties": told, "geometry": {"type": "Point", "coordinates": [lon, lat]}}


FEED = {"features": [warning("Storm surge in the harbour", 53.6, 10.0), warning("Snow far away", 70.0, 25.0)]}

SITE = event("e1", "noc.site.upserted", {"id": "S1", "client": "C1", "lat": 53.54, "lon": 9.99})


@pytest.fixture
def feed() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = msgspec.json.encode(FEED) if self.path == "/feed" else b""
            self.send_response(200 if body else 404)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_warnings_near_a_site_become_alerts(tmp_path: Path, feed: str) -> None:
    with Served(tmp_path) as served, served.http() as http:
        http.post("/events", json=SITE)
    config = f"sources:\n- {{name: weather, kind: threats, url: '{feed}/feed'}}\n"
    config += f"- {{name: gone, kind: threats, url: '{feed}/nothing'}}\n"
    with Served(tmp_path, config) as served:
        (alert,) = until(lambda: served.rows("alerts"))
        assert (alert["alert_type"], alert["severity"], alert["site"]) == ("THREAT_WEATHER", "HIGH", "S1")
        assert alert["message"] == "Storm surge in the harbour (7 km away)"
        link = Remote(served.base)
        link.start()
        health = link.watch_health()
        try:
            standing = {one.name: one.state for one in until(lambda: health.page and health.page.sources)}
            assert (standing["weather"], standing["gone"]) == ("live", "unreachable")
        finally:
            link.close()


def test_a_payload_can_be_tried_without_a_feed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Served(tmp_path) as served, served.http() as http:
        http.post("/events", json=SITE)
    config, body = tmp_path / "config.yaml", tmp_path / "feed.json"
    config.write_text("sources:\n- {name: weather, kind: threats, url: 'https://alerts.example/feed'}\n")
    body.write_bytes(msgspec.json.encode(FEED))
    words = ["source", "test", "weather", str(body), "--json", "--db", served.url, "--config", str(config)]
    assert main(words) == 0
    (raised,) = msgspec.json.decode(capsys.readouterr().out)["events"]
    assert raised["data"]["site"] == "S1"
