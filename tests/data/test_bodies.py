"""Records as bodies: compact, exact, and readable after the record has changed."""

import msgspec
import pytest

from data.bodies import Bodies
from data.records.alert import Alert, AlertStatus
from data.records.entity import Entity
from data.records.incident import Incident
from data.store import StoreBroken
from tests.data import store_samples as samples


@pytest.mark.parametrize(
    "record",
    [
        samples.alert(1, status=AlertStatus.SNOOZED, labels={"a": "ü"}, fingerprint=2**64 - 1),
        samples.cluster(1),
        samples.incident(1),
        samples.finding(1),
        samples.anomaly(1),
        samples.fraud(1),
        samples.prediction(1),
        samples.correlation(1),
        samples.model(1),
        samples.entity("a", 3, attributes={"deep": [None, {"x": 1.5}]}),
        samples.entry(1),
        samples.audit(1),
        samples.letter(1),
    ],
)
def test_records_come_back_as_they_were(record: msgspec.Struct) -> None:
    bodies = Bodies([])
    found = bodies.decode(type(record), bodies.encode(record))
    assert found == record
    assert bodies.decode_all(type(record), bodies.encode_all(type(record), [record, record])) == [record, record]


def test_numbers_of_any_size_can_be_kept() -> None:
    bodies = Bodies([])
    huge = samples.entity("a", 3, attributes={"floors": 10**30, "deep": [{"x": -(10**400)}]})
    found = bodies.decode(Entity, bodies.encode(huge))
    assert found.attributes == {"floors": 1e30, "deep": [{"x": -1e308}]}


def test_words_with_a_fixed_list_come_back_as_members_of_it() -> None:
    bodies = Bodies([])
    assert bodies.decode(Alert, bodies.encode(samples.alert(1))).status is AlertStatus.NEW
    assert bodies.decode(Incident, bodies.encode(samples.incident(1))).causes[0].confidence == 0.75


def test_a_body_is_much_smaller_than_with_names() -> None:
    alert = samples.alert(1)
    assert len(Bodies([]).encode(alert)) < 0.6 * len(msgspec.msgpack.encode(alert))


def test_lists_of_fields_are_written_once() -> None:
    first = Bodies([])
    assert first.new
    again = Bodies(first.new)
    assert again.new == []
    assert again.decode(Alert, first.encode(samples.alert(1))) == samples.alert(1)


def test_a_body_of_an_older_record_takes_defaults_for_what_it_lacks() -> None:
    """As if `attributes` and `name` had come later, and `colour` had been dropped since."""
    old = Bodies([(1, "Entity", "colour ref tenant seq first_seen site client")])
    body = b"\x01" + msgspec.msgpack.encode(["red", "host/a", "default", 4, 9, "S1", None])
    assert old.decode(Entity, body) == Entity("host/a", "default", 9, 4, "S1")
    assert [name for _, name, _ in old.new].count("Entity") == 1  # it writes with the list of today


def test_a_body_of_something_else_is_not_mistaken() -> None:
    bodies = Bodies([])
    with pytest.raises(StoreBroken, match="Entity"):
        bodies.decode(Entity, bodies.encode(samples.alert(1)))
    with pytest.raises(StoreBroken, match="Entity"):
        bodies.decode(Entity, b"")
    with pytest.raises(StoreBroken, match="Alert"):
        bodies.decode(Alert, bodies.encode(samples.alert(1))[:-9])
    with pytest.raises(StoreBroken, match="Alert"):
        bodies.decode_all(Alert, bodies.encode_all(Alert, [samples.alert(1)])[:-9])
