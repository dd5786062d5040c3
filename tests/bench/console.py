"""The console in a terminal of 120x40: first paint, keys while events flow, what it costs idle and what it sends."""

import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path

from data.times import HOUR, SECOND
from engine.run import EVENING
from engine.sources.simulate import MONDAY, Operation, events
from tests.bench.child import ROOT
from tests.bench.figures import Figure, at_most, percentile
from tests.bench.replaying import journalled
from tests.bench.yardstick import cpu_seconds, waited_seconds
from tests.support.pty_session import PtySession

DEMO = (str(Path(sys.executable).with_name("noc")), "demo")
BARE = (sys.executable, "-m", "tests.bench.bare")
SITES = 12  # as `noc demo` has
FLOW = 2_000  # events a second
KEY_EVERY = 0.137  # seconds; no multiple of the beat, so that keys meet every phase of it
WORD = "wxwxwxwxwx"  # letters that are no keys of the console, should the filter miss them
PROMPT = "severity>=high"  # part of what an empty filter suggests
CURSOR = re.compile("▌".encode())  # the sign of the selection


class Line(PtySession):
    """A terminal that looks at bytes only while `watching` is off, so that reading costs next to nothing."""

    watching = True

    def __enter__(self) -> "Line":
        return self

    def _feed(self, data: bytes) -> None:
        if self.watching:
            super()._feed(data)

    def answered(self, at: float, pattern: "re.Pattern[bytes]", timeout: float = 2.0) -> float | None:
        """When bytes arrived after `at` in which `pattern` is found; None if that does not come to pass."""
        deadline = at + timeout
        while True:
            with self._news:
                late = [(when, data) for when, data in reversed(self.chunks[-200:]) if when > at]
                for when, data in reversed(late):
                    if pattern.search(data):
                        return when
                if time.monotonic() > deadline:
                    return None
                self._news.wait(0.05)


def measure(folder: Path, *, quick: bool) -> Iterator[Figure]:
    yield from _first_paint(folder, 2 if quick else 7)
    yield from _at_rest(folder, 2 if quick else 12)
    yield from _in_a_flow(folder, 24 if quick else 200, 2 if quick else 12)


