"""The reports there are: each a function of the records, and of the working state where that knows more."""

from collections import Counter
from collections.abc import Callable, Iterable
from statistics import fmean
from typing import TYPE_CHECKING, Final, NamedTuple

from data import times
from data.records.incident import Incident
from data.records.severity import NAMES
from data.store import Reader
from data.times import DAY, HOUR
from engine.predict.sheets import SCORES
from engine.reports.document import Grid, Part, Report
from engine.reports.gathering import DONE, Span, Spread, alerts, clock, incidents, spread
from engine.reports.handover import handover
from engine.reports.scorecard import scorecard
from engine.sheets.people import HIGH, watched

if TYPE_CHECKING:
    from engine.partition import Partition

MOST: Final = 25  # rows of a table
Make = Callable[[Reader, "Partition", Span], Report]


def service(reader: Reader, partition: "Partition", of: Span) -> Report:
    """How soon incidents are acknowledged and resolved, by severity and by client, and which targets were missed."""
    found = [one for one in incidents(reader, of) if not one.candidate]
    rows = [
        _times(NAMES[level], [one for one in found if one.severity == level], of.until) for level in (5, 4, 3, 2, 1)
    ]
    clients: dict[str, list[Incident]] = {}
    for one in found:
        client = partition.registry.client_of(one.sites[0]) if one.sites else None
        clients.setdefault(partition.registry.label(f"client/{client}") if client else "no client", []).append(one)
    of_clients = [_times(name, mine, of.until) for name, mine in sorted(clients.items())]
    late = [one for one in found if one.acknowledge_late_at is not None or one.resolve_late_at is not None]
    names = (
        "",
        "incidents",
        "acknowledged",
        "not yet",
        "median",
        "9 of 10",
        "resolved",
        "not yet",
        "median",
        "9 of 10",
    )
    return Report(
        "service", "Service: time to acknowledge and to resolve", times.text(of.since), times.text(of.until),
        (
            Part("By severity", grid=Grid(names, tuple(row for row in rows if row[1] != "0"))),
            Part("By client", grid=Grid(names, tuple(of_clients))),
            Part("Missed targets", grid=_listed(partition, late), none="No target was missed."),
        ),
        (
            f"{len(found)} incidents. Times count from the opening; those not yet acknowledged or resolved are counted "
            "apart, not guessed.",
        ),
    )  # fmt: skip


def _times(name: str, found: list[Incident], until: int) -> tuple[str, ...]:
    taken: Spread = spread(found, lambda one: one.acknowledged_at, until)
    solved = spread(found, lambda one: one.resolved_at or one.closed_at, until)
    return (name, str(len(found)), *taken.cells(), *solved.cells())


def noise(reader: Reader, partition: "Partition", of: Span) -> Report:
    """Which type of alert makes the most work for the least worth."""
    found = alerts(reader, of)
    wrong = Counter(
        row.target for row in reader.audit(of.since, of.until) if row.detail.get("verdict") == "false_positive"
    )
    by: dict[str, list[int]] = {}
    for one in found:
        sums = by.setdefault(one.alert_type, [0] * 6)
        sums[0] += one.count
        sums[1] += 1
        sums[2] += one.shown
        sums[3] += one.acknowledged_by is not None
        sums[4] += one.cluster is not None and _in_incident(partition, one.cluster)
        sums[5] += wrong[f"alert/{one.id}"]
    ordered = sorted(by.items(), key=lambda entry: (entry[1][3] + entry[1][4] > 0, -entry[1][2], entry[0]))
    rows = tuple((name, *map(str, sums)) for name, sums in ordered[:MOST])
    fired = sum(sums[0] for sums in by.values())
    seen = sum(sums[2] for sums in by.values())
    names = ("alert type", "firings", "alerts", "seen", "taken", "in open incidents", "false alarms")
    share = f", {1 - seen / fired:.1%} of it kept from people" if fired else ""
    return Report(
        "noise", "Noise: what makes work", times.text(of.since), times.text(of.until),
        (Part("By alert type, those that nobody ever took first", grid=Grid(names, rows)),),
        (f"{fired:,} firings of {len(by)} types{share}.",),
    )  # fmt: skip


def _in_incident(partition: "Partition", number: int) -> bool:
    cluster = partition.grouping.cluster(number)
    return cluster is not None and cluster.incident is not None


def digest(reader: Reader, partition: "Partition", of: Span) -> Report:
    """What the time was like, beside the same length before it."""
    before = Span(of.tenant, of.since - (of.until - of.since), of.since)
    now, then = incidents(reader, of), incidents(reader, before)
    here, there = alerts(reader, of), alerts(reader, before)
    label = partition.registry.label
    sites = Counter(site for one in now for site in one.sites).most_common(10)
    grave = sorted(now, key=lambda one: (-one.severity, -one.priority))
    types: Counter[str] = Counter()
    for one in here:
        types[one.alert_type] += one.count
    figures = (
        ("incidents", str(len(now)), str(len(then))),
        ("of these CRITICAL", str(_grave(now)), str(_grave(then))),
        ("firing events", f"{sum(one.count for one in here):,}", f"{sum(one.count for one in there):,}"),
        ("alerts", f"{len(here):,}", f"{len(there):,}"),
        ("resolved", str(sum(one.state in DONE for one in now)), str(sum(one.state in DONE for one in then))),
    )
    return Report(
        "digest", "Digest", times.text(of.since), times.text(of.until),
        (
            Part("Beside the time before", grid=Grid(("", "now", "before"), figures)),
            Part("Gravest incidents", grid=_listed(partition, grave)),
            Part("Busiest sites", grid=Grid(
                ("site", "incidents"), tuple((label(f"site/{site}"), str(count)) for site, count in sites),
                tuple(f"site/{site}" for site, _ in sites))),
            Part("Most frequent alerts", grid=Grid(
                ("type", "firings"), tuple((name, f"{count:,}") for name, count in types.most_common(10)))),
        ),
    )  # fmt: skip


