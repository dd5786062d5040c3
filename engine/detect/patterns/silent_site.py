"""Critical signals of a site with people on duty, and a site of which nothing is heard at all.

A kind of signal is owed only where somebody on duty is known to send it. A silent site is one finding, not one a
signal; an outage of the source of a signal is found as that and accuses no site.
"""

from data.times import MINUTE
from engine.detect.field import Guard
from engine.detect.patterns.view import SiteView
from engine.detect.report import Found

TYPES = {
    "phone": "CRITICAL_SIGNAL_PHONE_LOW",
    "location": "CRITICAL_SIGNAL_LOCATION_LOW",
    "tasks": "CRITICAL_SIGNAL_TASKS_LOW",
}


def silent_site(view: SiteView) -> list[Found]:
    window, now, post = view.rules.window, view.now, view.post
    if post is None or not view.settled(window):
        return []
    guards, least = view.guards, view.rules.min_count
    if least == 1 and "tasks" not in view.rules.critical_signals and _heard(guards, now - window):
        return []  # as nearly always
    counts = {
        "phone": post.phone.within(now, window),
        "location": post.location.within(now, window),
        "tasks": post.tasks.within(now, window),
    }
    owed = {
        "phone": any(guard.phone_at for guard in guards),
        "location": any(guard.fix_at for guard in guards),
        "tasks": any(guard.work_at for guard in guards),
    }
    clear = {name: name == "tasks" or view.clear(name, window) for name in counts}
    minutes = window // MINUTE
    mute = not any(counts.values()) and all(guard.seen_at <= now - window for guard in guards)
    if mute and (owed["phone"] or owed["location"]) and all(clear.values()):
        title = f"nothing heard for {minutes} min from {len(guards)} on duty"
        last = max(guard.heard_at for guard in guards)
        evidence = {"signals": counts, "window_min": minutes, "on_duty": len(guards)}
        return [view.found("SILENT_SITE", "OPERATIONAL", "CRITICAL", title, evidence, since=last)]
    low = [name for name in view.rules.critical_signals if counts[name] < least and owed[name] and clear[name]]
    return [
        view.found(
            TYPES[name], "DEVICE_HEALTH", "HIGH", f"{counts[name]} of signal {name} in {minutes} min",
            {"signals": counts, "least": least, "window_min": minutes, "on_duty": len(guards)},
            since=now - window,
        )
        for name in low
    ]  # fmt: skip


def _heard(guards: list[Guard], since: int) -> bool:
    """Whether both kinds of signals came from somebody."""
    phone = location = 0
    for guard in guards:
        if guard.phone_at > phone:
            phone = guard.phone_at
        if guard.fix_at > location:
            location = guard.fix_at
    return phone > since and location > since
