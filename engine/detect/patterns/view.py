"""What an audit knows of one site at one moment."""

from typing import Any

from data.records.severity import LEVELS
from engine.detect.field import Field, Guard, Post
from engine.detect.localtime import LocalTime, is_night
from engine.detect.overdue import OverdueRules
from engine.detect.report import Found
from engine.detect.tours import TourRules
from engine.geo import distance_m
from engine.settings import Config


class SiteView:
    """One site at `now`, in microseconds. `guards` are the people on duty, in order of their ids."""

    __slots__ = ("config", "field", "guards", "local", "now", "overdue", "post", "rules", "site", "strays", "tours")

    def __init__(
        self,
        site: str,
        now: int,
        config: Config,
        field: Field,
        tours: TourRules,
        overdue: OverdueRules,
        local: LocalTime,
    ) -> None:
        self.site = site
        self.now = now
        self.config = config
        self.rules = config.audits
        self.field = field
        self.tours = tours
        self.overdue = overdue
        self.local = local
        here: dict[str, Guard] = field.on_site.get(site, {})
        self.guards = [here[person] for person in sorted(here)] if len(here) > 1 else list(here.values())
        self.post: Post | None = field.posts.get(site)
        self.strays = [one for one in field.strays if one.site == site] if field.strays else []

    def settled(self, window: int) -> bool:
        """Whether somebody has been on duty for all of the window."""
        return any(guard.since <= self.now - window for guard in self.guards)

    def clear(self, name: str, window: int) -> bool:
        """Whether signals of this kind arrived from anywhere during the window: no outage of their source."""
        return self.field.channels[name].clear(self.now, window)

    def night(self) -> bool:
        night = self.config.night
        return is_night(self.local.hour(self.site, self.now), night.begins, night.ends)

    def away_m(self, guard: Guard) -> float | None:
        """How far beyond the fence the last sure fix of a guard is, less its accuracy; None where a site has no
        coordinates or the fix is older than the duty."""
        place = self.field.registry.of("site", self.site)
        if place is None or guard.sure_at < guard.since:
            return None
        return beyond_fence(place.attributes, guard.here, self.config.attendance.geofence_m)

    def found(
        self,
        kind: str,
        category: str,
        level: str,
        title: str,
        evidence: dict[str, Any],
        *,
        about: str = "",
        person: str | None = None,
        entity: str | None = None,
        since: int = 0,
    ) -> Found:
        """A finding of this site; `about` tells several of one type apart."""
        key = f"{kind}/{self.site}/{about}" if about else f"{kind}/{self.site}"
        return Found(
            key, kind, category, LEVELS[level], self.now, title, evidence, site=self.site, person=person, entity=entity,
            window_start=since or self.now, source="noc/audit",
        )  # fmt: skip


def beyond_fence(attributes: dict[str, Any], here: tuple[float, float, float], fence: float) -> float | None:
    """Metres from the fence of a place to a fix, less its accuracy; None where the place has no coordinates."""
    lat, lon = attributes.get("lat"), attributes.get("lon")
    if not isinstance(lat, int | float) or not isinstance(lon, int | float):
        return None
    own = attributes.get("geofence_m")
    limit = float(own) if isinstance(own, int | float) else fence
    return distance_m(lat, lon, here[0], here[1]) - here[2] - limit
