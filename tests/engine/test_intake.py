"""Second deliveries are told from new events, and only those."""

import asyncio

import msgspec

from data.store import Store
from data.wire import decode
from engine.intake import Taken, drop_known, read
from tests.support.memory import MemoryStore
from tests.support.recordings import Script, at, play, started


def taken(*lines: bytes) -> Taken:
    return read(lines, "test", at(0))


def dropped(what: Taken, store: Store) -> list[str]:
    asyncio.run(drop_known(what, store))
    return [event.id for event in what.events]


def test_each_refused_line_is_named_by_index_and_by_line() -> None:
    script = Script()
    script.fire(at(0))
    found = read([script.lines[0], b"rubbish", script.lines[0], b"{}"], "file x", at(3), first_line=10)
    assert [index for index, _ in found.rejected] == [1, 3]
    assert [(letter.line, letter.way, letter.received_at) for letter in found.dead] == [
        (11, "file x", at(3)),
        (13, "file x", at(3)),
    ]


def test_a_dead_letter_tells_its_source_and_holds_nothing_a_terminal_obeys() -> None:
    line = msgspec.json.encode({"source": "gate\x1b[2J", "id": 7, "note": "\u202eevil"})
    [letter] = taken(line).dead
    assert letter.source is not None
    assert letter.source.startswith("gate")
    assert not {"\x1b", "\u202e"} & set(letter.source + letter.head)


def test_twins_in_one_batch_and_second_deliveries_are_dropped_whatever_they_say() -> None:
    script = Script()
    script.fire(at(0))
    script.fire(at(1), id="e1", message="the same id, another text")
    store = MemoryStore()
    first = taken(*script.lines)
    assert (dropped(first, store), first.duplicates) == (["e1"], 1)
    asyncio.run(journal(store, script.lines[:1]))
    second = taken(script.lines[1])
    assert (dropped(second, store), second.duplicates) == ([], 1)


def test_the_same_id_of_another_source_or_tenant_is_another_event() -> None:
    script = Script()
    script.fire(at(0), id="1")
    script.fire(at(0), id="1", source="other")
    other = Script(tenant="b")
    other.fire(at(0), id="1")
    assert dropped(taken(*script.lines, *other.lines), MemoryStore()) == ["1", "1", "1"]


def test_two_events_of_one_hash_are_two_events() -> None:
    """Hashes are only a suspicion: the journal has the last word."""
    script = Script()
    script.fire(at(0))
    script.fire(at(1))
    store = MemoryStore()
    asyncio.run(journal(store, script.lines[:1]))
    colliding = taken(script.lines[1])
    colliding.events[0].identity = decode(script.lines[0]).identity
    assert dropped(colliding, store) == ["e2"]
    both = taken(*script.lines)
    both.events[1].identity = both.events[0].identity
    assert dropped(both, MemoryStore()) == ["e1", "e2"]


async def journal(store: MemoryStore, lines: list[bytes]) -> None:
    await play(await started(store), lines)


def test_a_second_delivery_long_after_is_a_duplicate_and_not_late() -> None:
    script = Script()
    script.fire(at(0))
    first = script.lines[0]
    script.tick(at(300))
    store = MemoryStore()

    async def run() -> int:
        engine = await started(store)
        await play(engine, script.lines)
        [answer] = await engine.process([taken(first)], at(0))
        assert engine.pipeline.partition("default").tallies.late == 0
        return answer.duplicates

    assert asyncio.run(run()) == 1
