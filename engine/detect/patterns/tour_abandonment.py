"""A tour that is due and not done, while its guard is surely outside the fence or has left. Shares its finding with
the tour rules: a tour is one finding."""

from data.times import HOUR
from engine.detect.field import Field
from engine.detect.patterns.view import SiteView, beyond_fence
from engine.detect.report import Found
from engine.detect.tours import Tour

RECENT = 2 * HOUR  # a duty that ended longer before the tour was due says nothing of it


def left(field: Field, tour: Tour, now: int) -> str | None:
    """In words, whether the guard of a tour has left the site. Without coordinates of the site, or a sure fix, only a
    check-out tells it."""
    guard = field.guards.get(tour.person or "")
    if guard is None or tour.site is None:
        return None
    if not guard.on:
        out = guard.site == tour.site and guard.since and guard.heard_at >= (tour.due or now) - RECENT
        return f"{guard.person} is no longer on duty" if out else None
    if guard.site != tour.site:
        return f"{guard.person} is on duty at {guard.site}"
    place = field.registry.of("site", tour.site)
    config = field.places.at(field.tenant, field.registry.client_of(tour.site), tour.site)
    if place is None or guard.sure_at < now - config.work.tour_grace:
        return None
    away = beyond_fence(place.attributes, guard.here, config.attendance.geofence_m)
    if away is None or away < config.audits.away_m:
        return None
    return f"{guard.person} is {away:,.0f} m outside the fence"


def tour_abandonment(view: SiteView) -> list[Found]:
    found = []
    for tour in view.tours.at(view.site):
        if tour.due is None or not tour.due <= view.now or tour.completed:
            continue
        if tour.finding:
            continue  # found already: it grows by the tour rules
        if tour.share < view.config.work.tour_coverage and left(view.field, tour, view.now):
            found.append(view.tours.missed(tour, view.now))
    return found
