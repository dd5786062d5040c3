"""What is known of one person: where last seen, at work since when, heard when, and how the handset locates."""

from math import cos, radians, sqrt

import msgspec

from data.times import MINUTE

QUARTER = 15 * MINUTE
SOON = 45 * MINUTE  # silent from so soon after the check-in on: gone, not asleep
_METRES = 111_195.0  # a degree of latitude


class Track(msgspec.Struct):
    """Credible fixes of one turn as running sums. East and north are metres from the first fix."""

    fixes: int = 0
    repeats: int = 0  # fixes at exactly the place of the one before
    first_at: int = 0
    last_at: int = 0
    lat: float = 0.0
    lon: float = 0.0
    shrink: float = 0.0  # metres of a degree of longitude there
    last_lat: float = 0.0
    last_lon: float = 0.0
    north: float = 0.0
    east: float = 0.0
    squares: float = 0.0
    accuracy: float = 0.0  # of the first fix
    same_accuracy: int = 0
    accuracies: float = 0.0

    def add(self, lat: float, lon: float, accuracy: float, time: int) -> None:
        """One more fix; its time may step back a little."""
        if not self.fixes:
            self.first_at = self.last_at = time
            self.lat, self.lon, self.accuracy = lat, lon, accuracy
            self.shrink = _METRES * cos(radians(lat))
        else:
            self.repeats += lat == self.last_lat and lon == self.last_lon
            north = (lat - self.lat) * _METRES
            east = (lon - self.lon) * self.shrink
            self.north += north
            self.east += east
            self.squares += north * north + east * east
        if time > self.last_at:
            self.last_at = time
        self.same_accuracy += accuracy == self.accuracy
        self.fixes += 1
        self.accuracies += accuracy
        self.last_lat, self.last_lon = lat, lon

    def scatter(self) -> float:
        """Root of the mean squared distance from the mean place, in metres."""
        count = max(1, self.fixes)
        return sqrt(max(0.0, self.squares / count - (self.north / count) ** 2 - (self.east / count) ** 2))


class Session(msgspec.Struct):
    """One turn at work, from a check-in (`source`, `id`) on. `planned_end` 0: no plan.

    Signs of life are of two kinds: those of the handset (fixes, phone) and free ones that a dead handset does not stop
    (verifications, tasks done). `phones` and `frees` count the quarters of an hour that had one."""

    source: str
    id: str
    site: str
    began: int
    worked_since: int
    claimed: str | None = None  # the shift that the check-in named, and the one that it belongs to
    shift: str | None = None
    planned_end: int = 0
    watch: int = 0  # when this turn is looked at next
    phone_at: int = 0
    free_at: int = 0
    phones: int = 0
    frees: int = 0
    soon: tuple[int, int] = (0, 0)  # `phones` and `frees` of the first minutes (`SOON`)
    frees_then: int = 0  # `frees` when the handset was heard last
    track: Track = msgspec.field(default_factory=Track)
    told: dict[str, float] = msgspec.field(default_factory=dict)  # type -> confidence that was reported of this turn

    @property
    def heard_at(self) -> int:
        """The last sign of life, the check-in at least."""
        return max(self.began, self.phone_at, self.free_at)


class Presence(msgspec.Struct):
    """Where a person was last known to be, by GPS and by verification. Times 0: never."""

    lat: float = 0.0
    lon: float = 0.0
    accuracy_m: float = 0.0
    fixed_at: int = 0
    site: str = ""
    verified_at: int = 0
    turn: Session | None = None
    left_site: str = ""  # of the turn before: where, until when, and at work since when without a rest
    left_at: int = 0
    worked_since: int = 0
    phones: int = 0  # quarters of an hour with a sign of life, and hours, over past turns
    frees: int = 0
    hours: float = 0.0
    odd: dict[str, int] = msgspec.field(default_factory=dict)  # trait of the handset -> turns in a row that had it
    spot: tuple[float, float] | None = None  # the very place of the last check-in
    spots: int = 0  # check-ins in a row at exactly that place
    spot_day: int = 0
    proofs: list[tuple[int, int]] = msgspec.field(default_factory=list)  # (minute since 1970, confidence in %)
    pattern: bool = False

    def heard(self, time: int, *, free: bool) -> None:
        """A sign of life during a turn."""
        turn = self.turn
        if turn is None:
            return
        if free:
            if time > turn.free_at:
                turn.frees += time // QUARTER != turn.free_at // QUARTER
                turn.free_at = time
        elif time > turn.phone_at:
            turn.phones += time // QUARTER != turn.phone_at // QUARTER
            turn.phone_at, turn.frees_then = time, turn.frees
        if time < turn.began + SOON:
            turn.soon = (turn.phones, turn.frees)
