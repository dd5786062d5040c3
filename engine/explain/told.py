"""Who was told of an alert, and by which route somebody was not."""

from data.records.alert import Alert
from data.records.outbox import WITHHELD, Notification
from data.store import Reader
from engine.respond.hub.channels import channels_of
from engine.settings import Config

MOST = 10  # messages that are named


def told_whom(reader: Reader, alert: Alert, config: Config | None) -> list[str]:
    """A line for each message about it, and for each route of the configuration that led nowhere, with the reason."""
    rows = [
        row
        for row in reader.notifications(alert.first_seen, None)
        if row.tenant == alert.tenant and any(one.id == alert.id for one in row.alerts)
    ]
    lines = [_line(alert, row) for row in rows[:MOST]]
    if len(rows) > MOST:
        lines.append(f"And by {len(rows) - MOST} more messages: noc notify log")
    known = {row.route for row in rows}
    for channel in channels_of(config.notify, config.engine.timezone) if config is not None else ():
        if channel.name in known:
            continue
        if not channel.match(alert, alert.last_seen):
            why = "it does not match"
        elif alert.muted is not None:
            why = f"it is muted by {alert.muted}"
        elif alert.firing:
            why = "its group waits, or another route has told it there"
        else:
            why = "it had ended, or was muted, before it was time, or another route has told it there"
        lines.append(f"{channel.receiver} was not told by the route `{channel.name}`: {why}")
    return lines


def _line(alert: Alert, row: Notification) -> str:
    ended = any(one.id == alert.id and not one.firing for one in row.alerts)
    what = "its end" if ended else "it"
    if row.status == WITHHELD:
        return f"{row.receiver} was not told of it by the route `{row.route}`: {row.reason} (notification/{row.id})"
    why = f", {row.reason}" if row.reason else ""
    return f"{row.receiver} is told of {what} by notification/{row.id}: {row.status}{why}"
