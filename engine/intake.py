"""The way in: lines become events, bad ones become dead letters, second deliveries are told from new events."""

from collections.abc import Sequence

import msgspec

from data.clean import clean_bytes, clean_text
from data.records.audit import DeadLetter
from data.store import Store
from data.wire import BadEvent, Event, decode
from engine.delivery import Refuse

HEAD = 4096  # bytes of a refused line that are kept


class _Named(msgspec.Struct):
    source: str | None = None


_named = msgspec.json.Decoder(_Named)


class Taken(msgspec.Struct):
    """Lines decoded, in order. `rejected` holds (index of the line, reason)."""

    events: list[Event]
    rejected: list[tuple[int, str]]
    dead: list[DeadLetter]
    duplicates: int = 0


def read(
    lines: Sequence[bytes],
    way: str,
    received: int,
    first_line: int = 0,
    refuse: Refuse | None = None,
) -> Taken:
    """Decodes every line. `first_line` is the number of the first one where lines are numbered, else 0. `refuse` tells
    why an event may not come this way."""
    events: list[Event] = []
    taken = Taken(events, [], [])
    for index, line in enumerate(lines):
        try:
            event = decode(line)
            if refuse is not None and (why := refuse(event)) is not None:
                raise BadEvent(why)
            events.append(event)
        except BadEvent as bad:
            reason = str(bad)
            taken.rejected.append((index, reason))
            number = first_line + index if first_line else 0
            taken.dead.append(dead_letter(line, way, reason, received, number))
    return taken


def dead_letter(line: bytes, way: str, reason: str, received: int, number: int = 0) -> DeadLetter:
    head = clean_bytes(line[:HEAD], HEAD)
    return DeadLetter(received, way, _source(line), reason, head, number)


def _source(line: bytes) -> str | None:
    """The source that the line names, if so much of it can be read."""
    try:
        found = _named.decode(line).source
    except (ValueError, RecursionError):
        return None
    return clean_text(found)[:512] if found else None


async def drop_known(taken: Taken, store: Store) -> None:
    """Takes second deliveries out of `taken`: those in the journal already, and those twice in this batch."""
    suspects = store.seen([event.identity for event in taken.events])
    met: dict[int, Event] = {}
    asked: list[Event] = []
    kept: list[Event] = []
    for event, suspect in zip(taken.events, suspects, strict=True):
        twin = met.get(event.identity)
        if twin is not None and (twin.tenant, twin.source, twin.id) == (event.tenant, event.source, event.id):
            continue
        met[event.identity] = event
        kept.append(event)
        if suspect:
            asked.append(event)
    if asked:
        answers = await store.known([(each.identity, each.tenant, each.source, each.id) for each in asked])
        known = {id(event) for event, yes in zip(asked, answers, strict=True) if yes}
        kept = [event for event in kept if id(event) not in known]
    taken.duplicates = len(taken.events) - len(kept)
    taken.events = kept
