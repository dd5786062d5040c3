"""The days before a demonstration: its own operation, simulated, lived through quickly, and learned from.

`python -m engine.predict.rehearsal` reads a `Rehearsal` from standard input and writes the versions that passed the
gates to standard output, packed, one a line as they come. It works in a folder that is removed, beside the console, and
changes nothing.
"""

import asyncio
import contextlib
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from data.opening import open_reader
from data.times import DAY
from engine.models.adopting import ModelOrder, carry_out, packed
from engine.models.spec import Refused
from engine.predict.history import SPECS
from engine.predict.training import train
from engine.runtime import Engine
from engine.settings.models import ModelSettings
from engine.sources.simulate import MONDAY, Operation, events

DAYS: Final = 10
CHILD: Final = ("-m", "engine.predict.rehearsal")
LARGEST: Final = 1 << 27  # bytes of a version
EVERY: Final = 24  # of telemetry reports, of each source, one is lived through
_PREFIXES: Final = ("client", "site", "person", "shift", "attendance", "ticket", "calendar")
_KEPT: Final = tuple(f'"type":"noc.{prefix}.'.encode() for prefix in _PREFIXES)
_TICKETS: Final = tuple(
    f'"type":"noc.{prefix}.'.encode() for prefix in ("client", "site", "person", "ticket", "calendar")
)
_DEVICE: Final = b'"type":"noc.device.'
_TELEMETRY: Final = b'"type":"noc.device.telemetry"'


class Rehearsal(msgspec.Struct):
    seed: int | str = 1
    sites: int = 12
    days: int = DAYS


def history(rehearsal: Rehearsal) -> Iterator[bytes]:
    """What models learn from of the days before the operation begins, in order; telemetry thinned out."""
    start = MONDAY - rehearsal.days * DAY
    operation = Operation(sites=rehearsal.sites, days=rehearsal.days, seed=rehearsal.seed, start=start)
    reports: Counter[bytes] = Counter()
    for _, line in events(operation):
        if _TELEMETRY in line:
            device = line.partition(b'"device":"')[2].partition(b'"')[0]
            reports[device] += 1
            if reports[device] % EVERY == 1:
                yield line
        elif _DEVICE in line or any(kept in line for kept in _KEPT):
            yield line


def rehearse(rehearsal: Rehearsal) -> Iterator[bytes]:
    """The versions, packed, each as soon as it is learned; kinds of which too little happened have none. Tickets are
    lived through first, alone: they are few, and teach the most."""
    lines = list(history(rehearsal))
    tickets = [line for line in lines if any(kept in line for kept in _TICKETS)]
    yield from _learned(tickets, ["sla"])
    yield from _learned(lines, [kind for kind in SPECS if kind != "sla"])


def _learned(lines: list[bytes], kinds: list[str]) -> Iterator[bytes]:
    from engine.run import replay

    with tempfile.TemporaryDirectory(prefix="noc-rehearsal-") as folder:
        file, url = Path(folder) / "days.jsonl", f"sqlite:///{folder}/noc.db"
        file.write_bytes(b"\n".join(lines) + b"\n")
        replay([str(file)], url)
        reader = open_reader(url)
        try:
            for kind in kinds:
                try:
                    yield packed(train(reader, kind, "default", None, ModelSettings()).version)
                except Refused:
                    continue
        finally:
            reader.close()


async def equip(engine: Engine, rehearsal: Rehearsal, tell: Callable[[str], None] = lambda words: None) -> None:
    """Has the rehearsal held in a process of its own, and puts what is learned to work in `engine` as it comes."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *CHILD, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, limit=LARGEST,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(msgspec.json.encode(rehearsal))
        process.stdin.close()
        async for line in process.stdout:
            order = ModelOrder("", msgspec.json.decode(line, type=bytes), "trained on the days before")
            outcome = await carry_out(engine, order, "default")
            tell(outcome.text)
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


if __name__ == "__main__":
    os.nice(5)
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Rehearsal)
    for made in rehearse(asked):
        sys.stdout.buffer.write(msgspec.json.encode(made) + b"\n")
        sys.stdout.buffer.flush()
