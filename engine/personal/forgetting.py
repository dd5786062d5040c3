"""Exact positions and likeness of one person taken out of what a partition has in mind. What was counted stays."""

from array import array
from math import nan

from data.personal.rewriting import FACES
from engine.partition import Partition
from engine.score.fraud_features import NAMES

VECTOR = tuple(place for place, name in enumerate(NAMES) if name in FACES or name == "face_below_usual")
"""Places in the vector of a check-in that tell of face and photo."""


def forget(partition: Partition, person: str) -> None:
    """Afterwards nothing in the statistics tells where the person was, but for sites, or what their face is like."""
    detectors = partition.detectors
    _walked(partition, person)
    presence = detectors.attendance.people.get(person)
    if presence is not None:
        presence.lat = presence.lon = 0.0
        presence.fixed_at, presence.spot = 0, None
        presence.proofs = [(minute, -1) for minute, _ in presence.proofs]
        if presence.turn is not None:
            track = presence.turn.track
            track.lat = track.lon = track.last_lat = track.last_lon = 0.0
    spots = detectors.attendance.spots
    spots.owners = {place: owner for place, owner in spots.owners.items() if owner != person}
    guard = detectors.fieldwork.field.guards.get(person)
    if guard is not None:
        guard.lat = guard.lon = 0.0
        guard.here = (0.0, 0.0, 0.0)
    _scored(partition, person)


def _walked(partition: Partition, person: str) -> None:
    """Fixes stay as fixes, and the way stays as long as it was."""
    track = partition.detectors.activity.people.get(person)
    if track is not None:
        unknown = [nan] * len(track.path.at)
        track.path.lat, track.path.lon = array("d", unknown), array("d", unknown)


def _scored(partition: Partition, person: str) -> None:
    history = partition.fraud.histories.people.get(person)
    if history is not None:
        for arrival in history.arrivals:
            arrival.place = arrival.face = None
    for row in partition.fraud.rows.values():
        if row.person == person:
            row.vector = [None if place in VECTOR else value for place, value in enumerate(row.vector)]
