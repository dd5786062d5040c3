"""Personal fields are blanked at their age: in events, feed and evidence, and nothing else changes."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from data import times
from data.opening import check_database, open_reader, open_store
from data.personal import fields
from data.personal.keys import KEYS
from data.times import DAY, HOUR
from data.wire import decode
from engine.runtime import Engine
from engine.settings import Config, ConfigError, load
from engine.settings.sections import RetentionSettings
from noc_tui.cli import main
from tests.support.recordings import Script, at, play, rows

AGES = {"phone": 2 * DAY, "lat": 3 * DAY, "lon": 3 * DAY, "face": DAY, "name": DAY}


def told(days: int) -> list[bytes]:
    """A guard who checks in each day, far from the site, with a face that does not match."""
    script = Script()
    script.add("site.upserted", at(0), {"id": "S1", "client": "C1", "name": "Gate", "lat": 48.1, "lon": 11.5})
    for day in range(days):
        first = day * 1440 + 60
        person = {
            "id": "P1",
            "name": f"Zoe {day}",
            "phone": f"+49 170 55598{day:02}",
            "email": "zoe@x.example",
            "site": "S1",
        }
        script.add("person.upserted", at(first), person)
        script.add("attendance.check_in", at(first + 1), {"person": "P1", "site": "S1", "lat": 48.7654, "lon": 11.4321,
                   "face": {"confidence": 0.1, "liveness": 0.1}, "caller": {"phone": "+49 170 5559800"}})  # fmt: skip
        script.add("location.fix", at(first + 2), {"person": "P1", "site": "S1", "lat": 48.7654, "lon": 11.4321})
        script.add(
            "biometric.verified", at(first + 3), {"person": "P1", "site": "S1", "confidence": 0.2, "liveness": 0.3}
        )
        script.add("attendance.check_out", at(first + 400), {"person": "P1", "site": "S1"})
    return script.lines


async def kept(url: str, ages: dict[str, int], days: int = 8) -> Engine:
    """With small batches, so that the journal has many segments."""
    settings = RetentionSettings(events=30 * DAY, fields=ages)
    engine = Engine(await open_store(url, "test"), Config(retention=settings), retain=True)
    await engine.recover()
    await play(engine, told(days), batch=5)
    return engine


def storage(url: str) -> Any:
    reader = open_reader(url)
    try:
        return reader.storage()
    finally:
        reader.close()


async def test_each_field_goes_at_its_age_and_all_else_stays(tmp_path: Path) -> None:
    whole, thin = f"sqlite:///{tmp_path}/whole.db", f"sqlite:///{tmp_path}/thin.db"
    await (await kept(whole, {})).close()
    await (await kept(thin, AGES)).close()
    now = times.parse("2026-01-13T00:00:00Z")
    counted = 0
    for row, full in zip(rows(thin, "events"), rows(whole, "events"), strict=True):
        age, data, before = now - times.parse(full["time"]), row["data"], full["data"]
        for field in ("phone", "lat", "face", "name"):
            if field not in before or full["type"] == "noc.site.upserted":
                continue
            if age > AGES[field] + 18 * HOUR:  # segments and slots hold a few hours together
                counted += 1
                fixed = full["type"] == "noc.location.fix"
                assert data.get(field) == (48.1 if fixed and field == "lat" else None), (field, full["type"])
            elif age < AGES[field]:
                assert data[field] == before[field]
        assert data.get("email") == before.get("email"), "has no age"
        assert all(data[key] == before[key] for key in data if key not in {*AGES, "caller"})
        assert set(before) - set(data) <= {*AGES, "confidence", "liveness"}
        decode(msgspec.json.encode({key: value for key, value in row.items() if key != "received_at"}))
    assert counted > 20
    for kind in ("alerts", "tickets", "incidents"):
        assert rows(thin, kind) == rows(whole, kind), kind
    for kind in ("fraud", "anomalies", "findings"):
        drop = {"evidence"}
        one, other = ([{k: v for k, v in row.items() if k not in drop} for row in rows(u, kind)] for u in (thin, whole))
        assert one == other, kind
    assert check_database(thin) == []
    fields_told = {one.field: one for one in storage(thin).fields}
    assert set(fields_told) == set(AGES)
    assert fields_told["phone"].times >= 8
    assert fields_told["face"].before == fields_told["phone"].before + DAY
    assert storage(whole).fields == []


async def test_evidence_of_old_anomalies_holds_no_likeness(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/noc.db"
    await (await kept(url, {"face": DAY})).close()
    found = [row for row in rows(url, "anomalies") if row["anomaly_type"] == "BIOMETRIC_ANOMALY"]
    old = [row for row in found if times.parse(row["detected_at"]) < at(5 * 1440)]
    new = [row for row in found if times.parse(row["detected_at"]) > at(7 * 1440)]
    assert old
    assert new
    assert not any({"liveness", "match"} & row["evidence"].keys() for row in old)
    assert all("liveness" in row["evidence"] for row in new)


async def test_the_same_however_often_one_looks_and_over_a_restart(tmp_path: Path) -> None:
    once, often = f"sqlite:///{tmp_path}/once.db", f"sqlite:///{tmp_path}/often.db"
    await (await kept(once, AGES)).close()
    engine = await kept(often, AGES, days=4)
    await engine.close()
    engine = await kept(often, AGES)
    for _ in range(3):
        await engine.retention.thin(engine.retention.now())
    before = storage(often).fields
    await engine.retention.thin(engine.retention.now())
    assert storage(often).fields == before, "what is blank is not blanked again"
    await engine.close()
    assert [row["data"] for row in rows(often, "events")] == [row["data"] for row in rows(once, "events")]
    again = Engine(await open_store(often, "test"), Config())
    await again.recover()
    assert again.meters.note == ""
    await again.close()


def test_sites_stay_where_they_are() -> None:
    event = {"type": "noc.site.upserted", "data": {"id": "S1", "lat": 48.1, "lon": 2.0}}
    raw = msgspec.json.encode(event)
    assert fields.line(raw, frozenset(KEYS), {}, {field: [0, 0] for field in KEYS}) is raw


def test_a_fix_at_a_place_that_nobody_knows_lies_at_whole_degrees() -> None:
    count = {field: [0, 0] for field in KEYS}
    raw = msgspec.json.encode({"type": "noc.location.fix", "data": {"person": "P1", "lat": 48.7, "lon": 11.4}})
    once = fields.line(raw, frozenset(("lat", "lon")), {}, count)
    assert msgspec.json.decode(once)["data"] == {"person": "P1", "lat": 49.0, "lon": 11.0}
    assert fields.line(once, frozenset(("lat", "lon")), {}, count) is once
    assert (count["lat"], count["lon"]) == ([0, 1], [0, 1])


def test_the_setting_is_read_shown_and_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "noc.yaml"
    path.write_text("retention:\n  fields: {phone: 30d, lat: 90d}\n")
    assert load(path).retention.fields == {"phone": 30 * DAY, "lat": 90 * DAY}
    assert main(["config", "show", "--config", str(path), "--json"]) == 0
    assert "retention.fields" in json.dumps(json.loads(capsys.readouterr().out))
    path.write_text("retention:\n  fields: {fone: 30d}\n")
    with pytest.raises(ConfigError, match=r"noc.yaml:2.*retention.fields.fone.*no such personal field.*phone"):
        load(path)
    path.write_text("retention:\n  fields: {phone: 3s}\n")
    with pytest.raises(ConfigError, match=r"retention.fields.phone"):
        load(path)
