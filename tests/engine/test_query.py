"""What an operator notices of the filter language: what matches, and what is said when it cannot be read."""

from typing import Any

import pytest

from data.records.alert import Alert, AlertStatus
from data.times import HOUR, MINUTE
from data.times import parse as at
from engine import query
from engine.query import QueryError
from engine.query.exports import KINDS, export_schema
from engine.query.schemas import ALERTS, FEED, ITEMS
from engine.views import ClusterRow, FeedRow

NOW = at("2024-03-05T03:00:00Z")


def alert(**changes: Any) -> Alert:
    values: dict[str, Any] = {
        "number": 1,
        "id": "A-1",
        "tenant": "default",
        "fingerprint": 7,
        "alert_type": "DEVICE_OFFLINE",
        "severity": 4,
        "status": AlertStatus.NEW,
        "entity": "device/D77",
        "site": "S014",
        "client": "C1",
        "message": "Uplink of rack 3 lost",
        "template": "Uplink of rack * lost",
        "labels": {"env": "prod", "Rack": "r3"},
        "annotations": {},
        "source": "sim",
        "started_at": NOW - HOUR,
        "first_seen": NOW - HOUR,
        "last_seen": NOW - 5 * MINUTE,
        "expires_at": NOW + HOUR,
        "count": 3,
        "priority": 72,
    }
    return Alert(**(values | changes))


def item(**changes: Any) -> ClusterRow:
    values: dict[str, Any] = {
        "ref": "incident/I-9",
        "severity": 4,
        "state": "ACKNOWLEDGED",
        "priority": 70,
        "title": "Uplink lost at two sites",
        "sites": ("S014", "S015"),
        "alert_types": ("DEVICE_OFFLINE", "SYNC_DEGRADED"),
        "alerts": 12,
        "open_alerts": 3,
        "suppressed": 9,
        "opened_at": NOW - 3 * HOUR,
        "last_at": NOW - MINUTE,
        "owner": "ann",
        "muted": None,
    }
    return ClusterRow(**(values | changes))


def holds(text: str, row: Any, schema: query.Schema = ALERTS, now: int = NOW, **options: Any) -> bool:
    answer = query.parse(text).compile(schema, **options)(row, now)
    assert type(answer) is bool
    return answer


MATCHING = """
severity>=high site:S014 age<2h text~"uplink" !acked
type:DEVICE_* (site:S014 or site:S015) -muted priority>=70 since:22:00
SEVERITY >= HI and site: s014
severity:high,critical
severity=4 severity!=critical severity<5 sev>medium
site:(S014 or S099)
site:S099,S014
site!=S015
site!=S099,S015
type:*offline
type:dev*off*
type~OFF
type!~ONLINE
message:rack
message~"rack 3"
message~up*lost
message!="Uplink"
uplink lost
"Uplink of"
up*lost
device/D77
!"no such text"
not acked
!acked && (site:S1 || site:S014)
label.env:prod
label.Rack:r3
label.missing:x or firing
!label.missing:*
label.env:*
owner:ann or !owner:*
priority>=70 priority<=72 priority:72 priority!=71 priority:1,72
priority>71.5
status:new
status:ne
status:n*
status!=resolved
age<2h age>=1h age<=60m age:1h age<1d
quiet<10m
first_seen>=2024-03-05 first_seen:today first_seen!=yesterday
first_seen<now
first_seen>=2024-03-05T02:00:00Z
first_seen:2024-03-05T03:00:00+01:00
first_seen:2024-03-04,2024-03-05
since:2h until:now
since:today
is:open is:open,acked is!=acked
open:yes acked:no open!=false
firing
- uplink !-
a-b or uplink
""".strip().splitlines()


@pytest.mark.parametrize("text", MATCHING)
def test_matches_what_was_meant(text: str) -> None:
    if text == "- uplink !-":
        assert holds(text, alert(message="uplink", entity=None, id="A")) is False
        return
    assert holds(text, alert())
    assert not holds(f"!({text})", alert())


