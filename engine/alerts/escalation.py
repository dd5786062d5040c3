"""What happens while nobody acknowledges: step after step, further people are told, until everybody has been.

The policy of an item is the one that held when it was opened; later changes of the configuration do not reach it.
Every step comes exactly once, at the end of its wait, in event time. A step whose targets name nobody (a hole in a
schedule, a site without anybody in charge) does not stop the chain: the next one comes at once. After the last step
the item stays escalated, first on the board and listed in `unanswered`, until somebody takes it or it is over. When an
acknowledgement or a snooze runs out, everything begins anew: whoever was told has let go of it.
"""

import heapq
from collections.abc import Sequence
from typing import Protocol

import msgspec

from data.records.oncall import Escalated, Policy, Standing
from data.times import MINUTE
from engine.alerts.policies import EVERYBODY, Policies, Subject, key_of, length, step_of, wait_of

LAST = "nobody is left to tell: it stays escalated and first on the board until somebody takes it or it is over"
NAMED = 6  # people of a step that are named and remembered


class Reaches(Protocol):
    """Who is meant by targets: `engine.oncall.reach.Reach`."""

    def people(self, targets: Sequence[str], sites: Sequence[str], time: int) -> tuple[str, ...]:
        """References of people, each once, in order."""

    def label(self, ref: str) -> str: ...


class _State(msgspec.Struct):
    serial: int
    policies: dict[str, Policy]
    standing: list[Standing]


