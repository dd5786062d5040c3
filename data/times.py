"""Time as an integer: microseconds since 1970-01-01 UTC, and its RFC 3339 form."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Final

import msgspec
from msgspec import Meta

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST: Final = len("2026-03-01T10:00:00.123456Z")
_Moment = Annotated[datetime, Meta(tz=True)]
_MICROSECOND = timedelta(microseconds=1)

# of the moments that can be written
FIRST: Final = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
LAST: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND


def from_datetime(moment: datetime) -> int:
    """Microseconds since the epoch; exact. `moment` must know its zone."""
    return (moment - _EPOCH) // _MICROSECOND


def to_datetime(micros: int) -> datetime:
    """The nearest there is in the years 1-9999."""
    return _EPOCH + timedelta(microseconds=max(FIRST, min(micros, LAST)))


@lru_cache(maxsize=1024)  # a request says the same few times again and again
def parse(text: str) -> int:
    """An RFC 3339 time with zone. Raises ValueError for anything else.

    It says the same as the decoder of events, which rounds what is finer than a microsecond and takes a small `z`."""
    if len(text) > _LONGEST or text[-1:] == "z":
        return from_datetime(msgspec.convert(text, _Moment))
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"time without a zone: {text!r}")
    return from_datetime(moment)


@lru_cache(maxsize=1024)
def text(micros: int) -> str:
    """RFC 3339 in UTC, with as many digits of the second as are needed: `2024-01-01T04:30:43.945Z`.

    A zone, or a span added, can lead out of the years 1-9999 that can be written: their first or last moment then."""
    whole, rest = divmod(max(FIRST, min(micros, LAST)), SECOND)
    base = (_EPOCH + timedelta(seconds=whole)).isoformat()[:19]
    if not rest:
        return base + "Z"
    digits = f"{rest:06d}"
    return f"{base}.{digits[:3] if rest % 1000 == 0 else digits}Z"


def text_or_none(micros: int | None) -> str | None:
    return None if micros is None else text(micros)
