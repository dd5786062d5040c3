"""`kill -9` of a live engine while deliveries flow: what it acknowledged is in the journal, exactly once.

The sender does as `noc.ingest.v1` says: what is not acknowledged is sent again after the restart. 40 kills.
"""

import asyncio
import os
import random
import sys
from pathlib import Path

import msgspec
import pytest

from data import times
from data.opening import check_database, open_reader, open_store
from engine import clock, pipeline, runtime
from engine.runtime import Engine
from engine.settings import Config
from tests.support.kill import Child
from tests.support.recordings import exported, rows

pytestmark = [pytest.mark.crash, pytest.mark.skipif(sys.platform != "linux", reason="forks")]

KILLS = 40
AHEAD = 30  # deliveries that may be on their way


def delivery(number: int) -> list[bytes]:
    """One to four events of now; some of them alerts, all numbered."""
    lines = []
    for each in range(1 + number % 4):
        event = {"specversion": "1.0", "id": f"{number}.{each}", "source": "gate", "time": times.text(clock.wall())}
        if each % 2:
            data = {"alert_type": f"T{number % 5}", "severity": "HIGH", "entity": f"host/{number % 7}", "site": "S1"}
            event |= {"type": "noc.alert.firing", "data": data}
        else:
            event |= {"type": "noc.phone.activity", "data": {"person": f"P{number % 9}"}}
        lines.append(msgspec.json.encode(event))
    return lines


def serve(url: str, inbox: int, outbox: int) -> None:
    """A live engine; a line of input is `[number, [event, ...]]`, a line of output `number accepted duplicates`."""
    pipeline.SNAPSHOT_EVERY = 150  # type: ignore[misc]
    runtime.IDLE = 0.002  # type: ignore[misc]  # the wall moves the watermark between deliveries

    async def take(engine: Engine, line: bytes) -> None:
        number, lines = msgspec.json.decode(line, type=tuple[int, list[str]])
        answer = await engine.submit([each.encode() for each in lines], "pipe")
        os.write(outbox, b"%d %d %d\n" % (number, answer.accepted, answer.duplicates))

    async def run() -> None:
        engine = Engine(await open_store(url, "crash test"), Config(), live=True)
        await engine.recover()
        assert engine.meters.note == "", engine.meters.note
        reader = asyncio.StreamReader(limit=1 << 20)
        with os.fdopen(inbox, "rb", 0) as stream:
            await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), stream)
            serving = asyncio.create_task(engine.run())
            waiting = set()
            while line := await reader.readline():
                task = asyncio.create_task(take(engine, line))
                waiting.add(task)
                task.add_done_callback(waiting.discard)
            while waiting:
                await asyncio.wait(waiting)
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
            await engine.close()

    asyncio.run(run())


class Sender:
    """Numbers deliveries, remembers what is not acknowledged, and sends that again."""

    def __init__(self) -> None:
        self.made = 0
        self.open: dict[int, list[bytes]] = {}
        self.acknowledged: dict[int, int] = {}  # number -> events in it

    def refill(self, child: Child) -> None:
        while len(self.open) < AHEAD:
            self.made += 1
            self.open[self.made] = delivery(self.made)
            self.put(child, self.made)

    def put(self, child: Child, number: int) -> None:
        lines = [line.decode() for line in self.open[number]]
        child.send(msgspec.json.encode((number, lines)) + b"\n")

    def hear(self, answers: list[bytes]) -> None:
        for answer in answers:
            number, accepted, duplicates = map(int, answer.split())
            assert accepted + duplicates == len(self.open[number])
            self.acknowledged[number] = len(self.open.pop(number))


def ids(url: str) -> list[str]:
    return [row["id"] for row in rows(url, "events")]


@pytest.mark.timeout(120)
def test_what_was_acknowledged_is_there_exactly_once(tmp_path: Path) -> None:
    url, chance, sender = f"sqlite:///{tmp_path}/noc.db", random.Random(5), Sender()
    told: list[bytes] = []
    for _ in range(KILLS):
        child = Child(lambda inbox, outbox: serve(url, inbox, outbox))
        for number in list(sender.open):
            sender.put(child, number)
        wanted, heard = chance.randrange(1, 60), 0
        while heard < wanted:
            sender.refill(child)
            answers = child.lines()
            assert answers, f"the engine ended by itself: {child.wait()}"
            heard += len(answers)
            sender.hear(answers)
        sender.refill(child)
        sender.hear(child.kill(chance.random() * 0.008))
        there = ids(url)
        assert len(there) == len(set(there))
        assert {f"{n}.{each}" for n, count in sender.acknowledged.items() for each in range(count)} <= set(there)
        now = exported(url, ["feed"])["feed"].splitlines()
        assert now[: len(told)] == told
        told = now
    finish(url, sender)


def finish(url: str, sender: Sender) -> None:
    """A last start without a kill: everything is acknowledged, and everything is there once."""
    child = Child(lambda inbox, outbox: serve(url, inbox, outbox))
    for number in list(sender.open):
        sender.put(child, number)
    while sender.open:
        sender.hear(child.lines())
    child.end_of_input()
    assert child.wait() == 0
    there = ids(url)
    assert len(there) == len(set(there)) == sum(sender.acknowledged.values())
    assert check_database(url) == []
    reader = open_reader(url)
    sequences = [entry.sequence for entry in reader.feed(None, None)]
    reader.close()
    assert sequences == list(range(1, len(sequences) + 1))
