"""Events on their way in together, the answer that is owed for them, and how both are cut up and joined."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

import msgspec

from engine.views import Outcome


class Owned(Protocol):
    """Something that belongs to a tenant: an event, above all."""

    @property
    def tenant(self) -> str: ...


Refuse: TypeAlias = Callable[[Owned], str | None]  # why an event may not come this way; None if it may


class Answer(msgspec.Struct):
    """What became of a delivery, told once it is durable. `rejected` holds (index of the event, reason)."""

    accepted: int = 0
    duplicates: int = 0
    rejected: list[tuple[int, str]] = []
    outcomes: list[Outcome] = []


class Delivery(msgspec.Struct):
    """`broken` is what could not even be made lines of events, with the reasons: it is counted and kept as dead
    letters, and its indexes follow on those of the lines."""

    lines: Sequence[bytes]
    way: str
    answer: "asyncio.Future[Answer]"
    refuse: Refuse | None = None
    broken: Sequence[tuple[bytes, str]] = ()


class Part(msgspec.Struct):
    """Some events of a delivery, and the indexes that they had in it."""

    delivery: Delivery
    places: list[int]


def part_of(whole: Delivery, places: list[int], *, broken: bool = False) -> Part:
    """The events at these places, and what is broken if asked for."""
    answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    lines = [whole.lines[place] for place in places]
    if not broken:
        return Part(Delivery(lines, whole.way, answer, whole.refuse), places)
    behind = range(len(whole.lines), len(whole.lines) + len(whole.broken))
    return Part(Delivery(lines, whole.way, answer, whole.refuse, whole.broken), [*places, *behind])


def join(whole: Delivery, parts: Sequence[Part]) -> None:
    """Answers a delivery when all of its parts are answered."""
    left = len(parts)

    def done(answered: "asyncio.Future[Answer]") -> None:
        nonlocal left
        left -= 1
        if whole.answer.done():
            if not answered.cancelled():
                answered.exception()  # looked at, so that nobody warns of it
        elif answered.cancelled():
            whole.answer.cancel()
        elif (error := answered.exception()) is not None:
            whole.answer.set_exception(error)
        elif not left:
            whole.answer.set_result(_joined(parts))

    for part in parts:
        part.delivery.answer.add_done_callback(done)


def _joined(parts: Sequence[Part]) -> Answer:
    made = Answer(rejected=[], outcomes=[])
    for part in parts:
        answer = part.delivery.answer.result()
        made.accepted += answer.accepted
        made.duplicates += answer.duplicates
        made.rejected += [(part.places[index], reason) for index, reason in answer.rejected]
        made.outcomes += answer.outcomes
    made.rejected.sort()
    return made
