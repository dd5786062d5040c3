"""An engine with playbooks, for tests: over memory, minutes from the test's day on."""

from typing import Any

import msgspec

from data.records.run import Run
from engine.respond.contacts import LIVE
from engine.runtime import Engine
from engine.settings import Config
from engine.settings.playbooks import PlaybookSettings
from engine.views import Outcome
from tests.engine.respond.test_dispatch import ALERTS
from tests.support.memory import MemoryStore
from tests.support.recordings import Script, at

BOOK = """
playbook: try
version: 1
title: A try
trigger: {on: alert, types: [LINK_DOWN], severity: MEDIUM, when: "alert.site == 'S1'"}
mode: auto
limits: {cool_down: 10m, per_hour: 5, concurrent: 3, sites_per_hour: 2, again: 3}
steps:
  - {name: ticket, do: create_ticket, with: {title: "{{ entity.ref }} at {{ site.id }}", priority: HIGH},
     undo: {do: update_ticket, with: {status: CANCELLED}}}
  - {name: have, do: acknowledge}
"""


class House:
    """An engine over memory, with playbooks of a folder; minutes from the test's day on."""

    def __init__(self, folder: Any, *books: str, live: bool = False, **settings: Any) -> None:
        for place, text in enumerate(books):
            (folder / f"{place}.yaml").write_text(text)
        given = {"auto": True, "shipped": False, "folder": str(folder), **settings}
        self.config = Config(playbooks=PlaybookSettings(**given), alerts=ALERTS)
        self.store = MemoryStore()
        self.live = live
        self.engine: Engine
        self._made = 0

    async def start(self) -> "House":
        self.engine = Engine(self.store, self.config, contacts=LIVE if self.live else None)
        await self.engine.recover()
        assert self.engine.meters.note == ""
        return self

    async def send(self, script: Script) -> Outcome | None:
        from engine.intake import read

        lines, script.lines = script.lines, []
        outcome = None
        for line in lines:
            (answer,) = await self.engine.process([read([line], "test", at())], at())
            outcome = answer.outcomes[0] if answer.outcomes else outcome
        return outcome

    async def fire(self, minute: float, alert: str = "LINK_DOWN", entity: str = "host/a", **data: Any) -> None:
        self._made += 1
        script = Script(prefix=f"h{self._made}-")
        script.fire(at(minute), alert=alert, entity=entity, **{"severity": "MEDIUM", **data})
        await self.send(script)

    async def clear(self, minute: float, alert: str = "LINK_DOWN", entity: str = "host/a") -> None:
        self._made += 1
        script = Script(prefix=f"h{self._made}-")
        script.clear(at(minute), alert=alert, entity=entity)
        await self.send(script)

    async def tick(self, minute: float) -> None:
        self._made += 1
        script = Script(prefix=f"h{self._made}-")
        script.tick(at(minute))
        await self.send(script)

    async def act(self, minute: float, action: str, target: str, actor: str = "ann", **params: Any) -> Outcome:
        self._made += 1
        script = Script(prefix=f"h{self._made}-")
        data = {"target": target, "action": action, "actor": actor, "params": params}
        script.add("operator.acted", at(minute), data)
        outcome = await self.send(script)
        assert outcome is not None
        return outcome

    def runs(self) -> list[Run]:
        found = [msgspec.msgpack.decode(body, type=Run) for body in self.store.now.records["runs"].values()]
        return sorted(found, key=lambda run: run.number)

    @property
    def room(self) -> Any:
        return self.engine.pipeline.partitions["default"].playbooks


def states(run: Run) -> list[str]:
    return [step.state for step in run.steps]
