"""What people do to the grouping: merge, split, move, approve, reject. Each is a verdict on what belongs together.

A verdict names both sides as they were (`Effect.verdicts`, in the audit): what the model of pairs will learn from.
Whatever is moved, nothing is lost from sight: a group of alerts that is left without a visible event has its first
one shown (`Alert.parted`), and `Alert.moved` leads the events told so far to where their alert is now.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import msgspec

from data.records.alert import Alert
from data.records.cluster import TRACED, Cluster
from data.records.incident import Incident, IncidentState
from engine.alerts.grouping import Grouping
from engine.alerts.incidents import OVER
from engine.alerts.lifecycle import Lifecycle
from engine.commands.counting import Counted, shows
from engine.commands.deeds import Deed, Effect, count, names
from engine.commands.images import Before, Regrouped
from engine.commands.targets import Target, Targets, title
from engine.commands.verdicts import cluster_side, side

ASKED = ("silence", "maintenance")  # mutes that a person asked for
_ALONE = "what was beside it is over by now, and would be hidden without it"


class Regrouping:
    def __init__(self, alerts: Lifecycle, grouping: Grouping, targets: Targets) -> None:
        self.alerts = alerts
        self.grouping = grouping
        self.targets = targets

    # Commands.

    def merge(self, target: Target, deed: Deed, before: Before) -> Effect:
        """The target goes into `into`: alerts into clusters, clusters into each other or into incidents, incidents into
        each other."""
        ref = str(deed.params.get("into") or "")
        into = self.targets.find(ref)
        if into is None:
            return Effect(
                False, f"{target.title}: {f'{ref} is not open' if ref else 'say into what: into=incident/ID'}"
            )
        if self._same(target, into):
            return Effect(False, f"{target.title} cannot be merged into itself")
        if into.incident is not None and into.incident.state in OVER:
            return Effect(False, f"{into.title} is {into.incident.state.value}: reopen it first")
        if target.cluster is not None and into.cluster is None and target.incident is into.incident is not None:
            return Effect(False, f"{target.cluster.title} is part of {into.title} already")
        verdict = [{"verdict": "same", "left": side(self.grouping, target), "right": side(self.grouping, into)}]
        if target.ref.startswith("alert/"):
            return self._move(target, into, deed, before, verdict)
        mine, other = target.incident if target.cluster is None else None, into.cluster
        if mine is not None and into.incident is not None:
            self._absorb(into.incident, mine, deed, before)
        elif mine is not None and other is not None:
            self._attach(mine, other, deed, before)
        elif target.cluster is not None and other is not None:
            self._merge(other, target.cluster, deed, before)
        elif target.cluster is not None and into.incident is not None:
            self._attach(into.incident, target.cluster, deed, before)
        else:
            return Effect(False, f"{target.title} cannot be merged into {into.title}")
        self._note(into.incident, deed, f"merged with {target.title}")
        return Effect(True, f"merged: {target.title} into {into.title}", verdict)

    def move(self, target: Target, deed: Deed, before: Before) -> Effect:
        """One alert into another cluster (`into`)."""
        if not target.ref.startswith("alert/"):
            return Effect(False, f"{target.title} is no alert: move takes alert/ID, merge takes the rest")
        return self.merge(target, deed, before)

    def split(self, target: Target, deed: Deed, before: Before) -> Effect:
        """Alerts (`alerts`, or the target if it is one) into a new cluster; or whole clusters (`clusters`) out of their
        incident."""
        wanted = names(deed.params.get("clusters"))
        if wanted:
            return self._part_clusters(target, wanted, deed, before)
        refs = [target.ref] if target.ref.startswith("alert/") else names(deed.params.get("alerts"))
        chosen = self._chosen(target, refs)
        if isinstance(chosen, str):
            return Effect(False, f"{target.title}: {chosen}")
        sources = {alert.cluster: None for alert in chosen}
        sides = [cluster_side(self.grouping, self.grouping.clusters.open[number or 0]) for number in sources]
        opened = self._split(chosen, deed, before)
        verdicts = [
            {"verdict": "different", "left": old, "right": cluster_side(self.grouping, opened)} for old in sides
        ]
        what = title(chosen[0]) if len(chosen) == 1 else count(len(chosen), "alert")
        self._note(self.grouping.incident(opened.incident), deed, f"split off from {target.title}")
        self._note(target.incident or target.home, deed, f"{what} split off into {opened.id}")
        return Effect(True, f"split: {what} out of {target.title} into {opened.id}", verdicts)

    def approve(self, target: Target, deed: Deed, before: Before) -> Effect:
        incident = target.incident
        if incident is None or not incident.candidate:
            return Effect(False, f"{target.title} does not wait for approval")
        before.keep_incident(incident)
        incident.candidate, incident.approved_at = False, deed.time
        self.grouping.announce(incident, deed.time)
        self._note(incident, deed, "approved" + (f": {deed.note}" if deed.note else ""))
        return Effect(True, f"approved: {target.title}", [{"verdict": "incident", "left": side(self.grouping, target)}])

    def reject(self, target: Target, deed: Deed, before: Before) -> Effect:
        """It is no incident: its clusters go back to being items of their own, and only something graver promotes them
        again."""
        incident = target.incident
        if incident is None or incident.state in OVER:
            return Effect(False, f"{target.title} is no open incident")
        rejected = side(self.grouping, target)
        before.keep_incident(incident)
        mine = list(self.grouping.incidents.clusters[incident.number].values())
        counted = Counted.before(self.grouping, mine, [incident])
        before.regrouped.append(
            Regrouped("reject", incident.number, 0, records=[_kept(one) for one in (incident, *mine)])
        )
        for cluster in mine:
            self.grouping.incidents.detach(cluster)
            cluster.declined = max(cluster.declined, cluster.severity)
            self.grouping.clusters.changed[cluster.number] = cluster
        incident.candidate = False
        self.grouping.incidents.change(
            incident, IncidentState.RESOLVED, deed.time, deed.actor, _words("rejected", deed)
        )
        counted.settle(self.grouping)
        self.grouping.regrouped(deed.time)
        return Effect(True, f"rejected: {target.title}", [{"verdict": "no incident", "left": rejected}])

    # What they are made of.

    def _merge(self, into: Cluster, other: Cluster, deed: Deed, before: Before) -> None:
        lost, kept = self.grouping.incident(other.incident), self.grouping.incident(into.incident)
        for incident in (lost, kept):
            if incident is not None:
                before.keep_incident(incident)
        counted = Counted.before(self.grouping, [into, other], [])
        live = self.grouping.live_alerts(other)
        before.regrouped.append(self._regrouped("merge", into, other, [lost, kept], live))
        self.grouping.clusters.merge(into, other, deed.time)
        into.traces = sorted([*into.traces, *other.traces], key=lambda trace: trace.time)[:TRACED]
        self.grouping.incidents.merged(into, other, deed.time)
        counted.settle(self.grouping)
        self._write_alerts(live)
        self.grouping.regrouped(deed.time)

    def _attach(self, incident: Incident, cluster: Cluster, deed: Deed, before: Before) -> None:
        old = self.grouping.incident(cluster.incident)
        for one in (incident, old):
            if one is not None:
                before.keep_incident(one)
        counted = Counted.before(self.grouping, [cluster], [incident])
        kept = [_kept(one) for one in (incident, old) if one is not None]
        before.regrouped.append(Regrouped("attach", incident.number, cluster.number, records=kept))
        self.grouping.incidents.detach(cluster)
        self.grouping.incidents.attach(incident, cluster)
        self.grouping.clusters.changed[cluster.number] = cluster
        self._end_if_empty(old, deed, f"merged into {incident.id}")
        counted.settle(self.grouping)
        self.grouping.regrouped(deed.time)

    def _absorb(self, kept: Incident, lost: Incident, deed: Deed, before: Before) -> None:
        before.keep_incident(kept)
        before.keep_incident(lost)
        incidents = self.grouping.incidents
        mine = list(incidents.clusters[lost.number].values())
        counted = Counted.before(self.grouping, mine, [kept, lost])
        shown = counted.closed.pop(lost.number)
        counted.closed[kept.number] += shown
        before.regrouped.append(
            Regrouped("absorb", kept.number, lost.number, alerts={0: shown}, records=[_kept(kept), _kept(lost)])
        )
        closed = [number for number in lost.clusters if number not in incidents.clusters[lost.number]]
        kept.settled_count, lost.settled_count = kept.settled_count + lost.settled_count, 0
        kept.clusters += [number for number in closed if number not in kept.clusters]
        for cluster in mine:
            incidents.detach(cluster)
            incidents.attach(kept, cluster)
            self.grouping.clusters.changed[cluster.number] = cluster
        for one in (kept, lost):  # also where no cluster of the lost one is open any more
            incidents.recount(one)
        lost.merged_into = kept.number
        kept.opened_at = min(kept.opened_at, lost.opened_at)
        incidents.change(lost, IncidentState.RESOLVED, deed.time, deed.actor, f"merged into {kept.id}")
        counted.settle(self.grouping)
        self.grouping.regrouped(deed.time)

    def _move(self, target: Target, into: Target, deed: Deed, before: Before, verdict: list[dict[str, Any]]) -> Effect:
        if not target.alerts:
            return Effect(False, f"{target.title} is over")
        alert = target.alerts[0]
        home = into.cluster or self.targets.cluster(into.ref)
        if home is None and into.incident is not None:
            home = next(iter(self.grouping.incidents.clusters[into.incident.number].values()), None)
        if home is None or home.number == alert.cluster:
            return Effect(False, f"{target.title} {'is there already' if home else f'cannot go into {into.title}'}")
        if self._would_hide([alert]):
            return Effect(False, f"{target.title}: {_ALONE}")
        self._put([alert], home, "move", deed, before)
        self._note(target.home, deed, f"{target.title} moved to {into.title}")
        self._note(self.grouping.incident(home.incident), deed, f"{target.title} moved here")
        return Effect(True, f"moved: {target.title} into {into.title}", verdict)

    def _split(self, chosen: list[Alert], deed: Deed, before: Before) -> Cluster:
        opened = self.grouping.clusters.open_for(chosen[0], deed.time, f"split off by {deed.actor}", deed.cause)
        self._put(chosen, opened, "split", deed, before)
        return opened

    def _put(self, chosen: list[Alert], home: Cluster, kind: str, deed: Deed, before: Before) -> None:
        clusters = self.grouping.clusters
        sources = [clusters.open[number] for number in dict.fromkeys(alert.cluster or 0 for alert in chosen)]
        incidents = [self.grouping.incident(one.incident) for one in (*sources, home)]
        counted = Counted.before(self.grouping, [*sources, home], incidents)
        for old in sources:
            going = [alert for alert in chosen if alert.cluster == old.number]
            before.regrouped.append(self._regrouped(kind, home, old, incidents, going))
            for alert in going:
                clusters.move(alert, home, deed.time)
                alert.moved.pop(home.number, None)
                alert.moved[old.number] = home.number
                alert.cluster_reason = f"put here by {deed.actor}"
            self._lower(old)
            self._bare(old, before.regrouped[-1])
        self._bare(home, before.regrouped[-1])
        if kind == "split":
            home.last_at = max(alert.last_seen for alert in chosen)
            reason = self.grouping.incidents.rule(home)
            if reason is not None:
                self.grouping.incidents.start(home, deed.time, reason)
        for incident in incidents:
            if incident is not None:
                self.grouping.incidents.recount(incident)
        started = self.grouping.incident(home.incident)
        counted.settle(self.grouping, [home], [started] if started is not None else [])
        self._write_alerts(chosen)
        self.grouping.regrouped(deed.time)

    def _part_clusters(self, target: Target, wanted: list[str], deed: Deed, before: Before) -> Effect:
        incident = target.incident
        if incident is None:
            return Effect(False, f"{target.title} is no incident: name alerts to split off")
        mine = self.grouping.incidents.clusters[incident.number].values()
        chosen = [one for one in mine if one.id in wanted or f"cluster/{one.id}" in wanted]
        if not chosen or len(chosen) == len(mine):
            return Effect(
                False, f"{target.title}: {'that would leave nothing' if chosen else 'none of these is in it'}"
            )
        before.keep_incident(incident)
        counted = Counted.before(self.grouping, chosen, [incident])
        verdicts = []
        started: list[Incident] = []
        for cluster in chosen:
            before.regrouped.append(Regrouped("part", incident.number, cluster.number, records=[_kept(incident)]))
            self.grouping.incidents.detach(cluster)
            self.grouping.clusters.changed[cluster.number] = cluster
            reason = self.grouping.incidents.rule(cluster)
            if reason is not None:
                started.append(self.grouping.incidents.start(cluster, deed.time, reason))
            verdicts.append(
                {
                    "verdict": "different",
                    "left": side(self.grouping, target),
                    "right": cluster_side(self.grouping, cluster),
                }
            )
        counted.settle(self.grouping, incidents=started)
        self.grouping.regrouped(deed.time)
        what = chosen[0].title if len(chosen) == 1 else count(len(chosen), "cluster")
        self._note(incident, deed, f"{what} split off")
        return Effect(True, f"split: {what} out of {target.title}", verdicts)

    # Help.

    def _chosen(self, target: Target, refs: list[str]) -> list[Alert] | str:
        """The alerts to split off, or why not."""
        if not refs:
            return "say which alerts to split off: alerts=alert/ID,..."
        known = {alert.id: alert for alert in target.alerts}
        found = [known[id] for ref in refs if (id := ref.rpartition("/")[2]) in known]
        if not found:
            return "is over" if target.ref.startswith("alert/") else "none of these alerts fires in it"
        found.sort(key=lambda alert: alert.number)
        mine = {alert.number for alert in found}
        sources = {alert.cluster or 0 for alert in found}
        rest = any(set(self.grouping.clusters.live[number]) - mine for number in sources)
        if len(sources) == 1 and not rest and self.grouping.clusters.open[next(iter(sources))].members <= len(mine):
            return "there is nothing to split it from"
        return _ALONE if self._would_hide(found) else found

    def _same(self, one: Target, other: Target) -> bool:
        if one.ref.startswith("alert/"):
            return one.ref == other.ref
        if one.cluster is not None and other.cluster is not None:
            return one.cluster is other.cluster
        return one.incident is not None and one.incident is other.incident

    def _lower(self, cluster: Cluster) -> None:
        """What is left may be milder."""
        live = self.grouping.live_alerts(cluster)
        if live:
            cluster.severity = max(alert.severity for alert in live)

    def _bare(self, cluster: Cluster, done: Regrouped) -> None:
        """Something of the cluster must be seen."""
        if shows(cluster) or not cluster.alert_count:
            return
        alert = next(self._hidden(cluster, ()), None)
        if alert is not None:
            done.parted.setdefault(alert.number, (alert.parted, alert.shown))
            alert.parted = cluster.number
            alert.shown += 1
            cluster.suppressed_count -= 1
            self.grouping.tallies.suppressed -= 1
            self._write_alerts([alert])

    def _hidden(self, cluster: Cluster, going: Iterable[Alert]) -> Iterator[Alert]:
        """Alerts of the cluster that could be shown in place of those that go: firing ones first, then those that have
        ended but are still known. What a person has muted stays so."""
        ended = (one for one in self.alerts.by_number.values() if not one.firing and one.cluster == cluster.number)
        for alert in chain(self.grouping.live_alerts(cluster), ended):
            if alert not in going and alert.muted not in ASKED and alert.here > alert.shown:
                yield alert

    def _would_hide(self, chosen: list[Alert]) -> bool:
        """Whether alerts that are over would be left behind with nothing to see."""
        for number in dict.fromkeys(alert.cluster or 0 for alert in chosen):
            cluster = self.grouping.clusters.open[number]
            going = [alert for alert in chosen if alert.cluster == number]
            left = cluster.alert_count - sum(alert.here for alert in going)
            seen = cluster.alert_count - cluster.suppressed_count - sum(alert.shown for alert in going)
            if left > 0 and seen <= 0 and next(self._hidden(cluster, going), None) is None:
                rest = [one for one in self.grouping.live_alerts(cluster) if one not in going]
                if not rest:  # else they are all muted by a person
                    return True
        return False

    def _end_if_empty(self, incident: Incident | None, deed: Deed, text: str) -> None:
        if (
            incident is not None
            and not self.grouping.incidents.clusters[incident.number]
            and incident.state not in OVER
        ):
            self.grouping.incidents.change(incident, IncidentState.RESOLVED, deed.time, "engine", text)

    def _regrouped(
        self, kind: str, into: Cluster, other: Cluster, incidents: Iterable[Incident | None], alerts: list[Alert]
    ) -> Regrouped:
        return Regrouped(
            kind,
            into.number,
            other.number,
            {alert.number: alert.here for alert in alerts},
            [_kept(into), _kept(other), *(_kept(one) for one in incidents if one is not None)],
            {alert.number: dict(alert.moved) for alert in alerts},
            {alert.number: alert.cluster_reason for alert in alerts},
            {
                alert.number: (alert.parted, alert.shown)
                for alert in (*self.grouping.live_alerts(into), *self.grouping.live_alerts(other))
            },
        )

    def _write_alerts(self, alerts: Iterable[Alert]) -> None:
        for alert in alerts:
            self.alerts.written(alert)

    def _note(self, incident: Incident | None, deed: Deed, text: str) -> None:
        if incident is not None:
            self.grouping.note(incident, deed.time, deed.actor, text)


def _kept(record: msgspec.Struct) -> bytes:
    return msgspec.msgpack.encode(record)


def _words(word: str, deed: Deed) -> str:
    return f"{word}: {deed.note}" if deed.note else word
