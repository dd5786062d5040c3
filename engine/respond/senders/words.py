"""What a message says, for people: a headline and a line for each alert."""

from data import times
from data.records.outbox import Told
from data.records.severity import NAMES
from engine.respond.senders.parcel import Parcel

LISTED = 20  # alerts that are told one by one


def headline(parcel: Parcel) -> str:
    """`[CRITICAL] DEVICE_OFFLINE on device/D7`, `[ended] ...`."""
    if parcel.document is not None or not parcel.alerts:
        return parcel.title
    word = NAMES[parcel.severity] if parcel.firing else "ended" if not parcel.standing else "ended in part"
    again = ", still" if parcel.kind == "repeat" else ""
    return f"[{word}{again}] {parcel.title}"


def lines(parcel: Parcel) -> list[str]:
    """At most `LISTED`, and how many more there are; of a document all."""
    if parcel.document is not None:
        return parcel.document.text.splitlines()
    listed = [line(one) for one in parcel.alerts[:LISTED]]
    more = len(parcel.alerts) - len(listed)
    if more:
        listed.append(f"and {more} more")
    return ([parcel.text] if parcel.text else []) + listed


def line(alert: Told) -> str:
    what = NAMES[alert.severity] if alert.firing else "ended"
    where = alert.entity or (f"site/{alert.site}" if alert.site else "")
    when = times.text(alert.starts_at if alert.ends_at is None else alert.ends_at)
    said = f": {alert.message}" if alert.message else ""
    return f"{what} {alert.alert_type}{f' on {where}' if where else ''}{said} ({when})"


def plain(parcel: Parcel) -> str:
    return "\n".join([headline(parcel), *lines(parcel)])