def _grave(found: Iterable[Incident]) -> int:
    return sum(one.severity == 5 for one in found)


def _listed(partition: "Partition", found: list[Incident]) -> Grid:
    rows = tuple(
        (clock(one.opened_at), NAMES[one.severity], one.state.value, one.title,
         partition.registry.label(f"site/{one.sites[0]}") if one.sites else "",
         one.assignee or one.acknowledged_by or "")
        for one in found[:MOST]
    )  # fmt: skip
    names = ("opened", "severity", "state", "what", "site", "who")
    return Grid(names, rows, tuple(f"incident/{one.id}" for one in found[:MOST]))


def attendance(reader: Reader, partition: "Partition", of: Span) -> Report:
    """Irregularities of attendance and suspicions of fraud, and what persons made of them."""
    label = partition.registry.label
    found = [one for one in reader.anomalies(of.since, of.until) if one.tenant == of.tenant]
    kinds: dict[str, list[int]] = {}
    for one in found:
        sums = kinds.setdefault(one.anomaly_type, [0, 0, 0, 0])
        sums[0] += 1
        sums[1] += one.status == "CONFIRMED"
        sums[2] += one.status == "FALSE_POSITIVE"
        sums[3] += one.status == "WITHDRAWN"
    rows = [row for row in reader.fraud(of.since, of.until) if row.tenant == of.tenant]
    people = sorted(watched(rows, of.until), key=lambda one: (-one.high, -one.average, one.person))
    high = [row for row in rows if row.level in HIGH]
    judged = [row for row in rows if row.status != "OPEN"]
    right = sum((row.probability >= 0.5) == (row.status == "CONFIRMED") for row in judged)
    said = f"{len(rows):,} check-ins, {len(high)} of them HIGH or worse"
    said += f"; of {len(judged)} that were judged, {right} were scored right" if judged else ""
    return Report(
        "attendance", "Attendance and fraud", times.text(of.since), times.text(of.until),
        (
            Part("Irregularities", grid=Grid(
                ("type", "found", "confirmed", "false alarms", "withdrawn"),
                tuple((name, *map(str, sums)) for name, sums in sorted(kinds.items())))),
            Part("People", grid=Grid(
                ("person", "site", "check-ins", "high", "average"),
                tuple((label(f"person/{one.person}"), label(f"site/{one.site}") if one.site else "", str(one.count),
                       str(one.high), f"{one.average:.0%}") for one in people[:MOST]),
                tuple(f"person/{one.person}" for one in people[:MOST])), none="Nobody was HIGH or worse."),
        ),
        (said + ".", f"Mean probability {fmean(row.probability for row in rows):.1%}." if rows else "No check-in."),
    )  # fmt: skip


def predictions(reader: Reader, partition: "Partition", of: Span) -> Report:
    """What was foreseen, and what became of it."""
    del partition
    rows = [
        row for row in reader.predictions(of.since, of.until) if row.kind != SCORES and row.tenant == of.tenant
    ]  # fmt: skip
    table = []
    for kind in ("sla_breach", "device_failure", "staffing_gap"):
        mine = [row for row in rows if row.kind == kind and row.settled_at is not None]
        warned = [row for row in mine if row.alerted or row.held_back]
        right = sum(row.outcome is True for row in warned)
        missed = sum(row.outcome is True for row in mine) - right
        taken = sum(row.action_taken for row in warned)
        counts = (len(mine), len(warned), right, len(warned) - right, missed, taken)
        table.append((kind.replace("_", " "), *map(str, counts)))
    names = ("", "settled", "warned", "right", "wrong", "missed", "taken up")
    return Report(
        "predictions", "Predictions", times.text(of.since), times.text(of.until),
        (Part("What became of them", grid=Grid(names, tuple(table))),),
        ("`noc predictions` adds lead times, calibration, and what was prevented against a control group.",),
    )  # fmt: skip


class Kind(NamedTuple):
    """`usual` is how far back it tells, in microseconds."""

    make: Make
    usual: int
    about: str


REPORTS: Final[dict[str, Kind]] = {
    "handover": Kind(handover, 12 * HOUR, "what the next shift has to know"),
    "digest": Kind(digest, DAY, "what the day, or the week, was like"),
    "service": Kind(service, 30 * DAY, "time to acknowledge and to resolve, by severity and client"),
    "noise": Kind(noise, 7 * DAY, "which alerts make the most work for the least worth"),
    "attendance": Kind(attendance, 7 * DAY, "irregularities of attendance, suspicions of fraud"),
    "scorecard": Kind(scorecard, 7 * DAY, "the seven pillars that are not negotiable, client by client"),
    "predictions": Kind(predictions, 7 * DAY, "what was foreseen, and what became of it"),
}
