"""A person is found and taken out wherever an event or a text can name them, and nobody else is."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from data import ids, journal
from data.payloads import TYPES
from data.personal.journal import Events
from data.personal.needles import Needles
from data.personal.rewriting import Rewriter
from data.personal.who import Person
from data.store import Segment
from data.times import SECOND
from data.wire import Event, decode
from tests.data.store_samples import START

PERSON = Person(
    "default", "P102", ("Zoe Quill", "Zoë Ångström"), ("+49 (170) 555-9801",), ("zoe.quill@x.example",), ("Quillie",),
    devices=("phone-7",), like=("P102-b",),
)  # fmt: skip
NAME = "erased-0123abcd"
MENTIONS = ("P102", "person/P102", "zoe quill", "Zoe\u00a0Quill", "ZOE.QUILL@x.example", "49 170 5559801", "Quillie",
            "Zoe\u0308 A\u030angstro\u0308m", "x/P102/7", "ci-p102_3")  # fmt: skip


def rewriter() -> Rewriter:
    return Rewriter(Needles(PERSON, NAME))


def names(value: object) -> bool:
    """Whether anything of the person is left, by a way of its own: all in lower case, signs between digits out."""
    text = msgspec.json.encode(value).decode().casefold()
    digits = "".join(sign for sign in text if sign.isdigit())
    words = ("p102", "zoe", "quill", "zoë", "ångström", "zoe\u0308")
    return any(word in text.replace("p102-b", "") for word in words) or "1705559801" in digits


def texts(kind: type[msgspec.Struct]) -> list[tuple[str, ...]]:
    """Every field of a payload that takes a text, also within others."""
    found: list[tuple[str, ...]] = []

    def look(info: inspect.Type, at: tuple[str, ...]) -> None:
        if isinstance(info, inspect.Metadata):
            look(info.type, at)
        elif isinstance(info, inspect.UnionType):
            for one in info.types:
                look(one, at)
        elif isinstance(info, inspect.StructType):
            for field in info.fields:
                look(field.type, (*at, field.encode_name))
        elif isinstance(info, inspect.DictType):
            look(info.value_type, (*at, "any"))
        elif isinstance(info, inspect.StrType | inspect.AnyType):
            found.append(at)

    look(inspect.type_info(kind), ())
    return found


REQUIRED = {
    "id": "X1", "site": "S1", "client": "C1", "person": "P9", "device": "D1", "start": "2026-01-05T00:00:00Z",
    "end": "2026-01-05T08:00:00Z", "lat": 1.5, "lon": 2.5, "alert_type": "A", "severity": "LOW", "name": "n",
    "value": 1, "kind": "network", "summary": "s", "target": "fraud/x", "verdict": "confirmed", "from": "a/b",
    "to": "c/d", "date": "2026-01-05", "action": "comment", "period_s": 5,
}  # fmt: skip
KINDS = {"noc.link.upserted": "depends_on", "noc.link.removed": "depends_on", "noc.calendar.day": "event"}
OTHERS = ("name", "phone", "email")  # of somebody else, in their own master data
CASES = [
    (kind, field)
    for kind, payload in TYPES.items()
    for field in texts(payload)
    if kind != "noc.person.upserted" or field[0] not in OTHERS
]


def event_of(kind: str, data: dict[str, object]) -> dict[str, object]:
    needed = {
        field.encode_name: REQUIRED[field.encode_name]
        for field in msgspec.structs.fields(TYPES[kind])
        if field.required
    }
    needed["kind"] = KINDS.get(kind, needed.get("kind", "other"))
    if kind == "noc.entity.upserted":
        needed["id"] = "host/x"
    if kind == "noc.metric.sampled":
        needed["value"] = 1
    if kind in ("noc.task.updated", "noc.task.completed"):
        needed["site"] = "S1"  # the wire asks for it
    return {
        "specversion": "1.0", "id": "e1", "source": "s", "type": kind, "time": "2026-01-05T00:00:00Z",
        "data": {**needed, **data},
    }  # fmt: skip


@pytest.mark.parametrize(("kind", "field"), CASES, ids=lambda one: one if isinstance(one, str) else ".".join(one))
def test_every_field_of_every_type_of_the_wire(kind: str, field: tuple[str, ...]) -> None:
    stood = False
    for mention in MENTIONS:
        data: object = mention
        for name in reversed(field):
            data = {name: data}
        assert isinstance(data, dict)
        line = msgspec.json.encode(event_of(kind, data))
        try:
            before = decode(line)
        except ValueError:
            continue
        stood = True
        after = taken_out(line)
        assert not names(msgspec.json.decode(after.line)), mention
        assert (after.type, after.time, after.tenant) == (before.type, before.time, before.tenant)
    assert stood or field in NO_WORDS, "no mention was tried"


NO_WORDS = {("timezone",), ("date",)}  # take only a few texts
PEOPLE = ("person", "owner", "in_charge", "assignee", "substitute_for", "actor")


def test_no_field_that_names_people_is_missing_from_the_cases() -> None:
    named = {field[-1] for _, field in CASES}
    assert named >= {*PEOPLE, "entity", "target", "note", "message", "summary", "title", "from", "to", "id"}
    assert len(CASES) > 150


def taken_out(line: bytes) -> Event:
    made = decode(line)
    segment = Segment(1, [line], [made.identity], [START], START, START + SECOND)
    changed = Events(rewriter(), {"S1": (48.1, 11.5)}).segment(segment)
    found = decode(segment.lines[0], own=True)
    assert changed == (segment.lines[0] is not line)
    assert segment.identities == [ids.fingerprint(found.tenant, found.source, found.id)]
    return found


@given(
    st.sampled_from(sorted(TYPES)),
    st.recursive(
        st.one_of(st.sampled_from(MENTIONS), st.text(max_size=8), st.integers(-5, 5), st.none(), st.booleans()),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(st.one_of(st.text(max_size=6), st.sampled_from(MENTIONS)), inner, max_size=3),
        ),
        max_leaves=8,
    ),
    st.sampled_from(MENTIONS),
)
def test_fields_that_nobody_foresaw_keys_and_attributes(kind: str, more: object, mention: str) -> None:
    event = event_of(kind, {"unforeseen": more})
    event |= {"id": f"a {mention}", "source": mention, "subject": f"person/{PERSON.id}", "extra": [more]}
    try:
        before = decode(msgspec.json.encode(event))
    except ValueError:
        return
    after = taken_out(before.line)
    assert not names(msgspec.json.decode(after.line))
    assert (after.type, after.time, after.tenant) == (before.type, before.time, before.tenant)


@given(st.lists(st.sampled_from([*MENTIONS, "P1022", "XP102", "P102-b", "Zoey Quillan", "the quill", "17055598"])))
def test_what_only_looks_like_them_stays(words: list[str]) -> None:
    needles = Needles(PERSON, NAME)
    found = needles.text(" | ".join(words)).split(" | ") if words else []
    for word, instead in zip(words, found, strict=True):
        assert (instead == word) == (word not in MENTIONS), word
    assert needles.text(needles.text(" | ".join(words))) == needles.text(" | ".join(words))


@given(st.binary(max_size=40), st.sampled_from(MENTIONS), st.binary(max_size=40))
def test_a_mention_in_bytes_is_never_overlooked(before: bytes, mention: str, after: bytes) -> None:
    packed = msgspec.msgpack.encode([before, mention, {"k": [after, mention]}])
    assert Needles(PERSON, NAME).maybe(packed)
    assert not names(mention) or NAME.encode() in rewriter().opened(packed) or b"(erased)" in rewriter().opened(packed)


@given(st.integers(0, 2**64 - 1), st.binary(max_size=30))
def test_bytes_that_hold_nothing_of_them_stay_what_they_are(number: int, raw: bytes) -> None:
    one = rewriter()
    one.numbers = {number: 7}
    eight = number.to_bytes(8, "little")
    if not one.needles.maybe(raw) and eight not in raw and number.to_bytes(8, "big") not in raw:
        assert one.opened(raw) == raw
    assert one.opened(b"\xc1" + eight) == b"\xc1" + (7).to_bytes(8, "little")


def test_compressed_in_packed_in_compressed() -> None:
    import zlib

    inner = zlib.compress(msgspec.msgpack.encode({"person": "P102", "lat": 1.25, "n": 5}))
    outer = journal.compress(msgspec.msgpack.encode([1, inner, b"\x01" + msgspec.msgpack.encode("call Quillie")]))
    one, opened, text = msgspec.msgpack.decode(journal.decompress(rewriter().opened(outer)))
    assert (one, msgspec.msgpack.decode(zlib.decompress(opened))) == (1, {"person": NAME, "n": 5})
    assert text == b"\x01" + msgspec.msgpack.encode(f"call {NAME}")


def test_a_colleague_of_the_same_name_keeps_it() -> None:
    line = msgspec.json.encode(event_of("noc.person.upserted", {"id": "P9", "name": "Zoe Quill", "manager": "P102"}))
    data = msgspec.json.decode(taken_out(line).line)["data"]
    assert (data["name"], data["manager"]) == ("Zoe Quill", NAME)


def test_a_fix_lies_where_its_site_is_or_at_whole_degrees() -> None:
    where = {"person": "P102", "lat": 48.137154, "lon": 11.576124}
    for site, place in (("S1", (48.1, 11.5)), ("S2", (48.0, 12.0))):
        data = taken_out(msgspec.json.encode(event_of("noc.location.fix", {**where, "site": site}))).data
        assert (data.lat, data.lon) == place
    own = taken_out(msgspec.json.encode(event_of("noc.device.online", {"device": "phone-7", "lat": 1.2, "lon": 3.4})))
    assert b"lat" not in own.line
