"""A dry run: what a playbook would do about a recorded thing. It reads records and renders texts; there is no action in
its reach, so there is nothing that it could do."""

from typing import Any

import msgspec

from data.records.alert import Alert
from data.records.finding import Finding
from data.records.incident import Incident
from data.records.severity import LEVELS, NAMES
from data.store import Reader
from engine.registry import Registry
from engine.respond.actions.specs import SPECS
from engine.respond.playbooks.document import Playbook
from engine.respond.playbooks.facts import Scene, Scenes
from engine.respond.playbooks.library import is_for
from engine.respond.playbooks.plans import fingerprint, rendered
from engine.respond.playbooks.templates import TemplateError
from engine.respond.playbooks.terms import compiled


class Rehearsed(msgspec.Struct):
    """`steps` are (name, action, parameters, whether it would leave the engine)."""

    playbook: str
    target: str
    triggers: bool
    why: str
    plan: str
    steps: list[tuple[str, str, dict[str, Any], bool]]

    def text(self) -> str:
        lines = [f"{self.playbook} on {self.target}: {self.why}", f"plan {self.plan}"]
        for place, (name, action, params, outside) in enumerate(self.steps, 1):
            lines.append(f"  {place}. {name}: would {action}{' outside' if outside else ''}")
            lines += [f"       {key}: {value}" for key, value in params.items()]
        return "\n".join(lines)


class _Recorded(Scenes):
    """Facts from records alone."""

    def __init__(self, tenant: str, registry: Registry) -> None:
        self.tenant = tenant
        self.registry = registry


def rehearse(reader: Reader, book: Playbook, ref: str, tenant: str) -> Rehearsed | None:
    """None where there is no such thing in the database."""
    found = _find(reader, ref, tenant)
    if found is None:
        return None
    on, scene = found
    registry = Registry(tenant)
    registry.restore(entity for entity in reader.entities() if entity.tenant == tenant)
    facts = _Recorded(tenant, registry).facts(scene, {"id": "R-test", "playbook": book.playbook})
    why = _refusal(book, on, scene, facts)
    try:
        steps = rendered(book, facts, "R-test")
    except TemplateError as error:
        return Rehearsed(book.playbook, ref, False, str(error), "", [])
    listed = [(step.name, step.action, step.params, SPECS[step.action].outside) for step in steps]
    plan = fingerprint(book.playbook, book.version, ref, steps)
    return Rehearsed(book.playbook, ref, why is None, why or "it would be triggered", plan, listed)


def _refusal(book: Playbook, on: str, scene: Scene, facts: dict[str, Any]) -> str | None:
    if not is_for(book, on, scene.kind):
        types = ", ".join(book.trigger.types) or "any"
        return f"it is for {book.trigger.on}s of type {types}; this is a {on} {scene.kind}"
    if scene.severity < LEVELS[book.trigger.severity]:
        return f"its severity is {NAMES[scene.severity]}, and {book.trigger.severity} is asked for"
    if book.trigger.when:
        answer = compiled(book.trigger.when).answer(facts)
        if answer is not True:
            return f"`{book.trigger.when}` is {answer if isinstance(answer, str) else 'false'}"
    return None


def _find(reader: Reader, ref: str, tenant: str) -> tuple[str, Scene] | None:
    kind, _, id = ref.partition("/")
    if kind == "alert":
        alerts = (one for one in reader.alerts(None, None) if one.id == id and one.tenant == tenant)
        alert: Alert | None = next(alerts, None)
        if alert is None:
            return None
        return ("prediction" if "prediction" in alert.labels else "alert"), Scene(
            ref, alert.alert_type, alert.severity, alert.message, alert.site, alert.entity, alert, [alert]
        )
    if kind == "finding":
        findings = (one for one in reader.findings(None, None) if one.id == id and one.tenant == tenant)
        finding: Finding | None = next(findings, None)
        if finding is None:
            return None
        entity = finding.entity or (f"person/{finding.person}" if finding.person else None)
        return "finding", Scene(
            ref, finding.finding_type, finding.severity, finding.title, finding.site, entity, None, [], finding
        )
    if kind == "incident":
        incidents = (one for one in reader.incidents(None, None) if one.id == id and one.tenant == tenant)
        incident: Incident | None = next(incidents, None)
        if incident is None:
            return None
        cause = incident.causes[0] if incident.causes else None
        site = incident.sites[0] if incident.sites else None
        kind_of, entity = (cause.alert_type, cause.entity) if cause is not None else ("", None)
        return "incident", Scene(
            ref, kind_of, incident.severity, incident.title, site, entity, None, [], None, incident
        )
    return None
