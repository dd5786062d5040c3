"""Which reports are one alert, and what it is made of."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.payloads import AlertSignal
from data.times import SECOND
from engine.alerts.identity import Activity, Identities, merged, overlap
from engine.alerts.signal import identity
from engine.settings.sections import Fingerprint


def report(**data: Any) -> AlertSignal:
    return AlertSignal(**({"alert_type": "Down", "severity": "HIGH", "entity": "host/a", "site": "S1"} | data))


PROMETHEUS = Fingerprint("prom/*", ("all",), ("alert_type",))
BY_JOB = Fingerprint("prom/*", ("job", "zone"), ("alert_type",))
BARE = Fingerprint("*", ("none",), ("alert_type", "entity"))


@pytest.mark.parametrize(
    ("rules", "one", "other", "same"),
    [
        ((), {}, {"severity": "LOW", "message": "other", "labels": {"a": "b"}}, True),
        ((), {}, {"entity": "host/b"}, False),
        ((), {}, {"site": "S2"}, False),
        ((), {"site": "S1"}, {"site": "site/S1"}, True),
        ((), {"fingerprint": "x"}, {"fingerprint": "x", "entity": "host/b"}, True),
        ((), {"fingerprint": "x"}, {}, False),
        ((PROMETHEUS,), {"labels": {"a": "1", "b": "2"}}, {"labels": {"b": "2", "a": "1"}, "entity": "host/b"}, True),
        ((PROMETHEUS,), {"labels": {"a": "1"}}, {"labels": {"a": "2"}}, False),
        ((PROMETHEUS,), {"labels": {"a": "1"}}, {"labels": {"a": "1", "b": ""}}, True),  # empty is missing
        ((PROMETHEUS,), {"fingerprint": "x"}, {"fingerprint": "y"}, True),  # the rule says what counts
        ((BY_JOB,), {"labels": {"job": "j", "pod": "1"}}, {"labels": {"job": "j", "pod": "2"}}, True),
        ((BY_JOB,), {"labels": {"job": "j"}}, {"labels": {"zone": "j"}}, False),
        ((BY_JOB,), {"labels": {"job": "1"}}, {"labels": {"job": 1}}, True),
        ((BARE,), {"site": "S1"}, {"site": "S2", "labels": {"a": "1"}}, True),
        ((Fingerprint("*", ("none",), ("alert_type", "severity")),), {}, {"severity": "LOW"}, False),
    ],
)
def test_what_makes_two_reports_the_same_alert(
    rules: tuple[Fingerprint, ...], one: dict[str, Any], other: dict[str, Any], same: bool
):
    identities = Identities(rules)
    found = [identities.of("prom/eu", report(**data)) for data in (one, other)]
    assert (found[0] == found[1]) is same


def test_the_first_rule_whose_source_matches_counts():
    identities = Identities((BY_JOB, BARE))
    assert identities.rule("PROM/eu") is BY_JOB
    assert identities.rule("nagios") is BARE
    assert Identities((BY_JOB,)).rule("nagios") is None


def test_without_rules_it_is_the_identity_that_the_life_cycle_knows():
    assert Identities().of("any", report()) == identity("Down", "host/a", "S1")


def test_values_do_not_run_into_each_other():
    rule = (Fingerprint("*", ("all",), ("alert_type",)),)
    one = Identities(rule).of("s", report(labels={"a": "1\x1flabels.b=2"}))
    other = Identities(rule).of("s", report(labels={"a": "1", "b": "2"}))
    assert one != other


def test_it_is_explained():
    said = Identities((BY_JOB,)).explain("prom/eu", report(labels={"job": "j"}))
    assert said == "rule 1 (prom/*): alert_type=Down, labels.job=j, labels.zone=(none)"
    assert Identities().explain("x", report()) == "no rule for this source: alert_type=Down, entity=host/a, site=S1"
    assert Identities().explain("x", report(fingerprint="f")) == "the source's own fingerprint f"


# Alertmanager's own acceptance facts: starts 1.1 then 1; ends 4.5, 4.8, 4.1; fired again at 5, after the end.
NOW = 2.0


def span(starts: float, ends: float, told: float = 0, named: bool = True) -> Activity:
    return Activity(round(starts * SECOND), round(ends * SECOND), round(told * SECOND), named)


@pytest.mark.parametrize(
    ("older", "newer", "now", "expected"),
    [
        (span(1.1, 9, 1), span(1.0, 9, 2), NOW, span(1.0, 9, 2)),  # the earliest start
        (span(1, 4.5, 1), span(1, 4.8, 2), NOW, span(1, 4.8, 2)),
        (span(1, 4.8, 2), span(1, 4.1, 3), NOW, span(1, 4.8, 3)),  # named, and later
        (span(1, 6, 1, named=False), span(1, 4, 2), NOW, span(1, 4, 2)),  # a named end wins over a time-out
        (span(1, 4, 1), span(1, 6, 2, named=False), NOW, span(1, 6, 2, named=False)),  # being sent again prolongs
        (span(1, 9, 1), span(1, 6, 2, named=False), NOW, span(1, 9, 2)),
        (span(1, 1.8, 1), span(1, 1.5, 2), NOW, span(1, 1.8, 2)),  # both over: the later end
        (span(1, 6, 1), span(1, 1.5, 2), NOW, span(1, 1.5, 2)),  # resolved now: that is the end
        (span(1, 6, 1, named=False), span(1, 1.5, 2), NOW, span(1, 1.5, 2)),
        (span(1, 4.8, 3), span(5, 9, 5), 5.0, None),  # fires again after its end: another occurrence
        (span(5, 9, 5), span(1, 4.8, 6), 6.0, None),
        (span(1, 4, 1), span(0, 9, 2), NOW, span(0, 9, 2)),  # the newer covers the older
        (span(1, 4, 1), span(4, 9, 2), NOW, span(1, 9, 2)),  # one follows at once on the other
    ],
)
def test_alertmanagers_rules(older: Activity, newer: Activity, now: float, expected: Activity | None):
    assert merged(older, newer, round(now * SECOND)) == expected
    assert merged(newer, older, round(now * SECOND)) == expected, "whichever is named first"


activities = st.builds(
    Activity, st.integers(0, 20), st.integers(0, 30), st.integers(0, 5), st.booleans()
).filter(lambda one: one.starts_at <= one.ends_at)  # fmt: skip


@given(activities, activities, st.integers(0, 30))
def test_what_is_merged_covers_no_more_than_both(one: Activity, other: Activity, now: int):
    found = merged(one, other, now)
    assert (found is not None) == overlap(one, other)
    if found is not None:
        assert found.starts_at == min(one.starts_at, other.starts_at)
        assert found.ends_at in (one.ends_at, other.ends_at)
        assert found.told_at == max(one.told_at, other.told_at)


@given(activities, st.integers(0, 30))
def test_saying_the_same_again_changes_nothing(one: Activity, now: int):
    assert merged(one, one, now) == one
