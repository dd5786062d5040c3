"""Correlations: who did little while alerts of them or of their site fired; each told once, until a person has looked.

Every five minutes of event time the alerts of the last `correlation.within` are held against the people they may be
about: the person an alert names, the owner of its device, and those on duty at its site who are quiet. Several quiet
people of a site are one correlation of the site. While alerts keep coming within the window the correlation takes them
up; it is told once.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from data import ids, times
from data.payloads import OperatorAction, Verdict
from data.records.alert import Alert
from data.records.correlation import Correlation
from data.records.severity import INFO, NAMES
from data.references import bare
from data.times import MINUTE
from data.wire import Event
from engine.alerts.lifecycle import Lifecycle
from engine.decisions import Numbers, Teller
from engine.detect.correlation import quiet, tie
from engine.detect.signals import Activity, Counts
from engine.registry import Registry
from engine.settings.baselines import CorrelationSettings
from engine.settings.places import Places
from engine.views import Outcome

BEAT = 5 * MINUTE
KEPT = 2_000  # correlations that a person's word can still reach
FEW = 3  # more quiet people of one site are told as the site
MOST = 200  # alerts named by one correlation


class _State(msgspec.Struct):
    due: int | None
    seen: int
    fresh: list[int]
    open: dict[str, int]
    last: dict[int, int]
    kept: list[Correlation]


class Correlations:
    """The newest correlations of one partition by number, and those that still grow by whom they are about."""

    def __init__(
        self,
        tenant: str,
        places: Places,
        activity: Activity,
        alerts: Lifecycle,
        teller: Teller,
        numbers: Numbers,
        watermark: Callable[[], int],
    ) -> None:
        self.tenant = tenant
        self.places = places
        self.activity = activity
        self.alerts = alerts
        self.registry: Registry = alerts.registry
        self.teller = teller
        self.numbers = numbers
        self.watermark = watermark
        self.kept: dict[int, Correlation] = {}
        self.open: dict[str, int] = {}  # reference -> number
        self._last: dict[int, int] = {}  # number -> time of its newest alert
        self._fresh: list[int] = []  # alerts young enough to be tied
        self._seen = 0  # the newest alert looked at
        self._due: int | None = None
        if places.config.correlation.enabled:
            activity.on_people.append(self._begin)

    def due(self) -> int | None:
        return self._due

    def tick(self, now: int) -> None:
        """One look; the beat goes on while anybody is known."""
        self._due = now + BEAT if self.activity.people else None
        fresh = self._young(now)
        if fresh:
            for about, alerts in self._about(fresh, now).items():
                self._tie(about, alerts, now)
        for ref in [ref for ref, number in self.open.items() if self._last[number] < now - self._within]:
            del self._last[self.open.pop(ref)]

    def command(self, event: Event) -> Outcome:
        """`correlation/ID`: resolve with the root cause as its note, or reopen."""
        data: OperatorAction = event.data
        found = self.by_id(data.target.partition("/")[2])
        if found is None:
            return Outcome(False, f"{data.target} is not known", data.target)
        if data.action == "resolve":
            found.investigated, found.root_cause = True, data.note or found.root_cause
            words = f"investigated: {found.root_cause}" if found.root_cause else "investigated, no cause named"
        elif data.action == "reopen":
            found.investigated, found.root_cause = False, None
            words = "to be investigated again"
        else:
            return Outcome(
                False, f"a correlation is resolved or reopened; {data.action} says nothing of it", data.target
            )
        self._changed(found)
        return Outcome(True, words, data.target)

    def verdict(self, event: Event) -> None:
        """A person confirmed the tie or called it chance; either way it is investigated."""
        data: Verdict = event.data
        kind, _, id = data.target.partition("/")
        found = self.by_id(id) if kind == "correlation" else None
        if found is not None:
            found.investigated = True
            found.root_cause = data.note or ("chance" if data.verdict == "false_positive" else found.reasons[-1])
            self._changed(found)

    def by_id(self, id: str) -> Correlation | None:
        return next((each for each in reversed(self.kept.values()) if each.id == id), None)

    def dump(self) -> bytes:
        state = _State(self._due, self._seen, self._fresh, self.open, self._last, list(self.kept.values()))
        return msgspec.msgpack.encode(state)

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        self._due, self._seen, self._fresh, self.open = state.due, state.seen, state.fresh, state.open
        self._last = state.last
        self.kept = {each.number: each for each in state.kept}

    def _begin(self, time: int) -> None:
        if self._due is None:
            time = max(time, self.watermark())
            self._due = time - time % BEAT + BEAT

    @property
    def _within(self) -> int:
        return self.places.config.correlation.within

    def _young(self, now: int) -> list[Alert]:
        """Alerts raised within the window, in order of number. What ended is not forgotten within one beat."""
        known = self.alerts.by_number
        for number in reversed(known):
            if number <= self._seen:
                break
            self._fresh.append(number)
        self._seen = max(self._seen, next(reversed(known), 0))
        found = [known[number] for number in sorted(self._fresh) if number in known]
        young = [alert for alert in found if now - self._within <= alert.first_seen <= now]
        self._fresh = [alert.number for alert in found if alert.first_seen >= now - self._within]
        return young

    def _about(self, alerts: list[Alert], now: int) -> dict[str, list[Alert]]:
        """The alerts by whom or what they are tied to, a person or a site by reference; in a fixed order."""
        about: dict[str, list[Alert]] = {}
        by_site: dict[str, list[Alert]] = {}
        for alert in alerts:
            person = self._named(alert.entity)
            if person in self.activity.people:
                about.setdefault(f"person/{person}", []).append(alert)
            elif alert.site is not None:
                by_site.setdefault(alert.site, []).append(alert)
        for site, there in by_site.items():
            silent = list(self._quiet(site, now))
            if len(silent) > FEW:
                about.setdefault(f"site/{site}", []).extend(there)
                continue
            for person in silent:
                about.setdefault(f"person/{person}", []).extend(there)
        return about

    def _named(self, entity: str | None) -> str | None:
        """The person that an alert is about: named, or the owner of its device."""
        kind, _, id = (entity or "").partition("/")
        if kind == "device":
            device = self.registry.of("device", id)
            owner = device.attributes.get("owner") if device is not None else None
            return bare(owner) if isinstance(owner, str) else None
        return id if kind == "person" else None

    def _quiet(self, site: str, now: int) -> Iterator[str]:
        """People on duty at the site, long enough to be judged, who do less than they should."""
        settings, window = self._settings(site)
        for person, track in self.activity.on_duty(site, now):
            begin = track.turn[0]
            if begin <= now - settings.settle:
                counts = track.counts(max(now - window, begin), now)
                if quiet(counts, settings)[0] > INFO:
                    yield person

    def _settings(self, site: str | None) -> tuple[CorrelationSettings, int]:
        config = self.places.at(self.tenant, self.registry.client_of(site), site)
        return config.correlation, min(config.signals.window, self.activity.keep)

    def _tie(self, about: str, alerts: list[Alert], now: int) -> None:
        """Begins a correlation, or lets the one that is open take up what is new."""
        number = self.open.get(about)
        found = self.kept.get(number) if number is not None else None
        if found is not None:
            known = set(found.alert_ids)
            new = [alert for alert in alerts if alert.id not in known]
            if not new or len(known) >= MOST:
                return
            self._grow(found, new, now)
            return
        kind, _, id = about.partition("/")
        site = id if kind == "site" else self._site_of(id, alerts, now)
        settings, window = self._settings(site)
        counts = self._counts(kind, id, now, window)
        tied = tie(counts, alerts, now, window, settings)
        correlation = Correlation(
            number=self.numbers.take("correlation"),
            id=ids.derive("R", self.tenant, about, str(now)),
            tenant=self.tenant,
            person=id if kind == "person" else None,
            site=site,
            severity=tied.severity,
            score=tied.score,
            signals={name: float(value) for name, value in counts.signals().items()},
            alert_ids=[alert.id for alert in alerts[:MOST]],
            detected_at=now,
            reasons=tied.reasons,
        )
        self.kept[correlation.number] = correlation
        self.open[about] = correlation.number
        self._last[correlation.number] = max(alert.first_seen for alert in alerts)
        self._forget()
        self._changed(correlation)
        self._tell(correlation)

    def _grow(self, found: Correlation, new: list[Alert], now: int) -> None:
        settings, window = self._settings(found.site)
        kind, id = ("person", found.person) if found.person is not None else ("site", found.site or "")
        tied = tie(self._counts(kind, id, now, window), new, now, window, settings)
        found.alert_ids = [*found.alert_ids, *(alert.id for alert in new)][:MOST]
        found.severity, found.score = max(found.severity, tied.severity), max(found.score, tied.score)
        found.reasons = [*found.reasons, *(reason for reason in tied.reasons[1:] if reason not in found.reasons)][:20]
        self._last[found.number] = max(self._last[found.number], *(alert.first_seen for alert in new))
        self._changed(found)

    def _counts(self, kind: str, id: str, now: int, window: int) -> Counts:
        if kind == "site":
            return self.activity.of_site(id, now - window, now)[0]
        return self.activity.of_person(id, now - window, now)

    def _site_of(self, person: str, alerts: list[Alert], now: int) -> str | None:
        return self.activity.people[person].stays.at(now) or next((each.site for each in alerts if each.site), None)

    def _forget(self) -> None:
        if len(self.kept) > KEPT + len(self.open):
            standing = set(self.open.values())
            for number in [number for number in self.kept if number not in standing][: KEPT // 10]:
                del self.kept[number]

    def _changed(self, correlation: Correlation) -> None:
        self.teller.out.correlations[correlation.number] = correlation

    def _tell(self, found: Correlation) -> None:
        label = self.registry.label
        data: dict[str, Any] = {
            "incident_id": found.id,
            "person_id": found.person,
            "person_name": label(f"person/{found.person}") if found.person else None,
            "site_id": found.site,
            "site_name": label(f"site/{found.site}") if found.site else None,
            "combined_severity": NAMES[found.severity],
            "correlation_score": found.score,
            "related_alerts_count": len(found.alert_ids),
            "detected_at": times.text(found.detected_at),
            "text": "; ".join(found.reasons[:2]),
        }
        ref = f"correlation/{found.id}"
        self.teller.tell("correlation_identified", found.detected_at, ref, found.site, found.severity, data)