OTHER = """
severity>high
severity<high
site:S015
site:S01
site=S0*
type:OFFLINE
type=DEVICE_*
"DEVICE_*"
message="Uplink"
age>2h
age<1h
acked
muted
snoozed
!firing
label.env:test
label.rack:r3
first_seen:yesterday
until:2h
owner:*
since:02:30
priority>72
""".strip().splitlines()


@pytest.mark.parametrize("text", OTHER)
def test_leaves_out_what_was_not_meant(text: str) -> None:
    assert not holds(text, alert())


def test_empty_filter_matches_everything() -> None:
    assert holds("", alert())
    assert holds("  \t ", alert())
    assert query.format(query.parse("")) == ""


def test_missing_value_matches_only_its_negation() -> None:
    lost = alert(site=None)
    assert not holds("site:*", lost)
    assert not holds("site~s", lost)
    assert holds("!site:*", lost)
    assert holds("site!=S014", lost)


def test_age_moves_with_the_now_of_the_call() -> None:
    match = query.parse("age<48h").compile(ALERTS)
    row = alert(first_seen=0)
    assert match(row, 48 * HOUR - 1)
    assert not match(row, 48 * HOUR)
    assert match(row, HOUR)


def test_clock_is_the_last_time_it_was_that_late() -> None:
    row = alert(first_seen=at("2024-03-04T23:00:00Z"))
    assert holds("since:22:00", row, now=at("2024-03-05T03:00:00Z"))
    assert not holds("since:22:00", row, now=at("2024-03-05T22:00:00Z"))


def test_until_beside_since_is_the_end_of_that_stretch() -> None:
    match = query.parse("since:22:00 until:06:00").compile(ALERTS)
    night = alert(first_seen=at("2024-03-05T01:00:00Z"))
    morning = alert(first_seen=at("2024-03-05T07:00:00Z"))
    for now in ("2024-03-05T03:00:00Z", "2024-03-05T08:00:00Z"):
        assert match(night, at(now))
        assert not match(morning, at(now))


def test_days_are_those_of_the_operation() -> None:
    row = alert(first_seen=at("2024-03-04T20:00:00Z"))  # 01:30 of the 5th in Kolkata
    assert not holds("first_seen:today", row)
    assert holds("first_seen:today", row, zone="Asia/Kolkata")
    assert holds("first_seen:2024-03-05", row, zone="Asia/Kolkata")


def test_day_of_the_clock_change_has_23_hours() -> None:
    late = alert(first_seen=at("2024-03-31T21:59:00Z"))
    after = alert(first_seen=at("2024-03-31T22:00:00Z"))
    assert holds("first_seen:2024-03-31", late, zone="Europe/Berlin")
    assert not holds("first_seen:2024-03-31", after, zone="Europe/Berlin")


def test_mine_is_the_asker() -> None:
    assert holds("mine", alert(assignee="Ann"), me="ann")
    assert not holds("mine", alert(assignee="bob"), me="ann")
    assert not holds("mine", alert(), me="ann")
    assert holds("mine", item(), ITEMS, me="ann")


def test_flags_of_an_alert_follow_its_record() -> None:
    done = alert(ended_at=NOW, status=AlertStatus.RESOLVED)
    assert holds("!open !firing", done)
    assert holds("acked acked_by:bob", alert(acknowledged_by="bob"))
    assert holds("muted mute:maintenance", alert(muted="maintenance"))
    assert holds('"acked"', alert(message="not acked yet"))


@pytest.mark.parametrize(
    "text",
    [
        "site:S015 type:SYNC_* kind:inc acked open firing assigned !muted",
        "alerts>=12 open_alerts:3 suppressed>5 owner:ann",
        "age>2h since:2h quiet<5m state:ack status:acknowledged",
        "uplink sites:s014 !site:S016",
        "opened<01:00",
    ],
)
def test_items_of_the_board(text: str) -> None:
    assert holds(text, item(), ITEMS)


def test_feed_rows() -> None:
    row = FeedRow(5, NOW, "alert_created", 4, "S014", "alert/A-1", "Uplink lost")
    assert holds("type:alert_* kind:alert uplink since:1h sequence>4 site:S014 severity:high", row, FEED)


