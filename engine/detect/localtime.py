"""Local time of sites, cheaply: the offset of a zone is looked up once a quarter of an hour."""

from zoneinfo import ZoneInfo

from data.times import DAY, HOUR, MINUTE, SECOND, to_datetime
from engine.registry import Registry

QUARTER = 15 * MINUTE  # zones change at whole quarters


class LocalTime:
    """Answers for the sites of a partition; UTC where a site names no zone, or one that is not known."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._offsets: dict[tuple[str, int], int] = {}

    def zone(self, site: str | None) -> str:
        place = self.registry.of("site", site)
        zone = place.attributes.get("timezone") if place is not None else None
        return zone if isinstance(zone, str) and zone else "UTC"

    def offset(self, zone: str, now: int) -> int:
        """Local time minus UTC, microseconds."""
        key = zone, now // QUARTER
        found = self._offsets.get(key)
        if found is None:
            if len(self._offsets) > 2000:
                self._offsets.clear()
            found = self._offsets[key] = _offset(zone, now)
        return found

    def hour(self, site: str | None, now: int) -> int:
        """The local hour, 0-23."""
        return (now + self.offset(self.zone(site), now)) % DAY // HOUR

    def next(self, site: str | None, now: int, hour: int) -> int:
        """The next moment after `now` at which it is `hour` o'clock there. Over a change of clocks it is looked up
        with the offset that holds then; an hour that is left out is taken an hour later."""
        zone = self.zone(site)
        local = now + self.offset(zone, now)
        at = local - local % DAY + hour * HOUR
        while at <= local:
            at += DAY
        first = at - self.offset(zone, now)
        again = at - self.offset(zone, first)
        return again if again > now else first


def is_night(hour: int, begins: int, ends: int) -> bool:
    """Whether an hour lies in a span that may go over midnight; a span from an hour to itself is all day."""
    return begins <= hour < ends if begins < ends else hour >= begins or hour < ends


def _offset(zone: str, now: int) -> int:
    try:
        gap = to_datetime(now).astimezone(ZoneInfo(zone)).utcoffset()
    except (ValueError, OSError, KeyError, OverflowError):  # what ZoneInfo makes of hostile names and years
        return 0
    return 0 if gap is None else round(gap.total_seconds()) * SECOND
