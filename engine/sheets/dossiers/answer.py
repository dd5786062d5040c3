"""A question in plain words, and its answer: `ask/QUESTION`, or `ask/QUESTION >> WHAT REFINES IT >> ...`.

What a question was taken to mean is shown in the filter language, and is itself a question: edited, it is asked again.
"""

from typing import Any, Final

from data.records.severity import LEVELS
from data.store import Follower
from engine.ask import Desk, Scope, proposer_of
from engine.ask.names import gathered
from engine.sheets.kind import Asked, Scene
from engine.views import Dossier, Fact, Section

THEN: Final = " >> "  # between a question and the next one that refines it
SHOWN: Final = 200  # rows
STEPS: Final = 6  # refinements that are followed
EXAMPLES: Final = (
    "critical alerts in the last 24 hours", "open high and critical alerts by site", "what went wrong today",
    "tickets past their deadline", "who cheated this week", "which sites had the most alerts this week",
    "predicted staffing gaps", "alerts per hour today",
)  # fmt: skip
_REFS: Final = {"alerts": "alert", "incidents": "incident", "predictions": "prediction", "tickets": "ticket"}
_GROUPS: Final = {"site": "site/", "person": "person/", "client": "client/", "entity": ""}


def gathered_of(scene: Scene, ref: str, span: str) -> dict[str, Any]:  # noqa: ARG001
    """Samples that are not written down yet, by metric."""
    history = scene.partition.history
    return {name: history.waiting(name) for name in history.names()}


def answer(reader: Follower, asked: Asked, ref: str, span: str, begun: Dossier | None) -> Dossier:  # noqa: ARG001
    """Raises LookupError without a question."""
    told = [part.strip() for part in ref.partition("/")[2].split(THEN.strip()) if part.strip()]
    scene, waiting = asked.scene, asked.begun or {}
    if not told or scene is None:
        raise LookupError("there is no question")
    names = gathered(reader, asked.tenant, asked.now, waiting)
    only = asked.only
    scope = Scope(asked.tenant, (lambda row: any(map(only, _sites(row)))) if only is not None else lambda row: True)
    partition = scene.partition
    desk = Desk(
        reader, partition.registry, scope, asked.now, partition.zone, asked.caller,
        lambda name: waiting.get(name) or partition.history.waiting(name), names.veiled() if asked.veiled else names,
        proposer_of(partition.config.ask),
    )  # fmt: skip
    last = None
    for question in told[-STEPS:-1]:
        desk.ask(question, last)
        last = desk.last
    return _told(desk.ask(told[-1], last), ref, THEN.join(told))


def _sites(row: dict[str, Any]) -> tuple[str | None, ...]:
    return tuple(row.get("sites") or (row.get("site"),))


def _told(found: dict[str, Any], ref: str, question: str) -> Dossier:
    if not found["understood"]:
        near = tuple(Fact("ask", text, ref=f"ask/{text}") for text in (*found["suggestions"], *EXAMPLES)[:10])
        return Dossier(
            0, ref, question, state=f"not answered: {found['reason'].replace('_', ' ')}", why=found["message"],
            next_step="K asks again; Enter takes one of these", sections=(Section("You may ask", near),),
        )  # fmt: skip
    rows = found["rows"][:SHOWN]
    facts = tuple(_fact(found["kind"], row, found["group_by"]) for row in rows)
    noted = tuple(Fact("", text) for text in found["insights"])
    meant = Fact("asked", found["interpretation"], ref=f"ask/{found['interpretation']}")
    none = Section("Rows", (Fact("", "none: a longer time or a wider filter may find some"),))
    return Dossier(
        0, ref, question, why=found["summary"],
        next_step="K refines it, or asks anew after Ctrl-U; Enter opens a row",
        sections=(
            Section(f"Understood by {by}, check it" if (by := found.get("proposed_by")) else "Understood as", (meant,)),
            *((Section("Stands out", noted),) if noted else ()),
            Section("Rows", facts, 0 if found["group_by"] else max(0, found["total"] - len(rows))) if facts else none,
        ),
    )  # fmt: skip


def _fact(kind: str, row: dict[str, Any], grouped: list[str]) -> Fact:
    if kind == "metrics":
        value = row.get("value")
        return _group(row, grouped, "no value" if value is None else f"{value:,.6g}")
    if ("event_id" if kind == "fraud" else "id") not in row:
        return _group(row, grouped, f"{row['count']:,}")
    level = str(row.get("severity") or row.get("level") or row.get("priority") or "")
    severity = LEVELS.get(level, 0)
    if kind == "fraud":
        text = f"{row['time'][:16]} {row['person']} at {row['site']}: {', '.join(row['anomalies']) or 'nothing odd'}"
        return Fact(row["level"], text, severity, f"fraud/{row['event_id']}")
    ref = f"{_REFS[kind]}/{row['id']}"
    if kind == "alerts":
        return Fact(row["alert_type"], f"{row['first_seen'][:16]} {row['status']} {row['message']}", severity, ref)
    if kind == "incidents":
        return Fact(row["state"], f"{row['opened_at'][:16]} {row['title']}", severity, ref)
    if kind == "tickets":
        return Fact(
            row["number"] or row["id"], f"{row['status']} {row['priority']} {row['title'] or ''}", severity, ref
        )
    text = f"{row['made_at'][:16]} {row['entity']} {row['probability']:.0%}"
    return Fact(row["kind"], text, 0, ref)


def _group(row: dict[str, Any], grouped: list[str], figure: str) -> Fact:
    """A group is opened as what it is of, where that is one thing."""
    own = ("count", "value", "end", "unit")
    keys = [f"no {name}" if value is None else str(value) for name, value in row.items() if name not in own]
    first = next((name for name in grouped if name in _GROUPS and row.get(name)), None)
    ref = f"{_GROUPS[first]}{row[first]}" if first is not None else None
    return Fact(" ".join(keys) or "all", figure, 0, ref if ref and "/" in ref else None)
