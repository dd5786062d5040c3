"""What comes and goes, or comes in masses, is damped: shown once, counted on, and brought back when it stays."""

from collections.abc import Callable

import msgspec

from engine.alerts.flapping import Flapping
from engine.alerts.storm import Digest, Fold, Storm
from engine.settings.sections import AlertSettings


class Damping:
    """Flapping and storms of one partition."""

    def __init__(self, settings: AlertSettings, of: Callable[[str], AlertSettings] | None = None) -> None:
        """`of` gives the settings of a site, where sites differ."""
        self.flapping = Flapping(settings.flapping)
        self.storm = Storm(settings.storm, (lambda site: of(site).storm) if of is not None else None)

    def due(self) -> int | None:
        first, second = self.flapping.due(), self.storm.due()
        return second if first is None or (second is not None and second < first) else first

    def tick(self, now: int) -> tuple[list[int], list[Digest]]:
        """Fingerprints of alerts that flap no longer, and storms that are over, by `now`."""
        return self.flapping.tick(now), self.storm.tick(now)

    def dump(self) -> bytes:
        return msgspec.msgpack.encode((self.flapping.dump(), self.storm.dump()))

    def load(self, body: bytes) -> None:
        flapping, storm = msgspec.msgpack.decode(body, type=tuple[bytes, bytes])
        self.flapping.load(flapping)
        self.storm.load(storm)


__all__ = ["Damping", "Digest", "Fold"]
