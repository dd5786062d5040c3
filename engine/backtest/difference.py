"""What is different between two runs of the same history: what appeared, what vanished, and whether that was right."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from data import times
from data.wire import Event
from engine.backtest.acts import BookChange, book_changes, same_runs
from engine.backtest.scores import ScoreChange, score_changes
from engine.backtest.tried import Tried

SAMPLES: Final = 10
DONE: Final = ("RESOLVED", "CLOSED")


class Sample(msgspec.Struct, frozen=True):
    """One of those that differ: `why` tells what was thought of it."""

    ref: str
    time: str
    text: str
    why: str = ""


class Compared(msgspec.Struct):
    """Of one kind of thing: how many as it was, how many changed; `gone` and `new` are counts, with samples."""

    kind: str
    before: int
    after: int
    gone: int
    new: int
    gone_samples: list[Sample]
    new_samples: list[Sample]


class Truth(msgspec.Struct):
    """What is known to have been true, or false, and what the change makes of it."""

    what: str
    known: int
    before: int  # told, as it was
    after: int
    lost: list[Sample]


class Difference(msgspec.Struct):
    """`same` where nothing differs at all. `firings` are firing events, `seen` those that were not suppressed."""

    since: str
    until: str
    events: int
    changes: list[str]
    same: bool
    firings: int
    seen_before: int
    seen_after: int
    compared: list[Compared]
    messages: dict[str, tuple[int, int]]  # by receiver: as it was, changed
    truths: list[Truth]
    commands_lost: int  # of people, that worked then and would not have worked
    notes: list[str]
    playbooks: list[BookChange]
    scores: list[ScoreChange]


_KINDS: Final[tuple[tuple[str, str, Callable[[Any], int], Callable[[Any], str]], ...]] = (
    ("alerts", "alert", lambda one: one.first_seen, lambda one: f"{one.alert_type}: {one.message}"),
    ("incidents", "incident", lambda one: one.opened_at, lambda one: one.title),
    ("findings", "finding", lambda one: one.detected_at, lambda one: f"{one.finding_type}: {one.title}"),
    ("anomalies", "anomaly", lambda one: one.detected_at, lambda one: f"{one.anomaly_type} of {one.person}"),
    ("predictions", "prediction", lambda one: one.made_at,
     lambda one: f"{one.kind} of {one.entity}, {one.probability:.0%}"),
    ("outbox", "notification", lambda one: one.made_at, lambda one: f"to {one.receiver}: {one.title}"),
    ("runs", "run", lambda one: one.made_at, lambda one: f"{one.playbook}: {one.title}"),
)  # fmt: skip


def difference(
    first: Tried, second: Tried, verdicts: Sequence[Event], changes: Sequence[str], since: int, until: int
) -> Difference:
    """Of what began in [since, until), microseconds."""

    def within(run: Tried, kind: str, clock: Callable[[Any], int]) -> dict[str, Any]:
        known = same_runs(run.records[kind].values()) if kind == "runs" else run.records[kind]
        return {id: one for id, one in known.items() if since <= clock(one) < until and _counts(kind, one)}

    compared = []
    for kind, word, clock, told in _KINDS:
        then, now = within(first, kind, clock), within(second, kind, clock)
        compared.append(_compare(kind, word, then, now, clock, told))
    then, now = (within(run, "alerts", lambda one: one.first_seen) for run in (first, second))
    seen = sum(one.shown for one in then.values()), sum(one.shown for one in now.values())
    lost = sum(ok and not second.commands.get(seq, False) for seq, ok in first.commands.items())
    found = Difference(
        times.text(since), times.text(until), first.pipeline.seq, list(changes), False,
        sum(one.count for one in then.values()), *seen, compared, _messages(first, second, since, until),
        _truths(first, second, verdicts), lost, [], book_changes(first, second, since, until),
        score_changes(first, second, verdicts, since, until),
    )  # fmt: skip
    differs = any(one.before != one.after for one in found.playbooks) or any(one.differ for one in found.scores)
    found.same = (
        not lost and not differs and seen[0] == seen[1] and all(not one.gone and not one.new for one in compared)
    )
    return found


def _counts(kind: str, one: Any) -> bool:
    """Predictions are compared as warnings, messages as those that somebody would have got."""
    if kind == "predictions":
        return bool(one.alerted)
    if kind == "outbox":
        return one.status not in ("WITHHELD", "NOT_OWED")
    return kind != "incidents" or one.merged_into is None


def _compare(
    kind: str, word: str, then: Mapping[str, Any], now: Mapping[str, Any], clock: Callable[[Any], int],
    told: Callable[[Any], str],
) -> Compared:  # fmt: skip
    gone = sorted((one for id, one in then.items() if id not in now), key=clock)
    new = sorted((one for id, one in now.items() if id not in then), key=clock)

    def samples(of: Iterable[Any]) -> list[Sample]:
        return [Sample(f"{word}/{one.id}", times.text(clock(one)), told(one)) for one in list(of)[:SAMPLES]]

    return Compared(kind, len(then), len(now), len(gone), len(new), samples(gone), samples(new))


def _messages(first: Tried, second: Tried, since: int, until: int) -> dict[str, tuple[int, int]]:
    counts = []
    for run in (first, second):
        rows = [
            one for one in run.records["outbox"].values() if since <= one.made_at < until and _counts("outbox", one)
        ]
        counts.append(Counter(one.receiver for one in rows))
    return {name: (counts[0][name], counts[1][name]) for name in sorted(counts[0] | counts[1])}


def _truths(first: Tried, second: Tried, verdicts: Sequence[Event]) -> list[Truth]:
    """What people confirmed, called false, worked on; and warnings that came true."""
    said = {event.data.target: event.data.verdict for event in verdicts}  # the newest counts
    confirmed = [ref for ref, verdict in said.items() if verdict == "confirmed"]
    false = [ref for ref, verdict in said.items() if verdict == "false_positive"]
    worked = [one for one in first.records["incidents"].values() if one.acknowledged_by or one.assignee]
    alive = {alert for alert in second.records["alerts"] if second.records["alerts"][alert].shown}
    homes = _alerts_of(first)
    lost = [one for one in worked if not any(alert in alive for alert in homes.get(one.number, ()))]
    warned, still = _true_warnings(first), _true_warnings(second)
    return [
        _told("confirmed by people", confirmed, first, second, "confirmed"),
        _told("called false by people", false, first, second, "false alarm"),
        Truth("incidents that people worked on", len(worked), len(worked), len(worked) - len(lost),
              [Sample(f"incident/{one.id}", times.text(one.opened_at), one.title) for one in lost[:SAMPLES]]),
        Truth("warnings that came true", len(warned), len(warned), len(warned & still),
              [Sample(f"prediction/{id}", "", "no longer warned of") for id in sorted(warned - still)[:SAMPLES]]),
    ]  # fmt: skip


def _told(what: str, refs: Sequence[str], first: Tried, second: Tried, why: str) -> Truth:
    before = [ref for ref in refs if _is_there(first, ref)]
    gone = [ref for ref in before if not _is_there(second, ref)]
    return Truth(
        what, len(refs), len(before), len(before) - len(gone), [Sample(ref, "", "", why) for ref in gone[:SAMPLES]]
    )


def _is_there(run: Tried, ref: str) -> bool:
    """A check-in is there where it is suspected."""
    kind, _, id = ref.partition("/")
    if kind == "fraud":
        return any(one.event_id == id and one.level in ("HIGH", "CRITICAL") for one in run.records["fraud"].values())
    table = {"alert": "alerts", "finding": "findings", "anomaly": "anomalies", "incident": "incidents",
             "cluster": "clusters", "prediction": "predictions"}.get(kind)  # fmt: skip
    found = run.records[table].get(id) if table is not None else None
    return found is not None and getattr(found, "status", "") != "WITHDRAWN"


def _alerts_of(run: Tried) -> dict[int, list[str]]:
    """Ids of the alerts of each incident, by its number."""
    home = {one.number: one.incident for one in run.records["clusters"].values()}
    found: dict[int, list[str]] = {}
    for alert in run.records["alerts"].values():
        incident = home.get(alert.cluster)
        if incident is not None:
            found.setdefault(incident, []).append(alert.id)
    return found


def _true_warnings(run: Tried) -> set[str]:
    return {id for id, one in run.records["predictions"].items() if one.alerted and one.outcome is True}
