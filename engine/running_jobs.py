"""What a person has done now that the engine would do by the clock: retention, reports and digests.

Timers of rooms are not among them: they run at their event time, so that a replay runs them the same.
"""

from typing import Final

from engine.respond.contacts import LIVE
from engine.runtime import Engine
from engine.views import Outcome

ACTION: Final = "run_job"
REPORT: Final = "report: "


async def run_now(engine: Engine, database: str, tenant: str, name: str) -> Outcome:
    """Carries out a job by its name, beside the engine's batches; when it is done, or why it is not, in words."""
    target = f"job/{name}"
    if name == "retention":
        return await _retention(engine, target)
    if name.startswith(REPORT):
        return await _report(engine, database, tenant, name.removeprefix(REPORT), target)
    return Outcome(False, f"'{name}' runs by itself at its event time; retention and reports can be run now", target)


async def _retention(engine: Engine, target: str) -> Outcome:
    room = engine.retention
    if room.busy:
        return Outcome(False, "it runs already", target)
    done = await room.thin(room.now())
    removed = ", ".join(f"{count:,} of {table}" for table, count in sorted(done.removed.items()) if count)
    return Outcome(True, f"{done.rolled} blocks of metrics made coarser; removed {removed or 'nothing'}", target)


async def _report(engine: Engine, database: str, tenant: str, name: str, target: str) -> Outcome:
    from engine.respond.hub.digests import Digests

    found = [one for one in engine.pipeline.config.notify.digests if (one.name, one.tenant) == (name, tenant)]
    if not found:
        return Outcome(False, f"there is no report '{name}' in notify.digests", target)
    if engine.contacts != LIVE:
        return Outcome(False, "nobody is contacted now: start the engine, or a console with it", target)
    await Digests(engine, database).at_once(found[0])
    return Outcome(True, f"{name} is on its way to {', '.join(found[0].to)}", target)
