"""What keeps playbooks from doing harm by doing too much: rates, cool-downs, loops, and how far they reach."""

import msgspec

from data.times import HOUR
from engine.respond.playbooks.document import Limits, length

LOOP = 6 * HOUR  # in which a playbook that comes back to one thing too often is asking for a person
THINGS = 20_000  # whose last run is remembered


class Guards(msgspec.Struct):
    """Times are event time. `last`: playbook and thing -> when; `again`: the same -> runs of late; `hours`: playbook ->
    runs of the last hour; `sites`: playbook -> site -> when it was last touched by itself; `all`: all runs."""

    last: dict[str, int] = {}
    again: dict[str, list[int]] = {}
    hours: dict[str, list[int]] = {}
    sites: dict[str, dict[str, int]] = {}
    all: list[int] = []

    def holds_back(self, name: str, subject: str, limits: Limits, per_hour: int, running: int, now: int) -> str | None:
        """Why there must be no run now, not even a proposal."""
        before = self.last.get(f"{name}\x1f{subject}")
        if before is not None and now - before < length(limits.cool_down):
            return "cool-down"
        if len(_late(self.hours.get(name, []), now)) >= limits.per_hour:
            return "rate"
        if len(_late(self.all, now)) >= per_hour:
            return "rate of all"
        return "concurrency" if running >= limits.concurrent else None

    def asks(self, name: str, subject: str, site: str | None, limits: Limits, now: int) -> str | None:
        """Why it must not act by itself now, but may propose."""
        times = [time for time in self.again.get(f"{name}\x1f{subject}", ()) if now - time < LOOP]
        if len(times) >= limits.again:
            return f"it has run {len(times)} times here in six hours, and it came back each time"
        touched = {place for place, time in self.sites.get(name, {}).items() if now - time < HOUR}
        if site is not None and site not in touched and len(touched) >= limits.sites_per_hour:
            return f"it has touched {len(touched)} sites in this hour by itself"
        return None

    def ran(self, name: str, subject: str, now: int) -> None:
        """A run, or a proposal of one."""
        key = f"{name}\x1f{subject}"
        self.last.pop(key, None)
        self.last[key] = now
        if len(self.last) > THINGS:
            del self.last[next(iter(self.last))]
        self.hours[name] = [*_late(self.hours.get(name, []), now), now]
        self.all = [*_late(self.all, now), now]

    def acted(self, name: str, subject: str, site: str | None, now: int) -> None:
        """It begins to act by itself."""
        key = f"{name}\x1f{subject}"
        times = [time for time in self.again.pop(key, ()) if now - time < LOOP]
        self.again[key] = [*times, now]
        if len(self.again) > THINGS:
            del self.again[next(iter(self.again))]
        if site is not None:
            places = {place: time for place, time in self.sites.get(name, {}).items() if now - time < HOUR}
            self.sites[name] = {**places, site: now}


def _late(times: list[int], now: int) -> list[int]:
    return [time for time in times if now - time < HOUR]
