"""The life of an alert: raised, repeated, ended by its source, its lease or a person, raised again.

Rules (WIRE.md §1 and §5): a firing with the identity of an alert that still fires is a repeat; one within
`reopen_within` of its end is the same alert again; anything else is a new occurrence. An alert whose source never
clears it ends when its lease runs out. What is clustered with what is decided by `clusters`; this module only asks.
"""

import heapq
from collections.abc import Iterable

import msgspec

from data import ids
from data.records.alert import Alert, AlertStatus
from engine.alerts import states
from engine.alerts.clusters import Showing
from engine.alerts.damping import Damping, Digest
from engine.alerts.grouping import Grouping
from engine.alerts.identity import Activity, merged
from engine.alerts.muting import Mute, Muting
from engine.alerts.signal import UNTIL_CLEARED, Signal
from engine.alerts.template import template
from engine.decisions import Numbers, Teller
from engine.registry import Registry
from engine.settings.places import Places
from engine.settings.sections import AlertSettings


class Lifecycle:
    """All live alerts of one partition: those that fire, and those that ended within the reopen window."""

    def __init__(
        self,
        tenant: str,
        places: Places,
        registry: Registry,
        grouping: Grouping,
        muting: Muting,
        teller: Teller,
        numbers: Numbers,
    ) -> None:
        self.tenant = tenant
        self.places = places
        self.settings = places.config.alerts
        self.registry = registry
        self.grouping = grouping
        self.muting = muting
        self.damping = Damping(self.settings, None if places.plain else self._at_site)
        self.teller = teller
        self.numbers = numbers
        self.live: dict[int, Alert] = {}  # by fingerprint
        self.by_number: dict[int, Alert] = {}
        self.firing = 0  # how many fire now
        self.muted = 0  # how many of them are muted
        self.busy: dict[str, int] = {}  # site -> how many fire there
        grouping.ranking.busy = self.busy
        self.noted: dict[int, Alert] | None = None  # what changed since somebody looked, where somebody does
        self._due: list[tuple[int, int]] = []  # heap of (time, alert number): lease or reopen window runs out
        self._scheduled: dict[int, int] = {}  # alert number -> the one entry of the heap that counts

    def restore(self, alerts: Iterable[Alert]) -> None:
        for alert in sorted(alerts, key=lambda alert: alert.number):
            self.live[alert.fingerprint] = alert
            self.by_number[alert.number] = alert
            self._count(alert, int(alert.firing))
            self.muted += alert.firing and alert.muted is not None
            self._schedule(alert)

    def dump(self) -> bytes:
        """Which of the alerts that ended are still remembered: news that comes late lets records not tell it."""
        return msgspec.msgpack.encode(sorted(number for number, alert in self.by_number.items() if not alert.firing))

    def load(self, body: bytes) -> None:
        """Takes up a dump, after `restore`, which was given more than is remembered."""
        kept = set(msgspec.msgpack.decode(body, type=list[int]))
        for alert in [alert for number, alert in self.by_number.items() if not alert.firing and number not in kept]:
            self._forget(alert)

    def get(self, number: int) -> Alert | None:
        return self.by_number.get(number)

    def fire(self, signal: Signal, seq: int) -> None:
        """A report that the condition holds. `seq` is the journal position of the event, 0 for a timer."""
        alert = self.live.get(signal.fingerprint)
        if alert is None:
            self._raise(signal, seq)
        elif alert.ended_at is None:
            self._repeat(alert, signal, seq)
        elif signal.time <= alert.ended_at + self._at(alert).reopen_within:
            self._raise_again(alert, signal, seq)
        else:
            self._forget(alert)
            self._raise(signal, seq)

    def clear(self, signal: Signal, seq: int) -> None:
        """A report that the condition is over; without an open alert it is only recorded."""
        alert = self.live.get(signal.fingerprint)
        if alert is None or alert.ended_at is not None:
            self._assign(seq, None, None)
            return
        self._end(alert, max(signal.time, alert.first_seen), "resolved")
        self._assign(seq, alert, None)

    def end_by_operator(self, alert: Alert, time: int) -> None:
        if alert.ended_at is None:
            self._end(alert, max(time, alert.first_seen), "operator")

    def reopen(self, alert: Alert, time: int) -> bool:
        """A person takes its end back; the status is the caller's to set. False where its cluster is closed by now."""
        cluster = self.grouping.cluster(alert.cluster)
        if alert.ended_at is None or cluster is None:
            return False
        alert.ended_at = alert.end_reason = None
        if alert.expires_at <= time:
            alert.expires_at = time + self._at(alert).expire_after
        self._count(alert, 1)
        self._schedule(alert)
        self.grouping.clusters.take_back(alert, cluster)
        self.grouping.incidents.eased(cluster)
        self._mute(alert, self.muting.judge(alert, time))
        self.rejudge(self.muting.raised(alert), time)
        return True

    def end_as_before(self, alert: Alert, time: int, reason: str) -> None:
        """A reopening is undone: it ended at `time` after all."""
        self._end(alert, time, reason)

    def rejudge(self, numbers: Iterable[int], time: int) -> None:
        """Firing alerts whose verdict may be another: what began to be muted is put away, what is no longer muted
        comes back."""
        for number in numbers:
            alert = self.by_number.get(number)
            if alert is None or not alert.firing:
                continue
            mute = self.muting.judge(alert, time)
            if (alert.muted, alert.muted_by) == ((mute.kind, mute.by) if mute is not None else (None, None)):
                continue
            self._mute(alert, mute)
            self.told(alert, time, f"muted, {mute.text}" if mute is not None else "shown again")
            if mute is None:
                self.grouping.unmuted(alert, time)

    def calmed(self, now: int) -> list[Digest]:
        """What flapped and stays as it is comes back; storms that are over are returned with their digest."""
        fingerprints, digests = self.damping.tick(now)
        for fingerprint in fingerprints:
            alert = self.live.get(fingerprint)
            if alert is not None and alert.flapping:
                alert.flapping = False
                self.told(alert, now, "flaps no longer")
        return digests

    def told(self, alert: Alert, time: int, what: str, *, undone: bool = False) -> None:
        """A person changed the alert, or took a change back: it must be written, and the feed tells of it."""
        self._changed(alert)
        self._tell_updated(alert, time, what)
        self.grouping.handled(alert, time, undone=undone)

    def written(self, alert: Alert) -> None:
        """Something about it changed that nobody has to be told of."""
        self._changed(alert)

    def due(self) -> int | None:
        return self._due[0][0] if self._due else None

    def tick(self, now: int) -> None:
        """Runs the first timer, which must be due: a lease that ran out, or an ended alert that can be forgotten."""
        due, number = heapq.heappop(self._due)
        assert due <= now
        if self._scheduled.get(number) != due:
            return  # a newer entry counts
        del self._scheduled[number]
        alert = self.by_number[number]
        if self._due_of(alert) > due:
            self._schedule(alert)  # repeats have extended the lease since
        elif alert.ended_at is None:
            self._end(alert, due, "expired")
        else:
            self._forget(alert)

    def _schedule(self, alert: Alert) -> None:
        """Sees to it that an entry stands no later than the alert is due; extended leases are found when it pops."""
        due = self._due_of(alert)
        standing = self._scheduled.get(alert.number)
        if due < UNTIL_CLEARED and (standing is None or due < standing):
            self._scheduled[alert.number] = due
            heapq.heappush(self._due, (due, alert.number))

    def _due_of(self, alert: Alert) -> int:
        if alert.ended_at is None:
            return alert.expires_at
        return alert.ended_at + self._at(alert).reopen_within + 1

    def _lease(self, signal: Signal) -> int:
        if signal.ends_at is not None:
            return signal.ends_at
        settings = self.settings if self.places.plain else self._at_site(signal.site or "")
        return signal.time + settings.expire_after

    def _at(self, alert: Alert) -> AlertSettings:
        """The settings of its place, as it was known when it was raised."""
        if self.places.plain:
            return self.settings
        return self.places.at(self.tenant, alert.client, alert.site).alerts

    def _at_site(self, site: str) -> AlertSettings:
        return self.places.at(self.tenant, self.registry.client_of(site), site or None).alerts

    def _flaps(self, alert: Alert, now: int) -> bool:
        own = None if self.places.plain else self._at(alert).flapping
        return self.damping.flapping.changed(alert.fingerprint, alert.firing, now, own)

    def _raise(self, signal: Signal, seq: int) -> None:
        number = self.numbers.take("alert")
        site = signal.site
        alert = Alert(
            number=number,
            id=ids.derive("A", self.tenant, f"{signal.fingerprint:x}", f"{signal.cause:x}"),
            tenant=self.tenant,
            fingerprint=signal.fingerprint,
            alert_type=signal.alert_type,
            severity=signal.severity,
            status=AlertStatus.NEW,
            entity=signal.entity,
            site=site,
            client=self.registry.client_of(site),
            message=signal.message,
            template=template(signal.message),
            labels=signal.labels,
            annotations=signal.annotations,
            source=signal.source,
            started_at=signal.started_at or signal.time,
            first_seen=signal.time,
            last_seen=signal.time,
            expires_at=self._lease(signal),
            generator_url=signal.generator_url,
            named_end=signal.ends_at is not None,
        )
        self.live[signal.fingerprint] = alert
        self.by_number[number] = alert
        self._count(alert, 1)
        self._schedule(alert)
        self._tell_created(alert, signal.time)
        self._place(alert, signal, seq)
        if alert.expires_at <= signal.time:
            self._end(alert, signal.time, "resolved")

    def _repeat(self, alert: Alert, signal: Signal, seq: int) -> None:
        alert.count += 1
        over = self._prolong(alert, signal)
        if signal.time > alert.last_seen:
            alert.last_seen = signal.time
            if signal.message != alert.message:
                alert.message = signal.message
        # A worse repeat is news and must be seen, and so is the first one behind a mute.
        worse = signal.severity > alert.severity
        if signal.severity != alert.severity:
            alert.severity = signal.severity
            self.rejudge(self.muting.changed(alert), signal.time)
            told = states.worsened(alert) if worse and alert.muted is None else None
            self._tell_updated(alert, signal.time, told or "severity")
        reason = alert.muted or (None if worse or (alert.unseen and not alert.flapping) else "duplicate")
        alert.unseen = alert.unseen and reason is not None
        placement = self.grouping.repeat(alert, signal.labels, signal.time, visible=reason is None)
        if placement is not None:
            reason = placement.suppressed
        self._changed(alert)
        self._assign(seq, alert, reason)
        if over:
            self._end(alert, signal.time, "resolved")

    def _prolong(self, alert: Alert, signal: Signal) -> bool:
        """Merges what the report says of its activity into the alert's. Whether the alert is over by that."""
        lease = self._lease(signal)
        plain = signal.ends_at is None and signal.started_at is None and not alert.named_end
        if plain and signal.time > alert.last_seen:  # the common way: a time-out that moves on
            if lease > alert.expires_at:
                alert.expires_at = lease
            return False
        now = max(signal.time, alert.last_seen)
        known = Activity(alert.started_at, alert.expires_at, alert.last_seen, alert.named_end)
        told = Activity(signal.started_at or signal.time, lease, signal.time, signal.ends_at is not None)
        both = merged(known, told, now)
        if both is None:
            return False  # it tells of another occurrence, that was over before this one began
        alert.started_at, alert.expires_at, alert.named_end = both.starts_at, both.ends_at, both.named
        self._schedule(alert)  # a lease can also become shorter
        return both.named and both.ends_at <= signal.time

    def _raise_again(self, alert: Alert, signal: Signal, seq: int) -> None:
        alert.ended_at = alert.end_reason = None
        states.returned(alert, signal.time, signal.severity > alert.severity)
        alert.count += 1
        self._count(alert, 1)
        alert.severity = max(alert.severity, signal.severity)
        alert.last_seen = max(alert.last_seen, signal.time)
        alert.expires_at, alert.named_end = self._lease(signal), signal.ends_at is not None
        alert.message = signal.message or alert.message
        self._schedule(alert)
        self._place(alert, signal, seq)
        self._tell_updated(alert, signal.time, "raised again")
        if alert.expires_at <= signal.time:
            self._end(alert, signal.time, "resolved")

    def _place(self, alert: Alert, signal: Signal, seq: int) -> None:
        """Finds the alert its cluster; a muted one is not shown, and lies with what explains it."""
        mute = self.muting.judge(alert, signal.time)
        self._mute(alert, mute)
        beside = self.by_number.get(mute.source_alert or 0) if mute is not None else None
        alert.flapping = self._flaps(alert, signal.time)
        fold = self.damping.storm.raised(alert, signal.time) if mute is None and alert.count == 1 else None
        showing = Showing(alert.muted, beside, alert.flapping, fold)
        placement = self.grouping.place(alert, signal.labels, signal.time, showing)
        if fold is not None and placement.opened:
            self.damping.storm.settle(fold.site, placement.cluster.number)
        alert.unseen = mute is not None or placement.suppressed == "flapping"
        self._changed(alert)
        self._assign(seq, alert, placement.suppressed)
        self.rejudge(self.muting.raised(alert), signal.time)

    def _count(self, alert: Alert, more: int) -> None:
        """So many more fire, or fewer."""
        self.firing += more
        site = alert.site or ""
        there = self.busy.get(site, 0) + more
        if there:
            self.busy[site] = there
        else:
            self.busy.pop(site, None)

    def _mute(self, alert: Alert, mute: Mute | None) -> None:
        self.muted += (mute is not None) - (alert.muted is not None)
        alert.muted, alert.muted_by = (mute.kind, mute.by) if mute is not None else (None, None)

    def _end(self, alert: Alert, time: int, reason: str) -> None:
        alert.ended_at = time
        alert.end_reason = reason
        alert.status = AlertStatus.RESOLVED
        self._count(alert, -1)
        self._schedule(alert)
        self.grouping.ended(alert, time)
        self._flaps(alert, time)
        self._mute(alert, None)
        self._changed(alert)
        self._tell_updated(alert, time, reason)
        self.rejudge(self.muting.ended(alert), time)

    def _forget(self, alert: Alert) -> None:
        del self.by_number[alert.number]
        self._scheduled.pop(alert.number, None)
        if self.live.get(alert.fingerprint) is alert:
            del self.live[alert.fingerprint]

    def _changed(self, alert: Alert) -> None:
        self.teller.out.alerts[alert.number] = alert
        if self.noted is not None:
            self.noted[alert.number] = alert

    def _assign(self, seq: int, alert: Alert | None, reason: str | None) -> None:
        if seq:
            if alert is None:
                self.teller.out.assign(seq, -1, reason)
            else:
                self.teller.out.assign(seq, alert.number, reason, alert.cluster or 0)

    def _tell_created(self, alert: Alert, time: int) -> None:
        entity = alert.entity or ""
        kind, _, id = entity.partition("/")
        data = {
            "alert_id": alert.id,
            "alert_type": alert.alert_type,
            "message": alert.message,
            "entity_type": kind or None,
            "entity_id": id or None,
            "client_name": self.registry.label(f"client/{alert.client}") if alert.client else None,
            "site_name": self.registry.label(f"site/{alert.site}") if alert.site else None,
        }
        self.teller.tell("alert_created", time, f"alert/{alert.id}", alert.site, alert.severity, data)

    def _tell_updated(self, alert: Alert, time: int, what: str) -> None:
        alert.change += 1
        data = {
            "alert_id": alert.id,
            "alert_type": alert.alert_type,
            "status": alert.status.value,
            "message": alert.message,
            "what": what,
        }
        self.teller.tell("alert_updated", time, f"alert/{alert.id}", alert.site, alert.severity, data)
