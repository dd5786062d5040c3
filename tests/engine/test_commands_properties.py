"""Random nights: alerts come and go, people do anything to anything, the engine restarts.

No command leads to an illegal state or to rows that do not add up; an undo restores exactly; many at once do what one
by one would do; a restart changes nothing.
"""

import re
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.settings import Config
from engine.settings.sections import IncidentSettings
from tests.engine.operation import Operation
from tests.engine.standing import check, standing

KINDS = ["LinkDown", "DiskFull", "Slow"]
PLACES = [("host/a", "S1"), ("host/b", "S1"), ("host/c", "S2"), ("host/z", "S9")]
SEVERITIES = ["LOW", "MEDIUM", "HIGH", "CRITICAL"]

alert = st.fixed_dictionaries({"kind": st.sampled_from(KINDS), "place": st.sampled_from(PLACES)})
wait = st.sampled_from([0, 0, 0, 0.2, 1, 4, 6, 16, 70])
mark = st.sampled_from(
    ["acknowledge", "assign", "take", "release", "escalate", "resolve", "reopen", "snooze", "comment"]
)
regroup = st.sampled_from(["merge", "move", "split", "approve", "reject"])
params = st.sampled_from([{}, {}, {"for": "5m"}, {"for": "2h", "sticky": True}, {"assignee": "bob"}])
act = st.fixed_dictionaries(
    {"action": st.one_of(mark, regroup), "which": st.integers(0, 7), "other": st.integers(0, 7), "params": params}
)
step = st.one_of(
    st.tuples(st.just("fire"), wait, st.fixed_dictionaries({"alert": alert, "severity": st.sampled_from(SEVERITIES)})),
    st.tuples(st.just("clear"), wait, st.fixed_dictionaries({"alert": alert})),
    st.tuples(st.just("act"), wait, act),
    st.tuples(st.just("undo"), wait, st.fixed_dictionaries({"which": st.integers(0, 3)})),
)
first = st.tuples(
    st.just("fire"), wait, st.fixed_dictionaries({"alert": alert, "severity": st.sampled_from(SEVERITIES)})
)
# Something must be there before anything can be done to it.
nights = st.tuples(st.lists(first, min_size=2, max_size=5), st.lists(step, max_size=25)).map(
    lambda two: two[0] + two[1]
)
configs = st.sampled_from([Config(), Config(incidents=IncidentSettings(approve=True))])


class Night:
    """Plays steps; `undoable` are commands that can be taken back, newest last."""

    def __init__(self, config: Config) -> None:
        self.desk = Operation(config)
        self.minute = 0.0
        self.undoable: list[str] = []

    def refs(self) -> list[str]:
        """Everything that can be named now, in a fixed order."""
        desk = self.desk
        found = [f"alert/{one.id}" for one in desk.partition.alerts.by_number.values()]
        for cluster in desk.partition.grouping.clusters.open.values():
            found.append(f"cluster/{cluster.id}")
        for incident in desk.partition.grouping.incidents.open.values():
            found.append(f"incident/{incident.id}")
        return found

    def play(self, kind: str, wait: float, data: dict[str, Any]) -> Any:
        self.minute += wait
        desk = self.desk
        if kind in ("fire", "clear"):
            entity, site = data["alert"]["place"]
            if kind == "fire":
                return desk.fire(self.minute, data["alert"]["kind"], data["severity"], entity=entity, site=site)
            return desk.clear(self.minute, data["alert"]["kind"], entity=entity, site=site)
        if kind == "undo":
            if not self.undoable:
                return None
            return desk.act(self.minute, "undo", self.undoable.pop(-1 - data["which"] % len(self.undoable)))
        outcome = self.act(data)
        if outcome is not None and outcome.undo:
            self.undoable.append(outcome.undo)
        return outcome

    def act(self, data: dict[str, Any], **more: Any) -> Any:
        refs = self.refs()
        if not refs:
            return None
        target, other = refs[data["which"] % len(refs)], refs[data["other"] % len(refs)]
        given: dict[str, Any] = {f"{name}_": value for name, value in data["params"].items()} | more
        if data["action"] in ("merge", "move"):
            given["into"] = other
        if data["action"] == "split" and not target.startswith("alert/"):
            given["clusters" if other.startswith("cluster/") else "alerts"] = other
        return self.desk.act(self.minute, data["action"], target, note="said", **given)


