"""Which patterns there are, and how often each is looked for."""

from collections.abc import Callable
from typing import Final

from engine.detect.patterns.coverage import coverage_gap, resource_shortage
from engine.detect.patterns.device_failure import device_failure
from engine.detect.patterns.guard_distress import guard_distress
from engine.detect.patterns.phantom_guard import phantom_guard
from engine.detect.patterns.silent_site import silent_site
from engine.detect.patterns.sla_storm import sla_storm
from engine.detect.patterns.suspicious_hours import suspicious_hours
from engine.detect.patterns.tour_abandonment import tour_abandonment
from engine.detect.patterns.view import SiteView
from engine.detect.report import Found

Pattern = Callable[[SiteView], list[Found]]
# By the audit that looks for them: every 5 min, every 15 min. ESCALATION_CHAIN_BREAK is of no site.
BY_CADENCE: Final[dict[str, dict[str, Pattern]]] = {
    "heartbeat": {"SILENT_SITE": silent_site, "GUARD_DISTRESS": guard_distress},
    "thorough": {
        "TOUR_ABANDONMENT": tour_abandonment,
        "SLA_STORM": sla_storm,
        "PHANTOM_GUARD": phantom_guard,
        "DEVICE_FAILURE": device_failure,
        "SUSPICIOUS_HOURS": suspicious_hours,
        "RESOURCE_SHORTAGE": resource_shortage,
        "COVERAGE_GAP": coverage_gap,
    },
}
NAMES: Final = (*BY_CADENCE["heartbeat"], *BY_CADENCE["thorough"], "ESCALATION_CHAIN_BREAK")
