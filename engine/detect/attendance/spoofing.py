"""Positions that are too good: forged coordinates repeat, keep their distance from the centre, or never doubt.

A handset may do so honestly (a desk, a driver that rounds), so how common a trait is among all turns counts against
it, and how many turns in a row one person had it counts for it.
"""

import msgspec

from data.records import severity
from data.times import DAY, HOUR
from engine.detect.attendance.evidence import Evidence
from engine.detect.attendance.presence import Presence, Track
from engine.detect.attendance.sure import grown, several
from engine.settings.attendance import AttendanceSettings

KIND = "GPS_SPOOFING"
_FEWEST = 10  # fixes
_JUDGED = 5  # turns from which the commonness of a trait is known
_STILL = 0.12  # scatter in relation to the claimed accuracy; a handset on a desk wanders by a third and more
_COMMON = 0.25  # a trait of so many turns accuses nobody


class Habits(msgspec.Struct):
    """How many turns of the partition were long enough to judge, and how many of them had each trait."""

    turns: int = 0
    with_trait: dict[str, int] = msgspec.field(default_factory=dict)

    def rare(self, trait: str) -> float:
        """0-1 by which evidence of this trait counts."""
        share = self.with_trait.get(trait, 0) / (self.turns + 20)
        doubt = 0.7 if self.turns < _JUDGED else 1.0
        return doubt * max(0.0, 1.0 - share / _COMMON)


def traits(track: Track, limits: AttendanceSettings) -> dict[str, tuple[float, str]]:
    """The traits of a turn's fixes, each with how plainly it shows (0-1) and in words."""
    fixes = track.fixes
    if fixes < _FEWEST or track.last_at - track.first_at < limits.spoof_after:
        return {}
    hours = (track.last_at - track.first_at) / HOUR
    over = f"{fixes} fixes over {hours:.1f} h"
    found = {}
    repeated = track.repeats / (fixes - 1)
    mean = track.accuracies / fixes
    scatter = track.scatter()
    if repeated > 0.8:
        found["frozen"] = (grown(track.repeats, 6), f"{over} at exactly the same place")
    elif mean > 0 and scatter < _STILL * mean:
        plain = min(1.0, 2 * (1 - scatter / (_STILL * mean)))
        found["offset"] = (
            plain * grown(fixes, 8),
            f"{over} keep within {scatter:.2f} m of one point, though their accuracy is {mean:.0f} m",
        )
    if mean > 0 and track.same_accuracy == fixes:
        found["constant"] = (grown(fixes, 10), f"{over}, all with an accuracy of exactly {track.accuracy:g} m")
    return found


def too_good(presence: Presence, track: Track, habits: Habits, limits: AttendanceSettings) -> list[Evidence]:
    """Evidence of forged positions in this turn."""
    found = traits(track, limits)
    parts = []
    for trait, (plain, words) in found.items():
        before = presence.odd.get(trait, 0)
        sure = 0.9 * plain * habits.rare(trait)
        sure = 1 - (1 - sure) * 0.6 ** min(before, 4) if sure > 0 else 0.0
        parts.append((sure, words + (f", as in {before} turns before" if before else "")))
    sure = several(each for each, _ in parts)
    if sure < 0.02:
        return []
    numbers = {
        "fixes": track.fixes, "repeats": track.repeats, "scatter_m": round(track.scatter(), 2),
        "mean_accuracy_m": round(track.accuracies / track.fixes, 1),
    }  # fmt: skip
    return [Evidence(KIND, severity.HIGH, min(0.97, sure), "; ".join(words for _, words in parts), numbers)]


def note_turn(presence: Presence, track: Track, habits: Habits, limits: AttendanceSettings) -> None:
    """A turn is over: its traits count from now on."""
    if track.fixes < _FEWEST or track.last_at - track.first_at < limits.spoof_after:
        return
    found = traits(track, limits)
    habits.turns += 1
    for trait in found:
        habits.with_trait[trait] = habits.with_trait.get(trait, 0) + 1
    presence.odd = {trait: presence.odd.get(trait, 0) + 1 for trait in found}


class Spots(msgspec.Struct):
    """Exact places of check-ins and whose they are: a place that several people share is a reader's, not a forgery."""

    owners: dict[str, str] = msgspec.field(default_factory=dict)

    def shared(self, lat: float, lon: float, person: str) -> bool:
        """Notes the place; whether others had exactly the same one."""
        key = f"{lat:.7f},{lon:.7f}"
        owner = self.owners.setdefault(key, person)
        if owner != person:
            self.owners[key] = ""
        if len(self.owners) > 5_000:
            del self.owners[next(iter(self.owners))]
        return owner != person


def same_spot(presence: Presence, spots: Spots, person: str, lat: float, lon: float, time: int) -> list[Evidence]:
    """Check-ins of several days at exactly the same coordinates, which nobody else has."""
    shared, day = spots.shared(lat, lon, person), time // DAY
    if presence.spot != (lat, lon):
        presence.spot, presence.spots, presence.spot_day = (lat, lon), 1, day
    elif day != presence.spot_day:
        presence.spots, presence.spot_day = presence.spots + 1, day
    if presence.spots < 3 or shared:
        return []
    sure = 0.9 * grown(presence.spots - 1, 2)
    text = f"checked in at exactly the same coordinates on {presence.spots} days in a row"
    return [Evidence(KIND, severity.HIGH, sure, text, {"days": presence.spots, "lat": lat, "lon": lon})]
