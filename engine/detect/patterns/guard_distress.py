"""A guard who called for help lately (an alert of type PANIC, SOS, DURESS or MAN_DOWN), has stopped, and is silent."""

from data.times import MINUTE
from engine.detect.patterns.view import SiteView
from engine.detect.report import Found


def guard_distress(view: SiteView) -> list[Found]:
    rules, now = view.rules, view.now
    found = []
    for guard in view.guards:
        if not guard.panic_at or guard.panic_at < now - rules.distress_memory:
            continue
        since = max(guard.panic_at, guard.phone_at, guard.moved_at, guard.proof_at, guard.work_at)
        if now - since < rules.distress_still:
            continue
        silent = (now - since) // MINUTE
        title = f"{guard.person} called for help {(now - guard.panic_at) // MINUTE} min ago, silent for {silent} min"
        evidence = {"silent_min": silent, "last_position": list(guard.here) if guard.sure_at else None}
        found.append(
            view.found(
                "GUARD_DISTRESS", "SAFETY", "CRITICAL", title, evidence,
                about=guard.person, person=guard.person, since=guard.panic_at,
            )
        )  # fmt: skip
    return found
