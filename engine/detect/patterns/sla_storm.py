"""A site that is drowning: overdue tasks, delayed tours and alerts at once. Two of the three limits, or twice one."""

from data.times import HOUR
from engine.detect.patterns.view import SiteView
from engine.detect.report import Found


def sla_storm(view: SiteView) -> list[Found]:
    rules = view.rules
    late = view.overdue.late.get(view.site, {})
    if not late and not view.tours.delayed(view.site):
        return []
    alerts = 0 if view.post is None else view.post.alerts.within(view.now, HOUR)
    limits = {
        "overdue_tasks": (late.get("task", 0) + late.get("work_order", 0), rules.storm_tasks),
        "delayed_tours": (view.tours.delayed(view.site), rules.storm_tours),
        "alerts_last_hour": (alerts, rules.storm_alerts),
    }
    over = [name for name, (count, limit) in limits.items() if count >= limit]
    work = [name for name in over if name != "alerts_last_hour"]  # alerts alone are a storm of another kind
    if not work or (
        len(over) < 2 and not any(count >= 2 * limit for name, (count, limit) in limits.items() if name in work)
    ):
        return []
    evidence = {name: count for name, (count, _) in limits.items()}
    title = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in evidence.items())
    return [view.found("SLA_STORM", "OPERATIONAL", "CRITICAL", title, evidence)]
