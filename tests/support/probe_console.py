"""A small app under `Terminal` for the pty tests: paints all the time, and writes down how its loop fared.

Usage: python -m tests.support.probe_console REPORT.json [--busy] [--crash] [--colors DEPTH] [--copy TEXT]
"""

import argparse
import json
import os
import time
from typing import ClassVar

from noc_tui.terminal import Terminal, Wishes, look_at, prepare


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("report")
    parser.add_argument("--busy", action="store_true", help="repaint everything, twenty times a second")
    parser.add_argument("--colors", default="auto")
    parser.add_argument("--copy", default="")
    options = parser.parse_args()
    found = look_at(os.environ, Wishes(colors=options.colors))
    prepare(found, os.environ)

    from rich.segment import Segment
    from rich.style import Style
    from textual.app import App, ComposeResult
    from textual.binding import BindingType
    from textual.strip import Strip
    from textual.widget import Widget

    terminal = Terminal(found)

    class Lines(Widget):
        count = 0

        def render_line(self, y: int) -> Strip:
            color = f"#{(self.count * 7 + y * 5) % 256:02x}8080" if options.busy else "#80c0ff"
            text = f"line {y} beat {self.count} " if options.busy or y == 0 else f"line {y} "
            return Strip([Segment(text.ljust(self.size.width, "."), Style(color=color))], self.size.width)

    class Probe(App[None]):
        BINDINGS: ClassVar[list[BindingType]] = [
            ("q", "quit", "Quit"),
            ("x", "crash", "Crash"),
            ("c", "copy", "Copy"),
            ("ctrl+l", "repaint", "R"),
        ]
        CSS = "Lines { height: 1fr; }"
        last = 0.0
        skipped = 0
        slow = False

        def __init__(self) -> None:
            super().__init__()
            self.gaps: list[float] = []

        def compose(self) -> ComposeResult:
            yield Lines()

        def on_mount(self) -> None:
            terminal.set_title("probe")
            self.last = time.monotonic()
            self.set_interval(0.05, self.beat)

        def beat(self) -> None:
            now = time.monotonic()
            self.gaps.append(now - self.last)
            self.last = now
            self.slow = self.slow or terminal.slow
            if not terminal.gate():
                self.skipped += 1
            lines = self.query_one(Lines)
            lines.count += 1
            lines.refresh()  # on purpose also while the gate is closed, as a key or a toast would

        def action_crash(self) -> None:
            raise RuntimeError("crash on purpose")

        def action_copy(self) -> None:
            terminal.copy(options.copy)

        def action_repaint(self) -> None:
            terminal.repaint()

    app = Probe()
    code = terminal.run(app)
    report = {
        "gap": max(app.gaps, default=0.0),
        "beats": len(app.gaps),
        "skipped": app.skipped,
        "slow": app.slow,
        "bytes": terminal.bytes_written,
        "ended_by": terminal.ended_by,
        "code": code,
    }
    with open(options.report, "w") as file:
        json.dump(report, file)
    return code


if __name__ == "__main__":
    raise SystemExit(main())
