"""The days before a demonstration: its own operation, simulated, lived through quickly, and learned from.

`python -m engine.predict.rehearsal` reads a `Rehearsal` from standard input and writes the versions that passed the
gates to standard output, packed. It works in a folder that is removed, beside the console, and changes nothing.
"""

import asyncio
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
EVERY: Final = 24  # of telemetry reports, of each source, one is lived through
_PREFIXES: Final = ("client", "site", "person", "shift", "attendance", "ticket", "calendar")
_KEPT: Final = tuple(f'"type":"noc.{prefix}.'.encode() for prefix in _PREFIXES)
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


def rehearse(rehearsal: Rehearsal) -> list[bytes]:
    """The versions, packed; kinds of which too little happened have none."""
    from engine.run import replay

    with tempfile.TemporaryDirectory(prefix="noc-rehearsal-") as folder:
        file, url = Path(folder) / "days.jsonl", f"sqlite:///{folder}/noc.db"
        file.write_bytes(b"\n".join(history(rehearsal)) + b"\n")
        replay([str(file)], url)
        made: list[bytes] = []
        reader = open_reader(url)
        try:
            for kind in SPECS:
                try:
                    made.append(packed(train(reader, kind, "default", None, ModelSettings()).version))
                except Refused:
                    continue
        finally:
            reader.close()
        return made


async def equip(engine: Engine, rehearsal: Rehearsal, tell: Callable[[str], None] = lambda words: None) -> None:
    """Has the rehearsal held in a process of its own, and puts what was learned to work in `engine`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "engine.predict.rehearsal", stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        out, _ = await process.communicate(msgspec.json.encode(rehearsal))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    for version in msgspec.json.decode(out, type=list[bytes]) if process.returncode == 0 else ():
        outcome = await carry_out(engine, ModelOrder("", version, "trained on the days before"), "default")
        tell(outcome.text)


if __name__ == "__main__":
    os.nice(5)
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Rehearsal)
    sys.stdout.buffer.write(msgspec.json.encode(rehearse(asked)))
