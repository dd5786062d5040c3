"""What is over is remembered, found again by likeness, and never shown to another client."""

from hypothesis import given
from hypothesis import strategies as st

from data.records.incident import IncidentState, Note
from data.times import HOUR, MINUTE
from engine.context.past import PastIncidents, solution_of
from engine.context.words import words_of
from tests.engine.shelf import T0, cluster, incident


def closed(number: int, *notes: Note, **more: object):  # type: ignore[no-untyped-def]
    given_ = {"state": IncidentState.CLOSED, "resolved_at": T0 + HOUR, "opened_at": T0, "timeline": list(notes), **more}
    return incident(number, [number], **given_)


def test_the_most_alike_comes_first_with_what_solved_it_and_how_long_it_took() -> None:
    past = PastIncidents()
    solved = Note(T0 + 30 * MINUTE, "ana", "IN_PROGRESS -> RESOLVED: rebooted the router")
    past.add(
        closed(1, solved, sites=["S1"], title="uplink down"), [cluster(1, 1, alert_types=["UPLINK_DOWN"], sites=["S1"])]
    )
    past.add(closed(2, sites=["S9"]), [cluster(2, 2, alert_types=["UPLINK_DOWN", "DISK_FULL"], sites=["S9"])])
    past.add(closed(3, sites=["S9"]), [cluster(3, 3, alert_types=["LOW_BATTERY"], entities=["phone/x"], sites=["S9"])])
    now = incident(9, [9], sites=["S1"], title="uplink down")
    found = past.similar(now, [cluster(9, 9, alert_types=["UPLINK_DOWN"], sites=["S1"])])
    assert [one.past.number for one in found] == [1, 2]
    assert (found[0].past.solution, found[0].past.by, found[0].past.took) == ("rebooted the router", "ana", HOUR)
    assert found[0].because == "1 of 1 alert types alike, same site"
    assert found[0].likeness > 0.9 > found[1].likeness


def test_other_clients_incidents_are_not_shown() -> None:
    past = PastIncidents()
    for number, client in enumerate(("C1", "C2", None), 1):
        past.add(closed(number), [cluster(number, number)], client)
    assert {one.past.number for one in past.similar(None, [cluster(9)], client="C1")} == {1, 3}
    assert len(past.similar(None, [cluster(9)])) == 3


def test_clusters_that_ended_before_the_incident_count_too() -> None:
    past = PastIncidents()
    past.note(cluster(4, 1, alert_types=["FAN_FAILED"]))
    past.add(closed(1, title="", sites=[]))
    assert [one.past.number for one in past.similar(None, [cluster(9, alert_types=["FAN_FAILED"])])] == [1]


def test_an_incident_that_comes_back_is_remembered_once_as_it_is_now() -> None:
    past = PastIncidents()
    past.add(closed(1), [cluster(1, 1)])
    past.add(closed(1, Note(T0, "bo", "NEW -> RESOLVED: a new fan"), resolved_at=T0 + 2 * HOUR), [cluster(1, 1)])
    [found] = past.similar(None, [cluster(9)])
    assert (found.past.solution, found.past.took, len(past)) == ("a new fan", 2 * HOUR, 1)


def test_what_solved_it_is_the_word_of_a_person() -> None:
    steps = [Note(T0, "engine", "opened"), Note(T0, "ana", "NEW -> ACKNOWLEDGED"), Note(T0, "ana", "swapped the cable")]
    assert solution_of(closed(1, *steps)) == ("swapped the cable", "ana")
    assert solution_of(closed(1, *steps, Note(T0, "bo", "ACKNOWLEDGED -> RESOLVED"))) == ("swapped the cable", "bo")
    assert solution_of(closed(1, *steps[:2])) == ("ended by itself", None)
    assert solution_of(closed(1, Note(T0, "bo", "NEW -> RESOLVED"))) == ("resolved without a word", "bo")


def test_words_are_alike_however_they_are_written() -> None:
    assert words_of("LinkDown on S1") == words_of("link_down, 12") == {"link", "down"}


@given(
    st.lists(
        st.tuples(
            st.integers(1, 12),
            st.sets(st.sampled_from("ABCDE"), max_size=3),
            st.sets(st.sampled_from("xyz"), max_size=2),
        ),
        max_size=30,
    )
)
def test_memory_is_bounded_and_a_dump_changes_nothing(rows: list[tuple[int, set[str], set[str]]]) -> None:
    past = PastIncidents(kept=5)
    for number, types, sites in rows:
        past.note(cluster(number, number, alert_types=sorted(types)))
        past.add(
            closed(number, sites=sorted(sites)),
            [cluster(number, number, alert_types=sorted(types), sites=sorted(sites))],
        )
    past.note(cluster(77, 77))
    again = PastIncidents(kept=5)
    again.load(past.dump())
    assert again.dump() == past.dump()
    assert len(again) <= 5
    for types in ("A", "BC", "ABCDE"):
        asked = [cluster(99, alert_types=list(types), sites=["x"])]
        assert again.similar(None, asked) == past.similar(None, asked)
