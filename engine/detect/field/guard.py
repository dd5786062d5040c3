"""One person at work, and one site with people at work. Times in microseconds, 0: never."""

from math import cos, radians

import msgspec

from data.times import MINUTE

METRES_PER_DEGREE = 111_320.0
SLOT = 5 * MINUTE
SLOTS = 12  # of an hour


class Ring(msgspec.Struct):
    """Counts of the last hour in slots of five minutes; exact for windows that end at the end of a slot."""

    slot: int = 0
    counts: list[int] = msgspec.field(default_factory=lambda: [0] * SLOTS)

    def add(self, time: int, count: int = 1) -> None:
        """Something that happened at `time`; what is older than an hour is left out."""
        slot = time // SLOT
        if slot > self.slot:
            self._turn(slot)
        elif slot <= self.slot - SLOTS:
            return
        self.counts[slot % SLOTS] += count

    def within(self, now: int, window: int) -> int:
        """How much there was in the slots of a window that ends at `now`, the end of a slot; at most an hour."""
        last = (now - 1) // SLOT
        if last > self.slot:
            self._turn(last)
        counts, wide = self.counts, window // SLOT
        return sum(counts) if wide >= SLOTS else sum([counts[(last - back) % SLOTS] for back in range(wide)])

    def _turn(self, slot: int) -> None:
        for one in range(max(self.slot + 1, slot - SLOTS + 1), slot + 1):
            self.counts[one % SLOTS] = 0
        self.slot = slot


class Post(msgspec.Struct):
    """A site, and what was heard of the people on duty there in the last hour."""

    phone: Ring = msgspec.field(default_factory=Ring)
    location: Ring = msgspec.field(default_factory=Ring)
    tasks: Ring = msgspec.field(default_factory=Ring)
    alerts: Ring = msgspec.field(default_factory=Ring)


class Guard(msgspec.Struct):
    """A person who checked in once, on duty now or not. `phones` counts since the last fix, `fixes` since the last use
    of the phone, `idle_fixes` since the last work done. Position: `lat`, `lon`, `accuracy_m` are where the person last
    moved to, `here` the last sure fix."""

    person: str
    site: str = ""
    on: bool = False
    since: int = 0
    until: int = 0
    phone_at: int = 0
    fix_at: int = 0
    sure_at: int = 0
    moved_at: int = 0
    proof_at: int = 0  # verified in person, or checked in
    scan_at: int = 0  # a checkpoint scanned
    work_at: int = 0  # a task or checkpoint done
    phones: int = 0
    fixes: int = 0
    idle_fixes: int = 0
    lat: float = 0.0
    lon: float = 0.0
    accuracy_m: float = 0.0
    here: tuple[float, float, float] = (0.0, 0.0, 0.0)
    panic_at: int = 0
    next: int | None = None  # when to look whether anything is heard of this person
    told_at: int = 0  # the inactivity was last told then; 0: nothing is wrong
    score: float = 0.0

    @property
    def seen_at(self) -> int:
        """The last proof that this person was at the site and awake. A task can be ticked off from anywhere."""
        return max(self.proof_at, self.scan_at)

    @property
    def heard_at(self) -> int:
        """The last sign of life: anything but a task that was ticked off."""
        return max(self.phone_at, self.moved_at, self.proof_at, self.scan_at, self.since)

    def place(self, time: int, lat: float, lon: float, accuracy: float, least: float) -> bool:
        """A fix that can be trusted to its accuracy; True if the person moved: further than `least` metres, and than
        both fixes' errors together may be."""
        self.sure_at = time
        self.here = lat, lon, accuracy
        north = (lat - self.lat) * METRES_PER_DEGREE
        east = (lon - self.lon) * METRES_PER_DEGREE * cos(radians(lat))
        away = north * north + east * east
        if away <= least * least or away <= accuracy * accuracy + self.accuracy_m * self.accuracy_m:
            return False
        self.lat, self.lon, self.accuracy_m = lat, lon, accuracy
        self.moved_at = time
        return True
