"""Merges, splits, moves and the like, done backwards.

Where nothing has happened since, everything is again exactly as it was. What has come since stays with whom it belongs
to: events of alerts that go back go with them, alerts that joined stay.
"""

from typing import Any, TypeVar

import msgspec

from data.records.alert import Alert
from data.records.cluster import Cluster
from data.records.incident import Incident, IncidentState
from engine.alerts.grouping import Grouping
from engine.alerts.incidents import OVER
from engine.alerts.lifecycle import Lifecycle
from engine.commands.counting import Counted
from engine.commands.images import Regrouped

NOTHING_LEFT = 0  # `merged_into` of an incident that was undone
Record = TypeVar("Record", Cluster, Incident)


class Parting:
    def __init__(self, alerts: Lifecycle, grouping: Grouping) -> None:
        self.alerts = alerts
        self.grouping = grouping

    def take_back(self, done: Regrouped, time: int) -> bool:
        """False, and nothing changed, where what it was about is over by now."""
        clusters = self.grouping.clusters.open
        incidents = self.grouping.incidents.open
        if done.kind == "merge":
            possible = done.into in clusters and done.other not in clusters
            return possible and self._unmerge(done, time)
        if done.kind in ("split", "move"):
            return done.into in clusters and done.other in clusters and self._put_back(done, time)
        if done.into not in incidents:
            return False
        if done.kind in ("attach", "part"):
            return done.other in clusters and self._reattach(done, time)
        if done.kind == "absorb":
            return done.other in incidents and self._unabsorb(done, time)
        return self._unreject(done, time)

    def _unmerge(self, done: Regrouped, time: int) -> bool:
        into = self.grouping.clusters.open[done.into]
        before, other = _record(done, 0, Cluster), _record(done, 1, Cluster)
        as_it_was = _record(done, 1, Cluster)
        back = self._known(done, into)
        counted = Counted.before(self.grouping, [into], self._incidents(done))
        grown = sum(alert.here - done.alerts[alert.number] for alert in back)
        shown = sum(alert.shown - done.parted[alert.number][1] for alert in back)
        into.alert_count -= other.alert_count + grown
        into.suppressed_count -= other.suppressed_count + grown - shown
        other.alert_count += grown
        other.suppressed_count += grown - shown
        other.idle_since = None if back else other.idle_since
        into.members -= sum(identity not in set(before.identities) for identity in other.identities)
        held, seen = set(before.identities), set(before.seen)
        self.grouping.clusters.forget(
            into, [one for one in other.identities if one not in held], [one for one in other.seen if one not in seen]
        )
        self.grouping.clusters.revive(other, back)
        for alert in back:
            if alert.here > done.alerts[alert.number]:
                alert.moved.pop(other.number, None)
                alert.moved[into.number] = other.number
            self.alerts.written(alert)
        self._lists(into, before, as_it_was, time)
        if not other.open_members:
            self.grouping.clusters.set_idle(other, other.idle_since or time)
        self._incidents_of(done, into, other)
        counted.settle(self.grouping, [other], self._incidents(done))
        self.grouping.regrouped(time)
        return True

    def _put_back(self, done: Regrouped, time: int) -> bool:
        clusters = self.grouping.clusters
        home, old = clusters.open[done.into], clusters.open[done.other]
        home_before, old_before = _record(done, 0, Cluster), _record(done, 1, Cluster)
        back = self._known(done, home)
        if not back:
            return False
        started = self.grouping.incident(home.incident) if done.kind == "split" else None
        counted = Counted.before(self.grouping, [home, old], self._incidents(done))
        self._unbare(done)
        for alert in back:
            grown = alert.here > done.alerts[alert.number]
            clusters.move(alert, old, time)
            alert.moved = dict(done.moved[alert.number])
            alert.cluster_reason = done.reasons[alert.number]
            if grown:
                alert.moved[home.number] = old.number
            self.alerts.written(alert)
        going = _gathered(back)
        if done.kind == "split" and not clusters.live[home.number]:
            if started is not None:
                self.grouping.incidents.detach(home)
                self._undone(started, time)
            clusters.merge(old, home, time)
        else:
            self._lists(home, home_before, going, time)
        self._lists(old, old_before, None, time)
        for incident in self._incidents(done):
            self.grouping.incidents.set_back(incident, self._image(done, incident))
        counted.settle(self.grouping)
        self.grouping.regrouped(time)
        return True

    def _reattach(self, done: Regrouped, time: int) -> bool:
        """A cluster goes back to the incident it was in, or to none."""
        incidents = self.grouping.incidents
        cluster = self.grouping.clusters.open[done.other]
        taken = incidents.open[done.into]
        now_in = self.grouping.incident(cluster.incident)
        if done.kind == "attach" and now_in is not taken:
            return False
        images = [msgspec.msgpack.decode(body, type=Incident) for body in done.records]
        goes_to = taken if done.kind == "part" else None
        if done.kind == "attach" and len(images) > 1:
            goes_to = incidents.open.get(images[1].number)
            if goes_to is None:
                return False
        counted = Counted.before(self.grouping, [cluster], [taken, goes_to])
        incidents.detach(cluster)
        if goes_to is not None:
            incidents.attach(goes_to, cluster)
        if done.kind == "part" and now_in is not None and not incidents.clusters[now_in.number]:
            self._undone(now_in, time)
        for image in images:
            if image.number in incidents.open:
                incidents.set_back(incidents.open[image.number], image)
        self.grouping.clusters.changed[cluster.number] = cluster
        counted.settle(self.grouping)
        self.grouping.regrouped(time)
        return True

    def _unabsorb(self, done: Regrouped, time: int) -> bool:
        incidents = self.grouping.incidents
        kept, lost = incidents.open[done.into], incidents.open[done.other]
        if lost.merged_into != kept.number:
            return False
        kept_before, lost_before = _record(done, 0, Incident), _record(done, 1, Incident)
        mine = [
            cluster
            for number in lost_before.clusters
            if (cluster := incidents.clusters[kept.number].get(number)) and number not in kept_before.clusters
        ]
        counted = Counted.before(self.grouping, mine, [kept, lost])
        counted.closed[kept.number] -= done.alerts[0]
        counted.closed[lost.number] += done.alerts[0]
        kept.settled_count -= lost_before.settled_count
        lost.settled_count = lost_before.settled_count
        lost.merged_into = None
        for cluster in mine:
            incidents.detach(cluster)
            incidents.attach(lost, cluster)
            self.grouping.clusters.changed[cluster.number] = cluster
        theirs = set(lost_before.clusters) - set(kept_before.clusters)
        kept.clusters = [
            number for number in kept.clusters if number not in theirs or number in incidents.clusters[kept.number]
        ]
        lost.clusters = list(lost_before.clusters)
        incidents.set_back(kept, kept_before)
        incidents.set_back(lost, lost_before)
        counted.settle(self.grouping)
        self.grouping.regrouped(time)
        return True

    def _unreject(self, done: Regrouped, time: int) -> bool:
        incidents = self.grouping.incidents
        incident, before = incidents.open[done.into], _record(done, 0, Incident)
        images = [msgspec.msgpack.decode(body, type=Cluster) for body in done.records[1:]]
        mine = [(self.grouping.cluster(image.number), image) for image in images]
        counted = Counted.before(self.grouping, [one for one, _ in mine if one is not None], [incident])
        for cluster, image in mine:
            if cluster is not None and cluster.incident is None:
                cluster.declined = image.declined
                incidents.attach(incident, cluster)
                self.grouping.clusters.changed[cluster.number] = cluster
        incidents.set_back(incident, before)
        counted.settle(self.grouping)
        self.grouping.regrouped(time)
        return True

    def _known(self, done: Regrouped, home: Cluster) -> list[Alert]:
        """Those of the alerts that still fire, and are still where they were put."""
        found = [self.alerts.get(number) for number in sorted(done.alerts)]
        return [one for one in found if one is not None and one.firing and one.cluster == home.number]

    def _unbare(self, done: Regrouped) -> None:
        """What was shown only because it had been left alone is no longer."""
        for number, (parted, _) in done.parted.items():
            alert = self.alerts.get(number)
            cluster = self.grouping.cluster(alert.cluster) if alert is not None else None
            if alert is None or cluster is None or alert.parted == parted:
                continue
            alert.parted = parted
            alert.shown -= 1
            cluster.suppressed_count += 1
            self.grouping.tallies.suppressed += 1
            self.alerts.written(alert)

    def _lists(self, cluster: Cluster, before: Cluster, gone: Cluster | None, time: int) -> None:
        """What the cluster tells of its alerts, without what came with `gone` only."""
        live = self.grouping.live_alerts(cluster)
        for name, field in (("sites", "site"), ("alert_types", "alert_type"), ("entities", "entity")):
            held = {getattr(alert, field) for alert in live}
            lost = set(getattr(gone, name)) - held if gone is not None else set()
            setattr(cluster, name, _ordered(getattr(cluster, name), getattr(before, name), lost))
        cluster.identities = _ordered(cluster.identities, before.identities, set())
        cluster.seen = _ordered(cluster.seen, before.seen, set())
        if gone is not None:
            theirs = [trace for trace in gone.traces if trace not in before.traces]
            cluster.traces = [trace for trace in cluster.traces if trace not in theirs]
        cluster.severity = max([before.severity, *(alert.severity for alert in live)])
        cluster.opened_at = before.opened_at
        if cluster.alert_count == before.alert_count:
            cluster.last_at = before.last_at
        if not live:
            self.grouping.clusters.set_idle(cluster, before.idle_since or time)
        self.grouping.clusters.retitle(cluster)

    def _incidents(self, done: Regrouped) -> list[Incident]:
        """Those that were there before, as far as they are open."""
        numbers = [_number(body) for body in done.records[2:]]
        found = [self.grouping.incident(number) for number in dict.fromkeys(numbers)]
        return [one for one in found if one is not None]

    def _image(self, done: Regrouped, incident: Incident) -> Incident:
        body = next(body for body in done.records[2:] if _number(body) == incident.number)
        return msgspec.msgpack.decode(body, type=Incident)

    def _incidents_of(self, done: Regrouped, into: Cluster, other: Cluster) -> None:
        """After two clusters were taken apart: each goes to the incident it was in."""
        incidents = self.grouping.incidents
        into_home, other_home = _record(done, 0, Cluster).incident, other.incident
        if into.incident != into_home:
            incidents.detach(into)
            self.grouping.clusters.changed[into.number] = into
        other.incident = None
        home = incidents.open.get(other_home or 0)
        if home is not None:
            incidents.attach(home, other)
        for incident in self._incidents(done):
            incidents.set_back(incident, self._image(done, incident))

    def _undone(self, incident: Incident, time: int) -> None:
        """An incident that only the undone command had made."""
        incident.merged_into = NOTHING_LEFT
        if incident.state not in OVER:
            self.grouping.incidents.change(incident, IncidentState.RESOLVED, time, "engine", "undone")


def _record(done: Regrouped, place: int, kind: type[Record]) -> Record:
    return msgspec.msgpack.decode(done.records[place], type=kind)


def _number(body: bytes) -> int:
    return int(msgspec.msgpack.decode(body)["number"])


def _ordered(now: list[Any], before: list[Any], lost: set[Any]) -> list[Any]:
    """What was there before first, in its old order; without what is lost and was not there before."""
    held, first = set(now), set(before)
    return [one for one in before if one in held] + [one for one in now if one not in first and one not in lost]


def _gathered(alerts: list[Alert]) -> Cluster:
    """What these alerts brought with them."""
    empty = Cluster(0, "", "", 0, 0, 0, "", "", [], [], [])
    empty.sites = [alert.site for alert in alerts if alert.site is not None]
    empty.alert_types = [alert.alert_type for alert in alerts]
    empty.entities = [alert.entity for alert in alerts if alert.entity is not None]
    return empty
