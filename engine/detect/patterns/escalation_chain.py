"""Serious incidents that nobody has acknowledged and no step of the escalation has reached anybody for: the chain is
broken, not the people. One finding a client, however many incidents: it would else feed itself."""

import msgspec

from data.records.severity import CRITICAL, HIGH
from data.times import MINUTE
from engine.detect.report import Found
from engine.settings.audits import AuditSettings

KIND = "ESCALATION_CHAIN_BREAK"


class Waiting(msgspec.Struct, frozen=True):
    """An open serious incident; `told` is how many people its escalation has reached, `acknowledged_at` None while
    nobody has it, `next_at` when the next step comes (None: none), `crisis` whether somebody called for help."""

    number: int
    id: str
    client: str | None
    site: str | None
    severity: int
    opened_at: int
    told: int
    acknowledged_at: int | None = None
    crisis: bool = False
    next_at: int | None = None


def limit(rules: AuditSettings, severity: int) -> int | None:
    """How long an incident may wait for somebody, microseconds; None: as long as it likes."""
    return {CRITICAL: rules.chain_critical, HIGH: rules.chain_high}.get(severity)


def escalation_chain(waiting: list[Waiting], rules: AuditSettings, now: int) -> list[Found]:
    broken: dict[str, list[Waiting]] = {}
    for one in waiting:
        most = limit(rules, one.severity)
        if one.acknowledged_at is not None or most is None or one.told or now - one.opened_at < most:
            continue
        # A step that is still to come may be late because the incident grew worse only now.
        if one.next_at is None or one.next_at > one.opened_at + 2 * most:
            broken.setdefault(one.client or "", []).append(one)
    found = []
    for client, mine in sorted(broken.items()):
        oldest = min(one.opened_at for one in mine)
        title = (
            f"{len(mine)} serious incidents unacknowledged for up to {(now - oldest) // MINUTE} min, nobody was reached"
        )
        evidence = {"incidents": [f"incident/{one.id}" for one in mine[:10]], "count": len(mine)}
        found.append(
            Found(
                f"{KIND}/{client}", KIND, "SAFETY", HIGH, now, title, evidence,
                entity=f"client/{client}" if client else None, window_start=oldest, source="noc/audit",
            )
        )  # fmt: skip
    return found
