"""Silences and windows as the people who make them meet them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from muting_world import T0, World, alert

from data.times import DAY, HOUR, MINUTE, text
from engine.alerts.muting.listing import silence_rows, window_rows
from engine.alerts.muting.preview import preview
from engine.settings import Config
from engine.settings.muting import MaintenanceWindow


def two_sites() -> World:
    world = World()
    world.fire(alert(1, site="S014"))
    world.fire(alert(2, site="S2"))
    return world


def test_hides_from_its_start_to_its_end_and_lets_come_back() -> None:
    world = two_sites()
    done = world.silence('site="S014"', starts_at=T0 + HOUR, duration="2h")
    assert done.ok
    assert (world.kind(1), silence_rows(world.muting, world.now)[0].state) == (None, "pending")
    world.at(T0 + HOUR)
    assert (world.kind(1), world.kind(2)) == ("silence", None)
    assert world.shown[1].by == done.target.removeprefix("silence/")
    assert world.shown[1].text == f"silenced by mo until {text(T0 + 3 * HOUR)}: known"
    assert world.fire(alert(3, site="S014")).kind == "silence"
    world.at(T0 + 3 * HOUR - 1)
    assert world.kind(1) == "silence"
    world.at(T0 + 3 * HOUR)
    assert world.kind(1) is world.kind(3) is None
    (row,) = silence_rows(world.muting, world.now, expired=True)
    assert (row.state, row.matched) == ("expired", 2)
    assert [(turn.began, turn.time) for turn in world.muting.turned] == [(True, T0 + HOUR), (False, T0 + 3 * HOUR)]


def test_of_two_the_one_that_holds_longer_counts() -> None:
    world = two_sites()
    world.silence('site="S014"', duration="1h")
    longer = world.silence('alertname="DISK_FULL",site=~"S0.*"', duration="3h")
    assert f"silence/{world.shown[1].by}" == longer.target
    world.at(T0 + HOUR)
    assert world.kind(1) == "silence"
    assert world.order(op="expire", id=world.shown[1].by).ok
    assert world.kind(1) is None


def test_the_same_again_is_the_same_silence_and_ids_follow_from_what_is_asked() -> None:
    world, other = two_sites(), two_sites()
    first = world.silence('site="S014", alertname="DISK_FULL"', duration="1h")
    again = world.silence('{alertname="DISK_FULL",site="S014"}', duration="2h")
    assert first.target == again.target == other.silence("alertname=DISK_FULL,site=S014").target
    assert len(world.muting.silences()) == 1
    assert world.muting.silences()[0].ends_at == T0 + 2 * HOUR
    world.order(op="expire", id=first.target.partition("/")[2])
    assert world.silence('alertname="DISK_FULL",site="S014"').target != first.target


def test_other_matchers_expire_the_silence_and_begin_another() -> None:
    world = two_sites()
    old = world.silence('site="S014"').target.partition("/")[2]
    world.at(T0 + MINUTE)
    done = world.order(op="edit", id=old, matchers='site="S2"')
    new = done.target.partition("/")[2]
    assert new != old
    assert (world.kind(1), world.kind(2)) == (None, "silence")
    states = {one.id: (one.phase(world.now).value, one.replaces) for one in world.muting.silences()}
    assert states == {old: ("expired", None), new: ("active", old)}
    assert world.muting.silences()[1].ends_at == T0 + 2 * HOUR


def test_another_end_keeps_the_silence() -> None:
    world = two_sites()
    id = world.silence('site="S014"').target.partition("/")[2]
    assert world.order(op="edit", id=id, duration="10m").target == f"silence/{id}"
    world.at(T0 + 10 * MINUTE)
    assert world.kind(1) is None
    assert "over since" in world.order(op="edit", id=id, duration="1h").text


def test_undo_takes_back_what_was_done() -> None:
    world = two_sites()
    done = world.silence('site="S014"')
    world.order(**(done.undo or {}))
    assert world.kind(1) is None
    done = world.silence('site="S014"', duration="3h")
    expired = world.order(op="expire", id=done.target.partition("/")[2])
    assert world.kind(1) is None
    world.order(**(expired.undo or {}))
    assert world.kind(1) == "silence"
    assert max(one.ends_at for one in world.muting.silences()) == T0 + 3 * HOUR
    window = world.plan(site="S2", duration="1h")
    world.order("maintenance/x", **(window.undo or {}))
    assert world.kind(2) is None


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"matchers": 'site="S1"'}, "when does it end"),
        ({"matchers": 'site="S1"', "duration": "soon"}, "no length of time"),
        ({"matchers": 'site="S1"', "duration": "2h", "ends_at": text(T0 + HOUR)}, "keep one"),
        ({"matchers": 'site="S1"', "ends_at": text(T0 - HOUR)}, "before it begins"),
        ({"matchers": 'site="S1"', "starts_at": T0 - 2 * HOUR, "ends_at": text(T0 - HOUR)}, "ended already"),
        ({"matchers": 'site="S1"', "duration": "400d"}, "longer than a year"),
        ({"matchers": "", "duration": "2h"}, "no matcher"),
        ({"matchers": "site", "duration": "2h"}, "one of = != =~ !~"),
        ({"matchers": 'site=~"("', "duration": "2h"}, "not closed"),
        ({"matchers": 'site!="S1"', "duration": "2h"}, "every alert without these labels"),
        ({"matchers": 'alertname=~".+"', "duration": "2h"}, "every alert"),
        ({"matchers": 7, "duration": "2h"}, "no text"),
        ({"op": "vanish", "id": "S-1"}, "no silence S-1"),
        ({"op": "expire", "id": "S-1"}, "no silence S-1"),
    ],
)
def test_nonsense_is_refused_in_words(params: dict[str, object], words: str) -> None:
    world = two_sites()
    done = world.order(**params)
    assert not done.ok
    assert words in done.text
    assert world.muting.silences() == []


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"matchers": 'severity="LOW"'}, "neither site, type nor entity"),
        ({"matchers": 'site="S1"', "comment": ""}, "give it a comment"),
        ({"matchers": 'site="S1"', "duration": "31d"}, "more than 30 days"),
        ({"matchers": 'alertname=~".+"', "broad": True}, "matches every alert"),
    ],
)
def test_doubtful_silences_are_taken_with_a_warning(params: dict[str, object], words: str) -> None:
    done = two_sites().silence(**params)  # type: ignore[arg-type]
    assert done.ok
    assert any(words in one for one in done.warnings)
    assert words in done.text


def test_a_silence_that_matches_nothing_for_a_day_is_stale() -> None:
    world = two_sites()
    world.silence('site="S9"', duration="5d")
    world.silence('site="S014"', duration="6d")
    assert [row.matched for row in silence_rows(world.muting, world.now)] == [0, 1]
    world.at(T0 + DAY + 1)
    idle, busy = silence_rows(world.muting, world.now)
    assert (idle.warnings, busy.warnings) == (["it never matched anything"], [])
    world.end(1)
    idle, busy = silence_rows(world.muting, world.now)
    assert busy.warnings == ["it has matched nothing for a day"]
    world.fire(alert(3, site="S9", last_seen=world.now))
    idle, busy = silence_rows(world.muting, world.now)
    assert idle.warnings == []


MATCHERS = st.sampled_from(
    [
        'site="S1"',
        'site=~"S1|S2"',
        'alertname!="A",site="S1"',
        'severity=~"low|high"',
        'rack="r1"',
        'entity=~"host/.*1"',
    ]
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(["S1", "S2", None]), st.integers(1, 5)), max_size=12),
    MATCHERS,
)
def test_preview_shows_exactly_what_is_hidden_then(alerts: list[tuple[str, str | None, int]], matchers: str) -> None:
    world = World()
    for number, (name, site, severity) in enumerate(alerts, 1):
        world.fire(alert(number, alert_type=name, site=site, severity=severity, labels={"rack": f"r{severity}"}))
    seen = preview(matchers, world.alerts.values())
    world.silence(matchers)
    hidden = {world.alerts[number].id for number, mute in world.shown.items() if mute is not None}
    assert {one.id for one in seen.hides} == hidden
    assert (seen.of, sum(seen.sites.values()), sum(seen.severities.values())) == (len(alerts), len(hidden), len(hidden))


def test_windows_of_the_configuration_open_by_themselves() -> None:
    nightly = MaintenanceWindow(
        "backup", "02:00", "04:00", repeat="daily", timezone="Europe/Berlin", site=("site/S014",), reason="tapes"
    )
    other = MaintenanceWindow("other", "02:00", "04:00", repeat="daily", tenant=("elsewhere",))
    world = World(Config(maintenance=(nightly, other)))
    assert [row.name for row in window_rows(world.muting, T0)] == ["backup"]
    world.fire(alert(1, site="S014"))
    world.fire(alert(2, site="S2"))
    world.at(T0 + 13 * HOUR - 1)
    assert world.kind(1) is None
    world.at(T0 + 13 * HOUR)
    assert (world.kind(1), world.kind(2)) == ("maintenance", None)
    assert world.shown[1].text == f"maintenance backup until {text(T0 + 15 * HOUR)}: tapes"
    assert world.order("maintenance/x", op="end", id="backup").ok
    assert world.kind(1) is None
    world.restart()
    assert world.kind(1) is None
    world.at(T0 + 36 * HOUR + 59 * MINUTE)
    assert world.kind(1) is None
    world.at(T0 + 37 * HOUR)  # the clocks jump that night; it opens again all the same
    assert world.kind(1) == "maintenance"
    world.at(T0 + 38 * HOUR)
    assert world.kind(1) is None


def test_a_window_by_command_covers_what_it_names() -> None:
    world = two_sites()
    world.fire(alert(3, site="S014", client="C2", entity="device/D7"))
    assert world.plan(entity="device/D7", duration="1h").ok
    assert [world.kind(one) for one in (1, 2, 3)] == [None, None, "maintenance"]
    assert world.plan(site=["S014", "S2"], client="C1", duration="30m").ok
    assert [world.kind(one) for one in (1, 2, 3)] == ["maintenance"] * 3
    world.at(T0 + 30 * MINUTE)
    assert [world.kind(one) for one in (1, 2, 3)] == [None, None, "maintenance"]
    assert [row.state for row in window_rows(world.muting, world.now, over=True)] == ["open", "over"]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"duration": "1h"}, "names nothing"),
        ({"site": "S1"}, "never ends"),
        ({"site": "S1", "duration": "1h", "start": "2020-01-01T00:00"}, "never open"),
        ({"site": "S1", "duration": "1h", "repeat": "weekly", "start": "02:00"}, "no day is named"),
        ({"site": "S1", "duration": "1h", "zone": "Mars/Base"}, "no time zone"),
        ({"matchers": 'site="', "duration": "1h"}, "quotes are not closed"),
        ({"op": "end", "id": "nothing"}, "no window nothing"),
    ],
)
def test_windows_that_cannot_be_are_refused(params: dict[str, object], words: str) -> None:
    world = two_sites()
    done = world.plan(**params)
    assert not done.ok
    assert words in done.text
    assert world.muting.windows() == []


def test_silence_counts_before_maintenance() -> None:
    world = two_sites()
    world.plan(site="S014", duration="3h")
    world.silence('site="S014"', duration="1h")
    assert world.kind(1) == "silence"
    world.at(T0 + HOUR)
    assert world.kind(1) == "maintenance"
    world.at(T0 + 3 * HOUR)
    assert world.kind(1) is None


def test_an_alert_that_is_pointed_at_is_silenced_and_no_other() -> None:
    world = World()
    world.fire(alert(1, site="S014", entity="device/D1"))
    world.fire(alert(2, site="S014", entity="device/D2"))
    world.fire(alert(3, site="S014", entity="", alert_type="POWER_LOSS"))
    ids = {number: one.id for number, one in world.muting.firing.alerts.items()}
    done = world.order(target=f"alert/{ids[1]}", duration="1h", comment="new disk")
    assert done.text.endswith("it hides 1 open alert")
    assert [world.kind(number) for number in (1, 2, 3)] == ["silence", None, None]
    assert world.order(target=f"alert/{ids[3]}", duration="1h").ok
    assert [world.kind(number) for number in (2, 3)] == [None, "silence"]
    assert world.order(target="alert/A-gone", duration="1h").text == (
        "alert/A-gone does not fire: there is nothing to silence"
    )
