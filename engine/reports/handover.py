"""What the next shift has to know: what happened, what is open, what to watch, what was promised."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from data import times
from data.records.run import PROPOSED, UNKNOWN
from data.records.severity import NAMES
from data.store import Reader
from data.times import HOUR
from engine.alerts.muting.listing import silence_rows, window_rows
from engine.explain.telling import span
from engine.reports.document import Grid, Part, Report
from engine.reports.gathering import DONE, Span, clock, incidents, open_at

if TYPE_CHECKING:
    from engine.partition import Partition

MOST: Final = 30
SOON: Final = 12 * HOUR  # how far ahead the next shift looks


def handover(reader: Reader, partition: "Partition", of: Span) -> Report:
    """Written at the end of the time `of`; what is open, watched and promised is as it is now."""
    happened = [one for one in incidents(reader, of) if not one.candidate]
    now = [one for one in incidents(reader, of, open_too=True) if open_at(one, of.until) and one.state not in DONE]
    now.sort(key=lambda one: (one.acknowledged_at is not None, -one.severity, one.opened_at))
    label = partition.registry.label
    open_rows = tuple(
        (NAMES[one.severity], one.title, label(f"site/{one.sites[0]}") if one.sites else "",
         one.assignee or one.acknowledged_by or "NOBODY", span(of.until - one.opened_at),
         one.timeline[-1].text if one.timeline else "")
        for one in now[:MOST]
    )  # fmt: skip
    solved = sum(one.state in DONE for one in happened)
    done = tuple(
        (clock(one.opened_at), NAMES[one.severity], one.title, one.state.value,
         one.assignee or one.acknowledged_by or "")
        for one in sorted(happened, key=lambda one: (-one.severity, one.opened_at))[:MOST]
    )  # fmt: skip
    nobody = sum(one.acknowledged_at is None for one in now)
    return Report(
        "handover", "Shift handover", times.text(of.since), times.text(of.until),
        (
            Part("Open", grid=Grid(("severity", "what", "site", "who", "since", "last"), open_rows,
                                   tuple(f"incident/{one.id}" for one in now[:MOST])), none="Nothing is open."),
            Part("To watch", tuple(_watch(partition, of.until)), none="Nothing in particular."),
            Part("Promised", tuple(_promised(reader, partition, of)), none="Nothing was promised."),
            Part("Happened", grid=Grid(("opened", "severity", "what", "state", "who"), done), none="All was quiet."),
        ),
        (f"{len(happened)} incidents in {span(of.until - of.since)}, {solved} of them solved; {len(now)} are open"
         f"{f', {nobody} of these without anybody' if nobody else ''}.",),
    )  # fmt: skip


def _watch(partition: "Partition", now: int) -> Iterator[str]:
    """What is likely to happen, and what will change by itself."""
    label = partition.registry.label
    rows = [standing.row for standing in partition.foresight.book.open.values() if standing.row.alerted]
    for row in sorted(rows, key=lambda row: (row.deadline or 1 << 62, -row.probability))[:10]:
        left = f", in {span(row.deadline - now)}" if row.deadline is not None and row.deadline > now else ""
        yield f"{row.probability:.0%} likely: {row.kind.replace('_', ' ')} of {label(row.entity)}{left}"
    flapping = [one for one in partition.alerts.by_number.values() if one.firing and one.flapping]
    for one in flapping[:5]:
        yield f"{one.alert_type} on {label(one.entity)} comes and goes"
    for silence in silence_rows(partition.muting, now):
        ends = times.parse(silence.ends_at)
        if ends - now < SOON and silence.state == "active":
            yield f"the silence {silence.matchers} ends in {span(ends - now)}; it hides {silence.muting} alerts now"
    for window in window_rows(partition.muting, now):
        ahead = times.parse(window.opens_at) - now if window.opens_at is not None else 0
        if 0 < ahead < SOON:
            yield f"planned work `{window.name}` on {window.covers} begins in {span(ahead)}"
    for roll in partition.answering.oncall.rolls.values():
        if not roll.who(now):
            yield f"nobody is on call by `{roll.name}` now"


def _promised(reader: Reader, partition: "Partition", of: Span) -> Iterator[str]:
    """What people put off, took or wrote, and what waits for an answer."""
    label = partition.registry.label
    for one in partition.alerts.by_number.values():
        if one.firing and one.snoozed_until is not None and one.snoozed_until > of.until:
            left = span(one.snoozed_until - of.until)
            yield f"{one.alert_type} on {label(one.entity)} was put off; it comes back in {left}"
    for run in partition.playbooks.open.values():
        if run.state == PROPOSED:
            left = (
                f", for {span(run.expires_at - of.until)} more" if run.expires_at and run.expires_at > of.until else ""
            )
            yield f"{run.playbook} waits for somebody to allow it: {run.title}{left}"
        elif run.state == UNKNOWN:
            yield f"{run.playbook}: a step may or may not have happened, and a person has to say so: {run.title}"
    for row in reader.audit(of.since, of.until):
        if row.tenant == of.tenant and row.detail.get("note") and row.action in ("comment", "assign", "acknowledge"):
            yield f"{clock(row.time)} {row.actor}, {row.action} {row.target}: {row.detail['note']}"
