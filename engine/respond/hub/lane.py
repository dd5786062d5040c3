"""The way to one receiver: its messages in order, one attempt at a time while it fails, several groups while it works.

Back-off belongs to the receiver, not to the message: a receiver that is down for an hour is tried some seventy times,
however much waits for it. Within a group the order is kept always, so a beginning arrives before its end; and so it is
for an alert that belongs to another group by the time it fires again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from data.records.outbox import DEAD, DELIVERED, NOT_OWED, PENDING, Attempt, Notification, Told
from data.times import SECOND
from engine.respond.hub.pause import pause
from engine.respond.senders import Fate, Parcel, Result, Sender
from engine.settings.notify import Receiver

ABREAST = 4  # groups that are told at the same time
TRIES = 10  # attempts that a message keeps
STUCK = 4  # failures in a row after which every second try is another message: it may be the first one's fault
HANDLES = 5_000  # groups whose message can be found again
ERRORS = 200  # letters of what went wrong


class Desk(msgspec.Struct):
    """What a lane asks of its courier. `wall` in microseconds, `sleep` in seconds; `answered` gives the messages that
    an end answers; `write` keeps what became of messages, and returns when it is durable."""

    wall: Callable[[], int]
    sleep: Callable[[float], Awaitable[None]]
    answered: Callable[[Sequence[int]], Awaitable[list[Notification]]]
    write: Callable[[Sequence[Notification]], Awaitable[None]]
    failing: Callable[["Lane"], None]
    copy: Callable[[Notification, str], None]
    console: str = ""


class Lane:
    """Rows of another receiver are told here instead; of these only the fields `fallback...` are changed."""

    def __init__(self, receiver: Receiver, sender: Sender, desk: Desk) -> None:
        self.receiver = receiver
        self.sender = sender
        self.desk = desk
        self.waiting: dict[int, Notification] = {}  # in order of number
        self.failures = 0  # in a row
        self.failing_since: int | None = None  # wall
        self.trouble = ""
        self.handles: dict[str, dict[str, str]] = {}  # of groups, newest last
        self._alone: set[int] = set()  # numbers of messages that were refused in a digest
        self._news = asyncio.Event()
        self._asked: float | None = None
        self._tokens = float(receiver.rate)
        self._filled = desk.wall()

    def put(self, rows: Sequence[Notification]) -> None:
        for row in rows:
            self.waiting[row.number] = row
        self._news.set()

    async def run(self) -> None:
        """Tells until cancelled."""
        while True:
            await self._news.wait()
            while self.waiting:
                await self.round()
            self._news.clear()

    async def round(self) -> None:
        """One step: waits where it has to, then one attempt, or several abreast."""
        if self.failures:
            await self.desk.sleep(pause(self.failures, self._asked))
        await self._budget()
        loads = self._loads()
        done = await asyncio.gather(*(self._carry(load) for load in loads))
        changed = [row for rows in done for row in rows]
        await self.desk.write(changed)
        for row in changed:
            if self._over(row):
                self.waiting.pop(row.number, None)
                self._alone.discard(row.number)
        if self.failing_since is not None:
            self.desk.failing(self)

    def _over(self, row: Notification) -> bool:
        return row.receiver != self.receiver.name or row.status != PENDING

    async def _budget(self) -> None:
        """A token for each message; they come back with the time."""
        while True:
            now = self.desk.wall()
            each = 60 * SECOND / self.receiver.rate
            self._tokens = min(float(self.receiver.rate), self._tokens + (now - self._filled) / each)
            self._filled = now
            if self._tokens >= 1:
                return
            await self.desk.sleep((1 - self._tokens) * each / SECOND)

    def _loads(self) -> list[list[Notification]]:
        """What goes now: the first message of some groups, or a digest of many; after a failure one probe."""
        rows = list(self.waiting.values())
        other = self.failures >= STUCK and self.failures % 2 == 0
        many = len(rows) > self.receiver.digest_over and self.sender.digests
        if many and not other and rows[0].number not in self._alone:
            return [folded(rows)]
        most = 1 if self.failures else min(ABREAST, int(self._tokens))
        first: list[Notification] = []
        ahead: set[object] = set()  # groups and alerts that an earlier message tells of
        for row in rows:
            about: set[object] = {row.group, *(told.number for told in row.alerts)}
            if not ahead & about:
                first.append(row)
                if len(first) >= most and not other:
                    break
            ahead |= about
        if other:  # the one that was tried least
            first = [min(first, key=lambda row: (row.attempts, row.number))]
        return [[row] for row in first]

    async def _carry(self, rows: list[Notification]) -> list[Notification]:
        """One message for these rows. Returns those that changed."""
        now = self.desk.wall()
        late = [row for row in rows if now - self._since(row, now) >= self.receiver.deadline]
        for row in late:
            self._end(row, DEAD, f"not delivered within the deadline of this receiver; last: {self.trouble}")
        rows = [row for row in rows if row not in late]
        owed: list[Told] = []
        sent: list[Notification] = []
        for row in rows:
            mine = await self._owed(row)
            if row.alerts and not mine:
                self._end(row, NOT_OWED, "the problem was never delivered, so its end is owed to nobody")
            else:
                sent.append(row)
                owed += mine
        if sent:
            await self._remember(sent[0])
            self._tokens -= 1
            self._take(sent, now, await self._try(self._parcel(sent, owed)))
        return [*late, *rows]

    def _since(self, row: Notification, now: int) -> int:
        if row.first_at is None:
            row.first_at = now
        return row.first_at

    async def _owed(self, row: Notification) -> list[Told]:
        """An end is owed where one of the messages about its beginning arrived here."""
        numbers = sorted({number for told in row.alerts if not told.firing for number in told.answers})
        if not numbers:
            return row.alerts
        others = await self.desk.answered(numbers)
        if row.receiver == self.receiver.name and any(other.fallback is not None for other in others):
            self.desk.copy(row, self.receiver.fallback)  # who was told instead is owed the end too
        known = {other.number for other in others if self._arrived(other)}
        return [told for told in row.alerts if told.firing or known & set(told.answers)]

    def _arrived(self, row: Notification) -> bool:
        if row.receiver == self.receiver.name:
            return row.status == DELIVERED
        return row.fallback_at is not None

    def _parcel(self, rows: list[Notification], owed: list[Told]) -> Parcel:
        row = rows[0]
        alone = len(rows) == 1
        title = row.title if alone else f"{len(rows)} messages about {len({told.id for told in owed})} alerts"
        return Parcel(
            row.id, row.tenant, self.receiver.name, row.group if alone else "digest", row.kind if alone else "digest",
            title, max(one.severity for one in rows), row.made_at, row.labels if alone else {}, tuple(owed), row.text,
            row.incident if alone else None, self.desk.console, self.handles.get(row.group, {}),
            row.standing if alone else 0, row.document,
        )  # fmt: skip

    async def _remember(self, row: Notification) -> None:
        """Takes up what the receiver gave back for the group's message before this one, perhaps to another engine."""
        if row.earlier is not None and row.group not in self.handles:
            for earlier in await self.desk.answered([row.earlier]):
                self._keep(row.group, earlier.handle)

    def _keep(self, group: str, handle: dict[str, str]) -> None:
        if handle:
            self.handles[group] = handle
            if len(self.handles) > HANDLES:
                del self.handles[next(iter(self.handles))]

    async def _try(self, parcel: Parcel) -> Result:
        try:
            async with asyncio.timeout(self.receiver.timeout / SECOND):
                return await self.sender.send(parcel)
        except TimeoutError:
            return Result(Fate.FAILED, f"no answer within {self.receiver.timeout // SECOND} s")
        except UnicodeEncodeError as error:
            return Result(Fate.REFUSED, f"it cannot be written: {error}"[:ERRORS])
        except Exception as error:  # whatever a receiver does, the others go on
            text = str(error) or type(error).__name__
            return Result(Fate.FAILED, text[:ERRORS])

    def _take(self, rows: list[Notification], begun: int, result: Result) -> None:
        now = self.desk.wall()
        attempt = Attempt(begun, now - begun, result.fate is Fate.DELIVERED, result.text)
        for row in rows:
            row.attempts += 1
            row.tries = [*row.tries[-TRIES + 1 :], attempt]
            if result.handle:
                row.handle = result.handle
                self._keep(row.group, result.handle)
            if result.fate is Fate.DELIVERED:
                self._end(row, DELIVERED, "" if len(rows) == 1 else f"in a digest of {len(rows)}: {rows[0].id}")
            elif result.fate is Fate.REFUSED and len(rows) > 1:
                self._alone.add(row.number)  # one of them is what it does not take: each is told by itself
            elif result.fate is Fate.REFUSED:
                self._end(row, DEAD, f"the receiver refused the message: {result.text}")
        if result.fate is Fate.FAILED:
            self.failures += 1
            self.trouble, self._asked = result.text, result.retry_after
            if self.failing_since is None:  # an engine before this one may have tried in vain already
                mine = [row.first_at for row in rows if row.receiver == self.receiver.name and row.first_at is not None]
                self.failing_since = min([begun, *mine])
        else:
            self.failures, self.trouble, self._asked, self.failing_since = 0, "", None, None

    def _end(self, row: Notification, status: str, reason: str) -> None:
        now = self.desk.wall()
        if row.receiver == self.receiver.name:
            row.status, row.reason, row.done_at = status, reason, now
        elif status == DELIVERED:
            row.fallback_at = now
        if row.receiver != self.receiver.name:
            self.waiting.pop(row.number, None)


def folded(rows: Sequence[Notification]) -> list[Notification]:
    """The longest run from the first on in which no alert is told twice: a digest never turns an order around."""
    chosen: list[Notification] = []
    seen: set[int] = set()
    for row in rows:
        numbers = {told.number for told in row.alerts}
        if seen & numbers or not row.alerts or row.tenant != rows[0].tenant:
            break
        seen |= numbers
        chosen.append(row)
    return chosen or list(rows[:1])
