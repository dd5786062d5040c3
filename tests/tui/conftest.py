"""A console over the fake engine, with the beat in the test's hands."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from textual.pilot import Pilot

from noc_tui.app import NocApp
from noc_tui.session import Session
from tests.support.fake_link import FakeLink


@dataclass
class Desk:
    """The running console: `press` keys, let `seconds` of the fake operation pass, read what the screen says."""

    app: NocApp
    link: FakeLink
    pilot: Pilot[Any]

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
            await self.beat()

    async def beat(self, beats: int = 1) -> None:
        for _ in range(beats):
            self.app.tick()
        await self.pilot.pause()

    async def seconds(self, count: int = 1) -> None:
        for _ in range(count):
            self.link.step()
            await self.beat(10)

    async def resize(self, width: int, height: int) -> None:
        """Another size of the terminal; returns when the screen has taken it."""
        await self.pilot.resize_terminal(width, height)
        for _ in range(200):
            await self.pilot.pause()
            if self.app.screen.size == (width, height) and self.app.size == (width, height):
                break
        await self.beat(12)

    @property
    def lines(self) -> list[str]:
        """The screen as text, line by line."""
        screen = self.app.screen
        width, height = screen.size
        strips = screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip)[:width].rstrip() for strip in strips[:height]]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


Open = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture
def console() -> Open:
    @asynccontextmanager
    async def opened(
        size: tuple[int, int] = (120, 40), *, session: Session | None = None, theme: str | None = None, **world: Any
    ) -> AsyncIterator[Desk]:
        link = FakeLink(**world)
        app = NocApp(link, session=session or Session(), theme=theme, auto_tick=False, remember=False)
        async with app.run_test(size=size) as pilot:
            desk = Desk(app, link, pilot)
            await desk.beat(12)
            yield desk

    return opened
