"""The seven things that are not negotiable, each judged on one day of one client.

    1 right guard at the right post   2 supervise relentlessly   3 control desk round the clock   4 legal, professional
    5 support the field               6 record everything        7 respond to emergencies

Scores (0-100) and colours are those of the original system, corrected: an error, or nothing to judge, is `unknown`,
never green, and does not count in the mean. A day with a grave violation is never green either.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from data.records.severity import CRITICAL, HIGH, NAMES

GREEN, AMBER, RED, UNKNOWN = "GREEN", "AMBER", "RED", "unknown"
WORST: Final = {UNKNOWN: 0, GREEN: 1, AMBER: 2, RED: 3}


class Violation(msgspec.Struct, frozen=True):
    """`kind` is a finding type, `about` a reference, severity 1-5."""

    kind: str
    severity: int
    about: str
    text: str


class Pillar(msgspec.Struct):
    """`score` None and `status` unknown where nothing could be judged; `reason` says why."""

    number: int
    name: str
    score: int | None
    status: str
    reason: str
    violations: list[Violation] = []

    def as_data(self) -> dict[str, Any]:
        worst = max((one.severity for one in self.violations), default=0)
        told = sorted(self.violations, key=lambda one: (-one.severity, one.about))[:20]
        return {
            "pillar": self.number,
            "name": self.name,
            "score": self.score,
            "status": self.status,
            "reason": self.reason,
            "violations": len(self.violations),
            "worst": NAMES[worst] or None,
            "details": [
                {"kind": v.kind, "severity": NAMES[v.severity], "about": v.about, "text": v.text} for v in told
            ],
        }


class Day(msgspec.Struct):
    """What happened, counted; each list of violations has the number of things that were judged beside it."""

    posts: int = 0
    posts_wrong: list[Violation] = []
    tours: int = 0
    tours_wrong: list[Violation] = []
    serious: int = 0
    serious_late: list[Violation] = []
    legal: int = 0
    legal_wrong: list[Violation] = []
    tickets: int = 0
    tickets_old: list[Violation] = []
    records: int = 0
    records_missing: list[Violation] = []
    emergencies: int = 0
    emergencies_late: list[Violation] = []


def judged(day: Day) -> list[Pillar]:
    """All seven, in order; one that fails is unknown and says so."""
    found = []
    for number, (name, judge) in enumerate(PILLARS.items(), 1):
        try:
            score, status, reason, violations = judge(day)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            score, status, reason, violations = None, UNKNOWN, f"could not be judged: {error}", []
        found.append(Pillar(number, name, score, status, reason, violations))
    return found


def overall(pillars: list[Pillar]) -> tuple[int | None, str]:
    """The mean of the scores there are, and the worst colour."""
    scores = [one.score for one in pillars if one.score is not None]
    worst = max((one.status for one in pillars), key=WORST.__getitem__)
    return (round(sum(scores) / len(scores)) if scores else None), worst


Verdict = tuple[int | None, str, str, list[Violation]]


def _none(what: str) -> Verdict:
    return None, UNKNOWN, what, []


def _posts(day: Day) -> Verdict:
    if not day.posts:
        return _none("no shift began that day")
    wrong = sum(1.0 if one.severity >= HIGH else 0.5 for one in day.posts_wrong)
    score = round(100 * max(0.0, 1 - wrong / day.posts))
    status = GREEN if score >= 90 else AMBER if score >= 70 else RED
    return score, status, f"{day.posts} posts, {len(day.posts_wrong)} late or empty", day.posts_wrong


def _supervision(day: Day) -> Verdict:
    if not day.tours:
        return _none("no tour was due that day")
    return _graded(day.tours_wrong, f"{day.tours} tours were due", few=2, step=15, least=50, worst=69)


def _desk(day: Day) -> Verdict:
    if not day.serious:
        return _none("no serious incident to acknowledge")
    return _graded(day.serious_late, f"{day.serious} serious incidents", few=2, step=12, least=40, worst=69)


def _legal(day: Day) -> Verdict:
    if not day.legal:
        return _none("no report is owed and no hours are known")
    wrong = day.legal_wrong
    if len(wrong) == 1 and wrong[0].severity < CRITICAL:
        return 80, AMBER, wrong[0].text, wrong
    if wrong:
        return max(30, 100 - 25 * len(wrong)), RED, f"{len(wrong)} violations", wrong
    return 100, GREEN, f"{day.legal} duties and reports in order", []


def _support(day: Day) -> Verdict:
    if not day.tickets:
        return _none("no ticket is known")
    old = day.tickets_old
    score = 100 if not old else 85 if len(old) <= 3 else max(50, 100 - 8 * len(old))
    status = RED if len(old) > 10 else AMBER if old else GREEN
    return score, status, f"{len(old)} tickets wait for days", old


def _records(day: Day) -> Verdict:
    if not day.records:
        return _none("no attendance or report to look at")
    missing = day.records_missing
    score = 100 if not missing else 85 if len(missing) <= 2 else max(60, 100 - 10 * len(missing))
    status = RED if len(missing) > 5 else AMBER if missing else GREEN
    return score, status, f"{len(missing)} of {day.records} records are missing", missing


def _emergencies(day: Day) -> Verdict:
    if not day.emergencies:
        return _none("no emergency that day")
    late = day.emergencies_late
    score = 100 if not late else 70 if len(late) == 1 else max(30, 100 - 20 * len(late))
    return score, RED if late else GREEN, f"{len(late)} of {day.emergencies} emergencies answered late", late


def _graded(wrong: list[Violation], words: str, *, few: int, step: int, least: int, worst: int) -> Verdict:
    """None: green. A few that are not critical: 85, amber. More: by their number; red when critical or low."""
    grave = any(one.severity >= CRITICAL for one in wrong)
    text = f"{words}, {len(wrong)} violations"
    if not wrong:
        return 100, GREEN, text, wrong
    if len(wrong) <= few and not grave:
        return 85, AMBER, text, wrong
    score = max(least, 100 - step * len(wrong))
    return score, RED if grave or score <= worst else AMBER, text, wrong


PILLARS: Final[dict[str, Callable[[Day], Verdict]]] = {
    "Right guard at the right post": _posts,
    "Supervise relentlessly": _supervision,
    "Control desk round the clock": _desk,
    "Legal and professional": _legal,
    "Support the field": _support,
    "Record everything": _records,
    "Respond to emergencies": _emergencies,
}
