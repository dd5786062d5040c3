"""Taking a command back: what stands as the command left it becomes what it was; the rest is left alone, and said."""

from data.records.alert import Alert
from data.records.incident import Incident
from engine.alerts.grouping import Grouping
from engine.alerts.incidents import OVER
from engine.alerts.lifecycle import Lifecycle
from engine.commands.images import ALERT_FIELDS, INCIDENT_FIELDS, Before, Image, put_back, values
from engine.commands.parting import Parting
from engine.commands.waits import Waits

_ENDED, _REASON = ALERT_FIELDS.index("ended_at"), ALERT_FIELDS.index("end_reason")


class Undoing:
    def __init__(self, alerts: Lifecycle, grouping: Grouping, waits: Waits) -> None:
        self.alerts = alerts
        self.grouping = grouping
        self.waits = waits
        self.parting = Parting(alerts, grouping)

    def finish(self, before: Before) -> None:
        """Notes how the command left things."""
        for number, image in before.alerts.items():
            alert = self.alerts.get(number)
            if alert is not None:
                image.after = values(alert, ALERT_FIELDS)
        for number, image in before.incidents.items():
            incident = self.grouping.incident(number)
            if incident is not None:
                image.after = values(incident, INCIDENT_FIELDS)

    def take_back(self, before: Before, time: int, actor: str) -> tuple[int, int]:
        """How many records were put back, and how many have changed since and were left."""
        done = left = 0
        for regrouped in reversed(before.regrouped):
            back = self.parting.take_back(regrouped, time)
            done, left = done + back, left + (not back)
        for number, image in before.incidents.items():
            back = self._incident(self.grouping.incident(number), image, before.action, time, actor)
            done, left = done + back, left + (not back)
        for number, image in before.alerts.items():
            back = self._alert(self.alerts.get(number), image, before.action, time)
            done, left = done + back, left + (not back)
        for number, since in before.idle.items():
            cluster = self.grouping.cluster(number)
            if cluster is not None and not cluster.open_members:
                self.grouping.clusters.set_idle(cluster, since)
        return done, left

    def _alert(self, alert: Alert | None, image: Image, action: str, time: int) -> bool:
        if alert is None or values(alert, ALERT_FIELDS) != image.after:
            return False
        was_over = image.before[_ENDED] is not None
        if not was_over and not alert.firing and not self.alerts.reopen(alert, time):
            return False
        if was_over and alert.firing:
            self.alerts.end_as_before(alert, image.before[_ENDED], image.before[_REASON])
        put_back(alert, ALERT_FIELDS, image.before)
        alert.expires_at = image.lease if image.lease > time or was_over else alert.expires_at
        self.waits.watch(alert)
        self.alerts.told(alert, time, f"{action} undone", undone=True)
        return True

    def _incident(self, incident: Incident | None, image: Image, action: str, time: int, actor: str) -> bool:
        if incident is None or values(incident, INCIDENT_FIELDS) != image.after:
            return False
        put_back(incident, INCIDENT_FIELDS, image.before)
        incident.acknowledge_by, incident.resolve_by = image.clocks
        incident.context_at, incident.context_after = image.context
        if incident.state in OVER:
            self.grouping.incidents.wait_for_close(incident)
        self.waits.watch_incident(incident)
        self.grouping.note(incident, time, actor, f"{action} undone")
        self.grouping.announce(incident, time)
        return True
