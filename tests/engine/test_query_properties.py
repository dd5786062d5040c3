"""Whatever is typed: an answer or a QueryError, one spelling, and the same meaning after it."""

from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.times import HOUR
from engine import query
from engine.query import QueryError
from engine.query.schemas import ALERTS, ITEMS
from engine.query.texts import glob_whole
from tests.engine.test_query import MATCHING, NOW, alert

PIECES = [
    *MATCHING,
    *("or", "and", "not", "a", "site", "site:", "S014", "is:", "since:22:00"),
    *'()!-,":=<>~*\\|&',
    " ",
    "  ",
    "since:22:00",
]
soup = st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join) | st.lists(st.sampled_from(PIECES), max_size=9).map(
    "".join
)
noise = st.text(max_size=60) | st.text('ab:=!<>~()"\\-,*&| orntd', max_size=40)


@given(soup | noise)
@settings(max_examples=500, deadline=None)
def test_formatting_round_trips(text: str) -> None:
    try:
        first = query.parse(text)
    except QueryError as error:
        place, message = error.position, error.message
        assert 0 <= place <= len(text)  # most texts do parse
        assert message
        return
    spelled = query.format(first)
    assert query.parse(spelled) == first
    assert query.format(query.parse(spelled)) == spelled


@given(soup | noise)
@settings(max_examples=300, deadline=None)
def test_matching_raises_nothing_but_query_error(text: str) -> None:
    with suppress(QueryError):
        match = query.parse(text).compile(ALERTS, me="ann")
        negated = query.parse(f"!({text})").compile(ALERTS, me="ann") if text.strip() else None
        for row in (alert(), alert(site=None, client=None, entity=None, labels={})):
            answer = match(row, NOW)
            assert answer in (True, False)
            assert negated is None or negated(row, NOW) is not answer


@given(soup | noise, st.integers(-5, 70))
@settings(max_examples=500, deadline=None)
def test_completion_never_raises_and_stays_inside(text: str, cursor: int) -> None:
    for found in query.complete(text, cursor, ITEMS, {"site": ["S 1", "S014"]}):
        assert 0 <= found.start <= found.end <= len(text)


@given(st.text("ab*", max_size=8), st.text("ab", max_size=12))
@settings(max_examples=500, deadline=None)
def test_globs_agree_with_the_standard_ones(pattern: str, text: str) -> None:
    from fnmatch import fnmatchcase

    if "*" in pattern:
        assert glob_whole(pattern)(text) is fnmatchcase(text, pattern)


@given(st.integers(0, 10**17))
def test_every_length_can_be_written(micros: int) -> None:
    assert query.parse_duration(query.write_duration(micros)) == micros


@given(st.integers(0, 4 * 10**15), st.integers(0, 96))
def test_age_is_now_minus_start(now: int, hours: int) -> None:
    match = query.parse("age<48h").compile(ALERTS)
    assert match(alert(first_seen=now - hours * HOUR), now) is (hours < 48)


def offered(text: str, values: dict[str, list[str]] | None = None) -> list[str]:
    done = []
    for found in query.complete(text, len(text), ITEMS, values):
        done.append(text[: found.start] + found.text + text[found.end :])
    return done


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("sev", "sev"),
        ("site:S014 sev", "site:S014 severity>="),
        ("!mut", "!mute:"),
        ("-site:S1 fir", "-site:S1 firing"),
        ("(ac", "(acked"),
        ("severity>=h", "severity>=high"),
        ("site:S014,S", "site:S014,S014"),
        ('site:"No', 'site:"North gate"'),
        ("state:ack", "state:ACKNOWLEDGED"),
        ("is:fi", "is:firing"),
        ("age<", "age<15m"),
        ("ownr", "owner:"),
        ("since:to", "since:today"),
    ],
)
def test_completes(text: str, first: str) -> None:
    values = {"site": ["S014", "S015", "North gate"], "owner": ["ann"]}
    got = offered(text, values)
    assert got[0].startswith(first)
    with suppress(QueryError):
        query.parse(got[0])


def test_completion_inside_a_text_or_an_unknown_field_is_silent() -> None:
    assert offered('"sev') == []
    assert offered("nosuch:a") == []


def test_trees_are_plain_frozen_values() -> None:
    node: Any = query.parse("a or site:S1").node
    with pytest.raises((AttributeError, TypeError)):
        node.parts = ()
    assert isinstance(node, msgspec.Struct)
    assert hash(query.parse("a or  site:S1")) == hash(query.parse("a or site:S1"))
