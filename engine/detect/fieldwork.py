"""The rooms that watch the field operation: people and posts, tours, what is owed, devices, and the audits over all."""

from collections.abc import Callable

from engine.detect.audits import Audits
from engine.detect.device_health import DeviceHealth
from engine.detect.field import Field
from engine.detect.localtime import LocalTime
from engine.detect.overdue import OverdueRules
from engine.detect.room import Room
from engine.detect.tours import TourRules
from engine.registry import Registry
from engine.score.days import Sources
from engine.score.scorecard import Scorecards
from engine.settings.places import Places


class Fieldwork:
    """Built once a partition. `rooms` are in the order in which they must look at an event and be loaded."""

    def __init__(self, tenant: str, places: Places, registry: Registry, wake: Callable[[], None]) -> None:
        local = LocalTime(registry)
        self.field = Field(tenant, places, registry)
        self.tours = TourRules(tenant, places, registry, wake)
        self.overdue = OverdueRules(tenant, places, registry, wake)
        self.health = DeviceHealth(tenant, places, registry)
        self.audits = Audits(self.field, self.tours, self.overdue, local, wake)
        sources = Sources(self.field, self.tours, self.overdue)
        self.scorecards = Scorecards(tenant, places, registry, local, sources, wake)
        self.audits.noted = self.scorecards.note
        self.rooms: dict[str, Room] = {
            "field": self.field,
            "tours": self.tours,
            "overdue": self.overdue,
            "health": self.health,
            "audits": self.audits,
            "scorecards": self.scorecards,
        }
