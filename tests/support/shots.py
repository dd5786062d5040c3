"""Screenshots for the README, from the real demo: `python -m tests.support.shots FOLDER [NAME ...]`."""

import asyncio
import sys
from pathlib import Path

from engine.run import demo
from noc_tui.app import NocApp
from noc_tui.session import Session

# name -> (columns, rows, theme, seconds of the demo, speed, keys)
SHOTS: dict[str, tuple[int, int, str, float, float, tuple[str, ...]]] = {
    "live": (160, 45, "dark", 8.0, 120.0, ()),
    "small": (80, 24, "dark", 8.0, 120.0, ()),
    "light": (120, 40, "light", 8.0, 120.0, ()),
    "wall": (300, 80, "high-contrast", 12.0, 200.0, ()),
    "filter": (120, 40, "colour-blind", 8.0, 120.0, ("slash", *"severity>=high", "enter")),
}


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
            await asyncio.sleep(0.5)
            await pilot.pause()
            (folder / f"{name}.svg").write_text(app.export_screenshot(title="noc demo"))
    finally:
        await asyncio.to_thread(link.close)


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:] or list(SHOTS):
        asyncio.run(shoot(name, folder))


if __name__ == "__main__":
    main()
