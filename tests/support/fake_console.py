"""The console over the fake engine, for looking at: `python -m tests.support.fake_console [--shot WxH FILE]`."""

import argparse
import asyncio
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from noc_tui.session import Session
from noc_tui.terminal import Terminal, Wishes, look_at, prepare
from tests.support.fake_link import FakeLink

if TYPE_CHECKING:
    from noc_tui.app import NocApp


async def shoot(app: "NocApp", link: FakeLink, size: tuple[int, int], keys: list[str], steps: int) -> str:
    """One screenshot as SVG, after `steps` seconds of the fake operation and some keys."""
    async with app.run_test(size=size) as pilot:
        for _ in range(steps):
            link.step()
            app.tick()
        for key in keys:
            await pilot.press(key)
            app.tick()
        for _ in range(12):
            app.tick()
            await pilot.pause()
        return app.export_screenshot()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--storm", type=int, default=1)
    parser.add_argument("--beat", type=float, default=1, help="steps a second")
    parser.add_argument("--theme")
    parser.add_argument("--read-only", action="store_true")
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--ascii", action="store_true")
    parser.add_argument("--late", type=int, default=0)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--figures", metavar="FILE", help="write what the run cost there")
    parser.add_argument("--shot", nargs=2, metavar=("WxH", "FILE"))
    parser.add_argument("keys", nargs="*")
    wish = parser.parse_args()
    link = FakeLink(read_only=wish.read_only, storm=wish.storm, quiet=wish.quiet, late=wish.late)
    terminal: Any = None
    if wish.shot is None:
        found = look_at(os.environ, Wishes())
        prepare(found, os.environ)
        terminal = Terminal(found)
    from noc_tui.app import NocApp

    app = NocApp(
        link,
        theme=wish.theme,
        session=Session(),
        terminal=terminal,
        remember=False,
        ascii_only=wish.ascii,
        auto_tick=wish.shot is None,
    )
    if wish.shot:
        width, height = map(int, wish.shot[0].split("x"))
        Path(wish.shot[1]).write_text(asyncio.run(shoot(app, link, (width, height), wish.keys, wish.steps)))
        return
    app.call_later(lambda: app.set_interval(1 / wish.beat, link.step))
    code = terminal.run(app)
    if wish.figures:
        Path(wish.figures).write_text(f"{terminal.bytes_written} bytes, {time.process_time():.2f} s CPU\n")
    raise SystemExit(code)


if __name__ == "__main__":
    main()
