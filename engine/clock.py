"""The only place that reads the wall. Everything else is told the time."""

import time


def wall() -> int:
    """Wall time in microseconds since the epoch."""
    return time.time_ns() // 1000


def monotonic() -> float:
    """Seconds that never step back; for rates and time-outs."""
    return time.monotonic()


def cpu() -> float:
    """CPU seconds of this process, all threads."""
    return time.process_time()
