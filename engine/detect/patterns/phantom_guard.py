"""A handset that moves while nothing is done: work of this guard fell due, none was done, nobody was verified, and
positions keep coming. Guards who had nothing to do are not meant."""

from data.times import MINUTE
from engine.detect.patterns.view import SiteView
from engine.detect.report import Found


def phantom_guard(view: SiteView) -> list[Found]:
    rules, now = view.rules, view.now
    found = []
    for guard in view.guards:
        if guard.idle_fixes < rules.phantom_fixes or max(guard.seen_at, guard.since) > now - rules.phantom_after:
            continue
        if guard.moved_at < now - rules.phantom_after or guard.told_at:
            continue  # lies still: that is inactivity
        begun = max(guard.since, guard.work_at)
        owed = [
            tour.id for tour in view.tours.at(view.site)
            if tour.person == guard.person and tour.due is not None and begun <= tour.due <= now and not tour.done
        ]  # fmt: skip
        owed += [
            one.ref for one in view.overdue.items(view.site)
            if one.person == guard.person and one.due is not None and begun <= one.due <= now
        ]  # fmt: skip
        if not owed:
            continue
        idle = (now - max(guard.seen_at, guard.since)) // MINUTE
        title = f"{guard.idle_fixes} positions in {idle} min, nothing done, not verified"
        evidence = {"positions": guard.idle_fixes, "minutes": idle, "left_undone": owed[:10]}
        found.append(
            view.found("PHANTOM_GUARD", "SECURITY", "MEDIUM", title, evidence, about=guard.person, person=guard.person)
        )
    return found
