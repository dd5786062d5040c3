"""Posts that nobody fills: a gap where nobody is on duty, a shortage where too few are; both only where work waits or
people were planned. A site without a plan and without open work needs nobody."""

from engine.detect.field import Planned
from engine.detect.patterns.view import SiteView
from engine.detect.report import Found


def coverage_gap(view: SiteView) -> list[Found]:
    if view.guards:
        return []
    planned = _due(view)
    waiting = view.overdue.open_at(view.site) + sum(tour.due is not None for tour in view.tours.at(view.site))
    if not planned or not waiting:
        return []
    since = min(shift.start for shift in planned)
    title = f"nobody on duty, {len(planned)} planned, {waiting} tasks and tours wait"
    evidence = {"planned": [shift.person for shift in planned][:8], "waiting": waiting}
    return [view.found("COVERAGE_GAP", "OPERATIONAL", "HIGH", title, evidence, since=since)]


def resource_shortage(view: SiteView) -> list[Found]:
    here = len(view.guards)
    planned = _due(view)
    if not here or here >= len(planned):
        return []
    waiting = view.overdue.open_at(view.site)
    late = sum(view.overdue.late.get(view.site, {}).values()) + view.tours.delayed(view.site)
    if waiting < view.rules.open_per_head * here and not late:
        return []
    title = f"{here} of {len(planned)} people, {waiting} tasks open, {late} things late"
    missing = sorted({shift.person for shift in planned} - {guard.person for guard in view.guards})
    evidence = {"on_duty": here, "planned": len(planned), "missing": missing[:8], "open_tasks": waiting, "late": late}
    return [view.found("RESOURCE_SHORTAGE", "OPERATIONAL", "MEDIUM", title, evidence)]


def _due(view: SiteView) -> list[Planned]:
    """Shifts that should have begun by now, with the grace of a late guard."""
    grace = view.config.scorecard.absent
    return [one for one in view.field.plan.on_duty(view.site, view.now) if one.start + grace <= view.now]