@settings(max_examples=150, deadline=None)
@given(nights, configs)
def test_no_command_leads_to_an_illegal_state(night: list[Any], config: Config):
    whole = Night(config)
    for kind, wait, data in night:
        whole.play(kind, wait, data)
        check(whole.desk)


def _told(word: str, wait: float, place: tuple[str, str], kind: str = "LinkDown", severity: str = "") -> Any:
    data: dict[str, Any] = {"alert": {"kind": kind, "place": place}}
    return word, wait, data | ({"severity": severity} if severity else {})


RESOLVED_THEN_JOINED_BY_ANOTHER = [
    *[_told("fire", 0, PLACES[0], severity=one) for one in ("LOW", "LOW", "LOW", "HIGH")],
    _told("fire", 16, PLACES[1], "DiskFull", "LOW"),
    *[_told("clear", wait, PLACES[0]) for wait in (0, 0, 0, 4)],
    _told("fire", 0.2, PLACES[1], severity="HIGH"),
]


@settings(max_examples=150, deadline=None)
@example(RESOLVED_THEN_JOINED_BY_ANOTHER, {"action": "reopen", "which": 3, "other": 0, "params": {}}, Config())
@given(nights, act, configs)
def test_undo_restores_exactly(night: list[Any], last: dict[str, Any], config: Config):
    whole = Night(config)
    for kind, wait, data in night:
        whole.play(kind, wait, data)
    whole.desk.pass_time(whole.minute)
    before = standing(whole.desk)
    outcome = whole.act(last)
    if outcome is None or outcome.undo is None:
        assert outcome is None or last["action"] == "comment" or not outcome.ok
        assert standing(whole.desk) == before
        return
    assert outcome.ok
    assert whole.desk.act(whole.minute, "undo", outcome.undo).ok
    check(whole.desk)
    assert standing(whole.desk) == before


@settings(max_examples=100, deadline=None)
@given(nights, act, st.lists(st.integers(0, 9), min_size=1, max_size=4))
def test_many_at_once_are_as_one_by_one(night: list[Any], last: dict[str, Any], which: list[int]):
    together, singly = Night(Config()), Night(Config())
    for each in (together, singly):
        for kind, wait, data in night:
            each.play(kind, wait, data)
    refs = together.refs()
    assert refs == singly.refs()
    if not refs:
        return
    targets = list(dict.fromkeys(refs[number % len(refs)] for number in which))
    given: dict[str, Any] = {f"{name}_": value for name, value in last["params"].items()}
    if last["action"] in ("merge", "move"):
        given["into"] = refs[last["other"] % len(refs)]
    bulk = together.desk.act(together.minute, last["action"], "alert/all", note="said", targets=targets, **given)
    one_by_one = [singly.desk.act(singly.minute, last["action"], ref, note="said", **given) for ref in targets]
    assert nameless([(one.ok, one.text) for one in one_by_one]) == nameless(
        [(one.ok, one.text) for one in bulk.results]
    )
    assert bulk.ok == any(one.ok for one in one_by_one)
    assert nameless(standing(together.desk)) == nameless(standing(singly.desk))


def nameless(found: Any) -> str:
    """Without ids of clusters and incidents: what a command makes is named after the command."""
    return re.sub(r"\b[CI]-[0-9a-z]{10}\b", "ID", repr(found))


@settings(max_examples=100, deadline=None)
@given(nights, st.integers(0, 30), configs)
def test_a_restart_changes_nothing(night: list[Any], stop: int, config: Config):
    whole, parts = Night(config), Night(config)
    for number, (kind, wait, data) in enumerate(night):
        if number == stop % len(night):
            parts.desk.restart()
        whole.play(kind, wait, data)
        parts.play(kind, wait, data)
    assert standing(whole.desk) == standing(parts.desk)
    assert whole.desk.audit == parts.desk.audit
    assert whole.desk.feed == parts.desk.feed
