"""What a digest says: open now, what happened, what was told, what playbooks did; for one receiver."""

from collections import Counter
from collections.abc import Iterable

from data import times
from data.records.alert import Alert
from data.records.outbox import DEAD, DELIVERED, PENDING
from data.records.severity import NAMES
from data.store import Reader
from engine.explain.telling import span
from engine.query import Match
from engine.reports.document import Grid, Part, Report
from engine.reports.gathering import Span, alerts, incidents

MOST = 25  # rows of a table


def digest_of(
    reader: Reader, title: str, receiver: str, of: Span, match: Match, open_now: Iterable[Alert]
) -> Report:  # fmt: skip
    """`open_now` are the alerts that fire as it is made; everything else happened within `of`."""
    begun = [one for one in alerts(reader, of) if match(one, of.until)]
    standing = sorted(open_now, key=lambda one: (-one.severity, one.first_seen))
    clusters = {one.cluster for one in begun if one.cluster is not None}
    opened = [one for one in incidents(reader, of) if not one.candidate and clusters & set(one.clusters)]
    ended = sum(one.ended_at is not None for one in begun)
    return Report(
        "digest", title, times.text(of.since), times.text(of.until),
        (
            Part("Open now", grid=_open(standing, of.until), none="Nothing is open."),
            Part("Incidents", grid=Grid(
                ("opened", "severity", "state", "what", "who"),
                tuple((_clock(one.opened_at), NAMES[one.severity], one.state.value, one.title,
                       one.assignee or one.acknowledged_by or "") for one in opened[:MOST]),
                tuple(f"incident/{one.id}" for one in opened[:MOST])), none="No incident was opened."),
            Part("Most frequent alerts", grid=_frequent(begun), none="No alert fired."),
            Part("Playbooks", grid=_runs(reader, of), none="No playbook was called upon."),
        ),
        (
            f"{len(standing)} open now. {len(begun)} alerts began, {ended} of them have ended; "
            f"{len(opened)} incidents were opened.",
            _told(reader, receiver, of),
        ),
    )  # fmt: skip


def _open(standing: list[Alert], until: int) -> Grid:
    rows = tuple(
        (NAMES[one.severity], one.alert_type, one.entity or (f"site/{one.site}" if one.site else ""),
         span(max(0, until - one.first_seen)), one.assignee or one.acknowledged_by or "", one.message[:80])
        for one in standing[:MOST]
    )  # fmt: skip
    more = len(standing) - MOST
    if more > 0:
        rows += (("", f"and {more} more", "", "", "", ""),)
    refs = tuple(f"alert/{one.id}" for one in standing[:MOST])
    return Grid(("severity", "type", "where", "for", "who", "what"), rows, refs)


def _frequent(begun: list[Alert]) -> Grid:
    counts: Counter[str] = Counter()
    for one in begun:
        counts[one.alert_type] += one.count
    return Grid(("type", "firings"), tuple((name, f"{count:,}") for name, count in counts.most_common(10)))


def _runs(reader: Reader, of: Span) -> Grid:
    counts: dict[str, Counter[str]] = {}
    for run in reader.runs(of.since, of.until):
        if run.tenant == of.tenant:
            mine = counts.setdefault(run.playbook, Counter())
            mine[run.state] += 1
            mine["resolved"] += run.resolved and run.reopened_at is None
    rows = tuple(
        (name, str(sum(mine[state] for state in mine if state != "resolved")), str(mine["SUCCESS"]),
         str(mine["FAILED"] + mine["PARTIAL"]), str(mine["PROPOSED"] + mine["UNKNOWN"]), str(mine["resolved"]))
        for name, mine in sorted(counts.items())
    )  # fmt: skip
    return Grid(("playbook", "runs", "went well", "failed", "wait for a person", "resolved"), rows)


def _told(reader: Reader, receiver: str, of: Span) -> str:
    counts: Counter[str] = Counter()
    for row in reader.notifications(of.since, of.until):
        if row.tenant == of.tenant and row.receiver == receiver and row.kind != "document":
            counts[row.status] += 1
    text = f"{receiver} was told {counts[DELIVERED]} times"
    text += f", {counts[PENDING]} messages wait" if counts[PENDING] else ""
    return text + (f", {counts[DEAD]} were given up (noc notify log --status DEAD)." if counts[DEAD] else ".")


def _clock(micros: int) -> str:
    return times.text(micros)[5:16].replace("T", " ")
