"""Who is told what and when, on event time: the decision table of Alertmanager, with its two holes closed.

Of a group (`groups.Group`), at its time:

| never told, nothing fires           | nothing (what ended meanwhile is written down as withheld)      |
| something fires that was not told   | tell it                                                         |
| something told grew worse           | tell it again                                                   |
| something told has ended            | tell its end, if the receiver wants ends                        |
| nothing new, told `repeat` ago      | tell again what still fires and nobody has                      |

Told once is told: whether the message arrives is the worker's care, for as long as that takes. An alert that is muted
is not told; one that was told and is muted then is neither told again when the mute ends, nor is its end forgotten.
The end goes where the beginning went, also when the alert belongs to another incident by then.
"""

import heapq
from collections.abc import Iterable

import msgspec

from data import ids
from data.payloads import OperatorAction
from data.records.alert import Alert
from data.records.outbox import NOT_OWED, NOT_SENT, PENDING, WITHHELD, Notification, Told
from data.wire import Event
from engine.alerts.grouping import Grouping
from engine.alerts.lifecycle import Lifecycle
from engine.decisions import Numbers, Teller
from engine.respond.contacts import LIVE, REPLAY, Mode, reason
from engine.respond.hub.channels import Channel, channels_of
from engine.respond.hub.groups import Group, Known, told
from engine.settings import Config
from engine.views import Outcome

MOST = 500  # alerts in one message; the rest goes in further ones, at once


class _State(msgspec.Struct):
    mode: Mode
    serial: int
    groups: list[Group]
    documents: dict[str, None] = {}


