"""An operation in which one person, Zoe Quill, is named in every way there is, and a folder to look for her in."""

from pathlib import Path
from typing import Any

from data import times
from data.opening import open_store
from data.records.token import Token
from data.store import Commit
from engine.personal.orders import PersonOrder, carry_out
from engine.runtime import Engine
from engine.settings import Config, load
from engine.views import Outcome
from tests.support.recordings import Script, at, play, simulated, started

ID, NAME, PHONE, EMAIL = "ZQ77", "Zoe Quill", "+49 170 5559801", "zoe.quill@guards.example"
NICK = "Quillie"
WORDS = (ID, NAME, PHONE, "491705559801", EMAIL, NICK)
SETTINGS = """
notify:
  receivers:
    - {name: desk, kind: webhook, url: "http://127.0.0.1:9/hook"}
playbooks:
  auto: true
"""


def script(begin: float) -> list[bytes]:
    """Two hours, from that minute of the day on."""

    def when(minute: float) -> int:
        return at(begin - 600 + minute)

    one = Script("desk", prefix="zq77-")
    one.source = f"desk/{ID}"
    home = {"lat": 12.9716, "lon": 77.5946}
    one.add("client.upserted", when(600), {"id": "CZ", "name": "Client"})
    one.add("site.upserted", when(600), {"id": "SZ", "client": "CZ", "name": "Gate", **home, "in_charge": ID})
    one.add("site.upserted", when(600), {"id": "SY", "client": "CZ", "name": "Yard", "lat": 13.5, "lon": 78.2})
    one.add("person.upserted", when(601), {"id": ID, "site": "SZ", "name": "Zoe Old", "phone": "+49 170 1112223"})
    one.add("person.upserted", when(602), {"id": ID, "name": NAME, "phone": PHONE, "email": EMAIL, "role": "guard"})
    one.add("person.upserted", when(602), {"id": "OT1", "site": "SZ", "name": "Other Body", "phone": "+49 170 9990001"})
    one.add("device.upserted", when(603), {"id": f"phone-{ID}", "site": "SZ", "owner": ID, "kind": "mobile"})
    one.add("shift.scheduled", when(604), {"id": f"H-{ID}-1", "site": "SZ", "person": ID,
            "start": times.text(when(630)), "end": times.text(when(1110))})  # fmt: skip
    one.add("shift.scheduled", when(604), {"id": "H-2", "site": "SZ", "person": "OT1", "substitute_for": ID,
            "start": times.text(when(630)), "end": times.text(when(1110))})  # fmt: skip
    bodily = {"face": {"confidence": 0.31, "liveness": 0.2, "verified": False},
              "photo": {"authenticity": 0.3, "manipulation": 0.8, "lat": 13.5001, "lon": 78.2001}}  # fmt: skip
    one.add("attendance.check_in", when(630), {"person": ID, "site": "SZ", "shift": f"H-{ID}-1",
            "device": f"phone-{ID}", "lat": 13.4444, "lon": 78.1111, "accuracy_m": 8, **bodily})  # fmt: skip
    for minute in range(631, 641):
        fix = {"person": f"person/{ID}", "lat": 13.4444 + minute / 9999, "lon": 78.1111, "accuracy_m": 8}
        one.add("location.fix", when(minute), {**fix, "device": f"phone-{ID}", "site": "SZ"}, subject=f"person/{ID}")
        one.add("phone.activity", when(minute), {"person": ID, "site": "SZ"})
    one.add("biometric.verified", when(640), {"person": ID, "site": "SZ", "confidence": 0.4, "verified": True})
    one.add("biometric.verified", when(643), {"person": ID, "site": "SY", "confidence": 0.4, "verified": True})
    one.add("task.created", when(641), {"id": f"K-{ID}", "site": "SZ", "person": ID, "due": times.text(when(660))})
    one.add("ticket.created", when(642), {"id": "TZ", "site": "SZ", "assignee": ID, "title": f"Key lost by {NAME}"})
    one.add(
        "device.error", when(642), {"device": f"phone-{ID}", "message": f"call zoe  QUILL on 0170 5559801 or {PHONE}"}
    )
    one.add("metric.sampled", when(643), {"name": "steps", "value": 7, "entity": f"person/{ID}", "site": "SZ"})
    one.add("metric.sampled", when(643), {"name": "steps", "value": 9, "entity": "person/OT1", "site": "SZ"})
    one.add("change.recorded", when(644), {"kind": "staff", "summary": f"{NICK} moves", "actor": ID, "site": "SZ"})
    one.add("link.upserted", when(644), {"from": "service/gate", "to": f"person/{ID}", "kind": "depends_on"})
    one.fire(when(645), "PANIC", "CRITICAL", entity=f"person/{ID}", site="SZ", message=f"{NAME} calls for help",
             annotations={"caller": EMAIL, "lat": "13.4"}, labels={"who": ID})  # fmt: skip
    one.fire(when(646), "PANIC", "CRITICAL", entity="person/OT1", site="SZ", message="help")
    one.add("operator.acted", when(647), {"target": "site/SZ", "action": "comment", "actor": ID,
            "note": f"told {NAME} ({PHONE}, {EMAIL})"})  # fmt: skip
    one.add(
        "verdict.recorded", when(648), {"target": "fraud/zq77-9", "verdict": "confirmed", "actor": ID, "note": NICK}
    )
    one.add("attendance.check_out", when(700), {"person": ID, "site": "SZ", "lat": 13.4444, "lon": 78.1111})
    one.add("entity.upserted", when(701), {"id": f"radio/{ID}", "name": f"Radio of {NAME}"})
    one.add("calendar.day", when(702), {"date": "2026-01-06", "kind": "event", "name": f"Birthday of {NAME}"})
    one.lines.append(
        b'{"specversion":"1.0","id":"bad","source":"desk","type":"noc.location.fix","who":"%s"}' % NAME.encode()
    )
    escaped = r'{"specversion":"1.0","id":"esc","source":"desk","type":"x.y","time":"WHEN",'
    one.lines.append(
        (
            escaped.replace("WHEN", times.text(when(703)))
            + r'"data":{"text":"Zoe\u0020Quill and \u005aQ77 and person\/ZQ77"}}'
        ).encode()
    )
    one.tick(when(719))
    return one.lines


def settings(folder: Path) -> Config:
    path = folder / "noc.yaml"
    path.write_text(SETTINGS)
    found = load(path)
    path.unlink()
    return found


async def operation(folder: Path, *, hours: float = 12) -> tuple[Engine, str]:
    """An engine in which all that has happened."""
    url = f"sqlite:///{folder}/noc.db"
    engine = await started(await open_store(url, "test"), settings(folder))
    await play(engine, [*simulated(2, hours), *script(hours * 60)], batch=300)
    token = Token("T-1", "f" * 64, f"{NAME}'s", "viewer", [], [], False, at())
    await engine.store.commit(Commit(tokens=[token]))
    return engine, url


async def erased(engine: Engine, **more: Any) -> Outcome:
    order = PersonOrder("erase", "boss", ID, reason=f"{NAME} asked", words=(NICK,), **more)
    return await carry_out(engine, order)
