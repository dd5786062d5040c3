"""How long to wait before a receiver that failed is tried again."""

import random

FIRST = 1.0  # seconds
MOST = 60.0
SPREAD = 0.2  # so that many senders do not come back at one moment


def pause(failures: int, asked: float | None = None) -> float:
    """Seconds after so many failures in a row (from 1): doubled each time, a minute at most, also where the receiver
    asked for more."""
    plain: float = max(asked or 0.0, FIRST * 2.0 ** min(failures - 1, 10))
    return min(MOST, plain) * (1.0 - random.random() * SPREAD)  # noqa: S311  not for secrets
