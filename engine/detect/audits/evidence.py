"""What an audit gathers about a site beside what it found: who is there and when last heard, and what is open."""

from typing import Any

from data.times import HOUR, MINUTE
from engine.detect.patterns.view import SiteView

MOST = 10


def collected(view: SiteView) -> dict[str, Any]:
    """People with minutes since their last sign (at most 10, the most silent first), open tours and tasks, alerts of
    the last hour."""
    people = sorted(view.guards, key=lambda guard: (guard.heard_at, guard.person))[:MOST]
    tours = view.tours.at(view.site)
    return {
        "on_duty": {guard.person: f"heard {(view.now - guard.heard_at) // MINUTE} min ago" for guard in people},
        "open_tours": [f"{tour.id} {tour.done}/{len(tour.points)}" for tour in tours if tour.due is not None][:MOST],
        "open_tasks": view.overdue.open_at(view.site),
        "alerts_last_hour": 0 if view.post is None else view.post.alerts.within(view.now, HOUR),
    }
