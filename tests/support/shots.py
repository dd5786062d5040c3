"""Screenshots for the README, from the real demo: `python -m tests.support.shots FOLDER [NAME ...]`."""

import asyncio
import sys
from pathlib import Path

from engine.run import demo
from engine.settings.wall import WallSettings
from noc_tui.app import NocApp
from noc_tui.session import Session
from noc_tui.wall.app import WallApp

# name -> (columns, rows, theme, seconds of the demo, speed, keys)
SHOTS: dict[str, tuple[int, int, str, float, float, tuple[str, ...]]] = {
    "live": (160, 45, "dark", 8.0, 120.0, ()),
    "small": (80, 24, "dark", 8.0, 120.0, ()),
    "light": (120, 40, "light", 8.0, 120.0, ()),
    "large": (300, 80, "high-contrast", 12.0, 200.0, ()),
    "past": (160, 45, "dark", 14.0, 900.0, ("ctrl+t", "minus", "2", "h", "enter")),
    "filter": (120, 40, "colour-blind", 8.0, 120.0, ("slash", *"severity>=high", "enter")),
}


# Pages of the wall -> (columns, rows, seconds of the demo, speed)
WALLS: dict[str, tuple[int, int, float, float]] = {
    "wall-now": (120, 36, 10.0, 200.0),
    "wall-incidents": (120, 36, 10.0, 200.0),
}


async def shoot_wall(name: str, folder: Path) -> None:
    columns, rows, seconds, speed = WALLS[name]
    link = demo(None, seed=1, sites=24, speed=speed)
    app = WallApp(link, WallSettings(pages=(name.removeprefix("wall-"),)), auto_beat=False)  # type: ignore[arg-type]
    try:
        async with app.run_test(size=(columns, rows)) as pilot:
            link.start()
            await asyncio.sleep(seconds)
            app.beat()
            await pilot.pause()
            (folder / f"{name}.svg").write_text(app.export_screenshot(title="noc wall"))
    finally:
        await asyncio.to_thread(link.close)


async def shoot(name: str, folder: Path) -> None:
    columns, rows, theme, seconds, speed, keys = SHOTS[name]
    link = demo(None, seed=1, sites=24, speed=speed)
    app = NocApp(link, theme=theme, session=Session(), remember=False)
    try:
        async with app.run_test(size=(columns, rows)) as pilot:
            link.start()
            await asyncio.sleep(seconds)
            for key in keys:
                await pilot.press(key)
            await asyncio.sleep(6.0 if name == "past" else 0.5)  # a journey takes a moment
            await pilot.pause()
            (folder / f"{name}.svg").write_text(app.export_screenshot(title="noc demo"))
    finally:
        app.travel.close()
        await asyncio.to_thread(link.close)


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:] or [*SHOTS, *WALLS]:
        asyncio.run(shoot_wall(name, folder) if name in WALLS else shoot(name, folder))


if __name__ == "__main__":
    main()
