"""Which silences are a danger: those that hide more than was meant, or longer than anybody remembers."""

from data.records.silence import MutePhase, Silence
from data.times import DAY, text
from engine.alerts.muting.fields import field
from engine.alerts.muting.matchers import Match

MANY = 500  # open alerts; whoever hides more should know
LONG = 30 * DAY
STALE = DAY  # an active silence that has matched nothing for this long
NARROW = ("site", "alert_type", "entity", "instance", "client")


def too_broad(match: Match) -> str | None:
    """Why this set must not be used unasked, None if it may: Alertmanager's own rule, and sets that match all."""
    if match.matches_empty:
        return "it matches every alert without these labels"
    if match.matches_all:
        return "it matches every alert"
    return None


def warnings_of(silence: Silence, match: Match, now: int, hidden: int | None = None) -> list[str]:
    """What whoever keeps this silence should know. `hidden`: how many open alerts match it now."""
    found = []
    broad = too_broad(match)
    if broad:
        found.append(broad)
    elif not any(field(one.name) in NARROW and not one.negative for one in match.matchers):
        found.append("it names neither site, type nor entity")
    if hidden is not None and hidden > MANY:
        found.append(f"it covers {hidden} open alerts")
    if silence.ends_at - max(silence.starts_at, now) > LONG:
        found.append(f"it holds for more than 30 days, until {text(silence.ends_at)}")
    if not silence.comment:
        found.append("nobody will know why: give it a comment")
    active = silence.phase(now) is MutePhase.ACTIVE
    if active and not hidden and now - max(silence.matched_at or 0, silence.starts_at) > STALE:
        found.append("it has matched nothing for a day" if silence.matched else "it never matched anything")
    return found
