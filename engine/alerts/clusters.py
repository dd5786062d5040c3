"""Which alerts belong together: decided once per alert, as it comes, from indexes, with the evidence kept.

Two ways lead into a cluster.

*Coincidence* (`similarity`, or `pairs` once people have taught it): an alert that begins is compared with the few that
began shortly before and share its entity, type, message or neighbourhood; the strongest evidence wins, and without
enough of it a new cluster opens. Only beginnings count, so that what fires all day neither draws others in nor is drawn
in.

*Outbreak*: where a source reports each onset once (`novelty`) on linked things, everything near that breaks within a
short span belongs to one outbreak - until things break that are broken in it already. A few such contradictions in
close succession cannot come from the same cause: a second outbreak opens, and each event goes to the newest outbreak
that has not had it. So the events of one alert can lie in several clusters: a placement counts for its event.

A condition that goes on for hours while nobody acts on it becomes *background*: a cluster of its own per site and
type, so that it neither hides nor keeps open what began beside it. A minor alert that keeps coming and coincides with
nothing is a *habit* (`habits`): one cluster per site and type, that stays open between the times.

All is decided from records (Alert, Cluster) and `History`; a restored engine goes on exactly as if it had not
stopped. Ties fall to the lower number. Cost: one new alert looks at no more than `LOOK` others per index.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from data.records.alert import Alert, AlertStatus
from data.records.cluster import TRACED, Cluster, Trace
from data.records.severity import MEDIUM
from data.times import HOUR, MINUTE, SECOND
from engine.alerts.habits import LONGEST, OFTEN
from engine.alerts.ledger import STANDING, Ledger, Placement, Takes, without
from engine.alerts.novelty import History
from engine.alerts.pairs import Judge, Seen
from engine.alerts.recent import Recent
from engine.alerts.similarity import Beginner, Evidence, Weights
from engine.alerts.storm import Fold
from engine.models.scorer import Scorer
from engine.topology import Topology

__all__ = ["ClusterSettings", "Clustering", "Placement"]


class Showing(msgspec.Struct, frozen=True):
    """How an alert that begins is to be shown. `mute`: not at all, for that reason; `beside`: it lies with the alert
    that explains it; `flaps`: it comes and goes, and says nothing new where it is shown already; `fold`: it is part of
    a storm."""

    mute: str | None = None
    beside: Alert | None = None
    flaps: bool = False
    fold: Fold | None = None


PLAIN = Showing()
LOOK = 8
NOBODYS = (AlertStatus.NEW, AlertStatus.ESCALATED)  # nobody has taken it, whoever was told


class ClusterSettings(msgspec.Struct, frozen=True):
    """Times in microseconds."""

    weights: Weights = Weights()
    settle: int = 5 * MINUTE  # a cluster closes when all its alerts have been over for this long
    outbreak_quiet: int = 2 * MINUTE  # an outbreak that was silent this long takes no more alerts
    outbreak_reach: int = 4  # links between an alert and what broke first
    strain: int = 3  # contradictions that make a second outbreak ...
    strain_span: int = 10 * SECOND  # ... within this
    background_after: int = 6 * HOUR


class Clustering(Ledger):
    """Decides for the open clusters of one partition. Changed records are in `changed` until the caller takes them."""

    def __init__(
        self, settings: ClusterSettings, topology: Topology, history: History, numbers: Takes, tenant: str = "default"
    ) -> None:
        super().__init__(numbers, tenant, settings.settle)
        self.settings = settings
        self.topology = topology
        self.history = history
        history.relations.topology = topology
        self.pairs_by: Callable[[], Scorer | None] = _rules  # the model of pairs, where one is live
        self.seen = Seen(history, topology, settings.weights, _unchanged)
        self._recent = Recent(settings.weights.window, settings.settle)

    def place(
        self,
        alert: Alert,
        now: int,
        labels: dict[str, str] | None = None,
        showing: Showing | None = None,
    ) -> Placement:
        """A new alert, or one raised again. `labels` are the event's, where they can differ from the alert's."""
        showing = showing or PLAIN
        variant = self._observe(alert, labels, now)
        often = self.history.minor.began((alert.site or "", alert.alert_type), alert.severity, now)
        new = alert.first_seen == now
        placement = self._explained(showing.beside) or self._stormed(alert, showing.fold, now)
        if placement is None and variant:
            placement = self._outbreak(alert, variant, now, often)
        if placement is None:
            placement = (
                self._return(alert, now)
                or self._coincide(alert, now)
                or self._habitual(alert, often, now)
                or self._open(alert, now, "began a cluster of its own: nothing open is like it")
            )
        suppressed = showing.mute
        if suppressed is None and showing.flaps and placement.cluster.alert_count > placement.cluster.suppressed_count:
            suppressed = "flapping"
        if suppressed is not None:
            placement = msgspec.structs.replace(placement, suppressed=suppressed)
        if new:
            self._recent.add(alert)
        self._enter(placement, alert, variant, now)
        return placement

    def repeat(
        self,
        alert: Alert,
        now: int,
        labels: dict[str, str] | None = None,
        visible: bool = False,
        mute: str | None = None,
    ) -> Placement | None:
        """A repeat of a firing alert. A placement if this event belongs elsewhere than the alert did so far."""
        variant = self._observe(alert, labels, now)
        home = self.open.get(alert.cluster or 0)
        if home is None:
            opened = self._open(alert, now, "its cluster was closed")
            return self._rehome(alert, variant, now, msgspec.structs.replace(opened, suppressed=mute))
        if variant and mute is None:
            placement = self._outbreak(alert, variant, now)
            if placement is not None and placement.cluster is not home:
                return self._rehome(alert, variant, now, placement)
            self._remember(home, alert.fingerprint, variant)
        if home.kind not in STANDING and now - alert.first_seen >= self.settings.background_after:
            placement = self._into_background(alert, home, now)
            if placement is not None:
                return self._rehome(alert, variant, now, placement)
        home.alert_count += 1
        home.suppressed_count += not visible
        alert.here += 1
        alert.shown += visible
        if now > home.last_at:
            home.last_at = now
        if alert.severity > home.severity:
            home.severity = alert.severity
        self.changed[home.number] = home
        return None

    def ended(self, alert: Alert, now: int) -> None:
        """An alert ended; its cluster closes when all have been over for a while."""
        if alert.cluster is not None:
            self._leave(alert, now)

    def restore(self, alerts: Iterable[Alert], clusters: Iterable[Cluster]) -> None:
        """Takes up open clusters, and the alerts that fire or ended within `settle`."""
        kept = sorted(alerts, key=lambda alert: alert.number)
        super().restore(kept, clusters)
        for alert in kept:
            self._recent.add(alert)

    def _observe(self, alert: Alert, labels: dict[str, str] | None, now: int) -> int:
        """Takes note of the event. The variant of it, or 0 where its source is known to chatter."""
        told = alert.labels if labels is None else labels
        fingerprint, source, kind = alert.fingerprint, alert.source, alert.alert_type
        return self.history.observe(fingerprint, source, kind, alert.entity, alert.site, told, now)

    def _enter(self, placement: Placement, alert: Alert, variant: int, now: int) -> None:
        cluster = placement.cluster
        if alert.fingerprint not in self._known[cluster.number] and len(cluster.traces) < TRACED:
            rarity = self.history.rarity(alert.fingerprint)
            cluster.traces.append(Trace(alert.entity, alert.alert_type, now, round(rarity, 2)))
        super()._enter(placement, alert, variant, now)

    def _outbreak(self, alert: Alert, variant: int, now: int, often: int = 0) -> Placement | None:
        """Among the outbreaks near this thing: the newest that has not had it. None where this is no outbreak."""
        if not self.history.reports_once(alert.source) or alert.entity is None:
            return None
        linked = self.topology.linked(alert.entity)
        near = self._outbreaks_near(alert, linked, now)
        if not near:
            if not linked:
                return None
            return self._habitual(alert, often, now) or self._open(alert, now, "the first thing to break here")
        for cluster in near:
            if variant not in self._seen[cluster.number]:
                first = cluster.entities[0] if cluster.entities else cluster.alert_types[0]
                reason = f"broke {_ago(now - cluster.opened_at)} after {first}, near it"
                return self._join(
                    cluster, alert, reason, {"way": "outbreak", "after_s": (now - cluster.opened_at) // SECOND}
                )
        newest = near[0]
        newest.strain = [time for time in newest.strain if now - time <= self.settings.strain_span]
        newest.strain.append(now)
        if len(newest.strain) >= self.settings.strain:
            reason = f"{len(newest.strain)} things broke that are broken already: another cause"
            newest.strain = []
            self.changed[newest.number] = newest
            return self._open(alert, now, reason)
        return self._join(newest, alert, "broken already in the outbreak here", {"way": "outbreak", "again": True})

    def _outbreaks_near(self, alert: Alert, linked: bool, now: int) -> list[Cluster]:
        """Clusters of this site that still spread, newest first."""
        near = []
        for number in reversed(self._at_site.get(alert.site or "", ())[-LOOK:]):
            cluster = self.open[number]
            if now - cluster.last_at <= self.settings.outbreak_quiet and self._reaches(
                cluster, alert.entity or "", linked
            ):
                near.append(cluster)
        return near

    def _reaches(self, cluster: Cluster, entity: str, linked: bool) -> bool:
        if not linked:
            return True  # nothing is known of it but its site
        reach = self.settings.outbreak_reach
        return any(self.topology.distance(entity, other, reach) is not None for other in cluster.entities[:8])

    def _stormed(self, alert: Alert, fold: Fold | None, now: int) -> Placement | None:
        """Into the one item of its site's storm."""
        if fold is None:
            return None
        cluster = self.open.get(fold.cluster or 0)
        if cluster is None:
            return self._open(alert, now, "a storm: more new alerts at once here than can be read one by one", "storm")
        shown = fold.shown or alert.severity > cluster.severity
        return Placement(cluster, "part of the storm here", {"way": "storm"}, None if shown else fold.reason)

    def _explained(self, beside: Alert | None) -> Placement | None:
        """With the alert that explains it, where its cluster is open."""
        cluster = self.open.get(beside.cluster or 0) if beside is not None else None
        if beside is None or cluster is None:
            return None
        reason = f"explained by alert {beside.id} ({beside.alert_type})"
        return Placement(cluster, reason, {"way": "explained", "by": beside.id}, "cluster")

    def _return(self, alert: Alert, now: int) -> Placement | None:
        """An alert that ended and fires again goes back while its cluster is open; not into one that has gone on for
        hours and nobody works on, where something new would go unseen."""
        homes = self._homes.get(alert.fingerprint)
        if not homes:
            return None
        cluster = self.open[homes[-1]]
        worn = cluster.kind not in STANDING and now - cluster.opened_at >= self.settings.background_after
        if worn and alert.cluster != cluster.number and cluster.severity <= MEDIUM and alert.status in NOBODYS:
            return None
        return self._join(cluster, alert, "fired in this cluster before", {"way": "again"})

    def _coincide(self, alert: Alert, now: int) -> Placement | None:
        scorer = self.pairs_by()
        if scorer is not None:
            return self._judged(Judge(scorer, self.seen), alert, now)
        best, chosen = None, None
        beginner = Beginner(alert, now, self.history, self.topology, self.settings.weights)
        for circle in self._recent.candidates(alert, now, self.topology, LOOK, beginner.causes):
            for other in circle:
                home = self.open.get(other.cluster or 0)
                if home is None or home.kind == "habit":
                    continue
                found = beginner.weigh(other)
                if found is not None and (best is None or found.bits > best.bits):
                    best, chosen = found, other
            if best is not None:
                break
        if best is None:
            others = self._recent.at_site(alert, now, LOOK)
            burst = beginner.burst(
                [one for one in others if (home := self.open.get(one.cluster or 0)) and home.kind != "habit"]
            )
            if burst is not None:
                best, chosen = burst
        if best is None or chosen is None:
            return None
        return self._join(self.open[chosen.cluster or 0], alert, _because(best, chosen), _evidence(best, chosen))

    def _judged(self, judge: Judge, alert: Alert, now: int) -> Placement | None:
        """By a model of pairs, over the same candidates."""
        circles = self._recent.candidates(alert, now, self.topology, LOOK)
        others = [
            other
            for circle in circles
            for other in circle
            if (home := self.open.get(other.cluster or 0)) is not None and home.kind != "habit"
        ]
        found = judge.best(alert, others, now)
        if found is None:
            return None
        other, sure = found
        name = judge.scorer.version
        reason = f"one cause with {other.alert_type} ({other.id}), {sure:.0%} sure by the learned model {name}"
        evidence = {"way": "pairs", "with": other.id, "sure": round(sure, 3), "model": name}
        return self._join(self.open[other.cluster or 0], alert, reason, evidence)

    def _into_background(self, alert: Alert, home: Cluster, now: int) -> Placement | None:
        """For what has gone on for hours, unattended and not grave. A cluster of nothing else only changes kind."""
        if alert.severity > MEDIUM or alert.status not in NOBODYS:
            return None
        key = ("background", alert.site or "", alert.alert_type)
        there = self.open.get(self._standing.get(key, 0))
        if there is None and home.alert_types == [alert.alert_type]:
            home.kind = "background"
            self._standing[key] = home.number
            without(self._at_site, home.found_at, home.number)
            home.found_at = alert.site or ""
            return None
        hours = (now - alert.first_seen) // HOUR
        if there is not None:
            return self._join(there, alert, f"has gone on for {hours} h, like these", {"way": "background"})
        placement = self._open(
            alert, now, f"has gone on for {hours} h: kept apart from what happens beside it", "background"
        )
        self._standing[key] = placement.cluster.number
        return placement

    def _habitual(self, alert: Alert, often: int, now: int) -> Placement | None:
        """A minor alert that keeps coming here; told anew every day."""
        key = ("habit", alert.site or "", alert.alert_type)
        there = self.open.get(self._standing.get(key, 0))
        if often and there is not None and now - there.opened_at < LONGEST:
            times = there.alert_count + 1
            return self._join(there, alert, f"comes again and again here: {times} times by now", {"way": "habit"})
        if often < OFTEN:
            return None
        placement = self._open(alert, now, "comes again and again here: one row for all of a day", "habit")
        self._standing[key] = placement.cluster.number
        return placement

    def _join(self, cluster: Cluster, alert: Alert, reason: str, evidence: dict[str, Any]) -> Placement:
        graver = alert.severity > cluster.severity  # something worse must be seen
        return Placement(cluster, reason, evidence, None if graver else "cluster")


def _rules() -> Scorer | None:
    """No model is live: rules decide."""
    return None


def _unchanged(alert: Alert, now: int) -> float:  # noqa: ARG001
    return math.nan


def _because(evidence: Evidence, other: Alert) -> str:
    return f"{evidence.text} with {other.alert_type} ({other.id})"


def _evidence(evidence: Evidence, other: Alert) -> dict[str, Any]:
    return {
        "way": "coincidence",
        "with": other.id,
        "bits": round(evidence.bits, 1),
        "apart_s": evidence.apart // SECOND,
        "shared": evidence.shared,
    }


def _ago(span: int) -> str:
    return f"{span // SECOND} s" if span < 2 * MINUTE else f"{span // MINUTE} min"
