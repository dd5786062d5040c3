"""What happened at the sites of a client in a day, read off what the rooms of detection remember."""

from collections.abc import Iterator

import msgspec

from data.records.severity import CRITICAL, HIGH, LOW, MEDIUM, NAMES
from data.times import DAY, HOUR, MINUTE
from engine.detect.field import Field, Planned
from engine.detect.overdue import OverdueRules
from engine.detect.patterns.escalation_chain import Waiting, limit
from engine.detect.tours import TourRules
from engine.score.pillars import Day, Violation
from engine.settings import Config
from engine.settings.places import Places

OPEN_RECORD = 0.1  # share of duties without a check-out at a site from which on its records are incomplete


class Sources(msgspec.Struct):
    """Where the day is read."""

    field: Field
    tours: TourRules
    overdue: OverdueRules


class Reports(msgspec.Struct):
    """Reports that one client is owed, by kind and site: when one was last asked for, and last done."""

    asked: dict[str, dict[str, int]] = {}
    done: dict[str, dict[str, int]] = {}

    def note(self, kind: str, site: str, time: int, *, done: bool) -> None:
        for table in (self.asked, self.done) if done else (self.asked,):
            mine = table.setdefault(kind, {})
            mine[site] = max(mine.get(site, 0), time)


class Answered(msgspec.Struct, frozen=True):
    """A serious incident: whether it was acknowledged late, and if it was a call for help, whether that reached
    anybody in time."""

    client: str | None
    severity: int
    opened_at: int
    id: str
    late: bool
    crisis: bool
    crisis_late: bool

    @staticmethod
    def of(one: Waiting, config: Config, now: int) -> "Answered":
        waited = (one.acknowledged_at or now) - one.opened_at
        most = limit(config.audits, one.severity)
        reached = bool(one.told) or one.acknowledged_at is not None
        late = waited > config.scorecard.escalate_within if one.acknowledged_at is not None else not reached
        return Answered(
            one.client, one.severity, one.opened_at, one.id, most is not None and waited > most, one.crisis,
            one.crisis and late,
        )  # fmt: skip


def gathered(
    client: str,
    sites: list[str],
    since: int,
    now: int,
    sources: Sources,
    reports: Reports | None,
    answered: dict[int, Answered],
    places: Places,
) -> Day:
    """The day from `since` to `now`, in microseconds, of the sites of a client."""
    config = places.config
    day = Day()
    for site in sites:
        _posts(day, sources.field, site, since, now, config)
        _tours(day, sources.tours, site, since, now, config)
        _tickets(day, sources.overdue, site, now, config)
    _incidents(day, client, since, answered)
    _emergencies(day, sources.overdue, sites, since, now, config)
    if reports is not None:
        _reports(day, reports, since, config)
    return day


def _posts(day: Day, field: Field, site: str, since: int, now: int, config: Config) -> None:
    rules, open_records = config.scorecard, []
    shifts = field.plan.began(site, since, now - rules.absent)
    for shift in shifts:
        day.posts += 1
        late = shift.came_at - shift.start
        about = f"shift/{shift.id}"
        if not shift.came_at or late > rules.absent:
            day.posts_wrong.append(Violation("GUARD_POST_EMPTY", HIGH, about, f"{shift.person} did not come to {site}"))
        elif late > rules.late:
            text = f"{shift.person} came {late // MINUTE} min late to {site}"
            day.posts_wrong.append(Violation("GUARD_POST_LATE", MEDIUM, about, text))
    for shift in _ended(shifts, now):
        day.records += 1
        day.legal += bool(shift.left_at)
        if not shift.left_at:
            open_records.append(shift.person)
        elif shift.left_at - shift.came_at > config.attendance.max_work:
            hours = (shift.left_at - shift.came_at) // HOUR
            text = f"{shift.person} worked {hours} h at {site}"
            day.legal_wrong.append(Violation("OVERWORK", HIGH, f"person/{shift.person}", text))
    if len(open_records) >= 2 and len(open_records) > OPEN_RECORD * len(shifts):
        text = f"{len(open_records)} of {len(shifts)} duties at {site} without a check-out"
        day.records_missing.append(Violation("RECORD_INCOMPLETE", LOW, f"site/{site}", text))


