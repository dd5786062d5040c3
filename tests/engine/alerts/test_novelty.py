from engine.alerts.novelty import MANY, History, variant

MINUTE = 60_000_000
HOUR = 60 * MINUTE


def hear(history: History, time: int, identity: int = 1, source: str = "s", **labels: str) -> int:
    return history.observe(identity, source, "DOWN", f"host/{identity}", "S1", labels, time)


def test_a_source_that_repeats_itself_fast_does_not_report_once():
    history = History()
    for n in range(100):
        hear(history, n * 5_000_000)
    assert not history.reports_once("s")


def test_a_poller_does_not_report_once():
    history = History()
    for poll in range(6):
        for n in range(20):
            hear(history, poll * 4 * MINUTE + n * 1000, n)
    assert not history.reports_once("s")


def test_onsets_at_odd_times_are_recognised():
    history = History()
    at = 0
    for fault, gap in enumerate((11, 37, 23, 61)):
        at += gap * MINUTE
        for n in range(20):
            hear(history, at + (n * 7919 % (40 + fault)) * 1_000_000, n)
    assert history.reports_once("s")
    assert not history.reports_once("unheard of")


def test_what_begins_often_has_a_high_rate_and_what_fires_on_begins_once():
    history = History()
    for n in range(48):
        hear(history, n * HOUR, 1)
        hear(history, n * HOUR, 2)
        hear(history, n * HOUR + 15 * MINUTE, 2)
        hear(history, n * HOUR + 30 * MINUTE, 2)
        hear(history, n * HOUR + 45 * MINUTE, 2)
    assert history.rate(1, 48 * HOUR) > 20 * history.rate(2, 48 * HOUR)


def test_rarity_is_of_what_hardly_ever_fires():
    history = History()
    for n in range(100):
        hear(history, n * MINUTE, 1)
    hear(history, 101 * MINUTE, 2)
    assert history.rarity(2) > history.rarity(1) + 4


def test_dump_and_load_keep_everything():
    history = History()
    for n in range(50):
        hear(history, n * 7 * MINUTE, n % 5, attempt=str(n))
    copy = History()
    copy.load(history.dump())
    assert copy.dump() == history.dump()
    assert hear(copy, 400 * MINUTE) == hear(history, 400 * MINUTE)
    assert copy.dump() == history.dump()


def test_memory_is_bounded():
    history = History()
    for n in range(MANY + 10):
        hear(history, n, n)
    assert len(history.beginnings) <= MANY


def test_a_variant_is_type_thing_and_labels():
    assert variant("A", "host/a", {"x": "1"}) == variant("A", "host/a", {"x": "1"})
    assert variant("A", "host/a", {"x": "1"}) != variant("A", "host/a", {"x": "2"})
    assert variant("A", None, {}) != variant("B", None, {})
