"""Digests: what is open and what happened, for those who need not be told of each thing, every day or week at a time of
day of a named zone. One that was due while the engine was down is made up for, up to `CATCH_UP` later, and never twice:
the moment it was due is its key (`documents.hand_over`)."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from data import times
from data.opening import open_reader
from data.records.alert import Alert
from data.times import HOUR, SECOND
from engine.query import Match, parse
from engine.query.schemas import ALERTS
from engine.reports.document import WRITERS, Report, made, masked
from engine.reports.gathering import Span
from engine.respond.contacts import LIVE
from engine.respond.hub.digest_report import digest_of
from engine.respond.hub.documents import Document, hand_over, id_of
from engine.settings.notify import Digest, Notify

if TYPE_CHECKING:
    from engine.partition import Partition
    from engine.runtime import Engine

CATCH_UP = 12 * HOUR
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def last_due(digest: Digest, zone: str, now: int) -> int:
    """The newest moment, not after `now`, at which it was due (microseconds). An hour that a change of the clocks
    leaves out moves on by as much; one that comes twice counts the first time."""
    local = times.to_datetime(now).astimezone(ZoneInfo(digest.timezone or zone)).date()
    for back in range(9):
        day = local - timedelta(days=back)
        if digest.every == "daily" or DAYS[day.weekday()] == digest.day:
            due = _moment(digest, zone, day)
            if due <= now:
                return due
    raise AssertionError("a week has seven days")


def next_due(digest: Digest, zone: str, now: int) -> int:
    """The first moment after `now` at which it is due."""
    local = times.to_datetime(now).astimezone(ZoneInfo(digest.timezone or zone)).date()
    days = (local + timedelta(days=ahead) for ahead in range(9))
    fit = (day for day in days if digest.every == "daily" or DAYS[day.weekday()] == digest.day)
    return next(due for day in fit if (due := _moment(digest, zone, day)) > now)


def _moment(digest: Digest, zone: str, day: date) -> int:
    hour, _, minute = digest.at.partition(":")
    local = datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=ZoneInfo(digest.timezone or zone))
    return times.from_datetime(local)


def due_key(digest: Digest, due: int) -> str:
    """Under which an issue of it counts once."""
    return f"digest/{digest.name}/{times.text(due)}"


class Digests:
    """Works at the rim of a live engine; `database` is read beside it."""

    def __init__(self, engine: "Engine", database: str, every: float = 20.0) -> None:
        self.engine = engine
        self.database = database
        self._every = every  # seconds between two looks at the clock

    async def run(self) -> None:
        """Until cancelled. What cannot be made is said, and tried again at the next look."""
        while True:
            for digest in self.engine.pipeline.config.notify.digests:
                try:
                    await self.look(digest)
                except Exception as error:  # the others are due all the same
                    self.engine.meters.trouble(f"digest {digest.name}", str(error) or type(error).__name__)
            await asyncio.sleep(self._every)

    async def look(self, digest: Digest) -> None:
        """Hands it over where it is due and was not yet. Raises StoreBroken, StoreBusy."""
        engine = self.engine
        partition = engine.pipeline.partitions.get(digest.tenant)
        if engine.contacts != LIVE or partition is None:
            return
        config = engine.pipeline.config
        now = engine.now(digest.tenant)
        due = last_due(digest, config.engine.timezone, now)
        key = due_key(digest, due)
        to = [name for name in digest.to if id_of(digest.tenant, key, name) not in partition.hub.documents]
        if now - due > CATCH_UP or not to:
            return
        await self._issue(digest, key, to, last_due(digest, config.engine.timezone, due - SECOND), due)

    async def at_once(self, digest: Digest) -> None:
        """What it would tell now, of the time since it was due last; the next one comes at its time all the same.
        Raises StoreBroken, StoreBusy."""
        now, zone = self.engine.now(digest.tenant), self.engine.pipeline.config.engine.timezone
        await self._issue(digest, f"{due_key(digest, now)}/asked", digest.to, last_due(digest, zone, now - SECOND), now)

    async def _issue(self, digest: Digest, key: str, to: Sequence[str], since: int, due: int) -> None:
        engine, config = self.engine, self.engine.pipeline.config
        partition, now = engine.pipeline.partitions[digest.tenant], engine.now(digest.tenant)
        for receiver in to:
            match = matching(config.notify, digest, receiver, config.engine.timezone)
            open_now = [one for one in partition.alerts.by_number.values() if one.firing and match(one, now)]
            of = Span(digest.tenant, since, due)
            report = await asyncio.to_thread(self._made, partition, digest, receiver, of, match, open_now)
            await hand_over(engine, document_of(report), [receiver], key, tenant=digest.tenant)

    def _made(
        self, partition: "Partition", digest: Digest, receiver: str, of: Span, match: Match, open_now: list[Alert]
    ) -> Report:  # fmt: skip
        from engine.access.masking import Mask
        from engine.reports.kinds import REPORTS  # they know of much that most engines never tell

        reader = open_reader(self.database)
        try:
            if digest.report:
                report = made(lambda: REPORTS[digest.report].make(reader, partition, of))
            else:
                report = digest_of(reader, f"{digest.name}: {digest.every} digest", receiver, of, match, open_now)
            if not digest.mask:
                return report
            mask = Mask()
            mask.learn(reader.entities("person"))
            return masked(report, mask.text)
        finally:
            reader.close()


def matching(notify: Notify, digest: Digest, receiver: str, zone: str) -> Match:
    """Which alerts it tells of: those of its own filter, else those that the routes lead to the receiver."""
    texts = [digest.match] if digest.match else [route.match for route in notify.routes if receiver in route.to]
    found = [parse(text).compile(ALERTS, zone=zone) for text in texts]
    return (lambda alert, now: any(one(alert, now) for one in found)) if found else (lambda alert, now: True)


def document_of(report: Report) -> Document:
    written = {form: write(report) for form, write in WRITERS.items() if form != "csv"}
    return Document(f"{report.title}, {report.until[:10]}", written["text"], written["html"], written["md"])
