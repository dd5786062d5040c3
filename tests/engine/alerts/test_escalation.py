"""While nobody acknowledges, further people are told: each step once, at its time, whatever happens around it."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from data.records.incident import IncidentState
from data.records.oncall import Escalated
from data.records.severity import CRITICAL, HIGH, INFO, LOW, MEDIUM
from data.times import HOUR, MINUTE
from engine.alerts.escalation import Escalation
from engine.alerts.following import follow_cluster, follow_incident
from engine.alerts.policies import Policies, Subject
from engine.settings.oncall import EscalationPolicy, EscalationSettings, EscalationStep
from tests.engine.shelf import cluster, incident


class Everyone:
    """Each target names one person; `nobody` names none."""

    def __init__(self, nobody: Sequence[str] = ()) -> None:
        self.nobody = nobody

    def people(self, targets: Sequence[str], sites: Sequence[str], time: int) -> tuple[str, ...]:
        return tuple(f"person/{one}" for one in targets if one not in self.nobody)

    def label(self, ref: str) -> str:
        return ref.partition("/")[2].upper()


def made(settings: EscalationSettings | None = None, nobody: Sequence[str] = ()) -> Escalation:
    return Escalation(Policies(settings or EscalationSettings()), Everyone(nobody))


def item(name: str = "a", severity: int = CRITICAL, number: int = 1, **more: object) -> Subject:
    return Subject(f"incident/{name}", number, f"Incident {name}", severity, **more)  # type: ignore[arg-type]


def told(found: list[Escalated]) -> list[tuple[int, int]]:
    return [(one.time // MINUTE, one.step) for one in found]


def test_the_originals_waits_hold_and_info_never_escalates() -> None:
    escalation = made()
    for number, severity in enumerate((INFO, LOW, MEDIUM, HIGH, CRITICAL), 1):
        escalation.opened(item(str(severity), severity, number), 0)
    first = {one.severity: one.time // MINUTE for one in escalation.tick(2 * HOUR) if one.step == 1}
    assert first == {CRITICAL: 15, HIGH: 30, MEDIUM: 60, LOW: 120}
    assert escalation.due() is not None
    assert INFO not in {one.severity for one in escalation.tick(24 * HOUR)}


def test_steps_follow_each_other_until_everybody_was_told_and_the_item_stays_listed() -> None:
    escalation = made()
    escalation.opened(item(), 0)
    found = escalation.tick(24 * HOUR)
    assert told(found) == [(15, 1), (30, 2), (45, 3)]
    assert [one.last for one in found] == [False, False, True]
    assert found[0].targets == ("person/oncall",)
    assert found[0].text == "nobody has acknowledged it for 15 min: told ONCALL (oncall)"
    assert set(found[2].targets) == {"person/everybody", "person/oncall", "person/in_charge"}
    assert [one.ref for one in escalation.unanswered()] == ["incident/a"]
    assert escalation.due() is None
    escalation.acknowledged("incident/a")
    assert escalation.unanswered() == []


def test_acknowledging_stops_it_and_undoing_goes_on_where_it_was() -> None:
    escalation = made()
    escalation.opened(item(), 0)
    assert told(escalation.tick(15 * MINUTE)) == [(15, 1)]
    escalation.acknowledged("incident/a")
    assert escalation.tick(25 * MINUTE) == []
    escalation.released("incident/a", 26 * MINUTE)
    assert told(escalation.tick(30 * MINUTE)) == [(30, 2)]
    escalation.acknowledged("incident/a")
    escalation.released("incident/a", 50 * MINUTE)
    assert told(escalation.tick(50 * MINUTE)) == [(50, 3)]


def test_an_acknowledgement_that_ran_out_begins_anew() -> None:
    escalation = made()
    escalation.opened(item(), 0)
    escalation.acknowledged("incident/a")
    escalation.opened(item(), 60 * MINUTE)
    assert told(escalation.tick(75 * MINUTE)) == [(75, 1)]


def test_what_grows_worse_waits_no_longer_than_its_new_severity_says() -> None:
    escalation = made()
    escalation.opened(item(severity=LOW), 0)
    escalation.changed(item(severity=CRITICAL), 10 * MINUTE)
    escalation.changed(item(severity=LOW), 11 * MINUTE)
    assert told(escalation.tick(HOUR)) == [(25, 1), (40, 2), (55, 3)]
    escalation.opened(item("b", MEDIUM), 0)
    escalation.changed(item("b", CRITICAL), 55 * MINUTE)
    assert escalation.next_step("incident/b") == (60 * MINUTE, ("oncall",))


def test_a_promoted_cluster_keeps_its_wait_but_an_acknowledged_one_begins_anew() -> None:
    escalation = made()
    escalation.opened(item("cluster", MEDIUM), 0)
    escalation.moved("incident/cluster", item("whole", MEDIUM, 7), 50 * MINUTE)
    [first] = escalation.tick(60 * MINUTE)
    assert (first.ref, first.number, first.step) == ("incident/whole", 7, 1)
    escalation.acknowledged("incident/whole")
    escalation.moved("incident/whole", item("bigger"), 60 * MINUTE)
    assert told(escalation.tick(75 * MINUTE)) == [(75, 1)]


def test_a_hole_in_the_schedule_does_not_stop_the_chain() -> None:
    escalation = made(nobody=("oncall",))
    escalation.opened(item(), 0)
    first, second = escalation.tick(15 * MINUTE)
    assert (first.step, first.targets, second.step, second.targets) == (1, (), 2, ("person/in_charge",))
    assert first.text.endswith("oncall named nobody, so the next step comes at once")


def test_without_any_schedule_nobody_asks_who_is_on_call() -> None:
    escalation = Escalation(Policies(EscalationSettings(), scheduled=False), Everyone())
    escalation.opened(item(), 0)
    assert [one.targets[0] for one in escalation.tick(HOUR)] == ["person/in_charge", "person/everybody"]


def test_policies_match_by_filter_repeat_and_are_kept_as_they_were_at_the_opening() -> None:
    own = EscalationPolicy(
        "west",
        (EscalationStep(("person/P1",), 5 * MINUTE), EscalationStep(("role/chief",))),
        "site:W* severity>=high",
        1,
    )
    settings = EscalationSettings(policies=(own,))
    escalation = made(settings)
    escalation.opened(item("w", sites=("W1",)), 0)
    escalation.opened(item("e", sites=("E1",)), 0)
    body = escalation.dump()
    later = made(EscalationSettings(critical=MINUTE))
    later.load(body)
    found = [one for one in later.tick(24 * HOUR) if one.ref == "incident/w"]
    assert told(found) == [(5, 1), (20, 2), (25, 3), (40, 4), (55, 5)]
    assert {one.policy for one in found} == {"west"}
    assert found[-1].last
    assert set(found[-1].targets) == {"person/everybody", "person/person/P1", "person/role/chief"}


ACTS = st.lists(
    st.tuples(
        st.sampled_from(("open", "ack", "undo", "resolve", "worse", "look")),
        st.sampled_from("abcd"),
        st.integers(1, 40),
        st.integers(LOW, CRITICAL),
    ),
    max_size=40,
)


def run(acts: list[tuple[str, str, int, int]], step: int, reload: bool) -> list[Escalated]:
    """All that is told. `step` minutes between ticks, at least one before each act; with `reload` the state goes
    through a dump before every act."""
    escalation, now, found = made(nobody=("in_charge",)), 0, []
    for act, name, minutes, severity in acts:
        then = now + minutes * MINUTE
        for moment in range(now + step * MINUTE, then, step * MINUTE):
            found += escalation.tick(moment)
        found += escalation.tick(then)
        now = then
        if reload:
            body, escalation = escalation.dump(), made(nobody=("in_charge",))
            escalation.load(body)
            assert escalation.dump() == body
        subject = item(name, severity, ord(name))
        match act:
            case "open":
                escalation.opened(subject, now)
            case "ack":
                escalation.acknowledged(subject.ref)
            case "undo":
                escalation.released(subject.ref, now)
            case "resolve":
                escalation.resolved(subject.ref)
            case "worse":
                escalation.changed(subject, now)
        assert escalation.stalled(now - 1) == []
    return found + escalation.tick(now + 48 * HOUR)


@given(ACTS, st.integers(1, 60))
def test_each_step_comes_once_whatever_the_ticks_and_dumps(acts: list[tuple[str, str, int, int]], step: int) -> None:
    whole = run(acts, 10_000, False)
    assert run(acts, step, False) == whole
    assert run(acts, step, True) == whole
    begun = sum(act == "open" for act, *_ in acts)
    for name in "abcd":
        mine = [one.step for one in whole if one.ref == f"incident/{name}"]
        assert all(mine.count(number) <= begun for number in mine)
        for before, after in pairwise(mine):
            assert after in (before + 1, 1)


@given(ACTS)
def test_what_is_open_and_unacknowledged_is_always_told_to_everybody_in_the_end(
    acts: list[tuple[str, str, int, int]],
) -> None:
    escalation, now = made(), 0
    for act, name, minutes, severity in acts:
        now += minutes * MINUTE
        escalation.tick(now)
        if act == "open":
            escalation.opened(item(name, severity), now)
        elif act == "ack":
            escalation.acknowledged(f"incident/{name}")
        elif act == "undo":
            escalation.released(f"incident/{name}", now)
    escalation.tick(now + 48 * HOUR)
    waiting = [one.ref for one in escalation.standing.values() if not one.held]
    assert [one.ref for one in escalation.unanswered()] == waiting


def test_incidents_are_followed_through_their_states() -> None:
    escalation = made()
    mine = incident(1, [], severity=CRITICAL)
    follow_incident(escalation, mine, None, 0)
    mine.state = IncidentState.ACKNOWLEDGED
    follow_incident(escalation, mine, None, MINUTE)
    assert escalation.due() is None
    mine.state = IncidentState.NEW  # the acknowledgement was undone
    follow_incident(escalation, mine, None, 2 * MINUTE)
    assert told(escalation.tick(15 * MINUTE)) == [(15, 1)]
    mine.state = IncidentState.RESOLVED
    follow_incident(escalation, mine, None, 20 * MINUTE)
    assert escalation.standing == {}
    mine.state = IncidentState.NEW  # it came back
    follow_incident(escalation, mine, None, 60 * MINUTE)
    assert told(escalation.tick(75 * MINUTE)) == [(75, 1)]


def test_clusters_are_followed_until_they_are_promoted_or_over() -> None:
    escalation = made()
    mine = cluster(1, severity=MEDIUM)
    follow_cluster(escalation, mine, None, None, 0)
    mine.severity = HIGH
    follow_cluster(escalation, mine, None, None, 10 * MINUTE)
    assert escalation.due() == 40 * MINUTE
    whole = incident(7, [1], severity=HIGH)
    follow_cluster(escalation, mine, whole, None, 20 * MINUTE)
    follow_incident(escalation, whole, None, 20 * MINUTE)
    assert [one.ref for one in escalation.tick(40 * MINUTE)] == ["incident/I-0000000007"]
    other = cluster(2, severity=LOW)
    follow_cluster(escalation, other, None, None, 0)
    other.open_members = 0
    follow_cluster(escalation, other, None, None, MINUTE)
    assert "cluster/C-0000000002" not in escalation.standing
