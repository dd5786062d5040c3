"""Playbooks and their runs: what would be done, what was done, step by step."""

import msgspec

from data import times
from data.records.run import PROPOSED, UNKNOWN, Run, Step
from data.store import Follower
from engine.explain.telling import history, moment, span, spoken
from engine.respond.playbooks.counts import PlaybookCounts
from engine.respond.playbooks.document import Playbook
from engine.sheets.kind import Asked, Scene
from engine.views import Dossier, Fact, Section

LAST = 12  # runs of a playbook that are shown


def playbook(scene: Scene, id: str, span: str) -> Dossier | None:  # noqa: ARG001
    """A playbook of the library, with what came of it."""
    runs = scene.partition.playbooks
    book = runs.library.playbooks.get(id)
    if book is None:
        return None
    trigger = book.trigger
    wakes = [Fact("on", f"{trigger.on} of {', '.join(trigger.types) or 'any type'}, from {trigger.severity} on")]
    if trigger.when:
        wakes.append(Fact("when", trigger.when))
    acts = scene.running.pipeline.config.playbooks.auto and book.mode == "auto"
    leave = f"{book.approval.role}, within {book.approval.within}{', four eyes' if book.approval.four_eyes else ''}"
    wakes.append(Fact("leave", "none needed: it acts by itself" if acts else leave))
    wakes.append(Fact("limits", _limits(book)))
    steps = tuple(
        Fact(str(place), f"{step.name or step.do}{': ' + spoken(step.params) if step.params else ''}"
                         f"{'  if ' + step.when if step.when else ''}{'  (critical)' if step.critical else ''}")
        for place, step in enumerate(book.steps, 1)
    )  # fmt: skip
    state = f"STOPPED by {runs.stopped}" if runs.stopped else "acts" if acts else "proposes"
    return Dossier(
        0, f"playbook/{id}", f"{id} (version {book.version}): {book.title}", 5 if runs.stopped else 0, state,
        why=book.about, deeds=("stop_playbooks",),
        sections=(Section("Wakes", tuple(wakes)), Section("Steps", steps), *_figures(runs.counts.playbooks.get(id))),
    )  # fmt: skip


def _limits(book: Playbook) -> str:
    limits = book.limits
    all_ = f"{limits.per_hour} an hour, {limits.concurrent} at once, {limits.sites_per_hour} sites an hour"
    return f"{all_}; per thing once in {limits.cool_down}, and after {limits.again} in 6 h it only proposes"


def _figures(counts: PlaybookCounts | None) -> tuple[Section, ...]:
    if counts is None:
        return ()
    told = [
        Fact("matched", str(counts.matched)),
        Fact("ran", str(counts.begun)),
        Fact("proposed", str(counts.proposed)),
    ]
    told.append(Fact("resolved", f"{counts.resolved}, of which {counts.reopened} came back"))
    told += [Fact(state.lower(), str(count)) for state, count in sorted(counts.ended.items())]
    told += [Fact(f"held: {why}", str(count)) for why, count in sorted(counts.held.items())]
    return (Section("So far", tuple(told)),)


def last_runs(reader: Follower, asked: Asked, ref: str, span: str, begun: Dossier | None) -> Dossier:  # noqa: ARG001
    """Adds its newest runs. Raises LookupError where there is no such playbook."""
    if begun is None:
        raise LookupError(f"there is no {ref}")
    name = ref.partition("/")[2]
    runs = [run for run in reader.runs(None, None) if run.tenant == asked.tenant and run.playbook == name][-LAST:]
    facts = tuple(
        Fact(times.text(run.made_at)[5:16].replace("T", " "), f"{run.state.lower()}: {run.title}", ref=f"run/{run.id}")
        for run in reversed(runs)
    )
    more = (Section("Last runs", facts),) if facts else ()
    return msgspec.structs.replace(begun, sections=(*begun.sections, *more))


def run(reader: Follower, asked: Asked, ref: str, span: str, begun: Dossier | None) -> Dossier:  # noqa: ARG001
    """A run with its rendered plan: what is shown is what leave is given for. Raises LookupError."""
    id = ref.partition("/")[2]
    found = next((one for one in reader.runs(None, None) if one.id == id and one.tenant == asked.tenant), None)
    if found is None:
        raise LookupError(f"there is no {ref}")
    sections = (Section("Plan", tuple(map(_step, range(1, len(found.steps) + 1), found.steps))), _about(found))
    waits = found.state in (PROPOSED, UNKNOWN)
    told = history(reader, ref, asked.tenant, found.made_at, None)
    timeline = tuple((times.parse(time), who, what) for time, who, what in told)
    return Dossier(
        0, ref, f"{found.playbook} on {found.title}", found.severity, found.state, found.site, _next(found, asked.now),
        f"triggered by {found.why}" if found.requested_by == "engine" else found.why,
        ("approve", "reject") if waits else ("reject",) if found.ended_at is None else (), found.plan,
        sections, (), timeline,
    )  # fmt: skip


def _step(place: int, step: Step) -> Fact:
    sign = {"DONE": "done", "SKIPPED": "skipped", "PLANNED": "then", "FAILED": "FAILED", "UNKNOWN": "UNKNOWN"}
    words = f"{step.name} ({step.action})" if step.name != step.action else step.action
    parts = [words, spoken(step.params) if step.params else ""]
    if step.attempt > 1:
        parts.append(f"attempt {step.attempt}")
    if step.text:
        parts.append(f"→ {step.text}")
    severity = 5 if step.state == "UNKNOWN" else 4 if step.state == "FAILED" else 0
    return Fact(f"{place} {sign.get(step.state, step.state.lower())}", "  ".join(filter(None, parts)), severity)


def _about(run: Run) -> Section:
    facts = [Fact("about", run.target, ref=run.target), Fact("plan", f"hash {run.plan[:16]}, version {run.version}")]
    facts.append(Fact("asked for by", run.requested_by))
    if run.approved_by:
        facts.append(Fact("allowed by", f"{run.approved_by}, {moment(run.approved_at)}"))
    if run.text:
        facts.append(Fact("outcome", run.text))
    if run.reopened_at is not None:
        facts.append(Fact("came back", moment(run.reopened_at), 3))
    return Section("Run", tuple(facts))


def _next(run: Run, now: int) -> str:
    if run.state == PROPOSED:
        left = f", within {span(run.expires_at - now)}" if run.expires_at is not None and run.expires_at > now else ""
        eyes = " (somebody else than who asked)" if run.four_eyes else ""
        return f"press v to let it do exactly the plan below{eyes}{left}; x refuses it"
    if run.state == UNKNOWN:
        return "a step may or may not have happened: find out, then press v if it did, x if it did not"
    return "" if run.ended_at is not None else "it is under way; x stops it"
