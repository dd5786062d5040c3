"""Orders about a person, as the command line gives them to an engine: erase, or note that an export was made."""

import secrets
from typing import Any, Final, Literal

import msgspec

from data.personal.erasing import Erased, Erasure
from data.personal.needles import Needles
from data.personal.rewriting import Rewriter
from data.personal.who import Person
from data.records import DEFAULT_TENANT
from data.records.audit import AuditRow
from data.store import Commit, Snapshot
from engine import clock
from engine.access.caller import MANAGE, OWNER, Caller
from engine.personal.forgetting import VECTOR, forget
from engine.runtime import Engine
from engine.views import Outcome

PREFIX: Final = "erased-"
_BYTES: Final = 4


class PersonOrder(msgspec.Struct):
    """`op` exported: the export is made by who asks; here it is noted, `detail` telling how much. erase: for `reason`;
    `words` are further names. `id` is bare."""

    op: Literal["erase", "exported"]
    actor: str
    id: str
    tenant: str = DEFAULT_TENANT
    reason: str = ""
    words: tuple[str, ...] = ()
    detail: dict[str, Any] = {}


def pseudonym() -> str:
    """By lot: nothing leads from it to the person."""
    return PREFIX + secrets.token_hex(_BYTES)


def refusal(caller: Caller, tenant: str) -> str:
    """Why this caller may not see or erase all of a person; empty if it may."""
    if not (caller.may(MANAGE) and caller.pii and caller.in_tenant(tenant) and caller.clients is None):
        return "all of a person is for an administrator who may see personal data, of all clients of the tenant"
    return ""


def obstacle(person: Person) -> str:
    """Why this person cannot be erased; empty if they can."""
    if person.id.startswith(PREFIX):
        return f"{person.id} is a pseudonym: whoever it was has been erased already"
    if not person.known:
        return f"nothing is known of a person {person.id}"
    if person.namesake:
        return (
            f"{person.namesake} has the same id: in the statistics the two cannot be told apart, so erasing the person "
            "would take the other with them"
        )
    return ""


async def carry_out(engine: Engine, order: PersonOrder, caller: Caller = OWNER) -> Outcome:
    """Answers when it is durable. Raises StoreFull, StoreBusy, StoreBroken; then nothing has changed."""
    ref = f"person/{order.id}"
    why = refusal(caller, order.tenant)
    if why:
        return Outcome(False, why, ref)
    if order.op == "exported":
        row = _entry(order, "person.export", ref, "exported", order.detail)
        await engine.store.commit(Commit(audit=[row]))
        return Outcome(True, "noted", ref)
    person = await engine.store.person(order.tenant, order.id, order.words)
    why = obstacle(person)
    if why:
        return Outcome(False, why, ref)
    name = pseudonym()
    done = await _erase(engine, person, name, order)
    return Outcome(True, words(done), f"person/{name}", detail=msgspec.to_builtins(done))


async def _erase(engine: Engine, person: Person, name: str, order: PersonOrder) -> Erased:
    def statistics(rewriter: Rewriter) -> Snapshot | None:
        pipeline = engine.pipeline
        if not pipeline.seq:
            return None
        partition = pipeline.partitions.get(person.tenant)
        if partition is not None:
            forget(partition, person.id)
        return pipeline.snapshot_as(person.tenant, rewriter.opened)

    needles = Needles(person, name)
    actor = needles.text(order.actor)
    entry = _entry(order, "person.erase", f"person/{name}", "erased", {"reason": order.reason})
    entry = msgspec.structs.replace(entry, actor=actor)
    return await engine.erase(Erasure(person, name, entry, VECTOR, statistics))


def _entry(order: PersonOrder, action: str, target: str, outcome: str, detail: dict[str, Any]) -> AuditRow:
    return AuditRow(clock.wall(), order.tenant, order.actor, action, target, outcome, detail, 0)


def words(done: Erased) -> str:
    """For the operator."""
    count = sum(done.rows.values())
    told = [f"the person is {done.pseudonym} from now on, in {count:,} rows and {done.events:,} events"]
    if done.linked:
        told.append(f"the audit was linked anew from entry {done.linked_from} on")
    if not done.wiped:
        told.append("somebody looks on, or there is no room: freed pages are wiped at the next start")
    if done.copies:
        told.append(f"not reached, to be deleted by hand: {', '.join(done.copies)}")
    return "; ".join(told)
