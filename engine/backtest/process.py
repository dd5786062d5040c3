"""A trial for one console, in a process of its own: what is asked comes in as the first line, how far it is and what it
came to go out as lines. It ends when it is done, or when it is ended."""

import os
import signal
import sys
from typing import Final

import msgspec

from data.opening import open_reader
from data.store import StoreBroken
from engine import clock
from engine.backtest.asked import read
from engine.backtest.difference import Difference
from engine.backtest.tried import Refused
from engine.backtest.wish import Sweep, compare, swept
from engine.settings import Config

POLITE: Final = 10  # of niceness: the engine beside goes first
EVERY: Final = 0.2  # seconds between two lines of how far it is


class Begin(msgspec.Struct):
    """The first line in. `text` are the words of the console (`engine.backtest.asked`)."""

    database: str
    tenant: str
    config: Config
    text: str


class Line(msgspec.Struct, omit_defaults=True):
    """One line out."""

    done: int = 0
    total: int = 0
    found: Difference | None = None
    sweep: Sweep | None = None
    error: str = ""


def tell(line: Line) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


def main() -> None:
    """Reads what is asked, and answers it."""
    begin = msgspec.json.decode(sys.stdin.buffer.readline(), type=Begin)
    told = 0.0

    def progress(done: int, total: int) -> None:
        nonlocal told
        if clock.monotonic() - told >= EVERY:
            told = clock.monotonic()
            tell(Line(done, total))

    reader = None
    try:
        reader = open_reader(begin.database)
        wish = read(begin.text, begin.config, reader.outline(begin.tenant).ends)
        if wish.sweep:
            tell(Line(sweep=swept(reader, wish, begin.tenant, progress)))
        else:
            tell(Line(found=compare(reader, wish, begin.tenant, progress)))
    except (Refused, StoreBroken) as error:
        tell(Line(error=str(error)))
    finally:
        if reader is not None:
            reader.close()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the console's
    os.nice(POLITE)
    main()
