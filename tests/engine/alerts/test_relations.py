from data.records.entity import Link
from engine.alerts.relations import Relations
from engine.topology import Topology
from tests.engine.alerts.desk import T0, Desk

MINUTE = 60_000_000
HOUR = 60 * MINUTE


def cascade(relations: Relations, rounds: int = 40) -> None:
    """Each two hours a power failure, 30 s later the link goes on the same box; a fan is noisy at its own times."""
    told = [(n * 2 * HOUR, "POWER") for n in range(rounds)]
    told += [(at + MINUTE // 2, "LINK") for at, _ in told]
    told += [(n * 43 * MINUTE + n * n % 31 * MINUTE, "FAN") for n in range(rounds * 2)]
    for at, alert_type in sorted(told):
        relations.observe(alert_type, "device/1", at)


def test_what_follows_again_and_again_is_a_relation_with_its_lag():
    relations = Relations()
    cascade(relations)
    first = relations.learned()[0]
    assert (first.cause, first.effect, first.lag_s, first.support) == ("POWER", "LINK", 30.0, 40)
    assert 0 < first.confidence < 1


def test_a_relation_has_one_direction_and_noise_is_none():
    relations = Relations()
    cascade(relations)
    edges = [(one.cause, one.effect) for one in relations.learned()]
    assert edges == [("POWER", "LINK")]


def test_it_is_found_across_a_link_but_not_between_strangers():
    linked = Relations(Topology([Link("default", "device/1", "device/2", "connects")]))
    apart = Relations()
    for relations in (linked, apart):
        for n in range(40):
            relations.observe("POWER", "device/1", n * 2 * HOUR)
            relations.observe("LINK", "device/2", n * 2 * HOUR + MINUTE)
    assert [(one.cause, one.effect) for one in linked.learned()] == [("POWER", "LINK")]
    assert apart.learned() == []


def test_a_few_times_are_not_enough():
    relations = Relations()
    cascade(relations, rounds=3)
    assert relations.learned() == []


def test_dump_and_load_keep_everything():
    relations, copy = Relations(), Relations()
    cascade(relations, rounds=20)
    copy.load(relations.dump())
    cascade(copy, rounds=0)
    assert copy.learned() == relations.learned()
    assert copy.dump() == relations.dump()


def test_what_is_known_to_bring_another_makes_candidates_of_them() -> None:
    """Two types on different things that share nothing but the site: once one has followed the other often, they are
    taken as one cause, and the reason says so."""
    desk = Desk(links=[("host/a", "host/b", "connects")])
    for day in range(60):
        desk.fire(day * 20_000, "POWER", "host/a", message="power")
        desk.fire(day * 20_000 + 40, "FAN", "host/b", message="fan")
    known = desk.history.relations.causes_of("FAN", T0 + 60 * 20_000 * MINUTE // 60)
    assert known["POWER"] > 0.3
    assert desk.history.relations.causes_of("POWER", T0 + 60 * 20_000 * MINUTE // 60) == {}
    desk.restart()
    assert desk.history.relations.causes_of("FAN", T0 + 60 * 20_000 * MINUTE // 60) == known
    desk.fire(70 * 20_000, "POWER", "host/x", site="S9", message="power")
    placed = desk.fire(70 * 20_000 + 5, "FAN", "host/y", site="S9", message="fan")
    assert placed is not None
    assert not placed.opened
    assert "POWER often brings it" in placed.reason
