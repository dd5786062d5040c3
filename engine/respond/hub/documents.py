"""Documents for receivers: reports and digests, handed over as a whole, through the outbox like every message.

`hand_over` is for whoever works at the rim of a live engine (a job that is due, a report that somebody schedules). The
document is journalled, so a crash loses none, and counts once under its key: whoever is not sure whether it was handed
over hands it over again under the same key. Delivery is the hub's care: back-off, deadline, dead letters, fallback.

    document = Document("Digest of Monday", text, html, markdown)
    await hand_over(engine, document, ["desk"], key="digest/day/2026-11-26")
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from data import ids
from data.own import DOCUMENT, DocumentHanded
from data.records import DEFAULT_TENANT
from data.records.outbox import NOT_SENT, PENDING, Document, Notification
from data.wire import own_entry
from engine.respond.contacts import LIVE, reason

if TYPE_CHECKING:
    from engine.respond.hub.dispatch import Dispatch
    from engine.runtime import Engine

__all__ = ["Document", "hand_over"]

TEXT, HTML = 48 << 10, 96 << 10  # bytes that are kept; an entry of the journal takes 256 KiB
SUBJECT = 200  # letters
KEPT = 2_000  # keys of a tenant that are remembered
UNFIT = ("pagerduty",)  # kinds that know incidents only


async def hand_over(
    engine: "Engine", document: Document, receivers: Sequence[str], key: str, *, tenant: str = DEFAULT_TENANT,
    severity: int = 1,
) -> list[str]:  # fmt: skip
    """Hands a document to receivers of the configuration, by name. Returns when it is durable, with the ids of the
    messages (`notification/ID`); what becomes of them is in `noc notify log`.

    `key` names this issue of the document within the tenant, such as `digest/day/2026-11-26`: what was handed over
    under it before is not sent again. An engine that contacts nobody (a replay) keeps the message as not sent. What is
    over 48 KiB of text is cut at a line, HTML over 96 KiB is left out.

    Raises LookupError for a receiver or tenant that there is not, ValueError for a receiver that takes no documents.
    """
    known = {one.name: one.kind for one in engine.pipeline.config.notify.receivers}
    for name in receivers:
        if name not in known:
            raise LookupError(f"there is no receiver '{name}' in notify.receivers")
        if known[name] in UNFIT:
            raise ValueError(f"'{name}' is of kind {known[name]}, which takes no documents")
    if tenant not in engine.pipeline.partitions:
        raise LookupError(f"nothing is known of a tenant '{tenant}'")
    made = [id_of(tenant, key, name) for name in receivers]
    if engine.pipeline.partitions[tenant].hub.documents.keys() >= set(made):
        return made
    html = document.html if len(document.html.encode()) <= HTML else ""
    told = DocumentHanded(
        tuple(receivers), key, " ".join(document.subject.split())[:SUBJECT], lines_of(document.text),
        tuple(html.splitlines()), lines_of(document.markdown), severity,
    )  # fmt: skip
    await engine.enter(lambda: own_entry(DOCUMENT, tenant, engine.now(tenant), told, f"/{key}/{engine.pipeline.seq}"))
    return made


def lines_of(text: str) -> tuple[str, ...]:
    """Its lines, as many as there is room for, and how many more there are."""
    lines = text.splitlines()
    room = TEXT
    for place, line in enumerate(lines):
        room -= len(line.encode()) + 1
        if room < 0:
            return (*lines[:place], f"... and {len(lines) - place} more lines")
    return tuple(lines)


def id_of(tenant: str, key: str, receiver: str) -> str:
    return ids.derive("N", tenant, "document", key, receiver)


def take(dispatch: "Dispatch", given: DocumentHanded, now: int) -> None:
    """In the partition: a message for each receiver, unless it was handed over under this key before."""
    for receiver in given.receivers:
        id = id_of(dispatch.tenant, given.key, receiver)
        if id in dispatch.documents:
            continue
        dispatch.documents[id] = None
        if len(dispatch.documents) > KEPT:
            del dispatch.documents[next(iter(dispatch.documents))]
        live = dispatch.mode == LIVE
        number = dispatch.numbers.take("notification")
        text, html, markdown = ("\n".join(lines) for lines in (given.text, given.html, given.markdown))
        dispatch.teller.out.outbox[number] = Notification(
            number, id, dispatch.tenant, receiver, PENDING if live else NOT_SENT, now, "document",
            f"document/{given.key}", given.subject, given.severity, {"document": given.key},
            reason="" if live else reason(dispatch.mode), document=Document(given.subject, text, html, markdown),
        )  # fmt: skip
