"""`noc export metrics`: the history of metrics, with what the engine has gathered and not written down yet."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from noc_tui.commands.asking import look
from noc_tui.commands.ending import BadInput
from noc_tui.commands.opened import reading

if TYPE_CHECKING:
    from data.store import Reader
    from engine.exports import Chunk
    from engine.history.kept import Waiting
    from engine.history.rows import MetricRow
    from engine.partition import Partition

ALWAYS = 1 << 60


class Asked(NamedTuple):
    since: int | None
    until: int | None
    tenant: str | None
    names: tuple[str, ...]
    sites: tuple[str, ...]
    clients: tuple[str, ...]
    entities: tuple[str, ...]
    labels: tuple[str, ...]
    step: str


def exported(asked: Asked, form: str, db: str | None, config: str | None) -> "Iterator[Chunk]":
    """Rows as bytes, in order of tenant, name, series and time. Raises BadInput."""
    import msgspec

    from engine.exports.formats import in_csv, in_json, in_lines
    from engine.history.rows import MetricRow

    rows = _rows(asked, db, config)
    if form == "csv":
        return in_csv(MetricRow.__struct_fields__, rows)
    lines = map(msgspec.json.Encoder().encode, rows)
    return in_lines(lines) if form == "jsonl" else in_json(lines)


def _rows(asked: Asked, db: str | None, config: str | None) -> "Iterator[MetricRow]":
    from data.references import bare
    from engine.history.rows import metric_rows
    from engine.history.select import Wanted

    labels = tuple(_label(text) for text in asked.labels)
    wanted = Wanted(
        asked.since if asked.since is not None else -ALWAYS, asked.until if asked.until is not None else ALWAYS,
        tuple(bare(one) or "" for one in asked.sites), tuple(bare(one) or "" for one in asked.clients),
        asked.entities, labels, asked.step,  # type: ignore[arg-type]
    )  # fmt: skip
    found = look(db, config, asked.tenant, lambda partition, _: (partition, _waiting(partition, asked.names)))
    with reading(db, config) as reader:
        for partition, waiting in sorted(found, key=lambda one: one[0].name):
            for name in asked.names or _names(reader, partition):
                yield from metric_rows(
                    reader, partition.registry, partition.name, name, wanted,
                    waiting.get(name) or partition.history.waiting(name), partition.zone,
                )  # fmt: skip


def _waiting(partition: "Partition", names: tuple[str, ...]) -> "dict[str, Waiting]":
    return {name: partition.history.waiting(name) for name in names or sorted(partition.history.names())}


def _names(reader: "Reader", partition: "Partition") -> list[str]:
    from engine.history.kept import names

    return names(reader, partition.name, partition.history.names)


def _label(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise BadInput(f"--label is NAME=VALUE, not `{text}`")
    return name, value
