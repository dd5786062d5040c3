"""One thing in full, by its reference: `alert/A-..`, `incident/I-..`, `fraud/EVENT`, `person/P1` ...

What the working state knows is told at once (`begin`, in the engine's loop); what lies in the database is added beside
it (`end`, in a thread). A kind that is not listed is explained as `noc explain` does.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from data.store import Follower
from engine.explain import UnknownRefError
from engine.sheets.dossiers import answer, books, items, lists, metric, models, people, places, reports, running
from engine.sheets.dossiers.explained import explained
from engine.sheets.kind import Asked, Scene
from engine.views import Dossier

Begin = Callable[[Scene, str, str], Dossier | None]
End = Callable[[Follower, Asked, str, str, Dossier | None], Dossier]
Gather = Callable[[Scene, str, str], Any]


class Teller(NamedTuple):
    """`begin(scene, id, span)` gives None for what it does not know; `end(reader, asked, ref, span, begun)` completes
    it. Either may be missing. What `gather(scene, ref, span)` takes of the working state is `asked.begun` for `end`."""

    begin: Begin | None = None
    end: End | None = None
    gather: Gather | None = None


TELLERS: Final[dict[str, Teller]] = {
    "incident": Teller(items.item, explained),
    "cluster": Teller(items.item, explained),
    "alert": Teller(items.alert, explained),
    "prediction": Teller(items.prediction, explained),
    "fraud": Teller(None, explained),
    "finding": Teller(None, explained),
    "anomaly": Teller(None, explained),
    "notification": Teller(None, explained),
    "silence": Teller(None, explained),
    "maintenance": Teller(None, explained),
    "run": Teller(None, books.run),
    "playbook": Teller(books.playbook, books.last_runs),
    "person": Teller(people.person, people.trend),
    "site": Teller(places.site, metric.added, metric.gathered_of),
    "device": Teller(places.device, metric.added, metric.gathered_of),
    "list": Teller(lists.listed, None),
    "metric": Teller(None, metric.metric, metric.gathered),
    "model": Teller(None, models.version),
    "setting": Teller(models.setting, None),
    "audit": Teller(None, models.audit),
    "source": Teller(running.source, None),
    "job": Teller(running.job, None),
    "dead-letter": Teller(None, running.letter),
    "report": Teller(None, reports.report),
    "feed": Teller(None, running.told),
    "ask": Teller(None, answer.answer, answer.gathered_of),
}


def teller_of(ref: str) -> Teller:
    """Raises LookupError, in words."""
    kind, mark, id = ref.partition("/")
    if not mark or not id:
        raise LookupError(f"`{ref[:80]}` is not a reference such as alert/A-4t9x02kd7q")
    return TELLERS.get(kind) or Teller(places.thing, None)


__all__ = ["TELLERS", "Begin", "End", "Teller", "UnknownRefError", "teller_of"]