def test_export_rows_are_read_leniently() -> None:
    schema = export_schema("alerts")
    row = {
        "id": "A-1",
        "severity": "HIGH",
        "first_seen": "2024-03-05T02:00:00Z",
        "priority": 71,
        "message": "link down",
    }
    assert holds("severity>=high priority>70 age<2h link type!=X !site:*", row, schema)
    odd = {"id": 5, "severity": "odd", "first_seen": "never", "priority": "high", "sites": 3}
    assert not holds("severity>=info or priority>0 or age<2h", odd, schema)
    assert not holds("site:S1", odd, export_schema("incidents"))
    assert holds("id:5", odd, schema)


def test_every_schema_has_its_clock_and_its_text() -> None:
    for schema in (ALERTS, ITEMS, FEED, *map(export_schema, KINDS)):
        query.parse("age<2h since:22:00 until:now text~x some words").compile(schema)


GOLDEN = [
    ("sevrity:high", 0, "alerts have no field 'sevrity' (at character 1): did you mean 'severity'?"),
    ("severity:hgih", 9, "'hgih' is no severity (at character 10): did you mean 'HIGH'?"),
    ("severity:8", 9, "'8' is no severity (at character 10): one of INFO, LOW, MEDIUM, HIGH, CRITICAL"),
    ("status:a", 7, "'a' may be ACKNOWLEDGED or ASSIGNED (at character 8): write more of it"),
    ("status:newer", 7, "'newer' is no status (at character 8): did you mean 'NEW'?"),
    ("site:", 5, "expected a value after ':' (at character 6): for example site:S014 or text~\"link down\""),
    ("site:S1,", 8, "expected a value after ',' (at character 9): for example site:S014 or text~\"link down\""),
    ("site>S1", 0, "'site' is a name without an order, so '>' cannot be asked of it (at character 1): "
     "use ':', '=', '!=', '~' or '=~'"),
    ("severity~high", 0, "'severity' is a level, not a text, so '~' cannot be asked of it (at character 1): "
     "use ':', '>=', '<' or the like"),
    ("severity>low,high", 13, "'>' takes one value, not a list (at character 14): use severity:a,b for any of them"),
    ("priority>many", 9, "'many' is no number (at character 10): for example priority>=70"),
    ("age<5", 4, "'5' is no length of time (at character 5): for example 90s, 15m, 2h, 3d or 1w"),
    ("age=2h", 0, "'age' is a length of time, so '=' cannot be asked of it (at character 1): use age<2h or age>2h"),
    ("first_seen<2h", 11, "'2h' is no time (at character 12): a length of time goes with age, for example age<2h, "
     "or since:2h"),
    ("since:noon", 6, "'noon' is no time (at character 7): write an RFC 3339 time, a date, 22:00, today, yesterday, "
     "tomorrow, now"),
    ("since:25:00", 6, "'25:00' is no time (at character 7): write an RFC 3339 time, a date, 22:00, today, "
     "yesterday, tomorrow, now"),
    ("since>22:00", 0, "'since' is a bound, so '>' cannot be asked of it (at character 1): "
     "use since:22:00 or the like"),
    ("is:opn", 3, "'opn' is no flag of alerts (at character 4): did you mean 'open'?"),
    ("acked:maybe", 6, "'maybe' is neither yes nor no (at character 7): write acked or !acked"),
    ("mine", 0, "'mine' needs to know who asks (at character 1): name the person instead, for example owner:ann"),
    ("label:env", 0, "'label' needs a key (at character 1): for example label.env:prod"),
    ("http://x.org", 0, "alerts have no field 'http' (at character 1): put an address in quotes"),
    ("", 0, ""),
    ('"open', 0, "the quote opened here is not closed (at character 1): add a closing \""),
    ("(site:S1", 0, "the '(' opened here is not closed (at character 1): add a ')'"),
    ("site:(S1 or", 11, "expected a value after '(' (at character 12): for example site:S014 or text~\"link down\""),
    ("site:(S1", 5, "the '(' opened here is not closed (at character 6): add a ')'"),
    ("site:(S1 and S2)", 9, "only 'or' may stand between values (at character 10): for example site:(S014 or S015)"),
    ("site:S1)", 7, "')' without '(' (at character 8): remove it, or open a '(' before"),
    ("()", 0, "nothing between '(' and ')' (at character 1): remove them, or write a term inside"),
    ("a or", 4, "expected a term, found the end (at character 5): for example severity>=high or a word to look for"),
    ("(a or )", 6, "expected a term, found ')' (at character 7): for example severity>=high or a word to look for"),
    ("or a", 0, "expected a term before 'or' (at character 1): write \"or\" in quotes to look for the word"),
    ("a >= 3 or = 4", 10, "expected a field before '=' (at character 11): for example site:S014; "
     "quote text to look for it"),
    ("site:!S1", 5, "'!' stands before the field, not before the value (at character 6): for example !site:S014"),
    ("message~foo(bar)", 11, "unexpected '(' inside a value (at character 12): put the whole value in quotes"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "position", "message"), [case for case in GOLDEN if case[2]])
