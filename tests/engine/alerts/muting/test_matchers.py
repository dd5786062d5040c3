"""Matchers as Alertmanager reads them; the cases are those of its matcher/parse tests, retold."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from muting_world import alert

from engine.alerts.muting.matcher_syntax import Matcher, read_matchers
from engine.alerts.muting.matchers import MatcherError, parse
from engine.query.regex import Regex, RegexError

GOOD = [
    ("", []),
    ("{}", []),
    ("{foo=bar}", [("foo", "=", "bar")]),
    ("{foo=bar,}", [("foo", "=", "bar")]),
    ("foo=bar,", [("foo", "=", "bar")]),
    ("{foo!=bar}", [("foo", "!=", "bar")]),
    ("foo=~[a-z]+", [("foo", "=~", "[a-z]+")]),
    ("{foo!~[a-z]+}", [("foo", "!~", "[a-z]+")]),
    ("{foo=\N{SLIGHTLY SMILING FACE}bar}", [("foo", "=", "\N{SLIGHTLY SMILING FACE}bar")]),
    ('{"foo"="bar",}', [("foo", "=", "bar")]),
    ('"foo"!~"[a-z]+"', [("foo", "!~", "[a-z]+")]),
    (r'{"foo"="\xf0\x9f\x99\x82"}', [("foo", "=", "\N{SLIGHTLY SMILING FACE}")]),
    (r'{"foo"="\U0001f642"}', [("foo", "=", "\N{SLIGHTLY SMILING FACE}")]),
    (r'foo="bar\n"', [("foo", "=", "bar\n")]),
    (r'foo="bar\t"', [("foo", "=", "bar\t")]),
    (r'foo="\"bar\""', [("foo", "=", '"bar"')]),
    (r'foo="bar\\"', [("foo", "=", "bar\\")]),
    ('foo=bar,bar!="baz"', [("foo", "=", "bar"), ("bar", "!=", "baz")]),
    (' { foo = bar , bar != "b a z" } ', [("foo", "=", "bar"), ("bar", "!=", "b a z")]),
    ('"a name"=""', [("a name", "=", "")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), GOOD)
def test_reads_what_alertmanager_reads(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert [(one.name, one.op, one.value) for one in read_matchers(text)] == expected


@pytest.mark.parametrize(
    ("text", "position"),
    [
        (",", 0), ("{,}", 1), ("{", 1), ("}", 0), ("foo=bar}", 7), ("{foo=bar", 8), ('{foo=:"bar"}', 6),
        (r'{foo="bar\w"}', 9), (r"{foo=bar\n}", 8), (r'{"foo"="\xf0\x9f"}', 7), ("foo", 3), ("foo=", 4),
        ('foo="bar', 4),
        ('""="x"', 0), ("foo=a b", 6),
    ],
)  # fmt: skip
def test_refuses_what_alertmanager_refuses_and_says_where(text: str, position: int) -> None:
    with pytest.raises(MatcherError) as caught:
        read_matchers(text)
    assert caught.value.position == position
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ('alertname="DISK_FULL"', True), ('alert_type="DISK_FULL"', True), ('alert_type="DISK"', False),
        ('alertname=~"DISK"', False), ('alertname=~"DISK.*"', True), ('alertname!~"DISK"', True),
        ('site="S1",rack="r1"', True), ('site="S1",rack="r2"', False), ('rack!="r2"', True),
        ('nothing=""', True), ('nothing!=""', False), ('nothing=~".*"', True), ('nothing=~".+"', False),
        ('nothing!="x"', True), ('nothing!~"x"', True),
        ('severity="CRITICAL"', True), ('severity="critical"', True), ('severity=~"high|critical"', True),
        ('severity="page"', True), ('severity!="page"', False), ('severity="LOW"', False),
        ('entity="device/D7"', True), ('device="D7"', True), ('device=~"D[0-9]"', True), ('host="D7"', False),
        ('client="C1",source="desk",tenant="default"', True),
    ],
)  # fmt: skip
def test_means_what_alertmanager_means(text: str, matches: bool) -> None:
    labels = {"rack": "r1", "severity": "page"}
    assert parse(text)(alert(1, severity=5, entity="device/D7", labels=labels)) is matches


TEXTS = st.text(alphabet='ab"\\\n{}=~!, \N{SNOWMAN}', max_size=8)


@given(st.lists(st.builds(Matcher, TEXTS.filter(bool), st.sampled_from(["=", "!="]), TEXTS), min_size=1, max_size=4))
def test_is_written_as_it_is_read(matchers: list[Matcher]) -> None:
    text = ",".join(one.text for one in matchers)
    assert read_matchers(text) == matchers
    match = parse(text)
    assert parse(match.text).text == parse("{" + match.text + ",}").text == match.text


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    position = 0
    try:
        parse(text)
    except MatcherError as error:
        position = error.position
    assert 0 <= position <= len(text)


LETTERS = st.text(alphabet="abc", min_size=1, max_size=2)
PATTERNS = st.recursive(
    st.one_of(LETTERS, st.sampled_from([".", "[ab]", "[^a]", "", r"\d", r"\w", "^", "$"])),
    lambda inner: st.one_of(
        st.builds("({})".format, inner),
        st.builds("(?:{})*".format, inner),
        st.builds("(?:{})+?".format, inner),
        st.builds("(?:{})?".format, inner),
        st.builds("(?:{}){{1,3}}".format, inner),
        st.builds("(?:{}|{})".format, inner, inner),
        st.builds("{}{}".format, inner, inner),
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(PATTERNS, st.text(alphabet="abc1\n", max_size=6))
def test_expressions_agree_with_the_backtracking_kind(pattern: str, text: str) -> None:
    usual = re.compile(f"(?:{pattern.replace('$', chr(92) + 'Z')})", re.ASCII)
    assert Regex(pattern)(text) is (usual.fullmatch(text) is not None)


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", "(a|aa)+$b", ".*.*.*.*.*=x", "(.{0,20}){0,20}y"])
def test_no_expression_stops_the_engine(pattern: str) -> None:
    begin = time.process_time()
    assert not Regex(pattern)("a" * 5_000)
    assert time.process_time() - begin < 2


@pytest.mark.parametrize(
    "pattern",
    ["(", ")", "[a", "a**", "*a", r"(a)\1", "(?=a)", "a{2,1}", "a{1001}", "x" * 1001, "\\", r"\p", "[b-a]",
     "((a{100}){100})", "(" * 50 + ")" * 50, "[[:nope:]]"],
)  # fmt: skip
def test_what_cannot_be_matched_is_refused_with_a_remedy(pattern: str) -> None:
    with pytest.raises(RegexError) as caught:
        Regex(pattern)
    assert caught.value.remedy


def test_few_values_are_known_for_the_index() -> None:
    assert Regex("S1|S0(2|3)").literals == {"S1", "S02", "S03"}
    assert Regex(r"a\.b").literals == {"a.b"}
    assert Regex("S.").literals is None
    assert parse('site=~"S1|S2",site!="S3"').exact == {"site": {"S1", "S2"}}
