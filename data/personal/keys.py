"""How personal fields are called. Imports nothing heavy: the configuration is read with it."""

from collections.abc import Mapping
from typing import Final

PHONES: Final = ("phone", "mobile", "telephone")
EMAILS: Final = ("email", "e_mail", "mail")
KEYS: Final[Mapping[str, frozenset[str]]] = {
    "name": frozenset(),  # what is called so elsewhere is no person's
    "phone": frozenset(PHONES),
    "email": frozenset(EMAILS),
    "lat": frozenset(("lat", "latitude")),
    "lon": frozenset(("lon", "lng", "longitude")),
    "face": frozenset(("face", "match", "liveness", "face_confidence")),
    "photo": frozenset(("photo", "authenticity", "manipulation", "image", "picture")),
}
"""The fields that may be given an age, and how they are called in events and evidence."""
