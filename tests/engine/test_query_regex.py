"""Regular expressions in filters: those of RE2, anywhere in the text, in time linear in it."""

import time
from typing import Any

import pytest

from engine.query import QueryError, parse
from engine.query.exports import export_schema

ROW = {"id": "A-1", "alert_type": "LINK_DOWN", "severity": "HIGH", "site": "S014", "message": "Port 17 down\nfor 5 s"}


def holds(text: str, row: dict[str, Any] | None = None) -> bool:
    return parse(text).compile(export_schema("alerts"))(row or ROW, 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r'message=~"port \d+ down"', True),
        (r'message=~"^port \d+ DOWN$"', False),
        (r'message=~"^port.*s$"', False),
        (r'message=~"(?s)^port.*s$"', True),
        ('alert_type=~"^(link|port)_"', True),
        ("site=~S0[12]4$", True),
        ("site=~^S1", False),
        ('!message=~"door|lock"', True),
        ('text=~"s014|s015"', True),
        ('client=~".*"', False),
    ],
)
def test_it_matches_anywhere_whatever_the_case(text: str, expected: bool) -> None:
    assert holds(text) is expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('message=~"(a"', "in `(a`"),
        ('message=~"a)(b"', "a)"),
        (r'message=~"(a)\1"', "1"),
        ('severity=~"H.*"', "is a level"),
        ('count=~"1"', "is a number"),
    ],
)
def test_what_cannot_be_used_is_told(text: str, told: str) -> None:
    with pytest.raises(QueryError) as error:
        holds(text)
    assert told in str(error.value)


def test_no_expression_stalls_the_engine() -> None:
    begun = time.process_time()
    assert not holds('message=~"(a+)+b$"', {**ROW, "message": "a" * 5_000})
    assert time.process_time() - begun < 5  # a backtracking engine would not end in a lifetime


def test_it_is_written_and_read_as_it_was() -> None:
    once = parse(r'message=~"port \d+ \"down\""')
    assert parse(str(once)) == once
    assert holds(str(once), {**ROW, "message": 'port 7 "down"'})
