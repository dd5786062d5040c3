"""The engine inside the console's process: it ends when the console does, whenever that is."""

import threading
from collections.abc import Callable
from pathlib import Path

from data.opening import open_store
from engine import clock
from engine.embedded import Embedded
from engine.runtime import Engine
from engine.settings import Config


def over(folder: Path, kind: type[Embedded] = Embedded) -> Embedded:
    url = f"sqlite:///{folder / 'noc.db'}"

    async def make() -> Engine:
        return Engine(await open_store(url, "test"), Config())

    return kind(make, database=url)


def test_a_console_that_closes_while_its_engine_is_still_coming_up_does_not_wait_for_it(tmp_path: Path) -> None:
    let_it = threading.Event()

    class Slow(Embedded):
        def _serve(self) -> None:
            let_it.wait(10)
            super()._serve()

    engine = over(tmp_path, Slow)
    engine.start()
    closing = threading.Thread(target=engine.close)
    closing.start()
    wait_until(lambda: engine._closed)
    let_it.set()
    closing.join(5)
    assert not closing.is_alive()
    assert engine.failure is None


def wait_until(holds: Callable[[], bool]) -> None:
    end = clock.monotonic() + 10
    while not holds():
        assert clock.monotonic() < end, "did not come to pass"
        threading.Event().wait(0.005)


def test_a_console_that_closes_later_ends_its_engine(tmp_path: Path) -> None:
    engine = over(tmp_path)
    health = engine.watch_health()
    engine.start()
    wait_until(lambda: health.page is not None and health.page.revision >= 0)
    engine.close()
    assert engine._thread is not None
    assert not engine._thread.is_alive()
