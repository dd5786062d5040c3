"""Somebody is verified or checks in at night at a site that has people planned, far from any shift of their own.
People without any shift known are not meant: their plan may be kept elsewhere."""

from data.times import MINUTE, text
from engine.detect.patterns.view import SiteView
from engine.detect.report import Found


def suspicious_hours(view: SiteView) -> list[Found]:
    if not view.strays or not view.night():
        return []
    found = []
    for person in sorted({one.person for one in view.strays}):
        signs = [one for one in view.strays if one.person == person]
        gap = view.field.plan.nearest(person, signs[-1].time)
        if gap is None or gap <= view.rules.odd_hours:
            continue
        title = f"{person} {signs[-1].how}, {gap // MINUTE} min from any shift of theirs"
        evidence = {
            "signs": [f"{text(one.time)} {one.how}" for one in signs[-5:]],
            "minutes_from_duty": gap // MINUTE,
            "on_duty": [guard.person for guard in view.guards][:8],
        }
        found.append(view.found("SUSPICIOUS_HOURS", "SECURITY", "MEDIUM", title, evidence, about=person, person=person))
    return found
