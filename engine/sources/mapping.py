"""Frames of a WebSocket that carry JSON of another system, by the mapping of their source."""

from engine import clock
from engine.running import Running
from engine.settings.sources import Source
from engine.sources.foreign.mapped import BadPayload, Ordinals
from engine.sources.foreign.mapping import Mapping
from engine.sources.websocket import Read


def reader(engine: Running, source: Source) -> Read:
    """Makes events of frames."""
    mapping = Mapping(source, engine.pipeline.config.foreign)
    ordinals = Ordinals()

    def read(frame: bytes) -> tuple[list[bytes], list[tuple[bytes, str]]]:
        first = ordinals.take(1)
        try:
            found = mapping.read(frame, clock.wall(), first)
        except BadPayload as error:
            return [], [(frame, str(error))]
        ordinals.take(len(found.lines) + len(found.refused) + found.skipped)
        return found.lines, [(raw, reason) for _, raw, reason in found.refused]

    return read
