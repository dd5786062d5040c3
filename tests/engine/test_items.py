"""What the board's rows and the item's page tell beside the state."""

import pytest

from engine.context.item import item_context
from engine.items import ORDERS, Items
from engine.query import parse
from engine.query.schemas import ITEMS
from engine.settings import Config
from engine.settings.sections import AlertSettings, IncidentSettings, StormSettings
from engine.views import ClusterRow, ItemContext
from tests.engine.operation import MINUTE, T0, Operation, ref


def rows(desk: Operation) -> list[ClusterRow]:
    return sorted(Items(desk.partition).rows(), key=ORDERS["priority"])


def page(desk: Operation, row: ClusterRow) -> ItemContext:
    found = item_context(desk.partition, Items(desk.partition), row.ref, 1)
    assert found is not None
    return found


def matches(row: ClusterRow, text: str) -> bool:
    return parse(text).compile(ITEMS)(row, row.last_at)


def test_a_snooze_shows_until_when() -> None:
    desk = Operation()
    alert = desk.fire(0, severity="CRITICAL", ends_at="2026-01-06T08:00:00Z")
    lone = desk.fire(0, "Door", "LOW", entity="door/1", site="S2", ends_at="2026-01-06T08:00:00Z")
    desk.act(1, "snooze", f"incident/{desk.incident(alert).id}", for_="2h")
    desk.act(1, "snooze", ref(lone), for_="3h")
    first, second = rows(desk)
    assert (first.snoozed_until, second.snoozed_until) == (T0 + 121 * MINUTE, T0 + 181 * MINUTE)
    assert matches(first, "snoozed")
    assert page(desk, first).next_step == "nothing until Mon 10:01 UTC, unless it gets worse"
    assert page(desk, second).alerts[0].state == "snoozed until Mon 11:01 UTC"
    desk.pass_time(130)
    assert rows(desk)[0].snoozed_until is None


def test_a_candidate_says_so_and_with_which_keys_it_is_judged() -> None:
    desk = Operation(Config(incidents=IncidentSettings(approve=True)))
    alert = desk.fire(0, severity="CRITICAL")
    (row,) = rows(desk)
    assert row.candidate
    assert matches(row, "candidate")
    assert page(desk, row).next_step == "press v to approve it as an incident, or x to reject it"
    desk.act(1, "approve", f"incident/{desk.incident(alert).id}")
    assert not rows(desk)[0].candidate


def test_what_is_muted_tells_by_what_and_why() -> None:
    desk = Operation()
    desk.fire(0)
    done = desk.act(1, "silence", "silence", matchers='site="S1"', duration="2h", comment="new switch")
    (row,) = rows(desk)
    assert row.muted == "silence"
    assert "new switch" in row.muted_why
    assert "new switch" in page(desk, row).alerts[0].state
    assert page(desk, row).next_step == f"nothing: {row.muted_why}"
    desk.act(2, "undo", done.undo or "")
    assert rows(desk)[0].muted_why == ""


def test_how_far_escalation_is_and_that_nobody_answered_comes_first() -> None:
    desk = Operation()
    quiet = desk.fire(0, severity="HIGH", entity="host/q", site="S2", ends_at="2026-01-06T08:00:00Z")
    desk.act(1, "acknowledge", f"incident/{desk.incident(quiet).id}")
    desk.fire(1, severity="HIGH", ends_at="2026-01-06T08:00:00Z")
    desk.event("site.upserted", 2, {"id": "S1", "client": "C1", "in_charge": "P9"})
    desk.pass_time(32)
    row = next(row for row in rows(desk) if row.sites == ("S1",))
    assert (row.escalated, row.unanswered) == ("step 1 of 2", False)
    desk.pass_time(70)
    desk.fire(71, "Fire", "CRITICAL", entity="host/f", site="S3", ends_at="2026-01-06T08:00:00Z")
    first = rows(desk)[0]
    assert (first.sites, first.escalated, first.unanswered) == (("S1",), "step 2 of 2", True)
    assert first.priority < max(row.priority for row in rows(desk))
    assert matches(first, "unanswered escalated")
    section = next(one for one in page(desk, first).sections if one.title == "Escalated")
    assert "nobody answered" in section.facts[0].text
    assert "until somebody takes it" in section.facts[0].text


def test_what_comes_and_goes_is_counted() -> None:
    desk = Operation()
    for minute in range(0, 40, 2):
        desk.fire(minute)
        desk.clear(minute + 1)
    desk.fire(40)
    (row,) = rows(desk)
    assert row.flapping == 1
    assert "comes and goes" in page(desk, row).alerts[0].state


def test_a_storm_shows_its_digest_while_it_lasts_and_after() -> None:
    desk = Operation(Config(alerts=AlertSettings(storm=StormSettings(per_site=10))))
    for index in range(40):
        desk.fire(index / 60, f"Type{index % 3}", "LOW", entity=f"host/{index}", ends_at="2026-01-06T08:00:00Z")
    storm = next(row for row in rows(desk) if row.digest)
    assert "new alerts since" in storm.digest
    desk.pass_time(10)
    over = next(row for row in rows(desk) if row.digest)
    assert over.ref == storm.ref
    assert "new alerts in" in over.digest


@pytest.mark.parametrize("flag", ["snoozed", "candidate", "escalated", "unanswered", "flapping", "storm"])
def test_plain_items_have_none_of_these_flags(flag: str) -> None:
    desk = Operation()
    desk.fire(0)
    assert not any(matches(row, flag) for row in rows(desk))
