"""The room that hears what people do, and answers how much it was: of a person, of a site, in any window still kept."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from data import times
from data.payloads import Attendance, Biometric, Fix, Phone, Task
from data.references import bare
from data.times import HOUR
from data.wire import Event
from engine.detect.report import Report
from engine.detect.room import Handler
from engine.detect.signals.counts import Counts
from engine.detect.signals.track import MOST, Kept, Track, restored
from engine.registry import Registry
from engine.settings.places import Places

_NOTHING: list[Report] = []  # handlers report nothing; one list for all of them


class _State(msgspec.Struct):
    people: dict[str, Kept]
    posts: dict[str, Kept]
    due: int | None


class Activity:
    """Tracks of people, and of sites for what nobody's name stands beside. Everything older than `signals.keep` is
    forgotten; a person of whom nothing is left costs nothing."""

    def __init__(self, tenant: str, places: Places, registry: Registry, wake: Callable[[], None]) -> None:
        self.tenant = tenant
        self.places = places
        self.registry = registry
        self.people: dict[str, Track] = {}
        self.posts: dict[str, Track] = {}  # by site
        self.at_site: dict[str, dict[str, Track]] = {}  # who may have been there lately
        late = places.config.engine.late_after
        self.late_after = late
        self.keep = max(places.config.signals.keep, late + 2 * HOUR)
        self.on_hour: list[Callable[[int], None]] = []  # told of the end of each hour with activity
        self.on_people: list[Callable[[int], None]] = []  # told of the first person after nobody was known
        self._wake = wake
        self._due: int | None = None

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "noc.phone.activity": self.phone,
            "noc.location.fix": self.fix,
            "noc.task.completed": self.complete,
            "noc.attendance.check_in": self.check_in,
            "noc.attendance.check_out": self.check_out,
            "noc.biometric.verified": self.verify,
            "noc.person.upserted": self.settle,
        }

    def phone(self, event: Event) -> list[Report]:
        data: Phone = event.data
        track = self._seen(data.person, data.site, event.time)
        track.phone.add(event.time, 1 if data.count is None else data.count)
        if len(track.phone.at) > MOST:
            track.curb()
        return _NOTHING

    def fix(self, event: Event) -> list[Report]:
        data: Fix = event.data
        track = self._seen(data.person, data.site, event.time)
        sure = data.accuracy_m is None or data.accuracy_m <= track.sure_m
        track.path.add(event.time, data.lat, data.lon, sure=sure)
        if len(track.path.at) > MOST:
            track.curb()
        return _NOTHING

    def complete(self, event: Event) -> list[Report]:
        """A task or a checkpoint; a tour as a whole is neither."""
        data: Task = event.data
        item = bare(data.id) or ""
        known = self.registry.of("task", item)
        told: Mapping[str, Any] = known.attributes if known is not None else {}
        kind, parent = data.kind or told.get("kind"), data.parent or told.get("parent")
        if kind == "tour":
            return _NOTHING
        person, site = data.person or told.get("person"), data.site or told.get("site")
        if isinstance(person, str) and person:
            track = self._seen(person, site, event.time)
        elif isinstance(site, str) and site:
            track = self._post(bare(site) or site, event.time)
        else:
            return _NOTHING
        track.complete(item, event.time, checkpoint=kind == "checkpoint" or parent is not None)
        if len(track.done) > MOST:
            track.curb()
        return _NOTHING

    def check_in(self, event: Event) -> list[Report]:
        data: Attendance = event.data
        track = self._seen(data.person, data.site, event.time)
        track.turned(event.time, on_duty=True, end=self._end_of(data.shift))
        return _NOTHING

    def check_out(self, event: Event) -> list[Report]:
        data: Attendance = event.data
        self._seen(data.person, data.site, event.time).turned(event.time, on_duty=False)
        return _NOTHING

    def verify(self, event: Event) -> list[Report]:
        data: Biometric = event.data
        if data.verified is not False:
            self._seen(data.person, data.site, event.time)
        return _NOTHING

    def settle(self, event: Event) -> list[Report]:
        """Where a person belongs: for those heard before anybody told, and for those who are moved while off duty."""
        person, site = bare(event.data.id) or "", bare(event.data.site)
        track = self.people.get(person)
        if track is None or not site:
            return _NOTHING
        if not track.stays.home:
            self._home(person, track)
        elif not track.turn[1] and track.stays.at(event.time) != site:
            track.stays.mark(event.time, site)
            self.at_site.setdefault(site, {})[person] = track
        return _NOTHING

    def of_person(self, person: str, after: int, until: int) -> Counts:
        """The signals of a person over (after, until], wherever they were; zeros for somebody unheard."""
        track = self.people.get(person)
        return Counts() if track is None else track.counts(after, until)

    def of_site(self, site: str, after: int, until: int) -> tuple[Counts, int]:
        """(sums, people who were active or on duty) at a site over (after, until]."""
        total, active = Counts(), 0
        post = self.posts.get(site)
        if post is not None:
            total.add(post.counts(after, until))
        for track in self.at_site.get(site, {}).values():
            there = False
            for place, begin, end in track.stays.spans(after, until):
                if place == site:
                    found = track.counts(begin, end)
                    total.add(found)
                    there = there or found.any or track.on_duty(end)
            active += there
        return total, active

    def on_duty(self, site: str, now: int) -> Iterator[tuple[str, Track]]:
        """People who checked in at a site and have not checked out, in order of their ids."""
        for person, track in sorted(self.at_site.get(site, {}).items()):
            if track.on_duty(now) and track.stays.at(now) == site:
                yield person, track

    def sites(self) -> set[str]:
        """Sites at which somebody may have been lately."""
        return self.at_site.keys() | self.posts.keys()

    def due(self) -> int | None:
        return self._due

    def tick(self, now: int) -> list[Report]:
        """Every hour: forgets what is too old."""
        for tracks in (self.people, self.posts):
            for name in list(tracks):
                tracks[name].forget(now - self.keep, now - self.late_after)
                if tracks[name].empty:
                    del tracks[name]
        self._list()
        self._due = now - now % HOUR + HOUR if self.people or self.posts else None
        for told in self.on_hour:
            told(now)
        return []

    def dump(self) -> bytes:
        people = {person: track.dump() for person, track in self.people.items()}
        posts = {site: track.dump() for site, track in self.posts.items()}
        return msgspec.msgpack.encode(_State(people, posts, self._due))

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        self.people = {person: restored(kept) for person, kept in state.people.items()}
        self.posts = {site: restored(kept) for site, kept in state.posts.items()}
        self._due = state.due
        self._list()

    def _seen(self, person: str, site: str | None, time: int) -> Track:
        """The track of whoever an event is about, with the place it names."""
        if "/" in person:
            person = bare(person) or person
        track = self.people.get(person)
        if track is None:
            track = self._begun(time)
            if not self.people:
                self._wake()
                for told in self.on_people:
                    told(time)
            self.people[person] = track
            self._home(person, track)
        if time > track.last:
            track.last = time
        if site is not None:
            if "/" in site:
                site = bare(site) or site
            if track.stays.mark(time, site):
                self.at_site.setdefault(site, {})[person] = track
                if len(track.stays.marks) > MOST:
                    track.curb()
        return track

    def _end_of(self, shift: str | None) -> int | None:
        """When a shift ends, if anybody has told."""
        known = self.registry.of("shift", bare(shift))
        end = known.attributes.get("end") if known is not None else None
        try:
            return times.parse(end) if isinstance(end, str) else None
        except ValueError:
            return None

    def _post(self, site: str, time: int) -> Track:
        track = self.posts.get(site)
        if track is None:
            track = self.posts[site] = self._begun(time)
        return track

    def _begun(self, time: int) -> Track:
        if self._due is None:
            self._due = time - time % HOUR + HOUR
            self._wake()
        return Track("", 0.0)

    def _home(self, person: str, track: Track) -> None:
        """Where the person belongs, and what counts there."""
        known = self.registry.of("person", person)
        home = known.site if known is not None and known.site else ""
        if home:
            track.stays.home = home
            self.at_site.setdefault(home, {})[person] = track
        track.sure_m = self.places.at(self.tenant, self.registry.client_of(home), home).attendance.max_accuracy_m

    def _list(self) -> None:
        self.at_site = {}
        for person, track in self.people.items():
            for site in track.stays.sites():
                if site:
                    self.at_site.setdefault(site, {})[person] = track
