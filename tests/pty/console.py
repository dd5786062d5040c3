"""The real console on a real terminal over the fake engine, for the pty tests.

Usage: python -m tests.pty.console [--hostile] [--storm N] [--still] [--calm-after S] [--colors DEPTH] [--report FILE]
"""

import argparse
import json
import os
import time
from pathlib import Path

import msgspec

from noc_tui.terminal import Terminal, Wishes, look_at, prepare


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--hostile", action="store_true", help="every text the engine tells is an attack, uncleaned")
    parser.add_argument("--storm", type=int, default=1)
    parser.add_argument("--still", action="store_true", help="the engine lives, but nothing happens")
    parser.add_argument("--calm-after", type=float, default=0.0, help="seconds until nothing happens any more")
    parser.add_argument("--colors", default="auto")
    parser.add_argument("--theme")
    parser.add_argument("--report", type=Path)
    wish = parser.parse_args()
    found = look_at(os.environ, Wishes(colors=wish.colors))
    prepare(found, os.environ)

    from engine.views import ClusterRow, Fact, ItemContext, Section
    from noc_tui.app import NocApp
    from noc_tui.session import Session
    from tests.support.fake_link import FakeLink
    from tests.support.hostile import CORPUS

    class HostileLink(FakeLink):
        def _item(self, alert_type: str, severity: int, place: int, text: str) -> None:
            attack = CORPUS[len(self.items) % len(CORPUS)]
            super()._item(alert_type + attack[:40], severity, place, attack)

        def _tell(self, kind: str, severity: int, site: str, ref: str, text: str) -> None:
            attack = CORPUS[self.sequence % len(CORPUS)]
            super()._tell(kind + attack[:6], severity, site, ref, attack)

        def _context(self, row: ClusterRow) -> ItemContext:
            page = super()._context(row)
            facts = tuple(Fact(attack[:12], attack, 0, f"site/{attack}") for attack in CORPUS)
            attacked = (Section(CORPUS[0], facts), *page.sections)
            return msgspec.structs.replace(page, why=CORPUS[3], next_step=CORPUS[6], sections=attacked)

    class Watched(NocApp):
        gap = 0.0
        last = 0.0

        def tick(self) -> None:
            now = time.monotonic()
            if self.last:
                self.gap = max(self.gap, now - self.last)
            self.last = now
            super().tick()

    terminal = Terminal(found)
    link = (HostileLink if wish.hostile else FakeLink)(storm=wish.storm)
    app = Watched(link, theme=wish.theme or found.theme, session=Session(), remember=False, terminal=terminal)

    began = time.monotonic()

    def beat() -> None:
        calm = wish.still or (wish.calm_after and time.monotonic() - began > wish.calm_after)
        link._publish() if calm else link.step()

    def begin() -> None:
        terminal.set_title("noc")
        app.set_interval(1 / max(1, min(wish.storm, 10)), beat)

    app.call_later(begin)
    code = terminal.run(app)
    if wish.report is not None:
        wish.report.write_text(json.dumps({"gap": app.gap, "ended_by": terminal.ended_by, "slow": terminal.slow}))
    return code


if __name__ == "__main__":
    raise SystemExit(main())
