"""Why somebody was told, or was not: of one message of the outbox."""

from data.records.outbox import DEAD, DELIVERED, NOT_OWED, NOT_SENT, PENDING, WITHHELD, Notification
from data.store import Reader
from engine.explain.telling import Explanation, moment, severity, some, span

_MEANS = {
    PENDING: "it waits to be delivered",
    DELIVERED: "it was delivered",
    DEAD: "it was given up, and can be tried again: noc notify replay",
    NOT_SENT: "nobody was contacted when it was decided, and no later engine will",
    WITHHELD: "nobody had to be told",
    NOT_OWED: "nobody was owed it",
}


def explain_notification(reader: Reader, row: Notification) -> Explanation:
    told = Explanation(f"notification/{row.id}", f"{row.kind} to {row.receiver}: {row.title}")
    told.fact("status", f"{row.status}: {_MEANS[row.status]}")
    told.fact("decided", moment(row.made_at))
    told.fact("severity", severity(row.severity))
    told.fact("incident", row.incident)
    told.fact("tells of", some(f"{one.alert_type} ({one.id}) {_word(one.firing)}" for one in row.alerts))
    told.fact("attempts", row.attempts or None)
    told.fact("done", moment(row.done_at) if row.done_at is not None else None)
    if row.fallback is not None:
        done = f"told {moment(row.fallback_at)}" if row.fallback_at is not None else "not told yet"
        told.fact("instead", f"{row.fallback}, {done}")
    told.because += _because(reader, row)
    told.timeline = [(moment(each.at), row.receiver, f"{each.text} after {span(each.took)}") for each in row.tries]
    return told


def _because(reader: Reader, row: Notification) -> list[str]:
    found = [row.reason] if row.reason else []
    if row.route:
        found.append(f"the route `{row.route}` leads there, and the alerts of `{row.group}` are told together")
    if row.kind == "repeat":
        found.append("it still fired, and nobody had it, when it was time to tell again")
    answers = {number for one in row.alerts for number in one.answers}
    if answers:
        for other in reader.notifications(None, None):
            if other.number in answers:
                found.append(f"its beginning was told by notification/{other.id}, {other.status}")
    return found


def _word(firing: bool) -> str:
    return "fires" if firing else "has ended"
