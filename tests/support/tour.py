"""A recorded tour of the seeded demo, for asciinema: `python -m tests.support.tour docs/tour.cast`.

The demo runs in a pseudo terminal, keys are pressed at set moments, and what comes out is written with its time
(asciicast v2). Play it with `asciinema play docs/tour.cast`. It takes as long as it plays, about 70 s. The seed and the
keys are fixed; the moments at which the engine answers are those of the machine.
"""

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Final, NamedTuple

from tests.support.pty_session import PtySession

SEED: Final = 3
COLUMNS, ROWS = 100, 30
LONGEST_PAUSE: Final = 2.5  # seconds: longer silences are cut when written


class Step(NamedTuple):
    """Keys, and how long their effect is looked at."""

    keys: str
    seconds: float
    about: str


STEPS: Final = (
    Step("", 4, "the operation wakes up"),
    Step("e", 2, "the next critical one"),
    Step("\r", 3, "in full: what, why, what to do"),
    Step("jjj", 2, "down its reasons"),
    Step("a", 3, "acknowledged"),
    Step("T", 3, "and taken"),
    Step("\x1b", 2, "back to the board"),
    Step("f", 3, "letters on all in sight"),
    Step("s", 2, "one of them"),
    Step("1", 2, "live"),
    Step("/", 1, "a filter"),
    Step("severity>=high", 3, "is typed"),
    Step("\x1b", 2, "and cleared"),
    Step("4", 4, "fraud: check-ins with their reasons"),
    Step("5", 4, "what may happen"),
    Step("6", 4, "playbooks that wait for leave"),
    Step("vy", 3, "which is given"),
    Step("7", 4, "sites"),
    Step("1", 2, "live again"),
    Step("\x14", 2, "another moment"),
    Step("-10m\r", 4, "as it was ten minutes ago"),
    Step("L", 3, "now"),
    Step("?", 3, "every key"),
    Step("\x1b", 2, "enough"),
    Step("q", 1, "leave"),
)


def record() -> list[tuple[float, str, str]]:
    """The events of an asciicast: seconds since the start, kind, data."""
    with tempfile.TemporaryDirectory() as home:
        places = {f"XDG_{kind}_HOME": home for kind in ("DATA", "STATE", "CONFIG", "CACHE")}
        command = [str(Path(sys.executable).parent / "noc"), "demo", "--seed", str(SEED), "--speed", "30"]
        with PtySession(command, COLUMNS, ROWS, environ={**places, "COLORTERM": ""}) as session:
            marks = []
            for step in STEPS:
                marks.append((time.monotonic() - session.started_at, "m", step.about))
                for key in step.keys:
                    if session.process.poll() is not None:
                        raise RuntimeError(f"the demo ended before {step.about!r}")
                    session.send(key)
                    time.sleep(0.12)
                time.sleep(step.seconds)
            chunks = [(at - session.started_at, data) for at, data in session.chunks]
    return sorted([*marks, *_decoded(chunks)], key=lambda event: event[0])


def _decoded(chunks: list[tuple[float, bytes]]) -> list[tuple[float, str, str]]:
    """Output as text; a character that is split between two chunks goes with the second."""
    import codecs

    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    return [(at, "o", text) for at, data in chunks if (text := decoder.decode(data))]


def cast(events: list[tuple[float, str, str]]) -> str:
    """The file: a head, then an event a line, silences shortened."""
    head = {"version": 2, "width": COLUMNS, "height": ROWS, "title": "noc", "env": {"TERM": "xterm-256color"}}
    lines, now, before = [json.dumps(head)], 0.0, 0.0
    for at, kind, data in events:
        now += min(at - before, LONGEST_PAUSE)
        before = at
        lines.append(json.dumps([round(now, 3), kind, data], ensure_ascii=False))
    return "\n".join(lines) + "\n"


def main() -> None:
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/tour.cast")
    text = cast(record())
    target.write_text(text, encoding="utf-8")
    print(f"{target}: {len(text.encode()) / 1000:.0f} kB, {json.loads(text.splitlines()[-1])[0]:.0f} s")


if __name__ == "__main__":
    main()
