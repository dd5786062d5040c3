"""What a silence would hide, before it does: exactly the alerts that its matchers cover now, counted and named."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from data.records.alert import Alert
from data.records.severity import NAMES
from engine.alerts.muting.fields import field
from engine.alerts.muting.hygiene import MANY, NARROW, too_broad
from engine.alerts.muting.matchers import Match, parse


class Hidden(msgspec.Struct, frozen=True):
    """One alert that would be hidden; `muted` says what mutes it already."""

    id: str
    alert_type: str
    severity: str
    entity: str | None
    site: str | None
    message: str
    first_seen: int
    muted: str | None


class Preview(msgspec.Struct, frozen=True):
    """`of` is how many alerts fire; `hides` those covered, worst and oldest first, of which `shown` are shown now.
    `refused` says why such a silence is not taken unasked."""

    matchers: str
    of: int
    hides: list[Hidden]
    shown: int
    severities: dict[str, int]
    sites: dict[str, int]
    alert_types: dict[str, int]
    warnings: list[str]
    refused: str | None = None


def preview(matchers: str | Match, alerts: Iterable[Alert]) -> Preview:
    """Raises MatcherError."""
    match = parse(matchers) if isinstance(matchers, str) else matchers
    firing = [alert for alert in alerts if alert.firing]
    covered = sorted(
        (alert for alert in firing if match(alert)), key=lambda one: (-one.severity, one.first_seen, one.number)
    )
    refused = too_broad(match)
    warnings = [refused] if refused else []
    if not refused and not any(field(one.name) in NARROW and not one.negative for one in match.matchers):
        warnings.append("it names neither site, type nor entity")
    if len(covered) > MANY:
        warnings.append(f"it covers {len(covered)} open alerts")
    if not covered:
        warnings.append("it covers no open alert")
    return Preview(
        match.text,
        len(firing),
        [hidden(alert) for alert in covered],
        sum(alert.muted is None for alert in covered),
        counted(NAMES[alert.severity] for alert in covered),
        counted(alert.site or "-" for alert in covered),
        counted(alert.alert_type for alert in covered),
        warnings,
        refused,
    )


def hidden(alert: Alert) -> Hidden:
    return Hidden(
        alert.id,
        alert.alert_type,
        NAMES[alert.severity],
        alert.entity,
        alert.site,
        alert.message,
        alert.first_seen,
        alert.muted,
    )


def counted(words: Iterable[str]) -> dict[str, int]:
    """How often each occurs, the most frequent first."""
    return dict(sorted(Counter(words).items(), key=lambda item: (-item[1], item[0])))
