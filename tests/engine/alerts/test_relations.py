from data.records.entity import Link
from engine.alerts.relations import Relations
from engine.topology import Topology

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
