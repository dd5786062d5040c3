"""What each day brings to a site: the roster, the weather, the calendar."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from data.times import HOUR
from engine.sources.simulate.dice import dice
from engine.sources.simulate.event import line
from engine.sources.simulate.shifts import turn
from engine.sources.simulate.weave import Actor
from engine.sources.simulate.world import EPOCH, Site, World

# (month, day): name and where; the same every year.
HOLIDAYS: Final = {
    (1, 26): ("Republic Day", ("Maharashtra", "Telangana", "Tamil Nadu")),
    (4, 25): ("Anzac Day", ("Victoria",)),
    (4, 27): ("King's Day", ("Zuid-Holland", "Utrecht")),
    (6, 1): ("Madaraka Day", ("Nairobi", "Mombasa")),
    (7, 4): ("Independence Day", ("Illinois", "Wisconsin", "Colorado", "Washington")),
    (8, 9): ("National Day", ("Singapore",)),
    (12, 25): ("Christmas Day", ("England", "Illinois", "Ontario", "Hamburg", "Victoria")),
}


def days(world: World, site: Site) -> Actor:
    """For ever: the afternoon before a local day its turns are booked, at its start weather and holidays are told."""
    day = site.local_day(world.floor) - 1
    while True:
        midnight = site.midnight(day)
        yield max(world.loom.now, midnight - 15 * HOUR)
        site.offset = site.utc_offset(world.loom.now)
        rng = dice(world.seed, "weather", site.id, day)
        site.rain_mm = round(55 * rng.random() ** 2, 1) if rng.random() < 0.3 else 0.0
        for slot in range(3):
            world.loom.add(turn(world, site, day, slot))
        if midnight >= world.floor:
            world.loom.add(_almanac(site, day, site.rain_mm, round(6 + 22 * rng.random(), 1), midnight), midnight)
        day += 1


def _almanac(site: Site, day: int, rain: float, warm: float, now: int) -> Iterator[int | bytes]:
    date = EPOCH + timedelta(days=day)
    data = {
        "date": date.isoformat(),
        "kind": "weather",
        "name": "forecast",
        "site": site.id,
        "metrics": {"rain_mm": rain, "temperature_c": warm},
    }
    yield line("calendar", f"wx-{site.id}-{date.isoformat()}", "calendar.day", now, data)
    name, states = HOLIDAYS.get((date.month, date.day), ("", ()))
    if site.spot.city.state in states:
        data = {"date": date.isoformat(), "kind": "holiday", "name": name, "site": site.id}
        yield line("calendar", f"hd-{site.id}-{date.isoformat()}", "calendar.day", now, data)