def test_says_where_and_what_to_write(text: str, position: int, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        query.parse(text).compile(ALERTS)
    assert str(caught.value) == message
    assert caught.value.position == position
    assert 0 <= position <= len(text)


def test_points_at_the_place() -> None:
    with pytest.raises(QueryError) as caught:
        query.parse("open severity:hgih").compile(ALERTS)
    shown = caught.value.point("open severity:hgih").splitlines()
    assert shown[0][shown[1].index("^") :] == "hgih"


@pytest.mark.parametrize("text", ["(" * 65 + "a" + ")" * 65, "!" * 65 + "a", "not " * 70 + "a", "a " * 513, "a" * 4097])
def test_limits_are_told_not_suffered(text: str) -> None:
    with pytest.raises(QueryError):
        query.parse(text)


def test_large_filters_within_the_limits_work() -> None:
    assert holds("!(" * 30 + "firing" + ")" * 30, alert())
    assert holds("site:" + ",".join(f"S{n:03}" for n in range(500)), alert())


@pytest.mark.parametrize("text", [text for text, _ in query.GUIDE])
def test_guide_can_be_typed_as_it_stands(text: str) -> None:
    query.parse(text).compile(ITEMS, me="ann")


@pytest.mark.parametrize(
    ("text", "moving"),
    [
        ("age<2h", True),
        ("site:S1 or !(quiet>5m acked)", True),
        ("since:22:00", True),
        ("opened:today", True),
        ("opened:2024-03-05,2024-03-06", False),
        ("since:2024-03-05T00:00:00Z", False),
        ("site:S1 priority>3 word", False),
        ("", False),
    ],
)
def test_knows_whether_time_alone_changes_the_answer(text: str, moving: bool) -> None:
    assert query.parse(text).moves(ITEMS) is moving


CANONICAL = [
    ("a AND b", "a b"),
    ("not (a or b)", "!(a or b)"),
    ("-a", "!a"),
    ("(a b) c", "a b c"),
    ("a or (b or c) d", "a or (b or c) d"),
    ("Site == S1", "site=S1"),
    ('text ~ "a \\"b\\" \\ c"', 'text~"a \\"b\\" \\\\ c"'),
    ("label.K8s/App:x", "label.K8s/App:x"),
    ("site:( a, b or c )", "site:a,b,c"),
]


@pytest.mark.parametrize(("text", "spelled"), CANONICAL)
def test_one_canonical_spelling(text: str, spelled: str) -> None:
    assert query.format(query.parse(text)) == spelled
    assert query.parse(spelled) == query.parse(text)


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("90s", 90_000_000),
        ("1h30m", 5_400_000_000),
        ("1.5h", 5_400_000_000),
        ("250ms", 250_000),
        ("1w", 604_800_000_000),
    ],
)
def test_durations(text: str, micros: int) -> None:
    assert query.parse_duration(text) == micros
    assert query.parse_duration(query.write_duration(micros)) == micros


@pytest.mark.parametrize("text", ["", "5", "h", "5x", "-5m", "1h 30m", "1e3s", "٣h"])
def test_no_durations(text: str) -> None:
    assert query.parse_duration(text) is None
