"""What `noc explain` tells, as sections; behind what is known already."""

from typing import Final

import msgspec

from data import times
from data.store import Follower
from engine.explain import explain
from engine.explain.telling import Explanation
from engine.sheets.kind import Asked
from engine.views import Dossier, Fact, Section

DEEDS: Final = {
    "fraud": ("confirm", "refute"),
    "anomaly": ("confirm", "refute"),
    "finding": ("confirm", "refute"),
    "silence": ("expire",),
}
_REFS: Final = ("incident", "cluster", "alert", "person", "site", "device", "run", "finding", "prediction", "ticket")


def explained(reader: Follower, asked: Asked, ref: str, span: str, begun: Dossier | None) -> Dossier:  # noqa: ARG001
    """Raises UnknownRefError, ValueError."""
    told = explain(reader, ref)
    sections = told_sections(told)
    timeline = tuple((times.parse(time), who, what) for time, who, what in told.timeline)
    if begun is not None:
        known = {section.title for section in begun.sections}
        more = tuple(section for section in sections if section.title not in known)
        return msgspec.structs.replace(begun, sections=(*begun.sections, *more), timeline=begun.timeline or timeline)
    facts = dict(told.lines)
    state = facts.get("state") or facts.get("status") or ""
    deeds = DEEDS.get(ref.partition("/")[0], ())
    return Dossier(
        0, ref, told.title, state=state, site=facts.get("site"), deeds=deeds, sections=sections, timeline=timeline,
        next_step=_next(deeds, state),
    )  # fmt: skip


def _next(deeds: tuple[str, ...], state: str) -> str:
    if "confirm" in deeds:
        return "" if state in ("CONFIRMED", "FALSE_POSITIVE") else "press v if it is true, x if it is a false alarm"
    return ""


def told_sections(told: Explanation) -> tuple[Section, ...]:
    """Reasons first: they are what is asked for."""
    found = []
    if told.because:
        found.append(Section("Why", tuple(Fact("", text) for text in told.because)))
    if told.lines:
        found.append(Section("Known", tuple(fact(label, text) for label, text in told.lines)))
    if told.evidence:
        found.append(Section("Evidence", tuple(fact(label, text) for label, text in told.evidence)))
    return tuple(found)


def fact(label: str, text: str) -> Fact:
    """What is a reference, or names a person or site, can be opened."""
    kind, mark, id = text.partition("/")
    if mark and kind in _REFS and " " not in id:
        return Fact(label, text, ref=text)
    if label in ("person", "site") and text and " " not in text:
        return Fact(label, text, ref=f"{label}/{text}")
    return Fact(label, text)
