"""A sieve never hides what a full look would find: random filters over random entries, as the database stores them."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import rows
from data.bodies import Bodies
from data.records.feed import FeedEntry
from data.times import DAY, HOUR
from engine.pages import feed_row, feed_text
from engine.query import QueryError, parse
from engine.query.schemas import FEED, FEED_TYPES
from engine.searching import MADE, Search

NOW = 1_767_571_200_000_000
# Letters that share a folded form with others: K is the sign for kelvin, ſ the long s, ﬁ one letter for two.
ODD = "KſßẞﬁﬂﬆİıŉΣσςéÉjǰ"
WORDS = (
    "uplink", "Uplink", "LOST", "disk", "DISK", "DIS\u212a", "strasse", "Straße", "STRAẞE", "café", "CAFÉ", "ﬁre",
    "fire", "opened", "opened,", "none", "likely", "80%", "80", "4711", "it", "S1", "S14", "Дом", "ДОМ", "a:b",
    "to pass", "alert_created", "ticket", "prediction_made", "",
)  # fmt: skip
words = st.sampled_from(WORDS) | st.text("uplinkSK 14_:%" + ODD, max_size=6)
text = st.lists(words, max_size=4).map(" ".join)


def _data(kind: str, draw: Any) -> dict[str, Any]:
    match kind:
        case "alert_created" | "alert_updated":
            return {"alert_type": draw(words), "what": draw(words), "message": draw(text)}
        case "anomaly_detected":
            return {"anomaly_type": draw(words), "person_name": draw(words), "text": draw(text)}
        case "incident_updated" | "cluster_updated":
            return {"what": draw(text), "title": draw(text)}
        case "finding_created":
            return {"finding_type": draw(words), "title": draw(text)}
        case "ticket_updated":
            old, number = draw(st.none() | words), draw(st.none() | words | st.integers(-5, 5000))
            told = {"old_status": old, "new_status": draw(words), "priority": draw(words | st.none())}
            return {**told, "ticket_no": number, "description": draw(text | st.none())}
        case "playbook_updated":
            return {"playbook": draw(words), "what": draw(words), "title": draw(text)}
        case "maintenance_updated":
            return {"name": draw(text), "what": draw(words)}
        case "prediction_made" | "prediction_settled":
            p, outcome = draw(st.floats(0, 1)), draw(st.none() | st.booleans())
            return {"kind": draw(words), "entity": draw(words), "probability": p, "outcome": outcome}
        case _:
            keys = st.sampled_from(("text", "what", "date", "more"))
            return dict(draw(st.dictionaries(keys, text | st.integers(-9, 99) | st.none(), max_size=3)))


@st.composite
def entries(draw: Any) -> list[FeedEntry]:
    made = []
    for sequence in range(1, draw(st.integers(1, 12)) + 1):
        kind = draw(st.sampled_from(FEED_TYPES))
        time, site = NOW - draw(st.integers(0, 100 * 24)) * HOUR, draw(st.none() | words)
        ref = f"{draw(st.sampled_from(('alert', 'ticket')))}/{draw(words)}"
        made.append(FeedEntry("default", sequence, time, kind, ref, site, draw(st.integers(1, 5)), _data(kind, draw)))
    return made


def _terms(wanted: Any) -> Any:
    quoted = wanted.map(lambda word: '"' + word.replace("\\", "").replace('"', "") + '"')
    bare = wanted.map(lambda word: word.replace(" ", "*").replace(":", "*").replace(",", "*") or "x")
    value = quoted | bare
    field = st.sampled_from(("", "text~", "text:", "text!~", "site:", "site~", "site=", "type:", "ref~", "kind:", "!"))
    other = st.sampled_from(("severity>=high", "age<20d", "since:30d", "time>=2025-12-01", "age>10d", "type!=x", "-80"))
    return st.tuples(field, value).map("".join) | other


terms = _terms(words | text)
filters = st.lists(terms, min_size=1, max_size=3).map(" ".join) | st.lists(terms, min_size=2, max_size=3).map(
    " or ".join
)


class Packs:
    """A reader of one feed, cut in packs of three."""

    def __init__(self, made: list[FeedEntry]) -> None:
        self.bodies = Bodies(())
        self.packs = [rows.packs(self.bodies, made[at : at + 3])[0] for at in range(0, len(made), 3)]

    def feed_back(self, since: int, until: int, *, partition: str, before: Any, wanted: Any) -> Any:
        assert partition == "default"
        for _, first, count, low, high, body in reversed(self.packs):
            if high >= since and low < until and (before is None or first < before):
                found = rows.unpack_wanted(self.bodies, body, wanted)
                yield first, count, [one for one in reversed(found) if since <= one.time < until]


@given(entries(), filters)
@settings(max_examples=300, deadline=None)
def test_a_search_finds_what_a_full_look_finds(made: list[FeedEntry], where: str) -> None:
    query = parse("")
    with suppress(QueryError):
        query = parse(where)
        query.compile(FEED)
        match = query.compile(FEED)
        young = [one for one in made if NOW - 90 * DAY <= one.time < NOW + HOUR]
        wanted = [one.sequence for one in reversed(young) if match(feed_row(one), NOW)]
        found = [row.sequence for row in Search(Packs(made), "default", NOW, query).rows()]  # type: ignore[arg-type]
        assert found == wanted, where


@given(entries(), st.data())
@settings(max_examples=300, deadline=None)
def test_any_part_of_any_line_is_found(made: list[FeedEntry], data: Any) -> None:
    """Parts of what is really there: a random word seldom is."""
    entry = data.draw(st.sampled_from(made))
    whole = feed_text(entry)
    at = data.draw(st.integers(0, len(whole)))
    part = whole[at : at + data.draw(st.integers(1, 12))]
    spelled = data.draw(st.sampled_from((str, str.upper, str.lower, str.casefold)))(part)
    spelled = spelled.replace("\\", "").replace('"', "").replace("\n", "")
    query = parse('"' + spelled + '"')
    if query.compile(FEED)(feed_row(entry), NOW):
        sieve = query.sieve(FEED, MADE)
        assert sieve is None or sieve(Bodies(()).encode(entry)), (whole, spelled)


@pytest.mark.parametrize("where", ["nothing_like_it", "zebra crossing", "site:S999", "Жираф", "straßenbahn"])
def test_what_is_nowhere_is_not_decoded(where: str) -> None:
    made = [
        FeedEntry("default", number, NOW, "alert_created", f"alert/A-{number}", "S1", 3,
                  {"alert_type": "LINK", "message": "Überlauf am Tor"})
        for number in range(1, 10)
    ]  # fmt: skip
    search = Search(Packs(made), "default", NOW, parse(where))  # type: ignore[arg-type]
    assert list(search.rows()) == []
    assert (search.looked, search.decoded) == (9, 0)


def test_every_type_that_is_told_is_known_here() -> None:
    """`MADE` and `feed_text` are read together: a new type has to be looked at, then named in FEED_TYPES."""
    import re

    told = set()
    for file in Path(__file__).resolve().parents[2].joinpath("engine").rglob("*.py"):
        told |= set(re.findall(r'(?:\.tell|Told)\(\s*"([a-z_]+)"', file.read_text()))
    assert told
    assert told <= set(FEED_TYPES), told - set(FEED_TYPES)