def _open(folder: Path, *command: str) -> Line:
    home = {name: str(folder) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")}
    return Line(command, columns=120, rows=40, environ={**home, "PYTHONPATH": str(ROOT)})


def _first_paint(folder: Path, runs: int) -> Iterator[Figure]:
    """Turn about with a bare Textual program, so that both meet the same noise."""
    walls: dict[tuple[str, ...], list[float]] = {DEMO: [], BARE: []}
    costs: dict[tuple[str, ...], list[float]] = {DEMO: [], BARE: []}
    for run in range(runs + 1):
        for program in (DEMO, BARE):
            wall, cpu = _painted(folder, program)
            if run:  # the first one warms the files
                walls[program].append(wall)
                costs[program].append(cpu)
    demo, bare = walls[DEMO], walls[BARE]
    yield at_most(Figure("console", f"first paint, median of {runs}", statistics.median(demo), "s wall"), 0.6)
    yield Figure("console", "first paint, least", min(demo), "s wall")
    yield Figure("console", "  bare Textual program, median", statistics.median(bare), "s wall")
    yield Figure("console", "  bare Textual program, least", min(bare), "s wall")
    yield Figure("console", "  as many times the bare one, least CPU", min(costs[DEMO]) / min(costs[BARE]), "x")
    yield Figure("console", "CPU until first paint, all threads, least", min(costs[DEMO]), "s CPU")


def _painted(folder: Path, program: tuple[str, ...]) -> tuple[float, float]:
    """Wall and CPU seconds from the start of a program until it has shown itself."""
    with _open(folder, *program) as session:
        session.watching = False
        seen = session.answered(session.started_at, re.compile(b"Feed"), 20)
        cpu = cpu_seconds(session.process.pid)
        if seen is None:
            raise AssertionError(f"{program[-1]} did not show itself in 20 s")
        return seen - session.started_at, cpu


def _at_rest(folder: Path, seconds: float) -> Iterator[Figure]:
    """The demo at its own speed, then with its time held still."""
    with _open(folder, *DEMO) as session:
        session.wait_for(" live", 20)
        session.watching = False
        _caught_up(session)  # until it has caught up with what went before
        yield at_most(Figure("console", "demo at x60: to the terminal", _bytes(session, seconds), "B/s"), 15_000)
        yield Figure("console", "demo at x60: CPU of console and engine", _cpu(session, seconds), "% core")
        session.send("=")
        time.sleep(2)
        rest = _cpu(session, seconds)
        yield at_most(Figure("console", "demo held: CPU", rest, "% core"), 1)
        yield Figure("console", "demo held: to the terminal", _bytes(session, seconds / 2), "B/s")
        row = _row_of_filter(session)
        yield from _keys(session, "demo held", row, int(seconds * 4), rest)


def speed_for(rate: float, sites: int = SITES) -> float:
    """How many times faster than life the demo must run for so many events a second."""
    begin = MONDAY + EVENING
    stream = events(Operation(sites, None, 1, lively=True), begin)
    span = 2 * HOUR
    count = sum(time >= begin for time, _ in takewhile(lambda each: each[0] < begin + span, stream))
    return rate / (count / (span / SECOND))


def _in_a_flow(folder: Path, keys: int, seconds: float) -> Iterator[Figure]:
    database = folder / "flow.db"
    speed = speed_for(FLOW)
    with _open(folder, *DEMO, "--speed", f"{speed:.0f}", "--db", f"sqlite:///{database}") as session:
        session.wait_for("Feed", 20)
        session.wait_until(lambda: database.exists() and journalled(database) > 0, 20)
        _caught_up(session)
        row = _row_of_filter(session)
        before, begun = journalled(database), time.monotonic()
        sent = _bytes(session, seconds)
        load = _cpu(session, seconds)
        yield Figure("console", "flow: CPU of console and engine", load, "% core")
        yield at_most(Figure("console", "flow: to the terminal", sent, "B/s"), 15_000)
        yield from _keys(session, "flow", row, keys // 2, load)
        rate = (journalled(database) - before) / (time.monotonic() - begun)
    yield Figure("console", f"flow, x{speed:,.0f} with {SITES} sites: events", rate, "/s")


def _keys(session: Line, state: str, row: int, keys: int, load: float) -> Iterator[Figure]:
    """So many letters into the filter on `row`, which is open, then as many moves; `load` is the % of a core that
    the program takes without keys."""
    for what, press in (("typing in the filter", _typing(row)), ("moving the selection", _moved)):
        pid = session.process.pid
        before, waited, begun = cpu_seconds(pid), waited_seconds(pid), time.monotonic()
        waits = press(session, keys)
        ran, waited = cpu_seconds(pid) - before, waited_seconds(pid) - waited
        spent = ran - load / 100 * (time.monotonic() - begun)
        yield Figure("console", f"{state}: {what}, each key", spent * 1000 / keys, "ms CPU")
        yield from _waits(f"{state}: key to paint, {what}", waits)
        yield Figure("console", "  waited for a core, for each second it had one", waited / ran, "s")
        session.send("\x1b")
        time.sleep(0.5)


def _waits(name: str, waits: list[float | None]) -> Iterator[Figure]:
    found = [wait * 1000 for wait in waits if wait is not None]
    if not found:
        raise AssertionError(f"no key was answered: {name}")
    yield Figure("console", f"{name}, p50 of {len(found)}", percentile(found, 0.5), "ms wall")
    yield at_most(Figure("console", f"{name}, p99", percentile(found, 0.99), "ms wall"), 40)
    if len(found) < len(waits):
        yield Figure("console", f"{name}: no answer in 2 s", len(waits) - len(found), "keys")


def _row_of_filter(session: Line) -> int:
    """Opens the filter and finds on which line what is typed there shows, counted from 1."""
    session.watching = True
    session.send("/")
    session.wait_for(PROMPT, 10)
    session.send(WORD)
    session.wait_for(WORD, 10)
    row = next(at for at, line in enumerate(session.screen(), 1) if WORD in line)
    session.send("\x7f" * len(WORD))
    time.sleep(0.5)
    session.watching = False
    return row


def _typing(row: int) -> Callable[[Line, int], list[float | None]]:
    """Letters and their removal, in turns: each changes the line of the filter and nothing else does."""
    changed = re.compile(rb"\x1b\[%d;(?:\d|[1-3]\d)H" % row)  # other panes lie further right

    def typed(session: Line, keys: int) -> list[float | None]:
        return [_answered(session, "w" if number % 8 < 4 else "\x7f", changed) for number in range(keys)]

    return typed


def _moved(session: Line, keys: int) -> list[float | None]:
    """Down and up on the board; the sign of the selection is painted in another line."""
    return [_answered(session, "k" if number % 2 else "j", CURSOR) for number in range(keys)]


def _answered(session: Line, key: str, answer: "re.Pattern[bytes]") -> float | None:
    """Seconds from a key to its answer; returns when it is time for the next one."""
    at = session.send(key)
    when = session.answered(at, answer)
    time.sleep(max(0.0, at + KEY_EVERY - time.monotonic()))
    return None if when is None else when - at


def _caught_up(session: Line, limit: float = 20) -> None:
    """Waits until what went before the demo's beginning has been taken in: then it no longer takes all of a core."""
    deadline = time.monotonic() + limit
    time.sleep(2)
    while _cpu(session, 1) > 40 and time.monotonic() < deadline:
        pass


def _bytes(session: Line, seconds: float) -> float:
    before, begun = session.byte_count, time.monotonic()
    time.sleep(seconds)
    return (session.byte_count - before) / (time.monotonic() - begun)


def _cpu(session: Line, seconds: float) -> float:
    """Percent of one core, all threads."""
    before, begun = cpu_seconds(session.process.pid), time.monotonic()
    time.sleep(seconds)
    return (cpu_seconds(session.process.pid) - before) / (time.monotonic() - begun) * 100
