"""Operations for tests of what is foreseen: a service desk whose group decides, devices that wear out, shifts."""

import asyncio
from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np

from data import times
from data.opening import open_reader
from data.times import DAY, HOUR, MINUTE
from engine.exports import Selection, rows
from engine.run import replay
from engine.settings import Config
from tests.support.recordings import T0, Script, write


def desk(days: int = 30, a_day: int = 20, seed: int = 4) -> Script:
    """Tickets of two groups: nearly all of `slow` miss their four hours, nearly all of `quick` make them."""
    random = np.random.default_rng(seed)
    script, told = Script("desk"), []
    for number in range(days * a_day):
        opened = T0 + int(number / a_day * DAY)
        slow = random.random() < 0.4
        late = random.random() < (0.9 if slow else 0.07)
        done = opened + int((6 if late else 1) * HOUR)
        ticket = f"T{number}"
        head = {
            "id": ticket,
            "site": "S1",
            "title": "Printer broken",
            "priority": "HIGH",
            "group": "slow" if slow else "quick",
        }
        head |= {"deadline": times.text(opened + 4 * HOUR), "status": "NEW", "labels": {"channel": "phone"}}
        told.append((opened, "ticket.created", head))
        told.append((opened + 20 * MINUTE, "ticket.updated", {"id": ticket, "assignee": "P1", "status": "ASSIGNED"}))
        told.append((done, "ticket.updated", {"id": ticket, "status": "RESOLVED", "resolved_at": times.text(done)}))
        told.append((done + HOUR, "ticket.closed", {"id": ticket, "sla_met": not late}))
    for time, kind, data in sorted(told, key=lambda each: each[0]):
        script.add(kind, time, data, subject=f"ticket/{data['id']}")
    return script


def play(url: str, lines: Iterable[bytes], path: Any, config: Config | None = None, **bounds: int) -> None:
    """Feeds the lines through a whole engine over `url`."""
    replay([str(write(path, list(lines)))], url, config=config, **bounds)


def foreseen(url: str, **chosen: Any) -> list[dict[str, Any]]:
    reader = open_reader(url)
    try:
        return [msgspec.to_builtins(row) for row in rows(reader, "predictions", Selection(**chosen))]
    finally:
        reader.close()


def run(work: Any) -> Any:
    return asyncio.run(work)