def _ended(shifts: list[Planned], now: int) -> Iterator[Planned]:
    """Those that are over for good, of people who came."""
    return (one for one in shifts if one.came_at and one.end < now - HOUR)


def _tours(day: Day, tours: TourRules, site: str, since: int, now: int, config: Config) -> None:
    past = [one for one in tours.past.get(site, ()) if since <= one.due < now]
    day.tours += len(past)
    missed = [one for one in past if one.missed]
    if missed:
        grave = len(missed) == len(past) and len(past) >= config.work.coverage_tours
        text = f"{len(missed)} of {len(past)} tours missed at {site}"
        day.tours_wrong.append(Violation("SUPERVISION_GAP", CRITICAL if grave else HIGH, f"site/{site}", text))
    done, of = sum(one.done for one in past), sum(one.of for one in past)
    if of and done < config.work.tour_coverage * of and len(past) >= config.work.coverage_tours:
        text = f"{done / of:.0%} of the checkpoints scanned at {site}"
        day.tours_wrong.append(Violation("CHECKPOINT_COVERAGE_LOW", MEDIUM, f"site/{site}", text))


def _tickets(day: Day, overdue: OverdueRules, site: str, now: int, config: Config) -> None:
    day.tickets += overdue.tickets.get(site, 0)
    for one in overdue.items(site):
        age = now - one.since
        if one.kind == "ticket" and age > config.work.support_after:
            level = HIGH if age > config.work.support_late else MEDIUM
            day.tickets_old.append(
                Violation("FIELD_SUPPORT_DELAYED", level, one.ref, f"open for {age // HOUR} h at {site}")
            )


def _incidents(day: Day, client: str, since: int, answered: dict[int, Answered]) -> None:
    for one in answered.values():
        if one.client != client or one.opened_at < since:
            continue
        ref = f"incident/{one.id}"
        day.serious += 1
        if one.late:
            text = f"{NAMES[one.severity]} incident acknowledged late or not at all"
            day.serious_late.append(Violation("ACKNOWLEDGEMENT_LATE", HIGH, ref, text))
        day.emergencies += one.crisis
        if one.crisis_late:
            text = "a call for help that nobody had in time"
            day.emergencies_late.append(Violation("EMERGENCY_ESCALATION_DELAYED", CRITICAL, ref, text))


def _emergencies(day: Day, overdue: OverdueRules, sites: list[str], since: int, now: int, config: Config) -> None:
    here = frozenset(sites)
    for ref, one in overdue.emergencies.items():
        if one.site not in here or one.opened_at < since:
            continue
        day.emergencies += 1
        waited = (one.owned_at or now) - one.opened_at
        if waited > config.work.unassigned:
            text = f"without an owner for {waited // MINUTE} min"
            day.emergencies_late.append(Violation("EMERGENCY_TICKET_UNASSIGNED", HIGH, ref, text))


def _reports(day: Day, reports: Reports, since: int, config: Config) -> None:
    rules = config.scorecard
    for kind, asked in reports.asked.items():
        legal = kind in rules.compliance_kinds
        for site, time in sorted(asked.items()):
            if time < since - 7 * DAY:
                continue  # no longer asked for
            last = reports.done.get(kind, {}).get(site)
            if legal:
                day.legal += 1
            else:
                day.records += 1
            if last is not None and last >= since:
                continue
            about, text = f"site/{site}", f"{kind.replace('_', ' ')} of {site} is missing"
            if not legal:
                day.records_missing.append(Violation("DAILY_REPORT_MISSING", MEDIUM, about, text))
            elif last is None:
                text = f"{kind.replace('_', ' ')} of {site} was never made"
                day.legal_wrong.append(Violation("COMPLIANCE_REPORT_NEVER_GENERATED", CRITICAL, about, text))
            else:
                day.legal_wrong.append(Violation("COMPLIANCE_REPORT_MISSING", HIGH, about, text))
