"""What `noc config check` says about windows and rules, word by word, and what it lets pass."""

from pathlib import Path

import pytest

from engine import settings as config

GOLDEN = [
    ('maintenance: [{name: a, start: "02:00", lasts: 2h}]', [
        "noc.yaml:1: maintenance[0]: mutes everything; name a `site:`, `client:`, `entity:` or `match:`",
        "noc.yaml:1: maintenance[0].start: '02:00' is no moment; write it such as 2026-03-29T02:00"]),
    ('maintenance:\n  - {name: a, site: S1, start: "02:00", lasts: 2h, repeat: daily}\n'
     '  - {name: a, site: S1, start: "02:00", end: "04:00", repeat: daily, timezone: Europe/Berln}', [
        "noc.yaml:3: maintenance[1].name: a second window called 'a'; give it another name",
        "noc.yaml:3: maintenance[1].timezone: 'Europe/Berln' is no time zone; did you mean 'Europe/Berlin'?"]),
    ("maintenance: [{name: a, site: S1, start: 2026-03-29T04:00, end: 2026-03-29T02:00}]", [
        "noc.yaml:1: maintenance[0].end: it ends before it begins; write a later moment"]),
    ("maintenance: [{name: a, site: S1, start: 2026-03-29T04:00}]", [
        "noc.yaml:1: maintenance[0].end: it never ends; add `end:` or `lasts:`"]),
    ("maintenance: [{name: a, match: 'alertname=~\".+\"', start: 2026-03-29T04:00, lasts: 2h}]", [
        "noc.yaml:1: maintenance[0].match: it matches every alert; name a site, a type or a thing"]),
    ("maintenance: [{name: a, match: 'site=\"A\",site=~\"B|C\"', start: 2026-03-29T04:00, lasts: 2h}]", [
        'noc.yaml:1: maintenance[0].match: no alert matches site="A" and site=~"B|C"; remove one of them']),
    ("maintenance: [{name: a, entity: D77, start: 2026-03-29T04:00, lasts: 2h}]", [
        "noc.yaml:1: maintenance[0].entity[0]: 'D77' is no reference to a thing; "
        "write its kind too, such as device/D77"]),
    ('maintenance: [{name: a, site: S1, start: "02:15", end: "02:45", repeat: daily, timezone: Europe/Berlin}]', [
        "noc.yaml:1: maintenance[0].start: it does not open on 2026-03-29: the clocks skip it there; "
        "choose another time of day, or a zone without summer time"]),
    ('maintenance: [{name: a, site: S1, start: "02:00", lasts: 1h, repeat: monthly, days: [5mon], month_days: [1]}]', [
        "noc.yaml:1: maintenance[0]: it never opens: no day is all that is asked for; "
        "look at `days`, `month_days` and `last`"]),
    ("inhibit:\n  - {source: 'alertname=\"A\"', target: 'alertname=\"B\"', equal: [site], name: one}\n"
     "  - {source: 'alertname=\"B\"', target: 'alertname=\"A\"', equal: [site], name: two}", [
        "noc.yaml:2: inhibit[0].source: 'one' and 'two' hide each other's sources, in a circle; "
        "let one side name a severity or type that the other cannot have"]),
    ("inhibit: [{source: 'alertname=\"A', target: 'alertname=\"B\"', equal: [site]}]", [
        "noc.yaml:1: inhibit[0].source[0]: in `alertname=\"A`: the quotes are not closed at character 11; "
        "close them on the same line"]),
    ("inhibit: [{source: 'severity=\"HIHG\"', target: 'alertname=\"B\"', equal: [site]}]", [
        "noc.yaml:1: inhibit[0].source[0]: no alert has the severity of severity=\"HIHG\"; did you mean 'HIGH'?"]),
    ("inhibit: [{source: 'alertname=\"A\"', target: 'alertname=\"A\"', equal: [site]}]", [
        "noc.yaml:1: inhibit[0].target: hides nothing: an alert that matches both sides is hidden by no such alert; "
        "write other matchers for the target"]),
    ("inhibit: [{source: 'alertname=\"A\"', target: 'alertname=\"B\"'}]", [
        "noc.yaml:1: inhibit[0]: without `equal` an alert anywhere hides those of all other sites; "
        "add `equal: [site]` or the like"]),
    ("inhibit: [{source: [], target: 'alertname=\"B\"', equal: [site]}]", [
        'noc.yaml:1: inhibit[0].source: names no alerts; write matchers such as alertname="HOST_DOWN"']),
    ("inhibit: [{source: 'alertname!=\"A\"', target: 'alertname=\"A\",severity=\"LOW\"', equal: [site]}]", [
        "noc.yaml:1: inhibit[0].source: every alert without these labels is a source; name a type"]),
]  # fmt: skip

GOOD = """
maintenance:
  - {name: backup, site: [S014, S2], repeat: weekly, days: [sat, sun], start: '02:00', end: '04:00',
     timezone: Europe/Berlin}
  - {name: patch, client: C1, repeat: monthly, days: [2tue], start: '22:00', lasts: 3h, reason: patches}
  - {name: move, match: 'alertname="LINK_DOWN"', start: 2026-03-28T20:00, end: 2026-03-29T06:00+02:00}
inhibit:
  - {name: worse, source: 'severity="critical"', target: 'severity="warning"', equal: [alertname]}
  - {name: node, source: 'alertname="NodeDown"', target: 'alertname="InstanceDown"', equal: [node]}
  - source: ['alertname="SITE_UNREACHABLE"']
    target: ['alertname!="SITE_UNREACHABLE"', 'severity=~"LOW|MEDIUM"']
    equal: [site]
"""


@pytest.mark.parametrize(("text", "expected"), GOLDEN)
def test_says_what_is_wrong_where_and_what_to_do(text: str, expected: list[str], tmp_path: Path) -> None:
    path = tmp_path / "noc.yaml"
    path.write_text(text)
    assert [str(problem).replace(f"{tmp_path}/", "") for problem in config.check(path, {})] == expected


def test_what_is_in_order_passes(tmp_path: Path) -> None:
    path = tmp_path / "noc.yaml"
    path.write_text(GOOD)
    assert [str(one) for one in config.check(path, {})] == []
    found = config.load(path, {})
    assert [one.name for one in found.maintenance] == ["backup", "patch", "move"]
    assert found.inhibit[2].target == ('alertname!="SITE_UNREACHABLE"', 'severity=~"LOW|MEDIUM"')
