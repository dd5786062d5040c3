"""The journal through two pipelines side by side: one as things were, one changed."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import msgspec

from data.records import DEFAULT_TENANT
from data.records.model import ModelVersion
from data.store import Follower
from data.times import SECOND, text
from data.wire import Event, decode
from engine.models.document import BadModel
from engine.pipeline import Decided, Pipeline
from engine.settings import Config

KEPT: Final = ("alerts", "clusters", "incidents", "findings", "anomalies", "fraud", "predictions", "outbox", "runs")
NOTHING: Final[Mapping[str, ModelVersion | None]] = MappingProxyType({})
CHUNK: Final = 2_000  # events of a batch
PAGE: Final = 4  # segments read at once

_encode: Final = msgspec.json.Encoder().encode


class Refused(Exception):
    """It cannot be tried; the text says why."""


class Tried:
    """One run: every record as it stood at the end, by its id, and what became of people's commands."""

    def __init__(
        self, config: Config, models: Sequence[ModelVersion], pinned: Mapping[str, ModelVersion | None] = NOTHING
    ) -> None:
        """Of the kinds that are `pinned` that version scores from the beginning, or the rules (None)."""
        self.config = config
        self.pipeline = Pipeline(config)
        library = self.pipeline.library
        library.load(models)
        for kind, version in pinned.items():
            if version is not None:
                library.add(version)
            library.pinned[kind] = None if version is None else version.number
        self.records: dict[str, dict[str, Any]] = {name: {} for name in KEPT}
        self.commands: dict[int, bool] = {}  # journal position -> whether it was carried out
        self.refusal = ""  # of the last one that was not

    def run(self, events: Sequence[Event], tenant: str) -> None:
        """Positions count what was given, so that a command is the same one in both runs."""
        decided: Decided = self.pipeline.run(events, 0)
        for name, mine in self.records.items():
            for record in getattr(decided.commit, name):
                if record.tenant == tenant:
                    mine[record.id if hasattr(record, "id") else record.event_id] = record
        for seq, outcome in decided.outcomes.items():
            self.commands[seq] = outcome.ok
            self.refusal = self.refusal if outcome.ok else outcome.text


class Silenced(msgspec.Struct, frozen=True):
    """A silence that is tried: it holds for a year from the first event on."""

    matchers: str


def tried(
    reader: Follower,
    now: Config,
    changed: Config,
    tenant: str = DEFAULT_TENANT,
    silences: Sequence[Silenced] = (),
    progress: Callable[[int, int], None] = lambda done, total: None,
    pinned: Mapping[str, ModelVersion | None] = NOTHING,
) -> tuple[Tried, Tried, list[Event]]:
    """(as it was, changed, verdicts of people). Raises Refused for a journal whose beginning is not kept any more."""
    models = list(reader.models())
    first, second = Tried(now, models), changed_run(changed, models, pinned)
    return first, second, side_by_side(reader, first, [second], tenant, silences, progress)


def side_by_side(
    reader: Follower,
    first: Tried,
    others: Sequence[Tried],
    tenant: str,
    silences: Sequence[Silenced] = (),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Event]:
    """Runs the journal through all of them at once; gives the verdicts of people. `silences` are for the others."""
    verdicts: list[Event] = []
    after, total = 0, reader.outline(tenant).last
    while segments := reader.tail(after, PAGE):
        if segments[0].first != after + 1:
            raise Refused(f"the journal begins at event {segments[0].first}: what was before is not kept any more")
        for segment in segments:
            for begin in range(0, len(segment.lines), CHUNK):
                lines = segment.lines[begin : begin + CHUNK]
                if not after and not begin and silences:
                    for other in others:
                        _begin(other, decode(lines[0], own=True), tenant, silences)
                    first.pipeline.seq = others[0].pipeline.seq  # so that later events have the same places
                for run in (first, *others):
                    events = [decode(line, own=True) for line in lines]  # each its own: a pipeline writes into them
                    run.run(events, tenant)
                verdicts += [one for one in events if one.type == "noc.verdict.recorded" and one.tenant == tenant]
            after = segment.first + len(segment.lines) - 1
            progress(after, total)
    if not after:
        raise Refused("there is no recorded event yet")
    return verdicts


def changed_run(
    config: Config, models: Sequence[ModelVersion], pinned: Mapping[str, ModelVersion | None] = NOTHING
) -> Tried:
    """One of the runs that are compared with what was. Raises Refused for a version that cannot be used."""
    try:
        return Tried(config, models, pinned)
    except BadModel as error:
        raise Refused(f"the version cannot be used: {error}") from None


def _begin(run: Tried, head: Event, tenant: str, silences: Sequence[Silenced]) -> None:
    """Commands that silence, given by nobody in particular at the time of the first event."""
    made = []
    for number, silence in enumerate(silences):
        data = {
            "target": "silence/new", "action": "silence", "actor": "backtest",
            "params": {"op": "add", "matchers": silence.matchers, "duration": 365 * 86_400, "comment": "backtest",
                       "author": "backtest", "broad": True},
        }  # fmt: skip
        line = {
            "specversion": "1.0", "id": f"backtest/{number}", "source": "noc/backtest", "type": "noc.operator.acted",
            "time": text(head.time - SECOND), "tenant": tenant, "data": data,
        }  # fmt: skip
        made.append(decode(_encode(line), own=True))
    run.run(made, tenant)
    if run.refusal:
        raise Refused(run.refusal)
    run.commands.clear()  # nobody gave them