class Escalation:
    """Escalations of one partition. Its whole state is dumped and loaded with the statistics."""

    def __init__(self, policies: Policies, reach: Reaches) -> None:
        self.policies = policies
        self.reach = reach
        self.standing: dict[str, Standing] = {}  # by reference of the item, in order of `serial`
        self._serial = 0
        self._keys: dict[Policy, str] = {}
        self._kept: dict[str, Policy] = {}  # policies of open items, also those that the configuration has no more
        self._due: list[tuple[int, int, str]] = []  # heap of (due, serial, ref); entries that no longer hold stay in

    # What the pipeline tells.

    def opened(self, subject: Subject, now: int) -> None:
        """A new item, or one whose acknowledgement has run out, whose mute has ended or that fires again: the wait
        begins now. Without effect on one that waits already."""
        known = self.standing.get(subject.ref)
        if known is not None and not known.held:
            return
        self.standing.pop(subject.ref, None)
        self._serial += 1
        policy = self._keep(self.policies.choose(subject))
        one = Standing(
            subject.ref, subject.number, self._serial, subject.title, subject.severity, subject.sites, policy, now, None
        )
        self.standing[subject.ref] = one
        self._wait(one, now)

    def changed(self, subject: Subject, now: int) -> None:
        """The item grew, or got another title. Where it grew worse the shorter wait counts, from now on."""
        one = self.standing.get(subject.ref)
        if one is None:
            return
        one.title, one.sites = subject.title, subject.sites
        worse = subject.severity > one.severity
        one.severity = max(one.severity, subject.severity)
        policy = self._kept[one.policy]
        if worse and not one.held and one.taken < length(policy):
            wait = wait_of(policy, one.taken, one.severity)
            if wait and (one.due is None or now + wait < one.due):
                one.due = now + wait
                heapq.heappush(self._due, (one.due, one.serial, one.ref))

    def moved(self, ref: str, subject: Subject, now: int) -> None:
        """The item `ref` is now (part of) the item `subject`: promoted or merged. A wait goes on where it was; what was
        acknowledged as something smaller begins anew."""
        old = self.standing.pop(ref, None)
        if subject.ref not in self.standing:
            if old is None or old.held:
                self.opened(subject, now)
                return
            old.ref, old.number = subject.ref, subject.number
            self.standing[subject.ref] = old
            self.standing = dict(sorted(self.standing.items(), key=lambda entry: entry[1].serial))
            if old.due is not None:
                heapq.heappush(self._due, (old.due, old.serial, old.ref))
        self.changed(subject, now)

    def acknowledged(self, ref: str) -> None:
        """Somebody has it, or it is muted: no further step, until `released` or `opened`."""
        one = self.standing.get(ref)
        if one is not None:
            one.held = True

    def released(self, ref: str, now: int) -> None:
        """The acknowledgement was undone: the chain goes on where it was; a step that fell due meanwhile comes now."""
        one = self.standing.get(ref)
        if one is not None and one.held:
            one.held = False
            if one.due is not None:
                one.due = max(one.due, now)
                heapq.heappush(self._due, (one.due, one.serial, one.ref))

    def resolved(self, ref: str) -> None:
        """The item is over."""
        self.standing.pop(ref, None)

    # Timers.

    def due(self) -> int | None:
        """When the next step comes, if one does."""
        while self._due:
            due, serial, ref = self._due[0]
            one = self.standing.get(ref)
            if one is not None and one.serial == serial and one.due == due and not one.held:
                return due
            heapq.heappop(self._due)
        return None

    def tick(self, now: int) -> list[Escalated]:
        """Every step due until `now`, each at its own time, in order of time and opening."""
        taken = []
        while (due := self.due()) is not None and due <= now:
            taken.append(self._take(self.standing[heapq.heappop(self._due)[2]], due))
        return taken

    # What views and audits ask.

    def unanswered(self) -> list[Standing]:
        """Items that everybody was told of and nobody has acknowledged, oldest first."""
        return [one for one in self.standing.values() if not one.held and one.taken >= length(self._kept[one.policy])]

    def stalled(self, now: int) -> list[str]:
        """Items with a step that is overdue: always empty, unless something is broken."""
        return [one.ref for one in self.standing.values() if not one.held and one.due is not None and one.due < now]

    def unanswered_since(self, ref: str) -> int | None:
        """When everybody had been told of the item, while nobody has it."""
        one = self.standing.get(ref)
        if one is None or one.held or one.taken < length(self._kept[one.policy]):
            return None
        return one.told[-1][0] if one.told else one.started_at

    def progress(self, ref: str) -> tuple[int, int] | None:
        """Steps taken, of how many; None where none was, or somebody has it."""
        one = self.standing.get(ref)
        if one is None or one.held or not one.taken:
            return None
        return one.taken, length(self._kept[one.policy])

    def next_step(self, ref: str) -> tuple[int, tuple[str, ...]] | None:
        """When the next step of an item comes, and whose targets."""
        one = self.standing.get(ref)
        if one is None or one.held or one.due is None:
            return None
        return one.due, step_of(self._kept[one.policy], one.taken).to

    # State.

    def dump(self) -> bytes:
        used = {one.policy: self._kept[one.policy] for one in self.standing.values()}
        return msgspec.msgpack.encode(_State(self._serial, used, list(self.standing.values())))

    def load(self, body: bytes) -> None:
        state = msgspec.msgpack.decode(body, type=_State)
        self._serial = state.serial
        for policy in state.policies.values():
            self._keep(policy)
        self.standing = {one.ref: one for one in state.standing}
        self._due = [(one.due, one.serial, one.ref) for one in state.standing if one.due is not None and not one.held]
        heapq.heapify(self._due)

    def _keep(self, policy: Policy) -> str:
        key = self._keys.get(policy)
        if key is None:
            key = self._keys[policy] = key_of(policy)
            self._kept[key] = policy
        return key

    def _wait(self, one: Standing, since: int) -> None:
        """Sets the time of the next step, if there is one."""
        policy = self._kept[one.policy]
        wait = wait_of(policy, one.taken, one.severity) if one.taken < length(policy) else 0
        one.due = since + wait if wait else None
        if one.due is not None:
            heapq.heappush(self._due, (one.due, one.serial, one.ref))

    def _take(self, one: Standing, time: int) -> Escalated:
        policy = self._kept[one.policy]
        steps, step = length(policy), step_of(policy, one.taken)
        people = self._people(one, step.to, time)
        one.taken += 1
        one.told.append((time, one.taken, people[:NAMED]))
        last = one.taken >= steps
        waited = (time - one.started_at) // MINUTE
        text = f"nobody has acknowledged it for {waited} min: {self._words(step.to, people)}"
        if last:
            text += f"; {LAST}"
        if people or last:
            self._wait(one, time)
        else:
            one.due = time  # nobody was told, so there is nothing to wait for
            heapq.heappush(self._due, (time, one.serial, one.ref))
            text += ", so the next step comes at once"
        return Escalated(
            one.ref, one.number, time, one.taken, steps, one.severity, one.sites, people, policy.name, last, text
        )

    def _people(self, one: Standing, targets: tuple[str, ...], time: int) -> tuple[str, ...]:
        """Everybody: whoever any step of the policy names, who is on call and in charge."""
        if EVERYBODY in targets:
            named = [target for step in self._kept[one.policy].steps for target in step.to]
            targets = tuple(dict.fromkeys((*targets, *named)))
        return self.reach.people(targets, one.sites, time)

    def _words(self, targets: tuple[str, ...], people: tuple[str, ...]) -> str:
        if not people:
            return f"{' and '.join(targets)} named nobody"
        names = ", ".join(self.reach.label(ref) for ref in people[:NAMED])
        more = f" and {len(people) - NAMED} more" if len(people) > NAMED else ""
        return f"told {names}{more} ({' and '.join(targets)})"
