"""Serious findings become tickets: never two for a type and site in a while, linked both ways, and counted."""

from hypothesis import given
from hypothesis import strategies as st

from data.records.entity import Entity
from data.records.severity import CRITICAL, HIGH, LOW, MEDIUM
from data.times import DAY, HOUR
from engine.alerts.ticketing import TicketRule, entity_of
from engine.registry import Registry
from engine.settings.oncall import EscalationSettings
from tests.engine.shelf import T0


def made(settings: EscalationSettings | None = None) -> TicketRule:
    registry = Registry("default")
    registry.restore(
        [
            Entity("site/S1", "default", T0, 1, client="C1", attributes={"in_charge": "P1"}),
            Entity("site/S2", "default", T0, 1),
        ]
    )
    return TicketRule("default", settings or EscalationSettings(), registry)


def ask(rule: TicketRule, name: str, severity: int = HIGH, site: str = "S1", kind: str = "SILENT_SITE", at: int = 0):  # type: ignore[no-untyped-def]
    return rule.raise_for(f"finding/{name}", kind, severity, site, f"{kind} at {site}", "SECURITY", T0 + at)


def test_a_serious_finding_opens_a_ticket_for_who_is_in_charge() -> None:
    rule = made()
    ticket = ask(rule, "F1", CRITICAL)
    assert ticket is not None
    assert (ticket.priority, ticket.assignee, ticket.client, ticket.about) == ("HIGH", "P1", "C1", "finding/F1")
    entity = entity_of(ticket, "default", 7)
    assert (entity.ref, entity.site, entity.attributes["status"]) == (f"ticket/{ticket.id}", "S1", "NEW")
    assert (entity.attributes["source"], entity.attributes["labels"]["about"]) == ("noc", "finding/F1")
    other = ask(made(), "F2", HIGH, "S2")
    assert (other.priority, other.assignee) == ("MEDIUM", None)


def test_what_is_not_serious_opens_none_unless_it_is_asked_for() -> None:
    assert ask(made(), "F1", MEDIUM) is None
    rule = made(EscalationSettings(ticket_severities=("LOW", "MEDIUM")))
    assert ask(rule, "F1", LOW).priority == "LOW"
    assert ask(rule, "F2", MEDIUM, "S2").priority == "LOW"
    assert ask(made(EscalationSettings(tickets=False)), "F1", CRITICAL) is None


def test_more_of_the_same_is_linked_to_the_ticket_that_is_there() -> None:
    rule = made()
    ticket = ask(rule, "F1")
    assert ask(rule, "F2", at=4 * HOUR - 1) is None
    assert rule.ticket_of("finding/F2") == ticket.id
    assert rule.about(ticket.id) == ["finding/F1", "finding/F2"]
    assert ask(rule, "F1", at=5 * HOUR) is None
    later = ask(rule, "F3", at=4 * HOUR)
    assert later is not None
    assert later.id != ticket.id
    assert ask(rule, "F4", site="S2", at=1) is not None
    assert ask(rule, "F5", kind="TOUR_OVERDUE", at=1) is not None


def test_rates_tell_what_came_of_it() -> None:
    rule = made()
    ticket = ask(rule, "F1")
    ask(rule, "F2", at=1)
    rule.closed(ticket.id, T0 + HOUR)
    rule.closed(ticket.id, T0 + 2 * HOUR)
    rule.closed("T-foreign", T0 + HOUR)
    rates = rule.rates(T0 + DAY)
    assert (rates.serious, rates.opened, rates.closed, rates.escalation, rates.resolution) == (2, 1, 1, 0.5, 1.0)
    assert rule.rates(T0 + 40 * DAY).serious == 0


@given(
    st.lists(
        st.tuples(
            st.integers(0, 300),
            st.sampled_from(("S1", "S2")),
            st.sampled_from("xy"),
            st.sampled_from((MEDIUM, HIGH, CRITICAL)),
        ),
        max_size=30,
    )
)
def test_never_two_tickets_of_a_type_and_site_within_four_hours(rows: list[tuple[int, str, str, int]]) -> None:
    rule, dumped = made(), made()
    opened: dict[tuple[str, str], list[int]] = {}
    now = 0
    for number, (minutes, site, kind, severity) in enumerate(rows):
        now += minutes * 60_000_000
        ticket = ask(rule, f"F{number}", severity, site, kind, now)
        body = dumped.dump()
        dumped = made()
        dumped.load(body)
        assert ask(dumped, f"F{number}", severity, site, kind, now) == ticket
        assert (rule.ticket_of(f"finding/F{number}") is None) == (severity == MEDIUM)
        if ticket is not None:
            times_ = opened.setdefault((site, kind), [])
            assert not times_ or now - times_[-1] >= 4 * HOUR
            times_.append(now)
    assert dumped.dump() == rule.dump()