class Dispatch:
    """The messages of one partition. Costs nothing where nobody is to be told."""

    def __init__(
        self, tenant: str, config: Config, alerts: Lifecycle, grouping: Grouping, teller: Teller, numbers: Numbers
    ) -> None:
        self.tenant = tenant
        self.alerts = alerts
        self.grouping = grouping
        self.teller = teller
        self.numbers = numbers
        self.mode: Mode = REPLAY
        self.channels = {channel.name: channel for channel in channels_of(config.notify, config.engine.timezone)}
        self.groups: dict[str, Group] = {}
        self._known: dict[tuple[str, int], str] = {}  # (receiver, alert) that were told -> key of the group
        self._waiting: dict[tuple[str, int], str] = {}  # (channel, alert) with something to tell -> key of the group
        self.documents: dict[str, None] = {}  # ids of messages with documents that were handed over
        self._serial = 0
        self._due: list[tuple[int, int, str]] = []  # heap of (due, serial, key); entries that no longer hold stay in

    # What the partition tells.

    def look(self, changed: Iterable[Alert], now: int, via: str = "") -> None:
        """These alerts have changed, whatever it was; by a command from the receiver `via`, if it is named."""
        if not self.channels:
            return
        for alert in changed:
            for channel in self.channels.values():
                self._judge(channel, alert, now, via)

    def due(self) -> int | None:
        while self._due:
            due, serial, key = self._due[0]
            group = self.groups.get(key)
            if group is not None and group.serial == serial and group.due == due:
                return due
            heapq.heappop(self._due)
        return None

    def tick(self, now: int) -> None:
        """The first group whose time it is."""
        due = self.due()
        if due is not None and due <= now:
            self._flush(self.groups[heapq.heappop(self._due)[2]], now)

    def command(self, event: Event) -> Outcome | None:
        """A person asks for messages that were given up to be tried again; None for what does not concern messages."""
        data: OperatorAction = event.data
        if not data.target.startswith("notification/"):
            return None
        numbers = [number for number in (data.params or {}).get("numbers", ()) if type(number) is int]
        if data.action != "reopen" or not numbers:
            return Outcome(False, "messages can be tried again (noc notify replay), and nothing else", data.target)
        self.teller.out.retried += numbers
        what = "1 message is" if len(numbers) == 1 else f"{len(numbers)} messages are"
        return Outcome(True, f"{what} tried again", data.target)

    def told_as(self, key: str) -> list[str]:
        """What a receiver knows by this key of ours (`ids.derive("noc", tenant, group)`): its incident, else alerts."""
        for group in self.groups.values():
            if ids.derive("noc", self.tenant, group.key) == key:
                if "incident" in group.labels:
                    return [f"incident/{group.labels['incident']}"]
                alerts = (self.alerts.get(number) for number in group.known)
                return [f"alert/{alert.id}" for alert in alerts if alert is not None]
        return []

    # State.

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(_State(self.mode, self._serial, list(self.groups.values()), self.documents))

    def load(self, body: bytes) -> None:
        """Groups of a channel that the configuration has no more end here: nobody is told by it any longer."""
        state = msgspec.msgpack.decode(body, type=_State)
        self.mode, self._serial, self.documents = state.mode, state.serial, state.documents
        for group in state.groups:
            channel = self.channels.get(group.channel)
            if channel is None:
                continue
            self.groups[group.key] = group
            self._known.update(((channel.receiver, number), group.key) for number in group.known)
            self._waiting.update(((channel.name, number), group.key) for number in group.changed)
            if group.due is not None:
                heapq.heappush(self._due, (group.due, group.serial, group.key))

    # How it is decided.

    def _judge(self, channel: Channel, alert: Alert, now: int, via: str) -> None:
        home = self._known.get((channel.receiver, alert.number))
        if home is not None:
            group = self.groups[home]
            if group.channel == channel.name:
                if via == channel.receiver and not alert.firing:
                    self._ended_there(channel, group, alert, now)
                else:
                    self._judge_known(channel, group, alert, now)
        elif alert.firing:
            if alert.muted is None and channel.match(alert, now):
                if (channel.name, alert.number) not in self._waiting:
                    self._wait(channel, self._home(channel, alert, now), alert.number, now)
            else:
                self._drop(channel, alert, now, f"muted by {alert.muted}" if alert.muted else "it no longer matches")
        else:
            self._drop(channel, alert, now, "it was over before anybody was told")

    def _judge_known(self, channel: Channel, group: Group, alert: Alert, now: int) -> None:
        known = group.known[alert.number]
        group.over.pop(alert.number, None)
        if not alert.firing:
            if channel.resolved:
                group.over[alert.number] = told(alert, tuple(known.messages))
                self._wait(channel, group, alert.number, now)
            else:
                self._forget(channel, group, alert.number)
                self._settle(group)
        elif alert.severity > known.severity and alert.muted is None:
            self._wait(channel, group, alert.number, now)
        else:
            self._unwait(channel, group, alert.number)

    def _ended_there(self, channel: Channel, group: Group, alert: Alert, now: int) -> None:
        """Whoever has ended it need not be told."""
        ended = told(alert, tuple(group.known[alert.number].messages))
        self._forget(channel, group, alert.number)
        self._write(channel, group, [ended], now, "change", NOT_OWED, f"it was resolved in {channel.receiver}")
        self._settle(group)

    def _home(self, channel: Channel, alert: Alert, now: int) -> Group:
        """The group that the alert belongs to now."""
        if channel.labels is not None:
            labels = channel.labels(alert)
            key = ",".join(f"{name}={value}" for name, value in labels.items())
        else:
            cluster = self.grouping.cluster(alert.cluster)
            incident = self.grouping.incident(cluster.incident) if cluster is not None else None
            kind, id = ("incident", incident.id) if incident is not None else ("alert", alert.id)
            labels, key = {kind: id}, f"{kind}/{id}"
        key = f"{channel.name}/{key}"
        group = self.groups.get(key)
        if group is None:
            self._serial += 1
            group = self.groups[key] = Group(key, channel.name, self._serial, labels, now)
        return group

    def _wait(self, channel: Channel, group: Group, number: int, now: int) -> None:
        """Something of the alert is to be told, at the group's next time."""
        group.changed[number] = None
        self._waiting[channel.name, number] = group.key
        first = group.born + channel.wait if group.last is None else group.last + channel.interval
        self._set(group, max(first, now))

    def _unwait(self, channel: Channel, group: Group, number: int) -> None:
        if self._waiting.pop((channel.name, number), None) is not None:
            del group.changed[number]
            self._settle(group)

    def _drop(self, channel: Channel, alert: Alert, now: int, why: str) -> None:
        """What waited to be told and now never will be is written down, with the reason."""
        key = self._waiting.get((channel.name, alert.number))
        if key is not None:
            group = self.groups[key]
            self._unwait(channel, group, alert.number)
            self._write(channel, group, [told(alert)], now, "change", WITHHELD, why)

    def _settle(self, group: Group) -> None:
        """With nothing to tell its time is that of the repeat; with nothing known either it is gone."""
        if group.empty:
            del self.groups[group.key]
        elif not group.changed and group.last is not None:
            self._set(group, group.last + self.channels[group.channel].repeat)

    def _set(self, group: Group, due: int) -> None:
        if group.due != due:
            group.due = due
            heapq.heappush(self._due, (due, group.serial, group.key))

    def _forget(self, channel: Channel, group: Group, number: int) -> None:
        del group.known[number]
        del self._known[channel.receiver, number]
        group.over.pop(number, None)
        if self._waiting.pop((channel.name, number), None) is not None:
            del group.changed[number]

    def _flush(self, group: Group, now: int) -> None:
        channel = self.channels[group.channel]
        group.due = None
        kind = "change" if group.changed else "repeat"
        listed = self._changes(channel, group, now) if group.changed else self._again(group)
        if listed:
            for first in range(0, len(listed), MOST):
                self._tell(channel, group, listed[first : first + MOST], now, kind, first // MOST)
            group.last = now
        elif kind == "repeat":
            group.last = now
        self._settle(group)

    def _changes(self, channel: Channel, group: Group, now: int) -> list[Told]:
        """What is to be told now. An alert that belongs to another group by now goes there, having waited."""
        listed: list[Told] = []
        for number in list(group.changed):
            ended = group.over.get(number)
            alert = self.alerts.get(number)
            if ended is not None:
                listed.append(ended)
            elif alert is None or not alert.firing:
                self._unwait_quietly(channel, group, number)  # only damage leads here: news of it was missed
            elif number in group.known:
                listed.append(told(alert))
            else:
                home = self._home(channel, alert, now)
                if (channel.receiver, number) in self._known:  # another channel has told it meanwhile
                    self._unwait_quietly(channel, group, number)
                elif home is not group:
                    self._unwait_quietly(channel, group, number)
                    if home.last is None and not home.changed:
                        home.born = group.born
                    self._wait(channel, home, number, now)
                else:
                    listed.append(told(alert))
        return listed

    def _unwait_quietly(self, channel: Channel, group: Group, number: int) -> None:
        del group.changed[number]
        del self._waiting[channel.name, number]

    def _again(self, group: Group) -> list[Told]:
        found = [self.alerts.get(number) for number in group.known]
        return [told(one) for one in found if one is not None and one.firing and _open(one)]

    def _tell(self, channel: Channel, group: Group, listed: list[Told], now: int, kind: str, part: int) -> None:
        status, why = (PENDING, "") if self.mode == LIVE else (NOT_SENT, reason(self.mode))
        message = self._write(channel, group, listed, now, kind, status, why, part)
        for one in listed:
            if not one.firing:
                self._forget(channel, group, one.number)
                continue
            known = group.known.setdefault(one.number, Known([], one.severity))
            known.again(message.number, one.severity)
            self._known[channel.receiver, one.number] = group.key
            if self._waiting.pop((channel.name, one.number), None) is not None:
                del group.changed[one.number]
        message.standing = sum(number not in group.over for number in group.known)
        group.message = message.number

    def _write(
        self, channel: Channel, group: Group, listed: list[Told], now: int, kind: str, status: str, why: str,
        part: int = 0,
    ) -> Notification:  # fmt: skip
        number = self.numbers.take("notification")
        incident = group.labels.get("incident")
        item = self.grouping.item(f"incident/{incident}") if incident is not None else None
        message = Notification(
            number=number,
            id=ids.derive("N", self.tenant, group.key, kind, str(now), str(part), listed[0].id, status),
            tenant=self.tenant,
            receiver=channel.receiver,
            status=status,
            made_at=now,
            kind=kind,
            group=group.key,
            title=item.title if item is not None else _title(listed),
            severity=max(one.severity for one in listed),
            labels=dict(group.labels),
            alerts=listed,
            route=channel.name,
            reason=why,
            incident=incident,
            earlier=group.message,
        )
        self.teller.out.outbox[number] = message
        return message


def _open(alert: Alert) -> bool:
    """Nobody has it, and nobody asked not to hear of it."""
    return alert.muted is None and alert.acknowledged_by is None and alert.snoozed_until is None


def _title(listed: list[Told]) -> str:
    one = listed[0]
    where = one.entity or (f"site/{one.site}" if one.site else "")
    more = f" and {len(listed) - 1} more" if len(listed) > 1 else ""
    return f"{one.alert_type}{f' on {where}' if where else ''}{more}"
