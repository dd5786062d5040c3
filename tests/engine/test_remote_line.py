"""A line to an engine elsewhere ends when the console does, whenever that is."""

import threading

from engine import clock
from engine.attach.remote import Remote


def test_a_console_that_closes_while_its_line_is_still_coming_up_does_not_wait_for_it() -> None:
    let_it = threading.Event()

    class Slow(Remote):
        def _serve(self) -> None:
            let_it.wait(10)
            super()._serve()

    line = Slow("http://127.0.0.1:9")
    line.start()
    closing = threading.Thread(target=line.close)
    closing.start()
    end = clock.monotonic() + 10
    while not line._closed:
        assert clock.monotonic() < end
        threading.Event().wait(0.005)
    let_it.set()
    closing.join(5)
    assert not closing.is_alive()
    assert line._thread is not None
    assert not line._thread.is_alive()
