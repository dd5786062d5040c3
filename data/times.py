"""Time as an integer: microseconds since 1970-01-01 UTC, and its RFC 3339 form."""

from datetime import UTC, datetime, timedelta

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def from_datetime(moment: datetime) -> int:
    """Microseconds since the epoch; exact. `moment` must know its zone."""
    return (moment - _EPOCH) // _MICROSECOND


def to_datetime(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def parse(text: str) -> int:
    """An RFC 3339 time with zone. Raises ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"time without a zone: {text!r}")
    return from_datetime(moment)


def text(micros: int) -> str:
    """RFC 3339 in UTC, with as many digits of the second as are needed: `2024-01-01T04:30:43.945Z`."""
    whole, rest = divmod(micros, SECOND)
    base = (_EPOCH + timedelta(seconds=whole)).isoformat()[:19]
    if not rest:
        return base + "Z"
    digits = f"{rest:06d}"
    return f"{base}.{digits[:3] if rest % 1000 == 0 else digits}Z"


def text_or_none(micros: int | None) -> str | None:
    return None if micros is None else text(micros)
